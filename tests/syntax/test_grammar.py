"""The grammar as a whole: no conflicts, and the words that code and grammar share are the same."""

from __future__ import annotations

import io
import logging
import re

import pytest
from lark import Lark, logger

from segdsl.resources import grammar_text
from segdsl.source import Source
from segdsl.syntax import words
from segdsl.syntax.grammar import grammar
from segdsl.syntax.parse import parse_condition


def _log_of(text: str, start: list[str]) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        Lark(text, parser="lalr", lexer="contextual", start=start, debug=True)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return stream.getvalue()


def test_there_are_no_conflicts() -> None:
    log = _log_of(grammar_text(), ["definition", "expression"])
    assert "Shift/Reduce" not in log
    assert "Reduce/Reduce" not in log


def test_a_conflict_would_be_seen() -> None:
    log = _log_of('a: a "+" a | "1"', ["a"])
    assert "Shift/Reduce" in log


def test_the_parser_is_built_once() -> None:
    assert grammar() is grammar()


def _terminal(name: str) -> str:
    found = re.search(rf"^{name}(?:\.\d+)?: (.*)$", grammar_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_reserved_words_are_those_of_the_grammar() -> None:
    found = re.search(r"\(\?!\(\?:([a-z|]+)\)\\b\)", _terminal("NAME"))
    assert found is not None
    assert set(found[1].split("|")) == words.RESERVED


def test_units_and_aggregates_are_those_of_the_grammar() -> None:
    units = re.search(r"\(\?:([a-z|]+)\)s\?", _terminal("UNIT"))
    aggregates = re.search(r"\(\?:([a-z|]+)\)\\b", _terminal("AGGREGATE"))
    assert units is not None
    assert aggregates is not None
    assert {unit + end for unit in units[1].split("|") for end in ("", "s")} == words.UNITS
    assert set(aggregates[1].split("|")) == words.AGGREGATES


@pytest.mark.parametrize("word", sorted(words.RESERVED))
def test_a_reserved_word_is_no_name(word: str) -> None:
    tree, findings = parse_condition(Source("c", f"x = 1 and {word} = 5"))
    assert tree is None or word in ("not", "true", "false", "now", "today")
    assert len(findings) <= 1
