"""Recorded cases: a text with mistakes beside what is said of it, ``name.seg`` beside ``name.seg.txt``.

The recorded file holds the findings as a terminal shows them, and the text with every fix applied. A case is a ``.seg``, a
bare condition (``.cond``) or a project file (``.toml``); what checks it is the area's own. Limits that a case needs small stand in
its first line: ``# limits: nesting = 3``.

To write the recorded files anew after a message was changed, set ``SEGDSL_WRITE_ERRORS=1``, and read what it wrote.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from segdsl.diagnostics import Diagnostic, Diagnostics, Edit, Severity
from segdsl.limits import Limits
from segdsl.source import Source

HERE = Path(__file__).parent
Check = Callable[[Source], Iterable[Diagnostic]]
SUFFIXES = (".seg", ".cond", ".toml")


def cases(area: str) -> list[Path]:
    """The texts of an area's folder."""
    return sorted(path for path in (HERE / area).iterdir() if path.suffix in SUFFIXES)


def read(path: Path) -> Source:
    return Source(path.name, path.read_bytes().decode("utf-8"))


def limits(source: Source) -> Limits:
    """Those of the text's first line, else the ordinary ones."""
    first = source.text.partition("\n")[0]
    if not first.startswith("# limits:"):
        return Limits()
    return Limits(**{name: int(number) for name, number in re.findall(r"(\w+) = (\d+)", first)})


def compare(path: Path, check: Check) -> None:
    """Check a case against the file beside it."""
    source = read(path)
    found = Diagnostics(check(source))
    assert found, f"{path.name} has no mistakes"
    said = found.render() + "\n"
    fixed = apply_fixes(source, found)
    if fixed != source.text:
        said += f"\n-- with every fix applied --\n{fixed}"
    record(path, said)


def said_codes(text: str) -> set[str]:
    """The codes in what a terminal shows."""
    return set(re.findall(r"\b(?:error|warning|hint)(?:\[| )(SEG\d{3})\b", text))


def record(path: Path, said: str) -> None:
    """Compare with what is recorded beside a case, or write it."""
    recorded = path.with_suffix(path.suffix + ".txt")
    if os.environ.get("SEGDSL_WRITE_ERRORS"):
        recorded.write_bytes(said.encode("utf-8"))
    assert recorded.exists(), f"{path.name} has nothing recorded beside it: set SEGDSL_WRITE_ERRORS=1"
    assert said == recorded.read_bytes().decode("utf-8")


def unmended(path: Path, check: Check) -> list[str]:
    """What is wrong with the fixes of a case: each, applied alone, takes its finding away and brings no error."""
    source = read(path)
    found = Diagnostics(check(source))
    before = Counter(_said(finding) for finding in found)
    wrong = []
    for finding in found:
        if finding.fix is None:
            continue
        text = apply_fixes(source, [finding])
        after = [*check(Source(source.name, text))]
        left = Counter(_said(other) for other in after)
        if left[_said(finding)] >= before[_said(finding)]:
            wrong.append(f"`{finding.fix.title}` leaves: {finding}")
        errors = Counter(_said(other) for other in after if other.severity is Severity.ERROR)
        wrong.extend(f"`{finding.fix.title}` for: {finding} makes: {code} {said}" for code, said in errors - before)
    return wrong


def _said(finding: Diagnostic) -> tuple[str, str]:
    return finding.code, finding.message


def apply_fixes(source: Source, findings: Sequence[Diagnostic]) -> str:
    """The text with all fixes applied that do not touch one another, each as a whole or not at all."""
    chosen: list[Edit] = []
    for finding in findings:
        edits = [edit for edit in finding.fix.edits if edit not in chosen] if finding.fix else []
        if not any(_touch(edit, other) for edit in edits for other in chosen):
            chosen.extend(edits)
    text = source.text
    for edit in sorted(chosen, key=lambda edit: (edit.span.start, edit.span.end), reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _touch(one: Edit, other: Edit) -> bool:
    first, second = sorted((one.span, other.span), key=lambda span: (span.start, span.end))
    return second.start < first.end or (first.start, first.end) == (second.start, second.end)
