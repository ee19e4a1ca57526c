"""Which rows there are, and what hangs on what: the second and fourth chapter of the language, in plain loops.

Comes in: a checked schema, the tables, an instant. Goes out: the population, for each of its members the rows that show,
and the same at an earlier instant. Everything is asked for by name and kept once it is known; nothing else is clever here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TypeAlias

from segdsl import schema as sch
from segdsl.backends.reference.aggregates import place
from segdsl.backends.reference.columns import read_field, read_trait
from segdsl.backends.reference.evaluate import evaluate, holds
from segdsl.backends.reference.everyone import chosen, overall, places
from segdsl.backends.reference.records import Group, Identity, Record, Tables, Value
from segdsl.semantics import ir
from segdsl.semantics.time import zone

_Place: TypeAlias = tuple[Identity, int]


def _place(record: Record) -> _Place:
    """Which row this is, and under which parent: equal for a row of a `from` relation and its base's."""
    return record.identity, id(record.parent)


class World:
    """A schema's data as it stands at an instant. ``definitions`` are a library's, for `ir.Use`."""

    def __init__(
        self,
        model: ir.Model,
        tables: Tables,
        as_of: datetime,
        definitions: Mapping[str, ir.Definition] | None = None,
    ) -> None:
        self.model = model
        self.schema = model.schema
        self.zone = zone(model.schema.timezone)
        self.as_of = as_of if as_of.tzinfo is None else as_of.astimezone(UTC).replace(tzinfo=None)
        self._tables = tables
        self._definitions = definitions or {}
        self._fields = {owner: model.fields_of(owner) for owner in self._owners()}
        self._population: list[Record] | None = None
        self._entities: dict[Identity, Record] | None = None
        self._shown: dict[str, list[Record]] = {}
        self._below: dict[str, dict[_Place, list[Record]]] = {}
        self._grouped: dict[str, dict[tuple[Identity, Identity], Record]] = {}
        self._lookups: dict[str, dict[tuple[Value, ...], Record]] = {}
        self._by_place: dict[str, dict[_Place, Record]] = {}
        self._values: dict[tuple[_Place, str], Value] = {}
        self._of_all: dict[ir.Expr, Value] = {}
        self._chosen: dict[ir.Expr, set[Value]] = {}
        self._places: dict[ir.Expr, dict[Value, int]] = {}
        self._worlds: dict[datetime, World] = {self.as_of: self}

    def _owners(self) -> list[str]:
        return [self.schema.entity.name, *self.schema.relations, *self.schema.lookups]

    # -- the population ---------------------------------------------------------------------------------------------

    @property
    def population(self) -> list[Record]:
        """Those who had come to exist before ``as_of`` and for whom the entity's condition holds."""
        if self._population is None:
            entity = self.schema.entity
            found = self._distinct_entities() if entity.distinct else self._table_entities()
            condition = self.model.wheres.get(entity.name)
            self._population = [one for one in found if condition is None or holds(condition, (one,), self)]
        return self._population

    def _table_entities(self) -> Iterator[Record]:
        """The rows of the entity's table; who has no time of creation has always been there."""
        entity = self.schema.entity
        assert entity.table is not None
        for columns in self._tables[entity.table]:
            key = self._column(entity.name, entity.key, columns)
            record = Record(entity.name, (entity.name, key), columns)
            created = None if entity.created is None else self.field_named(record, entity.created)
            if key is not None and (created is None or self._is_past(created)):
                yield record

    def _distinct_entities(self) -> Iterator[Record]:
        """Where there is no table of entities, the keys in other tables, from their first row before ``as_of``."""
        entity = self.schema.entity
        keys: dict[Value, None] = {}
        for table in entity.distinct:
            over = [relation for relation in self.schema.relations.values() if relation.table == table]
            for columns in self._tables[table]:
                if self._has_happened(over, columns):
                    keys[self._column(entity.name, entity.key, columns)] = None
        for key in keys:
            if key is not None:
                field = self._fields[entity.name][entity.key]
                yield Record(entity.name, (entity.name, key), {}, known={field.name: key})

    def _has_happened(self, over: Sequence[sch.Relation], columns: Mapping[str, object]) -> bool:
        """Did this row of a table happen before ``as_of``, by the times that the relations over the table declare?"""
        timed = [relation for relation in over if relation.time is not None]
        if not timed:
            return True
        times = [
            self.field_named(Record(relation.name, (), columns), relation.time)
            for relation in timed
            if relation.time is not None
        ]
        return any(time is not None and self._is_past(time) for time in times)

    def entity_key(self, record: Record) -> Value:
        return self.field_named(record, self.schema.entity.key)

    @property
    def everyone(self) -> Group:
        """The population as one row."""
        return Group(self.schema.entity.name, None, tuple(self.population))

    # -- what concerns everyone ---------------------------------------------------------------------------------------

    def overall(self, node: ir.Overall) -> Value:
        if node not in self._of_all:
            self._of_all[node] = overall(node, self)
        return self._of_all[node]

    def chosen(self, node: ir.Rank | ir.PairRank) -> set[Value]:
        """The keys of those who are in the top, or at the bottom."""
        if node not in self._chosen:
            self._chosen[node] = chosen(node, self)
        return self._chosen[node]

    def places(self, node: ir.RankValue) -> dict[Value, int]:
        """The rank or quantile of everyone who is ranked, by key."""
        if node not in self._places:
            self._places[node] = places(node, self)
        return self._places[node]

    # -- the past -----------------------------------------------------------------------------------------------------

    def at(self, instant: datetime) -> World:
        """The same data as it stood at another instant."""
        if instant not in self._worlds:
            world = World(self.model, self._tables, instant, self._definitions)
            world._worlds = self._worlds
            self._worlds[instant] = world
        return self._worlds[instant]

    def same_entity(self, other: Record) -> Record | None:
        """The member of this population that a member of another world's is."""
        if self._entities is None:
            self._entities = {record.identity: record for record in self.population}
        return self._entities.get(other.identity)

    # -- the rows that show -----------------------------------------------------------------------------------------

    def shown(self, name: str) -> list[Record]:
        """All rows of a relation that show: of a parent that shows, for which its condition holds, from the past."""
        if name not in self._shown:
            relation = self.schema.relations[name]
            if relation.base is not None:
                candidates = self._rows_of_base(relation)
            elif relation.groups is not None:
                candidates = self._groups(relation, relation.groups)
            else:
                candidates = self._table_rows(relation)
            condition = self.model.wheres.get(name)
            self._shown[name] = [
                record
                for record in candidates
                if self._shows_by_time(record, relation) and (condition is None or holds(condition, (record,), self))
            ]
        return self._shown[name]

    def _shows_by_time(self, record: Record, relation: sch.Relation) -> bool:
        """Only what has a time of its own is asked for it: what takes its parent's shows with the parent."""
        if relation.time is None:
            return True
        time = self.field_named(record, relation.time)
        return time is not None and self._is_past(time)

    def _table_rows(self, relation: sch.Relation) -> Iterator[Record]:
        """Each row of the table under each parent that its join finds; a missing key finds none."""
        assert relation.table is not None
        parents: dict[tuple[Value, ...], list[Record]] = {}
        for parent in self._parents(relation):
            link = tuple(self.field_named(parent, link.parent) for link in relation.links)
            parents.setdefault(link, []).append(parent)
        for number, columns in enumerate(self._tables[relation.table]):
            identity = (relation.name, number)
            orphan = Record(relation.name, identity, columns)
            link = tuple(self.field_named(orphan, link.child) for link in relation.links)
            if None not in link:
                for parent in parents.get(link, []):
                    yield Record(relation.name, identity, columns, parent)

    def _parents(self, relation: sch.Relation) -> list[Record]:
        if relation.parent == self.schema.entity.name:
            return self.population
        return self.shown(relation.parent)

    def _rows_of_base(self, relation: sch.Relation) -> Iterator[Record]:
        """The rows of the relation that this one is part of, under its own name."""
        assert relation.base is not None
        for record in self.shown(relation.base):
            known = dict(record.known) if record.members else {}
            yield Record(relation.name, record.identity, record.columns, record.parent, record.members, known)

    def _groups(self, relation: sch.Relation, grouped: str) -> Iterator[Record]:
        """One row for each entity and ``by`` values among the grouped rows that show; none where one is missing."""
        for entity in self.population:
            groups: dict[tuple[Value, ...], list[Record]] = {}
            rows = {row.identity: row for row in self.rows_of(entity, grouped)}
            for row in rows.values():
                by = tuple(evaluate(self.model.bys[relation.name, by.name], (row,), self) for by in relation.by)
                if None not in by:
                    groups.setdefault(by, []).append(row)
            for values, members in groups.items():
                identity = (relation.name, entity.identity, values)
                known = {by.name: value for by, value in zip(relation.by, values, strict=True)}
                known.setdefault(self.schema.entity.key, self.entity_key(entity))
                yield Record(relation.name, identity, {}, entity, tuple(members), known)

    def rows_of(self, outer: Record | Group, name: str) -> list[Record]:
        """The rows of a relation that hang on a row of the entity or of a relation, directly or further down."""
        if isinstance(outer, Group) or self._is_group(outer.owner):
            return [row for member in outer.members for row in self._rows_of_member(member, name)]
        if name not in self._below:
            below: dict[_Place, list[Record]] = {}
            for record in self.shown(name):
                above = record.parent
                while above is not None:
                    below.setdefault(_place(above), []).append(record)
                    above = above.parent
            self._below[name] = below
        return self._below[name].get(_place(outer), [])

    def _rows_of_member(self, member: Record, name: str) -> list[Record]:
        """A group's rows are its members, or the members' own."""
        if name == member.owner:
            return [member]
        if self._is_from(name, member.owner):
            own = self._row_at(_place(member), name)
            return [] if own is None else [own]
        return self.rows_of(member, name)

    def as_row_of(self, record: Record, name: str) -> Record:
        """A row of a `from` relation as the row of its base that it is."""
        if record.owner == name:
            return record
        own = self._row_at(_place(record), name)
        assert own is not None, (record.owner, name)
        return own

    def _row_at(self, where: _Place, name: str) -> Record | None:
        if name not in self._by_place:
            self._by_place[name] = {_place(record): record for record in self.shown(name)}
        return self._by_place[name].get(where)

    def row_before(self, record: Record) -> Record | None:
        """The customer's row of the same relation before a row, by time and then by key, among all that show."""
        places = [(place(self.time(row), self.key(row)), row) for row in self.siblings(record, record.owner)]
        mine = place(self.time(record), self.key(record))
        earlier = [(its, row) for its, row in places if its < mine]
        return max(earlier, key=lambda one: one[0])[1] if earlier else None

    def siblings(self, record: Record, name: str) -> list[Record]:
        """All rows of a relation of the customer whose row this is."""
        return self.rows_of(self.entity_of(record), name)

    def _is_group(self, name: str) -> bool:
        relation = self.schema.relations.get(name)
        while relation is not None and relation.base is not None:
            relation = self.schema.relations.get(relation.base)
        return relation is not None and relation.groups is not None

    def _is_from(self, name: str, other: str) -> bool:
        base = self.schema.relations[name].base
        return base is not None and (base == other or self._is_from(base, other))

    def _group_of(self, record: Record, name: str) -> Record | None:
        """The group of the same entity that a row is in, if that group shows."""
        if name not in self._grouped:
            self._grouped[name] = {
                (member.identity, group.parent.identity): group
                for group in self.shown(name)
                for member in group.members
                if group.parent is not None
            }
        return self._grouped[name].get((record.identity, self.entity_of(record).identity))

    def entity_of(self, record: Record) -> Record:
        while record.parent is not None:
            record = record.parent
        return record

    # -- steps, fields, times, keys ---------------------------------------------------------------------------------

    def follow(self, record: Record, path: ir.Path) -> Record | None:
        """The row at the end of a path of many-to-one steps, or None where a step finds no row."""
        for step in path:
            match step.kind:
                case "parent":
                    found = record.parent
                case "group":
                    found = self._group_of(record, step.to)
                case "lookup":
                    found = self._lookup_row(record, self.schema.lookups[step.to])
            if found is None:
                return None
            record = found
        return record

    def _lookup_row(self, record: Record, lookup: sch.Lookup) -> Record | None:
        link = tuple(self.field_named(record, link.child) for link in lookup.links)
        if None in link:
            return None
        if lookup.name not in self._lookups:
            rows: dict[tuple[Value, ...], Record] = {}
            for number, columns in enumerate(self._tables[lookup.table]):
                row = Record(lookup.name, (lookup.name, number), columns)
                rows.setdefault(tuple(self.field_named(row, link.parent) for link in lookup.links), row)
            self._lookups[lookup.name] = rows
        return self._lookups[lookup.name].get(link)

    def field_named(self, record: Record, name: str) -> Value:
        if name in record.known:
            return record.known[name]
        return self.field(record, self._fields[record.owner][name])

    def field(self, record: Record, field: sch.Field) -> Value:
        """A field of a row: what its column holds, or what its expression is worth."""
        if field.name not in record.known:
            expression = self.model.expressions.get((record.owner, field.name))
            if expression is not None:
                record.known[field.name] = evaluate(expression, (record,), self)
            else:
                record.known[field.name] = self._column(record.owner, field.name, record.columns)
        return record.known[field.name]

    def _column(self, owner: str, name: str, columns: Mapping[str, object]) -> Value:
        field = self._fields[owner][name]
        return read_field(field, columns.get(field.column or field.name), self.zone)

    def trait(self, record: Record, trait: sch.ColumnTrait) -> Value:
        return read_trait(trait, record.columns.get(trait.column), self.zone)

    def definition(self, entity: Record, name: str) -> Value:
        """The value of a trait, segment or tiers of the library for an entity."""
        asked = (_place(entity), name)
        if asked not in self._values:
            self._values[asked] = evaluate(self._definitions[name].body, (entity,), self)
        return self._values[asked]

    def row_definition(self, record: Record, name: str) -> Value:
        """The value of a relation's trait for one of its rows, or for one of a relation that is ``from`` it."""
        definition = self._definitions[name]
        assert definition.owner is not None
        row = self.as_row_of(record, definition.owner)
        asked = (_place(row), name)
        if asked not in self._values:
            self._values[asked] = evaluate(definition.body, (self.entity_of(row), row), self)
        return self._values[asked]

    def time(self, record: Record) -> date | None:
        """When a row happened: its own time, or its parent's."""
        relation = self.schema.relations.get(record.owner)
        if relation is None:
            return None
        if relation.time is None:
            return None if record.parent is None else self.time(record.parent)
        time = self.field_named(record, relation.time)
        assert time is None or isinstance(time, date), time
        return time

    def key(self, record: Record) -> tuple[Value, ...]:
        if record.owner == self.schema.entity.name:
            return (self.entity_key(record),)
        return tuple(self.field_named(record, name) for name in self.schema.relations[record.owner].key)

    def _is_past(self, time: Value) -> bool:
        """Is an instant, or the one at which a date begins, before ``as_of``?"""
        assert isinstance(time, date), time
        return (time if isinstance(time, datetime) else self.zone.begin(time)) < self.as_of
