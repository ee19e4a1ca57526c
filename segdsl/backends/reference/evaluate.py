"""What an expression is worth, for given rows: the language's meaning, one node after another.

Comes in: a typed expression as the resolver made it, the rows that its row variables stand for, and the `World` that
knows which rows there are and what concerns everyone. Goes out: a value; for a condition True or False, never anything
else. It must not know `simplify` or the planner: what they make of an expression is compared with what is said here.
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from segdsl.backends.reference.aggregates import Kept, aggregate
from segdsl.backends.reference.functions import call
from segdsl.backends.reference.numbers import decimal_of_float, fit, in_float_range
from segdsl.backends.reference.records import Group, Record, Value
from segdsl.semantics import ir
from segdsl.semantics.time import date_bounds, instant_bounds, resolve, resolve_day
from segdsl.types import MAX_INT, Kind

if TYPE_CHECKING:
    from segdsl.backends.reference.world import World

Rows: TypeAlias = tuple[Record | Group, ...]
"""The row that each row variable stands for, by its depth."""


def holds(condition: ir.Expr, rows: Rows, world: World) -> bool:
    """Is a condition true? There is no third answer."""
    answer = evaluate(condition, rows, world)
    assert answer is True or answer is False, (condition, answer)
    return answer


def evaluate(node: ir.Expr, rows: Rows, world: World) -> Value:
    """The value of an expression; None is missing."""
    match node:
        case ir.Literal():
            return node.value
        case ir.Instant():
            if node.type.kind is Kind.DATE:
                return resolve_day(node.moment, world.as_of, world.zone)
            return resolve(node.moment, world.as_of, world.zone)
        case ir.FieldRef():
            record = world.follow(record_of(rows, node.row), node.path)
            return None if record is None else world.field(record, node.field)
        case ir.TraitColumn():
            record = world.follow(record_of(rows, node.row), node.path)
            return None if record is None else world.trait(record, node.trait)
        case ir.Use():
            return world.definition(_entity(rows), node.name)
        case ir.RowUse():
            record = world.follow(record_of(rows, node.row), node.path)
            return _for_nobody(node) if record is None else world.row_definition(record, node.name)
        case ir.Previous():
            return _previous(node, rows, world)
        case ir.GroupValue():
            group = rows[node.row.depth]
            assert isinstance(group, Group), group
            return group.value
        case ir.Call():
            return call(node, [evaluate(argument, rows, world) for argument in node.args], world.zone)
        case ir.Convert():
            return _convert(node, evaluate(node.value, rows, world), world)
        case ir.InRange():
            number = evaluate(node.value, rows, world)
            assert number is None or isinstance(number, float), number
            return number if number is not None and in_float_range(number) else None
        case ir.If():
            if holds(node.condition, rows, world):
                return evaluate(node.then, rows, world)
            return None if node.otherwise is None else evaluate(node.otherwise, rows, world)
        case ir.Aggregate():
            return of_rows(node, kept_rows(node, rows, world), rows, world)
        case ir.Follow():
            return _is_followed(node, rows, world)
        case ir.Past():
            then = world.at(resolve(node.moment, world.as_of, world.zone))
            one = then.same_entity(_entity(rows))
            return _for_nobody(node) if one is None else evaluate(node.value, (one,), then)
        case ir.Overall():
            return world.overall(node)
        case ir.Rank() | ir.PairRank():
            return world.entity_key(_entity(rows)) in world.chosen(node)
        case ir.RankValue():
            return world.places(node).get(world.entity_key(_entity(rows)))
        case ir.Compare():
            return _compare(node.operator, evaluate(node.left, rows, world), evaluate(node.right, rows, world))
        case ir.Between():
            return _between(node, [evaluate(part, rows, world) for part in (node.value, node.low, node.high)])
        case ir.InList():
            value = evaluate(node.value, rows, world)
            return value is not None and (value in node.items) != node.negated
        case ir.InPeriod():
            value = evaluate(node.value, rows, world)
            assert value is None or isinstance(value, date), value
            return value is not None and _in_period(value, node.period, world) != node.negated
        case ir.Match():
            text = evaluate(node.value, rows, world)
            assert text is None or isinstance(text, str), text
            return text is not None and _matches(node, text) != node.negated
        case ir.ListHas():
            labels = evaluate(node.value, rows, world) or ()
            assert isinstance(labels, tuple), labels
            return (all if node.every else any)(item in labels for item in node.items) != node.negated
        case ir.Anniversary():
            value = evaluate(node.value, rows, world)
            assert value is None or (isinstance(value, date) and not isinstance(value, datetime)), value
            return value is not None and _comes_round(value, node.period, world) != node.negated
        case ir.IsMissing():
            return (evaluate(node.value, rows, world) is None) != node.negated
        case ir.NoRow():
            return (world.follow(record_of(rows, node.row), node.path) is None) != node.negated
        case ir.Truth():
            return evaluate(node.value, rows, world) is (not node.negated)
        case ir.All():
            return all(holds(item, rows, world) for item in node.items)
        case ir.Any():
            return any(holds(item, rows, world) for item in node.items)
        case ir.Not():
            return not holds(node.item, rows, world)
        case ir.Col() | ir.Bound():
            raise AssertionError("a plan's node")
        case _:
            assert_never(node)


def _compare(operator: str, left: Any, right: Any) -> bool:
    """A missing value satisfies no comparison."""
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
        case ">=":
            return bool(left >= right)
    raise AssertionError(operator)


def _between(node: ir.Between, parts: list[Any]) -> bool:
    """Both ends included; with ``not`` too, false when any of the three is missing."""
    value, low, high = parts
    if value is None or low is None or high is None:
        return False
    return bool(low <= value <= high) != node.negated


def _in_period(time: date, period: ir.Period, world: World) -> bool:
    """Does a date or an instant lie in a period, its start included and its end not?"""
    if isinstance(time, datetime):
        start, end = instant_bounds(period, world.as_of, world.zone)
        return start <= time < end
    first, behind = date_bounds(period, world.as_of, world.zone)
    return first <= time < behind


def _comes_round(day: date, period: ir.Period, world: World) -> bool:
    """Is a day of the period an anniversary of a day, in a later year than its own?"""
    first, behind = date_bounds(period, world.as_of, world.zone)
    years = range(max(day.year + 1, first.year), behind.year + 1)
    return any(first <= _anniversary(day, year) < behind for year in years)


def _anniversary(day: date, year: int) -> date:
    """29 February comes round to the 28th in other years."""
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def _matches(node: ir.Match, text: str) -> bool:
    match node.word:
        case "contains":
            return node.needle in text
        case "starts with":
            return text.startswith(node.needle)
        case "ends with":
            return text.endswith(node.needle)
        case "matches":
            return re.fullmatch(_pattern(node.needle), text, re.DOTALL) is not None
        case _:
            assert_never(node.word)


def _pattern(needle: str) -> str:
    """The pattern as a regular expression: ``*`` any run, ``?`` one code point, a backslash before either: itself."""
    words = {"*": ".*", "?": ".", "\\*": r"\*", "\\?": r"\?"}
    return "".join(words.get(part) or re.escape(part) for part in re.findall(r"\\[*?]|.", needle, re.DOTALL))


def _convert(node: ir.Convert, value: Any, world: World) -> Value:
    if value is None:
        return None
    match node.value.type.kind, node.type.kind:
        case (Kind.INT, Kind.WHOLE) | (Kind.INT, Kind.FLOAT) | (Kind.WHOLE, Kind.FLOAT) | (Kind.DECIMAL, Kind.FLOAT):
            return float(value)
        case (Kind.INT, Kind.DECIMAL) | (Kind.DECIMAL, Kind.DECIMAL):
            return fit(Decimal(value), node.type)
        case (Kind.WHOLE, Kind.INT) | (Kind.DECIMAL, Kind.INT):
            return int(value) if abs(value) <= MAX_INT else None
        case (Kind.FLOAT, Kind.DECIMAL):
            return decimal_of_float(value, node.type)
        case (Kind.DATE, Kind.TIMESTAMP):
            return world.zone.begin(value)
    raise AssertionError((node.value.type, node.type))


def record_of(rows: Rows, row: ir.Row) -> Record:
    """The row that a row variable stands for; a group has no fields."""
    record = rows[row.depth]
    assert isinstance(record, Record), row
    return record


def _entity(rows: Rows) -> Record:
    entity = rows[0]
    assert isinstance(entity, Record), entity
    return entity


def _for_nobody(node: ir.Expr) -> Value:
    """What is said of a row that is not there: a condition is false, a value missing."""
    return False if node.type.kind is Kind.BOOL and not node.optional else None


def kept_rows(node: ir.Aggregate, rows: Rows, world: World) -> Iterator[Rows]:
    """The rows that hang on ``outer``, in the period, for which the condition holds: each as the last of the rows around it."""
    for record in world.rows_of(rows[node.outer.depth], node.row.of):
        around = rows[: node.row.depth]
        if isinstance(around[0], Group) and around[0].value is None:
            # Of everybody's rows each has its own customer.
            around = (world.entity_of(record), *around[1:])
        inner = (*around, record)
        if _is_kept(record, inner, node.period, node.where, world):
            yield inner


def _is_kept(record: Record, inner: Rows, period: ir.Period | None, where: ir.Expr | None, world: World) -> bool:
    if period is not None:
        time = world.time(record)
        if time is None or not _in_period(time, period, world):
            return False
    return where is None or holds(where, inner, world)


def of_rows(node: ir.Aggregate, kept: Iterable[Rows], rows: Rows, world: World) -> Value:
    """What an aggregate makes of the rows that it keeps, or of their groups; ``rows`` are those around it.

    A row whose join finds several parents is several records; seen from above them all it counts once for each customer
    whose it is.
    """
    if node.per is not None:
        return aggregate(node, [Kept(None, None, ()) for _ in _kept_groups(node, node.per, kept, rows, world)])
    found: dict[object, Kept] = {}
    for inner in kept:
        record = record_of(inner, node.row)
        which = (world.entity_of(record).identity, record.identity)
        if which not in found:
            value = None if node.value is None else evaluate(node.value, inner, world)
            found[which] = Kept(value, world.time(record), world.key(record))
    return aggregate(node, list(found.values()))


def _kept_groups(node: ir.Aggregate, per: ir.Expr, kept: Iterable[Rows], rows: Rows, world: World) -> Iterator[Group]:
    for group, _ in groups(node.row, per, kept, world):
        if node.having is None or holds(node.having, (*rows[: node.row.depth], group), world):
            yield group


def groups(row: ir.Row, per: ir.Expr, kept: Iterable[Rows], world: World) -> list[tuple[Group, list[Rows]]]:
    """Rows by what ``per`` is worth for them, those where it is missing in no group; with each group, its rows as they came."""
    found: dict[Value, list[Rows]] = {}
    for inner in kept:
        value = evaluate(per, inner, world)
        if value is not None:
            found.setdefault(value, []).append(inner)
    return [
        (Group(row.of, value, tuple(record_of(inner, row) for inner in members)), members)
        for value, members in found.items()
    ]


def _previous(node: ir.Previous, rows: Rows, world: World) -> Value:
    before = world.row_before(record_of(rows, node.row))
    if before is None:
        return None
    return evaluate(node.value, (*rows[: node.row.depth], before, *rows[node.row.depth + 1 :]), world)


def _is_followed(node: ir.Follow, rows: Rows, world: World) -> bool:
    """Is there one of the customer's rows strictly later (or earlier), but not by too much?"""
    record = record_of(rows, node.row)
    time = world.time(record)
    if time is None:
        return False
    for other in world.siblings(record, node.inner.of):
        its = world.time(other)
        if its is None:
            continue
        gap = its - time if node.forward else time - its
        if gap <= timedelta(0) or (node.within is not None and gap > timedelta(microseconds=node.within)):
            continue
        if _is_kept(other, (*rows[: node.inner.depth], other), node.period, node.where, world):
            return True
    return False


def values_of(node: ir.Expr, records: Iterable[Record], world: World) -> dict[Value, Value]:
    """What an expression over the entity is worth, by the entity's key."""
    return {world.entity_key(record): evaluate(node, (record,), world) for record in records}
