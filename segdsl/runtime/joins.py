"""Which columns of the data meet in a plan: where rows are joined, or put under one another.

In: a plan. Out: pairs of columns, each with its declared type and, if it is a column of a table as it stands, its origin. Needed to
refuse a join of text with numbers before anything is evaluated, and to read an undeclared key of a CSV file as what it is joined to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from segdsl.planning.plan import Aggregation, Beyond, Input, Plan, Stage, StageRef, Table, Union, Window
from segdsl.semantics import ir
from segdsl.types import Type


@dataclass(frozen=True, slots=True)
class Side:
    """A column that is met. ``origin`` is (table, physical column)."""

    type: Type
    origin: tuple[str, str] | None


def meetings(plan: Plan) -> list[tuple[Side, Side]]:
    """Every pair of columns that are compared by a join, or that are one column of a union."""
    made: dict[str, dict[str, Side]] = {}
    met: dict[tuple[Side, Side], None] = {}
    for stage in (*plan.stages, plan.final):
        sides: dict[tuple[str, str], Side] = {}
        for read in (stage.input, *(join.input for join in stage.joins)):
            sides.update(_read(read, made, met))
        for join in stage.joins:
            for scalar, name in join.on:
                met[_side(scalar, sides), sides[join.input.alias, name]] = None
        made[stage.name] = dict(_columns(stage, sides))
    return list(met)


def _read(
    read: Input, made: dict[str, dict[str, Side]], met: dict[tuple[Side, Side], None]
) -> Iterator[tuple[tuple[str, str], Side]]:
    match read.source:
        case Table() as table:
            for column in table.columns:
                yield (read.alias, column.name), Side(column.type, (table.name, column.column))
        case StageRef(stage=stage):
            for name, side in made[stage].items():
                yield (read.alias, name), side
        case Union(stages=stages):
            first = made[stages[0]]
            for other in stages[1:]:
                for one, two in zip(first.values(), made[other].values(), strict=True):
                    met[one, two] = None
            for name, side in first.items():
                yield (read.alias, name), side
        case _:
            assert_never(read.source)


def _columns(stage: Stage, sides: dict[tuple[str, str], Side]) -> Iterator[tuple[str, Side]]:
    for column in stage.columns:
        value = column.value
        if isinstance(value, Aggregation):
            same = value.function in ("min", "max", "first", "last") and value.value is not None
            yield column.name, _side(value.value, sides) if same and value.value else Side(column.type, None)
        elif isinstance(value, Window | Beyond):
            yield column.name, Side(column.type, None)
        else:
            yield column.name, _side(value, sides)


def _side(expr: ir.Expr, sides: dict[tuple[str, str], Side]) -> Side:
    if isinstance(expr, ir.Col):
        return sides[expr.input, expr.name]
    return Side(expr.type, None)
