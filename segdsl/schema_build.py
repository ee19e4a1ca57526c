"""A `Schema` made in Python, from plain dicts in the shape of the project file. One implementation judges both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypedDict

from segdsl.diagnostics import SegdslError
from segdsl.schema import Schema
from segdsl.schema_binding import read_schema
from segdsl.schema_reading import SCHEMA_KEYS, unknown_keys
from segdsl.toml_places import from_python

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
        "stored": str,
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
