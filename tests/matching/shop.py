"""A small shop and a library over it, for records that are worked out by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache

import polars as pl

import segdsl
from segdsl.library import Library

AS_OF = "2026-06-01"
SCHEMA = {
    "entity": {
        "table": "customers",
        "key": "id",
        "created": "created",
        "fields": {
            "id": "int",
            "created": "timestamp",
            "country": "string?",
            "age": "int?",
            "height": "float?",
            "balance": "decimal(8,2)?",
            "born": "date?",
            "active": "bool?",
            "tags": "list(string)",
        },
    },
    "relations": {
        "order": {
            "table": "orders",
            "on": {"customer_id": "id"},
            "key": "order_id",
            "time": "placed_at",
            "fields": {
                "order_id": "int",
                "customer_id": "int",
                "placed_at": "timestamp",
                "total": "decimal(12,2)",
                "channel": "string?",
            },
        },
        "item": {
            "table": "items",
            "parent": "order",
            "on": "order_id",
            "fields": {"order_id": "int", "sku": "string?", "quantity": "int?"},
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
TEXT = """
trait orders = count(order)
trait revenue = sum(order.total)
trait loyal = orders >= 3
segment buyers where orders >= 1
segment loyal_greeks where loyal and country = "GR"
segment rich where revenue > 100
segment lapsed where orders >= 1 and none(order in last 90 days)
segment shaves where sum(item.quantity where product.category = "razor") >= 2
segment odd_items where any(item where product is missing)
segment adults where age >= 18
segment not_adults where not age >= 18
segment last_web where last(order.channel) = "web"
segment was_rich where (revenue > 100) as of 30 days ago
"""
RANKS = """
segment best where top 10% by revenue among orders >= 1
segment first_three where top 3 exactly by revenue
segment half where top 50% of revenue
segment fifth where quantile(revenue, 5) = 5
segment fifth_exactly where quantile(revenue, 5 exactly) = 5
segment above where revenue > overall(avg(customer.revenue))
segment national where top 2 exactly per customer.country by revenue
segment channels where top 1 per channel by count(order)
segment was_best where best as of 30 days ago
"""


@cache
def library(text: str = TEXT) -> Library:
    return segdsl.Library.from_text(text, SCHEMA)


def everybody() -> list[dict[str, object]]:
    """Sixty customers with none to four orders each, in a pattern that has ties."""
    records: list[dict[str, object]] = []
    for number in range(60):
        orders = [
            {
                "order_id": 10 * number + place,
                "placed_at": datetime(2026, 1 + (number + 2 * place) % 5, 1 + number % 28),
                "total": Decimal((number * 37 + place * 11) % 90) + Decimal("0.50"),
                "channel": ("web", "shop", None)[(number + place) % 3],
            }
            for place in range(number % 5)
        ]
        country = ("GR", "CY", None)[number % 3]
        records.append({"id": number, "created": datetime(2025, 1, 1), "country": country, "order": orders})
    return records


def frames() -> dict[str, pl.DataFrame]:
    """The same customers as tables."""
    people = everybody()
    orders = [{**order, "customer_id": one["id"]} for one in people for order in one["order"]]  # type: ignore[attr-defined]
    bare = [{name: one[name] for name in ("id", "created", "country")} for one in people]
    return {
        "customers": pl.DataFrame(bare),
        "orders": pl.DataFrame(orders, schema_overrides={"total": pl.Decimal(12, 2)}),
    }
