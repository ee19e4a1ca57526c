"""Frames into engines, with the types that the data has."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from segdsl.types import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Type, decimal
from tests.engines import DuckDB, Engine


def stored_type(dtype: pl.DataType) -> Type:
    """The type that a column of this dtype holds."""
    match dtype:
        case pl.Boolean():
            return BOOL
        case pl.Decimal(precision=precision, scale=scale):
            return decimal(precision or 38, scale)
        case pl.Float64() | pl.Float32():
            return FLOAT
        case pl.Date():
            return DATE
        case pl.Datetime():
            return TIMESTAMP
        case _:
            return INT if dtype.is_integer() else STRING


def load_frames(engine: Engine, frames: Mapping[str, pl.DataFrame]) -> None:
    """Replace all tables of an engine by these."""
    types = {name: {c: stored_type(t) for c, t in frame.schema.items()} for name, frame in frames.items()}
    if isinstance(engine, DuckDB):
        # Row by row would take minutes there.
        engine.load({}, types)
        for name, frame in frames.items():
            engine.connection.register("incoming", frame.to_arrow())
            engine.connection.execute(f'INSERT INTO "{name}" SELECT * FROM incoming')
            engine.connection.unregister("incoming")
        return
    engine.load({name: frame.to_dicts() for name, frame in frames.items()}, types)
