"""``segdsl fmt``: .seg files in the canonical layout. A file is replaced whole or not at all, and only if it changes."""

from __future__ import annotations

import difflib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from segdsl.cli import findings as reports
from segdsl.cli.options import find_project, project_option, read_stdin
from segdsl.cli.output import replaced, say
from segdsl.cli.terminal import colour_on
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.display.english import counted
from segdsl.errors import usage
from segdsl.limits import DEFAULT, Limits
from segdsl.syntax.format import format_text

_STDIN = "<stdin>"


@click.command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@project_option
@click.option("--check", is_flag=True, help="Write nothing; name the files that are not formatted.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(paths: tuple[str, ...], project: str | None, check: bool, diff: bool) -> int:
    """Lay out .seg files, all in the same way, so that nobody has to think about it.

    Without PATHS (.seg files, folders, or - for standard input to standard output), the project's own files. What a text
    means stays the same, and comments stay where they are. A file that cannot be read as segments is left alone.
    """
    if paths.count("-") > 1:
        raise SegdslError([usage.stdin_twice()])
    files, limits = _own_files(project) if not paths else (_named_files(paths, project), DEFAULT)
    tally = _Tally()
    for text in _texts(files, "-" in paths, limits, tally):
        _treat(text, check=check, diff=diff, tally=tally)
    if tally.findings:
        say(reports.render(tally.findings, "full", colour=colour_on(sys.stderr)))
    if check or diff or paths != ("-",):
        say(tally.summary(written=not check and not diff))
    return tally.exit_code(looking=check or diff)


@dataclass(frozen=True, slots=True)
class _Text:
    """A file before and after. ``path``: None for standard input."""

    name: str
    path: Path | None
    before: bytes
    after: bytes

    @property
    def changed(self) -> bool:
        return self.before != self.after


@dataclass(slots=True)
class _Tally:
    """What happened to the files, and what went wrong."""

    changed: int = 0
    kept: int = 0
    unread: int = 0
    failed: bool = False
    findings: tuple[Diagnostic, ...] = ()

    def refuse(self, error: SegdslError, *, of_text: bool) -> None:
        self.findings += tuple(error.diagnostics)
        self.unread += 1
        self.failed |= not of_text

    def exit_code(self, *, looking: bool) -> int:
        if self.failed:
            return 2
        return 1 if self.findings or (looking and self.changed) else 0

    def summary(self, *, written: bool) -> str:
        changed = f"{counted(self.changed, 'file')} {'formatted' if written else 'to format'}" if self.changed else ""
        kept = f"{counted(self.kept, 'file')} as {'it' if self.kept == 1 else 'they'} should be" if self.kept else ""
        unread = f"{counted(self.unread, 'file')} left alone" if self.unread else ""
        return ", ".join(part for part in (changed, kept, unread) if part) or "there is no .seg file here"


# -- which files ------------------------------------------------------------------------------------------------------


def _own_files(project: str | None) -> tuple[list[Path], Limits]:
    from segdsl.project import shortened
    from segdsl.project_file import load_segment_paths
    from segdsl.reading import seg_files

    paths, limits, findings = load_segment_paths(find_project(project))
    if findings:
        raise SegdslError(findings)
    return [shortened(file) for file in seg_files(paths)], limits


def _named_files(paths: Sequence[str], project: str | None) -> list[Path]:
    from segdsl.reading import seg_files

    if project is not None:
        raise SegdslError([usage.unfit_options("--project serves only without PATHS")])
    try:
        return seg_files([Path(path) for path in paths if path != "-"])
    except (OSError, ValueError) as error:
        raise SegdslError([usage.unreadable_file(" ".join(paths), str(error))]) from error


def _texts(files: Sequence[Path], stdin: bool, limits: Limits, tally: _Tally) -> Iterator[_Text]:
    """All that can be read, formatted."""
    from segdsl.reading import read_bytes

    if stdin:
        text = read_stdin()
        try:
            yield _Text(_STDIN, None, text.encode(), format_text(text, _STDIN, limits=limits).encode())
        except SegdslError as error:
            tally.refuse(error, of_text=True)
    for path in files:
        try:
            before = read_bytes(path, limits)
        except SegdslError as error:
            tally.refuse(error, of_text=False)
            continue
        try:
            yield _Text(str(path), path, before, _formatted(before, str(path), limits))
        except SegdslError as error:
            tally.refuse(error, of_text=True)


def _formatted(data: bytes, name: str, limits: Limits) -> bytes:
    from segdsl.syntax.decode import decode

    source, findings = decode(data, name, limits)
    if findings:
        raise SegdslError(findings)
    return format_text(source.text, name, limits=limits).encode()


# -- what happens to them ---------------------------------------------------------------------------------------------


def _treat(text: _Text, *, check: bool, diff: bool, tally: _Tally) -> None:
    if text.path is None and not check and not diff:
        sys.stdout.write(text.after.decode())
        sys.stdout.flush()
    elif text.changed and diff:
        sys.stdout.writelines(_difference(text))
        sys.stdout.flush()
    elif text.changed and check:
        click.echo(text.name)
    elif text.changed:
        assert text.path is not None
        try:
            _replace(text.path, text.before, text.after)
        except SegdslError as error:
            tally.refuse(error, of_text=False)
            return
        say(f"formatted {text.name}")
    tally.changed += text.changed
    tally.kept += not text.changed


def _replace(path: Path, before: bytes, after: bytes) -> None:
    """In place, through symbolic links, with its permissions. What may not be written is not replaced either, nor what somebody has
    written since it was read."""
    if not os.access(path, os.W_OK):
        raise SegdslError([usage.unwritable_file(str(path), "permission denied")])
    with replaced(str(path)) as temporary:
        temporary.write_bytes(after)
        shutil.copymode(path, temporary)
        if path.read_bytes() != before:
            raise SegdslError([usage.unwritable_file(str(path), "it was changed while it was formatted")])


def _difference(text: _Text) -> Iterator[str]:
    before, after = (_lines(data) for data in (text.before, text.after))
    for line in difflib.unified_diff(before, after, text.name, f"{text.name} (formatted)"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[str]:
    """Ended by line ends alone: other separators stand inside of lines."""
    lines = data.decode().split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
