"""Commands and calls that go wrong, and what is said of them. How cases are read: `errors.conversations`."""

from __future__ import annotations

from pathlib import Path

import pytest
from errors.conversations import said
from errors.reader import HERE, record

CASES = sorted(HERE.rglob("*.case"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_what_is_said(case: Path, tmp_path: Path) -> None:
    record(case, said(case, tmp_path))
