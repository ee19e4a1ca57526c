"""Which outputs of a plan to compute together, where all at once are too many.

Comes in: a plan, and how large a part would be. Goes out: the outputs in parts, each no larger than it may be, unless it is a single
output. Outputs that need the same stages stay together, so that the stages are computed in few of the parts; what the parts are
follows from the plan and the sizes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import ceil
from typing import TypeAlias

from segdsl.planning import contents
from segdsl.planning.plan import Aggregation, Beyond, Input, Plan, Stage, StageRef, Union, Window
from segdsl.semantics import ir

Part: TypeAlias = tuple[str, ...]
Load: TypeAlias = Callable[[Part], float]
"""How large a part is: at most 1, if it may be."""

_MOST = 64
"""Into so many parts at once."""


def split(plan: Plan, load: Load) -> tuple[Part, ...]:
    """The parts, each in the order of the plan's outputs, and themselves in the order of their first ones."""
    outputs = tuple(plan.outputs)
    size = load(outputs)
    if size <= 1 or len(outputs) == 1:
        return (outputs,)
    needs = _Needs(plan)
    place = {name: number for number, name in enumerate(outputs)}

    def in_order(names: Sequence[str]) -> Part:
        return tuple(sorted(names, key=place.__getitem__))

    def too_large(chunks: Sequence[Sequence[str]]) -> int:
        return sum(len(chunk) > 1 and load(in_order(chunk)) > 1 for chunk in chunks)

    def parts(names: Sequence[str], size: float) -> Iterator[Part]:
        count = min(_MOST, max(2, ceil(size)), len(names))
        chunks = _cut(names, count, _weights(names, needs.columns))
        if too_large(chunks):
            # What a database limits may be the outputs themselves, and not what they need.
            chunks = min(chunks, _cut(names, count, range(1, len(names) + 1)), key=too_large)
        for chunk in chunks:
            part = in_order(chunk)
            if len(part) == 1 or (found := load(part)) <= 1:
                yield part
            else:
                yield from parts(chunk, found)

    found = list(parts(_akin(outputs, needs.stages), size))
    merged = found[:1]
    for part in found[1:]:
        both = in_order((*merged[-1], *part))
        if len(found) > 2 and load(both) <= 1:
            merged[-1] = both
        else:
            merged.append(part)
    return tuple(sorted(merged, key=lambda part: place[part[0]]))


def _akin(outputs: Sequence[str], stages: Mapping[str, int]) -> list[str]:
    """Those that need the same stages side by side; after each such group the one that needs the fewest others."""
    groups: dict[int, list[str]] = {}
    for name in outputs:
        groups.setdefault(stages[name], []).append(name)
    order: list[str] = []
    there = 0
    while groups:
        # Of several, the first one in the plan: `min` keeps it.
        next_ = min(groups, key=lambda needed: ((needed & ~there).bit_count(), -(needed & there).bit_count()))
        order.extend(groups.pop(next_))
        there = next_
    return order


def _weights(names: Sequence[str], columns: Mapping[str, int]) -> list[int]:
    """How much they need, down to each of them."""
    there, total = 0, 0
    weights: list[int] = []
    for name in names:
        # A column that is there already costs nothing more; an output is a column itself.
        total += (columns[name] & ~there).bit_count() + 1
        there |= columns[name]
        weights.append(total)
    return weights


def _cut(names: Sequence[str], parts: int, weights: Sequence[int]) -> list[Sequence[str]]:
    """So many runs of about the same weight, none of them empty."""
    ends = [0]
    for number in range(1, parts):
        wanted = weights[-1] * number / parts
        least, most = ends[-1] + 1, len(names) - (parts - number)
        ends.append(min(range(least, most + 1), key=lambda end: abs(weights[end - 1] - wanted)))
    return [names[start:end] for start, end in pairwise((*ends, len(names)))]


class _Needs:
    """Of each output, what it is computed from: ``stages``, and their ``columns``, each as a set of bits."""

    def __init__(self, plan: Plan) -> None:
        self._bits: dict[tuple[str, str], int] = {}
        self._of: dict[tuple[str, str], int] = {}
        for stage in plan.stages:
            self._add(stage)
        final = self._add(plan.final)
        self.columns = {name: final[column] for name, column in plan.outputs.items()}
        by_stage: dict[str, int] = {}
        for (stage_name, _), bit in self._bits.items():
            by_stage[stage_name] = by_stage.get(stage_name, 0) | 1 << bit
        self.stages = {
            name: sum(1 << number for number, of in enumerate(by_stage.values()) if of & needed)
            for name, needed in self.columns.items()
        }

    def _add(self, stage: Stage) -> Mapping[str, int]:
        inputs = {one.alias: one for one in (stage.input, *(join.input for join in stage.joins))}
        base = 0
        for part in stage.where:
            base |= self._read(part, inputs)
        joined: dict[str, int] = {}
        for join in stage.joins:
            needed = 0
            for mine, its in join.on:
                needed |= self._read(mine, inputs) | self._column(join.input, its)
            joined[join.input.alias] = needed
            if join.kind == "inner":
                base |= needed
        for column in stage.columns:
            if column.name in (stage.by or ()):
                base |= self._value(column.value, inputs)
        found: dict[str, int] = {}
        for column in stage.columns:
            needed = base | self._value(column.value, inputs)
            for alias in _aliases(column.value):
                needed |= joined.get(alias, 0)
            bit = len(self._bits)
            self._bits[stage.name, column.name] = bit
            found[column.name] = self._of[stage.name, column.name] = needed | 1 << bit
        return found

    def _column(self, one: Input, name: str) -> int:
        match one.source:
            case StageRef(stage=stage):
                return self._of[stage, name]
            case Union(stages=stages):
                needed = 0
                for stage in stages:
                    needed |= self._of[stage, name]
                return needed
            case _:
                return 0

    def _read(self, expr: ir.Expr, inputs: Mapping[str, Input]) -> int:
        needed = 0
        for col in contents.columns_of(expr):
            needed |= self._column(inputs[col.input], col.name)
        return needed

    def _value(self, value: ir.Expr | Aggregation | Window | Beyond, inputs: Mapping[str, Input]) -> int:
        needed = 0
        for part in contents.parts(value):
            needed |= self._read(part, inputs)
        if isinstance(value, Beyond):
            for name in (value.its_time, value.value, *(its for _, its in value.on)):
                needed |= self._of[value.stage, name]
        return needed


def _aliases(value: ir.Expr | Aggregation | Window | Beyond) -> set[str]:
    return {col.input for part in contents.parts(value) for col in contents.columns_of(part)}
