"""An explanation as a text for a terminal: a line for each condition and value, indented as they stand in one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from segdsl.why.tree import Node, Why

_YES, _NO, _VALUE = "✓", "✗", "·"
_ASCII = str.maketrans({_YES: "+", _NO: "-", _VALUE: "=", "…": "~", "—": "-", "–": "-"})

Style = Callable[[str, str], str]
"""A text and how it is shown: ``yes``, ``no``, ``faint`` or ``bold``."""


def render(why: Why, *, style: Style | None = None, ascii: bool = False) -> str:
    """``style`` colours pieces; ``ascii``: no sign beyond ASCII is the tree's own."""
    paint = style or (lambda text, _: text)
    head = paint(why.summary, "bold")
    of = f"{why.entity} {why.shown_key}, as of {why.moment}"
    text = "\n".join((head, of, "", *_lines(why.root, 0, paint, decides=True)))
    return text.translate(_ASCII) if ascii else text


def _lines(node: Node, depth: int, paint: Style, *, decides: bool) -> Iterator[str]:
    sign = _VALUE if node.holds is None else _YES if node.holds else _NO
    look = "faint" if node.holds is None or not (decides and node.decides) else "yes" if node.holds else "no"
    yield f"{'  ' * depth}{paint(sign, look)} {_sentence(node)}"
    for part in node.parts:
        yield from _lines(part, depth + 1, paint, decides=decides and node.decides)


def _sentence(node: Node) -> str:
    written = node.text
    if node.definition is not None and node.definition != node.text:
        written += f" = {node.definition}"
    return f"{written} — {node.finding}" if node.finding else written
