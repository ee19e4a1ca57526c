"""``segdsl demo``: a small made-up shop, and the predefined segments run on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import click

from segdsl.as_of import shown
from segdsl.cli.data import data_source
from segdsl.cli.options import format_option
from segdsl.cli.output import format_for, make_folder, say, write
from segdsl.cli.sizes import counts_table
from segdsl.cli.terminal import working
from segdsl.diagnostics import SegdslError
from segdsl.errors import usage

FORMATS = ("table", "csv", "json", "jsonl")


@click.command("demo")
@click.argument("folder", default="segdsl-demo", metavar="[DIR]")
@click.option(
    "--customers", type=click.IntRange(1, 10_000_000), default=2000, show_default=True, help="How many customers."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=7, show_default=True, help="Another seed, another shop."
)
@click.option("--force", is_flag=True, help="Overwrite a shop that is there already.")
@format_option(FORMATS, "How to print the sizes (a table).")
def command(folder: str, customers: int, seed: int, force: bool, format: str | None) -> int:
    """Make a small shop in DIR (segdsl-demo) and run the predefined segments on it.

    The same seed makes the same shop. It has a project file, tables in Parquet and a file of segments to play with.
    """
    from segdsl import project as projects
    from segdsl.demo import make_shop

    target = Path(folder)
    if (target / projects.FILE_NAME).exists() and not force:
        raise SegdslError([usage.existing_file(str(target / projects.FILE_NAME), "--force makes it anew")])
    make_folder(target)
    with working("making the shop"):
        try:
            shop = make_shop(target, customers=customers, seed=seed)
        except OSError as error:
            raise SegdslError([usage.unwritable_file(folder, str(error.strerror or error).lower())]) from error
    project = projects.open_project(shop.project_file)
    as_of = shown(shop.as_of.replace(tzinfo=None))
    with working("evaluating"), data_source(project, None, None) as source:
        selection = project.library.select()
        table = counts_table(source.counts(selection, as_of), selection, full=format not in (None, "table"))
    write(table, format_for(None, format), None)
    say(f"\nThe shop is in {folder}, and its clock stands at {as_of}. Go on with:")
    for line in _next(target, as_of):
        say(f"  {line}")
    return 0


def _next(folder: Path, as_of: str) -> Iterator[str]:
    """Commands to go on with, as a shell takes them."""
    if folder.resolve() != Path.cwd().resolve():
        # A name that begins with a dash is no option.
        yield f"cd {quote(str(folder) if not str(folder).startswith('-') else f'./{folder}')}"
    yield f"segdsl run lapsed winback --as-of {as_of}"
    yield f"segdsl run -e 'orders >= 3 and country = \"GR\"' --as-of {as_of}"
    yield "segdsl compile winback --dialect duckdb"
