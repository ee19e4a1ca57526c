"""Plans evaluated on local data, with Polars.

In: a plan, data as a host has it, ``as_of``. Out: frames; lazy ones where all data is lazy. Nothing of Polars' own errors gets
out: what is wrong with data is a `SegdslError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import polars as pl

from segdsl.backends.polars.emit import Settle, emit, settled
from segdsl.backends.polars.prepared import Prepared
from segdsl.backends.polars.read import physical
from segdsl.diagnostics import SegdslError
from segdsl.errors import data as errors
from segdsl.planning.plan import Plan
from segdsl.room import steady
from segdsl.runtime.data import Engine, bound, collect
from segdsl.runtime.prepare import hastened, paying
from segdsl.runtime.progress import Steps
from segdsl.runtime.tables import Data, Tables, open_tables


@steady
def evaluate(plan: Plan, data: Data, as_of: datetime) -> pl.DataFrame | pl.LazyFrame:
    """A row per entity: its key, and a condition per output; sorted by key."""
    tables = open_tables(data)
    if tables.lazy:
        return _lazy(plan, tables, as_of).sort(physical(plan.key))
    flags, engine = _flags(plan, tables, as_of)
    return _in_order(collect(flags, engine), plan.key)


@steady
def members(plan: Plan, data: Data, as_of: datetime, output: str) -> pl.DataFrame | pl.LazyFrame:
    """The keys of those for whom one output holds, sorted."""
    tables = open_tables(data)
    key, holds = physical(plan.key), physical(plan.outputs[output])
    if tables.lazy:
        return _lazy(plan, tables, as_of).filter(holds).select(key).sort(key)
    flags, engine = _flags(plan, tables, as_of)
    return _in_order(collect(flags.filter(holds).select(key), engine), plan.key)


@steady
def counts(plan: Plan, data: Data, as_of: datetime) -> tuple[int, dict[str, int]]:
    """How many entities there are, and for how many of them each output holds."""
    flags, engine = _flags(plan, open_tables(data), as_of)
    sums = [physical(column).sum().alias(f"[{i}]") for i, column in enumerate(plan.outputs.values())]
    population, *sizes = collect(flags.select(pl.len().alias("all"), *sums), engine).row(0)
    return population, dict(zip(plan.outputs, sizes, strict=True))


@steady
def evaluate_lazy(plan: Plan, data: Data, as_of: datetime) -> pl.LazyFrame:
    """As `evaluate`, lazy whatever the data, in no particular order."""
    return _lazy(plan, open_tables(data), as_of)


def _lazy(plan: Plan, tables: Tables, as_of: datetime) -> pl.LazyFrame:
    """The final stage, of which nothing has been evaluated."""
    return _written(plan, bound(plan, tables).given, as_of, None)


def _flags(plan: Plan, tables: Tables, as_of: datetime) -> tuple[pl.LazyFrame, Engine]:
    """The final stage, of which all that it reads has been evaluated, step by step, and the engine for the rest."""
    steps = Steps(2 + len(settled(plan)))
    steps.begin("checking tables")
    binding = bound(plan, tables)
    engine: Engine = "streaming" if binding.large else "in-memory"
    frames = dict(binding.given)
    worth = [] if engine == "streaming" else paying(plan, binding)
    steps.total += len(worth)
    for name in worth:
        steps.begin(f"reading {name}")
        frames[name] = hastened(plan, binding, name)

    def settle(stage: str, lazy: pl.LazyFrame) -> pl.LazyFrame:
        steps.begin(stage)
        return collect(lazy, engine).lazy()

    flags = _written(plan, frames, as_of, settle)
    steps.begin(plan.final.name)
    return flags, engine


def _written(
    plan: Plan, frames: Mapping[str, pl.LazyFrame | Prepared], as_of: datetime, settle: Settle | None
) -> pl.LazyFrame:
    instant = as_of if as_of.tzinfo is None else as_of.astimezone(UTC).replace(tzinfo=None)
    try:
        return emit(plan, frames, instant, settle)
    except OverflowError as error:
        raise SegdslError([errors.outside_the_calendar(instant)]) from error


def _in_order(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """By key. Of rows that are in order already, as those of prepared tables are, asking is quicker than sorting."""
    return frame if frame[key].is_sorted() else frame.sort(physical(key))
