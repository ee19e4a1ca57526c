"""Contexts for decimal arithmetic that take nothing from the host's: it may have set few digits, another rounding, or exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, DecimalException, DivisionByZero, InvalidOperation, Overflow

MISTAKES = (InvalidOperation, DivisionByZero, Overflow)
_LARGEST = 999_999
"""Exponent."""


def wide(count: int, traps: Sequence[type[DecimalException]] = MISTAKES, largest: int = _LARGEST) -> Context:
    """Arithmetic with so many digits. It serves by its methods, ``wide(80).divide(a, b)``: an operator asks the host's."""
    return Context(count, ROUND_HALF_EVEN, -largest, largest, capitals=1, clamp=0, flags=[], traps=list(traps))
