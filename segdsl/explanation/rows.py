"""Aggregates in words: how many rows, which rows, values over them, groups of them, and what came after or before."""

from __future__ import annotations

import re
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
_EXTREMES = {"min": "lowest", "max": "highest"}
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
    if name != noun and name.endswith(noun) and " before " not in name and node.where is not None:
        # Rows around of the same kind go by the plain name.
        speaker.state.notes.add("other", rows=wording.plural(noun), row=noun)
        noun = name
    _note_parents(speaker, node)
    return (wording.plural(noun) if many else noun) + _kept(speaker, node, scope, many=many)


def _kept(speaker: Speaker, node: ir.Aggregate | ir.Follow, scope: Scope, *, many: bool) -> str:
    row = node.row if isinstance(node, ir.Aggregate) else node.inner
    text = ""
    if node.period is not None:
        text += f" in {speaker.period(node.period, speaker.is_dated(row.of), scope)}"
        if wording.is_state(wording.humanised(row.of)):
            text += f" (by {time_column(speaker, row.of)})"
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


def constant(expr: ir.Expr) -> int | None:
    while isinstance(expr, ir.Convert):
        expr = expr.value
    if isinstance(expr, ir.Literal) and isinstance(expr.value, int) and not isinstance(expr.value, bool):
        return expr.value
    return None


def plain(speaker: Speaker, expr: ir.Expr, scope: Scope) -> tuple[ir.Expr, Scope]:
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
    number = constant(right)
    if number is None or number < 0:
        return None
    node, inside = plain(speaker, left, scope)
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
    low, high = constant(node.low), constant(node.high)
    rows, inside = plain(speaker, node.value, scope)
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
        if not node.row.depth:
            return Clause("full", f"among {rows}, there is {what}{having or ' at all'}")
        return _of(node.outer, f"{scope.has(node.outer)}, among {rows}, {what}{having}", scope)
    if not node.row.depth:
        rows = described(speaker, node, scope, many=False)
        return Clause("full", f"there is {'no' if none else 'at least one'} {rows}")
    return _has(speaker, node, scope, "no {}" if none else "at least one {}", many=False)


# -- groups ---------------------------------------------------------------------------------------------------------


def _groups(speaker: Speaker, node: ir.Aggregate, scope: Scope) -> tuple[str, Scope]:
    """What groups are made by, and the scope of what is said of one."""
    assert node.per is not None
    by = unit_noun(speaker, node.per, node.row, scope)
    note_groups(speaker, by, node.row.of, calendar=by.startswith("calendar "))
    group = replace(node.row, grouped=True)
    inside = scope.inside(group)
    return by, replace(inside, names={**inside.names, group: by}, by={**scope.by, group: by})


def note_groups(speaker: Speaker, by: str, relation: str, *, calendar: bool) -> None:
    rows = wording.plural(wording.humanised(relation))
    speaker.state.notes.add("calendar_groups" if calendar else "groups", by=by, rows=rows, Rows=wording.capital(rows))


def time_column(speaker: Speaker, relation: str) -> str:
    """The name of the time of a relation's rows."""
    time = speaker.time_field(relation)
    assert time is not None
    known = speaker.schema.relations[relation]
    if known.time is not None:
        return wording.column(time.name)
    return f"the {wording.humanised(known.parent)}’s {wording.column(time.name)}"


def _note_calendar(speaker: Speaker, unit: str, relation: str) -> None:
    dated = speaker.is_dated(relation)
    speaker.state.notes.add(
        "calendar_dated" if dated else "calendar",
        units=f"{unit}s",
        zone=speaker.clock.zone.name,
        rows=wording.plural(wording.humanised(relation)),
        Rows=wording.capital(wording.plural(wording.humanised(relation))),
        time=time_column(speaker, relation),
    )


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
            _note_calendar(speaker, str(unit), row.of)
            return f"calendar {unit}"
        case ir.Call(overload="date_timestamp") if _is_own_time(speaker, by, row):
            _note_calendar(speaker, "day", row.of)
            return "calendar day"
        case ir.FieldRef() if by.row == row:
            return compound(speaker, by)
        case _:
            text = speaker.text(by, scope.inside(row))
            return f"value of “{text}”"


def compound(speaker: Speaker, node: ir.FieldRef) -> str:
    """``product category``"""
    speaker.note_path(node)
    own = speaker.field_name(node.field)
    if not node.path:
        return own
    lead = wording.humanised(node.path[-1].to)
    return own if own.startswith(lead) else f"{lead} {own}"


def _is_own_time(speaker: Speaker, value: ir.Expr, row: ir.Row) -> bool:
    """Is it when the row happened, or the day of that?"""
    if isinstance(value, ir.Call) and value.overload == "date_timestamp":
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
    unit = _note_streak(speaker, node)
    rows = owned(speaker, node, scope)
    return Noun(f"the longest run of calendar {unit}s in a row with at least one of {rows}")


def _note_streak(speaker: Speaker, node: ir.Aggregate) -> str:
    unit = _streak_unit(node)
    speaker.state.notes.add("streak", unit=unit, row=wording.humanised(node.row.of))
    _note_calendar(speaker, unit, node.row.of)
    if unit == "week":
        speaker.state.notes.add("weeks")
    return unit


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
    stripped = value
    while isinstance(stripped, ir.Convert | ir.InRange):
        stripped = stripped.value
    if isinstance(stripped, ir.Call) and stripped.overload == "place":
        stripped = stripped.args[0]
        name = _OF_PLACES.get(node.function, "")
    else:
        name = (_OF_TIMES if value.type.is_time else _OF_NUMBERS).get(node.function, "")
    if is_own_time(speaker, node):
        kind = "day" if value.type.kind is Kind.DATE else "time"
        return f"the {kind} of {_extreme_row(speaker, node, scope)}"
    _note_value(speaker, node, value)
    what = what_of_one(speaker, node, scope)
    rows = owned(speaker, node, scope) if node.function not in ("first", "last") else ""
    match node.function:
        case "distinct":
            by = _distinct(speaker, node, value, scope)
            return f"the number of different {_plural(by)} of {rows}"
        case "first" | "last":
            _note_order(speaker, node, what)
            one = described(speaker, node, scope, many=False)
            which = f"{scope.possessive(node.outer)} {node.function} {one}"
            if what is not None:
                return f"the {what} of {which}"
            return f"{_of_one(speaker, node, value, scope)}, of {which}"
        case "percentile":
            name = _percentile(node)
        case _:
            pass
    if what is not None:
        if what.startswith("“"):
            return f"the {name} {what} of {rows}"
        if not node.row.depth and node.row == ir.Row(0, scope.entity):
            return f"the {name} {'of ' if node.function in ('sum', 'avg', 'percentile') else ''}{what} over {rows}"
        if node.function in ("min", "max"):
            return f"the {name} {what} of {rows}"
        if node.function == "avg" or name == "median":
            return f"the {name} {what} of {rows}"
        return f"the {name} of the {wording.plural(what)} of {rows}"
    return f"the {name}, over {rows}, of {_of_one(speaker, node, value, scope)}"


def called(node: ir.Aggregate) -> str:
    """A value over rows by its name: ``average``."""
    return _percentile(node) if node.function == "percentile" else _OF_NUMBERS.get(node.function, "such value")


def _percentile(node: ir.Aggregate) -> str:
    assert node.percent is not None
    return "median" if node.percent == 50 else f"{wording.ordinal(node.percent)} percentile"


def _distinct(speaker: Speaker, node: ir.Aggregate, value: ir.Expr, scope: Scope) -> str:
    by = unit_noun(speaker, value, node.row, scope)
    if value.optional:
        speaker.state.notes.add("distinct")
    return by


def what_of_one(speaker: Speaker, node: ir.Aggregate, scope: Scope) -> str | None:
    """The value of one of the rows, where it has a name: ``total``, ``“gap”``."""
    value = node.value
    while isinstance(value, ir.Convert | ir.InRange):
        value = value.value
    if isinstance(value, ir.Call) and value.overload == "place":
        value = value.args[0]
    if isinstance(value, ir.FieldRef) and value.row == node.row and value.type.kind is not Kind.BOOL:
        return compound(speaker, value)
    if isinstance(value, ir.RowUse) and value.row == node.row and not value.path and not speaker.is_short(value.name):
        return speaker.ask(value.name, scope)
    return None


def _of_one(speaker: Speaker, node: ir.Aggregate, value: ir.Expr, scope: Scope) -> str:
    """The value, said of one of the rows by its name."""
    inside = replace(scope.inside(node.row, here=False), here=None)
    if not node.row.depth:
        inside = replace(speaker.entity_scope(), here=None, seen_from=scope.seen_from)
    return speaker.text(value, inside)


def _note_value(speaker: Speaker, node: ir.Aggregate, value: ir.Expr) -> None:
    notes = speaker.state.notes
    name = _percentile(node) if node.function == "percentile" else _OF_NUMBERS.get(node.function, node.function)
    if node.function == "sum":
        notes.add("no_rows")
    if node.function == "percentile":
        notes.add("median" if node.percent == 50 else "percentile")
    if value.optional and node.function not in ("first", "last", "distinct"):
        notes.add("skips", name=name)
    if value.type.kind is Kind.FLOAT and node.function in ("sum", "avg", "percentile"):
        notes.add("float_sum")


def _note_order(speaker: Speaker, node: ir.Aggregate, what: str | None) -> None:
    key = speaker.schema.relations[node.row.of].key
    row = wording.humanised(node.row.of)
    if key:
        keys = wording.column(key[0]) if len(key) == 1 else f"({', '.join(map(wording.column, key))})"
        speaker.state.notes.add(node.function, row=row, keys=keys)
    else:
        speaker.state.notes.add(f"{node.function}_keyless", row=row)
    if key and node.value is not None and node.value.optional:
        speaker.state.notes.add("only_that_one", which=node.function, row=row, what=what or "such value")


# -- what is said of the rows ---------------------------------------------------------------------------------------


def judged(speaker: Speaker, value: ir.Expr, verb: str, scope: Scope) -> Clause | None:
    """A comparison (``is 3 or more``) of a value over rows, with the rows as its subject: ``orders have an average total of 3 or
    more``. None where that cannot be said well."""
    node, inside = plain(speaker, value, scope)
    if not isinstance(node, ir.Aggregate) or not node.row.depth:
        return None
    if node.having is not None or (node.value is None and node.per is None):
        return None
    if not verb.startswith("is ") or verb.startswith("is not ") or is_own_time(speaker, node):
        return None
    said = _said_of(speaker, node, verb.removeprefix("is "), inside)
    if said is None:
        return None
    single = node.function in ("first", "last")
    rows = described(speaker, node, inside, many=not single)
    subject = f"{node.function} {rows}" if single else rows
    if node.outer == inside.here:
        return Clause("whose", f"{subject} {said}", node.outer)
    return Clause("full", f"{inside.possessive(node.outer)} {subject} {said}")


def _said_of(speaker: Speaker, node: ir.Aggregate, rest: str, scope: Scope) -> str | None:
    """``rest``: a comparison without its verb, ``3 or more``."""
    if node.function == "streak" or (node.per is not None and node.function != "count"):
        return None
    if node.function in ("count", "distinct"):
        if not _COUNTS.fullmatch(rest):
            return None
        by = _groups(speaker, node, scope)[0] if node.value is None else _distinct(speaker, node, node.value, scope)
        verb = "fall on" if by == "calendar day" else "fall in" if by.startswith("calendar ") else "have"
        return f"{verb} {_fewer(rest)} different {_plural(by)}"
    assert node.value is not None
    what = what_of_one(speaker, node, scope)
    if what is None or (node.value.type.is_time and node.function not in ("first", "last")):
        return None
    of = rest if rest.startswith("from ") else f"of {rest}"
    if node.function == "sum" and of == rest:
        return None
    _note_value(speaker, node, node.value)
    match node.function:
        case "sum":
            return f"have {wording.plural(what) if not what.startswith('“') else what} that add up to {rest}"
        case "first" | "last":
            _note_order(speaker, node, what)
            return f"has {_a(what)} {of}"
        case "percentile" if node.percent == 50:
            return f"have {_a(f'{_percentile(node)} {what}')} {of}"
        case "avg":
            return f"have {_a(f'average {what}')} {of}"
        case "min" | "max":
            return f"have {_a(f'{_EXTREMES[node.function]} {what}')} {of}"
        case _:
            return None


_COUNTS = re.compile(r"(more than |less than )?[\d,]+( or more| or less)?|from [\d,]+ to [\d,]+")
"""Comparisons of a number of things with constants."""


def _a(what: str) -> str:
    return what if wording.agreed(what) == "are" else wording.article(what)


def _fewer(rest: str) -> str:
    return rest.replace("less", "fewer")


def streak(speaker: Speaker, operator: str, left: ir.Expr, right: ir.Expr, scope: Scope) -> Clause | None:
    """``streak(order per month) >= 4``: have, in each of at least 4 calendar months in a row, at least one order."""
    number = constant(right)
    node, inside = plain(speaker, left, scope)
    if not isinstance(node, ir.Aggregate) or node.function != "streak" or not node.row.depth or number is None:
        return None
    least = number + (operator == ">")
    if operator not in (">", ">=") or least < 2:
        return None
    unit = _note_streak(speaker, node)
    what = described(speaker, node, inside, many=False)
    has = inside.has(node.outer)
    return _of(
        node.outer, f"{has}, in each of at least {least:,} calendar {unit}s in a row, at least one {what}", inside
    )


def is_own_time(speaker: Speaker, node: ir.Aggregate) -> bool:
    """Is it the time of the first or last of the rows?"""
    value = node.value
    while isinstance(value, ir.Convert | ir.InRange):
        value = value.value
    return (
        node.function in ("min", "max")
        and bool(node.row.depth)
        and isinstance(value, ir.FieldRef)
        and value.row == node.row
        and value.field == speaker.time_field(node.row.of)
    )


def _extreme_row(speaker: Speaker, node: ir.Aggregate, scope: Scope) -> str:
    which = "first" if node.function == "min" else "last"
    return f"{scope.possessive(node.outer)} {which} {described(speaker, node, scope, many=False)}"


def own_time(speaker: Speaker, value: ir.Expr, scope: Scope) -> str | None:
    """Of the time of the first or last row: ``their last order``."""
    node, inside = plain(speaker, value, scope)
    if not isinstance(node, ir.Aggregate) or not is_own_time(speaker, node):
        return None
    return _extreme_row(speaker, node, inside)


def own_participle(speaker: Speaker, value: ir.Expr, scope: Scope) -> str:
    """What happens to such rows: ``placed``, with a blank behind it."""
    node, _ = plain(speaker, value, scope)
    assert isinstance(node, ir.Aggregate)
    own = speaker.schema.relations[node.row.of].time
    done = None if own is None else wording.participle(own)
    return "" if done is None or done in wording.ACTIVE or done in wording.RECORDED else f"{done} "


def none_there(speaker: Speaker, value: ir.Expr, scope: Scope, *, negated: bool) -> Clause | None:
    """That the time of the first or last row is missing: that there is no such row."""
    node, inside = plain(speaker, value, scope)
    if (
        not isinstance(node, ir.Aggregate)
        or not is_own_time(speaker, node)
        or node.value is None
        or node.value.optional
    ):
        return None
    return _has(speaker, node, inside, "at least one {}" if negated else "no {}", many=False)


# -- everyone's -----------------------------------------------------------------------------------------------------


def overall(speaker: Speaker, node: ir.Overall, scope: Scope) -> Noun:
    """An aggregate over everyone."""
    people = wording.plural(wording.humanised(scope.entity))
    _note_overall(speaker, node, people)
    entity = ir.Row(0, scope.entity)
    names = {entity: f"{wording.humanised(scope.entity)}"}
    base = replace(speaker.entity_scope(), names=names, here=entity, seen_from=scope.seen_from)
    text = noun(speaker, node.aggregate, base).full(base)
    if node.aggregate.row.depth:
        return Noun(text.replace("their ", f"all {people}’ ", 1))
    return Noun(text)


def _note_overall(speaker: Speaker, node: ir.Overall, people: str) -> None:
    row = node.aggregate.row
    if row.depth:
        rows = wording.plural(wording.humanised(row.of))
        speaker.state.notes.add("overall_rows", people=people, rows=rows)
    else:
        speaker.state.notes.add("overall", people=people)


def overall_condition(speaker: Speaker, node: ir.Overall, scope: Scope) -> str:
    people = wording.plural(wording.humanised(scope.entity))
    _note_overall(speaker, node, people)
    base = replace(speaker.entity_scope(), seen_from=scope.seen_from)
    text = exists(speaker, node.aggregate, base, negated=False).full(base)
    if not node.aggregate.row.depth:
        return text
    return text.replace("they have", f"all {people} together have", 1).replace(
        "among their ", f"among all {people}’ ", 1
    )


# -- sequences ------------------------------------------------------------------------------------------------------


def follow(speaker: Speaker, node: ir.Follow, scope: Scope, *, negated: bool) -> Clause:
    entity = wording.humanised(scope.entity)
    relation = wording.plural(wording.humanised(node.inner.of))
    speaker.state.notes.add("followed" if node.forward else "preceded", entity=entity, rows=relation)
    inside = scope.inside(node.inner)
    name = inside.name(node.inner)
    what = wording.article(name) + _kept(speaker, node, scope, many=False)
    within = ""
    if node.within is not None:
        speaker.state.notes.add("within")
        within = f", within {wording.length(node.within)},"
    verb = "followed" if node.forward else "preceded"
    return _of(node.row, f"{scope.be(node.row)} {'not ' if negated else ''}{verb}{within} by {what}", scope)
