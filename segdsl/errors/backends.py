"""SEG6xx: what a backend or a SQL dialect cannot do. Nothing here is wrong with the text; another backend may take it."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.diagnostics import Diagnostic, Rule
from segdsl.source import NOWHERE, Span

DIALECT_GAP = Rule(
    code="SEG601",
    name="dialect-gap",
    title="a SQL dialect cannot say this",
    explanation=(
        "Every backend selects the same customers, so what a database cannot compute in exactly the language's way is "
        "refused when it is compiled, not approximated when it runs. Use another backend for this segment, or a "
        "condition that does without the function."
    ),
    bad='segment fives\n  where lower(code) matches "5*"   # for a dialect without lower(…)',
    good='segment fives\n  where code starts with "5"',
)
OUTSIDE_CALENDAR = Rule(
    code="SEG602",
    name="outside-calendar",
    title="a time lies outside the calendar",
    explanation="Counted from the instant of evaluation, a period or time leaves the years 1 to 9999.",
    bad="segment old\n  where any(order in last 5000 years)",
    good="segment old\n  where any(order)",
)
UNKNOWN_DIALECT = Rule(
    code="SEG603",
    name="unknown-dialect",
    title="there is no such SQL dialect",
    explanation="SQL is written for the dialects that the message lists.",
    bad='vip.sql("oracle")',
    good='vip.sql("duckdb")',
)
STATEMENT_TOO_LARGE = Rule(
    code="SEG604",
    name="statement-too-large",
    title="a statement is too large for the database",
    explanation=(
        "Databases limit how long a statement is, how many columns its rows have, how many tables one SELECT joins, how many "
        "parameters there are, or how often a table is read, which doubles with each row sought inside of another. `statements()` in "
        "Python, `segdsl compile` and `segdsl run` write several statements, each of some of the segments; this is left where even "
        "one segment alone is too large, or where one statement is asked for."
    ),
    bad='library.sql("postgres")          # of 5,000 segments',
    good='library.statements("postgres")',
)
NAME_TOO_LONG = Rule(
    code="SEG605",
    name="name-too-long",
    title="a name is too long for the database",
    explanation=(
        "In the shape flags every segment is a column of its own name, and the database would cut this one short. The "
        "other shapes have the name as a text and take any length."
    ),
    bad="segment bought_in_the_last_thirty_days_and_never_returned_anything_at_all",
    good="segment bought_recently_without_return",
)
NAME_TAKEN = Rule(
    code="SEG608",
    name="column-name-taken",
    title="names differ in letter case alone, and the database takes them for one",
    explanation=(
        "In the shape flags every segment is a column of its own name, beside the key, and the database refuses a result of two "
        "columns whose names differ only in capitals. The other shapes have the name as a text."
    ),
    bad="segment VIP where orders > 10\nsegment vip where orders > 5   # for bigquery",
    good="segment VIP where orders > 10\nsegment nearly_vip where orders > 5",
)
UNKNOWN_STYLE = Rule(
    code="SEG606",
    name="unknown-style",
    title="no driver of the database spells parameters like that",
    explanation=(
        "In place of its constants a statement can have placeholders, which each driver spells in its own way: `bind=True` takes "
        "the dialect's usual style, a style's name takes that one. The first five names are those of Python's DB-API: qmark, "
        "numeric, named, format and pyformat."
    ),
    bad='vip.sql("postgres", bind="braces")',
    good='vip.sql("postgres", bind="pyformat")',
)


def dialect_gap(dialect: str, what: str, reason: str, span: Span = NOWHERE) -> Diagnostic:
    return DIALECT_GAP.at(
        span,
        f"{dialect} cannot compute {what} exactly: {reason}",
        hint="run this segment on another database or on files, or write the condition without it",
    )


def outside_calendar(what: str, span: Span = NOWHERE) -> Diagnostic:
    return OUTSIDE_CALENDAR.at(
        span, f"{what} reaches beyond the years 1 to 9999", hint="leave the period out, or make it shorter"
    )


def unknown_dialect(name: str, known: Sequence[str]) -> Diagnostic:
    return UNKNOWN_DIALECT.at(NOWHERE, f"there is no SQL dialect `{name}`", hint=f"the dialects are {', '.join(known)}")


def _larger(segments: int, single: str = "ask for less in one segment, or run it on files") -> str:
    """What to do where a statement is too large."""
    if segments <= 1:
        return single
    return "have several statements: `statements()` in place of `sql()`; `segdsl compile` and `segdsl run` do by themselves"


def too_many_joins(dialect: str, stage: str, joins: int, most: int, segments: int) -> Diagnostic:
    return STATEMENT_TOO_LARGE.at(
        NOWHERE,
        f"{dialect} joins at most {most} tables at once; `{stage}` needs {joins}",
        hint=_larger(segments),
    )


def too_many_references(dialect: str, table: str, most: int, segments: int) -> Diagnostic:
    return STATEMENT_TOO_LARGE.at(
        NOWHERE,
        f"{dialect} reads a table at most {most:,} times in a statement, and this one reads `{table}` more often",
        hint=_larger(segments, "put fewer `any(… where any(…))` inside one another, or run it on files"),
    )


def too_many_columns(dialect: str, columns: int, most: int, segments: int) -> Diagnostic:
    return STATEMENT_TOO_LARGE.at(
        NOWHERE,
        f"{dialect} holds at most {most:,} columns of one row, and this statement needs {columns:,}",
        hint=_larger(segments),
    )


def too_long(dialect: str, size: int, most: int, segments: int) -> Diagnostic:
    return STATEMENT_TOO_LARGE.at(
        NOWHERE,
        f"{dialect} takes statements of at most {most:,} bytes, and this one has {size:,}",
        hint=_larger(segments),
    )


def name_too_long(dialect: str, name: str, most: int) -> Diagnostic:
    return NAME_TOO_LONG.at(
        NOWHERE,
        f"`{name}` is too long for a column: {dialect} keeps {most} letters of a name",
        hint="give the segment a shorter name, or another shape to the result: --shape memberships",
    )


def name_taken(dialect: str, name: str, other: str) -> Diagnostic:
    return NAME_TAKEN.at(
        NOWHERE,
        f"{dialect} takes the columns `{other}` and `{name}` for one: they differ in letter case alone",
        hint="give the segment another name, or another shape to the result: --shape memberships",
    )


def too_many_placeholders(dialect: str, count: int, most: int, segments: int) -> Diagnostic:
    return STATEMENT_TOO_LARGE.at(
        NOWHERE,
        f"{dialect} takes at most {most:,} parameters in a statement, and this one has {count:,}, lists left out",
        hint=_larger(segments, "write the values into the statement: without `bind`"),
    )


def unknown_style(dialect: str, style: object, known: Sequence[str]) -> Diagnostic:
    return UNKNOWN_STYLE.at(
        NOWHERE,
        f"no driver of {dialect} has parameters of the style `{style}`",
        hint=f"it is one of {', '.join(known)}",
    )


RULES = (DIALECT_GAP, OUTSIDE_CALENDAR, UNKNOWN_DIALECT, STATEMENT_TOO_LARGE, NAME_TOO_LONG, UNKNOWN_STYLE, NAME_TAKEN)
