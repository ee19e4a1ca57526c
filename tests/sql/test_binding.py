"""Placeholders in place of constants: how they are spelled, what they stand for, and what new values do to a statement."""

from __future__ import annotations

import pickle
import re
import sqlite3
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from engines import connect

import segdsl
from segdsl.backends.sql.binding import STYLES
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.diagnostics import SegdslError
from segdsl.library import Library

SCHEMA = {
    "timezone": "Europe/Athens",
    "entity": {
        "table": "customers",
        "key": "id",
        "fields": {
            "id": "int",
            "name": "string?",
            "total": "decimal(12,2)?",
            "rate": "float?",
            "seen": "timestamp?",
            "born": "date?",
            "tags": "list(string)",
        },
    },
}
ROWS = [
    (1, "50% off?", "12.50", 0.5, "2026-03-01 10:00:00", "1990-03-02", '["vip"]'),
    (2, "a:p1 $1", "99.00", 2.0, "2026-02-01 10:00:00", "1960-02-29", '["new"]'),
    (3, None, None, None, None, None, "[]"),
]
NIGHT, NEXT = datetime(2026, 3, 2), datetime(2027, 1, 1, 12)


def library(text: str) -> Library:
    return Library.from_text(text, SCHEMA)


def of(condition: str, dialect: str = "duckdb", bind: bool | str = True, params: str = "") -> Any:
    return library(f"{params}\nsegment it where {condition}").sql(dialect, "members", as_of=NIGHT, bind=bind)


@pytest.fixture
def shop() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE customers (id, name, total, rate, seen, born, tags)")
    connection.executemany("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?)", ROWS)
    return connection


@pytest.mark.parametrize(
    ("style", "first", "again"),
    [
        ("qmark", "?", "?"),
        ("numeric", ":1", ":1"),
        ("named", ":p1", ":p1"),
        ("format", "%s", "%s"),
        ("pyformat", "%(p1)s", "%(p1)s"),
        ("dollar", "$p1", "$p1"),
        ("numbered", "$1", "$1"),
        ("at", "@p1", "@p1"),
        ("braces", "{p1:TEXT}", "{p1:TEXT}"),
    ],
)
def test_every_style_spells_placeholders_in_its_own_way(style: str, first: str, again: str) -> None:
    assert STYLES[style].spell(1, "TEXT") == first == again


def test_values_go_by_place_or_by_name() -> None:
    assert of('name = "a"', "duckdb", "qmark").values == ("a",)
    assert of('name = "a"', "duckdb", "dollar").values == {"p1": "a"}
    assert of('name = "a"', "duckdb", False).values == ()


def test_a_parameter_has_its_name_its_value_and_its_type() -> None:
    (one,) = of("total > 12.5").params
    assert (one.name, one.value, str(one.type)) == ("p1", Decimal("12.5"), "decimal(3,1)")


def test_values_are_what_python_has_for_their_types() -> None:
    condition = (
        'name = "a" and total > 1.5 and rate > 2.5 and id in (1, 2) and born < 2000-01-01 and seen in last 1 day'
    )
    values = [one.value for one in of(condition).params]
    assert values == [
        "a",
        Decimal("1.5"),
        2.5,
        1,
        2,
        date(2000, 1, 1),
        datetime(2026, 2, 28, 22),
        datetime(2026, 3, 1, 22),
    ]
    assert [type(value) for value in values[:4]] == [str, Decimal, float, int]


def test_sqlite_is_given_what_its_statement_holds() -> None:
    """Instants in microseconds, days as texts, decimals in units of their last place: seen in the literals' statement."""
    condition = "total > 1.5 and born < 2000-01-01 and seen < 2026-01-01T00:00:00Z"
    assert [one.value for one in of(condition, "sqlite").params] == [150, "2000-01-01", 1767225600000000]
    assert all(str(one) in of(condition, "sqlite", False).text for one in (150, "2000-01-01", 1767225600000000))


def test_a_decimal_that_leaves_64_bits_is_a_double_for_sqlite() -> None:
    wide = {**SCHEMA, "entity": {"table": "t", "key": "id", "fields": {"id": "int", "x": "decimal(30,10)?"}}}
    sql = Library.from_text("segment it where x > 12345678901.5", wide).sql("sqlite", "members", as_of=NIGHT, bind=True)
    assert [one.value for one in sql.params] == [1.23456789015e20]
    # the least number of 64 bits, in units of the tenth place, and the next one
    least = "segment it where x >= -922337203.6854775808 and x != -922337203.6854775809 and x != 922337203.6854775808"
    sql = Library.from_text(least, wide).sql("sqlite", "members", as_of=NIGHT, bind=True)
    kinds = [(type(one.value), one.value) for one in sql.params]
    assert kinds == [(int, -(2**63)), (float, -float(2**63)), (float, float(2**63))]


def test_a_drivers_own_sign_is_doubled_elsewhere() -> None:
    for style in ("format", "pyformat"):
        schema = {
            "entity": {"table": "t", "key": "id", "fields": {"id": "int", "a": {"type": "string?", "column": "a%s"}}}
        }
        sql = Library.from_text('segment it where a = "50%"', schema).sql(
            "postgres", "members", as_of=NIGHT, bind=style
        )
        assert '"a%%s"' in sql.text
        assert re.sub(r"%\(p1\)s|%%|%s", "", sql.text).count("%") == 0
        assert list(sql.values.values() if isinstance(sql.values, dict) else sql.values) == ["50%"]
        assert "%" not in str(sql).removesuffix(sql.text).replace("%%", "")


@pytest.mark.parametrize("style", DIALECTS["sqlite"].styles)
def test_sqlite_takes_every_style_of_its_dialect(style: str, shop: sqlite3.Connection) -> None:
    sql = of('name = "50% off?" and total < 13 and seen in last 7 days', "sqlite", style)
    assert shop.execute(sql.text, sql.values).fetchall() == [(1,)]


@pytest.mark.parametrize("style", DIALECTS["duckdb"].styles)
def test_duckdb_takes_every_style_of_its_dialect(style: str) -> None:
    connection = connect("duckdb").connection  # type: ignore[attr-defined]
    sql = segdsl.sql(
        'v = "a"', table="(SELECT 'a' AS v, 1 AS id)", dialect="duckdb", fields={"v": "string"}, bind=style
    )
    text = sql.text.replace("\"(SELECT 'a' AS v, 1 AS id)\"", "(SELECT 'a' AS v, 1 AS id)")
    text = re.sub(r'"[^"]*_id"', "id", text)
    assert connection.execute(text, sql.values).fetchall() == [(1,)]


def test_another_night_has_the_same_text() -> None:
    for dialect in DIALECTS:
        sql = of(
            "seen in last 30 days and anniversary(born) in next 40 days and age(born) > 30 and seen < today", dialect
        )
        for night in (NEXT, datetime(2024, 2, 29), datetime(2025, 12, 15)):
            bound = sql.bind(as_of=night)
            assert bound.text == sql.text
            assert bound.hash == sql.hash
            assert bound.values != sql.values


@pytest.mark.parametrize("night", [NIGHT, NEXT, datetime(2024, 2, 29), datetime(2025, 12, 20), datetime(2026, 2, 27)])
@pytest.mark.parametrize("negation", ["", "not "])
def test_anniversaries_of_any_night(night: datetime, negation: str, shop: sqlite3.Connection) -> None:
    for period in ("next 40 days", "last 400 days", "last 1000 days", "this year", "next 1 day"):
        segment = library(f"segment it where {negation}anniversary(born) in {period}")["it"]
        bound = segment.sql("sqlite", as_of=NIGHT, bind=True).bind(as_of=night)
        plain = segment.sql("sqlite", as_of=night)
        assert shop.execute(bound.text, bound.values).fetchall() == shop.execute(plain.text).fetchall()


def test_other_settings() -> None:
    sql = of(
        'seen in last lapse and name in cities and total > lowest and name ends with "x"',
        params='param lapse = 60 days\nparam cities = ("a", "b")\nparam lowest: decimal(12,2) = 5',
    )
    bound = sql.bind(as_of=NIGHT, lapse="7 days", cities=["c", "d"], lowest="7.25")
    assert bound.text == sql.text
    assert datetime(2026, 2, 22, 22) not in sql.values.values()
    assert [*bound.values.values()][1:] != [*sql.values.values()][1:]
    assert {"c", "d", Decimal("7.25")} <= set(bound.values.values())


def test_a_bare_condition_is_read_again_for_another_setting() -> None:
    own = library("param lowest: decimal(12,2) = 5")
    sql = own.select([own.condition("total > lowest")]).sql("duckdb", "members", as_of=NIGHT, bind=True)
    assert sql.bind(as_of=NIGHT, lowest=6).values == {"p1": Decimal(6)}


def test_a_setting_that_makes_another_statement_is_refused() -> None:
    sql = of("name in cities", params='param cities = ("a", "b")')
    with pytest.raises(SegdslError, match="depends on `cities`"):
        sql.bind(as_of=NIGHT, cities=["a", "b", "c"])


def test_what_is_no_setting_is_refused() -> None:
    sql = of("name in cities", params='param cities = ("a", "b")')
    for wrong in ({"citties": ["a"]}, {"cities": 5}, {"cities": None}):
        with pytest.raises(SegdslError) as error:
            sql.bind(as_of=NIGHT, **wrong)
        assert next(iter(wrong)) in error.value.diagnostics[0].message


def test_what_is_written_into_a_statement_cannot_be_bound() -> None:
    with pytest.raises(SegdslError, match="are written into its text"):
        of('name = "a"', bind=False).bind(as_of=NEXT)
    elsewhere = pickle.loads(pickle.dumps(of('name = "a"')))
    assert elsewhere.values == {"p1": "a"}
    with pytest.raises(SegdslError, match="compiled elsewhere"):
        elsewhere.bind(as_of=NEXT)


@pytest.mark.parametrize(("bind", "code"), [("braces", "SEG606"), ("", "SEG606"), (3, "SEG913"), (None, "SEG913")])
def test_styles_that_there_are_not(bind: Any, code: str) -> None:
    with pytest.raises(SegdslError) as error:
        of('name = "a"', "postgres", bind)
    assert [one.code for one in error.value.diagnostics] == [code]


def test_no_value_of_a_text_is_left_in_a_statement() -> None:
    texts = ["zq1", "zq2", "zq3*", "*zq4?", "zq5", "zq6", "zq7", "zq8", "zq9"]
    condition = (
        'name = "zq1" or name in ("zq2", "zq5") or name matches "zq3*" or name matches "*zq4?" or tags contains "zq6"'
        ' or replace(name, "zq7", "zq8") = "x" or name contains "zq9" or id = 31337 or rate > 31337.5 or total in (31337.25)'
        " or born = 1931-07-31 or seen between 1931-07-30 and 1931-08-02T00:00:00Z"
    )
    for dialect in DIALECTS:
        sql = of(condition, dialect)
        assert not [text for text in (*texts, "zq", "31337", "1931") if text in sql.text]
        assert all(any(text.strip("*?") in str(one.value) for one in sql.params) for text in texts)


def few_placeholders(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    few = replace(DIALECTS["sqlite"], capabilities=replace(DIALECTS["sqlite"].capabilities, placeholders=most))
    monkeypatch.setitem(DIALECTS, "sqlite", few)  # type: ignore[arg-type]


def test_the_longest_lists_are_written_out_where_a_database_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    few_placeholders(monkeypatch, 20)
    longest, long, short = (
        ", ".join(map(str, range(start, start + n))) for start, n in ((100, 30), (200, 25), (300, 9))
    )
    sql = of(f"id in ({short}) or id in ({longest}) and total > 1 or id in ({long}) and total > 2", "sqlite")
    assert [one.value for one in sql.params] == [*range(300, 309), 100, 200]
    assert all(str(one) in sql.text for one in (*range(100, 130), *range(200, 225)))
    sql = of(f"id in ({short}) and total > 1 and id in (200, 201)", "sqlite")
    assert len(sql.params) == 12


def test_what_is_too_much_even_without_lists_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    few_placeholders(monkeypatch, 2)
    with pytest.raises(SegdslError, match="takes at most 2 parameters in a statement, and this one has 3"):
        of("total > 1 and total < 9 and rate > 3", "sqlite")


def test_a_tree_has_the_names_of_its_text() -> None:
    from sqlglot import exp

    sql = of('name in ("a", "b")')
    assert [node.this for node in sql.expression.find_all(exp.Placeholder)] == ["p1", "p2"]
