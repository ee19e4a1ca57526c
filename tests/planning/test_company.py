"""How ranks, sequences, groups and the past are planned: by cut points and nearest rows wherever these will do."""

from __future__ import annotations

import tomllib
from datetime import datetime

import duckdb
import polars as pl
import pytest

from segdsl import Library, Schema
from segdsl.planning.describe import scans
from segdsl.planning.plan import Aggregation, Beyond, Plan, Window
from segdsl.resources import pack_path
from segdsl.schema_build import schema_from_dict
from tests.bench.library import library_text


@pytest.fixture(scope="module")
def shop() -> Schema:
    order = {
        "table": "orders",
        "on": "customer_id",
        "key": "order_id",
        "time": "placed_at",
        "fields": {
            "order_id": "int",
            "placed_at": "timestamp",
            "total": "decimal(12,2)",
            "channel": "string?",
        },
    }
    item = {
        "table": "items",
        "parent": "order",
        "on": "order_id",
        "fields": {"order_id": "int", "product_id": "int", "quantity": "int"},
    }
    campaign = {
        "table": "campaigns",
        "on": "customer_id",
        "key": "id",
        "time": "starts",
        "fields": {"id": "int", "starts": "timestamp", "ends": "timestamp"},
    }
    return schema_from_dict(
        {
            "entity": {
                "table": "customers",
                "key": "customer_id",
                "created": "created_at",
                "fields": {"customer_id": "int", "created_at": "timestamp"},
            },
            "relations": {"order": order, "item": item, "campaign": campaign},
            "lookups": {
                "product": {
                    "of": "item",
                    "table": "products",
                    "on": "product_id",
                    "fields": {"product_id": "int", "category": "string?"},
                }
            },
        }
    )


def planned(shop: Schema, condition: str, traits: str = "") -> Plan:
    library = Library.from_text(f"{traits}\nsegment s where {condition}\n", shop)
    library.check().raise_errors()
    return library.plan(library.select(["s"]).segments)


def values(plan: Plan) -> list[object]:
    return [column.value for stage in (*plan.stages, plan.final) for column in stage.columns]


def windows(plan: Plan) -> list[str]:
    return [value.function for value in values(plan) if isinstance(value, Window)]


def cuts(plan: Plan) -> int:
    return sum(isinstance(value, Aggregation) and value.function == "cut" for value in values(plan))


def pairs(plan: Plan) -> int:
    return sum(join.kind == "inner" for stage in plan.stages for join in stage.joins)


@pytest.mark.parametrize(
    ("condition", "cut_points"),
    [
        ("top 10% by sum(order.total) among count(order) >= 1", 1),
        ("bottom 100 by count(order)", 1),
        ("quantile(sum(order.total), 5) = 5", 1),
        ("top 10 per product.category by sum(item.quantity)", 1),
        ("top 10% by sum(order.total) and not (top 10% by sum(order.total)) as of 30 days ago", 2),
    ],
)
def test_ranks_are_cut_points_where_ties_share(shop: Schema, condition: str, cut_points: int) -> None:
    plan = planned(shop, condition)
    assert cuts(plan) == cut_points
    assert windows(plan) == []


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("top 10 exactly by count(order)", ["position"]),
        ("rank(count(order)) <= 10", ["rank"]),
        ("top 50% of sum(order.total)", ["before"]),
        ("any(order where previous(total) < total)", ["previous"]),
        ("streak(order per month) >= 3", ["position"]),
    ],
)
def test_rows_are_numbered_where_places_are_asked_for(shop: Schema, condition: str, found: list[str]) -> None:
    assert windows(planned(shop, condition)) == found


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        ("streak(order per day) >= 3", "streak_order_day"),
        ("streak(order per week) >= 3", "streak_order_week"),
        ("streak(order per month) >= 3", "streak_order_month"),
        ("streak(order per quarter) >= 3", "streak_order_quarter"),
        ("streak(order per year) >= 3", "streak_order_year"),
        ("streak(item where quantity > 2 per month) >= 3", "streak_item_month_quantity_above_2"),
        ("streak(order in last 2 years per month) >= 3", "streak_order_month_last_2_years"),
    ],
)
def test_a_streak_is_called_by_its_rows_and_its_unit(shop: Schema, condition: str, name: str) -> None:
    plan = planned(shop, condition)
    longest = [
        column.name
        for stage in plan.stages
        for column in stage.columns
        if isinstance(column.value, Aggregation) and column.value.function == "max"
    ]
    assert longest == [name]


@pytest.mark.parametrize(
    ("condition", "later", "function"),
    [
        ("any(order followed by (order) within 30 days)", True, "min"),
        ("any(order not preceded by (campaign where ends > starts))", False, "max"),
        (
            "any(order where any(order as n where n.placed_at > order.placed_at and n.channel = order.channel))",
            True,
            "min",
        ),
        (
            "any(order where none(order as n where n.placed_at < order.placed_at and n.total > order.total))",
            False,
            "max",
        ),
        ("any(order where any(order as n where n.placed_at > order.placed_at and n.total < order.total))", True, "min"),
        (
            'any(order where any(order as n where n.placed_at > order.placed_at and n.channel = "web"))',
            True,
            "min",
        ),
        ("any(campaign where any(order where placed_at between campaign.starts and campaign.ends))", True, "min"),
    ],
)
def test_a_row_beyond_another_is_the_nearest_or_the_extreme(
    shop: Schema, condition: str, later: bool, function: str
) -> None:
    plan = planned(shop, condition)
    beyond = [value for value in values(plan) if isinstance(value, Beyond)]
    assert [(one.later, one.function) for one in beyond] == [(later, function)]
    assert pairs(plan) == 0


@pytest.mark.parametrize(
    "condition",
    [
        "any(campaign where count(order where placed_at between campaign.starts and campaign.ends) >= 5)",
        "any(order as a followed by (order as b where b.total > a.total) within 30 days)",
    ],
)
def test_rows_are_paired_where_they_are_counted_or_tied_twice(shop: Schema, condition: str) -> None:
    assert pairs(planned(shop, condition)) == 1


def test_an_equality_joins_the_pairs(shop: Schema) -> None:
    plan = planned(shop, "any(order where count(order as o where o.channel = order.channel) >= 3)")
    (join,) = [join for stage in plan.stages for join in stage.joins if join.kind == "inner"]
    assert [its for _, its in join.on] == ["customer_id", "channel"]


def test_now_and_then_are_two_counts_of_one_grouping(shop: Schema) -> None:
    plan = planned(shop, "orders > (orders as of 90 days ago) + 2", "trait orders = count(order)")
    (grouping,) = [stage for stage in plan.stages if stage.by is not None]
    counts = [column for column in grouping.columns if isinstance(column.value, Aggregation)]
    assert len(counts) == 2
    assert scans(plan) == {"customers": 1, "orders": 1}


def test_a_hundred_of_them_read_each_table_once() -> None:
    pack = tomllib.loads(pack_path("commerce").parent.joinpath("commerce.toml").read_text(encoding="utf-8"))
    library = Library.from_text(library_text(100, "company"), pack, packs=["commerce"])
    names = [name for name in library if name.startswith("s") and name[1:].isdigit()]
    assert len(names) == 100
    plan = library.plan(library.select(names).segments)
    assert scans(plan) == {"customers": 1, "order_items": 1, "orders": 1, "products": 1}


def everyone_in(library: Library) -> dict[str, list[int]]:
    """Whom each segment of a library over `TWO_DAYS` selects."""
    flags = library.evaluate(TWO_DAYS, as_of="2026-02-01T00:00:00Z")
    assert isinstance(flags, pl.DataFrame)
    return {name: flags.filter(flags[name])["id"].to_list() for name in library}


TWO_DAYS = {
    "customers": pl.DataFrame({"id": [1, 2]}),
    "orders": pl.DataFrame(
        {"id": [1, 1, 2], "no": [1, 2, 3], "at": [datetime(2026, 1, 1), datetime(2026, 1, 2), datetime(2026, 1, 2)]}
    ).with_columns(total=pl.Series([7, 10, 5])),
    "items": pl.DataFrame({"item": [1, 2, 3], "no": [1, 3, 3]}),
}
TWO_DAYS_SCHEMA = {
    "entity": {"table": "customers", "key": "id", "fields": {"id": "int"}},
    "relations": {
        "order": {
            "table": "orders",
            "on": "id",
            "key": "no",
            "time": "at",
            "fields": {"no": "int", "at": "timestamp", "total": "int"},
        },
        "item": {
            "table": "items",
            "parent": "order",
            "on": "no",
            "key": "item",
            "fields": {"item": "int", "no": "int"},
        },
        "day": {
            "groups": "order",
            "by": {"day": "date(at)"},
            "time": "day",
            "fields": {"day": "date", "most": {"type": "int", "is": "max(order.total)"}},
        },
    },
}


def test_of_the_last_groups_of_several_customers_the_key_decides() -> None:
    # Both have a group on 2 January. The later key is 2's, whose most is 5.
    library = Library.from_text("segment s where max(day.most) >= overall(last(day.most))", TWO_DAYS_SCHEMA)
    assert everyone_in(library) == {"s": [1, 2]}


def test_constants_that_come_from_definitions() -> None:
    text = """
        trait three = 3
        segment one_of where three in (3, 4)
        segment none_of where three in (1, 2)
        segment out where three not in (1, 2)
        segment second where any(order where "x" = previous("x"))
    """
    # 1 alone has an order before another.
    wanted = {"one_of": [1, 2], "none_of": [], "out": [1, 2], "second": [1]}
    assert everyone_in(Library.from_text(text, TWO_DAYS_SCHEMA)) == wanted


def test_pairs_below_groups_wait_for_what_the_groups_are_formed_by() -> None:
    # A rank whose pairs are asked for their items forms the groups that are asked for theirs.
    text = """
        trait t = top 50% per total by count(order) having any(item)
        segment s where any(order per t having count(item) >= 1)
        segment both where any(order per t having count(item) >= 2)
    """
    # Each is first for a total with an item; 1 has one item on an order, 2 has two on one.
    assert everyone_in(Library.from_text(text, TWO_DAYS_SCHEMA)) == {"s": [1, 2], "both": [2]}


def test_rows_that_tie_are_not_ordered_by_a_constant() -> None:
    event = {
        "table": "events",
        "on": "id",
        "time": "at",
        "fields": {"at": "timestamp", "worth": {"type": "decimal(4,2)", "is": "10.00"}},
    }
    schema = {"entity": {"table": "customers", "key": "id", "fields": {"id": "int"}}, "relations": {"event": event}}
    library = Library.from_text("segment s where last(event.worth) = 10", schema)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE customers AS SELECT 1 AS id UNION ALL SELECT 2")
    connection.execute(
        "CREATE TABLE events AS SELECT 1 AS id, TIMESTAMP '2026-01-01' AS at UNION ALL SELECT 1, TIMESTAMP '2026-01-01'"
    )
    found = connection.execute(library["s"].sql("duckdb", as_of="2026-02-01T00:00:00Z").text).fetchall()
    assert found == [(1,)]
