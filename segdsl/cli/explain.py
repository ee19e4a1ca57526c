"""``segdsl explain``: definitions in plain English."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click

from segdsl.as_of import shown, to_the_second
from segdsl.cli.options import (
    Choice,
    choosing,
    evaluating,
    format_option,
    note,
    open_project,
    output_option,
    project_option,
)
from segdsl.cli.output import form_for, write_text
from segdsl.diagnostics import Diagnostic, SegdslError

if TYPE_CHECKING:
    from segdsl.explanation.outcome import Explanation
    from segdsl.library import Library
    from segdsl.selection import Segment

FORMATS = ("text", "json", "html")


@click.command("explain")
@choosing
@evaluating
@project_option
@format_option(FORMATS, "How to write it; else by the ending of --output, else text.")
@output_option("Write to a file.")
def command(
    names: tuple[str, ...],
    conditions: tuple[str, ...],
    selectors: tuple[str, ...],
    as_of: str | None,
    settings: tuple[str, ...],
    project: str | None,
    format: str | None,
    output: str | None,
) -> int:
    """Explain segments, tiers and traits (all segments, if none is named) in plain English.

    What they mean, exactly: their periods with first and last day, the tables and fields that they read, their parameters, and
    whom missing values put where.
    """
    library = open_project(project, settings).library
    asked: Sequence[str | Segment]
    selection = None
    if conditions or selectors or not names:
        selection = Choice.read(names, conditions, selectors).of(library)
        asked = selection.segments
    else:
        asked = _named(library, names)
    instant = shown(library.as_of(to_the_second(as_of)))
    found = [library.explain(name, as_of=instant) for name in asked]
    write_text(_rendered(found, form_for(output, format)), output)
    if selection is not None:
        # What a hint would say of a condition, its explanation says as well.
        note(selection, hints=False)
    return 0


def _named(library: Library, names: Sequence[str]) -> list[str]:
    """What names and patterns mean, every problem reported at once."""
    explainable = library.explainable
    chosen: dict[str, None] = {}
    findings: list[Diagnostic] = []
    for name in names:
        if name in explainable:
            chosen.setdefault(name)
            continue
        fitting = (
            [known for known in library if fnmatchcase(known, name)] if any(sign in name for sign in "*?[") else []
        )
        chosen.update(dict.fromkeys(fitting))
        if not fitting:
            findings.append(library.not_explainable(name))
    if findings:
        raise SegdslError(findings)
    return list(chosen)


def _rendered(found: Sequence[Explanation], format: str) -> str:
    match format:
        case "json":
            return json.dumps([one.to_dict() for one in found], ensure_ascii=False, indent=2) + "\n"
        case "html":
            return "\n".join(one.to_html() for one in found) + "\n"
        case _:
            return f"\n{'-' * 80}\n\n".join(str(one) for one in found)
