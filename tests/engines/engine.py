"""What an engine of the tests is, and what they share: names, declarations, rows in the order of the columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from segdsl.types import Kind, Type

Value = bool | int | Decimal | float | str | date | datetime | list[str | None] | None
Rows = Sequence[Mapping[str, Value]]
Columns = Mapping[str, Type | str]
"""Column name to the type that the data has; a text is the engine's own name for a type (``TIMESTAMPTZ``)."""


class Engine(Protocol):
    """One that is started. Values are those of the language: bool, int, Decimal, float, str, date, naive `datetime` in UTC, a list of
    texts, None."""

    name: str

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        """Drop what there was and make these tables. Names may have dots (``shop.orders``), but not on SQLite."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def qualified(name: str) -> str:
    return ".".join(quoted(part) for part in name.split("."))


def declaration(columns: Columns, spell: Callable[[Type], str]) -> str:
    return ", ".join(f"{quoted(n)} {t if isinstance(t, str) else spell(t)}" for n, t in columns.items())


def in_order(rows: Rows, columns: Columns) -> Iterable[list[Value]]:
    return ([row.get(name) for name in columns] for row in rows)


def spelling(names: Mapping[Kind, str], decimal: str) -> Callable[[Type], str]:
    """How an engine writes types; ``decimal`` is what it calls one of so many digits."""

    def spell(type_: Type) -> str:
        if type_.kind is Kind.DECIMAL:
            return f"{decimal}({type_.precision}, {type_.scale})"
        return names[type_.kind]

    return spell
