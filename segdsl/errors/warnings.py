"""Warnings and hints (SEG8xx): texts that mean something, though perhaps not what was meant.

A comment ``# allow SEG801`` on the same line silences one.
"""

from __future__ import annotations

from collections.abc import Iterable

from segdsl.diagnostics import Diagnostic, Edit, Fix, Rule, Severity
from segdsl.source import Span

MISSING_LEFT_OUT = Rule(
    "SEG801",
    "missing-left-out",
    "a `!=` or inner `not` that leaves out whoever has no value",
    'A missing value satisfies no comparison, so `country != "US"` does not select customers whose country is missing. '
    'Where they are meant too, `or country is missing` says so; `not country = "US"`, with `not` in front, selects them '
    "as well.",
    bad='country != "US"',
    good='country != "US" or country is missing',
    severity=Severity.HINT,
)


def missing_left_out(span: Span, operand: str, row: str | None = None, denied: bool = False) -> Diagnostic:
    """``row``: ``a row of `order` ``, where it is not asked of who is asked about. ``denied``: does it stand under `not`, by which
    whatever it leaves out is let in?"""
    fix = None
    if span.source is not None and operand:
        fix = Fix(f"add `or {operand} is missing`", (Edit(span, f"({span.text} or {operand} is missing)"),))
    value = f"`{operand}`" if operand else "such a value"
    if row is None:
        said = f"whoever has no {value} is {'let in' if denied else 'left out'} here"
        aim = "to leave them out" if denied else "to include them"
    else:
        said = f"{row} without {value} {'counts' if denied else 'does not count'} here"
        aim = "if it should not" if denied else "if it should"
    return MISSING_LEFT_OUT.at(span, said, f"{aim}, write `or {operand or '…'} is missing`", fix)


FLOAT_SUM = Rule(
    "SEG802",
    "sum-of-floats",
    "a sum of floats that is compared",
    "A float is added in millionths, so the sum may be off in the sixth place from what a spreadsheet shows, and a "
    "comparison at the border with it. Declare money as a decimal in the schema.",
    bad="sum(order.weight) = 10",
    good="sum(order.total) = 10",
    severity=Severity.WARNING,
)


def float_sum(span: Span) -> Diagnostic:
    return FLOAT_SUM.at(span, "a sum of floats is compared", "declare the field as a decimal, such as `decimal(12,2)`")


UNUSED = Rule(
    "SEG803",
    "unused-definition",
    "a parameter or trait that nothing uses",
    "No definition of the library uses this parameter or trait. A misspelt name elsewhere, or a leftover.",
    bad="param waiting = 90 days\nsegment idle where none(order in last 60 days)",
    good="param waiting = 90 days\nsegment idle where none(order in last waiting)",
    severity=Severity.WARNING,
)


def unused(span: Span, kind: str, name: str) -> Diagnostic:
    return UNUSED.at(span, f"the {kind} `{name}` is used by nothing", "remove it, or write `# allow SEG803` behind it")


PACK_LEFT_OUT = Rule(
    "SEG804",
    "pack-left-out",
    "definitions of a pack that do not fit the schema",
    "A pack is written over its standard schema. What it defines over a table or field that this schema does not have is left "
    "out, and what it defines over that; the rest works. Declare in the schema what is missing, or put something in a "
    "definition's place with `override`, and what the pack builds on it is back.",
    bad='packs = ["commerce"]\nschema = "commerce"\n\n[relations.review]\ntable = false',
    good='packs = ["commerce"]\nschema = "commerce"\n\n[relations.review]\ntable = "product_reviews"',
    severity=Severity.HINT,
)


def pack_left_out(span: Span, pack: str, names: Iterable[str], reasons: Iterable[str]) -> Diagnostic:
    left_out = sorted(names)
    listed = ", ".join(f"`{name}`" for name in left_out)
    what = "a definition" if len(left_out) == 1 else f"{len(left_out):,} definitions"
    return PACK_LEFT_OUT.at(
        span,
        f"{what} of the pack `{pack}` {'does' if len(left_out) == 1 else 'do'} not fit this schema and "
        f"{'is' if len(left_out) == 1 else 'are'} left out: {listed}",
        f"missing: {'; '.join(dict.fromkeys(reasons))}",
    )


TIES_AT_ZERO = Rule(
    "SEG805",
    "ties-at-zero",
    "a rank in which everybody may tie at 0",
    "A count, a sum or a number of different values is 0, not missing, for whoever has no rows, so all of them are ranked, and "
    "ties share: where most have none, `top 10%` can be everybody and `bottom 10%` most. `among` says who is ranked.",
    bad="top 10% by sum(order.total)",
    good="top 10% by sum(order.total) among sum(order.total) > 0",
    severity=Severity.WARNING,
)


def ties_at_zero(span: Span, value: str, at: int) -> Diagnostic:
    """``at``: where `among` would have to stand."""
    among = f" among {value} > 0"
    shown = f"among {value} > 0" if len(value) <= 60 else "among … > 0"
    fix = None
    if span.source is not None and value:
        fix = Fix(f"add `{shown}`", (Edit(Span(span.source, at, at), among),))
    return TIES_AT_ZERO.at(
        span, "everybody without rows is ranked here too, at 0, and may tie for a place", f"add `{shown}`", fix
    )


INNER_ROW_MEANT = Rule(
    "SEG806",
    "inner-row-meant",
    "a relation's name that means the inner of two rows",
    "Inside a row of a relation other rows of the same relation are spoken of, and the relation's name, like a bare name, means "
    "the inner one. Without a name of its own the outer one cannot be compared with it: `as` gives the inner row one.",
    bad="any(order where any(order where placed_at > order.placed_at))",
    good="any(order where any(order as next where next.placed_at > order.placed_at))",
    severity=Severity.WARNING,
)


def inner_row_meant(span: Span, name: str, relation: str) -> Diagnostic:
    return INNER_ROW_MEANT.at(
        span,
        f"`{name}` is of the inner of two rows of `{relation}` here, not of the one around",
        f"name the inner row: `{relation} as NAME where …`; then `{name}` is of the one around",
    )


RULES = (MISSING_LEFT_OUT, FLOAT_SUM, UNUSED, PACK_LEFT_OUT, TIES_AT_ZERO, INNER_ROW_MEANT)
