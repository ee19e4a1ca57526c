"""Times that Python's calendar has not are told, wherever the data lies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import polars as pl
import pytest

from segdsl import Library, SegdslError
from segdsl.why.text import render

_AS_OF = datetime(2026, 6, 1)
_DAY, _MILLISECOND = 86_400, 1_000
_FIELDS = {"id": "int", "day": "date?", "at": "timestamp?"}
_SCHEMA = {
    "entity": {"name": "customer", "table": "customers", "key": "id", "fields": _FIELDS},
    "relations": {"order": {"table": "orders", "on": {"buyer": "id"}, "time": "at", "fields": {"at": "timestamp"}}},
}
_DAYS = {3_000_000: "10183-", -800_000: "-0221-", 2**31 - 1: "2147483647", 0: "1970-01-01"}


def told(condition: str, data: Any) -> str:
    return render(Library.from_text(f"segment s where {condition}", _SCHEMA)["s"].why(data, 1, as_of=_AS_OF))


def frames(number: int) -> dict[str, pl.DataFrame]:
    day = pl.Series("day", [number, None], dtype=pl.Int32)
    at = pl.Series("at", [number * _DAY * _MILLISECOND, None], dtype=pl.Int64)
    customers = pl.DataFrame({"id": [1, 2], "day": day.cast(pl.Date), "at": at.cast(pl.Datetime("ms"))})
    orders = customers.select(pl.col("id").alias("buyer"), "at")
    return {"customers": customers, "orders": orders}


@pytest.mark.parametrize(("number", "text"), _DAYS.items())
def test_days_of_frames(number: int, text: str) -> None:
    assert text in told("day > 2000-01-01", frames(number))


@pytest.mark.parametrize("number", [3_000_000, -800_000])
def test_instants_of_frames(number: int) -> None:
    assert _DAYS[number] in told("at > 2000-01-01", frames(number))
    assert "order" in told("any(order)", frames(number))


@pytest.mark.parametrize("written", ["0044-03-15 (BC)", "20000-01-01"])
def test_a_database(written: str) -> None:
    with duckdb.connect() as connection:
        connection.execute('create table customers(id bigint, day date, "at" timestamp)')
        connection.execute(f"insert into customers values (1, '{written}', '{written}'), (2, null, null)")
        for field in ("day", "at"):
            expected = "-0043-03-15" if "BC" in written else written
            assert expected in told(f"{field} > 2000-01-01", connection)


def test_a_threshold_that_lies_there_is_refused() -> None:
    library = Library.from_text("segment s where day = overall(max(customer.day))", _SCHEMA)
    with pytest.raises(SegdslError, match=r"10183-09-21 lies outside the years 1 to 9999"):
        library.thresholds(frames(3_000_000), as_of=_AS_OF)
