"""What stands in a stage: its scalars, and the columns that these read. It must not know what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from segdsl.planning.plan import Aggregation, Beyond, Stage, StageColumn, Window
from segdsl.semantics import ir
from segdsl.semantics.walk import children


def expressions(stage: Stage, columns: Iterable[StageColumn] | None = None) -> Iterator[ir.Expr]:
    """The scalars of a stage's filter and columns."""
    yield from stage.where
    for column in stage.columns if columns is None else columns:
        yield from parts(column.value)


def parts(value: ir.Expr | Aggregation | Window | Beyond) -> Iterator[ir.Expr]:
    """The scalars of a column over the stage's own inputs: itself, or those of what is made of several rows."""
    match value:
        case Aggregation():
            yield from _present(value.value, value.filter)
            yield from value.order
        case Window():
            yield from _present(value.value, value.filter)
            yield from value.partition
            yield from (key for key, _ in value.order)
        case Beyond():
            yield from (mine for mine, _ in value.on)
            yield value.time
        case _:
            yield value


def _present(*scalars: ir.Expr | None) -> Iterator[ir.Expr]:
    return (one for one in scalars if one is not None)


def columns_of(expr: ir.Expr) -> Iterator[ir.Col]:
    """The columns that a scalar reads."""
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ir.Col):
            yield node
        waiting.extend(children(node))
