"""A row as the referee sees it: whose it is, what its columns hold, what it hangs on. Plain data.

Comes in: nothing. Goes out: `Record`, `Group`, `Value`, `Tables`. Knows nothing of expressions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = bool | int | Decimal | float | str | date | datetime | tuple[str, ...] | None
"""A value of the language; None is missing. WHOLE values are floats, instants are naive and in UTC, a list has something in it."""

Tables: TypeAlias = Mapping[str, Sequence[Mapping[str, object]]]
"""Rows by physical table; each row maps physical columns to what a driver or a frame gave."""

Identity: TypeAlias = tuple[object, ...]


@dataclass(slots=True, eq=False)
class Record:
    """One row of the entity, a relation or a lookup.

    ``identity`` says which row of the data it is: a row of a `from` relation has the identity of its base's row, and
    a row whose join finds several parents is a record for each of them, all with one identity. ``members`` are the
    rows of a group. ``known`` keeps the values of fields that have been read.
    """

    owner: str
    identity: Identity
    columns: Mapping[str, object]
    parent: Record | None = None
    members: tuple[Record, ...] = ()
    known: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Group:
    """Rows of ``of`` put together while an expression is evaluated: what ``per`` makes. ``value`` is what they have in common
    (None: nothing, they are everybody)."""

    of: str
    value: Value
    members: tuple[Record, ...]
