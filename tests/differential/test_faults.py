"""The checker is itself checked: some of the planted faults, each of which has to be found. `differential.faults` plants them all."""

from __future__ import annotations

import pytest
from differential.planted import FAULTS, found

QUICK = (
    "a window off by a day",
    "weeks that begin on Sunday",
    "a parameter's default for its value",
    "not without missing",
    "a sum of nothing is missing",
    "a condition dropped beside a period",
    "ties broken in ranks",
    "missing counted by distinct",
    "a bracket lost in SQL",
)
"""From each of the places where a fault can be, and found by different means."""


@pytest.mark.parametrize("fault", QUICK)
def test_a_planted_fault_is_found(fault: str) -> None:
    _, wrong = found(fault)
    assert wrong is not None, "nobody noticed"


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_can_be_planted(fault: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        FAULTS[fault].plant(patch)


def test_there_are_enough_faults() -> None:
    assert len(FAULTS) >= 30
