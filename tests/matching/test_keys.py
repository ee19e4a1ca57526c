"""Keys of rows: those that stand twice, of several kinds, or that nobody gave; and what a matcher says that it reads."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from matching.shop import AS_OF, SCHEMA

import segdsl
from segdsl import SegdslError
from segdsl.errors import records as errors


def schema(**relations: dict[str, Any]) -> dict[str, Any]:
    changed = deepcopy(SCHEMA)
    changed["relations"] |= relations  # type: ignore[operator]
    return changed


LINE = {
    "table": "items",
    "parent": "order",
    "on": "order_id",
    "key": ["order_id", "line"],
    "fields": {"order_id": "int", "line": "int", "sku": "string?", "quantity": "int?"},
}
PROMO = {
    "table": "promos",
    "parent": "order",
    "on": "channel",
    "key": "code",
    "time": "from",
    "fields": {"code": "int", "channel": "string?", "value": "int?", "from": "timestamp"},
}
TEXT = """
segment buyers where count(order) >= 1
segment shaves where any(item where product.category = "razor")
segment lined where count(item) >= 1
"""


def code(given: dict[str, Any], text: str = TEXT, tables: Any = None, **relations: dict[str, Any]) -> str | None:
    matcher = segdsl.Library.from_text(text, schema(**relations)).matcher
    try:
        matcher(AS_OF, tables=tables).match(given)
    except SegdslError as error:
        (found,) = error.diagnostics
        return found.code
    return None


def order(**more: object) -> dict[str, object]:
    return {"placed_at": "2026-05-01", **more}


RAZOR, SOAP = {"sku": "r", "category": "razor"}, {"sku": "r", "category": "soap"}


@pytest.mark.parametrize(
    "record",
    [
        {"order": [order(order_id=1), order(order_id=1)]},
        {"order": [order(order_id=1), order(order_id=1, channel="web")]},
        {"order": [order(order_id=1, item=[{"line": 1}, {"line": 1}])]},
        {"order": [order(item=[{"line": 1}, {"line": 1}])]},
        {"order": [order(order_id=1, item=[{"line": 1}])], "item": [{"line": 1, "order_id": 1}]},
        {"order": [order(item=[{"line": 1, "sku": "r", "product": RAZOR}, {"line": 2, "sku": "r", "product": SOAP}])]},
    ],
    ids=str,
)
def test_a_key_that_stands_twice_is_told(record: dict[str, Any]) -> None:
    assert code(record, item=LINE) == errors.KEY_TWICE.code


@pytest.mark.parametrize(
    "record",
    [
        {"order": [order(order_id=1), order(order_id=2)]},
        {"order": [order(), order()]},
        {"order": [order(item=[{"line": 1}]), order(item=[{"line": 1}])]},
        {"order": [order(order_id=1, item=[{}, {}])]},
        {
            "order": [
                order(item=[{"line": 1, "sku": "r", "product": RAZOR}, {"line": 2, "sku": "r", "product": dict(RAZOR)}])
            ]
        },
        {"order": [order(item=[{"line": 1, "product": RAZOR}, {"line": 2, "product": SOAP}])]},
        {"id": 1, "order": [order(order_id=1), order(order_id=1, customer_id=2)]},
    ],
    ids=str,
)
def test_keys_that_differ_or_are_not_there(record: dict[str, Any]) -> None:
    assert code(record, item=LINE) is None


def test_a_key_that_stands_twice_in_a_table() -> None:
    for rows in ([RAZOR, SOAP], [RAZOR, dict(RAZOR)]):
        assert code({}, tables={"product": rows}) == errors.KEY_TWICE.code
    assert code({}, tables={"product": [RAZOR, {**SOAP, "sku": "s"}, {"sku": None, "category": "soap"}]}) is None


def test_rows_of_a_table_without_what_they_are_found_by() -> None:
    made = segdsl.Library.from_text(TEXT, schema())
    with pytest.raises(SegdslError, match=r"SEG538\]: `tables.product\[1\]` has no `sku`"):
        made.matcher(AS_OF, tables={"product": [RAZOR, {"sku_": "s", "category": "soap"}]})


NAMES = {
    "entity": {"table": "c", "key": "id", "fields": {"id": "int", "store": "string?"}},
    "relations": {
        "order": {
            "table": "o",
            "on": {"cid": "id"},
            "key": "number",
            "fields": {"cid": "int", "number": "int", "store": "int?", "item": "int?"},
        },
        "item": {"table": "i", "parent": "order", "on": "number", "fields": {"number": "int", "price": "int?"}},
    },
    "lookups": {
        "store": {
            "of": "order",
            "table": "s",
            "on": {"store": "sid"},
            "fields": {"sid": "int", "city": "string?"},
        }
    },
}


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("any(order where store = 2)", None),
        ('store = "x" and any(order)', None),
        ("any(order where store.city is missing)", "order.store"),
        ("any(order where store = 2 and store.city is missing)", "order.store"),
        ("any(order where store = 2 and none(item))", None),
        ("any(order where item = 2 and any(item))", "order.item"),
    ],
)
def test_a_field_and_rows_of_one_name(condition: str, told: str | None) -> None:
    made = segdsl.Library.from_text(f"segment s where {condition}", NAMES)
    if told is None:
        assert made.matcher(AS_OF).match({"store": "x", "order": [{"store": 2}]}) == ["s"]
        return
    with pytest.raises(SegdslError, match=rf"SEG539\]: `{told}` is a field and a (lookup|relation)") as raised:
        made.matcher(AS_OF)
    assert ("tables" in (raised.value.diagnostics[0].hint or "")) == ("lookup" in str(raised.value))


def test_a_field_beside_a_lookup_that_is_given_once() -> None:
    text = 'segment rome where any(order where store = 2 and store.city = "Rome")'
    tables = {"store": [{"sid": 2, "city": "Rome"}, {"sid": 3, "city": "Oslo"}]}
    matcher = segdsl.Library.from_text(text, NAMES).matcher(AS_OF, tables=tables)
    assert matcher.match({"order": [{"store": 3}, {"store": 2}]}) == ["rome"]
    assert matcher.match({"order": [{"store": 3}]}) == []
    assert matcher.why({"order": [{"store": 2}]}, "rome").holds


def test_a_key_of_another_kind_than_what_it_joins() -> None:
    loose = {
        "entity": {"table": "c", "key": "id"},
        "relations": {"order": {"table": "o", "on": {"cid": "id"}}},
    }
    matcher = segdsl.Library.from_text("segment s where any(order)", loose).matcher(AS_OF)
    assert matcher.match({"id": 1, "order": [{"cid": 1}]}) == matcher.match({"id": 1, "order": [{"cid": 1.0}]}) == ["s"]
    assert matcher.match({"id": 1, "order": [{"cid": 2}]}) == []
    for other in ("1", True, date(2026, 1, 1)):
        with pytest.raises(
            SegdslError, match=r"SEG530\]: `order\[0\].cid` is .*, and other rows have keys of another kind"
        ):
            matcher.match({"id": 1, "order": [{"cid": other}]})


def test_a_lookup_that_says_more_in_one_place() -> None:
    known = schema()
    known["lookups"]["product"]["fields"]["maker_id"] = "int?"
    maker = {"of": "product", "table": "makers", "on": {"maker_id": "id"}, "fields": {"id": "int", "name": "string?"}}
    known["lookups"]["maker"] = maker
    text = 'segment two where count(item where product.maker.name = "m") = 2'
    matcher = segdsl.Library.from_text(text, known).matcher(AS_OF)
    unnamed, named = {"sku": "r", "maker": {"name": "m"}}, {"sku": "r", "maker_id": 3, "maker": {"name": "m"}}
    for one in (unnamed, named):
        for other in (unnamed, named, {"sku": "r"}, {"sku": "r", "maker_id": 3 if one is named else None}):
            for products in ((one, other), (other, one)):
                items = [{"sku": "r", "product": product} for product in products]
                assert matcher.match({"order": [order(item=items)]}) == ["two"], products


def test_a_row_that_several_have_stands_in_each() -> None:
    text = "segment two where count(promo) = 1"
    made = segdsl.Library.from_text(text, schema(promo=PROMO))
    promo = {"code": 1, "value": 5, "from": "2026-04-01"}
    record = {"order": [order(channel="web", promo=[promo]), order(channel="web", promo=[{**promo, "channel": "web"}])]}
    evaluated = made.matcher(AS_OF)
    # It joins both orders, and is in each of them.
    assert evaluated.match(record) == evaluated.match({**record, "promo": [{**promo, "channel": "web"}]})
    differing = {"order": [order(channel="web", promo=[promo]), order(channel="web", promo=[{**promo, "value": 6}])]}
    assert code(differing, "segment two where sum(promo.value) = 1", promo=PROMO) == errors.KEY_TWICE.code


UNTYPED = {
    "table": "visits",
    "on": {"customer_id": "id"},
    "key": "visit_id",
    "time": "at",
    "fields": {"customer_id": "int", "at": "timestamp", "page": "string?"},
}
VISITS = """
segment last_b where last(visit.page) = "b"
segment first_a where first(visit.page) = "a"
segment after where any(visit where previous(page) = "a")
"""


def visits(*keys: object) -> dict[str, Any]:
    named = zip(keys, "abc", strict=False)
    return {"visit": [{"at": "2026-05-01", "page": page, "visit_id": key} for key, page in named]}


@pytest.mark.parametrize(
    "keys",
    [
        ("A", None),
        ("A", "B"),
        (1, None),
        (1, 2.5),
        (1, Decimal(2)),
        (date(2026, 1, 1), None),
        (datetime(2026, 1, 1, 1), datetime(2026, 1, 1, 2, tzinfo=UTC)),
        (1, Decimal("sNaN")),
        (1, float("nan")),
    ],
    ids=str,
)
def test_ties_are_broken_by_keys_of_any_type(keys: tuple[object, ...]) -> None:
    made = segdsl.Library.from_text(VISITS, schema(visit=UNTYPED)).matcher(AS_OF)
    assert made.match(visits(*keys)) == ["last_b", "first_a", "after"]


@pytest.mark.parametrize(
    "keys", [(1, "B"), (True, 1), (date(2026, 1, 1), datetime(2026, 1, 1)), ("A", None, date(2026, 1, 1))], ids=str
)
def test_keys_of_several_kinds_are_told(keys: tuple[object, ...]) -> None:
    assert code(visits(*keys), VISITS, visit=UNTYPED) == errors.WRONG_VALUE.code


def test_a_declared_date_as_a_key_that_one_row_has_not() -> None:
    dated = {**UNTYPED, "fields": {**UNTYPED["fields"], "visit_id": "date"}}  # type: ignore[dict-item]
    made = segdsl.Library.from_text(VISITS, schema(visit=dated)).matcher(AS_OF)
    assert made.match(visits("2026-01-01", None)) == ["last_b", "first_a", "after"]


def test_rows_that_hang_on_another_field_than_the_key() -> None:
    mailed = {**UNTYPED, "on": {"mail": "country"}, "fields": {"mail": "string", "at": "timestamp", "page": "string?"}}
    made = segdsl.Library.from_text("segment some where count(visit) = 1", schema(visit=mailed)).matcher(AS_OF)
    assert made.match({"id": 7, "visit": [{"at": "2026-05-01"}]}) == ["some"]
    assert made.match({"country": "GR", "visit": [{"at": "2026-05-01", "mail": "CY"}]}) == []
    assert made.needs.fields == ("country", "created")


def test_what_rows_are_told_apart_by_is_needed() -> None:
    made = segdsl.Library.from_text("segment some where sum(promo.value) > 1", schema(promo=PROMO)).matcher(AS_OF)
    assert made.needs.relations["promo"] == ("channel", "code", "from", "value")
    assert made.needs.relations["order"] == ("channel", "customer_id", "order_id", "placed_at")


def test_what_decides_who_there_is_is_needed() -> None:
    without_table = {
        "entity": {"distinct": ["orders"], "key": "customer_id", "fields": {"customer_id": "int"}},
        "relations": {"order": {**SCHEMA["relations"]["order"], "on": "customer_id"}},  # type: ignore[index]
    }
    made = segdsl.Library.from_text("segment all_of_them where true", without_table).matcher(AS_OF)
    assert made.needs.relations["order"] == ("customer_id", "order_id", "placed_at")
    assert made.match({"customer_id": 1, "order": [{"placed_at": "2026-05-01"}]}) == ["all_of_them"]
    assert made.match({"customer_id": 1, "order": [{"placed_at": "2026-07-01"}]}) == []
