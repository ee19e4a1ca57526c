"""Small facts about scalars: which columns they read, how large they are, conjuncts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from segdsl.semantics import ir
from segdsl.semantics.walk import children, rebuild


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
    if isinstance(expr, ir.Col):
        return column(expr)
    return rebuild(expr, lambda child: substitute(child, column))
