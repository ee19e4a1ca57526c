"""The tree that explains why one customer is in a segment or not.

In: probes and what was seen of one customer. Out: a `Why`, a tree of `Node`s, which can be shown as text, HTML and JSON. The logic of the
tree itself is checked on the way: a node's verdict, which the engine gave, is that of its parts put together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from segdsl.as_of import shown as shown_instant
from segdsl.display.text import printable
from segdsl.semantics import ir
from segdsl.semantics.time import Zone
from segdsl.types import Kind
from segdsl.why import words
from segdsl.why.findings import finding, reason, value_finding
from segdsl.why.probes import Probe
from segdsl.why.reading import Reading

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Value: TypeAlias = "bool | int | float | Decimal | str | date | datetime | list[str] | None"

_MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Node:
    """A condition or a value of the text, and what was found.

    ``text`` is as written, ``definition`` the text of what a name stands for. ``holds`` is None for a value, ``value`` None for a
    condition. ``finding`` says what was seen and how far off that is. ``decides``: does it, of all that stand beside it, make what is
    above it true or false? ``parts`` are what it is made of. ``reason`` is the finding in few words.
    """

    text: str
    holds: bool | None
    value: Value
    finding: str
    decides: bool = True
    definition: str | None = None
    parts: tuple[Node, ...] = ()
    reason: str = field(default="", repr=False)

    def to_dict(self) -> dict[str, Json]:
        found: dict[str, Json] = {"text": self.text}
        if self.definition is not None:
            found["definition"] = self.definition
        if self.holds is None:
            found["value"] = _plain(self.value)
        else:
            found["holds"] = self.holds
        if self.finding:
            found["finding"] = self.finding
        found["decides"] = self.decides
        if self.parts:
            found["parts"] = [part.to_dict() for part in self.parts]
        return found


@dataclass(frozen=True, slots=True)
class Why:
    """Why one customer is in a segment or not. ``str()`` is the tree as a text."""

    segment: str
    title: str | None
    entity: str
    key: Value
    holds: bool
    as_of: datetime
    zone: Zone = field(repr=False)
    root: Node = field(repr=False)

    @property
    def summary(self) -> str:
        """One line: ``Not in lapsed: last order 41 days ago, needs more than 90: 49 days to go``."""
        reasons = list(dict.fromkeys(_reasons(self.root)))
        shown = reasons[:_MOST_REASONS]
        if len(reasons) > _MOST_REASONS:
            shown.append(f"and {len(reasons) - _MOST_REASONS:,} more")
        verdict = f"{'In' if self.holds else 'Not in'} {self.segment}"
        return f"{verdict}: {'; '.join(shown)}" if shown else verdict

    @property
    def moment(self) -> str:
        """The instant of evaluation on the clock of the business."""
        return f"{words.instant(self.as_of, self.zone)} ({self.zone.name})"

    @property
    def shown_key(self) -> str:
        """The key without what could move the cursor of a terminal."""
        return printable(str(self.key))

    def __str__(self) -> str:
        from segdsl.why.text import render

        return render(self)

    def to_html(self) -> str:
        """Nested lists that can be folded, without scripts."""
        from segdsl.why.html import render

        return render(self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_dict(self) -> dict[str, Json]:
        return {
            "segment": self.segment,
            "title": self.title,
            "entity": self.entity,
            "key": _plain(self.key),
            "holds": self.holds,
            "as_of": shown_instant(self.as_of),
            "summary": self.summary,
            "why": self.root.to_dict(),
        }

    def to_json(self, indent: int | None = 2) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)


def tree(probe: Probe, reading: Reading) -> Node:
    """The node of a condition or value, with all below it."""
    return _part(probe, reading, _Around(), decides=True)


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around a condition: ``denied``: an odd number of `not`s; ``within``: the one of several periods that it is read for."""

    denied: bool = False
    within: str | None = None


def _part(probe: Probe, reading: Reading, around: _Around, *, decides: bool) -> Node:
    if probe.within is not None:
        around = replace(around, within=_within(probe, probe.within, reading))
    if probe.condition:
        return _condition(probe, reading, around, decides=decides)
    return _value(probe, reading, around, decides=decides)


def _condition(probe: Probe, reading: Reading, around: _Around, *, decides: bool) -> Node:
    holds = reading.holds(probe)
    below = replace(around, denied=not around.denied) if isinstance(probe.core, ir.Not) else around
    parts = _parts(probe, _deciding(probe, reading, holds), reading, below)
    found = finding(probe, reading)
    short = _of_tiers(probe, parts, reading) or _placed(
        reason(probe, reading, denied=around.denied), probe, reading, around
    )
    return Node(_text(probe, reading), holds, None, found, decides, probe.definition, parts, short)


def _placed(reason: str, probe: Probe, reading: Reading, around: _Around) -> str:
    """A reason with the time that it is of, where that is not the instant of evaluation."""
    if not reason or reason == f"not there yet on {words.instant(reading.now(probe.moments), reading.zone)}":
        return reason
    if probe.moments:
        return f"as of {reading.moment(probe.moments)}: {reason}"
    return f"{around.within}: {reason}" if around.within is not None and around.within not in reason else reason


def _of_tiers(probe: Probe, parts: Sequence[Node], reading: Reading) -> str | None:
    """Why one is in a case of tiers or not: because of the case's own condition, unless a case before it holds."""
    if not isinstance(probe.core, ir.Compare) or probe.core.operator != "=" or not parts:
        return None
    tiers, asked = probe.parts
    if not _is_tiers(tiers) or tiers.closed or not isinstance(asked.expr, ir.Literal):
        return None
    found = reading.value(tiers)
    names = [case.text for case in tiers.parts]
    if asked.expr.value not in names:
        return None
    if found in names and names.index(str(found)) < names.index(str(asked.expr.value)):
        return f"{words.spoken(tiers.text)} is {words.quoted(str(found))}, a case that comes before it"
    case = parts[0].parts[names.index(str(asked.expr.value))]
    return "; ".join(_reasons(case))


def _is_tiers(probe: Probe) -> bool:
    return isinstance(probe.expr, ir.Use) and probe.expr.type.ordered and isinstance(probe.core, ir.If)


def _value(probe: Probe, reading: Reading, around: _Around, *, decides: bool) -> Node:
    winning = _winning(probe, reading)
    parts = _parts(probe, winning, reading, around)
    if winning:
        # Cases behind the one that won were not asked.
        parts = parts[: 1 + [part is winning[0] for part in probe.parts].index(True)]
    value = reading.value(probe)
    assert value is None or isinstance(value, bool | int | float | Decimal | str | date | list), value
    return Node(_text(probe, reading), None, value, value_finding(probe, reading), decides, probe.definition, parts)


def _parts(probe: Probe, deciding: Sequence[Probe], reading: Reading, around: _Around) -> tuple[Node, ...]:
    return tuple(
        _part(part, reading, around, decides=part.condition and any(part is one for one in deciding))
        for part in probe.parts
        if part.condition or _says_something(part)
    )


def _text(probe: Probe, reading: Reading) -> str:
    return probe.text if probe.within is None else f"{probe.text} [{_within(probe, probe.within, reading)}]"


def _within(probe: Probe, period: ir.Period, reading: Reading) -> str:
    return reading.between(period, Kind.TIMESTAMP, probe.moments)


def _says_something(probe: Probe) -> bool:
    """Does a value say more than the sentence that it stands in?"""
    if probe.output is None:
        return False
    return (
        probe.definition is not None
        or bool(probe.counts)
        or any(part.condition or _says_something(part) for part in probe.parts)
    )


def _deciding(probe: Probe, reading: Reading, holds: bool) -> tuple[Probe, ...]:
    """The parts that make a condition what it is. Asserts that they do."""
    conditions = tuple(part for part in probe.parts if part.condition)
    if probe.closed:
        return ()
    there = probe.existed is None or reading.values[probe.existed] is not False
    verdicts = [reading.holds(part) for part in conditions]
    match probe.core:
        case ir.All():
            assert holds == (there and all(verdicts)), f"`{probe.text}` is not what its parts are"
            return conditions if holds else tuple(p for p, v in zip(conditions, verdicts, strict=True) if not v)
        case ir.Any():
            assert holds == (there and any(verdicts)), f"`{probe.text}` is not what its parts are"
            return tuple(p for p, v in zip(conditions, verdicts, strict=True) if v) if holds else conditions
        case ir.Not():
            assert holds == (there and not verdicts[0]), f"`{probe.text}` is not the opposite of its part"
            return conditions
        case ir.Rank() | ir.PairRank():
            return () if holds else tuple(p for p, v in zip(conditions, verdicts, strict=True) if not v)
        case _:
            return ()


def _winning(probe: Probe, reading: Reading) -> tuple[Probe, ...]:
    """Of the cases of tiers, the first that holds; it is the value. Asserts so."""
    if not _is_tiers(probe) or probe.closed:
        return ()
    cases = [part for part in probe.parts if part.condition]
    first = next((case for case in cases if reading.holds(case)), None)
    value = reading.value(probe)
    if first is None:
        assert value is None or value not in [case.text for case in cases], (
            f"`{probe.text}` is a case that does not hold"
        )
        return ()
    assert value == first.text, f"`{probe.text}` is not the first case that holds"
    return (first,)


def _reasons(node: Node) -> Iterator[str]:
    """What decides, from the outside in, down to what has a finding of its own."""
    if node.reason:
        yield node.reason
        return
    below = [part for part in node.parts if part.holds is not None and part.decides]
    for part in below:
        yield from _reasons(part)
    if not below:
        yield f"{node.text} {'holds' if node.holds else 'does not hold'}"


def _plain(value: Value) -> Json:
    match value:
        case datetime():
            return shown_instant(value)
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case list():
            return [str(item) for item in value]
        case _:
            return value
