"""SQLite, in memory. It has fewer types: its times are ISO texts, its lists JSON, its decimals floats (as the ``sqlite3`` users of this
world have them), and its truth values come back as 0 and 1."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from segdsl.types import Kind

from .engine import Columns, Rows, Value, declaration, in_order, quoted, spelling

_TYPES = {
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
_spelled = spelling(_TYPES, "DECIMAL")


class SQLite:
    name = "sqlite"

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self._types: Mapping[str, Columns] = {}

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        if types == self._types:
            for table in types:
                self.connection.execute(f"DELETE FROM {quoted(table)}")
        else:
            self._make(types)
        for table, columns in types.items():
            marks = ", ".join("?" for _ in columns)
            values = ([self._value(v) for v in row] for row in in_order(tables.get(table, ()), columns))
            self.connection.executemany(f"INSERT INTO {quoted(table)} VALUES ({marks})", values)

    def _make(self, types: Mapping[str, Columns]) -> None:
        self.connection.close()
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        for table, columns in types.items():
            self.connection.execute(f"CREATE TABLE {quoted(table)} ({declaration(columns, _spelled)})")
        self._types = types

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
