"""The one walker of the typed tree: the expressions right below a node, and the node made anew with others in their place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from segdsl.semantics import ir


def children(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """The expressions right below a node, from left to right."""
    match expr:
        case ir.Literal() | ir.Instant() | ir.FieldRef() | ir.TraitColumn() | ir.Use() | ir.NoRow() | ir.Col():
            return ()
        case ir.Call(args=args):
            return args
        case ir.All(items=items) | ir.Any(items=items):
            return items
        case ir.Not(item=item):
            return (item,)
        case (
            ir.Convert(value=value)
            | ir.InRange(value=value)
            | ir.InList(value=value)
            | ir.InPeriod(value=value)
            | ir.Match(value=value)
            | ir.IsMissing(value=value)
            | ir.Truth(value=value)
            | ir.Bound(value=value)
        ):
            return (value,)
        case ir.Compare(left=left, right=right):
            return (left, right)
        case ir.Between(value=value, low=low, high=high):
            return (value, low, high)
        case ir.If(condition=condition, then=then, otherwise=otherwise):
            return (condition, then) if otherwise is None else (condition, then, otherwise)
        case ir.Aggregate(value=inner, where=where):
            return tuple(part for part in (inner, where) if part is not None)
        case _:
            assert_never(expr)


def rebuild(expr: ir.Expr, visit: Callable[[ir.Expr], ir.Expr]) -> ir.Expr:
    """The node with ``visit`` applied to each of its children; the node itself where nothing changed."""
    old = children(expr)
    new = tuple(visit(child) for child in old)
    if all(a is b for a, b in zip(old, new, strict=True)):
        return expr
    match expr:
        case ir.Literal() | ir.Instant() | ir.FieldRef() | ir.TraitColumn() | ir.Use() | ir.NoRow() | ir.Col():
            return expr
        case ir.Call():
            return replace(expr, args=new)
        case ir.All() | ir.Any():
            return replace(expr, items=new)
        case ir.Not():
            return replace(expr, item=new[0])
        case (
            ir.Convert()
            | ir.InRange()
            | ir.InList()
            | ir.InPeriod()
            | ir.Match()
            | ir.IsMissing()
            | ir.Truth()
            | ir.Bound()
        ):
            return replace(expr, value=new[0])
        case ir.Compare():
            return replace(expr, left=new[0], right=new[1])
        case ir.Between():
            return replace(expr, value=new[0], low=new[1], high=new[2])
        case ir.If():
            return replace(expr, condition=new[0], then=new[1], otherwise=new[2] if len(new) > 2 else None)
        case ir.Aggregate():
            parts = list(new)
            value = parts.pop(0) if expr.value is not None else None
            where = parts.pop(0) if expr.where is not None else None
            return replace(expr, value=value, where=where)
        case _:
            assert_never(expr)
