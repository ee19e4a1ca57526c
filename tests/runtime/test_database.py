"""Databases for real: opening, catalogues, types, statements, and everything that can go wrong on the way."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import engines
import polars as pl
import pytest
from engines.limits import taking_less
from runtime import shop

from segdsl.diagnostics import SegdslError
from segdsl.library import Library
from segdsl.runtime.database import Database, connect
from segdsl.runtime.drivers import PRODUCTS, is_place
from segdsl.runtime.drivers.driver import shown
from segdsl.runtime.tables import UnreachableError
from segdsl.types import DATE, FLOAT, INT, TIMESTAMP, decimal


def make_duckdb(path: Path) -> str:
    import duckdb

    with duckdb.connect(str(path)) as connection:
        for name, frame in shop.frames().items():
            connection.register("given", frame)
            connection.execute(f"create table {name} as select * from given")
            connection.unregister("given")
        connection.execute("create view recent as select * from orders")
        connection.execute("create schema sales; create table sales.lines as select 1::hugeint as n, [1] as list")
    return str(path)


def make_sqlite(path: Path) -> str:
    engine = engines.SQLite()
    engine.load(shop.ROWS, shop.TYPES)
    with sqlite3.connect(path) as target:
        engine.connection.backup(target)
        target.execute("create view recent as select * from orders")
    return str(path)


def in_postgres(statements: str) -> None:
    engine = engines.connect("postgres")
    assert isinstance(engine, engines.Postgres)
    engine.connection.execute(statements.encode())


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("databases")
    postgres = engines.connect("postgres")
    assert isinstance(postgres, engines.Postgres)
    postgres.load(shop.ROWS, shop.TYPES)
    in_postgres("create or replace view recent as select * from orders")
    clickhouse = engines.connect("clickhouse")
    assert isinstance(clickhouse, engines.ClickHouse)
    clickhouse.load(shop.ROWS, shop.TYPES)
    clickhouse.said("CREATE OR REPLACE VIEW recent AS SELECT * FROM orders")
    yield {
        "duckdb": make_duckdb(folder / "shop.duckdb"),
        "sqlite": make_sqlite(folder / "shop.db"),
        "postgres": postgres._server.get_uri(),
        "clickhouse": f"chdb:///{clickhouse.folder}?database=tests",
    }
    clickhouse.said("DROP VIEW recent")
    in_postgres("drop view recent")


@pytest.fixture(scope="module")
def in_mysql() -> str:
    """The url of the same tables on MariaDB."""
    engine = engines.connect("mysql")
    assert isinstance(engine, engines.MariaDB)
    engine.load(shop.ROWS, shop.TYPES)
    with engine.connection.cursor() as cursor:
        cursor.execute("create or replace view recent as select * from orders")
    return engine.url


@pytest.fixture(params=["duckdb", "sqlite", "postgres", "clickhouse", "mysql"])
def database(request: pytest.FixtureRequest, places: dict[str, Any]) -> Iterator[Database]:
    place = request.getfixturevalue("in_mysql") if request.param == "mysql" else places[request.param]
    with connect(place) as opened:
        yield opened


def codes(error: pytest.ExceptionInfo[SegdslError]) -> list[str]:
    return [d.code for d in error.value.diagnostics]


# -- several statements --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["flags", "counts", "memberships"])
def test_several_statements_tell_what_one_does(database, shape, monkeypatch):
    library = Library.from_text(shop.SEGMENTS, database.with_stored(shop.schema()))
    selection = library.select(list(library))
    (one,) = selection.statements(database.dialect, shape, as_of=shop.AS_OF)
    assert one.text == selection.sql(database.dialect, shape, as_of=shop.AS_OF).text
    taking_less(monkeypatch, database.dialect, text_bytes=len(one.text.encode()) - 1)
    several = selection.statements(database.dialect, shape, as_of=shop.AS_OF)
    assert len(several) > 1
    assert sorted(name for statement in several for name in statement.segments) == sorted(selection.names)
    whole, together = database.run(one), database.run_all(several, selection.names)
    assert together.columns == whole.columns
    assert sorted(together.rows()) == sorted(whole.rows())


def test_several_statements_see_one_state_of_the_data(database, places):
    """What another connection does meanwhile they do not see; on ClickHouse, which has nothing of the kind, nothing is begun."""
    match database.dialect:
        case "duckdb":
            pytest.skip("no other process may write what one has open")
        case "clickhouse":
            with database.snapshot():
                assert not database._begun
            return
        case "sqlite":
            other = sqlite3.connect(places["sqlite"], isolation_level=None)
            other.execute("pragma journal_mode = wal")
        case name:
            other = engines.connect(name).connection
    cursor = other.cursor()
    cursor.execute("create table seen (n int)")
    counted = "select count(*) as n from seen"
    try:
        with database.snapshot():
            assert database.query(counted).row(0) == (0,)
            cursor.execute("insert into seen values (1)")
            with database.snapshot():
                assert database.query(counted).row(0) == (0,)
            assert database.query(counted).row(0) == (0,)
        assert database.query(counted).row(0) == (1,)
    finally:
        cursor.execute("drop table seen")


def test_a_transaction_of_the_hosts_stays_his():
    import duckdb

    connection = duckdb.connect()
    connection.execute("create table seen (n int)")
    connection.begin()
    connection.execute("insert into seen values (1)")
    database = connect(connection)
    with database.snapshot():
        assert database.query("select count(*) as n from seen").row(0) == (1,)
    connection.commit()
    assert connection.execute("select n from seen").fetchall() == [(1,)]


def connection_of_a_host(dialect: str, places: dict[str, Any], in_mysql: str) -> Any:
    """As a host opens it who says nothing of transactions and wants rows by name."""
    match dialect:
        case "sqlite":
            connection = sqlite3.connect(places["sqlite"])
            connection.row_factory = lambda cursor, row: dict(
                zip([name for name, *_ in cursor.description], row, strict=True)
            )
            return connection
        case "postgres":
            import psycopg
            from psycopg.rows import dict_row

            return psycopg.connect(places["postgres"], row_factory=dict_row)
        case _:
            from pymysql.cursors import DictCursor

            from segdsl import mysql_server

            connection = mysql_server.connected(in_mysql, 10)
            connection.autocommit(False)
            connection.cursorclass = DictCursor
            return connection


HOSTS = ("sqlite", "postgres", "mysql")


@pytest.mark.parametrize("dialect", HOSTS)
def test_rows_are_read_whatever_rows_the_host_wants(dialect, places, in_mysql):
    connection = connection_of_a_host(dialect, places, in_mysql)
    with closing(connection):
        database = connect(connection)
        assert "customers" in database.tables()
        assert list(database.columns("orders"))[:2] == ["order_id", "customer_id"]
        assert database.query("select count(*) as n from orders").rows() == [(5,)]
        library = Library.from_text(shop.SEGMENTS, database.with_stored(shop.schema()))
        assert library["gold"].why(connection, 1, as_of=shop.AS_OF).holds
        top = Library.from_text("segment best where top 2 by count(order)", shop.SCHEMA)
        assert top.thresholds(connection, as_of=shop.AS_OF) == top.thresholds(shop.frames(), as_of=shop.AS_OF)


@pytest.mark.parametrize("dialect", HOSTS)
def test_a_connection_that_was_idle_is_idle_again(dialect, places, in_mysql):
    connection = connection_of_a_host(dialect, places, in_mysql)
    with closing(connection):
        database = connect(connection)
        plan = Library.from_text(shop.SEGMENTS, database.with_stored(shop.schema())).select().plan()
        database.check(plan)
        database.tables()
        with database.snapshot():
            assert database._begun
            assert database.query("select count(*) as n from orders").rows() == [(5,)]
            assert not is_idle(connection)
        assert is_idle(connection)
        with pytest.raises(SegdslError):
            database.query("select nothing from orders")
        database.query("select count(*) as n from orders")
        assert is_idle(connection)


def test_a_transaction_of_the_hosts_stays_his_on_postgres(places):
    import psycopg

    with psycopg.connect(places["postgres"]) as connection:
        connection.execute("create temporary table seen (n int)")
        connection.execute("insert into seen values (1)")
        database = connect(connection)
        assert list(database.columns("seen")) == ["n"]
        with database.snapshot():
            assert not database._begun
            assert database.query("select count(*) as n from seen").row(0) == (1,)
        connection.commit()
        assert connection.execute("select n from seen").fetchall() == [(1,)]


def is_idle(connection: Any) -> bool:
    if isinstance(connection, sqlite3.Connection):
        return not connection.in_transaction
    if hasattr(connection, "server_status"):
        return not connection.server_status & 1
    return connection.info.transaction_status == 0


# -- what works -------------------------------------------------------------------------------------------------------------


def test_segments_run_as_sql_and_select_whom_polars_selects(database):
    library = Library.from_text(shop.SEGMENTS, database.with_stored(shop.schema()))
    selection = library.select(list(library))
    plan = selection.plan()
    database.check(plan)
    flags = database.run(selection.sql(database.dialect, "flags", as_of=shop.AS_OF))
    assert flags.dtypes[1:] == [pl.Boolean] * 5
    found = sorted(flags.select("id", *(plan.outputs[n] for n in ("buyers", "big", "gold", "abroad", "heavy"))).rows())
    assert found == shop.EXPECTED
    gold = database.run(library["gold"].sql(database.dialect, as_of=shop.AS_OF))
    assert sorted(gold.to_series().to_list()) == [1, 3]
    nobody = Library.from_text('segment s where tier = "gold" and country = "XX"', shop.SCHEMA)["s"]
    assert database.run(nobody.sql(database.dialect, as_of=shop.AS_OF)).shape == (0, 1)


def test_the_catalogue(database):
    assert {"customers", "orders", "recent"} <= set(database.tables())
    assert database.columns("nowhere") is None
    assert database.columns("orders; drop table orders") is None
    orders = database.columns("orders")
    assert list(orders) == ["order_id", "customer_id", "placed_at", "total", "weight", "gift"]
    assert list(database.columns("recent")) == list(orders)
    assert orders["total"].type == decimal(12, 2)
    assert orders["order_id"].type == INT
    if database.dialect != "sqlite":
        assert orders["placed_at"].type == TIMESTAMP
        assert database.columns("customers")["born"].type == DATE


def test_a_connection_only_reads(database):
    with pytest.raises(SegdslError) as raised:
        database.query("delete from orders")
    assert codes(raised) == ["SEG514"]
    assert database.query("select count(*) as n from orders").item() == 5


def test_missing_tables_and_columns_are_found_before_anything_runs(database):
    schema = {**shop.SCHEMA, "entity": {**shop.SCHEMA["entity"], "table": "custommers"}}
    plan = Library.from_text("segment s where count(order) > 0", schema).select(["s"]).plan()
    with pytest.raises(SegdslError) as raised:
        database.check(plan)
    (found,) = raised.value.diagnostics
    assert found.code == "SEG501"
    assert found.message == f"{database.place} has no table `custommers`"
    assert found.hint == "did you mean `customers`?"

    fields = {**shop.SCHEMA["entity"]["fields"], "contry": "string?"}
    schema = {**shop.SCHEMA, "entity": {**shop.SCHEMA["entity"], "fields": fields}}
    plan = Library.from_text('segment s where contry = "GR"', schema).select(["s"]).plan()
    with pytest.raises(SegdslError) as raised:
        database.check(plan)
    (found,) = raised.value.diagnostics
    assert (found.code, found.hint) == ("SEG502", "did you mean `country`?")


@pytest.mark.parametrize("name", ["duckdb", "postgres", "clickhouse"])
def test_types_that_differ_are_found_before_anything_runs(places, name):
    fields = {**shop.SCHEMA["entity"]["fields"], "born": "int?"}
    schema = {**shop.SCHEMA, "entity": {**shop.SCHEMA["entity"], "fields": fields}}
    plan = Library.from_text("segment s where born = 1", schema).select(["s"]).plan()
    with connect(places[name]) as opened, pytest.raises(SegdslError) as raised:
        opened.check(plan)
    (found,) = raised.value.diagnostics
    assert found.code == "SEG503"
    assert found.message.lower() == "`customers.born` is declared an int, but the data holds " + (
        "nullable(date32)" if name == "clickhouse" else "date"
    )
    assert "declare it as `date`" in found.hint


@pytest.mark.parametrize("name", ["duckdb", "postgres", "clickhouse"])
def test_fields_know_the_type_of_their_column_where_it_is_another(places, name):
    fields = {
        "order_id": "int",
        "placed_at": "timestamp",
        "total": "decimal(14,4)",
        "weight": "decimal(9,3)?",
        "born": "timestamp",
    }
    relation = {**shop.SCHEMA["relations"]["order"], "fields": fields}
    from segdsl.schema_build import schema_from_dict

    schema = schema_from_dict({**shop.SCHEMA, "relations": {"order": relation}})
    with connect(places[name]) as opened:
        found = opened.with_stored(schema).relations["order"].fields
    assert found["total"].stored == decimal(12, 2)
    assert found["weight"].stored == FLOAT
    assert found["order_id"].stored is None
    assert found["placed_at"].stored is None
    assert found["born"].stored is None  # there is no such column


def test_names_with_dots_in_duckdb(places):
    with connect(places["duckdb"]) as opened:
        lines = opened.columns("sales.lines")
        assert lines is not None
        assert lines["n"].type == decimal(38, 0)
        assert lines["list"].type is None
        assert opened.columns("lines") is None
        assert "sales.lines" in opened.tables()


def test_names_with_dots_in_postgres(places):
    in_postgres(
        'create schema if not exists "Sales"; create table if not exists "Sales"."a b" (x numeric(5,1)); select 1'
    )
    with connect(places["postgres"]) as opened:
        found = opened.columns("Sales.a b")
        assert found is not None
        assert found["x"].type == decimal(5, 1)
        assert opened.columns("sales.a b") is None
        assert opened.read("Sales.a b", ["x"]).columns == ["x"]
    in_postgres('drop schema "Sales" cascade')


def test_types_of_mysql(in_mysql):
    import pymysql

    engine = engines.connect("mysql")
    with engine.connection.cursor() as cursor:
        cursor.execute(
            "create or replace table made (a tinyint(1), b bigint unsigned, c mediumtext, d datetime(6), e timestamp(3) null, "
            "f enum('x', 'it''s'), g double, h decimal(9,2) unsigned, i int(11), j varchar(9), k time)"
        )
    with connect(in_mysql) as opened:
        found = opened.columns("made")
        types = [
            "bool",
            "int",
            "string",
            "timestamp",
            "timestamp",
            "string",
            "float",
            "decimal(9,2)",
            "int",
            "string",
            "None",
        ]
        assert found is not None
        assert [str(column.type) for column in found.values()] == types
        assert opened.columns("shop.made") == found
    with pymysql.connect(unix_socket=engine.socket, user="root", database="shop") as taken, connect(taken) as opened:
        assert opened.query("select 1.50 as a").rows() == [(Decimal("1.50"),)]
    with pytest.raises(UnreachableError) as raised:
        connect(f"{in_mysql}&colour=red")
    assert "the url has the unknown option colour" in raised.value.diagnostics[0].message


def test_enums_and_domains_of_postgres_are_what_they_are_made_of(places):
    in_postgres(
        "create type mood as enum ('a'); create domain money2 as numeric(9,2); create table made (m mood, d money2); select 1"
    )
    with connect(places["postgres"]) as opened:
        found = opened.columns("made")
        assert found is not None
        assert [str(c.type) for c in found.values()] == ["string", "decimal(9,2)"]
    in_postgres("drop table made; drop domain money2; drop type mood")


def test_a_table_of_duckdb_is_never_a_file_or_a_variable(places, tmp_path):
    customers = shop.frames()["customers"]
    path = tmp_path / "secret.csv"
    customers.write_csv(path)
    with connect(places["duckdb"]) as opened:
        assert opened.columns(str(path)) is None
        assert opened.columns("customers_frame") is None
        with pytest.raises(SegdslError):
            opened.query("select * from customers_frame_of_the_host")
    customers_frame_of_the_host = customers
    assert customers_frame_of_the_host.height == 3


def test_open_connections_are_taken_and_stay_open(places):
    import duckdb
    import psycopg

    with duckdb.connect(places["duckdb"], read_only=True) as one, connect(one) as opened:
        assert opened.dialect == "duckdb"
        opened.close()
        assert one.execute("select 1").fetchone() == (1,)
    two = sqlite3.connect(places["sqlite"])
    with connect(two) as opened:
        assert opened.query("select 1 as a").rows() == [(1,)]
    assert two.execute("select 1").fetchone() == (1,)
    two.close()
    with psycopg.connect(places["postgres"]) as three, connect(three) as opened:
        assert opened.query("select 1.50 as a").rows() == [(Decimal("1.50"),)]
    with pytest.raises(UnreachableError) as raised:
        connect(5)
    assert codes(raised) == ["SEG508"]


def test_a_percent_sign_is_no_placeholder(database):
    assert database.query("select '%s %(a)s 100%' as a").item() == "%s %(a)s 100%"


def test_rows_that_mix_whole_numbers_and_others():
    with connect(sqlite3.connect(":memory:")) as opened:
        assert opened.query("select 1 as a union all select 1.5 union all select null")["a"].to_list() == [
            1.0,
            1.5,
            None,
        ]
        assert opened.query("select 1 as a where false").columns == ["a"]


# -- what does not ----------------------------------------------------------------------------------------------------------


def unreachable(place: object) -> str:
    with pytest.raises(UnreachableError) as raised:
        connect(place)
    (found,) = raised.value.diagnostics
    return f"{found.code} {found.message} | {found.hint}"


def test_places():
    for place in ("duckdb:///a", "postgresql://h/d", "mysql://h/d", "a.duckdb", "a/b.db", "x.SQLITE", "a.sqlite3"):
        assert is_place(place)
    for place in ("data", "a.parquet", "a.csv", "orders.ndjson"):
        assert not is_place(place)


@pytest.mark.parametrize("place", ["{}/no.duckdb", "duckdb:///{}/no.duckdb", "sqlite:///{}/no.db", "{}/no.db"])
def test_a_file_that_is_not_there(tmp_path, place):
    found = unreachable(place.format(tmp_path))
    assert found.startswith("SEG511")
    assert "no such file" in found


def test_a_relative_path_in_a_url(tmp_path, monkeypatch, places):
    monkeypatch.chdir(Path(places["duckdb"]).parent)
    for place in (
        "duckdb:///shop.duckdb",
        "sqlite:///shop.db",
        f"duckdb:///{places['duckdb']}",
        f"sqlite:///{places['sqlite']}",
    ):
        with connect(place) as opened:
            assert "orders" in opened.tables()


@pytest.mark.parametrize("place", ["{}/x.duckdb", "duckdb:///{}/x.duckdb", "sqlite:///{}/x.duckdb"])
def test_a_file_that_is_no_database(tmp_path, place):
    (tmp_path / "x.duckdb").write_text("hello" * 1000)
    assert unreachable(place.format(tmp_path)).startswith("SEG511")


@pytest.mark.parametrize("ending", ["sqlite", "sqlite3", "SQLITE"])
def test_the_hints_for_sqlite_files(tmp_path, ending):
    path = tmp_path / f"x.{ending}"
    assert "check the path of the file" in unreachable(str(path))
    path.write_text("hello" * 1000)
    assert "it should be a file made by SQLite" in unreachable(str(path))


def test_a_damaged_sqlite_file(tmp_path):
    (tmp_path / "x.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    assert unreachable(str(tmp_path / "x.db")).startswith("SEG511")


def test_a_folder_as_a_database(tmp_path):
    (tmp_path / "d.duckdb").mkdir()
    assert unreachable(str(tmp_path / "d.duckdb")).startswith("SEG511")


def test_a_duckdb_file_that_another_program_has_open(tmp_path):
    import subprocess

    path = tmp_path / "shop.duckdb"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print(1, flush=True); sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        found = unreachable(str(path))
    finally:
        holder.communicate()
    assert found.startswith("SEG511")
    assert "close the program that has it open" in found


def test_a_locked_sqlite_file(tmp_path, monkeypatch):
    from segdsl.runtime.drivers import sqlite

    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    path = tmp_path / "x.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("create table t (a)")
    other.execute("begin exclusive")
    found = unreachable(str(path))
    other.close()
    assert found.startswith("SEG511")
    assert "locked" in found
    assert "close the program that has it open" in found


SECRET = "hunter/2@x"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hunter%2F2%40x@127.0.0.1:1/shop",
        f"postgresql://ann:{SECRET}@127.0.0.1:1/shop",
        "postgresql://ann@127.0.0.1:1/shop?password=hunter%2F2%40x",
        "postgresql://127.0.0.1:1/shop",
        "postgresql://127.0.0.1:notaport/shop",
        "postgresql://[::1/shop",
        "postgres://nowhere.invalid/shop",
        "postgresql+psycopg://127.0.0.1:1/shop",
        "postgresql://",
    ],
)
def test_a_server_that_does_not_answer(url, monkeypatch):
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "1")
    found = unreachable(url)
    assert found.startswith("SEG511")
    for secret in (SECRET, "hunter", "%2F2%40x"):
        assert secret not in found


def test_a_wrong_password(places):
    in_postgres("drop role if exists nobody; create role nobody login password 'right'")
    found = unreachable(
        places["postgres"]
        .replace("postgres:", "stranger:secret123", 1)
        .replace("//stranger:secret123", "//stranger:secret123")
    )
    assert found.startswith("SEG511")
    assert "secret123" not in found


def test_urls_without_their_passwords():
    assert shown("postgresql://ann:pw@host/db") == "postgresql://ann:…@host/db"
    assert shown("postgresql://ann:p:w@x/y@host/db") == "postgresql://ann:…@host/db"
    assert shown("postgresql://ann@host/db?password=pw&sslmode=x") == "postgresql://ann@host/db?password=…&sslmode=x"
    assert shown("postgresql://host:5432/db") == "postgresql://host:5432/db"
    assert shown("duckdb:///a.duckdb") == "duckdb:///a.duckdb"


def test_databases_that_are_not_known():
    *first, last = (product.written for product in PRODUCTS)
    assert unreachable("oracle://ann:pw@host/db") == (
        "SEG513 oracle://ann:…@host/db is no database that segdsl knows | "
        f"a url begins with {', '.join(first)} or {last}"
    )


@pytest.mark.parametrize(
    ("place", "module", "words"),
    [
        ("postgresql://h/d", "psycopg", 'PostgreSQL is not installed | pip install "segdsl[postgres]"'),
        ("duckdb:///x.duckdb", "duckdb", 'DuckDB is not installed | pip install "segdsl[duckdb]"'),
        (
            "clickhouse://h/d",
            "clickhouse_connect.driver.exceptions",
            'ClickHouse is not installed | pip install "segdsl[clickhouse]"',
        ),
        ("chdb:////tmp", "chdb", 'chdb is not installed | pip install "segdsl[chdb]"'),
    ],
)
def test_drivers_that_are_not_installed(place, module, words, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    assert unreachable(place) == f"SEG512 the driver for {words}"


def test_statements_that_fail(database):
    with pytest.raises(SegdslError) as raised:
        database.query("select * from nowhere")
    assert codes(raised) == ["SEG514"]
    assert not isinstance(raised.value, UnreachableError)
    # The next one works.
    assert database.query("select 1 as a").item() == 1


def test_a_server_that_goes_away(places):
    with connect(places["postgres"]) as opened:
        pid = opened.query("select pg_backend_pid() as pid").item()
        in_postgres(f"select pg_terminate_backend({pid})")
        with pytest.raises(UnreachableError):
            opened.query("select 1")
