"""What an aggregate makes of the rows that it keeps.

Comes in: the kept rows, each with its value, its time and its key. Goes out: the aggregate's value. Knows nothing of
how rows are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from segdsl.backends.reference.numbers import EXACT, fit, millionths, quotient
from segdsl.backends.reference.records import Value
from segdsl.semantics import ir
from segdsl.types import MILLIONTHS, Kind, Type, decimal


@dataclass(frozen=True, slots=True)
class Kept:
    """A row that the aggregate keeps. ``key`` is empty where the relation has none."""

    value: Value
    time: date | None
    key: tuple[Value, ...]


def aggregate(node: ir.Aggregate, rows: Sequence[Kept]) -> Value:
    present = [row.value for row in rows if row.value is not None]
    match node.function:
        case "count":
            return len(rows)
        case "any":
            return len(rows) > 0
        case "none":
            return len(rows) == 0
        case "distinct":
            return len(set(present))
        case "sum":
            return _sum(present, _type_of_value(node))
        case "avg":
            return _average(present, _type_of_value(node))
        case "min":
            return min(_ordered(present), default=None)
        case "max":
            return max(_ordered(present), default=None)
        case "first":
            return _at_the_end(rows, last=False)
        case "last":
            return _at_the_end(rows, last=True)
        case "percentile":
            assert node.percent is not None
            return percentile([_exactly(value, _type_of_value(node)) for value in present], node.percent)
        case "streak":
            return streak(present, node.step)
    raise AssertionError(node.function)


def _type_of_value(node: ir.Aggregate) -> Type:
    assert node.value is not None
    return node.value.type


def _sum(present: Sequence[Any], kind: Type) -> Decimal | None:
    """Exact; of floats, in millionths. Over nothing it is 0; beyond 38 digits it is missing."""
    match kind.kind:
        case Kind.INT:
            return fit(Decimal(sum(present)), decimal(38, 0))
        case Kind.DECIMAL:
            total = Decimal(0)
            for number in present:
                total = EXACT.add(total, number)
            return fit(total, decimal(38, kind.scale))
        case Kind.FLOAT:
            parts = [part for number in present if (part := millionths(number)) is not None]
            return EXACT.divide(Decimal(sum(parts)), Decimal(MILLIONTHS))
        case _:
            raise AssertionError(kind)


def _average(present: Sequence[Any], kind: Type) -> float | None:
    """The exact sum over the count, divided once; missing over nothing."""
    if kind.kind is Kind.FLOAT:
        present = [number for number in present if millionths(number) is not None]
    total = _sum(present, kind)
    scale = {Kind.INT: 0, Kind.DECIMAL: kind.scale, Kind.FLOAT: 6}[kind.kind]
    return None if total is None else quotient(total, len(present), scale)


def _exactly(number: Any, kind: Type) -> Fraction | None:
    """The number itself; a float in millionths, None beyond what these can count."""
    if kind.kind is not Kind.FLOAT:
        return Fraction(number)
    parts = millionths(number)
    return None if parts is None else Fraction(parts, MILLIONTHS)


def percentile(numbers: Sequence[Fraction | None], percent: Decimal) -> float | None:
    """The number at place ``1 + (n - 1) * percent / 100``, in proportion between the two nearest; missing over nothing.

    >>> percentile([Fraction(1), Fraction(2)], Decimal(50))
    1.5
    """
    ordered = sorted(number for number in numbers if number is not None)
    if not ordered:
        return None
    place = (len(ordered) - 1) * Fraction(percent) / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


def streak(units: Sequence[Any], step: int) -> int:
    """The longest run of numbers that are ``step`` apart.

    >>> streak([7, 3, 1, 2], 1)
    3
    """
    longest, there = 0, set(units)
    for unit in there:
        length = 1
        while unit + length * step in there:
            length += 1
        longest = max(longest, length)
    return longest


def _ordered(present: Sequence[Value]) -> Sequence[Any]:
    """Values of one kind can be compared; the type checker cannot know."""
    return present


def _at_the_end(rows: Sequence[Kept], last: bool) -> Value:
    """The value of the first or last row by time, then key; of rows without a key that tie, the greatest value."""
    if not rows:
        return None
    places = [place(row.time, row.key) for row in rows]
    end = max(places) if last else min(places)
    ties = [row.value for row, its in zip(rows, places, strict=True) if its == end]
    return max(ties, key=_sortable)


def place(time: date | None, key: tuple[Value, ...]) -> tuple[Any, ...]:
    """Where a row stands in the order by time and then by key."""
    return (_sortable(time), *(_sortable(part) for part in key))


def _sortable(value: Any) -> tuple[bool, Any]:
    """Something to sort by in which a missing value is the least."""
    return (value is not None, value if value is not None else 0)
