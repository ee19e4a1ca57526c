"""What is probably not meant (SEG810 and on): conditions that never or always hold, parts that add nothing, twins.

A comment ``# allow SEG810`` on the same line, or on a line of its own before it, silences one. Parts of conditions come in as
their spans; ``settings`` says that the verdict hangs on the values that parameters have.
"""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.diagnostics import Diagnostic, Related, Rule, Severity
from segdsl.display.english import listed
from segdsl.source import Span

_LONGEST = 60

NEVER = Rule(
    "SEG810",
    "never-holds",
    "a condition that can never hold",
    "Whatever the data, at no time is there anybody, or any row, for whom this holds: two parts of an `and` leave each other no "
    "room, or a value is asked to be what it cannot be. Mostly an `and` that was meant as `or`, or a border that was mistyped.",
    bad="count(order) > 5 and count(order) < 3",
    good="count(order) > 5 or count(order) < 3",
    severity=Severity.WARNING,
)

ALWAYS = Rule(
    "SEG811",
    "always-holds",
    "a condition that always holds",
    "Whatever the data, this holds for everybody, or for every row, so it chooses nobody out of all: mostly an `or` that was meant "
    "as `and`, or a border that was mistyped.",
    bad="count(order) > 3 or count(order) < 5",
    good="count(order) > 3 and count(order) < 5",
    severity=Severity.WARNING,
)

UNREACHABLE = Rule(
    "SEG812",
    "tier-out-of-reach",
    "a case of tiers that is never reached",
    "The first case that holds wins. Whoever this one means is already in one that stands before it, so nobody is ever in it: put "
    "the narrower case first.",
    bad="tiers buyers\n  some where count(order) >= 1\n  many where count(order) >= 10",
    good="tiers buyers\n  many where count(order) >= 10\n  some where count(order) >= 1",
    severity=Severity.WARNING,
)

ADDS_NOTHING = Rule(
    "SEG813",
    "adds-nothing",
    "a part of a condition that adds nothing",
    "Without this part the condition means the same: in an `and` the others already ask for it, in an `or` another part already "
    "lets in everyone whom it would. Remove it, or see whether its border is the one that was meant.",
    bad="count(order) > 5 and count(order) > 3",
    good="count(order) > 5",
    severity=Severity.WARNING,
)

SAME = Rule(
    "SEG814",
    "same-meaning",
    "two definitions that mean the same",
    "Two segments, cases of tiers, or traits select the same under two names, though neither is made of the other. One of the two "
    "is left over from copying, or was meant to differ.",
    bad="segment buyers where count(order) >= 1\nsegment customers_with_orders where any(order)",
    good="segment buyers where count(order) >= 1\nsegment regular_buyers where count(order) >= 3",
    severity=Severity.WARNING,
)

EMPTY_PERIOD = Rule(
    "SEG815",
    "empty-period",
    "a period in which there can be no rows",
    "Rows show up to the moment that is asked about, and a period holds what is at or after its start and before its end. In a period "
    "of the future, or in one that ends before it begins, no row can be: a count over it is 0.",
    bad="any(order in next 7 days)",
    good="any(order in last 7 days)",
    severity=Severity.WARNING,
)

RULES = (NEVER, ALWAYS, UNREACHABLE, ADDS_NOTHING, SAME, EMPTY_PERIOD)


def never(part: Span, against: Sequence[Span], outcome: str, settings: bool, relation: str | None = None) -> Diagnostic:
    """``against``: the parts with which it cannot hold; ``outcome``: what that means for the whole; ``relation``: it asks for rows
    of it that there cannot be."""
    set_so = _set_so(settings)
    if not against and relation is not None:
        return NEVER.at(
            part,
            f"{_quoted(part)} can never hold{set_so}, as there is never such a row of `{relation}`: {outcome}",
            f"compare what it asks of them with its period, and with the `where` of `{relation}` in the schema",
        )
    if not against:
        message = f"{_quoted(part)} can never hold{set_so}: {outcome}"
    elif len(against) == 1:
        message = f"{_quoted(against[0])} and {_quoted(part)} cannot both hold{set_so}: {outcome}"
    else:
        message = f"{_listed((*against, part))} cannot all hold at once{set_so}: {outcome}"
    hint = "was `or` meant, or another value?" if against else "look at what it is compared with"
    return NEVER.at(part, message, hint, related=_others(against, "together with this"))


def always(part: Span, others: Sequence[Span], outcome: str, settings: bool) -> Diagnostic:
    """``others``: the parts of an `or` of which one or another always holds."""
    set_so = _set_so(settings)
    if not others:
        message = f"{_quoted(part)} always holds{set_so}: {outcome}"
    else:
        message = f"one of {_listed((*others, part))} always holds{set_so}: {outcome}"
    hint = "was `and` meant, or another value?" if others else "remove it, or look at what it is compared with"
    return ALWAYS.at(part, message, hint, related=_others(others, "or else this"))


def says_present(part: Span, others: Sequence[Span], value: Span) -> Diagnostic:
    """Parts of an `or` of which one holds as soon as a value is not missing."""
    return ALWAYS.at(
        part,
        f"one of {_listed((*others, part))} always holds, unless {_quoted(value)} is missing",
        f"was `and` meant? if not, write `{_short(value)} is present`",
        related=_others(others, "or else this"),
    )


def unreachable(case: Span, name: str, before: Sequence[tuple[str, Span]], settings: bool) -> Diagnostic:
    names = [f"`{other}`" for other, _ in before]
    where = names[0] if len(names) == 1 else "one of the cases"
    related = tuple(Related(span, f"`{other}` comes first") for other, span in before) if len(before) == 1 else ()
    return UNREACHABLE.at(
        case,
        f"nobody is ever in `{name}`{_set_so(settings)}: whoever it means is already in {where} before it",
        f"put `{name}` before {where}, or remove it"
        if len(names) == 1
        else "remove it, or let one before it ask for more",
        related=related,
    )


def implied(part: Span, by: Sequence[Span]) -> Diagnostic:
    """A part of an `and` for which the others already ask."""
    asks = "asks" if len(by) <= 1 else "ask"
    return ADDS_NOTHING.at(
        part,
        f"{_quoted(part)} adds nothing: {_listed(by) or 'the rest'} already {asks} for it",
        "remove it, or look at which of the two was meant",
        related=_others(by, "this is at least as narrow"),
    )


def contained(part: Span, by: Sequence[Span]) -> Diagnostic:
    """A part of an `or` that lets in nobody whom the others do not."""
    lets = "lets" if len(by) <= 1 else "let"
    return ADDS_NOTHING.at(
        part,
        f"{_quoted(part)} adds nothing: {_listed(by) or 'the rest'} already {lets} in everyone whom it would",
        "remove it, or look at which of the two was meant",
        related=_others(by, "this is at least as wide"),
    )


def same(place: Span, name: str, other: str, there: Span, pack: str | None) -> Diagnostic:
    whose = f" of the pack `{pack}`" if pack is not None else ""
    return SAME.at(
        place,
        f"`{name}` means the same as `{other}`{whose}",
        f"keep one of them, or say that it is on purpose: `where {other}`" if "." not in other else "keep one of them",
        related=(Related(there, f"`{other}` is defined here"),),
    )


def empty_period(span: Span, relation: str, period: str, ahead: bool) -> Diagnostic:
    if ahead:
        return EMPTY_PERIOD.at(
            span,
            f"no `{relation}` can be in `{period}`: rows show up to now, and it lies ahead",
            "write `last` for `next`",
        )
    return EMPTY_PERIOD.at(
        span, f"no `{relation}` can be in `{period}`: it ends before it begins", "put the earlier end first"
    )


def _set_so(settings: bool) -> str:
    return ", with the parameters as they are set" if settings else ""


def _quoted(span: Span) -> str:
    return f"`{_short(span)}`"


def _short(span: Span) -> str:
    text = span.on_one_line
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _listed(spans: Sequence[Span]) -> str:
    return listed([_quoted(span) for span in spans])


def _others(spans: Sequence[Span], message: str) -> tuple[Related, ...]:
    return tuple(Related(span, message) for span in spans)
