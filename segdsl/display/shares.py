"""Shares of a whole: as percentages that people read, and as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

BLOCKS = "▏▎▍▌▋▊▉█"
"""Eighths of a cell, the last of them whole."""

SIGNS = ".:#"
"""The same where there are no blocks."""

_MOST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: 0.1234 in data formats, 12.3% to people.

    Who reads 0% or 100% may rely on it: near both ends there are as many digits as it takes.

    >>> [str(Share(part, 10_000)) for part in (0, 4, 1234, 9996, 10_000)]
    ['0.0%', '0.04%', '12.3%', '99.96%', '100.0%']
    """

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    def __str__(self) -> str:
        if not self.whole:
            return ""
        if self.part in (0, self.whole):
            return f"{100 * self.part // self.whole}.0%"
        percent = 100 * Fraction(self.part, self.whole)
        for digits in range(1, _MOST_DIGITS + 1):
            shown = _rounded(percent, digits)
            if shown not in (_rounded(Fraction(0), digits), _rounded(Fraction(100), digits)):
                return f"{shown}%"
        smallest = f"0.{'1'.rjust(_MOST_DIGITS, '0')}%"
        return f"<{smallest}" if percent < 1 else f">99.{'9' * _MOST_DIGITS}%"


def _rounded(number: Fraction, digits: int) -> str:
    """Half to even, exactly: a float could fall on the other side."""
    scaled = str(round(number * 10**digits)).rjust(digits + 1, "0")
    return f"{scaled[:-digits]}.{scaled[-digits:]}"


@dataclass(frozen=True, slots=True)
class Bar:
    """A share to look at, in tables for people alone."""

    part: int
    whole: int

    def drawn(self, cells: int, glyphs: Sequence[str] = BLOCKS) -> str:
        """At most so many cells. Only nothing has an empty bar, and only everything a full one.

        ``glyphs``: a cell filled ever more, the last of them whole.

        >>> Bar(1, 2).drawn(5), Bar(1, 1000).drawn(5), Bar(0, 1000).drawn(5)
        ('██▌', '▏', '')
        """
        if not self.whole or not self.part:
            return ""
        levels = len(glyphs)
        filled = round(Fraction(self.part * cells * levels, self.whole))
        filled = max(filled, 1) if self.part < self.whole else cells * levels
        if self.part < self.whole:
            filled = min(filled, cells * levels - 1)
        whole, rest = divmod(filled, levels)
        return glyphs[-1] * whole + (glyphs[rest - 1] if rest else "")
