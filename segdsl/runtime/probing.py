"""Plans of conditions and values, put to local data or to a database for some entities alone.

In: data as a host has it, or a database; plans; keys. Out: rows of Python values, the key first. Only the last stage is narrowed to the
keys: engines push that down as far as it is safe, and a rank needs everybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import polars as pl

from segdsl.backends.polars.emit import emit
from segdsl.backends.polars.prepared import Prepared
from segdsl.diagnostics import SegdslError
from segdsl.errors import data as errors
from segdsl.planning.plan import Plan
from segdsl.runtime.data import bind, collect, collect_all
from segdsl.runtime.database import Database, connect
from segdsl.runtime.drivers import is_connection, is_place
from segdsl.runtime.evaluate import evaluate_lazy
from segdsl.runtime.keys import check_keys
from segdsl.runtime.tables import Data, open_tables
from segdsl.runtime.values import rows
from segdsl.schema import Schema
from segdsl.semantics import ir
from segdsl.types import Kind

Row = tuple[object, ...]


class Source(Protocol):
    """What can be asked."""

    def prepared(self, schema: Schema) -> Schema:
        """The schema as plans for this data have to know it."""

    def rows(self, plan: Plan, as_of: datetime, keys: Sequence[object] | None) -> list[Row]:
        """The key and the outputs of those entities, or of all; sorted by key."""

    def answers(self, whole: Plan, plans: Sequence[Plan], as_of: datetime) -> list[list[Row]]:
        """The rows of the last stages of plans, in no order; ``whole`` reads all that they read."""


@dataclass(frozen=True, slots=True)
class _Tables:
    data: Data

    def prepared(self, schema: Schema) -> Schema:
        return schema

    def rows(self, plan: Plan, as_of: datetime, keys: Sequence[object] | None) -> list[Row]:
        frame = collect(evaluate_lazy(only(plan, keys), self.data, as_of))
        return rows(frame[frame.to_series(0).arg_sort()])

    def answers(self, whole: Plan, plans: Sequence[Plan], as_of: datetime) -> list[list[Row]]:
        return evaluated(plans, bind(whole, open_tables(self.data)), as_of)


@dataclass(frozen=True, slots=True)
class _InDatabase:
    database: Database

    def prepared(self, schema: Schema) -> Schema:
        return self.database.with_stored(schema)

    def rows(self, plan: Plan, as_of: datetime, keys: Sequence[object] | None) -> list[Row]:
        from segdsl.backends.sql.emit import emit as to_sql

        self.database.check(plan)
        check_keys(self.database, plan)
        found = self.database.values(to_sql(only(plan, keys), self.database.dialect, "flags", as_of))
        return sorted(found, key=lambda row: (str(type(row[0])), row[0]))

    def answers(self, whole: Plan, plans: Sequence[Plan], as_of: datetime) -> list[list[Row]]:
        from segdsl.backends.sql.emit import emit as to_sql

        self.database.check(whole)
        check_keys(self.database, whole)
        return [list(self.database.values(to_sql(plan, self.database.dialect, "flags", as_of))) for plan in plans]


def evaluated(plans: Sequence[Plan], frames: Mapping[str, pl.LazyFrame | Prepared], as_of: datetime) -> list[list[Row]]:
    """The rows of the last stages of plans, of frames that have been checked."""
    try:
        queries = [emit(plan, frames, as_of) for plan in plans]
    except OverflowError as error:
        raise SegdslError([errors.outside_the_calendar(as_of)]) from error
    return [rows(frame) for frame in collect_all(queries)]


@contextmanager
def opened(data: object) -> Iterator[Source]:
    """``data``: what tables can be opened from, an open `Database`, a database's url or file, or a connection of its driver."""
    match data:
        case Database():
            yield _InDatabase(data)
        case str() | Path() if is_place(str(data)) and not Path(str(data)).is_dir():
            with connect(data) as database:
                yield _InDatabase(database)
        case _ if is_connection(data):
            with connect(data) as database:
                yield _InDatabase(database)
        case _:
            yield _Tables(data)  # type: ignore[arg-type]


def only(plan: Plan, keys: Sequence[object] | None) -> Plan:
    """The plan, narrowed to some entities at its last stage."""
    if keys is None:
        return plan
    key = plan.final.columns[0].value
    assert isinstance(key, ir.Col) and key.type.kind is not Kind.ANY
    items = tuple(dict.fromkeys(keys))
    if not items:
        wanted: ir.Expr = ir.Literal(False)
    elif len(items) == 1:
        wanted = ir.Compare("=", key, ir.Literal(items[0], type=key.type.plain))  # type: ignore[arg-type]
    else:
        wanted = ir.InList(key, items)  # type: ignore[arg-type]
    return replace(plan, final=replace(plan.final, where=(*plan.final.where, wanted)))
