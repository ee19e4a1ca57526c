"""How far a value is from satisfying a comparison: the least by which it would have to change, and never less than that.

In: an operator, the value, what it is compared with, and the value's type. Out: a `Gap`, or for times a text. Whole numbers, amounts of
money and days change in steps: more than 60 is 61 for the one, 60.01 for the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_UP, Decimal, localcontext
from fractions import Fraction
from math import ceil, floor
from typing import TypeAlias

from segdsl.types import Kind, Type
from segdsl.why import words

Number: TypeAlias = "int | Decimal"
_DIGITS = 6
_DECIMALS = 2
_LARGE = 1_000
_ENDLESS = 10**18
"""From here on, digits of a float say nothing."""


@dataclass(frozen=True, slots=True)
class Gap:
    """``short``: it is too small by so much, else too large. ``over``: by any more than that."""

    by: Number
    short: bool
    over: bool = False


def exact(value: object) -> Fraction | None:
    """A number as it is written; None for anything else."""
    match value:
        case bool():
            return None
        case int() | Decimal():
            return Fraction(value)
        case float():
            return Fraction(repr(value))
        case _:
            return None


def gap(operator: str, value: object, goal: object, of: Type) -> Gap | None:
    """None for what is no number, for what is there already, and where it is less than could be told."""
    have, want = exact(value), exact(goal)
    if have is None or want is None:
        return None
    places = _places(of, value)
    if places is None:
        return _continuous(operator, want - have)
    unit = Fraction(1, 10**places)
    steps = want / unit
    match operator:
        case ">":
            steps = Fraction(floor(steps) + 1)
        case ">=":
            steps = Fraction(ceil(steps))
        case "<":
            steps = Fraction(ceil(steps) - 1)
        case "<=":
            steps = Fraction(floor(steps))
    by = steps - have / unit
    if not by or by.denominator != 1:
        return None
    count = abs(by.numerator)
    return Gap(Decimal((0, tuple(map(int, str(count))), -places)) if places else count, by > 0)


def _places(of: Type, value: object) -> int | None:
    """How many places behind the point a value of a type has; None where there is no end to them."""
    match of.kind:
        case Kind.INT | Kind.WHOLE:
            return 0
        case Kind.DECIMAL:
            return of.scale
        case _:
            return 0 if isinstance(value, int) else None


def _continuous(operator: str, by: Fraction) -> Gap | None:
    if not by:
        return None
    size = abs(by)
    if size >= _ENDLESS:
        return None
    with localcontext() as context:
        context.rounding = ROUND_UP
        context.prec = 40
        shown = Decimal(size.numerator) / Decimal(size.denominator)
        if size >= _LARGE:
            shown = shown.quantize(Decimal(1).scaleb(-_DECIMALS))
        else:
            context.prec = _DIGITS
            shown = +shown
    return Gap(shown, by > 0, over=operator in ("<", ">") and Fraction(shown) == size)


def time_gap(operator: str, value: object, goal: object) -> str | None:
    """Of two dates or two instants: ``2 days too early``. None for what is there already, and for anything else."""
    if not isinstance(value, date) or not isinstance(goal, date) or operator not in ("<", "<=", ">", ">="):
        return None
    if isinstance(value, datetime) != isinstance(goal, datetime):
        return None
    wanted_later, beyond = operator[0] == ">", operator in ("<", ">")
    between = goal - value if wanted_later else value - goal
    side = "early" if wanted_later else "late"
    if not isinstance(value, datetime):
        days = between.days + beyond
        return f"{words.days(days)} too {side}" if days > 0 else None
    if not between:
        return None
    return f"{words.at_least(between, beyond=beyond)} too {side}"
