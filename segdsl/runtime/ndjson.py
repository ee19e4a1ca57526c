"""NDJSON files: a JSON object on each line, read as texts.

In: a file. Out: a frame of texts, lazy. Polars reads such a file quickly, but a number as a double and a list as a text in which a
backslash stands for nothing but itself. Where that could be seen in a column that is wanted exactly, Python's own reader reads that
column.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from segdsl.runtime.texts import plain

_MARK = b"\xef\xbb\xbf"
_LONG_NUMBER = re.compile(rb"[0-9.]{16}|\.0000|[0-9][eE]")
"""What a number has that a double would not give back digit by digit; other things have it too."""


class DifferentRowsError(ValueError):
    """Two readers do not agree which rows there are."""


def texts(path: Path) -> pl.LazyFrame:
    """Every field of any row as a column of texts. A file without rows has no columns."""
    source: Path | bytes = path
    with path.open("rb") as file:
        head = file.read(1 << 16)
        if head.startswith(_MARK):
            source = head[len(_MARK) :] + file.read()
    if not head.removeprefix(_MARK).strip() and not _lines_of_text(path):
        return pl.LazyFrame()
    # The names of all rows' fields; their types are of no interest.
    names = pl.scan_ndjson(source, infer_schema_length=None).collect_schema().names()
    return pl.scan_ndjson(source, schema=dict.fromkeys(names, pl.String()))


def exact(path: Path, frame: pl.LazyFrame, lists: Sequence[str], numbers: Sequence[str]) -> pl.LazyFrame:
    """``frame``, the texts of a file, with its columns of lists and of exact numbers as they are written there."""
    wanted = _in_doubt(path, lists, numbers)
    if not wanted:
        return frame
    rows = [tuple(_written(row.get(name)) for name in wanted) for row in _objects(path)]
    known = pl.DataFrame(rows, schema=dict.fromkeys(wanted, pl.String()), orient="row")
    if frame.select(pl.len()).collect().item() != known.height:
        raise DifferentRowsError("a line of it is more than one JSON object")
    return pl.concat([frame.drop(wanted), known.lazy()], how="horizontal")


def _in_doubt(path: Path, lists: Sequence[str], numbers: Sequence[str]) -> list[str]:
    """The columns that have to be read exactly: looking for that in the bytes takes a fraction of the time of reading them."""
    if not (lists or numbers) or not path.stat().st_size:
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        long = numbers if _LONG_NUMBER.search(content) else ()
        return list(dict.fromkeys([*(lists if content.find(b"\\") >= 0 else ()), *long]))


def _lines_of_text(path: Path) -> bool:
    with path.open("rb") as file:
        return any(line.removeprefix(_MARK).strip() for line in file)


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, strict=False)


def _objects(path: Path) -> Iterator[dict[str, object]]:
    with path.open("rb") as file:
        for number, line in enumerate(file):
            content = (line.removeprefix(_MARK) if number == 0 else line).strip()
            if content:
                yield _DECODER.decode(content.decode())


def _written(value: object) -> str | None:
    """A value of a column as a text: what a text says, and JSON of everything else."""
    if value is None or (isinstance(value, str) and not isinstance(value, _Number)):
        return value if value is None or value.isascii() else value.encode(errors="replace").decode()
    return _as_json(value)


def _as_json(value: object) -> str:
    match value:
        case _Number():
            return plain(str(value))
        case list():
            return f"[{','.join(map(_as_json, value))}]"
        case dict():
            return "{" + ",".join(f"{json.dumps(name)}:{_as_json(held)}" for name, held in value.items()) + "}"
        case _:
            return json.dumps(value)
