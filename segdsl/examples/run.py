"""Examples asked of every evaluator: together where they cannot touch one another, each alone otherwise.

In: resolved examples and their program. Out: `TestResults`. Two examples share their tables if they are as of one instant, look at
nobody but their own customers, and give no key that both need as it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.examples.evaluators import Evaluator, Task, at_hand
from segdsl.examples.making import DataSet, data_set, kept_keys
from segdsl.examples.results import Answer, ExampleResult, ExpectationResult, TestResults
from segdsl.examples.shape import Column, Shape
from segdsl.semantics import ir
from segdsl.semantics.examples import Example, Value

_OPEN = 8
"""Among how many batches room is looked for."""


def run_examples(
    examples: Sequence[Example], program: ir.Program, evaluators: Sequence[Evaluator] | None = None
) -> TestResults:
    """Asks all evaluators at hand, or those given."""
    start = time.perf_counter()
    left_out: dict[str, str] = {}
    if evaluators is None:
        evaluators, left_out = at_hand()
    shape = Shape(program.model)
    results: dict[int, ExampleResult] = {}
    for batch in _batches(examples, shape):
        results.update(zip(batch.places, _run(batch.examples, shape, program, evaluators), strict=True))
    ordered = tuple(results[place] for place in range(len(examples)))
    names = tuple(evaluator.name for evaluator in evaluators)
    return TestResults(ordered, names, left_out, time.perf_counter() - start)


@dataclass(slots=True)
class _Batch:
    as_of: datetime
    places: list[int] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    keys: set[tuple[Column, Value]] = field(default_factory=set)


def _batches(examples: Sequence[Example], shape: Shape) -> Iterable[_Batch]:
    batches: list[_Batch] = []
    by_instant: dict[datetime, list[_Batch]] = {}
    for place, example in enumerate(examples):
        keys = set(kept_keys(example, shape))
        around = [] if example.everyone else by_instant.setdefault(example.as_of, [])
        batch = next((batch for batch in around[-_OPEN:] if not batch.keys & keys), None)
        if batch is None:
            batch = _Batch(example.as_of)
            batches.append(batch)
            around.append(batch)
        batch.places.append(place)
        batch.examples.append(example)
        batch.keys |= keys
    return batches


def _run(
    examples: Sequence[Example], shape: Shape, program: ir.Program, evaluators: Sequence[Evaluator]
) -> Iterator[ExampleResult]:
    """The results of examples that share their tables."""
    try:
        data = data_set(examples, shape)
    except SegdslError as error:
        if len(examples) > 1:
            for example in examples:
                yield from _run([example], shape, program, evaluators)
        else:
            yield ExampleResult(examples[0], (), tuple(error.diagnostics))
        return
    asked = _Asked(examples, data, program)
    answers = {evaluator.name: asked.of(evaluator) for evaluator in evaluators}
    if len(examples) > 1 and any(isinstance(found, Diagnostic | str) for found in answers.values()):
        # What one of them asks for cannot be worked out: the others should not suffer for it.
        for example in examples:
            yield from _run([example], shape, program, evaluators)
        return
    yield from asked.results(answers)


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
