"""Texts and places in them.

A `Source` is one text that a person wrote (a ``.seg`` file, a project file, a bare condition); a `Span` is a
stretch of it. Offsets count code points from 0; lines and columns count from 1. Nothing here knows what the
text means.
"""

from __future__ import annotations

import re
import reprlib
from bisect import bisect_right
from dataclasses import field

from segdsl.records import record

_LINE_END = re.compile("\n")
_GAP_OR_QUOTED = re.compile(
    r"""("(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'|`[^`\n]+`)|(?:\s|\#[^\n]*)+""", re.VERBOSE
)
"""What stands in quotes, or blanks and comments between two words."""


@record(frozen=True, slots=True, eq=False)
class Source:
    """A named text. ``name`` is a path as the user gave it, or ``<condition>`` and the like."""

    name: str
    text: str
    _starts: tuple[int, ...] = field(default=(), repr=False, init=False)

    def __post_init__(self) -> None:
        starts = [0, *(found.end() for found in _LINE_END.finditer(self.text))]
        object.__setattr__(self, "_starts", tuple(starts))

    def __repr__(self) -> str:
        """A text may be long, and stands in the place of everything that was read from it."""
        return f"Source(name={self.name!r}, text={reprlib.repr(self.text)})"

    def position(self, offset: int) -> tuple[int, int]:
        """The (line, column) of an offset, both counted from 1."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its line end."""
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r")

    def offset(self, line: int, column: int) -> int:
        """The offset of a (line, column), clamped to the text."""
        line = max(1, min(line, len(self._starts)))
        return min(self._starts[line - 1] + max(0, column - 1), len(self.text))

    def span(self, start: int, end: int) -> Span:
        return Span(self, start, end)


@record(frozen=True, slots=True)
class Span:
    """``source.text[start:end]``. A span without a source is nowhere (made in Python, not written by a person)."""

    source: Source | None
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end] if self.source else ""

    @property
    def on_one_line(self) -> str:
        """The text with one blank for all that stands between two words, comments among it."""
        return _GAP_OR_QUOTED.sub(lambda found: found[1] or " ", self.text).strip()

    def to(self, other: Span) -> Span:
        """From the start of this one to the end of the other."""
        return Span(self.source, self.start, max(self.end, other.end))

    def describe(self) -> str:
        """``file:line:column``, or an empty text for nowhere."""
        if self.source is None:
            return ""
        line, column = self.source.position(self.start)
        return f"{self.source.name}:{line}:{column}"


NOWHERE = Span(None, 0, 0)
