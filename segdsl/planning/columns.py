"""From typed expressions to frames and columns.

Each expression is read for a row of some frame; what it takes from elsewhere (a parent's field, a lookup's, an
aggregate of related rows, a definition of the library) becomes a column attached to that frame. Which rows show is
settled here, by where filters stand:

- a frame of a table keeps the rows for which the relation's own condition holds and whose time is before ``as_of``;
- a row whose parent does not show finds no parent row to attach, so the column by which it would be grouped under the
  entity is missing, and rows with a missing key are in no group;
- a relation ``from`` another has its base's frame, and its condition as one more conjunct of every aggregate.

An aggregate groups the rows by the columns that tie them to the outer row and attaches the result to the outer row's
frame. Where a join does not cover its parent's key, a row may belong to several parents: it is then paired with them,
and the pairs are grouped by the row's key and the outer row's, so that it counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import assert_never

from segdsl import schema as sch
from segdsl.planning import names
from segdsl.planning.frames import (
    Aggregated,
    Attached,
    Column,
    Columns,
    Computed,
    Frame,
    Grouped,
    Groups,
    KeyRows,
    Paired,
    PairedRows,
    Stored,
    TableRows,
)
from segdsl.planning.scalars import conjuncts
from segdsl.semantics import ir
from segdsl.semantics.simplify import simplify
from segdsl.semantics.time import zone
from segdsl.semantics.walk import children, rebuild
from segdsl.types import BOOL, FLOAT, INT, MAX_DIGITS, MAX_MILLIONTHS, Kind, Type, decimal


@dataclass(frozen=True, slots=True)
class Env:
    """Where an expression is read: a row of ``frame``, which is a row of ``owner``; the other rows in reach, each with the
    steps from this one to it. ``pair``: the frame holds a row for each pair of a row and an outer row that it belongs to."""

    frame: Frame
    owner: str
    rows: Mapping[ir.Row, ir.Path] = field(hash=False)
    pair: Pair | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Pair:
    """The two that a pair is made of, each where it can be read, and the columns of the pair that find the outer one."""

    row: ir.Row
    inner: Env
    outer: Env
    on: tuple[tuple[ir.Expr, ir.Expr], ...]


class Builder:
    """Turns expressions into columns; `entity_condition` and `columns` are what the outside needs."""

    def __init__(self, program: ir.Program) -> None:
        self.program = program
        self.model = program.model
        self.schema = program.model.schema
        self.zone = zone(self.schema.timezone)
        self.columns = Columns()
        self._definitions: dict[str, Column] = {}
        self._filters: dict[str, tuple[ir.Expr, ...]] = {}
        entity = self.schema.entity.name
        self.entity_frame = self.frame(entity)
        self.entity_env = Env(self.entity_frame, entity, {ir.Row(0, entity): ()})

    # -- frames ---------------------------------------------------------------------------------------------------

    def root(self, owner: str) -> str:
        """The relation whose rows a relation's are: itself, or what it is ``from``."""
        while owner in self.schema.relations and (base := self.schema.relations[owner].base) is not None:
            owner = base
        return owner

    def frame(self, owner: str) -> Frame:
        """The frame that holds the rows of the entity, a relation or a lookup."""
        owner = self.root(owner)
        known = self.columns.frames.get(owner)
        if known is not None:
            return known
        relation = self.schema.relations.get(owner)
        if relation is not None and relation.groups is not None:
            frame = self._grouped_relation(relation)
        elif relation is not None:
            assert relation.table is not None
            frame = Frame(owner, TableRows(owner, relation.table))
        elif owner in self.schema.lookups:
            frame = Frame(owner, TableRows(owner, self.schema.lookups[owner].table))
        else:
            frame = self._entity()
        self.columns.frames[owner] = frame
        frame.key = self._key(frame, owner)
        frame.filter = self._own_filter(frame, owner)
        return frame

    def _entity(self) -> Frame:
        entity = self.schema.entity
        if entity.table is not None:
            return Frame(entity.name, TableRows(entity.name, entity.table))
        parts = []
        for table in entity.distinct:
            times: list[sch.Field] = []
            for relation in self.schema.relations.values():
                if relation.table == table and relation.time is not None:
                    time = relation.fields[relation.time]
                    if time.expression is None and time not in times:
                        times.append(time)
            parts.append((table, tuple(times)))
        return Frame(entity.name, KeyRows(entity.fields[entity.key], tuple(parts)))

    def _grouped_relation(self, relation: sch.Relation) -> Frame:
        assert relation.groups is not None
        source = relation.groups
        frame, ids = self.located(source, self.schema.entity.name, key=True)
        by = list(ids)
        by_names = [self.schema.entity.key]
        env = Env(self.frame(source), source, {ir.Row(0, source): ()})
        for item in relation.by:
            value = self.scalar(self.model.bys[relation.name, item.name], env)
            by.append(self._lifted(frame, env.frame, value, item.name))
            by_names.append(item.name)
        where = tuple(self._lifted(frame, env.frame, part, "shows") for part in self._narrowing(source, env))
        return Frame(relation.name, Groups(frame, tuple(by), tuple(by_names), where, rows_matter=True))

    def _key(self, frame: Frame, owner: str) -> tuple[ir.Expr, ...]:
        if isinstance(frame.rows, Groups):
            return tuple(self._group_value(frame, i).ref for i in range(len(frame.rows.by)))
        if owner in self.schema.relations:
            return tuple(self.field(frame, owner, name) for name in self.schema.relations[owner].key)
        if owner in self.schema.lookups:
            return tuple(self.field(frame, owner, link.parent) for link in self.schema.lookups[owner].links)
        return (self.field(frame, owner, self.schema.entity.key),)

    def _own_filter(self, frame: Frame, owner: str) -> tuple[ir.Expr, ...]:
        """Which rows of the frame show, as far as the rows themselves say."""
        parts: list[ir.Expr] = []
        env = Env(frame, owner, {ir.Row(0, owner): ()})
        where = self.model.wheres.get(owner)
        if where is not None:
            parts.extend(conjuncts(self.condition(where, env)))
        entity = self.schema.entity
        if owner == entity.name:
            if entity.created is not None and entity.table is not None:
                created = self.field(frame, owner, entity.created)
                shown: ir.Expr = ir.Bound(created, "before", ir.AS_OF)
                if created.optional:
                    shown = ir.Any((shown, ir.IsMissing(created)))
                parts.append(shown)
        elif owner in self.schema.relations:
            relation = self.schema.relations[owner]
            if relation.time is not None and not self._time_of_shown_rows(relation):
                parts.append(ir.Bound(self.field(frame, owner, relation.time), "before", ir.AS_OF))
        return tuple(dict.fromkeys(parts))

    def _time_of_shown_rows(self, relation: sch.Relation) -> bool:
        """A group's time that is one of its rows' times needs no cut: they were cut already."""
        if relation.groups is None or relation.time is None:
            return False
        source_time = self.schema.relations[relation.groups].time
        value = self.model.expressions.get((relation.name, relation.time))
        if value is None:
            value = self.model.bys.get((relation.name, relation.time))
        if isinstance(value, ir.Aggregate) and value.function in ("min", "max") and value.where is None:
            value = value.value
        return isinstance(value, ir.FieldRef) and not value.path and value.field.name == source_time

    def _narrowing(self, owner: str, env: Env) -> tuple[ir.Expr, ...]:
        """What more than its frame's filter a row must meet to show as a row of ``owner``: the conditions of relations that are
        ``from`` another, its own and its ancestors'."""
        parts: list[ir.Expr] = []
        path: ir.Path = ()
        current = owner
        while current in self.schema.relations:
            if self.root(current) != current and current in self.model.wheres:
                inner = Env(env.frame, env.owner, {ir.Row(0, current): path})
                parts.extend(conjuncts(self.condition(self.model.wheres[current], inner)))
            relation = self.schema.relations[current]
            if relation.groups is not None or not self.covers_key(relation):
                break
            path = (*path, ir.Step("parent", relation.parent))
            current = relation.parent
        known = set(env.frame.filter)
        return tuple(part for part in dict.fromkeys(parts) if part not in known)

    # -- fields and paths -----------------------------------------------------------------------------------------

    def covers_key(self, relation: sch.Relation) -> bool:
        """Does the join to the parent find at most one parent row?"""
        if relation.groups is not None:
            return True
        parent = self.root(relation.parent)
        linked = {link.parent for link in relation.links}
        if parent == self.schema.entity.name:
            return self.schema.entity.key in linked
        key = self.schema.relations[parent].key
        return bool(key) and set(key) <= linked

    def field(self, frame: Frame, owner: str, name: str) -> ir.Expr:
        """The column of a frame that holds a field of ``owner``."""
        declared = self.model.fields_of(owner).get(name)
        if isinstance(frame.rows, Groups):
            # The entity's key stands first; a relation's own `by` of that name goes before it.
            named = [i for i, by in enumerate(frame.rows.by_names) if by == name]
            if named and (owner, name) not in self.model.expressions:
                return self._group_value(frame, named[-1]).ref
        elif isinstance(frame.rows, PairedRows):
            raise AssertionError("pairs have no fields")
        assert declared is not None, (owner, name)
        expression = self.model.expressions.get((owner, name))
        if expression is None:
            return self.columns.column(frame, Stored(declared), declared.type, declared.optional, name).ref
        value = self.scalar(expression, Env(frame, owner, {ir.Row(0, owner): ()}))
        return self._computed(frame, value, name).ref

    def _group_value(self, frame: Frame, index: int) -> Column:
        rows = frame.rows
        assert isinstance(rows, Groups)
        value = rows.by[index]
        return self.columns.column(frame, Grouped(index), value.type, False, rows.by_names[index])

    def _computed(self, frame: Frame, value: ir.Expr, name: str, condition: bool = False) -> Column:
        if isinstance(value, ir.Col):
            column = self.columns[value]
            if column.frame is frame:
                return column
        verdict = condition or is_condition(value)
        return self.columns.column(frame, Computed(value), value.type, value.optional, name, verdict)

    def at(self, frame: Frame, owner: str, path: ir.Path, want: Callable[[Frame, str], ir.Expr]) -> ir.Expr:
        """What ``want`` gives at the end of a path of many-to-one steps, as a column of ``frame``."""
        if not path:
            return want(frame, owner)
        step, rest = path[0], path[1:]
        target, on = self._joined(frame, owner, step)
        inner = self.at(target, step.to, rest, want)
        if isinstance(inner, ir.Literal):
            return inner
        column = self.columns[inner] if isinstance(inner, ir.Col) else self._computed(target, inner, "value")
        return self.attach(frame, column, on, f"{step.to}_{column.name}")

    def attach(
        self, frame: Frame, column: Column, on: tuple[tuple[ir.Expr, ir.Expr], ...], name: str | None = None
    ) -> ir.Expr:
        """The column of the one row of another frame that is found by ``on``: columns of this frame and of that one."""
        if isinstance(column.source, Computed) and isinstance(column.frame.rows, Groups):
            # A grouping computes nothing: what it is computed from is attached, and it is computed here.
            value = self._attached_parts(frame, column.source.value, on)
            return self._computed(frame, value, name or column.name, column.condition).ref
        pairs = tuple((self.columns[mine].uid, self.columns[its].uid) for mine, its in on)
        source = Attached(column.uid, pairs)
        return self.columns.column(frame, source, column.type, True, name or column.name).ref

    def _attached_parts(self, frame: Frame, value: ir.Expr, on: tuple[tuple[ir.Expr, ir.Expr], ...]) -> ir.Expr:
        if isinstance(value, ir.Col):
            return self._as_optional_as(self.attach(frame, self.columns[value], on), value)
        return rebuild(value, lambda part: self._attached_parts(frame, part, on))

    def _joined(self, frame: Frame, owner: str, step: ir.Step) -> tuple[Frame, tuple[tuple[ir.Expr, ir.Expr], ...]]:
        """The frame that one step leads to, and the columns that tie it to this one."""
        target = self.frame(step.to)
        match step.kind:
            case "parent":
                relation = self.schema.relations[owner]
                if relation.groups is not None:
                    return target, ((frame.key[0], target.key[0]),)
                pairs = [
                    (self.field(frame, owner, link.child), self.field(target, step.to, link.parent))
                    for link in relation.links
                ]
                return target, tuple(pairs)
            case "lookup":
                lookup = self.schema.lookups[step.to]
                return target, tuple(
                    (self.field(frame, owner, link.child), self.field(target, step.to, link.parent))
                    for link in lookup.links
                )
            case "group":
                located, ids = self._group_ids(step.to, owner)
                assert located is frame, f"a row of {owner} may be in several groups"
                return target, tuple(zip(ids, target.key, strict=True))
            case _:
                assert_never(step.kind)

    def _group_ids(self, group: str, owner: str) -> tuple[Frame, tuple[ir.Expr, ...]]:
        """Rows, and the columns that say in which group each is: the entity's key and the ``by`` values. A row that belongs to
        several customers is there for each of them."""
        relation = self.schema.relations[self.root(group)]
        frame, ids = self.located(owner, self.schema.entity.name, key=True)
        own = self.frame(owner)
        env = Env(own, owner, {ir.Row(0, owner): (), ir.Row(0, relation.groups or owner): ()})
        by = [
            self._lifted(frame, own, self.scalar(self.model.bys[relation.name, item.name], env), item.name)
            for item in relation.by
        ]
        named = [
            value if isinstance(value, ir.Col) else self._computed(frame, value, item.name).ref
            for value, item in zip(by, relation.by, strict=True)
        ]
        return frame, (*ids, *named)

    # -- from a row up to an outer one ------------------------------------------------------------------------------

    def way_up(self, owner: str, outer: str) -> ir.Path:
        """The steps from a relation to the row that it descends from. A group is a parent only where no declared one leads there:
        where the outer row is a group, or descends from one."""
        for by_groups in (False, True):
            path = self._way_up(owner, outer, by_groups)
            if path is not None:
                return path
        raise AssertionError(f"{owner} does not descend from {outer}")

    def _way_up(self, owner: str, outer: str, by_groups: bool) -> ir.Path | None:
        frontier: list[tuple[str, ir.Path]] = [(owner, ())]
        seen = {owner}
        while frontier:
            current, path = frontier.pop(0)
            if path and self.root(current) == self.root(outer):
                return path
            if current not in self.schema.relations:
                continue
            steps = [ir.Step("parent", self.schema.relations[current].parent)]
            if by_groups:
                steps.extend(
                    ir.Step("group", other.name)
                    for other in self.schema.relations.values()
                    if other.groups is not None and self.root(other.groups) == self.root(current)
                )
            for step in steps:
                if step.to not in seen:
                    seen.add(step.to)
                    frontier.append((step.to, (*path, step)))
        return None

    def located(self, owner: str, outer: str, key: bool = False) -> tuple[Frame, tuple[ir.Expr, ...]]:
        """The rows of a relation, each with the columns that say to which outer row it belongs. With ``key``, these are the
        outer row's key."""
        return self._located(owner, self.way_up(owner, outer), key)

    def outer_columns(self, owner: str, outer: str) -> tuple[ir.Expr, ...]:
        """The columns of the outer row that `located` ones are equal to."""
        path = self.way_up(owner, outer)
        last = path[-1]
        child = path[-2].to if len(path) > 1 else owner
        target = self.frame(outer)
        relation = self.schema.relations[child]
        if last.kind == "group" or relation.groups is not None:
            return target.key if last.kind == "group" else target.key[:1]
        return tuple(self.field(target, outer, link.parent) for link in relation.links)

    def _located(self, owner: str, path: ir.Path, key: bool) -> tuple[Frame, tuple[ir.Expr, ...]]:
        step, rest = path[0], path[1:]
        target = self.frame(step.to)
        relation = self.schema.relations[owner]
        if step.kind == "group":
            frame, mine = self._group_ids(step.to, owner)
            if not rest:
                return frame, mine
            on = tuple(zip(mine, target.key, strict=True))
            one = True
        else:
            frame = self.frame(owner)
            one = self.covers_key(relation)
            if not rest and (one or not key):
                if relation.groups is not None:
                    return frame, frame.key[:1]
                return frame, tuple(self.field(frame, owner, link.child) for link in self._links(relation, key))
            _, on = self._joined(frame, owner, step)
        above, ids = self._located(step.to, rest, key) if rest else (target, target.key)
        if one and above is target:
            return frame, tuple(self.attach(frame, self.columns[value], on) for value in ids)
        links = tuple((its, self._lifted(above, target, theirs, "link")) for its, theirs in on)
        narrowed = self._narrowing(step.to, Env(target, step.to, {ir.Row(0, step.to): ()}))
        shown = tuple(
            self._lifted(above, target, self._computed(target, part, "shows").ref, "shows") for part in narrowed
        )
        return self._once_each(frame, owner, above, links, ids, shown)

    def _links(self, relation: sch.Relation, key: bool) -> tuple[sch.Link, ...]:
        """All links; where only the outer row's key is asked for, those of the key."""
        if not key:
            return relation.links
        parent = relation.parent
        wanted = (
            (self.schema.entity.key,)
            if parent == self.schema.entity.name
            else self.schema.relations[self.root(parent)].key
        )
        by_parent = {link.parent: link for link in relation.links}
        return tuple(by_parent[name] for name in wanted)

    def _once_each(
        self,
        frame: Frame,
        owner: str,
        above: Frame,
        on: tuple[tuple[ir.Expr, ir.Expr], ...],
        ids: tuple[ir.Expr, ...],
        shown: tuple[ir.Expr, ...],
    ) -> tuple[Frame, tuple[ir.Expr, ...]]:
        """Each row once for every outer row that one of its parents belongs to; ``shown``: which of the parents show."""
        assert frame.key, f"{owner} may have several parents and needs a key"
        pair_key = ("pairs", id(frame), id(above), on)
        pairs = self.columns.frames.get(pair_key)
        if pairs is None:
            pairs = Frame(f"{frame.name}_x_{above.name}", PairedRows(frame, above, on))
            self.columns.frames[pair_key] = pairs
        left = [self._paired(pairs, "left", value) for value in frame.key]
        right = [self._paired(pairs, "right", value) for value in ids]
        names_ = tuple(self.columns[value].name for value in (*frame.key, *ids))
        where = tuple(self._paired(pairs, "right", part) for part in shown)
        by_names = names.distinct(names_)
        group = self.grouping(pairs, (*left, *right), by_names, where, rows_matter=True, name=f"{frame.name}_once")
        group.key = tuple(self._group_value(group, i).ref for i in range(len(left) + len(right)))
        return group, group.key[len(left) :]

    def _paired(self, pairs: Frame, side: str, value: ir.Expr) -> ir.Expr:
        column = self.columns[value]
        return self.columns.column(pairs, Paired(side, column.uid), column.type, column.optional, column.name).ref

    def _lifted(self, frame: Frame, origin: Frame, value: ir.Expr, name: str) -> ir.Expr:
        """A scalar over ``origin`` as a column of ``frame``, whose rows are origin's rows (each perhaps several times)."""
        if frame is origin or isinstance(value, ir.Literal):
            return value
        column = self._computed(origin, value, name)
        assert origin.key
        return self.attach(frame, column, tuple(zip(frame.key, origin.key, strict=False)))

    def grouping(
        self,
        frame: Frame,
        by: tuple[ir.Expr, ...],
        by_names: tuple[str, ...],
        where: tuple[ir.Expr, ...] = (),
        rows_matter: bool = False,
        name: str = "",
    ) -> Frame:
        identity = ("group", id(frame), by, where)
        known = self.columns.frames.get(identity)
        if known is None:
            rows = Groups(frame, by, by_names, where, rows_matter)
            known = Frame(name or f"{frame.name}_by_{'_'.join(by_names)}", rows)
            self.columns.frames[identity] = known
            known.key = tuple(self._group_value(known, i).ref for i in range(len(by)))
        return known

    # -- scalars --------------------------------------------------------------------------------------------------

    def condition(self, expr: ir.Expr, env: Env) -> ir.Expr:
        """A condition in its simplest form, over the columns of a frame."""
        return self.scalar(simplify(expr, self.zone), env, simplified=True)

    def scalar(self, expr: ir.Expr, env: Env, simplified: bool = False) -> ir.Expr:
        """An expression over the columns of the frame whose row it is read for."""
        if not simplified:
            expr = simplify(expr, self.zone)
        return self._scalar(expr, env)

    def _scalar(self, expr: ir.Expr, env: Env) -> ir.Expr:
        if env.pair is not None:
            return self._of_pair(expr, env, env.pair)
        match expr:
            case ir.FieldRef(row=row, path=path, field=declared):
                value = self.at(
                    env.frame,
                    env.owner,
                    (*env.rows[row], *path),
                    lambda frame, owner: self.field(frame, owner, declared.name),
                )
                return self._as_optional_as(value, expr)
            case ir.TraitColumn(row=row, path=path, trait=trait):
                value = self.at(
                    env.frame, env.owner, (*env.rows[row], *path), lambda frame, _: self._held(frame, trait)
                )
                return self._as_optional_as(value, expr)
            case ir.Use(name=name):
                return self.at(env.frame, env.owner, self._to_entity(env), lambda _frame, _: self.definition(name).ref)
            case ir.NoRow(row=row, path=path, negated=negated):
                key = self.at(env.frame, env.owner, (*env.rows[row], *path), lambda frame, _: frame.key[0])
                return ir.IsMissing(key, negated=negated)
            case ir.Aggregate():
                return self.aggregate(expr, env)
            case ir.Between():
                raise AssertionError("simplify leaves no Between")
            case ir.Compare():
                return positive(rebuild(expr, lambda child: self._scalar(child, env)))
            case _:
                return rebuild(expr, lambda child: self._scalar(child, env))

    def _of_pair(self, expr: ir.Expr, env: Env, pair: Pair) -> ir.Expr:
        """An expression read for a pair: what hangs on the inner row, and what hangs on the outer one."""
        match expr:
            case ir.FieldRef(row=row) | ir.NoRow(row=row) | ir.TraitColumn(row=row):
                of_row = row == pair.row
            case ir.Aggregate(outer=outer):
                of_row = outer == pair.row
            case ir.Use():
                of_row = False
            case ir.Compare():
                return positive(rebuild(expr, lambda child: self._scalar(child, env)))
            case _:
                return rebuild(expr, lambda child: self._scalar(child, env))
        if of_row:
            value = self._scalar(expr, pair.inner)
            return self._lifted_parts(env.frame, pair.inner.frame, value)
        value = self._scalar(expr, pair.outer)

        return self._attached_parts(env.frame, value, pair.on)

    def _lifted_parts(self, frame: Frame, origin: Frame, value: ir.Expr) -> ir.Expr:
        if isinstance(value, ir.Col):
            return self._as_optional_as(self._lifted(frame, origin, value, "value"), value)
        return rebuild(value, lambda part: self._lifted_parts(frame, origin, part))

    def _as_optional_as(self, value: ir.Expr, expr: ir.Expr) -> ir.Expr:
        """The resolver knows better than the join whether a value can be missing: a row that shows has its parent."""
        if isinstance(value, ir.Col) and value.optional and not expr.optional:
            return ir.Col("", value.name, type=value.type, optional=False)
        return value

    def _to_entity(self, env: Env) -> ir.Path:
        row = ir.Row(0, self.schema.entity.name)
        return env.rows[row]

    def _held(self, frame: Frame, trait: sch.ColumnTrait) -> ir.Expr:
        declared = sch.Field(trait.name, trait.type, trait.optional, column=trait.column)
        counted = not trait.optional and (trait.type.is_exact or trait.type == BOOL)
        return self.columns.column(frame, Stored(declared, counted), trait.type, trait.optional, trait.name).ref

    def definition(self, name: str) -> Column:
        """The column of the entity's frame that holds a trait's value or a segment's verdict."""
        known = self._definitions.get(name)
        if known is None:
            body = self.program.definitions[name].body
            condition = is_condition(body)
            value = self.scalar(body, self.entity_env)
            known = self._computed(self.entity_frame, value, name, condition)
            self._definitions[name] = known
        return known

    # -- aggregates -----------------------------------------------------------------------------------------------

    def aggregate(self, expr: ir.Aggregate, env: Env) -> ir.Expr:
        relation, outer = expr.row.of, expr.outer.of
        way = self.way_up(relation, outer)
        below = env.rows[expr.outer]
        rows: dict[ir.Row, ir.Path] = {expr.row: ()}
        beyond = {row: path[len(below) :] for row, path in env.rows.items() if path[: len(below)] == below}
        frame = self.frame(relation)
        one_parent = self._climbs(relation, way)
        if one_parent:
            rows |= {row: (*way, *path) for row, path in beyond.items()}
        inner = Env(frame, relation, rows)
        if not one_parent and self._looks_out(expr):
            return self._aggregate_of_pairs(expr, env, inner, Env(self.frame(outer), outer, beyond))
        return self._aggregate(expr, env, inner, way)

    def _looks_out(self, expr: ir.Aggregate) -> bool:
        """Does the aggregate read anything that does not hang on its own row?"""
        stack = [part for part in (expr.value, expr.where) if part is not None]
        own = {expr.row}
        while stack:
            node = stack.pop()
            match node:
                case ir.FieldRef(row=row) | ir.NoRow(row=row) | ir.TraitColumn(row=row):
                    if row not in own:
                        return True
                case ir.Use():
                    return True
                case ir.Aggregate(row=row, outer=outer):
                    if outer not in own:
                        return True
                    own.add(row)
                case _:
                    pass
            stack.extend(children(node))
        return False

    def _aggregate_of_pairs(self, expr: ir.Aggregate, env: Env, inner: Env, outer: Env) -> ir.Expr:
        """An aggregate over rows that may belong to several outer rows, and that asks for something of the outer one."""
        frame, ids = self.located(expr.row.of, outer.owner, key=True)
        on = tuple(zip(ids, outer.frame.key, strict=True))
        paired = Env(frame, inner.owner, inner.rows, Pair(expr.row, inner, outer, on))
        return self._aggregate(expr, env, paired, self.way_up(expr.row.of, outer.owner))

    def _aggregate(self, expr: ir.Aggregate, env: Env, inner: Env, way: ir.Path) -> ir.Expr:
        relation, outer = expr.row.of, expr.outer.of
        below = env.rows[expr.outer]
        frame = inner.frame
        origin = self.frame(relation)

        def here(value: ir.Expr) -> ir.Expr:
            return value if inner.pair is None else self._lifted(frame, origin, value, "value")

        filters = [here(part) for part in self._narrowing(relation, inner if inner.pair is None else inner.pair.inner)]
        if expr.where is not None:
            filters.extend(conjuncts(self.condition(expr.where, inner)))
        if expr.period is not None:
            happened = self.time(relation)
            assert happened is not None
            time = here(happened)
            filters.append(ir.Bound(time, "from", expr.period.start, expr.period.whole_days))
            if not (expr.period.end == ir.AS_OF and not expr.period.whole_days):
                filters.append(ir.Bound(time, "before", expr.period.end, expr.period.whole_days))
        value = None if expr.value is None else self.scalar(expr.value, inner)

        own = self._is_own_group(way)
        if own:
            groups = self.frame(outer)
            assert isinstance(groups.rows, Groups)
            located = groups.rows.frame
            filters = [part for part in filters if part not in groups.rows.where]
        else:
            located, ids = self.located(relation, outer, key=inner.pair is not None)
            by_names = names.distinct(tuple(self.columns[value].name for value in ids))
            groups = self.grouping(located, ids, by_names, name=f"{self.root(relation)}_by_{self.root(outer)}")

        def aggregated(function: str, type: Type, of: ir.Expr | None, optional: bool) -> ir.Expr:
            order: tuple[ir.Expr, ...] = ()
            tie = False
            if function in ("first", "last"):
                time = self.time(relation)
                key = origin.key[1:] if isinstance(origin.rows, Groups) else origin.key
                order = tuple(here(part) for part in (*((time,) if time is not None else ()), *key))
                tie = not key
            column = self.columns.column(
                groups,
                Aggregated(
                    function,
                    type,
                    None if of is None else self._lifted(located, frame, of, "value"),
                    frozenset(self._lifted(located, frame, part, "kept") for part in filters),
                    tuple(self._lifted(located, frame, part, "order") for part in order),
                    tie,
                ),
                type,
                optional,
                names.aggregate(function, expr, relation, self.root(relation) != relation),
            )
            if own:
                result: ir.Expr = column.ref
            else:
                mine = self.frame(outer).key if inner.pair is not None else self.outer_columns(relation, outer)
                on = tuple(zip(mine, groups.key, strict=True))
                result = self.attach(self.frame(outer), column, on)
            return self.at(env.frame, env.owner, below, lambda _frame, _owner: result)

        match expr.function:
            case "count":
                return _or_zero(aggregated("count", INT, None, False))
            case "distinct":
                return _or_zero(aggregated("distinct", INT, value, False))
            case "any":
                return ir.Compare(">=", aggregated("count", INT, None, False), ir.Literal(1, type=INT))
            case "none":
                return ir.Compare("=", _or_zero(aggregated("count", INT, None, False)), ir.Literal(0, type=INT))
            case "sum":
                assert value is not None
                total = aggregated("sum", expr.type, value, True)
                if value.type.kind is not Kind.DECIMAL or value.type.precision + _MORE_DIGITS <= MAX_DIGITS:
                    return _or_zero(total)
                # So wide a sum may be missing for being too large: it is 0 only over nothing.
                present = aggregated("count", INT, value, False)
                some = ir.Compare(">=", present, ir.Literal(1, type=INT))
                return ir.If(some, total, ir.Literal(_ZERO, type=expr.type), type=expr.type, optional=True)
            case "avg":
                assert value is not None
                total = aggregated("sum", sum_type(value.type), value, True)
                counted = _in_millionths(value) if value.type.kind is Kind.FLOAT else value
                present = aggregated("count", INT, counted if counted.optional else None, False)
                return ir.Call("/", "divide_exact", (total, present), type=FLOAT, optional=True)
            case "min" | "max" | "first" | "last":
                return aggregated(expr.function, expr.type, value, True)
            case _:
                raise AssertionError(expr.function)

    def _climbs(self, relation: str, way: ir.Path) -> bool:
        """Can a row read what lies above it? Not where a join may find several parents."""
        current = relation
        for step in way:
            declared = self.schema.relations[current]
            if step.kind == "parent" and not self.covers_key(declared):
                return False
            current = step.to
        return True

    def _is_own_group(self, way: ir.Path) -> bool:
        return len(way) == 1 and way[0].kind == "group"

    def _field_at(self, owner: str, path: ir.Path, name: str) -> ir.Expr:
        return self.at(self.frame(owner), owner, path, lambda frame, at: self.field(frame, at, name))

    def time(self, owner: str) -> ir.Expr | None:
        """The column that says when a row happened: its own, or its parent's."""
        path: ir.Path = ()
        current = owner
        while current in self.schema.relations:
            relation = self.schema.relations[current]
            if relation.time is not None:
                return self._field_at(owner, path, relation.time)
            path = (*path, ir.Step("parent", relation.parent))
            current = relation.parent
        return None


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


def _in_millionths(value: ir.Expr) -> ir.Expr:
    """A float that a sum counts; missing where it is too large for one."""
    low, high = (ir.Literal(sign * MAX_MILLIONTHS, type=FLOAT) for sign in (-1, 1))
    small = ir.All((ir.Compare(">=", value, low), ir.Compare("<=", value, high)))
    return ir.If(small, value, None, type=FLOAT, optional=True)


def is_condition(expr: ir.Expr) -> bool:
    """Is the node a condition (true or false), rather than a value of type BOOL?"""
    match expr:
        case ir.Aggregate(function=function):
            return function in ("any", "none")
        case ir.Use():
            return expr.type == BOOL and not expr.optional
        case ir.Literal(value=value):
            return isinstance(value, bool)
        case _:
            return isinstance(expr, ir.CONDITIONS)


def _or_zero(value: ir.Expr) -> ir.Expr:
    """Nothing to count or add up is 0."""
    if not value.optional:
        return value
    zero = ir.Literal(0 if value.type.kind is Kind.INT else _ZERO, type=value.type)
    return ir.Call("coalesce", "coalesce", (value, zero), type=value.type)


_ZERO = Decimal(0)
_MORE_DIGITS = 10
"""How many digits more than its values a sum has."""


def positive(expr: ir.Expr) -> ir.Expr:
    """``coalesce(x, 0) >= 1`` is ``x >= 1``: where 0 does not satisfy a comparison, a missing x may stay missing."""
    if not isinstance(expr, ir.Compare):
        return expr
    left, right = expr.left, expr.right
    if (
        isinstance(left, ir.Call)
        and left.overload == "coalesce"
        and len(left.args) == 2
        and isinstance(left.args[1], ir.Literal)
        and left.args[1].value == 0
        and isinstance(right, ir.Literal)
        and isinstance(right.value, int | Decimal)
    ):
        satisfied = {
            "=": right.value == 0,
            "!=": right.value != 0,
            "<": right.value > 0,
            "<=": right.value >= 0,
            ">": right.value < 0,
            ">=": right.value <= 0,
        }[expr.operator]
        if not satisfied:
            return ir.Compare(expr.operator, left.args[0], right, span=expr.span)
    return expr
