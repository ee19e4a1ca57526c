"""Where tables come from: a folder of files, or a mapping of names to frames.

In: what a host gives as data. Out: `Tables`, each table found but none read. It must not know what a plan wants of them.

A CSV or NDJSON file is scanned as texts alone: what they mean is for the declared types to say (`segdsl.runtime.texts`), and Polars'
guess from the first rows would turn 007 into 7.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

import polars as pl

from segdsl.backends.polars.prepared import Prepared
from segdsl.diagnostics import SegdslError
from segdsl.display.english import counted
from segdsl.errors import data as errors
from segdsl.planning.plan import KeyCheck, TableColumn
from segdsl.room import is_interrupt
from segdsl.runtime import ndjson, parquet

_SCANS: dict[str, str] = {".parquet": "parquet", ".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}


@runtime_checkable
class ArrowStream(Protocol):
    """Anything that hands out its rows through the Arrow stream interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class UnreachableError(SegdslError):
    """The data or the database is not there to be asked. A command line ends with status 2 for it, as for bad usage."""


@dataclass(frozen=True, slots=True)
class Found:
    """A table. ``texts``: its columns are texts, yet to be read as the declared types. ``place`` names it in messages. ``costly``: a
    host's lazy frame, of which nobody knows how much work it is to read it again. ``files``: it lies on a disk, and need not be in
    memory as a whole. ``exact``: of a table of texts that are not all as the file has them: the same table with columns of lists, and
    columns of exact numbers, as they are. ``chosen``: a table that depends on the columns that are wanted of it; ``partitions``: its
    columns that are texts, yet to be read as the declared types; ``blanks``: in a table of texts an empty one is a missing value where
    it is to be no text."""

    scan: Callable[[], pl.LazyFrame]
    texts: bool = False
    place: str = ""
    costly: bool = False
    files: bool = False
    exact: Callable[[pl.LazyFrame, Sequence[str], Sequence[str]], pl.LazyFrame] | None = None
    chosen: Callable[[Sequence[str]], pl.LazyFrame] | None = None
    partitions: frozenset[str] = frozenset()
    blanks: bool = False

    def frame(self, wanted: Sequence[str] = ()) -> pl.LazyFrame:
        """Its rows, lazy. Raises `SegdslError` where the file cannot be opened."""
        try:
            lazy = self.scan() if self.chosen is None else self.chosen(wanted)
            lazy.collect_schema()
        except SegdslError:
            raise
        except (pl.exceptions.PanicException, Exception) as error:
            if is_interrupt(error):
                raise KeyboardInterrupt from error
            # Of whatever hands out the rows: a stream's own errors are of any class.
            raise SegdslError([errors.unreadable_data(self.place or "the data", reason(error))]) from error
        return lazy


@dataclass(frozen=True, slots=True)
class Ready:
    """A table that has been prepared, with times as in a zone. ``checks``: the keys that are known to be present and unique."""

    table: Prepared
    timezone: str
    checks: frozenset[KeyCheck]

    def serves(self, columns: Iterable[TableColumn], timezone: str, checks: Iterable[KeyCheck]) -> bool:
        """Is all there that a plan wants of it?"""
        known = self.table.columns
        return timezone == self.timezone and self.checks.issuperset(checks) and all(c in known for c in columns)


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables by name. ``lazy``: the host gave nothing but lazy frames, and expects one back. ``ready``: those that are prepared."""

    found: Mapping[str, Found] = field(hash=False)
    lazy: bool = False
    where: str = "the data"
    ready: Mapping[str, Ready] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Tables that were read once, for many evaluations: `segdsl.Library.prepare` makes it.

    It stands wherever data is asked for. It is a snapshot of the columns that its library reads: nothing is read again. A table
    of which somebody wants more is taken from where it came from, as if it had not been prepared; where its file has changed since,
    that raises `SegdslError`. Threads may share it.
    """

    tables: Tables = field(repr=False)

    @property
    def rows(self) -> dict[str, int]:
        """The number of rows of each prepared table."""
        return {name: ready.table.frame.height for name, ready in self.tables.ready.items()}

    @property
    def bytes(self) -> int:
        """About how much memory the prepared tables take."""
        return sum(int(ready.table.frame.estimated_size()) for ready in self.tables.ready.values())

    def __repr__(self) -> str:
        tables = ", ".join(f"{name}: {counted(rows, 'row')}" for name, rows in self.rows.items())
        return f"<Dataset of {tables or 'no tables'}, {self.bytes / 1e6:,.1f} MB>"


Data: TypeAlias = Mapping[str, object] | Dataset | str | Path
"""A mapping of table names to frames, Arrow streams or paths of files; the path of a folder; or tables that are prepared."""


def open_tables(data: Data) -> Tables:
    """What there is. Raises `SegdslError` where something given is no table, and `UnreachableError` for a missing folder."""
    match data:
        case Dataset():
            return data.tables
        case str() | Path():
            return _folder(Path(data))
        case Mapping():
            pass
        case _:
            raise SegdslError([errors.not_a_table(None, data)])
    wrong = [errors.not_a_table(str(name), table) for name, table in data.items() if not _is_table(table)]
    if wrong:
        raise SegdslError(wrong)
    found = {str(name): _given(str(name), table) for name, table in data.items()}
    return Tables(found, bool(data) and all(isinstance(table, pl.LazyFrame) for table in data.values()))


def reason(error: BaseException) -> str:
    """The first line of what a library says, without the advice for its own users."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def _is_table(table: object) -> bool:
    return not isinstance(table, type) and isinstance(table, pl.LazyFrame | pl.DataFrame | ArrowStream | str | Path)


def _given(name: str, table: object) -> Found:
    place = f"table `{name}`"
    match table:
        case pl.LazyFrame():
            files = _reads_files(table)
            return Found(lambda: table, place=place, costly=not files, files=files)
        case pl.DataFrame():
            return Found(table.lazy, place=place)
        case str() | Path():
            found = _file(Path(table))
            if found is None:
                raise UnreachableError(
                    [errors.unreadable_data(str(table), "its ending is none of " + ", ".join(_SCANS))]
                )
            return found
        case ArrowStream():
            if hasattr(table, "read_next_batch") or hasattr(table, "__next__"):
                raise SegdslError([errors.read_once(name)])
            return Found(cache(lambda: pl.DataFrame(table).lazy()), place=place)
        case _:
            raise AssertionError("checked by _is_table")


_PLAIN = frozenset(
    {"col", "alias", "cast", "strict_cast", "is_null", "is_not_null", "is_between", "is_in", "to_physical"}
)
"""What the expressions of such a plan may call: nothing that looks at other rows, draws lots or is a host's own."""
_QUOTED, _CALLED = re.compile(r'"(?:[^"\\]|\\.)*"'), re.compile(r"(\w+)\(")
_ROW_BY_ROW = ("Parquet SCAN [", "PROJECT ", "ESTIMATED ROWS:", "SELECT [", "WITH_COLUMNS:", "FILTER ", "FROM", "[")
"""How the lines of a plan begin that reads files of this machine and looks at each row by itself."""


def _reads_files(frame: pl.LazyFrame) -> bool:
    """Is it cheap to read it again, and in parts? Of a plan that is not known to be, no: then it is read once."""
    try:
        lines = [line.strip() for line in frame.explain(optimized=False).splitlines()]
    except (pl.exceptions.PanicException, Exception) as error:  # whatever a plan raises that is looked at
        if is_interrupt(error):
            raise KeyboardInterrupt from error
        return False  # Whoever reads it will say what is wrong with it.
    scans = [line for line in lines if line.startswith("Parquet SCAN [")]
    return (
        bool(scans)
        and all(line.startswith(_ROW_BY_ROW) for line in lines)
        and not any("://" in line for line in scans)
        and all(_PLAIN.issuperset(_CALLED.findall(_QUOTED.sub("", line))) for line in lines if line not in scans)
    )


def _folder(folder: Path) -> Tables:
    """The tables of a folder: ``TABLE.parquet``, ``TABLE.csv``, ``TABLE.ndjson``, or Parquet files in a folder ``TABLE``."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise UnreachableError([errors.unreadable_data(str(folder), reason(error))]) from error
    names: dict[str, list[Path]] = {}
    found: dict[str, Found] = {}
    for entry in entries:
        table = _file(entry)
        if table is not None:
            name = entry.name.removesuffix(entry.suffix) if entry.suffix.lower() in _SCANS else entry.name
            names.setdefault(name, []).append(entry)
            found[name] = table
    for name, files in names.items():
        if len(files) > 1:
            # Only who asks for the table needs to know.
            twice = SegdslError([errors.two_files(name, [file.name for file in files])])
            found[name] = Found(_raising(twice), place=str(folder))
    return Tables(found, where=str(folder))


def _raising(error: SegdslError) -> Callable[[], pl.LazyFrame]:
    def scan() -> pl.LazyFrame:
        raise error

    return scan


def _file(path: Path) -> Found | None:
    if path.is_dir():
        folder = parquet.found(path)
        if folder is None:
            return None
        return Found(
            lambda: folder.frame(()), place=str(path), files=True, chosen=folder.frame, partitions=folder.partitions
        )
    place = str(path)
    match _SCANS.get(path.suffix.lower()):
        case "parquet":
            return Found(lambda: pl.scan_parquet(path, glob=False), place=place, files=True)
        case "csv":
            return Found(
                lambda: _csv_texts(path),
                texts=True,
                place=place,
                files=True,
                chosen=partial(_csv_texts, path),
                blanks=True,
            )
        case "ndjson":
            return Found(
                lambda: _ndjson_texts(path), texts=True, place=place, files=True, exact=partial(ndjson.exact, path)
            )
        case _:
            return None


def _csv_texts(path: Path, wanted: Sequence[str] = ()) -> pl.LazyFrame:
    with path.open("rb") as file:
        head = file.read(1 << 16)
    _check_is_text(path, head)
    first = head.split(b"\n", 1)[0]
    if b"\r" in first.rstrip(b"\r") and b'"' not in first:
        # Polars would take the whole file for one line, and that for the names of columns: a table without rows.
        raise _unreadable(path, "its lines end in CR alone; save it with LF or CRLF")
    names = next(csv.reader(io.StringIO(head.decode("utf-8-sig", "replace"), newline=""), strict=False), [])
    twice = next((name for name in wanted if names.count(name) > 1), None)
    if twice is not None:
        # Polars would give the others names of its own.
        raise _unreadable(path, f"it has more than one column `{twice}`")
    return pl.scan_csv(path, glob=False, infer_schema=False)


_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz"}
"""How files begin that were compressed, by what made them."""


def _check_is_text(path: Path, head: bytes) -> None:
    packed = next((name for magic, name in _PACKED.items() if head.startswith(magic)), None)
    if packed is not None:
        raise _unreadable(path, f"it is compressed with {packed}; unpack it")
    if b"\0" in head.split(b"\n", 1)[0]:
        raise _unreadable(path, "it is not text in UTF-8; it looks like UTF-16")


def _unreadable(path: Path, why: str) -> SegdslError:
    return SegdslError([errors.unreadable_data(str(path), why)])


def _ndjson_texts(path: Path) -> pl.LazyFrame:
    with path.open("rb") as file:
        _check_is_text(path, file.read(1 << 10))
    return ndjson.texts(path)
