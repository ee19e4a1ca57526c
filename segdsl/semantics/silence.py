"""Findings that a comment allows.

In go findings and the comments of the texts, out come the findings but those warnings and hints that ``# allow SEG801`` on their
line, or on a line of its own before it, allows. An error cannot be allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from segdsl.diagnostics import Diagnostic, Severity
from segdsl.syntax import ast


def silenced(findings: Iterable[Diagnostic], comments: Iterable[ast.Comment]) -> tuple[Diagnostic, ...]:
    """The findings that are left, each once."""
    allowed: set[tuple[int, int, str]] = set()
    for comment in comments:
        words = comment.text.split()
        if not words or words[0].casefold() != "allow" or comment.span.source is None:
            continue
        line = comment.span.source.position(comment.span.start)[0]
        for code in re.findall(r"SEG\d+", comment.text):
            allowed.add((id(comment.span.source), line + comment.own_line, code))

    def is_allowed(finding: Diagnostic) -> bool:
        source = finding.span.source
        if finding.severity is Severity.ERROR or source is None:
            return False
        return (id(source), source.position(finding.span.start)[0], finding.code) in allowed

    return tuple(dict.fromkeys(finding for finding in findings if not is_allowed(finding)))
