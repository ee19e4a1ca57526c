"""When this process imported segdsl: files that were changed later are not what runs in it."""

from __future__ import annotations

from time import monotonic_ns, time_ns

_TIME, _STEADY = time_ns(), monotonic_ns()


def begun() -> int:
    """In nanoseconds since 1970, as the times of files are. Where the clock was set back meanwhile, it is what it would have said had
    it been right before: whatever is older than that was there before segdsl was."""
    return min(_TIME, time_ns() - (monotonic_ns() - _STEADY))
