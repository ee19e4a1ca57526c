"""MariaDB for tests of the dialect ``mysql``: a server of its own in a temporary folder, of which only this process knows.

Text columns are of a collation that takes letters of both cases, accents and trailing spaces for one another, on purpose; what has no type
of the language, which the dialect leaves to the column, is of one that does not.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from segdsl.backends.sql.dialects.mysql import MYSQL
from segdsl.types import Kind, Type

_PROGRAMS = ("mariadbd", "mariadb-install-db")
_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.WHOLE: "DOUBLE",
    Kind.FLOAT: "DOUBLE",
    Kind.STRING: "VARCHAR(250)",
    Kind.ANY: "VARCHAR(250) COLLATE utf8mb4_nopad_bin",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "DATETIME(6)",
    Kind.LIST: "JSON",
}
_PATIENCE = 60
_MOST_MEMORY = 8 * 2**30
"""A statement that asks for more fails by itself, and takes nothing from other tests."""
_MOST_DOUBLE = 1.5e308


def lacking() -> str | None:
    """Why it cannot be started, if it cannot."""
    absent = [program for program in _PROGRAMS if shutil.which(program) is None]
    if absent:
        return f"{' and '.join(absent)} not installed (apt-get install mariadb-server)"
    try:
        import pymysql  # noqa: F401
    except ImportError:
        return "pymysql is not installed"
    return None


class MariaDB:
    name = "mysql"

    def __init__(self) -> None:
        import pymysql

        self._directory = Path(tempfile.mkdtemp(prefix="segdsl-mariadb-"))
        data = self._directory / "data"
        self.socket = str(self._directory / "socket")
        user = ["--user=root"] if os.getuid() == 0 else []
        quiet: dict[str, Any] = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "stdin": subprocess.DEVNULL,
        }
        made = [f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(["mariadb-install-db", "--no-defaults", *user, *made], check=True, **quiet)
        settings = (
            "--skip-networking",
            f"--tmpdir={self._directory}",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-fast-shutdown=2",
            "--skip-log-bin",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_general_ci",
        )
        self._server = subprocess.Popen(
            ["mariadbd", "--no-defaults", *user, f"--datadir={data}", f"--socket={self.socket}", *settings], **quiet
        )
        resource.prlimit(self._server.pid, resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        atexit.register(self.close)
        started = time.monotonic()
        while True:
            try:
                self.connection = pymysql.connect(
                    unix_socket=self.socket, user="root", charset="utf8mb4", autocommit=True
                )
                break
            except pymysql.OperationalError:
                if time.monotonic() - started > _PATIENCE or self._server.poll() is not None:
                    raise
                time.sleep(0.1)
        self.url = f"mysql://root@localhost/shop?unix_socket={self.socket}"
        self._tables: list[str] = []
        self._run("CREATE DATABASE shop")
        self._run("USE shop")
        for statement in MYSQL.session:
            self._run(statement)

    def close(self) -> None:
        if self._server.poll() is None:
            self._server.terminate()
            self._server.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    def load(self, tables: Mapping[str, Sequence[Mapping[str, Any]]], types: Mapping[str, Mapping[str, Any]]) -> None:
        if self._tables:
            self._run("DROP TABLE " + ", ".join(map(_qualified, self._tables)))
        self._tables = []
        for table, columns in types.items():
            if "." in table:
                self._run(f"CREATE DATABASE IF NOT EXISTS {_quoted(table.split('.')[0])}")
            declared = ", ".join(
                f"{_quoted(name)} {of if isinstance(of, str) else _type(of)} NULL" for name, of in columns.items()
            )
            self._run(f"CREATE TABLE {_qualified(table)} ({declared}) ENGINE=Aria TRANSACTIONAL=0")
            self._tables.append(table)
            values = [[_value(row.get(name)) for name in columns] for row in tables.get(table, ())]
            if values:
                marks = ", ".join("%s" for _ in columns)
                with self.connection.cursor() as cursor:
                    # As a text of its own: the driver would look for its marks in names too.
                    rows = ", ".join(cursor.mogrify(f"({marks})", row) for row in values)
                    cursor.execute(f"INSERT INTO {_qualified(table)} VALUES {rows}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def _run(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _qualified(name: str) -> str:
    return ".".join(_quoted(part) for part in name.split("."))


def _type(of: Type) -> str:
    if of.kind is Kind.DECIMAL:
        return f"DECIMAL({of.precision}, {of.scale})"
    return _TYPES[of.kind]


def _value(value: Any) -> Any:
    """There is no NaN and no infinity: a number that is none of the language stands for them."""
    match value:
        case float() if value != value or abs(value) > _MOST_DOUBLE:
            return -_MOST_DOUBLE if value < 0 else _MOST_DOUBLE
        case list():
            return json.dumps(value, ensure_ascii=False)
        case datetime() | date() | Decimal() | Iterable():
            return value
        case _:
            return value
