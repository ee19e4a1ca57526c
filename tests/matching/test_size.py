"""Large libraries and deep conditions: Python's parser and compiler have limits that no text may reach."""

from __future__ import annotations

import time

import segdsl
from segdsl.limits import DEFAULT

_SCHEMA = {"entity": {"table": "t", "key": "id", "fields": {"id": "int", "a": "int?", "b": "float?", "c": "string?"}}}


def _matched(text: str, *records: dict[str, object]) -> list[list[str]]:
    matcher = segdsl.Library.from_text(text, _SCHEMA).matcher("2026-06-01")
    return [matcher.match(record) for record in records]


def test_what_several_segments_ask_is_written_once() -> None:
    text = "segment s where a > 1 and a * 7 + 2 > 30\nsegment t where b > 1 and a * 7 + 2 > 30"
    matcher = segdsl.Library.from_text(text, _SCHEMA).matcher("2026-06-01")
    assert matcher.source.count("30") == 1
    assert matcher.match({"a": 5, "b": 0.0}) == ["s"]


def test_as_many_terms_as_a_text_may_have() -> None:
    terms = " or ".join(f"(a = {number} and b > {number})" for number in range(DEFAULT.terms - 1))
    assert _matched(f"segment s where {terms}", {"a": 300, "b": 300.5}, {"a": 300, "b": 300.0}) == [["s"], []]


def test_as_deep_as_a_text_may_be() -> None:
    depth = DEFAULT.nesting - 2
    deep = "a"
    for _ in range(depth):
        deep = f"abs({deep} - 1)"
    nested = "a > 0"
    for number in range(depth):
        nested = f"({nested} {'or' if number % 2 else 'and'} b > {number})"
    found = _matched(f"segment values where {deep} = 1\nsegment nested where {nested}", {"a": 1, "b": 50.0}, {})
    assert found == [["values", "nested"] if depth % 2 == 0 else ["nested"], []] or found[1] == []
    assert "nested" in found[0]


def test_a_long_chain_of_definitions() -> None:
    lines = ["trait t0 = a + 1"]
    lines += [f"trait t{number} = abs(t{number - 1} - {number})" for number in range(1, 45)]
    value = 6
    for number in range(1, 45):
        value = abs(value - number)
    found = _matched("\n".join([*lines, f"segment s where t44 = {value}"]), {"a": 5}, {})
    assert found == [["s"], []]


def test_a_library_of_thousands() -> None:
    text = "\n".join(
        f'segment s{number} where a > {number % 97} and (c = "x{number % 13}" or b < {number})'
        for number in range(3000)
    )
    library = segdsl.Library.from_text(text, _SCHEMA)
    matcher = library.matcher("2026-06-01")
    record = {"a": 50, "b": 1500.0, "c": "x5"}
    expected = [f"s{n}" for n in range(3000) if n % 97 < 50 and (n % 13 == 5 or n > 1500)]
    assert matcher.match(record) == expected
    start = time.process_time()
    for _ in range(20):
        matcher.match(record)
    # A tenth of a millisecond would do; this is about orders of magnitude.
    assert (time.process_time() - start) / 20 < 0.01
