"""What one record matches, worked out by hand; and that it is what data gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from matching.shop import AS_OF, RANKS, SCHEMA, TEXT, everybody, frames, library

import segdsl
from segdsl import SegdslError
from segdsl.errors import records as errors

PLAIN = list(library())


def matched(record: Mapping[str, Any], *names: str, text: str = TEXT) -> list[str]:
    return library(text).matcher(AS_OF, names or PLAIN).match(record)


def code(record: Mapping[str, Any], *names: str) -> tuple[str, str]:
    with pytest.raises(SegdslError) as raised:
        matched(record, *names)
    (found,) = raised.value.diagnostics
    return found.code, found.message


def order(at: str, total: object = 0, **more: object) -> dict[str, object]:
    return {"placed_at": at, "total": total, **more}


# -- records --------------------------------------------------------------------------------------------------------


def test_nothing_is_known_of_a_customer() -> None:
    assert matched({}) == ["not_adults"]


def test_rows_within_the_record() -> None:
    record = {"country": "GR", "order": [order("2026-05-01", "60.10"), order("2026-04-01", 40), order("2025-01-01")]}
    # 60.10 + 40 is more than 100; thirty days before, on 2 May, it was as much.
    assert matched(record) == ["buyers", "loyal_greeks", "rich", "not_adults", "was_rich"]


def test_what_happens_at_the_instant_has_not_happened() -> None:
    assert matched({"order": [order("2026-06-01T00:00:00Z")]}, "buyers") == []
    assert matched({"order": [order("2026-05-31T23:59:59.999999Z")]}, "buyers") == ["buyers"]


def test_children_within_their_parents_and_beside_them() -> None:
    razor = {"sku": "r", "quantity": 2, "product": {"category": "razor"}}
    within = {"order": [order("2026-05-01", item=[razor])]}
    beside = {"order": [order("2026-05-01", order_id=5)], "item": [{**razor, "order_id": 5}]}
    assert matched(within, "shaves", "odd_items") == matched(beside, "shaves", "odd_items") == ["shaves"]
    elsewhere = {"order": [order("2026-05-01", order_id=5)], "item": [{**razor, "order_id": 6}]}
    assert matched(elsewhere, "shaves", "odd_items") == []


def test_a_hidden_parent_hides_its_children() -> None:
    razor = {"quantity": 9, "product": {"category": "razor"}}
    assert matched({"order": [order("2026-07-01", item=[razor])]}, "shaves") == []


def test_lookups_given_once() -> None:
    record = {"order": [order("2026-05-01", item=[{"sku": "r", "quantity": 2}])]}
    tables = {"product": [{"sku": "r", "category": "razor"}, {"sku": "s", "category": "soap"}]}
    with_tables = library().matcher(AS_OF, ["shaves", "odd_items"], tables=tables)
    assert with_tables.match(record) == ["shaves"]
    assert matched(record, "shaves", "odd_items") == ["odd_items"]
    # What the record holds itself goes before it.
    own = {"order": [order("2026-05-01", item=[{"sku": "r", "quantity": 2, "product": {"category": "soap"}}])]}
    assert with_tables.match(own) == []


def test_rows_of_somebody_else_are_left_out() -> None:
    mine, theirs = order("2026-05-01", customer_id=7), order("2026-05-01", customer_id=8)
    assert matched({"id": 7, "order": [mine, theirs]}, "buyers", "loyal_greeks") == ["buyers"]
    assert matched({"id": 7, "order": [theirs]}, "buyers") == []
    # Without a key of its own the record takes every row that it holds for its own.
    assert matched({"order": [theirs]}, "buyers") == ["buyers"]


def test_the_order_of_rows_without_keys_breaks_ties() -> None:
    one, other = order("2026-05-01", channel="shop"), order("2026-05-01", channel="web")
    assert matched({"order": [one, other]}, "last_web") == ["last_web"]
    assert matched({"order": [other, one]}, "last_web") == []
    assert matched({"order": [{**other, "order_id": 9}, {**one, "order_id": 3}]}, "last_web") == ["last_web"]


def test_who_is_created_later_is_in_nothing() -> None:
    assert matched({"created": "2026-06-01T00:00:00Z", "age": 30}) == []
    assert matched({"created": "2026-05-31", "age": 30}) == ["adults"]
    assert matched({"age": 30}) == ["adults"]


def test_traits_of_the_record_stand_in_for_their_definitions() -> None:
    assert matched({"orders": 3, "country": "GR"}, "buyers", "loyal_greeks") == ["buyers", "loyal_greeks"]
    assert matched({"orders": 0, "order": [order("2026-05-01")]}, "buyers") == []
    assert matched({"loyal": True, "country": "GR"}, "loyal_greeks") == ["loyal_greeks"]
    assert matched({"loyal": False, "orders": 5, "country": "GR"}, "loyal_greeks") == []
    assert matched({"loyal": None, "orders": 5, "country": "GR"}, "loyal_greeks") == ["loyal_greeks"]
    assert matched({"revenue": "100.01"}, "rich") == ["rich"]


def test_the_past_is_worked_out_whatever_the_record_says_of_now() -> None:
    assert matched({"revenue": 500}, "rich", "was_rich") == ["rich"]
    assert matched({"revenue": 0, "order": [order("2026-01-01", 500)]}, "rich", "was_rich") == ["was_rich"]


def test_unknown_names_are_ignored() -> None:
    assert matched({"age": 20, "shoe": object(), "orderz": 5}, "adults") == ["adults"]


def test_any_mapping_is_a_record() -> None:
    from types import MappingProxyType

    assert matched(MappingProxyType({"age": 20}), "adults") == ["adults"]


# -- values ---------------------------------------------------------------------------------------------------------

VALUES: list[tuple[str, object, str, bool]] = [
    ("age", 18, "age >= 18", True),
    ("age", Decimal(18), "age >= 18", True),
    ("age", 2**53, f"age = {2**53}", True),
    ("age", 2**53 + 1, "age is missing", True),
    ("height", 2, "height = 2", True),
    ("height", float("nan"), "height is missing", True),
    ("height", float("inf"), "height is missing", True),
    ("height", 1e-101, "height is missing", True),
    ("height", 0.0, "height = 0", True),
    ("height", -1.5, "height < -1", True),
    ("height", Decimal("1.5"), "height = 1.5", True),
    ("balance", 5, "balance = 5", True),
    ("balance", "5.25", "balance = 5.25", True),
    ("balance", 5.25, "balance = 5.25", True),
    ("balance", Decimal("5.255"), "balance = 5.26", True),
    ("balance", Decimal("-5.255"), "balance = -5.26", True),
    ("balance", Decimal("5.2549999999999999999999999999999999999"), "balance = 5.25", True),
    ("balance", 1_000_000, "balance is missing", True),
    ("balance", Decimal("1e999999"), "balance is missing", True),
    ("balance", Decimal("1e-999999"), "balance = 0", True),
    ("born", "1990-02-28", "born = 1990-02-28", True),
    ("born", date(1990, 2, 28), "born < 1990-03-01", True),
    ("created", datetime(2026, 1, 1, 12), "created = 2026-01-01", True),
    ("created", datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))), "created = 2025-12-31", True),
    ("created", "2026-01-01T01:00:00+02:00", "created = 2025-12-31", True),
    ("created", date(2026, 1, 1), "created < 2026-01-01T00:00:00.000001Z", True),
    ("active", True, "active", True),
    ("active", False, "not active", True),
    ("active", None, "not active", True),
    ("tags", ["a", None, "b"], 'tags contains all ("a", "b")', True),
    ("tags", {"a"}, 'tags contains "a"', True),
    ("tags", '["a"]', 'tags contains "a"', True),
    ("tags", [], "tags is missing", True),
    ("country", "", 'country = ""', True),
]


@pytest.mark.parametrize(("field", "value", "text", "holds"), VALUES, ids=lambda one: repr(one)[:40])
def test_values(field: str, value: object, text: str, holds: bool) -> None:
    condition = library().condition(text)
    assert (library().matcher(AS_OF, [condition]).match({field: value}) == ["condition"]) is holds
    # The opposite is exact.
    opposite = library().condition(f"not ({text})")
    assert (library().matcher(AS_OF, [opposite]).match({field: value}) == []) is holds


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({"age": "34"}, "age"),
        ({"age": True}, "age"),
        ({"age": 1.5}, "age"),
        ({"age": Decimal("1.5")}, "age"),
        ({"height": "2"}, "height"),
        ({"balance": "five"}, "balance"),
        ({"balance": "NaN"}, "balance"),
        ({"born": datetime(1990, 1, 1)}, "born"),
        ({"born": "1990-13-01"}, "born"),
        ({"created": 5}, "created"),
        ({"active": 1}, "active"),
        ({"tags": [1]}, "tags"),
        ({"tags": {"a": 1}}, "tags"),
        ({"country": b"GR"}, "country"),
        ({"order": [order("2026-01-01"), order("soon")]}, "order[1].placed_at"),
        ({"order": [order("2026-01-01", item=[{"quantity": "2"}])]}, "order[0].item[0].quantity"),
        ({"order": [order("2026-01-01", item=[{"product": {"category": 5}}])]}, "order[0].item[0].product.category"),
    ],
    ids=repr,
)
def test_wrong_values_are_named(record: dict[str, Any], place: str) -> None:
    names = ("age", "height", "balance", "born", "created", "active", "tags", "country")
    texts = [library().condition(f"{name} is present", name=name) for name in names]
    with pytest.raises(SegdslError) as raised:
        library().matcher(AS_OF, [*texts, "shaves"]).match(record)
    (found,) = raised.value.diagnostics
    assert (found.code, found.message.split(" ")[0]) == (errors.WRONG_VALUE.code, f"`{place}`")


@pytest.mark.parametrize(
    "record", [{"order": {}}, {"order": "rows"}, {"order": 5}, {"order": [5]}, {"order": [order("2026-01-01", item=5)]}]
)
def test_wrong_rows_are_told(record: dict[str, Any]) -> None:
    assert code(record, "buyers", "shaves")[0] == errors.NOT_ROWS.code


# -- everybody ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def thresholds() -> segdsl.Thresholds:
    return library(TEXT + RANKS).thresholds(frames(), as_of=AS_OF)


def test_a_record_is_in_what_its_customer_is_in(thresholds: segdsl.Thresholds) -> None:
    whole = library(TEXT + RANKS)
    matcher = whole.matcher(AS_OF, [*PLAIN[:4], *_ranks()], thresholds)
    flags = whole.select(matcher.segments).evaluate(frames(), as_of=AS_OF)
    seen: set[str] = set()
    for row, record in zip(flags.iter_rows(named=True), everybody(), strict=True):
        assert row["id"] == record["id"]
        found = matcher.match(record)
        assert found == [name for name in matcher.segments if row[name]], record
        seen.update(found)
    assert seen >= set(_ranks())


def _ranks() -> list[str]:
    return re.findall(r"^segment (\w+)", RANKS, re.MULTILINE)


def test_fewer_segments_find_what_was_worked_out_for_all(thresholds: segdsl.Thresholds) -> None:
    whole = library(TEXT + RANKS)
    every = whole.matcher(AS_OF, _ranks(), thresholds)
    for name in _ranks():
        alone = whole.matcher(AS_OF, [name], thresholds)
        for record in everybody()[::7]:
            assert alone.match(record) == [one for one in every.match(record) if one == name]


def test_fewer_segments_find_what_is_written_otherwise_among_all() -> None:
    """A condition of rows with several parts, of which another segment's rows have some."""
    text = """
    trait order.lost = channel = "web" and none(order as b where b.channel = "shop" and b.placed_at > order.placed_at)
    segment a where top 1 by count(order where lost)
    segment b where count(order) > 3
    """
    whole = library(text)
    thresholds = whole.thresholds(frames(), as_of=AS_OF)
    every = whole.matcher(AS_OF, thresholds=thresholds)
    alone = whole.matcher(AS_OF, ["a"], thresholds)
    for record in everybody():
        assert alone.match(record) == [name for name in every.match(record) if name == "a"]
    assert any(map(alone.match, everybody()))


def test_why_of_a_rank_that_thresholds_do_not_have(thresholds: segdsl.Thresholds) -> None:
    whole = library(TEXT + RANKS)
    best = whole.thresholds(frames(), as_of=AS_OF, segments=["best"])
    matcher = whole.matcher(AS_OF, ["buyers", "best"], best)
    with pytest.raises(SegdslError) as raised:
        matcher.why({"id": 1}, "channels")
    assert [one.code for one in raised.value.diagnostics] == [errors.OTHER_THRESHOLDS.code]
    with pytest.raises(SegdslError) as raised:
        whole.matcher(AS_OF, ["buyers"]).why({"id": 1}, "channels")
    assert [one.code for one in raised.value.diagnostics] == [errors.NEEDS_THRESHOLDS.code]


def test_thresholds_go_to_json_and_back(thresholds: segdsl.Thresholds) -> None:
    import pickle

    text = thresholds.to_json()
    assert segdsl.Thresholds.from_json(text) == thresholds == pickle.loads(pickle.dumps(thresholds))
    assert segdsl.Thresholds.from_json(text).to_json() == text
    assert hash(thresholds) == hash(segdsl.Thresholds.from_json(text))
    assert thresholds.as_of == datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_thresholds_from_a_database_are_the_same(engine: str, tmp_path: Any, thresholds: segdsl.Thresholds) -> None:
    place = tmp_path / f"shop.{engine}"
    _write(engine, place)
    found = library(TEXT + RANKS).thresholds(f"{engine}:///{place}", as_of=AS_OF)
    assert found.facts == thresholds.facts


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
def test_who_has_no_group_is_not_ranked_by_a_databases_thresholds(engine: str, tmp_path: Any) -> None:
    schema = {
        "entity": {"table": "c", "key": "id", "fields": {"id": "int", "country": "string?", "spent": "int?"}},
    }
    rows = [(1, "GR", 5), (2, "GR", 9), (3, None, 7), (4, None, 6)]
    place = tmp_path / f"shop.{engine}"
    module = __import__("duckdb" if engine == "duckdb" else "sqlite3")
    connection = module.connect(str(place))
    connection.execute("CREATE TABLE c (id INTEGER, country VARCHAR, spent INTEGER)")
    connection.executemany("INSERT INTO c VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()
    frames = {"c": pl.DataFrame(rows, schema=["id", "country", "spent"], orient="row")}
    made = segdsl.Library.from_text("segment s where top 1 per country by spent", schema)
    there, here = (made.thresholds(data, as_of=AS_OF) for data in (f"{engine}:///{place}", frames))
    assert there == here and there.to_json() == here.to_json()
    matcher = made.matcher(AS_OF, thresholds=there)
    found = [matcher.match({"id": key, "country": country, "spent": spent}) for key, country, spent in rows]
    assert found == [[], ["s"], [], []]


def test_thresholds_are_written_in_one_order(thresholds: segdsl.Thresholds) -> None:
    turned = {
        name: replace(fact, values=dict(reversed(fact.values.items()))) for name, fact in thresholds.facts.items()
    }
    assert any(len(fact.values) > 1 for fact in turned.values())
    assert replace(thresholds, facts=turned).to_json() == thresholds.to_json()


def _write(engine: str, place: Any) -> None:
    if engine == "duckdb":
        import duckdb

        with duckdb.connect(str(place)) as connection:
            for name, frame in frames().items():
                connection.register("given", frame.to_arrow())
                connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        return
    import sqlite3

    with sqlite3.connect(place) as connection:
        for name, frame in frames().items():
            columns = ", ".join(frame.columns)
            connection.execute(f"CREATE TABLE {name} ({columns})")
            marks = ", ".join("?" for _ in frame.columns)
            rows = [
                tuple(str(cell) if isinstance(cell, datetime | Decimal) else cell for cell in row)
                for row in frame.iter_rows()
            ]
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)


def test_another_librarys_thresholds_are_refused(thresholds: segdsl.Thresholds) -> None:
    with pytest.raises(SegdslError) as raised:
        library(TEXT + RANKS + "# changed\n").matcher(AS_OF, thresholds=thresholds)
    assert [one.code for one in raised.value.diagnostics] == [errors.OTHER_THRESHOLDS.code]


def test_a_matcher_without_thresholds_names_the_segments() -> None:
    with pytest.raises(SegdslError) as raised:
        library(TEXT + RANKS).matcher(AS_OF, ["buyers", "best", "above"])
    (found,) = raised.value.diagnostics
    assert found.code == errors.NEEDS_THRESHOLDS.code
    assert "`best` and `above`" in found.message
    assert "buyers" not in found.message


def test_a_place_among_everybody_is_refused() -> None:
    text = TEXT + "segment leader where rank(revenue) <= 3\n"
    whole = library(text)
    with pytest.raises(SegdslError) as raised:
        whole.matcher(AS_OF, ["buyers", "leader"], whole.thresholds(frames(), as_of=AS_OF))
    (found,) = raised.value.diagnostics
    assert found.code == errors.NEEDS_EVERYBODY.code
    assert "`leader`" in found.message


def test_a_given_trait_meets_the_cut(thresholds: segdsl.Thresholds) -> None:
    matcher = library(TEXT + RANKS).matcher(AS_OF, ["best", "first_three"], thresholds)
    assert matcher.match({"id": 1000, "orders": 1, "revenue": 10_000}) == ["best", "first_three"]
    assert matcher.match({"id": 1000, "orders": 0, "revenue": 10_000}) == ["first_three"]
    assert matcher.match({"id": 1000, "orders": 1, "revenue": 0}) == []


# -- why, changes, needs --------------------------------------------------------------------------------------------


def test_why_says_what_match_says(thresholds: segdsl.Thresholds) -> None:
    matcher = library(TEXT + RANKS).matcher(AS_OF, thresholds=thresholds)
    for record in everybody()[:12]:
        found = matcher.match(record)
        for name in matcher.segments:
            assert matcher.why(record, name).holds is (name in found), name


def test_why_of_a_rank_tells_no_place(thresholds: segdsl.Thresholds) -> None:
    matcher = library(TEXT + RANKS).matcher(AS_OF, ["best"], thresholds)
    assert (
        matcher.why({"orders": 2, "revenue": 1}, "best").summary == "Not in best: revenue 1.00 is not among the top 10%"
    )
    assert matcher.why({"orders": 2, "revenue": 900}, "best").summary == "In best: revenue 900.00 is among the top 10%"
    unranked = matcher.why({"orders": 0, "revenue": 900}, "best")
    assert unranked.summary.startswith("Not in best: is not ranked: not among those with orders >= 1")


def test_why_of_who_is_not_there() -> None:
    with pytest.raises(SegdslError) as raised:
        library().matcher(AS_OF).why({"created": "2027-01-01"}, "buyers")
    assert raised.value.diagnostics[0].code == errors.NOT_THERE.code


def test_changes() -> None:
    matcher = library().matcher(AS_OF)
    before = {"age": 17, "country": "GR", "order": [order("2026-01-01", 50)]}
    assert matcher.changes(before, {**before, "age": 18}) == segdsl.Changes(("adults",), ("not_adults",))
    assert matcher.changes(before, changed={"age": 18}) == segdsl.Changes(("adults",), ("not_adults",))
    assert not matcher.changes(before, dict(before))
    assert not matcher.changes(before, changed={"country": "CY"})
    more = [*before["order"], order("2026-05-30", 60), order("2026-05-31", 1, channel="web")]  # type: ignore[misc]
    found = matcher.changes(before, changed={"order": more})
    assert found == segdsl.Changes(("loyal_greeks", "rich", "last_web"), ("lapsed",))
    # Whoever comes to be is in something, whatever reads it.
    unborn = {**before, "created": "2027-01-01"}
    assert matcher.changes(unborn, changed={"created": None}).entered == ("buyers", "lapsed", "not_adults")


def test_changes_are_the_difference_of_two_matches() -> None:
    matcher, people = library().matcher(AS_OF), everybody()
    for one, other in zip(people, people[7:], strict=False):
        after = {**one, "order": other["order"], "country": other["country"]}
        was, now = set(matcher.match(one)), set(matcher.match(after))
        found = matcher.changes(one, after)
        assert (set(found.entered), set(found.left)) == (now - was, was - now)


def test_what_reads_nothing_of_what_changed_is_not_looked_at() -> None:
    matcher = library().matcher(AS_OF)
    # A value that could not be read is not read.
    assert matcher.changes({"age": 17, "order": "broken"}, changed={"age": 18}).entered == ("adults",)


def test_needs() -> None:
    needs = library().matcher(AS_OF, ["shaves", "loyal_greeks"]).needs
    assert needs.fields == ("country", "created", "id")
    assert dict(needs.lookups) == {"product": ("category", "sku")}
    assert set(needs.relations) == {"order", "item"}
    assert needs.traits == ("loyal", "orders")
    assert needs.thresholds == ()
    assert library(TEXT + RANKS).matcher(
        AS_OF, ["best"], library(TEXT + RANKS).thresholds(frames(), as_of=AS_OF)
    ).needs.thresholds == ("best",)


def test_the_clock_is_read_for_each_record(monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = library().matcher(segments=["buyers", "lapsed"])
    assert matcher.as_of is None
    now = datetime.now(UTC)
    recent, old = now - timedelta(days=89), now - timedelta(days=91)
    assert matcher.match({"order": [{"placed_at": recent}]}) == ["buyers"]
    assert matcher.match({"order": [{"placed_at": old}]}) == ["buyers", "lapsed"]
    assert matcher.match({"order": [{"placed_at": now + timedelta(days=1)}]}) == []
    monkeypatch.setattr("segdsl.matching.matcher._now", lambda: datetime(2030, 1, 1))
    assert matcher.match({"order": [{"placed_at": recent}]}) == ["buyers", "lapsed"]


def test_an_entity_without_a_table() -> None:
    schema = {
        "entity": {"distinct": ["orders"], "key": "customer_id", "fields": {"customer_id": "int"}},
        "relations": {"order": {**SCHEMA["relations"]["order"], "on": "customer_id"}},  # type: ignore[index]
    }
    made = segdsl.Library.from_text("segment some where count(order) >= 0\nsegment two where count(order) = 2", schema)
    matcher = made.matcher(AS_OF)
    assert matcher.match({"customer_id": 7}) == []
    assert matcher.match({"customer_id": 7, "order": [order("2026-05-01")]}) == ["some"]
    assert matcher.match({"customer_id": 7, "order": [order("2026-07-01")]}) == []
    assert matcher.match({"customer_id": 7, "order": [order("2026-05-01"), order("2026-05-02")]}) == ["some", "two"]
    assert matcher.needs.fields == ("customer_id",)


def test_the_source_is_python() -> None:
    import ast

    matcher = library().matcher(AS_OF)
    ast.parse(matcher.source)
    assert matcher.source.startswith("def match(record, times):")
