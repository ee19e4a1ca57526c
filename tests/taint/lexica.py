"""How each engine divides a statement into words, names, texts, numbers and signs: of the generated ones as
`generated.lexicon` has it from their manuals, of the others here. Nothing of sqlglot or of segdsl takes part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from generated.lexicon import LEXICA as GENERATED
from generated.lexicon import Lexicon

_C = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_DATE = re.compile(r" /\* [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+ \*/")


@dataclass(frozen=True)
class AfterE(Lexicon):
    """A backslash escapes in a text behind the letter E, and is a character in any other."""

    def _quoted(self, text: str, at: int, closing: str, *, escaped: bool, doubled: bool) -> tuple[str, int]:
        behind = closing == "'" and text[at - 2 : at - 1] in ("E", "e")
        return super()._quoted(text, at, closing, escaped=behind, doubled=doubled)


@dataclass(frozen=True)
class BothWays(Lexicon):
    """A quote inside of quotes is escaped, or stands there twice, in names too."""

    def _quoted(self, text: str, at: int, closing: str, *, escaped: bool, doubled: bool) -> tuple[str, int]:
        return super()._quoted(text, at, closing, escaped=True, doubled=True)


@dataclass(frozen=True)
class Dated(Lexicon):
    """A comment may hold the date that a number stands for, and nothing else."""

    comments: tuple[str, ...] = ("--", "/*")

    def tokens(self, text: str) -> list:  # type: ignore[type-arg]
        pieces = [super(Dated, self).tokens(piece) for piece in _outside(text)]
        return [token for piece in pieces for token in piece]


def _outside(text: str) -> list[str]:
    """What stands between such comments; one inside a text or a name is none."""
    pieces, start, quote = [], 0, ""
    at = 0
    while at < len(text):
        character = text[at]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif found := _DATE.match(text, at):
            pieces.append(text[start:at])
            at = start = found.end()
            continue
        at += 1
    return [*pieces, text[start:]]


_POSTGRES = {**_C, "'": "'", "\\": "\\"}
_MYSQL = {"b": "\b", "n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a", "'": "'", '"': '"', "\\": "\\"}
_SPARK = {
    "b": "\b",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "0": "\0",
    "Z": "\x1a",
    "'": "'",
    '"': '"',
    "\\": "\\",
    "%": "\\%",
    "_": "\\_",
}
_CLICKHOUSE = {
    **_C,
    "0": "\0",
    "a": "\a",
    "v": "\v",
    "e": "\x1b",
    "'": "'",
    '"': '"',
    "`": "`",
    "\\": "\\",
    "/": "/",
    "=": "=",
}

LEXICA: Mapping[str, Lexicon] = {
    **GENERATED,
    "duckdb": AfterE("https://duckdb.org/docs/sql/data_types/literal_types", escapes=_POSTGRES, prefixes=("E", "e")),
    "postgres": AfterE(
        "https://www.postgresql.org/docs/current/sql-syntax-lexical.html",
        escapes=_POSTGRES,
        hexadecimal={"u": 4, "U": 8},
        prefixes=("E", "e"),
    ),
    "sqlite": Dated("https://www.sqlite.org/lang_expr.html#literal_values_constants_"),
    "mysql": Lexicon(
        "https://dev.mysql.com/doc/refman/8.4/en/string-literals.html",
        names=("`", "`"),
        escapes=_MYSQL,
        others="without the backslash",
        comments=("-- ", "#", "/*"),
        prefixes=("_utf8mb4", "N", "n"),
    ),
    "clickhouse": BothWays(
        "https://clickhouse.com/docs/sql-reference/syntax",
        escapes=_CLICKHOUSE,
        hexadecimal={"x": 2},
    ),
    "spark": Lexicon(
        "https://spark.apache.org/docs/latest/sql-ref-literals.html",
        names=("`", "`"),
        escapes=_SPARK,
        hexadecimal={"u": 4},
        octal=True,
        others="without the backslash",
        doubled=False,
    ),
    "datafusion": Lexicon("https://datafusion.apache.org/user-guide/sql/"),
}
"""By the dialect's name."""
