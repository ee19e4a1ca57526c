"""Texts and names of users in the products' own spelling: read by their rules, they are what they were, and nothing else changed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from backends import check, read_schema
from generated.lexicon import LEXICA, Token
from golden.test_golden import AS_OF
from hypothesis import given
from hypothesis import strategies as st

from segdsl import pipeline
from segdsl.backends.sql import names
from segdsl.backends.sql.dialect import Generated
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.backends.sql.text import write
from segdsl.semantics import ir
from segdsl.types import STRING, Kind

GENERATED = tuple(name for name, dialect in DIALECTS.items() if isinstance(dialect.proof, Generated))
ALL = pytest.mark.parametrize("dialect", GENERATED)
HOSTILE = (
    "",
    "'",
    "''",
    "\\",
    "\\\\",
    "\\'",
    "\\' OR 1=1 -- ",
    "' OR 1=1 -- ",
    "'; DROP TABLE customers; --",
    '"',
    '"; --',
    "`",
    "]",
    "[x]",
    "$",
    "$$",
    "${env:HOME}",
    "&variable",
    "&&x",
    "$1",
    "%s %% %(x)s",
    "?",
    ":1",
    ":name",
    "@p",
    "{{ x }}",
    "/* x */",
    "-- x",
    "# x",
    "// x",
    "line\nend",
    "line\rend",
    "tab\tend",
    "\x08\x0c\x0b\x07\x1b\x7f",
    "\\n\\t\\x41\\u0041\\101",
    "e\u0301 é ß İ",
    "\u2028\u2029\u00a0\ufeff",
    "😀👩‍👧",
    "\U0010ffff",
    "trailing \\",
    "N'x'",
    "E'x'",
    "r'x'",
    " ",
)
SCHEMA = """
[entity]
table = "customers"
key = "id"
fields = {{ id = "int", word = {{ type = "string", column = {column} }} }}
"""
_ONE = re.compile(r"CHR|CHAR|NCHAR", re.IGNORECASE)


def value(tokens: Sequence[Token]) -> str:
    """The text that a constant is: one between quotes, or several pieces, of which some may be characters by number."""
    pieces: list[str] = []
    rest = list(tokens)
    if rest[0].text == "CONCAT":
        assert rest[1].text == "(" and rest[-1].text == ")", rest
        del rest[:2], rest[-1]
    while rest:
        if rest[0].kind == "text":
            pieces.append(rest.pop(0).value)
        else:
            function, opening, number, closing = rest[:4]
            assert _ONE.fullmatch(function.text) and opening.text == "(" and closing.text == ")", rest
            pieces.append(chr(int(number.text)))
            del rest[:4]
        if rest:
            assert rest.pop(0).text in ("||", "+", ","), rest
    return "".join(pieces)


def spelled(dialect: str, text: str) -> str:
    """The constant in the dialect's words."""
    target = DIALECTS[dialect]
    node = target.literals[Kind.STRING](text, STRING)
    written = write(names.exp.select(node), target.sqlglot).removeprefix("SELECT").strip()
    return written.removeprefix("CAST(").removesuffix(" AS VARBINARY(MAX))")


def flat(tokens: Sequence[Token]) -> list[str]:
    return [token.text for token in tokens]


@ALL
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_itself(dialect: str, text: str) -> None:
    assert value(LEXICA[dialect].tokens(spelled(dialect, text))) == text


@ALL
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20))
def test_any_text_is_itself(dialect: str, text: str) -> None:
    assert value(LEXICA[dialect].tokens(spelled(dialect, text))) == text


def statement(dialect: str, condition: str, column: str = "word") -> str:
    quoted = '"' + "".join(f"\\u{ord(c):04x}" if c in '"\\' or c < " " else c for c in column) + '"'
    checked = check(read_schema(SCHEMA.format(column=quoted)), f"segment s where {condition}")
    plan = pipeline.plan(checked.program, {"s": ir.Use("s")})
    return pipeline.to_sql(plan, dialect, "flags", AS_OF, None).text


def written_in_the_language(text: str) -> str:
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\u{{{ord(c):x}}}" for c in text) + '"'


@ALL
@pytest.mark.parametrize("text", [text for text in HOSTILE if text])
@pytest.mark.parametrize(
    "form", ["word = {}", 'word in ({}, "another one")', "not word contains {}", "word starts with {}"]
)
def test_a_statement_has_no_more_words_for_a_hostile_text(dialect: str, text: str, form: str) -> None:
    """The tokens around it are those around a harmless one of as many characters."""

    def around(needle: str) -> list[str]:
        constant = written_in_the_language(needle)
        sql = statement(dialect, form.format(constant))
        own = spelled(dialect, needle)
        assert own in sql, "a constant is spelled in one way"
        return flat(LEXICA[dialect].tokens(sql.replace(own, "'…'")))

    assert around(text) == around("x" * len(text))


@ALL
@pytest.mark.parametrize(
    "name", [text for text in HOSTILE if text.strip() and not any(c < " " or c == "\x7f" for c in text)]
)
def test_a_hostile_name_is_itself(dialect: str, name: str) -> None:
    tokens = LEXICA[dialect].tokens(statement(dialect, "word is present", name))
    plain = LEXICA[dialect].tokens(statement(dialect, "word is present", "Some Word"))
    assert [token.value for token in tokens if token.kind == "name"] == [name]
    assert flat([token for token in tokens if token.kind != "name"]) == flat(
        [token for token in plain if token.kind != "name"]
    )
