"""Folders of Parquet files: which of them are rows of a table, and what several files hold together."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segdsl.diagnostics import SegdslError
from segdsl.library import Library
from segdsl.runtime import parquet

_AS_OF = datetime(2026, 6, 1)
_AT = datetime(2026, 5, 1, 12, 0, 0, 123456)
_FIELDS = {
    "oid": "int",
    "at": "timestamp",
    "total": "decimal(12,2)?",
    "region": "string?",
    "day": "date?",
    "tags": "list(string)?",
    "weight": "float?",
}
_SCHEMA = {
    "timezone": "Europe/Athens",
    "entity": {"name": "customer", "table": "customers", "key": "id", "fields": {"id": "int"}},
    "relations": {"order": {"table": "orders", "on": {"buyer": "id"}, "key": "oid", "time": "at", "fields": _FIELDS}},
}


def order(number: int, **columns: Any) -> pl.DataFrame:
    given = {"oid": number, "buyer": 1, "at": _AT, "total": Decimal("11.00"), "region": "eu", **columns}
    frame = pl.DataFrame({name: value if isinstance(value, pl.Series) else [value] for name, value in given.items()})
    return frame.cast({"total": pl.Decimal(12, 2)}) if "total" not in columns else frame


def laid(folder: Path, files: dict[str, pl.DataFrame | bytes]) -> Path:
    pl.DataFrame({"id": [1, 2]}).write_parquet(folder / "customers.parquet")
    for name, content in files.items():
        path = folder / "orders" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.write_parquet(path)
    return folder


def holds(folder: Path, condition: str) -> bool:
    library = Library.from_text(f"segment s where {condition}", _SCHEMA)
    found = library.evaluate(folder, as_of=_AS_OF)
    prepared = library.evaluate(library.prepare(folder), as_of=_AS_OF)
    assert isinstance(found, pl.DataFrame) and isinstance(prepared, pl.DataFrame)
    assert found.rows() == prepared.rows()
    return bool(found.filter("s")["id"].to_list() == [1])


def refusal(folder: Path, condition: str) -> str:
    with pytest.raises(SegdslError) as raised:
        holds(folder, condition)
    return "\n".join(f"{d.code} {d.message} | {d.hint}" for d in raised.value.diagnostics)


# -- which files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "counted"),
    [
        ("b.PARQUET", 2),
        ("deep/er/b.Parquet", 2),
        ("_temporary/0/b.parquet", 1),
        ("_b.parquet", 1),
        (".b.parquet", 1),
        (".staging/b.parquet", 1),
        ("_kind=x/b.parquet", 2),
    ],
)
def test_names_that_are_hidden_are_no_data(tmp_path: Path, other: str, counted: int) -> None:
    laid(tmp_path, {"a.parquet": order(1), other: order(2)})
    assert holds(tmp_path, f"count(order) = {counted}")


@pytest.mark.parametrize(
    "name", ["_SUCCESS", ".a.parquet.crc", "a.parquet.crc", "_metadata", ".hidden.parquet", ".DS_Store"]
)
def test_what_writers_leave_behind_is_no_data(tmp_path: Path, name: str) -> None:
    laid(tmp_path, {"a.parquet": order(1), name: b"junk"})
    assert holds(tmp_path, "count(order) = 1")


@pytest.mark.parametrize("name", ["b.csv", "part-00000", "deep/b.parquet.gz", "metadata/v1.metadata.json"])
def test_other_files_that_may_be_rows_are_named(tmp_path: Path, name: str) -> None:
    laid(tmp_path, {"a.parquet": order(1), name: gzip.compress(b"")})
    found = refusal(tmp_path, "any(order)")
    assert found.startswith("SEG509") and f"beside Parquet files it holds `{name}`" in found
    assert "move them elsewhere" in found
    # Who does not ask for the table need not know.
    assert holds(tmp_path, "id = 1")


@pytest.mark.parametrize(("log", "made_by"), [("_delta_log", "Delta Lake"), (".hoodie", "Hudi")])
def test_a_table_with_a_log_is_refused(tmp_path: Path, log: str, made_by: str) -> None:
    laid(tmp_path, {"a.parquet": order(1), f"{log}/0.json": json.dumps({"remove": "a.parquet"}).encode()})
    found = refusal(tmp_path, "any(order)")
    assert f"it is a table of {made_by}, whose log says which of its files still count" in found


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    laid(tmp_path, {"a.parquet": order(1), "b.parquet": b""})
    assert "orders/b.parquet cannot be read" in refusal(tmp_path, "any(order)")


# -- what they hold ---------------------------------------------------------------------------------------------------------


def instants(unit: Any, zone: str | None = None) -> pl.Series:
    """The same instant in another dtype."""
    aware = pl.Series([_AT.replace(tzinfo=UTC)]).dt.cast_time_unit(unit)
    return aware.dt.replace_time_zone(None) if zone is None else aware.dt.convert_time_zone(zone)


_ALIKE: dict[str, tuple[dict[str, Any], str]] = {
    "narrow key": ({"buyer": pl.Series([1], dtype=pl.Int32), "oid": pl.Series([2], dtype=pl.UInt64)}, "any(order)"),
    "ns": ({"at": instants("ns")}, "any(order where at = 2026-05-01T12:00:00.123456Z)"),
    "ms": ({"at": instants("ms")}, "any(order where at = 2026-05-01T12:00:00.123Z)"),
    "zone": ({"at": instants("us", "Asia/Tokyo")}, "any(order where at = 2026-05-01T12:00:00.123456Z)"),
    "category": ({"region": pl.Series(["eu"], dtype=pl.Categorical)}, 'any(order where region = "eu")'),
    "nothing": ({"region": pl.Series([None], dtype=pl.Null)}, "any(order where region is missing)"),
    "decimal": ({"total": pl.Series([Decimal("11.0")], dtype=pl.Decimal(9, 1))}, "sum(order.total) in (11, 22)"),
    "whole numbers": ({"total": pl.Series([11])}, "sum(order.total) in (11, 22)"),
    "more columns": ({"more": 1}, "any(order)"),
}


@pytest.mark.parametrize("name", ["0.parquet", "b.parquet"])
@pytest.mark.parametrize(("other", "condition"), _ALIKE.values(), ids=list(_ALIKE))
def test_each_file_is_read_as_its_own_dtypes_say(
    tmp_path: Path, other: dict[str, Any], condition: str, name: str
) -> None:
    alone, beside = tmp_path / "alone", tmp_path / "beside"
    alone.mkdir()
    beside.mkdir()
    assert holds(laid(alone, {"b.parquet": order(2, **other)}), condition)
    laid(beside, {"a.parquet": order(1, region="us", at=_AT.replace(day=2)), name: order(2, **other)})
    assert holds(beside, condition)
    assert holds(beside, "count(order) = 2")


def test_whole_numbers_beside_floats(tmp_path: Path) -> None:
    laid(tmp_path, {"a.parquet": order(1, weight=1, total=0.125), "b.parquet": order(2, weight=0.5, total=3)})
    assert holds(tmp_path, "sum(order.weight) = 1.5 and sum(order.total) = 3.13")


def test_lists_of_several_dtypes(tmp_path: Path) -> None:
    empty = pl.Series([[]], dtype=pl.List(pl.Null))
    named = pl.Series([["a"]], dtype=pl.List(pl.Categorical))
    laid(tmp_path, {"a.parquet": order(1, tags=empty), "b.parquet": order(2, tags=named)})
    assert holds(tmp_path, 'any(order where tags contains "a")')


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ({"at": _AT}, {"at": date(2026, 5, 1)}, "`at` holds timestamps in a.parquet and dates in b.parquet"),
        ({"region": "eu"}, {"region": 1}, "`region` holds text in a.parquet and whole numbers in b.parquet"),
        ({"total": 1}, {"total": "1"}, "`total` holds whole numbers in a.parquet and text in b.parquet"),
        ({}, {"total": 1.5}, "`total` holds a decimal(12,2) in a.parquet and floats in b.parquet"),
        ({"more": 1}, {"region": [1]}, "`region` holds text in a.parquet and lists in b.parquet"),
    ],
)
def test_files_that_differ_are_named(tmp_path: Path, one: Any, other: Any, words: str) -> None:
    laid(tmp_path, {"a.parquet": order(1, **one), "b.parquet": order(2, **other)})
    found = refusal(tmp_path, 'any(order where region = "eu" and total > 1)')
    assert found == f"SEG509 {tmp_path / 'orders'} cannot be read: {words} | write both alike where the files are made"
    # Of a column that nobody reads, nothing is said.
    assert holds(tmp_path, "any(order)") if "at" not in one else True


def test_a_column_that_a_file_has_not(tmp_path: Path) -> None:
    laid(tmp_path, {"a.parquet": order(1).drop("region"), "b.parquet": order(2)})
    assert "b.parquet has a column `region`, a.parquet has none" in refusal(tmp_path, 'any(order where region = "eu")')
    assert holds(tmp_path, "count(order) = 2")
    (tmp_path / "orders" / "b.parquet").unlink()
    assert "SEG502 table `orders` has no column `region`" in refusal(tmp_path, 'any(order where region = "eu")')


def test_files_that_are_alike_are_one_scan(tmp_path: Path) -> None:
    laid(tmp_path, {"a.parquet": order(1), "k=1/b.parquet": order(2), "c.parquet": order(3)})
    folder = parquet.found(tmp_path / "orders")
    assert folder is not None
    assert folder.frame(["region"]).explain().count("Parquet SCAN") == 1
    laid(tmp_path, {"c.parquet": order(3, more=1)})
    assert folder.frame(["region"]).explain().count("Parquet SCAN") == 3


# -- folders that are columns -----------------------------------------------------------------------------------------------


def test_names_of_folders_are_read_as_declared(tmp_path: Path) -> None:
    rows = {
        "region=eu%2Fwest/day=2026-05-01/a.parquet": order(1).drop("region"),
        "region=us/day=2026-05-02/a.parquet": order(2).drop("region"),
        "region=us/day=2026-05-02/b.parquet": order(3).drop("region"),
        "region=__HIVE_DEFAULT_PARTITION__/day=__HIVE_DEFAULT_PARTITION__/a.parquet": order(4).drop("region"),
    }
    laid(tmp_path, rows)
    assert holds(tmp_path, 'count(order where region = "us") = 2 and count(order where region = "eu/west") = 1')
    assert holds(tmp_path, "count(order where day = 2026-05-02) = 2 and count(order where day is missing) = 1")
    assert holds(tmp_path, 'count(order where day < 2026-05-02 and region matches "eu*") = 1 and count(order) = 4')


def test_names_of_folders_that_are_no_values(tmp_path: Path) -> None:
    laid(tmp_path, {"day=soon/a.parquet": order(1), "day=2026-05-01/a.parquet": order(2)})
    assert refusal(tmp_path, "any(order where day > 2026-01-01)").startswith(
        'SEG504 1 value of `orders.day` cannot be read as a date: "soon"'
    )


def test_what_a_file_holds_comes_before_its_folder(tmp_path: Path) -> None:
    laid(tmp_path, {"region=us/a.parquet": order(1), "region=us/b.parquet": order(2)})
    assert holds(tmp_path, 'count(order where region = "eu") = 2')


def test_a_file_outside_the_folders_that_name_a_column(tmp_path: Path) -> None:
    laid(tmp_path, {"a.parquet": order(1), "day=2026-05-01/b.parquet": order(2)})
    assert "day=2026-05-01/b.parquet has a column `day`, a.parquet has none" in refusal(
        tmp_path, "any(order where day > 2026-01-01)"
    )
    assert holds(tmp_path, "count(order) = 2")
