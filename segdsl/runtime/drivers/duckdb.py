"""DuckDB files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from segdsl.errors import data as errors
from segdsl.runtime.drivers.driver import CHECK_PATH, CLOSE_OTHER, Opened, Product, away
from segdsl.runtime.tables import UnreachableError


def open_file(path: Path) -> Opened:
    try:
        import duckdb
    except ImportError as error:
        raise UnreachableError([errors.missing_driver("DuckDB", "duckdb")]) from error
    if not path.is_file():
        reason_of = "it is a folder" if path.is_dir() else "there is no such file"
        raise UnreachableError([errors.unreachable_database(str(path), reason_of, CHECK_PATH)])
    try:
        # Otherwise a table that is not there could turn out to be a variable of the host's.
        connection = duckdb.connect(str(path), read_only=True, config={"python_enable_replacements": "false"})
    except duckdb.Error as error:
        hint = CLOSE_OTHER if "lock" in str(error).lower() else "it should be a file made by DuckDB"
        raise away(str(path), error, hint) from error
    return Opened(str(path), DuckDB(connection))


class DuckDB:
    dialect = "duckdb"

    def __init__(self, connection: Any) -> None:
        import duckdb

        self.errors: tuple[type[Exception], ...] = (duckdb.Error,)
        self._connection = connection

    def is_away(self, error: Exception) -> bool:
        import duckdb

        return isinstance(error, duckdb.IOException | duckdb.ConnectionException)

    def columns(self, table: str) -> Sequence[tuple[str, str]] | None:
        # From the catalogue: a select from a table that is not there would read the file of that name.
        database, schema, name = [None, None, *table.split(".")][-3:]
        rows = self._connection.execute(
            "select column_name, data_type from duckdb_columns() where table_name = $name "
            "and case when $schema is null then schema_name = current_schema() or database_name = 'temp' "
            "else schema_name = $schema end "
            "and case when $database is null then database_name in (current_database(), 'temp') "
            "else database_name = $database end order by column_index",
            {"name": name, "schema": schema, "database": database},
        ).fetchall()
        return [(str(column), str(written)) for column, written in rows] or None

    def names(self) -> Sequence[str]:
        rows = self._connection.execute(
            "select distinct case when schema_name = current_schema() or database_name = 'temp' then table_name "
            "else schema_name || '.' || table_name end from duckdb_columns() "
            "where not internal and database_name in (current_database(), 'temp')"
        ).fetchall()
        return [str(name) for (name,) in rows]

    def query(self, text: str, session: Sequence[str]) -> pl.DataFrame:
        for statement in session:
            self._connection.execute(statement)
        return pl.DataFrame(self._connection.sql(text))

    def rows(self, text: str, session: Sequence[str]) -> Sequence[Sequence[object]]:
        # By way of Arrow: the driver itself makes instants with a zone only where another library is installed.
        return self.query(text, session).rows()

    def begin(self) -> bool:
        # To try would abort the host's; outside of one, each statement is a transaction of its own.
        first, second = (self._connection.execute("select txid_current()").fetchall() for _ in range(2))
        if first == second:
            return False
        self._connection.begin()
        return True

    def end(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


PRODUCT = Product(
    name="DuckDB",
    written="duckdb:///",
    schemes=("duckdb",),
    modules=("duckdb", "_duckdb"),
    open=lambda rest: open_file(Path(rest.removeprefix("/"))),
    take=DuckDB,
)
