"""Functions: the overload that fits the arguments, and what is composed of others.

In go a function's name and its typed arguments, out comes a typed node; the meaning of each overload is in
`segdsl.functions.catalogue`. One row of `FUNCTIONS` per function that a text can name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from segdsl.errors import names as name_errors
from segdsl.errors import types as errors
from segdsl.records import record
from segdsl.semantics import ir, numbers, periods
from segdsl.semantics.context import Context, unknown
from segdsl.source import Span
from segdsl.types import BOOL, DATE, INT, MAX_DIGITS, STRING, TIMESTAMP, Kind, Type, decimal

Args = Sequence[ir.Expr]
NUMBER_TYPE = decimal(38, 9)


@record(frozen=True, slots=True)
class Signature:
    """How many arguments (``most`` None: any number), and what is made of them."""

    least: int
    most: int | None
    make: Callable[[str, Args, Span, Context], ir.Expr]

    @property
    def takes(self) -> str:
        if self.most is None:
            return f"{self.least} arguments or more"
        if self.least != self.most:
            return f"{self.least} or {self.most} arguments"
        return "one argument" if self.least == 1 else f"{self.least} arguments"


def call(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    """``name(args)`` of a function that a text can name."""
    signature = FUNCTIONS[name]
    if len(args) < signature.least or (signature.most is not None and len(args) > signature.most):
        return context.wrong(name_errors.argument_count(span, name, signature.takes, len(args)))
    if any(arg.type.is_unknown for arg in args):
        return unknown(span)
    for arg in args:
        if arg.type.kind is Kind.ANY:
            return context.wrong(errors.opaque_key(arg.span))
        if arg.type.kind is Kind.LIST:
            return context.wrong(errors.list_given(arg.span, name))
    return signature.make(name, args, span, context)


def _needs(name: str, arg: ir.Expr, fits: Callable[[Type], bool], what: str, context: Context) -> ir.Literal | None:
    """A finding, and what stands for it, where an argument does not fit."""
    if fits(arg.type):
        return None
    return context.wrong(errors.wrong_argument(arg.span, name, what, arg.type))


def _is_text(kind: Type) -> bool:
    return kind.kind is Kind.STRING


def _text(overload: str, returns: Type) -> Callable[[str, Args, Span, Context], ir.Expr]:
    def make(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
        (arg,) = args
        return _needs(name, arg, _is_text, "a text", context) or ir.Call(
            name, overload, (arg,), type=returns, optional=arg.optional or overload == "number", span=span
        )

    return make


def _replace(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    text, *texts = args
    bad = _needs(name, text, _is_text, "a text", context)
    if bad is not None:
        return bad
    words: list[str] = []
    for arg in texts:
        if not (isinstance(arg, ir.Literal) and isinstance(arg.value, str)):
            finding = (
                errors.constant_needed(arg.span, "what `replace` looks for and puts in its place")
                if arg.type.kind is Kind.STRING
                else errors.wrong_argument(arg.span, name, "texts", arg.type)
            )
            return context.wrong(finding)
        words.append(arg.value)
    if not words[0]:
        return context.wrong(errors.nothing_to_replace(texts[0].span))
    return ir.Call(name, "replace", (text,), tuple(words), type=STRING, optional=text.optional, span=span)


# -- numbers ------------------------------------------------------------------------------------------------------


def _is_number(kind: Type) -> bool:
    return kind.is_number


def _abs(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    (arg,) = args
    return _needs(name, arg, _is_number, "a number", context) or ir.Call(
        name, "abs", (arg,), type=arg.type, optional=arg.optional, span=span
    )


def _floor(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    (arg,) = args
    bad = _needs(name, arg, _is_number, "a number", context)
    if bad is not None:
        return bad
    kind = arg.type
    if kind.kind is Kind.FLOAT:
        return ir.Call(name, f"{name}_float", (arg,), type=kind, optional=arg.optional, span=span)
    if kind.kind is not Kind.DECIMAL or kind.scale == 0:
        return arg
    digits = decimal(kind.precision - kind.scale + 1, 0)
    return ir.Call(name, f"{name}_decimal", (arg,), type=digits, optional=arg.optional, span=span)


def _round(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    arg, digits = args
    bad = _needs(name, arg, _is_number, "a number", context)
    if bad is not None:
        return bad
    places = digits.value if isinstance(digits, ir.Literal) and digits.type == INT else None
    if not isinstance(places, int) or not 0 <= places <= MAX_DIGITS:
        return context.wrong(errors.places_needed(digits.span))
    kind = arg.type
    if kind.kind is Kind.FLOAT:
        return context.wrong(errors.round_of_float(span))
    if kind.kind is not Kind.DECIMAL or places >= kind.scale:
        return arg
    rounded = decimal(kind.precision - kind.scale + places + 1, places)
    return ir.Call(name, "round_decimal", (arg,), (places,), type=rounded, optional=arg.optional, span=span)


# -- one of several -----------------------------------------------------------------------------------------------


def unify(name: str, values: Args, span: Span, context: Context) -> tuple[ir.Expr, ...] | None:
    """Values of which one is chosen, in one type; None, and a finding, where they have none in common."""
    first = values[0].type
    if all(value.type.is_number for value in values):
        return numbers.unified(values, name, span, context)
    if all(value.type.is_time for value in values):
        if len({value.type.kind for value in values}) > 1:
            return tuple(periods.as_day(value, value.span) for value in values)
        return tuple(values)
    for value in values:
        if value.type.kind is not first.kind:
            context.report(errors.branches(value.span, name, first, value.type))
            return None
    return tuple(values)


def chosen_type(values: Args) -> Type:
    """The type of one of several values: with the closed list of values that all of them share, literals among them."""
    lists = {v.type for v in values if not isinstance(v, ir.Literal)}
    if len(lists) == 1:
        (kind,) = lists
        literals = [v.value for v in values if isinstance(v, ir.Literal)]
        if kind.values is None or all(text is None or text in kind.values for text in literals):
            return kind
    return values[0].type.plain


def _coalesce(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    values = unify(name, args, span, context)
    if values is None:
        return unknown(span)
    kind = chosen_type(values)
    return ir.Call(name, "coalesce", values, type=kind, optional=all(v.optional for v in values), span=span)


def _extreme(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    values = unify(name, args, span, context)
    if values is None:
        return unknown(span)
    kind = chosen_type(values)
    optional = any(v.optional for v in values)
    if kind.kind is Kind.BOOL or (kind.kind is Kind.STRING and not kind.ordered):
        return context.wrong(errors.no_order(span, kind, f"`{name}`"))
    if kind.kind is Kind.STRING:
        assert kind.values is not None
        places = tuple(place(value, kind) for value in values)
        least = ir.Call(name, name, places, type=INT, optional=True, span=span)
        return label(least, kind)
    return ir.Call(name, name, values, type=kind, optional=optional, span=span)


def place(value: ir.Expr, kind: Type) -> ir.Expr:
    """The place of a text in an ordered list of values; missing outside of it."""
    assert kind.values is not None
    if isinstance(value, ir.Literal) and value.value in kind.values:
        assert isinstance(value.value, str)
        return ir.Literal(kind.values.index(value.value), value.param, type=INT, span=value.span)
    if isinstance(value, ir.Call) and value.overload == "label" and value.options == kind.values:
        return value.args[0]
    return ir.Call("place", "place", (value,), kind.values, type=INT, optional=True, span=value.span)


def label(value: ir.Expr, kind: Type) -> ir.Expr:
    """The text at a place of an ordered list of values."""
    assert kind.values is not None
    return ir.Call("label", "label", (value,), kind.values, type=kind, optional=value.optional, span=value.span)


def choose(condition: ir.Expr, then: ir.Expr, otherwise: ir.Expr | None, span: Span, context: Context) -> ir.Expr:
    """``if(c, a)`` and ``if(c, a, b)``, the condition already being one."""
    listed = next((value for value in (then, otherwise) if value is not None and value.type.kind is Kind.LIST), None)
    if listed is not None:
        return context.wrong(errors.list_given(listed.span, "if"))
    if otherwise is None:
        return ir.If(condition, then, None, type=then.type, optional=True, span=span)
    values = unify("if", (then, otherwise), span, context)
    if values is None:
        return unknown(span)
    optional = any(v.optional for v in values)
    return ir.If(condition, values[0], values[1], type=chosen_type(values), optional=optional, span=span)


# -- time ---------------------------------------------------------------------------------------------------------


def now(span: Span) -> ir.Expr:
    return ir.Instant(ir.AS_OF, type=TIMESTAMP, span=span)


def today(span: Span) -> ir.Expr:
    return ir.Instant(ir.AS_OF, type=DATE, span=span)


def _is_time(kind: Type) -> bool:
    return kind.is_time


_TIME = "a date or an instant"


def _days_between(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    for arg in args:
        bad = _needs(name, arg, _is_time, _TIME, context)
        if bad is not None:
            return bad
    return _days(name, args[0], args[1], span)


def _days(name: str, start: ir.Expr, end: ir.Expr, span: Span) -> ir.Expr:
    optional = start.optional or end.optional
    if start.type.kind is end.type.kind is Kind.TIMESTAMP:
        return ir.Call(name, "days_between_timestamps", (start, end), type=INT, optional=optional, span=span)
    days = periods.as_day(start, start.span), periods.as_day(end, end.span)
    return ir.Call(name, "days_between_dates", days, type=INT, optional=optional, span=span)


def _days_since(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    (arg,) = args
    return _needs(name, arg, _is_time, _TIME, context) or _days(name, arg, now(span), span)


def _needs_instant(name: str, arg: ir.Expr, context: Context) -> ir.Literal | None:
    if arg.type.kind is Kind.DATE:
        return context.wrong(errors.needs_clock(arg.span, name))
    return _needs(name, arg, _is_time, "an instant", context)


def _hours_since(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    (arg,) = args
    return _needs_instant(name, arg, context) or ir.Call(
        name, "hours_between_timestamps", (arg, now(span)), type=INT, optional=arg.optional, span=span
    )


def _hour(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    (arg,) = args
    return _needs_instant(name, arg, context) or ir.Call(
        name, "hour_timestamp", (arg,), type=INT, optional=arg.optional, span=span
    )


def _age(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    (arg,) = args
    return _needs(name, arg, _is_time, _TIME, context) or ir.Call(
        name, "age_date", (periods.as_day(arg, arg.span), today(span)), type=INT, optional=arg.optional, span=span
    )


def _date(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
    (arg,) = args
    return _needs(name, arg, _is_time, _TIME, context) or periods.as_day(arg, span)


def _part(overload: str) -> Callable[[str, Args, Span, Context], ir.Expr]:
    def make(name: str, args: Args, span: Span, context: Context) -> ir.Expr:
        (arg,) = args
        return _needs(name, arg, _is_time, _TIME, context) or ir.Call(
            name, overload, (periods.as_day(arg, arg.span),), type=INT, optional=arg.optional, span=span
        )

    return make


def start_of(unit: str, time: ir.Expr, span: Span, context: Context) -> ir.Expr:
    """``start_of(month, t)``"""
    if time.type.is_unknown:
        return unknown(span)
    return _needs("start_of", time, _is_time, _TIME, context) or ir.Call(
        "start_of",
        "start_of_date",
        (periods.as_day(time, time.span),),
        (unit,),
        type=DATE,
        optional=time.optional,
        span=span,
    )


FUNCTIONS: dict[str, Signature] = {
    "abs": Signature(1, 1, _abs),
    "floor": Signature(1, 1, _floor),
    "ceil": Signature(1, 1, _floor),
    "round": Signature(2, 2, _round),
    "least": Signature(2, None, _extreme),
    "greatest": Signature(2, None, _extreme),
    "coalesce": Signature(2, None, _coalesce),
    "lower": Signature(1, 1, _text("lower", STRING)),
    "upper": Signature(1, 1, _text("upper", STRING)),
    "trim": Signature(1, 1, _text("trim", STRING)),
    "length": Signature(1, 1, _text("length", INT)),
    "number": Signature(1, 1, _text("number", NUMBER_TYPE)),
    "replace": Signature(3, 3, _replace),
    "days_between": Signature(2, 2, _days_between),
    "days_since": Signature(1, 1, _days_since),
    "hours_since": Signature(1, 1, _hours_since),
    "age": Signature(1, 1, _age),
    "date": Signature(1, 1, _date),
    "year": Signature(1, 1, _part("year_date")),
    "month": Signature(1, 1, _part("month_date")),
    "day": Signature(1, 1, _part("day_date")),
    "weekday": Signature(1, 1, _part("weekday_date")),
    "hour": Signature(1, 1, _hour),
}
"""But ``if`` and ``start_of``, whose first argument is not a value, and what stands in comparisons of its own: ``anniversary``,
``distance_km``; and what speaks of others: ``previous``, ``rank``, ``quantile``, ``overall``."""

NAMES = frozenset(
    {*FUNCTIONS, "if", "start_of", "anniversary", "distance_km", "previous", "rank", "quantile", "overall"}
)
AGGREGATES = frozenset(
    [
        *("count", "any", "none", "sum", "avg", "min", "max", "distinct", "first", "last"),
        *("median", "percentile", "streak"),
    ]
)


def zero(kind: Type, span: Span) -> ir.Literal:
    """What a count, a sum or an `any` over nothing is."""
    match kind.kind:
        case Kind.BOOL:
            return ir.Literal(False, type=BOOL, span=span)
        case Kind.FLOAT:
            return ir.Literal(0.0, type=kind, span=span)
        case Kind.DECIMAL:
            return ir.Literal(Decimal(0), type=kind, span=span)
        case _:
            return ir.Literal(0, type=INT, span=span)
