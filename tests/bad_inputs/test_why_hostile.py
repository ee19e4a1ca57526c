"""Hostile questions to ``why``: keys that no data can hold, values that are no words, long chains. Answered, or refused with a reason."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from small_project import AS_OF, SCHEMA, customers, orders

from segdsl import Library, SegdslError

X = "segment s where x > 1"


def library(key: str, x: str = "float?", text: str = X) -> Library:
    entity = {"name": "c", "table": "c", "key": "id", "fields": {"id": key, "x": x}}
    return Library.from_text(text, {"entity": entity})


@pytest.mark.parametrize(
    ("of", "has", "asked", "shown"),
    [
        ("int", 1, 2**63, "9223372036854775808"),
        ("int", 1, -(2**80), "-1208925819614629174706176"),
        ("decimal(10,2)", Decimal("1.00"), "0.001", "0.001"),
        ("decimal(10,2)", Decimal("1.00"), "1e999999999", "1E+999999999"),
        ("decimal(10,2)", Decimal("1.00"), "123456789.00", "123456789.00"),
        ("string", "a", "\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("string", "a", "a\0b", "a\N{REPLACEMENT CHARACTER}b"),
        ("string", "a", "x" * 10_000, "x" * 79 + "…"),
    ],
)
def test_nobody_has_a_key_that_cannot_be(of: str, has: object, asked: object, shown: str) -> None:
    data = {"c": pl.DataFrame({"id": [has], "x": [1.0]})}
    with pytest.raises(SegdslError) as error:
        library(of)["s"].why(data, asked, as_of=AS_OF)
    assert [(d.code, d.message) for d in error.value.diagnostics] == [("SEG930", f"there is no c {shown}")]


@pytest.mark.parametrize("asked", ["1_0", "٣"])
def test_numbers_are_written_in_digits(asked: str) -> None:
    with pytest.raises(SegdslError, match="is a whole number, not"):
        library("int")["s"].why({"c": pl.DataFrame({"id": [3, 10], "x": [1.0, 2.0]})}, asked, as_of=AS_OF)


@pytest.mark.parametrize("text", ['x = "a"', "x is present", 'x in ("a", "b")', 'x contains "b"'])
def test_nothing_of_the_data_moves_the_cursor(text: str) -> None:
    data = {"c": pl.DataFrame({"id": ["k\x1b[2J"], "x": ["a\x1b[31m\u202e\t\0\u2028b"]})}
    why = library("string", "string?", f"segment s where {text}")["s"].why(data, "k\x1b[2J", as_of=AS_OF)
    assert all(line.isprintable() for line in str(why).split("\n"))
    assert 'x is "a\\u{1B}[31m\\u{202E}\\t\\u{0}\\u{2028}b"' in str(why)
    assert json.loads(why.to_json())["key"] == "k\x1b[2J"
    assert why._repr_html_().isprintable()


def test_large_numbers_stay_short() -> None:
    said = library("int")["s"].why({"c": pl.DataFrame({"id": [1], "x": [1e99]})}, 1, as_of=AS_OF).summary
    assert said == "In s: x is 1e+99, needs more than 1"


def test_days_to_come() -> None:
    data = {"c": pl.DataFrame({"id": [1], "x": [date(2026, 6, 11)]})}
    said = library("int", "date?", "segment s where days_since(x) > 4")["s"].why(data, 1, as_of=AS_OF).summary
    assert said == "Not in s: x 10 days ahead, needs more than 4: 15 days to go"


def test_a_long_sum_is_taken_apart_at_once() -> None:
    """And not into a sum of a sum of a sum, each with the work of all that are in it."""
    segment = Library.from_text(f"segment s where {' + '.join(['count(order)'] * 90)} > 5", SCHEMA)["s"]
    (added,) = segment.why({"customers": customers(), "orders": orders()}, 1, as_of=AS_OF).root.parts
    assert (added.value, len(added.parts), {part.value for part in added.parts}) == (180, 90, {2})
