"""What a host holds: a `Library` of segments over a `Schema`.

In: texts and a schema. Out: findings, SQL, members, sizes. All objects are frozen and may be shared by threads; what was
compiled once is kept. A library may be wrong: `Library.check` says how, and whatever needs it right raises `SegdslError`
with all of that.
"""

from __future__ import annotations

import os
import re
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, cast

from segdsl import pipeline
from segdsl.as_of import AsOf, read_as_of, to_the_second
from segdsl.cache.kept import Cache, Kept, kept_of, plan_of, store_of
from segdsl.cache.store import Store
from segdsl.diagnostics import Diagnostic, Diagnostics, SegdslError
from segdsl.display.english import counted
from segdsl.errors import usage, warnings
from segdsl.limits import DEFAULT, Limits
from segdsl.pipeline import Unit
from segdsl.reading import pack_units, read_unit, seg_files
from segdsl.records import record
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.selection import Data, Segment, Selection, apart, listed, reread
from segdsl.source import NOWHERE, Source, Span
from segdsl.types import BOOL, STRING

if TYPE_CHECKING:
    import polars as pl

    from segdsl.backends.sql.compiled import CompiledSQL
    from segdsl.examples import TestResults
    from segdsl.explanation.explain import Subject
    from segdsl.explanation.outcome import Explanation
    from segdsl.matching.matcher import Matcher
    from segdsl.matching.thresholds import Thresholds
    from segdsl.planning.plan import Plan
    from segdsl.runtime.tables import Dataset
    from segdsl.semantics import ir
    from segdsl.semantics.examples.example import Example
    from segdsl.semantics.link import LeftOut
    from segdsl.semantics.steps import Step
    from segdsl.sizes.counts import Counts
    from segdsl.sizes.overlap import Overlap
    from segdsl.syntax import ast

_Row: TypeAlias = tuple[
    str, str | None, str | None, tuple[str, ...], str | None, Span, None, str | None
]  # name, title, about, tags, pack, span, no condition of its own, tiers
_PLANS_KEPT = 64
_CONDITION = "condition"
"""What a bare condition goes by."""
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(slots=True, eq=False, weakref_slot=True)
class _Compiled:
    """What a library has been compiled to so far. The lock keeps two threads from doing the same work."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    kept: Kept | None = None
    asked_what_is_kept: bool = False
    findings: Diagnostics | None = None
    parsed: pipeline.Parsed | None = None
    program: ir.Program | None = None
    looks_back: bool | None = None
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


@record(frozen=True, slots=True, eq=False)
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
    store: Store | None = field(default=None, repr=False)
    """Where what it is compiled to is kept, for this process and others; None: nowhere."""
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
        cache: Cache = True,
    ) -> Library:
        """The definitions of ``.seg`` files, of all of them in folders, and of predefined packs.

        ``cache``: whether to keep what they are compiled to for other processes, where ``SEGDSL_CACHE_DIR`` says or the system keeps
        such things; or a folder in which to.
        """
        read = [read_unit(path, limits) for path in seg_files(paths)]
        units = (*pack_units(packs), *(unit for unit, _ in read if unit is not None))
        unreadable = tuple(finding for _, findings in read for finding in findings)
        return cls(_schema(schema), units, _frozen(settings), limits, unreadable, store=store_of(cache))

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
        return listed(tuple(self.values()))

    def cases(self, name: str) -> tuple[Segment, ...]:
        """The segments that the cases of tiers are; none where the name is no tiers'."""
        return tuple(segment for segment in self.values() if segment.tiers == name)

    def no_segment(self, name: str) -> Diagnostic:
        """What is wrong with a name that no segment has."""
        for own, *_, tiers in _segments_of(self._parsed()):
            gone = self._left_out().get(tiers or own)
            if gone is not None and name in (own, tiers):
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
        from segdsl.syntax import ast

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
        with self._compiled.lock:
            if self._compiled.findings is None:
                found = self._recall("findings")
                if found is None:
                    found = self._found()
                    self._keep("findings", found)
                assert isinstance(found, tuple)
                self._compiled.findings = Diagnostics(found)
            return self._compiled.findings

    def _found(self) -> tuple[Diagnostic, ...]:
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
        return (*self.unreadable, *self._parsed().findings, *meant, *unfit)

    # -- what to do with it -----------------------------------------------------------------------------------------

    def with_settings(self, **settings: object) -> Library:
        """The same definitions with other values for some parameters."""
        return replace(self, settings=_frozen({**self.settings, **settings}))

    def condition(self, text: str, *, name: str | None = None, source: str = "<condition>") -> Segment:
        """A bare condition, which may use all that the library defines. ``name``: what results call it; ``condition`` where nothing is
        said. Raises `SegdslError` where the text is wrong, or the name: it is not the key's."""
        if not isinstance(text, str):
            raise SegdslError([usage.wrong_argument("the condition", "a text", text)])
        name = self._name_of_a_condition(name)
        place = Source(source, text.removeprefix("\N{BYTE ORDER MARK}"))
        self._findings().raise_errors()
        condition, found = pipeline.check_condition(place, self._checked(), self.settings, self.limits)
        Diagnostics(found).raise_errors()
        assert condition is not None, "a condition without errors has a meaning"
        return Segment(self, name, span=place.span(0, len(place.text)), condition=condition, findings=tuple(found))

    def _name_of_a_condition(self, given: str | None) -> str:
        key = self.schema.entity.key
        if given is None:
            return _CONDITION if key.lower() != _CONDITION else f"{_CONDITION}_2"
        if not isinstance(given, str):
            raise SegdslError([usage.wrong_argument("the name of a condition", "a text", given)])
        if not given or _UNPRINTED.search(given):
            raise SegdslError([usage.bad_condition_name(given)])
        if given == key:
            raise SegdslError([usage.key_as_condition_name(given)])
        return given

    def select(self, names: Iterable[str | Segment] | None = None) -> Selection:
        """Some of the segments, or all of them; the name of tiers means all of their cases. Raises `SegdslError` where two have the same
        name, or where one is of a library that says something else, such as this one with other settings."""
        if names is None:
            chosen = tuple(self.values())
        else:
            listed = [names] if isinstance(names, str | Segment) else names
            if not isinstance(listed, Iterable):
                raise SegdslError([usage.wrong_argument("names", "one name, or several in a list", names)])
            chosen = apart(segment for name in listed for segment in self._chosen(name))
        if not chosen:
            self._findings().raise_errors()
            raise SegdslError([usage.nothing_defined()])
        return Selection(self, chosen)

    def _chosen(self, name: str | Segment) -> tuple[Segment, ...]:
        if isinstance(name, Segment):
            if name.library is self:
                return (name,)
            from segdsl.content import content

            if content(name.library) != content(self):
                raise SegdslError([usage.other_segment(name.name)])
            return (self[name.name] if name.condition is None else reread(name, self),)
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
        return self.select(names).with_settings(**_frozen(settings or {})).sql(dialect, shape, as_of=as_of, bind=bind)

    def statements(
        self,
        dialect: str,
        shape: str = "flags",
        names: Iterable[str | Segment] | None = None,
        *,
        as_of: AsOf | None = None,
        settings: Mapping[str, object] | None = None,
        bind: bool | str = False,
    ) -> tuple[CompiledSQL, ...]:
        """The same as one statement, or as several where one would be larger than the database takes: see `Selection.statements`."""
        return (
            self.select(names)
            .with_settings(**_frozen(settings or {}))
            .statements(dialect, shape, as_of=as_of, bind=bind)
        )

    def evaluate(
        self, data: Data, *, as_of: AsOf | None = None, names: Iterable[str | Segment] | None = None
    ) -> pl.DataFrame | pl.LazyFrame:
        """A row per entity: its key, and for each segment whether it is in; lazy where all frames of ``data`` are."""
        return self.select(names).evaluate(data, as_of=as_of)

    def prepare(self, data: Data, *, names: Iterable[str | Segment] | None = None) -> Dataset:
        """The tables that the segments read, laid out for evaluating them, or others that read the same columns, many times.

        What comes of it stands wherever ``data`` is asked for, for any ``as_of``. Raises `SegdslError` where the data is not as the
        schema says.
        """
        return self.select(names).prepare(data)

    def counts(self, data: Data, *, as_of: AsOf | None = None, names: Iterable[str | Segment] | None = None) -> Counts:
        """How many are in each segment, and in all."""
        return self.select(names).counts(data, as_of=as_of)

    def overlap(
        self, data: Data, *, as_of: AsOf | None = None, names: Iterable[str | Segment] | None = None
    ) -> Overlap:
        """Which segments have customers in common, those that overlap most first."""
        return self.select(names).overlap(data, as_of=as_of)

    def matcher(
        self,
        as_of: AsOf | None = None,
        segments: Iterable[str | Segment] | None = None,
        thresholds: Thresholds | None = None,
        *,
        tables: Mapping[str, object] | None = None,
    ) -> Matcher:
        """One function for all segments, or for some, that takes one customer's record. ``as_of``: nothing given reads the clock with each
        record. ``thresholds``: from `thresholds`, where segments compare with everybody. ``tables``: rows of lookups, by the lookup's
        name, for records that do not hold them. Raises `SegdslError` where the library is wrong, or a segment needs thresholds, or
        more than these."""
        from segdsl.matching.matcher import make

        return make(self, as_of, segments, thresholds, tables)

    def thresholds(
        self, data: object, *, as_of: AsOf | None = None, segments: Iterable[str | Segment] | None = None
    ) -> Thresholds:
        """What everybody in ``data`` has to say about one record: cut points of ranks, totals, averages; for all segments, or for some.
        ``data`` may be an open database, or the url of one, too. Raises `SegdslError` where the data does not fit the schema."""
        from segdsl.matching.taking import take

        return take(self, data, as_of, segments)

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
        from segdsl.errors.data import outside_the_calendar
        from segdsl.explanation.explain import explained
        from segdsl.semantics.past import ahead

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
        from segdsl.errors import explain as explain_errors
        from segdsl.syntax import ast

        entry = self._checked().namespace.entries.get(name)
        if entry is not None and isinstance(entry.node, ast.Trait) and entry.node.arguments:
            return explain_errors.trait_with_arguments(name, [one.name.text for one in entry.node.arguments])
        found = self.no_segment(name)
        unknown = found.code == usage.UNKNOWN_SEGMENT.code
        return explain_errors.nothing_explained(name, self.explainable) if unknown else found

    def _subject(self, name: str | Segment, program: ir.Program) -> Subject:
        """What a name means that is to be explained."""
        from segdsl.explanation.explain import Subject

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
                rows = self._recall("segments")
                if rows is None:
                    rows = self._named()
                    self._keep("segments", rows)
                there = {row[0]: Segment(self, *row) for row in cast("tuple[_Row, ...]", rows)}
                self._compiled.segments = MappingProxyType(there)
            return self._compiled.segments

    def _named(self) -> tuple[_Row, ...]:
        gone = self._left_out()
        named = {row[0]: row for row in _segments_of(self._parsed())}
        return tuple(row for name, row in named.items() if (row[7] or name) not in gone)

    def _checked(self) -> pipeline.Checked:
        with self._compiled.lock:
            if self._compiled.checked is None:
                self._compiled.checked = pipeline.check(self._parsed(), self.schema, self.settings, self.limits)
            return self._compiled.checked

    def _lint(self) -> tuple[Diagnostic, ...]:
        with self._compiled.lock:
            if self._compiled.lint is None:
                found = self._recall("lint")
                if found is None:
                    found = pipeline.lint(self._checked())
                    self._keep("lint", found)
                assert isinstance(found, tuple)
                self._compiled.lint = found
            return self._compiled.lint

    def _program(self) -> ir.Program:
        """What its definitions mean, as far as they mean something."""
        with self._compiled.lock:
            if self._compiled.program is None:
                found = self._recall("program") if self._compiled.checked is None else None
                if found is None:
                    found = self._checked().program
                    self._keep("program", found)
                self._compiled.program = cast("ir.Program", found)
            return self._compiled.program

    def _looks_back(self) -> bool:
        """Whether a definition asks how something stood in the past."""
        with self._compiled.lock:
            if self._compiled.looks_back is None:
                found = self._recall("past")
                if found is None:
                    found = pipeline.looks_back(self._program())
                    self._keep("past", found)
                self._compiled.looks_back = found is True
            return self._compiled.looks_back

    def _recall(self, name: str) -> object | None:
        """What it was compiled to in another process."""
        kept = self._what_is_kept()
        return None if kept is None else kept.recall(name)

    def _keep(self, name: str, value: object) -> None:
        kept = self._what_is_kept()
        if kept is not None:
            kept.keep(name, value)

    def _what_is_kept(self) -> Kept | None:
        with self._compiled.lock:
            if not self._compiled.asked_what_is_kept:
                self._compiled.asked_what_is_kept = True
                if self.store is not None and not self.unreadable:
                    parts = (self.units, self.settings, self.limits, self.pack_spans)
                    self._compiled.kept = kept_of(self.store, self.schema, parts)
            return self._compiled.kept

    def _left_out(self) -> Mapping[str, LeftOut]:
        """The definitions of packs that do not fit the schema; to know them, all has to be checked."""
        return self._checked().namespace.left_out if any(unit.pack is not None for unit in self.units) else {}

    def check_past(self, segments: Sequence[Segment], instant: datetime) -> None:
        """Raises `SegdslError` where segments ask how something stood at a written time that is later than an instant, or where the library
        is wrong."""
        self._findings().raise_errors()
        if not any(segment.condition is not None for segment in segments) and not self._looks_back():
            return
        from segdsl.semantics.past import ahead

        program = self._program()
        Diagnostics(ahead((_meaning(segment, program) for segment in segments), program, instant)).raise_errors()

    def steps(self, segment: Segment) -> tuple[Step, ...]:
        """The conditions that a segment joins by ``and``, in the order written. Raises `SegdslError` where the library is wrong."""
        from segdsl.semantics.steps import steps

        self._findings().raise_errors()
        checked = self._checked()
        written = None if segment.condition is None else pipeline.read_condition(segment.span, self.limits)
        return steps(written, self.meaning(segment), checked.namespace, checked.program)

    def program(self) -> ir.Program:
        """What its definitions mean. Raises `SegdslError` where the library is wrong."""
        self._findings().raise_errors()
        return self._program()

    def meaning(self, segment: Segment) -> ir.Expr:
        """The condition that a segment stands for."""
        return _meaning(segment, self.program())

    def plan(self, segments: Sequence[Segment]) -> Plan:
        """The steps that yield some segments, each table read once. Raises `SegdslError` where the library is wrong."""
        self._findings().raise_errors()
        with self._compiled.lock:
            plans, names = self._compiled.plans, tuple(segment.name for segment in segments)
            if any(segment.condition is not None for segment in segments):
                return self._planned(segments)
            if names not in plans:
                place = plan_of(names)
                found = self._recall(place)
                if found is None:
                    found = self._planned(segments)
                    self._keep(place, found)
                plans[names] = cast("Plan", found)
                if len(plans) > _PLANS_KEPT:
                    plans.popitem(last=False)
            return plans[names]

    def _planned(self, segments: Sequence[Segment]) -> Plan:
        program = self._program()
        return pipeline.plan(program, {segment.name: _meaning(segment, program) for segment in segments})


class UnknownSegment(SegdslError, KeyError):
    """A library has no segment of that name; a KeyError too, so that a library is a mapping like any other."""

    __str__ = SegdslError.__str__


def _meaning(segment: Segment, program: ir.Program) -> ir.Expr:
    from segdsl.semantics import ir

    if segment.condition is not None:
        return segment.condition
    if segment.tiers is None:
        return ir.Use(segment.name, type=BOOL)
    body = program.definitions[segment.tiers].body
    tier = ir.Use(segment.tiers, type=body.type, optional=body.optional)
    return ir.Compare("=", tier, ir.Literal(segment.name.removeprefix(f"{segment.tiers}."), type=STRING))


def _segments_of(parsed: pipeline.Parsed) -> Iterator[_Row]:
    """The segments, and the cases of tiers. Where a name is taken twice the later definition counts: a project's own come
    behind the packs'."""
    from segdsl.syntax import ast

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
            yield name, title, about, tags, pack, definition.span, None, None
            continue
        for case in dict.fromkeys(case.name.text for case in definition.cases):
            full = None if title is None else f"{title}: {case.replace('_', ' ')}"
            yield f"{name}.{case}", full, about, tags, pack, definition.span, None, name


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
