"""A host may ask for reasons in a thread with little stack, of the deepest texts that are allowed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT
from small_project import AS_OF, write_project

WHY = """
import sys, threading
import segdsl

library, text = segdsl.load("segdsl.toml").library, sys.stdin.read()

def work():
    condition = library.condition(text)
    condition.explain(sys.argv[1]).to_html()
    found = condition.why("data", 1, as_of=sys.argv[1])
    print(found.holds, len(condition.members("data", as_of=sys.argv[1])), len(found.to_json()) > 1000)

threading.stack_size(256 * 1024)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@pytest.mark.parametrize("text", [" + ".join(["count(order)"] * 90) + " > 5", "not " * 24 + "orders >= 1"])
def test_engines_have_room(text: str, tmp_path: Path) -> None:
    """Polars goes down into a sum of 90 on the stack of whoever asks; with too little the process would end."""
    done = subprocess.run(
        [sys.executable, "-c", WHY, AS_OF],
        cwd=write_project(tmp_path / "shop"),
        input=text.encode(),
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stdout.decode().strip()) == (0, "True 3 True"), done.stderr.decode()
