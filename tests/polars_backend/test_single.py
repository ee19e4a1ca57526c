"""Conditions over one frame as expressions over its columns."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

import segdsl
from segdsl.diagnostics import SegdslError

AS_OF = datetime(2026, 6, 1)
FRAME = pl.DataFrame(
    {
        "n": [1, 2, None, 2**53 + 2],
        "s": ["a", None, "b", "a%"],
        "f": [0.5, float("nan"), None, 1e200],
        "m": pl.Series([Decimal("1.50"), None, Decimal("0.10"), Decimal("99.99")], dtype=pl.Decimal(12, 2)),
        "b": [True, None, False, True],
        "d": [date(2026, 5, 31), None, date(2026, 6, 1), date(2026, 6, 2)],
        "t": [datetime(2026, 5, 31), None, AS_OF, datetime(2020, 1, 1)],
        "^.*$": [1, None, 3, 4],
        "*": ["x", None, "y", "z"],
    }
)

CASES = {
    "n >= 1": [True, True, False, False],
    "n != 1": [False, True, False, False],
    "not n != 1": [True, False, True, True],
    "n between 1 and 2 and s = 'a'": [True, False, False, False],
    "n = 1 or s = 'b'": [True, False, True, False],
    "n + 1 = 2": [True, False, False, False],
    "s not in ('a', 'c')": [False, False, True, True],
    "s contains '%'": [False, False, False, True],
    "s not starts with 'a'": [False, False, True, False],
    "s is missing or s = 'a'": [True, True, False, False],
    "f <= 1": [True, False, False, False],
    "f is missing": [False, True, True, True],
    "m > 1.495": [True, False, False, True],
    "m * 2 = 3": [True, False, False, False],
    "b": [True, False, False, True],
    "not b": [False, True, True, False],
    "t in last 2 days": [True, False, False, False],
    "t not in last 2 days": [False, False, True, True],
    "d >= today": [False, False, True, True],
    "n > 0 and n < 2 and m = 1.5 and b": [True, False, False, False],
    "`^.*$` > 1": [False, False, True, True],
    "`*` = 'y'": [False, False, True, False],
    "true": [True, True, True, True],
    "n = 1 and false": [False, False, False, False],
    "coalesce(n, 0) = 0": [False, False, True, True],
}


@pytest.mark.parametrize("text", CASES)
def test_a_condition_is_true_or_false_for_every_row(text):
    condition = segdsl.expr(text, FRAME, as_of="2026-06-01T00:00:00Z")
    found = FRAME.with_columns(condition.alias("c"))["c"]
    assert found.to_list() == CASES[text]
    # So the negation of the expression is exact, and filters agree with it, lazy ones too.
    assert FRAME.filter(~condition).height == CASES[text].count(False)
    assert FRAME.lazy().filter(condition).collect().height == CASES[text].count(True)


@pytest.mark.parametrize(
    "text", ["n > 1", "s = 'a' and n = 2", "t >= 2 days ago", "m = 1.5 and s in ('a', 'b')", "s contains 'a'"]
)
def test_plain_comparisons_reach_a_parquet_scan_unwrapped(text, tmp_path):
    FRAME.write_parquet(tmp_path / "t.parquet")
    lazy = pl.scan_parquet(tmp_path / "t.parquet")
    plan = lazy.filter(segdsl.expr(text, lazy, as_of="2026-06-01T00:00:00Z")).explain()
    assert "SELECTION" in plan
    assert "FILTER" not in plan
    if not text.startswith("m"):
        assert "fill_null" not in plan
        assert "when(" not in plan


def test_a_moment_outside_the_calendar():
    with pytest.raises(SegdslError):
        segdsl.expr("t in last 3000 years", FRAME, as_of="2026-06-01T00:00:00Z")
    with pytest.raises(SegdslError):
        segdsl.expr("t in last 90 years", FRAME, as_of="0050-01-01T00:00:00Z")
