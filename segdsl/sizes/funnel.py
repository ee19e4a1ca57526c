"""How many the conditions of a segment leave, one after the other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segdsl.display import html
from segdsl.display.shares import Bar, Share

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A condition. ``left``: how many satisfy it and all before it; ``lost``: how many it takes away from those that were left;
    ``alone``: how many satisfy it, whatever the others say."""

    condition: str
    left: int
    lost: int
    alone: int

    def to_dict(self) -> dict[str, Any]:
        return {"condition": self.condition, "left": self.left, "lost": self.lost, "alone": self.alone}


@dataclass(frozen=True, slots=True)
class Funnel:
    """From everybody to the members of a segment, condition by condition in the order written."""

    segment: str
    title: str | None
    population: int
    steps: tuple[FunnelStep, ...]

    @property
    def size(self) -> int:
        """How many are in the segment: as many as the last condition leaves."""
        return self.steps[-1].left

    @property
    def everybody(self) -> FunnelStep:
        """What the first condition begins with."""
        return FunnelStep("everybody", self.population, 0, self.population)

    def __repr__(self) -> str:
        numbers = " > ".join(f"{number:,}" for number in (self.population, *(step.left for step in self.steps)))
        return f"<Funnel of {self.segment}: {numbers}>"

    def _repr_html_(self) -> str:
        """A table with bars, in a notebook."""
        rows: list[Sequence[html.Cell]] = []
        for number, step in enumerate((self.everybody, *self.steps)):
            condition = html.code(step.condition) if number else step.condition
            apart = (step.lost, step.alone) if number else (None, None)
            share, bar = Share(step.left, self.population), Bar(step.left, self.population)
            rows.append((number, condition, step.left, share, bar, *apart))
        columns = ("step", "condition", "left", "share", "", "lost", "alone")
        return html.boxed(html.heading(self.segment, self.title), html.table(columns, rows))

    def to_dict(self) -> dict[str, Any]:
        return {
            "segment": self.segment,
            "title": self.title,
            "population": self.population,
            "steps": [step.to_dict() for step in self.steps],
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_frame(self) -> pl.DataFrame:
        """A row for each step, everybody first: ``step``, ``condition``, ``left``, ``lost``, ``alone``."""
        import polars as pl

        steps = enumerate((self.everybody, *self.steps))
        rows = [(number, step.condition, step.left, step.lost, step.alone) for number, step in steps]
        schema = {"step": pl.Int64, "condition": pl.String, "left": pl.Int64, "lost": pl.Int64, "alone": pl.Int64}
        return pl.DataFrame(rows, schema, orient="row")


def after(number: int) -> str:
    """The name under which it is counted how many are left behind a step, counted from 1."""
    return f"after {number}"


def alone(number: int) -> str:
    """The name under which it is counted for how many a step holds by itself."""
    return f"alone {number}"


ALL = "all"
"""The name under which the segment itself is counted."""


def funnel(
    segment: str, title: str | None, conditions: Sequence[str], population: int, sizes: Mapping[str, int]
) -> Funnel:
    """Out of counts under the names that `after`, `alone` and `ALL` give."""
    left = [population, *(sizes[after(number)] for number in range(1, len(conditions) + 1))]
    assert left[-1] == sizes[ALL], "all conditions together are the segment"
    steps = tuple(
        FunnelStep(condition, left[number], left[number - 1] - left[number], sizes[alone(number)])
        for number, condition in enumerate(conditions, start=1)
    )
    return Funnel(segment, title, population, steps)
