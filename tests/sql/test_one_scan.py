"""A library reads each table once, in its text and as engines run it, whichever shape it has; nobody is numbered for a cut point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from backends import Question, check, data_of, loaded, read_schema
from engines import Engine
from sql.plans import ENGINES

from segdsl import pipeline
from segdsl.semantics import ir
from segdsl.types import BOOL

AS_OF = datetime(2026, 6, 1)
SCHEMA = """
language = "1"
[entity]
table = "customers"
key = "customer_id"
[entity.fields]
customer_id = "int"
country = "string?"
[relations.order]
table = "orders"
on = "customer_id"
key = "order_id"
time = "placed_at"
[relations.order.fields]
order_id = "int"
placed_at = "timestamp"
total = "decimal(12,2)?"
[relations.visit]
table = "visits"
on = "customer_id"
key = "visit_id"
time = "at"
[relations.visit.fields]
visit_id = "int"
at = "timestamp"
page = "string?"
"""
CONDITIONS = (
    "count(order in last 30 days) >= 2",
    "sum(order.total in last 90 days) > 100 and none(order in last 7 days)",
    "avg(order.total where total > 5) > 20",
    'any(visit in last 10 days where page = "basket") and count(order) > 0',
    'distinct(visit.page in last 30 days) >= 2 and country in ("GR", "CY")',
    "top 10% by sum(order.total)",
    "quantile(sum(order.total), 5) >= 4",
    "bottom 20% by count(visit) among count(order) > 0",
)
TABLES = ("customers", "orders", "visits")


def asked() -> Question:
    text = "\n".join(f"segment s{number} where {one}" for number, one in enumerate(CONDITIONS))
    program = check(read_schema(SCHEMA), text).program
    return Question(
        program, {f"s{number}": ir.Use(f"s{number}", type=BOOL) for number in range(len(CONDITIONS))}, AS_OF
    )


@pytest.mark.parametrize("shape", ["flags", "counts", "memberships"])
@pytest.mark.parametrize("engine", ENGINES)
def test_each_table_stands_once_in_the_text(engine: str, shape: str) -> None:
    text = pipeline.to_sql(asked().plan, engine, shape, AS_OF, None).text  # type: ignore[arg-type]
    for table in TABLES:
        assert len(re.findall(rf'(?:FROM|JOIN) ["`]?{table}\b', text)) == 1, table


@pytest.mark.parametrize("shape", ["flags", "counts", "memberships"])
@pytest.mark.parametrize("engine", ["duckdb", "postgres", "sqlite"])
def test_each_table_is_read_once(engine: str, shape: str) -> None:
    days = [AS_OF - timedelta(days=n) for n in range(200)]
    tables = {
        "customers": [{"customer_id": n, "country": "GR"} for n in range(50)],
        "orders": [{"order_id": n, "customer_id": n % 50, "placed_at": days[n], "total": n} for n in range(200)],
        "visits": [{"visit_id": n, "customer_id": n % 50, "at": days[n], "page": "basket"} for n in range(200)],
    }
    database = loaded(engine, data_of(read_schema(SCHEMA), tables))
    text = pipeline.to_sql(asked().plan, engine, shape, AS_OF, None).text  # type: ignore[arg-type]
    assert _reads(engine, database.rows("EXPLAIN " + text), database) == dict.fromkeys(TABLES, 1)


def _reads(engine: str, told: Sequence[Sequence[object]], database: Engine) -> dict[str, int]:
    """How often an engine reads each table, by what it says of a statement."""
    if engine == "sqlite":
        # A CTE may have a table's name as its alias; what is opened is told by its first page.
        pages = dict(database.rows("SELECT name, rootpage FROM sqlite_master"))
        opened = [row[3] for row in told if row[1] == "OpenRead"]
        return {table: opened.count(pages[table]) for table in TABLES}
    words = {"duckdb": r"Table: memory\.main\.{}\b", "postgres": r"Scan (?:using \w+ )?on {}\b"}[engine]
    text = "\n".join(str(value) for row in told for value in row)
    return {table: len(re.findall(words.format(table), text)) for table in TABLES}


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_no_rows_are_numbered(engine: str) -> None:
    text = pipeline.to_sql(asked().plan, engine, "flags", AS_OF, None).text
    assert " OVER (" not in text
