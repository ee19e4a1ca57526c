"""Where a text was read, for texts that are stretches of another one."""

from __future__ import annotations

from segdsl.records import record
from segdsl.source import Source, Span


@record(frozen=True, slots=True)
class Place:
    """Turns offsets in a text into spans: ``base`` further on in ``source``, or all of them the same ``whole``."""

    source: Source | None
    base: int = 0
    whole: Span | None = None

    def span(self, start: int, end: int) -> Span:
        return self.whole or Span(self.source, self.base + start, self.base + end)
