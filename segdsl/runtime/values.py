"""Values as databases hand them out, back in the forms that Python has for them.

In: what a driver yields for one column of a statement, and the language's type of that column. Out: bool, int, Decimal, float, str,
date, datetime (naive, in UTC), a list of texts, or None where the value is missing. One function serves all databases: the form that
a value arrives in says which one wrote it (SQLite alone holds instants and decimals as numbers, and lists as JSON).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from segdsl.digits import wide
from segdsl.types import Kind, Type

_EPOCH = datetime(1970, 1, 1)
_WIDE = wide(80)


def decoded(value: object, of: Type) -> object:
    """One value of a type. Keys of a type that nobody declared stay as they are."""
    if value is None:
        return None
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


def _day(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _instant(value: object) -> datetime:
    if isinstance(value, int):
        return _EPOCH + timedelta(microseconds=value)
    assert isinstance(value, datetime), value
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def _list(value: object) -> list[str]:
    found = json.loads(value) if isinstance(value, str) else value
    assert isinstance(found, Iterable), found
    return [str(item) for item in found if item is not None]
