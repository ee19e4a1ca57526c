"""One library and many threads, processes and tasks: the same answers as one alone, and nothing left taken or half done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import ROOT
from concurrency import programs

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def said(program: str, tmp_path: Path) -> Any:
    """What a program says."""
    path = tmp_path / "program.py"
    path.write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stderr[-3_000:]}"
    return json.loads(done.stdout)


def test_three_hundred_threads_and_one_library(tmp_path: Path) -> None:
    found = said(programs.THREADS, tmp_path)
    assert (found["answered"], found["same"]) == (300, 300)
    assert found["members"] > 0


def test_thousands_of_conditions_leave_nothing_behind(tmp_path: Path) -> None:
    found = said(programs.CONDITIONS, tmp_path)
    assert found["different"] == 50
    assert found["more"] < 60, "MiB"


def test_spawned_workers(tmp_path: Path) -> None:
    assert said(programs.SPAWN, tmp_path) == {"same": True, "segments": 8}


def test_tasks_in_threads(tmp_path: Path) -> None:
    found = said(programs.ASYNC, tmp_path)
    assert (found["same"], found["again"]) == (80, True)
    assert found["cancelled"] > 0


@forks
def test_loaded_before_a_fork_and_asked_after_it(tmp_path: Path) -> None:
    assert said(programs.FORK, tmp_path) == {"sql": True, "members": True}


@forks
def test_forked_while_others_compile(tmp_path: Path) -> None:
    assert said(programs.FORK_FIRST_USE, tmp_path) == {"reached": 12}


@forks
def test_forked_while_others_import(tmp_path: Path) -> None:
    assert said(programs.FORK_IMPORTS, tmp_path) == {"reached": 20}


def test_interrupted_at_any_moment(tmp_path: Path) -> None:
    found = said(programs.INTERRUPT, tmp_path)
    assert found["same"] == 15
    assert found["interrupted"] >= 10
