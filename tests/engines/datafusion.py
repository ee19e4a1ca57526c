"""Apache DataFusion, in the process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from segdsl.types import Kind, Type

from .engine import Columns, Rows, Value, in_order, qualified, quoted

_SETTINGS = {
    "datafusion.execution.target_partitions": "1",
    # A table of a few rows is read by one thread, and its joins need no copies of it.
    "datafusion.optimizer.repartition_joins": "false",
    "datafusion.optimizer.repartition_aggregations": "false",
    "datafusion.optimizer.repartition_windows": "false",
    "datafusion.optimizer.repartition_sorts": "false",
}


class DataFusion:
    name = "datafusion"

    def __init__(self) -> None:
        from datafusion import SessionConfig, SessionContext

        self.context = SessionContext(SessionConfig(_SETTINGS))
        self._tables: list[str] = []

    def load(self, tables: Mapping[str, Rows], types: Mapping[str, Columns]) -> None:
        import pyarrow as pa

        for table in self._tables:
            self.context.sql(f"DROP TABLE {qualified(table)}").collect()
        self._tables = []
        for table, columns in types.items():
            if "." in table:
                self.context.sql(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.split('.')[0])}").collect()
            values = list(zip(*in_order(tables.get(table, ()), columns), strict=True)) or [()] * len(columns)
            arrays = [_array(of, kind) for of, kind in zip(values, columns.values(), strict=True)]
            batch = pa.record_batch(arrays, names=list(columns))
            self.context.register_record_batches(_LOADING, [[batch]])
            self.context.sql(f"CREATE TABLE {qualified(table)} AS SELECT * FROM {_LOADING}").collect()
            self.context.deregister_table(_LOADING)
            self._tables.append(table)

    def rows(self, sql: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        try:
            batches = self.context.sql(sql, param_values=values).collect()
        except BaseException as error:
            if type(error).__name__ == "PanicException":
                # It is no `Exception`, and cannot be imported: it would end the test run.
                raise RuntimeError(str(error)) from error
            raise
        for batch in batches:
            found.extend(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        return found


_LOADING = "loading"


def _array(values: Sequence[Value], type_: Type | str) -> Any:
    import pyarrow as pa

    match type_:
        case "INTEGER":
            return pa.array(values, pa.int32())
        case "FLOAT":
            return pa.array(values, pa.float32())
        case "TIMESTAMPTZ":
            instants = [datetime.fromisoformat(value) if isinstance(value, str) else value for value in values]
            return pa.array(instants, pa.timestamp("us", "America/New_York"))
        case Type(kind=Kind.DECIMAL, precision=precision, scale=scale):
            return pa.array(values, pa.decimal128(precision, scale))
        case Type(kind=kind):
            return pa.array(values, _arrow(kind))
        case _:
            raise AssertionError(type_)


def _arrow(kind: Kind) -> Any:
    import pyarrow as pa

    types = {
        Kind.BOOL: pa.bool_(),
        Kind.INT: pa.int64(),
        Kind.WHOLE: pa.float64(),
        Kind.FLOAT: pa.float64(),
        Kind.STRING: pa.string(),
        Kind.ANY: pa.string(),
        Kind.DATE: pa.date32(),
        Kind.TIMESTAMP: pa.timestamp("us"),
        Kind.LIST: pa.list_(pa.string()),
    }
    return types[kind]
