"""What a piece of the syntax tree names, before anything is resolved."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.syntax import ast
from segdsl.syntax.walk import children


def named(node: ast.Node) -> list[str]:
    """Every word that could name a definition: those of names with dots, and called names; in the order of the text."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        match part:
            case ast.Name():
                found.extend([word.text for word in part.parts])
            case ast.Call():
                found.append(part.name.text)
                waiting.extend(reversed(part.args))
            case _:
                waiting.extend(reversed(children(part)))
    return found


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
                waiting.extend(reversed(children(part)))
