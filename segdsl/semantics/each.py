"""`each of PERIOD has (C)` and `any of PERIOD has (C)`: the condition, put in once for each of several periods.

In goes what was written and where it stands, out comes an `ir.All` or `ir.Any`. To what the aggregates of C are restricted
is said by the scope in which C is read; those that are to be restricted are found by `segdsl.semantics.aggregates`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segdsl.errors import population as errors
from segdsl.records import replace
from segdsl.semantics import constants, ir, periods
from segdsl.semantics.context import unknown
from segdsl.semantics.names import Scope
from segdsl.syntax import ast

if TYPE_CHECKING:
    from segdsl.semantics.expressions import Expressions

MOST_PERIODS = 60


def each_of(resolver: Expressions, node: ast.EachOf, scope: Scope) -> ir.Expr:
    several = _several(resolver, node, scope)
    if not several:
        # The condition is read for what is wrong with it, whatever the periods should have been.
        resolver.condition(node.condition, scope)
        return unknown(node.span)
    items = tuple(resolver.condition(node.condition, replace(scope, within=period)) for period in several)
    if any(item.type.is_unknown for item in items):
        return unknown(node.span)
    each = ir.Each(node.period.span.on_one_line, several)
    if node.quantifier == "each":
        return ir.All(items, each, span=node.span)
    return ir.Any(items, each, span=node.span)


def _several(resolver: Expressions, node: ast.EachOf, scope: Scope) -> tuple[ir.Period, ...]:
    period, context = node.period, resolver.context
    match period:
        case ast.Rolling(direction=which):
            length = resolver.length(period.duration, scope)
        case ast.Calendar(which="previous" as which, unit=unit):
            count = 1 if period.count is None else resolver.whole(period.count, scope)
            length = None if count is None else constants.length(count, unit)
        case _:
            context.report(errors.each_period(period.span, node.quantifier))
            return ()
    if length is None:
        return ()
    if length.amount > MOST_PERIODS:
        context.report(errors.too_many_periods(period.span, length.amount, MOST_PERIODS))
        return ()
    return periods.parts(which, length, period.span, context)
