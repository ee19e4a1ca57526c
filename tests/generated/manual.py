"""What a product's manual knows: functions with how many arguments they take, types, operators, words.

A file ``manuals/NAME.toml`` for each dialect that is generated. Each of its pages has a link and what stands there:

- ``functions``: ``ABS(1)``, ``ROUND(1..2)``, ``COALESCE(1..)``, as the text spells them, letter case and all;
- ``casts``: functions of the shape ``CAST(value AS type)``; ``types``: ``BIGINT``, ``NUMERIC(2)`` with so many numbers behind it;
- ``literals``: words that make something of the text behind them, such as ``DATE``;
- ``operators``: signs; ``words``: what else may stand in a statement without quotes, in capital letters; ``reserved``: what no name
  may be without quotes.

``never``: patterns that no statement may match. They are compared with the tokens, one blank between two of them, texts as ``'…'`` and
names between quotes as ``"…"``; ``example`` is what a pattern must find.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from generated.lexicon import LEXICA, Lexicon, Token

FOLDER = Path(__file__).parent / "manuals"
_KEYS = frozenset({"url", "functions", "casts", "types", "literals", "operators", "words", "reserved"})
_ENTRY = re.compile(r"(?P<name>[^()]+?)\s*(?:\((?P<least>\d+)(?P<more>\.\.(?P<most>\d*))?\))?")


@dataclass(frozen=True)
class Never:
    pattern: str
    example: str
    why: str
    url: str


@dataclass(frozen=True)
class Manual:
    """``functions`` and ``types``: from how many to how many arguments each takes (None: any number)."""

    name: str
    lexicon: Lexicon
    functions: Mapping[str, tuple[int, int | None]]
    casts: frozenset[str]
    types: Mapping[str, tuple[int, int | None]]
    literals: frozenset[str]
    operators: frozenset[str]
    words: frozenset[str]
    reserved: frozenset[str]
    nevers: tuple[Never, ...]
    links: tuple[str, ...]

    def faults(self, text: str) -> list[str]:
        """What of a statement the manual does not know, or warns of."""
        tokens = self.lexicon.tokens(text)
        spelled = " ".join({"text": "'…'", "name": '"…"'}.get(token.kind, token.text) for token in tokens)
        found = [f"{never.why}: {match[0]}" for never in self.nevers for match in re.finditer(never.pattern, spelled)]
        found.extend(_Reading(self, tokens).faults())
        return list(dict.fromkeys(found))


@cache
def manual(name: str) -> Manual:
    data = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    pages = data["page"]
    for page in pages:
        assert page.keys() <= _KEYS and page["url"].startswith("https://"), page

    def of(key: str) -> list[str]:
        return [entry for page in pages for entry in page.get(key, ())]

    words = {key: frozenset(of(key)) for key in ("casts", "literals", "operators", "words")}
    return Manual(
        name,
        LEXICA[name],
        _counted(of("functions")),
        words["casts"],
        _counted(of("types")),
        words["literals"],
        words["operators"],
        words["words"],
        frozenset(word.lower() for word in of("reserved")),
        tuple(Never(**never) for never in data.get("never", ())),
        tuple(page["url"] for page in pages),
    )


def _counted(entries: Iterable[str]) -> dict[str, tuple[int, int | None]]:
    found: dict[str, tuple[int, int | None]] = {}
    for entry in entries:
        match = _ENTRY.fullmatch(entry)
        assert match is not None, entry
        least = int(match["least"] or 0)
        most = least if match["more"] is None else int(match["most"]) if match["most"] else None
        assert match["name"] not in found, f"{entry} stands there twice"
        found[match["name"]] = least, most
    return found


class _Reading:
    """One statement's tokens, each looked at once."""

    def __init__(self, manual: Manual, tokens: Sequence[Token]) -> None:
        self.manual = manual
        self.tokens = tokens
        self.found: list[str] = []
        self.ends = self._ends()

    def faults(self) -> list[str]:
        in_types = self._types()
        for at, token in enumerate(self.tokens):
            if at in in_types:
                continue
            if token.kind == "word":
                self._word(at, token.text)
            elif token.kind == "sign" and token.text not in self.manual.operators and token.text not in "(),.":
                self.found.append(f"no operator: {token.text}")
        return self.found

    def _ends(self) -> dict[int, int]:
        """Where each opening bracket's other one is."""
        ends: dict[int, int] = {}
        opened: list[int] = []
        for at, token in enumerate(self.tokens):
            if token.kind == "sign" and token.text == "(":
                opened.append(at)
            elif token.kind == "sign" and token.text == ")":
                ends[opened.pop()] = at
        assert not opened, "brackets"
        return ends

    def _types(self) -> set[int]:
        """The tokens that are types of casts, which are looked at here."""
        found: set[int] = set()
        for at, token in enumerate(self.tokens[:-1]):
            if token.text in self.manual.casts and at + 1 in self.ends:
                end = self.ends[at + 1]
                start = next(one for one in self._outermost(at + 1, end) if self.tokens[one].text == "AS") + 1
                self._type(self.tokens[start:end])
                found.update(range(start, end))
        return found

    def _word(self, at: int, word: str) -> None:
        manual = self.manual
        before = self.tokens[at - 1].text if at else ""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else Token("sign", "")
        if before == "." or after.text == ".":
            self._name(word)
        elif at + 1 in self.ends and word in manual.functions:
            self._counted(word, manual.functions[word], self._arguments(at + 1))
        elif at + 1 in self.ends:
            if word not in manual.words and word not in manual.casts:
                self.found.append(f"no function: {word}")
        elif after.kind == "text":
            if word not in manual.literals and word not in manual.words:
                self.found.append(f"no literal: {word} '…'")
        elif word == word.lower():
            self._name(word)
        elif word not in manual.words and word not in manual.functions:
            self.found.append(f"no word: {word}")

    def _name(self, word: str) -> None:
        if word != word.lower() or word in self.manual.reserved:
            self.found.append(f"a name that wants quotes: {word}")

    def _arguments(self, opening: int) -> int:
        end = self.ends[opening]
        commas = sum(1 for one in self._outermost(opening, end) if self.tokens[one].text == ",")
        return commas + 1 if end > opening + 1 else 0

    def _outermost(self, opening: int, closing: int) -> Iterator[int]:
        """The tokens between two brackets that are not between others."""
        at = opening + 1
        while at < closing:
            yield at
            at = self.ends.get(at, at) + 1

    def _counted(self, name: str, allowed: tuple[int, int | None], count: int) -> None:
        least, most = allowed
        if count < least or (most is not None and count > most):
            self.found.append(f"{name} with {count}")

    def _type(self, tokens: Sequence[Token]) -> None:
        spelled, count = "", 0
        for index, token in enumerate(tokens):
            if token.text == "(":
                count = 1 + sum(1 for one in tokens[index:] if one.text == ",")
                break
            blank = " " if spelled[-1:].isalnum() and token.kind == "word" else ""
            spelled += blank + token.text
        if spelled not in self.manual.types:
            self.found.append(f"no type: {spelled}")
        else:
            self._counted(spelled, self.manual.types[spelled], count)
