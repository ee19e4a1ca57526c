"""Random schemas, data and libraries: all evaluators select the same, and S and ``not S`` part the population.

``--differential-examples N`` says how many segments are compared (each on one data set, on every evaluator, together with its
negation), ``--differential-seed`` where to begin, ``-s`` shows which constructs they held.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from properties.coverage import Coverage
from properties.differential import (
    ENGINES,
    SEGMENTS,
    Example,
    Failure,
    example,
    failure,
    renamed,
    shrunk,
    shuffled,
    sort_of,
)

from segdsl.functions.catalogue import OVERLOADS
from segdsl.semantics import ir

EVERY = 20
"""One library in so many is evaluated again with its rows shuffled and its tables renamed."""


ENOUGH = 3
"""So many failures of different sorts are shown, then no more are looked for."""


def report(found: Example, wrong: Failure) -> str:
    """An example that fails, as small as it gets."""
    small, why = shrunk(found, wrong)
    return f"{why.evaluator}: {why.what}\n\n{small}"


def variants(found: Example, number: int) -> Iterator[tuple[Example, tuple[str, ...]]]:
    """The example on every evaluator; now and then with its rows shuffled and its tables renamed."""
    yield found, ENGINES
    if number % EVERY == 0:
        yield shuffled(found, Random(number)), ("polars", "duckdb")
        yield renamed(found, lambda name: f"z {name}"), ("polars", "duckdb")


def test_all_evaluators_select_the_same(request: pytest.FixtureRequest) -> None:
    wanted = request.config.getoption("--differential-examples")
    start = request.config.getoption("--differential-seed")
    coverage = Coverage()
    failures: dict[str, tuple[Example, Failure]] = {}
    for number in range(-(-wanted // SEGMENTS)):
        for found, engines in variants(example(f"{start}-{number}", coverage), number):
            wrong = failure(found, engines, coverage)
            if wrong is not None:
                failures.setdefault(sort_of(wrong), (found, wrong))
        if len(failures) >= ENOUGH:
            break
    print(coverage.report())  # noqa: T201 - what -s shows
    if failures:
        pytest.fail("\n\n".join(report(*failure) for failure in failures.values()), pytrace=False)
    dropped = sum(count for code, count in coverage.dropped.items() if not code.startswith("schema"))
    assert dropped < coverage.made / 4, "the grammar of texts has lost touch with the language"
    if wanted >= 2000:
        assert not missing_constructs(coverage)
        assert not coverage.never()


def missing_constructs(coverage: Coverage) -> set[str]:
    """What a full run should have held, and did not."""
    nodes = {node.__name__ for node in ir.CONDITIONS if node is not ir.Bound}
    nodes |= {"Aggregate", "Call", "Convert", "FieldRef", "If", "InRange", "Instant", "Literal", "TraitColumn", "Use"}
    calls = {f"call {name}" for name in OVERLOADS}
    return (nodes | calls) - set(coverage.counts)
