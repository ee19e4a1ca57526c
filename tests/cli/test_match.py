"""``segdsl match`` and ``segdsl thresholds``."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from commands import segdsl
from small_project import AS_OF, in_duckdb

import segdsl as api

AT = ("--as-of", AS_OF)
RECORDS = '{"customer_id": 1, "country": "GR", "orders": 3}\n\n{"orders": 0, "country": "CY"}\n'


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_for_each_record(shop: Path) -> None:
    (shop / "records.jsonl").write_text(RECORDS, encoding="utf-8")
    found = segdsl("match", "--record", "records.jsonl", *AT, cwd=shop)
    assert (found.code, found.err) == (0, "")
    assert lines(found.out) == [
        {"customer_id": 1, "segments": ["buyers", "lapsed", "greeks"]},
        {"customer_id": None, "segments": []},
    ]


def test_a_condition_and_settings(shop: Path) -> None:
    record = b'{"order": [{"placed_at": "2026-05-15T00:00:00Z", "total": 12.10}]}\n'
    condition = "none(order in last lapse) and sum(order.total) = 12.1"
    found = segdsl("match", "-e", condition, "--set", "lapse=10 days", "--record", "-", *AT, cwd=shop, stdin=record)
    assert found.out == '{"customer_id": null, "segments": ["condition"]}\n'


def test_a_file_for_the_answers(shop: Path) -> None:
    found = segdsl("match", "g*", "--record", "-", "-o", "out.jsonl", *AT, cwd=shop, stdin=RECORDS.encode())
    assert (found.code, found.out) == (0, "")
    assert [one["segments"] for one in lines((shop / "out.jsonl").read_text("utf-8"))] == [["greeks"], []]


def test_a_line_that_is_no_text_comes_behind_those_before_it(shop: Path) -> None:
    wrong = RECORDS.encode("utf-8-sig") + b'{"customer_id": 9, "country": "\xff"}\n'
    (shop / "records.jsonl").write_bytes(wrong)
    for place, stdin in (("-", wrong), ("records.jsonl", None)):
        found = segdsl("match", "lapsed", "--record", place, *AT, cwd=shop, stdin=stdin)
        assert (found.code, len(lines(found.out))) == (2, 2)
        assert f"{'<stdin>' if stdin else place}, line 4, is no record: it is not text in UTF-8" in found.err


def test_where_a_line_is_no_json(shop: Path) -> None:
    found = segdsl("match", "lapsed", "--record", "-", *AT, cwd=shop, stdin=b'{"customer_id": 9')
    assert "<stdin>, line 1, is no record: expecting ',' delimiter (character 18)" in found.err


def test_no_file_where_a_line_is_wrong(shop: Path) -> None:
    wrong = (RECORDS + "[]\n").encode()
    found = segdsl("match", "lapsed", "--record", "-", "-o", "out.jsonl", *AT, cwd=shop, stdin=wrong)
    assert found.code == 2
    assert "error[SEG536]: <stdin>, line 4, is no record" in found.err
    assert not (shop / "out.jsonl").exists()


def test_numbers_are_as_exact_as_they_are_written(shop: Path) -> None:
    record = b'{"order": [{"placed_at": "2026-01-01", "total": 9007199254.01}]}\n'
    found = segdsl("match", "-e", "sum(order.total) = 9007199254.01", "--record", "-", *AT, cwd=shop, stdin=record)
    assert lines(found.out)[0]["segments"] == ["condition"]


def test_keys_come_back_as_json(shop: Path) -> None:
    keys = ("7", "7.0", "1e400", "NaN", "-Infinity", '"é"', "[NaN]")
    records = "".join(f'{{"customer_id": {key}}}\n' for key in keys)
    found = segdsl("match", "greeks", "--record", "-", *AT, cwd=shop, stdin=records.encode())
    assert (found.code, found.err) == (0, "")

    def no_json(constant: str) -> None:
        raise AssertionError(constant)

    told = [json.loads(line, parse_float=Decimal, parse_constant=no_json) for line in found.out.splitlines()]
    assert [one["customer_id"] for one in told] == [7, Decimal("7.0"), Decimal("1E+400"), None, None, "é", None]


@pytest.mark.parametrize("source", ["files", "database"])
def test_thresholds_and_match_say_what_run_says(shop: Path, source: str) -> None:
    place: tuple[str, ...] = ()
    if source == "database":
        in_duckdb(shop / "shop.duckdb")
        place = ("--url", "duckdb:///shop.duckdb")
    made = segdsl("thresholds", "-e", "top 1 by orders", *place, *AT, "-o", "t.json", cwd=shop)
    assert (made.code, made.out) == (0, "")
    assert "1 value for 1 segment as of 2026-06-01T00:00:00Z" in made.err
    record = b'{"orders": 2}\n{"orders": 1}\n'
    found = segdsl(
        "match", "-e", "top 1 by orders", "--record", "-", "--thresholds", "t.json", *AT, cwd=shop, stdin=record
    )
    # Ann has most orders: two.
    assert [one["segments"] for one in lines(found.out)] == [["condition"], []]


def test_thresholds_go_to_standard_output(shop: Path) -> None:
    found = segdsl("thresholds", *AT, cwd=shop)
    assert api.Thresholds.from_json(found.out).segments == ("buyers", "lapsed", "greeks")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("match", "-e", "top 1 by orders", "--record", "-"), "SEG533"),
        (("match", "nobody", "--record", "-"), "SEG90"),
        (("match", "lapsed", "--record", "gone.jsonl"), "SEG906"),
        (("match", "lapsed", "--record", "-", "--thresholds", "gone.json"), "SEG906"),
        (("match", "lapsed", "--record", "-", "--thresholds", "segdsl.toml"), "SEG535"),
        (("match", "-e", "-", "--record", "-"), "SEG909"),
        (("match", "lapsed"), "--record"),
        (("thresholds", "-e", "top 1 by orders", "--data", "gone"), "SEG9"),
    ],
)
def test_mistakes(shop: Path, arguments: tuple[str, ...], code: str) -> None:
    found = segdsl(*arguments, cwd=shop, stdin=b"{}\n")
    assert found.code == 2
    assert code in found.err
    assert "Traceback" not in found.err
