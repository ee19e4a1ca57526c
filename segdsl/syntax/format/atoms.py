"""The words and signs of a definition with the comments that stand at them, and what these comments ask of lines.

In: a definition's lexemes, its file's comments. Out: an `Atom` for each word or sign, in order. A comment belongs to a place
between two atoms, and stays there: behind the first, at the end of its line, or on lines of its own before the second.

``# allow SEG801`` silences what begins on its line (or, on a line of its own, on the next one). Whatever the layout, it must
silence just that, so the line it speaks of is kept: it begins and ends with the atoms that it began and ended with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from segdsl.source import Source
from segdsl.syntax.scan import Lexeme, Sort
from segdsl.syntax.words import DEFINITION_WORDS


@dataclass(slots=True)
class Atom:
    """``before``: comments on lines of their own; ``after``: one at the end of the line.

    ``breaks``: a line begins with it, whatever the layout; ``stays``: no line may.
    """

    start: int
    word: str
    before: list[str]
    after: str | None = None
    blank: bool = False
    """An empty line parts it from the comments before it."""
    breaks: bool = False
    stays: bool = False


def kept_lines(source: Source, lexemes: Sequence[Lexeme]) -> frozenset[int]:
    """The lines that comments allow something on."""
    return frozenset(
        source.position(lexeme.start)[0] + lexeme.first
        for lexeme in lexemes
        if lexeme.sort is Sort.COMMENT and allows(lexeme)
    )


_ALLOWS = re.compile(r"#\s*allow\s.*SEG\d", re.IGNORECASE)


def allows(comment: Lexeme) -> bool:
    """Does it silence findings?"""
    return _ALLOWS.match(comment.text) is not None


def comment_text(comment: Lexeme) -> str:
    return comment.text.rstrip()


def atoms_of(source: Source, lexemes: Sequence[Lexeme], kept: frozenset[int]) -> list[Atom]:
    """The atoms of one definition; it begins with a word."""
    atoms: list[Atom] = []
    waiting: list[Lexeme] = []
    line_before = 0
    for lexeme in lexemes:
        if lexeme.sort is Sort.COMMENT:
            if lexeme.first:
                waiting.append(lexeme)
            else:
                atoms[-1].after = comment_text(lexeme)
            continue
        if lexeme.text == "%":  # part of the number before it: `10 %`
            continue
        atom = Atom(lexeme.start, lexeme.word, [comment_text(comment) for comment in waiting])
        line = source.position(lexeme.start)[0]
        if atoms:
            starts = line != line_before
            atom.breaks = bool(waiting) or atoms[-1].after is not None
            atom.breaks |= starts and (line in kept or line_before in kept)
            # At the beginning of a line, such a word would begin another definition.
            atom.stays = not atom.breaks and (lexeme.word in DEFINITION_WORDS or (not starts and line in kept))
        if waiting and allows(waiting[-1]):
            atom.blank = source.text.count("\n", waiting[-1].end, lexeme.start) > 1
        atoms.append(atom)
        waiting = []
        line_before = line
    assert not waiting
    return atoms
