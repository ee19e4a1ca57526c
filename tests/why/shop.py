"""A shop small enough to be worked out by hand, as of Monday, 1 June 2026, 12:00 in Athens (9:00 UTC).

Ann (1) has three orders: 41 days ago (60.00, web), 100 days ago (30.00, web), 400 days ago (10.00, shop). Bob (2) has one, exactly 90
days ago (200.00, shop). Cleo (3) has none, and nothing is known of her. Dan (4) came 10 days ago, and ordered (5.00, web) 2 days ago.
Eve (5) is created tomorrow. Ann's second order and her first are 59 and 300 days apart.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl

from segdsl import Library, Segment

AS_OF = datetime(2026, 6, 1, 9, tzinfo=UTC)
NOW = AS_OF.replace(tzinfo=None)
ANN, BOB, CLEO, DAN, EVE = 1, 2, 3, 4, 5

SCHEMA = {
    "timezone": "Europe/Athens",
    "entity": {
        "name": "customer",
        "table": "customers",
        "key": "id",
        "created": "created_at",
        "fields": {
            "id": "int",
            "country": "string?",
            "email": {"type": "string?", "private": True},
            "has_email": {"type": "bool", "is": "email is present"},
            "nickname": "string?",
            "age": "int?",
            "consent": "bool?",
            "level": {"type": "string?", "values": ["low", "middle", "high"], "ordered": True},
            "interests": "list(string)?",
            "birth_date": "date?",
            "created_at": "timestamp",
        },
    },
    "relations": {
        "order": {
            "table": "orders",
            "on": {"customer_id": "id"},
            "parent": "customer",
            "key": "order_id",
            "time": "placed_at",
            "fields": {
                "order_id": "int",
                "customer_id": "int",
                "placed_at": "timestamp",
                "total": "decimal(12,2)",
                "channel": "string",
            },
        }
    },
}


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


TABLES = {
    "customers": pl.DataFrame(
        {
            "id": [ANN, BOB, CLEO, DAN, EVE],
            "country": ["GR", "DE", None, "GR", "GR"],
            "email": ["ann@secret.example", None, None, None, None],
            "nickname": ["Annie", "Bob", None, "Dan", None],
            "age": [30, 65, None, 18, 20],
            "consent": [True, False, None, True, True],
            "level": ["middle", "high", None, "low", "low"],
            "interests": [["running", "cooking"], [], None, ["travel"], []],
            "birth_date": [date(1996, 6, 5), date(1961, 1, 1), None, date(2008, 6, 1), None],
            "created_at": [ago(500), ago(95), ago(300), ago(10), ago(-1)],
        },
        schema_overrides={"interests": pl.List(pl.String), "created_at": pl.Datetime("us")},
    ),
    "orders": pl.DataFrame(
        {
            "order_id": [1, 2, 3, 4, 5],
            "customer_id": [ANN, ANN, ANN, BOB, DAN],
            "placed_at": [ago(41), ago(100), ago(400), ago(90), ago(2)],
            "total": [Decimal("60.00"), Decimal("30.00"), Decimal("10.00"), Decimal("200.00"), Decimal("5.00")],
            "channel": ["web", "web", "shop", "shop", "web"],
        },
        schema_overrides={"total": pl.Decimal(12, 2), "placed_at": pl.Datetime("us")},
    ),
}

TEXT = """\
param lapse = 90 days

trait orders = count(order)
trait total_spent = sum(order.total)
trait last_order_days = days_since(max(order.placed_at))
trait bought_by(way: string, times: int) = count(order where channel = way) >= times
trait order.gap = days_between(previous(placed_at), placed_at)

segment buyers "Buyers" where orders >= 1
segment lapsed "Lapsed" where buyers and none(order in last lapse)
segment greeks where country = "GR"

tiers worth "Worth"
  gold      where total_spent >= 150
  silver    where total_spent >= 100
  otherwise none_yet
"""
LIBRARY = Library.from_text(TEXT, SCHEMA)


def condition(text: str) -> Segment:
    return LIBRARY.condition(text)
