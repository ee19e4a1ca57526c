"""One prepared statement serves every night; see `properties.prepared`."""

from __future__ import annotations

import pytest
from properties.prepared import RUN, failures

LIBRARIES = 4


@pytest.mark.parametrize("engine", RUN)
def test_a_statement_prepared_once_selects_what_one_of_that_night_does(engine: str) -> None:
    found = [wrong for number in range(LIBRARIES) for wrong in failures(f"prepared-{engine}-{number}", engine)]
    assert not found, "\n\n".join(found)
