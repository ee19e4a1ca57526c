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
