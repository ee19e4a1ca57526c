"""The same text, schema and version give the same SQL, byte for byte: what each text comes to, as a digest.

    python -m tests.determinism            every digest, as JSON
    python -m tests.determinism --write    `digests/` as they are now: a change there is a change of SQL, to be looked at
    python -m tests.determinism --cases    of the conditions of the conformance cases too

Needs what segdsl needs to write SQL and no more, so that any Python with its dependencies can run it.
"""

from __future__ import annotations

import argparse
import decimal
import hashlib
import json
import locale
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
if __package__ in (None, "", "tests.determinism"):
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

DIGESTS = Path(__file__).parent / "digests"
AS_OF = "2026-06-15T09:30:00Z"
TOGETHER = 25
"""Conditions of the cases in one statement."""


def main() -> None:
    asked = argparse.ArgumentParser(
        prog="python -m tests.determinism", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--cases", action="store_true")
    asked.add_argument("--odd-numbers", action="store_true", help="with a decimal context that no calculation survives")
    asked.add_argument("--locale", help="after `setlocale`")
    asked.add_argument("--stack", type=int, help="in a thread with a stack of so many KiB")
    asked.add_argument("--recursion", type=int, help="with that limit of recursion")
    arguments = asked.parse_args()
    if arguments.odd_numbers:
        _odd_numbers()
    if arguments.locale:
        locale.setlocale(locale.LC_ALL, arguments.locale)
    if arguments.recursion:
        sys.setrecursionlimit(arguments.recursion)
    found: dict[str, dict[str, str]] = {}

    def work() -> None:
        found.update(digests(arguments.cases))

    if arguments.stack:
        threading.stack_size(arguments.stack * 1024)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    else:
        work()
    if arguments.write:
        write(found)
    else:
        json.dump(found, sys.stdout)


def _odd_numbers() -> None:
    """Few digits, another rounding, and an exception for whatever is not exact: for this thread and for all to come."""
    for context in (decimal.DefaultContext, decimal.getcontext()):
        context.prec = 3
        context.rounding = decimal.ROUND_UP
        context.Emax, context.Emin = 9, -9
        context.traps[decimal.Inexact] = True


def digests(cases: bool = False) -> dict[str, dict[str, str]]:
    """By dialect and text."""
    from segdsl.backends.sql.dialects import DIALECTS

    found: dict[str, dict[str, str]] = {dialect: {} for dialect in DIALECTS}
    for name, statement in (*_golden(), *_pack(), *(_cases() if cases else ())):
        for dialect in found:
            found[dialect][name] = statement(dialect)
    return found


def recorded() -> dict[str, dict[str, str]]:
    """As they were when somebody last looked."""
    return {
        path.stem: dict(reversed(line.split(" ", 1)) for line in path.read_text("ascii").splitlines())
        for path in sorted(DIGESTS.glob("*.txt"))
    }


def write(found: dict[str, dict[str, str]]) -> None:
    DIGESTS.mkdir(exist_ok=True)
    for path in DIGESTS.glob("*.txt"):
        path.unlink()
    for dialect, texts in found.items():
        (DIGESTS / f"{dialect}.txt").write_text(
            "".join(f"{digest} {name}\n" for name, digest in texts.items()), "ascii"
        )


Statement = Callable[[str], str]


def _golden() -> Iterator[tuple[str, Statement]]:
    from segdsl.library import Library
    from segdsl.project_file import schema_from_toml
    from segdsl.selection import SHAPES
    from segdsl.source import Source

    folder = ROOT / "tests" / "golden"
    schema, found = schema_from_toml(Source("segdsl.toml", (folder / "segdsl.toml").read_text("utf-8")))
    assert schema is not None, found
    for path in sorted(folder.glob("*/input.seg")):
        library = Library.from_text(path.read_text("utf-8"), schema, name="input.seg")
        own = "members" if len(library) == 1 else "flags"
        for shape in SHAPES:
            if shape == own or path.parent.name in SHAPES:
                yield f"golden/{path.parent.name} {shape}", _statement(library, shape)


def _pack() -> Iterator[tuple[str, Statement]]:
    from segdsl.library import Library

    yield "pack/commerce flags", _statement(Library.of_pack("commerce"), "flags")


def _cases() -> Iterator[tuple[str, Statement]]:
    from conformance import club, shop
    from conformance.reader import read_cases

    from segdsl.library import Library
    from segdsl.project_file import schema_from_toml
    from segdsl.source import Source

    schemas = {**shop.SCHEMAS, **club.SCHEMAS}
    scenes: dict[object, list[str]] = {}
    for case in read_cases():
        if case.selects is not None:
            scenes.setdefault(case.scene, []).append(case.text)
    for number, (scene, texts) in enumerate(scenes.items()):
        schema, found = schema_from_toml(Source("segdsl.toml", schemas[scene.schema]))  # type: ignore[attr-defined]
        assert schema is not None, found
        for start in range(0, len(texts), TOGETHER):
            some = texts[start : start + TOGETHER]
            segments = "".join(f"segment asked_{index} where {text}\n" for index, text in enumerate(some))
            library = Library.from_text(scene.library + segments, schema)  # type: ignore[attr-defined]
            yield f"cases/{number}:{start}", _statement(library, "flags")


def _statement(library: object, shape: str) -> Statement:
    from segdsl.diagnostics import SegdslError
    from segdsl.library import Library

    assert isinstance(library, Library)

    def digest(dialect: str) -> str:
        try:
            made = library.sql(dialect, shape, as_of=AS_OF)
        except SegdslError as refused:
            return "refused:" + "+".join(sorted({one.code for one in refused.diagnostics}))
        return hashlib.sha256("\n".join((*made.session, made.text)).encode()).hexdigest()[:16]

    return digest


if __name__ == "__main__":
    main()
