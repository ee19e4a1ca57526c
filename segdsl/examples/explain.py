"""Why an expectation does not hold: its conditions one by one, and given rows that do not count.

In: a failed example with its tables. Out: a `Why`, and rows. The tree is what Polars saw, like every other `Why`; which rows count
is the referee's to say.
"""

from __future__ import annotations

from datetime import UTC

from segdsl.backends.reference import World
from segdsl.diagnostics import SegdslError
from segdsl.examples.evaluators import frames
from segdsl.examples.making import DataSet
from segdsl.examples.shape import Shape
from segdsl.library import Library, Segment
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
