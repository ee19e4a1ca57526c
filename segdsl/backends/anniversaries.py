"""``anniversary(d) in PERIOD`` in the words that every backend has: comparisons of a date's year, month and day.

Comes in: the node, an instant and a zone. Goes out: a condition over `VALUE`, which stands for the date. It is unknown where the
date is missing, negated or not.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import MINYEAR, datetime
from typing import Literal as OneOf

from segdsl.semantics import ir
from segdsl.semantics.time import Zone, anniversaries
from segdsl.types import DATE, INT

Operator = OneOf["=", "!=", "<", "<=", ">", ">="]
VALUE = ir.Col("", "", type=DATE, optional=True)
_OPPOSITE: dict[Operator, Operator] = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_LEAP_YEAR = 2000
_MOST_YEARS = 3
"""Its first, those between put together, and its last: so many stretches of a period there are."""


def written_out(node: ir.Anniversary, as_of: datetime, zone: Zone) -> ir.Expr:
    """Raises OverflowError where the period leaves the calendar."""
    years = anniversaries(node.period, as_of, zone)
    found: ir.Expr = ir.Any(tuple(_in_year(year, first, last) for year, first, last in years))
    if not years:
        # No day is in the period, and so no date is, if there is one.
        found = _compared("<", "year", MINYEAR)
    return _opposite(found) if node.negated else found


def for_any_instant(node: ir.Anniversary, as_of: datetime, zone: Zone) -> tuple[ir.Expr, dict[str, int]]:
    """The same in a form that does not depend on the instant: what does is a column of its own name, and stands beside the
    condition. A period that touches fewer years than it might has years before all dates in their place."""
    years = [*anniversaries(node.period, as_of, zone), *[(MINYEAR, 101, 101)] * _MOST_YEARS][:_MOST_YEARS]
    parts: dict[str, int] = {}

    def column(name: str, number: int) -> ir.Col:
        parts[name] = number
        return ir.Col("", name, type=INT)

    def compared(operator: Operator, part: str, limit: ir.Col) -> ir.Expr:
        return ir.Compare(operator, ir.Call(part, f"{part}_date", (VALUE,), type=INT, optional=True), limit)

    def stretch(number: int, year: int, first: int, last: int) -> ir.Expr:
        (month, day), (last_month, last_day) = divmod(first, 100), divmod(last, 100)
        ends: list[ir.Expr] = []
        sides: tuple[tuple[str, Operator, Operator, int, int], ...] = (
            ("first", ">", ">=", month, day),
            ("last", "<", "<=", last_month, last_day),
        )
        for name, beyond, within, at, on in sides:
            in_month, on_day = column(f"{name}_month_{number}", at), column(f"{name}_day_{number}", on)
            same = ir.All((compared("=", "month", in_month), compared(within, "day", on_day)))
            ends.append(ir.Any((compared(beyond, "month", in_month), same)))
        return ir.All((compared("<", "year", column(f"year_{number}", year)), *ends))

    found: ir.Expr = ir.Any(tuple(stretch(number, *one) for number, one in enumerate(years, start=1)))
    return (_opposite(found) if node.negated else found), parts


def _in_year(year: int, first: int, last: int) -> ir.Expr:
    earlier = _compared("<", "year", year)
    (month, day), (last_month, last_day) = divmod(first, 100), divmod(last, 100)
    if month != last_month:
        return ir.All((earlier, *_from(month, day), *_to(last_month, last_day)))
    days = [_compared(">=", "day", day)] if day > 1 else []
    if last_day < _length(month):
        days.append(_compared("<=", "day", last_day))
    return ir.All((earlier, _compared("=", "month", month), *days))


def _from(month: int, day: int) -> tuple[ir.Expr, ...]:
    """From a day of the year on; nothing where that is its first."""
    if day == 1:
        return (_compared(">=", "month", month),) if month > 1 else ()
    same = ir.All((_compared("=", "month", month), _compared(">=", "day", day)))
    return (ir.Any((_compared(">", "month", month), same)),)


def _to(month: int, day: int) -> tuple[ir.Expr, ...]:
    if day >= _length(month):
        return (_compared("<=", "month", month),) if month < 12 else ()
    same = ir.All((_compared("=", "month", month), _compared("<=", "day", day)))
    return (ir.Any((_compared("<", "month", month), same)),)


def _length(month: int) -> int:
    """The last day that a month can have."""
    return monthrange(_LEAP_YEAR, month)[1]


def _compared(operator: Operator, part: str, number: int) -> ir.Expr:
    value = ir.Call(part, f"{part}_date", (VALUE,), type=INT, optional=True)
    return ir.Compare(operator, value, ir.Literal(number, type=INT))


def _opposite(condition: ir.Expr) -> ir.Expr:
    match condition:
        case ir.All(items=items):
            return ir.Any(tuple(map(_opposite, items)))
        case ir.Any(items=items):
            return ir.All(tuple(map(_opposite, items)))
        case ir.Compare(operator=operator):
            return replace(condition, operator=_OPPOSITE[operator])
        case _:
            raise AssertionError(condition)
