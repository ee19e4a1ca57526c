"""SQLite files."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from segdsl.errors import data as errors
from segdsl.runtime.drivers.driver import CHECK_PATH, CLOSE_OTHER, PATIENCE, Opened, Product, away, frame
from segdsl.runtime.tables import UnreachableError

ENDINGS = (".sqlite", ".sqlite3")
_MAGIC = b"SQLite format 3\0"
_HINT = "it should be a file made by SQLite"


def is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except (OSError, ValueError) as error:
        raise away(str(path), error, CHECK_PATH) from error


def open_file(path: Path) -> Opened:
    if not is_sqlite(path):
        raise UnreachableError([errors.unreachable_database(str(path), "it is not an SQLite file", _HINT)])
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
        connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.Error as error:
        raise away(str(path), error, CLOSE_OTHER if "locked" in str(error) else _HINT) from error
    return Opened(str(path), SQLite(connection))


class SQLite:
    dialect = "sqlite"
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def is_away(self, error: Exception) -> bool:
        return isinstance(error, sqlite3.OperationalError) and any(
            word in str(error) for word in ("locked", "unable to open", "disk I/O")
        )

    def columns(self, table: str) -> Sequence[tuple[str, str]] | None:
        schema, _, name = table.rpartition(".")
        cursor = self._cursor()
        attached = {str(name).lower() for (name,) in cursor.execute("select name from pragma_database_list")}
        if schema and schema.lower() not in {*attached, "temp"}:
            return None
        rows = cursor.execute("select name, type from pragma_table_info(?, ?)", (name, schema or None)).fetchall()
        return [(str(column), str(written)) for column, written in rows] or None

    def names(self) -> Sequence[str]:
        rows = (
            self._cursor()
            .execute(
                "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\'"
            )
            .fetchall()
        )
        return [str(name) for (name,) in rows]

    def query(self, text: str, session: Sequence[str]) -> pl.DataFrame:
        cursor = self._executed(text, session)
        return frame([column[0] for column in cursor.description or ()], cursor.fetchall())

    def rows(self, text: str, session: Sequence[str]) -> Sequence[Sequence[object]]:
        return self._executed(text, session).fetchall()

    def _executed(self, text: str, session: Sequence[str]) -> sqlite3.Cursor:
        cursor = self._cursor()
        for statement in session:
            cursor.execute(statement)
        return cursor.execute(text)

    def _cursor(self) -> sqlite3.Cursor:
        """One whose rows are tuples, whatever those of the host's connection are."""
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return cursor

    def begin(self) -> bool:
        if self._connection.in_transaction:
            return False
        self._connection.execute("begin")
        return True

    def end(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


PRODUCT = Product(
    name="SQLite",
    written="sqlite:///",
    schemes=("sqlite",),
    modules=("sqlite3", "_sqlite3"),
    open=lambda rest: open_file(Path(rest.removeprefix("/"))),
    take=SQLite,
)
