"""Texts are read in two ways: at once, by the table of the grammar, and at length, by Lark. Both come to the same, always: the same
tree with the same places, the same findings. Lark's is the way that counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from random import Random
from unittest import mock

import pytest
from conformance.reader import read_cases
from fuzz import corpus
from fuzz.mutate import mutated
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from segdsl.diagnostics import Diagnostic
from segdsl.limits import DEFAULT, Limits
from segdsl.source import Source
from segdsl.syntax import ast, parse
from segdsl.syntax.grammar import Stop, apply_grammar, built, grammar
from segdsl.syntax.parse import parse_condition, parse_file
from segdsl.syntax.quick import words_of
from segdsl.syntax.scan import Sort, scan
from tests.bench.conditions import conditions
from tests.bench.conditions import library_text as spelt

MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class _Nobody:
    """Drives nothing, so that everything is left to Lark."""

    def read(self, *_: object) -> None:
        return None


@contextmanager
def at_length() -> Iterator[None]:
    with (
        mock.patch.object(parse, "driver", return_value=_Nobody()),
        mock.patch.object(parse, "words_of", return_value=None),
        mock.patch.object(parse, "_stretches", return_value=None),
    ):
        yield


def spelled(value: object) -> object:
    """A tree with its places, which do not count when nodes are compared."""
    if isinstance(value, ast.Node):
        parts = tuple(spelled(getattr(value, field.name)) for field in fields(value) if field.name != "span")
        return type(value).__name__, (value.span.start, value.span.end), parts
    if isinstance(value, tuple):
        return tuple(map(spelled, value))
    return type(value).__name__, str(value) if not isinstance(value, frozenset) else sorted(value)


def told(findings: tuple[Diagnostic, ...]) -> list[object]:
    return [finding.to_dict() for finding in findings]


def _without_examples(source: Source, limits: Limits) -> tuple[ast.File, tuple[Diagnostic, ...]]:
    return parse_file(source, limits, examples=False)


# Without the example, whether the word overrides what stands behind it is anybody's guess; no pack has one.
_OVERRIDDEN_EXAMPLE = re.compile(r"override\s*(?:#[^\n]*\s*)*example", re.IGNORECASE)


def assert_same(text: str, limits: Limits = DEFAULT) -> None:
    source = Source("t", text)
    ways = [parse_condition, parse_file]
    if not _OVERRIDDEN_EXAMPLE.search(text):
        ways.append(_without_examples)
    for read in ways:
        at_once, found = read(source, limits)
        with at_length():
            long, wanted = read(source, limits)
        assert told(found) == told(wanted)
        assert spelled(at_once) == spelled(long)


@pytest.mark.parametrize("part", range(8))
def test_the_texts_of_this_project(part: int) -> None:
    texts = sorted({text for _, _, text in corpus._texts()} | {case.text for case in read_cases()})
    assert len(texts) > 2_000
    for text in texts[part::8]:
        assert_same(text)


@pytest.mark.parametrize(
    "text",
    [
        "segment a where n > 1 and\nſegment > 2",
        "segment a where\n\tſEGMENT b where n > 1",
        "segment a where n > 1 and\ntıers > 2",
        "segment a where n >\nTİERS\n  b where n > 1",
        "override\noverrıde segment a where n > 1",
    ],
)
def test_letters_that_are_others_where_case_is_ignored_begin_nothing(text: str) -> None:
    assert_same(text)
    assert_same(text, FEW_THINGS)


FEW_THINGS = Limits(
    source_bytes=600, definition_bytes=120, tokens=20, nesting=2, tree_depth=6, terms=3, list_values=2, string_length=3,
    name_length=6, digits=3, findings=2,
)  # fmt: skip


@pytest.mark.parametrize("limits", [DEFAULT, FEW_THINGS], ids=["as they are", "narrow"])
def test_mutants_of_these_texts(limits: Limits) -> None:
    texts = [
        data for data in (text.encode("utf-8", "surrogatepass") for _, _, text in corpus._texts()) if len(data) < 300
    ]
    random = Random(3)
    for _ in range(1_500):
        data = mutated(random.choice(texts), 400, random, corpus.ODD, texts)
        assert_same(data.decode("utf-8", "surrogatepass") if _is_text(data) else data.decode("latin-1"), limits)


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


FRAGMENTS = sorted(
    parse.RESERVED
    | {"`odd name`"}
    | set(
        re.split(
            " +",
            "a b.c `x` f( ( ) , . : = != < <= > >= + - * / % 1 1.5 0 30 2026-01-31 2026-01-31T10:00:00Z 10% 10 % \"x\" 'y'"
            " contains starts with ends matches followed preceded within each of any all has last next this previous ago to from"
            " exactly rank rank( quantile( count count( sum( first( about tags otherwise given expect days day month segment trait"
            " param tiers example override where # and or not between missing present any_of",
        )
    )
    | {
        "# c\n",
        "\n",
        "\r\n",
        "\nsegment s where ",
        "\ntrait t = ",
        "\noverride ",
        "\nexample ",
        "/* x */",
        "\\",
        "é",
        "\u0301",
    }
)
soup = st.lists(st.sampled_from(FRAGMENTS), max_size=20).map(" ".join)
glued = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)


@MANY
@given(soup | glued)
@example("override\nsegment a where x")
@example("override # c\nexample 'x' expect y\nsegment a where x")
@example("OVERRIDE\n\n# d\ntrait a = 1")
@example("a in (-2026-01-01)")
@example("top 10 % by x")
@example("top 10 # c\n % by x")
@example("x - 2026-01-31")
@example("x-1 = 2")
@example("2026-01-31 10:00")
@example("count # all\n (order)")
@example("t contains any x where y")
@example("t contains any `x` and z")
@example("segment\u0301 a where x")
@example("segment a where x # c\rd\nsegment b where y")
@example("x not\nin (1)")
@example("segment a where x\n#\u200b\nsegment b where y")
@example("1 as of 3 days ago = 2")
@example("")
@example("# nothing")
def test_any_words(text: str) -> None:
    assert_same(text)
    assert_same(text, FEW_THINGS)
    assert_same(f"segment first where {text}\nsegment second where x = 1 # end\n")


@MANY
@given(st.text(st.characters(codec=None), max_size=30))
def test_any_text(text: str) -> None:
    assert_same(text)


# -- that most is read at once, which nothing else would notice ---------------------------------------------------------


def _library(count: int) -> str:
    return spelt(conditions(11, count))


def _lark_is_asked(text: str) -> bool:
    with mock.patch("segdsl.syntax.grammar.apply_grammar", side_effect=apply_grammar) as asked:
        parse_file(Source("t", text))
    return bool(asked.called)


def test_lark_is_not_asked_for_what_is_right() -> None:
    packs = [text for _, how, text in corpus._texts() if how == corpus.DEFINITIONS]
    right = [text for text in (*packs, _library(50)) if not parse_file(Source("t", text))[1]]
    assert len(right) > 30
    assert not any(map(_lark_is_asked, right))
    assert _lark_is_asked("segment a where where")


def test_what_nothing_is_wrong_with_is_not_scanned() -> None:
    with mock.patch.object(parse, "scan", side_effect=AssertionError):
        assert not parse_file(Source("t", _library(50)))[1]
        assert not parse_condition(Source("t", "count(order in last 30 days where total > 5) >= 2 # well\n"))[1]


def test_words_are_the_scanned_ones() -> None:
    for text in sorted({text for _, _, text in corpus._texts()}):
        words = words_of(text, 0, len(text), DEFAULT)
        if words is not None:
            lexemes = [lexeme for lexeme in scan(text) if lexeme.sort is not Sort.COMMENT]
            assert [(x.text, x.start, x.end) for x in lexemes] == list(
                zip(words.texts, words.starts, words.ends, strict=True)
            )


def test_the_builder_is_fed_by_lark_too() -> None:
    """So that a text which only Lark can read has a tree."""
    with at_length():
        node, findings = parse_condition(Source("c", "orders >= 1"))
    assert not findings
    assert isinstance(node, ast.Compare)
    tree = apply_grammar("orders >= 1", 0, 11, "expression")
    assert not isinstance(tree, Stop)
    assert built(tree, parse.Builder(parse.Place(Source("c", "orders >= 1")), DEFAULT)) == node


def test_every_terminal_of_the_grammar_is_known() -> None:
    from segdsl.syntax import drive, quick, words

    phrases = {terminal for ways in words.PHRASES.values() for _, terminal in ways}
    known = {
        *phrases, *drive._SIGNS.values(), *drive._VALUES, *(word.upper() for word in words.PLAIN_WORDS),
        quick.NAME, "MEMBER", "TYPE_WORD", "UNIT", "AGGREGATE", "RANKED", "PERCENT", "BLANK", "COMMENT",
    }  # fmt: skip
    assert known == {terminal.name for terminal in grammar().terminals}
