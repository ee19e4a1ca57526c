"""Libraries that were compiled before: the same in every way, and never those of another text, schema, setting or version."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

import segdsl
from segdsl import begun, pipeline
from segdsl.cache import key as keys
from segdsl.cache.kept import nothing_kept
from segdsl.library import Library

ROOT = Path(__file__).parent.parent.parent
PROJECT = """language = "1"
segments = ["segments"]
packs = ["commerce"]
schema = "commerce"
"""
SEGMENTS = """
param many: int = 3
# what follows uses it
trait often = orders >= many
segment loyal "Loyal" tags "a", "b" where often and last_order_days < 60
segment never where orders > 1 and orders < 1
tiers level
  gold where orders >= 10
  otherwise plain
segment before where (orders >= 2) as of 30 days ago
"""
INSTANT = "2026-06-01T00:00:00Z"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEGDSL_CACHE", "1")
    monkeypatch.setenv("SEGDSL_CACHE_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "segments").mkdir()
    (tmp_path / "segments" / "own.seg").write_text(SEGMENTS, encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text(PROJECT, encoding="utf-8")
    return tmp_path / "segdsl.toml"


def seen(library: Library) -> tuple[object, ...]:
    """All that a host sees of it."""
    segments = tuple(
        (one.name, one.title, one.about, one.tags, one.pack, one.place, one.text, one.tiers) for one in library.values()
    )
    if library.check().errors:
        return segments, library.check().to_json(), library.check().render()
    plan = library.select().plan()
    return (
        segments,
        library.check().to_json(),
        library.check().render(),
        repr(plan),
        plan,
        repr(library.program()),
        library.program(),
        str(library.sql("duckdb", as_of=INSTANT)),
        str(library.select(["loyal"]).sql("postgres", "members", as_of=INSTANT)),
        library["loyal"].explain(INSTANT).to_json() if hasattr(library["loyal"].explain(INSTANT), "to_json") else "",
        [len(tuple(segment.check())) for segment in library.values()],
        library.condition("orders > 2 and loyal").check().to_json(),
        [example.title for example in library.examples],
    )


def compiled_anew() -> Iterator[mock.MagicMock]:
    with mock.patch.object(pipeline, "parse", side_effect=pipeline.parse) as parse:
        yield parse


asked = pytest.fixture(compiled_anew)


def test_it_is_the_same_with_and_without(project: Path) -> None:
    without = seen(segdsl.load(project, cache=False).library)
    assert seen(segdsl.load(project).library) == without
    assert seen(segdsl.load(project).library) == without


def test_what_was_kept_is_not_compiled_again(project: Path, asked: mock.MagicMock, folder: Path) -> None:
    def use() -> None:
        library = segdsl.load(project).library
        library.check()
        assert "loyal" in library
        library.select().plan()
        library.program()
        library.check_past(library.select().segments, library.as_of(INSTANT))

    use()
    assert asked.call_count == 1
    assert len(list(folder.iterdir())) == 6
    use()
    assert asked.call_count == 1


def test_a_statement_needs_no_compiler_of_texts(project: Path, asked: mock.MagicMock) -> None:
    for _ in range(2):
        library = segdsl.load(project).library
        library.select(["loyal"]).sql("duckdb", "members", as_of=INSTANT)
    assert asked.call_count == 1


def _text(project: Path) -> None:
    file = project.parent / "segments" / "own.seg"
    file.write_text(SEGMENTS.replace("60", "61"), encoding="utf-8")


def _blanks(project: Path) -> None:
    (project.parent / "segments" / "own.seg").write_text("\n" + SEGMENTS, encoding="utf-8")


def _name(project: Path) -> None:
    file = project.parent / "segments" / "own.seg"
    file.rename(file.with_name("other.seg"))


def _another_file(project: Path) -> None:
    (project.parent / "segments" / "more.seg").write_text("segment more where orders > 7", encoding="utf-8")


def _zone(project: Path) -> None:
    project.write_text('timezone = "Europe/Athens"\n' + PROJECT, encoding="utf-8")


def _limits(project: Path) -> None:
    project.write_text(PROJECT + "[limits]\nnesting = 7\n", encoding="utf-8")


@pytest.mark.parametrize("change", [_text, _blanks, _name, _another_file, _zone, _limits])
def test_whatever_changes_it_is_compiled_anew(
    project: Path, change: Callable[[Path], None], asked: mock.MagicMock
) -> None:
    segdsl.load(project).library.check()
    change(project)
    after = segdsl.load(project).library
    found = after.check().render()
    assert asked.call_count == 2
    assert seen(after) == seen(segdsl.load(project, cache=False).library)
    assert found == segdsl.load(project, cache=False).library.check().render()


def test_another_setting_is_another_library(project: Path, asked: mock.MagicMock) -> None:
    texts = set()
    for settings in ({}, {"many": 4}, {"many": 5}, {"many": 4}):
        library = segdsl.load(project, settings=settings).library
        texts.add(str(library.sql("duckdb", names=["loyal"], as_of=INSTANT)))
    assert len(texts) == 3
    assert asked.call_count == 3
    library = segdsl.load(project).library.with_settings(many=5)
    library.select(["loyal"]).plan()
    assert asked.call_count == 3


@pytest.mark.parametrize(
    "what", [("__version__", "9.9"), ("compiler", lambda: ("another Python",))], ids=["segdsl", "Python and the rest"]
)
def test_another_version_compiles_anew(
    project: Path, asked: mock.MagicMock, monkeypatch: pytest.MonkeyPatch, what: tuple[str, object]
) -> None:
    segdsl.load(project).library.check()
    keys.compiler.cache_clear()
    monkeypatch.setattr(keys, *what)
    segdsl.load(project).library.check()
    assert asked.call_count == 2
    monkeypatch.undo()
    keys.compiler.cache_clear()


def test_another_file_of_the_package_is_another_compiler(tmp_path: Path) -> None:
    package = tmp_path / "segdsl"
    package.mkdir()
    (package / "a.py").write_text("1")
    later = time.time_ns() + 3_600_000_000_000
    before = list(keys._files(package, later))
    os.utime(package / "a.py", (1, 1))
    touched = list(keys._files(package, later))
    (package / "b.py").write_text("1")
    assert before != touched
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "a.cpython-313.pyc.140").write_text("half")
    assert len(list(keys._files(package, later))) == 2
    os.utime(package / "a.py", ns=(2 * later, 2 * later))
    assert len(list(keys._files(package, later))) == 2  # what time somebody gave it does not tell when it came
    with pytest.raises(keys._NoKey):
        list(keys._files(package, time.time_ns() - 3_600_000_000_000))


def test_in_a_zip_file_it_is_the_zip_file(tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    archive.write_bytes(b"any")
    later = time.time_ns() + 3_600_000_000_000
    (stamp,) = keys._files(archive / "segdsl", later)
    assert stamp[:2] == (str(archive), 3)
    assert keys._stamp(archive / "lark" / "__init__.py", later) == stamp
    with pytest.raises(keys._NoKey):
        list(keys._files(tmp_path / "nothing" / "segdsl", later))


OLD_CODE = """
import sys, segdsl
from pathlib import Path
home, project, what = Path(segdsl.__file__).parent, sys.argv[1], sys.argv[2]
assert home.parent == Path.cwd(), "a copy"
target = home / "errors" / "lint.py"
if what == "written":
    target.write_text(target.read_text() + "# changed\\n")
elif what == "put there with its own time":
    import os, shutil
    shutil.copy2(target, home.parent / "other.py")
    os.replace(home.parent / "other.py", target)
library = segdsl.load(project).library
if what == "written meanwhile":
    library._what_is_kept()
    target.write_text(target.read_text() + "# changed\\n")
library.check()
"""


@pytest.mark.parametrize("how", ["not at all", "written", "written meanwhile", "put there with its own time"])
def test_what_old_code_compiled_is_not_kept_for_the_new(project: Path, folder: Path, tmp_path: Path, how: str) -> None:
    home = tmp_path / "installed"
    shutil.copytree(ROOT / "segdsl", home / "segdsl", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("grammar", "segments"):
        shutil.copytree(ROOT / name, home / name)
    time.sleep(0.2)
    environment = {**os.environ, "PYTHONPATH": str(home), "SEGDSL_CACHE_DIR": str(folder), "SEGDSL_CACHE": "1"}
    subprocess.run([sys.executable, "-c", OLD_CODE, str(project), how], cwd=home, env=environment, check=True)
    assert folder.exists() == (how == "not at all")


@pytest.mark.parametrize(("seconds", "told"), [(-60, -60), (3600, 0), (0, 0)])
def test_where_the_clock_was_set_back_it_began_earlier(
    monkeypatch: pytest.MonkeyPatch, seconds: int, told: int
) -> None:
    """A file that was changed later has a time of the clock as it is now."""
    before = time.time_ns()
    first = begun.begun()
    monkeypatch.setattr(begun, "time_ns", lambda: time.time_ns() + seconds * 1_000_000_000)
    assert first < before
    assert begun.begun() - first == pytest.approx(told * 1_000_000_000, abs=100_000_000)


class _Local(tzinfo):
    """As that of the machine, which says the same of itself on every one."""

    def __init__(self, hours: int) -> None:
        self._hours = hours

    def utcoffset(self, _: datetime | None) -> timedelta:
        return timedelta(hours=self._hours)

    def dst(self, _: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, _: datetime | None) -> str:
        return "local"

    def __repr__(self) -> str:
        return "tzlocal()"


def test_a_time_is_known_by_its_offset() -> None:
    first, second, same = (keys.key_of([datetime(2026, 5, 1, tzinfo=_Local(hours))]) for hours in (0, 2, 2))
    assert first is not None and second is not None
    assert first != second == same
    assert keys.key_of([datetime(2026, 5, 1)]) != first


_find_spec = importlib.util.find_spec


@pytest.mark.parametrize("package", ["lark", "tzdata"])
def test_another_parser_or_other_zones_are_another_compiler(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    before = list(keys._files_of_others())
    assert None not in before
    found = _find_spec(package)
    assert found is not None and found.origin is not None
    other = SimpleNamespace(origin=__file__)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: other if name == package else _find_spec(name))
    assert [one == two for one, two in zip(before, keys._files_of_others(), strict=True)].count(False) == 1


def test_sets_are_told_apart() -> None:
    assert keys.key_of([frozenset({"a", "b"})]) != keys.key_of([frozenset({"a\0b", ""})])
    assert keys.key_of([frozenset({"a", "b\0c"})]) != keys.key_of([frozenset({"a\0b", "c"})])


class _NoMapping(dict[str, object]):
    def items(self) -> Any:
        raise RuntimeError("no")


def _itself() -> list[object]:
    made: list[object] = []
    made.append(made)
    return made


@pytest.mark.parametrize("value", [10**5000, _itself(), _NoMapping(a=1)], ids=["digits", "itself", "mapping"])
def test_settings_that_nothing_can_be_made_of_have_no_key(project: Path, folder: Path, value: object) -> None:
    def told(*, cache: bool) -> list[str]:
        try:
            return [
                one.code for one in segdsl.load(project, settings={"many": value}, cache=cache).library.check().errors
            ]
        except segdsl.SegdslError as error:
            return [one.code for one in error.diagnostics]

    assert told(cache=True) == told(cache=False) != []
    assert not folder.exists()


@pytest.mark.parametrize("cache", [None, 0, 1, b"x", 3.5, ["a"]])
def test_a_cache_that_is_none(project: Path, cache: object) -> None:
    schema = segdsl.load(project).library.schema
    for load in (
        lambda: segdsl.load(project, cache=cache),  # type: ignore[arg-type]
        lambda: Library.from_files(project.parent / "segments", schema, cache=cache),  # type: ignore[arg-type]
    ):
        with pytest.raises(segdsl.SegdslError) as raised:
            load()
        assert [one.code for one in raised.value.diagnostics] == ["SEG913"]


def test_a_setting_that_is_no_value_of_the_language_has_no_key(project: Path, folder: Path) -> None:
    class Odd(int):
        pass

    library = segdsl.load(project).library.with_settings(many=Odd(4))
    assert library._what_is_kept() is None
    library.check()
    assert not folder.exists()


@pytest.mark.parametrize("how", ["emptied", "cut", "damaged", "another's", "another kind"])
def test_damaged_files_are_written_again(project: Path, folder: Path, how: str, asked: mock.MagicMock) -> None:
    def use() -> tuple[str, str]:
        library = segdsl.load(project).library
        return library.check().render(), repr(library.select().plan())

    wanted = use()
    whole = {path: path.read_bytes() for path in folder.iterdir()}
    for path, data in whole.items():
        swapped = next(other for place, other in whole.items() if place != path)
        path.write_bytes({
            "emptied": b"", "cut": data[: len(data) // 2], "damaged": data[:-1] + b"?", "another's": swapped,
            "another kind": b"\x80\x05K\x01.",
        }[how])  # fmt: skip
    assert use() == wanted
    assert asked.call_count == 2
    assert {path: path.read_bytes() for path in folder.iterdir()} == whole


def test_a_wrong_library_is_remembered_as_wrong(project: Path, asked: mock.MagicMock) -> None:
    file = project.parent / "segments" / "own.seg"
    file.write_text(SEGMENTS + "segment broken where where\nsegment odd where nothing_known > 1\n", encoding="utf-8")
    told = []
    for _ in range(2):
        library = segdsl.load(project).library
        with pytest.raises(segdsl.SegdslError) as raised:
            library.select(["loyal"]).sql("duckdb", as_of=INSTANT)
        told.append((str(raised.value), library.check().render()))
    assert asked.call_count == 1
    assert told[0] == told[1]
    library = segdsl.load(project).library
    with pytest.raises(segdsl.SegdslError, match="broken"):
        library["broken"]


def test_a_file_that_cannot_be_read_is_not_kept(project: Path, folder: Path) -> None:
    (project.parent / "segments" / "bad.seg").write_bytes(b"\xff")
    segdsl.load(project).library.check()
    assert not folder.exists()


def test_texts_of_a_host_are_not_kept(folder: Path) -> None:
    schema = {"entity": {"name": "c", "table": "t", "key": "id", "fields": {"id": "int"}}}
    Library.from_text("segment a where id > 1", schema).check()
    assert not folder.exists()


def test_it_can_be_told_not_to(project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    segdsl.load(project, cache=False).library.check()
    with nothing_kept():
        segdsl.load(project).library.check()
    monkeypatch.setenv("SEGDSL_CACHE", "0")
    segdsl.load(project).library.check()
    assert not folder.exists()
    segdsl.load(project, cache=tmp_path / "here").library.check()
    assert len(list((tmp_path / "here").iterdir())) == 2


def test_where_nothing_can_be_kept_all_goes_on(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.parent / "file").write_text("")
    monkeypatch.setenv("SEGDSL_CACHE_DIR", str(project.parent / "file" / "below"))
    assert seen(segdsl.load(project).library) == seen(segdsl.load(project, cache=False).library)


def command(*arguments: str, folder: Path, cwd: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SEGDSL_CACHE_DIR": str(folder), "SEGDSL_CACHE": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "segdsl", *arguments],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_commands_at_once_say_the_same(project: Path, folder: Path) -> None:
    arguments = ("compile", "loyal", "--dialect", "duckdb", "--as-of", INSTANT)
    alone = command("--no-cache", *arguments, folder=folder, cwd=project.parent)
    wanted = alone.communicate(timeout=120)
    assert alone.returncode == 0
    assert not folder.exists()
    for _ in range(2):
        running = [command(*arguments, folder=folder, cwd=project.parent) for _ in range(3)]
        assert [process.communicate(timeout=120) for process in running] == [wanted] * 3


def test_check_says_the_same(project: Path, folder: Path) -> None:
    outcomes = []
    for options in (["--no-cache"], [], []):
        running = command(*options, "check", "--format", "json", folder=folder, cwd=project.parent)
        outcomes.append((*running.communicate(timeout=120), running.returncode))
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert "SEG" in outcomes[0][0]


def test_what_is_given_to_check_besides_counts(project: Path, asked: mock.MagicMock) -> None:
    library = segdsl.load(project).library
    library.check()
    more = pipeline.Unit(segdsl.source.Source("<stdin>", "segment x where orders > 1"))
    wider = replace(library, units=(*library.units, more))
    assert "x" in wider
    assert asked.call_count == 2


def test_nothing_of_the_compiler_is_imported_for_what_is_kept(project: Path, folder: Path) -> None:
    """What makes a second `segdsl check` quick: told by what is imported, since time depends on the machine."""
    program = (
        "import sys; from segdsl.cli.main import run; code = run(['check'])\n"
        "print(code, *sorted(n for n in sys.modules if n.startswith(('segdsl.syntax', 'segdsl.planning', 'segdsl.explanation'"
        ", 'segdsl.backends', 'segdsl.semantics')) or n in ('lark', 'polars', 'sqlglot', 'duckdb')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SEGDSL_CACHE_DIR": str(folder), "SEGDSL_CACHE": "1"}
    told = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=project.parent,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(done.stdout.splitlines()[-1].split())
    assert "segdsl.semantics.resolve" in told[0]
    assert "segdsl.syntax.drive" in told[0]
    assert "lark" not in told[0]
    assert told[1] == [
        "0",
        "segdsl.semantics",
        "segdsl.semantics.ir",
        "segdsl.semantics.time",
        "segdsl.syntax",
        "segdsl.syntax.decode",
    ]
