"""The parts of the documentation that the code itself knows: ``python -m tests.docs.generate`` writes them anew.

A whole page (diagnostics, dialects, the pack), or what stands between ``<!-- generated: NAME -->`` and ``<!-- end -->`` in a page
that people write. A test compares both with what stands in docs/.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from textwrap import fill

from segdsl.backends.sql.dialect import Dialect, Executed, Generated
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.diagnostics import Rule
from segdsl.errors import rules
from segdsl.functions.catalogue import FUNCTIONS
from segdsl.functions.signature import Missing
from segdsl.limits import DEFAULT, Limits
from segdsl.resources import pack_path
from segdsl.source import Source
from segdsl.syntax import ast
from segdsl.syntax.parse import parse_file
from tests.docs.pages import DOCS, ROOT

FORMS: Mapping[str, tuple[str, str]] = {
    # how it is written, and a condition over the standard schema that uses it
    "+": ("`a + b`, `t + 30 days`", "sum(order.total) + sum(order.discount) > 500"),
    "-": ("`a - b`, `-a`, `t - 30 days`", "max(order.total) - min(order.total) > 100"),
    "*": ("`a * b`", "sum(item.price * item.quantity) > 500"),
    "/": ("`a / b`", "total_spent / 2 > 10"),
    "abs": ("`abs(x)`", "abs(latitude) < 23.5"),
    "floor": ("`floor(x)`", "floor(income / 1000) = 40"),
    "ceil": ("`ceil(x)`", "ceil(average_order_value) <= 50"),
    "round": ("`round(x, n)`", "round(total_spent, 0) = 100"),
    "least": ("`least(a, b, …)`", "least(orders, reviews_written) >= 1"),
    "greatest": ("`greatest(a, b, …)`", "greatest(last_order_at, last_engaged_at) < 90 days ago"),
    "coalesce": ("`coalesce(a, b, …)`", "coalesce(income, 0) < 30000"),
    "lower": ("`lower(s)`", 'lower(city) = "athens"'),
    "upper": ("`upper(s)`", 'upper(country) = "GR"'),
    "trim": ("`trim(s)`", 'trim(city) = "Athens"'),
    "length": ("`length(s)`", "length(phone) >= 10"),
    "replace": ("`replace(s, old, new)`", 'replace(phone, " ", "") starts with "+30"'),
    "number": ("`number(s)`", "number(phone) > 0"),
    "days_between": ("`days_between(a, b)`", "days_between(registered_at, first_order_at) <= 7"),
    "days_since": ("`days_since(t)`", "days_since(last_order_at) > 90"),
    "hours_since": ("`hours_since(t)`", "hours_since(last_engaged_at) < 24"),
    "age": ("`age(t)`", "age(registered_at) >= 2"),
    "date": ("`date(t)`", "distinct(date(event.at)) >= 5"),
    "year": ("`year(t)`", "year(registered_at) = 2025"),
    "month": ("`month(t)`", "month(registered_at) in (11, 12)"),
    "day": ("`day(t)`", "day(registered_at) = 1"),
    "weekday": ("`weekday(t)`", "any(order where weekday(placed_at) >= 6)"),
    "hour": ("`hour(t)`", "any(event where hour(at) < 6)"),
    "start_of": ("`start_of(unit, t)`", "distinct(start_of(month, order.placed_at)) >= 6"),
    "anniversary": ("`anniversary(d) in PERIOD`", "anniversary(date(registered_at)) in this month"),
    "distance_km": ("`distance_km(lat, lon, LAT, LON) <= KM`", "distance_km(latitude, longitude, 37.98, 23.73) <= 10"),
    "if": ("`if(c, a)`, `if(c, a, b)`", "if(orders > 0, total_spent, 0) < 100"),
}
INTERNAL = {"place", "label"}
"""What no text can name."""


# -- functions and limits, parts of the language page ----------------------------------------------------------------


def functions() -> str:
    rows = []
    for function in FUNCTIONS:
        if function.name in INTERNAL:
            continue
        form, example = FORMS[function.name]
        skips = " Skips missing arguments." if function.missing is Missing.SKIPS else ""
        rows.append((form, _in_table(function.sentence) + skips, f"`{example}`"))
    return _table(("written", "is", "for example"), rows)


LIMIT_WORDS = {
    "source_bytes": "bytes of one file",
    "definition_bytes": "bytes of one definition, or of one bare condition",
    "tokens": "words, numbers, texts and signs in one definition",
    "nesting": "brackets inside brackets (a `not` or minus before another counts too)",
    "tree_depth": "levels of the whole tree (a chain of `+` is as deep as it is long)",
    "terms": "terms of one `and` or one `or`",
    "nodes": "parts of one segment, with all that it refers to put in its place",
    "expanded_depth": "levels of one segment, with all that it refers to put in its place",
    "list_values": "values in one list",
    "string_length": "characters of one text in quotes",
    "name_length": "characters of one name",
    "digits": "digits of one number",
    "findings": "errors reported for one file",
}


def limits() -> str:
    rows = [(f"`{f.name}`", f"{getattr(DEFAULT, f.name):,}", LIMIT_WORDS[f.name]) for f in fields(Limits)]
    return _table(("setting", "default", "counts"), rows)


# -- diagnostics ------------------------------------------------------------------------------------------------------

AREAS = {
    "1": ("The text itself", "The text cannot be read as the language."),
    "2": ("Names and definitions", "What a name stands for, who defines it, who may read it."),
    "3": ("Types", "What can be compared, computed and converted."),
    "4": ("Schema and project file", "What `segdsl.toml`, or a schema made in Python, says."),
    "5": ("Data and databases", "Data that cannot be read as the schema says, or that breaks its promises."),
    "6": ("Backends", "What a database or dialect cannot do. Nothing is wrong with the text."),
    "7": ("Limits", "Sizes. Each is a setting: see [limits](schema.md#limits)."),
    "8": ("Warnings and hints", "Texts that mean something, though perhaps not what was meant."),
    "9": ("Command line and API", "How a command or a function was called."),
}


def diagnostics() -> str:
    parts = [
        "# Diagnostics",
        "<!-- Written by tests/docs/generate.py from segdsl.errors. -->",
        fill(
            "Every message has a code that stays the same. `segdsl rule CODE` prints what stands here. An *error* keeps a "
            "segment from being used; a *warning* or *hint* does not (unless `segdsl check --strict` lets warnings fail), and "
            "is silenced by a comment `# allow CODE` on its line, or on a line of its own before it.",
            120,
        ),
    ]
    for area, (title, sentence) in AREAS.items():
        of_area = [rule for rule in rules() if rule.code[3] == area]
        parts += [f"## {title}", sentence]
        parts.append(_table(("code", "name", "means"), [_line(rule) for rule in of_area]))
        parts += [part for rule in of_area for part in _rule(rule)]
    return "\n\n".join(parts) + "\n"


def _line(rule: Rule) -> tuple[str, str, str]:
    kind = "" if rule.severity.value == "error" else f" ({rule.severity.value})"
    return f"[{rule.code}](#{rule.code.lower()}-{rule.name})", rule.name, _in_table(rule.title) + kind


def _rule(rule: Rule) -> Iterable[str]:
    yield f"### {rule.code} {rule.name}"
    yield fill(rule.explanation, 120)
    for label, example in (("Not so:", rule.bad), ("But so:", rule.good)):
        if example:
            yield f"{label}\n\n```\n{example}\n```"


# -- dialects ---------------------------------------------------------------------------------------------------------


def dialects() -> str:
    parts = [
        "# SQL dialects",
        "<!-- Written by tests/docs/generate.py from segdsl/backends/sql/dialects. -->",
        fill(
            "What each dialect asks of the database and of the session, and what it cannot say. A segment that needs what a "
            "dialect cannot do exactly is refused when it is compiled ([SEG601](diagnostics.md#seg601-dialect-gap)): it never "
            "selects other customers instead. `segdsl run` sets up its sessions by itself; whoever runs compiled SQL does it "
            "before, and finds the statements in `CompiledSQL.session` and at the head of what `segdsl compile` writes.",
            120,
        ),
        fill(
            "A dialect is *proven* where the tests execute it: every line of the conformance suite and random libraries select "
            "the same customers on that engine as in the reference interpreter. It is *generated* where no such engine is at hand: "
            "its statements are written from the product's manual, every function and cast in them is checked against what the "
            "manual lists, and they parse. On another engine their words are rehearsed as far as they go, which proves nothing of "
            "the product: try them on your own data before you mail anyone.",
            120,
        ),
        _table(("dialect", "what stands behind it", "cannot say"), [_proof(dialect) for dialect in DIALECTS.values()]),
    ]
    for dialect in DIALECTS.values():
        parts.append(f"## {dialect.name}")
        session = "\n".join(f"- `{statement};`" for statement in dialect.session) or "Nothing."
        parts.append(f"Before a statement is run:\n\n{session}")
        parts.append("To know:\n\n" + ("\n".join(f"- {fact}." for fact in dialect.facts) or "Nothing."))
        gaps = [f"- {name}: {reason}." for name, reason in _gaps(dialect)]
        parts.append("Cannot say:\n\n" + ("\n".join(gaps) or "Nothing is left out: the whole language compiles."))
        can = dialect.capabilities
        sizes = {
            "tables in one SELECT": can.joins,
            "SELECTs in one UNION ALL": can.terms,
            "bytes of a column's name": can.name_bytes,
            "decimal places of a number": can.places,
            "columns of rows in the making": can.columns,
            "columns of a result": can.result_columns,
            "bytes of a statement": can.text_bytes,
            "parameters of a statement": can.placeholders,
            "how often a table is read, each CTE written out wherever it is read": can.references,
        }
        known = [f"- {what}: {size:,}" for what, size in sizes.items() if size is not None]
        if known:
            parts.append(
                "Sizes that segdsl keeps within, by several statements where one would be larger:\n\n"
                + "\n".join(known)
            )
    return "\n\n".join(parts) + "\n"


def _gaps(dialect: Dialect) -> list[tuple[str, str]]:
    unread = ((f"{of.value} in a column of {stored.value}", why) for (stored, of), why in dialect.unread.items())
    return sorted([*((f"`{name}`", why) for name, why in dialect.gaps.items()), *unread])


def _proof(dialect: Dialect) -> tuple[str, str, str]:
    match dialect.proof:
        case Executed(engine):
            behind = f"proven on {engine}"
        case Generated(manual):
            behind = f"generated from [the manual]({manual})"
    gaps = ", ".join(name for name, _ in _gaps(dialect))
    return f"[{dialect.name}](#{dialect.name})", behind, gaps or "nothing is left out"


# -- the pack ---------------------------------------------------------------------------------------------------------


def commerce() -> str:
    pack = "commerce"
    schema = tomllib.loads((pack_path(pack).parent / f"{pack}.toml").read_text(encoding="utf-8"))
    files = sorted((f for f in pack_path(pack).iterdir() if f.name.endswith(".seg")), key=lambda f: f.name)
    texts = {f.name: f.read_text(encoding="utf-8") for f in files}
    params = {name: value for text in texts.values() for name, value in _params(text).items()}
    traits = {name: value for text in texts.values() for name, value in _traits(text).items()}
    listed = {name: _listed(name, text) for name, text in texts.items()}
    tiers = [one for found in listed.values() for one in found if isinstance(one, ast.Tiers)]
    cases = sum(len(one.cases) for one in tiers)
    segments = sum(len(found) for found in listed.values()) - len(tiers) + cases
    parts = [
        "# The pack commerce",
        "<!-- Written by tests/docs/generate.py from segments/. -->",
        fill(
            f"{segments} predefined segments of a web shop ({cases} of them the cases of {len(tiers)} tiers), the named values that "
            'they are made of, and the schema that they are written for. `packs = ["commerce"]` in the project file includes the '
            'segments, `schema = "commerce"` the schema ([use your own tables](../how-to/use-your-own-tables.md)). A project sets '
            'a parameter with `--set lapse="60 days"`, or for good with `override param lapse = 60 days` in a file of its own.',
            120,
        ),
        fill(
            "Below each segment, in its file, stand examples of it: customers who are in and customers who are out, the last "
            "instant or value that counts and the first that does not. `segdsl test --pack commerce` runs them.",
            120,
        ),
        "## Segments",
        fill(
            "Where cases are listed below a name, these are tiers: a customer is in the first case that holds. Each case is a "
            "segment, named with a dot (`support_tier.gold`).",
            120,
        ),
    ]
    for name, found in listed.items():
        if not found:
            continue
        parts.append(f"### {_headline(name)}")
        rows = [
            (
                "<br>".join((f"`{one.name.text}`", *(f"`.{case.name.text}`" for case in _cases(one)))),
                _in_table(one.title.value if one.title else ""),
                _in_table(one.about.value if one.about else ""),
                _used(one.span.text.partition("\n  tags")[2], traits, params),
            )
            for one in found
        ]
        parts.append(_table(("segment", "title", "who", "parameters"), rows))
    parts += ["## Traits", _table(("trait", "is"), [(f"`{n}`", f"`{_in_table(v)}`") for n, v in traits.items()])]
    parts += ["## The standard schema", _schema(schema)]
    return "\n\n".join(parts) + "\n"


def _listed(name: str, text: str) -> list[ast.Segment | ast.Tiers]:
    """The segments and tiers of a file, in its order."""
    file, _ = parse_file(Source(name, text))
    return [one for one in file.definitions if isinstance(one, ast.Segment | ast.Tiers)]


def _cases(one: ast.Segment | ast.Tiers) -> tuple[ast.Case, ...]:
    return one.cases if isinstance(one, ast.Tiers) else ()


def _headline(file: str) -> str:
    name = file.removesuffix(".seg")
    return {"rfm": "RFM"}.get(name, name.capitalize())


def _params(text: str) -> dict[str, str]:
    found = re.findall(r"^param (\w+)(?:: \S+)?\s*= (.+)$", text, flags=re.MULTILINE)
    return {name: value.strip() for name, value in found}


def _traits(text: str) -> dict[str, str]:
    found = re.findall(r"^trait ([\w.]+(?:\([^)]*\))?)\s*= (.+(?:\n +.+)*)$", text, flags=re.MULTILINE)
    return {name: " ".join(value.split()) for name, value in found}


def _used(text: str, traits: Mapping[str, str], params: Mapping[str, str]) -> str:
    """The parameters that a definition uses, also through traits, with their values."""
    bodies = {name.partition("(")[0].rpartition(".")[2]: body for name, body in traits.items()}
    seen, waiting = dict[str, None](), [text]
    while waiting:
        for word in re.findall(r"\w+", waiting.pop()):
            if word not in seen:
                seen[word] = None
                waiting += [bodies[word]] if word in bodies else []
    return "<br>".join(f"`{name} = {params[name]}`" for name in params if name in seen)


def _schema(schema: Mapping[str, dict[str, dict[str, object]]]) -> str:
    parts = [_owner("customer", schema["entity"], "what segments select")]
    for name, relation in schema["relations"].items():
        role = f"the rows of each {relation.get('parent', 'customer')}"
        if "from" in relation:
            role = f"the rows of `{relation['from']}` where `{relation['where']}`"
        parts.append(_owner(name, relation, role))
    parts += [_owner(name, lookup, f"one row for each {lookup['of']}") for name, lookup in schema["lookups"].items()]
    return "\n\n".join(parts)


def _owner(name: str, of: Mapping[str, object], role: str) -> str:
    facts = [f"Table `{of['table']}`: {role}."] if "table" in of else [f"{role.capitalize()}."]
    if "where" in of and "from" not in of:
        facts.append(f"Only rows where `{of['where']}` count.")
    if "time" in of or "created" in of:
        facts.append(f"Time: `{of.get('time', of.get('created'))}`.")
    text = f"### {name}\n\n" + fill(" ".join(facts), 120)
    declared = of.get("fields")
    if not isinstance(declared, Mapping):
        return text
    rows = []
    for field, options in declared.items():
        values = options.get("values")
        shown = f"; one of {', '.join(values)}" if values else ""
        shown += f"; is `{options['is']}`" if "is" in options else ""
        shown += "".join(f"; {word}" for word in ("private", "fixed", "changes") if options.get(word))
        rows.append((f"`{field}`", f"`{options['type']}`", _in_table(str(options["title"])) + shown))
    return f"{text}\n\n{_table(('field', 'type', 'holds'), rows)}"


# -- tables, and where all this goes ----------------------------------------------------------------------------------


def _in_table(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = list(columns)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


WHOLE: Mapping[Path, Callable[[], str]] = {
    DOCS / "reference" / "diagnostics.md": diagnostics,
    DOCS / "reference" / "dialects.md": dialects,
    DOCS / "reference" / "commerce.md": commerce,
}
PARTS: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    DOCS / "reference" / "language.md": {"functions": functions},
    DOCS / "reference" / "schema.md": {"limits": limits},
}


def generated() -> dict[Path, str]:
    """Each page as it ought to be."""
    found = {path: make() for path, make in WHOLE.items()}
    for path, parts in PARTS.items():
        text = path.read_text(encoding="utf-8")
        for name, make in parts.items():
            pattern = rf"(<!-- generated: {name} -->\n).*?(\n<!-- end -->)"
            assert re.search(pattern, text, re.DOTALL), f"{path.name} has no part {name}"
            text = re.sub(pattern, lambda match, made=make: f"{match[1]}\n{made()}\n{match[2]}", text, flags=re.DOTALL)
        found[path] = text
    return found


def main() -> None:
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
