"""How many are in each segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segdsl.display import html
from segdsl.display.english import counted
from segdsl.display.shares import Bar, Share


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are in each segment, and how many there are in all."""

    population: int
    sizes: Mapping[str, int] = field(hash=False)

    def __repr__(self) -> str:
        return f"<Counts of {counted(len(self.sizes), 'segment')} in {self.population:,}>"

    def _repr_html_(self) -> str:
        """A table with bars, in a notebook."""
        rows = [
            (html.code(name), size, Share(size, self.population), Bar(size, self.population))
            for name, size in self.sizes.items()
        ]
        return html.boxed(
            html.table(("segment", "members", "share", ""), rows), html.paragraph(f"of {self.population:,}")
        )
