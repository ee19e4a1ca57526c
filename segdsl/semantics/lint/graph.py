"""Differences between quantities: can they all hold at once, and between what does each quantity lie?

In go constraints ``x - y <= w`` or ``x - y < w`` over nodes, out come a verdict and bounds. Nodes may be on a grid: two on
grids are a multiple of the finer one apart, which makes a strict constraint a closer one. It must not know what a node stands for.
"""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from typing import TypeAlias

from segdsl.semantics.lint.terms import Number, plain_number

Weight: TypeAlias = tuple[Number, int]
"""A distance; -1 or less beside it: it is not reached."""
ZERO = "zero"
_ROUNDS = 200


class Contradiction(Exception):
    """The constraints cannot all hold."""


class Graph:
    """Constraints, added one after the other. The node `ZERO` is the number 0, a multiple of every grid."""

    def __init__(self) -> None:
        self._steps: dict[Hashable, Number | None] = {ZERO: 0}
        self._edges: dict[tuple[Hashable, Hashable], Weight] = {}
        self.changed = False

    def add(self, node: Hashable, step: Number | None) -> None:
        self._steps.setdefault(node, step)

    def __contains__(self, node: Hashable) -> bool:
        return node in self._steps

    def at_most(self, node: Hashable, other: Hashable, distance: Number, strictly: bool = False) -> None:
        """``node`` is greater than ``other`` by ``distance`` at most."""
        weight = self._on_grid(node, other, distance, strictly)
        if node == other:
            if weight < (0, 0):
                raise Contradiction
            return
        known = self._edges.get((other, node))
        if known is None or weight < known:
            self._edges[other, node] = weight
            self.changed = True

    def known(self, node: Hashable, other: Hashable) -> Weight | None:
        """By how much ``node`` is greater at most, as far as that was said."""
        return self._edges.get((other, node))

    def _on_grid(self, node: Hashable, other: Hashable, distance: Number, strictly: bool) -> Weight:
        one, two = self._steps[node], self._steps[other]
        if one is None or two is None:
            return distance, -1 if strictly else 0
        step = one or two if not (one and two) else min(one, two)
        if not step:
            return distance, -1 if strictly else 0
        places = Fraction(distance) / step
        whole = places.numerator // places.denominator
        if strictly and whole == places:
            whole -= 1
        return plain_number(Fraction(whole) * step), 0

    def verify(self) -> None:
        """Raises `Contradiction` where a circle of constraints leads below where it began."""
        ends = {node for edge in self._edges for node in edge}
        if all(ZERO in edge for edge in self._edges):
            return  # The bounds say it all.
        self._shortest(self._edges, dict.fromkeys(ends, (0, 0)))

    def bounds(self) -> tuple[dict[Hashable, Weight], dict[Hashable, Weight]]:
        """How great each node is at most, and, with the sign turned, at least."""
        high = self._shortest(self._edges, {ZERO: (0, 0)})
        back = {(node, other): weight for (other, node), weight in self._edges.items()}
        low = self._shortest(back, {ZERO: (0, 0)})
        for node in high.keys() & low.keys():
            if _sum(high[node], low[node]) < (0, 0):
                raise Contradiction
        return high, low

    def _shortest(
        self, edges: dict[tuple[Hashable, Hashable], Weight], found: dict[Hashable, Weight]
    ) -> dict[Hashable, Weight]:
        for _ in range(min(len(self._steps) + 1, _ROUNDS)):
            changed = False
            for (start, end), weight in edges.items():
                known = found.get(start)
                if known is None:
                    continue
                way = _sum(known, weight)
                if end not in found or way < found[end]:
                    found[end] = way
                    changed = True
            if not changed:
                return found
        if len(self._steps) < _ROUNDS:
            raise Contradiction
        return {}


def _sum(one: Weight, other: Weight) -> Weight:
    return one[0] + other[0], one[1] + other[1]
