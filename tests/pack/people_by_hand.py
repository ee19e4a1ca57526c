"""The segments that rank customers, look back at an earlier day, or set rows against one another, in plain Python.

Independent of segdsl, as `shop_by_hand` is: only the demo shop's tables and the sentences of the segments were used. Loops
over people and their rows, one after the other, and whole cents and fractions for all numbers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from math import asin, cos, radians, sin, sqrt
from typing import Any

import polars as pl

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
COUNTED = ("paid", "shipped", "delivered")


@dataclass(frozen=True, slots=True)
class Order:
    at: datetime
    number: int
    cents: int


@dataclass(frozen=True, slots=True)
class Item:
    at: datetime
    product: int
    category: str | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    kind: str
    product: int | None


@dataclass(slots=True)
class Person:
    """A customer, with all that had happened by ``now``; orders in the order of their time and number."""

    key: int
    now: datetime
    about: dict[str, Any]
    orders: list[Order] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def year_ago(self) -> datetime:
        return self.now.replace(year=self.now.year - 1)

    @property
    def spent(self) -> int:
        return sum(order.cents for order in self.orders)

    @property
    def spent_in_year(self) -> int:
        return sum(order.cents for order in self.orders_in_year)

    @property
    def orders_in_year(self) -> list[Order]:
        return [order for order in self.orders if order.at >= self.year_ago]

    @property
    def reachable(self) -> bool:
        return self.about["email"] is not None or self.about["phone"] is not None

    def ordered_since(self, days: int) -> bool:
        return any(order.at >= self.now - days * DAY for order in self.orders)

    def acts_since(self, days: int, *kinds: str) -> list[Event]:
        return [event for event in self.events if event.at >= self.now - days * DAY and event.kind in kinds]


def people(tables: dict[str, pl.DataFrame], now: datetime = NOW) -> list[Person]:
    """The population as it was at an instant."""
    found = {
        row["customer_id"]: Person(row["customer_id"], now, row)
        for row in tables["customers"].iter_rows(named=True)
        if row["created_at"] is None or row["created_at"] < now
    }
    orders = {
        row["order_id"]: row
        for row in tables["orders"].sort("placed_at", "order_id").iter_rows(named=True)
        if row["status"] in COUNTED and row["placed_at"] < now and row["customer_id"] in found
    }
    for number, row in orders.items():
        found[row["customer_id"]].orders.append(Order(row["placed_at"], number, int(row["total"] * 100)))
    categories = dict(tables["products"].select("product_id", "category").iter_rows())
    for row in tables["order_items"].iter_rows(named=True):
        order = orders.get(row["order_id"])
        if order is not None:
            category = categories[row["product_id"]] or None
            item = Item(order["placed_at"], row["product_id"], category, row["quantity"])
            found[order["customer_id"]].items.append(item)
    for row in tables["events"].iter_rows(named=True):
        if row["at"] < now and row["customer_id"] in found:
            found[row["customer_id"]].events.append(Event(row["at"], row["type"], row["product_id"]))
    return list(found.values())


@dataclass(frozen=True)
class Shop:
    """The population as it is, and as it was 30 days ago."""

    tables: dict[str, pl.DataFrame]

    @cached_property
    def people(self) -> list[Person]:
        return people(self.tables)

    @cached_property
    def month_ago(self) -> list[Person]:
        return people(self.tables, NOW - 30 * DAY)


def members(tables: dict[str, pl.DataFrame], only: str | None = None) -> dict[str, set[int]]:
    """The keys of the members of each segment, and of each case of the tiers; or of a single one."""
    shop = Shop(tables)
    found = {name: find(shop) for name, find in _segments().items() if only in (None, name)}
    for tiers, find_cases in TIERS.items():
        if only is None or only.startswith(f"{tiers}."):
            for key, case in find_cases(shop.people).items():
                if case is not None:
                    found.setdefault(f"{tiers}.{case}", set()).add(key)
    return found


def _segments() -> dict[str, Callable[[Shop], set[int]]]:
    def who(holds: Callable[[Person], bool]) -> Callable[[Shop], set[int]]:
        return lambda shop: {person.key for person in shop.people if holds(person)}

    return {
        # value
        "vip": lambda shop: vip(shop.people),
        "new_vip": lambda shop: vip(shop.people) - vip(shop.month_ago),
        "best_customers": best_customers,
        "revenue_core": revenue_core,
        "high_order_value": high_order_value,
        # geography
        "nearby": who(lambda p: p.about["latitude"] is not None and kilometres_from_athens(p.about) <= 50),
        "country_leaders": country_leaders,
        # lifecycle
        "newly_lapsed": lambda shop: lapsed(shop.people) - lapsed(shop.month_ago),
        "won_back": lambda shop: {p.key for p in shop.people if p.ordered_since(30)} & lapsed(shop.month_ago),
        "overdue": who(overdue),
        # purchases
        "hero": hero,
        "steady_buyers": who(lambda p: {(2026, 3), (2026, 4), (2026, 5)} <= months(order.at for order in p.orders)),
        "streak_shoppers": who(lambda p: longest_run(months(order.at for order in p.orders_in_year)) >= 4),
        "busy_quarter": who(
            lambda p: most_of_one((order.at.year, (order.at.month - 1) // 3) for order in p.orders) >= 4
        ),
        "fast_second_order": who(
            lambda p: any(p.orders[0].at < order.at <= p.orders[0].at + 30 * DAY for order in p.orders)
        ),
        "larger_second_order": who(
            lambda p: any(
                before.at == p.orders[0].at and order.cents > before.cents
                for before, order in zip(p.orders, p.orders[1:], strict=False)
            )
        ),
        # products
        "returns_to_product": who(returns_to_product),
        "looked_not_bought": who(looked_not_bought),
        "staple_buyers": who(staple_buyer),
        "product_experts": product_experts,
        # engagement
        "email_buyers": who(
            lambda p: any(
                click.at < order.at <= click.at + 3 * DAY
                for click in p.acts_since(90, "email_click")
                for order in p.orders
            )
        ),
        "cart_waiting": who(lambda p: (cart := open_cart(p)) is not None and cart >= NOW - DAY),
        "abandoned_cart": who(lambda p: (cart := open_cart(p)) is not None and NOW - 7 * DAY <= cart < NOW - DAY),
        # demographics
        "birthday_soon": who(lambda p: birthday(p) in [(6, day) for day in range(1, 9)]),
        "birthday_this_month": who(lambda p: birthday(p) in [(6, day) for day in range(1, 31)]),
        "interested": who(lambda p: "running" in interests(p)),
        "interested_in_either": who(lambda p: bool({"cooking", "travel"} & interests(p))),
        "interested_in_both": who(lambda p: {"cooking", "travel"} <= interests(p)),
        "interests_unknown": who(lambda p: p.reachable and not interests(p)),
    }


# -- months and days -----------------------------------------------------------------------------------------------


def months(times: Iterable[datetime]) -> set[tuple[int, int]]:
    return {(at.year, at.month) for at in times}


def longest_run(found: set[tuple[int, int]]) -> int:
    numbers = {year * 12 + month for year, month in found}
    longest = 0
    for first in numbers:
        length = 1
        while first + length in numbers:
            length += 1
        longest = max(longest, length)
    return longest


def most_of_one(things: Iterable[object]) -> int:
    """How often the most frequent of them comes."""
    counts: dict[object, int] = defaultdict(int)
    for thing in things:
        counts[thing] += 1
    return max(counts.values(), default=0)


def birthday(person: Person) -> tuple[int, int] | None:
    """Month and day; everyone in the shop was born in an earlier year."""
    born: date | None = person.about["birth_date"]
    return None if born is None else (born.month, born.day)


def interests(person: Person) -> set[str]:
    return set(person.about["interests"] or [])


# -- how they buy --------------------------------------------------------------------------------------------------


def lapsed(shop: Sequence[Person]) -> set[int]:
    return {person.key for person in shop if person.orders and not person.ordered_since(90)}


def hero(shop: Shop) -> set[int]:
    average = Fraction(sum(p.spent for p in shop.people), sum(len(p.orders) for p in shop.people))
    return {
        p.key
        for p in shop.people
        if len(p.orders_in_year) >= 6
        and p.spent > average * len(p.orders)
        and any(event.kind != "email_sent" and event.at >= NOW - 30 * DAY for event in p.events)
    }


def high_order_value(shop: Shop) -> set[int]:
    averages = {p.key: Fraction(p.spent, len(p.orders)) for p in shop.people if p.orders}
    average = sum(averages.values()) / len(averages)
    return {key for key, own in averages.items() if own > average}


def overdue(person: Person) -> bool:
    if len(person.orders) < 3:
        return False
    gaps = sorted((b.at - a.at) // DAY for a, b in zip(person.orders, person.orders[1:], strict=False))
    middle = len(gaps) // 2
    median = Fraction(gaps[middle]) if len(gaps) % 2 else Fraction(gaps[middle - 1] + gaps[middle], 2)
    return (person.now - person.orders[-1].at) // DAY > 2 * median


def returns_to_product(person: Person) -> bool:
    days = defaultdict(set)
    for view in person.acts_since(30, "view"):
        if view.product is not None:
            days[view.product].add(view.at.date())
    return any(len(seen) >= 2 for seen in days.values())


def looked_not_bought(person: Person) -> bool:
    return any(
        not any(item.product == view.product and item.at > view.at for item in person.items)
        for view in person.acts_since(14, "view")
        if view.product is not None
    )


def staple_buyer(person: Person) -> bool:
    bought = defaultdict(list)
    for item in person.items:
        if item.at >= person.year_ago:
            bought[item.product].append(item.at)
    return any(len(months(times)) >= 3 for times in bought.values())


def open_cart(person: Person) -> datetime | None:
    """When the latest cart was filled after which no order came."""
    last_order = person.orders[-1].at if person.orders else None
    filled = [event.at for event in person.events if event.kind == "add_to_cart"]
    return max((at for at in filled if last_order is None or at >= last_order), default=None)


def email_activity(person: Person) -> str | None:
    answered = len(person.acts_since(90, "email_open", "email_click"))
    if answered >= 4:
        return "high"
    if answered >= 2:
        return "medium"
    if answered == 1:
        return "low"
    return "inactive" if person.acts_since(90, "email_sent") else None


def kilometres_from_athens(about: dict[str, Any]) -> float:
    a = radians(about["latitude"]), radians(about["longitude"])
    b = radians(37.9838), radians(23.7275)
    chord = sin((b[0] - a[0]) / 2) ** 2 + cos(a[0]) * cos(b[0]) * sin((b[1] - a[1]) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(chord))


# -- ranks ---------------------------------------------------------------------------------------------------------


def top(values: dict[int, int], *, places: int | None = None, percent: int | None = None) -> set[int]:
    """Those of whom few enough have a greater value."""
    in_order = sorted(values.values())
    before = {key: len(in_order) - bisect_right(in_order, value) for key, value in values.items()}
    if places is not None:
        return {key for key in values if before[key] < places}
    assert percent is not None
    return {key for key in values if before[key] * 100 < percent * len(values)}


def vip(shop: Sequence[Person]) -> set[int]:
    best = top({p.key: p.spent_in_year for p in shop if p.spent_in_year > 0}, percent=10)
    return {p.key for p in shop if p.key in best and len(p.orders_in_year) >= 5 and p.ordered_since(90)}


def best_customers(shop: Shop) -> set[int]:
    in_order = sorted((-p.spent, p.key) for p in shop.people if p.spent > 0)
    return {key for _, key in in_order[:100]}


def revenue_core(shop: Shop) -> set[int]:
    spent = {p.key: p.spent for p in shop.people if p.spent > 0}
    everything = sum(spent.values())
    return {key for key, own in spent.items() if sum(s for s in spent.values() if s > own) * 100 < 80 * everything}


def country_leaders(shop: Shop) -> set[int]:
    spent: dict[str, dict[int, int]] = defaultdict(dict)
    for person in shop.people:
        if person.about["country"] and person.spent_in_year > 0:
            spent[person.about["country"]][person.key] = person.spent_in_year
    return set[int]().union(*(top(values, places=5) for values in spent.values()))


def product_experts(shop: Shop) -> set[int]:
    bought: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for person in shop.people:
        for item in person.items:
            if item.category is not None:
                bought[item.category][person.key] += item.quantity
    return set[int]().union(*(top(dict(pieces), places=10) for pieces in bought.values()))


def support_tiers(shop: Sequence[Person]) -> dict[int, str]:
    spent = {p.key: p.spent for p in shop if p.orders}
    platinum, gold = top(spent, percent=1), top(spent, percent=10)
    return {p.key: "platinum" if p.key in platinum else "gold" if p.key in gold else "standard" for p in shop}


def loyalty_tier(person: Person) -> str | None:
    if person.spent_in_year >= 2500_00:
        return "gold"
    if person.spent_in_year >= 750_00:
        return "silver"
    return "bronze" if person.orders_in_year else None


# -- recency, frequency, money -------------------------------------------------------------------------------------

# A line for each R from 5 down to 1; in it, the groups for F + M of 2, 3 and 4, 5 and 6, 7 and 8, 9 and 10.
GRID = (
    ("new", "potential_loyalists", "potential_loyalists", "champions", "champions"),
    ("promising", "potential_loyalists", "potential_loyalists", "loyal", "loyal"),
    ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    ("lost", "hibernating", "at_risk", "at_risk", "cannot_lose"),
)


def fifths(values: dict[int, Any]) -> dict[int, int]:
    """From 1 to 5, by how many have a smaller value."""
    in_order = sorted(values.values())
    return {key: 1 + 5 * bisect_left(in_order, value) // len(in_order) for key, value in values.items()}


def rfm(shop: Sequence[Person]) -> dict[int, str]:
    buyers = [p for p in shop if p.orders]
    recency = fifths({p.key: p.orders[-1].at for p in buyers})
    frequency = fifths({p.key: len(p.orders) for p in buyers})
    money = fifths({p.key: p.spent for p in buyers})
    return {p.key: GRID[5 - recency[p.key]][(frequency[p.key] + money[p.key] - 1) // 2] for p in buyers}


TIERS: dict[str, Callable[[Sequence[Person]], Mapping[int, str | None]]] = {
    "support_tier": support_tiers,
    "loyalty_tier": lambda shop: {p.key: loyalty_tier(p) for p in shop},
    "email_activity": lambda shop: {p.key: email_activity(p) for p in shop},
    "rfm": rfm,
}
