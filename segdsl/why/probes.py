"""What is looked at to explain a condition: each of its parts, and the values that they look at, as outputs of one plan.

In: a typed condition as the resolver made it, with the definitions it uses. Out: a tree of `Probe`s, and the outputs that they read:
expressions by name, the condition itself among them. Definitions are opened, each once; a tree that would ask for more outputs than
databases have columns is left closed from there on. Nothing is evaluated here, and nothing is said in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from segdsl.planning.scalars import is_condition
from segdsl.semantics import ir
from segdsl.types import BOOL, INT, Kind
from segdsl.why.narrowing import narrowing

MOST_OUTPUTS = 1_500
"""PostgreSQL's statements have 1,664 columns, SQLite's 2,000."""
DEEPEST = 30
"""So many definitions are opened inside one another."""
_CHAINED = {"+": "+-", "-": "+-", "*": "*/", "/": "*/"}
"""Signs that are read from the left to the right, each with those that it stands in one chain with."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A condition or a value that is looked at.

    ``expr`` is what stands in the text, ``core`` what that is once definitions are opened; ``definition`` is the text of what was
    opened. ``output`` names the output that holds it, None for a constant. ``moments``: the times that it is seen from, the outermost
    first; ``existed`` then names the output that tells who was there. ``counts``: more outputs, by what they count (see `narrowing`).
    ``within``: the one of several periods that it is read for. ``closed``: there is more below than is shown. ``denied``: ``core`` is the
    opposite of what is looked at.
    """

    expr: ir.Expr
    core: ir.Expr
    text: str
    output: str | None
    condition: bool
    moments: tuple[ir.Moment, ...] = ()
    definition: str | None = None
    parts: tuple[Probe, ...] = ()
    counts: Mapping[str, str] = field(default_factory=dict)
    existed: str | None = None
    within: ir.Period | None = None
    closed: bool = False
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Probes:
    """The tree of one condition. ``verdict`` is the output that holds the condition itself, as it is run by itself."""

    root: Probe
    verdict: str
    outputs: Mapping[str, ir.Expr]


def probes(program: ir.Program, condition: ir.Expr, text: str, definition: str | None = None) -> Probes:
    """``text`` is what the condition goes by where it has no place in a text."""
    prober = _Prober(program)
    verdict = prober.ask(condition)
    root = prober.condition(condition)
    if not root.text or definition is not None:
        root = replace(root, text=text, definition=definition or root.definition)
    return Probes(root, verdict, prober.outputs)


def opened(expr: ir.Expr, program: ir.Program) -> ir.Expr:
    """What an expression is once the names that it consists of are opened."""
    expr = same_value(expr)
    while isinstance(expr, ir.Use):
        expr = same_value(program.definitions[expr.name].body)
    return expr


def same_value(expr: ir.Expr) -> ir.Expr:
    """Without conversions that leave the value what it is, which the text does not show."""
    while True:
        match expr:
            case ir.Convert(value=value) if _is_faithful(value, expr):
                expr = value
            case ir.Call(overload="place", args=(value,)):
                expr = value
            case _:
                return expr


def _is_faithful(value: ir.Expr, converted: ir.Expr) -> bool:
    match value.type.kind, converted.type.kind:
        case (Kind.INT | Kind.WHOLE, _) | (Kind.DATE, Kind.TIMESTAMP) | (Kind.DECIMAL, Kind.FLOAT | Kind.INT):
            return True
        case Kind.DECIMAL, Kind.DECIMAL:
            return converted.type.scale >= value.type.scale
        case _:
            return False


class _Prober:
    def __init__(self, program: ir.Program) -> None:
        self.program = program
        self.outputs: dict[str, ir.Expr] = {}
        self._names: dict[ir.Expr, str] = {}
        self._prefix = "p"
        while program.model.schema.entity.key.lower().startswith(self._prefix):
            self._prefix += "_"
        self._moments: tuple[ir.Moment, ...] = ()
        self._opened: set[tuple[str, tuple[ir.Moment, ...]]] = set()
        self._depth = 0
        self._entity = ir.Row(0, program.model.schema.entity.name)

    # -- outputs ------------------------------------------------------------------------------------------------------

    def ask(self, expr: ir.Expr) -> str:
        """The output that holds an expression, as it was at the moments around."""
        for moment in reversed(self._moments):
            expr = ir.Past(expr, moment, type=expr.type, optional=not is_condition(expr))
        known = self._names.get(expr)
        if known is None:
            known = f"{self._prefix}{len(self._names)}"
            self._names[expr] = known
            self.outputs[known] = expr
        return known

    def _has_room(self, more: int) -> bool:
        return len(self.outputs) + more <= MOST_OUTPUTS

    @contextmanager
    def _at(self, moment: ir.Moment) -> Iterator[None]:
        outside = self._moments
        self._moments = (*outside, moment)
        try:
            yield
        finally:
            self._moments = outside

    def _probe(
        self,
        expr: ir.Expr,
        parts: Sequence[Probe] = (),
        *,
        counts: Mapping[str, str] | None = None,
        closed: bool = False,
    ) -> Probe:
        condition = is_condition(expr)
        existed = self.ask(ir.Literal(True, type=BOOL)) if condition and self._moments else None
        return Probe(
            expr,
            expr,
            _text(expr),
            self.ask(expr),
            condition,
            self._moments,
            _own_text(expr),
            tuple(parts),
            counts or {},
            existed,
            closed=closed,
        )

    # -- definitions and the past -------------------------------------------------------------------------------------

    def _opened_use(self, expr: ir.Use) -> Probe:
        """What a name stands for, under that name. Each is opened once, so that the tree grows no faster than the text."""
        definition = self.program.definitions[expr.name]
        place = (expr.name, self._moments)
        if place in self._opened or self._depth >= DEEPEST or not self._has_room(1):
            closed = replace(self._probe(expr, closed=True), core=opened(expr, self.program))
            return replace(closed, text=closed.text or expr.name)
        self._opened.add(place)
        self._depth += 1
        try:
            if definition.kind == "tiers":
                found = replace(self._probe(expr, self._cases(definition)), core=definition.body)
                return replace(found, text=found.text if found.text.isidentifier() else expr.name)
            inner = self._looked_at(definition.body)
        finally:
            self._depth -= 1
        return replace(
            inner,
            expr=expr,
            text=_text(expr) or expr.name,
            output=self.ask(expr),
            definition=inner.text or None,
            condition=is_condition(expr) and inner.condition,
        )

    def _cases(self, definition: ir.Definition) -> list[Probe]:
        """The conditions of tiers, each under the name of its case."""
        found: list[Probe] = []
        body: ir.Expr | None = definition.body
        while isinstance(body, ir.If):
            case = body.then
            assert isinstance(case, ir.Literal)
            inner = self.condition(body.condition)
            found.append(replace(inner, text=str(case.value), definition=inner.text))
            body = body.otherwise
        return found

    def _stood(self, expr: ir.Past) -> Probe:
        with self._at(expr.moment):
            inner = self._looked_at(expr.value)
        return replace(inner, text=_text(expr) or inner.text, definition=inner.definition)

    def _looked_at(self, expr: ir.Expr) -> Probe:
        return self.condition(expr) if is_condition(expr) else self.value(expr)

    # -- conditions ---------------------------------------------------------------------------------------------------

    def condition(self, expr: ir.Expr) -> Probe:
        match expr:
            case ir.Use():
                return self._opened_use(expr)
            case ir.Past():
                return self._stood(expr)
            case ir.All(items=items, each=each) | ir.Any(items=items, each=each):
                if not self._has_room(len(items)):
                    return self._probe(expr, closed=True)
                # Room for all of them first: a connection is shown with every one of its parts, or with none.
                for item in items:
                    self.ask(item)
                parts = [self.condition(item) for item in items]
                if each is not None:
                    parts = [replace(part, within=period) for part, period in zip(parts, each.periods, strict=True)]
                return self._probe(expr, parts)
            case ir.Not(item=item):
                return self._probe(expr, [self.condition(item)])
            case ir.Compare(left=left, right=right):
                return self._leaf(expr, left, right)
            case ir.Between(value=value, low=low, high=high):
                return self._leaf(expr, value, low, high)
            case (
                ir.InList(value=value)
                | ir.InPeriod(value=value)
                | ir.Match(value=value)
                | ir.ListHas(value=value)
                | ir.Anniversary(value=value)
                | ir.IsMissing(value=value)
                | ir.Truth(value=value)
            ):
                return self._leaf(expr, value)
            case ir.Rank(value=value, among=among, per=per):
                return self._rank(expr, value, among, per)
            case ir.PairRank():
                return self._pair_rank(expr)
            case ir.Aggregate():
                return self._probe(expr, counts=self._counts(expr))
            case _:
                return self._probe(expr)

    def _leaf(self, expr: ir.Expr, *values: ir.Expr) -> Probe:
        if not self._has_room(len(values)):
            return self._probe(expr, closed=True)
        return self._probe(expr, [self.value(value) for value in values])

    def _rank(self, expr: ir.Rank, value: ir.Expr, among: ir.Expr | None, per: ir.Expr | None) -> Probe:
        if not self._has_room(6):
            return self._probe(expr, closed=True)
        parts = [self.value(value)]
        if per is not None:
            parts.append(self.value(per))
        if among is not None:
            parts.append(self.condition(among))
        place = ir.RankValue(
            value,
            exactly=expr.exactly,
            per=per,
            among=among,
            direction=expr.direction,
            type=INT,
            optional=True,
        )
        counts = {"place": self.ask(place), "ranked": self.ask(replace(place, ranked=True))}
        if expr.share and per is None:
            everyone = self._entity
            inside = ir.Aggregate("count", everyone, everyone, None, None, expr, type=INT)
            counts["inside"] = self.ask(ir.Overall(inside, type=INT))
        return self._probe(expr, parts, counts=counts)

    def _pair_rank(self, expr: ir.PairRank) -> Probe:
        if not self._has_room(6):
            return self._probe(expr, closed=True)
        rows = replace(expr.aggregate, per=None, having=None)
        counts = self._counts(rows)
        groups = replace(
            rows, function="count", value=None, percent=None, step=0, per=expr.by, type=INT, optional=False, call=None
        )
        parts = [] if expr.among is None else [self.condition(expr.among)]
        return self._probe(expr, parts, counts={**counts, "groups": self.ask(groups)})

    # -- values -------------------------------------------------------------------------------------------------------

    def value(self, expr: ir.Expr) -> Probe:
        bare = same_value(expr)
        if bare is not expr and bare.span.source is None:
            bare = replace(bare, span=expr.span)
        match bare:
            case ir.Literal() | ir.Instant():
                return Probe(bare, bare, _text(bare), None, False, self._moments)
            case ir.Use():
                return self._opened_use(bare)
            case ir.Past():
                return self._stood(bare)
            case _ if is_condition(bare):
                return self.condition(bare)
            case ir.Aggregate():
                return self._probe(bare, counts=self._counts(bare))
            case ir.If(condition=condition, then=then, otherwise=otherwise):
                if not self._has_room(3):
                    return self._probe(bare, closed=True)
                branches = [then] if otherwise is None else [then, otherwise]
                return self._probe(bare, [self.condition(condition), *map(self.value, branches)])
            case ir.Call(overload="haversine"):
                return self._probe(bare)
            case ir.Call():
                return self._made_of(bare, list(_operands(bare)))
            case ir.Convert(value=value) | ir.InRange(value=value):
                inner = self.value(value)
                return replace(self._probe(bare, inner.parts, counts=inner.counts), core=inner.core)
            case ir.RankValue(value=value):
                probe = self._made_of(bare, (value,))
                return replace(probe, counts={"ranked": self.ask(replace(bare, buckets=None, ranked=True))})
            case _:
                return self._probe(bare)

    def _made_of(self, expr: ir.Expr, args: Sequence[ir.Expr]) -> Probe:
        if not self._has_room(len(args)):
            return self._probe(expr, closed=True)
        return self._probe(expr, [self.value(arg) for arg in args])

    def _counts(self, aggregate: ir.Aggregate) -> dict[str, str]:
        """Rows of the entity itself alone: those of a row inside are not one number."""
        if aggregate.outer != self._entity or aggregate.row.depth != 1:
            return {}
        wanted = narrowing(aggregate, self.program.model.schema)
        if not self._has_room(len(wanted)):
            return {}
        return {role: self.ask(expr) for role, expr in wanted.items()}


def _operands(call: ir.Call) -> Iterator[ir.Expr]:
    """What a call is made of; of a chain of signs (``a + b - c``) all that they join, and no sums in between."""
    for place, arg in enumerate(call.args):
        inner = same_value(arg)
        chained = place == 0 and isinstance(inner, ir.Call) and inner.function in _CHAINED.get(call.function, ())
        if chained and isinstance(inner, ir.Call):
            yield from _operands(inner)
        else:
            yield arg


def _text(expr: ir.Expr) -> str:
    """As it is written; what was put in for a trait with arguments, as that was asked for."""
    written = (expr.call or expr.span).on_one_line
    return f"overall({written})" if isinstance(expr, ir.Overall) and not written.startswith("overall") else written


def _own_text(expr: ir.Expr) -> str | None:
    return None if expr.call is None else expr.span.on_one_line or None
