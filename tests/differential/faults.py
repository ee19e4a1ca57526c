"""``python -m tests.differential.faults``: each fault of `differential.planted` in a process of its own, and what found it, and when."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main() -> int:
    from differential.planted import FAULTS, SECONDS, found

    parser = argparse.ArgumentParser(prog="python -m tests.differential.faults", description=__doc__)
    parser.add_argument("--only", default="", help="comma-separated names of faults, or parts of them")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"how long to look for each ({SECONDS})")
    parser.add_argument("--plant", default="", help="one fault, in this process, told in JSON")
    options = parser.parse_args()
    if options.plant:
        spent, wrong = found(options.plant, options.seconds)
        told = None if wrong is None else [wrong.oracle, wrong.evaluator, wrong.what[:200]]
        print(json.dumps([spent, told]))  # noqa: T201
        return 0
    wanted = [name for name in FAULTS if any(part in name for part in options.only.split(","))]
    missed = 0
    print("| fault | in | seconds | found by | on |\n|---|---|---|---|---|")  # noqa: T201
    for name in wanted:
        command = [
            sys.executable,
            "-m",
            "tests.differential.faults",
            "--plant",
            name,
            "--seconds",
            str(options.seconds),
        ]
        answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.splitlines()[-1]
        spent, told = json.loads(answer)
        missed += told is None
        oracle, evaluator = ("nobody", "") if told is None else told[:2]
        print(f"| {name} | {FAULTS[name].where} | {spent:.1f} | {oracle} | {evaluator} |", flush=True)  # noqa: T201
    print(f"\n{len(wanted) - missed} of {len(wanted)} found")  # noqa: T201
    return 1 if missed else 0


if __name__ == "__main__":
    sys.path[:0] = [str(path) for path in (ROOT / "tests", ROOT) if str(path) not in sys.path]
    sys.exit(main())
