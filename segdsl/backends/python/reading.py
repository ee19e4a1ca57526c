"""What a record holds under a field's name, as a value of the field's type.

In: a column of a plan. Out: a function from what a host gives (None where it gives nothing) to a value as generated code holds it.
Raises `WrongValue` for what cannot be one: the same that a column of data could not be read as, and never by chance of a conversion.
Dates and instants may be texts in ISO 8601, decimals texts of digits, as JSON has them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from operator import index
from typing import SupportsIndex, TypeAlias, assert_never

from segdsl.backends import written_times
from segdsl.backends.json_lists import listed
from segdsl.backends.python import runtime
from segdsl.diagnostics import SegdslError
from segdsl.errors import records as errors
from segdsl.planning.plan import TableColumn
from segdsl.schema import Field
from segdsl.semantics.time import Zone
from segdsl.types import MAX_DIGITS, MAX_FLOAT, MAX_INT, MIN_FLOAT, Kind, Type

Read: TypeAlias = Callable[[object], object]
_DIGITS_OF_A_FLOAT = 15
_BEYOND_ALL = 10 ** (MAX_DIGITS + 1)
"""A number that no type has."""
_DIGITS = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DAY, _INSTANT = re.compile(written_times.BEGINNING), re.compile(written_times.INSTANT)
"""Python reads other forms of ISO 8601 as well, data does not."""
_DAY_ALONE = len("2026-01-31")


_OWN: dict[Kind, tuple[type, object, object]] = {
    Kind.INT: (int, -MAX_INT, MAX_INT),
    Kind.FLOAT: (float, MIN_FLOAT, MAX_FLOAT),
    Kind.STRING: (str, None, None),
    Kind.DATE: (date, None, None),
}
"""Of what class most values of a type are, and within what limits they are what they are."""


class WrongValue(ValueError):
    """What was given is no value of the declared type."""


def column_of(declared: Field) -> TableColumn:
    """A stored field as a plan reads it, whatever the schema promises."""
    return TableColumn(
        declared.name,
        declared.column or declared.name,
        declared.type,
        True,
        declared.missing,
        dict(declared.codes),
        declared.stored,
        key_only=declared.type.kind is Kind.ANY or not declared.declared,
    )


def reader(column: TableColumn, zone: Zone) -> Read:
    """Spellings of missing come before everything else; then a code gives way to its name."""
    of = column.type
    read = _reader(of, zone)
    spelled = frozenset(column.missing)
    nothing = _nothing(column)
    is_spelled = _spelled(column.missing, of)
    names = {code: name for name, code in column.codes.items()}

    if is_plain(column) and of.kind in _OWN:
        own, low, high = _OWN[of.kind]

        def plain(raw: object) -> object:
            if raw is None or (raw.__class__ is own and (low is None or low <= raw <= high)):  # type: ignore[operator]
                return raw
            return None if _is_nan(raw) else read(raw)

        return plain

    def value(raw: object) -> object:
        if isinstance(raw, str) and raw.__class__ is not str:
            # Texts of another class (numpy's, an enumeration's) may hash and print as something else.
            raw = str.__str__(raw)
        if raw is None or _is_nan(raw) or (raw.__class__ is str and raw in spelled):
            return nothing
        if names and not isinstance(raw, str):
            number = _whole(raw)
            if abs(number) >= _BEYOND_ALL:
                raise WrongValue
            raw = str(number)
            if raw in spelled:
                return nothing
        found = read(raw)
        if found is None or (is_spelled is not None and is_spelled(raw)):
            return nothing
        return names.get(str(found), found) if names else found

    return value


class FieldReading:
    """Reads one field of a record, and says so where it cannot. ``fits``: what is there but no value of the type, such as a number that
    is too large, is wrong rather than missing."""

    def __init__(self, column: TableColumn, zone: Zone, fits: bool = False) -> None:
        self._column, self._fits = column, fits
        self._read = reader(column, zone)

    def __call__(self, given: object) -> object:
        try:
            found = self._read(given)
        except WrongValue:
            raise SegdslError([errors.wrong_value(self._column.name, self._column.type, given)]) from None
        if found is None and self._fits and given is not None and not _is_nan(given):
            raise SegdslError([errors.does_not_fit(self._column.name, self._column.type, given)])
        return found


def is_plain(column: TableColumn) -> bool:
    """Is nothing to be done for a value of the type's own class?"""
    return not (column.missing or column.codes or column.zero_if_missing)


def _nothing(column: TableColumn) -> object:
    """What a missing value reads as: a count or a verdict that is never missing is 0 or false."""
    if not column.zero_if_missing:
        return None
    return False if column.type.kind is Kind.BOOL else 0


_NUMBERS = (Kind.INT, Kind.WHOLE, Kind.DECIMAL, Kind.FLOAT)


def _spelled(texts: Sequence[str], of: Type) -> Callable[[object], bool] | None:
    """Whether a number, as it was given, is one of what texts spell: before it is rounded to the type, as a column of data is."""
    if not texts or of.kind not in _NUMBERS:
        return None
    exact = frozenset(number for text in texts if (number := _parsed(text)) is not None)
    doubles = frozenset(map(float, exact))

    def is_spelled(raw: object) -> bool:
        if isinstance(raw, float):
            return raw in doubles
        if isinstance(raw, str):
            return _parsed(raw) in exact
        return (raw if isinstance(raw, Decimal) else _whole(raw)) in exact

    return is_spelled


def _parsed(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _is_nan(raw: object) -> bool:
    """Is it what stands for a missing number, or a missing time (of pandas), which is unlike itself?"""
    if isinstance(raw, Decimal):
        return raw.is_nan()
    return isinstance(raw, float | datetime) and raw != raw


def _reader(of: Type, zone: Zone) -> Read:
    match of.kind:
        case Kind.BOOL:
            return _bool
        case Kind.INT | Kind.WHOLE:
            return _int
        case Kind.DECIMAL:
            return _decimal(of)
        case Kind.FLOAT:
            return _float
        case Kind.STRING:
            return _text
        case Kind.DATE:
            return _date
        case Kind.TIMESTAMP:
            return _instant(runtime.beginning_in(zone))
        case Kind.LIST:
            return _labels
        case Kind.ANY:
            return _key
        case Kind.DURATION | Kind.UNKNOWN:
            raise AssertionError(of)
        case _:
            assert_never(of.kind)


def _bool(raw: object) -> object:
    if isinstance(raw, bool):
        return raw
    if type(raw).__module__ == "numpy" and type(raw).__name__ in ("bool", "bool_"):
        # What a row of a frame of pandas holds.
        return bool(raw)
    raise WrongValue


def _whole(raw: object) -> int:
    if raw.__class__ is int:
        return raw
    if isinstance(raw, Decimal) and raw.is_finite() and raw == raw.to_integral_value():
        # So many digits fit no type, and would take long to write out.
        return int(raw) if raw.adjusted() <= MAX_DIGITS else _BEYOND_ALL
    if isinstance(raw, SupportsIndex) and not isinstance(raw, bool):
        try:
            return index(raw)
        except TypeError:
            raise WrongValue from None
    raise WrongValue


def _int(raw: object) -> object:
    number = _whole(raw)
    return number if -MAX_INT <= number <= MAX_INT else None


def _float(raw: object) -> object:
    if isinstance(raw, bool) or not isinstance(raw, float | Decimal | SupportsIndex):
        raise WrongValue
    try:
        number = float(raw)
    except (OverflowError, ValueError):
        return None
    except TypeError:
        raise WrongValue from None
    return None if math.isnan(number) or (number == 0 and raw != 0) else runtime.in_range(number)


def _decimal(of: Type) -> Read:
    factor, limit = 10**of.scale, 10 ** min(of.precision, MAX_DIGITS)

    def value(raw: object) -> object:
        if isinstance(raw, float):
            if of.precision > _DIGITS_OF_A_FLOAT:
                raise WrongValue
            number = None if math.isnan(raw) else runtime.in_range(raw)
            return None if number is None else runtime.of_float(number, factor, limit)
        if isinstance(raw, str):
            raw = _number_of(raw)
        if isinstance(raw, Decimal):
            if not raw.is_finite():
                return None
            # A number of so many digits in front of the point fits no type, and would take long to write out.
            return None if raw.adjusted() > MAX_DIGITS else runtime.fitted(runtime.unscaled(raw, of.scale), limit)
        return runtime.fitted(_whole(raw) * factor, limit)

    return value


def _number_of(text: str) -> Decimal:
    """What a text of digits says, whatever the thread's decimal context makes of texts that say nothing."""
    number = _parsed(text) if _DIGITS.fullmatch(text) else None
    if number is None:
        raise WrongValue
    return number


def _text(raw: object) -> str:
    if isinstance(raw, str):
        return str.__str__(raw)
    raise WrongValue


def _date(raw: object) -> object:
    if isinstance(raw, str):
        if _DAY.fullmatch(raw) is None:
            raise WrongValue
        try:
            return date.fromisoformat(raw[:_DAY_ALONE])
        except ValueError:
            raise WrongValue from None
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    raise WrongValue


def _instant(beginning: Callable[[date], datetime | None]) -> Read:
    def value(raw: object) -> object:
        if isinstance(raw, str):
            if _INSTANT.fullmatch(raw) is None:
                raise WrongValue
            try:
                # Behind the day a blank may stand for the T, and before an offset.
                day, time = raw[:_DAY_ALONE], raw[_DAY_ALONE + 1 :].replace(" ", "")
                raw = datetime.fromisoformat(f"{day}T{time}") if time else date.fromisoformat(day)
            except ValueError:
                raise WrongValue from None
        if raw.__class__ is datetime and raw.tzinfo is None:
            return raw
        if isinstance(raw, datetime):
            return _in_utc(raw)
        if isinstance(raw, date):
            return beginning(raw)
        raise WrongValue

    return value


def _in_utc(raw: datetime) -> datetime | None:
    # A subclass (of pandas, of a test's frozen clock) must not travel on into comparisons.
    plain = datetime(
        raw.year,
        raw.month,
        raw.day,
        raw.hour,
        raw.minute,
        raw.second,
        raw.microsecond,
        raw.tzinfo,
        fold=raw.fold,
    )
    try:
        # A zone that gives no offset says nothing.
        in_utc = plain if plain.utcoffset() is None else plain.astimezone(UTC)
        return in_utc.replace(tzinfo=None)
    except OverflowError:
        return None


def _labels(raw: object) -> object:
    items = listed(raw) if isinstance(raw, str) else raw
    if not isinstance(items, Collection) or isinstance(items, bytes | bytearray | memoryview | Mapping):
        raise WrongValue
    return frozenset(_text(item) for item in items if item is not None) or None


def _key(raw: object) -> object:
    """A key whose type nobody declared is what it is."""
    if isinstance(raw, datetime):
        return _in_utc(raw)
    if isinstance(raw, bool | int | float | Decimal | str | date):
        return raw
    raise WrongValue


def kind_of(key: object) -> type:
    """What a key has an order with, by one class for all of that kind."""
    return next(kind for kind in _KINDS if isinstance(key, kind))


_KINDS: tuple[type, ...] = (bool, str, datetime, date, object)


# -- in generated code ----------------------------------------------------------------------------------------------------

_CHECKS: dict[Kind, str] = {
    Kind.BOOL: "{0} is not None and {0} is not True and {0} is not False",
    Kind.INT: f"{{0}} is not None and ({{0}}.__class__ is not int or not {-MAX_INT} <= {{0}} <= {MAX_INT})",
    Kind.FLOAT: "{0} is not None and not ({0}.__class__ is float and 1e-100 <= {0} <= 1e+100)",
    Kind.STRING: "{0} is not None and {0}.__class__ is not str",
    Kind.DATE: "{0} is not None and {0}.__class__ is not date",
    Kind.TIMESTAMP: "{0} is not None and ({0}.__class__ is not datetime or {0}.tzinfo is not None)",
}
CLASSES: dict[str, object] = {"date": date, "datetime": datetime}
"""What the checks name."""


def check(column: TableColumn, name: str) -> str:
    """The condition, of a variable that holds what was given, that it has to be read first."""
    pattern = _CHECKS.get(column.type.kind) if is_plain(column) else None
    if pattern is not None:
        return pattern.format(name)
    return "True" if column.zero_if_missing else f"{name} is not None"


# -- made-up keys -----------------------------------------------------------------------------------------------------------


class Token:
    """What joins rows in place of a key that nobody gave: equal to itself alone, and behind all keys that were given, in the order of
    the numbers. ``said``: what conditions read in its place."""

    __slots__ = ("number", "said")

    def __init__(self, number: int, said: object = None) -> None:
        self.number, self.said = number, said

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and self.number == other.number

    def __hash__(self) -> int:
        return hash((Token, self.number))

    def __lt__(self, other: object) -> bool:
        return isinstance(other, Token) and self.number < other.number

    def __gt__(self, other: object) -> bool:
        return not isinstance(other, Token) or self.number > other.number

    def __repr__(self) -> str:
        return f"<row {self.number}>"


def said(key: object) -> object:
    """A key as conditions read it."""
    return key.said if key.__class__ is Token else key
