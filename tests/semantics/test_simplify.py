"""Simplification keeps the meaning, for every row, and reaches the form that it promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, assert_never

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from semantics.shop import condition, show

from segdsl.schema import Field
from segdsl.semantics import ir
from segdsl.semantics.simplify import missing, simplify
from segdsl.semantics.time import Zone, date_bounds, instant_bounds, resolve, resolve_day, zone
from segdsl.semantics.walk import walk
from segdsl.types import BOOL, DATE, INT, LIST, STRING, TIMESTAMP, Type, decimal

AS_OF = datetime(2026, 3, 29, 10, 30)
ATHENS = zone("Europe/Athens")
ST_JOHNS = zone("America/St_Johns")
"""Its clocks were turned back at a minute past midnight, so days are no stretches of instants there."""
HERE = ir.Row(0, "customer")
INNER = ir.Row(1, "order")
SMALL = decimal(4, 1)

Row = Mapping[str, Any]


# -- what an expression means, as plainly as it can be said ---------------------------------------------------------


def evaluate(expr: ir.Expr, row: Row, tz: Zone) -> Any:
    """The value for a row; None is missing."""

    def of(part: ir.Expr) -> Any:
        return evaluate(part, row, tz)

    match expr:
        case ir.Literal():
            return expr.value
        case ir.Instant():
            if expr.type == DATE:
                return resolve_day(expr.moment, AS_OF, tz)
            return resolve(expr.moment, AS_OF, tz)
        case ir.FieldRef():
            return row[expr.field.name]
        case ir.Use():
            return row[expr.name]
        case ir.Call():
            return _call(expr, [of(arg) for arg in expr.args], tz)
        case ir.Convert():
            value = of(expr.value)
            return None if value is None else Decimal(value)
        case ir.If():
            return of(expr.then) if of(expr.condition) else None if expr.otherwise is None else of(expr.otherwise)
        case ir.Aggregate():
            inner = _rows(expr.where, row, tz)
            return len(inner) if expr.function == "count" else bool(inner) == (expr.function == "any")
        case ir.RowUse():
            return row[expr.name]
        case ir.Follow():
            return any(r["x"] == 1 for r in _rows(expr.where, row, tz))
        case ir.Previous():
            return evaluate(expr.value, row["before"], tz) if row["before"] is not None else None
        case ir.Past():
            then = row["then"]
            absent = None if expr.value.optional else False
            return absent if then is None else evaluate(expr.value, then, tz)
        case ir.Overall():
            return of(expr.aggregate)
        case ir.Rank():
            value = of(expr.value)
            return value is not None and value > 1 and (expr.among is None or bool(of(expr.among)))
        case ir.RankValue():
            return of(expr.value) if expr.among is None or of(expr.among) else None
        case ir.Compare():
            return _compare(expr.operator, of(expr.left), of(expr.right))
        case ir.Between():
            value, low, high = of(expr.value), of(expr.low), of(expr.high)
            if value is None or low is None or high is None:
                return False
            return (low <= value <= high) != expr.negated
        case ir.InList():
            value = of(expr.value)
            return value is not None and (value in expr.items) != expr.negated
        case ir.InPeriod():
            value = of(expr.value)
            bounds = date_bounds if expr.value.type == DATE else instant_bounds
            start, end = bounds(expr.period, AS_OF, tz)
            return value is not None and (start <= value < end) != expr.negated
        case ir.Match():
            value = of(expr.value)
            return value is not None and _matches(expr.word, value, expr.needle) != expr.negated
        case ir.ListHas():
            has = [item in (of(expr.value) or ()) for item in expr.items]
            return (all(has) if expr.every else any(has)) != expr.negated
        case ir.Anniversary():
            value = of(expr.value)
            return value is not None and _has_anniversary(value, expr.period, tz) != expr.negated
        case ir.IsMissing():
            value = of(expr.value)
            return (value is None or value == ()) != expr.negated
        case ir.Truth():
            value = of(expr.value)
            return value is not None and value != expr.negated
        case ir.All():
            return all(of(item) for item in expr.items)
        case ir.Any():
            return any(of(item) for item in expr.items)
        case ir.Not():
            return not of(expr.item)
        case ir.TraitColumn() | ir.InRange() | ir.NoRow() | ir.GroupValue() | ir.PairRank() | ir.Col() | ir.Bound():
            raise AssertionError("not made here")
        case _:
            assert_never(expr)


def _rows(where: ir.Expr | None, row: Row, tz: Zone) -> list[Row]:
    return [r for r in row["orders"] if where is None or evaluate(where, {**row, **r}, tz)]


def _has_anniversary(day: date, period: ir.Period, tz: Zone) -> bool:
    start, end = date_bounds(period, AS_OF, tz)
    anniversaries = (date(year, day.month, day.day) for year in range(day.year + 1, 2030))
    return any(start <= anniversary < end for anniversary in anniversaries)


def _call(call: ir.Call, args: list[Any], tz: Zone) -> Any:
    if call.overload == "coalesce":
        return next((arg for arg in args if arg is not None), None)
    if any(arg is None for arg in args):
        return None
    match call.overload:
        case "date_timestamp":
            return tz.day(args[0])
        case "add_decimal":
            return args[0] + args[1]
        case "lower":
            return args[0].lower()
        case other:
            raise AssertionError(other)


def _compare(operator: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return False
    match operator:
        case "=":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case _:
            return bool(left >= right)


def _matches(word: str, value: str, needle: str) -> bool:
    match word:
        case "contains":
            return needle in value
        case "starts with":
            return value.startswith(needle)
        case "ends with":
            return value.endswith(needle)
        case _:
            return _pattern(value, needle)


def _pattern(value: str, pattern: str) -> bool:
    if not pattern:
        return not value
    if pattern[0] == "*":
        return any(_pattern(value[i:], pattern[1:]) for i in range(len(value) + 1))
    if pattern[0] == "\\":
        return value[:1] == pattern[1] and _pattern(value[1:], pattern[2:])
    return bool(value) and pattern[0] in ("?", value[0]) and _pattern(value[1:], pattern[1:])


# -- random conditions ----------------------------------------------------------------------------------------------


def field(name: str, kind: Type, optional: bool, row: ir.Row = HERE) -> ir.FieldRef:
    return ir.FieldRef(row, (), row.of, Field(name, kind, optional), type=kind, optional=optional)


def literals(kind: Type, values: st.SearchStrategy[Any]) -> st.SearchStrategy[ir.Expr]:
    return values.map(lambda value: ir.Literal(value, type=kind))


INTS = st.integers(0, 3)
DECIMALS = st.sampled_from([Decimal("0.5"), Decimal(1), Decimal("1.0"), Decimal(2)])
TEXTS = st.sampled_from(["", "a", "ab", "b", "a*"])
DAYS = st.sampled_from(
    [date(2010, 11, 6), date(2010, 11, 7), date(2018, 2, 17), date(2018, 2, 18), date(2018, 11, 4), date(2026, 3, 29)]
)
INSTANTS = st.builds(
    lambda day, hours, micros: datetime(day.year, day.month, day.day) + timedelta(hours=hours, microseconds=micros),
    DAYS,
    st.integers(-4, 30),
    st.sampled_from([-1, 0, 1]),
)

ints = st.one_of(literals(INT, INTS), st.sampled_from([field("a", INT, True), field("b", INT, False)]))
texts = st.one_of(literals(STRING, TEXTS), st.sampled_from([field("s", STRING, True), field("t", STRING, False)]))
instants = st.one_of(
    literals(TIMESTAMP, INSTANTS),
    st.sampled_from([field("u", TIMESTAMP, True), field("v", TIMESTAMP, False)]),
    st.just(ir.Instant(ir.AS_OF, type=TIMESTAMP)),
)
booleans = st.one_of(literals(BOOL, st.booleans()), st.sampled_from([field("p", BOOL, True), field("q", BOOL, False)]))


def day_of(time: ir.Expr) -> ir.Expr:
    return ir.Call("date", "date_timestamp", (time,), type=DATE, optional=time.optional)


days = st.one_of(
    literals(DATE, DAYS),
    st.sampled_from([field("d", DATE, True), field("e", DATE, False)]),
    instants.filter(lambda time: isinstance(time, ir.FieldRef)).map(day_of),
    st.sampled_from([ir.Instant(ir.AS_OF, type=DATE), ir.Instant(ir.Moment("as_of", "day", days=1), type=DATE)]),
)


def as_decimal(value: ir.Expr) -> ir.Expr:
    return ir.Convert(value, type=decimal(16, 0), optional=value.optional)


decimals = st.one_of(
    literals(SMALL, DECIMALS),
    st.sampled_from([field("m", SMALL, True), field("n", SMALL, False)]),
    ints.map(as_decimal),
    st.builds(
        lambda one, other: ir.Call(
            "+", "add_decimal", (one, other), type=decimal(17, 1), optional=one.optional or other.optional
        ),
        ints.map(as_decimal),
        st.sampled_from([field("m", SMALL, True), field("n", SMALL, False)]),
    ),
)


def leaves(inner: bool) -> st.SearchStrategy[ir.Expr]:
    order = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    equal = st.sampled_from(["=", "!="])
    ordered = st.sampled_from([ints, decimals, days, instants])
    found: list[st.SearchStrategy[ir.Expr]] = [
        ordered.flatmap(lambda kind: st.builds(ir.Compare, order, kind, kind)),
        st.one_of(st.builds(ir.Compare, equal, texts, texts), st.builds(ir.Compare, equal, booleans, booleans)),
        ordered.flatmap(lambda kind: st.builds(ir.Between, kind, kind, kind, st.booleans())),
        st.builds(ir.InList, ints, st.lists(INTS, min_size=1, max_size=3, unique=True).map(tuple), st.booleans()),
        st.builds(ir.InList, texts, st.lists(TEXTS, min_size=1, max_size=3, unique=True).map(tuple), st.booleans()),
        st.builds(
            ir.InPeriod,
            st.one_of(days, instants),
            st.builds(ir.Period, st.builds(ir.Moment, DAYS), st.just(ir.AS_OF), st.booleans()),
            st.booleans(),
        ),
        st.builds(
            ir.Match,
            st.sampled_from(["contains", "starts with", "ends with", "matches"]),
            texts,
            st.sampled_from(["", "a", "b*", "a\\*", "?", "*"]),
            st.booleans(),
        ).filter(lambda leaf: leaf.word == "matches" or "*" not in leaf.needle),
        st.builds(
            ir.ListHas,
            st.sampled_from([field("l", LIST, True), field("k", LIST, False)]),
            st.lists(TEXTS, min_size=1, max_size=2, unique=True).map(tuple),
            st.booleans(),
            st.booleans(),
        ),
        st.builds(
            ir.Anniversary,
            days.filter(lambda day: not isinstance(day, ir.Instant)),
            st.builds(ir.Period, st.builds(ir.Moment, DAYS), st.just(ir.AS_OF), st.booleans()),
            st.booleans(),
        ),
        st.builds(ir.IsMissing, st.one_of(ints, texts, decimals, days, st.just(field("l", LIST, True))), st.booleans()),
        st.builds(ir.Truth, booleans, st.booleans()),
        literals(BOOL, st.booleans()),
        st.just(ir.Use("used")),
        st.just(ir.RowUse(INNER, (), "used")),
        ordered_values(),
    ]
    if inner:
        found.append(st.builds(ir.Compare, order, st.just(field("x", INT, True, INNER)), ints))
    return st.one_of(found)


def ordered_values() -> st.SearchStrategy[ir.Expr]:
    """Comparisons of values that are another row's, another time's, or a place among others."""
    value = st.one_of(
        ints.map(lambda value: ir.Previous(HERE, value, type=INT, optional=True)),
        ints.map(lambda value: ir.Past(value, ir.AS_OF, type=INT, optional=True)),
        ints.map(lambda value: ir.RankValue(value, type=INT, optional=True)),
    )
    return st.builds(ir.Compare, st.sampled_from(["=", "!=", "<", ">="]), value, ints)


def conditions(inner: bool = False) -> st.SearchStrategy[ir.Expr]:
    def grown(smaller: st.SearchStrategy[ir.Expr]) -> st.SearchStrategy[ir.Expr]:
        several = st.lists(smaller, max_size=4).map(tuple)
        found: list[st.SearchStrategy[ir.Expr]] = [
            st.builds(ir.All, several),
            st.builds(ir.Any, several),
            st.builds(ir.Not, smaller),
            st.builds(_chosen, smaller, ints, ints, st.booleans()),
        ]
        return st.one_of(found)

    base = leaves(inner)
    if not inner:
        base = st.one_of(
            base,
            st.builds(
                lambda function, where: ir.Aggregate(function, INNER, HERE, None, None, where),
                st.sampled_from(["any", "none"]),
                st.one_of(st.none(), conditions(inner=True)),
            ),
            st.builds(
                lambda function, where: ir.Overall(ir.Aggregate(function, INNER, HERE, None, None, where)),
                st.sampled_from(["any", "none"]),
                conditions(inner=True),
            ),
            st.builds(lambda where: ir.Follow(HERE, INNER, True, None, where), conditions(inner=True)),
            st.builds(lambda value, among: ir.Rank("top", value, 5, among=among), ints, leaves(False)),
            st.builds(lambda value: ir.Past(value, ir.AS_OF), leaves(False)),
        )
    return st.recursive(base, grown, max_leaves=8)


def _chosen(test: ir.Expr, one: ir.Expr, other: ir.Expr, both: bool) -> ir.Expr:
    """A condition inside a value: ``if(test, one, other) > 1``."""
    optional = not both or one.optional or other.optional
    value = ir.If(test, one, other if both else None, type=INT, optional=optional)
    return ir.Compare(">", value, ir.Literal(1, type=INT))


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


FIELDS = st.fixed_dictionaries(
    {
        "a": optional(INTS),
        "b": INTS,
        "m": optional(DECIMALS),
        "n": DECIMALS,
        "s": optional(TEXTS),
        "t": TEXTS,
        "d": optional(DAYS),
        "e": DAYS,
        "u": optional(INSTANTS),
        "v": INSTANTS,
        "p": optional(st.booleans()),
        "q": st.booleans(),
        "used": st.booleans(),
        "l": optional(st.lists(TEXTS, max_size=2).map(tuple)),
        "k": st.lists(TEXTS, min_size=1, max_size=2).map(tuple),
        "orders": st.lists(st.fixed_dictionaries({"x": optional(INTS)}), max_size=2),
    }
)
ROWS = st.builds(
    lambda fields, before, then: {**fields, "before": before, "then": then},
    FIELDS,
    optional(FIELDS.map(lambda fields: {**fields, "before": None, "then": None})),
    optional(FIELDS.map(lambda fields: {**fields, "before": None, "then": None})),
)


@settings(max_examples=400, deadline=None)
@given(
    expr=conditions(),
    rows=st.lists(ROWS, min_size=1, max_size=4),
    tz=st.sampled_from([ATHENS, ST_JOHNS, zone("America/Sao_Paulo")]),
)
def test_the_meaning_stays(expr: ir.Expr, rows: list[Row], tz: Zone) -> None:
    plain = simplify(expr, tz)
    for row in rows:
        assert evaluate(plain, row, tz) is evaluate(expr, row, tz), show(plain)


@settings(max_examples=300, deadline=None)
@given(expr=conditions(), tz=st.sampled_from([None, ATHENS]))
def test_the_form_is_reached(expr: ir.Expr, tz: Zone | None) -> None:
    plain = simplify(expr, tz)
    for node in walk(plain):
        match node:
            case ir.Not():
                assert isinstance(node.item, ir.Use | ir.RowUse | ir.Follow | ir.Rank | ir.Past)
            case ir.All() | ir.Any():
                assert len(node.items) > 1
                assert not any(isinstance(item, (type(node), ir.Literal)) for item in node.items)
            case _:
                assert not isinstance(node, ir.Between)
    assert simplify(plain, tz) == plain


@settings(max_examples=200, deadline=None)
@given(value=st.one_of(ints, texts, decimals, days, instants), row=ROWS)
def test_missing_is_where_the_value_is_missing(value: ir.Expr, row: Row) -> None:
    assert evaluate(missing(value), row, ATHENS) is (evaluate(value, row, ATHENS) is None)


def test_not_is_the_opposite_operator_or_missing() -> None:
    assert show(simplify(condition("not visits > 5"))) == "(r0.visits? <= 5 or r0.visits is missing)".replace(
        "r0.visits is", "r0.visits? is"
    )
    assert show(simplify(condition("not points > 5"))) == "r0.points <= 5"
    assert show(simplify(condition("not not visits > 5"))) == "r0.visits? > 5"


def test_presence_is_asked_of_what_a_value_is_made_of() -> None:
    assert show(simplify(condition("not days_since(max(order.placed_at)) > 90"))) == (
        "(days_between_timestamps(max(r1=order of r0 r1.placed_at)?, [as_of])? <= 90"
        " or max(r1=order of r0 r1.placed_at)? is missing)"
    )


@pytest.mark.parametrize(
    ("precision", "scale", "holds_all"), [(5, 0, False), (17, 2, False), (18, 2, True), (38, 2, True)]
)
def test_a_narrow_decimal_does_not_hold_every_int(precision: int, scale: int, holds_all: bool) -> None:
    # 2^53 has 16 digits
    number = field("i", INT, True)
    converted = ir.Convert(number, type=decimal(precision, scale), optional=True)
    assert missing(converted) == ir.IsMissing(number if holds_all else converted)


def test_equalities_become_a_list_and_its_opposite_one_leaf() -> None:
    text = "country = 'a' or country = 'b' or points = 1 or country in ('c', 'a')"
    assert show(simplify(condition(text))) == "(r0.country? in [\"'a'\", \"'b'\", \"'c'\"] or r0.points = 1)"
    assert show(simplify(condition("not (country = 'a' or country = 'b')"))) == (
        "(r0.country? not in [\"'a'\", \"'b'\"] or r0.country? is missing)"
    )
    assert show(simplify(condition("city != 'a' and city != 'b'"))) == "r0.city not in [\"'a'\", \"'b'\"]"


def test_an_equality_told_twice_is_no_list() -> None:
    assert show(simplify(condition("points = 1 or (points = 1 and points = 1)"))) == "r0.points = 1"
    assert show(simplify(condition("points != 1 and (points != 1 or points != 1)"))) == "r0.points != 1"


def test_floats_and_arithmetic_on_ints_take_no_list() -> None:
    assert show(simplify(condition("ratio = 1 or ratio = 2"))) == "(r0.ratio = 1.0 or r0.ratio = 2.0)"


def test_between_is_two_comparisons_and_outside_asks_for_its_bounds() -> None:
    assert show(simplify(condition("points between 1 and 5"))) == "(r0.points >= 1 and r0.points <= 5)"
    assert show(simplify(condition("points not between visits and 5"))) == (
        "(r0.visits? is present and (r0.points < r0.visits? or r0.points > 5))"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("created_at <= 2026-01-31", "r0.created_at < [2026-02-01]"),
        ("created_at < 2026-01-31", "r0.created_at < [2026-01-31]"),
        ("created_at > 2026-01-31", "r0.created_at >= [2026-02-01]"),
        ("2026-01-31 <= created_at", "r0.created_at >= [2026-01-31]"),
        ("created_at = today", "(r0.created_at >= [as_of floor day] and r0.created_at < [as_of floor day +1 days])"),
        ("created_at != 2026-01-31", "(r0.created_at < [2026-01-31] or r0.created_at >= [2026-02-01])"),
    ],
)
def test_a_constant_day_becomes_its_ends(text: str, expected: str) -> None:
    assert show(simplify(condition(text), ATHENS)) == expected
    assert show(simplify(condition(text), ST_JOHNS)) == show(condition(text))
    assert show(simplify(condition(text))) == show(condition(text))


def test_a_definition_keeps_its_not() -> None:
    trait = "segment s where points > 5\ntrait t = 1"
    assert show(simplify(condition("not s", trait))) == "not use s"
    assert show(simplify(condition("not any(order where not s)", trait))) == "none(r1=order of r0 where not use s)"


def test_a_list_always_answers_and_an_anniversary_does_not() -> None:
    assert show(simplify(condition("not tags contains 'a'"))) == "r0.tags? not has any ['a']"
    plain = show(simplify(condition("not anniversary(birth_date) in this month")))
    assert plain.startswith("(anniversary of r0.birth_date? not in [")
    assert plain.endswith(" or r0.birth_date? is missing)")


def test_what_asks_for_others_keeps_its_not() -> None:
    assert show(simplify(condition("not (top 10 by points)"))) == "not top 10 by r0.points"
    assert show(simplify(condition("not (count(order) > 5) as of 30 days ago"))) == (
        f"not (count(r1=order of r0) > 5) as of [as_of {-30 * 86_400_000_000:+d} micros]"
    )
    assert show(simplify(condition("any(order where total > 5 not followed by (line where not units > 1))"))) == (
        "any(r1=order of r0 where (r1.total > 5d:decimal(1,0) and not r1 followed by (r2=line where r2.units <= 1)))"
    )


def test_what_stands_inside_is_made_plain() -> None:
    assert show(simplify(condition("top 10 by points among (not visits > 5)"))) == (
        "top 10 by r0.points among (r0.visits? <= 5 or r0.visits? is missing)"
    )
    assert show(simplify(condition("none(item per sku having not sum(quantity) > 5)"))) == (
        "none(r1=item of r0 per r1.sku having sum(r2=item of group r1 r2.quantity) <= 5d:decimal(1,0))"
    )
    assert show(simplify(condition("not overall(any(order where not points > 5))"))) == (
        "overall none(r1=order of r0 where r1.points <= 5)"
    )


def test_truth_of_a_value() -> None:
    assert show(simplify(condition("not consent"))) == "(false:r0.consent? or r0.consent? is missing)"
    assert show(simplify(condition("not active"))) == "false:r0.active"


def test_constants_go_away() -> None:
    assert show(simplify(condition("points > 5 and true"))) == "r0.points > 5"
    assert show(simplify(condition("points > 5 or 1 < 2"))) == "True"
    assert show(simplify(condition("if(true, points, visits) > 5"))) == "r0.points > 5"
    assert show(simplify(condition("city contains ''"))) == "True"
    assert show(simplify(condition("country contains ''"))) == "r0.country? is present"
    assert show(simplify(condition("country matches 'a\\\\*'"))) == "r0.country? = 'a*'"


def test_nothing_is_taken_for_present() -> None:
    assert show(simplify(condition("visits = visits"))) == "r0.visits? = r0.visits?"
    assert show(simplify(condition("points is missing"))) == "r0.points is missing"


def test_the_text_of_places_does_not_count() -> None:
    one, other = condition("points > 5"), condition("  points > 5")
    assert one == other
    assert replace(one, span=other.span) == one
