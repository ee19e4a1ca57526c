"""Parameters: their values in the text, and those that a host sets.

In go `param` definitions and a host's values (Python values, or texts in the language such as ``60 days``), out come
constants of one type each. A value of another type is an error that names the parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from segdsl.errors import limits as limit_errors
from segdsl.errors import names as errors
from segdsl.errors import types as type_errors
from segdsl.limits import Limits
from segdsl.semantics import constants, ir
from segdsl.semantics.constants import Items, Length, Parameter, Scalar, Share, Value
from segdsl.semantics.context import Context
from segdsl.semantics.declared_types import ANY_DECIMAL, ARGUMENT_TYPES, declared_type
from segdsl.source import NOWHERE, Source, Span
from segdsl.syntax import ast
from segdsl.syntax.parse import parse_file
from segdsl.types import BOOL, DATE, DURATION, FLOAT, INT, LIST, MAX_INT, STRING, TIMESTAMP, Kind, Type

_MICROSECOND = timedelta(microseconds=1)
_LONGEST_AMOUNT = 10**9


def parameters(
    nodes: Mapping[str, ast.Param], settings: Mapping[str, object], context: Context
) -> dict[str, Parameter]:
    """The parameters of a library, with the values that count. One whose value is wrong is left out."""
    found: dict[str, Parameter] = {}
    for name in settings:
        if name not in nodes:
            context.report(errors.unknown_setting(name, nodes))
    for name, node in nodes.items():
        own = _of_text(node, context)
        if own is None:
            continue
        declared = declared_type(node.type, ARGUMENT_TYPES, context) if node.type is not None else None
        if node.type is not None:
            if declared is None:
                continue
            own = _converted(own, declared, context) or _wrong(node, own, declared, context)
            if own is None:
                continue
        if name in settings:
            value = _set(node, own, declared, settings[name], context)
            if value is None:
                continue
            own = value
        found[name] = Parameter(name, own)
    return found


def _wrong(node: ast.Param, value: Value, declared: Type, context: Context) -> Value | None:
    place = node.value[0].span if isinstance(node.value, tuple) and node.value else node.name.span
    span = node.value.span if isinstance(node.value, ast.Node) else place
    if isinstance(value, Scalar) and _is_too_wide(value, declared):
        context.report(errors.unfit_number(span, node.name.text, declared, str(value.value)))
    else:
        context.report(errors.wrong_default(span, node.name.text, str(declared), constants.describe(value)))
    return None


def _is_too_wide(value: Scalar, kind: Type) -> bool:
    """Is it a number that would be of the type, if that had more digits?"""
    return value.type.is_exact and kind.kind is Kind.DECIMAL and kind.precision > 0


# -- the value in the text ----------------------------------------------------------------------------------------


def _of_text(node: ast.Param, context: Context) -> Value | None:
    value = node.value
    if isinstance(value, tuple):
        return _list(node, value, context)
    match value:
        case ast.Duration(amount=ast.Number(value=amount)):
            whole = constants.number(amount)
            if whole is None or whole.type != INT or not isinstance(whole.value, int) or whole.value <= 0:
                context.report(type_errors.bad_amount(value.amount.span, value.amount.span.text or str(amount)))
                return None
            if whole.value > _LONGEST_AMOUNT:
                context.report(type_errors.beyond_calendar(value.span))
                return None
            return constants.length(whole.value, value.unit)
        case ast.Number() if node.type is not None and node.type.text.startswith("decimal"):
            return _as_decimal(value.value) or _too_large(value, context)
        case ast.Negate(value=ast.Number(value=number)) if node.type is not None and node.type.text.startswith(
            "decimal"
        ):
            return _as_decimal(constants.opposite(number)) or _too_large(value, context)
        case _:
            return constants.literal(value) or _too_large(value, context)


def _too_large(value: ast.Expr, context: Context) -> Value | None:
    number = value.value if isinstance(value, ast.Negate) else value
    if isinstance(number, ast.Number):
        whole = number.value == number.value.to_integral_value()
        context.report(type_errors.number_range(value.span, whole))
    else:
        context.report(type_errors.constant_needed(value.span, "the value of a parameter"))
    return None


def _list(node: ast.Param, items: Sequence[ast.Expr], context: Context) -> Items | None:
    name = node.name.text
    values: list[Scalar] = []
    for item in items:
        scalar = constants.literal(item)
        if not isinstance(scalar, Scalar):
            context.report(type_errors.constant_needed(item.span, "a value of a list"))
            return None
        values.append(scalar)
    return _items(values, name, node.name.span, context)


def _items(values: Sequence[Scalar], name: str, span: Span, context: Context) -> Items | None:
    if not values:
        context.report(type_errors.empty_list(span))
        return None
    if len(values) > context.limits.list_values:
        context.report(limit_errors.too_many_values(span, len(values), context.limits.list_values))
        return None
    kinds = {value.type.kind for value in values}
    if kinds == {Kind.INT, Kind.DECIMAL}:
        plain: list[ir.Constant] = [Decimal(v.value) if isinstance(v.value, int) else v.value for v in values]
        kind = next(value.type for value in values if value.type.kind is Kind.DECIMAL)
    elif len(kinds) == 1:
        plain = [value.value for value in values]
        kind = values[0].type
    else:
        context.report(errors.mixed_list(span, name))
        return None
    return Items(kind, tuple(plain))


# -- the value that a host sets -----------------------------------------------------------------------------------


def _set(node: ast.Param, own: Value, declared: Type | None, given: object, context: Context) -> Value | None:
    """The host's value, of the type of the text's own."""
    name = node.name.text
    value = _of_host(name, own, given, context)
    if value is None:
        return None
    fits = value
    if isinstance(own, Scalar):
        kind = declared if declared is not None else own.type if own.type.kind is not Kind.DECIMAL else ANY_DECIMAL
        converted = _converted(value, kind, context)
        if converted is None:
            if isinstance(value, Scalar) and _is_too_wide(value, kind):
                context.report(errors.unfit_number(node.name.span, name, kind, str(value.value)))
                return None
            context.report(
                errors.wrong_setting(node.name.span, name, type_errors.words(kind), constants.describe(value))
            )
            return None
        fits = converted
    elif type(own) is not type(value) or (
        isinstance(own, Items) and isinstance(value, Items) and not _alike(own, value)
    ):
        expected, found = constants.describe(own), constants.describe(value)
        if isinstance(own, Items) and isinstance(value, Items):
            expected, found = (f"a list of which each value is {type_errors.words(each.type)}" for each in (own, value))
        better = None
        if isinstance(own, Share) and isinstance(value, Scalar) and value.type.is_number:
            better = f"{value.value}%"
        context.report(errors.wrong_setting(node.name.span, name, expected, found, better))
        return None
    return fits


def _alike(one: Items, other: Items) -> bool:
    return one.type.kind is other.type.kind or (one.type.kind is Kind.DECIMAL and other.type.is_number)


def _of_host(name: str, own: Value, given: object, context: Context) -> Value | None:
    """A Python value as a constant; None, and a finding, where it cannot be one."""
    is_text = isinstance(own, Scalar) and own.type.kind is Kind.STRING
    match given:
        case str() if is_text:
            if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in given):
                return _unreadable(name, "it holds a character that no text can hold", context)
            return Scalar(STRING, given)
        case str():
            return _parsed(name, own, given, context)
        case bool():
            return Scalar(BOOL, given)
        case int():
            if abs(given) <= MAX_INT:
                return Scalar(INT, given)
            value: Value | None = (
                _as_decimal(Decimal(given)) if isinstance(own, Scalar) and own.type.kind is Kind.DECIMAL else None
            )
            return value or _unreadable(name, "the number is too large", context)
        case Decimal() if given.is_finite():
            return _as_decimal(given) or _unreadable(name, "the number has more than 38 digits", context)
        case float() if given == given and abs(given) != float("inf"):
            return _as_decimal(Decimal(str(given))) or _unreadable(name, "the number has more than 38 digits", context)
        case datetime():
            instant = given.astimezone(UTC).replace(tzinfo=None) if given.tzinfo else context.zone.instant(given)
            return Scalar(TIMESTAMP, instant)
        case date():
            return Scalar(DATE, given)
        case timedelta():
            micros = given // _MICROSECOND
            if micros <= 0:
                return _unreadable(name, "a length of time is above zero", context)
            if not micros % constants.DAY:
                return Length(0, micros, f"{given.days} days", given.days, "day")
            return Length(0, micros, str(given), 1, str(given))
        case Length() | Share() | Items() | Scalar():
            return given
        case list() | tuple() | set() | frozenset():
            return _list_of_host(name, own, sorted(given) if isinstance(given, (set, frozenset)) else given, context)
        case _:
            return _unreadable(name, f"a Python value of type {type(given).__name__}", context)


def _list_of_host(name: str, own: Value, given: Sequence[object], context: Context) -> Items | None:
    values: list[Scalar] = []
    texts = Scalar(STRING, "")
    for each in given:
        inner = texts if isinstance(each, str) and isinstance(own, Items) and own.type.kind is Kind.STRING else own
        value = _of_host(name, inner, each, context)
        if value is None:
            return None
        if not isinstance(value, Scalar):
            _unreadable(name, "a list holds texts, numbers or times", context)
            return None
        values.append(value)
    return _items(values, name, NOWHERE, context)


def _parsed(name: str, own: Value, text: str, context: Context) -> Value | None:
    """A text in the language, read as the value of a parameter is."""
    declared = ": decimal" if isinstance(own, Scalar) and own.type.kind is Kind.DECIMAL else ""
    source = Source(f"<{name}>", f"param value{declared} = {text}")
    file, findings = parse_file(source, Limits(definition_bytes=context.limits.definition_bytes))
    match file.definitions:
        case (ast.Param() as node,) if not findings:
            before = len(context.findings)
            value = _of_text(node, context)
            if value is None:
                reasons = [finding.message for finding in context.findings[before:]]
                del context.findings[before:]
                return _unreadable(name, reasons[0] if reasons else f"`{text}`", context)
            return value
        case _:
            shown = text if len(text) <= 60 else f"{text[:60]}…"
            return _unreadable(name, f"`{shown}` is no {_kind(own)}", context)


def _kind(own: Value) -> str:
    return constants.describe(own).removeprefix("a ").removeprefix("an ")


def _unreadable(name: str, reason: str, context: Context) -> Value | None:
    context.report(errors.bad_parameter(NOWHERE, name, reason))
    return None


# -- conversions --------------------------------------------------------------------------------------------------


def _as_decimal(number: Decimal) -> Scalar | None:
    """A number, exactly; zeros at its end go where 38 digits are too few for them. None where no decimal is that number."""
    kind = constants.decimal_type(number)
    if kind is None:
        sign, digits, exponent = number.as_tuple()
        assert isinstance(exponent, int)
        zeros = 0
        while zeros < len(digits) - 1 and digits[-1 - zeros] == 0:
            zeros += 1
        number = Decimal((sign, digits[: len(digits) - zeros], exponent + zeros)) if number else Decimal(0)
        kind = constants.decimal_type(number)
        if kind is None:
            return None
    _, _, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    return Scalar(kind, Decimal(int(number)) if exponent > 0 else number)


def _converted(value: Value, kind: Type, context: Context) -> Value | None:
    """The value as one of a declared type; None where nothing converts it without loss."""
    if isinstance(value, Length):
        return value if kind == DURATION else None
    if isinstance(value, Items):
        return value if kind == LIST and value.type.kind is Kind.STRING else None
    if isinstance(value, Share):
        return None
    number = value.value
    match value.type.kind, kind.kind:
        case (Kind.INT, Kind.DECIMAL) | (Kind.DECIMAL, Kind.DECIMAL):
            assert isinstance(number, (int, Decimal)) and not isinstance(number, bool)
            exact = _as_decimal(Decimal(number))
            if exact is None or not kind.precision:
                return exact
            return _within(exact, kind)
        case (Kind.INT | Kind.DECIMAL, Kind.FLOAT):
            assert isinstance(number, (int, Decimal))
            return Scalar(FLOAT, float(number))
        case (Kind.DECIMAL, Kind.INT):
            assert isinstance(number, Decimal)
            whole = number == number.to_integral_value() and abs(number) <= MAX_INT
            return Scalar(INT, int(number)) if whole and value.type.scale == 0 else None
        case (Kind.DATE, Kind.TIMESTAMP):
            assert isinstance(number, date)
            return Scalar(TIMESTAMP, context.zone.begin(number))
        case (one, other) if one is other:
            return value
        case _:
            return None


def _within(exact: Scalar, kind: Type) -> Scalar | None:
    assert isinstance(exact.value, Decimal)
    own = exact.type
    if own.scale <= kind.scale and own.precision - own.scale <= kind.precision - kind.scale:
        return Scalar(kind, exact.value)
    return None
