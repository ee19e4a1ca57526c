"""``segdsl thresholds``: what everybody has in common, for records that are matched one by one."""

from __future__ import annotations

import click

from segdsl.as_of import shown
from segdsl.cli.data import data_options, open_data
from segdsl.cli.options import Choice, choosing, evaluating, output_option, project_option
from segdsl.cli.output import say, write_text
from segdsl.cli.terminal import working
from segdsl.display.english import counted


@click.command("thresholds")
@choosing
@evaluating
@project_option
@data_options()
@output_option("Write to a file.")
def command(
    names: tuple[str, ...],
    conditions: tuple[str, ...],
    selectors: tuple[str, ...],
    as_of: str | None,
    settings: tuple[str, ...],
    project: str | None,
    data: str | None,
    url: str | None,
    output: str | None,
) -> int:
    """Work out what everybody has to say about one customer, for the segments NAMES (all of them, if none is named): cut points of ranks,
    totals, averages. `segdsl match --thresholds` reads the file.
    """
    opened = open_data(project, data, url, settings, None, bare=False)
    chosen = Choice.read(names, conditions, selectors).of(opened.library)
    instant = shown(opened.library.as_of(as_of))
    with opened.source as source, working("evaluating"):
        found = opened.library.thresholds(source.given(), as_of=instant, segments=chosen.segments)
    write_text(found.to_json(), output)
    say(f"{counted(len(found.facts), 'value')} for {counted(len(found.segments), 'segment')} as of {instant}")
    return 0
