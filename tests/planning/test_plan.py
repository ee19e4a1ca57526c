"""What the planner decides: what is shared, what is folded, in which layers, and that order does not matter."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import polars as pl
import pytest

from segdsl import Library, Schema
from segdsl.planning.describe import describe, scans
from segdsl.planning.plan import Aggregation, Plan, StageRef
from segdsl.planning.verify import verify
from segdsl.schema_build import schema_from_dict


@pytest.fixture(scope="module")
def shop() -> Schema:
    return schema_from_dict(
        {
            "entity": {
                "table": "customers",
                "key": "customer_id",
                "created": "created_at",
                "fields": {"customer_id": "int", "country": "string?", "created_at": "timestamp"},
            },
            "relations": {
                "order": {
                    "table": "orders",
                    "on": "customer_id",
                    "key": "order_id",
                    "time": "placed_at",
                    "where": 'status = "paid"',
                    "fields": {
                        "order_id": "int",
                        "placed_at": "timestamp",
                        "status": "string",
                        "total": "decimal(12,2)",
                        "channel": "string?",
                    },
                },
                "item": {
                    "table": "items",
                    "parent": "order",
                    "on": "order_id",
                    "fields": {"order_id": "int", "product_id": "int", "quantity": "int"},
                },
                "return": {"from": "order", "where": "total < 0"},
            },
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


def plan_of(shop: Schema, text: str) -> Plan:
    library = Library.from_text(text, shop)
    library.check().raise_errors()
    return library.plan(library.select(list(library)).segments)


def test_one_segment_is_what_a_person_would_write(shop: Schema) -> None:
    plan = plan_of(shop, "segment lapsed where count(order) >= 1 and count(order in last 90 days) = 0\n")
    assert describe(plan) == (
        "order_by_customer: from table orders\n"
        '  where orders.status = "paid"\n'
        "  where orders.placed_at < as_of\n"
        "  group by customer_id\n"
        "  customer_id: orders.customer_id\n"
        "  count_order: count\n"
        "  count_order_last_90_days: count where orders.placed_at >= as_of - 90 days\n"
        "\n"
        "segments: from table customers\n"
        "  join order_by_customer on customers.customer_id = order_by_customer.customer_id\n"
        "  where customers.created_at < as_of\n"
        "  customer_id: customers.customer_id\n"
        "  lapsed: (order_by_customer.count_order >= 1 and coalesce(order_by_customer.count_order_last_90_days, 0) = 0)\n"
    )


def test_what_all_aggregates_ask_for_is_asked_before_the_grouping(shop: Schema) -> None:
    plan = plan_of(
        shop,
        'segment a where count(order in last 30 days where channel = "web") > 1\n'
        'segment b where sum(order.total in last 90 days where channel = "web") > 10\n',
    )
    stage = plan.stages[0]
    text = describe(Plan((), stage, plan.key, {}))
    assert '  where orders.channel = "web"\n' in text
    assert "  where orders.placed_at >= as_of - 90 days\n" in text
    filters = [c.value.filter for c in stage.columns if isinstance(c.value, Aggregation)]
    assert [f is None for f in filters] == [False, True]


def test_the_same_aggregate_is_computed_once(shop: Schema) -> None:
    plan = plan_of(
        shop,
        "trait orders = count(order)\n"
        "segment a where orders >= 1\n"
        "segment b where orders >= 2 and count(order) < 9\n"
        "segment c where any(order)\n"
        "segment d where avg(order.total) > 5 and sum(order.total) > 100\n",
    )
    (stage,) = plan.stages
    # The average needs how many totals there are: a total is never missing, so that is how many orders there are.
    assert [c.name for c in stage.columns] == ["customer_id", "count_order", "sum_total"]
    assert scans(plan) == {"customers": 1, "orders": 1}


def test_each_table_is_read_once_for_each_way_of_grouping(shop: Schema) -> None:
    text = "".join(
        f"segment s{n} where count(order in last {n} days) >= 1\n"
        f'segment t{n} where sum(item.quantity in last {n} days where product.category = "c{n}") >= {n}\n'
        f"segment u{n} where any(order where total > {n} and any(item where quantity >= {n}))\n"
        for n in range(1, 41)
    )
    plan = plan_of(shop, text)
    assert len(plan.outputs) == 120
    assert scans(plan) == {"customers": 1, "items": 1, "orders": 1, "products": 1}


def test_a_total_over_rows_chosen_by_a_total_needs_them_twice(shop: Schema) -> None:
    plan = plan_of(
        shop,
        "trait typical = avg(order.total)\nsegment spiky where count(order where total > typical * 2) >= 1\n",
    )
    assert scans(plan) == {"customers": 1, "orders": 1}
    names = [stage.name for stage in plan.stages]
    assert names == ["order_rows", "order_by_customer", "customer_rows", "order_by_customer_2"]


def test_a_relation_from_another_shares_its_rows(shop: Schema) -> None:
    plan = plan_of(shop, "segment a where count(return) >= 1 and count(order) > 3\n")
    (stage,) = plan.stages
    assert [c.name for c in stage.columns] == ["customer_id", "count_order", "count_return"]


def test_order_of_definitions_changes_nothing(shop: Schema) -> None:
    definitions = (
        "trait orders = count(order)\n",
        "segment a where orders >= 2 and any(order where any(item where quantity > 1))\n",
        'segment b where sum(item.quantity where product.category = "x") > 2 or a\n',
        'segment c where count(order in last 7 days where country = "GR") > orders / 2\n',
    )
    described = set()
    for order in permutations(definitions):
        library = Library.from_text("".join(order), shop)
        plan = library.plan(library.select(["a", "b", "c"]).segments)
        described.add(describe(plan))
    assert len(described) == 1


def test_a_definition_used_by_many_is_written_once() -> None:
    schema = schema_from_dict(
        {"entity": {"table": "t", "key": "id", "fields": {"id": "int", "x": "int?", "y": "int?", "z": "int?"}}}
    )
    lines = ["segment s0 where x > 1 and y > 2 and z > 3 and x < y and y < z and x + y > z\n"]
    lines.extend(f"segment s{n} where s{n - 1} and not (s{n - 1} and x = {n})\n" for n in range(1, 7))
    library = Library.from_text("".join(lines), schema)
    plan = library.plan(library.select(["s6"]).segments)
    assert describe(plan).count("z > 3") == 1
    assert scans(plan) == {"t": 1}


@pytest.mark.parametrize("fault", ["unknown column", "unknown input", "less than the key", "two names"])
def test_a_broken_plan_is_found(shop: Schema, fault: str) -> None:
    plan = plan_of(shop, "segment lapsed where count(order) >= 1\n")
    stage = plan.stages[0]
    match fault:
        case "unknown column":
            plan = replace(plan, stages=(replace(stage, columns=stage.columns[:1]),))
        case "unknown input":
            plan = replace(plan, final=replace(plan.final, joins=()))
        case "less than the key":
            plan = replace(plan, stages=(replace(stage, key=("customer_id", "count_order")),))
        case _:
            plan = replace(plan, stages=(replace(stage, columns=(*stage.columns, stage.columns[-1])),))
    with pytest.raises(AssertionError):
        verify(plan)


def test_a_plan_reads_only_what_was_written_before(shop: Schema) -> None:
    plan = plan_of(
        shop,
        'segment a where any(order where total > 1 and any(item where quantity >= 2 and product.category = "x"))\n',
    )
    seen: set[str] = set()
    for stage in (*plan.stages, plan.final):
        for found in (stage.input, *(join.input for join in stage.joins)):
            if isinstance(found.source, StageRef):
                assert found.source.stage in seen
        seen.add(stage.name)


@pytest.mark.parametrize(
    ("first", "step", "last"),
    [
        ("trait t0 = x\n", "trait t{n} = t{before} + 1\n", "t{n} > 0"),
        ("trait t0 = y\n", "trait t{n} = t{before} * 1.5\n", "t{n} > 0"),
        ("segment t0 where x > 0\n", "segment t{n} where t{before} and x != {n}\n", "t{n}"),
    ],
)
def test_a_long_chain_of_definitions_ends_in_a_statement_or_a_message(first: str, step: str, last: str) -> None:
    schema = schema_from_dict(
        {"entity": {"table": "t", "key": "id", "fields": {"id": "int", "x": "int?", "y": "float?"}}}
    )

    def chain(length: int) -> Library:
        steps = "".join(step.format(n=n, before=n - 1) for n in range(1, length))
        return Library.from_text(f"{first}{steps}segment s where {last.format(n=length - 1)}\n", schema)

    whole = chain(95)
    whole.check().raise_errors()
    frame = pl.DataFrame({"id": [1, 2], "x": [-500, 500], "y": [-1.0, 1.0]})
    assert whole["s"].members({"t": frame})["id"].to_list() == [2]
    for dialect in ("duckdb", "sqlite", "postgres"):
        assert str(whole["s"].sql(dialect))
    assert {d.code for d in chain(2000).check().errors} <= {"SEG713", "SEG711"}
    assert "SEG713" in {d.code for d in chain(150).check().errors}
