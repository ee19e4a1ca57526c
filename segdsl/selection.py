"""Segments of a library, one by one or several together, and what can be asked of them.

In: segments that a `Library` made. Out: SQL, members, sizes, explanations. All objects are frozen; what is computed for them
the library keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias
from typing import Literal as OneOf

from segdsl import pipeline
from segdsl.as_of import AsOf
from segdsl.diagnostics import Diagnostic, Diagnostics, SegdslError
from segdsl.display.english import counted
from segdsl.errors import usage
from segdsl.records import record
from segdsl.source import Span

if TYPE_CHECKING:
    import polars as pl

    from segdsl.backends.sql.compiled import CompiledSQL
    from segdsl.explanation.outcome import Explanation, Line
    from segdsl.library import Library
    from segdsl.planning.plan import Plan
    from segdsl.runtime.tables import Dataset
    from segdsl.semantics import ir
    from segdsl.semantics.steps import Step
    from segdsl.sizes.counts import Counts
    from segdsl.sizes.funnel import Funnel
    from segdsl.sizes.overlap import Overlap
    from segdsl.why.tree import Why

Data: TypeAlias = "Mapping[str, object] | Dataset | str | Path"
"""A mapping of table names to Polars frames (or what has the Arrow stream interface), a folder of tables, or what `prepare` made."""

Shape: TypeAlias = OneOf["members", "flags", "counts", "memberships"]
SHAPES: tuple[Shape, ...] = ("members", "flags", "counts", "memberships")
_LISTED = 500
"""As many lines as a notebook is given of a list of segments."""


@record(frozen=True, slots=True, eq=False)
class Segment:
    """One segment of a library, a case of its tiers, or a bare condition read in it.

    ``span`` is where it is defined; ``pack`` the predefined pack that it comes from, if it does. A case goes by the name of its
    ``tiers``, a dot and its own: ``support_tier.gold``.
    """

    library: Library = field(repr=False)
    name: str
    title: str | None = None
    about: str | None = field(default=None, repr=False)
    tags: tuple[str, ...] = ()
    pack: str | None = field(default=None, repr=False)
    span: Span = field(default=Span(None, 0, 0), repr=False)
    condition: ir.Expr | None = field(default=None, repr=False)
    """The typed condition of a bare condition; a segment's own is the library's to know."""
    tiers: str | None = None
    findings: tuple[Diagnostic, ...] = field(default=(), repr=False)
    """What was found on the way to the meaning of a bare condition; `check` looks further, and takes its time."""

    def __repr__(self) -> str:
        return f"<Segment {self.name}{f' {self.title!r}' if self.title else ''}>"

    def _repr_html_(self) -> str:
        """The definition and what it says in English, in a notebook."""
        from segdsl.display import html
        from segdsl.syntax.highlight import highlighted

        return html.boxed(
            html.heading(self.name, self.title),
            html.paragraph(html.shown(self.about)) if self.about else "",
            html.preformatted(highlighted(self.text.rstrip())),
            _english(self),
            html.paragraph(html.quiet(" · ".join(filter(None, (", ".join(self.tags), self.place))))),
        )

    @property
    def text(self) -> str:
        """The definition as it was written."""
        return self.span.text

    @property
    def place(self) -> str:
        """Where it is defined: ``segments/shop.seg:3:1``, or ``pack commerce/order.seg:21:1``."""
        return f"{'pack ' if self.pack else ''}{self.span.describe()}"

    def check(self) -> Diagnostics:
        """Everything that is worth a warning about it, or, while the library is not right, wrong with it."""
        if self.condition is not None:
            return Diagnostics((*self.findings, *self.library.remarks(self.condition)))
        whole = self.span
        told = (finding for finding in self.library.check() if finding.span.source is whole.source)
        return Diagnostics(finding for finding in told if whole.start <= finding.span.start < whole.end)

    def sql(self, dialect: str, *, as_of: AsOf | None = None, bind: bool | str = False) -> CompiledSQL:
        """One statement that yields the keys of the members; see `Selection.sql`."""
        return Selection(self.library, (self,)).sql(dialect, "members", as_of=as_of, bind=bind)

    def members(self, data: Data, *, as_of: AsOf | None = None) -> pl.DataFrame | pl.LazyFrame:
        """The keys of the members, sorted, as a frame of one column; lazy where all frames of ``data`` are."""
        return Selection(self.library, (self,)).members(data, as_of=as_of)

    def why(self, data: object, key: object, *, as_of: AsOf | None = None) -> Why:
        """Why the one of that key is in it or not, condition by condition. ``data`` may be an open database too."""
        return next(iter(self.whys(data, (key,), as_of=as_of).values()))

    def whys(
        self, data: object, keys: Iterable[object] | None = None, *, as_of: AsOf | None = None
    ) -> Mapping[object, Why]:
        """Why those of several keys, or all, are in it or not: by key, all from one evaluation."""
        from segdsl.why.ask import whys

        return whys(self.library, self, data, keys, as_of)

    def explain(self, as_of: AsOf | None = None) -> Explanation:
        """The definition in plain English, its periods as they are for ``as_of``."""
        return self.library.explain(self, as_of=as_of)

    def funnel(self, data: Data, *, as_of: AsOf | None = None) -> Funnel:
        """How many its conditions leave, one after the other."""
        return Selection(self.library, (self,)).funnel(data, as_of=as_of)


@record(frozen=True, slots=True, eq=False)
class Selection:
    """Some segments of one library, evaluated or compiled together."""

    library: Library = field(repr=False)
    segments: tuple[Segment, ...]

    def __repr__(self) -> str:
        return f"<Selection of {counted(len(self.segments), 'segment')}>"

    def _repr_html_(self) -> str:
        """A line for each, in a notebook."""
        return listed(self.segments)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(segment.name for segment in self.segments)

    def plan(self) -> Plan:
        """The steps that yield all of them, each table read once."""
        return self.library.plan(self.segments)

    def sql(
        self, dialect: str, shape: str = "flags", *, as_of: AsOf | None = None, bind: bool | str = False
    ) -> CompiledSQL:
        """One statement for all of them, or `SegdslError` where it would be larger than the database takes (see `statements`);
        ``shape`` is one of `SHAPES`. ``bind``: with placeholders for its constants, in the usual
        style of the dialect's drivers or in that of a name; `CompiledSQL.bind` then gives it the values of another instant."""
        known = known_shape(shape)
        if known == "members" and len(self.segments) != 1:
            raise SegdslError([usage.members_of_one(len(self.segments))])
        return _written(self, dialect, known, self._instant(as_of), pipeline.style_of(dialect, bind))

    def statements(
        self, dialect: str, shape: str = "flags", *, as_of: AsOf | None = None, bind: bool | str = False
    ) -> tuple[CompiledSQL, ...]:
        """The statement that `sql` gives, or several where one would be larger than the database takes: each a complete one of some of
        the segments (`CompiledSQL.segments`), with the columns of its shape. Of ``members``, one for each segment.

        What the statements say together does not depend on how many they are, while the data stays as it is. Segments that need the
        same rows are in the same statement where that is possible. Raises `SegdslError` where one segment alone is too large.
        """
        known = known_shape(shape)
        instant, style = self._instant(as_of), pipeline.style_of(dialect, bind)
        if known == "members":
            singles = (Selection(self.library, (segment,)) for segment in self.segments)
            return tuple(_written(one, dialect, known, instant, style) for one in singles)
        segments = {segment.name: segment for segment in self.segments}

        def written(names: tuple[str, ...]) -> CompiledSQL:
            part = (
                self if len(names) == len(segments) else replace(self, segments=tuple(segments[one] for one in names))
            )
            return _written(part, dialect, known, instant, style)

        return pipeline.to_statements(self.plan(), written)

    def with_settings(self, **settings: object) -> Selection:
        """The same segments with other values for some of the library's parameters."""
        if not settings:
            return self
        library = self.library.with_settings(**settings)
        return Selection(library, tuple(reread(segment, library) for segment in self.segments))

    def _instant(self, given: AsOf | None) -> datetime:
        """The instant meant. Raises `SegdslError` where a definition asks for the past of a later one."""
        instant = self.library.as_of(given)
        self.library.check_past(self.segments, instant)
        return instant

    def evaluate(self, data: Data, *, as_of: AsOf | None = None) -> pl.DataFrame | pl.LazyFrame:
        """A row per entity: its key, and for each segment whether it is in; lazy where all frames of ``data`` are."""
        from segdsl.runtime.evaluate import evaluate

        plan = self.plan()
        flags = evaluate(plan, data, self._instant(as_of))
        # A plan's columns have names that differ in more than letter case.
        titles = {column: name for name, column in plan.outputs.items() if column != name}
        return flags.rename(titles) if titles else flags

    def members(self, data: Data, *, as_of: AsOf | None = None) -> pl.DataFrame | pl.LazyFrame:
        """The keys of the members of the one segment, sorted."""
        from segdsl.runtime.evaluate import members

        if len(self.segments) != 1:
            raise SegdslError([usage.members_of_one(len(self.segments))])
        return members(self.plan(), data, self._instant(as_of), self.names[0])

    def prepare(self, data: Data) -> Dataset:
        """Tables read once and laid out for evaluating these segments many times; see `Library.prepare`."""
        from segdsl.runtime.prepare import prepare

        return prepare(self.plan(), data)

    def counts(self, data: Data, *, as_of: AsOf | None = None) -> Counts:
        """How many are in each."""
        from segdsl.runtime.evaluate import counts
        from segdsl.sizes.counts import Counts

        population, sizes = counts(self.plan(), data, self._instant(as_of))
        return Counts(population, MappingProxyType(sizes))

    def funnel(self, data: Data, *, as_of: AsOf | None = None) -> Funnel:
        """How many the conditions of the one segment leave, one after the other."""
        by_step = self.step_by_step()
        return by_step.answer(by_step.selection.counts(data, as_of=as_of))

    def step_by_step(self) -> StepByStep:
        """What is to be counted for a funnel of the one segment."""
        if len(self.segments) != 1:
            raise SegdslError([usage.funnel_of_one(len(self.segments))])
        (segment,) = self.segments
        return StepByStep(replace(segment, library=self.library), self.library.steps(segment))

    def overlap(self, data: Data, *, as_of: AsOf | None = None) -> Overlap:
        """Which of them have customers in common, those that overlap most first."""
        from segdsl.runtime.overlap import evaluated

        return evaluated(self.plan(), data, self._instant(as_of), self.tiers())

    def tiers(self) -> dict[str, str]:
        """Of those that are cases of tiers, the tiers."""
        return {segment.name: segment.tiers for segment in self.segments if segment.tiers is not None}


def known_shape(shape: str) -> Shape:
    """A shape by its name."""
    known = next((known for known in SHAPES if known == shape), None)
    if known is None:
        raise SegdslError([usage.unknown_choice("shape", shape, SHAPES)])
    return known


def _written(selection: Selection, dialect: str, shape: Shape, instant: datetime, style: str | None) -> CompiledSQL:
    """One statement. What is wrong with a single segment has its place."""
    from segdsl.backends.sql.sizes import TooLarge

    segment = selection.names[0] if shape == "members" else None
    try:
        compiled = pipeline.to_sql(selection.plan(), dialect, shape, instant, segment, style)
    except TooLarge as error:
        if len(selection.segments) > 1:
            raise
        place = selection.segments[0].span
        raise TooLarge((replace(one, span=place) for one in error.diagnostics), error.load) from None
    return compiled if style is None else replace(compiled, _again=_Again(selection, dialect, shape, style))


@record(frozen=True, slots=True)
class _Again:
    """How a statement was compiled, to compile it for another instant. In another process, where the library is not, there is none."""

    selection: Selection
    dialect: str
    shape: Shape
    style: str

    def __call__(self, as_of: AsOf | None, settings: Mapping[str, object]) -> CompiledSQL:
        return self.selection.with_settings(**settings).sql(self.dialect, self.shape, as_of=as_of, bind=self.style)

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()


@record(frozen=True, slots=True, eq=False)
class StepByStep:
    """The conditions of a segment, to be counted one by one and one after the other."""

    segment: Segment
    steps: tuple[Step, ...]

    @property
    def selection(self) -> Selection:
        """What to count, under names of its own."""
        from segdsl.semantics import ir
        from segdsl.sizes.funnel import ALL, after, alone

        conditions = [step.condition for step in self.steps]
        numbered = list(enumerate(conditions, start=1))
        outputs: dict[str, ir.Expr] = {after(number): ir.All(tuple(conditions[:number])) for number, _ in numbered}
        outputs |= {alone(number): condition for number, condition in numbered}
        parts = (replace(self.segment, name=name, condition=one, tiers=None) for name, one in outputs.items())
        library = self.segment.library
        whole = replace(self.segment, name=ALL, condition=library.meaning(self.segment), tiers=None)
        return Selection(library, (*parts, whole))

    def answer(self, counts: Counts) -> Funnel:
        from segdsl.sizes.funnel import funnel

        texts = [step.text for step in self.steps]
        return funnel(self.segment.name, self.segment.title, texts, counts.population, counts.sizes)


def reread(segment: Segment, library: Library) -> Segment:
    """The segment, or a bare condition as it is read in a library."""
    if segment.condition is None or segment.span.source is None:
        return segment
    return library.condition(segment.text, name=segment.name, source=segment.span.source.name)


def apart(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Each once, by names that tell them apart; a condition is the same where its text is."""
    found: dict[str, Segment] = {}
    for segment in segments:
        other = found.setdefault(segment.name, segment)
        conditions = other.condition is not None and segment.condition is not None
        if other is not segment and not (conditions and other.text == segment.text):
            raise SegdslError([usage.same_name(segment.name)])
    return tuple(found.values())


def _english(segment: Segment) -> str:
    """What a segment means, as html; nothing where its library is wrong."""
    from segdsl.display import html

    try:
        found = segment.explain()
    except SegdslError:
        return ""
    meanings = (
        html.paragraph(html.quiet(f"Where {meaning.term}" if meaning.name is None else f"Where {meaning.term} means:"))
        + html.listed(map(_sentence, meaning.lines))
        for meaning in found.meanings
    )
    return html.paragraph(_sentence(found.sentence)) + "".join(meanings)


def _sentence(line: Line) -> str:
    from segdsl.display import html

    return html.shown(line.text) + html.listed(map(_sentence, line.parts))


def listed(segments: Sequence[Segment]) -> str:
    """Segments as a table of html."""
    from segdsl.display import html

    rows = [
        (html.code(segment.name), segment.title, ", ".join(segment.tags), html.code(segment.place))
        for segment in segments[:_LISTED]
    ]
    more = f"and {len(segments) - _LISTED:,} more" if len(segments) > _LISTED else ""
    table = html.table(("segment", "title", "tags", "defined"), rows)
    return html.boxed(table, html.hints([more] if more else []))
