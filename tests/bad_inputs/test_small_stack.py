"""A host may compile in a thread with little stack: the deepest texts that are allowed, and those that are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT
from small_project import AS_OF, write_project

COMPILE = """
import sys, threading
import segdsl

library, text = segdsl.load("segdsl.toml").library, sys.stdin.read()

def work():
    try:
        for dialect in ("duckdb", "postgres", "sqlite"):
            library.condition(text).sql(dialect, as_of=sys.argv[1])
    except segdsl.SegdslError as error:
        print(error.diagnostics[0].code)
    else:
        print("compiled")

threading.stack_size(256 * 1024)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""

TEXTS = {
    "brackets": ("(" * 24 + "orders >= 1" + ")" * 24, "compiled"),
    "brackets_too_many": ("(" * 25 + "orders >= 1" + ")" * 25, "SEG704"),
    "sixty_thousand_brackets": ("(" * 60_000, "SEG704"),
    "nots": ("not " * 24 + "orders >= 1", "compiled"),
    "nots_too_many": ("not " * 10_000 + "orders >= 1", "SEG704"),
    "and_or": ("orders >= 1 and (orders >= 9 or (" * 11 + "orders >= 1" + "))" * 11, "compiled"),
    "product": (" * ".join(["orders"] * 49) + " > 0", "compiled"),
    "quotient": (" / ".join(["orders"] * 49) + " > 0", "compiled"),
    "ifs": ("if(orders > 9, 1, " * 23 + "1" + ")" * 23 + " = 1", "compiled"),
    "terms": (" and ".join(["orders >= 1"] * 500), "compiled"),
    "list": ("orders in (" + ", ".join(map(str, range(9_999))) + ")", "compiled"),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("stack") / "shop")


@pytest.mark.parametrize("case", TEXTS)
def test_compiling_in_a_small_stack(case: str, shop: Path) -> None:
    text, expected = TEXTS[case]
    done = subprocess.run(
        [sys.executable, "-c", COMPILE, AS_OF],
        cwd=shop,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (0, expected), done.stderr


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
