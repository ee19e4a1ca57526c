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
_AT_ONCE = 100
"""How many rows one statement inserts."""


class DuckDB:
    name = "duckdb"

    def __init__(self) -> None:
        import duckdb

        self.connection = duckdb.connect(":memory:")
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET threads = 1")
        self._types: Mapping[str, Columns] = {}
        self._last = ""
        self._prepared = ""

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        self.connection.begin()
        try:
            self._load(tables, types)
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()
        self._types = types

    def _load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        if types == self._types:
            for table in types:
                self.connection.execute(f"DELETE FROM {qualified(table)}")
        else:
            self._make(types)
        for table, columns in types.items():
            rows = list(in_order(tables.get(table, ()), columns))
            for start in range(0, len(rows), _AT_ONCE):
                some = rows[start : start + _AT_ONCE]
                marks = ", ".join([f"({', '.join('?' for _ in columns)})"] * len(some))
                values = [value for row in some for value in row]
                self.connection.execute(f"INSERT INTO {qualified(table)} VALUES {marks}", values)

    def _make(self, types: Mapping[str, Columns]) -> None:
        self._last = self._prepared = ""
        for table in self._types:
            self.connection.execute(f"DROP TABLE {qualified(table)}")
        for table, columns in types.items():
            if "." in table:
                self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.split('.')[0])}")
            self.connection.execute(f"CREATE TABLE {qualified(table)} ({declaration(columns, _spelled)})")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A statement that is asked for again is prepared, as a host's that runs every night may be."""
        if sql == self._last and sql != self._prepared:
            self.connection.execute(f"PREPARE again AS {sql}")
            self._prepared = sql
        self._last = sql
        return self.connection.execute("EXECUTE again" if sql == self._prepared else sql).fetchall()
