"""The referee on ranks, the past, everyone's rows and rows in company: trees built by hand, answers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from segdsl import schema as sch
from segdsl.backends.reference import members, values
from segdsl.backends.reference.aggregates import percentile, streak
from segdsl.semantics import ir
from segdsl.types import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Type, decimal

AS_OF = datetime(2026, 6, 1, 12)
MONEY = decimal(12, 2)
D = Decimal


def field(name: str, type_: Type, *, optional: bool = True) -> sch.Field:
    return sch.Field(name, type_, optional, name)


def relation(name: str, fields: dict[str, Type], **more: object) -> sch.Relation:
    return sch.Relation(
        name,
        "customer",
        f"{name}s",
        (sch.Link("customer", "id"),),
        ("id",),
        "at",
        None,
        {field_: field(field_, type_) for field_, type_ in fields.items()},
        **more,  # type: ignore[arg-type]
    )


CUSTOMER = sch.Entity(
    "customer",
    "customers",
    "id",
    "created",
    None,
    {
        "id": field("id", INT, optional=False),
        "created": field("created", TIMESTAMP),
        "country": field("country", STRING),
        "points": field("points", INT),
        "score": field("score", FLOAT),
    },
)
ORDER_FIELDS = {"id": INT, "customer": INT, "at": TIMESTAMP, "total": MONEY, "channel": STRING}
SCHEMA = sch.Schema(
    CUSTOMER,
    {
        "order": relation("order", ORDER_FIELDS),
        "web_order": relation("web_order", ORDER_FIELDS, base="order"),
        "click": relation("click", {"id": INT, "customer": INT, "at": TIMESTAMP, "page": STRING}),
        "visit": relation("visit", {"id": INT, "customer": INT, "at": DATE}),
    },
    timezone="UTC",
)
WEB = ir.Compare(
    "=",
    ir.FieldRef(ir.Row(0, "web_order"), (), "web_order", field("channel", STRING), type=STRING),
    ir.Literal("web", type=STRING),
)
MODEL = ir.Model(SCHEMA, {}, {"web_order": WEB}, {})
TABLES: dict[str, list[dict[str, object]]] = {
    "customers": [
        {"id": 1, "created": datetime(2026, 1, 1), "country": "GR", "points": 5, "score": 0.5},
        {"id": 2, "created": datetime(2026, 1, 1), "country": "GR", "points": 5, "score": 1e13},
        {"id": 3, "created": None, "country": "US", "points": 9, "score": 0.25},
        {"id": 4, "created": datetime(2026, 5, 20), "country": None, "points": 1, "score": -1.0},
        {"id": 5, "created": datetime(2026, 5, 20), "country": "US", "points": None, "score": None},
        {"id": 6, "created": datetime(2026, 6, 1, 12), "country": "US", "points": 99, "score": 1.0},
    ],
    "orders": [
        {"id": 11, "customer": 1, "at": datetime(2026, 3, 1), "total": D("10.00"), "channel": "web"},
        {"id": 13, "customer": 1, "at": datetime(2026, 3, 2), "total": D("30.00"), "channel": "app"},
        {"id": 12, "customer": 1, "at": datetime(2026, 3, 2), "total": None, "channel": "web"},
        {"id": 14, "customer": 1, "at": datetime(2026, 6, 2), "total": D("99.00"), "channel": "web"},
        {"id": 21, "customer": 2, "at": datetime(2025, 12, 31), "total": D("30.00"), "channel": "web"},
        {"id": 22, "customer": 2, "at": datetime(2026, 5, 1), "total": D("20.00"), "channel": None},
        {"id": 31, "customer": 3, "at": datetime(2026, 5, 1), "total": D("-5.00"), "channel": "app"},
        {"id": 61, "customer": 6, "at": datetime(2026, 5, 1), "total": D("500.00"), "channel": "app"},
        {"id": 91, "customer": 9, "at": datetime(2026, 5, 1), "total": D("500.00"), "channel": "app"},
    ],
    "clicks": [
        {"id": 1, "customer": 1, "at": datetime(2026, 3, 2), "page": "cart"},
        {"id": 2, "customer": 1, "at": datetime(2026, 3, 2, 0, 0, 0, 1), "page": "pay"},
        {"id": 3, "customer": 2, "at": datetime(2026, 5, 1), "page": "cart"},
        {"id": 4, "customer": 3, "at": datetime(2026, 5, 31), "page": "cart"},
    ],
    "visits": [
        {"id": 1, "customer": 1, "at": date(2026, 5, 1)},
        {"id": 2, "customer": 1, "at": date(2026, 5, 3)},
        {"id": 3, "customer": 2, "at": date(2026, 5, 1)},
        {"id": 4, "customer": 2, "at": date(2026, 5, 1)},
    ],
}
ENTITY = ir.Row(0, "customer")
ORDER = ir.Row(1, "order")


def of(row: ir.Row, name: str, path: ir.Path = ()) -> ir.FieldRef:
    owner = path[-1].to if path else row.of
    declared = MODEL.fields_of(owner)[name]
    return ir.FieldRef(row, path, owner, declared, type=declared.type, optional=declared.optional)


def over(function: str, row: ir.Row, value: ir.Expr | None = None, **more: object) -> ir.Aggregate:
    parts = {"outer": ENTITY, "period": None, "where": None, **more}
    return ir.Aggregate(function, row, value=value, **parts)  # type: ignore[arg-type]


def text(value: str) -> ir.Literal:
    return ir.Literal(value, type=STRING)


def whole(value: int) -> ir.Literal:
    return ir.Literal(value, type=INT)


def equal(left: ir.Expr, right: ir.Expr) -> ir.Compare:
    return ir.Compare("=", left, right)


def worth(expression: ir.Expr, *definitions: ir.Definition, as_of: datetime = AS_OF) -> dict[object, object]:
    return dict(values(program(*definitions), expression, TABLES, as_of))


def who(condition: ir.Expr, *definitions: ir.Definition, as_of: datetime = AS_OF) -> set[object]:
    return set(members(program(*definitions), condition, TABLES, as_of))


def program(*definitions: ir.Definition) -> ir.Program:
    return ir.Program(MODEL, {definition.name: definition for definition in definitions})


SPENT = over("sum", ORDER, of(ORDER, "total"), type=decimal(22, 2))
"""1: 40, 2: 50, 3: -5, 4 and 5: 0."""
POINTS = of(ENTITY, "points")
BOUGHT = over("any", ORDER, type=BOOL)


# -- ranks ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rank", "expected"),
    [
        # Points: 3 has 9, 1 and 2 have 5, 4 has 1; 5 has none and is not ranked.
        (ir.Rank("top", POINTS, count=1), {3}),
        (ir.Rank("top", POINTS, count=2), {1, 2, 3}),
        (ir.Rank("top", POINTS, count=3), {1, 2, 3}),
        (ir.Rank("top", POINTS, count=4), {1, 2, 3, 4}),
        (ir.Rank("bottom", POINTS, count=1), {4}),
        (ir.Rank("bottom", POINTS, count=2), {1, 2, 4}),
        (ir.Rank("top", POINTS, count=2, exactly=True), {1, 3}),
        (ir.Rank("bottom", POINTS, count=2, exactly=True), {1, 4}),
        # Of four: 0 * 100 < p * 4 always; 1 * 100 < p * 4 from 25 on, exclusive; 3 * 100 < p * 4 above 75.
        (ir.Rank("top", POINTS, percent=D(25)), {3}),
        (ir.Rank("top", POINTS, percent=D("25.1")), {1, 2, 3}),
        (ir.Rank("top", POINTS, percent=D("25.1"), exactly=True), {1, 3}),
        (ir.Rank("top", POINTS, percent=D(75)), {1, 2, 3}),
        (ir.Rank("top", POINTS, percent=D(100)), {1, 2, 3, 4}),
        (ir.Rank("top", POINTS, count=1, among=equal(of(ENTITY, "country"), text("GR"))), {1, 2}),
        # In GR 1 and 2 tie, in US 3 is alone (5 has no points); 4 has no country.
        (ir.Rank("top", POINTS, count=1, per=of(ENTITY, "country")), {1, 2, 3}),
        (ir.Rank("top", POINTS, count=1, per=of(ENTITY, "country"), exactly=True), {1, 3}),
        # Spent: 90 in all. 2 has nothing before; before 1 are 50 * 100 < p * 90 from 55.5 on.
        (ir.Rank("top", SPENT, percent=D(55), share=True), {2}),
        (ir.Rank("top", SPENT, percent=D(56), share=True), {1, 2}),
        (ir.Rank("top", SPENT, percent=D(100), share=True), {1, 2}),
        (ir.Rank("bottom", SPENT, percent=D(44), share=True), {1}),
        # Points: 20 in all, 9 before the two fives: 900 < p * 20 above 45; exactly, 14 before the second: above 70.
        (ir.Rank("top", POINTS, percent=D(45), share=True), {3}),
        (ir.Rank("top", POINTS, percent=D(46), share=True), {1, 2, 3}),
        (ir.Rank("top", POINTS, percent=D(46), share=True, exactly=True), {1, 3}),
        (ir.Rank("top", POINTS, percent=D(70), share=True, exactly=True), {1, 3}),
        (ir.Rank("top", POINTS, percent=D(71), share=True, exactly=True), {1, 2, 3}),
        # Nobody has anything to share in: no value above 0.
        (ir.Rank("top", SPENT, percent=D(100), share=True, among=ir.Compare("<", POINTS, whole(5))), set()),
        # 1e13 is more than millionths count: ranked as a number, and nothing in a sum. 0.5 of 0.75 is before 0.25.
        (ir.Rank("top", of(ENTITY, "score"), count=1), {2}),
        (ir.Rank("top", of(ENTITY, "score"), percent=D(66), share=True), {1, 2}),
        (ir.Rank("top", of(ENTITY, "score"), percent=D(67), share=True), {1, 2, 3}),
        (ir.Rank("top", over("max", ORDER, of(ORDER, "at"), type=TIMESTAMP, optional=True), count=1), {2, 3}),
    ],
)
def test_rank(rank: ir.Rank, expected: set[int]) -> None:
    assert who(rank) == expected
    assert who(ir.Not(rank)) == {1, 2, 3, 4, 5} - expected


def test_rank_and_quantile_are_missing_for_who_is_not_ranked() -> None:
    assert worth(ir.RankValue(POINTS, type=INT)) == {1: 2, 2: 2, 3: 1, 4: 4, 5: None}
    assert worth(ir.RankValue(POINTS, exactly=True, type=INT)) == {1: 2, 2: 3, 3: 1, 4: 4, 5: None}
    # Smaller than the value of 1, 2, 3, 4: 1, 1, 3, 0 of 4.
    assert worth(ir.RankValue(POINTS, 5, type=INT)) == {1: 2, 2: 2, 3: 4, 4: 1, 5: None}
    assert worth(ir.RankValue(POINTS, 4, exactly=True, type=INT)) == {1: 2, 2: 3, 3: 4, 4: 1, 5: None}
    assert worth(ir.RankValue(POINTS, 5, among=BOUGHT, type=INT)) == {1: 1, 2: 1, 3: 4, 4: None, 5: None}
    assert worth(ir.RankValue(POINTS, per=of(ENTITY, "country"), type=INT)) == {1: 1, 2: 1, 3: 1, 4: None, 5: None}


def test_pairs_are_ranked_within_each_value() -> None:
    by = of(ORDER, "channel")
    best = ir.PairRank("top", over("sum", ORDER, of(ORDER, "total"), type=decimal(22, 2)), by, count=1)
    # web: 1 has 10 (12 has no total), 2 has 30. app: 1 has 30, 3 has -5. The order of 2 without a channel is in no group.
    assert who(best) == {1, 2}
    assert who(replace(best, direction="bottom")) == {1, 3}
    assert who(replace(best, among=equal(POINTS, whole(9)))) == {3}
    count = over("count", ORDER, type=INT)
    # web: 1 has two orders (14 is yet to come), 2 has one. app: 1 and 3 have one each.
    assert who(replace(best, aggregate=count)) == {1, 3}
    assert who(replace(best, aggregate=count, exactly=True)) == {1}
    group = ir.Row(1, "order", grouped=True)
    inside = over("count", ir.Row(2, "order"), outer=group, type=INT)
    one_row = equal(inside, whole(1))
    # Pairs of one row: web with 2, app with 1 and with 3.
    assert who(replace(best, aggregate=count, having=one_row)) == {1, 2, 3}
    assert who(replace(best, aggregate=count, having=equal(ir.GroupValue(group, type=STRING), text("web")))) == {1}
    # Of app alone: 30 of 1, and the -5 of 3, which is no part of a sum.
    share = ir.PairRank(
        "top", SPENT, by, percent=D(100), share=True, having=equal(ir.GroupValue(group, type=STRING), text("app"))
    )
    assert who(share) == {1}


# -- everyone ------------------------------------------------------------------------------------------------------------


def test_overall_rows() -> None:
    every = dict.fromkeys(range(1, 6))
    totals = over("avg", ORDER, of(ORDER, "total"), type=FLOAT, optional=True)
    # 10, 30, 30, 20, -5: what belongs to 6, to nobody, to the future and what is missing is not in it.
    assert worth(ir.Overall(totals, type=FLOAT)) == every | dict.fromkeys(every, 17.0)
    assert worth(ir.Overall(over("count", ORDER, type=INT), type=INT))[5] == 6
    greek = equal(of(ORDER, "country", (ir.Step("parent", "customer"),)), text("GR"))
    assert worth(ir.Overall(over("count", ORDER, where=greek, type=INT), type=INT))[5] == 5
    last = over("last", ORDER, of(ORDER, "total"), type=MONEY, optional=True)
    assert worth(ir.Overall(last, type=MONEY))[1] == D("-5.00")  # 22 and 31 at the same time, 31 is the greater key


def test_overall_entities() -> None:
    mean = ir.Aggregate("avg", ENTITY, ENTITY, POINTS, None, None, type=FLOAT, optional=True)
    assert worth(ir.Overall(mean, type=FLOAT))[5] == 5.0
    buyers = ir.Aggregate("count", ENTITY, ENTITY, None, None, BOUGHT, type=INT)
    assert worth(ir.Overall(buyers, type=INT))[5] == 3
    countries = ir.Aggregate("distinct", ENTITY, ENTITY, of(ENTITY, "country"), None, None, type=INT)
    assert worth(ir.Overall(countries, type=INT))[1] == 2
    middle = ir.Aggregate("percentile", ENTITY, ENTITY, SPENT, None, None, D(50), type=FLOAT, optional=True)
    assert worth(ir.Overall(middle, type=FLOAT))[1] == 0.0


def test_overall_over_groups_of_everyones_rows() -> None:
    group = ir.Row(1, "order", grouped=True)
    inside = over("count", ir.Row(2, "order"), outer=group, type=INT)
    popular = over("count", ORDER, per=of(ORDER, "channel"), having=ir.Compare(">=", inside, whole(3)), type=INT)
    assert worth(ir.Overall(popular, type=INT))[4] == 1  # web: 11, 12, 21; app: 13, 31
    american = over(
        "any", ir.Row(2, "order"), outer=group, where=equal(ir.Use("home", type=STRING), text("US")), type=BOOL
    )
    home = ir.Definition("trait", "home", of(ENTITY, "country"))
    assert worth(ir.Overall(replace(popular, having=american), type=INT), home)[4] == 1  # app, through 31 of customer 3


# -- aggregates ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "percent", "expected"),
    [
        ([], 50, None),
        ([7], 50, 7.0),
        ([7], 100, 7.0),
        ([2, 1], 50, 1.5),
        ([3, 1, 2], 50, 2.0),
        ([4, 1, 3, 2], 50, 2.5),
        ([1, 2, 3, 4], 80, 3.4),  # place 1 + 3 * 0.8
        ([1, 2, 3, 4], 100, 4.0),
        ([10, 20, 30], "0.5", 10.1),  # place 1 + 2 * 0.005
        ([5, 5, 5, 1], 50, 5.0),
    ],
)
def test_percentile(numbers: list[int], percent: int | str, expected: float | None) -> None:
    assert percentile([Fraction(number) for number in numbers], Decimal(percent)) == expected


def test_percentiles_of_decimals_and_floats() -> None:
    median = over("percentile", ORDER, of(ORDER, "total"), percent=D(50), type=FLOAT, optional=True)
    assert worth(median) == {1: 20.0, 2: 25.0, 3: -5.0, 4: None, 5: None}
    # Of 0.5, 0.25 and -1: 1e13 is beyond what millionths count, and missing.
    scores = ir.Aggregate(
        "percentile", ENTITY, ENTITY, of(ENTITY, "score"), None, None, D(50), type=FLOAT, optional=True
    )
    assert worth(ir.Overall(scores, type=FLOAT))[1] == 0.25


@pytest.mark.parametrize(
    ("units", "step", "expected"),
    [([], 1, 0), ([5], 1, 1), ([5, 5, 5], 1, 1), ([1, 2, 4, 5, 6], 1, 3), ([0, 7, 14, 15], 7, 3), ([-1, 0, 1], 1, 3)],
)
def test_streak(units: list[int], step: int, expected: int) -> None:
    assert streak(units, step) == expected


def test_groups_of_rows() -> None:
    by = of(ORDER, "channel")
    # 1 has web and app, 2 has web (and an order without a channel), 3 has app.
    assert worth(over("count", ORDER, per=by, type=INT)) == {1: 2, 2: 1, 3: 1, 4: 0, 5: 0}
    assert who(over("none", ORDER, per=by)) == {4, 5}
    group = ir.Row(1, "order", grouped=True)
    inside = ir.Row(2, "order")
    spent = over("sum", inside, of(inside, "total"), outer=group, type=decimal(22, 2))
    dear = ir.Compare(">=", spent, ir.Literal(D("30.00"), type=MONEY))
    assert worth(over("count", ORDER, per=by, having=dear, type=INT)) == {1: 1, 2: 1, 3: 0, 4: 0, 5: 0}
    assert who(over("any", ORDER, per=by, having=dear)) == {1, 2}
    assert who(over("none", ORDER, per=by, having=dear)) == {3, 4, 5}
    # The group holds the rows that `where` keeps: of 1, web has 12 alone, which has no total.
    late = ir.Compare(">", of(ORDER, "at"), ir.Literal(datetime(2026, 3, 1), type=TIMESTAMP))
    two = over("count", inside, outer=group, type=INT)
    assert who(over("any", ORDER, per=by, where=late, having=equal(two, whole(2)))) == set()
    web = equal(ir.GroupValue(group, type=STRING), text("web"))
    assert worth(over("count", ORDER, per=by, having=web, type=INT)) == {1: 1, 2: 1, 3: 0, 4: 0, 5: 0}
    through_base = over("count", ir.Row(2, "web_order"), outer=group, type=INT)
    assert who(over("any", ORDER, per=by, having=equal(through_base, whole(2)))) == {1}


# -- rows in company -----------------------------------------------------------------------------------------------------


def test_the_row_before_is_by_time_then_key_among_all_that_show() -> None:
    before = ir.Previous(ORDER, of(ORDER, "id"), type=INT, optional=True)
    # 11, then 12 before 13, which are at the same time.
    assert worth(over("max", ORDER, before, where=equal(of(ORDER, "id"), whole(13)), type=INT, optional=True))[1] == 12
    assert worth(over("max", ORDER, before, where=equal(of(ORDER, "id"), whole(12)), type=INT, optional=True))[1] == 11
    assert worth(over("count", ORDER, where=ir.IsMissing(before), type=INT)) == {1: 1, 2: 1, 3: 1, 4: 0, 5: 0}
    twice = ir.Previous(ORDER, before, type=INT, optional=True)
    assert worth(over("sum", ORDER, twice, type=decimal(26, 0))) == {1: 11, 2: 0, 3: 0, 4: 0, 5: 0}
    # A missing value of the row before is missing too.
    total = ir.Previous(ORDER, of(ORDER, "total"), type=MONEY, optional=True)
    assert worth(over("sum", ORDER, total, type=decimal(22, 2))) == {1: D(10), 2: D(30), 3: 0, 4: 0, 5: 0}


def test_traits_of_a_relation() -> None:
    gap = ir.Call(
        "days_between",
        "days_between_timestamps",
        (ir.Previous(ORDER, of(ORDER, "at"), type=TIMESTAMP, optional=True), of(ORDER, "at")),
        type=INT,
        optional=True,
    )
    trait = ir.Definition("trait", "order.gap", gap, owner="order")
    used = ir.RowUse(ORDER, (), "order.gap", type=INT, optional=True)
    assert worth(over("max", ORDER, used, type=INT, optional=True), trait) == {1: 1, 2: 121, 3: None, 4: None, 5: None}
    # For a row of a relation that is `from` it, the row before is still the one of `order`: before 12 is 11.
    web = ir.Row(1, "web_order")
    in_web = ir.RowUse(web, (), "order.gap", type=INT, optional=True)
    assert worth(over("max", web, in_web, type=INT, optional=True), trait)[1] == 1
    own = ir.Previous(web, of(web, "id"), type=INT, optional=True)
    assert worth(over("max", web, own, type=INT, optional=True))[1] == 11


def test_the_owner_of_a_row_is_row_0_in_its_traits() -> None:
    rich = ir.Definition("trait", "order.rich", ir.Compare(">", POINTS, whole(5)), owner="order")
    assert who(over("any", ORDER, where=ir.RowUse(ORDER, (), "order.rich")), rich) == {3}


def test_other_rows_are_seen_from_a_row_and_tied_by_comparisons() -> None:
    click = ir.Row(2, "click")
    at_once = over("any", click, where=equal(of(click, "at"), of(ORDER, "at")))
    assert worth(over("count", ORDER, where=at_once, type=INT)) == {1: 2, 2: 1, 3: 0, 4: 0, 5: 0}
    other = ir.Row(2, "order")
    more = over("any", other, where=ir.Compare(">", of(other, "total"), of(ORDER, "total")))
    assert worth(over("count", ORDER, where=more, type=INT)) == {1: 1, 2: 1, 3: 0, 4: 0, 5: 0}


def test_followed_by_is_strictly_later_and_within_exactly_the_duration() -> None:
    click = ir.Row(2, "click")
    after = ir.Follow(ORDER, click, True, None, None)
    before = replace(after, forward=False)

    def count(where: ir.Expr) -> dict[object, object]:
        return worth(over("count", ORDER, where=where, type=INT))

    # 1: all three orders lie before the click a microsecond after midnight. 2: at the same time as 22, later than 21.
    assert count(after) == {1: 3, 2: 1, 3: 1, 4: 0, 5: 0}
    assert count(before) == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0}
    day = 86_400_000_000
    assert count(replace(after, within=1))[1] == 2
    assert count(replace(after, within=day))[1] == 3  # the click at midnight is exactly a day after order 11
    assert count(replace(after, within=day - 1))[1] == 2
    assert count(replace(after, within=30 * day))[3] == 1
    assert count(replace(after, within=30 * day - 1))[3] == 0
    paid = equal(of(click, "page"), text("pay"))
    assert count(replace(after, where=paid, within=day)) == {1: 2, 2: 0, 3: 0, 4: 0, 5: 0}
    assert count(ir.Not(after)) == {1: 0, 2: 1, 3: 0, 4: 0, 5: 0}
    in_may = ir.Period(ir.Moment(date(2026, 5, 1)), ir.Moment(date(2026, 5, 31)))
    assert count(replace(after, period=in_may)) == {1: 0, 2: 1, 3: 0, 4: 0, 5: 0}


def test_steps_nest_and_see_the_rows_around_them() -> None:
    click = ir.Row(1, "click")
    order, then = ir.Row(2, "order"), ir.Row(3, "order")
    same = equal(of(then, "channel"), of(order, "channel"))
    second = ir.Follow(order, then, True, None, same)
    chain = ir.Follow(click, order, False, None, second)
    # Before the clicks of 1 lies 11 (and 12 before the second one), after 11 comes 12, also from the web.
    assert worth(over("count", click, where=chain, type=INT)) == {1: 2, 2: 0, 3: 0, 4: 0, 5: 0}


def test_dates_follow_in_days() -> None:
    visit, next_visit = ir.Row(1, "visit"), ir.Row(2, "visit")
    again = ir.Follow(visit, next_visit, True, None, None, 48 * 3_600_000_000)
    assert worth(over("count", visit, where=again, type=INT)) == {1: 1, 2: 0, 3: 0, 4: 0, 5: 0}
    sooner = replace(again, within=48 * 3_600_000_000 - 1)
    assert who(over("any", visit, where=sooner)) == set()


# -- the past ------------------------------------------------------------------------------------------------------------


def ago(**parts: int) -> ir.Moment:
    return ir.Moment("as_of", micros=-round(timedelta(**parts).total_seconds() * 1e6))


def test_the_past_has_its_own_population_rows_and_ranks() -> None:
    then = ir.Moment(date(2026, 4, 1))
    count = over("count", ORDER, type=INT)
    assert worth(ir.Past(count, then, type=INT, optional=True)) == {1: 3, 2: 1, 3: 0, 4: None, 5: None}
    none = equal(count, whole(0))
    assert who(ir.Past(none, then)) == {3}
    assert who(ir.Not(ir.Past(none, then))) == {1, 2, 4, 5}
    # In April 1 had spent 40, 2 had spent 30 and 3 nothing.
    assert who(ir.Rank("top", SPENT, count=1)) == {2}
    assert who(ir.Past(ir.Rank("top", SPENT, count=1), then)) == {1}
    assert worth(ir.Past(ir.RankValue(SPENT, type=INT), then, type=INT, optional=True)) == {
        1: 1, 2: 2, 3: 3, 4: None, 5: None,
    }  # fmt: skip
    everyone = ir.Overall(ir.Aggregate("count", ENTITY, ENTITY, None, None, None, type=INT), type=INT)
    assert worth(ir.Past(everyone, then, type=INT, optional=True))[1] == 3
    before = ir.Previous(ORDER, of(ORDER, "id"), type=INT, optional=True)
    latest = over("max", ORDER, before, type=INT, optional=True)
    assert worth(ir.Past(latest, then, type=INT, optional=True)) == {1: 12, 2: None, 3: None, 4: None, 5: None}


def test_what_is_made_from_as_of_moves_with_it() -> None:
    month = ir.Period(ago(days=31), ir.AS_OF)
    recent = over("count", ORDER, period=month, type=INT)
    assert worth(recent) == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0}  # 31 days before is the noon of 1 May
    # Half a day before, the 31 days begin with 1 May.
    assert worth(ir.Past(recent, ago(hours=12), type=INT)) == {1: 0, 2: 1, 3: 1, 4: 0, 5: 0}
    inner = ir.Past(recent, ago(days=60), type=INT)
    # 31 days and 60 days before: 2 March, noon, and a month back from there.
    assert worth(ir.Past(inner, ago(days=31), type=INT))[1] == 3
    assert worth(ir.Past(inner, ago(days=30), type=INT))[1] == 3
    assert worth(ir.Past(inner, ago(days=32), type=INT))[1] == 1
    this_month = ir.Period(ir.Moment("as_of", "month"), ir.Moment("as_of", "month", months=1))
    in_month = over("count", ORDER, period=this_month, type=INT)
    assert worth(ir.Past(in_month, ir.Moment(datetime(2026, 3, 31, 23)), type=INT))[1] == 3


def test_definitions_are_worked_out_anew_in_the_past() -> None:
    trait = ir.Definition("trait", "orders", over("count", ORDER, type=INT))
    orders = ir.Use("orders", type=INT)
    grown = ir.Compare(">", orders, ir.Past(orders, ir.Moment(date(2026, 4, 1)), type=INT, optional=True))
    assert who(grown, trait) == {2, 3}


def test_the_past_inside_a_row_is_the_customers() -> None:
    bought = ir.Past(BOUGHT, ir.Moment(date(2026, 1, 2)))
    assert worth(over("count", ORDER, where=bought, type=INT)) == {1: 0, 2: 2, 3: 0, 4: 0, 5: 0}


def test_a_segment_in_the_past_is_the_segment_evaluated_then() -> None:
    for condition in (ir.Rank("top", SPENT, percent=D(50)), ir.Rank("bottom", POINTS, count=2), BOUGHT, ir.Not(BOUGHT)):
        for then in (datetime(2026, 3, 2), datetime(2026, 5, 1), datetime(2026, 5, 20, 0, 0, 0, 1)):
            assert who(ir.Past(condition, ir.Moment(then))) == who(condition, as_of=then)
