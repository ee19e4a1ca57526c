"""Plans made by hand: one table ``t`` with a key ``id``, and conditions over its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backends import SLOW
from engines import connect

from segdsl.backends.sql.dialect import Executed
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.backends.sql.emit import emit
from segdsl.planning.plan import Input, Plan, Stage, StageColumn, Table, TableColumn
from segdsl.semantics import ir
from segdsl.types import BOOL, INT, Type

AS_OF = datetime(2026, 6, 1)
ENGINES = tuple(name for name, dialect in DIALECTS.items() if isinstance(dialect.proof, Executed) and name not in SLOW)


def col(name: str, type_: Type, *, optional: bool = True, of: str = "t") -> ir.Col:
    return ir.Col(of, name, type=type_, optional=optional)


def lit(value: Any, type_: Type) -> ir.Literal:
    return ir.Literal(value, type=type_, optional=value is None)


def call(overload: str, *args: ir.Expr, type_: Type, options: Sequence[Any] = ()) -> ir.Call:
    return ir.Call(overload, overload, args, tuple(options), type=type_, optional=True)


def is_wanted(value: ir.Expr, wanted: ir.Expr) -> ir.Expr:
    """The value equals the column, or both are missing."""
    both = ir.All((ir.IsMissing(value), ir.IsMissing(wanted)))
    return ir.Any((ir.Compare("=", value, wanted), both))


def plan(
    conditions: Mapping[str, ir.Expr], columns: Mapping[str, Type], timezone: str = "UTC", **read: TableColumn
) -> Plan:
    """A plan over ``t``. ``read``: columns that are read in a way of their own."""
    table = Table(
        "t",
        (
            TableColumn("id", "id", INT, False),
            *(read.get(name, TableColumn(name, name, of, True)) for name, of in columns.items()),
        ),
    )
    outputs = tuple(StageColumn(name, BOOL, False, value, condition=True) for name, value in conditions.items())
    key = StageColumn("id", INT, False, col("id", INT, optional=False))
    final = Stage("flags_of_t", Input("t", table), (), (), None, (key, *outputs), ("id",))
    return Plan((), final, "id", {name: name for name in conditions}, timezone)


def load(engine: str, columns: Mapping[str, Type | str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows of ``t``; their keys are 1, 2, …"""
    records = [{"id": number, **dict(zip(columns, row, strict=True))} for number, row in enumerate(rows, 1)]
    connect(engine).load({"t": records}, {"t": {"id": INT, **columns}})


def members(engine: str, made: Plan, as_of: datetime = AS_OF) -> dict[str, set[Any]]:
    """Who is in each output."""
    sql = emit(made, engine, "flags", as_of)
    names = list(made.outputs)
    found: dict[str, set[Any]] = {name: set() for name in names}
    for key, *flags in connect(engine).rows(sql.text):
        for name, flag in zip(names, flags, strict=True):
            assert flag is not None, f"{name} of {key} is neither true nor false\n{sql}"
            if flag:
                found[name].add(key)
    return found


def selected(engine: str, condition: ir.Expr, columns: Mapping[str, Type], **read: TableColumn) -> set[Any]:
    """Who is in one condition, by flags and by members alike."""
    made = plan({"it": condition}, columns, **read)
    by_members = {key for (key,) in connect(engine).rows(emit(made, engine, "members", AS_OF, "it").text)}
    assert members(engine, made)["it"] == by_members
    return by_members
