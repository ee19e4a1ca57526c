"""Work that does not depend on what a host leaves it: its thread's stack, Python's limit of recursion, its decimal context.

In: work. Out: what comes of it, an exception as well. A stack that is too small cannot be caught: the process would end. Engines
descend into a plan as deep as its conditions are, and so do some steps of the compiler.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable
from decimal import localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

from segdsl.diagnostics import SegdslError
from segdsl.digits import wide
from segdsl.errors import limits as errors

_P = ParamSpec("_P")
_T = TypeVar("_T")


class ModuleLock:
    """One for the life of the process; free in a process that was forked, where the thread that held it is not. ``reentrant``: the
    thread that holds it may take it again."""

    def __init__(self, reentrant: bool = False) -> None:
        self._reentrant = reentrant
        self._renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.RLock() if self._reentrant else threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()


_STACK = 32 * 1024 * 1024
"""Bytes; only what is used of them takes memory."""
_SIZING = ModuleLock()
"""The size is one for all threads that are started."""
_ORDINARY = wide(28)
"""What Python begins with."""


class _Undisturbed:
    """While anybody is in it, nobody looks for garbage."""

    def __init__(self) -> None:
        self._lock = ModuleLock()
        self._inside = 0
        self._was_on = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._alone)

    def _alone(self) -> None:
        """In a process that was forked, whoever was in it is not."""
        if self._inside and self._was_on:
            gc.enable()
        self._inside = 0

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside = max(0, self._inside - 1)
            if self._inside == 0 and self._was_on:
                gc.enable()


undisturbed = _Undisturbed()
"""For a step that makes a great many objects and keeps nearly all of them: Python would look through all that there are again and
again for some that nobody holds, and find none."""


def with_room(work: Callable[[], _T]) -> _T:
    """Does the work here in the main thread, elsewhere in a thread that has room for it."""
    return work() if threading.current_thread() is threading.main_thread() else apart(work)


def apart(work: Callable[[], _T]) -> _T:
    """Does the work in a thread of its own, that has room for it; here, where the system gives none."""
    from concurrent.futures import Future

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


def is_interrupt(error: BaseException) -> bool:
    """Is it what somebody's interrupt became in an engine that was calling Python just then, and takes it for a failure of its own?"""
    said = str(error)
    return "<class 'KeyboardInterrupt'>" in said or said.startswith("KeyboardInterrupt")


def steady(step: Callable[_P, _T]) -> Callable[_P, _T]:
    """A step that calculates as Python does by itself, and that is done again apart where its caller, deep in calls of its own,
    has left it too little of the recursion that Python allows. An interrupt leaves it as one, whatever an engine made of it."""

    @wraps(step)
    def steadied(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        def work() -> _T:
            with localcontext(_ORDINARY):
                return step(*args, **kwargs)

        try:
            return work()
        except RecursionError:
            pass
        except Exception:
            raise
        except BaseException as error:
            if is_interrupt(error):
                raise KeyboardInterrupt from error
            raise
        try:
            return apart(work)
        except RecursionError as error:
            raise SegdslError([errors.too_little_recursion(sys.getrecursionlimit())]) from error

    return steadied
