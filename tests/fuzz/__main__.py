"""Coverage-guided fuzzing: ``python -m tests.fuzz parse --minutes 1``, or ``compile``, from the texts of this project on.

It ends at the first input of which anything but diagnostics comes. That is made as small as it gets and kept in `kept/`, where every
test run tries it from then on. Needs atheris (``pip install -e '.[dev]'``).
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
if __package__ in (None, "", "tests.fuzz"):
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

KEPT = Path(__file__).parent / "kept"
MEBIBYTES = 3_000
"""Of memory, for the process."""
HANGS = 1_200
"""Seconds of the clock after which an input is given up; by the processor's time, `fuzz.targets` does so long before."""
SHRINKING = 60
"""Seconds for making an input small."""
LONGEST = 3_000
"""Bytes of an input."""
PER_MINUTE = {"parse": 400, "compile": 100}
"""How many of the texts to begin with: a short run has no time for all."""


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    asked.add_argument("target", choices=("parse", "compile"))
    asked.add_argument("--minutes", type=float, default=1.0)
    asked.add_argument("--seed", type=int, default=1, help="another seed, other inputs")
    asked.add_argument(
        "--corpus", type=Path, help="a folder for what was found worth keeping on, to go on from there next time"
    )
    asked.add_argument("--keep", type=Path, default=KEPT, help="where bad inputs are kept")
    asked.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = asked.parse_args()
    if arguments.inside:
        return _fuzz(arguments.target, arguments.minutes, arguments.seed, arguments.corpus)
    if find_spec("atheris") is None:
        print("atheris is not installed: nothing was fuzzed")
        return 0
    with tempfile.TemporaryDirectory(prefix="segdsl-fuzz-") as folder:
        return _run(arguments, Path(folder))


def _run(arguments: argparse.Namespace, folder: Path) -> int:
    """Fuzzing ends its process; what it leaves is looked at from outside."""
    from fuzz.corpus import dictionary, seeds

    corpus = arguments.corpus or folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    known = tuple(seeds())
    some = min(len(known), round(PER_MINUTE[arguments.target] * max(arguments.minutes, 1)))
    for seed in (*Random(arguments.seed).sample(known, some), *(path.read_bytes() for path in KEPT.glob("*-*"))):
        (corpus / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    (folder / "words.dict").write_text(dictionary(), encoding="ascii")
    inside = [sys.executable, __file__, arguments.target, "--inside", "--corpus", str(corpus.resolve())]
    inside += ["--minutes", str(arguments.minutes), "--seed", str(arguments.seed)]
    with (folder / "log").open("w+", encoding="utf-8") as log:
        code = subprocess.run(inside, cwd=folder, stdout=log, stderr=log, check=False).returncode
        log.seek(0)
        said = log.read()
    done = [line for line in said.splitlines() if line.startswith("Done ")]
    bad = sorted(path for path in folder.iterdir() if path.name.startswith(("crash-", "timeout-", "oom-")))
    for path in bad:
        print(f"{arguments.target}: {_keep(arguments.target, path, arguments.keep)}")
    if code or bad or not done:
        print(said[-6_000:])
        return 1
    print(f"{arguments.target}: {done[-1]}, seed {arguments.seed}, nothing but diagnostics came out")
    return 0


def _fuzz(name: str, minutes: float, seed: int, corpus: Path) -> int:
    import atheris

    with atheris.instrument_imports(include=["segdsl"], enable_loader_override=False):
        from fuzz.corpus import seeds, words
        from fuzz.mutate import mutated
        from fuzz.targets import Target

    known, others = words(), tuple(seeds())

    def mutate(data: bytes, longest: int, number: int) -> bytes:
        random = Random(number)
        if random.random() < 0.25:
            return bytes(atheris.Mutate(data, longest))
        return mutated(data, longest, random, known, others)

    flags = {
        "max_total_time": round(minutes * 60),
        "seed": seed,
        "max_len": LONGEST,
        "timeout": HANGS,
        "rss_limit_mb": MEBIBYTES,
        "dict": "words.dict",
        "print_final_stats": 1,
    }
    atheris.Setup(
        [sys.argv[0], *(f"-{flag}={value}" for flag, value in flags.items()), str(corpus)],
        Target(name),
        custom_mutator=mutate,
    )
    atheris.Fuzz()
    return 0


def _keep(name: str, path: Path, folder: Path) -> Path:
    """A bad input, as small as it gets, where `test_kept.py` finds it."""
    from fuzz.targets import Target

    data, target = path.read_bytes(), Target(name)
    if path.name.startswith("crash-"):
        data = shrunk(data, target)
    kept = folder / f"{name}-{hashlib.sha1(data).hexdigest()[:12]}"
    kept.write_bytes(data)
    return kept


def shrunk(data: bytes, target: Callable[[bytes], None]) -> bytes:
    """A smaller input that fails in the same place."""
    wanted, until = _failure(data, target), time.monotonic() + SHRINKING
    size = len(data) // 2
    while wanted is not None and size and time.monotonic() < until:
        at = 2
        while at < len(data) and time.monotonic() < until:
            less = data[:at] + data[at + size :]
            if _failure(less, target) == wanted:
                data = less
            else:
                at += size
        size //= 2
    return data


def _failure(data: bytes, target: Callable[[bytes], None]) -> tuple[str, str] | None:
    """What sort of failure it is, and where it comes up."""
    try:
        target(data)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was found
        frames = traceback.extract_tb(error.__traceback__)
        return type(error).__name__, f"{frames[-1].filename}:{frames[-1].lineno}"
    return None


if __name__ == "__main__":
    sys.exit(main())
