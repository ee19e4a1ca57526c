"""``segdsl init``: a project file and a first segment for a user's own data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli.data import is_database, present_url
from segdsl.cli.output import make_folder, say, write_text
from segdsl.diagnostics import SegdslError
from segdsl.errors import usage
from segdsl.syntax.format import format_text

if TYPE_CHECKING:
    from segdsl.inference import Inferred
    from segdsl.schema import Schema

_FIRST = """\
# Segments, each with a name, a title, and the condition that its members satisfy.
# `segdsl check` says what is wrong with them, `segdsl run` how many they select.
"""

_BLANK = """\
# What segments talk about: the tables, their keys, and what joins them. Replace what stands here by your own.

language = "1"
segments = ["segments"]
timezone = "UTC"                # in which calendar days begin

[data]
path = "data"                   # a folder of TABLE.parquet, TABLE.csv or TABLE.ndjson
# url = "duckdb:///shop.duckdb" # or a database; secrets by ${NAME} of an environment variable

[entity]                        # what segments select
name = "customer"
table = "customers"
key = "customer_id"
created = "created_at"

[entity.fields]
customer_id = "int"
created_at = "timestamp?"       # a ? behind a type: it can be missing
email = "string?"
country = "string?"

[relations.order]               # many rows for each customer
table = "orders"
on = "customer_id"
key = "order_id"
time = "placed_at"

[relations.order.fields]
order_id = "int"
placed_at = "timestamp"
total = "decimal(12,2)"
"""

_BLANK_SEGMENTS = f"""{_FIRST}
param lapse = 90 days

trait orders = count(order)

segment buyers "Buyers"
  about "Bought at least once."
  where orders >= 1

segment lapsed "Lapsed customers"
  about "Bought at least once, and nothing since."
  tags  "win-back"
  where orders >= 1 and none(order in last lapse)

example "an order long ago"
  given order placed_at = 91 days ago
  expect buyers and lapsed

example "an order last week"
  given order placed_at = 7 days ago
  expect buyers and not lapsed
"""


@click.command("init")
@click.argument("folder", default=".", metavar="[DIR]")
@click.option("--data", metavar="PATH", help="A folder of Parquet, CSV or NDJSON files, or a DuckDB or SQLite file.")
@click.option("--url", metavar="URL", callback=present_url, help="A database, such as postgresql://user@host/shop.")
@click.option("--entity", metavar="TABLE", help="The table whose rows segments select; else the likeliest.")
def command(folder: str, data: str | None, url: str | None, entity: str | None) -> int:
    """Start a project in DIR (the working directory) for your own data.

    With --data or --url the tables, keys and types found there are written into the project file, for you to correct.
    """
    from segdsl.project import FILE_NAME

    if data is not None and url is not None:
        raise SegdslError([usage.not_both("--data", "--url")])
    if entity is not None and data is None and url is None:
        raise SegdslError([usage.only_with("--entity", "--data or --url")])
    target = Path(folder)
    project_file, segments = target / FILE_NAME, target / "segments" / "segments.seg"
    for path in (project_file, segments):
        if path.exists():
            raise SegdslError([usage.existing_file(str(path))])
    if data is None and url is None:
        texts = (_BLANK, _BLANK_SEGMENTS)
        next_step = "say what your tables are in the project file, then `segdsl check --data`"
    else:
        found, text = _found(target, data, url, entity)
        texts = (text, _first_segment(found.schema))
        next_step = "read the project file over, then `segdsl check --data`"
        for note in found.notes:
            say(f"note: {note}")
    make_folder(segments.parent)
    write_text(texts[0], str(project_file))
    write_text(texts[1], str(segments))
    say(f"wrote {project_file} and {segments}")
    say(f"next: {next_step}")
    return 0


def _found(target: Path, data: str | None, url: str | None, entity: str | None) -> tuple[Inferred, str]:
    """What the data looks like, and the project file that says so."""
    from segdsl.inference import infer_from_folder, infer_from_url, to_toml

    if data is None:
        assert url is not None
        found = infer_from_url(url, entity, allow_distinct=True)
        return found, to_toml(found.schema, url=url, segments=["segments"], notes=found.notes)
    path = Path(data)
    if not path.exists():
        raise SegdslError([usage.no_such_data(data)])
    beside = _relative(path, target)
    if is_database(path):
        found = infer_from_url(data, entity, allow_distinct=True)
    elif path.is_dir():
        found = infer_from_folder(path, entity, allow_distinct=True)
    else:
        raise SegdslError(
            [usage.unfit_options("--data takes a folder of tables or a database file", f"give {path.parent}")]
        )
    return found, to_toml(found.schema, data=beside, segments=["segments"], notes=found.notes)


def _relative(path: Path, folder: Path) -> str:
    """A path as a file in ``folder`` writes it."""
    try:
        return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()
    except ValueError:
        return path.absolute().as_posix()


def _first_segment(schema: Schema) -> str:
    relation = next(iter(schema.relations), None)
    if relation is None:
        return f'{_FIRST}\nsegment everyone "Everyone" where true\n'
    active = f'segment active "With at least one {relation}" where any({relation})'
    return format_text(f"{_FIRST}\n{active}\n\n{_examples(relation, schema)}")


def _examples(relation: str, schema: Schema) -> str:
    one = f'example "one {relation}"\n  given {relation}\n  expect active\n'
    # Where there is no table of entities, one without rows is not there, and of it nothing holds.
    return one if schema.entity.distinct else f'{one}\nexample "none"\n  expect not active\n'
