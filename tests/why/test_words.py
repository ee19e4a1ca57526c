"""What is said of one customer, worked out by hand in the shop of `shop`: for each construct, and at its edges."""

from __future__ import annotations

import pytest
from why.shop import ANN, AS_OF, BOB, CLEO, DAN, TABLES, condition

SAID = [
    # numbers
    ("orders >= 5", ANN, "3 orders, needs at least 5: 2 more"),
    ("orders >= 3", ANN, "3 orders, needs at least 3"),
    ("orders > 3", ANN, "exactly 3 orders, needs more than 3: 1 more"),
    ("orders < 3", ANN, "exactly 3 orders, needs less than 3: 1 too many"),
    ("orders = 0", CLEO, "no orders, needs none"),
    ("orders = 0", ANN, "3 orders, needs none: 3 too many"),
    ("orders = 1", ANN, "3 orders, needs 1: 2 too many"),
    ("orders != 3", ANN, "3 orders, needs anything but 3"),
    ("5 <= orders", ANN, "3 orders, needs at least 5: 2 more"),
    ("total_spent >= 150", ANN, "total spent is 100.00, needs at least 150.00: 50.00 more"),
    ("total_spent > 100", ANN, "total spent is exactly 100.00, needs more than 100.00: 0.01 more"),
    ("age < 18", DAN, "age is exactly 18, needs less than 18: 1 too much"),
    ("age <= 25", ANN, "age is 30, needs at most 25: 5 too much"),
    ("age between 18 and 24", ANN, "age is 30, needs 18 to 24: 6 too much"),
    ("age between 40 and 60", ANN, "age is 30, needs 40 to 60: 10 more"),
    ("age between 18 and 24", DAN, "age is 18, needs 18 to 24"),
    ("age not between 18 and 35", ANN, "age is 30, needs anything but 18 to 35"),
    ("distinct(order.channel) >= 3", ANN, "2 different channels, needs at least 3: 1 more"),
    # how far off: never less than it takes, and no more
    ("age > 60", BOB, "age is 65, needs more than 60"),
    ("age > 60", ANN, "age is 30, needs more than 60: 31 more"),
    ("age < 18", BOB, "age is 65, needs less than 18: 48 too much"),
    ("orders > 2.5", BOB, "1 order, needs more than 2.5: 2 more"),
    ("orders >= 2.5", BOB, "1 order, needs at least 2.5: 2 more"),
    ("orders < 2.5", ANN, "3 orders, needs less than 2.5: 1 too many"),
    ("orders <= 2.5", ANN, "3 orders, needs at most 2.5: 1 too many"),
    ("total_spent < 100", BOB, "total spent is 200.00, needs less than 100.00: 100.01 too much"),
    ("total_spent >= 100.125", ANN, "total spent is 100.00, needs at least 100.125: 0.13 more"),
    ("total_spent / 3 > 60", ANN, "total_spent / 3 is 33.3333, needs more than 60: 26.6667 more"),
    ("avg(order.total) > 60", BOB, "avg(order.total) is 200, needs more than 60"),
    ("avg(order.total) < 60", BOB, "avg(order.total) is 200, needs less than 60: more than 140 too much"),
    ("avg(order.total) <= 60", BOB, "avg(order.total) is 200, needs at most 60: 140 too much"),
    (
        "avg(order.total) > 1000000 * 1000000 * 1000000 * 1000000 * avg(order.total)",
        BOB,
        "avg(order.total) is 200, needs more than 1000000 * 1000000 * 1000000 * 1000000 * avg(order.total) (2e+26)",
    ),
    ("total_spent < 0", CLEO, "total spent is exactly 0.00, needs less than 0.00: 0.01 too much"),
    ("birth_date < 1996-06-05", ANN, "birth date is exactly 1996-06-05, needs earlier than 1996-06-05: 1 day too late"),
    ("birth_date <= 1996-06-03", ANN, "birth date is 1996-06-05, needs no later than 1996-06-03: 2 days too late"),
    ("birth_date > 1996-06-07", ANN, "birth date is 1996-06-05, needs later than 1996-06-07: 3 days too early"),
    # days since
    ("last_order_days > 90", ANN, "last order 41 days ago, needs more than 90: 50 days to go"),
    ("last_order_days > 90", BOB, "last order exactly 90 days ago, needs more than 90: 1 day to go"),
    ("last_order_days >= 90", BOB, "last order 90 days ago, needs at least 90"),
    ("last_order_days <= 30", ANN, "last order 41 days ago, needs at most 30: 11 days too long ago"),
    (
        "days_since(min(order.placed_at)) > 400",
        ANN,
        "first order exactly 400 days ago, needs more than 400: 1 day to go",
    ),
    # missing values
    ("last_order_days > 90", CLEO, "there is no last order: a missing value satisfies no comparison"),
    ('country = "GR"', CLEO, "country is missing: a missing value satisfies no comparison"),
    ('country != "GR"', CLEO, "country is missing: a missing value satisfies no comparison"),
    ("orders > age", CLEO, "age is missing: a missing value satisfies no comparison"),
    ("age between 1 and 99", CLEO, "age is missing: a missing value satisfies no comparison"),
    ('country in ("GR", "CY")', CLEO, "country is missing: a missing value satisfies no comparison"),
    ('nickname contains "x"', CLEO, "nickname is missing: a missing value satisfies no comparison"),
    ("country is missing", ANN, 'country is "GR", needs to be missing'),
    ("country is present", ANN, 'country is "GR"'),
    ("country is missing", CLEO, "country is missing"),
    ("interests is missing", ANN, 'interests: "cooking" and "running", needs to be missing'),
    ("country is present", CLEO, "country is missing, needs to be present"),
    ("consent", CLEO, "consent is missing, needs true"),
    ("coalesce(age, 0) > 18", CLEO, "coalesce(age, 0) is 0, needs more than 18: 19 more"),
    # texts, lists, truth values
    ('country = "GR"', BOB, 'country is "DE", needs "GR"'),
    ('country in ("GR", "CY")', BOB, 'country is "DE", needs one of "GR" or "CY"'),
    ('country not in ("GR", "CY")', ANN, 'country is "GR", needs none of "GR" and "CY"'),
    ('level >= "high"', ANN, 'level is "middle", needs at least "high"'),
    ('nickname contains "x"', ANN, 'nickname is "Annie", needs to contain "x"'),
    ('nickname not starts with "Ann"', ANN, 'nickname is "Annie", needs not to start with "Ann"'),
    ('nickname matches "B*"', ANN, 'nickname is "Annie", needs to fit "B*"'),
    (
        'interests contains all ("running", "travel")',
        ANN,
        'interests: "cooking" and "running", needs all of "running" and "travel": "travel" is lacking',
    ),
    ('interests contains "travel"', BOB, 'interests is missing, needs "travel"'),
    ("consent", BOB, "consent is false, needs true"),
    ("consent", ANN, "consent is true"),
    # times
    (
        "created_at in last 30 days",
        ANN,
        "created at 2025-01-17 11:00, needs to be in 2026-05-02 12:00 to 2026-06-01 12:00: 470 days too early",
    ),
    (
        "birth_date in 1990-01-01 to 1996-06-03",
        ANN,
        "birth date is 1996-06-05, needs to be in 1990-01-01 to 1996-06-03: 2 days too late",
    ),
    (
        "created_at < 2026-01-01",
        DAN,
        "created at 2026-05-22, needs earlier than 2026-01-01: 142 days too late",
    ),
    (
        "anniversary(birth_date) in next 7 days",
        BOB,
        "birth date is 1961-01-01, needs an anniversary in 2026-06-02 to 2026-06-08",
    ),
    # rows: a row exactly at the beginning of a period is in it
    (
        "none(order in last 90 days)",
        BOB,
        "1 order, 1 in last 90 days (2026-03-03 11:00 to 2026-06-01 12:00), the last of them 90 days ago, needs none",
    ),
    (
        "any(order in last 40 days)",
        ANN,
        "3 orders, 0 in last 40 days (2026-04-22 12:00 to 2026-06-01 12:00), the last 41 days ago, needs at least one",
    ),
    (
        'any(order in last 60 days where total > 50 and channel = "shop")',
        ANN,
        (
            "3 orders, 1 in last 60 days (2026-04-02 12:00 to 2026-06-01 12:00), 1 with total > 50, "
            '0 with channel = "shop", 0 with all of that, the last of all 41 days ago, needs at least one'
        ),
    ),
    (
        "any(order followed by (order) within 70 days)",
        ANN,
        "3 orders, 1 followed by (order) within 70 days, the last of them 100 days ago, needs at least one",
    ),
    (
        "any(order per channel having count(order) >= 3)",
        ANN,
        (
            "3 orders, in 2 groups by channel, 0 of these groups having count(order) >= 3, the last 41 days ago, "
            "needs at least one"
        ),
    ),
    # everybody: spent are 100.00 (Ann), 200.00 (Bob), 0.00 (Cleo) and 5.00 (Dan)
    ("top 1 by total_spent", ANN, "ranked 2nd of 4 by total spent (100.00); the top 1 is the first: 1 place to go"),
    ("top 50% by total_spent", ANN, "ranked 2nd of 4 by total spent (100.00); the top 50% are the first 2"),
    (
        "bottom 1 by total_spent",
        ANN,
        "ranked 3rd from the bottom of 4 by total spent (100.00); the bottom 1 is the first: 2 places to go",
    ),
    (
        "top 60% of total_spent",
        ANN,
        "ranked 2nd of 4 by total spent (100.00); the first makes up 60% of the total: 1 place to go",
    ),
    ("top 70% of total_spent", ANN, "ranked 2nd of 4 by total spent (100.00); the first 2 make up 70% of the total"),
    (
        "top 60% of total_spent",
        DAN,
        "ranked 3rd of 4 by total spent (5.00); the first makes up 60% of the total: 2 places to go",
    ),
    ("top 60% of total_spent", CLEO, "ranked 4th of 4 by total spent (0.00): only values above 0 count"),
    ('top 1 by total_spent among country = "GR"', BOB, 'is not ranked: not among those with country = "GR"'),
    ("top 1 by age", CLEO, "is not ranked: age is missing"),
    ("top 1 per country by total_spent", CLEO, "is not ranked: country is missing"),
    (
        "top 1 per country by total_spent",
        DAN,
        'ranked 2nd of 2 with country "GR" by total spent (5.00); the top 1 is the first: 1 place to go',
    ),
    (
        "top 1 per order.channel by sum(order.total)",
        DAN,
        "not in the top 1 in any of 1 channel (1 order, the last 2 days ago)",
    ),
    ("rank(total_spent) <= 1", ANN, "rank(total_spent) is 2, needs at most 1: 1 too much"),
    # 305.00 in five orders
    (
        "total_spent > overall(avg(order.total))",
        CLEO,
        "total spent is 0.00, needs more than overall(avg(order.total)) (61): 61.01 more",
    ),
    # the past: 60 days ago, Ann had two orders, and Dan was not there
    ("(orders >= 3) as of 60 days ago", ANN, "2 orders, needs at least 3: 1 more"),
    ("buyers as of 2026-05-20", DAN, "not there yet on 2026-05-20 00:00"),
    # tiers
    ("worth.gold", ANN, 'worth is "silver", needs "gold"'),
    ('worth >= "gold"', ANN, 'worth is "silver", needs at least "gold"'),
    # traits with arguments
    ('bought_by("web", 3)', ANN, '2 orders with channel = way ("web"), needs at least 3: 1 more'),
    ("true", CLEO, "it always holds"),
    ("if(orders >= 3, 100, 0) > 500", ANN, "if(orders >= 3, 100, 0) is 100, needs more than 500: 401 more"),
    ("max(order.gap) > 400", ANN, "max(order.gap) is 300, needs more than 400: 101 more"),
    (
        "hours_since(max(order.placed_at)) < 24",
        DAN,
        "hours_since(max(order.placed_at)) is 48, needs less than 24: 25 too much",
    ),
]


@pytest.mark.parametrize(("text", "key", "said"), SAID, ids=lambda value: str(value)[:50])
def test_what_is_found(text: str, key: int, said: str) -> None:
    assert condition(text).why(TABLES, key, as_of=AS_OF).root.finding == said


SUMMARIES = [
    ("lapsed", ANN, "Not in lapsed: 1 order in last 90 days, the last of them 41 days ago"),
    ("lapsed", CLEO, "Not in lapsed: no orders, needs at least 1: 1 more"),
    (
        "orders >= 1 and age > 60 and consent",
        BOB,
        "Not in orders >= 1 and age > 60 and consent: consent is false, needs true",
    ),
    ("age > 60 or orders >= 2", ANN, "In age > 60 or orders >= 2: 3 orders, needs at least 2"),
    (
        "age > 60 or orders >= 5",
        ANN,
        "Not in age > 60 or orders >= 5: age is 30, needs more than 60: 31 more; 3 orders, needs at least 5: 2 more",
    ),
    ("not buyers", ANN, "Not in not buyers: 3 orders, needs none: 3 too many"),
    # what stands under a `not` is told as its opposite
    ("not (age = 30)", ANN, "Not in not (age = 30): age is 30, must not be 30"),
    ("not (age != 30)", BOB, "Not in not (age != 30): age is 65, needs 30"),
    ("not (age >= 18)", DAN, "Not in not (age >= 18): age is exactly 18, needs less than 18: 1 too much"),
    ("not (age > 18)", ANN, "Not in not (age > 18): age is 30, needs at most 18: 12 too much"),
    ("not (age < 40)", ANN, "Not in not (age < 40): age is 30, needs at least 40: 10 more"),
    ("not (age < 40)", BOB, "In not (age < 40): age is 65, needs at least 40"),
    ("not (not (age < 18))", ANN, "Not in not (not (age < 18)): age is 30, needs less than 18: 13 too much"),
    ("not (age < 40)", CLEO, "In not (age < 40): age is missing: a missing value satisfies no comparison"),
    ("not (age between 18 and 40)", ANN, "Not in not (age between 18 and 40): age is 30, needs anything but 18 to 40"),
    (
        'not (country in ("GR", "CY"))',
        ANN,
        """Not in not (country in ("GR", "CY")): country is "GR", needs none of "GR" and "CY\"""",
    ),
    ('not (country in ("DE"))', BOB, """Not in not (country in ("DE")): country is "DE", must not be "DE\""""),
    ("not (country is missing)", CLEO, "Not in not (country is missing): country is missing, needs to be present"),
    ("not consent", ANN, "Not in not consent: consent is true, needs false"),
    (
        'not (nickname starts with "A")',
        ANN,
        """Not in not (nickname starts with "A"): nickname is "Annie", needs not to start with "A\"""",
    ),
    (
        'not (interests contains "travel")',
        DAN,
        """Not in not (interests contains "travel"): interests: "travel", needs not "travel\"""",
    ),
    ("not (orders = 0)", CLEO, "Not in not (orders = 0): no orders, needs at least 1: 1 more"),
    ("not (orders > 2)", ANN, "Not in not (orders > 2): 3 orders, needs at most 2: 1 too many"),
    ("not (last_order_days > 90)", BOB, "In not (last_order_days > 90): last order 90 days ago, needs at most 90"),
    (
        "not worth.silver",
        ANN,
        "Not in not worth.silver: total spent is exactly 100.00, needs less than 100.00: 0.01 too much",
    ),
    ("not lapsed", BOB, "In not lapsed: 1 order in last 90 days, the last of them 90 days ago"),
    # what narrows down what is counted is said
    (
        "count(order in last 30 days) >= 2",
        ANN,
        "Not in count(order in last 30 days) >= 2: no orders in last 30 days, needs at least 2: 2 more",
    ),
    (
        "count(order in last 60 days where total > 50) = 0",
        ANN,
        (
            "Not in count(order in last 60 days where total > 50) = 0: 1 order in last 60 days with total > 50, needs none: 1 too many"
        ),
    ),
    (
        "distinct(order.channel where total > 20) > 1",
        ANN,
        "Not in distinct(order.channel where total > 20) > 1: exactly 1 different channel with total > 20, needs more than 1: 1 more",
    ),
    (
        "any of previous 2 months has (count(order) >= 2)",
        ANN,
        (
            "Not in any of previous 2 months has (count(order) >= 2): 1 order in 2026-04-01 to 2026-04-30, needs at least 2: 1 more; "
            "no orders in 2026-05-01 to 2026-05-31, needs at least 2: 2 more"
        ),
    ),
    (
        "any of previous 2 months has (sum(order.total) >= 70)",
        ANN,
        (
            "Not in any of previous 2 months has (sum(order.total) >= 70): 2026-04-01 to 2026-04-30: sum(order.total) is 60.00, "
            "needs at least 70.00: 10.00 more; 2026-05-01 to 2026-05-31: sum(order.total) is 0.00, needs at least 70.00: 70.00 more"
        ),
    ),
    # and so is that something is told of another time
    (
        "(orders >= 3) as of 60 days ago",
        ANN,
        "Not in (orders >= 3) as of 60 days ago: as of 2026-04-02 12:00: 2 orders, needs at least 3: 1 more",
    ),
    (
        "not ((last_order_days > 20) as of 2026-04-01)",
        ANN,
        (
            "Not in not ((last_order_days > 20) as of 2026-04-01): as of 2026-04-01: last order 38 days before then, "
            "needs at most 20: 18 days too long ago"
        ),
    ),
    ("buyers as of 2026-05-20", DAN, "Not in buyers as of 2026-05-20: not there yet on 2026-05-20 00:00"),
    (
        "none(order) as of 2026-04-01",
        ANN,
        "Not in none(order) as of 2026-04-01: as of 2026-04-01: 2 orders, the last 38 days before then",
    ),
    ("worth.gold", ANN, "Not in worth.gold: total spent is 100.00, needs at least 150.00: 50.00 more"),
    ("worth.silver", BOB, 'Not in worth.silver: worth is "gold", a case that comes before it'),
    (
        "each of previous 3 months has (any(order))",
        ANN,
        (
            "Not in each of previous 3 months has (any(order)): no orders in 2026-03-01 to 2026-03-31, the last 41 days ago; "
            "no orders in 2026-05-01 to 2026-05-31, the last 41 days ago"
        ),
    ),
]


@pytest.mark.parametrize(("text", "key", "said"), SUMMARIES, ids=lambda value: str(value)[:50])
def test_what_is_summed_up(text: str, key: int, said: str) -> None:
    assert condition(text).why(TABLES, key, as_of=AS_OF).summary == said
