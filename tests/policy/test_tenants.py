"""One tenant's segments, over a table of several tenants: every scan carries the schema's condition, and nothing of the others tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import pytest
from policy.scans import FIELD, TENANT, dropped, in_plan, in_polars, in_sql
from policy.tenants import run

from segdsl import pipeline
from segdsl.backends.polars.emit import emit as emit_polars
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.library import Library
from segdsl.planning.plan import Plan

LIBRARIES = 160
AS_OF = datetime(2026, 6, 1)
SCHEMA: dict[str, Any] = {
    "entity": {
        "name": "customer",
        "table": "customers",
        "key": "id",
        "created": "created",
        "where": f"{FIELD} = current_tenant",
        "fields": {
            FIELD: {"type": "string?", "private": True},
            "id": "int",
            "country": "string?",
            "created": "timestamp?",
            "age": "int?",
        },
    },
    "relations": {
        "order": {
            "table": "orders",
            "on": {"cid": "id"},
            "key": "oid",
            "time": "at",
            "fields": {"oid": "int", "cid": "int?", "at": "timestamp?", "total": "int?", "channel": "string?"},
        },
    },
}
TEXT = """
param current_tenant = "nobody"
segment buyers where count(order) >= 2
segment best where top 1 by sum(order.total)
segment best_tenth where top 10% by sum(order.total)
segment half where top 50% of sum(order.total)
segment above where sum(order.total) > overall(avg(order.total))
segment many where overall(count(customer)) >= 3
segment second where rank(sum(order.total)) = 2
segment upper_fifth where quantile(sum(order.total), 5) = 5
segment best_of_channel where top 1 per order.channel by count(order)
segment best_of_country where top 1 per customer.country by sum(order.total)
segment again where any(order where channel = "web" followed by (order where channel = "app"))
segment from_home where any(order where customer.country = "GR" and total > 10)
segment was_best where (top 1 by sum(order.total)) as of 30 days ago
tiers level
  gold where top 1 by sum(order.total)
  silver where buyers
  otherwise rest
"""


def library(tenant: str = TENANT) -> Library:
    return Library.from_text(TEXT, SCHEMA).with_settings(current_tenant=tenant)


def tables(*, others: bool = True) -> dict[str, pl.DataFrame]:
    """Of both tenants, the other one's customers being better in everything."""
    people = [
        (TENANT if n <= 5 else "another", n, ("GR", "CY")[n % 2], datetime(2025, 1, n), 20 + n) for n in range(1, 11)
    ]
    orders = [
        (100 * n + i, n, datetime(2026, 4 + i % 2, n), n * 10 * (1 if n <= 5 else 1000), ("web", "app")[i % 2])
        for n in range(1, 11)
        for i in range(n if n <= 5 else 9)
    ]
    kept = [row for row in people if others or row[0] == TENANT]
    keys = {row[1] for row in kept}
    columns = [FIELD, "id", "country", "created", "age"]
    return {
        "customers": pl.DataFrame(kept, schema=columns, orient="row").with_columns(
            pl.col("created").cast(pl.Datetime("us"))
        ),
        "orders": pl.DataFrame(
            [row for row in orders if row[1] in keys], schema=["oid", "cid", "at", "total", "channel"], orient="row"
        ),
    }


def test_random_libraries_filter_every_scan() -> None:
    outcome = run(LIBRARIES, "quick", compare=10)
    assert not outcome.faults, outcome.faults[0]
    assert outcome.statements + sum(outcome.dropped.values()) >= LIBRARIES
    assert outcome.frames and outcome.compared


def _plan() -> Plan:
    return library().select().plan()


def test_a_lost_condition_is_found_in_the_plan_in_sql_and_in_frames() -> None:
    plan = _plan()
    frames = {name: frame.lazy() for name, frame in tables().items()}
    assert not list(in_plan(plan, "customers"))
    assert not list(in_polars(emit_polars(plan, frames, AS_OF).explain(optimized=False)))
    scanning = [stage for stage in (*plan.stages, plan.final) if list(in_plan(dropped(plan, stage), "customers"))]
    assert scanning
    for stage in scanning:
        wrong = dropped(plan, stage)
        assert list(in_polars(emit_polars(wrong, frames, AS_OF).explain(optimized=False)))
        for dialect in DIALECTS:
            text = pipeline.to_sql(wrong, dialect, "flags", AS_OF, None).text
            assert list(in_sql(text, dialect, "customers")), dialect


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("shape", ["flags", "counts", "memberships"])
def test_every_statement_of_every_dialect_is_filtered(dialect: str, shape: str) -> None:
    text = library().sql(dialect, shape, as_of=AS_OF).text
    assert not list(in_sql(text, dialect, "customers"))


def test_the_others_rows_change_nothing() -> None:
    ours, whole = tables(others=False), tables()
    mine = library()
    assert mine.evaluate(whole, as_of=AS_OF).equals(mine.evaluate(ours, as_of=AS_OF))
    assert mine.counts(whole, as_of=AS_OF) == mine.counts(ours, as_of=AS_OF)
    assert mine.counts(whole, as_of=AS_OF).population == 5
    assert mine.overlap(whole, as_of=AS_OF) == mine.overlap(ours, as_of=AS_OF)
    for segment in mine.values():
        assert segment.members(whole, as_of=AS_OF).equals(segment.members(ours, as_of=AS_OF))
        assert segment.funnel(whole, as_of=AS_OF) == segment.funnel(ours, as_of=AS_OF)
        assert str(segment.why(whole, 3, as_of=AS_OF)) == str(segment.why(ours, 3, as_of=AS_OF))


def test_what_the_tenants_own_rows_say() -> None:
    """Worked out by hand: customer 5 has the most, 5 orders of 50."""
    mine = library()
    assert mine["best"].members(tables(), as_of=AS_OF)["id"].to_list() == [5]
    assert mine["second"].members(tables(), as_of=AS_OF)["id"].to_list() == [4]
    assert library("another")["best"].members(tables(), as_of=AS_OF)["id"].to_list() == [10]
    assert library("nobody").counts(tables(), as_of=AS_OF).population == 0


def test_who_is_not_ones_own_is_nobody() -> None:
    """The same is said of another tenant's customer as of one who is not there at all."""
    said = []
    for key in (8, 4711):
        with pytest.raises(KeyError) as error:
            library()["best"].why(tables(), key, as_of=AS_OF)
        said.append(str(error.value).replace(str(key), "KEY"))
    assert said[0] == said[1]


def test_a_text_cannot_choose_another_tenant() -> None:
    for condition in (
        f'{FIELD} = "another"',
        f'any(order where {FIELD} = "another")',
        f"overall(distinct(customer.{FIELD})) > 1",
    ):
        with pytest.raises(Exception, match=FIELD):
            library().condition(condition)
    found = library().condition('country = "GR" or true').members(tables(), as_of=AS_OF)
    assert set(found["id"]) == {1, 2, 3, 4, 5}


def test_a_bound_statement_serves_any_tenant() -> None:
    import duckdb

    whole = tables()
    sql = library().sql("duckdb", "counts", as_of=AS_OF, bind=True)
    with duckdb.connect() as connection:
        for name, frame in whole.items():
            connection.register(name, frame.to_arrow())
        for tenant in (TENANT, "another", "nobody' OR 1=1 --"):
            bound = sql.bind(as_of=AS_OF, current_tenant=tenant)
            assert bound.text == sql.text
            rows = connection.execute(bound.text, bound.values).fetchall()
            expected = library(tenant).counts(whole, as_of=AS_OF)
            assert {row[0]: row[1] for row in rows} == dict(expected.sizes)
            assert {row[2] for row in rows} == {expected.population}
