"""Files as nobody writes them: random blanks, line breaks, comments, quotes and letter case wherever the language leaves a choice.

In: the text of a file without comments, a `random.Random`. Out: a text that reads the same (mostly: what no longer parses is for
the caller to drop), and what a comment's place is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from segdsl.syntax.scan import Lexeme, Sort, scan
from segdsl.syntax.words import DEFINITION_WORDS, RESERVED

BLANKS = (" ", " ", "  ", "\t", "\n", "\r\n    ", "\n\n", " \n \t\n  ")
COMMENTS = (
    "#",
    "# why",
    "#",
    "#why ",
    "#\ttabs\t",
    '# "quoted',
    "# ünïcode …",
    "# a # b",
    "# segment x where y",
    "# allow",
)


def scrambled(text: str, random: Random, findings: Sequence[tuple[str, int]]) -> str:
    """``findings``: codes that some comments allow, and the words (by number) that they point at."""
    maker = _Maker(random, [code for code, _ in findings] or ["SEG801"], density=random.choice((2, 8, 30)))
    allowed = {at: code for code, at in findings if random.random() < 0.5}
    lexemes = list(scan(text))
    parts = [maker.between_definitions() if random.random() < 0.3 else ""]
    for at, lexeme in enumerate(lexemes):
        before = lexemes[at - 1] if at else None
        if before is not None and lexeme.word not in DEFINITION_WORDS and at - 1 in allowed and lexeme.text != "%":
            parts.append(f" # allow {allowed[at - 1]}\n")
        elif before is not None and lexeme.word not in DEFINITION_WORDS and at in allowed and random.random() < 0.5:
            parts.append(f"\n# allow {allowed[at]}\n")
        elif before is not None:
            parts.append(maker.gap(text[before.end : lexeme.start], before, lexeme))
        parts.append(maker.spelt(lexeme))
    parts.append(random.choice(("", "\n", "\n\n\n", "  # end", "\n# end", "\r\n\r\n  # end\r\n")))
    return "".join(parts)


@dataclass(frozen=True)
class _Maker:
    random: Random
    codes: Sequence[str]
    density: int
    """Of a hundred gaps, so many hold comments."""

    def gap(self, written: str, before: Lexeme, lexeme: Lexeme) -> str:
        if lexeme.text == "%":
            return self.random.choice(("", " ", "\t"))
        if lexeme.word in DEFINITION_WORDS:
            begins = lexeme.first and before.word != "override"
            return self.between_definitions() if begins else written
        roll = self.random.randrange(100)
        if roll < self.density:
            return self.comments()
        if roll < 50:
            return written
        if roll < 60 and (before.sort is Sort.SIGN or lexeme.sort is Sort.SIGN):
            return ""
        return self.random.choice(BLANKS)

    def comments(self) -> str:
        first = self.random.choice(("", " ", "   ", "\n", "\n\n  ", "\r\n"))
        text = first + self.comment()
        while self.random.random() < 0.3:
            text += self.random.choice(("\n", "\n  ", "\n\n", "\r\n")) + self.comment()
        return text + self.random.choice(("\n", "\n    ", "\r\n", "\n\n"))

    def between_definitions(self) -> str:
        text = self.comments() if self.random.randrange(100) < 2 * self.density else ""
        return text + self.random.choice(("\n", "\n\n", "\n\n\n", "\r\n", "\n  "))

    def comment(self) -> str:
        if self.random.random() < 0.4:
            return f"# allow {self.random.choice(self.codes)}"
        return self.random.choice(COMMENTS)

    def spelt(self, lexeme: Lexeme) -> str:
        text = lexeme.text
        if lexeme.word in RESERVED and self.random.random() < 0.1:
            return text.upper()
        if lexeme.sort is Sort.STRING and not set(text[1:-1]) & set("\"'\\") and self.random.random() < 0.3:
            return f"'{text[1:-1]}'"
        return text


@dataclass(frozen=True)
class Placed:
    """A comment, how many words and signs stand before it, and whether one of them does so on its line."""

    text: str
    words: int
    own_line: bool


def placed_comments(text: str) -> list[Placed]:
    words = 0
    found: list[Placed] = []
    for lexeme in scan(text):
        if lexeme.sort is Sort.COMMENT:
            found.append(Placed(lexeme.text.rstrip(), words, lexeme.first))
        else:
            words += 1
    return found


def word_at(text: str, offset: int) -> int:
    """Which word or sign of a text an offset points at."""
    return sum(lexeme.start < offset for lexeme in scan(text) if lexeme.sort is not Sort.COMMENT)
