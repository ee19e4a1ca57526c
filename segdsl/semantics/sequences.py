"""Rows in the order of time: the one before, and what came before or after.

In go `previous(x)` and the steps behind the condition of an aggregate, out come `ir.Previous` and `ir.Follow`. Both look at
all rows of the customer that show, whatever the aggregate around keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segdsl.errors import names as name_errors
from segdsl.errors import rows as errors
from segdsl.errors import types as type_errors
from segdsl.semantics import around, ir
from segdsl.semantics.constants import DAY
from segdsl.semantics.context import unknown
from segdsl.semantics.names import Scope
from segdsl.semantics.periods import LONGEST_SHIFT
from segdsl.semantics.walk import walk_rows
from segdsl.syntax import ast
from segdsl.types import Kind

if TYPE_CHECKING:
    from segdsl.semantics.expressions import Expressions


def previous(resolver: Expressions, node: ast.Call, scope: Scope) -> ir.Expr:
    """``previous(x)``"""
    context, span, row = resolver.context, node.span, scope.row
    if scope.permits.where:
        return context.wrong(name_errors.schema_scope(span, scope.permits.where, "the row before"))
    if len(node.args) != 1:
        return context.wrong(name_errors.argument_count(span, "previous", "one argument", len(node.args)))
    if scope.group is not None:
        return context.wrong(errors.no_group_before(span))
    if scope.owner != row.of or not context.layout.is_relation(row.of):
        return context.wrong(errors.no_row_before(span))
    if context.layout.time(row.of) is None:
        return context.wrong(name_errors.no_time(span, row.of, errors.NONE_BEFORE))
    if not around.is_told_apart(row.of, errors.NONE_BEFORE, span, context):
        return unknown(span)
    value = resolver.expr(node.args[0], scope)
    if value.type.is_unknown:
        return unknown(span)
    own = {row}
    for part in walk_rows(value):
        match part:
            case ir.Aggregate():
                read = part.outer
                own.update((part.row, ir.Row(part.row.depth, part.row.of, grouped=True)))
            case ir.Follow():
                read = part.row
                own.add(part.inner)
            case ir.FieldRef() | ir.TraitColumn() | ir.NoRow() | ir.RowUse() | ir.Previous() | ir.GroupValue():
                read = part.row
            case _:
                continue
        if read.depth and read not in own:
            return context.wrong(errors.previous_of_other(part.span, row.of))
    return ir.Previous(row, value, type=value.type, optional=True, span=span)


def steps(resolver: Expressions, nodes: tuple[ast.Sequence, ...], scope: Scope) -> tuple[ir.Expr, ...] | None:
    """The conditions that the steps behind a row's condition are. None where one is wrong."""
    found = [_step(resolver, node, scope) for node in nodes]
    return None if any(step.type.is_unknown for step in found) else tuple(found)


def _step(resolver: Expressions, node: ast.Sequence, scope: Scope) -> ir.Expr:
    context, layout, span, row = resolver.context, resolver.context.layout, node.span, scope.row
    if scope.permits.where:
        return context.wrong(name_errors.schema_scope(span, scope.permits.where, "sequences"))
    words = [part.text for part in node.relation.parts]
    if len(words) == 2 and words[0] == layout.entity:
        del words[0]
    if len(words) != 1 or not layout.is_relation(words[0]):
        if len(words) == 1 and words[0] not in (layout.entity, *context.schema.lookups):
            return context.wrong(name_errors.unknown_relation(node.relation.span, words[0], context.schema.relations))
        relations = context.schema.relations
        return context.wrong(errors.sequence_of(node.relation.span, node.relation.text, relations))
    inner = ir.Row(scope.depth + 1, words[0])
    ordered = _is_ordered(resolver, node, row.of, inner.of)
    within, measured = _within(resolver, node, inner.of, scope)
    alias = around.alias(node, scope, context)
    inside = scope.inside(inner, alias=alias)
    if alias is not None:
        inside = inside.behind_alias()
    period = None if node.period is None else resolver.period(node.period, inside)
    where = None if node.where is None else resolver.condition(node.where, inside)
    around.doubt_which(resolver, node, inner.of, scope)
    further = steps(resolver, node.sequences, inside)
    if not (ordered and measured) or further is None or (node.period is not None and period is None):
        return unknown(span)
    if where is not None and where.type.is_unknown:
        return unknown(span)
    kept = joined(further if where is None else (where, *further))
    found = ir.Follow(row, inner, node.direction == "followed", period, kept, within, span=span)
    return ir.Not(found, span=span) if node.negated else found


def joined(parts: tuple[ir.Expr, ...]) -> ir.Expr | None:
    """The condition of rows that several make together."""
    if len(parts) > 1:
        return ir.All(parts, span=parts[0].span)
    return parts[0] if parts else None


def _is_ordered(resolver: Expressions, node: ast.Sequence, first: str, second: str) -> bool:
    """Can the rows of two relations be put in the order of time? A finding if not."""
    context, layout = resolver.context, resolver.context.layout
    if not around.is_told_apart(first, errors.NONE_FOLLOWS, node.span, context):
        return False
    times = layout.time(first), layout.time(second)
    for relation, time in zip((first, second), times, strict=True):
        if time is None:
            context.report(name_errors.no_time(node.span, relation, errors.NONE_FOLLOWS))
            return False
    assert times[0] is not None
    assert times[1] is not None
    if times[0].type.kind is not times[1].type.kind:
        dated = first if times[0].type.kind is Kind.DATE else second
        context.report(errors.sequence_times(node.relation.span, first, second, dated))
        return False
    return True


def _within(resolver: Expressions, node: ast.Sequence, relation: str, scope: Scope) -> tuple[int | None, bool]:
    """How long after, in microseconds, and whether that could be told."""
    if node.within is None:
        return None, True
    context, span = resolver.context, node.within.span
    length = resolver.length(node.within, scope)
    if length is None:
        return None, False
    if length.months:
        context.report(errors.months_within(span, length.text))
        return None, False
    if length.micros > LONGEST_SHIFT:
        context.report(type_errors.beyond_calendar(span))
        return None, False
    time = context.layout.time(relation)
    if time is not None and time.type.kind is Kind.DATE and length.micros % DAY:
        context.report(errors.hours_within(span))
        return None, False
    return length.micros, True
