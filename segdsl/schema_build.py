"""From keys and values to a checked `Schema`: the one place where a declaration is judged.

In goes a tree of items (`segdsl.toml_places`), from a TOML text with places or from Python values without; out come the
schema and everything that is wrong with it. Expressions stay texts. Nothing here reads files.

The work goes in four steps, so that all mistakes are found in one run and none is reported twice:

1. every table of the declaration is read on its own: keys, sorts of values, types, options of fields;
2. names are bound: which relation stands on which, without cycles, each after those it stands on;
3. in that order links, keys, times and groups are completed. A name in ``on``, ``key`` or ``by`` that is no declared field
   is the column of that name, and becomes a field that no text may read;
4. such fields take the types of what they are joined to, and joins, tables and columns are compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from graphlib import CycleError, TopologicalSorter
from importlib import resources
from typing import Literal, TypeAlias, TypedDict

from segdsl.diagnostics import Diagnostic, SegdslError, Severity
from segdsl.errors import schema as errors
from segdsl.schema import By, ColumnTrait, Entity, Field, Link, Lookup, Relation, Schema, Text
from segdsl.semantics.time import UnknownZone, zone
from segdsl.toml_places import Item, from_python
from segdsl.types import (
    ANY,
    BOOL,
    DATE,
    FLOAT,
    INT,
    LIST,
    MAX_DIGITS,
    STRING,
    TIMESTAMP,
    UNKNOWN,
    Kind,
    Type,
    decimal,
)

EDITIONS = ("1",)
SCHEMA_KEYS = ("language", "timezone", "entity", "relations", "lookups", "traits")
ENTITY_KEYS = ("name", "table", "key", "created", "where", "distinct", "fields")
RELATION_KEYS = ("table", "parent", "on", "key", "time", "where", "from", "groups", "by", "fields")
LOOKUP_KEYS = ("of", "table", "on", "fields")
FIELD_KEYS = ("type", "missing", "values", "ordered", "private", "fixed", "changes", "title", "column", "is")
TRAIT_KEYS = ("type", "column")

# -- what is written in Python ------------------------------------------------------------------------------------

FieldOptions = TypedDict(
    "FieldOptions",
    {
        "type": str,
        "missing": Sequence[str | int | float],
        "values": Sequence[str] | Mapping[str, str],
        "ordered": bool,
        "private": bool,
        "fixed": bool,
        "changes": bool,
        "title": str,
        "column": str,
        "is": str,
    },
    total=False,
)
Fields: TypeAlias = Mapping[str, str | FieldOptions]
On: TypeAlias = str | Sequence[str] | Mapping[str, str]


class EntityOptions(TypedDict, total=False):
    name: str
    table: str
    key: str
    created: str
    where: str
    distinct: str | Sequence[str]
    fields: Fields


RelationOptions = TypedDict(
    "RelationOptions",
    {
        "table": str,
        "parent": str,
        "on": On,
        "key": str | Sequence[str],
        "time": str,
        "where": str,
        "from": str,
        "groups": str,
        "by": str | Sequence[str] | Mapping[str, str],
        "fields": Fields,
    },
    total=False,
)


class LookupOptions(TypedDict, total=False):
    of: str
    table: str
    on: On
    fields: Fields


class TraitOptions(TypedDict, total=False):
    type: str
    column: str


def schema(
    entity: EntityOptions,
    relations: Mapping[str, RelationOptions] | None = None,
    lookups: Mapping[str, LookupOptions] | None = None,
    traits: Mapping[str, str | TraitOptions] | None = None,
    timezone: str = "UTC",
) -> Schema:
    """A schema from plain dicts in the shape of the project file. Raises `SegdslError` with all that is wrong.

    >>> shop = schema(
    ...     entity={"table": "customers", "key": "customer_id", "fields": {"customer_id": "int", "email": "string?"}},
    ...     relations={"order": {"table": "orders", "on": "customer_id", "fields": {"total": "decimal(12,2)"}}},
    ... )
    >>> str(shop.relations["order"].fields["total"].type)
    'decimal(12,2)'
    """
    return schema_from_dict(
        {
            "entity": entity,
            "relations": relations or {},
            "lookups": lookups or {},
            "traits": traits or {},
            "timezone": timezone,
        }
    )


def schema_from_dict(mapping: Mapping[str, object]) -> Schema:
    """A schema from one dict in the shape of a project file. Raises `SegdslError`; each message begins with a path."""
    root = from_python(mapping)
    unknown = unknown_keys(root, "a schema", SCHEMA_KEYS)
    built, found = read_schema(root)
    if built is None or unknown:
        raise SegdslError((*unknown, *found))
    return built


def unknown_keys(item: Item, where: str, known: Sequence[str]) -> tuple[Diagnostic, ...]:
    """What stands in a table under keys that it does not have."""
    return tuple(
        _placed(errors.unknown_key(value.key, name, where, known), value)
        for name, value in item.table.items()
        if name not in known
    )


def read_schema(root: Item) -> tuple[Schema | None, tuple[Diagnostic, ...]]:
    """The schema under `SCHEMA_KEYS` of a table (other keys are the caller's), or None if anything in it is wrong."""
    checker = _Checker()
    built = checker.schema(root)
    failed = any(d.severity is Severity.ERROR for d in checker.found)
    return (None if failed else built), tuple(checker.found)


def parse_type(text: str) -> tuple[Type, bool] | None:
    """``"decimal(12,2)?"`` as the type and whether it can be missing; None if it is no type."""
    written = text.strip()
    optional = written.endswith("?")
    word = written.removesuffix("?").strip()
    if word in _TYPES:
        return _TYPES[word], optional
    match = _DECIMAL.fullmatch(word)
    if match is None:
        return None
    precision, scale = int(match[1]), int(match[2])
    return (decimal(precision, scale), optional) if 1 <= precision <= MAX_DIGITS and scale <= precision else None


_TYPES = {str(t): t for t in (BOOL, INT, FLOAT, STRING, DATE, TIMESTAMP, LIST)}
_DECIMAL = re.compile(r"decimal\(\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*\)")
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_TIMES = (Kind.DATE, Kind.TIMESTAMP)
_NEVER_KEYS = (Kind.FLOAT, Kind.LIST)
_UNTYPED = (Kind.ANY, Kind.UNKNOWN)

_OwnerKind: TypeAlias = Literal["entity", "relation", "lookup"]
_Sort: TypeAlias = Literal["table", "from", "groups", "distinct"]


@dataclass(slots=True)
class _Owner:
    """An entity, relation or lookup while it is put together. ``stands_on`` are the names in ``parent``, ``from``, ``groups``
    and ``of``; ``broken`` says that one of them is wrong, and what rests on it is left alone."""

    name: str
    kind: _OwnerKind
    sort: _Sort
    item: Item
    keys: dict[str, Item]
    table: str | None
    fields: dict[str, Field]
    stands_on: dict[str, str] = field(default_factory=dict)
    broken: bool = False
    links: tuple[Link, ...] = ()
    key: tuple[str, ...] = ()
    time: str | None = None
    by: tuple[By, ...] = ()
    where: Text | None = None

    @property
    def declared(self) -> list[str]:
        return [f.name for f in self.fields.values() if f.declared]


@dataclass(frozen=True, slots=True)
class _Same:
    """Two fields that must have one type, because rows are joined (or grouped) by them; ``item`` is where that is said."""

    one: tuple[str, str]
    other: tuple[str, str]
    item: Item


def _placed(diagnostic: Diagnostic, item: Item) -> Diagnostic:
    return errors.at_path(diagnostic, item.path) if diagnostic.span.source is None else diagnostic


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


class _Checker:
    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self.owners: dict[str, _Owner] = {}
        self.places: dict[tuple[str, str], Item] = {}
        self.same: list[_Same] = []
        self.entity = ""

    def add(self, diagnostic: Diagnostic, item: Item) -> None:
        self.found.append(_placed(diagnostic, item))

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
        for owner in self.order():
            self.complete(owner)
        self.spread_types()
        self.check_joins()
        self.check_physical(traits, traits_items)
        if self.found:
            return None
        return self.build(timezone, traits)

    # -- single values ----------------------------------------------------------------------------------------

    def timezone(self, item: Item | None) -> str:
        name = self.text(item, "timezone")
        if name is None or item is None:
            return "UTC"
        try:
            zone(name)
        except UnknownZone:
            self.add(errors.unknown_zone(item.span, name, _zones()), item)
        return name

    def language(self, item: Item | None) -> None:
        if item is not None and item.value not in EDITIONS:
            self.add(errors.unknown_edition(item.span, repr(item.value), (f'"{e}"' for e in EDITIONS)), item)

    def is_table(self, item: Item, key: str, wanted: str) -> bool:
        if isinstance(item.value, dict):
            return True
        self.add(errors.wrong_value(item.span, key, wanted, item.value), item)
        return False

    def is_owner(self, item: Item, name: str, kind: str) -> bool:
        if item.table.get("table", item).value is False:
            self.add(errors.nothing_to_drop(item.table["table"].span, f"{kind} `{name}`"), item)
            return False
        return self.is_table(item, name, "a table")

    def text(self, item: Item | None, key: str) -> str | None:
        if item is None:
            return None
        if not isinstance(item.value, str):
            self.add(errors.wrong_value(item.span, key, "a text", item.value), item)
            return None
        if not item.value.strip():
            self.add(errors.empty_value(item.span, key, "a text"), item)
            return None
        return item.value

    def physical(self, item: Item | None, key: str) -> str | None:
        """The name of a table or column: any text that a database can store."""
        text = self.text(item, key)
        if text is None or item is None or _is_storable(text):
            return text
        self.add(errors.unusable_text(item.span, key), item)
        return None

    def name(self, item: Item | None, key: str) -> str | None:
        """A name that refers to something declared."""
        text = self.text(item, key)
        return None if text is None else _nfc(text)

    def flag(self, item: Item | None, key: str) -> bool:
        if item is None or isinstance(item.value, bool):
            return item is not None and item.value is True
        self.add(errors.wrong_value(item.span, key, "true or false", item.value), item)
        return False

    def expression(self, item: Item | None, key: str) -> Text | None:
        text = self.text(item, key)
        return None if text is None or item is None else Text(text, item.inside)

    def names(self, item: Item, key: str) -> list[tuple[str, Item]]:
        """One text, or a list of different ones."""
        items = item.items if isinstance(item.value, list) else [item]
        if not items:
            self.add(errors.empty_value(item.span, key, "a name, or a list of names"), item)
        found: dict[str, Item] = {}
        for one in items:
            if not isinstance(one.value, str):
                self.add(errors.wrong_value(one.span, key, "a name, or a list of names", one.value), one)
            elif not one.value.strip():
                self.add(errors.empty_value(one.span, key, "a name"), one)
            elif _nfc(one.value) in found:
                self.add(errors.repeated(one.span, f"in `{key}`", one.value), one)
            else:
                found[_nfc(one.value)] = one
        return list(found.items())

    def named(self, item: Item | None, key: str) -> dict[str, Item]:
        """The items of a table under names of the user's own, each fit to be one."""
        if item is None or not self.is_table(item, key, "a table"):
            return {}
        found: dict[str, Item] = {}
        for written, one in item.table.items():
            name = _nfc(written)
            if not self.can_be_name(name, one):
                continue
            if name in found:
                self.add(errors.name_taken(one.key, name, "taken", name, found[name].key), one)
            else:
                found[name] = one
        return found

    def can_be_name(self, name: str, item: Item) -> bool:
        if name.strip() and name.isprintable() and "`" not in name:
            return True
        self.add(errors.bad_name(item.key, name), item)
        return False

    # -- fields -----------------------------------------------------------------------------------------------

    def fields(self, owner: str, item: Item | None, kind: _OwnerKind, has_columns: bool = True) -> dict[str, Field]:
        found: dict[str, Field] = {}
        folded: dict[str, str] = {}
        for name, one in self.named(item, "fields").items():
            other = folded.setdefault(name.casefold(), name)
            if other != name:
                what = f"a field of `{owner}`"
                self.add(errors.name_taken(one.key, name, what, other, self.places[owner, other].key), one)
                self.field(name, one, kind, has_columns)
                continue
            self.places[owner, name] = one
            read = self.field(name, one, kind, has_columns)
            if read is not None:
                found[name] = read
        return found

    def field(self, name: str, item: Item, kind: _OwnerKind, has_columns: bool) -> Field | None:
        if item.value is False:
            self.add(errors.nothing_to_drop(item.span, f"field `{name}`"), item)
            return None
        if isinstance(item.value, str):
            declared, optional = self.type(item)
            return Field(name, declared, optional, name if has_columns else "", span=item.key)
        if not self.is_table(item, name, 'a type, such as "int?", or a table with one'):
            return None
        self.found.extend(unknown_keys(item, f"the field `{name}`", FIELD_KEYS))
        options = item.table
        if "type" in options:
            declared, optional = self.type(options["type"])
        else:
            self.add(errors.missing_key(item.key, "type", f"the field `{name}`", 'type = "string"'), item)
            declared, optional = UNKNOWN, True
        is_computed = "is" in options
        column = self.physical(options.get("column"), "column")
        for key in ("column", "missing"):
            if key in options and (is_computed or not has_columns):
                reason = "it is an expression" if is_computed else "it is made of a group's rows"
                self.add(errors.bad_option(options[key].key, key, f"{reason}, and no column holds it"), options[key])
        values, codes = self.values(options.get("values"), declared, is_computed or not has_columns)
        if values is not None:
            declared = replace(declared, values=values, ordered=self.flag(options.get("ordered"), "ordered"))
        elif self.flag(options.get("ordered"), "ordered") and "values" not in options:
            hint = 'list them, lowest first: values = ["S", "M", "L"]'
            self.add(
                errors.bad_option(options["ordered"].key, "ordered", "it has no `values`", hint), options["ordered"]
            )
        changes, fixed = self.flag(options.get("changes"), "changes"), self.flag(options.get("fixed"), "fixed")
        if changes and kind != "relation":
            hint = "a field of the entity or a lookup has no past unless it is `fixed`"
            reason = "only a relation's rows have a time"
            self.add(errors.bad_option(options["changes"].key, "changes", reason, hint), options["changes"])
        elif changes and fixed:
            self.add(
                errors.conflict(options["changes"].key, "changes", "fixed", "one says the opposite of the other"), item
            )
        return Field(
            name,
            declared,
            optional,
            "" if is_computed or not has_columns else column or name,
            self.missing(options.get("missing"), declared, optional),
            codes,
            private=self.flag(options.get("private"), "private"),
            fixed=fixed,
            changes=changes,
            title=self.text(options.get("title"), "title"),
            expression=self.expression(options.get("is"), "is"),
            span=item.key,
        )

    def type(self, item: Item) -> tuple[Type, bool]:
        text = self.text(item, "type")
        if text is None:
            return UNKNOWN, True
        read = parse_type(text)
        if read is not None:
            return read
        word = text.strip().removesuffix("?").strip()
        if re.fullmatch(r"decimal\s*\(.*\)", word):
            self.add(errors.bad_decimal(item.span, text, MAX_DIGITS), item)
        else:
            self.add(errors.unknown_type(item.span, text), item)
        return UNKNOWN, True

    def values(self, item: Item | None, type: Type, no_column: bool) -> tuple[tuple[str, ...] | None, dict[str, str]]:
        """The closed list, and the code of each value where codes are given."""
        if item is None:
            return None, {}
        if type.kind not in (Kind.STRING, Kind.UNKNOWN):
            hint = 'declare it as a "string" if it is a code'
            self.add(errors.bad_option(item.key, "values", f"it is of type {type}, not string", hint), item)
            return None, {}
        wanted = 'a list of texts, or a table of names and their codes, such as { view = "2" }'
        coded = isinstance(item.value, dict)
        items = list(item.table.values()) if coded else item.items
        if not coded and not isinstance(item.value, list):
            self.add(errors.wrong_value(item.span, "values", wanted, item.value), item)
            return None, {}
        if not items:
            self.add(errors.empty_value(item.span, "values", wanted), item)
        texts: dict[str, Item] = {}
        for one in items:
            if not isinstance(one.value, str):
                mend = f'write it as a text: "{one.value}"' if isinstance(one.value, int) else None
                self.add(errors.wrong_value(one.span, "values", wanted, one.value, mend), one)
            elif one.value in texts:
                self.add(errors.repeated(one.span, "the code" if coded else "the value", one.value), one)
            elif not _is_storable(one.value):
                self.add(errors.unusable_text(one.span, "values"), one)
            else:
                texts[one.value] = one
        if coded and no_column:
            reason = "codes stand in a column, and no column holds it"
            self.add(errors.bad_option(item.key, "values", reason, "give its values as a list"), item)
        if not coded:
            return tuple(texts), {}
        codes = {name: one.value for name, one in item.table.items() if isinstance(one.value, str)}
        return tuple(codes), codes

    def missing(self, item: Item | None, type: Type, optional: bool) -> tuple[str, ...]:
        """The spellings, as texts; those of numbers without exponents."""
        if item is None or type.kind is Kind.UNKNOWN:
            return ()
        if type.kind is not Kind.STRING and not type.is_number:
            self.add(
                errors.bad_option(item.key, "missing", f"only strings and numbers have such spellings, not {type}"),
                item,
            )
            return ()
        if not optional:
            self.add(errors.bad_option(item.key, "missing", "it is never missing", f'its type is "{type}?"'), item)
        if not isinstance(item.value, list):
            self.add(
                errors.wrong_value(item.span, "missing", 'a list of spellings, such as ["", "n/a"]', item.value), item
            )
            return ()
        found: dict[str, None] = {}
        for one in item.items:
            spelling = _spelling(one.value, type)
            if spelling is None or not _is_storable(spelling):
                wanted = "texts" if type.kind is Kind.STRING else "numbers, or texts that are numbers"
                self.add(errors.wrong_value(one.span, "missing", f"a list of {wanted} for this field", one.value), one)
            elif spelling in found:
                self.add(errors.repeated(one.span, "the spelling", spelling), one)
            else:
                found[spelling] = None
        return tuple(found)

    def read_trait(self, name: str, item: Item) -> ColumnTrait | None:
        if isinstance(item.value, str):
            declared, optional = self.type(item)
            return ColumnTrait(name, declared, optional, name, item.key)
        if not self.is_table(item, name, 'a type, or a table such as { type = "int", column = "order_count" }'):
            return None
        self.found.extend(unknown_keys(item, f"the trait `{name}`", TRAIT_KEYS))
        if "type" not in item.table:
            self.add(errors.missing_key(item.key, "type", f"the trait `{name}`", 'type = "int"'), item)
            return None
        declared, optional = self.type(item.table["type"])
        return ColumnTrait(
            name, declared, optional, self.physical(item.table.get("column"), "column") or name, item.key
        )

    # -- entity, relations, lookups -----------------------------------------------------------------------------

    def read_entity(self, item: Item) -> _Owner:
        self.found.extend(unknown_keys(item, "the entity", ENTITY_KEYS))
        keys = item.table
        name = "customer"
        if "name" in keys:
            given = self.name(keys["name"], "name")
            if given is not None and self.can_be_name(given, keys["name"]):
                name = given
        is_distinct = "distinct" in keys
        if is_distinct:
            for key in ("table", "created"):
                if key in keys:
                    reason = "its tables say which entities there are, and since when"
                    self.add(errors.conflict(keys[key].key, key, "distinct", reason), keys[key])
        if "key" not in keys:
            self.add(errors.missing_key(item.key, "key", "the entity", 'key = "customer_id"'), item)
        table = self.physical(keys.get("table"), "table") or name
        return _Owner(
            name,
            "entity",
            "distinct" if is_distinct else "table",
            item,
            keys,
            None if is_distinct else table,
            self.fields(name, keys.get("fields"), "entity"),
            where=self.expression(keys.get("where"), "where"),
        )

    def read_relation(self, name: str, item: Item) -> _Owner:
        where = f"the relation `{name}`"
        self.found.extend(unknown_keys(item, where, RELATION_KEYS))
        keys = item.table
        sort: _Sort = "groups" if "groups" in keys else "from" if "from" in keys else "table"
        self.sort_conflicts(keys, sort)
        if sort == "table" and "on" not in keys:
            self.add(
                errors.missing_key(item.key, "on", where, 'on = "customer_id", the field that joins it to its parent'),
                item,
            )
        if sort == "groups" and "by" not in keys:
            self.add(errors.missing_key(item.key, "by", where, 'by = ["order_id"], the fields that make a group'), item)
        owner = _Owner(
            name,
            "relation",
            sort,
            item,
            keys,
            (self.physical(keys.get("table"), "table") or name) if sort == "table" else None,
            self.fields(name, keys.get("fields"), "relation", sort != "groups"),
            where=self.expression(keys.get("where"), "where"),
        )
        if sort != "table":
            base = self.name(keys[sort], sort)
            if base is not None:
                owner.stands_on[sort] = base
        elif "parent" in keys:
            parent = self.name(keys["parent"], "parent")
            if parent is not None:
                owner.stands_on["parent"] = parent
        else:
            owner.stands_on["parent"] = self.entity
        owner.broken = not owner.stands_on
        return owner

    def sort_conflicts(self, keys: Mapping[str, Item], sort: _Sort) -> None:
        barred: tuple[str, ...]
        match sort:
            case "groups":
                barred, reason = (
                    ("from", "table", "parent", "on", "key"),
                    "a group is made of the rows of another relation",
                )
            case "from":
                barred = ("table", "parent", "on", "key", "time", "by")
                reason = "that comes from the other relation"
            case _:
                barred, reason, sort = ("by",), "only groups are formed by something", "table"
        for key in barred:
            if key in keys:
                self.add(errors.conflict(keys[key].key, key, sort, reason), keys[key])

    def read_lookup(self, name: str, item: Item) -> _Owner:
        where = f"the lookup `{name}`"
        self.found.extend(unknown_keys(item, where, LOOKUP_KEYS))
        keys = item.table
        for key, example in (("of", 'of = "order"'), ("on", 'on = "product_id"')):
            if key not in keys:
                self.add(errors.missing_key(item.key, key, where, example), item)
        owner = _Owner(
            name,
            "lookup",
            "table",
            item,
            keys,
            self.physical(keys.get("table"), "table") or name,
            self.fields(name, keys.get("fields"), "lookup"),
        )
        of = self.name(keys.get("of"), "of")
        if of is not None:
            owner.stands_on["of"] = of
        owner.broken = not owner.stands_on
        return owner

    def name_clashes(self, entity: Item, *tables: Mapping[str, Item]) -> None:
        """Entity, relations, lookups and traits share one set of names; traits share that of the entity's fields too."""
        relations, lookups, traits = tables
        first: dict[str, tuple[str, str, Item]] = {self.entity.casefold(): (self.entity, "the entity", entity)}
        for what, items in (("a relation", relations), ("a lookup", lookups), ("a trait", traits)):
            for name, item in items.items():
                other, other_what, other_item = first.setdefault(name.casefold(), (name, what, item))
                if other_item is not item:
                    self.add(errors.name_taken(item.key, name, other_what, other, other_item.key), item)
        fields = {name.casefold(): name for name in self.owners[self.entity].fields}
        for name, item in traits.items():
            clash = fields.get(name.casefold())
            if clash is not None:
                place = self.places[self.entity, clash].key
                self.add(errors.name_taken(item.key, name, "a field of the entity", clash, place), item)

    # -- what stands on what ------------------------------------------------------------------------------------

    def order(self) -> list[_Owner]:
        """All owners whose references hold, each after those it stands on."""
        for owner in self.owners.values():
            for key, name in owner.stands_on.items():
                known, wanted = self.candidates(key, owner)
                if name not in known:
                    item = owner.keys.get(key, owner.item)
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
        whole: list[_Owner] = []
        for name in ordered:
            owner = self.owners[name]
            owner.broken |= any(self.owners[n].broken for n in owner.stands_on.values())
            if not owner.broken:
                whole.append(owner)
        return whole

    def candidates(self, key: str, owner: _Owner) -> tuple[list[str], str]:
        def of(*kinds: _OwnerKind) -> list[str]:
            return [o.name for o in self.owners.values() if o.kind in kinds]

        match key:
            case "parent":
                return of("entity", "relation"), "a relation or the entity"
            case "of":
                return of("entity", "relation", "lookup"), "a relation, a lookup or the entity"
            case _:
                return of("relation"), "a relation"

    def complete(self, owner: _Owner) -> None:
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

    def complete_entity(self, owner: _Owner) -> None:
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

    def complete_from(self, owner: _Owner) -> None:
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

    def complete_groups(self, owner: _Owner) -> None:
        source = self.owners[owner.stands_on["groups"]]
        entity = self.owners[self.entity]
        key = entity.key[0] if entity.key else ""
        by: list[By] = []
        item = owner.keys.get("by")
        if item is not None and isinstance(item.value, dict):
            for name, one in self.named(item, "by").items():
                text = self.expression(one, "by")
                if text is None:
                    continue
                if _nfc(text.text.strip()) == name:
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

    def group_by_field(self, owner: _Owner, source: _Owner, name: str, item: Item) -> None:
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

    def place(self, owner: _Owner, name: str) -> Item:
        return self.places.get((owner.name, name), owner.item)

    def undeclared(self, owner: _Owner, name: str, item: Item, optional: bool) -> Field:
        made = Field(name, ANY, optional, name, declared=False, span=item.span)
        owner.fields[name] = made
        self.places[owner.name, name] = item
        return made

    def column(self, owner: _Owner, name: str, key: str, item: Item, optional: bool) -> Field | None:
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
        if not _is_storable(name):
            self.add(errors.unusable_text(item.span, key), item)
            return None
        return self.undeclared(owner, name, item, optional)

    def links(self, child: _Owner, parent: _Owner, item: Item | None, parent_is_lookup: bool) -> tuple[Link, ...]:
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
                    pairs.append((_nfc(written), other, one))
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

    def key_field(self, owner: _Owner, name: str, item: Item) -> None:
        found = owner.fields.get(name)
        if found is None or not found.declared:
            return
        if found.type.kind in _NEVER_KEYS:
            self.add(errors.bad_key_type(item.span, name, owner.name, str(found.type)), item)
        elif found.optional and found.expression is None and found.type.kind is not Kind.UNKNOWN:
            self.add(errors.optional_key(self.place(owner, name).span, name, owner.name, str(found.type)), item)

    def time(self, owner: _Owner, key: str) -> str | None:
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

    def order_of_bases(self) -> list[_Owner]:
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

    def origin(self, owner: _Owner) -> _Owner:
        while owner.sort == "from":
            owner = self.owners[owner.stands_on["from"]]
        return owner


def _join_type(type: Type) -> tuple[Kind, int, int]:
    return type.kind, type.precision, type.scale


def _spelling(value: object, type: Type) -> str | None:
    if isinstance(value, str):
        if type.kind is Kind.STRING:
            return value
        return format(Decimal(value), "f") if _NUMBER.fullmatch(value.strip()) else None
    if type.kind is Kind.STRING or isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    text = format(number, "f") if number.is_finite() and abs(number.adjusted()) <= 40 else ""
    return text if _NUMBER.fullmatch(text) else None


def _zones() -> Iterable[str]:
    try:
        return resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    except (ModuleNotFoundError, OSError):
        return ("UTC",)
