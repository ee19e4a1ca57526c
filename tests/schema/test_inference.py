"""Schemas guessed from data: types, keys and joins, on frames, folders and three databases."""

from __future__ import annotations

import sqlite3
import sys
from datetime import date, datetime
from pathlib import Path

import duckdb
import engines
import polars as pl
import psycopg
import pytest

from segdsl.diagnostics import SegdslError
from segdsl.inference import (
    Column,
    Inferred,
    Table,
    infer,
    infer_from_folder,
    infer_from_frames,
    infer_from_url,
    to_toml,
    type_of_declaration,
)
from segdsl.project_file import project_from_toml
from segdsl.schema import Link, Schema
from segdsl.source import Source
from segdsl.types import BOOL, DATE, FLOAT, INT, LIST, STRING, TIMESTAMP, Type, decimal

AT = datetime(2026, 1, 1)


def types(schema: Schema) -> dict[str, str]:
    """The fields of the entity, as a person would write them."""
    return {f.name: str(f.type) + ("?" if f.optional else "") for f in schema.entity.fields.values() if f.declared}


def loads_back(found: Inferred) -> None:
    project, diagnostics = project_from_toml(Source("x", to_toml(found.schema, notes=found.notes)), Path())
    assert diagnostics == ()
    assert project is not None
    assert project.schema == found.schema


# -- one frame ----------------------------------------------------------------------------------------------------


def test_the_columns_of_a_frame_are_the_fields() -> None:
    frame = pl.DataFrame(
        {
            "name": ["a"],
            "customer_id": [1],
            "small": pl.Series([1], dtype=pl.UInt8),
            "huge": pl.Series([1], dtype=pl.Int128),
            "half": pl.Series([0.5], dtype=pl.Float32),
            "money": pl.Series(["1.50"]).cast(pl.Decimal(12, 2)),
            "is_new": [True],
            "born": [date(2000, 1, 1)],
            "at": pl.Series([AT]).dt.replace_time_zone("Europe/Athens").cast(pl.Datetime("ns", "Europe/Athens")),
            "kind": pl.Series(["a"], dtype=pl.Categorical),
            "size": pl.Series(["S"], dtype=pl.Enum(["S", "M"])),
            "tags": [["x"]],
            "raw": [b"x"],
            "clock": [AT.time()],
            "nothing": [None],
            "bad`name": [1],
            "NAME": ["a"],
        }
    )
    for each in (frame, frame.lazy()):
        found = infer_from_frames({"people": each})
        entity = found.schema.entity
        assert (entity.name, entity.table, entity.key, entity.created) == ("customer", "people", "customer_id", None)
        assert types(found.schema) == {
            "name": "string?",
            "customer_id": "int",
            "small": "int?",
            "half": "float?",
            "money": "decimal(12,2)?",
            "is_new": "bool?",
            "born": "date?",
            "at": "timestamp?",
            "kind": "string?",
            "size": "string?",
            "tags": "list(string)",
        }
        assert entity.fields["size"].type.values == ("S", "M")
        assert [note.split(":")[0] for note in found.notes] == [
            f"people.{name}" for name in ("huge", "raw", "clock", "nothing", "bad`name", "NAME")
        ]
        loads_back(found)


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        (["email", "customer_id", "id"], "id"),
        (["email", "CustomerID"], "CustomerID"),
        (["email", "order_id", "buyer_id", "id"], "buyer_id"),
        (["email", "hash_id", "x"], "hash_id"),
        (["email", "paid", "x"], "email"),
        (["buyer_id", "buyers_id"], "buyer_id"),
    ],
)
def test_the_key_of_a_single_table(columns: list[str], key: str) -> None:
    frame = pl.DataFrame({"weight": [1.5], **{c: [1] for c in columns}})
    assert infer_from_frames({"buyers": frame}).schema.entity.key == key


def test_a_frame_of_floats_alone_can_still_be_asked() -> None:
    schema = infer_from_frames({"x": pl.DataFrame({"a": [1.5], "b": [2.5]})}).schema
    assert list(schema.entity.fields) == ["a", "b"]


def test_no_columns_no_schema() -> None:
    for frames in ({}, {"x": pl.DataFrame()}, {"x": pl.DataFrame({"l": [[1]]})}):
        with pytest.raises(SegdslError) as caught:
            infer_from_frames(frames)
        assert [d.code for d in caught.value.diagnostics] == ["SEG426"]


# -- several tables -------------------------------------------------------------------------------------------------

SHOP = {
    "customers": {"customer_id": [1], "email": ["a"], "created_at": [AT], "country_id": [1]},
    "orders": {"order_id": [1, 2], "customer_id": [1, 1], "updated_at": [AT, AT], "placed_at": [AT, AT]},
    "order_items": {"order_id": [1, 1], "customer_id": [1, 1], "product_id": [1, 1], "quantity": [1, 1]},
    "reviews": {"review_id": [1, 2], "customer_id": [1, 1], "order_id": [1, 1], "day": [date(2026, 1, 1)] * 2},
    "products": {"id": [1], "category_id": ["c"], "parent_id": [1]},
    "categories": {"category_id": ["c"], "title": ["x"]},
    "countries": {"id": [1], "name": ["x"]},
    "holidays": {"day": [date(2026, 1, 1)]},
}


def test_tables_are_joined_by_the_names_of_their_columns() -> None:
    found = infer_from_frames({name: pl.DataFrame(columns) for name, columns in SHOP.items()})
    schema = found.schema
    entity = schema.entity
    assert (entity.name, entity.table, entity.key, entity.created) == (
        "customer",
        "customers",
        "customer_id",
        "created_at",
    )
    assert set(schema.relations) == {"order", "item", "review"}
    order, item, review = (schema.relations[n] for n in ("order", "item", "review"))
    assert (order.table, order.parent, order.key, order.time) == ("orders", "customer", ("order_id",), "placed_at")
    assert order.links == (Link("customer_id", "customer_id"),)
    # Items are parts of an order, also where they name the customer; a review only mentions one.
    assert (item.table, item.parent, item.links) == ("order_items", "order", (Link("order_id", "order_id"),))
    assert (review.parent, review.key, review.time) == ("customer", ("review_id",), "day")
    assert {n: (x.of, x.table, x.links) for n, x in schema.lookups.items()} == {
        "country": ("customer", "countries", (Link("country_id", "id"),)),
        "product": ("item", "products", (Link("product_id", "id"),)),
        "category": ("product", "categories", (Link("category_id", "category_id"),)),
    }
    assert found.notes == ("holidays: nothing was found that joins it to customers",)
    loads_back(found)


def test_the_entity_can_be_named() -> None:
    schema = infer_from_frames({n: pl.DataFrame(c) for n, c in SHOP.items()}, entity="products").schema
    assert (schema.entity.name, schema.entity.key) == ("product", "id")
    assert schema.relations["order_item"].links == (Link("product_id", "id"),)
    with pytest.raises(SegdslError, match="customers"):
        infer_from_frames({n: pl.DataFrame(c) for n, c in SHOP.items()}, entity="customer")


def test_without_a_table_of_people_they_are_distinct_keys() -> None:
    found = infer_from_frames(
        {
            "transactions": pl.DataFrame({"InvoiceNo": ["a", "b"], "CustomerID": [1, 1], "InvoiceDate": [AT, AT]}),
            "mailings": pl.DataFrame({"CustomerID": [1, 1], "campaign": ["x", "y"]}),
        }
    )
    entity = found.schema.entity
    assert (entity.name, entity.table, entity.key) == ("customer", None, "CustomerID")
    assert entity.distinct == ("transactions", "mailings")
    assert {n: (r.table, r.time) for n, r in found.schema.relations.items()} == {
        "transaction": ("transactions", "InvoiceDate"),
        "mailing": ("mailings", None),
    }
    loads_back(found)


def test_one_list_of_transactions(tmp_path: Path) -> None:
    frame = pl.DataFrame({"customer_id": ["a", "a", None], "order_id": [1, 2, 3], "sold_at": [AT] * 3})
    # A condition over the table is about its rows; a project about its customers.
    assert infer_from_frames({"sales": frame}).schema.entity.key == "order_id"
    frame.write_parquet(tmp_path / "sales.parquet")
    found = infer_from_folder(tmp_path, allow_distinct=True)
    assert (found.schema.entity.key, found.schema.entity.distinct) == ("customer_id", ("sales",))
    sale = found.schema.relations["sale"]
    assert (sale.key, sale.time, sale.fields["customer_id"].optional) == (("order_id",), "sold_at", True)
    loads_back(found)


def test_a_time_of_which_nothing_is_known_is_no_key(tmp_path: Path) -> None:
    frame = pl.DataFrame({"customer_id": [1, 1, 2], "date": [AT] * 3, "quantity": [1, 2, 2], "price": [9.5, 5.0, 5.0]})
    assert infer_from_frames({"transactions": frame}).schema.entity.key == "customer_id"
    frame.write_parquet(tmp_path / "transactions.parquet")
    found = infer_from_folder(tmp_path, allow_distinct=True).schema
    assert (found.entity.key, found.entity.distinct) == ("customer_id", ("transactions",))
    transaction = found.relations["transaction"]
    assert (transaction.time, transaction.key) == ("date", ())


def test_a_key_has_every_value_once() -> None:
    people = pl.DataFrame({"customer_id": [1, 2]})
    lines = pl.DataFrame({"customer_id": [1, 1], "line_id": [1, 1], "hash_id": ["x", "y"]})
    gaps = pl.DataFrame({"customer_id": [1, 1], "gap_id": [1, None]})
    relations = infer_from_frames({"customers": people, "lines": lines, "gaps": gaps}).schema.relations
    assert relations["line"].key == ("hash_id",)
    assert relations["gap"].key == ()
    # Nothing is known of a lazy frame's rows: no key is promised.
    lazy = infer_from_frames({"customers": people.lazy(), "lines": lines.lazy()}).schema
    assert (lazy.entity.key, lazy.relations["line"].key) == ("customer_id", ())


def test_one_row_for_each_makes_a_lookup() -> None:
    people = pl.DataFrame({"customer_id": [1, 2]})
    facts = pl.DataFrame({"customer_id": [2, 1], "income": [1, 2]})
    schema = infer_from_frames({"customers": people, "demographics": facts}).schema
    assert schema.relations == {}
    assert schema.lookups["demographic"].of == "customer"
    assert schema.lookups["demographic"].links == (Link("customer_id", "customer_id"),)


def test_columns_of_different_types_are_not_joined() -> None:
    found = infer_from_frames(
        {
            "users": pl.DataFrame({"id": [1]}),
            "visits": pl.DataFrame({"user_id": [1.0]}),
            "logins": pl.DataFrame({"user_id": [1, 1]}),
        }
    )
    assert set(found.schema.relations) == {"login"}
    assert found.notes == ("visits: nothing was found that joins it to users",)


def test_tables_that_refer_to_each_other_end_somewhere() -> None:
    found = infer_from_frames(
        {
            "users": pl.DataFrame({"id": [1], "team_id": [1], "user_id": [1]}),
            "teams": pl.DataFrame({"id": [1], "user_id": [1], "team_id": [1]}),
            "team_parts": pl.DataFrame({"id": [1], "team_part_id": [1], "team_id": [1], "user_id": [1]}),
        }
    )
    assert found.schema.entity.table == "users"
    assert found.schema.relations["part"].parent == "team"


def test_folder(tmp_path: Path) -> None:
    pl.DataFrame(SHOP["customers"]).write_parquet(tmp_path / "customers.parquet")
    orders = "order_id,customer_id,placed_at,total\n1,1,2026-01-01,1.5\n2,1,2026-01-01,1.5\n"
    (tmp_path / "orders.csv").write_text(orders)
    (tmp_path / "visits.ndjson").write_text('{"customer_id": 1, "page": "/"}\n' * 2)
    (tmp_path / "orders.ndjson").write_text('{"order_id": 1}\n')
    (tmp_path / "broken.parquet").write_text("this is no parquet")
    (tmp_path / "notes.txt").write_text("x")
    found = infer_from_folder(tmp_path)
    order, visit = found.schema.relations["order"], found.schema.relations["visit"]
    assert {f.name: f.type for f in order.fields.values()} == {
        "order_id": INT,
        "customer_id": INT,
        "placed_at": DATE,
        "total": FLOAT,
    }
    assert order.time == "placed_at"
    assert visit.fields["page"].type == STRING
    assert [note.split(":")[0] for note in found.notes] == ["broken.parquet", "orders.ndjson"]
    loads_back(found)


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    for folder in (tmp_path / "nothing", tmp_path):
        with pytest.raises(SegdslError) as caught:
            infer_from_folder(folder)
        assert [d.code for d in caught.value.diagnostics] == ["SEG426"]


# -- databases ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("BOOLEAN", BOOL),
        ("INTEGER", INT),
        ("UBIGINT", INT),
        ("bigserial", INT),
        ("int8", INT),
        ("HUGEINT", decimal(38, 0)),
        ("DECIMAL(18,3)", decimal(18, 3)),
        ("numeric(10)", decimal(10, 0)),
        ("numeric", decimal(20, 6)),
        ("numeric(5,-2)", None),
        ("NUMERIC(40,2)", None),
        ("double precision", FLOAT),
        ("REAL", FLOAT),
        ("character varying(50)", STRING),
        ("VARCHAR", STRING),
        ("TEXT", STRING),
        ("ENUM('a', 'b')", STRING),
        ("date", DATE),
        ("timestamp without time zone", TIMESTAMP),
        ("timestamp(3) with time zone", TIMESTAMP),
        ("TIMESTAMP_NS", TIMESTAMP),
        ("DATETIME", TIMESTAMP),
        ("TIMESTAMP WITH TIME ZONE", TIMESTAMP),
        ("time without time zone", None),
        ("INTERVAL", None),
        ("uuid", None),
        ("jsonb", None),
        ("text[]", LIST),
        ("VARCHAR[]", LIST),
        ("VARCHAR[3]", LIST),
        ("character varying(20)[]", LIST),
        ("INTEGER[]", None),
        ("VARCHAR[][]", None),
        ("point", None),
        ("", None),
    ],
)
def test_declared_types(written: str, type_: Type | None) -> None:
    assert type_of_declaration(written) == type_


DDL = """
create table customers (id integer primary key, name varchar(20) not null, extra json, born date, joined timestamp);
create table purchases (
    no integer, pos integer, buyer integer references customers (id), amount decimal(10, 2), "when" timestamp,
    primary key (no, pos)
);
create table shipments (id integer primary key, no integer, pos integer, foreign key (no, pos) references purchases (no, pos));
"""


def holds_what_the_catalogue_says(found: Inferred) -> None:
    schema = found.schema
    assert (schema.entity.table, schema.entity.key, schema.entity.created) == ("customers", "id", "joined")
    assert types(schema) == {"id": "int", "name": "string", "born": "date?", "joined": "timestamp?"}
    purchase, shipment = schema.relations["purchase"], schema.relations["shipment"]
    assert (purchase.links, purchase.key, purchase.time) == ((Link("buyer", "id"),), ("no", "pos"), "when")
    assert purchase.fields["amount"].type == decimal(10, 2)
    assert (shipment.parent, shipment.links) == ("purchase", (Link("no", "no"), Link("pos", "pos")))
    assert found.notes == ("customers.extra: the language has no type for json",)
    loads_back(found)


def in_lower_case(found: Inferred) -> Inferred:
    return Inferred(found.schema, tuple(note.replace("JSON", "json") for note in found.notes))


def test_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "shop.data"
    connection = sqlite3.connect(path)
    connection.executescript(DDL)
    connection.close()
    holds_what_the_catalogue_says(infer_from_url(str(path)))
    holds_what_the_catalogue_says(infer_from_url(f"sqlite:///{path}"))


def test_duckdb(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(DDL)
    holds_what_the_catalogue_says(in_lower_case(infer_from_url(str(path))))
    holds_what_the_catalogue_says(in_lower_case(infer_from_url(f"duckdb:///{path}")))


def test_postgres() -> None:
    engine = engines.connect("postgres")
    assert isinstance(engine, engines.Postgres)
    uri = engine._server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("drop schema if exists segdsl_inference cascade")
        connection.execute("create schema segdsl_inference")
        connection.execute("set search_path to segdsl_inference")
        connection.execute(DDL)
    try:
        holds_what_the_catalogue_says(infer_from_url(f"{uri}&options=-csearch_path%3Dsegdsl_inference"))
    finally:
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute("drop schema segdsl_inference cascade")


def test_a_key_whose_type_the_language_has_not(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table users (id uuid primary key, name varchar)")
        connection.execute("create table visits (user_id uuid references users (id), page varchar)")
    schema = infer_from_url(str(path)).schema
    # It joins all the same; no text may name it.
    assert (schema.entity.key, schema.entity.fields["id"].declared) == ("id", False)
    assert schema.relations["visit"].links == (Link("user_id", "id"),)


@pytest.mark.parametrize(
    "url",
    [
        "oracle://user:s3cret@host/shop",
        "postgresql://user:s3cret@127.0.0.1:1/shop",
        "sqlite:///no/such/file.db",
        "duckdb:///no/such/file.duckdb",
        "nothing.duckdb",
    ],
)
def test_databases_that_cannot_be_read(url: str) -> None:
    with pytest.raises(SegdslError) as caught:
        infer_from_url(url)
    assert [d.code for d in caught.value.diagnostics] == ["SEG426"]
    assert "s3cret" not in str(caught.value)


def test_files_that_are_no_databases(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text("hello" * 1000)
    for url in (str(path), f"sqlite:///{path}", f"duckdb:///{path}"):
        with pytest.raises(SegdslError) as caught:
            infer_from_url(url)
        assert [d.code for d in caught.value.diagnostics] == ["SEG426"]


def test_odd_table_names_become_names() -> None:
    tables = [
        Table("customers", (Column("id", INT, "int", False),), ("id",)),
        *(
            Table(name, (Column("customer_id", INT, "int"),))
            for name in ("Order Lines", "2024 sales", "Boxes", "statuses", "news", "ORDER LINES ")
        ),
    ]
    found = infer(tables)
    assert set(found.schema.relations) == {"order_line", "table_2024_sale", "box", "status", "news", "order_line_2"}


@pytest.mark.parametrize(
    ("module", "url"),
    [
        ("duckdb", "duckdb:///shop.duckdb"),
        ("psycopg", "postgresql://localhost/shop"),
        ("pymysql", "mysql://localhost/shop"),
        ("clickhouse_connect", "clickhouse://localhost/shop"),
    ],
)
def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, module: str, url: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SegdslError) as raised:
        infer_from_url(url)
    (found,) = raised.value.diagnostics
    assert found.code == "SEG512"
    assert found.hint is not None
    assert found.hint.startswith('pip install "segdsl[')
