"""The texts of a library: ``.seg`` files, folders of them, predefined packs.

In: paths, names of packs. Out: `Unit`s, and why a file cannot be read as one. What the texts say is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import usage
from segdsl.limits import DEFAULT, Limits
from segdsl.pipeline import Unit
from segdsl.resources import pack_names, pack_path
from segdsl.source import Source
from segdsl.syntax.decode import decode


def seg_files(paths: str | Path | Iterable[str | Path]) -> list[Path]:
    """The files meant, each once: those named, and in folders, at any depth, those that end in ``.seg``, sorted. Raises
    `SegdslError` for what is neither a path nor a list of paths."""
    found: dict[Path, None] = {}
    for path in map(Path, _items("paths", paths)):
        # What comes from a pipe never ends, and nobody would look for one in a folder.
        inside = (
            sorted(p for p in path.rglob("*.seg") if not p.is_dir() and not p.is_fifo()) if path.is_dir() else [path]
        )
        found.update(dict.fromkeys(inside))
    return list(found)


def read_bytes(path: Path, limits: Limits) -> bytes:
    """What a file holds, no more than it takes to know that it is too much: a path may lead to a device that never ends.
    Raises `SegdslError` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(limits.source_bytes + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SegdslError([usage.unreadable_file(str(path), reason.lower())]) from error


def read_unit(path: Path, limits: Limits = DEFAULT) -> tuple[Unit | None, tuple[Diagnostic, ...]]:
    """The text of a file, and why it cannot be read as one."""
    try:
        data = read_bytes(path, limits)
    except SegdslError as error:
        return None, tuple(error.diagnostics)
    source, findings = decode(data, str(path), limits)
    return (None if findings else Unit(source)), findings


def pack_units(packs: str | Iterable[str], examples: bool = False) -> tuple[Unit, ...]:
    """The texts of packs; their examples are their own affair, unless asked for. Raises `SegdslError` for an unknown pack."""
    units: list[Unit] = []
    for pack in dict.fromkeys(map(str, _items("packs", packs))):
        if pack not in pack_names():
            raise SegdslError([usage.unknown_choice("pack", pack, pack_names())])
        files = sorted((f for f in pack_path(pack).iterdir() if f.name.endswith(".seg")), key=lambda f: f.name)
        units.extend(Unit(Source(f"{pack}/{f.name}", f.read_text(encoding="utf-8")), pack, examples) for f in files)
    return tuple(units)


def _items(name: str, given: object) -> list[str | Path]:
    """The items of an argument, which may be a single one: a text is not the list of its letters."""
    if isinstance(given, str | Path):
        return [given]
    items = list(given) if isinstance(given, Iterable) else None
    if items is None or not all(isinstance(item, str | Path) for item in items):
        raise SegdslError([usage.wrong_argument(name, "one text, or several in a list", given)])
    return items
