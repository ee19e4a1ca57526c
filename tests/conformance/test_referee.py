"""The referee on trees built by hand: nothing of the road before it is needed, so it can be trusted on its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from segdsl import schema as sch
from segdsl.backends.reference import members, population, values
from segdsl.backends.reference.functions import FUNCTIONS, call
from segdsl.functions.catalogue import OVERLOADS
from segdsl.semantics import ir
from segdsl.semantics.time import zone
from segdsl.types import ANY, BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, WHOLE, Type, decimal

AS_OF = datetime(2026, 6, 1, 12)
MONEY = decimal(12, 2)


def field(name: str, type_: Type, *, optional: bool = False, **more: object) -> sch.Field:
    return sch.Field(name, type_, optional, str(more.pop("column", name)), **more)  # type: ignore[arg-type]


def shop(**more: object) -> sch.Schema:
    customer = sch.Entity(
        "customer",
        "customers",
        "id",
        "created",
        None,
        {
            "id": field("id", INT),
            "created": field("created", TIMESTAMP, optional=True),
            "country": field("country", STRING, optional=True, missing=("", "n/a")),
            "score": field("score", FLOAT, optional=True),
        },
    )
    order = sch.Relation(
        "order",
        "customer",
        "orders",
        (sch.Link("customer", "id"),),
        ("id",),
        "at",
        None,
        {
            "id": field("id", INT),
            "customer": field("customer", INT, optional=True),
            "at": field("at", TIMESTAMP, optional=True),
            "total": field("total", MONEY, optional=True),
            "channel": field("channel", STRING, optional=True),
        },
    )
    item = sch.Relation(
        "item",
        "order",
        "items",
        (sch.Link("order", "id"),),
        (),
        None,
        None,
        {"order": field("order", ANY, declared=False), "price": field("price", FLOAT, optional=True)},
    )
    return sch.Schema(customer, {"order": order, "item": item}, timezone=str(more.get("timezone", "UTC")))


TABLES = {
    "customers": [
        {"id": 1, "created": datetime(2026, 1, 1), "country": "GR", "score": 1.0},
        {"id": 2, "created": None, "country": "n/a", "score": float("nan")},
        {
            "id": 3,
            "created": datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=3))),
            "country": "",
            "score": 1e101,
        },
        {"id": 4, "created": datetime(2026, 6, 1, 12, tzinfo=UTC), "country": "GR", "score": 0.0},
        {"id": None, "created": None, "country": "GR", "score": 0.0},
    ],
    "orders": [
        {"id": 11, "customer": 1, "at": datetime(2026, 5, 2, 12), "total": Decimal("1.10"), "channel": None},
        {"id": 12, "customer": 1, "at": datetime(2026, 5, 2, 12), "total": Decimal("2.20"), "channel": "web"},
        {"id": 13, "customer": 1, "at": AS_OF, "total": Decimal("9.00"), "channel": "web"},
        {"id": 14, "customer": 1, "at": None, "total": Decimal("9.00"), "channel": "web"},
        {"id": 15, "customer": 2, "at": datetime(2026, 5, 2, 11, 59, 59, 999999), "total": None, "channel": "app"},
        {"id": 16, "customer": 4, "at": datetime(2026, 5, 2), "total": Decimal("9.00"), "channel": "app"},
        {"id": 17, "customer": None, "at": datetime(2026, 5, 2), "total": Decimal("9.00"), "channel": "app"},
    ],
    "items": [
        {"order": 11, "price": 0.1},
        {"order": 11, "price": 0.2},
        {"order": 12, "price": 1e13},
        {"order": 13, "price": 5.0},
        {"order": 15, "price": None},
        {"order": 99, "price": 5.0},
    ],
}
MODEL = ir.Model(shop(), {}, {}, {})
PROGRAM = ir.Program(MODEL, {})
ENTITY = ir.Row(0, "customer")
ORDER = ir.Row(1, "order")
ITEM = ir.Row(1, "item")


def of(row: ir.Row, name: str, path: ir.Path = ()) -> ir.FieldRef:
    owner = path[-1].to if path else row.of
    declared = MODEL.fields_of(owner)[name]
    return ir.FieldRef(row, path, owner, declared, type=declared.type, optional=declared.optional)


def over(function: str, row: ir.Row, value: ir.Expr | None = None, **more: object) -> ir.Aggregate:
    return ir.Aggregate(function, row, ENTITY, value, more.get("period"), more.get("where"), type=INT)  # type: ignore[arg-type]


def worth(expression: ir.Expr) -> dict[object, object]:
    return dict(values(PROGRAM, expression, TABLES, AS_OF))


def test_every_overload_has_a_function() -> None:
    assert set(FUNCTIONS) == set(OVERLOADS)


def test_population_is_who_was_created_before_or_at_an_unknown_time() -> None:
    assert population(MODEL, TABLES, AS_OF) == {1, 2, 3}
    assert population(MODEL, TABLES, AS_OF + timedelta(microseconds=1)) == {1, 2, 3, 4}


def test_spellings_of_missing_and_numbers_out_of_range_are_missing() -> None:
    assert worth(of(ENTITY, "country")) == {1: "GR", 2: None, 3: None}
    assert worth(of(ENTITY, "score")) == {1: 1.0, 2: None, 3: None}


def test_a_missing_value_satisfies_no_comparison_and_not_is_exact() -> None:
    other = ir.Compare("!=", of(ENTITY, "country"), ir.Literal("US", type=STRING))
    assert members(PROGRAM, other, TABLES, AS_OF) == {1}
    assert members(PROGRAM, ir.Not(other), TABLES, AS_OF) == {2, 3}
    outside = ir.Between(of(ENTITY, "score"), ir.Literal(2.0, type=FLOAT), ir.Literal(3.0, type=FLOAT), negated=True)
    assert members(PROGRAM, outside, TABLES, AS_OF) == {1}


def test_rows_show_before_as_of_alone() -> None:
    assert worth(over("count", ORDER)) == {1: 2, 2: 1, 3: 0}
    assert worth(over("sum", ORDER, of(ORDER, "total"))) == {1: Decimal("3.30"), 2: 0, 3: 0}
    assert worth(over("min", ORDER, of(ORDER, "total"))) == {1: Decimal("1.10"), 2: None, 3: None}


def test_rows_below_show_with_their_parent_and_take_its_time() -> None:
    assert worth(over("count", ITEM)) == {1: 3, 2: 1, 3: 0}
    day = ir.Period(ir.Moment("as_of", micros=-30 * 86_400_000_000), ir.AS_OF)
    assert worth(over("count", ITEM, period=day)) == {1: 3, 2: 0, 3: 0}


def test_floats_are_added_in_millionths_and_what_is_beyond_is_left_out() -> None:
    assert worth(over("sum", ITEM, of(ITEM, "price"))) == {1: Decimal("0.3"), 2: 0, 3: 0}
    assert worth(over("avg", ITEM, of(ITEM, "price"))) == {1: 0.15, 2: None, 3: None}


def test_first_and_last_take_a_row_and_its_value_even_if_missing() -> None:
    assert worth(over("first", ORDER, of(ORDER, "channel"))) == {1: None, 2: "app", 3: None}
    assert worth(over("last", ORDER, of(ORDER, "channel"))) == {1: "web", 2: "app", 3: None}


def test_without_a_key_the_greatest_value_among_ties() -> None:
    assert worth(over("first", ITEM, of(ITEM, "price"))) == {1: 1e13, 2: None, 3: None}
    assert worth(over("last", ITEM, of(ITEM, "price"))) == {1: 1e13, 2: None, 3: None}


def test_the_parent_and_the_entity_can_be_read_from_a_row() -> None:
    up = (ir.Step("parent", "order"),)
    top = (*up, ir.Step("parent", "customer"))
    dear = ir.Compare(">", of(ITEM, "total", up), ir.Literal(Decimal("1.50"), type=MONEY))
    assert worth(over("count", ITEM, where=dear)) == {1: 1, 2: 0, 3: 0}
    greek = ir.Compare("=", of(ITEM, "country", top), ir.Literal("GR", type=STRING))
    assert worth(over("count", ITEM, where=greek)) == {1: 3, 2: 0, 3: 0}


def test_an_aggregate_inside_a_row_is_of_that_rows_own() -> None:
    own = ir.Aggregate("count", ir.Row(2, "item"), ORDER, None, None, None, type=INT)
    two = ir.Compare("=", own, ir.Literal(2, type=INT))
    assert worth(over("count", ORDER, where=two)) == {1: 1, 2: 0, 3: 0}


def test_groups_are_made_of_rows_that_show() -> None:
    schema = shop()
    by_channel = sch.Relation(
        "channel",
        "customer",
        None,
        (),
        ("channel",),
        "first_at",
        None,
        {
            "channel": field("channel", STRING, optional=True),
            "first_at": field("first_at", TIMESTAMP, expression=sch.Text("min(order.at)")),
        },
        groups="order",
        by=(sch.By("channel"),),
    )
    schema = sch.Schema(schema.entity, {**schema.relations, "channel": by_channel})
    own = ir.Row(0, "order")
    group = ir.Row(0, "channel")
    first_at = ir.Aggregate("min", ORDER, group, of(ORDER, "at"), None, None, type=TIMESTAMP)
    model = ir.Model(schema, {("channel", "first_at"): first_at}, {}, {("channel", "channel"): of(own, "channel")})
    program = ir.Program(model, {})
    count = over("count", ir.Row(1, "channel"))
    assert values(program, count, TABLES, AS_OF) == {1: 1, 2: 1, 3: 0}
    inside = ir.Aggregate("count", ir.Row(2, "order"), ir.Row(1, "channel"), None, None, None, type=INT)
    one = ir.Compare("=", inside, ir.Literal(1, type=INT))
    assert values(program, over("count", ir.Row(1, "channel"), where=one), TABLES, AS_OF) == {1: 1, 2: 1, 3: 0}
    in_a_group = ir.NoRow(ORDER, (ir.Step("group", "channel"),), negated=True)
    assert values(program, over("count", ORDER, where=in_a_group), TABLES, AS_OF) == {1: 1, 2: 1, 3: 0}


def test_a_row_counts_once_for_the_customer_though_its_join_finds_two_parents() -> None:
    schema = shop()
    item = schema.relations["item"]
    mark = sch.Relation(
        "mark",
        "order",
        "marks",
        (sch.Link("channel", "channel"),),
        (),
        None,
        None,
        {"channel": field("channel", STRING, optional=True)},
    )
    schema = sch.Schema(schema.entity, {**schema.relations, "mark": mark, "item": item})
    program = ir.Program(ir.Model(schema, {}, {}, {}), {})
    tables = {
        **TABLES,
        "orders": [{**row, "channel": "web"} for row in TABLES["orders"]],
        "marks": [{"channel": "web"}, {"channel": None}, {"channel": "web"}],
    }
    assert values(program, over("count", ir.Row(1, "mark")), tables, AS_OF) == {1: 2, 2: 2, 3: 0}
    inner = ir.Aggregate("count", ir.Row(2, "mark"), ORDER, None, None, None, type=INT)
    two = ir.Compare("=", inner, ir.Literal(2, type=INT))
    assert values(program, over("count", ORDER, where=two), tables, AS_OF) == {1: 2, 2: 1, 3: 0}


def test_entities_that_are_distinct_keys_exist_from_their_first_row() -> None:
    schema = shop()
    entity = sch.Entity(
        "customer", None, "customer", None, None, {"customer": field("customer", INT)}, ("orders", "visits")
    )
    order = schema.relations["order"]
    order = sch.Relation(
        "order", "customer", "orders", (sch.Link("customer", "customer"),), order.key, "at", None, order.fields
    )
    model = ir.Model(sch.Schema(entity, {"order": order}), {}, {}, {})
    tables = {"orders": TABLES["orders"], "visits": [{"customer": 7}, {"customer": None}]}
    assert population(model, tables, AS_OF) == {1, 2, 4, 7}
    assert population(model, tables, datetime(2026, 5, 2, 12)) == {2, 4, 7}
    assert population(model, tables, datetime(2026, 5, 2)) == {7}


SUMMER = zone("Europe/Athens")


@pytest.mark.parametrize(
    ("overload", "type_", "arguments", "options", "expected"),
    [
        ("divide_exact", FLOAT, [Decimal("0.10"), 3], (), 10.0 / 300.0),
        ("divide_exact", FLOAT, [1, 0], (), None),
        ("add_whole", WHOLE, [2.0**53, 1.0], (), 2.0**53),
        ("multiply_decimal", decimal(24, 4), [Decimal("1.05"), Decimal("1.05")], (), Decimal("1.1025")),
        ("add_decimal", decimal(38, 0), [Decimal(10**38 - 1), Decimal(1)], (), None),
        ("round_decimal", decimal(5, 1), [Decimal("-2.25")], (1,), Decimal("-2.3")),
        ("floor_decimal", decimal(5, 0), [Decimal("-2.25")], (), Decimal(-3)),
        ("ceil_float", FLOAT, [-0.5], (), 0.0),
        ("upper", STRING, ["straße é"], (), "STRAßE é"),
        ("trim", STRING, ["  a\t "], (), "a\t"),
        ("length", INT, ["é😀"], (), 2),
        ("replace", STRING, ["aaa"], ("aa", "b"), "ba"),
        ("number", decimal(38, 9), ["-0012.50"], (), Decimal("-12.5")),
        ("number", decimal(38, 9), ["1."], (), None),
        ("number", decimal(38, 9), ["٣"], (), None),
        ("number", decimal(38, 9), ["0.0000000005"], (), Decimal("1e-9")),
        ("number", decimal(38, 9), ["1" + "0" * 29], (), None),
        ("days_between_timestamps", INT, [datetime(2026, 1, 2), datetime(2026, 1, 1, 23, 59)], (), -1),
        ("days_between_dates", INT, [date(2026, 1, 2), date(2026, 1, 1)], (), -1),
        ("age_date", INT, [date(2000, 2, 29), date(2026, 2, 28)], (), 26),
        ("age_date", INT, [date(2000, 2, 29), date(2028, 2, 28)], (), 27),
        ("date_timestamp", DATE, [datetime(2026, 6, 1, 21)], (), date(2026, 6, 2)),
        ("hour_timestamp", INT, [datetime(2026, 1, 1, 22)], (), 0),
        ("weekday_date", INT, [date(2026, 6, 1)], (), 1),
        ("start_of_date", DATE, [date(2026, 6, 7)], ("week",), date(2026, 6, 1)),
        ("start_of_date", DATE, [date(2026, 6, 7)], ("quarter",), date(2026, 4, 1)),
        ("shift_date", DATE, [date(2024, 2, 28)], (2,), date(2024, 3, 1)),
        ("place", INT, ["M"], ("S", "M"), 1),
        ("place", INT, ["m"], ("S", "M"), None),
        ("label", STRING, [0], ("S", "M"), "S"),
        ("least", INT, [1, None], (), None),
        ("coalesce", INT, [None, 2], (), 2),
    ],
)
def test_functions(
    overload: str, type_: Type, arguments: list[object], options: tuple[str | int, ...], expected: object
) -> None:
    def literal(value: object) -> ir.Literal:
        kind = decimal(12, 2) if isinstance(value, Decimal) else BOOL
        return ir.Literal(value, type=kind)  # type: ignore[arg-type]

    node = ir.Call("f", overload, tuple(literal(value) for value in arguments), options, type=type_)
    assert call(node, arguments, SUMMER) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a*", "abc", True),
        ("*b", "abc", False),
        ("a?c", "a\nc", True),
        ("?", "😀", True),
        (r"\*", "*", True),
        (r"\*", "x", False),
        (r"a\b", r"a\b", True),
        (r"\\*", r"\*", True),
        ("", "", True),
        ("*", "", True),
        ("a.c", "abc", False),
    ],
)
def test_patterns(pattern: str, text: str, expected: bool) -> None:
    node = ir.Match("matches", ir.Literal(text, type=STRING), pattern)
    assert (members(PROGRAM, node, TABLES, AS_OF) == {1, 2, 3}) is expected
