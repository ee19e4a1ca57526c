"""Where tables come from: a folder of files, or a mapping of names to frames.

In: what a host gives as data. Out: `Tables`, each table found but none read. It must not know what a plan wants of them.

A CSV or NDJSON file is scanned as texts alone: what they mean is for the declared types to say (`segdsl.runtime.texts`), and Polars'
guess from the first rows would turn 007 into 7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

import polars as pl

from segdsl.diagnostics import SegdslError
from segdsl.errors import data as errors

_SCANS: dict[str, str] = {".parquet": "parquet", ".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}


@runtime_checkable
class ArrowStream(Protocol):
    """Anything that hands out its rows through the Arrow stream interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


Data: TypeAlias = Mapping[str, object] | str | Path
"""A mapping of table names to frames, Arrow streams or paths of files; or the path of a folder."""


class UnreachableError(SegdslError):
    """The data or the database is not there to be asked. A command line ends with status 2 for it, as for bad usage."""


@dataclass(frozen=True, slots=True)
class Found:
    """A table. ``texts``: its columns are texts, yet to be read as the declared types. ``place`` names it in messages."""

    scan: Callable[[], pl.LazyFrame]
    texts: bool = False
    place: str = ""

    def frame(self) -> pl.LazyFrame:
        """Its rows, lazy. Raises `SegdslError` where the file cannot be opened."""
        try:
            lazy = self.scan()
            lazy.collect_schema()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise SegdslError([errors.unreadable_data(self.place or "the data", reason(error))]) from error
        return lazy


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables by name. ``lazy``: the host gave nothing but lazy frames, and expects one back."""

    found: Mapping[str, Found] = field(hash=False)
    lazy: bool = False
    where: str = "the data"


def open_tables(data: Data) -> Tables:
    """What there is. Raises `SegdslError` where something given is no table, and `UnreachableError` for a missing folder."""
    match data:
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
    return isinstance(table, pl.LazyFrame | pl.DataFrame | ArrowStream | str | Path)


def _given(name: str, table: object) -> Found:
    place = f"table `{name}`"
    match table:
        case pl.LazyFrame():
            return Found(lambda: table, place=place)
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
            return Found(lambda: pl.DataFrame(table).lazy(), place=place)
        case _:
            raise AssertionError("checked by _is_table")


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
        files = sorted(path.rglob("*.parquet"))
        return Found(lambda: pl.scan_parquet(files, glob=False), place=str(path)) if files else None
    place = str(path)
    match _SCANS.get(path.suffix.lower()):
        case "parquet":
            return Found(lambda: pl.scan_parquet(path, glob=False), place=place)
        case "csv":
            return Found(lambda: _csv_texts(path), texts=True, place=place)
        case "ndjson":
            return Found(lambda: _ndjson_texts(path), texts=True, place=place)
        case _:
            return None


def _csv_texts(path: Path) -> pl.LazyFrame:
    with path.open("rb") as file:
        head = file.read(1 << 16)
    first = head.split(b"\n", 1)[0]
    if b"\0" in first:
        raise _unreadable(path, "it is not text in UTF-8; it looks like UTF-16")
    if b"\r" in first.rstrip(b"\r") and b'"' not in first:
        # Polars would take the whole file for one line, and that for the names of columns: a table without rows.
        raise _unreadable(path, "its lines end in CR alone; save it with LF or CRLF")
    return pl.scan_csv(path, glob=False, infer_schema=False)


def _unreadable(path: Path, why: str) -> SegdslError:
    return SegdslError([errors.unreadable_data(str(path), why)])


def _ndjson_texts(path: Path) -> pl.LazyFrame:
    # The names of all rows' fields; their types are of no interest.
    names = pl.scan_ndjson(path, infer_schema_length=None).collect_schema().names()
    return pl.scan_ndjson(path, schema=dict.fromkeys(names, pl.String()))
