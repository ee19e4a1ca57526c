"""Puts nodes of the typed tree into words: the two big matches, over values and over conditions, and what is known on the way.

In go nodes as the resolver made them, out come nouns and trees of clauses; beside them grow the windows, the notes, whom
missing values put where, the terms that need explaining and the parts that got a letter. Aggregates, ranks and comparisons
are put into words by their own modules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, assert_never

from segdsl import schema as sch
from segdsl.explanation import calls, comparisons, missing, ranks, rows, times, wording
from segdsl.explanation.missing import Lack
from segdsl.explanation.notes import Notes
from segdsl.explanation.outcome import Line, Meaning, Window
from segdsl.explanation.speech import DENIAL, Branch, Clause, Leaf, Noun, Scope, Tree, inline, leaves, lines
from segdsl.explanation.times import Clock
from segdsl.semantics import ir, time
from segdsl.semantics.layout import Layout
from segdsl.types import BOOL, Kind

_SHORT_VALUE = 64
_LONG_VALUE = 240
_SHORT_CONDITION = 200
_FEW = 3
_MOST_INSIDE = 4


@dataclass(slots=True)
class State:
    """What has come up so far."""

    notes: Notes = field(default_factory=Notes)
    windows: dict[tuple[object, ...], Window] = field(default_factory=dict)
    missing: dict[Lack, bool] = field(default_factory=dict)
    """What may be missing, and whether who lacks it falls out of the whole."""
    valueless: dict[Lack, None] = field(default_factory=dict)
    """What leaves the value that is explained missing."""
    asked: dict[tuple[str, ir.Moment], None] = field(default_factory=dict)
    """Definitions that go by their own names, and the moments that they are seen from."""
    letters: dict[str, str] = field(default_factory=dict)
    pieces: list[Meaning] = field(default_factory=list)


class Speaker:
    """Speaks of one program as of one instant."""

    def __init__(self, program: ir.Program, clock: Clock) -> None:
        self.program = program
        self.clock = clock
        self.schema = program.model.schema
        self.layout = Layout(self.schema)
        self.state = State()
        self._inside: dict[str, int] = {}
        """How many definitions stand inside of one another, of those that are short enough to be put in place."""
        self._called: dict[str, str] = {}

    # -- definitions ------------------------------------------------------------------------------------------------

    def prepare(self, names: Sequence[str]) -> None:
        """Decides of definitions, each after those it uses, which are put in place and what the others are called."""
        taken: dict[str, int] = {}
        for name in names:
            known = self.program.definitions[name]
            own = name.rpartition(".")[2]
            called = known.title or (wording.time_noun(own) if own.endswith("_at") else wording.humanised(own))
            taken[called] = taken.get(called, 0) + 1
            self._called[name] = called
        for name in names:
            called = self._called[name]
            if taken[called] > 1:
                self._called[name] = f"{called} ({name})"
        for name in names:
            self._decide(name)

    def _decide(self, name: str) -> None:
        known = self.program.definitions[name]
        if known.kind != "trait":
            return
        deep = 1 + max((self._inside.get(used, 0) for used in _used(known.body)), default=0)
        if deep > _MOST_INSIDE:
            return
        with self.quietly() as state:
            if self.is_condition(known.body):
                scope = self.scope_of(known)
                tree = self.tree(known.body, scope)
                few = sum(1 for _ in leaves(tree)) <= _FEW
                short = few and len(inline(tree, scope, relative=False)) <= _SHORT_CONDITION
            else:
                scope = self.scope_of(known)
                short = len(self.value(known.body, scope).full(scope)) <= _SHORT_VALUE
            if short and not state.pieces:
                self._inside[name] = deep

    @contextmanager
    def quietly(self) -> Iterator[State]:
        """Speaks without anything of it being kept."""
        kept, self.state = self.state, State()
        try:
            yield self.state
        finally:
            self.state = kept

    @contextmanager
    def without_missing(self) -> Iterator[None]:
        """Speaks without saying whom missing values put where."""
        kept = dict(self.state.missing)
        try:
            yield
        finally:
            self.state.missing = kept

    def is_short(self, name: str) -> bool:
        return name in self._inside

    def term(self, name: str) -> str:
        return wording.quoted(self._called[name])

    def scope_of(self, known: ir.Definition) -> Scope:
        entity = self.schema.entity.name
        base = self.entity_scope()
        if known.owner is None:
            return base
        row = ir.Row(1, known.owner)
        return replace(base, here=row, names={**base.names, row: wording.humanised(known.owner)}, entity=entity)

    def entity_scope(self) -> Scope:
        entity = self.schema.entity.name
        row = ir.Row(0, entity)
        return Scope(entity, row, {row: wording.humanised(entity)})

    def body(self, node: ir.Use, scope: Scope) -> tuple[ir.Expr, Scope]:
        """What a definition stands for, and the scope in which it is spoken of here."""
        base = self.entity_scope()
        here = base.here if scope.here == base.here else None
        return self.program.definitions[node.name].body, replace(
            base,
            here=here,
            seen_from=scope.seen_from,
            required=scope.required,
            settled=scope.settled if scope.here == base.here else _relations(scope.settled),
        )

    def _row_body(self, node: ir.RowUse, scope: Scope) -> tuple[ir.Expr, Scope]:
        known = self.program.definitions[node.name]
        assert known.owner is not None
        base, row = self.entity_scope(), ir.Row(1, known.owner)
        name = wording.humanised(node.path[-1].to) if node.path else scope.name(node.row)
        here = row if not node.path and node.row == scope.here else None
        names = {**base.names, row: name}
        return known.body, replace(base, here=here, names=names, seen_from=scope.seen_from, many=scope.many)

    def ask(self, name: str, scope: Scope) -> str:
        """A definition by its own name, to be explained below."""
        self.state.asked.setdefault((name, scope.seen_from))
        return self.term(name)

    # -- windows ------------------------------------------------------------------------------------------------------

    def period(self, period: ir.Period, dated: bool, scope: Scope) -> str:
        """What a sentence calls a period, which is listed below."""
        if period is scope.within:
            return scope.within_called
        words = times.period_words(period, dated)
        found = times.window(period, dated, scope.seen_from, self.clock)
        self.window(found)
        if dated and not period.whole_days and not all(map(self.clock.begins_day, (found.start, found.end))):
            self.state.notes.add("date_begins")
        return words

    def window(self, found: Window) -> None:
        if "just before" in found.words:
            self.state.notes.add("half_open")
        self.state.windows.setdefault((found.text, found.of, found.start, found.end, found.seen_from), found)

    def moment(self, moment: ir.Moment, dated: bool, scope: Scope) -> str:
        """A moment in words; what it comes to is listed below, unless the words say it."""
        written = isinstance(moment.anchor, date) and replace(moment, anchor="as_of") == ir.AS_OF
        if written:
            assert isinstance(moment.anchor, date)
            if isinstance(moment.anchor, datetime):
                day = self.clock.zone.day(moment.anchor)
                return day.isoformat() if dated else self.clock.local(moment.anchor)
            return moment.anchor.isoformat()
        found = times.moment_window(moment, dated, scope.seen_from, self.clock)
        self.state.windows.setdefault((found.text, found.of, found.start, found.end, found.seen_from), found)
        return found.text

    def time_field(self, relation: str) -> sch.Field | None:
        return self.layout.time(relation)

    def is_dated(self, relation: str) -> bool:
        found = self.time_field(relation)
        return found is not None and found.type.kind is Kind.DATE

    # -- parts that got a letter --------------------------------------------------------------------------------------

    def letter(self, text: str, below: Line) -> str:
        """The letter by which a part goes that is too long for its sentence; the same part has the same one."""
        key = f"{text}\n{_flat(below)}"
        if key not in self.state.letters:
            name = f"({_letters(len(self.state.letters))})"
            self.state.letters[key] = name
            self.state.pieces.append(Meaning(name, (below,), about=text))
        return self.state.letters[key]

    def narrowed(self, condition: ir.Expr, scope: Scope, many: bool) -> str:
        """A condition behind the noun of the row at hand: `` whose total is …``."""
        tree = self.tree(condition, replace(scope, many=many))
        text = inline(tree, replace(scope, many=many), relative=True)
        if sum(1 for _ in leaves(tree)) <= _FEW + 1 and len(text) <= _LONG_VALUE:
            return f" {text}"
        single = replace(scope, many=False)
        below = lines(self.tree(condition, single), single)
        assert scope.here is not None
        letter = self.letter(f"said of {wording.article(scope.name(scope.here))}", below)
        return f" for which {letter} holds"

    def said(self, condition: ir.Expr, scope: Scope) -> str:
        """A condition as a clause inside of a sentence."""
        tree = self.tree(condition, scope.inner())
        text = inline(tree, scope, relative=False)
        if sum(1 for _ in leaves(tree)) <= _FEW + 1 and len(text) <= _LONG_VALUE:
            return text
        about = scope.name(scope.here) if scope.here is not None else wording.humanised(scope.entity)
        letter = self.letter(f"said of {wording.article(about)}", lines(tree, scope))
        return f"{letter} holds"

    # -- values -------------------------------------------------------------------------------------------------------

    def is_condition(self, expr: ir.Expr) -> bool:
        """Is it spoken of as a clause?"""
        match expr:
            case ir.Aggregate(function=function):
                return function in ("any", "none")
            case ir.Use() | ir.RowUse():
                return expr.type == BOOL
            case ir.Past():
                return self.is_condition(expr.value)
            case ir.Overall():
                return self.is_condition(expr.aggregate)
            case _:
                return isinstance(expr, ir.CONDITIONS)

    def text(self, expr: ir.Expr, scope: Scope) -> str:
        """A value, in full; one that is too long gets a letter."""
        found = self.value(expr, scope).full(scope)
        if len(found) <= _LONG_VALUE:
            return found
        return self.letter("a value", Line(found))

    def value(self, expr: ir.Expr, scope: Scope) -> Noun:
        if self.is_condition(expr):
            return self._whether(expr, scope)
        match expr:
            case ir.Literal():
                return Noun(self.literal(expr))
            case ir.Instant():
                return Noun(self.moment(expr.moment, expr.type.kind is Kind.DATE, scope))
            case ir.FieldRef():
                return self.field(expr, scope)
            case ir.TraitColumn():
                return Noun(wording.humanised(expr.trait.name), ir.Row(0, scope.entity))
            case ir.Use():
                return self._use(expr, scope)
            case ir.RowUse():
                return self._row_use(expr, scope)
            case ir.Previous():
                return self._previous(expr, scope)
            case ir.GroupValue():
                return Noun(f"that {scope.by.get(expr.row, 'value')}")
            case ir.Call():
                return calls.call(self, expr, scope)
            case ir.Convert():
                return self._converted(expr, scope)
            case ir.InRange():
                return self.value(expr.value, scope)
            case ir.If():
                return self._either(expr, scope)
            case ir.Aggregate():
                return rows.noun(self, expr, scope)
            case ir.Past():
                self.state.notes.add("past")
                self.state.notes.add("nobody_then")
                when = self.moment(expr.moment, False, scope)
                return Noun(f"{self.text(expr.value, self.past(expr, scope))} (as of {when})")
            case ir.Overall():
                return rows.overall(self, expr, scope)
            case ir.RankValue():
                return ranks.rank_value(self, expr, scope)
            case (
                ir.Rank()
                | ir.PairRank()
                | ir.Compare()
                | ir.Between()
                | ir.InList()
                | ir.InPeriod()
                | ir.Match()
                | ir.ListHas()
                | ir.Anniversary()
                | ir.IsMissing()
                | ir.NoRow()
                | ir.Truth()
                | ir.All()
                | ir.Any()
                | ir.Not()
                | ir.Follow()
            ):
                return self._whether(expr, scope)
            case ir.Col() | ir.Bound():
                raise AssertionError("only a plan has it")
            case _:
                assert_never(expr)

    def _previous(self, node: ir.Previous, scope: Scope) -> Noun:
        row, known = wording.humanised(node.row.of), self.schema.relations[node.row.of]
        order = wording.listed(
            [rows.time_column(self, node.row.of), *map(wording.column, known.key)],
            "and then",
        )
        self.state.notes.add(
            "previous", entity=wording.humanised(scope.entity), row=row, rows=wording.plural(row), order=order
        )
        before = self._before(node.row, scope)
        text, name = self.text(node.value, before), before.name(node.row)
        found = self.value(node.value, before)
        if found.owner == node.row and found.done is not None:
            return Noun(text, did=before.did(node.row, found.done))
        return Noun(text if name in text else f"{text}, as read from the {name}")

    def note_path(self, node: ir.FieldRef) -> None:
        """Of a field of another row, which may not be there."""
        if any(step.kind == "lookup" for step in node.path):
            of = node.path[-2].to if len(node.path) > 1 else node.row.of
            row = wording.capital(wording.article(wording.humanised(of)))
            last = wording.humanised(node.path[-1].to)
            self.state.notes.add("join_missing", Row=row, of=last, what=self.field_name(node.field))

    def _whether(self, expr: ir.Expr, scope: Scope) -> Noun:
        return Noun(f"whether {self.said(expr, scope)}")

    def literal(self, node: ir.Literal) -> str:
        match node.value:
            case None:
                return "no value"
            case datetime():
                return self.clock.local(node.value)
            case _:
                return wording.constant(node.value)

    def constant(self, value: ir.Constant) -> str:
        return self.clock.local(value) if isinstance(value, datetime) else wording.constant(value)

    def field(self, node: ir.FieldRef, scope: Scope) -> Noun:
        text = self.field_name(node.field)
        if not node.path:
            done = wording.participle(node.field.name) if node.type.is_time else None
            return Noun(text, node.row, done, "day" if node.type.kind is Kind.DATE else "time")
        last = node.path[-1]
        self.note_path(node)
        own = wording.humanised(last.to)
        done = wording.participle(node.field.name) if node.type.is_time else None
        when = "day" if node.type.kind is Kind.DATE else "time"
        if last.to == scope.entity or not scope.knows(node.row):
            return Noun(f"the {when} the {own} was {done}" if done is not None else f"the {own}’s {text}")
        if done is not None:
            return Noun(f"the {when} {scope.possessive(node.row)} {own} was {done}")
        return Noun(f"{own}’s {text}", node.row)

    def field_name(self, known: sch.Field) -> str:
        if (known.type.is_time and known.name.endswith(("_at", "_on"))) or known.name == "at":
            done = wording.participle(known.name)
            when = "day" if known.type.kind is Kind.DATE else "time"
            return f"{done} {when}" if done is not None else wording.time_noun(known.name)
        return wording.title_as_noun(known.title, known.name)

    def _use(self, node: ir.Use, scope: Scope) -> Noun:
        if self.is_short(node.name):
            body, inside = self.body(node, scope)
            return self.value(body, inside)
        return Noun(self.ask(node.name, scope), ir.Row(0, scope.entity))

    def _row_use(self, node: ir.RowUse, scope: Scope) -> Noun:
        if self.is_short(node.name):
            body, inside = self._row_body(node, scope)
            found = self.value(body, inside)
            return Noun(found.full(inside))
        term = self.ask(node.name, scope)
        if node.path:
            return Noun(f"the {wording.humanised(node.path[-1].to)}’s {term}")
        return Noun(term, node.row)

    def _before(self, row: ir.Row, scope: Scope) -> Scope:
        whom = ("them" if scope.many else "it") if row == scope.here else f"the {scope.name(row)}"
        names = {**scope.names, row: f"{wording.humanised(row.of)} before {whom}"}
        return replace(scope, names=names, here=None if row == scope.here else scope.here)

    def _converted(self, node: ir.Convert, scope: Scope) -> Noun:
        source, target = node.value.type, node.type
        if source.kind is Kind.FLOAT and target.kind is Kind.DECIMAL:
            self.state.notes.add("declared_decimal")
            places = wording.counted(target.scale, "decimal place")
            return Noun(f"({self.text(node.value, scope)}) rounded to {places}")
        if source.kind is target.kind is Kind.DECIMAL and target.scale < source.scale:
            self.state.notes.add("round")
            places = wording.counted(target.scale, "decimal place")
            return Noun(f"({self.text(node.value, scope)}) rounded to {places}")
        if source.kind is Kind.DATE and target.kind is Kind.TIMESTAMP:
            return Noun(f"the beginning of {self.text(node.value, scope)}")
        return self.value(node.value, scope)

    def _either(self, node: ir.If, scope: Scope) -> Noun:
        condition = self.said(node.condition, scope)
        otherwise = "no value" if node.otherwise is None else self.text(node.otherwise, scope)
        return Noun(f"({self.text(node.then, scope)} if {condition}, otherwise {otherwise})")

    def past(self, node: ir.Past, scope: Scope) -> Scope:
        return replace(
            scope, seen_from=time.seen_from(node.moment, scope.seen_from), required=False, settled=frozenset()
        )

    # -- conditions ---------------------------------------------------------------------------------------------------

    def tree(self, expr: ir.Expr, scope: Scope) -> Tree:
        match expr:
            case ir.All() if expr.each is not None:
                return self._each(expr.items, expr.each, "each", scope)
            case ir.Any() if expr.each is not None:
                return self._each(expr.items, expr.each, "at least one", scope)
            case ir.All():
                return self._joined(expr.items, scope)
            case ir.Any(items=items):
                if not items:
                    return Leaf(Clause("full", "nobody is meant"))
                inside = replace(scope.inner(), settled=scope.settled | {*_absent(items, negated=False)})
                parts = tuple(self.tree(item, inside) for item in items)
                return parts[0] if len(parts) == 1 else Branch("any", parts)
            case ir.Not():
                return self._not(expr.item, scope.inner())
            case ir.Use():
                return self._used(expr, scope, negated=False)
            case ir.RowUse():
                if self.is_short(expr.name):
                    body, inside = self._row_body(expr, scope)
                    return Leaf(Clause("full", self.said(body, inside)))
                return Leaf(Clause("full", f"{self._row_use(expr, scope).full(scope)} holds"))
            case ir.Past():
                return self._past(expr, scope, negated=False)
            case ir.Aggregate():
                return Leaf(rows.exists(self, expr, scope, negated=False))
            case ir.Overall():
                return Leaf(Clause("full", rows.overall_condition(self, expr, scope)))
            case ir.Rank():
                return Leaf(ranks.rank(self, expr, scope, negated=False))
            case ir.PairRank():
                return Leaf(ranks.pair_rank(self, expr, scope, negated=False))
            case ir.Follow():
                return Leaf(rows.follow(self, expr, scope, negated=False))
            case ir.NoRow():
                return Leaf(comparisons.no_row(expr, scope, negated=expr.negated))
            case ir.IsMissing():
                return Leaf(comparisons.is_missing(self, expr, scope, negated=expr.negated))
            case ir.ListHas():
                return Leaf(comparisons.list_has(self, expr, scope, negated=expr.negated))
            case ir.Compare() | ir.Between() | ir.InList() | ir.InPeriod() | ir.Match() | ir.Anniversary() | ir.Truth():
                return Leaf(comparisons.leaf(self, expr, scope))
            case ir.Literal():
                return Leaf(Clause("full", "nothing is asked" if expr.value else "nobody is meant"))
            case (
                ir.Instant()
                | ir.FieldRef()
                | ir.TraitColumn()
                | ir.Previous()
                | ir.GroupValue()
                | ir.Call()
                | ir.Convert()
                | ir.InRange()
                | ir.If()
                | ir.RankValue()
            ):
                return Leaf(comparisons.truth(self, expr, scope, negated=False))
            case ir.Col() | ir.Bound():
                raise AssertionError("only a plan has it")
            case _:
                assert_never(expr)

    def _joined(self, items: Sequence[ir.Expr], scope: Scope) -> Tree:
        if not items:
            return Leaf(Clause("full", "nothing is asked"))
        if scope.here is not None:
            there = {name for item in items for name in self._has_rows(item, scope)}
            scope = replace(scope, settled=scope.settled | {*_absent(items, negated=True)} | there)
        parts = tuple(self.tree(item, scope) for item in items)
        return parts[0] if len(parts) == 1 else Branch("all", parts)

    def _has_rows(self, item: ir.Expr, scope: Scope) -> Iterator[str]:
        """Relations of which an entity that meets the condition has a row."""
        if isinstance(item, ir.Compare) and item.operator in (">", ">=", "="):
            node, _ = rows.plain(self, item.left, scope)
            least = rows.constant(item.right)
            some = least is not None and least + (item.operator == ">") > 0
            if some and isinstance(node, ir.Aggregate) and node.function == "count" and node.per is None:
                yield from _of_entity(node, scope)
        elif isinstance(item, ir.Aggregate) and item.function == "any":
            yield from _of_entity(item, scope)

    def _not(self, item: ir.Expr, scope: Scope) -> Tree:
        match item:
            case ir.Not():
                return self.tree(item.item, scope)
            case ir.All(each=None, items=items) if len(items) > 1:
                return Branch("not all", tuple(self.tree(part, scope) for part in items))
            case ir.Any(each=None, items=items) if len(items) > 1:
                return Branch("none", tuple(self.tree(part, scope) for part in items))
            case ir.Use():
                return self._used(item, scope, negated=True)
            case ir.Past():
                return self._past(item, scope, negated=True)
            case ir.Aggregate():
                return Leaf(rows.exists(self, item, scope, negated=True))
            case ir.Rank():
                return Leaf(ranks.rank(self, item, scope, negated=True))
            case ir.PairRank():
                return Leaf(ranks.pair_rank(self, item, scope, negated=True))
            case ir.Follow():
                return Leaf(rows.follow(self, item, scope, negated=True))
            case ir.NoRow():
                return Leaf(comparisons.no_row(item, scope, negated=not item.negated))
            case ir.IsMissing():
                return Leaf(comparisons.is_missing(self, item, scope, negated=not item.negated))
            case ir.ListHas():
                return Leaf(comparisons.list_has(self, item, scope, negated=not item.negated))
            case ir.Compare(left=left, right=right) if not (left.optional or right.optional):
                # Nothing of it can be missing, so that the opposite comparison says the same.
                return self.tree(replace(item, operator=_OPPOSITE[item.operator]), scope)
            case ir.Between(value=value, low=low, high=high) if not (value.optional or low.optional or high.optional):
                return self.tree(replace(item, negated=not item.negated), scope)
            case ir.InList() | ir.InPeriod() | ir.Match() if not item.value.optional:
                return self.tree(replace(item, negated=not item.negated), scope)
            case _:
                return self._denied(self.tree(item, scope))

    def _denied(self, tree: Tree) -> Tree:
        if isinstance(tree, Branch) and tree.word in ("all", "any"):
            return Branch("not all" if tree.word == "all" else "none", tree.parts)
        self.state.notes.add("not")
        return Branch("lead", (tree,), DENIAL)

    def _used(self, node: ir.Use, scope: Scope, *, negated: bool) -> Tree:
        known = self.program.definitions[node.name]
        if self.is_short(node.name):
            body, inside = self.body(node, scope)
            return self._not(body, inside) if negated else self.tree(body, inside)
        term, row = self.ask(node.name, scope), ir.Row(0, scope.entity)
        if known.kind == "segment":
            verb = scope.was(row) if scope.seen_from != ir.AS_OF else scope.be(row)
            return Leaf(Clause("who", f"{verb} {'not ' if negated else ''}in {term}", row))
        if self.is_condition(known.body):
            does = "do" if scope.is_people(row) else "does"
            text = f"{does} not meet {term}" if negated else f"{'meet' if does == 'do' else 'meets'} {term}"
            return Leaf(Clause("who", text, row))
        return Leaf(Clause("whose", f"{term} is {'not ' if negated else ''}true", row))

    def _past(self, node: ir.Past, scope: Scope, *, negated: bool) -> Tree:
        self.state.notes.add("past")
        if not negated:
            self.state.notes.add("nobody_then")
        when = self.moment(node.moment, False, scope)
        inside = self.past(node, scope)
        if isinstance(node.value, ir.Use) and self.program.definitions[node.value.name].kind == "segment":
            found = self._used(node.value, inside, negated=negated)
            assert isinstance(found, Leaf)
            if negated:
                self.state.notes.add("nobody_then_denied", denial=found.clause.text.partition(" in “")[0] + " in")
            return Leaf(replace(found.clause, text=f"{found.clause.text} as of {when}"))
        lead = f"as of {when}"
        tree = Branch("lead", (self.tree(node.value, inside),), lead)
        if negated:
            self.state.notes.add("nobody_then_denied", denial=DENIAL)
            return self._denied(tree)
        return tree

    def _each(self, items: Sequence[ir.Expr], each: ir.Each, which: str, scope: Scope) -> Tree:
        """The condition once, for the first of the periods; all of them are listed."""
        unit = each.text.split()[-1]
        unit = unit.removesuffix("s") if unit.endswith("s") else unit
        several = each.text.split()[0]
        unit = _UNITS.get(unit, "period") if several == "previous" else "period"
        whole = _whole(each)
        for dated in (False, True) if self._reads_dates(items[0]) else (False,):
            for number, period in enumerate(each.periods, start=1):
                called = f"{unit} {number} of {whole}"
                self.window(times.window(period, dated, scope.seen_from, self.clock, called))
        inside = replace(scope.inner(), within=each.periods[0], within_called=f"that {unit}")
        tree = self.tree(items[0], inside)
        again = f" in that {unit}"
        if isinstance(tree, Leaf) and tree.clause.text.count(again) == 1:
            # It stands right behind the periods: nothing else is meant.
            tree = Leaf(replace(tree.clause, text=tree.clause.text.replace(again, "")))
        return Branch("lead", (tree,), f"in {which} of {whole}")

    def _reads_dates(self, expr: ir.Expr) -> bool:
        from segdsl.semantics.walk import walk

        return any(isinstance(node, ir.Aggregate) and self.is_dated(node.row.of) for node in walk(expr))

    # -- missing ------------------------------------------------------------------------------------------------------

    def without(self, operands: Sequence[ir.Expr], scope: Scope) -> None:
        """Says whom a missing operand puts where."""
        required = scope.required and scope.here == ir.Row(0, scope.entity)
        for operand in operands:
            for lack in missing.lacks(self, operand, scope):
                self.state.missing[lack] = self.state.missing.get(lack, False) or required


_OPPOSITE: dict[str, Literal["=", "!=", "<", "<=", ">", ">="]] = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}
_UNITS = {unit: unit for unit in ("hour", "day", "week", "month", "quarter", "year")}


def _whole(each: ir.Each) -> str:
    """The periods together; a parameter in what was written has become its number."""
    first, *_, unit = each.text.split()
    unit = unit.removesuffix("s")
    if unit not in _UNITS:
        # A length by the name of a parameter, as the single periods are called.
        return f"the {each.periods[0].text.rpartition(',')[0]}"
    return f"the {first} {wording.counted(len(each.periods), unit)}"


def _used(expr: ir.Expr) -> Iterator[str]:
    from segdsl.semantics.walk import walk

    return (node.name for node in walk(expr) if isinstance(node, ir.Use | ir.RowUse))


def _relations(settled: frozenset[object]) -> frozenset[object]:
    return frozenset(one for one in settled if isinstance(one, str))


def _absent(items: Sequence[ir.Expr], *, negated: bool) -> Iterator[ir.Expr]:
    """Values of which it is asked whether they are missing."""
    for item in items:
        match item:
            case ir.IsMissing(value=value) if item.negated == negated:
                yield value
            case ir.All(each=None) if negated:
                yield from _absent(item.items, negated=negated)
            case ir.Any(each=None) if not negated:
                yield from _absent(item.items, negated=negated)
            case _:
                pass


def _of_entity(node: ir.Aggregate, scope: Scope) -> Iterator[str]:
    if node.outer == ir.Row(0, scope.entity) and node.row.depth:
        yield node.row.of


def _letters(number: int) -> str:
    """A, B, …, Z, AA, …"""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def _flat(line: Line) -> str:
    return "\n".join((line.text, *map(_flat, line.parts)))
