"""Traits that a record may hold: where it does, its value stands in for the definition.

In: a program and conditions. Out: the same, with each use of a trait replaced by "what the record has under its name, else the trait". Only
of how things stand now: what is asked about the past, and of everybody, is worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from segdsl import schema as sch
from segdsl.planning.plan import Aggregation, Beyond, Input, Plan, Stage, StageColumn, Table, Window
from segdsl.planning.scalars import is_condition, substitute
from segdsl.semantics import ir
from segdsl.semantics.walk import rebuild
from segdsl.types import INT, Kind, Type

_HELD = frozenset(
    {Kind.BOOL, Kind.INT, Kind.WHOLE, Kind.DECIMAL, Kind.FLOAT, Kind.STRING, Kind.DATE, Kind.TIMESTAMP, Kind.LIST}
)


@dataclass(frozen=True, slots=True)
class WithGiven:
    """``names``: the traits; each is a column of its name in the entity's table."""

    program: ir.Program
    outputs: Mapping[str, ir.Expr]
    names: frozenset[str]


def with_given(program: ir.Program, outputs: Mapping[str, ir.Expr]) -> WithGiven:
    program = _whenever_created(program)
    entity = program.model.schema.entity
    if entity.table is None:
        # Who is nothing but a key has no row that could hold anything.
        return WithGiven(program, outputs, frozenset())
    schema = program.model.schema
    row = ir.Row(0, entity.name)
    taken = {*entity.fields, *schema.relations, *schema.lookups, *schema.traits}
    held = {
        name: sch.ColumnTrait(name, _stored(definition.body.type), True, name)
        for name, definition in program.definitions.items()
        if definition.kind == "trait"
        and definition.owner is None
        and definition.body.type.kind in _HELD
        and name not in taken
    }
    if not held:
        return WithGiven(program, outputs, frozenset())

    def changed(expr: ir.Expr) -> ir.Expr:
        if isinstance(expr, ir.Past | ir.Overall):
            return rebuild(expr, as_defined)
        if isinstance(expr, ir.Use) and expr.name in held:
            return _or_given(expr, held[expr.name], row)
        return rebuild(expr, changed)

    mark = " "
    while any(name.endswith(mark) for name in program.definitions):
        mark += " "

    def as_defined(expr: ir.Expr) -> ir.Expr:
        if isinstance(expr, ir.Use | ir.RowUse):
            return replace(expr, name=expr.name + mark)
        return rebuild(expr, as_defined)

    # Each definition twice: as it is written, and with what a record may hold in it.
    definitions = {
        name + mark: replace(definition, name=name + mark, body=as_defined(definition.body))
        for name, definition in program.definitions.items()
    }
    definitions |= {
        name: replace(definition, body=changed(definition.body)) for name, definition in program.definitions.items()
    }
    wanted = {name: changed(expr) for name, expr in outputs.items()}
    return WithGiven(replace(program, definitions=definitions), wanted, frozenset(held))


def _whenever_created(program: ir.Program) -> ir.Program:
    """A record need not say when the customer was created, whatever the schema promises of data: who does not say is there."""
    model, schema, entity = program.model, program.model.schema, program.model.schema.entity
    created = None if entity.created is None else entity.fields[entity.created]
    if created is None or created.optional:
        return program
    fields = {**entity.fields, created.name: replace(created, optional=True)}
    whenever = replace(model, schema=replace(schema, entity=replace(entity, fields=fields)))
    return replace(program, model=whenever)


def _stored(of: Type) -> Type:
    """What a record holds: whole numbers that arithmetic made are whole numbers."""
    return INT if of.kind is Kind.WHOLE else of


def _or_given(use: ir.Use, trait: sch.ColumnTrait, row: ir.Row) -> ir.Expr:
    given: ir.Expr = ir.TraitColumn(row, (), trait, type=trait.type, optional=True, span=use.span)
    if is_condition(use):
        absent = ir.IsMissing(given, span=use.span)
        return ir.Any((ir.Truth(given, span=use.span), ir.All((absent, use), span=use.span)), span=use.span)
    there = ir.IsMissing(given, negated=True, span=use.span)
    value = given if trait.type == use.type else ir.Convert(given, type=use.type, optional=True, span=use.span)
    return ir.If(there, value, use, type=use.type, optional=use.optional, span=use.span)


def without_given(plan: Plan, names: frozenset[str], entity: str) -> Plan:
    """The plan as data answers it, which has no such columns."""
    if not names:
        return plan
    return replace(plan, stages=tuple(_without(stage, names, entity) for stage in plan.stages))


def _without(stage: Stage, names: frozenset[str], entity: str) -> Stage:
    aliases = {
        read.alias: read.source
        for read in (stage.input, *(join.input for join in stage.joins))
        if isinstance(read.source, Table) and read.source.owner == entity
    }
    if not any(column.name in names for table in aliases.values() for column in table.columns):
        return stage

    def bare(read: Input) -> Input:
        table = aliases.get(read.alias)
        if table is None:
            return read
        kept = tuple(column for column in table.columns if column.name not in names)
        return replace(read, source=replace(table, columns=kept))

    def missing(col: ir.Col) -> ir.Expr:
        if col.input in aliases and col.name in names:
            return ir.Literal(None, type=col.type, optional=True)
        return col

    def changed(expr: ir.Expr) -> ir.Expr:
        return substitute(expr, missing)

    return replace(
        stage,
        input=bare(stage.input),
        joins=tuple(
            replace(join, input=bare(join.input), on=tuple((changed(mine), its) for mine, its in join.on))
            for join in stage.joins
        ),
        where=tuple(changed(part) for part in stage.where),
        columns=tuple(_column(column, changed) for column in stage.columns),
    )


def _column(column: StageColumn, changed: Callable[[ir.Expr], ir.Expr]) -> StageColumn:
    def perhaps(expr: ir.Expr | None) -> ir.Expr | None:
        return None if expr is None else changed(expr)

    match column.value:
        case Aggregation(value=value, filter=kept, order=order) as found:
            made: Aggregation | Window | Beyond | ir.Expr = replace(
                found, value=perhaps(value), filter=perhaps(kept), order=tuple(map(changed, order))
            )
        case Window(partition=partition, order=ranked, value=value, filter=kept) as found:
            made = replace(
                found,
                partition=tuple(map(changed, partition)),
                order=tuple((changed(part), down) for part, down in ranked),
                value=perhaps(value),
                filter=perhaps(kept),
            )
        case Beyond(on=on, time=time) as found:
            made = replace(found, on=tuple((changed(mine), its) for mine, its in on), time=changed(time))
        case scalar:
            made = changed(scalar)
    return replace(column, value=made)
