"""Definitions in colour, for html.

In: a text of the language, right or wrong. Out: the same text, escaped, its words, texts, numbers and comments in `span`s.
"""

from __future__ import annotations

from html import escape

from segdsl.display import html
from segdsl.syntax.scan import Lexeme, Sort, scan
from segdsl.syntax.words import AGGREGATES, DEFINITION_WORDS, RESERVED, UNITS

_WORDS = RESERVED | DEFINITION_WORDS | UNITS
_COLOURS = {
    Sort.COMMENT: html.COMMENT,
    Sort.STRING: html.TEXT,
    Sort.OPEN_STRING: html.TEXT,
    Sort.NUMBER: html.NUMBER,
    Sort.DATE: html.NUMBER,
    Sort.INSTANT: html.NUMBER,
}


def highlighted(text: str) -> str:
    """The text as html, for a ``pre``."""
    parts: list[str] = []
    at = 0
    before: Lexeme | None = None
    for lexeme in scan(text):
        parts += [escape(text[at : lexeme.start]), _shown(lexeme, before, text[lexeme.end : lexeme.end + 1])]
        at, before = lexeme.end, lexeme
    return "".join(parts) + escape(text[at:])


def _shown(lexeme: Lexeme, before: Lexeme | None, behind: str) -> str:
    colour = _COLOURS.get(lexeme.sort)
    if colour is not None:
        return html.coloured(lexeme.text, colour)
    after_dot = before is not None and before.text == "."
    if not after_dot and (lexeme.word in _WORDS or (lexeme.word in AGGREGATES and behind == "(")):
        return html.coloured(lexeme.text, html.KEYWORD, bold=True)
    return escape(lexeme.text)
