"""Where the data of a command is, and how segments are evaluated there: locally by Polars, in a database by its own SQL.

In: the options ``--data`` and ``--url``, and what the project file says. Out: a `Source`, which yields results as tables of
values. Without a project, schema and library are made of what is found in the data.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import click

from segdsl.cli.options import Command, find_project, read_settings
from segdsl.cli.output import say
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import usage

if TYPE_CHECKING:
    import polars as pl

    from segdsl.cli.layout import Table
    from segdsl.inference import Inferred
    from segdsl.library import Library
    from segdsl.project import Project
    from segdsl.runtime.database import Database
    from segdsl.schema import Schema
    from segdsl.selection import Selection
    from segdsl.sizes.counts import Counts
    from segdsl.sizes.overlap import Overlap

TABLE_SUFFIXES = (".parquet", ".csv", ".ndjson", ".jsonl")


def present_url(context: click.Context, parameter: click.Parameter, url: str | None) -> str | None:
    """The value of ``--url``: an empty one comes from a variable that is not set, and is no wish to do without."""
    if url is not None and not url.strip():
        raise SegdslError([usage.empty_url()])
    return url


def data_options(*, bare: bool = False) -> Callable[[Command], Command]:
    """``--data`` and ``--url``. ``bare``: ``--data`` may stand alone and then means the project's own data."""

    def decorate(command: Command) -> Command:
        with_url = click.option(
            "--url",
            metavar="URL",
            callback=present_url,
            help="A database: duckdb:///FILE, sqlite:///FILE, postgresql://…, mysql://… or clickhouse://…",
        )
        shown = "A folder of tables, a file with one, or a DuckDB or SQLite file" + (
            "; alone, what the project file names." if bare else "; - reads one as CSV from standard input."
        )
        if bare:
            with_data = click.option("--data", metavar="[PATH]", is_flag=False, flag_value="", help=shown)
        else:
            with_data = click.option("--data", metavar="PATH", help=shown)
        return with_data(with_url(command))

    return decorate


class Source(AbstractContextManager["Source"], Protocol):
    """Where segments are evaluated."""

    def prepared(self, library: Library) -> Library:
        """The library as it has to be compiled for this data."""

    def table(self, selection: Selection, shape: str, as_of: str) -> Table:
        """The members of one segment, or flags or memberships of several, sorted."""

    def counts(self, selection: Selection, as_of: str) -> Counts: ...

    def overlap(self, selection: Selection, as_of: str) -> Overlap: ...

    def given(self) -> object:
        """The data itself, as a library takes it."""

    def check(self, library: Library) -> Sequence[Diagnostic]:
        """Where the data does not keep what the schema promises."""


@dataclass(slots=True)
class _Tables:
    """Files and frames."""

    data: Mapping[str, object] | Path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def prepared(self, library: Library) -> Library:
        return library

    def table(self, selection: Selection, shape: str, as_of: str) -> Table:
        if shape == "members":
            return _as_table(selection.members(self.data, as_of=as_of))
        flags = _as_table(selection.evaluate(self.data, as_of=as_of))
        return flags if shape == "flags" else _memberships(flags, selection.names)

    def counts(self, selection: Selection, as_of: str) -> Counts:
        return selection.counts(self.data, as_of=as_of)

    def overlap(self, selection: Selection, as_of: str) -> Overlap:
        return selection.overlap(self.data, as_of=as_of)

    def given(self) -> object:
        return self.data

    def check(self, library: Library) -> Sequence[Diagnostic]:
        from segdsl.runtime.promises import check_data

        return check_data(library.schema, self.data)


@dataclass(slots=True)
class _Database:
    """A connection, opened when it is first needed."""

    url: str
    opened: Database | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.opened is not None:
            self.opened.close()

    def database(self) -> Database:
        from segdsl.runtime.database import connect

        if self.opened is None:
            self.opened = connect(self.url)
        return self.opened

    def prepared(self, library: Library) -> Library:
        return replace(library, schema=self.database().with_stored(library.schema))

    def table(self, selection: Selection, shape: str, as_of: str) -> Table:
        return _as_table(_in_order(self._rows(selection, shape, as_of), shape, selection.names))

    def _rows(self, selection: Selection, shape: str, as_of: str) -> pl.DataFrame:
        from segdsl.runtime.keys import check_keys

        if shape == "members" and len(selection.segments) != 1:
            raise SegdslError([usage.members_of_one(len(selection.segments))])
        database, plan = self.database(), selection.plan()
        database.check(plan)
        statements = selection.statements(database.dialect, shape, as_of=as_of)
        with database.snapshot():
            check_keys(database, plan)
            return database.run_all(statements, selection.names)

    def counts(self, selection: Selection, as_of: str) -> Counts:
        from segdsl.sizes.counts import Counts

        rows = self._rows(selection, "counts", as_of).iter_rows(named=True)
        found = [(str(row["segment"]), int(row["members"]), int(row["population"])) for row in rows]
        sizes = {name: size for name, size, _ in found}
        return Counts(max((population for *_, population in found), default=0), sizes)

    def overlap(self, selection: Selection, as_of: str) -> Overlap:
        from segdsl.runtime.overlap import overlap_of

        flags = self._rows(selection, "flags", as_of)
        return overlap_of(flags, dict(zip(selection.names, flags.columns[1:], strict=True)), selection.tiers())

    def given(self) -> object:
        return self.database()

    def check(self, library: Library) -> Sequence[Diagnostic]:
        from segdsl.runtime.promises import check_data

        return check_data(library.schema, self.database())


def _in_order(rows: pl.DataFrame, shape: str, names: Sequence[str]) -> pl.DataFrame:
    """Sorted by key, memberships first by segment: a database yields rows in whatever order it finds them."""
    key = rows.columns[-1] if shape == "memberships" else rows.columns[0]
    ordered = rows[rows[key].arg_sort()]
    if shape != "memberships" or not ordered.height:
        return ordered
    places = {name: place for place, name in enumerate(names)}
    place = ordered.to_series(0).replace_strict(list(places), list(places.values()), default=len(places))
    return ordered.with_columns(place.alias("place[]")).sort("place[]", maintain_order=True).drop("place[]")


def _as_table(frame: pl.DataFrame | pl.LazyFrame) -> Table:
    rows = frame.lazy().collect()
    from segdsl.cli.layout import Table

    return Table(tuple(rows.columns), rows.rows())


def _memberships(flags: Table, names: Sequence[str]) -> Table:
    key = flags.columns[0]
    rows = [(name, row[0]) for place, name in enumerate(names, start=1) for row in flags.rows if row[place]]
    from segdsl.cli.layout import Table

    return Table(("segment" if key != "segment" else "segment_name", key), rows)


# -- which source -------------------------------------------------------------------------------------------------


def data_source(project: Project, data: str | None, url: str | None) -> Source:
    """What the options say, else what the project file says."""
    if data is not None and url is not None:
        raise SegdslError([usage.not_both("--data", "--url")])
    if url is not None:
        return _Database(url)
    if data is not None:
        return _source_at(data)
    if project.url is not None:
        return _Database(_beside(project.folder, project.url))
    if project.data is not None:
        return _source_at(str(project.data))
    raise SegdslError([usage.no_data()])


def _beside(folder: Path, url: str) -> str:
    """A file's url, relative in a project file, as seen from the working directory."""
    scheme, separator, rest = url.partition(":///")
    if not separator or scheme not in ("duckdb", "sqlite", "chdb") or Path(rest).is_absolute():
        return url
    return f"{scheme}:///{folder / rest}"


def _source_at(data: str) -> Source:
    if data == "-":
        raise SegdslError(
            [
                usage.unfit_options(
                    "a table from standard input has no name", "it serves conditions: -e CONDITION --data -"
                )
            ]
        )
    path = Path(data)
    if not _exists(path):
        raise SegdslError([usage.no_such_data(data)])
    if is_database(path):
        return _Database(str(path))
    return _Tables(path if path.is_dir() else {path.stem: path})


def is_database(path: Path) -> bool:
    """A file that is no table: what is wrong with it as a database, the database's driver says."""
    return path.suffix.lower() not in TABLE_SUFFIXES and path.is_file()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class Opened:
    """A library, and where its data is."""

    library: Library
    source: Source


def open_data(
    project: str | None, data: str | None, url: str | None, settings: Sequence[str], key: str | None, *, bare: bool
) -> Opened:
    """The project's library and data, or those that the data alone make.

    ``bare``: only conditions are asked for, so no segments are needed. A file with one table makes a schema of its own even where
    there is a project, unless that is named; a folder or a database does where there is none.
    """
    from segdsl import project as projects

    alone = bare and project is None and data is not None and _is_one_table(data)
    if not alone:
        try:
            path = find_project(project)
        except SegdslError:
            if project is not None or not bare or (data is None and url is None):
                raise
        else:
            if key is not None:
                raise SegdslError(
                    [usage.unfit_options("--key is the project file's to say", "it serves a table without a project")]
                )
            opened = projects.open_project(path, settings=read_settings(settings))
            return Opened(opened.library, data_source(opened, data, url))
    if data is not None and url is not None:
        raise SegdslError([usage.not_both("--data", "--url")])
    return _without_project(data, url, settings, key)


def _is_one_table(data: str) -> bool:
    return data == "-" or Path(data).suffix.lower() in TABLE_SUFFIXES


def _without_project(data: str | None, url: str | None, settings: Sequence[str], key: str | None) -> Opened:
    from segdsl.inference import infer_from_folder, infer_from_url
    from segdsl.library import Library

    source: Source
    if data is not None and _is_one_table(data):
        name, given, found = _one_table(data, key)
        source = _Tables({name: given})
    elif data is not None:
        source = _source_at(data)
        path = Path(data)
        found = infer_from_url(data) if is_database(path) else infer_from_folder(path)
    else:
        assert url is not None
        source, found = _Database(url), infer_from_url(url)
    if key is not None and (data is None or not _is_one_table(data)):
        raise SegdslError([usage.only_with("--key", "a single table in --data")])
    for note in found.notes:
        say(f"note: {note}")
    return Opened(Library(found.schema, settings=read_settings(settings)), source)


def _one_table(data: str, key: str | None) -> tuple[str, object, Inferred]:
    """The table's name, itself, and the schema that it makes."""
    import polars as pl

    from segdsl.inference import infer_from_frames

    path = Path(data)
    given: object = path
    try:
        if data == "-":
            text = io.BytesIO(sys.stdin.buffer.read())
            given = frame = pl.read_csv(text, try_parse_dates=True, infer_schema_length=None).lazy()
        elif not _exists(path):
            raise SegdslError([usage.no_such_data(data)])
        elif path.suffix.lower() == ".parquet":
            frame = pl.scan_parquet(path, glob=False)
        elif path.suffix.lower() == ".csv":
            frame = pl.scan_csv(path, glob=False, try_parse_dates=True, infer_schema_length=10_000)
        else:
            frame = pl.scan_ndjson(path, infer_schema_length=10_000)
        columns = frame.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise SegdslError([usage.unreadable_file("<stdin>" if data == "-" else data, reason[0])]) from error
    name = "stdin" if data == "-" else path.stem
    found = infer_from_frames({name: frame})
    if key is None:
        return name, given, found
    if key not in found.schema.entity.fields:
        raise SegdslError([usage.no_such_column(key, columns)])
    return name, given, replace(found, schema=_with_key(found.schema, key))


def _with_key(schema: Schema, key: str) -> Schema:
    """The schema of a single table with another of its columns as its key, which alone is promised to be there."""
    entity = schema.entity
    fields = {name: replace(field, optional=name != key) for name, field in entity.fields.items()}
    return replace(schema, entity=replace(entity, key=key, fields=fields))
