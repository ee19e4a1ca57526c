"""The quick form: random libraries on the engines that every test run has, every oracle by turns, and the kept cases.

``--differential-examples N`` says how many segments are compared, ``--differential-seed`` where to begin, ``-s`` shows what they held.
The long form is ``python -m tests.differential``.
"""

from __future__ import annotations

import pytest
from backends import BACKENDS
from differential.cases import Case, kept, replayed
from differential.command import Found, Task, attempt
from differential.coverage import Coverage
from differential.judge import ENGINES, sort_of
from differential.oracles import ORACLES
from differential.shrink import shrunk
from differential.worked import worked

from segdsl.functions.catalogue import OVERLOADS
from segdsl.semantics import ir

KEPT = tuple(kept())
QUICK = ("polars", "python", "duckdb", "sqlite", "postgres")
ENOUGH = 3
"""So many failures of different sorts are shown, then no more are looked for."""


def test_all_evaluators_select_the_same(request: pytest.FixtureRequest) -> None:
    wanted = request.config.getoption("--differential-examples")
    task = Task(QUICK, request.config.getoption("--differential-seed"), segments=10, data_sets=1)
    everything = Found()
    libraries = -(-wanted // task.segments)
    for number in range(2 * libraries):
        # What a full run has not held by then, some more libraries may.
        if number >= libraries and (wanted < 2000 or not missing(everything.coverage)):
            break
        everything.add(attempt(number, task))
        if len(everything.counts) >= ENOUGH:
            break
    coverage = everything.coverage
    print("\n".join(coverage.lines()))  # noqa: T201 - what -s shows
    if everything.counts:
        small = [shrunk(*failures[0]) for failures in everything.shortest.values()]
        pytest.fail("\n\n".join(f"{why.evaluator}: {why.what}\n\n{one}" for one, why in small), pytrace=False)
    dropped = sum(count for code, count in coverage.dropped.items() if not code.startswith("schema"))
    assert dropped < coverage.made / 4, "the grammar of texts has lost touch with the language"
    if wanted >= 2000:
        assert set(coverage.checks) == set(ORACLES)
        assert not missing(coverage)


def missing(coverage: Coverage) -> set[str]:
    """What a full run should have held, and did not."""
    nodes = {node.__name__ for node in ir.CONDITIONS if node is not ir.Bound}
    nodes |= {"Aggregate", "Call", "Convert", "FieldRef", "If", "InRange", "Instant", "Literal", "TraitColumn", "Use"}
    calls = {f"call {name}" for name in OVERLOADS}
    return (nodes | calls) - set(coverage.counts) | set(coverage.never())


def test_what_people_have_worked_out() -> None:
    assert [sort_of(wrong) for wrong in worked((), Coverage())] == []


def test_every_engine_takes_part() -> None:
    assert set(ENGINES) == set(BACKENDS) - {"reference"}


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.name)
def test_kept_cases_are_judged(case: Case) -> None:
    assert case.judged, "a person has to say why what is expected is right"


@pytest.mark.parametrize("engine", BACKENDS)
@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.name)
def test_kept_cases(case: Case, engine: str) -> None:
    assert replayed(case, engine) is None
