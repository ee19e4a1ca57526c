"""The conformance suite on dialects that are generated, each rehearsed on an engine that is at hand. It proves nothing of the product
itself: see `generated.rehearsal`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from backends import check, data_of, is_gap
from conformance.reader import Case, Scene
from conformance.test_conformance import CASES, TOGETHER, checked, shop_data, typed
from generated.rehearsal import STAGES, rehearsed

from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir

LINES = [case for case in CASES if case.selects is not None]
SCENES = list(dict.fromkeys(case.scene for case in LINES))
BEYOND = dict.fromkeys(("bigquery", "snowflake", "trino"), "Overflow in multiplication of DECIMAL")
"""What only the engine of a rehearsal does not hold."""


def failures(dialect: str, scene: Scene, lines: list[Case]) -> list[str]:
    """What is wrong with lines that share a statement; where it fails, with each by itself."""
    nodes = {f"c{index}": typed(scene, case.text) for index, case in enumerate(lines)}
    assert all(isinstance(node, ir.Node) for node in nodes.values())
    try:
        found = rehearsed(dialect)(shop_data(scene.schema), checked(scene).program, nodes, scene.as_of)  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to one of the lines
        if len(lines) > 1:
            return [what for case in lines for what in failures(dialect, scene, [case])]
        if is_gap(error) or (dialect in BEYOND and BEYOND[dialect] in str(error)):
            return []
        return [f"{lines[0].place}: {lines[0].text}: {error}"]
    wanted = {f"c{index}": sorted(map(str, case.selects or ())) for index, case in enumerate(lines)}
    return [
        f"{case.place}: {case.text}: {sorted(map(str, found[name]))}"
        for name, case in zip(wanted, lines, strict=True)
        if sorted(map(str, found[name])) != wanted[name]
    ]


@pytest.mark.parametrize("dialect", STAGES)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.schema}{SCENES.index(scene)}")
def test_a_scene_selects_whom_it_should(scene: Scene, dialect: str) -> None:
    lines = list({case.text: case for case in LINES if case.scene == scene}.values())
    wrong = [
        what
        for start in range(0, len(lines), TOGETHER)
        for what in failures(dialect, scene, lines[start : start + TOGETHER])
    ]
    assert not wrong, "\n".join(wrong)


MONEY = {
    "entity": {"table": "people", "key": "id", "fields": {"id": "int"}},
    "relations": {
        "order": {"table": "orders", "on": {"who": "id"}, "fields": {"who": "int", "price": "decimal(38,2)?"}}
    },
}


@pytest.mark.parametrize("dialect", STAGES)
def test_a_median_of_the_widest_decimals_is_the_nearest_double(dialect: str) -> None:
    """In doubles it would be 1.1400000000000001: only what 38 digits do not hold is computed in them."""
    schema = schema_from_dict(MONEY)
    program = check(schema, "segment half_way where median(order.price) = 1.14\n").program
    tables = {
        "people": [{"id": 1}, {"id": 2}],
        "orders": [{"who": who, "price": Decimal(price)} for who, price in ((1, "1.10"), (1, "1.18"), (2, "1.10"))],
    }
    bodies = {"half_way": program.definitions["half_way"].body}
    found = rehearsed(dialect)(data_of(schema, tables), program, bodies, datetime(2026, 6, 1))
    assert set(found["half_way"]) == {1}
