"""What a function's row in the catalogue states. No backend word in here: lowerings are the backends' own tables."""

from __future__ import annotations

from enum import Enum

from segdsl.records import record


class Missing(Enum):
    """What a missing argument does to the result."""

    PROPAGATES = "missing when any argument is missing"
    SKIPS = "the first argument that is present"


@record(frozen=True, slots=True)
class Overload:
    """``id`` is what IR nodes and lowering tables name; ``takes`` and ``returns`` are for people; ``meaning`` is exact."""

    id: str
    takes: tuple[str, ...]
    returns: str
    meaning: str


@record(frozen=True, slots=True)
class Function:
    """A function or arithmetic operator. ``examples`` are conditions on the demo shop's schema; they are run as tests."""

    name: str
    sentence: str
    overloads: tuple[Overload, ...]
    missing: Missing = Missing.PROPAGATES
    examples: tuple[str, ...] = ()
