"""What texts mean: the whole typed tree for each construct, written down by hand."""

from __future__ import annotations

import pytest
from semantics.shop import SHOP, condition, library, schema, show, value

from segdsl.diagnostics import Severity
from segdsl.semantics import ir
from segdsl.semantics.model import build_model
from segdsl.semantics.walk import walk
from segdsl.types import DATE, FLOAT, INT, WHOLE, decimal

DAYS_30 = 30 * 24 * 3600 * 1_000_000

NAMES = {
    # a bare name: the row's own, its parent's, the entity's
    "any(item where total > 5.00)": "any(r1=item of r0 where r1.total > 5.00d:decimal(3,2))",
    "any(item where order.total > 5.00)": "any(r1=item of r0 where r1>order.total > 5.00d:decimal(3,2))",
    "any(item where channel = 'web')": "any(r1=item of r0 where r1>order.channel? = 'web')",
    "any(item where city = 'x')": "any(r1=item of r0 where r1>order>customer.city = 'x')",
    "any(item where customer.points > points)": "any(r1=item of r0 where r1>order>customer.points > r1>order.points)",
    # lookups, and lookups of lookups
    "region.name = 'x'": "r0.region.name? = 'x'",
    "customer.region.name = 'x'": "r0.region.name? = 'x'",
    "any(item where product.title = 'x')": "any(r1=item of r0 where r1.product.title? = 'x')",
    "any(item where product.maker.country = 'x')": "any(r1=item of r0 where r1.product.maker.country? = 'x')",
    "any(item where region.name = 'x')": "any(r1=item of r0 where r1>order>customer.region.name? = 'x')",
    "region is missing": "r0.region is missing",
    "any(item where product.maker is present)": "any(r1=item of r0 where r1.product.maker is present)",
    # a row's group is above it
    "any(line where worth > 5.00)": "any(r1=line of r0 where r1~basket.worth? > 5.00d:decimal(3,2))",
    "any(line where basket.units > units)": "any(r1=line of r0 where r1~basket.units? > r1.units)",
    "any(basket where any(line where units > 1))": "any(r1=basket of r0 where any(r2=line of r1 where r2.units > 1))",
    # a relation that is another's has its lookups and fields
    "any(big_order where total > 5.00)": "any(r1=big_order of r0 where r1.total > 5.00d:decimal(3,2))",
    # a trait that a column holds
    "lifetime > 5.00": "r0.column lifetime > 5.00d:decimal(3,2)",
    "any(item where lifetime > 5.00)": "any(r1=item of r0 where r1>order>customer.column lifetime > 5.00d:decimal(3,2))",
    "band = 'x'": "r0.column band? = 'x'",
}

AGGREGATES = {
    "count(order) > 1": "count(r1=order of r0) > 1",
    "none(order)": "none(r1=order of r0)",
    "count(order in last 30 days where total > 5.00) > 1": (
        f"count(r1=order of r0 in [as_of -{DAYS_30} micros .. as_of) where r1.total > 5.00d:decimal(3,2)) > 1"
    ),
    # a relation in a row: the row's own rows, else all the customer's
    "any(order where any(item where quantity > 1))": "any(r1=order of r0 where any(r2=item of r1 where r2.quantity > 1))",
    "any(order where any(review where stars > 1))": "any(r1=order of r0 where any(r2=review of r0 where r2.stars? > 1))",
    "any(order where count(customer.item) > 1)": "any(r1=order of r0 where count(r2=item of r0) > 1)",
    "any(item where count(order) > 1)": "any(r1=item of r0 where count(r2=order of r0) > 1)",
    "any(order where count(order) > 1)": "any(r1=order of r0 where count(r2=order of r0) > 1)",
    # of a value: the deepest relation that it names
    "sum(item.quantity * order.points) > 1": (
        "sum(r1=item of r0 int<multiply_whole(whole<r1.quantity>, whole<r1>order.points>)>?) > 1d:decimal(1,0)"
    ),
    "distinct(item.product.category) > 1": "distinct(r1=item of r0 r1.product.category?) > 1",
    "max(order.total * count(item)) > 1.00": (
        "max(r1=order of r0 multiply_decimal(r1.total, decimal(16,0)<count(r2=item of r1)>))? > 1.00d:decimal(3,2)"
    ),
    "sum(customer.item.quantity) > 1": "sum(r1=item of r0 r1.quantity) > 1d:decimal(1,0)",
    "sum(item.quantity where price > 1.00) > 1": (
        "sum(r1=item of r0 r1.quantity where r1.price > 1.00d:decimal(3,2)) > 1d:decimal(1,0)"
    ),
    "distinct(date(order.placed_at)) > 1": "distinct(r1=order of r0 date_timestamp(r1.placed_at)) > 1",
    "last(order.channel) = 'x'": "last(r1=order of r0 r1.channel?)? = 'x'",
    "avg(order.total) > 1": "avg(r1=order of r0 r1.total)? > 1.0",
    "max(item.size) = 'S'": "label(max(r1=item of r0 place(r1.size, 'S', 'M', 'L')?)?, 'S', 'M', 'L')? = 'S'",
    "max(item.size) > 'S'": "max(r1=item of r0 place(r1.size, 'S', 'M', 'L')?)? > 0",
}

NUMBERS = {
    "points > 5": "r0.points > 5",
    "points > 5.5": "decimal(16,0)<r0.points> > 5.5d:decimal(2,1)",
    "balance > 5": "r0.balance > 5d:decimal(1,0)",
    "balance > credit": "r0.balance > r0.credit?",
    "balance > points": "r0.balance > decimal(16,0)<r0.points>",
    "ratio > 5": "r0.ratio > 5.0",
    "ratio > points": "r0.ratio > float<r0.points>",
    "ratio > balance": "r0.ratio > float<r0.balance>",
    "points + visits > 5": "add_whole(whole<r0.points>, whole<r0.visits?>?)? > whole<5>",
    "points * 2 > balance": ("decimal(16,0)<int<multiply_whole(whole<r0.points>, whole<2>)>?>? > r0.balance"),
    "points * 2 > 5.5": "float<multiply_whole(whole<r0.points>, whole<2>)> > 5.5",
    "points * 2 > ratio": "float<multiply_whole(whole<r0.points>, whole<2>)> > r0.ratio",
    "ratio * 2 > 5": "in_range(multiply_float(r0.ratio, 2.0))? > 5.0",
    "points / visits > 5": "divide_exact(r0.points, r0.visits?)? > 5.0",
    "points / 2 > 5": "divide_exact(r0.points, 2) > 5.0",
    "balance / 0 > 5": "divide_exact(r0.balance, 0)? > 5.0",
    "balance / ratio > 5": "in_range(divide_float(float<r0.balance>, r0.ratio)?)? > 5.0",
    "points / 2 + balance / 2 > 5": "add_float(divide_exact(r0.points, 2), divide_exact(r0.balance, 2)) > 5.0",
    "-points > 5": "negate(r0.points) > 5",
    "points > -5": "r0.points > -5",
    "points > 2 * 3 + 1": "r0.points > 7",
    "balance > 2 * 0.5": "r0.balance > 1.0d:decimal(2,1)",
    "points between 1 and 2.5": "decimal(16,0)<r0.points> between 1d:decimal(1,0) and 2.5d:decimal(2,1)",
    "points in (1, 2, 1)": "r0.points in ['1', '2']",
    "points in (1, 2.50)": "decimal(16,0)<r0.points> in ['1d', '2.50d']",
    "balance in (1, 1.0)": "r0.balance in ['1d']",
    "points + 1 not in (1, 2)": (
        "(add_whole(whole<r0.points>, whole<1>) != whole<1> and add_whole(whole<r0.points>, whole<1>) != whole<2>)"
    ),
    "round(balance, 1) > 1": "round_decimal(r0.balance, 1) > 1d:decimal(1,0)",
    "round(balance, 2) > 1": "r0.balance > 1d:decimal(1,0)",
    "floor(ratio) > 1": "floor_float(r0.ratio) > 1.0",
    "ceil(balance) > 1": "ceil_decimal(r0.balance) > 1d:decimal(1,0)",
    "floor(points) > 1": "r0.points > 1",
    "coalesce(visits, 0) > 1": "coalesce(r0.visits?, 0) > 1",
    "coalesce(credit, balance) > 1": (
        "coalesce(decimal(14,4)<r0.credit?>?, decimal(14,4)<r0.balance>) > 1d:decimal(1,0)"
    ),
    "coalesce(visits, ratio) > 1": "coalesce(float<r0.visits?>?, r0.ratio) > 1.0",
    "least(points, visits) > 1": "least(r0.points, r0.visits?)? > 1",
    "if(active, points) > 1": "if(true:r0.active, r0.points)? > 1",
    "if(points > 1, 1, 2.5) > 1": "if(r0.points > 1, 1d:decimal(2,1), 2.5d:decimal(2,1)) > 1d:decimal(1,0)",
}

TIMES = {
    # a date against an instant: the instant counts as its day
    "created_at <= 2026-01-31": "date_timestamp(r0.created_at) <= 2026-01-31",
    "created_at > 2026-01-31T10:00:00Z": "r0.created_at > 2026-01-31T10:00:00",
    "joined_on > 2026-01-31T10:00:00Z": "r0.joined_on > day [2026-01-31T10:00:00]",
    "joined_on >= 90 days ago": f"r0.joined_on >= day [as_of -{3 * DAYS_30} micros]",
    "created_at >= 90 days ago": f"r0.created_at >= [as_of -{3 * DAYS_30} micros]",
    "created_at < 2 months from now": "r0.created_at < [as_of +2 months]",
    "created_at = today": "date_timestamp(r0.created_at) = day [as_of]",
    "created_at between joined_on and today": "date_timestamp(r0.created_at) between r0.joined_on and day [as_of]",
    "greatest(created_at, joined_on) = today": ("greatest(date_timestamp(r0.created_at), r0.joined_on) = day [as_of]"),
    "created_at in (2026-01-01, 2026-01-02)": "date_timestamp(r0.created_at) in ['2026-01-01', '2026-01-02']",
    # Athens is two hours ahead in winter
    "joined_on in (2026-01-01T22:00:00Z, 2026-01-01T21:59:59Z)": "r0.joined_on in ['2026-01-02', '2026-01-01']",
    # parts and differences
    "days_since(created_at) > 5": "days_between_timestamps(r0.created_at, [as_of]) > 5",
    "days_since(joined_on) > 5": "days_between_dates(r0.joined_on, day [as_of]) > 5",
    "days_between(joined_on, created_at) > 5": "days_between_dates(r0.joined_on, date_timestamp(r0.created_at)) > 5",
    "hours_since(created_at) > 5": "hours_between_timestamps(r0.created_at, [as_of]) > 5",
    "age(birth_date) > 5": "age_date(r0.birth_date?, day [as_of])? > 5",
    "year(created_at) > 5": "year_date(date_timestamp(r0.created_at)) > 5",
    "weekday(joined_on) > 5": "weekday_date(r0.joined_on) > 5",
    "hour(created_at) > 5": "hour_timestamp(r0.created_at) > 5",
    "start_of(month, created_at) = today": "start_of_date(date_timestamp(r0.created_at), 'month') = day [as_of]",
    "date(now) = joined_on": "day [as_of] = r0.joined_on",
    # a time plus or minus a length
    "created_at + 30 days > now": f"shift_timestamp(r0.created_at, {DAYS_30}) > [as_of]",
    "created_at - 1 hour > now": "shift_timestamp(r0.created_at, -3600000000) > [as_of]",
    "1 week + joined_on > today": "shift_date(r0.joined_on, 7) > day [as_of]",
    "joined_on > today - 1 week": "r0.joined_on > day [as_of floor day -7 days]",
    "joined_on > today - 1 month": "r0.joined_on > day [as_of floor day -1 months]",
    "created_at > now - 3 months": "r0.created_at > [as_of -3 months]",
    "joined_on > 2026-01-31 + 1 day": "r0.joined_on > 2026-02-01",
    "joined_on > 2026-01-31 + 1 month": "r0.joined_on > day [2026-01-31 +1 months]",
}

PERIODS = {
    "last 30 days": f"[as_of -{DAYS_30} micros .. as_of)",
    "last 2 quarters": "[as_of -6 months .. as_of)",
    "last 1 year": "[as_of -12 months .. as_of)",
    "next 2 hours": "[as_of .. as_of +7200000000 micros)",
    "120 to 60 days ago": f"[as_of -{4 * DAYS_30} micros .. as_of -{2 * DAYS_30} micros)",
    "13 to 4 months ago": "[as_of -13 months .. as_of -4 months)",
    "this day": "[as_of floor day .. as_of floor day +1 days)",
    "this week": "[as_of floor week .. as_of floor week +7 days)",
    "this month": "[as_of floor month .. as_of floor month +1 months)",
    "this quarter": "[as_of floor quarter .. as_of floor quarter +3 months)",
    "this year": "[as_of floor year .. as_of floor year +12 months)",
    "previous month": "[as_of floor month -1 months .. as_of floor month)",
    "previous 3 months": "[as_of floor month -3 months .. as_of floor month)",
    "previous 2 weeks": "[as_of floor week -14 days .. as_of floor week)",
    "2026-01-01 to 2026-01-31": "[2026-01-01 .. 2026-01-31 +1 days whole)",
    "2026-01-01 to 2026-01-01": "[2026-01-01 .. 2026-01-01 +1 days whole)",
    "2026-01-01T00:00:00Z to now": "[2026-01-01T00:00:00 .. as_of whole)",
    "2026-01-01 to today": "[2026-01-01 .. as_of floor day +1 days whole)",
    "90 days ago to 7 days from now": f"[as_of -{3 * DAYS_30} micros .. as_of +604800000000 micros whole)",
}

CONDITIONS = {
    "active and not consent": "(true:r0.active and not true:r0.consent?)",
    "any(order) or points > 1": "(any(r1=order of r0) or r0.points > 1)",
    "consent = true": "r0.consent? = True",
    "(points > 1) = active": "r0.points > 1 = r0.active",
    "coalesce(consent, false)": "true:coalesce(r0.consent?, False)",
    "if(active, points > 1, visits > 1)": "true:if(true:r0.active, r0.points > 1, r0.visits? > 1)",
    "visits is missing and country is present": "(r0.visits? is missing and r0.country? is present)",
    "city contains 'x' or city not starts with 'y'": "(r0.city contains 'x' or r0.city not starts with 'y')",
    "city matches '*@*.edu'": "r0.city matches '*@*.edu'",
    "tier = 'gold'": "r0.tier = 'gold'",
    "tier not in ('gold', 'silver')": "r0.tier not in [\"'gold'\", \"'silver'\"]",
    "size >= 'M'": "place(r0.size?, 'S', 'M', 'L')? >= 1",
    "size between 'S' and other_size": (
        "place(r0.size?, 'S', 'M', 'L')? between 0 and place(r0.other_size, 'S', 'M', 'L')?"
    ),
    "size = 'M'": "r0.size? = 'M'",
    "number(city) > 5": "number(r0.city)? > 5d:decimal(1,0)",
    "replace(lower(city), 'a', '') = 'x'": "replace(lower(r0.city), 'a', '') = 'x'",
    "true": "True",
}


@pytest.mark.parametrize("text", [*NAMES, *AGGREGATES, *NUMBERS, *TIMES, *CONDITIONS])
def test_a_condition(text: str) -> None:
    expected = {**NAMES, **AGGREGATES, **NUMBERS, **TIMES, **CONDITIONS}[text]
    assert show(condition(text)) == expected


@pytest.mark.parametrize("text", PERIODS)
def test_a_period(text: str) -> None:
    assert show(condition(f"created_at in {text}")) == f"r0.created_at in {PERIODS[text]}"
    assert show(condition(f"any(review in {text})")) == f"any(r1=review of r0 in {PERIODS[text]})"


@pytest.mark.parametrize(
    ("text", "kind", "optional"),
    [
        ("count(order)", INT, False),
        ("distinct(order.channel)", INT, False),
        ("sum(item.quantity)", decimal(26, 0), False),
        ("sum(order.total)", decimal(22, 2), False),
        ("sum(order.weight)", decimal(29, 6), False),
        ("sum(order.total * customer.balance * 1.5)", decimal(36, 5), False),
        ("avg(item.quantity)", FLOAT, True),
        ("max(order.placed_at)", SHOP.relations["order"].fields["placed_at"].type, True),
        ("min(item.quantity + 1)", INT, True),
        ("first(order.due)", DATE, True),
        ("points + 1", WHOLE, False),
        ("balance + credit", decimal(15, 4), True),
        ("balance * credit", decimal(22, 6), True),
        ("balance * 2", decimal(13, 2), False),
        ("balance * points", decimal(28, 2), False),
        ("floor(balance)", decimal(11, 0), False),
        ("round(balance, 1)", decimal(12, 1), False),
        ("length(country)", INT, True),
        ("size", SHOP.entity.fields["size"].type, True),
        ("coalesce(size, 'S')", SHOP.entity.fields["size"].type, False),
        ("coalesce(size, 'X')", SHOP.entity.fields["size"].type.plain, False),
    ],
)
def test_types_and_whether_it_can_be_missing(text: str, kind: object, optional: bool) -> None:
    found = value(text)
    assert (found.type, found.optional) == (kind, optional)


def test_a_sum_can_be_missing_where_it_could_need_more_than_38_digits() -> None:
    found = value("sum(order.total * customer.balance * customer.credit)")
    assert (found.type, found.optional) == (decimal(38, 8), True)


def test_arithmetic_on_doubles_is_kept_in_range_only_where_it_could_leave_it() -> None:
    inside = "points * points * points * points * points * points > 5"
    assert "in_range" not in show(condition(inside))
    assert show(condition(f"points * {inside}")).startswith("in_range(")


def test_definitions_are_used_not_copied() -> None:
    text = "trait orders = count(order)\nsegment s where orders > 1\nsegment t where s and not any(item where s)"
    program, found = library(text)
    assert found == ()
    assert {name: show(d.body) for name, d in program.definitions.items()} == {
        "orders": "count(r1=order of r0)",
        "s": "use orders > 1",
        "t": "(use s and not any(r1=item of r0 where use s))",
    }


def test_definitions_come_after_what_they_use_whatever_their_order() -> None:
    program, _ = library("segment s where b > 1\ntrait b = a + 1\ntrait a = points")
    assert list(program.definitions) == ["a", "b", "s"]


def test_what_a_segment_says_of_itself() -> None:
    program, _ = library('segment s "Title"\n  about "What."\n  tags "x", "y"\n  where points > 1')
    found = program.definitions["s"]
    assert (found.kind, found.title, found.about, found.tags, found.pack) == (
        "segment",
        "Title",
        "What.",
        ("x", "y"),
        None,
    )
    assert found.span.text == "s"


def test_a_list_parameter_needs_no_brackets() -> None:
    labels = "param labels = ('b', 'a')"
    assert show(condition("tags contains any labels", labels)) == "r0.tags? has any ['b', 'a']"
    assert show(condition("tags not contains all labels", labels)) == "r0.tags? not has all ['b', 'a']"
    assert condition("tags contains any labels", labels) == condition("tags contains any (labels)", labels)


def test_a_value_that_may_be_missing_is_no_condition_by_nature() -> None:
    program, _ = library("trait t = consent\nsegment s where t\nsegment u where s")
    assert show(program.definitions["s"].body) == "true:use t?"
    assert show(program.definitions["u"].body) == "use s"


def test_a_trait_takes_its_declared_type() -> None:
    text = "trait a: decimal(14,4) = balance\ntrait b: int = round(balance, 0)\ntrait c: decimal(8,2) = ratio\n"
    text += "trait d: timestamp = joined_on\ntrait e: int = sum(item.quantity)\ntrait f: decimal(4,1) = points\n"
    program, _ = library(text + "trait g: float = points\ntrait h: int = ceil(ratio)")
    assert {name: show(d.body) for name, d in program.definitions.items()} == {
        "a": "decimal(14,4)<r0.balance>",
        "b": "int<round_decimal(r0.balance, 0)>",
        "c": "decimal(8,2)<r0.ratio>?",
        "d": "timestamp<r0.joined_on>",
        "e": "int<sum(r1=item of r0 r1.quantity)>?",
        "f": "decimal(4,1)<decimal(16,0)<r0.points>>?",
        "g": "float<r0.points>",
        "h": "int<decimal(15,0)<ceil_float(r0.ratio)>?>?",
    }


def test_names_in_a_trait_mean_what_they_mean_where_it_is_defined() -> None:
    program, found = library("trait t(x) = points > x\nsegment s where any(order where t(5))")
    assert [f for f in found if f.severity is Severity.ERROR] == []
    assert show(program.definitions["s"].body) == "any(r1=order of r0 where r1>customer.points > 5)"


def test_a_trait_with_arguments_is_put_in() -> None:
    text = (
        "trait bought(c: string, d: duration) = any(item in last d where product.category = c)\n"
        "segment s where bought('shoes', 30 days)\n"
        "segment t where any(order where bought('shirts', 1 month))"
    )
    program, found = library(text)
    assert found == ()
    assert show(program.definitions["s"].body) == (
        f"any(r1=item of r0 in [as_of -{DAYS_30} micros .. as_of) where r1.product.category? = 'shoes')"
    )
    assert show(program.definitions["t"].body) == (
        "any(r1=order of r0 where any(r2=item of r0 in [as_of -1 months .. as_of) where r2.product.category? = 'shirts'))"
    )


def test_an_argument_may_be_an_expression_of_the_entity() -> None:
    program, found = library("trait t(x) = any(order where total > x)\nsegment s where t(balance * 2)")
    assert found == ()
    assert show(program.definitions["s"].body) == (
        "any(r1=order of r0 where r1.total > multiply_decimal(r1>customer.balance, 2d:decimal(1,0)))"
    )


def test_an_argument_hides_fields_of_its_name() -> None:
    program, _ = library("trait t(points) = visits > points\nsegment s where t(5)")
    assert show(program.definitions["s"].body) == "r0.visits? > 5"


def test_arguments_go_through_traits() -> None:
    text = "trait inner(x) = points > x\ntrait outer(x) = inner(x) or inner(10)\nsegment s where outer(5)"
    program, _ = library(text)
    assert show(program.definitions["s"].body) == "(r0.points > 5 or r0.points > 10)"


def test_a_count_held_by_a_column_reads_as_0_where_it_is_missing() -> None:
    shop = schema(traits={"orders": {"type": "int", "column": "n"}, "spent": {"type": "decimal(12,2)", "column": "m"}})
    text = "trait orders = count(order)\ntrait spent = sum(order.total) / 2\nsegment s where orders > 1 and spent > 1"
    program, found = library(text, shop)
    assert [f.code for f in found] == []
    assert list(program.definitions) == ["s"]
    assert show(program.definitions["s"].body) == (
        "(coalesce(r0.column orders?, 0) > 1 and r0.column spent > 1d:decimal(1,0))"
    )


def test_a_definition_behind_a_column_need_not_fit_the_schema() -> None:
    shop = schema(traits={"orders": {"type": "int", "column": "n"}})
    program, found = library("trait orders = count(purchase)\nsegment s where orders > 1", shop)
    assert found == ()
    assert show(program.definitions["s"].body) == "coalesce(r0.column orders?, 0) > 1"


# -- the schema's own expressions ---------------------------------------------------------------------------------


def test_the_expressions_of_a_schema() -> None:
    model, found = build_model(SHOP)
    assert found == ()
    assert {key: show(expr) for key, expr in model.expressions.items()} == {
        ("customer", "well_paid"): "r0.salary > 50000d:decimal(5,0)",
        ("customer", "share"): "decimal(6,4)<in_range(divide_float(r0.ratio, 3.0))?>?",
        ("item", "amount"): "decimal(12,2)<multiply_decimal(r0.price, decimal(16,0)<r0.quantity>)>?",
        ("basket", "first_at"): "min(r1=line of r0 r1.at)",
        ("basket", "worth"): "decimal(12,2)<sum(r1=line of r0 r1.amount)>?",
        ("basket", "units"): "int<sum(r1=line of r0 r1.units)>?",
    }
    assert {key: show(expr) for key, expr in model.wheres.items()} == {
        "order": "r0.status != 'cancelled'",
        "big_order": "(r0.status != 'cancelled' and r0.total > 100d:decimal(3,0))",
    }
    assert {key: show(expr) for key, expr in model.bys.items()} == {("basket", "invoice"): "r0.invoice?"}
    rows = {node.row for node in walk(model.wheres["big_order"]) if isinstance(node, ir.FieldRef)}
    assert rows == {ir.Row(0, "big_order")}


def test_a_computed_field_can_be_missing_as_its_expression_can() -> None:
    assert value("share").optional
    assert not value("well_paid").optional
    assert value("max(item.amount + 1)").optional


def test_a_computed_field_may_read_others_in_any_order() -> None:
    fields = {
        "customer_id": "int",
        "points": "int",
        "a": {"type": "float", "is": "b + 1"},
        "b": {"type": "float", "is": "c / points"},
        "c": {"type": "int?"},
    }
    entity = {"name": "customer", "table": "t", "key": "customer_id", "fields": fields}
    model, found = build_model(schema(entity=entity, relations={}, lookups={}, traits={}))
    assert found == ()
    assert show(model.expressions["customer", "b"]) == "divide_exact(r0.c?, r0.points)?"
    assert show(model.expressions["customer", "a"]) == "in_range(add_float(r0.b?, 1.0)?)?"


def test_a_group_by_an_expression() -> None:
    relations = {
        "visit": {
            "table": "visits",
            "on": "customer_id",
            "key": "visit_id",
            "time": "at",
            "fields": {"visit_id": "int", "at": "timestamp", "n": "int"},
        },
        "visited_day": {
            "groups": "visit",
            "by": {"day": "date(at)"},
            "time": "day",
            "fields": {"day": "date", "total": {"type": "int", "is": "sum(visit.n) + count(visit)"}},
        },
    }
    model, found = build_model(schema(relations=relations, lookups={}))
    assert found == ()
    assert {key: show(expr) for key, expr in model.bys.items()} == {("visited_day", "day"): "date_timestamp(r0.at)"}
    assert model.bys["visited_day", "day"].type == DATE
    assert show(model.expressions["visited_day", "total"]) == (
        "int<add_decimal(sum(r1=visit of r0 r1.n), decimal(16,0)<count(r1=visit of r0)>)>?"
    )


def test_the_entity_may_name_parameters_that_a_host_sets() -> None:
    entity = {"name": "customer", "table": "t", "key": "customer_id", "where": "tenant = which", "fields": {}}
    entity["fields"] = {"customer_id": "int", "tenant": {"type": "string", "private": True}}
    shop = schema(entity=entity, relations={}, lookups={}, traits={})
    text = "param which = 'none'\nsegment s where customer_id > 1"
    program, found = library(text, shop, settings={"which": "acme"})
    assert found == ()
    assert show(program.model.wheres["customer"]) == "r0.tenant = 'acme'"
    literals = [node for node in walk(program.model.wheres["customer"]) if isinstance(node, ir.Literal)]
    assert [literal.param for literal in literals] == ["which"]


def test_the_deepest_trees_can_be_compared() -> None:
    text = " + ".join(["ratio"] * 97) + " > 1"
    one, other = condition(text), condition(text)
    assert one is not other
    assert one == other
    assert hash(one) == hash(other)
    assert one != condition(text.replace("ratio", "points", 1))
