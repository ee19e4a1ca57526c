"""From a project file to a `Project`: the schema, the library, and where the data is.

In: the path of a ``segdsl.toml`` (or a folder in or under one). Out: a project, or a `SegdslError` with all that is wrong
with the file. What is wrong with the segments is the library's to say.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path

from segdsl.cache.kept import Cache
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import usage
from segdsl.library import Library
from segdsl.project_file import FILE_NAME, ProjectFile, find_project_file, load_project_file
from segdsl.records import record
from segdsl.schema import Schema

__all__ = ["FILE_NAME", "Project", "find", "find_above", "library_of", "load", "open_project", "shortened"]


@record(frozen=True, slots=True, eq=False)
class Project:
    """A project file and the library it names. ``data`` is the folder of its tables, ``url`` its database."""

    path: Path
    library: Library
    data: Path | None = None
    url: str | None = field(default=None, repr=False)
    findings: tuple[Diagnostic, ...] = field(default=(), repr=False)
    """Warnings about the project file itself."""

    @property
    def schema(self) -> Schema:
        return self.library.schema

    @property
    def timezone(self) -> str:
        return self.schema.timezone

    @property
    def folder(self) -> Path:
        return self.path.parent

    def __repr__(self) -> str:
        return f"<Project {self.path}: {len(self.library):,} segments over {self.schema.entity.name}>"


def load(
    path: str | Path | None = None, *, settings: Mapping[str, object] | None = None, cache: Cache = True
) -> Project:
    """The project of a file, of a folder, or of the working directory, looked for upward from there.

    ``cache``: as for `Library.from_files`.
    """
    return open_project(find(path), settings=settings, cache=cache)


def find(path: str | Path | None = None) -> Path:
    """The project file meant. Raises `SegdslError` where there is none."""
    if path is not None and not isinstance(path, str | os.PathLike):
        raise SegdslError([usage.wrong_argument("path", "a path", path)])
    place = Path() if path is None else Path(path)
    try:
        if path is not None and not place.is_dir():
            return place
        found = find_project_file(place)
    except (OSError, ValueError) as error:
        raise SegdslError([usage.unreadable_file(str(place), str(error))]) from error
    if found is None:
        raise SegdslError([usage.no_project("this folder" if path is None else str(path))])
    return shortened(found)


def open_project(
    path: Path,
    *,
    settings: Mapping[str, object] | None = None,
    more: Iterable[Path] = (),
    cache: Cache = True,
) -> Project:
    """Reads a project file and the segments that it names, and those of ``more`` files."""
    file, findings = load_project_file(path)
    if file is None or any(finding.severity.value == "error" for finding in findings):
        raise SegdslError(findings)
    return Project(path, library_of(file, settings, more, cache), file.data, file.url, tuple(findings))


def library_of(
    file: ProjectFile,
    settings: Mapping[str, object] | None = None,
    more: Iterable[Path] = (),
    cache: Cache = True,
) -> Library:
    """The library that a project file describes."""
    paths = [shortened(place) for place in (*file.segments, *more)]
    library = Library.from_files(
        paths, file.schema, packs=file.packs, settings=settings, limits=file.limits, cache=cache
    )
    return replace(library, pack_spans=file.pack_spans)


def shortened(path: Path) -> Path:
    """As a user in the working directory would write it."""
    try:
        return path.absolute().relative_to(Path.cwd())
    except (OSError, ValueError):
        return path


def find_above(path: Path) -> Path | None:
    """The project file nearest above a file or folder."""
    place = path.absolute()
    try:
        found = find_project_file(place if place.is_dir() else place.parent)
    except (OSError, ValueError):
        return None
    return None if found is None else shortened(found)
