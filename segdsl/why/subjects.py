"""What a value is about, as a sentence begins with it: ``3 orders``, ``last order 41 days ago``, ``total spent is 312.40``.

In: the probe of a value, and what was seen. Out: words for what it is, and for how far it is from another value.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Literal as OneOf

from segdsl.functions.sphere import RADIUS
from segdsl.semantics import ir
from segdsl.types import Type
from segdsl.why import words
from segdsl.why.gaps import Gap, gap
from segdsl.why.probes import Probe, opened, same_value
from segdsl.why.reading import Reading
from segdsl.why.rows import which

Style = OneOf["count", "days ago", "distance", "plain"]


@dataclass(frozen=True, slots=True)
class Subject:
    """``noun``: of a count what is counted, else what has the value. ``value`` is what is compared, as people know it. ``which``: of a
    count, what narrows down what is counted. ``then``: it is seen from another instant than that of evaluation."""

    style: Style
    noun: str
    value: object
    type: Type
    which: str = ""
    then: bool = False

    def state(self, reading: Reading, *, exactly: bool = False) -> str:
        """``exactly``: the value is the very one that it must get beyond."""
        word = "exactly " if exactly else ""
        match self.style:
            case "count":
                assert isinstance(self.value, int)
                return f"{word}{words.counted(self.value, self.noun)}{self.which}"
            case "days ago":
                assert isinstance(self.value, int)
                if self.value < 0:
                    return f"{self.noun} {word}{words.days(-self.value)} ahead{' of then' if self.then else ''}"
                return f"{self.noun} {word}{words.days(self.value)} {'before then' if self.then else 'ago'}"
            case "distance":
                return f"{word}{self.amount(self.value, reading)} away"
            case "plain" if self.type.is_time and self.noun.endswith(" at"):
                return f"{self.noun} {word}{reading.shown(self.value, self.type)}"
            case "plain":
                return f"{self.noun} is {word}{reading.shown(self.value, self.type)}"

    def amount(self, value: object, reading: Reading) -> str:
        """What it is compared with, or how far it is from that."""
        if self.style == "distance":
            assert isinstance(value, float)
            return f"{words.number(Decimal(f'{value:.1f}'))} km"
        return reading.shown(value, self.type)

    def missing(self) -> str:
        """That there is none of it."""
        if self.style == "days ago":
            return f"there is no {self.noun}"
        if self.style == "distance":
            return "the place is missing"
        return f"{self.noun} is missing"

    def gap(self, operator: str, goal: object, reading: Reading) -> str | None:
        """By how much it is off a comparison that does not hold."""
        found = gap(operator, self.value, goal, self.type)
        if found is None:
            return None
        over = "more than " if found.over else ""
        return over + (self._short(found, reading) if found.short else self._beyond(found, reading))

    def _short(self, found: Gap, reading: Reading) -> str:
        return f"{words.days(found.by)} to go" if self.style == "days ago" else f"{self._amount(found, reading)} more"

    def _beyond(self, found: Gap, reading: Reading) -> str:
        match self.style:
            case "count":
                return f"{self._amount(found, reading)} too many"
            case "days ago":
                return f"{words.days(found.by)} too long ago"
            case "distance":
                return f"{self._amount(found, reading)} too far"
            case "plain":
                return f"{self._amount(found, reading)} too much"

    def _amount(self, found: Gap, reading: Reading) -> str:
        if self.style == "distance":
            return f"{words.number(_tenths(Decimal(found.by)))} km"
        return reading.shown(found.by, self.type)


def _tenths(by: Decimal) -> Decimal:
    """No less than it is, but for what no conversion between kilometres and degrees keeps."""
    return by.quantize(Decimal("0.000001")).quantize(Decimal("0.1"), ROUND_CEILING)


def subject(probe: Probe, reading: Reading) -> Subject:
    value, of = reading.value(probe), probe.expr.type
    match core := opened(probe.core, reading.program):
        case ir.Aggregate(function="count", row=row, per=None) if value is not None:
            return Subject("count", words.spoken(row.of), value, of, which(core, reading, probe.moments))
        case ir.Aggregate(function="distinct", value=counted) if value is not None and counted is not None:
            what = words.last_name(counted.span.on_one_line)
            narrowed = which(core, reading, probe.moments)
            return Subject("count", f"different {what or 'value'}", value, of, narrowed)
        case ir.Call(function="days_since", args=(when, *_)):
            return Subject("days ago", _event(when, reading), value, of, then=bool(probe.moments))
        case ir.Call(overload="haversine"):
            return Subject("distance", "", kilometres(value), of)
        case ir.Call(overload="age_date") if core.function == "age":
            return Subject("plain", "age" if probe.definition is None else words.spoken(probe.text), value, of)
        case _:
            return Subject("plain", words.spoken(probe.text), value, of)


def _event(when: ir.Expr, reading: Reading) -> str:
    """What happened at a time: of the last one of some rows, the row."""
    match opened(when, reading.program):
        case ir.Aggregate(function="max" | "min" as function, row=row, value=ir.FieldRef(field=read)):
            relation = reading.schema.relations.get(row.of)
            if relation is not None and relation.time == read.name:
                return f"{'last' if function == 'max' else 'first'} {words.spoken(row.of)}"
        case _:
            pass
    return words.spoken(same_value(when).span.on_one_line) or "it"


def kilometres(haversine: object) -> object:
    """The distance that a haversine belongs to."""
    if not isinstance(haversine, float):
        return None
    from math import asin, sqrt

    return 2 * float(RADIUS) * asin(min(1.0, sqrt(max(0.0, haversine))))
