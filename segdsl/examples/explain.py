"""Why an expectation does not hold: its conditions one by one, and given rows that do not count or that nothing leads to.

In: a failed example with its tables. Out: a `Why`, and rows. The tree is what Polars saw, like every other `Why`; which rows count
is the referee's to say.
"""

from __future__ import annotations

from datetime import UTC

from segdsl.backends.reference import World
from segdsl.diagnostics import SegdslError
from segdsl.display import english
from segdsl.examples.evaluators import frames
from segdsl.examples.making import DataSet
from segdsl.examples.shape import Shape
from segdsl.library import Library
from segdsl.schema import Schema
from segdsl.selection import Segment
from segdsl.semantics.examples import Example, Expectation, Row, Value
from segdsl.why.ask import whys
from segdsl.why.tree import Why


def why(library: Library, example: Example, expectation: Expectation, data: DataSet, key: Value) -> Why | None:
    """None where nobody has the key, or what is asked cannot be worked out: the answers say so."""
    segment = Segment(library, "expectation", span=expectation.span, condition=expectation.condition)
    try:
        found = whys(library, segment, frames(data, data.types), [key], example.as_of.replace(tzinfo=UTC))
    except SegdslError:
        return None
    return found[key]


def hidden(example: Example, data: DataSet, shape: Shape) -> tuple[Row, ...]:
    """The rows of the one example of a data set that do not show, those that belong to rows which do not show among them."""
    world = World(shape.model, data.tables, example.as_of)
    relations = {row.owner for row in example.rows if row.owner in shape.schema.relations}
    shown = {name: {record.identity for record in world.shown(name)} for name in relations}
    places: dict[str, int] = {}
    found: list[Row] = []
    for row in example.rows:
        table = shape.table(row.owner)
        place = places.get(table, 0)
        places[table] = place + 1
        if row.owner not in shown:
            continue
        root = [row.owner, *shape.layout.bases(row.owner)][-1]
        if (root, place) not in shown[row.owner]:
            found.append(row)
    return tuple(found)


def loose(example: Example, shape: Shape) -> tuple[Row, ...]:
    """The rows of lookups that no row of the example leads to, by the values that both were given."""
    found: list[Row] = []
    for row in example.rows:
        lookup = shape.schema.lookups.get(row.owner)
        if lookup is None or row.above is not None:
            continue
        wanted = [(link.child, row.values.get(link.parent)) for link in lookup.links]
        leading = (other for other in example.rows if lookup.of in (other.owner, *shape.layout.bases(other.owner)))
        if not any(all(other.values.get(child) == value for child, value in wanted) for other in leading):
            found.append(row)
    return tuple(found)


def being_there(schema: Schema) -> str:
    """How somebody comes to be in the population."""
    entity = schema.entity
    many = english.plural(entity.name)
    if not entity.distinct:
        late = " whoever is created later is not there" if entity.created is not None else ""
        kept = f" the `where` of `{entity.name}` keeps others out" if entity.where is not None else ""
        return ", and".join(filter(None, (late, kept))).strip()
    tables = english.named(entity.distinct, "or")
    owners = [name for name, relation in schema.relations.items() if relation.table in entity.distinct]
    hint = f": give one, `given {owners[0]} …`" if owners else ""
    return f"{many} are those who have a row in {tables} by then{hint}"
