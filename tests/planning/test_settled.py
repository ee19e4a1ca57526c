"""A value that turns out to be a condition once the only reader of its column has taken it over."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

import segdsl

SCHEMA = {"entity": {"table": "people", "key": "id", "fields": {"id": "int", "area": "string?", "flag": "bool?"}}}
PEOPLE = pl.DataFrame({"id": [1, 2, 3], "area": [None, "x", "a%"], "flag": [None, True, False]})


@pytest.mark.parametrize(
    ("condition", "members"),
    [
        # Of 1 nothing is known, so that the condition is false; of 2 it is true, of 3 false.
        ("if(1.5 != 3, plain)", [2]),
        ("not if(1.5 != 3, plain)", [1, 3]),
        ("not if(1.5 = 3, flag, plain)", [1, 3]),
        ("if(1.5 != 3, plain) is missing", []),
    ],
)
def test_a_choice_that_is_none_leaves_a_condition(condition: str, members: list[int]) -> None:
    library = segdsl.Library.from_text(f'trait plain = area not contains "%"\nsegment s where {condition}', SCHEMA)
    assert library["s"].members({"people": PEOPLE}, as_of="2026-01-01")["id"].to_list() == members
    connection = duckdb.connect()
    connection.register("people", PEOPLE)
    found = connection.execute(library["s"].sql("duckdb", as_of="2026-01-01").text).fetchall()
    assert sorted(key for (key,) in found) == members
