"""Scalars of a plan as sqlglot nodes, by a dialect's tables.

Missing values follow `segdsl.planning.plan`: `Writer.condition` may come out as NULL where the node is no more than a filter,
`Writer.value` never does for a condition. Time becomes literal here, through `segdsl.semantics.time` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TypeVar, assert_never

from sqlglot import exp

from segdsl.backends import anniversaries
from segdsl.backends.sql import nodes
from segdsl.backends.sql.binding import Held, is_given
from segdsl.backends.sql.dialect import Dialect, Thunk
from segdsl.backends.sql.nodes import Node
from segdsl.diagnostics import SegdslError
from segdsl.errors import backends as errors
from segdsl.semantics import ir, time
from segdsl.types import DATE, INT, STRING, TIMESTAMP, Kind, Type

DOUBLES = (Kind.WHOLE, Kind.FLOAT)
_SURE_DIGITS = 15
"""Decimal digits that a double always keeps, so that an engine may read a literal of so many as an exact number first."""

_WITH_TEXTS = frozenset({"replace", "place", "label"})
"""Overloads whose options are texts, all of them values and not words of the language."""

_Start = TypeVar("_Start", date, datetime)


@dataclass(frozen=True, slots=True)
class Moments:
    """What symbolic time is resolved with. ``held``: where the values that a text gives are kept, in place of which the statement
    has placeholders (None: they are written as literals)."""

    as_of: datetime
    zone: time.Zone
    held: Held | None = None


class Writer:
    """``column`` finds the SQL of an `ir.Col`."""

    def __init__(self, dialect: Dialect, moments: Moments, column: Callable[[ir.Col], Node]) -> None:
        self.dialect = dialect
        self.moments = moments
        self._column = column

    # -- what lowerings ask for -------------------------------------------------------------------------------------

    def value(self, node: ir.Expr) -> Node:
        """The node as a value: a condition comes out true or false."""
        if may_be_unknown(node):
            return nodes.coalesce(self.lower(node), exp.false())
        return self.lower(node)

    def condition(self, node: ir.Expr) -> Node:
        """The node where only true counts: it may come out as unknown instead of false."""
        return self.lower(node)

    def aligned(self, node: ir.Expr, type_: Type) -> Node:
        """A decimal as one of another decimal type that holds all its values; anything else as it is."""
        if node.type.kind is not Kind.DECIMAL or type_.kind is not Kind.DECIMAL or node.type.scale == type_.scale:
            return self.value(node)
        if isinstance(node, ir.Literal):
            return self._literal(node, type_)
        return self.dialect.align(self.value(node), node.type, type_)

    def pair(self, left: ir.Expr, right: ir.Expr) -> tuple[Node, Node]:
        """Two operands of one kind. Of two doubles, one that is sure to be one suffices: beside it, engines convert whole numbers
        themselves and take a plain literal for a double."""
        if left.type.kind not in DOUBLES:
            return self.value(left), self.value(right)
        plain = self._plain(right)
        if plain is not None and not isinstance(left, ir.Literal):
            return self.value(left), plain
        plain = self._plain(left)
        if plain is not None and not isinstance(right, ir.Literal):
            return plain, self.value(right)
        whole = _whole_inside(right)
        if whole is not None and not isinstance(left, ir.Literal):
            return self.value(left), self.value(whole)
        whole = _whole_inside(left)
        if whole is not None and not isinstance(right, ir.Literal):
            return self.value(whole), self.value(right)
        return self.value(left), self.value(right)

    def converted(self, value: Thunk, source: Type, target: Type) -> Node:
        return self.dialect.conversions[source.kind, target.kind](self, value, source, target)

    def cast(self, node: Node, type_: Type) -> Node:
        return nodes.cast(node, self.dialect.type_name(type_))

    def constant(self, value: object, type_: Type) -> Node:
        if value is None:
            nothing = self.dialect.nothing
            return self.cast(exp.null(), type_) if nothing is None else nothing(type_)
        return self.dialect.literals[type_.kind](value, type_)

    def text(self, value: str) -> Node:
        return self.constant(value, STRING)

    def length(self, value: str) -> Node:
        """How many characters a text has."""
        return nodes.number(len(value))

    def day(self, value: date) -> Node:
        return self.constant(value, DATE)

    def instant(self, value: datetime) -> Node:
        return self.constant(value, TIMESTAMP)

    def given(self, value: object, type_: Type, origin: Hashable, *, of: Hashable | None = None) -> Node:
        """A value that a text gives, or that follows from when it is evaluated: a placeholder, or else a literal. ``origin``: where it
        is from, whatever it is; ``of``: the list that it is an item of."""
        held = self.moments.held
        if held is None or value is None or isinstance(value, bool):
            return self.constant(value, type_)
        return self.dialect.held(held.place(origin, value, type_, of), self.dialect.type_name(type_))

    def holds(self, node: ir.Literal) -> bool:
        """Does a constant become a placeholder? Then nothing may hang on what it is."""
        return self.moments.held is not None and is_given(node) and not isinstance(node.value, bool | None)

    def _literal(self, node: ir.Literal, type_: Type) -> Node:
        if not self.holds(node):
            return self.constant(node.value, type_)
        return self.given(node.value, type_, _origin(node))

    def follows(self, node: ir.Expr, what: str, number: int) -> Node:
        """A whole number that follows from a node whose value is `known`."""
        return self.given(number, INT, (what, *_origin(node)))

    def known(self, node: ir.Expr) -> datetime | date | None:
        """The time that a node is, if it is a constant. What is written must not hang on it: see `follows`."""
        match node:
            case ir.Literal(value=datetime() | date() as value):
                return value
            case ir.Instant(moment=moment):
                with _InsideCalendar(node, "this time"):
                    if node.type.kind is Kind.DATE:
                        return time.resolve_day(moment, self.moments.as_of, self.moments.zone)
                    return time.resolve(moment, self.moments.as_of, self.moments.zone)
            case _:
                return None

    def local(self, node: ir.Expr) -> Node:
        """An instant's reading of the clock in the schema's zone."""
        zone = self.moments.zone
        steps = list(zip(zone.starts, zone.offsets, strict=True))
        return self._shifted(
            self.value(node), steps, lambda start: nodes.compare("<", self.value(node), self.instant(start))
        )

    def beginning(self, day: Thunk, midnight: Node) -> Node:
        """The instant at which a day begins in the schema's zone; ``midnight`` is its beginning in UTC."""
        steps = [(start, -offset) for start, offset in _beginnings(self.moments.zone)]
        return self._shifted(midnight, steps, lambda start: nodes.compare("<", day(), self.day(start)))

    def _shifted(self, value: Node, steps: Sequence[tuple[_Start, int]], before: Callable[[_Start], Node]) -> Node:
        """``value`` moved by as many seconds as stand at the last step that has begun."""
        if len(steps) == 1:
            seconds = steps[0][1]
            return self.dialect.add_seconds(value, nodes.number(seconds)) if seconds else value
        return self.dialect.add_seconds(value, _search(steps, before, self.dialect.capabilities.branches))

    # -- the nodes ------------------------------------------------------------------------------------------------

    def lower(self, node: ir.Expr) -> Node:
        """One node; its parts through `value` and `condition`."""
        dialect = self.dialect
        match node:
            case ir.Literal():
                return self._literal(node, node.type)
            case ir.Instant():
                return self.given(self.known(node), node.type, _origin(node))
            case ir.Col():
                return self._column(node)
            case ir.Call(overload=overload) if overload in _WITH_TEXTS:
                return dialect.calls[overload](_Giving(self, node), node)
            case ir.Call(overload=overload):
                return dialect.calls[overload](self, node)
            case ir.Convert(value=value):
                if isinstance(value, ir.Call) and dialect.narrows(node):
                    return dialect.narrowed[value.overload](self, value, node.type)
                inner = value
                return self.converted(lambda: self.value(inner), inner.type, node.type)
            case ir.InRange():
                return dialect.in_range(self, node)
            case ir.If(condition=condition, then=then, otherwise=otherwise):
                return nodes.when(
                    self.condition(condition),
                    self.aligned(then, node.type),
                    None if otherwise is None else self.aligned(otherwise, node.type),
                )
            case ir.Compare():
                return dialect.compare(self, node)
            case ir.InList():
                return dialect.in_list(_Giving(self, node, is_list=True), node)
            case ir.InPeriod():
                return self._in_period(node)
            case ir.Match(negated=negated):
                found = self._match(node)
                return nodes.not_(found) if negated else found
            case ir.ListHas():
                found = dialect.lists.has(_Giving(self, node, is_list=True), node)
                return nodes.not_(found) if node.negated else found
            case ir.Anniversary():
                return self._anniversary(node)
            case ir.IsMissing(value=value, negated=negated) if value.type.kind is Kind.LIST:
                found = dialect.lists.is_empty(self, value)
                return nodes.not_(found) if negated else found
            case ir.IsMissing(value=value, negated=negated):
                return (nodes.is_present if negated else nodes.is_null)(self.value(value))
            case ir.Truth(value=value, negated=negated):
                return nodes.not_(self.value(value)) if negated else self.value(value)
            case ir.All(items=items):
                return nodes.all_of(self.condition(item) for item in items)
            case ir.Any(items=items):
                return nodes.any_of(self.condition(item) for item in items)
            case ir.Not(item=item):
                return nodes.not_(self.value(item))
            case ir.Bound(value=value, side=side):
                with _InsideCalendar(node, "a period"):
                    limit = time.bound(node, self.moments.as_of, self.moments.zone)
                origin = ("bound", side, node.moment, node.whole_days, node.span)
                return nodes.compare(
                    ">=" if side == "from" else "<", self.value(value), self.given(limit, value.type.plain, origin)
                )
            case (
                ir.FieldRef()
                | ir.TraitColumn()
                | ir.Use()
                | ir.RowUse()
                | ir.Previous()
                | ir.GroupValue()
                | ir.Aggregate()
                | ir.Follow()
                | ir.Past()
                | ir.Overall()
                | ir.Rank()
                | ir.PairRank()
                | ir.RankValue()
                | ir.Between()
                | ir.NoRow()
            ):
                raise AssertionError(f"{type(node).__name__} in a plan")
            case _:
                assert_never(node)

    def _in_period(self, node: ir.InPeriod) -> Node:
        moments = self.moments
        with _InsideCalendar(node, f"'{node.period.text}'" if node.period.text else "a period"):
            bounds: Iterable[date | datetime]
            if node.value.type.kind is Kind.DATE:
                bounds = time.date_bounds(node.period, moments.as_of, moments.zone)
            else:
                bounds = time.instant_bounds(node.period, moments.as_of, moments.zone)
        start, end = (
            self.given(limit, node.value.type.plain, (side, node.period, node.span))
            for side, limit in zip(("from", "before"), bounds, strict=True)
        )
        if node.negated:
            return nodes.any_of(
                (nodes.compare("<", self.value(node.value), start), nodes.compare(">=", self.value(node.value), end))
            )
        return nodes.all_of(
            (nodes.compare(">=", self.value(node.value), start), nodes.compare("<", self.value(node.value), end))
        )

    def _anniversary(self, node: ir.Anniversary) -> Node:
        parts: dict[str, int] = {}
        with _InsideCalendar(node, f"'{node.period.text}'" if node.period.text else "a period"):
            if self.moments.held is None:
                condition = anniversaries.written_out(node, self.moments.as_of, self.moments.zone)
            else:
                condition, parts = anniversaries.for_any_instant(node, self.moments.as_of, self.moments.zone)

        def column(col: ir.Col) -> Node:
            if col.name not in parts:
                return self.value(node.value)
            return self.given(parts[col.name], INT, ("anniversary", col.name, node.period, node.span))

        return Writer(self.dialect, self.moments, column).condition(condition)

    def _match(self, node: ir.Match) -> Node:
        word: str = node.word
        needle = node.needle
        if word == "matches":
            word, needle = simple_pattern(needle)
        if word not in ("matches", "=") and not needle:
            # Every text contains, and begins and ends with, the empty one.
            return nodes.compare("=", self.value(node.value), self.value(node.value))
        if word == "=":
            given = _Giving(self, node).constant(needle, node.value.type.plain)
            return nodes.compare("=", self.value(node.value), given)
        return self.dialect.matches[word](_Giving(self, node), node.value, needle)

    def _plain(self, node: ir.Expr) -> Node | None:
        """A number as it is written beside a double."""
        match node:
            case ir.Literal(value=int() | float() as value) if not isinstance(value, bool) and not self.holds(node):
                return nodes.number(plain_double(value))
            case ir.Convert(value=ir.Literal(value=int(value)) as inner) if not self.holds(inner):
                return nodes.number(value)
            case _:
                return None


class _Giving(Writer):
    """Another, for the lowering of one node whose constants are values of the text. What it is made of is not its own."""

    def __init__(
        self, writer: Writer, node: ir.InList | ir.ListHas | ir.Match | ir.Call, *, is_list: bool = False
    ) -> None:
        super().__init__(writer.dialect, writer.moments, writer.lower)
        self._writer = writer
        self._origin = (node.span, node.call)
        self._list = ("list", *self._origin) if is_list else None
        held = writer.moments.held
        self._is_literal = not is_given(node) or held is None or self._list in held.written

    def lower(self, node: ir.Expr) -> Node:
        return self._writer.lower(node)

    def constant(self, value: object, type_: Type) -> Node:
        if self._is_literal:
            return self._writer.constant(value, type_)
        return self._writer.given(value, type_, (*self._origin, value), of=self._list)

    def length(self, value: str) -> Node:
        return super().length(value) if self._is_literal else nodes.call("LENGTH", self.text(value))


def _origin(node: ir.Expr) -> tuple[Hashable, ...]:
    """Where a constant is from, whenever it is evaluated."""
    if isinstance(node, ir.Literal):
        return (node.span, node.call, node.value)
    return (node.span, node.call, node)


def may_be_unknown(node: ir.Expr) -> bool:
    """Can the lowering of a condition come out as NULL? False for a node that is a value."""
    match node:
        case ir.Compare(left=left, right=right):
            return left.optional or right.optional
        case ir.InList(value=value) | ir.InPeriod(value=value) | ir.Match(value=value) | ir.Truth(value=value):
            return value.optional
        case ir.Bound(value=value) | ir.Anniversary(value=value):
            return value.optional
        case ir.All(items=items) | ir.Any(items=items):
            return any(may_be_unknown(item) for item in items)
        case _:
            return False


def simple_pattern(pattern: str) -> tuple[str, str]:
    """``("starts with", "ab")`` for ``ab*``, ``("=", "ab")`` for ``ab`` and so on; ``("matches", pattern)`` where no plainer word
    says the same."""
    parts = pattern_parts(pattern)
    stars = [index for index, part in enumerate(parts) if part == ("*",)]
    texts = ["".join(part[1]) for part in parts if len(part) == 2]
    if any(part == ("?",) for part in parts):
        return "matches", pattern
    last = len(parts) - 1
    match stars, len(texts):
        case [], _:
            return "=", "".join(texts)
        case [0], 0:
            return "contains", ""
        case [0], 1:
            return "ends with", texts[0]
        case [index], 1 if index == last:
            return "starts with", texts[0]
        case [0, index], 1 if index == last:
            return "contains", texts[0]
        case _:
            return "matches", pattern


def pattern_parts(pattern: str) -> list[tuple[str] | tuple[str, str]]:
    """A pattern as ``("*",)``, ``("?",)`` and ``("text", "ab")``; runs of stars are one."""
    parts: list[tuple[str] | tuple[str, str]] = []
    escaped = False
    for character in pattern:
        if not escaped and character == "\\":
            escaped = True
            continue
        if not escaped and character in "*?":
            if character == "?" or not parts or parts[-1] != ("*",):
                parts.append((character,))
        elif parts and len(parts[-1]) == 2:
            parts[-1] = ("text", parts[-1][1] + character)
        else:
            parts.append(("text", character))
        escaped = False
    return parts


def plain_double(value: float) -> str:
    """How a double may be written beside another one."""
    if value == int(value) and abs(value) < 10**_SURE_DIGITS:
        return str(int(value))
    written = repr(value)
    if "e" in written or len(written.replace("-", "").replace(".", "").strip("0")) <= _SURE_DIGITS:
        return written
    return f"{written}e0"


def _whole_inside(node: ir.Expr) -> ir.Expr | None:
    """The whole number that a node makes a double of."""
    if isinstance(node, ir.Convert) and node.value.type.kind is Kind.INT and node.type.kind in DOUBLES:
        return node.value
    return None


def _search(steps: Sequence[tuple[_Start, int]], before: Callable[[_Start], Node], branches: int) -> Node:
    """A search among steps in so many branches, as nested CASEs."""
    if len(steps) == 1:
        return nodes.number(steps[0][1])
    count = min(branches, len(steps))
    starts = [len(steps) * branch // count for branch in range(count + 1)]
    found = [_search(steps[start:end], before, branches) for start, end in pairwise(starts)]
    limits = [before(steps[start][0]) for start in starts[1:-1]]
    return nodes.case(list(zip(limits, found[:-1], strict=True)), found[-1])


def _beginnings(zone: time.Zone) -> list[tuple[date, int]]:
    """From which day on days begin how many seconds after midnight UTC, negated: midnight minus beginning."""
    first = zone.starts[0].date() - timedelta(days=3)
    steps = [(first, _early(zone, first))]
    for start in zone.starts[1:]:
        for shift in range(-3, 4):
            day = start.date() + timedelta(days=shift)
            if day > steps[-1][0] and _early(zone, day) != steps[-1][1]:
                steps.append((day, _early(zone, day)))
    return steps


def _early(zone: time.Zone, day: date) -> int:
    """How many seconds before midnight UTC a day begins."""
    return round((datetime(day.year, day.month, day.day) - zone.begin(day)).total_seconds())


class _InsideCalendar:
    """A time that cannot be reached is the user's mistake, at the node's place."""

    def __init__(self, node: ir.Expr, what: str) -> None:
        self.node = node
        self.what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OverflowError):
            raise SegdslError([errors.outside_calendar(self.what, self.node.span)]) from None
