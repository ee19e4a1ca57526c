"""Mistakes with rows in company: their names, groups, sequences, the row before, percentiles."""

from __future__ import annotations

from pathlib import Path

import pytest
from errors.test_errors import HERE, cases, compare
from errors.test_population import check

from segdsl.errors import rows


@pytest.mark.parametrize("path", cases("rows"), ids=lambda path: path.name)
def test_rows(path: Path) -> None:
    compare(path, check)


def test_every_code_of_the_area_has_a_case() -> None:
    said = "".join(path.read_text("utf-8") for path in (HERE / "rows").glob("*.txt"))
    assert [rule.code for rule in rows.RULES if f"[{rule.code}]" not in said] == []
