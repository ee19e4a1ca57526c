"""The forms of an explanation: text, HTML, plain data; and what stands around the sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime

import pytest
from semantics.shop import SHOP, TABLES

from segdsl import SegdslError
from segdsl.library import Library
from segdsl.schema_build import schema_from_dict

AS_OF = "2026-11-22T10:00:00"
LIBRARY = Library.from_text(
    """\
param lapse = 90 days
param wanted = ("GR", "CY")
trait orders = count(order)
trait order.gap = days_between(previous(placed_at), placed_at)
trait usual_gap = median(order.gap)
trait bought(least: int) = any(order where total >= least)
trait alone = days_since(max(order.placed_at where previous(total) is missing and channel = "web"))
segment lapsed "Lapsed <customers>" about "Nothing of late." where orders >= 1 and none(order in last lapse)
segment late where lapsed and usual_gap > 30
segment near where country in wanted
tiers level "Level"
  gold where orders >= 10 and near
  silver where orders >= 5
""",
    SHOP,
)

LAPSED = """\
Lapsed <customers> (lapsed)

Customers who meet all of these:
  - they have at least one order
  - they have no order in the last 90 days

“Order” means an order whose status is not “cancelled”.

Periods and times as of 2026-11-22 10:00, in Europe/Athens time:
  - the last 90 days: from 2026-08-24 11:00 until just before 2026-11-22 10:00

Which customers and rows are looked at:
  - This looks at all customers whose `created_at` is before 2026-11-22 10:00.
  - Only orders dated before 2026-11-22 10:00 count.

Parameters:
  - lapse = 90 days
  - To use another value, put yours here: --set lapse="90 days"

Counting rules:
  - A period includes its first instant, but not its last.

Data used:
  - customers: table `customers`
    - `customer_id` (whole number)
    - `created_at` (date and time)
  - orders: table `orders`; linked to the customer by `customer_id`; dated by `placed_at`
    - `placed_at` (date and time)
    - `status` (text)
    - `customer_id` (whole number, may be missing)
"""


def test_text() -> None:
    assert str(LIBRARY["lapsed"].explain(AS_OF)) == LAPSED


def test_what_is_used_is_explained_once_below() -> None:
    found = LIBRARY.explain("late", as_of=AS_OF)
    assert [part.text for part in found.sentence.parts] == [
        "they are in “Lapsed <customers>”",
        "their orders have a median “gap” of more than 30",
    ]
    assert [(meaning.term, meaning.name) for meaning in found.meanings] == [
        ("“Lapsed <customers>”", "lapsed"),
        ("“gap” of an order", "order.gap"),
    ]
    assert found.meanings[1].lines[0].text == (
        "the number of whole days from the time the order before it was placed to the time it was placed."
    )
    assert found.uses == ("orders", "order.gap", "usual_gap", "lapsed")
    assert {note.split(":")[0] for note in found.notes} >= {
        "Days gone by are counted in whole units of 24 hours, rounded down."
    }


def test_a_trait() -> None:
    assert LIBRARY.explain("orders").sentence.text == "For each customer: their number of orders."
    gap = LIBRARY.explain("order.gap")
    assert gap.sentence.text == (
        "For each order: the number of whole days from the time the order before it was placed to the time it was placed."
    )
    assert gap.missing == ("A customer’s first order has none before it, and no value.",)
    assert LIBRARY.explain("usual_gap").missing == ("Customers with no median “gap” of their orders have no value.",)


def test_a_trait_that_is_a_condition() -> None:
    library = Library.from_text("trait big = any(order where total > 9)\ntrait order.dear = total > 90", SHOP)
    assert library.explain("big").sentence.text == (
        "True of customers who have at least one order whose total is more than 9."
    )
    assert library.explain("order.dear").sentence.text == "True of an order whose total is more than 90."


def test_tiers_and_a_case() -> None:
    found = LIBRARY.explain("level").sentence
    assert found.text == "Each customer gets the first tier that fits:"
    assert [part.text for part in found.parts] == [
        "“gold”: customers who meet all of these:",
        "“silver”: customers who have at least 5 orders",
        "no tier: everyone else",
    ]


def test_a_case_of_tiers_names_those_before_it_and_explains_them_once() -> None:
    first = LIBRARY["level.gold"].explain()
    assert first.sentence.text == "Customers who meet all of these:"
    assert [part.text for part in first.sentence.parts] == ["they have at least 10 orders", "they are in “near”"]
    assert [meaning.name for meaning in first.meanings] == ["near"]
    second = LIBRARY["level.silver"].explain()
    assert second.sentence.text == (
        "Customers who are not in the tier before this one (“gold”), and who have at least 5 orders."
    )
    before = second.meanings[-1]
    assert (before.term, before.name) == ("the tiers before this one in “Level”", "level")
    assert [line.text for line in before.lines] == ["“gold”: customers who meet all of these:"]
    assert "The tiers before this one in “Level”:" in str(second)
    # Whatever stands in a tier before it is explained as well.
    assert [meaning.name for meaning in second.meanings] == ["near", "level"]


def test_what_stands_behind_a_case_does_not_matter_to_it() -> None:
    library = Library.from_text(
        """\
param few = 3
param many = 9
tiers grade
  gold where points > many
  silver where visits > few and any(order in last 30 days)
""",
        SHOP,
    )
    gold, silver = library.explain("grade.gold"), library.explain("grade.silver")
    assert [param.name for param in gold.parameters] == ["many"]
    assert [param.name for param in silver.parameters] == ["many", "few"]
    assert [read.name for read in gold.reads] == ["customer"]
    assert [read.name for read in silver.reads] == ["customer", "order"]
    assert (gold.windows, len(silver.windows)) == ((), 1)
    assert gold.uses == silver.uses == ("grade",)


def test_everyone_else_in_tiers() -> None:
    library = Library.from_text(
        "tiers grade gold where points > 9 silver where points > 5 bronze where points > 1 otherwise none_of_them", SHOP
    )
    assert library["grade.none_of_them"].explain().sentence.text == (
        "Customers who are in none of the tiers before this one (“gold”, “silver” and “bronze”)."
    )
    assert library.explain("grade").sentence.parts[-1].text == "“none_of_them”: everyone else"


def test_without_an_as_of_the_clock_is_read_to_the_second() -> None:
    assert LIBRARY.explain("lapsed").as_of.microsecond == 0
    assert "." not in str(LIBRARY["lapsed"].explain()).split("as of ")[1].split(",")[0]


def test_data() -> None:
    found = LIBRARY.explain("near", as_of=AS_OF).to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["as_of"] == "2026-11-22T08:00:00Z"
    assert found["sentence"] == {"text": "Customers whose country is “GR” or “CY”."}
    assert found["parameters"] == {"wanted": "“GR” and “CY”"}
    assert found["missing"] == ["Customers with no known country are not selected."]
    (customer,) = found["reads"]  # type: ignore[misc]
    assert [field["name"] for field in customer["fields"]] == ["customer_id", "created_at", "country"]


def test_settings() -> None:
    found = LIBRARY.with_settings(lapse="1 year").explain("lapsed", as_of=AS_OF)
    assert [(param.name, param.value) for param in found.parameters] == [("lapse", "1 year")]
    assert found.sentence.parts[1].text == "they have no order in the last year"


def test_html_is_escaped() -> None:
    shown = LIBRARY["lapsed"].explain(AS_OF)._repr_html_()
    assert "Lapsed &lt;customers&gt;" in shown
    assert "<customers>" not in shown
    assert "<li>they have at least one order</li>" in shown
    assert "<li>Only orders dated before 2026-11-22 10:00 count.</li>" in shown
    assert "<li><code>created_at</code> (date and time)</li>" in shown
    assert "<p>“Order” means an order whose status is not “cancelled”.</p>" in shown


def test_a_long_list_is_shortened_in_the_sentence_alone() -> None:
    values = ", ".join(f'"v{number}"' for number in range(500))
    found = LIBRARY.condition(f"country in ({values})").explain(AS_OF)
    assert found.sentence.text.endswith("“v19”, … and 480 more.")
    assert len(found.sentence.values) == 500
    assert found.to_dict()["sentence"]["values"][499] == "“v499”"  # type: ignore[index]


def test_wide_and_deep_conditions() -> None:
    wide = " or ".join(f"points = {number}" for number in range(500))
    assert len(LIBRARY.condition(wide).explain(AS_OF).sentence.parts) == 500
    deep = "points = 0"
    for number in range(20):
        deep = (
            f"(points = {number} {'and' if number % 2 else 'or'} not (visits = 1 or {deep}))"
            if number % 3
            else f"(active or {deep})"
        )
        if deep.count("(") > 20:
            break
    shown = str(LIBRARY.condition(deep).explain(AS_OF))
    assert max(map(len, shown.splitlines())) <= 160
    long = " + ".join(f"points * {number}" for number in range(1, 45))
    assert "(A)" in str(LIBRARY.condition(f"{long} > 3").explain(AS_OF)) or len(long) < 240
    chain = "\n".join(
        ["trait t0 = points", *(f"trait t{n} = t{n - 1}" for n in range(1, 60)), "segment s where t59 > 1"]
    )
    assert Library.from_text(chain, SHOP)["s"].explain(AS_OF).uses[0] == "t0"


def test_a_condition_that_is_too_long_for_its_sentence_gets_a_letter() -> None:
    asked = " and ".join(f"(total > {number} or points = {number})" for number in range(1, 5))
    found = LIBRARY.condition(f"count(order where {asked}) >= 2").explain(AS_OF)
    assert found.sentence.text == "Customers who have at least 2 orders for which (A) holds."
    (piece,) = found.meanings
    assert (piece.term, piece.about, piece.name) == ("(A)", "said of an order", None)
    assert [line.text for line in piece.lines] == ["all of these hold:"]
    assert [part.text for part in piece.lines[0].parts[0].parts] == ["its total is more than 1", "its points are 1"]


def test_missing_values() -> None:
    found = LIBRARY.condition("country != 'GR' or points / visits > 1").explain(AS_OF)
    assert found.missing == (
        "Customers with no known country do not meet what is asked of it.",
        "Customers with no known visits do not meet what is asked of them.",
        "Where their visits are 0, there is no result, and what is asked of it is not met.",
    )
    # Of who has none of it, nothing is said where the condition asks for that itself.
    for condition in ("country is missing or country = 'GR'", "country is present and country = 'GR'"):
        assert LIBRARY.condition(condition).explain(AS_OF).missing == ()
    assert LIBRARY.condition("any(order) and max(order.placed_at) < 3 days ago").explain(AS_OF).missing == ()
    found = LIBRARY.condition("last(review.stars) > 3").explain(AS_OF)
    assert found.missing == ("Customers with no review, or whose last one has no stars, are not selected.",)
    found = LIBRARY.condition("any(item where product.category = 'shoes')").explain(AS_OF)
    assert found.missing == ("An item with no product category does not meet what is asked of it.",)
    found = LIBRARY.condition("max(order.placed_at) < 3 days ago").explain(AS_OF)
    assert found.missing == ("Customers with no order are not selected.",)


NOTES = {
    "last(review.stars) > 3": {
        "The last review is the latest one; at the same time, the one with the larger `review_id` is the last.",
        "If the last review has no stars, no other one is used in its place.",
    },
    "count(order per month) >= 3": {
        "Calendar months are those of Europe/Athens; orders belong to them by `placed_at`.",
        (
            "Orders are grouped by calendar month: only the orders described above are used, and each group is judged by its own "
            "orders alone."
        ),
    },
    "any(order followed by (order) within 1 day)": {
        (
            "“Followed by” means later, never at the same time. The search for what follows covers all of the customer’s orders, whatever "
            "is asked of what comes first."
        ),
        "“Within” a length of time includes exactly that length.",
    },
    # Of itself too, an order can be asked whether it is of that total.
    "any(order as one where any(order where total >= one.total))": {
        "“Other” orders are all orders, the order itself included where it fits.",
    },
    "not (lapsed as of 30 days ago)": {
        (
            "As of an earlier time, only what is dated before it counts, and periods and ages are counted from it. All other columns are "
            "read as they are today, not as they were then."
        ),
        (
            "Whoever did not exist then was in no segment, met no condition, and had no value or rank, so that “were not in” holds for "
            "them."
        ),
        "A period includes its first instant, but not its last.",
    },
    "median(order.total) > 3": {"A median is the middle value; between two middle ones, it is their average."},
    # What every comparison of texts needs is not said of one that only tells which orders there are.
    "count(order) > 3": set(),
}


@pytest.mark.parametrize("condition", NOTES)
def test_notes(condition: str) -> None:
    assert set(LIBRARY.condition(condition).explain(AS_OF).notes) == NOTES[condition]


def test_ties() -> None:
    at_zero = "Customers with no such orders have the value 0 and are ranked with it."
    top = LIBRARY.condition("top 5 by count(order)").explain(AS_OF).notes
    assert at_zero in top
    assert (
        "A customer is in the top 5 if fewer than 5 ranked customers have a greater value; those who tie for the last place are all in."
        in top
    )
    assert at_zero not in LIBRARY.condition("top 5 by count(order) among active").explain(AS_OF).notes


def test_physical_names_codes_and_computed_fields() -> None:
    tables = {
        "entity": {
            "name": "person",
            "table": "kunden",
            "key": "id",
            "fields": {
                "id": {"type": "int", "column": "kd_nr"},
                "kind": {
                    "type": "string?",
                    "values": {"new": "1", "old": "2"},
                    "missing": ["0"],
                    "title": "Kind of person",
                },
                "secret": {"type": "int?", "private": True},
                "safe": {"type": "bool", "is": "secret > 3", "title": "Whether all is well"},
            },
        },
    }
    found = Library.from_text('segment s where kind = "new" and safe', schema_from_dict(tables))["s"].explain(AS_OF)
    assert found.sentence.text == "People who meet all of these:"
    assert found.population == ("This looks at all people.",)
    (read,) = found.reads
    assert [(field.name, field.column) for field in read.fields] == [
        ("id", "kd_nr"),
        ("kind", "kind"),
        ("secret", "secret"),
        ("safe", None),
    ]
    assert dict(read.fields[1].codes) == {"new": "1", "old": "2"}
    assert read.fields[1].missing == ("0",)
    assert read.fields[3].computed == "true where the person’s secret is more than 3; else false"
    assert "`id` (whole number, column `kd_nr`)" in str(found)


def test_without_a_table_of_customers() -> None:
    tables = {
        "entity": {"name": "visitor", "distinct": ["visits"], "key": "cookie", "fields": {"cookie": "string"}},
        "relations": {
            "visit": {"table": "visits", "on": "cookie", "time": "day", "fields": {"cookie": "string", "day": "date"}},
        },
    }
    found = Library.from_text("segment s where count(visit) > 1", schema_from_dict(tables))["s"].explain(AS_OF)
    assert found.population[0].startswith("This looks at everyone whose key (`cookie`) is in `visits`")
    assert found.population[1] == "Only visits dated 2026-11-22 or earlier count."


def test_a_host_sets_who_is_asked_about() -> None:
    tables = {**TABLES, "entity": {**TABLES["entity"], "where": "city = place"}}  # type: ignore[dict-item]
    library = Library.from_text('param place = "Athens"\nsegment s where points > 1', schema_from_dict(tables))
    found = library.with_settings(place="Volos").explain("s", as_of=AS_OF)
    assert found.population[1] == "Of these, only those whose city is “Volos”."
    assert [(param.name, param.value) for param in found.parameters] == [("place", "“Volos”")]


def test_what_cannot_be_explained() -> None:
    for name, code in (("lapsd", "SEG926"), ("bought", "SEG925"), ("lapse", "SEG926")):
        with pytest.raises(SegdslError) as caught:
            LIBRARY.explain(name)
        assert caught.value.diagnostics[0].code == code
    with pytest.raises(SegdslError) as caught:
        LIBRARY.explain("lapsed", as_of=datetime(1, 1, 5))
    assert caught.value.diagnostics[0].code == "SEG516"


def test_nothing_heavy_is_loaded() -> None:
    program = (
        "import sys; from segdsl import Library; "
        "print(Library.of_pack('commerce').explain('vip').title); "
        "print([name for name in ('polars', 'sqlglot', 'duckdb') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["VIP customers", "[]"]
