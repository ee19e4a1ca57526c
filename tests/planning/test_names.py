"""What columns of a plan are called: whoever reads the SQL finds the words of the condition there."""

from __future__ import annotations

import pytest

from segdsl import Library
from segdsl.planning.plan import Aggregation
from segdsl.schema_build import schema_from_dict

SHOP = schema_from_dict(
    {
        "entity": {"name": "customer", "table": "customers", "key": "id", "fields": {"id": "int"}},
        "relations": {
            "order": {
                "table": "orders",
                "on": {"who": "id"},
                "key": "number",
                "time": "at",
                "fields": {
                    "number": "int",
                    "who": "int",
                    "at": "timestamp",
                    "total": "decimal(12,2)",
                    "channel": "string?",
                },
            },
            "item": {
                "table": "items",
                "parent": "order",
                "on": "number",
                "fields": {"number": "int", "sku": "string", "pieces": "int"},
            },
        },
        "lookups": {
            "product": {
                "of": "item",
                "table": "products",
                "on": "sku",
                "fields": {"sku": "string", "category": "string?"},
            }
        },
    }
)

NAMES = {
    "count(item where product is missing) > 1": {"count_item_product_missing"},
    "count(item where product is present) > 1": {"count_item_product_present"},
    "count(order where channel is missing) > 1": {"count_order_channel_missing"},
    "count(order where channel is present) > 1": {"count_order_channel_present"},
    "count(order where total < 5) > 1": {"count_order_total_below_5"},
    "count(order where total > 5) > 1": {"count_order_total_above_5"},
    "count(order where total > 5 or channel = 'web') > 1": {"count_order_total_above_5_or_channel_web"},
    "count(order where total * 2 > 5) > 1": {"count_order_times_total_2_above_5"},
    "count(order where channel contains 'web') > 1": {"count_order_channel_contains_web"},
    "max(order.total where channel in ('web', 'shop')) > 1": {"max_total_channel_in_web_shop"},
    "max(order.total where channel not in ('web', 'shop')) > 1": {"max_total_channel_not_in_web_shop"},
    "max(order.total in last 30 days) > 1": {"max_total_last_30_days"},
    "sum(order.total where not channel = 'web') > 1": {"sum_total_channel_not_web_or_channel_missing"},
    "avg(order.total where total >= 5) > 1": {"sum_total_total_from_5", "count_total_total_from_5"},
    "distinct(order.channel) > 1": {"distinct_channel"},
    "first(order.channel) = 'web'": {"first_channel"},
    "last(order.total) > 1": {"last_total"},
    "any(order where previous(total) > 3)": {"count_order_previous_total_above_3"},
    "sum(item.pieces where product.category = 'toys') > 1": {"sum_pieces_category_toys"},
}


@pytest.mark.parametrize("condition", NAMES)
def test_columns_are_called_by_the_words_of_the_condition(condition: str) -> None:
    plan = Library.from_text(f"segment some where {condition}", SHOP).select().plan()
    found = {c.name for stage in plan.stages for c in stage.columns if isinstance(c.value, Aggregation)}
    assert found == NAMES[condition]
