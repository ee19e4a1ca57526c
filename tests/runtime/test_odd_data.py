"""Data as hosts have it: rows that can be read once, times and numbers beyond what can be held, columns without a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import segdsl
from segdsl.diagnostics import SegdslError
from segdsl.runtime.tables import open_tables

AS_OF = datetime(2026, 6, 1)
AT = datetime(2026, 1, 1)
Way = Callable[[segdsl.Library, dict[str, Any]], set[Any]]


def library(text: str, key: str | None = "int", of: str = "timestamp", **fields: str) -> segdsl.Library:
    own = {"x": "int?", **({"id": key} if key else {}), **fields}
    order = {"oid": "int", "at": of, "status": "string?"}
    return segdsl.Library.from_text(
        text,
        {
            "entity": {"name": "customer", "table": "customers", "key": "id", "fields": own},
            "relations": {
                "order": {"table": "orders", "on": {"customer_id": "id"}, "key": "oid", "time": "at", "fields": order}
            },
        },
    )


def orders(customers: list[Any], at: pl.Series | None = None) -> pl.DataFrame:
    times = pl.Series([AT] * len(customers)) if at is None else at
    return pl.DataFrame(
        {"oid": range(len(customers)), "customer_id": customers, "at": times, "status": ["a"] * len(customers)}
    )


def customers(*keys: Any) -> pl.DataFrame:
    return pl.DataFrame({"id": keys, "x": range(len(keys))})


def plain(asked: segdsl.Library, data: dict[str, Any]) -> set[Any]:
    found = asked.evaluate(data, as_of=AS_OF)
    assert isinstance(found, pl.DataFrame)
    return {key for key, holds in found.rows() if holds}


def lazy(asked: segdsl.Library, data: dict[str, Any]) -> set[Any]:
    found = asked.evaluate({name: frame.lazy() for name, frame in data.items()}, as_of=AS_OF)
    assert isinstance(found, pl.LazyFrame)
    return {key for key, holds in found.collect().rows() if holds}


def prepared(asked: segdsl.Library, data: dict[str, Any]) -> set[Any]:
    return plain(asked, asked.prepare(data))  # type: ignore[arg-type]


WAYS = {"plain": plain, "lazy": lazy, "prepared": prepared}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))


def told(error: pytest.ExceptionInfo[SegdslError]) -> str:
    return error.value.diagnostics[0].message


# -- rows that are there once ---------------------------------------------------------------------------------------------


def test_rows_that_can_be_read_once_are_refused() -> None:
    """They would be missing from the second evaluation on."""
    reader = pa.table({"id": [1], "x": [1]}).to_reader()
    with pytest.raises(SegdslError) as error:
        plain(library("segment s where x = 1"), {"customers": reader, "orders": orders([1])})
    assert (
        told(error)
        == "the rows of table `customers` can be read once only, and more than one evaluation would want them"
    )
    table = pa.table({"id": [1], "x": [1]})
    assert plain(library("segment s where x = 1"), {"customers": table, "orders": orders([1])}) == {1}


def test_what_a_stream_raises_is_told() -> None:
    class Broken:
        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            raise ValueError("the tap is shut")

    with pytest.raises(SegdslError) as error:
        plain(library("segment s where x = 1"), {"customers": Broken(), "orders": orders([1])})
    assert told(error) == "table `customers` cannot be read: the tap is shut"


SAID = "called `Result::unwrap()` on an `Err` value: PyErr { type: <class 'KeyboardInterrupt'>, value: KeyboardInterrupt() }"
"""What Polars makes of an interrupt that comes while it asks Python for a class."""


class Panicking:
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        raise pl.exceptions.PanicException(SAID)


def panics(*_: Any, **__: Any) -> Any:
    raise pl.exceptions.PanicException(SAID)


@pytest.mark.parametrize("where", ["reading", "looking at a plan", "evaluating", "elsewhere"])
def test_an_interrupt_within_the_engine_is_one(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    asked = library("segment s where x = 1")
    table: Any = customers(1)
    match where:
        case "reading":
            table = Panicking()
        case "looking at a plan":
            table = table.lazy()
            monkeypatch.setattr(pl.LazyFrame, "explain", panics)
        case "evaluating":
            monkeypatch.setattr(pl, "collect_all", panics)
        case "elsewhere":
            monkeypatch.setattr(pl.LazyFrame, "select", panics)
    with pytest.raises(KeyboardInterrupt):
        plain(asked, {"customers": table, "orders": orders([1])})


def test_a_panic_that_is_no_interrupt_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(*_: Any, **__: Any) -> Any:
        raise pl.exceptions.PanicException("index out of bounds")

    monkeypatch.setattr(pl, "collect_all", panic)
    with pytest.raises(SegdslError) as error:
        plain(library("segment s where x = 1"), {"customers": customers(1), "orders": orders([1])})
    assert "index out of bounds" in error.value.diagnostics[0].message


def test_a_class_is_no_table() -> None:
    with pytest.raises(SegdslError) as error:
        plain(library("segment s where x = 1"), {"customers": pl.DataFrame, "orders": orders([1])})
    assert told(error) == "table `customers` is of type type, which is no table"


def test_what_has_been_checked_is_what_is_kept() -> None:
    """A host's frame that gives other rows each time is read once."""
    given: Iterator[pl.DataFrame] = iter([customers(1, 2), customers(1, 2, 1, 2)])
    rows = pl.defer(lambda: next(given), schema=customers(1).schema)
    asked = library("segment s where any(order)")
    assert len(asked.evaluate(asked.prepare({"customers": rows, "orders": orders([1])}), as_of=AS_OF)) == 2


# -- which lazy frames are read more than once ----------------------------------------------------------------------------


def _scans(folder: Path) -> dict[str, tuple[pl.LazyFrame, bool]]:
    path = folder / "orders.parquet"
    orders([1, 2, 3]).write_parquet(path)
    scan = pl.scan_parquet(path)
    by_customer = scan.group_by("customer_id").len()
    return {
        "as it is": (scan, True),
        "renamed, cast and filtered": (
            scan.rename({"oid": "key"}).cast({"key": pl.Int32}).filter(pl.col("status") == "shuffle()"),
            True,
        ),
        "in memory": (orders([1]).lazy(), False),
        "grouped": (by_customer, False),
        "joined": (scan.join(by_customer, on="customer_id"), False),
        "some rows": (scan.head(2), False),
        "sorted": (scan.sort("oid"), False),
        "lots": (scan.filter(pl.int_range(pl.len()).shuffle() < 2), False),
        "lots in a column": (scan.with_columns(pl.col("oid").shuffle()), False),
        "a host's function": (scan.with_columns(pl.col("oid").map_elements(abs, return_dtype=pl.Int64)), False),
        "a host's function of frames": (scan.map_batches(lambda frame: frame), False),
        "no such file": (pl.scan_parquet(folder / "none.parquet"), False),
    }


def test_only_plain_scans_of_files_are_read_again(tmp_path: Path) -> None:
    for name, (frame, cheap) in _scans(tmp_path).items():
        found = open_tables({"orders": frame}).found["orders"]
        assert (found.files, found.costly) == (cheap, (name != "in memory" and not cheap) or name == "in memory"), name


def test_large_files_that_a_host_scans_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    honest = pl.collect_all
    monkeypatch.setattr("segdsl.runtime.memory.installed", lambda: 1)
    monkeypatch.setattr(pl, "collect_all", lambda frames, engine: seen.append(engine) or honest(frames, engine=engine))
    customers(1, 2).write_parquet(tmp_path / "customers.parquet")
    data = {"customers": pl.scan_parquet(tmp_path / "customers.parquet"), "orders": orders([1])}
    assert plain(library("segment s where any(order)"), data) == {1}
    assert seen[-1] == "streaming"


# -- values -----------------------------------------------------------------------------------------------------------------


@ways
def test_not_a_number_is_no_key(way: Way) -> None:
    """Of undeclared keys, too: NaN is missing, and equals nothing."""
    data = {"customers": customers(1.0, 2.0), "orders": orders([1.0, float("nan")])}
    assert way(library("segment s where any(order)", key=None), data) == {1.0}
    with pytest.raises(SegdslError) as error:
        plain(library("segment s where any(order)", key=None), {**data, "customers": customers(1.0, float("nan"))})
    assert error.value.diagnostics[0].code == "SEG505"


@ways
@pytest.mark.parametrize("far", [2**63 - 1, 10**16])
def test_milliseconds_beyond_microseconds_stay_where_they_are(way: Way, far: int) -> None:
    """In the far future, not in the past."""
    at = pl.Series([far, -far]).cast(pl.Datetime("ms"))
    data = {"customers": customers(1, 2), "orders": orders([1, 2], at)}
    assert way(library("segment s where any(order)"), data) == {2}


@ways
def test_days_beyond_microseconds_stay_where_they_are(way: Way) -> None:
    at = pl.Series([120_000_000, -120_000_000], dtype=pl.Int32).cast(pl.Date)
    data = {"customers": customers(1, 2), "orders": orders([1, 2], at)}
    assert way(library("segment s where any(order)"), data) == {2}


@ways
@pytest.mark.parametrize("year", [1600, 2300])
def test_limits_that_nanoseconds_cannot_say(way: Way, year: int) -> None:
    at = pl.Series([AT, AT]).cast(pl.Datetime("ns"))
    data = {"customers": customers(1, 2), "orders": orders([1, 2], at)}
    text = f"segment s where any(order where order.at >= {year}-01-01)"
    assert way(library(text), data) == ({1, 2} if year == 1600 else set())


@ways
def test_a_spelling_of_missing_that_no_int_is(way: Way) -> None:
    schema = {
        "entity": {
            "name": "customer",
            "table": "customers",
            "key": "id",
            "fields": {"id": "int", "x": {"type": "int?", "missing": ["99999999999999999999", "7"]}},
        }
    }
    asked = segdsl.Library.from_text("segment s where x is missing", schema)
    assert way(asked, {"customers": pl.DataFrame({"id": [1, 2], "x": [7, 8]})}) == {1}


# -- columns without a value ------------------------------------------------------------------------------------------------


@ways
def test_keys_of_which_none_is_there(way: Way) -> None:
    asked = library("segment s where none(order)", key=None)
    nobody = orders([]).with_columns(pl.lit(None).alias("customer_id"))
    assert way(asked, {"customers": customers(1, 2), "orders": nobody}) == {1, 2}
    assert way(asked, {"customers": pl.DataFrame({"id": [], "x": []}), "orders": orders([1])}) == set()


@ways
@pytest.mark.parametrize("condition", ["5 < product.price", '"a" = product.kind', "9.5 >= product.weight"])
def test_a_constant_before_what_no_row_has(way: Way, condition: str) -> None:
    schema = {
        "entity": {"name": "customer", "table": "customers", "key": "id", "fields": {"id": "int"}},
        "relations": {
            "order": {
                "table": "orders",
                "on": {"customer_id": "id"},
                "key": "oid",
                "time": "at",
                "fields": {"oid": "int", "at": "timestamp"},
            }
        },
        "lookups": {
            "product": {
                "table": "products",
                "of": "order",
                "on": "sku",
                "fields": {"sku": "string", "price": "int?", "kind": "string?", "weight": "decimal(5,2)?"},
            }
        },
    }
    asked = segdsl.Library.from_text(f"segment s where none(order where {condition}) and any(order)", schema)
    product = {"sku": pl.String, "price": pl.Int64, "kind": pl.String, "weight": pl.Decimal(5, 2)}
    data = {
        "customers": pl.DataFrame({"id": [1, 2]}),
        "orders": orders([1, 1]).with_columns(pl.lit("r").alias("sku")),
        "products": pl.DataFrame([{"sku": "r"}], schema=product),
    }
    assert way(asked, data) == {1}
    assert way(asked, {**data, "products": pl.DataFrame(schema=product)}) == {1}


def test_a_table_that_is_checked_and_not_read() -> None:
    """A key has to be unique though no condition is left that asks for the rows."""
    text = """
tiers t
  gold where x < 0
  silver where max(order.oid) > 5
  otherwise rest
segment s where (n not ends with "") and any(order followed by (order where t.rest))
"""
    asked = library(text, n="string?").select(["s"])
    data = {"customers": customers(1).with_columns(pl.lit("a").alias("n")), "orders": orders([1])}
    sizes = [asked.counts(one, as_of=AS_OF).sizes for one in (data, asked.prepare(data))]
    assert sizes == [{"s": 0}, {"s": 0}]
    with pytest.raises(SegdslError) as error:
        asked.counts({**data, "orders": pl.concat([orders([1]), orders([1])])}, as_of=AS_OF)
    assert error.value.diagnostics[0].code == "SEG506"


# -- order ------------------------------------------------------------------------------------------------------------------


def test_what_a_file_says_of_its_order_is_looked_at(tmp_path: Path) -> None:
    rows = orders([3, 1, 2, 1, 3, 1]).to_arrow()
    pq.write_table(rows, tmp_path / "orders.parquet", sorting_columns=[pq.SortingColumn(1)])
    customers(1, 2, 3).write_parquet(tmp_path / "customers.parquet")
    asked = library("segment s where count(order) >= 2")
    assert plain(asked, asked.prepare(tmp_path)) == {1, 3}  # type: ignore[arg-type]


def test_who_is_told_of_progress_can_be_called() -> None:
    with pytest.raises(SegdslError), segdsl.progress(5):  # type: ignore[arg-type]
        pass


_SPELLED = {
    ("decimal(8,2)?", "-1"): {
        "-1": None,
        "-1.0": None,
        "-1.001": Decimal("-1.00"),
        "-1.004999999999999999999": Decimal(-1),
    },
    ("decimal(8,2)?", "0.005"): {
        "0.005": None,
        "0.00500": None,
        "0.0050000000000000000000001": Decimal("0.01"),
        "0.01": Decimal("0.01"),
    },
    ("decimal(8,2)?", "0"): {
        "0": None,
        "-0.00": None,
        "0.000000000000000000000000001": Decimal(0),
        "0.004": Decimal(0),
    },
    ("decimal(8,2)?", "5"): {"5": None, "+5.": None, "4.995": Decimal(5), "999999.99": Decimal("999999.99")},
    ("decimal(30,2)?", "-1"): {"-1": None, "-1.00": None, "-1.001": Decimal(-1)},
}


@pytest.mark.parametrize(("declared", "spelling"), _SPELLED)
def test_what_is_missing_is_told_before_it_is_rounded(tmp_path: Path, declared: str, spelling: str) -> None:
    fields = {"id": "int", "x": {"type": declared, "missing": [spelling]}}
    schema = {"entity": {"name": "customer", "table": "customers", "key": "id", "fields": fields}}
    for text, value in _SPELLED[declared, spelling].items():
        condition = "x is missing" if value is None else f"x = {value}"
        asked = segdsl.Library.from_text(f"segment s where {condition}", schema)
        (tmp_path / "customers.csv").write_text(f"id,x\n1,{text}\n")
        (tmp_path / "again.ndjson").write_text(f'{{"id": 1, "x": "{text}"}}\n')
        for file in ("customers.csv", "again.ndjson"):
            data = {"customers": tmp_path / file}
            for given in (data, asked.prepare(data)):
                found = asked.evaluate(given, as_of=AS_OF)
                assert isinstance(found, pl.DataFrame)
                assert found["s"].to_list() == [True], text
        assert asked.matcher().match({"id": 1, "x": text}) == ["s"], text
