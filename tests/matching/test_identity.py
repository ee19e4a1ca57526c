"""What everybody has in common is found again, whatever was planned with it: for every line of the conformance cases."""

from __future__ import annotations

from collections import defaultdict

import pytest
from conformance.test_conformance import CASES, checked, typed

from segdsl import pipeline
from segdsl.backends.python import facts_of, sliced
from segdsl.matching.thresholds import identified
from segdsl.planning.plan import Plan
from segdsl.semantics import ir

SCENES = list(dict.fromkeys(case.scene for case in CASES))


def _identities(plan: Plan, *outputs: str) -> set[str]:
    wanted = sliced(plan, outputs, facts_of(plan)).facts
    return {name for _, name, _ in identified(plan, {stage: list(columns) for stage, columns in wanted.items()})}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.schema}-{SCENES.index(scene)}")
def test_a_line_alone_asks_for_what_all_lines_ask_for(scene: object) -> None:
    lines = dict.fromkeys(case.text for case in CASES if case.scene == scene and case.selects is not None)
    conditions = {
        f"c{number}": node
        for number, text in enumerate(lines)
        if isinstance(node := typed(scene, text), ir.Node)  # type: ignore[arg-type]
    }
    program = checked(scene).program  # type: ignore[arg-type]
    together = pipeline.plan(program, conditions, by_cuts=True)  # type: ignore[arg-type]
    lost = defaultdict(set)
    for name, node in conditions.items():
        of_all = _identities(together, name)
        alone = pipeline.plan(program, {name: node}, by_cuts=True)  # type: ignore[dict-item]
        if of_all or sliced(alone, (name,), facts_of(alone)).facts:
            lost[name] = _identities(alone, name) ^ of_all
    assert {list(lines)[int(name[1:])]: found for name, found in lost.items() if found} == {}


def test_there_is_something_to_look_for() -> None:
    ranked = [case for case in CASES if case.selects is not None and ("top " in case.text or "overall(" in case.text)]
    assert len(ranked) > 100
