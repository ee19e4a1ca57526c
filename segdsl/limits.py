"""How large a text may be. Each limit is a setting, and exceeding it is an error of its own (SEG7xx).

The defaults are those that every backend is known to carry: engines and libraries fail (some by crashing) not far
above them. A host may lower them freely.
"""

from __future__ import annotations

from segdsl.records import record


@record(frozen=True, slots=True)
class Limits:
    """Sizes are in UTF-8 bytes, the rest counts things."""

    source_bytes: int = 1024 * 1024
    """One file."""
    definition_bytes: int = 64 * 1024
    """One definition, or one bare condition."""
    tokens: int = 30_000
    """Words, numbers, texts and signs in one definition."""
    nesting: int = 24
    """Brackets inside brackets; a `not` or a minus before another counts as one more."""
    tree_depth: int = 100
    """Levels of the whole tree, with those that need no brackets (a chain of ``+`` is as deep as it is long)."""
    terms: int = 500
    """Terms of one `and` or one `or`."""
    nodes: int = 5_000
    """Parts of one segment, with all that it refers to put in its place."""
    expanded_depth: int = 100
    """Levels of one segment, with all that it refers to put in its place."""
    list_values: int = 10_000
    """Values in one list."""
    string_length: int = 1_000
    """Characters of one text in quotes."""
    name_length: int = 128
    """Characters of one name."""
    digits: int = 38
    """Digits of one number."""
    findings: int = 100
    """Errors reported for one file."""


DEFAULT = Limits()
