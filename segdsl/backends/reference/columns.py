"""What a column holds, as values of the language.

Comes in: a raw value (of a driver, a frame, a Python list) and what the schema says of its field. Goes out: a value of
the declared type, or None for missing. Knows nothing of rows or expressions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import assert_never

from segdsl import schema as sch
from segdsl.backends.json_lists import listed
from segdsl.backends.reference.numbers import decimal_of_float, fit, in_float_range
from segdsl.backends.reference.records import Value
from segdsl.semantics.time import Zone
from segdsl.types import MAX_INT, Kind, Type


def read_field(field: sch.Field, raw: object, tz: Zone) -> Value:
    """A field's value. Spellings of missing come before everything else; then a code gives way to its name."""
    if raw is None or any(_is_spelled(raw, spelling) for spelling in field.missing):
        return None
    if field.codes:
        names = {code: name for name, code in field.codes.items()}
        code = str(raw)
        return names.get(code, code)
    return read_value(field.type, raw, tz)


def read_trait(trait: sch.ColumnTrait, raw: object, tz: Zone) -> Value:
    """A trait that a column holds: a count, sum or verdict that is never missing reads as 0 or false where it says nothing."""
    value = read_value(trait.type, raw, tz)
    if value is not None or trait.optional:
        return value
    match trait.type.kind:
        case Kind.INT:
            return 0
        case Kind.DECIMAL:
            return Decimal(0)
        case Kind.BOOL:
            return False
        case _:
            return None


def read_value(declared: Type, raw: object, tz: Zone) -> Value:
    """A raw value as the declared type; what the type cannot hold is missing."""
    if raw is None or (isinstance(raw, float) and math.isnan(raw)) or (isinstance(raw, Decimal) and raw.is_nan()):
        return None
    match declared.kind:
        case Kind.BOOL:
            return bool(raw)
        case Kind.INT:
            assert isinstance(raw, int), raw
            return int(raw) if abs(raw) <= MAX_INT else None
        case Kind.DECIMAL:
            if isinstance(raw, float):
                return decimal_of_float(raw, declared) if in_float_range(raw) else None
            assert isinstance(raw, int | Decimal), raw
            return fit(Decimal(raw), declared)
        case Kind.FLOAT:
            assert isinstance(raw, int | float | Decimal), raw
            number = float(raw)
            return number if in_float_range(number) else None
        case Kind.STRING:
            assert isinstance(raw, str), raw
            return raw
        case Kind.DATE:
            assert isinstance(raw, date) and not isinstance(raw, datetime), raw
            return raw
        case Kind.TIMESTAMP:
            return _instant(raw, tz)
        case Kind.ANY:
            return _key(raw)
        case Kind.LIST:
            return _labels(raw)
        case Kind.WHOLE | Kind.DURATION | Kind.UNKNOWN:
            raise AssertionError(declared)
        case _:
            assert_never(declared.kind)


def _labels(raw: object) -> Value:
    """A list, or the text of one in JSON, without what is missing in it. Without anything in it, it is missing itself."""
    items = listed(raw) if isinstance(raw, str) else raw
    assert items is None or isinstance(items, Iterable), raw
    texts = tuple(item for item in items or () if item is not None)
    assert all(isinstance(item, str) for item in texts), raw
    return texts or None


def _instant(raw: object, tz: Zone) -> datetime:
    """An instant without a zone is in UTC; a date is the instant at which it begins."""
    if isinstance(raw, datetime):
        return raw if raw.tzinfo is None else raw.astimezone(UTC).replace(tzinfo=None)
    assert isinstance(raw, date), raw
    return tz.begin(raw)


def _key(raw: object) -> Value:
    """A column that nobody declared: it is what it is."""
    assert isinstance(raw, bool | int | float | Decimal | str | date), raw
    return raw


def _is_spelled(raw: object, spelling: str) -> bool:
    """Does a raw value read like this? A number does if it is that number."""
    if isinstance(raw, str):
        return raw == spelling
    if isinstance(raw, float):
        return raw == float(spelling)
    return raw == Decimal(spelling)
