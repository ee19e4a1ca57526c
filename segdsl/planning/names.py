"""Names of columns and stages: made from what they are, never from a counter, so that they stay the same when a library
grows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import assert_never

from segdsl.records import replace
from segdsl.semantics import ir
from segdsl.semantics.walk import children, walk

LONGEST = 56
"""In bytes; PostgreSQL keeps 63, of which a suffix may need some."""


def distinct(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The same names, later ones with a number behind them where one stands twice (letter case ignored)."""
    seen: set[str] = set()
    result = []
    for name in wanted:
        free, number = name, 2
        while free.lower() in seen:
            free, number = f"{name}_{number}", number + 1
        seen.add(free.lower())
        result.append(free)
    return tuple(result)


def aggregate(function: str, expr: ir.Aggregate, relation: str, narrowed: bool) -> str:
    """``count_order_last_30_days``, ``sum_total_channel_web``, ``streak_order_month``: function, fields, period, the filter's
    words. ``narrowed``: the relation is ``from`` another, whose rows are told apart by its name."""
    if expr.function == "streak":
        words = [f"streak_{relation}_{_unit(expr)}"]
    elif expr.value is None:
        words = [f"{function}_{relation}"]
    else:
        words = [f"{function}_{relation}" if narrowed else function, *_words(expr.value)]
    if expr.period is not None:
        words.append(_slug(expr.period.text) or "in_period")
    if expr.where is not None:
        words.extend(_words(expr.where))
    return shortened("_".join(word for word in words if word), expr)


def phrase(expr: ir.Expr) -> str:
    """An expression in the words of a name: ``category``, ``start_of_month_placed_at``."""
    return shortened("_".join(word for word in _words(expr) if word) or "value", expr)


def moment(at: ir.Moment) -> str:
    """``as_of_30_days_ago``, ``as_of_2026_01_31``: what stands behind the name of what was so at another moment."""
    if isinstance(at.anchor, ir.Moment):
        return f"{moment(at.anchor)}_then_{moment(replace(at, anchor='as_of'))}"
    words = [] if at.anchor == "as_of" else [_constant(at.anchor)]
    if at.floor is not None:
        words.append(f"start_of_{at.floor}")
    for amount, unit in ((at.months, "months"), (at.days, "days")):
        if amount:
            words.append(f"{abs(amount)}_{unit}_{'later' if amount > 0 else 'ago'}")
    if at.micros:
        size = abs(at.micros)
        amount, unit = next((size // of, word) for of, word in _UNITS if size % of == 0)
        words.append(f"{amount}_{unit}_{'later' if at.micros > 0 else 'ago'}")
    return "_".join(("as_of", *words))


_UNITS = (
    (86_400_000_000, "days"),
    (3_600_000_000, "hours"),
    (60_000_000, "minutes"),
    (1_000_000, "seconds"),
    (1, "microseconds"),
)


def shortened(name: str, content: object) -> str:
    """At most `LONGEST` bytes; a longer name ends in four digits of its content's hash."""
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 5].rstrip('_')}_{digest(content)}"


def digest(content: object, digits: int = 4) -> str:
    return hashlib.sha256(repr(content).encode("utf-8", "backslashreplace")).hexdigest()[:digits]


def told_apart(wanted: str, content: object, taken: Collection[str]) -> str:
    """A name with as many digits of its content's hash behind it as no other name (``taken``, in small letters) has."""
    for digits in (4, 8, 16, 32):
        name = f"{wanted[: LONGEST - 1 - digits]}_{digest(content, digits)}"
        if name.lower() not in taken:
            return name
    raise AssertionError(f"two things of one content are called {wanted}")


def _words(expr: ir.Expr) -> Iterable[str]:
    """The fields and constants of an expression, as they would stand in a name."""
    match expr:
        case ir.FieldRef(field=declared):
            yield _slug(declared.name)
        case ir.TraitColumn(trait=trait):
            yield _slug(trait.name)
        case ir.Use(name=name) | ir.Col(name=name):
            yield _slug(name)
        case ir.RowUse(name=name):
            yield _slug(name.rpartition(".")[2])
        case ir.GroupValue():
            yield "group"
        case ir.ListHas(value=inner, items=labels, negated=negated):
            yield from _words(inner)
            yield "has_not" if negated else "has"
            yield from (_slug(label) for label in labels[:3])
        case ir.Anniversary(value=inner, period=period):
            yield from _words(inner)
            yield _slug(period.text)
        case ir.Follow(inner=row, forward=forward):
            yield "followed_by" if forward else "preceded_by"
            yield row.of
        case ir.Past(value=inner, moment=at):
            yield from _words(inner)
            yield moment(at)
        case ir.Previous(value=inner):
            yield "previous"
            yield from _words(inner)
        case ir.Rank(direction=word) | ir.PairRank(direction=word):
            yield word
        case ir.RankValue(buckets=buckets):
            yield "rank" if buckets is None else "quantile"
        case ir.Overall(aggregate=inner):
            yield "overall"
            yield from _words(inner)
        case ir.Literal(value=value):
            yield _constant(value)
        case ir.InList(value=inner, items=items, negated=negated):
            yield from _words(inner)
            yield "not_in" if negated else "in"
            yield from (_constant(item) for item in items[:3])
        case ir.Match(value=inner, needle=needle, word=word):
            yield from _words(inner)
            yield _slug(word)
            yield _slug(needle)
        case ir.InPeriod(value=inner, period=period):
            yield from _words(inner)
            yield _slug(period.text)
        case ir.IsMissing(value=inner, negated=negated):
            yield from _words(inner)
            yield "present" if negated else "missing"
        case ir.NoRow(path=path, negated=negated):
            yield path[-1].to if path else ""
            yield "present" if negated else "missing"
        case ir.Not(item=item):
            yield "not"
            yield from _words(item)
        case ir.Any(items=items):
            for index, item in enumerate(items):
                if index:
                    yield "or"
                yield from _words(item)
        case ir.Compare(operator=operator, left=left, right=right):
            yield from _words(left)
            yield _OPERATORS[operator]
            yield from _words(right)
        case ir.Call(function=function):
            yield _CALLS.get(function, _slug(function))
            yield from (_slug(option) for option in expr.options if function == "start_of" and isinstance(option, str))
            for child in children(expr):
                yield from _words(child)
        case ir.Aggregate(function="streak", row=row, where=where):
            yield f"streak_{row.of}_{_unit(expr)}"
            if where is not None:
                yield from _words(where)
        case ir.Aggregate(function=function, row=row):
            yield function
            yield row.of
            for child in children(expr):
                yield from _words(child)
        case ir.Instant() | ir.Convert() | ir.InRange() | ir.If() | ir.Between() | ir.Truth() | ir.All() | ir.Bound():
            for child in children(expr):
                yield from _words(child)
        case _:
            assert_never(expr)


def _unit(streak: ir.Aggregate) -> str:
    """The unit of the calendar whose numbers a streak counts: told by how far they are apart, and how they are computed."""
    assert streak.value is not None
    if streak.step in _UNITS_OF_STEPS:
        return _UNITS_OF_STEPS[streak.step]
    functions = {node.function for node in walk(streak.value) if isinstance(node, ir.Call)}
    return next((unit for function, unit in _UNITS_OF_CALLS if function in functions), "day")


_UNITS_OF_STEPS = {7: "week", 3: "quarter"}
_UNITS_OF_CALLS = (("month", "month"), ("year", "year"))
_OPERATORS = {"=": "", "!=": "not", "<": "below", "<=": "up_to", ">": "above", ">=": "from"}
_CALLS = {"+": "plus", "-": "minus", "*": "times", "/": "by"}


def _constant(value: ir.Constant | None) -> str:
    match value:
        case None:
            return "missing"
        case bool():
            return str(value).lower()
        case int() | float() | Decimal():
            return _slug(str(value).replace("-", "minus "))
        case datetime() | date():
            return _slug(value.isoformat())
        case str():
            return _slug(value) or "text"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40]
