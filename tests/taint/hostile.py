"""Libraries whose every text and name is out to be taken for SQL.

Each value and each name has a mark in it that nothing else has, at its beginning, its end or both, so that no part of one can go
unnoticed; a few have none, as texts that are nothing but a quote are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unicodedata import normalize

BEGIN, END = "⟪", "⟫"
PIECES = (
    *(
        "'",
        '"',
        "`",
        "''",
        "\\",
        "\\\\",
        "\\'",
        '\\"',
        "\\`",
        "--",
        "-- ",
        "#",
        "/*",
        "*/",
        "//",
        ";",
        "\n",
        "\r",
        "\t",
        "\u2028",
        "\x0b",
    ),
    *(
        "${x}",
        "${env:HOME}",
        "$1",
        "$$",
        "$a$",
        "%s",
        "%(p1)s",
        "%%",
        ":p",
        ":p1",
        "::int",
        "?",
        "??",
        "@p1",
        "@@x",
        "{{x}}",
        "{p1:String}",
    ),
    *(
        " OR 1=1 ",
        " or true ",
        "'); DROP TABLE t; --",
        "' UNION SELECT * FROM t --",
        "0x27",
        "\\x27",
        "\\u0027",
        "\\047",
        "&#39;",
    ),
    *(
        "e\u0301",
        "ﬀ",
        "ß",
        "İ",
        "\ufeff",
        "\u200b",
        "\u202e",
        "😀",
        "\U0010ffff",
        "\u00a0",
        "¥",
        "ʼ",
        "＇",
        "′",
        "´",
        "’",
    ),
    *(
        "*",
        "?",
        "[a]",
        "^",
        "$",
        ".",
        "|",
        "_",
        "%",
        "(",
        ")",
        "{",
        "}",
        "=",
        "0",
        "a",
        "Z",
        " ",
        "E'",
        "N'",
        "U&'",
        "X'",
        "b'",
        "NULL",
    ),
)
CONTROLS = frozenset("\u2028\x0b\ufeff\u200b\u202e")
"""What no name of the language may hold."""


@dataclass
class Marked:
    """Hostile words, and which of them there have been."""

    random: Random
    values: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    count: int = 0

    def _word(self, pieces: Sequence[str]) -> str:
        return "".join(self.random.choice(pieces) for _ in range(self.random.randint(1, 5)))

    def value(self) -> str:
        """A text."""
        self.count += 1
        word, mark = self._word(PIECES), f"k{self.count}"
        shape = self.random.randrange(10)
        made = word if shape == 0 else f"{BEGIN}{mark}{word}" if shape < 4 else f"{word}{mark}{END}"
        made = f"{BEGIN}{mark}{word}{mark}{END}" if shape > 7 else made
        self.values.add(made)
        return made

    def name(self, *, quoted: str = "", most: int = 40) -> str:
        """A name of the data's, or, without what ``quoted`` holds, of the language's."""
        self.count += 1
        pieces = [one for one in PIECES if not quoted or not (set(one) & (set(quoted) | CONTROLS))]
        made = f"{BEGIN}n{self.count}{self._word(pieces)}".strip()[:most]
        # The language reads names as NFC; the data's are as they are.
        self.names.update((made, normalize("NFC", made)))
        return made


def written(value: str, random: Random) -> str:
    """A text in the language."""
    quote = random.choice("\"'")
    pieces = []
    for character in value:
        if character in (quote, "\\"):
            pieces.append("\\" + character)
        elif character in "\n\t" and random.random() < 0.5:
            pieces.append({"\n": "\\n", "\t": "\\t"}[character])
        elif character < " " or character in CONTROLS or random.random() < 0.1:
            pieces.append(f"\\u{{{ord(character):x}}}")
        else:
            pieces.append(character)
    return quote + "".join(pieces) + quote


@dataclass(frozen=True)
class Hostile:
    """A schema, a text of the language with one segment, and settings for its parameters."""

    schema: dict[str, Any]
    text: str
    segment: str
    settings: dict[str, str]
    marked: Marked


_FIELDS = ("a", "b", "tags", "n", "d", "x", "kind")


def examples(random: Random) -> Iterator[Hostile]:
    """Some libraries over one schema."""
    marked = Marked(random)
    named = _names(marked, random)
    schema = _schema(marked, named, random)
    for _ in range(random.randint(5, 15)):
        yield _library(schema, marked, named, random)


def _names(marked: Marked, random: Random) -> dict[str, str]:
    """What the fields, and the relation, go by in texts: mostly their plain names, as whoever declares a schema chooses them."""
    return {
        one: f"`{marked.name(quoted='`.', most=30)}`" if random.random() < 0.2 else one
        for one in (*_FIELDS, "note", "code")
    }


def _schema(marked: Marked, named: dict[str, str], random: Random) -> dict[str, Any]:
    def column() -> dict[str, str]:
        return {"column": marked.name(most=20)} if random.random() < 0.6 else {}

    def spelled() -> dict[str, list[str]]:
        return {"missing": [marked.value(), "n/a"]} if random.random() < 0.4 else {}

    def plain(name: str) -> str:
        return named[name].strip("`")

    fields = {
        "id": "int",
        plain("a"): {"type": "string?", **column(), **spelled()},
        plain("b"): {"type": "string?", **column()},
        plain("tags"): {"type": "list(string)", **column()},
        plain("n"): {"type": "int?", **column()},
        plain("d"): {"type": "date?", **column()},
        plain("x"): {"type": "decimal(12,2)?", **column()},
        plain("kind"): {"type": "string?", "values": {"web": marked.value(), "app": marked.value()}, **column()},
    }
    notes = {
        "id": "int",
        "cid": "int?",
        "at": {"type": "timestamp?", **column()},
        plain("note"): {"type": "string?", **column(), **spelled()},
        plain("code"): {"type": "string?", **column()},
    }
    table = marked.name(most=20).replace(".", "")
    marked.names.add(table)
    relation = {"table": table, "on": {"cid": "id"}, "key": "id", "time": "at", "fields": notes}
    if random.random() < 0.3:
        relation["where"] = f"{named['code']} != {written(marked.value(), random)}"
    return {"entity": {"table": "people", "key": "id", "fields": fields}, "relations": {"note": relation}}


def _library(schema: dict[str, Any], marked: Marked, named: dict[str, str], random: Random) -> Hostile:
    def value() -> str:
        return written(marked.value(), random)

    def values() -> str:
        return f"({', '.join(value() for _ in range(random.randint(1, 3)))})"

    a, b, tags, n, d, x, note, code = (named[one] for one in ("a", "b", "tags", "n", "d", "x", "note", "code"))
    text = random.choice((a, b))
    word = random.choice((note, code))
    makers = (
        lambda: f"{text} = {value()}",
        lambda: f"{text} != {value()}",
        lambda: f"{text} in {values()}",
        lambda: f"not {text} in {values()}",
        lambda: f"{text} {random.choice(('contains', 'starts with', 'ends with', 'matches'))} {value()}",
        lambda: f"{text} not matches {value()}",
        lambda: f"{tags} contains {value()}",
        lambda: f"{tags} contains {random.choice(('any', 'all'))} {values()}",
        lambda: f"replace({text}, {value()}, {value()}) = {value()}",
        lambda: f"coalesce({text}, {value()}) = {value()}",
        lambda: f"if({n} > 3, {value()}, {text}) = {value()}",
        lambda: f"upper({text}) = {value()}",
        lambda: f"any(note where {word} = {value()})",
        lambda: f"count(note in last 30 days where {word} contains {value()}) >= 2",
        lambda: f"distinct(note.{word} where {word} != {value()}) > 1",
        lambda: f"last(note.{word}) = {value()}",
        lambda: f"any(note where {word} = {value()} followed by (note where {word} in {values()}))",
        lambda: f"count(note per {word} having count(note) >= 2) >= 1 and {text} = {value()}",
        lambda: f"top 10 by count(note where {word} = {value()})",
        lambda: f"{n} in (1, 2, 3) and {x} > 1.5 and {d} < 2026-01-01 and {text} = {value()}",
        lambda: f"{text} in given",
        lambda: f"{text} = word",
        lambda: f"told({value()})",
        lambda: f'{named["kind"]} = "web"',
    )
    condition = f" {random.choice(('and', 'or'))} ".join(random.choice(makers)() for _ in range(random.randint(1, 3)))
    segment = marked.name(quoted="`\n\r\t.", most=18) if random.random() < 0.3 else "it"
    title = f" {value()} about {value()} tags {value()}" if random.random() < 0.2 else ""
    settings = {"word": marked.value()} if random.random() < 0.5 else {}
    lines = (
        f"param word = {value()}",
        f"param given = {values()}",
        f"trait told(t: string) = any(note where {word} = t or {text} = t)",
        f"tiers level\n  `{marked.name(quoted='`. ', most=14)}` where {text} = {value()}\n  otherwise low",
        f"segment `{segment}`{title} where {condition}",
        f'segment `{segment}2` where level = "low"' if random.random() < 0.1 else "",
    )
    return Hostile(schema, "\n".join(lines) + "\n", segment, settings, marked)
