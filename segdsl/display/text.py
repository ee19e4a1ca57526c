"""Texts in columns of a terminal: how wide they are, cut and padded by what is seen rather than by characters."""

from __future__ import annotations

import unicodedata

_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
"""They melt emoji into one, or choose how one is drawn; what that makes of the width, terminals do not agree on."""


def printable(text: str) -> str:
    """Without what could move the cursor or turn the direction of a line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text if c not in _JOINERS)


def one_line(text: str) -> str:
    """With a blank for each run of them, line ends included."""
    return " ".join(text.split())


def character_width(character: str) -> int:
    """In cells of a terminal.

    >>> [character_width(c) for c in ("a", "é", "\u0301", "語", "🛒")]
    [1, 1, 0, 2, 2]
    """
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me") or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width(text: str) -> int:
    """In cells of a terminal."""
    return len(text) if text.isascii() else sum(map(character_width, text))


def left(text: str, cells: int) -> str:
    """Filled up on the right."""
    return text + " " * (cells - width(text))


def right(text: str, cells: int) -> str:
    """Filled up on the left."""
    return " " * (cells - width(text)) + text


def cut(text: str, cells: int, mark: str = "…") -> str:
    """No wider than so many cells; ``mark`` stands for what is left out.

    >>> cut("Lapsed customers", 9), cut("日本語", 5)
    ('Lapsed c…', '日本…')
    """
    if width(text) <= cells:
        return text
    room, kept = cells - width(mark), ""
    if room < 0:
        return mark[:cells]
    for character in text:
        room -= character_width(character)
        if room < 0:
            break
        kept += character
    return kept.rstrip() + mark
