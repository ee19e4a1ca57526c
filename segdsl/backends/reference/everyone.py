"""What is found by looking at everyone: aggregates over the whole population, and who is ranked with what value.

Comes in: a node that speaks of the population, and the `World` that knows it. Goes out: one value, the keys of those whom a
rank chooses, or everyone's place. It only collects; `ranks` counts and `aggregates` adds up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from segdsl.backends.reference import ranks
from segdsl.backends.reference.evaluate import Rows, evaluate, groups, holds, kept_rows, of_rows
from segdsl.backends.reference.ranks import Ranked, in_rank
from segdsl.backends.reference.records import Record, Value
from segdsl.semantics import ir

if TYPE_CHECKING:
    from segdsl.backends.reference.world import World


def overall(node: ir.Overall, world: World) -> Value:
    """An aggregate over everyone's rows, each once for every customer whose it is, or over the population itself."""
    return of_rows(node.aggregate, _rows_of_all(node.aggregate, world), (world.everyone,), world)


def _rows_of_all(aggregate: ir.Aggregate, world: World) -> Iterator[Rows]:
    for entity in world.population:
        if aggregate.row.depth > 0:
            yield from kept_rows(aggregate, (entity,), world)
        elif aggregate.where is None or holds(aggregate.where, (entity,), world):
            yield (entity,)


def chosen(node: ir.Rank | ir.PairRank, world: World) -> set[Value]:
    """The keys of those whom a rank chooses; of pairs, of those who are in the top of at least one group."""
    if isinstance(node, ir.PairRank):
        fields, type = _pairs(node, world), node.aggregate.type
    else:
        fields, type = _ranked(node, world), node.value.type
    return {key for ranked in fields.values() for key in in_rank(node, ranked, type)}


def places(node: ir.RankValue, world: World) -> dict[Value, int]:
    """The rank or quantile of everyone who is ranked, by key."""
    return {key: place for ranked in _ranked(node, world).values() for key, place in ranks.places(node, ranked).items()}


def _ranked(node: ir.Rank | ir.RankValue, world: World) -> dict[Value, list[Ranked]]:
    """Those of the population who are ranked, by what ``per`` is worth for them (None: there is no ``per``)."""
    found: dict[Value, list[Ranked]] = {}
    for entity in world.population:
        value, per = evaluate(node.value, (entity,), world), None
        if node.per is not None:
            per = evaluate(node.per, (entity,), world)
            if per is None:
                continue
        if value is not None and _is_among(node.among, entity, world):
            found.setdefault(per, []).append(Ranked(world.entity_key(entity), value))
    return found


def _pairs(node: ir.PairRank, world: World) -> dict[Value, list[Ranked]]:
    """The ranked pairs of an entity and a value of ``by``, by that value."""
    found: dict[Value, list[Ranked]] = {}
    for entity in world.population:
        if not _is_among(node.among, entity, world):
            continue
        rows: Rows = (entity,)
        for group, kept in groups(node.aggregate.row, node.by, kept_rows(node.aggregate, rows, world), world):
            value = of_rows(node.aggregate, kept, rows, world)
            if value is not None and (node.having is None or holds(node.having, (entity, group), world)):
                found.setdefault(group.value, []).append(Ranked(world.entity_key(entity), value))
    return found


def _is_among(among: ir.Expr | None, entity: Record, world: World) -> bool:
    return among is None or holds(among, (entity,), world)
