"""What fuzzing starts from: the texts that this project has, and the words that they are made of.

An input is two bytes and a text. The first byte chooses a scene (a schema, a library, an instant), the second one how the text is
read and what it is compiled to; `fuzz.targets` says how.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from conformance import club, shop
from conformance.reader import Scene, read_cases

from segdsl.functions.catalogue import FUNCTIONS
from segdsl.syntax.scan import scan
from segdsl.syntax.words import AGGREGATES, DEFINITION_WORDS, RESERVED, UNITS

TESTS = Path(__file__).parent.parent
SCHEMAS = {**shop.SCHEMAS, **club.SCHEMAS}
TABLES = {**shop.TABLES, **club.TABLES}
CONDITION, DEFINITIONS = 0, 128
"""Bits of the second byte."""
LONGEST = 2_000
"""Bytes of a text that fuzzing starts from."""

ODD = (
    "0001-01-03", "9999-12-28", "0000-00-00", "2026-02-29", "2026-3-1", "2026-01-31T10:00:00Z", "2026-01-31T24:00:00+14:00",
    "9007199254740992", "9007199254740993", "9223372036854775808", "99999999999999999999999999999999999999", "0.000000001",
    "1e999", "1_000", "007", "1.", ".5", "100%", "0%", "101%", "-1", "- -1", "--1", "99999999999 days", "0 days", "1 month",
    '"\\u{1F600}"', '"\\u{D800}"', '"\\u{0}"', '"\\\\"', "'\\''", '"%_*?"', '""', '"', "'", "`odd name`", "`", "``", "\\", "\0",
    "\u202e", "\u200b", "\ud800", "\ufeff", "é", "e\u0301", "İ", "ß", "🙂", "“x”", "\u2028", "\r", "\t", "\n", "# allow SEG204\n",
    "/* */", "--", "//", "==", "<>", "&&", "||", "!", ";", "[", "]", "{", "}", "@", "$1", "?", ":p", "%s", "{{x}}", "((((", "))))",
    "not not not", "as of 90 days ago", "in last 30 days", "in previous 3 months", "followed by (", "preceded by (", "within 1 day",
    "each of last 3 months has (", "any of previous 2 weeks has (", "per month having", "top 10% by", "top 3 exactly per", "bottom",
    "rank(", "quantile(", "overall(", "streak(", "previous(", "if(", "anniversary(", "distance_km(", "matches", "contains any (",
    "starts with", "ends with", "otherwise", "given", "expect", "about", "tags", "is missing", "is present", "from now", "ago", "to",
)  # fmt: skip
"""Words and signs beside those of the texts."""


@cache
def scenes() -> tuple[Scene, ...]:
    """Every schema with every library and instant that the cases have, in their order."""
    return tuple(dict.fromkeys(case.scene for case in read_cases()))


def _texts() -> Iterator[tuple[int, int, str]]:
    numbers = {scene: number for number, scene in enumerate(scenes())}
    for scene, number in numbers.items():
        yield number, DEFINITIONS, scene.library
    for case in read_cases():
        yield numbers[case.scene], CONDITION, case.text
    for path in sorted(
        (*TESTS.parent.glob("segments/*/*.seg"), *TESTS.glob("errors/*/*.seg"), *TESTS.glob("golden/*/*.seg"))
    ):
        yield 0, DEFINITIONS, path.read_text("utf-8")
    for path in sorted(TESTS.glob("errors/*/*.cond")):
        yield 0, CONDITION, path.read_text("utf-8")


def seeds() -> Iterator[bytes]:
    """An input for each text; what is too long goes in parts, a definition or two each."""
    for index, (scene, form, text) in enumerate(_texts()):
        for part in _parts(text):
            yield bytes((scene, form | index % 128)) + part.encode("utf-8", "surrogatepass")


def _parts(text: str) -> Iterator[str]:
    part = ""
    for paragraph in text.split("\n\n"):
        if part and len(part) + len(paragraph) > LONGEST:
            yield part
            part = ""
        part += f"{paragraph}\n\n"
    if part.strip():
        yield part[:LONGEST].rstrip()


@cache
def words() -> tuple[str, ...]:
    """All that the language has words for, the lexemes of the texts, and what is odd."""
    known = {*RESERVED, *UNITS, *AGGREGATES, *DEFINITION_WORDS, *(function.name for function in FUNCTIONS)}
    written = {lexeme.text for _, _, text in _texts() for lexeme in scan(text) if len(lexeme.text) <= 40}
    return (*sorted(known | written), *ODD)


def dictionary() -> str:
    """The same in the form that libFuzzer reads."""
    escaped = ("".join(f"\\x{byte:02X}" for byte in word.encode("utf-8", "surrogatepass")[:60]) for word in words())
    return "".join(f'"{word}"\n' for word in escaped)
