"""The predefined segments as the referee reads them, on a small demo shop, against the members by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from pack import by_hand

from segdsl.backends.reference import memberships, population, values
from segdsl.demo import AS_OF, shop_tables
from segdsl.diagnostics import Severity
from segdsl.project_file import pack_schema
from segdsl.semantics.link import link
from segdsl.semantics.model import build_model
from segdsl.semantics.resolve import resolve
from segdsl.syntax.decode import decode
from segdsl.syntax.parse import parse_file

FILES = sorted((Path(__file__).parents[2] / "segments" / "commerce").glob("*.seg"))


@pytest.mark.parametrize("seed", [7, 8])
def test_the_referee_agrees_with_the_hand(seed: int) -> None:
    schema = pack_schema("commerce")
    files = [(parse_file(decode(path.read_bytes(), path.name)[0])[0], "commerce") for path in FILES]
    namespace, unlinked = link(files, schema)
    model, unmodelled = build_model(schema, namespace.params)
    program, unresolved = resolve(namespace, model)
    assert [found for found in (*unlinked, *unmodelled, *unresolved) if found.severity is Severity.ERROR] == []

    tables = shop_tables(customers=250, seed=seed)
    rows = {name: frame.to_dicts() for name, frame in tables.items()}
    now = AS_OF.replace(tzinfo=None)
    expected = by_hand.members(tables)
    assert population(model, rows, now) == by_hand.population(tables)
    found = memberships(program, namespace.segments, rows, now)
    for tiers in (one for one in program.definitions.values() if one.kind == "tiers"):
        for key, case in values(program, tiers.name, rows, now).items():
            if case is not None:
                found.setdefault(f"{tiers.name}.{case}", set()).add(key)
    assert found == {name: keys for name, keys in expected.items() if name in found or "." in name}
