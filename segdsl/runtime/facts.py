"""What everybody has in common, worked out on data: cut points, totals, averages.

In: a plan, the stages that are the same whoever asks and their columns, data. Out: their rows, as values that the Python backend
holds. All stages of one row are one query; those of a row for each of several groups are one query each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import polars as pl

from segdsl.backends.python import Facts
from segdsl.backends.python.runtime import unscaled
from segdsl.backends.sql.prune import prune
from segdsl.diagnostics import SegdslError
from segdsl.errors import data as errors
from segdsl.planning.plan import Input, Join, Plan, Stage, StageColumn, StageRef, Table
from segdsl.room import steady
from segdsl.runtime.probing import Row, Source, evaluated
from segdsl.runtime.values import Far
from segdsl.semantics import ir
from segdsl.types import Kind, Type

Wanted = Mapping[str, Iterable[str]]
"""Columns by stage."""


@steady
def facts_on(plan: Plan, wanted: Wanted, source: Source, as_of: datetime) -> dict[str, Facts]:
    """Raises `SegdslError` where the data does not fit the schema."""
    return _facts(plan, wanted, lambda questions: source.answers(only(plan, wanted), questions, as_of))


def facts_of_frames(
    plan: Plan, wanted: Wanted, frames: Mapping[str, pl.LazyFrame], as_of: datetime
) -> dict[str, Facts]:
    """The same, of frames that have been checked."""
    return _facts(plan, wanted, lambda questions: evaluated(questions, frames, as_of))


def _facts(plan: Plan, wanted: Wanted, answers: Callable[[Sequence[Plan]], list[list[Row]]]) -> dict[str, Facts]:
    asked = _questions(plan, wanted)
    keys = {stage.name: stage.key for stage in plan.stages}
    found: dict[str, Facts] = {}
    for (question, stages), answered in zip(asked, answers([question for question, _ in asked]), strict=True):
        types = [column.type for column in question.final.columns]
        rows = [tuple(map(_held, row, types)) for row in answered]
        at = 0
        for name, columns in stages:
            end = at + len(columns)
            of_keys = [columns.index(key) for key in keys[name] if key in columns]
            # SQL has a group of those who have no key; nobody is joined to it.
            own = (row for row in (row[at:end] for row in rows) if all(row[place] is not None for place in of_keys))
            found[name] = Facts(tuple(columns), tuple(own))
            at = end
    return found


def only(plan: Plan, wanted: Wanted) -> Plan:
    """The plan without what these columns do not need."""
    return _question(plan, {name: list(columns) for name, columns in wanted.items()})[0]


def _questions(plan: Plan, wanted: Wanted) -> list[tuple[Plan, list[tuple[str, list[str]]]]]:
    """Plans, each with the stages whose columns it has, one behind the other."""
    stages = {stage.name: stage for stage in plan.stages}
    alone = [name for name in wanted if not stages[name].key]
    asked = [_question(plan, {name: list(wanted[name]) for name in alone})] if alone else []
    return [*asked, *(_question(plan, {name: list(wanted[name])}) for name in wanted if name not in alone)]


def _question(plan: Plan, wanted: dict[str, list[str]]) -> tuple[Plan, list[tuple[str, list[str]]]]:
    stages = {stage.name: stage for stage in plan.stages}
    inputs = [Input(f"f{number}", StageRef(name)) for number, name in enumerate(wanted)]
    columns: list[StageColumn] = []
    for read, (name, names) in zip(inputs, wanted.items(), strict=True):
        for column in map(stages[name].column, names):
            value = ir.Col(read.alias, column.name, type=column.type, optional=column.optional)
            columns.append(StageColumn(f"c{len(columns)}", column.type, column.optional, value))
    joins = tuple(Join(read, ()) for read in inputs[1:])
    kept, final = prune(plan.stages, Stage("facts", inputs[0], joins, (), None, tuple(columns)))
    key, *others = (column.name for column in final.columns)
    tables = {read.name for stage in kept for read in _tables(stage)}
    checks = tuple(check for check in plan.checks if check.table in tables)
    return Plan(kept, final, key, {name: name for name in others}, plan.timezone, checks), list(wanted.items())


def _tables(stage: Stage) -> Iterator[Table]:
    for read in (stage.input, *(join.input for join in stage.joins)):
        if isinstance(read.source, Table):
            yield read.source


def _held(value: object, of: Type) -> object:
    if of.kind is Kind.DECIMAL and isinstance(value, Decimal):
        return unscaled(value, of.scale)
    if isinstance(value, Far):
        raise SegdslError([errors.failed_evaluation(f"{value} lies outside the years 1 to 9999")])
    return value
