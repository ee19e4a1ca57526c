"""ClickHouse servers, and chdb's folders, by clickhouse-connect.

Answers come as Parquet, which keeps all types but a few; a statement sets what its meaning depends on by itself. On a server each
statement is a request with settings of its own: there is no session.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import polars as pl

from segdsl.errors import data as errors
from segdsl.inference import type_of_declaration
from segdsl.runtime.drivers.driver import (
    CHECK_PATH,
    PATIENCE,
    PLAIN,
    Opened,
    Product,
    Types,
    away,
    secrets_of,
    shown,
    without_secrets,
)
from segdsl.runtime.tables import UnreachableError, reason
from segdsl.runtime.values import rows
from segdsl.types import DATE, FLOAT, INT, STRING, TIMESTAMP, Type, decimal

_LONGEST = 24 * 60 * 60
"""Seconds that a statement may take; clickhouse-connect would give up after five minutes."""
_SETTINGS = {
    # https://clickhouse.com/docs/operations/settings/query-complexity: with "break", rows beyond a limit are left out silently.
    **{
        f"{what}_overflow_mode": "throw"
        for what in (
            "read",
            "read_leaf",
            "result",
            "timeout",
            "group_by",
            "sort",
            "distinct",
            "set",
            "join",
            "transfer",
        )
    },
    "limit": "0",
    "offset": "0",
}
_SET = re.compile(r"SET (\w+) = '?(.*?)'?")
_WRAPPED = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)", re.DOTALL)
_AS_TEXT = re.compile(r"Enum(8|16)\(.*\)|UUID|FixedString\(\d+\)|IPv[46]", re.DOTALL)
_TOO_FINE = re.compile(r"DateTime64\([789].*\)", re.DOTALL)
_NAME = re.compile(r"'((?:[^'\\]|\\.)*)' = -?\d+", re.DOTALL)
_TRUE = ("1", "true", "yes", "on")


def type_of(written: str) -> Type | None:
    """The type of the language for one of ClickHouse's: https://clickhouse.com/docs/sql-reference/data-types."""
    inner = _inner(written)
    if _AS_TEXT.fullmatch(inner):
        return STRING
    if inner.startswith("DateTime"):
        return TIMESTAMP
    match inner:
        case "UInt64":
            # Beyond Int64, and without a type in common with it.
            return decimal(20, 0)
        case "Date32":
            return DATE
        case "Float32" | "Float64" | "BFloat16":
            return FLOAT
        case _:
            array = re.fullmatch(r"Array\((.*)\)", inner, re.DOTALL)
            return type_of_declaration(f"{_inner(array[1])}[]" if array else inner)


def is_apart(written: str) -> bool:
    """Is this read as a type of the language, but is none? Names by number, for example, whose order is that of the numbers."""
    inner = _inner(written)
    return bool(_AS_TEXT.fullmatch(inner) or _TOO_FINE.fullmatch(inner))


def is_optional(written: str) -> bool:
    return written.startswith(("Nullable(", "LowCardinality(Nullable("))


def declared(written: str) -> Type | None:
    """What a schema says of such a column: an id of 64 bits is an int, and names by number are a closed list."""
    inner = _inner(written)
    if inner == "UInt64":
        return INT
    if inner.startswith("Enum"):
        names = tuple(re.sub(r"\\(.)", r"\1", name) for name in _NAME.findall(inner))
        return replace(STRING, values=names)
    return type_of(written)


def _inner(written: str) -> str:
    while wrapped := _WRAPPED.fullmatch(written):
        written = wrapped[1]
    return written


def open_server(rest: str) -> Opened:
    """``user:password@host:port/database``; ``?secure=true`` for TLS, which the ports 443 and 8443 are taken for too."""
    failures: tuple[type[Exception], ...] = (*_errors(), ValueError, TypeError)
    url = f"clickhouse://{rest}"
    secrets = secrets_of(url)
    try:
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        secure = options.pop("secure", "").lower() in _TRUE or parts.port in (443, 8443)
        return Opened(
            shown(url),
            _connected(
                host=parts.hostname or "localhost",
                port=parts.port or (8443 if secure else 8123),
                username=unquote(parts.username or "default"),
                password=unquote(parts.password or ""),
                database=unquote(parts.path.strip("/")) or None,
                interface="https" if secure else "http",
                connect_timeout=PATIENCE,
                send_receive_timeout=_LONGEST,
                autogenerate_session_id=False,
                **options,
            ),
            secrets,
        )
    except failures as error:
        why = without_secrets(reason(error), secrets)
        raise UnreachableError([errors.unreachable_database(shown(url), why)]) from None


def open_folder(rest: str) -> Opened:
    """What chdb keeps in a folder; ``?database=`` names one that is not ``default``."""
    failures = _errors()
    try:
        import chdb  # noqa: F401 - clickhouse-connect loads it
    except ImportError as error:
        raise UnreachableError([errors.missing_driver("chdb", "chdb")]) from error
    name, _, query = rest.removeprefix("/").partition("?")
    path = Path(unquote(name))
    if not (path / "metadata").is_dir():
        # Of any other, chdb would make one of its own.
        why = "chdb has not made it" if path.exists() else "there is no such folder"
        raise UnreachableError([errors.unreachable_database(str(path), why, CHECK_PATH)])
    database = parse_qs(query).get("database", [None])[-1]
    try:
        return Opened(str(path), _connected(interface="chdb", path=str(path), database=database))
    except failures as error:
        raise away(str(path), error) from error


def _errors() -> tuple[type[Exception], ...]:
    try:
        import clickhouse_connect  # noqa: F401 - a part of it may be there when it is not
        from clickhouse_connect.driver.exceptions import ClickHouseError
    except ImportError as error:
        raise UnreachableError([errors.missing_driver("ClickHouse", "clickhouse")]) from error
    return (ClickHouseError,)


def _connected(**options: Any) -> ClickHouse:
    """A connection of our own, which only reads."""
    _errors()
    import clickhouse_connect

    # Otherwise it writes to stderr what it raises besides.
    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())
    client = clickhouse_connect.get_client(**options)
    limits = client.server_settings.get("readonly")
    if limits is None or limits.value == "0":
        client.set_client_setting("readonly", "2")
    return ClickHouse(client)


class ClickHouse:
    dialect = "clickhouse"

    def __init__(self, client: Any) -> None:
        self.errors = _errors()
        self._client = client

    def is_away(self, error: Exception) -> bool:
        from clickhouse_connect.driver.exceptions import OperationalError

        return isinstance(error, OperationalError)

    def columns(self, table: str) -> Sequence[tuple[str, str]] | None:
        database, _, name = table.rpartition(".")
        found = self._client.query(
            "SELECT name, type FROM system.columns WHERE table = {table:String} "
            "AND database = if({database:String} = '', currentDatabase(), {database:String}) "
            "AND default_kind != 'EPHEMERAL' ORDER BY position",
            parameters={"table": name, "database": database},
        )
        return [(str(column), str(written)) for column, written in found.result_rows] or None

    def names(self) -> Sequence[str]:
        found = self._client.query(
            "SELECT if(database = currentDatabase(), name, concat(database, '.', name)) FROM system.tables "
            "WHERE database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA') AND NOT is_temporary"
        )
        return [str(name) for (name,) in found.result_rows]

    def query(self, text: str, session: Sequence[str]) -> pl.DataFrame:
        answer = self._client.raw_query(text, settings=self._settings(session), fmt="Parquet")
        frame = pl.read_parquet(io.BytesIO(answer))
        return frame.with_columns(pl.selectors.datetime(time_zone="*").dt.convert_time_zone("UTC"))

    def rows(self, text: str, session: Sequence[str]) -> Sequence[Sequence[object]]:
        return rows(self.query(text, session))

    def _settings(self, session: Sequence[str]) -> Mapping[str, str]:
        """Those of the request: what is set for a statement holds from its first word on."""
        known = self._client.server_settings
        wanted = dict(_SETTINGS)
        for statement in session:
            setting = _SET.fullmatch(statement)
            assert setting is not None, statement
            wanted[setting[1]] = setting[2]
        return {name: value for name, value in wanted.items() if name in known and known[name].value != value}

    def begin(self) -> bool:
        # Each statement sees what is there when it begins.
        return False

    def end(self) -> None:
        raise AssertionError("nothing has begun")

    def close(self) -> None:
        self._client.close()


TYPES = Types(type_of, is_apart, lambda written: PLAIN.is_numbered(_inner(written)))
PRODUCT = Product(
    name="ClickHouse",
    written="clickhouse://",
    schemes=("clickhouse",),
    modules=("clickhouse_connect",),
    open=open_server,
    take=ClickHouse,
)
FOLDERS = Product(
    name="chdb",
    written="chdb:///",
    schemes=("chdb",),
    modules=(),
    open=open_folder,
    take=ClickHouse,
)
