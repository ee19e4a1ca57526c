"""Rows in company: rows seen from other rows, rows before and after, groups of rows, runs.

In: an expression that ties rows to one another, and the place that it is asked for in. Out: a scalar over that frame. In
general the rows of one frame are paired with those of another (equal in the customer and in whatever else is compared by
``=``), and the pairs are grouped by the outer row's key. Where it is only asked whether there is a later or an earlier row,
the time of the nearest one says so, and nothing is paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from segdsl.planning import aggregates, names
from segdsl.planning.env import Around, Env, Gathered, Group
from segdsl.planning.frames import Aggregated, Column, Extreme, Frame, Groups, Ordered, Paired, PairedRows
from segdsl.planning.scalars import conjuncts, free_rows
from segdsl.semantics import ir
from segdsl.semantics.simplify import simplify
from segdsl.semantics.walk import children
from segdsl.types import DATE, INT, WHOLE, Kind

if TYPE_CHECKING:
    from segdsl.planning.columns import Builder

_DAY = 86_400_000_000
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EXTREMES = frozenset({Kind.INT, Kind.WHOLE, Kind.DECIMAL, Kind.FLOAT, Kind.DATE, Kind.TIMESTAMP})
_LINKED = frozenset({Kind.INT, Kind.DECIMAL, Kind.STRING, Kind.DATE, Kind.TIMESTAMP, Kind.ANY})
"""Kinds by whose equality rows can be joined."""

# -- the row before -------------------------------------------------------------------------------------------------


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


# -- rows that other rows are paired with -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Members:
    """Rows with the columns that say to which outer row (or group) each belongs, before anything is asked of them. ``env`` is where
    ``row`` is read, over ``frame``."""

    relation: str
    frame: Frame
    ids: tuple[ir.Expr, ...]
    env: Env
    own: Callable[[ir.Expr], ir.Expr]
    filters: tuple[ir.Expr, ...]


def _members(builder: Builder, row: ir.Row, outer: ir.Row, env: Env) -> Members:
    """The rows that ``row`` can be, for each ``outer`` one."""
    if outer.grouped:
        return _members_of_group(builder, row, _group(env, outer))
    relation = row.of
    frame, ids = builder.located(relation, outer.of, key=True)
    origin = builder.frame(relation)
    rows: dict[ir.Row, ir.Path] = {row: ()}
    way = builder.way_up(relation, builder.entity_row.of)
    if builder.climbs(relation, way):
        rows[builder.entity_row] = way
    inner = Env(origin, relation, rows)

    def own(value: ir.Expr) -> ir.Expr:
        return builder.lifted(frame, origin, value, "value")

    at = inner
    if frame is not origin:
        lifted = Around(inner, lambda value: builder.mapped(value, lambda column: own(column.ref)))
        at = Env(frame, relation, {}, (lifted,))
    return Members(relation, frame, ids, at, own, tuple(own(part) for part in builder.narrowing(relation, inner)))


def _members_of_group(builder: Builder, row: ir.Row, group: Group) -> Members:
    """The rows of a group, or what descends from them."""
    source, groups = group.rows, group.rows.groups
    assert groups is not None and isinstance(groups.rows, Groups)
    inside = ir.Row(group.row.depth, group.row.of)
    if builder.root(row.of) == builder.root(source.relation):
        at = Env(source.frame, row.of, {}, (Around(_renamed(source.env, inside, row), lambda value: value),))
        narrowed = builder.narrowing(row.of, Env(builder.frame(row.of), row.of, {}))
        shown = tuple(source.own(part) for part in narrowed)
        ids = tuple(builder.computed(source.frame, part, "by").ref for part in groups.rows.by)
        return Members(row.of, source.frame, ids, at, source.own, (*groups.rows.where, *shown))
    below = _members(builder, row, inside, source.env)
    key = tuple(source.own(part) for part in builder.frame(source.relation).key)
    pairs = _pairs(builder, source.frame, below.frame, tuple(zip(key, below.ids, strict=True)), 0)

    def left(value: ir.Expr) -> ir.Expr:
        return _side(builder, pairs, "left", value)

    def right(value: ir.Expr) -> ir.Expr:
        return _side(builder, pairs, "right", value)

    return Members(
        row.of,
        pairs,
        tuple(builder.computed(pairs, left(part), "by").ref for part in groups.rows.by),
        Env(pairs, row.of, {}, (Around(below.env, right),)),
        lambda value: right(below.own(value)),
        (*(left(part) for part in groups.rows.where), *(right(part) for part in below.filters)),
    )


def _renamed(env: Env, old: ir.Row, new: ir.Row) -> Env:
    """The place where one row is read, under the name of another."""
    rows = {new if row == old else row: path for row, path in env.rows.items()}
    around = tuple(Around(_renamed(each.env, old, new), each.bring) for each in env.around)
    return replace(env, rows=rows, around=around)


def _group(env: Env, row: ir.Row) -> Group:
    """The groups that a row stands for one of, wherever they are read."""
    if env.group is not None and env.group.row == row:
        return env.group
    return _group(next(each.env for each in env.around if each.env.reaches(row)), row)


def gather(builder: Builder, expr: ir.Aggregate, env: Env) -> Gathered:
    """The rows of an aggregate that no steps lead to: those of a group, and those that are tied to rows by comparisons."""
    if env.group is not None and env.group.row == expr.outer and not _beside(builder, expr, env):
        return _of_group(builder, expr, env)
    members = _members(builder, expr.row, expr.outer, env)
    parts = () if expr.where is None else conjuncts(simplify(expr.where, builder.zone))
    links, rest = _links(builder, parts, expr.row, members, env)
    crossed = _crossed(builder, members, _key_of(builder, expr.outer, env), links, env, _level(builder, expr))
    place, pairs = crossed.env, crossed.frame
    where = tuple(part for each in rest for part in conjuncts(builder.scalar(each, place, simplified=True)))
    return Gathered(
        members.relation,
        pairs,
        crossed.ids,
        env,
        env.frame.key,
        place,
        read=lambda asked: builder.scalar(asked, place),
        ask=lambda asked: where if asked is expr.where else conjuncts(builder.condition(asked, place)),
        own=lambda value: crossed.right(members.own(value)),
        filters=tuple(crossed.right(part) for part in members.filters),
        back=lambda value: value,
        name=f"{pairs.name}_by_{env.frame.name}",
    )


def _beside(builder: Builder, expr: ir.Aggregate, env: Env) -> bool:
    """Does an aggregate of a group ask for more than its own rows and the group?"""
    asked = (part for part in (expr.value, expr.where, expr.per, expr.having) if part is not None)
    own = {expr.row, ir.Row(expr.row.depth, expr.row.of, grouped=True), builder.entity_row}
    return any(free_rows(part, builder.entity_row) - own for part in asked)


def _of_group(builder: Builder, expr: ir.Aggregate, env: Env) -> Gathered:
    """The rows of a group, whose aggregates are columns of the groups themselves."""
    assert env.group is not None
    groups, members = env.group.rows.groups, _members_of_group(builder, expr.row, env.group)
    assert groups is not None
    same = members.frame is env.group.rows.frame
    return Gathered(
        members.relation,
        members.frame,
        members.ids,
        env,
        groups.key,
        members.env,
        read=lambda asked: builder.scalar(asked, members.env),
        ask=lambda asked: conjuncts(builder.condition(asked, members.env)),
        own=members.own,
        filters=members.filters,
        back=lambda value: value,
        name=f"{groups.name}_groups",
        groups=groups if same else None,
    )


def _key_of(builder: Builder, row: ir.Row, env: Env) -> tuple[ir.Expr, ...]:
    """The key of a row (or group) that is at hand, in columns of the frame."""
    if row == builder.entity_row and env.rows.get(row):
        # Whose a row is, it says itself; that there is such an entity is asked where it counts.
        frame, ids = builder.located(env.owner, row.of, key=True)
        if frame is env.frame:
            return ids
    if row.grouped:
        groups = _group(env, row).rows.groups
        assert groups is not None
        key, frame = groups.key, groups
    else:
        frame = builder.frame(row.of)
        key = frame.key
    return tuple(_brought(builder, row, env, part, frame) for part in key)


def _brought(builder: Builder, row: ir.Row, env: Env, value: ir.Expr, frame: Frame) -> ir.Expr:
    """A scalar over the frame of a row, where that row is at hand."""
    if env.group is not None and env.group.row == row:
        return value
    if row in env.rows:
        path = env.rows[row]
        found = builder.at(env.frame, env.owner, path, lambda _frame, _owner: value)
        return builder.computed(env.frame, found, "key").ref
    around = next(each for each in env.around if each.env.reaches(row))
    return around.bring(_brought(builder, row, around.env, value, frame))


@dataclass(frozen=True, slots=True)
class _Crossed:
    """The pairs of a place's rows with others: ``env`` is where both are read, ``ids`` the key of the place's own row."""

    frame: Frame
    ids: tuple[ir.Expr, ...]
    env: Env
    left: Callable[[ir.Expr], ir.Expr]
    right: Callable[[ir.Expr], ir.Expr]


def _crossed(
    builder: Builder,
    members: Members,
    key: tuple[ir.Expr, ...],
    links: Iterable[tuple[ir.Expr, ir.Expr]],
    env: Env,
    level: int,
) -> _Crossed:
    """Every row of a place with every one of the members that belongs to it."""
    if not env.frame.key:
        _name_rows(builder, env.frame)
    on = tuple(dict.fromkeys((*zip(key, members.ids, strict=True), *links)))
    pairs = _pairs(builder, env.frame, members.frame, on, level)

    def left(value: ir.Expr) -> ir.Expr:
        return _side(builder, pairs, "left", value)

    def right(value: ir.Expr) -> ir.Expr:
        return _side(builder, pairs, "right", value)

    place = Env(pairs, "", {}, (Around(env, left), Around(members.env, right)))
    return _Crossed(pairs, tuple(left(part) for part in env.frame.key), place, left, right)


def _pairs(builder: Builder, left: Frame, right: Frame, on: tuple[tuple[ir.Expr, ir.Expr], ...], level: int) -> Frame:
    """``level`` keeps pairs apart of which one needs what is made of the other: pairs are made once."""
    identity = ("crossed", id(left), id(right), on, level)
    known = builder.columns.frames.get(identity)
    if known is None:
        known = Frame(f"{left.name}_x_{right.name}", PairedRows(left, right, on))
        builder.columns.frames[identity] = known
    return known


def _side(builder: Builder, pairs: Frame, side: str, value: ir.Expr) -> ir.Expr:
    """A scalar over one side of pairs, as one over the pairs."""

    def paired(column: Column) -> ir.Expr:
        source = Paired(side, column.uid)
        return builder.columns.column(pairs, source, column.type, column.optional, column.name).ref

    return builder.mapped(value, paired)


def _name_rows(builder: Builder, pairs: Frame) -> None:
    """Gives pairs a key: those of both sides."""
    rows = pairs.rows
    assert isinstance(rows, PairedRows), f"the rows of {pairs.name} have no key"
    for side in (rows.left, rows.right):
        if not side.key:
            _name_rows(builder, side)
    left = tuple(_side(builder, pairs, "left", part) for part in rows.left.key)
    pairs.key = (*left, *(_side(builder, pairs, "right", part) for part in rows.right.key))


def _links(
    builder: Builder, parts: tuple[ir.Expr, ...], row: ir.Row, members: Members, env: Env
) -> tuple[list[tuple[ir.Expr, ir.Expr]], list[ir.Expr]]:
    """Of conjuncts, the equalities of something of the inner row and something else, as columns of either; and the rest."""
    links: list[tuple[ir.Expr, ir.Expr]] = []
    rest: list[ir.Expr] = []
    for part in parts:
        sides = _sides(builder, part, row)
        if sides is None:
            rest.append(part)
            continue
        outside, inside = sides
        mine = builder.computed(env.frame, builder.scalar(outside, env, simplified=True), "link").ref
        its = builder.computed(members.frame, builder.scalar(inside, members.env, simplified=True), "link").ref
        links.append((mine, its))
    return links, rest


def _sides(builder: Builder, part: ir.Expr, row: ir.Row) -> tuple[ir.Expr, ir.Expr] | None:
    """Of an equality, the side that is not about a row and the side that is about nothing else."""
    if not isinstance(part, ir.Compare) or part.operator != "=" or part.left.type.plain != part.right.type.plain:
        return None
    if part.left.type.kind not in _LINKED:
        return None
    for inside, outside in ((part.left, part.right), (part.right, part.left)):
        about, other = (free_rows(side, builder.entity_row) for side in (inside, outside))
        if about == {row} and other and row not in other:
            return outside, inside
    return None


def _level(builder: Builder, expr: ir.Expr, seen: dict[str, int] | None = None) -> int:
    """How deep aggregates stand inside of one another, those of used definitions included."""
    known = seen if seen is not None else {}
    deepest = 0
    for child in children(expr):
        deepest = max(deepest, _level(builder, child, known))
    if isinstance(expr, ir.Use | ir.RowUse):
        if expr.name not in known:
            known[expr.name] = _level(builder, builder.program.definitions[expr.name].body, known)
        return known[expr.name]
    if isinstance(expr, ir.FieldRef) and expr.field.expression is not None:
        computed = builder.model.expressions.get((expr.owner, expr.field.name))
        return 0 if computed is None else _level(builder, computed, known)
    return deepest + isinstance(expr, ir.Aggregate | ir.Follow)


# -- sequences --------------------------------------------------------------------------------------------------------


def follow(builder: Builder, expr: ir.Follow, env: Env) -> ir.Expr:
    """Is there a row after (before) this one? By the time of the nearest; where more than equalities ties the two, by pairs."""
    members = _members(builder, expr.inner, builder.entity_row, env)
    parts = () if expr.where is None else conjuncts(simplify(expr.where, builder.zone))
    links, rest = _links(builder, parts, expr.inner, members, env)
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


@dataclass(frozen=True, slots=True)
class _Beyond:
    """Rows to look for after or before others: those that ``filters`` keep, by what links them and by ``time``."""

    members: Members
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
    ties = (*zip(_key_of(builder, builder.entity_row, env), members.ids, strict=True), *there.links)
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


def _with_entity(builder: Builder, row: ir.Row, members: Members) -> Env:
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
    return builder.columns[_brought(builder, row, env, time, builder.frame(row.of))].ref


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
    members = _members(builder, expr.row, expr.outer, env)
    here = members.own(happened)
    parts = conjuncts(simplify(expr.where, builder.zone))
    alone: list[ir.Expr] = []
    ends: dict[str, tuple[str, ir.Expr]] = {}
    beside: list[tuple[str, ir.Expr, ir.Expr]] = []
    # Nothing that may be large is made before it is known to serve: who stands inside would make it again, and so on inward.
    for part in parts:
        if _sides(builder, part, expr.row) is not None:
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
    links, _ = _links(builder, parts, expr.row, members, env)
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
        return _MIRRORED[part.operator], part.right, part.left
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
    members: Members,
    links: list[tuple[ir.Expr, ir.Expr]],
    rest: list[ir.Expr],
    mine: ir.Expr,
    its: ir.Expr,
) -> ir.Expr:
    key = _key_of(builder, builder.entity_row, env)
    crossed = _crossed(builder, members, key, links, env, _level(builder, expr))
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


# -- groups -----------------------------------------------------------------------------------------------------------


def grouped(builder: Builder, expr: ir.Aggregate, rows: Gathered, by: ir.Expr) -> tuple[Frame, Env]:
    """The groups, for each outer row, of the rows that an aggregate keeps; and where something is asked of one."""
    where = tuple(dict.fromkeys(aggregates.kept(builder, expr, rows)))
    values = (*rows.ids, by)
    word = "unit" if expr.per is None else names.phrase(expr.per)
    wanted = tuple(builder.columns[builder.computed(rows.frame, value, word).ref].name for value in values)
    frame = builder.grouping(
        rows.frame, values, names.distinct(wanted), where, rows_matter=True, name=f"{rows.name}_and_{wanted[-1]}"
    )
    on = tuple(zip(frame.key, rows.outer_ids, strict=False))
    outer = Around(rows.outer, lambda value: builder.attached(frame, value, on))
    row = ir.Row(expr.row.depth, expr.row.of, grouped=True)
    return frame, Env(frame, "", {}, (outer,), Group(row, frame.key[-1], replace(rows, groups=frame)))


def count_groups(builder: Builder, expr: ir.Aggregate, rows: Gathered) -> ir.Expr:
    """``count``, ``any``, ``none`` of groups for which ``having`` holds."""
    assert expr.per is not None
    frame, env = grouped(builder, expr, rows, rows.read(expr.per))
    having = () if expr.having is None else conjuncts(builder.condition(expr.having, env))
    return aggregates.made(expr, None, _regrouped(builder, expr, rows, frame, frozenset(having)))


def _regrouped(
    builder: Builder, expr: ir.Aggregate, rows: Gathered, frame: Frame, filters: frozenset[ir.Expr]
) -> aggregates.Maker:
    """Aggregates of a frame of groups for each outer row."""
    ids = frame.key[: len(rows.ids)]
    by_names = names.distinct(tuple(builder.columns[value].name for value in ids))
    groups = builder.grouping(frame, ids, by_names, name=f"{frame.name}_counted")
    on = tuple(zip(rows.outer_ids, groups.key, strict=True))

    def bring(value: ir.Expr) -> ir.Expr:
        # Groups of everybody's rows are one row, which whoever asks attaches.
        return rows.back(builder.attach(rows.outer.frame, builder.columns[value], on)) if ids else value

    return aggregates.Maker(builder, expr, rows, groups, filters, bring)


def streak(builder: Builder, expr: ir.Aggregate, rows: Gathered) -> ir.Expr:
    """The longest run of units with a row: within a run, a unit's number less its place among the units stays the same."""
    assert expr.value is not None
    units, _ = grouped(builder, expr, rows, rows.read(expr.value))
    ids, unit = units.key[: len(rows.ids)], units.key[-1]
    source = Ordered("position", ids, ((unit, False),), None, frozenset())
    place = builder.columns.column(units, source, INT, False, "place").ref
    steps = ir.Call("*", "multiply_whole", (_whole(place), ir.Literal(expr.step, type=WHOLE)), type=WHOLE)
    start = ir.Convert(ir.Call("-", "subtract_whole", (_whole(unit), steps), type=WHOLE), type=INT)
    by = (*ids, builder.computed(units, start, "run").ref)
    by_names = names.distinct(tuple(builder.columns[value].name for value in by))
    runs = builder.grouping(units, by, by_names, rows_matter=True, name=f"{units.name}_runs")
    length = builder.columns.column(runs, Aggregated("count", INT, None, frozenset()), INT, False, "length").ref
    longest = _regrouped(builder, expr, rows, runs, frozenset())("max", INT, length, True)
    return aggregates.or_zero(longest)


def _whole(value: ir.Expr) -> ir.Expr:
    return ir.Convert(value, type=WHOLE, optional=value.optional)
