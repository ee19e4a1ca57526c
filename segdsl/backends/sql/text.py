"""From a tree of sqlglot nodes to text, laid out over lines. The same tree gives the same bytes.

sqlglot writes every scalar that fits on a line, with its own knowledge of how the dialect spells literals, names and
operators; what does not fit is broken here, at its outermost operator first. Statements are laid out here altogether.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as SqlglotDialect
from sqlglot.generator import Generator

from segdsl.backends.sql.binding import marked

WIDTH = 110
_NARROWEST = 50
"""However far a line is indented, this much of it may be used."""
_STEP = "  "


def write(tree: exp.Expr, dialect: str) -> str:
    """The text of a statement in one of sqlglot's dialects."""
    copy = tree.copy()
    nulls = SqlglotDialect.get_or_raise(dialect).NULL_ORDERING
    for node in list(copy.walk()):
        _idiomatic(node, nulls)
    return "\n".join(_Layout(dialect).query(copy))


def _idiomatic(node: exp.Expr, nulls: str) -> None:
    """The same meaning in the words that a person would use, where sqlglot's generator has others."""
    match node:
        case exp.Not(this=exp.Is(expression=exp.Null()) as inner):
            # NOT a IS NULL -> a IS NOT NULL
            inner.set("expression", exp.Not(this=exp.null()))
            node.replace(inner)
        case exp.Not(this=exp.In() | exp.Glob() as inner):
            # NOT a IN (…) -> a NOT IN (…)
            inner.set("this", exp.Introducer(this=inner.this, expression=exp.var("NOT")))
            node.replace(inner)
        case exp.Filter(this=aggregate, expression=exp.Where(this=condition)):
            # FILTER(WHERE …) -> FILTER (WHERE …)
            where = exp.Introducer(this=exp.var("WHERE"), expression=condition)
            filter_ = exp.Introducer(this=exp.var("FILTER"), expression=exp.Paren(this=where))
            node.replace(exp.Introducer(this=aggregate, expression=filter_))
        case exp.Ordered() if node.args.get("nulls_first") is None:
            # Nothing is missing: what the engine does by itself, so that no word about it is written.
            descending = bool(node.args.get("desc"))
            node.set(
                "nulls_first", {"nulls_are_large": descending, "nulls_are_small": not descending}.get(nulls, False)
            )
        case exp.ByteString(this=text):
            # sqlglot doubles its backslashes only of late: before, each would have escaped what follows it.
            node.replace(exp.var(_escaped(text)))
        case exp.Placeholder():
            # Its number, until all is written and they can be counted.
            node.replace(exp.var(marked(node.this)))


def _escaped(text: str) -> str:
    return "e'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _remembering(generator: Generator) -> Generator:
    """The generator, which writes a part of the tree once, however many lines it is found to be too long for."""
    write = generator.sql
    known: dict[int, tuple[exp.Expr, str]] = {}

    def sql(expression: str | exp.Expr | None, key: str | None = None, comment: bool = True) -> str:
        if key is not None or not comment or not isinstance(expression, exp.Expr):
            return write(expression, key, comment)
        found = known.get(id(expression))
        if found is None:
            # The node is kept, so that no other comes to have its id.
            found = known[id(expression)] = (expression, write(expression))
        return found[1]

    with suppress(AttributeError):
        # Of sqlglot's compiled package nothing can be replaced; it is fast enough without.
        generator.sql = sql  # type: ignore[method-assign]
    return generator


class _Layout:
    """Lines of text. A method's lines begin at column 0; whoever places them adds the indent, and gives ``room``."""

    def __init__(self, dialect: str) -> None:
        self._generator = _remembering(SqlglotDialect.get_or_raise(dialect).generator(pretty=False, comments=True))
        self._flat: dict[int, tuple[exp.Expr, str]] = {}

    def flat(self, node: exp.Expr) -> str:
        """On one line. It is asked for again wherever a line is found to be too long, of a tree that stays as it is."""
        known = self._flat.get(id(node))
        if known is None:
            # The node is kept, so that no other comes to have its id.
            known = self._flat[id(node)] = (node, self._generator.generate(node, copy=False))
        return known[1]

    # -- statements -----------------------------------------------------------------------------------------------

    def query(self, node: exp.Expr, room: int = WIDTH) -> list[str]:
        lines: list[str] = []
        with_ = node.args.get("with_")
        if with_ is not None:
            for index, cte in enumerate(with_.expressions):
                materialized = " MATERIALIZED" if cte.args.get("materialized") else ""
                opening = "WITH " if index == 0 else "), "
                lines.append(f"{opening}{self.flat(cte.args['alias'].this)} AS{materialized} (")
                lines.extend(_indented(self.query(cte.this, room - len(_STEP))))
            lines.append(")")
        for index, select in enumerate(_terms(node)):
            if index:
                lines.append("UNION ALL")
            lines.extend(self._select(select, room))
        return lines

    def _select(self, select: exp.Expr, room: int) -> list[str]:
        assert isinstance(select, exp.Select)
        lines = self._list("SELECT", select.expressions, room)
        source = select.args.get("from_")
        if source is not None:
            lines.extend(self._source("FROM", source.this, room))
        for join in select.args.get("joins") or ():
            words = " ".join(word for word in (join.side, join.kind, "JOIN") if word)
            joined = self._source(words, join.this, room)
            on = join.args.get("on")
            if on is not None:
                flat = f"{joined[-1]} ON {self.flat(on)}"
                if len(flat) <= room:
                    joined[-1] = flat
                else:
                    joined.extend(_indented(self._headed("ON", on, room - len(_STEP))))
            lines.extend(joined)
        where = select.args.get("where")
        if where is not None:
            lines.extend(self._headed("WHERE", where.this, room))
        group = select.args.get("group")
        if group is not None:
            lines.extend(self._list("GROUP BY", group.expressions, room))
        settings = select.args.get("settings")
        if settings:
            first, *rest = self._filled(settings, room - len("SETTINGS "))
            lines.extend([f"SETTINGS {first}", *_indented(rest)])
        return lines

    def _source(self, word: str, source: exp.Expr, room: int) -> list[str]:
        if isinstance(source, exp.Alias):
            return self._headed(word, source, room)
        if not isinstance(source, exp.Subquery):
            flat = f"{word} {self.flat(source)}"
            return [flat] if len(flat) <= room else self._unpivoted(flat, source, room)
        inner = self.query(source.this, room - len(_STEP))
        return [f"{word} (", *_indented(inner), f") AS {self.flat(source.args['alias'].this)}"]

    def _unpivoted(self, flat: str, source: exp.Expr, room: int) -> list[str]:
        """``FROM flags UNPIVOT(held FOR segment IN (a, b))``, the columns below it."""
        items = [item for pivot in source.args.get("pivots") or () for item in pivot.args["fields"][0].expressions]
        end = ", ".join(map(self.flat, items)) + "))"
        if not items or not flat.endswith(end):
            return [flat]
        return [flat.removesuffix(end), *_indented(self._filled(items, room - len(_STEP))), "))"]

    def _list(self, word: str, items: list[exp.Expr], room: int) -> list[str]:
        flat = f"{word} " + ", ".join(self.flat(item) for item in items)
        if len(flat) <= room:
            return [flat]
        lines = [word]
        for index, item in enumerate(items):
            broken = self.scalar(item, room - len(_STEP) - 1)
            if index < len(items) - 1:
                broken[-1] += ","
            lines.extend(_indented(broken))
        return lines

    def _headed(self, word: str, node: exp.Expr, room: int) -> list[str]:
        """``WHERE a``, the lines of a broken chain standing under its first member."""
        lines = self.scalar(node, room - len(word) - 1)
        if isinstance(node, exp.And | exp.Or) and len(lines) > 1:
            return [f"{word} {lines[0]}", *_indented(lines[1:])]
        return [f"{word} {lines[0]}", *lines[1:]]

    # -- scalars --------------------------------------------------------------------------------------------------

    def scalar(self, node: exp.Expr, room: int) -> list[str]:
        room = max(room, _NARROWEST)
        flat = self.flat(node)
        if len(flat) <= room and "\n" not in flat:
            return [flat]
        inside = room - len(_STEP)
        match node:
            case exp.Alias(this=value):
                lines = self.scalar(value, room)
                return [*lines[:-1], f"{lines[-1]} AS {self.flat(node.args['alias'])}"]
            case exp.And() | exp.Or():
                word = "AND" if isinstance(node, exp.And) else "OR"
                return list(self._chain(node, word, room))
            case exp.Paren(this=value):
                return ["(", *_indented(self.scalar(value, inside)), ")"]
            case exp.Not(this=value):
                first, *rest = self.scalar(value, room - 4)
                return [f"NOT {first}", *rest]
            case exp.Case():
                return self._case(node, room)
            case exp.Introducer(
                this=aggregate,
                expression=exp.Introducer(expression=exp.Paren(this=exp.Introducer(expression=condition))),
            ):
                opening = self.scalar(aggregate, room)
                opening[-1] += " FILTER ("
                return [*opening, *_indented(self._headed("WHERE", condition, inside)), ")"]
            case exp.Introducer(this=left, expression=exp.Introducer(this=exp.Var(), expression=right)):
                # An operator that sqlglot has no node for.
                return self._operator(node, left, right, room)
            case exp.Coalesce() | exp.Nullif() | exp.Anonymous():
                name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
                args = node.expressions if isinstance(node, exp.Anonymous) else [node.this, *_rest(node)]
                return self._call(name, args, inside)
            case exp.Sum() | exp.Min() | exp.Max():
                return self._call(node.sql_name(), [node.this], inside)
            case exp.Window():
                return self._window(node, room)
            case exp.Distinct(expressions=[value]):
                first, *rest = self.scalar(value, room - 9)
                return [f"DISTINCT {first}", *rest]
            case exp.Extract(this=part, expression=value):
                return [f"EXTRACT({self.flat(part)} FROM", *_indented(self.scalar(value, inside)), ")"]
            case exp.Cast(this=value):
                word = flat[: flat.index("(")]
                lines = _indented(self.scalar(value, inside))
                return [f"{word}(", *lines[:-1], f"{lines[-1]} AS {self.flat(node.args['to'])}", ")"]
            case exp.In(expressions=items) if len(items) > 1:
                opening = self.scalar(node.this, inside)
                return [*opening[:-1], f"{opening[-1]} IN (", *_indented(self._filled(items, inside)), ")"]
            case exp.Binary(this=left, expression=right):
                return self._operator(node, left, right, room)
            case _:
                return [flat]

    def _chain(self, node: exp.Expr, word: str, room: int) -> Iterator[str]:
        for index, member in enumerate(_members(node)):
            first, *rest = self.scalar(member, room - len(word) - 1 - len(_STEP))
            yield f"{word} {first}" if index else first
            # What is left of a calculation stands under it, not beside the next member.
            yield from (
                _indented(rest) if isinstance(member, exp.Binary) and not isinstance(member, exp.Connector) else rest
            )

    def _case(self, node: exp.Case, room: int) -> list[str]:
        inside = room - len(_STEP)
        subject = node.args.get("this")
        lines = [f"CASE {self.flat(subject)}" if subject is not None else "CASE"]
        for branch in node.args["ifs"]:
            flat = f"WHEN {self.flat(branch.this)} THEN {self.flat(branch.args['true'])}"
            if len(flat) <= inside:
                lines.append(_STEP + flat)
                continue
            lines.extend(_indented(self._headed("WHEN", branch.this, inside)))
            lines.extend(_indented(_indented(self._headed("THEN", branch.args["true"], inside - len(_STEP)))))
        default = node.args.get("default")
        if default is not None:
            lines.extend(_indented(self._headed("ELSE", default, inside)))
        return [*lines, "END"]

    def _window(self, node: exp.Window, room: int) -> list[str]:
        inside = room - len(_STEP)
        order, spec = node.args.get("order"), node.args.get("spec")
        lines: list[str] = []
        if node.args.get("partition_by"):
            lines.extend(self._list("PARTITION BY", node.args["partition_by"], inside))
        if order is not None:
            lines.extend(self._list("ORDER BY", order.expressions, inside))
        if spec is not None:
            lines.append(self.flat(spec))
        opening = self.scalar(node.this, room)
        return [*opening[:-1], f"{opening[-1]} OVER (", *_indented(lines), ")"]

    def _call(self, name: str, args: list[exp.Expr], inside: int) -> list[str]:
        lines = [f"{name}("]
        for index, arg in enumerate(args):
            broken = self.scalar(arg, inside - 1)
            if index < len(args) - 1:
                broken[-1] += ","
            lines.extend(_indented(broken))
        return [*lines, ")"]

    def _operator(self, node: exp.Expr, left: exp.Expr, right: exp.Expr, room: int) -> list[str]:
        """The operator's own spelling is what stands between its operands in the flat text."""
        before, after = self.flat(left), self.flat(right)
        flat = self.flat(node)
        if not (flat.startswith(before) and flat.endswith(after)):
            return [flat]
        sign = flat[len(before) : len(flat) - len(after)].strip()
        lefts, rights = self.scalar(left, room), self.scalar(right, room - len(sign) - 1)
        if len(lefts) > 1 and len(f"{lefts[-1]} {sign} {rights[0]}") <= room:
            return [*lefts[:-1], f"{lefts[-1]} {sign} {rights[0]}", *rights[1:]]
        return [*lefts, f"{sign} {rights[0]}", *rights[1:]]

    def _filled(self, items: list[exp.Expr], room: int) -> list[str]:
        """Items side by side, as many to a line as fit."""
        lines = [""]
        for index, item in enumerate(items):
            piece = self.flat(item) + ("," if index < len(items) - 1 else "")
            if lines[-1] and len(lines[-1]) + 1 + len(piece) > room:
                lines.append("")
            lines[-1] += f" {piece}" if lines[-1] else piece
        return lines


def _rest(node: exp.Expr) -> list[exp.Expr]:
    other = node.args.get("expression")
    return [other] if other is not None else list(node.expressions)


def _terms(node: exp.Expr) -> list[exp.Expr]:
    """The SELECTs of a UNION ALL that leans to the left."""
    terms: list[exp.Expr] = []
    while isinstance(node, exp.Union):
        terms.append(node.expression)
        node = node.this
    terms.append(node)
    return terms[::-1]


def _members(node: exp.Expr) -> list[exp.Expr]:
    kind = type(node)
    members: list[exp.Expr] = []
    while type(node) is kind:
        members.append(node.expression)
        node = node.this
    members.append(node)
    return members[::-1]


def _indented(lines: list[str]) -> list[str]:
    return [_STEP + line for line in lines]
