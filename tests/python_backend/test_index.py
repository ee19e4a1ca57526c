"""Values looked up among all that they are compared with, beside conditions that are asked one by one."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segdsl
from segdsl.backends.python import generate
from segdsl.backends.python import index as indexing
from segdsl.backends.python.index import ENOUGH, names_of_bits
from segdsl.matching import matcher as matching

NEVER = 10**9
SCHEMA = {
    "entity": {
        "table": "t",
        "key": "id",
        "fields": {
            "id": "int",
            "age": "int?",
            "points": "int",
            "score": "float?",
            "spent": "decimal(9,2)?",
            "country": "string?",
            "joined": "date?",
            "active": "bool?",
        },
    }
}
DAY = date(2026, 3, 29)
RECORD = {"points": 0}


def matcher(text: str, enough: int) -> segdsl.Matcher:
    """One that looks up what so many conditions ask about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "generate", partial(generate, enough=enough))
        return segdsl.Library.from_text(text, SCHEMA).matcher("2026-06-01")


def library(conditions: list[str]) -> str:
    return "\n".join(f"segment s{number} where {one}" for number, one in enumerate(conditions))


# -- beside conditions that are asked -----------------------------------------------------------------------------------

COMPARED = {
    "age": st.integers(-2, 5).map(str),
    "points": st.integers(0, 5).map(str),
    "score": st.sampled_from(["-0.5", "0", "0.5", "1", "1.5"]),
    "spent": st.sampled_from(["-1", "0", "0.01", "1.5", "2"]),
    "joined": st.integers(-2, 2).map(lambda days: str(DAY + timedelta(days=days))),
}
"""What a field is compared with."""


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from([*COMPARED, "country", "active", "age + points", "missing"]))
    if name == "missing":
        return f"{draw(st.sampled_from([*COMPARED, 'country']))} is {draw(st.sampled_from(['missing', 'present']))}"
    if name == "active":
        return draw(st.sampled_from(["active", "not active", "active = false"]))
    if name == "country":
        values = draw(st.lists(st.sampled_from(["GR", "DE", "", "gr"]), min_size=1, max_size=3, unique=True))
        if len(values) == 1:
            return f'country {draw(st.sampled_from(["=", "!="]))} "{values[0]}"'
        listed = ", ".join(map('"{}"'.format, values))
        return f"country {draw(st.sampled_from(['in', 'not in']))} ({listed})"
    of = COMPARED["age" if "+" in name else name]
    word = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "between", "=" if name == "score" else "in"]))
    if word == "between":
        low, high = sorted((draw(of), draw(of)), key=str if name == "joined" else float)
        return f"{name} between {low} and {high}"
    if word == "in":
        return f"{name} {draw(st.sampled_from(['in', 'not in']))} ({draw(of)}, {draw(of)})"
    return f"{name} {word} {draw(of)}"


CONDITIONS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: f"({' and '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: f"({' or '.join(parts)})"),
    ),
    max_leaves=8,
)
RECORDS = st.fixed_dictionaries(
    {"points": st.integers(-1, 6)},
    optional={
        "age": st.one_of(st.none(), st.integers(-3, 6)),
        "score": st.one_of(st.none(), st.sampled_from([-1.0, -0.5, -0.0, 0.0, 0.25, 0.5, 1.0, 1.25, 2.0])),
        "spent": st.one_of(st.none(), st.sampled_from(["-1.00", "-0.5", "0", "0.01", "0.02", "1.50", "3"])),
        "country": st.one_of(st.none(), st.sampled_from(["GR", "DE", "", "gr", "FR"])),
        "joined": st.one_of(st.none(), st.integers(-3, 3).map(lambda days: DAY + timedelta(days=days))),
        "active": st.one_of(st.none(), st.booleans()),
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=20), st.lists(RECORDS, min_size=1, max_size=20))
def test_looked_up_is_as_asked(conditions: list[str], records: list[dict[str, Any]]) -> None:
    text = library(conditions)
    asking, looking = matcher(text, NEVER), matcher(text, 0)
    assert "bits" not in asking.source
    for record in records:
        assert looking.match(record) == asking.match(record)


# -- by hand ------------------------------------------------------------------------------------------------------------


def test_a_library_of_hundreds_is_looked_up() -> None:
    found = matcher(
        library(
            [f'age >= {n} and country {"=" if n % 2 else "!="} "{"GR" if n % 3 else "DE"}"' for n in range(200)]
            + [f"points < {n} or age is missing" for n in range(100)]
        ),
        ENOUGH,
    )
    assert "add(" not in found.source and found.source.count("bits &= ") == 3

    def expected(age: int | None, points: int, country: str | None) -> list[str]:
        first = [
            age is not None
            and age >= n
            and country is not None
            and ((country == ("GR" if n % 3 else "DE")) == bool(n % 2))
            for n in range(200)
        ]
        second = [points < n or age is None for n in range(100)]
        return [f"s{number}" for number, one in enumerate((*first, *second)) if one]

    for age in (None, -1, 0, 1, 57, 199, 300):
        for country in (None, "GR", "DE", "FR"):
            for points in (-5, 0, 50, 99, 100):
                record = {"age": age, "points": points, "country": country}
                assert found.match(record) == expected(age, points, country)


def test_what_few_ask_about_is_asked_and_keeps_its_place() -> None:
    conditions = [f"points > {n}" for n in range(8 * ENOUGH)]
    conditions[3] = "score > 0.5 and points > 3"
    conditions[-1] = 'country starts with "G"'
    found = matcher(library(conditions), ENOUGH)
    assert found.source.count("bits &= ") == 0, "two of them are too few"
    conditions += ["points > 100", "points > 101"]
    found = matcher(library(conditions), ENOUGH)
    assert found.source.count("bits &= ") == 1 and found.source.count(": bits |= ") == 2
    names = [f"s{n}" for n in range(8 * ENOUGH)]
    assert found.match({"points": 90, "score": 0.75, "country": "GR"}) == names
    assert found.match({"points": 90, "score": 0.5}) == [one for one in names[:-1] if one != "s3"]


@pytest.mark.parametrize(("asking", "looked_up"), [(ENOUGH - 1, 1), (ENOUGH, 2)])
def test_how_many_are_enough(asking: int, looked_up: int) -> None:
    conditions = [f"points > {n}" for n in range(8 * ENOUGH)] + [f"age > {n}" for n in range(asking)]
    assert matcher(library(conditions), ENOUGH).source.count("bits &= ") == looked_up


@pytest.mark.parametrize(
    ("condition", "planes"),
    [
        ("age > 1 and points > 1", 1),
        ("age > 1 or points > 1", 1),
        ("not (age > 1 or points > 1)", 1),
        ("(age < 1 or age > 2 or age is missing) and (points = 1 or points = 3) and not (score < 1)", 1),
        ("(age < 1 or age > 2 or points > 3) and (age < 1 or age > 2 or score < 1)", 2),
        ("age > 1 and (points > 1 or score > 1)", 2),
        ("age > 1 or points > 1 and score > 1", 2),
        ("(age > 1 or points > 1) and (score > 1 or spent > 1) and (age < 9 or points < 9)", 3),
        (
            "(age = 1 or points = 1 or spent = 1) and (age = 2 or points = 2 or spent = 2) and (score = 1 or score > 7)",
            3,
        ),
    ],
)
def test_a_condition_takes_as_many_planes_as_it_or_its_opposite_has_terms(condition: str, planes: int) -> None:
    found = matcher(library([condition]), 0)
    assert "add(" not in found.source and found.source.count("bits >>") == planes - 1
    asked = matcher(library([condition]), NEVER)
    for points in (0, 1, 2, 9):
        for rest in ({}, {"age": 2}, {"age": 1, "score": 8.0}, {"age": 9, "spent": "2"}, {"score": 1.5, "spent": "1"}):
            assert found.match({"points": points, **rest}) == asked.match({"points": points, **rest})


def test_a_condition_of_too_many_terms_is_asked() -> None:
    both = " and ".join(f"(age = {n} or points = {n})" for n in range(3))
    either = " or ".join(f"(score = {n} and spent = {n})" for n in range(5))
    found = matcher(library([f"({both}) or ({either})", "age > 1"]), 0)
    assert found.source.count(": bits |= ") == 1
    assert found.match({"points": 0, "score": 4.0, "spent": "4"}) == ["s0"]


def test_what_moves_with_the_clock_is_asked() -> None:
    found = matcher(library(["joined in last 30 days", "joined > 2026-05-30"]), 0)
    assert found.source.count(": bits |= ") == 1 and found.source.count("bits &= ") == 1
    assert found.match({"points": 0, "joined": date(2026, 5, 20)}) == ["s0"]
    assert found.match({"points": 0, "joined": date(2026, 5, 31)}) == ["s0", "s1"]


def test_the_source_is_the_same_each_time() -> None:
    text = library([f"age > {n} and (points > {n} or score > {n}) and country = 'GR'" for n in range(9)])
    assert len({matcher(text, 0).source for _ in range(5)}) == 1


def test_what_always_or_never_holds() -> None:
    found = matcher(library(["age > 1", "age > 1 or not (age > 1)", "age > 1 and age < 1"]), 0)
    assert found.match({"points": 0}) == ["s1"]
    assert found.match({"points": 0, "age": 2}) == ["s0", "s1"]


def test_a_long_list_keeps_few_numbers() -> None:
    many = ", ".join(str(2 * n) for n in range(3000))
    found = matcher(library([f"age in ({many})", "points > 1"]), 0)
    assert "add(" not in found.source
    looked_up = (getattr(one, "__self__", None) for one in found._whole.program.globals.values())
    known = next(one for one in looked_up if isinstance(one, dict))
    assert len(known) == 3000 and len({id(one) for one in known.values()}) == 1
    assert found.match({"points": 0, "age": 5998}) == ["s0"]
    assert found.match({"points": 0, "age": 5999}) == found.match({"points": 0, "age": 6000}) == []


def test_a_value_compared_with_too_much_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    conditions = [f"age > {n}" for n in range(10)] + ["points > 1"]
    monkeypatch.setattr(indexing, "_MOST_BITS", 2 * 10 * 11 - 1)
    found = matcher(library(conditions), 0)
    assert found.source.count("bits &= ") == 1 and found.source.count(": bits |= ") == 10
    monkeypatch.setattr(indexing, "_MOST_BITS", 2 * 10 * 11)
    assert matcher(library(conditions), 0).source.count("bits &= ") == 2


def test_names_of_bits() -> None:
    names = names_of_bits(["a", "b", "c"])
    assert [names[bits] for bits in (0, 1, 2, 5, 7)] == [(), ("a",), ("b",), ("a", "c"), ("a", "b", "c")]
    assert len(names) == 8
