"""``segdsl compile``: segments as SQL, for one dialect or for all of them."""

from __future__ import annotations

import json
import re
from collections import Counter
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
from segdsl.cli.output import make_folder, remove, say, write_text
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.display.english import counted
from segdsl.errors import usage
from segdsl.selection import SHAPES

if TYPE_CHECKING:
    from segdsl.backends.sql.compiled import CompiledSQL
    from segdsl.selection import Selection

FORMATS = ("sql", "json")
_BEGINNING = re.compile(rb'-- \w+, |\{\s*"dialect": "')


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
    each segment, with --dialect all one for each dialect. What is larger than the database takes is several statements, each
    of some of the segments: in a folder a file each, elsewhere one after the other, each with a semicolon.
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
        (_, whole), *_ = parts
        texts = how.statements(whole, dialect)
        write_text(how.together(texts), output)
        _note_parts(len(texts), dialect)
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

    def statements(self, selection: Selection, dialect: str) -> list[str]:
        compiled = selection.statements(dialect, self.shape or "flags", as_of=self.as_of, bind=self.bind)
        described = map(_sql if self.format == "sql" else _json, compiled)
        return [*described]

    def together(self, texts: Sequence[str]) -> str:
        """What one file holds."""
        if len(texts) == 1:
            return texts[0]
        if self.format == "sql":
            return "\n".join(f"{text.rstrip()}\n;\n" for text in texts)
        return f"[{','.join(text.rstrip() for text in texts)}]\n"


def _sql(compiled: CompiledSQL) -> str:
    return str(compiled).rstrip() + "\n"


def _json(compiled: CompiledSQL) -> str:
    return json.dumps(_described(compiled), ensure_ascii=False, indent=2) + "\n"


def _note_parts(count: int, dialect: str) -> None:
    if count > 1:
        say(f"note: {counted(count, 'statement')}: one alone would be larger than {dialect} takes")


def _described(compiled: CompiledSQL) -> dict[str, object]:
    """A statement and all that comes with it. Values that JSON does not have are texts: decimals, dates, instants in UTC."""
    params = [{"name": one.name, "type": str(one.type), "value": _plain(one.value)} for one in compiled.params]
    return {
        "dialect": compiled.dialect,
        "shape": compiled.shape,
        "segments": list(compiled.segments),
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
    from segdsl.selection import Selection

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
    files = _file_names([name for name, _ in parts])
    for dialect in dialects:
        for name, selection in parts:
            try:
                texts = how.statements(selection, dialect)
            except SegdslError as error:
                findings.extend(error.diagnostics)
                continue
            inside = make_folder(folder / dialect if len(dialects) > 1 else folder)
            for number, text in enumerate(texts, start=1):
                file = f"{files[name]}_{number}" if len(texts) > 1 else files[name]
                write_text(text, str(inside / f"{file}.{how.format}"))
            if how.shape != "members":
                _remove_others(inside, files[name], how.format, len(texts))
            _note_parts(len(texts), dialect)
            written += len(texts)
    say(f"{counted(written, 'file')} in {folder}")
    if findings:
        raise SegdslError(findings)
    return 0


def _remove_others(folder: Path, stem: str, ending: str, count: int) -> None:
    """What an earlier run left there: the one statement where there are several now, or more of several than there are."""
    if count > 1:
        _remove_ours(folder / f"{stem}.{ending}")
    number = count + 1 if count > 1 else 1
    while _remove_ours(folder / f"{stem}_{number}.{ending}"):
        number += 1


def _remove_ours(path: Path) -> bool:
    """Whether there was a file that begins as those do that are written here."""
    ours = path.is_file() and _BEGINNING.match(path.read_bytes()[:100]) is not None
    if ours:
        remove(path)
    return ours


def _joins(name: str, at: int) -> bool:
    """Is it the one dot between the names of tiers and of a case?"""
    return name[at] == "." and name.count(".") == 1 and name[:at].isidentifier() and name[at + 1 :].isidentifier()


def _file_names(names: Sequence[str]) -> dict[str, str]:
    """By name. Of names that differ in letter case alone each has more in it: to most file systems they are one."""
    alike = Counter(_file_name(name).lower() for name in names)
    return {name: _file_name(name, alone=alike[_file_name(name).lower()] == 1) for name in names}


def _file_name(name: str, *, alone: bool = True) -> str:
    """A segment's name without what means something to a file system."""
    safe = "".join(c if c.isalnum() or c in "_-" or _joins(name, at) else "_" for at, c in enumerate(name))[:100]
    return safe if safe == name and alone else f"{safe}_{crc32(name.encode(errors='replace')):08x}"
