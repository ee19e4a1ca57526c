"""Every row of `bad_inputs.rows` that is no mistake, on every evaluator, each in a process of its own."""

from __future__ import annotations

import pytest
from backends import BACKENDS
from bad_inputs.rows import REFUSED, ROWS
from bad_inputs.test_rows import answers
from engines import lacking


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.expected != REFUSED])
def test_row(name: str, backend: str) -> None:
    why = lacking(backend)
    if why is not None:
        pytest.skip(f"{backend}: {why}")
    found = answers("--backend", backend)[name]
    if found == "gap":
        pytest.skip(f"a gap of {backend}")
    assert found == ROWS[name].expected
