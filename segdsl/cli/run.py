"""``segdsl run``: evaluates segments, on files or in a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from segdsl.as_of import shown
from segdsl.cli import output as out
from segdsl.cli.data import data_options, open_data
from segdsl.cli.options import (
    Choice,
    choosing,
    evaluating,
    format_option,
    note,
    output_option,
    project_option,
    shape_option,
)
from segdsl.cli.output import Share, Table, say
from segdsl.cli.terminal import working
from segdsl.diagnostics import SegdslError
from segdsl.errors import usage
from segdsl.library import SHAPES

if TYPE_CHECKING:
    from segdsl.library import Counts, Segment, Selection

_WIDEST_TITLE = 60


@click.command("run")
@choosing
@shape_option(SHAPES, "What to yield: counts, or with --output members (memberships of several segments).")
@evaluating
@project_option
@data_options()
@click.option("--key", metavar="COLUMN", help="The key of a table that no project describes; else the likeliest.")
@format_option(out.FORMATS, "How to write it; else by the ending of --output, else a table.")
@output_option("Write to a file.")
def command(
    names: tuple[str, ...],
    conditions: tuple[str, ...],
    selectors: tuple[str, ...],
    shape: str | None,
    as_of: str | None,
    settings: tuple[str, ...],
    project: str | None,
    data: str | None,
    url: str | None,
    key: str | None,
    format: str | None,
    output: str | None,
) -> int:
    """Evaluate the segments NAMES (all of them, if none is named): the size and share of each, or who is in.

    NAMES may be patterns such as win*. With -e and --data TABLE.parquet no project file is needed: the table's columns are
    what the condition can speak of.
    """
    if data == "-" and "-" in conditions:
        raise SegdslError([usage.stdin_twice()])
    opened = open_data(project, data, url, settings, key, bare=bool(conditions))
    choice = Choice.read(names, conditions, selectors)
    selection = choice.of(opened.library)
    instant = shown(opened.library.as_of(as_of))
    shape = shape or _usual_shape(selection, output)
    format = out.format_for(output, format)
    with opened.source as source, working("evaluating"):
        selection = choice.of(source.prepared(opened.library))
        if shape == "counts":
            counts = source.counts(selection, instant)
            table = counts_table(counts, selection, full=format != "table")
        else:
            table = source.table(selection, shape, instant)
    out.write(table, format, output)
    note(selection)
    if shape == "counts":
        entity = opened.library.schema.entity.name
        say(f"of {counts.population:,} {entity}{'' if counts.population == 1 else 's'} as of {instant}")
    elif output not in (None, "-"):
        say(f"{len(table.rows):,} rows in {output}")
    return 0


def _usual_shape(selection: Selection, output: str | None) -> str:
    if output in (None, "-"):
        return "counts"
    return "members" if len(selection.segments) == 1 else "memberships"


def counts_table(counts: Counts, selection: Selection, *, full: bool = False) -> Table:
    """A row for each segment; ``full`` with the population, for other programs."""
    rows: list[tuple[out.Value | Share, ...]] = []
    for segment in selection.segments:
        size = counts.sizes[segment.name]
        share = Share(size, counts.population)
        title = segment.title or _condition_text(segment)
        if full:
            rows.append((segment.name, title, size, counts.population, share))
        else:
            rows.append((segment.name, _cut(title or ""), size, share))
    columns = (
        ("segment", "title", "members", "population", "share") if full else ("segment", "title", "members", "share")
    )
    return Table(columns, rows, grouped=True)


def _condition_text(segment: Segment) -> str | None:
    return " ".join(segment.text.split()) if segment.condition is not None else None


def _cut(title: str) -> str:
    return title if len(title) <= _WIDEST_TITLE else title[: _WIDEST_TITLE - 1] + "…"
