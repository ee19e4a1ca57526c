"""The same meaning in the form that filters are written in.

In goes a typed expression, out comes one that means exactly the same for every row:

- ``All`` and ``Any`` are flat, without constants and without what stands in them twice;
- ``Not`` has gone down to the leaves. A negated leaf is the opposite leaf ``or x is missing`` for each operand that can
  be missing, because a leaf is false where an operand is. What asks for other rows, other customers or another time
  (a rank, a sequence, `as of`), and a definition that is used, keeps a ``Not`` before it: it is two-valued, so nothing
  has to be added. An aggregate turns from `any` to `none`, over everyone's rows too;
- ``Between`` is two comparisons; several ``=`` of one operand in an ``Any`` (several ``!=`` in an ``All``) are one list;
- the day of an instant compared with a constant day is the instant compared with that day's ends, if a zone is given in
  which days follow one another in time.

Nothing is assumed to be present that is not marked so, no time is worked out, no definition is put in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal as OneOf

from segdsl.records import replace
from segdsl.semantics import ir
from segdsl.semantics.periods import beginning
from segdsl.semantics.time import Zone
from segdsl.semantics.walk import rebuild
from segdsl.source import Span
from segdsl.types import BOOL, INT_DIGITS, TIMESTAMP, Kind, Type, decimal

_OPPOSITE: dict[ir.Operator, ir.Operator] = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_LISTED = frozenset({Kind.INT, Kind.DECIMAL, Kind.STRING, Kind.DATE, Kind.TIMESTAMP})
"""Kinds whose equality a list can stand for; floats and wholes take no lists."""
_TOTAL = frozenset(
    {
        "negate",
        "abs",
        "add_decimal",
        "subtract_decimal",
        "multiply_decimal",
        "floor_decimal",
        "ceil_decimal",
        "round_decimal",
        "lower",
        "upper",
        "trim",
        "length",
        "replace",
        "days_between_timestamps",
        "days_between_dates",
        "hours_between_timestamps",
        "age_date",
        "date_timestamp",
        "year_date",
        "month_date",
        "day_date",
        "weekday_date",
        "hour_timestamp",
        "start_of_date",
        "least",
        "greatest",
        "haversine",
    }
)
"""Overloads that are missing exactly where an argument is."""


def simplify(expr: ir.Expr, zone: Zone | None = None) -> ir.Expr:
    """The expression in its plain form; conditions inside of values and aggregates too."""
    return _Simplifier(zone if zone is not None and zone.days_are_monotone else None).simplify(expr)


class _Simplifier:
    def __init__(self, zone: Zone | None) -> None:
        self._zone = zone

    def simplify(self, expr: ir.Expr) -> ir.Expr:
        match expr:
            case ir.If():
                return self._if(expr)
            case (
                ir.Compare()
                | ir.Between()
                | ir.InList()
                | ir.InPeriod()
                | ir.Match()
                | ir.ListHas()
                | ir.Anniversary()
                | ir.IsMissing()
                | ir.NoRow()
                | ir.Truth()
                | ir.All()
                | ir.Any()
                | ir.Not()
                | ir.Bound()
            ):
                return self._condition(expr, negated=False)
            case _:
                return rebuild(expr, self.simplify)

    def _if(self, expr: ir.If) -> ir.Expr:
        inside = rebuild(expr, self.simplify)
        assert isinstance(inside, ir.If)
        match inside.condition:
            case ir.Literal(value=True):
                return inside.then
            case ir.Literal(value=False):
                return inside.otherwise or ir.Literal(None, type=inside.type, optional=True, span=inside.span)
            case _:
                return inside

    def _condition(self, expr: ir.Expr, negated: bool) -> ir.Expr:
        """The condition, or its exact opposite."""
        match expr:
            case ir.Not():
                return self._condition(expr.item, not negated)
            case ir.All() | ir.Any():
                return self._connected(expr, negated)
            case ir.Literal():
                return _truth((expr.value is True) != negated, expr.span)
            case ir.Aggregate(function="any" | "none"):
                inside = rebuild(expr, self.simplify)
                assert isinstance(inside, ir.Aggregate)
                if not negated:
                    return inside
                return replace(inside, function="none" if expr.function == "any" else "any")
            case ir.Overall(aggregate=ir.Aggregate(function="any" | "none")):
                turned = self._condition(expr.aggregate, negated)
                assert isinstance(turned, ir.Aggregate)
                return replace(expr, aggregate=turned)
            case ir.Between():
                return self._condition(_expanded(expr), negated)
            case (
                ir.Compare()
                | ir.InList()
                | ir.InPeriod()
                | ir.Match()
                | ir.ListHas()
                | ir.Anniversary()
                | ir.IsMissing()
                | ir.NoRow()
                | ir.Truth()
                | ir.Bound()
            ):
                return self._leaf(expr, negated)
            case _:
                inside = rebuild(expr, self.simplify)
                return ir.Not(inside, span=expr.span) if negated else inside

    def _connected(self, expr: ir.All | ir.Any, negated: bool) -> ir.Expr:
        # Equalities become lists before the `not` reaches them: the opposite of a list is one leaf, not many.
        items = _listed(_flat(expr.items, type(expr)), "=" if isinstance(expr, ir.Any) else "!=")
        parts = [self._condition(item, negated) for item in items]
        conjunction = isinstance(expr, ir.All) != negated
        return all_of(parts, expr.span) if conjunction else any_of(parts, expr.span)

    def _leaf(
        self,
        expr: ir.Compare
        | ir.InList
        | ir.InPeriod
        | ir.Match
        | ir.ListHas
        | ir.Anniversary
        | ir.IsMissing
        | ir.NoRow
        | ir.Truth
        | ir.Bound,
        negated: bool,
    ) -> ir.Expr:
        leaf = rebuild(expr, self.simplify)
        plain = self._plain(leaf)
        if plain is not leaf:
            return self._condition(plain, negated)
        return _opposite(leaf) if negated else leaf

    def _plain(self, leaf: ir.Expr) -> ir.Expr:
        """A leaf in simpler words, where there are any."""
        match leaf:
            case ir.Compare(left=ir.Literal() as left, right=ir.Literal() as right):
                return _compared(leaf, left, right)
            case ir.Compare():
                return self._days(leaf)
            case ir.InList(value=ir.Literal(value=constant)):
                return _truth(constant is not None and (constant in leaf.items) != leaf.negated, leaf.span)
            case ir.InList(items=(only,)):
                return _equal(leaf.value, only, "!=" if leaf.negated else "=", leaf.span)
            case ir.Match(word="matches"):
                text = _unescaped(leaf.needle)
                if text is None:
                    return leaf
                literal = ir.Literal(text, type=leaf.value.type.plain, span=leaf.span)
                return ir.Compare("!=" if leaf.negated else "=", leaf.value, literal, span=leaf.span)
            case ir.Match(needle=""):
                # Every text contains the empty one.
                return _truth(False, leaf.span) if leaf.negated else ir.Not(missing(leaf.value), span=leaf.span)
            case ir.Truth(value=ir.Literal(value=value)):
                return _truth(value is not None and value is not leaf.negated, leaf.span)
            case ir.Truth(value=inner) if isinstance(inner, ir.CONDITIONS):
                # What is left of `if(C, CONDITION)` where C always holds: it is true or false, and engines' missing is its false.
                return ir.Not(inner, span=leaf.span) if leaf.negated else inner
            case _:
                return leaf

    def _days(self, leaf: ir.Compare) -> ir.Expr:
        """``date(t) <= d`` as ``t`` before the end of that day."""
        if self._zone is None:
            return leaf
        operator, left, right = leaf.operator, leaf.left, leaf.right
        if isinstance(left, (ir.Literal, ir.Instant)):
            operator, left, right = ir.MIRRORED[operator], right, left
        if not (isinstance(left, ir.Call) and left.overload == "date_timestamp"):
            return leaf
        ends = _ends(right)
        if ends is None:
            return leaf
        (time,) = left.args
        span = leaf.span
        start, end = (ir.Instant(moment, type=TIMESTAMP, span=right.span) for moment in ends)

        def at(sign: ir.Operator, moment: ir.Expr) -> ir.Expr:
            return ir.Compare(sign, time, moment, span=span)

        match operator:
            case "<":
                return at("<", start)
            case "<=":
                return at("<", end)
            case ">":
                return at(">=", end)
            case ">=":
                return at(">=", start)
            case "=":
                return ir.All((at(">=", start), at("<", end)), span=span)
            case "!=":
                return ir.Any((at("<", start), at(">=", end)), span=span)


# -- leaves -------------------------------------------------------------------------------------------------------


def missing(value: ir.Expr) -> ir.Expr:
    """Where a value is missing, said of what it is made of where that says the same; never, where it cannot be."""
    if not value.optional:
        return _truth(False, value.span)
    match value:
        case ir.Convert() if _is_total(value):
            return missing(value.value)
        case ir.Call() if value.overload in _TOTAL:
            return any_of([missing(arg) for arg in value.args], value.span)
        case ir.Literal(value=None):
            return _truth(True, value.span)
        case _:
            return ir.IsMissing(value, span=value.span)


def _is_total(node: ir.Convert) -> bool:
    """Does the conversion hold for every value?"""
    match node.value.type.kind, node.type.kind:
        case (
            (Kind.INT, Kind.WHOLE | Kind.FLOAT) | (Kind.DECIMAL | Kind.WHOLE, Kind.FLOAT) | (Kind.DATE, Kind.TIMESTAMP)
        ):
            return True
        case (Kind.INT, Kind.DECIMAL):
            return node.type.precision - node.type.scale >= INT_DIGITS
        case _:
            return False


def _opposite(leaf: ir.Expr) -> ir.Expr:
    """Exactly where a leaf is false: where the opposite holds, or an operand is missing."""
    span = leaf.span
    match leaf:
        case ir.IsMissing() | ir.NoRow() | ir.ListHas():
            # A missing list is the empty one, so that a list always answers.
            return replace(leaf, negated=not leaf.negated)
        case ir.Compare():
            other: ir.Expr = replace(leaf, operator=_OPPOSITE[leaf.operator])
            return any_of([other, missing(leaf.left), missing(leaf.right)], span)
        case ir.InList() | ir.InPeriod() | ir.Anniversary() | ir.Match() | ir.Truth():
            return any_of([replace(leaf, negated=not leaf.negated), missing(leaf.value)], span)
        case ir.Bound():
            flipped = replace(leaf, side="before" if leaf.side == "from" else "from")
            return any_of([flipped, missing(leaf.value)], span)
        case _:
            raise AssertionError(f"not a leaf: {type(leaf).__name__}")


def _expanded(leaf: ir.Between) -> ir.Expr:
    """Two comparisons. Outside of a range, a bound that is missing makes it false even where the other one decides."""
    span, value, low, high = leaf.span, leaf.value, leaf.low, leaf.high
    if not leaf.negated:
        inside = ir.Compare(">=", value, low, span=span), ir.Compare("<=", value, high, span=span)
        return ir.All(inside, span=span)
    outside = ir.Any((ir.Compare("<", value, low, span=span), ir.Compare(">", value, high, span=span)), span=span)
    present = tuple(ir.IsMissing(bound, negated=True, span=span) for bound in (low, high) if bound.optional)
    return ir.All((*present, outside), span=span)


def _compared(leaf: ir.Compare, left: ir.Literal, right: ir.Literal) -> ir.Expr:
    """Two constants, compared here and now."""
    a, b = left.value, right.value
    if a is None or b is None:
        return _truth(False, leaf.span)
    if leaf.operator in ("=", "!="):
        return _truth((a == b) == (leaf.operator == "="), leaf.span)
    order = _order(a, b)
    if order is None:
        return leaf
    holds = {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}
    return _truth(holds[leaf.operator], leaf.span)


def _order(a: ir.Constant, b: ir.Constant) -> int | None:
    """-1, 0 or 1; None for what is not compared here."""
    if isinstance(a, datetime) and isinstance(b, datetime):
        return (a > b) - (a < b)
    if isinstance(a, datetime) or isinstance(b, datetime):
        return None
    if isinstance(a, date) and isinstance(b, date):
        return (a > b) - (a < b)
    if isinstance(a, (int, Decimal, float)) and isinstance(b, (int, Decimal, float)):
        return (a > b) - (a < b)
    return None


def _unescaped(pattern: str) -> str | None:
    """The text that a pattern without wildcards stands for."""
    rest = pattern.replace("\\*", "").replace("\\?", "")
    if "*" in rest or "?" in rest:
        return None
    return pattern.replace("\\*", "*").replace("\\?", "?")


def _ends(day: ir.Expr) -> tuple[ir.Moment, ir.Moment] | None:
    """When a constant day begins and when it ends."""
    match day:
        case ir.Literal(value=date() as value) if not isinstance(value, datetime) and value != date.max:
            return ir.Moment(value), ir.Moment(value + timedelta(days=1))
        case ir.Instant() if day.type.kind is Kind.DATE:
            start = beginning(day.moment)
            return None if start is None else (start, replace(start, days=start.days + 1))
        case _:
            return None


# -- and, or ------------------------------------------------------------------------------------------------------


def _truth(value: bool, span: Span) -> ir.Literal:
    return ir.Literal(value, type=BOOL, span=span)


def all_of(items: Iterable[ir.Expr], span: Span) -> ir.Expr:
    """``and``, flat, without what is always true; false where one item is always false."""
    parts = [item for item in _listed(_flat(items, ir.All), "!=") if not _is_literal(item, True)]
    if any(_is_literal(item, False) for item in parts):
        return _truth(False, span)
    parts = list(dict.fromkeys(parts))
    if not parts:
        return _truth(True, span)
    return parts[0] if len(parts) == 1 else ir.All(tuple(parts), span=span)


def any_of(items: Iterable[ir.Expr], span: Span) -> ir.Expr:
    """``or``, flat, without what is always false; true where one item is always true."""
    parts = [item for item in _listed(_flat(items, ir.Any), "=") if not _is_literal(item, False)]
    if any(_is_literal(item, True) for item in parts):
        return _truth(True, span)
    parts = list(dict.fromkeys(parts))
    if not parts:
        return _truth(False, span)
    return parts[0] if len(parts) == 1 else ir.Any(tuple(parts), span=span)


def _is_literal(item: ir.Expr, value: bool) -> bool:
    return isinstance(item, ir.Literal) and item.type == BOOL and item.value is value


def _flat(items: Iterable[ir.Expr], kind: type[ir.All] | type[ir.Any]) -> list[ir.Expr]:
    found: list[ir.Expr] = []
    waiting = list(items)[::-1]
    while waiting:
        item = waiting.pop()
        if isinstance(item, kind):
            waiting.extend(reversed(item.items))
        else:
            found.append(item)
    return found


def _listed(items: list[ir.Expr], operator: OneOf["=", "!="]) -> list[ir.Expr]:
    """Several ``=`` (``!=``) of one operand as one list, where the first of them stood."""
    tests: dict[ir.Expr, list[int]] = {}
    for index, item in enumerate(items):
        test = _test(item, operator)
        if test is not None:
            tests.setdefault(test[0], []).append(index)
    together = {value: indices for value, indices in tests.items() if len(indices) > 1}
    if not together:
        return items
    found: list[ir.Expr] = []
    gone = {index for indices in together.values() for index in indices[1:]}
    first = {indices[0]: value for value, indices in together.items()}
    for index, item in enumerate(items):
        if index in first:
            value = first[index]
            constants: dict[ir.Constant, None] = {}
            for each in together[value]:
                test = _test(items[each], operator)
                assert test is not None
                constants.update(dict.fromkeys(test[1]))
            if len(constants) == 1:
                found.append(_equal(value, next(iter(constants)), operator, item.span))
            else:
                found.append(ir.InList(value, tuple(constants), operator == "!=", span=item.span))
        elif index not in gone:
            found.append(item)
    return found


def _equal(value: ir.Expr, constant: ir.Constant, operator: OneOf["=", "!="], span: Span) -> ir.Expr:
    literal = ir.Literal(constant, type=_type_of(constant, value.type), span=span)
    return ir.Compare(operator, value, literal, span=span)


def _type_of(constant: ir.Constant, value: Type) -> Type:
    """The type of a list's constant as a literal: a decimal may have more places than the value has."""
    if not isinstance(constant, Decimal):
        return value.plain
    exponent = constant.as_tuple().exponent
    assert isinstance(exponent, int)
    scale = max(0, -exponent)
    return decimal(max(len(constant.as_tuple().digits) + max(0, exponent), scale), scale)


def _test(item: ir.Expr, operator: OneOf["=", "!="]) -> tuple[ir.Expr, tuple[ir.Constant, ...]] | None:
    """The operand and the constants of a test that a list could stand for."""
    match item:
        case (
            ir.Compare(operator=sign, left=value, right=ir.Literal(value=constant))
            | ir.Compare(operator=sign, right=value, left=ir.Literal(value=constant))
        ) if sign == operator and constant is not None:
            if isinstance(value, ir.Literal) or value.type.kind not in _LISTED:
                return None
            return value, (constant,)
        case ir.InList(negated=negated, value=value) if negated == (operator == "!="):
            return value, item.items
        case _:
            return None
