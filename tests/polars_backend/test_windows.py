"""What a row has from the rows before it: against the definition over random data."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from functools import cmp_to_key
from typing import Any

import pytest
from polars_backend.nodes import call, col, compare, lit
from polars_backend.plans import frame, run, some, stage, table

from segdsl.planning.plan import Aggregation, Stage, StageRef, Window
from segdsl.semantics import ir
from segdsl.types import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Type, decimal

D = Decimal
WIDE = decimal(38, 0)
MONEY = decimal(12, 2)
KEPT = compare(col("f", INT, "a"), "=", lit(1, INT))

VALUES: dict[Any, list[Any]] = {
    INT: [-(2**53), -1, 0, 5, 2**53],
    MONEY: [D("-9999999999.99"), D("0.10"), D("0.20"), D("9999999999.99")],
    WIDE: [D("9" * 38), D("-" + "9" * 38), D("5" + "0" * 37), D("4" + "9" * 37), D(1), D(-1)],
    FLOAT: [-2.5, -0.0, 0.0, 1e-7, 0.0000005, -0.0000005, 0.1, 8.9e12, 9.1e12],
    STRING: ["", "a", "Z", "é", "e\u0301", "\U0001f600", "\uffee"],
    BOOL: [False, True],
    DATE: [date(1969, 1, 1), date(2026, 1, 1), date(2026, 1, 2)],
    TIMESTAMP: [datetime(1969, 1, 1), datetime(1969, 1, 1, 0, 0, 0, 1), datetime(2026, 1, 1)],
}
SUMS = {INT: decimal(26, 0), MONEY: decimal(22, 2), WIDE: WIDE, FLOAT: decimal(29, 6)}


class Rows:
    """Random rows: a unique ``id`` and ``name``, two columns to partition by, one that ties, a flag and a value."""

    def __init__(self, seed: str, of: Type, partition: Type, order: Type, count: int) -> None:
        rng = random.Random(seed)
        self.types = {"id": INT, "name": STRING, "p": partition, "q": INT, "o": order, "f": INT, "x": of}
        names = [f"{rng.choice('aZé')}{i}" for i in range(count)]
        self.rows = [
            {
                "id": i,
                "name": names[i],
                "p": some(rng, VALUES[partition]),
                "q": some(rng, range(2)),
                "o": rng.choice(VALUES[order]),
                "f": some(rng, [0, 1]),
                "x": some(rng, VALUES[of]),
            }
            for i in range(count)
        ]

    def col(self, name: str) -> ir.Col:
        return col(name, self.types[name], "a")

    def computed(self, windows: dict[str, Window], where: tuple[ir.Expr, ...] = ()) -> dict[int, dict[str, Any]]:
        data = frame({name: (of, [row[name] for row in self.rows]) for name, of in self.types.items()})
        made = stage("s", table("t", **self.types), {"id": self.col("id"), **windows}, where=where)
        found = run([made], {"t": data})
        return {row.pop("id"): row for row in found}

    def expected(
        self, partition: Sequence[str], order: Sequence[tuple[str, bool]], result: Callable[..., Any], kept: bool
    ) -> dict[int, Any]:
        """``result`` is given the rows before, in order, and the row itself."""

        def compared(left: dict[str, Any], right: dict[str, Any]) -> int:
            for name, descending in order:
                one, two = left[name], right[name]
                if isinstance(one, str):
                    one, two = [ord(c) for c in one], [ord(c) for c in two]
                if one != two:
                    return 1 if (one > two) != descending else -1
            return 0

        found: dict[int, Any] = {}
        for row in self.rows:
            if kept and row["f"] != 1:
                found[row["id"]] = None
                continue
            around = [
                other
                for other in self.rows
                if (not kept or other["f"] == 1) and all(other[name] == row[name] for name in partition)
            ]
            before = [other for other in around if compared(other, row) < 0]
            found[row["id"]] = result(sorted(before, key=cmp_to_key(compared)), row)
        return found


def total(of: Type, before: list[dict[str, Any]], row: dict[str, Any]) -> Decimal | None:
    numbers = [other["x"] for other in before if other["x"] is not None]
    if of == FLOAT:
        whole = sum(math.floor(x * 1e6 + 0.5) for x in numbers if abs(x) <= 9e12)
        return D(whole).scaleb(-6)
    if of == INT:
        return D(sum(numbers))
    with localcontext(prec=60):
        exact = sum(numbers, D(0))
        return exact if abs(exact.scaleb(of.scale)) < 10**38 else None


ORDERS = [
    (("o", False), ("id", False)),
    (("o", True), ("name", False)),
    (("name", True),),
    (("o", True), ("id", True)),
]


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("of", VALUES)
def test_windows_are_what_they_are_defined_to_be(of, kept):
    rng = random.Random(f"{of} {kept}")
    for count in (0, 1, 2, 25, 60):
        partition_type, order_type = rng.choice(list(VALUES)), rng.choice(list(VALUES))
        data = Rows(f"{of} {kept} {count}", of, partition_type, order_type, count)
        windows: dict[str, Window] = {}
        wanted: dict[str, dict[int, Any]] = {}
        for number, partition in enumerate([(), ("p",), ("p", "q"), ("id",)]):
            order = rng.choice(ORDERS)
            keys = (
                tuple(data.col(name) for name in partition),
                tuple((data.col(name), descending) for name, descending in order),
            )
            condition = KEPT if kept else None
            windows[f"previous{number}"] = Window("previous", of, *keys, data.col("x"), condition)
            wanted[f"previous{number}"] = data.expected(
                partition, order, lambda before, row: before[-1]["x"] if before else None, kept
            )
            windows[f"position{number}"] = Window("position", INT, *keys, filter=condition)
            wanted[f"position{number}"] = data.expected(partition, order, lambda before, row: len(before) + 1, kept)
            ties = (keys[0], ((data.col("o"), order[0][1]),))
            windows[f"rank{number}"] = Window("rank", INT, *ties, filter=condition)
            wanted[f"rank{number}"] = data.expected(
                partition, [("o", order[0][1])], lambda before, row: len(before) + 1, kept
            )
            if of in SUMS:
                windows[f"before{number}"] = Window("before", SUMS[of], *keys, data.col("x"), condition)
                wanted[f"before{number}"] = data.expected(
                    partition, order, lambda before, row: total(of, before, row), kept
                )
        found = data.computed(windows)
        assert len(found) == count
        for name, values in wanted.items():
            assert {id: row[name] for id, row in found.items()} == values, (count, name)


def shown(windows: dict[str, Window], data: dict[str, list[Any]], where: tuple[ir.Expr, ...] = ()) -> list[Any]:
    types = dict.fromkeys(data, INT)
    columns = {"id": col("id", INT, "a"), **windows}
    rows = run([stage("s", table("t", **types), columns, where=where)], {"t": frame({n: (INT, data[n]) for n in data})})
    return [tuple(row.values()) for row in rows]


C, X, ID = (col(name, INT, "a") for name in ("c", "x", "id"))


def test_missing_values_are_one_partition():
    before = Window("previous", INT, (C,), ((ID, False),), X)
    data = {"id": [1, 2, 3, 4, 5], "c": [None, 1, None, 1, None], "x": [10, 20, None, 40, 50]}
    assert shown({"v": before}, data) == [(1, None), (2, None), (3, 10), (4, 20), (5, None)]


def test_rows_that_are_dropped_are_not_seen_and_those_not_kept_have_nothing():
    data = {"id": [1, 2, 3, 4], "c": [1, 1, 1, 1], "x": [10, 20, 30, 40]}
    windows = {
        "previous": Window("previous", INT, (C,), ((ID, False),), X, compare(X, "!=", lit(30, INT))),
        "before": Window("before", decimal(26, 0), (C,), ((ID, False),), X),
        "position": Window("position", INT, (), ((X, True),)),
    }
    assert shown(windows, data, (compare(X, "!=", lit(20, INT)),)) == [
        (1, None, D(0), 3),
        (3, None, D(10), 2),
        (4, 10, D(40), 1),
    ]


def test_windows_over_expressions_and_constants():
    halves = call("add_whole", INT, X, X)
    data = {"id": [1, 2, 3], "c": [1, 1, 2], "x": [1, None, 3]}
    windows = {
        "previous": Window("previous", INT, (lit(7, INT),), ((ID, False),), halves),
        "flag": Window("previous", BOOL, (lit(7, INT),), ((ID, False),), compare(X, "=", lit(1, INT))),
        "constant": Window("before", decimal(26, 0), (), ((ID, True),), lit(5, INT)),
        "rank": Window("rank", INT, (), ((lit(1, INT), False),)),
    }
    assert shown(windows, data) == [
        (1, None, None, D(10), 1),
        (2, 2, True, D(5), 1),
        (3, None, False, D(0), 1),
    ]


def test_later_stages_filter_and_group_what_windows_made():
    """A filter on the partition, or on the window itself, must not reach the rows that the window looks at."""
    data = {"id": [1, 2, 3, 4, 5], "c": [1, 1, 2, 2, 2], "x": [10, 20, 30, 40, 50]}
    made = stage(
        "w",
        table("t", id=INT, c=INT, x=INT),
        {
            "id": ID,
            "c": C,
            "x": X,
            "previous": Window("previous", INT, (C,), ((ID, False),), X),
            "position": Window("position", INT, (), ((ID, False),)),
        },
    )

    def after(where: ir.Expr, columns: dict[str, Any], by: tuple[str, ...] | None = None) -> list[Any]:
        last: Stage = stage("f", StageRef("w"), columns, by, (where,))
        found = run([made, last], {"t": frame({name: (INT, items) for name, items in data.items()})})
        return [tuple(row.values()) for row in found]

    previous, position = col("previous", INT, "a"), col("position", INT, "a")
    assert after(compare(X, ">=", lit(40, INT)), {"id": ID, "v": previous}) == [(4, 30), (5, 40)]
    assert after(compare(C, "=", lit(2, INT)), {"id": ID, "v": position}) == [(3, 3), (4, 4), (5, 5)]
    assert after(ir.IsMissing(value=previous), {"id": ID}) == [(1,), (3,)]
    counted = {"c": C, "n": Aggregation("count", INT, previous)}
    assert after(compare(X, ">", lit(10, INT)), counted, ("c",)) == [(1, 1), (2, 2)]
