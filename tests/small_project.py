"""A small project on disk, for tests of the command line and of the API: six customers, five orders.

As of 2026-06-01: Ann (1) has two orders, the last on 20 May; customer 2 one, on 1 January; customer 3 one, on 2 May; the
order of customer 4 lies in the future; customers 5 and 6 have none.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

AS_OF = "2026-06-01T00:00:00Z"
INJECTION = "x' OR 1=1 --"
PLACEHOLDERS = "{{ x }} ${x} %s :p ? $1 %(x)s"
WILDCARDS = "100%_\\"

PROJECT = """\
language = "1"
segments = ["segments"]

[data]
path = "data"

[entity]
table = "customers"
key = "customer_id"
created = "created_at"

[entity.fields]
customer_id = "int"
name = "string?"
email = { type = "string?", private = true }
country = { type = "string?", values = ["GR", "CY"] }
created_at = "timestamp?"
select = "int?"

[relations.order]
table = "orders"
on = "customer_id"
key = "order_id"
time = "placed_at"

[relations.order.fields]
order_id = "int"
placed_at = "timestamp"
total = "decimal(12,2)"
"""

SEGMENTS = """\
param lapse = 90 days

trait orders = count(order)

segment buyers "Buyers"
  about "Bought at least once."
  tags  "value"
  where orders >= 1

segment lapsed "Lapsed customers"
  about "Bought, and nothing since."
  tags  "win-back", "lifecycle"
  where buyers and none(order in last lapse)

segment greeks
  where country = "GR"
"""

SCHEMA: dict[str, object] = {
    "entity": {
        "table": "customers",
        "key": "customer_id",
        "created": "created_at",
        "fields": {
            "customer_id": "int",
            "name": "string?",
            "country": {"type": "string?", "values": ["GR", "CY"]},
            "created_at": "timestamp?",
        },
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
"""The same schema for libraries that are no project."""

BUYERS, LAPSED, GREEKS = [1, 2, 3], [2], [1, 3]


def customers() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "customer_id": [1, 2, 3, 4, 5, 6],
            "name": ["Ann", INJECTION, "ssn", None, WILDCARDS, PLACEHOLDERS],
            "email": ["ann@example.com", None, None, None, None, None],
            "country": ["GR", "CY", "GR", None, "CY", "CY"],
            "created_at": [datetime(2025, 1, day, tzinfo=UTC) for day in range(1, 7)],
            "select": [1, 2, 3, None, None, None],
        }
    )


def orders() -> pl.DataFrame:
    placed = [(2026, 4, 1), (2026, 5, 20), (2026, 1, 1), (2026, 5, 2), (2026, 7, 1)]
    return pl.DataFrame(
        {
            "order_id": [10, 11, 12, 13, 14],
            "customer_id": [1, 1, 2, 3, 4],
            "placed_at": [datetime(*day, tzinfo=UTC) for day in placed],
            "total": pl.Series(
                [Decimal("10.00"), Decimal("20.50"), Decimal("5.25"), Decimal(100), Decimal(7)], dtype=pl.Decimal(12, 2)
            ),
        }
    )


def write_project(folder: Path) -> Path:
    """The folder, with project file, segments and data in it."""
    (folder / "segments").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "segdsl.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "segments" / "shop.seg").write_text(SEGMENTS, encoding="utf-8")
    customers().write_parquet(folder / "data" / "customers.parquet")
    orders().write_parquet(folder / "data" / "orders.parquet")
    return folder


def in_sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(
        'CREATE TABLE customers (customer_id INTEGER, name TEXT, email TEXT, country TEXT, created_at TEXT, "select" INTEGER)'
    )
    connection.execute("CREATE TABLE orders (order_id INTEGER, customer_id INTEGER, placed_at TEXT, total REAL)")
    for row in customers().iter_rows(named=True):
        values = (*list(row.values())[:4], row["created_at"].strftime("%Y-%m-%d %H:%M:%S"), row["select"])
        connection.execute("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?)", values)
    for row in orders().iter_rows(named=True):
        values = (
            row["order_id"],
            row["customer_id"],
            row["placed_at"].strftime("%Y-%m-%d %H:%M:%S"),
            float(row["total"]),
        )
        connection.execute("INSERT INTO orders VALUES (?, ?, ?, ?)", values)
    connection.commit()
    connection.close()


def in_duckdb(path: Path) -> None:
    import duckdb

    connection = duckdb.connect(str(path))
    for name, frame in (("customers", customers()), ("orders", orders())):
        connection.register("frame", frame.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        connection.unregister("frame")
    connection.close()
