"""A stage's grouping: its aggregations over an input whose columns are there already.

In: a LazyFrame, the columns to group by, the aggregations and a `Context`. Out: a LazyFrame with a row per group.

What aggregations read is made a column first, each distinct expression once. Inside of ``agg`` a constant is one value
and not one per row (``sum`` of 5 over three rows would be 5), and what two aggregations share would be computed twice. Their names
begin with a bracket, which those of a stage's own columns never do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

import polars as pl

from segdsl.backends.polars import hold, places
from segdsl.backends.polars.expressions import Context, raw, value
from segdsl.planning.plan import Aggregation, StageColumn
from segdsl.semantics import ir
from segdsl.types import Kind


def grouped(
    frame: pl.LazyFrame, by: list[str], columns: list[tuple[str, StageColumn]], context: Context
) -> pl.LazyFrame:
    """``by`` and the first of each pair are column names of the frame and of the result."""
    work = _Grouping(context, bool(by))
    finished = []
    for name, column in columns:
        assert isinstance(column.value, Aggregation)
        finished.append(work.aggregation(column.value).alias(name))
    frame = frame.with_columns(**work.made) if work.made else frame
    partial = [expr.alias(name) for expr, name in work.partials.values()]
    if by:
        frame = frame.group_by(by).agg(partial).filter(hold.all_present([pl.col(name) for name in by]))
    else:
        frame = frame.select(partial)
    return frame.select(*(pl.col(name) for name in by), *finished)


@dataclass(slots=True)
class _Grouping:
    """``many``: groups, not all rows as one. ``made``: columns made before grouping. ``partials``: what is computed per group, by
    what it says."""

    context: Context
    many: bool
    made: dict[str, pl.Expr] = field(default_factory=dict)
    partials: dict[object, tuple[pl.Expr, str]] = field(default_factory=dict)
    _names: dict[tuple[ir.Expr, bool], str] = field(default_factory=dict)

    def aggregation(self, aggregation: Aggregation) -> pl.Expr:
        match aggregation.function:
            case "count":
                return self._count(aggregation)
            case "distinct":
                distinct = self._kept(aggregation, self._held(aggregation.value)).drop_nulls().n_unique().cast(pl.Int64)
                return self._partial("distinct", aggregation, distinct)
            case "sum":
                return self._sum(aggregation)
            case "min":
                return self._partial("min", aggregation, self._kept(aggregation).min())
            case "max":
                return self._partial("max", aggregation, self._kept(aggregation).max())
            case "first" | "last":
                return self._partial(aggregation, aggregation, self._end(aggregation))
            case "cut":
                return self._cut(aggregation)
            case "percentile":
                return self._percentile(aggregation)
            case _:
                assert_never(aggregation.function)

    def _partial(self, what: object, aggregation: Aggregation, expr: pl.Expr) -> pl.Expr:
        key = (what, aggregation.value, aggregation.filter)
        if key not in self.partials:
            self.partials[key] = (expr, f"]partial {len(self.partials)}")
        return pl.col(self.partials[key][1])

    def _column(self, expr: ir.Expr, condition: bool = False) -> pl.Expr:
        """An expression as a column of the frame; a condition may be missing in it."""
        if isinstance(expr, ir.Col) and self.context.encoded(expr) is None:
            return self.context.column(expr)
        key = (expr, condition)
        if key not in self._names:
            self._names[key] = f"]made {len(self.made)}"
            self.made[self._names[key]] = raw(expr, self.context) if condition else value(expr, self.context)
        return pl.col(self._names[key])

    def _held(self, expr: ir.Expr | None) -> pl.Expr:
        """A value of which it matters whether it is there, and whether it is another's equal."""
        assert expr is not None
        texts = self.context.encoded(expr) if isinstance(expr, ir.Col) else None
        return self._column(expr) if texts is None else texts.column

    def _kept(self, aggregation: Aggregation, of: pl.Expr | None = None) -> pl.Expr:
        """The values of the rows that the filter keeps."""
        assert aggregation.value is not None
        values = self._column(aggregation.value) if of is None else of
        if aggregation.filter is None:
            return values
        return values.filter(self._column(aggregation.filter, condition=True))

    def _count(self, aggregation: Aggregation) -> pl.Expr:
        # Polars counts in 32 bits without a sign, where 0 - 1 is 4294967295.
        if aggregation.value is not None:
            counted = self._kept(aggregation, self._held(aggregation.value)).count()
        elif aggregation.filter is not None:
            counted = self._column(aggregation.filter, condition=True).sum()
        else:
            counted = pl.len()
        return self._partial("count", aggregation, counted.cast(pl.Int64))

    def _sum(self, aggregation: Aggregation) -> pl.Expr:
        assert aggregation.value is not None
        found = aggregation.value.type
        if hold.sum_is_wide(found):
            return hold.only_if(self._count(aggregation) > 0, self._wide_sum(aggregation))
        if found.kind is Kind.FLOAT:
            numbers = self._millionths(aggregation.value)
            some = self._partial("millionths", aggregation, self._kept(aggregation, numbers).count())
        else:
            numbers = self._column(aggregation.value)
            some = self._count(aggregation)
        total = self._partial("sum", aggregation, self._kept(aggregation, numbers.cast(pl.Int128)).sum())
        return hold.only_if(some > 0, total)

    def _millionths(self, expr: ir.Expr) -> pl.Expr:
        name = f"]millionths of {self._column(expr).meta.output_name()}"
        if name not in self.made:
            self.made[name] = hold.millionths(value(expr, self.context))
        return pl.col(name)

    def _wide_sum(self, aggregation: Aggregation) -> pl.Expr:
        assert aggregation.value is not None
        high, low = hold.halves(self._column(aggregation.value))
        return hold.from_halves(
            self._partial("high", aggregation, self._kept(aggregation, high).sum()),
            self._partial("low", aggregation, self._kept(aggregation, low).sum()),
        )

    def _end(self, aggregation: Aggregation) -> pl.Expr:
        """The value of the first or last row. Among rows that tie it is the greatest, missing being the least."""
        values, first = self._kept(aggregation), aggregation.function == "first"
        keys = [self._kept(aggregation, self._column(key)) for key in aggregation.order]
        descending = [False] * len(keys)
        if aggregation.tie_by_value:
            keys.append(values)
            descending.append(first)
        # Missing is the least: last where the value descends, first where it ascends.
        ordered = values.sort_by(keys, descending=descending, nulls_last=descending)
        return ordered.first() if first else ordered.last()

    def _cut(self, aggregation: Aggregation) -> pl.Expr:
        assert aggregation.value is not None and aggregation.place is not None
        return places.cut(self._listed(aggregation, self._column(aggregation.value)), aggregation.place, self.many)

    def _percentile(self, aggregation: Aggregation) -> pl.Expr:
        assert aggregation.value is not None and aggregation.percent is not None
        of = aggregation.value.type
        numbers = self._millionths(aggregation.value) if of.kind is Kind.FLOAT else self._column(aggregation.value)
        point = places.Point.of_percent(aggregation.percent, of)
        return point.value(self._listed(aggregation, numbers), self.many)

    def _listed(self, aggregation: Aggregation, numbers: pl.Expr) -> pl.Expr:
        values = self._kept(aggregation, numbers).drop_nulls()
        return self._partial(("listed", numbers.meta.output_name()), aggregation, places.listed(values, self.many))
