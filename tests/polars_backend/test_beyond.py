"""The extreme of what lies beyond a row: against the definition over random data."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from polars_backend.nodes import AS_OF, col
from polars_backend.plans import frame, run, some, stage, table

from segdsl.backends.polars import emit
from segdsl.planning.plan import Aggregation, Beyond, Input, Join, Plan, Stage, StageRef
from segdsl.types import ANY, BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Type, decimal

D = Decimal
WIDE = decimal(38, 2)
NARROW = decimal(27, 0)
DAYS = [date(1969, 12, 31), date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]
INSTANTS = [datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(2026, 1, 1), datetime(2026, 1, 1, 0, 0, 0, 1)]
LINKS: dict[Any, list[Any]] = {
    INT: [1, 2, 3],
    STRING: ["a", "A", "é"],
    WIDE: [D("9" * 36 + ".99"), D("-" + "9" * 36 + ".99"), D("0.01")],
    BOOL: [False, True],
    DATE: DAYS,
    FLOAT: [0.0, -0.0, 2.5],
}
VALUES: dict[Any, list[Any]] = {
    INT: [-(2**53), 0, 7, 2**53],
    WIDE: LINKS[WIDE],
    NARROW: [D("9" * 27), D("-" + "9" * 27), D(1)],
    FLOAT: [-2.5, 0.1, 1e90],
    DATE: DAYS,
    TIMESTAMP: INSTANTS,
}


def stages(found: dict[str, Beyond], links: dict[str, Type], time: Type) -> list[Stage]:
    """``mine`` and ``theirs`` over tables, and the stage that looks from one into the other."""
    mine = {"id": INT, **links, "t": time}
    theirs = {**links, "u": time}
    kinds = {f"v{i}": beyond.type for i, beyond in enumerate(found.values())}
    columns: dict[str, Any] = {name: col(name, of, "a") for name, of in theirs.items()}
    for (name, of), beyond in zip(kinds.items(), found.values(), strict=True):
        columns[name] = Aggregation(beyond.function, of, col(name, of, "a"))
    return [
        stage("mine", table("l", **mine), {name: col(name, of, "a") for name, of in mine.items()}),
        stage("theirs", table("r", **theirs, **kinds), columns, tuple(theirs)),
        stage("found", StageRef("mine"), {"id": col("id", INT, "a"), **found}),
    ]


def beyond(
    row: dict[str, Any],
    others: list[dict[str, Any]],
    links: Iterable[str],
    name: str,
    is_beyond: Callable[[Any, Any], bool],
) -> list[Any]:
    return [
        its[name]
        for its in others
        if all(row[link] is not None and row[link] == its[link] for link in links)
        and row["t"] is not None
        and its["u"] is not None
        and is_beyond(its["u"], row["t"])
    ]


@pytest.mark.parametrize("time", [DATE, TIMESTAMP])
@pytest.mark.parametrize("of", VALUES)
def test_the_extreme_of_what_lies_strictly_beyond(of, time):
    rng = random.Random(f"{of} {time}")
    times = DAYS if time == DATE else INSTANTS
    for number_of_links in (0, 1, 2):
        for mine, theirs in ((0, 5), (5, 0), (1, 1), (30, 30), (30, 100)):
            links = {f"k{i}": rng.choice(list(LINKS)) for i in range(number_of_links)}
            later = [
                {"id": i, **{n: some(rng, LINKS[k]) for n, k in links.items()}, "t": some(rng, times)}
                for i in range(mine)
            ]
            other = [
                {
                    **{n: some(rng, LINKS[k], 0.1) for n, k in links.items()},
                    "u": some(rng, times, 0.1),
                    "v0": rng.choice(VALUES[of]),
                    "v1": rng.choice(VALUES[of]),
                }
                for _ in range(theirs)
            ]
            on = tuple((col(name, kind, "a"), name) for name, kind in links.items())
            found = {
                "ahead": Beyond("theirs", True, "max", of, on, col("t", time, "a"), "u", "v0"),
                "behind": Beyond("theirs", False, "min", of, on, col("t", time, "a"), "u", "v1"),
            }
            data = {
                "l": frame({n: (k, [row[n] for row in later]) for n, k in {"id": INT, **links, "t": time}.items()}),
                "r": frame(
                    {n: (k, [row[n] for row in other]) for n, k in {**links, "u": time, "v0": of, "v1": of}.items()}
                ),
            }

            expected = [
                {
                    "id": row["id"],
                    "ahead": max(beyond(row, other, links, "v0", operator.gt), default=None),
                    "behind": min(beyond(row, other, links, "v1", operator.lt), default=None),
                }
                for row in later
            ]
            assert run(stages(found, links, time), data) == expected


def test_by_hand():
    on = ((col("k", INT, "a"), "k"),)
    found = {
        "next": Beyond("theirs", True, "min", INT, on, col("t", DATE, "a"), "u", "v0"),
        "best": Beyond("theirs", True, "max", INT, on, col("t", DATE, "a"), "u", "v1"),
        "last": Beyond("theirs", False, "max", INT, on, col("t", DATE, "a"), "u", "v2"),
    }
    ours = {
        "id": (INT, [1, 2, 3, 4, 5]),
        "k": (INT, [1, 1, 2, None, 3]),
        "t": (DATE, [*DAYS[:2], DAYS[0], DAYS[0], None]),
    }
    numbers = [5, 4, 9, 1]
    theirs = {
        "k": (INT, [1, 1, 1, 3]),
        "u": (DATE, [DAYS[0], DAYS[1], DAYS[2], DAYS[1]]),
        **{f"v{i}": (INT, numbers) for i in range(3)},
    }
    assert run(stages(found, {"k": INT}, DATE), {"l": frame(ours), "r": frame(theirs)}) == [
        {"id": 1, "next": 4, "best": 9, "last": None},
        {"id": 2, "next": 9, "best": 9, "last": 5},
        {"id": 3, "next": None, "best": None, "last": None},
        {"id": 4, "next": None, "best": None, "last": None},
        {"id": 5, "next": None, "best": None, "last": None},
    ]


@pytest.mark.parametrize(
    ("left", "right"), [(pl.Int32, pl.Int64), (pl.UInt64, pl.Int64), (pl.Int8, pl.UInt64), (pl.UInt64, pl.UInt64)]
)
def test_links_of_any_width_meet(left, right):
    on = ((col("k", ANY, "a"), "k"),)
    found = {"v": Beyond("theirs", True, "min", INT, on, col("t", DATE, "a"), "u", "v0")}
    data = {
        "l": pl.DataFrame({"id": [1, 2], "k": pl.Series([1, 2], dtype=left), "t": [DAYS[0], DAYS[0]]}),
        "r": pl.DataFrame({"k": pl.Series([2, 3], dtype=right), "u": [DAYS[1], DAYS[1]], "v0": [7, 8]}),
    }
    assert run(stages(found, {"k": ANY}, DATE), data) == [{"id": 1, "v": None}, {"id": 2, "v": 7}]


def test_a_stage_that_is_looked_into_and_read_is_cached():
    on = ((col("k", INT, "a"), "k"),)
    found = {"v": Beyond("theirs", True, "min", INT, on, col("t", DATE, "a"), "u", "v0")}
    made = stages(found, {"k": INT}, DATE)
    columns = {"id": col("id", INT, "a"), "v": col("v", INT, "a")}
    join = Join(Input("b", StageRef("theirs")), ((col("id", INT, "a"), "k"),), "inner")
    alone = stage("final", StageRef("found"), columns)
    data = {
        "l": pl.LazyFrame({"id": [1], "k": [1], "t": [DAYS[0]]}),
        "r": pl.LazyFrame({"k": [1], "u": [DAYS[1]], "v0": [7]}),
    }
    once = emit(Plan(tuple(made), alone, "id", {}), data, AS_OF)
    twice = emit(Plan(tuple(made), replace(alone, joins=(join,)), "id", {}), data, AS_OF)
    options = pl.QueryOptFlags(comm_subplan_elim=False)
    assert "CACHE" not in once.explain(optimizations=options)
    assert "CACHE" in twice.explain(optimizations=options)
    assert once.collect().rows() == twice.collect().rows() == [(1, 7)]
