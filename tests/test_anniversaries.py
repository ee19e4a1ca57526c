"""`age` goes up on the day that is an anniversary, on every evaluator, also for who is born on 29 February."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from backends import BACKENDS, Data, check, condition, data_of, read_schema

from segdsl.semantics import ir

SCHEMA = read_schema("""
[entity]
table = "people"
key = "id"
[entity.fields]
id = "string"
born = "date"
""")
BORN = {"leap": date(2000, 2, 29), "eve": date(2001, 2, 28), "after": date(1999, 3, 1), "late": date(2026, 2, 27)}
DATA: Data = data_of(SCHEMA, {"people": [{"id": name, "born": born} for name, born in BORN.items()]})
CHECKED = check(SCHEMA)
DAYS = {
    # The day, how old they are (-1: not born), and whose anniversary it is.
    date(2026, 2, 27): ({"leap": 25, "eve": 24, "after": 26, "late": 0}, set()),
    date(2026, 2, 28): ({"leap": 26, "eve": 25, "after": 26, "late": 0}, {"leap", "eve"}),
    date(2026, 3, 1): ({"leap": 26, "eve": 25, "after": 27, "late": 0}, {"after"}),
    date(2027, 2, 27): ({"leap": 26, "eve": 25, "after": 27, "late": 1}, {"late"}),
    date(2028, 2, 28): ({"leap": 27, "eve": 27, "after": 28, "late": 2}, {"eve"}),
    date(2028, 2, 29): ({"leap": 28, "eve": 27, "after": 28, "late": 2}, {"leap"}),
    date(2028, 3, 1): ({"leap": 28, "eve": 27, "after": 29, "late": 2}, {"after"}),
    date(2000, 2, 29): ({"leap": 0, "eve": -1, "after": 0, "late": -26}, set()),
}


def asked(text: str) -> ir.Expr:
    found = condition(text, CHECKED)
    assert not isinstance(found, str), found
    return found


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_age_and_anniversary_agree(backend: str, day: date) -> None:
    ages, celebrating = DAYS[day]
    conditions = {
        f"age_{name}": asked(f"id = '{name}' and age(born) = {age}") for name, age in ages.items() if age >= 0
    }
    conditions["today"] = asked("anniversary(born) in this day")
    as_of = datetime(day.year, day.month, day.day) + timedelta(hours=12)
    found = BACKENDS[backend](DATA, CHECKED.program, conditions, as_of)
    assert found == {**{f"age_{name}": {name} for name, age in ages.items() if age >= 0}, "today": celebrating}
