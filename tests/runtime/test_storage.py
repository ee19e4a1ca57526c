"""SQLite's columns have an affinity and no types: what a statement reads of them has the declared type's meaning, or nothing runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from segdsl.diagnostics import SegdslError
from segdsl.library import Library
from segdsl.runtime.database import connect
from segdsl.runtime.probing import opened
from segdsl.runtime.promises import check_data
from segdsl.runtime.storage import affinity

AS_OF = datetime(2026, 6, 1)


def shop(field: object, column: str, values: list[object], timezone: str = "UTC") -> tuple[dict[str, Any], Any]:
    """Customers 1, 2, … with a value each of a column ``x``."""
    fields = {"id": "int", "x": field}
    connection = sqlite3.connect(":memory:")
    connection.execute(f"create table customers (id integer, x {column})")
    connection.executemany("insert into customers values (?, ?)", enumerate(values, start=1))
    return {"timezone": timezone, "entity": {"table": "customers", "key": "id", "fields": fields}}, connection


def members(schema: Mapping[str, Any], connection: Any, condition: str) -> list[object] | str:
    with connect(connection) as database:
        library = Library.from_text(f"segment q where {condition}", schema)
        library = replace(library, schema=database.with_stored(library.schema))
        try:
            database.check(library.select().plan())
        except SegdslError as error:
            return " | ".join(f"{d.code} {d.message}" for d in error.diagnostics)
        flags = database.run(library.sql("sqlite", as_of=AS_OF))
        return sorted(key for key, inside in flags.rows() if inside)


def checked(schema: Mapping[str, Any], connection: Any) -> list[str]:
    with connect(connection) as database:
        found = check_data(Library.from_text("segment q where x is missing", schema).schema, database)
        return [f"{one.code} {one.message}" for one in found]


def in_csv(schema: Mapping[str, Any], connection: Any, condition: str, folder: Path) -> list[object] | str:
    """What a file of the same values says."""
    rows = connection.execute("select id, x from customers").fetchall()
    lines = [f"{key},{'' if value is None else value}" for key, value in rows]
    (folder / "customers.csv").write_text("\n".join(["id,x", *lines, ""]))
    flags = Library.from_text(f"segment q where {condition}", schema).evaluate(folder, as_of=AS_OF)
    return sorted(key for key, inside in flags.rows() if inside)


# -- values that are read as what they say ------------------------------------------------------------------------------


CODES = {"type": "string?", "values": {"view": "2", "cart": "3"}}


@pytest.mark.parametrize(
    ("field", "column", "values", "condition", "expected"),
    [
        (CODES, "integer", [2, 3], 'x = "view"', [1]),
        ({**CODES, "missing": ["0"]}, "integer", [2, 3, 0], 'x = "view"', [1]),
        ({**CODES, "missing": ["0"]}, "integer", [2, 3, 0], 'x != "view"', [2]),
        ({**CODES, "missing": ["0"]}, "", [2, "3", 0], 'x = "cart" or x is missing', [2, 3]),
        ("int?", "text", ["5", "50", None], "x < 10", [1]),
        ("int?", "", ["5", 50, "+7", "007"], "x < 10", [1, 3, 4]),
        ({"type": "int?", "missing": [0]}, "text", ["5", "0", "00", "-1"], "x < 10", [1, 4]),
        ("float?", "text", ["5.5", "500", "1e3"], "x > 100", [2, 3]),
        ("float?", "blob", ["5.5", 500], "x > 100", [2]),
        ("decimal(9,2)?", "text", ["5.5", "500"], "x > 100", [2]),
        ({"type": "decimal(9,2)?", "missing": ["0"]}, "text", ["0.00", "500"], "x < 1000", [2]),
        ("int?", "real", [5, 50], "x < 10", [1]),
        ("string?", "integer", [5, 50], 'x = "05"', []),
        ("string?", "integer", [5, 50], 'x = "5"', [1]),
        ({"type": "string?", "missing": ["50"]}, "", [5, "50", "5"], 'x = "5"', [1, 3]),
        ("bool?", "boolean", ["true", "false", "t", 1, 0, "F", None], "x", [1, 3, 4]),
        ("bool?", "text", ["true", "false", "t", 1, 0, "F", None], "x = false", [2, 5, 6]),
        ("date?", "text", ["2026-05-20", "2026-05-20 00:00:00", "2026-05-21"], "x = 2026-05-20", [1, 2]),
    ],
)
def test_values_say_the_same_as_in_a_file(field, column, values, condition, expected, tmp_path):
    schema, connection = shop(field, column, values)
    assert members(schema, connection, condition) == expected
    if not any(isinstance(value, str) and len(value) > 10 for value in values) and column != "real":
        assert in_csv(schema, connection, condition, tmp_path) == expected
    assert checked(schema, connection) == []


@pytest.mark.parametrize("collation", ["nocase", "rtrim"])
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('x = "a"', [1]),
        ('x != "a"', [2, 3]),
        ('x in ("a", "z")', [1]),
        ("overall(distinct(customer.x)) = 3", [1, 2, 3]),
        ('coalesce(x, "b") = "a"', [1]),
        ("rank(id per x) = 1", [1, 2, 3]),
        ('x > "A"', [1, 3]),
    ],
)
def test_texts_are_compared_by_their_characters(collation, condition, expected):
    field = {"type": "string?", "values": ["A", "a", "a "], "ordered": True} if ">" in condition else "string?"
    schema, connection = shop(field, f"text collate {collation}", ["a", "A", "a "])
    assert members(schema, connection, condition) == expected


@pytest.mark.parametrize("collation", ["", "collate nocase", "collate rtrim"])
def test_keys_meet_by_their_characters(collation):
    schema = {
        "entity": {"table": "customers", "key": "id", "fields": {"id": "string"}},
        "relations": {
            "order": {"table": "orders", "on": {"customer_id": "id"}, "fields": {"tag": "string"}, "key": "tag"}
        },
    }
    connection = sqlite3.connect(":memory:")
    connection.execute(f"create table customers (id text {collation})")
    connection.execute(f"create table orders (customer_id text {collation}, tag text {collation})")
    connection.executemany("insert into customers values (?)", [("a",), ("A",), ("a ",)])
    connection.executemany("insert into orders values (?, ?)", [("a", "x"), ("A", "X"), ("A", "x ")])
    # Nobody says that the column which joins is a string.
    assert members(schema, connection, "count(order) = 2") == ["A"]
    schema["relations"]["order"]["fields"]["customer_id"] = "string"
    assert members(schema, connection, "count(order) = 2") == ["A"]


def test_keys_of_several_tables_that_compare_otherwise():
    orders = {"table": "orders", "on": "id", "fields": {"tag": "string"}, "key": "tag"}
    schema = {
        "entity": {"distinct": ["orders"], "key": "id", "fields": {"id": "string"}},
        "relations": {"order": orders},
    }
    connection = sqlite3.connect(":memory:")
    connection.execute("create table orders (id text collate nocase, tag text)")
    connection.execute("insert into orders values ('a', 'x'), ('A', 'y')")
    assert members(schema, connection, "any(order)") == (
        "SEG503 `orders.id` compares its texts by a collation of its own; the language does by their characters"
    )


@pytest.mark.parametrize("column", ["date", "DATE"])
def test_a_day_begins_in_the_zone(column, tmp_path):
    values: list[object] = ["2026-05-20", "2026-05-19 23:00:00", "2026-05-20 04:00:00", None]
    schema, connection = shop("timestamp?", column, values, "America/New_York")
    for condition in ("x >= 2026-05-20T04:00:00Z", "date(x) = 2026-05-20"):
        assert members(schema, connection, condition) == [1, 3]
        assert in_csv(schema, connection, condition, tmp_path) == [1, 3]


# -- values that are refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "column", "value", "shown"),
    [
        ("int?", "integer", "abc", '"abc"'),
        ("int?", "text", "", '""'),
        ("int?", "integer", b"\xff", "x'ff'"),
        ("int?", "real", 5.5, "5.5"),
        ("float?", "text", "1,5", '"1,5"'),
        ("float?", "text", "nan", '"nan"'),
        ("decimal(9,2)?", "real", 9e999, "inf"),
        ("bool?", "boolean", "yes", '"yes"'),
        ("bool?", "boolean", 2, "2"),
        ("string?", "text", b"\xff", "x'ff'"),
        ("date?", "text", "now", '"now"'),
        ("date?", "text", "12:00", '"12:00"'),
        ("date?", "text", "2461180.5", '"2461180.5"'),
        ("date?", "text", "2026-02-31", '"2026-02-31"'),
        ("date?", "text", "2026-05-20 10:00:00", '"2026-05-20 10:00:00"'),
        ("date?", "text", "-0044-03-15", '"-0044-03-15"'),
        ("date?", "text", "0000-03-15", '"0000-03-15"'),
        ("timestamp?", "text", "now", '"now"'),
        ("timestamp?", "text", "12:00", '"12:00"'),
        ("timestamp?", "text", "2461180.5", '"2461180.5"'),
        ("timestamp?", "", 2461180.5, "2461180.5"),
        ("timestamp?", "integer", 1779235200, "1779235200"),
        ("timestamp?", "text", "20/05/2026 10:00", '"20/05/2026 10:00"'),
        ("timestamp?", "text", "2026-02-31", '"2026-02-31"'),
        ("timestamp?", "text", "2026-02-31 10:00:00", '"2026-02-31 10:00:00"'),
        ("timestamp?", "text", "2026-05-20 24:00:00", '"2026-05-20 24:00:00"'),
        ("timestamp?", "text", "2026-05-20 12:00:00+0200", '"2026-05-20 12:00:00+0200"'),
        ("timestamp?", "text", "2026-05-20 12:00:00+02", '"2026-05-20 12:00:00+02"'),
        ("timestamp?", "text", "2026-05-20 12:00:00,5", '"2026-05-20 12:00:00,5"'),
        ("timestamp?", "text", "-4000-01-01", '"-4000-01-01"'),
    ],
)
def test_values_of_no_meaning_are_told(field, column, value, shown):
    schema, connection = shop(field, column, [value])
    said = f"SEG504 1 value of `customers.x` cannot be read as {'an' if field[0] == 'i' else 'a'} {field[:-1]}: "
    assert members(schema, connection, "x is present") == said + shown
    assert [one.startswith(said) for one in checked(schema, connection)] == [True]


def test_a_day_alone_in_another_zone():
    schema, connection = shop("timestamp?", "text", ["2026-05-20"], "Europe/Athens")
    with connect(connection) as database:
        library = Library.from_text("segment q where x is present", schema)
        plan = replace(library, schema=database.with_stored(library.schema)).select().plan()
        with pytest.raises(SegdslError) as raised:
            database.check(plan)
    (found,) = raised.value.diagnostics
    assert found.code == "SEG504"
    assert found.hint == ("a day alone is read as a time where the table says that the column is a DATE")
    schema, connection = shop("timestamp?", "text", ["2026-05-20"])
    assert members(schema, connection, "x = 2026-05-20T00:00:00Z") == [1]


@pytest.mark.parametrize(
    "value", ["2026-05-20 12:00", "2026-05-20T12:00Z", "2026-05-20 14:00+02:00", "2026-05-20 12:00:00.000 +00:00"]
)
def test_times_that_are_read(value):
    schema, connection = shop("timestamp?", "text", [value], "Europe/Athens")
    assert members(schema, connection, "x = 2026-05-20T12:00:00Z") == [1]
    assert checked(schema, connection) == []


@pytest.mark.parametrize(("field", "value"), [("date?", "now"), ("timestamp?", "now"), ("timestamp?", "12:00")])
def test_a_statement_alone_takes_no_word_for_a_time(field, value):
    schema, connection = shop(field, "text", [value, "2461180.5"])
    sql = Library.from_text("segment q where x is present", schema).sql("sqlite", shape="members", as_of=AS_OF)
    assert connection.execute(sql.text).fetchall() == []


def test_only_what_is_read_is_looked_at():
    schema, connection = shop("int?", "integer", ["abc"])
    assert members(schema, connection, "id > 0") == [1]


def test_affinities():
    declared = ["int", "POINT", "varchar(9)", "clob", "", "any", "blob", "double", "float", "boolean", "string", "date"]
    found = [
        "INTEGER",
        "INTEGER",
        "TEXT",
        "TEXT",
        "NONE",
        "NONE",
        "NONE",
        "REAL",
        "REAL",
        "NUMERIC",
        "NUMERIC",
        "NUMERIC",
    ]
    assert [affinity(one) for one in declared] == found


def test_a_table_of_no_schema_that_there_is():
    schema, connection = shop("int?", "integer", [1])
    schema["entity"]["table"] = "crm.customers"
    assert "has no table `crm.customers`" in str(members(schema, connection, "x > 0"))
    schema["entity"]["table"] = "main.customers"
    assert members(schema, connection, "x > 0") == [1]


@pytest.mark.parametrize(
    ("field", "value"), [("int?", "abc"), ("int?", b"\xff"), ("timestamp?", "-4000-01-01"), ("date?", "-0044-03-15")]
)
def test_reasons_and_thresholds_are_refused_too(field, value):
    schema, connection = shop(field, "", [value])
    library = Library.from_text("segment q where x is present", schema)
    plan = library.select().plan()
    with opened(connection) as source:
        with pytest.raises(SegdslError, match="cannot be read as"):
            source.rows(plan, AS_OF, [1])
        with pytest.raises(SegdslError, match="cannot be read as"):
            source.answers(plan, [plan], AS_OF)
