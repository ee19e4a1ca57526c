"""Cuts and percentiles: of groups and of all rows, against the definition over random data."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from polars_backend.nodes import col, compare, lit
from polars_backend.plans import frame, run, some, stage, table

from segdsl.planning.plan import Aggregation, Place
from segdsl.semantics import ir
from segdsl.types import DATE, FLOAT, INT, TIMESTAMP, WHOLE, Type, decimal

D = Decimal
MONEY, WIDE, FINE, WHOLES = decimal(12, 2), decimal(38, 9), decimal(38, 38), decimal(38, 0)
KEPT = compare(col("f", INT, "a"), "=", lit(1, INT))

VALUES: dict[Any, list[Any]] = {
    INT: [-(2**53), -3, 0, 1, 2, 3, 4, 2**53],
    MONEY: [D("-9999999999.99"), D("-0.01"), D("0.00"), D("0.10"), D("9999999999.99")],
    WIDE: [
        D("-99999999999999999999999999999.999999999"),
        D("0.000000001"),
        D("99999999999999999999999999999.999999999"),
    ],
    FINE: [D("-0." + "9" * 38), D("0." + "3" * 38), D("0." + "1" * 38)],
    WHOLES: [D("-" + "9" * 38), D("9" * 38), D("9" * 37), D(7)],
    FLOAT: [-1e90, -2.5, -0.0, 0.0, 1e-7, 0.1, 0.3, 5e-7, 1234567.0000005, 8.9e12, 9.1e12],
    DATE: [date(1969, 1, 1), date(2026, 1, 1), date(2026, 1, 2)],
    TIMESTAMP: [datetime(1969, 1, 1) + timedelta(microseconds=i) for i in range(3)],
}


def random_rows(rng: random.Random, of: Type, count: int, groups: int) -> list[tuple[Any, Any, Any]]:
    return [
        (some(rng, range(groups), missing=0.1), some(rng, VALUES[of]), some(rng, [0, 1], missing=0.1))
        for _ in range(count)
    ]


def computed(aggregation: Aggregation, of: Type, rows: Sequence[tuple[Any, Any, Any]], by: bool) -> dict[Any, Any]:
    names = zip(("k", "x", "f"), (INT, of, INT), (0, 1, 2), strict=True)
    columns = {name: (kind, [row[i] for row in rows]) for name, kind, i in names}
    scanned = table("t", k=INT, x=of, f=INT)
    if by:
        made = stage("s", scanned, {"k": col("k", INT, "a"), "v": aggregation}, ("k",))
        return {row["k"]: row["v"] for row in run([made], {"t": frame(columns)})}
    (row,) = run([stage("s", scanned, {"v": aggregation}, ())], {"t": frame(columns)})
    return {None: row["v"]}


def expected(function: Any, rows: Sequence[tuple[Any, Any, Any]], filtered: bool, by: bool) -> dict[Any, Any]:
    groups: dict[Any, list[Any]] = {key: [] for key, _, _ in rows if key is not None} if by else {None: []}
    for key, number, flag in rows:
        if (by and key is None) or number is None or (filtered and flag != 1):
            continue
        groups[key if by else None].append(number)
    return {key: function(sorted(items)) for key, items in groups.items()}


def at_place(place: Place, items: list[Any]) -> Any:
    if not items:
        return None
    at = place.count or math.ceil(Fraction(len(items) * place.share, place.whole))
    at = min(max(at, 1), len(items))
    return items[-at] if place.descending else items[at - 1]


def at_percent(percent: Decimal, of: Type, items: list[Any]) -> float | None:
    """By weights, each as the definition has it."""
    if of == FLOAT:
        items = sorted(Fraction(math.floor(item * 1e6 + 0.5), 10**6) for item in items if abs(item) <= 9e12)
    if not items:
        return None
    p, n = Fraction(percent), len(items)
    weights = [max(Fraction(0), 100 - abs(100 * i - p * (n - 1))) for i in range(n)]
    assert sum(weights) == 100
    return float(sum(w * Fraction(item) for w, item in zip(weights, items, strict=True)) / 100)


PLACES = [
    Place(True, count=1),
    Place(False, count=1),
    Place(True, count=3),
    Place(False, count=3),
    Place(True, count=1_000_000),
    Place(True, share=10, whole=100),
    Place(False, share=125, whole=1000),
    Place(False, share=1, whole=3),
    Place(True, share=100, whole=100),
    Place(False, share=33333333333333333333, whole=10**20),
    Place(True, share=int("3" * 36), whole=10**36),
]
PERCENTS = [D(50), D(100), D("0.1"), D("33.3"), D("99.99"), D("1E+1"), D("66." + "6" * 19), D("66." + "6" * 36)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("of", VALUES)
def test_a_cut_is_the_value_at_its_place(of, place):
    rng = random.Random(f"{of} {place}")
    for by in (True, False):
        for count, groups in ((0, 1), (1, 1), (40, 3), (40, 40)):
            filtered = rng.random() < 0.5
            rows = random_rows(rng, of, count, groups)
            cut = Aggregation("cut", of, col("x", of, "a"), KEPT if filtered else None, place=place)
            assert computed(cut, of, rows, by) == expected(lambda items: at_place(place, items), rows, filtered, by)


@pytest.mark.parametrize("percent", PERCENTS)
@pytest.mark.parametrize("of", [INT, MONEY, WIDE, FINE, WHOLES, FLOAT])
def test_a_percentile_is_the_double_nearest_to_the_exact_value(of, percent):
    rng = random.Random(f"{of} {percent}")
    for by in (True, False):
        for count, groups in ((0, 1), (1, 1), (40, 3), (40, 40)):
            filtered = rng.random() < 0.5
            rows = random_rows(rng, of, count, groups)
            found = Aggregation("percentile", FLOAT, col("x", of, "a"), KEPT if filtered else None, percent=percent)
            wanted = expected(lambda items: at_percent(percent, of, items), rows, filtered, by)
            assert computed(found, of, rows, by) == wanted


def test_percentiles_by_hand():
    rows = [(1, D("1.00"), 1), (1, D("2.00"), 1), (1, D("4.00"), 1), (1, D("8.01"), 1), (2, D("0.10"), 1), (3, None, 1)]
    cases = {
        D(50): {1: 3.0, 2: 0.1, 3: None},
        D(25): {1: 1.75, 2: 0.1, 3: None},
        D(100): {1: 8.01, 2: 0.1, 3: None},
        D(90): {1: 6.807, 2: 0.1, 3: None},
    }
    for percent, wanted in cases.items():
        found = Aggregation("percentile", FLOAT, col("x", MONEY, "a"), percent=percent)
        assert computed(found, MONEY, rows, by=True) == wanted


def test_cuts_by_hand():
    rows = [(1, number, 1) for number in (5, 7, 7, 9, 11)]
    cases = [
        (Place(True, count=2), 9),
        (Place(True, count=3), 7),
        (Place(True, count=4), 7),
        (Place(False, count=9), 11),
        (Place(True, share=20, whole=100), 11),
        (Place(True, share=21, whole=100), 9),
        (Place(False, share=0, whole=1, count=1), 5),
    ]
    for place, wanted in cases:
        for by in (True, False):
            x = col("x", INT, "a")
            for value in (x, ir.Convert(value=x, type=WHOLE, optional=True)):
                cut = Aggregation("cut", value.type, value, place=place)
                assert list(computed(cut, INT, rows, by).values()) == [wanted]


def test_one_grouping_has_cuts_percentiles_and_sums_beside_each_other():
    rows = [(1, 4, 1), (1, 8, 0), (1, 6, 1), (2, 1, 0)]
    x = col("x", INT, "a")
    columns = {
        "k": col("k", INT, "a"),
        "n": Aggregation("count", INT),
        "low": Aggregation("cut", INT, x, place=Place(False, count=1)),
        "high": Aggregation("cut", INT, x, place=Place(True, count=1)),
        "kept": Aggregation("cut", INT, x, KEPT, place=Place(True, count=1)),
        "quarter": Aggregation("percentile", FLOAT, x, percent=D(25)),
        "median": Aggregation("percentile", FLOAT, x, percent=D(50)),
        "median_kept": Aggregation("percentile", FLOAT, x, KEPT, percent=D(50)),
    }
    data = frame({name: (INT, [row[i] for row in rows]) for i, name in enumerate(("k", "x", "f"))})
    assert run([stage("s", table("t", k=INT, x=INT, f=INT), columns, ("k",))], {"t": data}) == [
        {"k": 1, "n": 3, "low": 4, "high": 8, "kept": 6, "quarter": 5.0, "median": 6.0, "median_kept": 5.0},
        {"k": 2, "n": 1, "low": 1, "high": 1, "kept": None, "quarter": 1.0, "median": 1.0, "median_kept": None},
    ]
