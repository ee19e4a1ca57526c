"""What people have worked out: the lines of tests/conformance and the cases that were kept, held against evaluators.

All evaluators share how a text is read and what a period is, and so can have that wrong together; these do not share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backends import BACKENDS, check, condition, data_of, read_schema
from conformance import club, shop
from conformance.reader import Scene, read_cases
from differential.cases import kept, replayed
from differential.coverage import Coverage
from differential.judge import Failure, raised, sorted_

from segdsl.semantics import ir


def worked(engines: Sequence[str], coverage: Coverage) -> Iterator[Failure]:
    """The lines by the referee, the kept cases by all; told are those that come out otherwise."""
    yield from _lines(coverage)
    for case in kept():
        for engine in ("reference", *engines):
            coverage.checks["kept cases"] += 1
            what = replayed(case, engine)
            if what is not None:
                yield Failure(engine, (case.name,), what, "kept cases")


def _lines(coverage: Coverage) -> Iterator[Failure]:
    scenes: dict[Scene, dict[str, tuple[str, frozenset[str]]]] = {}
    for case in read_cases():
        if case.selects is not None:
            scenes.setdefault(case.scene, {})[case.place] = (case.text, case.selects)
    for scene, lines in scenes.items():
        try:
            yield from _scene(scene, lines, coverage)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure
            yield raised("reference", tuple(lines), error, "worked lines")


def _scene(scene: Scene, lines: dict[str, tuple[str, frozenset[str]]], coverage: Coverage) -> Iterator[Failure]:
    schema = read_schema({**shop.SCHEMAS, **club.SCHEMAS}[scene.schema])
    checked = check(schema, scene.library)
    conditions: dict[str, ir.Expr] = {}
    for place, (text, _) in lines.items():
        node = condition(text, checked)
        if isinstance(node, str):
            yield Failure("reference", (place,), f"{place}: {text}\n{node}", "worked lines")
        else:
            conditions[place] = node
    data = data_of(schema, {**shop.TABLES, **club.TABLES})
    members = BACKENDS["reference"](data, checked.program, conditions, scene.as_of)
    coverage.checks["worked lines"] += len(members)
    wrong = [place for place in members if members[place] != lines[place][1]]
    for place in wrong:
        text, selects = lines[place]
        what = f"{place}: {text}: selects {sorted_(members[place])}, and should {sorted_(selects)}"
        yield Failure("reference", (place,), what, "worked lines")
