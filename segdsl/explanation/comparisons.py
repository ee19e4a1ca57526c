"""Comparisons in words: with values, lists, periods, patterns; presence; and values that are conditions themselves."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import asin, sqrt
from typing import TYPE_CHECKING, TypeAlias, assert_never

from segdsl.explanation import missing, rows, wording
from segdsl.explanation.speech import Clause, Noun, Scope
from segdsl.functions import sphere
from segdsl.semantics import ir
from segdsl.types import Kind

if TYPE_CHECKING:
    from segdsl.explanation.speaker import Speaker

Comparison: TypeAlias = ir.Compare | ir.Between | ir.InList | ir.InPeriod | ir.Match | ir.Anniversary | ir.Truth

_NUMBERS = {
    "=": "is {}",
    "!=": "is not {}",
    "<": "is less than {}",
    "<=": "is {} or less",
    ">": "is more than {}",
    ">=": "is {} or more",
}
_VALUES = {**_NUMBERS, "=": "equals {}", "!=": "differs from {}", "<=": "is at most {}", ">=": "is at least {}"}
_INSTANTS = {
    "=": "is exactly {}",
    "!=": "is not exactly {}",
    "<": "is before {}",
    "<=": "is {} or earlier",
    ">": "is after {}",
    ">=": "is {} or later",
}
_PLACES = {
    "=": "is {}",
    "!=": "is not {}",
    "<": "is lower than {}",
    "<=": "is {} or lower",
    ">": "is higher than {}",
    ">=": "is {} or higher",
}
_TIMES = {**_INSTANTS, "<=": "is no later than {}", ">=": "is no earlier than {}"}
_DONE = {"<": "before {}", "<=": "{} or earlier", ">": "after {}", ">=": "{} or later", "=": "exactly at {}"}
_DONE_THEN = {**_DONE, "<=": "no later than {}", ">=": "no earlier than {}", "=": "at {}"}
_AGO = {
    "<": "more than {}",
    "<=": "at least {}",
    ">": "less than {}",
    ">=": "at most {}",
    "=": "exactly {}",
    "!=": "not exactly {}",
}
"""With a moment that is some time ago."""
_DONE_DAY = {**_DONE_THEN, "<=": "on {} or earlier", ">=": "on {} or later", "=": "on {}"}
_WORDS = {
    "contains": ("contains {}", "does not contain {}"),
    "starts with": ("starts with {}", "does not start with {}"),
    "ends with": ("ends with {}", "does not end with {}"),
    "matches": ("fits the pattern {}", "does not fit the pattern {}"),
}


def leaf(speaker: Speaker, node: Comparison, scope: Scope) -> Clause:
    """A leaf that a missing operand makes false."""
    match node:
        case ir.Compare():
            found = _compare(speaker, node, scope)
            operands: tuple[ir.Expr, ...] = (node.left, node.right)
        case ir.Between():
            found = _between(speaker, node, scope)
            operands = (node.value, node.low, node.high)
        case ir.InList():
            found = _in_list(speaker, node, scope)
            operands = (node.value,)
        case ir.InPeriod():
            found = _in_period(speaker, node, scope)
            operands = (node.value,)
        case ir.Match():
            found = _match(speaker, node, scope)
            operands = (node.value,)
        case ir.Anniversary():
            found = _anniversary(speaker, node, scope)
            operands = (node.value,)
        case ir.Truth():
            found = truth(speaker, node.value, scope, negated=node.negated)
            operands = (node.value,)
            if isinstance(node.value, ir.FieldRef) and not node.value.path and not node.negated:
                operands += missing.of_computed(speaker, node.value)
        case _:
            assert_never(node)
    denies = (isinstance(node, ir.Compare) and node.operator == "!=") or getattr(node, "negated", False)
    if denies and any(operand.optional for operand in operands) and not isinstance(node, ir.InList):
        speaker.state.notes.add("missing")
    speaker.without(operands, scope)
    return found


def of(noun: Noun, verb: str, scope: Scope, values: tuple[str, ...] = ()) -> Clause:
    """What is said of a value."""
    if noun.owner is not None and verb.startswith("is ") and _is_plain(noun.text) and not _is_count(noun.text):
        verb = wording.agreed(noun.text.strip("“”")) + verb[2:]
    if noun.owner is not None and noun.owner == scope.here and (noun.done is None or verb.startswith("is known")):
        return Clause("whose", f"{noun.text} {verb}", noun.owner, values)
    return Clause("full", f"{noun.full(scope)} {verb}", None, values)


def _is_plain(text: str) -> bool:
    return not any(word in text for word in (" of ", " by ", "’s "))


def _is_count(text: str) -> bool:
    return text.startswith(("number ", "rank "))


# -- with one value -------------------------------------------------------------------------------------------------


def _compare(speaker: Speaker, node: ir.Compare, scope: Scope) -> Clause:
    operator, left, right = node.operator, node.left, node.right
    if is_fixed(left) and not is_fixed(right):
        operator, left, right = ir.MIRRORED[operator], right, left
    if isinstance(left, ir.Call) and left.overload == "haversine":
        return _distance(speaker, operator, left, right, scope)
    tier = _tier(speaker, operator, left, right, scope)
    if tier is not None:
        return tier
    counted = rows.counted(speaker, operator, left, right, scope)
    if counted is not None:
        return counted
    in_a_row = rows.streak(speaker, operator, left, right, scope)
    if in_a_row is not None:
        return in_a_row
    order = _order(left) or _order(right)
    if order is not None:
        shown = _placed(speaker, right, order, scope)
        _note_order(speaker, order)
        return of(speaker.value(_unplaced(left), scope), _PLACES[operator].format(shown), scope)
    if left.type.is_time:
        return _times(speaker, operator, left, right, scope)
    gone = _days_gone(speaker, operator, left, right, scope)
    if gone is not None:
        return gone
    if left.type.kind is Kind.STRING:
        speaker.state.notes.add("text_exact")
    shown = speaker.text(right, scope)
    return said(speaker, left, verb_of(operator, left, right).format(shown), scope)


def said(speaker: Speaker, value: ir.Expr, verb: str, scope: Scope) -> Clause:
    """``verb`` (``is 3 or more``) of a value: of values over rows, with the rows as its subject."""
    return rows.judged(speaker, value, verb, scope) or of(speaker.value(value, scope), verb, scope)


def verb_of(operator: ir.Operator, left: ir.Expr, right: ir.Expr | None = None) -> str:
    """With a place for what it is compared with; a constant, if nothing is said of it."""
    fixed = right is None or is_fixed(right)
    if left.type.is_time:
        return (_INSTANTS if fixed else _TIMES)[operator]
    return (_NUMBERS if fixed else _VALUES)[operator]


def is_fixed(expr: ir.Expr) -> bool:
    while isinstance(expr, ir.Convert | ir.InRange):
        expr = expr.value
    return isinstance(expr, ir.Literal | ir.Instant)


def _times(speaker: Speaker, operator: ir.Operator, left: ir.Expr, right: ir.Expr, scope: Scope) -> Clause:
    """When something was, or was done."""
    noun, shown = speaker.value(left, scope), speaker.text(right, scope)
    ago = left.type.kind is Kind.TIMESTAMP and isinstance(right, ir.Instant) and shown.endswith(" ago")
    own = rows.own_time(speaker, left, scope)
    dated = left.type.kind is Kind.DATE
    verbs = _AGO if ago else _DONE_DAY if dated else _DONE if isinstance(right, ir.Instant) else _DONE_THEN
    done = verbs.get(operator)
    if done is not None and not (own is None and noun.done is None and noun.did is None):
        there = rows.own_time(speaker, right, scope)
        if there is not None:
            shown = f"{'the same day as' if dated else 'the same time as'} {there}" if operator == "=" else there
        elif operator == "=" and shown.startswith("the time of "):
            shown = shown.replace("the time of", "the same time as", 1)
        when = done.format(shown)
        if own is not None:
            return _was(own, rows.own_participle(speaker, left, scope), when, scope)
        found = did(noun, when, scope)
        if found is not None:
            return found
    if ago:
        return of(noun, f"is {_AGO[operator].format(shown)}", scope)
    return of(noun, verb_of(operator, left, right).format(shown), scope)


def _was(own: str, done: str, when: str, scope: Scope) -> Clause:
    """``last order``, of whoever has it: was placed before 2026-01-01."""
    text = f"was {done}{when}"
    if own.startswith(("their ", "its ")) and scope.here is not None:
        return Clause("whose", f"{own.partition(' ')[2]} {text}", scope.here)
    return Clause("full", f"{own} {text}")


def did(noun: Noun, when: str, scope: Scope) -> Clause | None:
    """That something was done at a time."""
    if noun.did is not None:
        return Clause("full", f"{noun.did} {when}")
    if noun.done is None or noun.owner is None or noun.owner != scope.here:
        return None
    text = scope.did(noun.owner, noun.done)
    if text.startswith(("their ", "its ")):
        return Clause("whose", f"{text.partition(' ')[2]} {when}", noun.owner)
    return Clause("who", f"{text.partition(' ')[2]} {when}", noun.owner)


def _days_gone(speaker: Speaker, operator: ir.Operator, left: ir.Expr, right: ir.Expr, scope: Scope) -> Clause | None:
    """``days_since(max(order.placed_at)) >= 7``: whose last order was placed at least 7 days ago."""
    node, inside = rows.plain(speaker, left, scope)
    number = rows.constant(right)
    if not isinstance(node, ir.Call) or node.overload not in ("days_between_timestamps", "days_between_dates"):
        return None
    if not isinstance(node.args[1], ir.Instant) or node.args[1].moment != ir.AS_OF or number is None or number < 0:
        return None
    own = rows.own_time(speaker, node.args[0], inside)
    if own is None or operator == "!=":
        return None
    speaker.state.notes.add("days_24" if node.overload == "days_between_timestamps" else "days_dates")
    when = _AGO[ir.MIRRORED[operator]].format(f"{wording.counted(number, 'day')} ago")
    return _was(own, rows.own_participle(speaker, node.args[0], inside), when, inside)


def _tier(speaker: Speaker, operator: ir.Operator, left: ir.Expr, right: ir.Expr, scope: Scope) -> Clause | None:
    """``support_tier = "gold"``"""
    if not (isinstance(left, ir.Use) and isinstance(right, ir.Literal) and operator in ("=", "!=")):
        return None
    if speaker.program.definitions[left.name].kind != "tiers":
        return None
    row = ir.Row(0, scope.entity)
    term = speaker.ask(left.name, scope)
    verb = f"{scope.be(row)} in {'another tier than' if operator == '!=' else 'the tier'} {speaker.literal(right)} of {term}"
    return Clause("who", verb, row)


def _order(expr: ir.Expr) -> tuple[str, ...] | None:
    """The ordered values of which a number is the place."""
    match expr:
        case ir.Call(overload="place", options=options):
            return tuple(str(option) for option in options)
        case ir.Call(overload="least" | "greatest", args=args):
            return next((found for found in map(_order, args) if found is not None), None)
        case ir.Aggregate(function="min" | "max", value=value) if value is not None:
            return _order(value)
        case ir.Overall():
            return _order(expr.aggregate)
        case _:
            return None


def order_of(expr: ir.Expr) -> tuple[str, ...] | None:
    return _order(expr)


def _unplaced(expr: ir.Expr) -> ir.Expr:
    return expr.args[0] if isinstance(expr, ir.Call) and expr.overload == "place" else expr


def _placed(speaker: Speaker, expr: ir.Expr, order: tuple[str, ...], scope: Scope) -> str:
    if isinstance(expr, ir.Literal) and isinstance(expr.value, int):
        return wording.quoted(order[expr.value])
    return speaker.text(_unplaced(expr), scope)


def _note_order(speaker: Speaker, order: tuple[str, ...]) -> None:
    speaker.state.notes.add("ordered", values=", ".join(wording.quoted(value) for value in order))


def _distance(speaker: Speaker, operator: ir.Operator, call: ir.Call, limit: ir.Expr, scope: Scope) -> Clause:
    speaker.state.notes.add("distance")
    assert isinstance(limit, ir.Literal) and isinstance(limit.value, float)
    latitude, longitude = (speaker.text(_degrees(arg), scope) for arg in call.args)
    point = f"{latitude} and {longitude.removeprefix('their ').removeprefix('its ')}"
    degrees = [f"{wording.number(part)}°" for part in call.options if isinstance(part, int | Decimal)]
    place = f"latitude {degrees[0]}, longitude {degrees[1]}"
    far = f"{wording.number(kilometres(limit.value))} km"
    verb = _NUMBERS[operator].format(far)
    if point.startswith(("their ", "its ")) and scope.here is not None:
        return Clause("whose", f"distance (from {point}) to {place} {verb}", scope.here)
    return Clause("full", f"the distance from {point} to {place} {verb}")


def _degrees(expr: ir.Expr) -> ir.Expr:
    """A number of degrees without the check that it is on the globe, which the note tells of."""
    return expr.then if isinstance(expr, ir.If) else expr


def kilometres(haversine: float) -> Decimal:
    """The distance, with as few digits as it takes to come to that haversine."""
    if haversine > 1:
        return Decimal(20016)
    rough = 2 * float(sphere.RADIUS) * asin(sqrt(haversine))
    for digits in range(12):
        candidate = Decimal(f"{rough:.{digits}f}")
        if sphere.haversine_of(candidate) == haversine:
            return candidate
    return Decimal(repr(rough))


# -- with several ---------------------------------------------------------------------------------------------------


def _between(speaker: Speaker, node: ir.Between, scope: Scope) -> Clause:
    speaker.state.notes.add("between")
    not_ = "not " if node.negated else ""
    counted = rows.counted_between(speaker, node, scope)
    if counted is not None:
        return counted
    order = next((found for found in map(_order, (node.value, node.low, node.high)) if found is not None), None)
    if order is not None:
        low, high = _placed(speaker, node.low, order, scope), _placed(speaker, node.high, order, scope)
        _note_order(speaker, order)
        return of(speaker.value(_unplaced(node.value), scope), f"is {not_}from {low} to {high}", scope)
    low, high = speaker.text(node.low, scope), speaker.text(node.high, scope)
    verb = f"is {not_}from {low} to {high}"
    return _when(speaker, node.value, verb, scope, node.negated) or said(speaker, node.value, verb, scope)


def _when(speaker: Speaker, value: ir.Expr, verb: str, scope: Scope, negated: bool) -> Clause | None:
    """``is in the last month``, of when something was or was done."""
    if not value.type.is_time:
        return None
    own, when = rows.own_time(speaker, value, scope), verb.removeprefix("is ")
    if own is not None:
        done = rows.own_participle(speaker, value, scope)
        return _was(own, f"not {done}" if negated else done, when.removeprefix("not "), scope)
    return None if negated else did(speaker.value(value, scope), when, scope)


def _in_list(speaker: Speaker, node: ir.InList, scope: Scope) -> Clause:
    if node.value.type.kind is Kind.STRING:
        speaker.state.notes.add("text_exact")
    items = [speaker.constant(item) for item in node.items]
    values = tuple(items) if len(items) > wording.MOST_VALUES else ()
    if len(items) == 1:
        return said(speaker, node.value, f"is {'not ' if node.negated else ''}{items[0]}", scope)
    if node.negated:
        known = "known and is " if node.value.optional else ""
        none = f"neither {items[0]} nor {items[1]}" if len(items) == 2 else f"none of {wording.shortened(items, 'and')}"
        return of(speaker.value(node.value, scope), f"is {known}{none}", scope, values)
    return replace(said(speaker, node.value, f"is {wording.shortened(items, 'or')}", scope), values=values)


def _in_period(speaker: Speaker, node: ir.InPeriod, scope: Scope) -> Clause:
    words = speaker.period(node.period, node.value.type.kind is Kind.DATE, scope)
    verb = f"is {'not ' if node.negated else ''}in {words}"
    return _when(speaker, node.value, verb, scope, node.negated) or of(speaker.value(node.value, scope), verb, scope)


def _match(speaker: Speaker, node: ir.Match, scope: Scope) -> Clause:
    speaker.state.notes.add("text_exact")
    if node.word == "matches":
        speaker.state.notes.add("pattern")
    verb = _WORDS[node.word][node.negated].format(wording.quoted(node.needle))
    return of(speaker.value(node.value, scope), verb, scope)


def _anniversary(speaker: Speaker, node: ir.Anniversary, scope: Scope) -> Clause:
    speaker.state.notes.add("anniversary")
    words = speaker.period(node.period, True, scope)
    day = speaker.text(node.value, scope)
    return Clause("full", f"{'no' if node.negated else 'an'} anniversary of {day} is in {words}")


def list_has(speaker: Speaker, node: ir.ListHas, scope: Scope, *, negated: bool) -> Clause:
    speaker.state.notes.add("list")
    if not negated:
        speaker.without((node.value,), scope)
    items = [wording.quoted(item) for item in node.items]
    values = tuple(items) if len(items) > wording.MOST_VALUES else ()
    noun = speaker.value(node.value, scope)
    if len(items) == 1:
        verb = f"{'do not include' if negated else 'include'} {items[0]}"
    elif node.every:
        verb = f"{'do not include all of' if negated else 'include all of'} {wording.shortened(items, 'and')}"
    elif negated:
        verb = f"include none of {wording.shortened(items, 'and')}"
    else:
        verb = f"include at least one of {wording.shortened(items, 'and')}"
    if not noun.text.endswith("s"):
        verb = verb.replace("do not include", "does not include")
        verb = verb if verb.startswith("does") else verb.replace("include", "includes", 1)
    return of(noun, verb, scope, values)


# -- presence, and truth by itself ----------------------------------------------------------------------------------


def is_missing(speaker: Speaker, node: ir.IsMissing, scope: Scope, *, negated: bool) -> Clause:
    if isinstance(node.value, ir.Use) and speaker.program.definitions[node.value.name].kind == "tiers":
        row, some = ir.Row(0, scope.entity), "a" if negated else "no"
        text = f"{scope.be(row)} in {some} tier of {speaker.ask(node.value.name, scope)}"
        if row == scope.here:
            return Clause("who", text, row)
        return Clause("full", f"{scope.subject(row)} {text}")
    found = rows.none_there(speaker, node.value, scope, negated=negated)
    if found is not None:
        return found
    noun = speaker.value(node.value, scope)
    if node.value.type.kind is Kind.LIST:
        be = wording.agreed(noun.text)
        return of(noun, f"{be} not empty" if negated else f"{be} empty or missing", scope)
    if noun.done is not None:
        column = (
            wording.column(node.value.field.name) if isinstance(node.value, ir.FieldRef) else f"{noun.done} {noun.when}"
        )
        if noun.owner is not None and noun.owner == scope.here and not negated:
            return Clause("who", f"{scope.has(noun.owner)} no {column}", noun.owner)
        noun = Noun(column, noun.owner)
    return of(noun, "is known" if negated else "is missing", scope)


def no_row(node: ir.NoRow, scope: Scope, *, negated: bool) -> Clause:
    name = wording.article(wording.humanised(node.path[-1].to))
    if len(node.path) == 1 and node.row == scope.here:
        return Clause("who", f"{scope.has(node.row)} {name if negated else 'no ' + name.partition(' ')[2]}", node.row)
    at = scope.subject(node.row) if len(node.path) == 1 else f"the {wording.humanised(node.path[-2].to)}"
    return Clause("full", f"there is {name if negated else 'no ' + name.partition(' ')[2]} for {_object(at)}")


def _object(subject: str) -> str:
    return {"they": "them"}.get(subject, subject)


def truth(speaker: Speaker, value: ir.Expr, scope: Scope, *, negated: bool) -> Clause:
    """A value that is true, or false."""
    noun = speaker.value(value, scope)
    if isinstance(value, ir.FieldRef) and not value.path and value.field.title is not None:
        lead, _, rest = value.field.title.partition(" ")
        rest = rest.partition(";")[0]
        if lead == "Whether" and rest.startswith("the ") and not negated and value.row == scope.here:
            return Clause("whose", rest.removeprefix("the "), value.row)
    return of(noun, "is false" if negated else "is true", scope)
