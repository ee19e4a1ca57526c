"""Thresholds taken from data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from segdsl import pipeline
from segdsl.as_of import AsOf
from segdsl.backends.python import facts_of as shared_by_all
from segdsl.backends.python import sliced
from segdsl.content import content
from segdsl.matching.given import with_given, without_given
from segdsl.matching.thresholds import Thresholds, facts_of
from segdsl.runtime.facts import facts_on
from segdsl.runtime.probing import Source, opened
from segdsl.selection import reread

if TYPE_CHECKING:
    from segdsl.library import Library
    from segdsl.selection import Segment


def take(library: Library, data: object, as_of: AsOf | None, segments: Iterable[str | Segment] | None) -> Thresholds:
    """What everybody has in common for some segments, or for all. Raises `SegdslError` where the library is wrong, or the data does not
    fit it. Segments that need everybody's rows have no thresholds; they are refused where they are matched."""
    instant = library.as_of(as_of)
    said = content(library)
    chosen = library.select(segments).segments
    with opened(data) as source:
        schema = source.prepared(library.schema)
        if schema is not library.schema:
            library = replace(library, schema=schema)
            chosen = tuple(reread(one, library) for one in chosen)
        return _taken(library, said, source, instant, chosen)


def _taken(library: Library, said: str, source: Source, instant: datetime, segments: Sequence[Segment]) -> Thresholds:
    program = library.program()
    library.check_past(segments, instant)
    given = with_given(program, {one.name: library.meaning(one) for one in segments})
    plan = pipeline.plan(given.program, given.outputs, by_cuts=True)
    wanted = sliced(plan, given.outputs, shared_by_all(plan)).facts
    found = {}
    if wanted:
        asked = without_given(plan, given.names, library.schema.entity.name)
        found = facts_on(asked, wanted, source, instant)
    facts = MappingProxyType(facts_of(plan, found))
    return Thresholds(said, instant.replace(tzinfo=UTC), tuple(given.outputs), facts)
