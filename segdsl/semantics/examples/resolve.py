"""`example`s: the rows that they give and the conditions that they expect, bound to the schema and the library.

In: the examples of a file, and a library that has been resolved. Out: `Example`s, their values of the declared types and their
times worked out, and everything that is wrong with them. What is not given is not made up here (`segdsl.examples.making`), and
nothing is evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from segdsl import schema as sch
from segdsl.diagnostics import Diagnostic, Severity
from segdsl.errors import examples as errors
from segdsl.errors import names
from segdsl.errors import types as type_errors
from segdsl.limits import Limits
from segdsl.records import replace
from segdsl.semantics import constants, ir, time
from segdsl.semantics.examples.example import Example, Expectation, Row, Value
from segdsl.semantics.examples.needs import Needs
from segdsl.semantics.layout import Layout
from segdsl.semantics.link import Namespace
from segdsl.semantics.reads import FieldRead, Reader
from segdsl.semantics.resolve import Bare
from segdsl.semantics.silence import silenced
from segdsl.source import Span
from segdsl.syntax import ast
from segdsl.syntax.walk import walk as walk_syntax
from segdsl.types import MAX_INT, Kind, Type

USUAL_DAY = datetime(2025, 6, 15, 12)
"""The local time as of which an example is evaluated that does not say it."""


def resolve_examples(
    files: Iterable[tuple[ast.File, str | None]],
    namespace: Namespace,
    program: ir.Program,
    settings: Mapping[str, object],
    limits: Limits,
) -> tuple[tuple[Example, ...], tuple[Diagnostic, ...]]:
    """The examples of some files that nothing is wrong with, and what is wrong with the others."""
    found: list[Example] = []
    findings: list[Diagnostic] = []
    shared: _Shared | None = None
    for file, pack in files:
        titles: dict[str, Span] = {}
        for node in file.definitions:
            if not isinstance(node, ast.Example):
                continue
            shared = shared or _Shared(program, Bare(namespace, program, settings, limits))
            work = _Resolver(node, shared)
            example = work.run(pack)
            first = titles.setdefault(node.title.value, node.title.span)
            if first is not node.title.span:
                work.findings.append(errors.same_title(node.title.span, node.title.value, first))
            # What is wrong with a definition is said where that stands, not again by each example that uses it.
            findings.extend(finding for finding in work.findings if finding.code != names.BROKEN_DEFINITION.code)
            if example is not None:
                found.append(example)
    return tuple(found), silenced(findings, namespace.comments)


class _Shared:
    """What the examples of a library have in common."""

    def __init__(self, program: ir.Program, bare: Bare) -> None:
        self.program = program
        self.schema = program.model.schema
        self.layout = Layout(self.schema)
        self.zone = time.zone(self.schema.timezone)
        self.bare = bare
        self.reader = Reader(program)

    @property
    def entity(self) -> str:
        return self.schema.entity.name

    def root(self, owner: str) -> str:
        """The relation whose rows those of a relation are, by however many ``from``."""
        return [owner, *self.layout.bases(owner)][-1]

    def parent(self, owner: str) -> str:
        """What a row hangs on: of a relation its parent, of a lookup what it is looked up from."""
        if owner in self.schema.lookups:
            return self.schema.lookups[owner].of
        return self.schema.relations[owner].parent

    def groups(self, owner: str) -> str | None:
        relation = self.schema.relations.get(owner)
        return None if relation is None else relation.groups


class _Resolver:
    """One example."""

    def __init__(self, node: ast.Example, shared: _Shared) -> None:
        self.node = node
        self.shared = shared
        self.findings: list[Diagnostic] = []
        self.rows: list[Row] = []
        self.named: dict[str, int] = {}
        self.as_of = self.shared.zone.instant(USUAL_DAY)
        self._written: Span | None = None
        """A written time, in an example that does not say as of when it is meant."""

    def run(self, pack: str | None) -> Example | None:
        node = self.node
        if node.moment is not None:
            self._moment(node.moment)
        self._given()
        self._link()
        expectations = tuple(found for expect in node.expect if (found := self._expect(expect)) is not None)
        if not node.expect:
            self._report(errors.nothing_expected(node.title.span))
        if node.moment is None and self._written is not None:
            self._report(errors.moment_needed(self._written, node.title.span))
        if self._is_wrong():
            return None
        needs = Needs(self.shared.layout, self.shared.reader, self.rows)
        read, everyone = needs.check(expectations)
        self.findings.extend(needs.findings)
        if self._is_wrong():
            return None
        return Example(
            node.title.value, self.as_of, tuple(self.rows), expectations, read, everyone, pack, node.title.span
        )

    def _report(self, finding: Diagnostic) -> None:
        self.findings.append(finding)

    def _is_wrong(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    # -- as of --------------------------------------------------------------------------------------------------------

    def _moment(self, node: ast.Expr) -> None:
        if isinstance(node, ast.Today | ast.Now | ast.Ago):
            self._report(errors.moving_moment(node.span))
            return
        value = self._constant(node)
        if value is None:
            return
        kind, constant = value
        if not isinstance(constant, date):
            self._report(errors.no_moment(node.span, type_errors.words(kind)))
            return
        try:
            as_of = constant if isinstance(constant, datetime) else self.shared.zone.begin(constant)
        except OverflowError:
            as_of = None
        if as_of is not None and time.EARLIEST <= as_of <= time.LATEST:
            self.as_of = as_of
        else:
            self._report(errors.outside_reach(node.span, time.EARLIEST, time.LATEST))

    def _constant(self, node: ast.Expr) -> tuple[Type, ir.Constant] | None:
        """A literal or a parameter, or a time seen from the example's."""
        expr, found = self.shared.bare.value(node)
        self.findings.extend(found)
        match expr:
            case None:
                return None
            case ir.Literal(value=value) if value is not None:
                return expr.type, value
            case ir.Instant():
                try:
                    if expr.type.kind is Kind.DATE:
                        return expr.type, time.resolve_day(expr.moment, self.as_of, self.shared.zone)
                    return expr.type, time.resolve(expr.moment, self.as_of, self.shared.zone)
                except OverflowError:
                    self._report(errors.outside_calendar(node.span))
                    return None
            case _:
                self._report(errors.no_moment(node.span, "worked out from other things"))
                return None

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _given(self) -> None:
        shared = self.shared
        known = [shared.entity, *shared.schema.relations, *shared.schema.lookups]
        people = [given for given in self.node.given if given.relation.text == shared.entity]
        if not people:
            self.rows.append(Row(shared.entity, span=self.node.title.span, made=True))
        self._places: list[tuple[ast.Given, int]] = []
        for given in self.node.given:
            owner = given.relation.text
            if owner not in known:
                self._report(errors.unknown_rows(given.relation.span, owner, known))
                continue
            groups = shared.groups(shared.root(owner))
            if groups is not None:
                self._report(errors.grouped_rows(given.relation.span, owner, groups))
                continue
            if given.name is not None:
                self._name(given.name)
            self._places.append((given, len(self.rows)))
            name = given.name.text if given.name is not None else None
            self.rows.append(Row(owner, name, None, self._values(given), given.span))

    def _name(self, name: ast.Identifier) -> None:
        if name.text in self.named:
            self._report(errors.name_twice(name.span, name.text, self.rows[self.named[name.text]].span))
        else:
            self.named[name.text] = len(self.rows)

    def _values(self, given: ast.Given) -> dict[str, Value]:
        owner = given.relation.text
        values: dict[str, Value] = {}
        spans: dict[str, Span] = {}
        for name, value in given.fields:
            if name.text in spans:
                self._report(errors.field_twice(name.span, name.text, spans[name.text]))
                continue
            spans[name.text] = name.span
            known = self._field(owner, name)
            if known is not None:
                found = self._value(owner, known, value, name.span)
                if found is not None:
                    values[name.text] = found
        return values

    def _field(self, owner: str, name: ast.Identifier) -> sch.Field | None:
        """A field that may be given, or a trait of the entity that a column holds."""
        layout, schema = self.shared.layout, self.shared.schema
        found = layout.field(owner, name.text)
        if found is None and owner == self.shared.entity and name.text in schema.traits:
            trait = schema.traits[name.text]
            return sch.Field(trait.name, trait.type, trait.optional, trait.column)
        if found is None:
            fields = {each: known for each, known in layout.fields(owner).items() if known.declared}
            known = [each for each, field in fields.items() if field.expression is None]
            others = [schema.entity.name, *schema.relations, *schema.lookups]
            elsewhere = [other for other in others if other != owner and layout.field(other, name.text) is not None]
            self._report(errors.unknown_field(name.span, owner, name.text, known, elsewhere))
            return None
        if found.expression is not None:
            self._report(errors.computed_field(name.span, owner, name.text, self._sources(owner, name.text)))
            return None
        return found

    def _sources(self, owner: str, name: str) -> list[str]:
        """The fields of the row itself that a field is worked out from."""
        expr = self.shared.program.model.expressions.get((owner, name))
        if expr is None:
            return []
        reads = self.shared.reader.reads(expr)
        return [read.name for read in reads if isinstance(read, FieldRead) and read.owner == owner]

    # -- values -------------------------------------------------------------------------------------------------------

    def _value(self, owner: str, known: sch.Field, node: ast.Expr | tuple[ast.Expr, ...], name: Span) -> Value | None:
        kind = known.type
        if isinstance(node, tuple):
            return self._list(owner, known, node, name)
        if isinstance(node, ast.Ago | ast.Now | ast.Today | ast.DateLiteral | ast.InstantLiteral):
            return self._time(owner, known, node)
        scalar = constants.literal(node)
        match scalar:
            case constants.Scalar(type=found, value=value):
                pass
            case None if isinstance(node, ast.Number | ast.Negate):
                self._report(errors.unfit_number(node.span, owner, known.name, kind))
                return None
            case _:
                words = type_errors.SHARE_WORDS if isinstance(node, ast.Percent) else "a length of time"
                self._report(errors.wrong_value(node.span, owner, known.name, kind, words))
                return None
        match kind.kind, value:
            case (Kind.BOOL, bool()):
                return value
            case (Kind.STRING, str()):
                return self._text(owner, known, value, node.span)
            case (Kind.INT | Kind.DECIMAL | Kind.FLOAT, int() | Decimal()) if not isinstance(value, bool):
                return self._number(owner, known, Decimal(value), node.span)
            case _:
                fix = None
                if kind.kind is Kind.STRING and not isinstance(value, str):
                    fix = type_errors.quoted(node.span, node.span.text)
                elif isinstance(value, str) and _spells(value, kind):
                    fix = type_errors.unquoted(node.span, value)
                elif kind.kind is Kind.LIST and isinstance(value, str):
                    fix = errors.bracketed(node.span)
                self._report(errors.wrong_value(node.span, owner, known.name, kind, type_errors.words(found), fix))
                return None

    def _list(self, owner: str, known: sch.Field, node: tuple[ast.Expr, ...], name: Span) -> Value | None:
        span = node[0].span.to(node[-1].span) if node else name
        if known.type.kind is not Kind.LIST:
            self._report(errors.wrong_value(span, owner, known.name, known.type, "a list"))
            return None
        texts: list[str] = []
        for item in node:
            if not isinstance(item, ast.String):
                self._report(errors.wrong_value(item.span, owner, known.name, known.type, "a list with something else"))
                return None
            texts.append(item.value)
        return tuple(dict.fromkeys(texts))

    def _text(self, owner: str, known: sch.Field, value: str, span: Span) -> str | None:
        values = known.type.values
        if values is not None and value not in values and value not in known.missing:
            self._report(errors.not_among_values(span, owner, known.name, value, values))
            return None
        return value

    def _number(self, owner: str, known: sch.Field, value: Decimal, span: Span) -> Value | None:
        kind = known.type
        match kind.kind:
            case Kind.INT if value == value.to_integral_value() and abs(value) <= MAX_INT:
                return int(value)
            case Kind.INT if value != value.to_integral_value():
                self._report(errors.wrong_value(span, owner, known.name, kind, "a number with a fraction"))
                return None
            case Kind.DECIMAL if _fits(value, kind):
                return value
            case Kind.FLOAT:
                return float(value)
            case _:
                self._report(errors.unfit_number(span, owner, known.name, kind))
                return None

    def _time(self, owner: str, known: sch.Field, node: ast.Expr) -> Value | None:
        kind = known.type
        if isinstance(node, ast.DateLiteral | ast.InstantLiteral):
            self._written = self._written or node.span
        found = self._constant(node)
        if found is None:
            return None
        given, value = found
        if not kind.is_time or (kind.kind is Kind.DATE and isinstance(node, ast.InstantLiteral)):
            self._report(errors.wrong_value(node.span, owner, known.name, kind, type_errors.words(given)))
            return None
        assert isinstance(value, date)
        try:
            if kind.kind is Kind.DATE:
                return self.shared.zone.day(value) if isinstance(value, datetime) else value
            return value if isinstance(value, datetime) else self.shared.zone.begin(value)
        except OverflowError:
            self._report(errors.outside_calendar(node.span))
            return None

    # -- which row belongs to which ---------------------------------------------------------------------------------------

    def _link(self) -> None:
        for given, place in self._places:
            above = self._above(given, self.rows[place])
            self.rows[place] = replace(self.rows[place], above=above)

    def _above(self, given: ast.Given, row: Row) -> int | None:
        shared = self.shared
        if row.owner == shared.entity:
            if given.of is not None:
                self._report(errors.belongs_to_nobody(given.of.span, row.owner))
            return None
        if given.of is None:
            if row.owner in shared.schema.lookups:
                return self._looked_up(given, row)
            if self._has_links(row):
                return None
            return self._place(given, row, shared.parent(row.owner), None)
        if given.of.text not in self.named:
            known = [name for name in self.named if name != row.name]
            self._report(errors.unknown_row(given.of.span, given.of.text, known))
            return None
        anchor = self.named[given.of.text]
        target = self.rows[anchor].owner
        parent = shared.parent(row.owner)
        while shared.root(parent) != shared.root(target):
            if parent not in shared.schema.relations or row.owner in shared.schema.lookups:
                message = errors.wrong_parent(given.of.span, row.owner, given.of.text, target, shared.parent(row.owner))
                self._report(message)
                return None
            parent = shared.parent(parent)
        return self._place(given, row, shared.parent(row.owner), anchor)

    def _place(self, given: ast.Given, row: Row, parent: str, anchor: int | None) -> int | None:
        """The row of ``parent`` that a row belongs to: the one given, or the only one below it; made where there is none."""
        shared = self.shared
        if anchor is not None and shared.root(self.rows[anchor].owner) == shared.root(parent):
            return anchor
        found = [
            place
            for place, other in enumerate(self.rows)
            if shared.root(other.owner) == shared.root(parent) and (anchor is None or self._is_below(place, anchor))
        ]
        if len(found) == 1:
            return found[0]
        if found:
            known = [name for name, place in self.named.items() if place in found]
            self._report(errors.which_parent(given.relation.span, row.owner, parent, known))
            return None
        above = self._place(given, row, shared.parent(parent), anchor)
        self.rows.append(Row(parent, None, above, span=given.span, made=True))
        return len(self.rows) - 1

    def _is_below(self, place: int, anchor: int) -> bool:
        """By what is given of it: its own link may not have been looked at yet. Rows may name one another in a circle."""
        given = {at: node for node, at in self._places}
        seen: set[int] = set()
        at: int | None = place
        while at is not None and at not in seen and self.rows[at].owner != self.shared.entity:
            seen.add(at)
            if at not in given:
                at = self.rows[at].above
            elif (of := given[at].of) is not None:
                at = self.named.get(of.text)
            else:
                return self._is_only_one_above(anchor, self.rows[at])
            if at == anchor:
                return True
        return False

    def _is_only_one_above(self, anchor: int, row: Row) -> bool:
        """Is there no other row that a row could belong to, which names none?"""
        root = self.shared.root(self.shared.parent(row.owner))
        return [at for at, other in enumerate(self.rows) if self.shared.root(other.owner) == root] == [anchor]

    def _has_links(self, row: Row) -> bool:
        """Is it tied to its parent by values of its own?"""
        links = self.shared.schema.relations[row.owner].links
        return bool(links) and all(link.child in row.values for link in links)

    def _looked_up(self, given: ast.Given, row: Row) -> int | None:
        lookup = self.shared.schema.lookups[row.owner]
        if all(link.parent in row.values for link in lookup.links):
            return None
        root = self.shared.root(lookup.of)
        found = [place for place, other in enumerate(self.rows) if self.shared.root(other.owner) == root]
        if len(found) != 1:
            keys = [link.child for link in lookup.links]
            self._report(errors.unlinked_lookup(given.relation.span, row.owner, lookup.of, keys))
            return None
        return found[0]

    # -- what is expected -----------------------------------------------------------------------------------------------

    def _expect(self, node: ast.Expect) -> Expectation | None:
        condition, found = self.shared.bare.condition(node.condition)
        self.findings.extend(found)
        who = self._who(node)
        if self.node.moment is None:
            self._check_written(node.condition)
        return None if condition is None or who is None else Expectation(who, condition, node.condition.span)

    def _check_written(self, node: ast.Expr) -> None:
        for part in walk_syntax(node):
            if isinstance(part, ast.DateLiteral | ast.InstantLiteral):
                self._written = self._written or part.span
                return

    def _who(self, node: ast.Expect) -> int | None:
        entity = self.shared.entity
        people = [place for place, row in enumerate(self.rows) if row.owner == entity]
        known = [name for name, place in self.named.items() if place in people]
        if node.who is None:
            if len(people) != 1:
                self._report(errors.of_whom(node.condition.span, entity, known))
                return None
            return people[0]
        place = self.named.get(node.who.text)
        if place is None:
            self._report(errors.unknown_who(node.who.span, node.who.text, entity, known))
            return None
        if place not in people:
            self._report(errors.no_person(node.who.span, node.who.text, self.rows[place].owner, entity))
            return None
        return place


def _spells(text: str, kind: Type) -> bool:
    """Would a text be a value of a type without its quotes?"""
    return (kind.is_number and constants.spells_number(text)) or (kind.is_time and constants.spells_date(text))


def _fits(value: Decimal, kind: Type) -> bool:
    """Zeros at the end do not count. By its text, since `Decimal.normalize` would round to the digits of the thread's context."""
    written = f"{value:f}"
    found = constants.decimal_type(Decimal(written.rstrip("0").rstrip(".") if "." in written else written))
    if found is None:
        return False
    return found.scale <= kind.scale and found.precision - found.scale <= kind.precision - kind.scale
