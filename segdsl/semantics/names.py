"""Names in a row: what a name means where it stands.

A bare name is the row's own field, else its parent's, and so on up, the entity's last; two at one distance are
ambiguous. A name with dots begins with a lookup, a relation above the row, or the entity. In go names and a scope, out
comes what was found; messages are made by whoever asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal as OneOf

from segdsl import schema as sch
from segdsl.semantics import ir
from segdsl.semantics.layout import Layout, Place
from segdsl.semantics.walk import walk
from segdsl.syntax import ast
from segdsl.types import Kind, Type


@dataclass(frozen=True, slots=True)
class Permits:
    """What may be read. ``aggregates``: over any relation, over the rows of the group alone, or none. ``where``: the
    place of a schema's expression, for messages."""

    definitions: bool = True
    parameters: bool = True
    aggregates: OneOf["any", "group", "none"] = "any"
    private: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a trait that is being put in: what was written, and the scope in which it means something. Without
    ``node`` it stands for anything of its type: the trait is being checked on its own."""

    type: Type | None
    node: ast.Expr | None = None
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands. Fields hang on ``row``; names mean what they mean in a row of ``owner``, which is at
    the end of ``path`` from there (inside the body of a trait used in a row, the entity). ``rows``: the rows around,
    outermost first, whose own rows an aggregate may mean. ``depth``: that of the innermost row."""

    row: ir.Row
    path: ir.Path
    owner: str
    rows: tuple[ir.Row, ...]
    depth: int
    permits: Permits
    arguments: Mapping[str, Argument] = field(default_factory=dict, hash=False)

    def inside(self, row: ir.Row) -> Scope:
        """In a row of an aggregate that stands here."""
        return replace(self, row=row, path=(), owner=row.of, rows=(*self.rows, row), depth=row.depth)

    def at_entity(self, layout: Layout, arguments: Mapping[str, Argument]) -> Scope:
        """At the entity that the row here belongs to."""
        path = layout.path(self.owner, layout.entity)
        assert path is not None
        return replace(self, path=(*self.path, *path), owner=layout.entity, rows=self.rows[:1], arguments=arguments)


def outermost(owner: str, permits: Permits) -> Scope:
    row = ir.Row(0, owner)
    return Scope(row, (), owner, (row,), 0, permits)


@dataclass(frozen=True, slots=True)
class FieldAt:
    """A field, and the path to it from the scope's row."""

    path: ir.Path
    owner: str
    field: sch.Field


@dataclass(frozen=True, slots=True)
class Ambiguous:
    owners: tuple[str, ...]


def bare_field(name: str, scope: Scope, layout: Layout) -> FieldAt | Ambiguous | None:
    for level in layout.levels(scope.owner):
        found = [(place, layout.field(place.owner, name)) for place in level]
        fields = [FieldAt((*scope.path, *place.path), place.owner, known) for place, known in found if known]
        if len(fields) > 1:
            return Ambiguous(tuple(each.owner for each in fields))
        if fields:
            return fields[0]
    return None


def reads_rows(value: ir.Expr, rows: Sequence[ir.Row], layout: Layout) -> bool:
    """Does a value depend on one of these rows by more than the entity that it belongs to?"""
    for node in walk(value):
        match node:
            case ir.Aggregate(outer=row) if row in rows:
                return True
            case ir.FieldRef(row=row, path=path) | ir.NoRow(row=row, path=path) if row in rows:
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
    return None if path is None else Place((*scope.path, *path), name)


def readable(scope: Scope, layout: Layout) -> Iterator[str]:
    """The fields and lookups that a text may name bare here."""
    for level in layout.levels(scope.owner):
        for place in level:
            yield from public(place.owner, layout)
            yield from layout.lookups(place.owner)


def public(owner: str, layout: Layout) -> list[str]:
    return [f.name for f in layout.fields(owner).values() if f.declared and not f.private]


def may_find_none(path: ir.Path) -> bool:
    """Can there be no row at the end of a path? A parent is always there; a lookup or a group may not be."""
    return any(step.kind != "parent" for step in path)


def suits(function: str, kind: Type, timed: bool) -> bool:
    """Does an aggregate take values of a type? ``timed``: is it known when the rows happened?"""
    match function:
        case "sum" | "avg":
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
