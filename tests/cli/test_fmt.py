"""``segdsl fmt``: which files it writes, and which it leaves alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from commands import process, segdsl

UGLY = "segment  b  WHERE orders>=1 # why\nparam p=1\n"
NEAT = "segment b where orders >= 1  # why\nparam p = 1\n"
BROKEN = "segment c where orders >= \n"


@pytest.fixture
def ugly(shop: Path) -> Path:
    file = shop / "segments" / "ugly.seg"
    file.write_text(UGLY)
    (shop / "segments" / "shop.seg").write_text(NEAT)
    return file


def test_the_projects_own_files(shop: Path, ugly: Path) -> None:
    outcome = segdsl("fmt", cwd=shop)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == "formatted segments/ugly.seg\n1 file formatted, 1 file as it should be\n"
    assert ugly.read_text() == NEAT
    again = segdsl("fmt", cwd=shop)
    assert (again.code, again.out, again.err) == (0, "", "2 files as they should be\n")


def test_what_is_neat_is_not_written(shop: Path, ugly: Path) -> None:
    neat = shop / "segments" / "shop.seg"
    before = neat.stat()
    segdsl("fmt", cwd=shop)
    after = neat.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_check(shop: Path, ugly: Path) -> None:
    outcome = segdsl("fmt", "--check", cwd=shop)
    assert (outcome.code, outcome.out) == (1, "segments/ugly.seg\n")
    assert outcome.err == "1 file to format, 1 file as it should be\n"
    assert ugly.read_text() == UGLY
    ugly.write_text(NEAT)
    assert segdsl("fmt", "--check", cwd=shop).code == 0


def test_diff(shop: Path, ugly: Path) -> None:
    outcome = segdsl("fmt", "--diff", ugly, cwd=shop)
    assert outcome.code == 1
    assert outcome.out == (
        f"--- {ugly}\n+++ {ugly} (formatted)\n@@ -1,2 +1,2 @@\n"
        "-segment  b  WHERE orders>=1 # why\n-param p=1\n+segment b where orders >= 1  # why\n+param p = 1\n"
    )
    assert ugly.read_text() == UGLY
    assert segdsl("fmt", "--diff", shop / "segments" / "shop.seg").out == ""


def test_diff_without_a_line_end(tmp_path: Path) -> None:
    file = tmp_path / "a.seg"
    file.write_text("param a = 1")
    assert segdsl("fmt", "--diff", file).out.endswith("-param a = 1\n\\ No newline at end of file\n+param a = 1\n")


@pytest.mark.parametrize("options", [("--check",), ("--diff",), ("--check", "--diff")])
def test_looking_at_standard_input(options: tuple[str, ...]) -> None:
    outcome = segdsl("fmt", "-", *options, stdin=UGLY.encode())
    assert outcome.code == 1
    assert outcome.out.startswith("--- <stdin>" if "--diff" in options else "<stdin>\n")
    assert segdsl("fmt", "-", *options, stdin=NEAT.encode()).code == 0


def test_standard_input_to_standard_output(tmp_path: Path) -> None:
    outcome = segdsl("fmt", "-", stdin=b"\xef\xbb\xbf" + UGLY.replace("\n", "\r\n").encode(), cwd=tmp_path)
    assert (outcome.code, outcome.out, outcome.err) == (0, NEAT, "")


def test_a_broken_standard_input_gives_nothing() -> None:
    outcome = segdsl("fmt", "-", stdin=BROKEN.encode())
    assert (outcome.code, outcome.out) == (1, "")
    assert "<stdin>:1:" in outcome.err


def test_neither_schema_nor_names_are_needed(tmp_path: Path) -> None:
    file = tmp_path / "a.seg"
    file.write_text("segment a where nothing.of_the+sort='x'")
    assert segdsl("fmt", tmp_path, cwd=tmp_path).code == 0
    assert file.read_text() == 'segment a where nothing.of_the + sort = "x"\n'


def test_a_broken_schema_does_not_matter(shop: Path, ugly: Path) -> None:
    toml = shop / "segdsl.toml"
    toml.write_text(toml.read_text().replace('total = "decimal(12,2)"', 'total = "money"'))
    assert segdsl("check", cwd=shop).code == 2
    assert segdsl("fmt", cwd=shop).code == 0
    assert ugly.read_text() == NEAT


def test_a_file_with_errors_is_left_alone(shop: Path, ugly: Path) -> None:
    broken = shop / "segments" / "broken.seg"
    broken.write_text("param   z=1\n" + BROKEN)
    outcome = segdsl("fmt", cwd=shop)
    assert outcome.code == 1
    assert "segments/broken.seg:2:" in outcome.err
    assert outcome.err.endswith("1 file formatted, 1 file as it should be, 1 file left alone\n")
    assert broken.read_text() == "param   z=1\n" + BROKEN
    assert ugly.read_text() == NEAT


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    file = tmp_path / "a.seg"
    file.write_bytes(b"param a = \xff\n")
    outcome = segdsl("fmt", file)
    assert outcome.code == 1
    assert "UTF-8" in outcome.err
    assert file.read_bytes() == b"param a = \xff\n"


def test_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "a.seg"
    file.write_bytes(b"\xef\xbb\xbfparam a = 1  \r\n\r\n\r\n# c \r\nparam b = 2")
    assert segdsl("fmt", file).code == 0
    assert file.read_bytes() == b"param a = 1\n\n# c\nparam b = 2\n"


def test_a_missing_file(tmp_path: Path, ugly: Path) -> None:
    outcome = segdsl("fmt", tmp_path / "gone.seg", ugly)
    assert outcome.code == 2
    assert "gone.seg" in outcome.err
    assert ugly.read_text() == NEAT


def test_links_and_permissions_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.seg"
    real.write_text(UGLY)
    real.chmod(0o640)
    link = tmp_path / "link.seg"
    link.symlink_to(real)
    assert segdsl("fmt", link).code == 0
    assert link.is_symlink() and real.read_text() == NEAT
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.seg", "real.seg"]


def test_what_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked, other = tmp_path / "locked.seg", tmp_path / "other.seg"
    for file in (locked, other):
        file.write_text(UGLY)
    locked.chmod(0o444)
    access = os.access
    # Nothing is locked for root, as whom tests may run.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != locked and access(path, mode))
    outcome = segdsl("fmt", tmp_path)
    assert outcome.code == 2
    assert "SEG907" in outcome.err and "locked.seg: permission denied" in outcome.err
    assert (locked.read_text(), other.read_text()) == (UGLY, NEAT)


def test_a_write_that_fails_leaves_the_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.seg"
    file.write_text(UGLY)

    def full(self: Path, data: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    outcome = segdsl("fmt", file)
    assert outcome.code == 2
    assert "no space left on device" in outcome.err
    assert file.read_text() == UGLY
    assert [path.name for path in tmp_path.iterdir()] == ["a.seg"]


def test_usage(tmp_path: Path, shop: Path) -> None:
    assert segdsl("fmt", "-", "-").code == 2
    assert segdsl("fmt", "--project", shop / "segdsl.toml", "-").code == 2
    assert "SEG905" in segdsl("fmt", cwd=tmp_path).err
    empty = segdsl("fmt", tmp_path)
    assert empty.code == 0


def test_as_a_process_without_the_engines(shop: Path, ugly: Path) -> None:
    code = (
        "import sys; from segdsl.cli.main import run; code = run(['fmt', '--check']);"
        "print({'polars', 'sqlglot', 'duckdb'} & set(sys.modules), code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=shop,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout == "segments/ugly.seg\nset() 1\n"
    assert process("fmt", cwd=shop).code == 0


def test_what_somebody_writes_meanwhile_is_not_lost(shop: Path, ugly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from segdsl.cli import fmt

    def slowly(text: str, *rest: object, **more: object) -> str:
        ugly.write_text("segment newer where true\n")
        return NEAT

    monkeypatch.setattr(fmt, "format_text", slowly)
    outcome = segdsl("fmt", "segments/ugly.seg", cwd=shop)
    assert (outcome.code, ugly.read_text()) == (2, "segment newer where true\n")
    assert "cannot write segments/ugly.seg: it was changed while it was formatted" in outcome.err
    assert [file.name for file in ugly.parent.iterdir() if file.suffix != ".seg"] == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_pipes_in_folders_are_not_waited_for(shop: Path, ugly: Path) -> None:
    os.mkfifo(shop / "segments" / "pipe.seg")
    outcome = segdsl("fmt", "--check", "segments", cwd=shop)
    assert (outcome.code, outcome.out) == (1, "segments/ugly.seg\n")
