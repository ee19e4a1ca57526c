"""segdsl: segments of customers, defined once and the same everywhere.

     .seg text ──parse──▶ ast ──link, resolve──▶ ir ──plan──▶ Plan ──┬─▶ SQL      DuckDB, SQLite, PostgreSQL
                                (schema)                             └─▶ Polars   LazyFrame

    import segdsl

    frame.filter(segdsl.expr("orders >= 1 and last_order_days > 90", frame))   # one table, no set-up

    project = segdsl.load("segdsl.toml")        # or segdsl.Library.from_text(text, schema)
    lapsed = project.library["lapsed"]
    lapsed.members(data)                        # data: table names to frames
    lapsed.sql("duckdb").text                   # the same customers, in a database

What is wrong with a text, a schema or data is a `SegdslError` whose ``diagnostics`` say what, where, and how to mend it.
Importing this package loads neither Polars nor sqlglot; what is named below is imported when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import segdsl.begun  # first: it looks at the clock
import segdsl.forking  # noqa: F401 - for what it does

if TYPE_CHECKING:
    from segdsl.api import expr, sql
    from segdsl.backends.sql.compiled import CompiledSQL
    from segdsl.diagnostics import Diagnostic, Diagnostics, Edit, Fix, Related, SegdslError, Severity
    from segdsl.explanation.outcome import Explanation
    from segdsl.library import Library
    from segdsl.limits import Limits
    from segdsl.matching.matcher import Changes, LiveMatcher, Matcher, Needs
    from segdsl.matching.thresholds import Thresholds
    from segdsl.project import Project, load
    from segdsl.runtime.progress import progress
    from segdsl.runtime.tables import Dataset
    from segdsl.schema import Schema
    from segdsl.schema_build import schema_from_dict
    from segdsl.selection import Segment, Selection
    from segdsl.sizes.counts import Counts
    from segdsl.sizes.funnel import Funnel, FunnelStep
    from segdsl.sizes.overlap import Overlap, Pair
    from segdsl.source import Source, Span
    from segdsl.syntax.format import format_text

__version__ = "0.1.0"

_HOMES = {
    "Changes": "segdsl.matching.matcher",
    "CompiledSQL": "segdsl.backends.sql.compiled",
    "Counts": "segdsl.sizes.counts",
    "Dataset": "segdsl.runtime.tables",
    "Diagnostic": "segdsl.diagnostics",
    "Diagnostics": "segdsl.diagnostics",
    "Edit": "segdsl.diagnostics",
    "Explanation": "segdsl.explanation.outcome",
    "Fix": "segdsl.diagnostics",
    "Funnel": "segdsl.sizes.funnel",
    "FunnelStep": "segdsl.sizes.funnel",
    "Library": "segdsl.library",
    "Limits": "segdsl.limits",
    "LiveMatcher": "segdsl.matching.matcher",
    "Matcher": "segdsl.matching.matcher",
    "Needs": "segdsl.matching.matcher",
    "Overlap": "segdsl.sizes.overlap",
    "Pair": "segdsl.sizes.overlap",
    "Project": "segdsl.project",
    "Related": "segdsl.diagnostics",
    "Schema": "segdsl.schema",
    "SegdslError": "segdsl.diagnostics",
    "Segment": "segdsl.selection",
    "Selection": "segdsl.selection",
    "Severity": "segdsl.diagnostics",
    "Source": "segdsl.source",
    "Span": "segdsl.source",
    "Thresholds": "segdsl.matching.thresholds",
    "expr": "segdsl.api",
    "format_text": "segdsl.syntax.format",
    "load": "segdsl.project",
    "progress": "segdsl.runtime.progress",
    "schema_from_dict": "segdsl.schema_build",
    "sql": "segdsl.api",
}

__all__ = [
    "expr",
    "sql",
    "format_text",
    "load",
    "progress",
    "Project",
    "Library",
    "Segment",
    "Selection",
    "Counts",
    "Dataset",
    "Funnel",
    "FunnelStep",
    "Overlap",
    "Pair",
    "Matcher",
    "LiveMatcher",
    "Changes",
    "Needs",
    "Thresholds",
    "Explanation",
    "CompiledSQL",
    "Schema",
    "schema_from_dict",
    "Limits",
    "SegdslError",
    "Diagnostics",
    "Diagnostic",
    "Severity",
    "Fix",
    "Edit",
    "Related",
    "Source",
    "Span",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'segdsl' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
