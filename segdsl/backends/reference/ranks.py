"""Who is in the top, by counting who comes before.

Comes in: those who are ranked, each with a value and a key, and what is asked for. Goes out: the keys of those who are in, or
everyone's place. Knows nothing of how the values are found. Each one is compared with all others, as the definitions say;
no order of rows enters anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from segdsl.backends.reference.numbers import fit, millionths
from segdsl.backends.reference.records import Value
from segdsl.semantics import ir
from segdsl.types import MAX_DIGITS, MILLIONTHS, Kind, Type, decimal


@dataclass(frozen=True, slots=True)
class Ranked:
    """One who is ranked. ``value`` is present, ``key`` breaks ties."""

    key: Any
    value: Any


def in_rank(node: ir.Rank | ir.PairRank, ranked: Sequence[Ranked], type: Type) -> set[Value]:
    """The keys of those who are in; ``type`` is that of the values."""
    if node.share:
        return _in_share(node, ranked, type)
    return {
        one.key
        for one in ranked
        if _is_in(node, sum(_comes_before(other, one, node.direction, node.exactly) for other in ranked), len(ranked))
    }


def _in_share(node: ir.Rank | ir.PairRank, ranked: Sequence[Ranked], type: Type) -> set[Value]:
    """Those who together make up a part of the sum of all values above 0."""
    worth = {one: _exactly(one.value, type) for one in ranked if one.value > 0}
    total = sum(worth.values(), Fraction(0))
    if _is_beyond(total, type):
        return set()
    return {
        one.key
        for one in worth
        if _is_in(
            node,
            sum(
                (number for other, number in worth.items() if _comes_before(other, one, node.direction, node.exactly)),
                Fraction(0),
            ),
            total,
        )
    }


def _is_in(node: ir.Rank | ir.PairRank, before: int | Fraction, total: int | Fraction) -> bool:
    if node.count is not None:
        return before < node.count
    assert node.percent is not None
    return before * 100 < Fraction(node.percent) * total


def _comes_before(other: Ranked, one: Ranked, direction: str, exactly: bool) -> bool:
    """Has the other a greater value (at the bottom: a smaller one), or, exactly, the same one and a smaller key?"""
    beyond = other.value > one.value if direction == "top" else other.value < one.value
    return bool(beyond or (exactly and other.value == one.value and other.key < one.key))


def _exactly(number: Any, type: Type) -> Fraction:
    """A number as it is added up: a float in millionths, and as nothing beyond what these can count."""
    if type.kind is not Kind.FLOAT:
        return Fraction(number)
    return Fraction(millionths(number) or 0, MILLIONTHS)


def _is_beyond(total: Fraction, type: Type) -> bool:
    """Has a sum more digits than a decimal holds? It is missing then, and nobody has a part in it."""
    scale = type.scale if type.kind is Kind.DECIMAL else 6 if type.kind is Kind.FLOAT else 0
    return fit(Decimal(int(total * 10**scale)), decimal(MAX_DIGITS, 0)) is None


def places(node: ir.RankValue, ranked: Sequence[Ranked]) -> dict[Value, int]:
    """Everyone's rank or quantile, by key."""
    assert not node.ranked, "how many are ranked is asked of a plan alone"
    if node.buckets is None:
        return {
            one.key: 1 + sum(_comes_before(other, one, node.direction, node.exactly) for other in ranked)
            for one in ranked
        }
    return {
        one.key: 1
        + node.buckets * sum(_comes_before(other, one, "bottom", node.exactly) for other in ranked) // len(ranked)
        for one in ranked
    }
