"""A plan whose names say nothing of the values in it.

The planner names a column after what it is: ``count_order_last_90_days``. In a statement with placeholders the value is given beside
the text, and may be another one tomorrow. Here columns are named after the field or function that they are made by, stages after
the table that they begin with; only the result's own columns keep their names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from segdsl.backends.sql import names
from segdsl.planning.plan import (
    Aggregation,
    Beyond,
    Input,
    Join,
    Source,
    Stage,
    StageRef,
    Table,
    Union,
    Window,
)
from segdsl.semantics import ir
from segdsl.semantics.walk import rebuild


def neutral(stages: Sequence[Stage], final: Stage) -> tuple[tuple[Stage, ...], Stage]:
    """The same stages under names that do not depend on any value."""
    renaming = _Renaming([one for stage in (*stages, final) for one in _inputs(stage)])
    return tuple(renaming.stage(stage) for stage in stages), renaming.stage(final, keep=True)


class _Renaming:
    def __init__(self, inputs: Sequence[Input]) -> None:
        self._taken: set[str] = set()
        self._stages: dict[str, str] = {}
        self._columns: dict[str, dict[str, str]] = {}
        self._alike: dict[str, tuple[str, ...]] = {}
        """Stages whose rows are put together, and have the same columns therefore."""
        for one in inputs:
            if isinstance(one.source, Union):
                self._alike.update(dict.fromkeys(one.source.stages, one.source.stages))

    def stage(self, stage: Stage, *, keep: bool = False) -> Stage:
        inputs = _inputs(stage)
        taken: set[str] = set()
        aliases = {one.alias: names.free(self._called(one.source), taken) for one in inputs}
        sources = {one.alias: one.source for one in inputs}

        def column(col: ir.Col) -> ir.Col:
            return replace(col, input=aliases[col.input], name=self._column(sources[col.input], col.name))

        def change(expr: ir.Expr) -> ir.Expr:
            return column(expr) if isinstance(expr, ir.Col) else rebuild(expr, change)

        changed = [self._changed(one.value, change) for one in stage.columns]
        new = [one.name for one in stage.columns] if keep else self._names(stage, changed)
        self._columns[stage.name] = dict(zip((one.name for one in stage.columns), new, strict=True))
        word = f"{self._called(stage.input.source)}_{'rows' if stage.by is None else 'grouped'}"
        self._stages[stage.name] = stage.name if keep else names.free(word, self._taken)
        of = self._columns[stage.name]
        return Stage(
            self._stages[stage.name],
            self._input(stage.input, aliases),
            tuple(self._join(join, aliases, change) for join in stage.joins),
            tuple(map(change, stage.where)),
            None if stage.by is None else tuple(of[name] for name in stage.by),
            tuple(
                replace(one, name=name, value=value)
                for one, name, value in zip(stage.columns, new, changed, strict=True)
            ),
            tuple(of[name] for name in stage.key if name in of),
        )

    def _input(self, one: Input, aliases: Mapping[str, str]) -> Input:
        return Input(aliases[one.alias], self._source(one.source))

    def _source(self, source: Source) -> Source:
        match source:
            case Table():
                return source
            case StageRef(stage=stage):
                return StageRef(self._stages[stage])
            case Union(stages=stages):
                return Union(tuple(self._stages[stage] for stage in stages))
            case _:
                assert_never(source)

    def _join(self, join: Join, aliases: Mapping[str, str], change: Callable[[ir.Expr], ir.Expr]) -> Join:
        source = join.input.source
        on = tuple((change(mine), self._column(source, its)) for mine, its in join.on)
        return Join(self._input(join.input, aliases), on, join.kind)

    def _column(self, source: Source, name: str) -> str:
        match source:
            case Table():
                return name
            case StageRef(stage=stage) | Union(stages=(stage, *_)):
                return self._columns[stage][name]
            case _:
                raise AssertionError(source)

    def _called(self, source: Source) -> str:
        """What a source is called where it has no name of its own."""
        match source:
            case Table(name=name):
                return re.sub(r"[^a-z0-9]+", "_", name.rpartition(".")[2].lower()).strip("_") or "table"
            case StageRef(stage=stage) | Union(stages=(stage, *_)):
                return re.sub(r"(_rows|_grouped|_[0-9]+)+\Z", "", self._stages[stage]) or "rows"
            case _:
                raise AssertionError(source)

    def _names(self, stage: Stage, values: Sequence[ir.Expr | Aggregation | Window | Beyond]) -> list[str]:
        for other in self._alike.get(stage.name, ()):
            if other in self._columns:
                return list(self._columns[other].values())
        taken: set[str] = set()
        return [names.free(_word(value), taken) for value in values]

    def _changed(
        self, value: ir.Expr | Aggregation | Window | Beyond, change: Callable[[ir.Expr], ir.Expr]
    ) -> ir.Expr | Aggregation | Window | Beyond:
        def changed(part: ir.Expr | None) -> ir.Expr | None:
            return None if part is None else change(part)

        match value:
            case Aggregation():
                order = tuple(map(change, value.order))
                return replace(value, value=changed(value.value), filter=changed(value.filter), order=order)
            case Window():
                return replace(
                    value,
                    value=changed(value.value),
                    filter=changed(value.filter),
                    partition=tuple(map(change, value.partition)),
                    order=tuple((change(key), descending) for key, descending in value.order),
                )
            case Beyond(stage=stage):
                of = self._columns[stage]
                return replace(
                    value,
                    stage=self._stages[stage],
                    on=tuple((change(mine), of[its]) for mine, its in value.on),
                    time=change(value.time),
                    its_time=of[value.its_time],
                    value=of[value.value],
                )
            case _:
                return change(value)


def _word(value: ir.Expr | Aggregation | Window | Beyond) -> str:
    match value:
        case Aggregation(function=function) | Window(function=function) | Beyond(function=function):
            return function
        case ir.Col(name=name):
            return name
        case ir.Call(function=function) if function.isidentifier():
            return function
        case _:
            return "holds" if isinstance(value, ir.CONDITIONS) else "value"


def _inputs(stage: Stage) -> list[Input]:
    return [stage.input, *(join.input for join in stage.joins)]
