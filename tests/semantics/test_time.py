"""Zones, moments and periods as literals, worked out by hand."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from segdsl.semantics.ir import AS_OF, Bound, Col, Moment, Period
from segdsl.semantics.time import (
    EARLIEST,
    LATEST,
    UnknownZone,
    Zone,
    add_months,
    anniversaries,
    bound,
    date_bounds,
    floor,
    instant_bounds,
    resolve,
    resolve_day,
    zone,
)
from segdsl.types import DATE, TIMESTAMP

UTC, BERLIN, SANTIAGO, LORD_HOWE = map(zone, ("UTC", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe"))
NOON = datetime(2026, 6, 15, 12)
DAY = 86_400_000_000


def test_months_are_clamped_and_stay_in_the_calendar() -> None:
    assert add_months(datetime(2026, 3, 31, 8, 30), -1) == datetime(2026, 2, 28, 8, 30)
    assert add_months(datetime(2024, 1, 31), 1) == datetime(2024, 2, 29)
    assert add_months(datetime(2026, 12, 5), 1) == datetime(2027, 1, 5)
    assert add_months(datetime(2026, 1, 5), -13) == datetime(2024, 12, 5)
    assert add_months(datetime(1, 2, 3), -1) == datetime(1, 1, 3)
    assert add_months(datetime(9999, 11, 30), 1) == datetime(9999, 12, 30)
    for start, months in ((datetime(1, 1, 31), -1), (datetime(9999, 12, 1), 1), (datetime(2026, 1, 1), -12 * 2026)):
        with pytest.raises(OverflowError):
            add_months(start, months)


def test_units_begin() -> None:
    sunday = datetime(2026, 11, 22, 23, 59, 59, 999_999)
    assert floor(sunday, "day") == datetime(2026, 11, 22)
    assert floor(sunday, "week") == datetime(2026, 11, 16)
    assert floor(sunday, "month") == datetime(2026, 11, 1)
    assert floor(sunday, "quarter") == datetime(2026, 10, 1)
    assert floor(sunday, "year") == datetime(2026, 1, 1)
    assert [floor(datetime(2026, month, 28), "quarter").month for month in range(1, 13)] == [1] * 3 + [4] * 3 + [
        7
    ] * 3 + [10] * 3
    assert floor(datetime(2026, 11, 16), "week") == datetime(2026, 11, 16)


def test_clocks_that_are_turned() -> None:
    # 29 March 2026, 01:00 UTC: from 02:00 to 03:00. What lies between is read as it was before, and so is behind it.
    assert BERLIN.local(datetime(2026, 3, 29, 0, 59, 59, 999_999)) == datetime(2026, 3, 29, 1, 59, 59, 999_999)
    assert BERLIN.local(datetime(2026, 3, 29, 1)) == datetime(2026, 3, 29, 3)
    assert BERLIN.instant(datetime(2026, 3, 29, 2, 30)) == datetime(2026, 3, 29, 1, 30)
    # 25 October 2026, 01:00 UTC: from 03:00 to 02:00. What is there twice is the first.
    assert BERLIN.local(datetime(2026, 10, 25, 0, 30)) == BERLIN.local(datetime(2026, 10, 25, 1, 30))
    assert BERLIN.instant(datetime(2026, 10, 25, 2, 30)) == datetime(2026, 10, 25, 0, 30)
    assert BERLIN.instant(datetime(2026, 10, 25, 3)) == datetime(2026, 10, 25, 2)
    # Half an hour, on the other half of the earth: 4 April 2026, 15:00 UTC, from +11 to +10:30.
    assert LORD_HOWE.local(datetime(2026, 4, 4, 14, 59)) == datetime(2026, 4, 5, 1, 59)
    assert LORD_HOWE.local(datetime(2026, 4, 4, 15)) == datetime(2026, 4, 5, 1, 30)
    assert LORD_HOWE.instant(datetime(2026, 4, 5, 1, 45)) == datetime(2026, 4, 4, 14, 45)


def test_a_day_without_its_midnight_begins_later() -> None:
    # Santiago, 6 September 2026: 00:00 is 01:00, at 04:00 UTC.
    assert SANTIAGO.begin(date(2026, 9, 6)) == datetime(2026, 9, 6, 4)
    assert SANTIAGO.begin(date(2026, 9, 7)) == datetime(2026, 9, 7, 3)
    assert SANTIAGO.day(datetime(2026, 9, 6, 3, 59, 59)) == date(2026, 9, 5)
    assert SANTIAGO.first_day_from(datetime(2026, 9, 6, 4)) == date(2026, 9, 6)
    assert SANTIAGO.first_day_from(datetime(2026, 9, 6, 4, 0, 0, 1)) == date(2026, 9, 7)
    # Its clocks go back at midnight, 4 April 2026: the hour from 23:00 on is there twice, and the day is one stretch all the same.
    assert SANTIAGO.local(datetime(2026, 4, 5, 3)) == datetime(2026, 4, 4, 23)
    assert (BERLIN.days_are_monotone, UTC.days_are_monotone, SANTIAGO.days_are_monotone) == (True, True, True)


def test_a_clock_that_goes_back_across_midnight() -> None:
    odd = Zone("odd", (datetime(1970, 1, 1), datetime(2026, 1, 1, 0, 30)), (0, -3600))
    assert not odd.days_are_monotone
    assert Zone("even", (datetime(1970, 1, 1), datetime(2026, 1, 1, 1)), (0, -3600)).days_are_monotone


def test_zones_have_one_table() -> None:
    assert (BERLIN.starts[0], BERLIN.offsets[0]) == (datetime(1970, 1, 1), 3600)
    assert BERLIN.local(datetime(1900, 7, 1)) == datetime(1900, 7, 1, 1)
    assert BERLIN.starts[-1] == datetime(2037, 10, 25, 1)
    assert BERLIN.local(datetime(2100, 7, 1)) == datetime(2100, 7, 1, 1)
    assert (UTC.is_fixed, BERLIN.is_fixed) == (True, False)
    assert all(before != after for before, after in zip(BERLIN.offsets, BERLIN.offsets[1:], strict=False))
    for name in ("Europe/Atlantis", "../../etc/passwd", "", "Europe/", "Berlin"):
        with pytest.raises(UnknownZone):
            zone(name)


def test_moments() -> None:
    assert resolve(AS_OF, NOON, BERLIN) == NOON
    assert resolve(Moment("as_of", micros=-30 * DAY), NOON, BERLIN) == datetime(2026, 5, 16, 12)
    assert resolve(Moment("as_of", floor="day"), NOON, BERLIN) == datetime(2026, 6, 14, 22)
    assert resolve(Moment("as_of", floor="month", months=-6), NOON, BERLIN) == datetime(2025, 11, 30, 23)
    assert resolve(Moment("as_of", months=-3), NOON, BERLIN) == datetime(2026, 3, 15, 13)
    assert resolve(Moment(date(2026, 3, 29), days=1), NOON, BERLIN) == datetime(2026, 3, 29, 22)
    assert resolve(Moment(Moment("as_of", months=-3), micros=-DAY), NOON, BERLIN) == datetime(2026, 3, 14, 13)
    assert resolve(Moment(date(2026, 9, 6), days=1), NOON, SANTIAGO) == datetime(2026, 9, 7, 3)


def test_moments_stay_in_the_calendar() -> None:
    for end in (EARLIEST, LATEST):
        assert resolve(Moment(end), NOON, UTC) == end
    for end, beyond in ((EARLIEST, -1), (LATEST, 1)):
        with pytest.raises(OverflowError):
            resolve(Moment(end, micros=beyond), NOON, UTC)


def test_days() -> None:
    assert resolve_day(Moment(date(1, 1, 1)), NOON, BERLIN) == date(1, 1, 1)
    assert resolve_day(AS_OF, datetime(2026, 6, 14, 22), BERLIN) == date(2026, 6, 15)
    assert resolve_day(AS_OF, datetime(2026, 6, 14, 21, 59, 59, 999_999), BERLIN) == date(2026, 6, 14)


def test_periods_for_instants_and_for_days() -> None:
    rolling = Period(Moment("as_of", micros=-2 * DAY), AS_OF)
    assert instant_bounds(rolling, NOON, BERLIN) == (datetime(2026, 6, 13, 12), NOON)
    # A date is the instant at which it begins: the 13th began before the period, the 15th within it.
    assert date_bounds(rolling, NOON, BERLIN) == (date(2026, 6, 14), date(2026, 6, 16))
    days = Period(Moment(date(2026, 6, 1)), Moment(date(2026, 6, 3), days=1), whole_days=True)
    assert instant_bounds(days, NOON, BERLIN) == (datetime(2026, 5, 31, 22), datetime(2026, 6, 3, 22))
    assert date_bounds(days, NOON, BERLIN) == (date(2026, 6, 1), date(2026, 6, 4))
    # An end that is an instant is in its day, the whole of which is in.
    open_ = Period(Moment(date(2026, 6, 1)), AS_OF, whole_days=True)
    assert date_bounds(open_, NOON, BERLIN) == (date(2026, 6, 1), date(2026, 6, 16))
    begun = Period(AS_OF, Moment(date(2026, 6, 20), days=1), whole_days=True)
    assert date_bounds(begun, NOON, BERLIN) == (date(2026, 6, 15), date(2026, 6, 21))


def test_bounds_are_the_ends_of_periods() -> None:
    at, on = Col("", "at", type=TIMESTAMP), Col("", "on", type=DATE)
    assert bound(Bound(at, "before", AS_OF), NOON, BERLIN) == NOON
    assert bound(Bound(on, "from", AS_OF), NOON, BERLIN) == date(2026, 6, 16)
    assert bound(Bound(on, "from", AS_OF, whole_days=True), NOON, BERLIN) == date(2026, 6, 15)
    assert bound(Bound(on, "before", AS_OF, whole_days=True), NOON, BERLIN) == date(2026, 6, 16)
    assert bound(Bound(on, "before", Moment(date(2026, 6, 3), days=1), whole_days=True), NOON, BERLIN) == date(
        2026, 6, 4
    )


def test_anniversaries_of_a_period() -> None:
    def of(first: date, last: date) -> tuple[tuple[int, int, int], ...]:
        return anniversaries(Period(Moment(first), Moment(last, days=1), whole_days=True), NOON, UTC)

    assert of(date(2026, 6, 1), date(2026, 6, 30)) == ((2026, 601, 630),)
    assert of(date(2025, 12, 20), date(2026, 1, 5)) == ((2025, 1220, 1231), (2026, 101, 105))
    # Of years that are in it as a whole, the last says all: whoever is old enough for it had the others' too.
    assert of(date(2023, 3, 1), date(2026, 6, 30)) == ((2023, 301, 1231), (2025, 101, 1231), (2026, 101, 630))
    # In a year without a 29 February, that day is kept on the 28th.
    assert of(date(2026, 2, 1), date(2026, 2, 28)) == ((2026, 201, 229),)
    assert of(date(2024, 2, 1), date(2024, 2, 28)) == ((2024, 201, 228),)
    assert of(date(2026, 2, 2), date(2026, 2, 1)) == ()
