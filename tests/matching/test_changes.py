"""What a change of a record changes, whatever holds its rows and however often they can be gone through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matching.shop import AS_OF, SCHEMA, library

import segdsl
from segdsl import SegdslError
from segdsl.errors import records as errors

ROWS = [{"placed_at": "2026-05-01"}, {"placed_at": "2026-05-02"}, {"placed_at": "2026-05-03"}]
SHAVES = {"order": [{"placed_at": "2026-05-01", "item": [{"sku": "r", "quantity": 2}]}]}


def once(rows: list[Any]) -> Iterator[Any]:
    yield from rows


def test_rows_that_can_be_gone_through_once() -> None:
    matcher = library().matcher(AS_OF)
    before = {"country": "CY", "order": once(ROWS)}
    assert matcher.changes(before, changed={"country": "GR"}).entered == ("loyal_greeks",)
    assert matcher.changes({"country": "CY"}, {"country": "GR", "order": once(ROWS)}).entered == (
        "buyers",
        "loyal_greeks",
    )
    both = once(ROWS)
    assert matcher.changes({"country": "CY", "order": both}, {"country": "GR", "order": both}).entered == (
        "loyal_greeks",
    )


def test_rows_within_rows_that_can_be_gone_through_once() -> None:
    matcher = library().matcher(AS_OF, ["shaves", "adults"])
    item = {"quantity": 2, "product": {"category": "razor"}}
    for held in (dict, MappingProxyType):
        before = {"age": 17, "order": [held({"placed_at": "2026-05-01", "item": once([item])})]}
        assert matcher.changes(before, changed={"age": 18, "country": "GR"}).entered == ("adults",)
        before = {"order": [held({"placed_at": "2026-05-01", "item": once([item])})]}
        assert not matcher.changes(before, changed={"item": []})


def test_rows_of_lookups_are_taken_as_they_are() -> None:
    rows = [{"sku": "r", "category": "razor"}]
    for given in (rows, once(rows), tuple(rows), pl.DataFrame(rows)):
        matcher = library().matcher(AS_OF, tables={"product": given})
        assert "shaves" in matcher.match(SHAVES)
        assert matcher.why(SHAVES, "shaves").holds
        assert matcher.changes({}, changed=SHAVES).entered == ("buyers", "shaves")


def test_rows_of_lookups_that_change_later_do_not() -> None:
    rows = [{"sku": "r", "category": "razor"}]
    matcher = library().matcher(AS_OF, tables={"product": rows})
    rows[0]["category"] = "soap"
    rows.append({"sku": "s", "category": "razor"})
    assert "shaves" in matcher.match(SHAVES)
    assert matcher.why(SHAVES, "shaves").holds
    with pytest.raises(TypeError):
        matcher.tables["product"][0]["sku"] = "s"  # type: ignore[index]


@pytest.mark.parametrize("given", [None, 5, "rows", {"sku": "r"}])
def test_rows_of_lookups_that_are_none(given: object) -> None:
    with pytest.raises(SegdslError) as raised:
        library().matcher(AS_OF, tables={"product": given})
    (found,) = raised.value.diagnostics
    assert found.code == errors.NOT_ROWS.code
    assert "`tables.product`" in found.message
    assert "the record" not in found.message


@pytest.mark.parametrize(("row", "place"), [(5, "tables.product[0]"), ({"sku": 5}, "tables.product[0].sku")])
def test_wrong_rows_of_lookups(row: object, place: str) -> None:
    with pytest.raises(SegdslError) as raised:
        library().matcher(AS_OF, tables={"product": [row]})
    (found,) = raised.value.diagnostics
    assert f"`{place}`" in found.message


def test_whatever_cannot_be_compared_differs() -> None:
    matcher = library().matcher(AS_OF, ["buyers", "loyal_greeks", "lapsed"])
    one, other = (pl.DataFrame([{"placed_at": "2026-05-01"}] * count) for count in (1, 2))
    assert matcher.changes({"order": one}, {"order": other}) == segdsl.Changes((), ())
    assert matcher.changes({}, {"order": other}).entered == ("buyers",)
    series = pd.Series(["a", "b"])
    arrays = np.array(["a", "b"]), np.array(["a", "c"])
    for was, now in ((one, 5), (arrays[0], arrays[1]), (series, series.copy())):
        matcher.changes({"shoe": was}, {"shoe": now})
    tagged = library().matcher(AS_OF, [library().condition('tags contains "c"')])
    assert tagged.changes({"tags": arrays[0]}, {"tags": arrays[1]}).entered == ("condition",)


def test_values_of_other_types_differ() -> None:
    matcher = library().matcher(AS_OF)
    for before, after in (({"age": 1}, {"age": True}), ({"age": 1}, {"age": 1.0})):
        with pytest.raises(SegdslError) as raised:
            matcher.changes(before, after)
        assert [one.code for one in raised.value.diagnostics] == [errors.WRONG_VALUE.code]


DERIVED: Mapping[str, Any] = {
    **SCHEMA,
    "relations": {
        **SCHEMA["relations"],  # type: ignore[dict-item]
        "web_order": {"from": "order", "where": 'channel = "web"'},
        "big_item": {"from": "item", "where": "quantity > 5"},
        "day": {"groups": "order", "by": ["channel"]},
    },
}


@pytest.mark.parametrize(
    "record",
    [
        {"web_order": [{"placed_at": "2026-05-01"}]},
        {"big_item": []},
        {"day": []},
        {"order": [{"placed_at": "2026-05-01", "big_item": [{"quantity": 9}]}]},
    ],
)
def test_rows_that_are_made_of_others_are_told(record: Mapping[str, Any]) -> None:
    made = segdsl.Library.from_text("segment a where count(order) > 0\nsegment b where any(big_item)", DERIVED)
    matcher = made.matcher(AS_OF)
    for asked in (
        lambda: matcher.match(record),
        lambda: matcher.changes({}, changed=record),
        lambda: matcher.changes(record, {}),
        lambda: matcher.why(record, "b"),
    ):
        with pytest.raises(SegdslError) as raised:
            asked()
        assert [one.code for one in raised.value.diagnostics] == [errors.DERIVED_ROWS.code]
    assert matcher.match({"web_order": None, "day": None}) == []


def test_names_that_nothing_reads_are_not_kept() -> None:
    matcher = library().matcher(AS_OF)
    for number in range(100):
        assert not matcher.changes({}, changed={f"name{number}": 1})
    assert len(matcher._parts.by_name) == 0


def test_changes_of_a_lookup_whose_key_is_not_said() -> None:
    schema = {
        **SCHEMA,
        "lookups": {
            **SCHEMA["lookups"],  # type: ignore[dict-item]
            "land": {
                "of": "customer",
                "table": "lands",
                "on": "country",
                "fields": {"country": "string", "region": "string?"},
            },
        },
    }
    made = segdsl.Library.from_text('segment a where country = "GR"\nsegment b where land is present', schema)
    matcher = made.matcher(AS_OF)
    before, after = {"land": {"country": "GR"}}, {"land": {"country": "CY"}}
    was, now = matcher.match(before), matcher.match(after)
    found = matcher.changes(before, changed=after)
    assert set(found.entered) == set(now) - set(was)
    assert set(found.left) == set(was) - set(now)
