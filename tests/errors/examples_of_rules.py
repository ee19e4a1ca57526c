"""How the bad and the good example of a rule are tried, and which cannot be."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from commands import segdsl as command
from errors.conversations import SHOP
from errors.reader import said_codes

import segdsl
from segdsl.diagnostics import Diagnostic, Rule, SegdslError, Severity
from segdsl.errors import syntax
from segdsl.library import Library
from segdsl.project_file import pack_schema, project_from_toml
from segdsl.semantics.model import build_model
from segdsl.source import Source
from segdsl.syntax.parse import parse_condition, parse_file
from segdsl.syntax.words import DEFINITION_WORDS

NOT_TRIED = {
    "SEG5": "the mistake is in the data, of which the example names a word",
    "SEG6": "a database is needed that cannot do something",
    "SEG7": "the mistake is the size of a text, which the example leaves out",
    "SEG202": "two rows at one distance take a schema of their own",
    "SEG205": "a pack is needed",
    "SEG220": "a column that holds a trait is needed",
    "SEG221": "a library with errors is said to have them before",
    "SEG222": "a pack is needed that does not fit",
    "SEG371": "a `where` is needed that nothing is found for",
    "SEG324": "a key of no type is needed",
    "SEG422": "an environment variable is set behind the good one",
    "SEG424": "an environment variable is not set where this is tried",
    "SEG427": "the example is of another file",
    "SEG804": "a pack is needed that does not fit",
    "SEG905": "it is about the folder that a command is given in",
    "SEG912": "nothing is wrong before segments are asked for",
    "SEG914": "a file of data is needed",
    "SEG915": "a project without data is needed",
}
"""Kinds of codes, and codes, whose examples are not tried, and why. Each has a recorded case, with all that it takes."""

_SHOP = """
schema = "commerce"
[relations.order.fields]
weight = "float"
city = "string?"
[relations.big_order]
from = "order"
where = "total > 100"
[relations.address]
on = "customer_id"
[relations.address.fields]
city = "string"
[relations.store]
on = "customer_id"
key = "store_id"
[relations.store.fields]
store_id = "int"
city = "string"
"""
"""The standard schema, and what the examples speak of besides."""
_DEFINED = (
    "trait orders = count(order)",
    "trait total_spent = sum(order.total)",
    "segment buyers where count(order) > 0",
    "segment vip where count(order) > 20",
)
_TOP = re.compile(r"(?:schema|timezone|language|packs|segments|\[)")


def tried(rule: Rule) -> bool:
    return bool(rule.bad) and not {rule.code, rule.code[:4]} & set(NOT_TRIED)


def errors(example: str, rule: Rule, folder: Path) -> set[str]:
    """The codes of what is said of an example, warnings of other rules aside; ``folder`` is for the shop, if it needs one."""
    if example.startswith(("segdsl ", "--set ")):
        return _of_command(example, folder)
    if is_done(example):
        return _of_call(example, folder)
    match rule.code[3]:
        case "1":
            found = _of_text(example, rule)
        case "4":
            found = _of_project_file(example)
        case _:
            found = _of_library(example)
    return {each.code for each in found if each.severity is Severity.ERROR or each.code == rule.code}


def is_done(example: str) -> bool:
    """Is it a command or a call, and no text?"""
    return re.match(r"segdsl |--set |segdsl\.|library\.|vip\.|frame\.", example) is not None


def _of_text(example: str, rule: Rule) -> Sequence[Diagnostic]:
    if rule is syntax.EMPTY:
        return parse_condition(Source("example", example))[1]
    whole = not example.startswith("where ")
    return parse_file(Source("example", example if whole else f"segment s {example}"))[1]


def _of_library(example: str) -> Sequence[Diagnostic]:
    """Definitions as they stand, conditions as segments; what they speak of may be defined for them, or by a pack."""
    if example.startswith("where = "):
        return _of_project_file(f"[relations.order]\n{example}")
    if "override" in example:
        return Library.from_text(example, pack_schema("commerce"), packs=["commerce"]).check()
    lines = [
        line if line.startswith((" ", *DEFINITION_WORDS)) else f"segment example_{number} where {line}"
        for number, line in enumerate(example.splitlines())
    ]
    text = "\n".join([*lines, *(line for line in _DEFINED if _is_missing(line, example))])
    schema, _ = project_from_toml(Source("segdsl.toml", _SHOP), SHOP)
    assert schema is not None
    return Library.from_text(text, schema.schema).check()


def _is_missing(definition: str, example: str) -> bool:
    name = definition.split()[1]
    return name in example and re.search(rf"^(param|trait|segment|tiers) {name}\b", example, re.MULTILINE) is None


def _of_project_file(example: str) -> Sequence[Diagnostic]:
    """A whole file, or a piece that is laid over the standard schema; lines without a header are fields of orders."""
    text = example if re.search(r"\[entity\]|^schema|^\[(tool|project)", example) else f'schema = "commerce"\n{example}'
    if not _TOP.match(example):
        text = f'schema = "commerce"\n[relations.order.fields]\n{example}'
    project, found = project_from_toml(Source("segdsl.toml", text), SHOP)
    return found if project is None else (*found, *build_model(project.schema)[1])


def _of_command(example: str, folder: Path) -> set[str]:
    shutil.copytree(SHOP, folder)
    words = shlex.split(example, comments=True)
    words = words[1:] if words[0] == "segdsl" else ["run", *words]
    outcome = command(*words, cwd=folder)
    return said_codes(str(outcome))


def _of_call(example: str, folder: Path) -> set[str]:
    shutil.copytree(SHOP, folder)
    frame = pl.DataFrame({"id": [1, 2], "spent": [5, 7]})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        library = segdsl.load(".").library
        known = {"segdsl": segdsl, "polars": pl, "frame": frame, "library": library, "vip": library["buyers"]}
        try:
            eval(example, known)
        except SegdslError as error:
            return {finding.code for finding in error.diagnostics}
    return set()
