"""Every overload on every engine, against values worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sql.plans import ENGINES, call, col, is_wanted, load, members, plan

from segdsl.backends.sql.dialects import DIALECTS
from segdsl.functions.catalogue import OVERLOADS
from segdsl.types import DATE, FLOAT, INT, STRING, TIMESTAMP, WHOLE, Type, decimal

D = Decimal
D2, D3 = decimal(12, 2), decimal(10, 3)
T = datetime


@dataclass(frozen=True)
class Case:
    overload: str
    takes: tuple[Type, ...]
    gives: Type
    rows: tuple[tuple[Any, ...], ...]
    """Arguments, then the result."""
    options: tuple[Any, ...] = ()
    timezone: str = "UTC"
    note: str = ""

    def __str__(self) -> str:
        return self.overload + (f" {self.note}" if self.note else "")


CASES = (
    Case("add_whole", (WHOLE, WHOLE), WHOLE, ((2.0, 3.0, 5.0), (2.0, None, None), (2.0**53, 1.0, 2.0**53))),
    Case("subtract_whole", (WHOLE, WHOLE), WHOLE, ((2.0, 3.0, -1.0), (None, 1.0, None))),
    Case("multiply_whole", (WHOLE, WHOLE), WHOLE, ((4.0, -3.0, -12.0), (2.0**53, 2.0**53, 2.0**106))),
    Case("add_float", (FLOAT, FLOAT), FLOAT, ((0.1, 0.2, 0.30000000000000004), (5e99, 5e99, 1e100))),
    Case("subtract_float", (FLOAT, FLOAT), FLOAT, ((0.3, 0.1, 0.19999999999999998), (None, 0.1, None))),
    Case("multiply_float", (FLOAT, FLOAT), FLOAT, ((0.1, 3.0, 0.30000000000000004), (2.0**100, 2.0**100, 2.0**200))),
    Case(
        "divide_float",
        (FLOAT, FLOAT),
        FLOAT,
        ((7.0, 2.0, 3.5), (1.0, 0.0, None), (2.0**-150, 2.0**150, 2.0**-300), (0.0, 5.0, 0.0)),
    ),
    Case(
        "add_decimal",
        (D2, D3),
        decimal(14, 3),
        ((D("0.10"), D("0.200"), D("0.300")), (D("-0.10"), D("0.001"), D("-0.099")), (None, D("1.000"), None)),
    ),
    Case("subtract_decimal", (D2, D3), decimal(14, 3), ((D("0.10"), D("0.200"), D("-0.100")),)),
    Case(
        "add_decimal",
        (decimal(18, 2), decimal(18, 2)),
        decimal(19, 2),
        ((D("5000000000000.25"), D("5000000000000.25"), D("10000000000000.50")),),
        note="past 18 digits",
    ),
    Case(
        "multiply_decimal",
        (D2, D3),
        decimal(22, 5),
        ((D("1.25"), D("1.250"), D("1.56250")), (D("-2.00"), D("0.500"), D("-1.00000")), (D("1.00"), None, None)),
    ),
    Case(
        "multiply_decimal",
        (decimal(12, 0), decimal(12, 0)),
        decimal(24, 0),
        ((D(3_000_000), D(3_000_000), D(9_000_000_000_000)),),
        note="whole",
    ),
    Case(
        "divide_exact",
        (INT, INT),
        FLOAT,
        ((7, 2, 3.5), (-7, 2, -3.5), (1, 3, 1 / 3), (5, 0, None), (0, 5, 0.0), (None, 5, None), (2**53, 3, 2**53 / 3)),
        note="ints",
    ),
    Case("divide_exact", (WHOLE, INT), FLOAT, ((7.0, 2, 3.5), (7.0, 0, None)), note="whole and int"),
    Case(
        "divide_exact",
        (D2, INT),
        FLOAT,
        ((D("10.00"), 4, 2.5), (D("0.30"), 3, 30 / 300), (D("1.10"), 3, 110 / 300), (D("1.10"), 0, None)),
        note="decimal and int",
    ),
    Case(
        "divide_exact",
        (D2, D3),
        FLOAT,
        ((D("1.10"), D("0.003"), 1100 / 3), (D("1.00"), D("0.000"), None)),
        note="decimals",
    ),
    Case("divide_exact", (decimal(18, 2), INT), FLOAT, ((D("9999999999999.99"), 1, 9999999999999.99),), note="wide"),
    Case("negate", (INT,), INT, ((5, -5), (-5, 5), (None, None)), note="int"),
    Case("negate", (D2,), D2, ((D("1.50"), D("-1.50")), (None, None)), note="decimal"),
    Case("negate", (FLOAT,), FLOAT, ((1.5, -1.5),), note="float"),
    Case("abs", (INT,), INT, ((-5, 5), (5, 5), (-(2**53), 2**53), (None, None)), note="int"),
    Case("abs", (D2,), D2, ((D("-1.50"), D("1.50")), (D("0.00"), D("0.00"))), note="decimal"),
    Case("abs", (FLOAT,), FLOAT, ((-1.5, 1.5), (None, None)), note="float"),
    Case(
        "floor_decimal",
        (D2,),
        decimal(11, 0),
        ((D("1.99"), D(1)), (D("-1.01"), D(-2)), (D("-1.00"), D(-1)), (D("0.00"), D(0)), (None, None)),
    ),
    Case(
        "ceil_decimal",
        (D2,),
        decimal(11, 0),
        (
            (D("1.01"), D(2)),
            (D("-1.99"), D(-1)),
            (D("2.00"), D(2)),
            (D("9999999999.99"), D(10_000_000_000)),
            (None, None),
        ),
    ),
    Case(
        "floor_float",
        (FLOAT,),
        FLOAT,
        (
            (1.9, 1.0),
            (-1.1, -2.0),
            (-1.0, -1.0),
            (1e100, 1e100),
            (-1e99, -1e99),
            (4503599627370495.5, 4503599627370495.0),
            (None, None),
        ),
    ),
    Case("ceil_float", (FLOAT,), FLOAT, ((1.1, 2.0), (-1.9, -1.0), (3.0, 3.0), (1e100, 1e100), (None, None))),
    Case(
        "round_decimal",
        (D3,),
        decimal(10, 2),
        (
            (D("1.005"), D("1.01")),
            (D("-1.005"), D("-1.01")),
            (D("1.004"), D("1.00")),
            (D("-0.004"), D("0.00")),
            (None, None),
        ),
        options=(2,),
    ),
    Case(
        "round_decimal",
        (D2,),
        decimal(11, 0),
        ((D("2.50"), D(3)), (D("-2.50"), D(-3)), (D("2.49"), D(2))),
        options=(0,),
        note="to 0",
    ),
    Case("least", (INT, INT, INT), INT, ((3, 1, 2, 1), (3, None, 2, None), (None, None, None, None)), note="ints"),
    Case(
        "least",
        (D2, D3),
        decimal(13, 3),
        ((D("1.50"), D("1.499"), D("1.499")), (D("1.00"), None, None)),
        note="decimals",
    ),
    Case("greatest", (INT, INT), INT, ((3, 1, 3), (None, 1, None), (1, None, None)), note="ints"),
    Case(
        "greatest",
        (DATE, DATE),
        DATE,
        ((date(2026, 1, 2), date(2025, 12, 31), date(2026, 1, 2)), (date(2026, 1, 2), None, None)),
        note="dates",
    ),
    Case(
        "greatest",
        (TIMESTAMP, TIMESTAMP),
        TIMESTAMP,
        ((T(2026, 1, 2, 3), T(2026, 1, 2, 4), T(2026, 1, 2, 4)),),
        note="instants",
    ),
    Case("coalesce", (INT, INT), INT, ((None, 2, 2), (1, 2, 1), (None, None, None)), note="ints"),
    Case(
        "coalesce",
        (D2, D3),
        decimal(13, 3),
        ((None, D("1.499"), D("1.499")), (D("1.50"), D("9.000"), D("1.500"))),
        note="decimals",
    ),
    Case("coalesce", (STRING, STRING), STRING, ((None, "b", "b"), ("", "b", "")), note="texts"),
    Case("lower", (STRING,), STRING, (("ABCXYZ", "abcxyz"), ("ÀÉaZ", "ÀÉaz"), ("İß", "İß"), (None, None))),
    Case("upper", (STRING,), STRING, (("abcxyz", "ABCXYZ"), ("àéAz", "àéAZ"), ("ßı", "ßı"), (None, None))),
    Case(
        "trim",
        (STRING,),
        STRING,
        (("  a b  ", "a b"), ("\ta ", "\ta"), ("\u00a0a", "\u00a0a"), ("   ", ""), (None, None)),
    ),
    Case("length", (STRING,), INT, (("", 0), ("é", 1), ("a👍🏽", 3), ("a\nb", 3), (None, None))),
    Case("replace", (STRING,), STRING, (("a%b%c", "a_b_c"), ("", ""), (None, None)), options=("%", "_")),
    Case("replace", (STRING,), STRING, (("aaa", "ba"), ("A", "A")), options=("aa", "b"), note="left to right"),
    Case("replace", (STRING,), STRING, (("it's \\n", "its \\n"),), options=("'", ""), note="of a quote"),
    Case("replace", (STRING,), STRING, (("a\\b", "a'b"),), options=("\\", "'"), note="of a backslash"),
    Case(
        "number",
        (STRING,),
        decimal(38, 9),
        (
            ("12.5", D("12.5")),
            ("-0.5", D("-0.5")),
            ("12345678901.5", D("12345678901.5")),
            ("-", None),
            ("007", D(7)),
            ("1.0000000005", D("1.000000001")),
            ("-1.0000000005", D("-1.000000001")),
            ("1.00000000049", D(1)),
            ("99999999999999999999999999999", D("99999999999999999999999999999")),
            ("0" * 60 + "1.5", D("1.5")),
            ("100000000000000000000000000000", None),
            ("99999999999999999999999999999.9999999999", None),
            (".5", None),
            ("5.", None),
            ("+5", None),
            ("--5", None),
            ("1e3", None),
            (" 5", None),
            ("5\n", None),
            ("1_000", None),
            ("٣", None),
            ("", None),
            ("1.2.3", None),
            ("1." + "1" * 20000, D("1.111111111")),
            (None, None),
        ),
    ),
    Case(
        "days_between_timestamps",
        (TIMESTAMP, TIMESTAMP),
        INT,
        (
            (T(2026, 1, 1), T(2026, 1, 2), 1),
            (T(2026, 1, 1, 0, 0, 0, 1), T(2026, 1, 2), 0),
            (T(2026, 1, 2), T(2026, 1, 1), -1),
            (T(2026, 1, 1, 0, 0, 0, 1), T(2026, 1, 1), -1),
            (T(2026, 1, 1), T(2026, 1, 1), 0),
            (T(1, 1, 3, 0, 0, 0, 1), T(9999, 12, 29), 3652053),
            (T(9999, 12, 29), T(1, 1, 3, 0, 0, 0, 1), -3652054),
            (None, T(2026, 1, 1), None),
        ),
    ),
    Case(
        "hours_between_timestamps",
        (TIMESTAMP, TIMESTAMP),
        INT,
        (
            (T(2026, 1, 1), T(2026, 1, 1, 1), 1),
            (T(2026, 1, 1, 0, 0, 0, 1), T(2026, 1, 1, 1), 0),
            (T(2026, 1, 1, 1), T(2026, 1, 1), -1),
            (T(1969, 12, 31, 23, 59, 59, 999999), T(1970, 1, 1, 5), 5),
            (T(1969, 12, 31, 23, 59, 59, 999999), T(1970, 1, 1, 4, 59, 59, 999998), 4),
        ),
    ),
    Case(
        "days_between_dates",
        (DATE, DATE),
        INT,
        (
            (date(2026, 2, 28), date(2026, 3, 1), 1),
            (date(2026, 3, 1), date(2026, 2, 28), -1),
            (date(1, 1, 1), date(9999, 12, 31), 3652058),
            (None, date(2026, 1, 1), None),
        ),
    ),
    Case(
        "shift_timestamp",
        (TIMESTAMP,),
        TIMESTAMP,
        ((T(2026, 1, 31), T(2026, 3, 2)), (None, None)),
        options=(30 * 86_400_000_000,),
        note="30 days",
    ),
    Case(
        "shift_timestamp",
        (TIMESTAMP,),
        TIMESTAMP,
        ((T(1970, 1, 1), T(1969, 12, 31, 23, 59, 59, 999999)),),
        options=(-1,),
        note="back",
    ),
    Case(
        "shift_timestamp",
        (TIMESTAMP,),
        TIMESTAMP,
        ((T(2026, 1, 1), T(2026, 1, 1, 1, 30)),),
        options=(5_400_000_000,),
        note="90 minutes",
    ),
    Case("shift_date", (DATE,), DATE, ((date(2026, 2, 28), date(2026, 3, 1)), (None, None)), options=(1,)),
    Case("shift_date", (DATE,), DATE, ((date(2024, 3, 1), date(2024, 2, 29)),), options=(-1,), note="back"),
    Case(
        "age_date",
        (DATE, DATE),
        INT,
        (
            (date(2000, 6, 15), date(2026, 6, 14), 25),
            (date(2000, 6, 15), date(2026, 6, 15), 26),
            (date(2004, 2, 29), date(2026, 2, 27), 21),
            (date(2004, 2, 29), date(2026, 2, 28), 22),
            (date(2004, 2, 29), date(2026, 3, 1), 22),
            (date(2004, 2, 29), date(2024, 2, 28), 19),
            (date(2004, 2, 29), date(2024, 2, 29), 20),
            (date(2004, 2, 28), date(2026, 2, 28), 22),
            (date(2003, 3, 1), date(2026, 2, 28), 22),
            (date(2004, 2, 29), date(1900, 2, 28), -104),
            (None, date(2026, 1, 1), None),
        ),
    ),
    Case(
        "date_timestamp",
        (TIMESTAMP,),
        DATE,
        (
            (T(2026, 1, 1, 23, 59, 59, 999999), date(2026, 1, 1)),
            (T(1969, 12, 31, 23, 59, 59, 500000), date(1969, 12, 31)),
            (T(1900, 1, 1), date(1900, 1, 1)),
            (None, None),
        ),
    ),
    Case(
        "date_timestamp",
        (TIMESTAMP,),
        DATE,
        (
            # Athens is two hours ahead of UTC in winter, three in summer.
            (T(2026, 1, 1, 21, 59, 59, 999999), date(2026, 1, 1)),
            (T(2026, 1, 1, 22), date(2026, 1, 2)),
            (T(2026, 7, 1, 20, 59, 59, 999999), date(2026, 7, 1)),
            (T(2026, 7, 1, 21), date(2026, 7, 2)),
            (T(2026, 3, 29, 0, 59, 59), date(2026, 3, 29)),
            (T(2100, 7, 1, 21, 30), date(2100, 7, 1)),
        ),
        timezone="Europe/Athens",
        note="in Athens",
    ),
    Case(
        "date_timestamp",
        (TIMESTAMP,),
        DATE,
        ((T(2026, 1, 1, 20), date(2026, 1, 2)), (T(2026, 1, 1, 18), date(2026, 1, 1))),
        timezone="Asia/Kathmandu",
        note="in Kathmandu",
    ),
    Case(
        "hour_timestamp",
        (TIMESTAMP,),
        INT,
        (
            (T(2026, 1, 1, 23, 59, 59, 999999), 23),
            (T(1969, 12, 31, 23, 59, 59, 999999), 23),
            (T(2026, 1, 1), 0),
            (None, None),
        ),
    ),
    Case(
        "hour_timestamp",
        (TIMESTAMP,),
        INT,
        (
            (T(2026, 3, 29, 0, 59), 2),
            (T(2026, 3, 29, 1, 0), 4),
            (T(2026, 10, 25, 0, 30), 3),
            (T(2026, 10, 25, 1, 30), 3),
        ),
        timezone="Europe/Athens",
        note="in Athens",
    ),
    Case("year_date", (DATE,), INT, ((date(2026, 1, 1), 2026), (date(1899, 12, 31), 1899), (None, None))),
    Case("month_date", (DATE,), INT, ((date(2026, 12, 1), 12), (None, None))),
    Case("day_date", (DATE,), INT, ((date(2026, 12, 31), 31),)),
    Case(
        "weekday_date",
        (DATE,),
        INT,
        ((date(2026, 11, 22), 7), (date(2026, 11, 23), 1), (date(1900, 1, 1), 1), (None, None)),
    ),
    Case("start_of_date", (DATE,), DATE, ((date(2026, 11, 22), date(2026, 11, 22)),), options=("day",), note="day"),
    Case(
        "start_of_date",
        (DATE,),
        DATE,
        (
            (date(2026, 11, 22), date(2026, 11, 16)),
            (date(2026, 11, 23), date(2026, 11, 23)),
            (date(2026, 1, 1), date(2025, 12, 29)),
            (None, None),
        ),
        options=("week",),
        note="week",
    ),
    Case("start_of_date", (DATE,), DATE, ((date(2026, 11, 22), date(2026, 11, 1)),), options=("month",), note="month"),
    Case(
        "start_of_date",
        (DATE,),
        DATE,
        (
            (date(2026, 12, 31), date(2026, 10, 1)),
            (date(2026, 1, 31), date(2026, 1, 1)),
            (date(2026, 5, 31), date(2026, 4, 1)),
        ),
        options=("quarter",),
        note="quarter",
    ),
    Case("start_of_date", (DATE,), DATE, ((date(2026, 11, 22), date(2026, 1, 1)),), options=("year",), note="year"),
    Case(
        "place",
        (STRING,),
        INT,
        (("low", 0), ("high", 2), ("other", None), (None, None)),
        options=("low", "it's", "high"),
    ),
    Case("label", (INT,), STRING, ((0, "low"), (1, "it's"), (7, None), (None, None)), options=("low", "it's", "high")),
)


def test_every_overload_is_tested() -> None:
    """``haversine`` is in tests/test_sphere.py, for every backend at once."""
    assert {case.overload for case in CASES} | {"haversine"} == set(OVERLOADS)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_overload(case: Case, engine: str) -> None:
    if case.overload in DIALECTS[engine].gaps:
        pytest.skip(f"a gap of {engine}: {DIALECTS[engine].gaps[case.overload]}")
    rows = case.rows
    if engine == "sqlite":
        # Decimals are exact to 64 bits.
        rows = tuple(row for row in rows if not str(row[0]).startswith("9" * 29))
    columns = {f"a{number}": of for number, of in enumerate(case.takes)} | {"wanted": case.gives}
    load(engine, columns, rows)
    args = [col(f"a{number}", of) for number, of in enumerate(case.takes)]
    value = call(case.overload, *args, type_=case.gives, options=case.options)
    made = plan({"right": is_wanted(value, col("wanted", case.gives))}, columns, case.timezone)
    right = members(engine, made)["right"]
    wrong = [row for number, row in enumerate(rows, 1) if number not in right]
    assert not wrong
