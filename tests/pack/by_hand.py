"""The members of every predefined segment in the demo shop, by hand: both modules that work them out, put together."""

from __future__ import annotations

import polars as pl
from pack import people_by_hand, shop_by_hand


def members(tables: dict[str, pl.DataFrame]) -> dict[str, set[int]]:
    """The keys of the members of each segment, and of each case of the tiers (``support_tier.gold``)."""
    of_one, of_all = shop_by_hand.members(tables), people_by_hand.members(tables)
    assert not of_one.keys() & of_all.keys()
    return of_one | of_all


def members_of(name: str, tables: dict[str, pl.DataFrame]) -> set[int]:
    """The keys of the members of a single one."""
    found = people_by_hand.members(tables, name)
    return found[name] if found else shop_by_hand.members(tables)[name]


def population(tables: dict[str, pl.DataFrame]) -> set[int]:
    """The keys of all customers."""
    return set(shop_by_hand.facts(tables)["customer_id"])
