"""Funnels, overlaps and counts in Python, and everything that a notebook shows, worked out by hand on the small shop."""

from __future__ import annotations

import json
import pickle
from html.parser import HTMLParser

import polars as pl
import pytest
from small_project import AS_OF, SCHEMA, SEGMENTS, customers, orders

import segdsl
from segdsl import Funnel, FunnelStep, Overlap, Pair

MORE = """
trait many(n) = count(order) >= n and any(order where total > n)
trait bought = orders >= 1 and country is present
segment quiet_greeks "Greeks who went quiet" where orders >= 1 and country = "GR" and none(order in last 20 days)
segment nested where (orders >= 1 and (country = "GR" and name is present)) and (orders = 2 or orders = 1)
segment again where quiet_greeks
segment by_trait where bought
segment called where many(2) and country = "GR"
segment each_month where each of previous 2 months has (any(order)) and orders >= 1
segment texts where name != "a  b" and
    # a comment
    name # of the customer
      != "# no comment"
tiers level
  gold where orders >= 2
  silver where orders >= 1 and country = "GR"
  otherwise rest
tiers flat
  otherwise only
"""


@pytest.fixture
def library() -> segdsl.Library:
    return segdsl.Library.from_text(SEGMENTS + MORE, SCHEMA)


@pytest.fixture
def data() -> dict[str, pl.DataFrame]:
    return {"customers": customers(), "orders": orders()}


# -- funnels ------------------------------------------------------------------------------------------------------

QUIET = (
    FunnelStep("orders >= 1", left=3, lost=3, alone=3),
    FunnelStep('country = "GR"', left=2, lost=1, alone=2),
    FunnelStep("none(order in last 20 days)", left=1, lost=1, alone=5),
)


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("greeks", [('country = "GR"', 2)]),
        ("quiet_greeks", [(step.condition, step.left) for step in QUIET]),
        ("again", [(step.condition, step.left) for step in QUIET]),
        ("by_trait", [("orders >= 1", 3), ("country is present", 3)]),
        # nested `and`s are one row of steps; an `or` is one step
        (
            "nested",
            [("orders >= 1", 3), ('country = "GR"', 2), ("name is present", 2), ("orders = 2 or orders = 1", 2)],
        ),
        ("called", [("many(2)", 1), ('country = "GR"', 1)]),
        # only Ann has an order in April and one in May
        ("each_month", [("each of previous 2 months has (any(order))", 1), ("orders >= 1", 1)]),
        ("texts", [('name != "a  b"', 5), ('name != "# no comment"', 5)]),
        ("level.gold", [("orders >= 2", 1)]),
        ("level.silver", [('not level = "gold"', 5), ("orders >= 1", 2), ('country = "GR"', 1)]),
        ("level.rest", [('not level = "gold"', 5), ('not level = "silver"', 4)]),
        ("flat.only", [('flat = "only"', 6)]),
    ],
)
def test_steps_of_a_funnel(
    name: str, steps: list[tuple[str, int]], library: segdsl.Library, data: dict[str, pl.DataFrame]
) -> None:
    funnel = library[name].funnel(data, as_of=AS_OF)
    assert [(step.condition, step.left) for step in funnel.steps] == steps
    assert funnel.size == library.counts(data, as_of=AS_OF, names=[name]).sizes[name]
    assert [step.condition for step in funnel.steps] == [step.text for step in library.steps(library[name])]


def test_a_funnel(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    funnel = library["quiet_greeks"].funnel(data, as_of=AS_OF)
    assert funnel == Funnel("quiet_greeks", "Greeks who went quiet", 6, QUIET)
    assert repr(funnel) == "<Funnel of quiet_greeks: 6 > 3 > 2 > 1>"
    assert json.loads(funnel.to_json())["steps"][1] == {
        "condition": 'country = "GR"',
        "left": 2,
        "lost": 1,
        "alone": 2,
    }
    assert funnel.to_frame().rows() == [
        (0, "everybody", 6, 0, 6),
        (1, "orders >= 1", 3, 3, 3),
        (2, 'country = "GR"', 2, 1, 2),
        (3, "none(order in last 20 days)", 1, 1, 5),
    ]
    assert pickle.loads(pickle.dumps(funnel)) == funnel
    assert library.select("quiet_greeks").funnel(data, as_of=AS_OF) == funnel
    assert {funnel: 1}[funnel] == 1


def test_a_case_of_tiers_that_is_asked_for_is_that_case(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    for text in ('level = "silver"', "level.silver"):
        try:
            asked = library.condition(text)
        except segdsl.SegdslError:
            continue
        assert asked.funnel(data, as_of=AS_OF).steps == library["level.silver"].funnel(data, as_of=AS_OF).steps


def test_a_funnel_goes_by_the_settings_of_its_library(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    # Nobody has ordered within five days: all three buyers have lapsed.
    short = library.with_settings(lapse="5 days")
    assert short["lapsed"].funnel(data, as_of=AS_OF).size == 3
    assert library.select("lapsed").with_settings(lapse="5 days").funnel(data, as_of=AS_OF).size == 3
    assert library["lapsed"].funnel(data, as_of=AS_OF).size == 1


def test_hundreds_of_conditions_are_fifty_steps(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    condition = library.condition(" and ".join(f"orders != {number}" for number in range(1, 301)))
    funnel = condition.funnel(data, as_of=AS_OF)
    assert len(funnel.steps) == 50
    # one of the three buyers has two orders, the others have one
    assert [step.left for step in funnel.steps[:3]] == [4, 3, 3]
    assert funnel.steps[-1] == FunnelStep("the other 251 conditions", 3, 0, 6)


def test_a_funnel_is_that_of_one_segment(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    with pytest.raises(segdsl.SegdslError, match="a funnel is that of one segment, and 3 are selected"):
        library.select("level").funnel(data, as_of=AS_OF)


def test_a_funnel_of_a_wrong_library_says_what_is_wrong(data: dict[str, pl.DataFrame]) -> None:
    wrong = segdsl.Library.from_text("segment a where ordrs > 1\nsegment b where true", SCHEMA)
    with pytest.raises(segdsl.SegdslError, match="SEG201"):
        wrong["a"].funnel(data)


# -- overlaps -----------------------------------------------------------------------------------------------------


def test_an_overlap(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    names = ["buyers", "lapsed", "greeks", "again", "quiet_greeks", "flat", "level"]
    overlap = library.overlap(data, as_of=AS_OF, names=names)
    assert isinstance(overlap, Overlap)
    # buyers 1 2 3, lapsed 2, greeks 1 3, again and quiet_greeks 3, gold 1, silver 3, rest 2 4 5 6
    assert overlap.pairs[:3] == (
        Pair("again", "quiet_greeks", 1, 1, 1),
        Pair("again", "level.silver", 1, 1, 1),
        Pair("quiet_greeks", "level.silver", 1, 1, 1),
    )
    assert overlap.pairs[3] == Pair("buyers", "greeks", 3, 2, 2)
    assert overlap.pairs[-1] == Pair("buyers", "level.rest", 3, 4, 1)
    assert overlap.full == ("flat.only",)
    assert overlap.empty == ()
    # eight that are neither, less the three pairs of cases
    assert overlap.compared == 8 * 7 // 2 - 3
    assert overlap.sizes["level.rest"] == 4
    assert repr(overlap) == f"<Overlap of 9 segments: {len(overlap.pairs)} of 25 pairs>"
    assert overlap.population == 6
    frame = overlap.to_frame()
    assert frame.row(3) == ("buyers", "greeks", 3, 2, 2, 3, 1.0, pytest.approx(2 / 3), "second in first")
    assert json.loads(overlap.to_json())["pairs"][0]["contained"] == "same"
    listed = {(pair.first, pair.second) for pair in overlap.pairs}
    assert ("lapsed", "greeks") not in listed
    assert ("level.gold", "level.silver") not in listed


@pytest.mark.parametrize(
    ("sizes", "contained", "remark"),
    [
        ((2, 2, 2), "same", "the same customers"),
        ((2, 3, 2), "first in second", "all of a are in b"),
        ((3, 2, 2), "second in first", "all of b are in a"),
        ((3, 2, 1), None, ""),
    ],
)
def test_who_lies_within_whom(sizes: tuple[int, int, int], contained: str | None, remark: str) -> None:
    pair = Pair("a", "b", *sizes)
    assert (pair.contained, pair.remark) == (contained, remark)


def test_overlaps_are_those_of_sets(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    flags = library.evaluate(data, as_of=AS_OF)
    assert isinstance(flags, pl.DataFrame)
    sets = {name: set(flags.filter(flags[name])["customer_id"]) for name in library}
    overlap = library.overlap(data, as_of=AS_OF)
    found = {(pair.first, pair.second): (pair.both, pair.either) for pair in overlap.pairs}
    some = [name for name in library if 0 < len(sets[name]) < 6]
    expected = {
        (a, b): (len(sets[a] & sets[b]), len(sets[a] | sets[b]))
        for place, a in enumerate(some)
        for b in some[place + 1 :]
        if sets[a] & sets[b]
    }
    assert found == expected
    shares = [pair.jaccard for pair in overlap.pairs]
    assert shares == sorted(shares, reverse=True)


def test_nobody_overlaps_with_nobody(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    none = {name: frame.head(0) for name, frame in data.items()}
    overlap = library.overlap(none, as_of=AS_OF, names=["buyers", "greeks"])
    assert (overlap.pairs, overlap.empty, overlap.full, overlap.population) == ((), ("buyers", "greeks"), (), 0)
    assert library["quiet_greeks"].funnel(none, as_of=AS_OF).size == 0


# -- notebooks ----------------------------------------------------------------------------------------------------


class _Checked(HTMLParser):
    """What is open is closed, in its order; nothing is loaded from elsewhere, nothing runs."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= {"style", "class"}
        assert not any("url(" in (value or "") for _, value in attrs)
        self.open.append(tag)
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(thing: object) -> str:
    """The text of its html, which is checked."""
    parser = _Checked()
    parser.feed(thing._repr_html_())  # type: ignore[attr-defined]
    parser.close()
    assert parser.open == []
    assert parser.tags <= {
        *("div", "span", "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"),
    }
    return parser.text


EVIL = """
segment evil "<script>alert('x')</script>"
  about "<img src=x onerror=alert(1)> & more"
  tags  "<b>bold</b>"
  where country = "GR" and orders != 1 # </pre><script>
"""


def test_html_of_segments(data: dict[str, pl.DataFrame]) -> None:
    library = segdsl.Library.from_text(SEGMENTS + EVIL, SCHEMA, name="<i>.seg")
    evil = library["evil"]
    text = shown(evil)
    assert evil.text.strip() in text
    assert "<img src=x onerror=alert(1)> & more" in text
    assert "<i>.seg:20:1" in text or "<i>.seg:" in text
    assert "<script>alert('x')</script>" in shown(library)
    assert "<b>bold</b>" in shown(library.select(["evil"]))
    assert "Lapsed customers" in shown(library["lapsed"])
    assert "<script" not in evil._repr_html_()
    assert str(library["lapsed"].explain().sentence.text) in shown(library["lapsed"])
    for segment in library.values():
        shown(segment)
    wrong = segdsl.Library.from_text("segment a where ordrs > '<'", SCHEMA)
    assert "segment a where ordrs > '<'" in shown(wrong["a"])


def test_words_of_the_language_are_coloured_and_names_are_not(library: segdsl.Library) -> None:
    from segdsl.syntax.highlight import highlighted

    html = highlighted('any(order where a.top = 1) and last >= 2026-01-01 # "x"')
    assert ">any</span>(order " in html
    assert ">where</span> a.top = <span" in html
    assert ">and</span> last &gt;= <span" in html
    assert html.endswith("># &quot;x&quot;</span>")
    shown(library["texts"])


def test_html_of_sizes(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    counts = library.counts(data, as_of=AS_OF)
    text = shown(counts)
    assert "buyers3" in text.replace(" ", "")
    assert "50.0%" in text
    funnel = shown(library["quiet_greeks"].funnel(data, as_of=AS_OF))
    assert "none(order in last 20 days)" in funnel
    overlap = shown(library.overlap(data, as_of=AS_OF))
    assert "the same customers" in overlap
    assert "not compared, as everybody is in: flat.only" in overlap


def test_only_nothing_has_an_empty_bar() -> None:
    from segdsl.sizes.counts import Counts

    few = Counts(1_000_000, {"few": 1})._repr_html_()
    none = Counts(1_000_000, {"none": 0})._repr_html_()
    assert "width:1px" in few
    assert "width:0px" in none
    assert "width:0px" not in few


def test_html_of_findings_and_statements() -> None:
    wrong = segdsl.Library.from_text('segment a where ordrs > 1\nsegment b where country != "<u>"', SCHEMA).check()
    text = shown(wrong)
    assert "error SEG201: nothing is called `ordrs`" in text
    assert "^^^^^" in text
    assert shown(wrong[0]) in text
    library = segdsl.Library.from_text(SEGMENTS, SCHEMA)
    assert shown(library.check()) == "nothing to report"
    statement = library["lapsed"].sql("duckdb", as_of=AS_OF)
    assert statement.text in shown(statement)


def test_reprs_are_short_and_true(library: segdsl.Library, data: dict[str, pl.DataFrame]) -> None:
    assert repr(library.select("level")) == "<Selection of 3 segments>"
    assert repr(library.select("greeks")) == "<Selection of 1 segment>"
    assert repr(library.counts(data, as_of=AS_OF, names=["greeks"])) == "<Counts of 1 segment in 6>"
    statement = library["greeks"].sql("duckdb", as_of=AS_OF)
    assert repr(statement) == f"<CompiledSQL for duckdb: members, {len(statement.text)} characters>"
    wrong = segdsl.Library.from_text("segment a where ordrs > 1", SCHEMA).check()
    assert repr(wrong) == "<Diagnostics: 1 error>"
    assert repr(segdsl.Diagnostics()) == "<Diagnostics: none>"
