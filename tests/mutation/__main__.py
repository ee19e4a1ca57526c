"""How many changes of the compiler the tests notice: ``python -m tests.mutation --sample 300 --seed 1 --json mutants.json``.

Takes a random sample of all mutants of ``segdsl/semantics``, ``planning`` and ``backends`` (operators of cosmic-ray), judges each in a
process of its own, and prints the score of each package with what survived. A mutant that makes no end counts as noticed. Needs the
package ``cosmic-ray``; takes seconds for one that is noticed and minutes for one that survives.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from tests.mutation.mutants import PACKAGES, ROOT, Mutant, mutants


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def judged(mutant: Mutant | None, patience: float, widely: bool) -> tuple[str, float]:
    """What noticed a mutant, or nothing changed at all (else ``survived``), and after how many seconds."""
    started = time.monotonic()
    which = [] if mutant is None else [mutant.path, mutant.operator, str(mutant.occurrence)]
    command = [sys.executable, "-m", "tests.mutation.child", *(["--all"] if widely else []), *which]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        return "no end", time.monotonic() - started
    said = [line for line in done.stdout.splitlines() if line.startswith("mutant: ")]
    return said[-1].removeprefix("mutant: ") if said else f"exit {done.returncode}", time.monotonic() - started


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__.splitlines()[0])
    parser.add_argument("--packages", default=",".join(PACKAGES), help="comma-separated, below segdsl/")
    parser.add_argument("--match", default="", help="only files whose path holds this")
    parser.add_argument("--sample", type=int, default=100, help="how many mutants")
    parser.add_argument("--seed", default="1")
    parser.add_argument(
        "--all", action="store_true", help="ask all tests, not just the cases and the tests nearest to a change"
    )
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=0, help="begin no other after so long")
    parser.add_argument("--patience", type=float, default=900, help="seconds until a mutant makes no end")
    parser.add_argument("--json", type=Path, help="where to write every mutant's fate")
    options = parser.parse_args()
    found = [one for one in mutants(tuple(options.packages.split(","))) if options.match in one.path]
    Random(options.seed).shuffle(found)
    say(f"{len(found):,} mutants; first, what is not changed")
    fate, _ = judged(None, options.patience, options.all)
    if fate != "survived":
        say(f"the tests fail on what is not changed: {fate}")
        return 2
    ends = time.monotonic() + options.minutes * 60
    fates: dict[Mutant, str] = {}

    def one(mutant: Mutant) -> None:
        done = sum(fate != "idle" for fate in fates.values())
        if done >= options.sample or (options.minutes and time.monotonic() > ends):
            return
        fate, seconds = ("idle", 0.0) if mutant.source() is None else judged(mutant, options.patience, options.all)
        fates[mutant] = fate
        if fate != "idle":
            say(f"{seconds:4.0f} s  {mutant.path} {mutant.operator} {mutant.occurrence}: {fate}")
        if options.json and fate != "idle":
            rows = [
                vars(m) | {"fate": f, "diff": m.diff() if f == "survived" else ""}
                for m, f in sorted(fates.items())
                if f != "idle"
            ]
            options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")

    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(one, found))
    counts = Counter((m.package, fate == "survived") for m, fate in fates.items() if fate != "idle")
    for mutant, fate in sorted(fates.items()):
        if fate == "survived":
            print(f"{mutant.path} {mutant.operator} {mutant.occurrence}\n{mutant.diff()}\n")  # noqa: T201
    for package in sorted({package for package, _ in counts}):
        noticed, survived = counts[package, False], counts[package, True]
        print(f"{package}: {noticed} of {noticed + survived} noticed ({noticed / (noticed + survived):.0%})")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
