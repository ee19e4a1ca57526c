"""Cases of more than one text: commands and calls over a small shop, and what is said of them.

A ``.case`` begins with what is done, a line each: ``$ segdsl …`` runs the command, ``>>> …`` is Python (with `pl`, `segdsl`,
`sqlite3`, `sys`, `Path`, pytest's `patch` and the shop's `library` at hand), which also sets up what no text can: bytes, a database,
a driver that is not there. Before that, the shop (the folder ``shop``) is laid out, and over it the files of the case: what stands
below ``-- PATH --``; nothing there removes the file. Each case has a folder of its own.

Recorded is what each command and call says: exit code, both outputs, or the findings raised. Paths are shown from the folder.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from commands import segdsl as command

import segdsl
from segdsl.diagnostics import SegdslError

_FILE = re.compile(r"^-- (\S+) --\n", re.MULTILINE)
SHOP = Path(__file__).parent / "shop"


def said(case: Path, folder: Path) -> str:
    """What a case says, in a folder made for it."""
    steps = _lay_out(case, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return "\n".join(_said(steps, patch)).replace(f"{folder}/", "").replace(str(folder), "the shop")


def _lay_out(case: Path, folder: Path) -> list[str]:
    """Write the files; the steps."""
    steps, *files = _FILE.split(case.read_text("utf-8"))
    shutil.copytree(SHOP, folder, dirs_exist_ok=True)
    for name, text in zip(files[::2], files[1::2], strict=True):
        path = folder / name
        if text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        else:
            path.unlink()
    return [line for line in steps.splitlines() if line]


def _said(steps: list[str], patch: pytest.MonkeyPatch) -> Iterator[str]:
    names = {"pl": pl, "segdsl": segdsl, "sqlite3": sqlite3, "sys": sys, "Path": Path, "patch": patch}
    for step in steps:
        if step.startswith("$ segdsl "):
            outcome = command(*shlex.split(step.removeprefix("$ segdsl ")))
            yield f"{step}\nexit code {outcome.code}"
            yield from (text for text in (outcome.out, outcome.err) if text)
        elif step.startswith(">>> "):
            if "library" in step and "library" not in names:
                names["library"] = segdsl.load(".").library
            try:
                exec(step.removeprefix(">>> "), names)
            except SegdslError as error:
                yield f"{step}\n{error}\n"
        else:
            raise AssertionError(f"`{step}` is neither a command nor a call")
