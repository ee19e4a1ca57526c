"""Rows seen from other rows: the rows of one frame paired with those of another.

In: an aggregate that no steps lead to, and the place that it is asked for in. Out: its rows, gathered for grouping. Paired are
rows of one customer, equal in whatever else is compared by ``=``; the pairs are grouped by the outer row's key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from segdsl.planning.env import Around, Env, Gathered, Group
from segdsl.planning.frames import Column, Frame, Groups, Paired, PairedRows
from segdsl.planning.scalars import conjuncts, free_rows
from segdsl.records import record, replace
from segdsl.semantics import ir
from segdsl.semantics.simplify import simplify
from segdsl.semantics.walk import children
from segdsl.types import Kind

if TYPE_CHECKING:
    from segdsl.planning.columns import Builder

_LINKED = frozenset({Kind.INT, Kind.DECIMAL, Kind.STRING, Kind.DATE, Kind.TIMESTAMP, Kind.ANY})
"""Kinds by whose equality rows can be joined."""


@record(frozen=True, slots=True)
class Members:
    """Rows with the columns that say to which outer row (or group) each belongs, before anything is asked of them. ``env`` is where
    ``row`` is read, over ``frame``."""

    relation: str
    frame: Frame
    ids: tuple[ir.Expr, ...]
    env: Env
    own: Callable[[ir.Expr], ir.Expr]
    filters: tuple[ir.Expr, ...]


def members_of(builder: Builder, row: ir.Row, outer: ir.Row, env: Env, level: int = 0) -> Members:
    """The rows that ``row`` can be, for each ``outer`` one."""
    if outer.grouped:
        return _members_of_group(builder, row, _group(env, outer), level)
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


def _members_of_group(builder: Builder, row: ir.Row, group: Group, level: int) -> Members:
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
    below = members_of(builder, row, inside, source.env)
    key = tuple(source.own(part) for part in builder.frame(source.relation).key)
    pairs = _pairs(builder, source.frame, below.frame, tuple(zip(key, below.ids, strict=True)), (id(groups), level))

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
    members = members_of(builder, expr.row, expr.outer, env, level_of(builder, expr))
    parts = () if expr.where is None else conjuncts(simplify(expr.where, builder.zone))
    links, rest = links_of(builder, parts, expr.row, members, env)
    crossed = cross(builder, members, key_of(builder, expr.outer, env), links, env, level_of(builder, expr))
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
    groups, members = env.group.rows.groups, _members_of_group(builder, expr.row, env.group, level_of(builder, expr))
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
        everyone=isinstance(groups.rows, Groups) and groups.rows.everyone,
    )


def key_of(builder: Builder, row: ir.Row, env: Env) -> tuple[ir.Expr, ...]:
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
    return tuple(brought(builder, row, env, part, frame) for part in key)


def brought(builder: Builder, row: ir.Row, env: Env, value: ir.Expr, frame: Frame) -> ir.Expr:
    """A scalar over the frame of a row, where that row is at hand."""
    if env.group is not None and env.group.row == row:
        return value
    if row in env.rows:
        path = env.rows[row]
        found = builder.at(env.frame, env.owner, path, lambda _frame, _owner: value)
        return builder.computed(env.frame, found, "key").ref
    around = next(each for each in env.around if each.env.reaches(row))
    return around.bring(brought(builder, row, around.env, value, frame))


@record(frozen=True, slots=True)
class _Crossed:
    """The pairs of a place's rows with others: ``env`` is where both are read, ``ids`` the key of the place's own row."""

    frame: Frame
    ids: tuple[ir.Expr, ...]
    env: Env
    left: Callable[[ir.Expr], ir.Expr]
    right: Callable[[ir.Expr], ir.Expr]


def cross(
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


def _pairs(
    builder: Builder, left: Frame, right: Frame, on: tuple[tuple[ir.Expr, ir.Expr], ...], level: object
) -> Frame:
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


def links_of(
    builder: Builder, parts: tuple[ir.Expr, ...], row: ir.Row, members: Members, env: Env
) -> tuple[list[tuple[ir.Expr, ir.Expr]], list[ir.Expr]]:
    """Of conjuncts, the equalities of something of the inner row and something else, as columns of either; and the rest."""
    links: list[tuple[ir.Expr, ir.Expr]] = []
    rest: list[ir.Expr] = []
    for part in parts:
        sides = sides_of(builder, part, row)
        if sides is None:
            rest.append(part)
            continue
        outside, inside = sides
        mine = builder.computed(env.frame, builder.scalar(outside, env, simplified=True), "link").ref
        its = builder.computed(members.frame, builder.scalar(inside, members.env, simplified=True), "link").ref
        links.append((mine, its))
    return links, rest


def sides_of(builder: Builder, part: ir.Expr, row: ir.Row) -> tuple[ir.Expr, ir.Expr] | None:
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


def level_of(builder: Builder, expr: ir.Expr, seen: dict[str, int] | None = None) -> int:
    """How deep aggregates stand inside of one another, those of used definitions included."""
    known = seen if seen is not None else {}
    deepest = 0
    for child in children(expr):
        deepest = max(deepest, level_of(builder, child, known))
    if isinstance(expr, ir.Use | ir.RowUse):
        if expr.name not in known:
            known[expr.name] = level_of(builder, builder.program.definitions[expr.name].body, known)
        return known[expr.name]
    if isinstance(expr, ir.FieldRef) and expr.field.expression is not None:
        computed = builder.model.expressions.get((expr.owner, expr.field.name))
        return 0 if computed is None else level_of(builder, computed, known)
    return deepest + isinstance(expr, ir.Aggregate | ir.Follow)
