"""The examples of the predefined segments: all hold, each segment has somebody in and somebody out, and no limit can be moved
and no part changed without one of them failing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from pack.mutants import FOLDER, Mutant, Pack
from pack.test_segments import NAMES

import segdsl
from segdsl.backends.reference import World
from segdsl.backends.reference.evaluate import evaluate
from segdsl.examples.report import text as report_text
from segdsl.project_file import pack_schema, schema_from_toml
from segdsl.semantics import ir
from segdsl.source import Source
from segdsl.syntax import ast
from segdsl.syntax.decode import decode
from segdsl.syntax.parse import parse_file
from segdsl.syntax.walk import walk
from segdsl.types import INT

FILES = sorted(FOLDER.glob("*.seg"))

# Changes that no example notices: most of them change nothing, the others say why none is worth its length.
SURVIVORS = {
    "lead: `orders = 0`: <=": "nobody has fewer than no orders",
    "prospective_buyers: `orders = 0`: <=": "nobody has fewer than no orders",
    "long_missing_one_time: `orders = 1`: <=": "who has none has no last order",
    "won_back: `last won_back_window`: 31, not 30 days": "who had lapsed 30 days ago did not order in the day before",
    "fast_second_order: `placed_at = first_order_at`: <=": "nothing is before the first order",
    "larger_second_order: `previous(placed_at) = first_order_at`: <=": "nothing is before the first order",
    "recency_score: `quantile(last_order_at, 5 among orders >= 1)`: without among": "who has none has no last order",
    "recency_score: `orders >= 1`: 0, not 1": "who has none has no last order",
    "nearby: `distance_km(latitude, longitude, place_latitude, place_longitude) <= place_km`: <": (
        "no two points of a map are exactly 50 kilometres from each other"
    ),
    "has_bought: `product_id = wanted`: <=": "the first product has none before it",
    "product_experts: `top expert_places per product.category by sum(item.quantity)`: exactly turned": (
        "takes eleven buyers more; `country_leaders` shows that equals share a place"
    ),
    "support_tier: gold, `top gold_share by total_spent among orders >= 1`: exactly turned": (
        "takes eleven buyers more; `vip` and platinum show that equals share a place"
    ),
    "support_tier: platinum, `top platinum_share by total_spent among orders >= 1`: without among": (
        "takes a hundred visitors more; gold shows that they do not count"
    ),
    "support_tier: platinum, `orders >= 1`: 0, not 1": "takes a hundred visitors more; gold shows that they do not count",
}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack()


def examples_of(path: Path) -> Iterator[tuple[ast.Example, ast.Definition | None]]:
    """The examples of a file, each with the segment or the tiers below which it stands."""
    file, _ = parse_file(decode(path.read_bytes(), path.name)[0])
    above: ast.Definition | None = None
    for definition in file.definitions:
        if isinstance(definition, ast.Example):
            yield definition, above
        else:
            above = definition


def expected(example: ast.Example) -> Iterator[tuple[str, bool]]:
    """The segments that somebody is expected in, or out of, by name."""
    for each in example.expect:
        parts = each.condition.items if isinstance(each.condition, ast.And) else (each.condition,)
        for part in parts:
            match part:
                case ast.Name():
                    yield part.text, True
                case ast.Not(item=ast.Name() as name):
                    yield name.text, False


ALL = [(example, above) for path in FILES for example, above in examples_of(path)]


def test_all_hold_on_every_engine() -> None:
    library = segdsl.Library.of_pack("commerce")
    results = library.test()
    assert results.evaluators == ("referee", "Polars", "DuckDB")
    assert [result.example.title for result in results.failed] == []
    assert len(results.examples) == len(ALL)


def test_of_every_segment_somebody_is_in_and_somebody_is_out() -> None:
    found = {verdict for example, _ in ALL for verdict in expected(example)}
    assert found >= {(name, verdict) for name in NAMES for verdict in (True, False)}


@pytest.mark.parametrize(("example", "above"), ALL, ids=[example.title.value for example, _ in ALL])
def test_each_stands_below_what_it_shows(example: ast.Example, above: ast.Definition | None) -> None:
    assert isinstance(above, ast.Segment | ast.Tiers)
    named = {node.parts[0].text for each in example.expect for node in walk(each) if isinstance(node, ast.Name)}
    assert above.name.text in named


def test_titles_are_sentences_of_their_own() -> None:
    titles = [example.title.value for example, _ in ALL]
    assert len(set(titles)) == len(titles)
    assert [title for title in titles if title.endswith(".") or len(title) > 100] == []


# -- definitions broken on purpose -----------------------------------------------------------------------------------


def test_every_change_of_a_definition_is_noticed(pack: Pack) -> None:
    survived = [mutant for mutant in pack.mutants() if _survives(pack, mutant)]
    assert {str(mutant) for mutant in survived if mutant.name != "rfm"} == SURVIVORS.keys()
    assert [str(mutant) for mutant in survived if mutant.name == "rfm" and _moves_somebody(pack, mutant)] == []


def test_there_is_enough_to_notice(pack: Pack) -> None:
    """A limit and an operator of each kind, so that the test above is about something."""
    changes = [str(mutant) for mutant in pack.mutants()]
    assert len(changes) > 1_000
    assert {
        "lapse: `param lapse = 90 days`: 89, not 90 days",
        "lapse: `param lapse = 90 days`: 91, not 90 days",
        "lapsed: `last lapse`: 91, not 90 days",
        "lapsed: `orders >= 1 and none(order in last lapse)`: `or`",
        "lapsed: `orders >= 1 and none(order in last lapse)`: without `orders >= 1`",
        "lapsed: `orders >= 1`: 2, not 1",
        "lapsed: `orders >= 1`: >",
        "vip: `top vip_share by annual_spend among annual_spend > 0`: 11%, not 10%",
        'university_educated: `education >= "bachelor"`: "vocational", not "bachelor"',
    } <= set(changes)
    assert {mutant.name for mutant in pack.mutants()} >= {name.partition(".")[0] for name in NAMES} - {
        # Without a limit or an operator of their own.
        "newsletter_subscribers",
        "birthday_soon",
        "birthday_this_month",
        "interested",
    }


# What the standard schema says of who and what counts, and what a slip would make of it.
IN_THE_SCHEMA = [
    *(
        ('status in ("paid", "shipped", "delivered")', f"status in {counted}")
        for counted in (
            '("shipped", "delivered")',
            '("paid", "delivered")',
            '("paid", "shipped")',
            '("paid", "shipped", "delivered", "pending")',
            '("paid", "shipped", "delivered", "cancelled")',
            '("paid", "shipped", "delivered", "refunded")',
        )
    ),
    ('type != "email_sent"', 'type != "visit"'),
    ('type != "email_sent"', "type is present"),
    ("in today to 7 days from now", "in today to 6 days from now"),
    ("in today to 7 days from now", "in today to 8 days from now"),
    ("in today to 7 days from now", "in 1 day from now to 7 days from now"),
    ("anniversary(birth_date) in this month", "anniversary(birth_date) in next 1 month"),
    ("anniversary(birth_date) in this month", "anniversary(birth_date) in this quarter"),
    ("age(birth_date)", "age(birth_date) + 1"),
]


@pytest.mark.parametrize(("right", "wrong"), IN_THE_SCHEMA)
def test_every_slip_of_the_schema_is_noticed(pack: Pack, right: str, wrong: str) -> None:
    text = FOLDER.with_suffix(".toml").read_text(encoding="utf-8")
    assert text.count(right) == 1
    schema, found = schema_from_toml(Source("commerce.toml", text.replace(right, wrong)))
    assert schema is not None, found
    program = pack.over(schema)
    assert any(not pack.passes(example, program) for example in pack.examples)


def _survives(pack: Pack, mutant: Mutant) -> bool:
    program = pack.broken(mutant)
    return program is not None and not pack.noticed(mutant, program)


def _moves_somebody(pack: Pack, mutant: Mutant) -> bool:
    """Is there a combination of scores that belongs to another group of `rfm` then? The groups cover all of them, so that most
    that could be changed about one is decided by another already."""
    program = pack.broken(mutant)
    assert program is not None
    return any(_group(pack, pack.program, scores) != _group(pack, program, scores) for scores in SCORES)


SCORES = list(product(range(1, 6), repeat=3))


def _group(pack: Pack, program: ir.Program, scores: tuple[int, ...]) -> object:
    names = ("recency_score", "frequency_score", "monetary_score")
    known = {
        name: ir.Definition("trait", name, ir.Literal(score, type=INT))
        for name, score in zip(names, scores, strict=True)
    }
    tables = {"customers": [{"customer_id": 1}]}
    example = pack.examples[0]
    world = World(pack.model, tables, example.as_of, {**program.definitions, **known})
    (customer,) = world.population
    return evaluate(program.definitions["rfm"].body, (customer,), world)


# -- what is said of a broken one --------------------------------------------------------------------------------------


def test_a_broken_definition_is_told_by_its_example_condition_by_condition() -> None:
    text = (FOLDER / "lifecycle.seg").read_text(encoding="utf-8")
    right, wrong = "where orders >= 1 and none(order in last lapse)", "where orders >= 1 and any(order in last lapse)"
    assert text.count(right) == 1
    others = "".join(path.read_text(encoding="utf-8") for path in FILES if path.name == "traits.seg")
    params = (FOLDER / "engagement.seg").read_text(encoding="utf-8").partition("\nsegment")[0]
    library = segdsl.Library.from_text(text.replace(right, wrong) + others + params, pack_schema("commerce"))
    failed = [result for result in library.test().failed if "lapsed" in result.example.title]
    told = report_text(failed[0])
    assert "expect ada: lapsed" in told
    assert "✓ orders >= 1" in told
    assert "✗ any(order in last lapse)" in told
