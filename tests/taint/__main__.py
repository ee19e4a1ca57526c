"""Where users' words stand in SQL: ``python -m tests.taint --texts 100000``. Ends with exit code 1 at the first that stand elsewhere
than in a literal, a quoted name or a parameter."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from taint.run import run  # noqa: E402 - the path comes first


def main() -> int:
    parser = argparse.ArgumentParser(description="Hostile texts, names and parameters in every dialect.")
    parser.add_argument("--texts", type=int, default=100_000, help="so many statements")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--dialects", default="", help="comma-separated; all unless said")
    parser.add_argument("--minutes", type=float, default=60 * 24, help="stop after so long")
    options = parser.parse_args()
    started = time.monotonic()
    outcome = run(options.texts, options.seed, tuple(filter(None, options.dialects.split(","))), options.minutes)
    print(f"{outcome} in {time.monotonic() - started:.0f} s")  # noqa: T201
    for wrong in outcome.faults[:10]:
        print(wrong)  # noqa: T201
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
