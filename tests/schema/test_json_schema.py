"""The JSON Schema that ships, against the loader: they agree on good files, and on files whose shape is wrong.

The JSON Schema cannot follow names, read expressions or lay a project over a standard schema: there it may be kinder.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from segdsl.limits import Limits
from segdsl.project_file import DATA_KEYS, PROJECT_KEYS, project_from_toml
from segdsl.resources import pack_path
from segdsl.schema_reading import EDITIONS, ENTITY_KEYS, FIELD_KEYS, LOOKUP_KEYS, RELATION_KEYS, TRAIT_KEYS
from segdsl.source import Source

SCHEMA: dict[str, Any] = json.loads(
    resources.files("segdsl").joinpath("project.schema.json").read_text(encoding="utf-8")
)
ENTITY = 'entity = { key = "id", fields = { id = "int" } }\n'
ORDER = 'relations.order = { on = "id", fields = { at = "date" } }\n'


def field(written: str) -> str:
    return f'entity = {{ key = "id", fields = {{ x = {written} }} }}\n'


def relation(written: str) -> str:
    return f"{ENTITY}{ORDER}relations.r = {written}\n"


GOOD = [
    ENTITY,
    pack_path("commerce.toml").read_text(encoding="utf-8"),
    'schema = "commerce"\n',
    'schema = "commerce"\nrelations.order.table = false\nentity.fields.email = false\nentity.fields.phone = { column = "p" }\n',
    f'{ENTITY}language = "1"\nsegments = "."\npacks = ["commerce"]\ntimezone = "UTC"\ndata.path = "d"\nlimits.nesting = 1\n',
    f'{ENTITY}segments = ["."]\ndata.url = "sqlite:///x"\npacks = []\n',
    *(
        field(f'"{t}"')
        for t in ("bool", "int?", "float", "string", "date", "timestamp ?", "list(string)", "decimal(38,38)")
    ),
    field(
        '{ type = "decimal( 12, 2 )?", missing = [0, "1", 2.5], private = true, fixed = true, title = "X", column = "y" }'
    ),
    field('{ type = "string", values = ["", "b"], ordered = true }'),
    field('{ type = "string", values = { a = "1" } }'),
    field('{ type = "int", is = "1" }'),
    field('{ type = "string?", missing = [] }'),
    'entity = { name = "x", distinct = "t", key = "id" }\n',
    'entity = { distinct = ["t", "u"], key = "id", where = "id > 1" }\n',
    relation(
        '{ on = ["id", "b"], key = ["a", "b"], parent = "customer", table = "t", where = "true", time = "t2", fields.t2 = "date" }'
    ),
    relation('{ on = { a = "id" } }'),
    relation('{ from = "order", where = "true", fields = { x = "int" } }'),
    relation('{ groups = "order", by = "at", time = "at" }'),
    relation('{ groups = "order", by = { day = "date(at)" }, fields = { day = "date" }, where = "true" }'),
    f'{ENTITY}{ORDER}lookups.l = {{ of = "order", on = {{ a = "b" }}, table = "t", fields = {{ b = "int" }} }}\n',
    f'{ENTITY}traits = {{ a = "int", b = {{ type = "date?", column = "c" }} }}\n',
]

BAD = [
    "",
    "entity = 1\n",
    ENTITY + "segmnts = []\n",
    ENTITY + "language = 1\n",
    ENTITY + 'language = "0"\n',
    ENTITY + "timezone = 1\n",
    ENTITY + 'timezone = " "\n',
    ENTITY + "segments = [1]\n",
    ENTITY + 'segments = [".", "."]\n',
    ENTITY + "packs = true\n",
    ENTITY + "schema = 1\n",
    ENTITY + 'data = "d"\n',
    ENTITY + 'data = { path = "a", url = "b" }\n',
    ENTITY + "data = { path = 1 }\n",
    ENTITY + 'data = { folder = "a" }\n',
    ENTITY + "limits = { nesting = 0 }\n",
    ENTITY + "limits = { nesting = true }\n",
    ENTITY + "limits = { nest = 1 }\n",
    ENTITY + "relations = []\n",
    ENTITY + "relations = { r = 1 }\n",
    ENTITY + 'relations = { "" = { on = "id" } }\n',
    ENTITY + 'relations = { "a`b" = { on = "id" } }\n',
    *(field(f'"{t}"') for t in ("integer", "duration", "decimal", "decimal(39,0)", "decimal(0,0)", "int??", "")),
    field("1"),
    field("{ type = 1 }"),
    field('{ type = "int", typ = "int" }'),
    field('{ type = "int", private = 1 }'),
    field('{ type = "int", title = "" }'),
    field('{ type = "int?", missing = "" }'),
    field('{ type = "string?", missing = [true] }'),
    field('{ type = "string?", missing = ["a", "a"] }'),
    field('{ type = "string", values = [] }'),
    field('{ type = "string", values = {} }'),
    field('{ type = "string", values = "a" }'),
    field('{ type = "string", values = [1] }'),
    field('{ type = "string", values = ["a", "a"] }'),
    field('{ type = "string", values = { a = 1 } }'),
    field('{ type = "int", is = "1", column = "x" }'),
    field('{ type = "int?", is = "1", missing = [1] }'),
    field('{ type = "int", is = "" }'),
    'entity = { key = "id", distinct = "t", table = "u" }\n',
    'entity = { key = "id", distinct = "t", created = "u" }\n',
    'entity = { key = "id", distinct = [] }\n',
    'entity = { key = ["id"] }\n',
    'entity = { key = "id", name = "" }\n',
    'entity = { key = "id", fields = [] }\n',
    relation('{ on = "id", tabel = "x" }'),
    relation("{ on = [] }"),
    relation("{ on = {} }"),
    relation("{ on = { a = 1 } }"),
    relation('{ on = "id", key = [] }'),
    relation('{ on = "id", by = "x" }'),
    relation('{ on = "id", time = 1 }'),
    relation('{ from = "order", table = "x" }'),
    relation('{ from = "order", time = "at" }'),
    relation('{ from = "order", groups = "order", by = "at" }'),
    relation('{ groups = "order", by = "at", key = "at" }'),
    relation('{ groups = "order", by = {} }'),
    relation('{ groups = "order", by = [] }'),
    ENTITY + ORDER + 'lookups.l = { of = "order", on = "a", time = "x" }\n',
    ENTITY + ORDER + 'lookups.l = { of = 1, on = "a" }\n',
    ENTITY + "traits = { a = 1 }\n",
    ENTITY + 'traits = { a = { column = "x" } }\n',
    ENTITY + 'traits = { a = { type = "int", is = "x" } }\n',
]


def both_accept(text: str) -> tuple[bool, bool]:
    project, _ = project_from_toml(Source("segdsl.toml", text), Path(__file__).parent)
    fits = jsonschema.Draft7Validator(SCHEMA).is_valid(tomllib.loads(text))
    return project is not None, fits


@pytest.mark.parametrize("text", GOOD)
def test_good_files(text: str) -> None:
    assert both_accept(text) == (True, True)


@pytest.mark.parametrize("text", BAD)
def test_bad_files(text: str) -> None:
    assert both_accept(text) == (False, False)


def test_it_is_a_json_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_every_key_that_the_loader_knows_is_in_it() -> None:
    named = SCHEMA["definitions"]

    def keys(place: dict[str, Any]) -> set[str]:
        return set(place["properties"])

    assert keys(SCHEMA) == set(PROJECT_KEYS)
    assert keys(SCHEMA["properties"]["data"]) == set(DATA_KEYS)
    assert keys(SCHEMA["properties"]["limits"]) == {f.name for f in fields(Limits)}
    assert keys(named["entity"]) == set(ENTITY_KEYS)
    assert keys(named["relation"]) == set(RELATION_KEYS)
    assert keys(named["lookup"]) == set(LOOKUP_KEYS)
    assert keys(named["field"]["anyOf"][-1]) == set(FIELD_KEYS)
    assert keys(named["trait"]["anyOf"][-1]) == set(TRAIT_KEYS)
    assert tuple(SCHEMA["properties"]["language"]["enum"]) == EDITIONS
