"""Texts as values: a cell of a file is read as the same text of a record is."""

from __future__ import annotations

from datetime import date, datetime
from itertools import product

import polars as pl
import pytest

from segdsl.backends.python.reading import WrongValue, reader
from segdsl.digits import wide
from segdsl.planning.plan import TableColumn
from segdsl.runtime.texts import parsed
from segdsl.runtime.values import Far, rows
from segdsl.semantics.time import zone
from segdsl.types import DATE, TIMESTAMP, Kind, Type, decimal

_ZONE = zone("Europe/Athens")
_CLOCKS = ["", "12:00:00", "12:00", "12", "1200", "24:00", "23:59:60", "23:59:59", "00:00"]
_OFFSETS = ["", "Z", "z", "+25:00", "+02:99", "+02:00", "-0330", "+02", "-00:00", "+23:59", "+02:00:00"]
_SIGNS, _POWERS = ["", "+", "-", " "], ["", "e1", "E-1", "e+2", "e-400", "e", "e400"]
_NUMBERS = [
    "",
    ".",
    "5",
    "5.",
    ".5",
    "5.5",
    "1.005",
    "\N{ARABIC-INDIC DIGIT ONE}",
    "1_0",
    "12345678901",
    "9999999999.994",
]
_LONG = "1234567890123456789012345678.1234567891"
_PARTS: list[tuple[Type, list[list[str]]]] = [
    (
        TIMESTAMP,
        [
            [
                "2026-05-20",
                "0000-01-01",
                "0001-01-02",
                "2026-02-30",
                "2026-13-01",
                "9999-12-30",
                "9999-12-31",
                "2026-5-2",
            ],
            ["", "T", " ", "x", "t"],
            _CLOCKS,
            ["", ".5", ",123456", ".1234567", "."],
            ["", " "],
            _OFFSETS,
        ],
    ),
    (
        DATE,
        [
            ["2026-05-20", "0000-01-01", "0001-01-01", "2026-02-30", "20260520", "2026-W01-1"],
            ["", "T", " ", "x"],
            ["", "00:00", "00:00:00", "12:00", "00:00:01"],
            ["", ".0", ".1"],
            ["", "Z"],
        ],
    ),
    (decimal(12, 2), [_SIGNS, _NUMBERS, _POWERS]),
    (decimal(38, 10), [_SIGNS, [*_NUMBERS, _LONG, "0.00000000005"], [*_POWERS, "e-30"]]),
]


@pytest.mark.parametrize(("of", "parts"), _PARTS, ids=[str(of) for of, _ in _PARTS])
def test_files_and_records_agree(of: Type, parts: list[list[str]]) -> None:
    texts = list(dict.fromkeys(map("".join, product(*parts))))
    frame = pl.DataFrame({"t": texts}).select(parsed(pl.col("t"), of, _ZONE))
    read = reader(TableColumn("t", "t", of, True), _ZONE)
    for text, (value,) in zip(texts, rows(frame), strict=True):
        try:
            found = read(text)
        except WrongValue:
            found = None
        if of.kind is Kind.DECIMAL and isinstance(found, int):
            found = wide(80).scaleb(found, -of.scale)
        # A record cannot hold what lies outside of Python's calendar.
        assert found == (None if isinstance(value, Far) else value), text


@pytest.mark.parametrize(
    ("of", "text", "value"),
    [
        (TIMESTAMP, "2026-05-20 12:00:00.5 +02:00", datetime(2026, 5, 20, 10, 0, 0, 500_000)),
        (TIMESTAMP, "2026-05-20T12", None),
        (TIMESTAMP, "2026-05-20T1200", None),
        (TIMESTAMP, "2026-05-20x12:00:00", None),
        (TIMESTAMP, "2026-05-20T12:00:00+25:00", None),
        (TIMESTAMP, "2026-05-20T12:00:00+02:99", None),
        (TIMESTAMP, "0000-05-20T12:00:00", None),
        (DATE, "2026-05-20T00:00", date(2026, 5, 20)),
        (DATE, "0000-05-20", None),
    ],
)
def test_what_both_say(of: Type, text: str, value: object) -> None:
    assert pl.DataFrame({"t": [text]}).select(parsed(pl.col("t"), of, _ZONE)).item() == value
    read = reader(TableColumn("t", "t", of, True), _ZONE)
    if value is None:
        with pytest.raises(WrongValue):
            read(text)
    else:
        assert read(text) == value
