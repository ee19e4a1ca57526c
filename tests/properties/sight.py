"""What is in sight where a text stands: fields by what they are called there, relations, lookups, the rows around; and what of it
has a past. Facts of a schema, found here anew, so that a text that the resolver refuses is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeAlias

from properties.trees import T

from segdsl.schema import Field, Relation, Schema
from segdsl.types import Kind, Type

Wanted: TypeAlias = Callable[[Type], bool]


@dataclass(frozen=True, slots=True)
class Around:
    """A row around another: what it is called, and whose row it is."""

    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class Scope:
    """``owners``: the row's own, its parent's and so on, the entity last. ``alias``: the name that the row was given.
    ``prefix``: in an aggregate's value, how its names begin. ``around``: the rows around, innermost first. ``past``: only what has
    a past may be read. ``timed``: only relations with a time. ``periodic``: inside ``each of``. ``is_group``: it is a group of
    rows, with ``per`` in common.
    """

    owners: tuple[str, ...]
    alias: str = ""
    prefix: str = ""
    around: tuple[Around, ...] = ()
    past: bool = False
    timed: bool = False
    periodic: bool = False
    is_group: bool = False
    per: T | None = None

    @property
    def owner(self) -> str:
        return self.owners[0]

    @property
    def name(self) -> str:
        """What the row is called."""
        return self.alias or self.owner

    @property
    def plain(self) -> Scope:
        """The same row, named without a prefix."""
        return replace(self, prefix="") if self.prefix else self


@dataclass(frozen=True, slots=True)
class Known:
    """A definition that texts may use: a trait (``owner``: of a relation), a segment, tiers (``cases``), a trait that takes
    ``arguments``. ``past``: it reads only what has one."""

    name: str
    type: Type
    past: bool
    owner: str | None = None
    cases: tuple[str, ...] = ()
    arguments: tuple[Type, ...] = ()


class Sight:
    """``in_schema``: for expressions inside a schema, which know of no definitions, parameters and aggregates."""

    def __init__(self, schema: Schema, random: Random, *, in_schema: bool = False) -> None:
        self.schema = schema
        self.random = random
        self.in_schema = in_schema
        self.entity = schema.entity.name
        self.definitions: list[Known] = []
        self.params: dict[str, list[str]] = {}
        self.arguments: list[tuple[str, Type]] = []
        self._pasts: dict[str, bool] = {}

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    # -- the shape of the schema ------------------------------------------------------------------------------------

    def at(self, owner: str) -> Scope:
        """In a row, with nothing around it."""
        return Scope(self.chain(owner))

    def chain(self, owner: str) -> tuple[str, ...]:
        chain = [owner]
        while chain[-1] in self.schema.relations:
            chain.append(self.schema.relations[chain[-1]].parent)
        return tuple(chain)

    def bases(self, owner: str) -> tuple[str, ...]:
        """The owner, and the relations that it is ``from``."""
        found = [owner]
        while found[-1] in self.schema.relations and (base := self.schema.relations[found[-1]].base) is not None:
            found.append(base)
        return tuple(found)

    def root(self, owner: str) -> str:
        return self.bases(owner)[-1]

    def has_several_parents(self, owner: str) -> bool:
        """Can a row's join find more than one parent? What is the parent's is then not the row's own."""
        relation = self.schema.relations.get(self.root(owner))
        parent = None if relation is None else self.schema.relations.get(relation.parent)
        return (
            relation is not None
            and parent is not None
            and not (parent.key and set(parent.key) <= {link.parent for link in relation.links})
        )

    def has_one_customer(self, owner: str) -> bool:
        return not any(self.has_several_parents(one) for one in self.chain(owner)[:-1])

    def is_told_apart(self, owner: str) -> bool:
        """Has each row a key, and one customer? From such a row other rows can be seen."""
        return bool(self.schema.relations[owner].key) and self.has_one_customer(owner)

    def below(self, owner: str) -> list[str]:
        """The relations whose rows are a row's own."""
        found = []
        relation = self.schema.relations[owner]
        if relation.groups is not None:
            found.append(relation.groups)
            found.extend(self.below(relation.groups))
        for name, other in self.schema.relations.items():
            if other.parent == owner and other.groups is None:
                found.append(name)
                if other.base is None:
                    found.extend(self.below(name))
        return list(dict.fromkeys(found))

    def time_of(self, relation: Relation) -> Kind | None:
        if relation.time is not None:
            return relation.fields[relation.time].type.kind
        if self.has_several_parents(relation.name):
            return None
        parent = self.schema.relations.get(relation.parent)
        return None if parent is None else self.time_of(parent)

    # -- what has a past --------------------------------------------------------------------------------------------

    def has_past(self, owner: str) -> bool:
        """Is it known which rows there were?"""
        if owner not in self._pasts:
            self._pasts[owner] = False
            self._pasts[owner] = self._has_past(owner)
        return self._pasts[owner]

    def _has_past(self, owner: str) -> bool:
        if owner == self.entity:
            where = self.schema.entity.where
            return where is None or self.text_has_past(where.text)
        if owner in self.schema.lookups:
            return False
        wheres = [self.schema.relations[one].where for one in self.bases(owner)]
        relation = self.schema.relations[owner]
        by = [one.expression.text if one.expression is not None else one.name for one in relation.by]
        return (
            self.time_of(relation) is not None
            and (relation.groups is None or self.has_past(relation.groups))
            and self.has_past(relation.parent)
            and all(where is None or self.text_has_past(where.text) for where in wheres)
            and all(map(self.text_has_past, by))
        )

    def field_has_past(self, owner: str, field: Field) -> bool:
        if field.expression is not None:
            place = f"{owner}.{field.name}"
            if place not in self._pasts:
                self._pasts[place] = False
                self._pasts[place] = self.text_has_past(field.expression.text)
            return self._pasts[place] and (owner not in self.schema.relations or self.has_past(owner))
        if owner in self.schema.relations:
            return not field.changes and self.has_past(owner)
        if owner in self.schema.lookups and not self._is_found_in_the_past(owner):
            return False
        return field.fixed or (owner == self.entity and field.name == self.schema.entity.created)

    def _is_found_in_the_past(self, lookup: str) -> bool:
        found = self.schema.lookups[lookup]
        fields = {field.name: field for field in self.fields(found.of)}
        return all(self.field_has_past(found.of, fields[link.child]) for link in found.links)

    def text_has_past(self, text: str) -> bool:
        """Does everything have a past that has a name like one in the text?"""
        words = re.findall(r"[A-Za-z_]\w*", re.sub(r'"(?:[^"\\]|\\.)*"', "", text))
        owners = [self.entity, *self.schema.relations, *self.schema.lookups]
        for word in dict.fromkeys(words):
            if word in self.schema.lookups and re.search(rf"\b{word} is\b", text):
                return False
            for owner in owners:
                field = next((f for f in self.fields(owner) if f.name == word), None)
                if field is not None and not self.field_has_past(owner, field):
                    return False
        return True

    # -- names ------------------------------------------------------------------------------------------------------

    def fields(self, owner: str) -> Sequence[Field]:
        if owner == self.entity:
            return list(self.schema.entity.fields.values())
        return list((self.schema.relations.get(owner) or self.schema.lookups[owner]).fields.values())

    def fields_of(self, owner: str, scope: Scope) -> Sequence[tuple[str, Type]]:
        """What a text may read of a row: fields, and traits of a relation."""
        found = [
            (field.name, field.type)
            for field in self.fields(owner)
            if field.declared and not field.private and not (scope.past and not self.field_has_past(owner, field))
        ]
        if owner in self.schema.relations:
            bases = self.bases(owner)
            found += [(k.name, k.type) for k in self.definitions if k.owner in bases and (k.past or not scope.past)]
        return found

    def visible(self, scope: Scope) -> list[tuple[str, Type]]:
        """Names and what they are, nearest first."""
        found: dict[str, Type] = {}
        if not scope.is_group:
            self._see_row(scope, found)
        if scope.prefix:
            return list(found.items())
        if not self.in_schema:
            if scope.alias and not scope.is_group:
                for name, of in self.fields_of(scope.owner, scope):
                    found[f"{scope.alias}.{name}"] = of
            for row in scope.around:
                if not self._is_hidden(row, scope, found):
                    for name, of in self.fields_of(row.owner, scope):
                        found.setdefault(f"{row.name}.{name}", of)
        if scope.is_group:
            if scope.per is not None:
                found[scope.per.text] = scope.per.type
            return list(found.items())
        for name, of in self.arguments:
            found.setdefault(name, of)
        if not self.in_schema and all(map(self.has_one_customer, scope.owners[:-1][:1])):
            if not scope.past:
                for name, trait in self.schema.traits.items():
                    found.setdefault(name, trait.type)
            for known in self.definitions:
                if known.owner is None and not known.arguments and (known.past or not (scope.past or scope.timed)):
                    found.setdefault(known.name, known.type)
        return list(found.items())

    def _see_row(self, scope: Scope, found: dict[str, Type]) -> None:
        prefix = scope.prefix
        hidden: set[str] = set()
        several = False
        for owner in scope.owners[:1] if prefix else scope.owners:
            is_hidden, several = several, several or self.has_several_parents(owner)
            if is_hidden:
                hidden.update(name for name, _ in self.fields_of(owner, replace(scope, past=False)))
                continue
            for name, of in self.fields_of(owner, scope):
                if prefix + name in hidden:
                    continue
                if prefix + name not in found and not self._is_nearer(name, owner, scope):
                    found[prefix + name] = of
                elif owner in self.schema.relations:
                    found[f"{owner}.{name}"] = of
            for lookup in self._lookups(owner):
                for name, of in self.fields_of(lookup, scope):
                    found.setdefault(f"{prefix}{lookup}.{name}", of)
                for deep in self._lookups(lookup):
                    for name, of in self.fields_of(deep, scope):
                        found.setdefault(f"{prefix}{lookup}.{deep}.{name}", of)
            if not prefix and not self.in_schema:
                for group, relation in self.schema.relations.items():
                    if relation.groups is not None and relation.groups == owner and relation.base is None:
                        for name, of in self.fields_of(group, scope):
                            found.setdefault(f"{group}.{name}", of)

    def _is_nearer(self, name: str, owner: str, scope: Scope) -> bool:
        """Does a nearer owner have a field of that name, of which nothing may be read here?"""
        nearer = scope.owners[: scope.owners.index(owner)]
        return scope.past and any(field.name == name for one in nearer for field in self.fields(one))

    def _is_hidden(self, row: Around, scope: Scope, found: dict[str, Type]) -> bool:
        """Does something nearer have the name of a row around?"""
        names = {*scope.owners[1 if scope.alias else 0 :], scope.alias, *self.lookup_paths(scope)}
        names |= {one.name for one in scope.around[: scope.around.index(row)]}
        return row.name in names or row.name in found

    def _lookups(self, owner: str) -> list[str]:
        return [name for name, lookup in self.schema.lookups.items() if lookup.of == self.root(owner)]

    def lookup_paths(self, scope: Scope) -> list[str]:
        found = []
        for owner in scope.owners:
            for name in self._lookups(owner):
                found.append(name)
                found.extend(f"{name}.{deep}" for deep in self._lookups(name))
            if self.has_several_parents(owner):
                break
        return found

    def field(self, scope: Scope, wanted: Wanted) -> T | None:
        found = [(name, of) for name, of in self.visible(scope) if wanted(of)]
        if not found:
            return None
        # The nearest ones more often than others; of a row around, often enough.
        near = found[:6]
        if scope.around and self.chance(30):
            names = tuple(row.name + "." for row in scope.around)
            near = [(name, of) for name, of in found if name.startswith(names)] or near
        made = [(name, of) for name, of in found if name in {known.name for known in self.definitions}]
        if made and self.chance(25):
            near = made
        name, of = self.random.choice(found if self.chance(40) else near)
        return T(of, (name,))

    # -- relations --------------------------------------------------------------------------------------------------

    def relations(self, scope: Scope) -> list[tuple[Relation, str]]:
        """Those that can be aggregated here, and how each is named. In a row: its own, and all others of its customer."""
        if self.in_schema:
            return []
        every = self.schema.relations
        if scope.owners == (self.entity,) and not scope.is_group:
            found = [(relation, name) for name, relation in every.items()]
        else:
            found = self._in_row(scope)
        return [
            (relation, text)
            for relation, text in found
            if (not scope.past or self.has_past(relation.name))
            and (not scope.timed or self.time_of(relation) is not None)
        ]

    def _in_row(self, scope: Scope) -> list[tuple[Relation, str]]:
        every = self.schema.relations
        own = self.below(scope.owner)
        if scope.is_group:
            return [(every[name], name) for name in (scope.owner, *own)]
        # Its own rows more often than others.
        found = [(every[name], name) for name in own] * 3
        rows = [scope.owner, *(row.owner for row in scope.around)]
        if not all(map(self.is_told_apart, rows)):
            return found
        related = {name for row in rows for base in self.bases(row) for name in self.below(base)}
        for name, relation in every.items():
            found.append((relation, f"{self.entity}.{name}"))
            if name not in related:
                found += [(relation, name)] * 2
        return found

    def inside(self, scope: Scope, relation: str, alias: str = "") -> Scope:
        """In a row of an aggregate that stands here; ``alias`` is what that row is called inside."""
        around = scope.around
        if scope.owner in self.schema.relations and not scope.is_group:
            around = (Around(scope.name, scope.owner), *around)
        return Scope(self.chain(relation), alias, around=around, past=scope.past, periodic=scope.periodic)
