"""Divisions by a constant, over more than one row: Polars multiplies by the reciprocal there, which is another number at times."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

import segdsl
from segdsl.backends.polars import hold
from segdsl.types import decimal

TOPS = [float(cents) for cents in range(1, 4_000, 7)] + [None]


@pytest.mark.parametrize("divisor", [3.0, 7.0, 100.0, 300.0, 1e6])
def test_a_quotient_is_rounded_once(divisor: float) -> None:
    frame = pl.DataFrame({"top": TOPS})
    expected = [None if top is None else top / divisor for top in TOPS]
    assert frame.select(hold.quotient(pl.col("top"), pl.lit(divisor)).alias("of")).to_series().to_list() == expected
    constant = frame.lazy().with_columns(pl.lit(divisor).alias("by"))
    found = constant.select(hold.quotient(pl.col("top"), pl.col("by")).alias("of")).collect()
    assert found.to_series().to_list() == expected


def test_a_quotient_by_zero_is_missing() -> None:
    frame = pl.DataFrame({"top": [1.0, 0.0, None]})
    assert frame.select(hold.quotient(pl.col("top"), pl.lit(0.0)).alias("of")).to_series().to_list() == [None] * 3


def test_a_decimal_becomes_the_nearest_float() -> None:
    cents = pl.DataFrame({"cents": range(1, 4_000)})
    found = cents.select(hold.to_float(pl.col("cents"), decimal(12, 2)).alias("of")).to_series().to_list()
    assert found == [float(Decimal(n).scaleb(-2)) for n in range(1, 4_000)]


@pytest.mark.parametrize("rows", [1, 2, 50])
def test_how_many_rows_there_are_does_not_matter(rows: int) -> None:
    """33.33 / 3 is 11.11 in double precision; 3333 times the double nearest to 1/300 is not."""
    frame = pl.DataFrame({"balance": pl.Series([Decimal("33.33")] * rows, dtype=pl.Decimal(12, 2))})
    assert frame.filter(segdsl.expr("balance / 3 = 11.11", frame)).height == rows
