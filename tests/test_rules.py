"""The catalogue of diagnostics as a whole."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from segdsl.diagnostics import Rule, Severity
from segdsl.errors import rules

# There is nothing to show: the text is bytes, the matter is no text, or (SEG7xx) it is the text's size.
WITHOUT_EXAMPLES = {"SEG130", "SEG402", "SEG426", "SEG999"}


def test_codes_are_unique() -> None:
    counts = Counter(rule.code for rule in rules())
    assert [code for code, count in counts.items() if count > 1] == []


def test_names_are_unique() -> None:
    counts = Counter(rule.name for rule in rules())
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_every_rule_is_explained(rule: Rule) -> None:
    assert re.fullmatch(r"SEG[1-9][0-9]{2}", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.explanation.endswith((".", "`", ")"))
    if rule.code not in WITHOUT_EXAMPLES and rule.code[3] != "7":
        assert rule.bad
        assert rule.good
        assert rule.bad != rule.good


def test_what_is_called_a_warning_is_one() -> None:
    assert [rule.code for rule in rules() if rule.code[3] == "8" and rule.severity is Severity.ERROR] == []
