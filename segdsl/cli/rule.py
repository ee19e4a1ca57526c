"""``segdsl rule``: what a diagnostic means and how to mend it."""

from __future__ import annotations

from textwrap import fill, indent

import click

from segdsl.cli.layout import Table
from segdsl.cli.options import format_option
from segdsl.cli.output import write, write_text
from segdsl.diagnostics import Rule, SegdslError
from segdsl.errors import rules, usage

FORMATS = ("table", "csv", "json", "jsonl")


@click.command("rule")
@click.argument("code")
@format_option(FORMATS, "Print fields rather than prose.")
def command(code: str, format: str | None) -> int:
    """Explain the diagnostic CODE (SEG201, or its name such as unknown-name), or list all of them."""
    known = rules()
    if code.lower() == "all":
        chosen = list(known)
    else:
        chosen = [rule for rule in known if code.lower() in (rule.code.lower(), rule.name)]
    if not chosen:
        raise SegdslError([usage.unknown_rule(code, [*(r.code for r in known), *(r.name for r in known)])])
    if format in (None, "table") and code.lower() != "all":
        write_text("\n".join(_prose(rule) for rule in chosen), None)
        return 0
    if format in (None, "table"):
        rows = [(rule.code, rule.name, rule.severity.value, rule.title) for rule in chosen]
        table = Table(("code", "name", "severity", "title"), rows, cut=("title",), dropped=("severity", "name"))
        write(table, "table", None)
        return 0
    columns = ("code", "name", "severity", "title", "explanation", "bad", "good")
    full = [(r.code, r.name, r.severity.value, r.title, r.explanation, r.bad, r.good) for r in chosen]
    write(Table(columns, full), format, None)
    return 0


def _prose(rule: Rule) -> str:
    parts = [f"{rule.code} {rule.name} ({rule.severity.value}): {rule.title}", "", fill(rule.explanation, 100)]
    for label, example in (("Not so:", rule.bad), ("But so:", rule.good)):
        if example:
            parts += ["", label, "", indent(example, "    ")]
    return "\n".join(parts) + "\n"
