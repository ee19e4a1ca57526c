"""What T-SQL asks of a statement beyond its words: where a condition may stand, which texts are of Unicode, what an aggregate may hold,
how deep a CASE is, and that no decimal loses places."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from functools import cache

import pytest
import sqlglot
from backends import check, read_schema
from generated.corpus import KINDS, samples, written
from generated.lexicon import LEXICA
from sqlglot import exp

from segdsl import pipeline
from segdsl.backends.sql import nodes, predicates
from segdsl.backends.sql.dialects.tsql import TSQL
from segdsl.diagnostics import SegdslError
from segdsl.semantics import ir
from segdsl.types import INT, STRING

AS_OF = datetime(2026, 6, 15, 9, 30)
SCHEMA = """
[entity]
name = "person"
table = "people"
key = "id"

[entity.fields]
id = "int"
word = "string?"
amount = "decimal(20,9)?"
rate = "decimal(18,9)?"

[relations.post]
table = "posts"
on = { person_id = "id" }
key = "id"

[relations.post.fields]
id = "int"
person_id = "int"
word = "string?"
"""
_CONDITIONS = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.Is,
    exp.In,
    exp.Between,
    exp.Like,
    exp.Escape,
    exp.Exists,
)


@pytest.fixture(autouse=True)
def deep() -> Iterator[None]:
    """sqlglot's parser calls itself for each bracket within another."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000)
    yield
    sys.setrecursionlimit(before)


@cache
def texts() -> tuple[tuple[str, str], ...]:
    every = (one for kind in KINDS for sample in samples(kind) for one in written(sample, "tsql"))
    return tuple((one.name, one.sql.text) for one in every if one.sql is not None)


@cache
def parsed() -> tuple[tuple[str, exp.Expr], ...]:
    return tuple((name, sqlglot.parse_one(text, read="tsql")) for name, text in texts())


# -- conditions and values ----------------------------------------------------------------------------------------------


def misplaced(tree: exp.Expr) -> Iterator[str]:
    """Conditions where a value belongs, and values where a condition does."""
    for node in tree.walk():
        if node.parent is None or isinstance(node, exp.Paren):
            continue
        if isinstance(node, exp.Boolean):
            yield f"a truth value: {node.parent.sql('tsql')}"
        place = node
        while isinstance(place.parent, exp.Paren):
            place = place.parent
        if _is_for_conditions(place) != isinstance(node, _CONDITIONS):
            yield f"{type(node).__name__} in {type(place.parent).__name__}: {node.sql('tsql')[:80]}"


def _is_for_conditions(node: exp.Expr) -> bool:
    parent, place = node.parent, node.arg_key
    if isinstance(parent, exp.If):
        return place == "this" and not (isinstance(parent.parent, exp.Case) and parent.parent.this)
    if isinstance(parent, exp.Join):
        return place == "on"
    if isinstance(parent, exp.Escape):
        return place == "this"
    return isinstance(parent, exp.And | exp.Or | exp.Not | exp.Where | exp.Having)


def test_conditions_stand_where_conditions_may_and_values_anywhere_else() -> None:
    for name, tree in parsed():
        assert not list(misplaced(tree)), name


def value(text: str) -> str:
    tree = sqlglot.parse_one(text, read="duckdb")
    return predicates.told_apart(tree, lambda holds: nodes.number(int(holds))).sql("duckdb")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("SELECT a > 1 AS b FROM t", "SELECT CASE WHEN a > 1 THEN 1 ELSE 0 END AS b FROM t"),
        ("SELECT a FROM t WHERE good", "SELECT a FROM t WHERE good = 1"),
        ("SELECT a FROM t WHERE NOT good AND a = 1", "SELECT a FROM t WHERE NOT good = 1 AND a = 1"),
        ("SELECT a FROM t WHERE TRUE OR FALSE", "SELECT a FROM t WHERE 1 = 1 OR 1 = 0"),
        ("SELECT TRUE AS b, FALSE AS c FROM t", "SELECT 1 AS b, 0 AS c FROM t"),
        ("SELECT COALESCE(a > 1, FALSE) AS b FROM t", "SELECT CASE WHEN a > 1 THEN 1 ELSE 0 END AS b FROM t"),
        (
            "SELECT a FROM t WHERE NOT COALESCE(a > 1, FALSE)",
            "SELECT a FROM t WHERE NOT CASE WHEN a > 1 THEN 1 ELSE 0 END = 1",
        ),
        ("SELECT COALESCE(good, FALSE) AS b FROM t", "SELECT COALESCE(good, 0) AS b FROM t"),
        (
            "SELECT CASE WHEN good THEN a > 1 ELSE good END AS b FROM t",
            "SELECT CASE WHEN good = 1 THEN CASE WHEN a > 1 THEN 1 ELSE 0 END ELSE good END AS b FROM t",
        ),
        ("SELECT CASE a WHEN 1 THEN TRUE END AS b FROM t", "SELECT CASE a WHEN 1 THEN 1 END AS b FROM t"),
        (
            "SELECT (a > 1) = good AS b FROM t",
            "SELECT CASE WHEN CASE WHEN a > 1 THEN 1 ELSE 0 END = good THEN 1 ELSE 0 END AS b FROM t",
        ),
        ("SELECT f(a IN (1, 2)) AS b FROM t", "SELECT F(CASE WHEN a IN (1, 2) THEN 1 ELSE 0 END) AS b FROM t"),
        (
            "SELECT a FROM t JOIN u ON good AND (better OR a = 1)",
            "SELECT a FROM t JOIN u ON good = 1 AND (better = 1 OR a = 1)",
        ),
        ("SELECT a FROM t GROUP BY a HAVING MAX(good)", "SELECT a FROM t GROUP BY a HAVING MAX(good) = 1"),
        ("SELECT a FROM t WHERE a LIKE 'x' ESCAPE '|'", "SELECT a FROM t WHERE a LIKE 'x' ESCAPE '|'"),
    ],
)
def test_each_is_told_from_its_place(written: str, told: str) -> None:
    assert value(written) == told


# -- what else the words do not show -----------------------------------------------------------------------------------


def test_every_text_is_of_unicode() -> None:
    for name, text in texts():
        found = [token.text for token in LEXICA["tsql"].tokens(text) if token.kind == "text"]
        assert all(one.startswith("N'") for one in found), name


def test_no_select_stands_in_an_aggregate_a_window_or_a_group() -> None:
    for name, tree in parsed():
        for node in tree.find_all(exp.AggFunc, exp.Window, exp.Group):
            assert node.find(exp.Select) is None, (name, node.sql("tsql"))


def test_a_case_is_in_no_more_than_nine_others() -> None:
    """COALESCE is one too."""
    for name, tree in parsed():
        for node in tree.find_all(exp.Case, exp.Coalesce):
            depth, above = 1, node.parent
            while above is not None:
                depth += isinstance(above, exp.Case | exp.Coalesce)
                above = above.parent
            assert depth <= 10, name


def statement(text: str, style: str | None = None) -> str:
    checked = check(read_schema(SCHEMA), f"segment s where {text}")
    plan = pipeline.plan(checked.program, {"s": ir.Use("s")})
    return pipeline.to_sql(plan, "tsql", "members", AS_OF, "s", style).text


def test_a_case_that_is_too_deep_is_a_gap() -> None:
    inner = "1"
    for number in range(12):
        inner = f'if(word = "{number}", {inner}, {number})'
    with pytest.raises(SegdslError, match="so many parts within one another"):
        statement(f"{inner} = 1")


def test_cases_behind_one_another_are_one() -> None:
    outer = "0"
    for number in range(12):
        outer = f'if(word = "{number}", {number}, {outer})'
    assert statement(f"{outer} = 1").count("CASE") == 1


# -- placeholders ------------------------------------------------------------------------------------------------------


def test_no_placeholder_is_grouped_by() -> None:
    """Two that hold the same are two to the server."""
    text = statement('count(post per coalesce(word, "none") having count(post) >= 2) >= 1', "qmark")
    groups = list(sqlglot.parse_one(text, read="tsql").find_all(exp.Group))
    assert groups and "?" in text
    assert all(isinstance(key, exp.Column) for group in groups for key in group.expressions)


def test_a_text_is_cast_to_unicode_and_then_to_bytes() -> None:
    assert "= CAST(CAST(? AS NVARCHAR(MAX)) AS VARBINARY(MAX))" in statement('word = "x"', "qmark")
    assert "CHARINDEX(CAST(%(p1)s AS NVARCHAR(MAX))," in statement('word contains "x"', "pyformat")


def test_an_instant_is_passed_as_a_text() -> None:
    assert TSQL.passed(datetime(2026, 6, 15, 9, 30, 0, 7), STRING) == "2026-06-15T09:30:00.000007"
    assert TSQL.passed(7, INT) == 7


# -- decimals ----------------------------------------------------------------------------------------------------------


def width(node: exp.Expr) -> tuple[int, int] | None:
    """Digits and places of a decimal, by the manual's rules; None where the text does not say them."""
    match node:
        case exp.Cast(to=exp.DataType(this=exp.DType.DECIMAL, expressions=[precision, scale])):
            return int(precision.name), int(scale.name)
        case exp.Literal(is_string=False) if re.fullmatch(r"[0-9]+\.[0-9]+", node.this):
            whole, places = node.this.split(".")
            return len(whole.lstrip("0") + places), len(places)
        case exp.Paren() | exp.Neg():
            return width(node.this)
        case exp.Add() | exp.Sub():
            left, right = width(node.left), width(node.right)
            if left is None or right is None:
                return None
            whole, places = max(left[0] - left[1], right[0] - right[1]), max(left[1], right[1])
            assert whole + places <= 38, f"places are lost: {node.sql('tsql')}"
            return min(38, whole + places + 1), places
        case exp.Mul():
            left, right = width(node.left), width(node.right)
            if left is None or right is None:
                return None
            digits, places = left[0] + right[0] + 1, left[1] + right[1]
            assert digits <= 38 or places <= 6, f"places are lost: {node.sql('tsql')}"
            return min(38, digits), places
        case _:
            return None


def test_no_decimal_loses_places() -> None:
    """In sums and products of what has a type in the text."""
    seen = 0
    for name, tree in parsed():
        for node in tree.find_all(exp.Add, exp.Sub, exp.Mul):
            try:
                seen += width(node) is not None
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from None
    assert seen > 50


def test_a_product_of_all_digits_is_made_of_whole_numbers() -> None:
    text = statement("amount * rate > 1.5")
    assert "REPLACE(" not in text and "STUFF(" in text
    assert "AS DECIMAL(38, 18)" in text
