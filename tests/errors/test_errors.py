"""Texts with mistakes, and what is said of them, by area: a folder beside this file is an area.

How cases are read and recorded anew: `errors.reader`. An area is a row in `AREAS`; cases that are not a single text (a command,
a call, data) are conversations in `test_conversations`. Every code of segdsl has a case somewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from errors.reader import HERE, Check, cases, compare, limits, said_codes, unmended
from semantics.shop import SHOP

from segdsl.diagnostics import Diagnostic
from segdsl.errors import rules
from segdsl.library import Library
from segdsl.project_file import project_from_toml
from segdsl.semantics.link import link
from segdsl.semantics.model import build_model
from segdsl.semantics.resolve import resolve, resolve_condition
from segdsl.source import Source
from segdsl.syntax.parse import parse_condition, parse_file


def check_syntax(source: Source) -> Sequence[Diagnostic]:
    """The text itself, whatever it speaks of."""
    return (parse_condition if source.name.endswith(".cond") else parse_file)(source, limits(source))[1]


def check_meaning(source: Source) -> Sequence[Diagnostic]:
    """What it means over a small shop that has one of everything; a bare condition stands alone."""
    most = limits(source)
    if source.name.endswith(".cond"):
        node, unread = parse_condition(source, most)
        namespace, _ = link((), SHOP)
        program, _ = resolve(namespace, build_model(SHOP, namespace.params)[0])
        if node is None:
            return unread
        return (*unread, *resolve_condition(node, namespace, program, limits=most)[1])
    file, unread = parse_file(source, most)
    namespace, unlinked = link([(file, None)], SHOP)
    model, unmodelled = build_model(SHOP, namespace.params)
    return (*unread, *unlinked, *unmodelled, *resolve(namespace, model, limits=most)[1])


def check_library(source: Source) -> Sequence[Diagnostic]:
    """All that `Library.check` says of it."""
    return Library.from_text(source.text, SHOP, name=source.name, limits=limits(source)).check()


def check_project(source: Source) -> Sequence[Diagnostic]:
    """A project file, and the expressions in it."""
    project, found = project_from_toml(source, Path("shop"))
    return found if project is None else (*found, *build_model(project.schema)[1])


AREAS: dict[str, Check] = {
    "syntax": check_syntax,
    "limits": check_meaning,
    "names": check_meaning,
    "rows": check_meaning,
    "types": check_meaning,
    "population": check_meaning,
    "examples": check_library,
    "warnings": check_library,
    "project": check_project,
}
SECOND_MISTAKES = {
    "syntax/definitions.seg": "`day` cannot name a tier",
    "syntax/named_by_units.seg": "`day` cannot name a tier",
    "syntax/misspelt.seg": "the text ends too early, behind `e`",
    "names/wrong_twice.seg": "",
    "population/past.seg": "`customer.country` has no past",
    "examples/values.seg": "the example does not say it",
    "population/rows.seg": "`size` is already a field",
}
"""Texts that are wrong twice in one place: mending the first shows the second. What the second says, or all if there are many."""
CASES = [pytest.param(path, check, id=f"{area}/{path.name}") for area, check in AREAS.items() for path in cases(area)]


@pytest.mark.parametrize(("path", "check"), CASES)
def test_what_is_said(path: Path, check: Check) -> None:
    compare(path, check)


@pytest.mark.parametrize(("path", "check"), CASES)
def test_each_fix_mends_and_breaks_nothing(path: Path, check: Check) -> None:
    second = SECOND_MISTAKES.get(f"{path.parent.name}/{path.name}")
    assert [wrong for wrong in unmended(path, check) if second is None or second not in wrong] == []


def test_every_code_has_a_case() -> None:
    said = "\n".join(path.read_text("utf-8") for path in HERE.rglob("*.txt"))
    recorded = said_codes(said)
    missing = [f"{rule.code} {rule.name}" for rule in rules() if rule.code not in recorded]
    assert missing == [], "add a case under tests/errors for each of these (CONTRIBUTING.md, “Add an error”)"


JARGON = re.compile(
    r"\b(token|parse[rd]?|AST|predicate|expression tree|resolver|overload|literal|aggregate|operand|syntax|boolean|scope|node)s?\b",
    re.IGNORECASE,
)


def test_messages_are_in_words_that_anyone_knows() -> None:
    """What is quoted from a text may be any word."""
    said = "\n".join(path.read_text("utf-8") for path in HERE.rglob("*.txt"))
    messages = re.findall(r"^ *(?:error|warning|hint|note)(?:\[SEG\d+\])?: (.*)", said, re.MULTILINE)
    assert [each for each in messages if JARGON.search(re.sub(r"`[^`]*`", "", each))] == []


def test_nothing_recorded_lacks_its_case() -> None:
    assert [path.name for path in HERE.rglob("*.txt") if not path.with_suffix("").exists()] == []
