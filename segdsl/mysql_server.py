"""MySQL and MariaDB servers by their urls: connections, and what their catalogue says.

In: ``mysql://user:password@host:port/database?unix_socket=…&ssl_ca=…``. Out: a connection of PyMySQL that only reads, its
session in UTC; names and types of columns; keys. The driver is imported when a server is asked for. It must not know a
schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEME = "mysql://"
SCHEMES = ("mysql", "mariadb")
CHARSET = "utf8mb4"
_PORT = 3306
_OPTIONS = ("unix_socket", "ssl_ca", "ssl_cert", "ssl_key")


def settings(url: str) -> Mapping[str, Any]:
    """What PyMySQL's connect() takes. Raises ValueError for what is no url, or has options that are not known."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    unknown = [name for name in options if name not in _OPTIONS]
    if unknown:
        raise ValueError(f"the url has the unknown option {unknown[0]}")
    return {
        "host": parts.hostname or "localhost",
        "port": parts.port or _PORT,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.removeprefix("/")) or None,
        **options,
    }


def connected(url: str, patience: int) -> Any:
    """A connection that only reads. A server is not asked for longer than ``patience`` seconds."""
    import pymysql

    connection = pymysql.connect(**settings(url), charset=CHARSET, autocommit=True, connect_timeout=patience)
    with cursor(connection) as asked:
        asked.execute("set session transaction read only")
        # Instants of columns that have a zone are then read in UTC, in whatever statement.
        asked.execute("set time_zone = '+00:00'")
    return connection


def cursor(connection: Any) -> Any:
    """One whose rows are tuples, whichever the connection was opened with."""
    from pymysql.cursors import Cursor

    return connection.cursor(Cursor)


def columns(connection: Any, table: str) -> Sequence[tuple[str, str]]:
    """Names and types of a table's columns, as the server writes them; none where there is no such table."""
    database, _, name = table.rpartition(".")
    rows = _rows(
        connection,
        "select column_name, column_type from information_schema.columns "
        "where table_schema = coalesce(%s, database()) and table_name = %s order by ordinal_position",
        (database or None, name),
    )
    return [(str(column), _written(written)) for column, written in rows]


def tables(connection: Any) -> Sequence[str]:
    """Tables and views; those of other databases with their names before them."""
    rows = _rows(
        connection,
        "select case when table_schema = database() then table_name else concat(table_schema, '.', table_name) end "
        "from information_schema.tables where table_schema not in ('information_schema', 'mysql', 'performance_schema', 'sys')",
    )
    return [str(name) for (name,) in rows]


def catalogue(connection: Any) -> tuple[Sequence[Sequence[object]], Sequence[Sequence[object]]]:
    """Of the url's database: rows (table, column, type, may be missing), and (table, sort of key, columns, other table, its columns)."""
    found = _rows(
        connection,
        "select table_name, column_name, column_type, is_nullable = 'YES' from information_schema.columns "
        "where table_schema = database() order by table_name, ordinal_position",
    )
    parts = _rows(
        connection,
        "select table_name, constraint_name, column_name, referenced_table_name, referenced_column_name "
        "from information_schema.key_column_usage where table_schema = database() "
        "and (constraint_name = 'PRIMARY' or referenced_table_schema = table_schema) "
        "order by table_name, constraint_name, ordinal_position",
    )
    keys: dict[tuple[object, object], tuple[list[object], object, list[object]]] = {}
    for table, key, column, other, its in parts:
        mine, _, others = keys.setdefault((table, key), ([], other, []))
        mine.append(column)
        others.append(its)
    return [(table, column, _written(written), nullable) for table, column, written, nullable in found], [
        (table, "PRIMARY KEY" if other is None else "FOREIGN KEY", mine, other, others)
        for (table, _), (mine, other, others) in keys.items()
    ]


def _written(written: object) -> str:
    """Some versions hand types back as bytes."""
    return written.decode() if isinstance(written, bytes) else str(written)


def _rows(connection: Any, text: str, values: Sequence[object] | None = None) -> Sequence[Sequence[Any]]:
    with cursor(connection) as asked:
        asked.execute(text, values)
        found: Sequence[Sequence[Any]] = asked.fetchall()
        return found
