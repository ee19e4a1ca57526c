"""Going over a syntax tree without recursion, whatever its shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from segdsl.syntax import ast


def children(node: ast.Node) -> Iterator[ast.Node]:
    """The nodes directly below a node, in the order of its fields."""
    for field in fields(node):
        waiting = [] if field.name == "span" else [getattr(node, field.name)]
        while waiting:
            value = waiting.pop()
            if isinstance(value, ast.Node):
                yield value
            elif isinstance(value, tuple):
                waiting.extend(reversed(value))


def walk(node: ast.Node) -> Iterator[ast.Node]:
    """The node and all below it, each before what is below it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(list(children(current))))


def depth(node: ast.Node) -> int:
    """How many levels a tree has; 1 for a node with none below."""
    deepest = 0
    waiting = [(node, 1)]
    while waiting:
        current, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in children(current))
    return deepest
