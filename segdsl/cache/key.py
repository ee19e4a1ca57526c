"""What a compiled library depends on, as one digest: two libraries of one digest are compiled to the same.

In: the parts of a library. Out: a text of letters and digits, or None for a library that has none, because of a setting of
some other kind than the language's. Versions count, those of segdsl's own files too: whoever changes the compiler in
place has another one.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from hashlib import sha256
from pathlib import Path

from segdsl import __version__
from segdsl.begun import begun
from segdsl.source import Source, Span

_PLAIN = (str, bool, int, float, Decimal, date, timedelta, type(None))
_PACKAGE = Path(__file__).parent.parent
_TICK = 20_000_000
"""Nanoseconds: systems tell a file's time by a clock that may be so much behind."""


class _NoKey(Exception):
    """There is something in it that is not known to be the same when it looks the same."""


def key_of(parts: Iterable[object]) -> tuple[str, tuple[Source, ...]] | None:
    """The digest of some parts and of all that compiles them, and the texts among the parts."""
    speller = _Speller()
    try:
        for part in (compiler(), *parts):
            speller.spell(part)
    except Exception:  # noqa: BLE001 - a host's own objects may do anything when they are looked at
        return None
    spelled = "\0".join(speller.pieces)
    return sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest()[:40], tuple(speller.sources)


@cache
def compiler() -> tuple[object, ...]:
    """Which segdsl, Python, parser and time zones these are. Raises `_NoKey` or `OSError`."""
    return (
        __version__,
        sys.implementation.name,
        sys.version,
        *_files_of_others(),
        tuple(_files(_PACKAGE, begun() - _TICK)),
    )


def is_as_it_was() -> bool:
    """Whether all files are still those that there were when the process began: parts of segdsl are imported late."""
    try:
        tuple(_files_of_others())
        return all(_files(_PACKAGE, begun() - _TICK))
    except (_NoKey, OSError):
        return False


def _files_of_others() -> Iterator[tuple[str, int, int] | None]:
    for name in ("tzdata", "lark"):
        found = importlib.util.find_spec(name)
        yield None if found is None or found.origin is None else _stamp(Path(found.origin), begun() - _TICK)


def _files(package: Path, latest: int) -> Iterator[tuple[str, int, int]]:
    """The files of the package, in a zip file the zip file; sizes and times tell whether one was changed. Raises `_NoKey` if one was
    changed or put there after the latest time."""
    if not package.is_dir():
        yield _stamp(package, latest)
        return
    # In a checkout the grammar is beside the package.
    folders = [str(folder) for folder in (package, package.parent / "grammar") if folder.is_dir()]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if not entry.is_dir():
                    yield _stamped(entry.path, entry.stat(), latest)
                elif entry.name != "__pycache__":
                    folders.append(entry.path)


def _stamp(path: Path, latest: int) -> tuple[str, int, int]:
    """Of a file, or of the zip file that it is in."""
    found = next((place for place in (path, *path.parents) if place.is_file()), None)
    if found is None:
        raise _NoKey
    return _stamped(str(found), found.stat(), latest)


def _stamped(path: str, found: os.stat_result, latest: int) -> tuple[str, int, int]:
    # A file keeps its own time when it is moved to its place, and that may be any; the other one tells when it was put there. On
    # Windows that is when it was made.
    changed = max(found.st_mtime_ns, found.st_ctime_ns) if sys.platform == "win32" else found.st_ctime_ns
    if changed > latest:
        raise _NoKey
    return path, found.st_size, found.st_mtime_ns


class _Speller:
    """Tells values from others, in pieces of text. ``sources``: the texts that it has come by, each spelled once."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.sources: list[Source] = []
        self._numbers: dict[int, int] = {}
        self._names: dict[type, tuple[str, ...]] = {}

    def spell(self, value: object) -> None:
        cls, say = type(value), self.pieces.append
        if cls in _PLAIN:
            say(f"{cls.__name__} {value!r}")
        elif cls is datetime:
            assert isinstance(value, datetime)
            self._time(value)
        elif cls is Span:
            assert isinstance(value, Span)
            self.spell(value.source)
            say(f"{value.start} {value.end}")
        elif cls is Source:
            assert isinstance(value, Source)
            self._source(value)
        elif isinstance(value, Enum):
            say(f"{cls.__qualname__} {value.value!r}")
        elif is_dataclass(cls):
            names = self._names.get(cls) or self._names.setdefault(cls, tuple(field.name for field in fields(cls)))
            say(f"{cls.__module__}.{cls.__qualname__} {len(names)}")
            for name in names:
                self.spell(getattr(value, name))
        elif isinstance(value, Mapping):
            say(f"mapping {len(value)}")
            for name, item in value.items():
                self.spell(name)
                self.spell(item)
        elif isinstance(value, tuple | list):
            say(f"{cls.__name__} {len(value)}")
            for item in value:
                self.spell(item)
        elif isinstance(value, frozenset | set) and all(type(item) is str for item in value):
            say(f"set {len(value)}")
            for item in sorted(value):
                self.spell(item)
        else:
            raise _NoKey

    def _time(self, value: datetime) -> None:
        """A zone may say the same of itself on every machine, and be another one."""
        offset = value.utcoffset()
        told = value if offset is None else value.astimezone(UTC)
        self.pieces.append(f"datetime {told!r} {offset!r}")

    def _source(self, source: Source) -> None:
        number = self._numbers.get(id(source))
        if number is None:
            number = self._numbers[id(source)] = len(self.sources)
            self.sources.append(source)
            self.pieces += ("source", str(len(source.name)), str(len(source.text)), source.name, source.text)
        self.pieces.append(f"source {number}")
