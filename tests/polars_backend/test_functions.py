"""Every overload of the catalogue against values worked out by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from polars_backend.nodes import apply, call, col, evaluate, lit

from segdsl.backends.polars.functions import LOWERINGS
from segdsl.functions.catalogue import OVERLOADS
from segdsl.types import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, WHOLE, decimal

D = Decimal
MONEY = decimal(12, 2)


def test_every_overload_has_a_lowering_and_no_other_has():
    assert set(LOWERINGS) == set(OVERLOADS)


@pytest.mark.parametrize(
    ("overload", "of", "a", "b", "expected"),
    [
        ("add_whole", WHOLE, 100, 100, 200.0),  # 8-bit integers would give -56
        ("add_whole", WHOLE, 2**53, 1, 2.0**53),
        ("subtract_whole", WHOLE, 1, 2, -1.0),  # unsigned ones 4294967295
        ("multiply_whole", WHOLE, 2**40, 2**40, 2.0**80),  # 64-bit ones 0
        ("add_float", FLOAT, 0.1, 0.2, 0.30000000000000004),
        ("subtract_float", FLOAT, 0.3, 0.1, 0.19999999999999998),
        ("multiply_float", FLOAT, 0.1, 3.0, 0.30000000000000004),
        ("divide_float", FLOAT, 7.0, 2.0, 3.5),
        ("divide_float", FLOAT, 7.0, 0.0, None),
        ("divide_float", FLOAT, 0.0, 0.0, None),
        ("divide_float", FLOAT, 7.0, -0.0, None),
        ("add_whole", WHOLE, None, 1, None),
        ("multiply_float", FLOAT, 1.0, None, None),
    ],
)
def test_arithmetic_in_double_precision(overload, of, a, b, expected):
    assert apply(overload, of, (of, a), (of, b)) == expected


@pytest.mark.parametrize(
    ("overload", "left", "a", "right", "b", "returns", "expected"),
    [
        # Polars' own decimals keep the larger scale and would give 1.56.
        ("multiply_decimal", MONEY, "1.25", MONEY, "1.25", decimal(24, 4), "1.5625"),
        (
            "multiply_decimal",
            decimal(19, 0),
            "9" * 19,
            decimal(19, 0),
            "9" * 19,
            decimal(38, 0),
            "99999999999999999980000000000000000001",
        ),
        ("add_decimal", decimal(37, 0), "9" * 37, decimal(37, 0), "9" * 37, decimal(38, 0), "1" + "9" * 36 + "8"),
        ("add_decimal", decimal(3, 1), "0.1", decimal(5, 3), "0.025", decimal(6, 3), "0.125"),
        ("add_decimal", MONEY, "0.10", MONEY, "0.20", decimal(13, 2), "0.30"),
        ("subtract_decimal", decimal(5, 3), "0.025", decimal(3, 1), "0.1", decimal(6, 3), "-0.075"),
        ("subtract_decimal", MONEY, None, MONEY, "1", decimal(13, 2), None),
    ],
)
def test_decimals_are_exact(overload, left, a, right, b, returns, expected):
    found = apply(overload, returns, (left, a and D(a)), (right, b and D(b)))
    assert found == (expected and D(expected))


@pytest.mark.parametrize(
    ("left", "a", "right", "b", "expected"),
    [
        (INT, 7, INT, 2, 3.5),
        (INT, -7, INT, 2, -3.5),
        (INT, 1, INT, 0, None),
        (INT, 0, INT, 0, None),
        (INT, 1, INT, 3, 1 / 3),
        (MONEY, D("10.00"), INT, 3, 1000.0 / 300.0),
        (INT, 1, MONEY, D("0.03"), 100.0 / 3.0),
        (WHOLE, 3, MONEY, D("0.50"), 6.0),
        (MONEY, D("1"), MONEY, D("0"), None),
        (decimal(3, 1), D("0.1"), decimal(5, 3), D("0.003"), 100.0 / 3.0),
        # 38 digits times 10^9 pass 128 bits: both sides still become the nearest double before they are divided.
        (decimal(38, 0), D("9" * 38), decimal(38, 9), D("0.000000001"), float("9" * 38 + "0" * 9)),
        (decimal(38, 0), D(7), decimal(38, 9), D("2"), 3.5),
        (WHOLE, 3, decimal(30, 25), D("2"), float(3 * 10**25) / float(2 * 10**25)),
        (MONEY, None, INT, 3, None),
        (MONEY, D("1"), INT, None, None),
    ],
)
def test_exact_numbers_are_divided_once(left, a, right, b, expected):
    assert apply("divide_exact", FLOAT, (left, a), (right, b)) == expected


def test_sign_and_size_of_each_kind_of_number():
    for of, number in ((INT, 5), (WHOLE, 5), (FLOAT, 5.0), (MONEY, D("5.25")), (decimal(38, 0), D("9" * 38))):
        negative = number.copy_negate() if isinstance(number, Decimal) else -number
        assert apply("negate", of, (of, number)) == negative
        assert apply("negate", of, (of, negative)) == number
        assert apply("abs", of, (of, negative)) == number
        assert apply("abs", of, (of, number)) == number
        assert apply("abs", of, (of, None)) is None
        assert apply("negate", of, (of, None)) is None


@pytest.mark.parametrize(
    ("number", "low", "high"),
    [
        ("1.25", 1, 2),
        ("-1.25", -2, -1),
        ("2.00", 2, 2),
        ("-2.00", -2, -2),
        ("0.01", 0, 1),
        ("-0.01", -1, 0),
        (None, None, None),
    ],
)
def test_floor_and_ceil(number, low, high):
    whole = decimal(11, 0)
    found = number and D(number)
    assert apply("floor_decimal", whole, (MONEY, found)) == low
    assert apply("ceil_decimal", whole, (MONEY, found)) == high
    assert apply("floor_float", FLOAT, (FLOAT, found and float(found))) == low
    assert apply("ceil_float", FLOAT, (FLOAT, found and float(found))) == high


@pytest.mark.parametrize(
    ("number", "places", "expected"),
    [
        ("2.5000", 0, "3"),
        ("-2.5000", 0, "-3"),
        ("3.5000", 0, "4"),
        ("2.4999", 0, "2"),
        ("0.1250", 2, "0.13"),
        ("-0.1250", 2, "-0.13"),
        ("-0.1249", 2, "-0.12"),
        ("0.0050", 2, "0.01"),
        (None, 2, None),
    ],
)
def test_rounding_goes_away_from_zero_at_the_half(number, places, expected):
    of = decimal(10, 4)
    found = apply("round_decimal", decimal(10 - 4 + places + 1, places), (of, number and D(number)), options=(places,))
    assert found == (expected and D(expected))


def test_least_and_greatest_are_missing_when_one_argument_is():
    cases = [
        (INT, [3, 1, 2], 1, 3),
        (STRING, ["b", "é", "a"], "a", "é"),
        (STRING, ["z", "é", "Z"], "Z", "é"),  # by code point
        (FLOAT, [-1.5, 2.0, 0.0], -1.5, 2.0),
        (DATE, [date(2026, 1, 2), date(2025, 1, 1), date(2026, 1, 1)], date(2025, 1, 1), date(2026, 1, 2)),
        (MONEY, [D("1.10"), D("1.09"), D("-3")], D("-3"), D("1.10")),
    ]
    for of, items, least, greatest in cases:
        args = [(of, item) for item in items]
        assert apply("least", of, *args) == least
        assert apply("greatest", of, *args) == greatest
        assert apply("least", of, *args, (of, None)) is None
        assert apply("greatest", of, *args, (of, None)) is None


def test_arguments_of_several_scales_meet_at_the_result_s():
    tenths, cents = decimal(3, 1), MONEY
    assert apply("least", MONEY, (tenths, D("0.5")), (cents, D("0.07"))) == D("0.07")
    assert apply("coalesce", MONEY, (tenths, D("0.5")), (cents, D("0.07"))) == D("0.5")


def test_coalesce_takes_the_first_that_is_present():
    assert apply("coalesce", INT, (INT, None), (INT, 0), (INT, 2)) == 0
    assert apply("coalesce", STRING, (STRING, None), (STRING, "")) == ""
    assert apply("coalesce", INT, (INT, None), (INT, None)) is None


def test_a_text_that_is_a_column_s_name_stays_a_text():
    found = evaluate(
        call("coalesce", STRING, col("a", STRING), lit("b", STRING)), {"a": (STRING, [None]), "b": (STRING, ["other"])}
    )
    assert found == ["b"]


def test_only_ascii_letters_change_case():
    assert apply("lower", STRING, (STRING, "ÀBCZ İß")) == "Àbcz İß"
    assert apply("upper", STRING, (STRING, "àbcz ß")) == "àBCZ ß"
    assert apply("lower", STRING, (STRING, None)) is None


def test_trim_takes_blanks_alone():
    assert apply("trim", STRING, (STRING, "  a b  ")) == "a b"
    assert apply("trim", STRING, (STRING, "\t a \u00a0")) == "\t a \u00a0"


def test_length_counts_code_points_in_a_signed_number():
    assert apply("length", INT, (STRING, "é\U0001f600")) == 2
    assert apply("length", INT, (STRING, "")) == 0
    less = call("negate", INT, call("length", INT, col("a", STRING)))
    assert evaluate(less, {"a": (STRING, ["abc"])}) == [-3]


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        ("a.b.c", ".", "", "abc"),
        ("aaa", "aa", "b", "ba"),
        ("a1", "1", "$0$$", "a$0$$"),
        ("x^", "^", "\\", "x\\"),
        (None, "a", "b", None),
    ],
)
def test_replace_is_literal(text, old, new, expected):
    assert apply("replace", STRING, (STRING, text), options=(old, new)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", "12"),
        ("-12.5", "-12.5"),
        ("007", "7"),
        ("0.1234567894", "0.123456789"),
        ("0.1234567895", "0.123456790"),
        ("-0.1234567895", "-0.123456790"),
        ("-0.00000000049999999999999", "0"),
        ("0" * 60 + "1.5", "1.5"),
        ("9" * 29, "9" * 29),
        ("9" * 29 + ".999999999", "9" * 29 + ".999999999"),
        ("9" * 29 + ".9999999995", None),
        ("1" + "0" * 29, None),
        ("1.", None),
        (".5", None),
        ("+1", None),
        ("1e5", None),
        (" 1", None),
        ("1\n", None),
        ("--1", None),
        ("-", None),
        ("", None),
        ("٣", None),  # a digit, but not one of 0-9
        ("NaN", None),
        (None, None),
    ],
)
def test_number_reads_what_spells_one_and_nothing_else(text, expected):
    assert apply("number", decimal(38, 9), (STRING, text)) == (expected and D(expected))


@pytest.mark.parametrize(
    ("a", "b", "days", "hours"),
    [
        (datetime(2026, 1, 1, 12), datetime(2026, 1, 2, 12), 1, 24),
        (datetime(2026, 1, 1, 12), datetime(2026, 1, 2, 11, 59, 59, 999999), 0, 23),
        (datetime(2026, 1, 2), datetime(2026, 1, 1, 23, 59), -1, -1),  # floor, not towards zero
        (datetime(1900, 1, 1), datetime(1899, 12, 31), -1, -24),
        (datetime(2026, 1, 1), None, None, None),
    ],
)
def test_time_gone_by_between_instants(a, b, days, hours):
    assert apply("days_between_timestamps", INT, (TIMESTAMP, a), (TIMESTAMP, b)) == days
    assert apply("hours_between_timestamps", INT, (TIMESTAMP, a), (TIMESTAMP, b)) == hours


def test_days_between_dates_counts_midnights():
    assert apply("days_between_dates", INT, (DATE, date(2024, 2, 28)), (DATE, date(2024, 3, 1))) == 2
    assert apply("days_between_dates", INT, (DATE, date(2024, 3, 1)), (DATE, date(1970, 1, 1))) == -19783
    assert apply("days_between_dates", INT, (DATE, None), (DATE, date(2024, 3, 1))) is None


@pytest.mark.parametrize(
    ("born", "at", "age"),
    [
        (date(2000, 6, 1), date(2026, 6, 1), 26),
        (date(2000, 6, 2), date(2026, 6, 1), 25),
        (date(2000, 2, 29), date(2026, 2, 27), 25),
        (date(2000, 2, 29), date(2026, 2, 28), 26),
        (date(2000, 2, 29), date(2024, 2, 28), 23),
        (date(2000, 2, 29), date(2024, 2, 29), 24),
        (date(2000, 2, 28), date(2024, 2, 28), 24),
        (date(2026, 6, 2), date(2026, 6, 1), -1),
        (None, date(2026, 6, 1), None),
    ],
)
def test_age_in_full_years(born, at, age):
    assert apply("age_date", INT, (DATE, born), (DATE, at)) == age


@pytest.mark.parametrize(
    ("zone", "at", "day", "hour"),
    [
        ("UTC", datetime(2026, 1, 1, 23, 59, 59, 999999), date(2026, 1, 1), 23),
        ("UTC", datetime(1969, 12, 31, 23, 59, 59, 500000), date(1969, 12, 31), 23),
        ("Europe/Athens", datetime(2026, 1, 1, 21, 59), date(2026, 1, 1), 23),
        ("Europe/Athens", datetime(2026, 1, 1, 22), date(2026, 1, 2), 0),
        ("Europe/Athens", datetime(2026, 7, 1, 21), date(2026, 7, 2), 0),
        # The clock goes forward on 29 March 2026 at 01:00 UTC.
        ("Europe/Athens", datetime(2026, 3, 29, 0, 59), date(2026, 3, 29), 2),
        ("Europe/Athens", datetime(2026, 3, 29, 1), date(2026, 3, 29), 4),
        ("America/New_York", datetime(2026, 1, 1, 4, 59), date(2025, 12, 31), 23),
        ("Asia/Kolkata", datetime(2026, 1, 1, 18, 29), date(2026, 1, 1), 23),
        ("Asia/Kolkata", datetime(2026, 1, 1, 18, 30), date(2026, 1, 2), 0),
        # Behind the table's last year: its last offset, that of winter.
        ("Europe/Athens", datetime(2060, 7, 1, 21, 59), date(2060, 7, 1), 23),
        ("UTC", None, None, None),
        ("Europe/Athens", None, None, None),
    ],
)
def test_day_and_hour_in_the_zone(zone, at, day, hour):
    assert apply("date_timestamp", DATE, (TIMESTAMP, at), timezone=zone) == day
    assert apply("hour_timestamp", INT, (TIMESTAMP, at), timezone=zone) == hour


@pytest.mark.parametrize(
    "day", [date(2026, 3, 1), date(2024, 2, 29), date(1, 1, 3), date(9999, 12, 31), date(1969, 12, 29)]
)
def test_parts_of_a_day(day):
    arg = (DATE, day)
    assert apply("year_date", INT, arg) == day.year
    assert apply("month_date", INT, arg) == day.month
    assert apply("day_date", INT, arg) == day.day
    assert apply("weekday_date", INT, arg) == day.isoweekday()


@pytest.mark.parametrize(
    ("unit", "day", "expected"),
    [
        ("day", date(2026, 5, 17), date(2026, 5, 17)),
        ("week", date(2026, 5, 17), date(2026, 5, 11)),  # a Sunday
        ("week", date(2026, 5, 11), date(2026, 5, 11)),
        ("week", date(1969, 12, 31), date(1969, 12, 29)),
        ("month", date(2026, 5, 17), date(2026, 5, 1)),
        ("quarter", date(2026, 5, 17), date(2026, 4, 1)),
        ("quarter", date(2026, 12, 31), date(2026, 10, 1)),
        ("year", date(2026, 5, 17), date(2026, 1, 1)),
        ("year", None, None),
        ("week", None, None),
        ("month", None, None),
    ],
)
def test_start_of(unit, day, expected):
    assert apply("start_of_date", DATE, (DATE, day), options=(unit,)) == expected


def test_shifts():
    assert apply("shift_date", DATE, (DATE, date(2026, 3, 1)), options=(-1,)) == date(2026, 2, 28)
    assert apply("shift_timestamp", TIMESTAMP, (TIMESTAMP, datetime(2026, 1, 1)), options=(-1,)) == datetime(
        2025, 12, 31, 23, 59, 59, 999999
    )
    assert apply("shift_timestamp", TIMESTAMP, (TIMESTAMP, None), options=(5,)) is None


def test_what_is_moved_out_of_the_calendar_is_missing():
    day = 86_400_000_000
    assert apply("shift_date", DATE, (DATE, date(9999, 12, 30)), options=(1,)) == date(9999, 12, 31)
    assert apply("shift_date", DATE, (DATE, date(9999, 12, 30)), options=(2,)) is None
    assert apply("shift_date", DATE, (DATE, date(1, 1, 2)), options=(-2,)) is None
    assert apply("shift_timestamp", TIMESTAMP, (TIMESTAMP, datetime(9999, 12, 31, 23)), options=(day,)) is None
    assert apply("shift_timestamp", TIMESTAMP, (TIMESTAMP, datetime(1, 1, 1, 23)), options=(-day,)) is None


def test_places_in_an_ordered_list():
    sizes = ("S", "M", "L")
    assert [apply("place", INT, (STRING, s), options=sizes) for s in ("S", "M", "L", "XL", None)] == [
        0,
        1,
        2,
        None,
        None,
    ]
    assert [apply("label", STRING, (INT, i), options=sizes) for i in (0, 2, 3, None)] == ["S", "L", None, None]


def test_a_truth_value_is_no_number():
    assert apply("coalesce", BOOL, (BOOL, None), (BOOL, False)) is False
