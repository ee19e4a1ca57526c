"""Conditions, conversions and literals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from polars_backend.nodes import AS_OF, call, col, compare, evaluate, lit

from segdsl.backends.polars.expressions import Context, raw
from segdsl.semantics import ir
from segdsl.semantics.time import zone
from segdsl.types import BOOL, DATE, FLOAT, INT, MAX_INT, STRING, TIMESTAMP, WHOLE, decimal

D = Decimal
MONEY = decimal(12, 2)
X, S, B = col("x", INT), col("s", STRING), col("b", BOOL)


def held(expr, items, of=INT, **kwargs):
    """A condition for each of some values of ``x`` (or ``s``, ``b``)."""
    name = {STRING: "s", BOOL: "b"}.get(of, "x")
    return evaluate(expr, {name: (of, items)}, **kwargs)


# -- missing values -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("=", [False, True, False, False]),
        ("!=", [True, False, True, False]),
        ("<", [True, False, False, False]),
        ("<=", [True, True, False, False]),
        (">", [False, False, True, False]),
        (">=", [False, True, True, False]),
    ],
)
def test_a_missing_value_satisfies_no_comparison(operator, expected):
    assert held(compare(X, operator, lit(2, INT)), [1, 2, 3, None]) == expected


LEAVES = [
    ir.InList(value=X, items=(1, 2)),
    ir.InList(value=X, items=(1,)),
    ir.InPeriod(value=col("x", TIMESTAMP), period=ir.Period(ir.Moment("as_of", months=-1), ir.AS_OF)),
    ir.Truth(value=B),
    *(ir.Match(word=word, value=S, needle="a") for word in ("contains", "starts with", "ends with", "matches")),
]


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: type(leaf).__name__)
def test_negated_leaves_are_false_for_a_missing_value(leaf):
    of = leaf.value.type
    assert held(leaf, [None], of) == [False]
    assert held(replace(leaf, negated=True), [None], of) == [False]
    assert held(ir.Not(item=leaf), [None], of) == [True]
    assert held(ir.Not(item=replace(leaf, negated=True)), [None], of) == [True]


def test_not_is_exact_also_around_and_and_or():
    unknown, yes, no = compare(X, "=", lit(1, INT)), ir.All(items=()), ir.Any(items=())
    for item, expected in [
        (ir.All(items=(unknown, yes)), False),
        (ir.All(items=(unknown, no)), False),
        (ir.Any(items=(unknown, yes)), True),
        (ir.Any(items=(unknown, no)), False),
    ]:
        assert held(item, [None]) == [expected]
        assert held(ir.Not(item=item), [None]) == [not expected]
        assert held(ir.Not(item=ir.Not(item=item)), [None]) == [expected]


def test_a_truth_value_that_is_missing_under_not():
    assert held(ir.Not(item=B), [True, False, None], BOOL) == [False, True, True]
    assert held(ir.Truth(value=B), [True, False, None], BOOL) == [True, False, False]
    assert held(ir.Truth(value=B, negated=True), [True, False, None], BOOL) == [False, True, False]


def test_is_missing_and_is_present():
    assert held(ir.IsMissing(value=X), [1, None]) == [False, True]
    assert held(ir.IsMissing(value=X, negated=True), [1, None]) == [True, False]


def test_and_and_or_over_nothing_keep_the_height_of_the_frame():
    assert held(ir.All(items=()), [1, None, 3]) == [True, True, True]
    assert held(ir.Any(items=()), [1, None, 3]) == [False, False, False]


def test_an_if_whose_condition_is_unknown_takes_the_other_branch():
    choice = ir.If(
        condition=compare(X, ">", lit(1, INT)), then=lit("s", STRING), otherwise=lit("x", STRING), type=STRING
    )
    # Both branches are texts, also where columns have these names.
    assert evaluate(choice, {"x": (INT, [1, 2, None]), "s": (STRING, ["no"] * 3)}) == ["x", "s", "x"]
    assert evaluate(replace(choice, otherwise=None), {"x": (INT, [1, 2, None])}) == [None, "s", None]


def test_branches_of_an_if_meet_at_its_scale():
    choice = ir.If(
        condition=compare(X, ">", lit(1, INT)),
        then=lit(D("0.5"), decimal(2, 1)),
        otherwise=lit(D("0.25"), MONEY),
        type=MONEY,
    )
    assert held(choice, [1, 2]) == [D("0.25"), D("0.50")]


def test_a_condition_as_an_argument_is_two_valued():
    as_value = call("coalesce", BOOL, compare(X, ">", lit(1, INT)), lit(True, BOOL))
    assert held(as_value, [None]) == [False]


def test_filters_hold_plain_comparisons_alone():
    context = Context(AS_OF, zone("UTC"), lambda c: pl.col(c.name))
    text = str(
        raw(ir.All(items=(compare(X, ">", lit(1, INT)), ir.Match(word="contains", value=S, needle="a"))), context)
    )
    assert "fill_null" not in text
    assert "cast" not in text


# -- size ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("node", [ir.All, ir.Any])
def test_five_hundred_terms_are_planned_at_once(node):
    import time

    terms = tuple(compare(X, "!=" if node is ir.All else "=", lit(i, INT)) for i in range(500))
    start = time.perf_counter()
    found = held(node(items=terms), [499, 500, None])
    assert time.perf_counter() - start < 5
    assert found == ([False, True, False] if node is ir.All else [True, False, False])


def test_five_hundred_ifs_inside_one_another_need_not_be():
    choice: ir.Expr = lit(-1, INT)
    for i in range(24):
        choice = ir.If(condition=compare(X, "=", lit(i, INT)), then=lit(i * 10, INT), otherwise=choice, type=INT)
    assert held(choice, [0, 23, 24]) == [0, 230, -1]


def test_ten_thousand_items_in_a_list():
    inside = ir.InList(value=S, items=tuple(f"k{i}" for i in range(10_000)))
    assert held(inside, ["k0", "k9999", "k10000", None], STRING) == [True, True, False, False]


# -- lists --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "items", "values", "expected"),
    [
        (INT, (1, 2), [1, 3], [True, False]),
        (STRING, ("a", "é"), ["é", "e"], [True, False]),
        (STRING, ("a",), ["a", "A"], [True, False]),
        (MONEY, (D("1.5"), D("2")), [D("1.50"), D("2.00"), D("2.01")], [True, True, False]),
        # An item that the type cannot hold equals none of its values, and is not rounded to one.
        (MONEY, (D("1.505"), D("2")), [D("1.50"), D("1.51"), D("2.00")], [False, False, True]),
        (MONEY, (D("1.505"),), [D("1.50"), D("1.51")], [False, False]),
        (DATE, (date(2026, 1, 1), date(2026, 1, 2)), [date(2026, 1, 2), date(2026, 1, 3)], [True, False]),
        (
            TIMESTAMP,
            (datetime(2026, 1, 1), datetime(2026, 1, 2)),
            [datetime(2026, 1, 2), datetime(2026, 1, 2, 1)],
            [True, False],
        ),
    ],
)
def test_in_a_list(of, items, values, expected):
    node = ir.InList(value=col("x", of), items=items)
    assert evaluate(node, {"x": (of, [*values, None])}) == [*expected, False]
    out = ir.InList(value=col("x", of), items=items, negated=True)
    assert evaluate(out, {"x": (of, [*values, None])}) == [*(not e for e in expected), False]


# -- text ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "needle", "yes", "no"),
    [
        ("contains", ".*", ["a.*b", ".*"], ["ab", ""]),
        ("contains", "$0", ["a$0"], ["a"]),
        ("contains", "%", ["100%"], ["100"]),
        ("starts with", "^a", ["^ab"], ["ab", "b^a"]),
        ("ends with", "a$", ["ba$"], ["ba"]),
        ("ends with", "s", ["ss"], ["s\n"]),
        ("matches", "*@*.edu", ["a@b.edu", "@.edu", "a\n@b.edu"], ["a@bxedu", "a@b.edu ", "a@b.edu\n"]),
        ("matches", "a?c", ["abc", "aéc", "a\nc", "a\U0001f600c"], ["ac", "abbc"]),
        ("matches", "a.c", ["a.c"], ["abc"]),
        ("matches", r"1\*2", ["1*2"], ["1x2", r"1\x2"]),
        ("matches", r"a\b", [r"a\b"], ["ab", "a"]),
        ("matches", r"a\\*", [r"a\*"], ["a\\", r"a\b"]),
        ("matches", "(a|b)[c]{2}$", ["(a|b)[c]{2}$"], ["acc"]),
        ("matches", "*", ["", "x"], []),
        ("matches", "**a**", ["a", "bab"], ["b"]),
        ("matches", "", [""], ["x"]),
        ("matches", "É*", ["École"], ["école"]),
    ],
)
def test_matching_words(word, needle, yes, no):
    node = ir.Match(word=word, value=S, needle=needle)
    assert held(node, [*yes, *no, None], STRING) == [True] * len(yes) + [False] * len(no) + [False]


def test_a_column_s_name_as_needle_is_a_text():
    node = ir.Match(word="starts with", value=S, needle="x")
    assert evaluate(node, {"s": (STRING, ["xa", "ya"]), "x": (STRING, ["y", "y"])}) == [True, False]


def test_a_pattern_of_thousands_of_single_wildcards():
    node = ir.Match(word="matches", value=S, needle="?" * 30_000 + "*b?")
    assert held(node, ["a" * 30_000 + "bc", "a" * 40_000 + "bbc", "a" * 30_000 + "b", "", None], STRING) == [
        True,
        True,
        False,
        False,
        False,
    ]


# -- time ---------------------------------------------------------------------------------------------------------------


def test_periods_are_half_open():
    node = ir.InPeriod(
        value=col("x", TIMESTAMP), period=ir.Period(ir.Moment("as_of", micros=-86_400_000_000), ir.AS_OF)
    )
    start, tick = AS_OF - timedelta(days=1), timedelta(microseconds=1)
    times = [start - tick, start, AS_OF - tick, AS_OF, None]
    assert held(node, times, TIMESTAMP) == [False, True, True, False, False]
    assert held(replace(node, negated=True), times, TIMESTAMP) == [True, False, False, True, False]


def test_a_date_stands_for_its_beginning_in_the_zone():
    # As of 1 June, 12:00 UTC, 15:00 in Athens: 1 June has begun, the 2nd has not.
    before = ir.Bound(value=col("x", DATE), side="before", moment=ir.AS_OF)
    since = ir.Bound(value=col("x", DATE), side="from", moment=ir.AS_OF)
    days = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 2), None]
    assert held(before, days, DATE, timezone="Europe/Athens") == [True, True, False, False]
    assert held(since, days, DATE, timezone="Europe/Athens") == [False, False, True, False]


def test_instants_are_resolved_in_the_zone():
    month = ir.Instant(moment=ir.Moment("as_of", floor="month"), type=TIMESTAMP)
    times = [datetime(2026, 5, 31, 20, 59), datetime(2026, 5, 31, 21)]
    assert held(compare(col("x", TIMESTAMP), ">=", month), times, TIMESTAMP, timezone="Europe/Athens") == [False, True]
    today = ir.Instant(moment=ir.AS_OF, type=DATE)
    late = datetime(2026, 6, 1, 22)
    assert held(
        compare(col("x", DATE), "=", today), [date(2026, 6, 2)], DATE, timezone="Europe/Athens", as_of=late
    ) == [True]


# -- numbers ------------------------------------------------------------------------------------------------------------


def test_decimals_of_different_scales_compare_by_their_numbers():
    tenths, cents = col("x", decimal(3, 1)), lit(D("0.50"), MONEY)
    assert held(compare(tenths, "=", cents), [D("0.5"), D("0.4"), None], tenths.type) == [True, False, False]


@pytest.mark.parametrize(
    ("number", "operators"),
    [
        ("7", {"<", "<=", "!="}),
        ("8", {">", ">=", "!="}),
        ("-8", {"<", "<=", "!="}),
        ("9" * 38, {">", ">=", "!="}),
        ("-" + "9" * 38, {"<", "<=", "!="}),
    ],
)
def test_decimals_that_fit_no_common_scale(number, operators):
    wide, fine = decimal(38, 0), decimal(38, 20)
    for operator in ("=", "!=", "<", "<=", ">", ">="):
        node = compare(col("x", wide), operator, lit(D("7.5"), fine))
        assert held(node, [D(number), None], wide) == [operator in operators, False]
        turned = compare(lit(D("7"), fine), operator, col("x", wide))
        assert held(turned, [D(7)], wide) == [operator in ("=", "<=", ">=")]


def test_decimals_that_would_wrap_at_a_common_scale():
    wide, fine = decimal(38, 0), decimal(38, 20)
    numbers = [D(f"{sign}1e{k}") for k in range(1, 38) for sign in ("", "-")]
    node = compare(col("x", wide), ">", lit(D("7.5"), fine))
    assert held(node, numbers, wide) == [number > 0 for number in numbers]


def test_the_largest_ints_are_told_apart():
    assert held(compare(X, "=", lit(MAX_INT - 1, INT)), [MAX_INT, MAX_INT - 1]) == [False, True]


def test_one_is_not_true_and_minus_zero_is_zero():
    assert held(compare(col("x", FLOAT), "=", lit(0.0, FLOAT)), [-0.0, 0.0], FLOAT) == [True, True]


def convert(of, to, items, **kwargs):
    node = ir.Convert(value=col("x", of), type=to, optional=True)
    return evaluate(node, {"x": (of, items)}, **kwargs)


@pytest.mark.parametrize(
    ("of", "to", "item", "expected"),
    [
        (INT, WHOLE, MAX_INT, float(MAX_INT)),
        (INT, FLOAT, -3, -3.0),
        (INT, decimal(16, 0), MAX_INT, D(MAX_INT)),
        (INT, MONEY, 9_999_999_999, D("9999999999.00")),
        (INT, MONEY, 10_000_000_000, None),
        (INT, decimal(38, 38), 1, None),
        (INT, decimal(38, 38), 0, D(0)),
        (MONEY, decimal(14, 4), D("1.25"), D("1.2500")),
        (decimal(14, 4), MONEY, D("1.2550"), D("1.26")),
        (decimal(14, 4), MONEY, D("-1.2550"), D("-1.26")),
        (decimal(14, 4), MONEY, D("-1.2549"), D("-1.25")),
        (decimal(14, 4), decimal(3, 2), D("9.9950"), None),
        (decimal(14, 4), decimal(3, 2), D("9.9949"), D("9.99")),
        (decimal(38, 0), decimal(38, 10), D("9" * 28), D("9" * 28)),
        (decimal(38, 0), decimal(38, 10), D("1" + "0" * 28), None),
        (decimal(38, 0), decimal(38, 10), D("9" * 38), None),  # times 10^10 it would wrap into the range again
        (MONEY, FLOAT, D("0.10"), 0.1),
        (decimal(38, 18), FLOAT, D("12345678901234567890.123456789012345678"), 12345678901234567890.123456789012345678),
        (decimal(38, 2), FLOAT, D("-" + "9" * 36 + ".99"), -1e36),
        (decimal(38, 38), FLOAT, D("0." + "1" * 38), float("0." + "1" * 38)),
        (WHOLE, INT, 2**53, 2**53),
        (WHOLE, INT, 2.0**54, None),
        (WHOLE, FLOAT, 5, 5.0),
        (decimal(38, 0), INT, D(2**53), 2**53),
        (decimal(38, 0), INT, D(2**53 + 1), None),
        (FLOAT, MONEY, 2.675, D("2.68")),  # in double precision, 2.675 * 100 is 267.5
        (FLOAT, MONEY, 0.125, D("0.13")),
        (FLOAT, MONEY, -0.125, D("-0.13")),
        (FLOAT, MONEY, 9999999999.99, D("9999999999.99")),
        (FLOAT, MONEY, 1e10, None),
        (FLOAT, MONEY, -1e99, None),
        (DATE, TIMESTAMP, date(2026, 1, 1), datetime(2026, 1, 1)),
    ],
)
def test_conversions(of, to, item, expected):
    assert convert(of, to, [item, None]) == [expected, None]


def test_a_day_begins_where_the_zone_says():
    days = [date(2026, 1, 1), date(2026, 7, 1), date(2026, 3, 29), date(2026, 3, 30), date(1950, 1, 1), None]
    found = convert(DATE, TIMESTAMP, days, timezone="Europe/Athens")
    athens = zone("Europe/Athens")
    assert found[:4] == [
        datetime(2025, 12, 31, 22),
        datetime(2026, 6, 30, 21),
        datetime(2026, 3, 28, 22),
        datetime(2026, 3, 29, 21),
    ]
    assert found[4:] == [athens.begin(date(1950, 1, 1)), None]


@pytest.mark.parametrize(
    "name", ["Europe/Athens", "America/Sao_Paulo", "Asia/Kathmandu", "America/New_York", "Pacific/Apia"]
)
def test_zones_agree_with_the_time_model_on_every_day(name):
    table = zone(name)
    days = [date(1969, 12, 1) + timedelta(days=i) for i in range(69 * 366)]
    assert convert(DATE, TIMESTAMP, days, timezone=name) == [table.begin(day) for day in days]
    instants = [datetime(2009, 1, 1) + timedelta(hours=i) for i in range(24 * 366 * 4)]
    found = evaluate(call("date_timestamp", DATE, col("x", TIMESTAMP)), {"x": (TIMESTAMP, instants)}, name)
    assert found == [table.day(instant) for instant in instants]


def test_what_arithmetic_carries_out_of_the_float_range_is_missing():
    node = ir.InRange(value=col("x", FLOAT), type=FLOAT, optional=True)
    items = [0.0, 1e100, 1.0000001e100, 1e-100, 0.99e-100, -1e100, float("inf"), float("nan"), None]
    assert evaluate(node, {"x": (FLOAT, items)}) == [0.0, 1e100, None, 1e-100, None, -1e100, None, None, None]


@pytest.mark.parametrize("of", [BOOL, INT, WHOLE, FLOAT, MONEY, STRING, DATE, TIMESTAMP])
def test_a_missing_literal_has_its_type(of):
    assert evaluate(call("coalesce", of, lit(None, of), col("x", of)), {"x": (of, [None])}) == [None]
