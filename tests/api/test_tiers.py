"""Tiers in the Python API: each case is a segment, the name of the tiers means all of them."""

from __future__ import annotations

import csv
import io
import sqlite3
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from small_project import AS_OF, customers, orders

import segdsl

SCHEMA: dict[str, object] = {
    "entity": {
        "table": "customers",
        "key": "customer_id",
        "created": "created_at",
        "fields": {"customer_id": "int", "created_at": "timestamp?"},
    },
    "relations": {
        "order": {
            "table": "orders",
            "on": "customer_id",
            "key": "order_id",
            "time": "placed_at",
            "fields": {"order_id": "int", "placed_at": "timestamp", "total": "decimal(12,2)"},
        }
    },
}

# Until 1 June, Ann (1) has two orders of 30.50 in all, customer 2 one of 5.25, customer 3 one of 100; 4, 5, 6 have none.
TEXT = """\
segment buyers where any(order)

tiers loyalty "Loyalty"
  about "By how often they bought."
  tags  "value", "loyalty"
  regular   where count(order) >= 2
  only_once where count(order) >= 1

tiers spender
  best where top 1 by sum(order.total) among any(order)
  some where any(order)
  otherwise none_yet

segment loved where loyalty.regular or spender >= "best"
segment was_regular where loyalty.regular as of 2026-05-01
"""
MEMBERS = {
    "buyers": [1, 2, 3],
    "loyalty.regular": [1],
    "loyalty.only_once": [2, 3],
    "spender.best": [3],
    "spender.some": [1, 2],
    "spender.none_yet": [4, 5, 6],
    "loved": [1, 3],
    "was_regular": [],
}


@pytest.fixture
def library() -> segdsl.Library:
    return segdsl.Library.from_text(TEXT, SCHEMA)


@pytest.fixture
def data() -> dict[str, pl.DataFrame]:
    return {"customers": customers(), "orders": orders()}


def test_cases_are_segments_in_the_order_of_the_text(library: segdsl.Library) -> None:
    assert not library.check()
    assert list(library) == list(MEMBERS)
    assert "loyalty" not in library
    regular = library["loyalty.regular"]
    assert (regular.title, regular.about, regular.tags) == (
        "Loyalty: regular",
        "By how often they bought.",
        ("value", "loyalty"),
    )
    assert library["loyalty.only_once"].title == "Loyalty: only once"
    assert (library["spender.best"].title, library["spender.best"].tags) == (None, ())
    assert regular.text.startswith('tiers loyalty "Loyalty"')
    assert regular.text.endswith("count(order) >= 1")
    assert (regular.tiers, library["buyers"].tiers) == ("loyalty", None)
    assert [case.name for case in library.cases("loyalty")] == ["loyalty.regular", "loyalty.only_once"]
    assert library.cases("buyers") == ()


@pytest.mark.parametrize("name", MEMBERS)
def test_members(name: str, library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    members = library[name].members(data, as_of=AS_OF).lazy().collect()
    assert members["customer_id"].to_list() == MEMBERS[name]


def test_the_name_of_tiers_means_all_their_cases(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    flags = library.evaluate(data, as_of=AS_OF, names="spender").lazy().collect()
    assert flags.columns == ["customer_id", "spender.best", "spender.some", "spender.none_yet"]
    assert flags["spender.some"].to_list() == [True, True, False, False, False, False]
    assert library.select(["spender", "buyers", "spender.best"]).names == (
        "spender.best",
        "spender.some",
        "spender.none_yet",
        "buyers",
    )
    sizes = library.counts(data, as_of=AS_OF, names=["loyalty"])
    assert dict(sizes.sizes) == {"loyalty.regular": 1, "loyalty.only_once": 2}


def test_tiers_are_no_segment(library: segdsl.Library) -> None:
    with pytest.raises(KeyError) as caught:
        library["loyalty"]
    assert isinstance(caught.value, segdsl.SegdslError)
    (found,) = caught.value.diagnostics
    assert found.message == "`loyalty` are tiers, and each case of them is a segment"
    assert found.hint == "the segments are `loyalty.regular`, `loyalty.only_once`"
    with pytest.raises(KeyError, match=r"did you mean `loyalty.regular`"):
        library["loyalty.reguler"]


def test_a_case_in_a_bare_condition(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    condition = library.condition("not loyalty.regular and spender.some")
    assert condition.members(data, as_of=AS_OF).lazy().collect()["customer_id"].to_list() == [2]


def test_flags_of_a_database_have_the_names_with_dots(library: segdsl.Library) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE customers (customer_id INTEGER, created_at TEXT)")
    connection.execute("CREATE TABLE orders (order_id INTEGER, customer_id INTEGER, placed_at TEXT, total REAL)")
    for number in range(1, 7):
        connection.execute("INSERT INTO customers VALUES (?, ?)", (number, f"2025-01-0{number} 00:00:00"))
    for row in orders().iter_rows(named=True):
        placed: datetime = row["placed_at"]
        values = (row["order_id"], row["customer_id"], f"{placed:%Y-%m-%d %H:%M:%S}", float(row["total"]))
        connection.execute("INSERT INTO orders VALUES (?, ?, ?, ?)", values)
    found = connection.execute(str(library.sql("sqlite", names="spender", as_of=AS_OF)))
    assert [column[0] for column in found.description] == [
        "customer_id",
        "spender.best",
        "spender.some",
        "spender.none_yet",
    ]
    assert sorted(found.fetchall()) == [
        (1, 0, 1, 0),
        (2, 0, 1, 0),
        (3, 1, 0, 0),
        (4, 0, 0, 1),
        (5, 0, 0, 1),
        (6, 0, 0, 1),
    ]
    connection.close()


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "sqlite"])
def test_names_with_dots_are_quoted(dialect: str, library: segdsl.Library) -> None:
    assert 'AS "spender.none_yet"' in str(library.sql(dialect, names="spender", as_of=AS_OF))
    counts = str(library.sql(dialect, "counts", names="spender", as_of=AS_OF))
    # DuckDB makes rows of columns, whose names the segments' names are; the others write the name into each row.
    assert ('IN ("spender.best",' if dialect == "duckdb" else "'spender.best'") in counts


def test_a_frame_with_dots_is_written(library: segdsl.Library, data: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    flags = library.evaluate(data, as_of=AS_OF, names="loyalty").lazy().collect()
    flags.write_parquet(tmp_path / "flags.parquet")
    assert pl.read_parquet(tmp_path / "flags.parquet").columns == flags.columns
    assert next(csv.reader(io.StringIO(flags.write_csv()))) == ["customer_id", "loyalty.regular", "loyalty.only_once"]


def test_tiers_that_override_a_packs_replace_all_of_its_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    from segdsl.pipeline import Unit
    from segdsl.schema_build import schema_from_dict
    from segdsl.source import Source

    pack = Unit(
        Source("shop/t.seg", "tiers t\n  a where any(order)\n  b where none(order)\nsegment s where t.a"), "shop"
    )
    own = Unit(Source("own.seg", "override tiers t\n  a where count(order) > 5\n  c where any(order)"))
    library = segdsl.Library(schema_from_dict(SCHEMA), (pack, own))
    assert not library.check().errors
    assert list(library) == ["t.a", "t.c", "s"]
    assert (library["t.a"].pack, library["s"].pack) == (None, "shop")


def test_tiers_of_a_pack_that_do_not_fit_are_left_out() -> None:
    from segdsl.pipeline import Unit
    from segdsl.schema_build import schema_from_dict
    from segdsl.source import Source

    pack = Unit(
        Source("shop/t.seg", "tiers t\n  a where any(review)\n  otherwise b\nsegment s where any(order)"), "shop"
    )
    library = segdsl.Library(schema_from_dict(SCHEMA), (pack,))
    assert list(library) == ["s"]
    for name in ("t", "t.a"):
        with pytest.raises(KeyError, match="is left out on this schema"):
            library[name]


def test_the_past_of_a_later_day(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    segment = library["was_regular"]
    assert segment.members(data, as_of="2026-05-01").lazy().collect()["customer_id"].to_list() == []
    for evaluate in (
        lambda: segment.members(data, as_of="2026-04-30"),
        lambda: segment.sql("duckdb", as_of="2026-04-30"),
        lambda: library.evaluate(data, as_of="2026-04-30"),
        lambda: library.counts(data, as_of="2026-04-30"),
        lambda: library.condition("not (was_regular as of 2026-06-01)").members(data, as_of="2026-05-31"),
    ):
        with pytest.raises(segdsl.SegdslError, match="which is before that") as caught:
            evaluate()
        assert [found.code for found in caught.value.diagnostics] == ["SEG351"]
    nested = library.condition("was_regular as of 2026-04-01")
    with pytest.raises(segdsl.SegdslError, match="as of 2026-04-01T00:00:00Z, which is before"):
        nested.members(data, as_of=AS_OF)
    assert library["loved"].members(data, as_of="2026-04-30").lazy().collect()["customer_id"].to_list() == [1]


def test_a_trait_of_rows_of_a_pack_that_does_not_fit_is_left_out() -> None:
    from segdsl.pipeline import Unit
    from segdsl.schema_build import schema_from_dict
    from segdsl.source import Source

    text = "trait order.net = total - discount\nsegment s where any(order where net > 1)\nsegment r where max(order.net) > 1"
    pack = Unit(Source("shop/t.seg", text), "shop")
    for condition in ("any(order where net > 2)", "sum(order.net) > 2"):
        library = segdsl.Library(
            schema_from_dict(SCHEMA), (pack, Unit(Source("own.seg", f"segment mine where {condition}")))
        )
        assert list(library) == ["mine"]
        assert [found.code for found in library.check().errors] == ["SEG222"]
    own = Unit(Source("own.seg", "override trait order.net = total"))
    library = segdsl.Library(schema_from_dict(SCHEMA), (pack, own))
    assert list(library) == ["s", "r"]
    assert not library.check().errors
