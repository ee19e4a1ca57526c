"""From what was read to a checked `Schema`: names are bound, links, keys, times and groups completed, joins compared.

The work goes in four steps, so that all mistakes are found in one run and none is reported twice:

1. every table of the declaration is read on its own (`segdsl.schema_reading`);
2. names are bound: which relation stands on which, without cycles, each after those it stands on;
3. in that order links, keys, times and groups are completed. A name in ``on``, ``key`` or ``by`` that is no declared field
   is the column of that name, and becomes a field that no text may read;
4. such fields take the types of what they are joined to, and joins, tables and columns are compared; which rows may have
   several parents is asked of keys and joins that are right.

Expressions stay texts: the resolver reads them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from segdsl.diagnostics import Diagnostic, Severity
from segdsl.errors import schema as errors
from segdsl.records import record
from segdsl.schema import By, ColumnTrait, Entity, Field, Link, Lookup, Relation, Schema
from segdsl.schema_reading import Owner, OwnerKind, Reader, TooManyFindings, is_storable, nfc
from segdsl.toml_places import Item
from segdsl.types import ANY, Kind, Type

_TIMES = (Kind.DATE, Kind.TIMESTAMP)
_NEVER_KEYS = (Kind.FLOAT, Kind.LIST)
_CANDIDATES: Mapping[str, tuple[tuple[OwnerKind, ...], str]] = {
    "parent": (("entity", "relation"), "a relation or the entity"),
    "from": (("relation",), "a relation"),
    "groups": (("relation",), "a relation"),
    "of": (("entity", "relation", "lookup"), "a relation, a lookup or the entity"),
}
"""What the name under a key may name."""
_UNTYPED = (Kind.ANY, Kind.UNKNOWN)


@record(frozen=True, slots=True)
class _Same:
    """Two fields that must have one type, because rows are joined (or grouped) by them; ``item`` is where that is said."""

    one: tuple[str, str]
    other: tuple[str, str]
    item: Item


def read_schema(root: Item) -> tuple[Schema | None, tuple[Diagnostic, ...]]:
    """The schema under `SCHEMA_KEYS` of a table (other keys are the caller's), or None if anything in it is wrong."""
    checker = _Binder()
    built = None
    with suppress(TooManyFindings):
        built = checker.schema(root)
    failed = any(d.severity is Severity.ERROR for d in checker.found)
    return (None if failed else built), tuple(checker.found)


class _Binder(Reader):
    def __init__(self) -> None:
        super().__init__()
        self.same: list[_Same] = []

    def schema(self, root: Item) -> Schema | None:
        timezone = self.timezone(root.table.get("timezone"))
        self.language(root.table.get("language"))
        if "entity" not in root.table:
            self.add(errors.no_entity(root.span), root)
            return None
        if not self.is_table(root.table["entity"], "entity", "a table"):
            return None
        entity = self.read_entity(root.table["entity"])
        self.owners[entity.name] = entity
        self.entity = entity.name
        lookups = self.named(root.table.get("lookups"), "lookups")
        relations = self.named(root.table.get("relations"), "relations")
        traits_items = self.named(root.table.get("traits"), "traits")
        self.name_clashes(root.table["entity"], relations, lookups, traits_items)
        for name, item in relations.items():
            if name not in self.owners and self.is_owner(item, name, "relation"):
                self.owners[name] = self.read_relation(name, item)
        for name, item in lookups.items():
            if name not in self.owners and self.is_owner(item, name, "lookup"):
                self.owners[name] = self.read_lookup(name, item)
        traits = {name: trait for name, item in traits_items.items() if (trait := self.read_trait(name, item))}
        ordered = self.order()
        for owner in ordered:
            self.complete(owner)
        self.spread_types()
        self.check_joins()
        self.check_physical(traits, traits_items)
        if not self.found:
            self.check_parents(ordered)
        if self.found:
            return None
        return self.build(timezone, traits)

    # -- what stands on what ------------------------------------------------------------------------------------

    def order(self) -> list[Owner]:
        """All owners whose references hold, each after those it stands on."""
        for owner in self.owners.values():
            for key, name in owner.stands_on.items():
                kinds, wanted = _CANDIDATES[key]
                if name not in self.owners or self.owners[name].kind not in kinds:
                    item = owner.keys.get(key, owner.item)
                    known = [o.name for o in self.owners.values() if o.kind in kinds]
                    self.add(errors.unknown_reference(item.span, key, name, known, wanted), item)
                    owner.broken = True
        while True:
            graph = {
                name: [n for n in owner.stands_on.values() if n in self.owners]
                for name, owner in self.owners.items()
                if not owner.broken
            }
            try:
                ordered = list(TopologicalSorter(graph).static_order())
                break
            except CycleError as error:
                names = list(reversed(error.args[1]))
                start = self.owners[min(names, key=list(self.owners).index)]
                turn = names.index(start.name)
                names = [*names[turn:-1], *names[: turn + 1]]
                key = next(iter(start.stands_on))
                item = start.keys.get(key, start.item)
                self.add(errors.cycle(item.span, names), item)
                for name in names:
                    self.owners[name].broken = True
        whole: list[Owner] = []
        for name in ordered:
            owner = self.owners[name]
            if not owner.broken:
                owner.broken = any(self.owners[n].broken for n in owner.stands_on.values())
            if not owner.broken:
                whole.append(owner)
        return whole

    def complete(self, owner: Owner) -> None:
        match owner.kind, owner.sort:
            case "entity", _:
                self.complete_entity(owner)
            case "lookup", _:
                of = self.owners[owner.stands_on["of"]]
                owner.links = self.links(of, owner, owner.keys.get("on"), parent_is_lookup=True)
                for link in owner.links:
                    self.key_field(owner, link.parent, owner.keys["on"])
            case _, "table":
                parent = self.owners[owner.stands_on["parent"]]
                owner.links = self.links(owner, parent, owner.keys.get("on"), parent_is_lookup=False)
                if "key" in owner.keys:
                    names = self.names(owner.keys["key"], "key")
                    owner.key = tuple(
                        name for name, item in names if self.column(owner, name, "key", item, optional=False)
                    )
                    for name, item in names:
                        self.key_field(owner, name, item)
                owner.time = self.time(owner, "time")
            case _, "from":
                self.complete_from(owner)
            case _:
                self.complete_groups(owner)

    def complete_entity(self, owner: Owner) -> None:
        name = self.name(owner.keys.get("key"), "key")
        if name is not None:
            item = owner.keys["key"]
            if name not in owner.fields and owner.table is None:
                self.undeclared(owner, name, item, optional=False)
            elif self.column(owner, name, "key", item, optional=False):
                self.key_field(owner, name, item)
                if owner.fields[name].expression is not None:
                    self.add(errors.computed_key(item.span, name, owner.name), item)
            owner.key = (name,)
        if owner.sort == "distinct":
            for f in owner.fields.values():
                if f.name not in owner.key and f.expression is None:
                    self.add(errors.field_of_nothing(f.span, f.name, owner.name, None), self.places[owner.name, f.name])
        owner.time = self.time(owner, "created")

    def complete_from(self, owner: Owner) -> None:
        base = self.owners[owner.stands_on["from"]]
        folded = {name.casefold(): name for name in base.fields if base.fields[name].declared}
        for name in owner.fields:
            clash = folded.get(name.casefold())
            if clash is not None:
                what = f"a field of `{base.name}`, which come along"
                item = self.places[owner.name, name]
                self.add(errors.name_taken(item.key, name, what, clash, self.place(base, clash).key), item)
        for name, one in base.fields.items():
            self.places.setdefault((owner.name, name), self.place(base, name))
            if not one.declared:
                self.same.append(_Same((owner.name, name), (base.name, name), owner.item))
        owner.fields = {**base.fields, **owner.fields}
        owner.table, owner.links, owner.key, owner.time, owner.by = base.table, base.links, base.key, base.time, base.by

    def complete_groups(self, owner: Owner) -> None:
        source = self.owners[owner.stands_on["groups"]]
        entity = self.owners[self.entity]
        key = entity.key[0] if entity.key else ""
        by: list[By] = []
        item = owner.keys.get("by")
        if item is not None and isinstance(item.value, dict):
            if not item.value:
                self.add(errors.empty_value(item.span, "by", "what makes a group"), item)
            for name, one in self.named(item, "by").items():
                text = self.expression(one, "by")
                if text is None:
                    continue
                if nfc(text.text.strip()) == name:
                    self.group_by_field(owner, source, name, one)
                    by.append(By(name, None, one.span))
                    continue
                own = owner.fields.get(name)
                if own is None or own.expression is not None:
                    if (owner.name, name) not in self.places or own is not None:
                        self.add(errors.by_not_declared(one.key, name, owner.name), one)
                else:
                    owner.fields[name] = replace(own, optional=False)
                by.append(By(name, text, one.key))
        elif item is not None:
            for name, one in self.names(item, "by"):
                self.group_by_field(owner, source, name, one)
                by.append(By(name, None, one.span))
        owner.by = tuple(by)
        formed = {b.name for b in by}
        for f in list(owner.fields.values()):
            if f.name == key and f.name not in formed:
                if f.expression is not None:
                    what = "the key of the entity, which every group has"
                    self.add(
                        errors.name_taken(f.span, key, what, key, self.place(entity, key).key), self.place(owner, key)
                    )
            elif f.expression is None and f.name not in formed:
                self.add(errors.field_of_nothing(f.span, f.name, owner.name, source.name), self.place(owner, f.name))
        if key and key not in owner.fields:
            owner.fields[key] = Field(key, entity.fields[key].type if key in entity.fields else ANY, declared=False)
        if key:
            self.same.append(_Same((owner.name, key), (entity.name, key), owner.item))
            owner.links = (Link(key, key),)
        owner.key = tuple(dict.fromkeys((key, *(b.name for b in by))))
        for b in by:
            if b.name in owner.fields and owner.fields[b.name].type.kind in _NEVER_KEYS:
                self.add(errors.never_joins(b.span, "by", b.name, str(owner.fields[b.name].type)), owner.item)
        owner.time = self.time(owner, "time")

    def group_by_field(self, owner: Owner, source: Owner, name: str, item: Item) -> None:
        """A field of the source's rows becomes one of the group."""
        found = self.column(source, name, "by", item, optional=True)
        own = owner.fields.get(name)
        if found is None:
            return
        if own is None:
            owner.fields[name] = Field(
                name, found.type, private=found.private, title=found.title, declared=found.declared, span=item.span
            )
        elif own.expression is not None:
            what = "a field that the group is formed by"
            self.add(errors.name_taken(own.span, name, what, name, item.span), self.place(owner, name))
            return
        else:
            owner.fields[name] = replace(own, optional=False)
        self.same.append(_Same((owner.name, name), (source.name, name), item))

    # -- fields that are named ----------------------------------------------------------------------------------

    def place(self, owner: Owner, name: str) -> Item:
        return self.places.get((owner.name, name), owner.item)

    def undeclared(self, owner: Owner, name: str, item: Item, optional: bool) -> Field:
        made = Field(name, ANY, optional, name, declared=False, span=item.span)
        owner.fields[name] = made
        self.places[owner.name, name] = item
        return made

    def column(self, owner: Owner, name: str, key: str, item: Item, optional: bool) -> Field | None:
        """The field of that name; an undeclared one is the column of that name, if there is a table."""
        if name in owner.fields:
            return owner.fields[name]
        if (owner.name, name) in self.places:
            return None  # declared, and already found wrong
        folded = {n.casefold() for n in owner.declared}
        if owner.table is None or name.casefold() in folded:
            why = (
                "names differ in upper and lower case"
                if name.casefold() in folded
                else "and no table whose column it could be"
            )
            self.add(errors.unknown_field(item.span, key, name, owner.name, owner.declared, why), item)
            return None
        if not is_storable(name):
            self.add(errors.unusable_text(item.span, key), item)
            return None
        return self.undeclared(owner, name, item, optional)

    def links(self, child: Owner, parent: Owner, item: Item | None, parent_is_lookup: bool) -> tuple[Link, ...]:
        """``on``: one name for both sides, several, or a table of child and parent names. What joins a lookup is its key, so
        that an undeclared field there is never missing."""
        if item is None:
            return ()
        pairs: list[tuple[str, str, Item]] = []
        if isinstance(item.value, dict):
            if not item.value:
                self.add(errors.empty_value(item.span, "on", "the fields to join by"), item)
            for written, one in item.table.items():
                other = self.name(one, "on")
                if other is not None:
                    pairs.append((nfc(written), other, one))
        else:
            pairs = [(name, name, one) for name, one in self.names(item, "on")]
        links: list[Link] = []
        for name, other, one in pairs:
            left = self.column(child, name, "on", one, optional=True)
            right = self.column(parent, other, "on", one, optional=not parent_is_lookup)
            if left is not None and right is not None:
                links.append(Link(name, other))
                self.same.append(_Same((child.name, name), (parent.name, other), one))
        return tuple(links)

    def key_field(self, owner: Owner, name: str, item: Item) -> None:
        found = owner.fields.get(name)
        if found is None or not found.declared:
            return
        if found.type.kind in _NEVER_KEYS:
            self.add(errors.bad_key_type(item.span, name, owner.name, str(found.type)), item)
        elif found.optional and found.expression is None and found.type.kind is not Kind.UNKNOWN:
            self.add(errors.optional_key(self.place(owner, name).span, name, owner.name, str(found.type)), item)

    def time(self, owner: Owner, key: str) -> str | None:
        item = owner.keys.get(key)
        name = self.name(item, key)
        if name is None or item is None or owner.sort == "distinct":
            return None
        found = owner.fields.get(name)
        if found is None or not found.declared:
            if (owner.name, name) not in self.places or found is not None:
                self.add(errors.time_not_declared(item.span, key, name, owner.name, owner.declared), item)
            return None
        if found.type.kind not in (*_TIMES, Kind.UNKNOWN):
            self.add(errors.not_a_time(item.span, key, name, owner.name, str(found.type)), item)
        return name

    # -- types of undeclared fields, joins ------------------------------------------------------------------------

    def spread_types(self) -> None:
        """Undeclared fields take the type of what they are joined to, through any number of joins; a relation made `from`
        another has that one's undeclared fields too."""
        for owner in self.order_of_bases():
            base = self.owners[owner.stands_on["from"]]
            for name, one in base.fields.items():
                if name not in owner.fields:
                    owner.fields[name] = one
                    self.places.setdefault((owner.name, name), self.place(base, name))
                    self.same.append(_Same((owner.name, name), (base.name, name), owner.item))
        neighbours: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for same in self.same:
            neighbours.setdefault(same.one, []).append(same.other)
            neighbours.setdefault(same.other, []).append(same.one)
        known = deque(end for end in neighbours if self.kind_of(end) not in _UNTYPED)
        while known:
            reached = known.popleft()
            for end in neighbours[reached]:
                found = self.field_at(end)
                if found is not None and found.type.kind is Kind.ANY:
                    source = self.field_at(reached)
                    assert source is not None
                    self.owners[end[0]].fields[end[1]] = replace(found, type=source.type.plain)
                    known.append(end)

    def order_of_bases(self) -> list[Owner]:
        """Relations made `from` another, each after its base (owners are completed in that order)."""
        graph = {o.name: [*o.stands_on.values()] for o in self.owners.values() if not o.broken}
        return [self.owners[n] for n in TopologicalSorter(graph).static_order() if self.owners[n].sort == "from"]

    def field_at(self, end: tuple[str, str]) -> Field | None:
        return self.owners[end[0]].fields.get(end[1])

    def kind_of(self, end: tuple[str, str]) -> Kind:
        found = self.field_at(end)
        return found.type.kind if found is not None else Kind.UNKNOWN

    def check_joins(self) -> None:
        told: set[tuple[str, str]] = set()
        for same in self.same:
            one, other = self.field_at(same.one), self.field_at(same.other)
            if one is None or other is None or Kind.UNKNOWN in (one.type.kind, other.type.kind):
                continue
            barred = next((f for f in (one, other) if f.type.kind in _NEVER_KEYS), None)
            if barred is not None:
                end = same.one if barred is one else same.other
                if end not in told and not self.is_told(end):
                    self.add(errors.never_joins(same.item.span, "on", barred.name, str(barred.type)), same.item)
                told.add(end)
            elif ANY not in (one.type, other.type) and _join_type(one.type) != _join_type(other.type):
                left, right = f"{same.one[0]}.{one.name}", f"{same.other[0]}.{other.name}"
                span = same.item.span
                self.add(errors.join_types(span, left, str(one.type), right, str(other.type)), same.item)

    def check_parents(self, ordered: list[Owner]) -> None:
        """Rows that a join gives several parents, and the rows below them, are told apart by keys of their own; they happen at
        times of their own where their parents have one. ``ordered``: each after those it stands on."""
        crossed: dict[str, Owner] = {}
        timed: set[str] = set()
        for owner in ordered:
            above = self.above(owner)
            if owner.kind == "relation" and above.kind == "relation":
                if not self.finds_one(owner):
                    crossed[owner.name] = owner
                elif above.name in crossed:
                    crossed[owner.name] = crossed[above.name]
            if owner.kind == "relation" and (owner.time is not None or above.name in timed):
                timed.add(owner.name)
        grouped = self.grouped_by_several()
        for owner in self.owners.values():
            if owner.kind != "relation" or owner.sort != "table":
                continue
            above = self.above(owner)
            join = crossed.get(owner.name)
            if join is not None and not owner.key:
                self.several_parents(owner, join, "key")
            elif join is owner and owner.time is None and above.name in timed:
                self.several_parents(owner, owner, "time")
            elif not owner.key and owner.name in grouped:
                self.several_parents(owner, grouped[owner.name], "key")

    def grouped_by_several(self) -> dict[str, Owner]:
        """Relations whose rows, or rows below them, are grouped though they may belong to several entities; and whose join it
        is that finds these."""
        found: dict[str, Owner] = {}
        for group in self.owners.values():
            if group.sort != "groups":
                continue
            chain: list[Owner] = []
            owner = self.origin(self.owners[group.stands_on["groups"]])
            while owner.kind == "relation" and owner.name not in found:
                chain.append(owner)
                owner = self.origin(self.above(owner))
            last = found.get(owner.name) if owner.kind == "relation" else chain[-1]
            if last is not None and not self.finds_one(last):
                found.update({one.name: last for one in chain})
        return found

    def above(self, owner: Owner) -> Owner:
        """What the owner's rows belong to."""
        return self.owners[self.origin(owner).stands_on.get("parent", self.entity)]

    def finds_one(self, owner: Owner) -> bool:
        """Does the join to the parent find one row at most?"""
        if self.origin(owner).sort == "groups":
            return True
        key = self.origin(self.above(owner)).key
        return bool(key) and set(key) <= {link.parent for link in owner.links}

    def several_parents(self, owner: Owner, joined: Owner, wanted: str) -> None:
        """``joined``: the relation whose join finds several rows, the owner itself or one above it."""
        item = owner.keys.get("on", owner.item)
        parent = self.origin(self.above(joined))
        self.add(errors.several_parents(item.span, owner.name, joined.name, parent.name, parent.key, wanted), item)

    def is_told(self, end: tuple[str, str]) -> bool:
        """Has the field been found unfit as a key, or as something to group by, already?"""
        owner = self.owners[end[0]]
        return end[1] in owner.key

    # -- tables and columns ---------------------------------------------------------------------------------------

    def check_physical(self, traits: Mapping[str, ColumnTrait], trait_items: Mapping[str, Item]) -> None:
        tables: dict[str, tuple[str, Item]] = {}
        columns: dict[tuple[str, str], tuple[str, Item]] = {}

        def table(name: str, item: Item) -> None:
            other, first = tables.setdefault(name.casefold(), (name, item))
            if other != name:
                self.add(errors.case_only(item.span, "tables", name, other, first.span), item)

        def column(of: str, name: str, item: Item) -> None:
            other, first = columns.setdefault((of.casefold(), name.casefold()), (name, item))
            if other != name:
                self.add(errors.case_only(item.key, "columns", name, other, first.key), item)

        for owner in self.owners.values():
            if owner.sort == "distinct":
                for name, item in self.names(owner.keys["distinct"], "distinct"):
                    table(name, item)
                    self.no_computed_times(owner, name)
                    for key in owner.key:
                        if key in owner.fields:
                            column(name, owner.fields[key].column, self.place(owner, key))
            if owner.table is None or owner.sort != "table":
                continue
            table(owner.table, owner.keys.get("table", owner.item))
            for f in owner.fields.values():
                if f.column:
                    column(owner.table, f.column, self.place(owner, f.name))
        entity = self.owners[self.entity]
        for trait in traits.values():
            if entity.table is None:
                reason = "the entity has no table"
                self.add(errors.conflict(trait.span, "traits", "distinct", reason), trait_items[trait.name])
            else:
                column(entity.table, trait.column, trait_items[trait.name])

    # -- the result -----------------------------------------------------------------------------------------------

    def no_computed_times(self, entity: Owner, table: str) -> None:
        """When the rows that an entity is made of happened is read from the table itself, before there are rows of relations."""
        for owner in self.owners.values():
            if owner.sort != "table" or owner.table != table or owner.time is None:
                continue
            if owner.time in owner.fields and owner.fields[owner.time].expression is not None:
                place = owner.keys["time"]
                self.add(errors.computed_time(place.span, owner.time, owner.name, entity.name, table), place)

    def build(self, timezone: str, traits: dict[str, ColumnTrait]) -> Schema:
        entity = self.owners[self.entity]
        distinct: tuple[str, ...] = ()
        if entity.sort == "distinct":
            distinct = tuple(name for name, _ in self.names(entity.keys["distinct"], "distinct"))
        relations: dict[str, Relation] = {}
        lookups: dict[str, Lookup] = {}
        for owner in self.owners.values():
            span = owner.item.key
            if owner.kind == "lookup":
                assert owner.table is not None
                lookups[owner.name] = Lookup(
                    owner.name, owner.stands_on["of"], owner.table, owner.links, owner.fields, span
                )
            elif owner.kind == "relation":
                grouped = self.origin(owner)
                relations[owner.name] = Relation(
                    owner.name,
                    grouped.stands_on.get("parent", self.entity),
                    owner.table,
                    owner.links,
                    owner.key,
                    owner.time,
                    owner.where,
                    owner.fields,
                    owner.stands_on.get("from"),
                    grouped.stands_on.get("groups"),
                    owner.by,
                    span,
                )
        return Schema(
            Entity(
                entity.name,
                entity.table,
                entity.key[0],
                entity.time,
                entity.where,
                entity.fields,
                distinct,
                entity.item.key,
            ),
            relations,
            lookups,
            traits,
            timezone,
        )

    def origin(self, owner: Owner) -> Owner:
        while owner.sort == "from":
            owner = self.owners[owner.stands_on["from"]]
        return owner


def _join_type(type: Type) -> tuple[Kind, int, int]:
    return type.kind, type.precision, type.scale
