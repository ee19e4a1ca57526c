"""The pack over a schema that lacks some of its tables: what does not fit is left out, and the rest works."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from commands import segdsl

from segdsl.demo import AS_OF, Shop, shop_tables
from segdsl.diagnostics import SegdslError, Severity
from segdsl.library import Library, UnknownSegment
from segdsl.project_file import project_from_toml
from segdsl.schema import Schema
from segdsl.source import Source

WITHOUT_REVIEWS = 'schema = "commerce"\npacks = ["commerce"]\n[relations.review]\ntable = false\n'


def schema(text: str = WITHOUT_REVIEWS) -> Schema:
    project, findings = project_from_toml(Source("segdsl.toml", text), Path())
    assert project is not None, findings
    return project.schema


def library(text: str = "", toml: str = WITHOUT_REVIEWS) -> Library:
    return Library.from_text(text, schema(toml), packs=["commerce"])


def errors(library: Library) -> list[tuple[str, str, str]]:
    return [(d.code, d.span.text, d.message) for d in library.check().errors]


def test_one_hint_names_what_is_left_out_and_why() -> None:
    (finding,) = library().check()
    assert (finding.code, finding.severity) == ("SEG804", Severity.HINT)
    assert finding.message == (
        "3 definitions of the pack `commerce` do not fit this schema and are left out: "
        "`reviewers`, `reviews_written`, `unhappy_reviewers`"
    )
    assert finding.hint == "missing: there is no relation `review`"


def test_the_whole_schema_leaves_nothing_out() -> None:
    assert not library(toml='schema = "commerce"').check()


def test_the_rest_is_there_and_compiles() -> None:
    reduced = library()
    assert "reviewers" not in reduced
    assert "unhappy_reviewers" not in reduced
    assert "lapsed" in reduced
    assert "promoters" in str(reduced.sql("duckdb", "counts", as_of="2025-06-01"))


def test_a_field_that_is_not_there() -> None:
    toml = 'schema = "commerce"\n[relations.review.fields]\nrating = false\n'
    (finding,) = library(toml=toml).check()
    assert finding.message == (
        "a definition of the pack `commerce` does not fit this schema and is left out: `unhappy_reviewers`"
    )
    assert finding.hint == "missing: `review` has no field `rating`"
    assert "reviewers" in library(toml=toml)


def test_asking_for_one_says_why_there_is_none() -> None:
    with pytest.raises(UnknownSegment, match=r"`reviewers` of the pack `commerce` is left out .*no relation `review`"):
        library()["reviewers"]
    with pytest.raises(UnknownSegment, match="no segment is named `reviews_written`"):
        library()["reviews_written"]


@pytest.mark.parametrize("used", ["reviewers", "reviews_written > 1", "customer.reviews_written > 1"])
def test_using_one_is_an_error_of_who_uses_it(used: str) -> None:
    ((code, _, message),) = errors(library(f"segment mine where {used} and orders > 1"))
    assert code == "SEG222"
    assert message.startswith("the pack `commerce` leaves out `review")
    assert message.endswith("on this schema: there is no relation `review`")
    with pytest.raises(SegdslError, match="SEG222"):
        library().condition(used)


def test_a_trait_with_arguments() -> None:
    toml = 'schema = "commerce"\n[relations.item]\ntable = false\n'
    assert "categories_bought" not in library(toml=toml)._checked().namespace.entries
    ((code, text, _),) = errors(library('segment mine where bought_category("tea")', toml))
    assert (code, text) == ("SEG222", 'bought_category("tea")')


def test_a_definition_put_in_its_place_brings_back_what_is_built_on_it() -> None:
    mended = library("override trait reviews_written = 2")
    assert "reviewers" in mended
    (finding,) = mended.check()
    assert finding.message.endswith("is left out: `unhappy_reviewers`")


def test_what_a_project_breaks_in_a_pack_is_an_error() -> None:
    broken = library('override trait orders = "many"')
    assert "SEG301" in {code for code, _, _ in errors(broken)}
    assert "lapsed" in broken
    (hint,) = [d for d in broken.check() if d.severity is Severity.HINT]
    assert hint.message.startswith("3 definitions")


@pytest.fixture
def reduced(shop: Shop, tmp_path: Path) -> Path:
    data = json.dumps(str(shop.project_file.parent / "data"))
    (tmp_path / "mine.seg").write_text("segment mine where orders > 11\n")
    text = f'schema = "commerce"\npacks = ["commerce"]\nsegments = ["mine.seg"]\ndata = {{ path = {data} }}\n'
    (tmp_path / "segdsl.toml").write_text(f"{text}\n[relations.review]\ntable = false\n")
    return tmp_path


def test_on_the_command_line(reduced: Path) -> None:
    assert segdsl("run", "lapsed", "--as-of", "2026-06-01", cwd=reduced).code == 0
    assert segdsl("run", "--as-of", "2026-06-01", cwd=reduced).code == 0
    assert "unhappy" not in segdsl("list", cwd=reduced).out
    outcome = segdsl("check", "--format", "concise", cwd=reduced)
    assert outcome.code == 0
    assert outcome.out.startswith("segdsl.toml:2:10: hint SEG804: 3 definitions")
    named = segdsl("run", "reviewers", cwd=reduced)
    assert named.code != 0
    assert "`reviewers` of the pack `commerce` is left out on this schema: there is no relation `review`" in named.err


def test_an_error_of_the_project_keeps_it_from_running(reduced: Path) -> None:
    (reduced / "mine.seg").write_text("segment mine where reviewers\n")
    outcome = segdsl("run", "lapsed", cwd=reduced)
    assert outcome.code != 0
    assert "SEG222" in outcome.err


def test_birthdays_may_be_known_of_earlier() -> None:
    toml = 'schema = "commerce"\n[entity.fields]\n'
    toml += 'has_birthday_soon = { type = "bool", is = "anniversary(birth_date) in 2026-06-10 to 2026-06-19" }\n'
    tables = shop_tables()
    born = pl.col("birth_date")
    expected = tables["customers"].filter(
        pl.col("created_at").is_null() | (pl.col("created_at") < AS_OF),
        born.dt.month() == 6,
        born.dt.day().is_between(10, 19),
    )
    members = library(toml=toml)["birthday_soon"].members(tables, as_of=AS_OF)
    assert expected.height >= 10
    assert members.lazy().collect()["customer_id"].to_list() == expected["customer_id"].to_list()


# -- what else a shop may not have -----------------------------------------------------------------------------------

LEFT_OUT = {
    "a place on the map": (
        "[entity.fields]\nlatitude = false\nlongitude = false\n",
        {"nearby"},
    ),
    "interests": (
        "[entity.fields]\ninterests = false\n",
        {"interested", "interested_in_both", "interested_in_either", "interests_unknown"},
    ),
    "a country": (
        "[entity.fields]\ncountry = false\n",
        {"abroad", "country_leaders", "in_country"},
    ),
    "a birthday": (
        "[entity.fields]\nhas_birthday_soon = false\nhas_birthday_this_month = false\n",
        {"birthday_soon", "birthday_this_month"},
    ),
    "categories of products": (
        "[lookups.product.fields]\ncategory = false\n",
        {"bought_category", "bought_from", "categories_bought", "cross_sell", "product_experts", "variety_seekers"},
    ),
    "lines of an order": (
        "[relations.item]\ntable = false\n",
        {
            *("bought_category", "bought_from", "bought_product", "bulk_buyers", "categories_bought", "cross_sell"),
            *("has_bought", "high_frequency", "items_bought", "looked_not_bought", "product_experts"),
            *("products_bought", "staple_buyers", "variety_seekers"),
        },
    ),
    "events": (
        "[relations.event]\ntable = false\n",
        {
            *("abandoned_cart", "browses_category", "cart_waiting", "churn_risk", "disengaged", "email_actions"),
            *("email_active", "email_activity", "email_buyers", "email_dormant", "hero", "last_engaged_at"),
            *("last_engaged_days", "looked_not_bought", "lost", "open_cart_at", "prospective_buyers"),
            *("returns_to_product", "winback"),
        },
    ),
    "orders of which it is known what they once were": (
        '[relations.order.fields]\nstatus = { type = "string", changes = true }\n',
        {"new_vip", "newly_lapsed", "won_back"},
    ),
}


@pytest.mark.parametrize("lacking", LEFT_OUT)
def test_the_pack_over_a_shop_without(lacking: str) -> None:
    toml, expected = LEFT_OUT[lacking]
    reduced, whole = library(toml=f'schema = "commerce"\n{toml}'), library(toml='schema = "commerce"')
    (finding,) = reduced.check()
    assert finding.code == "SEG804"
    assert {name for name in re.findall(r"`([a-z_.]+)`", finding.message) if name != "commerce"} == expected
    assert whole.keys() - reduced.keys() == {name for name in whole if name.partition(".")[0] in expected}
    assert "vip" in str(reduced.sql("duckdb", "counts", as_of="2026-06-01"))
