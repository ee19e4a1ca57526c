"""Results of examples as JUnit XML, which every CI system reads.

In: `TestResults`. Out: a document with a ``testsuite`` for each file and a ``testcase`` for each example. An expectation that does not
hold is a ``failure``; what could not be worked out, and what evaluators disagree about, is an ``error``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from segdsl.diagnostics import Diagnostic
from segdsl.examples.report import body, in_short
from segdsl.examples.results import ExampleResult, TestResults

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold, however they are written."""


def junit(results: TestResults) -> str:
    """The document."""
    root = ET.Element("testsuites", _totals("segdsl", results.examples, results.seconds))
    files: dict[str, list[ExampleResult]] = {}
    for result in results.examples:
        files.setdefault(_file(result), []).append(result)
    for name, found in files.items():
        suite = ET.SubElement(root, "testsuite", _totals(name, found, sum(result.seconds for result in found)))
        properties = ET.SubElement(suite, "properties")
        _property(properties, "evaluators", ", ".join(results.evaluators))
        for reason in results.left_out.values():
            _property(properties, "left out", reason)
        for result in found:
            _case(suite, name, result)
    return _document(root)


def junit_of_findings(findings: Sequence[Diagnostic]) -> str:
    """The document where no example could be run: an error for each thing that is wrong with the library."""
    totals = {
        "tests": str(len(findings)),
        "failures": "0",
        "errors": str(len(findings)),
        "skipped": "0",
        "time": "0.000",
    }
    root = ET.Element("testsuites", {"name": "segdsl", **totals})
    suite = ET.SubElement(root, "testsuite", {"name": "segdsl check", **totals})
    for finding in findings:
        place = _clean(finding.span.describe() or "library")
        case = ET.SubElement(
            suite, "testcase", {"name": f"{finding.code} {place}", "classname": place, "time": "0.000"}
        )
        wrong = ET.SubElement(case, "error", {"message": _clean(finding.message), "type": finding.code})
        wrong.text = _clean(finding.render())
    return _document(root)


def _document(root: ET.Element) -> str:
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode")


def _totals(name: str, results: Sequence[ExampleResult], seconds: float) -> dict[str, str]:
    errors = sum(result.broken for result in results)
    failures = sum(not result.passed and not result.broken for result in results)
    return {
        "name": _clean(name),
        "tests": str(len(results)),
        "failures": str(failures),
        "errors": str(errors),
        "skipped": "0",
        "time": f"{seconds:.3f}",
    }


def _property(properties: ET.Element, name: str, value: str) -> None:
    ET.SubElement(properties, "property", {"name": name, "value": _clean(value)})


def _case(suite: ET.Element, file: str, result: ExampleResult) -> None:
    source = result.example.span.source
    line = 0 if source is None else source.position(result.example.span.start)[0]
    attributes = {
        "name": _clean(result.example.title),
        "classname": _clean(file),
        "file": _clean(file),
        "line": str(line),
        "time": f"{result.seconds:.3f}",
    }
    case = ET.SubElement(suite, "testcase", attributes)
    if not result.passed:
        kind = "error" if result.broken else "failure"
        wrong = ET.SubElement(case, kind, {"message": _clean(in_short(result)), "type": kind})
        wrong.text = _clean("\n".join(body(result)))


def _file(result: ExampleResult) -> str:
    source = result.example.span.source
    return "<unknown>" if source is None else source.name


def _clean(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
