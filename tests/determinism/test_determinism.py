"""The same text, schema and version give the same SQL, byte for byte, whatever Python, sqlglot and surroundings they meet.

`digests/` says what the texts came to when somebody last looked. After a change of SQL that is meant:
``python -m tests.determinism --write``, and the change of the files is looked at like any other.

Other sqlglots are folders that `.ci/run` installs them in: ``SEGDSL_SQLGLOT_OLDEST`` the oldest that is allowed,
``SEGDSL_SQLGLOT_COMPILED`` this one with its compiled package. Other Pythons are those found here; they borrow this one's packages,
none of which is made for one version of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import lark
import pytest
import sqlglot
import tzdata
from commands import ROOT
from determinism.__main__ import digests, recorded

SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
PACKAGES = (lark, sqlglot, tzdata)
"""What writing SQL takes."""


def made(
    *options: str,
    python: str = sys.executable,
    flags: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> dict[str, dict[str, str]]:
    """The digests that a process of its own comes to."""
    done = subprocess.run(
        [python, *flags, str(ROOT / "tests" / "determinism" / "__main__.py"), *options],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


def different(found: Mapping[str, Mapping[str, str]], wanted: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [
        f"{dialect}: {name}"
        for dialect in {**wanted, **found}
        for name in {**wanted.get(dialect, {}), **found.get(dialect, {})}
        if wanted.get(dialect, {}).get(name) != found.get(dialect, {}).get(name)
    ]


@pytest.fixture(scope="module")
def usual() -> dict[str, dict[str, str]]:
    return digests()


def test_the_sql_is_as_it_was_when_somebody_last_looked(usual: dict[str, dict[str, str]]) -> None:
    assert different(usual, recorded()) == [], "if this is meant: python -m tests.determinism --write"


SURROUNDINGS: Mapping[str, dict[str, object]] = {
    "hash_seed_and_time_zone": {"env": {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"}},
    "another_folder_no_assertions_and_ascii_streams": {
        "flags": ("-OO",),
        "env": {"PYTHONHASHSEED": "4242", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        "cwd": Path("/"),
    },
    "warnings_are_errors": {"flags": ("-X", "dev", "-W", "error")},
    "decimals_of_three_digits": {"options": ("--odd-numbers",)},
    "thread_of_256_KiB": {"options": ("--stack", "256")},
    "thread_of_256_KiB_and_recursion_of_100_000": {"options": ("--stack", "256", "--recursion", "100000")},
    "recursion_of_300": {"options": ("--recursion", "300")},
}


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_surroundings(name: str, usual: dict[str, dict[str, str]]) -> None:
    how = dict(SURROUNDINGS[name])
    assert different(made(*how.pop("options", ()), **how), usual) == []  # type: ignore[misc, arg-type]


@pytest.mark.parametrize("language", ["tr_TR", "de_DE"])
def test_locale(language: str, usual: dict[str, dict[str, str]], tmp_path: Path) -> None:
    """Turkish has an i without a dot, German a comma in its numbers."""
    localedef = shutil.which("localedef")
    if localedef is None:
        pytest.skip("localedef is not installed")
    place = tmp_path / f"{language}.UTF-8"
    done = subprocess.run([localedef, "-i", language, "-f", "UTF-8", str(place)], capture_output=True, check=False)
    if not place.exists():
        pytest.skip(f"the locale cannot be made: {done.stderr.decode()}")
    env = {"LOCPATH": str(tmp_path), "LC_ALL": f"{language}.UTF-8"}
    assert different(made("--locale", f"{language}.UTF-8", env=env), usual) == []


def folder(variable: str) -> str:
    """One that an environment variable names."""
    found = os.environ.get(variable)
    if not found:
        pytest.skip(f"{variable} names no folder: .ci/run installs it")
    assert (Path(found) / "sqlglot").is_dir()
    return found


@pytest.mark.parametrize("which", ["OLDEST", "COMPILED"])
def test_sqlglot(which: str, usual: dict[str, dict[str, str]], request: pytest.FixtureRequest) -> None:
    """With ``--every-case``, of every condition of the cases too, so that each function is among them."""
    other, cases = folder(f"SEGDSL_SQLGLOT_{which}"), request.config.getoption("--every-case")
    wanted = digests(cases=True) if cases else usual
    assert different(made(*(["--cases"] if cases else []), env={"PYTHONPATH": other}), wanted) == []


def test_the_oldest_sqlglot_is_the_oldest_allowed() -> None:
    allowed = re.search(r'"sqlglot>=([\d.]+),<', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert allowed is not None
    assert (Path(folder("SEGDSL_SQLGLOT_OLDEST")) / f"sqlglot-{allowed[1]}.dist-info").is_dir()


@pytest.mark.parametrize("version", SUPPORTED)
def test_python(version: str, usual: dict[str, dict[str, str]], tmp_path: Path) -> None:
    python = _python(version)
    if python is None:
        pytest.skip(f"Python {version} is not here")
    for package in PACKAGES:
        assert package.__file__ is not None
        (tmp_path / package.__name__).symlink_to(Path(package.__file__).parent, target_is_directory=True)
    env = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    assert different(made(python=python, env=env), usual) == []


def _python(version: str) -> str | None:
    """One of that version: this one, one on the path, one of pyenv's."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    kept = sorted(versions.glob(f"{version}.*/bin/python{version}"))
    for python in (sys.executable, shutil.which(f"python{version}"), *map(str, reversed(kept))):
        if python is None:
            continue
        asked = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return python
    return None
