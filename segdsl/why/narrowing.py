"""How an aggregate comes by its rows: how many there are, how many in the period, how many of those meet each part of the condition.

In: an aggregate over the rows of the entity, and the schema. Out: more aggregates over the same rows, by role:

- ``rows``: all of the relation's; ``period``: those in the period; ``part:0`` …: those in the period that meet one part of the
  condition; ``kept``: those that meet everything; ``groups``: the groups of those, ``having``: the groups that ``having`` keeps;
- ``last``: when the last of the kept ones was; ``last_row``: when the last of all was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from segdsl import schema as sch
from segdsl.semantics import ir
from segdsl.types import INT

_MOST_PARTS = 12


def narrowing(aggregate: ir.Aggregate, schema: sch.Schema) -> dict[str, ir.Expr]:
    counted = replace(
        aggregate,
        function="count",
        value=None,
        percent=None,
        step=0,
        per=None,
        having=None,
        type=INT,
        optional=False,
        call=None,
    )
    found: dict[str, ir.Expr] = {"rows": replace(counted, period=None, where=None)}
    if aggregate.period is not None:
        found["period"] = replace(counted, where=None)
    for number, part in enumerate(where_parts(aggregate)):
        found[f"part:{number}"] = replace(counted, where=part)
    found["kept"] = counted
    if aggregate.per is not None:
        found["groups"] = replace(counted, per=aggregate.per)
        if aggregate.having is not None:
            found["having"] = replace(counted, per=aggregate.per, having=aggregate.having)
    time = _time(aggregate.row, schema)
    if time is not None:
        last = replace(counted, function="max", value=time, type=time.type, optional=True)
        found["last"] = last
        found["last_row"] = replace(last, period=None, where=None)
    return found


def where_parts(aggregate: ir.Aggregate) -> tuple[ir.Expr, ...]:
    """The parts that all have to be met, if there are several."""
    where = aggregate.where
    if not isinstance(where, ir.All) or len(where.items) > _MOST_PARTS:
        return ()
    return tuple(_flat(where))


def _flat(where: ir.All) -> Iterator[ir.Expr]:
    for item in where.items:
        if isinstance(item, ir.All) and item.each is None:
            yield from _flat(item)
        else:
            yield item


def _time(row: ir.Row, schema: sch.Schema) -> ir.FieldRef | None:
    """When a row was, as a field of it or of what it belongs to; None where nobody may know."""
    path: ir.Path = ()
    owner = row.of
    while owner in schema.relations:
        relation = schema.relations[owner]
        if relation.time is not None:
            known = relation.fields[relation.time]
            optional = known.optional or known.expression is not None
            return None if known.private else ir.FieldRef(row, path, owner, known, type=known.type, optional=optional)
        if not _has_one_parent(relation, schema):
            return None
        path = (*path, ir.Step("parent", relation.parent))
        owner = relation.parent
    return None


def _has_one_parent(relation: sch.Relation, schema: sch.Schema) -> bool:
    parent = schema.relations.get(relation.parent)
    return parent is not None and bool(parent.key) and set(parent.key) <= {link.parent for link in relation.links}
