"""Pieces of html for notebooks: readable on light and on dark ground, whole in themselves, nothing loaded from anywhere.

In: texts as people wrote them. Out: html in which every one of them is escaped. Styles stand on the elements, since hosts drop
style sheets; colours are those of the text around, or lie halfway between black and white.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from segdsl.display.shares import Bar, Share

KEYWORD, TEXT, NUMBER, COMMENT = "#8b6bd6", "#3a8a4d", "#b5692a", "#7d7d7d"
"""Of what stands in a definition; each can be read on white and on nearly black."""

ERROR, WARNING, HINT = "#c25d5d", "#b5692a", "#3d80c2"

_BAR_WIDTH = 140
_CELL = "padding:2px 10px;vertical-align:top;"
_RULE = "border-bottom:1px solid rgba(128,128,128,.35);"


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of html, as opposed to a text that has to become one."""

    text: str

    def __str__(self) -> str:
        return self.text


Cell = str | int | Share | Bar | Html | None


def shown(text: str) -> str:
    """A text as it stands."""
    return escape(text)


def coloured(text: str, colour: str, *, bold: bool = False) -> str:
    weight = "font-weight:600;" if bold else ""
    return f'<span style="color:{colour};{weight}">{escape(text)}</span>'


def quiet(text: str) -> str:
    """What matters less."""
    return f'<span style="opacity:.7">{escape(text)}</span>'


def code(text: str) -> Html:
    return Html(f"<code>{escape(text)}</code>")


def heading(name: str, title: str | None = None) -> str:
    """The name of a thing, and what it is called."""
    behind = f" {escape(title)}" if title else ""
    return f"<div><strong><code>{escape(name)}</code></strong>{behind}</div>"


def paragraph(inside: str) -> str:
    """Of html that is escaped already."""
    return f"<div>{inside}</div>"


def listed(items: Iterable[str]) -> str:
    """Of html that is escaped already; an empty text where there are none."""
    inside = "".join(f"<li>{item}</li>" for item in items)
    return f'<ul style="margin:2px 0">{inside}</ul>' if inside else ""


def hints(texts: Iterable[str]) -> str:
    """What to know beside the rest, a line each."""
    return "".join(paragraph(quiet(text)) for text in texts)


def preformatted(inside: str) -> str:
    """Of html that is escaped already."""
    return (
        '<pre style="background:transparent;color:inherit;text-align:left;white-space:pre-wrap;margin:4px 0">'
        f"{inside}</pre>"
    )


def boxed(*parts: str) -> str:
    """All parts in one element."""
    return f'<div class="segdsl" style="text-align:left">{"".join(part for part in parts if part)}</div>'


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Numbers to the right; a column of bars has no name."""
    head = "".join(f'<th style="{_CELL}{_RULE}text-align:left">{escape(name)}</th>' for name in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (
        '<table style="border-collapse:collapse;background:transparent;color:inherit">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(value: Cell) -> str:
    match value:
        case int():
            return f'<td style="{_CELL}text-align:right">{value:,}</td>'
        case Share():
            return f'<td style="{_CELL}text-align:right">{escape(str(value))}</td>'
        case Bar():
            return f'<td style="{_CELL}text-align:left">{_bar(value)}</td>'
        case Html():
            return f'<td style="{_CELL}text-align:left">{value}</td>'
        case None:
            return f'<td style="{_CELL}"></td>'
        case _:
            return f'<td style="{_CELL}text-align:left">{escape(value)}</td>'


def _bar(bar: Bar) -> str:
    """Only nothing has an empty bar."""
    if not bar.part or not bar.whole:
        filled = 0
    else:
        filled = max(1, round(_BAR_WIDTH * bar.part / bar.whole))
    return (
        f'<div style="width:{_BAR_WIDTH}px;background:rgba(128,128,128,.2)">'
        f'<div style="width:{filled}px;height:.8em;background:#3d80c2"></div></div>'
    )
