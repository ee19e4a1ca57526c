"""``segdsl list``: the segments of a library."""

from __future__ import annotations

import click

from segdsl.cli.layout import Table
from segdsl.cli.options import Choice, format_option, open_project, output_option, project_option
from segdsl.cli.output import format_for, say, write
from segdsl.diagnostics import SegdslError
from segdsl.display.english import counted

FORMATS = ("table", "csv", "json", "jsonl")


@click.command("list")
@click.argument("names", nargs=-1, metavar="[NAMES]...")
@click.option(
    "--select", "selectors", multiple=True, metavar="tag:TAG|NAME*", help="Those with a tag, or of such a name."
)
@project_option
@format_option(FORMATS, "How to print them (a table).")
@output_option("Write to a file.")
def command(
    names: tuple[str, ...], selectors: tuple[str, ...], project: str | None, format: str | None, output: str | None
) -> int:
    """List the segments: name, title, tags, and where they are defined."""
    library = open_project(project).library
    segments = Choice.read(names, (), selectors).of(library).segments
    rows = [(segment.name, segment.title or "", ", ".join(segment.tags), segment.place) for segment in segments]
    columns = ("segment", "title", "tags", "defined")
    table = Table(columns, rows, cut={"tags": 12, "title": 16}, dropped=("tags", "title"))
    write(table, format_for(output, format), output)
    broken = library.unreadable
    if broken:
        raise SegdslError(broken)
    say(f"{counted(len(rows), 'segment')}")
    return 0
