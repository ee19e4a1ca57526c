"""Rows for comparing what engines find with what Python finds: stages over a table ``t``, read back whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engines import connect
from sql.plans import AS_OF

from segdsl.backends.sql.emit import emit
from segdsl.planning.plan import Input, Plan, Stage, StageColumn, StageRef, Table, TableColumn
from segdsl.semantics import ir
from segdsl.types import INT, Kind, Type

_EPOCH = datetime(1970, 1, 1)


def table(name: str, columns: Mapping[str, Type], present: Sequence[str] = ()) -> Table:
    """With a key ``id`` that is present, as the columns of ``present`` are."""
    own = {"id": INT, **columns}
    return Table(name, tuple(TableColumn(one, one, of, one not in ("id", *present)) for one, of in own.items()))


def read(engine: str, stages: Sequence[Stage], key: str) -> dict[Any, dict[str, Any]]:
    """The rows of the last stage by their key, as values of the language."""
    last = stages[-1]
    columns = tuple(
        StageColumn(c.name, c.type, c.optional, ir.Col("last", c.name, type=c.type, optional=c.optional))
        for c in last.columns
    )
    final = Stage("final", Input("last", StageRef(last.name)), (), (), None, columns, (key,))
    plan = Plan(tuple(stages), final, key, {c.name: c.name for c in columns if c.name != key})
    statement = emit(plan, engine, "flags", AS_OF)
    names = [key, *plan.outputs]
    types = {c.name: c.type for c in columns}
    try:
        rows = connect(engine).rows(statement.text)
    except Exception as error:
        raise AssertionError(f"{error}\n{statement}") from error
    made = [{name: _value(one, types[name]) for name, one in zip(names, row, strict=True)} for row in rows]
    found = {row[key]: row for row in made}
    assert len(found) == len(rows), f"a key stands twice\n{statement}"
    return found


def _value(value: Any, type_: Type) -> Any:
    """What SQLite holds in other types: decimals as whole numbers, instants as microseconds, days as texts, conditions as 0 and 1."""
    match type_.kind, value:
        case _, None:
            return None
        case Kind.DECIMAL, Decimal():
            return value
        case Kind.DECIMAL, int():
            # Whole ones of other engines are of scale 0, where both readings agree.
            return Decimal(value).scaleb(-type_.scale)
        case Kind.TIMESTAMP, int():
            return _EPOCH + timedelta(microseconds=value)
        case Kind.DATE, str():
            return date.fromisoformat(value)
        case Kind.BOOL, int():
            return bool(value)
        case _:
            return value
