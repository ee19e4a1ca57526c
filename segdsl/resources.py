"""The data files that ship with the package: the grammar, its table, and the packs of predefined segments.

In: a name. Out: its text, or its folder. In an installed package both folders lie inside it, in a checkout (and an
editable install) beside it; a package read from a zip file is served too, hence `Traversable` and not `Path`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from zipfile import Path as ZipPath


def grammar_text() -> str:
    """The grammar, as Lark reads it."""
    return (_folder("grammar") / "segdsl.lark").read_text(encoding="utf-8")


def table_text() -> str | None:
    """The table that was made of the grammar, if it can be read (`segdsl.syntax.table`)."""
    try:
        return (_folder("grammar") / "segdsl.table").read_text(encoding="utf-8")
    except (OSError, ValueError, KeyError):
        return None


def pack_path(name: str) -> Traversable:
    """The folder of a predefined pack; it need not exist (ask ``is_dir()``)."""
    return _folder("segments") / name


def pack_names() -> tuple[str, ...]:
    """The packs that ship with the package."""
    return tuple(sorted(entry.name for entry in _folder("segments").iterdir() if entry.is_dir()))


@cache
def _folder(name: str) -> Traversable:
    package = resources.files("segdsl")
    inside = package / name
    if inside.is_dir():
        return inside
    assert isinstance(package, (Path, ZipPath)), f"no folder {name} in {package}"
    checkout = package.parent
    assert isinstance(checkout, (Path, ZipPath)), f"nothing around {package}"
    beside = checkout / name
    assert beside.is_dir(), f"no folder {name} in or beside {package}"
    return beside
