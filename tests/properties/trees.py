"""Texts as trees, so that a failing one can be made smaller: pieces, the types that they have, and what can be left out of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from segdsl.types import BOOL, UNKNOWN, Type

CLAUSE = UNKNOWN
"""The type of a piece that is no expression, such as a period or a ``where`` with its condition."""


@dataclass(frozen=True, slots=True)
class T:
    """A piece of text and its type; ``atomic``: it can stand anywhere without parentheses; ``spare``: what it is a part of makes
    sense without it."""

    type: Type
    parts: tuple[str | T, ...]
    atomic: bool = True
    spare: bool = False

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def inner(self) -> str | T:
        """As an operand."""
        return self if self.atomic else T(self.type, ("(", self, ")"))

    def children(self) -> Iterator[T]:
        return (part for part in self.parts if isinstance(part, T))

    def descendants(self) -> Iterator[T]:
        for child in self.children():
            yield child
            yield from child.descendants()


Parts: TypeAlias = tuple[str | T, ...]


def clause(*parts: str | T) -> T:
    """Something that may be left out."""
    return T(CLAUSE, parts, spare=True)


def joined(word: str, items: Sequence[T]) -> T:
    """Conditions, one of which may be left out."""
    parts: list[str | T] = []
    for item in items:
        parts += [word, item.inner] if parts else [item.inner]
    return T(BOOL, tuple(parts), atomic=False)


def smaller(tree: T) -> Iterator[T]:
    """The tree with a part replaced by one of its own parts of the same sort, or left out."""
    for part in tree.descendants():
        if part.type.kind is tree.type.kind:
            yield part
    for index, part in enumerate(tree.parts):
        if isinstance(part, str):
            continue
        before, after = tree.parts[:index], tree.parts[index + 1 :]
        if part.spare:
            yield T(tree.type, (*before, *after), tree.atomic, tree.spare)
        elif before and before[-1] in (" and ", " or "):
            yield T(tree.type, (*before[:-1], *after), tree.atomic, tree.spare)
        elif not before and after and after[0] in (" and ", " or "):
            yield T(tree.type, after[1:], tree.atomic, tree.spare)
        for less in smaller(part):
            yield T(tree.type, (*before, less, *after), tree.atomic, tree.spare)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
