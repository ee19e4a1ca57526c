"""Numbers: what a type can hold, and how one kind becomes another.

Exact numbers are `int` and `Decimal`, all arithmetic on them is done with more digits than any of them can need;
floats are IEEE doubles, which Python's own are.
"""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from segdsl.digits import wide
from segdsl.types import MAX_DIGITS, MAX_FLOAT, MAX_MILLIONTHS, MILLIONTHS, MIN_FLOAT, Type

EXACT = wide(400)


def in_float_range(number: float) -> bool:
    """Is it 0, or of a size that a float may have? (NaN is not.)"""
    return number == 0 or MIN_FLOAT <= abs(number) <= MAX_FLOAT


def half_away(number: Decimal, places: int) -> Decimal:
    """Rounded to so many places, away from zero at the half."""
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT)


def floored(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1), ROUND_FLOOR, EXACT)


def ceiled(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1), ROUND_CEILING, EXACT)


def fit(number: Decimal, declared: Type) -> Decimal | None:
    """The number at the scale of a decimal type, or None where it has more digits than the type."""
    if not number.is_finite():
        return None
    rounded = half_away(number, declared.scale)
    return rounded if abs(unscaled(rounded, declared.scale)) < 10 ** min(declared.precision, MAX_DIGITS) else None


def unscaled(number: int | float | Decimal, scale: int) -> int:
    """``number * 10^scale``, which is a whole number, exactly."""
    exact = EXACT.multiply(Decimal(number), Decimal(10) ** scale)
    whole = int(exact)
    assert whole == exact, (number, scale)
    return whole


def decimal_of_float(number: float, declared: Type) -> Decimal | None:
    """A double as a declared decimal: half away from zero, as far as double precision sees it."""
    digits = math.floor(abs(number) * float(10**declared.scale) + 0.5)
    if digits >= 10**declared.precision:
        return None
    sign = -1 if number < 0 else 1
    return EXACT.multiply(Decimal(sign * digits), Decimal(1).scaleb(-declared.scale))


def millionths(number: float) -> int | None:
    """A float as it is added up: in whole millionths, rounded half up. Beyond 64 bits it counts as missing."""
    return math.floor(number * MILLIONTHS + 0.5) if abs(number) <= MAX_MILLIONTHS else None


def quotient(left: int | float | Decimal, right: int | float | Decimal, scale: int) -> float | None:
    """Two exact numbers of at most this scale, divided once: nearest double by nearest double. By zero: missing."""
    divisor = float(unscaled(right, scale))
    return None if divisor == 0 else float(unscaled(left, scale)) / divisor
