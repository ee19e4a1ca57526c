"""An explanation in a notebook: nested lists that can be folded, without scripts."""

from __future__ import annotations

from html import escape

from segdsl.why.tree import Node, Why

_COLOURS = {True: "#1a7f37", False: "#cf222e", None: "#6e7781"}
_SIGNS = {True: "✓", False: "✗", None: "·"}


def render(why: Why) -> str:
    """All that comes from texts and data is escaped."""
    head = (
        f"<b>{escape(why.summary)}</b><br><small>{escape(f'{why.entity} {why.shown_key}, as of {why.moment}')}</small>"
    )
    return (
        f'<div class="segdsl-why">{head}<ul style="list-style:none;padding-left:0">{_item(why.root, True)}</ul></div>'
    )


def _item(node: Node, decides: bool) -> str:
    decides = decides and node.decides
    faint = "" if decides or node.holds is None else ' style="opacity:0.6"'
    sign = f'<span style="color:{_COLOURS[node.holds]}">{_SIGNS[node.holds]}</span>'
    line = f"{sign} <code>{escape(node.text)}</code>"
    if node.definition is not None and node.definition != node.text:
        line += f" <small>= <code>{escape(node.definition)}</code></small>"
    if node.finding:
        line += f" — {escape(node.finding)}"
    if not node.parts:
        return f"<li{faint}>{line}</li>"
    below = "".join(_item(part, decides) for part in node.parts)
    opened = " open" if decides else ""
    return (
        f"<li{faint}><details{opened}><summary>{line}</summary>"
        f'<ul style="list-style:none;padding-left:1.5em">{below}</ul></details></li>'
    )
