"""MariaDB, for the dialect ``mysql``: a server of its own in a temporary folder, of which only this process knows.

Text columns are of a collation that takes letters of both cases, accents and trailing spaces for one another, on purpose; what has no type
of the language, which the dialect leaves to the column, is of one that does not. The server has little memory, so that a statement
that asks for too much fails by itself; should it end all the same, the next to ask for it gets a new one with the same tables.
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
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from segdsl.backends.sql.dialects.mysql import MYSQL
from segdsl.types import Kind

from .engine import Columns, Rows, Value, in_order, spelling

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
_spelled = spelling(_TYPES, "DECIMAL")
_PATIENCE = 60
_MOST_MEMORY = 4 * 2**30
_MOST_DOUBLE = 1.5e308
_SETTINGS = (
    "--skip-networking",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_general_ci",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-fast-shutdown=2",
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=4M",
    "--aria-pagecache-buffer-size=16M",
    "--key-buffer-size=8M",
    "--tmp-table-size=16M",
    "--max-heap-table-size=16M",
    "--max-session-mem-used=2G",
    "--max-statement-time=60",
)


def lacking() -> str | None:
    """Why it cannot be started here, if it cannot."""
    absent = [program for program in _PROGRAMS if shutil.which(program) is None]
    if absent:
        return f"{' and '.join(absent)} not installed (apt-get install mariadb-server)"
    return None if find_spec("pymysql") else "pymysql is not installed"


class MariaDB:
    name = "mysql"

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="segdsl-mariadb-"))
        self._servers: list[subprocess.Popen[bytes]] = []
        self.errors: tuple[type[Exception], ...] = ()
        self._loaded: tuple[Mapping[str, Rows], Mapping[str, Columns]] = ({}, {})
        self._tables: list[str] = []
        atexit.register(self.close)
        self._start()

    @property
    def url(self) -> str:
        return f"mysql://root@localhost/shop?unix_socket={self.socket}"

    @property
    def server(self) -> subprocess.Popen[bytes]:
        return self._servers[-1]

    def close(self) -> None:
        for server in self._servers:
            if server.poll() is None:
                server.kill()
                server.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        self._revive()
        self._loaded = (tables, types)
        self._fill()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self._revive()
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    # -- the server ---------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        import pymysql

        self.errors = (pymysql.Error,)
        place = self._directory / str(len(self._servers))
        place.mkdir()
        data, self.socket = place / "data", str(place / "socket")
        user = ["--user=root"] if os.getuid() == 0 else []
        quiet: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        made = [f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(["mariadb-install-db", "--no-defaults", *user, *made], check=True, **quiet)
        places = [f"--datadir={data}", f"--socket={self.socket}", f"--tmpdir={place}"]
        server = subprocess.Popen(["mariadbd", "--no-defaults", *user, *places, *_SETTINGS], **quiet)
        self._servers.append(server)
        resource.prlimit(server.pid, resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        started = time.monotonic()
        while True:
            try:
                self.connection = pymysql.connect(
                    unix_socket=self.socket, user="root", charset="utf8mb4", autocommit=True
                )
                break
            except pymysql.OperationalError:
                if time.monotonic() - started > _PATIENCE or server.poll() is not None:
                    raise
                time.sleep(0.05)
        for statement in ("CREATE DATABASE shop", "USE shop", *MYSQL.session):
            self._run(statement)

    def _revive(self) -> None:
        """The driver closes its side of a connection that was lost."""
        if not self.connection.open:
            self.server.kill()
            self.server.wait()
            self._tables = []
            self._start()
            self._fill()

    # -- its tables ---------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        if self._tables:
            self._run("DROP TABLE " + ", ".join(map(_qualified, self._tables)))
        self._tables = []
        tables, types = self._loaded
        for table, columns in types.items():
            if "." in table:
                self._run(f"CREATE DATABASE IF NOT EXISTS {_quoted(table.split('.')[0])}")
            declared = ", ".join(
                f"{_quoted(name)} {of if isinstance(of, str) else _spelled(of)} NULL" for name, of in columns.items()
            )
            self._run(f"CREATE TABLE {_qualified(table)} ({declared}) ENGINE=Aria TRANSACTIONAL=0")
            self._tables.append(table)
            values = [[_value(value) for value in row] for row in in_order(tables.get(table, ()), columns)]
            if values:
                marks = ", ".join("%s" for _ in columns)
                with self.connection.cursor() as cursor:
                    # As a text of its own: the driver would look for its marks in names too.
                    rows = ", ".join(cursor.mogrify(f"({marks})", row) for row in values)
                    cursor.execute(f"INSERT INTO {_qualified(table)} VALUES {rows}")

    def _run(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _qualified(name: str) -> str:
    return ".".join(_quoted(part) for part in name.split("."))


def _value(value: Value) -> Any:
    """There is no NaN and no infinity: a number that is none of the language stands for them."""
    match value:
        case float() if value != value or abs(value) > _MOST_DOUBLE:
            return -_MOST_DOUBLE if value < 0 else _MOST_DOUBLE
        case list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return value
