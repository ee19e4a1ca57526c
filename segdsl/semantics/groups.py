"""Groups of rows: by what they are made, and what can be said of one.

In go `per E` in a row's scope and `having C` in that of the aggregate, out come their typed nodes. In `having` a name means
what it means in a row of the group, as far as the rows of the group have that in common: E itself, and what they all belong
to. Aggregates over the relation's own name, over what descends from it, or over bare fields of it go over the group.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from segdsl.errors import names as name_errors
from segdsl.errors import rows as errors
from segdsl.errors import types as type_errors
from segdsl.records import replace
from segdsl.semantics import around, calls, ir, names, numbers, periods
from segdsl.semantics.context import Context, unknown
from segdsl.semantics.layout import Layout
from segdsl.semantics.mentions import outside_aggregates
from segdsl.semantics.names import Group, Scope
from segdsl.semantics.walk import ALONE, rebuild, walk_rows
from segdsl.source import Span
from segdsl.syntax import ast
from segdsl.types import DATE, INT, Kind

if TYPE_CHECKING:
    from segdsl.semantics.expressions import Expressions

_STREAK_STEPS = {"day": 1, "week": 7, "month": 1, "quarter": 3, "year": 1}
"""How far apart the numbers of two units are that follow one another."""
_FIRST_DAY = date(1970, 1, 1)
_FIRST_MONDAY = date(1969, 12, 29)


# -- by what ------------------------------------------------------------------------------------------------------


def group(resolver: Expressions, per: ast.Expr, scope: Scope) -> Group | None:
    """What stands behind `per`, in the scope of a row; None, and a finding, where nothing can be grouped by it."""
    context = resolver.context
    unit = calendar_unit(per)
    if unit is None:
        value = resolver.expr(per, scope)
    else:
        time = time_of(scope, per.span, context)
        value = unknown(per.span) if time is None else calls.start_of(unit, time, per.span, context)
    if value.type.is_unknown:
        return None
    if value.type.kind is Kind.FLOAT:
        context.report(type_errors.float_per(per.span))
        return None
    if value.type.kind is Kind.LIST:
        context.report(errors.group_of(per.span, value.type))
        return None
    return Group(per, value, scope)


def by(made: Group, context: Context) -> ir.Expr:
    """The value of which each group has one: a whole number as an int."""
    return numbers.to_int(made.value, context) if made.value.type.kind is Kind.WHOLE else made.value


def calendar_unit(node: ast.Expr | None) -> str | None:
    """``per month``: the word alone, not in backquotes."""
    match node:
        case ast.Name(parts=(ast.Identifier(text=text, quoted=False),)) if text in periods.CALENDAR_UNITS:
            return text
        case _:
            return None


def time_of(scope: Scope, span: Span, context: Context) -> ir.Expr | None:
    """When the row of a scope happened; None, and a finding, where that is not known."""
    layout, row = context.layout, scope.row
    owner = row.of
    path: ir.Path = ()
    field = layout.time(owner)
    if field is None:
        context.report(name_errors.no_time(span, owner, "they are in no day, month or year"))
        return None
    while context.schema.relations[owner].time is None:
        step = ir.Step("parent", context.schema.relations[owner].parent)
        if not layout.has_one(owner, step):
            context.report(name_errors.several_parents(span, owner, step.to))
            return None
        owner, path = step.to, (*path, step)
    return ir.FieldRef(row, path, owner, field, type=field.type, optional=field.optional, span=span)


def streak_unit(unit: str, scope: Scope, span: Span, context: Context) -> tuple[ir.Expr, int] | None:
    """The number of the calendar unit in which a row happened, and how far apart those of two are that touch."""
    time = time_of(scope, span, context)
    if time is None:
        return None
    match unit:
        case "day":
            number = _days_from(_FIRST_DAY, periods.as_day(time, span), span, context)
        case "week":
            number = _days_from(_FIRST_MONDAY, calls.start_of("week", time, span, context), span, context)
        case "year":
            number = calls.call("year", (time,), span, context)
        case "quarter":
            number = _months(calls.start_of("quarter", time, span, context), span, context)
        case _:
            number = _months(time, span, context)
    return numbers.to_int(number, context), _STREAK_STEPS[unit]


def _days_from(first: date, day: ir.Expr, span: Span, context: Context) -> ir.Expr:
    return calls.call("days_between", (ir.Literal(first, type=DATE, span=span), day), span, context)


def _months(time: ir.Expr, span: Span, context: Context) -> ir.Expr:
    year, month = (calls.call(part, (time,), span, context) for part in ("year", "month"))
    twelve = ir.Literal(12, type=INT, span=span)
    return numbers.arithmetic("+", numbers.arithmetic("*", year, twelve, span, context), month, span, context)


# -- what is said of one ------------------------------------------------------------------------------------------


def having(
    resolver: Expressions,
    node: ast.Expr,
    made: Group,
    row: ir.Row,
    outer: ir.Row,
    scope: Scope,
    alias: str | None = None,
) -> ir.Expr:
    """A condition about the groups of the rows ``row`` that an aggregate has which stands in ``scope``."""
    over = scope.over_group(replace(row, grouped=True), outer, made, alias)
    return resolver.condition(node, over)


def read(resolver: Expressions, node: ast.Expr, scope: Scope) -> ir.Expr | None:
    """What stands behind `per`, or a name, where a group is spoken of; None for what is read like anywhere else."""
    here = scope.group
    if here is not None:
        row = scope.rows[-1]
        if node == here.per:
            return _common(here, row, node.span, resolver.context)
        if isinstance(node, ast.Name):
            if len(node.parts) == 1 and node.parts[0].text in scope.arguments:
                return None
            value = resolver.expr(node, here.scope)
            return value if value.type.is_unknown else shared(resolver, value, node, row, scope)
        if _may_be(node, here.per) and resolver.tried(node, here.scope) == here.value:
            return _common(here, row, node.span, resolver.context)
        return None
    for row, made in scope.groups.items():
        if (
            _may_be(node, made.per)
            and not isinstance(node, ast.Name)
            and _is_all_of(node, row, scope, resolver.context.layout)
            and resolver.tried(node, made.scope) == made.value
        ):
            return _common(made, row, node.span, resolver.context)
    return None


def _may_be(node: ast.Expr, per: ast.Expr) -> bool:
    """Could a value be what groups were made by? ``per month`` may be asked for as ``start_of(month, …)``."""
    return type(node) is type(per) or (isinstance(node, ast.Call) and calendar_unit(per) is not None)


def unit_of_group(name: str, scope: Scope, layout: Layout) -> str | None:
    """How a row says what the groups around it were made by, where that was a unit of the calendar of this name."""
    for made in scope.groups.values():
        relation = layout.schema.relations.get(made.scope.row.of)
        if calendar_unit(made.per) == name and relation is not None and relation.time is not None:
            return f"start_of({name}, {relation.name}.{relation.time})"
    return None


def _is_all_of(node: ast.Expr, row: ir.Row, scope: Scope, layout: Layout) -> bool:
    """Does a value name one row around alone?"""
    named = list(outside_aggregates(node))
    return bool(named) and all(
        len(name.parts) > 1
        and names.head(name.parts[0].text, scope, layout) is None
        and (found := names.row_around(name.parts[0].text, scope, layout)) is not None
        and found.row == row
        for name in named
    )


def _common(made: Group, row: ir.Row, span: Span, context: Context) -> ir.Expr:
    return ir.GroupValue(row, type=by(made, context).type, span=span)


def shared(resolver: Expressions, value: ir.Expr, node: ast.Expr, row: ir.Row, scope: Scope) -> ir.Expr:
    """A value of a row of the group ``row``, if all of its rows have that in common; a finding if not."""
    context, layout = resolver.context, resolver.context.layout
    moved = _moved(value, row, scope, context)
    if moved is None:
        made = scope.groups[row]
        own = made.scope.row.of
        name, per = (part.span.on_one_line for part in (node, made.per))
        timed = layout.time(own) is not None
        functions = ("sum", "min", "max", "distinct") if not isinstance(value, ir.NoRow) else ()
        suited = [function for function in functions if names.suits(function, value.type, timed)][:2]
        first, dot, rest = name.partition(".")
        of = f"{own}.{rest}" if dot and made.scope.aliases.get(first) == made.scope.row else name
        return context.wrong(errors.group_has_no_row(node.span, name, own, per, [f"{f}({of})" for f in suited]))
    for part in walk_rows(moved):
        match part:
            case ir.FieldRef(row=read) | ir.NoRow(row=read) | ir.RowUse(row=read):
                if not around.is_seen(read, scope, node.span, context):
                    return unknown(node.span)
            case _:
                pass
    return moved


def _moved(value: ir.Expr, row: ir.Row, scope: Scope, context: Context) -> ir.Expr | None:
    """A value of a row of the group, said of what its rows have in common; None where they have not."""
    made, layout = scope.groups[row], context.layout
    if value == made.value:
        return _common(made, row, value.span, context)
    own, outer = made.scope.row, scope.outers[row]
    up = layout.way_up(own.of, outer.of)
    wrong = False

    def change(node: ir.Expr) -> ir.Expr:
        nonlocal wrong
        if isinstance(node, ALONE):
            return node
        match node:
            case ir.FieldRef() | ir.TraitColumn() | ir.NoRow() | ir.RowUse() if node.row == own:
                if node.path[: len(up)] != up:
                    wrong = True
                    return node
                rest = node.path[len(up) :]
                if outer.grouped:
                    further = _moved(replace(node, row=scope.groups[outer].scope.row, path=rest), outer, scope, context)
                    wrong |= further is None
                    return further or node
                way = scope.way(outer, layout)
                if way is None:
                    return replace(node, row=outer, path=rest)
                return replace(node, row=scope.row, path=(*way, *rest))
            case ir.Aggregate() if node.outer == own:
                wrong = True
                return node
            case ir.Previous() if node.row == own:
                wrong = True
                return node
            case _:
                return rebuild(node, change)

    moved = change(value)
    return None if wrong else moved
