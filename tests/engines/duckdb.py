"""DuckDB, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segdsl.types import Kind

from .engine import Columns, Rows, declaration, in_order, qualified, quoted, spelling

_TYPES = {
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
_spelled = spelling(_TYPES, "DECIMAL")


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
            self.connection.execute(f"DROP TABLE {qualified(table)}")
        self._tables = []
        for table, columns in types.items():
            if "." in table:
                self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.split('.')[0])}")
            self.connection.execute(f"CREATE TABLE {qualified(table)} ({declaration(columns, _spelled)})")
            self._tables.append(table)
            values = list(in_order(tables.get(table, ()), columns))
            if values:
                marks = ", ".join("?" for _ in columns)
                self.connection.executemany(f"INSERT INTO {qualified(table)} VALUES ({marks})", values)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()
