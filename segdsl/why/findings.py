"""What was found of one condition or value, and how far off it is, in words.

In: a probe and what was seen. Out: a sentence without a full stop: ``last order 41 days ago, needs more than 90: 49 days to go``. One
function for each sort of condition; what a sort has no words for still gets its values.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal as OneOf

from segdsl.display import english
from segdsl.semantics import ir
from segdsl.types import Kind
from segdsl.why import words
from segdsl.why.gaps import exact, time_gap
from segdsl.why.probes import Probe, same_value
from segdsl.why.reading import Reading
from segdsl.why.rows import in_short, last, narrowed
from segdsl.why.subjects import Subject, kilometres, subject

NO_COMPARISON = "a missing value satisfies no comparison"
_OPPOSITE: dict[str, OneOf["=", "!=", "<", "<=", ">", ">="]] = {
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "=": "!=",
    "!=": "=",
}
_ROUNDABOUT: dict[tuple[ir.Operator, object], tuple[ir.Operator, object]] = {
    ("!=", 0): (">=", 1),
    (">", 0): (">=", 1),
    ("<", 1): ("=", 0),
    ("<=", 0): ("=", 0),
}
"""Of what is counted, how nobody would put it, and what one would say."""
_NEEDS = {"<": "less than ", "<=": "at most ", ">": "more than ", ">=": "at least ", "=": "", "!=": "anything but "}
_TIME_NEEDS = {
    "<": "earlier than ",
    "<=": "no later than ",
    ">": "later than ",
    ">=": "no earlier than ",
    "=": "",
    "!=": "anything but ",
}
_MATCHES = {
    "contains": ("contain", "containing"),
    "starts with": ("start with", "starting with"),
    "ends with": ("end with", "ending with"),
    "matches": ("fit", "fitting"),
}


def finding(probe: Probe, reading: Reading) -> str:
    """What was found of a condition; of one that is made of others nothing, where these say it all."""
    gone = _gone(probe, reading)
    if gone is not None:
        return gone
    core = probe.core
    if probe.closed:
        return _closed(probe, reading)
    match core:
        case ir.All() | ir.Any() | ir.Not():
            return ""
        case ir.Compare():
            return _compared(probe, core, reading)
        case ir.Between():
            return _between(probe, core, reading)
        case ir.InList():
            return _in_list(probe, core, reading)
        case ir.InPeriod():
            return _in_period(probe, core, reading)
        case ir.Match():
            return _match(probe, core, reading)
        case ir.ListHas():
            return _list_has(probe, core, reading)
        case ir.Anniversary():
            return _anniversary(probe, core, reading)
        case ir.IsMissing():
            return _is_missing(probe, core, reading)
        case ir.NoRow(path=path):
            return f"there is {'no' if reading.holds(probe) != core.negated else 'a'} {words.spoken(path[-1].to)}"
        case ir.Truth():
            return _truth(probe, core, reading)
        case ir.Aggregate():
            needs = "at least one" if core.function == "any" else "none"
            return f"{narrowed(probe, core, reading)}, needs {needs}"
        case ir.Rank():
            return _rank(probe, core, reading)
        case ir.PairRank():
            return _pair_rank(probe, core, reading)
        case ir.Literal():
            return "it always holds" if reading.holds(probe) else "it never holds"
        case ir.Overall():
            return "it is so for everyone" if reading.holds(probe) else "it is so for nobody"
        case _:
            return "it holds" if reading.holds(probe) else "it does not hold"


def value_finding(probe: Probe, reading: Reading) -> str:
    """What a value is, and what it was made of."""
    shown = reading.shown(reading.value(probe), probe.expr.type)
    match core := same_value(probe.core):
        case ir.Aggregate(function="count", period=None, where=None, per=None) if "rows" in probe.counts:
            when = last(probe, core, reading)
            return shown if when is None else f"{shown}, {when}"
        case ir.Aggregate() if probe.counts:
            return f"{shown}, of {narrowed(probe, core, reading)}"
        case ir.If() if isinstance(probe.expr, ir.Use) and probe.expr.type.ordered:
            return _tier(probe, reading)
        case ir.RankValue() if "ranked" in probe.counts:
            ranked = reading.count(probe, "ranked")
            return shown if ranked is None else f"{shown}, of {ranked:,} who are ranked"
        case _:
            return shown


def reason(probe: Probe, reading: Reading, *, denied: bool = False) -> str:
    """The same in few words, for a summary. ``denied``: it stands under a `not`, and the opposite is wanted."""
    if probe.closed and probe.condition:
        return f"{probe.text} {'holds' if reading.holds(probe) else 'does not hold'}"
    gone = _gone(probe, reading)
    if gone is not None:
        return gone
    if isinstance(probe.core, ir.Aggregate) and "kept" in probe.counts:
        return in_short(probe, probe.core, reading)
    return finding(_opposite(probe) if denied else probe, reading)


def _gone(probe: Probe, reading: Reading) -> str | None:
    """That there was nobody then of whom it could hold."""
    if probe.existed is None or reading.values[probe.existed] is not False:
        return None
    return f"not there yet on {words.instant(reading.now(probe.moments), reading.zone)}"


def _opposite(probe: Probe) -> Probe:
    """The condition that holds where this one does not, as far as one is worded otherwise; of what is missing, neither does."""
    match probe.core:
        case ir.Compare() as core:
            return replace(probe, core=replace(core, operator=_OPPOSITE[core.operator]), denied=True)
        case (
            ir.Between()
            | ir.InList()
            | ir.InPeriod()
            | ir.Match()
            | ir.ListHas()
            | ir.Anniversary()
            | ir.IsMissing()
            | ir.NoRow()
            | ir.Truth()
        ) as core:
            return replace(probe, core=replace(core, negated=not core.negated), denied=True)
        case ir.Aggregate(function="any" | "none" as function) as core:
            return replace(probe, core=replace(core, function="none" if function == "any" else "any"), denied=True)
        case _:
            return probe


def _tier(probe: Probe, reading: Reading) -> str:
    """Which case won, and that those before it did not hold."""
    value = reading.value(probe)
    if value is None:
        return "missing: no case holds"
    cases = [part for part in probe.parts if part.condition]
    if not any(reading.holds(case) for case in cases):
        return f"{words.quoted(str(value))}: no other case holds"
    return f"{words.quoted(str(value))}: the first case that holds"


def _closed(probe: Probe, reading: Reading) -> str:
    if not probe.condition:
        return reading.shown(reading.value(probe), probe.expr.type)
    verdict = "it holds" if reading.holds(probe) else "it does not hold"
    return f"{verdict}, see there" if isinstance(probe.expr, ir.Use) else f"{verdict}; too long to be taken apart"


# -- comparisons ------------------------------------------------------------------------------------------------------


def _compared(probe: Probe, expr: ir.Compare, reading: Reading) -> str:
    left, right = probe.parts
    operator = expr.operator
    if left.output is None and right.output is not None:
        left, right, operator = right, left, ir.MIRRORED[operator]
    one = subject(left, reading)
    goal: object = reading.value(right)
    gone = _missing(one, right, goal)
    if gone is not None:
        return gone
    if one.style == "distance":
        goal = kilometres(goal)
    if probe.denied and one.style == "count" and (operator, goal) in _ROUNDABOUT:
        operator, goal = _ROUNDABOUT[operator, goal]
    holds = reading.holds(probe)
    exactly = not holds and operator in ("<", ">") and _same(one.value, goal)
    if one.style == "count" and operator == "=" and right.output is None and goal == 0:
        sentence = f"{one.state(reading)}, needs none"
        return sentence if holds else f"{sentence}: {one.gap(operator, goal, reading)}"
    needs = _TIME_NEEDS if left.expr.type.is_time else _NEEDS
    amount = one.amount(_like(goal, left, right), reading)
    if right.output is not None:
        amount = f"{words.spoken(right.text)} ({amount})"
    wanted = (
        f"must not be {amount}" if operator == "!=" and one.style == "plain" else f"needs {needs[operator]}{amount}"
    )
    sentence = f"{one.state(reading, exactly=exactly)}, {wanted}"
    gap = None if holds else _gap(operator, one, goal, reading)
    return sentence if gap is None else f"{sentence}: {gap}"


def _like(goal: object, left: Probe, right: Probe) -> object:
    """The place in an ordered list as the text at that place."""
    values = left.expr.type.values
    if (
        isinstance(right.expr, ir.Literal)
        and values is not None
        and isinstance(goal, int)
        and not isinstance(goal, bool)
    ):
        return values[goal]
    return goal


def _missing(one: Subject, right: Probe, goal: object) -> str | None:
    if one.value is None:
        return f"{one.missing()}: {NO_COMPARISON}"
    if goal is None:
        return f"{words.spoken(right.text)} is missing: {NO_COMPARISON}"
    return None


def _gap(operator: str, one: Subject, goal: object, reading: Reading) -> str | None:
    """How far off a comparison is that does not hold."""
    if operator == "!=" or (operator == "=" and one.style not in ("count", "days ago")):
        return None
    return one.gap(operator, goal, reading) or time_gap(operator, one.value, goal)


def _between(probe: Probe, expr: ir.Between, reading: Reading) -> str:
    value, low, high = probe.parts
    one = subject(value, reading)
    least, most = reading.value(low), reading.value(high)
    for side, bound in ((low, least), (high, most)):
        gone = _missing(one, side, bound)
        if gone is not None:
            return gone
    ends = [one.amount(_like(bound, value, side), reading) for side, bound in ((low, least), (high, most))]
    word = "anything but " if expr.negated else ""
    sentence = f"{one.state(reading)}, needs {word}{ends[0]} to {ends[1]}"
    if reading.holds(probe) or expr.negated:
        return sentence
    below = _gap(">=", one, least, reading) if _is_less(one.value, least) else None
    above = _gap("<=", one, most, reading) if below is None and _is_less(most, one.value) else None
    gap = below or above
    return sentence if gap is None else f"{sentence}: {gap}"


def _same(one: object, other: object) -> bool:
    number = exact(one)
    return one == other if number is None else number == exact(other)


def _is_less(less: object, greater: object) -> bool:
    one, other = exact(less), exact(greater)
    if one is not None and other is not None:
        return one < other
    try:
        return bool(less < greater)  # type: ignore[operator]
    except TypeError:
        return False


def _in_list(probe: Probe, expr: ir.InList, reading: Reading) -> str:
    (value,) = probe.parts
    one = subject(value, reading)
    if one.value is None:
        return f"{one.missing()}: {NO_COMPARISON}"
    items = [reading.shown(item, value.expr.type) for item in expr.items]
    several = "needs none of " if expr.negated else "needs one of "
    if len(items) == 1:
        several = "must not be " if expr.negated else "needs "
    return f"{one.state(reading)}, {several}{words.joined(items, 'and' if expr.negated else 'or')}"


def _in_period(probe: Probe, expr: ir.InPeriod, reading: Reading) -> str:
    (value,) = probe.parts
    one = subject(value, reading)
    if one.value is None:
        return f"{one.missing()}: {NO_COMPARISON}"
    kind = Kind.DATE if value.expr.type.kind is Kind.DATE else Kind.TIMESTAMP
    between = reading.between(expr.period, kind, probe.moments)
    sentence = f"{one.state(reading)}, needs {'not to be' if expr.negated else 'to be'} in {between}"
    if reading.holds(probe) or expr.negated:
        return sentence
    start, end = reading.bounds(expr.period, kind, probe.moments)
    # The end of a period is its first moment outside.
    gap = time_gap(">=", one.value, start) if _is_less(one.value, start) else time_gap("<", one.value, end)
    return sentence if gap is None else f"{sentence}: {gap}"


def _match(probe: Probe, expr: ir.Match, reading: Reading) -> str:
    one = subject(probe.parts[0], reading)
    if one.value is None:
        return f"{one.missing()}: {NO_COMPARISON}"
    word = f"not to {_MATCHES[expr.word][0]}" if expr.negated else f"to {_MATCHES[expr.word][0]}"
    return f"{one.state(reading)}, needs {word} {words.quoted(expr.needle)}"


def _list_has(probe: Probe, expr: ir.ListHas, reading: Reading) -> str:
    one = subject(probe.parts[0], reading)
    items = one.value if isinstance(one.value, list | tuple) else []
    found = words.listed(sorted(map(str, items)))
    state = f"{one.noun}: {found}" if items else f"{one.noun} is missing"
    wanted = words.listed(expr.items, "and" if expr.every else "or")
    several = "" if len(expr.items) == 1 else "all of " if expr.every else "one of "
    sentence = f"{state}, needs {'not ' if expr.negated else ''}{several}{wanted}"
    lacking = [item for item in expr.items if item not in items]
    if expr.every and not expr.negated and lacking and items:
        sentence += f": {words.listed(lacking)} {'is' if len(lacking) == 1 else 'are'} lacking"
    return sentence


def _anniversary(probe: Probe, expr: ir.Anniversary, reading: Reading) -> str:
    one = subject(probe.parts[0], reading)
    if one.value is None:
        return f"{one.missing()}: {NO_COMPARISON}"
    between = reading.between(expr.period, Kind.DATE, probe.moments)
    return f"{one.state(reading)}, needs {'no' if expr.negated else 'an'} anniversary in {between}"


def _is_missing(probe: Probe, expr: ir.IsMissing, reading: Reading) -> str:
    one = subject(probe.parts[0], reading)
    if one.value is None or one.value in ([], ()):
        state = one.missing()
    elif isinstance(one.value, list | tuple):
        state = f"{one.noun}: {words.listed(sorted(map(str, one.value)))}"
    else:
        state = one.state(reading)
    return state if reading.holds(probe) else f"{state}, needs to be {'present' if expr.negated else 'missing'}"


def _truth(probe: Probe, expr: ir.Truth, reading: Reading) -> str:
    one = subject(probe.parts[0], reading)
    state = f"{one.noun} is {reading.shown(one.value, one.type)}"
    return state if reading.holds(probe) else f"{state}, needs {'false' if expr.negated else 'true'}"


# -- ranks --------------------------------------------------------------------------------------------------------------


def _rank(probe: Probe, expr: ir.Rank, reading: Reading) -> str:
    value = probe.parts[0]
    place, ranked = reading.count(probe, "place"), reading.count(probe, "ranked")
    one = subject(value, reading)
    by = words.spoken(value.text)
    if "place" not in probe.counts:
        return _by_cut(probe, expr, one, reading)
    if place is None or ranked is None:
        return f"is not ranked: {_unranked(probe, expr, one, reading)}"
    end = "" if expr.direction == "top" else " from the bottom"
    group = ""
    if expr.per is not None:
        per = probe.parts[1]
        noun = words.last_name(per.text) or per.text
        group = f" with {noun} {reading.shown(reading.value(per), per.expr.type)}"
    at = f"ranked {words.ordinal(place)}{end} of {ranked:,}{group} by {by} ({reading.shown(one.value, one.type)})"
    if expr.share:
        assert expr.percent is not None
        if isinstance(one.value, int | float | Decimal) and one.value <= 0:
            return f"{at}: only values above 0 count"
        inside = reading.count(probe, "inside")
        if inside is None:
            return f"{at}, needs to be among those who make up {_percent(expr.percent)} of the total"
        are = "the first makes" if inside == 1 else f"the first {inside:,} make"
        return f"{at}; {are} up {_percent(expr.percent)} of the total{_places_to_go(place, inside)}"
    limit = _first_so_many(expr, ranked)
    some = f"{expr.direction} {expr.count:,}" if expr.percent is None else f"{expr.direction} {_percent(expr.percent)}"
    sentence = f"{at}; the {some} {'is the first' if limit == 1 else f'are the first {limit:,}'}"
    return sentence + _places_to_go(place, limit)


def _by_cut(probe: Probe, expr: ir.Rank, one: Subject, reading: Reading) -> str:
    """Of one record alone: whether its value is enough, not which place that is."""
    left_out = expr.among is not None and not reading.holds(probe.parts[-1])
    without_group = expr.per is not None and reading.value(probe.parts[1]) is None
    if one.value is None or left_out or without_group:
        return f"is not ranked: {_unranked(probe, expr, one, reading)}"
    amount = f"{expr.count:,}" if expr.percent is None else _percent(expr.percent)
    verdict = "is" if reading.holds(probe) != probe.denied else "is not"
    return f"{words.spoken(probe.parts[0].text)} {reading.shown(one.value, one.type)} {verdict} among the {expr.direction} {amount}"


def _places_to_go(place: int, limit: int) -> str:
    return f": {english.counted(place - limit, 'place')} to go" if place > limit else ""


def _percent(percent: Decimal) -> str:
    return f"{words.number(percent)}%"


def _first_so_many(expr: ir.Rank | ir.PairRank, ranked: int) -> int:
    """Up to which place one is in, if nobody ties."""
    if expr.count is not None:
        return expr.count
    assert expr.percent is not None
    exact = Fraction(expr.percent) * ranked / 100
    return -int(-exact // 1)


def _unranked(probe: Probe, expr: ir.Rank, one: Subject, reading: Reading) -> str:
    if one.value is None:
        return one.missing()
    if expr.per is not None and reading.value(probe.parts[1]) is None:
        return f"{words.spoken(probe.parts[1].text)} is missing"
    if expr.among is not None:
        return f"not among those with {probe.parts[-1].text}"
    return "not in the population"


def _pair_rank(probe: Probe, expr: ir.PairRank, reading: Reading) -> str:
    groups = reading.count(probe, "groups") or 0
    written = expr.by.span.on_one_line
    by = words.last_name(written) or written
    some = f"{expr.count:,}" if expr.percent is None else _percent(expr.percent)
    rows = narrowed(probe, expr.aggregate, reading)
    among: OneOf["in", "not in"] = "in" if reading.holds(probe) else "not in"
    which = "at least one" if among == "in" else "any"
    if not groups:
        return f"{rows}, so that there is no {by} to be ranked in"
    several = words.counted(groups, by) if words.last_name(written) else f"{groups:,} groups by {by}"
    return f"{among} the {expr.direction} {some} in {which} of {several} ({rows})"
