"""Why customers are in segments or not: the question put to the data, in one plan.

In: a library, some of its segments, data (files, frames, an open database), keys. Out: a `Why` for each segment and key. The verdict of
each comes from the very plan that the values come from, so that it is what the engine says and no second opinion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from segdsl.as_of import AsOf
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.errors import why as errors
from segdsl.library import Library
from segdsl.pipeline import plan
from segdsl.planning.plan import Plan
from segdsl.runtime import probing
from segdsl.selection import Segment
from segdsl.semantics import time
from segdsl.types import Kind
from segdsl.why import words
from segdsl.why.keys import alike, can_be, read_key
from segdsl.why.probes import Probes, probes
from segdsl.why.reading import Reading
from segdsl.why.tree import Value, Why, tree

_FAR = datetime(9000, 1, 1)
"""When everyone who is to come has come."""


class UnknownKey(SegdslError, KeyError):
    """Nobody in the population has that key; a KeyError too."""

    __str__ = SegdslError.__str__


@dataclass(frozen=True, slots=True)
class Asked:
    """A segment, and what is looked at to explain it."""

    segment: Segment
    probes: Probes
    plan: Plan


def asked(library: Library, segment: Segment) -> Asked:
    """The plan that explains a segment."""
    program = library.program()
    condition = library.meaning(segment)
    found = probes(program, condition, segment.name, definition_of(segment))
    return Asked(segment, found, plan(program, found.outputs))


def definition_of(segment: Segment) -> str | None:
    """What a segment is, where its own text does not say so."""
    return None if segment.tiers is None else f"the case {segment.name.rpartition('.')[2]} of {segment.tiers}"


def whys(
    library: Library, segment: Segment, data: object, keys: Iterable[object] | None, as_of: AsOf | None
) -> Mapping[object, Why]:
    """For each key, or for everyone, by key. Raises `UnknownKey` with all keys that nobody has."""
    instant = library.as_of(as_of)
    with probing.opened(data) as source:
        schema = source.prepared(library.schema)
        library = library if schema is library.schema else replace(library, schema=schema)
        library.program()
        library.check_past((segment,), instant)
        wanted = None if keys is None else [read_key(key, library.schema) for key in keys]
        what = asked(library, segment)
        rows = source.rows(what.plan, instant, _narrowing(library, wanted))
        found = {row[0]: row for row in rows}
        if wanted is None:
            wanted = list(found)
        elif library.schema.entity.fields[library.schema.entity.key].type.kind is Kind.ANY:
            by_text = {str(key): key for key in found}
            wanted = [by_text.get(str(key), key) for key in wanted]
        missing = [key for key in wanted if key not in found]
        if missing:
            raise UnknownKey(_nobody(library, source, missing, instant))
    return {key: why_of(library, what, found[key], instant) for key in wanted}


def _narrowing(library: Library, keys: Sequence[object] | None) -> Sequence[object] | None:
    """Keys of a type that nobody declared are only known from the data: all rows are asked for."""
    of = library.schema.entity.fields[library.schema.entity.key].type
    if keys is None or of.kind in (Kind.ANY, Kind.FLOAT, Kind.BOOL):
        return None
    return [key for key in keys if can_be(key, of)]


def why_of(library: Library, what: Asked, row: Sequence[object], as_of: datetime) -> Why:
    """What a row says, its key and its plan's outputs."""
    key, *values = row
    zone = time.zone(library.schema.timezone)
    reading = Reading(dict(zip(what.plan.outputs, values, strict=True)), as_of, zone, library.program())
    root = tree(what.probes.root, reading)
    holds = reading.values[what.probes.verdict] is True
    assert root.holds is holds, f"`{what.segment.name}` is explained as what it is not"
    name = what.segment.span.on_one_line if what.segment.condition is not None else what.segment.name
    shown: Value = key  # type: ignore[assignment]
    return Why(name, what.segment.title, library.schema.entity.name, shown, holds, as_of, zone, root)


def _nobody(library: Library, source: probing.Source, keys: Sequence[object], instant: datetime) -> list[Diagnostic]:
    """Who is not there yet is told from who is not there; who is kept out by the entity's own condition is not there."""
    entity = library.schema.entity
    everyone = plan(library.program(), {})
    similar = {key: alike(key) for key in keys}
    likely = [*keys, *(other for others in similar.values() for other in others)]
    later = {row[0] for row in source.rows(everyone, _FAR, _narrowing(library, likely))}
    texts = {str(key) for key in later}
    moment = words.instant(instant, time.zone(library.schema.timezone))
    known = (lambda key: str(key) in texts) if entity.fields[entity.key].type.kind is Kind.ANY else later.__contains__
    return [
        errors.not_yet(entity.name, key, moment)
        if known(key)
        else errors.unknown_key(entity.name, key, next((other for other in similar[key] if other in later), None))
        for key in keys
    ]
