"""What is read over everybody, or for the customer alone (SEG340 to SEG349): ranks, `overall`, several periods.

Constructors take names, texts and places, never nodes.
"""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.diagnostics import Diagnostic, Edit, Fix, Rule
from segdsl.errors.types import words
from segdsl.source import Span
from segdsl.types import Type

RANK_AMOUNT = Rule(
    "SEG340",
    "rank-amount",
    "a rank of no possible size",
    "`top` and `bottom` take how many, a whole number from 1 on, or a share of those ranked, above 0% and up to 100%. "
    "`quantile` takes into how many parts they are divided, from 2 to 100. Each is written down, or the value of a "
    "parameter.",
    bad="top 0 by sum(order.total) among orders > 0",
    good="top 100 by sum(order.total) among orders > 0",
)


def rank_amount(span: Span, direction: str, given: str) -> Diagnostic:
    return RANK_AMOUNT.at(
        span,
        f"`{direction}` takes a whole number from 1 on, or a percentage above 0% and up to 100%, not {given}",
        f"such as `{direction} 100` or `{direction} 10%`",
    )


def rank_buckets(span: Span, given: str) -> Diagnostic:
    return RANK_AMOUNT.at(
        span, f"`quantile` divides into 2 to 100 parts, not into {given}", "five parts are `quantile(…, 5)`"
    )


def share_of_number(span: Span, direction: str) -> Diagnostic:
    """``top 50 of V``"""
    return RANK_AMOUNT.at(
        span,
        f"`{direction} … of` takes a percentage: those who make up that share of the total",
        f"so many of them are `{direction} {span.text or 'n'} by …`, those with half of the total `{direction} 50% of …`",
    )


RANK_VALUE = Rule(
    "SEG341",
    "rank-value",
    "a rank by something that has no order",
    "A rank goes by a number, a date or an instant, or by a field whose `values` the schema calls `ordered`. "
    "`top … of`, the share of a total, takes numbers.",
    bad="top 10% by country",
    good="top 10% by income",
)


def rank_value(span: Span, what: str, kind: Type) -> Diagnostic:
    return RANK_VALUE.at(
        span,
        f"`{what}` goes by a number, a date or an instant, and this is {words(kind)}",
        "such as `sum(order.total)`, `count(order)` or `created_at`",
    )


def share_value(span: Span, direction: str, kind: Type) -> Diagnostic:
    return RANK_VALUE.at(
        span, f"`{direction} … of` adds numbers, and this is {words(kind)}", "such as `sum(order.total)`"
    )


RANK_PER = Rule(
    "SEG342",
    "rank-per",
    "a rank within groups that cannot be formed",
    "Behind `per` stands a value of the customer, such as `customer.country`: then customers are ranked within each of its "
    "values. Or a value of the rows of the one aggregate behind `by`, such as `product.category` of items: then customers "
    "are ranked within each category, by their rows in it. Only there `having` has something to keep. A float forms no "
    "groups.",
    bad="top 10 per item.sku by days_since(created_at)",
    good="top 10 per product.category by sum(item.quantity)",
)


def per_of_rows(span: Span, text: str, relation: str | None) -> Diagnostic:
    """``relation``: whose rows it speaks of, where that is known."""
    rows = relation or "RELATION"
    return RANK_PER.at(
        span,
        f"`per {text}` speaks of rows, and what stands behind `by` is not one value of {f'each `{relation}`' if relation else 'them'}",
        f"put such a value behind `by`: `by sum({rows}.FIELD)`, `by count({rows})`",
    )


def pairs_without_rank(span: Span, function: str, text: str, value: str) -> Diagnostic:
    """``rank(sum(order.total) per quarter)``"""
    return RANK_PER.at(
        span,
        f"`{function}` is of a customer, and `per {text}` speaks of rows: what has a rank would be a customer's rows together",
        f"those are ranked by `top` and `bottom` alone: `top 10 per {text} by {value}`",
    )


def having_without_pairs(span: Span, text: str) -> Diagnostic:
    return RANK_PER.at(
        span,
        "`having` keeps pairs of a customer and a value of rows, and there are none here",
        f"which customers are ranked is said by `among`: write `among {text}`",
    )


NO_ROW_HERE = Rule(
    "SEG343",
    "no-row-here",
    "a field of a row where only the customer is spoken of",
    "A rank, `overall` and what stands before `as of` are asked of the customer alone, wherever they stand, also inside the "
    "`where` of an aggregate: they do not see the row around them.",
    bad="any(order where top 10% by total)",
    good="any(order where total > 100) and top 10% by max(order.total)",
)


def no_row_here(span: Span, name: str, reader: str, relation: str, entity: str) -> Diagnostic:
    return NO_ROW_HERE.at(
        span,
        f"`{name}` belongs to the `{relation}` around, and {reader} is asked of the {entity} alone",
        f"make one value of a customer's rows, such as `sum({relation}.FIELD)`, or move {reader} out of the row's condition",
    )


OVERALL = Rule(
    "SEG344",
    "overall-of-what",
    "`overall` of something that is not one aggregate",
    "`overall(…)` holds one aggregate, over everyone's rows: `overall(avg(order.total))`, or over the customers themselves: "
    "`overall(avg(customer.income))`, `overall(count(customer where income > 0))`. Customers have no period and "
    "no first or last.",
    bad="income > overall(income)",
    good="income > overall(avg(customer.income))",
)


def overall_of_what(span: Span, text: str, entity: str, value: bool) -> Diagnostic:
    written = f"overall(avg({text}))"
    return OVERALL.at(
        span,
        "`overall` takes one `count`, `sum`, `avg` or the like, and nothing else",
        f"the average of all is `{written}`" if value else f"such as `overall(avg({entity}.FIELD))`",
    )


def overall_extra(span: Span) -> Diagnostic:
    return OVERALL.at(span, "what narrows the rows stands inside the brackets, not behind them", "move it into them")


def overall_names(span: Span, entity: str, text: str) -> Diagnostic:
    """``overall(avg(points))``"""
    written = f"{entity}.{text}"
    return OVERALL.at(
        span,
        f"this does not say whose `{text}` is meant",
        f"write `{written}`",
        Fix(f"write `{written}`", (Edit(span, written),)),
    )


def overall_period(span: Span, entity: str) -> Diagnostic:
    return OVERALL.at(
        span,
        f"a {entity} is in no period: it is not something that happened",
        f"say which of them behind `where`: `{entity} where FIELD in …`",
    )


def overall_group(span: Span, entity: str) -> Diagnostic:
    """``overall(count(order per channel having vip))``"""
    return OVERALL.at(
        span,
        f"a group of everybody's rows has no one {entity} to ask about",
        f"ask it of the rows, behind `where`, or leave `overall` out for the groups of each {entity}",
    )


def overall_function(span: Span, function: str, entity: str) -> Diagnostic:
    return OVERALL.at(
        span, f"`{function}` goes by time, and a {entity} is not something that happened", "take `min` or `max`"
    )


EACH_PERIOD = Rule(
    "SEG345",
    "each-period",
    "`each of` or `any of` a period that has no parts",
    "`each of` asks of every single one of several periods, `any of` of at least one: the `last`, `previous` or `next` so "
    "many units, at most 60.",
    bad="each of this year has (any(order))",
    good="each of previous 12 months has (any(order))",
)


def each_period(span: Span, quantifier: str) -> Diagnostic:
    return EACH_PERIOD.at(
        span,
        f"`{quantifier} of` takes several periods: the last, previous or next so many",
        f"such as `{quantifier} of previous 3 months has ( … )`",
    )


def too_many_periods(span: Span, count: int, most: int) -> Diagnostic:
    return EACH_PERIOD.at(
        span, f"{count:,} periods are too many: {most} at most", "take longer ones, such as weeks or months"
    )


EACH_INSIDE = Rule(
    "SEG346",
    "each-cannot-restrict",
    "something inside `each of` that cannot be restricted to its periods",
    "Inside `each of PERIOD has ( … )` every aggregate without a period of its own counts the rows of the one period that "
    "is looked at. What a column holds was counted elsewhere, over all time, and `as of` moves the clock, with which the "
    "periods would move.",
    bad="each of previous 3 months has ((count(order) > 0) as of 30 days ago)",
    good="each of previous 3 months has (count(order) > 0)",
)


def past_in_each(span: Span) -> Diagnostic:
    return EACH_INSIDE.at(
        span,
        "`as of` cannot stand inside `each of` or `any of`: their periods are counted from one day",
        "ask for it outside of the brackets",
    )


def column_in_each(span: Span, name: str) -> Diagnostic:
    return EACH_INSIDE.at(
        span,
        f"`{name}` is held by a column of the schema, so it cannot be counted in a period",
        "write out in its place what the column holds, such as `count(order)`",
    )


RULES: Sequence[Rule] = (
    RANK_AMOUNT,
    RANK_VALUE,
    RANK_PER,
    NO_ROW_HERE,
    OVERALL,
    EACH_PERIOD,
    EACH_INSIDE,
)
