"""TOML with places: a text goes in, a tree of values comes out in which each key and value knows its stretch of the text.

`tomllib` says what the text means and whether it is TOML at all; the scanner here only finds where things stand, in a
text that is known to be well formed. A tree can be made of plain Python values too: its places are then nowhere, and
messages name the path. Nothing here knows what the keys mean.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from segdsl.diagnostics import Diagnostic
from segdsl.errors import schema as errors
from segdsl.records import record
from segdsl.source import NOWHERE, Source, Span

MAX_CHARACTERS = 1_048_576
MAX_DEPTH = 32

Path: TypeAlias = tuple[str | int, ...]

# `tomllib` takes time in the square of a dotted key's length.
_ENDLESS_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){64}""")


@record(frozen=True, slots=True, eq=False)
class Item:
    """A value and its places. ``value`` is a dict of items by key, a list of items, or a plain value.

    ``span`` is the value as written, quotes included; ``key`` the key that it stands under (in ``[relations.order]`` the
    word ``order``); ``inside`` the text inside a string's quotes, where that reads exactly as the string does, else ``span``.
    """

    value: object
    path: Path = ()
    span: Span = NOWHERE
    key: Span = NOWHERE
    inside: Span = NOWHERE

    @property
    def table(self) -> dict[str, Item]:
        """The items of a table; none if this is not a table."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Item]:
        """The items of an array; none if this is not an array."""
        return self.value if isinstance(self.value, list) else []


def read_toml(source: Source) -> tuple[Item | None, tuple[Diagnostic, ...]]:
    """The whole text as one table, or what is wrong with it as TOML."""
    if len(source.text) > MAX_CHARACTERS:
        return None, (errors.too_large(source.span(0, 0), MAX_CHARACTERS),)
    endless = _ENDLESS_KEY.search(source.text)
    if endless is not None:
        return None, (errors.too_deep(source.span(*endless.span()), MAX_DEPTH),)
    try:
        data = tomllib.loads(source.text)
        places = _Scanner(source.text).scan()
    except tomllib.TOMLDecodeError as error:
        return None, (_not_toml(source, str(error)),)
    except (RecursionError, OverflowError):
        return None, (errors.too_deep(source.span(0, 0), MAX_DEPTH),)
    except ValueError:
        # Python refuses to read integers of more than some thousands of digits.
        return None, (errors.not_toml(source.span(0, 0), "a number in it is too long"),)
    if _depth(data) > MAX_DEPTH:
        return None, (errors.too_deep(source.span(0, 0), MAX_DEPTH),)
    whole = source.span(0, 0)
    return _located(data, (), source, places, (whole, whole)), ()


def from_python(value: object, path: Path = (), depth: int = 0) -> Item:
    """The same tree for values made in Python; keys that are not texts become texts."""
    if depth < MAX_DEPTH and isinstance(value, Mapping):
        return Item({str(k): from_python(v, (*path, str(k)), depth + 1) for k, v in value.items()}, path)
    if depth < MAX_DEPTH and isinstance(value, list | tuple):
        return Item([from_python(v, (*path, i), depth + 1) for i, v in enumerate(value)], path)
    return Item(value, path)


_PLACE_IN_MESSAGE = re.compile(r"^(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)


def _not_toml(source: Source, message: str) -> Diagnostic:
    match = _PLACE_IN_MESSAGE.match(message)
    if match is None:
        return errors.not_toml(source.span(0, 0), message)
    if match[2] is None:
        end = len(source.text.rstrip())
        return errors.not_toml(source.span(end, end), match[1])
    offset = source.offset(int(match[2]), int(match[3]))
    return errors.not_toml(source.span(offset, min(offset + 1, len(source.text))), match[1])


def _depth(data: object) -> int:
    """How deep tables and arrays nest, without recursion."""
    deepest, level = 0, [data]
    while level:
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        deepest += 1
    return deepest


@record(frozen=True, slots=True)
class _Place:
    key: tuple[int, int]
    value: tuple[int, int]


def _located(data: object, path: Path, source: Source, places: Mapping[Path, _Place], near: tuple[Span, Span]) -> Item:
    place = places.get(path)
    key = source.span(*place.key) if place else near[0]
    span = source.span(*place.value) if place else near[1]
    value: object = data
    inside = span
    if isinstance(data, dict):
        value = {k: _located(v, (*path, k), source, places, (key, span)) for k, v in data.items()}
    elif isinstance(data, list):
        value = [_located(v, (*path, i), source, places, (key, span)) for i, v in enumerate(data)]
    elif isinstance(data, str):
        inside = _inside(span, data)
    return Item(value, path, span, key, inside)


def _inside(span: Span, text: str) -> Span:
    raw = span.text
    quotes = 3 if raw[:3] in ('"""', "'''") else 1
    start, end = span.start + quotes, span.end - quotes
    body = raw[quotes:-quotes]
    if quotes == 3:
        start += 2 if body.startswith("\r\n") else 1 if body.startswith("\n") else 0
    inner = Span(span.source, start, end)
    return inner if inner.text == text else span


_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BLANKS = re.compile(r"[ \t]*")
_BLANKS_AND_COMMENTS = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BASIC = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_LITERAL = re.compile(r"'[^']*'")
_LONG_BASIC = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""(?:"{1,2}(?!"))?', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''(?:[^']|'(?!''))*'''(?:'{1,2}(?!'))?", re.DOTALL)
_PLAIN = re.compile(r"[^,\]}\n#]*")


class _Scanner:
    """Where keys and values of a well-formed TOML text stand, by their path (array items by their index)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[Path, _Place] = {}
        self.lengths: dict[Path, int] = {}

    def scan(self) -> dict[Path, _Place]:
        prefix: Path = ()
        self._skip(_BLANKS_AND_COMMENTS)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                prefix = self._header()
            else:
                self._pair(prefix)
            self._skip(_BLANKS_AND_COMMENTS)
        return self.places

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def _header(self) -> Path:
        start = self.at
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        keys = list(self._keys())
        self.at += brackets
        path: Path = ()
        for name, key in keys[:-1]:
            path = (*path, name)
            self.places.setdefault(path, _Place(key, (start, self.at)))
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        name, key = keys[-1]
        path = (*path, name)
        if brackets == 1:
            self.places[path] = _Place(key, (start, self.at))
            return path
        self.places.setdefault(path, _Place(key, (start, self.at)))
        index = self.lengths.get(path, 0)
        self.lengths[path] = index + 1
        self.places[(*path, index)] = _Place(key, (start, self.at))
        return (*path, index)

    def _keys(self) -> Iterator[tuple[str, tuple[int, int]]]:
        while True:
            self._skip(_BLANKS)
            start = self.at
            quote = self.text[self.at]
            self._skip(_BASIC if quote == '"' else _LITERAL if quote == "'" else _BARE_KEY)
            written = self.text[start : self.at]
            # A quoted key may hold escapes: TOML itself says what it reads as.
            name = next(iter(tomllib.loads(written + " = 0"))) if quote in "\"'" else written
            yield name, (start, self.at)
            self._skip(_BLANKS)
            if self.text[self.at] != ".":
                return
            self.at += 1

    def _pair(self, prefix: Path) -> None:
        keys = list(self._keys())
        self.at += 1  # the sign =
        self._skip(_BLANKS)
        path = prefix
        outer: list[tuple[Path, tuple[int, int]]] = []
        for name, key in keys:
            path = (*path, name)
            outer.append((path, key))
        start = self.at
        end = self._value(path)
        self.places[path] = _Place(keys[-1][1], (start, end))
        for path, key in outer[:-1]:
            self.places.setdefault(path, _Place(key, (key[0], end)))

    def _value(self, path: Path) -> int:
        """Moves past a value and gives its end."""
        match self.text[self.at]:
            case '"':
                self._skip(_LONG_BASIC if self.text.startswith('"""', self.at) else _BASIC)
            case "'":
                self._skip(_LONG_LITERAL if self.text.startswith("'''", self.at) else _LITERAL)
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case _:
                start = self.at
                self._skip(_PLAIN)
                self.at = start + len(self.text[start : self.at].rstrip())
        return self.at

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        self._skip(_BLANKS_AND_COMMENTS)
        while self.text[self.at] != "]":
            start = self.at
            end = self._value((*path, index))
            self.places[(*path, index)] = _Place((start, end), (start, end))
            index += 1
            self._comma()
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        self._skip(_BLANKS_AND_COMMENTS)
        while self.text[self.at] != "}":
            self._pair(path)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        self._skip(_BLANKS_AND_COMMENTS)
        if self.text[self.at] == ",":
            self.at += 1
            self._skip(_BLANKS_AND_COMMENTS)
