"""Every evaluator there is, behind one shape: conditions by name in, sets of keys by name out.

`BACKENDS` maps a name to a `Backend`, which is called with a `Data`, a program, conditions and an instant, or prepared for many
data sets. The referee reads the typed tree; the others are given the plan, as hosts are. `Data` holds tables of Python values
with the types that their columns are stored in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeAlias

from engines import Engine, connect
from engines.limits import less

from segdsl import pipeline
from segdsl.backends import reference
from segdsl.backends.reference import Tables, Value
from segdsl.diagnostics import SegdslError, Severity
from segdsl.limits import DEFAULT
from segdsl.planning.plan import Plan
from segdsl.project_file import schema_from_toml
from segdsl.schema import Field, Schema
from segdsl.semantics import ir
from segdsl.source import Source
from segdsl.types import ANY, INT, STRING, Kind, Type

if TYPE_CHECKING:
    from segdsl.backends.sql.compiled import CompiledSQL, Shape

Members: TypeAlias = dict[str, frozenset[Value]]
Conditions: TypeAlias = Mapping[str, ir.Expr]


@dataclass(frozen=True, eq=False)
class Data:
    """Tables, and what each column is stored as. Two data sets are the same if they are one object."""

    tables: Tables
    types: Mapping[str, Mapping[str, Type]]
    loaded: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def frames(self) -> Mapping[str, Any]:
        """The tables as Polars frames."""
        import polars as pl

        plain = {
            Kind.BOOL: pl.Boolean,
            Kind.INT: pl.Int64,
            Kind.FLOAT: pl.Float64,
            Kind.STRING: pl.String,
            Kind.DATE: pl.Date,
            Kind.TIMESTAMP: pl.Datetime("us"),
            Kind.ANY: pl.String,
            Kind.LIST: pl.List(pl.String),
        }
        frames = {}
        for table, columns in self.types.items():
            dtypes = {
                name: pl.Decimal(of.precision, of.scale) if of.kind is Kind.DECIMAL else plain[of.kind]
                for name, of in columns.items()
            }
            rows = [{name: row.get(name) for name in columns} for row in self.tables.get(table, ())]
            frames[table] = pl.DataFrame(rows, schema=dtypes, strict=True).lazy()
        return frames

    @cached_property
    def encoded_frames(self) -> Mapping[str, Any]:
        """The same, every other column of texts as numbers, the last text the first."""
        import polars as pl

        frames = {}
        for table, lazy in self.frames.items():
            frame = lazy.collect()
            for place, column in enumerate(frame.get_columns()):
                if self.types[table][column.name].kind is Kind.STRING and place % 2:
                    values = sorted({text for text in column.to_list() if text is not None}, reverse=True)
                    frame.replace_column(place, column.cast(pl.Enum(values)))
            frames[table] = frame.lazy()
        return frames


def data_of(schema: Schema, tables: Tables) -> Data:
    """The tables, each column stored as the schema declares it; what it does not declare, as its values are."""
    types: dict[str, dict[str, Type]] = {}

    def add(table: str | None, fields: Mapping[str, Field]) -> None:
        for one in fields.values():
            if table is not None and one.expression is None and one.column:
                stored = one.stored or one.type
                if stored.kind is Kind.ANY:
                    stored = _stored(tables.get(table, ()), one.column)
                if types.setdefault(table, {}).get(one.column, STRING).kind in (Kind.STRING, Kind.ANY):
                    types[table][one.column] = stored.plain

    entity = schema.entity
    add(entity.table, entity.fields)
    for table in entity.distinct:
        add(table, {entity.key: entity.fields[entity.key]})
    for relation in schema.relations.values():
        if relation.groups is None:
            add(relation.table, relation.fields)
    for lookup in schema.lookups.values():
        add(lookup.table, lookup.fields)
    for trait in schema.traits.values():
        assert entity.table is not None
        types[entity.table][trait.column] = trait.type
    return Data(tables, types)


def _stored(rows: Any, column: str) -> Type:
    """A text is left without a type, so that an engine knows that nobody declared it."""
    return INT if any(isinstance(row.get(column), int) for row in rows) else ANY


def read_schema(text: str) -> Schema:
    schema, found = schema_from_toml(Source("segdsl.toml", text))
    assert schema is not None, "\n".join(d.render() for d in found)
    return schema


def check(schema: Schema, library: str = "") -> pipeline.Checked:
    """A library that has no errors."""
    parsed = pipeline.parse([pipeline.Unit(Source("library.seg", library))], DEFAULT)
    checked = pipeline.check(parsed, schema, {}, DEFAULT)
    errors = [d for d in (*parsed.findings, *checked.findings) if d.severity is Severity.ERROR]
    assert not errors, "\n".join(d.render() for d in errors)
    return checked


def condition(text: str, checked: pipeline.Checked) -> ir.Expr | str:
    """A bare condition, or what is wrong with it."""
    expression, found = pipeline.check_condition(Source("<condition>", text), checked, {}, DEFAULT)
    errors = [d for d in found if d.severity is Severity.ERROR]
    if errors or expression is None:
        return "\n".join(d.render() for d in errors)
    return expression


def is_gap(error: BaseException) -> bool:
    """Has a dialect said that it cannot do this? It has then selected nobody wrongly."""
    return isinstance(error, SegdslError) and all(d.code.startswith("SEG6") for d in error.diagnostics)


@dataclass(frozen=True, eq=False)
class Question:
    """Conditions of a program at an instant; its plan is made once, for all that want it."""

    program: ir.Program
    conditions: Conditions
    as_of: datetime

    @cached_property
    def plan(self) -> Plan:
        return pipeline.plan(self.program, self.conditions)


@dataclass(frozen=True)
class Backend:
    """An evaluator. ``prepare`` does all that can be done before there is data; what it returns is run on one data set after
    another."""

    prepare: Callable[[Question], Callable[[Data], Members]]

    def __call__(self, data: Data, program: ir.Program, conditions: Conditions, as_of: datetime) -> Members:
        return self.prepare(Question(program, conditions, as_of))(data)


def _reference(asked: Question) -> Callable[[Data], Members]:
    def run(data: Data) -> Members:
        world = reference.World(asked.program.model, data.tables, asked.as_of, asked.program.definitions)
        return {
            name: frozenset(
                world.entity_key(record) for record in world.population if reference.holds(node, (record,), world)
            )
            for name, node in asked.conditions.items()
        }

    return run


def _polars(asked: Question, prepared: bool = False) -> Callable[[Data], Members]:
    from segdsl.backends.polars.emit import emit
    from segdsl.runtime.data import bind
    from segdsl.runtime.prepare import prepare

    plan = asked.plan

    def run(data: Data) -> Members:
        frames = bind(plan, prepare(plan, data.encoded_frames).tables) if prepared else data.frames
        flags = emit(plan, frames, asked.as_of).collect()
        keys = flags[plan.key].to_list()
        assert len(keys) == len(set(keys)), "a customer is there twice"
        return {
            name: frozenset(key for key, holds in zip(keys, flags[column].to_list(), strict=True) if holds)
            for name, column in plan.outputs.items()
        }

    return run


NEVER = 10**9
"""So many conditions about one value there are not."""


def _python(asked: Question) -> Callable[[Data], Members]:
    """One record after another, each by itself; what everybody has in common comes from the data."""
    from records import Records

    from segdsl.backends.python import Function, facts_of, generate, sliced
    from segdsl.errors.records import needs_everybody
    from segdsl.runtime.facts import facts_of_frames

    schema = asked.program.model.schema
    plan = pipeline.plan(asked.program, asked.conditions, by_cuts=True)
    wanted = sliced(plan, asked.conditions, facts_of(plan))
    if wanted.places:
        raise SegdslError([needs_everybody(asked.conditions)])

    def run(data: Data) -> Members:
        records = Records(schema, data.tables)
        facts = facts_of_frames(plan, wanted.facts, data.frames, asked.as_of)
        # Each condition asked, and every value looked up that can be: a library of hundreds has both.
        asking, looking = (
            Function(
                generate(plan, wanted, list(asked.conditions), schema, facts, records.lookup_tables(), enough=enough)
            )
            for enough in (NEVER, 0)
        )
        found: dict[str, set[Value]] = {name: set() for name in asked.conditions}
        for key, record in records.of_everybody():
            names = asking(record, asked.as_of)
            also = looking(record, asked.as_of)
            assert names == also, f"{key!r} is in {names}; looked up, in {also}"
            for name in names:  # type: ignore[attr-defined]
                found[name].add(key)
        return {name: frozenset(keys) for name, keys in found.items()}

    return run


def _sql(engine_name: str) -> Backend:
    def prepare(asked: Question) -> Callable[[Data], Members]:
        plan = asked.plan
        sql = pipeline.to_sql(plan, engine_name, "flags", asked.as_of, None).text
        columns = [column.name for column in plan.final.columns]
        places = {name: columns.index(column) for name, column in plan.outputs.items()}

        def run(data: Data) -> Members:
            rows = loaded(engine_name, data).rows(sql)
            assert len(rows) == len({row[0] for row in rows}), "a customer is there twice"
            return {name: frozenset(row[0] for row in rows if row[place]) for name, place in places.items()}

        return run

    return Backend(prepare)


def in_parts(asked: Question, engine_name: str, shape: Shape, share: int = 3) -> tuple[CompiledSQL, ...]:
    """The statements that a dialect would need if it took no longer ones than a part of what the question takes in one; what even alone
    is longer stays as it is."""

    def written(names: tuple[str, ...]) -> CompiledSQL:
        plan = pipeline.plan(asked.program, {name: asked.conditions[name] for name in names})
        return pipeline.to_sql(plan, engine_name, shape, asked.as_of, None)

    def small(names: tuple[str, ...]) -> CompiledSQL:
        if len(names) == 1:
            return written(names)
        with less(engine_name, text_bytes=most):
            return written(names)

    most = len(written(tuple(asked.conditions)).text) // share
    return pipeline.to_statements(asked.plan, small)


def loaded(engine_name: str, data: Data) -> Engine:
    """An engine that holds these tables."""
    engine = connect(engine_name)
    if _LOADED.get(engine_name) is not data:
        _LOADED.pop(engine_name, None)
        engine.load(data.tables, data.types)  # type: ignore[arg-type]
        _LOADED[engine_name] = data
    return engine


_LOADED: dict[str, Data] = {}
"""What each engine holds at the moment."""

BACKENDS: dict[str, Backend] = {
    "reference": Backend(_reference),
    "polars": Backend(_polars),
    "prepared": Backend(partial(_polars, prepared=True)),
    "python": Backend(_python),
    "duckdb": _sql("duckdb"),
    "sqlite": _sql("sqlite"),
    "postgres": _sql("postgres"),
    "clickhouse": _sql("clickhouse"),
    "datafusion": _sql("datafusion"),
    "mysql": _sql("mysql"),
}

SLOW: dict[str, Backend] = {"spark": _sql("spark")}
"""Whose statements take seconds: they have tests of their own, and are asked by name."""
