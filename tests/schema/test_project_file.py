"""A project file that is right: what comes out of it, and where its parts stand in the text."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from segdsl.limits import DEFAULT
from segdsl.project_file import (
    find_project_file,
    load_project_file,
    pack_schema,
    project_from_toml,
    schema_from_toml,
)
from segdsl.schema import By, Entity, Field, Link, Schema, Text
from segdsl.schema_build import schema_from_dict
from segdsl.source import Source
from segdsl.types import ANY, DATE, INT, STRING, TIMESTAMP, Kind, Type, decimal

SHOP = """
language = "1"
segments = ["segments", "more.seg"]
packs    = ["commerce"]
timezone = "Europe/Athens"

[data]
path = "data"

[limits]
nesting = 10

[entity]
table = "customers"
key = "customer_id"
created = "created_at"
where = 'tenant = "acme"'
[entity.fields]
customer_id = "int"
country     = { type = "string?", missing = ["", "(not set)"] }
birth_date  = { type = "date?", fixed = true, private = true }
tier        = { type = "string", values = ["bronze", "gold"], ordered = true, column = "loyalty_tier", title = "Tier" }
created_at  = "timestamp"
score       = { type = "decimal( 5 , 2 )?", missing = [-1, "-2", 0.50] }

[relations.order]
table = "orders"
on    = "customer_id"
key   = "order_id"
time  = "placed_at"
[relations.order.fields]
placed_at = "timestamp"
total = { type = "decimal(12,2)", changes = true }

[relations.item]
table  = "order_items"
parent = "order"
on     = { order_no = "order_id" }
[relations.item.fields]
price.type = "decimal(12,2)"
amount = { type = "decimal(12,2)", is = "price * 2" }
kind = { type = "string", values = { view = "2", cart = "3" } }

[lookups.product]
of    = "item"
table = "products"
on    = ["product_id", "shop_id"]
[lookups.product.fields]
category = "string?"
shop_id = "int"

[traits]
orders = { type = "int", column = "order_count" }
visits = "int?"
"""


def schema(text: str) -> Schema:
    found, diagnostics = schema_from_toml(Source("schema.toml", text))
    assert found is not None, [str(d) for d in diagnostics]
    assert not diagnostics
    return found


def test_everything_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    (tmp_path / "more.seg").write_text("")
    (tmp_path / "segdsl.toml").write_text(SHOP)
    project, found = load_project_file(tmp_path / "segdsl.toml")
    assert found == ()
    assert project is not None
    assert project.language == "1"
    assert project.segments == (tmp_path / "segments", tmp_path / "more.seg")
    assert project.packs == ("commerce",)
    assert project.timezone == project.schema.timezone == "Europe/Athens"
    assert (project.data, project.url) == (tmp_path / "data", None)
    assert (project.limits.nesting, project.limits.terms) == (10, DEFAULT.terms)
    entity = project.schema.entity
    assert (entity.name, entity.table, entity.key, entity.created) == (
        "customer",
        "customers",
        "customer_id",
        "created_at",
    )
    assert entity.where == Text('tenant = "acme"')
    assert dict(entity.fields) == {
        "customer_id": Field("customer_id", INT, column="customer_id"),
        "country": Field("country", STRING, True, "country", ("", "(not set)")),
        "birth_date": Field("birth_date", DATE, True, "birth_date", fixed=True, private=True),
        "tier": Field(
            "tier", Type(Kind.STRING, values=("bronze", "gold"), ordered=True), column="loyalty_tier", title="Tier"
        ),
        "created_at": Field("created_at", TIMESTAMP, column="created_at"),
        "score": Field("score", decimal(5, 2), True, "score", ("-1", "-2", "0.5")),
    }
    order, item = project.schema.relations["order"], project.schema.relations["item"]
    assert (order.parent, order.table, order.links) == ("customer", "orders", (Link("customer_id", "customer_id"),))
    assert (order.key, order.time, order.where) == (("order_id",), "placed_at", None)
    assert order.fields["total"] == Field("total", decimal(12, 2), column="total", changes=True)
    # Joined to a declared field: its type. A key that nothing declares: no type, and never missing.
    assert order.fields["customer_id"] == Field("customer_id", INT, True, "customer_id", declared=False)
    assert order.fields["order_id"] == Field("order_id", ANY, False, "order_id", declared=False)
    assert (item.parent, item.links, item.key, item.time) == ("order", (Link("order_no", "order_id"),), (), None)
    assert item.fields["amount"] == Field("amount", decimal(12, 2), expression=Text("price * 2"))
    assert item.fields["kind"].codes == {"view": "2", "cart": "3"}
    assert item.fields["kind"].type.values == ("view", "cart")
    product = project.schema.lookups["product"]
    assert (product.of, product.table) == ("item", "products")
    assert product.links == (Link("product_id", "product_id"), Link("shop_id", "shop_id"))
    assert item.fields["shop_id"].type == INT
    assert (product.fields["product_id"].optional, item.fields["product_id"].optional) == (False, True)
    orders, visits = project.schema.traits.values()
    assert (orders.type, orders.optional, orders.column) == (INT, False, "order_count")
    assert (visits.type, visits.optional, visits.column) == (INT, True, "visits")


def test_expressions_know_their_place() -> None:
    text = """[entity]
key = "id"
where = 'a = "x"'
fields = { a = "string", b = { type = "int", is = "1 \\u002b 2" }, c = { type = "int", is = \"\"\"
1 +
  3\"\"\" } }
[relations.r]
groups = "q"
by = { day = 'date(at)' }
fields = { day = "date" }
[relations.q]
on = "id"
fields = { at = "date" }
"""
    found = schema(text)
    assert found.entity.where is not None
    assert found.entity.where.span.text == 'a = "x"'
    assert found.entity.where.span.describe() == "schema.toml:3:10"
    b, c = found.entity.fields["b"].expression, found.entity.fields["c"].expression
    assert b is not None
    assert c is not None
    # With an escape in it the text is not what stands there: the whole value is its place.
    assert (b.text, b.span.text) == ("1 + 2", '"1 \\u002b 2"')
    assert (c.text, c.span.text) == ("1 +\n  3", "1 +\n  3")
    (by,) = found.relations["r"].by
    assert by.expression is not None
    assert by.expression.span.text == "date(at)"
    assert found.entity.fields["a"].span.text == "a"


@pytest.mark.parametrize("lead", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark(tmp_path: Path, lead: str) -> None:
    path = tmp_path / "segdsl.toml"
    path.write_bytes((lead + '[entity]\r\nkey = "id"\r\nkye = "x"\r\n').encode())
    _, found = load_project_file(path)
    assert [(d.code, d.span.describe()) for d in found] == [("SEG403", f"{path}:3:1")]


def test_from_brings_everything_along() -> None:
    found = schema("""
[entity]
key = "id"
[relations.small]
from = "refund"
where = 'total > -10'
[relations.refund]
from = "order"
where = 'total < 0'
fields = { reason = "string?" }
[relations.order]
table = "orders"
on = "id"
key = "no"
time = "at"
fields = { at = "timestamp", total = "decimal(12,2)" }
[relations.item]
parent = "order"
on = { order_no = "no", basket = "basket" }
[lookups.shop]
of = "order"
on = "shop_id"
""")
    order, refund, small = (found.relations[n] for n in ("order", "refund", "small"))
    for relation, base in ((refund, "order"), (small, "refund")):
        assert relation.base == base
        assert (relation.table, relation.parent, relation.links) == (order.table, order.parent, order.links)
        assert (relation.key, relation.time, relation.groups) == (("no",), "at", None)
    assert (refund.where, small.where) == (Text("total < 0"), Text("total > -10"))
    # The columns that joins of the base use (basket, shop_id) are the derived relations' too.
    assert set(refund.fields) == {*order.fields, "reason"} == set(small.fields)
    assert {"basket", "shop_id", "at"} < set(order.fields)
    assert found.lookups["shop"].of == "order"


def test_groups_and_distinct_keys() -> None:
    found = schema(
        """
[entity]
distinct = ["lines", "mailings"]
key = "id"
[relations.line]
table = "lines"
on = { customer = "id" }
key = ["no", "pos"]
time = "at"
[relations.line.fields]
customer = "string"
no = { type = "int?", private = true, title = "Number", column = "order_no" }
at = "timestamp"
[relations.order]
groups = "line"
by = ["no", "till"]
time = "at"
where = 'lines > 1'
[relations.order.fields]
at = { type = "timestamp", is = "min(line.at)" }
lines = { type = "int", is = "count(line)" }
[relations.day]
groups = "order"
by = { day = 'date(at)', no = "no" }
fields = { day = "date?" }
[relations.big]
from = "order"
where = "lines > 9"
""".replace('no = { type = "int?"', 'no = { type = "int"')
    )
    assert found.entity == Entity(
        "customer",
        None,
        "id",
        None,
        None,
        {"id": Field("id", STRING, column="id", declared=False)},
        ("lines", "mailings"),
    )
    order, day, big = (found.relations[n] for n in ("order", "day", "big"))
    assert (order.parent, order.table, order.groups, order.base) == ("customer", None, "line", None)
    assert order.by == (By("no"), By("till"))
    assert (order.key, order.time, order.links) == (("id", "no", "till"), "at", (Link("id", "id"),))
    assert order.fields["no"] == Field("no", INT, private=True, title="Number")
    assert order.fields["till"] == Field("till", ANY, declared=False)
    assert order.fields["id"] == Field("id", STRING, declared=False)
    assert day.by == (By("day", Text("date(at)")), By("no"))
    assert day.fields["day"] == Field("day", DATE)
    assert (big.base, big.groups, big.table, big.by, big.key) == ("order", "line", None, order.by, order.key)


def test_order_of_declarations_does_not_matter() -> None:
    relations = {
        "order": {"on": "id", "key": "no", "fields": {"at": "date", "total": "int"}},
        "item": {"parent": "order", "on": "no", "key": "item_no"},
        "part": {"parent": "item", "on": {"item": "item_no"}},
        "group": {"groups": "refund", "by": "at"},
        "refund": {"from": "order", "where": "total < 0"},
    }
    entity = {"key": "id", "fields": {"id": "int"}}
    one = schema_from_dict({"entity": entity, "relations": relations})
    other = schema_from_dict({"entity": entity, "relations": dict(reversed(relations.items()))})
    assert one == other


def test_names_are_composed_and_columns_as_they_are() -> None:
    found = schema('[entity]\nkey = "id"\nfields = { "cafe\u0301" = "int" }\n')
    assert found.entity.fields["caf\u00e9"] == Field("caf\u00e9", INT, column="caf\u00e9")


def test_odd_names_are_names_all_the_same() -> None:
    odd = 'order"; DROP TABLE x; --'
    found = schema_from_dict(
        {"entity": {"key": "id", "fields": {odd: "int", "^.*$": "int", "select": "int", "in": "int"}}}
    )
    assert {odd, "^.*$", "select", "in"} < set(found.entity.fields)


def test_pyproject(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[tool.segdsl]\ntimezone = "Asia/Tokyo"\n[tool.segdsl.entity]\nkey = "id"\n[tool.other]\nx = 1\n')
    project, found = load_project_file(path)
    assert found == ()
    assert project is not None
    assert project.timezone == "Asia/Tokyo"


def test_finding_the_file(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "segdsl.toml").write_text("")
    assert find_project_file(deep) == tmp_path / "segdsl.toml"
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert find_project_file(deep) == tmp_path / "segdsl.toml"
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.segdsl]\n")
    assert find_project_file(deep) == tmp_path / "a" / "pyproject.toml"
    (tmp_path / "a" / "segdsl.toml").write_text("")
    assert find_project_file(deep) == tmp_path / "a" / "segdsl.toml"


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGDSL_TEST_PASSWORD", "s3cret")
    text = "data.url = 'postgresql://a:${SEGDSL_TEST_PASSWORD}@h/d'\n[entity]\nkey = 'id'\n"
    project, found = project_from_toml(Source("segdsl.toml", text), Path())
    assert found == ()
    assert project is not None
    assert project.url == "postgresql://a:s3cret@h/d"
    assert "s3cret" not in repr(project)


# -- over the standard schema of a pack -----------------------------------------------------------------------------


def over(text: str) -> Schema:
    project, found = project_from_toml(Source("segdsl.toml", 'schema = "commerce"\n' + text), Path())
    assert project is not None, [str(d) for d in found]
    return project.schema


def test_the_standard_schema_alone() -> None:
    assert over("") == pack_schema("commerce")


def test_physical_names_over_the_standard_schema() -> None:
    base = pack_schema("commerce")
    found = over("""
timezone = "Europe/Paris"
[entity]
table = "crm_people"
[entity.fields]
customer_id = { column = "PersonID" }
email = "string"
age = { column = "years" }
shoe_size = "int?"
[relations.order]
table = "sales"
where = "true"
[relations.order.fields]
placed_at = { type = "date", column = "sold_on" }
[relations.visit]
on = "customer_id"
""")
    assert found.timezone == "Europe/Paris"
    assert (found.entity.table, found.entity.key, found.entity.created) == ("crm_people", "customer_id", "created_at")
    was, now = base.entity.fields, found.entity.fields
    assert (now["customer_id"].column, now["customer_id"].type) == ("PersonID", was["customer_id"].type)
    assert now["customer_id"].title == was["customer_id"].title
    assert (now["email"].optional, now["email"].title) == (False, was["email"].title)
    assert (now["age"].expression, now["age"].column) == (None, "years")
    assert now["country"] == was["country"]
    assert now["shoe_size"] == Field("shoe_size", INT, True, "shoe_size")
    order = found.relations["order"]
    assert (order.table, order.where, order.time) == ("sales", Text("true"), "placed_at")
    assert (order.fields["placed_at"].type, order.fields["placed_at"].column) == (DATE, "sold_on")
    assert found.relations["item"] == base.relations["item"]
    assert found.relations["visit"].table == "visit"


def test_leaving_out_parts_of_the_standard_schema() -> None:
    base = pack_schema("commerce")
    found = over("""
[entity.fields]
created_at = false
phone = false
[relations.item]
table = false
[relations.event.fields]
at = false
[lookups.reviewed_product]
table = false
""")
    assert set(base.entity.fields) - set(found.entity.fields) == {"created_at", "phone"}
    assert found.entity.created is None
    assert set(base.relations) - set(found.relations) == {"item"}
    # The products of items go with the items.
    assert set(base.lookups) - set(found.lookups) == {"product", "reviewed_product"}
    assert found.relations["event"].time is None
    assert "at" not in found.relations["engagement"].fields


def test_another_sort_of_relation_than_the_standard_one() -> None:
    found = over("""
[entity]
distinct = "invoice_lines"
[relations.line]
table = "invoice_lines"
on = "customer_id"
time = "at"
fields = { at = "timestamp", no = "int", value = "decimal(10,2)", price = "decimal(10,2)", quantity = "int" }
[relations.order]
groups = "line"
by = "no"
time = "placed_at"
[relations.order.fields]
placed_at = { is = "min(line.at)" }
total = { is = "sum(line.value)" }
[relations.item]
from = "line"
where = "value > 0"
[lookups.product]
table = false
""")
    assert found.entity.distinct == ("invoice_lines",)
    assert (found.entity.table, found.entity.created) == (None, None)
    # Its key stays; its columns have no table, and the age is reckoned from one of them.
    assert list(found.entity.fields) == ["customer_id"]
    order, item = found.relations["order"], found.relations["item"]
    assert (order.groups, order.table, order.key, order.where) == ("line", None, ("customer_id", "no"), None)
    assert (order.fields["total"].type, order.fields["total"].expression) == (decimal(12, 2), Text("sum(line.value)"))
    assert set(order.fields) == {"placed_at", "total", "no", "customer_id"}
    assert (item.base, item.parent, item.table) == ("line", "customer", "invoice_lines")
    # The computed field stays, because what it reads comes along from the lines.
    assert item.fields["amount"].expression == Text("price * quantity")
    assert item.fields["price"] == found.relations["line"].fields["price"]
    assert "item_id" not in item.fields


def test_computed_fields_go_with_what_they_read() -> None:
    assert "age" not in over("entity.fields.birth_date = false").entity.fields
    assert (
        over('entity.fields.birth_date = false\nentity.fields.age = { column = "a" }').entity.fields["age"].column
        == "a"
    )
    assert "amount" not in over("relations.item.fields.price = false").relations["item"].fields


def test_a_broken_project_over_the_standard_schema_points_into_the_project() -> None:
    source = Source(
        "segdsl.toml", 'schema = "commerce"\n[relations.order.fields]\ntotal = "decimal"\nstatus = { colum = "s" }\n'
    )
    _, found = project_from_toml(source, Path())
    assert [d.span.describe() for d in found] == ["segdsl.toml:3:9", "segdsl.toml:4:12"]


def test_importing_loads_nothing_heavy() -> None:
    program = (
        "import sys; import segdsl.project_file, segdsl.schema_build, segdsl.inference; "
        "print([m for m in ('polars', 'sqlglot', 'duckdb', 'psycopg', 'tomlkit', 'jsonschema') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


ORDERS = """
[entity]
key = "id"
[entity.fields]
id = "int"
email = "string"
[relations.order]
table = "orders"
on = { customer_id = "id" }
time = "at"
[relations.order.fields]
at = "timestamp"
"""
ITEM = """
[relations.item]
table = "items"
parent = "order"
on = "order_id"
"""
PART = """
[relations.part]
table = "parts"
parent = "item"
on = "item_id"
"""
ITEM_OF_SEVERAL = ITEM + 'key = "item_id"\ntime = "sent"\n[relations.item.fields]\nsent = "timestamp"\n'


def several_parents(text: str) -> list[tuple[str, str]]:
    """Of each finding, all of them of that kind: the relation, and what it needs."""
    schema, found = schema_from_toml(Source("schema.toml", text))
    assert (schema is None) == bool(found)
    assert {d.code for d in found} <= {"SEG428"}, found
    return [
        (match[1], match[2]) for d in found if (match := re.search(r"row of `(\w+)`.* needs a (\w+) of", d.message))
    ]


def test_a_row_with_several_parents_needs_a_key_and_a_time_of_its_own() -> None:
    assert several_parents(ORDERS + ITEM) == [("item", "key")]
    assert several_parents(ORDERS + ITEM + 'key = "item_id"\n') == [("item", "time")]
    assert several_parents(ORDERS + ITEM_OF_SEVERAL) == []
    # Of an order without a time, no item needs one.
    assert several_parents(ORDERS.replace('time = "at"', "") + ITEM + 'key = "item_id"\n') == []
    # Joined by the order's key, it has one parent.
    assert several_parents(ORDERS.replace('time = "at"', 'key = "order_id"') + ITEM) == []
    whole = ORDERS.replace('time = "at"', 'time = "at"\nkey = ["order_id", "shop"]')
    assert several_parents(whole + ITEM) == [("item", "key")]
    assert several_parents(whole + ITEM.replace('"order_id"', '["order_id", "shop"]')) == []


def test_what_several_parents_is_reported_at_and_says() -> None:
    keyed = ORDERS.replace('time = "at"', 'key = "no"')
    (one, other) = schema_from_toml(Source("schema.toml", keyed + ITEM + PART))[1]
    assert one.message == (
        "a row of `item` may belong to several rows of `order`, as it is not joined by the key of `order` (`no`); "
        "it needs a key of its own"
    )
    assert one.hint == "join by the key of `order`, or give `item` a `key`"
    assert one.span.text == '"order_id"'
    assert other.message == (
        "a row of `part` may belong to several rows of `item`, as `item` has no key; it needs a key of its own"
    )
    assert other.hint == "give `item` a key and join by it, or give `part` a `key`"


def test_rows_below_one_with_several_parents_need_keys_too() -> None:
    assert several_parents(ORDERS + ITEM_OF_SEVERAL + PART) == [("part", "key")]
    # Its time is the item's, of which it has one.
    assert several_parents(ORDERS + ITEM_OF_SEVERAL + PART + 'key = "part_id"\n') == []
    found = schema_from_toml(Source("schema.toml", ORDERS + ITEM_OF_SEVERAL + PART))[1]
    assert "as `order` has no key" in found[0].message
    assert found[0].hint == "give `order` a key and join `item` by it, or give `part` a `key`"
    # Through a part of the items, the same holds.
    some = "[relations.some]\nfrom = 'item'\nwhere = 'sent after 2020-01-01'\n" + PART.replace('"item"', '"some"')
    assert several_parents(ORDERS + ITEM_OF_SEVERAL + some) == [("part", "key")]


def test_rows_of_several_customers_need_a_key_where_they_are_grouped() -> None:
    several = ORDERS.replace('customer_id = "id"', 'email = "email"')
    groups = "[relations.day]\ngroups = '{}'\nby = 'at'\n"
    assert several_parents(several) == []
    assert several_parents(several + groups.format("order")) == [("order", "key")]
    assert several_parents(ORDERS + groups.format("order")) == []
    keyed = several.replace('time = "at"', 'time = "at"\nkey = "order_id"')
    assert several_parents(keyed + groups.format("order")) == []
    some = "[relations.some]\nfrom = 'order'\nwhere = 'at after 2020-01-01'\n" + groups.format("some")
    assert several_parents(several + some) == [("order", "key")]
    # Groups of items are groups of rows of several customers as well.
    items = ITEM + "[relations.kind]\ngroups = 'item'\nby = 'colour'\n"
    assert several_parents(keyed + items) == [("item", "key")]
    assert several_parents(keyed + ITEM) == []
    # A group belongs to one customer.
    ranked = "[relations.month]\ngroups = 'day'\nby = 'at'\n"
    assert several_parents(keyed + groups.format("order") + ranked) == []
    below = "[relations.note]\ntable = 'notes'\nparent = 'day'\non = 'at'\n"
    assert several_parents(keyed + groups.format("order") + below) == [("note", "key")]
