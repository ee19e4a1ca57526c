"""Every row of `bad_inputs.rows`, in child processes as different hosts start them: the same answers, and the same SQL.

A child tries all rows; what came of each is a test of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from bad_inputs.rows import REFUSED, ROWS

SECONDS = 1.0
"""Of the processor, for refusing a text of 64 KiB."""

HOSTS: Mapping[str, tuple[str, ...]] = {
    "ordinary": ("--every-dialect",),
    "recursion_of_150": ("--recursion", "150"),
    "recursion_of_100_000_in_256_KiB": ("--recursion", "100000", "--stack", "256"),
    "compiled_sqlglot": (),
    "compiled_sqlglot_and_recursion_of_100_000_in_256_KiB": ("--recursion", "100000", "--stack", "256"),
}
"""A small stack is the harder to live in, the deeper Python lets itself go: so both at once."""


@cache
def answers(*options: str, sqlglot: str = "") -> dict[str, Any]:
    """What came of the rows in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "child.py"), *options],
        env={**os.environ, "PYTHONPATH": sqlglot},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode != 0:
        return dict.fromkeys(ROWS, f"exit code {done.returncode}\n{done.stderr[-1000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def answer_in(host: str, name: str) -> Any:
    compiled = ""
    if host.startswith("compiled"):
        compiled = os.environ.get("SEGDSL_SQLGLOT_COMPILED", "")
        if not compiled:
            pytest.skip("SEGDSL_SQLGLOT_COMPILED names no folder: .ci/run installs sqlglot's compiled package there")
    return answers(*HOSTS[host], sqlglot=compiled)[name]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", ROWS)
def test_row(name: str, host: str) -> None:
    row, found = ROWS[name], answer_in(host, name)
    assert isinstance(found, dict), found
    if host == "recursion_of_150" and "SEG714" in str(found):
        # Less than it takes to import sqlglot: that is said.
        return
    if row.expected == REFUSED:
        assert found.get("refused"), found
        assert found["placed"], found
        assert found["seconds"] < SECONDS
        return
    assert found.get("members") == row.expected, found
    usual = answer_in("ordinary", name)["sql"]
    assert found["sql"] == {dialect: usual[dialect] for dialect in found["sql"]}
