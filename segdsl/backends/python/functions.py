"""How each overload of the catalogue is written in Python: one row per overload in `LOWERINGS`.

In: the typed call and its arguments, lowered already. Out: a `Value` that is missing where an argument is (but `coalesce`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TypeAlias

from segdsl.backends.python import runtime
from segdsl.backends.python.nodes import ARITHMETIC, ATOM, LOW, Value
from segdsl.backends.python.writing import Writing
from segdsl.functions import sphere
from segdsl.semantics.ir import Call
from segdsl.types import Kind

Args: TypeAlias = Sequence[Value]
Lowering: TypeAlias = Callable[[Call, Args, Writing], Value]


def _operator(word: str) -> Lowering:
    def lowered(call: Call, args: Args, at: Writing) -> Value:
        return at.nodes.strict(("", f" {word} ", ""), ARITHMETIC, *_at_result_scale(call, args, at))

    return lowered


def _at_result_scale(call: Call, args: Args, at: Writing) -> list[Value]:
    """Decimals of different scales at the call's own; anything else as it is."""
    if call.type.kind is not Kind.DECIMAL:
        return list(args)
    return [at.scaled(value, call.type.scale - arg.type.scale) for arg, value in zip(call.args, args, strict=True)]


def _multiply_decimal(call: Call, args: Args, at: Writing) -> Value:
    product = at.nodes.strict(("", " * ", ""), ARITHMETIC, *args)
    return at.scaled(product, call.type.scale - sum(arg.type.scale for arg in call.args))


def _around(before: str, after: str, binding: int = ATOM) -> Lowering:
    """One argument with something written around it."""
    return lambda call, args, at: at.nodes.strict((before, after), binding, *args)


def _called(function: Callable[..., object], partial: bool = False) -> Lowering:
    """A function of `segdsl.backends.python.runtime`; ``partial``: it may find nothing."""

    def lowered(call: Call, args: Args, at: Writing) -> Value:
        return at.called(function, *args, partial=partial)

    return lowered


def _divide_exact(call: Call, args: Args, at: Writing) -> Value:
    scale = max(arg.type.scale for arg in call.args)
    parts = []
    for arg, value in zip(call.args, args, strict=True):
        if arg.type.kind is Kind.WHOLE:
            factor = at.nodes.atom(repr(10**scale))
            parts.append(at.called(runtime.as_double, value, Value(factor)) if scale else value)
        else:
            scaled = at.scaled(value, scale - arg.type.scale)
            parts.append(at.nodes.strict(("float(", ")"), ATOM, scaled))
    return at.called(runtime.quotient, *parts, partial=True)


def _floor_decimal(call: Call, args: Args, at: Writing) -> Value:
    return at.nodes.strict(("", f" // {10 ** call.args[0].type.scale}"), ARITHMETIC, *args)


def _ceil_decimal(call: Call, args: Args, at: Writing) -> Value:
    return at.nodes.strict(("-(-", f" // {10 ** call.args[0].type.scale})"), ARITHMETIC, *args)


def _round_decimal(call: Call, args: Args, at: Writing) -> Value:
    (places,) = call.options
    assert isinstance(places, int)
    return at.rounded(args[0], call.args[0].type.scale - places)


def _least(word: str) -> Lowering:
    def lowered(call: Call, args: Args, at: Writing) -> Value:
        parts = (f"{word}(", *([", "] * (len(args) - 1)), ")")
        return at.nodes.strict(parts, ATOM, *_at_result_scale(call, args, at))

    return lowered


def _coalesce(call: Call, args: Args, at: Writing) -> Value:
    values = _at_result_scale(call, args, at)
    found = values[-1]
    for value in reversed(values[:-1]):
        if not value.maybe:
            found = value
            continue
        node = at.nodes.whole(value)
        maybe = found.maybe
        choice = at.nodes.raw(("", " if ", " is not None else ", ""), [node, node, at.nodes.whole(found)], LOW, maybe)
        found = at.nodes.itself(choice)
    return found


def _replace(call: Call, args: Args, at: Writing) -> Value:
    old, new = call.options
    return at.nodes.strict(("", f".replace({str(old)!r}, {str(new)!r})"), ATOM, *args)


def _number(call: Call, args: Args, at: Writing) -> Value:
    limits = (at.nodes.atom(repr(call.type.scale)), at.nodes.atom(repr(10**call.type.precision)))
    return at.called(runtime.number, *args, *map(Value, limits), partial=True)


def _shift(unit: Callable[[int], timedelta]) -> Lowering:
    def lowered(call: Call, args: Args, at: Writing) -> Value:
        (by,) = call.options
        assert isinstance(by, int)
        return at.called(runtime.moved, *args, Value(at.constant(unit(by))), partial=True)

    return lowered


def _date_timestamp(call: Call, args: Args, at: Writing) -> Value:
    if at.is_utc:
        return at.nodes.strict(("", ".date()"), ATOM, *args)
    return at.nodes.partial((f"{at.constant(runtime.day_in(at.zone), 'day').parts[0]}(", ")"), *args)


def _hour_timestamp(call: Call, args: Args, at: Writing) -> Value:
    if at.is_utc:
        return at.nodes.strict(("", ".hour"), ATOM, *args)
    return at.nodes.partial((f"{at.constant(runtime.hour_in(at.zone), 'hour').parts[0]}(", ")"), *args)


def _start_of(call: Call, args: Args, at: Writing) -> Value:
    match call.options:
        case ("day",):
            return args[0]
        case ("week",):
            return at.called(runtime.start_of_week, *args, partial=True)
        case ("month",):
            return at.nodes.strict(("", ".replace(day=1)"), ATOM, *args)
        case ("quarter",):
            return at.called(runtime.start_of_quarter, *args)
        case ("year",):
            return at.nodes.strict(("", ".replace(month=1, day=1)"), ATOM, *args)
    raise AssertionError(call.options)


def _looked_up(table: dict[object, object], args: Args, at: Writing) -> Value:
    return at.nodes.partial((f"{at.constant(table).parts[0]}.get(", ")"), *args)


def _place(call: Call, args: Args, at: Writing) -> Value:
    return _looked_up({text: place for place, text in enumerate(call.options)}, args, at)


def _label(call: Call, args: Args, at: Writing) -> Value:
    return _looked_up(dict(enumerate(call.options)), args, at)


def _haversine(call: Call, args: Args, at: Writing) -> Value:
    north, east = call.options
    assert isinstance(north, Decimal) and isinstance(east, Decimal)
    return at.called(sphere.haversine, *args, Value(at.constant(sphere.point(north, east))))


_NEGATED = _around("-", "", ARITHMETIC)

LOWERINGS: dict[str, Lowering] = {
    "add_whole": _operator("+"),
    "add_decimal": _operator("+"),
    "add_float": _operator("+"),
    "shift_timestamp": _shift(lambda by: timedelta(microseconds=by)),
    "shift_date": _shift(lambda by: timedelta(days=by)),
    "subtract_whole": _operator("-"),
    "subtract_decimal": _operator("-"),
    "subtract_float": _operator("-"),
    "negate": _NEGATED,
    "multiply_whole": _operator("*"),
    "multiply_decimal": _multiply_decimal,
    "multiply_float": _operator("*"),
    "divide_exact": _divide_exact,
    "divide_float": _called(runtime.quotient, partial=True),
    "abs": _around("abs(", ")"),
    "floor_decimal": _floor_decimal,
    "floor_float": _called(runtime.floor_float),
    "ceil_decimal": _ceil_decimal,
    "ceil_float": _called(runtime.ceil_float),
    "round_decimal": _round_decimal,
    "least": _least("min"),
    "greatest": _least("max"),
    "coalesce": _coalesce,
    "lower": _around("", ".translate(TO_LOWER)"),
    "upper": _around("", ".translate(TO_UPPER)"),
    "trim": _around("", ".strip(' ')"),
    "length": _around("len(", ")"),
    "replace": _replace,
    "number": _number,
    "days_between_timestamps": lambda call, args, at: at.nodes.strict(
        ("(", " - ", ") // DAY"), ARITHMETIC, args[1], args[0]
    ),
    "days_between_dates": lambda call, args, at: at.nodes.strict(("(", " - ", ").days"), ATOM, args[1], args[0]),
    "hours_between_timestamps": lambda call, args, at: at.nodes.strict(
        ("(", " - ", ") // HOUR"), ARITHMETIC, args[1], args[0]
    ),
    "age_date": _called(runtime.age),
    "date_timestamp": _date_timestamp,
    "year_date": _around("", ".year"),
    "month_date": _around("", ".month"),
    "day_date": _around("", ".day"),
    "weekday_date": _around("", ".isoweekday()"),
    "hour_timestamp": _hour_timestamp,
    "start_of_date": _start_of,
    "place": _place,
    "label": _label,
    "haversine": _haversine,
}
