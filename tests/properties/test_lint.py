"""No false alarm: what lint claims of random libraries is tried on random data by the referee.

``--lint-libraries N`` says how many libraries are tried, ``--lint-seed`` where to begin, ``-s`` shows how often each rule was told, and
how often each axiom took part in a contradiction.
"""

from __future__ import annotations

from collections import Counter

import pytest
from properties.lint_axioms import counted
from properties.lint_claims import told

from segdsl.errors import lint as errors

ENOUGH = 3
"""So many refuted verdicts are shown, then no more are looked for."""


def test_nobody_refutes_a_verdict(request: pytest.FixtureRequest) -> None:
    wanted, start = request.config.getoption("--lint-libraries"), request.config.getoption("--lint-seed")
    codes: Counter[str] = Counter()
    axioms: Counter[str] = Counter()
    refuted = []
    with counted(axioms):
        for number in range(wanted):
            one = told(f"{start}-{number}")
            codes += one.codes
            refuted.extend(one.refuted)
            if len(refuted) >= ENOUGH:
                break
    print(f"{wanted} libraries, {codes.total()} verdicts: {dict(sorted(codes.items()))}")  # noqa: T201 - what -s shows
    print(f"axioms: {dict(axioms.most_common())}")  # noqa: T201 - as above
    assert not refuted, "\n\n".join(map(str, refuted))
    assert codes.total() > wanted / 2, "the libraries have lost what lint looks for"
    if wanted >= 200:
        assert codes.keys() == {rule.code for rule in errors.RULES}
