"""The shapes of a result, made of its flags: members, counts, memberships.

In: the flags of a plan (a row per entity: its key, and a column per output), eager or lazy. Out: a frame of the same sort, its rows
sorted by key, or numbers. It must not know plans or data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import polars as pl

from segdsl.backends.polars.read import physical

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def sorted_flags(flags: Frame, key: str) -> Frame:
    """The flags in the order of their keys."""
    return flags.sort(physical(key))


def members(flags: Frame, key: str, column: str) -> Frame:
    """The keys for which an output holds, sorted."""
    return flags.filter(physical(column)).select(physical(key)).sort(physical(key))


def memberships(flags: pl.DataFrame, key: str, outputs: Mapping[str, str]) -> pl.DataFrame:
    """A row for each output and member: ``segment`` and the key; outputs in their order, keys sorted."""
    name = "segment" if key != "segment" else "segment_name"
    parts = [
        members(flags, key, column).select(pl.lit(output).alias(name), physical(key))
        for output, column in outputs.items()
    ]
    return pl.concat(parts)


def counts(flags: pl.DataFrame | pl.LazyFrame, outputs: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """How many rows there are, and for how many each output holds."""
    names = {output: f"size[{number}]" for number, output in enumerate(outputs)}
    sizes = [physical(column).sum().cast(pl.Int64).alias(names[output]) for output, column in outputs.items()]
    row = flags.lazy().select(pl.len().cast(pl.Int64).alias("all[]"), *sizes).collect().row(0, named=True)
    return int(row["all[]"]), {output: int(row[name]) for output, name in names.items()}
