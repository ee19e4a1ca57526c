"""Workflow commands of GitHub Actions, which code hosts show beside the lines that they speak of.

In: messages and places. Out: a line of text for each.
"""

from __future__ import annotations

from collections.abc import Mapping


def annotation(command: str, message: str, properties: Mapping[str, str]) -> str:
    """``command``: ``error``, ``warning`` or ``notice``.

    >>> print(annotation("error", "100% wrong", {"file": "a,b.seg", "line": "3"}))
    ::error file=a%2Cb.seg,line=3::100%25 wrong
    """
    listed = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{command} {listed}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
