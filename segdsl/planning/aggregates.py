"""Aggregates over rows: which rows, grouped by what, and what is made of the groups.

In: an aggregate and the place that it is asked for in. Out: a scalar over the frame of that place. The rows are those of a
relation that belong to a row (or to the entity), grouped by the columns that tie them to it, the result attached to that
row's frame; rows that are tied by comparisons alone, and groups, are gathered in `segdsl.planning.pairs`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from segdsl.planning import beyond, groups, names, pairs
from segdsl.planning.env import Around, Env, Gathered
from segdsl.planning.frames import Aggregated, Frame, Groups
from segdsl.planning.scalars import conjuncts, free_rows
from segdsl.records import record
from segdsl.semantics import ir
from segdsl.types import FLOAT, INT, MAX_DIGITS, MAX_MILLIONTHS, Kind, Type, decimal

if TYPE_CHECKING:
    from segdsl.planning.columns import Builder

_ZERO = Decimal(0)
_MORE_DIGITS = 10
"""How many digits more than its values a sum has."""


def aggregate(builder: Builder, expr: ir.Aggregate, env: Env) -> ir.Expr:
    if expr.function in ("any", "none") and not _is_related(builder, expr, env):
        found = beyond.seek(builder, expr, env)
        if found is not None:
            # Whether there is one is a test of something that may be missing: there is none where it is not met.
            holds = builder.computed(env.frame, found, f"any_{expr.row.of}", condition=True).ref
            return holds if expr.function == "any" else ir.Not(holds)
    rows = gather(builder, expr, env)
    if expr.per is not None:
        return groups.count_groups(builder, expr, rows)
    if expr.function == "streak":
        return groups.streak(builder, expr, rows)
    return over(builder, expr, rows)


# -- which rows -----------------------------------------------------------------------------------------------------


def gather(builder: Builder, expr: ir.Aggregate, env: Env, by_key: bool = False) -> Gathered:
    """The rows that an aggregate goes over. ``by_key``: each once for every outer row that it belongs to, which its key tells."""
    if not _is_related(builder, expr, env):
        return pairs.gather(builder, expr, env)
    below, beyond = env.rows[expr.outer], _beyond(env, expr.outer)
    relation, outer = expr.row.of, expr.outer.of
    way = builder.way_up(relation, outer)
    around = Env(builder.frame(outer), outer, beyond)

    def back(value: ir.Expr) -> ir.Expr:
        return builder.at(env.frame, env.owner, below, lambda _frame, _owner: value)

    if builder.climbs(relation, way):
        above = {row: (*way, *path) for row, path in beyond.items()}
        return _with_one_parent(builder, expr, above, around, back, by_key=False)
    if _asks_around(builder, expr):
        return _with_several_parents(builder, expr, around, back)
    # Rows of a table without a key are told apart by what joins them alone.
    has_key = bool(around.frame.key)
    return _with_one_parent(builder, expr, {}, around, back, has_key and (by_key or expr.per is not None))


def _beyond(env: Env, outer: ir.Row) -> dict[ir.Row, ir.Path]:
    """The rows that can be reached from an outer row, each with the way there."""
    below = env.rows[outer]
    return {row: path[len(below) :] for row, path in env.rows.items() if path[: len(below)] == below}


def _is_related(builder: Builder, expr: ir.Aggregate, env: Env) -> bool:
    """Is everything that the aggregate asks for on the way up from its rows?"""
    if expr.outer.grouped or expr.outer not in env.rows:
        return False
    return free_rows(expr, builder.entity_row) <= _beyond(env, expr.outer).keys()


def _asks_around(builder: Builder, expr: ir.Aggregate) -> bool:
    """Does the aggregate ask for anything that does not hang on its own rows?"""
    asked = (part for part in (expr.value, expr.where, expr.per, expr.having) if part is not None)
    own = {expr.row, ir.Row(expr.row.depth, expr.row.of, grouped=True)}
    return any(free_rows(part, builder.entity_row) - own for part in asked)


def _with_one_parent(
    builder: Builder,
    expr: ir.Aggregate,
    above: dict[ir.Row, ir.Path],
    outer: Env,
    back: Callable[[ir.Expr], ir.Expr],
    by_key: bool,
) -> Gathered:
    """Rows that are read with all that lies above them."""
    relation = expr.row.of
    way = builder.way_up(relation, outer.owner)
    frame = builder.frame(relation)
    inner = Env(frame, relation, {expr.row: (), **above})
    groups: Frame | None = None
    if builder.is_own_group(way):
        groups = outer.frame
        assert isinstance(groups.rows, Groups)
        located, ids, outer_ids = groups.rows.frame, groups.rows.by, groups.key
    else:
        located, ids = builder.located(relation, outer.owner, key=by_key)
        outer_ids = outer.frame.key if by_key else builder.outer_columns(relation, outer.owner)

    def lift(value: ir.Expr, name: str = "value") -> ir.Expr:
        return builder.lifted(located, frame, value, name)

    env = inner
    if located is not frame:
        lifted = Around(inner, lambda value: builder.mapped(value, lambda column: lift(column.ref)))
        env = Env(located, relation, {}, (lifted,))
    return Gathered(
        relation,
        located,
        ids,
        outer,
        outer_ids,
        env,
        read=lambda asked: lift(builder.scalar(asked, inner)),
        ask=lambda asked: tuple(lift(part, "kept") for part in conjuncts(builder.condition(asked, inner))),
        own=lift,
        filters=tuple(lift(part, "kept") for part in builder.narrowing(relation, inner)),
        back=back,
        name=f"{builder.root(relation)}_by_{builder.root(outer.owner)}",
        groups=groups,
    )


def _with_several_parents(
    builder: Builder, expr: ir.Aggregate, outer: Env, back: Callable[[ir.Expr], ir.Expr]
) -> Gathered:
    """Rows that may belong to several outer rows, and that are asked for something of the outer one: each once for each."""
    relation = expr.row.of
    located, ids = builder.located(relation, outer.owner, key=True)
    on = tuple(zip(ids, outer.frame.key, strict=True))
    frame = builder.frame(relation)
    inner = Env(frame, relation, {expr.row: ()})

    def lift(value: ir.Expr, name: str = "value") -> ir.Expr:
        return builder.lifted(located, frame, value, name)

    env = Env(
        located,
        relation,
        {},
        (
            Around(inner, lambda value: builder.mapped(value, lambda column: lift(column.ref))),
            Around(outer, lambda value: builder.attached(located, value, on)),
        ),
    )
    return Gathered(
        relation,
        located,
        ids,
        outer,
        outer.frame.key,
        env,
        read=lambda asked: builder.scalar(asked, env),
        ask=lambda asked: conjuncts(builder.condition(asked, env)),
        own=lift,
        filters=tuple(lift(part, "kept") for part in builder.narrowing(relation, inner)),
        back=back,
        name=f"{builder.root(relation)}_by_{builder.root(outer.owner)}",
    )


def kept(builder: Builder, expr: ir.Aggregate, rows: Gathered) -> list[ir.Expr]:
    """All that keeps a row: that it shows, its period, its condition."""
    parts = list(rows.filters)
    if expr.where is not None:
        parts.extend(rows.ask(expr.where))
    parts.extend(in_period(builder, expr.period, rows))
    return parts


def in_period(builder: Builder, period: ir.Period | None, rows: Gathered) -> list[ir.Expr]:
    """That the rows happened in a period; that they happened before ``as_of`` need not be said."""
    if period is None:
        return []
    happened = builder.time(rows.relation)
    assert happened is not None
    time, at = rows.own(happened), builder.period(period)
    found: list[ir.Expr] = [ir.Bound(time, "from", at.start, at.whole_days)]
    if not (period.end == ir.AS_OF and not period.whole_days):
        found.append(ir.Bound(time, "before", at.end, at.whole_days))
    return found


# -- what is made of them -------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Maker:
    """Makes columns of groups: aggregates of some rows, each brought to where it is asked for."""

    builder: Builder
    expr: ir.Aggregate
    rows: Gathered
    groups: Frame
    filters: frozenset[ir.Expr]
    bring: Callable[[ir.Expr], ir.Expr] = field(hash=False)

    def __call__(
        self,
        function: str,
        type: Type,
        value: ir.Expr | None,
        optional: bool,
        *,
        percent: Decimal | None = None,
    ) -> ir.Expr:
        order: tuple[ir.Expr, ...] = ()
        tie = False
        if function in ("first", "last"):
            key = self.key()
            order, tie = (*self.time(), *key), not key
        source = Aggregated(function, type, value, self.filters, order, tie, percent=percent)
        narrowed = self.builder.root(self.rows.relation) != self.rows.relation
        name = names.aggregate(function, self.expr, self.rows.relation, narrowed)
        return self.bring(self.builder.columns.column(self.groups, source, type, optional, name).ref)

    def time(self) -> tuple[ir.Expr, ...]:
        time = self.builder.time(self.rows.relation)
        return () if time is None else (self.rows.own(time),)

    def key(self) -> tuple[ir.Expr, ...]:
        origin = self.builder.frame(self.rows.relation)
        # Of the groups of one customer, the customer's key tells nothing.
        key = origin.key[1:] if isinstance(origin.rows, Groups) and not self.rows.everyone else origin.key
        return tuple(self.rows.own(part) for part in key)


def maker(builder: Builder, expr: ir.Aggregate, rows: Gathered) -> Maker:
    filters = kept(builder, expr, rows)
    if rows.groups is not None:
        assert isinstance(rows.groups.rows, Groups)
        own = [part for part in filters if part not in rows.groups.rows.where]
        return Maker(builder, expr, rows, rows.groups, frozenset(own), rows.back)
    by_names = names.distinct(tuple(builder.columns[value].name for value in rows.ids))
    groups = builder.grouping(rows.frame, rows.ids, by_names, name=rows.name)
    on = tuple(zip(rows.outer_ids, groups.key, strict=True))

    def bring(value: ir.Expr) -> ir.Expr:
        return rows.back(builder.attach(rows.outer.frame, builder.columns[value], on))

    return Maker(builder, expr, rows, groups, frozenset(filters), bring)


class Make(Protocol):
    """Makes an aggregation of some rows, and brings it to where it is asked for."""

    def __call__(
        self, function: str, type: Type, value: ir.Expr | None, optional: bool, *, percent: Decimal | None = None
    ) -> ir.Expr: ...


def over(builder: Builder, expr: ir.Aggregate, rows: Gathered) -> ir.Expr:
    """The aggregate of the rows gathered."""
    value = None if expr.value is None else rows.read(expr.value)
    return made(expr, value, maker(builder, expr, rows))


def made(expr: ir.Aggregate, value: ir.Expr | None, make: Make) -> ir.Expr:
    """What an aggregate is, in aggregations that writers know."""
    one, zero = ir.Literal(1, type=INT), ir.Literal(0, type=INT)
    match expr.function:
        case "count":
            return or_zero(make("count", INT, None, False))
        case "distinct":
            return or_zero(make("distinct", INT, value, False))
        case "any":
            return ir.Compare(">=", make("count", INT, None, False), one)
        case "none":
            return ir.Compare("=", or_zero(make("count", INT, None, False)), zero)
        case "sum":
            assert value is not None
            total = make("sum", expr.type, value, True)
            if value.type.kind is not Kind.DECIMAL or value.type.precision + _MORE_DIGITS <= MAX_DIGITS:
                return or_zero(total)
            # So wide a sum may be missing for being too large: it is 0 only over nothing.
            present = make("count", INT, value, False)
            some = ir.Compare(">=", present, one)
            return ir.If(some, total, ir.Literal(_ZERO, type=expr.type), type=expr.type, optional=True)
        case "avg":
            assert value is not None
            total = make("sum", sum_type(value.type), value, True)
            counted = in_millionths(value) if value.type.kind is Kind.FLOAT else value
            present = make("count", INT, counted if counted.optional else None, False)
            return ir.Call("/", "divide_exact", (total, present), type=FLOAT, optional=True)
        case "percentile":
            return make("percentile", FLOAT, value, True, percent=expr.percent)
        case "min" | "max" | "first" | "last":
            return make(expr.function, expr.type, value, True)
        case _:
            raise AssertionError(expr.function)


def sum_type(value: Type) -> Type:
    """The static type of a sum: ten more digits than the value, floats in millionths."""
    match value.kind:
        case Kind.INT:
            return decimal(26, 0)
        case Kind.DECIMAL:
            return decimal(min(MAX_DIGITS, value.precision + _MORE_DIGITS), value.scale)
        case Kind.FLOAT:
            return decimal(29, 6)
        case _:
            raise AssertionError(value)


def in_millionths(value: ir.Expr) -> ir.Expr:
    """A float that a sum counts; missing where it is too large for one."""
    low, high = (ir.Literal(sign * MAX_MILLIONTHS, type=FLOAT) for sign in (-1, 1))
    small = ir.All((ir.Compare(">=", value, low), ir.Compare("<=", value, high)))
    return ir.If(small, value, None, type=FLOAT, optional=True)


def or_zero(value: ir.Expr) -> ir.Expr:
    """Nothing to count or add up is 0."""
    if not value.optional:
        return value
    zero = ir.Literal(0 if value.type.kind is Kind.INT else _ZERO, type=value.type)
    return ir.Call("coalesce", "coalesce", (value, zero), type=value.type)
