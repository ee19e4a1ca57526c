"""Columns as ClickHouse's users have them, and its protocol over HTTP.

There is no server here: the one of these tests speaks as much of the protocol as clickhouse-connect asks for, and puts what it is
told to chdb.
"""

from __future__ import annotations

import io
import threading
from base64 import b64decode
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import engines
import polars as pl
import pytest
from runtime import shop

from segdsl.diagnostics import SegdslError
from segdsl.inference import infer_from_url
from segdsl.library import Library
from segdsl.runtime.database import Database, connect
from segdsl.runtime.drivers.clickhouse import declared, is_apart, is_optional, type_of
from segdsl.runtime.keys import check_keys
from segdsl.runtime.promises import check_data
from segdsl.runtime.tables import UnreachableError
from segdsl.schema_writer import to_toml
from segdsl.types import ANY, BOOL, DATE, FLOAT, INT, LIST, STRING, TIMESTAMP, Type, decimal


@pytest.fixture(scope="module")
def engine() -> engines.ClickHouse:
    engine = engines.connect("clickhouse")
    assert isinstance(engine, engines.ClickHouse)
    return engine


# -- types ------------------------------------------------------------------------------------------------------------

TYPES: dict[str, Type | None] = {
    "String": STRING,
    "LowCardinality(Nullable(String))": STRING,
    "FixedString(5)": STRING,
    "UUID": STRING,
    "IPv4": STRING,
    "Enum8('gold' = 1, 'silver' = 2)": STRING,
    "Nullable(Enum16('a)' = -1))": STRING,
    "Bool": BOOL,
    "UInt8": INT,
    "Int64": INT,
    "Nullable(UInt32)": INT,
    "UInt64": decimal(20, 0),
    "Int128": None,
    "Float32": FLOAT,
    "Nullable(Float64)": FLOAT,
    "Decimal(10, 2)": decimal(10, 2),
    "Decimal(76, 2)": None,
    "Date": DATE,
    "Nullable(Date32)": DATE,
    "DateTime": TIMESTAMP,
    "DateTime('Europe/Berlin')": TIMESTAMP,
    "Nullable(DateTime64(3))": TIMESTAMP,
    "DateTime64(9, 'UTC')": TIMESTAMP,
    "Array(String)": LIST,
    "Array(LowCardinality(Nullable(String)))": LIST,
    "Array(UInt8)": None,
    "Map(String, String)": None,
    "Tuple(a String)": None,
    "JSON": None,
}


@pytest.mark.parametrize("written", TYPES)
def test_a_type_of_clickhouse_is_one_of_the_language(written: str) -> None:
    assert type_of(written) == TYPES[written]


def test_some_types_are_read_by_a_cast() -> None:
    assert {written for written in TYPES if is_apart(written)} == {
        "FixedString(5)",
        "UUID",
        "IPv4",
        "Enum8('gold' = 1, 'silver' = 2)",
        "Nullable(Enum16('a)' = -1))",
        "DateTime64(9, 'UTC')",
    }


def test_what_a_schema_says_of_them() -> None:
    assert declared("UInt64") == INT
    found = declared(r"LowCardinality(Enum8('a' = 1, 'it\'s' = -2, 'b = 3' = 4))")
    assert found is not None
    assert found.values == ("a", "it's", "b = 3")
    assert [is_optional(one) for one in ("String", "Nullable(String)", "LowCardinality(Nullable(String))")] == [
        False,
        True,
        True,
    ]


# -- columns as users have them -----------------------------------------------------------------------------------------

SCHEMA: dict[str, Any] = {
    "timezone": "UTC",
    "entity": {
        "name": "customer",
        "table": "customers",
        "key": "id",
        "fields": {
            "id": "int",
            "tier": {"type": "string", "values": ["silver", "gold"], "ordered": True},
            "grade": {"type": "string?", "missing": ["none"]},
            "token": {"type": "string?", "missing": ["n/a"]},
            "code": "string",
            "country": {"type": "string?", "missing": [""]},
            "city": "string?",
            "signed_up": "timestamp",
            "seen": "timestamp",
            "exact": "timestamp",
            "born": "date?",
            "age": "int",
            "balance": "decimal(12,2)",
            "small": "float",
            "active": "bool",
            "tags": "list(string)",
            "labels": "list(string)",
        },
    },
    "relations": {
        "order": {
            "table": "orders",
            "on": {"customer_id": "id"},
            "key": "order_id",
            "time": "at",
            "fields": {
                "order_id": "string",
                "at": "timestamp",
                "total": "decimal(12,2)",
                "channel": "string",
                "pieces": "int",
            },
        },
    },
}
COLUMNS = {
    "customers": {
        "id": "UInt64",
        "tier": "Enum8('gold' = 1, 'silver' = 2)",
        "grade": "Nullable(Enum16('a' = 5, 'b' = 2, 'none' = 0))",
        "token": "UUID",
        "code": "FixedString(5)",
        "country": "LowCardinality(String)",
        "city": "LowCardinality(Nullable(String))",
        "signed_up": "DateTime",
        "seen": "DateTime64(3, 'Europe/Berlin')",
        "exact": "DateTime64(9, 'UTC')",
        "born": "Nullable(Date)",
        "age": "UInt8",
        "balance": "Decimal(10, 2)",
        "small": "Float32",
        "active": "Bool",
        "tags": "Array(String)",
        "labels": "Array(LowCardinality(Nullable(String)))",
    },
    "orders": {
        "order_id": "UUID",
        "customer_id": "UInt64",
        "at": "DateTime('America/New_York')",
        "total": "Decimal(18, 2)",
        "channel": "Enum8('web' = 1, 'app' = 2)",
        "pieces": "UInt64",
    },
}
TOKENS = [
    "61f0c404-5cb3-11e7-907b-a6006ad3dba0",
    "61f0c404-5cb3-11e7-907b-a6006ad3dba1",
    "00000000-0000-0000-0000-000000000000",
]
ROWS: dict[str, list[dict[str, Any]]] = {
    "customers": [
        {
            "id": 1, "tier": "gold", "grade": "a", "token": TOKENS[0], "code": "ab", "country": "GR", "city": None,
            "signed_up": datetime(2026, 1, 1), "seen": datetime(2026, 3, 29, 1, 30, 0, 123000),
            "exact": datetime(2026, 1, 1, 0, 0, 0, 123456), "born": date(1970, 1, 1), "age": 255,
            "balance": Decimal("-99999999.99"), "small": 1.5, "active": True, "tags": ["a", "b"], "labels": [None],
        },
        {
            "id": 2**53 - 1, "tier": "silver", "grade": "none", "token": TOKENS[1], "code": "abcde", "country": "", "city": "a",
            "signed_up": datetime(1970, 1, 1), "seen": datetime(1969, 12, 31, 23, 59, 59, 999000),
            "exact": datetime(2026, 1, 1, 0, 0, 0, 123457), "born": None, "age": 0, "balance": Decimal(0),
            "small": 0.0, "active": False, "tags": [], "labels": [],
        },
        {
            "id": 3, "tier": "gold", "grade": None, "token": TOKENS[2], "code": "é", "country": "IT", "city": "b",
            "signed_up": datetime(2105, 12, 31, 23, 59, 59), "seen": datetime(2026, 10, 25, 1, 30),
            "exact": datetime(2026, 1, 1), "born": date(2148, 12, 31), "age": 18, "balance": Decimal("0.01"),
            "small": -2.25, "active": True, "tags": ["b"], "labels": ["x", None],
        },
    ],
    "orders": [
        {
            "order_id": TOKENS[0], "customer_id": 1, "at": datetime(2026, 3, 8, 7, 30), "total": Decimal("10.50"),
            "channel": "web", "pieces": 3,
        },
        {
            "order_id": TOKENS[1], "customer_id": 1, "at": datetime(2026, 5, 1), "total": Decimal("0.01"),
            "channel": "app", "pieces": 0,
        },
        {
            "order_id": TOKENS[2], "customer_id": 3, "at": datetime(2026, 5, 2), "total": Decimal(7), "channel": "app",
            "pieces": 2**53 - 1,
        },
    ],
}  # fmt: skip
SEGMENTS = f"""
segment gold where tier = "gold"
segment lower_tier where tier < "gold"
segment first_grade where grade = "a"
segment no_grade where grade is missing
segment not_a where grade != "a"
segment one_token where token = "{TOKENS[1]}"
segment no_such_token where token = "x" or token in ("", "y")
segment token_like where token starts with "61f0"
segment short where length(code) <= 2
segment ends where code ends with "b"
segment code_is where code = "ab"
segment abroad where country != "GR"
segment capital where upper(city) = "A"
segment town where city in ("a", "c")
segment new where signed_up >= 2026-01-01
segment old where signed_up < 1971-01-01
segment later where signed_up + 300 days > 2106-06-01
segment seen_at where seen = 2026-03-29T01:30:00.123Z
segment before_epoch where seen < 1970-01-01
segment at_one where hour(seen) = 1
segment micros where exact = 2026-01-01T00:00:00.123456Z
segment born_early where born - 4000 days < 1961-01-01
segment born_late where born + 700 days > 2150-01-01
segment older where age + 1 > 255
segment less where age - 1 < 0
segment poor where balance * 1000 < -99999999999
segment negative where -small > 2
segment inactive where not active
segment tagged where tags contains "b"
segment both where tags contains all ("a", "b")
segment no_tags where tags is missing
segment no_labels where labels is missing
segment app where any(order where channel = "app")
segment last_web where last(order.channel) = "app"
segment both_ways where distinct(order.channel) = 2
segment pieces where sum(order.pieces) > 9007199254740990
segment fewer where max(order.pieces) - 4 < 0
segment night where any(order where hour(at) = 7)
segment spent where sum(order.total) = 10.51
segment by_order where count(order where order_id starts with "61") = 2
segment ranked where rank(balance) <= 2
"""
AS_OF = datetime(2026, 6, 1)


@pytest.fixture(scope="module")
def wild(engine: engines.ClickHouse) -> Iterator[Database]:
    engine.load(ROWS, COLUMNS)  # type: ignore[arg-type]
    with connect(f"chdb:///{engine.folder}?database=tests") as database:
        yield database


def _expected() -> dict[str, set[int]]:
    """By Polars, on frames of the language's own types."""
    dtypes = {"id": pl.Int64, "age": pl.Int64, "pieces": pl.Int64, "customer_id": pl.Int64}
    frames = {
        name: pl.DataFrame(rows, schema_overrides=dtypes, infer_schema_length=None) for name, rows in ROWS.items()
    }
    library = Library.from_text(SEGMENTS, SCHEMA)
    found = library.evaluate(frames, as_of=AS_OF)
    return {name: set(found.filter(found[name])["id"].to_list()) for name in library}


def test_columns_of_all_sorts_are_read_right(wild: Database) -> None:
    library = Library.from_text(SEGMENTS, wild.with_stored(Library.from_text(SEGMENTS, SCHEMA).schema))
    selection = library.select(list(library))
    plan = selection.plan()
    wild.check(plan)
    rows = wild.run(selection.sql("clickhouse", "flags", as_of=AS_OF))
    found = {name: set(rows.filter(rows[plan.outputs[name]])[plan.key].to_list()) for name in library}
    assert found == _expected()
    assert sum(map(len, found.values())) > 30


def test_their_data_keeps_what_the_schema_promises(wild: Database) -> None:
    schema = wild.with_stored(Library.from_text(SEGMENTS, SCHEMA).schema)
    assert [finding.render() for finding in check_data(schema, wild)] == []


def test_each_column_knows_what_it_is_stored_as(wild: Database) -> None:
    schema = wild.with_stored(Library.from_text(SEGMENTS, SCHEMA).schema)
    stored = {name: known.stored for name, known in schema.entity.fields.items() if known.stored is not None}
    assert stored == {
        "id": decimal(20, 0), "tier": ANY, "grade": ANY, "token": ANY, "code": ANY, "exact": ANY, "balance": decimal(10, 2),
    }  # fmt: skip


def test_why_is_told_in_a_database(wild: Database) -> None:
    library = Library.from_text(SEGMENTS, SCHEMA)
    told = str(library["first_grade"].why(wild, 1, as_of=AS_OF))
    assert 'grade = "a"' in told


def test_a_schema_is_guessed(engine: engines.ClickHouse, wild: Database) -> None:
    found = infer_from_url(f"chdb:///{engine.folder}?database=tests", "customers")
    text = to_toml(found.schema)
    assert 'key = "id"' in text
    assert 'id = "int"' in text
    assert 'values = ["gold", "silver"]' in text
    assert 'city = "string?"' in text
    assert 'seen = "timestamp"' in text
    assert 'on = { customer_id = "id" }' in text


# -- over HTTP --------------------------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    """https://clickhouse.com/docs/interfaces/http, as far as it is asked for here."""

    protocol_version = "HTTP/1.1"
    engine: engines.ClickHouse
    lock = threading.Lock()
    asked: ClassVar[list[tuple[dict[str, str], str]]] = []
    gone: ClassVar[bool] = False

    def do_POST(self) -> None:
        options = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query, True).items()}
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode() or options["query"]
        if self.gone:
            self.close_connection = True
            return
        if b"wrong" in b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")):
            self._answer(403, b"Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)", "")
            return
        self.asked.append((options, text))
        shape = self.headers.get("X-ClickHouse-Format", "TSV")
        settings = {
            name: value
            for name, value in options.items()
            if name not in ("query", "query_id", "database", "compress", "client_protocol_version", "wait_end_of_query")
            and not name.startswith(("param_", "enable_http", "send_progress", "http_", "session", "cancel_http"))
        }
        with self.lock:
            try:
                body = self.engine.answer(text, shape, settings, _params(options))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is an answer
                self._answer(400, str(error).encode(), "")
            else:
                self._answer(200, body, shape)

    do_GET = do_POST  # noqa: N815 - the base class calls it so

    def _answer(self, status: int, body: bytes, shape: str) -> None:
        self.send_response(status)
        if status != 200:
            self.send_header("X-ClickHouse-Exception-Code", body.split(b".")[0].removeprefix(b"Code: ").decode())
        self.send_header("X-ClickHouse-Format", shape)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def _params(options: dict[str, str]) -> dict[str, str]:
    return {name.removeprefix("param_"): value for name, value in options.items() if name.startswith("param_")}


@pytest.fixture
def server(engine: engines.ClickHouse) -> Iterator[int]:
    _Handler.engine = engine
    _Handler.asked.clear()
    _Handler.gone = False
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_segments_run_over_http(engine: engines.ClickHouse, server: int) -> None:
    engine.load(shop.ROWS, shop.TYPES)
    with connect(f"clickhouse://ann:right@127.0.0.1:{server}/tests") as database:
        assert database.tables() == ("customers", "orders")
        library = Library.from_text(shop.SEGMENTS, database.with_stored(shop.schema()))
        selection = library.select(list(library))
        plan = selection.plan()
        database.check(plan)
        _Handler.asked.clear()
        flags = database.run(selection.sql("clickhouse", "flags", as_of=shop.AS_OF))
        ((options, text),) = _Handler.asked
        with pytest.raises(SegdslError) as raised:
            database.query("select * from nowhere")
        assert not isinstance(raised.value, UnreachableError)
    names = ("buyers", "big", "gold", "abroad", "heavy")
    assert sorted(flags.select("id", *(plan.outputs[name] for name in names)).rows()) == shop.EXPECTED
    assert "SETTINGS join_use_nulls = 1" in text
    # What is needed to read the text comes with the request; it only reads, and nothing holds a session.
    assert options["readonly"] == "2"
    assert options["max_query_size"] == "100000000"
    assert options["database"] == "tests"
    assert "session_id" not in options


def test_who_is_not_let_in(server: int) -> None:
    with pytest.raises(UnreachableError) as raised:
        connect(f"clickhouse://ann:wrong%21@127.0.0.1:{server}/tests")
    (found,) = raised.value.diagnostics
    assert "clickhouse://ann:…@127.0.0.1" in found.message
    assert "wrong" not in found.render()


def test_a_server_that_goes_away(engine: engines.ClickHouse, server: int) -> None:
    with connect(f"clickhouse://127.0.0.1:{server}/tests") as database:
        assert database.query("SELECT 1 AS one").item() == 1
        _Handler.gone = True
        with pytest.raises(UnreachableError):
            database.query("SELECT 1 AS one")


def test_keys_that_stand_twice_are_found(engine: engines.ClickHouse) -> None:
    """A primary key of ClickHouse lets them."""
    engine.load(
        {"people": [{"id": 7, "age": 20}, {"id": 7, "age": 30}, {"id": None, "age": 40}]},
        {"people": {"id": "Nullable(UInt64)", "age": "UInt8"}},
    )
    schema = {"entity": {"table": "people", "key": "id", "fields": {"id": "int", "age": "int"}}}
    with connect(engine.connection) as database:
        library = Library.from_text("segment grown where age >= 18", schema)
        plan = Library.from_text("segment grown where age >= 18", database.with_stored(library.schema)).select().plan()
        with pytest.raises(SegdslError) as raised:
            check_keys(database, plan)
    assert [(one.code, one.message) for one in raised.value.diagnostics] == [
        ("SEG505", "1 of 3 rows of `people` have no `id`, the key of customer"),
        ("SEG506", "1 value stands in more than one row of `people` as `id`, the key of customer: 7 (2 rows)"),
    ]


def test_limits_that_break_off_raise(engine: engines.ClickHouse) -> None:
    """A profile may say that rows beyond a limit are left out without a word."""
    engine.load({"t": [{"id": n} for n in range(1, 5)]}, {"t": {"id": INT}})
    with connect(engine.connection) as database:
        client = engine.connection
        try:
            for name, value in (("max_rows_to_group_by", "2"), ("group_by_overflow_mode", "any"), ("limit", "1")):
                client.set_client_setting(name, value)
            for name in ("group_by_overflow_mode", "limit"):
                client.server_settings[name] = client.server_settings[name]._replace(value="as set")
            with pytest.raises(SegdslError, match="TOO_MANY_ROWS"):
                database.query("SELECT id, count() FROM t GROUP BY id")
            assert database.query("SELECT id FROM t").height == 4
        finally:
            for name in ("max_rows_to_group_by", "group_by_overflow_mode", "limit"):
                engine.connection.command(f"SET {name} = DEFAULT")


def test_answers_are_parquet(engine: engines.ClickHouse) -> None:
    answer = engine.connection.raw_query("SELECT 1 AS one", fmt="Parquet")
    assert pl.read_parquet(io.BytesIO(answer)).item() == 1
