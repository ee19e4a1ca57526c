"""What generated libraries held: how often each construct of the language was evaluated, and each pair of them in one definition.

Constructs are seen where they were written (the syntax tree) and, where only names tell them, in the typed tree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, fields
from itertools import combinations

from segdsl.semantics import ir
from segdsl.semantics.walk import children, walk
from segdsl.syntax import ast

AGGREGATES = ("count", "any", "none", "sum", "avg", "min", "max", "distinct", "median", "percentile", "first", "last")
CONSTRUCTS = (
    "and or",
    "not",
    "= !=",
    "< <= > >=",
    "between",
    "in list",
    "in period",
    "is missing",
    "match",
    "arithmetic",
    "if",
    "number function",
    "text function",
    "time function",
    "parameter",
    *AGGREGATES,
    "streak",
    "overall",
    "overall of the entity",
    "as name",
    "in period of rows",
    "where",
    "per",
    "per unit of time",
    "having",
    "previous",
    "followed by",
    "preceded by",
    "not followed by",
    "within",
    "where of a step",
    "period of a step",
    "nested steps",
    "two steps",
    "top n",
    "top %",
    "top % of",
    "bottom",
    "exactly",
    "among",
    "rank per entity's value",
    "top per value of rows",
    "having pairs",
    "rank()",
    "quantile()",
    "quantile exactly",
    "as of",
    "as of a value",
    "as of in as of",
    "as of an absolute time",
    "each of",
    "any of",
    "list contains",
    "list contains any",
    "list contains all",
    "list is missing",
    "anniversary",
    "distance_km",
    "trait",
    "segment used",
    "trait with arguments",
    "trait of a relation",
    "tiers",
    "tiers in order",
    "case of tiers",
    "rows in rows",
    "unrelated rows in a row",
    "rows of the customer in a row",
    "field of a row around",
    "field of the parent",
    "field of the entity in a row",
    "field of a lookup",
    "field of a group",
    "lookup is missing",
    "trait given by a column",
    "rows of a group",
    "rows of a `from` relation",
    "grouped relation",
    "relation with several parents",
    "computed field",
)
TEXTS = {"lower", "upper", "trim", "replace", "length", "number"}
TIMES = {
    "days_since",
    "hours_since",
    "days_between",
    "age",
    "year",
    "month",
    "day",
    "hour",
    "weekday",
    "date",
    "start_of",
}


@dataclass
class Coverage:
    """``counts``: nodes of the typed tree; ``constructs``, and ``pairs`` of them that met in one condition or value;
    ``evaluations``: of one segment on one data set by each evaluator, ``negations`` and oracles not counted; ``gaps``: those that
    an engine's dialect declared to be beyond it; ``checks``: comparisons by each oracle."""

    counts: Counter[str] = field(default_factory=Counter)
    constructs: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    made: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    libraries: int = 0
    segments: int = 0
    data_sets: int = 0
    evaluations: Counter[str] = field(default_factory=Counter)
    negations: int = 0
    gaps: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)

    def add(self, program: ir.Program, file: ast.File, segments: Collection[str], data_sets: int) -> None:
        """A library that is evaluated: ``file`` is its text."""
        self.libraries += 1
        self.segments += len(segments)
        self.data_sets += data_sets
        for root in [*program.model.expressions.values(), *program.model.wheres.values(), *program.model.bys.values()]:
            self._count_nodes(root)
        written = {_name(one): one for one in file.definitions if not isinstance(one, ast.Param | ast.Example)}
        for name, definition in program.definitions.items():
            self._count_nodes(definition.body)
            if name.startswith("not_"):
                continue
            found = set(constructs_resolved(definition.body, program))
            if name in written:
                found |= set(constructs_written(written[name], file))
            self.constructs.update(found)
            self.pairs.update(combinations(sorted(found), 2))

    def count(self, evaluator: str, selected: Collection[str], segments: Collection[str]) -> None:
        """One data set has been evaluated: ``selected`` are the conditions that were."""
        able = sum(name in selected for name in segments)
        self.evaluations[evaluator] += able
        self.negations += sum(f"not_{name}" in selected for name in segments)
        if able < len(segments):
            self.gaps[evaluator] += len(segments) - able

    def merge(self, other: Coverage) -> None:
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            else:
                setattr(self, one.name, mine + theirs)

    def _count_nodes(self, root: ir.Expr) -> None:
        for node in walk(root):
            self.counts[type(node).__name__] += 1
            match node:
                case ir.Call():
                    self.counts[f"call {node.overload}"] += 1
                case ir.Aggregate():
                    self.counts[f"aggregate {node.function}"] += 1
                case ir.Convert():
                    self.counts[f"convert {node.value.type.kind.name} {node.type.kind.name}"] += 1
                case ir.FieldRef() if node.path:
                    self.counts["path " + " ".join(step.kind for step in node.path)] += 1
                case ir.Match():
                    self.counts[f"match {node.word}"] += 1
                case _:
                    pass
            if getattr(node, "negated", False):
                self.counts[f"not {type(node).__name__}"] += 1

    def never(self) -> list[str]:
        return [name for name in CONSTRUCTS if not self.constructs[name]]

    def never_together(self) -> list[tuple[str, str]]:
        return [pair for pair in combinations(sorted(CONSTRUCTS), 2) if not self.pairs[pair]]

    def lines(self, *, nodes: bool = False) -> Iterator[str]:
        """A report for people."""
        pairs = len(CONSTRUCTS) * (len(CONSTRUCTS) - 1) // 2
        apart = self.never_together()
        lonely = Counter(name for pair in apart for name in pair)
        yield f"{self.made:9,} texts made, {sum(self.dropped.values()):,} of them or of their schemas dropped"
        yield f"{self.libraries:9,} libraries of {self.segments:,} segments and their negations on {self.data_sets:,} data sets"
        for evaluator, count in self.evaluations.items():
            gaps = f", {self.gaps[evaluator]:,} not: gaps" if self.gaps[evaluator] else ""
            yield f"{count:9,} evaluations by {evaluator}{gaps}"
        yield f"{sum(self.evaluations.values()):9,} evaluations by {len(self.evaluations)} evaluators, and {self.negations:,} of negations"
        for oracle, count in self.checks.items():
            yield f"{count:9,} checks by the oracle '{oracle}'"
        if nodes:
            for name, count in sorted(self.counts.items()):
                yield f"{count:9,} {name}"
        for name in CONSTRUCTS:
            yield f"{self.constructs[name]:9,} {name}"
        yield f"{len(self.never()):9,} of {len(CONSTRUCTS)} constructs never: {', '.join(self.never()) or 'none'}"
        yield f"{pairs - len(apart):9,} of {pairs:,} pairs met in one condition, {len(apart):,} never; most often among these:"
        for name, count in lonely.most_common(12):
            yield f"{count:13,} {name}"
        for name, count in self.dropped.most_common(12):
            yield f"{count:9,} dropped: {name}"

    def as_json(self) -> dict[str, object]:
        return {
            "texts": self.made,
            "dropped": dict(self.dropped.most_common()),
            "libraries": self.libraries,
            "segments": self.segments,
            "data_sets": self.data_sets,
            "evaluations": dict(self.evaluations),
            "evaluations_in_all": sum(self.evaluations.values()),
            "evaluations_of_negations": self.negations,
            "gaps": dict(self.gaps),
            "checks": dict(self.checks),
            "constructs": {name: self.constructs[name] for name in CONSTRUCTS},
            "constructs_never": self.never(),
            "pairs_met": sum(bool(self.pairs[pair]) for pair in combinations(sorted(CONSTRUCTS), 2)),
            "pairs_never": [list(pair) for pair in self.never_together()],
            "nodes": dict(sorted(self.counts.items())),
        }


def _name(definition: ast.Definition) -> str:
    assert not isinstance(definition, ast.Example)
    owner = definition.owner.text + "." if isinstance(definition, ast.Trait) and definition.owner is not None else ""
    return owner + definition.name.text


# -- as written ---------------------------------------------------------------------------------------------------


def constructs_written(definition: ast.Definition, file: ast.File) -> Iterator[str]:
    if isinstance(definition, ast.Tiers):
        yield "tiers"
    parameters = {one.name.text for one in file.definitions if isinstance(one, ast.Param)}
    asked = {one.name.text for one in file.definitions if isinstance(one, ast.Trait) and one.arguments is not None}
    for node, above in _nodes(definition, ()):
        yield from _of_node(node, above)
        match node:
            case ast.Name(parts=(one,)) if one.text in parameters:
                yield "parameter"
            case ast.Call() if node.name.text in asked:
                yield "trait with arguments"
            case _:
                pass


def _nodes(node: object, above: tuple[object, ...]) -> Iterator[tuple[object, tuple[object, ...]]]:
    """Every node with those around it, the nearest last."""
    if isinstance(node, tuple):
        for item in node:
            yield from _nodes(item, above)
    elif isinstance(node, ast.Node):
        yield node, above
        for name in node.__slots__:
            yield from _nodes(getattr(node, name), (*above, node))


def _of_node(node: object, above: tuple[object, ...]) -> Iterator[str]:
    match node:
        case ast.And() | ast.Or():
            yield "and or"
        case ast.Not():
            yield "not"
        case ast.Compare(operator="=" | "!="):
            yield "= !="
        case ast.Compare():
            yield "< <= > >="
        case ast.Between():
            yield "between"
        case ast.In():
            yield "in list"
        case ast.InPeriod(value=ast.Call(name=ast.Identifier(text="anniversary"))):
            yield "anniversary"
        case ast.InPeriod():
            yield "in period"
        case ast.IsMissing():
            yield "is missing"
        case ast.Match():
            yield "match"
        case ast.ListMatch():
            yield f"list contains {node.word}"
        case ast.Arithmetic() | ast.Negate():
            yield "arithmetic"
        case ast.Call():
            yield from _of_call(node.name.text)
        case ast.Aggregate():
            yield from _of_aggregate(node)
        case ast.Sequence():
            yield from _of_step(node, above)
        case ast.Rank():
            yield from _of_rank(node)
        case ast.RankValue():
            yield f"{node.function}()"
            if node.exactly:
                yield "quantile exactly"
            if node.among is not None:
                yield "among"
            if node.per is not None:
                yield "rank per entity's value"
        case ast.AsOf():
            yield "as of"
            if any(isinstance(one, ast.AsOf) for one in above):
                yield "as of in as of"
            if isinstance(node.moment, ast.DateLiteral | ast.InstantLiteral):
                yield "as of an absolute time"
        case ast.EachOf():
            yield f"{node.quantifier} of"
        case _:
            pass


def _of_call(name: str) -> Iterator[str]:
    if name == "if":
        yield "if"
    elif name in ("previous", "distance_km"):
        yield name
    elif name in TEXTS:
        yield "text function"
    elif name in TIMES:
        yield "time function"
    elif name in ("coalesce", "least", "greatest", "abs", "floor", "ceil", "round"):
        yield "number function"


def _of_aggregate(node: ast.Aggregate) -> Iterator[str]:
    if node.function in (*AGGREGATES, "streak", "overall"):
        yield node.function
    if node.alias is not None:
        yield "as name"
    if node.period is not None:
        yield "in period of rows"
    if node.where is not None:
        yield "where"
    if node.per is not None and node.function != "streak":
        unit = isinstance(node.per, ast.Name) and node.per.text in ("day", "week", "month", "quarter", "year")
        yield "per unit of time" if unit else "per"
    if node.having is not None:
        yield "having"
    if len(node.sequences) > 1:
        yield "two steps"


def _of_step(node: ast.Sequence, above: tuple[object, ...]) -> Iterator[str]:
    yield f"{node.direction} by"
    if node.negated:
        yield "not followed by"
    if node.within is not None:
        yield "within"
    if node.where is not None:
        yield "where of a step"
    if node.period is not None:
        yield "period of a step"
    if node.alias is not None:
        yield "as name"
    if above and isinstance(above[-1], ast.Sequence):
        yield "nested steps"


def _of_rank(node: ast.Rank) -> Iterator[str]:
    if node.share:
        yield "top % of"
    elif isinstance(node.amount, ast.Number):
        yield "top n"
    elif isinstance(node.amount, ast.Percent):
        yield "top %"
    if node.direction == "bottom":
        yield "bottom"
    if node.exactly:
        yield "exactly"
    if node.among is not None:
        yield "among"
    if node.having is not None:
        yield "having pairs"


# -- as resolved --------------------------------------------------------------------------------------------------


def constructs_resolved(body: ir.Expr, program: ir.Program) -> Iterator[str]:
    for node, rows in _in_rows(body, ()):
        yield from _of_resolved(node, rows, program)


def _in_rows(node: ir.Expr, rows: tuple[ir.Row, ...]) -> Iterator[tuple[ir.Expr, tuple[ir.Row, ...]]]:
    """Every node, with the rows of aggregates and steps around it, innermost last."""
    yield node, rows
    match node:
        case ir.Aggregate():
            inside = (*rows, node.row)
        case ir.Follow():
            inside = (*rows, node.inner)
        case ir.Past() | ir.Overall() | ir.Rank() | ir.PairRank() | ir.RankValue():
            inside = ()
        case _:
            inside = rows
    for child in children(node):
        yield from _in_rows(child, inside)


def _of_resolved(node: ir.Expr, rows: tuple[ir.Row, ...], program: ir.Program) -> Iterator[str]:
    schema = program.model.schema
    match node:
        case ir.Use():
            used = program.definitions[node.name]
            yield {"segment": "segment used", "trait": "trait", "tiers": "tiers"}[used.kind]
        case ir.RowUse():
            yield "trait of a relation"
        case ir.Compare(left=ir.Use(name=name)) if program.definitions[name].kind == "tiers":
            yield "case of tiers" if node.operator == "=" else "tiers in order"
        case ir.Compare() if any(
            isinstance(one, ir.Use) and program.definitions[one.name].kind == "tiers"
            for side in (node.left, node.right)
            for one in walk(side)
        ):
            yield "tiers in order"
        case ir.Past() if not isinstance(node.value, ir.CONDITIONS):
            yield "as of a value"
        case ir.Overall() if node.aggregate.row.of == schema.entity.name:
            yield "overall of the entity"
        case ir.Rank() if node.per is not None:
            yield "rank per entity's value"
        case ir.PairRank():
            yield "top per value of rows"
        case ir.ListHas(items=(_,)) if not node.every:
            yield "list contains"
        case ir.IsMissing() if str(node.value.type) == "list(string)":
            yield "list is missing"
        case ir.NoRow():
            yield "lookup is missing"
        case ir.TraitColumn():
            yield "trait given by a column"
        case ir.Aggregate():
            yield from _of_rows(node, rows, program)
        case ir.FieldRef():
            yield from _of_field(node, rows, program)
        case _:
            pass


def _of_rows(node: ir.Aggregate, rows: tuple[ir.Row, ...], program: ir.Program) -> Iterator[str]:
    schema = program.model.schema
    relation = schema.relations.get(node.row.of)
    if relation is None:
        return
    if relation.base is not None:
        yield "rows of a `from` relation"
    if relation.groups is not None:
        yield "grouped relation"
    if relation.parent != schema.entity.name:
        parent = schema.relations[relation.parent]
        if not (parent.key and set(parent.key) <= {link.parent for link in relation.links}):
            yield "relation with several parents"
    if rows and rows[-1].depth:
        yield "rows in rows"
        if not node.outer.depth:
            yield "unrelated rows in a row"
            if any(row.of == node.row.of or row.of == relation.parent for row in rows):
                yield "rows of the customer in a row"
        elif node.outer.of in schema.relations and schema.relations[node.outer.of].groups == node.row.of:
            yield "rows of a group"


def _of_field(node: ir.FieldRef, rows: tuple[ir.Row, ...], program: ir.Program) -> Iterator[str]:
    kinds = [step.kind for step in node.path]
    entity = program.model.schema.entity.name
    if "lookup" in kinds:
        yield "field of a lookup"
    if "group" in kinds:
        yield "field of a group"
    if node.row.depth and node.owner == entity:
        yield "field of the entity in a row"
    elif "parent" in kinds:
        yield "field of the parent"
    if rows and node.row.depth and node.row.depth < rows[-1].depth:
        yield "field of a row around"
    if node.field.expression is not None:
        yield "computed field"
