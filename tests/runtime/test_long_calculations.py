"""Long calculations: each step looks at the one before more than once, and must not compute it so often."""

from __future__ import annotations

import time

import polars as pl
import pytest

import segdsl

FRAME = pl.DataFrame({"id": [1, 2, 3, 4], "x": [1, 2, 0, None], "y": [1.0, 2.0, 0.0, None]})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (" * ".join(["x"] * 40) + " = 1099511627776", [2]),  # 2 to the power of 40
        (" * ".join(["y"] * 40) + " = 1099511627776", [2]),
        ("1 / " + " / ".join(["y"] * 40) + " = 1", [1]),
        ("1099511627776 / " + " / ".join(["x"] * 40) + " = 1", [2]),
        ("(" + " * ".join(["y"] * 40) + ") / (" + " * ".join(["y"] * 39) + ") = y", [1, 2]),
        ("least(" * 12 + "x" + ", 1)" * 12 + " * y * y * y * y = 16", [2]),
        ("if(" + " * ".join(["y"] * 30) + " = 0, 7, 8) = 7", [3]),
    ],
)
def test_every_step_is_computed_once(condition: str, expected: list[int]) -> None:
    start = time.monotonic()
    assert FRAME.filter(segdsl.expr(condition, FRAME))["id"].to_list() == expected
    assert time.monotonic() - start < 5
