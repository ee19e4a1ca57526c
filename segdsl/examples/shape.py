"""What has to be known of a schema to make tables for it: columns and their types, and which of them hold the same keys.

In: a schema. Out: `Shape`. Knows nothing of examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from segdsl import schema as sch
from segdsl.semantics import ir
from segdsl.semantics.layout import Layout
from segdsl.semantics.reads import FieldRead, Reader
from segdsl.types import INT, Kind, Type

Column = tuple[str, str]
"""A table and a column of it. The key of an entity that has no table of its own stands in a table without a name."""
NO_TABLE = ""


@dataclass(slots=True)
class Shape:
    """``types``: those of all columns of all tables. ``domains``: columns that are keys or are joined, each with the name of what it
    holds keys of; two that are joined have one. ``fixed``: of these, the ones that a ``where`` reads the values of."""

    model: ir.Model
    layout: Layout = field(init=False)
    types: dict[str, dict[str, Type]] = field(init=False, default_factory=dict)
    domains: dict[Column, Column] = field(init=False, default_factory=dict)
    fixed: frozenset[Column] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        self.layout = Layout(self.schema)
        self._find_domains()
        self._find_types()
        reader = Reader(ir.Program(self.model, {}))
        read = [read for where in self.model.wheres.values() for read in reader.reads(where)]
        found = (self.column(read.owner, read.name) for read in read if isinstance(read, FieldRead))
        self.fixed = frozenset(self.domains[column] for column in found if column in self.domains)

    @property
    def schema(self) -> sch.Schema:
        return self.model.schema

    def table(self, owner: str) -> str:
        """The table that holds the rows of an owner; of groups, that of what they are made of."""
        schema = self.schema
        if owner == schema.entity.name:
            return schema.entity.table or NO_TABLE
        if owner in schema.lookups:
            return schema.lookups[owner].table
        relation = schema.relations[owner]
        if relation.table is not None:
            return relation.table
        assert relation.groups is not None, owner
        return self.table(relation.groups)

    def column(self, owner: str, name: str) -> Column:
        if owner == self.schema.entity.name and name in self.schema.traits:
            return self.table(owner), self.schema.traits[name].column
        known = self.layout.fields(owner)[name]
        return self.table(owner), known.column or known.name

    def stored(self, owner: str) -> Iterator[sch.Field]:
        """The fields of an owner that columns hold."""
        return (known for known in self.layout.fields(owner).values() if known.expression is None)

    def key(self, owner: str) -> tuple[str, ...]:
        """The fields that tell the rows of an owner apart."""
        if owner in self.schema.lookups:
            return tuple(link.parent for link in self.schema.lookups[owner].links)
        return self.layout.key(owner)

    def links(self, owner: str) -> tuple[sch.Link, ...]:
        """What ties a row to the one that it hangs on: ``child`` is the field on the side of the many."""
        schema = self.schema
        if owner in schema.lookups:
            return schema.lookups[owner].links
        return schema.relations[owner].links if owner in schema.relations else ()

    def type_of(self, column: Column) -> Type:
        return self.types[column[0]][column[1]]

    def _owners(self) -> Iterator[str]:
        yield self.schema.entity.name
        yield from (name for name, relation in self.schema.relations.items() if relation.table is not None)
        yield from self.schema.lookups

    def _find_domains(self) -> None:
        found: dict[Column, Column] = {}

        def root(column: Column) -> Column:
            while found.setdefault(column, column) != column:
                column = found[column]
            return column

        for owner in self._owners():
            for name in self.key(owner):
                if self._is_stored(owner, name):
                    root(self.column(owner, name))
            above = self._above(owner)
            for link in self.links(owner):
                one, other = (owner, above) if owner not in self.schema.lookups else (above, owner)
                if above is not None and one is not None and other is not None:
                    sides = ((one, link.child), (other, link.parent))
                    columns = [self.column(*side) for side in sides if self._is_stored(*side)]
                    if len(columns) == 2:
                        found[root(columns[0])] = root(columns[1])
        self.domains = {column: root(column) for column in list(found)}

    def _above(self, owner: str) -> str | None:
        if owner in self.schema.lookups:
            return self.schema.lookups[owner].of
        relation = self.schema.relations.get(owner)
        return None if relation is None else relation.parent

    def _is_stored(self, owner: str, name: str) -> bool:
        known = self.layout.fields(owner).get(name)
        return known is not None and known.expression is None and (owner in self._own_tables())

    def _own_tables(self) -> frozenset[str]:
        return frozenset(self._owners())

    def _find_types(self) -> None:
        for owner in self._owners():
            columns = self.types.setdefault(self.table(owner), {})
            for known in self.stored(owner):
                name = known.column or known.name
                if columns.get(name, known.type).kind is known.type.kind or columns[name].kind is Kind.ANY:
                    columns[name] = known.type.plain
        entity = self.types[self.table(self.schema.entity.name)]
        for trait in self.schema.traits.values():
            entity[trait.column] = trait.type.plain
        for table, columns in self.types.items():
            for name, kind in columns.items():
                if kind.kind is Kind.ANY:
                    columns[name] = self._met((table, name))

    def _met(self, column: Column) -> Type:
        """The type of a key that nobody declared: that of what it is joined with, if that is known."""
        domain = self.domains.get(column)
        for other, its in self.domains.items():
            if its == domain and domain is not None:
                kind = self.types.get(other[0], {}).get(other[1])
                if kind is not None and kind.kind is not Kind.ANY:
                    return kind
        return INT
