"""Plans made by hand: scans, joins, groupings, sharing, names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from polars_backend.nodes import AS_OF, call, col, compare, lit

from segdsl.backends.polars import emit
from segdsl.planning.plan import (
    Aggregation,
    Input,
    Join,
    Plan,
    Stage,
    StageColumn,
    StageRef,
    Table,
    TableColumn,
    Union,
)
from segdsl.semantics import ir
from segdsl.types import ANY, BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Type, decimal

D = Decimal
MONEY = decimal(12, 2)
K, X = col("k", INT, "a"), col("x", INT, "a")


def table(name: str, /, **types: Type) -> Table:
    return Table(name, tuple(TableColumn(n, n, t, True, key_only=t is ANY) for n, t in types.items()))


def out(name: str, value: ir.Expr | Aggregation, condition: bool = False) -> StageColumn:
    return StageColumn(name, value.type, not condition, value, condition)


def stage(
    name: str,
    source: Any,
    columns: Mapping[str, Any],
    by: tuple[str, ...] | None = None,
    where: tuple[ir.Expr, ...] = (),
    joins: tuple[Join, ...] = (),
) -> Stage:
    return Stage(name, Input("a", source), joins, where, by, tuple(out(n, v) for n, v in columns.items()))


def rows(
    stages: list[Stage], frames: Mapping[str, Any], as_of: datetime = AS_OF, timezone: str = "UTC"
) -> list[tuple[Any, ...]]:
    """The rows of the last stage, sorted."""
    *before, final = stages
    plan = Plan(tuple(before), final, final.columns[0].name, {}, timezone)
    lazy = {name: (f if isinstance(f, pl.LazyFrame) else pl.DataFrame(f).lazy()) for name, f in frames.items()}
    found = emit(plan, lazy, as_of).collect(engine="in-memory")
    assert found.columns == [c.name for c in final.columns]
    return sorted(found.rows(), key=lambda row: tuple((item is None, str(type(item)), item) for item in row))


def agg(function: Any, of: Type, value: ir.Expr | None = None, **rest: Any) -> Aggregation:
    return Aggregation(function, of, value, **rest)


def grouped(aggregation: Aggregation, data: Mapping[str, Any], by: tuple[str, ...] = ("k",), **types: Type) -> Any:
    """One aggregation by ``k`` over the columns of a table."""
    columns: dict[str, Any] = {"k": K} if by else {}
    if not by:
        found = rows([stage("s", table("t", k=INT, **types), {"v": aggregation}, by)], {"t": data})
        assert len(found) == 1
        return found[0][0]
    found = rows([stage("s", table("t", k=INT, **types), {**columns, "v": aggregation}, by)], {"t": data})
    return dict(found)


# -- aggregations -------------------------------------------------------------------------------------------------------

SMALL = compare(X, "<", lit(10, INT))
NONE_KEPT = compare(X, ">", lit(1_000, INT))
DATA = {"k": [1, 1, 1, 2, 2, None], "x": [1, 2, None, 20, None, 5]}


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        (agg("count", INT), {1: 3, 2: 2}),
        (agg("count", INT, X), {1: 2, 2: 1}),
        (agg("count", INT, filter=SMALL), {1: 2, 2: 0}),
        (agg("count", INT, X, filter=SMALL), {1: 2, 2: 0}),
        (agg("count", INT, filter=NONE_KEPT), {1: 0, 2: 0}),
        (agg("distinct", INT, X), {1: 2, 2: 1}),  # n_unique counts null
        (agg("distinct", INT, X, filter=SMALL), {1: 2, 2: 0}),
        (agg("sum", decimal(26, 0), X), {1: 3, 2: 20}),
        (agg("sum", decimal(26, 0), X, filter=SMALL), {1: 3, 2: None}),  # Polars' sum of nothing is 0
        (agg("min", INT, X), {1: 1, 2: 20}),
        (agg("max", INT, X), {1: 2, 2: 20}),
        (agg("max", INT, X, filter=SMALL), {1: 2, 2: None}),
        # A constant is one per row, not one per group.
        (agg("sum", decimal(26, 0), lit(5, INT)), {1: 15, 2: 10}),
        (agg("count", INT, filter=ir.All(items=())), {1: 3, 2: 2}),
        (agg("count", INT, filter=ir.Any(items=())), {1: 0, 2: 0}),
        (agg("sum", decimal(26, 0), lit(5, INT), filter=SMALL), {1: 10, 2: None}),
        (agg("sum", decimal(26, 0), X, filter=ir.All(items=())), {1: 3, 2: 20}),
    ],
)
def test_aggregations_skip_missing_values_and_missing_keys(aggregation, expected):
    assert grouped(aggregation, DATA, x=INT) == expected


@pytest.mark.parametrize("empty", [True, False])
def test_a_grouping_by_nothing_is_one_row_also_over_no_rows(empty):
    data = (
        {"k": pl.Series([], dtype=pl.Int64), "x": pl.Series([], dtype=pl.Int64)} if empty else {"k": [1], "x": [None]}
    )
    data["x"] = pl.Series(data["x"], dtype=pl.Int64)
    assert grouped(agg("count", INT), data, (), x=INT) == (0 if empty else 1)
    for function, expected in (("sum", None), ("max", None), ("distinct", 0), ("count", 0)):
        of = decimal(26, 0) if function == "sum" else INT
        assert grouped(agg(function, of, X), data, (), x=INT) == expected
    first = agg("first", INT, X, order=(K,), tie_by_value=True)
    assert grouped(first, data, (), x=INT) is None


@pytest.mark.parametrize(
    ("dtype", "most", "count"),
    [
        (pl.Int8, 127, 4),
        (pl.Int16, 2**15 - 1, 4),
        (pl.Int32, 2**31 - 1, 4),
        (pl.UInt8, 255, 4),
        (pl.UInt32, 2**32 - 1, 4),
        (pl.Int64, 2**53, 1100),
    ],
)
def test_sums_of_ints_do_not_wrap(dtype, most, count):
    data = {"k": [1] * count, "x": pl.Series([most] * count, dtype=dtype)}
    assert grouped(agg("sum", decimal(26, 0), X), data, x=INT) == {1: D(most * count)}


def test_counts_are_signed():
    counted = stage("c", table("t", k=INT, x=INT), {"k": K, "n": agg("count", INT, filter=NONE_KEPT)}, ("k",))
    less = call("negate", INT, col("n", INT, "a"))
    final = stage("f", StageRef("c"), {"k": K, "m": less})
    assert rows([counted, final], {"t": {"k": [1], "x": [1]}}) == [(1, 0)]
    frame = emit(Plan((counted,), final, "k", {}), {"t": pl.LazyFrame({"k": [1], "x": [1]})}, AS_OF)
    assert frame.collect_schema()["m"] == pl.Int64


def test_decimal_sums_are_exact_and_missing_beyond_38_digits():
    wide, fine = decimal(38, 0), decimal(38, 2)
    data = pl.DataFrame(
        {"k": [1, 1, 2, 2, 2, 3, 3, 4], "x": ["9" * 38, "1", "9" * 38, "1", "-1", "-" + "9" * 38, "-1", "5"]}
    ).with_columns(pl.col("x").cast(pl.Decimal(38, 0)))
    value = col("x", wide, "a")
    assert grouped(agg("sum", wide, value), data, x=wide) == {1: None, 2: D("9" * 38), 3: None, 4: D(5)}
    four = pl.DataFrame({"k": [1] * 4, "x": ["9" * 36 + ".99"] * 4}).with_columns(pl.col("x").cast(pl.Decimal(38, 2)))
    assert grouped(agg("sum", fine, col("x", fine, "a")), four, x=fine) == {
        1: None
    }  # in 128 bits it would wrap to below 0
    one = pl.DataFrame({"k": [1, 1], "x": ["0.10", "0.20"]}).with_columns(pl.col("x").cast(pl.Decimal(12, 2)))
    assert grouped(agg("sum", decimal(22, 2), col("x", MONEY, "a")), one, x=MONEY) == {1: D("0.30")}


def test_floats_are_added_in_millionths():
    value, of = col("x", FLOAT, "a"), decimal(29, 6)
    data = {"k": [1, 1, 1, 2, 2, 3, 4], "x": [0.1, 0.2, 1e-7, 0.0000005, -0.0000005, 9e12, 9.1e12]}
    # 0.0000005 rounds up to a millionth, -0.0000005 up to 0; what is beyond 9e12 counts as missing.
    assert grouped(agg("sum", of, value), data, x=FLOAT) == {1: D("0.3"), 2: D("0.000001"), 3: D("9e12"), 4: None}
    shuffled = {"k": [1] * 4, "x": [1e12, 0.1, -1e12, 0.2]}
    assert grouped(agg("sum", of, value), shuffled, x=FLOAT) == {1: D("0.3")}


def test_smallest_and_greatest_of_each_kind():
    cases: list[tuple[Type, list[Any], Any, Any]] = [
        (STRING, ["b", "Z", "é", None], "Z", "é"),
        (DATE, [date(2026, 1, 2), date(2026, 1, 1), None], date(2026, 1, 1), date(2026, 1, 2)),
        (TIMESTAMP, [datetime(2026, 1, 2), datetime(1960, 1, 1)], datetime(1960, 1, 1), datetime(2026, 1, 2)),
        (FLOAT, [1.0, float("nan"), 2.0, None], 1.0, 2.0),  # NaN is missing
    ]
    for of, items, least, greatest in cases:
        data = {"k": [1] * len(items), "x": items}
        value = col("x", of, "a")
        assert grouped(agg("min", of, value), data, x=of) == {1: least}
        assert grouped(agg("max", of, value), data, x=of) == {1: greatest}


def test_distinct_takes_decimals_by_their_number_and_texts_by_code_point():
    texts = {"k": [1] * 5, "x": ["a", "A", "a ", "e\u0301", "\u00e9"]}
    assert grouped(agg("distinct", INT, col("x", STRING, "a")), texts, x=STRING) == {1: 5}
    numbers = pl.DataFrame({"k": [1, 1], "x": [D("1.50"), D("1.5")]})
    assert grouped(agg("distinct", INT, col("x", MONEY, "a")), numbers, x=MONEY) == {1: 1}


ORDERED = {
    "k": [1, 1, 1, 1, 2, 2, 3],
    "t": [3, 1, 2, 2, 5, 5, 1],
    "u": ["a", "a", "é", "z", "a", "b", "a"],
    "x": [30, None, 21, 22, None, 50, None],
}
T, U = col("t", INT, "a"), col("u", STRING, "a")


@pytest.mark.parametrize(
    ("function", "rest", "expected"),
    [
        ("first", {"order": (T, U)}, {1: None, 2: None, 3: None}),  # a row, and its value even if that is missing
        ("last", {"order": (T, U)}, {1: 30, 2: 50, 3: None}),
        # é comes after z by code point.
        ("last", {"order": (T, U), "filter": compare(T, "<", lit(3, INT))}, {1: 21, 2: None, 3: None}),
        ("first", {"order": (T, U), "filter": compare(T, ">", lit(1, INT))}, {1: 22, 2: None, 3: None}),
        (
            "first",
            {"order": (T,), "tie_by_value": True, "filter": compare(T, ">", lit(1, INT))},
            {1: 22, 2: 50, 3: None},
        ),
        (
            "last",
            {"order": (T,), "tie_by_value": True, "filter": compare(T, "<", lit(3, INT))},
            {1: 22, 2: None, 3: None},
        ),
        ("last", {"order": (T,), "tie_by_value": True}, {1: 30, 2: 50, 3: None}),
    ],
)
def test_first_and_last(function, rest, expected):
    assert grouped(agg(function, INT, X, **rest), ORDERED, t=INT, u=STRING, x=INT) == expected


@pytest.mark.parametrize("of", [STRING, MONEY, BOOL, DATE, TIMESTAMP, FLOAT])
def test_first_and_last_of_every_type_and_their_ties(of):
    items: dict[Any, list[Any]] = {
        STRING: ["z", "é", None],
        MONEY: [D("1.00"), D("2.00"), None],
        BOOL: [False, True, None],
        DATE: [date(2025, 1, 1), date(2026, 1, 1), None],
        TIMESTAMP: [datetime(2025, 1, 1), datetime(2026, 1, 1), None],
        FLOAT: [-1.0, 1.0, None],
    }
    values = items[of]
    data = pl.DataFrame({"k": [1, 1, 1, 2], "t": [1, 1, 1, 1], "x": [*values, None]})
    expected = {1: values[1], 2: None}
    for function in ("first", "last"):
        aggregation = agg(function, of, col("x", of, "a"), order=(T,), tie_by_value=True)
        assert grouped(aggregation, data, t=INT, x=of) == expected


def test_many_aggregations_share_what_they_have_in_common():
    columns: dict[str, Any] = {"k": K}
    doubled = call("add_whole", INT, X, X)
    for i in range(50):
        columns[f"n{i}"] = agg("sum", decimal(26, 0), doubled, filter=SMALL)
    lazy = emit(
        Plan((stage("s", table("t", k=INT, x=INT), columns, ("k",)),), stage("f", StageRef("s"), {"k": K}), "k", {}),
        {"t": pl.LazyFrame(DATA)},
        AS_OF,
    )
    found = stage("s", table("t", k=INT, x=INT), columns, ("k",))
    text = emit(Plan((), found, "k", {}), {"t": pl.LazyFrame(DATA)}, AS_OF).explain()
    assert text.count(".sum()") == 1
    assert lazy.collect(engine="in-memory").height == 2


# -- joins --------------------------------------------------------------------------------------------------------------


def joined(
    left: Any, right: Any, left_type: Type = INT, right_type: Type = INT, kind: Any = "left", on: ir.Expr | None = None
) -> Any:
    key = col("k", left_type, "a")
    join = Join(Input("b", table("r", k=right_type, y=INT)), ((on or key, "k"),), kind)
    final = stage(
        "f",
        table("l", k=left_type),
        {"k": key, "y": col("y", INT, "b"), "other": col("k", right_type, "b")},
        joins=(join,),
    )
    return rows([final], {"l": {"k": left}, "r": {"k": right, "y": list(range(len(right)))}})


def test_a_left_join_keeps_rows_and_missing_keys_match_nothing():
    assert joined([1, 2, None], [1, None]) == [(1, 0, 1), (2, None, None), (None, None, None)]
    assert joined([1, 2, None], [1, 1, None], kind="inner") == [(1, 0, 1), (1, 1, 1)]


@pytest.mark.parametrize(
    ("left", "right"),
    [(pl.Int32, pl.Int64), (pl.UInt64, pl.Int64), (pl.Int8, pl.UInt32), (pl.Int64, pl.Int64), (pl.UInt64, pl.UInt8)],
)
@pytest.mark.parametrize("types", [(INT, INT), (ANY, ANY), (ANY, INT), (INT, ANY)])
def test_whole_numbers_of_any_width_meet(left, right, types):
    found = joined(pl.Series([1, 2], dtype=left), pl.Series([2, 3], dtype=right), *types)
    assert found == [(1, None, None), (2, 0, 2)]


def test_texts_meet_whatever_polars_calls_them():
    left = pl.Series(["a", "b"], dtype=pl.Categorical)
    right = pl.Series(["b", "c"], dtype=pl.Enum(["c", "b"]))
    assert joined(left, right, ANY, ANY) == [("a", None, None), ("b", 0, "b")]


def test_a_join_on_a_constant_is_one_value_per_row():
    assert joined([7, 8], [1, 2], on=lit(2, INT)) == [(7, 1, 2), (8, 1, 2)]


def test_a_join_on_a_day_of_the_zone():
    day = call("date_timestamp", DATE, col("t", TIMESTAMP, "a"))
    join = Join(Input("b", table("r", d=DATE, y=INT)), ((day, "d"),))
    final = stage("f", table("l", k=INT, t=TIMESTAMP), {"k": K, "y": col("y", INT, "b")}, joins=(join,))
    data = {
        "l": {"k": [1, 2, 3], "t": [datetime(2026, 1, 1, 21, 59), datetime(2026, 1, 1, 22), None]},
        "r": {"d": [date(2026, 1, 1), date(2026, 1, 2)], "y": [10, 20]},
    }
    assert rows([final], data, timezone="Europe/Athens") == [(1, 10), (2, 20), (3, None)]


def test_a_join_without_pairs_gives_every_row_the_one_row():
    total = stage("c", table("r", k=INT), {"n": agg("count", INT)}, ())
    final = stage(
        "f", table("l", k=INT), {"k": K, "n": col("n", INT, "b")}, joins=(Join(Input("b", StageRef("c")), ()),)
    )
    assert rows([total, final], {"l": {"k": [1, 2]}, "r": {"k": pl.Series([], dtype=pl.Int64)}}) == [(1, 0), (2, 0)]


def test_a_filter_on_what_was_joined():
    join = Join(Input("b", table("r", k=INT, y=INT)), ((K, "k"),))
    final = stage(
        "f",
        table("l", k=INT),
        {"k": K},
        joins=(join,),
        where=(ir.IsMissing(value=col("y", INT, "b")), compare(K, ">", lit(1, INT))),
    )
    assert rows([final], {"l": {"k": [1, 2, 3]}, "r": {"k": [2], "y": [0]}}) == [(3,)]


def test_a_union_takes_columns_by_their_place():
    one = stage("one", table("t", k=ANY), {"k": col("k", ANY, "a")})
    two = stage("two", table("u", id=ANY), {"id": col("id", ANY, "a")})
    both = Stage(
        "f",
        Input("a", Union(("one", "two"))),
        (),
        (),
        ("k",),
        (out("k", col("k", ANY, "a")), out("n", agg("count", INT))),
    )
    found = rows(
        [one, two, both],
        {"t": {"k": pl.Series([1, 2], dtype=pl.Int32)}, "u": {"id": pl.Series([2, 3], dtype=pl.UInt64)}},
    )
    assert found == [(1, 1), (2, 2), (3, 1)]


# -- stages -------------------------------------------------------------------------------------------------------------


def test_constants_alone_are_one_per_row():
    assert rows([stage("f", table("t", k=INT), {"c": lit(1, INT)})], {"t": {"k": [1, 2]}}) == [(1,), (1,)]


def test_a_table_of_which_no_column_is_read_keeps_its_rows():
    assert rows([stage("f", Table("t", ()), {"n": agg("count", INT)}, ())], {"t": {"k": [1, 2]}}) == [(2,)]
    assert rows([stage("f", Table("t", ()), {"c": lit(1, INT)})], {"t": {"k": [1, 2]}}) == [(1,), (1,)]


def test_a_condition_is_two_valued_as_a_column():
    final = stage("f", table("t", k=INT, x=INT), {"k": K, "c": ir.Any(items=(SMALL, compare(K, "=", lit(1, INT))))})
    assert rows([final], {"t": {"k": [1, 2, 3], "x": [None, None, 5]}}) == [(1, True), (2, False), (3, True)]


def test_a_stage_that_is_read_twice_is_cached():
    base = stage("base", table("t", k=INT, x=INT), {"k": K, "n": agg("count", INT)}, ("k",))
    left = stage("left", StageRef("base"), {"k": K, "n": col("n", INT, "a")})
    final = stage(
        "f",
        StageRef("left"),
        {"k": K, "n": col("n", INT, "b")},
        joins=(Join(Input("b", StageRef("base")), ((K, "k"),)),),
    )
    lazy = emit(Plan((base, left), final, "k", {}), {"t": pl.LazyFrame(DATA)}, AS_OF)
    # Polars finds this common part by itself, but not those of larger plans.
    assert "CACHE" in lazy.explain(optimizations=pl.QueryOptFlags(comm_subplan_elim=False))
    assert sorted(lazy.collect(engine="in-memory").rows()) == [(1, 3), (2, 2)]


def test_columns_made_on_the_way_meet_no_column_of_the_data():
    doubled = agg("sum", decimal(26, 0), call("add_whole", INT, X, X), filter=SMALL)
    names = {"made": "]made 0", "partial": "]partial 0", "key": "]key 0"}
    scanned = Table(
        "t",
        (
            TableColumn("k", "k", INT, True),
            TableColumn("x", "x", INT, True),
            *(TableColumn(n, n, INT, True) for n in names.values()),
        ),
    )
    data = pl.DataFrame({"k": [1], "x": [2], **{n: [i] for i, n in enumerate(names.values())}})
    aggregates = {n: agg("max", INT, col(n, INT, "a")) for n in names.values()}
    assert rows([stage("s", scanned, {"k": K, "d": doubled, **aggregates}, ("k",))], {"t": data}) == [(1, 4, 0, 1, 2)]


@pytest.mark.parametrize("name", ["*", "^.*$", "^k$", "a[b]", "", " ", "\U0001f600", "len", "literal", 'q"uote', "a.b"])
def test_column_names_are_never_patterns(name):
    scanned = Table("t", (TableColumn(name, name, INT, True),))
    keyed = Stage(
        "s", Input("a", scanned), (), (), (name,), (out(name, col(name, INT, "a")), out("n", agg("count", INT)))
    )
    final = Stage(
        "f", Input("b", StageRef("s")), (), (), None, (out(name, col(name, INT, "b")), out("n", col("n", INT, "b")))
    )
    data = pl.DataFrame({"k": [9, 9], name: [1, 2], "other": [3, 3]})
    assert rows([keyed, final], {"t": data}) == [(1, 1), (2, 1)]


def test_a_decimal_key_comes_out_as_a_decimal():
    final = stage("f", table("t", k=MONEY), {"k": col("k", MONEY, "a")})
    assert rows([final], {"t": {"k": [D("-1.25"), D("12.50")]}}) == [(D("-1.25"),), (D("12.50"),)]


def test_as_of_with_a_zone_is_the_same_instant():
    from datetime import timezone

    before = ir.Bound(value=col("t", TIMESTAMP, "a"), side="before", moment=ir.AS_OF)
    final = stage("f", table("t", k=INT, t=TIMESTAMP), {"k": K}, where=(before,))
    data = {"k": [1, 2], "t": [AS_OF - timedelta(seconds=1), AS_OF]}
    aware = AS_OF.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=5)))
    assert rows([final], {"t": data}, as_of=aware) == [(1,)]


# -- filters that reach the file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["ns", "us", "ms"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Athens"])
def test_filters_on_plain_columns_reach_a_parquet_scan(tmp_path, unit, zone):
    times = [AS_OF + timedelta(hours=i - 50) for i in range(100)]
    dtype = pl.Datetime(unit)
    frame = pl.DataFrame(
        {"k": range(100), "t": pl.Series(times, dtype=pl.Datetime("us")).cast(dtype), "s": ["a", "b"] * 50}
    )
    if zone:
        frame = frame.with_columns(pl.col("t").dt.replace_time_zone("UTC").dt.convert_time_zone(zone))
    frame.write_parquet(tmp_path / "t.parquet", row_group_size=10)
    where = (
        ir.Bound(value=col("t", TIMESTAMP, "a"), side="before", moment=ir.AS_OF),
        compare(col("k", INT, "a"), ">=", lit(10, INT)),
        ir.InList(value=col("s", STRING, "a"), items=("a",)),
    )
    final = stage("f", table("t", k=INT, t=TIMESTAMP, s=STRING), {"k": K}, where=where)
    lazy = emit(Plan((), final, "k", {}), {"t": pl.scan_parquet(tmp_path / "t.parquet")}, AS_OF)
    plan = lazy.explain()
    selection = plan.split("SELECTION:")[1].split("\n")[0]
    for name in ("t", "k", "s"):
        assert f'col("{name}")' in selection
    assert "cast" not in selection
    assert "fill_null" not in selection
    assert "FILTER" not in plan
    assert sorted(lazy.collect(engine="in-memory")["k"]) == list(range(10, 50, 2))


@pytest.mark.parametrize("unit", ["ns", "us", "ms"])
def test_a_filter_on_the_raw_column_keeps_what_a_filter_on_the_read_one_does(unit):
    as_of = datetime(2026, 6, 1, 12, 0, 0, 500)  # half a millisecond
    edge = pl.Series(
        [
            datetime(2026, 6, 1, 12),
            datetime(2026, 6, 1, 12, 0, 0, 499),
            as_of,
            datetime(2026, 6, 1, 12, 0, 0, 1000),
            None,
        ]
    )
    frame = pl.DataFrame({"k": [1, 2, 3, 4, 5], "t": edge.cast(pl.Datetime(unit))})
    read = frame["t"].cast(pl.Datetime("us")).to_list()
    for side in ("from", "before"):
        bound = ir.Bound(value=col("t", TIMESTAMP, "a"), side=side, moment=ir.AS_OF)
        plain = rows([stage("f", table("t", k=INT, t=TIMESTAMP), {"k": K}, where=(bound,))], {"t": frame}, as_of=as_of)
        nested = rows(
            [stage("f", table("t", k=INT, t=TIMESTAMP), {"k": K}, where=(ir.Any(items=(bound, bound)),))],
            {"t": frame},
            as_of=as_of,
        )
        expected = [
            (i + 1,) for i, t in enumerate(read) if t is not None and (t >= as_of if side == "from" else t < as_of)
        ]
        assert plain == nested == expected


@pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">="])
def test_ints_beyond_2_to_the_53_are_missing_also_in_a_filter_on_the_raw_column(operator):
    frame = pl.DataFrame({"k": [1, 2, 3, 4], "x": [5, 2**53 + 1, -(2**53) - 1, None]})
    leaf = compare(X, operator, lit(5, INT))
    expected = [(1,)] if operator in ("=", "<=", ">=") else []
    for where in ((leaf,), (ir.Any(items=(leaf, leaf)),)):
        assert rows([stage("f", table("t", k=INT, x=INT), {"k": K}, where=where)], {"t": frame}) == expected
