"""Is every scan of the entity's table filtered by the schema's own `where`? Asked of the plan, of SQL and of Polars' plan.

Each finder gives the scans that are not, in words. The tenant is a text that nothing else is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sqlglot import exp, parse_one

from segdsl.backends.sql.dialects import DIALECTS
from segdsl.planning.plan import Input, Plan, Stage, Table
from segdsl.semantics import ir

FIELD, TENANT = "of_tenant", "tenant seven"


# -- the plan ---------------------------------------------------------------------------------------------------------


def in_plan(plan: Plan, table: str) -> Iterator[str]:
    for stage in (*plan.stages, plan.final):
        for join in stage.joins:
            if _is_scan(join.input, table):
                yield f"{stage.name} joins {table} as it is"
        if _is_scan(stage.input, table) and not any(map(_is_tenants, stage.where)):
            yield f"{stage.name} reads {table} without its condition"


def _is_scan(one: Input, table: str) -> bool:
    return isinstance(one.source, Table) and one.source.name == table


def _is_tenants(condition: ir.Expr) -> bool:
    """``of_tenant = "…"`` itself, or together with more by `and`."""
    match condition:
        case ir.Compare(operator="=", left=ir.Col(name=name), right=ir.Literal(value=value)):
            return name == FIELD and value == TENANT
        case ir.All(items=items):
            return any(map(_is_tenants, items))
        case _:
            return False


# -- SQL --------------------------------------------------------------------------------------------------------------


def in_sql(text: str, dialect: str, table: str) -> Iterator[str]:
    """SELECTs in which rows of the table that nothing has filtered yet are joined, grouped, or come out."""
    # sqlglot's parser does not know that a column of JSON_TABLE may have a character set.
    tree = parse_one(text.replace(" CHARACTER SET utf8mb4 PATH", " PATH"), dialect=DIALECTS[dialect].sqlglot)
    raw = {table}
    for cte in tree.find_all(exp.CTE, bfs=False):
        yield from _of_select(cte.this, raw, cte.alias)
    body = tree.copy()
    body.set("with_", None)
    for select in body.find_all(exp.Select):
        yield from _of_select(select, raw, None)


def _of_select(query: exp.Expr, raw: set[str], name: str | None) -> Iterator[str]:
    for select in query.find_all(exp.Select):
        source = select.args.get("from_")
        joined = [join.this for join in select.args.get("joins") or ()]
        yield from (f"{name or 'the statement'} joins {one.name} as it is" for one in joined if one.name in raw)
        if source is None or source.this.name not in raw or isinstance(source.this, exp.Subquery):
            continue
        where = select.args.get("where")
        if where is not None and any(map(_has_tenant, _conjuncts(where.this))):
            continue
        plain = not joined and select.args.get("group") is None and not select.find(exp.AggFunc, exp.Window)
        if name is not None and plain and where is None:
            # A reading alone: whoever reads it has to filter.
            raw.add(name)
        else:
            yield f"{name or 'the statement'} reads {source.this.name} without its condition"


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    if isinstance(condition, exp.And):
        return [*_conjuncts(condition.this), *_conjuncts(condition.expression)]
    return _conjuncts(condition.this) if isinstance(condition, exp.Paren) else [condition]


def _has_tenant(condition: exp.Expr) -> bool:
    return isinstance(condition, exp.EQ) and any(
        isinstance(side, exp.Literal | exp.National) and side.this == TENANT
        for side in map(_bare, (condition.this, condition.expression))
    )


def _bare(side: exp.Expr) -> exp.Expr:
    """A text without what says how its characters are held: ``_binary 'a'``, ``CAST(N'a' AS VARBINARY(MAX))``."""
    match side:
        case exp.Introducer(expression=text) | exp.Cast(this=exp.National() as text):
            return text
        case _:
            return side


# -- Polars -----------------------------------------------------------------------------------------------------------

_ROWS_OF_ONE = re.compile(r"(SELECT|FROM|FILTER|WITH_COLUMNS|simple|\[)")


def in_polars(explained: str) -> Iterator[str]:
    """``explained`` is the plan before it is optimized; the entity's frame is the one whose first column is `FIELD`."""
    lines = explained.splitlines()
    for number, line in enumerate(lines):
        if line.strip().startswith(f'DF ["{FIELD}"') and not _is_filtered(lines, number):
            yield f"a frame without its condition: {line.strip()}"


def _is_filtered(lines: list[str], at: int) -> bool:
    """Does a filter by the tenant stand above a frame, with nothing but selections between?"""
    indent = _indent(lines[at])
    for line in reversed(lines[:at]):
        if _indent(line) > indent or (_indent(line) == indent and not line.strip().startswith("FILTER")):
            continue
        words = line.strip()
        if words.startswith("FILTER") and f'== "{TENANT}"' in words:
            return True
        if not _ROWS_OF_ONE.match(words):
            return False
        indent = _indent(line)
    return False


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def everywhere(found: Mapping[str, Iterator[str]]) -> list[str]:
    return [f"{where}: {wrong}" for where, faults in found.items() for wrong in faults]


def dropped(plan: Plan, stage: Stage) -> Plan:
    """A plan in which one stage has lost the tenant's condition: a fault, to see that it is found."""
    from dataclasses import replace

    def without(one: Stage) -> Stage:
        if one.name != stage.name:
            return one
        kept = tuple(part for part in map(_without, one.where) if part is not None)
        return replace(one, where=kept)

    return replace(plan, stages=tuple(map(without, plan.stages)), final=without(plan.final))


def _without(condition: ir.Expr) -> ir.Expr | None:
    if isinstance(condition, ir.All):
        return ir.All(tuple(part for part in map(_without, condition.items) if part is not None))
    return None if _is_tenants(condition) else condition
