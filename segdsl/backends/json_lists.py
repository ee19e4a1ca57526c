"""Lists of texts written as a text in JSON, for data that has no lists of its own.

``["vip", "new"]``: an array of texts and nulls, and nothing else. Any other text is no list and reads as missing. What is one is said by a
regular expression that every engine understands, so that a text that passes it is parsed without failing.
"""

from __future__ import annotations

import json
import re

_HEX = "[0-9a-fA-F]"
_CODE = "|".join(
    (
        f"[1-9a-cA-CefEF]{_HEX}{{3}}",
        f"[dD][0-7]{_HEX}{{2}}",
        f"0(?:[1-9a-fA-F]{_HEX}{{2}}|0(?:[1-9a-fA-F]{_HEX}|0[1-9a-fA-F]))",
        rf"[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}",
    )
)
"""A code point other than U+0000, which PostgreSQL cannot hold, in four digits; two halves only together."""
_ITEM = rf'(?:null|"(?:[^"\\\x01-\x1f]|\\(?:["\\/bfnrt]|u(?:{_CODE})))*")'
_BLANK = r"[ \t\n\r]*"
PATTERN = rf"{_BLANK}\[{_BLANK}(?:{_ITEM}(?:{_BLANK},{_BLANK}{_ITEM})*{_BLANK})?\]{_BLANK}"
"""Of a whole text; without anchors."""


def listed(text: str) -> list[str | None] | None:
    """The list that a text is."""
    if re.fullmatch(PATTERN, text) is None:
        return None
    found: list[str | None] = json.loads(text)
    return found
