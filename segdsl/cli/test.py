"""``segdsl test``: the examples in the .seg files, asked of every evaluator at hand."""

from __future__ import annotations

import click

from segdsl.cli.options import open_project, project_option, read_settings
from segdsl.cli.output import say, write_text
from segdsl.cli.terminal import working


@click.command("test")
@project_option
@click.option("--pack", metavar="PACK", help="The examples of a predefined pack, over its standard schema.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Another value for a parameter.")
@click.option("-o", "--output", metavar="PATH", help="Write the report to a file.")
def command(project: str | None, pack: str | None, settings: tuple[str, ...], output: str | None) -> int:
    """Run the examples."""
    from segdsl.examples.report import full, summary
    from segdsl.library import Library

    if pack is not None:
        library = Library.of_pack(pack, settings=read_settings(settings))
    else:
        library = open_project(project, settings).library
    with working("running the examples"):
        results = library.test()
    text = full(results)
    if text:
        write_text(text + "\n", output)
    say(summary(results))
    return 0 if results.passed else 1
