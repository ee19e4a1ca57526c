"""Quantities: what conditions are about, told apart by structure.

In goes a value of the typed tree, out comes what it is reasoned about as: a constant number, a moment, or a quantity whose
value nobody knows, with the range and the grid that its values are on. Conversions that keep the number are looked through.
Numbers are exact: whole ones as `int`, others as `Fraction`; days are numbered, instants counted in microseconds.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from segdsl.records import record
from segdsl.semantics import ir
from segdsl.semantics.lint.moments import At, micros, normal
from segdsl.types import INT_DIGITS, MAX_INT, Kind

Number: TypeAlias = int | Fraction
Term: TypeAlias = "Number | At | ir.Expr"
_HUGE = 10**100
_COUNTED = frozenset({"count", "distinct", "streak"})
_RANGES: dict[str, tuple[Number, Number | None]] = {
    "length": (0, None),
    "abs": (0, None),
    "hour_timestamp": (0, 23),
    "day_date": (1, 31),
    "weekday_date": (1, 7),
    "month_date": (1, 12),
    "year_date": (1, 9999),
    "haversine": (0, None),
}


@record(frozen=True, slots=True)
class Range:
    """Where the values of a quantity lie; ``step``: they are its multiples."""

    low: Number | None = None
    high: Number | None = None
    step: Number | None = None


def plain_number(number: Fraction | int) -> Number:
    return number.numerator if isinstance(number, Fraction) and number.denominator == 1 else number


def constant(value: ir.Constant | None) -> Number | None:
    """A constant as a number; None for what is no number, day or instant."""
    match value:
        case bool() | str() | None:
            return None
        case int():
            return value
        case Decimal() | float():
            return plain_number(Fraction(value))
        case datetime():
            return micros(value)
        case date():
            return value.toordinal()


def bare(value: ir.Expr) -> ir.Expr:
    """The value without the conversions around it that keep it as it is."""
    while isinstance(value, ir.Convert) and keeps(value):
        value = value.value
    return value


def keeps(node: ir.Convert) -> bool:
    """Is what comes out always the number that goes in?"""
    old, new = node.value.type, node.type
    match old.kind, new.kind:
        case (Kind.INT, Kind.WHOLE | Kind.FLOAT) | (Kind.WHOLE, Kind.FLOAT):
            return True
        case (Kind.INT, Kind.DECIMAL):
            return new.precision - new.scale >= INT_DIGITS
        case (Kind.DECIMAL, Kind.DECIMAL):
            return new.scale >= old.scale and new.precision - new.scale >= old.precision - old.scale
        case _:
            return False


def same_if_present(value: ir.Expr) -> ir.Expr | None:
    """What a value is equal to wherever it is present."""
    match value:
        case ir.InRange():
            return bare(value.value)
        case ir.Convert():
            old, new = value.value.type, value.type
            exact = old.is_exact and new.is_exact and (new.kind is not Kind.DECIMAL or new.scale >= old.scale)
            return bare(value.value) if exact else None
        case _:
            return None


def term(value: ir.Expr) -> Term:
    """A number, a day or an instant as what it is compared as."""
    value = bare(value)
    match value:
        case ir.Literal():
            number = constant(value.value)
            return value if number is None else number
        case ir.Instant():
            return At(normal(value.moment), "instant" if value.type.kind is Kind.TIMESTAMP else "day")
        case ir.Convert(value=ir.Literal(value=date() as day)) if value.type.kind is Kind.TIMESTAMP:
            return At(ir.Moment(day))
        case _:
            return value


def range_of(value: ir.Expr) -> Range:
    """Where a quantity's values lie, as far as that follows from what it is."""
    match value.type.kind:
        case Kind.INT:
            own = Range(-MAX_INT, MAX_INT, 1)
        case Kind.WHOLE:
            own = Range(-_HUGE, _HUGE, 1)
        case Kind.DECIMAL:
            size = 10 ** (value.type.precision - value.type.scale)
            own = Range(-size, size, plain_number(Fraction(1, 10**value.type.scale)))
        case Kind.FLOAT:
            own = Range(
                -_HUGE, _HUGE, 1 if isinstance(value, ir.Call) and value.function in ("floor", "ceil") else None
            )
        case Kind.DATE | Kind.TIMESTAMP:
            return Range(step=1)
        case _:
            return Range()
    return _within(own, _narrower(value))


def _narrower(value: ir.Expr) -> Range:
    match value:
        case ir.Aggregate(function=function) if function in _COUNTED:
            return Range(0)
        case ir.Aggregate(function="min" | "max" | "first" | "last", value=ir.Node() as inner):
            return range_of(bare(inner))
        case ir.Aggregate(function="sum" | "avg" | "percentile", value=ir.Node() as inner):
            # A sum of what is never below 0; how far a mean is rounded is nobody's business here.
            low = range_of(bare(inner)).low
            return Range(0) if low is not None and low >= 0 else Range()
        case ir.Overall():
            return range_of(value.aggregate)
        case ir.RankValue():
            return Range(1, value.buckets)
        case ir.Call(overload="place", options=options):
            return Range(0, len(options) - 1)
        case ir.Call(overload=overload) if overload in _RANGES:
            return Range(*_RANGES[overload])
        case ir.Convert(value=inner) if inner.type.is_number:
            low = range_of(bare(inner)).low
            return Range(0) if low is not None and low >= 0 else Range()
        case ir.InRange():
            return range_of(bare(value.value))
        case _:
            return Range()


def _within(one: Range, other: Range) -> Range:
    lows = [low for low in (one.low, other.low) if low is not None]
    highs = [high for high in (one.high, other.high) if high is not None]
    return Range(max(lows, default=None), min(highs, default=None), one.step)
