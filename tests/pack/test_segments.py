"""The predefined segments: each does what its sentence says, and picks some of the demo shop, but not all of it."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pack import by_hand, people_by_hand

import segdsl
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.demo import AS_OF, Shop, shop_tables
from segdsl.syntax import ast
from segdsl.syntax.decode import decode
from segdsl.syntax.parse import parse_file

FOLDER = Path(__file__).parents[2] / "segments"
FILES = sorted((FOLDER / "commerce").glob("*.seg"))
TEXTS = {path.name: path.read_text("utf-8") for path in FILES}
SCHEMA = tomllib.loads((FOLDER / "commerce.toml").read_text("utf-8"))
DEFINITION = re.compile(r"^(param|trait|segment|tiers) +([\w.]+)", re.MULTILINE)
TIERS = {
    name: re.findall(r"^  (?:otherwise +(\w+)$|(\w+) +where )", block, re.MULTILINE)
    for text in TEXTS.values()
    for name, block in re.findall(r"^tiers +(\w+)((?:.*\n)(?:  .*\n)+)", text, re.MULTILINE)
}
CASES = [f"{name}.{case or last}" for name, cases in TIERS.items() for last, case in cases]
NAMES = [name for text in TEXTS.values() for kind, name in DEFINITION.findall(text) if kind == "segment"] + CASES
OF_THE_DEMO = ["coffee_lovers", "large_orders", "dear_and_drifting"]


@cache
def members() -> dict[str, set[int]]:
    return by_hand.members(shop_tables(as_of=AS_OF))


@cache
def population() -> set[int]:
    return by_hand.population(shop_tables(as_of=AS_OF))


@pytest.fixture(scope="session")
def project(shop: Shop) -> Any:
    return segdsl.load(shop.project_file)


# -- sizes by hand -------------------------------------------------------------------------------------------------


def test_every_segment_is_written_by_hand_too() -> None:
    assert sorted(members()) == sorted(NAMES + OF_THE_DEMO)


@pytest.mark.parametrize("name", NAMES + OF_THE_DEMO)
def test_some_but_not_all(name: str) -> None:
    assert 5 <= len(members()[name]) <= len(population()) - 100


def test_customers_who_are_still_to_come_are_in_none() -> None:
    hidden = set(range(1, 2001)) - population()
    assert hidden
    assert not any(hidden & keys for keys in members().values())


def test_what_excludes_each_other_does() -> None:
    keys = members()
    apart = [
        ("promoters", "passives", "detractors"),
        ("age_under_18", "age_18_24", "age_25_34", "age_35_44", "age_45_54", "age_55_64", "age_65_plus"),
        ("high_income", "middle_income", "low_income"),
        ("university_educated", "vocational_educated", "school_educated"),
        ("high_annual_spend", "medium_annual_spend", "low_annual_spend", "no_annual_spend"),
        ("in_country", "abroad"),
        ("anonymous", "lead"),
        ("first_order", "repeat_purchasers", "prospective_buyers"),
        ("cart_waiting", "abandoned_cart"),
        *(tuple(name for name in CASES if name.startswith(f"{tiers}.")) for tiers in TIERS),
    ]
    for names in apart:
        assert sum(len(keys[name]) for name in names) == len(set.union(*(keys[name] for name in names))), names


def test_what_complements_each_other_does() -> None:
    keys = members()
    assert keys["recent_buyers_30"] ^ keys["non_buyers_30"] == population()
    assert keys["recent_buyers_90"] ^ keys["non_buyers_90"] == population()
    buyers = keys["first_order"] | keys["repeat_purchasers"]
    spenders = [keys[f"{size}_annual_spend"] for size in ("high", "medium", "low", "no")]
    assert set.union(*spenders) == buyers
    of_tiers = {tiers: set.union(*(keys[name] for name in CASES if name.startswith(f"{tiers}."))) for tiers in TIERS}
    assert of_tiers["support_tier"] == population()
    assert of_tiers["rfm"] == buyers
    assert of_tiers["loyalty_tier"] == buyers - keys["no_annual_spend"]
    assert keys["email_active"] - of_tiers["email_activity"] == set()


def test_what_is_part_of_another_is() -> None:
    keys = members()
    for part, whole in (
        ("new_vip", "vip"),
        ("vip", "recent_buyers_90"),
        ("newly_lapsed", "lapsed"),
        ("won_back", "recent_buyers_30"),
        ("support_tier.platinum", "best_customers"),
        ("best_customers", "revenue_core"),
        ("steady_buyers", "recent_buyers_90"),
        ("fast_second_order", "repeat_purchasers"),
        ("larger_second_order", "repeat_purchasers"),
        ("interested_in_both", "interested_in_either"),
        ("birthday_soon", "birthday_this_month"),
    ):
        assert keys[part] < keys[whole], part


def test_who_gave_no_answer_is_neither_in_nor_out() -> None:
    """The country is missing for some, who are then neither at home nor abroad."""
    assert population() - members()["in_country"] - members()["abroad"]


def _with(segment: str, table: str, *columns: pl.Expr) -> set[int]:
    """A segment's members by hand in a shop in which one table is a little different."""
    tables = shop_tables(as_of=AS_OF)
    return by_hand.members_of(segment, tables | {table: tables[table].with_columns(*columns)})


def _earlier(time: str, micros: int) -> pl.Expr:
    """Rows at or after the clock, that much before it."""
    return (
        pl.when(pl.col(time) >= AS_OF).then(AS_OF - timedelta(microseconds=micros)).otherwise(pl.col(time)).alias(time)
    )


# What a wrong reading would amount to, and a segment that must notice. Without these, a backend with that very mistake
# could agree with the hand on all segments.
MISTAKES = {
    "cancelled orders count": ("orders", [pl.lit("paid").alias("status")], "first_order"),
    "orders of the future count": ("orders", [_earlier("placed_at", 1)], "recent_buyers_30"),
    "an order at the very instant counts": (
        "orders",
        [pl.col("placed_at").replace(AS_OF, AS_OF - timedelta(microseconds=1))],
        "recent_buyers_30",
    ),
    "events of the future count": ("events", [_earlier("at", 1)], "churn_risk"),
    "reviews of the future count": ("reviews", [_earlier("written_at", 1)], "reviewers"),
    "answers of the future count": ("nps_answers", [_earlier("answered_at", 1)], "promoters"),
    "subscriptions of the future count": ("subscriptions", [_earlier("subscribed_at", 1)], "newsletter_subscribers"),
    "cancellations of the future count": ("subscriptions", [_earlier("unsubscribed_at", 1)], "newsletter_subscribers"),
    "customers of the future count": ("customers", [_earlier("created_at", 1)], "women"),
    "who was first seen at no known time is no customer": (
        "customers",
        [pl.col("created_at").fill_null(AS_OF + timedelta(days=1))],
        "women",
    ),
    "a window begins after its first instant": (
        "orders",
        [pl.col("placed_at") - pl.duration(microseconds=1)],
        "recent_buyers_30",
    ),
    "the shop's own mails are engagement": ("events", [pl.col("type").replace("email_sent", "visit")], "churn_risk"),
    "an empty promotion code is a code": ("orders", [pl.col("promotion_code").replace("", "X")], "casual"),
    "an empty country is a country": ("customers", [pl.col("country").replace("", "XX")], "abroad"),
    "a missing country is another country": ("customers", [pl.col("country").fill_null("XX")], "abroad"),
    "a missing age is the age 0": ("customers", [pl.col("birth_date").fill_null(AS_OF.date())], "age_under_18"),
    "missing consent is consent": ("customers", [pl.col("marketing_consent").fill_null(True)], "reachable"),
    "orders that do not count empty the cart": ("orders", [pl.lit("paid").alias("status")], "abandoned_cart"),
    "looking at no known product counts": ("events", [pl.col("product_id").fill_null(66)], "looked_not_bought"),
    "products in no category are one": (
        "products",
        [pl.col("category").fill_null("x").replace("", "x")],
        "product_experts",
    ),
    "who lives in no known country is ranked": ("customers", [pl.col("country").replace("", "XX")], "country_leaders"),
    "an address without a point is one": (
        "customers",
        [pl.col("latitude").fill_null(37.98), pl.col("longitude").fill_null(23.73)],
        "nearby",
    ),
    "no list of interests is another than an empty one": (
        "customers",
        [pl.when(pl.col("interests").list.len() > 0).then("interests").otherwise(["x"]).alias("interests")],
        "interests_unknown",
    ),
    "customers of the future take a place": ("customers", [_earlier("created_at", 1)], "support_tier.standard"),
    "orders of the future are gaps": ("orders", [_earlier("placed_at", 1)], "overdue"),
    "an order that does not count follows": ("orders", [pl.lit("paid").alias("status")], "email_buyers"),
    "the first answer counts": ("nps_answers", [pl.col("score").first().over("customer_id")], "promoters"),
}


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_a_wrong_reading_shows(mistake: str) -> None:
    table, columns, segment = MISTAKES[mistake]
    assert _with(segment, table, *columns) != members()[segment]


# -- segdsl against the hand ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES + OF_THE_DEMO)
def test_members_equal_those_by_hand(name: str, project: Any, shop: Shop) -> None:
    found = project.library[name].members(shop.data, as_of=shop.as_of)
    if isinstance(found, pl.LazyFrame):
        found = found.collect()
    assert found.columns == ["customer_id"]
    keys = found["customer_id"].to_list()
    assert len(keys) == len(set(keys))
    assert set(keys) == members()[name]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_all_of_them_compile(dialect: str, project: Any, shop: Shop) -> None:
    """In one statement, and each of those that are more than a condition over counts by itself."""
    together = str(project.library.sql(dialect, "flags", as_of=shop.as_of))
    assert all(name in together for name in project.library)
    for name in people_by_hand.members(shop_tables(customers=300)):
        assert "customer_id" in str(project.library[name].sql(dialect, as_of=shop.as_of))


def test_all_together_are_what_each_is_alone(project: Any, shop: Shop) -> None:
    counts = project.library.counts(shop.data, as_of=shop.as_of)
    assert counts.population == len(population())
    assert counts.sizes == {name: len(keys) for name, keys in members().items()}


# Each setting lets more customers in.
WIDER: dict[str, dict[str, object]] = {
    "vip": {"vip_share": "50%"},
    "best_customers": {"best_customers_places": 200},
    "revenue_core": {"revenue_share": "90.5%"},
    "country_leaders": {"country_places": 10},
    "nearby": {"place_km": 400.5},
    "overdue": {"overdue_gaps": "1.5"},
    "steady_buyers": {"steady_months": 2},
    "streak_shoppers": {"streak_months": 3},
    "busy_quarter": {"busy_quarter_orders": 3},
    "fast_second_order": {"second_order_within": "9 weeks"},
    "returns_to_product": {"returning_window": "90 days"},
    "looked_not_bought": {"looked_window": "60 days"},
    "staple_buyers": {"staple_months": 2},
    "product_experts": {"expert_places": 20},
    "email_buyers": {"email_purchase_within": "240 hours"},
    "email_activity.high": {"email_high": 3},
    "cart_waiting": {"cart_waits": "3 days"},
    "abandoned_cart": {"cart_forgotten": "3 weeks"},
    "support_tier.platinum": {"platinum_share": "2%"},
    "loyalty_tier.gold": {"loyalty_gold_from": 1000},
}


@pytest.mark.parametrize("name", WIDER)
def test_a_setting_reaches_its_segment(name: str, project: Any, shop: Shop) -> None:
    wider = project.library.with_settings(**WIDER[name])[name].members(shop.data, as_of=shop.as_of)
    assert set(wider.lazy().collect()["customer_id"]) > members()[name]


def test_the_whole_library_is_without_an_error(project: Any) -> None:
    assert [found for found in project.library.check() if found.severity == "error"] == []


# -- the texts -----------------------------------------------------------------------------------------------------


def test_the_grid_names_each_combination_of_scores_once() -> None:
    """The groups of recency, frequency and money, over all of the scores that there can be."""
    (tiers,) = re.findall(r"^tiers rfm (?:.*\n)(?:  .*\n)+", TEXTS["rfm.seg"], re.MULTILINE)
    fields = {"id": "int", "recency_score": "int", "loyalty_score": "int"}
    scores = [(recency, loyalty) for recency in range(1, 6) for loyalty in range(2, 11)]
    library = segdsl.Library.from_text(
        tiers, {"entity": {"name": "buyer", "table": "buyers", "key": "id", "fields": fields}}
    )
    buyers = pl.DataFrame([(i, *pair) for i, pair in enumerate(scores)], schema=list(fields), orient="row")
    frame = library.evaluate({"buyers": buyers}, as_of=AS_OF)
    groups = [[name for name in library if row[name]] for row in frame.sort("id").iter_rows(named=True)]
    assert groups == [[f"rfm.{people_by_hand.GRID[5 - recency][(loyalty - 1) // 2]}"] for recency, loyalty in scores]


def test_names_are_given_once_and_are_not_the_schemas() -> None:
    names = [name for text in TEXTS.values() for _, name in DEFINITION.findall(text)]
    assert len(names) == len(set(names))
    taken = {SCHEMA["entity"]["name"], *SCHEMA["entity"]["fields"], *SCHEMA["relations"], *SCHEMA["lookups"]}
    assert not taken & set(names)
    assert {name.partition(".")[0] for name in names if "." in name} <= set(SCHEMA["relations"])


def test_no_param_and_no_trait_stands_idle() -> None:
    everything = "\n".join(TEXTS.values())
    for kind, name in DEFINITION.findall(everything):
        if kind in ("param", "trait"):
            assert len(re.findall(rf"\b{re.escape(name)}\b", everything)) >= 2, name


@pytest.mark.parametrize("file", sorted(TEXTS))
def test_each_segment_has_title_sentence_tags_and_condition_in_this_order(file: str) -> None:
    segments = re.findall(r"^segment .*\n(?:  .*\n)+", TEXTS[file], re.MULTILINE)
    assert len(segments) == TEXTS[file].count("\nsegment ")
    for segment in segments:
        assert re.fullmatch(
            r'segment [a-z_0-9]+ "[^"]+"\n  about "[A-Z0-9][^"]+\."\n  tags  "[^"]+"(, "[^"]+")*\n  where .*\n(    .*\n)*',
            segment,
        ), segment
    tiers = re.findall(r"^tiers .*\n(?:  .*\n)+", TEXTS[file], re.MULTILINE)
    assert len(tiers) == TEXTS[file].count("\ntiers ")
    for one in tiers:
        assert re.fullmatch(
            r'tiers [a-z_]+ "[^"]+"\n  about "[A-Z][^"]+\."\n  tags  "[^"]+"(, "[^"]+")*\n'
            r"(  [a-z_]+ +where .*\n( {6,}.*\n)*)+(  otherwise [a-z_]+\n)?",
            one,
        ), one


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_is_read_without_a_finding(path: Path) -> None:
    source, unreadable = decode(path.read_bytes(), path.name)
    file, findings = parse_file(source)
    assert [*unreadable, *findings] == []
    definitions = [definition for definition in file.definitions if not isinstance(definition, ast.Example)]
    assert [_name(definition) for definition in definitions] == [
        name for _, name in DEFINITION.findall(TEXTS[path.name])
    ]


def _name(definition: ast.Param | ast.Trait | ast.Segment | ast.Tiers) -> str:
    if isinstance(definition, ast.Trait) and definition.owner is not None:
        return f"{definition.owner.text}.{definition.name.text}"
    return definition.name.text


@pytest.mark.parametrize("file", sorted(TEXTS))
def test_layout(file: str) -> None:
    text = TEXTS[file]
    assert text.startswith("# ")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\t" not in text
    for line in text.splitlines():
        assert line == line.rstrip()
        assert len(line) <= 120


def test_titles_differ() -> None:
    titles = re.findall(r'^(?:segment|tiers) \w+ "([^"]+)"', "\n".join(TEXTS.values()), re.MULTILINE)
    assert len(titles) == len(set(titles)) == len(NAMES) - len(CASES) + len(TIERS)
