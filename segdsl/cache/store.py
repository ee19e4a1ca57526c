"""Files that may be lost: bytes by name, in a folder that only its owner can write to.

In: a name and bytes. Out: the same bytes, later, perhaps in another process; or None. Nothing here raises: a disk that is full, a
folder that is not ours, a file that somebody cut off are all as if nothing had been kept. A file is written under another name
and then renamed, so that readers see a whole one or none, and needs no lock; its digest tells whether it is as it was written.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from segdsl.records import record

SIZE = 256 * 1024 * 1024
"""Bytes that a folder may hold. What has not been used for longest goes first."""
_HEAD = b"segdsl cache 1\n"
_SUFFIX = ".segc"
_UNFINISHED = ".part"
_HOUR = 3600


def usual_folder(environment: Mapping[str, str]) -> Path | None:
    """Where things are kept, as the environment says; None where it says that nothing is to be."""
    if environment.get("SEGDSL_CACHE", "1").strip().lower() in ("0", "off", "no", "false"):
        return None
    named = environment.get("SEGDSL_CACHE_DIR")
    if named:
        return Path(named)
    try:
        return _of_the_user(environment) / "segdsl"
    except RuntimeError:
        return None  # nobody's home


def _of_the_user(environment: Mapping[str, str]) -> Path:
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    named = environment.get("XDG_CACHE_HOME", "")
    if Path(named).is_absolute():
        return Path(named)
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


@record(frozen=True, slots=True)
class Store:
    """A folder of them, made when something is first kept."""

    folder: Path
    size: int = SIZE

    def read(self, name: str) -> bytes | None:
        """What was kept under a name."""
        path = self._path(name)
        try:
            if not self._is_ours():
                return None
            with path.open("rb") as file:
                found = os.fstat(file.fileno())
                if not _is_mine(found):
                    return None
                data = file.read()
        except (OSError, ValueError):
            return None
        if not _is_whole(name, data):
            return None
        if time.time() - found.st_mtime > _HOUR:
            with suppress(OSError):  # a disk that can only be read
                os.utime(path)  # used again
        return data[len(_HEAD) + 32 :]

    def write(self, name: str, data: bytes) -> None:
        """Keeps bytes under a name, if that can be done."""
        # Who only reads need not wait for it: a fiftieth of the start of a command.
        import tempfile

        if len(data) > self.size // 4:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._is_ours():
                return
            self._make_room(len(data))
            handle, made = tempfile.mkstemp(dir=self.folder, suffix=_UNFINISHED)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_HEAD + _digest(name, data) + data)
                Path(made).replace(self._path(name))
            except BaseException:
                Path(made).unlink(missing_ok=True)
                raise
        except (OSError, ValueError):
            return

    def _path(self, name: str) -> Path:
        return self.folder / (name + _SUFFIX)

    def _is_ours(self) -> bool:
        """Whether nobody else can have put anything into the folder. Windows keeps a user's folders to themselves."""
        if sys.platform == "win32":
            return True
        found = self.folder.stat()
        return stat.S_ISDIR(found.st_mode) and _is_mine(found) and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)

    def _make_room(self, wanted: int) -> None:
        """Drops what has not been used for longest, and what a process that ended has left unfinished."""
        there: list[tuple[float, int, str]] = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith((_SUFFIX, _UNFINISHED)) and entry.is_file(follow_symlinks=False):
                    found = entry.stat(follow_symlinks=False)
                    there.append((found.st_mtime, found.st_size, entry.path))
        total = sum(size for _, size, _ in there) + wanted
        full = total > self.size
        for used, size, path in sorted(there):
            unfinished = path.endswith(_UNFINISHED) and time.time() - used > _HOUR
            if unfinished or (full and total > self.size * 3 // 4):
                Path(path).unlink(missing_ok=True)
                total -= size


def _is_mine(found: os.stat_result) -> bool:
    return sys.platform == "win32" or found.st_uid == os.geteuid()


def _is_whole(name: str, data: bytes) -> bool:
    start = len(_HEAD) + 32
    return data.startswith(_HEAD) and _digest(name, memoryview(data)[start:]) == data[len(_HEAD) : start]


def _digest(name: str, data: bytes | memoryview) -> bytes:
    """Of bytes under a name: those of another name are not what was kept under this one."""
    found = sha256(name.encode() + b"\0")
    found.update(data)
    return found.digest()
