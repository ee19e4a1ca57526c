"""The functions that generated code calls, beside the referee's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segdsl.backends.python import runtime
from segdsl.backends.python.functions import LOWERINGS
from segdsl.backends.python.times import Clock, Timely
from segdsl.backends.reference.aggregates import percentile
from segdsl.backends.reference.evaluate import _matches
from segdsl.backends.reference.numbers import decimal_of_float, fit, half_away, millionths, unscaled
from segdsl.functions.catalogue import OVERLOADS
from segdsl.semantics import ir
from segdsl.semantics.time import zone
from segdsl.types import DATE, TIMESTAMP, decimal

_decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal(-(10**20)), max_value=Decimal(10**20))


def test_every_function_is_written() -> None:
    assert set(LOWERINGS) == set(OVERLOADS)


@given(_decimals, st.integers(0, 12))
def test_decimals_are_held_in_their_last_places(number: Decimal, scale: int) -> None:
    assert runtime.unscaled(number, scale) == unscaled(half_away(number, scale), scale)


@given(st.integers(-(10**40), 10**40), st.integers(0, 30))
def test_rounding_goes_away_from_zero(number: int, places: int) -> None:
    assert (
        runtime.round_away(number, 10**places) == int(half_away(Decimal(number).scaleb(-places), 0))
        or abs(number) > 10**28
    )


@given(st.floats(-1e30, 1e30), st.integers(0, 6))
def test_floats_as_decimals(number: float, scale: int) -> None:
    of = decimal(15, scale)
    found = decimal_of_float(number, of)
    expected = None if found is None else unscaled(found, scale)
    assert runtime.of_float(number, 10**scale, 10**15) == expected


@given(st.floats(allow_nan=False))
def test_millionths(number: float) -> None:
    assert runtime.millionths(number) == millionths(number)


@pytest.mark.parametrize(
    "text",
    ["12.5", "-0", "007.0000000005", "-0.0000000005", "1.", ".5", "1e5", "", " 1", "9" * 29, "9" * 30, "1" * 60, "٣"],
)
def test_number(text: str) -> None:
    from segdsl.backends.reference.functions import _number

    of = decimal(38, 9)
    said = _number(ir.Call("number", "number", (), type=of), zone("UTC"), text)
    fitted = fit(said, of) if isinstance(said, Decimal) else None
    assert runtime.number(text, 9, 10**38) == (None if fitted is None else unscaled(fitted, 9))


@given(st.text("ab*?\\.\n", max_size=8), st.text("ab*?\\.\n", max_size=10))
def test_patterns(needle: str, text: str) -> None:
    asked = ir.Match("matches", ir.Literal("", type=DATE), needle)
    assert runtime.pattern(needle)(text) is _matches(asked, text)


def test_a_pattern_of_many_runs_takes_no_time() -> None:
    assert not runtime.pattern("*a" * 30 + "b")("a" * 3000)


@given(st.lists(st.integers(-(10**20), 10**20), max_size=9), st.decimals(0, 100, places=2))
def test_percentiles(numbers: list[int], percent: Decimal) -> None:
    share, whole = (percent / 100).as_integer_ratio()
    expected = percentile([Fraction(number, 100) for number in numbers], percent)
    assert runtime.percentile(numbers, share, whole, 100) == expected


@given(st.lists(st.integers(0, 5), max_size=9), st.booleans(), st.integers(1, 4))
def test_cuts(numbers: list[int], descending: bool, count: int) -> None:
    ordered = sorted(numbers, reverse=descending)
    expected = ordered[min(count, len(ordered)) - 1] if ordered else None
    assert runtime.cut(list(numbers), descending, count, 0, 1) == expected


def test_the_value_at_the_end() -> None:
    rows: list[tuple[tuple[object, ...], object]] = [((1,), "a"), ((2,), None), ((2,), "b"), ((1,), "c")]
    assert runtime.at_the_end(rows, last=True) == "b"
    assert runtime.at_the_end(rows, last=False) == "c"
    assert runtime.at_the_end([], last=True) is None


def test_the_first_decimal_is_not_the_hosts() -> None:
    import decimal as decimals

    with decimals.localcontext(decimals.Context(prec=3, rounding=decimals.ROUND_DOWN)):
        assert runtime.unscaled(Decimal("12345.678"), 2) == 1234568


# -- times ----------------------------------------------------------------------------------------------------------

_MOMENTS = (
    ir.AS_OF,
    ir.Moment("as_of", micros=-90 * 86_400_000_000),
    ir.Moment("as_of", floor="month"),
    ir.Moment("as_of", floor="week", days=-7),
    ir.Moment("as_of", months=-3),
    ir.Moment("as_of", micros=-1),
    ir.Moment(ir.Moment("as_of", micros=-30 * 86_400_000_000), floor="quarter"),
    ir.Moment(ir.Moment("as_of", months=-1), months=-1),
    ir.Moment(date(2026, 1, 31), months=1),
    ir.Moment(datetime(2026, 1, 31, 10, 30, 15)),
)
_PERIODS = tuple(ir.Period(start, ir.AS_OF, whole) for start in _MOMENTS for whole in (False, True))
_TIMES = (
    *(Timely("instant", moment) for moment in _MOMENTS),
    *(Timely("day", moment) for moment in _MOMENTS),
    *(Timely(kind, period) for period in _PERIODS for kind in ("first", "behind", "years")),  # type: ignore[arg-type]
    *(
        Timely("bound", ir.Bound(ir.Col("", "", type=of), side, moment, whole))  # type: ignore[arg-type]
        for of in (DATE, TIMESTAMP)
        for side in ("from", "before")
        for moment in _MOMENTS
        for whole in (False, True)
    ),
)
_near = st.builds(
    lambda day, seconds, micros: datetime(2026, 1, 1) + timedelta(day, seconds, micros),
    st.integers(0, 800),
    st.sampled_from([0, 1, 59, 60, 61, 3600, 7200, 10799, 10800, 43200, 79200, 86399]),
    st.sampled_from([0, 1, 999_999, 500_000]),
)


@pytest.mark.parametrize("name", ["UTC", "Europe/Athens", "America/New_York", "Africa/Monrovia", "Asia/Kathmandu"])
@settings(deadline=None, max_examples=40)
@given(instants=st.lists(_near, min_size=1, max_size=4))
def test_a_clock_tells_what_each_instant_is_told(name: str, instants: list[datetime]) -> None:
    clock, tz = Clock(_TIMES, zone(name)), zone(name)
    for start in instants:
        for instant in (start, start + timedelta(microseconds=1), start + timedelta(seconds=30), start):
            assert clock.at(instant) == tuple(one.at(instant, tz) for one in _TIMES)
            assert instant.replace(tzinfo=UTC).tzinfo is UTC
