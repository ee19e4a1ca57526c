"""number() as a declared decimal: every evaluator reads the same numbers out of texts, SQLite too."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from backends import BACKENDS, check, data_of

from segdsl.schema_build import schema_from_dict

# What decimal(12,2) makes of it: rounded to nine places first, then to two, half away from zero; None: missing.
SPELLED = {
    "1": "1.00",
    "-1": "-1.00",
    "12.345": "12.35",
    "12.344999999": "12.34",
    "12.3449999995": "12.35",
    "-12.345": "-12.35",
    "007": "7.00",
    "0.005": "0.01",
    "-0.005": "-0.01",
    "0.0049999999": "0.01",
    "9999999999.994": "9999999999.99",
    "9999999999.995": None,
    "10000000000": None,
    "99999999999999999999": None,
    "000000000000000000000000001.5": "1.50",
    "0.9999999995": "1.00",
    "-0": "0.00",
    "1.": None,
    ".5": None,
    "": None,
    "-": None,
    "--1": None,
    "1e5": None,
    " 1": None,
    "+1": None,
    "1.2.3": None,
    "1\n": None,
    "٣": None,
}


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_number_as_a_narrower_decimal(backend: str) -> None:
    schema = schema_from_dict(
        {"entity": {"table": "people", "key": "id", "fields": {"id": "int", "spelled": "string?"}}}
    )
    texts = list(SPELLED)
    tables = {"people": [{"id": i, "spelled": text} for i, text in enumerate(texts)]}
    values = sorted({Decimal(value) for value in SPELLED.values() if value is not None})
    lines = ["trait n: decimal(12,2) = number(spelled)", "segment unread where n is missing"]
    lines.extend(f"segment v{i} where n = {value}" for i, value in enumerate(values))
    program = check(schema, "\n".join(lines) + "\n").program
    wanted = {"unread": frozenset(i for i, text in enumerate(texts) if SPELLED[text] is None)}
    for number, value in enumerate(values):
        members = (i for i, text in enumerate(texts) if SPELLED[text] is not None and Decimal(SPELLED[text]) == value)
        wanted[f"v{number}"] = frozenset(members)
    conditions = {name: program.definitions[name].body for name in wanted}
    assert BACKENDS[backend](data_of(schema, tables), program, conditions, datetime(2026, 1, 1)) == wanted
