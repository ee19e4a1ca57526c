"""Every statement that is generated, held against its product's manual, and read again by sqlglot's parser of that dialect."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
import sqlglot
from generated.corpus import KINDS, Written, samples, written
from generated.grouping import grouping
from generated.manual import manual
from sqlglot import ErrorLevel, exp

from segdsl.backends.sql.dialect import Generated
from segdsl.backends.sql.dialects import DIALECTS

GENERATED = tuple(name for name, dialect in DIALECTS.items() if isinstance(dialect.proof, Generated))
STATEMENTS = pytest.mark.parametrize("kind", KINDS)
MOST_GAPS = 0.05
"""Of all statements, at most so many may be ones that the dialect cannot say."""


@pytest.fixture(autouse=True)
def deep(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """sqlglot's parser calls itself for each bracket within another."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000)
    yield
    sys.setrecursionlimit(before)


@cache
def statements(dialect: str, kind: str) -> tuple[Written, ...]:
    return tuple(one for sample in samples(kind) for one in written(sample, dialect))


def texts(dialect: str, kind: str) -> Iterator[tuple[str, str, exp.Expr]]:
    for one in statements(dialect, kind):
        if one.sql is not None:
            assert one.sql.expression is not None
            yield one.name, one.sql.text, one.sql.expression


@pytest.mark.parametrize("dialect", GENERATED)
@STATEMENTS
def test_the_manual_knows_every_word(dialect: str, kind: str) -> None:
    found: Counter[str] = Counter()
    where: dict[str, str] = {}
    for name, text, _ in texts(dialect, kind):
        for fault in manual(dialect).faults(text):
            found[fault] += 1
            where.setdefault(fault, name)
    assert not found, "\n".join(
        f"{fault} ({count} times, first in {where[fault]})" for fault, count in found.most_common()
    )


@pytest.mark.parametrize("dialect", GENERATED)
@STATEMENTS
def test_a_parser_reads_what_was_written(dialect: str, kind: str) -> None:
    """Nothing has moved to another operator; what the parser writes of short statements in turn is read as the same tree."""
    spelled = DIALECTS[dialect].sqlglot
    known = manual(dialect)
    for name, text, tree in texts(dialect, kind):
        parsed = sqlglot.parse_one(text, read=spelled, error_level=ErrorLevel.RAISE)
        assert grouping(parsed) == grouping(tree), name
        unknown = {node.name for node in parsed.find_all(exp.Anonymous)} - known.functions.keys()
        assert not unknown, f"{name}: {unknown}"
        if kind == "golden":
            again = sqlglot.parse_one(parsed.sql(spelled), read=spelled)
            assert grouping(again) == grouping(parsed), name


@pytest.mark.parametrize("dialect", GENERATED)
def test_few_are_gaps(dialect: str) -> None:
    every = [one for kind in KINDS for one in statements(dialect, kind)]
    gaps = Counter(one.gap for one in every if one.sql is None)
    assert sum(gaps.values()) <= MOST_GAPS * len(every), gaps
