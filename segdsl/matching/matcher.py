"""One customer's record against a library: which segments it is in, why, and which it enters and leaves as it changes.

In: a library, which of its segments, thresholds for those that compare with everybody. Out: a `Matcher`: frozen, made once, called by any
number of threads. `LiveMatcher` holds the one in force while a library changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from segdsl import pipeline
from segdsl.as_of import AsOf, shown
from segdsl.backends.python import Function, Program, Slice, derived, facts_of, generate, sliced
from segdsl.content import content
from segdsl.diagnostics import SegdslError
from segdsl.display.english import counted
from segdsl.errors import records as errors
from segdsl.errors import usage
from segdsl.matching.given import with_given
from segdsl.matching.reads import Reads
from segdsl.matching.repeating import Repeating, differs, frozen_tables
from segdsl.matching.thresholds import Thresholds, identified
from segdsl.planning.plan import Plan
from segdsl.room import ModuleLock

if TYPE_CHECKING:
    from segdsl.library import Library
    from segdsl.matching.why import Question
    from segdsl.selection import Segment
    from segdsl.why.tree import Why


@dataclass(frozen=True, slots=True)
class Changes:
    """The segments that a customer enters and leaves as a record changes, by name, in the library's order."""

    entered: tuple[str, ...]
    left: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.entered or self.left)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a matcher reads of a record: the entity's ``fields``, the fields of ``relations`` and ``lookups`` by name. ``traits`` may be
    given in place of what they are made of. ``thresholds``: the segments that compare with everybody."""

    fields: tuple[str, ...]
    relations: Mapping[str, tuple[str, ...]]
    lookups: Mapping[str, tuple[str, ...]]
    traits: tuple[str, ...]
    thresholds: tuple[str, ...]


_MAKING = ModuleLock()
"""Keeps two threads from doing the same work."""


@dataclass(slots=True, eq=False)
class _Parts:
    """Functions of some outputs alone, made when they are first asked for."""

    again: Repeating
    readers: Mapping[str, list[str]] | None = None
    """By name the outputs that read it."""
    by_name: dict[str, tuple[frozenset[str], Function | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Matcher:
    """Segments as one Python function. Made by `Library.matcher`; nothing about it changes.

    ``segments``: their names, in the library's order. ``as_of``: the instant (in UTC), or None: the clock is read for each record.
    """

    library: Library = field(repr=False)
    segments: tuple[str, ...]
    as_of: datetime | None
    thresholds: Thresholds | None = field(repr=False)
    tables: Mapping[str, object] = field(repr=False)
    needs: Needs = field(repr=False)
    _plan: Plan = field(repr=False)
    _whole: Function = field(repr=False)
    _given: frozenset[str] = field(repr=False)
    _fixed: datetime | None = field(repr=False)
    """`as_of` as everything within takes it: naive."""
    questions: dict[str, Question] = field(default_factory=dict, init=False, repr=False)
    """What has been made to explain segments, by name; for `why` alone."""
    _parts: _Parts = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_parts", _Parts(Repeating(self.library.schema)))

    def __repr__(self) -> str:
        return f"<Matcher of {counted(len(self.segments), 'segment')}>"

    @property
    def source(self) -> str:
        """The Python function that it is, to be read."""
        return self._whole.program.source

    def match(self, record: Mapping[str, object]) -> list[str]:
        """The names of the segments that the record's customer is in, in the library's order; none where the customer is not in the
        population. Raises `SegdslError` where the record holds what is no value of a field."""
        found: list[str] = self._called(self._whole, record, self._fixed or _now())  # type: ignore[assignment]
        return found

    def warm(self) -> None:
        """Compiles the function now, rather than with the first record."""
        self._whole.compiled()

    def why(self, record: Mapping[str, object], name: str | Segment) -> Why:
        """Why the record's customer is in a segment or not, condition by condition. Raises `SegdslError` as `match` does, and where the
        customer is not in the population."""
        from segdsl.matching.why import why

        _checked(record)
        return why(self, record, name, self._fixed or _now())

    def changes(
        self,
        before: Mapping[str, object],
        after: Mapping[str, object] | None = None,
        *,
        changed: Mapping[str, object] | None = None,
    ) -> Changes:
        """The segments that are entered and left between two records of one customer, at one instant. ``changed`` in place of ``after``:
        what differs, by name. Conditions that read nothing of what differs are not looked at."""
        _checked(before)
        if (after is None) == (changed is None):
            raise SegdslError([usage.wrong_argument("changes", "a record after, or what changed", after)])
        if changed is not None:
            _checked(changed)
            names = list(changed)
            after = {**before, **changed}
        else:
            assert after is not None
            _checked(after)
            names = [name for name in {**before, **after} if differs(before.get(name), after.get(name))]
        for name, of in derived(self.library.schema).items():
            if name in names and (before.get(name) is not None or after.get(name) is not None):
                raise SegdslError([errors.derived_rows(name, of)])
        before, after = self._parts.again.records(before, after)
        instant = self._fixed or _now()
        was: set[str] = set()
        now: set[str] = set()
        for part in self._affected(names):
            was.update(self._called(part, before, instant))  # type: ignore[arg-type]
            now.update(self._called(part, after, instant))  # type: ignore[arg-type]
        return Changes(self._ordered(now - was), self._ordered(was - now))

    def _ordered(self, names: set[str]) -> tuple[str, ...]:
        return tuple(name for name in self.segments if name in names) if names else ()

    def _called(self, function: Function, record: Mapping[str, object], instant: datetime) -> object:
        if record.__class__ is not dict:
            _checked(record)
        return function(record, instant)

    # -- parts ----------------------------------------------------------------------------------------------------------

    def _affected(self, names: Iterable[str]) -> list[Function]:
        """Functions that together have every segment that reads one of these; the whole, where that is most of them."""
        parts = [self._part(name) for name in names]
        affected = frozenset[str]().union(*(outputs for outputs, _ in parts))
        if 2 * sum(len(outputs) for outputs, _ in parts) >= len(self.segments) and affected:
            return [self._whole]
        return [function for _, function in parts if function is not None]

    def _part(self, name: str) -> tuple[frozenset[str], Function | None]:
        """The segments that read one name of the record, and the function of them."""
        known = self._parts.by_name.get(name)
        if known is None:
            with _MAKING:
                readers = self._parts.readers
                if readers is None:
                    reads = Reads(self._plan, self.library.schema, facts_of(self._plan)).of_outputs()
                    readers = {}
                    for one in self.segments:
                        for read in reads[one]:
                            readers.setdefault(read, []).append(one)
                    self._parts.readers = readers
                outputs = readers.get(name)
                if outputs is None:
                    return frozenset(), None
                function = None
                if 2 * len(outputs) < len(self.segments):
                    function = function_of(self, self._plan, outputs, names=True)
                known = self._parts.by_name.setdefault(name, (frozenset(outputs), function))
        return known


def function_of(matcher: Matcher, plan: Plan, outputs: Sequence[str], names: bool) -> Function:
    """Of some outputs of a plan."""
    wanted = sliced(plan, outputs, facts_of(plan))
    facts = {} if matcher.thresholds is None else matcher.thresholds.of_plan(plan, _columns(wanted)) or {}
    schema = matcher.library.schema
    return Function(generate(plan, wanted, outputs, schema, facts, matcher.tables, names))


def make(
    library: Library,
    as_of: AsOf | None,
    segments: Iterable[str | Segment] | None,
    thresholds: Thresholds | None,
    tables: Mapping[str, object] | None,
) -> Matcher:
    """The matcher of some segments of a library. Raises `SegdslError`."""
    _check_arguments(library, thresholds, tables)
    selection = library.select(segments)
    instant = library.as_of(as_of)
    fixed = None if as_of is None else instant
    if thresholds is not None and fixed is not None and fixed.replace(tzinfo=UTC) != thresholds.as_of:
        theirs = thresholds.as_of.astimezone(UTC).replace(tzinfo=None)
        raise SegdslError([errors.other_instant(shown(theirs), shown(fixed))])
    program = library.program()
    library.check_past(selection.segments, instant)
    given = with_given(program, {one.name: library.meaning(one) for one in selection.segments})
    plan = pipeline.plan(given.program, given.outputs, by_cuts=True)
    shared = facts_of(plan)
    wanted = sliced(plan, given.outputs, shared)
    _check_segments(plan, wanted, shared, thresholds)
    facts = {} if thresholds is None else thresholds.of_plan(plan, _columns(wanted))
    if facts is None:
        raise SegdslError([errors.other_library()])
    held = frozen_tables(tables or {})
    names = list(given.outputs)
    whole = Function(generate(plan, wanted, names, library.schema, facts, held))
    if fixed is not None:
        # A time outside the calendar is told here rather than with each record.
        whole.program.clock.at(fixed)
    needs = _needs(library, plan, wanted, shared, given.names, whole.program)
    aware = None if fixed is None else fixed.replace(tzinfo=UTC)
    frozen = MappingProxyType(held)
    return Matcher(library, tuple(names), aware, thresholds, frozen, needs, plan, whole, given.names, fixed)


def _check_arguments(library: Library, thresholds: object, tables: object) -> None:
    if thresholds is not None and not isinstance(thresholds, Thresholds):
        raise SegdslError([usage.wrong_argument("thresholds", "what `Library.thresholds` made", thresholds)])
    if thresholds is not None and thresholds.library != content(library):
        raise SegdslError([errors.other_library()])
    if tables is not None and not isinstance(tables, Mapping):
        raise SegdslError([usage.wrong_argument("tables", "a mapping of lookups to their rows", tables)])
    if tables and not library.schema.lookups:
        raise SegdslError([usage.wrong_argument("tables", "rows of lookups, and the schema has none", tables)])
    unknown = [name for name in tables or () if name not in library.schema.lookups]
    if unknown:
        raise SegdslError([usage.unknown_choice("lookup", str(unknown[0]), tuple(library.schema.lookups))])


def _check_segments(plan: Plan, wanted: Slice, shared: frozenset[str], thresholds: Thresholds | None) -> None:
    """Raises `SegdslError` with the names of the segments that one record cannot tell."""
    if wanted.places:
        raise SegdslError([errors.needs_everybody(_those(plan, shared, lambda one: one.places))])
    if not wanted.facts:
        return
    if thresholds is None:
        raise SegdslError([errors.needs_thresholds(_those(plan, shared, lambda one: bool(one.facts)))])
    lacking = _those(
        plan, shared, lambda one: any(name not in thresholds.facts for _, name, _ in identified(plan, _columns(one)))
    )
    if lacking:
        raise SegdslError([errors.other_segments(lacking)])


def _those(plan: Plan, shared: frozenset[str], condition: Callable[[Slice], bool]) -> list[str]:
    return [name for name in plan.outputs if condition(sliced(plan, (name,), shared))]


def _columns(wanted: Slice) -> dict[str, list[str]]:
    return {stage: list(columns) for stage, columns in wanted.facts.items()}


def _needs(
    library: Library, plan: Plan, wanted: Slice, shared: frozenset[str], given: frozenset[str], whole: Program
) -> Needs:
    schema = library.schema
    own = wanted.tables.get(schema.entity.name, {})
    fields = {*whole.links, *(name for name in own if name not in given)}
    return Needs(
        tuple(sorted(fields)),
        MappingProxyType({name: whole.reads[name] for name in schema.relations if name in whole.reads}),
        MappingProxyType({name: whole.reads[name] for name in schema.lookups if name in whole.reads}),
        tuple(sorted(name for name in own if name in given)),
        tuple(_those(plan, shared, lambda one: bool(one.facts))) if wanted.facts else (),
    )


def _checked(record: object) -> None:
    if not isinstance(record, Mapping):
        raise SegdslError([errors.not_a_record(record)])


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class LiveMatcher:
    """The matcher in force, while the library that it is made of changes.

    >>> live = LiveMatcher(lambda: library.matcher())    # doctest: +SKIP
    >>> live.match(record)                               # doctest: +SKIP
    >>> live.reload()                                    # doctest: +SKIP

    A new one is made beside the old one, which goes on matching meanwhile, and takes its place at once: whoever is matching finishes
    with the one that they began with. Where the new one cannot be made, the old one stays.
    """

    def __init__(self, make: Callable[[], Matcher]) -> None:
        """``make``: gives the matcher of the library as it is now. Raises what that raises."""
        self._make = make
        self._making = ModuleLock(reentrant=True)
        self._turns = 0
        self._current = self._made()

    @property
    def current(self) -> Matcher:
        """The one in force. Whoever asks several things about one record asks this one for all of them."""
        return self._current

    def match(self, record: Mapping[str, object]) -> list[str]:
        """See `Matcher.match`."""
        return self._current.match(record)

    def swap(self, matcher: Matcher) -> Matcher:
        """Puts another in force, and gives back the one that was."""
        _check_matcher("matcher", matcher)
        with self._making:
            old, self._current = self._current, matcher
            self._turns += 1
        return old

    def reload(self) -> Matcher:
        """Makes a new one and puts it in force; gives back the one in force then. Raises `SegdslError` where it cannot be made, and
        changes nothing then. One thread at a time makes one; not to be called from a signal's handler. What ``make`` itself puts in
        force stays."""
        with self._making:
            turn = self._turns
            fresh = self._made()
            # Compiled here, so that the first record does not wait for it.
            fresh.warm()
            if self._turns == turn:
                self._current = fresh
                self._turns += 1
            return self._current

    def _made(self) -> Matcher:
        if not callable(self._make):
            raise SegdslError([usage.wrong_argument("make", "a function that gives a Matcher", self._make)])
        fresh = self._make()
        _check_matcher("what `make` gives", fresh)
        return fresh


def _check_matcher(what: str, given: object) -> None:
    if not isinstance(given, Matcher):
        raise SegdslError([usage.wrong_argument(what, "a Matcher", given)])
