"""An explanation as text for people, as a fragment of HTML, and as plain data.

In goes an `Explanation`, out come its three forms. Nothing here knows how it came about.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape

from segdsl.display import html as page
from segdsl.explanation import times, wording
from segdsl.explanation.outcome import Explanation, Line, Meaning, Read, ReadField, Window

_WIDTH = 110
_SETTING = "Another value is given by --set NAME=VALUE."


def text(found: Explanation) -> str:
    """For people, in a terminal."""
    out: list[str] = []
    heading = found.title or found.name
    out.extend(_wrapped(heading if heading == found.name else f"{heading} ({found.name})", "", ""))
    out.append("")
    out.extend(_tree(found.sentence, 0))
    for meaning in found.meanings:
        out.extend(("", *_meaning(meaning)))
    for head, section in _sections(found):
        out.extend(("", f"{head}:" if head else ""))
        for item in section:
            out.extend(_wrapped(item, "  - ", "    "))
    out.extend(("", "What it reads:"))
    for read in found.reads:
        out.extend(_wrapped(_read(read), "  - ", "    "))
        for field in read.fields:
            out.extend(_wrapped(_field(field), "    - ", "      "))
    return "\n".join(line.rstrip() for line in out) + "\n"


def _sections(found: Explanation) -> Iterator[tuple[str, list[str]]]:
    """The parts below the sentences, with their headings."""
    zone = found.timezone
    at = f"as of {_local(found)}, in {zone} time" if zone != "UTC" else f"as of {_local(found)} UTC"
    if found.windows:
        yield f"Periods and times {at}", [_window(window, found) for window in found.windows]
        yield "Who and what counts", list(found.population)
    else:
        yield f"Who and what counts {at}", list(found.population)
    if found.missing:
        yield "Missing values", list(found.missing)
    if found.parameters:
        yield (
            "Parameters",
            [
                *(f"{param.name} = {param.value}" for param in found.parameters),
                f"{_SETTING}",
            ],
        )
    if found.notes:
        yield "How it counts", list(found.notes)


def _local(found: Explanation) -> str:
    from segdsl.semantics import time

    return wording.instant(time.zone(found.timezone).local(found.as_of))


def _window(window: Window, found: Explanation) -> str:
    seen = ""
    if window.seen_from is not None:
        from segdsl.semantics import time

        seen = f", seen from {wording.instant(time.zone(found.timezone).local(window.seen_from))}"
    of = " (of days)" if window.of == "date" and window.start != window.end else ""
    return f"{window.text}{seen}{of}: {window.words}"


def _tree(line: Line, depth: int) -> Iterator[str]:
    lead = "  " * depth
    yield from _wrapped(line.text, f"{lead}- " if depth else "", f"{lead}  " if depth else "")
    for part in line.parts:
        yield from _tree(part, depth + 1)


def _head(meaning: Meaning) -> str:
    about = "" if meaning.about is None else f", {meaning.about},"
    return f"Where {meaning.term}{about} means:"


def _meaning(meaning: Meaning) -> Iterator[str]:
    yield _head(meaning)
    for line in meaning.lines:
        yield from _tree(line, 1)


def _wrapped(item: str, lead: str, hang: str) -> list[str]:
    return textwrap.wrap(
        item, _WIDTH, initial_indent=lead, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False
    ) or [lead]


def _read(read: Read) -> str:
    match read.kind:
        case "entity":
            what = "all of its keys" if read.table is None else f"table {read.table}"
        case _:
            what = "groups of rows" if read.table is None else f"table {read.table}"
    parts = [f"{wording.humanised(read.name)}: {what}"]
    if read.belongs is not None:
        parts.append(read.belongs)
    parts.extend(read.counts)
    return "; ".join(parts)


def _field(field: ReadField) -> str:
    words = f"{field.name}"
    if field.column is not None and field.column != field.name:
        words += f" (column {field.column})"
    words += f", {field.type}"
    if field.optional:
        words += ", may be missing"
    if field.title:
        words += f": {field.title}"
    if field.computed is not None:
        words += f" [computed: {field.computed}]"
    if field.missing:
        words += f" [missing where it is {wording.listed([wording.quoted(text) for text in field.missing], 'or')}]"
    if field.codes:
        codes = [f"{wording.quoted(name)} is {wording.quoted(code)}" for name, code in field.codes]
        words += f" [codes: {', '.join(codes)}]"
    if field.private:
        words += " [private]"
    return words


# -- plain data -----------------------------------------------------------------------------------------------------


def plain(found: Explanation) -> dict[str, object]:
    return {
        "kind": found.kind,
        "name": found.name,
        "title": found.title,
        "about": found.about,
        "as_of": times.utc(found.as_of),
        "timezone": found.timezone,
        "sentence": _plain_line(found.sentence),
        "where": [
            {
                "term": meaning.term,
                "name": meaning.name,
                "about": meaning.about,
                "sentence": [_plain_line(line) for line in meaning.lines],
            }
            for meaning in found.meanings
        ],
        "windows": [
            {
                "text": window.text,
                "words": window.words,
                "of": window.of,
                "start": times.utc(window.start),
                "end": times.utc(window.end),
                "first_day": None if window.first_day is None else window.first_day.isoformat(),
                "last_day": None if window.last_day is None else window.last_day.isoformat(),
                "seen_from": None if window.seen_from is None else times.utc(window.seen_from),
            }
            for window in found.windows
        ],
        "population": list(found.population),
        "reads": [
            {
                "name": read.name,
                "kind": read.kind,
                "table": read.table,
                "belongs": read.belongs,
                "counts": list(read.counts),
                "fields": [_plain_field(field) for field in read.fields],
            }
            for read in found.reads
        ],
        "parameters": {param.name: param.value for param in found.parameters},
        "missing": list(found.missing),
        "notes": list(found.notes),
        "uses": list(found.uses),
    }


def _plain_line(line: Line) -> dict[str, object]:
    shown: dict[str, object] = {"text": line.text}
    if line.parts:
        shown["parts"] = [_plain_line(part) for part in line.parts]
    if line.values:
        shown["values"] = list(line.values)
    return shown


def _plain_field(field: ReadField) -> dict[str, object]:
    return {
        "name": field.name,
        "column": field.column,
        "type": field.type,
        "title": field.title,
        "optional": field.optional,
        "private": field.private,
        "missing": list(field.missing),
        "codes": dict(field.codes),
        "computed": field.computed,
    }


# -- HTML -----------------------------------------------------------------------------------------------------------


def html(found: Explanation) -> str:
    out = [page.heading(found.name, found.title), _html_line(found.sentence, "p")]
    for meaning in found.meanings:
        out.append(f"<p><em>{escape(_head(meaning))}</em></p>")
        out.append("<ul>" + "".join(_html_line(line, "li") for line in meaning.lines) + "</ul>")
    for head, items in _sections(found):
        listed = "".join(f"<li>{escape(item)}</li>" for item in items)
        out.append(f"<details open><summary>{escape(head)}</summary><ul>{listed}</ul></details>")
    reads = "".join(
        f"<li>{escape(_read(read))}<ul>{''.join(f'<li>{escape(_field(field))}</li>' for field in read.fields)}</ul></li>"
        for read in found.reads
    )
    out.append(f"<details open><summary>What it reads</summary><ul>{reads}</ul></details>")
    return page.boxed(*out)


def _html_line(line: Line, tag: str) -> str:
    below = ""
    if line.parts:
        below = "<ul>" + "".join(_html_line(part, "li") for part in line.parts) + "</ul>"
    if tag == "p":
        return f"<p>{escape(line.text)}</p>{below}"
    return f"<{tag}>{escape(line.text)}{below}</{tag}>"
