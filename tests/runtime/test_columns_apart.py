"""Columns whose values a database compares or orders in another way than the language: found by their types, before anything runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb
import engines
import polars as pl
import pytest

from segdsl.diagnostics import SegdslError
from segdsl.library import Library
from segdsl.runtime.database import connect
from segdsl.runtime.probing import opened
from segdsl.runtime.promises import check_data

AS_OF = datetime(2026, 6, 1)


def schema(fields: Mapping[str, Any], orders: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "entity": {"name": "customer", "table": "customers", "key": "id", "fields": dict(fields), **more}
    }
    if orders is not None:
        made["relations"] = {
            "order": {
                "table": "orders",
                "on": {"customer_id": "id"},
                "key": "oid",
                "time": "placed",
                "fields": {"placed": "timestamp", **orders},
            }
        }
    return made


def selected(connection: Any, text: str, of: Mapping[str, Any]) -> dict[str, list[object]]:
    """The members of each segment, as a database tells them once its columns have been looked at."""
    library = Library.from_text(text, of)
    with opened(connection) as source:
        library = replace(library, schema=source.prepared(library.schema))
        selection = library.select()
        rows = source.rows(selection.plan(), AS_OF, None)
    return {name: [row[0] for row in rows if row[place]] for place, name in enumerate(selection.names, 1)}


def as_polars_tells(connection: duckdb.DuckDBPyConnection, text: str, of: Mapping[str, Any]) -> dict[str, list[object]]:
    names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
    frames = {name: pl.DataFrame(connection.sql(f'select * from "{name}"').to_arrow_table()) for name in names}
    flags = Library.from_text(text, of).evaluate(frames, as_of=AS_OF).lazy().collect()
    flags = flags[flags.to_series(0).arg_sort()]
    return {name: flags.filter(pl.col(name)).to_series(0).to_list() for name in flags.columns[1:]}


def refused(connection: Any, text: str, of: Mapping[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(SegdslError) as raised:
        selected(connection, text, of)
    return [(found.code, found.message) for found in raised.value.diagnostics]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened_here:
        yield opened_here


COLLATED = """
segment same where c = "GR"
segment other where c != "GR"
segment listed where c in ("GR", "x")
segment like where c matches "G*"
segment has where c contains "g"
segment first_of where c starts with "G"
segment raised where upper(c) = "GR"
segment both where c = d
segment kinds where overall(distinct(customer.c)) = 3
"""


@pytest.mark.parametrize("collation", ["nocase", "noaccent", "nfc", "nocase.noaccent", "de"])
@pytest.mark.parametrize("table", ["customers", "shown"])
def test_a_collation_of_duckdb_tells_no_texts_apart_less(connection, collation, table):
    connection.execute(f"create table customers(id varchar, c varchar collate {collation}, d varchar)")
    connection.execute(
        "insert into customers values ('1', 'GR', 'GR'), ('2', 'gr', 'GR'), ('3', 'gr\u00e9', 'gre'), ('4', null, 'x')"
    )
    connection.execute("create view shown as select * from customers")
    of = schema({"id": "string", "c": "string?", "d": "string"})
    wanted = as_polars_tells(connection, COLLATED, of)
    assert selected(connection, COLLATED, {**of, "entity": {**of["entity"], "table": table}}) == wanted


def test_a_collation_is_found_whatever_the_session_compares_by(connection):
    connection.execute("create table customers(id varchar collate nocase, c varchar)")
    connection.execute("set default_collation = 'nocase'")
    with connect(connection) as database:
        found = database.columns("customers")
    assert found is not None
    assert [column.written for column in found.values()] == ["VARCHAR with a collation", "VARCHAR"]


def test_keys_of_which_one_has_a_collation(connection):
    connection.execute("create table customers(id varchar collate nocase)")
    connection.execute("insert into customers values ('a'), ('A')")
    connection.execute("create table orders(oid int, customer_id varchar, placed timestamp)")
    connection.execute("insert into orders values (1, 'a', '2026-01-01'), (2, 'b', '2026-01-01')")
    text = "segment any_order where any(order)\nsegment none_of_them where none(order)"
    assert selected(connection, text, schema({"id": "string"}, {"oid": "int", "customer_id": "string"})) == {
        "any_order": ["a"],
        "none_of_them": ["A"],
    }
    for of in (schema({}, {"oid": "int"}), schema({"id": "string"}, {"oid": "int"})):
        assert selected(connection, text, of) == {"any_order": ["a"], "none_of_them": ["A"]}


def test_keys_of_several_tables_of_which_one_has_a_collation(connection):
    connection.execute("create table orders(id varchar collate nocase, placed timestamp)")
    connection.execute("create table visits(id varchar, placed timestamp)")
    connection.execute("insert into orders values ('a', '2026-01-01'), ('A', '2026-01-01')")
    connection.execute("insert into visits values ('A', '2026-01-01'), ('b', '2026-01-01')")
    of: dict[str, Any] = {
        "entity": {"name": "customer", "key": "id", "distinct": ["orders", "visits"], "fields": {"id": "string"}},
        "relations": {
            name: {"table": f"{name}s", "on": {"id": "id"}, "time": "placed", "fields": {"placed": "timestamp"}}
            for name in ("order", "visit")
        },
    }
    text = "segment ordered where any(order)\nsegment seen where any(visit)\nsegment never where none(order)"
    wanted: dict[str, list[object]] = {"ordered": ["A", "a"], "seen": ["A", "b"], "never": ["b"]}
    assert selected(connection, text, of) == wanted
    del of["entity"]["fields"]
    assert selected(connection, text, of) == wanted


ENUMS = """
segment first_one where first(order.n) = 1
segment after where any(order where n > previous(n))
segment top_one where top 1 exactly by count(order)
segment half where quantile(count(order), 2 exactly) = 2
"""


def with_enums(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create table customers(id enum('c', 'b', 'a'))")
    connection.execute("insert into customers values ('a'), ('b'), ('c')")
    connection.execute(
        "create table orders(oid enum('k4', 'k3', 'k2', 'k1'), customer_id varchar, placed timestamp, n int)"
    )
    connection.execute(
        "insert into orders values ('k1', 'a', '2026-01-01', 1), ('k2', 'a', '2026-01-01', 2), "
        "('k3', 'b', '2026-01-01', 2), ('k4', 'b', '2026-01-01', 1)"
    )


def test_enums_of_duckdb_are_in_the_order_of_texts(connection):
    with_enums(connection)
    of = schema({"id": "string"}, {"oid": "string", "n": "int"})
    assert selected(connection, ENUMS, of) == as_polars_tells(connection, ENUMS, of)


def test_enums_that_are_keys_without_a_type_are_texts(connection):
    with_enums(connection)
    of = schema({}, {"n": "int"})
    assert selected(connection, ENUMS, of) == as_polars_tells(connection, ENUMS, of)


def test_a_plan_that_does_not_know_of_a_collation_is_refused(connection):
    connection.execute("create table customers(id varchar collate nocase)")
    plan = Library.from_text('segment s where id = "a"', schema({"id": "string"})).select().plan()
    with connect(connection) as database, pytest.raises(SegdslError) as raised:
        database.check(plan)
    (found,) = raised.value.diagnostics
    assert found.code == "SEG503"
    assert found.message.endswith("holds VARCHAR with a collation, in which different texts are equal")


NANOSECONDS = """
segment before_may where t < 2026-05-01T00:00:00Z
segment moved where t + 1 day > 2026-01-01
segment late where hour(t) = 23
segment same where t = 2026-04-30T23:59:59.999999Z
segment old where t <= 1969-12-31T23:59:59.999999Z
"""


def test_nanoseconds_of_duckdb_are_cut_off(connection):
    connection.execute("create table customers(id int, t timestamp_ns)")
    connection.execute(
        "insert into customers values (1, '2026-04-30 23:59:59.9999996'), (2, '1969-12-31 23:59:59.999999999'), "
        "(3, '2026-04-30 23:59:59.999999'), (4, '1969-12-31 23:59:59.9999991'), (5, null)"
    )
    of = schema({"id": "int", "t": "timestamp?"})
    assert selected(connection, NANOSECONDS, of) == as_polars_tells(connection, NANOSECONDS, of)


def test_keys_in_nanoseconds_are_cut_off(connection):
    connection.execute("create table customers(id timestamp)")
    connection.execute("insert into customers values ('2020-01-01'), ('2020-01-02')")
    connection.execute("create table orders(oid int, customer_id timestamp_ns, placed timestamp)")
    connection.execute("insert into orders values (1, '2020-01-01 00:00:00.000000999', '2026-01-01')")
    of = schema({}, {"oid": "int"})
    assert selected(connection, "segment s where any(order)", of) == {"s": [datetime(2020, 1, 1)]}


def test_floats_of_four_bytes_that_are_declared_decimals(connection):
    connection.execute("create table customers(id int, d float)")
    connection.execute("insert into customers values (1, 1.005), (2, 2), (3, 2.675)")
    of = schema({"id": "int", "d": "decimal(9,2)?"})
    text = "segment up where d >= 1.01\nsegment down where d = 2.67"
    assert selected(connection, text, of) == {"up": [2, 3], "down": [3]}


# -- joins -------------------------------------------------------------------------------------------------------------


def test_a_text_and_a_number_are_not_joined_in_duckdb(connection):
    connection.execute("create table customers(id bigint, n int)")
    connection.execute("insert into customers values (1, 1), (3, 1)")
    connection.execute("create table orders(oid int, customer_id varchar, placed timestamp)")
    connection.execute(
        "insert into orders values (1, '1', '2026-01-01'), (2, '01', '2026-01-01'), (3, '3 ', '2026-01-01')"
    )
    message = "`customers.id` holds BIGINT and `orders.customer_id` holds VARCHAR, and the two are joined"
    assert refused(connection, "segment s where any(order)", schema({"n": "int"}, {"oid": "int"})) == [
        ("SEG507", message)
    ]


def _in_sqlite(id_type, other):
    connection = sqlite3.connect(":memory:")
    connection.execute(f"create table customers(id {id_type}, n integer)")
    connection.execute(f"create table orders(oid integer, customer_id {other}, placed text)")
    connection.executemany("insert into customers values (?, 1)", [("1",), ("01",)] if id_type == "text" else [(1,)])
    connection.executemany("insert into orders values (?, ?, '2026-01-01 00:00:00')", [(1, "1"), (2, "01")])
    return connection


@pytest.mark.parametrize(("id_type", "other"), [("integer", "text"), ("text", "integer")])
def test_a_text_and_a_number_are_not_joined_in_sqlite(id_type, other):
    of = schema({"n": "int"}, {"oid": "int"})
    connection = _in_sqlite(id_type, other)
    (found,) = refused(connection, "segment s where any(order)", of)
    assert found[0] == "SEG507"
    with connect(connection) as database:
        library = Library.from_text("segment s where any(order)", of)
        assert "SEG507" in [one.code for one in check_data(library.schema, database)]
    connection.close()


@pytest.mark.parametrize(
    ("declared", "id_type", "other", "members"),
    [("string", "text", "integer", ["1"]), ("int", "integer", "text", [1]), ("string", "text", "text", ["01", "1"])],
)
def test_what_is_joined_is_what_is_declared_in_sqlite(declared, id_type, other, members):
    """The number 1 is the text 1 and not the text 01, which as a number is 1: as in a file."""
    connection = _in_sqlite(id_type, other)
    (found,) = selected(
        connection, "segment s where any(order)", schema({"id": declared, "n": "int"}, {"oid": "int"})
    ).values()
    assert sorted(found) == members
    connection.close()


@pytest.mark.parametrize(
    ("id_type", "other"), [("bigint", "smallint"), ("decimal(9,0)", "bigint"), ("varchar", "enum('1')")]
)
def test_numbers_of_any_width_are_joined(connection, id_type, other):
    connection.execute(f"create table customers(id {id_type}, n int)")
    connection.execute("insert into customers values ('1', 1), ('2', 1)")
    connection.execute(f"create table orders(oid int, customer_id {other}, placed timestamp)")
    connection.execute("insert into orders values (1, '1', '2026-01-01')")
    (members,) = selected(connection, "segment s where any(order)", schema({"n": "int"}, {"oid": "int"})).values()
    assert list(map(str, members)) == ["1"]


# -- PostgreSQL --------------------------------------------------------------------------------------------------------


@pytest.fixture
def postgres() -> Iterator[Any]:
    engine = engines.connect("postgres")
    assert isinstance(engine, engines.Postgres)
    connection = engine.connection
    # Others have tables of these names on the same server.
    connection.execute("create schema apart")
    connection.execute("set search_path to apart")
    yield connection
    connection.execute("reset search_path")
    connection.execute("drop schema apart cascade")


def test_enums_of_postgres_are_in_the_order_of_texts(postgres):
    postgres.execute("create type key as enum ('k4', 'k3', 'k2', 'k1')")
    postgres.execute("create table customers(id text)")
    postgres.execute("create table orders(oid key, customer_id text, placed timestamp, n int)")
    postgres.execute("insert into customers values ('a'), ('b')")
    postgres.execute(
        "insert into orders values ('k1', 'a', '2026-01-01', 1), ('k2', 'a', '2026-01-01', 2), "
        "('k3', 'b', '2026-01-01', 2), ('k4', 'b', '2026-01-01', 1)"
    )
    text = (
        "segment first_one where first(order.n) = 1\nsegment after where any(order where n > previous(n))\n"
        'segment none_such where none(order where oid = "other")'
    )
    wanted: dict[str, list[object]] = {"first_one": ["a"], "after": ["a"], "none_such": ["a", "b"]}
    assert selected(postgres, text, schema({"id": "string"}, {"oid": "string", "n": "int"})) == wanted
    first = text.splitlines()[0]
    assert selected(postgres, first, schema({"id": "string"}, {"n": "int"})) == {"first_one": ["a"]}


def test_a_collation_of_postgres_tells_no_texts_apart_less(postgres):
    try:
        postgres.execute("create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    except Exception as error:  # noqa: BLE001 - a server without ICU has none
        pytest.skip(str(error))
    postgres.execute("create table customers(id text, c text collate loose, d text)")
    postgres.execute("insert into customers values ('1', 'GR', 'GR'), ('2', 'gr', 'GR'), ('3', 'x', 'x')")
    text = COLLATED.replace('"g"', '"r"')
    assert selected(postgres, text, schema({"id": "string", "c": "string?", "d": "string"})) == {
        "same": ["1"],
        "other": ["2", "3"],
        "listed": ["1", "3"],
        "like": ["1"],
        "has": ["2"],
        "first_of": ["1"],
        "raised": ["1", "2"],
        "both": ["1", "3"],
        "kinds": ["1", "2", "3"],
    }
