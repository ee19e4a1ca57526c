"""What texts match: one text and one word, and two words that no text satisfies at once.

In go a word (``contains``, ``starts with``, ``ends with``, ``matches``) and what stands behind it. ``matches`` is left open.
"""

from __future__ import annotations

from typing import TypeAlias

from segdsl.semantics import ir

Said: TypeAlias = tuple[str, str, bool]
"""A word, what stands behind it, and whether it holds."""


def fits(text: object, word: str, needle: str) -> bool | None:
    """Does a text match? None: not known."""
    if not isinstance(text, str):
        return None
    match word:
        case "contains":
            return needle in text
        case "starts with":
            return text.startswith(needle)
        case "ends with":
            return text.endswith(needle)
        case _:
            return None


def is_made_by(value: ir.Expr, part: object) -> bool:
    """Can a text be part of what a function makes? `lower` leaves no capital of the ASCII letters."""
    if not (isinstance(value, ir.Call) and isinstance(part, str)):
        return True
    if value.overload == "lower":
        return not any("A" <= letter <= "Z" for letter in part)
    return value.overload != "upper" or not any("a" <= letter <= "z" for letter in part)


def matches_apart(one: Said, other: Said) -> bool:
    """Can no text satisfy both?"""
    word, needle, holds = one
    other_word, other_needle, others = other
    if not holds:
        return False
    if not others:
        return (word, needle) == (other_word, other_needle) or _says(word, needle, other_word, other_needle)
    if word != other_word:
        return False
    if word == "starts with":
        return not (needle.startswith(other_needle) or other_needle.startswith(needle))
    if word == "ends with":
        return not (needle.endswith(other_needle) or other_needle.endswith(needle))
    return False


def _says(word: str, needle: str, other_word: str, other_needle: str) -> bool:
    """Does every text that matches the one match the other as well?"""
    if word == "matches" or other_word == "matches":
        return False
    if other_word == "contains":
        return other_needle in needle
    return word == other_word and bool(fits(needle, other_word, other_needle))
