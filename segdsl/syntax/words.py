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

PLAIN_WORDS = frozenset({
    "about", "ago", "all", "among", "and", "any", "as", "between", "bottom", "by", "exactly", "example", "expect", "false",
    "given", "has", "having", "in", "is", "last", "missing", "next", "not", "now", "of", "or", "otherwise", "override",
    "param", "per", "present", "previous", "segment", "tags", "this", "tiers", "to", "today", "top", "trait", "true",
    "where", "within",
})  # fmt: skip
"""Each is a terminal of the grammar by itself, of the same name."""

RANKS = frozenset(("rank", "quantile"))
"""Followed by a bracket, each is a value that stands for a rank."""

PHRASES: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "not": (
        (("in",), "NOT_IN"),
        (("between",), "NOT_BETWEEN"),
        (("contains",), "CONTAINS"),
        (("starts", "with"), "MATCHES"),
        (("ends", "with"), "MATCHES"),
        (("matches",), "MATCHES"),
        (("followed", "by"), "SEQUENCE"),
        (("preceded", "by"), "SEQUENCE"),
    ),
    "contains": (((), "CONTAINS"),),
    "matches": (((), "MATCHES"),),
    "starts": ((("with",), "MATCHES"),),
    "ends": ((("with",), "MATCHES"),),
    "followed": ((("by",), "SEQUENCE"),),
    "preceded": ((("by",), "SEQUENCE"),),
    "as": ((("of",), "AS_OF"),),
    "each": ((("of",), "EACH_OF"),),
    "any": ((("of",), "ANY_OF"),),
    "from": ((("now",), "FROM_NOW"),),
}
"""By their first word, the words that follow it, and the terminal that all of them are together."""

KNOWN_WORDS = frozenset((
    *RESERVED, *DEFINITION_WORDS, *UNITS, *AGGREGATES, *RANKS, *PLAIN_WORDS, *PHRASES,
    *(word for phrases in PHRASES.values() for words, _ in phrases for word in words),
))  # fmt: skip
"""All that mean something anywhere."""
