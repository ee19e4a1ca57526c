"""``segdsl check``: everything that is wrong with a library, and with ``--data`` whether the tables keep the schema's promises."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import findings as reports
from segdsl.cli.data import data_options, data_source
from segdsl.cli.options import find_project, project_option, read_settings, read_stdin
from segdsl.cli.output import say, write_text
from segdsl.cli.terminal import colour_on, working
from segdsl.diagnostics import Diagnostic, Diagnostics, SegdslError, Severity
from segdsl.errors import usage

if TYPE_CHECKING:
    from segdsl.project import Project


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@project_option
@data_options(bare=True)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Another value for a parameter.")
@click.option(
    "--format", "format", type=click.Choice(reports.FORMATS), default="full", help="How to print the findings."
)
@click.option("--strict", is_flag=True, help="Let warnings fail the check too.")
@click.option("-o", "--output", metavar="PATH", help="Write the findings to a file.")
def command(
    paths: tuple[str, ...],
    project: str | None,
    data: str | None,
    url: str | None,
    settings: tuple[str, ...],
    format: str,
    strict: bool,
    output: str | None,
) -> int:
    """Report everything that is wrong with the project's library, and warn of what is seldom meant.

    It warns of conditions that never or always hold, and of parts that add nothing, whatever the data. With PATHS (.seg
    files, folders, or - for standard input), only what concerns them; they are read together with the project's own
    segments. With --data alone, or --data FOLDER or --url, the tables are checked against the schema as well.
    """
    try:
        opened, mine = _open(paths, project, settings)
    except SegdslError as error:
        _print(error.diagnostics, format, output)
        return 2
    findings = [*opened.findings, *opened.library.check()]
    if mine is not None:
        findings = [finding for finding in findings if _concerns(finding, mine)]
    broken = any(finding.severity is Severity.ERROR for finding in findings)
    if (data is not None or url is not None) and not broken:
        source = data_source(opened, None if data == "" else data, url)
        with source, working("checking the data"):
            findings.extend(source.check(opened.library))
    ordered = Diagnostics(findings)
    _print(ordered, format, output)
    if data is not None and broken:
        say("the data was not checked: mend the errors first")
    worst = {finding.severity for finding in ordered}
    return 1 if Severity.ERROR in worst or (strict and Severity.WARNING in worst) else 0


def _open(paths: Sequence[str], project: str | None, settings: Iterable[str]) -> tuple[Project, frozenset[str] | None]:
    """The project with what the paths add to it, and the names of the files that the paths mean (None: all)."""
    from segdsl import project as projects
    from segdsl.pipeline import Unit
    from segdsl.reading import seg_files
    from segdsl.source import Source

    if paths.count("-") > 1:
        raise SegdslError([usage.stdin_twice()])
    named = [Path(path) for path in paths if path != "-"]
    gone = [usage.unreadable_file(str(path), "there is no such file or folder") for path in named if not _exists(path)]
    if gone:
        raise SegdslError(gone)
    files = [projects.shortened(file) for file in seg_files(named)]
    opened = projects.open_project(find_project(project, near=named), settings=read_settings(settings), more=files)
    mine = {str(file) for file in files}
    if "-" in paths:
        unit = Unit(Source("<stdin>", read_stdin()))
        opened = replace(opened, library=replace(opened.library, units=(*opened.library.units, unit)))
        mine.add("<stdin>")
    return opened, frozenset(mine) if paths else None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _concerns(finding: Diagnostic, files: frozenset[str]) -> bool:
    places = [finding.span.source, *(other.span.source for other in finding.related)]
    return all(place is None for place in places) or any(place is not None and place.name in files for place in places)


def _print(found: Diagnostics, format: str, output: str | None) -> None:
    colour = output in (None, "-") and colour_on(sys.stdout)
    text = reports.render(found, format, colour=colour)
    if text:
        write_text(text + "\n", output)
    say(reports.summary(found))
