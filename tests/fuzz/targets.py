"""What is fuzzed: `parse`, all that is done with a text alone, and `compile`, all that follows. Nothing but diagnostics may come out.

A target takes an input and returns, or raises what was wrong: any exception but `SegdslError`, a text that the formatter changes twice,
a place outside of its text, or `TooLong`.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import FrameType
from typing import NoReturn

from backends import data_of, read_schema
from fuzz.corpus import DEFINITIONS, SCHEMAS, TABLES, scenes

from segdsl.backends.sql.compiled import SHAPES
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.diagnostics import Diagnostic, SegdslError
from segdsl.library import Library
from segdsl.schema import Schema
from segdsl.selection import Selection
from segdsl.source import Source
from segdsl.syntax.decode import decode
from segdsl.syntax.format import format_text
from segdsl.syntax.highlight import highlighted
from segdsl.syntax.parse import parse_condition, parse_file

SECONDS = 2.0
"""Of the processor, for one input."""
MOMENTS = (
    datetime(2026, 6, 15, 12),
    datetime(2024, 2, 29, 23, 59, 59, 999999),
    datetime(1, 1, 3),
    datetime(9999, 12, 29),
    datetime(2026, 3, 29, 1, 30),
)


class TooLong(AssertionError):
    """An input took more of the processor than any should."""


def parse(data: bytes) -> None:
    """The text as a file and as a condition: its trees, its findings, its look."""
    text = data[2:].decode("utf-8", "surrogateescape")
    decode(data[2:], "a.seg")
    file, found = parse_file(Source("a.seg", text))
    _are_said(found)
    assert all(text[one.span.start : one.span.end] == one.span.text for one in file.definitions)
    tree, found_of_condition = parse_condition(Source("<condition>", text))
    assert (tree is None) == bool(found_of_condition)
    _are_said(found_of_condition)
    highlighted(text)
    if not found:
        formatted = format_text(text)
        assert not parse_file(Source("a.seg", formatted))[1], "formatted, it cannot be read"
        assert format_text(formatted) == formatted, "formatted again, it changes"


def compile(data: bytes) -> None:
    """The text as definitions or as a condition in a scene: checked, explained, planned, as SQL of one dialect, as a lazy frame."""
    choice = data[1] if len(data) > 1 else 0
    scene = scenes()[data[0] % len(scenes())] if data else scenes()[0]
    text = data[2:].decode("utf-8", "surrogateescape")
    if choice & DEFINITIONS:
        _definitions(text, scene.schema, choice & 127)
    else:
        _condition(text, _library(scene.schema, scene.library), choice & 127)


TARGETS: Mapping[str, Callable[[bytes], None]] = {"parse": parse, "compile": compile}


@dataclass(frozen=True)
class Target:
    """One of `TARGETS`, with the time that it may take."""

    name: str

    def __call__(self, data: bytes) -> None:
        usual = signal.signal(signal.SIGPROF, _too_long)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            TARGETS[self.name](data)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, usual)


def _too_long(number: int, frame: FrameType | None) -> NoReturn:
    raise TooLong(f"more than {SECONDS} seconds")


def _are_said(found: Iterable[Diagnostic]) -> None:
    for one in found:
        assert one.message
        assert one.code != "SEG999"
        assert one.span.source is None or 0 <= one.span.start <= one.span.end <= len(one.span.source.text) + 1
        one.render().encode("utf-8")
        one.to_json().encode("utf-8", "surrogatepass")


def _definitions(text: str, schema: str, choice: int) -> None:
    library = Library.from_text(text, schema_named(schema))
    found = library.check()
    _are_said(found)
    if not found.errors and library:
        _compiled(library.select(list(library)[:5]), choice)


def _condition(text: str, library: Library, choice: int) -> None:
    try:
        segment = library.condition(text)
    except SegdslError as refused:
        _are_said(refused.diagnostics)
        return
    _are_said(segment.check())
    _compiled(library.select([segment]), choice)


def _compiled(selection: Selection, choice: int) -> None:
    as_of = MOMENTS[choice % len(MOMENTS)]
    shape = SHAPES[choice % len(SHAPES)] if len(selection.segments) == 1 else "flags"
    dialect = tuple(DIALECTS)[choice % len(DIALECTS)]

    def frame() -> object:
        data = _frames(selection.library.schema)
        return selection.evaluate(data, as_of=as_of)

    for work in (
        lambda: selection.segments[0].explain(as_of),
        lambda: str(selection.sql(dialect, shape, as_of=as_of)),
        frame,
    ):
        try:
            work()
        except SegdslError as refused:
            _are_said(refused.diagnostics)


@cache
def schema_named(name: str) -> Schema:
    return read_schema(SCHEMAS[name])


@cache
def _library(schema: str, text: str) -> Library:
    return Library.from_text(text, schema_named(schema))


@cache
def _frames(schema: Schema) -> Mapping[str, object]:
    return data_of(schema, TABLES).frames
