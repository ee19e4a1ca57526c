"""Databases: DuckDB and SQLite files, PostgreSQL servers, and open connections to them.

In: a url, a path or a connection; then compiled SQL. Out: what tables and columns there are, and rows. Connections that are opened here
only read. What goes wrong is a `SegdslError`: an `UnreachableError` where the database is not there to be asked. No message shows a
password. Drivers are imported when a database of theirs is asked for.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import polars as pl

from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import data as errors
from segdsl.inference import type_of_declaration
from segdsl.planning.plan import Plan
from segdsl.runtime.data import tables_of
from segdsl.runtime.tables import UnreachableError, reason
from segdsl.runtime.values import decoded
from segdsl.schema import Field, Schema
from segdsl.types import BOOL, STRING, Kind, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from segdsl.backends.sql.compiled import CompiledSQL

_T = TypeVar("_T")

_SCHEMES = ("duckdb:///", "sqlite:///", "postgresql://")
_ENDINGS = (".duckdb", ".ddb", ".db", ".sqlite", ".sqlite3")
_SQLITE_ENDINGS = (".sqlite", ".sqlite3")
_SQLITE_MAGIC = b"SQLite format 3\0"
_PATIENCE = 10
"""Seconds to wait for a server to answer, or for a lock."""
_DIGITS_OF_A_FLOAT = 15
_JSON = ("json", "jsonb")
"""What databases call a column of JSON."""

_CHECK_PATH = "check the path of the file"
_CLOSE_OTHER = "close the program that has it open, or give a copy of it"
_BY_SQLITE = "it should be a file made by SQLite"


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of a database: what it calls its type, and the language's type, None where it has none for it."""

    name: str
    written: str
    type: Type | None


class _Driver(Protocol):
    """What differs between databases. ``columns`` is None for a table that there is not."""

    dialect: str
    errors: tuple[type[Exception], ...]

    def is_away(self, error: Exception) -> bool: ...

    def columns(self, table: str) -> Sequence[tuple[str, str]] | None: ...

    def names(self) -> Sequence[str]: ...

    def query(self, text: str, session: Sequence[str]) -> pl.DataFrame: ...

    def rows(self, text: str, session: Sequence[str]) -> Sequence[Sequence[object]]: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Database:
    """An open database. ``place`` may be shown; ``dialect`` is what SQL for it is compiled to."""

    place: str
    _driver: _Driver = field(repr=False)
    _owned: bool = field(default=True, repr=False)
    _secrets: tuple[str, ...] = field(default=(), repr=False)
    _known: dict[str, Mapping[str, FoundColumn] | None] = field(default_factory=dict, repr=False)

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
            self._known[table] = (
                None
                if found is None
                else {name: FoundColumn(name, written, type_of_declaration(written)) for name, written in found}
            )
        return self._known[table]

    def with_stored(self, schema: Schema) -> Schema:
        """The schema, each field knowing the type of its column where that is not the declared one but converts to it."""
        entity = schema.entity
        if entity.table is not None:
            entity = replace(entity, fields=self._stored(entity.table, entity.fields))
        relations = {
            name: relation
            if relation.table is None
            else replace(relation, fields=self._stored(relation.table, relation.fields))
            for name, relation in schema.relations.items()
        }
        lookups = {
            name: replace(lookup, fields=self._stored(lookup.table, lookup.fields))
            for name, lookup in schema.lookups.items()
        }
        return replace(schema, entity=entity, relations=relations, lookups=lookups)

    def check(self, plan: Plan) -> None:
        """Raises `SegdslError` with every table and column that a plan reads and the database has not, or has of another type."""
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
        if findings:
            raise SegdslError(findings)

    def reads(self, found: FoundColumn, declared: Type, coded: bool = False) -> bool:
        """Does a column's type convert to the declared one without loss, or as declared? Of SQLite's types nothing follows."""
        return self.dialect == "sqlite" or _converts(_held(found, declared), declared, coded)

    def run(self, sql: CompiledSQL) -> pl.DataFrame:
        """The rows of a compiled statement; the columns of ``flags`` behind the key are truth values (else see `values`)."""
        rows = self.query(sql.text, sql.session)
        if sql.shape == "flags":
            assert all(type_ == BOOL for type_ in sql.types[1:]), "values are not flags"
            key, *flags = rows.columns
            return rows.select(rows[key], *(rows[flag].cast(pl.Boolean) for flag in flags))
        return rows

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

        known = self.columns(table) or {}
        texts = {name for name in columns if as_text or (name in known and known[name].written.lower() in _JSON)}
        quoted = [exp.column(name, quoted=True) for name in columns]
        chosen = [exp.alias_(exp.cast(c, "text"), c.name, quoted=True) if c.name in texts else c for c in quoted]
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
            hint = _CLOSE_OTHER if self.dialect == "sqlite" and "locked" in why else None
            return UnreachableError([errors.unreachable_database(self.place, why, hint)])
        return SegdslError([errors.failed_statement(self.place, why)])

    def _stored(self, table: str, fields: Mapping[str, Field]) -> dict[str, Field]:
        columns = self.columns(table) or {}
        return {name: self._field(name, declared, columns) for name, declared in fields.items()}

    def _field(self, name: str, declared: Field, columns: Mapping[str, FoundColumn]) -> Field:
        found = columns.get(declared.column or name)
        if declared.expression is not None or found is None or self.dialect == "sqlite":
            return declared
        held = _held(found, declared.type)
        if held is None or not _converts(held, declared.type, bool(declared.codes)):
            return declared
        return replace(declared, stored=None if held == declared.type.plain else held)


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


# -- opening --------------------------------------------------------------------------------------------------------------


def is_database(place: str) -> bool:
    """Is this a database's url, or the path of a DuckDB or SQLite file?"""
    return "://" in place or place.lower().endswith(_ENDINGS)


def connect(place: object) -> Database:
    """Opens ``duckdb:///file``, ``sqlite:///file``, ``postgresql://…`` or the path of a DuckDB or SQLite file, or takes an open
    connection of one of their drivers, which stays open."""
    if not isinstance(place, str | Path):
        return _taken(place)
    text = str(place)
    scheme, is_url, rest = text.partition("://")
    if not is_url:
        path = Path(text)
        return _sqlite(path) if path.suffix.lower() in _SQLITE_ENDINGS or _is_sqlite(path) else _duckdb(path)
    match scheme.split("+")[0].lower():
        case "duckdb":
            return _duckdb(Path(rest.removeprefix("/")))
        case "sqlite":
            return _sqlite(Path(rest.removeprefix("/")))
        case "postgresql" | "postgres":
            return _postgres(f"postgresql://{rest}")
        case _:
            raise UnreachableError([errors.unknown_url(shown(text), _SCHEMES)])


def shown(url: str) -> str:
    """A url without its password."""
    url = re.sub(r"(://[^/@]*?):.*@", r"\1:…@", url)
    return re.sub(r"(?i)([?&](?:password|sslpassword|token|motherduck_token)=)[^&]*", r"\1…", url)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """What a driver says, should it repeat a password."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return text


def _secrets_of(url: str) -> tuple[str, ...]:
    userinfo = url.partition("://")[2].rpartition("@")[0]
    password = userinfo.partition(":")[2]
    try:
        query = urlsplit(url).query
    except ValueError:
        query = ""
    found = {
        password,
        unquote(password),
        *(value for name, value in parse_qsl(query) if name.endswith(("password", "token"))),
    }
    return tuple(sorted((secret for secret in found if secret), key=len, reverse=True))


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC
    except (OSError, ValueError) as error:
        raise _away(str(path), error, _CHECK_PATH) from error


def _away(place: str, error: Exception, hint: str | None = None) -> UnreachableError:
    return UnreachableError([errors.unreachable_database(place, reason(error), hint)])


def _taken(connection: object) -> Database:
    module = type(connection).__module__.partition(".")[0]
    match module:
        case "duckdb" | "_duckdb":
            return Database("the DuckDB connection", _DuckDB(connection), _owned=False)
        case "sqlite3" | "_sqlite3":
            assert isinstance(connection, sqlite3.Connection)
            return Database("the SQLite connection", _SQLite(connection), _owned=False)
        case "psycopg":
            return Database("the PostgreSQL connection", _Postgres(connection), _owned=False)
        case _:
            raise UnreachableError([errors.not_a_table(None, connection)])


# -- DuckDB ---------------------------------------------------------------------------------------------------------------


def _duckdb(path: Path) -> Database:
    try:
        import duckdb
    except ImportError as error:
        raise UnreachableError([errors.missing_driver("DuckDB", "duckdb")]) from error
    if not path.is_file():
        reason_of = "it is a folder" if path.is_dir() else "there is no such file"
        raise UnreachableError([errors.unreachable_database(str(path), reason_of, _CHECK_PATH)])
    try:
        # Otherwise a table that is not there could turn out to be a variable of the host's.
        connection = duckdb.connect(str(path), read_only=True, config={"python_enable_replacements": "false"})
    except duckdb.Error as error:
        hint = _CLOSE_OTHER if "lock" in str(error).lower() else "it should be a file made by DuckDB"
        raise _away(str(path), error, hint) from error
    return Database(str(path), _DuckDB(connection))


class _DuckDB:
    dialect = "duckdb"

    def __init__(self, connection: Any) -> None:
        import duckdb

        self.errors: tuple[type[Exception], ...] = (duckdb.Error,)
        self._connection = connection

    def is_away(self, error: Exception) -> bool:
        import duckdb

        return isinstance(error, duckdb.IOException | duckdb.ConnectionException)

    def columns(self, table: str) -> Sequence[tuple[str, str]] | None:
        # From the catalogue: a select from a table that is not there would read the file of that name.
        database, schema, name = [None, None, *table.split(".")][-3:]
        rows = self._connection.execute(
            "select column_name, data_type from duckdb_columns() where table_name = $name "
            "and case when $schema is null then schema_name = current_schema() or database_name = 'temp' "
            "else schema_name = $schema end "
            "and case when $database is null then database_name in (current_database(), 'temp') "
            "else database_name = $database end order by column_index",
            {"name": name, "schema": schema, "database": database},
        ).fetchall()
        return [(str(column), str(written)) for column, written in rows] or None

    def names(self) -> Sequence[str]:
        rows = self._connection.execute(
            "select distinct case when schema_name = current_schema() or database_name = 'temp' then table_name "
            "else schema_name || '.' || table_name end from duckdb_columns() "
            "where not internal and database_name in (current_database(), 'temp')"
        ).fetchall()
        return [str(name) for (name,) in rows]

    def query(self, text: str, session: Sequence[str]) -> pl.DataFrame:
        for statement in session:
            self._connection.execute(statement)
        return pl.DataFrame(self._connection.sql(text))

    def rows(self, text: str, session: Sequence[str]) -> Sequence[Sequence[object]]:
        # By way of Arrow: the driver itself makes instants with a zone only where another library is installed.
        return self.query(text, session).rows()

    def close(self) -> None:
        self._connection.close()


# -- SQLite ---------------------------------------------------------------------------------------------------------------


def _sqlite(path: Path) -> Database:
    if not _is_sqlite(path):
        raise UnreachableError([errors.unreachable_database(str(path), "it is not an SQLite file", _BY_SQLITE)])
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)
        connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.Error as error:
        raise _away(str(path), error, _CLOSE_OTHER if "locked" in str(error) else _BY_SQLITE) from error
    return Database(str(path), _SQLite(connection))


class _SQLite:
    dialect = "sqlite"
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def is_away(self, error: Exception) -> bool:
        return isinstance(error, sqlite3.OperationalError) and any(
            word in str(error) for word in ("locked", "unable to open", "disk I/O")
        )

    def columns(self, table: str) -> Sequence[tuple[str, str]] | None:
        schema, _, name = table.rpartition(".")
        rows = self._connection.execute(
            "select name, type from pragma_table_info(?, ?)", (name, schema or None)
        ).fetchall()
        return [(str(column), str(written)) for column, written in rows] or None

    def names(self) -> Sequence[str]:
        rows = self._connection.execute(
            "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\'"
        ).fetchall()
        return [str(name) for (name,) in rows]

    def query(self, text: str, session: Sequence[str]) -> pl.DataFrame:
        cursor = self._executed(text, session)
        return _frame([column[0] for column in cursor.description or ()], cursor.fetchall())

    def rows(self, text: str, session: Sequence[str]) -> Sequence[Sequence[object]]:
        return self._executed(text, session).fetchall()

    def _executed(self, text: str, session: Sequence[str]) -> sqlite3.Cursor:
        for statement in session:
            self._connection.execute(statement)
        return self._connection.execute(text)

    def close(self) -> None:
        self._connection.close()


# -- PostgreSQL -----------------------------------------------------------------------------------------------------------


def _postgres(url: str) -> Database:
    try:
        import psycopg
    except ImportError as error:
        raise UnreachableError([errors.missing_driver("PostgreSQL", "postgres")]) from error
    secrets = _secrets_of(url)
    try:
        connection = psycopg.connect(url, connect_timeout=_PATIENCE, autocommit=True)
        connection.read_only = True
        connection.execute("set default_transaction_read_only = on")
    except (psycopg.Error, ValueError) as error:
        why = without_secrets(reason(error), secrets)
        raise UnreachableError([errors.unreachable_database(shown(url), why)]) from None
    return Database(shown(url), _Postgres(connection), _secrets=secrets)


class _Postgres:
    dialect = "postgres"

    def __init__(self, connection: Any) -> None:
        import psycopg

        self.errors: tuple[type[Exception], ...] = (psycopg.Error,)
        self._connection = connection

    def is_away(self, error: Exception) -> bool:
        return bool(self._connection.closed or self._connection.broken)

    def columns(self, table: str) -> Sequence[tuple[str, str]] | None:
        quoted = ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))
        rows = self._connection.execute(
            "select a.attname, case t.typtype when 'e' then 'text' when 'd' then format_type(t.typbasetype, t.typtypmod) "
            "else format_type(a.atttypid, a.atttypmod) end from pg_attribute a join pg_type t on t.oid = a.atttypid "
            "where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped order by a.attnum",
            (quoted,),
        ).fetchall()
        return [(str(column), str(written)) for column, written in rows] or None

    def names(self) -> Sequence[str]:
        rows = self._connection.execute(
            "select case when n.nspname = current_schema() then c.relname else n.nspname || '.' || c.relname end "
            "from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f') "
            "and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and not c.relispartition"
        ).fetchall()
        return [str(name) for (name,) in rows]

    def query(self, text: str, session: Sequence[str]) -> pl.DataFrame:
        cursor = self._executed(text, session)
        return _frame([column.name for column in cursor.description or ()], cursor.fetchall())

    def rows(self, text: str, session: Sequence[str]) -> Sequence[Sequence[object]]:
        found: list[tuple[object, ...]] = self._executed(text, session).fetchall()
        return found

    def _executed(self, text: str, session: Sequence[str]) -> Any:
        for statement in session:
            self._connection.execute(statement)
        # Without parameters psycopg reads no placeholders: a percent sign in a text stays one.
        return self._connection.execute(text)

    def close(self) -> None:
        self._connection.close()


def _frame(names: Sequence[str], rows: Sequence[Sequence[object]]) -> pl.DataFrame:
    """Rows of Python values as a frame; numbers of a column that mixes whole ones and others as floats."""
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pl.DataFrame(
        {name: pl.Series(name, values, strict=False) for name, values in zip(names, columns, strict=True)}
    )
