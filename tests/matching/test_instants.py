"""The instant that a matcher, its explanations and its thresholds are of, in zones other than UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from matching.shop import AS_OF, RANKS, SCHEMA, TEXT, frames, library

import segdsl
from segdsl import SegdslError
from segdsl.errors import records as errors


def _made(text: str, zone: str) -> segdsl.Library:
    return segdsl.Library.from_text(text, {**SCHEMA, "timezone": zone})


def test_why_is_of_the_instant_that_match_is_of() -> None:
    matcher = _made("segment recent where any(order in last 2 hours)", "America/New_York").matcher(
        "2026-06-01T12:00:00Z"
    )
    record = {"order": [{"placed_at": "2026-06-01T11:00:00Z"}]}
    assert matcher.match(record) == ["recent"]
    assert matcher.why(record, "recent").holds
    assert matcher.why(record, "recent").as_of == datetime(2026, 6, 1, 12)


def test_why_of_a_day_that_has_just_begun() -> None:
    matcher = _made("segment p where (count(order) > 0) as of 2026-06-01", "Asia/Tokyo").matcher("2026-06-01")
    record = {"order": [{"placed_at": "2026-05-01T00:00:00Z"}]}
    assert matcher.match(record) == ["p"]
    assert matcher.why(record, "p").holds


def test_a_day_in_place_of_an_instant_begins_where_the_zone_begins_it() -> None:
    """Athens is three hours ahead: its first of June begins at 21:00 UTC of the day before."""
    matcher = _made("segment recent where any(order in last 2 hours)", "Europe/Athens").matcher("2026-05-31T22:30:00Z")
    assert matcher.match({"order": [{"placed_at": "2026-06-01"}]}) == ["recent"]
    assert matcher.match({"order": [{"placed_at": "2026-06-01T00:00:00"}]}) == []
    assert matcher.match({"order": [{"placed_at": "2026-05-31"}]}) == []


def test_instants_are_handed_over_with_their_zone() -> None:
    made = _made(TEXT + RANKS, "America/New_York")
    thresholds = made.thresholds(frames(), as_of="2026-06-01")
    assert thresholds.as_of == datetime(2026, 6, 1, 4, tzinfo=UTC)
    assert segdsl.Thresholds.from_json(thresholds.to_json()).as_of == thresholds.as_of
    matcher = made.matcher(thresholds.as_of, thresholds=thresholds)
    assert matcher.as_of == thresholds.as_of
    assert made.matcher(matcher.as_of, thresholds=thresholds).as_of == matcher.as_of
    assert made.matcher(thresholds=thresholds).as_of is None


def test_thresholds_of_another_instant_are_refused() -> None:
    made = library(TEXT + RANKS)
    thresholds = made.thresholds(frames(), as_of=AS_OF)
    same = datetime(2026, 6, 1, 3, tzinfo=timezone(timedelta(hours=3)))
    assert made.matcher(same, thresholds=thresholds).as_of == same
    with pytest.raises(SegdslError) as raised:
        made.matcher("2026-06-02", thresholds=thresholds)
    (found,) = raised.value.diagnostics
    assert found.code == errors.OTHER_THRESHOLDS.code
    assert "2026-06-01T00:00:00Z" in found.message
    assert "2026-06-02T00:00:00Z" in found.message


def test_thresholds_put_together_by_hand_are_in_utc() -> None:
    thresholds = segdsl.Thresholds("", datetime(2026, 6, 1), (), {})
    assert thresholds.as_of == datetime(2026, 6, 1, tzinfo=UTC)
    assert segdsl.Thresholds.from_json(thresholds.to_json()) == thresholds


def _changed(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"as_of": "2026-06-01T00:00:00Z"', '"as_of": "2026-06-01T00:00:00+02:00"'),
        ('"segdsl thresholds": 1', '"segdsl thresholds": true'),
        ('"segdsl thresholds": 1', '"segdsl thresholds": 1.0'),
        ("20000", "1.5"),
        ("20000", '"a text"'),
        ("20000", "NaN"),
        ("20000", "1" + "0" * 400),
        ("20000", "null"),
        ("20000", '{"date": "2026-06-01"}'),
        ('"keys": []', '"keys": ["one"]'),
        ('"digest"', '"digests"'),
    ],
)
def test_thresholds_that_somebody_changed_are_refused(old: str, new: str) -> None:
    made = library("trait revenue = sum(order.total)\nsegment best where top 10% by revenue")
    text = made.thresholds(frames(), as_of=AS_OF).to_json()
    assert segdsl.Thresholds.from_json(text).to_json() == text
    with pytest.raises(SegdslError) as raised:
        segdsl.Thresholds.from_json(_changed(text, old, new))
    assert [one.code for one in raised.value.diagnostics] == [errors.UNREADABLE_THRESHOLDS.code]
