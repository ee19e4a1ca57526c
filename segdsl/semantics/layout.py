"""Where rows hang in a schema: parents, groups, lookups, and the paths between them.

In goes a schema, out come answers about its shape: what a name can mean in a row and how it is reached from there.
Nothing here knows of expressions or texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from segdsl import schema as sch
from segdsl.records import record
from segdsl.semantics.ir import Path, Step
from segdsl.types import Kind


@record(frozen=True, slots=True)
class Place:
    """An owner of fields (entity, relation or lookup) and the path that leads to it."""

    path: Path
    owner: str


class Layout:
    """The shape of one schema."""

    __slots__ = ("_levels", "_lookups", "_private", "_traits", "schema")

    def __init__(
        self, schema: sch.Schema, traits: Mapping[tuple[str, str], str] | None = None, *, private: bool = True
    ) -> None:
        """``traits``: those that a library gives to the rows of relations, each (relation, name) with its full name. ``private``: the
        schema's own expressions read what is marked so; to a library's texts it is not there."""
        self.schema = schema
        self._private = private
        self._traits = traits or {}
        self._levels: dict[str, tuple[tuple[Place, ...], ...]] = {}
        self._lookups: dict[str, dict[str, sch.Lookup]] = {}
        for lookup in schema.lookups.values():
            self._lookups.setdefault(lookup.of, {})[lookup.name] = lookup

    @property
    def entity(self) -> str:
        return self.schema.entity.name

    def is_relation(self, name: str) -> bool:
        return name in self.schema.relations

    def fields(self, owner: str) -> Mapping[str, sch.Field]:
        if owner == self.entity:
            return self.schema.entity.fields
        if owner in self.schema.relations:
            return self.schema.relations[owner].fields
        return self.schema.lookups[owner].fields

    def field(self, owner: str, name: str) -> sch.Field | None:
        """A field that is to be known of here."""
        found = self.fields(owner).get(name)
        known = found is not None and found.declared and (self._private or not found.private)
        return found if known else None

    def trait(self, owner: str, name: str) -> str | None:
        """The full name of a trait that each row of ``owner`` has: its own, or that of a relation that it is ``from``."""
        owners = (owner, *self.bases(owner))
        return next((self._traits[each, name] for each in owners if (each, name) in self._traits), None)

    def traits(self, owner: str) -> Iterator[str]:
        """The names of the traits that each row of ``owner`` has."""
        owners = (owner, *self.bases(owner))
        return (name for each, name in self._traits if each in owners)

    def lookups(self, owner: str) -> Mapping[str, sch.Lookup]:
        """The lookups that a row of ``owner`` has; a relation that is ``from`` another has the other's too."""
        found: dict[str, sch.Lookup] = {}
        for name in (owner, *self.bases(owner)):
            found = {**self._lookups.get(name, {}), **found}
        return found

    def steps(self, owner: str) -> tuple[Step, ...]:
        """To the rows that a row of ``owner`` belongs to: its parent, and the groups that it is in."""
        relation = self.schema.relations.get(owner)
        if relation is None:
            return ()
        groups = (Step("group", g.name) for g in self.schema.relations.values() if g.groups == owner and g.base is None)
        return (Step("parent", relation.parent), *groups)

    def bases(self, relation: str) -> Iterator[str]:
        """The relations that a relation is ``from``, nearest first."""
        found = self.schema.relations.get(relation)
        seen: set[str] = set()
        while found is not None and found.base is not None and found.base not in seen:
            seen.add(found.base)
            yield found.base
            found = self.schema.relations.get(found.base)

    def levels(self, owner: str) -> tuple[tuple[Place, ...], ...]:
        """The owners whose names a row of ``owner`` can read, nearest first, the entity last."""
        if owner not in self._levels:
            self._levels[owner] = tuple(self._climbed(owner))
        return self._levels[owner]

    def _climbed(self, owner: str) -> Iterator[tuple[Place, ...]]:
        entity: Place | None = None
        level = [Place((), owner)]
        seen = {owner}
        while level:
            rows = tuple(place for place in level if place.owner != self.entity)
            if rows:
                yield rows
            entity = entity or next((place for place in level if place.owner == self.entity), None)
            following: list[Place] = []
            for place in rows:
                for step in self.steps(place.owner):
                    if step.to not in seen:
                        seen.add(step.to)
                        following.append(Place((*place.path, step), step.to))
            level = following
        if entity is not None:
            yield (entity,)

    def path(self, owner: str, target: str) -> Path | None:
        """The shortest way from a row of ``owner`` up to the row of ``target`` that it belongs to."""
        for level in self.levels(owner):
            for place in level:
                if place.owner == target:
                    return place.path
        return None

    def way_up(self, owner: str, target: str) -> Path:
        """The way from a row up to one that it descends from: by parents, or where they do not lead there, through groups."""
        path: Path = ()
        current = owner
        seen: set[str] = set()
        while current != target and current in self.schema.relations and current not in seen:
            seen.add(current)
            current = self.schema.relations[current].parent
            path = (*path, Step("parent", current))
        found = path if current == target else self.path(owner, target)
        assert found is not None, f"{owner} does not descend from {target}"
        return found

    def crossings(self, owner: str, path: Path) -> tuple[tuple[str, Step], ...]:
        """The steps of a path that may lead to several rows, each with the owner that it starts from."""
        found: list[tuple[str, Step]] = []
        for step in path:
            if not self.has_one(owner, step):
                found.append((owner, step))
            owner = step.to
        return tuple(found)

    def descends(self, owner: str, ancestor: str) -> bool:
        return owner != ancestor and self.path(owner, ancestor) is not None

    def has_one(self, owner: str, step: Step) -> bool:
        """Does the step lead to one row at most? A join that does not cover its parent's key may find several; a row that so
        belongs to several customers is in a group of each."""
        if step.kind == "lookup":
            return True
        if step.kind == "group":
            return self._has_one_entity(owner)
        relation = self.schema.relations[owner]
        if relation.groups is not None:
            return True
        key = self.key(step.to)
        return bool(key) and set(key) <= {link.parent for link in relation.links}

    def key(self, owner: str) -> tuple[str, ...]:
        """The fields that tell the rows of a relation, or the entities, apart; none where nothing is known to."""
        return (self.schema.entity.key,) if owner == self.entity else self.schema.relations[owner].key

    def _has_one_entity(self, owner: str) -> bool:
        seen: set[str] = set()
        while owner in self.schema.relations and owner not in seen:
            seen.add(owner)
            step = Step("parent", self.schema.relations[owner].parent)
            if not self.has_one(owner, step):
                return False
            owner = step.to
        return True

    def everybody_has(self, relation: str) -> bool:
        """Has everybody a row of it? Where customers are the keys of one table, they are there from their first row on: a relation
        that has all of its rows has one for each, and so have groups that leave none of these out."""
        found, entity = self.schema.relations[relation], self.schema.entity
        if found.where is not None or any(
            self.schema.relations[base].where is not None for base in self.bases(relation)
        ):
            return False
        if found.groups is not None:
            rows = self.schema.relations[found.groups]
            plain = (None if by.expression is not None else rows.fields.get(by.name) for by in found.by)
            return self.everybody_has(rows.name) and all(by is not None and _is_always_there(by) for by in plain)
        if entity.distinct != (found.table,) or found.parent != entity.name:
            return False
        key, own = entity.fields[entity.key], [found.fields[link.child] for link in found.links]
        time = None if found.time is None else found.fields[found.time]
        # They are there as soon as one of the times that are declared for the table says so.
        times = {
            _read(other.fields[other.time])
            for other in self.schema.relations.values()
            if other.table == found.table and other.time is not None
        }
        return (
            [link.parent for link in found.links] == [entity.key]
            and _read(own[0]) == _read(key)
            and (time is None or (time.expression is None and times == {_read(time)}))
        )

    def time(self, relation: str) -> sch.Field | None:
        """The field that says when a row happened: its own, or its parent's."""
        name = relation
        seen: set[str] = set()
        while name in self.schema.relations and name not in seen:
            seen.add(name)
            found = self.schema.relations[name]
            if found.time is not None:
                return found.fields.get(found.time)
            name = found.parent
        return None


def _is_always_there(field: sch.Field) -> bool:
    return not field.optional and field.expression is None and field.type.kind is not Kind.LIST


def _read(field: sch.Field) -> tuple[object, ...]:
    """How its value is read from a row of the table."""
    return field.column, field.type, field.missing, field.stored, tuple(field.codes.items()), field.expression
