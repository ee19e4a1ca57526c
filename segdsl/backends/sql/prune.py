"""A plan without what the wanted outputs do not need: stages, columns and joins that nobody reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from segdsl.planning.contents import columns_of, expressions
from segdsl.planning.plan import Beyond, Input, Join, Stage, StageRef, Table, Union

Wanted = dict[str, set[str]]


def prune(stages: Iterable[Stage], final: Stage) -> tuple[tuple[Stage, ...], Stage]:
    """The stages that ``final`` reads, each with the columns that are read of it; ``final`` keeps all of its own."""
    wanted: Wanted = {}
    last = _pruned(final, {column.name for column in final.columns}, wanted)
    kept: list[Stage] = []
    for stage in reversed(list(stages)):
        names = wanted.get(stage.name)
        if names is not None:
            kept.append(_pruned(stage, names, wanted))
    return tuple(reversed(kept)), last


def _pruned(stage: Stage, names: set[str], wanted: Wanted) -> Stage:
    kept = tuple(c for c in stage.columns if c.name in names or c.name in (stage.by or ()))
    # Rows without columns cannot be written.
    kept = kept or stage.columns[:1]
    read: set[tuple[str, str]] = {
        (col.input, col.name) for expr in expressions(stage, kept) for col in columns_of(expr)
    }
    joins: list[Join] = []
    for join in reversed(stage.joins):
        alias = join.input.alias
        if join.kind == "inner" or any(owner == alias for owner, _ in read):
            joins.append(join)
            for mine, its in join.on:
                read.add((alias, its))
                read.update((col.input, col.name) for col in columns_of(mine))
    joins.reverse()
    for one in (stage.input, *(join.input for join in joins)):
        used = {name for owner, name in read if owner == one.alias}
        for name in _stages_read(one):
            wanted.setdefault(name, set()).update(used)
    for column in kept:
        if isinstance(column.value, Beyond):
            beyond = column.value
            theirs = {beyond.its_time, beyond.value, *(linked for _, linked in beyond.on)}
            wanted.setdefault(beyond.stage, set()).update(theirs)
    return replace(
        stage,
        input=_narrow(stage.input, read),
        joins=tuple(replace(join, input=_narrow(join.input, read)) for join in joins),
        columns=kept,
    )


def _stages_read(one: Input) -> tuple[str, ...]:
    match one.source:
        case StageRef(stage=name):
            return (name,)
        case Union(stages=names):
            return names
        case Table():
            return ()


def _narrow(one: Input, read: set[tuple[str, str]]) -> Input:
    if not isinstance(one.source, Table):
        return one
    columns = tuple(column for column in one.source.columns if (one.alias, column.name) in read)
    return replace(one, source=replace(one.source, columns=columns))
