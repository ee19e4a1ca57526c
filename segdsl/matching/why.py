"""Why the customer of one record is in a segment or not: what `segdsl.why` asks of data, asked of the record.

In: a matcher, a record, a segment. Out: a `Why`. The verdict and all values come from one function, generated as the matcher's own is. Of
ranks, a record tells what its value is and whether that is enough; the place among everybody it does not tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from segdsl import pipeline
from segdsl.backends.python import Function, facts_of, generate, sliced
from segdsl.diagnostics import SegdslError
from segdsl.digits import wide
from segdsl.errors import records as errors
from segdsl.matching.given import with_given
from segdsl.matching.thresholds import identified
from segdsl.planning.plan import Plan
from segdsl.semantics import time
from segdsl.types import MAX_DIGITS, Kind, Type
from segdsl.why import words
from segdsl.why.ask import Asked, definition_of, why_of
from segdsl.why.probes import Probe, probes

if TYPE_CHECKING:
    from segdsl.matching.matcher import Matcher
    from segdsl.selection import Segment
    from segdsl.why.tree import Why

_EXACT = wide(2 * MAX_DIGITS)
_NO_KEY = "of this record"


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked at to explain a segment, and the function that looks. ``kept``: the outputs that a record answers."""

    asked: Asked
    function: Function
    kept: tuple[str, ...]


def why(matcher: Matcher, record: Mapping[str, object], name: str | Segment, instant: datetime) -> Why:
    """``instant``: naive, in UTC."""
    library = matcher.library
    question = question_of(matcher, name)
    library.check_past((question.asked.segment,), instant)
    found = question.function(record, instant)
    entity = library.schema.entity
    if found is None:
        moment = words.instant(instant, time.zone(library.schema.timezone))
        raise SegdslError([errors.not_there(entity.name, moment)])
    assert isinstance(found, tuple)
    plan = question.asked.plan
    values = {
        output: _shown(value, plan.final.column(plan.outputs[output]).type)
        for output, value in zip(question.kept, found, strict=True)
    }
    key = record.get(entity.key)
    row = [_NO_KEY if key is None else key, *(values.get(output) for output in plan.outputs)]
    return why_of(library, question.asked, row, instant)


def question_of(matcher: Matcher, name: str | Segment) -> Question:
    """Made once for each segment that is asked about."""
    (segment,) = matcher.library.select([name]).segments
    known = matcher.questions.get(segment.name) if segment.condition is None else None
    if known is None:
        known = _question(matcher, segment)
        if segment.condition is None:
            matcher.questions[segment.name] = known
    return known


def _question(matcher: Matcher, segment: Segment) -> Question:
    library = matcher.library
    program = library.program()
    looked_at = probes(program, library.meaning(segment), segment.name, definition_of(segment))
    given = with_given(program, looked_at.outputs)
    plan = pipeline.plan(given.program, given.outputs, by_cuts=True)
    shared = facts_of(plan)
    counted = set(_counts(looked_at.root))
    kept = tuple(output for output in plan.outputs if _is_answered(matcher, plan, output, shared))
    lacking = [output for output in plan.outputs if output not in kept and output not in counted]
    if lacking:
        places = any(sliced(plan, (output,), shared).places for output in lacking)
        if places:
            raise SegdslError([errors.needs_everybody([segment.name])])
        told = errors.needs_thresholds if matcher.thresholds is None else errors.other_segments
        raise SegdslError([told([segment.name])])
    wanted = sliced(plan, kept, shared)
    columns = {stage: list(found) for stage, found in wanted.facts.items()}
    facts = {} if matcher.thresholds is None else matcher.thresholds.of_plan(plan, columns)
    if facts is None:
        raise SegdslError([errors.other_segments([segment.name])])
    made = generate(plan, wanted, kept, library.schema, facts, matcher.tables, names=False)
    root = _without(looked_at.root, frozenset(kept))
    return Question(Asked(segment, replace(looked_at, root=root), plan), Function(made), kept)


def _is_answered(matcher: Matcher, plan: Plan, output: str, shared: frozenset[str]) -> bool:
    wanted = sliced(plan, (output,), shared)
    if wanted.places:
        return False
    facts = matcher.thresholds.facts if matcher.thresholds is not None else {}
    columns = {stage: list(found) for stage, found in wanted.facts.items()}
    return all(name in facts for _, name, _ in identified(plan, columns))


def _counts(probe: Probe) -> list[str]:
    """Outputs that say more of a probe, and that can be done without."""
    return [*probe.counts.values(), *(output for part in probe.parts for output in _counts(part))]


def _without(probe: Probe, kept: frozenset[str]) -> Probe:
    """A probe without the counts that a record does not tell."""
    counts = {role: output for role, output in probe.counts.items() if output in kept}
    return replace(probe, counts=counts, parts=tuple(_without(part, kept) for part in probe.parts))


def _shown(value: object, of: Type) -> object:
    """A value as hosts know it."""
    match of.kind, value:
        case Kind.DECIMAL, int():
            return _EXACT.scaleb(Decimal(value), -of.scale)
        case Kind.LIST, frozenset():
            return sorted(value)
        case _:
            return value
