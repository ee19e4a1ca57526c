"""NDJSON files: what a line says is what is read, digit by digit and sign by sign."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from segdsl.diagnostics import SegdslError
from segdsl.digits import wide
from segdsl.library import Library
from segdsl.runtime import ndjson

_AS_OF = datetime(2026, 6, 1)
_FIELDS = {"id": "int", "tags": "list(string)?", "amount": "decimal(38,10)?", "name": "string?"}
_SCHEMA = {
    "entity": {"name": "customer", "table": "customers", "key": "id", "fields": _FIELDS},
    "relations": {"order": {"table": "orders", "on": {"buyer": "id"}, "time": "at", "fields": {"at": "timestamp"}}},
}


def holds(folder: Path, condition: str, content: str | bytes, orders: bytes = b"") -> list[int]:
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / "customers.ndjson").write_bytes(raw)
    (folder / "orders.ndjson").write_bytes(orders)
    found = Library.from_text(f"segment s where {condition}", _SCHEMA).evaluate(folder, as_of=_AS_OF)
    assert isinstance(found, pl.DataFrame)
    return found.filter("s")["id"].to_list()


@pytest.mark.parametrize(
    "items",
    [["\\u0061"], ["c:\\temp"], ["a\\nb"], ["a\nb"], ["a\tb"], ["\\"], ["a\\", "b"], ['a\\"b'], ["\u0001", "b"]],
)
def test_lists_hold_the_texts_that_are_written(tmp_path: Path, items: list[str]) -> None:
    line = json.dumps({"id": 1, "tags": items}) + "\n"
    text = json.dumps({"id": 2, "tags": json.dumps(items)}) + "\n"
    assert holds(tmp_path, f"tags contains {json.dumps(items[-1])}", line + text) == [1, 2]
    assert holds(tmp_path, 'tags contains "a"', line) == []


@pytest.mark.parametrize("wrong", ["[1.5]", '["a\\\\", 1]', '["a\\\\", true]', '[["a\\\\"]]'])
def test_what_is_no_list_of_texts_is_none(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(SegdslError, match="SEG504"):
        holds(tmp_path, 'tags contains "a"', '{"id": 1, "tags": ["\\\\"]}\n{"id": 2, "tags": ' + wrong + "}\n")


@pytest.mark.parametrize(
    "number", ["12345678901234567.89", "99999999999999999999.5", "0.1000000001", "-1234567890123456789.0100000001"]
)
def test_decimals_are_exact(tmp_path: Path, number: str) -> None:
    near = wide(40).add(Decimal(number), Decimal("0.0000000001"))
    rows = "".join(
        f'{{"id": {i}, "amount": {n}}}\n' for i, n in enumerate([number, near, f'"{number}"', f"{number}e0"])
    )
    assert holds(tmp_path, f"amount = {number}", rows) == [0, 2, 3]


def test_a_row_beside_it_does_not_change_what_a_number_is(tmp_path: Path) -> None:
    assert holds(tmp_path, "amount = 1000", '{"id": 1, "amount": 1e3}\n') == [1]
    rows = '{"id": 1, "amount": 1e3}\n\n{"id": 2, "amount": 1234567890123456.5}\n{"id": 3, "amount": 0.5e1}\n'
    assert holds(tmp_path, "amount in (1000, 5)", rows) == [1, 3]
    assert holds(tmp_path, "amount is missing", '{"id": 1, "amount": null}\n{"id": 2}\n{"id": 3, "amount": 1e3}\n') == [
        1,
        2,
    ]


def test_only_what_is_in_doubt_is_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text('{"n": 0.5, "l": ["a"]}\n')
    frame = ndjson.texts(path)
    assert ndjson.exact(path, frame, ["l"], ["n"]) is frame
    path.write_text('{"n": 0.12345678901234567, "l": ["a"]}\n')
    assert ndjson.exact(path, frame, ["l"], []) is frame
    assert ndjson.exact(path, frame, ["l"], ["n"]).select("n", "l").collect().rows() == [
        ("0.12345678901234567", '["a"]')
    ]


def test_two_objects_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(SegdslError, match=r"SEG509.*customers\.ndjson cannot be read"):
        holds(tmp_path, 'tags contains "a"', '{"id": 1, "tags": ["\\\\"]}{"id": 2, "tags": ["\\\\"]}\n')


@pytest.mark.parametrize("empty", [b"", b"\n\n", b"\xef\xbb\xbf", b"\n" * 70_000])
def test_a_file_without_objects_is_a_table_without_rows(tmp_path: Path, empty: bytes) -> None:
    assert holds(tmp_path, "none(order)", '{"id": 1}\n', empty) == [1]
    assert holds(tmp_path, "any(order)", '{"id": 1}\n', empty) == []
    assert holds(tmp_path, "none(order)", empty) == []


def test_rows_that_say_nothing_are_rows(tmp_path: Path) -> None:
    with pytest.raises(SegdslError, match="SEG502"):
        holds(tmp_path, "none(order)", "{}\n{}\n")


def test_a_mark_at_the_beginning_is_no_part_of_the_text(tmp_path: Path) -> None:
    assert holds(tmp_path, 'name = "é"', '\ufeff{"id": 1, "name": "é"}\r\n{"id": 2}\r\n') == [1]
    assert holds(tmp_path, 'tags contains "\\\\"', '\ufeff{"id": 1, "tags": ["\\\\"]}\n') == [1]


def test_a_packed_file_says_so(tmp_path: Path) -> None:
    for name in ("customers.ndjson", "customers.csv"):
        (tmp_path / name).write_bytes(gzip.compress(b'{"id": 1}\n'))
        library = Library.from_text("segment s where id = 1", _SCHEMA)
        with pytest.raises(SegdslError, match="it is compressed with gzip; unpack it"):
            library.evaluate({"customers": tmp_path / name}, as_of=_AS_OF)
