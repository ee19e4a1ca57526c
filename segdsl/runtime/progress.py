"""How far an evaluation on local data has come, for whoever shows it.

In: a callback. It is called by evaluations in the same context (thread, or asyncio task), before each step: with how many steps are
done, how many there are, and what comes next. What it raises ends the evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeAlias

from segdsl.diagnostics import SegdslError
from segdsl.errors import usage

Report: TypeAlias = Callable[[int, int, str], None]

_REPORT: ContextVar[Report | None] = ContextVar("segdsl_progress", default=None)


@contextmanager
def progress(report: Report) -> Iterator[None]:
    """Within it, evaluations tell ``report(done, total, step)`` what they are at.

    A step is a table that is read, or a part of the plan; they do not take equally long. The total may grow once, behind the first
    step: what tables need shows when they are looked at.

    >>> import polars as pl, segdsl
    >>> library = segdsl.Library.from_text("segment adults where age >= 18", {
    ...     "entity": {"name": "customer", "table": "customers", "key": "id", "fields": {"id": "int", "age": "int"}}})
    >>> with segdsl.progress(lambda done, total, step: print(done, "of", total, step)):
    ...     _ = library.evaluate({"customers": pl.DataFrame({"id": [1], "age": [20]})})
    0 of 2 checking tables
    1 of 2 segments

    Raises `SegdslError` for what cannot be called.
    """
    if not callable(report):
        raise SegdslError([usage.wrong_argument("report", "a function of (done, total, step)", report)])
    token = _REPORT.set(report)
    try:
        yield
    finally:
        _REPORT.reset(token)


@dataclass(slots=True)
class Steps:
    """The steps of some work, told one by one to who listens in this context."""

    total: int
    begun: int = 0
    report: Report | None = field(default_factory=_REPORT.get)

    def begin(self, step: str) -> None:
        if self.report is not None:
            self.report(self.begun, self.total, step)
        self.begun += 1
