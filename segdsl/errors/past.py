"""The past (SEG350 to SEG359): what `as of` cannot say of an earlier day, and why.

Constructors take names and places, never nodes. What is wrong may stand in a definition that is used; ``related`` shows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.diagnostics import Diagnostic, Related, Rule
from segdsl.records import record
from segdsl.source import Span

NO_PAST = Rule(
    "SEG350",
    "no-past",
    "something that nobody knows of an earlier day",
    "`as of` asks how something stood at an earlier time. That is known of rows that have a time, but for their fields that "
    "are marked `changes`; of the field that says when a customer was `created`; and of fields of customers and lookups "
    "that are marked `fixed`: they never change once they are set. All other fields are known only as they are now.",
    bad="(income > 50000) as of 90 days ago",
    good="(count(order) > 5) as of 90 days ago",
)


@record(frozen=True, slots=True)
class Lack:
    """Something without a past: what is said of it, and what can be done."""

    message: str
    hint: str


def of_field(owner: str, name: str) -> Lack:
    """A field of the entity or of a lookup."""
    return Lack(
        f"`{owner}.{name}` has no past: it is known only as it is now",
        f"if it never changes once it is set, the schema can say so: `{name} = {{ …, fixed = true }}`",
    )


def of_changing(owner: str, name: str) -> Lack:
    return Lack(
        f"`{owner}.{name}` has no past: the schema says that it `changes`",
        f"ask for something of `{owner}` that stays as it was",
    )


def of_rows(relation: str) -> Lack:
    return Lack(
        f"the rows of `{relation}` have no past: it is not known when they happened",
        f'name their time field in the schema: `[relations.{relation}] time = "…"`',
    )


def of_lookup(lookup: str) -> Lack:
    return Lack(
        f"`{lookup}` has no past: whether it had a row then is not known",
        f"ask for a field of `{lookup}` that the schema calls `fixed`",
    )


def of_column(name: str) -> Lack:
    return Lack(
        f"the trait `{name}` has no past: a column holds it as it is now",
        "write what it is made of in its place",
    )


def no_past(span: Span, lack: Lack, through: Sequence[str], where: Span | None) -> Diagnostic:
    """``through``: how one gets there, by definitions, computed fields and conditions of relations."""
    way = (
        f" ({', '.join(f'`{step}`' for step in through)} {'reads' if len(through) == 1 else 'read'} it)"
        if through
        else ""
    )
    related = () if where is None else (Related(where, "it is read here"),)
    return NO_PAST.at(span, lack.message + way, lack.hint, related=related)


PAST_TIME = Rule(
    "SEG351",
    "not-past",
    "`as of` a time that is yet to come, or that is no time",
    "What stands behind `as of` is one day or instant: a date, an instant, `today`, `90 days ago`, or a parameter that is one. "
    "It is not later than the day for which the list is made, because nothing sees the future.",
    bad="(count(order) > 5) as of 90 days from now",
    good="(count(order) > 5) as of 90 days ago",
)


def future(span: Span) -> Diagnostic:
    return PAST_TIME.at(span, "this is yet to come, and nothing sees the future", "an earlier time is `… days ago`")


def ahead(span: Span, day: str, as_of: str) -> Diagnostic:
    """A written time that a host's `as_of` has not reached."""
    return PAST_TIME.at(
        span,
        f"this asks how it stood at {day}, and the list is made as of {as_of}, which is before that",
        "evaluate it as of a later time, or ask for an earlier one",
    )


def no_time(span: Span, given: str) -> Diagnostic:
    return PAST_TIME.at(
        span, f"`as of` takes a date or an instant, and this is {given}", "such as `90 days ago` or a date"
    )


RULES: Sequence[Rule] = (NO_PAST, PAST_TIME)
