"""The first step from a declaration to a schema: each table is read on its own.

In goes a tree of items; out come owners (the entity, relations, lookups) with their fields, and what is wrong with keys,
sorts of values, types and options of fields. Nothing here follows a name to what it names: `segdsl.schema_binding` does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from importlib import resources
from typing import Literal, TypeAlias

from segdsl.diagnostics import Diagnostic
from segdsl.errors import schema as errors
from segdsl.schema import By, ColumnTrait, Field, Link, Text
from segdsl.semantics.time import UnknownZone, zone
from segdsl.toml_places import Item
from segdsl.types import BOOL, DATE, FLOAT, INT, LIST, MAX_DIGITS, STRING, TIMESTAMP, UNKNOWN, Kind, Type, decimal

EDITIONS = ("1",)
MAX_FINDINGS = 500
"""Nobody reads more; a file that is wrong everywhere is not what it was taken for."""
SCHEMA_KEYS = ("language", "timezone", "entity", "relations", "lookups", "traits")
ENTITY_KEYS = ("name", "table", "key", "created", "where", "distinct", "fields")
RELATION_KEYS = ("table", "parent", "on", "key", "time", "where", "from", "groups", "by", "fields")
LOOKUP_KEYS = ("of", "table", "on", "fields")
_CONVERTED = frozenset(
    {
        (Kind.DECIMAL, Kind.FLOAT),
        (Kind.DECIMAL, Kind.INT),
        (Kind.FLOAT, Kind.INT),
        (Kind.FLOAT, Kind.DECIMAL),
        (Kind.TIMESTAMP, Kind.DATE),
        (Kind.LIST, Kind.STRING),
    }
)
"""Declared kind and the kind of the data that it may be made from."""
_FLOAT_DIGITS = 15

FIELD_KEYS = ("type", "missing", "values", "ordered", "private", "fixed", "changes", "title", "column", "stored", "is")
TRAIT_KEYS = ("type", "column")


def unknown_keys(item: Item, where: str, known: Sequence[str]) -> tuple[Diagnostic, ...]:
    """What stands in a table under keys that it does not have."""
    return tuple(
        _placed(errors.unknown_key(value.key, name, where, known), value)
        for name, value in item.table.items()
        if name not in known
    )


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

OwnerKind: TypeAlias = Literal["entity", "relation", "lookup"]
Sort: TypeAlias = Literal["table", "from", "groups", "distinct"]


class TooManyFindings(Exception):
    """Enough has been found; what there is will be reported."""


@dataclass(slots=True)
class Owner:
    """An entity, relation or lookup while it is put together. ``stands_on`` are the names in ``parent``, ``from``, ``groups``
    and ``of``; ``broken`` says that one of them is wrong, and what rests on it is left alone."""

    name: str
    kind: OwnerKind
    sort: Sort
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


def _placed(diagnostic: Diagnostic, item: Item) -> Diagnostic:
    return errors.at_path(diagnostic, item.path) if diagnostic.span.source is None else diagnostic


def nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


class Reader:
    """Reads one declaration and gathers what is wrong with it in ``found``. ``places`` says where each field was declared."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self.owners: dict[str, Owner] = {}
        self.places: dict[tuple[str, str], Item] = {}
        self.entity = ""

    def add(self, diagnostic: Diagnostic, item: Item) -> None:
        self.found.append(_placed(diagnostic, item))
        if len(self.found) >= MAX_FINDINGS:
            raise TooManyFindings

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
        if text is None or item is None or is_storable(text):
            return text
        self.add(errors.unusable_text(item.span, key), item)
        return None

    def name(self, item: Item | None, key: str) -> str | None:
        """A name that refers to something declared."""
        text = self.text(item, key)
        return None if text is None else nfc(text)

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
            elif nfc(one.value) in found:
                self.add(errors.repeated(one.span, f"in `{key}`", one.value), one)
            else:
                found[nfc(one.value)] = one
        return list(found.items())

    def named(self, item: Item | None, key: str) -> dict[str, Item]:
        """The items of a table under names of the user's own, each fit to be one."""
        if item is None or not self.is_table(item, key, "a table"):
            return {}
        found: dict[str, Item] = {}
        for written, one in item.table.items():
            name = nfc(written)
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

    def fields(self, owner: str, item: Item | None, kind: OwnerKind, has_columns: bool = True) -> dict[str, Field]:
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

    def field(self, name: str, item: Item, kind: OwnerKind, has_columns: bool) -> Field | None:
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
        for key in ("column", "missing", "stored"):
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
            stored=self.stored(options.get("stored"), declared),
            span=item.key,
        )

    def stored(self, item: Item | None, declared: Type) -> Type | None:
        """The type that the data has, where it differs from the declared one and converts to it."""
        if item is None:
            return None
        stored, optional = self.type(item)
        if stored.is_unknown or declared.is_unknown:
            return None
        if optional or (declared.kind, stored.kind) not in _CONVERTED:
            hint = (
                "data converts from int to decimal or float, from decimal to float, from float to decimal, from date to "
                "timestamp, and from string (a JSON array) to list(string)"
            )
            self.add(errors.bad_option(item.key, "stored", f"{stored} does not become {declared}", hint), item)
            return None
        if stored.kind is Kind.FLOAT and declared.precision > _FLOAT_DIGITS:
            hint = f"declare at most decimal({_FLOAT_DIGITS},s)"
            self.add(errors.bad_option(item.key, "stored", f"a float holds {_FLOAT_DIGITS} digits", hint), item)
        return stored

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
            elif not is_storable(one.value):
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
            if spelling is None or not is_storable(spelling):
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

    def read_entity(self, item: Item) -> Owner:
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
        return Owner(
            name,
            "entity",
            "distinct" if is_distinct else "table",
            item,
            keys,
            None if is_distinct else table,
            self.fields(name, keys.get("fields"), "entity"),
            where=self.expression(keys.get("where"), "where"),
        )

    def read_relation(self, name: str, item: Item) -> Owner:
        where = f"the relation `{name}`"
        self.found.extend(unknown_keys(item, where, RELATION_KEYS))
        keys = item.table
        sort: Sort = "groups" if "groups" in keys else "from" if "from" in keys else "table"
        self.sort_conflicts(keys, sort)
        if sort == "table" and "on" not in keys:
            self.add(
                errors.missing_key(item.key, "on", where, 'on = "customer_id", the field that joins it to its parent'),
                item,
            )
        if sort == "groups" and "by" not in keys:
            self.add(errors.missing_key(item.key, "by", where, 'by = ["order_id"], the fields that make a group'), item)
        owner = Owner(
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

    def sort_conflicts(self, keys: Mapping[str, Item], sort: Sort) -> None:
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

    def read_lookup(self, name: str, item: Item) -> Owner:
        where = f"the lookup `{name}`"
        self.found.extend(unknown_keys(item, where, LOOKUP_KEYS))
        keys = item.table
        for key, example in (("of", 'of = "order"'), ("on", 'on = "product_id"')):
            if key not in keys:
                self.add(errors.missing_key(item.key, key, where, example), item)
        owner = Owner(
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
