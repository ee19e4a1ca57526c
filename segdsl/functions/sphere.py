"""Distances on the globe, by additions and multiplications alone.

The haversine of the angle between two points grows with their distance, so that a distance is compared by comparing haversines,
and the one that belongs to a number of kilometres is worked out here, in decimal arithmetic. Engines' own sines differ in their
last digits. `haversine` says which operations follow one another; whoever does the same ones in double precision gets the
same bits. All constants have at most 15 digits, which every engine reads as the same double.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce
from math import factorial
from typing import Any, TypeVar

from segdsl.digits import wide
from segdsl.records import record

T = TypeVar("T")

RADIUS = Decimal("6371.0088")
"""Of the earth, in kilometres: the mean of its three axes."""
MOST_LATITUDE, MOST_LONGITUDE = 90, 180
_EXACT = wide(80)
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")


def _written(number: Decimal) -> float:
    """The double of a number cut to 15 digits."""
    return float(wide(15).plus(number))


RADIANS = _written(_EXACT.divide(_PI, Decimal(180)))
HALF_RADIANS = _written(_EXACT.divide(_PI, Decimal(360)))
"""Half the radians of a degree."""
SINE = tuple(_written(_EXACT.divide(Decimal((-1) ** k), Decimal(factorial(2 * k + 1)))) for k in range(11))
"""Of z = y * y: 1 - z/3! + z^2/5! - …, which is sin(y) / y."""
COSINE = tuple(_written(_EXACT.divide(Decimal((-1) ** k), Decimal(factorial(2 * k)))) for k in range(12))
"""Of z = y * y: 1 - z/2! + z^2/4! - …, which is cos(y). Both are right to the last digits up to a right angle."""


@record(frozen=True, slots=True)
class Point:
    """A place that distances are measured from, in degrees, and the cosine of its latitude."""

    latitude: float
    longitude: float
    cosine: float


def point(latitude: Decimal, longitude: Decimal) -> Point:
    north, east = _written(latitude), _written(longitude)
    angle = north * RADIANS
    return Point(north, east, _written(Decimal(horner(COSINE, angle * angle))))


def horner(coefficients: Sequence[float], z: Any) -> Any:
    """``c0 + z * (c1 + z * (c2 + …))``, from the inside out."""
    return reduce(lambda inner, coefficient: inner * z + coefficient, reversed(coefficients[:-1]), coefficients[-1])


def haversine(latitude: T, longitude: T, at: Point, least: Callable[[Any, Any], Any] = min) -> T:
    """Of the angle between a point (latitude ±90, longitude ±180) and ``at``: 0 at the place itself, 1 at the far end of the earth.

    ``latitude`` and ``longitude`` are doubles, or anything that has their operators; ``least`` is the smaller of two.
    """
    north: Any = latitude
    east: Any = longitude
    angle = north * RADIANS
    cosine = horner(COSINE, angle * angle) * at.cosine
    apart = abs(east - at.longitude)
    across = _of_degrees(least(apart, 360.0 - apart))
    found: T = _of_degrees(north - at.latitude) + cosine * across
    return found


def _of_degrees(degrees: Any) -> Any:
    """The haversine of an angle up to 180 degrees: the square of half its sine's."""
    half = degrees * HALF_RADIANS
    sine = half * horner(SINE, half * half)
    return sine * sine


BEYOND = 2.0
"""More than any haversine."""


def haversine_of(kilometres: Decimal) -> float:
    """What the haversine of two points is that are so far apart; `BEYOND` for what is more than half around the earth."""
    angle = _EXACT.divide(kilometres, RADIUS)
    if angle > _PI:
        return BEYOND
    square = _EXACT.multiply(angle, angle)
    total, power = Decimal(0), Decimal(1)
    for k in range(1, 60):
        power = _EXACT.multiply(power, square)
        total = _EXACT.add(total, _EXACT.divide(power if k % 2 else power.copy_negate(), Decimal(2 * factorial(2 * k))))
    return _written(total)
