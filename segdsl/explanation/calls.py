"""Functions and arithmetic in words: a row for each overload, and the few that need more than a pattern."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from segdsl.explanation import comparisons, wording
from segdsl.explanation.speech import Noun, Scope
from segdsl.semantics import ir

if TYPE_CHECKING:
    from segdsl.explanation.speaker import Speaker

_OPERATORS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_PATTERNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "negate": ("minus {0}", ()),
    "abs": ("the size (without a sign) of {0}", ()),
    "floor_decimal": ("{0} rounded down to a whole number", ()),
    "floor_float": ("{0} rounded down to a whole number", ()),
    "ceil_decimal": ("{0} rounded up to a whole number", ()),
    "ceil_float": ("{0} rounded up to a whole number", ()),
    "lower": ("{0} in lower case", ("letters",)),
    "upper": ("{0} in upper case", ("letters",)),
    "trim": ("{0} without blanks at its ends", ("trim",)),
    "length": ("the number of characters of {0}", ("characters",)),
    "number": ("the number that {0} spells", ("number",)),
    "days_between_timestamps": ("the number of whole days from {0} to {1}", ("days_24",)),
    "days_between_dates": ("the number of days from {0} to {1}", ("days_dates",)),
    "hours_between_timestamps": ("the number of whole hours from {0} to {1}", ("hours",)),
    "age_date": ("the number of full years from {0} to {1}", ("age",)),
    "year_date": ("the year of {0}", ()),
    "month_date": ("the month (1 to 12) of {0}", ()),
    "day_date": ("the day of the month of {0}", ()),
    "weekday_date": ("the day of the week (Monday 1 to Sunday 7) of {0}", ("weeks",)),
}
"""The words, and the notes that they need."""
_SINCE_NOW = {
    "days_between_timestamps": "the number of whole days since {0}",
    "days_between_dates": "the number of days since {0}",
    "hours_between_timestamps": "the number of whole hours since {0}",
    "age_date": "the number of full years since {0}",
}
_ARITHMETIC = frozenset(
    f"{name}_{kind}" for name in ("add", "subtract", "multiply") for kind in ("whole", "decimal", "float")
) | {"divide_exact", "divide_float"}


def call(speaker: Speaker, node: ir.Call, scope: Scope) -> Noun:
    notes, overload, first = speaker.state.notes, node.overload, node.args[0]
    if overload in _ARITHMETIC:
        return _arithmetic(speaker, node, scope)
    if overload in _SINCE_NOW and isinstance(node.args[1], ir.Instant) and node.args[1].moment == ir.AS_OF:
        for note in _PATTERNS[overload][1]:
            notes.add(note)
        since = _time(speaker, node.args[0], scope)
        return Noun(_SINCE_NOW[overload].format(since.removeprefix("the time of ").removeprefix("the time ")))
    if overload in _PATTERNS:
        words, needed = _PATTERNS[overload]
        for note in needed:
            notes.add(note)
        if words.startswith("{0}"):
            return Noun(words.format(_operand(speaker, first, scope)))
        return Noun(words.format(*(_time(speaker, arg, scope) for arg in node.args)))
    match overload:
        case "shift_timestamp" | "shift_date":
            (amount,) = node.options
            assert isinstance(amount, int)
            by = wording.counted(abs(amount), "day") if overload == "shift_date" else wording.length(amount)
            when = "after" if amount >= 0 else "before"
            return Noun(
                f"the {'day' if overload == 'shift_date' else 'moment'} {by} {when} {_time(speaker, first, scope)}"
            )
        case "date_timestamp":
            notes.add("as_day", zone=speaker.clock.zone.name)
            return Noun(f"the day of {_time(speaker, first, scope)}")
        case "hour_timestamp":
            notes.add("zone_parts", zone=speaker.clock.zone.name)
            return Noun(f"the hour (0 to 23) of {_time(speaker, first, scope)}")
        case "start_of_date":
            (unit,) = node.options
            if unit == "week":
                notes.add("weeks")
            return Noun(f"the first day of the {unit} of {_time(speaker, _within_day(speaker, first), scope)}")
        case "round_decimal":
            notes.add("round")
            (places,) = node.options
            assert isinstance(places, int)
            return Noun(f"{_operand(speaker, first, scope)} rounded to {wording.counted(places, 'decimal place')}")
        case "replace":
            old, new = node.options
            texts = wording.quoted(str(old)), wording.quoted(str(new))
            return Noun(f"{speaker.text(first, scope)} with every {texts[0]} replaced by {texts[1]}")
        case "least" | "greatest":
            notes.add("extreme")
            which = "smallest" if overload == "least" else "greatest"
            return Noun(
                f"the {which} of {wording.listed([_item(speaker, arg, node, scope) for arg in node.args], 'and')}"
            )
        case "coalesce":
            texts_ = [speaker.text(arg, scope) for arg in node.args]
            return Noun(f"({texts_[0]} or, where missing, {', else '.join(texts_[1:])})")
        case "place" | "label":
            order = tuple(str(option) for option in node.options)
            notes.add("ordered", values=", ".join(map(wording.quoted, order)))
            return speaker.value(first, scope)
        case "haversine":
            return Noun("the distance to a place")
    raise AssertionError(overload)


def _item(speaker: Speaker, arg: ir.Expr, node: ir.Call, scope: Scope) -> str:
    order = comparisons.order_of(node)
    if order is not None and isinstance(arg, ir.Literal) and isinstance(arg.value, int):
        return wording.quoted(order[arg.value])
    return speaker.text(arg, scope)


def _time(speaker: Speaker, arg: ir.Expr, scope: Scope) -> str:
    return speaker.text(arg, scope)


def _within_day(speaker: Speaker, day: ir.Expr) -> ir.Expr:
    """The instant whose day is asked for, where only a greater unit matters."""
    if isinstance(day, ir.Call) and day.overload == "date_timestamp":
        speaker.state.notes.add("as_day", zone=speaker.clock.zone.name)
        return day.args[0]
    return day


def _arithmetic(speaker: Speaker, node: ir.Call, scope: Scope) -> Noun:
    if node.function == "/":
        speaker.state.notes.add("division")
    if node.optional:
        speaker.state.notes.add("missing_arithmetic")
    left, right = (_operand(speaker, arg, scope) for arg in node.args)
    factor = _factor(node.args[0])
    if node.function == "*" and factor is not None:
        return Noun(f"{wording.times(factor)} {right}")
    return Noun(f"{left} {_OPERATORS[node.function]} {right}")


def _factor(arg: ir.Expr) -> int | Decimal | float | None:
    while isinstance(arg, ir.Convert | ir.InRange):
        arg = arg.value
    if isinstance(arg, ir.Literal) and isinstance(arg.value, int | Decimal | float) and not isinstance(arg.value, bool):
        return arg.value
    return None


def _operand(speaker: Speaker, arg: ir.Expr, scope: Scope) -> str:
    inner = arg
    while isinstance(inner, ir.Convert | ir.InRange):
        inner = inner.value
    if isinstance(inner, ir.Use) and speaker.is_short(inner.name):
        body, _ = speaker.body(inner, scope)
        while isinstance(body, ir.Convert | ir.InRange):
            body = body.value
        inner = body
    text = speaker.text(arg, scope)
    plain = not isinstance(inner, ir.Call) or inner.overload in ("place", "label")
    return text if plain or text.startswith("(") else f"({text})"
