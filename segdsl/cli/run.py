"""``segdsl run``: evaluates segments, on files or in a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from segdsl.as_of import shown
from segdsl.cli import output as out
from segdsl.cli.data import data_options, open_data
from segdsl.cli.layout import Table
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
from segdsl.cli.output import say
from segdsl.cli.sizes import counts_table, funnel_table, overlap_table
from segdsl.cli.terminal import working
from segdsl.diagnostics import SegdslError
from segdsl.display.english import counted, plural
from segdsl.errors import usage
from segdsl.selection import SHAPES

if TYPE_CHECKING:
    from segdsl.cli.data import Source
    from segdsl.selection import Selection

_TOP = 20


@click.command("run")
@choosing
@shape_option(SHAPES, "What to yield: counts, or with --output members (memberships of several segments).")
@click.option(
    "--funnel",
    metavar="[NAME]",
    is_flag=False,
    flag_value="",
    help="How many each condition of a segment leaves, one after the other.",
)
@click.option("--overlap", is_flag=True, help="The pairs of segments that have most customers in common.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help=f"How many pairs --overlap shows ({_TOP}).")
@click.option("--bars/--no-bars", default=None, help="Draw shares as bars in tables; else on a terminal alone.")
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
    funnel: str | None,
    overlap: bool,
    top: int | None,
    bars: bool | None,
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
    _check_shapes(shape, funnel, overlap, top)
    opened = open_data(project, data, url, settings, key, bare=bool(conditions))
    choice = Choice.read((*names, funnel) if funnel else names, conditions, selectors)
    selection = choice.of(opened.library)
    if funnel is not None:
        selection.step_by_step()
    if overlap and len(selection.segments) == 1:
        raise SegdslError([usage.overlap_of_several()])
    instant = shown(opened.library.as_of(as_of))
    shape = "funnel" if funnel is not None else "overlap" if overlap else shape or _usual_shape(selection, output)
    format = out.format_for(output, format)
    with opened.source as source, working("evaluating"):
        result = _evaluated(source, choice.of(source.prepared(opened.library)), shape, instant, top or _TOP, format)
    out.write(result.table, format, output, bars=bars)
    note(selection)
    for line in result.said:
        say(line)
    if result.population is not None:
        entity = opened.library.schema.entity.name
        say(f"of {counted(result.population, entity)} as of {instant}")
    elif output not in (None, "-"):
        say(f"{counted(len(result.table.rows), 'row')} in {output}")
    return 0


def _check_shapes(shape: str | None, funnel: str | None, overlap: bool, top: int | None) -> None:
    """At most one of them says what to yield."""
    given = [("--shape", shape), ("--funnel", funnel), ("--overlap", overlap or None)]
    asked = [option for option, value in given if value is not None]
    if len(asked) > 1:
        raise SegdslError([usage.not_both(*asked[:2])])
    if top is not None and not overlap:
        raise SegdslError([usage.only_with("--top", "--overlap")])


def _usual_shape(selection: Selection, output: str | None) -> str:
    if output in (None, "-"):
        return "counts"
    return "members" if len(selection.segments) == 1 else "memberships"


@dataclass(frozen=True, slots=True)
class _Result:
    """``said``: what to know about it; ``population``: of how many it speaks, where it is about sizes."""

    table: Table
    population: int | None = None
    said: tuple[str, ...] = ()


def _evaluated(source: Source, selection: Selection, shape: str, instant: str, top: int, format: str) -> _Result:
    full = format != "table"
    match shape:
        case "counts":
            counts = source.counts(selection, instant)
            return _Result(counts_table(counts, selection, full=full), counts.population)
        case "funnel":
            by_step = selection.step_by_step()
            funnel = by_step.answer(source.counts(by_step.selection, instant))
            return _Result(funnel_table(funnel, full=full), funnel.population)
        case "overlap":
            overlap = source.overlap(selection, instant)
            entities = plural(selection.library.schema.entity.name)
            said = f"{len(overlap.pairs):,} of {overlap.compared:,} pairs have {entities} in common"
            first = "the first is" if top == 1 else f"the first {top:,} are"
            more = f"; {first} shown" if len(overlap.pairs) > top else ""
            return _Result(
                overlap_table(overlap, top, full=full), overlap.population, (said + more, *overlap.left_out())
            )
        case _:
            return _Result(source.table(selection, shape, instant))
