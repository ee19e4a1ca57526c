"""Examples: what is made up for them, what comes of them, and that nothing passes by mistake."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest

from segdsl import Library, SegdslError
from segdsl.examples import Outcome, run_examples
from segdsl.examples.choice import chosen
from segdsl.examples.evaluators import Task, at_hand
from segdsl.examples.making import DataSet, data_set
from segdsl.examples.report import render, summary
from segdsl.examples.run import batches
from segdsl.examples.shape import Shape
from segdsl.schema_build import schema_from_dict
from segdsl.semantics.examples import Example

SHOP = schema_from_dict({
    "timezone": "Europe/Athens",
    "entity": {
        "name": "customer",
        "table": "shop.customers",
        "key": "customer_id",
        "created": "created_at",
        "where": "not test",
        "fields": {
            "customer_id": "int",
            "created_at": "timestamp",
            "email": "string?",
            "points": "int",
            "test": "bool?",
            "born": {"type": "date?", "private": True},
            "age": {"type": "int?", "is": "age(born)"},
        },
    },
    "relations": {
        "order": {
            "table": "orders",
            "on": "customer_id",
            "key": "order_id",
            "time": "placed_at",
            "where": "status in ('paid', 'sent') and amount >= 5 and code starts with 'A-'",
            "fields": {
                "order_id": "int",
                "customer_id": "int",
                "placed_at": "timestamp",
                "status": {"type": "string", "values": {"open": "1", "paid": "2", "sent": "3"}},
                "price": "decimal(10,2)",
                "pieces": "int",
                "code": "string",
                "amount": {"type": "decimal(12,2)", "is": "price * pieces"},
            },
        },
        "sent_order": {"from": "order", "where": "status = 'sent'"},
        "item": {
            "table": "items",
            "parent": "order",
            "on": "order_id",
            "key": "item_id",
            "fields": {"item_id": "int", "sku": "string", "quantity": "int"},
        },
        "visit": {
            "table": "visits",
            "on": "customer_id",
            "time": "day",
            "fields": {"customer_id": "int", "day": "date", "pages": "int?"},
        },
    },
    "lookups": {
        "product": {
            "of": "item",
            "table": "products",
            "on": "sku",
            "fields": {"sku": "string", "category": {"type": "string?", "values": ["razor", "blade"]}},
        },
    },
    "traits": {"lifetime": {"type": "int", "column": "ltv"}},
})  # fmt: skip
DEFINITIONS = """
trait orders = count(order)
trait pieces = sum(item.quantity)
segment buyers where orders > 0
segment recent where any(order in last 30 days)
segment best where top 50% by points
"""


def library(*examples: str) -> Library:
    found = Library.from_text(DEFINITIONS + "\n".join(examples), SHOP, name="shop.seg")
    found.check().raise_errors()
    return found


def example(title: str, *lines: str, as_of: str = "") -> str:
    head = f'example "{title}"{f" as of {as_of}" if as_of else ""}'
    return "\n".join([head, *(f"  {line}" for line in lines)])


def tables(text: str) -> DataSet:
    shop = library(text)
    return data_set(shop.examples, Shape(shop.program().model))


# -- what holds, and what does not ------------------------------------------------------------------------------------

HOLD = {
    "nothing given": ["expect not buyers and orders = 0"],
    "an order counts": ["given order price = 5, pieces = 1", "expect buyers"],
    "unless it says otherwise": ['given order status = "open"', "expect not buyers"],
    "made to count by what it is worked out from": ["given order", "expect buyers"],
    "a row of another": ["given item quantity = 3", "expect pieces = 3 and orders = 1"],
    "a part of another": ["given sent_order", "expect buyers and count(sent_order) = 1"],
    "what is not given is missing": ["expect email is missing"],
    "a lookup by value": [
        'given item sku = "A", quantity = 2',
        'given product sku = "A", category = "razor"',
        'expect any(item where product.category = "razor")',
    ],
    "a lookup by name": [
        "given item i quantity = 2",
        "given item quantity = 3",
        'given product of i category = "razor"',
        'expect sum(item.quantity where product.category = "razor") = 2 and pieces = 5',
    ],
    "an item whose product nobody knows": ["given item quantity = 2", "expect any(item where product is missing)"],
    "several customers": [
        "given customer ada points = 2",
        "given customer bob points = 1",
        "given order o of ada",
        "given item of o quantity = 1",
        "given item of bob quantity = 5",
        "expect ada: best and pieces = 1",
        "expect bob: not best and pieces = 5 and orders = 1",
    ],
    "a key that is read": ["given customer customer_id = 7", "given order", "expect customer_id = 7 and buyers"],
    "by a value of its own": [
        "given customer ada customer_id = 7",
        "given customer bob customer_id = 8",
        "given order customer_id = 8",
        "expect ada: not buyers",
        "expect bob: buyers",
    ],
    "of nobody": ["given customer customer_id = 7", "given order customer_id = 9", "expect not buyers"],
    "a private field, and what is made of it": ["given customer born = 1000 days ago", "expect age = 2"],
    "a trait that a column holds": ["given customer lifetime = 12", "expect lifetime = 12"],
    "nothing sees the future": ["given order placed_at = 1 day from now", "expect not recent and not buyers"],
    "dates": ["given visit day = today", "given visit day = 1 day ago", "expect count(visit in last 1 day) = 1"],
}


@pytest.mark.parametrize("title", HOLD)
def test_it_holds(title: str) -> None:
    results = library(example(title, *HOLD[title])).test()
    assert results.passed, str(results)
    assert results.evaluators == ("referee", "Polars", "DuckDB")


FAIL = {
    "one is too few": ["given order", "expect orders = 2"],
    "part of it": ["given order", "expect buyers and orders = 2"],
    "denied": ["given order", "expect not buyers"],
    "not both": ["given order", "expect not (buyers or orders = 2)"],
    "nobody is there yet": ["given customer created_at = 1 day from now", "expect not buyers"],
    "kept out": ["given customer test = true", "expect not buyers"],
}


@pytest.mark.parametrize("title", FAIL)
def test_it_fails(title: str) -> None:
    (result,) = library(example(title, *FAIL[title])).test().examples
    assert [each.outcome for each in result.expectations] == [Outcome.FAILED]
    assert len({answer.holds for answer in result.expectations[0].answers.values()}) == 1


@pytest.mark.parametrize(("days", "holds"), [("29 days ago", True), ("30 days ago", True), ("31 days ago", False)])
def test_times_are_told_from_the_day_of_the_example(days: str, holds: bool) -> None:
    assert library(example("x", f"given order placed_at = {days}", "expect recent")).test().passed is holds


@pytest.mark.parametrize(("day", "holds"), [("2026-05-02", True), ("2026-05-01", False)])
def test_as_of_a_written_day(day: str, holds: bool) -> None:
    """Last 30 days of 2026-06-01 begin with 2026-05-02."""
    text = example("x", f"given order placed_at = {day}", "expect recent", as_of="2026-06-01")
    assert library(text).test().passed is holds


def test_a_day_begins_in_the_zone_of_the_business() -> None:
    (found,) = library(example("x", "expect not buyers", as_of="2026-06-01")).examples
    assert found.as_of == datetime(2026, 5, 31, 21)
    (usual,) = library(example("x", "expect not buyers")).examples
    assert usual.as_of == datetime(2025, 6, 15, 9)


# -- what is made up ------------------------------------------------------------------------------------------------------


def test_keys_are_made_up_and_tie_rows_together() -> None:
    data = tables(
        example("x", "given order o", "given item of o quantity = 1", "given item of o quantity = 2", "expect buyers")
    )
    (customer,), (order,), items = data.tables["shop.customers"], data.tables["orders"], data.tables["items"]
    assert order["customer_id"] == customer["customer_id"]
    assert [item["order_id"] for item in items] == [order["order_id"]] * 2
    assert len({item["item_id"] for item in items}) == 2


def test_a_row_happened_the_day_before_and_counts() -> None:
    (order,) = tables(example("x", "given order", "expect buyers")).tables["orders"]
    assert order["placed_at"] == datetime(2025, 6, 14, 9)
    assert order["status"] in ("2", "3"), "the code of a value, not its name"
    assert str(order["code"]).startswith("A-")
    assert order["price"] * order["pieces"] >= 5


@pytest.mark.parametrize(
    ("price", "fits"),
    [
        ("0", True),
        ("0.000", True),
        ("12.50000", True),
        ("12.505", False),
        ("99999999.99", True),
        ("100000000.00", False),
        ("100000000000000000000", False),
        # with more digits than Python's decimals keep by themselves
        ("1.1000000000000000000000000000000000000", True),
        ("1.1000000000000000000000000000000000001", False),
    ],
)
def test_a_number_fits_a_decimal_without_rounding(price: str, fits: bool) -> None:
    text = example("it", f'given order price = {price}, status = "open"', "expect not buyers")
    if fits:
        assert library(text).test().passed
    else:
        with pytest.raises(SegdslError, match=r"decimal\(10,2\)"):
            library(text)


def test_what_cannot_be_made_to_count_is_asked_for() -> None:
    schema = schema_from_dict({
        "entity": {"name": "customer", "table": "c", "key": "id", "fields": {"id": "int"}},
        "relations": {
            "order": {
                "table": "o", "on": "id", "where": "length(code) = 9 and lower(code) != upper(code)", "fields": {"code": "string"},
            }
        },
    })  # fmt: skip
    text = 'example "x"\n  given order\n  expect count(order) = 1'
    (result,) = Library.from_text(text, schema).test().examples
    assert [(found.code, "`code`" in str(found.hint)) for found in result.findings] == [("SEG371", True)]
    given = text.replace("given order", 'given order code = "abcdefghi"')
    assert Library.from_text(given, schema).test().passed


def test_what_rows_of_another_table_give_makes_no_row_count() -> None:
    schema = schema_from_dict({
        "entity": {"name": "c", "table": "c", "key": "id", "fields": {"id": "int", "code": "string?"}},
        "relations": {
            "order": {"table": "o", "on": "id", "where": "upper(code) != code and length(code) = 9", "fields": {"code": "string"}},
            "visit": {"table": "v", "on": "id", "fields": {"code": "string"}},
        },
    })  # fmt: skip
    for other in ('given visit code = "A"', 'given c code = "A"'):
        text = example("x", other, "given order", "expect count(order) = 1")
        (result,) = Library.from_text(text, schema).test().examples
        assert [found.code for found in result.findings] == ["SEG371"], other


def test_rows_that_belong_to_each_other_in_a_circle_are_told() -> None:
    lines = ("given customer a", "given item of a", "given order x of y", "given order y of x", "expect buyers")
    found = Library.from_text(DEFINITIONS + example("x", *lines), SHOP).check()
    assert [finding.code for finding in found.errors] == ["SEG364", "SEG364"]


def test_a_key_given_twice_is_found() -> None:
    text = example("x", "given order order_id = 1", "given order order_id = 1", "expect orders = 2")
    (result,) = library(text).test().examples
    assert [found.code for found in result.findings] == ["SEG365"]
    assert not result.passed


# -- together and alone ---------------------------------------------------------------------------------------------------


def random_example(number: int, chance: random.Random) -> str:
    """One of customers with or without orders, often under keys that others give as well."""
    lines = (
        [f"given customer points = {chance.randint(0, 3)}"] if chance.random() < 0.5 else ["given customer points = 1"]
    )
    for place in range(chance.randint(0, 3)):
        key = f"order_id = {place + 1}, " if chance.random() < 0.5 else ""
        lines.append(f"given order o{place} {key}placed_at = {chance.randint(1, 60)} days ago")
        if chance.random() < 0.5:
            lines.append(f'given item of o{place} sku = "{chance.choice("AB")}", quantity = {chance.randint(1, 4)}')
    if chance.random() < 0.5:
        lines.append(f'given product sku = "A", category = "{chance.choice(("razor", "blade"))}"')
    conditions = (
        "buyers", "recent", "orders = 2", "pieces > 3", "best", "any(order where order_id = 1)",
        'any(item where product.category = "razor")', "distinct(item.sku) = 1", "points = 1 or recent",
    )  # fmt: skip
    lines.append(f"expect {'not ' if chance.random() < 0.4 else ''}({chance.choice(conditions)})")
    return example(f"e{number}", *lines)


@pytest.mark.parametrize("seed", range(3))
def test_together_is_as_one_by_one(seed: int) -> None:
    chance = random.Random(seed)
    shop = library(*(random_example(number, chance) for number in range(20)))
    together = shop.test()
    alone = [shop.test([one]).examples[0] for one in shop.examples]
    said = [[dict(each.answers) for each in result.expectations] for result in together.examples]
    assert said == [[dict(each.answers) for each in result.expectations] for result in alone]
    outcomes = {each.outcome for result in together.examples for each in result.expectations}
    assert outcomes == {Outcome.HELD, Outcome.FAILED}


def test_what_shares_its_tables() -> None:
    texts = [
        example("a", "given order order_id = 1", "expect buyers"),
        example("b", "given order order_id = 1", "expect buyers"),
        example("c", "given order order_id = 1", "expect any(order where order_id = 1)"),
        example("d", "given order order_id = 1", "expect any(order where order_id = 1)"),
        example("e", "given customer ada points = 1", "given customer bob points = 2", "expect bob: best"),
        example("f", "expect not buyers", as_of="2026-01-01"),
    ]
    shop = library(*texts)
    found = batches(shop.examples, Shape(shop.program().model))
    assert [[each.title for each in batch.examples] for batch in found] == [["a", "b", "c"], ["d"], ["e"], ["f"]]
    assert shop.test().passed


# -- evaluators ------------------------------------------------------------------------------------------------------------


class Liar:
    """Says the opposite of what it would be told."""

    name = "liar"

    def answers(self, task: Task) -> list[bool | None]:
        said = at_hand()[0][0].answers(task)
        return [None if each is None else not each for each in said]


class Broken:
    name = "broken"

    def answers(self, task: Task) -> list[bool | None]:
        from segdsl.errors import data as errors

        if any("points" in repr(condition) for condition in task.conditions.values()):
            raise SegdslError([errors.failed_evaluation("it is out of order")])
        return [True for _ in task.questions]


def test_an_evaluator_that_lies_is_seen() -> None:
    shop = library(example("x", "given order", "expect buyers"))
    results = run_examples(shop, shop.examples, [*at_hand()[0], Liar()])
    (result,) = results.failed
    assert result.expectations[0].outcome is Outcome.DISAGREE
    assert result.broken
    assert "liar: does not hold" in str(results)
    assert "referee: holds" in str(results)


def test_one_that_cannot_be_worked_out_leaves_the_others_alone() -> None:
    shop = library(example("a", "expect orders = 0"), example("b", "given customer points = 1", "expect points = 1"))
    first, second = run_examples(shop, shop.examples, [Broken()]).examples
    assert first.passed
    assert [each.outcome for each in second.expectations] == [Outcome.NOT_RUN]
    assert "it is out of order" in render(run_examples(shop, shop.examples, [Broken()]), "full")


def test_duckdb_is_left_out_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    results = library(example("x", "expect not buyers")).test()
    assert results.evaluators == ("referee", "Polars")
    assert list(results.left_out) == ["DuckDB"]
    assert results.passed


def test_duckdb_is_left_out_where_it_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duckdb.connect", lambda *_: 1 / 0)
    _, left_out = at_hand()
    assert left_out == {"DuckDB": "DuckDB is installed and does not work: division by zero"}


# -- reports --------------------------------------------------------------------------------------------------------------


def failing() -> Library:
    return library(
        example("an old order", "given order placed_at = 41 days ago", "expect recent and orders = 1"),
        example("it does not count", 'given order placed_at = 1 day ago, status = "open"', "expect recent"),
        example("fine \\u{7} <&>", "expect not buyers"),
    )


def test_a_failure_says_which_condition_turned() -> None:
    said = str(failing().test())
    assert 'FAILED "an old order" (shop.seg:' in said
    assert "expect recent and orders = 1" in said
    lines = [line.strip() for line in said.splitlines()]
    assert any(line.startswith("✗ recent") for line in lines)
    assert any(line.startswith("✓ orders = 1") for line in lines)
    assert "41 days ago" in said
    assert "the `order` given at shop.seg:" in said
    assert said.endswith("3 examples, 2 failed, on referee, Polars and DuckDB")


def test_summary_without_failures() -> None:
    assert (
        summary(library(example("x", "expect not buyers")).test())
        == "1 example, none failed, on referee, Polars and DuckDB"
    )
    assert summary(library().test()) == "there are no examples"


def test_junit_is_what_ci_reads() -> None:
    root = ET.fromstring(failing().test().to_junit().encode())
    (suite,) = root.findall("testsuite")
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "2", "0")
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("shop.seg", "3", "2")
    cases = {str(case.get("name")): case for case in suite.findall("testcase")}
    assert list(cases) == ["an old order", "it does not count", "fine \ufffd <&>"]
    failure = cases["an old order"].find("failure")
    assert failure is not None and "✗ recent" in str(failure.text)
    assert len(cases["fine \ufffd <&>"]) == 0


def test_other_formats() -> None:
    results = failing().test()
    assert len(render(results, "concise").splitlines()) == 2
    assert render(results, "github").count("::error file=shop.seg,line=") == 2
    found = results.to_dict()
    assert (found["examples"], found["failed"]) == (3, 2)


# -- which ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ((), ["an old order", "it does not count", "fine \u0007 <&>"]),
        (("recent",), ["an old order", "it does not count"]),
        (("buyers", "an old *"), ["an old order", "fine \u0007 <&>"]),
        (("An Old Order",), ["an old order"]),
    ],
)
def test_chosen(words: Iterable[str], titles: list[str]) -> None:
    assert [one.title for one in chosen(failing(), words)] == titles


@pytest.mark.parametrize(("word", "said"), [("recnt", "did you mean `recent`?"), ("best", "write one")])
def test_nothing_is_meant(word: str, said: str) -> None:
    with pytest.raises(SegdslError) as caught:
        chosen(failing(), [word])
    (finding,) = caught.value.diagnostics
    assert finding.code == "SEG935"
    assert said in str(finding.hint)


def test_examples_of_packs_are_read_when_they_are_asked_for() -> None:
    own = Library.from_text("segment mine where orders > 0", Library.of_pack("commerce").schema, packs=["commerce"])
    assert own.examples == ()
    assert isinstance(Library.of_pack("commerce").examples, tuple)
    assert all(isinstance(one, Example) for one in Library.of_pack("commerce").examples)


# -- nobody of whom it could hold, and rows that nothing leads to -----------------------------------------------------

DISTINCT = schema_from_dict({
    "entity": {"name": "customer", "distinct": ["buys"], "key": "customer_id", "fields": {"customer_id": "string"}},
    "relations": {
        "purchase": {
            "table": "buys",
            "on": "customer_id",
            "time": "day",
            "fields": {"customer_id": "string", "day": "date"},
        },
    },
})  # fmt: skip


def test_who_is_there_by_rows_alone_is_told_how() -> None:
    text = 'segment quiet where none(purchase)\nexample "nothing"\n  given customer ada\n  expect ada: quiet'
    results = Library.from_text(text, DISTINCT).test()
    assert not results.passed
    assert (
        "does not hold: there is nobody of whom it could; "
        "customers are those who have a row in `buys` by then: give one, `given purchase …`"
    ) in str(results)


def test_who_comes_later_or_is_kept_out() -> None:
    found = library(example("late", "given customer created_at = 2030-01-01", "expect orders = 0", as_of="2026-06-01"))
    assert (
        "there is nobody of whom it could; whoever is created later is not there, "
        "and the `where` of `customer` keeps others out"
    ) in str(found.test())


def test_a_row_of_a_lookup_that_nothing_leads_to_is_told() -> None:
    segment = 'segment shavers where any(item where product.category = "razor")\n'
    given = ["given item sku = 'A', quantity = 1", "given product sku = 'B', category = 'razor'", "expect shavers"]
    found = Library.from_text(DEFINITIONS + segment + example("other key", *given), SHOP, name="shop.seg").test()
    assert "no row of this example leads to the `product` given at shop.seg:" in str(found)
    given[1] = given[1].replace("'B'", "'A'").replace("razor", "blade")
    found = Library.from_text(DEFINITIONS + segment + example("same key", *given), SHOP, name="shop.seg").test()
    assert not found.passed and "leads to" not in str(found)


def test_the_fields_that_there_are_are_offered() -> None:
    with pytest.raises(SegdslError) as error:
        library(example("wrong field", "given visit quux = 3", "expect orders = 0"))
    hints = [finding.hint for finding in error.value.diagnostics if finding.code == "SEG361"]
    assert hints == ["it has `customer_id`, `day` and `pages`"]
