"""Totals and times at their edges, on every evaluator: what is too large or leaves the calendar is missing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from backends import BACKENDS, check, data_of

from segdsl.schema_build import schema_from_dict

SCHEMA = {
    "entity": {"table": "people", "key": "id", "fields": {"id": "int"}},
    "relations": {
        "order": {
            "table": "orders",
            "on": {"who": "id"},
            "fields": {"who": "int", "wide": "decimal(38,0)?", "ratio": "float?", "until": "date?", "at": "timestamp?"},
        }
    },
}
MOST = Decimal(10**38 - 1)


@pytest.mark.parametrize("backend", sorted(set(BACKENDS) - {"sqlite"}))
def test_a_sum_of_more_than_38_digits_is_missing(backend: str) -> None:
    text = (
        "trait total = sum(order.wide)\n"
        "segment unknown where total is missing\n"
        "segment nothing where total = 0\n"
        "segment most where total >= 9007199254740992\n"
    )
    rows = [(1, MOST), (1, Decimal(1)), (2, MOST), (3, None)]
    tables = {
        "people": [{"id": i} for i in (1, 2, 3, 4)],
        "orders": [{"who": who, "wide": wide, "ratio": None, "until": None, "at": None} for who, wide in rows],
    }
    found = selected(backend, text, tables)
    assert found == {"unknown": {1}, "nothing": {3, 4}, "most": {2}}


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_an_average_counts_what_its_sum_adds(backend: str) -> None:
    text = "segment two where avg(order.ratio) = 2\nsegment unknown where avg(order.ratio) is missing\n"
    rows = [(1, 1e13), (1, 2.0), (2, 2.0), (3, 1e13), (4, None)]
    tables = {
        "people": [{"id": i} for i in (1, 2, 3, 4)],
        "orders": [{"who": who, "wide": None, "ratio": ratio, "until": None, "at": None} for who, ratio in rows],
    }
    assert selected(backend, text, tables) == {"two": {1, 2}, "unknown": {3, 4}}


def selected(
    backend: str, text: str, tables: dict[str, list[dict[str, object]]], shape: dict[str, object] = SCHEMA
) -> dict[str, set[object]]:
    schema = schema_from_dict(shape)
    program = check(schema, text).program
    names = [name for name, definition in program.definitions.items() if definition.kind == "segment"]
    conditions = {name: program.definitions[name].body for name in names}
    found = BACKENDS[backend](data_of(schema, tables), program, conditions, datetime(2026, 6, 1))
    return {name: set(found[name]) for name in names}


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_a_time_moved_out_of_the_calendar_is_missing(backend: str) -> None:
    text = (
        "segment later where any(order where until + 7 days > 2026-01-01)\n"
        "segment sooner where any(order where until - 1 week < 2026-01-01)\n"
        "segment after where any(order where at + 1 day > now)\n"
        "segment unknown where any(order where at + 1 day is missing and at is present)\n"
    )
    days = [(1, date.max), (2, date(9999, 12, 24)), (3, date(1, 1, 5)), (4, date(1, 1, 8)), (5, None)]
    instants = {1: datetime.max, 2: datetime(9999, 12, 30, 23, 59, 59, 999999), 3: None, 4: None, 5: None}
    tables = {
        "people": [{"id": i} for i in range(1, 6)],
        "orders": [{"who": i, "wide": None, "ratio": None, "until": day, "at": instants[i]} for i, day in days],
    }
    found = selected(backend, text, tables)
    assert found == {"later": {2}, "sooner": {4}, "after": {2}, "unknown": {1}}


GROUPED = {
    "entity": {"table": "people", "key": "id", "fields": {"id": "int"}},
    "relations": {
        "line": {
            "table": "lines",
            "on": {"who": "id"},
            "time": "at",
            "fields": {"who": "int?", "number": "string?", "n": "int?", "at": "timestamp?"},
        },
        "invoice": {
            "groups": "line",
            "by": ["number"],
            "fields": {"number": "string", "n": {"type": "int", "is": "count(line)"}},
        },
    },
}


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_rows_without_what_groups_are_formed_by_form_none(backend: str) -> None:
    text = "segment one where count(invoice) = 1\nsegment two where count(invoice) >= 2\nsegment none_ where none(invoice)\n"
    at = datetime(2026, 1, 1)
    # 1: one number and a line without; 2: two numbers; 3: a line without alone; 4: no line at all.
    lines = [(1, "a"), (1, None), (1, "a"), (2, "a"), (2, "b"), (3, None), (None, "a")]
    tables = {
        "people": [{"id": i} for i in (1, 2, 3, 4)],
        "lines": [{"who": who, "number": number, "n": 0, "at": at} for who, number in lines],
    }
    assert selected(backend, text, tables, GROUPED) == {"one": {1}, "two": {2}, "none_": {3, 4}}


@pytest.mark.parametrize("backend", sorted(BACKENDS))
@pytest.mark.parametrize("turned", [False, True])
def test_without_a_key_the_greatest_of_rows_that_tie(backend: str, turned: bool) -> None:
    text = (
        "segment last_is_9 where last(line.n) = 9\nsegment first_is_9 where first(line.n) = 9\n"
        "segment last_is_missing where last(line.n) is missing\n"
    )
    early, late = datetime(2026, 1, 1), datetime(2026, 1, 2)
    # 1: 9 ties with 5 and a missing one, first and last; 2: 9 is earlier than 5; 3: the last is missing; 4: no line at all.
    lines = [(1, 5, late), (1, 9, late), (1, None, late), (2, 9, early), (2, 5, late), (3, 9, early), (3, None, late)]
    if turned:
        lines.reverse()
    tables = {
        "people": [{"id": i} for i in (1, 2, 3, 4)],
        "lines": [{"who": who, "number": None, "n": n, "at": at} for who, n, at in lines],
    }
    wanted = {"last_is_9": {1}, "first_is_9": {1, 2, 3}, "last_is_missing": {3, 4}}
    assert selected(backend, text, tables, GROUPED) == wanted


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_zero_with_a_sign_is_the_zero_that_means_missing(backend: str) -> None:
    weight = {"type": "float?", "missing": [0, "-1"]}
    schema = {"entity": {"name": "person", "table": "people", "key": "id", "fields": {"id": "int", "weight": weight}}}
    rows = [(1, -0.0), (2, 0.0), (3, -1.0), (4, None), (5, -2.0), (6, float("nan"))]
    tables = {"people": [{"id": key, "weight": weight} for key, weight in rows]}
    found = selected(backend, "segment unknown where weight is missing\nsegment low where weight < 1", tables, schema)
    assert found == {"unknown": {1, 2, 3, 4, 6}, "low": {5}}


# One record does not tell a place among everybody.
@pytest.mark.parametrize("backend", sorted(set(BACKENDS) - {"python"}))
def test_the_largest_float_beside_a_rank(backend: str) -> None:
    fields = {"id": "int", "least": "int?", "points": "int?", "score": "float?"}
    schema = {"entity": {"name": "person", "table": "people", "key": "id", "fields": fields}}
    rows = [(1, 0, 100, 1e100), (2, 3, 50, 2.5), (3, 1, 70, 2.5), (4, 0, None, 1e100)]
    tables = {"people": [{"id": i, "least": least, "points": p, "score": score} for i, least, p, score in rows]}
    # ranks by points: 1 is first, 3 second, 2 third; 4 has none
    text = "segment above where score > greatest(least, rank(points))\nsegment third where score < rank(points)"
    assert selected(backend, text, tables, schema) == {"above": {1, 3}, "third": {2}}
