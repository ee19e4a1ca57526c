"""Children of a node of the typed tree, and the same node with other children. All passes share these two.

In goes a node, out come its direct children, or a node of the same class around changed ones. Nothing here knows what
a node means. The last arm of each ``match`` makes the type checker list what a new node still needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never, cast

from segdsl.semantics import ir

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def children(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """The direct children, in the order of the text."""
    match expr:
        case (
            ir.Literal()
            | ir.Instant()
            | ir.FieldRef()
            | ir.TraitColumn()
            | ir.Use()
            | ir.RowUse()
            | ir.GroupValue()
            | ir.NoRow()
            | ir.Col()
        ):
            return ()
        case ir.Call():
            return expr.args
        case (
            ir.Convert()
            | ir.InRange()
            | ir.InList()
            | ir.InPeriod()
            | ir.Match()
            | ir.ListHas()
            | ir.Anniversary()
            | ir.IsMissing()
            | ir.Truth()
            | ir.Bound()
            | ir.Previous()
            | ir.Past()
        ):
            return (expr.value,)
        case ir.If():
            rest = () if expr.otherwise is None else (expr.otherwise,)
            return (expr.condition, expr.then, *rest)
        case ir.Aggregate():
            return _present(expr.value, expr.where, expr.per, expr.having)
        case ir.Follow():
            return _present(expr.where)
        case ir.Overall():
            return (expr.aggregate,)
        case ir.Rank() | ir.RankValue():
            return _present(expr.value, expr.per, expr.among)
        case ir.PairRank():
            return _present(expr.aggregate, expr.by, expr.having, expr.among)
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
        case ir.Call():
            return replace(expr, args=after)
        case ir.All() | ir.Any():
            return replace(expr, items=after)
        case _:
            parts = iter(after)
            named: dict[str, object] = {
                name: next(parts) for name in _PARTS[type(expr)] if getattr(expr, name) is not None
            }
            return cast(ir.Expr, replace(cast("DataclassInstance", expr), **named))


def _present(*parts: ir.Expr | None) -> tuple[ir.Expr, ...]:
    return tuple(part for part in parts if part is not None)


_PARTS: dict[type[ir.Node], tuple[str, ...]] = {
    **dict.fromkeys(
        (
            ir.Convert,
            ir.InRange,
            ir.InList,
            ir.InPeriod,
            ir.Match,
            ir.ListHas,
            ir.Anniversary,
            ir.IsMissing,
            ir.Truth,
            ir.Bound,
            ir.Previous,
            ir.Past,
        ),
        ("value",),
    ),
    ir.If: ("condition", "then", "otherwise"),
    ir.Aggregate: ("value", "where", "per", "having"),
    ir.Follow: ("where",),
    ir.Overall: ("aggregate",),
    ir.Rank: ("value", "per", "among"),
    ir.RankValue: ("value", "per", "among"),
    ir.PairRank: ("aggregate", "by", "having", "among"),
    ir.Compare: ("left", "right"),
    ir.Between: ("value", "low", "high"),
    ir.Not: ("item",),
}
"""The parts of a node in the order in which `children` gives them, those that may be None included."""


ALONE = (ir.Past, ir.Overall, ir.Rank, ir.RankValue, ir.PairRank)
"""What is read for the entity, or for everyone, with no row around it."""


def walk_rows(expr: ir.Expr) -> Iterator[ir.Expr]:
    """Like `walk`, but without what is read with no row around: the rows in there are no rows of out here."""
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ALONE):
            waiting.extend(reversed(children(node)))


def walk(expr: ir.Expr) -> Iterator[ir.Expr]:
    """The node and all below it, each before its children; without recursion."""
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))
