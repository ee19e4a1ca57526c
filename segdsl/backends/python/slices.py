"""Which parts of a plan some outputs need, and which of those one customer's record can answer.

In: a plan and names of outputs. Out: a `Slice`: the columns of stages that are made of the customer's own rows, those of stages that are
the same whoever asks (`facts`: cut points, totals over everybody), and the fields that are read. A place among everybody is neither: who
asks for one needs everybody's rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from segdsl.planning.plan import (
    Aggregation,
    Beyond,
    Input,
    Join,
    Plan,
    Stage,
    StageColumn,
    StageRef,
    Table,
    TableColumn,
    Union,
    Window,
)
from segdsl.semantics import ir
from segdsl.semantics.walk import walk


@dataclass(slots=True)
class Slice:
    """``columns``: of the customer's own stages, by stage. ``joins``: of each stage the aliases that are read. ``facts``: columns by
    stage. ``tables``: fields by the entity, relation or lookup. ``key_tables``: of an entity without a table, columns by table.
    ``places``: a place among everybody is asked for."""

    columns: dict[str, dict[str, None]] = field(default_factory=dict)
    joins: dict[str, set[str]] = field(default_factory=dict)
    facts: dict[str, dict[str, None]] = field(default_factory=dict)
    tables: dict[str, dict[str, TableColumn]] = field(default_factory=dict)
    key_tables: dict[str, dict[str, TableColumn]] = field(default_factory=dict)
    places: bool = False


def facts_of(plan: Plan) -> frozenset[str]:
    """The stages that are the same whoever asks."""
    found: set[str] = set()
    for stage in plan.stages:
        if stage.everyone or any(name in found for name in _stages(stage.input)):
            found.add(stage.name)
    return frozenset(found)


def _stages(read: Input) -> tuple[str, ...]:
    match read.source:
        case StageRef(stage=name):
            return (name,)
        case Union(stages=names):
            return names
        case _:
            return ()


def sliced(plan: Plan, outputs: Iterable[str], facts: frozenset[str]) -> Slice:
    """What these outputs need, and whether the customer is in the population."""
    found = Slice()
    found.columns[plan.final.name] = dict.fromkeys(plan.outputs[name] for name in outputs)
    for stage in (plan.final, *reversed(plan.stages)):
        if stage.name in found.columns:
            _follow(stage, found, facts)
    return found


def _follow(stage: Stage, found: Slice, facts: frozenset[str]) -> None:
    wanted = found.columns[stage.name]
    read: dict[tuple[str, str], None] = {}

    def note(scalars: Iterable[ir.Expr]) -> None:
        for scalar in scalars:
            for node in walk(scalar):
                if isinstance(node, ir.Col):
                    read[node.input, node.name] = None

    if stage.by is not None:
        wanted.update(dict.fromkeys(stage.by))
    for column in stage.columns:
        if column.name in wanted:
            note(scalars_of(column))
            if isinstance(column.value, Window) and column.value.everyone:
                found.places = True
            if isinstance(column.value, Beyond):
                _want(found, StageRef(column.value.stage), _columns_beyond(column.value), facts)
    note(stage.where)
    kept: set[str] = set()
    for join in reversed(stage.joins):
        if join.kind == "inner" or any(alias == join.input.alias for alias, _ in read):
            kept.add(join.input.alias)
            note(mine for mine, _ in join.on)
            read.update({(join.input.alias, its): None for _, its in join.on})
    found.joins[stage.name] = kept
    inputs = [stage.input, *(join.input for join in stage.joins if join.input.alias in kept)]
    for one in inputs:
        _want(found, one.source, [name for alias, name in read if alias == one.alias], facts)


def _want(found: Slice, source: Table | StageRef | Union, names: list[str], facts: frozenset[str]) -> None:
    match source:
        case Table(owner=owner, name=table):
            columns = found.tables.setdefault(owner, {}) if owner else found.key_tables.setdefault(table, {})
            columns.update({name: source.column(name) for name in names})
        case StageRef(stage=name):
            into = found.facts if name in facts else found.columns
            into.setdefault(name, {}).update(dict.fromkeys(names))
        case Union(stages=stages):
            for name in stages:
                found.columns.setdefault(name, {}).update(dict.fromkeys(names))


def scalars_of(column: StageColumn) -> Iterator[ir.Expr]:
    """The scalars that a column is made of."""
    match column.value:
        case Aggregation(value=value, filter=kept, order=order):
            parts: list[ir.Expr | None] = [value, kept, *order]
        case Window(partition=partition, order=windowed, value=value, filter=kept):
            parts = [*partition, *(part for part, _ in windowed), value, kept]
        case Beyond(on=on, time=time):
            parts = [*(mine for mine, _ in on), time]
        case scalar:
            parts = [scalar]
    return (part for part in parts if part is not None)


def _columns_beyond(beyond: Beyond) -> list[str]:
    return [*(its for _, its in beyond.on), beyond.its_time, beyond.value]


def kept_joins(stage: Stage, found: Slice) -> list[Join]:
    """The joins of a stage that are read, in order."""
    return [join for join in stage.joins if join.input.alias in found.joins[stage.name]]
