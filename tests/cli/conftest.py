from __future__ import annotations

from pathlib import Path

import pytest
from small_project import write_project


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project of its own for each test."""
    return write_project(tmp_path / "shop")
