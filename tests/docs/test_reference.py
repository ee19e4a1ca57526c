"""The reference is complete, and what is generated is up to date."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path

import click
import pytest

import segdsl
from segdsl.cli.main import COMMANDS, cli
from segdsl.errors import rules
from segdsl.functions.catalogue import FUNCTIONS
from segdsl.library import Library
from segdsl.project_file import pack_schema
from tests.docs import generate
from tests.docs.pages import DOCS, ROOT

REFERENCE = DOCS / "reference"


def section(page: Path, heading: str) -> str:
    """What stands under a heading, up to the next one of its level."""
    found = re.search(
        rf"^(#+) {re.escape(heading)}\n(.*?)(?=^\1 |\Z)", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    assert found, f"{page.name} has no heading {heading}"
    return found[2]


# -- generated --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*generate.WHOLE, *generate.PARTS], ids=lambda path: path.name)
def test_generated_parts_are_up_to_date(path: Path) -> None:
    assert path.read_text("utf-8") == generate.generated()[path], "run: python -m tests.docs.generate"


def test_every_function_has_a_line() -> None:
    assert set(generate.FORMS) == {function.name for function in FUNCTIONS} - generate.INTERNAL


@pytest.mark.parametrize("name", generate.FORMS)
def test_examples_of_functions_compile(name: str) -> None:
    library = Library.from_text("", pack_schema("commerce"), packs=["commerce"])
    example = generate.FORMS[name][1]
    assert name in example
    library.select([library.condition(example)]).sql("duckdb", "members", as_of="2026-06-01")


def test_every_diagnostic_is_there() -> None:
    text = (REFERENCE / "diagnostics.md").read_text("utf-8")
    assert all(f"### {rule.code} {rule.name}\n" in text for rule in rules())


def test_the_table_of_periods_is_right() -> None:
    text = section(REFERENCE / "language.md", "Periods")
    rows = re.findall(r"^\| `([^`]+)` \| (\d+ \w+, \d+:\d\d) \| (\d+ \w+, \d+:\d\d) \|$", text, flags=re.MULTILINE)
    assert len(rows) == 10
    library = Library.from_text("", pack_schema("commerce"), packs=["commerce"])
    for period, *written in rows:
        statement = library.select([library.condition(f"registered_at in {period}")]).sql(
            "duckdb", "members", as_of="2026-06-15T12:00:00Z"
        )
        ends = re.findall(r"registered_at (?:>=|<) TIMESTAMP '([^']+)'", statement.text)
        shown = [datetime.fromisoformat(end) for end in ends]
        assert [f"{end.day} {end:%B}, {end.hour}:{end:%M}" for end in shown] == written, period


# -- the command line -------------------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=[name for name, _ in commands()])
def test_every_option_is_there(name: str, command: click.Command) -> None:
    text = section(REFERENCE / "cli.md", f"segdsl {name}")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            written = (*parameter.opts, *parameter.secondary_opts)
            missing = [option for option in written if not re.search(rf"`{re.escape(option)}[ `]", text)]
            assert missing == []
        if isinstance(parameter.type, click.Choice):
            as_for_run = section(REFERENCE / "cli.md", "segdsl run") if name == "compile" else ""
            assert [one for one in parameter.type.choices if f"`{one}`" not in text + as_for_run] == []


def test_no_option_is_made_up() -> None:
    known = {
        option
        for _, command in commands()
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    text = (REFERENCE / "cli.md").read_text("utf-8")
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - known <= {"--help", "--version", "--no-cache"}


# -- the API ----------------------------------------------------------------------------------------------------------

API = REFERENCE / "api.md"


@pytest.mark.parametrize("name", segdsl.__all__)
def test_every_public_name_is_there(name: str) -> None:
    text = section(API, name)
    thing = getattr(segdsl, name)
    if inspect.isfunction(thing):
        assert list(_parameters(thing)) == _written_parameters(text, name)
        return
    public = [one for one in vars(thing) if not one.startswith("_")]
    if is_dataclass(thing):
        public = [field.name for field in fields(thing) if not field.name.startswith("_") and field.init] + public
    shown = [rf"`(\w+\.)?{one}\b|^def {one}\(" for one in public]
    assert [one for one, pattern in zip(public, shown, strict=True) if not re.search(pattern, text, re.MULTILINE)] == []
    for one in public:
        method = inspect.getattr_static(thing, one, None)
        function = method.__func__ if isinstance(method, classmethod | staticmethod) else method
        if inspect.isfunction(function) and re.search(rf"^def {one}\(", text, re.MULTILINE):
            assert list(_parameters(function)) == _written_parameters(text, one)


def _parameters(function: object) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]  # type: ignore[arg-type]


def _written_parameters(text: str, name: str) -> list[str]:
    shown = re.search(rf"^def {name}\((.*?)\) ->", text, flags=re.DOTALL | re.MULTILINE)
    assert shown, f"no signature of {name}"
    inside = re.sub(r"\[[^\[\]]*\]", "", re.sub(r"\[[^\[\]]*\]", "", shown[1]))
    names = [part.split(":")[0].split("=")[0].strip().lstrip("*") for part in inside.split(",")]
    return [one for one in names if one and one != "self"]


# -- the project file -------------------------------------------------------------------------------------------------


def keys_of(schema: Mapping[str, object]) -> set[str]:
    """The keys of an object of the JSON Schema, wherever it says them."""
    found = set[str]()
    for alternative in (schema, *schema.get("anyOf", ())):  # type: ignore[misc]
        if alternative.get("additionalProperties") is False:
            found |= set(alternative["properties"])
    return found


def project_keys() -> dict[str, set[str]]:
    schema = json.loads((ROOT / "segdsl" / "project.schema.json").read_text("utf-8"))
    definitions = schema["definitions"]
    return {
        "The file": set(schema["properties"]),
        "data": set(schema["properties"]["data"]["properties"]),
        "limits": set(schema["properties"]["limits"]["properties"]),
        "entity": keys_of(definitions["entity"]),
        "relations": keys_of(definitions["relation"]),
        "lookups": keys_of(definitions["lookup"]),
        "fields": keys_of(definitions["field"]),
        "traits": keys_of(definitions["trait"]),
    }


@pytest.mark.parametrize(("heading", "keys"), list(project_keys().items()), ids=list(project_keys()))
def test_every_key_of_the_project_file_is_there(heading: str, keys: set[str]) -> None:
    assert keys
    text = re.split(r"^#", section(REFERENCE / "schema.md", heading), flags=re.MULTILINE)[0]
    documented = set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE))
    assert documented == keys
