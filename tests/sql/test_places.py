"""Aggregates by place: cuts and percentiles against what Python finds by counting."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest
from engines import connect
from sql.plans import ENGINES, col, lit
from sql.random_rows import read, table

from segdsl.backends.sql import windows
from segdsl.planning.plan import Aggregation, Input, Place, Stage, StageColumn
from segdsl.semantics import ir
from segdsl.types import DATE, FLOAT, INT, STRING, TIMESTAMP, decimal

each_engine = pytest.mark.parametrize("engine", ENGINES)

MONEY = decimal(12, 2)
COLUMNS = {"g": STRING, "n": INT, "m": MONEY, "f": FLOAT, "d": DATE, "at": TIMESTAMP, "b": INT}
POSITIVE = ir.Compare(">", col("b", INT), lit(0, INT))
PLACES = (
    Place(True, count=1),
    Place(False, count=1),
    Place(True, count=4),
    Place(False, count=4),
    Place(True, count=1000),
    Place(True, share=1, whole=10),
    Place(False, share=1, whole=10),
    Place(True, share=1, whole=3),
    Place(False, share=2, whole=3),
    Place(True, share=29, whole=100),
    Place(False, share=125, whole=1000),
    Place(True, share=1, whole=1),
    Place(False, share=0, whole=1),
    Place(True, share=int("3" * 36), whole=10**36),
)
PERCENTS = tuple(map(Decimal, ("50", "25", "90", "99", "100", "12.5", "33.3", "0.1", "0")))


def at_place(place: Place, values: Sequence[Any]) -> Any:
    """By the definition."""
    values = sorted(values, reverse=place.descending)
    if not values:
        return None
    number = place.count or ceil(Fraction(len(values) * place.share, place.whole))
    return values[min(max(number, 1), len(values)) - 1]


def interpolated(percent: Decimal, values: Sequence[Any]) -> float | None:
    """By the definition, floats in millionths."""
    kept: list[Fraction] = []
    for value in values:
        if isinstance(value, float):
            if abs(value) <= 9e12:
                kept.append(Fraction(floor(value * 1e6 + 0.5), 1_000_000))
        else:
            kept.append(Fraction(value))
    if not kept:
        return None
    kept.sort()
    share = Fraction(percent)
    weights = [max(Fraction(0), 100 - abs(100 * i - share * (len(kept) - 1))) for i in range(len(kept))]
    assert sum(weights) == 100
    return float(sum((weight * value for weight, value in zip(weights, kept, strict=True)), Fraction(0)) / 100)


def random_rows(chance: random.Random, size: int) -> list[dict[str, Any]]:
    """With ties, missing values, and groups of many sizes; ``z`` has nothing present."""
    rows: list[dict[str, Any]] = []
    for key in range(size):
        group = chance.choice(["a", "a", "a", "a", "B", "b", "c", "é", "z", None])
        row = {
            "id": key,
            "g": group,
            "n": chance.choice([chance.randint(-5, 5), chance.randint(-(2**53), 2**53)]),
            "m": Decimal(chance.randint(-3000, 3000)) / 100,
            "f": chance.choice([0.1, -0.0000005, 2.5, 1e13, chance.uniform(-1e3, 1e3), chance.uniform(-9e12, 9e12)]),
            "d": date(2026, 1, 1) + timedelta(days=chance.randint(-40, 40)),
            "at": datetime(2026, 1, 1) + timedelta(microseconds=chance.randint(-(10**9), 10**9)),
            "b": chance.choice([0, 1, 1, None]),
        }
        for name in ("n", "m", "f", "d", "at"):
            if group == "z" or chance.random() < 0.15:
                row[name] = None
        rows.append(row)
    return rows


def grouped(aggregations: dict[str, Aggregation], by: bool = True, where: tuple[ir.Expr, ...] = ()) -> Stage:
    group = StageColumn("g", STRING, True, col("g", STRING))
    columns = [StageColumn(name, one.type, True, one) for name, one in aggregations.items()]
    everything = StageColumn("everything", INT, False, Aggregation("count", INT))
    if not by:
        columns.append(everything)
    name = "t_by_g" if by else "all_t"
    source = Input("t", table("t", COLUMNS))
    return Stage(name, source, (), where, ("g",) if by else (), (group, *columns) if by else tuple(columns))


def wanted(of: Callable[[Sequence[Any]], Any], name: str, rows: Sequence[dict[str, Any]], filtered: bool) -> Any:
    return of([r[name] for r in rows if r[name] is not None and (not filtered or (r["b"] or 0) > 0)])


@each_engine
def test_cuts_and_percentiles_are_what_counting_finds(engine: str) -> None:
    chance = random.Random(20261122)
    aggregations: dict[str, Aggregation] = {}
    checks: dict[str, tuple[Callable[[Sequence[Any]], Any], str, bool]] = {}
    for number, place in enumerate(PLACES):
        for name, of in (("n", INT), ("m", MONEY), ("f", FLOAT), ("d", DATE), ("at", TIMESTAMP)):
            filtered = chance.random() < 0.5
            out = f"cut_{number}_{name}"
            aggregations[out] = Aggregation("cut", of, col(name, of), POSITIVE if filtered else None, place=place)
            checks[out] = (lambda values, place=place: at_place(place, values)), name, filtered  # type: ignore[misc]
    for number, percent in enumerate(PERCENTS):
        for name, of in (("n", INT), ("m", MONEY), ("f", FLOAT)):
            filtered = chance.random() < 0.5
            out = f"percentile_{number}_{name}"
            aggregations[out] = Aggregation(
                "percentile", FLOAT, col(name, of), POSITIVE if filtered else None, percent=percent
            )
            checks[out] = (lambda values, percent=percent: interpolated(percent, values)), name, filtered  # type: ignore[misc]
    for size in (0, 1, 120):
        rows = random_rows(chance, size)
        connect(engine).load({"t": rows}, {"t": {"id": INT, **COLUMNS}})
        found = read(engine, [grouped(aggregations)], "g")
        groups = {row["g"] for row in rows} - {None}
        assert set(found) == groups
        for group in groups:
            inside = [row for row in rows if row["g"] == group]
            for out, (of_values, name, filtered) in checks.items():
                expected = wanted(of_values, name, inside, filtered)
                assert found[group][out] == expected, f"{out} of {group}, {len(inside)} rows"
        ((_, overall),) = read(engine, [grouped(aggregations, by=False)], "everything").items()
        assert overall["everything"] == size
        for out, (of_values, name, filtered) in checks.items():
            assert overall[out] == wanted(of_values, name, rows, filtered), f"{out} of all {size}"


@each_engine
def test_a_share_of_any_number_of_rows(engine: str) -> None:
    """Above all where it is whole, which a double may miss on either side: 0.07 * 100 is 7.000000000000001."""
    sizes = [*range(1, 31), 49, 50, 70, 99, 100, 101, 130]
    rows = [{"id": n, "g": str(size), "n": n} for size in sizes for n in range(1, size + 1)]
    connect(engine).load({"t": rows}, {"t": {"id": INT, **COLUMNS}})
    shares = [
        (1, 10),
        (7, 100),
        (1, 3),
        (2, 3),
        (1, 7),
        (29, 100),
        (57, 100),
        (58, 100),
        (99, 100),
        (3, 5),
        (123, 1000),
    ]
    shares += [(333_333_333, 10**9), (333_333_334, 10**9)]
    aggregations = {
        f"{'top' if descending else 'low'}_{share}_{whole}": Aggregation(
            "cut", INT, col("n", INT), place=Place(descending, share=share, whole=whole)
        )
        for share, whole in shares
        for descending in (False, True)
    }
    found = read(engine, [grouped(aggregations)], "g")
    for size in sizes:
        for share, whole in shares:
            number = -(-size * share // whole)
            assert found[str(size)][f"low_{share}_{whole}"] == number
            assert found[str(size)][f"top_{share}_{whole}"] == size + 1 - number


def test_a_fraction_of_fewer_parts_says_the_same_place() -> None:
    chance = random.Random(7)
    shares = [
        Fraction(1, 3),
        Fraction(int("3" * 36), 10**36),
        Fraction(1, 10**30),
        1 - Fraction(1, 10**30),
        Fraction(1, 7**14),
    ]
    shares += [Fraction(chance.randint(1, 10**20), 10**20) for _ in range(50)]
    for share in shares:
        above, below = windows.not_below(share), windows.not_above(share)
        assert below <= share <= above
        assert max(below.denominator, above.denominator) <= windows.MOST_ROWS
        assert below == share == above or share.denominator > windows.MOST_ROWS
        sizes = [1, 2, 3, 10, 999_999_999, 10**9, *(chance.randint(1, 10**9) for _ in range(200))]
        for size in sizes:
            assert ceil(size * above) == ceil(size * share)
            assert floor(size * below) == floor(size * share)


@each_engine
def test_percentiles_are_the_nearest_doubles(engine: str) -> None:
    """Where the sum of the weighted values has more digits than a double, a division of two doubles would be wrong in its last."""
    wide = decimal(18, 2)
    pairs = [
        (Decimal("90071992547409.93"), Decimal("90071992547411.01")),
        (Decimal("-1234567890123456.78"), Decimal("1234567890123456.79")),
        (Decimal("0.01"), Decimal("9999999999999999.99")),
        (Decimal("4503599627370497.01"), Decimal("4503599627370498.03")),
    ]
    rows = [{"id": number, "g": str(number), "w": one} for number, pair in enumerate(pairs) for one in pair]
    # Texts, as the driver of SQLite would make doubles of them.
    columns = {"g": STRING, "w": wide}
    scaled = [row | {"w": int(row["w"] * 100)} for row in rows]  # type: ignore[operator]
    connect(engine).load(
        {"t": scaled if engine == "sqlite" else rows},
        {"t": {"id": INT, "g": STRING, "w": INT if engine == "sqlite" else wide}},
    )
    percents = tuple(map(Decimal, ("50", "90", "99", "33.3", "12.5")))
    source = table("t", columns)
    if engine == "sqlite":
        # Whole cents, read as they are: SQLite itself would make doubles of such decimals.
        source = table("t", {"g": STRING, "w": INT})
    value = col("w", INT if engine == "sqlite" else wide)
    made = [
        StageColumn(f"p{number}", FLOAT, True, Aggregation("percentile", FLOAT, value, percent=percent))
        for number, percent in enumerate(percents)
    ]
    stage = Stage(
        "t_by_g", Input("t", source), (), (), ("g",), (StageColumn("g", STRING, True, col("g", STRING)), *made)
    )
    found = read(engine, [stage], "g")
    for number, pair in enumerate(pairs):
        for at, percent in enumerate(percents):
            values = [one * 100 for one in pair] if engine == "sqlite" else list(pair)
            assert found[str(number)][f"p{at}"] == interpolated(percent, values), f"{percent} of {values}"


@pytest.mark.parametrize("engine", [one for one in ENGINES if one != "sqlite"])
def test_percentiles_of_the_widest_decimals_do_not_raise(engine: str) -> None:
    wide = decimal(38, 2)
    top = Decimal("999999999999999999999999999999999999.99")
    rows = [
        {"id": 1, "g": "x", "w": top},
        {"id": 2, "g": "x", "w": top.copy_negate()},
        {"id": 3, "g": "y", "w": top},
        {"id": 4, "g": "z", "w": Decimal("1.25")},
    ]
    connect(engine).load({"t": rows}, {"t": {"id": INT, "g": STRING, "w": wide}})
    made = {
        str(p): Aggregation("percentile", FLOAT, col("w", wide), percent=Decimal(p))
        for p in ("50", "33.3", "1.2345678901234567")
    }
    columns = (
        StageColumn("g", STRING, True, col("g", STRING)),
        *(StageColumn(f"p{n}", FLOAT, True, one) for n, one in enumerate(made.values())),
    )
    found = read(engine, [Stage("s", Input("t", table("t", {"g": STRING, "w": wide})), (), (), ("g",), columns)], "g")
    assert found["x"]["p0"] == 0
    assert found["y"] == {"g": "y"} | {f"p{n}": float(top) for n in range(3)}
    assert found["z"] == {"g": "z"} | {f"p{n}": 1.25 for n in range(3)}


@each_engine
def test_cuts_of_what_is_computed(engine: str) -> None:
    """A value, a filter and a group that are no columns; first and last beside them; odd names."""
    rows = [{"id": n, "g": "a", "n": n, "b": n % 3} for n in range(10)]
    connect(engine).load({"t": rows}, {"t": {"id": INT, **COLUMNS}})
    double = ir.Call(
        "+",
        "add_whole",
        (ir.Convert(col("n", INT), type=FLOAT, optional=True), lit(0.5, FLOAT)),
        type=FLOAT,
        optional=True,
    )
    order = (col("id", INT, optional=False),)
    aggregations = {
        "a.low": Aggregation("cut", FLOAT, double, POSITIVE, place=Place(False, count=2)),
        'the "top"': Aggregation("cut", FLOAT, double, POSITIVE, place=Place(True, share=1, whole=2)),
        "a.median": Aggregation("percentile", FLOAT, double, POSITIVE, percent=Decimal(50)),
        "a.median_low": Aggregation("last", INT, col("n", INT), POSITIVE, order),
        "select": Aggregation("first", INT, col("b", INT), None, order),
        "how_many": Aggregation("sum", decimal(26, 0), col("b", INT), POSITIVE),
    }
    found = read(engine, [grouped(aggregations)], "g")
    # Kept are 1, 2, 4, 5, 7, 8, each and a half.
    assert found["a"] == {
        "g": "a", "a.low": 2.5, 'the "top"': 5.5, "a.median": 5.0, "a.median_low": 8, "select": 0, "how_many": 9,
    }  # fmt: skip


@each_engine
def test_percentiles_over_the_whole_width_of_a_narrow_column(engine: str) -> None:
    """Whose difference is wider than the column."""
    rows = [{"id": 1, "g": "a", "n": -(2**31)}, {"id": 2, "g": "a", "n": 2**31 - 1}]
    connect(engine).load({"t": rows}, {"t": {"id": INT, "g": STRING, "n": "INTEGER"}})
    median = Aggregation("percentile", FLOAT, col("n", INT), percent=Decimal(50))
    most = Aggregation("percentile", FLOAT, col("n", INT), percent=Decimal(99))
    columns = (
        StageColumn("g", STRING, True, col("g", STRING)),
        StageColumn("median", FLOAT, True, median),
        StageColumn("most", FLOAT, True, most),
    )
    source = Input("t", table("t", {"g": STRING, "n": INT}))
    found = read(engine, [Stage("s", source, (), (), ("g",), columns)], "g")
    # 2^32 - 1 lies between: 0.99 of it is 4252017622.05.
    assert found["a"] == {"g": "a", "median": -0.5, "most": 2104533974.05}


@each_engine
def test_groups_that_are_computed(engine: str) -> None:
    """By a scalar, which is missing in some rows: those are in no group, and in no other's numbers."""
    rows = [{"id": n, "g": "a" * (n % 2) + "b" if n % 3 else None, "n": n, "b": 1} for n in range(12)]
    connect(engine).load({"t": rows}, {"t": {"id": INT, **COLUMNS}})
    length = ir.Call("length", "length", (col("g", STRING),), type=INT, optional=True)
    columns = (
        StageColumn("letters", INT, True, length),
        StageColumn("second", INT, True, Aggregation("cut", INT, col("n", INT), POSITIVE, place=Place(True, count=2))),
        StageColumn("half", INT, True, Aggregation("cut", INT, col("n", INT), place=Place(True, share=1, whole=2))),
        StageColumn("median", FLOAT, True, Aggregation("percentile", FLOAT, col("n", INT), percent=Decimal(50))),
    )
    stage = Stage("s", Input("t", table("t", COLUMNS)), (), (), ("letters",), columns, ("letters",))
    # One letter: 2, 4, 8, 10. Two: 1, 5, 7, 11.
    assert read(engine, [stage], "letters") == {
        1: {"letters": 1, "second": 8, "half": 8, "median": 6.0},
        2: {"letters": 2, "second": 7, "half": 7, "median": 6.0},
    }
