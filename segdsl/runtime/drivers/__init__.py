"""The databases that segdsl runs statements on: one file each, one line here.

In: a url, a path of a file or an open connection. Out: a driver. What there is to ask, `segdsl.runtime.database` asks.
"""

from __future__ import annotations

from pathlib import Path

from segdsl.errors import data as errors
from segdsl.runtime.drivers import clickhouse, duckdb, mysql, postgres, sqlite
from segdsl.runtime.drivers.driver import PLAIN, Driver, Opened, Product, Types, shown
from segdsl.runtime.tables import UnreachableError

__all__ = ["Driver", "Opened", "is_connection", "is_place", "open_place", "taken", "types_of"]

PRODUCTS: tuple[Product, ...] = (
    duckdb.PRODUCT,
    sqlite.PRODUCT,
    postgres.PRODUCT,
    mysql.PRODUCT,
    clickhouse.PRODUCT,
    clickhouse.FOLDERS,
)
_TYPES = {"clickhouse": clickhouse.TYPES, "duckdb": duckdb.TYPES, "postgres": postgres.TYPES}
_ENDINGS = (".duckdb", ".ddb", ".db", *sqlite.ENDINGS)


def types_of(dialect: str) -> Types:
    """How the types of a dialect's columns are read."""
    return _TYPES.get(dialect, PLAIN)


def is_place(place: str) -> bool:
    """Is this a database's url, or the path of a DuckDB or SQLite file?"""
    return "://" in place or place.lower().endswith(_ENDINGS)


def is_connection(data: object) -> bool:
    """Is this an open connection of a known driver?"""
    return _product_of(data) is not None


def open_place(place: str) -> Opened:
    """A url's database, or that of a path."""
    scheme, is_url, rest = place.partition("://")
    if not is_url:
        path = Path(place)
        is_sqlite = path.suffix.lower() in sqlite.ENDINGS or sqlite.is_sqlite(path)
        return sqlite.open_file(path) if is_sqlite else duckdb.open_file(path)
    product = next((one for one in PRODUCTS if scheme.split("+")[0].lower() in one.schemes), None)
    if product is None:
        raise UnreachableError([errors.unknown_url(shown(place), [one.written for one in PRODUCTS])])
    return product.open(rest)


def taken(connection: object) -> Opened:
    """A host's own connection, which stays open."""
    product = _product_of(connection)
    if product is None:
        raise UnreachableError([errors.not_a_table(None, connection)])
    return Opened(f"the {product.name} connection", product.take(connection))


def _product_of(connection: object) -> Product | None:
    module = type(connection).__module__.partition(".")[0]
    return next((one for one in PRODUCTS if module in one.modules), None)
