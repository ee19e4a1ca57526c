"""What definitions read as in English: expected texts written by hand, construct by construct, over the shop of `semantics.shop`.

As of 10:00 on 22 November 2026 in Athens: summer time ended on 25 October, so that a window of 30 days begins at 11:00.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from semantics.shop import SHOP

from segdsl.explanation.outcome import Explanation, Line
from segdsl.library import Library

AS_OF = "2026-11-22T10:00:00"
DEFINITIONS = """\
param lapse = 90 days

trait orders = count(order)
trait spent = sum(order.total in last 12 months)
trait bought(wanted: string) = any(item where product.category = wanted)
trait order.gap = days_between(previous(placed_at), placed_at)
trait long_gaps = count(order where gap > 30 and total > 10 and channel is present and points > 3 and weight > 0.5)

segment lapsed "Lapsed customers"
  where orders >= 1 and none(order in last lapse)

tiers level "Level"
  gold where orders >= 10
  silver where orders >= 5 or spent > 100
  otherwise plain
"""
LIBRARY = Library.from_text(DEFINITIONS, SHOP)


def explained(condition: str) -> Explanation:
    return LIBRARY.condition(condition).explain(AS_OF)


def outline(line: Line, depth: int = 0) -> Iterator[str]:
    yield "  " * depth + line.text
    for part in line.parts:
        yield from outline(part, depth + 1)


SENTENCES = {
    # fields
    "country = 'GR'": ["Customers whose country is “GR”."],
    "points >= 1000": ["Customers whose points are 1,000 or more."],
    "balance < 12.50": ["Customers whose balance is less than 12.5."],
    "visits between 1 and 5": ["Customers whose visits are from 1 to 5."],
    "visits not between 1 and 5": ["Customers whose visits are not from 1 to 5."],
    "country not in ('GR', 'CY')": ["Customers whose country is known and is neither “GR” nor “CY”."],
    "email matches '*@*.edu'": ["Customers whose e-mail fits the pattern “*@*.edu”."],
    "email not contains 'x'": ["Customers whose e-mail does not contain “x”."],
    "active": ["Customers whose active is true."],
    "size >= 'M'": ["Customers whose size is “M” or higher."],
    "tags contains any ('a', 'b')": ["Customers whose tags include at least one of “a” and “b”."],
    "tags not contains all ('a', 'b')": ["Customers whose tags do not include all of “a” and “b”."],
    "region.name = 'Attica'": ["Customers whose region’s name is “Attica”."],
    "region is missing": ["Customers who have no region."],
    "lifetime > 100": ["Customers whose lifetime is more than 100."],
    "well_paid": ["Customers whose well paid is true."],
    # and, or, not
    "email is present and points > 3": [
        "Customers who meet all of these:",
        "  their e-mail is known",
        "  their points are more than 3",
    ],
    "points > 3 and (active or not lapsed)": [
        "Customers who meet all of these:",
        "  their points are more than 3",
        "  at least one of these holds:",
        "    their active is true",
        "    they are not in “Lapsed customers”",
    ],
    "not country = 'GR'": ["Customers for whom it is not so that their country is “GR”."],
    "not points > 3": ["Customers whose points are 3 or less."],
    "not (active and points > 3)": [
        "Customers who do not meet all of these together:",
        "  their active is true",
        "  their points are more than 3",
    ],
    # times
    "created_at in last 30 days": ["Customers whose record was created in the last 30 days."],
    "created_at < 1 year ago": ["Customers whose record was created more than 1 year ago."],
    "joined_on between 2026-01-01 and 2026-03-31": ["Customers who joined from 2026-01-01 to 2026-03-31."],
    "created_at in 2026-01-01 to 2026-03-31": [
        "Customers whose record was created in the days from 2026-01-01 to 2026-03-31, both included."
    ],
    "anniversary(birth_date) in this month": [
        "Customers for whom an anniversary of their birth date is in this month."
    ],
    # rows
    "count(order) = 0": ["Customers who have no order."],
    "count(order) < 3": ["Customers who have fewer than 3 orders."],
    "count(order in last 30 days where total > 50 and channel = 'web') between 2 and 4": [
        "Customers who have from 2 to 4 orders in the last 30 days whose total is more than 50 and whose channel is “web”."
    ],
    "none(review)": ["Customers who have no review."],
    "any(order where any(item where quantity >= 12))": [
        "Customers who have at least one order that has at least one item whose quantity is 12 or more."
    ],
    "any(order where customer.country = 'GR' and total > points)": [
        "Customers who have at least one order for which the customer’s country is “GR” and whose total is more than its points."
    ],
    "avg(order.total) > 20": ["Customers whose orders have an average total of more than 20."],
    "max(order.placed_at) < 90 days ago": ["Customers whose last order was placed more than 90 days ago."],
    "days_since(max(order.placed_at)) >= 7": ["Customers whose last order was placed at least 7 days ago."],
    "sum(item.price * item.quantity) > 9": [
        "Customers for whom the sum, over their items, of the item’s price times the item’s quantity is more than 9."
    ],
    "distinct(item.product.category) >= 2": ["Customers whose items have 2 or more different product categories."],
    "last(review.stars) <= 2": ["Customers whose last review has stars of 2 or less."],
    "median(order.gap) > 30": ["Customers whose orders have a median “gap” of more than 30."],
    "percentile(order.total, 80) > 5": [
        "Customers for whom the 80th percentile of the totals of their orders is more than 5."
    ],
    "any(order per month having count(order) >= 2)": [
        "Customers who have, among their orders, at least one calendar month that has at least 2 orders."
    ],
    "count(item per sku) > 3": ["Customers whose items have more than 3 different SKUs."],
    "streak(order per week) >= 4": [
        "Customers who have, in each of at least 4 calendar weeks in a row, at least one order."
    ],
    "each of previous 3 months has (any(order) and points > 2)": [
        "Customers for whom, in each of the previous 3 months:",
        "  all of these hold:",
        "    they have at least one order in that month",
        "    their points are more than 2",
    ],
    "any of last 3 weeks has (count(order) >= 2)": [
        "Customers who, in at least one of the last 3 weeks, have at least 2 orders."
    ],
    "any(order followed by (order where total > 9) within 36 hours)": [
        "Customers who have at least one order that is followed, within 36 hours, by another order whose total is more than 9."
    ],
    "any(order where total > previous(total))": [
        "Customers who have at least one order whose total is more than the total of the order before it."
    ],
    "any(basket where worth > 100)": ["Customers who have at least one basket whose worth is more than 100."],
    "any(order as one where any(order as two where two.total > one.total and any(order where total > two.total)))": [
        (
            "Customers who have at least one order for which the customer has at least one other order whose total is more than the order’s "  # noqa: E501
            "total and for which the customer has at least one third order whose total is more than the total of the other order."
        )
    ],
    "overall(any(order where total > 9))": [
        "Customers for whom all customers together have at least one order whose total is more than 9."
    ],
    "level is missing": ["Customers who are in no tier of “Level”."],
    "any(order where level.gold)": [
        "Customers who have at least one order for which the customer is in the tier “gold” of “Level”."
    ],
    "any(big_order)": ["Customers who have at least one big order."],
    # rows as the subject of what is said of them
    "sum(order.total in last 12 months) >= 1000": [
        "Customers whose orders in the last 12 months have totals that add up to 1,000 or more."
    ],
    "sum(order.total) between 1 and 2": ["Customers for whom the sum of the totals of their orders is from 1 to 2."],
    "last(review.stars) between 2 and 4": ["Customers whose last review has stars from 2 to 4."],
    "max(order.placed_at) in last 30 days": ["Customers whose last order was placed in the last 30 days."],
    "max(order.placed_at) is missing": ["Customers who have no order."],
    "min(order.placed_at) = max(order.placed_at)": [
        "Customers whose first order was placed at the same time as their last order."
    ],
    "max(order.placed_at) < created_at": [
        "Customers whose last order was placed before the time their record was created."
    ],
    "any(order where placed_at = min(order.placed_at))": [
        "Customers who have at least one order that was placed at the same time as the customer’s first order."
    ],
    "count(order per month) >= 6": ["Customers whose orders fall in 6 or more different calendar months."],
    "count(order per day) < 3": ["Customers whose orders fall on fewer than 3 different calendar days."],
    "count(item per sku) > count(order)": [
        "Customers for whom the number of different SKUs among their items is more than their number of orders."
    ],
    "any(item per sku having count(item per month) >= 3)": [
        "Customers who have, among their items, at least one SKU whose items fall in 3 or more different calendar months."
    ],
    "count(order where channel is present) > 0.5 * count(order)": [
        "Customers whose number of orders whose channel is known is more than half their number of orders."
    ],
    "created_at >= 7 days ago": ["Customers whose record was created at most 7 days ago."],
    "created_at < 1 day ago": ["Customers whose record was created more than 24 hours ago."],
    "not (lapsed as of 30 days ago)": ["Customers who were not in “Lapsed customers” as of 30 days ago."],
    "top 3 exactly by spent among spent > 0": [
        (
            "Customers who are among the top 3 customers by the sum of the totals of their orders in the last 12 months (if equal, the "
            "smaller `customer_id` comes first; only customers for whom that is more than 0 are ranked)."
        )
    ],
    "top 2 per sku by count(item in last 30 days)": [
        "Customers who are, for at least one SKU, among the top 2 customers by number of items in the last 30 days, within that SKU."
    ],
    # everyone
    "avg(order.total) > overall(avg(order.total))": [
        "Customers whose orders have an average total of more than the average total of all customers’ orders."
    ],
    "overall(count(customer)) > 3": ["Customers for whom the number of customers is more than 3."],
    "top 10% by spent among orders >= 1": [
        (
            "Customers who are among the top 10% of customers by the sum of the totals of their orders in the last 12 months (only "
            "customers who have at least one order are ranked)."
        )
    ],
    "bottom 3 exactly per customer.country by points": [
        "Customers who are among the bottom 3 customers with the same country by points (if equal, the smaller `customer_id` comes first)."
    ],
    "top 50% of sum(order.total)": [
        (
            "Customers who are among the top customers by the sum of the totals of their orders who together make up 50% of the total of "
            "all customers (whoever crosses 50% is in)."
        )
    ],
    "top 2 per product.category by sum(item.quantity) having count(item) >= 2": [
        (
            "Customers who are, for at least one product category, among the top 2 customers by the sum of the quantities of their items "
            "of that product category (only pairs of a customer and a product category that have at least 2 items are ranked)."
        )
    ],
    "rank(points) <= 5": ["Customers whose rank by points (largest first) is 5 or less."],
    "quantile(points, 5 among active) = 5": [
        "Customers whose quintile by points (1 is the lowest, 5 the highest; only customers whose active is true are ranked) is 5."
    ],
    "lapsed as of 30 days ago": ["Customers who were in “Lapsed customers” as of 30 days ago."],
    "(count(order in last 30 days) >= 2) as of 2026-01-01": [
        "Customers who, as of 2026-01-01, have at least 2 orders in the last 30 days."
    ],
    "level.gold": ["Customers who are in the tier “gold” of “Level”."],
    "bought('shoes')": ["Customers who have at least one item whose product’s category is “shoes”."],
    # calculations
    "points / visits > 0.5": ["Customers whose points divided by their visits is more than 0.5."],
    "coalesce(visits, 0) + points > 3": [
        "Customers for whom (their visits or, where missing, 0) plus their points is more than 3."
    ],
    "if(active, points, 0) > 3": [
        "Customers for whom (their points if their active is true, otherwise 0) is more than 3."
    ],
    "round(credit * 2, 1) > 3": [
        "Customers for whom (their credit times 2) rounded to 1 decimal place is more than 3."
    ],
    "lower(email) = 'a'": ["Customers whose e-mail in lower case is “a”."],
    "hour(created_at) < 9": [
        "Customers for whom the hour (0 to 23) of the time their record was created is less than 9."
    ],
    "distance_km(score, ratio, 37.98, 23.73) <= 50": [
        "Customers whose distance (from their score and ratio) to latitude 37.98°, longitude 23.73° is 50 km or less."
    ],
}


@pytest.mark.parametrize("condition", SENTENCES)
def test_sentence(condition: str) -> None:
    assert list(outline(explained(condition).sentence)) == SENTENCES[condition]
