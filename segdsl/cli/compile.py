"""``segdsl compile``: segments as SQL, for one dialect or for all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import click

from segdsl.cli.options import (
    Choice,
    choosing,
    evaluating,
    format_option,
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
    from segdsl.backends.sql.compiled import CompiledSQL
    from segdsl.library import Selection

FORMATS = ("sql", "json")


@click.command("compile")
@choosing
@click.option("--dialect", metavar="NAME", required=True, help="The database to write for, or all.")
@shape_option(SHAPES, "What the statement yields: members (for one segment), else flags.")
@click.option("--bind", is_flag=True, help="Placeholders in place of constants; --format json has their values.")
@click.option("--style", metavar="NAME", help="How the driver spells placeholders; else as is usual for the database.")
@format_option(FORMATS, "The statement alone, or with its parameters and what it relies on; else sql.")
@evaluating
@project_option
@output_option("Write to a file; to a folder where there are several statements.")
def command(
    names: tuple[str, ...],
    conditions: tuple[str, ...],
    selectors: tuple[str, ...],
    dialect: str,
    shape: str | None,
    bind: bool,
    style: str | None,
    format: str | None,
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
    if style is not None and not bind:
        raise SegdslError([usage.only_with("--style", "--bind")])
    how = _How(shape, as_of, style or bind, format or "sql")
    library = open_project(project, settings).library
    selection = Choice.read(names, conditions, selectors).of(library)
    note(selection)
    several = len(selection.segments) > 1
    how = replace(how, shape=shape or ("flags" if several else "members"))
    dialects = dialect_names() if dialect == "all" else (dialect,)
    parts = _parts(selection, how.shape)
    if len(parts) * len(dialects) == 1 and not _is_folder(output):
        write_text(how.statement(parts[0][1], dialect), output)
        return 0
    if output in (None, "-"):
        raise SegdslError(
            [usage.needs_folder("--dialect all" if dialect == "all" else "--shape members with several segments")]
        )
    return _write_all(parts, dialects, how, Path(output))


@dataclass(frozen=True, slots=True)
class _How:
    """What is written of a selection."""

    shape: str | None
    as_of: str | None
    bind: str | bool
    format: str

    def statement(self, selection: Selection, dialect: str) -> str:
        compiled = selection.sql(dialect, self.shape or "flags", as_of=self.as_of, bind=self.bind)
        if self.format == "sql":
            return str(compiled).rstrip() + "\n"
        return json.dumps(_described(compiled), ensure_ascii=False, indent=2) + "\n"


def _described(compiled: CompiledSQL) -> dict[str, object]:
    """A statement and all that comes with it. Values that JSON does not have are texts: decimals, dates, instants in UTC."""
    params = [{"name": one.name, "type": str(one.type), "value": _plain(one.value)} for one in compiled.params]
    return {
        "dialect": compiled.dialect,
        "shape": compiled.shape,
        "text": compiled.text,
        "hash": compiled.hash,
        "style": compiled.style,
        "params": params,
        "session": list(compiled.session),
        "facts": list(compiled.facts),
    }


def _plain(value: object) -> object:
    match value:
        case datetime():
            return f"{value.isoformat()}Z"
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return value


def _parts(selection: Selection, shape: str | None) -> list[tuple[str, Selection]]:
    """The statements to write, by name."""
    from segdsl.library import Selection

    if shape == "members":
        return [(segment.name, Selection(selection.library, (segment,))) for segment in selection.segments]
    return [(shape or "flags", selection)]


def _is_folder(output: str | None) -> bool:
    return output not in (None, "-") and (output.endswith(("/", "\\")) or Path(output).is_dir())


def _write_all(parts: Sequence[tuple[str, Selection]], dialects: Sequence[str], how: _How, folder: Path) -> int:
    """A file for each statement, in a folder for each dialect; what a dialect cannot say is reported, the rest written."""
    how = replace(how, as_of=parts[0][1].library.as_of(how.as_of).isoformat() + "Z")
    findings: list[Diagnostic] = []
    written = 0
    for dialect in dialects:
        for name, selection in parts:
            try:
                text = how.statement(selection, dialect)
            except SegdslError as error:
                findings.extend(error.diagnostics)
                continue
            inside = make_folder(folder / dialect if len(dialects) > 1 else folder)
            write_text(text, str(inside / f"{_file_name(name)}.{how.format}"))
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
