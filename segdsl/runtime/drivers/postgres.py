"""PostgreSQL servers, by psycopg."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl

from segdsl.errors import data as errors
from segdsl.runtime.drivers.driver import (
    COLLATED,
    PATIENCE,
    PLAIN,
    Opened,
    Product,
    Types,
    frame,
    is_loose,
    secrets_of,
    shown,
    text_or_declared,
    without_secrets,
)
from segdsl.runtime.tables import UnreachableError, reason


def open_server(url: str) -> Opened:
    try:
        import psycopg
    except ImportError as error:
        raise UnreachableError([errors.missing_driver("PostgreSQL", "postgres")]) from error
    secrets = secrets_of(url)
    try:
        connection = psycopg.connect(url, connect_timeout=PATIENCE, autocommit=True)
        connection.read_only = True
        connection.execute("set default_transaction_read_only = on")
    except (psycopg.Error, ValueError) as error:
        why = without_secrets(reason(error), secrets)
        raise UnreachableError([errors.unreachable_database(shown(url), why)]) from None
    return Opened(shown(url), Postgres(connection), secrets)


class Postgres:
    dialect = "postgres"

    def __init__(self, connection: Any) -> None:
        import psycopg

        self.errors: tuple[type[Exception], ...] = (psycopg.Error,)
        self._connection = connection

    def is_away(self, error: Exception) -> bool:
        return bool(self._connection.closed or self._connection.broken)

    def columns(self, table: str) -> Sequence[tuple[str, str]] | None:
        quoted = ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))
        rows = self._rows(
            "select a.attname, case t.typtype when 'e' then 'enum ' else '' end || "
            "case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end || "
            "case when not c.collisdeterministic then %s else '' end "
            "from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_collation c on c.oid = a.attcollation "
            "where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped order by a.attnum",
            (COLLATED, quoted),
        )
        return [(str(column), str(written)) for column, written in rows] or None

    def names(self) -> Sequence[str]:
        rows = self._rows(
            "select case when n.nspname = current_schema() then c.relname else n.nspname || '.' || c.relname end "
            "from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f') "
            "and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and not c.relispartition"
        )
        return [str(name) for (name,) in rows]

    def query(self, text: str, session: Sequence[str]) -> pl.DataFrame:
        with self._asked(text, None, session) as cursor:
            return frame([column.name for column in cursor.description or ()], cursor.fetchall())

    def rows(self, text: str, session: Sequence[str]) -> Sequence[Sequence[object]]:
        return self._rows(text, None, session)

    def _rows(
        self, text: str, parameters: Sequence[object] | None = None, session: Sequence[str] = ()
    ) -> Sequence[tuple[object, ...]]:
        with self._asked(text, parameters, session) as cursor:
            found: list[tuple[object, ...]] = cursor.fetchall()
            return found

    @contextmanager
    def _asked(self, text: str, parameters: Sequence[object] | None, session: Sequence[str]) -> Iterator[Any]:
        """A cursor whose rows are tuples, whatever the host's are. With a host's connection the driver may begin a transaction
        before any statement; one that was idle is idle again."""
        from psycopg.rows import tuple_row

        idle = self._is_idle()
        try:
            with self._connection.cursor(row_factory=tuple_row) as cursor:
                for statement in session:
                    cursor.execute(statement)
                # Without parameters psycopg reads no placeholders: a percent sign in a text stays one.
                cursor.execute(text, parameters)
                yield cursor
        finally:
            if idle and not self._connection.closed:
                self._connection.rollback()

    def _is_idle(self) -> bool:
        from psycopg.pq import TransactionStatus

        return bool(self._connection.info.transaction_status == TransactionStatus.IDLE)

    def begin(self) -> bool:
        if not self._is_idle():
            return False
        if self._connection.autocommit:
            self._connection.execute("begin")
        # Otherwise the driver begins with the first statement that it is given.
        self._connection.execute("set transaction isolation level repeatable read, read only")
        return True

    def end(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


TYPES = Types(text_or_declared, lambda written: PLAIN.is_numbered(written) or is_loose(written), is_loose=is_loose)
PRODUCT = Product(
    name="PostgreSQL",
    written="postgresql://",
    schemes=("postgresql", "postgres"),
    modules=("psycopg",),
    open=lambda rest: open_server(f"postgresql://{rest}"),
    take=Postgres,
)
