"""Texts that are too large, too deep or too strange end in a diagnostic, and soon."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from segdsl.diagnostics import Diagnostic
from segdsl.limits import DEFAULT, Limits
from segdsl.source import Source
from segdsl.syntax.decode import decode
from segdsl.syntax.grammar import grammar
from segdsl.syntax.parse import parse_condition, parse_file


@contextmanager
def soon(seconds: float = 5.0) -> Iterator[None]:
    """Generous: what is caught here is work that grows with the square of a text, or worse."""
    grammar()
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < seconds


def findings(text: str, limits: Limits = DEFAULT) -> tuple[Diagnostic, ...]:
    tree, found = parse_condition(Source("c", text), limits)
    assert (tree is None) == bool(found)
    return found


def codes(text: str, limits: Limits = DEFAULT) -> list[str]:
    return [finding.code for finding in findings(text, limits)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" or ".join(["a"] * 10_000), "SEG706"),
        (" and ".join(["a = 1"] * 5_000), "SEG706"),
        ("(" * 50_000, "SEG704"),
        ("(" * 30_000 + "a" + ")" * 30_000, "SEG704"),
        ("not " * 10_000 + "a", "SEG704"),
        ("-" * 10_000 + "a", "SEG704"),
        ("- " * 10_000 + "a", "SEG704"),
        ("+".join(["a"] * 10_000), "SEG705"),
        ("a" + " as of b" * 5_000, "SEG705"),
        ("a = 1 " * 1_700_000, "SEG702"),
        ("a, " * 20_000, "SEG703"),
        ("a in (" + ",".join(["1"] * 10_001) + ")", "SEG707"),
        ("a = " + "1" * 60_000, "SEG710"),
        ('a = "' + "x" * 60_000 + '"', "SEG708"),
        ("x" * 60_000, "SEG709"),
        ('"' * 20_001, "SEG109"),
        ('"\n' * 30_000, "SEG109"),
        ("/*" * 30_000, "SEG117"),
        ("2026-" * 10_000, "SEG122"),
        (".5" * 20_000, "SEG121"),
        ('"' + "\\u{" * 15_000 + '"', "SEG110"),
        ("“" * 20_000, "SEG112"),
        ("a " * 25_000, "SEG120"),
        ("1 " * 25_000, "SEG101"),
    ],
)
def test_large_texts(text: str, code: str) -> None:
    with soon():
        found = codes(text)
    assert found[0] == code
    assert len(found) <= DEFAULT.findings


def test_a_large_file() -> None:
    with soon():
        file, found = parse_file(Source("a.seg", "segment s where a = 1\n" * 500_000))
    assert not file.definitions
    assert [finding.code for finding in found] == ["SEG701"]


def test_a_large_definition_does_not_hide_the_next() -> None:
    text = "segment p where x in (" + "1, " * 30_000 + "1)\nsegment q where a"
    file, found = parse_file(Source("a.seg", text))
    assert [finding.code for finding in found] == ["SEG702"]
    assert len(file.definitions) == 1
    assert [broken.text for broken in file.broken] == ["p"]


def test_a_definition_that_is_far_too_large_is_not_taken_apart() -> None:
    for inside in ("(" * 1_000_000, "a+" * 500_000, '"' * 1_000_000, "(\n" * 500_000, "# x\n" * 10 + "/*" * 500_000):
        text = f"segment p where {inside}\n\n  # of q\nsegment q where a  # of q too\nsegment r where b\n"
        with soon(1.0):
            file, found = parse_file(Source("a.seg", text))
        assert [finding.code for finding in found] == ["SEG702"]
        size = len(f"segment p where {inside}".rstrip())
        assert f"{size:,} bytes" in found[0].message
        assert [definition.name.text for definition in file.definitions] == ["q", "r"]
        assert [broken.text for broken in file.broken] == ["p"]
        assert [comment.text for comment in file.comments[-2:]] == [" of q", " of q too"]


def test_comments_before_a_definition_may_be_long() -> None:
    comments = "# licence\n" * 10_000
    file, found = parse_file(Source("a.seg", f"{comments}segment p where a\n\n{comments}segment q where a\n{comments}"))
    assert found == ()
    assert len(file.comments) == 30_000
    assert len(file.definitions) == 2
    file, found = parse_file(Source("a.seg", comments + "sgment p where a"))
    assert [finding.code for finding in found] != ["SEG702"]


@pytest.mark.parametrize("longest", range(15, 22))
def test_the_size_of_a_definition_is_exact_in_a_file(longest: int) -> None:
    limits = replace(DEFAULT, definition_bytes=longest)
    text = "# one\nsegment p where a\n \n# two\n\n \tsegment q where ab \n\n  # three\n"
    file, found = parse_file(Source("a.seg", text), limits)
    too_large = [size for size in (17, 18) if size > longest]
    assert [finding.code for finding in found] == ["SEG702"] * len(too_large)
    for size, finding in zip(too_large, found, strict=True):
        assert f"{size} bytes" in finding.message
    assert len(file.definitions) == 2 - len(too_large)
    assert [comment.text for comment in file.comments] == [" one", " two", " three"]


def test_a_file_with_very_many_errors_reports_the_first_ones() -> None:
    with soon():
        file, found = parse_file(Source("a.seg", "segment s\n" * 20_000))
    assert len(found) == DEFAULT.findings + 1
    assert found[-1].code == "SEG712"
    assert len(file.broken) == 20_000


def test_many_errors_take_time_in_proportion() -> None:
    with soon():
        found = findings("a == 1 && " * 5_000)
    assert len(found) == DEFAULT.findings


@pytest.mark.parametrize(
    ("inside", "outside", "limits"),
    [
        ("(" * 24 + "a" + ")" * 24, "(" * 25 + "a" + ")" * 25, DEFAULT),
        ("not (" * 24 + "a" + ")" * 24, "not (" * 25 + "a" + ")" * 25, DEFAULT),
        ("f(" * 24 + "a" + ")" * 24, "f(" * 25 + "a" + ")" * 25, DEFAULT),
        (" or ".join(["a"] * 500), " or ".join(["a"] * 501), DEFAULT),
        (" and ".join(["a between 1 and 2"] * 500), " and ".join(["a"] * 501), DEFAULT),
        ("f(" + " or ".join(["a"] * 400) + ") or " + " or ".join(["a"] * 400), " or ".join(["a"] * 501), DEFAULT),
        ("a = " + "9" * 38, "a = " + "9" * 39, DEFAULT),
        ("a = 0." + "1" * 37, "a = 0." + "1" * 39, DEFAULT),
        ("a in (1, 2, 3)", "a in (1, 2, 3, 4)", replace(DEFAULT, list_values=3)),
        ("a = 'xyz'", "a = 'wxyz'", replace(DEFAULT, string_length=3)),
        ("abc = 1", "abcd = 1", replace(DEFAULT, name_length=3)),
        ("a = 123", "a = 1234", replace(DEFAULT, digits=3)),
        ("a + b", "a + b + c", replace(DEFAULT, tree_depth=3)),
        ("+".join(["a"] * 99), "+".join(["a"] * 101), DEFAULT),
        ("a = 1", "a = 1 or b", replace(DEFAULT, tokens=3)),
        ("a = 1", "a = 12", replace(DEFAULT, definition_bytes=5)),
        ('a="é"', 'a="éé"', replace(DEFAULT, definition_bytes=6)),
        ("not a", "not not a", replace(DEFAULT, nesting=0)),
    ],
)
def test_limits_are_exact(inside: str, outside: str, limits: Limits) -> None:
    assert codes(inside, limits) == []
    found = codes(outside, limits)
    assert len(found) == 1
    assert found[0].startswith("SEG7")


def test_a_list_of_ten_thousand_values_is_read() -> None:
    with soon():
        assert codes("a in (" + ",".join(map(str, range(10_000))) + ")") == []


def test_the_size_of_a_file_is_exact() -> None:
    text = "segment s where a"
    limits = replace(DEFAULT, source_bytes=len(text))
    assert parse_file(Source("a.seg", text), limits)[1] == ()
    assert [finding.code for finding in parse_file(Source("a.seg", text + " "), limits)[1]] == ["SEG701"]


def test_little_stack_and_a_low_recursion_limit_change_nothing() -> None:
    """What is within the limits must be readable in a thread of a host that has little room."""
    texts = ["(" * 24 + "a" + ")" * 24, "+".join(["a"] * 90), "not (" * 24 + "a" + ")" * 24, "(" * 5_000]
    grammar()
    expected = [codes(text) for text in texts]
    found: list[list[str]] = []

    def work() -> None:
        found.extend(codes(text) for text in texts)

    _in_small_thread(work)
    assert found == expected


def _in_small_thread(work: Callable[[], None]) -> None:
    size, limit = threading.stack_size(256 * 1024), sys.getrecursionlimit()
    try:
        thread = threading.Thread(target=work)
        sys.setrecursionlimit(150)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)


def test_threads_share_the_parser() -> None:
    texts = [f"orders >= {number} and (a or b{number})" for number in range(40)]
    expected = [parse_condition(Source("c", text))[0] for text in texts]
    found: dict[int, list[object]] = {}

    def work(key: int) -> None:
        found[key] = [parse_condition(Source("c", text))[0] for text in texts]

    threads = [threading.Thread(target=work, args=(key,)) for key in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[key] == expected for key in range(8))


def test_bytes() -> None:
    source, found = decode(b"\xef\xbb\xbfsegment s where a\r\n", "a.seg")
    assert source.text == "segment s where a\r\n"
    assert found == ()
    file, found = parse_file(source)
    assert len(file.definitions) == 1
    assert found == ()


def test_bytes_that_are_no_utf8() -> None:
    source, found = decode("segment caf\u00e9 where a".encode("latin-1"), "a.seg")
    assert source.text == ""
    assert [finding.code for finding in found] == ["SEG130"]
    assert found[0].span.describe() == "a.seg:1:12"
    assert "0xE9" in found[0].message


def test_too_many_bytes_are_not_decoded() -> None:
    source, found = decode(b"\xff" * (DEFAULT.source_bytes + 1), "a.seg")
    assert source.text == ""
    assert [finding.code for finding in found] == ["SEG701"]


def test_every_limit_is_a_setting() -> None:
    assert Limits(nesting=1) == replace(DEFAULT, nesting=1)


def test_what_was_read_from_a_long_text_is_shown_without_it() -> None:
    source = Source("a.seg", "segment p where a  # " + "x" * 100_000)
    assert len(repr(source)) < 100
    assert repr(source).startswith("Source(name='a.seg', text='segment")
    assert "x" * 100 not in repr(parse_file(source)[0].definitions)
