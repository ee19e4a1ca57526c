"""Parts of quantiles: who is in them, and which cut points that takes."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from backends import BACKENDS, Question, check, condition, data_of, read_schema

from segdsl import pipeline
from segdsl.planning.describe import describe

AS_OF = datetime(2026, 6, 1)
PEOPLE = """
language = "1"
[entity]
table = "people"
key = "id"
[entity.fields]
id = "int"
points = "int?"
team = "string?"
"""


@pytest.mark.parametrize("buckets", [2, 5, 20])
def test_a_part_of_a_quantile_is_who_is_in_its_buckets(buckets: int) -> None:
    """Whatever a number is compared with, and in whatever words, the referee selects the same; the ends of the scale too."""
    schema = read_schema(PEOPLE)
    rows = [{"id": n, "points": None if n % 7 == 3 else n * n % 23, "team": ("a", "b", None)[n % 3]} for n in range(60)]
    data = data_of(schema, {"people": rows})
    quantiles = (
        f"quantile(points, {buckets})",
        f"quantile(points, {buckets} among id > 9)",
        f"quantile(points, {buckets} per team)",
    )
    texts = [
        f"{'not ' if turned else ''}({of} {operator} {number})"
        for of in quantiles
        for operator in ("=", "!=", "<", "<=", ">", ">=")
        for number in sorted({0, 1, 2, buckets - 1, buckets, buckets + 1})
        for turned in (False, True)
    ]
    checked = check(schema)
    conditions = {text: condition(text, checked) for text in texts}
    question = Question(checked.program, conditions, AS_OF)  # type: ignore[arg-type]
    expected = BACKENDS["reference"].prepare(question)(data)
    assert len(set(map(frozenset, expected.values()))) > buckets
    for engine in ("polars", "duckdb", "sqlite", "postgres"):
        assert BACKENDS[engine].prepare(question)(data) == expected, engine


def test_a_part_of_a_quantile_asks_for_the_cut_points_at_its_ends() -> None:
    checked = check(read_schema(PEOPLE))

    def cuts(text: str) -> set[str]:
        node = condition(text, checked)
        return set(re.findall(r"quantile_\d_of_5", describe(pipeline.plan(checked.program, {"it": node}))))  # type: ignore[dict-item]

    assert cuts("quantile(points, 5) >= 4") == {"quantile_3_of_5"}
    assert cuts("quantile(points, 5) <= 2") == {"quantile_2_of_5"}
    assert cuts("quantile(points, 5) = 3") == {"quantile_2_of_5", "quantile_3_of_5"}
    assert cuts("quantile(points, 5) = 1") == {"quantile_1_of_5"}


def test_cut_points_of_the_same_values_are_taken_together_in_duckdb() -> None:
    checked = check(read_schema(PEOPLE))
    texts = ("quantile(points, 5) = 3", "top 10% by points", "top 20% by points", "bottom 10% by points among id > 9")
    conditions = {f"s{n}": condition(text, checked) for n, text in enumerate(texts)}
    text = pipeline.to_sql(pipeline.plan(checked.program, conditions), "duckdb", "flags", AS_OF, None).text  # type: ignore[arg-type]
    found = re.findall(r"QUANTILE_DISC\(.*?\)(?: FILTER \(.*?\))?", re.sub(r"\s+", " ", text))
    assert len(found) == 5
    assert len(set(found)) == 3
