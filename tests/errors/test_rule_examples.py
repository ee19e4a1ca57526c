"""The examples of the rules: each bad one is reported under its rule; what is good has no errors.

Of a command or call that is good only this is asked: that it is not reported under the rule. The files it names are not there.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from errors.examples_of_rules import errors, is_done, tried

from segdsl.diagnostics import Rule
from segdsl.errors import rules

TRIED = [rule for rule in rules() if tried(rule)]


@pytest.mark.parametrize("rule", TRIED, ids=lambda rule: rule.code)
def test_examples_of_rules(rule: Rule, tmp_path: Path) -> None:
    assert rule.code in errors(rule.bad, rule, tmp_path / "bad")
    good = errors(rule.good, rule, tmp_path / "good")
    assert good == set() if not is_done(rule.good) else rule.code not in good
