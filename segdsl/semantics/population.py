"""`overall(A)`: an aggregate over everyone's rows, or over the customers themselves.

In goes what was written and where it stands, out comes an `ir.Overall` (around it, the text of a place for ordered texts). It
is read with no row around.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segdsl.errors import names as name_errors
from segdsl.errors import population as errors
from segdsl.records import replace
from segdsl.semantics import aggregates, ir, names, numbers
from segdsl.semantics.context import unknown
from segdsl.semantics.mentions import outside_aggregates
from segdsl.semantics.names import Scope
from segdsl.semantics.walk import walk_rows
from segdsl.source import Span
from segdsl.syntax import ast
from segdsl.types import BOOL, INT, Kind

if TYPE_CHECKING:
    from segdsl.semantics.expressions import Expressions

_BY_TIME = frozenset({"first", "last", "streak"})


def overall(resolver: Expressions, node: ast.Aggregate, scope: Scope) -> ir.Expr:
    context, inner, entity = resolver.context, node.value, resolver.context.layout.entity
    if scope.permits.aggregates != "any":
        return context.wrong(name_errors.schema_scope(node.span, scope.permits.where, "`overall`"))
    for part in (node.alias, node.period, node.where, *node.sequences, node.per, node.extra):
        if part is not None:
            return context.wrong(errors.overall_extra(part.span))
    alone = scope.alone(context.layout, "`overall`")
    if not isinstance(inner, ast.Aggregate) or inner.function == "overall":
        value = resolver.expr(inner, alone)
        if value.type.is_unknown:
            return unknown(node.span)
        bare = isinstance(inner, ast.Name) and value.type.is_number
        text = inner.span.text if inner.span.text.startswith(f"{entity}.") else f"{entity}.{inner.span.text}"
        return context.wrong(errors.overall_of_what(inner.span, text, entity, bare))
    found = _over_entity(resolver, inner, alone) if _speaks_of_entity(inner, resolver) else None
    if found is None:
        loose = _loose(resolver, inner, alone)
        if loose is not None:
            return context.wrong(errors.overall_names(loose.span, entity, loose.text))
        found = _once_for_each(resolver, aggregates.aggregate(resolver, inner, alone))
    asked = _of_the_customer(found, ir.Row(0, entity))
    if asked is not None:
        return context.wrong(errors.overall_group(asked, entity))
    return _wrapped(found)


def _once_for_each(resolver: Expressions, found: ir.Expr) -> ir.Expr:
    """The aggregate, if each row can be counted once for everyone whose it is."""
    rows = found.args[0] if isinstance(found, ir.Call) else found
    if isinstance(rows, ir.Aggregate) and not aggregates.is_once_for_each(rows, resolver.context):
        return unknown(found.span)
    return found


def _of_the_customer(found: ir.Expr, entity: ir.Row) -> Span | None:
    """Where what is asked of groups of everybody's rows is about a customer: whose, nobody can say."""
    if not isinstance(found, ir.Aggregate) or found.having is None:
        return None
    for node in walk_rows(found.having):
        match node:
            case ir.Use() | ir.Past() | ir.Rank() | ir.PairRank() | ir.RankValue():
                return node.span
            case ir.FieldRef(row=row) | ir.NoRow(row=row) | ir.TraitColumn(row=row) | ir.Aggregate(outer=row):
                if row == entity:
                    return node.span
            case _:
                pass
    return None


def _wrapped(found: ir.Expr) -> ir.Expr:
    """The aggregate of everyone's, inside of what makes a text of a place."""
    match found:
        case ir.Aggregate():
            return ir.Overall(found, type=found.type, optional=found.optional, span=found.span)
        case ir.Call(overload="label", args=(ir.Aggregate() as places,)):
            return replace(found, args=(_wrapped(places),))
        case _:
            assert found.type.is_unknown, found
            return found


def _speaks_of_entity(node: ast.Aggregate, resolver: Expressions) -> bool:
    """Is it of the customers themselves: ``count(customer)``, ``avg(customer.points)``?"""
    layout = resolver.context.layout
    heads = [[part.text for part in name.parts] for name in outside_aggregates(node.value)]
    if any(layout.is_relation(words[0]) or _is_rows(words, resolver) for words in heads):
        return False
    return any(words[0] == layout.entity for words in heads)


def _is_rows(words: list[str], resolver: Expressions) -> bool:
    layout = resolver.context.layout
    return words[0] == layout.entity and len(words) > 1 and layout.is_relation(words[1])


def _loose(resolver: Expressions, node: ast.Aggregate, alone: Scope) -> ast.Name | None:
    """The first name of a value of the customer that does not say so: ``overall(avg(points))``."""
    if node.function in aggregates.ROWS:
        return None
    found = list(outside_aggregates(node.value))
    layout = resolver.context.layout
    if not found or any(layout.is_relation(name.parts[0].text) for name in found):
        return None
    first = found[0]
    name = first.parts[0].text
    known = names.bare_field(name, alone, layout) is not None or (
        resolver.definitions is not None and len(first.parts) == 1 and resolver.definitions.knows(name)
    )
    return first if known else None


def _over_entity(resolver: Expressions, node: ast.Aggregate, alone: Scope) -> ir.Expr:
    context, function, entity = resolver.context, node.function, resolver.context.layout.entity
    if node.period is not None:
        return context.wrong(errors.overall_period(node.period.span, entity))
    if function in _BY_TIME:
        return context.wrong(errors.overall_function(node.span, function, entity))
    for part in (node.alias, *node.sequences, node.per, node.having):
        if part is not None:
            return context.wrong(errors.overall_period(part.span, entity))
    counts = function in aggregates.ROWS
    if counts and not (isinstance(node.value, ast.Name) and len(node.value.parts) == 1):
        return context.wrong(name_errors.count_of_value(node.value.span, function))
    where = None if node.where is None else resolver.condition(node.where, alone)
    value = None if counts else resolver.expr(node.value, alone)
    if (where is not None and where.type.is_unknown) or (value is not None and value.type.is_unknown):
        return unknown(node.span)
    percent = aggregates.percent_of(resolver, node, alone)
    if percent is None:
        return unknown(node.span)
    if value is not None and value.type.kind is Kind.WHOLE:
        value = numbers.to_int(value, context)
    row = ir.Row(0, entity)
    found = ir.Aggregate(function, row, row, value, None, where, span=node.span)
    if value is None:
        return replace(found, type=INT if function == "count" else BOOL)
    return aggregates.of_value(resolver, found, value, percent)
