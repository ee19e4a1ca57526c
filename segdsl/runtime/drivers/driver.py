"""What a driver is, and what drivers share: how a database is opened, what may be shown of a url, rows as a frame.

A driver is imported when a database of its own is asked for, never before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import polars as pl

from segdsl.errors import data as errors
from segdsl.inference import type_of_declaration
from segdsl.runtime.tables import UnreachableError, reason
from segdsl.types import STRING, Type

PATIENCE = 10
"""Seconds to wait for a server to answer, or for a lock."""
CHECK_PATH = "check the path of the file"
CLOSE_OTHER = "close the program that has it open, or give a copy of it"


class Driver(Protocol):
    """An open connection. ``errors``: what it raises where a statement fails or the database goes away. ``columns`` is None for a table
    that there is not. ``begin``: from now on all statements see one state of the data, until ``end``; false where the database cannot, or
    its host has begun already."""

    dialect: str
    errors: tuple[type[Exception], ...]

    def is_away(self, error: Exception) -> bool: ...

    def columns(self, table: str) -> Sequence[tuple[str, str]] | None: ...

    def names(self) -> Sequence[str]: ...

    def query(self, text: str, session: Sequence[str]) -> pl.DataFrame: ...

    def rows(self, text: str, session: Sequence[str]) -> Sequence[Sequence[object]]: ...

    def begin(self) -> bool: ...

    def end(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Types:
    """What a database's own types are. ``type_of``: the language's type for one, if there is one; ``is_apart``: is it read as that by
    a cast alone? ``is_numbered``: are its texts put in order by numbers that they have? ``is_loose``: are some of its values equal
    that the language tells apart?"""

    type_of: Callable[[str], Type | None]
    is_apart: Callable[[str], bool]
    is_numbered: Callable[[str], bool] = lambda written: written.lower().startswith("enum")
    is_loose: Callable[[str], bool] = lambda written: False


PLAIN = Types(type_of_declaration, lambda written: False)
COLLATED = " with a collation"
"""What is said behind the type of a text whose collation takes different texts for one another."""


def text_or_declared(written: str) -> Type | None:
    """The type of a column that may be one of numbered texts, or of texts with a collation."""
    if is_loose(written):
        return STRING
    return STRING if PLAIN.is_numbered(written) else type_of_declaration(written)


def is_loose(written: str) -> bool:
    return written.endswith(COLLATED)


@dataclass(frozen=True, slots=True)
class Opened:
    """``place`` may be shown; ``secrets`` may not, whoever repeats them."""

    place: str
    driver: Driver
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """A database that segdsl runs statements on.

    ``schemes``: what its urls begin with, the first being how it is shown; ``modules``: where the connections of its driver come from;
    ``open``: takes what follows ``scheme://``; ``take``: an open connection of a host's.
    """

    name: str
    written: str
    schemes: tuple[str, ...]
    modules: tuple[str, ...]
    open: Callable[[str], Opened]
    take: Callable[[Any], Driver]


def away(place: str, error: Exception, hint: str | None = None) -> UnreachableError:
    return UnreachableError([errors.unreachable_database(place, reason(error), hint)])


def shown(url: str) -> str:
    """A url without its password."""
    url = re.sub(r"(://[^/@]*?):.*@", r"\1:…@", url)
    return re.sub(r"(?i)([?&](?:password|sslpassword|token|motherduck_token)=)[^&]*", r"\1…", url)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """What a driver says, should it repeat a password."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return text


def secrets_of(url: str) -> tuple[str, ...]:
    userinfo = url.partition("://")[2].rpartition("@")[0]
    password = userinfo.partition(":")[2]
    try:
        query = urlsplit(url).query
    except ValueError:
        query = ""
    found = {
        password,
        unquote(password),
        *(value for name, value in parse_qsl(query) if name.endswith(("password", "token"))),
    }
    return tuple(sorted((secret for secret in found if secret), key=len, reverse=True))


def frame(names: Sequence[str], rows: Sequence[Sequence[object]]) -> pl.DataFrame:
    """Rows of Python values as a frame; numbers of a column that mixes whole ones and others as floats."""
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pl.DataFrame(
        {name: pl.Series(name, values, strict=False) for name, values in zip(names, columns, strict=True)}
    )
