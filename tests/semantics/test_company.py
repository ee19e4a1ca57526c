"""Rows in company: named by `as`, seen from others, grouped, followed, preceded; streaks and percentiles.

The whole typed tree of each text, written down by hand, and what is said of texts that ask for what cannot be told.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from semantics.shop import SHOP, condition, findings, library, only, schema, show, value

from segdsl.errors import rows
from segdsl.schema import Schema
from segdsl.semantics import ir
from segdsl.types import DATE, FLOAT, INT

HOUR = 3_600_000_000
DAY = 24 * HOUR

AROUND = {
    # a row named by `as`, where a relation meets itself
    "any(order where any(order as next where next.placed_at > order.placed_at and next.channel = order.channel))": (
        "any(r1=order of r0 where any(r2=order of r0 where (r2.placed_at > r1.placed_at and r2.channel? = r1.channel?)))"
    ),
    "any(order as first where any(order where placed_at > first.placed_at))": (
        "any(r1=order of r0 where any(r2=order of r0 where r2.placed_at > r1.placed_at))"
    ),
    # bare names are the inner row's own, whatever it is called
    "any(order as next where total > 5 and next.total > 5)": (
        "any(r1=order of r0 where (r1.total > 5d:decimal(1,0) and r1.total > 5d:decimal(1,0)))"
    ),
    # of the value, the relation's name says which rows are meant; behind `as`, it is the row around
    "any(order where sum(order.points as o where o.placed_at < order.placed_at) > points)": (
        "any(r1=order of r0 where sum(r2=order of r0 r2.points where r2.placed_at < r1.placed_at)"
        " > decimal(16,0)<r1.points>)"
    ),
    "any(order as o where min(days_between(o.placed_at, order.placed_at)) < 30)": (
        "any(r1=order of r0 where min(r2=order of r0 days_between_timestamps(r1.placed_at, r2.placed_at))? < 30)"
    ),
    # an outer row of another relation, by that relation's name
    "any(order where any(review where stars > order.points))": (
        "any(r1=order of r0 where any(r2=review of r0 where r2.stars? > r1.points))"
    ),
    "any(item where any(review where total > item.quantity))": (
        "any(r1=item of r0 where any(r2=review of r0 where r2.total > r1.quantity))"
    ),
    # its lookups, and what it belongs to
    "any(item where any(review where item.product.title = 'x'))": (
        "any(r1=item of r0 where any(r2=review of r0 where r1.product.title? = 'x'))"
    ),
    "any(item where any(review where total > order.points))": (
        "any(r1=item of r0 where any(r2=review of r0 where r2.total > r1>order.points))"
    ),
    "any(item as a where any(customer.item as b where b.order.channel = a.order.channel))": (
        "any(r1=item of r0 where any(r2=item of r0 where r2>order.channel? = r1>order.channel?))"
    ),
    "any(item as i where any(review where i.product is missing))": (
        "any(r1=item of r0 where any(r2=review of r0 where r1.product is missing))"
    ),
    # both around, one of them two rows further out
    "any(order where any(review where any(line where amount > order.points and units > review.total)))": (
        "any(r1=order of r0 where any(r2=review of r0 where any(r3=line of r0"
        " where (r3.amount > decimal(16,0)<r1.points> and r3.units > r2.total))))"
    ),
    # a row that the inner one descends from is read from within
    "any(order as o where any(item where o.points > quantity))": (
        "any(r1=order of r0 where any(r2=item of r1 where r2>order.points > r2.quantity))"
    ),
    "any(order as o where any(customer.item where o.points > quantity))": (
        "any(r1=order of r0 where any(r2=item of r0 where r1.points > r2.quantity))"
    ),
    "any(order where any(item where any(item as j where j.price > item.price)))": (
        "any(r1=order of r0 where any(r2=item of r1 where any(r3=item of r1 where r3.price > r2.price)))"
    ),
    # the nearest row that a relation descends from, however much stands between
    "any(order where any(review where any(item)))": (
        "any(r1=order of r0 where any(r2=review of r0 where any(r3=item of r1)))"
    ),
    "any(order where any(review where any(customer.item)))": (
        "any(r1=order of r0 where any(r2=review of r0 where any(r3=item of r0)))"
    ),
    # of a row that is `from` another relation, the rows of that other's row
    "any(big_order where any(item where price > points))": (
        "any(r1=big_order of r0 where any(r2=item of r0 where (r2>order.order_id = r1.order_id"
        " and r2.price > decimal(16,0)<r2>order.points>)))"
    ),
    "any(order where any(big_order where any(item)))": (
        "any(r1=order of r0 where any(r2=big_order of r0 where any(r3=item of r0 where r3>order.order_id = r2.order_id)))"
    ),
    # beside a relation around, the other one is whose rows are taken together
    "any(order where sum(review.total - order.points) > 3)": (
        "any(r1=order of r0 where sum(r2=review of r0"
        " int<subtract_whole(whole<r2.total>, whole<r1.points>)>?) > 3d:decimal(1,0))"
    ),
}

GROUPS = {
    "count(order per channel) > 2": "count(r1=order of r0 per r1.channel?) > 2",
    "any(item where quantity > 1 per order.channel)": (
        "any(r1=item of r0 where r1.quantity > 1 per r1>order.channel?)"
    ),
    # aggregates over the relation's own name, over bare fields, and over what descends from it, are the group's
    "count(item per sku having count(item) > 1 and sum(quantity) > 2) = 3": (
        "count(r1=item of r0 per r1.sku having (count(r2=item of group r1) > 1"
        " and sum(r2=item of group r1 r2.quantity) > 2d:decimal(1,0))) = 3"
    ),
    "any(order per channel having any(item where quantity > 1))": (
        "any(r1=order of r0 per r1.channel? having any(r2=item of group r1 where r2.quantity > 1))"
    ),
    "any(order per channel having any(review where any(order)))": (
        "any(r1=order of r0 per r1.channel? having any(r2=review of r0 where any(r3=order of group r1)))"
    ),
    "any(item per sku having any(customer.item) and any(review))": (
        "any(r1=item of r0 per r1.sku having (any(r2=item of r0) and any(r2=review of r0)))"
    ),
    # E again: by its name, by the relation's, as it was written, from a row inside
    "any(item per sku having sku = 'A' and item.sku = 'B')": (
        "any(r1=item of r0 per r1.sku having (group r1's own = 'A' and group r1's own = 'B'))"
    ),
    "any(item as i per i.sku having i.sku = 'A' and sku = 'B')": (
        "any(r1=item of r0 per r1.sku having (group r1's own = 'A' and group r1's own = 'B'))"
    ),
    "any(line per date(at) having date(at) = 2026-01-01 and date(line.at) > joined_on)": (
        "any(r1=line of r0 per date_timestamp(r1.at)"
        " having (group r1's own = 2026-01-01 and group r1's own > r0.joined_on))"
    ),
    "any(line per date(at) having any(review where written_on = date(line.at)))": (
        "any(r1=line of r0 per date_timestamp(r1.at) having any(r2=review of r0 where r2.written_on = group r1's own))"
    ),
    "any(order per channel having any(review where order.channel = 'x'))": (
        "any(r1=order of r0 per r1.channel? having any(r2=review of r0 where group r1's own = 'x'))"
    ),
    "any(item per quantity + 1 having quantity + 1 > 3)": (
        "any(r1=item of r0 per int<add_whole(whole<r1.quantity>, whole<1>)> having group r1's own > 3)"
    ),
    # the names of the rows around
    "any(item per sku having count(item) > visits and city = 'x' and customer.points > 3)": (
        "any(r1=item of r0 per r1.sku having (count(r2=item of group r1) > r0.visits? and r0.city = 'x' and r0.points > 3))"
    ),
    "any(order where any(item per sku having sum(quantity) > points and order.points > 1 and city = 'x'))": (
        "any(r1=order of r0 where any(r2=item of r1 per r2.sku having (sum(r3=item of group r2 r3.quantity)"
        " > decimal(16,0)<r1.points> and r1.points > 1 and r1>customer.city = 'x')))"
    ),
    "any(order as o where any(customer.item per sku having sum(quantity) > o.total))": (
        "any(r1=order of r0 where any(r2=item of r0 per r2.sku having sum(r3=item of group r2 r3.quantity) > r1.total))"
    ),
    # groups of the rows of a group
    "any(order per channel having count(order per status having channel = 'x' and status = 'paid') > 1)": (
        "any(r1=order of r0 per r1.channel? having count(r2=order of group r1 per r2.status"
        " having (group r1's own = 'x' and group r2's own = 'paid')) > 1)"
    ),
    # days, weeks, months, quarters and years are of the relation's time
    "any(item per month having month > 2026-01-01)": (
        "any(r1=item of r0 per start_of_date(date_timestamp(r1>order.placed_at), 'month')"
        " having group r1's own > 2026-01-01)"
    ),
    "count(review per week) > 1": "count(r1=review of r0 per start_of_date(r1.written_on, 'week')) > 1",
}

STREAKS = {
    "streak(order per month) > 2": (
        "streak(r1=order of r0 int<add_whole(multiply_whole(whole<year_date(date_timestamp(r1.placed_at))>, whole<12>),"
        " whole<month_date(date_timestamp(r1.placed_at))>)>? step 1) > 2"
    ),
    "streak(review where stars > 3 per quarter) > 2": (
        "streak(r1=review of r0 int<add_whole(multiply_whole(whole<year_date(start_of_date(r1.written_on, 'quarter'))>,"
        " whole<12>), whole<month_date(start_of_date(r1.written_on, 'quarter'))>)>? step 3 where r1.stars? > 3) > 2"
    ),
    "streak(item per week) > 2": (
        "streak(r1=item of r0 days_between_dates(1969-12-29, start_of_date(date_timestamp(r1>order.placed_at), 'week'))"
        " step 7) > 2"
    ),
    "streak(review per day) > 2": "streak(r1=review of r0 days_between_dates(1970-01-01, r1.written_on) step 1) > 2",
    "streak(review per year) > 2": "streak(r1=review of r0 year_date(r1.written_on) step 1) > 2",
}

PERCENTILES = {
    "median(order.total) > 5": "percentile(r1=order of r0 r1.total at 50)? > 5.0",
    "percentile(order.points, 99.5) > 5": "percentile(r1=order of r0 r1.points at 99.5)? > 5.0",
    "percentile(item.quantity * 2 where sku = 'x', 100) > 5": (
        "percentile(r1=item of r0 int<multiply_whole(whole<r1.quantity>, whole<2>)>? at 100 where r1.sku = 'x')? > 5.0"
    ),
}

IN_TIME = {
    # the row before
    "any(order where previous(total) < total)": "any(r1=order of r0 where before r1: r1.total? < r1.total)",
    "any(order as o where days_between(previous(o.placed_at), o.placed_at) > 5)": (
        "any(r1=order of r0 where days_between_timestamps(before r1: r1.placed_at?, r1.placed_at)? > 5)"
    ),
    "any(order where previous(count(item)) > 2)": "any(r1=order of r0 where before r1: count(r2=item of r1)? > 2)",
    "any(order where previous(any(item)))": "any(r1=order of r0 where true:before r1: any(r2=item of r1)?)",
    "any(item where previous(order.points) > points)": (
        "any(r1=item of r0 where before r1: r1>order.points? > r1>order.points)"
    ),
    # what came after or before
    "any(order where total > 5 not followed by (line) within 1 day)": (
        f"any(r1=order of r0 where (r1.total > 5d:decimal(1,0) and not r1 followed by (r2=line) within {DAY}))"
    ),
    "sum(order.points preceded by (line in this month where units > 1) within 3 hours) > 5": (
        f"sum(r1=order of r0 r1.points where r1 preceded by (r2=line in [as_of floor month .. as_of floor month +1 months)"
        f" where r2.units > 1) within {3 * HOUR}) > 5d:decimal(1,0)"
    ),
    "any(review followed by (review as later where later.total > review.total) within 2 weeks)": (
        f"any(r1=review of r0 where r1 followed by (r2=review where r2.total > r1.total) within {14 * DAY})"
    ),
    # several narrow one row; a step within a step follows that one
    "count(order followed by (line) preceded by (basket)) > 1": (
        "count(r1=order of r0 where (r1 followed by (r2=line) and r1 preceded by (r2=basket))) > 1"
    ),
    "any(order as a followed by (line as b where amount > a.points followed by (basket where worth > a.total"
    " and first_at > b.at)))": (
        "any(r1=order of r0 where r1 followed by (r2=line where (r2.amount > decimal(16,0)<r1.points>"
        " and r2 followed by (r3=basket where (r3.worth? > r1.total and r3.first_at > r2.at)))))"
    ),
    "count(item followed by (customer.order) per sku) > 1": (
        "count(r1=item of r0 where r1 followed by (r2=order) per r1.sku) > 1"
    ),
}

ARGUMENTS = {
    # an argument that differs from row to row, read where the trait looks at other rows
    "any(order where titled(channel))": (
        "any(r1=order of r0 where any(r2=item of r0 where r2.product.title? = r1.channel?))"
    ),
    "any(order where titled(city))": (
        "any(r1=order of r0 where any(r2=item of r0 where r2.product.title? = r2>order>customer.city))"
    ),
    "any(order where larger(count(item)))": (
        "any(r1=order of r0 where any(r2=review of r0 where r2.total > count(r3=item of r1)))"
    ),
    "count(item per sku having titled(sku)) > 2": (
        "count(r1=item of r0 per r1.sku having any(r2=item of r0 where r2.product.title? = group r1's own)) > 2"
    ),
    "any(order as o where any(review where titled(o.channel)))": (
        "any(r1=order of r0 where any(r2=review of r0 where any(r3=item of r0 where r3.product.title? = r1.channel?)))"
    ),
    "high(80) > 5": "percentile(r1=order of r0 r1.total at 80)? > 5.0",
}
TRAITS = """
trait titled(c: string) = any(item where product.title = c)
trait larger(n: int) = any(review where total > n)
trait high(p) = percentile(order.total, p)
"""


@pytest.mark.parametrize("text", [*AROUND, *GROUPS, *STREAKS, *PERCENTILES, *IN_TIME])
def test_of_a_text(text: str) -> None:
    assert show(condition(text)) == {**AROUND, **GROUPS, **STREAKS, **PERCENTILES, **IN_TIME}[text]


@pytest.mark.parametrize("text", ARGUMENTS)
def test_of_a_trait_with_arguments(text: str) -> None:
    assert show(condition(text, TRAITS)) == ARGUMENTS[text]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("percentile(order.total, q) > 5", "percentile(order.total, 12.1) > 5"),
        ("distance_km(score, ratio, q, 2) <= q", "distance_km(score, ratio, 12.1, 2) <= 12.1"),
    ],
)
def test_a_parameter_that_is_a_float_is_the_number_it_was_set_to(text: str, written: str) -> None:
    assert condition(text, "param q: float = 12.1") == condition(written)


@pytest.mark.parametrize(
    ("text", "kind", "optional"),
    [
        ("streak(order per month)", INT, False),
        ("median(order.points)", FLOAT, True),
        ("percentile(order.weight, 10)", FLOAT, True),
        ("max(if(any(order per month having month > 2026-01-01), order.points))", INT, True),
    ],
)
def test_types(text: str, kind: object, optional: bool) -> None:
    expr = value(text)
    assert (expr.type, expr.optional) == (kind, optional)


def test_the_value_of_a_group_is_never_missing() -> None:
    expr = condition("any(order per due having due > 2026-01-01)")
    assert isinstance(expr, ir.Aggregate)
    assert expr.per is not None
    assert expr.per.optional
    assert isinstance(expr.having, ir.Compare)
    assert expr.having.left == ir.GroupValue(ir.Row(1, "order", grouped=True), type=DATE)


def test_the_row_before_in_a_trait_of_a_relation() -> None:
    program, found = library(
        "trait order.gap = days_between(previous(placed_at), placed_at)\nsegment s where avg(order.gap) > 3"
    )
    assert [finding.message for finding in found] == []
    assert show(program.definitions["order.gap"].body) == (
        "days_between_timestamps(before r1: r1.placed_at?, r1.placed_at)?"
    )


def test_the_rows_of_a_rank_are_none_of_those_around() -> None:
    text = "any(order where larger(if(top 10 by sum(order.total), 1, 2)))"
    assert show(condition(text, TRAITS)) == (
        "any(r1=order of r0 where any(r2=review of r0 where r2.total"
        " > if(top 10 by sum(r1=order of r0 r1.total), 1, 2)))"
    )


def test_a_lookup_of_the_rows_of_a_group() -> None:
    text = "any(item per product.title having product.title = 'x' and product is missing)"
    assert only(text).code == "SEG243"


# -- what is said of texts that ask for what cannot be told ---------------------------------------------------------

KEYLESS = "from its rows"
FINDINGS = {
    "any(order as item)": ("SEG240", "`item` is already a relation", None),
    "any(order as product)": ("SEG240", "`product` is already a lookup", None),
    "any(order as customer)": ("SEG240", "is already the one who is asked about", None),
    "any(order as o where any(review as o))": ("SEG240", "`o` is already a row around", None),
    "any(order as a followed by (line as a))": ("SEG240", "`a` is already a row around", None),
    "any(order as next where order.total > 5)": ("SEG241", "the row of `order` is named `next` here", "write `next`"),
    "any(order as next where next > 5)": ("SEG201", "`next` is a row, not a value", "next.order_id"),
    "any(order as next where next.totl > 5)": ("SEG201", "`order` has no field `totl`", "did you mean `total`?"),
    "any(order where any(review as r where stars > 5) and r.stars > 5)": ("SEG201", "nothing is called `r`", None),
    "any(address where any(order where channel = address.street))": (
        "SEG242",
        "`address` has no key, so its rows cannot be compared with other rows",
        "give `address` a key",
    ),
    "any(address as a where any(order where channel = a.street))": ("SEG242", "`address` has no key", None),
    "any(address where previous(street) = 'x')": ("SEG219", "none of its rows is before another", None),
    "any(item per sku having quantity > 10)": (
        "SEG243",
        "`quantity` differs from one `item` of the group to the next",
        "make one value of them: `sum(quantity)`, `min(quantity)`",
    ),
    "any(item per sku having order.channel = 'x')": ("SEG243", "`order.channel` differs", "distinct(order.channel)"),
    "any(item per sku having any(review where total > item.quantity))": ("SEG243", "`item.quantity` differs", None),
    "any(item per sku having product is missing)": ("SEG243", "`product` differs", None),
    "any(item per sku having skew = 'x')": ("SEG201", "nothing is called `skew`", None),
    "sum(item.quantity per sku) > 10": (
        "SEG244",
        "`sum` makes one value of all rows",
        "any(RELATION per … having sum(",
    ),
    "streak(order) > 1": ("SEG244", "`streak` counts days, weeks", "write `per day`"),
    "streak(order per channel) > 1": ("SEG244", "`streak` counts days, weeks", "write `per day`"),
    "streak(order per month having count(order) > 1) > 1": ("SEG244", "no groups to choose from", "behind `where`"),
    "streak(address per month) > 1": ("SEG219", "the rows of `address` have no time", None),
    "count(address per month) > 1": ("SEG219", "the rows of `address` have no time", None),
    "count(order per weight) > 1": ("SEG318", "floats make no groups", "as a decimal"),
    "previous(points) > 1": ("SEG245", "`previous` needs a row", None),
    "any(item per sku having previous(quantity) > 1)": (
        "SEG245",
        "behind `having` stands a condition about a group",
        None,
    ),
    "any(order where any(review where previous(order.points) > 1))": (
        "SEG245",
        "of the `review` before this one",
        None,
    ),
    "any(order where previous(total, 2) > 1)": ("SEG218", "`previous` takes one argument", None),
    "any(order followed by (review))": ("SEG246", "`review` have a date and those of `order` an instant", None),
    "any(order followed by (line) within 2 months)": ("SEG246", "months vary in length", "within 30 days"),
    "any(review followed by (review) within 3 hours)": ("SEG246", "dates are whole days apart", None),
    "any(order followed by (product))": ("SEG246", "`product` is no relation", "name one of `address`"),
    "any(order followed by (ordr))": ("SEG201", "there is no relation `ordr`", "did you mean `order`?"),
    "any(order followed by (address))": ("SEG219", "the rows of `address` have no time", None),
    "percentile(order.total) > 5": ("SEG247", "`percentile` needs to know which one", "percentile(…, 80)"),
    "percentile(order.total, 0) > 5": ("SEG247", "lies above 0 and is at most 100", None),
    "percentile(order.total, 100.5) > 5": ("SEG247", "lies above 0 and is at most 100", None),
    "percentile(order.total, 'x') > 5": ("SEG247", "is a number, and this is a text", None),
    "percentile(order.total, points) > 5": (
        "SEG315",
        "the second argument of `percentile` has to be the same for everybody",
        None,
    ),
    "median(order.total, 50) > 5": ("SEG247", "`median` takes one value", None),
    "any(order per month having any(review where written_on >= month))": (
        "SEG201",
        "`month` is what the groups around were made by",
        "write `start_of(month, order.placed_at)`",
    ),
    "any(order per month having any(review where written_on >= week))": ("SEG201", "nothing is called `week`", None),
    "median(order.channel) > 5": ("SEG304", "`median` takes numbers, and this is a text", "`last(order.channel)`"),
    "median(order.placed_at) > 2026-01-01": (
        "SEG304",
        "`median` takes numbers, and this is an instant",
        "write `min(order.placed_at)` or `max(order.placed_at)` or `last(order.placed_at)`",
    ),
    "percentile(review.written_on, 80) > 2026-01-01": (
        "SEG304",
        "`percentile` takes numbers, and this is a date",
        "`max(review.written_on)`",
    ),
}


@pytest.mark.parametrize("text", FINDINGS)
def test_of_a_wrong_text(text: str) -> None:
    code, message, hint = FINDINGS[text]
    found = only(text)
    assert found.code == code
    assert message in found.message
    assert hint is None or (found.hint is not None and hint in found.hint)


@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        ("any(order where any(order where placed_at > order.placed_at))", ["order.placed_at"]),
        ("any(order where any(order as next where placed_at > order.placed_at))", []),
        ("any(order as o where any(order where order.placed_at > o.placed_at))", []),
        ("any(order where any(order where placed_at > due))", []),
        ("any(order where order.total > 5)", []),
        ("any(order where sum(order.points where any(item)) > order.points)", []),
        ("any(review followed by (review where total > review.total))", ["review.total"]),
        ("any(order per channel having any(order where order.total > 5))", []),
    ],
)
def test_which_of_two_rows_a_name_means_is_pointed_out(text: str, doubted: list[str]) -> None:
    found = findings(text)
    assert [finding.code for finding in found] == ["SEG806"] * len(doubted)
    assert [finding.span.text for finding in found] == doubted


def test_a_row_named_like_an_argument() -> None:
    _, found = library("trait f(o: int) = any(order as o where o.points > 3)")
    assert [finding.code for finding in found][:1] == ["SEG240"]
    assert "an argument of the trait" in found[0].message


def test_a_name_that_as_gives_ends_with_its_row() -> None:
    assert only("any(order as o where total > 5) and any(review where o.total > 5)").code == "SEG201"


def test_a_trait_does_not_see_the_rows_around_where_it_is_used() -> None:
    _, found = library("trait t = any(review where total > o.points)\nsegment s where any(order as o where t)")
    assert found[0].message == "nothing is called `o`"


def test_every_code_is_tested_here() -> None:
    assert {rule.code for rule in rows.RULES} <= {code for code, *_ in FINDINGS.values()}


# -- schemas in which rows belong to several ------------------------------------------------------------------------


def _several(key: str) -> Schema:
    """Orders whose join to the customers does not cover their key."""
    order = SHOP.relations["order"]
    links = tuple(replace(link, parent="region_id") for link in order.links)
    changed = replace(order, links=links, key=(key,))
    return replace(SHOP, relations={**SHOP.relations, "order": changed})


@pytest.mark.parametrize(
    "text",
    [
        "any(order where any(review where total > order.points))",
        "any(order where previous(points) > 1)",
        "any(order followed by (line))",
    ],
)
def test_rows_of_several_customers_see_no_others(text: str) -> None:
    found = only(text, shop=_several("order_id"))
    assert found.code == "SEG242"
    assert "a `order` may belong to several of `customer`" in found.message


def test_rows_of_several_customers_may_be_seen() -> None:
    text = "any(line where any(order where points > line.units))"
    assert findings(text, shop=_several("order_id")) == ()


# -- in a schema ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("count(line per invoice)", "groups that a text makes with `per`"),
        ("streak(line per day)", "groups that a text makes with `per`"),
        ("count(line followed by (line))", "sequences"),
        ("max(previous(line.units))", "the row before"),
    ],
)
def test_a_schema_groups_by_itself(text: str, what: str) -> None:
    found = _field_of_group(text)
    assert found is not None
    assert found[0] == "SEG214"
    assert f"may not read {what}" in found[1]


def test_a_group_has_a_median() -> None:
    assert _field_of_group("floor(median(line.units))") is None


def _field_of_group(text: str) -> tuple[str, str] | None:
    relations = dict(schema().relations)
    basket = relations["basket"]
    units = basket.fields["units"]
    assert units.expression is not None
    changed = replace(units, expression=replace(units.expression, text=text))
    relations["basket"] = replace(basket, fields={**basket.fields, "units": changed})
    _, found = library("trait t = 1", replace(SHOP, relations=relations))
    return next(((finding.code, finding.message) for finding in found), None)


def test_the_month_of_a_group_is_told_within_it_as_it_is_advised() -> None:
    month = "start_of(month, order.placed_at)"
    read = condition(f"any(order per {month} having any(review where written_on >= {month}))")
    assert "r2.written_on >= group r1's own" in show(read)
    assert condition(f"any(order per month having any(review where written_on >= {month}))") == read
    assert condition(f"any(order per month having {month} > 2026-01-01)") == condition(
        "any(order per month having month > 2026-01-01)"
    )
