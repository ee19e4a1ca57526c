"""SEG7xx: a text that is larger than the limits allow (`segdsl.limits`)."""

from __future__ import annotations

from segdsl.diagnostics import Diagnostic, Rule
from segdsl.source import NOWHERE, Span

SOURCE_TOO_LARGE = Rule(
    "SEG701",
    "file-too-large",
    "a file is too large",
    "A file of definitions, or a text given in its place, is larger than the limit (1 MiB unless the host says "
    "otherwise). Split it into several files: a project reads all that it names, in any order.",
)


def source_too_large(span: Span, name: str, size: int, limit: int) -> Diagnostic:
    return SOURCE_TOO_LARGE.at(
        span,
        f"{name} is too large: {_bytes(size)}, and {_bytes(limit)} are allowed",
        hint="split it into several files",
    )


DEFINITION_TOO_LARGE = Rule(
    "SEG702",
    "definition-too-large",
    "a definition is too large",
    "One definition, or one bare condition, is longer than the limit (64 KiB unless the host says otherwise). Give its "
    "parts names with `trait`, and put long lists into the data, as a field or a table of its own.",
)


def definition_too_large(span: Span, size: int, limit: int) -> Diagnostic:
    return DEFINITION_TOO_LARGE.at(
        span,
        f"this is too long: {_bytes(size)}, and {_bytes(limit)} are allowed",
        hint="give parts of it names of their own with `trait`, and keep long lists in the data",
    )


TOO_MANY_TOKENS = Rule(
    "SEG703",
    "too-many-words",
    "a definition has too many words and signs",
    "One definition has more words, numbers and signs than the limit allows (30,000 unless the host says otherwise).",
)


def too_many_tokens(span: Span, count: int, limit: int) -> Diagnostic:
    return TOO_MANY_TOKENS.at(
        span,
        f"this has {count:,} words and signs, and {limit:,} are allowed",
        hint="give parts of it names of their own with `trait`",
    )


TOO_DEEP = Rule(
    "SEG704",
    "too-deeply-nested",
    "brackets are nested too deeply",
    "Brackets stand inside brackets (or a `not` or a minus before another) more levels deep than the limit (24 unless "
    "the host says otherwise): engines fail not far above it.",
    bad="where not (not (not (…)))",
    good="trait eligible = …\nsegment s where not eligible",
)


def too_deep(span: Span, limit: int) -> Diagnostic:
    return TOO_DEEP.at(
        span,
        f"this is nested more than {limit} levels deep",
        hint="give the inner part a name of its own with `trait`, and use the name here",
    )


TREE_TOO_DEEP = Rule(
    "SEG705",
    "too-long-a-calculation",
    "a calculation is too long",
    "A calculation has so many steps inside each other (a long chain of + - * / counts one for each sign) that engines "
    "may fail on it.",
)


def tree_too_deep(span: Span, limit: int) -> Diagnostic:
    return TREE_TOO_DEEP.at(
        span,
        f"this calculation has more than {limit} steps, each made of the one before",
        hint="give parts of it names of their own with `trait`",
    )


TOO_MANY_TERMS = Rule(
    "SEG706",
    "too-many-terms",
    "too many conditions in one `and` or `or`",
    "One `and` or `or` joins more conditions than the limit (500 unless the host says otherwise). A long row of `x = a "
    "or x = b` is shorter, and faster, as `x in (a, b)`.",
    bad='where country = "GR" or country = "CY" or …',
    good='where country in ("GR", "CY")',
)


def too_many_terms(span: Span, word: str, limit: int) -> Diagnostic:
    return TOO_MANY_TERMS.at(
        span,
        f"one `{word}` joins more than {limit:,} conditions",
        hint='many values of one field are listed as `country in ("GR", "CY")`; groups of conditions can have names of '
        "their own with `trait`",
    )


TOO_MANY_VALUES = Rule(
    "SEG707",
    "too-long-a-list",
    "a list has too many values",
    "A list in a text is longer than the limit (10,000 values unless the host says otherwise). So many values are data: "
    "put them into a table or a field, and ask for that.",
)


def too_many_values(span: Span, count: int, limit: int) -> Diagnostic:
    return TOO_MANY_VALUES.at(
        span,
        f"this list has {count:,} values, and {limit:,} are allowed",
        hint="so many values are data: keep them in a table or a field",
    )


STRING_TOO_LONG = Rule(
    "SEG708",
    "too-long-a-text",
    "a text in quotes is too long",
    "A text in quotes is longer than the limit (1,000 characters unless the host says otherwise). Most often its closing "
    "quote stands too far away.",
)


def string_too_long(span: Span, length: int, limit: int) -> Diagnostic:
    return STRING_TOO_LONG.at(
        span,
        f"this text has {length:,} characters, and {limit:,} are allowed",
        hint="look whether its closing quote stands where it should",
    )


NAME_TOO_LONG = Rule(
    "SEG709",
    "too-long-a-name",
    "a name is too long",
    "A name is longer than the limit (128 characters unless the host says otherwise).",
)


def name_too_long(span: Span, length: int, limit: int) -> Diagnostic:
    return NAME_TOO_LONG.at(
        span, f"this name has {length:,} characters, and {limit:,} are allowed", hint="choose a shorter name"
    )


TOO_MANY_DIGITS = Rule(
    "SEG710",
    "too-many-digits",
    "a number has too many digits",
    "A number has more digits than a decimal can hold (38).",
    bad="where amount > 123456789012345678901234567890123456789",
    good="where amount > 1_000_000",
)


def too_many_digits(span: Span, count: int, limit: int) -> Diagnostic:
    return TOO_MANY_DIGITS.at(span, f"this number has {count:,} digits, and {limit} are allowed", hint="round it")


TOO_MANY_NODES = Rule(
    "SEG711",
    "too-large-when-expanded",
    "a segment is too large with all that it refers to",
    "With all traits and segments that it refers to put in their places, a segment has more parts than the limit (5,000 "
    "unless the host says otherwise).",
)


def too_many_nodes(span: Span, name: str, limit: int) -> Diagnostic:
    return TOO_MANY_NODES.at(
        span,
        f"`{name}` has more than {limit:,} parts once all that it refers to is put in its place",
        hint="split it into segments that are evaluated on their own, or keep a part of it as a column of the data",
    )


TOO_DEEP_EXPANDED = Rule(
    "SEG713",
    "too-deep-when-expanded",
    "a segment is too deep with all that it refers to",
    "With all traits and segments that it refers to put in their places, a segment has more levels than the limit (100 unless "
    "the host says otherwise): a long chain of definitions, each made of the one before.",
)


def too_deep_expanded(span: Span, name: str, limit: int, cases: int = 0) -> Diagnostic:
    """``cases``: how many it has, if it is tiers."""
    hint = "shorten the chain of definitions, or keep a part of it as a column of the data"
    if cases > limit // 2:
        hint = f"each of its {cases} cases is a level below the one before it: make several tiers of them"
    return TOO_DEEP_EXPANDED.at(
        span, f"`{name}` is more than {limit} levels deep once all that it refers to is put in its place", hint=hint
    )


TOO_MANY_FINDINGS = Rule(
    "SEG712",
    "more-errors",
    "there are more errors than are shown",
    "One file has more errors than are reported at once (100 unless the host says otherwise). Mend those shown first: "
    "the others often follow from them.",
)


def too_many_findings(span: Span, limit: int) -> Diagnostic:
    return TOO_MANY_FINDINGS.at(
        span, f"this text has more than {limit:,} errors; those behind here are not shown", hint="mend the others first"
    )


TOO_LITTLE_RECURSION = Rule(
    "SEG714",
    "too-little-recursion",
    "Python's limit of recursion is too low",
    "A program can limit how deep calls go into one another (`sys.setrecursionlimit`), and this one allows less than a "
    "definition of this depth takes. Python's own limit of 1,000 is enough for every text within the limits of segdsl.",
)


def too_little_recursion(limit: int) -> Diagnostic:
    return TOO_LITTLE_RECURSION.at(
        NOWHERE,
        f"Python's limit of recursion, {limit:,} here, is too low for this",
        hint="leave `sys.setrecursionlimit` at 1,000 or more",
    )


def _bytes(size: int) -> str:
    if size >= 1024 * 1024 and size % (1024 * 1024) == 0:
        return f"{size // (1024 * 1024):,} MiB"
    if size >= 1024 and size % 1024 == 0:
        return f"{size // 1024:,} KiB"
    return f"{size:,} bytes"


RULES = (
    SOURCE_TOO_LARGE,
    DEFINITION_TOO_LARGE,
    TOO_MANY_TOKENS,
    TOO_DEEP,
    TREE_TOO_DEEP,
    TOO_MANY_TERMS,
    TOO_MANY_VALUES,
    STRING_TOO_LONG,
    NAME_TOO_LONG,
    TOO_MANY_DIGITS,
    TOO_MANY_NODES,
    TOO_DEEP_EXPANDED,
    TOO_MANY_FINDINGS,
    TOO_LITTLE_RECURSION,
)
