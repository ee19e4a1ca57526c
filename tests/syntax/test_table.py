"""The grammar's table: the file is the grammar's, and where there is no such file the grammar does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from syntax.table import PATH, current

from segdsl.resources import grammar_text
from segdsl.syntax import table as tables
from segdsl.syntax.grammar import table_data
from segdsl.syntax.table import Table, table


def test_the_file_is_of_this_grammar() -> None:
    assert PATH.read_text(encoding="utf-8") == current(), "run `python -m tests.syntax.table`"


def test_it_is_the_table_in_use() -> None:
    from_file = tables._read(PATH.read_text(encoding="utf-8"), grammar_text())
    assert from_file is not None
    assert _parts(from_file) == _parts(table()) == _parts(tables._table_of(table_data()))


def _parts(found: Table) -> tuple[object, ...]:
    return found.starts, found.terminals, found.rules, found.steps, found.follows


@pytest.mark.parametrize("seed", ["0", "1", "77"])
def test_it_is_the_same_in_any_process(seed: str) -> None:
    program = "from syntax.table import current; print('table', current(), end='')"
    path = os.pathsep.join([str(PATH.parent.parent), str(PATH.parent.parent / "tests")])
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.partition(" ")[2] == PATH.read_text(encoding="utf-8")


def test_line_ends_do_not_count() -> None:
    text = PATH.read_text(encoding="utf-8")
    assert tables._read(text, grammar_text().replace("\n", "\r\n")) is not None


def test_of_another_grammar_it_is_not_taken() -> None:
    assert tables._read(PATH.read_text(encoding="utf-8"), grammar_text() + "\n// more") is None


def test_written_by_another_version_it_is_not_taken() -> None:
    text = tables.written({**table_data(), "format": tables.FORMAT + 1}, grammar_text())
    assert tables._read(text, grammar_text()) is None


def test_damaged_it_is_not_taken() -> None:
    text, random = PATH.read_text(encoding="utf-8"), Random(5)
    for damaged in (None, "", "\n", "{}", text[: len(text) // 2], text[1:], text.partition("\n")[2], text + text):
        assert tables._read(damaged, grammar_text()) is None
    for _ in range(200):
        at = random.randrange(len(text) - 1)
        damaged = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
        assert tables._read(damaged, grammar_text()) is None


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"no table\n{}\n"])
def test_without_it_all_is_as_with_it(content: bytes | None, tmp_path: Path) -> None:
    """In a package whose table is missing or damaged."""
    root = PATH.parent.parent
    for name in ("segdsl", "segments"):
        (tmp_path / name).symlink_to(root / name)
    (tmp_path / "grammar").mkdir()
    (tmp_path / "grammar" / "segdsl.lark").write_text(grammar_text(), encoding="utf-8")
    if content is not None:
        (tmp_path / "grammar" / "segdsl.table").write_bytes(content)
    program = (
        "import segdsl.resources as r; from pathlib import Path; r._folder = lambda name: Path.cwd() / name\n"
        "import sys; from segdsl.source import Source; from segdsl.syntax.parse import parse_file\n"
        "print(*parse_file(Source('a', 'segment a where x in (1, 2)\\nsegment b where where')), 'lark' in sys.modules)"
    )
    outcomes = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for folder in (tmp_path, root)
    ]
    assert outcomes[0] == outcomes[1]
    assert outcomes[0].endswith("True\n")


def test_lark_stays_out_of_what_is_right() -> None:
    program = (
        "import sys; from segdsl.source import Source; from segdsl.syntax.parse import parse_file\n"
        "parse_file(Source('a', 'segment a where x in (1, 2) # \\\\ \\nsegment b where s = \"\\\\n\"'))\n"
        "print('lark' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(PATH.parent.parent)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_it_is_small() -> None:
    data = json.loads(PATH.read_text(encoding="utf-8").partition("\n")[2])
    assert len(data["shifts"]) == len(data["reductions"]) == len(data["follows"]) < 1_000
    assert PATH.stat().st_size < 200_000
