"""Lint: faults made on purpose are found where they are, and nothing is said of twins that are right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from semantics.lint_faults import FAULTS, Fault
from semantics.shop import SHOP, linked

from segdsl.diagnostics import Diagnostic
from segdsl.library import Library
from segdsl.project_file import pack_schema
from segdsl.semantics import ir
from segdsl.semantics.lint import lint, moments, verdicts
from segdsl.semantics.lint.formula import Formula, Less, less, opposite
from segdsl.semantics.lint.graph import Graph
from segdsl.semantics.model import build_model
from segdsl.semantics.resolve import resolve
from segdsl.types import BOOL

DEFINES = ("tiers", "segment", "trait", "param")


def found(text: str) -> tuple[Diagnostic, ...]:
    """What lint says of a text that has no errors."""
    namespace, _ = linked(text if text.startswith(DEFINES) else f"segment s where {text}")
    model, _ = build_model(SHOP, namespace.params)
    program, findings = resolve(namespace, model)
    assert not [finding for finding in findings if finding.severity.value == "error"]
    return lint(program, namespace)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.text)
def test_a_fault_is_told_once_where_it_is(fault: Fault) -> None:
    told = found(fault.text)
    assert [(one.code, one.span.text) for one in told] == [(fault.code, fault.at)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.twin)
def test_its_twin_is_right(fault: Fault) -> None:
    assert found(fault.twin) == ()


def test_there_are_enough_of_each_sort() -> None:
    assert len(FAULTS) >= 40
    assert len({fault.code for fault in FAULTS}) == 6


# -- what is told ---------------------------------------------------------------------------------------------------------


def test_the_other_part_is_shown_too() -> None:
    (told,) = found("active and points > 5 and points < 3")
    assert told.message == "`points > 5` and `points < 3` cannot both hold: nobody is ever in this segment"
    assert [other.span.text for other in told.related] == ["points > 5"]


def test_what_follows_from_a_fault_is_not_told_again() -> None:
    text = """
trait impossible = points > 5 and points < 3
segment one where impossible
segment two where not impossible
segment three where impossible and active
tiers levels
  high where impossible
  low where points > 1
"""
    assert [(one.code, one.span.text) for one in found(text.strip())] == [("SEG810", "points < 3")]


def test_a_fault_inside_of_rows_is_told_there_alone() -> None:
    told = found("any(order where total > 5 and total < 3) and points > 3")
    assert [(one.code, one.span.text) for one in told] == [("SEG810", "total < 3")]


def test_verdicts_that_hang_on_parameters_say_so() -> None:
    (told,) = found("param most = 3\nsegment s where points > 5 and points < most")
    assert ", with the parameters as they are set:" in told.message


def test_parameters_are_not_taken_for_their_values() -> None:
    """A host may set them: a part may then add something, and twins may differ."""
    assert found("param least = 3\nsegment s where points > least and points > 1") == ()
    assert found("param least = 3\nsegment s where points > least\nsegment t where points > 3") == ()
    assert found("param at_all = true\nsegment s where at_all and points > 3") == ()


def test_twins_with_the_same_parameter_are_twins() -> None:
    (told,) = found("param least = 3\nsegment s where points > least\nsegment t where not points <= least")
    assert (told.code, told.span.text) == ("SEG814", "t")


def test_twins_whose_parameters_have_one_value_may_part() -> None:
    """Twins as they are set, and no longer once a host sets one of them."""
    params = "param a = 3\nparam b = {}\n"
    crossed = "segment s where points > a and visits > b\nsegment t where points > b and visits > a"
    assert found(params.format(3) + crossed) == ()
    assert (
        found("param a = 3\nsegment s where points > a and visits > 3\nsegment t where points > 3 and visits > a") == ()
    )
    straight = "segment s where points > a and visits > b\nsegment t where visits > b and not points <= a"
    assert "SEG814" in {one.code for one in found(params.format(4) + straight)}


@pytest.mark.parametrize(
    "text",
    [
        "segment s where points > 5 and points < 3  # allow SEG810",
        "segment s\n  # allow SEG810 as a joke\n  where points > 5 and points < 3",
        "segment s where points > 5 and points > 3  # allow SEG813",
        "segment s where any(order)\nsegment t where count(order) > 0  # allow SEG814",
    ],
)
def test_a_comment_silences(text: str) -> None:
    assert found(text) == ()
    assert found(text.replace("allow", "about")) != ()


def test_plain_names_for_the_same_are_no_twins() -> None:
    assert found("trait often = visits > 5\nsegment regulars where often") == ()


def test_a_period_that_ends_at_an_instant_holds_that_day() -> None:
    assert found("joined_on in 2026-01-01 to now and joined_on = today") == ()
    assert found("joined_on in 30 days ago to now and not joined_on < today") == ()


def test_an_if_without_an_else_is_missing_where_it_says_nothing() -> None:
    assert found("if(active, 1) is missing") == ()
    (told,) = found("if(points > 3, 1) is missing and points > 4")
    assert told.message == (
        "`if(points > 3, 1) is missing` and `points > 4` cannot both hold: nobody is ever in this segment"
    )


def test_literals_are_meant() -> None:
    assert found("segment everybody where true") == ()


def test_an_or_that_only_asks_for_presence_says_so() -> None:
    (told,) = found("country != 'GR' or country != 'CY'")
    assert told.message == "one of `country != 'GR'` and `country != 'CY'` always holds, unless `country` is missing"
    assert told.hint == "was `and` meant? if not, write `country is present`"


def test_rows_that_there_cannot_be_are_said_to_be_the_matter() -> None:
    (told,) = found("any(order where status = 'cancelled')")
    assert told.message == (
        "`any(order where status = 'cancelled')` can never hold, as there is never such a row of `order`: "
        "nobody is ever in this segment"
    )
    assert told.hint == "compare what it asks of them with its period, and with the `where` of `order` in the schema"


def test_comments_are_not_quoted() -> None:
    (told,) = found("points > 5 and points\n  # a few\n  < 3")
    assert told.message == "`points > 5` and `points < 3` cannot both hold: nobody is ever in this segment"


# -- where it is told -----------------------------------------------------------------------------------------------------


def test_check_tells_and_compiling_does_not_ask() -> None:
    library = Library.from_text("segment s where points > 5 and points < 3", SHOP)
    with patch("segdsl.pipeline.lint", side_effect=AssertionError("asked")):
        library.sql("duckdb", as_of="2026-06-01")
        library.condition("points > 3")
    assert [one.code for one in library.check()] == ["SEG810"]


def test_a_segment_and_a_condition_are_checked_alone() -> None:
    text = "segment s where points > 5 and points < 3\nsegment t where points > 3 or active"
    library = Library.from_text(text, SHOP)
    assert [one.code for one in library["s"].check()] == ["SEG810"]
    assert not library["t"].check()
    (told,) = library.condition("t and points > 1 and points < 1").check()
    assert told.message == "`points > 1` and `points < 1` cannot both hold: it selects nobody"
    assert [one.code for one in library.condition("country != 'GR' and points > 1 and points > 0").check()] == [
        "SEG801",
        "SEG813",
    ]
    assert not library.condition("points > 3 or active").check()


def test_what_a_definition_says_is_not_told_of_a_condition_over_it() -> None:
    library = Library.from_text("trait at_least(n: int) = points >= n and points >= 0", SHOP)
    assert not library.condition("at_least(3)").check()


def test_check_works_it_out_once() -> None:
    library = Library.from_text("segment s where points > 5 and points < 3", SHOP)
    library.check()
    with patch("segdsl.pipeline.lint", side_effect=AssertionError("asked again")):
        assert len(library.check()) == 1


def test_of_a_pack_nothing_is_told_and_there_is_nothing_to_tell() -> None:
    library = Library.from_text("segment mine where orders >= 2", pack_schema("commerce"), packs="commerce")
    told = library.check()
    assert [(one.code, one.span.text) for one in told] == [("SEG814", "mine")]
    assert "of the pack `commerce`" in told[0].message
    checked = library._checked()
    others = [
        one for one in verdicts(checked.program, checked.namespace, packs=True) if one.finding.span.text != "mine"
    ]
    assert [one.finding.render() for one in others] == []


def test_definitions_that_name_what_could_not_be_read_are_left_alone() -> None:
    text = "trait broken = points >\nsegment s where broken and points > 5 and points < 3"
    assert {one.code[:4] for one in Library.from_text(text, SHOP).check()} == {"SEG1"}


# -- what it costs --------------------------------------------------------------------------------------------------------


def _seconds(text: str) -> float:
    """Of the processor: what else the machine does is not counted. The bounds are far off; what they stop goes on for ever."""
    library = Library.from_text(text, SHOP)
    assert not library.check().errors
    library._compiled.lint = None
    start = time.process_time()
    library.check()
    return time.process_time() - start


WIDE = {
    "500 parts of an `or`": " or ".join(f"(points > {n} and visits < {n})" for n in range(500)),
    "500 parts of an `and`": " and ".join(f"(points != {n} or visits != {n})" for n in range(500)),
    "500 borders": " and ".join(f"points > {n}" for n in range(500)),
    "counts in 60 windows": " and ".join(f"count(order in last {n} days) > {n % 7}" for n in range(1, 61)),
    "24 levels": "".join(f"(points > {n} {'or' if n % 2 else 'and'} " for n in range(23)) + "active" + ")" * 23,
    "cases in cases": "".join("if(" for _ in range(22))
    + "visits"
    + "".join(f" > {n}, points, visits)" for n in range(22))
    + " > 3",
    "cases of cases": " and ".join(f"if(points > {n}, visits, balance) > {n}" for n in range(40)),
}


@pytest.mark.parametrize("name", WIDE)
def test_no_condition_takes_long(name: str) -> None:
    assert _seconds(f"segment s where {WIDE[name]}") < 20


def test_a_thousand_segments_take_seconds() -> None:
    lines = (
        f"segment s{n} where count(order in last {n % 90 + 1} days) >= {n % 5 + 1} and points > {n} and any(order where total > {n})"
        for n in range(1000)
    )
    assert _seconds("\n".join(lines)) < 30


# -- axioms that are wrong ------------------------------------------------------------------------------------------------


def _told_of_twins() -> Iterator[str]:
    for fault in FAULTS:
        if found(fault.twin):
            yield fault.twin


def _without_missing(formula: Formula) -> Formula:
    """As if a missing value satisfied what is not said of it."""
    if isinstance(formula, Less):
        return less(formula.right, formula.left, not formula.strictly)
    return opposite(formula)


def test_missing_values_taken_for_values_are_noticed() -> None:
    with (
        patch("segdsl.semantics.simplify.missing", lambda value: ir.Literal(False, type=BOOL)),
        patch("segdsl.semantics.lint.formula.opposite", _without_missing),
    ):
        assert "active or visits > 5 or visits <= 5" in set(_told_of_twins())


def test_borders_off_by_one_are_noticed() -> None:
    exact = Graph._on_grid

    def closer(self: Graph, node: object, other: object, distance: int, strictly: bool) -> tuple[object, int]:
        weight, side = exact(self, node, other, distance, strictly)
        return weight - 1, side

    with patch.object(Graph, "_on_grid", closer):
        assert "points > 2 and points <= 3" in set(_told_of_twins())


def test_months_taken_for_thirty_days_are_noticed() -> None:
    moments._apart.cache_clear()
    try:
        with (
            patch.object(moments, "_MONTH", 30),
            patch.object(moments, "_UNEVEN", 0),
            patch.object(moments, "_CLOCKS", 0),
        ):
            told = set(_told_of_twins())
    finally:
        moments._apart.cache_clear()
    assert "count(order in last 1 month) > count(order in last 30 days)" in told
