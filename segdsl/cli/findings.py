"""Diagnostics as people, editors and code hosts read them.

In: diagnostics. Out: a text, for a terminal (``full``), a line each (``concise``), JSON, SARIF 2.1.0, or the workflow
commands of GitHub Actions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TypeAlias, assert_never

import click

from segdsl.diagnostics import Diagnostic, Severity
from segdsl.display.annotations import annotation
from segdsl.display.english import counted
from segdsl.source import Span

FORMATS = ("full", "concise", "json", "sarif", "github")

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"


def render(findings: Sequence[Diagnostic], format: str, *, colour: bool = False) -> str:
    """All findings in one of `FORMATS`; an empty text where there is nothing to say."""
    match format:
        case "full":
            return "\n\n".join(_full(finding, colour=colour) for finding in findings)
        case "concise":
            return "\n".join(str(finding) for finding in findings)
        case "json":
            return json.dumps([finding.to_dict() for finding in findings], ensure_ascii=False, indent=2)
        case "sarif":
            return json.dumps(_sarif(findings), ensure_ascii=False, indent=2)
        case "github":
            return "\n".join(_github(finding) for finding in findings)
    raise AssertionError(format)


def summary(findings: Iterable[Diagnostic]) -> str:
    """``2 errors, 1 warning``; hints are counted only where there is nothing worse."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    worse = [counted(counts[s], s.value) for s in (Severity.ERROR, Severity.WARNING) if counts[s]]
    if worse:
        return ", ".join(worse)
    return counted(counts[Severity.HINT], "hint") if counts[Severity.HINT] else "nothing to report"


def _full(finding: Diagnostic, *, colour: bool) -> str:
    text = finding.render()
    if not colour:
        return text
    first, separator, rest = text.partition("\n")
    head, colon, message = first.partition(": ")
    return f"{click.style(head, fg=_colour(finding.severity), bold=True)}{colon}{click.style(message, bold=True)}{separator}{rest}"


def _colour(severity: Severity) -> str:
    match severity:
        case Severity.ERROR:
            return "red"
        case Severity.WARNING:
            return "yellow"
        case Severity.HINT:
            return "cyan"
        case _:
            assert_never(severity)


def _github(finding: Diagnostic) -> str:
    match finding.severity:
        case Severity.ERROR:
            command = "error"
        case Severity.WARNING:
            command = "warning"
        case Severity.HINT:
            command = "notice"
        case _:
            assert_never(finding.severity)
    properties = {"title": finding.code}
    source = finding.span.source
    if source is not None:
        line, column = source.position(finding.span.start)
        end_line, end_column = source.position(finding.span.end)
        properties = {"file": source.name, "line": str(line), "col": str(column), "endLine": str(end_line)} | properties
        if end_line == line:
            properties["endColumn"] = str(end_column)
    message = finding.message if finding.hint is None else f"{finding.message}\nhint: {finding.hint}"
    return annotation(command, message, properties)


def _sarif(findings: Sequence[Diagnostic]) -> Json:
    from segdsl.errors import rules

    used = {finding.code for finding in findings}
    known: list[Json] = [
        {
            "id": rule.code,
            "name": rule.name,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.explanation},
        }
        for rule in rules()
        if rule.code in used
    ]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "segdsl", "rules": known}},
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(finding) for finding in findings],
            }
        ],
    }


_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}


def _sarif_result(finding: Diagnostic) -> Json:
    text = finding.message if finding.hint is None else f"{finding.message}\n{finding.hint}"
    result: dict[str, Json] = {"ruleId": finding.code, "level": _LEVELS[finding.severity], "message": {"text": text}}
    if finding.span.source is not None:
        result["locations"] = [_sarif_location(finding.span)]
    related: list[Json] = [
        {**_sarif_location(other.span), "message": {"text": other.message}}
        for other in finding.related
        if other.span.source is not None
    ]
    if related:
        result["relatedLocations"] = related
    return result


def _sarif_location(span: Span) -> dict[str, Json]:
    assert span.source is not None
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    region: Json = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    from urllib.parse import quote

    uri = quote(span.source.name.replace("\\", "/"))
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
