"""Periods as they are for an ``as_of``: expected days worked out by hand, in Athens, where summer time ends on 25 October 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from semantics.shop import SHOP

from segdsl.explanation import wording
from segdsl.explanation.comparisons import kilometres
from segdsl.explanation.outcome import Window
from segdsl.functions import sphere
from segdsl.library import Library

LIBRARY = Library.from_text(
    "param lapse = 90 days\nsegment lapsed where any(order) and none(order in last lapse)", SHOP
)
TEN = "2026-11-22T10:00:00"
JULY = "2026-07-31"


def windows(condition: str, as_of: str = TEN) -> tuple[Window, ...]:
    return LIBRARY.condition(condition).explain(as_of).windows


WORDS = {
    # 30 times 24 hours before 10:00 in winter it was 11:00 in summer.
    ("any(order in last 30 days)", TEN): "from 2026-10-23 11:00 until just before 2026-11-22 10:00",
    ("any(order in last 36 hours)", TEN): "from 2026-11-20 22:00 until just before 2026-11-22 10:00",
    ("any(order in last 1 month)", TEN): "from 2026-10-22 10:00 until just before 2026-11-22 10:00",
    # At midnight, without a change of the clock in between, plain days.
    ("any(order in last 30 days)", JULY): "from 2026-07-01 to 2026-07-30, both days included",
    ("any(order in last 1 day)", JULY): "all of 2026-07-30",
    ("any(order in previous month)", TEN): "from 2026-10-01 to 2026-10-31, both days included",
    ("any(order in this quarter)", TEN): "from 2026-10-01 to 2026-12-31, both days included",
    # 22 November 2026 is a Sunday.
    ("any(order in this week)", TEN): "from 2026-11-16 to 2026-11-22, both days included",
    ("any(order in 13 to 4 months ago)", TEN): "from 2025-10-22 10:00 until just before 2026-07-22 10:00",
    ("any(order in 2026-01-01 to 2026-03-31)", TEN): "from 2026-01-01 to 2026-03-31, both days included",
    ("any(order in 2026-01-01 to now)", TEN): "from 2026-01-01 00:00 until just before 2026-11-22 10:00",
    # A date stands for the instant at which it begins: 23 October began before the window, 22 November in it.
    ("joined_on in last 30 days", TEN): "from 2026-10-24 to 2026-11-22, both days included",
    ("any(review in last 30 days)", TEN): "from 2026-10-24 to 2026-11-22, both days included",
    ("joined_on in last 30 days", JULY): "from 2026-07-01 to 2026-07-30, both days included",
    # Of days, an end that was written as an instant is its whole day.
    ("joined_on in 7 days ago to now", TEN): "from 2026-11-15 to 2026-11-22, both days included",
    ("anniversary(birth_date) in today to 7 days from now", TEN): "from 2026-11-22 to 2026-11-29, both days included",
    # 10:00 to 14:00 of one day: no day begins in it.
    ("joined_on in next 4 hours", TEN): "no day at all",
    ("created_at < 90 days ago", TEN): "2026-08-24 11:00",
    ("joined_on < today", TEN): "2026-11-22",
}


@pytest.mark.parametrize(("condition", "as_of"), WORDS)
def test_words(condition: str, as_of: str) -> None:
    assert [window.words for window in windows(condition, as_of)] == [WORDS[condition, as_of]]


def test_data_of_a_window() -> None:
    (window,) = windows("any(order in last 30 days)")
    assert window.text == "the last 30 days"
    assert (window.start, window.end) == (datetime(2026, 10, 23, 8), datetime(2026, 11, 22, 8))
    assert (window.first_day, window.last_day) == (date(2026, 10, 23), date(2026, 11, 22))
    assert window.of == "time"


def test_both_of_a_period_that_times_and_days_lie_in() -> None:
    found = windows("any(order in last 30 days) and any(review in last 30 days)")
    assert [(window.text, window.of) for window in found] == [
        ("the last 30 days", "time"),
        ("the last 30 days", "date"),
    ]


def test_the_past_has_windows_of_its_own() -> None:
    found = windows("lapsed and not (lapsed as of 30 days ago)")
    assert [(window.text, window.words, window.seen_from) for window in found] == [
        ("30 days ago", "2026-10-23 11:00", None),
        ("the last 90 days", "from 2026-08-24 11:00 until just before 2026-11-22 10:00", None),
        # 90 times 24 hours before 11:00 in summer it was 11:00 too.
        ("the last 90 days", "from 2026-07-25 11:00 until just before 2026-10-23 11:00", datetime(2026, 10, 23, 8)),
    ]


def test_each_of_several_periods() -> None:
    found = windows("each of previous 3 months has (any(order))")
    assert [(window.text, window.first_day, window.last_day) for window in found] == [
        ("month 1 of the previous 3 months", date(2026, 8, 1), date(2026, 8, 31)),
        ("month 2 of the previous 3 months", date(2026, 9, 1), date(2026, 9, 30)),
        ("month 3 of the previous 3 months", date(2026, 10, 1), date(2026, 10, 31)),
    ]


def test_a_reading_of_the_clock_that_comes_twice_says_which() -> None:
    # At 04:00 in summer time the clock goes back to 03:00: 03:30 comes again at 01:30 UTC.
    again = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    (window,) = LIBRARY.condition("any(order in last 2 hours)").explain(again).windows
    assert window.words == (
        "from 2026-10-25 02:30 until just before 2026-10-25 03:30 (the second time that the clock shows it)"
    )


@pytest.mark.parametrize("far", ["0", "0.5", "50", "1234.567", "6371", "20015"])
def test_distances_are_read_back(far: str) -> None:
    assert kilometres(sphere.haversine_of(Decimal(far))) == Decimal(far)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1000.00"), "1,000"),
        (Decimal("-0.50"), "-0.5"),
        (Decimal(12345678901234567890123456789012345678), "12,345,678,901,234,567,890,123,456,789,012,345,678"),
        (Decimal("0.00"), "0"),
        (1e-7, "0.0000001"),
        (1e100, "1E+100"),
        (100, "100"),
    ],
)
def test_numbers(value: Decimal | float, shown: str) -> None:
    assert wording.number(value) == shown
