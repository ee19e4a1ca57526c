"""Every customer's record out of tables: fields by name, with the rows of relations and lookups that hang on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from segdsl.backends.json_lists import listed
from segdsl.backends.reference import Tables, Value
from segdsl.backends.reference.columns import read_field
from segdsl.schema import Field, Link, Relation, Schema
from segdsl.semantics.time import zone
from segdsl.types import Kind

Row = Mapping[str, object]


def held(field: Field, value: Value) -> Value:
    """As a record has it: a text that is no list is missing from a table, and an error in a record."""
    if field.type.kind is Kind.LIST and isinstance(value, str):
        return value if listed(value) is not None else None
    return value


class Records:
    """``nested``: children within their parents' rows, lookups within the rows that find them; else children beside their parents, and
    no lookups (`lookup_tables` has these)."""

    def __init__(self, schema: Schema, tables: Tables) -> None:
        self.schema, self.tables, self.zone = schema, tables, zone(schema.timezone)
        self.roots = [one for one in schema.relations.values() if one.base is None and one.groups is None]

    def of_everybody(self) -> Iterator[tuple[Value, dict[str, Any]]]:
        """Keys and records, every other one nested."""
        entity = self.schema.entity
        if entity.table is not None:
            traits = self.schema.traits.values()
            rows: list[dict[str, Any]] = [
                {**self.named(entity.fields, row), **{one.name: row.get(one.column) for one in traits}}
                for row in self.tables.get(entity.table, ())
            ]
        else:
            field = entity.fields[entity.key]
            found = {}
            for table in entity.distinct:
                for row in self.tables.get(table, ()):
                    found[row.get(field.column or field.name)] = None
            rows = [{entity.key: key} for key in found if key is not None]
        for number, record in enumerate(rows):
            key = self.value(entity.fields, entity.key, record)
            if key is not None:
                self.fill(record, nested=number % 2 == 0)
                yield key, record

    def fill(self, record: dict[str, Any], nested: bool) -> None:
        entity = self.schema.entity
        self.read: dict[str, list[dict[str, Any]]] = {}
        rows: dict[str, list[dict[str, Any]]] = {}
        waiting = list(self.roots)
        while waiting:
            relation = waiting.pop(0)
            above = self.root(relation.parent)
            if above == entity.name:
                outer, fields = [record], entity.fields
            elif above in rows:
                outer, fields = rows[above], self.schema.relations[above].fields
            elif self.schema.relations[above].groups is not None:
                # What hangs on groups is joined by what it says.
                rows[relation.name] = record[relation.name] = self.all_of(relation)
                continue
            else:
                waiting.append(relation)
                continue
            rows[relation.name] = []
            for one in outer:
                own = self.matching(relation, fields, one)
                if nested or above == entity.name:
                    one[relation.name] = own
                    rows[relation.name].extend(own)
                    continue
                # Rows that say the same are two rows where nothing tells them apart.
                known = set(map(id, rows[relation.name]))
                rows[relation.name].extend(row for row in own if id(row) not in known)
            if not nested and above != entity.name:
                record[relation.name] = rows[relation.name]
        if nested:
            self.look_up(entity.name, entity.fields, [record])
            for name, found in rows.items():
                self.look_up(name, self.schema.relations[name].fields, found)

    def look_up(self, owner: str, fields: Mapping[str, Field], rows: list[dict[str, Any]]) -> None:
        for lookup in self.schema.lookups.values():
            if self.root(lookup.of) != owner:
                continue
            for row in rows:
                wanted = self.links(lookup.links, fields, row)
                its = (self.named(lookup.fields, one) for one in self.tables.get(lookup.table, ()))
                found = [one for one in its if self.links(lookup.links, lookup.fields, one, outer=True) == wanted]
                if wanted is not None and found:
                    row[lookup.name] = found[0]
                    self.look_up(lookup.name, lookup.fields, found[:1])

    def lookup_tables(self) -> dict[str, list[dict[str, Any]]]:
        return {
            one.name: [self.named(one.fields, row) for row in self.tables.get(one.table, ())]
            for one in self.schema.lookups.values()
        }

    def matching(self, relation: Relation, fields: Mapping[str, Field], outer: Row) -> list[dict[str, Any]]:
        wanted = self.links(relation.links, fields, outer, outer=True)
        if wanted is None:
            return []
        return [row for row in self.all_of(relation) if self.links(relation.links, relation.fields, row) == wanted]

    def all_of(self, relation: Relation) -> list[dict[str, Any]]:
        """Within one record a row is the same object wherever it stands."""
        if relation.name not in self.read:
            self.read[relation.name] = self._all_of(relation)
        return self.read[relation.name]

    def _all_of(self, relation: Relation) -> list[dict[str, Any]]:
        rows = self.tables.get(relation.table or "", ())
        if relation.table not in self.schema.entity.distinct:
            return [self.named(relation.fields, row) for row in rows]
        # Which customer there is because of a row may stand in a column that no field of the relation names.
        key = self.schema.entity.fields[self.schema.entity.key]
        return [{key.name: row.get(key.column or key.name), **self.named(relation.fields, row)} for row in rows]

    def links(
        self, links: tuple[Link, ...], fields: Mapping[str, Field], row: Row, outer: bool = False
    ) -> tuple[Value, ...] | None:
        found = tuple(self.value(fields, link.parent if outer else link.child, row) for link in links)
        return None if None in found else found

    def value(self, fields: Mapping[str, Field], name: str, row: Row) -> Value:
        field = fields[name]
        assert field.expression is None, f"{name} is worked out"
        return read_field(field, row.get(name), self.zone)

    @staticmethod
    def named(fields: Mapping[str, Field], row: Row) -> dict[str, Any]:
        """A row by the names of its fields."""
        return {name: held(one, row.get(one.column or name)) for name, one in fields.items() if one.expression is None}

    def root(self, name: str) -> str:
        while name in self.schema.relations and (base := self.schema.relations[name].base) is not None:
            name = base
        return name
