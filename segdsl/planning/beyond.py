"""Rows before and after other rows: the row before, sequences, and whatever asks for a row beyond a time.

In: an expression that asks for such a row, and the place that it is asked for in. Out: a scalar over that frame. Where it is
only asked whether there is a later or an earlier row, the time of the nearest one says so, and where a greater or smaller value
is asked of it, the extreme of all that lie beyond; nothing is paired then. Whatever ties rows otherwise is asked of pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Literal as OneOf

from segdsl.planning import names, pairs
from segdsl.planning.env import Around, Env
from segdsl.planning.frames import Aggregated, Extreme, Groups, Ordered
from segdsl.planning.scalars import conjuncts, free_rows
from segdsl.records import record
from segdsl.semantics import ir
from segdsl.semantics.simplify import simplify
from segdsl.types import DATE, INT, Kind

if TYPE_CHECKING:
    from segdsl.planning.columns import Builder

_DAY = 86_400_000_000
_EXTREMES = frozenset({Kind.INT, Kind.WHOLE, Kind.DECIMAL, Kind.FLOAT, Kind.DATE, Kind.TIMESTAMP})


def previous(builder: Builder, expr: ir.Previous, env: Env) -> ir.Expr:
    """A value in the row before, among the customer's rows that show."""
    relation = expr.row.of
    assert env.rows[expr.row] == ()
    frame, ids = builder.located(relation, builder.entity_row.of, key=True)
    assert frame is env.frame, f"a row of {relation} may belong to several"
    value = builder.computed(frame, builder.scalar(expr.value, env, simplified=True), "value")
    time = builder.time(relation)
    assert time is not None
    # Who comes later does not change who comes before; only what else shows at an earlier moment does.
    shown = [part for part in builder.narrowing(relation, env) if part != ir.Bound(time, "before", builder.moment)]
    key = frame.key[1:] if isinstance(frame.rows, Groups) else frame.key
    order = ((time, False), *((part, False) for part in key if part != time))
    source = Ordered("previous", ids, order, value.ref, frozenset(shown))
    return builder.columns.column(frame, source, expr.type, True, f"previous_{value.name}").ref


def follow(builder: Builder, expr: ir.Follow, env: Env) -> ir.Expr:
    """Is there a row after (before) this one? By the time of the nearest; where more than equalities ties the two, by pairs."""
    members = pairs.members_of(builder, expr.inner, builder.entity_row, env)
    parts = () if expr.where is None else conjuncts(simplify(expr.where, builder.zone))
    links, rest = pairs.links_of(builder, parts, expr.inner, members, env)
    mine = _time_of(builder, expr.row, env)
    its = builder.time(expr.inner.of)
    assert its is not None
    here = members.own(its)
    alone = {expr.inner, builder.entity_row}
    if not all(free_rows(part, builder.entity_row) <= alone for part in rest):
        return _follow_in_pairs(builder, expr, env, members, links, rest, mine, here)
    filters = [*members.filters, *_period_of(builder, expr.period, here)]
    inner = _with_entity(builder, expr.inner, members)
    for part in rest:
        filters.extend(conjuncts(builder.scalar(part, inner, simplified=True)))
    there = _Beyond(members, links, tuple(filters), here)
    nearest = _nearest(builder, there, mine, expr.forward, env)
    if expr.within is None:
        return ir.IsMissing(nearest, negated=True)
    return _within(nearest, mine, expr.within, expr.forward)


@record(frozen=True, slots=True)
class _Beyond:
    """Rows to look for after or before others: those that ``filters`` keep, by what links them and by ``time``."""

    members: pairs.Members
    links: list[tuple[ir.Expr, ir.Expr]]
    filters: tuple[ir.Expr, ...]
    time: ir.Expr


def _nearest(builder: Builder, there: _Beyond, time: ir.Expr, later: bool, env: Env) -> ir.Expr:
    """The time of the nearest of those rows strictly after (before) a time."""
    return _extreme(builder, there, time, later, "min" if later else "max", None, env)


def _extreme(
    builder: Builder,
    there: _Beyond,
    time: ir.Expr,
    later: bool,
    function: OneOf["min", "max"],
    value: ir.Expr | None,
    env: Env,
) -> ir.Expr:
    """The least or greatest value (None: time) of those rows strictly after (before) a time."""
    members = there.members
    where = there.filters if value is None else (*there.filters, ir.IsMissing(value, negated=True))
    by = tuple(dict.fromkeys((*members.ids, *(link for _, link in there.links), there.time)))
    wanted = tuple(builder.columns[builder.computed(members.frame, part, "time").ref].name for part in by)
    groups = builder.grouping(
        members.frame, by, names.distinct(wanted), where, rows_matter=True, name=f"{members.frame.name}_times"
    )
    keys = dict(zip(by, groups.key, strict=True))
    ties = (*zip(pairs.key_of(builder, builder.entity_row, env), members.ids, strict=True), *there.links)
    on = tuple(dict.fromkeys((builder.columns[one].uid, builder.columns[keys[other]].uid) for one, other in ties))
    its = builder.columns[keys[there.time]]
    target = its
    if value is not None:
        name = f"{function}_{builder.columns[value].name}"
        source = Aggregated(function, value.type, value, frozenset())
        target = builder.columns.column(groups, source, value.type, False, name)
    mine = builder.columns[builder.computed(env.frame, time, "time").ref]
    found = Extreme(target.uid, later, function, on, (mine.uid, its.uid))
    name = f"{'next' if later else 'last'}_{members.relation}"
    return builder.columns.column(env.frame, found, target.type, True, name).ref


def _with_entity(builder: Builder, row: ir.Row, members: pairs.Members) -> Env:
    """Where a row is read, together with the entity that it belongs to."""
    if members.env.reaches(builder.entity_row):
        return members.env
    on = tuple(zip(members.ids, builder.entity_frame.key, strict=True))
    entity = Around(builder.entity_env, lambda value: builder.attached(members.frame, value, on))
    return Env(members.frame, "", {}, (Around(members.env, lambda value: value), entity))


def _time_of(builder: Builder, row: ir.Row, env: Env) -> ir.Expr:
    """When a row that is at hand happened, as a column."""
    time = builder.time(row.of)
    assert time is not None
    return builder.columns[pairs.brought(builder, row, env, time, builder.frame(row.of))].ref


def _period_of(builder: Builder, period: ir.Period | None, time: ir.Expr) -> list[ir.Expr]:
    if period is None:
        return []
    at = builder.period(period)
    found: list[ir.Expr] = [ir.Bound(time, "from", at.start, at.whole_days)]
    return [*found, ir.Bound(time, "before", at.end, at.whole_days)]


def _within(other: ir.Expr, time: ir.Expr, within: int, forward: bool) -> ir.Expr:
    """Is another time no further than so many microseconds away?"""
    sign = 1 if forward else -1
    if time.type.kind is Kind.DATE:
        limit: ir.Expr = ir.Call("+", "shift_date", (time,), (sign * (within // _DAY),), type=DATE)
    else:
        limit = ir.Call("+", "shift_timestamp", (time,), (sign * within,), type=time.type)
    return ir.Compare("<=" if forward else ">=", other, limit)


def seek(builder: Builder, expr: ir.Aggregate, env: Env) -> ir.Expr | None:
    """Is there a row after, before or between times that this place has (``any``)? By the nearest time, or by the extreme of a
    value beyond a time; None where more than that is asked, or less."""
    happened = builder.time(expr.row.of)
    if expr.where is None or expr.per is not None or expr.outer.grouped or happened is None:
        return None
    if expr.outer != builder.entity_row:
        return None
    members = pairs.members_of(builder, expr.row, expr.outer, env)
    here = members.own(happened)
    parts = conjuncts(simplify(expr.where, builder.zone))
    alone: list[ir.Expr] = []
    ends: dict[str, tuple[str, ir.Expr]] = {}
    beside: list[tuple[str, ir.Expr, ir.Expr]] = []
    # Nothing that may be large is made before it is known to serve: who stands inside would make it again, and so on inward.
    for part in parts:
        if pairs.sides_of(builder, part, expr.row) is not None:
            continue
        if free_rows(part, builder.entity_row) <= {expr.row, builder.entity_row}:
            alone.append(part)
            continue
        sides = _ordered_sides(builder, part, expr.row)
        if sides is None:
            return None
        operator, inside, outside = sides
        if _is_read(inside) and builder.scalar(inside, members.env, simplified=True) == here:
            side = "from" if operator in (">", ">=") else "to"
            if side in ends:
                return None
            ends[side] = (operator, outside)
        else:
            beside.append(sides)
    if not ends or len(beside) > 1 or (beside and len(ends) > 1):
        return None
    links, _ = pairs.links_of(builder, parts, expr.row, members, env)
    inner = _with_entity(builder, expr.row, members)
    filters = [*members.filters, *_period_of(builder, expr.period, here)]
    for part in alone:
        filters.extend(conjuncts(builder.scalar(part, inner, simplified=True)))

    def bound(outside: ir.Expr) -> ir.Expr:
        return builder.computed(env.frame, builder.scalar(outside, env, simplified=True), "bound").ref

    bounds = {side: (bound(outside), operator) for side, (operator, outside) in ends.items()}
    there = _Beyond(members, links, tuple(filters), here)
    later = "from" in bounds
    limit, operator = bounds["from" if later else "to"]
    time = limit if operator in (">", "<") else _moved(limit, -1 if later else 1)
    if beside:
        sign, inside, outside = beside[0]
        other = bound(outside)
        value = builder.computed(members.frame, builder.scalar(inside, members.env, simplified=True), "value").ref
        best = _extreme(builder, there, time, later, "max" if sign in (">", ">=") else "min", value, env)
        return ir.Compare(sign, best, other)  # type: ignore[arg-type]
    nearest = _nearest(builder, there, time, later, env)
    if later and "to" in bounds:
        end, sign = bounds["to"]
        return ir.Compare(sign, nearest, end)  # type: ignore[arg-type]
    return ir.IsMissing(nearest, negated=True)


def _is_read(expr: ir.Expr) -> bool:
    """Is a value there to be read, and not made for this place?"""
    return isinstance(expr, ir.FieldRef | ir.RowUse)


def _ordered_sides(builder: Builder, part: ir.Expr, row: ir.Row) -> tuple[str, ir.Expr, ir.Expr] | None:
    """Of an order of something of a row and something that is not about it: the operator, and the two in that order."""
    if not isinstance(part, ir.Compare) or part.operator in ("=", "!="):
        return None
    if part.left.type.kind is not part.right.type.kind or part.left.type.kind not in _EXTREMES:
        return None
    left, right = (free_rows(side, builder.entity_row) for side in (part.left, part.right))
    if left == {row} and row not in right:
        return part.operator, part.left, part.right
    if right == {row} and row not in left:
        return ir.MIRRORED[part.operator], part.right, part.left
    return None


def _moved(time: ir.Expr, units: int) -> ir.Expr:
    """A time moved by the least that two times can differ by."""
    if time.type.kind is Kind.DATE:
        return ir.Call("+", "shift_date", (time,), (units,), type=DATE, optional=time.optional)
    return ir.Call("+", "shift_timestamp", (time,), (units,), type=time.type, optional=time.optional)


def _follow_in_pairs(
    builder: Builder,
    expr: ir.Follow,
    env: Env,
    members: pairs.Members,
    links: list[tuple[ir.Expr, ir.Expr]],
    rest: list[ir.Expr],
    mine: ir.Expr,
    its: ir.Expr,
) -> ir.Expr:
    key = pairs.key_of(builder, builder.entity_row, env)
    crossed = pairs.cross(builder, members, key, links, env, pairs.level_of(builder, expr))
    time, other = crossed.left(mine), crossed.right(its)
    filters: list[ir.Expr] = [ir.Compare(">" if expr.forward else "<", other, time)]
    if expr.within is not None:
        filters.append(_within(other, time, expr.within, expr.forward))
    filters.extend(crossed.right(part) for part in (*members.filters, *_period_of(builder, expr.period, its)))
    for part in rest:
        filters.extend(conjuncts(builder.scalar(part, crossed.env, simplified=True)))
    by_names = names.distinct(tuple(builder.columns[value].name for value in crossed.ids))
    groups = builder.grouping(crossed.frame, crossed.ids, by_names, name=f"{crossed.frame.name}_by_{env.frame.name}")
    source = Aggregated("count", INT, None, frozenset(filters))
    found = builder.columns.column(groups, source, INT, False, f"count_{expr.inner.of}")
    count = builder.attach(env.frame, found, tuple(zip(env.frame.key, groups.key, strict=True)))
    return ir.Compare(">=", count, ir.Literal(1, type=INT))
