"""Which segments have customers in common, and how many."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeAlias
from typing import Literal as OneOf

from segdsl.display import html
from segdsl.display.shares import Bar, Share

if TYPE_CHECKING:
    import polars as pl

Contained: TypeAlias = OneOf["same", "first in second", "second in first"]

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """Two segments that have at least one customer in common; ``both`` is how many they have."""

    first: str
    second: str
    first_size: int
    second_size: int
    both: int

    @property
    def either(self) -> int:
        """How many are in at least one of them."""
        return self.first_size + self.second_size - self.both

    @property
    def jaccard(self) -> float:
        """Both of either: 1 where they are the same customers."""
        return self.both / self.either

    @property
    def of_smaller(self) -> float:
        """How much of the smaller one is in the other: 1 where it lies within."""
        return self.both / min(self.first_size, self.second_size)

    @property
    def contained(self) -> Contained | None:
        """Does one lie within the other?"""
        if self.both == self.first_size == self.second_size:
            return "same"
        if self.both == self.first_size:
            return "first in second"
        return "second in first" if self.both == self.second_size else None

    @property
    def remark(self) -> str:
        """The same for people; an empty text where neither lies within the other."""
        match self.contained:
            case "same":
                return "the same customers"
            case "first in second":
                return f"all of {self.first} are in {self.second}"
            case "second in first":
                return f"all of {self.second} are in {self.first}"
            case None:
                return ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "second": self.second,
            "first_size": self.first_size,
            "second_size": self.second_size,
            "both": self.both,
            "either": self.either,
            "of_smaller": self.of_smaller,
            "jaccard": self.jaccard,
            "contained": self.contained,
        }


@dataclass(frozen=True, slots=True)
class Overlap:
    """The pairs of segments that have customers in common, those that overlap most first.

    ``compared`` is how many pairs were looked at. Segments with nobody in them (``empty``) or everybody (``full``) are in none, nor are
    two cases of the same tiers.
    """

    population: int
    sizes: Mapping[str, int] = field(hash=False)
    pairs: tuple[Pair, ...]
    compared: int
    empty: tuple[str, ...] = ()
    full: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Overlap of {len(self.sizes):,} segments: {len(self.pairs):,} of {self.compared:,} pairs>"

    def _repr_html_(self) -> str:
        """The pairs that overlap most as a table with bars, in a notebook."""
        rows = [
            (
                html.code(pair.first),
                pair.first_size,
                html.code(pair.second),
                pair.second_size,
                pair.both,
                Share(pair.both, min(pair.first_size, pair.second_size)),
                Share(pair.both, pair.either),
                Bar(pair.both, pair.either),
                pair.remark,
            )
            for pair in self.pairs[:_SHOWN]
        ]
        columns = ("segment", "members", "and", "members", "both", "of smaller", "alike", "", "")
        said = f"{len(self.pairs):,} of {self.compared:,} pairs have customers in common"
        more = f"; the first {_SHOWN} are shown" if len(self.pairs) > _SHOWN else ""
        notes = html.hints((said + more, *self.left_out()))
        return html.boxed(html.table(columns, rows), notes)

    def left_out(self) -> tuple[str, ...]:
        """Who was not compared, and why."""
        reasons = (("nobody", self.empty), ("everybody", self.full))
        return tuple(f"not compared, as {who} is in: {', '.join(names)}" for who, names in reasons if names)

    def to_dict(self) -> dict[str, Any]:
        return {
            "population": self.population,
            "sizes": dict(self.sizes),
            "pairs": [pair.to_dict() for pair in self.pairs],
            "compared": self.compared,
            "empty": list(self.empty),
            "full": list(self.full),
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_frame(self) -> pl.DataFrame:
        """A row for each pair."""
        import polars as pl

        schema = {
            "first": pl.String,
            "second": pl.String,
            "first_size": pl.Int64,
            "second_size": pl.Int64,
            "both": pl.Int64,
            "either": pl.Int64,
            "of_smaller": pl.Float64,
            "jaccard": pl.Float64,
            "contained": pl.String,
        }
        return pl.DataFrame([pair.to_dict() for pair in self.pairs], schema)


def overlap(
    population: int,
    sizes: Mapping[str, int],
    tiers: Mapping[str, str],
    both: Callable[[str, str], int],
) -> Overlap:
    """``tiers``: of the segments that are cases, the tiers; ``both`` counts the customers of two segments."""
    some = [name for name, size in sizes.items() if 0 < size < population]
    pairs: list[Pair] = []
    compared = 0
    for first, second in combinations(some, 2):
        if first in tiers and tiers[first] == tiers.get(second):
            continue
        compared += 1
        common = both(first, second)
        if common:
            pairs.append(Pair(first, second, sizes[first], sizes[second], common))
    pairs.sort(key=lambda pair: (-pair.jaccard, -pair.both))
    return Overlap(
        population,
        sizes,
        tuple(pairs),
        compared,
        empty=tuple(name for name, size in sizes.items() if not size),
        full=tuple(name for name, size in sizes.items() if size and size == population),
    )
