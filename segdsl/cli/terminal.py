"""What a terminal is shown and a pipe is not: colour, and a sign of life while work takes long."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


def colour_on(stream: TextIO) -> bool:
    """On a terminal, unless NO_COLOR is set or the terminal is dumb."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def working(what: str) -> Iterator[None]:
    """Shows, on a terminal, what is going on and for how long, once it has taken a second."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_tick, args=(what, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _tick(what: str, done: threading.Event) -> None:
    start, shown, line = time.monotonic(), False, ""
    while not done.wait(1.0 if not shown else 0.2):
        shown = True
        line = f"{what} ... {time.monotonic() - start:.0f} s"
        sys.stderr.write(f"\r{line}")
        sys.stderr.flush()
    if shown:
        sys.stderr.write(f"\r{' ' * len(line)}\r")
        sys.stderr.flush()
