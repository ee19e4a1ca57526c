"""Does data keep what its schema promises? What ``segdsl check --data`` asks.

In: a schema, and data or an open database. Out: diagnostics with counts and samples: tables, columns and types; keys that are missing or
there twice; missing values where none are promised; values outside closed lists; numbers beyond their type; rows whose parent there is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from segdsl.backends.polars import hold
from segdsl.backends.polars.lists import of_json
from segdsl.backends.polars.read import physical, read
from segdsl.diagnostics import Diagnostic, Diagnostics, SegdslError
from segdsl.errors import data as errors
from segdsl.planning.plan import KeyCheck, TableColumn
from segdsl.runtime.data import Binding, collect
from segdsl.runtime.database import Database
from segdsl.runtime.joins import Side
from segdsl.runtime.tables import Data, Found, Tables, open_tables
from segdsl.schema import Field, Link, Schema
from segdsl.types import ANY, Kind

_SAMPLES = 5
_PLACES = re.compile(r"`[^`]*`")
"""What a message names."""


@dataclass(frozen=True, slots=True)
class _Owner:
    """The entity, a relation or a lookup, and the table that holds its rows. ``links`` tie a relation to its ``parent``."""

    name: str
    table: str
    fields: Mapping[str, Field]
    key: tuple[str, ...] = ()
    parent: str | None = None
    links: tuple[Link, ...] = ()

    def column(self, name: str) -> TableColumn | None:
        """A field as a column of the table; None for one that has no column."""
        declared = self.fields.get(name)
        if declared is None:
            return TableColumn(name, name, ANY, True, key_only=True)
        if declared.expression is not None:
            return None
        return TableColumn(
            name,
            declared.column or name,
            declared.type.plain,
            declared.optional,
            declared.missing,
            declared.codes,
            declared.stored,
            key_only=declared.type.kind is Kind.ANY,
        )

    def columns(self) -> list[TableColumn]:
        names = dict.fromkeys((*self.fields, *self.key, *(link.child for link in self.links)))
        return [column for name in names if (column := self.column(name)) is not None]


def check_data(schema: Schema, data: Data | Database) -> Diagnostics:
    """Every promise of the schema that the data breaks. Only data that cannot be opened at all is raised."""
    if isinstance(data, Database) and data.dialect == "sqlite":
        schema = data.with_stored(schema)
    owners = list(_owners(schema))
    tables = _tables_of(data, owners) if isinstance(data, Database) else open_tables(data)
    # What was prepared has been through this once: it is its source that is asked.
    binding = Binding(replace(tables, ready={}), schema.timezone, list(_meetings(owners)))
    for owner in owners:
        binding.need(owner.table, owner.columns())
    try:
        binding.settle()
        if wrong := _wrong_values(data, owners, schema.timezone):
            return Diagnostics(wrong)
    except SegdslError as error:
        return Diagnostics([*error.diagnostics, *_untold(data, owners, schema.timezone, error.diagnostics)])
    findings: list[Diagnostic] = []
    if isinstance(data, Database):
        findings.extend(data.unlike(_meetings(owners)))
    for owner in owners:
        findings.extend(_check_keys(binding, owner))
        findings.extend(_check_columns(binding, owner))
    by_name: dict[str, list[_Owner]] = {}
    for owner in owners:
        by_name.setdefault(owner.name, []).append(owner)
    for owner in owners:
        if owner.parent in by_name:
            findings.extend(_check_parents(binding, owner, by_name[owner.parent]))
    return Diagnostics(findings)


def _wrong_values(data: Data | Database, owners: Iterable[_Owner], timezone: str) -> list[Diagnostic]:
    """What SQLite would read as something else, though as texts all is well."""
    if not isinstance(data, Database) or data.dialect != "sqlite":
        return []
    found = [(owner.table, data.columns(owner.table) or {}, owner.columns()) for owner in owners]
    return data.wrong_values(
        [(table, [one for one in columns if one.column in there]) for table, there, columns in found if there], timezone
    )


def _untold(
    data: Data | Database, owners: Iterable[_Owner], timezone: str, told: Iterable[Diagnostic]
) -> list[Diagnostic]:
    """Of columns that nothing has been said of yet."""
    said = {_PLACES.findall(one.message)[0] for one in told if one.code == errors.UNREADABLE_VALUES.code}
    return [one for one in _wrong_values(data, owners, timezone) if _PLACES.findall(one.message)[0] not in said]


def _owners(schema: Schema) -> Iterator[_Owner]:
    entity = schema.entity
    if entity.table is not None:
        traits = {
            trait.column: Field(trait.column, trait.type, trait.optional, trait.column)
            for trait in schema.traits.values()
        }
        yield _Owner(entity.name, entity.table, {**traits, **entity.fields}, (entity.key,))
    else:
        # Keys of another table's rows: neither unique there, nor promised to be in each row.
        key = {name: replace(field, optional=True) for name, field in entity.fields.items() if name == entity.key}
        for table in entity.distinct:
            yield _Owner(entity.name, table, key)
    for relation in schema.relations.values():
        # A relation `from` another has its rows checked there.
        if relation.table is not None and relation.base is None and relation.groups is None:
            yield _Owner(relation.name, relation.table, relation.fields, relation.key, relation.parent, relation.links)
    for lookup in schema.lookups.values():
        yield _Owner(lookup.name, lookup.table, lookup.fields, tuple(link.parent for link in lookup.links))


def _meetings(owners: list[_Owner]) -> Iterator[tuple[Side, Side]]:
    for owner in owners:
        for parent in owners:
            if parent.name == owner.parent:
                for link in owner.links:
                    one, two = owner.column(link.child), parent.column(link.parent)
                    if one is not None and two is not None:
                        yield Side(one.type, (owner.table, one.column)), Side(two.type, (parent.table, two.column))


def _tables_of(database: Database, owners: Iterable[_Owner]) -> Tables:
    """The tables of a database, of each the columns that the schema names. SQLite has no types to go by: it gives texts."""
    wanted: dict[str, dict[str, None]] = {}
    for owner in owners:
        wanted.setdefault(owner.table, {}).update(dict.fromkeys(column.column for column in owner.columns()))
    texts = database.dialect == "sqlite"
    found: dict[str, Found] = {}
    for table, names in wanted.items():
        columns = database.columns(table)
        if columns is None:
            continue
        present = [name for name in names if name in columns]
        frame = database.read(table, present, texts).lazy() if present else pl.LazyFrame()
        absent = [name for name in columns if name not in present and not set(names) <= set(present)]
        # Named, so that a misspelt column finds its neighbour.
        frame = frame.with_columns(pl.lit(None, dtype=pl.Null).alias(name) for name in absent)
        found[table] = Found(frame.lazy, texts, f"table `{table}` of {database.place}")
    others = {name: Found(pl.LazyFrame) for name in database.tables() if name not in found}
    return Tables({**others, **found}, where=database.place)


def _check_keys(binding: Binding, owner: _Owner) -> Iterator[Diagnostic]:
    columns = [owner.column(name) for name in owner.key]
    stored = [column.column for column in columns if column is not None]
    if not stored or len(stored) < len(columns):
        return
    try:
        binding.check_keys([KeyCheck(owner.table, tuple(stored), owner.name, owner.key)])
    except SegdslError as error:
        yield from error.diagnostics
    binding.findings.clear()


def _check_columns(binding: Binding, owner: _Owner) -> Iterator[Diagnostic]:
    """One pass over the table counts what is wrong in all of its columns; samples are looked for only where something is."""
    frame = binding.frames[owner.table]
    schema = frame.collect_schema()
    wrong: list[tuple[str, TableColumn, pl.Expr]] = []
    for column in owner.columns():
        found = schema[column.column]
        value = read(column, found, binding.zone)
        bare = read(replace(column, missing=(), codes={}, zero_if_missing=False), found, binding.zone)
        raw = physical(column.column)
        lost = raw.is_not_null() & bare.is_null()
        if column.type.kind is Kind.LIST:
            # A list that holds nothing is missing, and has lost nothing by it.
            lost &= of_json(raw).is_null() if isinstance(found, pl.String) else pl.lit(False)
        if found.is_float():
            lost &= raw.is_not_nan()
        wrong.append(("lost", column, lost))
        # Of a list, nothing is promised: one that is missing is empty.
        if not column.optional and column.name not in owner.key and column.type.kind is not Kind.LIST:
            wrong.append(("missing", column, value.is_null() & ~lost))
        declared = owner.fields.get(column.name)
        if declared is not None and declared.type.values is not None:
            listed = pl.Series(declared.type.values, dtype=pl.String).implode()
            wrong.append(("outside", column, ~value.is_in(listed)))
    counted = collect(
        frame.select(pl.len(), *(found.sum().alias(f"[{i}]") for i, (_, _, found) in enumerate(wrong)))
    ).row(0)
    rows = counted[0]
    for (what, column, found_wrong), count in zip(wrong, counted[1:], strict=True):
        if not count:
            continue
        declared = owner.fields.get(column.name)
        match what:
            case "missing":
                yield errors.missing_values(owner.table, column.column, count, rows)
            case "lost":
                samples = _samples(frame, column, found_wrong)
                said = errors.no_lists if column.type.kind is Kind.LIST else errors.too_large
                yield said(owner.table, column.column, column.type, count, samples)
            case _:
                assert declared is not None
                samples = _samples(frame, column, found_wrong)
                values = declared.type.values or ()
                yield errors.other_values(owner.table, column.column, count, samples, values)


def _samples(frame: pl.LazyFrame, column: TableColumn, wrong: pl.Expr) -> list[object]:
    found = collect(frame.filter(wrong).select(physical(column.column)).unique().sort(pl.all()).head(_SAMPLES))
    return found.to_series().to_list()


def _check_parents(binding: Binding, owner: _Owner, parents: list[_Owner]) -> Iterator[Diagnostic]:
    """Rows whose join is there, but finds no row."""
    children = [owner.column(link.child) for link in owner.links]
    own = _joined(binding, owner, children)
    if own is None:
        return
    known = []
    for parent in parents:
        keys = _joined(binding, parent, [parent.column(link.parent) for link in owner.links])
        if keys is None:
            return
        known.append(keys)
    names = [f"[{i}]" for i in range(len(owner.links))]
    there = pl.concat(known, how="vertical_relaxed").unique()
    lost = own.filter(hold.all_present([pl.col(name) for name in names])).join(there, on=names, how="anti")
    counted = collect(lost.group_by(names).len("rows[]").sort(names))
    if counted.height:
        samples = [row[0] if len(row) == 1 else row for row in counted.head(_SAMPLES).select(names).rows()]
        count = int(counted["rows[]"].sum())
        yield errors.unknown_parents(owner.table, parents[0].name, count, samples)


def _joined(binding: Binding, owner: _Owner, columns: list[TableColumn | None]) -> pl.LazyFrame | None:
    frame = binding.frames[owner.table]
    schema = frame.collect_schema()
    chosen = []
    for i, column in enumerate(columns):
        if column is None:
            return None
        value = read(column, schema[column.column], binding.zone)
        # Whole numbers of any width meet.
        wide = column.type.kind is Kind.INT or (column.type.kind is Kind.ANY and schema[column.column].is_integer())
        chosen.append((value.cast(pl.Int128) if wide else value).alias(f"[{i}]"))
    return frame.select(chosen)
