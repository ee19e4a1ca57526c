"""What a piece of the syntax tree names, before anything is resolved."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.syntax import ast
from segdsl.syntax.walk import children, walk


def named(node: ast.Node) -> Iterator[str]:
    """Every word that could name a definition: those of names with dots, and called names."""
    for part in walk(node):
        match part:
            case ast.Name():
                yield from (word.text for word in part.parts)
            case ast.Call():
                yield part.name.text
            case _:
                pass


def outside_aggregates(node: ast.Node) -> Iterator[ast.Name]:
    """The names of a value, but those inside aggregates in it, which speak of other rows; in the order of the text."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        match part:
            case ast.Name():
                yield part
            case ast.Aggregate() | ast.Rank() | ast.RankValue() | ast.EachOf():
                continue
            case ast.Call(name=ast.Identifier(text="start_of"), args=(ast.Name(), *times)):
                # Its unit is a word of the language.
                waiting.extend(reversed(times))
            case _:
                waiting.extend(reversed(list(children(part))))
