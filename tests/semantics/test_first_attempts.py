"""What people write who come with data of their own, and where they are led: by a hint, or by a fix to a text without errors."""

from __future__ import annotations

import pytest

from segdsl.diagnostics import Diagnostic, Severity
from segdsl.library import Library

SHOP: dict[str, object] = {
    "entity": {
        "name": "household",
        "table": "households",
        "key": "id",
        "fields": {"id": "int", "state": "string", "income": "decimal(12,2)", "joined": "date"},
    },
    "relations": {
        "account": {
            "table": "accounts",
            "on": {"household_id": "id"},
            "key": "account_id",
            "fields": {"account_id": "int", "branch": "string?"},
        },
        "order": {
            "table": "orders",
            "parent": "account",
            "on": "account_id",
            "key": "order_id",
            "time": "placed_at",
            "fields": {
                "order_id": "int",
                "placed_at": "timestamp",
                "total": "decimal(10,2)",
                "store": "string",
                "campaign_id": "int?",
            },
        },
        "line": {
            "table": "lines",
            "parent": "order",
            "on": "order_id",
            "fields": {"sku": "string", "price": "decimal(10,2)", "quantity": "int"},
        },
        "item": {
            "table": "items",
            "parent": "order",
            "on": "order_id",
            "fields": {"item_no": "int"},
        },
        "call": {
            "table": "calls",
            "on": {"household_id": "id"},
            "key": "n",
            "time": "day",
            "fields": {"n": "int", "day": "date"},
        },
    },
    "lookups": {
        "campaign": {
            "of": "order",
            "table": "campaigns",
            "on": "campaign_id",
            "fields": {"campaign_id": "int", "starts": "date", "ends": "date"},
        },
        "product": {
            "of": "line",
            "table": "products",
            "on": "sku",
            "fields": {"sku": "string", "department": "string"},
        },
    },
}
SPENT = "trait spent = sum(order.total)\n"


def said(text: str) -> list[Diagnostic]:
    return list(Library.from_text(text, SHOP).check())


def mended(text: str, finding: Diagnostic) -> str:
    assert finding.fix is not None, str(finding)
    for edit in sorted(finding.fix.edits, key=lambda edit: -edit.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def the_error(text: str) -> Diagnostic:
    found = [each for each in said(text) if each.severity is Severity.ERROR]
    assert len(found) == 1, [str(each) for each in found]
    return found[0]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("income > overall(avg(customer.income))", "income > overall(avg(household.income))"),
        ("overall(count(customer where income > 5)) > 1", "overall(count(household where income > 5)) > 1"),
        ("customer.spent > 5", "household.spent > 5"),
        ("count(customer.order) > 5", "count(household.order) > 5"),
        ("top 5 by customer.spent among spent > 0", "top 5 by household.spent among spent > 0"),
    ],
)
def test_who_is_asked_about_goes_by_the_name_of_the_schema(wrong: str, right: str) -> None:
    text = f"segment s where {wrong}\n{SPENT}segment t where spent > 0"
    finding = the_error(text)
    assert finding.message == "there is no `customer` here: who is asked about is called `household`"
    assert mended(text, finding) == text.replace(wrong, right)
    assert said(mended(text, finding)) == []


def test_what_a_wrong_definition_names_is_no_leftover() -> None:
    (only,) = said(SPENT + "segment s where overall(avg(customer.spent)) > 5")
    assert only.code == "SEG201"
    (only,) = said(SPENT + "trait much(n: int) = overall(avg(customer.spent)) * n\nsegment s where much(2) > 3")
    assert only.code == "SEG201"


LEADS = {
    'last(order.state) = "NY"': (
        "`order` has no field `state`: `household` has",
        "give it to each `order`: `trait order.state = household.state`",
    ),
    'last(order.branch) = "x"': (
        "`order` has no field `branch`: `account` has",
        "give it to each `order`: `trait order.branch = account.branch`",
    ),
    "any(order followed by (call))": (None, "declare the time of `call` as `timestamp` in the schema"),
    "any(call followed by (order))": (None, "a relation that `groups` the rows of `order`, whose time is the day"),
    "any(line where previous(price) > 1)": (None, "declare a relation that `groups` the rows of `line`"),
    "top 10 per product.department by spent": (
        "what stands behind `by` is not one value of each `line`",
        "put such a value behind `by`: `by sum(line.FIELD)`",
    ),
    "top 10 per product.department by income": (None, "put such a value behind `by`: `by sum(line.FIELD)`"),
    "top 10 per month by income": (None, "put such a value behind `by`: `by sum(RELATION.FIELD)`"),
    "rank(sum(order.total) per quarter) = 1": (
        "`rank` is of a customer, and `per quarter` speaks of rows",
        "`top 10 per quarter by sum(order.total)`",
    ),
    "quantile(spent, 5 per order.store) = 1": (None, "`top 10 per order.store by spent`"),
    "percentile(spent, 80) > 3": (
        "`percentile` is made of many rows, and `spent` is one value of the household",
        "over everybody it is `overall(percentile(household.spent, 80))`",
    ),
    "median(income) > 3": (None, "over everybody it is `overall(median(household.income))`"),
    # words in another order
    "any(order not preceded by (order) where total > 5)": (
        "`where` stands before `preceded by`",
        "what is asked of the other rows stands in the brackets of `preceded by`",
    ),
    "any(order followed by (order) in last 30 days)": (
        "`in` and its period stand before `followed by`",
        "followed by (order)",
    ),
    "streak(order per month in last 6 months) > 3": ("`in` and its period stand before `per`", "per month"),
    "any(order per month having count(order) > 3 where total > 3)": ("`where` stands before `per`", "per month"),
    "count(order per month where total > 5) > 2": ("`where` stands before `per`", "per month"),
    # words from elsewhere
    "rank() over (order by income) = 1": ("there is no `over` in the language", "`rank(sum(order.total))`"),
    "count(order) over (partition by state) > 1": ("there is no `over` in the language", "`previous(total)`"),
    "row_number() = 1": ("there is no function `row_number`", "`top 10 by sum(order.total)`"),
    "any(order where lag(total, 1) > 5)": ("there is no function `lag`", "is read by `previous`"),
    "any(order) as of yesterday": ("nothing is called `yesterday`", "write `1 day ago`"),
    "any(order where placed_at in February)": (None, "`month(FIELD) = 2`"),
    "any(order in December)": ("`December` is no period", "`in 2026-12-01 to 2026-12-31`"),
    "any(order in campaign.starts to campaign.ends)": (
        "a period begins and ends at the same times for everybody",
        "by `between campaign.starts and campaign.ends`, behind `where`",
    ),
    "each of last 3 months has any(order) and spent > 3": (
        "what every one of the periods has stands in brackets",
        "has (any(order))",
    ),
    "avg(income where spent > 0) > 3": (None, "`overall(avg(household.income where spent > 0))`"),
}


@pytest.mark.parametrize("text", LEADS)
def test_where_a_message_leads(text: str) -> None:
    message, hint = LEADS[text]
    finding = the_error(f"{SPENT}segment s where {text}")
    assert finding.hint is not None
    assert hint in finding.hint
    assert message is None or message in finding.message


@pytest.mark.parametrize(
    "text",
    [
        'trait order.state = household.state\nsegment s where last(order.state) = "NY"',
        "trait order.branch = account.branch\nsegment s where last(order.branch) = 'x'",
        "segment s where top 10 per product.department by sum(line.price)",
        "segment s where income > overall(percentile(household.income, 80))",
        "segment s where top 10 per quarter by sum(order.total)",
    ],
)
def test_what_is_offered_is_right(text: str) -> None:
    assert said(text) == []


def test_a_trait_of_rows_is_not_called_as_other_rows() -> None:
    finding = the_error("trait order.item = 5\nsegment s where any(order where item > 5)")
    assert (finding.code, finding.message) == ("SEG207", "`item` is already a relation of the schema")


def test_what_is_missing_is_the_row_before() -> None:
    (finding,) = said(
        "trait order.shop = if(total > 5, store)\nsegment s where any(order where shop != previous(shop))"
    )
    assert finding.message == "a row of `order` without `previous(shop)` does not count here"


def test_a_share_that_is_set_to_a_number() -> None:
    library = Library.from_text("param best = 10%\nsegment s where top best by income", SHOP, settings={"best": "5"})
    (finding,) = library.check()
    assert finding.code == "SEG216"
    assert finding.hint == "another value is set for it from outside, by `--set` or by a program: write `--set best=5%`"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("any(order followed by (order) in 1 day)", "any(order followed by (order) within 1 day)"),
        (
            "any(order where placed_at in campaign.starts to campaign.ends)",
            "any(order where placed_at between campaign.starts and campaign.ends)",
        ),
        (
            "any(order where placed_at not in campaign.starts to today)",
            "any(order where placed_at not between campaign.starts and today)",
        ),
        ("top 20 percent by income", "top 20% by income"),
        ("top 10 households by income", "top 10 by income"),
        ("top 10% customers per state by income", "top 10% per state by income"),
        ("each of the last 3 months has (any(order))", "each of last 3 months has (any(order))"),
        ("each of last 3 months has count(order) > 2", "each of last 3 months has (count(order) > 2)"),
        ("each of last 3 months (any(order))", "each of last 3 months has (any(order))"),
    ],
)
def test_mended_by_a_fix(wrong: str, right: str) -> None:
    text = f"segment s where {wrong}"
    after = mended(text, the_error(text))
    assert "".join(after.split()) == "".join(f"segment s where {right}".split())
    assert [each for each in said(after) if each.severity is Severity.ERROR] == []
