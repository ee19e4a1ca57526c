"""How ranks, sequences, groups and the past are planned: by cut points and nearest rows wherever these will do."""

from __future__ import annotations

import tomllib

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
        ("quantile(sum(order.total), 5) = 5", 4),
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
