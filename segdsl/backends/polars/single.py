"""A plan over one table as one expression over that table's own columns, for ``frame.filter(...)``.

In: a plan that reads a single table without joining or grouping anything, and the dtypes of the table's columns. Out: a
`pl.Expr` that is true or false for each row. It must not know where plan or frame come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from segdsl.backends.polars.expressions import Context, value
from segdsl.backends.polars.read import read
from segdsl.planning.plan import Aggregation, Plan, Stage, StageRef, Table
from segdsl.semantics import ir
from segdsl.semantics.time import zone
from segdsl.types import Kind, Type


def expression(plan: Plan, output: str, dtypes: Mapping[str, pl.DataType], as_of: datetime) -> pl.Expr:
    """The condition of an output, each column of a stage put in the place of its name."""
    stages = {stage.name: stage for stage in plan.stages}
    tz = zone(plan.timezone)

    def computed(stage: Stage, name: str) -> pl.Expr:
        assert stage.by is None and not stage.joins, f"{stage.name} is no projection of one table"
        found = stage.column(name).value
        assert not isinstance(found, Aggregation), f"{stage.name} groups its rows"
        return value(found, Context(as_of, tz, lambda column: looked_up(stage, column)))

    def looked_up(stage: Stage, column: ir.Col) -> pl.Expr:
        match stage.input.source:
            case Table() as table:
                found = table.column(column.name)
                return read(found, dtypes[found.column], tz)
            case StageRef(stage=name):
                return computed(stages[name], column.name)
            case other:
                raise AssertionError(f"{stage.name} reads {other}")

    return computed(plan.final, plan.outputs[output])


def dtype_of(declared: Type) -> pl.DataType:
    """The dtype that a column of a type has in a frame, where only the type is known."""
    match declared.kind:
        case Kind.BOOL:
            return pl.Boolean()
        case Kind.INT:
            return pl.Int64()
        case Kind.DECIMAL:
            return pl.Decimal(declared.precision, declared.scale)
        case Kind.FLOAT:
            return pl.Float64()
        case Kind.STRING:
            return pl.String()
        case Kind.DATE:
            return pl.Date()
        case Kind.TIMESTAMP:
            return pl.Datetime("us")
        case _:
            raise AssertionError(f"no column is declared {declared}")
