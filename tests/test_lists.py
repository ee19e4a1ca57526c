"""Lists in data: arrays of any sort, JSON in columns of any sort, and texts that are no lists."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from backends import check, condition, read_schema
from engines import connect
from sql.plans import AS_OF, ENGINES, col, load, members, plan

from segdsl import pipeline
from segdsl.backends.json_lists import listed
from segdsl.backends.polars import lists
from segdsl.planning.plan import TableColumn
from segdsl.runtime.data import bind
from segdsl.runtime.database import connect as open_database
from segdsl.runtime.promises import check_data
from segdsl.runtime.tables import open_tables
from segdsl.semantics import ir
from segdsl.types import LIST, STRING

LISTS: dict[str, list[str | None]] = {
    '["a", "b"]': ["a", "b"],
    "[]": [],
    ' [ "a" ,\n\t"b" ]\r\n': ["a", "b"],
    "[null]": [None],
    '[null, "a"]': [None, "a"],
    '[""]': [""],
    '["é☕"]': ["é☕"],
    r'["\u00e9\ud83d\ude00"]': ["é😀"],
    r'["\"\\\/\b\f\n\r\t"]': ['"\\/\b\f\n\r\t'],
    '["a]", "[b", "c,d"]': ["a]", "[b", "c,d"],
    '["it\'s"]': ["it's"],
}
NO_LISTS = [
    *(
        "",
        " ",
        "null",
        "a",
        '"a"',
        "5",
        "true",
        "{}",
        '{"a": "b"}',
        "[",
        "]",
        '["a"',
        '"a"]',
        '["a",]',
        "[,]",
        '["a" "b"]',
    ),
    *(
        "['a']",
        '["a", 5]',
        "[true]",
        '[["a"]]',
        '[{"a": 1}]',
        '["a"]x',
        '["a\tb"]',
        r'["\x41"]',
        r'["\u12"]',
        "[NULL]",
        "{a,b}",
    ),
]


def test_what_a_list_is() -> None:
    assert {text: listed(text) for text in LISTS} == LISTS
    assert [text for text in NO_LISTS if listed(text) is not None] == []


@pytest.mark.parametrize("text", [r'["\ud83d"]', r'["\ude00\ud83d"]', r'["\u0000"]'])
def test_half_a_character_is_none(text: str) -> None:
    assert listed(text) is None


def test_polars_reads_the_same_lists() -> None:
    frame = pl.DataFrame({"text": [*LISTS, *NO_LISTS, None]}, schema={"text": pl.String})
    found = frame.select(lists.of_json(pl.col("text"))).to_series().to_list()
    assert found == [*LISTS.values(), *([None] * (len(NO_LISTS) + 1))]


STORED = [
    *(("duckdb", of, STRING) for of in ("VARCHAR", "JSON")),
    *(("postgres", of, STRING) for of in ("TEXT", "JSON", "JSONB", "VARCHAR(100)")),
    *(("sqlite", of, stored) for of in ("TEXT", "") for stored in (None, STRING)),
]


@pytest.mark.parametrize(("engine", "of", "stored"), STORED)
def test_json_in_every_sort_of_column(engine: str, of: str, stored: object) -> None:
    """A column whose type is JSON takes no text that is none."""
    texts = [*LISTS, *NO_LISTS] if "JSON" not in of else [*LISTS, "null", '"a"', "5", "{}", '["a", 5]', '[["a"]]']
    load(engine, {"l": of}, [(text,) for text in (*texts, None)])
    column = TableColumn("l", "l", LIST, True, stored=STRING if stored else None)
    value = col("l", LIST)
    asked = {
        "a": ir.ListHas(value, ("a",)),
        "not_a": ir.ListHas(value, ("a",), negated=True),
        "a_or_quote": ir.ListHas(value, ("a", "it's", "é😀")),
        "both": ir.ListHas(value, ("a", "b"), every=True),
        "empty": ir.IsMissing(value),
        "full": ir.IsMissing(value, negated=True),
    }
    found = members(engine, plan(asked, {"l": LIST}, l=column))
    items = [{item for item in LISTS.get(text, ()) if item is not None} for text in texts] + [set()]
    keys = list(enumerate(items, 1))
    assert found == {
        "a": {key for key, has in keys if "a" in has},
        "not_a": {key for key, has in keys if "a" not in has},
        "a_or_quote": {key for key, has in keys if has & {"a", "it's", "é😀"}},
        "both": {key for key, has in keys if has >= {"a", "b"}},
        "empty": {key for key, has in keys if not has},
        "full": {key for key, has in keys if has},
    }


@pytest.mark.parametrize(
    ("engine", "of"),
    [("duckdb", "VARCHAR[]"), ("duckdb", "VARCHAR[2]"), ("postgres", "TEXT[]"), ("postgres", "VARCHAR(9)[]")],
)
def test_arrays_of_every_sort(engine: str, of: str) -> None:
    load(engine, {"l": of}, [(["a", "b"],), ([None, "b"],), ([None, None],), (None,)])
    asked = {
        "b": ir.ListHas(col("l", LIST), ("b",)),
        "any": ir.ListHas(col("l", LIST), ("a", "x")),
        "not_all": ir.ListHas(col("l", LIST), ("a", "b"), every=True, negated=True),
        "empty": ir.IsMissing(col("l", LIST)),
    }
    found = members(engine, plan(asked, {"l": LIST}))
    assert found == {"b": {1, 2}, "any": {1}, "not_all": {2, 3, 4}, "empty": {3, 4}}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["value", "key", "type", "item", "items", "json", "l"])
def test_a_list_may_be_called_anything(engine: str, name: str) -> None:
    load(engine, {name: LIST}, [(["a"],), ([],)])
    asked = {"a": ir.ListHas(col(name, LIST), ("a",)), "empty": ir.IsMissing(col(name, LIST))}
    assert members(engine, plan(asked, {name: LIST})) == {"a": {1}, "empty": {2}}


SCHEMA = """
[entity]
table = "t"
key = "id"
[entity.fields]
id = "int"
l = "list(string)"
"""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("of", ["VARCHAR(20)", "JSON", "TEXT[]"])
def test_a_database_says_how_it_holds_a_list(engine: str, of: str) -> None:
    if of == "TEXT[]" and engine in ("sqlite", "mysql"):
        pytest.skip("there are no arrays")
    if of == "JSON" and engine == "clickhouse":
        pytest.skip("a column of JSON holds objects there, and no arrays")
    if engine == "datafusion":
        pytest.skip("no driver of it is opened")
    rows = [(["a"],), ([],)] if of == "TEXT[]" else [('["a"]',), ('["a", 1]',)]
    load(engine, {"l": of}, rows)
    database = open_database(connect(engine).connection)  # type: ignore[attr-defined]
    schema = database.with_stored(read_schema(SCHEMA))
    checked = check(schema)
    asked = condition("l contains 'a'", checked)
    assert isinstance(asked, ir.ListHas)
    made = pipeline.plan(checked.program, {"it": asked})
    database.check(made)
    assert members(engine, made)["it"] == {1}
    # A list that is not one is found; an empty one is as good as any.
    found = [
        (finding.code, "cannot be read as a list(string)" in finding.message)
        for finding in check_data(schema, database)
    ]
    assert found == ([] if of == "TEXT[]" else [("SEG504", True)])


def test_files_of_texts(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id,l\n1,"[""a"", ""b""]"\n2,\n3,[]\n', encoding="utf-8")
    checked = check(read_schema(SCHEMA))
    asked = condition("l contains all ('a', 'b')", checked)
    assert isinstance(asked, ir.ListHas)
    made = pipeline.plan(checked.program, {"it": asked, "none": ir.IsMissing(asked.value)})
    from segdsl.backends.polars.emit import emit

    found = emit(made, bind(made, open_tables(tmp_path)), AS_OF).collect()
    assert found.sort("id").rows() == [(1, True, False), (2, False, True), (3, False, True)]
