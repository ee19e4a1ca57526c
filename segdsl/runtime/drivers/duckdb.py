"""DuckDB files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from segdsl.errors import data as errors
from segdsl.runtime.drivers.driver import (
    CHECK_PATH,
    CLOSE_OTHER,
    COLLATED,
    PLAIN,
    Opened,
    Product,
    Types,
    away,
    is_loose,
    text_or_declared,
)
from segdsl.runtime.tables import UnreachableError
from segdsl.runtime.values import rows

_TELLING = (("a", "<", "B"), ("\u00e9", "<", "f"), ("e\u0301", "=", "\u00e9"))
"""Comparisons that hold under some collation, and under none of them by code point."""


def is_apart(written: str) -> bool:
    """Is this read as a type of the language, but is none? Texts by number or with a collation, and instants of nine places."""
    return is_loose(written) or PLAIN.is_numbered(written) or written == "TIMESTAMP_NS"


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


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


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
        collated = self._collated(table, [str(column) for column, written in rows if written == "VARCHAR"])
        return [
            (str(column), f"{written}{COLLATED}" if column in collated else str(written)) for column, written in rows
        ] or None

    def _collated(self, table: str, texts: Sequence[str]) -> set[str]:
        """Of a table's texts, those with a collation of their own. No catalogue has it: the statements that made tables are searched for
        any, and only where there is one, columns are compared, of no row."""
        ((found,),) = self._connection.execute(
            "select count(*) from (select sql from duckdb_tables() union all select sql from duckdb_views() where not internal) "
            "where sql ilike '%collate%'"
        ).fetchall()
        if not found or not texts:
            return set()
        self._connection.execute("set default_collation = ''")
        names = [_quoted(text) for text in texts]
        asked = ", ".join(
            " or ".join(f"coalesce(any_value({name}), '{one}') {operator} '{two}'" for one, operator, two in _TELLING)
            for name in names
        )
        rows = f"select {', '.join(names)} from {'.'.join(map(_quoted, table.split('.')))} limit 0"  # noqa: S608 - names of the catalogue, quoted
        (answers,) = self._connection.execute(f"select {asked} from ({rows})").fetchall()  # noqa: S608
        return {text for text, is_collated in zip(texts, answers, strict=True) if is_collated}

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
        return rows(self.query(text, session))

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


TYPES = Types(text_or_declared, is_apart, is_loose=is_loose)
PRODUCT = Product(
    name="DuckDB",
    written="duckdb:///",
    schemes=("duckdb",),
    modules=("duckdb", "_duckdb"),
    open=lambda rest: open_file(Path(rest.removeprefix("/"))),
    take=DuckDB,
)
