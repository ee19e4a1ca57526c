"""``segdsl test``: the examples in the .seg files, asked of every evaluator at hand."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import findings as reports
from segdsl.cli.options import find_project, format_option, output_option, project_option, read_settings
from segdsl.cli.output import say, write_text
from segdsl.cli.terminal import colour_on, working
from segdsl.diagnostics import Diagnostic, SegdslError, Severity
from segdsl.errors import usage

if TYPE_CHECKING:
    from segdsl.examples import TestResults
    from segdsl.library import Library

FORMATS = ("full", "concise", "json", "junit", "github")


@click.command("test")
@click.argument("what", nargs=-1, metavar="[PATHS|NAMES|TITLES]...")
@project_option
@click.option("--pack", metavar="PACK", help="The examples of a predefined pack, over its standard schema.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Another value for a parameter.")
@format_option(FORMATS, "How to write the report (full).")
@output_option("Write the report to a file.")
def command(
    what: tuple[str, ...],
    project: str | None,
    pack: str | None,
    settings: tuple[str, ...],
    format: str | None,
    output: str | None,
) -> int:
    """Run the examples that stand beside the segments: on the referee, with Polars, and in DuckDB if it is installed.

    All of them, or those in PATHS (.seg files and folders), those that expect something of the segments NAMES, or those with
    such TITLES. Names and titles may be patterns such as 'two orders*'. No data is needed. An example that fails shows what was
    expected, and why it does not hold.
    """
    from segdsl.examples.choice import chosen

    library, words, files = _open(what, project, pack, settings)
    form = format or "full"
    wrong = [finding for finding in library.check() if finding.severity is Severity.ERROR]
    if wrong:
        _write(_findings(wrong, form, output), output)
        say(f"{reports.summary(wrong)}: no example was run")
        return 1
    examples = chosen(library, words, files)
    with working(f"running {len(examples):,} examples"):
        results = library.test(examples)
    _write(_report(results, form, output), output)
    _say(results)
    return 0 if results.passed else 1


def _open(
    what: Iterable[str], project: str | None, pack: str | None, settings: Iterable[str]
) -> tuple[Library, list[str], frozenset[str]]:
    """The library, the words that are no paths, and the names of the files that the others mean."""
    from segdsl import project as projects
    from segdsl.library import Library
    from segdsl.reading import seg_files

    paths = [word for word in what if _is_path(word)]
    words = [word for word in what if not _is_path(word)]
    if pack is not None:
        if project is not None or paths:
            other = "--project" if project is not None else paths[0]
            raise SegdslError([usage.not_both("--pack", other)])
        return Library.of_pack(pack, settings=read_settings(settings)), words, frozenset()
    named = [Path(path) for path in paths]
    gone = [usage.unreadable_file(str(path), "there is no such file or folder") for path in named if not path.exists()]
    if gone:
        raise SegdslError(gone)
    files = [projects.shortened(file) for file in seg_files(named)]
    opened = projects.open_project(find_project(project, near=named), settings=read_settings(settings), more=files)
    return opened.library, words, frozenset(map(str, files))


def _is_path(word: str) -> bool:
    try:
        return word.endswith(".seg") or Path(word).exists()
    except (OSError, ValueError):
        return False


def _write(text: str, output: str | None) -> None:
    if text:
        write_text(text + "\n", output)


def _findings(wrong: list[Diagnostic], format: str, output: str | None) -> str:
    if format == "junit":
        from segdsl.examples.junit import junit_of_findings

        return junit_of_findings(wrong)
    return reports.render(wrong, format, colour=_colour(output))


def _report(results: TestResults, format: str, output: str | None) -> str:
    from segdsl.examples.report import render

    text = render(results, format)
    if format == "full" and _colour(output):
        failed = click.style("FAILED", fg="red", bold=True)
        text = "\n".join(failed + line[6:] if line.startswith("FAILED ") else line for line in text.split("\n"))
    return text


def _colour(output: str | None) -> bool:
    return output in (None, "-") and colour_on(sys.stdout)


def _say(results: TestResults) -> None:
    from segdsl.examples.report import summary

    for reason in results.left_out.values():
        say(f"left out: {reason}")
    say(summary(results))
