"""Into which parts the outputs of a plan fall: they fit, they are all there, they share what they need, and they are always the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from backends import check, read_schema

from segdsl import pipeline
from segdsl.planning.describe import scans
from segdsl.planning.plan import Plan
from segdsl.planning.split import Part, split
from segdsl.semantics import ir
from segdsl.types import BOOL

SCHEMA = """
language = "1"
[entity]
table = "customers"
key = "customer_id"
[entity.fields]
customer_id = "int"
age = "int?"
[relations.order]
table = "orders"
on = "customer_id"
key = "order_id"
time = "placed_at"
[relations.order.fields]
order_id = "int"
placed_at = "timestamp"
total = "decimal(12,2)"
[relations.visit]
table = "visits"
on = "customer_id"
key = "visit_id"
time = "at"
[relations.visit.fields]
visit_id = "int"
at = "timestamp"
page = "string"
"""
KINDS = (
    "age > {n}",
    "count(order where total > {n}) >= 2",
    'any(visit where page = "p{n}")',
    "any(order where total > {n} followed by (order) within 7 days)",
)


def planned(count: int) -> tuple[Plan, Callable[[Part], Plan]]:
    """A plan of segments of all kinds by turns, and that of some of them."""
    text = "\n".join(f"segment s{n} where {KINDS[n % len(KINDS)].format(n=n)}" for n in range(count))
    program = check(read_schema(SCHEMA), text).program

    def of(names: Part) -> Plan:
        return pipeline.plan(program, {name: ir.Use(name, type=BOOL) for name in names})

    return of(tuple(f"s{n}" for n in range(count))), of


def test_what_fits_stays_together() -> None:
    plan, _ = planned(8)
    assert split(plan, lambda part: 1.0) == (tuple(plan.outputs),)


@pytest.mark.parametrize("most", [1, 2, 3, 7, 19])
def test_parts_fit_and_hold_all_outputs_in_their_order(most: int) -> None:
    plan, _ = planned(20)
    parts = split(plan, lambda part: len(part) / most)
    place = list(plan.outputs).index
    assert all(len(part) <= most for part in parts)
    assert sorted((name for part in parts for name in part), key=place) == list(plan.outputs)
    assert all(list(part) == sorted(part, key=place) for part in parts)
    assert [part[0] for part in parts] == sorted((part[0] for part in parts), key=place)


def test_no_more_parts_than_sizes_that_add_up_ask_for() -> None:
    plan, _ = planned(33)
    assert len(split(plan, lambda part: len(part) / 16)) == 3


def test_what_alone_is_too_large_is_alone() -> None:
    plan, _ = planned(8)
    parts = split(plan, lambda part: 5.0 if "s3" in part else len(part) / 4)
    assert ("s3",) in parts
    assert len(parts) <= 4


def test_outputs_that_need_the_same_stages_stay_together() -> None:
    plan, of = planned(40)
    parts = split(plan, lambda part: len(part) / 10)
    assert [len(part) for part in parts] == [10, 10, 10, 10]
    # Orders are read for two kinds of segments, visits for one, neither for the rest.
    reads = [set(scans(of(part))) for part in parts]
    assert sum("orders" in tables for tables in reads) == 2
    assert sum("visits" in tables for tables in reads) == 1


def test_the_parts_do_not_depend_on_how_often_they_are_asked_for() -> None:
    plan, _ = planned(30)
    again, _ = planned(30)

    def load(part: Part) -> float:
        return sum(map(len, part)) / 20

    assert split(plan, load) == split(again, load)


def test_a_size_that_grows_faster_than_the_parts_is_put_together_again() -> None:
    plan, _ = planned(24)
    parts = split(plan, lambda part: (len(part) / 12) ** 2)
    assert len(parts) < 4
