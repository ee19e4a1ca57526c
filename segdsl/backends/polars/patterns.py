"""``contains``, ``starts with``, ``ends with`` and ``matches``, each by what it says: no character is special but those of ``matches``.

In: the node and its value, lowered. Out: a condition, missing where the value is.
"""

from __future__ import annotations

from typing import assert_never

import polars as pl

from segdsl.semantics.ir import Match

_MOST_SINGLE = 1_000
"""A regular expression with more single-character wildcards than this may pass the engine's size limit."""
_ANY_RUN, _ANY_ONE = object(), object()


def match_pattern(expr: Match, value: pl.Expr) -> pl.Expr:
    match expr.word:
        case "contains":
            return value.str.contains(pl.lit(expr.needle), literal=True)
        case "starts with":
            return value.str.starts_with(pl.lit(expr.needle))
        case "ends with":
            return value.str.ends_with(pl.lit(expr.needle))
        case "matches":
            return _matches(_parts(expr.needle), value)
        case _:
            assert_never(expr.word)


def _parts(pattern: str) -> list[object]:
    """Characters and wildcards; a run of ``*`` is one."""
    parts: list[object] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "\\" and pattern[at : at + 1] in ("*", "?"):
            parts.append(pattern[at])
            at += 1
        elif character == "?":
            parts.append(_ANY_ONE)
        elif character != "*":
            parts.append(character)
        elif not parts or parts[-1] is not _ANY_RUN:
            parts.append(_ANY_RUN)
    return parts


def _matches(parts: list[object], value: pl.Expr) -> pl.Expr:
    if parts.count(_ANY_ONE) > _MOST_SINGLE:
        return value.map_batches(
            lambda texts: pl.Series(texts.name, [None if t is None else _walk(parts, t) for t in texts], pl.Boolean),
            return_dtype=pl.Boolean,
            is_elementwise=True,
        )
    # Every character by its number: none can be read as syntax. `\z` is the end alone, not also before a last line end.
    pattern = "".join(
        ".*" if part is _ANY_RUN else "." if part is _ANY_ONE else f"\\x{{{ord(str(part)):x}}}" for part in parts
    )
    return value.str.contains(rf"(?s)\A{pattern}\z")


def _walk(parts: list[object], text: str) -> bool:
    """Does the whole text match? Back to the last run only, so in at most length times length steps."""
    at = part = 0
    run, resume = -1, 0
    while at < len(text):
        if part < len(parts) and parts[part] is _ANY_RUN:
            run, resume = part, at
            part += 1
        elif part < len(parts) and (parts[part] is _ANY_ONE or parts[part] == text[at]):
            at += 1
            part += 1
        elif run >= 0:
            resume += 1
            at, part = resume, run + 1
        else:
            return False
    return all(p is _ANY_RUN for p in parts[part:])
