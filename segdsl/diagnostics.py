"""What the compiler has to say about a text: a code, a place, a message, a hint, where possible a fix.

Message texts live in `segdsl.errors` alone. A user's mistake is a `Diagnostic` (raised, where something must be
raised, inside `SegdslError`); a broken invariant of segdsl itself is an AssertionError. The two never mix.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any, overload

from segdsl.display.english import counted
from segdsl.display.text import character_width
from segdsl.records import is_as_it_is, record
from segdsl.source import NOWHERE, Span


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"

    __setstate__ = is_as_it_is


@record(frozen=True, slots=True)
class Edit:
    """Replace the text of ``span`` by ``text``."""

    span: Span
    text: str


@record(frozen=True, slots=True)
class Fix:
    """A mend that can be applied as it stands."""

    title: str
    edits: tuple[Edit, ...]


@record(frozen=True, slots=True)
class Related:
    """Another place that the message speaks of."""

    span: Span
    message: str


@record(frozen=True, slots=True)
class Rule:
    """One kind of diagnostic: what ``segdsl rule CODE`` and the docs say of it."""

    code: str
    name: str
    title: str
    explanation: str
    bad: str = ""
    good: str = ""
    severity: Severity = Severity.ERROR

    def at(
        self,
        span: Span,
        message: str,
        hint: str | None = None,
        fix: Fix | None = None,
        related: tuple[Related, ...] = (),
    ) -> Diagnostic:
        return Diagnostic(self.code, self.severity, message, span, hint, fix, related)


@record(frozen=True, slots=True)
class Diagnostic:
    """One finding. ``str()`` is one line; `render` shows the source line and a caret range."""

    code: str
    severity: Severity
    message: str
    span: Span = NOWHERE
    hint: str | None = None
    fix: Fix | None = None
    related: tuple[Related, ...] = ()

    def __str__(self) -> str:
        place = self.span.describe()
        return f"{place + ': ' if place else ''}{self.severity.value} {self.code}: {self.message}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "hint": self.hint,
            "span": span_to_dict(self.span),
            "fix": None
            if self.fix is None
            else {
                "title": self.fix.title,
                "edits": [{"span": span_to_dict(e.span), "text": e.text} for e in self.fix.edits],
            },
            "related": [{"span": span_to_dict(r.span), "message": r.message} for r in self.related],
        }

    def to_json(self) -> str:
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False)

    def _repr_html_(self) -> str:
        """The same for a notebook."""
        from segdsl.display import html

        return html.boxed(_as_html(self))

    def render(self) -> str:
        """The message with its source line and a caret range, as a terminal shows it (no colour)."""
        lines = [f"{self.severity.value}[{self.code}]: {self.message}"]
        lines.extend(_excerpt(self.span))
        for other in self.related:
            lines.append(f"  note: {other.message}")
            lines.extend(_excerpt(other.span))
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


def span_to_dict(span: Span) -> dict[str, Any] | None:
    if span.source is None:
        return None
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "start": span.start,
        "end": span.end,
    }


_WIDEST_EXCERPT = 160
_SHOWN = 100
"""As many findings as a notebook is given."""


def _as_html(diagnostic: Diagnostic) -> str:
    from segdsl.display import html

    colours = {Severity.ERROR: html.ERROR, Severity.WARNING: html.WARNING, Severity.HINT: html.HINT}
    head = html.coloured(f"{diagnostic.severity.value} {diagnostic.code}", colours[diagnostic.severity], bold=True)
    parts = [html.paragraph(f"{head}: {html.shown(diagnostic.message)}"), _excerpt_html(diagnostic.span)]
    for other in diagnostic.related:
        parts += [html.hints([f"note: {other.message}"]), _excerpt_html(other.span)]
    return "".join([*parts, html.hints([f"hint: {diagnostic.hint}"] if diagnostic.hint else [])])


def _excerpt_html(span: Span) -> str:
    from segdsl.display import html

    lines = _excerpt(span)
    return html.preformatted(html.shown("\n".join(lines))) if lines else ""


def _excerpt(span: Span) -> list[str]:
    if span.source is None:
        return []
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    text = span.source.line(line)
    start = column - 1
    end = (end_column - 1) if end_line == line else len(text)
    end = max(end, start + 1)
    # A line of a megabyte must not become a message of a megabyte.
    cut = max(0, start - _WIDEST_EXCERPT // 2)
    shown = text[cut : cut + _WIDEST_EXCERPT]
    start, end = start - cut, min(end - cut, len(shown) + 1)
    printable = "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in shown)
    lead = "".join(c if c == "\t" else " " * character_width(c) for c in printable[:start])
    carets = "^" * max(1, sum(character_width(c) for c in printable[start:end]))
    margin = " " * len(str(line))
    return [
        f"{margin}--> {span.source.name}:{line}:{column}",
        f"{margin} |",
        f"{line} | {printable}",
        f"{margin} | {lead}{carets}",
    ]


class Diagnostics(Sequence[Diagnostic]):
    """All findings of a run, in the order of their places. Falsy when there are none."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[Diagnostic] = ()) -> None:
        unique = dict.fromkeys(items)
        self._items = tuple(sorted(unique, key=_order))

    @overload
    def __getitem__(self, index: int) -> Diagnostic: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Diagnostic]: ...
    def __getitem__(self, index: int | slice) -> Diagnostic | Sequence[Diagnostic]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._items)

    def __repr__(self) -> str:
        numbers = ((severity.value, sum(d.severity is severity for d in self._items)) for severity in Severity)
        said = [counted(number, word) for word, number in numbers if number]
        return f"<Diagnostics: {', '.join(said) or 'none'}>"

    def _repr_html_(self) -> str:
        """All of them, in a notebook."""
        from segdsl.display import html

        shown = "".join(map(_as_html, self._items[:_SHOWN]))
        more = [f"and {len(self) - _SHOWN:,} more"] if len(self) > _SHOWN else []
        return html.boxed(shown or html.paragraph("nothing to report"), html.hints(more))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self._items if d.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self._items if d.severity is Severity.WARNING)

    def to_json(self) -> str:
        import json

        return json.dumps([d.to_dict() for d in self._items], ensure_ascii=False)

    def render(self) -> str:
        return "\n\n".join(d.render() for d in self._items)

    def raise_errors(self) -> None:
        """Raise `SegdslError` when there is at least one error among them."""
        if self.errors:
            raise SegdslError(self)


def _order(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    span = diagnostic.span
    return (span.source.name if span.source else "", span.start, span.end, diagnostic.code)


class SegdslError(Exception):
    """Something that a user can mend; ``.diagnostics`` says what and where."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = diagnostics if isinstance(diagnostics, Diagnostics) else Diagnostics(diagnostics)
        super().__init__(self.diagnostics.render())

    def __reduce__(self) -> tuple[type[SegdslError], tuple[Diagnostics]]:
        # Its own argument is the findings, not the text that Exception keeps; another process gets them too.
        return type(self), (self.diagnostics,)

    def to_json(self) -> str:
        return self.diagnostics.to_json()
