"""Schemas written as TOML load back to equal ones, and keys and values of any TOML text are found where they stand."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from segdsl.project_file import pack_schema, project_from_toml
from segdsl.schema import Schema
from segdsl.schema_build import schema, schema_from_dict
from segdsl.schema_writer import to_toml
from segdsl.source import Source
from segdsl.toml_places import Item, read_toml

# -- places -------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=6)
SCALARS = st.one_of(
    st.booleans(), st.integers(-99, 99), st.floats(allow_nan=False, allow_infinity=False), TEXTS, st.dates()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)


def leaves(item: Item) -> list[Item]:
    inner = [*item.table.values(), *item.items]
    return [leaf for one in inner for leaf in leaves(one)] if isinstance(item.value, dict | list) else [item]


def keyed(item: Item) -> list[tuple[str, Item]]:
    own = [(k, v) for k, v in item.table.items()]
    return own + [pair for one in [*item.table.values(), *item.items] for pair in keyed(one)]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_keys_and_values_are_where_they_are_said_to_be(data: dict[str, Any]) -> None:
    text = tomlkit.dumps(data)
    meant = tomllib.loads(text)
    root, found = read_toml(Source("x.toml", text))
    assert found == ()
    assert root is not None
    for leaf in leaves(root):
        if leaf.path:
            # What stands at the place of a value reads as that value.
            assert tomllib.loads(f"x = {leaf.span.text}") == {"x": leaf.value}
    for key, item in keyed(root):
        assert list(tomllib.loads(f"{item.key.text} = 0")) == [key]
    assert plain(root) == meant


def plain(item: Item) -> object:
    if isinstance(item.value, dict):
        return {k: plain(v) for k, v in item.table.items()}
    if isinstance(item.value, list):
        return [plain(v) for v in item.items]
    return item.value


def test_places_in_a_text_written_by_hand() -> None:
    text = """# comment [x]
a . "b c" = 1 # two
[[list]]
x = 'one'
[[list]] # [[list]]
x = '''two''''
[list.inner]
'k"' = [ 1, # one ]
  { y = "]", z = [[], [2]] }, ]
"""
    root, _ = read_toml(Source("x.toml", text))
    assert root is not None

    def at(*path: str | int) -> tuple[str, str, tuple[int, int]]:
        item = root
        for step in path:
            item = item.table[step] if isinstance(step, str) else item.items[step]
        assert item.span.source is not None
        return item.key.text, item.span.text, item.span.source.position(item.span.start)

    assert at("a", "b c") == ('"b c"', "1", (2, 13))
    assert at("list", 0, "x") == ("x", "'one'", (4, 5))
    assert at("list", 1, "x") == ("x", "'''two''''", (6, 5))
    assert at("list", 1, "inner") == ("inner", "[list.inner]", (7, 1))
    assert at("list", 1, "inner", 'k"', 0) == ("1", "1", (8, 10))
    assert at("list", 1, "inner", 'k"', 1, "y") == ("y", '"]"', (9, 9))
    assert at("list", 1, "inner", 'k"', 1, "z", 1, 0) == ("2", "2", (9, 24))


# -- schemas ------------------------------------------------------------------------------------------------------

NAMES = st.one_of(
    st.sampled_from(["total", "at", "kind", "x y", "select", "ä", 'a"b', "a.b", "#", "a'b"]),
    st.text(st.sampled_from("abcdeXYZ_-1"), min_size=1, max_size=4),
)
PLAIN_TYPES = st.sampled_from(["bool", "int", "decimal(12,2)", "float", "string", "date", "timestamp", "list(string)"])
SAID = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8).filter(
    lambda s: s.strip()
)


def distinct_names(size: int) -> st.SearchStrategy[list[str]]:
    return st.lists(NAMES, max_size=size, unique_by=lambda name: name.casefold())


@st.composite
def fields(draw: st.DrawFn, kind: str, prefix: str, columns: bool = True) -> dict[str, object]:
    made: dict[str, object] = {}
    for number, name in enumerate(draw(distinct_names(4))):
        written = draw(PLAIN_TYPES)
        optional = draw(st.booleans())
        options: dict[str, object] = {"type": written + "?" * optional}
        if not columns or draw(st.integers(0, 4)) == 0:
            options["is"] = draw(SAID)
        else:
            if draw(st.booleans()):
                options["column"] = f"{prefix}{number} {draw(SAID)}"
            if optional and written in ("string", "int", "float"):
                numbers = st.sampled_from([-1, "7", 0.25])
                texts = st.sampled_from(["", "n/a", "\u007f"])
                options["missing"] = draw(st.lists(texts if written == "string" else numbers, max_size=2, unique=True))
            if written == "string" and draw(st.booleans()):
                values = draw(st.lists(TEXTS.filter(lambda s: "\0" not in s), min_size=1, max_size=3, unique=True))
                options["values"] = {v: f"c{i}" for i, v in enumerate(values)} if draw(st.booleans()) else values
                options["ordered"] = draw(st.booleans())
        options["private"] = draw(st.booleans())
        options["title"] = draw(SAID)
        options["changes" if kind == "relation" else "fixed"] = draw(st.booleans())
        made[f"{prefix}{name}"] = options if draw(st.booleans()) or "is" in options else options["type"]
    return made


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    own: dict[str, object] = {"id": "int", **draw(fields("entity", "e "))}
    entity: dict[str, object] = {"key": "id", "fields": own}
    if draw(st.booleans()):
        entity["where"] = draw(SAID)
    if draw(st.booleans()):
        entity |= {"name": "shopper", "table": 'peo"ple', "created": "born"}
        own["born"] = "date?"
    line: dict[str, object] = {
        "on": draw(st.sampled_from(["id", {"who": "id"}, {"who": "id", "b": "tenant"}])),
        "table": "lines",
        "fields": {"at": "timestamp", "no": "string", **draw(fields("relation", "l "))},
    }
    if draw(st.booleans()):
        line |= {"key": draw(st.sampled_from(["pos", ["no", "pos"]])), "time": "at", "where": draw(SAID)}
    relations: dict[str, object] = {"line": line}
    if draw(st.booleans()):
        day = {
            "by": {"day": "date(at)", "no": "no"},
            "fields": {"day": "date", **draw(fields("relation", "g ", False))},
        }
        flat = {"by": draw(st.sampled_from(["no", ["no", "till"]])), "fields": draw(fields("relation", "g ", False))}
        relations["group"] = {"groups": "line", **draw(st.sampled_from([day, flat]))}
        relations["big"] = {"from": "group", "where": draw(SAID)}
    if draw(st.booleans()):
        relations["less"] = {"from": "line", "where": draw(SAID), "fields": draw(fields("relation", "s "))}
        part: dict[str, object] = {"parent": "less", "on": ["no", "pos"], "fields": draw(fields("relation", "p "))}
        if "key" not in line or draw(st.booleans()):
            # Whose line is not told apart: it has a key and a time itself.
            named = {"moved": "date", **draw(fields("relation", "p "))}
            part |= {"on": "no", "key": "part_no", "time": "moved", "fields": named}
        relations["part"] = part
    lookups: dict[str, object] = {}
    if draw(st.booleans()):
        lookups["product"] = {"of": "line", "on": {"sku": "id"}, "fields": draw(fields("lookup", "k "))}
        lookups["maker"] = {"of": "product", "on": "maker_id", "fields": {"maker_id": "string"}}
    traits = draw(st.sampled_from([{}, {"orders": "int"}, {"orders": {"type": "int?", "column": "n of orders"}}]))
    zone = draw(st.sampled_from(["UTC", "Europe/Athens"]))
    return schema_from_dict(
        {"entity": entity, "relations": relations, "lookups": lookups, "traits": traits, "timezone": zone}
    )


@settings(max_examples=150, deadline=None)
@given(schemas(), st.sampled_from([None, "data", 'c:\\x\\"y"']))
def test_a_written_schema_loads_back(made: Schema, data: str | None) -> None:
    text = to_toml(made, data=data, notes=["a note\nof two lines\x00"])
    project, found = project_from_toml(Source("segdsl.toml", text), Path("f"))
    assert found == (), text
    assert project is not None
    assert project.schema == made, text
    assert list(project.schema.relations) == list(made.relations)
    assert project.data == (None if data is None else Path("f") / data)


def test_the_standard_schema_loads_back() -> None:
    made = pack_schema("commerce")
    project, found = project_from_toml(Source("segdsl.toml", to_toml(made)), Path())
    assert found == ()
    assert project is not None
    assert project.schema == made


def test_what_is_written_is_readable() -> None:
    made = schema(
        entity={
            "table": "people",
            "key": "id",
            "where": 'tenant = "acme"',
            "fields": {"id": "int", "e mail": "string?"},
        },
        relations={
            "order": {
                "table": "orders",
                "on": {"buyer": "id"},
                "fields": {"kind": {"type": "string", "values": {"web": "1"}, "column": "k"}, "total": "decimal(12,2)"},
            }
        },
    )
    assert to_toml(made, data="data", segments=["segments"], notes=["orders.x: left out"]) == (
        """language = "1"
segments = ["segments"]
timezone = "UTC"

[data]
path = "data"

[entity]
name = "customer"
table = "people"
key = "id"
where = 'tenant = "acme"'

[entity.fields]
id = "int"
"e mail" = "string?"

[relations.order]
table = "orders"
on = { buyer = "id" }

[relations.order.fields]
kind = { type = "string", values = { web = "1" }, column = "k" }
total = "decimal(12,2)"

# orders.x: left out
"""
    )
