"""Inputs of which something else than diagnostics once came; and that fuzzing finds such inputs, makes them small and keeps them."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from commands import ROOT
from fuzz import targets
from fuzz.__main__ import KEPT, shrunk
from fuzz.corpus import dictionary, scenes, seeds, words
from fuzz.targets import TARGETS, Target, TooLong

CASES = sorted(KEPT.glob("*-*"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_kept(path: Path) -> None:
    Target(path.name.partition("-")[0])(path.read_bytes())


def test_what_fuzzing_starts_from() -> None:
    assert len(scenes()) > 20
    assert len(set(seeds())) > 2_000
    assert {"segment", "streak", "preceded"} < set(words())
    assert all(line.isascii() for line in dictionary().splitlines())


@pytest.mark.parametrize("name", TARGETS)
def test_some_of_the_texts(name: str) -> None:
    """All of them are tried by the runs of fuzzing; here, that the targets do not fail by themselves."""
    for seed in list(seeds())[::60]:
        Target(name)(seed)


def test_an_input_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(data: bytes) -> None:
        while True:
            pass

    monkeypatch.setattr(targets, "SECONDS", 0.2)
    monkeypatch.setitem(TARGETS, "parse", endless)  # type: ignore[arg-type]
    with pytest.raises(TooLong):
        Target("parse")(b"")


def test_what_fails_is_made_small() -> None:
    def fails(data: bytes) -> None:
        assert b"needle" not in data

    assert shrunk(b"\0\0" + b"hay " * 200 + b"needle" + b" hay" * 200, fails) == b"\0\0needle"


FAULT = """
import sys
sys.path[:0] = {path!r}
sys.argv = {argv!r}
from fuzz import __main__ as runner

import segdsl.syntax.parse as parse

check = parse.check

def faulty(text, lexemes, place, limits):
    if "followed" in text:
        raise KeyError("planted")
    return check(text, lexemes, place, limits)

parse.check = faulty
sys.exit(runner.main())
"""


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")
def test_a_planted_fault_is_found_and_kept(tmp_path: Path) -> None:
    """The inside of a run; the outside only starts it and looks at what it left."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "one").write_bytes(b"\0\0any(order followed by (order))")
    (tmp_path / "words.dict").write_text(dictionary(), "ascii")
    argv = ["fuzz", "parse", "--inside", "--minutes", "0.2", "--corpus", str(corpus)]
    script = FAULT.format(path=[str(ROOT), str(ROOT / "tests")], argv=argv)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode != 0
    assert "KeyError: 'planted'" in done.stderr + done.stdout
    (left,) = tmp_path.glob("crash-*")
    assert b"followed" in left.read_bytes()
