"""The referee: what a text means, executed in the most obvious way.

Comes in: the typed tree as the resolver made it, tables of Python values, an instant. Goes out: who satisfies a
condition. It is slow on purpose and shares nothing with the planner or the other backends but the catalogue's names and
the time model; every other backend is tested against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from segdsl.backends.reference.evaluate import evaluate, holds, values_of
from segdsl.backends.reference.records import Record, Tables, Value
from segdsl.backends.reference.world import World
from segdsl.semantics import ir

__all__ = [
    "members",
    "memberships",
    "matches",
    "values",
    "population",
    "Tables",
    "Value",
    "Record",
    "World",
    "evaluate",
]


def population(model: ir.Model, tables: Tables, as_of: datetime) -> set[Value]:
    """The keys of everyone there is at an instant."""
    world = World(model, tables, as_of)
    return {world.entity_key(record) for record in world.population}


def members(program: ir.Program, condition: ir.Expr | str, tables: Tables, as_of: datetime) -> set[Value]:
    """The keys of those whom a condition, or a segment or trait of the library by its name, selects."""
    world = World(program.model, tables, as_of, program.definitions)
    expression = _expression(program, condition)
    return {world.entity_key(record) for record in world.population if holds(expression, (record,), world)}


def memberships(program: ir.Program, names: Iterable[str], tables: Tables, as_of: datetime) -> dict[str, set[Value]]:
    """`members` of several definitions at once."""
    world = World(program.model, tables, as_of, program.definitions)
    return {
        name: {
            world.entity_key(record)
            for record in world.population
            if holds(program.definitions[name].body, (record,), world)
        }
        for name in names
    }


def values(program: ir.Program, expression: ir.Expr | str, tables: Tables, as_of: datetime) -> dict[Value, Value]:
    """What an expression, or a trait of the library by its name, is worth for everyone in the population."""
    world = World(program.model, tables, as_of, program.definitions)
    return values_of(_expression(program, expression), world.population, world)


def matches(program: ir.Program, condition: ir.Expr | str, tables: Tables, key: Value, as_of: datetime) -> bool:
    """Does a condition hold for the one entity with this key? Who is not in the population satisfies nothing."""
    return key in members(program, condition, tables, as_of)


def _expression(program: ir.Program, expression: ir.Expr | str) -> ir.Expr:
    return program.definitions[expression].body if isinstance(expression, str) else expression
