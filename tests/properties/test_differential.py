"""Random schemas, data and libraries: all evaluators select the same, and S and ``not S`` part the population.

``--differential-examples N`` says how many segments are compared (each on one data set, on every evaluator, together with its
negation), ``--differential-seed`` where to begin, ``-s`` shows which constructs they held.
"""

from __future__ import annotations

from random import Random

import pytest
from properties.differential import ENGINES, SEGMENTS, Coverage, Example, example, failure, renamed, shrunk, shuffled

from segdsl.functions.catalogue import OVERLOADS
from segdsl.semantics import ir

EVERY = 20
"""One library in so many is evaluated again with its rows shuffled and its tables renamed."""


def report(found: Example, engines: tuple[str, ...] = ENGINES) -> str:
    """An example that fails, as small as it gets."""
    wrong = failure(found, engines)
    assert wrong is not None
    small, why = shrunk(found, wrong)
    return f"{why.evaluator}: {why.what}\n\n{small}"


def test_all_evaluators_select_the_same(request: pytest.FixtureRequest) -> None:
    wanted = request.config.getoption("--differential-examples")
    start = request.config.getoption("--differential-seed")
    coverage = Coverage()
    for number in range(-(-wanted // SEGMENTS)):
        found = example(f"{start}-{number}", coverage)
        if failure(found, coverage=coverage) is not None:
            pytest.fail(report(found), pytrace=False)
        if number % EVERY == 0:
            random = Random(number)
            for changed in (shuffled(found, random), renamed(found, lambda name: f"z {name}")):
                if failure(changed, ("polars", "duckdb")) is not None:
                    pytest.fail(report(changed, ("polars", "duckdb")), pytrace=False)
    print(coverage.report())  # noqa: T201 - what -s shows
    dropped = sum(count for code, count in coverage.dropped.items() if not code.startswith("schema"))
    assert dropped < coverage.made / 4, "the grammar of texts has lost touch with the language"
    if wanted >= 2000:
        assert not missing_constructs(coverage)


def missing_constructs(coverage: Coverage) -> set[str]:
    """What a full run should have held, and did not."""
    nodes = {node.__name__ for node in ir.CONDITIONS if node is not ir.Bound}
    nodes |= {"Aggregate", "Call", "Convert", "FieldRef", "If", "InRange", "Instant", "Literal", "TraitColumn", "Use"}
    calls = {f"call {name}" for name in OVERLOADS}
    return (nodes | calls) - set(coverage.counts)
