"""What a record may hold under a field's name: classes of other packages, numbers of any size, spellings of missing."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from matching.shop import AS_OF, library

import segdsl
from segdsl import SegdslError
from segdsl.as_of import read_as_of
from segdsl.errors import records as errors

ATHENS = ZoneInfo("Europe/Athens")


class Country(str, Enum):  # noqa: UP042 - such are what hosts have
    GREECE = "GR"
    NOWHERE = "-"


class Nowhere(tzinfo):
    def utcoffset(self, _: datetime | None) -> None:
        return None


class NotATime(datetime):
    """As pandas has it: unlike itself, and without a year."""

    def __new__(cls) -> NotATime:
        return super().__new__(cls, 1, 1, 1)

    def __ne__(self, other: object) -> bool:
        return True

    @property
    def year(self) -> int:
        raise TypeError


HOLD: list[tuple[str, object, str]] = [
    ("created", datetime(2025, 10, 26, 3, 30, tzinfo=ATHENS), "created = 2025-10-26T00:30:00Z"),
    ("created", datetime(2025, 10, 26, 3, 30, tzinfo=ATHENS, fold=1), "created = 2025-10-26T01:30:00Z"),
    ("created", datetime(2026, 1, 1, 5, tzinfo=Nowhere()), "created = 2026-01-01T05:00:00Z"),
    ("created", NotATime(), "created is missing"),
    ("born", NotATime(), "born is missing"),
    ("country", Country.GREECE, 'country = "GR"'),
    ("country", np.str_("GR"), 'country = "GR"'),
    ("country", float("nan"), "country is missing"),
    ("tags", [Country.GREECE], 'tags contains "GR"'),
    ("tags", np.array(["vip"]), 'tags contains "vip"'),
    ("age", float("nan"), "age is missing"),
    ("age", Decimal("NaN"), "age is missing"),
    ("age", Decimal("sNaN"), "age is missing"),
    ("age", Decimal("1e1000000"), "age is missing"),
    ("age", np.int64(18), "age = 18"),
    ("height", Decimal("1e-400"), "height is missing"),
    ("height", Decimal(0), "height = 0"),
    ("balance", Decimal("1." + "3" * 5000), "balance = 1.33"),
    ("balance", "1." + "3" * 5000, "balance = 1.33"),
    ("balance", "-0.005", "balance = -0.01"),
    ("balance", "0.0049999", "balance = 0"),
    ("balance", "0.00049", "balance = 0"),
    ("balance", "1.2e1", "balance = 12"),
    ("active", np.bool_(True), "active"),
    ("active", np.bool_(False), "active = false"),
]


def holds(text: str, record: dict[str, object]) -> bool:
    condition = library().condition(text)
    return library().matcher(AS_OF, [condition]).match(record) == ["condition"]


@pytest.mark.parametrize(("field", "value", "text"), HOLD, ids=lambda one: repr(one).partition(" at 0x")[0][:40])
def test_values_of_many_classes(field: str, value: object, text: str) -> None:
    assert holds(text, {field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tags", "vip"),
        ("tags", [["a"]]),
        ("tags", (text for text in ["a"])),
        ("age", np.array([1, 2])),
        ("age", 34.0),
        ("height", np.array([1.0, 2.0])),
        ("balance", np.array([1, 2])),
        ("balance", "1_2"),
        ("balance", " 12 "),
        ("balance", "١٢"),
        ("born", "2026-W05"),
        ("born", "20260131"),
        ("created", "2026-W05-1T00:00:00"),
    ],
    ids=lambda one: repr(one).partition(" at 0x")[0][:40],
)
def test_what_is_no_value(field: str, value: object) -> None:
    with pytest.raises(SegdslError) as raised:
        holds(f"{field} is present", {field: value})
    assert [one.code for one in raised.value.diagnostics] == [errors.WRONG_VALUE.code]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("tags", ["a", 1], "`tags` is list(string), not a list with 1 (int) in it"),
        ("tags", ("a", float("nan")), "`tags` is list(string), not a tuple with nan (float) in it"),
        ("age", Decimal("7.5"), "`age` is int, not 7.5 (Decimal)"),
        ("age", Decimal("0." + "1" * 99), f"`age` is int, not 0.{'1' * 58}… (Decimal)"),
    ],
)
def test_what_is_no_value_is_shown(field: str, value: object, told: str) -> None:
    with pytest.raises(SegdslError) as raised:
        holds(f"{field} is present", {field: value})
    assert [one.message for one in raised.value.diagnostics] == [told]


def test_a_trait_that_does_not_fit_is_told() -> None:
    matcher = library().matcher(AS_OF, ["buyers"])
    assert matcher.match({"orders": None, "order": [{"placed_at": date(2026, 5, 1)}]}) == ["buyers"]
    with pytest.raises(SegdslError) as raised:
        matcher.match({"orders": 2**60, "order": [{"placed_at": date(2026, 5, 1)}]})
    assert [one.code for one in raised.value.diagnostics] == [errors.WRONG_VALUE.code]


def test_a_number_of_many_digits_takes_no_time() -> None:
    before = time.process_time()
    with pytest.raises(SegdslError):
        library().matcher(AS_OF, ["buyers"]).match({"orders": Decimal("1e1000000")})
    assert time.process_time() - before < 2


def _spelled(of: str, spelling: str, values: list[object]) -> list[bool]:
    fields = {"id": "int", "value": {"type": of, "missing": [spelling]}}
    schema = {"entity": {"table": "customers", "key": "id", "fields": fields}}
    made = segdsl.Library.from_text("segment absent where value is missing", schema)
    return [bool(made.matcher(AS_OF).match({"id": 1, "value": value})) for value in values]


def test_spellings_of_missing() -> None:
    numbers: list[Any] = [-1.0, -1.001, -1.0049, -1, Decimal(-1), Decimal("-1.001"), "-1", "-1.00", "-1.001"]
    assert _spelled("decimal(8,2)?", "-1", numbers) == [True, False, False, True, True, False, True, True, False]
    assert _spelled("string?", "-", [Country.NOWHERE, np.str_("-"), "-", "x"]) == [True, True, True, False]
    assert _spelled("int?", "-1", [-1, np.int64(-1), 1]) == [True, True, False]


def test_the_repeated_hour_as_an_instant() -> None:
    at = datetime(2025, 10, 26, 3, 30, tzinfo=ATHENS, fold=1)
    assert read_as_of(at, "UTC") == at.astimezone(UTC).replace(tzinfo=None) == datetime(2025, 10, 26, 1, 30)
    assert read_as_of(datetime(2026, 1, 1, 5, tzinfo=Nowhere()), "UTC") == datetime(2026, 1, 1, 5)


def test_a_code_of_too_many_digits() -> None:
    fields = {"id": "int", "value": {"type": "string?", "values": {"low": "1", "high": "2"}}}
    schema = {"entity": {"table": "customers", "key": "id", "fields": fields}}
    matcher = segdsl.Library.from_text('segment low where value = "low"', schema).matcher(AS_OF)
    assert matcher.match({"value": 1}) == matcher.match({"value": "1"}) == ["low"]
    with pytest.raises(SegdslError):
        matcher.match({"value": 10**5000})
