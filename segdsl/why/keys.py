"""Keys as people write them, and as the data holds them.

In: a key from a command line or a host, and the type that the schema gives it. Out: the value that the data is asked for.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from segdsl.diagnostics import SegdslError
from segdsl.errors import why as errors
from segdsl.schema import Schema
from segdsl.semantics import time
from segdsl.types import Kind

_TRUTHS = {"true": True, "false": False}


def read_key(given: object, schema: Schema) -> object:
    """The key meant. A text is read as the key's type says. Raises `SegdslError`."""
    name = schema.entity.key
    of = schema.entity.fields[name].type
    try:
        found = _read(given, of.kind, schema.timezone)
    except (ValueError, InvalidOperation, OverflowError):
        found = None
    if found is None:
        raise SegdslError([errors.bad_key(name, given, of)])
    return found


def _read(given: object, kind: Kind, timezone: str) -> object | None:
    match kind, given:
        case Kind.ANY, _:
            return given
        case Kind.STRING, str():
            return given
        case Kind.BOOL, str():
            return _TRUTHS.get(given.strip().lower())
        case Kind.BOOL, bool():
            return given
        case _, bool():
            return None
        case Kind.INT, int() | str():
            return int(given)
        case Kind.INT, float() if given.is_integer():
            return int(given)
        case (Kind.DECIMAL, int() | str() | Decimal()):
            number = Decimal(given)
            return number if number.is_finite() else None
        case (Kind.FLOAT, int() | float() | str()):
            return float(given)
        case Kind.DATE, str():
            return date.fromisoformat(given.strip())
        case Kind.TIMESTAMP, str():
            return _instant(datetime.fromisoformat(given.strip()), timezone)
        case Kind.TIMESTAMP, datetime():
            return _instant(given, timezone)
        case Kind.DATE, date() if not isinstance(given, datetime):
            return given
        case _:
            return None


def _instant(value: datetime, timezone: str) -> datetime:
    if value.tzinfo is None:
        return time.zone(timezone).instant(value)
    return value.astimezone(UTC).replace(tzinfo=None)
