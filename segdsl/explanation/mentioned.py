"""Which parameters a text mentions, itself or by way of the definitions that it names.

In go syntax trees and all names of a library, out come names of parameters. The typed tree has their values, but of most no
names: of a length of time, a percentage, a list.
"""

from __future__ import annotations

from collections.abc import Iterable

from segdsl.semantics.link import Namespace
from segdsl.semantics.mentions import named
from segdsl.syntax import ast


def mentioned(namespace: Namespace, roots: Iterable[ast.Node]) -> tuple[str, ...]:
    """In the order in which they are met."""
    params = namespace.params
    by_short = _row_traits(namespace)
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting: list[ast.Node] = list(reversed(list(roots)))
    while waiting:
        for name in dict.fromkeys(named(waiting.pop())):
            if name in params:
                found.setdefault(name)
            for full in (name, *by_short.get(name, ())):
                if full in namespace.entries and full not in seen and full not in params:
                    seen.add(full)
                    waiting.append(namespace.entries[full].node)
    return tuple(found)


def _row_traits(namespace: Namespace) -> dict[str, list[str]]:
    """The full names of traits of relations, by the name without the dot."""
    found: dict[str, list[str]] = {}
    for (_, name), full in namespace.row_traits.items():
        found.setdefault(name, []).append(full)
    return found
