"""Cuts the texts that nothing is wrong with into words, several times as fast as `segdsl.syntax.scan`.

In: a stretch of a text. Out: its `Words`, or None where there is anything in it that `segdsl.syntax.check` would have to look
at: then `scan` and `check` do. Whatever comes out here is what `scan` makes of it, and `check` finds nothing in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from segdsl.limits import Limits
from segdsl.syntax.check import HIDDEN, HIDDEN_IN_NAMES
from segdsl.syntax.scan import Lexeme, Sort
from segdsl.syntax.words import KNOWN_WORDS

NAME, NUMBER, STRING, QUOTED, DATE, INSTANT = "NAME", "NUMBER", "STRING", "QUOTED", "DATE", "INSTANT"
"""Kinds of words. Those that the language knows are kinds of their own, in lower case, and so is each sign."""
OTHER = "OTHER"
"""What stands in no text of the language."""


@dataclass(slots=True)
class Words:
    """The words, numbers, texts and signs of a stretch, comments aside: for each its kind, its text and its place."""

    kinds: list[str]
    texts: list[str]
    starts: list[int]
    ends: list[int]
    comments: list[tuple[str, int, bool]]
    """Of each its text, where it begins, and whether nothing stands before it on its line."""


# A sign or number that is followed by what could make something else of the two matches none of these, and nothing does.
_PATTERN = re.compile(
    rf"""
    ([ \t\r\n]*+)
    ( [A-Za-z_][A-Za-z0-9_]*+
    | (?:0|[1-9][0-9]*+(?:_[0-9]++)*+)(?:\.[0-9]++)?+(?![A-Za-z0-9_.]|[/-][0-9])
    | <=?(?!>) | >=? | =(?![=<>!]) | !=(?!=) | [(),%+] | \*(?!\*) | -(?!-) | /(?![*/]) | \.(?![0-9]) | :(?!=)
    | "[^"\\\n{HIDDEN}]*+" | '[^'\\\n{HIDDEN}]*+'
    | [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?![A-Za-z0-9_:.-]|[ \t]+[0-9])
    | `[^`\n{HIDDEN_IN_NAMES}]++`
    | \#[^\n{HIDDEN}]*+(?=\r*(?:\n|\Z))
    | [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[Tt][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]++)?+)?+
      (?:[Zz]|[+-][0-9]{{2}}:[0-9]{{2}})(?![A-Za-z0-9_:.])
    | (?=.)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_SIGNS = ("=", "!=", "<=", "<", ">=", ">", "+", "-", "*", "/", "(", ")", ",", ".", ":", "%")
_KINDS = {word: word for word in (*KNOWN_WORDS, *_SIGNS)}
_STRING_MARKS = "\"'"


def words_of(text: str, start: int, end: int, limits: Limits) -> Words | None:
    """The words of a stretch that begins a line, if they are beyond doubt."""
    kinds: list[str] = []
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    comments: list[tuple[str, int, bool]] = []
    at, first = start, True
    for blank, word in _PATTERN.findall(text, start, end):
        at += len(blank)
        kind = _KINDS.get(word)
        if kind is None:
            if not word:
                return None
            mark = word[0]
            if mark.isalpha() or mark == "_":
                kind = _KINDS.get(word.lower(), NAME)
            elif mark.isdigit():
                kind = NUMBER if word[4:5] != "-" else DATE if len(word) == 10 else INSTANT
            elif mark == "#":
                comments.append((word, at, first or "\n" in blank))
                at += len(word)
                first = False
                continue
            else:
                kind = STRING if mark in _STRING_MARKS else QUOTED
        kinds.append(kind)
        texts.append(word)
        starts.append(at)
        at += len(word)
        ends.append(at)
        first = False
    if len(kinds) > limits.tokens or _may_be_deep(kinds, limits):
        return None
    return Words(kinds, texts, starts, ends, comments)


def _may_be_deep(kinds: Sequence[str], limits: Limits) -> bool:
    """Whether there are as many brackets or conditions as could be too many, wherever they stand."""
    count = kinds.count
    if count("and") + count("or") >= limits.terms:
        return True
    return count("(") + count("not") + count("-") > limits.nesting and _levels(kinds) > limits.nesting


def _levels(kinds: Sequence[str]) -> int:
    """At least as many as `check` counts: brackets within each other, and all that may stand before one."""
    level = deepest = prefixes = 0
    for kind in kinds:
        if kind == "(":
            level += 1
        elif kind == ")":
            level -= level > 0
        prefixes = prefixes + 1 if kind in ("not", "-") else 0
        deepest = max(deepest, level + prefixes)
    return deepest


def words_from(lexemes: Sequence[Lexeme]) -> Words:
    """The same of lexemes that have been checked."""
    words = [lexeme for lexeme in lexemes if lexeme.sort is not Sort.COMMENT]
    return Words(
        [_kind(lexeme) for lexeme in words],
        [lexeme.text for lexeme in words],
        [lexeme.start for lexeme in words],
        [lexeme.end for lexeme in words],
        [],
    )


def _kind(lexeme: Lexeme) -> str:
    match lexeme.sort:
        case Sort.WORD:
            return _KINDS.get(lexeme.word, NAME)
        case Sort.SIGN:
            return lexeme.text
        case sort:
            return _SORTS.get(sort, OTHER)


_SORTS = {
    Sort.NUMBER: NUMBER,
    Sort.STRING: STRING,
    Sort.QUOTED: QUOTED,
    Sort.DATE: DATE,
    Sort.INSTANT: INSTANT,
}
