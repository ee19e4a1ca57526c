"""Keys as people write them, and as the data holds them.

In: a key from a command line or a host, and the type that the schema gives it. Out: the value that the data is asked for.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import MAX_EMAX, MAX_PREC, Decimal, InvalidOperation

from segdsl.diagnostics import SegdslError
from segdsl.digits import wide
from segdsl.errors import why as errors
from segdsl.schema import Schema
from segdsl.semantics import time
from segdsl.types import Kind, Type

_INT64 = 2**63
_EXACT = wide(MAX_PREC, largest=MAX_EMAX)
_LONGEST_NUMBER = 20
"""Numbers with zeros before them are no longer."""
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


def can_be(key: object, of: Type) -> bool:
    """Can the data hold that key at all? What it cannot hold, engines refuse to compare with, and nobody has it."""
    match key:
        case bool():
            return True
        case int():
            return abs(key) < _INT64
        case Decimal():
            _, digits, exponent = key.normalize(_EXACT).as_tuple()
            assert isinstance(exponent, int)
            return -exponent <= of.scale and len(digits) + exponent <= of.precision - of.scale
        case str():
            return key.isprintable() or not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in key)
        case _:
            return True


def alike(key: object) -> tuple[str, ...]:
    """Texts that are as good as the same: in another case, without spaces around, with other zeros before a number."""
    if not isinstance(key, str):
        return ()
    bare = key.strip()
    found = [bare, bare.upper(), bare.lower()]
    if bare.isascii() and bare.isdigit():
        digits = bare.lstrip("0") or "0"
        found.extend(digits.zfill(length) for length in range(len(digits), _LONGEST_NUMBER + 1))
    return tuple(dict.fromkeys(other for other in found if other != key))


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
            return given if isinstance(given, int) else int(given) if given.isascii() and "_" not in given else None
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
