"""Cuts a text into lexemes, before any grammar: one pass, no recursion, whatever the text.

In: a text. Out: its `Lexeme` sequence (comments included, blanks left out). Lexemes that can stand in no text
(``==``, a curly quote, ``30days``) have kinds of their own, for `segdsl.syntax.check` to explain. This module knows
nothing of the grammar; it agrees with the grammar's terminals on where words, numbers and strings end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from segdsl.records import record


class Sort(Enum):
    COMMENT = "comment"
    STRING = "string"
    OPEN_STRING = "open_string"
    QUOTED = "quoted"
    OPEN_QUOTED = "open_quoted"
    INSTANT = "instant"
    DATE = "date"
    BAD_DATE = "bad_date"
    NUMBER = "number"
    BAD_NUMBER = "bad_number"
    WORD = "word"
    SLIP = "slip"
    SIGN = "sign"
    OTHER = "other"


@record(frozen=True, slots=True)
class Lexeme:
    """``first``: nothing but blanks stands before it on its line."""

    sort: Sort
    text: str
    start: int
    end: int
    first: bool

    @property
    def word(self) -> str:
        """The word in lower case; an empty text for anything but a word."""
        return self.text.lower() if self.sort is Sort.WORD else ""


_PATTERN = re.compile(
    r"""
    (?P<blank>[ \t\r\n]+)
  | (?P<comment>\#[^\n]*)
  | (?P<string>"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')
  | (?P<open_string>["'][^\n]*)
  | (?P<quoted>`[^`\n]+`)
  | (?P<open_quoted>`[^\n]*)
  | (?P<instant>[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?
      (?:[Zz]|[+-][0-9]{2}:[0-9]{2})(?![A-Za-z0-9_:.]))
  | (?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![A-Za-z0-9_:.-]))
  | (?P<bad_date>[0-9]{4}-[0-9][A-Za-z0-9_:.-]*(?:\+[0-9]{2}:?[0-9]*)?)
  | (?P<number>(?:0|[1-9][0-9]*(?:_[0-9]+)*)(?:\.[0-9]+)?(?![A-Za-z0-9_.]))
  | (?P<bad_number>[0-9](?:[A-Za-z0-9_.]|(?<=[eE])[+-](?=[0-9]))*|(?<![A-Za-z0-9_)`])\.[0-9][A-Za-z0-9_.]*)
  | (?P<word>[^\W0-9](?:\w|[\u0300-\u036f])*)
  | (?P<slip>/\*.*?(?:\*/|\Z)|//[^\n]*|--(?=[ \t\r\n]|\Z)[^\n]*|={2,3}|!==|=>|=<|=!|<>|&&?|\|\|?|\*\*|:=|~=|!(?!=))
  | (?P<sign>!=|<=|>=|[=<>+\-*/(),.:%])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def scan(text: str, start: int = 0, end: int | None = None) -> Iterator[Lexeme]:
    """The lexemes of a text or of whole lines of it, in order.

    >>> [lexeme.text for lexeme in scan('orders >= 1  # all')]
    ['orders', '>=', '1', '# all']
    """
    first = True
    for match in _PATTERN.finditer(text, start, len(text) if end is None else end):
        sort = match.lastgroup
        if sort == "blank":
            first = first or "\n" in match[0]
            continue
        assert sort is not None
        yield Lexeme(_SORTS[sort], match[0], match.start(), match.end(), first)
        first = sort == "slip" and "\n" in match[0]


_SORTS = {sort.value: sort for sort in Sort}
