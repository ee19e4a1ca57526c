"""An explanation as text for people, as a fragment of HTML, and as plain data.

In goes an `Explanation`, out come its three forms. Nothing here knows how it came about.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from html import escape

from segdsl.display import html as page
from segdsl.display.text import printable
from segdsl.explanation import times, wording
from segdsl.explanation.outcome import Explanation, Line, Meaning, Param, Read, ReadField, Window

_WIDTH = 110
_DATA = "Data used"
_TYPES = (
    (r"list\(string\)", "list of texts"),
    (r"decimal\(\d+, ?0\)", "whole number"),
    (r"decimal\(\d+, ?1\)", "number with 1 decimal"),
    (r"decimal\(\d+, ?(\d+)\)", r"number with \1 decimals"),
    (r"\bint\b", "whole number"),
    (r"\bfloat\b", "number"),
    (r"\bstring\b", "text"),
    (r"\bbool\b", "yes or no"),
    (r"\btimestamp\b", "date and time"),
    (r"\bout of\b", "stored as"),
)
"""Types in people's words."""


def text(found: Explanation) -> str:
    """For people, in a terminal."""
    out: list[str] = []
    heading = found.title or found.name
    out.extend(_wrapped(heading if heading == found.name else f"{heading} ({found.name})", "", ""))
    out.append("")
    out.extend(_tree(found.sentence, 0))
    if found.counting:
        out.append("")
        for line in found.counting:
            out.extend(_wrapped(line, "", ""))
    for meaning in found.meanings:
        out.extend(("", *_meaning(meaning)))
    for head, section in _sections(found):
        out.extend(("", f"{head}:" if head else ""))
        for item in section:
            out.extend(_wrapped(item, "  - ", "    "))
    out.extend(("", f"{_DATA}:"))
    for read in found.reads:
        out.extend(_wrapped(_read(read), "  - ", "    "))
        for field in read.fields:
            out.extend(_wrapped(_field(field, read), "    - ", "      "))
    return "\n".join(printable(line.rstrip()) for line in out) + "\n"


def _sections(found: Explanation) -> Iterator[tuple[str, list[str]]]:
    """The parts below the sentences, with their headings."""
    zone = found.timezone
    at = f"as of {_local(found)}, in {zone} time" if zone != "UTC" else f"as of {_local(found)} UTC"
    entity = wording.plural(wording.humanised(found.reads[0].name))
    looked_at = f"Which {entity}{' and rows' if len(found.reads) > 1 else ''} are looked at"
    if found.windows:
        yield f"Periods and times {at}", [_window(window, found) for window in found.windows]
        yield looked_at, list(found.population)
    else:
        yield f"{looked_at}, {at}", list(found.population)
    if found.missing:
        yield "Missing values", list(found.missing)
    if found.parameters:
        yield (
            "Parameters",
            [*(f"{param.name} = {param.value}" for param in found.parameters), *_setting(found.parameters)],
        )
    if found.notes:
        yield "Counting rules", list(found.notes)


def _setting(parameters: tuple[Param, ...]) -> Iterator[str]:
    """How the values would be given, to be changed."""
    written = [f"--set {param.name}={_for_a_shell(param.written)}" for param in parameters if param.written is not None]
    if written:
        what = "another value" if len(written) == 1 else "other values"
        yield f"To use {what}, put yours here: {' '.join(written)}"


def _for_a_shell(value: str) -> str:
    if re.fullmatch(r"[\w.%:+-]+", value):
        return value
    quote = "'" if '"' in value else '"'
    return f"{quote}{value}{quote}"


def _local(found: Explanation) -> str:
    from segdsl.semantics import time

    return wording.instant(time.zone(found.timezone).local(found.as_of))


def _window(window: Window, found: Explanation) -> str:
    seen = ""
    if window.seen_from is not None:
        from segdsl.semantics import time

        seen = f", seen from {wording.instant(time.zone(found.timezone).local(window.seen_from))}"
    text = window.text.removesuffix(", both included")
    return f"{text}{seen}: {window.words}"


def _tree(line: Line, depth: int) -> Iterator[str]:
    lead = "  " * depth
    yield from _wrapped(line.text, f"{lead}- " if depth else "", f"{lead}  " if depth else "")
    for part in line.parts:
        yield from _tree(part, depth + 1)


def _head(meaning: Meaning) -> str:
    if meaning.about is not None:
        return f"Where {meaning.term}, {meaning.about}, means:"
    term = meaning.term
    return f"{term[:1].upper()}{term[1:]}:" if term.startswith("the ") else f"Where {term} means:"


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
            what = "all of its keys" if read.table is None else f"table {wording.column(read.table)}"
        case _:
            what = "groups of rows" if read.table is None else f"table {wording.column(read.table)}"
    parts = [f"{wording.plural(wording.humanised(read.name))}: {what}"]
    parts.extend(part for part in (read.belongs, read.dated) if part is not None)
    return "; ".join(parts)


def _type(shown: str) -> str:
    for pattern, words in _TYPES:
        shown = re.sub(pattern, words, shown)
    return shown


def _field(field: ReadField, read: Read) -> str:
    known = [_type(field.type)]
    if field.column is not None and field.column != field.name:
        known.append(f"column {wording.column(field.column)}")
    if field.optional:
        known.append("may be missing")
    words = f"{wording.column(field.name)} ({', '.join(known)})"
    if field.title:
        # Of a private field the title may say what texts read in its place, which they do here.
        words += f": {field.title.partition(';')[0] if field.private else field.title}"
    if field.computed is not None:
        words += f" — computed: {field.computed}"
    if field.missing:
        words += f" — missing where it is {wording.listed([wording.quoted(text) for text in field.missing], 'or')}"
    if field.codes:
        codes = [f"{wording.quoted(name)} is {wording.quoted(code)}" for name, code in field.codes]
        words += f" — codes: {', '.join(codes)}"
    if field.private:
        made = [wording.column(other.name) for other in read.fields if other.computed is not None]
        words += f" — private: only used to work out {wording.listed(made, 'and')}" if made else " — private"
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
        "counting": list(found.counting),
        "population": list(found.population),
        "reads": [
            {
                "name": read.name,
                "kind": read.kind,
                "table": read.table,
                "belongs": read.belongs,
                "counts": list(read.counts),
                "dated": read.dated,
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


def _html(text: str) -> str:
    """Escaped, names in backquotes as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def html(found: Explanation) -> str:
    out = [page.heading(found.name, found.title), _html_line(found.sentence, "p")]
    out.extend(f"<p>{_html(line)}</p>" for line in found.counting)
    for meaning in found.meanings:
        out.append(f"<p><em>{_html(_head(meaning))}</em></p>")
        out.append("<ul>" + "".join(_html_line(line, "li") for line in meaning.lines) + "</ul>")
    for head, items in _sections(found):
        listed = "".join(f"<li>{_html(item)}</li>" for item in items)
        out.append(f"<details open><summary>{_html(head)}</summary><ul>{listed}</ul></details>")
    reads = "".join(
        f"<li>{_html(_read(read))}<ul>{''.join(f'<li>{_html(_field(field, read))}</li>' for field in read.fields)}</ul></li>"
        for read in found.reads
    )
    out.append(f"<details open><summary>{_DATA}</summary><ul>{reads}</ul></details>")
    return page.boxed(*out)


def _html_line(line: Line, tag: str) -> str:
    below = ""
    if line.parts:
        below = "<ul>" + "".join(_html_line(part, "li") for part in line.parts) + "</ul>"
    if tag == "p":
        return f"<p>{_html(line.text)}</p>{below}"
    return f"<{tag}>{_html(line.text)}{below}</{tag}>"
