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

from collections.abc import Callable
from typing import assert_never

from segdsl import schema as sch
from segdsl.planning import aggregates, beyond, names, ranks
from segdsl.planning.env import Env, Group
from segdsl.planning.frames import (
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
    Since,
    Stored,
    TableRows,
)
from segdsl.planning.scalars import conjuncts, free_rows, is_condition, positive
from segdsl.records import replace
from segdsl.semantics import ir
from segdsl.semantics.simplify import simplify
from segdsl.semantics.time import seen_from, zone
from segdsl.semantics.walk import rebuild
from segdsl.types import BOOL, TIMESTAMP


class Builder:
    """Turns expressions into columns, as things stand at ``moment``; `then` gives the one for another moment, which makes columns
    of the same frames.

    Rows that show at an earlier moment are among those that show at ``as_of``, so that a frame serves every moment and a
    condition of what is asked keeps the rows of one; but groups are made anew, and so is what hangs on groups.

    ``by_cuts``: ranks are found by cut points wherever they can be, also where numbering everybody is less work, so that what
    everybody has to say about one customer is a few values.
    """

    def __init__(
        self, program: ir.Program, now: Builder | None = None, moment: ir.Moment = ir.AS_OF, by_cuts: bool = False
    ) -> None:
        self.program = program
        self.by_cuts = by_cuts
        self.model = program.model
        self.schema = program.model.schema
        self.zone = zone(self.schema.timezone)
        self.now = now or self
        self.moment = moment
        self.columns: Columns = now.columns if now is not None else Columns()
        self._at: dict[ir.Moment, Builder] = {}
        self._definitions: dict[str, Column] = {}
        self._row_definitions: dict[tuple[str, int], ir.Expr] = {}
        self._computed_fields: dict[tuple[int, str, str], ir.Expr] = {}
        self.entity_row = ir.Row(0, self.schema.entity.name)
        self.entity_frame = self.frame(self.entity_row.of)
        self.entity_env = Env(self.entity_frame, self.entity_row.of, {self.entity_row: ()})

    def then(self, moment: ir.Moment) -> Builder:
        """The builder for a moment that is seen from this one's."""
        seen = seen_from(moment, self.moment)
        if seen == ir.AS_OF:
            return self.now
        return self.now.at_moment(seen)

    def at_moment(self, moment: ir.Moment) -> Builder:
        """The builder for a moment, made once."""
        assert self.now is self
        if moment not in self._at:
            self._at[moment] = Builder(self.program, self, moment, self.by_cuts)
        return self._at[moment]

    # -- frames ---------------------------------------------------------------------------------------------------

    def root(self, owner: str) -> str:
        """The relation whose rows a relation's are: itself, or what it is ``from``."""
        while owner in self.schema.relations and (base := self.schema.relations[owner].base) is not None:
            owner = base
        return owner

    def frame(self, owner: str) -> Frame:
        """The frame that holds the rows of the entity, a relation or a lookup."""
        owner = self.root(owner)
        if self.now is not self and not self._is_made_anew(owner):
            return self.now.frame(owner)
        known = self.columns.frames.get((owner, self.moment))
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
        self.columns.frames[owner, self.moment] = frame
        frame.key = self._key(frame, owner)
        frame.filter = self._own_filter(frame, owner)
        return frame

    def _is_made_anew(self, owner: str) -> bool:
        """Are there other rows at another moment? Of groups, and of what hangs on groups."""
        while owner in self.schema.relations:
            relation = self.schema.relations[owner]
            if relation.groups is not None:
                return True
            owner = relation.base or relation.parent
        return False

    def exists(self) -> ir.Expr | None:
        """Had the entity come to exist by the builder's moment? None: whoever there is had."""
        entity = self.schema.entity
        if self.now is self:
            return None
        if entity.table is None:
            rows = self.entity_frame.rows
            assert isinstance(rows, KeyRows)
            if not any(times for _, times in rows.parts):
                return None
            since = self.columns.column(self.entity_frame, Since(), TIMESTAMP, False, "since").ref
            return ir.Bound(since, "before", self.moment)
        if entity.created is None:
            return None
        return self._created(self.field(self.entity_frame, entity.name, entity.created))

    def _created(self, created: ir.Expr) -> ir.Expr:
        shown: ir.Expr = ir.Bound(created, "before", self.moment)
        return ir.Any((shown, ir.IsMissing(created))) if created.optional else shown

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
            by.append(self.lifted(frame, env.frame, value, item.name))
            by_names.append(item.name)
        where = tuple(self.lifted(frame, env.frame, part, "shows") for part in self.narrowing(source, env))
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
                parts.append(self._created(self.field(frame, owner, entity.created)))
        elif owner in self.schema.relations:
            relation = self.schema.relations[owner]
            if relation.time is not None and not self._time_of_shown_rows(relation):
                parts.append(ir.Bound(self.field(frame, owner, relation.time), "before", self.moment))
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

    def narrowing(self, owner: str, env: Env) -> tuple[ir.Expr, ...]:
        """What more than its frame's filter a row must meet to show as a row of ``owner`` at the builder's moment: the conditions of
        relations that are ``from`` another, its own and its ancestors', and their times."""
        parts: list[ir.Expr] = []
        path: ir.Path = ()
        current = owner
        while current in self.schema.relations:
            if self.root(current) != current and current in self.model.wheres:
                inner = Env(env.frame, env.owner, {ir.Row(0, current): path})
                parts.extend(conjuncts(self.condition(self.model.wheres[current], inner)))
            relation = self.schema.relations[current]
            name = relation.time
            if self.now is not self and name is not None and not self._is_made_anew(current):
                time = self._field_below(env, path, name)
                parts.append(ir.Bound(time, "before", self.moment))
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
        known = self._computed_fields.get((id(frame), owner, name))
        if known is None:
            value = self.scalar(expression, Env(frame, owner, {ir.Row(0, owner): ()}))
            known = self.computed(frame, value, name).ref
            self._computed_fields[id(frame), owner, name] = known
        return known

    def _group_value(self, frame: Frame, index: int) -> Column:
        rows = frame.rows
        assert isinstance(rows, Groups)
        value = rows.by[index]
        return self.columns.column(frame, Grouped(index), value.type, False, rows.by_names[index])

    def computed(self, frame: Frame, value: ir.Expr, name: str, condition: bool = False) -> Column:
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
        target, on = self.joined(frame, owner, step)
        inner = self.at(target, step.to, rest, want)
        if isinstance(inner, ir.Literal):
            return inner
        column = self.columns[inner] if isinstance(inner, ir.Col) else self.computed(target, inner, "value")
        found = self.attach(frame, column, on, f"{step.to}_{column.name}")
        if step.kind != "group" or not isinstance(column.source, Computed):
            return found
        # What is computed here of a group that may not show would otherwise be made of nothing.
        shows = ir.IsMissing(self.attach(frame, self.columns[target.key[0]], on), negated=True)
        value = ir.If(shows, found, None, type=column.type, optional=True)
        return self.computed(frame, value, f"{step.to}_{column.name}").ref

    def attach(
        self, frame: Frame, column: Column, on: tuple[tuple[ir.Expr, ir.Expr], ...], name: str | None = None
    ) -> ir.Expr:
        """The column of the one row of another frame that is found by ``on``: columns of this frame and of that one."""
        if isinstance(column.source, Computed) and isinstance(column.frame.rows, Groups):
            # A grouping computes nothing: what it is computed from is attached, and it is computed here.
            value = self.attached(frame, column.source.value, on)
            return self.computed(frame, value, name or column.name, column.condition).ref
        pairs = tuple((self.columns[mine].uid, self.columns[its].uid) for mine, its in on)
        source = Attached(column.uid, pairs)
        return self.columns.column(frame, source, column.type, True, name or column.name).ref

    def attached(self, frame: Frame, value: ir.Expr, on: tuple[tuple[ir.Expr, ir.Expr], ...]) -> ir.Expr:
        """A scalar over another frame, of the one row of it that is found by ``on``."""
        return self.mapped(value, lambda column: self.attach(frame, column, on))

    def mapped(self, value: ir.Expr, change: Callable[[Column], ir.Expr]) -> ir.Expr:
        """A scalar with its columns replaced; the resolver knows better than a join whether one can be missing."""
        if isinstance(value, ir.Col):
            return self._as_optional_as(change(self.columns[value]), value)
        return rebuild(value, lambda part: self.mapped(part, change))

    def joined(self, frame: Frame, owner: str, step: ir.Step) -> tuple[Frame, tuple[tuple[ir.Expr, ir.Expr], ...]]:
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
            self.lifted(frame, own, self.scalar(self.model.bys[relation.name, item.name], env), item.name)
            for item in relation.by
        ]
        named = [
            value if isinstance(value, ir.Col) else self.computed(frame, value, item.name).ref
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
            _, on = self.joined(frame, owner, step)
        above, ids = self._located(step.to, rest, key) if rest else (target, target.key)
        if one and above is target:
            return frame, tuple(self.attach(frame, self.columns[value], on) for value in ids)
        links = tuple((its, self.lifted(above, target, theirs, "link")) for its, theirs in on)
        narrowed = self.narrowing(step.to, Env(target, step.to, {ir.Row(0, step.to): ()}))
        shown = tuple(
            self.lifted(above, target, self.computed(target, part, "shows").ref, "shows") for part in narrowed
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

    def lifted(self, frame: Frame, origin: Frame, value: ir.Expr, name: str) -> ir.Expr:
        """A scalar over ``origin`` as a column of ``frame``, whose rows are origin's rows (each perhaps several times)."""
        if frame is origin or isinstance(value, ir.Literal):
            return value
        column = self.computed(origin, value, name)
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
        everyone: bool = False,
    ) -> Frame:
        identity = ("group", id(frame), by, where, everyone)
        known = self.columns.frames.get(identity)
        if known is None:
            rows = Groups(frame, by, by_names, where, rows_matter, everyone)
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
        match expr:
            case ir.FieldRef(row=row, path=path, field=declared):

                def of_field(frame: Frame, owner: str) -> ir.Expr:
                    return self.field(frame, owner, declared.name)

                value = self._read(row, env, lambda at: self.at(at.frame, at.owner, (*at.rows[row], *path), of_field))
                return self._as_optional_as(value, expr)
            case ir.TraitColumn(row=row, path=path, trait=trait):

                def of_trait(frame: Frame, owner: str) -> ir.Expr:
                    return self._held(frame, trait)

                value = self._read(row, env, lambda at: self.at(at.frame, at.owner, (*at.rows[row], *path), of_trait))
                return self._as_optional_as(value, expr)
            case ir.RowUse(row=row, path=path, name=name):

                def of_row(frame: Frame, owner: str) -> ir.Expr:
                    return self._row_definition(frame, owner, name)

                value = self._read(row, env, lambda at: self.at(at.frame, at.owner, (*at.rows[row], *path), of_row))
                return self._as_optional_as(value, expr)
            case ir.NoRow(row=row, path=path, negated=negated):

                def of_key(frame: Frame, owner: str) -> ir.Expr:
                    return frame.key[0]

                key = self._read(row, env, lambda at: self.at(at.frame, at.owner, (*at.rows[row], *path), of_key))
                return ir.IsMissing(key, negated=negated)
            case ir.Use(name=name):
                return self.of_entity(env, lambda: self.definition(name).ref)
            case ir.GroupValue(row=row):
                return self._read(row, env, lambda at: _group_of(at).value)
            case ir.Previous(row=row):
                return self._read(row, env, lambda at: beyond.previous(self, expr, at))
            case ir.Follow():
                return self._where_reached(expr, env, lambda at: beyond.follow(self, expr, at))
            case ir.Aggregate():
                return self._where_reached(expr, env, lambda at: aggregates.aggregate(self, expr, at))
            case ir.Past(moment=moment):
                then = self.then(moment)
                return self.of_entity(env, lambda: then.stood(expr))
            case ir.Rank() | ir.PairRank() | ir.RankValue():
                return self.of_entity(env, lambda: ranks.rank(self, expr))
            case ir.Overall():
                return self.attached(env.frame, ranks.overall(self, expr), ())
            case ir.Instant(moment=moment):
                return replace(expr, moment=seen_from(moment, self.moment))
            case ir.InPeriod(value=value) | ir.Anniversary(value=value):
                return replace(expr, value=self._scalar(value, env), period=self.period(expr.period))
            case ir.Between():
                raise AssertionError("simplify leaves no Between")
            case ir.Compare() if (bucket := ranks.bucket_of(self, expr)) is not None:
                return self.of_entity(env, lambda: ranks.in_bucket(self, bucket))
            case ir.Compare():
                return positive(rebuild(expr, lambda child: self._scalar(child, env)))
            case _:
                return rebuild(expr, lambda child: self._scalar(child, env))

    def _read(self, row: ir.Row, env: Env, leaf: Callable[[Env], ir.Expr]) -> ir.Expr:
        """What is asked of a row, made where that row is at hand and brought here."""
        if row in env.rows or (env.group is not None and env.group.row == row):
            return leaf(env)
        around = next(around for around in env.around if around.env.reaches(row))
        return around.bring(self._read(row, around.env, leaf))

    def _where_reached(self, expr: ir.Expr, env: Env, make: Callable[[Env], ir.Expr]) -> ir.Expr:
        """What is asked of several rows, made where all of them are at hand: not for each pair of a row and another if it is
        about one of them alone."""
        rows = free_rows(expr, self.entity_row)
        if not all(row in env.rows for row in rows):
            for around in env.around:
                if all(around.env.reaches(row) for row in rows):
                    return around.bring(self._where_reached(expr, around.env, make))
        return make(env)

    def of_entity(self, env: Env, make: Callable[[], ir.Expr]) -> ir.Expr:
        """A scalar over the entity's frame, for the entity that a row belongs to."""

        def brought(at: Env) -> ir.Expr:
            path = at.rows[self.entity_row]
            if not path:
                return make()
            return self.at(at.frame, at.owner, path, lambda _frame, _owner: make())

        return self._read(self.entity_row, env, brought)

    def period(self, period: ir.Period) -> ir.Period:
        """A period as it is at the builder's moment."""
        if self.now is self:
            return period
        return replace(period, start=seen_from(period.start, self.moment), end=seen_from(period.end, self.moment))

    def stood(self, expr: ir.Past) -> ir.Expr:
        """What an expression about the entity was at the builder's moment; of who did not exist, nothing."""
        value, exists = self._scalar(expr.value, self.entity_env), self.exists()
        if is_condition(expr.value):
            found: ir.Expr = value if exists is None else ir.All((exists, value))
        else:
            found = value if exists is None else ir.If(exists, value, None, type=value.type, optional=True)
        if isinstance(found, ir.Literal):
            return found
        name = names.shortened(f"{self._name_of(expr.value)}_{names.moment(self.moment)}", expr)
        return self.computed(self.entity_frame, found, name, is_condition(expr.value)).ref

    def _name_of(self, expr: ir.Expr) -> str:
        return expr.name if isinstance(expr, ir.Use) else "value"

    def _row_definition(self, frame: Frame, owner: str, name: str) -> ir.Expr:
        """A trait of a relation, as a scalar over the frame of its rows."""
        known = self._row_definitions.get((name, id(frame)))
        if known is None:
            definition = self.program.definitions[name]
            assert definition.owner is not None
            rows: dict[ir.Row, ir.Path] = {ir.Row(1, definition.owner): ()}
            way = self.way_up(owner, self.entity_row.of)
            if self.climbs(owner, way):
                rows[self.entity_row] = way
            value = self.scalar(definition.body, Env(frame, owner, rows))
            known = self.computed(frame, value, name.rpartition(".")[2], is_condition(definition.body)).ref
            self._row_definitions[name, id(frame)] = known
        return known

    def _as_optional_as(self, value: ir.Expr, expr: ir.Expr) -> ir.Expr:
        """The resolver knows better than the join whether a value can be missing: a row that shows has its parent."""
        if isinstance(value, ir.Col) and value.optional and not expr.optional:
            return ir.Col("", value.name, type=value.type, optional=False)
        return value

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
            wanted = name if self.now is self else names.shortened(f"{name}_{names.moment(self.moment)}", self.moment)
            known = self.computed(self.entity_frame, value, wanted, condition)
            self._definitions[name] = known
        return known

    # -- ways and times ---------------------------------------------------------------------------------------------

    def climbs(self, relation: str, way: ir.Path) -> bool:
        """Can a row read what lies above it? Not where a join may find several parents."""
        current = relation
        for step in way:
            declared = self.schema.relations[current]
            if step.kind == "parent" and not self.covers_key(declared):
                return False
            current = step.to
        return True

    def is_own_group(self, way: ir.Path) -> bool:
        return len(way) == 1 and way[0].kind == "group"

    def _field_below(self, env: Env, path: ir.Path, name: str) -> ir.Expr:
        return self.at(env.frame, env.owner, path, lambda frame, owner: self.field(frame, owner, name))

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


def _group_of(env: Env) -> Group:
    assert env.group is not None
    return env.group
