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
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import click

from segdsl.diagnostics import SegdslError
from segdsl.errors import usage

FORMATS = ("table", "csv", "json", "jsonl", "parquet")
_SUFFIXES = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".txt": "table",
}

Value: TypeAlias = bool | int | float | str | Decimal | date | datetime | bytes | None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: 0.1234 in data formats, 12.3% in a table."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    def __str__(self) -> str:
        if not self.whole:
            return ""
        if 0 < self.part * 1000 < self.whole:
            return "<0.1%"
        if self.whole > self.part and self.part * 1000 > self.whole * 999:
            return ">99.9%"
        return f"{100 * self.part / self.whole:.1f}%"


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns and rows of equal length. ``grouped``: its whole numbers are sizes, and no keys: people see 12,345."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Value | Share]]
    grouped: bool = False


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


def _is_no_file(path: str) -> bool:
    """Is it a device or a named pipe, whose name says nothing of what it takes? (Or a folder, which cannot be written.)"""
    try:
        return Path(path).exists() and not Path(path).is_file()
    except (OSError, ValueError):
        return False


def write(table: Table, format: str, path: str | None) -> None:
    """To a file, or to standard output where ``path`` is None or ``-``."""
    if path in (None, "-"):
        if format == "parquet":
            if sys.stdout.isatty():
                raise SegdslError([usage.needs_file("parquet")])
            _write_bytes(_parquet(table))
        else:
            for piece in pieces(table, format):
                sys.stdout.write(piece)
            sys.stdout.flush()
        return
    data = _parquet(table) if format == "parquet" else None
    with replaced(path) as temporary:
        if data is not None:
            temporary.write_bytes(data)
        else:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces(table, format))


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


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).lower()


def pieces(table: Table, format: str) -> Iterator[str]:
    """The table as text, piece by piece."""
    match format:
        case "table":
            return _aligned(table)
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


def _aligned(table: Table) -> Iterator[str]:
    """Columns with two blanks between them; numbers to the right."""
    cells = [[_cell(value, grouped=table.grouped) for value in row] for row in table.rows]
    right = [
        bool(table.rows) and all(_is_number(row[i]) or row[i] is None for row in table.rows)
        for i in range(len(table.columns))
    ]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(table.columns)]
    for line in (list(table.columns), ["-" * width for width in widths], *cells):
        padded = (
            cell.rjust(width) if r else cell.ljust(width) for cell, width, r in zip(line, widths, right, strict=True)
        )
        yield "  ".join(padded).rstrip() + "\n"


def _is_number(value: Value | Share) -> bool:
    return isinstance(value, int | float | Decimal | Share) and not isinstance(value, bool)


def _cell(value: Value | Share, *, grouped: bool) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}" if grouped else str(value)
        case None:
            return ""
        case str():
            return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)
        case _:
            return str(_plain(value))


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


def _csv_cell(value: Value | Share) -> object:
    if isinstance(value, Share):
        return "" if value.value is None else value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else _plain(value)


def _json(table: Table) -> Iterator[str]:
    lead = "[\n  "
    for row in table.rows:
        yield lead + _record(table.columns, row)
        lead = ",\n  "
    yield "\n]\n" if table.rows else "[]\n"


def _record(columns: Sequence[str], row: Iterable[Value | Share]) -> str:
    values = (value.value if isinstance(value, Share) else value for value in row)
    plain = (v if v is None or isinstance(v, bool | int | float | str) else _plain(v) for v in values)
    return json.dumps(dict(zip(columns, plain, strict=True)), ensure_ascii=False)


def _plain(value: Value | Share) -> str | int | float:
    """What a text format shows."""
    match value:
        case datetime():
            return value.isoformat() if value.tzinfo else value.isoformat() + "Z"
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case int() | float() | str():
            return value
        case _:
            return str(value)


def _parquet(table: Table) -> bytes:
    import polars as pl

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
