"""The wheel: built, installed elsewhere, and at work there with all that it must carry."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

COMPILE = """
import segdsl, sys
from pathlib import Path

assert Path(segdsl.__file__).is_relative_to(sys.argv[1]), segdsl.__file__
schema = {
    "entity": {"table": "customers", "key": "id", "fields": {"id": "int"}},
    "relations": {"order": {"table": "orders", "on": {"customer": "id"}, "fields": {"customer": "int"}}},
}
library = segdsl.Library.from_text("segment buyers where count(order) >= 2", schema)
print(library["buyers"].sql("duckdb", as_of="2026-01-01").text)
"""

PACK = """
from segdsl.resources import grammar_text, pack_names

assert "commerce" in pack_names()
assert "segment" in grammar_text()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("segdsl-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "--quiet",
        "--target",
        str(folder),
        str(wheel),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def run(program: str, path: Path, tmp_path: Path) -> str:
    """In a process that sees the package in ``path`` and the libraries of this one, but not this checkout."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment["PYTHONPATH"] = os.pathsep.join([str(path), sysconfig.get_path("purelib")])
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_carries_what_is_not_code(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "segdsl/grammar/segdsl.lark",
        "segdsl/grammar/segdsl.table",
        "segdsl/segments/commerce.toml",
        "segdsl/segments/commerce/lifecycle.seg",
        "segdsl/project.schema.json",
        "segdsl/py.typed",
    } <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"segdsl"}


def test_it_compiles_a_segment_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    text = run(COMPILE, installed, tmp_path)
    assert "customers" in text
    assert "COUNT" in text.upper()


def test_it_finds_its_packs(installed: Path, tmp_path: Path) -> None:
    run(PACK, installed, tmp_path)


def test_it_works_as_a_zip(wheel: Path, tmp_path: Path) -> None:
    run(PACK, wheel, tmp_path)


def test_the_command_is_installed(installed: Path, tmp_path: Path) -> None:
    assert "segdsl.cli.main:main" in next(installed.glob("segdsl-*.dist-info")).joinpath("entry_points.txt").read_text()
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment["PYTHONPATH"] = os.pathsep.join([str(installed), sysconfig.get_path("purelib")])
    done = subprocess.run(
        [sys.executable, "-m", "segdsl", "--version"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("segdsl ")
