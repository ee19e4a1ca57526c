"""A field marked `private` is, to whoever writes texts, not there: nothing reads it, and no message tells it from one that is not."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from segdsl.diagnostics import SegdslError
from segdsl.errors.names import nearest
from segdsl.library import Library

AS_OF = datetime(2026, 6, 1)
SECRET = "zq-secret"
_HIDDEN = {"type": "string?", "private": True}
SCHEMA: dict[str, Any] = {
    "entity": {
        "table": "people",
        "key": "id",
        "where": "hidden != 'never'",
        "fields": {
            "id": "int",
            "hidden": _HIDDEN,
            "worth": {"type": "int?", "private": True},
            "seen": {"type": "timestamp?", "private": True},
            "since": {"type": "date?", "private": True},
            "labels": {"type": "list(string)", "private": True},
            "known": {"type": "bool", "is": "hidden is present"},
            "age_": {"type": "int?", "is": "age(since)"},
        },
    },
    "relations": {
        "order": {
            "table": "orders",
            "on": {"cid": "id"},
            "key": "oid",
            "time": "at",
            "where": "hidden != 'never'",
            "fields": {
                "oid": "int",
                "cid": "int?",
                "at": "timestamp?",
                "hidden": _HIDDEN,
                "total": "int?",
                "code": "string?",
            },
        },
    },
    "lookups": {
        "product": {
            "of": "order",
            "table": "products",
            "on": "code",
            "fields": {"code": "string", "hidden": _HIDDEN, "title": "string?"},
        },
    },
}
PATHS = (
    "{} = 'x'",
    "{} is missing",
    "customer.{} = 'x'",
    "order.{} = 'x'",
    "product.{} = 'x'",
    "order.product.{} = 'x'",
    "any(order where {} = 'x')",
    "any(order where order.{} = 'x')",
    "any(order where customer.{} = 'x')",
    "any(order where product.{} = 'x')",
    "distinct(order.{}) > 1",
    "distinct(order.product.{}) > 1",
    "last(order.{}) = 'x'",
    "max(order.{}) = 'x'",
    "overall(distinct(customer.{})) > 1",
    "count(order per {}) > 1",
    "count(order per product.{}) > 1",
    "top 1 per order.{} by count(order)",
    "top 1 per customer.{} by count(order)",
    "top 1 by count(order where {} = 'x')",
    "top 10% by count(order) among {} = 'x'",
    "any(order as o where any(order where {} = o.{}))",
    "any(order where previous({}) = 'x')",
    "any(order followed by (order where {} = 'x'))",
    "if({} = 'x', 1, 2) = 1",
    "coalesce({}, 'x') = 'x'",
    "({} = 'x') as of 30 days ago",
    "each of previous 2 months has (count(order where {} = 'x') > 1)",
)
NUMBERS = (
    "top 1 by {}",
    "rank({}) = 1",
    "quantile({}, 5) = 5",
    "{} > 5",
    "{} + 1 > 5",
    "overall(avg(customer.{})) > 1",
)


def library(text: str = "") -> Library:
    return Library.from_text(text, SCHEMA)


def said(text: str) -> list[tuple[str, str, str | None]]:
    with pytest.raises(SegdslError) as error:
        library().condition(text)
    return [(one.code, one.message, one.hint) for one in error.value.diagnostics]


@pytest.mark.parametrize("text", PATHS)
def test_no_path_leads_there_and_none_is_told_from_one_that_is_not(text: str) -> None:
    absent = "absnt_"
    assert nearest(absent, ["hidden", "known", "total", "title", "age_", "code"]) is None
    assert as_written(text, "hidden") == as_written(text, absent)


def as_written(text: str, name: str) -> list[tuple[str, str, str]]:
    """What is said of a text with a name in it, the name itself left out."""
    found = said(text.replace("{}", name))
    return [(code, message.replace(name, "X"), str(hint).replace(name, "X")) for code, message, hint in found]


@pytest.mark.parametrize("name", ["worth", "seen", "since", "labels"])
@pytest.mark.parametrize("text", NUMBERS)
def test_of_every_type(name: str, text: str) -> None:
    assert as_written(text, name) == as_written(text, "qqqqq")


@pytest.mark.parametrize(
    "text", ["hiden = 'x'", "any(order where hiden = 'x')", "any(order where product.hiddn = 'x')", "wort > 1"]
)
def test_no_hint_offers_one(text: str) -> None:
    assert not [hint for _, _, hint in said(text) if hint and ("hidden" in hint or "worth" in hint)]


def test_a_definition_may_have_the_name() -> None:
    """Were it refused, the refusal would tell; what it stands for is its own text."""
    made = library(
        """
trait worth = count(order)
segment s where worth >= 2
trait order.hidden = total + 1
segment t where max(order.hidden) > 20
"""
    )
    assert not [one for one in made.check() if one.severity.value == "error"]
    found = made.evaluate(tables(), as_of=AS_OF)
    assert found.rows() == [(1, True, False), (2, False, True)]
    import duckdb

    with duckdb.connect() as connection:
        for name, frame in tables().items():
            connection.register(name, frame.to_arrow())
        assert sorted(connection.execute(made.sql("duckdb", as_of=AS_OF).text).fetchall()) == found.rows()


def tables() -> dict[str, pl.DataFrame]:
    micros = pl.Datetime("us")
    return {
        "people": pl.DataFrame(
            {
                "id": [1, 2, 3],
                "hidden": [f"{SECRET}1", f"{SECRET}2", "never"],
                "worth": [777001, 777002, 777003],
                "seen": [datetime(2019, 7, 13)] * 3,
                "since": [date(1987, 5, 6)] * 3,
                "labels": [[f"{SECRET}label"]] * 3,
            }
        ).with_columns(pl.col("seen").cast(micros)),
        "orders": pl.DataFrame(
            {
                "oid": [1, 2, 3],
                "cid": [1, 1, 2],
                "at": [datetime(2026, 1, 1)] * 3,
                "hidden": [f"{SECRET}order"] * 3,
                "total": [5, 6, 70],
                "code": ["a", "a", "b"],
            }
        ).with_columns(pl.col("at").cast(micros)),
        "products": pl.DataFrame({"code": ["a", "b"], "hidden": [f"{SECRET}product"] * 2, "title": ["A", "B"]}),
    }


def test_what_the_owner_publishes_is_read() -> None:
    found = library().condition("known and age_ = 39").members(tables(), as_of=AS_OF)
    assert found["id"].to_list() == [1, 2]


def test_no_value_of_one_is_shown() -> None:
    segment = library('segment s "S" where known and age_ = 39 and count(order) >= 2')["s"]
    for key in (1, 2):
        why = segment.why(tables(), key, as_of=AS_OF)
        shown = str(why) + why.to_json() + why._repr_html_() + repr(why)
        explained = segment.explain(as_of=AS_OF)
        shown += str(explained) + json.dumps(explained.to_json() if hasattr(explained, "to_json") else "", default=str)
        shown += segment._repr_html_() + repr(segment) + str(segment.funnel(tables(), as_of=AS_OF))
        assert not [one for one in (SECRET, "777", "1987", "2019") if one in shown]


def test_parameters_of_a_statement_are_called_by_numbers() -> None:
    sql = library('param tenant = "x"\nsegment s where known and count(order where code = tenant) > 1').sql(
        "duckdb", as_of=AS_OF, bind=True
    )
    assert [one.name for one in sql.params] == [f"p{number}" for number in range(1, len(sql.params) + 1)]
