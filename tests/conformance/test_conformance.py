"""The language in cases: every line of ``cases/`` on every evaluator.

The lines of a scene are evaluated together, as the segments of a library are; where that fails, each by itself, so that one
line's failure is not another's.
"""

from __future__ import annotations

from functools import cache

import pytest
from backends import (
    BACKENDS,
    Data,
    Question,
    check,
    condition,
    data_of,
    in_parts,
    is_gap,
    loaded,
    read_schema,
)
from conformance import club, shop
from conformance.reader import Case, Scene, read_cases

from segdsl.backends.reference import Value
from segdsl.pipeline import Checked
from segdsl.schema import Schema
from segdsl.semantics import ir

CASES = read_cases()
SCHEMAS = {**shop.SCHEMAS, **club.SCHEMAS}
TABLES = {**shop.TABLES, **club.TABLES}
TOGETHER = 50
"""How many lines share a statement."""


@cache
def schema_named(name: str) -> Schema:
    return read_schema(SCHEMAS[name])


@cache
def shop_data(name: str) -> Data:
    return data_of(schema_named(name), TABLES)


@cache
def checked(scene: Scene) -> Checked:
    return check(schema_named(scene.schema), scene.library)


@cache
def typed(scene: Scene, text: str) -> ir.Expr | str:
    return condition(text, checked(scene))


@cache
def selected(backend: str, scene: Scene, start: int) -> dict[str, frozenset[Value] | Exception]:
    """Whom the lines of a scene from ``start`` on select, or why one of them could not be evaluated."""
    texts = [case.text for case in CASES if case.scene == scene and case.selects is not None]
    chunk = list(dict.fromkeys(texts))[start : start + TOGETHER]
    conditions = {f"c{i}": node for i, text in enumerate(chunk) if isinstance(node := typed(scene, text), ir.Node)}
    evaluate, data, program = BACKENDS[backend], shop_data(scene.schema), checked(scene).program
    found: dict[str, frozenset[Value] | Exception] = {}
    try:
        for name, keys in evaluate(data, program, conditions, scene.as_of).items():  # type: ignore[arg-type]
            found[chunk[int(name[1:])]] = keys
    except Exception:  # noqa: BLE001 - whatever it is, it belongs to one of the lines
        for name, node in conditions.items():
            try:
                found[chunk[int(name[1:])]] = evaluate(data, program, {name: node}, scene.as_of)[name]  # type: ignore[dict-item]
            except Exception as error:  # noqa: BLE001 - as above
                found[chunk[int(name[1:])]] = error
    return found


def place_in_scene(case: Case) -> int:
    texts = dict.fromkeys(one.text for one in CASES if one.scene == case.scene and one.selects is not None)
    return list(texts).index(case.text) // TOGETHER * TOGETHER


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", [case for case in CASES if case.selects is not None], ids=lambda case: case.place)
def test_line(case: Case, backend: str) -> None:
    node = typed(case.scene, case.text)
    assert not isinstance(node, str), f"{case.place}: {case.text}\n{node}"
    found = selected(backend, case.scene, place_in_scene(case))[case.text]
    if isinstance(found, Exception):
        if is_gap(found):
            pytest.skip(f"a gap of {backend}")
        raise AssertionError(f"{case.place}: {case.text}") from found
    assert sorted(map(str, found)) == sorted(case.selects or ()), f"{case.place}: {case.section}: {case.text}"


SCENES = list(dict.fromkeys(case.scene for case in CASES if case.selects is not None))


@pytest.mark.parametrize("backend", ["duckdb", "sqlite", "postgres"])
@pytest.mark.parametrize("scene", SCENES, ids=[f"{number} {scene.schema}" for number, scene in enumerate(SCENES)])
def test_lines_of_a_scene_in_several_statements(scene: Scene, backend: str) -> None:
    """Whom the lines select by one statement, they select by several, which some lines share."""
    expected = {name: keys for name, keys in selected(backend, scene, 0).items() if not isinstance(keys, Exception)}
    nodes = {f"c{i}": node for i, text in enumerate(expected) if isinstance(node := typed(scene, text), ir.Node)}
    asked = Question(checked(scene).program, nodes, scene.as_of)
    engine, found = loaded(backend, shop_data(scene.schema)), {}
    statements = in_parts(asked, backend, "flags")
    for sql in statements:
        rows = engine.rows(sql.text)
        for place, name in enumerate(sql.segments, start=1):
            found[name] = frozenset(row[0] for row in rows if row[place])
    assert len(statements) > 1 or len(nodes) < 3
    assert found == dict(zip(nodes, expected.values(), strict=True))


@pytest.mark.parametrize("case", [case for case in CASES if case.selects is None], ids=lambda case: case.place)
def test_wrong_line(case: Case) -> None:
    assert isinstance(typed(case.scene, case.text), str), f"{case.place}: {case.text} was accepted"


def test_there_are_enough_lines() -> None:
    assert len(CASES) > 700
