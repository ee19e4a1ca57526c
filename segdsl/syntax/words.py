"""The words of the language that more than one module must know."""

from __future__ import annotations

RESERVED = frozenset({
    "and", "or", "not", "in", "is", "as", "where", "between", "true", "false", "missing", "present", "null", "now",
    "today", "top", "bottom", "per", "among", "having", "by",
})  # fmt: skip
"""Never bare names, except behind a dot."""

DEFINITION_WORDS = frozenset(("param", "trait", "segment", "tiers", "example", "override"))
"""At the beginning of a line of a .seg file, each begins a definition."""

UNITS = frozenset(
    name + ending
    for name in ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
    for ending in ("", "s")
)

AGGREGATES = frozenset({
    "count", "any", "none", "sum", "avg", "min", "max", "distinct", "median", "percentile", "first", "last",
    "streak", "overall",
})  # fmt: skip
"""Followed by a bracket, each is an aggregate."""
