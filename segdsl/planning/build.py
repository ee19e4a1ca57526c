"""From a checked program to a plan: columns, layers, stages.

Comes in: `ir.Program` and the conditions and values wanted. Goes out: `Plan`. Knows nothing of SQL, Polars or data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from segdsl.planning.columns import Builder
from segdsl.planning.frames import Computed, KeyRows, TableRows
from segdsl.planning.plan import KeyCheck, Plan
from segdsl.planning.scalars import is_condition
from segdsl.planning.schedule import schedule
from segdsl.planning.stages import Stages
from segdsl.planning.verify import verify
from segdsl.semantics import ir
from segdsl.semantics.walk import children


def build(program: ir.Program, outputs: Mapping[str, ir.Expr], by_cuts: bool = False) -> Plan:
    """One plan for several conditions and values over the entity: each table is read once for each way of grouping it.

    ``outputs``: names and expressions for ``Row(0, entity)``; ``ir.Use(name)`` for a segment of the program. What is no condition
    comes out as the value that it is, missing where that is. ``by_cuts``: see `segdsl.planning.columns.Builder`.
    """
    builder = Builder(program, by_cuts=by_cuts)
    # Each definition after those that it uses, so that a long chain of them is no deep recursion.
    for name in _used(program, outputs.values()):
        builder.definition(name)
    uids: dict[str, str] = {}
    values: set[str] = set()
    for name, wanted in outputs.items():
        if isinstance(wanted, ir.Use) and is_condition(wanted):
            uids[name] = builder.definition(wanted.name).uid
            continue
        holds = is_condition(wanted)
        if not holds:
            values.add(name)
        value = builder.scalar(wanted, builder.entity_env)
        optional = value.optional and not holds
        column = builder.columns.column(
            builder.entity_frame, Computed(value), value.type, optional, name, condition=holds
        )
        uids[name] = column.uid
    planned = schedule(builder.columns, builder.entity_frame, uids.values())
    schema = program.model.schema
    written = Stages(builder.columns, planned, builder.entity_frame, uids, frozenset(values), schema.entity.key)
    stages, final, columns = written.run()
    return verify(Plan(stages, final, schema.entity.key, columns, schema.timezone, _checks(builder)))


def _used(program: ir.Program, conditions: Iterable[ir.Expr]) -> list[str]:
    """The definitions that conditions use, and those that these use, in the program's order."""
    used: set[str] = set()
    waiting = list(conditions)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ir.Use) and node.name not in used:
            used.add(node.name)
            waiting.append(program.definitions[node.name].body)
        waiting.extend(children(node))
    return [name for name in program.definitions if name in used]


def _checks(builder: Builder) -> tuple[KeyCheck, ...]:
    """The keys of the tables that the plan reads."""
    checks: dict[str, KeyCheck] = {}
    schema = builder.schema
    for frame in builder.columns.frames.values():
        rows = frame.rows
        if isinstance(rows, KeyRows) or not isinstance(rows, TableRows):
            continue
        fields = builder.model.fields_of(rows.owner)
        if rows.owner in schema.relations:
            key = schema.relations[rows.owner].key
        elif rows.owner in schema.lookups:
            key = tuple(link.parent for link in schema.lookups[rows.owner].links)
        else:
            key = (schema.entity.key,)
        stored = [name for name in key if name in fields and fields[name].expression is None]
        if key and len(stored) == len(key):
            physical = tuple(fields[name].column or name for name in key)
            checks[rows.owner] = KeyCheck(rows.table, physical, rows.owner, key)
    return tuple(checks[owner] for owner in sorted(checks))
