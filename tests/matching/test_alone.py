"""Which segments a record is in does not depend on which others are asked for, whatever keys the record leaves out."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from backends import Question, condition, data_of
from conformance.reader import Scene
from conformance.test_conformance import CASES, TABLES, checked, schema_named
from matching.shop import AS_OF, SCHEMA
from records import Records

import segdsl
from segdsl import pipeline
from segdsl.backends.python import Function, facts_of, generate, sliced
from segdsl.runtime.facts import facts_of_frames
from segdsl.schema import Schema
from segdsl.semantics import ir

_EVERY = 12
"""Of so many lines of a scene one is asked for."""
_ROUNDS = 3


def _joining(schema: Schema) -> frozenset[str]:
    """The names of keys, and of fields that join."""
    relations, lookups = schema.relations.values(), schema.lookups.values()
    links = [link for one in (*relations, *lookups) for link in one.links]
    keys = [name for one in relations for name in one.key]
    return frozenset((schema.entity.key, *keys, *(end for link in links for end in (link.child, link.parent))))


def _without(record: Mapping[str, Any], names: frozenset[str], chance: random.Random) -> dict[str, Any]:
    """A record of which keys and fields that join have been left out, some here and some there."""

    def kept(value: Any) -> Any:
        if isinstance(value, Mapping):
            return _without(value, names, chance)
        return [kept(one) for one in value] if isinstance(value, list) else value

    return {name: kept(value) for name, value in record.items() if name not in names or chance.random() < 0.5}


def _texts(schema: Schema) -> Iterator[str]:
    """What asks for nothing but a key, or a field that joins."""
    names = _joining(schema)
    for name in sorted(names & set(schema.entity.fields)):
        yield f"{name} is missing"
    for owner, one in schema.relations.items():
        yield f"count({owner}) > 1"
        for name in sorted(names & set(one.fields)):
            yield f"any({owner} where {name} is missing)"
            yield f"any({owner} where {name} is present)"
    for owner, lookup in schema.lookups.items():
        for text in (f"{owner} is missing", *(f"{owner}.{name} is present" for name in lookup.fields)):
            yield text if lookup.of == schema.entity.name else f"any({lookup.of} where {text})"


def _matched(scene: Scene, conditions: Mapping[str, ir.Expr], records: list[dict[str, Any]]) -> list[Any]:
    schema, data = schema_named(scene.schema), data_of(schema_named(scene.schema), TABLES)
    plan = pipeline.plan(Question(checked(scene).program, conditions, scene.as_of).program, conditions, by_cuts=True)
    wanted = sliced(plan, conditions, facts_of(plan))
    if wanted.places:
        return []
    facts = facts_of_frames(plan, wanted.facts, data.frames, scene.as_of)
    tables = Records(schema, data.tables).lookup_tables()
    match = Function(generate(plan, wanted, list(conditions), schema, facts, tables))
    return [match(record, scene.as_of) for record in records]


SCENES = list(dict.fromkeys(case.scene for case in CASES))
ONE_OF_EACH = list({scene.schema: scene for scene in SCENES}.values())


@pytest.mark.parametrize("scene", ONE_OF_EACH, ids=lambda scene: scene.schema)
def test_alone_and_together(scene: Scene) -> None:
    schema = schema_named(scene.schema)
    chance = random.Random(scene.schema)
    lines = [case.text for case in CASES if case.scene == scene and case.selects is not None][::_EVERY]
    asked = {
        f"c{n}": found
        for n, text in enumerate((*_texts(schema), *lines))
        if isinstance(found := condition(text, checked(scene)), ir.Node)
    }
    assert asked
    whole = [record for _, record in Records(schema, TABLES).of_everybody()]
    records = [{}, *(_without(one, _joining(schema), chance) for _ in range(_ROUNDS) for one in whole)]
    alone = {name: _matched(scene, {name: found}, records) for name, found in asked.items()}
    told = {name: found for name, found in asked.items() if alone[name]}
    for place, found in enumerate(_matched(scene, told, records)):
        assert found == [name for name in told if alone[name][place]], records[place]


LAND = {"of": "customer", "table": "lands", "on": "country", "fields": {"country": "string", "region": "string?"}}
WITH_LAND: dict[str, Any] = {**SCHEMA, "lookups": {**SCHEMA["lookups"], "land": LAND}}  # type: ignore[dict-item]
TEXT = """
segment large where id > 100
segment some where count(order) >= 0
segment late where max(order.order_id) > 1000
segment sku where any(item where sku = "r")
segment razor where any(item where product.category = "razor")
segment known where any(item where product is present)
segment greek where country = "GR"
segment eu where land.region = "EU"
segment mine where any(order where customer_id > 0)
"""
ITEM = {"product": {"sku": "r", "category": "razor"}}
RECORDS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["some"]),
    ({"id": 101}, ["large", "some"]),
    ({"land": {"country": "GR", "region": "EU"}}, ["some", "eu"]),
    ({"country": "GR", "land": {"region": "EU"}}, ["some", "greek", "eu"]),
    ({"country": "GR", "land": {"country": "CY", "region": "EU"}}, ["some", "greek"]),
    ({"order": [{"placed_at": "2026-05-01", "item": [ITEM]}]}, ["some", "razor", "known"]),
    ({"order": [{"placed_at": "2026-05-01", "item": [{**ITEM, "sku": "r"}]}]}, ["some", "sku", "razor", "known"]),
    ({"id": 7, "order": [{"placed_at": "2026-05-01", "order_id": 1001}]}, ["some", "late", "mine"]),
    ({"id": 7, "order": [{"placed_at": "2026-05-01"}]}, ["some", "mine"]),
]


@pytest.mark.parametrize(("record", "expected"), RECORDS, ids=lambda one: repr(one)[:60])
def test_keys_that_are_left_out_join_and_are_not_read(record: dict[str, Any], expected: list[str]) -> None:
    library = segdsl.Library.from_text(TEXT, WITH_LAND)
    assert library.matcher(AS_OF).match(record) == expected
    assert [name for name in library if library.matcher(AS_OF, [name]).match(record)] == expected


def test_what_joins_by_a_field_that_is_no_key_need_not_be_said() -> None:
    entity = {"table": "customers", "key": "id", "fields": {"id": "int", "email": "string?"}}
    orders = {**SCHEMA["relations"]["order"], "on": {"customer_email": "email"}}  # type: ignore[index]
    fields = {"order_id": "int", "customer_email": "string?", "placed_at": "timestamp"}
    schema = {"entity": entity, "relations": {"order": {**orders, "fields": fields}}}
    text = "segment buyers where count(order) = 1\nsegment nameless where email is missing"
    matcher = segdsl.Library.from_text(text, schema).matcher(AS_OF)
    own = [{"order_id": 1, "placed_at": "2026-05-01"}]
    assert matcher.match({"id": 7, "order": own}) == ["buyers", "nameless"]
    assert matcher.match({"id": 7, "email": "a", "order": own}) == ["buyers"]
    assert matcher.match({"id": 7, "email": "a", "order": [{**own[0], "customer_email": "b"}]}) == []


def test_a_large_key_is_a_key() -> None:
    entity = {"table": "customers", "key": "id", "fields": {"id": "decimal(20,0)"}}
    fields = {"order_id": "int", "customer_id": "decimal(20,0)", "placed_at": "timestamp"}
    orders = {**SCHEMA["relations"]["order"], "fields": fields}  # type: ignore[index]
    schema = {"entity": entity, "relations": {"order": orders}}
    matcher = segdsl.Library.from_text("segment buyers where count(order) > 0", schema).matcher(AS_OF)
    theirs = {"order_id": 1, "customer_id": 5 * 10**18 + 1, "placed_at": "2026-05-01"}
    assert matcher.match({"id": 5 * 10**18, "order": [theirs]}) == []
    assert matcher.match({"id": 5 * 10**18 + 1, "order": [theirs]}) == ["buyers"]


@pytest.mark.parametrize(("of", "key"), [("date", "2026-01-01"), ("timestamp", "2026-01-01T00:00:00Z"), ("bool", True)])
def test_a_lookup_without_its_key_belongs_to_its_row_alone(of: str, key: object) -> None:
    """Keys of every type can be left out."""
    product = {"of": "item", "table": "products", "on": "day", "fields": {"day": of, "category": "string?"}}
    item = {**SCHEMA["relations"]["item"], "fields": {"order_id": "int", "day": f"{of}?"}}  # type: ignore[index]
    relations = {**SCHEMA["relations"], "item": item}  # type: ignore[dict-item]
    schema = {**SCHEMA, "relations": relations, "lookups": {"product": product}}
    matcher = segdsl.Library.from_text(
        'segment one where count(item where product.category = "c") = 1', schema
    ).matcher(AS_OF)
    items = [{"product": {"category": "c"}}, {}, {"day": key}]
    assert matcher.match({"order": [{"placed_at": "2026-05-01", "item": items}]}) == ["one"]


def test_changes_of_what_is_found_by_a_key_that_is_left_out() -> None:
    matcher = segdsl.Library.from_text(TEXT, WITH_LAND).matcher(AS_OF)
    before = {"land": {"country": "GR", "region": "EU"}}
    assert matcher.changes(before, changed={"land": {"country": "CY"}}).left == ("eu",)
    assert matcher.changes({}, changed=before).entered == ("eu",)
