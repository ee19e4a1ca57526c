"""Is every entity in its table once? What a database is asked before a statement runs that relies on it.

In: an open database and a plan. Out: diagnostics. The questions are plans themselves, so that a key is read, and compared, as the statement
reads and compares it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from segdsl.backends.sql.emit import emit
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import data as errors
from segdsl.planning.plan import Aggregation, Input, KeyCheck, Plan, Stage, StageColumn, StageRef, Table, TableColumn
from segdsl.runtime.data import as_written, tables_of
from segdsl.runtime.database import Database
from segdsl.semantics import ir
from segdsl.types import BOOL, INT

_SAMPLES = 5
_ROWS, _PRESENT, _DIFFERENT = "rows", "present", "different"
_KEY, _TWICE = "key", "twice"
_ANY_TIME = datetime(2000, 1, 1)
"""Nothing in these plans depends on the instant."""


def check_keys(database: Database, plan: Plan) -> None:
    """Raises `SegdslError` where the entity's key is missing in some rows of its table, or stands in several."""
    if findings := [
        found for check in plan.checks if check.fields == (plan.key,) for found in _found(database, plan, check)
    ]:
        raise SegdslError(findings)


def _found(database: Database, plan: Plan, check: KeyCheck) -> Iterator[Diagnostic]:
    column = _column(plan, check)
    if column is None:
        return
    (counts,) = _asked(database, _counting(check.table, column))
    rows, present, different = (int(str(count)) for count in counts)
    if present < rows:
        yield errors.missing_key(check.table, check.of, check.fields, rows - present, rows)
    if different < present:
        twice = sorted(_asked(database, _repeated(check.table, column)), key=lambda row: (str(type(row[0])), row[0]))
        samples = [(as_written(key, column.type), int(str(count))) for key, count in twice[:_SAMPLES]]
        yield errors.duplicate_key(check.table, check.of, check.fields, len(twice), samples)


def _column(plan: Plan, check: KeyCheck) -> TableColumn | None:
    """The key as the plan reads it."""
    read = (column for table in tables_of(plan) if table.name == check.table for column in table.columns)
    return next((column for column in read if (column.column,) == check.columns), None)


def _counting(table: str, column: TableColumn) -> Plan:
    """How many rows there are, how many have a key, how many keys there are."""
    key = ir.Col("t", column.name, type=column.type, optional=True)
    counts = {
        _ROWS: Aggregation("count", INT),
        _PRESENT: Aggregation("count", INT, key),
        _DIFFERENT: Aggregation("distinct", INT, key),
    }
    columns = tuple(StageColumn(name, INT, False, value) for name, value in counts.items())
    final = Stage("counts", _rows_of(table, column), (), (), (), columns)
    return Plan((), final, _ROWS, {_PRESENT: _PRESENT, _DIFFERENT: _DIFFERENT})


def _repeated(table: str, column: TableColumn) -> Plan:
    """The keys that stand in several rows, and in how many."""
    key = ir.Col("t", column.name, type=column.type, optional=True)
    grouped = (
        StageColumn(_KEY, column.type, True, key),
        StageColumn(_ROWS, INT, False, Aggregation("count", INT)),
    )
    keys = Stage("keys", _rows_of(table, column), (), (), (_KEY,), grouped, (_KEY,))
    count = ir.Col("k", _ROWS, type=INT)
    several = ir.Compare(">", count, ir.Literal(1, type=INT), type=BOOL)
    columns = (
        StageColumn(_KEY, column.type, False, ir.Col("k", _KEY, type=column.type)),
        StageColumn(_TWICE, INT, False, count),
    )
    final = Stage("twice", Input("k", StageRef("keys")), (), (several,), None, columns, (_KEY,))
    return Plan((keys,), final, _KEY, {_TWICE: _TWICE})


def _rows_of(table: str, column: TableColumn) -> Input:
    # Missing is what is looked for here, whatever the schema promises.
    return Input("t", Table(table, (replace(column, optional=True),)))


def _asked(database: Database, plan: Plan) -> list[tuple[object, ...]]:
    sql = emit(plan, database.dialect, "flags", _ANY_TIME)
    return database.query(sql.text, sql.session).rows()
