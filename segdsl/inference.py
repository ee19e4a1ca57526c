"""A schema guessed from data: from frames, from a folder of files, from a database's catalogue.

In goes where the data lies; out comes an `Inferred`: the schema, and notes on what was left out and why. Types are those
that the data declares; keys and joins are those that a catalogue declares, and where it is silent, those that names
suggest (``customer_id`` in ``orders``). A guess is a beginning that a person completes: of the rows themselves only one
thing is asked, and only where they are at hand, whether a column that may be a key has every value once.

Polars, DuckDB, psycopg and PyMySQL are imported only inside the functions that need them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from segdsl import mysql_server
from segdsl.diagnostics import SegdslError
from segdsl.errors import schema as errors
from segdsl.errors.data import missing_driver
from segdsl.schema import Entity, Field, Schema
from segdsl.schema_build import schema_from_dict
from segdsl.schema_reading import parse_type
from segdsl.schema_writer import to_toml
from segdsl.types import LIST, MAX_DIGITS, STRING, Kind, Type, decimal

if TYPE_CHECKING:
    import polars as pl

    Frame: TypeAlias = pl.DataFrame | pl.LazyFrame

__all__ = [
    "Column",
    "Inferred",
    "Reference",
    "Table",
    "infer",
    "infer_from_folder",
    "infer_from_frames",
    "infer_from_url",
    "to_toml",
    "type_of_declaration",
]


@dataclass(frozen=True, slots=True)
class Column:
    """A column as found. ``type`` is None where the language has none for it; ``written`` is what the data calls its type."""

    name: str
    type: Type | None
    written: str
    optional: bool = True


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: ``columns`` of the table itself are ``others`` of the table named."""

    columns: tuple[str, ...]
    table: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as found; ``key`` is empty where none is declared. ``unique`` says of some columns whether they could be one:
    present in every row, and no value twice (of a table with a single row that says nothing)."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    unique: Mapping[str, bool] = field(default_factory=dict, hash=False)

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class Inferred:
    """A schema made of what was found, and in ``notes`` what was not taken, a line each."""

    schema: Schema
    notes: tuple[str, ...] = ()


# -- where the tables are -----------------------------------------------------------------------------------------


def infer_from_frames(frames: Mapping[str, Frame], entity: str | None = None) -> Inferred:
    """From Polars frames by table name; lazy ones are not computed. ``entity`` names the table of entities.

    Of a single frame each row is an entity, and its columns are the fields.
    """
    import polars as pl

    return infer([_table_of_frame(n, f, isinstance(f, pl.DataFrame)) for n, f in frames.items()], entity, "the data")


def infer_from_folder(folder: Path, entity: str | None = None, allow_distinct: bool = False) -> Inferred:
    """From the files ``TABLE.parquet``, ``TABLE.csv`` and ``TABLE.ndjson`` (or ``.jsonl``) of a folder. For ``allow_distinct``
    see `infer`."""
    import polars as pl

    tables: list[Table] = []
    notes: list[str] = []
    try:
        files = sorted(f for f in folder.iterdir() if f.suffix in _READERS and f.is_file())
    except OSError as error:
        raise SegdslError([errors.nothing_readable(str(folder), _reason(error))]) from error
    for file in files:
        if any(t.name == file.stem for t in tables):
            notes.append(f"{file.name}: there is another file of that table")
            continue
        try:
            match _READERS[file.suffix]:
                case "parquet":
                    frame = pl.scan_parquet(file, glob=False)
                case "csv":
                    frame = pl.scan_csv(file, glob=False, try_parse_dates=True, infer_schema_length=10_000)
                case _:
                    frame = pl.scan_ndjson(file, infer_schema_length=10_000)
            tables.append(_table_of_frame(file.stem, frame, True))
        except (pl.exceptions.PolarsError, OSError) as error:
            notes.append(f"{file.name}: {_reason(error)}")
    found = infer(tables, entity, str(folder), allow_distinct)
    return replace(found, notes=(*notes, *found.notes))


_SCHEMES = ("duckdb:///", "sqlite:///", "postgresql://", mysql_server.SCHEME, "clickhouse://", "chdb:///")
_READERS = {".parquet": "parquet", ".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}


def infer_from_url(url: str, entity: str | None = None, allow_distinct: bool = False) -> Inferred:
    """From ``duckdb:///file``, ``sqlite:///file``, ``postgresql://…`` (of which the tables on the search path's first
    schema), ``mysql://…/database``, ``clickhouse://…`` or ``chdb:///folder``, or from the path of a DuckDB or SQLite file."""
    try:
        tables = _tables_of(url)
    except ModuleNotFoundError as error:
        if error.name not in _DRIVERS:
            raise
        raise SegdslError([missing_driver(*_DRIVERS[error.name])]) from error
    return infer(tables, entity, without_password(url), allow_distinct)


_DRIVERS = {
    "duckdb": ("DuckDB", "duckdb"),
    "psycopg": ("PostgreSQL", "postgres"),
    "pymysql": ("MySQL and MariaDB", "mysql"),
}
"""Modules that are imported only here, the databases that they are for, and the extras that bring them."""


def _tables_of(url: str) -> list[Table]:
    scheme, is_url, rest = url.partition("://")
    if not is_url:
        path = Path(url)
        return _sqlite_tables(path) if _is_sqlite(path) else _duckdb_tables(path)
    match scheme.split("+")[0]:
        case "duckdb":
            return _duckdb_tables(Path(rest.removeprefix("/")))
        case "sqlite":
            return _sqlite_tables(Path(rest.removeprefix("/")))
        case "postgresql" | "postgres":
            return _postgres_tables(url)
        case "mysql" | "mariadb":
            return _mysql_tables(f"{mysql_server.SCHEME}{rest}")
        case "clickhouse" | "chdb":
            return _clickhouse_tables(url)
        case _:
            raise SegdslError([errors.unknown_url(without_password(url), _SCHEMES)])


def without_password(url: str) -> str:
    """A url as it may be shown."""
    return re.sub(r"(://[^/@:]*):[^@/]*@", r"\1:…@", url)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _table_of_frame(name: str, frame: Frame, look: bool) -> Table:
    import polars as pl
    from polars import selectors

    schema = frame.lazy().collect_schema()
    table = Table(name, tuple(Column(n, _type_of_dtype(dtype), str(dtype)) for n, dtype in schema.items()))
    unique: dict[str, bool] = {}
    for column in _perhaps_keys(table) if look else ():
        counts = (pl.len().alias("rows"), pl.all().drop_nulls().n_unique().alias("values"))
        rows, values = frame.lazy().select(selectors.by_name(column)).select(counts).collect().row(0)
        if rows > 1:
            unique[column] = rows == values
    return replace(table, unique=unique)


def _type_of_dtype(dtype: pl.DataType) -> Type | None:
    import polars as pl

    match dtype:
        case pl.Decimal():
            return _decimal(dtype.precision or MAX_DIGITS, dtype.scale)
        case pl.Enum():
            values = tuple(dtype.categories)
            return replace(STRING, values=values) if values else STRING
        case pl.Int128():
            return None
        case pl.Datetime():
            return _named("timestamp")
        case pl.Boolean():
            return _named("bool")
        case pl.String() | pl.Categorical():
            return STRING
        case pl.Date():
            return _named("date")
        case pl.List(inner=pl.String()) | pl.Array(inner=pl.String()):
            return LIST
    if dtype.is_integer():
        return _named("int") if str(dtype) not in ("Int128", "UInt128") else None
    return _named("float") if dtype.is_float() else None


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(15) == b"SQLite format 3"
    except OSError as error:
        raise SegdslError([errors.nothing_readable(str(path), _reason(error))]) from error


def _sqlite_tables(path: Path) -> list[Table]:
    if not _is_sqlite(path):
        raise SegdslError([errors.nothing_readable(str(path), "it is not an SQLite file")])
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            names = [
                str(row[0])
                for row in connection.execute(
                    "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' "
                    "order by name"
                )
            ]
            tables = [_sqlite_table(connection, name) for name in names]
            return [replace(t, unique=_uniques(t, lambda sql: connection.execute(sql).fetchone())) for t in tables]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise SegdslError([errors.nothing_readable(str(path), _reason(error))]) from error


def _sqlite_table(connection: sqlite3.Connection, name: str) -> Table:
    rows = connection.execute('select name, type, "notnull", pk from pragma_table_info(?)', (name,)).fetchall()
    key = tuple(str(r[0]) for r in sorted((r for r in rows if r[3]), key=lambda r: int(r[3])))
    references: dict[int, list[tuple[str, str, str]]] = {}
    for number, table, own, other in connection.execute(
        'select id, "table", "from", "to" from pragma_foreign_key_list(?) order by id, seq', (name,)
    ):
        # Without a column the reference is to the other table's primary key; it is found by its name then.
        references.setdefault(int(number), []).append((str(table), str(own), str(other or own)))
    return Table(
        name,
        tuple(Column(str(n), type_of_declaration(str(t)), str(t), not (required or pk)) for n, t, required, pk in rows),
        key,
        tuple(Reference(tuple(p[1] for p in r), r[0][0], tuple(p[2] for p in r)) for r in references.values()),
    )


def _duckdb_tables(path: Path) -> list[Table]:
    import duckdb

    if not path.is_file():
        raise SegdslError([errors.nothing_readable(str(path), "there is no such file")])
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            columns = connection.execute(
                "select table_name, column_name, data_type, is_nullable from duckdb_columns() "
                "where not internal and database_name = current_database() and schema_name = current_schema() "
                "order by table_name, column_index"
            ).fetchall()
            constraints = connection.execute(
                "select table_name, constraint_type, constraint_column_names, referenced_table, referenced_column_names "
                "from duckdb_constraints() where database_name = current_database() and schema_name = current_schema() "
                "and constraint_type in ('PRIMARY KEY', 'FOREIGN KEY') order by table_name, constraint_index"
            ).fetchall()
            tables = _tables(columns, constraints)
            return [replace(t, unique=_uniques(t, lambda sql: connection.execute(sql).fetchone())) for t in tables]
    except duckdb.Error as error:
        raise SegdslError([errors.nothing_readable(str(path), _reason(error))]) from error


def _uniques(table: Table, one_row: Callable[[str], Sequence[object] | None]) -> dict[str, bool]:
    """For local files: a server is not made to read its tables for a guess."""

    def quoted(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    found: dict[str, bool] = {}
    for column in _perhaps_keys(table):
        row = one_row(f"select count(*), count(distinct {quoted(column)}) from {quoted(table.name)}")  # noqa: S608
        if row is not None and row[0] not in (0, 1):
            found[column] = row[0] == row[1]
    return found


def _postgres_tables(url: str) -> list[Table]:
    import psycopg

    try:
        with psycopg.connect(re.sub(r"^\w+(\+\w+)?://", "postgresql://", url), connect_timeout=10) as connection:
            columns = connection.execute(
                "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull "
                "from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace "
                "where n.nspname = current_schema() and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition "
                "and a.attnum > 0 and not a.attisdropped order by c.relname, a.attnum"
            ).fetchall()
            constraints = connection.execute(
                "select c.relname, case k.contype when 'p' then 'PRIMARY KEY' else 'FOREIGN KEY' end, "
                "(select array_agg(a.attname::text order by i) from unnest(k.conkey) with ordinality u(number, i) "
                "join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number), f.relname, "
                "(select array_agg(a.attname::text order by i) from unnest(k.confkey) with ordinality u(number, i) "
                "join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number) "
                "from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace "
                "left join pg_class f on f.oid = k.confrelid "
                "where n.nspname = current_schema() and k.contype in ('p', 'f') order by c.relname, k.conname"
            ).fetchall()
    except psycopg.Error as error:
        raise SegdslError([errors.nothing_readable(without_password(url), _reason(error))]) from error
    return _tables(columns, constraints)


def _mysql_tables(url: str) -> list[Table]:
    import pymysql

    try:
        connection = mysql_server.connected(url, patience=10)
    except (pymysql.Error, ValueError, OSError) as error:
        raise SegdslError([errors.nothing_readable(without_password(url), _reason(error))]) from error
    try:
        return _tables(*mysql_server.catalogue(connection))
    except pymysql.Error as error:
        raise SegdslError([errors.nothing_readable(without_password(url), _reason(error))]) from error
    finally:
        connection.close()


def _clickhouse_tables(url: str) -> list[Table]:
    """A primary key has values more than once there, so that none is taken for a key."""
    from segdsl.runtime.database import connect
    from segdsl.runtime.drivers.clickhouse import declared, is_optional

    with connect(url) as database:
        return [
            Table(
                name,
                tuple(Column(c.name, declared(c.written), c.written, is_optional(c.written)) for c in columns.values()),
            )
            for name in database.tables()
            if "." not in name and (columns := database.columns(name))
        ]


def _tables(columns: Iterable[Sequence[object]], constraints: Iterable[Sequence[object]]) -> list[Table]:
    """Rows (table, column, type, nullable) and (table, sort, columns, other table, its columns) as tables."""
    found: dict[str, list[Column]] = {}
    for table, name, written, nullable in columns:
        column = Column(str(name), type_of_declaration(str(written)), str(written), bool(nullable))
        found.setdefault(str(table), []).append(column)
    keys: dict[str, tuple[str, ...]] = {}
    references: dict[str, list[Reference]] = {}
    for table, sort, own, other, others in constraints:
        if sort == "PRIMARY KEY":
            keys[str(table)] = _names(own)
        else:
            references.setdefault(str(table), []).append(Reference(_names(own), str(other), _names(others)))
    return [Table(n, tuple(c), keys.get(n, ()), tuple(references.get(n, ()))) for n, c in found.items()]


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list | tuple) else ()


# -- types --------------------------------------------------------------------------------------------------------

_DECLARED: tuple[tuple[str, str], ...] = (
    # The second is what MySQL makes of the first.
    (r"bool(ean)?|tinyint\(1\)", "bool"),
    (r"timestamp(_s|_ms|_ns|_us|tz)?(\(\d\))?( with(out)? time zone)?|datetime(\(\d\))?", "timestamp"),
    (r"date", "date"),
    (
        r"u?(tiny|small|medium|big)?int(\(\d+\))?( unsigned)?|u?integer|int[248]|u?int(8|16|32|64)|(big|small)?serial|long|short",
        "int",
    ),
    (r"double( precision)?( unsigned)?|real|float[48]?|float\(\d+\)", "float"),
    (r"(n?(var)?char(acter)?( varying)?|bpchar|(tiny|medium|long)?text|string|citext|clob)(\(\d+\))?", "string"),
    (r"enum\(.*\)", "string"),
    (r"(n?(var)?char(acter)?( varying)?|bpchar|text|string|citext)(\(\d+\))?\[\d*\]", "list(string)"),
    (r"hugeint", "decimal(38,0)"),
    # A number of any size and scale: room for amounts, and for sums and products of them.
    (r"decimal|numeric|number", "decimal(20,6)"),
)
_TYPES = tuple((re.compile(pattern, re.DOTALL), name) for pattern, name in _DECLARED)
_SIZED_DECIMAL = re.compile(r"(?:decimal|numeric|number)\((\d+)(?:,\s*(-?\d+))?\)(?: unsigned)?")


def type_of_declaration(written: str) -> Type | None:
    """The type of a column that a database declares as ``written``; None if the language has none for it."""
    word = re.sub(r"\s+", " ", written.strip().lower())
    sized = _SIZED_DECIMAL.fullmatch(word)
    if sized is not None:
        return _decimal(int(sized[1]), int(sized[2] or 0))
    return next((_named(name) for pattern, name in _TYPES if pattern.fullmatch(word)), None)


def _decimal(precision: int, scale: int) -> Type | None:
    return decimal(precision, scale) if 1 <= precision <= MAX_DIGITS and 0 <= scale <= precision else None


def _named(name: str) -> Type:
    read = parse_type(name)
    assert read is not None, name
    return read[0]


# -- from tables to a schema ----------------------------------------------------------------------------------------

_PEOPLE = (
    "customer",
    "client",
    "user",
    "member",
    "contact",
    "subscriber",
    "person",
    "people",
    "account",
    "profile",
    "visitor",
    "household",
)
_NEVER_TIMES = re.compile(
    r"(updated?|modified|deleted?|cancel+ed|expir\w*|birth\w*|due|end(ed|s)?|until|valid_to)(_|$)", re.IGNORECASE
)


_OWN_TIME = ("placed", "ordered", "purchase", "purchased", "created", "occurred", "happened", "sent", "paid", "written")
_ANY_TIME = ("at", "time", "timestamp", "date", "day", "when")


def infer(
    tables: Sequence[Table], entity: str | None = None, where: str = "the data", allow_distinct: bool = False
) -> Inferred:
    """A schema of tables that have been looked into already. Raises `SegdslError` when there is none to be made.

    A single table's rows are the entities. With ``allow_distinct``, if its rows name people more than once (a list of
    transactions), the people are the entities and the table is a relation.
    """
    tables = [t for t in tables if t.columns]
    if not tables:
        raise SegdslError([errors.nothing_found(where)])
    if entity is not None and entity not in {t.name for t in tables}:
        raise SegdslError([errors.no_such_table(entity, (t.name for t in tables))])
    if len(tables) == 1 and not (allow_distinct and entity is None and _names_people_often(tables[0])):
        return _one_table(tables[0], where)
    return _Guess(tables, entity, where).result()


def _names_people_often(table: Table) -> bool:
    return any(_is_id_of(name, word) and not unique for name, unique in table.unique.items() for word in _PEOPLE)


def _one_table(table: Table, where: str) -> Inferred:
    notes = list(_column_notes(table))
    fields = _fields(table)
    if not fields:
        raise SegdslError([errors.nothing_found(where)])
    key = _entity_key(table)
    if key is not None:
        guess = {"table": table.name, "key": key, "fields": _required(fields, [key])}
        return Inferred(schema_from_dict({"entity": guess}), tuple(notes))
    # Floats alone: no key that could be joined or listed, but conditions over the rows still have a meaning.
    name = next(iter(fields))
    columns = {n: Field(n, c.type, True, n) for n in fields if (c := table.column(n)) and c.type is not None}
    return Inferred(Schema(Entity("customer", table.name, name, None, None, columns)), tuple(notes))


class _Guess:
    """Puts tables together: the entity, what hangs on it, what hangs on that, and lookups."""

    def __init__(self, tables: Sequence[Table], entity: str | None, where: str) -> None:
        self.tables = {t.name: t for t in tables}
        self.notes: list[str] = [note for t in tables for note in _column_notes(t)]
        self.owners: dict[str, Table] = {}
        self.relations: dict[str, dict[str, object]] = {}
        self.lookups: dict[str, dict[str, object]] = {}
        self.where = where
        self.distinct: tuple[str, ...] = ()
        self.root = self.tables[entity] if entity is not None else self.find_entity()
        self.entity_name = self.free_name(_singular(self.root.name), "customer")
        self.owners[self.entity_name] = self.root

    def find_entity(self) -> Table:
        by_name = {_singular(t.name): t for t in reversed(self.tables.values()) if _key_is_fit(t)}
        for word in _PEOPLE:
            if word in by_name:
                return by_name[word]
        for word in _PEOPLE:
            column = next((c for t in self.tables.values() for c in t.columns if _is_id_of(c.name, word)), None)
            if column is not None and (column.type is None or column.type.kind not in (Kind.FLOAT, Kind.LIST)):
                self.distinct = tuple(n for n, t in self.tables.items() if t.column(column.name))
                return Table(word, (column,), (column.name,))
        referred = [r.table for t in self.tables.values() for r in t.references if r.table != t.name]
        keyed = [t for t in self.tables.values() if _entity_key(t) is not None]
        if not keyed:
            raise SegdslError([errors.nothing_found(self.where)])
        return max(keyed, key=lambda t: referred.count(t.name))

    def free_name(self, *candidates: str) -> str:
        """The first name that is not taken; the last one gets a number if all are."""
        taken = {name.casefold() for name in self.owners}
        names = [*candidates, *(f"{candidates[-1]}_{n}" for n in range(2, 1000))]
        return next(name for name in names if name and name.casefold() not in taken)

    def result(self) -> Inferred:
        self.add_relations()
        self.add_lookups()
        fields = _fields(self.root)
        entity: dict[str, object] = {"name": self.entity_name}
        if self.distinct:
            entity |= {
                "distinct": list(self.distinct),
                "key": self.root.key[0],
                "fields": _required(fields, self.root.key),
            }
        else:
            key = _entity_key(self.root)
            if key is None:
                raise SegdslError([errors.nothing_found(self.root.name)])
            entity |= {"table": self.root.name, "key": key, "fields": _required(fields, [key])}
            created = _time(self.root, ("created", "registered", "signup", "joined", "first_seen"), must_match=True)
            if created is not None:
                entity["created"] = created
        used = {t.name for t in self.owners.values()}
        for name in self.tables:
            if name not in used:
                self.notes.append(f"{name}: nothing was found that joins it to {self.root.name}")
        schema = schema_from_dict({"entity": entity, "relations": self.relations, "lookups": self.lookups})
        return Inferred(schema, tuple(self.notes))

    def add_relations(self) -> None:
        """Tables whose rows name their entity, or a row of a relation that is there already, nearest first."""
        waiting = [t for t in self.tables.values() if t is not self.root]
        while True:
            found = [(t, parent, on) for t in waiting if (link := self.parent_of(t, waiting)) for parent, on in [link]]
            if not found:
                return
            for table, parent, on in found:
                waiting.remove(table)
                above = self.owners[parent]
                prefix = _singular(above.name) + "_"
                name = _singular(table.name)
                short = name.removeprefix(prefix) if parent != self.entity_name else name
                name = self.free_name(short, name)
                self.owners[name] = table
                if _has_one_row_each(table, on):
                    on = {theirs: own for own, theirs in on.items()}
                    fields = _required(_fields(table), on.values())
                    self.lookups[name] = {"of": parent, "table": table.name, "on": on, "fields": fields}
                    continue
                relation: dict[str, object] = {"table": table.name, "on": on}
                if parent != self.entity_name:
                    relation["parent"] = parent
                    self.identify(parent, on.values())
                # Rows of a row happened when it did, unless a name says clearly that they have a time of their own.
                words = _OWN_TIME if parent != self.entity_name else (*_OWN_TIME, *_ANY_TIME)
                time = _time(table, words, must_match=parent != self.entity_name)
                if time is not None:
                    relation["time"] = time
                relation["fields"] = _fields(table)
                self.relations[name] = relation
                self.identify(name, _sure_key(table))

    def identify(self, name: str, key: Iterable[str]) -> None:
        """A relation gets a key, if it has none yet."""
        relation, columns = self.relations[name], list(key)
        if "key" not in relation and columns:
            relation["key"] = columns
            relation["fields"] = _required(_fields(self.owners[name]), columns)

    def hangs_on(self, table: Table, name: str) -> dict[str, str]:
        """The link to the entity; to a relation, only by its whole key: a row belongs to one parent."""
        above = self.owners[name]
        if name == self.entity_name:
            return _link(table, above)
        key = self.relations[name].get("key")
        return _link_by_key(table, above, tuple(key) if isinstance(key, list) else ())

    def parent_of(self, table: Table, waiting: Sequence[Table]) -> tuple[str, dict[str, str]] | None:
        """What the rows of a table belong to. A direct link to the entity wins over one to another relation, unless the table
        is called after that (``order_items``) or has it in its key: then it waits for it."""
        links = {name: on for name in self.owners if name not in self.lookups and (on := self.hangs_on(table, name))}
        for name, on in links.items():
            if name != self.entity_name and _belongs(table, self.owners[name], on):
                return name, on
        for other in waiting:
            if (
                other is not table
                and _belongs(table, other, _link_by_key(table, other, _sure_key(other)))
                and self.leads_home(other, table, waiting)
            ):
                return None
        if self.entity_name in links:
            return self.entity_name, links[self.entity_name]
        return next(iter(links.items()), None)

    def leads_home(self, table: Table, without: Table, waiting: Sequence[Table]) -> bool:
        """Will the table become a relation itself, though another one waits for it?"""
        reached, todo = {without.name}, [table]
        while todo:
            at = todo.pop()
            if at.name in reached:
                continue
            reached.add(at.name)
            if any(self.hangs_on(at, name) for name in self.owners if name not in self.lookups):
                return True
            todo.extend(t for t in waiting if t.name not in reached and _link_by_key(at, t, _sure_key(t)))
        return False

    def add_lookups(self) -> None:
        """Tables whose key a row of the entity, a relation or another lookup holds."""
        relations = {t.name for t in self.owners.values()}
        todo = list(self.owners.items())
        while todo:
            owner_name, owner = todo.pop(0)
            for table in self.tables.values():
                if table.name in relations or table is owner or self.is_above(owner_name, table):
                    continue
                on = _link(owner, table)
                if not on or (self.distinct and owner is self.root):
                    continue
                name = self.free_name(_singular(table.name), f"{owner_name}_{_singular(table.name)}")
                fields = _required(_fields(table), list(on.values()))
                self.lookups[name] = {"of": owner_name, "table": table.name, "on": on, "fields": fields}
                self.owners[name] = table
                todo.append((name, table))

    def is_above(self, name: str, table: Table) -> bool:
        """Is the table one of those that a lookup hangs on already? (A category's parent is a category.)"""
        while name in self.lookups:
            if self.owners[name] is table:
                return True
            name = str(self.lookups[name]["of"])
        return False


def _link(child: Table, parent: Table) -> dict[str, str]:
    """The fields by which a row of one table names a row of the other, by its key: as declared, else as names suggest."""
    if child is parent:
        return {}
    for reference in child.references:
        if reference.table == parent.name:
            pairs = list(zip(reference.columns, reference.others, strict=False))
            # A reference to "the other table's key" comes without its name.
            own = [(c, o if parent.column(o) else (_key_columns(parent) or (o,))[0]) for c, o in pairs]
            if all(_joins(child.column(c), parent.column(o)) for c, o in own):
                return dict(own)
    key = _key_columns(parent)
    if len(key) != 1:
        return {}
    for column in child.columns:
        same = column.name.casefold() == key[0].casefold() and key[0].casefold() != "id"
        if (same or _is_id_of(column.name, _singular(parent.name))) and _joins(column, parent.column(key[0])):
            return {column.name: key[0]}
    return {}


def _link_by_key(child: Table, parent: Table, key: Sequence[str]) -> dict[str, str]:
    """The link, if it finds one row of the other table: by its key, or where that is not known, by what may well be it."""
    on = _link(child, parent)
    if key:
        return on if set(key) <= set(on.values()) else {}
    others = list(on.values())
    may_be_key = all(_can_be_key(parent.column(c)) for c in others) and (
        len(others) > 1 or all(parent.unique.get(c, True) for c in others)
    )
    return on if may_be_key else {}


def _has_one_row_each(table: Table, on: Mapping[str, str]) -> bool:
    """Does what joins the table identify its rows, so that there is one at most (a customer's demographics)?"""
    return set(table.key) == set(on) or (len(on) == 1 and all(table.unique.get(c) for c in on))


def _belongs(table: Table, parent: Table, on: Mapping[str, str]) -> bool:
    """Is it a part of its parent (an item of an order), rather than something that mentions it?"""
    if not on:
        return False
    word = _singular(parent.name)
    named_after = _singular(table.name).startswith(word) and _singular(table.name) != word
    key = _key_columns(table)
    return named_after or (len(key) > 1 and set(on) <= set(key))


def _joins(one: Column | None, other: Column | None) -> bool:
    if one is None or other is None:
        return False
    if one.type is None or other.type is None:
        return one.written == other.written
    kinds = (one.type.kind, one.type.precision, one.type.scale)
    return kinds == (other.type.kind, other.type.precision, other.type.scale) and one.type.kind not in (
        Kind.FLOAT,
        Kind.LIST,
    )


def _key_columns(table: Table) -> tuple[str, ...]:
    """The key: as declared, else ``order_id`` or ``id`` in ``orders``, else an id that is known to have every value once."""
    if table.key:
        return table.key
    word = _singular(table.name)
    # In order_items the key may be called item_id.
    words = [word, "", *([word.rsplit("_", 1)[-1]] if "_" in word else [])]
    named = [c.name for w in words for c in table.columns if _is_id_of(c.name, w) and table.unique.get(c.name, True)]
    others = [name for name, is_unique in table.unique.items() if is_unique and _is_id(name)]
    return tuple([*named, *others][:1])


def _sure_key(table: Table) -> tuple[str, ...]:
    """The key, if it is declared or known to have every value once."""
    key = _key_columns(table)
    is_sure = table.key == key or all(table.unique.get(c) for c in key)
    return key if is_sure and all(_can_be_key(table.column(c)) for c in key) else ()


def _perhaps_keys(table: Table) -> list[str]:
    """Columns of which it is worth knowing whether every value stands there once."""
    if table.key:
        return []
    fit = [c.name for c in table.columns if _can_be_key(c) and c.type is not None]
    word = _singular(table.name)
    words = [word, "", word.rsplit("_", 1)[-1], *_PEOPLE]
    named = [n for n in fit if _is_id(n) or any(_is_id_of(n, w) for w in words)]
    return list(dict.fromkeys([*named[:10], *fit[:1]]))


def _key_is_fit(table: Table) -> bool:
    """Can the table's rows be the entities?"""
    key = _entity_key(table)
    return key is not None and table.unique.get(key, True)


def _entity_key(table: Table) -> str | None:
    """One column that can be the key of the entity: the table's, else the first that looks like one, else the first. One that
    has a value twice comes last, together with numbers and times of which nobody knows that they have none."""
    declared = _key_columns(table)
    fit = {c.name: c for c in table.columns if _can_be_key(c)}
    if len(declared) == 1 and declared[0] in fit:
        return declared[0]
    people = [n for word in _PEOPLE for n in fit if _is_id_of(n, word)]
    ids = [n for n in fit if _is_id(n)]
    known = [n for n, c in fit.items() if c.type is not None]

    def is_unlikely(name: str) -> bool:
        kind = fit[name].type
        is_measured = kind is not None and (kind.is_time or kind.kind in (Kind.INT, Kind.DECIMAL, Kind.BOOL))
        return not table.unique.get(name, name in people or name in ids or not is_measured)

    return min([*people, *ids, *known], key=is_unlikely, default=None)


def _is_id(column: str) -> bool:
    return re.search(r"(^|_)[iI][dD]$|[a-z0-9]I[dD]$", column) is not None


def _can_be_key(column: Column | None) -> bool:
    if column is None or not _is_usable_name(column.name):
        return False
    return column.type is None or column.type.kind not in (Kind.FLOAT, Kind.LIST)


_ID_ENDS = ("id", "key", "no", "number")


def _is_id_of(column: str, word: str) -> bool:
    return re.sub(r"[_\s-]", "", column).casefold() in (
        f"{word}{end}".replace("_", "") for end in _ID_ENDS if word or end == "id"
    )


def _singular(name: str) -> str:
    """``orders`` to ``order``, ``Categories`` to ``category``, ``OrderItems`` to ``order_item``: a name to write in texts."""
    word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    word = re.sub(r"\W+", "_", word, flags=re.ASCII).strip("_").lower()
    if not word or word[0].isdigit():
        word = f"table_{word}".rstrip("_")
    for plural, singular in (
        ("ies", "y"),
        ("sses", "ss"),
        ("xes", "x"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("atuses", "atus"),
    ):
        if word.endswith(plural) and len(word) > len(plural) + 1:
            return word.removesuffix(plural) + singular
    return word.removesuffix("s") if not word.endswith(("ss", "us", "is", "news")) and len(word) > 2 else word


def _time(table: Table, words: Sequence[str], must_match: bool) -> str | None:
    """When a row happened: the likeliest name before others, an instant before a date."""
    fit = [
        c
        for c in table.columns
        if c.type is not None and c.type.is_time and not _NEVER_TIMES.match(c.name) and _is_usable_name(c.name)
    ]

    def rank(column: Column) -> tuple[int, int]:
        parts = [part for part in re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])", column.name) if part]
        lowered = [part.lower() for part in parts]
        place = next(
            (i for i, word in enumerate(words) if word in lowered or column.name.lower().startswith(word)), len(words)
        )
        return place, int(column.type is not None and column.type.kind is Kind.DATE)

    best = min(fit, key=rank, default=None)
    return None if best is None or (must_match and rank(best)[0] == len(words)) else best.name


def _fields(table: Table) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for column in _usable(table):
        assert column.type is not None
        # Of a list there is nothing to say: one that is missing is empty.
        optional = column.optional and column.type.kind is not Kind.LIST
        options: dict[str, object] = {"type": str(column.type) + ("?" if optional else "")}
        if column.type.values is not None:
            options["values"] = list(column.type.values)
        found[column.name] = options
    return found


def _required(fields: dict[str, dict[str, object]], key: Iterable[str]) -> dict[str, dict[str, object]]:
    """Keys are never missing."""
    names = set(key)
    return {n: {**o, "type": str(o["type"]).removesuffix("?")} if n in names else o for n, o in fields.items()}


def _usable(table: Table) -> Iterator[Column]:
    seen: set[str] = set()
    for column in table.columns:
        if column.type is not None and _is_usable_name(column.name) and column.name.casefold() not in seen:
            seen.add(column.name.casefold())
            yield column


def _is_usable_name(name: str) -> bool:
    return bool(name.strip()) and name.isprintable() and "`" not in name


def _column_notes(table: Table) -> Iterator[str]:
    used = {c.name for c in _usable(table)}
    for column in table.columns:
        if column.name in used:
            continue
        place = f"{table.name}.{column.name}"
        if column.type is None:
            yield f"{place}: the language has no type for {column.written or 'a column without one'}"
        elif not _is_usable_name(column.name):
            yield f"{place}: this cannot be a name; declare it under another one, with its column"
        else:
            yield f"{place}: another column differs from it only in upper and lower case"
