"""Standard streams that are closed, full or read by nobody: a diagnostic or quiet, never a mistake of segdsl's own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT, Outcome
from small_project import AS_OF, write_project

RUN = f"run --as-of {AS_OF}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("streams") / "shop")


def shell(arguments: str, redirections: str, cwd: Path) -> Outcome:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{shlex.quote(sys.executable)} -m segdsl {arguments} {redirections}"],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("arguments", "redirections", "code"),
    [
        (RUN, ">&-", 0),
        (RUN, "2>&-", 0),
        ("check", ">&- 2>&-", 0),
        ("list", ">&-", 0),
        ("run nobody", ">&- 2>&-", 2),
        ("run -e -", "<&-", 1),
        ("run -e 'x > 1' --data -", "<&-", 2),
        ("run nobody", "2>/dev/full", 2),
        (RUN, "2>/dev/full >/dev/full", 2),
    ],
)
def test_closed_and_full(arguments: str, redirections: str, code: int, shop: Path) -> None:
    outcome = shell(arguments, redirections, shop)
    assert outcome.code == code, outcome
    assert "SEG999" not in outcome.err, outcome
    assert "Traceback" not in outcome.err, outcome


@pytest.mark.parametrize(
    "arguments",
    [RUN, f"{RUN} --shape flags --format parquet", "compile --dialect duckdb", "list", "rule all", "--help"],
)
def test_no_room_behind_standard_output(arguments: str, shop: Path) -> None:
    outcome = shell(arguments, ">/dev/full", shop)
    assert outcome.code == 2, outcome
    assert outcome.err == "error[SEG907]: cannot write the standard output: no space left on device\n"


@pytest.mark.parametrize("arguments", [RUN, f"{RUN} --shape flags --format csv", "rule all", "list", "--help"])
def test_nobody_reads(arguments: str, shop: Path) -> None:
    outcome = shell(arguments, "| true", shop)
    assert "Traceback" not in outcome.err, outcome
    assert "SEG" not in outcome.err, outcome
