"""A library on a cluster: several processes, partitioned Parquet, the answers of Polars, and one exchange of rows a relation."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from engines.spark import lacking

import segdsl

pytestmark = pytest.mark.skipif(lacking() is not None, reason=str(lacking()))

TESTS = Path(__file__).parent.parent
AS_OF = "2026-06-01"
SCHEMA: dict[str, Any] = {
    "entity": {
        "name": "customer",
        "table": "customers",
        "key": "id",
        "fields": {"id": "int", "country": "string", "age": "int?"},
    },
    "relations": {
        "order": {
            "table": "orders",
            "on": {"customer": "id"},
            "time": "day",
            "fields": {"customer": "int", "day": "date", "total": "decimal(12,2)", "channel": "string"},
        },
        "visit": {
            "table": "visits",
            "on": {"customer": "id"},
            "time": "day",
            "fields": {"customer": "int", "day": "date", "pages": "int"},
        },
    },
}
PLAIN = """
segment quiet     where count(order) >= 2 and none(order in last 90 days)
segment spenders  where sum(order.total) > 300 and sum(order.total in last 180 days) > 100
segment on_web    where avg(order.total where channel = "web") > 60 and country in ("GR", "CY")
segment lookers   where sum(visit.pages) >= 40 and max(visit.pages) >= 9 and none(order in last 30 days)
segment newcomers where min(visit.day) >= 200 days ago or age < 25
"""
RANKED = """
segment best    where top 10% by sum(order.total) among any(order)
segment regular where quantile(count(visit), 5) = 5 and count(order) >= 2
"""


def _tables() -> dict[str, pl.DataFrame]:
    chance = random.Random(20)
    people = range(1, 241)
    customers = [(id_, chance.choice(("GR", "CY", "DE")), chance.choice((None, 20, 31, 64))) for id_ in people]

    def rows(count: int, *more: Any) -> list[tuple[Any, ...]]:
        end = date(2026, 6, 10)
        return [
            (chance.choice(people), end - timedelta(days=chance.randint(0, 400)), *(value() for value in more))
            for _ in range(count)
        ]

    orders = rows(900, lambda: chance.randint(100, 20_000) / 100, lambda: chance.choice(("web", "app", "shop")))
    visits = rows(1200, lambda: chance.randint(1, 12))
    return {
        "customers": pl.DataFrame(customers, ["id", "country", "age"], orient="row"),
        "orders": pl.DataFrame(orders, ["customer", "day", "total", "channel"], orient="row").with_columns(
            pl.col("total").cast(pl.Decimal(12, 2))
        ),
        "visits": pl.DataFrame(visits, ["customer", "day", "pages"], orient="row"),
    }


PARTITIONS = {"customers": "country", "orders": "channel", "visits": None}


def _write(frame: pl.DataFrame, folder: Path, by: str | None) -> None:
    """Files in folders named after a column's values, which is then no column of the files; or a few files beside each other."""
    if by is None:
        folder.mkdir(parents=True)
        for part in range(3):
            frame.gather_every(3, part).write_parquet(folder / f"{part}.parquet")
        return
    for (value,), part in frame.group_by(by):
        place = folder / f"{by}={value}"
        place.mkdir(parents=True)
        part.drop(by).write_parquet(place / "part.parquet")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a cluster says of the statements of both libraries, and what Polars says."""
    folder, tables = tmp_path_factory.mktemp("cluster"), _tables()
    for name, frame in tables.items():
        _write(frame, folder / name, PARTITIONS[name])
    libraries = [segdsl.Library.from_text(text, SCHEMA) for text in (PLAIN, RANKED)]
    statements = [str(library.sql("spark", "flags", as_of=AS_OF)) for library in libraries]
    command = [sys.executable, "-m", "engines.spark_cluster", str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (TESTS.parent, TESTS)))}
    ended = subprocess.run(
        command, check=False, input=json.dumps(statements), capture_output=True, text=True, timeout=900, env=environment
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return {
        **json.loads(ended.stdout),
        "flags": [library.evaluate(tables, as_of=AS_OF) for library in libraries],
    }


def test_there_are_several_executors(told: dict[str, Any]) -> None:
    assert told["executors"] == 2


@pytest.mark.parametrize("library", [0, 1], ids=["plain", "ranked"])
def test_a_cluster_selects_whom_polars_does(told: dict[str, Any], library: int) -> None:
    flags, answer = told["flags"][library], told["told"][library]
    found = pl.DataFrame(answer["rows"], answer["columns"], orient="row").sort("id")
    assert found.rows() == flags.select(answer["columns"]).rows()
    assert all(0 < sum(found[name]) < found.height for name in flags.columns[1:])


def test_each_relation_is_read_and_exchanged_once(told: dict[str, Any]) -> None:
    plan = told["told"][0]["plan"]
    scans = re.findall(r"FileScan parquet .*?Location: \S+ paths\)\[[^]]*/(\w+)\]", plan)
    exchanged = re.findall(r"Exchange (\w+)(?:\((\w+)#)?", plan)
    assert sorted(scans) == ["customers", "orders", "visits"]
    assert sorted(exchanged) == [("hashpartitioning", "customer")] * 2 + [("hashpartitioning", "id")]


def test_rows_are_added_up_before_they_are_exchanged(told: dict[str, Any]) -> None:
    plan = told["told"][0]["plan"]
    before = re.findall(r"Exchange hashpartitioning\(customer#.*\n.*HashAggregate\(.*functions=\[partial_", plan)
    assert len(before) == 2
