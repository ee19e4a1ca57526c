"""Hostile examples and conditions with comments inside: run, or refused with a reason, and shown as what they are."""

from __future__ import annotations

import pytest
from small_project import AS_OF, SCHEMA, customers, orders

from segdsl import Library
from segdsl.examples.report import render

ATHENS = {**SCHEMA, "timezone": "Europe/Athens"}
DATA = {"customers": customers(), "orders": orders()}


def example(*lines: str, as_of: str = "", title: str = "t") -> Library:
    given = "".join(f"  {line}\n" for line in lines)
    return Library.from_text(f'segment s where any(order)\nexample "{title}"{as_of}\n{given}', ATHENS)


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-03", "9999-12-31"])
def test_examples_beyond_the_calendar(day: str) -> None:
    found = example("given order total = 1", "expect s", as_of=f" as of {day}").check()
    told = "this lies outside of 0001-01-03T00:00:00Z to 9999-12-29T00:00:00Z"
    assert [(d.code, d.message) for d in found] == [("SEG363", told)]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_given_times_beyond_the_calendar(day: str) -> None:
    lines = (f"given order total = 1, placed_at = {day}", "expect not s")
    found = example(*lines, as_of=" as of 2026-01-01").check()
    assert [(d.code, d.message) for d in found] == [("SEG363", "this lies outside of the years 1 to 9999")]


@pytest.mark.parametrize("day", ["0001-01-05", "0009-01-01", "9999-12-28"])
def test_examples_at_the_calendars_edges(day: str) -> None:
    """Customers are made up as created ten years before, which the calendar may not have."""
    results = example("given order total = 1", "expect s", as_of=f" as of {day}").test()
    assert results.passed, render(results, "full")


@pytest.mark.parametrize("form", ["full", "concise", "github"])
def test_titles_do_not_move_the_cursor(form: str) -> None:
    results = example("given customer", "expect s", title=r"\u{1B}[31m\u{202E}").test()
    assert "\x1b" not in render(results, form)
    assert "\u202e" not in render(results, form)


COMMENTED = """\
segment s where (count(order) # how many
  > 1 # more than one
  or name = "a # b") and any(order in # the window
  last 30 days where total > 1 # enough
  and total < 9)
example "commented"
  given customer name = "Ann"
  expect s # of course
    or name = "#"
"""


def test_comments_are_no_part_of_what_is_shown() -> None:
    """Put on one line, whatever stands behind a comment would be one."""
    library = Library.from_text(COMMENTED, SCHEMA)
    found = str(library["s"].why(DATA, 1, as_of=AS_OF))
    assert '✓ count(order) > 1 or name = "a # b"' in found
    assert "✗ any(order in last 30 days where total > 1 and total < 9) — " in found
    assert "#" not in found.replace('"a # b"', "")
    assert 'expect s or name = "#"' in render(library.test(), "full")
    assert "#" not in str(library.condition("count(order) # n\n > 1").explain(AS_OF))


def test_explanations_do_not_move_the_cursor() -> None:
    title = r"\u{1B}[31m\u{202E}<b>\n"
    library = Library.from_text(f'segment s "{title}" about "{title}" where name = "{title}"', SCHEMA)
    found = library["s"].explain(AS_OF)
    assert all(line.isprintable() for line in str(found).split("\n"))
    assert "<b>" not in found.to_html()
    assert "<b>" not in library["s"]._repr_html_()
