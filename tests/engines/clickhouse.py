"""ClickHouse, inside this process: https://clickhouse.com/docs/chdb."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from segdsl.types import Kind, Type

from . import engine
from .engine import Columns, Rows, Value, in_order

_TYPES = {
    Kind.BOOL: "Nullable(Bool)",
    Kind.INT: "Nullable(Int64)",
    Kind.WHOLE: "Nullable(Float64)",
    Kind.FLOAT: "Nullable(Float64)",
    Kind.STRING: "Nullable(String)",
    Kind.ANY: "Nullable(String)",
    Kind.DATE: "Nullable(Date32)",
    Kind.TIMESTAMP: "Nullable(DateTime64(6, 'UTC'))",
    Kind.LIST: "Array(Nullable(String))",
}
_NAMED = {
    "TIMESTAMPTZ": "Nullable(DateTime64(6, 'UTC'))",
    "VARCHAR(20)": "LowCardinality(Nullable(String))",
    "TEXT[]": "Array(String)",
}


def _type(type_: Type | str) -> str:
    if isinstance(type_, str):
        return _NAMED.get(type_, type_)
    if type_.kind is Kind.DECIMAL:
        return f"Nullable(Decimal({type_.precision}, {type_.scale}))"
    return _TYPES[type_.kind]


def quoted(name: str) -> str:
    """In names too a backslash escapes."""
    return engine.quoted(name).replace("\\", "\\\\")


def qualified(table: str) -> str:
    return ".".join(quoted(part) for part in table.split("."))


class ClickHouse:
    name = "clickhouse"

    def __init__(self) -> None:
        from chdb import session

        self.folder = tempfile.mkdtemp(prefix="segdsl-clickhouse-")
        self._session = session.Session(self.folder)
        atexit.register(self.close)
        # The database that chdb begins with takes the name of a table that is not there for that of a file.
        self.said("CREATE DATABASE tests")
        self.said("USE tests")
        self._types: Mapping[str, Columns] = {}

    def close(self) -> None:
        if "connection" in self.__dict__:
            self.connection.close()
        self._session.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @cached_property
    def connection(self) -> Any:
        """The driver's, to the same tables."""
        import clickhouse_connect

        return clickhouse_connect.get_client(interface="chdb", path=self.folder, database="tests")

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        if types == self._types:
            for table in types:
                self.said(f"TRUNCATE TABLE {qualified(table)}")
        else:
            self._make(types)
        for table, columns in types.items():
            values = list(in_order(tables.get(table, ()), columns))
            if values:
                rows = ", ".join(f"({', '.join(map(_literal, row))})" for row in values)
                self.said(f"INSERT INTO {qualified(table)} VALUES {rows}")

    def _make(self, types: Mapping[str, Columns]) -> None:
        for table in self._types:
            self.said(f"DROP TABLE IF EXISTS {qualified(table)}")
        self._types = dict(types)
        for table, columns in types.items():
            if "." in table:
                self.said(f"CREATE DATABASE IF NOT EXISTS {quoted(table.split('.')[0])}")
            declared = ", ".join(f"{quoted(name)} {_type(of)}" for name, of in columns.items())
            self.said(f"CREATE TABLE {qualified(table)} ({declared}) ENGINE = Memory")

    def rows(self, sql: str, params: Mapping[str, str] | None = None) -> list[tuple[Any, ...]]:
        import polars as pl

        rows = pl.read_ipc_stream(self._asked(sql, "ArrowStream", params))
        return rows.with_columns(pl.selectors.datetime(time_zone="*").dt.replace_time_zone(None)).rows()

    def answer(self, text: str, shape: str, settings: Mapping[str, str], params: Mapping[str, str]) -> bytes:
        """A statement as one that comes with settings of its own."""
        from chdb import connect

        with connect(self.folder) as connection:
            connection.query("USE tests")
            for name, value in settings.items():
                connection.query(f"SET {name} = '{value}'")
            return bytes(connection.query(text, shape, params=dict(params)).bytes())

    def said(self, statement: str) -> None:
        """Runs a statement that has no answer."""
        self._asked(statement)

    def _asked(self, sql: str, shape: str = "TSV", params: Mapping[str, str] | None = None) -> bytes:
        try:
            return bytes(self._session.query(sql, shape, params=params or {}).bytes())
        except Exception:
            # What a statement that failed has not given, chdb gives before the answer to the next.
            self._session.query("SELECT 1")
            raise


def _literal(value: Value) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case str():
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case datetime():
            return f"'{value.isoformat(' ')}Z'"
        case date():
            return f"'{value.isoformat()}'"
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case Decimal():
            return f"'{value:f}'"
        case _:
            return repr(value)
