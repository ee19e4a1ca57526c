"""``segdsl why``: why one customer is in a segment or not, on files or in a database."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from segdsl.as_of import shown
from segdsl.cli.data import data_options, open_data
from segdsl.cli.options import Choice, evaluating, format_option, note, output_option, project_option
from segdsl.cli.output import form_for, write_text
from segdsl.cli.terminal import colour_on, working
from segdsl.diagnostics import SegdslError
from segdsl.errors import why as errors

if TYPE_CHECKING:
    from segdsl.library import Library
    from segdsl.selection import Segment
    from segdsl.why.tree import Why

FORMATS = ("text", "json", "html")
_LOOKS = {
    "yes": partial(click.style, fg="green"),
    "no": partial(click.style, fg="red"),
    "faint": partial(click.style, dim=True),
    "bold": partial(click.style, bold=True),
}


@click.command("why")
@click.argument("words", nargs=-1, metavar="NAME KEY")
@click.option(
    "-e",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="A condition in place of NAME; - reads it from standard input.",
)
@evaluating
@project_option
@data_options()
@click.option("--key", metavar="COLUMN", help="The key of a table that no project describes; else the likeliest.")
@format_option(FORMATS, "How to write it; else by the ending of --output, else text.")
@output_option("Write to a file.")
def command(
    words: tuple[str, ...],
    conditions: tuple[str, ...],
    as_of: str | None,
    settings: tuple[str, ...],
    project: str | None,
    data: str | None,
    url: str | None,
    key: str | None,
    format: str | None,
    output: str | None,
) -> int:
    """Show why the customer with the key KEY is in the segment NAME or not: condition by condition, with the values seen.

    With -e and --data TABLE.parquet no project file is needed.
    """
    name, of = _asked(words, conditions)
    opened = open_data(project, data, url, settings, key, bare=bool(conditions))
    selection = Choice.read(() if name is None else (name,), conditions, ()).of(opened.library)
    segments = selection.segments
    if name is not None and len(segments) > 1 and not opened.library.cases(name):
        raise SegdslError([errors.one_question(f"`{name}` stands for {len(segments):,} segments")])
    with opened.source as source, working("evaluating"):
        why = _case(opened.library, segments, source.given(), of, as_of)
    write_text(_rendered(why, form_for(output, format), output) + "\n", output)
    note(selection)
    return 0


def _asked(words: tuple[str, ...], conditions: tuple[str, ...]) -> tuple[str | None, str]:
    """The name, if there is one, and the key."""
    if len(conditions) > 1:
        raise SegdslError([errors.one_question("one condition is explained at a time")])
    match words:
        case (of,) if conditions:
            return None, of
        case (name, of) if not conditions:
            return name, of
        case _ if conditions:
            raise SegdslError([errors.one_question("with -e, a key alone is wanted")])
        case (_,):
            raise SegdslError([errors.one_question("the key is missing: whom do you ask about?")])
        case _:
            raise SegdslError([errors.one_question("the name of one segment and one key are wanted")])


def _case(library: Library, segments: tuple[Segment, ...], data: object, of: str, as_of: str | None) -> Why:
    """The one segment explained; of tiers, the case that the customer is in, else the last."""
    instant = shown(library.as_of(as_of))
    why = segments[0].why(data, of, as_of=instant)
    for segment in segments[1:]:
        if why.holds:
            break
        why = segment.why(data, of, as_of=instant)
    return why


def _rendered(why: Why, format: str, output: str | None) -> str:
    match format:
        case "json":
            return why.to_json()
        case "html":
            return why.to_html()
        case _:
            from segdsl.why.text import render

            on_screen = output in (None, "-")
            style = _painted if on_screen and colour_on(sys.stdout) else None
            return render(why, style=style, ascii=on_screen and not _shows_signs())


def _painted(text: str, look: str) -> str:
    return _LOOKS[look](text)


def _shows_signs() -> bool:
    """Can the terminal show the signs of the tree?"""
    try:
        "✓✗·—".encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
