"""The rows in one customer's record, as small tables.

In: a record: a mapping of fields by name, with lists of related rows (mappings too) under the names of their relations, children within
their parents' rows or beside them, and rows of lookups under the lookups' names. Out: for each relation a list of rows, for each lookup a
mapping of keys to rows; a row is a tuple of values. Raises `SegdslError` for what is no row or no value.

A row within another belongs to it: what joins the two need not be said again, and is filled in; where a key is missing, a `Token` joins
in its place, which no condition sees: what a condition reads depends on the record alone, not on what else is read of it. Where what
joins is said and differs, the row belongs to somebody else, and is left out. A row that stands beside its parents is joined by what it
says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

from segdsl.backends.python.reading import Read, Token, WrongValue, column_of, kind_of, reader, said
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import records as errors
from segdsl.planning.plan import TableColumn
from segdsl.schema import Field, Relation, Schema
from segdsl.semantics.time import Zone
from segdsl.types import Kind, Type

Row: TypeAlias = tuple[object, ...]
Wanted: TypeAlias = Mapping[str, Mapping[str, TableColumn]]
"""Of each relation and lookup the columns that are read, by field."""


@dataclass(slots=True)
class _Owner:
    """A relation or a lookup, its columns by their places in a row.

    ``key``: what a row is told apart by, as far as a record holds it; ``named``: the same, where it holds all of it; ``mixed``: what has
    no type; ``joining``: what a relation's rows are joined by; ``loose``: what joins them to any others, and may be left out.
    ``children`` and ``lookups`` with, for each link, the places of its ends: in the outer row, in the inner one (None: such a field is
    worked out, not read). ``shared``: a row may belong to several outer ones, and stand within each. ``derived``: what hangs on its
    rows and is made of others'."""

    name: str
    names: list[str] = field(default_factory=list)
    types: list[Type] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    key: list[int] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    mixed: list[int] = field(default_factory=list)
    joining: list[int] = field(default_factory=list)
    loose: frozenset[int] = frozenset()
    shared: bool = False
    derived: list[str] = field(default_factory=list)
    children: list[tuple[_Owner, list[tuple[int | None, int | None]]]] = field(default_factory=list)
    lookups: list[tuple[_Owner, list[tuple[int | None, int | None]]]] = field(default_factory=list)

    def place(self, name: str) -> int | None:
        return self.names.index(name) if name in self.names else None

    def agree(self, one: Iterable[object], other: Iterable[object]) -> bool:
        """Do two rows with one key say the same?"""
        pairs = enumerate(zip(map(said, one), map(said, other), strict=True))
        return all(own == its or (at in self.loose and None in (own, its)) for at, (own, its) in pairs)


@dataclass(slots=True)
class _Found:
    """What one record has so far."""

    rows: dict[str, list[Row]]
    lookups: dict[str, dict[object, Row]]
    keys: dict[str, list[Row]]
    named: dict[str, dict[Row, Row]]
    key: object = None
    shared: set[object] = field(default_factory=set)
    kinds: dict[tuple[str, int], object] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def token(self, said: object = None) -> Token:
        return Token(next(self.numbers), said)


def root(schema: Schema, name: str) -> str:
    """The relation whose rows a relation's are."""
    while name in schema.relations and (base := schema.relations[name].base) is not None:
        name = base
    return name


def derived(schema: Schema) -> dict[str, str]:
    """The relations whose rows are made of others', with what they are made of."""
    return {
        one.name: one.groups or root(schema, one.name)
        for one in schema.relations.values()
        if one.groups is not None or one.base is not None
    }


class Rows:
    """Reads the rows that a plan needs. ``own``: the entity's fields that it needs; ``links``: those whose values `read` is given, in
    order. Raises `SegdslError` where a record cannot hold all of it: two things of one name."""

    def __init__(
        self,
        schema: Schema,
        zone: Zone,
        wanted: Wanted,
        key_tables: Mapping[str, Sequence[TableColumn]],
        tables: Mapping[str, object],
        own: Iterable[str] = (),
    ) -> None:
        self._schema, self._zone = schema, zone
        self._owners: dict[str, _Owner] = {}
        self._key_tables = {name: tuple(columns) for name, columns in key_tables.items()}
        needed = dict.fromkeys(wanted)
        needed.update(dict.fromkeys(one.name for one in self._relations() if one.table in key_tables))
        for name in list(needed):
            self._with_those_above(name, needed)
        self.relations = [one.name for one in self._relations() if one.name in needed]
        self.lookups = [name for name in schema.lookups if name in needed]
        for name in (*self.relations, *self.lookups):
            self._owner(name, wanted.get(name, {}))
        for name, owner in self._owners.items():
            owner.loose = frozenset(owner.names.index(link) for link in self.links_of(name))
        self.links = tuple(dict.fromkeys(self._entity_links()))
        self._top = _Owner(schema.entity.name, list(self.links))
        for name in self.relations:
            self._tie(schema.relations[name])
        for name in self.lookups:
            lookup = schema.lookups[name]
            outer = self._top if lookup.of == schema.entity.name else self._owners[root(self._schema, lookup.of)]
            inner = self._owners[name]
            outer.lookups.append((inner, [(outer.place(one.child), inner.place(one.parent)) for one in lookup.links]))
        self._tell_apart(self._top, {*own, *self.links}, tables, "")
        for name, owner in self._owners.items():
            self._tell_apart(owner, set(owner.names), tables, f"{name}.")
        self._derived = derived(schema)
        for name in self._derived:
            above = root(schema, schema.relations[name].parent)
            if above in self._owners:
                self._owners[above].derived.append(name)
        self._top.derived.extend(self._derived)
        self.fixed = {name: self._table(name, tables) for name in self.lookups}

    def _tell_apart(self, owner: _Owner, fields: set[str], tables: Mapping[str, object], place: str) -> None:
        """A name under which a record has a field cannot also hold rows. What the host gave by itself need not stand there."""
        owner.lookups = [one for one in owner.lookups if one[0].name not in fields or one[0].name not in tables]
        for what, inner in (*(("lookup", o) for o, _ in owner.lookups), *(("relation", o) for o, _ in owner.children)):
            if inner.name in fields:
                raise SegdslError([errors.two_of_one_name(f"{place}{inner.name}", what)])

    # -- what is needed -------------------------------------------------------------------------------------------------

    def _relations(self) -> list[Relation]:
        """Those that have rows of their own, each after its parent."""
        found: dict[str, Relation] = {}
        waiting = [one for one in self._schema.relations.values() if one.base is None and one.groups is None]
        while waiting:
            later = []
            for one in waiting:
                above = root(self._schema, one.parent)
                ready = above in found or above == self._schema.entity.name or self._is_grouped(above)
                if ready:
                    found[one.name] = one
                else:
                    later.append(one)
            waiting = later
        return list(found.values())

    def _is_grouped(self, name: str) -> bool:
        return name in self._schema.relations and self._schema.relations[name].groups is not None

    def _with_those_above(self, name: str, needed: dict[str, None]) -> None:
        """What rows may stand within has to be gone through as well."""
        while name != self._schema.entity.name:
            needed[name] = None
            if name in self._schema.lookups:
                name = root(self._schema, self._schema.lookups[name].of)
            else:
                name = root(self._schema, self._schema.relations[name].parent)
                if self._is_grouped(name):
                    return

    def _owner(self, name: str, wanted: Mapping[str, TableColumn]) -> None:
        schema = self._schema
        declared = schema.relations[name].fields if name in schema.relations else schema.lookups[name].fields
        names = dict.fromkeys(wanted)
        if name in schema.relations:
            names.update(dict.fromkeys(link.child for link in schema.relations[name].links))
            names.update(dict.fromkeys(schema.relations[name].key))
        else:
            names.update(dict.fromkeys(link.parent for link in schema.lookups[name].links))
        for relation in schema.relations.values():
            if relation.name in self.relations and root(self._schema, relation.parent) == name:
                names.update(dict.fromkeys(link.parent for link in relation.links))
        for lookup in schema.lookups.values():
            if lookup.name in self.lookups and root(self._schema, lookup.of) == name:
                names.update(dict.fromkeys(link.child for link in lookup.links))
        owner = self._owners[name] = _Owner(name)
        for one in names:
            column = wanted.get(one) or _stored(declared, one)
            if column is not None:
                owner.names.append(one)
                owner.types.append(column.type)
                owner.reads.append(reader(column, self._zone))
        key = schema.relations[name].key if name in schema.relations else self.lookup_keys(name)
        owner.key = [owner.names.index(one) for one in key if one in owner.names]
        owner.named = owner.key if len(owner.key) == len(key) else []
        owner.mixed = [place for place, of in enumerate(owner.types) if of.kind is Kind.ANY]

    def _entity_links(self) -> Iterator[str]:
        entity = self._schema.entity
        for name in self.relations:
            relation = self._schema.relations[name]
            if relation.parent == entity.name:
                yield from (link.parent for link in relation.links if _stored(entity.fields, link.parent))
        for name in self.lookups:
            lookup = self._schema.lookups[name]
            if lookup.of == entity.name:
                yield from (link.child for link in lookup.links if _stored(entity.fields, link.child))
        if self._key_tables:
            yield entity.key

    def _tie(self, relation: Relation) -> None:
        above = root(self._schema, relation.parent)
        if self._is_grouped(above):
            return
        outer = self._top if above == self._schema.entity.name else self._owners[above]
        inner = self._owners[relation.name]
        places = [(outer.place(link.parent), inner.place(link.child)) for link in relation.links]
        outer.children.append((inner, places))
        inner.joining = [place for _, place in places if place is not None]
        inner.shared = self._is_shared(relation)

    def _is_shared(self, relation: Relation) -> bool:
        """May its join find several parents?"""
        above = self._schema.relations.get(root(self._schema, relation.parent))
        linked = {link.parent for link in relation.links}
        return above is not None and above.groups is None and (not above.key or not set(above.key) <= linked)

    def index(self, owner: str, name: str) -> int:
        """Which column of a row that is."""
        return self._owners[owner].names.index(name)

    def links_of(self, owner: str) -> dict[str, bool]:
        """The columns that may hold a `Token`, and whether they name rows: those that only lead on to other rows do not."""
        schema, names = self._schema, self._owners[owner].names
        if owner in schema.relations:
            relation = schema.relations[owner]
            naming = {*relation.key, *(link.child for link in relation.links)}
        else:
            naming = set(self.lookup_keys(owner))
        leading = {
            *(
                link.parent
                for one in schema.relations.values()
                if root(self._schema, one.parent) == owner
                for link in one.links
            ),
            *(
                link.child
                for one in schema.lookups.values()
                if root(self._schema, one.of) == owner
                for link in one.links
            ),
        }
        return {name: name in naming for name in names if name in naming or name in leading}

    def reads(self) -> dict[str, tuple[str, ...]]:
        """What is read of each relation and lookup, by name, in the order of the alphabet."""
        found = {name: set(owner.names) for name, owner in self._owners.items()}
        for name in self.relations:
            relation = self._schema.relations[name]
            columns = self._key_tables.get(relation.table or "", ())
            found[name].update(_name_of(relation, column) for column in columns)
        return {name: tuple(sorted(names)) for name, names in found.items()}

    def lookup_keys(self, name: str) -> tuple[str, ...]:
        """The fields that a lookup's rows are found by, in the order of the keys of the mapping."""
        return tuple(dict.fromkeys(link.parent for link in self._schema.lookups[name].links))

    # -- one record -----------------------------------------------------------------------------------------------------

    def read(self, record: Mapping[str, object], links: Sequence[object]) -> list[object]:
        """The rows of `relations`, then the mappings of `lookups`, then the rows of each table of keys."""
        found = _Found(
            {name: [] for name in self.relations},
            {name: {} for name in self.lookups},
            {n: [] for n in self._key_tables},
            {name: {} for name in self.relations},
        )
        if self._key_tables:
            found.key = links[self.links.index(self._schema.entity.key)]
        self._go_through(self._top, record, list(links), "", found)
        for name in self.relations:
            if all(name != inner.name for inner, _ in self._top.children):
                self._children(self._owners[name], [], record, None, "", found)
        return [*found.rows.values(), *found.lookups.values(), *found.keys.values()]

    def _go_through(
        self, owner: _Owner, raw: Mapping[str, object], values: list[object], place: str, found: _Found
    ) -> None:
        """What stands within a row."""
        for name in owner.derived:
            if raw.get(name) is not None:
                raise SegdslError([errors.derived_rows(f"{place}.{name}" if place else name, self._derived[name])])
        self._look_up(owner, raw, values, place, found)
        for inner, links in owner.children:
            self._children(inner, links, raw, values, place, found)

    def _children(
        self,
        owner: _Owner,
        links: list[tuple[int | None, int | None]],
        raw: Mapping[str, object],
        above: list[object] | None,
        place: str,
        found: _Found,
    ) -> None:
        given = raw.get(owner.name)
        if given is None:
            return
        path = f"{place}.{owner.name}" if place else owner.name
        for number, one in enumerate(listed_rows(given, path)):
            where = f"{path}[{number}]"
            values = self._values(owner, one, where)
            own = tuple(values)
            if above is not None and not _belongs(owner, values, above, links, where, found):
                continue
            for at in owner.mixed:
                self._check_kind(owner, at, values[at], where, found)
            if owner.named and self._is_known(owner, own, values, where, found):
                continue
            for key in owner.key:
                if values[key] is None:
                    values[key] = found.token()
            self._go_through(owner, one, values, where, found)
            found.rows[owner.name].append(tuple(values))
            self._note_key(owner, one, values, where, found)

    def _is_known(self, owner: _Owner, own: Row, values: list[object], place: str, found: _Found) -> bool:
        """Did the row, ``own`` as it was given, stand within another one already? Raises `SegdslError` where it must not."""
        named = tuple([values[at] for at in owner.named])
        if None in named:
            return False
        before = found.named[owner.name].setdefault(named, own)
        if before is own:
            if not owner.shared:
                return False
        elif not (owner.shared and owner.agree(before, own)):
            raise SegdslError([self._twice(owner, values, place)])
        key = (owner.name, named, *(values[at] for at in owner.joining))
        known = key in found.shared
        found.shared.add(key)
        return known

    def _check_kind(self, owner: _Owner, at: int, value: object, place: str, found: _Found) -> None:
        """What has no type is of one kind in all rows, so that they have an order."""
        if value is None or value.__class__ is Token:
            return
        kind = kind_of(value)
        if found.kinds.setdefault((owner.name, at), kind) != kind:
            raise SegdslError([errors.another_kind(f"{place}.{owner.names[at]}", value)])

    def _note_key(
        self, owner: _Owner, raw: Mapping[str, object], values: list[object], place: str, found: _Found
    ) -> None:
        relation = self._schema.relations[owner.name]
        columns = self._key_tables.get(relation.table or "")
        if columns is None:
            return
        row: list[object] = []
        own = self._schema.entity.fields[self._schema.entity.key]
        for column in columns:
            name = _name_of(relation, column)
            its = owner.place(name)
            if its is not None:
                row.append(values[its])
            else:
                row.append(_read(reader(column, self._zone), raw, name, column.type, place))
            if column.column == (own.column or own.name) and row[-1] != found.key:
                # What joins the row to the customer is another column, and this one does not make it a customer's.
                return
        found.keys[relation.table or ""].append(tuple(row))

    def _look_up(
        self, owner: _Owner, raw: Mapping[str, object], values: list[object], place: str, found: _Found
    ) -> None:
        for inner, links in owner.lookups:
            given = raw.get(inner.name)
            if given is None:
                continue
            path = f"{place}.{inner.name}" if place else inner.name
            if given.__class__ is not dict and not isinstance(given, Mapping):
                raise SegdslError([errors.not_a_row(path, given)])
            row = self._values(inner, given, path)
            for mine, its in links:
                if mine is None or its is None:
                    continue
                if values[mine] is None:
                    values[mine] = found.token()
                link = values[mine]
                if row[its] is None:
                    row[its] = link
                elif link.__class__ is Token:
                    row[its] = Token(link.number, row[its])
            self._look_up(inner, given, row, path, found)
            key, rows = self._lookup_key(inner, row), found.lookups[inner.name]
            known = rows.get(key)
            if known is not None and known != tuple(row):
                if not inner.agree(known, row):
                    raise SegdslError([self._twice(inner, row, path)])
                both = zip(known, row, strict=True)
                row = [
                    its if said(own) is None and (own is None or said(its) is not None) else own for own, its in both
                ]
            rows[key] = tuple(row)

    def _lookup_key(self, owner: _Owner, row: Sequence[object]) -> object:
        if len(owner.key) == 1:
            return row[owner.key[0]]
        return tuple([row[at] for at in owner.key])

    def _twice(self, owner: _Owner, row: Sequence[object], place: str) -> Diagnostic:
        return errors.key_twice(place, [owner.names[at] for at in owner.key], [said(row[at]) for at in owner.key])

    def _values(self, owner: _Owner, raw: Mapping[str, object], place: str) -> list[object]:
        try:
            return [read(raw.get(name)) for name, read in zip(owner.names, owner.reads, strict=True)]
        except WrongValue:
            # Once more, to say which.
            together = zip(owner.names, owner.reads, owner.types, strict=True)
            return [_read(read, raw, name, of, place) for name, read, of in together]

    def _table(self, name: str, tables: Mapping[str, object]) -> dict[object, Row]:
        """The rows of a lookup that a host gave once and for all."""
        owner = self._owners[name]
        rows: dict[object, Row] = {}
        for number, raw in enumerate(listed_rows(tables.get(name, ()), f"tables.{name}")):
            unsaid = [owner.names[at] for at in owner.key if owner.names[at] not in raw]
            if unsaid:
                raise SegdslError([errors.key_left_out(f"tables.{name}[{number}]", unsaid)])
            values = self._values(owner, raw, f"tables.{name}[{number}]")
            key = self._lookup_key(owner, values)
            if key is None or (isinstance(key, tuple) and None in key):
                continue
            if key in rows:
                raise SegdslError([self._twice(owner, values, f"tables.{name}[{number}]")])
            rows[key] = tuple(values)
        return rows


def _belongs(
    owner: _Owner,
    values: list[object],
    above: list[object],
    links: list[tuple[int | None, int | None]],
    place: str,
    found: _Found,
) -> bool:
    """Is a row within another one of its own? What joins them is filled in. Raises `SegdslError` where one is a text and the other a
    number."""
    for outer, inner in links:
        if outer is None or inner is None:
            continue
        link = above[outer]
        if link is None:
            link = above[outer] = found.token()
        if values[inner] is None:
            values[inner] = link
        elif link.__class__ is Token:
            # The outer row was given without its key: what stands within it belongs to it, whatever it calls it.
            values[inner] = Token(link.number, values[inner])
        elif inner in owner.mixed and kind_of(values[inner]) is not kind_of(link):
            raise SegdslError([errors.another_kind(f"{place}.{owner.names[inner]}", values[inner])])
        elif values[inner] != link:
            return False
    return True


def _name_of(relation: Relation, column: TableColumn) -> str:
    """Under which name a relation's rows have a column of its table."""
    return next((one.name for one in relation.fields.values() if one.column == column.column), column.name)


def _stored(declared: Mapping[str, Field], name: str) -> TableColumn | None:
    """A field that a record can hold; those that are worked out it cannot."""
    one = declared.get(name)
    return None if one is None or one.expression is not None else column_of(one)


def listed_rows(given: object, place: str) -> list[Mapping[str, object]]:
    """The rows that somebody gave. Raises `SegdslError`."""
    if callable(to_dicts := getattr(given, "to_dicts", None)):
        given = to_dicts()
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise SegdslError([errors.not_rows(place, given)])
    rows = list(given)
    for number, one in enumerate(rows):
        if one.__class__ is not dict and not isinstance(one, Mapping):
            raise SegdslError([errors.not_a_row(f"{place}[{number}]", one)])
    return rows


def _read(read: Read, raw: Mapping[str, object], name: str, of: Type, place: str) -> object:
    given = raw.get(name)
    try:
        return read(given)
    except WrongValue:
        raise SegdslError([errors.wrong_value(f"{place}.{name}" if place else name, of, given)]) from None
