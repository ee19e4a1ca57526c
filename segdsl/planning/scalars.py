"""Small facts about expressions and scalars: which columns and rows they read, how large they are, conjuncts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from segdsl.semantics import ir
from segdsl.semantics.walk import children, rebuild
from segdsl.types import BOOL


def reads(expr: ir.Expr) -> Iterator[str]:
    """The uids of the columns that a scalar reads, each as often as it stands there."""
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, ir.Col):
            yield node.name
        else:
            stack.extend(reversed(children(node)))


def size(expr: ir.Expr) -> int:
    """How many nodes it has."""
    count, stack = 0, [expr]
    while stack:
        node = stack.pop()
        count += 1
        stack.extend(children(node))
    return count


def conjuncts(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """The parts of a condition that all have to hold."""
    if isinstance(expr, ir.All):
        return tuple(part for item in expr.items for part in conjuncts(item))
    if isinstance(expr, ir.Literal) and expr.value is True:
        return ()
    return (expr,)


def conjunction(parts: Iterable[ir.Expr]) -> ir.Expr | None:
    """The condition that all parts hold; None where there is none."""
    items = tuple(parts)
    if not items:
        return None
    return items[0] if len(items) == 1 else ir.All(items)


def substitute(expr: ir.Expr, column: Callable[[ir.Col], ir.Expr]) -> ir.Expr:
    """With every column replaced."""

    def changed(node: ir.Expr) -> ir.Expr:
        return column(node) if isinstance(node, ir.Col) else settled(rebuild(node, changed))

    return changed(expr)


def settled(expr: ir.Expr) -> ir.Expr:
    """Of a value that turns out to be a condition, there is nothing to ask but that: what is missing has been dealt with in it."""
    if isinstance(expr, ir.Truth) and isinstance(expr.value, ir.CONDITIONS):
        return ir.Not(expr.value, span=expr.span) if expr.negated else expr.value
    return expr


def is_condition(expr: ir.Expr) -> bool:
    """Is the node a condition (true or false), rather than a value of type BOOL?"""
    match expr:
        case ir.Aggregate(function=function):
            return function in ("any", "none")
        case ir.Use() | ir.RowUse():
            return expr.type == BOOL and not expr.optional
        case ir.Past():
            return is_condition(expr.value)
        case ir.Overall():
            return expr.aggregate.function in ("any", "none")
        case ir.Literal(value=value):
            return isinstance(value, bool)
        case _:
            return isinstance(expr, ir.CONDITIONS)


def positive(expr: ir.Expr) -> ir.Expr:
    """``coalesce(x, 0) >= 1`` is ``x >= 1``: where 0 does not satisfy a comparison, a missing x may stay missing."""
    if not isinstance(expr, ir.Compare):
        return expr
    left, right = expr.left, expr.right
    if (
        isinstance(left, ir.Call)
        and left.overload == "coalesce"
        and len(left.args) == 2
        and isinstance(left.args[1], ir.Literal)
        and left.args[1].value == 0
        and isinstance(right, ir.Literal)
        and isinstance(right.value, int | Decimal)
    ):
        satisfied = {
            "=": right.value == 0,
            "!=": right.value != 0,
            "<": right.value > 0,
            "<=": right.value >= 0,
            ">": right.value < 0,
            ">=": right.value <= 0,
        }[expr.operator]
        if not satisfied:
            return ir.Compare(expr.operator, left.args[0], right, span=expr.span)
    return expr


def free_rows(expr: ir.Expr, entity: ir.Row) -> frozenset[ir.Row]:
    """The rows that an expression is about: all that it names but those that it brings in itself."""
    found: set[ir.Row] = set()
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        match node:
            case ir.FieldRef(row=row) | ir.NoRow(row=row) | ir.TraitColumn(row=row) | ir.RowUse(row=row):
                found.add(row)
            case ir.GroupValue(row=row):
                found.add(row)
            case ir.Use() | ir.Past() | ir.Rank() | ir.PairRank() | ir.RankValue():
                found.add(entity)
            case ir.Overall():
                pass
            case ir.Aggregate(row=row, outer=outer):
                group = ir.Row(row.depth, row.of, grouped=True)
                inside = (free_rows(part, entity) for part in children(node))
                found.update({outer}.union(*inside) - {row, group})
            case ir.Follow(row=row, inner=inner):
                found.update((row, entity))
                found.update(set().union(*(free_rows(part, entity) for part in children(node))) - {inner})
            case ir.Previous(row=row):
                found.add(row)
                waiting.append(node.value)
            case _:
                waiting.extend(children(node))
    return frozenset(found)
