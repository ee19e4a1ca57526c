"""Who can say whether conditions hold: the referee, Polars, and DuckDB where it is installed.

In: a program, a `DataSet`, conditions by name, and of whom they are asked. Out: an answer to each question: True, False, or
None where there is no such entity. Each goes the way that hosts' data goes; the referee reads the typed tree itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from segdsl import pipeline
from segdsl.backends.reference import World, evaluate
from segdsl.examples.making import DataSet
from segdsl.planning.plan import Plan
from segdsl.semantics import ir
from segdsl.semantics.examples import Value
from segdsl.types import Kind, Type

if TYPE_CHECKING:
    from segdsl.backends.sql.compiled import CompiledSQL

Question: TypeAlias = tuple[str, Value]
"""The name of a condition, and the key of the entity that it is asked of."""


@dataclass(frozen=True, slots=True)
class Task:
    """Conditions by name over one set of tables, as of one instant, and who is asked about."""

    program: ir.Program
    data: DataSet
    as_of: datetime
    conditions: Mapping[str, ir.Expr]
    questions: Sequence[Question]


class Evaluator(Protocol):
    @property
    def name(self) -> str: ...

    def answers(self, task: Task) -> list[bool | None]: ...


@dataclass(frozen=True, slots=True)
class Referee:
    name: str = "referee"

    def answers(self, task: Task) -> list[bool | None]:
        world = World(task.program.model, task.data.tables, task.as_of, task.program.definitions)
        there = {world.entity_key(record): record for record in world.population}
        found: list[bool | None] = []
        for name, key in task.questions:
            record = there.get(key)
            found.append(None if record is None else evaluate(task.conditions[name], (record,), world) is True)
        return found


@dataclass(slots=True)
class Plans:
    """Plans, and SQL for DuckDB, each made once: examples that have to be asked alone often ask the same."""

    _plans: dict[tuple[tuple[str, ir.Expr], ...], Plan] = field(default_factory=dict)
    _sql: dict[tuple[int, datetime], CompiledSQL] = field(default_factory=dict)

    def plan(self, task: Task) -> Plan:
        asked = tuple(task.conditions.items())
        if asked not in self._plans:
            self._plans[asked] = pipeline.plan(task.program, task.conditions)
        return self._plans[asked]

    def sql(self, task: Task) -> CompiledSQL:
        plan = self.plan(task)
        asked = (id(plan), task.as_of)
        if asked not in self._sql:
            self._sql[asked] = pipeline.to_sql(plan, "duckdb", "flags", task.as_of, None)
        return self._sql[asked]


def _read(plan: Plan, data: DataSet) -> dict[str, Mapping[str, Type]]:
    """The tables that a plan reads, or checks the keys of, with their columns."""
    from segdsl.runtime.data import tables_of

    read = {table.name for table in tables_of(plan)} | {check.table for check in plan.checks}
    return {table: columns for table, columns in data.types.items() if table in read}


@dataclass(frozen=True, slots=True)
class Polars:
    plans: Plans
    name: str = "Polars"

    def answers(self, task: Task) -> list[bool | None]:
        from segdsl.runtime.evaluate import evaluate as evaluate_frames

        plan = self.plans.plan(task)
        frame = evaluate_frames(plan, frames(task.data, _read(plan, task.data)), task.as_of)
        return _looked_up(frame.lazy().collect(), plan.key, plan.outputs, task.questions)


@dataclass(frozen=True, slots=True)
class DuckDB:
    plans: Plans
    name: str = "DuckDB"

    def answers(self, task: Task) -> list[bool | None]:
        from segdsl.runtime.database import connect

        plan = self.plans.plan(task)
        connection = duckdb_of(task.data, _read(plan, task.data))
        try:
            rows = connect(connection).run(self.plans.sql(task))
        finally:
            connection.close()
        key, *flags = rows.columns
        return _looked_up(rows, key, dict(zip(plan.outputs, flags, strict=True)), task.questions)


def _looked_up(frame: Any, key: str, columns: Mapping[str, str], questions: Sequence[Question]) -> list[bool | None]:
    places = {value: place for place, value in enumerate(frame[key].to_list())}
    flags = {name: frame[column].to_list() for name, column in columns.items()}
    return [flags[name][places[asked]] if asked in places else None for name, asked in questions]


def frames(data: DataSet, types: Mapping[str, Mapping[str, Type]]) -> dict[str, Any]:
    """The tables named, with their columns, as Polars frames."""
    import polars as pl

    plain = {
        Kind.BOOL: pl.Boolean,
        Kind.INT: pl.Int64,
        Kind.FLOAT: pl.Float64,
        Kind.STRING: pl.String,
        Kind.DATE: pl.Date,
        Kind.TIMESTAMP: pl.Datetime("us"),
        Kind.LIST: pl.List(pl.String),
    }

    def dtype(kind: Type) -> Any:
        return pl.Decimal(kind.precision, kind.scale) if kind.kind is Kind.DECIMAL else plain[kind.kind]

    return {
        table: pl.DataFrame(
            {
                name: pl.Series(name, [row.get(name) for row in data.tables[table]], dtype(kind))
                for name, kind in columns.items()
            }
        ).lazy()
        for table, columns in types.items()
    }


_DUCKDB = {
    Kind.BOOL: "BOOLEAN",
    Kind.INT: "BIGINT",
    Kind.FLOAT: "DOUBLE",
    Kind.STRING: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.LIST: "VARCHAR[]",
}


def duckdb_of(data: DataSet, types: Mapping[str, Mapping[str, Type]]) -> Any:
    """A connection to a database in memory that holds the tables named."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    for table, columns in types.items():
        *schemas, _ = table.split(".")
        for schema in schemas[-1:]:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
        kinds = {name: _duckdb_type(kind) for name, kind in columns.items()}
        declared = ", ".join(f"{_quoted(name)} {kind}" for name, kind in kinds.items())
        named = ".".join(_quoted(part) for part in table.split(".")[-2:])
        connection.execute(f"CREATE TABLE {named} ({declared})")
        rows = data.tables[table]
        if rows:
            # A column at a time: row by row a few thousand rows take seconds.
            values = [[row.get(name) for row in rows] for name in columns]
            unnested = ", ".join(f"unnest(?::{kind}[])" for kind in kinds.values())
            connection.execute(f"INSERT INTO {named} SELECT {unnested}", values)
    return connection


def _duckdb_type(kind: Type) -> str:
    return f"DECIMAL({kind.precision}, {kind.scale})" if kind.kind is Kind.DECIMAL else _DUCKDB[kind.kind]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def at_hand() -> tuple[tuple[Evaluator, ...], dict[str, str]]:
    """The evaluators that can be asked, and why others cannot."""
    from importlib import import_module
    from importlib.util import find_spec

    plans = Plans()
    if find_spec("duckdb") is None:
        return (Referee(), Polars(plans)), {"DuckDB": "DuckDB is not installed: `pip install duckdb`"}
    try:
        import_module("duckdb").connect(":memory:").close()
    except Exception as error:  # noqa: BLE001 - a library that is half there may fail in any way
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        return (Referee(), Polars(plans)), {"DuckDB": f"DuckDB is installed and does not work: {reason}"}
    return (Referee(), Polars(plans), DuckDB(plans)), {}
