"""Windows, and rows beyond those of another stage, against what Python finds by looking at every row."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import floor
from typing import Any, Literal

import pytest
from engines import connect
from sql.plans import ENGINES, col, lit
from sql.random_rows import read, table

from segdsl.backends.sql.prune import prune
from segdsl.planning.plan import Beyond, Input, Stage, StageColumn, StageRef, Window
from segdsl.semantics import ir
from segdsl.types import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Type, decimal

each_engine = pytest.mark.parametrize("engine", ENGINES)

MONEY = decimal(12, 2)
WIDE = decimal(38, 0)
COLUMNS = {"g": STRING, "k": STRING, "t": INT, "n": INT, "m": MONEY, "f": FLOAT, "s": STRING, "at": TIMESTAMP, "b": INT}
POSITIVE = ir.Compare(">", col("b", INT), lit(0, INT))
T, K, ID = col("t", INT, optional=False), col("k", STRING, optional=False), col("id", INT, optional=False)
TOTAL = ((T, False), (K, True), (ID, False))
"""An order in which no two rows agree: a number, a text backwards, the key."""


def random_rows(chance: random.Random, size: int) -> list[dict[str, Any]]:
    rows = []
    for key in range(size):
        row: dict[str, Any] = {
            "id": key,
            "g": chance.choice(["a", "B", "b", "é"]),
            "k": chance.choice(["a", "B", "b", "é", "_", "Z", "zz", "a b", "ab"]),
            "t": chance.randint(0, 6),
            "n": chance.randint(-(2**53), 2**53),
            "m": Decimal(chance.randint(-(10**9), 10**9)) / 100,
            "f": chance.choice([0.1, -0.0000005, 1e13, chance.uniform(-1e11, 1e11)]),
            "s": chance.choice(["x", "é", ""]),
            "at": datetime(2026, 1, 1) + timedelta(microseconds=chance.randint(0, 10**12)),
            "b": chance.choice([0, 1, 1, None]),
        }
        for name in ("n", "m", "f", "s", "at"):
            if chance.random() < 0.2:
                row[name] = None
        rows.append(row)
    return rows


def in_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """As `TOTAL` has them."""
    by_key = sorted(rows, key=lambda row: row["id"])
    by_text = sorted(by_key, key=lambda row: row["k"], reverse=True)
    return sorted(by_text, key=lambda row: row["t"])


def summed(values: Sequence[Any]) -> Decimal:
    kept = [v for v in values if v is not None and not (isinstance(v, float) and abs(v) > 9e12)]
    exact = [Decimal(floor(v * 1e6 + 0.5)).scaleb(-6) if isinstance(v, float) else Decimal(v) for v in kept]
    return sum(exact, Decimal(0))


def of_rows(columns: dict[str, Window], where: tuple[ir.Expr, ...] = ()) -> Stage:
    made = (StageColumn(name, one.type, True, one) for name, one in columns.items())
    source = Input("t", table("t", COLUMNS, ("k", "t")))
    return Stage("t_seen", source, (), where, None, (StageColumn("id", INT, False, ID), *made), ("id",))


@each_engine
def test_windows_are_what_the_rows_before_hold(engine: str) -> None:
    chance = random.Random(20261122)
    g = (col("g", STRING, optional=False),)
    of = {"n": (INT, decimal(26, 0)), "m": (MONEY, decimal(22, 2)), "f": (FLOAT, decimal(29, 6))}
    windows: dict[str, Window] = {}
    for name, one in COLUMNS.items():
        windows[f"previous {name}"] = Window("previous", one, g, TOTAL, col(name, one))
        windows[f"previous {name} kept"] = Window("previous", one, g, TOTAL, col(name, one), POSITIVE)
    for kept, filter_ in (("", None), (" kept", POSITIVE)):
        windows[f"position{kept}"] = Window("position", INT, g, TOTAL, None, filter_)
        windows[f"place.of_all{kept}"] = Window("position", INT, (), TOTAL, None, filter_)
        windows[f"rank{kept}"] = Window("rank", INT, g, ((T, True),), None, filter_)
        windows[f"rank of texts{kept}"] = Window("rank", INT, (), ((K, False),), None, filter_)
        for name, (one, total) in of.items():
            windows[f"before {name}{kept}"] = Window("before", total, g, TOTAL, col(name, one), filter_)
    for size in (0, 1, 60):
        rows = random_rows(chance, size)
        connect(engine).load({"t": rows}, {"t": {"id": INT, **COLUMNS}})
        for where, dropped in (((), False), ((ir.Compare("<", T, lit(5, INT)),), True)):
            seen = [row for row in rows if not dropped or row["t"] < 5]
            found = read(engine, [of_rows(windows, where)], "id")
            assert set(found) == {row["id"] for row in seen}
            for row in seen:
                for name, window in windows.items():
                    wanted = by_looking(name, window, row, seen)
                    assert found[row["id"]][name] == wanted, f"{name} of {row}"


def by_looking(name: str, window: Window, row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Any:
    def kept(one: dict[str, Any]) -> bool:
        return window.filter is None or (one["b"] or 0) > 0

    if not kept(row):
        return None
    others = [one for one in rows if kept(one) and (not window.partition or one["g"] == row["g"])]
    if window.function == "rank":
        if window.order == ((T, True),):
            return 1 + sum(one["t"] > row["t"] for one in others)
        return 1 + sum(one["k"] < row["k"] for one in others)
    ordered = in_order(others)
    before = ordered[: ordered.index(row)]
    if window.function == "position":
        return 1 + len(before)
    column = name.split()[1]
    if window.function == "previous":
        return before[-1][column] if before else None
    return summed([one[column] for one in before])


@each_engine
def test_windows_over_what_is_computed(engine: str) -> None:
    """Long scalars as value, filter, key and partition; a condition as a value; a scalar beside them."""
    rows = [{"id": n, "g": "a", "k": "x", "t": n, "n": n, "b": n % 2} for n in range(1, 7)]
    connect(engine).load({"t": rows}, {"t": {"id": INT, **COLUMNS}})
    half = ir.Call(
        "/",
        "divide_float",
        (ir.Convert(col("n", INT), type=FLOAT, optional=True), lit(2.0, FLOAT)),
        type=FLOAT,
        optional=True,
    )
    odd = ir.Compare("=", ir.If(POSITIVE, lit(1, INT), None, type=INT, optional=True), lit(1, INT))
    sign = ir.Call("-", "negate", (half,), type=FLOAT, optional=True)
    windows = {
        "half_before": Window("previous", FLOAT, (half,), ((T, False),), half, odd),
        "sum_of_halves": Window("before", decimal(29, 6), (odd,), ((sign, False),), half, odd),
        "odd_before": Window("previous", BOOL, (), ((T, False),), odd),
    }
    stage = of_rows(windows)
    stage = Stage(
        stage.name, stage.input, (), (), None, (*stage.columns, StageColumn("half", FLOAT, True, half)), stage.key
    )
    found = read(engine, [stage], "id")
    assert [found[n]["half_before"] for n in range(1, 7)] == [None] * 6
    # Backwards: of 5 nothing is before, of 3 the half of 5, of 1 those of 5 and 3.
    assert [found[n]["sum_of_halves"] for n in range(1, 7)] == [
        Decimal(4),
        None,
        Decimal("2.5"),
        None,
        Decimal(0),
        None,
    ]
    assert [found[n]["odd_before"] for n in range(1, 7)] == [None, True, False, True, False, True]
    assert [found[n]["half"] for n in range(1, 7)] == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]


@pytest.mark.parametrize("engine", [one for one in ENGINES if one != "sqlite"])
def test_a_sum_before_that_leaves_38_digits_is_missing(engine: str) -> None:
    top = Decimal(10**38 - 1)
    rows = [{"id": n, "w": w} for n, w in enumerate((None, top, Decimal(1), top.copy_negate(), None))]
    connect(engine).load({"t": rows}, {"t": {"id": INT, "w": WIDE}})
    before = Window("before", WIDE, (), ((ID, False),), col("w", WIDE))
    made = (StageColumn("id", INT, False, ID), StageColumn("before", WIDE, True, before))
    found = read(engine, [Stage("s", Input("t", table("t", {"w": WIDE})), (), (), None, made, ("id",))], "id")
    assert [found[n]["before"] for n in range(5)] == [0, 0, top, None, 1]


# -- rows beyond ------------------------------------------------------------------------------------------------------


def stage_of(name: str, columns: dict[str, Type], present: Sequence[str], wanted: Sequence[str]) -> Stage:
    own = {"id": INT, **columns}
    made = tuple(
        StageColumn(c, own[c], c not in ("id", *present), col(c, own[c], optional=c not in ("id", *present), of=name))
        for c in wanted
    )
    return Stage(f"{name}_rows", Input(name, table(name, columns, present)), (), (), None, made)


def earlier_or_later(
    one: Beyond, row: dict[str, Any], links: Sequence[tuple[str, str]], time: str, rows: Sequence[dict[str, Any]]
) -> Any:
    if row[time] is None or any(row[mine] is None for mine, _ in links):
        return None
    values = [
        other[one.value]
        for other in rows
        if all(row[mine] == other[its] for mine, its in links)
        and (other[one.its_time] > row[time] if one.later else other[one.its_time] < row[time])
    ]
    return (min if one.function == "min" else max)(values, default=None)


@each_engine
@pytest.mark.parametrize("time", [DATE, TIMESTAMP])
@pytest.mark.parametrize("links", [0, 1, 2])
def test_what_lies_beyond(engine: str, time: Type, links: int) -> None:
    chance = random.Random(links)
    mine: dict[str, Type] = {"who": INT, "what": STRING, "at": time, "other at": time, "a.note": STRING}
    theirs: dict[str, Type] = {"their who": INT, "its what": STRING, "at": time, "value": MONEY, "n": INT}

    def moment() -> Any:
        day = date(2026, 3, 1) + timedelta(days=chance.randint(0, 9))
        return day if time is DATE else datetime(day.year, day.month, day.day, chance.choice([0, 12]))

    def maybe(value: Any) -> Any:
        return None if chance.random() < 0.2 else value

    a = [
        {
            "id": n,
            "who": maybe(chance.randint(1, 4)),
            "what": maybe(chance.choice(["x", "é", "X"])),
            "at": moment(),
            "other at": maybe(moment()),
            "a.note": maybe("note"),
        }
        for n in range(50)
    ]
    pairs = [("who", "their who"), ("what", "its what")][:links]
    b: dict[tuple[Any, ...], dict[str, Any]] = {}
    for n in range(40):
        row = {
            "id": n,
            "their who": chance.randint(1, 5),
            "its what": chance.choice(["x", "é", "X"]),
            "at": moment(),
            "value": Decimal(chance.randint(-500, 500)) / 100,
            "n": chance.randint(0, 99),
        }
        b.setdefault((*(row[its] for _, its in pairs), row["at"]), row)
    connect(engine).load({"a": a, "b": list(b.values())}, {"a": {"id": INT, **mine}, "b": {"id": INT, **theirs}})
    first = stage_of("a", mine, ("at",), ["id", "who", "what", "at", "other at", "a.note"])
    second = stage_of("b", theirs, tuple(theirs), ["id", "their who", "its what", "at", "value", "n"])
    on = tuple((col(own, mine[own], of="r"), its) for own, its in pairs)

    def beyond(later: bool, function: Literal["min", "max"], value: str, of: str) -> Beyond:
        when = col(of, time, of="r", optional=of != "at")
        type_ = {"at": time, "value": MONEY, "n": INT}[value]
        return Beyond("b_rows", later, function, type_, on, when, "at", value)

    beyonds = {
        "next.at": (beyond(True, "min", "at", "at"), "at"),
        "last_at": (beyond(False, "max", "at", "at"), "at"),
        "most": (beyond(True, "max", "value", "at"), "at"),
        "n": (beyond(False, "min", "n", "at"), "at"),
        "side": (beyond(True, "min", "at", "other at"), "other at"),
        "moment": (beyond(False, "max", "value", "other at"), "other at"),
    }
    for names in (["next.at"], list(beyonds)):
        columns = (
            *(
                StageColumn(c.name, c.type, c.optional, col(c.name, c.type, of="r", optional=c.optional))
                for c in first.columns
            ),
            *(StageColumn(name, beyonds[name][0].type, True, beyonds[name][0]) for name in names),
        )
        made = Stage("a_seen", Input("r", StageRef("a_rows")), (), (), None, columns, ("id",))
        found = read(engine, [first, second, made], "id")
        assert len(found) == len(a)
        for row in a:
            got = found[row["id"]]
            assert {name: got[name] for name in row} == row
            for name in names:
                one, of = beyonds[name]
                assert got[name] == earlier_or_later(one, row, pairs, of, list(b.values())), f"{name} of {row}"


def test_what_windows_and_beyond_read_is_kept() -> None:
    a = stage_of("a", {"who": INT, "at": DATE, "x": INT}, ("who", "at"), ["id", "who", "at", "x"])
    b = stage_of("b", {"who": INT, "at": DATE, "y": INT, "z": INT}, ("who", "at", "y"), ["who", "at", "y", "z"])
    who, at = col("who", INT, of="r", optional=False), col("at", DATE, of="r", optional=False)
    id_ = StageColumn("id", INT, False, col("id", INT, of="r", optional=False))
    next_y = StageColumn("next_y", INT, True, Beyond("b_rows", True, "min", INT, ((who, "who"),), at, "at", "y"))
    seen = Stage("seen", Input("r", StageRef("a_rows")), (), (), None, (id_, next_y), ("id",))
    previous = Window("previous", INT, (who,), ((at, False),), col("x", INT, of="r"))
    backwards = Stage(
        "backwards", Input("r", StageRef("a_rows")), (), (), None, (id_, StageColumn("x", INT, True, previous)), ("id",)
    )

    def kept(stage: Stage, *columns: StageColumn) -> dict[str, list[str]]:
        final = Stage("final", Input("r", StageRef(stage.name)), (), (), None, columns)
        return {one.name: [c.name for c in one.columns] for one in prune((a, b, seen, backwards), final)[0]}

    y = StageColumn("y", INT, True, col("next_y", INT, of="r"))
    x = StageColumn("x", INT, True, col("x", INT, of="r"))
    assert kept(seen, y) == {"a_rows": ["who", "at"], "b_rows": ["who", "at", "y"], "seen": ["next_y"]}
    assert kept(seen, id_) == {"a_rows": ["id"], "seen": ["id"]}
    assert kept(backwards, x) == {"a_rows": ["who", "at", "x"], "backwards": ["x"]}
