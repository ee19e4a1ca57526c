"""What a host holds: a `Library` of segments over a `Schema`, a `Segment` of it, a `Selection` of several.

In: texts and a schema. Out: findings, SQL, members, sizes. All objects are frozen and may be shared by threads; what was
compiled once is kept. A library may be wrong: `Library.check` says how, and whatever needs it right raises `SegdslError`
with all of that.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias
from typing import Literal as OneOf

from segdsl import pipeline
from segdsl.as_of import AsOf, read_as_of, to_the_second
from segdsl.diagnostics import Diagnostic, Diagnostics, SegdslError
from segdsl.display import html
from segdsl.display.english import counted
from segdsl.errors import explain as explain_errors
from segdsl.errors import usage, warnings
from segdsl.errors.data import outside_the_calendar
from segdsl.explanation.explain import Subject, explained
from segdsl.explanation.outcome import Explanation, Line
from segdsl.limits import DEFAULT, Limits
from segdsl.pipeline import Unit
from segdsl.planning.plan import Plan
from segdsl.reading import pack_units, read_unit, seg_files
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir
from segdsl.semantics.examples import Example
from segdsl.semantics.link import LeftOut
from segdsl.semantics.past import ahead
from segdsl.semantics.steps import Step, steps
from segdsl.sizes.counts import Counts
from segdsl.sizes.funnel import ALL, Funnel, after, alone, funnel
from segdsl.source import NOWHERE, Source, Span
from segdsl.syntax import ast
from segdsl.syntax.highlight import highlighted
from segdsl.types import BOOL, STRING

if TYPE_CHECKING:
    import polars as pl

    from segdsl.backends.sql.compiled import CompiledSQL
    from segdsl.examples import TestResults
    from segdsl.sizes.overlap import Overlap
    from segdsl.why.tree import Why

Data: TypeAlias = "Mapping[str, object] | str | Path"
"""A mapping of table names to Polars frames (or what has the Arrow stream interface), or a folder of tables."""

Shape: TypeAlias = OneOf["members", "flags", "counts", "memberships"]
SHAPES: tuple[Shape, ...] = ("members", "flags", "counts", "memberships")
_PLANS_KEPT = 64
_LISTED = 500
"""As many lines as a notebook is given of a list of segments."""


@dataclass(frozen=True, slots=True, eq=False)
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


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Some segments of one library, evaluated or compiled together."""

    library: Library = field(repr=False)
    segments: tuple[Segment, ...]

    def __repr__(self) -> str:
        return f"<Selection of {counted(len(self.segments), 'segment')}>"

    def _repr_html_(self) -> str:
        """A line for each, in a notebook."""
        return _listed(self.segments)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(segment.name for segment in self.segments)

    def plan(self) -> Plan:
        """The steps that yield all of them, each table read once."""
        return self.library.plan(self.segments)

    def sql(
        self, dialect: str, shape: str = "flags", *, as_of: AsOf | None = None, bind: bool | str = False
    ) -> CompiledSQL:
        """One statement for all of them; ``shape`` is one of `SHAPES`. ``bind``: with placeholders for its constants, in the usual
        style of the dialect's drivers or in that of a name; `CompiledSQL.bind` then gives it the values of another instant."""
        known = next((known for known in SHAPES if known == shape), None)
        if known is None:
            raise SegdslError([usage.unknown_choice("shape", shape, SHAPES)])
        if shape == "members" and len(self.segments) != 1:
            raise SegdslError([usage.members_of_one(len(self.segments))])
        segment = self.names[0] if shape == "members" else None
        style = pipeline.style_of(dialect, bind)
        compiled = pipeline.to_sql(self.plan(), dialect, known, self._instant(as_of), segment, style)
        return compiled if style is None else replace(compiled, _again=_Again(self, dialect, known, style))

    def with_settings(self, **settings: object) -> Selection:
        """The same segments with other values for some of the library's parameters."""
        if not settings:
            return self
        library = self.library.with_settings(**settings)
        return Selection(library, tuple(_reread(segment, library) for segment in self.segments))

    def _instant(self, given: AsOf | None) -> datetime:
        """The instant meant. Raises `SegdslError` where a definition asks for the past of a later one."""
        instant = self.library.as_of(given)
        self.library.check_past(self.segments, instant)
        return instant

    def evaluate(self, data: Data, *, as_of: AsOf | None = None) -> pl.DataFrame | pl.LazyFrame:
        """A row per entity: its key, and for each segment whether it is in; lazy where all frames of ``data`` are."""
        from segdsl.runtime.evaluate import evaluate

        return evaluate(self.plan(), data, self._instant(as_of))

    def members(self, data: Data, *, as_of: AsOf | None = None) -> pl.DataFrame | pl.LazyFrame:
        """The keys of the members of the one segment, sorted."""
        from segdsl.runtime.evaluate import members

        if len(self.segments) != 1:
            raise SegdslError([usage.members_of_one(len(self.segments))])
        return members(self.plan(), data, self._instant(as_of), self.names[0])

    def counts(self, data: Data, *, as_of: AsOf | None = None) -> Counts:
        """How many are in each."""
        from segdsl.runtime.evaluate import counts

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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True, eq=False)
class StepByStep:
    """The conditions of a segment, to be counted one by one and one after the other."""

    segment: Segment
    steps: tuple[Step, ...]

    @property
    def selection(self) -> Selection:
        """What to count, under names of its own."""
        conditions = [step.condition for step in self.steps]
        numbered = list(enumerate(conditions, start=1))
        outputs: dict[str, ir.Expr] = {after(number): ir.All(tuple(conditions[:number])) for number, _ in numbered}
        outputs |= {alone(number): condition for number, condition in numbered}
        parts = (replace(self.segment, name=name, condition=one, tiers=None) for name, one in outputs.items())
        library = self.segment.library
        whole = replace(self.segment, name=ALL, condition=library.meaning(self.segment), tiers=None)
        return Selection(library, (*parts, whole))

    def answer(self, counts: Counts) -> Funnel:
        texts = [step.text for step in self.steps]
        return funnel(self.segment.name, self.segment.title, texts, counts.population, counts.sizes)


@dataclass(slots=True, eq=False, weakref_slot=True)
class _Compiled:
    """What a library has been compiled to so far. The lock keeps two threads from doing the same work."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    parsed: pipeline.Parsed | None = None
    segments: Mapping[str, Segment] | None = None
    checked: pipeline.Checked | None = None
    lint: tuple[Diagnostic, ...] | None = None
    plans: OrderedDict[tuple[str, ...], Plan] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        _ALIVE.add(self)


_ALIVE: weakref.WeakSet[_Compiled] = weakref.WeakSet()


def _unlock() -> None:
    """In a process that was forked, none of the threads is there that held a lock; each writes down only what it has finished."""
    for compiled in _ALIVE:
        compiled.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)


@dataclass(frozen=True, slots=True, eq=False)
class Library(Mapping[str, Segment]):
    """All definitions of some texts in one namespace: a mapping of names to segments.

    >>> library = Library.from_text('segment adults where age >= 18', {
    ...     "entity": {"name": "customer", "table": "customers", "key": "id", "fields": {"id": "int", "age": "int?"}}})
    >>> list(library)
    ['adults']
    """

    schema: Schema
    units: tuple[Unit, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    limits: Limits = DEFAULT
    unreadable: tuple[Diagnostic, ...] = ()
    """Findings about files that could not be read, which `check` passes on."""
    pack_spans: Mapping[str, Span] = field(default_factory=dict, repr=False)
    """Where a project file names the packs."""
    _compiled: _Compiled = field(default_factory=_Compiled, init=False, repr=False)

    @classmethod
    def from_text(
        cls,
        text: str,
        schema: Schema | Mapping[str, object],
        *,
        packs: str | Iterable[str] = (),
        name: str = "<text>",
        settings: Mapping[str, object] | None = None,
        limits: Limits = DEFAULT,
    ) -> Library:
        """The definitions of one text, and of predefined packs."""
        if not isinstance(text, str):
            raise SegdslError([usage.wrong_argument("text", "a text", text)])
        units = (*pack_units(packs), Unit(Source(name, text.removeprefix("\N{BYTE ORDER MARK}"))))
        return cls(_schema(schema), units, _frozen(settings), limits)

    @classmethod
    def from_files(
        cls,
        paths: str | Path | Iterable[str | Path],
        schema: Schema | Mapping[str, object],
        *,
        packs: str | Iterable[str] = (),
        settings: Mapping[str, object] | None = None,
        limits: Limits = DEFAULT,
    ) -> Library:
        """The definitions of ``.seg`` files, of all of them in folders, and of predefined packs."""
        read = [read_unit(path, limits) for path in seg_files(paths)]
        units = (*pack_units(packs), *(unit for unit, _ in read if unit is not None))
        unreadable = tuple(finding for _, findings in read for finding in findings)
        return cls(_schema(schema), units, _frozen(settings), limits, unreadable)

    @classmethod
    def of_pack(cls, pack: str, *, settings: Mapping[str, object] | None = None, limits: Limits = DEFAULT) -> Library:
        """A predefined pack alone, over its standard schema, with its examples."""
        from segdsl.project_file import pack_schema

        units = pack_units(pack, examples=True)
        return cls(pack_schema(pack), units, _frozen(settings), limits)

    # -- what is in it ----------------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Segment:
        segments = self._segments()
        if name not in segments:
            raise UnknownSegment([self.no_segment(str(name))])
        return segments[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._segments())

    def __len__(self) -> int:
        return len(self._segments())

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<Library of {counted(len(self), 'segment')} over {self.schema.entity.name}>"

    def _repr_html_(self) -> str:
        """A line for each segment, in a notebook."""
        return _listed(tuple(self.values()))

    def cases(self, name: str) -> tuple[Segment, ...]:
        """The segments that the cases of tiers are; none where the name is no tiers'."""
        return tuple(segment for segment in self.values() if segment.tiers == name)

    def no_segment(self, name: str) -> Diagnostic:
        """What is wrong with a name that no segment has."""
        for segment in _segments_of(self, self._parsed()):
            gone = self._left_out().get(segment.tiers or segment.name)
            if gone is not None and name in (segment.name, segment.tiers):
                return usage.left_out_segment(name, gone.pack, gone.reason)
        cases = self.cases(name)
        if cases:
            return usage.tiers_as_segment(name, [case.name for case in cases])
        owner, _, case = name.partition(".")
        unread = _unread(self._parsed(), owner)
        if unread is not None:
            return usage.unread_segment(owner, *unread)
        cases = self.cases(owner)
        if case and cases:
            return usage.unknown_case(owner, case, [known.name for known in cases])
        entry = self._checked().namespace.entries.get(name)
        if entry is not None:
            return usage.not_a_segment(name, "trait" if isinstance(entry.node, ast.Trait) else "parameter")
        return usage.unknown_segment(name, self)

    def check(self) -> Diagnostics:
        """Everything that is wrong with it, or worth a warning."""
        return Diagnostics((*self._findings(), *self._lint()))

    def remarks(self, condition: ir.Expr) -> tuple[Diagnostic, ...]:
        """What is probably not meant, of a bare condition over it."""
        return pipeline.lint_condition(condition, self._checked())

    def _findings(self) -> Diagnostics:
        """What was found on the way to what the library means: every error is among it."""
        left_out = self._left_out()
        unfit = [
            warnings.pack_left_out(
                self.pack_spans.get(pack, NOWHERE),
                pack,
                (name for name, gone in left_out.items() if gone.pack == pack),
                (gone.reason for gone in left_out.values() if gone.pack == pack),
            )
            for pack in dict.fromkeys(gone.pack for gone in left_out.values())
        ]
        meant = self._checked().findings
        if self.unreadable:
            # What else stands there may use what nothing that could be read does.
            meant = tuple(finding for finding in meant if finding.code != warnings.UNUSED.code)
        return Diagnostics((*self.unreadable, *self._parsed().findings, *meant, *unfit))

    # -- what to do with it -----------------------------------------------------------------------------------------

    def with_settings(self, **settings: object) -> Library:
        """The same definitions with other values for some parameters."""
        return replace(self, settings=_frozen({**self.settings, **settings}))

    def condition(self, text: str, *, name: str = "condition", source: str = "<condition>") -> Segment:
        """A bare condition, which may use all that the library defines."""
        if not isinstance(text, str):
            raise SegdslError([usage.wrong_argument("the condition", "a text", text)])
        place = Source(source, text.removeprefix("\N{BYTE ORDER MARK}"))
        self._findings().raise_errors()
        condition, found = pipeline.check_condition(place, self._checked(), self.settings, self.limits)
        Diagnostics(found).raise_errors()
        assert condition is not None, "a condition without errors has a meaning"
        return Segment(self, name, span=place.span(0, len(place.text)), condition=condition, findings=tuple(found))

    def select(self, names: Iterable[str | Segment] | None = None) -> Selection:
        """Some of the segments, or all of them; the name of tiers means all of their cases."""
        if names is None:
            chosen = tuple(self.values())
        else:
            listed = [names] if isinstance(names, str | Segment) else names
            if not isinstance(listed, Iterable):
                raise SegdslError([usage.wrong_argument("names", "one name, or several in a list", names)])
            chosen = tuple(dict.fromkeys(segment for name in listed for segment in self._chosen(name)))
        if not chosen:
            self._findings().raise_errors()
            raise SegdslError([usage.nothing_defined()])
        return Selection(self, chosen)

    def _chosen(self, name: str | Segment) -> tuple[Segment, ...]:
        if isinstance(name, Segment):
            # One of another library, such as this one with other settings, stands for the one of its name here.
            if name.condition is None and name.name not in self:
                raise UnknownSegment([self.no_segment(name.name)])
            return (name,)
        if not isinstance(name, str):
            raise SegdslError([usage.wrong_argument("a name", "a text or a segment", name)])
        return self.cases(name) or (self[name],)

    def sql(
        self,
        dialect: str,
        shape: str = "flags",
        names: Iterable[str | Segment] | None = None,
        *,
        as_of: AsOf | None = None,
        settings: Mapping[str, object] | None = None,
        bind: bool | str = False,
    ) -> CompiledSQL:
        """One statement for all segments, or for those named; ``shape`` is one of `SHAPES`, ``bind`` as in `Selection.sql`."""
        library = self.with_settings(**_frozen(settings)) if settings else self
        return library.select(names).sql(dialect, shape, as_of=as_of, bind=bind)

    def evaluate(
        self, data: Data, *, as_of: AsOf | None = None, names: Iterable[str | Segment] | None = None
    ) -> pl.DataFrame | pl.LazyFrame:
        """A row per entity: its key, and for each segment whether it is in; lazy where all frames of ``data`` are."""
        return self.select(names).evaluate(data, as_of=as_of)

    def counts(self, data: Data, *, as_of: AsOf | None = None, names: Iterable[str | Segment] | None = None) -> Counts:
        """How many are in each segment, and in all."""
        return self.select(names).counts(data, as_of=as_of)

    def overlap(
        self, data: Data, *, as_of: AsOf | None = None, names: Iterable[str | Segment] | None = None
    ) -> Overlap:
        """Which segments have customers in common, those that overlap most first."""
        return self.select(names).overlap(data, as_of=as_of)

    @property
    def examples(self) -> tuple[Example, ...]:
        """The examples that nothing is wrong with, in the order of the texts."""
        return self._checked().examples

    def test(self, examples: Iterable[Example] | None = None) -> TestResults:
        """What comes of the examples, or of some of them, on every evaluator at hand. Raises `SegdslError` where the library is
        wrong."""
        from segdsl.examples import run_examples

        self._findings().raise_errors()
        chosen = self.examples if examples is None else tuple(examples)
        return run_examples(self, chosen)

    def explain(self, name: str | Segment, *, as_of: AsOf | None = None) -> Explanation:
        """A segment, tiers or a trait without arguments in plain English, its periods as they are for ``as_of``."""
        instant = self.as_of(to_the_second(as_of))
        program, namespace = self.program(), self._checked().namespace
        subject = self._subject(name, program)
        meant = subject.condition or program.definitions[subject.name].body
        Diagnostics(ahead((meant,), program, instant)).raise_errors()
        if isinstance(name, Segment) and name.condition is not None:
            node: ast.Node | None = pipeline.read_condition(name.span, self.limits)
        else:
            entry = namespace.entries.get(subject.tiers or subject.name)
            node = None if entry is None else entry.node
        try:
            return explained(subject, node, namespace, program, self.settings, self.limits, instant)
        except OverflowError as error:
            raise SegdslError([outside_the_calendar(instant)]) from error

    @property
    def explainable(self) -> tuple[str, ...]:
        """The names of all that can be explained: segments, cases, tiers, traits without arguments."""
        return tuple(dict.fromkeys((*self, *self.program().definitions)))

    def not_explainable(self, name: str) -> Diagnostic:
        """What is wrong with a name that stands for nothing that can be explained."""
        entry = self._checked().namespace.entries.get(name)
        if entry is not None and isinstance(entry.node, ast.Trait) and entry.node.arguments:
            return explain_errors.trait_with_arguments(name, [one.name.text for one in entry.node.arguments])
        found = self.no_segment(name)
        unknown = found.code == usage.UNKNOWN_SEGMENT.code
        return explain_errors.nothing_explained(name, self.explainable) if unknown else found

    def _subject(self, name: str | Segment, program: ir.Program) -> Subject:
        """What a name means that is to be explained."""
        known = program.definitions.get(name) if isinstance(name, str) else None
        if isinstance(name, str) and name not in self.explainable:
            raise UnknownSegment([self.not_explainable(name)])
        if known is not None and known.kind != "segment":
            return Subject(known.kind, known.name, known.title, known.about)
        (segment,) = self._chosen(name)
        if segment.condition is None and segment.tiers is None:
            return Subject("segment", segment.name, segment.title, segment.about)
        if segment.tiers is None:
            written = segment.span.on_one_line
            return Subject("condition", segment.name, segment.title or written, segment.about, segment.condition)
        meaning = _meaning(segment, program)
        return Subject("segment", segment.name, segment.title, segment.about, meaning, segment.tiers)

    def as_of(self, given: AsOf | None) -> datetime:
        """An instant as the compiler takes it; nothing given reads the clock."""
        return read_as_of(given, self.schema.timezone)

    # -- compiled once ----------------------------------------------------------------------------------------------

    def _parsed(self) -> pipeline.Parsed:
        with self._compiled.lock:
            if self._compiled.parsed is None:
                self._compiled.parsed = pipeline.parse(self.units, self.limits)
            return self._compiled.parsed

    def _segments(self) -> Mapping[str, Segment]:
        with self._compiled.lock:
            if self._compiled.segments is None:
                gone = self._left_out()
                named = {segment.name: segment for segment in _segments_of(self, self._parsed())}
                there = {name: segment for name, segment in named.items() if (segment.tiers or name) not in gone}
                self._compiled.segments = MappingProxyType(there)
            return self._compiled.segments

    def _checked(self) -> pipeline.Checked:
        with self._compiled.lock:
            if self._compiled.checked is None:
                self._compiled.checked = pipeline.check(self._parsed(), self.schema, self.settings, self.limits)
            return self._compiled.checked

    def _lint(self) -> tuple[Diagnostic, ...]:
        with self._compiled.lock:
            if self._compiled.lint is None:
                self._compiled.lint = pipeline.lint(self._checked())
            return self._compiled.lint

    def _left_out(self) -> Mapping[str, LeftOut]:
        """The definitions of packs that do not fit the schema; to know them, all has to be checked."""
        return self._checked().namespace.left_out if any(unit.pack is not None for unit in self.units) else {}

    def check_past(self, segments: Sequence[Segment], instant: datetime) -> None:
        """Raises `SegdslError` where segments ask how something stood at a written time that is later than an instant."""
        program = self._checked().program
        Diagnostics(ahead((_meaning(segment, program) for segment in segments), program, instant)).raise_errors()

    def steps(self, segment: Segment) -> tuple[Step, ...]:
        """The conditions that a segment joins by ``and``, in the order written. Raises `SegdslError` where the library is wrong."""
        self._findings().raise_errors()
        checked = self._checked()
        written = None if segment.condition is None else pipeline.read_condition(segment.span, self.limits)
        return steps(written, self.meaning(segment), checked.namespace, checked.program)

    def program(self) -> ir.Program:
        """What its definitions mean. Raises `SegdslError` where the library is wrong."""
        self._findings().raise_errors()
        return self._checked().program

    def meaning(self, segment: Segment) -> ir.Expr:
        """The condition that a segment stands for."""
        return _meaning(segment, self.program())

    def plan(self, segments: Sequence[Segment]) -> Plan:
        """The steps that yield some segments, each table read once. Raises `SegdslError` where the library is wrong."""
        self._findings().raise_errors()
        with self._compiled.lock:
            plans, names = self._compiled.plans, tuple(segment.name for segment in segments)
            program = self._checked().program
            if any(segment.condition is not None for segment in segments):
                return pipeline.plan(program, {segment.name: _meaning(segment, program) for segment in segments})
            if names not in plans:
                outputs = {segment.name: _meaning(segment, program) for segment in segments}
                plans[names] = pipeline.plan(program, outputs)
                if len(plans) > _PLANS_KEPT:
                    plans.popitem(last=False)
            return plans[names]


def _reread(segment: Segment, library: Library) -> Segment:
    """The segment, or a bare condition as it is read in a library."""
    if segment.condition is None or segment.span.source is None:
        return segment
    return library.condition(segment.text, name=segment.name, source=segment.span.source.name)


def _english(segment: Segment) -> str:
    """What a segment means, as html; nothing where its library is wrong."""
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
    return html.shown(line.text) + html.listed(map(_sentence, line.parts))


def _listed(segments: Sequence[Segment]) -> str:
    """Segments as a table of html."""
    rows = [
        (html.code(segment.name), segment.title, ", ".join(segment.tags), html.code(segment.place))
        for segment in segments[:_LISTED]
    ]
    more = f"and {len(segments) - _LISTED:,} more" if len(segments) > _LISTED else ""
    table = html.table(("segment", "title", "tags", "defined"), rows)
    return html.boxed(table, html.hints([more] if more else []))


class UnknownSegment(SegdslError, KeyError):
    """A library has no segment of that name; a KeyError too, so that a library is a mapping like any other."""

    __str__ = SegdslError.__str__


def _meaning(segment: Segment, program: ir.Program) -> ir.Expr:
    if segment.condition is not None:
        return segment.condition
    if segment.tiers is None:
        return ir.Use(segment.name, type=BOOL)
    body = program.definitions[segment.tiers].body
    tier = ir.Use(segment.tiers, type=body.type, optional=body.optional)
    return ir.Compare("=", tier, ir.Literal(segment.name.removeprefix(f"{segment.tiers}."), type=STRING))


def _segments_of(library: Library, parsed: pipeline.Parsed) -> Iterator[Segment]:
    """The segments, and the cases of tiers. Where a name is taken twice the later definition counts: a project's own come
    behind the packs'."""
    named: dict[str, tuple[ast.Segment | ast.Tiers, str | None]] = {}
    for file, pack in parsed.files:
        for definition in file.definitions:
            if isinstance(definition, ast.Segment | ast.Tiers):
                named[definition.name.text] = (definition, pack)
            elif isinstance(definition, ast.Trait | ast.Param) and definition.override:
                named.pop(definition.name.text, None)
    for name, (definition, pack) in named.items():
        title = definition.title.value if definition.title else None
        about = definition.about.value if definition.about else None
        tags = tuple(tag.value for tag in definition.tags)
        if isinstance(definition, ast.Segment):
            yield Segment(library, name, title, about, tags, pack, definition.span)
            continue
        for case in dict.fromkeys(case.name.text for case in definition.cases):
            full = None if title is None else f"{title}: {case.replace('_', ' ')}"
            yield Segment(library, f"{name}.{case}", full, about, tags, pack, definition.span, tiers=name)


def _unread(parsed: pipeline.Parsed, name: str) -> tuple[Span, Diagnostic | None] | None:
    """Where a definition is that could not be read, and the first thing that is wrong with it, if that was said."""
    for file, _ in parsed.files:
        starts = sorted(node.span.start for node in (*file.definitions, *file.broken))
        for broken in file.broken:
            if broken.text != name:
                continue
            at = broken.span
            end = next((start for start in starts if start > at.start), None)
            inside = (
                finding
                for finding in parsed.findings
                if finding.span.source is at.source
                and at.start <= finding.span.start
                and (end is None or finding.span.start < end)
            )
            return at, next(inside, None)
    return None


def _schema(schema: Schema | Mapping[str, object]) -> Schema:
    if isinstance(schema, Schema):
        return schema
    if isinstance(schema, Mapping):
        return schema_from_dict(schema)
    raise SegdslError([usage.wrong_argument("schema", "a Schema or a mapping", schema)])


def _frozen(settings: Mapping[str, object] | None) -> Mapping[str, object]:
    names: Iterable[object] = settings if isinstance(settings, Mapping) else (None,)
    if settings is not None and not all(isinstance(name, str) for name in names):
        raise SegdslError([usage.wrong_argument("settings", "a mapping of names to values", settings)])
    return MappingProxyType(dict(settings or {}))
