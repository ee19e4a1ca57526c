"""The tree behind a verdict: what it consists of, whom it can be asked about, and that it is what engines say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import duckdb
import polars as pl
import pytest
from why.shop import ANN, AS_OF, BOB, CLEO, DAN, EVE, LIBRARY, SCHEMA, TABLES, condition

from segdsl import Library, SegdslError
from segdsl.diagnostics import Diagnostic
from segdsl.why.ask import UnknownKey
from segdsl.why.text import render
from segdsl.why.tree import Node, Why


def why(text: str, key: object, **more: Any) -> Why:
    return condition(text).why(TABLES, key, as_of=AS_OF, **more)


def shape(node: Node) -> tuple[Any, ...]:
    """Texts and verdicts alone."""
    return (node.text, node.holds, *(shape(part) for part in node.parts if part.holds is not None))


# -- the tree -------------------------------------------------------------------------------------------------------


def test_the_conditions_stand_in_one_another_as_written() -> None:
    found = why("greeks and (orders >= 5 or not lapsed)\n  and   age = 30", ANN)
    assert shape(found.root) == (
        "greeks and (orders >= 5 or not lapsed) and age = 30",
        True,
        ("greeks", True),
        (
            "orders >= 5 or not lapsed",
            True,
            ("orders >= 5", False),
            ("not lapsed", True, ("lapsed", False, ("buyers", True), ("none(order in last lapse)", False))),
        ),
        ("age = 30", True),
    )


def test_definitions_are_told_with_their_text() -> None:
    found = LIBRARY["lapsed"].why(TABLES, ANN, as_of=AS_OF)
    assert (found.root.text, found.root.definition) == ("lapsed", "buyers and none(order in last lapse)")
    buyers, _ = found.root.parts
    assert (buyers.text, buyers.definition) == ("buyers", "orders >= 1")
    (orders,) = buyers.parts
    assert (orders.text, orders.definition, orders.holds, orders.value) == ("orders", "count(order)", None, 3)


def test_a_call_stands_above_what_was_put_in() -> None:
    found = why('consent and bought_by("web", 3)', ANN)
    call = found.root.parts[1]
    assert (call.text, call.definition) == ('bought_by("web", 3)', "count(order where channel = way) >= times")
    assert call.parts[0].finding == '2, of 3 orders, 2 with channel = way ("web"), the last of them 41 days ago'


def test_a_definition_is_opened_once() -> None:
    one, other = why("lapsed or lapsed", ANN).root.parts
    assert len(one.parts) == 2
    assert (other.parts, other.finding) == ((), "it does not hold, see there")


def test_the_time_behind_days_since_is_shown() -> None:
    (days,) = why("last_order_days > 90", ANN).root.parts
    (last,) = days.parts
    assert (last.text, last.value) == ("max(order.placed_at)", datetime(2026, 4, 21, 9))
    assert last.finding == "2026-04-21 12:00, of 3 orders, the last 41 days ago"


@pytest.mark.parametrize(
    ("text", "decide"),
    [
        ("orders >= 1 and age > 60 and consent", [False, True, False]),
        ("orders >= 1 and age = 30 and consent", [True, True, True]),
        ("orders >= 5 or age = 30 or consent", [False, True, True]),
        ("orders >= 5 or age > 60", [True, True]),
    ],
)
def test_the_parts_that_decide(text: str, decide: list[bool]) -> None:
    assert [part.decides for part in why(text, ANN).root.parts] == decide


def test_cases_up_to_the_one_that_won() -> None:
    silver = LIBRARY["worth.silver"].why(TABLES, ANN, as_of=AS_OF)
    assert silver.holds
    (tiers,) = silver.root.parts
    assert tiers.finding == '"silver": the first case that holds'
    assert [(case.text, case.holds, case.decides) for case in tiers.parts] == [
        ("gold", False, False),
        ("silver", True, True),
    ]
    (tiers,) = LIBRARY["worth.gold"].why(TABLES, BOB, as_of=AS_OF).root.parts
    assert [case.text for case in tiers.parts] == ["gold"]
    (tiers,) = LIBRARY["worth.none_yet"].why(TABLES, CLEO, as_of=AS_OF).root.parts
    assert tiers.finding == '"none_yet": no other case holds'


def test_who_was_not_there_yet_satisfies_nothing_then() -> None:
    found = why("not (buyers as of 2026-05-20)", DAN)
    assert found.holds
    assert shape(found.root) == ("not (buyers as of 2026-05-20)", True, ("buyers as of 2026-05-20", False))


def test_the_past_of_the_past() -> None:
    """70 days ago, Ann's last order was the one 100 days ago."""
    found = why("((last_order_days > 30) as of 10 days ago) as of 60 days ago", ANN)
    assert found.root.finding == "last order exactly 30 days before then, needs more than 30: 1 day to go"
    (days,) = found.root.parts
    assert days.parts[0].finding == "2026-02-21 11:00, of 2 orders, the last 30 days before then"


def test_each_period_is_told_with_its_days() -> None:
    found = why("each of previous 3 months has (any(order))", ANN)
    assert [(part.text, part.holds) for part in found.root.parts] == [
        ("any(order) [2026-03-01 to 2026-03-31]", False),
        ("any(order) [2026-04-01 to 2026-04-30]", True),
        ("any(order) [2026-05-01 to 2026-05-31]", False),
    ]


# -- how it is shown --------------------------------------------------------------------------------------------------

LAPSED = """\
Not in lapsed: 1 order in last 90 days, the last of them 41 days ago
customer 1, as of 2026-06-01 12:00 (Europe/Athens)

✗ lapsed = buyers and none(order in last lapse)
  ✓ buyers = orders >= 1 — 3 orders, needs at least 1
    · orders = count(order) — 3, the last 41 days ago
  ✗ none(order in last lapse) — 3 orders, 1 in last 90 days (2026-03-03 11:00 to 2026-06-01 12:00), the last of them 41 days ago, needs none"""  # noqa: E501 - a line of the output is a line here


def test_as_text() -> None:
    found = LIBRARY["lapsed"].why(TABLES, ANN, as_of=AS_OF)
    assert str(found) == LAPSED
    assert render(found, ascii=True).splitlines()[3:5] == [
        "- lapsed = buyers and none(order in last lapse)",
        "  + buyers = orders >= 1 - 3 orders, needs at least 1",
    ]
    assert render(found, ascii=True).isascii()


def test_what_does_not_decide_is_faint() -> None:
    found = why("orders >= 1 and age > 60", ANN)
    looks = [line.split()[0] for line in render(found, style=lambda text, look: look).splitlines()[3:] if line]
    assert looks == ["no", "faint", "faint", "no"]


def test_as_json() -> None:
    found = json.loads(LIBRARY["greeks"].why(TABLES, BOB, as_of=AS_OF).to_json())
    assert found == {
        "segment": "greeks",
        "title": None,
        "entity": "customer",
        "key": 2,
        "holds": False,
        "as_of": "2026-06-01T09:00:00Z",
        "summary": 'Not in greeks: country is "DE", needs "GR"',
        "why": {
            "text": "greeks",
            "definition": 'country = "GR"',
            "holds": False,
            "finding": 'country is "DE", needs "GR"',
            "decides": True,
        },
    }


def test_as_html_everything_is_escaped() -> None:
    found = condition('nickname = "<b>x</b>"').why(TABLES, ANN, as_of=AS_OF)._repr_html_()
    assert "&lt;b&gt;x" in found and "<b>x" not in found
    open_tags: list[str] = []

    class Balanced(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag != "br":
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Balanced().feed(LIBRARY["lapsed"].why(TABLES, ANN, as_of=AS_OF)._repr_html_())
    assert open_tags == []


def test_a_zone_is_told_by_its_name() -> None:
    assert repr(why("orders >= 1", ANN).zone) == "<Zone Europe/Athens>"


def test_private_values_never_appear() -> None:
    found = why("has_email and orders >= 1", ANN)
    shown = str(found) + found.to_json() + found._repr_html_()
    assert "secret" not in shown
    assert "has email is true" in shown


# -- whom it is asked about ---------------------------------------------------------------------------------------------


def said(error: pytest.ExceptionInfo[SegdslError]) -> list[tuple[str, str]]:
    findings: list[Diagnostic] = list(error.value.diagnostics)
    return [(finding.code, finding.message) for finding in findings]


def test_a_text_is_read_as_a_key() -> None:
    assert why("orders >= 1", "1").key == 1


def test_nobody_has_the_key() -> None:
    with pytest.raises(UnknownKey) as error:
        why("orders >= 1", 77)
    assert said(error) == [("SEG930", "there is no customer 77")]
    assert isinstance(error.value, KeyError)


@pytest.mark.parametrize(
    ("given", "hint"),
    [("3", "did you mean 00003?"), ("0000003", "did you mean 00003?"), (" 00003", "did you mean 00003?"), ("4", None)],
)
def test_a_key_that_is_almost_the_same_is_offered(given: str, hint: str | None) -> None:
    people = pl.DataFrame({"id": ["00003", "Ann"]})
    schema = {"entity": {"name": "customer", "table": "people", "key": "id", "fields": {"id": "string"}}}
    segment = Library.from_text("segment s where true", schema)["s"]
    with pytest.raises(UnknownKey) as error:
        segment.why({"people": people}, given, as_of=AS_OF)
    assert [finding.hint for finding in error.value.diagnostics] == [hint]
    with pytest.raises(UnknownKey) as error:
        segment.why({"people": people}, "ANN", as_of=AS_OF)
    assert [finding.hint for finding in error.value.diagnostics] == [None]


def test_who_is_created_later_is_told_from_who_is_not_there() -> None:
    with pytest.raises(UnknownKey) as error:
        condition("orders >= 1").whys(TABLES, [EVE, 77, ANN], as_of=AS_OF)
    assert said(error) == [
        ("SEG930", "customer 5 is not there yet as of 2026-06-01 12:00: created later"),
        ("SEG930", "there is no customer 77"),
    ]


def test_who_is_kept_out_is_not_there() -> None:
    schema = {**SCHEMA, "entity": {**SCHEMA["entity"], "where": 'country = "GR"'}}  # type: ignore[dict-item]
    segment = Library.from_text("segment all_of_them where true", schema)["all_of_them"]
    assert segment.why(TABLES, ANN, as_of=AS_OF).holds
    with pytest.raises(UnknownKey) as error:
        segment.why(TABLES, BOB, as_of=AS_OF)
    assert said(error) == [("SEG930", "there is no customer 2")]


@pytest.mark.parametrize("key", ["ann", "", "1.5", None, True, 1.5, [1]])
def test_what_is_no_key(key: object) -> None:
    with pytest.raises(SegdslError) as error:
        why("orders >= 1", key)
    assert [code for code, _ in said(error)] == ["SEG931"]


def test_keys_of_other_types() -> None:
    days = pl.DataFrame({"day": [datetime(2026, 1, 31).date(), datetime(2026, 2, 1).date()], "visits": [3, 5]})
    schema = {"entity": {"name": "day", "table": "days", "key": "day", "fields": {"day": "date", "visits": "int"}}}
    library = Library.from_text("segment busy where visits >= 4", schema)
    assert library["busy"].why({"days": days}, "2026-01-31", as_of=AS_OF).root.finding == (
        "visits is 3, needs at least 4: 1 more"
    )
    undeclared = {"entity": {"name": "day", "table": "days", "key": "day", "fields": {"visits": "int"}}}
    library = Library.from_text("segment busy where visits >= 4", undeclared)
    assert library["busy"].why({"days": days}, "2026-02-01", as_of=AS_OF).holds


def test_many_at_once() -> None:
    found = LIBRARY["buyers"].whys(TABLES, as_of=AS_OF)
    assert {key: one.holds for key, one in found.items()} == {ANN: True, BOB: True, CLEO: False, DAN: True}
    some = LIBRARY["buyers"].whys(TABLES, [DAN, "3"], as_of=AS_OF)
    assert list(some) == [DAN, CLEO]
    assert str(some[DAN]) == str(found[DAN])


# -- large texts --------------------------------------------------------------------------------------------------------


def test_a_wide_condition() -> None:
    text = " or ".join(f"orders = {number}" for number in range(4, 504))
    found = why(text, ANN)
    assert not found.holds
    assert len(found.root.parts) == 500
    assert found.summary.endswith("and 497 more")


def test_more_than_any_database_has_columns_stays_closed() -> None:
    groups = [f"(age = {n} or age > {n + 1000} or age = {n + 2000} or age = {n + 3000})" for n in range(330)]
    found = why(" and ".join(groups), ANN)
    assert not found.holds
    assert len(found.root.parts) == 330
    assert [part.holds for part in found.root.parts] == [n == 30 for n in range(330)]
    opened, closed = found.root.parts[0], found.root.parts[-1]
    assert len(opened.parts) == 4
    assert (closed.parts, closed.finding) == ((), "it does not hold; too long to be taken apart")


def test_a_long_chain_of_definitions() -> None:
    chain = "\n".join(f"segment s{n} where s{n - 1} and age > {n % 5}" for n in range(1, 40))
    text = f"trait orders = count(order)\nsegment s0 where orders >= 1\n{chain}"
    found = Library.from_text(text, SCHEMA)["s39"].why(TABLES, ANN, as_of=AS_OF)
    assert found.holds
    assert str(found).count("it holds, see there") == 1


# -- engines ------------------------------------------------------------------------------------------------------------


TEXTS = [
    "lapsed",
    "total_spent >= 150 and last_order_days > 90",
    "top 50% by total_spent or (orders >= 3) as of 60 days ago",
    "total_spent / orders > 50 or consent",
    "worth.gold",
    'age between 18 and 40 and interests contains "running"',
]


def test_duckdb_says_the_same() -> None:
    memory = duckdb.connect()
    for name, frame in TABLES.items():
        memory.register("frame", frame)
        memory.execute(f"create table {name} as select * from frame")
        memory.unregister("frame")
    for text in TEXTS:
        here, there = condition(text).whys(TABLES, as_of=AS_OF), condition(text).whys(memory, as_of=AS_OF)
        assert {key: str(one) for key, one in here.items()} == {key: str(one) for key, one in there.items()}


def test_the_clock_is_asked_once_at_most() -> None:
    assert condition("true").why(TABLES, ANN).as_of <= datetime.now(UTC).replace(tzinfo=None)
