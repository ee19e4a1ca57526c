"""Threads: one matcher for many, and one that is swapped while records are matched."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from matching.shop import AS_OF, SCHEMA, everybody, library

import segdsl
from segdsl import Matcher, SegdslError

_ROOT = Path(__file__).parents[2]


def test_many_threads_share_one_matcher() -> None:
    matcher, people = library().matcher(AS_OF), everybody()
    expected = [library().matcher(AS_OF).match(one) for one in people]
    barrier = threading.Barrier(8)

    def all_of_them(_: int) -> list[list[str]]:
        barrier.wait()
        found = [matcher.match(one) for one in people]
        matcher.changes(people[0], people[1])
        matcher.why(people[2], "buyers")
        return found

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(all_of_them, range(8)):
            assert found == expected


def test_one_instant_in_one_thread_is_not_anothers() -> None:
    """The times of a clock that is read for each record are kept as a whole."""
    from datetime import datetime, timedelta

    matcher = library().matcher(segments=["lapsed"])
    record = {"orders": 1, "order": [{"placed_at": datetime(2026, 3, 3, 12)}]}
    first, second = datetime(2026, 6, 1, 11, 59, 59), datetime(2026, 6, 1, 12, 0, 1)
    wrong: list[datetime] = []

    def asked(instant: datetime, lapsed: bool) -> None:
        for step in range(2000):
            at = instant + timedelta(microseconds=step)
            if (matcher._whole(record, at) == ["lapsed"]) is not lapsed:
                wrong.append(at)

    threads = [threading.Thread(target=asked, args=args) for args in ((first, False), (second, True)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def _of(limit: int) -> Matcher:
    text = "\n".join(f"segment s{number} where age >= {limit}" for number in range(20))
    return segdsl.Library.from_text(text, SCHEMA).matcher(AS_OF)


def test_a_swap_is_never_seen_halfway() -> None:
    """All segments of a library ask the same: of one record, all or none hold."""
    limits = iter([30, *[10, 30] * 6])
    live = segdsl.LiveMatcher(lambda: _of(next(limits)))
    stop, seen = threading.Event(), set[int]()

    def match() -> None:
        while not stop.is_set():
            seen.add(len(live.match({"age": 20})))

    threads = [threading.Thread(target=match) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(12):
        before, fresh = live.current, live.reload()
        assert live.current is fresh is not before
    stop.set()
    for thread in threads:
        thread.join()
    assert seen == {0, 20}


def test_a_matcher_goes_on_while_another_is_made() -> None:
    making, go_on = threading.Event(), threading.Event()
    first, second = _of(30), _of(10)

    def slow() -> Matcher:
        making.set()
        assert go_on.wait(30)
        return second

    made = iter([lambda: first, slow])

    def make() -> Matcher:
        return next(made)()

    live = segdsl.LiveMatcher(make)
    thread = threading.Thread(target=live.reload)
    thread.start()
    assert making.wait(30)
    assert live.match({"age": 20}) == []
    go_on.set()
    thread.join()
    assert len(live.match({"age": 20})) == 20


def test_what_cannot_be_made_leaves_the_old_one() -> None:
    texts = iter(["segment adults where age >= 18", "segment adults where agee >= 18"])
    live = segdsl.LiveMatcher(lambda: segdsl.Library.from_text(next(texts), SCHEMA).matcher(AS_OF))
    with pytest.raises(SegdslError):
        live.reload()
    assert live.match({"age": 20}) == ["adults"]


def test_swap_gives_back_the_old_one() -> None:
    first, second = _of(30), _of(10)
    live = segdsl.LiveMatcher(lambda: first)
    assert live.swap(second) is first
    assert live.current is second
    with pytest.raises(SegdslError):
        live.swap(lambda: first)  # type: ignore[arg-type]


def test_matching_loads_no_engine() -> None:
    program = f"""
import sys, segdsl
from datetime import UTC, datetime
library = segdsl.Library.from_text("segment adults where age >= 18\\nsegment some where count(order) > 0", {SCHEMA!r})
matcher = library.matcher()
assert matcher.match({{"age": 20}}) == ["adults"]
assert matcher.changes({{"age": 20}}, changed={{"age": 2}}).left == ("adults",)
thresholds = segdsl.Thresholds("", datetime(2026, 6, 1, tzinfo=UTC), (), {{}})
assert segdsl.Thresholds.from_json(thresholds.to_json()) == thresholds
print(sorted({{"polars", "sqlglot", "duckdb", "numpy"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=_ROOT, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("make", [5, lambda: None, lambda: "matcher"])
def test_what_makes_no_matcher_is_told(make: object) -> None:
    with pytest.raises(SegdslError) as raised:
        segdsl.LiveMatcher(make)  # type: ignore[arg-type]
    assert "make" in raised.value.diagnostics[0].message


def test_a_reload_that_makes_no_matcher_leaves_the_old_one() -> None:
    first = _of(10)
    made = iter([first, None])
    live = segdsl.LiveMatcher(lambda: next(made))  # type: ignore[arg-type, return-value]
    with pytest.raises(SegdslError):
        live.reload()
    assert live.current is first


def test_what_is_reloaded_while_another_is_made_stays() -> None:
    first, older, newer = _of(10), _of(20), _of(30)
    calls: list[int] = []

    def make() -> Matcher:
        calls.append(len(calls))
        if len(calls) == 2:
            assert live.reload() is newer
            return older
        return first if len(calls) == 1 else newer

    live = segdsl.LiveMatcher(make)
    assert live.reload() is newer
    assert live.current is newer


def test_what_is_put_in_force_while_another_is_made_stays() -> None:
    first, second, third = _of(10), _of(20), _of(30)
    made = iter([first, second])

    def make() -> Matcher:
        fresh = next(made)
        if fresh is second:
            live.swap(third)
        return fresh

    live = segdsl.LiveMatcher(make)
    assert live.reload() is live.current is third
