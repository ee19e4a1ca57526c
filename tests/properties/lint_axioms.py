"""Which axioms took part where something could not hold: counted, so that a run shows what it has tried.

In: a `collections.Counter`. While it runs, every case that the theory finds impossible counts the methods of the theory that laid down
a constraint or raised, other than those that only take in what was said.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from segdsl.semantics.lint import theory
from segdsl.semantics.lint.graph import Contradiction, Graph

AXIOMS = frozenset(
    {
        "_say",
        "_be_present",
        "_ranks",
        "_places",
        "_texts",
        "_equal_texts",
        "_single",
        "_not_at_the_ends",
        "_lengths",
        "_length_of",
        "_of_rows",
        "_of_time",
        "_two",
        "_ends_of_same",
        "_some_or_none",
        "_windows",
        "_attained",
        "_not_beyond",
        "_of_each_other",
        "_follow",
        "_starts_earlier",
        "_place",
        "_node",
    }
)


def _laid_down_by() -> str:
    """The method of a case from which a constraint comes."""
    frame = sys._getframe(2)
    while frame.f_code.co_name in ("_less", "at_most"):
        assert frame.f_back is not None
        frame = frame.f_back
    return frame.f_code.co_name


@contextmanager
def counted(axioms: Counter[str]) -> Iterator[None]:
    """Counts axioms until it ends."""
    at_most = Graph.at_most
    laid: set[str] = set()

    def noted(self: Graph, *args: Any, **kwargs: Any) -> None:
        laid.add(_laid_down_by())
        at_most(self, *args, **kwargs)

    verify, begin = theory._Case.verify, theory._Case.__init__

    def of_case(step: Any) -> Any:
        def tried(self: theory._Case, *args: Any) -> None:
            kept = set(laid)
            laid.clear()
            try:
                step(self, *args)
            except Contradiction as error:
                trace = error.__traceback__
                while trace is not None:
                    laid.add(trace.tb_frame.f_code.co_name)
                    trace = trace.tb_next
                axioms.update(laid & AXIOMS)
                raise
            finally:
                laid.update(kept)

        return tried

    with (
        patch.object(Graph, "at_most", noted),
        patch.object(theory._Case, "verify", of_case(verify)),
        patch.object(theory._Case, "__init__", of_case(begin)),
    ):
        yield
