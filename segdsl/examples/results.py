"""What came of examples: plain facts, for whoever reports them.

In: what evaluators said. Out: `TestResults`, in which each expectation has an `Outcome`. Nothing is put into words here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from html import escape
from typing import TYPE_CHECKING

from segdsl.diagnostics import Diagnostic
from segdsl.semantics.examples import Example, Expectation, Row

if TYPE_CHECKING:
    from segdsl.why.tree import Why


class Outcome(Enum):
    """``DISAGREE``: some evaluators say that it holds and others that it does not, which is never the fault of the example."""

    HELD = "held"
    FAILED = "failed"
    DISAGREE = "disagree"
    NOT_RUN = "could not run"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one evaluator says of an expectation: whether it holds, or why it cannot say. ``absent``: there is no such entity as of
    the example's instant, and of nobody does anything hold."""

    holds: bool
    absent: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """``why``: of one that does not hold, the tree of its conditions with the values that were seen."""

    expectation: Expectation
    answers: Mapping[str, Answer] = field(hash=False)
    why: Why | None = None

    @property
    def outcome(self) -> Outcome:
        if not self.answers or any(answer.error is not None for answer in self.answers.values()):
            return Outcome.NOT_RUN
        said = {(answer.holds, answer.absent) for answer in self.answers.values()}
        if len(said) > 1:
            return Outcome.DISAGREE
        return Outcome.HELD if said == {(True, False)} else Outcome.FAILED


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """``findings``: why the example could not even be made into rows. ``hidden``: of one that failed, the rows that were given and
    do not count. ``loose``: of one that failed, rows of lookups that no row leads to. ``nobody``: how somebody comes to be there, where
    an expectation is of one who is not."""

    example: Example
    expectations: tuple[ExpectationResult, ...]
    findings: tuple[Diagnostic, ...] = ()
    hidden: tuple[Row, ...] = ()
    loose: tuple[Row, ...] = ()
    nobody: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.findings and all(each.outcome is Outcome.HELD for each in self.expectations)

    @property
    def broken(self) -> bool:
        """Is it not the example that is wrong, or what it is about, but what should have evaluated it?"""
        outcomes = {each.outcome for each in self.expectations}
        return bool(self.findings) or bool(outcomes & {Outcome.DISAGREE, Outcome.NOT_RUN})


@dataclass(frozen=True, slots=True)
class TestResults:
    """``evaluators``: those that were asked, by name. ``left_out``: those that could not be, each with the reason."""

    examples: tuple[ExampleResult, ...]
    evaluators: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict, hash=False)
    seconds: float = 0.0

    @property
    def failed(self) -> tuple[ExampleResult, ...]:
        return tuple(result for result in self.examples if not result.passed)

    @property
    def passed(self) -> bool:
        return not self.failed

    def __repr__(self) -> str:
        return f"<TestResults: {len(self.examples):,} examples, {len(self.failed):,} failed>"

    def __str__(self) -> str:
        """The report, as a terminal shows it."""
        from segdsl.examples.report import full, summary

        text = full(self)
        return f"{text}\n\n{summary(self)}" if text else summary(self)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def to_junit(self) -> str:
        """JUnit XML: a suite for each file, a case for each example."""
        from segdsl.examples.junit import junit

        return junit(self)

    def to_dict(self) -> dict[str, object]:
        from segdsl.examples.report import as_dict

        return as_dict(self)
