"""Faults made on purpose, over the shop of these tests: where each is, what it is told as, and a twin that is right.

A text that begins with none of the words of a definition is a segment's condition.
"""

from __future__ import annotations

from dataclasses import dataclass

NEVER, ALWAYS, UNREACHABLE, ADDS_NOTHING, SAME, EMPTY = "SEG810", "SEG811", "SEG812", "SEG813", "SEG814", "SEG815"


@dataclass(frozen=True)
class Fault:
    """``at`` is the text at which the fault is told, ``twin`` differs by little and is right."""

    text: str
    code: str
    at: str
    twin: str


FAULTS = (
    # numbers, their ranges and grids
    Fault("points > 5 and points < 3", NEVER, "points < 3", "points > 3 and points < 5"),
    Fault("points > 2 and points < 3", NEVER, "points < 3", "points > 2 and points <= 3"),
    Fault("balance > 2.00 and balance < 2.01", NEVER, "balance < 2.01", "balance > 2.00 and balance < 2.02"),
    Fault("score > 2 and score < 2.0", NEVER, "score < 2.0", "score > 2 and score < 2.1"),
    Fault("visits between 30 and 20", NEVER, "visits between 30 and 20", "visits between 20 and 30"),
    Fault("points in (1, 2) and points >= 3", NEVER, "points >= 3", "points in (1, 2, 3) and points >= 3"),
    Fault(
        "points not in (1, 2) and points between 1 and 2",
        NEVER,
        "points between 1 and 2",
        "points not in (1, 2) and points between 1 and 3",
    ),
    Fault("count(order) < 0", NEVER, "count(order) < 0", "count(order) < 1"),
    Fault("count(order) >= 0", ALWAYS, "count(order) >= 0", "count(order) >= 1"),
    Fault("abs(points) < 0", NEVER, "abs(points) < 0", "abs(points) <= 0"),
    Fault("month(joined_on) = 13", NEVER, "month(joined_on) = 13", "month(joined_on) = 12"),
    Fault("hour(created_at) > 23", NEVER, "hour(created_at) > 23", "hour(created_at) > 22"),
    Fault("length(city) < 0 or points > 3", NEVER, "length(city) < 0", "length(city) < 1 or points > 3"),
    Fault("quantile(points, 5) > 5", NEVER, "quantile(points, 5) > 5", "quantile(points, 5) > 4"),
    Fault("points > 5 or points < 7", ALWAYS, "points < 7", "points > 7 or points < 5"),
    Fault("points > 5 or points <= 5", ALWAYS, "points <= 5", "points > 5 or points <= 4"),
    # what is missing: a comparison with it is false, `not` is exact
    Fault("visits > 5 or not (visits > 5)", ALWAYS, "not (visits > 5)", "active or visits > 5 or visits <= 5"),
    Fault("visits is missing and visits < 3", NEVER, "visits < 3", "visits is missing or visits < 3"),
    Fault(
        "visits != 3 and country is missing and country = city",
        NEVER,
        "country = city",
        "visits != 3 and country is missing and city = 'x'",
    ),
    Fault("visits > 5 and visits is present", ADDS_NOTHING, "visits is present", "visits > 5 and country is present"),
    Fault("coalesce(visits, 0) < 0 and visits > 1", NEVER, "visits > 1", "coalesce(visits, 0) < 2 and visits > 0"),
    Fault("email is missing or email is present", ALWAYS, "email is present", "email is missing or city = 'x'"),
    # always, but for what is missing
    Fault("country != 'GR' or country != 'CY'", ALWAYS, "country != 'CY'", "country != 'GR' and country != 'CY'"),
    Fault(
        "active and (age(birth_date) > 18 or age(birth_date) <= 18)",
        ALWAYS,
        "age(birth_date) <= 18",
        "active and (age(birth_date) > 18 or age(birth_date) < 18)",
    ),
    Fault("consent = true or consent = false", ALWAYS, "consent = false", "consent = true or active = false"),
    Fault(
        "any(order where channel not in ('a', 'b') or channel != 'c')",
        ALWAYS,
        "channel != 'c'",
        "any(order where channel not in ('a', 'b') or channel = 'b')",
    ),
    # one quantity and another
    Fault("points < visits and visits < points", NEVER, "visits < points", "points <= visits and visits <= points"),
    Fault(
        "points < visits and visits < balance and balance < points",
        NEVER,
        "balance < points",
        "points < visits and visits < balance and points < balance + 1",
    ),
    # texts
    Fault("country = 'GR' and country = 'CY'", NEVER, "country = 'CY'", "country = 'GR' or country = 'CY'"),
    Fault(
        "country in ('GR', 'CY') and country not in ('CY', 'GR')",
        NEVER,
        "country not in ('CY', 'GR')",
        "country in ('GR', 'CY') and country not in ('CY', 'IT')",
    ),
    Fault(
        "country starts with 'a' and country starts with 'b'",
        NEVER,
        "country starts with 'b'",
        "country starts with 'a' and country ends with 'b'",
    ),
    Fault(
        "country = 'abc' and country contains 'x'",
        NEVER,
        "country contains 'x'",
        "city = 'abc' and country contains 'x'",
    ),
    Fault(
        "country contains 'abc' and country contains 'b'",
        ADDS_NOTHING,
        "country contains 'b'",
        "country contains 'abc' and country contains 'd'",
    ),
    Fault("size >= 'M' and size = 'S'", NEVER, "size = 'S'", "size >= 'M' and size = 'L'"),
    Fault("size > 'L'", NEVER, "size > 'L'", "size > 'M'"),
    Fault("lower(country) = 'GR'", NEVER, "lower(country) = 'GR'", "lower(country) = 'gr' or upper(country) = 'CY'"),
    Fault(
        "lower(email) ends with '@Example.com'",
        NEVER,
        "lower(email) ends with '@Example.com'",
        "lower(email) ends with '@example.com'",
    ),
    Fault(
        "upper(country) not in ('GR', 'cy') or upper(country) = 'it'",
        NEVER,
        "upper(country) = 'it'",
        "upper(country) not in ('GR', 'CY') or upper(country) = 'GR'",
    ),
    # truth values and lists
    Fault("active and not active", NEVER, "not active", "consent and not active"),
    Fault("active = true or active = false", ALWAYS, "active = false", "active = true or consent = false"),
    Fault(
        "tags contains 'a' and tags not contains any ('a', 'b')",
        NEVER,
        "tags not contains any ('a', 'b')",
        "tags contains 'a' and tags not contains all ('a', 'b')",
    ),
    # days, instants, windows
    Fault(
        "joined_on in last 30 days and joined_on < 60 days ago",
        NEVER,
        "joined_on < 60 days ago",
        "joined_on in last 60 days and joined_on < 30 days ago",
    ),
    Fault(
        "created_at in this month and created_at in previous month",
        NEVER,
        "created_at in previous month",
        "created_at in this month or created_at in previous month",
    ),
    Fault(
        "created_at > 2025-01-01 and created_at < 2024-01-01",
        NEVER,
        "created_at < 2024-01-01",
        "created_at > 2024-01-01 and created_at < 2025-01-01",
    ),
    Fault(
        "count(order in last 30 days) > count(order in last 90 days)",
        NEVER,
        "count(order in last 30 days) > count(order in last 90 days)",
        "count(order in last 1 month) > count(order in last 30 days)",
    ),
    Fault(
        "any(order in last 1 month) and none(order in last 40 days)",
        NEVER,
        "none(order in last 40 days)",
        "any(order in last 1 month) and none(order in last 31 days)",
    ),
    Fault(
        "any(order in last 12 months) and none(order in last 24 months)",
        NEVER,
        "none(order in last 24 months)",
        "any(order in last 12 months) and none(order in last 365 days)",
    ),
    Fault("any(order in next 7 days)", EMPTY, "next 7 days", "any(order in last 7 days)"),
    Fault("count(review in next 2 months) > 1", EMPTY, "next 2 months", "count(review in last 2 months) > 1"),
    # rows
    Fault("any(order) and count(order) = 0", NEVER, "count(order) = 0", "any(review) and count(order) = 0"),
    Fault("sum(order.total) > 0 and none(order)", NEVER, "none(order)", "sum(order.total) > 0 and none(review)"),
    Fault(
        "any(order where total > 100) and none(order where total > 50)",
        NEVER,
        "none(order where total > 50)",
        "any(order where total > 50) and none(order where total > 100)",
    ),
    Fault("any(order where total > 5 and total < 3)", NEVER, "total < 3", "any(order where total > 3 and total < 5)"),
    Fault(
        "distinct(order.channel) > count(order)",
        NEVER,
        "distinct(order.channel) > count(order)",
        "distinct(order.channel) >= count(order)",
    ),
    Fault(
        "max(order.total) is missing and any(order)", NEVER, "any(order)", "max(order.due) is missing and any(order)"
    ),
    Fault(
        "min(order.total) > first(order.total)",
        NEVER,
        "min(order.total) > first(order.total)",
        "min(order.total) >= first(order.total)",
    ),
    Fault(
        "min(order.total) > last(order.total)",
        NEVER,
        "min(order.total) > last(order.total)",
        "min(order.total) >= last(order.total)",
    ),
    Fault(
        "first(order.total) > max(order.total)",
        NEVER,
        "first(order.total) > max(order.total)",
        "first(order.total) >= max(order.total)",
    ),
    Fault(
        "last(order.total) > max(order.total)",
        NEVER,
        "last(order.total) > max(order.total)",
        "last(order.total) >= max(order.total)",
    ),
    Fault(
        "min(order.total) > max(order.total)",
        NEVER,
        "min(order.total) > max(order.total)",
        "min(order.total) >= max(order.total)",
    ),
    Fault(
        "days_since(max(order.placed_at)) > 90 and any(order in last 90 days)",
        NEVER,
        "any(order in last 90 days)",
        "days_since(max(order.placed_at)) > 90 and any(order in last 100 days)",
    ),
    Fault(
        "days_since(last(order.placed_at)) < 80 and none(order in last 90 days)",
        NEVER,
        "none(order in last 90 days)",
        "days_since(last(order.placed_at)) < 80 and none(order in last 60 days)",
    ),
    Fault(
        "days_since(max(order.placed_at)) < 0",
        NEVER,
        "days_since(max(order.placed_at)) < 0",
        "days_since(max(order.placed_at)) < 1",
    ),
    Fault(
        "region is missing and region.name = 'x'", NEVER, "region.name = 'x'", "region is missing or region.name = 'x'"
    ),
    Fault(
        "count(order per channel having count(order) < 1) > 2",
        NEVER,
        "count(order) < 1",
        "count(order per channel having count(order) < 2) > 2",
    ),
    # what the schema says of rows, and when they happened
    Fault(
        "any(order where status = 'cancelled')",
        NEVER,
        "any(order where status = 'cancelled')",
        "any(order where status = 'paid')",
    ),
    Fault(
        "count(big_order where total < 50) > 3",
        NEVER,
        "count(big_order where total < 50) > 3",
        "count(big_order where total < 150) > 3",
    ),
    Fault("any(big_order) and none(order)", NEVER, "none(order)", "any(order) and none(big_order)"),
    Fault(
        "count(big_order) > count(order)", NEVER, "count(big_order) > count(order)", "count(big_order) >= count(order)"
    ),
    Fault(
        "count(big_order in last 7 days) > count(order in last 30 days)",
        NEVER,
        "count(big_order in last 7 days) > count(order in last 30 days)",
        "count(big_order in last 30 days) > count(order in last 7 days)",
    ),
    Fault("any(item) and none(order)", NEVER, "none(order)", "any(order) and none(item)"),
    Fault(
        "sum(item.quantity in last 7 days) > 5 and none(order in last 30 days)",
        NEVER,
        "none(order in last 30 days)",
        "sum(item.quantity in last 30 days) > 5 and none(order in last 7 days)",
    ),
    Fault("any(basket) and none(line)", NEVER, "none(line)", "any(line) and none(basket)"),
    Fault("any(order where placed_at > now)", NEVER, "placed_at > now", "any(order where placed_at > 1 day ago)"),
    Fault("any(review where written_on > today)", NEVER, "written_on > today", "any(review where written_on >= today)"),
    Fault("days_since(created_at) < 0", NEVER, "days_since(created_at) < 0", "days_since(joined_on) < 0"),
    Fault("created_at in next 7 days", NEVER, "created_at in next 7 days", "joined_on in next 7 days"),
    Fault(
        "any(order in last 30 days where placed_at < 60 days ago)",
        NEVER,
        "any(order in last 30 days where placed_at < 60 days ago)",
        "any(order in last 60 days where placed_at < 30 days ago)",
    ),
    Fault(
        "any(order in last 30 days where days_since(placed_at) > 60)",
        NEVER,
        "any(order in last 30 days where days_since(placed_at) > 60)",
        "any(order in last 60 days where days_since(placed_at) > 30)",
    ),
    Fault(
        "any(order in last 7 days) and none(order where placed_at in last 30 days)",
        NEVER,
        "none(order where placed_at in last 30 days)",
        "any(order in last 30 days) and none(order where placed_at in last 7 days)",
    ),
    Fault(
        "days_since(max(order.placed_at)) > days_since(min(order.placed_at))",
        NEVER,
        "days_since(max(order.placed_at)) > days_since(min(order.placed_at))",
        "days_since(max(order.placed_at)) < days_since(min(order.placed_at))",
    ),
    # rows and what is said of the greatest, the least and the mean
    Fault(
        "any(order where total > 100) and max(order.total) <= 100",
        NEVER,
        "max(order.total) <= 100",
        "any(order where total >= 100) and max(order.total) <= 100",
    ),
    Fault(
        "none(order where total > 100) and max(order.total) > 100",
        NEVER,
        "max(order.total) > 100",
        "none(order where total > 100) and max(order.total) >= 100",
    ),
    Fault(
        "min(order.total) >= 50 and any(order in last 7 days where total < 20)",
        NEVER,
        "any(order in last 7 days where total < 20)",
        "min(order.total in last 7 days) >= 50 and any(order where total < 20)",
    ),
    Fault(
        "max(review.stars) is missing and any(review where stars > 3)",
        NEVER,
        "any(review where stars > 3)",
        "max(review.stars) is missing and any(review where total > 3)",
    ),
    Fault(
        "max(review.stars) < 3 and none(review where stars is missing or stars < 3)",
        NEVER,
        "none(review where stars is missing or stars < 3)",
        "max(review.stars) < 3 and none(review where stars is missing or stars < 2)",
    ),
    Fault(
        "avg(order.total) > 100 and max(order.total) < 50",
        NEVER,
        "max(order.total) < 50",
        "avg(order.total) > 50 and max(order.total) < 100",
    ),
    Fault(
        "median(order.total) < 10 and min(order.total) > 20",
        NEVER,
        "min(order.total) > 20",
        "median(order.total) < 20 and min(order.total) > 10",
    ),
    Fault(
        "count(order per channel) > count(order)",
        NEVER,
        "count(order per channel) > count(order)",
        "count(order per channel) >= count(order)",
    ),
    Fault(
        "count(order per month having count(order) > 1) >= 3 and count(order) < 3",
        NEVER,
        "count(order) < 3",
        "count(order per month having count(order) > 1) >= 3 and count(order) < 9",
    ),
    # ranks
    Fault(
        "top 1 per order.channel by count(order) and not top 5 per order.channel by count(order)",
        NEVER,
        "not top 5 per order.channel by count(order)",
        "top 5 per order.channel by count(order) and not top 1 per order.channel by count(order)",
    ),
    Fault(
        "top 10 by points and not top 20 by points",
        NEVER,
        "not top 20 by points",
        "top 20 by points and not top 10 by points",
    ),
    Fault(
        "top 10% by points and top 20% by points",
        ADDS_NOTHING,
        "top 20% by points",
        "top 10% by points and top 20% by balance",
    ),
    # parts
    Fault("points > 5 and points > 3", ADDS_NOTHING, "points > 3", "points > 5 and visits > 3"),
    Fault("points > 5 or points > 3", ADDS_NOTHING, "points > 5", "points > 5 or visits > 3"),
    Fault("active and (active or consent)", ADDS_NOTHING, "active or consent", "active and (well_paid or consent)"),
    Fault("points > 5 and (points < 3 or active)", NEVER, "points < 3", "points > 5 and (points < 8 or active)"),
    Fault(
        "if(points > 5 and points < 3, 1, 2) > visits",
        NEVER,
        "points < 3",
        "if(points > 3 and points < 5, 1, 2) > visits",
    ),
    Fault("not (active and active)", ADDS_NOTHING, "active", "not (active and consent)"),
    # tiers
    Fault(
        "tiers spender\n  some where points > 1\n  many where points > 10",
        UNREACHABLE,
        "many",
        "tiers spender\n  many where points > 10\n  some where points > 1",
    ),
    Fault(
        "tiers spender\n  many where points > 10\n  few where points <= 10\n  otherwise none_at_all",
        UNREACHABLE,
        "none_at_all",
        "tiers spender\n  many where visits > 10\n  few where visits <= 10\n  otherwise none_at_all",
    ),
    Fault(
        "tiers spender\n  many where points > 10 and points < 5\n  few where points > 1",
        NEVER,
        "points < 5",
        "tiers spender\n  many where points > 10 and visits < 5\n  few where points > 1",
    ),
    Fault(
        "tiers spender\n  many where points > 10\n  few where points > 1\nsegment s where spender = 'few' and points > 20",
        NEVER,
        "points > 20",
        "tiers spender\n  many where points > 10\n  few where points > 1\nsegment s where spender = 'many' and visits > 20",
    ),
    # twins
    Fault(
        "segment one where count(order) >= 1\nsegment two where any(order)",
        SAME,
        "two",
        "segment one where count(order) >= 1\nsegment two where one",
    ),
    Fault(
        "segment one where points > 5 and active\nsegment two where active and not points <= 5",
        SAME,
        "two",
        "segment one where visits > 5\nsegment two where not visits <= 5",
    ),
    Fault(
        "tiers spender\n  many where points > 10\n  few where points > 1\nsegment lots where points > 10",
        SAME,
        "lots",
        "tiers spender\n  many where points > 10\n  few where points > 1\nsegment lots where spender = 'many'",
    ),
    # groups are made of rows
    Fault(
        "count(basket) > count(line)",
        NEVER,
        "count(basket) > count(line)",
        "count(basket) > count(line in last 30 days)",
    ),
    Fault(
        "count(basket where worth > 5) > 3 and count(line) <= 3",
        NEVER,
        "count(line) <= 3",
        "count(basket where worth > 5) > 3 and count(line where units > 5) <= 3",
    ),
    # whatever a parameter is set to
    Fault(
        "param lapse = 90\nsegment s where count(order) > 0 and days_since(max(order.placed_at)) > lapse",
        ADDS_NOTHING,
        "count(order) > 0",
        "param lapse = 90\nsegment s where count(order) > 1 and days_since(max(order.placed_at)) > lapse",
    ),
    Fault(
        "param lapse = 90\ntrait idle = days_since(max(order.placed_at))\nsegment s where any(order) and idle > lapse and active",
        ADDS_NOTHING,
        "any(order)",
        "param lapse = 90 days\ntrait idle = max(order.placed_at in last lapse)\n"
        "segment s where any(order in last lapse where total > 5) and idle < now",
    ),
    Fault(
        "param least = 5\nsegment s where visits is present and (visits > least and active)",
        ADDS_NOTHING,
        "visits is present",
        "param least = 5\nsegment s where visits > 1 and (visits > least and active)",
    ),
    # definitions
    Fault(
        "trait often = visits > 5\nsegment s where often and visits < 3",
        NEVER,
        "visits < 3",
        "trait often = visits > 5\nsegment s where often and visits < 8",
    ),
    Fault(
        "trait order.large = total > 100\nsegment s where any(order where large and total < 50)",
        NEVER,
        "total < 50",
        "trait order.large = total > 100\nsegment s where any(order where large and total < 150)",
    ),
)
