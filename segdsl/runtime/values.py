"""Values as databases hand them out, back in the forms that Python has for them.

In: what a driver yields for one column of a statement, and the language's type of that column. Out: bool, int, Decimal, float, str,
date, datetime (naive, in UTC), a list of texts, or None where the value is missing; `Far` for a time that Python has not. One function
serves all databases: the form that a value arrives in says which one wrote it (SQLite alone holds instants and decimals as numbers, and
lists as JSON).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from segdsl.digits import wide
from segdsl.types import Kind, Type

if TYPE_CHECKING:
    import polars as pl

_EPOCH = datetime(1970, 1, 1)
_WIDE = wide(80)
_YEARS = (1, 9999)


@dataclass(frozen=True, slots=True)
class Far:
    """A day or an instant outside the years 1 to 9999: it can be told, and nothing else."""

    text: str

    def __str__(self) -> str:
        return self.text


def rows(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """The rows of a frame, times that Python has not among them."""
    columns = frame.get_columns()
    if all(_has_near_times(column) for column in columns):
        return frame.rows()
    return list(zip(*(_values(column) for column in columns), strict=True))


def _has_near_times(column: pl.Series) -> bool:
    import polars as pl

    if column.dtype.base_type() not in (pl.Date, pl.Datetime):
        return True
    # Polars tells no year of what is beyond its own calendar.
    return bool(column.drop_nulls().dt.year().is_between(*_YEARS).fill_null(False).all())


def _values(column: pl.Series) -> list[object]:
    import polars as pl

    if _has_near_times(column):
        return column.to_list()
    near = column.dt.year().is_between(*_YEARS).fill_null(False)
    told = column.dt.year().is_not_null()
    values = column.set(~near, None).to_list()
    texts = column.set(~told, None).cast(pl.String).to_list()
    numbers = column.to_physical().to_list()
    return [
        value if is_near or number is None else Far(text or str(number))
        for value, is_near, text, number in zip(values, near, texts, numbers, strict=True)
    ]


def decoded(value: object, of: Type) -> object:
    """One value of a type. Keys of a type that nobody declared stay as they are."""
    if value is None or isinstance(value, Far):
        return value
    match of.kind:
        case Kind.BOOL:
            return bool(value)
        case Kind.INT:
            assert isinstance(value, int | float | Decimal), value
            return int(value)
        case Kind.WHOLE | Kind.FLOAT:
            assert isinstance(value, int | float | Decimal), value
            return float(value)
        case Kind.DECIMAL:
            return _decimal(value, of)
        case Kind.DATE:
            return _day(value)
        case Kind.TIMESTAMP:
            return _instant(value)
        case Kind.LIST:
            return _list(value)
        case _:
            return value


def _decimal(value: object, of: Type) -> Decimal:
    if isinstance(value, Decimal):
        return _WIDE.quantize(value, Decimal(1).scaleb(-of.scale))
    assert isinstance(value, int | float), value
    # Scaled, as SQLite holds it; a double where the number left 64 bits.
    return _WIDE.scaleb(Decimal(int(value)), -of.scale)


def _day(value: object) -> date | Far:
    if isinstance(value, datetime):
        return value.date()
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    except ValueError:
        return Far(str(value))


def _instant(value: object) -> datetime | Far:
    if isinstance(value, int):
        try:
            return _EPOCH + timedelta(microseconds=value)
        except OverflowError:
            return Far(f"{value} microseconds from 1970")
    assert isinstance(value, datetime), value
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def _list(value: object) -> list[str]:
    found = json.loads(value) if isinstance(value, str) else value
    assert isinstance(found, Iterable), found
    return [str(item) for item in found if item is not None]
