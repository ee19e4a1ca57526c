"""Ranks, the past, everyone's aggregates, several periods, tiers, traits of relations: what they mean, written down by hand."""

from __future__ import annotations

import pytest
from semantics.shop import SHOP, TABLES, codes, condition, findings, library, only, schema, show, value

from segdsl.diagnostics import Severity
from segdsl.errors import past, population
from segdsl.limits import Limits
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir
from segdsl.types import FLOAT, INT, STRING

DAY = 24 * 3600 * 1_000_000

RANKS = {
    "top 10% by points": "top 10% by r0.points",
    "bottom 3 by balance": "bottom 3 by r0.balance",
    "top 2.5% exactly by days_since(joined_on)": ("top 2.5% exactly by days_between_dates(r0.joined_on, day [as_of])"),
    "top 5 by joined_on": "top 5 by r0.joined_on",
    "top 5 by max(order.placed_at)": "top 5 by max(r1=order of r0 r1.placed_at)?",
    # an ordered text goes by its place
    "top 5 by other_size": "top 5 by place(r0.other_size, 'S', 'M', 'L')?",
    "top 5 by score among points > 3": "top 5 by r0.score? among r0.points > 3",
    "top 5 by score among (points > 3 and active)": "top 5 by r0.score? among (r0.points > 3 and true:r0.active)",
    # a share adds whole numbers as ints
    "top 50% of points + visits": "top 50% of int<add_whole(whole<r0.points>, whole<r0.visits?>?)?>?",
    "top 50% exactly of balance": "top 50% exactly of r0.balance",
    "top 10 by points + visits": "top 10 by add_whole(whole<r0.points>, whole<r0.visits?>?)?",
    # within each value of the customer's
    "top 3 per customer.country by points": "top 3 by r0.points per r0.country?",
    "top 3 per country by max(order.total)": "top 3 by max(r1=order of r0 r1.total)? per r0.country?",
    "top 3 per region.name by max(order.total)": "top 3 by max(r1=order of r0 r1.total)? per r0.region.name?",
    "top 3 per (points > 5) by balance": "top 3 by r0.balance per r0.points > 5",
    "top 3 per points + 1 by balance": "top 3 by r0.balance per int<add_whole(whole<r0.points>, whole<1>)>",
    # within each value of the rows'
    "top 3 per product.category by sum(item.quantity)": (
        "top 3 by sum(r1=item of r0 r1.quantity) per r1.product.category?"
    ),
    # both have points: the row's is nearer
    "top 3 per points by count(order)": "top 3 by count(r1=order of r0) per r1.points",
    "top 3 per customer.points by max(order.total)": "top 3 by max(r1=order of r0 r1.total)? per r0.points",
    "bottom 10% exactly per sku by count(item in last 30 days where quantity > 1) among active": (
        f"bottom 10% exactly by count(r1=item of r0 in [as_of {-30 * DAY:+d} micros .. as_of) where r1.quantity > 1) "
        "per r1.sku among true:r0.active"
    ),
    "top 1 per sku by count(item) having count(item) >= 3": (
        "top 1 by count(r1=item of r0) per r1.sku having count(r2=item of group r1) >= 3"
    ),
    "top 1 per sku by count(item) having sum(quantity) >= 3": (
        "top 1 by count(r1=item of r0) per r1.sku having sum(r2=item of group r1 r2.quantity) >= 3d:decimal(1,0)"
    ),
    "top 1 per month by sum(order.total)": (
        "top 1 by sum(r1=order of r0 r1.total) per start_of_date(date_timestamp(r1.placed_at), 'month')"
    ),
    # inside a row, the customer is spoken of all the same
    "any(order where total > 5.00 and top 10 by points)": (
        "any(r1=order of r0 where (r1.total > 5.00d:decimal(3,2) and top 10 by r0.points))"
    ),
    "rank(points) <= 5": "rank by r0.points? <= 5",
    "rank(points per country among active) = 1": "rank by r0.points per r0.country? among true:r0.active? = 1",
    "quantile(score, 5) = 5": "quantile 5 by r0.score?? = 5",
    "quantile(score, 100 exactly) = 5": "quantile 100 exactly by r0.score?? = 5",
}


@pytest.mark.parametrize("text", RANKS)
def test_a_rank(text: str) -> None:
    assert show(condition(text)) == RANKS[text]


def test_sizes_may_be_parameters_and_arguments() -> None:
    params = "param n = 7\nparam part = 12.5%\nparam parts = 4\ntrait best(m) = top m by points"
    assert show(condition("top n by points", params)) == "top 7 by r0.points"
    assert show(condition("top part by points", params)) == "top 12.5% by r0.points"
    assert show(condition("quantile(points, parts) = 1", params)) == "quantile 4 by r0.points? = 1"
    assert show(condition("best(3) and best(n) and best(part)", params)) == (
        "(top 3 by r0.points and top 7 by r0.points and top 12.5% by r0.points)"
    )


def test_an_argument_given_in_a_row_is_of_the_customer_or_refused() -> None:
    trait = "trait best(v) = top 5 by v"
    assert show(condition("any(order where best(customer.points))", trait)) == (
        "any(r1=order of r0 where top 5 by r0.points)"
    )
    refused = only("any(order where best(total))", trait)
    assert (refused.code, refused.span.text) == ("SEG343", "total")
    deeper = "trait best(v) = top 5 by max(order.total where total > v)"
    assert only("any(order where best(total))", deeper).code == "SEG343"
    assert show(condition("any(order where best(customer.points))", deeper)) == (
        "any(r1=order of r0 where top 5 by max(r1=order of r0 r1.total where "
        "r1.total > decimal(16,0)<r1>customer.points>)?)"
    )


def test_a_trait_that_is_an_aggregate_is_taken_per_value() -> None:
    assert show(condition("top 3 per sku by units", "trait units = sum(item.quantity)")) == (
        "top 3 by sum(r1=item of r0 r1.quantity) per r1.sku"
    )


def test_the_types_of_ranks() -> None:
    rank = value("rank(points)")
    assert (rank.type, rank.optional) == (INT, True)
    assert not condition("top 10 by points").optional


OVERALL = {
    "score > overall(avg(order.total in last 90 days))": (
        f"r0.score? > overall avg(r1=order of r0 r1.total in [as_of {-90 * DAY:+d} micros .. as_of))??"
    ),
    "score > overall(avg(customer.points))": "r0.score? > overall avg(r0=customer of r0 r0.points)??",
    "overall(count(customer where active)) > 5": "overall count(r0=customer of r0 where true:r0.active) > 5",
    "overall(none(customer where active))": "overall none(r0=customer of r0 where true:r0.active)",
    "overall(any(order))": "overall any(r1=order of r0)",
    "overall(distinct(customer.country)) = 1": "overall distinct(r0=customer of r0 r0.country?) = 1",
    "overall(avg(customer.bought)) > score": "overall avg(r0=customer of r0 use bought)?? > r0.score?",
    "overall(sum(customer.points + visits)) > 5": (
        "overall sum(r0=customer of r0 int<add_whole(whole<r0.points>, whole<r0.visits?>?)?>?) > 5d:decimal(1,0)"
    ),
    "overall(percentile(customer.points, 80)) > score": "overall percentile(r0=customer of r0 r0.points at 80)?? > r0.score?",
    "overall(max(item.size)) > 'S'": ("overall max(r1=item of r0 place(r1.size, 'S', 'M', 'L')?)?? > 0"),
    "any(order where total > overall(avg(order.total)))": (
        "any(r1=order of r0 where float<r1.total> > overall avg(r2=order of r0 r2.total)??)"
    ),
}


@pytest.mark.parametrize("text", [text for text in OVERALL if not text.startswith("any(")])
def test_an_aggregate_over_everyone(text: str) -> None:
    assert show(condition(text, "trait bought = count(order)")) == OVERALL[text]


def test_overall_is_read_with_no_row_around() -> None:
    found = condition("any(order where total > overall(avg(order.total)))")
    assert show(found) == ("any(r1=order of r0 where float<r1.total> > overall avg(r1=order of r0 r1.total)??)")
    kind = value("overall(max(item.size))").type
    assert (kind.kind, kind.values) == (STRING.kind, ("S", "M", "L"))
    assert value("overall(median(order.total))").type == FLOAT


# -- the past -------------------------------------------------------------------------------------------------------


def past_shop(**changes: object) -> Schema:
    """The shop with some that is fixed and some that changes."""
    entity = TABLES["entity"]
    assert isinstance(entity, dict)
    relations, lookups = TABLES["relations"], TABLES["lookups"]
    assert isinstance(relations, dict) and isinstance(lookups, dict)
    order, item, product = relations["order"], relations["item"], lookups["product"]
    fields = {
        **entity["fields"],
        "birth_date": {"type": "date?", "fixed": True},
        "years": {"type": "int?", "is": "age(birth_date)"},
        "region_id": {"type": "int?", "fixed": True},
    }
    orders = {
        **order,
        "fields": {
            **order["fields"],
            "channel": {"type": "string?", "changes": True},
            "online": {"type": "bool?", "is": "channel = 'web'"},
            "large": {"type": "bool", "is": "total > 100"},
        },
    }
    products = {
        **product,
        "fields": {**product["fields"], "category": {**product["fields"]["category"], "fixed": True}},
    }
    return schema(
        entity={**entity, "fields": fields},
        relations={
            **relations,
            "order": orders,
            "item": item,
            "web_order": {"from": "order", "where": "channel = 'web'"},
            **changes,
        },
        lookups={**lookups, "product": products},
    )


PAST_SHOP = past_shop()

PAST = {
    "(count(order) > 5) as of 90 days ago": f"(count(r1=order of r0) > 5) as of [as_of {-90 * DAY:+d} micros]",
    "count(order in last 30 days) as of 2026-01-31 > 5": (
        f"(count(r1=order of r0 in [as_of {-30 * DAY:+d} micros .. as_of))) as of [2026-01-31]? > 5"
    ),
    "count(order) as of 2026-01-31T10:00:00Z > 5": "(count(r1=order of r0)) as of [2026-01-31T10:00:00]? > 5",
    "count(order) as of today > 5": "(count(r1=order of r0)) as of [as_of floor day]? > 5",
    "count(order) as of 2 months ago > 5": "(count(r1=order of r0)) as of [as_of -2 months]? > 5",
    "not busy as of 1 day ago": f"not (use busy) as of [as_of {-DAY:+d} micros]",
    "(busy as of 1 day ago) as of 2 days ago": (
        f"((use busy) as of [as_of {-DAY:+d} micros]) as of [as_of {-2 * DAY:+d} micros]"
    ),
    "any(order where busy as of 1 day ago)": f"any(r1=order of r0 where (use busy) as of [as_of {-DAY:+d} micros])",
}


@pytest.mark.parametrize("text", PAST)
def test_the_past(text: str) -> None:
    assert show(condition(text, "segment busy where count(order) > 5", PAST_SHOP)) == PAST[text]


@pytest.mark.parametrize(
    "text",
    [
        "customer_id = 5",
        "created_at > 90 days ago",
        "birth_date < 2000-01-01",
        "years > 30",
        "region_id = 3",
        "any(item where product.category = 'shoes')",
        "any(order where large)",
        "sum(big_order.total) > 5",
        "count(basket where worth > 5) > 1",
        "any(line where basket.units > units)",
        "sum(review.stars) > 5",
        "top 10% by sum(order.total) among count(order) > 0",
        "score_now > overall(avg(order.total))",
        "rank(sum(order.total) among any(order)) < 3",
        "each of previous 2 months has (any(order))",
    ],
)
def test_what_has_a_past(text: str) -> None:
    defined = "trait score_now = avg(order.total)\nsegment s where country = 'x'"
    assert codes(f"({text}) as of 90 days ago", defined, PAST_SHOP) == []


NO_PAST = {
    "points > 5": ["`customer.points` has no past: it is known only as it is now"],
    "points > visits": ["`customer.points` has no past", "`customer.visits` has no past"],
    "points > 5 and points < 9": ["`customer.points` has no past"],
    "any(order where channel = 'web')": ["`order.channel` has no past: the schema says that it `changes`"],
    "any(order where online)": [
        "`order.channel` has no past: the schema says that it `changes` (`order.online` reads it)"
    ],
    "any(web_order)": [
        "`web_order.channel` has no past: the schema says that it `changes` (`where of web_order` reads it)"
    ],
    "any(address)": ["the rows of `address` have no past: it is not known when they happened"],
    "any(item where product.title = 'x')": ["`product.title` has no past"],
    "any(item where product is missing)": ["`product` has no past: whether it had a row then is not known"],
    "any(item where product.maker.country = 'x')": ["`product.maker_id` has no past", "`maker.country` has no past"],
    "region.name = 'x'": ["`region.name` has no past"],
    "lifetime > 5": ["the trait `lifetime` has no past: a column holds it as it is now"],
    "well_paid": ["`customer.salary` has no past: it is known only as it is now (`customer.well_paid` reads it)"],
    "rich": ["`customer.balance` has no past: it is known only as it is now (`rich`, `worth_it` read it)"],
    "top 10 by balance": ["`customer.balance` has no past"],
    "top 10 by count(order) among active": ["`customer.active` has no past"],
    "top 10 per country by max(order.total)": ["`customer.country` has no past"],
    "overall(avg(customer.balance)) > 5": ["`customer.balance` has no past"],
    "avg(order.gap) > 3": ["`order.channel` has no past: the schema says that it `changes` (`order.gap` reads it)"],
    "band_of = 'low'": ["`customer.points` has no past: it is known only as it is now (`band_of` reads it)"],
}


@pytest.mark.parametrize("text", NO_PAST)
def test_what_has_no_past(text: str) -> None:
    defined = (
        "trait worth_it = balance\nsegment rich where worth_it > 5\n"
        "trait order.gap = if(channel = 'web', 1, 2)\n"
        "tiers band_of\n  high where points > 5\n  otherwise low"
    )
    found = findings(f"({text}) as of 90 days ago", defined, PAST_SHOP)
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    assert [finding.code for finding in errors] == ["SEG350"] * len(NO_PAST[text]), [str(each) for each in errors]
    for finding, message in zip(errors, NO_PAST[text], strict=True):
        assert message in finding.message
        assert finding.hint


def test_a_link_that_changes_says_not_whose_the_row_was() -> None:
    relations = TABLES["relations"]
    assert isinstance(relations, dict)
    review = relations["review"]
    fields = {**review["fields"], "customer_id": {"type": "int", "changes": True}}
    shop = past_shop(review={**review, "fields": fields})
    found = only("any(review) as of 3 days ago", "", shop)
    assert found.code == "SEG350"
    assert "`review.customer_id` has no past" in found.message


def test_the_entitys_own_where_is_the_hosts_promise() -> None:
    entity = TABLES["entity"]
    shop = schema(entity={**entity, "where": "country = 'GR'"})  # type: ignore[dict-item]
    assert codes("any(review) as of 3 days ago", "", shop) == []


def test_the_place_in_a_definition_is_shown() -> None:
    (found,) = library("trait worth_it = balance\nsegment s where worth_it as of 3 days ago > 5")[1]
    assert found.span.text == "worth_it"
    assert [(related.span.text, related.message) for related in found.related] == [("balance", "it is read here")]


# -- several periods --------------------------------------------------------------------------------------------------


def test_each_of_several_periods() -> None:
    assert show(condition("each of previous 2 months has (count(order) > 1)")) == (
        "(count(r1=order of r0 in [as_of floor month -2 months .. as_of floor month -1 months)) > 1"
        " and count(r1=order of r0 in [as_of floor month -1 months .. as_of floor month)) > 1)"
    )
    assert show(condition("any of last 2 quarters has (any(order))")) == (
        "(any(r1=order of r0 in [as_of -6 months .. as_of -3 months))"
        " or any(r1=order of r0 in [as_of -3 months .. as_of)))"
    )
    assert show(condition("each of next 2 days has (any(order))")) == (
        f"(any(r1=order of r0 in [as_of .. as_of {DAY:+d} micros))"
        f" and any(r1=order of r0 in [as_of {DAY:+d} micros .. as_of {2 * DAY:+d} micros)))"
    )
    assert show(condition("any of previous week has (any(order))")) == (
        "(any(r1=order of r0 in [as_of floor week -7 days .. as_of floor week)))"
    )


def test_what_is_restricted_to_the_period() -> None:
    one = "as_of floor month -1 months .. as_of floor month"
    defined = (
        "trait orders = count(order)\nsegment buyer where orders > 0\ntrait bought(s: string) = any(item where sku = s)\n"
        "tiers t\n  high where orders > 5\n  otherwise low\ntrait order.size = count(item)"
    )
    expected = {
        # one that has a period keeps it
        "any(order in last 1 day)": f"any(r1=order of r0 in [as_of {-DAY:+d} micros .. as_of))",
        "buyer": f"count(r1=order of r0 in [{one})) > 0",
        "bought('x')": f"any(r1=item of r0 in [{one}) where r1.sku = 'x')",
        "t.high": f"if(count(r1=order of r0 in [{one})) > 5, 'high', 'low') = 'high'",
        # rows inside of rows are not
        "any(order where any(item))": f"any(r1=order of r0 in [{one}) where any(r2=item of r1))",
        "any(order where size > 1 and orders > 1)": (
            f"any(r1=order of r0 in [{one}) where (r1.trait order.size > 1 and use orders > 1))"
        ),
        "overall(count(order)) > 5": f"overall count(r1=order of r0 in [{one})) > 5",
        "top 5 by max(order.total)": f"top 5 by max(r1=order of r0 r1.total in [{one}))?",
    }
    for text, meaning in expected.items():
        assert show(condition(f"each of previous 1 month has ({text})", defined)) == f"({meaning})", text
    assert show(condition("any(order where each of previous 1 month has (size > 1))", defined)) == (
        f"any(r1=order of r0 where (count(r2=item of r1 in [{one})) > 1))"
    )


def test_a_length_that_a_host_sets_is_divided_into_its_units() -> None:
    text = "param lapse = 3 months\nsegment s where each of last lapse has (any(order))"
    program, found = library(text, settings={"lapse": "2 weeks"})
    assert found == ()
    assert show(program.definitions["s"].body) == (
        f"(any(r1=order of r0 in [as_of {-14 * DAY:+d} micros .. as_of {-7 * DAY:+d} micros))"
        f" and any(r1=order of r0 in [as_of {-7 * DAY:+d} micros .. as_of)))"
    )


def test_a_definition_that_cannot_be_restricted_is_reported_where_it_is_used() -> None:
    text = (
        "segment older where any(order) as of 3 days ago\nsegment deep where older\n"
        "segment s where each of last 3 days has (deep)"
    )
    (found,) = library(text)[1]
    assert (found.code, found.span.text) == ("SEG346", "deep")
    assert found.span.start == text.rindex("deep")
    assert [related.span.text for related in found.related] == ["older", "any(order) as of 3 days ago"]


def test_each_of_counts_each_time() -> None:
    text = "segment s where each of last 60 days has (any(order where total > 5 and points > 5))"
    assert [found.code for found in library(text, limits=Limits(nodes=400))[1]] == ["SEG711"]


# -- tiers ------------------------------------------------------------------------------------------------------------

TIERS = 'tiers t "Tier" about "how large" tags "a", "b"\n  gold where points > 100\n  silver where points > 10\n'


def test_tiers_are_a_text_with_ordered_values() -> None:
    program, found = library(TIERS + "  otherwise low\nsegment s where t.gold")
    assert found == ()
    tiers = program.definitions["t"]
    assert (tiers.kind, tiers.title, tiers.about, tiers.tags) == ("tiers", "Tier", "how large", ("a", "b"))
    assert tiers.cases == ("gold", "silver", "low")
    assert show(tiers.body) == "if(r0.points > 100, 'gold', if(r0.points > 10, 'silver', 'low'))"
    assert (tiers.body.type.values, tiers.body.type.ordered) == (("low", "silver", "gold"), True)
    assert program.definitions["s"].body == ir.Compare(
        "=", ir.Use("t", type=tiers.body.type), ir.Literal("gold", type=STRING)
    )


def test_tiers_without_the_rest_may_be_missing() -> None:
    body = library(TIERS)[0].definitions["t"].body
    assert show(body) == "if(r0.points > 100, 'gold', if(r0.points > 10, 'silver')?)?"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("t = 'silver'", "use t = 'silver'"),
        ("t >= 'silver'", "place(use t, 'low', 'silver', 'gold')? >= 1"),
        ("t between 'low' and 'silver'", "place(use t, 'low', 'silver', 'gold')? between 0 and 1"),
        ("t in ('gold', 'low')", "use t in [\"'gold'\", \"'low'\"]"),
        ("customer.t.low", "use t = 'low'"),
        ("any(order where customer.t.low or t.gold)", "any(r1=order of r0 where (use t = 'low' or use t = 'gold'))"),
        ("top 5 by t", "top 5 by place(use t, 'low', 'silver', 'gold')?"),
    ],
)
def test_tiers_are_compared(text: str, meaning: str) -> None:
    assert show(condition(text, TIERS + "  otherwise low")) == meaning


# -- traits of relations ----------------------------------------------------------------------------------------------

ROW_TRAITS = (
    "trait order.products = distinct(item.sku)\ntrait order.large = total > limit\nparam limit = 100\n"
    "trait item.worth = price * quantity + 0 * order.products\ntrait basket.many = units > 5\n"
    "trait order.about = coalesce(note_of, channel)\ntrait order.note_of: string = city"
)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("avg(order.products) > 30.0", "avg(r1=order of r0 r1.trait order.products)? > 30.0"),
        ("any(order where products > 3)", "any(r1=order of r0 where r1.trait order.products > 3)"),
        ("any(order where large)", "any(r1=order of r0 where r1.trait order.large)"),
        ("any(item where products > 3)", "any(r1=item of r0 where r1>order.trait order.products > 3)"),
        ("any(item where order.products > 3)", "any(r1=item of r0 where r1>order.trait order.products > 3)"),
        ("any(big_order where products > 3)", "any(r1=big_order of r0 where r1.trait order.products > 3)"),
        ("avg(big_order.products) > 3.0", "avg(r1=big_order of r0 r1.trait order.products)? > 3.0"),
        ("any(line where many)", "any(r1=line of r0 where true:r1~basket.trait basket.many?)"),
        ("any(order where about = 'x')", "any(r1=order of r0 where r1.trait order.about = 'x')"),
    ],
)
def test_a_trait_of_rows(text: str, meaning: str) -> None:
    assert show(condition(text, ROW_TRAITS)) == meaning


def test_the_definition_of_a_trait_of_rows() -> None:
    program, found = library(ROW_TRAITS)
    assert found == ()
    products = program.definitions["order.products"]
    assert (products.kind, products.owner, products.body.type) == ("trait", "order", INT)
    assert show(products.body) == "distinct(r2=item of r1 r2.sku)"
    assert show(program.definitions["order.large"].body) == "r1.total > 100d:decimal(3,0)"
    assert "r1>order.trait order.products" in show(program.definitions["item.worth"].body)
    names = list(program.definitions)
    assert names.index("order.products") < names.index("item.worth")
    assert names.index("order.note_of") < names.index("order.about")


def test_what_uses_a_trait_of_rows_counts_its_parts() -> None:
    long = " + ".join(["points"] * 30)
    text = f"trait order.much = {long}\nsegment s where sum(order.much) > 1 and max(order.much) > 1"
    assert [found.code for found in library(text, limits=Limits(nodes=100))[1]] == ["SEG711"]
    assert library(text, limits=Limits(nodes=200))[1] == ()


# -- what is wrong ----------------------------------------------------------------------------------------------------

WRONG = {
    "top 0 by points": ("SEG340", "not 0", "`top 100` or `top 10%`"),
    "top 1.5 by points": ("SEG340", "not 1.5", None),
    "top 0% by points": ("SEG340", "not 0%", None),
    "bottom 101% by points": ("SEG340", "`bottom` takes a whole number from 1 on", None),
    "top points by points": ("SEG315", "has to be the same for everybody", None),
    "top 50 of points": ("SEG340", "takes a percentage", "`top 50 by …`"),
    "quantile(points, 1) = 1": ("SEG340", "2 to 100 parts, not into 1", None),
    "quantile(points, 101) = 1": ("SEG340", "not into 101", None),
    "quantile(points) = 1": ("SEG218", "takes a value and a number of parts, and here is 1", None),
    "rank(points, 5) = 1": ("SEG218", "`rank` takes a value, and here are 2", None),
    "top 10 by city": ("SEG341", "and this is a text", None),
    "top 10 by active": ("SEG341", "this is true or false", None),
    "top 10% of joined_on": ("SEG341", "adds numbers, and this is a date", None),
    "rank(city) = 1": ("SEG341", "`rank` goes by a number", None),
    "top 10 per score by points": ("SEG318", "floats make no groups", None),
    "top 10 per month by points": ("SEG342", "`per month` speaks of rows", None),
    "top 10 per item.sku by points": ("SEG342", "`per item.sku` speaks of rows", None),
    "top 10 by points having count(order) > 1": ("SEG342", "there are none here", "`among`"),
    "top 10 per country by max(order.total) having count(order) > 1": ("SEG342", "there are none here", None),
    "any(order where top 10 by total)": (
        "SEG343",
        "`total` belongs to the `order` around",
        "one value of a customer's rows, such as `sum(order.FIELD)`",
    ),
    "any(order where top 10 by order.total)": ("SEG343", "`order.total` belongs", None),
    "any(item where rank(order.total) = 1)": ("SEG343", "the `item` around, and `rank` is asked", None),
    "any(order where (channel = 'x') as of 3 days ago)": ("SEG343", "`channel` belongs", None),
    "any(order where overall(count(review where stars > channel)) > 1)": ("SEG343", "`channel` belongs", None),
    "points > overall(points)": (
        "SEG344",
        "takes one `count`, `sum`, `avg` or the like",
        "`overall(avg(customer.points))`",
    ),
    "points > overall(avg(points))": ("SEG344", "does not say whose `points` is meant", "write `customer.points`"),
    "overall(count(customer in last 30 days)) > 1": ("SEG344", "is in no period", "behind `where`"),
    "overall(first(customer.points)) > 1": ("SEG344", "`first` goes by time", None),
    "overall(count(order per channel having any(review))) > 1": ("SEG344", "no one customer", "leave `overall` out"),
    "overall(count(order per channel having top 10% by points)) > 1": ("SEG344", "no one customer", None),
    "overall(avg(order.total) where points > 5) > 1": ("SEG344", "stands inside the brackets", None),
    "each of this year has (any(order))": ("SEG345", "takes several periods", "previous 3 months"),
    "each of 3 to 1 months ago has (any(order))": ("SEG345", "takes several periods", None),
    "each of last 61 days has (any(order))": ("SEG345", "61 periods are too many: 60", None),
    "each of previous 3 hours has (any(order))": ("SEG325", "not of hours", None),
    "each of last 3 days has (any(order) as of 3 days ago)": ("SEG346", "cannot stand inside", None),
    "each of last 3 days has (any(address))": ("SEG219", "the rows of `address` have no time", None),
    "points > 5 as of lapse": ("SEG201", "nothing is called `lapse`", None),
    "count(order) as of city > 1": ("SEG351", "this is a text", None),
    "count(order) as of joined_on > 1": ("SEG315", "has to be the same for everybody", None),
    "count(order) as of 3 days from now > 1": ("SEG351", "yet to come", "`… days ago`"),
}


@pytest.mark.parametrize("text", [text for text in WRONG if not text.startswith("points > 5 as of")])
def test_what_is_wrong(text: str) -> None:
    code, message, hint = WRONG[text]
    found = only(text)
    assert found.code == code
    assert message in found.message
    assert hint is None or hint in (found.hint or "")


WRONG_DEFINITIONS = {
    "tiers t\n  a where points > 5\n  a where points > 3": ("SEG204", "two cases called `a`"),
    "tiers points\n  a where visits > 5": ("SEG207", "`points` is already a field of `customer`"),
    "tiers lifetime\n  a where visits > 5": ("SEG207", "`lifetime` is already a trait that a column"),
    "tiers t\n  a where visits": ("SEG303", "a condition is needed here"),
    "tiers t\n  a where visits > 1\nsegment s where t": ("SEG303", "a condition is needed here"),
    "tiers t\n  alpha where visits > 1\nsegment s where t.alhpa": ("SEG201", "the tiers `t` have no case `alhpa`"),
    "tiers t\n  alpha where visits > 1\nsegment s where t = 'alhpa'": ("SEG306", '"alhpa" is none of the values'),
    "tiers t\n  a where t = 'a'": ("SEG208", "`t` depends on itself: `t` → `t`"),
    "tiers t\n  a where s\nsegment s where t.a": ("SEG208", "`t` depends on itself: `t` → `s` → `t`"),
    "tiers t\n  a where visits > 1\nsegment `t.a` where visits > 1": ("SEG204", "`t.a` is defined twice"),
    "segment a where visits > 1\nsegment b where a.gold": ("SEG201", "`a` has no cases"),
    "trait a(n) = n.gold": ("SEG201", "`n` has no cases"),
    "param n = 0\nsegment s where top n by points": ("SEG340", "up to 100%, not 0"),
    "param p = 0.0%\nsegment s where top p by points": ("SEG340", "up to 100%, not 0.0%"),
    "param n = 'x'\nsegment s where top n by points": ("SEG340", "up to 100%, not a text"),
    "param n = 1\nsegment s where quantile(points, n) = 1": ("SEG340", "not into 1"),
    "trait order.total = 5": ("SEG207", "each `order` has a field `total` already"),
    "trait item.product = 5": ("SEG207", "each `item` has a lookup `product` already"),
    "trait customer.x = 5": ("SEG201", "a trait of the customer goes by its name alone"),
    "trait ordr.x = 5": ("SEG201", "there is no relation `ordr`"),
    "trait product.x = 5": ("SEG201", "there is no relation `product`"),
    "trait order.x(a) = total + a": ("SEG218", "it takes no arguments"),
    "trait order.x = total\ntrait order.x = total": ("SEG204", "`order.x` is defined twice"),
    "trait order.x = y\ntrait order.y = x + 1": (
        "SEG208",
        "`order.x` depends on itself: `order.x` → `order.y` → `order.x`",
    ),
    "trait order.x = total\nsegment s where order.x > 5": ("SEG210", "`order.x` is many values"),
    "trait order.x = total\nsegment s where x > 5": ("SEG201", "`x` is a field of each `order`"),
    "trait order.x = total\ntrait order.big = any(order where order.xx > 5)\nsegment s where any(order where big)": (
        "SEG201",
        "`order` has no field `xx`",
    ),
    "trait t = count(order)\nsegment s where each of last 3 days has (lifetime > 5)\ntrait lifetime = sum(order.total)": (
        "SEG346",
        "`lifetime` is held by a column",
    ),
}


@pytest.mark.parametrize("text", WRONG_DEFINITIONS)
def test_what_is_wrong_with_a_definition(text: str) -> None:
    code, message = WRONG_DEFINITIONS[text]
    errors = [found for found in library(text)[1] if found.severity is Severity.ERROR]
    assert [found.code for found in errors] == [code], [str(found) for found in errors]
    assert message in errors[0].message


def test_ranks_have_no_place_in_a_schema() -> None:
    entity = TABLES["entity"]
    assert isinstance(entity, dict)
    for text in ("rank(points)", "overall(count(order))", "count(order) as of 3 days ago"):
        fields = {**entity["fields"], "place": {"type": "int?", "is": text}}
        found = library("segment s where visits > 1", schema(entity={**entity, "fields": fields}))[1]
        assert [each.code for each in found if each.severity is Severity.ERROR] == ["SEG214"], text


def test_who_has_no_rows_ties_at_zero() -> None:
    warned = {
        "top 10% by sum(order.total)": "top 10% by sum(order.total) among sum(order.total) > 0",
        "bottom 5 exactly by count(order)": "bottom 5 exactly by count(order) among count(order) > 0",
        "top 5 per country by bought": "top 5 per country by bought among bought > 0",
        "quantile(distinct(item.sku), 5) = 1": "quantile(distinct(item.sku), 5 among distinct(item.sku) > 0) = 1",
        "rank(bought) = 1": "rank(bought among bought > 0) = 1",
    }
    defined = "trait bought = count(order)"
    for text, mended in warned.items():
        (found,) = findings(text, defined)
        assert (found.code, found.severity) == ("SEG805", Severity.WARNING)
        assert found.fix is not None
        (edit,) = found.fix.edits
        assert text[: edit.span.start] + edit.text + text[edit.span.end :] == mended
        assert findings(mended, defined) == ()
    # a declared type only converts what is counted
    for declared in (
        "decimal(14,2) = sum(order.total)",
        "decimal(10,1) = sum(order.total)",
        "decimal(9,0) = count(order)",
    ):
        (found,) = findings("top 5 by bought", f"trait bought: {declared}")
        assert found.code == "SEG805", declared
    for text in (
        "top 10% by avg(order.total)",
        "top 50% of sum(order.total)",
        "top 3 per sku by sum(item.quantity)",
        "top 3 by points",
        "top 10% by sum(order.total) among active",
    ):
        assert findings(text, defined) == (), text


_OF_A_TABLE = ("table", "on", "time", "fields")


def shop_of_buyers(**changes: object) -> Schema:
    """Customers are whoever stands in the table of sales. ``changes``: of the tables that they are taken from, and of relations."""
    fields = {
        "buyer": "int",
        "host": "int",
        "day": "date",
        "sent": "date?",
        "shop": "string",
        "note": "string?",
        "paid": "decimal(10,2)",
    }
    sale = {"table": "sales", "on": "buyer", "time": "day", "fields": fields}
    trip = {"groups": "sale", "by": ["day"], "fields": {"day": "date", "paid": {"type": "int", "is": "count(sale)"}}}
    relations: dict[str, object] = {"sale": sale, "trip": trip}
    for name, change in changes.items():
        if name != "distinct":
            assert isinstance(change, dict)
            known = relations.get(name, sale)
            assert isinstance(known, dict)
            relations[name] = {key: value for key, value in {**known, **change}.items() if value is not None}
    entity = {
        "name": "customer",
        "distinct": changes.get("distinct", "sales"),
        "key": "buyer",
        "fields": {"buyer": "int"},
    }
    return schema_from_dict({"entity": entity, "relations": relations})


def test_nobody_is_without_rows_of_the_table_that_customers_are_taken_from() -> None:
    for text in (
        "top 10% by sum(sale.paid)",
        "quantile(count(sale), 5) = 1",
        "top 5 by count(trip)",
        "top 5 by distinct(sale.note)",
    ):
        assert findings(text, shop=shop_of_buyers()) == (), text
    at_any_time = shop_of_buyers(sale={"time": None}, trip={"by": ["shop"], "fields": {"shop": "string"}})
    assert findings("top 5 by count(sale)", shop=at_any_time) == ()


@pytest.mark.parametrize(
    ("text", "shop"),
    [
        ("top 5 by count(sale in last 30 days)", shop_of_buyers()),
        ("top 5 by count(sale where paid > 1)", shop_of_buyers()),
        ("top 5 by count(sale per shop having count(sale) > 2)", shop_of_buyers()),
        ("top 5 by count(sale)", shop_of_buyers(sale={"where": "paid > 0"})),
        ("top 5 by count(trip)", shop_of_buyers(sale={"where": "paid > 0"})),
        (
            "top 5 by count(dear)",
            shop_of_buyers(dear={"from": "sale", "where": "paid > 0"} | dict.fromkeys(_OF_A_TABLE)),
        ),
        ("top 5 by count(sale)", shop_of_buyers(distinct=["sales", "visits"])),
        ("top 5 by count(sale)", shop_of_buyers(distinct="visits")),
        ("top 5 by count(trip)", shop_of_buyers(trip={"where": "paid > 1"})),
        ("top 5 by count(trip)", shop_of_buyers(trip={"by": ["note"], "fields": {"note": "string?"}})),
        # another time: they are there before it
        ("top 5 by count(sale)", shop_of_buyers(posting={"time": "sent"})),
        ("top 5 by count(sale)", shop_of_buyers(sale={"on": {"host": "buyer"}})),
    ],
)
def test_somebody_may_be_without_rows(text: str, shop: Schema) -> None:
    assert [each.code for each in findings(text, shop=shop)] == ["SEG805"]


def test_past_of_a_literal_offers_brackets() -> None:
    from segdsl.source import Source
    from segdsl.syntax.parse import parse_condition

    text = "count(order) >= 1 as of 3 days ago"
    (found,) = parse_condition(Source("text", text))[1]
    assert found.fix is not None
    mended = text
    for edit in sorted(found.fix.edits, key=lambda edit: -edit.span.start):
        mended = mended[: edit.span.start] + edit.text + mended[edit.span.end :]
    assert mended == "(count(order) >= 1) as of 3 days ago"


def test_every_code_of_the_areas_is_tested_here() -> None:
    tested = {code for code, *_ in (*WRONG.values(), *WRONG_DEFINITIONS.values())} | {"SEG350"}
    assert {rule.code for rule in (*population.RULES, *past.RULES)} <= tested


def test_a_pack_is_left_in_peace() -> None:
    assert SHOP.timezone == "Europe/Athens"
    found = library("segment s where visits > 1", pack="segment best where top 10% by count(order)")[1]
    assert found == ()
