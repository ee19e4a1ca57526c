"""Nouns in the plural, counts, places, lists: what sentences and reports of any part are put together from.

In: words and numbers. Out: texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_IRREGULAR = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "datum": "data",
    "index": "indexes",
}
_SAME = frozenset({"series", "news", "staff", "feedback", "equipment", "information", "traffic", "sms"})


def plural(noun: str) -> str:
    """Of the last word: categories, boxes, people."""
    head, _, last = noun.rpartition(" ")
    lead = f"{head} " if head else ""
    low = last.lower()
    if low in _SAME:
        return noun
    if low in _IRREGULAR:
        return lead + _IRREGULAR[low]
    if last.isupper():
        return f"{noun}s"
    if low.endswith("y") and low[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return f"{noun[:-1]}ies"
    if low.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    return f"{noun}s"


def counted(number: int, noun: str) -> str:
    """
    >>> counted(1, "order"), counted(1200, "company"), counted(0, "file")
    ('1 order', '1,200 companies', '0 files')
    """
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def ending(place: int) -> str:
    """
    >>> [f"{place}{ending(place)}" for place in (1, 2, 3, 4, 11, 112, 21)]
    ['1st', '2nd', '3rd', '4th', '11th', '112th', '21st']
    """
    tens, ones = divmod(place % 100, 10)
    return "th" if tens == 1 else {1: "st", 2: "nd", 3: "rd"}.get(ones, "th")


def listed(items: Sequence[str], word: str = "and") -> str:
    """
    >>> listed(["a"]), listed(["a", "b", "c"], "or")
    ('a', 'a, b or c')
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def named(names: Iterable[str], word: str = "and") -> str:
    """
    >>> print(named(["orders", "spent"]))
    `orders` and `spent`
    """
    return listed([f"`{name}`" for name in names], word)
