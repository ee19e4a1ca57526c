"""The examples of the documentation, run: a page at a time, in a folder of its own with the demo shop in ``demo-shop``.

- ``seg``: definitions are a library; other lines are conditions, one a line (indented lines go on). They are checked and
  compiled against the standard schema and the pack, unless a directive says otherwise. ``# error SEG301`` at the end of a line:
  that is what is wrong with it.
- ``python``: run in the page's folder; a ``text`` block directly behind shows what is printed.
- ``console``: ``$`` commands, and what they print; ``...`` on a line of its own stands for any lines.
- ``sh``: commands alone, which must succeed.
- ``toml``: a project file, or a part of one, which is laid over `PARTS_BASE`.

What a page writes, its later blocks see. Console blocks go on in the folder where the one before ended.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from commands import Outcome, segdsl

from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.library import Library
from segdsl.project_file import load_project_file
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.schema_reading import SCHEMA_KEYS
from segdsl.syntax.words import DEFINITION_WORDS
from tests.docs.pages import ROOT, Block, blocks, pages

# Commands that cannot be run here: they set up the environment that the tests run in.
SKIPPED = {
    r"python3 -m venv|\.venv/bin/|\. \.venv|pip install|apt-get |git clone|cd segdsl$": "sets up an environment",
    r"python(3)? -m (pytest|tests\.differential)|pytest|ruff |mypy |\.ci/run|pre-commit ": "the tests themselves, and other tools",
    r"SEGDSL_WRITE_|python -m tests\.docs\.generate": "rewrites files of the repository",
    r"psql |git |crontab": "needs a program of the reader's",
    r".*postgresql://": "needs a server",
}

PARTS_BASE = """
[entity]
table = "customers"
key = "customer_id"
[entity.fields]
customer_id = "int"
email = "string?"
country = "string?"
loyalty_no = "string?"
birth_date = "date?"
created_at = "timestamp?"
[relations.order]
table = "orders"
on = "customer_id"
key = "order_id"
time = "placed_at"
[relations.order.fields]
order_id = "int"
customer_id = "int"
placed_at = "timestamp"
status = "string"
total = "decimal(12,2)"
[relations.item]
table = "order_items"
parent = "order"
on = "order_id"
[relations.item.fields]
order_id = "int"
product_id = "int"
quantity = "int"
price = "decimal(12,2)"
[lookups.product]
of = "item"
table = "products"
on = "product_id"
[lookups.product.fields]
product_id = "int"
category = "string?"
"""


@dataclass
class Page:
    """A page being read: its folder, and what its blocks have made so far."""

    folder: Path
    place: Path
    names: dict[str, object] = field(default_factory=dict)
    printed: str | None = None


@pytest.fixture(scope="session")
def demo_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "demo-shop"
    assert segdsl("demo", folder).code == 0
    return folder


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_examples(path: Path, demo_shop: Path, tmp_path: Path) -> None:
    if "$ segdsl demo demo-shop" not in path.read_text(encoding="utf-8"):
        shutil.copytree(demo_shop, tmp_path / "demo-shop")
    page = Page(tmp_path, tmp_path)
    for block in blocks(path):
        printed, page.printed = page.printed, None
        if (name := block.directive("file")) is not None:
            target = page.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        if block.directive("not run") is not None:
            continue
        if block.language == "text":
            if printed is not None:
                assert _fits(block.text, printed), f"{block}: printed was\n{printed}"
            continue
        with contextlib.chdir(page.folder):
            RUNNERS[block.language](block, page)


# -- seg ----------------------------------------------------------------------------------------------------------

_EXPECTED = re.compile(r"\s*# error (SEG[0-9]{3})\s*$")


def _seg(block: Block, page: Page) -> None:
    schema = _schema(block, page)
    packs = () if block.directive("no pack") is not None or block.directive("schema") else ("commerce",)
    if any(_defines(line) for line in block.text.splitlines()):
        expected = set(re.findall(r"# error (SEG[0-9]{3})", block.text))
        library = Library.from_text(block.text, schema, packs=packs)
        silenced = set(re.findall(r"# allow (SEG[0-9]{3})", block.text))
        assert not silenced & {finding.code for finding in library.check()}
        aloud = Library.from_text(block.text.replace("# allow", "# about"), schema, packs=packs)
        assert silenced <= {finding.code for finding in aloud.check()}
        assert {finding.code for finding in library.check().errors} == expected, f"{block}: {library.check().render()}"
        if not expected and len(library):
            library.sql("duckdb", as_of="2026-06-01")
        return
    library = Library.from_text("", schema, packs=packs)
    for condition in _conditions(block.text):
        expected_code = _EXPECTED.search(condition)
        found = _wrong(library, _EXPECTED.sub("", condition))
        codes = {finding.code for finding in found}
        assert codes == ({expected_code[1]} if expected_code else set()), f"{block}: {condition}\n{codes}"


def _defines(line: str) -> bool:
    return line.split(" ")[0] in DEFINITION_WORDS or line.startswith("override ")


def _conditions(text: str) -> Iterator[str]:
    for part in re.split(r"\n(?=\S)", text.strip("\n")):
        if part.strip() and not part.lstrip().startswith("#"):
            yield part


def _wrong(library: Library, text: str) -> tuple[Diagnostic, ...]:
    try:
        library.select([library.condition(text)]).sql("duckdb", "members", as_of="2026-06-01")
    except SegdslError as error:
        return tuple(error.diagnostics)
    return ()


def _schema(block: Block, page: Page) -> Schema:
    named = block.directive("schema")
    path = page.folder / named if named else page.folder / "standard.toml"
    if not named:
        path.write_text('schema = "commerce"\n', encoding="utf-8")
    _make_folders(page)
    file, findings = load_project_file(path)
    assert file is not None, f"{block}: {[str(finding) for finding in findings]}"
    return file.schema


# -- python -------------------------------------------------------------------------------------------------------


def _python(block: Block, page: Page) -> None:
    out = io.StringIO()
    code = compile("\n" * (block.line - 1) + block.text, str(block.page), "exec")
    with contextlib.redirect_stdout(out):
        exec(code, page.names)
    page.printed = out.getvalue()


# -- commands -----------------------------------------------------------------------------------------------------


def _console(block: Block, page: Page) -> None:
    for part in re.split(r"^(?=\$ )", block.text, flags=re.MULTILINE):
        if not part.strip():
            continue
        command, _, shown = part.removeprefix("$ ").partition("\n")
        while command.endswith("\\"):
            more, _, shown = shown.partition("\n")
            command = command[:-1] + more
        printed = _run(command, page)
        if printed is not None and shown.strip():
            assert _fits(shown, printed), f"{block}: $ {command}\nprinted was\n{printed}"


def _sh(block: Block, page: Page) -> None:
    page.place = page.folder
    for line in block.text.replace("\\\n", " ").splitlines():
        command = re.sub(r"\s+# .*$", "", line)
        if command.strip() and not command.startswith("#"):
            printed = _run(command, page)
            assert not printed or not printed.startswith("error["), f"{block}: {command}\n{printed}"


def _run(command: str, page: Page) -> str | None:
    """What a command prints; None where it is not run."""
    if any(re.match(pattern, command) for pattern in SKIPPED):
        return None
    words = shlex.split(command)
    if words[0] == "cd":
        page.place = (page.place / words[1]).resolve()
        return ""
    if words[0] == "segdsl" and not {"|", ">", "&&", "<"} & set(words):
        return _together(segdsl(*words[1:], cwd=page.place))
    shims = page.folder / ".bin"
    shims.mkdir(exist_ok=True)
    (shims / "segdsl").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m segdsl "$@"\n')
    (shims / "segdsl").chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=page.place,
        env={**os.environ, "PATH": f"{shims}:{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
    )
    return _together(Outcome(done.returncode, done.stdout, done.stderr))


def _together(outcome: Outcome) -> str:
    assert outcome.code in (0, 1) or outcome.err.startswith("error[SEG"), str(outcome)
    assert "Traceback" not in outcome.err
    return outcome.out + outcome.err


def _fits(shown: str, printed: str) -> bool:
    """Whether a text is what was printed; ``...`` stands for any lines."""
    lines = [line.rstrip() for line in shown.strip("\n").splitlines()]
    pattern = "\n".join(r"(?:.*\n?)*?" if line == "..." else re.escape(line) for line in lines).replace("*?\n", "*?")
    text = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
    return re.fullmatch(pattern, text) is not None


# -- project files ------------------------------------------------------------------------------------------------


def _toml(block: Block, page: Page) -> None:
    given = tomllib.loads(block.text)
    if "schema" in given or ("entity" in given and "key" in given["entity"]):
        path = page.folder / (block.directive("file") or "example.toml")
        path.write_text(block.text, encoding="utf-8")
        _make_folders(page)
        _, findings = load_project_file(path)
        wrong = [str(f) for f in findings if f.severity.value == "error" and f.code != "SEG422"]
        assert wrong == [], f"{block}"
        return
    whole = _laid_over(tomllib.loads(PARTS_BASE), given)
    schema_from_dict({key: value for key, value in whole.items() if key in SCHEMA_KEYS})


def _make_folders(page: Page) -> None:
    """What the project files of examples name."""
    for name in ("segments", "data"):
        (page.folder / name).mkdir(exist_ok=True)


def _laid_over(base: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    laid = dict(base)
    for key, value in given.items():
        under = base.get(key)
        laid[key] = _laid_over(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return laid


def _nothing(block: Block, page: Page) -> None:
    """Shown, and not run."""


RUNNERS: Mapping[str, Callable[[Block, Page], None]] = {
    "seg": _seg,
    "python": _python,
    "console": _console,
    "sh": _sh,
    "toml": _toml,
    "sql": _nothing,
    "yaml": _nothing,
    "": _nothing,
}
