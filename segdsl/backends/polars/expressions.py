"""A scalar of a plan as a `pl.Expr`.

In: a tree of `segdsl.semantics.ir` nodes whose leaves are `ir.Col`, `ir.Literal` and `ir.Instant`, and a `Context` that says what
a column is and when it is. Out: an expression. It must not know stages or tables.

Conditions come in two forms. `raw` may be missing where the condition is unknown, which is what a filter and a ``when`` want:
plain comparisons of plain columns, which Polars can push into a Parquet scan. `value` is two-valued. All that data flows into is
filled there, whatever the schema promises of it, since `fill_null` of a column without nulls costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

import polars as pl

from segdsl.backends import anniversaries
from segdsl.backends.polars import hold, lists, zones
from segdsl.backends.polars.encoded import Encoded, subject
from segdsl.backends.polars.functions import LOWERINGS
from segdsl.backends.polars.patterns import match_pattern
from segdsl.semantics import ir
from segdsl.semantics import time as moments
from segdsl.semantics.time import Zone
from segdsl.semantics.walk import children
from segdsl.types import MAX_DIGITS, Kind, Type


def _plain(_: ir.Col) -> None:
    """No column is encoded."""


@dataclass(frozen=True, slots=True)
class Context:
    """``column`` gives the expression of a plan's column, ``encoded`` that of one which is held as numbers of texts; ``as_of`` is
    naive, in UTC."""

    as_of: datetime
    zone: Zone
    column: Callable[[ir.Col], pl.Expr]
    encoded: Callable[[ir.Col], Encoded | None] = _plain


def value(expr: ir.Expr, context: Context) -> pl.Expr:
    """The expression of a value; a condition is true or false, never missing."""
    lowered = raw(expr, context)
    match expr:
        case ir.IsMissing() | ir.Not() | ir.ListHas():
            return lowered
        case (
            ir.Compare()
            | ir.InList()
            | ir.InPeriod()
            | ir.Anniversary()
            | ir.Match()
            | ir.Truth()
            | ir.All()
            | ir.Any()
            | ir.Bound()
        ):
            return lowered.fill_null(False)
        case _:
            return lowered


def raw(expr: ir.Expr, context: Context) -> pl.Expr:
    """The expression of a value or of a condition; a condition may be missing, which counts as false."""
    match expr:
        case ir.Literal():
            return hold.literal(expr.value, expr.type)
        case ir.Instant():
            return hold.literal(instant(expr, context), expr.type)
        case ir.Col():
            return context.column(expr)
        case ir.Call():
            return _over(expr.args, context, lambda *of: LOWERINGS[expr.overload](expr, of, context.zone))
        case ir.Convert():
            return _over([expr.value], context, lambda of: _convert(of, expr.value.type, expr.type, context))
        case ir.InRange():
            return _over([expr.value], context, hold.in_float_range)
        case ir.If():
            return _choose(expr, context)
        case ir.Compare() | ir.InList() | ir.Match() if (column := subject(expr)) and (
            texts := context.encoded(column)
        ):
            return texts.condition(
                expr, lambda text: raw(expr, replace(context, column=lambda _: text, encoded=_plain))
            )
        case ir.Compare():
            return _compare(expr, context)
        case ir.InList():
            return _in_list(expr, context)
        case ir.InPeriod():
            return _in_period(expr, context)
        case ir.Bound():
            limit = pl.lit(moments.bound(expr, context.as_of, context.zone), dtype=hold.dtype(expr.value.type))
            left = value(expr.value, context)
            return left >= limit if expr.side == "from" else left < limit
        case ir.Match():
            matched = match_pattern(expr, value(expr.value, context))
            return ~matched if expr.negated else matched
        case ir.ListHas():
            return lists.has(expr, value(expr.value, context))
        case ir.Anniversary():
            return _over([expr.value], context, lambda of: _comes_round(expr, of, context))
        case ir.IsMissing():
            inner = held(expr.value, context)
            return inner.is_not_null() if expr.negated else inner.is_null()
        case ir.Truth():
            inner = raw(expr.value, context)
            return ~inner if expr.negated else inner
        case ir.All():
            return hold.every([raw(item, context) for item in expr.items])
        case ir.Any():
            return hold.either([raw(item, context) for item in expr.items])
        case ir.Not():
            inner = value(expr.item, context)
            return ~inner if isinstance(expr.item, ir.CONDITIONS) else ~inner.fill_null(False)
        case (
            ir.FieldRef()
            | ir.TraitColumn()
            | ir.Use()
            | ir.RowUse()
            | ir.Previous()
            | ir.GroupValue()
            | ir.Aggregate()
            | ir.Follow()
            | ir.Past()
            | ir.Overall()
            | ir.Rank()
            | ir.PairRank()
            | ir.RankValue()
            | ir.NoRow()
            | ir.Between()
        ):
            raise AssertionError(f"a plan has no {type(expr).__name__}")
        case _:
            assert_never(expr)


def held(expr: ir.Expr, context: Context) -> pl.Expr:
    """A value as it lies there: of texts that are held as numbers, these."""
    texts = context.encoded(expr) if isinstance(expr, ir.Col) else None
    return value(expr, context) if texts is None else texts.column


def instant(expr: ir.Instant, context: Context) -> ir.Constant:
    """The constant that a moment is."""
    if expr.type.kind is Kind.DATE:
        return moments.resolve_day(expr.moment, context.as_of, context.zone)
    return moments.resolve(expr.moment, context.as_of, context.zone)


# -- what is used more than once ----------------------------------------------------------------------------------------

_HEAVY = 100
"""From this weight on a value is computed once, wherever it is used. Below, plain expressions are quicker."""
_USES = 3
"""How often a lowering uses an argument, about."""


def _over(parts: Sequence[ir.Expr], context: Context, body: Callable[..., pl.Expr]) -> pl.Expr:
    """``body`` over values. A lowering may use a value several times (is it in range? then it): of values that hold values that
    hold values that would be a tree of exponential size, which Polars walks in full before it finds what is common."""
    lowered = [value(part, context) for part in parts]
    if all(_weight(part) <= _HEAVY for part in parts):
        return body(*lowered)
    # A literal stays one: a few functions of Polars take nothing else.
    shared = [not isinstance(part, ir.Literal | ir.Instant) for part in parts]
    return hold.once(lowered, shared, body)


def _weight(expr: ir.Expr) -> int:
    """About how many nodes a value becomes."""
    weights = [_weight(child) for child in children(expr)]
    if not isinstance(expr, ir.Call | ir.Convert | ir.InRange | ir.If | ir.Compare | ir.InPeriod):
        return 1 + sum(weights)
    return 1 + sum(weights) * (_USES if max(weights, default=0) <= _HEAVY else 1)


# -- values -------------------------------------------------------------------------------------------------------------


def _convert(value: pl.Expr, found: Type, wanted: Type, context: Context) -> pl.Expr:
    match found.kind, wanted.kind:
        case Kind.INT, Kind.WHOLE | Kind.FLOAT:
            return value.cast(pl.Float64)
        case Kind.INT, Kind.DECIMAL:
            return hold.rescaled(value.cast(pl.Int128), Type(Kind.DECIMAL, 16, 0), wanted)
        case Kind.DECIMAL, Kind.DECIMAL:
            return hold.rescaled(value, found, wanted)
        case Kind.DECIMAL, Kind.FLOAT:
            return hold.to_float(value, found)
        case Kind.WHOLE, Kind.INT:
            return hold.only_if(hold.in_int_range(value), value).cast(pl.Int64)
        case Kind.DECIMAL, Kind.INT:
            assert found.scale == 0
            return hold.only_if(hold.in_int_range(value), value).cast(pl.Int64)
        case Kind.FLOAT, Kind.DECIMAL:
            return float_to_decimal(value, wanted)
        case Kind.DATE, Kind.TIMESTAMP:
            return zones.beginning(value, context.zone)
        case _:
            assert hold.dtype(found) == hold.dtype(wanted), f"no conversion from {found} to {wanted}"
            return value


def float_to_decimal(value: pl.Expr, wanted: Type) -> pl.Expr:
    """Rounded half away from zero in double precision, as declared; missing where it does not fit."""
    size = (value.abs() * 10.0**wanted.scale + 0.5).floor()
    size = hold.only_if(size < 10.0**wanted.precision, size).cast(pl.Int128)
    return pl.when(value < 0.0).then(hold.whole(0) - size).otherwise(size)


def _choose(expr: ir.If, context: Context) -> pl.Expr:
    chosen = pl.when(raw(expr.condition, context)).then(_as(expr.then, expr.type, context))
    if expr.otherwise is None:
        return chosen
    return chosen.otherwise(_as(expr.otherwise, expr.type, context))


def _as(expr: ir.Expr, wanted: Type, context: Context) -> pl.Expr:
    """A branch at the scale of the whole."""
    if wanted.kind is Kind.DECIMAL and expr.type.kind is Kind.DECIMAL:
        return _over([expr], context, lambda of: hold.rescaled(of, expr.type, wanted))
    return value(expr, context)


# -- conditions ---------------------------------------------------------------------------------------------------------


def compared(operator: str, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    match operator:
        case "=":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
    raise AssertionError(operator)


def _compare(expr: ir.Compare, context: Context) -> pl.Expr:
    if isinstance(expr.left, ir.Literal | ir.Instant) and not isinstance(expr.right, ir.Literal | ir.Instant):
        # Polars takes a constant on the left for a whole column where a join has left nothing on the right.
        expr = replace(expr, operator=ir.MIRRORED[expr.operator], left=expr.right, right=expr.left)
    return _over([expr.left, expr.right], context, lambda left, right: _compared(expr, left, right))


def _compared(expr: ir.Compare, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    if expr.left.type.kind is not Kind.DECIMAL:
        return compared(expr.operator, left, right)
    scale = max(expr.left.type.scale, expr.right.type.scale)
    places = [scale - side.type.scale for side in (expr.left, expr.right)]
    digits = [side.type.precision + more for side, more in zip((expr.left, expr.right), places, strict=True)]
    if max(digits) <= MAX_DIGITS:
        return compared(expr.operator, hold.widened(left, places[0]), hold.widened(right, places[1]))
    return _compare_by_parts(expr, left, right, scale)


def _compare_by_parts(expr: ir.Compare, left: pl.Expr, right: pl.Expr, scale: int) -> pl.Expr:
    """Decimals that do not fit 38 digits at one scale: by whole parts, and where these are equal, by what is behind the point."""
    parts = []
    for side, lowered in ((expr.left, left), (expr.right, right)):
        unit = hold.whole(10**side.type.scale)
        parts.append((lowered // unit, hold.widened(lowered % unit, scale - side.type.scale)))
    (left_whole, left_rest), (right_whole, right_rest) = parts
    equal = left_whole == right_whole
    match expr.operator:
        case "=":
            return equal & (left_rest == right_rest)
        case "!=":
            return ~equal | (left_rest != right_rest)
        case "<" | "<=":
            return (left_whole < right_whole) | (equal & compared(expr.operator, left_rest, right_rest))
        case ">" | ">=":
            return (left_whole > right_whole) | (equal & compared(expr.operator, left_rest, right_rest))


def _in_list(expr: ir.InList, context: Context) -> pl.Expr:
    if isinstance(expr.value, ir.Literal):
        # Of a constant, Polars takes the answer for a column of one row.
        return pl.lit(expr.value.value is not None and (expr.value.value in expr.items) != expr.negated)
    left = value(expr.value, context)
    items = hold.series(expr.items, expr.value.type)
    if len(items) == 1:
        return left != pl.lit(items[0], items.dtype) if expr.negated else left == pl.lit(items[0], items.dtype)
    found = left.is_in(items.implode())
    return ~found if expr.negated else found


def _in_period(expr: ir.InPeriod, context: Context) -> pl.Expr:
    return _over([expr.value], context, lambda of: _within(expr, of, context))


def _within(expr: ir.InPeriod, left: pl.Expr, context: Context) -> pl.Expr:
    kind = hold.dtype(expr.value.type)
    if expr.value.type.kind is Kind.DATE:
        start, end = (pl.lit(day, dtype=kind) for day in moments.date_bounds(expr.period, context.as_of, context.zone))
    else:
        start, end = (pl.lit(at, dtype=kind) for at in moments.instant_bounds(expr.period, context.as_of, context.zone))
    if expr.negated:
        return (left < start) | (left >= end)
    return (left >= start) & (left < end)


def _comes_round(expr: ir.Anniversary, day: pl.Expr, context: Context) -> pl.Expr:
    condition = anniversaries.written_out(expr, context.as_of, context.zone)
    return raw(condition, Context(context.as_of, context.zone, lambda _: day))
