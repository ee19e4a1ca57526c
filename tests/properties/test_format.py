"""What holds of the formatter whatever the text: nothing changes but the layout.

For more files than the ordinary run makes: ``SEGDSL_FORMAT_FILES=5000 python -m pytest tests/properties/test_format.py``
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from random import Random

import pytest
from properties.schemas import Schemas
from properties.scrambled import placed_comments, scrambled, word_at
from properties.sight import Scope
from properties.texts import Texts

from segdsl import format_text, pipeline
from segdsl.diagnostics import SegdslError
from segdsl.limits import DEFAULT
from segdsl.resources import pack_path
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.source import Source
from segdsl.syntax import ast
from segdsl.syntax.parse import parse_file
from segdsl.syntax.scan import scan
from segdsl.syntax.words import DEFINITION_WORDS

FILES = int(os.environ.get("SEGDSL_FORMAT_FILES", "600"))
GROUPS = 12
ATTRIBUTES = (
    "",
    ' "A title"',
    ' "A title"\n  about "What it is, in a sentence that says it all."\n  tags "one", "two"',
    '\n  tags "' + '", "'.join(f"tag number {number}" for number in range(12)) + '"\n',
)
EXAMPLE = """\
example "how it works, told at length" as of 2026-06-01
  given customer ada email = "x", day = 2026-01-01, markets = ("GR", "CY"), paid = -12.50, share = 10%
  given order o1 of ada total = -2, gone = 3 days ago, seen = now, name_of_a_field = "a longer text", another = today
  given event
  expect ada: lapsed and not risen
  expect not lapsed
"""


@cache
def schema_of(seed: int) -> Schema:
    random = Random(f"schema-{seed}")
    while True:
        try:
            return schema_from_dict(Schemas(random).schema())
        except SegdslError:
            continue


def findings(text: str, schema: Schema) -> list[tuple[str, int]]:
    """What is wrong with a library: the codes, and the words that they point at."""
    parsed = pipeline.parse([pipeline.Unit(Source("a.seg", text))], DEFAULT)
    found = [*parsed.findings, *pipeline.check(parsed, schema, {}, DEFAULT).findings]
    return sorted((one.code, word_at(text, one.span.start)) for one in found)


def file_of(schema: Schema, random: Random) -> str:
    texts = Texts(schema, random)
    lines = list(texts.params_of())
    for number in range(random.randrange(4)):
        line = texts.definition(number)
        if line is not None:
            lines.append(line.text)
            texts.learn(line)
    entity = Scope((texts.entity,))
    for number in range(random.randrange(1, 4)):
        condition = texts.condition(entity, random.choice((1, 2, 3))).text
        lines.append(f"segment s{number}{random.choice(ATTRIBUTES)} where {condition}")
    if random.random() < 0.2:
        lines.append(EXAMPLE)
    random.shuffle(lines)
    return "\n".join(lines) + "\n"


def files(group: int) -> Iterator[tuple[str, Schema]]:
    """Scrambled texts that parse, the findings of some of them allowed."""
    made = 0
    seed = 0
    while made < FILES // GROUPS:
        random = Random(f"file-{group}-{seed}")
        seed += 1
        schema = schema_of(group * 5 + seed % 5)
        plain = file_of(schema, random)
        text = scrambled(plain, random, findings(plain, schema))
        if not parse_file(Source("a.seg", text))[1]:
            made += 1
            yield text, schema
        assert seed < 20 + 2 * FILES, "hardly a text parses"


def definitions(text: str) -> Sequence[ast.Definition]:
    file, found = parse_file(Source("a.seg", text))
    assert not found, [one.render() for one in found]
    return file.definitions


@pytest.mark.parametrize("group", range(GROUPS))
def test_nothing_but_the_layout_changes(group: int) -> None:
    seen: Counter[str] = Counter()
    for number, (text, schema) in enumerate(files(group)):
        formatted = format_text(text)
        assert definitions(formatted) == definitions(text), text
        assert placed_comments(formatted) == placed_comments(text), text
        assert format_text(formatted) == formatted, text
        assert not any(line != line.rstrip(" \t\r") for line in formatted.split("\n"))
        assert formatted.endswith("\n") and not formatted.endswith("\n\n") and "\n\n\n" not in formatted
        before, after = findings(text, schema), findings(formatted, schema)
        assert after == before, text
        seen["findings"] += len(before)
        if number % 2 == 0:
            bare = "\n".join(line.split("# allow")[0] for line in text.split("\n"))
            seen["silenced"] += len(findings(bare, schema)) - len(before)
        seen["comments"] += len(placed_comments(text))
    size = FILES // GROUPS
    assert seen["findings"] > size and seen["silenced"] > size / 5 and seen["comments"] > size, seen


@pytest.mark.parametrize("seed", range(60))
def test_the_layout_forgets_how_a_definition_was_laid_out(seed: int) -> None:
    random = Random(f"blanks-{seed}")
    texts = Texts(schema_of(seed % 5), random)
    condition = texts.condition(Scope((texts.entity,)), 3).text
    plain = f"segment s{random.choice(ATTRIBUTES)} where {condition}"
    formatted = format_text(plain)
    for blank in (" ", "\n", "\r\n\t"):
        assert format_text(spread(plain, blank)) == formatted


def spread(text: str, blank: str) -> str:
    """With the same blank between all words and signs where it may stand."""
    parts: list[str] = []
    for lexeme in scan(text):
        parts.append("" if not parts else " " if lexeme.text == "%" or lexeme.word in DEFINITION_WORDS else blank)
        parts.append(lexeme.text)
    return "".join(parts)


@pytest.mark.parametrize("file", sorted(entry.name for entry in pack_path("commerce").iterdir()))
def test_the_pack_scrambled(file: str) -> None:
    plain = (pack_path("commerce") / file).read_text(encoding="utf-8")
    done = 0
    for seed in range(3):
        text = scrambled_with_comments(plain, Random(seed))
        if text is not None:
            formatted = format_text(text)
            assert definitions(formatted) == definitions(text) == definitions(plain)
            assert placed_comments(formatted) == placed_comments(text)
            assert format_text(formatted) == formatted
            done += 1
    assert done


def scrambled_with_comments(plain: str, random: Random) -> str | None:
    bare = "\n".join(line for line in plain.split("\n") if not line.lstrip().startswith("#"))
    text = scrambled(bare, random, ())
    return None if parse_file(Source("a.seg", text))[1] else text
