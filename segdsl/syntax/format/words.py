"""How single words and signs are written: keywords in lower case, double quotes, units that agree with their number.

In: a token. Out: its text. What it means stays the same; names and numbers stay as written.
"""

from __future__ import annotations

import re

from lark import Token

from segdsl.syntax.build import singular

_AS_WRITTEN = frozenset(("NAME", "QUOTED", "MEMBER", "NUMBER", "DATE"))


def written(token: Token) -> str:
    """
    >>> written(Token("STRING", "'it\\\\'s'")), written(Token("WHERE", "WHERE")), written(Token("PERCENT", "10 %"))
    ('"it\\'s"', 'where', '10%')
    """
    match token.type:
        case "STRING":
            return _quoted(token)
        case "PERCENT":
            return token.rstrip("%").rstrip() + "%"
        case "INSTANT":
            return token.upper()
        case kind if kind in _AS_WRITTEN:
            return str(token)
        case _:
            return token.lower()


_QUOTE = re.compile(r'\\(.)|(")', re.DOTALL)


def _quoted(text: str) -> str:
    """In double quotes, unless there are any inside, which would have to be escaped."""
    if text.startswith('"'):
        return str(text)
    inner = text[1:-1]
    if any(match[2] for match in _QUOTE.finditer(inner)):
        return str(text)
    return '"' + _QUOTE.sub(lambda match: "'" if match[1] == "'" else match[0], inner) + '"'


def agreeing(amount: Token, unit: Token) -> Token:
    """``1 days`` as ``1 day``, ``30 day`` as ``30 days``."""
    word = singular(unit)
    return unit.update(value=word if amount == "1" else word + "s")
