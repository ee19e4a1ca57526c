"""Every function and operator of the catalogue, on values.

Comes in: the values of a call's arguments, in Python, and the call itself for its types and options. Goes out: a
value. A missing argument has been dealt with before (`call`), save in ``coalesce``.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

from segdsl.backends.reference.numbers import EXACT, ceiled, fit, floored, half_away, quotient
from segdsl.backends.reference.records import Value
from segdsl.digits import wide
from segdsl.functions.sphere import haversine, point
from segdsl.semantics import ir
from segdsl.semantics.time import Zone
from segdsl.types import Kind

_Function: TypeAlias = Callable[..., Value]
"""Takes the call, the zone, and the values of the arguments (none of them missing)."""


def call(node: ir.Call, arguments: Sequence[Value], tz: Zone) -> Value:
    """The value of a call; missing when an argument is, unless the function says otherwise."""
    if node.overload == "coalesce":
        return next((value for value in arguments if value is not None), None)
    if any(value is None for value in arguments):
        return None
    value = FUNCTIONS[node.overload](node, tz, *arguments)
    if isinstance(value, Decimal):
        return fit(value, node.type)
    return value


def _add(node: ir.Call, tz: Zone, left: Any, right: Any) -> Value:
    return EXACT.add(left, right) if isinstance(left, Decimal) else left + right


def _subtract(node: ir.Call, tz: Zone, left: Any, right: Any) -> Value:
    return EXACT.subtract(left, right) if isinstance(left, Decimal) else left - right


def _multiply(node: ir.Call, tz: Zone, left: Any, right: Any) -> Value:
    return EXACT.multiply(left, right) if isinstance(left, Decimal) else left * right


def _divide_float(node: ir.Call, tz: Zone, left: float, right: float) -> Value:
    return None if right == 0 else left / right


def _divide_exact(node: ir.Call, tz: Zone, left: Any, right: Any) -> Value:
    scale = max(arg.type.scale if arg.type.kind is Kind.DECIMAL else 0 for arg in node.args)
    return quotient(left, right, scale)


def _negate(node: ir.Call, tz: Zone, number: Any) -> Value:
    return EXACT.minus(number) if isinstance(number, Decimal) else -number


def _abs(node: ir.Call, tz: Zone, number: Any) -> Value:
    return EXACT.abs(number) if isinstance(number, Decimal) else abs(number)


def _shift_timestamp(node: ir.Call, tz: Zone, instant: datetime) -> Value:
    return _moved(instant, timedelta(microseconds=_whole_option(node)))


def _shift_date(node: ir.Call, tz: Zone, day: date) -> Value:
    return _moved(day, timedelta(days=_whole_option(node)))


def _moved(time: date, distance: timedelta) -> Value:
    """Missing where it would leave the calendar: nothing raises at run time."""
    try:
        return time + distance
    except OverflowError:
        return None


def _whole_option(node: ir.Call) -> int:
    (option,) = node.options
    assert isinstance(option, int)
    return option


def _floor_float(node: ir.Call, tz: Zone, number: float) -> Value:
    return float(math.floor(number))


def _ceil_float(node: ir.Call, tz: Zone, number: float) -> Value:
    return float(math.ceil(number))


def _round(node: ir.Call, tz: Zone, number: Decimal) -> Value:
    return half_away(number, _whole_option(node))


_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TO_LOWER = str.maketrans(_UPPER, _UPPER.lower())
_TO_UPPER = str.maketrans(_UPPER.lower(), _UPPER)


def _replace(node: ir.Call, tz: Zone, text: str) -> Value:
    old, new = node.options
    assert isinstance(old, str) and isinstance(new, str) and old
    return text.replace(old, new)


_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _number(node: ir.Call, tz: Zone, text: str) -> Value:
    if not _NUMBER.fullmatch(text):
        return None
    return Decimal(text).quantize(Decimal("1e-9"), ROUND_HALF_UP, wide(len(text) + 10))


def _days_between(node: ir.Call, tz: Zone, first: Any, second: Any) -> Value:
    return int((second - first) // timedelta(days=1))


def _hours_between(node: ir.Call, tz: Zone, first: datetime, second: datetime) -> Value:
    return (second - first) // timedelta(hours=1)


def _age(node: ir.Call, tz: Zone, born: date, today: date) -> Value:
    """Full years; who is born on 29 February has the birthday on the 28th in other years."""
    birthday = (born.month, born.day)
    if birthday == (2, 29) and not calendar.isleap(today.year):
        birthday = (2, 28)
    return today.year - born.year - (1 if (today.month, today.day) < birthday else 0)


def _start_of(node: ir.Call, tz: Zone, day: date) -> Value:
    match node.options:
        case ("day",):
            return day
        case ("week",):
            return day - timedelta(days=day.weekday())
        case ("month",):
            return day.replace(day=1)
        case ("quarter",):
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case ("year",):
            return day.replace(month=1, day=1)
    raise AssertionError(node.options)


def _place(node: ir.Call, tz: Zone, text: str) -> Value:
    return node.options.index(text) if text in node.options else None


def _label(node: ir.Call, tz: Zone, place: int) -> Value:
    return node.options[place] if 0 <= place < len(node.options) else None


def _haversine(node: ir.Call, tz: Zone, latitude: float, longitude: float) -> Value:
    north, east = node.options
    assert isinstance(north, Decimal) and isinstance(east, Decimal)
    return haversine(latitude, longitude, point(north, east))


FUNCTIONS: Mapping[str, _Function] = {
    "add_whole": _add,
    "add_decimal": _add,
    "add_float": _add,
    "shift_timestamp": _shift_timestamp,
    "shift_date": _shift_date,
    "subtract_whole": _subtract,
    "subtract_decimal": _subtract,
    "subtract_float": _subtract,
    "negate": _negate,
    "multiply_whole": _multiply,
    "multiply_decimal": _multiply,
    "multiply_float": _multiply,
    "divide_exact": _divide_exact,
    "divide_float": _divide_float,
    "abs": _abs,
    "floor_decimal": lambda node, tz, number: floored(number),
    "floor_float": _floor_float,
    "ceil_decimal": lambda node, tz, number: ceiled(number),
    "ceil_float": _ceil_float,
    "round_decimal": _round,
    "least": lambda node, tz, *values: min(values),
    "greatest": lambda node, tz, *values: max(values),
    "coalesce": lambda node, tz, *values: values[0],
    "lower": lambda node, tz, text: text.translate(_TO_LOWER),
    "upper": lambda node, tz, text: text.translate(_TO_UPPER),
    "trim": lambda node, tz, text: text.strip(" "),
    "length": lambda node, tz, text: len(text),
    "replace": _replace,
    "number": _number,
    "days_between_timestamps": _days_between,
    "days_between_dates": _days_between,
    "hours_between_timestamps": _hours_between,
    "age_date": _age,
    "date_timestamp": lambda node, tz, instant: tz.day(instant),
    "year_date": lambda node, tz, day: day.year,
    "month_date": lambda node, tz, day: day.month,
    "day_date": lambda node, tz, day: day.day,
    "weekday_date": lambda node, tz, day: day.isoweekday(),
    "hour_timestamp": lambda node, tz, instant: tz.local(instant).hour,
    "start_of_date": _start_of,
    "place": _place,
    "label": _label,
    "haversine": _haversine,
}
"""By overload."""
