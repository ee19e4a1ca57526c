"""Conditions over a single table, without a project: `expr` for a Polars frame, `sql` for a table of a database.

In: a condition as a text, and what the table's columns are. Out: a `pl.Expr`, or one statement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from segdsl.as_of import AsOf
from segdsl.diagnostics import SegdslError
from segdsl.errors import data as data_errors
from segdsl.errors import schema as schema_errors
from segdsl.errors import usage
from segdsl.library import Library
from segdsl.schema import Entity, Field, Schema
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir, time
from segdsl.semantics.walk import walk
from segdsl.source import NOWHERE
from segdsl.types import ANY

if TYPE_CHECKING:
    import polars as pl

    from segdsl.backends.sql.compiled import CompiledSQL

_ROW_KEY = "row key"
"""Names the key that a row of a frame would have; nothing ever reads it."""
_OF_EVERYBODY = (ir.Rank, ir.PairRank, ir.RankValue, ir.Overall)
"""What compares a row with others."""


def expr(
    text: str,
    frame: pl.DataFrame | pl.LazyFrame | Mapping[str, str | pl.DataType],
    *,
    as_of: AsOf | None = None,
    timezone: str = "UTC",
) -> pl.Expr:
    """A condition over the rows of one frame, for ``frame.filter(...)``.

    The fields are the frame's columns; any of them may be missing. In place of a frame, a mapping of names to types
    (``{"orders": "int"}``) or to Polars' own dtypes will do.

    >>> import polars as pl
    >>> customers = pl.DataFrame({"name": ["Ann", "Bob"], "orders": [3, None]})
    >>> customers.filter(expr("orders >= 1", customers))["name"].to_list()
    ['Ann']
    """
    from segdsl.backends.polars.single import expression

    fields, dtypes = _columns(frame)
    entity = Entity(
        "row",
        "frame",
        _ROW_KEY,
        None,
        None,
        {**fields, _ROW_KEY: Field(_ROW_KEY, ANY, column=_ROW_KEY, declared=False)},
    )
    library = Library(Schema(entity, timezone=_known_zone(timezone)))
    segment = library.condition(text)
    assert segment.condition is not None
    for node in walk(segment.condition):
        if isinstance(node, _OF_EVERYBODY):
            raise SegdslError([usage.row_alone(node.span)])
    return expression(library.select([segment]).plan(), segment.name, dtypes, library.as_of(as_of))


def _columns(
    frame: pl.DataFrame | pl.LazyFrame | Mapping[str, str | pl.DataType],
) -> tuple[dict[str, Field], dict[str, pl.DataType]]:
    """The fields that the columns are, all of them possibly missing, and the columns' dtypes."""
    import polars as pl

    from segdsl.backends.polars.single import dtype_of
    from segdsl.inference import infer_from_frames

    if isinstance(frame, Mapping):
        if not all(isinstance(name, str) for name in frame):
            raise SegdslError([usage.wrong_argument("frame", "a frame, or a mapping of names to types", frame)])
        if all(isinstance(kind, str) for kind in frame.values()):
            fields = _declared(frame)
            return fields, {field.column: dtype_of(field.type) for field in fields.values()}
        try:
            frame = pl.LazyFrame(schema=[(name, kind) for name, kind in frame.items() if not isinstance(kind, str)])
        except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
            raise SegdslError(
                [usage.wrong_argument("frame", "a frame, or a mapping of names to types", frame)]
            ) from error
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        raise SegdslError([usage.wrong_argument("frame", "a frame, or a mapping of names to types", frame)])
    try:
        dtypes = dict(frame.collect_schema())
    except pl.exceptions.PolarsError as error:
        reason = str(error).strip().splitlines()[0]
        raise SegdslError([data_errors.unreadable_data("the frame", reason)]) from error
    found = infer_from_frames({"frame": frame}).schema.entity.fields
    fields = {name: replace(field, optional=True) for name, field in found.items() if field.declared}
    return fields, dtypes


def _declared(types: Mapping[str, object]) -> dict[str, Field]:
    """Fields by their types' texts."""
    optional = {name: f"{str(kind).removesuffix('?')}?" for name, kind in types.items()}
    entity = {"table": "frame", "key": _ROW_KEY, "fields": optional}
    fields = schema_from_dict({"entity": entity}).entity.fields
    return {name: field for name, field in fields.items() if field.declared}


def sql(
    text: str,
    *,
    table: str,
    dialect: str,
    fields: Mapping[str, str],
    key: str | None = None,
    shape: str = "members",
    as_of: AsOf | None = None,
    timezone: str = "UTC",
    bind: bool | str = False,
) -> CompiledSQL:
    """A condition over the rows of one table of a database, as a statement that yields the keys of those that it selects.

    ``fields`` are the columns that the condition may use, with their types; any of them may be missing. ``key`` is the
    column that tells the rows apart: one of the fields named like a key (``id``, ``customer_id``) unless said, else
    ``customer_id`` for a table ``customers``. ``bind``: with placeholders in place of constants, as in `Selection.sql`.

    >>> print(sql("orders >= 1", table="customers", dialect="duckdb", fields={"orders": "int"}).dialect)
    duckdb
    """
    if not isinstance(fields, Mapping):
        raise SegdslError([usage.wrong_argument("fields", "a mapping of names to types", fields)])
    key = key or _likely_key(table, fields)
    declared = {str(name): str(kind).removesuffix("?") + ("" if name == key else "?") for name, kind in fields.items()}
    schema = schema_from_dict({"entity": {"table": table, "key": key, "fields": declared}, "timezone": timezone})
    library = Library(schema)
    return library.select([library.condition(text)]).sql(dialect, shape, as_of=as_of, bind=bind)


def _likely_key(table: str, fields: Mapping[str, str]) -> str:
    own = f"{str(table).rpartition('.')[2].removesuffix('s')}_id"
    named = [name for name in fields if name in (own, "id")]
    ids = [name for name in fields if re.search(r"_id$|[a-z]Id$", str(name))]
    return [*named, *ids, own][0]


def _known_zone(name: str) -> str:
    try:
        time.zone(name)
    except (time.UnknownZone, AttributeError, TypeError) as error:
        raise SegdslError([schema_errors.unknown_zone(NOWHERE, str(name), ())]) from error
    return name
