"""Widths of texts, shares and bars."""

from __future__ import annotations

import pytest

from segdsl.display import english, html, text
from segdsl.display.shares import BLOCKS, SIGNS, Bar, Share


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 0, ""),
        (0, 6, "0.0%"),
        (6, 6, "100.0%"),
        (1, 6, "16.7%"),
        (1, 2, "50.0%"),
        (1, 1000, "0.1%"),
        (4, 10_000, "0.04%"),
        (9_996, 10_000, "99.96%"),
        (1, 100_000, "0.001%"),
        (99_999, 100_000, "99.999%"),
        (1, 10_000_000, "<0.001%"),
        (9_999_999, 10_000_000, ">99.999%"),
        (1, 2_000, "0.05%"),
        (1_999, 2_000, "99.95%"),
    ],
)
def test_shares_have_as_many_digits_as_it_takes(part: int, whole: int, shown: str) -> None:
    assert str(Share(part, whole)) == shown


@pytest.mark.parametrize(
    ("part", "whole", "cells", "drawn"),
    [
        (0, 100, 4, ""),
        (0, 0, 4, ""),
        (1, 1_000_000, 4, "▏"),
        (50, 100, 4, "██"),
        (1, 4, 4, "█"),
        (3, 32, 4, "▍"),
        (5, 32, 4, "▋"),
        (999_999, 1_000_000, 4, "███▉"),
        (100, 100, 4, "████"),
    ],
)
def test_bars(part: int, whole: int, cells: int, drawn: str) -> None:
    assert Bar(part, whole).drawn(cells) == drawn


def test_bars_of_signs() -> None:
    drawn = [Bar(part, 12).drawn(4, SIGNS) for part in (0, 1, 2, 3, 6, 11, 12)]
    assert drawn == ["", ".", ":", "#", "##", "###:", "####"]


@pytest.mark.parametrize("glyphs", [BLOCKS, SIGNS])
def test_no_bar_says_nobody_or_everybody_where_it_is_not_so(glyphs: str) -> None:
    for part in range(1, 1000):
        drawn = Bar(part, 1000).drawn(10, glyphs)
        assert 1 <= len(drawn) <= 10
        assert drawn != glyphs[-1] * 10
        assert len(drawn) >= len(Bar(part - 1, 1000).drawn(10, glyphs))


@pytest.mark.parametrize(
    ("written", "cells"),
    [("abc", 3), ("日本", 4), ("e\u0301", 1), ("🛒", 2), ("Ωμ", 2), ("ＡＢ", 4), ("", 0), ("한", 2), ("🇬🇷", 2)],
)
def test_widths(written: str, cells: int) -> None:
    assert text.width(written) == cells


@pytest.mark.parametrize(
    ("written", "cells", "mark", "shown"),
    [
        ("Lapsed", 6, "…", "Lapsed"),
        ("Lapsed", 5, "…", "Laps…"),
        ("Lapsed", 5, "...", "La..."),
        ("日本語", 6, "…", "日本語"),
        ("日本語", 5, "…", "日本…"),
        ("日本語", 4, "…", "日…"),
        ("of all", 4, "…", "of…"),
        ("Lapsed", 2, "...", ".."),
    ],
)
def test_cut(written: str, cells: int, mark: str, shown: str) -> None:
    assert text.cut(written, cells, mark) == shown
    assert text.width(shown) <= cells


def test_nothing_printed_moves_the_cursor() -> None:
    assert text.printable("a\x1b[2Jb\u202ec\td") == "a�[2Jb�c�d"
    assert text.printable("👩\u200d👧 ❤\ufe0f") == "👩👧 ❤"


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ground", ["#ffffff", "#1e1e1e", "#111111"])
@pytest.mark.parametrize(
    "colour", [html.KEYWORD, html.TEXT, html.NUMBER, html.COMMENT, html.ERROR, html.WARNING, html.HINT]
)
def test_colours_can_be_read_on_light_and_on_dark(colour: str, ground: str) -> None:
    darker, lighter = sorted((_luminance(colour), _luminance(ground)))
    assert (lighter + 0.05) / (darker + 0.05) > 3.8


@pytest.mark.parametrize(
    ("noun", "many"),
    [
        ("order", "orders"),
        ("company", "companies"),
        ("day", "days"),
        ("box", "boxes"),
        ("branch", "branches"),
        ("address", "addresses"),
        ("contact person", "contact people"),
        ("web series", "web series"),
        ("SKU", "SKUs"),
        ("y", "ys"),
    ],
)
def test_plurals(noun: str, many: str) -> None:
    assert english.plural(noun) == many
    assert english.counted(1, noun) == f"1 {noun}"
    assert english.counted(2_000, noun) == f"2,000 {many}"
