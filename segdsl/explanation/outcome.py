"""What an explanation is: plain data, for whoever shows it. Made by `segdsl.explanation.explain`, drawn by `render`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, or the beginning of one whose ``parts`` stand below it. ``values``: all of a list that the text shortens."""

    text: str
    parts: tuple[Line, ...] = ()
    values: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Window:
    """A period or a moment, as it is for the ``as_of``. ``start`` and ``end`` are instants in UTC, without a zone; of a moment
    they are the same. ``of``: what lies in it is an instant (``time``) or a day (``date``); of days, ``first_day`` and
    ``last_day`` are in it, and None where no day is. ``seen_from``: the instant that it was counted from, where that is
    not the ``as_of`` itself. ``text``: what the sentences call it; ``words``: what it comes to."""

    text: str
    words: str
    start: datetime
    end: datetime
    first_day: date | None
    last_day: date | None
    of: str
    seen_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadField:
    """A field that is read. ``column``: where the data has it; None for one that is computed, which ``computed`` says how."""

    name: str
    column: str | None
    type: str
    title: str | None = None
    called: str | None = None
    private: bool = False
    missing: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    computed: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A table that is read: for the entity, a relation or a lookup. ``belongs``: to what its rows belong, and how that is told;
    ``counts``: which of its rows there are, ``dated``: by what time."""

    name: str
    kind: str
    table: str | None
    fields: tuple[ReadField, ...]
    belongs: str | None = None
    counts: tuple[str, ...] = ()
    dated: str | None = None


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter that takes part, and its value."""

    name: str
    value: str
    written: str | None = None
    """The value as a setting is written."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a term of the sentences means: a definition that is used (``name`` is its name), or a part with a letter."""

    term: str
    lines: tuple[Line, ...]
    name: str | None = None
    about: str | None = None
    """Of a part with a letter: of what it is said."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A definition as plain English, resolved for an instant; made by `Segment.explain`.

    ``kind`` is ``segment``, ``tiers``, ``trait`` or ``condition``. ``str()`` is the text for people, `to_dict` plain data,
    `to_html` and a notebook show a fragment of HTML.
    """

    kind: str
    name: str
    title: str | None
    about: str | None
    as_of: datetime
    timezone: str
    sentence: Line
    meanings: tuple[Meaning, ...] = ()
    windows: tuple[Window, ...] = ()
    population: tuple[str, ...] = ()
    counting: tuple[str, ...] = ()
    """Which rows are meant where the sentences speak of orders."""
    reads: tuple[Read, ...] = ()
    parameters: tuple[Param, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    """The names of all definitions that it is made of, wherever they stand."""

    def __str__(self) -> str:
        from segdsl.explanation.render import text

        return text(self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_html(self) -> str:
        """A fragment of HTML, without scripts or styles from elsewhere."""
        from segdsl.explanation.render import html

        return html(self)

    def to_dict(self) -> dict[str, object]:
        """All of it as values that JSON has."""
        from segdsl.explanation.render import plain

        return plain(self)
