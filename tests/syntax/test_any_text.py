"""Whatever the text: a tree or diagnostics, never an exception, and places that lie in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from segdsl.diagnostics import Diagnostic
from segdsl.limits import Limits
from segdsl.source import Source
from segdsl.syntax import words
from segdsl.syntax.decode import decode
from segdsl.syntax.parse import parse_condition, parse_file
from segdsl.syntax.walk import walk

FRAGMENTS = sorted(
    words.RESERVED
    | words.UNITS
    | words.AGGREGATES
    | words.DEFINITION_WORDS
    | set(
        re.split(
            " +",
            "orders order.total `odd name` f( ( ) , . : = != < <= > >= + - * / % == && || ! <> => 1 1.5 30 2026-01-31"
            ' 2026-02-30 2026-1-5 2026-01-31T10:00:00Z 10% "x" \'y\' "open # comment\n \n ; [ ] like select exists case'
            " contains starts with ends matches followed by preceded within each of any all has last next this previous"
            " ago to from exactly rank( quantile( count( sum( about tags otherwise given expect . null é “x” -- // /* */"
            " 30days 1e5 .5 007 31.12.2025 \\ \x00 \u200b \ud800",
        )
    )
)
soup = st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(" ".join)
glued = st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join)
anything = st.text(st.characters(codec=None), max_size=60)
FEW = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _check(text: str, findings: Sequence[Diagnostic]) -> None:
    for finding in findings:
        assert finding.message
        assert 0 <= finding.span.start <= finding.span.end <= len(text) + 1
        finding.render().encode("utf-8")
        finding.to_json()
        if finding.fix is not None:
            assert finding.fix.edits


@FEW
@given(st.one_of(soup, glued, anything))
@example("")
@example("\ud800")
@example("a = \x00")
@example("count︵order︶ > 1")
@example("⁽a > 1₎")
def test_conditions(text: str) -> None:
    tree, findings = parse_condition(Source("c", text))
    assert (tree is None) == bool(findings)
    _check(text, findings)
    if tree is not None:
        assert all(node.span.source is not None for node in walk(tree))


@FEW
@given(st.one_of(soup, glued, anything, st.lists(soup, max_size=4).map("\nsegment s where ".join)))
def test_files(text: str) -> None:
    file, findings = parse_file(Source("a.seg", text))
    _check(text, findings)
    for definition in file.definitions:
        assert definition.span.text == text[definition.span.start : definition.span.end]


@FEW
@given(st.one_of(soup, anything), st.integers(0, 40))
def test_small_limits(text: str, size: int) -> None:
    limits = Limits(size * 4, size * 2, size, size // 4, size, size, size, size, size, size, size, max(1, size))
    _check(text, parse_condition(Source("c", text), limits)[1])
    _check(text, parse_file(Source("a.seg", text), limits)[1])


@FEW
@given(st.binary(max_size=80))
def test_bytes(data: bytes) -> None:
    source, findings = decode(data, "a.seg")
    for finding in findings:
        finding.render().encode("utf-8")
    parse_file(source)


@pytest.mark.parametrize("word", sorted(words.RESERVED))
@pytest.mark.parametrize("form", ["{}", "{} = 1", "a {}", "a = {}", "a and {} = 2", "f({})", "x in ({})", "count({})"])
def test_reserved_words_anywhere(word: str, form: str) -> None:
    text = form.format(word)
    tree, findings = parse_condition(Source("c", text))
    assert (tree is None) == bool(findings)
    _check(text, findings)
