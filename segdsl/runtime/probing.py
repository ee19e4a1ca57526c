"""Plans of conditions and values, put to local data or to a database for some entities alone.

In: data as a host has it, or a database; plans; keys. Out: rows of Python values, the key first. Only the last stage is narrowed to the
keys: engines push that down as far as it is safe, and a rank needs everybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from segdsl.planning.plan import Plan
from segdsl.runtime.data import collect
from segdsl.runtime.database import Database, connect
from segdsl.runtime.drivers import is_connection, is_place
from segdsl.runtime.evaluate import evaluate_lazy
from segdsl.runtime.keys import check_keys
from segdsl.runtime.tables import Data
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


@dataclass(frozen=True, slots=True)
class _Tables:
    data: Data

    def prepared(self, schema: Schema) -> Schema:
        return schema

    def rows(self, plan: Plan, as_of: datetime, keys: Sequence[object] | None) -> list[Row]:
        frame = collect(evaluate_lazy(only(plan, keys), self.data, as_of))
        return frame[frame.to_series(0).arg_sort()].rows()


@dataclass(frozen=True, slots=True)
class _InDatabase:
    database: Database

    def prepared(self, schema: Schema) -> Schema:
        return self.database.with_stored(schema)

    def rows(self, plan: Plan, as_of: datetime, keys: Sequence[object] | None) -> list[Row]:
        from segdsl.backends.sql.emit import emit

        self.database.check(plan)
        check_keys(self.database, plan)
        found = self.database.values(emit(only(plan, keys), self.database.dialect, "flags", as_of))
        return sorted(found, key=lambda row: (str(type(row[0])), row[0]))


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
