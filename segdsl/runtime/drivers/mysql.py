"""MySQL and MariaDB servers, by PyMySQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from segdsl import mysql_server
from segdsl.errors import data as errors
from segdsl.runtime.drivers.driver import PATIENCE, Opened, Product, frame, secrets_of, shown, without_secrets
from segdsl.runtime.tables import UnreachableError, reason


def open_server(url: str) -> Opened:
    try:
        import pymysql
    except ImportError as error:
        raise UnreachableError([errors.missing_driver("MySQL and MariaDB", "mysql")]) from error
    secrets = secrets_of(url)
    try:
        connection = mysql_server.connected(url, PATIENCE)
    except (pymysql.Error, ValueError, OSError) as error:
        why = without_secrets(_said(error), secrets)
        raise UnreachableError([errors.unreachable_database(shown(url), why)]) from None
    return Opened(shown(url), MySQL(connection), secrets)


def _said(error: Exception) -> str:
    """The driver's errors are a number and words."""
    return str(error.args[1]) if len(error.args) > 1 and error.args[1] else reason(error)


class MySQL:
    dialect = "mysql"

    def __init__(self, connection: Any) -> None:
        import pymysql

        self.errors: tuple[type[Exception], ...] = (pymysql.Error,)
        self._connection = connection
        if connection.charset != mysql_server.CHARSET:
            # A host's own: the driver must write and read what the session is set to.
            connection.set_character_set(mysql_server.CHARSET)

    def is_away(self, error: Exception) -> bool:
        return not self._connection.open

    def columns(self, table: str) -> Sequence[tuple[str, str]] | None:
        return mysql_server.columns(self._connection, table) or None

    def names(self) -> Sequence[str]:
        return mysql_server.tables(self._connection)

    def query(self, text: str, session: Sequence[str]) -> pl.DataFrame:
        names, rows = self._executed(text, session)
        return frame(names, rows)

    def rows(self, text: str, session: Sequence[str]) -> Sequence[Sequence[object]]:
        return self._executed(text, session)[1]

    def _executed(self, text: str, session: Sequence[str]) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        with mysql_server.cursor(self._connection) as cursor:
            for statement in session:
                cursor.execute(statement)
            # Without parameters the driver reads no placeholders: a percent sign in a text stays one.
            cursor.execute(text)
            return [str(column[0]) for column in cursor.description or ()], cursor.fetchall()

    def begin(self) -> bool:
        from pymysql.constants.SERVER_STATUS import SERVER_STATUS_IN_TRANS

        if self._connection.server_status & SERVER_STATUS_IN_TRANS:
            return False
        with mysql_server.cursor(self._connection) as cursor:
            cursor.execute("set transaction isolation level repeatable read")
            cursor.execute("start transaction with consistent snapshot, read only")
        return True

    def end(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        if self._connection.open:
            self._connection.close()


PRODUCT = Product(
    name="MySQL",
    written=mysql_server.SCHEME,
    schemes=mysql_server.SCHEMES,
    modules=("pymysql",),
    open=lambda rest: open_server(f"{mysql_server.SCHEME}{rest}"),
    take=MySQL,
)
