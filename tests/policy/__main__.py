"""Whether a schema's own `where` is in every scan: ``python -m tests.policy --libraries 100000``. Ends with exit code 1 at the first
scan without it, and at the first library of one tenant that answers otherwise without the others' rows."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from policy.tenants import Outcome, run  # noqa: E402 - the path comes first

RECURSION, STACK = 20_000, 512 * 1024 * 1024
"""What sqlglot's parsers need for texts that nobody would write by hand."""
TOLD = 500
"""After so many libraries it is said how it stands."""


def say(outcome: Outcome) -> None:
    if outcome.libraries % TOLD == 0:
        print(outcome, file=sys.stderr, flush=True)  # noqa: T201


def main() -> int:
    parser = argparse.ArgumentParser(description="Random libraries over several tenants' data.")
    parser.add_argument("--libraries", type=int, default=100_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--dialects", default="", help="comma-separated; all in turn unless said")
    parser.add_argument("--compare", type=int, default=20, help="one of so many is evaluated")
    parser.add_argument("--minutes", type=float, default=60 * 24, help="stop after so long")
    options = parser.parse_args()
    started = time.monotonic()
    dialects = tuple(filter(None, options.dialects.split(",")))
    sys.setrecursionlimit(RECURSION)
    threading.stack_size(STACK)
    with ThreadPoolExecutor(1) as apart:
        work = apart.submit(run, options.libraries, options.seed, dialects, options.compare, options.minutes, say=say)
        outcome = work.result()
    print(f"{outcome} in {time.monotonic() - started:.0f} s")  # noqa: T201
    for wrong in outcome.faults:
        print(wrong)  # noqa: T201
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
