"""What came of examples: plain facts, for whoever reports them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from segdsl.diagnostics import Diagnostic
from segdsl.semantics.examples import Example, Expectation


class Outcome(Enum):
    """``DISAGREE``: some evaluators say that it holds and others that it does not, which is never the fault of the example."""

    HELD = "held"
    FAILED = "failed"
    DISAGREE = "evaluators disagree"
    NOT_RUN = "could not run"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one evaluator says of an expectation: whether it holds, or why it cannot say. ``absent``: there is no such entity."""

    holds: bool
    absent: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    expectation: Expectation
    answers: Mapping[str, Answer] = field(hash=False)
    why: tuple[str, ...] = ()
    """Of one that does not hold: its conditions, which of them hold and with what values, a line each."""

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
    """``findings``: why the example could not even be made into rows."""

    example: Example
    expectations: tuple[ExpectationResult, ...]
    findings: tuple[Diagnostic, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.findings and all(each.outcome is Outcome.HELD for each in self.expectations)


@dataclass(frozen=True, slots=True)
class TestResults:
    """``evaluators``: those that were asked, by name. ``left_out``: those that could not be, each with the reason."""

    __test__ = False
    """It is no test case, whatever a test runner makes of its name."""

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
