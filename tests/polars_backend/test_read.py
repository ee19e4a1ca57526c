"""How physical columns are read: dtypes, spellings of missing, codes."""

from __future__ import annotations

import decimal as decimals
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from segdsl.backends.polars import hold
from segdsl.backends.polars.read import can_read, column_dtype, read
from segdsl.planning.plan import TableColumn
from segdsl.semantics.time import zone
from segdsl.types import ANY, BOOL, DATE, FLOAT, INT, LIST, STRING, TIMESTAMP, Kind, decimal

D = Decimal
MONEY = decimal(12, 2)


def column(of, **rest):
    return TableColumn("x", "x", of, True, **rest)


def found(of, items, dtype=None, timezone="UTC", **rest):
    """What a column of the data reads as."""
    frame = pl.DataFrame(
        {"x": pl.Series(items, dtype=dtype, strict=False) if not isinstance(items, pl.Series) else items}
    )
    wanted = column(of, **rest)
    assert can_read(wanted, frame["x"].dtype)
    result = frame.select(read(wanted, frame["x"].dtype, zone(timezone)).alias("r"))["r"]
    assert result.dtype == column_dtype(wanted, frame["x"].dtype)
    if of.kind is Kind.DECIMAL:
        return [None if item is None else D(item).scaleb(-of.scale, decimals.Context(prec=60)) for item in result]
    return result.to_list()


@pytest.mark.parametrize(
    ("of", "dtype", "items", "expected"),
    [
        (BOOL, pl.Boolean, [True, None], [True, None]),
        (INT, pl.Int8, [-128, None], [-128, None]),
        (INT, pl.UInt64, [2**53, 2**53 + 1, 2**64 - 1], [2**53, None, None]),
        (INT, pl.Int64, [2**53, -(2**53), 2**53 + 1, -(2**53) - 1], [2**53, -(2**53), None, None]),
        (INT, pl.Int128, [2**53, 2**60, -(2**100)], [2**53, None, None]),
        (INT, pl.Decimal(20, 0), [D(7), D(2**53 + 1)], [7, None]),
        (FLOAT, pl.Float64, [1.5, float("nan"), float("inf"), 1e101, 1e-101, 0.0], [1.5, None, None, None, None, 0.0]),
        (FLOAT, pl.Float32, [1.5, None], [1.5, None]),
        (FLOAT, pl.Int32, [3], [3.0]),
        (FLOAT, pl.Decimal(12, 2), [D("0.10")], [0.1]),
        (MONEY, pl.Decimal(10, 1), [D("1.5"), None], [D("1.50"), None]),
        (
            MONEY,
            pl.Decimal(38, 2),
            [D("1.25"), D("9999999999.99"), D("10000000000.00")],
            [D("1.25"), D("9999999999.99"), None],
        ),
        (MONEY, pl.Int32, [5, -5], [D(5), D(-5)]),
        (MONEY, pl.UInt64, [5, 2**64 - 1], [D(5), None]),
        (decimal(38, 0), pl.Int128, [2**100, 10**38], [D(2**100), None]),
        (MONEY, pl.Float64, [0.125, -0.125, 1e10, float("nan"), None], [D("0.13"), D("-0.13"), None, None, None]),
        (STRING, pl.String, ["", "a", None], ["", "a", None]),
        (STRING, pl.Categorical, ["b", "a", None], ["b", "a", None]),
        (STRING, pl.Enum(["b", "a"]), ["b", "a", None], ["b", "a", None]),
        (LIST, pl.String, ['["b", "a"]', "[]", "b", None], [["b", "a"], None, None, None]),
        (LIST, pl.Categorical, ['["b", "a"]', "[]", "b", None], [["b", "a"], None, None, None]),
        (LIST, pl.Enum(["b", '["b", "a"]', "[]"]), ['["b", "a"]', "[]", "b", None], [["b", "a"], None, None, None]),
        (LIST, pl.List(pl.Categorical), [["b", None], [], None], [["b"], None, None]),
        (DATE, pl.Date, [date(2026, 1, 1), None], [date(2026, 1, 1), None]),
        (TIMESTAMP, pl.Datetime("us"), [datetime(2026, 1, 1, 1, 1, 1, 1)], [datetime(2026, 1, 1, 1, 1, 1, 1)]),
        (TIMESTAMP, pl.Datetime("ms"), [datetime(1960, 1, 1)], [datetime(1960, 1, 1)]),
        (TIMESTAMP, pl.Date, [date(2026, 1, 1), None], [datetime(2026, 1, 1), None]),
    ],
)
def test_dtypes_that_hold_a_type(of, dtype, items, expected):
    assert found(of, items, dtype) == expected


@pytest.mark.parametrize("of", [BOOL, INT, FLOAT, MONEY, STRING, DATE, TIMESTAMP, ANY])
def test_a_column_of_nothing_reads_as_any_type(of):
    assert found(of, [None, None], pl.Null) == [None, None]


@pytest.mark.parametrize(
    ("of", "dtype"),
    [
        (BOOL, pl.Int8()),
        (BOOL, pl.String()),
        (INT, pl.Float64()),
        (INT, pl.String()),
        (INT, pl.Boolean()),
        (INT, pl.Decimal(12, 2)),
        (MONEY, pl.Decimal(12, 3)),
        (MONEY, pl.String()),
        (decimal(16, 2), pl.Float64()),  # more digits than a float has
        (FLOAT, pl.String()),
        (STRING, pl.Int64()),
        (STRING, pl.Binary()),
        (DATE, pl.Datetime("us")),
        (DATE, pl.String()),
        (TIMESTAMP, pl.String()),
        (TIMESTAMP, pl.Int64()),
        (STRING, pl.List(pl.String())),
        (ANY, pl.Struct({"a": pl.Int64})),
    ],
)
def test_dtypes_that_would_lose_something_are_refused(of, dtype):
    assert not can_read(column(of), dtype)


def test_instants_with_a_zone_are_read_in_utc_and_cut_to_microseconds():
    athens = pl.Series([datetime(2026, 7, 1, 12), None]).dt.replace_time_zone("Europe/Athens")
    assert found(TIMESTAMP, athens) == [datetime(2026, 7, 1, 9), None]
    assert found(ANY, athens) == [datetime(2026, 7, 1, 9), None]
    fine = pl.Series([1_999, -1], dtype=pl.Int64).cast(pl.Datetime("ns"))
    epoch = datetime(1970, 1, 1)
    assert found(TIMESTAMP, fine) == [epoch + timedelta(microseconds=1), epoch - timedelta(microseconds=1)]


def test_a_date_that_is_declared_a_timestamp_begins_in_the_zone():
    assert found(TIMESTAMP, [date(2026, 7, 1)], pl.Date, "Europe/Athens") == [datetime(2026, 6, 30, 21)]


def test_spellings_of_missing():
    assert found(STRING, ["", "n/a", "N/A", "a", None], missing=("", "n/a")) == [None, None, "N/A", "a", None]
    assert found(INT, [-1, 0, 1, None], missing=("-1", "none", "1.0")) == [None, 0, None, None]
    assert found(FLOAT, [-1.0, 0.5], missing=("-1", "0.5")) == [None, None]
    assert found(MONEY, [D("-1.00"), D("0.50")], pl.Decimal(12, 2), missing=("-1",)) == [None, D("0.50")]
    assert found(MONEY, [0.001, 0.0], pl.Float64, missing=("0.001",)) == [None, D(0)]
    assert found(DATE, [date(1900, 1, 1), date(2026, 1, 1)], missing=("1900-01-01",)) == [None, date(2026, 1, 1)]
    assert found(TIMESTAMP, [datetime(1970, 1, 1), datetime(2026, 1, 1)], missing=("1970-01-01",)) == [
        None,
        datetime(2026, 1, 1),
    ]


def test_a_code_reads_as_its_name_and_anything_else_as_itself():
    codes = {"view": "2", "buy": "6"}
    assert found(STRING, ["2", "6", "7", "view", None], codes=codes) == ["view", "buy", "7", "view", None]
    assert found(STRING, [2, 6, 7, None], pl.Int64, codes=codes) == ["view", "buy", "7", None]
    # Names that are other values' codes do not chain.
    assert found(STRING, ["a", "b"], codes={"b": "a", "a": "b"}) == ["b", "a"]
    assert found(STRING, ["2", "0"], codes=codes, missing=("0",)) == ["view", None]


def test_a_count_that_the_table_holds_reads_as_nothing_counted():
    assert found(INT, [None, 3], zero_if_missing=True) == [0, 3]
    assert found(MONEY, [None, D("1.50")], pl.Decimal(12, 2), zero_if_missing=True) == [D(0), D("1.50")]
    assert found(BOOL, [None, True], zero_if_missing=True) == [False, True]


@pytest.mark.parametrize(
    ("dtype", "held"),
    [
        (pl.Int8(), pl.Int64()),
        (pl.UInt64(), pl.Int128()),
        (pl.Decimal(38, 0), pl.Int128()),
        (pl.Categorical(), pl.String()),
        (pl.Datetime("ns", "UTC"), hold.MICROSECONDS),
        (pl.Binary(), pl.Binary()),
    ],
)
def test_an_undeclared_key_has_the_widest_dtype_of_its_kind(dtype, held):
    assert column_dtype(column(ANY), dtype) == held


def test_names_are_no_patterns():
    frame = pl.DataFrame({"ab": [1], "^a.*$": [2], "*": [3]})
    for name, value in (("^a.*$", 2), ("*", 3)):
        wanted = replace(column(INT), column=name)
        assert frame.select(read(wanted, pl.Int64(), zone("UTC")).alias("r"))["r"].to_list() == [value]
