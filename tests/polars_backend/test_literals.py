"""Constants, which are kept from one evaluation to the next."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from segdsl.backends.polars.hold import literal
from segdsl.types import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, WHOLE, Type, decimal


def test_constants_that_are_equal_are_not_the_same() -> None:
    constants: list[tuple[object, Type]] = [
        (1, INT),
        (1, FLOAT),
        (1, WHOLE),
        (True, BOOL),
        (1, decimal(5, 2)),
        (Decimal("1.00"), decimal(9, 3)),
        (0, FLOAT),
        (-0.0, FLOAT),
        (False, BOOL),
        (None, INT),
        (None, STRING),
        ("1", STRING),
        (date(2026, 1, 1), DATE),
        (datetime(2026, 1, 1), TIMESTAMP),
    ]
    for _ in range(2):
        found = pl.select(literal(value, of).alias(str(place)) for place, (value, of) in enumerate(constants))  # type: ignore[arg-type]
        *cells, day, instant = found.row(0)
        assert cells == [1, 1.0, 1.0, True, 100, 1000, 0.0, -0.0, False, None, None, "1"]
        assert [type(cell) for cell in cells[:4]] == [int, float, float, bool]
        assert [math.copysign(1, cell) for cell in cells[6:8]] == [1.0, -1.0]
        assert (day, instant) == (date(2026, 1, 1), datetime(2026, 1, 1))
        assert found.dtypes == [
            pl.Int64,
            pl.Float64,
            pl.Float64,
            pl.Boolean,
            pl.Int128,
            pl.Int128,
            pl.Float64,
            pl.Float64,
            pl.Boolean,
            pl.Int64,
            pl.String,
            pl.String,
            pl.Date,
            pl.Datetime("us"),
        ]
