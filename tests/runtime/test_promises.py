"""What ``check --data`` finds, on frames, files and databases alike."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import engines
import polars as pl
import pytest
from runtime import shop

from segdsl.diagnostics import Severity
from segdsl.runtime.database import connect
from segdsl.runtime.promises import check_data
from segdsl.schema_build import schema_from_dict

SCHEMA: dict[str, Any] = {
    "entity": {
        "name": "customer",
        "table": "customers",
        "key": "id",
        "fields": {
            "id": "int",
            "country": "string",
            "tier": {"type": "string?", "values": ["gold", "silver"]},
            "born": "date",
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
                "total": "decimal(5,2)",
                "weight": "float",
                "gift": "bool",
            },
        },
        "gift_order": {"from": "order", "where": "gift"},
        "item": {
            "table": "items",
            "parent": "order",
            "on": "order_id",
            "key": ["order_id", "line"],
            "fields": {"line": "int", "kind": {"type": "string", "values": {"view": "1", "buy": "2"}}},
        },
        "day": {"groups": "order", "by": ["placed_at"]},
    },
    "lookups": {
        "product": {"of": "item", "table": "products", "on": "sku", "fields": {"sku": "string", "name": "string?"}}
    },
}

TYPES: dict[str, dict[str, Any]] = {
    "customers": {"id": shop.INT, "country": shop.STRING, "tier": shop.STRING, "born": shop.DATE},
    "orders": {
        "order_id": shop.INT,
        "customer_id": shop.INT,
        "placed_at": shop.TIMESTAMP,
        "total": shop.decimal(12, 2),
        "weight": shop.FLOAT,
        "gift": shop.BOOL,
    },
    "items": {"order_id": shop.INT, "line": shop.INT, "kind": shop.STRING, "sku": shop.STRING},
    "products": {"sku": shop.STRING, "name": shop.STRING},
}

AT = datetime(2026, 1, 1)
GOOD: dict[str, list[dict[str, Any]]] = {
    "customers": [{"id": i, "country": "GR", "tier": "gold", "born": date(2000, 1, 1)} for i in (1, 2, 3)],
    "orders": [
        {"order_id": i, "customer_id": 1, "placed_at": AT, "total": shop.Decimal("1.00"), "weight": 1.0, "gift": True}
        for i in (1, 2, 3)
    ],
    "items": [{"order_id": 1, "line": i, "kind": str(i), "sku": "a"} for i in (1, 2)],
    "products": [{"sku": "a", "name": None}],
}


def broken(**tables: Callable[[list[dict[str, Any]]], None]) -> dict[str, list[dict[str, Any]]]:
    rows = {name: [dict(row) for row in table] for name, table in GOOD.items()}
    for name, change in tables.items():
        change(rows[name])
    return rows


def first(**values: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: rows[0].update(values)


# What is broken, and what is said of it.
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "a duplicate key": (
        {"customers": first(id=2)},
        [
            "SEG506 1 value stands in more than one row of `customers` as `id`, the key of customer: 2 (2 rows)",
            "SEG521 `orders` has 3 rows of a customer that does not exist: 1, …",
        ],
    ),
    "a missing key": (
        {"orders": first(order_id=None)},
        [
            "SEG505 1 of 3 rows of `orders` have no `order_id`, the key of order",
            "SEG521 `items` has 2 rows of a order that does not exist: 1, …",
        ],
    ),
    "a key of two columns": (
        {"items": first(line=2)},
        [
            "SEG506 1 value stands in more than one row of `items` as `order_id`, `line`, the key of item: (1, 2) (2 rows)"
        ],
    ),
    "a missing key of a lookup": (
        {"products": first(sku=None)},
        ["SEG505 1 of 1 row of `products` has no `sku`, the key of product"],
    ),
    "missing values": (
        {"customers": first(country=None, born=None, tier=None), "orders": first(gift=None)},
        [
            "SEG520 `customers.born` is missing in 1 of 3 rows, but its type promises a value",
            "SEG520 `customers.country` is missing in 1 of 3 rows, but its type promises a value",
            "SEG520 `orders.gift` is missing in 1 of 3 rows, but its type promises a value",
        ],
    ),
    "values outside their list": (
        {"customers": first(tier="Gold"), "items": first(kind="7")},
        [
            'SEG522 `customers.tier` holds 1 value outside its list of 2: "Gold"',
            'SEG522 `items.kind` holds 1 value outside its list of 2: "7"',
        ],
    ),
    "unknown parents": (
        {"orders": first(customer_id=9), "items": first(order_id=8)},
        [
            "SEG521 `items` has 1 row of a order that does not exist: 8",
            "SEG521 `orders` has 1 row of a customer that does not exist: 9",
        ],
    ),
    "rows that belong to nobody": ({"orders": first(customer_id=None)}, []),
    "a number too large": (
        {"items": first(line=2**53 + 1)},
        [
            f"SEG523 `items.line` holds 1 value beyond an int, read as missing: {2**53 + 1}",
            "SEG505 1 of 2 rows of `items` have no `order_id`, `line`, the key of item",
        ],
    ),
}


def as_frames(rows: dict[str, list[dict[str, Any]]], tmp_path: Any) -> Any:
    dtypes = {**shop._DTYPES, shop.decimal(12, 2): pl.Decimal(12, 2)}
    return {
        name: pl.DataFrame(table, schema={c: dtypes[t] for c, t in TYPES[name].items()}, orient="row")
        for name, table in rows.items()
    }


def as_csv(rows: dict[str, list[dict[str, Any]]], tmp_path: Any) -> Any:
    for name, frame in as_frames(rows, tmp_path).items():
        frame.write_csv(tmp_path / f"{name}.csv")
    return tmp_path


def as_sqlite(rows: dict[str, list[dict[str, Any]]], tmp_path: Any) -> Any:
    engine = engines.SQLite()
    engine.load(rows, TYPES)
    with sqlite3.connect(tmp_path / "shop.db") as target:
        engine.connection.backup(target)
    return connect(tmp_path / "shop.db")


def as_duckdb(rows: dict[str, list[dict[str, Any]]], tmp_path: Any) -> Any:
    engine = engines.DuckDB()
    engine.load(rows, TYPES)
    return connect(engine.connection)


def as_postgres(rows: dict[str, list[dict[str, Any]]], tmp_path: Any) -> Any:
    engine = engines.connect("postgres")
    engine.load(rows, TYPES)
    assert isinstance(engine, engines.Postgres)
    return connect(engine._server.get_uri())


@pytest.fixture(params=[as_frames, as_csv, as_sqlite, as_duckdb, as_postgres], ids=lambda f: f.__name__)
def stored(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Callable[[dict[str, Any]], Any]]:
    opened: list[Any] = []

    def store(rows: dict[str, Any]) -> Any:
        opened.append(request.param(rows, tmp_path))
        return opened[-1]

    yield store
    for database in opened:
        if hasattr(database, "close"):
            database.close()


def said(schema: dict[str, Any], data: Any) -> list[str]:
    return sorted(f"{d.code} {d.message}" for d in check_data(schema_from_dict(schema), data))


@pytest.mark.parametrize("case", CASES)
def test_what_is_found(case, stored):
    changes, expected = CASES[case]
    assert said(SCHEMA, stored(broken(**changes))) == sorted(expected)


def test_numbers_that_do_not_fit(stored):
    found = said(SCHEMA, stored(broken(orders=first(total=shop.Decimal("1000.00"), weight=1e200))))
    if found[0].startswith("SEG504"):
        # A text is read as what is declared, so there it is unreadable.
        assert found == [
            "SEG504 1 value of `orders.total` cannot be read as a decimal(5,2): " + found[0].split(": ")[1]
        ]
    else:
        assert found == [
            "SEG523 `orders.total` holds 1 value beyond a decimal(5,2), read as missing: 1000.00",
            "SEG523 `orders.weight` holds 1 value beyond a float, read as missing: 1e+200",
        ]


def test_unknown_parents_are_warnings():
    found = check_data(schema_from_dict(SCHEMA), as_frames(broken(orders=first(customer_id=9)), None))
    assert [d.severity for d in found] == [Severity.WARNING]


def test_samples_are_at_most_five():
    rows = broken(
        customers=lambda rows: rows.extend(
            {"id": i, "country": "GR", "tier": f"x{i}", "born": date(2000, 1, 1)} for i in range(10, 20)
        )
    )
    (found,) = said(SCHEMA, as_frames(rows, None))
    assert (
        found == 'SEG522 `customers.tier` holds 10 values outside its list of 2: "x10", "x11", "x12", "x13", "x14", …'
    )


def test_a_near_value_is_offered():
    found = check_data(schema_from_dict(SCHEMA), as_frames(broken(customers=first(tier="Gold")), None))
    assert found[0].hint == "did you mean `gold`?"


def test_names_and_types_come_first(stored):
    schema = json.loads(json.dumps(SCHEMA))
    schema["entity"]["fields"]["countri"] = schema["entity"]["fields"].pop("country")
    schema["relations"]["item"]["table"] = "item"
    found = said(schema, stored(GOOD))
    assert [f.split(" ")[0] for f in found] == ["SEG501", "SEG502"]
    assert "`item`" in found[0]
    assert "`countri`" in found[1]


def test_hints_name_the_nearest_column(stored):
    schema = json.loads(json.dumps(SCHEMA))
    schema["entity"]["fields"]["contry"] = schema["entity"]["fields"].pop("country")
    (found,) = check_data(schema_from_dict(schema), stored(GOOD))
    assert found.hint == "did you mean `country`?"


def test_floats_declared_decimal_and_nan():
    rows = as_frames(GOOD, None)
    rows["orders"] = rows["orders"].with_columns(total=pl.Series([1.0, 1000.0, float("nan")]))
    assert said(SCHEMA, rows) == [
        "SEG520 `orders.total` is missing in 1 of 3 rows, but its type promises a value",
        "SEG523 `orders.total` holds 1 value beyond a decimal(5,2), read as missing: 1000.0",
    ]


def test_entities_that_are_keys_of_other_tables():
    schema = {
        "entity": {"name": "customer", "distinct": ["orders"], "key": "customer_id"},
        "relations": {
            "order": {
                "table": "orders",
                "on": "customer_id",
                "time": "placed_at",
                "fields": {"placed_at": "timestamp"},
            },
        },
    }
    rows = broken(orders=first(customer_id=None))
    assert said(schema, as_frames(rows, None)) == []


def test_traits_that_a_column_holds():
    schema = {**SCHEMA, "traits": {"orders": {"type": "int", "column": "order_count"}}}
    (found,) = said(schema, as_frames(GOOD, None))
    assert found == "SEG502 table `customers` has no column `order_count` (declared an int)"


def test_decimals_of_files_that_may_be_spelled_as_missing(tmp_path):
    fields = {"id": "int", "x": {"type": "decimal(8,2)?", "missing": [-1]}}
    entity = {"name": "customer", "table": "customers", "key": "id", "fields": fields}
    schema = schema_from_dict({"entity": entity})
    (tmp_path / "customers.csv").write_text("id,x\n1,-1.001\n2,-1\n3,999999.99\n")
    assert not list(check_data(schema, tmp_path))
    (tmp_path / "customers.csv").write_text("id,x\n1,-1.001\n2,9999999\n")
    (found,) = check_data(schema, tmp_path)
    assert found.message == '1 value of `customers.x` cannot be read as a decimal(8,2): "9999999"'
