"""A plan over one table as one expression over that table's own columns, for ``frame.filter(...)``.

In: a plan that reads a single table without joining or grouping anything, and the dtypes of the table's columns. Out: a
`pl.Expr` that is true or false for each row, so that ``~`` in front of it is exact. It must not know where plan or frame come from.

A conjunct that compares a plain column is made two-valued by asking for the column's presence beside it, not by filling what is
unknown: a scan of Parquet files can then still skip what cannot match.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from segdsl.backends.polars import hold
from segdsl.backends.polars.expressions import Context, raw, value
from segdsl.backends.polars.read import RawColumn, is_plain, physical, raw_filters, read
from segdsl.diagnostics import SegdslError
from segdsl.errors import data as errors
from segdsl.planning.plan import Aggregation, Beyond, Plan, Stage, StageRef, Table, Window
from segdsl.semantics import ir
from segdsl.semantics.time import zone
from segdsl.semantics.walk import rebuild, walk
from segdsl.types import Kind, Type

_LEAVES = (ir.Compare, ir.InList, ir.InPeriod, ir.Match, ir.Truth, ir.Bound)


def expression(plan: Plan, output: str, dtypes: Mapping[str, pl.DataType], as_of: datetime) -> pl.Expr:
    """The condition of an output, over the columns of the plan's one table."""
    stages = {stage.name: stage for stage in plan.stages}
    tables: dict[str, Table] = {}

    def written(stage: Stage, name: str) -> ir.Expr:
        """A column of a stage in terms of the table."""
        assert stage.by is None and not stage.joins, f"{stage.name} is no projection of one table"
        found = stage.column(name).value
        assert not isinstance(found, Aggregation | Window | Beyond), f"{stage.name} looks at more than one row"
        return replaced(stage, found)

    def replaced(stage: Stage, expr: ir.Expr) -> ir.Expr:
        if not isinstance(expr, ir.Col):
            return rebuild(expr, lambda child: replaced(stage, child))
        match stage.input.source:
            case Table() as table:
                tables[expr.input] = table
                return expr
            case StageRef(stage=name):
                return written(stages[name], expr.name)
            case other:
                raise AssertionError(f"{stage.name} reads {other}")

    condition = written(plan.final, plan.outputs[output])
    # The key of rows that have none is in no frame, and is never read.
    columns = {
        (alias, column.name): RawColumn(column, dtypes[column.column])
        for alias, table in tables.items()
        for column in table.columns
        if column.column in dtypes
    }
    tz = zone(plan.timezone)

    def column(found: ir.Col) -> pl.Expr:
        known = columns[found.input, found.name]
        return read(known.column, known.found, tz)

    context = Context(as_of, tz, column)
    conjuncts = condition.items if isinstance(condition, ir.All) else (condition,)
    try:
        return hold.every([_two_valued(conjunct, columns, context) for conjunct in conjuncts])
    except OverflowError as error:
        raise SegdslError([errors.outside_the_calendar(as_of)]) from error


def _two_valued(expr: ir.Expr, columns: dict[tuple[str, str], RawColumn], context: Context) -> pl.Expr:
    read_here = [columns[node.input, node.name] for node in walk(expr) if isinstance(node, ir.Col)]
    filters = raw_filters(expr, columns, context)
    if filters is None:
        plain = isinstance(expr, _LEAVES) and all(is_plain(c.column, c.found) for c in read_here)
        if not plain or any(_may_be_missing_by_itself(node) for node in walk(expr)):
            return value(expr, context)
        filters = [raw(expr, context)]
    return hold.every([*filters, *(physical(c.column.column).is_not_null() for c in read_here)])


def _may_be_missing_by_itself(node: ir.Expr) -> bool:
    """Though every column below it is there."""
    computed = ir.Call | ir.Convert | ir.If | ir.InRange
    return isinstance(node, computed) or (isinstance(node, ir.Literal) and node.value is None)


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
        case Kind.LIST:
            return pl.List(pl.String())
        case _:
            raise AssertionError(f"no column is declared {declared}")
