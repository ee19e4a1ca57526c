"""Examples asked of every evaluator: together where they cannot touch one another, each alone otherwise.

In: resolved examples and their program. Out: `TestResults`. Two examples share their tables if they are as of one instant, look at
nobody but their own customers, and give no key that both need as it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from segdsl.diagnostics import SegdslError
from segdsl.errors.data import outside_the_calendar
from segdsl.examples.evaluators import Evaluator, Task, at_hand
from segdsl.examples.explain import being_there, hidden, loose, why
from segdsl.examples.making import DataSet, data_set, kept_keys
from segdsl.examples.results import Answer, ExampleResult, ExpectationResult, Outcome, TestResults
from segdsl.examples.shape import Column, Shape
from segdsl.library import Library
from segdsl.semantics import ir
from segdsl.semantics.examples import Example, Value

_OPEN = 8
"""Among how many batches room is looked for."""
_EXPLAINED = 100
"""How many failed examples are explained: whoever has more has one reason for most of them."""


def run_examples(
    library: Library, examples: Sequence[Example], evaluators: Sequence[Evaluator] | None = None
) -> TestResults:
    """Asks all evaluators at hand, or those given."""
    start = time.perf_counter()
    left_out: dict[str, str] = {}
    if evaluators is None:
        evaluators, left_out = at_hand()
    runner = _Runner(library, Shape(library.program().model), tuple(evaluators))
    results: dict[int, ExampleResult] = {}
    for batch in batches(examples, runner.shape):
        results.update(zip(batch.places, runner.run(batch.examples), strict=True))
    ordered = tuple(results[place] for place in range(len(examples)))
    names = tuple(evaluator.name for evaluator in evaluators)
    return TestResults(ordered, names, left_out, time.perf_counter() - start)


@dataclass(slots=True)
class Batch:
    """Examples that share their tables, and their ``places`` among all."""

    as_of: datetime
    places: list[int] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    keys: set[tuple[Column, Value]] = field(default_factory=set)


def batches(examples: Sequence[Example], shape: Shape) -> Sequence[Batch]:
    """The examples in as few batches as may be."""
    batches: list[Batch] = []
    by_instant: dict[datetime, list[Batch]] = {}
    for place, example in enumerate(examples):
        keys = set(kept_keys(example, shape))
        around = [] if example.everyone else by_instant.setdefault(example.as_of, [])
        batch = next((batch for batch in around[-_OPEN:] if not batch.keys & keys), None)
        if batch is None:
            batch = Batch(example.as_of)
            batches.append(batch)
            around.append(batch)
        batch.places.append(place)
        batch.examples.append(example)
        batch.keys |= keys
    return batches


@dataclass(slots=True)
class _Runner:
    library: Library
    shape: Shape
    evaluators: tuple[Evaluator, ...]
    explained: int = 0

    def run(self, examples: Sequence[Example]) -> Iterator[ExampleResult]:
        """The results of examples that share their tables."""
        start = time.perf_counter()
        try:
            data = data_set(examples, self.shape)
        except SegdslError as error:
            if len(examples) > 1:
                yield from self._one_by_one(examples)
            else:
                yield ExampleResult(examples[0], (), tuple(error.diagnostics))
            return
        asked = _Asked(examples, data, self.library.program())
        answers = {evaluator.name: asked.of(evaluator) for evaluator in self.evaluators}
        if len(examples) > 1 and any(isinstance(found, str) for found in answers.values()):
            # What one of them asks for cannot be worked out: the others should not suffer for it.
            yield from self._one_by_one(examples)
            return
        seconds = (time.perf_counter() - start) / len(examples)
        for place, result in enumerate(asked.results(answers)):
            timed = replace(result, seconds=seconds)
            yield timed if result.passed else self._explained(timed, data, data.keys[place])

    def _one_by_one(self, examples: Sequence[Example]) -> Iterator[ExampleResult]:
        for example in examples:
            yield from self.run([example])

    def _explained(self, result: ExampleResult, data: DataSet, keys: Mapping[int, Value]) -> ExampleResult:
        self.explained += 1
        if self.explained > _EXPLAINED:
            return result
        found = tuple(
            each
            if each.outcome in (Outcome.HELD, Outcome.NOT_RUN)
            else replace(
                each, why=why(self.library, result.example, each.expectation, data, keys[each.expectation.who])
            )
            for each in result.expectations
        )
        alone = data_set([result.example], self.shape)
        absent = any(answer.absent for each in found for answer in each.answers.values())
        return replace(
            result,
            expectations=found,
            hidden=hidden(result.example, alone, self.shape),
            loose=loose(result.example, self.shape),
            nobody=being_there(self.shape.schema) if absent else "",
        )


class _Asked:
    """The questions of some examples: each part that an expectation joins by `and` once, without a `not` before it."""

    def __init__(self, examples: Sequence[Example], data: DataSet, program: ir.Program) -> None:
        self.examples = examples
        conditions: dict[ir.Expr, str] = {}
        self.parts: dict[tuple[int, int], list[tuple[int, bool]]] = {}
        """For each expectation, by the places of its example and its own: its questions, each with whether it is denied."""
        questions: dict[tuple[str, Value], int] = {}
        for place, example in enumerate(examples):
            for number, expectation in enumerate(example.expectations):
                parts = []
                for part, denied in _parts(expectation.condition):
                    name = conditions.setdefault(part, f"c{len(conditions)}")
                    question = (name, data.keys[place][expectation.who])
                    parts.append((questions.setdefault(question, len(questions)), denied))
                self.parts[place, number] = parts
        named = {name: condition for condition, name in conditions.items()}
        self.task = Task(program, data, examples[0].as_of, named, list(questions))

    def of(self, evaluator: Evaluator) -> list[bool | None] | str:
        """The answers, or why there are none."""
        try:
            return evaluator.answers(self.task)
        except SegdslError as error:
            return "\n".join(finding.message for finding in error.diagnostics)
        except OverflowError:
            return outside_the_calendar(self.task.as_of).message

    def results(self, answers: dict[str, list[bool | None] | str]) -> Iterator[ExampleResult]:
        for place, example in enumerate(self.examples):
            found = [
                ExpectationResult(
                    expectation,
                    {name: _answer(given, self.parts[place, number]) for name, given in answers.items()},
                )
                for number, expectation in enumerate(example.expectations)
            ]
            yield ExampleResult(example, tuple(found))


def _answer(given: list[bool | None] | str, parts: Sequence[tuple[int, bool]]) -> Answer:
    if isinstance(given, str):
        return Answer(False, error=given)
    found = [(given[question], denied) for question, denied in parts]
    if any(answer is None for answer, _ in found):
        return Answer(False, absent=True)
    return Answer(all(answer is not denied for answer, denied in found))


def _parts(condition: ir.Expr, denied: bool = False) -> Iterator[tuple[ir.Expr, bool]]:
    """What is joined by `and`, each part with whether it is denied."""
    match condition:
        case ir.Not(item=item):
            yield from _parts(item, not denied)
        case ir.All(items=items) if not denied and items:
            for item in items:
                yield from _parts(item)
        case ir.Any(items=items) if denied and items:
            for item in items:
                yield from _parts(item, denied=True)
        case _:
            yield condition, denied
