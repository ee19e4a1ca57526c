"""Rows in company (SEG24x): rows that are named, seen from others, grouped, or put in the order of time.

Constructors take names and places, never nodes.
"""

from __future__ import annotations

from collections.abc import Iterable

from segdsl.diagnostics import Diagnostic, Edit, Fix, Rule
from segdsl.source import Span
from segdsl.types import Type

ROW_NAME_TAKEN = Rule(
    "SEG240",
    "row-name-taken",
    "a row named by a name that means something already",
    "`as` gives the rows of an aggregate, or of a step of a sequence, a name of their own for everything inside. It may not "
    "be that of the entity, of a relation or a lookup, of a row around, or of an argument of the trait: texts that use the "
    "name would no longer say which is meant.",
    bad="any(order as item where item.total > 100)",
    good="any(order as large where large.total > 100)",
)


def row_name_taken(span: Span, name: str, taken_by: str) -> Diagnostic:
    return ROW_NAME_TAKEN.at(span, f"`{name}` is already {taken_by}", "choose another name for the row")


ROW_GOES_BY_NAME = Rule(
    "SEG241",
    "row-goes-by-name",
    "a relation's name for a row that `as` has named",
    "A row that is named by `as` goes by that name, so that the relation's own name is free for another row of the relation "
    "around it. No other row of the relation is around here.",
    bad="any(order as next where order.total > 100)",
    good="any(order as next where next.total > 100)",
)


def row_goes_by_name(span: Span, relation: str, alias: str) -> Diagnostic:
    return ROW_GOES_BY_NAME.at(
        span,
        f"the row of `{relation}` is named `{alias}` here, and there is no other `{relation}` around",
        f"write `{alias}`",
        Fix(f"write `{alias}`", (Edit(span, alias),)),
    )


ROWS_NOT_SEEN = Rule(
    "SEG242",
    "rows-not-seen",
    "other rows, seen from a row that cannot be told from its like",
    "To compare rows with a row around them, to ask for the row before, or for what came before or after, each row has to be "
    "told from every other: its relation needs a key. It also has to belong to one customer, by a join that covers the key "
    "of what it belongs to. `previous` and sequences need to know when the rows happened as well.",
    bad="any(address where any(order where order.city = address.city))",
    good="any(store where any(order where order.city = store.city))",
)


def no_key(span: Span, relation: str, what: str) -> Diagnostic:
    return ROWS_NOT_SEEN.at(
        span,
        f"`{relation}` has no key, so {what}",
        f"give `{relation}` a key in the schema: `key = …`, of several fields if no single one is unique; where none are, declare "
        f"a relation that `groups` the rows of `{relation}`, whose key is its `by`, and ask that one",
    )


def several_owners(span: Span, relation: str, child: str, parent: str, what: str) -> Diagnostic:
    return ROWS_NOT_SEEN.at(
        span,
        f"a `{relation}` may belong to several of `{parent}`, because the join of `{child}` does not cover the key of "
        f"`{parent}`, so {what}",
        f"join `{child}` by the key of `{parent}`",
    )


OTHER_ROWS = "its rows cannot be compared with other rows"
NONE_BEFORE = "none of its rows is before another"
NONE_FOLLOWS = "it cannot be said what came before or after a row of it"


GROUP_HAS_NO_ROW = Rule(
    "SEG243",
    "group-has-no-row",
    "a field of a row where a group of rows is spoken of",
    "Behind `having` stands a condition about a whole group. What its rows have in common is what stands behind `per`, and "
    "the rows around; any other field differs from row to row, and one value has to be made of them: `sum(quantity)`, "
    "`max(price)`, `count(item)`.",
    bad="any(item per product_id having quantity > 10)",
    good="any(item per product_id having sum(quantity) > 10)",
)


def group_has_no_row(span: Span, name: str, relation: str, per: str, aggregates: Iterable[str]) -> Diagnostic:
    """``aggregates`` that make one value of what differs."""
    offered = ", ".join(f"`{aggregate}`" for aggregate in aggregates)
    return GROUP_HAS_NO_ROW.at(
        span,
        f"`{name}` differs from one `{relation}` of the group to the next; they have in common what stands behind "
        f"`per`: `{per}`",
        f"make one value of them: {offered}" if offered else f"ask how many there are: `count({relation} where …)`",
    )


GROUPS_MISPLACED = Rule(
    "SEG244",
    "groups-misplaced",
    "`per` where no groups are counted",
    "`per` makes groups of rows, and `count`, `any` and `none` ask for them. `streak` counts days, weeks, months, quarters or "
    "years that follow one another, says so behind `per`, and has no groups to choose from.",
    bad="sum(item.quantity per product_id) > 10",
    good="any(item per product_id having sum(quantity) > 10)",
)


def per_of_value(span: Span, function: str) -> Diagnostic:
    return GROUPS_MISPLACED.at(
        span,
        f"`{function}` makes one value of all rows: groups are asked for by `count`, `any` and `none`",
        f"ask for a group: `any(RELATION per … having {function}(FIELD) …)`",
    )


def streak_of_what(span: Span) -> Diagnostic:
    return GROUPS_MISPLACED.at(
        span,
        "`streak` counts days, weeks, months, quarters or years that follow one another",
        "write `per day`, `per week`, `per month`, `per quarter` or `per year` at its end",
    )


def streak_having(span: Span) -> Diagnostic:
    return GROUPS_MISPLACED.at(
        span, "`streak` has no groups to choose from", "say behind `where` which rows count for the streak"
    )


NO_ROW_BEFORE = Rule(
    "SEG245",
    "no-row-before",
    "`previous` where it has no row of which another is the one before",
    "`previous(x)` is x in the customer's row of the same relation before this one. It stands where a row is spoken of, inside "
    "an aggregate or in a relation's trait, and x is of that row alone, of what it belongs to, and of lookups.",
    bad="previous(total) > 100",
    good="any(order where previous(total) > 100)",
)


def no_row_before(span: Span) -> Diagnostic:
    return NO_ROW_BEFORE.at(
        span,
        "`previous` needs a row of which another is the one before, and none is spoken of here",
        "write it where rows are spoken of: `any(RELATION where previous(…) …)`",
    )


def no_group_before(span: Span) -> Diagnostic:
    return NO_ROW_BEFORE.at(
        span,
        "`previous` speaks of a row, and behind `having` stands a condition about a group of rows",
        "ask it of the rows, behind `where`",
    )


def previous_of_other(span: Span, relation: str) -> Diagnostic:
    return NO_ROW_BEFORE.at(
        span,
        f"what `previous` reads is of the `{relation}` before this one, and this is of another row around",
        f"compare outside of it: `previous(…)` takes what is of the `{relation}` alone",
    )


SEQUENCE_TIMES = Rule(
    "SEG246",
    "sequence-times",
    "a sequence of rows whose times cannot be put in order",
    "Of both relations it has to be known when their rows happened, and both times are instants or both are dates: the hour "
    "of a date is not known, so that nothing follows it within its day. `within` takes weeks, days, hours and smaller units, "
    "between dates whole days.",
    bad="any(event followed by (order) within 1 month)",
    good="any(event followed by (order) within 30 days)",
)


def sequence_times(span: Span, first: str, second: str, dated: str) -> Diagnostic:
    timed = second if dated == first else first
    return SEQUENCE_TIMES.at(
        span,
        f"the rows of `{dated}` have a date and those of `{timed}` an instant, so which came first cannot be said",
        f"declare the time of `{dated}` as `timestamp` in the schema: a date then is the instant at which it begins. Or compare "
        f"days: with a relation that `groups` the rows of `{timed}`, whose time is the day",
    )


def months_within(span: Span, text: str) -> Diagnostic:
    return SEQUENCE_TIMES.at(
        span,
        f"months vary in length, so nothing is within {text}",
        "count in days: `within 30 days`, or `within 365 days` for a year",
    )


def hours_within(span: Span) -> Diagnostic:
    return SEQUENCE_TIMES.at(span, "dates are whole days apart", "count in days or weeks")


def sequence_of(span: Span, name: str, relations: Iterable[str]) -> Diagnostic:
    known = ", ".join(f"`{relation}`" for relation in sorted(relations))
    return SEQUENCE_TIMES.at(
        span,
        f"a sequence goes from row to row, and `{name}` is no relation",
        f"name one of {known}" if known else None,
    )


PERCENTILE_OF = Rule(
    "SEG247",
    "percentile-of",
    "an aggregate with a second argument that it does not take, or without the one that it needs",
    "`percentile(x, p)` is the value below which p percent of the values lie: p is a number above 0 and up to 100, written "
    "down or a parameter. No other aggregate takes a second argument; `median(x)` is `percentile(x, 50)`.",
    bad="percentile(order.total, 0) > 100",
    good="percentile(order.total, 80) > 100",
)


def percent_needed(span: Span) -> Diagnostic:
    return PERCENTILE_OF.at(
        span,
        "`percentile` needs to know which one",
        "write it behind a comma: `percentile(…, 80)`, `median(…)` for half",
    )


def percent_of(span: Span, given: str) -> Diagnostic:
    return PERCENTILE_OF.at(
        span, f"the second argument of `percentile` is a number, and this is {given}", "such as `percentile(…, 80)`"
    )


def percent_range(span: Span) -> Diagnostic:
    return PERCENTILE_OF.at(
        span,
        "the second argument of `percentile` lies above 0 and is at most 100",
        "such as `percentile(…, 80)`; the smallest value is `min(…)`",
    )


def no_second(span: Span, function: str) -> Diagnostic:
    return PERCENTILE_OF.at(span, f"`{function}` takes one value", "only `percentile` takes a second argument")


def group_of(span: Span, kind: Type) -> Diagnostic:
    """What cannot stand behind `per`."""
    return GROUPS_MISPLACED.at(
        span,
        f"rows are grouped by a value that they share, and not by a {kind}",
        "such as `per month`, or `per` and the name of a field",
    )


RULES = (
    ROW_NAME_TAKEN,
    ROW_GOES_BY_NAME,
    ROWS_NOT_SEEN,
    GROUP_HAS_NO_ROW,
    GROUPS_MISPLACED,
    NO_ROW_BEFORE,
    SEQUENCE_TIMES,
    PERCENTILE_OF,
)
