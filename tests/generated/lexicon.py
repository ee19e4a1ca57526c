"""How six products divide a text into words, names, texts, numbers and signs, by their manuals' chapters about it.

Written apart from sqlglot and from `segdsl.backends.sql`, so that what those write is judged by something else. `tokens` raises
`ValueError` for what the product would not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf

_C = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SIGNS = re.compile(r"<=|>=|<>|!=|\|\||::|->>|->|=>|&&|@>|<@|[-+*/%=<>(),.;\[\]~^&|?:@!#{}$]")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")


@dataclass(frozen=True)
class Token:
    """``text`` as it is written; ``value`` what a text or a name between quotes is."""

    kind: OneOf["word", "name", "text", "number", "sign"]
    text: str
    value: str = ""


@dataclass(frozen=True)
class Lexicon:
    """``names``: what stands around a name; the closing sign twice is one of it. ``escapes``: what follows a backslash in a text, and what
    both are then (None: a backslash is a character); ``hexadecimal``: letters behind which so many digits stand; ``others``: what a
    backslash before anything else does. ``doubled``: two quotes are one. ``lines``: a text may go over a line's end. ``prefixes``: what
    may stand directly before a text. ``comments``: what begins one."""

    url: str
    names: tuple[str, str] = ('"', '"')
    escaped_names: bool = False
    escapes: Mapping[str, str] | None = None
    hexadecimal: Mapping[str, int] = field(default_factory=dict)
    octal: bool = False
    others: OneOf["refused", "without the backslash"] = "refused"
    doubled: bool = True
    lines: bool = True
    prefixes: tuple[str, ...] = ()
    comments: tuple[str, ...] = ("--", "/*")

    def tokens(self, text: str) -> list[Token]:
        return list(self._tokens(text))

    def _tokens(self, text: str) -> Iterator[Token]:
        at = 0
        opening, closing = self.names
        while at < len(text):
            if text[at] in " \n":
                at += 1
                continue
            if any(text.startswith(comment, at) for comment in self.comments):
                raise ValueError(f"a comment at {at}: {text[at : at + 30]!r}")
            start = at
            if text[at] == "'" or any(text.startswith(f"{prefix}'", at) for prefix in self.prefixes):
                at = text.index("'", at)
                value, at = self._quoted(text, at + 1, "'", escaped=self.escapes is not None, doubled=self.doubled)
                if not self.lines and ("\n" in text[start:at] or "\r" in text[start:at]):
                    raise ValueError(f"a line ends in a text at {start}")
                yield Token("text", text[start:at], value)
            elif text[at] == opening:
                value, at = self._quoted(
                    text, at + 1, closing, escaped=self.escaped_names, doubled=not self.escaped_names
                )
                if not value:
                    raise ValueError(f"an empty name at {start}")
                yield Token("name", text[start:at], value)
            elif found := _NUMBER.match(text, at):
                at = found.end()
                if _WORD.match(text, at):
                    raise ValueError(f"a word begins within a number at {start}")
                yield Token("number", found[0])
            elif found := _WORD.match(text, at):
                at = found.end()
                yield Token("word", found[0])
            elif found := _SIGNS.match(text, at):
                at = found.end()
                yield Token("sign", found[0])
            else:
                raise ValueError(f"nothing known at {at}: {text[at : at + 30]!r}")

    def _quoted(self, text: str, at: int, closing: str, *, escaped: bool, doubled: bool) -> tuple[str, int]:
        """The value from ``at`` on, and where what follows the closing quote is."""
        value: list[str] = []
        while at < len(text):
            character = text[at]
            if character == closing:
                if not (doubled and text.startswith(closing, at + 1)):
                    return "".join(value), at + 1
                value.append(closing)
                at += 2
            elif character == "\\" and escaped:
                made, at = self._escaped(text, at + 1)
                value.append(made)
            else:
                value.append(character)
                at += 1
        raise ValueError("a quote without its end")

    def _escaped(self, text: str, at: int) -> tuple[str, int]:
        assert self.escapes is not None
        character = text[at : at + 1]
        if self.octal and (found := re.compile("[0-3][0-7]{2}").match(text, at)):
            return chr(int(found[0], 8)), found.end()
        if character in self.hexadecimal:
            end = at + 1 + self.hexadecimal[character]
            digits = text[at + 1 : end]
            if re.fullmatch(f"[0-9a-fA-F]{{{self.hexadecimal[character]}}}", digits) is None:
                raise ValueError(f"no digits behind \\{character} at {at}")
            return chr(int(digits, 16)), end
        if character in self.escapes:
            return self.escapes[character], at + 1
        if not character or self.others == "refused":
            raise ValueError(f"no escape: \\{character} at {at}")
        return character, at + 1


LEXICA: Mapping[str, Lexicon] = {
    "snowflake": Lexicon(
        "https://docs.snowflake.com/en/sql-reference/data-types-text#string-constants",
        escapes={**_C, "'": "'", '"': '"', "\\": "\\", "0": "\0"},
        hexadecimal={"x": 2, "u": 4},
        octal=True,
        others="without the backslash",
        comments=("--", "//", "/*"),
    ),
    "bigquery": Lexicon(
        "https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical",
        names=("`", "`"),
        escaped_names=True,
        escapes={**_C, "a": "\a", "v": "\v", "\\": "\\", "?": "?", '"': '"', "'": "'", "`": "`"},
        hexadecimal={"x": 2, "X": 2, "u": 4, "U": 8},
        octal=True,
        doubled=False,
        lines=False,
        comments=("--", "#", "/*"),
    ),
    "redshift": Lexicon(
        "https://docs.aws.amazon.com/redshift/latest/dg/r_names.html",
        escapes={**_C, "'": "'", "\\": "\\"},
        octal=True,
        others="without the backslash",
    ),
    "databricks": Lexicon(
        "https://docs.databricks.com/en/sql/language-manual/data-types/string-type.html#literals",
        names=("`", "`"),
        escapes={"b": "\b", "n": "\n", "r": "\r", "t": "\t", "'": "'", '"': '"', "\\": "\\", "0": "\0", "Z": "\x1a"},
        hexadecimal={"u": 4, "U": 8},
        octal=True,
        others="without the backslash",
        doubled=False,
    ),
    "trino": Lexicon("https://trino.io/docs/current/language/types.html#varchar"),
    "tsql": Lexicon(
        "https://learn.microsoft.com/en-us/sql/t-sql/data-types/constants-transact-sql",
        names=("[", "]"),
        prefixes=("N",),
    ),
}
"""By the dialect's name."""
