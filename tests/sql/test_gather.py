"""Many sequences over one relation: their rows are grouped and sorted once, and the statement grows as they do."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from backends import BACKENDS, Question, check, data_of, read_schema
from sql.plans import ENGINES

from segdsl import pipeline
from segdsl.backends.sql.gather import gathered
from segdsl.backends.sql.prune import prune
from segdsl.planning.plan import Beyond
from segdsl.semantics import ir
from segdsl.types import BOOL

AS_OF = datetime(2026, 6, 1)
SCHEMA = """
language = "1"
[entity]
table = "customers"
key = "customer_id"
[entity.fields]
customer_id = "int"
country = "string?"
[relations.order]
table = "orders"
on = "customer_id"
key = "order_id"
time = "placed_at"
[relations.order.fields]
order_id = "int"
placed_at = "timestamp"
total = "int?"
channel = "string?"
[relations.visit]
table = "visits"
on = "customer_id"
key = "visit_id"
time = "at"
[relations.visit.fields]
visit_id = "int"
at = "timestamp"
"""
KINDS = (
    "any(order where total > {n} followed by (order where total > {m}) within {d} days)",
    'any(order not followed by (order where channel = "web" and total < {m}) within {d} days)',
    "any(order where total > {n} preceded by (order))",
    "any(order where any(order as next where next.placed_at > order.placed_at and next.total > order.total + {n}))",
    "any(order where any(order as last where last.placed_at < order.placed_at and last.total < order.total - {n}))",
    "any(order followed by (visit) within {d} days)",
    'any(order preceded by (order where country = "GR" and total = {n}) within {d} days)',
)


def asked(count: int, kinds: tuple[str, ...] = KINDS) -> Question:
    text = "\n".join(
        f"segment s{n} where {kinds[n % len(kinds)].format(n=n % 9, m=3 + n % 7, d=1 + n % 11)}" for n in range(count)
    )
    program = check(read_schema(SCHEMA), text).program
    return Question(program, {f"s{n}": ir.Use(f"s{n}", type=BOOL) for n in range(count)}, AS_OF)


LATER = (
    "any(visit followed by (order)) and any(visit followed by (order where total > {n} + min(order.total)))",
    "any(visit followed by (order)) and none(visit followed by (order where max(visit.visit_id) > 3{n}))",
    "any(visit followed by (order where total > {n} + min(order.total))) and any(visit followed by (order where total < {m}))",
)
"""What reads something of the customer beside what does not: it is joined when the orders have been grouped already."""


def rows() -> dict[str, list[dict[str, object]]]:
    dice = random.Random(7)

    def moment() -> datetime:
        return AS_OF - timedelta(days=dice.randrange(25), hours=12 * dice.randrange(2))

    return {
        "customers": [{"customer_id": n, "country": dice.choice(("GR", "CY", None))} for n in range(40)],
        "orders": [
            {
                "order_id": n,
                "customer_id": dice.randrange(40),
                "placed_at": moment(),
                "total": dice.choice((None, *range(12))),
                "channel": dice.choice(("web", "shop", None)),
            }
            for n in range(200)
        ],
        "visits": [{"visit_id": n, "customer_id": dice.randrange(40), "at": moment()} for n in range(40)],
    }


@pytest.mark.parametrize("kinds", [KINDS, *((one,) for one in LATER)], ids=["kinds", "least", "greatest", "both"])
@pytest.mark.parametrize("engine", ["polars", *ENGINES])
def test_they_select_whom_the_referee_selects(engine: str, kinds: tuple[str, ...]) -> None:
    data = data_of(read_schema(SCHEMA), rows())
    question = asked(21 if kinds == KINDS else 1, kinds)
    expected = BACKENDS["reference"].prepare(question)(data)
    assert BACKENDS[engine].prepare(question)(data) == expected
    assert sum(0 < len(keys) < 40 for keys in expected.values()) > len(expected) / 2


def test_one_grouping_for_all_that_look_into_the_same_rows() -> None:
    plan = asked(21).plan
    stages, final = gathered(*prune(plan.stages, plan.final))

    def looked_into(stages: object) -> set[str]:
        return {
            column.value.stage
            for stage in stages  # type: ignore[attr-defined]
            for column in stage.columns
            if isinstance(column.value, Beyond)
        }

    assert len(looked_into(plan.stages)) >= 8
    # Visits, orders, and orders of which it is known already what comes before or after them.
    assert len(looked_into(stages)) == 3
    twice = asked(42).plan
    assert len(looked_into(twice.stages)) > len(looked_into(plan.stages))
    assert len(looked_into(gathered(*prune(twice.stages, twice.final))[0])) == 3
    assert final == plan.final


def test_what_stands_alone_stays_as_it_is() -> None:
    plan = asked(1).plan
    assert gathered(*prune(plan.stages, plan.final)) == prune(plan.stages, plan.final)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_statement_grows_as_they_do(engine: str) -> None:
    sizes = [len(pipeline.to_sql(asked(count).plan, engine, "counts", AS_OF, None).text) for count in (28, 56)]
    assert sizes[1] < 2.2 * sizes[0]
