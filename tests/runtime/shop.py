"""A schema of three tables, its data as it should be, and a plan over it, for the tests of the runtime."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from segdsl.library import Library
from segdsl.planning.plan import Plan
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.types import ANY, BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Type, decimal

AS_OF = datetime(2026, 6, 1)

SCHEMA: dict[str, Any] = {
    "entity": {
        "name": "customer",
        "table": "customers",
        "key": "id",
        "fields": {
            "id": "int",
            "country": {"type": "string?", "missing": ["", "n/a"]},
            "tier": {"type": "string", "values": ["gold", "silver"]},
            "born": "date?",
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
                "placed_at": "timestamp",
                "total": "decimal(12,2)",
                "weight": "float?",
                "gift": "bool?",
            },
        },
    },
}

SEGMENTS = """
segment buyers where count(order) >= 2
segment big where sum(order.total) > 10.5
segment gold where tier = "gold"
segment abroad where country != "GR"
segment heavy where max(order.weight) >= 1.5 or any(order where gift)
"""

TYPES: dict[str, dict[str, Type]] = {
    "customers": {"id": INT, "country": STRING, "tier": STRING, "born": DATE},
    "orders": {
        "order_id": INT,
        "customer_id": INT,
        "placed_at": TIMESTAMP,
        "total": decimal(12, 2),
        "weight": FLOAT,
        "gift": BOOL,
    },
}

ROWS: dict[str, list[dict[str, Any]]] = {
    "customers": [
        {"id": 1, "country": "GR", "tier": "gold", "born": date(1990, 1, 31)},
        {"id": 2, "country": "n/a", "tier": "silver", "born": None},
        {"id": 3, "country": "IT", "tier": "gold", "born": date(2000, 2, 29)},
    ],
    "orders": [
        {
            "order_id": 1,
            "customer_id": 1,
            "placed_at": datetime(2026, 1, 1, 10),
            "total": Decimal("5.25"),
            "weight": 1.5,
            "gift": None,
        },
        {
            "order_id": 2,
            "customer_id": 1,
            "placed_at": datetime(2026, 2, 1),
            "total": Decimal("5.26"),
            "weight": None,
            "gift": False,
        },
        {
            "order_id": 3,
            "customer_id": 2,
            "placed_at": datetime(2026, 5, 31, 23, 59, 59, 999999),
            "total": Decimal("0.10"),
            "weight": 0.5,
            "gift": True,
        },
        {
            "order_id": 4,
            "customer_id": 3,
            "placed_at": datetime(2026, 6, 1),
            "total": Decimal("99.00"),
            "weight": 9.0,
            "gift": True,
        },
        {
            "order_id": 5,
            "customer_id": None,
            "placed_at": datetime(2026, 1, 1),
            "total": Decimal("7.00"),
            "weight": 2.0,
            "gift": True,
        },
    ],
}

# Customer 1: two orders, 10.51. Customer 2: one, a gift. Customer 3: one that has not happened before as_of.
EXPECTED = [
    # id, buyers, big, gold, abroad, heavy
    (1, True, True, True, False, True),
    (2, False, False, False, False, True),
    (3, False, False, True, True, False),
]

_DTYPES = {
    INT: pl.Int64,
    STRING: pl.String,
    DATE: pl.Date,
    TIMESTAMP: pl.Datetime("us"),
    FLOAT: pl.Float64,
    BOOL: pl.Boolean,
    ANY: pl.Int64,
}


def schema() -> Schema:
    return schema_from_dict(SCHEMA)


def library() -> Library:
    return Library.from_text(SEGMENTS, SCHEMA)


def plan(with_schema: Schema | None = None) -> Plan:
    found = Library.from_text(SEGMENTS, with_schema or SCHEMA)
    return found.select(list(found)).plan()


def frames(rows: Mapping[str, list[dict[str, Any]]] = ROWS) -> dict[str, pl.DataFrame]:
    """The tables with the dtypes that they are declared."""
    return {
        name: pl.DataFrame(
            table, schema={c: _DTYPES.get(t, pl.Decimal(12, 2)) for c, t in TYPES[name].items()}, orient="row"
        )
        for name, table in rows.items()
    }
