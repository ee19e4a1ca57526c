"""Ranks: `top` and `bottom`, `rank` and `quantile`, over customers or over pairs of a customer and a value of rows.

In goes a rank as it was written and where it stands, out comes a typed node. All of it is read for the customer with no row
around. What a rank counts, and how ties fall, is known to `segdsl.semantics.ir` and the backends alone.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, cast
from typing import Literal as OneOf

from segdsl.errors import names as name_errors
from segdsl.errors import population as errors
from segdsl.errors import rows as row_errors
from segdsl.errors import types as type_errors
from segdsl.errors import warnings
from segdsl.records import record
from segdsl.semantics import aggregates, calls, constants, groups, ir, names, numbers
from segdsl.semantics.constants import Scalar, Share
from segdsl.semantics.context import unknown
from segdsl.semantics.mentions import outside_aggregates
from segdsl.semantics.names import Group, Scope
from segdsl.source import Span
from segdsl.syntax import ast
from segdsl.types import INT, Kind

if TYPE_CHECKING:
    from segdsl.semantics.expressions import Expressions

_BUCKETS = range(2, 101)
_FILLED = frozenset({"count", "sum", "distinct"})
"""Aggregates that are 0, not missing, for who has no rows."""


@record(frozen=True, slots=True)
class _Size:
    """How many, or what share; neither where that is not known yet."""

    count: int | None = None
    percent: Decimal | None = None


def rank(resolver: Expressions, node: ast.Rank, scope: Scope) -> ir.Expr:
    """``top 10% by V among C``"""
    if scope.permits.aggregates != "any":
        return resolver.context.wrong(name_errors.schema_scope(node.span, scope.permits.where, "ranks"))
    if not resolver.reaches_one(scope.row.of, scope.at_entity(resolver.context.layout, {}).path, node.span):
        return unknown(node.span)
    alone = scope.alone(resolver.context.layout, f"`{node.direction}`")
    size = _size(resolver, node, scope)
    value = resolver.expr(node.value, alone)
    among = None if node.among is None else resolver.condition(node.among, alone)
    if size is None or value.type.is_unknown or (among is not None and among.type.is_unknown):
        return unknown(node.span)
    ranked = _rankable(resolver, value, node.direction, node.share)
    if ranked.type.is_unknown:
        return ranked
    aggregate = _one_aggregate(resolver, ranked)
    if node.per is not None:
        spoken = _speaks_of_rows(node.per, resolver)
        apart = spoken and (aggregate is None or resolver.context.layout.path(aggregate.row.of, spoken) is None)
        if aggregate is not None and not apart:
            made = groups.group(resolver, node.per, alone.inside(aggregate.row))
            if made is None:
                return unknown(node.span)
            if names.reads_rows(made.value, [aggregate.row], resolver.context.layout):
                return _pairs(resolver, node, alone, size, aggregate, made, among)
        elif spoken is not None:
            return resolver.context.wrong(errors.per_of_rows(node.per.span, node.per.span.text, spoken or None))
    if node.having is not None:
        written = node.having.span.text if node.having.span.source is not None else "…"
        return resolver.context.wrong(errors.having_without_pairs(node.having.span, written))
    per = None if node.per is None else _grouping(resolver, resolver.expr(node.per, alone))
    if per is not None and per.type.is_unknown:
        return per
    if among is None and not node.share:
        _warn_of_ties(resolver, ranked, node.value, node.span, node.span.end)
    return ir.Rank(
        cast(OneOf["top", "bottom"], node.direction),
        ranked,
        size.count,
        size.percent,
        node.share,
        node.exactly,
        per,
        among,
        span=node.span,
    )


def _pairs(
    resolver: Expressions,
    node: ast.Rank,
    alone: Scope,
    size: _Size,
    aggregate: ir.Aggregate,
    made: Group,
    among: ir.Expr | None,
) -> ir.Expr:
    if not aggregates.is_once_for_each(aggregate, resolver.context):
        return unknown(node.span)
    having = None
    if node.having is not None:
        having = groups.having(resolver, node.having, made, aggregate.row, aggregate.outer, alone)
        if having.type.is_unknown:
            return unknown(node.span)
    return ir.PairRank(
        cast(OneOf["top", "bottom"], node.direction),
        aggregate,
        groups.by(made, resolver.context),
        size.count,
        size.percent,
        node.share,
        node.exactly,
        having,
        among,
        span=node.span,
    )


def rank_value(resolver: Expressions, node: ast.RankValue, scope: Scope) -> ir.Expr:
    """``rank(V among C)``, ``quantile(V, 5 exactly)``"""
    function, span = node.function, node.span
    if scope.permits.aggregates != "any":
        return resolver.context.wrong(name_errors.schema_scope(span, scope.permits.where, "ranks"))
    if not resolver.reaches_one(scope.row.of, scope.at_entity(resolver.context.layout, {}).path, span):
        return unknown(span)
    alone = scope.alone(resolver.context.layout, f"`{function}`")
    takes = "a value" if function == "rank" else "a value and a number of parts"
    if (node.buckets is None) != (function == "rank"):
        given = 1 if node.buckets is None else 2
        return resolver.context.wrong(name_errors.argument_count(span, function, takes, given))
    buckets: int | None = None
    wrong = False
    if node.buckets is not None:
        buckets = _buckets(resolver, node.buckets, scope)
        wrong = buckets is None
    value = resolver.expr(node.value, alone)
    if node.per is not None and not value.type.is_unknown and _speaks_of_rows(node.per, resolver) is not None:
        written = node.value.span.on_one_line
        found = errors.pairs_without_rank(node.per.span, function, node.per.span.text, written)
        return resolver.context.wrong(found)
    per = None if node.per is None else _grouping(resolver, resolver.expr(node.per, alone))
    among = None if node.among is None else resolver.condition(node.among, alone)
    if wrong or any(part is not None and part.type.is_unknown for part in (value, per, among)):
        return unknown(span)
    ranked = _rankable(resolver, value, function, share=False)
    if ranked.type.is_unknown:
        return ranked
    if among is None:
        _warn_of_ties(resolver, ranked, node.value, span, span.end - 1)
    return ir.RankValue(ranked, buckets, node.exactly, per, among, type=INT, optional=True, span=span)


# -- the parts ----------------------------------------------------------------------------------------------------


def _size(resolver: Expressions, node: ast.Rank, scope: Scope) -> _Size | None:
    """The number or percentage; None, and a finding, where it is none."""
    amount, context = node.amount, resolver.context
    constant = resolver.constant(amount, scope)
    match constant:
        case None:
            if not resolver.expr(amount, scope).type.is_unknown:
                context.report(type_errors.constant_needed(amount.span, f"the number behind `{node.direction}`"))
            return None
        case Scalar(type=kind, value=int(count)) if kind == INT and count >= 1:
            if node.share:
                context.report(errors.share_of_number(amount.span, node.direction))
                return None
            return _Size(count=count)
        case Share(percent=percent) if 0 < percent <= 100:
            return _Size(percent=percent)
        case Scalar() | Share() | constants.Length() | constants.Items():
            context.report(errors.rank_amount(amount.span, node.direction, constants.written(constant)))
            return None
        case _:
            return None


def _buckets(resolver: Expressions, node: ast.Expr, scope: Scope) -> int | None:
    constant = resolver.constant(node, scope)
    match constant:
        case None:
            if not resolver.expr(node, scope).type.is_unknown:
                resolver.context.report(type_errors.constant_needed(node.span, "the number of parts"))
        case Scalar(type=kind, value=int(count)) if kind == INT and count in _BUCKETS:
            return count
        case Scalar() | Share() | constants.Length() | constants.Items():
            resolver.context.report(errors.rank_buckets(node.span, constants.written(constant)))
        case _:
            pass
    return None


def _rankable(resolver: Expressions, value: ir.Expr, what: str, share: bool) -> ir.Expr:
    """The value by which it is ranked: an ordered text by its place."""
    kind = value.type
    if share and not kind.is_number:
        return resolver.context.wrong(errors.share_value(value.span, what, kind))
    if kind.kind is Kind.STRING and kind.ordered:
        return calls.place(value, kind)
    if not (kind.is_number or kind.is_time):
        return resolver.context.wrong(errors.rank_value(value.span, what, kind))
    return numbers.to_int(value, resolver.context) if share and kind.kind is Kind.WHOLE else value


def _grouping(resolver: Expressions, by: ir.Expr) -> ir.Expr:
    """What groups are formed by."""
    if by.type.kind is Kind.FLOAT:
        return resolver.context.wrong(type_errors.float_per(by.span))
    if by.type.kind is Kind.LIST:
        return resolver.context.wrong(row_errors.group_of(by.span, by.type))
    return numbers.to_int(by, resolver.context) if by.type.kind is Kind.WHOLE else by


def _one_aggregate(resolver: Expressions, value: ir.Expr, *, converted: bool = False) -> ir.Aggregate | None:
    """The aggregate over the customer's rows that a value is, also by the name of a trait; ``converted``: or is made from, where
    a trait declares its type."""
    while isinstance(value, ir.Use) or (converted and isinstance(value, ir.Convert)):
        value = resolver.context.definitions[value.name].body if isinstance(value, ir.Use) else value.value
    if isinstance(value, ir.Aggregate) and value.row.depth == 1 and value.outer.depth == 0:
        return value
    return None


def _speaks_of_rows(per: ast.Expr, resolver: Expressions) -> str | None:
    """Of which relation's: ``per item.sku``, ``per product.category`` of a lookup of items. An empty text of any: ``per month``."""
    layout, lookups = resolver.context.layout, resolver.context.schema.lookups
    if groups.calendar_unit(per) is not None:
        return ""
    for name in outside_aggregates(per):
        owner = name.parts[0].text
        if len(name.parts) > 1:
            while owner in lookups:
                owner = lookups[owner].of
        if layout.is_relation(owner):
            return owner
    return None


def _warn_of_ties(resolver: Expressions, value: ir.Expr, node: ast.Expr, span: Span, at: int) -> None:
    """Whoever has no rows has a count or a sum of 0, and all of those tie; unless nobody is without."""
    aggregate = _one_aggregate(resolver, value, converted=True)
    if aggregate is None or aggregate.function not in _FILLED:
        return
    narrowed = any(part is not None for part in (aggregate.period, aggregate.where, aggregate.per))
    if resolver.hints and (narrowed or not resolver.context.layout.everybody_has(aggregate.row.of)):
        resolver.context.report(warnings.ties_at_zero(span, node.span.on_one_line, at))
