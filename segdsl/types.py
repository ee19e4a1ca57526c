"""The types of the language, and what they can hold.

``WHOLE`` is shown to users as ``int``: it is what arithmetic on ints yields, held in double precision (exact to
2^53) by every backend, while ``INT`` is held in 64-bit integers. ``ANY`` is an opaque key column whose type
nobody declared: it can be joined and grouped by, nothing else. ``UNKNOWN`` is the type of what is already known to
be wrong; it silences what follows from it.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from segdsl.records import is_as_it_is, record, remembers_its_hash


class Kind(Enum):
    BOOL = "bool"
    INT = "int"
    WHOLE = "whole"
    DECIMAL = "decimal"
    FLOAT = "float"
    STRING = "string"
    DATE = "date"
    TIMESTAMP = "timestamp"
    DURATION = "duration"
    LIST = "list(string)"
    ANY = "key"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # each is there once; Enum would hash the name each time
    __setstate__ = is_as_it_is


MAX_INT = 2**53
"""Largest size of an int (inclusive); beyond it a value reads as missing."""
MAX_DIGITS = 38
INT_DIGITS = 16
"""How many digits an int counts in decimal arithmetic."""
MIN_FLOAT, MAX_FLOAT = 1e-100, 1e100
"""A float is 0 or of a size within these; anything else reads as missing."""
MILLIONTHS = 1_000_000
MAX_MILLIONTHS = 9e12
"""Floats beyond this size count as missing when they are aggregated in millionths."""


class _Hashed:
    """Room for a type's hash: it is part of the hash of everything that has a type."""

    __slots__ = ("_hash",)


@remembers_its_hash
@record(frozen=True, slots=True)
class Type(_Hashed):
    """A type. ``precision`` and ``scale`` belong to DECIMAL; ``values`` (and ``ordered``) to a STRING with a closed list."""

    kind: Kind
    precision: int = 0
    scale: int = 0
    values: tuple[str, ...] | None = None
    ordered: bool = False

    def __str__(self) -> str:
        """As a user writes it."""
        match self.kind:
            case Kind.DECIMAL:
                return f"decimal({self.precision},{self.scale})"
            case Kind.WHOLE:
                return "int"
            case _:
                return str(self.kind.value)

    @property
    def is_number(self) -> bool:
        return self.kind in _NUMBERS

    @property
    def is_exact(self) -> bool:
        """INT, WHOLE or DECIMAL."""
        return self.kind in _EXACT

    @property
    def is_time(self) -> bool:
        return self.kind in (Kind.DATE, Kind.TIMESTAMP)

    @property
    def is_unknown(self) -> bool:
        return self.kind is Kind.UNKNOWN

    @property
    def plain(self) -> Type:
        """Without the closed list of values."""
        return replace(self, values=None, ordered=False) if self.values is not None else self


_NUMBERS = frozenset({Kind.INT, Kind.WHOLE, Kind.DECIMAL, Kind.FLOAT})
_EXACT = frozenset({Kind.INT, Kind.WHOLE, Kind.DECIMAL})

BOOL = Type(Kind.BOOL)
INT = Type(Kind.INT)
WHOLE = Type(Kind.WHOLE)
FLOAT = Type(Kind.FLOAT)
STRING = Type(Kind.STRING)
DATE = Type(Kind.DATE)
TIMESTAMP = Type(Kind.TIMESTAMP)
DURATION = Type(Kind.DURATION)
LIST = Type(Kind.LIST)
ANY = Type(Kind.ANY)
UNKNOWN = Type(Kind.UNKNOWN)


def decimal(precision: int, scale: int) -> Type:
    """``decimal(p,s)``: up to ``precision`` digits, ``scale`` of them behind the point."""
    return Type(Kind.DECIMAL, precision, scale)
