"""Mistakes in ranks, the past, everyone's aggregates, several periods, tiers, and traits of relations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from errors.test_errors import HERE, cases, compare
from semantics.shop import SHOP

from segdsl.diagnostics import Diagnostic, Rule
from segdsl.errors import past, population, warnings
from segdsl.library import Library
from segdsl.project_file import pack_schema
from segdsl.semantics.link import link
from segdsl.semantics.model import build_model
from segdsl.semantics.resolve import resolve
from segdsl.source import Source
from segdsl.syntax.parse import parse_file


def check(source: Source) -> Sequence[Diagnostic]:
    file, unread = parse_file(source)
    namespace, unlinked = link([(file, None)], SHOP)
    model, unmodelled = build_model(SHOP, namespace.params)
    return (*unread, *unlinked, *unmodelled, *resolve(namespace, model)[1])


@pytest.mark.parametrize("path", cases("population"), ids=lambda path: path.name)
def test_population(path: Path) -> None:
    compare(path, check)


def test_every_code_of_the_areas_has_a_case() -> None:
    said = "".join(path.read_text("utf-8") for path in (HERE / "population").glob("*.txt"))
    rules = (*population.RULES, *past.RULES)
    assert [rule.code for rule in rules if f"[{rule.code}]" not in said] == []


@pytest.mark.parametrize("rule", [*population.RULES, *past.RULES, warnings.TIES_AT_ZERO], ids=lambda rule: rule.code)
def test_examples_of_rules(rule: Rule) -> None:
    """Over the standard shop, the bad example is reported under its rule, and the good one not at all."""
    assert rule.code in _codes(rule.bad)
    assert _codes(rule.good) == []


def _codes(condition: str) -> list[str]:
    text = f"trait orders = count(order)\nsegment example where {condition}\nsegment buyers where orders > 0"
    found = Library.from_text(text, pack_schema("commerce")).check()
    return [finding.code for finding in found]
