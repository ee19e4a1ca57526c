"""Files that may be lost: whole or not there, whatever becomes of them, and never more than there is room for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from segdsl.cache.store import Store, usual_folder

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes of folders")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "kept")


def files(store: Store) -> list[Path]:
    return sorted(store.folder.iterdir())


def test_what_was_kept_comes_back(store: Store) -> None:
    assert store.read("a") is None
    store.write("a", b"one")
    store.write("b", b"")
    assert store.read("a") == b"one"
    assert store.read("b") == b""
    store.write("a", b"two")
    assert store.read("a") == b"two"
    assert len(files(store)) == 2


def test_cut_off_anywhere_it_is_not_there(store: Store) -> None:
    store.write("a", b"some bytes")
    (file,) = files(store)
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert store.read("a") is None
    file.write_bytes(whole + b"x")
    assert store.read("a") is None
    store.write("a", b"some bytes")
    assert store.read("a") == b"some bytes"


def test_damaged_anywhere_it_is_not_there(store: Store) -> None:
    store.write("a", bytes(Random(1).randbytes(300)))
    (file,) = files(store)
    whole = file.read_bytes()
    for at in range(len(whole)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert store.read("a") is None


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x05.", b"segdsl cache 1\n", b"segdsl cache 2\n" + b"\0" * 64, b"\0" * 4096]
)
def test_a_file_of_another_kind_is_not_there(store: Store, content: bytes) -> None:
    store.write("a", b"x")
    (file,) = files(store)
    file.write_bytes(content)
    assert store.read("a") is None


def test_a_folder_in_its_place_is_no_matter(store: Store) -> None:
    (store.folder / "a.segc").mkdir(parents=True)
    store.folder.chmod(0o700)
    assert store.read("a") is None
    store.write("a", b"x")
    assert store.read("a") is None
    assert [path.name for path in files(store)] == ["a.segc"]


@posix
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o722])
def test_a_folder_that_others_can_write_to_is_not_used(store: Store, mode: int) -> None:
    store.write("a", b"x")
    store.folder.chmod(mode)
    assert store.read("a") is None
    store.write("b", b"y")
    assert len(files(store)) == 1


@posix
def test_somebody_elses_folder_is_not_used(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("a", b"x")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert store.read("a") is None


@posix
def test_somebody_elses_file_is_not_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("a", b"x")
    true = os.fstat
    monkeypatch.setattr(os, "fstat", lambda handle: os.stat_result((*true(handle)[:4], 12345, *true(handle)[5:10])))
    assert store.read("a") is None


@posix
def test_it_is_made_for_its_owner_alone(store: Store) -> None:
    store.write("a", b"x")
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert files(store)[0].stat().st_mode & 0o077 == 0


def test_where_a_folder_cannot_be_nothing_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for folder in (file, file / "below", Path("\0")):
        store = Store(folder)
        store.write("a", b"x")
        assert store.read("a") is None


def test_what_is_on_a_disk_that_can_only_be_read_serves(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("a", b"x")
    (file,) = files(store)
    os.utime(file, (time.time() - 7200,) * 2)

    def refused(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "utime", refused)
    assert store.read("a") == b"x"


def test_a_full_disk_is_no_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("a", b"x")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    store.write("b", b"y")
    assert store.read("b") is None
    assert store.read("a") == b"x"
    assert len(files(store)) == 1


def test_what_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    store = Store(tmp_path, size=10_000)
    for number in range(8):
        store.write(f"n{number}", b"x" * 1_000)
        os.utime(tmp_path / f"n{number}.segc", (time.time() - 7_200 + number, time.time() - 7_200 + number))
    assert store.read("n0") is not None  # used again
    store.write("more", b"x" * 2_400)
    assert store.read("more") is not None
    assert store.read("n0") is not None
    assert store.read("n1") is None
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10_000


def test_what_is_too_large_is_not_kept(tmp_path: Path) -> None:
    store = Store(tmp_path, size=10_000)
    store.write("a", b"x" * 2_501)
    assert store.read("a") is None


def test_what_a_process_left_unfinished_is_swept_up(store: Store) -> None:
    store.write("a", b"x")
    old, new = store.folder / "old.part", store.folder / "new.part"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 7_200, time.time() - 7_200))
    other = store.folder / "mine.txt"
    other.write_text("not ours")
    os.utime(other, (0, 0))
    store.write("b", b"y")
    assert not old.exists()
    assert new.exists()
    assert other.exists()


RACE = """
import sys
from pathlib import Path
from segdsl.cache.store import Store
store, mine = Store(Path(sys.argv[1]), size=60_000), int(sys.argv[2])
for turn in range(300):
    name = f"n{turn % 7}"
    store.write(name, bytes([mine]) * (1_000 + turn % 7))
    found = store.read(name)
    assert found is None or (len(found) == 1_000 + turn % 7 and len(set(found)) == 1), found
"""


def test_processes_may_use_it_at_once(tmp_path: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", RACE, str(tmp_path / "kept"), str(number)], env=_environment())
        for number in range(4)
    ]
    assert [process.wait(timeout=120) for process in running] == [0] * 4
    assert {path.suffix for path in (tmp_path / "kept").iterdir()} == {".segc"}


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"SEGDSL_CACHE": "0"}, None),
        ({"SEGDSL_CACHE": " Off ", "SEGDSL_CACHE_DIR": "/x"}, None),
        ({"SEGDSL_CACHE_DIR": "/x/y", "XDG_CACHE_HOME": "/z"}, "/x/y"),
        ({"SEGDSL_CACHE": "1", "XDG_CACHE_HOME": "/z"}, "/z/segdsl"),
        ({"XDG_CACHE_HOME": "relative"}, "HOME/.cache/segdsl"),
        ({}, "HOME/.cache/segdsl"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="each system has its own")
def test_where(environment: dict[str, str], folder: str | None) -> None:
    wanted = None if folder is None else Path(folder.replace("HOME", str(Path.home())))
    assert usual_folder(environment) == wanted
