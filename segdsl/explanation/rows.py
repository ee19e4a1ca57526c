"""Aggregates in words: how many rows, which rows, values over them, groups of them, and what came after or before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from segdsl.explanation import wording
from segdsl.explanation.speech import Clause, Noun, Scope
from segdsl.semantics import ir
from segdsl.types import Kind

if TYPE_CHECKING:
    from segdsl.explanation.speaker import Speaker

_HOW_MANY = {
    ">=": "at least {}",
    ">": "more than {}",
    "<=": "at most {}",
    "<": "fewer than {}",
    "=": "exactly {}",
}
_OF_NUMBERS = {"sum": "sum", "avg": "average", "min": "smallest", "max": "largest"}
_OF_TIMES = {"min": "earliest", "max": "latest"}
_OF_PLACES = {"min": "lowest", "max": "highest"}


# -- which rows -----------------------------------------------------------------------------------------------------


def described(speaker: Speaker, node: ir.Aggregate, scope: Scope, *, many: bool) -> str:
    """The rows without whose they are: ``orders in the last 30 days whose total is more than 50``."""
    noun = wording.humanised(node.row.of)
    if not node.row.depth:
        kept = "" if node.where is None else speaker.narrowed(node.where, replace(scope, here=node.row), many)
        return (wording.plural(noun) if many else noun) + kept
    inside = scope.inside(node.row)
    name = inside.name(node.row)
    noun = name if name.endswith(noun) and " before " not in name else noun
    _note_parents(speaker, node)
    return (wording.plural(noun) if many else noun) + _kept(speaker, node, scope, many=many)


def _kept(speaker: Speaker, node: ir.Aggregate | ir.Follow, scope: Scope, *, many: bool) -> str:
    row = node.row if isinstance(node, ir.Aggregate) else node.inner
    text = ""
    if node.period is not None:
        text += f" in {speaker.period(node.period, speaker.is_dated(row.of), scope)}"
    if node.where is not None:
        text += speaker.narrowed(node.where, scope.inside(row), many)
    return text


def _note_parents(speaker: Speaker, node: ir.Aggregate) -> None:
    way = speaker.layout.way_up(node.row.of, node.outer.of) if node.outer.of != node.row.of else ()
    crossed = speaker.layout.crossings(node.row.of, way)
    if crossed:
        parents = wording.plural(wording.humanised(crossed[0][1].to))
        speaker.state.notes.add(
            "several_parents", parents=parents, entity=wording.humanised(speaker.schema.entity.name)
        )


def owned(speaker: Speaker, node: ir.Aggregate, scope: Scope, *, many: bool = True) -> str:
    """``their orders in …``"""
    if node.row.depth == 0:
        return f"all {described(speaker, node, scope, many=True)}"
    return f"{scope.possessive(node.outer)} {described(speaker, node, scope, many=many)}"


# -- how many -------------------------------------------------------------------------------------------------------


def _number(value: int) -> str:
    return "one" if value == 1 else f"{value:,}"


def _constant(expr: ir.Expr) -> int | None:
    while isinstance(expr, ir.Convert):
        expr = expr.value
    if isinstance(expr, ir.Literal) and isinstance(expr.value, int) and not isinstance(expr.value, bool):
        return expr.value
    return None


def _plain(speaker: Speaker, expr: ir.Expr, scope: Scope) -> tuple[ir.Expr, Scope]:
    """Without conversions, and what short traits stand for."""
    while True:
        if isinstance(expr, ir.Convert) and expr.value.type.is_exact and expr.type.is_number:
            expr = expr.value
        elif isinstance(expr, ir.Use) and speaker.is_short(expr.name):
            expr, scope = speaker.body(expr, scope)
        else:
            return expr, scope


def counted(speaker: Speaker, operator: str, left: ir.Expr, right: ir.Expr, scope: Scope) -> Clause | None:
    """``count(order) >= 3``: have at least 3 orders."""
    number = _constant(right)
    if number is None or number < 0:
        return None
    node, inside = _plain(speaker, left, scope)
    if not isinstance(node, ir.Aggregate) or node.function != "count" or node.per is not None or not node.row.depth:
        return None
    if (operator, number) in (("=", 0), ("<", 1), ("<=", 0)):
        return _has(speaker, node, inside, "no {}", many=False)
    if (operator, number) in ((">=", 1), (">", 0), ("!=", 0)):
        return _has(speaker, node, inside, "at least one {}", many=False)
    if operator not in _HOW_MANY or (operator, number) in ((">=", 0), ("<", 0)):
        return None
    how = _HOW_MANY[operator].format(_number(number))
    return _has(speaker, node, inside, how + " {}", many=number != 1)


def counted_between(speaker: Speaker, node: ir.Between, scope: Scope) -> Clause | None:
    low, high = _constant(node.low), _constant(node.high)
    rows, inside = _plain(speaker, node.value, scope)
    if low is None or high is None or low < 0 or node.negated:
        return None
    if not isinstance(rows, ir.Aggregate) or rows.function != "count" or rows.per is not None or not rows.row.depth:
        return None
    return _has(speaker, rows, inside, f"from {low:,} to {high:,} " + "{}", many=True)


def _has(speaker: Speaker, node: ir.Aggregate, scope: Scope, pattern: str, *, many: bool) -> Clause:
    what = pattern.format(described(speaker, node, scope, many=many))
    return _of(node.outer, f"{scope.has(node.outer)} {what}", scope)


def _of(row: ir.Row, text: str, scope: Scope) -> Clause:
    if row == scope.here:
        return Clause("who", text, row)
    return Clause("full", f"{scope.subject(row)} {text}")


def exists(speaker: Speaker, node: ir.Aggregate, scope: Scope, *, negated: bool) -> Clause:
    """``any`` and ``none``"""
    none = (node.function == "none") != negated
    if node.per is not None:
        by, inside = _groups(speaker, node, scope)
        rows = owned(speaker, node, scope)
        having = "" if node.having is None else _having(speaker, node.having, inside)
        what = f"no {by}" if none else f"at least one {by}"
        return Clause("full", f"among {rows}, there is {what}{having or ' at all'}")
    if not node.row.depth:
        rows = described(speaker, node, scope, many=False)
        return Clause("full", f"there is {'no' if none else 'at least one'} {rows}")
    return _has(speaker, node, scope, "no {}" if none else "at least one {}", many=False)


# -- groups ---------------------------------------------------------------------------------------------------------


def _groups(speaker: Speaker, node: ir.Aggregate, scope: Scope) -> tuple[str, Scope]:
    """What groups are made by, and the scope of what is said of one."""
    assert node.per is not None
    speaker.state.notes.add("groups")
    by = unit_noun(speaker, node.per, node.row, scope)
    group = replace(node.row, grouped=True)
    inside = scope.inside(group)
    return by, replace(inside, names={**inside.names, group: by}, by={**scope.by, group: by})


def _having(speaker: Speaker, having: ir.Expr, inside: Scope, *, many: bool = False) -> str:
    return speaker.narrowed(having, inside, many)


def unit_noun(speaker: Speaker, by: ir.Expr, row: ir.Row, scope: Scope) -> str:
    """A value of rows as the name of what they are put together by: ``product number``, ``calendar month``."""
    match by:
        case ir.Convert():
            return unit_noun(speaker, by.value, row, scope)
        case ir.Call(overload="start_of_date", options=(unit,), args=(day,)) if _is_own_time(speaker, day, row):
            if unit == "week":
                speaker.state.notes.add("weeks")
            return "calendar day" if unit == "day" else f"calendar {unit}"
        case ir.Call(overload="date_timestamp") if _is_own_time(speaker, by, row):
            return "calendar day"
        case ir.FieldRef() if by.row == row and (not by.path or by.path[-1].kind != "parent"):
            return _compound(speaker, by)
        case ir.FieldRef() if by.row == row:
            return _compound(speaker, by)
        case _:
            text = speaker.text(by, scope.inside(row))
            return f"value of “{text}”"


def _compound(speaker: Speaker, node: ir.FieldRef) -> str:
    """``product category``"""
    if node.path:
        speaker.state.notes.add("join_missing")
    own = speaker.field_name(node.field)
    if not node.path:
        return own
    lead = wording.humanised(node.path[-1].to)
    return own if own.startswith(lead) else f"{lead} {own}"


def _is_own_time(speaker: Speaker, value: ir.Expr, row: ir.Row) -> bool:
    """Is it when the row happened, or the day of that?"""
    if isinstance(value, ir.Call) and value.overload == "date_timestamp":
        speaker.state.notes.add("as_day", zone=speaker.clock.zone.name)
        value = value.args[0]
    time = speaker.time_field(row.of)
    return isinstance(value, ir.FieldRef) and value.row == row and time is not None and value.field == time


# -- values ---------------------------------------------------------------------------------------------------------


def noun(speaker: Speaker, node: ir.Aggregate, scope: Scope) -> Noun:
    """A count, or a value over rows."""
    notes = speaker.state.notes
    if node.function == "count":
        if node.per is not None:
            by, inside = _groups(speaker, node, scope)
            having = "" if node.having is None else _having(speaker, node.having, inside, many=True)
            rows = owned(speaker, node, scope)
            return Noun(f"the number of different {_plural(by)} among {rows}{having}")
        notes.add("no_rows")
        if not node.row.depth:
            return Noun(f"the number of {described(speaker, node, scope, many=True)}")
        text = f"number of {described(speaker, node, scope, many=True)}"
        return Noun(text, node.outer) if node.outer == scope.here else Noun(f"{scope.possessive(node.outer)} {text}")
    if node.function == "streak":
        return _streak(speaker, node, scope)
    return Noun(_over(speaker, node, scope))


def _plural(by: str) -> str:
    return wording.plural(by) if not by.endswith("”") else by.replace("value of", "values of", 1)


def _streak(speaker: Speaker, node: ir.Aggregate, scope: Scope) -> Noun:
    unit = _streak_unit(node)
    speaker.state.notes.add("streak", unit=f"calendar {unit}")
    if unit == "week":
        speaker.state.notes.add("weeks")
    rows = owned(speaker, node, scope)
    return Noun(f"the longest run of calendar {unit}s in a row with at least one of {rows}")


def _streak_unit(node: ir.Aggregate) -> str:
    if node.step in (3, 7):
        return "quarter" if node.step == 3 else "week"
    value = node.value
    while isinstance(value, ir.Convert | ir.InRange):
        value = value.value
    assert isinstance(value, ir.Call)
    return {"days_between_dates": "day", "year_date": "year"}.get(value.overload, "month")


def _over(speaker: Speaker, node: ir.Aggregate, scope: Scope) -> str:
    value = node.value
    assert value is not None
    notes = speaker.state.notes
    stripped = value
    while isinstance(stripped, ir.Convert | ir.InRange):
        stripped = stripped.value
    if isinstance(stripped, ir.Call) and stripped.overload == "place":
        stripped = stripped.args[0]
        name = _OF_PLACES.get(node.function, "")
    else:
        name = (_OF_TIMES if value.type.is_time else _OF_NUMBERS).get(node.function, "")
    _note_value(speaker, node, value)
    if node.function in ("min", "max") and isinstance(stripped, ir.FieldRef) and node.row.depth:
        time = speaker.time_field(node.row.of)
        if stripped.row == node.row and stripped.field == time:
            which = "first" if node.function == "min" else "last"
            one = described(speaker, node, scope, many=False)
            kind = "day" if value.type.kind is Kind.DATE else "time"
            return f"the {kind} of {scope.possessive(node.outer)} {which} {one}"
    simple = isinstance(stripped, ir.FieldRef) and stripped.row == node.row and value.type.kind is not Kind.BOOL
    rows = owned(speaker, node, scope) if node.function not in ("first", "last") else ""
    match node.function:
        case "distinct":
            notes.add("distinct")
            by = unit_noun(speaker, value, node.row, scope)
            return f"the number of different {_plural(by)} of {rows}"
        case "first" | "last":
            _note_order(speaker, node)
            one = described(speaker, node, scope, many=False)
            which = f"{scope.possessive(node.outer)} {node.function} {one}"
            if simple:
                assert isinstance(stripped, ir.FieldRef)
                return f"the {_compound(speaker, stripped)} of {which}"
            return f"{_of_one(speaker, node, value, scope)}, of {which}"
        case "percentile":
            notes.add("percentile")
            assert node.percent is not None
            name = "median" if node.percent == 50 else f"percentile {wording.number(node.percent)}"
        case _:
            pass
    if simple:
        assert isinstance(stripped, ir.FieldRef)
        what = _compound(speaker, stripped)
        if not node.row.depth and node.row == ir.Row(0, scope.entity):
            return f"the {name} {'of ' if node.function in ('sum', 'avg', 'percentile') else ''}{what} over {rows}"
        if node.function in ("min", "max"):
            return f"the {name} {what} of {rows}"
        return f"the {name} of the {wording.plural(what)} of {rows}"
    return f"the {name}, over {rows}, of {_of_one(speaker, node, value, scope)}"


def _of_one(speaker: Speaker, node: ir.Aggregate, value: ir.Expr, scope: Scope) -> str:
    """The value, said of one of the rows by its name."""
    inside = replace(scope.inside(node.row, here=False), here=None)
    if not node.row.depth:
        inside = replace(speaker.entity_scope(), here=None, seen_from=scope.seen_from)
    return speaker.text(value, inside)


def _note_value(speaker: Speaker, node: ir.Aggregate, value: ir.Expr) -> None:
    notes = speaker.state.notes
    if node.function == "sum":
        notes.add("no_rows")
    if node.optional and node.function != "sum":
        notes.add("nothing")
    if value.optional and node.function not in ("first", "last", "distinct"):
        notes.add("skips")
    if value.type.kind is Kind.FLOAT and node.function in ("sum", "avg", "percentile"):
        notes.add("float_sum")


def _note_order(speaker: Speaker, node: ir.Aggregate) -> None:
    key = speaker.schema.relations[node.row.of].key
    if key:
        speaker.state.notes.add("first_last", keys=", ".join(key))
    else:
        speaker.state.notes.add("first_last_keyless")


# -- everyone's -----------------------------------------------------------------------------------------------------


def overall(speaker: Speaker, node: ir.Overall, scope: Scope) -> Noun:
    """An aggregate over everyone."""
    people = wording.plural(wording.humanised(scope.entity))
    speaker.state.notes.add("overall", people=people)
    entity = ir.Row(0, scope.entity)
    names = {entity: f"{wording.humanised(scope.entity)}"}
    base = replace(speaker.entity_scope(), names=names, here=entity, seen_from=scope.seen_from)
    text = noun(speaker, node.aggregate, base).full(base)
    if node.aggregate.row.depth:
        return Noun(text.replace("their ", f"all {people}’ ", 1))
    return Noun(text)


def overall_condition(speaker: Speaker, node: ir.Overall, scope: Scope) -> str:
    people = wording.plural(wording.humanised(scope.entity))
    speaker.state.notes.add("overall", people=people)
    base = replace(speaker.entity_scope(), seen_from=scope.seen_from)
    text = exists(speaker, node.aggregate, base, negated=False).full(base)
    if not node.aggregate.row.depth:
        return text
    return text.replace("they ", f"all {people} together ", 1).replace("among their ", f"among all {people}’ ", 1)


# -- sequences ------------------------------------------------------------------------------------------------------


def follow(speaker: Speaker, node: ir.Follow, scope: Scope, *, negated: bool) -> Clause:
    entity = wording.humanised(scope.entity)
    speaker.state.notes.add("follow", within="", entity=entity)
    inside = scope.inside(node.inner)
    name = inside.name(node.inner)
    what = wording.article(name) + _kept(speaker, node, scope, many=False)
    within = ""
    if node.within is not None:
        speaker.state.notes.add("within")
        within = f", within {wording.length(node.within)},"
    verb = "followed" if node.forward else "preceded"
    return _of(node.row, f"{scope.be(node.row)} {'not ' if negated else ''}{verb}{within} by {what}", scope)
