"""Every aggregate on every engine: filters, missing values, ties, totals that are large, groups that are empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from engines import connect
from sql.plans import AS_OF, ENGINES, call, col, is_wanted, lit

from segdsl.backends.sql.emit import emit
from segdsl.planning.plan import Aggregation, Input, Join, Plan, Stage, StageColumn, StageRef, Table, TableColumn
from segdsl.semantics import ir
from segdsl.types import BOOL, DATE, FLOAT, INT, STRING, Type, decimal

pytestmark = pytest.mark.parametrize("engine", ENGINES)

D = Decimal
HUGE = D("99999999999999999999999999999999999999")


def wrong(
    engine: str,
    aggregations: Mapping[str, tuple[Aggregation, Mapping[str, Any]]],
    columns: Mapping[str, Type],
    rows: Sequence[Sequence[Any]],
    where: tuple[ir.Expr, ...] = (),
) -> dict[str, list[str]]:
    """Rows ``(group, …)`` are grouped; each aggregation stands with what it is to be in each group. Gives the groups in which it is
    something else."""
    wanted = {name: value for name, (_, value) in aggregations.items()}
    groups = sorted({group for value in wanted.values() for group in value})
    types: dict[str, Mapping[str, Type | str]] = {
        "t": {"g": STRING, **columns},
        "w": {"id": STRING, **{name: one.type for name, (one, _) in aggregations.items()}},
    }
    connect(engine).load(
        {
            "t": [dict(zip(types["t"], row, strict=True)) for row in rows],
            "w": [{"id": group} | {name: wanted[name].get(group) for name in wanted} for group in groups],
        },
        types,
    )
    rows_of_t = Table("t", tuple(TableColumn(name, name, of, True) for name, of in {"g": STRING, **columns}.items()))
    grouped = Stage(
        "t_by_g",
        Input("t", rows_of_t),
        (),
        where,
        ("g",),
        (
            StageColumn("g", STRING, True, col("g", STRING)),
            *(StageColumn(name, one.type, True, one) for name, (one, _) in aggregations.items()),
        ),
        ("g",),
    )
    wanted_rows = Table("w", tuple(TableColumn(name, name, of, name != "id") for name, of in types["w"].items()))  # type: ignore[arg-type]
    outputs = [
        StageColumn(
            name,
            BOOL,
            False,
            is_wanted(col(name, one.type, of="s"), col(name, one.type, of="w")),
            condition=True,
        )
        for name, (one, _) in aggregations.items()
    ]
    key = col("id", STRING, optional=False, of="w")
    final = Stage(
        "all_w",
        Input("w", wanted_rows),
        (Join(Input("s", StageRef("t_by_g")), ((key, "g"),)),),
        (),
        None,
        (StageColumn("id", STRING, False, key), *outputs),
        ("id",),
    )
    plan = Plan((grouped,), final, "id", {name: name for name in aggregations})
    found = connect(engine).rows(emit(plan, engine, "flags", AS_OF).text)
    assert len(found) == len(groups)
    names = list(aggregations)
    return {
        name: failing
        for number, name in enumerate(names, 1)
        if (failing := [row[0] for row in found if not row[number]])
    }


A, B, S = col("a", INT), col("b", INT), col("s", STRING)
POSITIVE = ir.Compare(">", B, lit(0, INT))


def test_counts_and_extremes(engine: str) -> None:
    rows = [("x", 1, 1), ("x", 3, 0), ("x", None, 1), ("x", 3, None), ("y", None, None), (None, 9, 9)]
    value = {
        "rows": (Aggregation("count", INT), {"x": 4, "y": 1, "z": None}),
        "present": (Aggregation("count", INT, A), {"x": 3, "y": 0}),
        "some": (Aggregation("count", INT, None, POSITIVE), {"x": 2, "y": 0}),
        "different": (Aggregation("distinct", INT, A), {"x": 2, "y": 0}),
        "different_some": (Aggregation("distinct", INT, A, POSITIVE), {"x": 1, "y": 0}),
        "least": (Aggregation("min", INT, A), {"x": 1, "y": None}),
        "most": (Aggregation("max", INT, A), {"x": 3, "y": None}),
        "most_some": (Aggregation("max", INT, A, POSITIVE), {"x": 1, "y": None}),
        "total": (Aggregation("sum", decimal(26, 0), A), {"x": D(7), "y": None}),
        "total_some": (Aggregation("sum", decimal(26, 0), A, POSITIVE), {"x": D(1), "y": None}),
    }
    assert wrong(engine, value, {"a": INT, "b": INT}, rows) == {}


def test_distinct_counts_texts_by_code_point_and_decimals_by_number(engine: str) -> None:
    rows = [
        ("x", "a", D("1.50")),
        ("x", "A", D("1.5")),
        ("x", "a ", D("1.51")),
        ("x", "á", None),
        ("x", "a", None),
        ("x", "a\u0301", None),
    ]
    value = {
        "texts": (Aggregation("distinct", INT, S), {"x": 5}),
        "numbers": (Aggregation("distinct", INT, col("n", decimal(5, 2))), {"x": 2}),
    }
    assert wrong(engine, value, {"s": STRING, "n": decimal(5, 2)}, rows) == {}


def test_sums_of_decimals_are_exact(engine: str) -> None:
    rows = [("x", D("0.10"))] * 30 + [("y", D("9999999999999.99"))] * 3 + [("z", D("-0.01")), ("z", None)]
    total = Aggregation("sum", decimal(26, 2), col("n", decimal(16, 2)))
    wanted = {"x": D("3.00"), "y": D("29999999999999.97"), "z": D("-0.01")}
    assert wrong(engine, {"total": (total, wanted)}, {"n": decimal(16, 2)}, rows) == {}


def test_sums_beyond_what_fits_do_not_raise(engine: str) -> None:
    """A total beyond 38 digits is missing; SQLite goes on in double precision, and is asked for no more than that it does not raise."""
    rows = [("x", 2**53)] * 2000
    total = Aggregation("sum", decimal(26, 0), A)
    found = wrong(engine, {"total": (total, {"x": D(2**53) * 2000})}, {"a": INT}, rows)
    assert found == {} or engine == "sqlite"
    if engine == "sqlite":
        return
    wide = col("n", decimal(38, 2))
    top = D("999999999999999999999999999999999999.99")
    big = [
        ("x", top),
        ("x", top),
        ("y", top),
        ("y", D("-0.99")),
        ("z", top),
        ("z", top.copy_negate()),
        ("z", D("1.50")),
        ("u", D("-1.25")),
    ]
    wanted = {"x": None, "y": D("999999999999999999999999999999999999.00"), "z": D("1.50"), "u": D("-1.25"), "v": None}
    assert (
        wrong(engine, {"total": (Aggregation("sum", decimal(38, 2), wide), wanted)}, {"n": decimal(38, 2)}, big) == {}
    )
    whole = [("x", HUGE), ("x", D(1)), ("y", HUGE), ("z", HUGE), ("z", D(-1))]
    wanted = {"x": None, "y": HUGE, "z": D("99999999999999999999999999999999999998")}
    wide = col("n", decimal(38, 0))
    assert (
        wrong(engine, {"total": (Aggregation("sum", decimal(38, 0), wide), wanted)}, {"n": decimal(38, 0)}, whole) == {}
    )


def test_floats_are_summed_in_millionths(engine: str) -> None:
    rows = [
        ("x", 0.1),
        ("x", 0.2),
        ("x", 0.0000005),
        ("y", -0.0000005),
        ("y", -0.0000015),
        ("z", 9.1e12),
        ("z", 1.0),
        ("u", 1e13),
        ("v", 9e12),
        ("v", 9e12),
    ]
    rows += [("w", float("inf")), ("w", 2.5)]
    total = Aggregation("sum", decimal(29, 6), col("f", FLOAT))
    # Half a millionth rounds up: -0.5 to 0, -1.5 to -1.
    wanted = {
        "x": D("0.300001"),
        "y": D("-0.000001"),
        "z": D("1.000000"),
        "u": None,
        "v": D("18000000000000.000000"),
        "w": D("2.500000"),
    }
    if engine == "sqlite":
        # The expected value itself would be read by way of a double, in which it is not a multiple of a millionth.
        del wanted["v"]
    assert wrong(engine, {"total": (total, wanted)}, {"f": FLOAT}, rows) == {}


def test_first_and_last(engine: str) -> None:
    columns = {"t": INT, "k": STRING, "v": STRING, "b": INT}
    rows = [
        ("x", 1, "a", "first", 0), ("x", 2, "a", "second", 1), ("x", 2, "b", None, 1), ("x", 2, "B", "upper", 1),
        ("y", 5, "a", None, 0), ("y", 6, "a", "late", 1), ("z", 1, "a", "only", 0),
    ]  # fmt: skip
    order = (col("t", INT, optional=False), col("k", STRING, optional=False))
    v = col("v", STRING)
    value = {
        "first": (Aggregation("first", STRING, v, None, order), {"x": "first", "y": None, "z": "only"}),
        "last": (Aggregation("last", STRING, v, None, order), {"x": None, "y": "late", "z": "only"}),
        "first_some": (Aggregation("first", STRING, v, POSITIVE, order), {"x": "upper", "y": "late", "z": None}),
        "last_some": (Aggregation("last", STRING, v, POSITIVE, order), {"x": None, "y": "late", "z": None}),
        "rows": (Aggregation("count", INT), {"x": 4, "y": 2, "z": 1}),
        "length": (
            Aggregation("last", INT, call("length", v, type_=INT), POSITIVE, order),
            {"x": None, "y": 4, "z": None},
        ),
    }
    assert wrong(engine, value, columns, rows) == {}
    early = ir.Compare("<", col("t", INT), lit(2, INT))
    seen = {"last": (Aggregation("last", STRING, v, None, order), {"x": "first", "z": "only"})}
    assert wrong(engine, seen, columns, rows, where=(early,)) == {}


def test_ties_go_to_the_greatest_value(engine: str) -> None:
    columns = {"t": INT, "s": STRING, "n": INT, "b": BOOL, "d": DATE}
    rows = [
        ("x", 1, "a", 1, False, date(2026, 1, 1)), ("x", 1, "Z", None, True, None), ("x", 1, None, 7, None, date(2026, 1, 2)),
        ("x", 2, None, None, None, None), ("x", 2, "é", 5, False, None), ("x", 2, "z", 3, None, None), ("y", 1, None, None, None, None),
    ]  # fmt: skip
    order = (col("t", INT, optional=False),)

    def edge(function: Any, name: str, of: Type) -> Aggregation:
        return Aggregation(function, of, col(name, of), None, order, tie_by_value=True)

    value = {
        "first_s": (edge("first", "s", STRING), {"x": "a", "y": None}),
        "first_n": (edge("first", "n", INT), {"x": 7, "y": None}),
        "first_b": (edge("first", "b", BOOL), {"x": True, "y": None}),
        "first_d": (edge("first", "d", DATE), {"x": date(2026, 1, 2), "y": None}),
        "last_s": (edge("last", "s", STRING), {"x": "é", "y": None}),
        "last_n": (edge("last", "n", INT), {"x": 5, "y": None}),
        "last_b": (edge("last", "b", BOOL), {"x": False, "y": None}),
        "last_d": (edge("last", "d", DATE), {"x": None, "y": None}),
    }
    assert wrong(engine, value, columns, rows) == {}


def test_one_row_over_no_rows(engine: str) -> None:
    """A grouping by nothing makes one row, joined to every row."""
    connect(engine).load({"t": [], "w": [{"id": 1}, {"id": 2}]}, {"t": {"a": INT}, "w": {"id": INT}})
    t = Table("t", (TableColumn("a", "a", INT, True),))
    whole = Stage(
        "whole_t",
        Input("t", t),
        (),
        (),
        (),
        (
            StageColumn("n", INT, False, Aggregation("count", INT)),
            StageColumn("m", INT, True, Aggregation("max", INT, A)),
        ),
    )
    key = col("id", INT, optional=False, of="w")
    nothing = ir.All(
        (ir.Compare("=", col("n", INT, optional=False, of="o"), lit(0, INT)), ir.IsMissing(col("m", INT, of="o")))
    )
    final = Stage(
        "all_w",
        Input("w", Table("w", (TableColumn("id", "id", INT, False),))),
        (Join(Input("o", StageRef("whole_t")), ()),),
        (),
        None,
        (StageColumn("id", INT, False, key), StageColumn("it", BOOL, False, nothing, condition=True)),
        ("id",),
    )
    plan = Plan((whole,), final, "id", {"it": "it"})
    assert sorted(connect(engine).rows(emit(plan, engine, "members", AS_OF).text)) == [(1,), (2,)]
