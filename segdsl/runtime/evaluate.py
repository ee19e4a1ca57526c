"""Plans evaluated on local data, with Polars.

In: a plan, data as a host has it, ``as_of``. Out: frames; lazy ones where all data is lazy. Nothing of Polars' own errors gets
out: what is wrong with data is a `SegdslError`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from segdsl.backends.polars.emit import emit
from segdsl.backends.polars.read import physical
from segdsl.diagnostics import SegdslError
from segdsl.errors import data as errors
from segdsl.planning.plan import Plan
from segdsl.room import steady
from segdsl.runtime.data import bind, collect
from segdsl.runtime.tables import Data, Tables, open_tables


@steady
def evaluate(plan: Plan, data: Data, as_of: datetime) -> pl.DataFrame | pl.LazyFrame:
    """A row per entity: its key, and a condition per output; sorted by key."""
    tables = open_tables(data)
    return _finished(_flags(plan, tables, as_of).sort(physical(plan.key)), tables)


@steady
def members(plan: Plan, data: Data, as_of: datetime, output: str) -> pl.DataFrame | pl.LazyFrame:
    """The keys of those for whom one output holds, sorted."""
    tables = open_tables(data)
    flags = _flags(plan, tables, as_of).filter(physical(plan.outputs[output]))
    return _finished(flags.select(physical(plan.key)).sort(physical(plan.key)), tables)


@steady
def counts(plan: Plan, data: Data, as_of: datetime) -> tuple[int, dict[str, int]]:
    """How many entities there are, and for how many of them each output holds."""
    flags = _flags(plan, open_tables(data), as_of)
    sums = [physical(column).sum().alias(f"[{i}]") for i, column in enumerate(plan.outputs.values())]
    population, *sizes = collect(flags.select(pl.len().alias("all"), *sums)).row(0)
    return population, dict(zip(plan.outputs, sizes, strict=True))


@steady
def evaluate_lazy(plan: Plan, data: Data, as_of: datetime) -> pl.LazyFrame:
    """As `evaluate`, lazy whatever the data, in no particular order."""
    return _flags(plan, open_tables(data), as_of)


def _flags(plan: Plan, tables: Tables, as_of: datetime) -> pl.LazyFrame:
    instant = as_of if as_of.tzinfo is None else as_of.astimezone(UTC).replace(tzinfo=None)
    frames = bind(plan, tables)
    try:
        return emit(plan, frames, instant)
    except OverflowError as error:
        raise SegdslError([errors.outside_the_calendar(instant)]) from error


def _finished(frame: pl.LazyFrame, tables: Tables) -> pl.DataFrame | pl.LazyFrame:
    return frame if tables.lazy else collect(frame)
