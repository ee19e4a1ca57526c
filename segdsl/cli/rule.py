"""``segdsl rule``: what a diagnostic means and how to mend it."""

from __future__ import annotations

import sys
from textwrap import fill, indent

import click

from segdsl.cli.layout import Page, Table
from segdsl.cli.options import format_option
from segdsl.cli.output import write, write_text
from segdsl.diagnostics import Rule, SegdslError
from segdsl.errors import rules, usage

_WIDEST = 100
FORMATS = ("table", "csv", "json", "jsonl")


@click.command("rule")
@click.argument("code")
@format_option(FORMATS, "Print fields rather than prose.")
def command(code: str, format: str | None) -> int:
    """Explain the diagnostic CODE: SEG201, or its name such as unknown-name; with `all`, list all of them."""
    known = rules()
    if code.lower() == "all":
        chosen = list(known)
    else:
        chosen = [rule for rule in known if code.lower() in (rule.code.lower(), rule.name)]
    if not chosen:
        raise SegdslError([usage.unknown_rule(code, [*(r.code for r in known), *(r.name for r in known)])])
    if format in (None, "table") and code.lower() != "all":
        width = min(Page.of(sys.stdout).width or _WIDEST, _WIDEST)
        write_text("\n".join(_prose(rule, width) for rule in chosen), None)
        return 0
    if format in (None, "table"):
        rows = [(rule.code, rule.name, rule.severity.value, rule.title) for rule in chosen]
        table = Table(("code", "name", "severity", "title"), rows, cut={"title": 40}, dropped=("severity", "name"))
        write(table, "table", None)
        return 0
    columns = ("code", "name", "severity", "title", "explanation", "bad", "good")
    full = [(r.code, r.name, r.severity.value, r.title, r.explanation, r.bad, r.good) for r in chosen]
    write(Table(columns, full), format, None)
    return 0


def _prose(rule: Rule, width: int) -> str:
    head = f"{rule.code} {rule.name} ({rule.severity.value}): {rule.title}"
    parts = [head, "", fill(rule.explanation, width, break_long_words=False, break_on_hyphens=False)]
    for label, example in (("Not so:", rule.bad), ("But so:", rule.good)):
        if example:
            parts += ["", label, "", indent(example, "    ")]
    return "\n".join(parts) + "\n"
