"""Changes of a text that keep it nearly a text of the language: words put in, taken out, exchanged, bracketed, grafted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

_WORD = re.compile(r"\s+|[^\W\d]\w*|\d[\w.-]*|\"[^\"\n]*\"|'[^'\n]*'|.", re.DOTALL)


def mutated(data: bytes, longest: int, random: Random, words: Sequence[str], others: Sequence[bytes]) -> bytes:
    """Another input like this one."""
    head, text = (
        bytearray(data[:2].ljust(2, b"\0")),
        data[2:].decode("utf-8", "surrogatepass" if _whole(data) else "replace"),
    )
    if random.random() < 0.05:
        head[random.randrange(2)] = random.randrange(256)
    parts = _WORD.findall(text)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        parts = _changed(parts, random, words, others)
    return (bytes(head) + "".join(parts).encode("utf-8", "surrogatepass"))[:longest]


def _whole(data: bytes) -> bool:
    try:
        data[2:].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _changed(parts: list[str], random: Random, words: Sequence[str], others: Sequence[bytes]) -> list[str]:
    first = random.randrange(len(parts) + 1)
    last = min(len(parts), first + random.choice((1, 1, 2, 3, 5, 9, 20)))
    before, these, after = parts[:first], parts[first:last], parts[last:]
    match random.randrange(9):
        case 0:
            return before + after
        case 1:
            return [*before, *these, " ", *these, *after]
        case 2 | 3:
            return [*before, " ", random.choice(words), " ", *after]
        case 4:
            return [*before, " ", random.choice(words), " ", *these, *after]
        case 5:
            return [*before, "(", *these, ")", *after]
        case 6:
            other = _WORD.findall(random.choice(others)[2:].decode("utf-8", "replace"))
            start = random.randrange(len(other) + 1)
            graft = other[start : start + random.choice((3, 7, 15, 40))]
            return [*before, " ", *graft, " ", *after]
        case 7:
            return [*before, *random.sample(these, len(these)), *after]
        case _:
            return [*before, *(these * random.choice((2, 3, 8, 30))), *after]
