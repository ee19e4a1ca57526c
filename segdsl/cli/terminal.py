"""What a terminal is shown and a pipe is not: colour, and a sign of life while work takes long."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO


def colour_on(stream: TextIO) -> bool:
    """On a terminal, unless NO_COLOR is set or the terminal is dumb."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def working(what: str) -> Iterator[None]:
    """Shows, on a terminal, what is going on, how far it has come and for how long, once it has taken a second."""
    if not sys.stderr.isatty():
        yield
        return
    from segdsl.runtime.progress import progress

    state = _State(what)
    done = threading.Event()
    thread = threading.Thread(target=_tick, args=(state, done), daemon=True)
    thread.start()
    try:
        with progress(state.tell):
            yield
    finally:
        done.set()
        thread.join()


@dataclass(slots=True)
class _State:
    """What is going on; of several steps, which."""

    what: str
    steps: tuple[int, int, str] | None = None

    def tell(self, done: int, total: int, step: str) -> None:
        self.steps = (done, total, step)

    def line(self, seconds: float) -> str:
        """As much as fits on a line."""
        if self.steps is None:
            return f"{self.what} ... {seconds:.0f} s"
        done, total, step = self.steps
        filled = _WIDTH * done // total
        bar = "#" * filled + "." * (_WIDTH - filled)
        whole = f"{self.what} [{bar}] {done + 1}/{total} {step} ... {seconds:.0f} s"
        return whole if len(whole) < shutil.get_terminal_size().columns else f"{self.what} [{bar}] {seconds:.0f} s"


_WIDTH = 20


def _tick(state: _State, done: threading.Event) -> None:
    start, width = time.monotonic(), 0
    while not done.wait(0.2 if width else 1.0):
        line = state.line(time.monotonic() - start)
        sys.stderr.write(f"\r{line.ljust(width)}")
        sys.stderr.flush()
        width = len(line)
    if width:
        sys.stderr.write(f"\r{' ' * width}\r")
        sys.stderr.flush()
