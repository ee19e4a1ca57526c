"""The options that several commands share, and what they stand for.

In: texts from the command line. Out: a library opened as the options say, and the segments that names, patterns, selectors
and conditions select from it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from segdsl.cli.findings import render
from segdsl.cli.output import say
from segdsl.diagnostics import Diagnostic, SegdslError, Severity
from segdsl.errors import usage

if TYPE_CHECKING:
    from segdsl.library import Library
    from segdsl.project import Project
    from segdsl.selection import Segment, Selection

Command = TypeVar("Command", bound=Callable[..., object])


def project_option(command: Command) -> Command:
    return click.option(
        "--project", metavar="FILE", help="The project file; else segdsl.toml here or in a folder above."
    )(command)


def choosing(command: Command) -> Command:
    """Which segments: names, ``--select``, ``-e``."""
    for decorate in (
        click.argument("names", nargs=-1, metavar="[NAMES]..."),
        click.option(
            "-e",
            "conditions",
            multiple=True,
            metavar="CONDITION",
            help="A condition in place of names; - reads it from standard input.",
        ),
        click.option(
            "--select",
            "selectors",
            multiple=True,
            metavar="tag:TAG|NAME*",
            help="The segments with a tag, or of such a name.",
        ),
    )[::-1]:
        command = decorate(command)
    return command


def evaluating(command: Command) -> Command:
    """How: ``--as-of``, ``--set``."""
    for decorate in (
        click.option(
            "--as-of", metavar="TIME", help="The instant to evaluate as of: a date, or date and time; else now."
        ),
        click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Another value for a parameter."),
    )[::-1]:
        command = decorate(command)
    return command


def output_option(help: str) -> Callable[[Command], Command]:
    return click.option("-o", "--output", metavar="PATH", help=help)


def format_option(formats: Sequence[str], help: str) -> Callable[[Command], Command]:
    return click.option("--format", "format", type=click.Choice(formats), help=help)


def shape_option(shapes: Sequence[str], help: str) -> Callable[[Command], Command]:
    return click.option("--shape", type=click.Choice(shapes), help=help)


# -- what they stand for ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """What a command line says of which segments are meant."""

    names: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str], ...] = ()
    """Each with the name of the text that messages show."""
    selectors: tuple[str, ...] = ()

    @classmethod
    def read(cls, names: Iterable[str], conditions: Sequence[str], selectors: Iterable[str]) -> Choice:
        """As written on the command line; a condition may come from standard input."""
        if conditions.count("-") > 1:
            raise SegdslError([usage.stdin_twice()])
        texts = []
        for number, text in enumerate(conditions, start=1):
            shown = "<condition>" if len(conditions) == 1 else f"<condition {number}>"
            texts.append((read_stdin(), "<stdin>") if text == "-" else (text, shown))
        return cls(tuple(names), tuple(texts), tuple(selectors))

    def of(self, library: Library) -> Selection:
        """The segments of a library that are meant; all of them where nothing is said."""
        from segdsl.selection import Selection

        if self.conditions and (self.names or self.selectors):
            raise SegdslError([usage.names_and_conditions()])
        if self.conditions:
            return Selection(library, tuple(_conditions(library, self.conditions)))
        if not self.names and not self.selectors:
            return library.select()
        return Selection(library, tuple(_selected(library, self.names, self.selectors)))


def note(selection: Selection, *, hints: bool = True) -> None:
    """Say what a bare condition may not mean as it was written; of a library's segments that is said by `segdsl check`."""
    bare = [segment for segment in selection.segments if segment.condition is not None]
    findings = [
        finding for segment in bare for finding in segment.check() if hints or finding.severity is not Severity.HINT
    ]
    if findings:
        say(render(findings, "concise"))


def _conditions(library: Library, texts: Sequence[tuple[str, str]]) -> list[Segment]:
    """Each as a segment of its own, every problem of all of them reported at once."""
    segments: list[Segment] = []
    findings: list[Diagnostic] = []
    for number, (text, shown) in enumerate(texts, start=1):
        name = None if len(texts) == 1 else f"condition_{number}"
        try:
            segments.append(library.condition(text, name=name, source=shown))
        except SegdslError as error:
            findings.extend(error.diagnostics)
    if findings:
        raise SegdslError(findings)
    return segments


def _selected(library: Library, names: Iterable[str], selectors: Iterable[str]) -> list[Segment]:
    """In the order of the library where patterns and tags choose, every problem reported at once."""
    chosen: dict[str, Segment] = {}
    findings: list[Diagnostic] = []
    for name in names:
        found = _by_name(library, name)
        chosen.update(found)
        if not found:
            findings.append(_no_such_name(library, name))
    for selector in selectors:
        kind, colon, value = selector.partition(":")
        if colon and kind == "tag":
            found = {name: segment for name, segment in library.items() if value in segment.tags}
            missing = usage.unmatched_tag(value, {tag for segment in library.values() for tag in segment.tags})
        elif colon:
            found, missing = {}, usage.unknown_selector(selector)
        else:
            found, missing = _by_name(library, selector), _no_such_name(library, selector)
        chosen.update(found)
        if not found:
            findings.append(missing)
    if findings:
        raise SegdslError(findings)
    return list(chosen.values())


def _by_name(library: Library, name: str) -> dict[str, Segment]:
    if name in library:
        return {name: library[name]}
    cases = {case.name: case for case in library.cases(name)}
    if cases:
        return cases
    if _is_pattern(name):
        return {known: segment for known, segment in library.items() if fnmatchcase(known, name)}
    return {}


def _is_pattern(name: str) -> bool:
    return any(character in name for character in "*?[")


def _no_such_name(library: Library, name: str) -> Diagnostic:
    if _is_pattern(name):
        return usage.unmatched_pattern(name)
    return library.no_segment(name)


def read_settings(written: Iterable[str]) -> dict[str, object]:
    """``NAME=VALUE`` each."""
    settings: dict[str, object] = {}
    for text in written:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise SegdslError([usage.bad_setting(text)])
        if name.strip() in settings:
            raise SegdslError([usage.repeated_setting(name.strip())])
        settings[name.strip()] = value.strip()
    return settings


def read_stdin() -> str:
    """All of standard input as a text in UTF-8."""
    data = sys.stdin.buffer.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SegdslError([usage.unreadable_file("<stdin>", "it is not text in UTF-8")]) from error


def open_project(project: str | None, settings: Iterable[str] = (), near: Iterable[Path] = ()) -> Project:
    """The project that the options name, or that of the working directory, or of a file given."""
    from segdsl import project as projects

    return projects.open_project(find_project(project, near), settings=read_settings(settings))


def find_project(project: str | None, near: Iterable[Path] = ()) -> Path:
    from segdsl import project as projects

    try:
        return projects.find(project)
    except SegdslError:
        if project is not None:
            raise
        for path in near:
            found = projects.find_above(path)
            if found is not None:
                return found
        raise
