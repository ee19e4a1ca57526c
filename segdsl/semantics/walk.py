"""Children of a node of the typed tree, and the same node with other children. All passes share these two.

In goes a node, out come its direct children, or a node of the same class around changed ones. Nothing here knows what
a node means. The last arm of each ``match`` makes the type checker list what a new node still needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import assert_never

from segdsl.semantics import ir


def children(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """The direct children, in the order of the text."""
    match expr:
        case ir.Literal() | ir.Instant() | ir.FieldRef() | ir.TraitColumn() | ir.Use() | ir.NoRow() | ir.Col():
            return ()
        case ir.Call():
            return expr.args
        case ir.Convert() | ir.InRange() | ir.InList() | ir.InPeriod() | ir.Match() | ir.IsMissing() | ir.Truth():
            return (expr.value,)
        case ir.Bound():
            return (expr.value,)
        case ir.If():
            rest = () if expr.otherwise is None else (expr.otherwise,)
            return (expr.condition, expr.then, *rest)
        case ir.Aggregate():
            return tuple(part for part in (expr.value, expr.where) if part is not None)
        case ir.Compare():
            return (expr.left, expr.right)
        case ir.Between():
            return (expr.value, expr.low, expr.high)
        case ir.All() | ir.Any():
            return expr.items
        case ir.Not():
            return (expr.item,)
        case _:
            assert_never(expr)


def rebuild(expr: ir.Expr, change: Callable[[ir.Expr], ir.Expr]) -> ir.Expr:
    """The node with ``change`` applied to each direct child; the very same node when no child changes."""
    before = children(expr)
    if not before:
        return expr
    after = tuple(change(child) for child in before)
    if all(new is old for new, old in zip(after, before, strict=True)):
        return expr
    match expr:
        case ir.Literal() | ir.Instant() | ir.FieldRef() | ir.TraitColumn() | ir.Use() | ir.NoRow() | ir.Col():
            return expr
        case ir.Call():
            return replace(expr, args=after)
        case ir.Convert() | ir.InRange() | ir.InList() | ir.InPeriod() | ir.Match() | ir.IsMissing() | ir.Truth():
            return replace(expr, value=after[0])
        case ir.Bound():
            return replace(expr, value=after[0])
        case ir.If():
            return replace(expr, condition=after[0], then=after[1], otherwise=after[2] if len(after) == 3 else None)
        case ir.Aggregate():
            rest = list(after)
            value = rest.pop(0) if expr.value is not None else None
            where = rest.pop(0) if expr.where is not None else None
            return replace(expr, value=value, where=where)
        case ir.Compare():
            return replace(expr, left=after[0], right=after[1])
        case ir.Between():
            return replace(expr, value=after[0], low=after[1], high=after[2])
        case ir.All() | ir.Any():
            return replace(expr, items=after)
        case ir.Not():
            return replace(expr, item=after[0])
        case _:
            assert_never(expr)


def walk(expr: ir.Expr) -> Iterator[ir.Expr]:
    """The node and all below it, each before its children; without recursion."""
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))
