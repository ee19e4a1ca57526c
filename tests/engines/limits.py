"""A dialect that takes less than it does: what fits into one statement of it no longer does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from segdsl.backends.sql.dialects import DIALECTS


def taking_less(monkeypatch: pytest.MonkeyPatch, name: str, **limits: int) -> None:
    """With other sizes (`Capabilities`), until the test ends."""
    dialect = DIALECTS[name]
    smaller = replace(dialect.capabilities, **limits)  # type: ignore[arg-type]
    monkeypatch.setitem(DIALECTS, name, replace(dialect, capabilities=smaller))  # type: ignore[misc]


@contextmanager
def less(name: str, **limits: int) -> Iterator[None]:
    """The same for as long as it lasts."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        taking_less(monkeypatch, name, **limits)
        yield
