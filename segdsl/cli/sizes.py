"""Counts, funnels and overlaps as tables: for people with bars, for other programs with all there is.

In: results. Out: tables. ``full``: for other programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segdsl.cli.layout import Cell, Table
from segdsl.display.shares import Bar, Share
from segdsl.display.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segdsl.selection import Segment, Selection
    from segdsl.sizes.counts import Counts
    from segdsl.sizes.funnel import Funnel
    from segdsl.sizes.overlap import Overlap


def counts_table(counts: Counts, selection: Selection, *, full: bool = False) -> Table:
    """A row for each segment."""
    rows: list[Sequence[Cell]] = []
    for segment in selection.segments:
        size = counts.sizes[segment.name]
        share = Share(size, counts.population)
        title = segment.title or _condition_text(segment)
        if full:
            rows.append((segment.name, title, size, counts.population, share))
        else:
            rows.append((segment.name, title, size, share, Bar(size, counts.population)))
    if full:
        return Table(("segment", "title", "members", "population", "share"), rows)
    columns = ("segment", "title", "members", "share", "")
    return Table(columns, rows, grouped=True, cut={"title": 16}, dropped=("title", ""))


def _condition_text(segment: Segment) -> str | None:
    return one_line(segment.text) if segment.condition is not None else None


def funnel_table(funnel: Funnel, *, full: bool = False) -> Table:
    """Everybody, then a row for each condition."""
    population = funnel.population
    rows: list[Sequence[Cell]] = []
    for number, step in enumerate((funnel.everybody, *funnel.steps)):
        share = Share(step.left, population)
        if full:
            rows.append((number, step.condition, step.left, population, share, step.lost, step.alone))
        else:
            apart = (step.lost, step.alone) if number else (None, None)
            rows.append((number, step.condition, step.left, share, Bar(step.left, population), *apart))
    if full:
        return Table(("step", "condition", "left", "population", "share", "lost", "alone"), rows)
    columns = ("step", "condition", "left", "share", "", "lost", "alone")
    return Table(columns, rows, grouped=True, cut={"condition": 30}, dropped=("", "share", "alone"))


def overlap_table(overlap: Overlap, most: int, *, full: bool = False) -> Table:
    """A row for each of the pairs that overlap most."""
    pairs = overlap.pairs[:most]
    if full:
        columns = (
            "first",
            "second",
            "first_size",
            "second_size",
            "both",
            "either",
            "of_smaller",
            "jaccard",
            "contained",
        )
        return Table(columns, [tuple(pair.to_dict()[column] for column in columns) for pair in pairs])
    rows = [
        (
            pair.first,
            pair.first_size,
            pair.second,
            pair.second_size,
            pair.both,
            Share(pair.both, min(pair.first_size, pair.second_size)),
            Share(pair.both, pair.either),
            Bar(pair.both, pair.either),
            pair.contained,
        )
        for pair in pairs
    ]
    columns = ("first", "members", "second", "members", "both", "of smaller", "alike", "", "remark")
    dropped = ("members", "", "of smaller", "remark")
    return Table(columns, rows, grouped=True, cut={"remark": len("second in first")}, dropped=dropped)
