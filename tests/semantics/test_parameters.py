"""Parameters, what hosts set them to, and the limits of what texts can grow to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from semantics.shop import findings, library, show

from segdsl.diagnostics import Severity
from segdsl.limits import Limits

DAY = 24 * 3600 * 1_000_000


def body(text: str, settings: Mapping[str, object] | None = None) -> str:
    program, found = library(text, settings=settings)
    assert [str(f) for f in found if f.severity is Severity.ERROR] == []
    return show(program.definitions["s"].body)


def wrong(text: str, settings: Mapping[str, object]) -> str:
    """The message about the one error that there is."""
    (found,) = [f for f in library(text, settings=settings)[1] if f.severity is Severity.ERROR]
    assert found.code == "SEG216"
    return found.message


LAPSE = "param lapse = 90 days\nsegment s where created_at >= lapse ago"
SINCE = "param since = 2026-01-01\nsegment s where joined_on >= since"
START = "param start: timestamp = 2026-01-01\nsegment s where created_at >= start"
MARKETS = "param markets = ('GR', 'CY')\nsegment s where city in markets"
LEAST = "param least_points = 5\nsegment s where points >= least_points"
FACTOR = "param factor = 1.5\nsegment s where balance >= factor"
NAME = "param name = 'x'\nsegment s where city = name"
STRICT = "param strict = false\nsegment s where active = strict"
SHARE = "param portion: float = 1\nsegment s where ratio >= portion"


def test_a_decimal_of_a_host_is_taken_exactly_or_not_at_all() -> None:
    def factor(value: str) -> str:
        return body(FACTOR, {"factor": Decimal(value)})

    assert factor("2.250") == "r0.balance >= 2.250d:decimal(4,3)"
    # zeros at the end may go where 38 digits are too few for them, other digits may not
    assert factor("2.25" + 40 * "0") == "r0.balance >= 2.25d:decimal(3,2)"
    assert factor("0E-50") == "r0.balance >= 0d:decimal(1,0)"
    assert factor("12E+3") == "r0.balance >= 12000d:decimal(5,0)"
    assert factor("0." + 38 * "1") == f"r0.balance >= 0.{38 * '1'}d:decimal(38,38)"
    for digits in ("0." + 39 * "1", "0." + 45 * "1", "1." + 38 * "1", "1E-60", "1E+38", "1E+999999"):
        assert "38 digits" in wrong(FACTOR, {"factor": Decimal(digits)})


def test_the_values_of_the_text() -> None:
    assert body(LAPSE) == f"r0.created_at >= [as_of -{90 * DAY} micros]"
    assert body(SINCE) == "r0.joined_on >= 2026-01-01"
    # Athens is two hours ahead
    assert body(START) == "r0.created_at >= 2025-12-31T22:00:00"
    assert body(MARKETS) == "r0.city in [\"'GR'\", \"'CY'\"]"
    assert body(FACTOR) == "r0.balance >= 1.5d:decimal(2,1)"
    assert body(SHARE) == "r0.ratio >= 1.0"
    assert body("param n = -5\nsegment s where points > n") == "r0.points > -5"
    assert body("param n: decimal = 5\nsegment s where balance > n") == "r0.balance > 5d:decimal(1,0)"
    assert body("param n: decimal(4,2) = 5\nsegment s where balance > n") == "r0.balance > 5d:decimal(4,2)"
    assert body("param n = 3\nsegment s where any(order in last n days)").startswith("any(r1=order of r0 in [as_of -")
    assert body("param n = 3\nsegment s where any(order in previous n months)").endswith(
        "[as_of floor month -3 months .. as_of floor month))"
    )
    assert body("param a = 2026-01-01\nsegment s where any(order in a to today)") == (
        "any(r1=order of r0 in [2026-01-01 .. as_of floor day +1 days whole))"
    )
    assert body("param l = (1, 2.5)\nsegment s where balance in l") == "r0.balance in ['1d', '2.5d']"


@pytest.mark.parametrize(
    ("text", "settings", "expected"),
    [
        (LAPSE, {"lapse": "60 days"}, f"r0.created_at >= [as_of -{60 * DAY} micros]"),
        (LAPSE, {"lapse": "2 months"}, "r0.created_at >= [as_of -2 months]"),
        (LAPSE, {"lapse": timedelta(days=60)}, f"r0.created_at >= [as_of -{60 * DAY} micros]"),
        (SINCE, {"since": date(2026, 2, 1)}, "r0.joined_on >= 2026-02-01"),
        (SINCE, {"since": "2026-02-01"}, "r0.joined_on >= 2026-02-01"),
        (START, {"start": datetime(2026, 2, 1, 12, tzinfo=UTC)}, "r0.created_at >= 2026-02-01T12:00:00"),
        (
            START,
            {"start": datetime(2026, 2, 1, 12, tzinfo=timezone(timedelta(hours=5)))},
            "r0.created_at >= 2026-02-01T07:00:00",
        ),
        (START, {"start": datetime(2026, 2, 1, 12)}, "r0.created_at >= 2026-02-01T10:00:00"),
        (MARKETS, {"markets": ["US"]}, "r0.city in [\"'US'\"]"),
        (MARKETS, {"markets": ("US", "US", "CA")}, "r0.city in [\"'US'\", \"'CA'\"]"),
        (MARKETS, {"markets": '("US", "CA")'}, "r0.city in [\"'US'\", \"'CA'\"]"),
        (LEAST, {"least_points": 7}, "r0.points >= 7"),
        (LEAST, {"least_points": "7"}, "r0.points >= 7"),
        (LEAST, {"least_points": "-7"}, "r0.points >= -7"),
        (FACTOR, {"factor": Decimal("2.25")}, "r0.balance >= 2.25d:decimal(3,2)"),
        (FACTOR, {"factor": 2}, "r0.balance >= 2d:decimal(1,0)"),
        (FACTOR, {"factor": "2"}, "r0.balance >= 2d:decimal(1,0)"),
        (FACTOR, {"factor": 0.1}, "r0.balance >= 0.1d:decimal(1,1)"),
        (NAME, {"name": "' or 1 = 1 --"}, 'r0.city = "\' or 1 = 1 --"'),
        (NAME, {"name": "5"}, "r0.city = '5'"),
        (STRICT, {"strict": True}, "r0.active = True"),
        (STRICT, {"strict": "true"}, "r0.active = True"),
        (SHARE, {"portion": 0.25}, "r0.ratio >= 0.25"),
    ],
)
def test_what_a_host_sets(text: str, settings: Mapping[str, object], expected: str) -> None:
    assert body(text, settings) == expected


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        (LAPSE, {"lapse": 60}, "the parameter `lapse` takes a length of time, not a whole number"),
        (LAPSE, {"lapse": "often"}, "the value of the parameter `lapse` cannot be read: `often` is no length of time"),
        (LAPSE, {"lapse": "0 days"}, "a whole number above zero is needed before a unit of time, not 0"),
        (LAPSE, {"lapse": timedelta(0)}, "a length of time is above zero"),
        (LAPSE, {"lapse": "1 day\nparam x = 5"}, "`1 day\nparam x = 5` is no length of time"),
        (LAPSE, {"lapse": None}, "a Python value of type NoneType"),
        (SINCE, {"since": "2026-02-30"}, "is no date"),
        (SINCE, {"since": datetime(2026, 2, 1)}, "the parameter `since` takes a date, not an instant"),
        (
            MARKETS,
            {"markets": [1, 2]},
            "takes a list of which each value is a text, not a list of which each value is a whole number",
        ),
        (MARKETS, {"markets": "US"}, "`US` is no list"),
        (MARKETS, {"markets": ["US", 1]}, "the list of the parameter `markets` mixes values of several sorts"),
        (LEAST, {"least_points": 7.5}, "the parameter `least_points` takes a whole number, not a number"),
        (LEAST, {"least_points": True}, "the parameter `least_points` takes a whole number, not true or false"),
        (LEAST, {"least_points": 2**60}, "the number is too large"),
        (LEAST, {"least_points": float("nan")}, "a Python value of type float"),
        (FACTOR, {"factor": "1e400"}, "is no number"),
        (NAME, {"name": 5}, "the parameter `name` takes a text, not a whole number"),
        (STRICT, {"strict": 1}, "the parameter `strict` takes true or false, not a whole number"),
        (NAME, {"name": "a\ud800"}, "it holds a character that no text can hold"),
        (NAME, {"name": "a\0"}, "it holds a character that no text can hold"),
        (MARKETS, {"markets": ["US", "\udfff"]}, "it holds a character that no text can hold"),
        (
            "param l: decimal(3,2) = 1\nsegment s where balance > l",
            {"l": 100},
            "100 does not fit the parameter `l`: a decimal(3,2) has 3 digits, 2 of them behind the point",
        ),
        (
            "param l: decimal(3,1) = 1.25\nsegment s where balance > l",
            {},
            "1.25 does not fit the parameter `l`: a decimal(3,1)",
        ),
    ],
)
def test_what_a_host_may_not_set(text: str, settings: Mapping[str, object], message: str) -> None:
    assert message in wrong(text, settings)


def test_an_empty_list_is_an_error() -> None:
    found = library(MARKETS, settings={"markets": []})[1]
    assert [f.code for f in found if f.severity is Severity.ERROR] == ["SEG316"]


def test_the_parameter_is_named_where_its_value_does_not_fit() -> None:
    text = "param p = 'gold'\nsegment s where tier = p"
    found = [f for f in library(text, settings={"p": "tin"})[1] if f.severity is Severity.ERROR]
    assert [(f.code, f.span.text) for f in found] == [("SEG306", "p")]


def test_a_length_with_months_where_days_are_needed() -> None:
    text = "param lapse = 90 days\nsegment s where created_at + lapse > now"
    assert body(text) == f"shift_timestamp(r0.created_at, {90 * DAY}) > [as_of]"
    found = [f for f in library(text, settings={"lapse": "3 months"})[1] if f.severity is Severity.ERROR]
    assert [f.code for f in found] == ["SEG309"]


# -- limits -------------------------------------------------------------------------------------------------------


def errors(text: str, limits: Limits) -> list[tuple[str, str]]:
    return [(f.code, f.span.text) for f in library(text, limits=limits)[1] if f.severity is Severity.ERROR]


def test_parts_are_counted_once_all_is_put_in_its_place() -> None:
    # points + points is three parts, and each use of it counts three.
    text = "trait a = points + points\ntrait b = a + a\ntrait c = b + b"
    assert errors(text, Limits(nodes=40)) == []
    assert errors(text, Limits(nodes=12)) == [("SEG711", "c")]


def test_traits_that_double_at_each_step_end_quickly() -> None:
    steps = "\n".join(f"trait t{i}(x) = t{i - 1}(x) + t{i - 1}(x)" for i in range(1, 60))
    found = errors(f"trait t0(x) = x\n{steps}\nsegment s where t59(1) > 1", Limits())
    assert ("SEG711", "s") in found


def test_a_long_chain_of_traits_with_arguments_is_an_error_not_a_crash() -> None:
    steps = "\n".join(f"trait t{i}(x) = t{i - 1}(x)" for i in range(1, 300))
    found = errors(f"trait t0(x) = x\n{steps}\nsegment s where t299(1) > 1", Limits())
    assert {code for code, _ in found} == {"SEG705"}


def test_a_long_chain_of_definitions_is_none() -> None:
    steps = "\n".join(f"segment t{i} where t{i - 1}" for i in range(1, 2000))
    assert errors(f"segment t0 where points > 1\n{steps}", Limits()) == []


def test_a_list_of_too_many_values() -> None:
    found = library("param l = (1, 2, 3)\nsegment s where points in l", limits=Limits(list_values=2))[1]
    assert [f.code for f in found if f.severity is Severity.ERROR] == ["SEG707"]


def test_a_bare_condition_has_the_same_limits() -> None:
    text = " or ".join(["points > 5"] * 20)
    assert [f.code for f in findings(text, limits=Limits(nodes=20))] == ["SEG711"]
