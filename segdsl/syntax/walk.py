"""Going over a syntax tree without recursion, whatever its shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from segdsl.syntax import ast


def children(node: ast.Node) -> list[ast.Node]:
    """The nodes directly below a node, in the order of its fields."""
    found: list[ast.Node] = []
    for name in _PARTS[type(node)]:
        value: object = getattr(node, name)
        if isinstance(value, ast.Node):
            found.append(value)
        elif isinstance(value, tuple):
            waiting: list[object] = [value]
            while waiting:
                part = waiting.pop()
                if isinstance(part, ast.Node):
                    found.append(part)
                elif isinstance(part, tuple):
                    waiting.extend(reversed(part))
    return found


_LEAVES = ("str", "bool", "Decimal", "frozenset[str]")
"""As the fields of nodes are annotated that hold none."""
_PARTS = {
    cls: tuple(field.name for field in fields(cls) if field.name != "span" and field.type not in _LEAVES)
    for cls in vars(ast).values()
    if isinstance(cls, type) and issubclass(cls, ast.Node)
}
"""The fields of each class of nodes in which there may be others."""


def walk(node: ast.Node) -> Iterator[ast.Node]:
    """The node and all below it, each before what is below it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        if _PARTS[type(current)]:
            waiting.extend(reversed(children(current)))


def depth(node: ast.Node) -> int:
    """How many levels a tree has; 1 for a node with none below."""
    deepest = 0
    waiting = [(node, 1)]
    while waiting:
        current, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in children(current))
    return deepest
