"""``segdsl compile``: segments as SQL, for one dialect or for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import click

from segdsl.cli.options import (
    Choice,
    choosing,
    evaluating,
    note,
    open_project,
    output_option,
    project_option,
    shape_option,
)
from segdsl.cli.output import make_folder, say, write_text
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.display.english import counted
from segdsl.errors import usage
from segdsl.library import SHAPES

if TYPE_CHECKING:
    from segdsl.library import Selection


@click.command("compile")
@choosing
@click.option("--dialect", metavar="NAME", required=True, help="The database to write for, or all.")
@shape_option(SHAPES, "What the statement yields: members (for one segment), else flags.")
@evaluating
@project_option
@output_option("Write to a file; to a folder where there are several statements.")
def command(
    names: tuple[str, ...],
    conditions: tuple[str, ...],
    selectors: tuple[str, ...],
    dialect: str,
    shape: str | None,
    as_of: str | None,
    settings: tuple[str, ...],
    project: str | None,
    output: str | None,
) -> int:
    """Write the segments NAMES (all of them, if none is named) as SQL.

    One statement goes to standard output, or to a file with --output. Several go to a folder: with --shape members one for
    each segment, with --dialect all one for each dialect.
    """
    from segdsl.backends.sql.dialects import dialect_names

    if dialect != "all" and dialect not in dialect_names():
        raise SegdslError([usage.unknown_choice("dialect", dialect, (*dialect_names(), "all"))])
    library = open_project(project, settings).library
    selection = Choice.read(names, conditions, selectors).of(library)
    note(selection)
    several = len(selection.segments) > 1
    shape = shape or ("flags" if several else "members")
    dialects = dialect_names() if dialect == "all" else (dialect,)
    parts = _parts(selection, shape)
    if len(parts) * len(dialects) == 1 and not _is_folder(output):
        write_text(_statement(parts[0][1], dialect, shape, as_of), output)
        return 0
    if output in (None, "-"):
        raise SegdslError(
            [usage.needs_folder("--dialect all" if dialect == "all" else "--shape members with several segments")]
        )
    return _write_all(parts, dialects, shape, as_of, Path(output))


def _parts(selection: Selection, shape: str) -> list[tuple[str, Selection]]:
    """The statements to write, by name."""
    from segdsl.library import Selection

    if shape == "members":
        return [(segment.name, Selection(selection.library, (segment,))) for segment in selection.segments]
    return [(shape, selection)]


def _statement(selection: Selection, dialect: str, shape: str, as_of: str | None) -> str:
    return str(selection.sql(dialect, shape, as_of=as_of)).rstrip() + "\n"


def _is_folder(output: str | None) -> bool:
    return output not in (None, "-") and (output.endswith(("/", "\\")) or Path(output).is_dir())


def _write_all(
    parts: Sequence[tuple[str, Selection]], dialects: Sequence[str], shape: str, as_of: str | None, folder: Path
) -> int:
    """A file for each statement, in a folder for each dialect; what a dialect cannot say is reported, the rest written."""
    instant = parts[0][1].library.as_of(as_of)
    findings: list[Diagnostic] = []
    written = 0
    for dialect in dialects:
        for name, selection in parts:
            try:
                text = _statement(selection, dialect, shape, instant.isoformat() + "Z")
            except SegdslError as error:
                findings.extend(error.diagnostics)
                continue
            inside = make_folder(folder / dialect if len(dialects) > 1 else folder)
            write_text(text, str(inside / f"{_file_name(name)}.sql"))
            written += 1
    say(f"{counted(written, 'file')} in {folder}")
    if findings:
        raise SegdslError(findings)
    return 0


def _joins(name: str, at: int) -> bool:
    """Is it the one dot between the names of tiers and of a case?"""
    return name[at] == "." and name.count(".") == 1 and name[:at].isidentifier() and name[at + 1 :].isidentifier()


def _file_name(name: str) -> str:
    """A segment's name without what means something to a file system."""
    safe = "".join(c if c.isalnum() or c in "_-" or _joins(name, at) else "_" for at, c in enumerate(name))[:100]
    return safe if safe == name else f"{safe}_{crc32(name.encode(errors='replace')):08x}"
