"""Databases: DuckDB and SQLite files, PostgreSQL, MySQL and MariaDB servers, and open connections to them.

In: a url, a path or a connection; then compiled SQL. Out: what tables and columns there are, and rows. Connections that are opened here
only read. What goes wrong is a `SegdslError`: an `UnreachableError` where the database is not there to be asked. No message shows a
password. Drivers are imported when a database of theirs is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

import polars as pl

from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import data as errors
from segdsl.planning.plan import Plan, TableColumn
from segdsl.runtime import drivers
from segdsl.runtime.data import tables_of
from segdsl.runtime.drivers.driver import CLOSE_OTHER, Driver, without_secrets
from segdsl.runtime.joins import Side, meetings
from segdsl.runtime.tables import UnreachableError, reason
from segdsl.runtime.values import decoded
from segdsl.schema import Field, Schema
from segdsl.types import ANY, BOOL, STRING, TIMESTAMP, Kind, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from segdsl.backends.sql.compiled import CompiledSQL

_T = TypeVar("_T")

_DIGITS_OF_A_FLOAT = 15
_JSON = ("json", "jsonb")
"""What databases call a column of JSON."""


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of a database: what it calls its type, and the language's type, None where it has none for it. ``apart``: it is read
    as that type by a cast alone; ``numbered``, ``loose``: see `segdsl.runtime.drivers.driver.Types`."""

    name: str
    written: str
    type: Type | None
    apart: bool = False
    numbered: bool = False
    loose: bool = False


@dataclass(slots=True)
class Database:
    """An open database. ``place`` may be shown; ``dialect`` is what SQL for it is compiled to."""

    place: str
    _driver: Driver = field(repr=False)
    _owned: bool = field(default=True, repr=False)
    _secrets: tuple[str, ...] = field(default=(), repr=False)
    _known: dict[str, Mapping[str, FoundColumn] | None] = field(default_factory=dict, repr=False)
    _begun: bool = field(default=False, init=False, repr=False)

    @property
    def dialect(self) -> str:
        return self._driver.dialect

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection, unless the host opened it."""
        if self._owned:
            self._driver.close()

    def tables(self) -> tuple[str, ...]:
        """The names of its tables and views."""
        return tuple(sorted(self._asked(self._driver.names)))

    def columns(self, table: str) -> Mapping[str, FoundColumn] | None:
        """The columns of a table by name; None where there is no such table."""
        if table not in self._known:
            found = self._asked(partial(self._driver.columns, table))
            types = drivers.types_of(self.dialect)
            self._known[table] = (
                None
                if found is None
                else {
                    name: FoundColumn(
                        name,
                        written,
                        types.type_of(written),
                        types.is_apart(written),
                        types.is_numbered(written),
                        types.is_loose(written),
                    )
                    for name, written in found
                }
            )
        return self._known[table]

    def with_stored(self, schema: Schema) -> Schema:
        """The schema, each field knowing the type of its column where that is not the declared one but converts to it. A key that the
        schema gives no type has that of its column where the database compares, or orders, those in a way of its own."""
        entity, zone = schema.entity, schema.timezone
        if entity.table is not None:
            entity = replace(entity, fields=self._stored(entity.table, entity.fields, zone))
        for table in entity.distinct if self.dialect != "sqlite" else ():
            found = self._stored(table, schema.entity.fields, zone)
            apart = {name: field for name, field in found.items() if field.stored == ANY}
            entity = replace(entity, fields={**entity.fields, **apart})
        relations = {
            name: relation
            if relation.table is None
            else replace(relation, fields=self._stored(relation.table, relation.fields, zone))
            for name, relation in schema.relations.items()
        }
        lookups = {
            name: replace(lookup, fields=self._stored(lookup.table, lookup.fields, zone))
            for name, lookup in schema.lookups.items()
        }
        return replace(schema, entity=entity, relations=relations, lookups=lookups)

    def check(self, plan: Plan) -> None:
        """Raises `SegdslError` with every table and column that a plan reads and the database has not, or has of another type, and with
        those that it joins and that never are equal, or are where the language tells them apart. Of rows nothing is asked."""
        findings: list[Diagnostic] = []
        for table in tables_of(plan):
            columns = self.columns(table.name)
            if columns is None:
                findings.append(errors.missing_table(table.name, self.tables(), self.place))
                continue
            for column in table.columns:
                declared = None if column.type.kind is Kind.ANY else column.type
                if column.column not in columns:
                    findings.append(errors.missing_column(table.name, column.column, declared, columns))
                elif declared is not None and not self.reads(columns[column.column], declared, bool(column.codes)):
                    found = columns[column.column]
                    findings.append(errors.column_type(table.name, column.column, declared, found.written, found.type))
                elif column.type.kind in (Kind.STRING, Kind.ANY) and column.stored is None:
                    found = columns[column.column]
                    if found.loose:
                        findings.append(errors.loose_texts(table.name, column.column, found.written))
        if not findings:
            findings.extend(self.unlike(meetings(plan)))
        if self.dialect == "sqlite" and not findings:
            findings.extend(self.wrong_values([(t.name, t.columns) for t in tables_of(plan)], plan.timezone))
        if findings:
            raise SegdslError(list(dict.fromkeys(findings)))

    def unlike(self, met: Iterable[tuple[Side, Side]]) -> Iterator[Diagnostic]:
        """Columns that are joined and of which the schema leaves the type of one, at least, to the data."""
        for one, two in met:
            if Kind.ANY not in (one.type.kind, two.type.kind):
                continue
            left, right = self._column(one.origin), self._column(two.origin)
            if left is None or right is None or _meet(self._met(left, one), self._met(right, two), self.dialect):
                continue
            yield errors.joined_types(_dotted(one), left.written, _dotted(two), right.written)

    def _column(self, origin: tuple[str, str] | None) -> FoundColumn | None:
        return None if origin is None else (self.columns(origin[0]) or {}).get(origin[1])

    def _met(self, found: FoundColumn, side: Side) -> Type | None:
        """As what a column is joined."""
        return found.type if side.type.kind is Kind.ANY else side.type

    def reads(self, found: FoundColumn, declared: Type, coded: bool = False) -> bool:
        """Does a column's type convert to the declared one without loss, or as declared? Of SQLite's types nothing follows: see
        `wrong_values`."""
        return self.dialect == "sqlite" or _converts(_held(found, declared), declared, coded)

    def wrong_values(self, tables: Iterable[tuple[str, Sequence[TableColumn]]], timezone: str) -> list[Diagnostic]:
        """What SQLite's columns hold that is not of the declared types, and so would be read as something else than it says."""
        from segdsl.runtime import storage

        columns: dict[str, dict[TableColumn, None]] = {}
        for table, read in tables:
            columns.setdefault(table, {}).update(dict.fromkeys(read))
        return [
            finding
            for table, read in columns.items()
            for finding in storage.wrong_values(self._ask, table, read, timezone)
        ]

    def run(self, sql: CompiledSQL) -> pl.DataFrame:
        """The rows of a compiled statement; the columns of ``flags`` behind the key are truth values (else see `values`)."""
        rows = self.query(sql.text, sql.session)
        if sql.shape == "flags":
            assert all(type_ == BOOL for type_ in sql.types[1:]), "values are not flags"
            key, *flags = rows.columns
            return rows.select(rows[key], *(rows[flag].cast(pl.Boolean) for flag in flags))
        return rows

    def run_all(self, statements: Sequence[CompiledSQL], names: Sequence[str]) -> pl.DataFrame:
        """The rows that compiled statements yield together: those of one statement of the segments ``names``, but for the order of rows.
        They see one state of the data where the database lets several statements see one."""
        if len(statements) == 1:
            return self.run(statements[0])
        with self.snapshot():
            found = [self.run(one) for one in statements]
        if statements[0].shape != "flags":
            return pl.concat(found, how="vertical_relaxed")
        rows = found[0]
        key, *_ = rows.columns
        for other in found[1:]:
            rows = rows.join(other, on=key, how="inner")
        columns = {
            name: column
            for one, frame in zip(statements, found, strict=True)
            for name, column in zip(one.segments, frame.columns[1:], strict=True)
        }
        return rows.select(key, *(columns[name] for name in names))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is asked meanwhile sees one state of the data: in a transaction, where the database has those and is not in one."""
        begun = not self._begun and self._asked(self._driver.begin)
        self._begun = self._begun or begun
        try:
            yield
        finally:
            if begun:
                self._begun = False
                self._asked(self._driver.end)

    def values(self, sql: CompiledSQL) -> list[tuple[object, ...]]:
        """The rows of compiled ``flags``, of values too: each as Python has it, whatever the database holds it as."""
        assert sql.shape == "flags"
        rows = self._asked(partial(self._driver.rows, sql.text, sql.session))
        return [tuple(map(decoded, row, sql.types)) for row in rows]

    def query(self, text: str, session: Sequence[str] = ()) -> pl.DataFrame:
        """The rows of any statement."""
        return self._asked(partial(self._driver.query, text, session))

    def read(self, table: str, columns: Sequence[str], as_text: bool = False) -> pl.DataFrame:
        """Columns of a table; as texts, where the database has no types to go by."""
        from sqlglot import exp

        from segdsl.runtime import storage

        known = self.columns(table) or {}
        texts = {name for name in columns if as_text or (name in known and _is_written(known[name]))}
        quoted = [exp.column(name, quoted=True) for name in columns]
        text_of = storage.text_of if self.dialect == "sqlite" else partial(exp.cast, to="text")
        chosen = [exp.alias_(text_of(c), c.name, quoted=True) if c.name in texts else c for c in quoted]
        parts = [exp.to_identifier(part, quoted=True) for part in table.split(".")]
        tables = exp.Table(**dict(zip(("this", "db", "catalog"), reversed(parts), strict=False)))
        return self.query(exp.select(*chosen).from_(tables).sql(self.dialect))

    def _asked(self, question: Callable[[], _T]) -> _T:
        try:
            return question()
        except self._driver.errors as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> SegdslError:
        why = without_secrets(reason(error), self._secrets)
        if self._driver.is_away(error):
            hint = CLOSE_OTHER if self.dialect == "sqlite" and "locked" in why else None
            return UnreachableError([errors.unreachable_database(self.place, why, hint)])
        return SegdslError([errors.failed_statement(self.place, why)])

    def _stored(self, table: str, fields: Mapping[str, Field], timezone: str) -> dict[str, Field]:
        columns = self.columns(table) or {}
        stored = partial(self._of_sqlite, table, timezone) if self.dialect == "sqlite" else self._field
        return {
            name: declared
            if declared.expression is not None or (found := columns.get(declared.column or name)) is None
            else stored(declared, found)
            for name, declared in fields.items()
        }

    def _of_sqlite(self, table: str, timezone: str, declared: Field, found: FoundColumn) -> Field:
        from segdsl.runtime import storage

        if declared.stored is not None and declared.stored.kind is not Kind.ANY:
            return declared
        collated = partial(storage.is_collated, self._ask, table, found.name)
        stored = storage.stored_as(found.written, declared.type, timezone, collated)
        return declared if stored is None else replace(declared, stored=stored)

    def _ask(self, statement: str) -> Sequence[Sequence[object]]:
        return self._asked(partial(self._driver.rows, statement, ()))

    def _field(self, declared: Field, found: FoundColumn) -> Field:
        own = found.numbered or found.loose or (found.apart and found.type == TIMESTAMP)
        if declared.type.kind is Kind.ANY and found.type is not None and own:
            return replace(declared, type=found.type, stored=ANY if found.apart else None)
        held = _held(found, declared.type)
        if held is None or not _converts(held, declared.type, bool(declared.codes)):
            return declared
        if found.apart and held.kind is declared.type.kind:
            return replace(declared, stored=ANY)
        return replace(declared, stored=None if held == declared.type.plain else held)


def _is_written(found: FoundColumn) -> bool:
    """Is a column that a database has a type of its own for taken as its text?"""
    return found.written.lower() in _JSON or (found.apart and found.type == STRING)


def _held(found: FoundColumn, declared: Type) -> Type | None:
    """The type of a column; one of JSON holds lists as texts do."""
    return STRING if declared.kind is Kind.LIST and found.written.lower() in _JSON else found.type


def _converts(found: Type | None, declared: Type, coded: bool) -> bool:
    if found is None:
        return False
    match declared.kind, found.kind:
        case Kind.DECIMAL, Kind.DECIMAL:
            return found.scale <= declared.scale
        case Kind.DECIMAL, Kind.FLOAT:
            return declared.precision <= _DIGITS_OF_A_FLOAT
        case (Kind.DECIMAL | Kind.FLOAT, Kind.INT) | (Kind.FLOAT, Kind.DECIMAL) | (Kind.TIMESTAMP, Kind.DATE):
            return True
        case Kind.INT, Kind.DECIMAL:
            return found.scale == 0
        case Kind.STRING, Kind.INT:
            return coded
        case Kind.LIST, Kind.STRING:
            return True
        case _:
            return declared.kind is found.kind


def _dotted(side: Side) -> str:
    return ".".join(side.origin or ())


def _meet(one: Type | None, other: Type | None, dialect: str) -> bool:
    """Are values of the two types compared as they are? Whole numbers and decimals of any width are; of types that the language has not,
    nothing is known. SQLite's types are only what texts and numbers are compared as."""
    if one is None or other is None:
        return True
    kinds = {one.kind, other.kind}
    if dialect == "sqlite":
        return Kind.STRING not in kinds or not kinds & {Kind.INT, Kind.DECIMAL, Kind.FLOAT}
    return len(kinds) == 1 or kinds == {Kind.INT, Kind.DECIMAL}


# -- opening --------------------------------------------------------------------------------------------------------------


def connect(place: object) -> Database:
    """Opens the database of a url (``duckdb:///file``, ``sqlite:///file``, ``postgresql://…``, ``clickhouse://…``,
    ``chdb:///folder``) or of the path of a DuckDB or SQLite file,
    or takes an open connection of one of their drivers, which stays open."""
    owned = isinstance(place, str | Path)
    opened = drivers.open_place(str(place)) if owned else drivers.taken(place)
    return Database(opened.place, opened.driver, owned, opened.secrets)
