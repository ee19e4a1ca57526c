"""Results on their way out: tables of values to standard output or to a file, in one of a few formats.

In: columns and rows. Out: bytes where the user wants them. A file appears complete or not at all: it is written beside its
destination and then moved there. Talk goes to standard error.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.diagnostics import SegdslError
from segdsl.errors import usage

if TYPE_CHECKING:
    from segdsl.cli.layout import Cell, Page, Table

FORMATS = ("table", "csv", "json", "jsonl", "parquet")
_SUFFIXES = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".txt": "table",
}

_FORMS = {".json": "json", ".html": "html", ".htm": "html"}


def format_for(path: str | None, format: str | None) -> str:
    """The format asked for, else that of the file's ending, else a table."""
    if format is not None:
        return format
    if path in (None, "-"):
        return "table"
    known = _SUFFIXES.get(Path(path).suffix.lower())
    if known is None and not _is_no_file(path):
        raise SegdslError([usage.unknown_ending(path, _SUFFIXES)])
    return known or "csv"


def form_for(path: str | None, format: str | None) -> str:
    """As `format_for`, for what is a text, or JSON or HTML."""
    return format or _FORMS.get(Path(path or "").suffix.lower(), "text")


def _is_no_file(path: str) -> bool:
    """Is it a device or a named pipe, whose name says nothing of what it takes? (Or a folder, which cannot be written.)"""
    try:
        return Path(path).exists() and not Path(path).is_file()
    except (OSError, ValueError):
        return False


def write(table: Table, format: str, path: str | None, *, bars: bool | None = None) -> None:
    """To a file, or to standard output where ``path`` is None or ``-``. ``bars``: else on a terminal alone."""
    from segdsl.cli.layout import Page

    if path in (None, "-"):
        if format == "parquet":
            if sys.stdout.isatty():
                raise SegdslError([usage.needs_file("parquet")])
            _write_bytes(_parquet(table))
        else:
            for piece in pieces(table, format, Page.of(sys.stdout, bars=bars)):
                sys.stdout.write(piece)
            sys.stdout.flush()
        return
    data = _parquet(table) if format == "parquet" else None
    with replaced(path) as temporary:
        if data is not None:
            temporary.write_bytes(data)
        else:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces(table, format, Page(bars=bool(bars))))


def write_text(text: str, path: str | None) -> None:
    """A text that ends in a line end, to a file or to standard output."""
    if path in (None, "-"):
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    with replaced(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


@contextmanager
def replaced(path: str) -> Iterator[Path]:
    """A path to write to; what was written there takes the place of ``path`` when all went well, else vanishes."""
    try:
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file() and not target.is_dir():
            yield target  # a device or a named pipe is written to, not replaced
            return
        if target.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            yield temporary
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise SegdslError([usage.unwritable_file(path, _reason(error))]) from error


def make_folder(path: str | Path) -> Path:
    """The folder, made if need be."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise SegdslError([usage.unwritable_file(str(path), _reason(error))]) from error
    return Path(path)


def remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise SegdslError([usage.unwritable_file(str(path), _reason(error))]) from error


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).lower()


def pieces(table: Table, format: str, page: Page | None = None) -> Iterator[str]:
    """The table as text, piece by piece."""
    match format:
        case "table":
            from segdsl.cli.layout import Page, lines

            return lines(table, page or Page())
        case "csv":
            return _csv(table)
        case "json":
            return _json(table)
        case "jsonl":
            return (_record(table.columns, row) + "\n" for row in table.rows)
    raise AssertionError(format)


def say(message: str) -> None:
    """Talk, for standard error."""
    click.echo(message, err=True)


# -- formats ------------------------------------------------------------------------------------------------------


def _csv(table: Table) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([_csv_cell(value) for value in row])
        if buffer.tell() > 1 << 16:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _csv_cell(value: Cell) -> object:
    from segdsl.cli.layout import plain
    from segdsl.display.shares import Share

    if isinstance(value, Share):
        return "" if value.value is None else value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else plain(value)


def _json(table: Table) -> Iterator[str]:
    lead = "[\n  "
    for row in table.rows:
        yield lead + _record(table.columns, row)
        lead = ",\n  "
    yield "\n]\n" if table.rows else "[]\n"


def _record(columns: Sequence[str], row: Iterable[Cell]) -> str:
    from segdsl.cli.layout import plain
    from segdsl.display.shares import Share

    values = (value.value if isinstance(value, Share) else value for value in row)
    written = (v if v is None or isinstance(v, bool | int | float | str) else plain(v) for v in values)
    return json.dumps(dict(zip(columns, written, strict=True)), ensure_ascii=False)


def _parquet(table: Table) -> bytes:
    import polars as pl

    from segdsl.display.shares import Share

    columns = {
        name: [row[i].value if isinstance(row[i], Share) else row[i] for row in table.rows]  # type: ignore[union-attr]
        for i, name in enumerate(table.columns)
    }
    buffer = io.BytesIO()
    pl.DataFrame(columns, strict=False).write_parquet(buffer)
    return buffer.getvalue()


def _write_bytes(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
