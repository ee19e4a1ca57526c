"""One grouping for all rows that others look for before or after them.

Comes in: the stages of a plan. Goes out: the same, with fewer of them. A `Beyond` looks into a grouping of rows by moment, each with
conditions of its own; those that group the same rows by the same are one grouping here, in which each has a column: a value where its
conditions hold, else missing. So that many sequences over one relation sort its rows once, and a statement does not grow with their square.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from segdsl.backends.sql import names
from segdsl.planning.plan import Aggregation, Beyond, Input, Stage, StageColumn, StageRef, Table, TableColumn, Union
from segdsl.semantics import ir


def gathered(stages: Sequence[Stage], final: Stage) -> tuple[tuple[Stage, ...], Stage]:
    """The stages, groupings that only a `Beyond` looks into put together."""
    alone = _looked_into((*stages, final))
    families: dict[object, list[Stage]] = {}
    for stage in stages:
        if stage.name in alone:
            families.setdefault(_rows_of(stage), []).append(stage)
    made: dict[str, _Gathered] = {}
    places = {stage.name: place for place, stage in enumerate(stages)}
    for relatives in families.values():
        # The one that is made of them stands where the first did: what comes later cannot be joined there.
        first = places[relatives[0].name]
        family = [stage for stage in relatives if all(places[name] < first for name in _joined(stage))]
        if len(family) > 1 and _fit(family):
            whole = _gather(family)
            made.update(dict.fromkeys((stage.name for stage in family), whole))
    if not made:
        return tuple(stages), final
    kept: dict[str, Stage] = {}
    for stage in stages:
        one = made[stage.name].stage if stage.name in made else _looking(stage, made)
        kept.setdefault(one.name, one)
    return tuple(kept.values()), _looking(final, made)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """``columns``: what a column of one of the groupings is called in the one that is made of them."""

    stage: Stage
    columns: dict[tuple[str, str], str]


def _looked_into(stages: Sequence[Stage]) -> set[str]:
    """Groupings that nobody reads otherwise."""
    beyond = {column.value.stage for stage in stages for column in stage.columns if isinstance(column.value, Beyond)}
    for stage in stages:
        for one in (stage.input, *(join.input for join in stage.joins)):
            match one.source:
                case StageRef(stage=name):
                    beyond.discard(name)
                case Union(stages=read):
                    beyond.difference_update(read)
    return {stage.name for stage in stages if stage.name in beyond and stage.by}


def _joined(stage: Stage) -> Iterator[str]:
    """The stages that are joined to a stage's rows."""
    for join in stage.joins:
        match join.input.source:
            case StageRef(stage=name):
                yield name
            case Union(stages=names):
                yield from names
            case Table():
                pass


def _rows_of(stage: Stage) -> object:
    """What is grouped, and by what."""
    by = tuple((column.type, column.optional, column.value) for column in stage.columns if column.name in stage.key)
    return _without_columns(stage.input), by


def _without_columns(one: Input) -> Input:
    return replace(one, source=replace(one.source, columns=())) if isinstance(one.source, Table) else one


def _fit(family: Sequence[Stage]) -> bool:
    """Are all joins of a kind that leaves the rows as they are, and of one name the same?"""
    joins: dict[str, object] = {}
    for stage in family:
        for join in stage.joins:
            same = replace(join, input=_without_columns(join.input))
            if join.kind != "left" or joins.setdefault(join.input.alias, same) != same:
                return False
    return True


def _gather(family: Sequence[Stage]) -> _Gathered:
    first = family[0]
    common = [part for part in first.where if all(part in stage.where for stage in family[1:])]
    keys = [column for column in first.columns if column.name in first.key]
    taken = {column.name.lower() for column in keys}
    columns: dict[tuple[str, str], str] = {}
    made = list(keys)
    for stage in family:
        own = [part for part in stage.where if part not in common]
        kept = None if not own else own[0] if len(own) == 1 else ir.All(tuple(own))
        told = stage.name.rpartition("_")[2]
        its = dict(zip((one.name for one in stage.columns if one.name in stage.key), keys, strict=True))
        for column in stage.columns:
            if column.name in its:
                columns[stage.name, column.name] = its[column.name].name
            value = _where(column, kept)
            if value is None:
                continue
            name = names.free(f"{column.name}_{told}", taken)
            made.append(StageColumn(name, column.type, True, value))
            columns[stage.name, f"={column.name}"] = name
    joins = {join.input.alias: join for stage in family for join in stage.joins}
    whole = replace(
        first,
        input=reduce(_both, (stage.input for stage in family)),
        joins=tuple(
            replace(
                join,
                input=reduce(_both, (one.input for stage in family for one in stage.joins if one.input.alias == alias)),
            )
            for alias, join in joins.items()
        ),
        where=tuple(common),
        columns=tuple(made),
    )
    return _Gathered(whole, columns)


def _where(column: StageColumn, kept: ir.Expr | None) -> Aggregation | None:
    """A column's value among the rows that conditions keep; None for a moment that all rows have. All rows of a group have one."""
    match column.value:
        case Aggregation() as value:
            assert value.filter is None, "what is looked for has its conditions on the rows"
            return replace(value, filter=kept)
        case Beyond():
            raise AssertionError("a grouping looks nowhere")
        case value:
            assert isinstance(value, ir.Node)
            return None if kept is None else Aggregation("min", column.type, value, kept)


def _both(one: Input, other: Input) -> Input:
    """An input with the columns that either reads."""
    if not isinstance(one.source, Table) or not isinstance(other.source, Table):
        return one
    read: dict[str, TableColumn] = {column.name: column for column in (*one.source.columns, *other.source.columns)}
    return replace(one, source=replace(one.source, columns=tuple(read[name] for name in sorted(read))))


def _looking(stage: Stage, made: dict[str, _Gathered]) -> Stage:
    """A stage that looks into what has been put together."""

    def changed(column: StageColumn) -> StageColumn:
        beyond = column.value
        if not isinstance(beyond, Beyond) or beyond.stage not in made:
            return column
        whole = made[beyond.stage]

        def key(name: str) -> str:
            return whole.columns[beyond.stage, name]

        value = whole.columns.get((beyond.stage, f"={beyond.value}")) or key(beyond.value)
        return replace(
            column,
            value=replace(
                beyond,
                stage=whole.stage.name,
                on=tuple((mine, key(its)) for mine, its in beyond.on),
                its_time=key(beyond.its_time),
                value=value,
            ),
        )

    return replace(stage, columns=tuple(map(changed, stage.columns)))
