"""Work that needs more stack than a host's thread may have: engines descend into a plan as deep as its conditions are.

In: work. Out: what comes of it, an exception as well. A stack that is too small cannot be caught: the process would end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_T = TypeVar("_T")

_STACK = 32 * 1024 * 1024
"""Bytes; only what is used of them takes memory."""
_SIZING = threading.Lock()
"""The size is one for all threads that are started."""


def with_room(work: Callable[[], _T]) -> _T:
    """Does the work here in the main thread, elsewhere in a thread that has room for it."""
    if threading.current_thread() is threading.main_thread():
        return work()
    outcome: Future[_T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised where the work was asked for
            outcome.set_exception(error)

    thread = threading.Thread(target=run, name="segdsl", daemon=True)
    try:
        with _SIZING:
            usual = threading.stack_size(_STACK)
            try:
                thread.start()
            finally:
                threading.stack_size(usual)
    except (RuntimeError, ValueError):
        # The system gives no thread, or none of that size.
        return work()
    return outcome.result()
