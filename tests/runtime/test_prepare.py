"""Tables that are prepared once: what is kept, what is asked of it, and that it says the same."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from runtime import shop

import segdsl
from segdsl.backends.polars import read
from segdsl.backends.polars.encoded import Encoded, subject
from segdsl.backends.polars.expressions import Context, raw
from segdsl.diagnostics import SegdslError
from segdsl.runtime import memory
from segdsl.runtime import prepare as layout
from segdsl.runtime.data import bound
from segdsl.runtime.tables import Dataset, open_tables
from segdsl.semantics import ir
from segdsl.semantics.time import zone
from segdsl.types import BOOL, STRING

LIBRARY = segdsl.Library.from_text(shop.SEGMENTS, shop.SCHEMA)


def answers(data: Any, library: segdsl.Library = LIBRARY) -> list[tuple[Any, ...]]:
    found = library.evaluate(data, as_of=shop.AS_OF)
    assert isinstance(found, pl.DataFrame)
    return found.rows()


def test_the_same_customers_from_prepared_tables() -> None:
    dataset = LIBRARY.prepare(shop.frames())
    assert answers(dataset) == shop.EXPECTED
    assert LIBRARY.counts(dataset, as_of=shop.AS_OF).sizes == LIBRARY.counts(shop.frames(), as_of=shop.AS_OF).sizes
    # another instant: rows that lay in the future are there
    later = datetime(2026, 7, 1)
    after = LIBRARY.evaluate(dataset, as_of=later)
    assert after.equals(LIBRARY.evaluate(shop.frames(), as_of=later))
    assert not after.equals(LIBRARY.evaluate(dataset, as_of=shop.AS_OF))


def test_lazy_frames_and_folders_can_be_prepared(tmp_path: Path) -> None:
    lazy = {name: frame.lazy() for name, frame in shop.frames().items()}
    assert answers(LIBRARY.prepare(lazy)) == shop.EXPECTED
    for name, frame in shop.frames().items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    dataset = LIBRARY.prepare(tmp_path)
    for file in tmp_path.iterdir():
        file.unlink()
    assert answers(dataset) == shop.EXPECTED


def test_a_file_that_changed_is_not_mixed_with_what_was_prepared(tmp_path: Path) -> None:
    for name, frame in shop.frames().items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    dataset = LIBRARY.prepare(tmp_path)
    narrow = LIBRARY.select(LIBRARY.condition("any(order)", name="buyers")).prepare(tmp_path)
    assert answers(narrow) == shop.EXPECTED, "nothing has changed: the rest is read"
    orders = tmp_path / "orders.parquet"
    shop.frames()["orders"].head(1).write_parquet(orders)
    assert answers(dataset) == shop.EXPECTED
    with pytest.raises(SegdslError, match=r"SEG517\]: table `orders` \(.*\) has changed since"):
        answers(narrow)
    orders.unlink()
    with pytest.raises(SegdslError, match="SEG517"):
        answers(narrow)


def test_rows_lie_by_customer_and_texts_of_few_values_are_numbers() -> None:
    dataset = LIBRARY.prepare(shop.frames())
    assert dataset.rows == {name: frame.height for name, frame in shop.frames().items()}
    assert dataset.bytes > 0
    assert repr(dataset).startswith("<Dataset of ") and f"orders: {dataset.rows['orders']} rows" in repr(dataset)
    for name, key in (("orders", "customer_id"), ("customers", "id")):
        table = dataset.tables.ready[name].table
        (column,) = (to for reading, (to, _) in table.columns.items() if reading.column == key)
        assert table.frame[column].flags["SORTED_ASC"], name
    held = {c.name: dataset.tables.ready["customers"].table.frame[to] for c, (to, _) in table.columns.items()}
    assert held["country"].dtype == pl.Enum(["GR", "IT"]) and held["country"].null_count() == 1


def test_whole_numbers_take_no_more_bytes_than_they_need() -> None:
    schema = {
        "entity": {
            "name": "c",
            "table": "t",
            "key": "id",
            "fields": {"id": "int", "small": "int", "middle": "int", "money": "decimal(38,2)", "none": "int?"},
        }
    }
    rows = {
        "id": [1, 2],
        "small": [-(2**15), 2**15 - 1],
        "middle": [-(2**15), 2**15],
        "money": ["-21474836.48", str(2**62)],
        "none": [None, None],
    }
    data = {
        "t": pl.DataFrame(rows, schema_overrides={"none": pl.Int64}).with_columns(
            pl.col("money").cast(pl.Decimal(38, 2))
        )
    }
    library = segdsl.Library.from_text(
        "segment s where small + middle < -60000 and money < -21474836 and none is missing", schema
    )
    table = library.prepare(data).tables.ready["t"].table
    held = {column.name: table.frame[name].dtype for column, (name, _) in table.columns.items()}
    # 2^62 in hundredths is beyond 2^63
    assert held == {"id": pl.Int16, "small": pl.Int16, "middle": pl.Int32, "money": pl.Int128, "none": pl.Int64}
    assert library["s"].members(library.prepare(data))["id"].to_list() == [1]


def test_a_text_of_many_values_stays_one() -> None:
    many = pl.DataFrame({"id": range(2_000), "country": [f"c{n}" for n in range(2_000)]})
    library = segdsl.Library.from_text('segment s where country = "c7"', shop.SCHEMA)
    dataset = library.prepare({"customers": many})
    assert pl.String in dataset.tables.ready["customers"].table.frame.dtypes
    assert library.counts(dataset, as_of=shop.AS_OF).sizes == {"s": 1}


def test_what_was_not_prepared_comes_from_where_the_rest_came_from() -> None:
    few = LIBRARY.prepare(shop.frames(), names=["gold"])
    assert list(few.rows) == ["customers"]
    assert answers(few) == shop.EXPECTED
    # the same column read otherwise is another column
    other = {
        **shop.SCHEMA,
        "entity": {**shop.SCHEMA["entity"], "fields": {"id": "int", "country": "string?", "tier": "string"}},
    }
    library = segdsl.Library.from_text('segment nowhere where country = "n/a"', other)
    assert library.counts(LIBRARY.prepare(shop.frames()), as_of=shop.AS_OF).sizes == {"nowhere": 1}


def test_days_of_another_zone_are_not_those_that_were_prepared() -> None:
    schema = {
        "entity": {"name": "c", "table": "t", "key": "id", "fields": {"id": "int", "at": "timestamp"}},
    }
    data = {"t": pl.DataFrame({"id": [1], "at": [datetime(2026, 5, 31)]}).with_columns(pl.col("at").cast(pl.Date))}
    text = "segment s where at >= 2026-05-31T00:00:00Z"
    utc = segdsl.Library.from_text(text, schema)
    athens = segdsl.Library.from_text(text, {**schema, "timezone": "Europe/Athens"})
    assert utc.counts(data, as_of=shop.AS_OF).sizes == {"s": 1}
    for prepared in (utc.prepare(data), athens.prepare(data)):
        assert utc.counts(prepared, as_of=shop.AS_OF).sizes == {"s": 1}
        # that day began two hours earlier in Athens, three in summer
        assert athens.counts(prepared, as_of=shop.AS_OF).sizes == {"s": 0}


def test_what_is_wrong_with_data_is_told_when_it_is_prepared() -> None:
    data = shop.frames()
    data["customers"] = pl.concat([data["customers"], data["customers"].head(1)])
    with pytest.raises(SegdslError) as raised:
        LIBRARY.prepare(data)
    assert [d.code for d in raised.value.diagnostics] == ["SEG506"]


def test_a_key_that_nobody_checked_is_checked() -> None:
    data = shop.frames()
    data["orders"] = pl.concat([data["orders"], data["orders"].head(1)])
    dataset = LIBRARY.prepare(shop.frames())
    plan = LIBRARY.plan(tuple(LIBRARY.values()))
    unchecked = Dataset(
        open_tables(data).__class__(
            open_tables(data).found,
            ready={
                name: ready.__class__(ready.table, ready.timezone, frozenset())
                for name, ready in dataset.tables.ready.items()
            },
        )
    )
    assert any(check.table == "orders" for check in plan.checks)
    with pytest.raises(SegdslError):
        LIBRARY.evaluate(unchecked, as_of=shop.AS_OF)


def test_a_single_evaluation_prepares_where_that_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = LIBRARY.plan(tuple(LIBRARY.values()))
    binding = bound(plan, open_tables(shop.frames()))
    # one condition each on country and tier, and few aggregates
    assert layout.paying(plan, binding) == []
    monkeypatch.setattr(layout, "_MANY_AGGREGATES", 2)
    monkeypatch.setattr(layout, "_MANY_CONDITIONS", 1)
    assert sorted(layout.paying(plan, binding)) == ["customers", "orders"]
    told: list[str] = []
    with segdsl.progress(lambda _, __, step: told.append(step)):
        assert answers(shop.frames()) == shop.EXPECTED
    assert {"reading customers", "reading orders"} < set(told)


def test_how_often_a_lazy_frame_of_the_host_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_MANY_AGGREGATES", 0)
    read: dict[str, int] = {}

    def counting(name: str) -> Any:
        def rows() -> pl.DataFrame:
            read[name] = read.get(name, 0) + 1
            return shop.frames()[name]

        return rows

    lazy = {
        name: pl.defer(counting(name), schema=frame.schema, validate_schema=False)
        for name, frame in shop.frames().items()
    }
    LIBRARY.counts(lazy, as_of=shop.AS_OF)
    # once for its key, once for what is counted
    assert read == {"customers": 2, "orders": 2}
    read.clear()
    LIBRARY.prepare(lazy)
    assert read == {"customers": 1, "orders": 1}


def test_keys_come_back_in_order_whatever_order_the_rows_lie_in() -> None:
    data = {**shop.frames(), "customers": shop.frames()["customers"].reverse()}
    assert answers(data) == shop.EXPECTED
    assert LIBRARY["gold"].members(data, as_of=shop.AS_OF)["id"].to_list() == [
        row[0] for row in shop.EXPECTED if row[list(LIBRARY).index("gold") + 1]
    ]


# -- texts that come as numbers --------------------------------------------------------------------------------------------

BY_TEXT = {
    "entity": {
        "name": "c",
        "table": "t",
        "key": "code",
        "fields": {
            "code": "string",
            "kind": "string?",
            "spent": "int",
            "state": {"type": "string", "values": {"open": "o", "shut": "s"}},
            "note": {"type": "string?", "missing": ["n/a"]},
        },
    },
}
WITH_TEXTS = """
segment best where top 2 exactly by spent
segment a where kind in ("a", "b")
segment b where kind != "a"
segment others where kind starts with "a" or kind is missing
segment d where kind = "nowhere"
segment opened where state = "open"
segment unnoted where note is missing
"""


@pytest.mark.parametrize("most", [read.MOST_VALUES, 3])
@pytest.mark.parametrize("prepared", [False, True])
def test_numbers_of_texts_are_texts_whatever_their_order(
    prepared: bool, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "MOST_VALUES", most)
    texts = {
        "code": pl.Enum(["z", "y", "x", "w"]),
        "kind": pl.Enum(["z", "b", "a"]),
        "state": pl.Enum(["s", "o"]),
        "note": pl.Enum(["n/a", "late"]),
    }
    rows = {
        "code": ["w", "z", "x", "y"],
        "kind": ["a", "b", "z", None],
        "spent": [5, 5, 5, 9],
        "state": ["o", "s", "s", "o"],
        "note": ["n/a", "late", None, "late"],
    }
    data: Any = {"t": pl.DataFrame(rows, schema_overrides=texts)}
    library = segdsl.Library.from_text(WITH_TEXTS, BY_TEXT)
    members = {name: {row[0] for row in library[name].members(data).rows()} for name in library}
    data = library.prepare(data) if prepared else data
    found = library.evaluate(data)
    assert found.schema["code"] == pl.String
    assert found["code"].to_list() == ["w", "x", "y", "z"], "in the order of the texts"
    told = {name: set(found.filter(pl.col(name))["code"]) for name in library}
    # of those who spent as much, the first by key
    assert (
        told
        == members
        == {
            "best": {"y", "w"},
            "a": {"w", "z"},
            "b": {"z", "x"},
            "others": {"w", "y"},
            "d": set(),
            "opened": {"w", "y"},
            "unnoted": {"w", "x"},
        }
    )


def test_numbers_of_texts_need_no_preparing() -> None:
    four = """
    segment a where {0} = "a"
    segment b where {0} in ("b", "c")
    segment c where {0} != "d"
    segment d where {0} starts with "e"
    """

    def paying(column: str, frame: pl.DataFrame) -> list[str]:
        plan = segdsl.Library.from_text(four.format(column), schema).select().plan()
        return layout.paying(plan, bound(plan, open_tables({"customers": frame})))

    schema = {"entity": {**shop.SCHEMA["entity"], "fields": {**shop.SCHEMA["entity"]["fields"], "tier": "string"}}}
    customers = shop.frames()["customers"]
    assert paying("tier", customers) == ["customers"]
    assert paying("tier", customers.cast({"tier": pl.Enum(["silver", "gold"])})) == []
    # of a column in which some texts mean that there is none, each has to be looked at
    encoded = customers.cast({"country": pl.Enum(["n/a", "", "IT", "GR"])})
    assert paying("country", encoded) == ["customers"]
    assert answers({**shop.frames(), "customers": encoded}) == shop.EXPECTED


# -- conditions on numbers of texts ---------------------------------------------------------------------------------------

TEXTS = ["", "IT", "it", "ΠΌΛΗ", "gr", None]
VALUES = pl.Enum(sorted(text for text in TEXTS if text is not None))
COLUMN = ir.Col("t", "x", type=STRING, optional=True)


def literal(text: str) -> ir.Literal:
    return ir.Literal(text, type=STRING)


@pytest.mark.parametrize(
    "condition",
    [
        ir.Compare("=", COLUMN, literal("IT")),
        ir.Compare("=", COLUMN, literal("nowhere")),
        ir.Compare("!=", COLUMN, literal("IT")),
        ir.Compare("=", literal("IT"), COLUMN),
        ir.Compare("!=", COLUMN, literal("nowhere")),
        ir.InList(COLUMN, ("it", "gr", "nowhere")),
        ir.InList(COLUMN, ("it", "gr", "nowhere"), negated=True),
        ir.InList(COLUMN, ("nowhere",)),
        ir.Match("contains", COLUMN, "t"),
        ir.Match("starts with", COLUMN, "I", negated=True),
        ir.Match("matches", COLUMN, "??"),
    ],
    ids=str,
)
def test_a_condition_on_numbers_is_that_on_texts(condition: ir.Expr) -> None:
    def column(_: ir.Col) -> pl.Expr:
        return pl.col("x")

    plain = Context(shop.AS_OF, zone("UTC"), column)
    encoded = Context(shop.AS_OF, zone("UTC"), column, lambda _: Encoded(pl.col("x"), VALUES))
    texts = pl.DataFrame({"x": pl.Series(TEXTS, dtype=pl.String)})
    numbers = texts.cast(VALUES)
    assert subject(condition) == COLUMN
    wanted = texts.select(raw(condition, plain).fill_null(False)).to_series().to_list()
    found = numbers.select(raw(condition, encoded).fill_null(False)).to_series().to_list()
    assert found == wanted
    assert len(set(wanted)) == 2 or "nowhere" in str(condition)


def test_a_condition_on_more_than_one_text_is_none_on_numbers() -> None:
    other = ir.Col("t", "y", type=STRING)
    assert subject(ir.Compare("=", COLUMN, other)) is None
    assert subject(ir.Compare("=", literal("x"), literal("y"))) is None
    assert subject(ir.Truth(ir.Col("t", "b", type=BOOL))) is None


# -- steps ----------------------------------------------------------------------------------------------------------------


def test_an_evaluation_tells_its_steps_in_order() -> None:
    told: list[tuple[int, int, str]] = []
    with segdsl.progress(lambda *step: told.append(step)):
        assert answers(shop.frames()) == shop.EXPECTED
    assert [done for done, _, _ in told] == list(range(len(told)))
    assert {total for _, total, _ in told} == {len(told)}
    assert told[0][2] == "checking tables" and told[-1][2] == "segments"
    assert any("order" in step for _, _, step in told[1:-1])
    LIBRARY.evaluate(shop.frames(), as_of=shop.AS_OF)
    assert len(told) == told[0][1], "nobody is told outside of it"


def test_what_a_report_raises_ends_the_evaluation() -> None:
    def stop(done: int, total: int, step: str) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), segdsl.progress(stop):
        LIBRARY.evaluate(shop.frames(), as_of=shop.AS_OF)


def test_what_memory_does_not_hold_is_streamed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engines: list[str] = []
    collect_all = pl.collect_all

    def watched(frames: Any, *, engine: str) -> Any:
        engines.append(engine)
        return collect_all(frames, engine=engine)

    for name, frame in shop.frames().items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    monkeypatch.setattr(pl, "collect_all", watched)
    monkeypatch.setattr(layout, "_MANY_AGGREGATES", 0)
    assert answers(tmp_path) == shop.EXPECTED
    assert engines[-1] == "in-memory"
    engines.clear()
    # two customers alone take 64 bytes, with their ids and tiers, and are held twice
    monkeypatch.setattr(memory, "installed", lambda: 300)
    assert answers(tmp_path) == shop.EXPECTED
    assert LIBRARY.counts(tmp_path, as_of=shop.AS_OF).population == len(shop.EXPECTED)
    assert LIBRARY["gold"].members(tmp_path, as_of=shop.AS_OF).height == sum(row[3] for row in shop.EXPECTED)
    assert engines[-1] == "streaming"


def test_a_container_has_the_memory_that_it_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    whole = memory.installed()
    assert whole is not None and whole > 2**28
    for text, wanted in (("1048576", 1_048_576), ("max", None), ("", None)):
        limit = tmp_path / "memory.max"
        limit.write_text(text)
        monkeypatch.setattr(memory, "_GROUP_LIMITS", (limit, tmp_path / "none"))
        found = memory.installed()
        assert found is not None and (found == wanted or (wanted is None and found >= whole))
    monkeypatch.setattr(memory.os, "sysconf", lambda _: (_ for _ in ()).throw(ValueError("unknown")))
    assert memory.installed() is None
    assert memory.fits([shop.frames()["orders"].lazy()], [10**15])


def test_the_width_of_a_row() -> None:
    schema = pl.Schema(
        {"a": pl.Int64(), "b": pl.Decimal(12, 2), "c": pl.String(), "d": pl.Date(), "e": pl.Datetime("us")}
    )
    assert memory.width(schema) == 8 + 16 + 24 + 4 + 8
