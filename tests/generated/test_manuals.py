"""The manuals as data: what they forbid can be found, and what they reserve is written in quotes."""

from __future__ import annotations

import re

import pytest
from generated.manual import FOLDER, Never, manual

from segdsl.backends.sql import names
from segdsl.backends.sql.dialect import Generated
from segdsl.backends.sql.dialects import DIALECTS

MANUALS = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
NEVERS = [(name, never) for name in MANUALS for never in manual(name).nevers]


@pytest.mark.parametrize(("name", "never"), NEVERS, ids=[f"{name}: {never.why}" for name, never in NEVERS])
def test_what_is_forbidden_would_be_found(name: str, never: Never) -> None:
    assert re.search(never.pattern, never.example)
    assert never.url.startswith("https://")


@pytest.mark.parametrize("name", MANUALS)
def test_no_name_that_is_reserved_stands_without_quotes(name: str) -> None:
    assert manual(name).reserved <= names.RESERVED


def test_every_generated_dialect_has_a_manual() -> None:
    """And a manual is of a dialect that is there."""
    assert list(MANUALS) == sorted(name for name, one in DIALECTS.items() if isinstance(one.proof, Generated))
