"""The schema: what a text talks about. Plain facts, as declared, with the places where they were declared.

Expressions (``where``, ``is``, an expression in ``by``) are kept as texts here, each with its span; the resolver
types them (`segdsl.semantics.model`). The loader that reads a project file is `segdsl.project_file`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from segdsl.records import record
from segdsl.source import NOWHERE, Span
from segdsl.types import Type


@record(frozen=True, slots=True)
class Text:
    """An expression of the language inside a schema; ``span`` covers the expression itself, inside its quotes."""

    text: str
    span: Span = field(default=NOWHERE, compare=False)


@record(frozen=True, slots=True)
class Field:
    """A field of the entity, a relation or a lookup.

    ``column`` is the physical column (the name unless said otherwise). ``stored`` is the type that the data itself has,
    where it is known to differ from ``type`` (a float column declared decimal, a date column declared
    timestamp). ``missing`` are spellings that mean missing.
    ``codes`` maps a value's name to the code that the data holds; ``type.values`` then has the names. ``expression``
    is the text of ``is``: such a field has no column. ``declared`` is false for a key or join column that the schema
    uses but does not declare: no text may name it.
    """

    name: str
    type: Type
    optional: bool = False
    column: str = ""
    missing: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict, hash=False)
    private: bool = False
    fixed: bool = False
    changes: bool = False
    title: str | None = None
    expression: Text | None = None
    declared: bool = True
    stored: Type | None = None
    span: Span = field(default=NOWHERE, compare=False)


@record(frozen=True, slots=True)
class Link:
    """One pair of a join: ``child`` is a field name of the row itself, ``parent`` one of its parent (or lookup)."""

    child: str
    parent: str


@record(frozen=True, slots=True)
class Lookup:
    """A table with one row per row of ``of`` (a relation, the entity or another lookup). ``links``: child = the row's
    field, parent = the lookup's field; the parents together are the lookup's key. A lookup of X serves every relation whose
    chain of ``base`` leads to X."""

    name: str
    of: str
    table: str
    links: tuple[Link, ...]
    fields: Mapping[str, Field] = field(hash=False)
    span: Span = field(default=NOWHERE, compare=False)


@record(frozen=True, slots=True)
class By:
    """One thing that a group is formed by: a field of its rows (``expression`` None), or a named expression over them."""

    name: str
    expression: Text | None = None
    span: Span = field(default=NOWHERE, compare=False)


@record(frozen=True, slots=True)
class Relation:
    """A relation. Three sorts:

    - a table's rows: ``table``, ``links`` (child = own field, parent = the parent's field), ``parent``;
    - ``base`` (``from``): the rows of another relation for which ``where`` holds too. The loader has copied the base's
      table, parent, links, key, time and fields here (of a grouped base also ``groups`` and ``by``); ``where`` is this
      relation's own condition alone;
    - ``groups``: one row per entity and ``by`` values among the shown rows of the relation named. Its parent is the
      entity, its key the entity's key and ``by``; every field is a ``by`` value or has an ``expression`` over the
      group's rows.

    ``time`` names the field that says when a row happened; None: it takes its parent's.
    """

    name: str
    parent: str
    table: str | None
    links: tuple[Link, ...]
    key: tuple[str, ...]
    time: str | None
    where: Text | None
    fields: Mapping[str, Field] = field(hash=False)
    base: str | None = None
    groups: str | None = None
    by: tuple[By, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@record(frozen=True, slots=True)
class Entity:
    """What segments select. ``distinct``: tables whose distinct keys are the entities (``table`` is then None); an entity
    then exists from the first row of those tables."""

    name: str
    table: str | None
    key: str
    created: str | None
    where: Text | None
    fields: Mapping[str, Field] = field(hash=False)
    distinct: tuple[str, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@record(frozen=True, slots=True)
class ColumnTrait:
    """A trait that a column of the entity's table already holds; it stands in for any definition of that name."""

    name: str
    type: Type
    optional: bool
    column: str
    span: Span = field(default=NOWHERE, compare=False)


@record(frozen=True, slots=True)
class Schema:
    """Entity, relations and lookups by name. ``timezone`` is an IANA name; calendar days begin in it."""

    entity: Entity
    relations: Mapping[str, Relation] = field(default_factory=dict, hash=False)
    lookups: Mapping[str, Lookup] = field(default_factory=dict, hash=False)
    traits: Mapping[str, ColumnTrait] = field(default_factory=dict, hash=False)
    timezone: str = "UTC"
