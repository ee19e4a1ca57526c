"""Texts with mistakes, and what is said of them: ``name.seg`` (or ``name.cond``, a bare condition) beside ``name.txt``.

The expected file holds the findings as a terminal shows them, and the text with every fix applied. To write it anew
after a message was changed, set ``SEGDSL_WRITE_ERRORS=1`` and read what it wrote. Other areas have folders of their own
beside ``syntax`` and may use `compare` with a checker of theirs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from segdsl.diagnostics import Diagnostic, Diagnostics, Rule
from segdsl.errors import limits as limit_errors
from segdsl.errors import syntax as syntax_errors
from segdsl.source import Source
from segdsl.syntax.parse import parse_condition, parse_file
from segdsl.syntax.words import DEFINITION_WORDS

HERE = Path(__file__).parent
Check = Callable[[Source], Iterable[Diagnostic]]


def cases(area: str) -> list[Path]:
    """The texts of an area's folder."""
    return sorted(path for path in (HERE / area).iterdir() if path.suffix in (".seg", ".cond"))


def compare(path: Path, check: Check) -> None:
    """Check a case against the file beside it."""
    source = Source(path.name, path.read_bytes().decode("utf-8"))
    found = Diagnostics(check(source))
    assert found, f"{path.name} has no mistakes"
    said = found.render() + "\n"
    fixed = apply_fixes(source, found)
    if fixed != source.text:
        said += f"\n-- with every fix applied --\n{fixed}"
    expected = path.with_suffix(path.suffix + ".txt")
    if os.environ.get("SEGDSL_WRITE_ERRORS"):
        expected.write_bytes(said.encode("utf-8"))
    assert said == expected.read_bytes().decode("utf-8")


def apply_fixes(source: Source, findings: Sequence[Diagnostic]) -> str:
    """The text with all fixes applied that do not touch one another."""
    text = source.text
    before = len(text) + 1
    edits = {edit for finding in findings if finding.fix for edit in finding.fix.edits}
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end), reverse=True):
        if edit.span.end <= before:
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
            before = edit.span.start
    return text


def check_syntax(source: Source) -> Sequence[Diagnostic]:
    return (parse_condition if source.name.endswith(".cond") else parse_file)(source)[1]


@pytest.mark.parametrize("path", cases("syntax"), ids=lambda path: path.name)
def test_syntax(path: Path) -> None:
    compare(path, check_syntax)


def test_every_code_of_the_area_has_a_case() -> None:
    said = "".join(path.read_text("utf-8") for path in (HERE / "syntax").glob("*.txt"))
    # Bytes that are no text cannot stand in a case: tests/syntax/test_limits.py has them.
    missing = [rule.code for rule in syntax_errors.RULES if f"[{rule.code}]" not in said and rule.code != "SEG130"]
    assert not missing


RULES = (*syntax_errors.RULES, *limit_errors.RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_rules_are_complete(rule: Rule) -> None:
    assert rule.name == rule.name.lower().replace(" ", "-")
    assert rule.title
    assert rule.explanation.endswith(".")
    assert sum(other.code == rule.code or other.name == rule.name for other in RULES) == 1


@pytest.mark.parametrize("rule", syntax_errors.RULES, ids=lambda rule: rule.code)
def test_examples_of_rules(rule: Rule) -> None:
    """The bad example is reported under its rule, and the good one not at all."""
    if rule.code != "SEG130":
        assert rule.code in {finding.code for finding in _of_example(rule, rule.bad)}
        assert _of_example(rule, rule.good) == ()


def _of_example(rule: Rule, text: str) -> tuple[Diagnostic, ...]:
    if rule is syntax_errors.EMPTY:
        return parse_condition(Source("example", text))[1]
    whole = rule is syntax_errors.NOT_A_DEFINITION or text.startswith("#") or text.split()[0] in DEFINITION_WORDS
    return parse_file(Source("example", text if whole else f"segment s {text}"))[1]
