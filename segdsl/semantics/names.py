"""Names in a row: what a name means where it stands.

A bare name is the row's own field, else its parent's, and so on up, the entity's last; two at one distance are
ambiguous. A name with dots begins with a lookup, a relation above the row, or the entity; or with a row around: one that
is named by `as`, or the nearest one of a relation (or what that one belongs to). In go names and a scope, out comes what
was found; messages are made by whoever asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Literal as OneOf

from segdsl import schema as sch
from segdsl.records import record, replace
from segdsl.semantics import ir
from segdsl.semantics.layout import Layout, Place
from segdsl.semantics.walk import walk_rows
from segdsl.syntax import ast
from segdsl.types import Kind, Type


@record(frozen=True, slots=True)
class Permits:
    """What may be read. ``aggregates``: over any relation, over the rows of the group alone, or none. ``where``: the
    place of a schema's expression, for messages."""

    definitions: bool = True
    parameters: bool = True
    aggregates: OneOf["any", "group", "none"] = "any"
    where: str = ""


@record(frozen=True, slots=True)
class Argument:
    """An argument of a trait that is being put in: what was written, and the scope in which it means something. Without
    ``node`` it stands for anything of its type: the trait is being checked on its own."""

    type: Type | None
    node: ast.Expr | None = None
    scope: Scope | None = None


@record(frozen=True, slots=True)
class Group:
    """What `per` makes groups by: as it was written, resolved, and the scope of a row in which it was."""

    per: ast.Expr
    value: ir.Expr
    scope: Scope


@record(frozen=True, slots=True)
class Scope:
    """Where an expression stands. Fields hang on ``row``; names mean what they mean in a row of ``owner``, which is at
    the end of ``path`` from there (inside the body of a trait used in a row, the entity). ``rows``: the rows around,
    outermost first, whose own rows an aggregate may mean. ``depth``: that of the innermost row. ``within``: the period to which
    aggregates here are restricted that have none of their own (what ``each of`` asks). ``unseen``: the rows around what is
    read for the customer alone, as ``reader`` (``as of``, a rank) reads it. ``outers``: for each inner row, the one around that
    it is related to. ``aliases``: rows by the names that `as` gives them; ``hidden`` are those that their relation's name no
    longer means. ``groups``: of the grouped rows around."""

    row: ir.Row
    path: ir.Path
    owner: str
    rows: tuple[ir.Row, ...]
    depth: int
    permits: Permits
    arguments: Mapping[str, Argument] = field(default_factory=dict, hash=False)
    within: ir.Period | None = None
    unseen: Scope | None = None
    reader: str = ""
    outers: Mapping[ir.Row, ir.Row] = field(default_factory=dict, hash=False)
    aliases: Mapping[str, ir.Row] = field(default_factory=dict, hash=False)
    hidden: frozenset[ir.Row] = frozenset()
    groups: Mapping[ir.Row, Group] = field(default_factory=dict, hash=False)

    def inside(self, row: ir.Row, outer: ir.Row | None = None, alias: str | None = None) -> Scope:
        """In a row of an aggregate that stands here, related to ``outer`` (the outermost row, unless said)."""
        return replace(
            self,
            row=row,
            path=(),
            owner=row.of,
            rows=(*self.rows, row),
            depth=row.depth,
            within=None,
            outers={**self.outers, row: outer or self.rows[0]},
            aliases=self.aliases if alias is None else {**self.aliases, alias: row},
        )

    def behind_alias(self) -> Scope:
        """Behind `as`: the row here goes by that name, and its relation's name is free for a row around."""
        return replace(self, hidden=self.hidden | {self.row})

    def over_group(self, row: ir.Row, outer: ir.Row, group: Group, alias: str | None = None) -> Scope:
        """Where the groups of an aggregate that stands here are chosen from: names are those of the rows around."""
        return replace(
            self,
            rows=(*self.rows, row),
            depth=row.depth,
            within=None,
            outers={**self.outers, row: outer},
            aliases=self.aliases if alias is None else {**self.aliases, alias: row},
            hidden=self.hidden if alias is None else self.hidden | {row},
            groups={**self.groups, row: group},
        )

    @property
    def group(self) -> Group | None:
        """Of the group that is spoken of here, not of one around."""
        return self.groups.get(self.rows[-1])

    def descent(self) -> tuple[ir.Row, ...]:
        """The innermost row, the one that it is related to, and so on to the outermost."""
        found = [self.rows[-1] if self.rows[-1].grouped else self.row]
        while found[-1] in self.outers:
            found.append(self.outers[found[-1]])
        return tuple(found)

    def way(self, row: ir.Row, layout: Layout) -> ir.Path | None:
        """The path from the row here to one around it; None where it does not descend from that one."""
        current = self.row
        path: ir.Path = ()
        while current != row:
            outer = self.outers.get(current)
            if outer is None:
                return None
            path = (*path, *layout.way_up(current.of, outer.of))
            current = outer
        return path

    def at_entity(self, layout: Layout, arguments: Mapping[str, Argument]) -> Scope:
        """At the entity that the row here belongs to."""
        path = layout.path(self.owner, layout.entity)
        assert path is not None
        return replace(
            self,
            path=(*self.path, *path),
            owner=layout.entity,
            rows=self.rows[:1],
            arguments=arguments,
            aliases={},
            hidden=frozenset(),
            groups={},
        )

    def alone(self, layout: Layout, reader: str) -> Scope:
        """For what is read for the customer with no row around, wherever it stands."""
        fresh = replace(outermost(layout.entity, self.permits), arguments=self.arguments, within=self.within)
        unseen = self if self.depth else self.unseen
        return replace(fresh, unseen=unseen, reader=reader if self.depth else self.reader)


def outermost(owner: str, permits: Permits) -> Scope:
    row = ir.Row(0, owner)
    return Scope(row, (), owner, (row,), 0, permits)


@record(frozen=True, slots=True)
class FieldAt:
    """A field, and the path to it from the scope's row."""

    path: ir.Path
    owner: str
    field: sch.Field


@record(frozen=True, slots=True)
class TraitAt:
    """A trait of a relation, and the path to its row from the scope's row."""

    path: ir.Path
    owner: str
    name: str


@record(frozen=True, slots=True)
class Ambiguous:
    owners: tuple[str, ...]


def bare_field(name: str, scope: Scope, layout: Layout) -> FieldAt | TraitAt | Ambiguous | None:
    """What a bare name is of the row here or of one above it: a field, or a trait of each of its relation's rows."""
    for level in layout.levels(scope.owner):
        found = [
            known
            for place in level
            if (known := of_owner(name, (*scope.path, *place.path), place.owner, layout)) is not None
        ]
        if len(found) > 1:
            return Ambiguous(tuple(each.owner for each in found))
        if found:
            return found[0]
    return None


def of_owner(name: str, path: ir.Path, owner: str, layout: Layout) -> FieldAt | TraitAt | None:
    """The field or trait of a row at the end of a path."""
    known = layout.field(owner, name)
    if known is not None:
        return FieldAt(path, owner, known)
    trait = layout.trait(owner, name)
    return None if trait is None else TraitAt(path, owner, trait)


def reads_rows(value: ir.Expr, rows: Sequence[ir.Row], layout: Layout) -> bool:
    """Does a value depend on one of these rows by more than the entity that it belongs to?"""
    for node in walk_rows(value):
        match node:
            case ir.Aggregate(outer=row) | ir.Follow(row=row) | ir.Previous(row=row) | ir.GroupValue(row=row) if (
                row in rows
            ):
                return True
            case ir.FieldRef(row=row, path=path) | ir.NoRow(row=row, path=path) | ir.RowUse(row=row, path=path) if (
                row in rows
            ):
                if all(step.to != layout.entity for step in path):
                    return True
            case _:
                pass
    return False


def head(name: str, scope: Scope, layout: Layout) -> Place | None:
    """The lookup, relation above the row, or entity that a name with dots begins with."""
    for level in layout.levels(scope.owner):
        for place in level:
            if name in layout.lookups(place.owner):
                return Place((*scope.path, *place.path, ir.Step("lookup", name)), name)
    path = layout.path(scope.owner, name)
    if path is None or (not path and not scope.path and scope.row in scope.hidden):
        return None
    return Place((*scope.path, *path), name)


@record(frozen=True, slots=True)
class Around:
    """A row around, and the way to what was named of it: ``path`` from the row of ``scope``, arriving at ``owner``."""

    row: ir.Row
    scope: Scope
    path: ir.Path
    owner: str


def row_around(name: str, scope: Scope, layout: Layout) -> Around | None:
    """The row around (or here) that `as` gives this name; or of this relation, or that belongs to one of it."""
    named = scope.aliases.get(name)
    if named is not None:
        return _around(named, (), named.of, scope, layout)
    if name == layout.entity:
        return None
    for row in reversed(scope.rows[1:]):
        path = layout.path(row.of, name)
        if row != scope.row and path is not None and (path or row not in scope.hidden):
            return _around(row, path, name, scope, layout)
    return None


def _around(row: ir.Row, path: ir.Path, owner: str, scope: Scope, layout: Layout) -> Around:
    if row.grouped:
        return Around(row, scope.groups[row].scope, path, owner)
    way = scope.way(row, layout)
    if way is not None:
        return Around(row, scope, (*way, *path), owner)
    return Around(row, replace(scope, row=row, path=(), owner=row.of), path, owner)


def readable(scope: Scope, layout: Layout) -> Iterator[str]:
    """The fields and lookups that a text may name bare here."""
    for level in layout.levels(scope.owner):
        for place in level:
            yield from public(place.owner, layout)
            yield from layout.traits(place.owner)
            yield from layout.lookups(place.owner)


def public(owner: str, layout: Layout) -> list[str]:
    return [f.name for f in layout.fields(owner).values() if f.declared and not f.private]


def owner_above(name: str, owner: str, layout: Layout) -> str | None:
    """What a row of ``owner`` belongs to that has a field of this name, where it is one."""
    if not layout.is_relation(owner):
        return None
    for level in layout.levels(owner):
        found = [place.owner for place in level if place.owner != owner and name in public(place.owner, layout)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def means_entity(name: str, layout: Layout) -> bool:
    """Is it what the language calls who is asked about, where the schema gives them another name, and the word to nothing?"""
    taken = (layout.entity, *layout.schema.relations, *layout.schema.lookups)
    return name == "customer" and name not in taken


def may_find_none(path: ir.Path) -> bool:
    """Can there be no row at the end of a path? A parent is always there; a lookup or a group may not be."""
    return any(step.kind != "parent" for step in path)


def suits(function: str, kind: Type, timed: bool) -> bool:
    """Does an aggregate take values of a type? ``timed``: is it known when the rows happened?"""
    match function:
        case "sum" | "avg" | "median" | "percentile":
            return kind.is_number
        case "min" | "max":
            return kind.is_number or kind.is_time or (kind.kind is Kind.STRING and kind.ordered)
        case "first" | "last":
            return timed and kind.kind not in (Kind.LIST, Kind.ANY)
        case _:
            return kind.kind not in (Kind.LIST, Kind.ANY, Kind.FLOAT)


def keys(owner: str, layout: Layout) -> set[str]:
    """The fields that say which row, and whose: nobody takes them together."""
    relation = layout.schema.relations[owner]
    joins = [relation.links, *(lookup.links for lookup in layout.lookups(owner).values())]
    children = (r for r in layout.schema.relations.values() if r.parent == owner)
    return {*relation.key, *(link.child for links in joins for link in links)} | {
        link.parent for child in children for link in child.links
    }


def suited(function: str, owner: str, layout: Layout) -> list[str]:
    """The fields of a relation that an aggregate may well be asked for."""
    timed = layout.time(owner) is not None
    shunned = keys(owner, layout)
    return [
        name
        for name in public(owner, layout)
        if name not in shunned and suits(function, layout.fields(owner)[name].type, timed)
    ]


def through_lookups(name: str, owner: str, layout: Layout) -> list[str]:
    """The names with dots that lead from a row to a field of this name in its lookups, those of the nearest."""
    level = [(lookup, lookup) for lookup in layout.lookups(owner)]
    seen: set[str] = set()
    while level:
        found = [f"{path}.{name}" for path, lookup in level if name in public(lookup, layout)]
        if found:
            return found
        seen.update(lookup for _, lookup in level)
        level = [(f"{path}.{n}", n) for path, at in level for n in layout.lookups(at) if n not in seen]
    return []
