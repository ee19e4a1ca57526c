"""The catalogue of diagnostics as a whole."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from segdsl.diagnostics import Rule, Severity
from segdsl.errors import rules

# There is nothing to show: the text is bytes, or the matter is no text.
WITHOUT_EXAMPLES = {"SEG402", "SEG999"}


def test_codes_and_names_are_unique() -> None:
    for attribute in ("code", "name"):
        counts = Counter(getattr(rule, attribute) for rule in rules())
        assert [value for value, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_every_rule_is_explained(rule: Rule) -> None:
    assert re.fullmatch(r"SEG[1-9][0-9]{2}", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.explanation.endswith((".", "`", ")"))
    if rule.code not in WITHOUT_EXAMPLES:
        assert rule.bad
        assert rule.good
        assert rule.bad != rule.good


def test_warnings_alone_are_warnings() -> None:
    for rule in rules():
        assert (rule.code[3] == "8") == (rule.severity is not Severity.ERROR), rule.code
