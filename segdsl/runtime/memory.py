"""How much memory there is, and about how much a table would take.

In: a LazyFrame. Out: bytes. What is too large to be held is evaluated by Polars' streaming engine, which reads a part at a time.
"""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

_GROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_TEXT = 24
"""Bytes of a text, about."""
_FIXED: dict[type[pl.DataType], int] = {
    pl.Boolean: 1,
    pl.Int8: 1,
    pl.UInt8: 1,
    pl.Int16: 2,
    pl.UInt16: 2,
    pl.Int32: 4,
    pl.UInt32: 4,
    pl.Float32: 4,
    pl.Date: 4,
    pl.Int128: 16,
    pl.UInt128: 16,
    pl.Decimal: 16,
    pl.String: _TEXT,
    pl.Binary: _TEXT,
    pl.List: 4 * _TEXT,
}


def installed() -> int | None:
    """Bytes of memory that the process may take, of a container no more than it is given; None where the system does not say."""
    try:
        most = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    for file in _GROUP_LIMITS:
        try:
            most = min(most, int(file.read_text()))
        except (OSError, ValueError):
            continue
    return most


def fits(frames: list[pl.LazyFrame], rows: list[int]) -> bool:
    """Is there room for several tables, twice, in a third of the memory? Twice, because they are sorted."""
    most = installed()
    needed = sum(count * width(frame.collect_schema()) for frame, count in zip(frames, rows, strict=True))
    return most is None or 2 * needed <= most // 3


def width(schema: pl.Schema) -> int:
    """Bytes of a row."""
    return sum(_FIXED.get(dtype.base_type(), 8) for dtype in schema.dtypes())
