"""A plan as text: what golden files hold, and what shows that a library reads each table once. Names, never counters."""

from __future__ import annotations

from typing import assert_never

from segdsl.planning.plan import Aggregation, Beyond, Plan, Stage, StageRef, Table, Union, Window
from segdsl.semantics import ir


def describe(plan: Plan) -> str:
    """The stages in order, one block each: what is read, joined, asked, grouped by, and the columns made."""
    return "\n\n".join(_stage(stage) for stage in (*plan.stages, plan.final)) + "\n"


def scans(plan: Plan) -> dict[str, int]:
    """How many stages read each physical table."""
    counts: dict[str, int] = {}
    for stage in (*plan.stages, plan.final):
        for found in (stage.input, *(join.input for join in stage.joins)):
            if isinstance(found.source, Table):
                counts[found.source.name] = counts.get(found.source.name, 0) + 1
    return dict(sorted(counts.items()))


def _stage(stage: Stage) -> str:
    lines = [f"{stage.name}: from {_source(stage.input.source)}"]
    for join in stage.joins:
        on = " and ".join(f"{scalar(mine)} = {join.input.alias}.{its}" for mine, its in join.on) or "every row"
        word = "join" if join.kind == "left" else "pair with"
        alias = "" if join.input.alias == _name(join.input.source) else f" as {join.input.alias}"
        lines.append(f"  {word} {_source(join.input.source)}{alias} on {on}")
    lines.extend(f"  where {scalar(part)}" for part in stage.where)
    if stage.by is not None:
        lines.append(f"  group by {', '.join(stage.by) or '()'}")
    for column in stage.columns:
        lines.append(f"  {column.name}: {_value(column.value)}")
    return "\n".join(lines)


def _name(source: Table | StageRef | Union) -> str:
    match source:
        case Table(name=name):
            return name
        case StageRef(stage=stage):
            return stage
        case Union(stages=stages):
            return " and ".join(stages)
        case _:
            assert_never(source)


def _source(source: Table | StageRef | Union) -> str:
    return f"table {source.name}" if isinstance(source, Table) else _name(source)


def _value(value: ir.Expr | Aggregation | Window | Beyond) -> str:
    match value:
        case Aggregation():
            return _aggregation(value)
        case Window():
            return _window(value)
        case Beyond():
            return _beyond(value)
        case _:
            return scalar(value)


def _window(value: Window) -> str:
    inner = "" if value.value is None else f" {scalar(value.value)}"
    per = f" per {', '.join(scalar(part) for part in value.partition)}" if value.partition else ""
    order = ", ".join(f"{scalar(part)}{' descending' if descending else ''}" for part, descending in value.order)
    kept = "" if value.filter is None else f" where {scalar(value.filter)}"
    return f"{value.function}{inner}{per} by {order}{kept}"


def _beyond(value: Beyond) -> str:
    on = " and ".join(f"{scalar(mine)} = {value.stage}.{its}" for mine, its in value.on)
    word = "later than" if value.later else "earlier than"
    return f"{value.function} {value.stage}.{value.value} {word} {scalar(value.time)} on {on}"


def _aggregation(value: Aggregation) -> str:
    inner = "" if value.value is None else f" {scalar(value.value)}"
    if value.percent is not None:
        inner += f", {value.percent}%"
    if value.place is not None:
        at = value.place
        amount = str(at.count) if at.count else f"{at.share}/{at.whole}"
        inner += f" at {amount} from the {'greatest' if at.descending else 'least'}"
    order = f" by {', '.join(scalar(part) for part in value.order)}" if value.order else ""
    kept = "" if value.filter is None else f" where {scalar(value.filter)}"
    return f"{value.function}{inner}{order}{kept}"


def moment(value: ir.Moment) -> str:
    """``as_of - 30 days``, ``month of as_of - 3 months``."""
    if isinstance(value.anchor, ir.Moment):
        text = f"({moment(value.anchor)})"
    else:
        text = value.anchor if isinstance(value.anchor, str) else value.anchor.isoformat()
    if value.floor:
        text = f"{value.floor} of {text}"
    for amount, unit in ((value.months, "months"), (value.days, "calendar days")):
        if amount:
            text += f" {'+' if amount > 0 else '-'} {abs(amount)} {unit}"
    if value.micros:
        sign = "+" if value.micros > 0 else "-"
        size = abs(value.micros)
        for length, unit in ((86_400_000_000, "days"), (3_600_000_000, "hours"), (1_000_000, "seconds")):
            if size % length == 0:
                return f"{text} {sign} {size // length} {unit}"
        text += f" {sign} {size} microseconds"
    return text


def scalar(expr: ir.Expr) -> str:
    """An expression over columns, for people."""
    match expr:
        case ir.Col(input=source, name=name):
            return f"{source}.{name}" if source else name
        case ir.Literal(value=value):
            return "missing" if value is None else _constant(value)
        case ir.Instant(moment=at):
            return f"day({moment(at)})" if expr.type.kind.value == "date" else f"({moment(at)})"
        case ir.Call(function=function, overload=overload, args=args, options=options):
            if function in ("+", "-", "*", "/") and len(args) == 2:
                return f"({scalar(args[0])} {function} {scalar(args[1])})"
            shown = [*(scalar(arg) for arg in args), *(repr(option) for option in options)]
            return f"{function if function not in ('+', '-') else overload}({', '.join(shown)})"
        case ir.Convert(value=value):
            return f"({scalar(value)} as {expr.type.kind.value if expr.type.kind.value == 'whole' else expr.type})"
        case ir.InRange(value=value):
            return f"in_range({scalar(value)})"
        case ir.If(condition=condition, then=then, otherwise=otherwise):
            tail = "" if otherwise is None else f", {scalar(otherwise)}"
            return f"if({scalar(condition)}, {scalar(then)}{tail})"
        case ir.Compare(operator=operator, left=left, right=right):
            return f"{scalar(left)} {operator} {scalar(right)}"
        case ir.InList(value=value, items=items, negated=negated):
            shown_items = ", ".join(_constant(item) for item in items)
            return f"{scalar(value)} {'not ' if negated else ''}in ({shown_items})"
        case ir.InPeriod(value=value, period=period, negated=negated):
            word = "not in" if negated else "in"
            return f"{scalar(value)} {word} [{moment(period.start)}, {moment(period.end)})"
        case ir.Bound(value=value, side=side, moment=at):
            return f"{scalar(value)} {'>=' if side == 'from' else '<'} {moment(at)}"
        case ir.Match(word=word, value=value, needle=needle, negated=negated):
            return f"{scalar(value)} {'not ' if negated else ''}{word} {_constant(needle)}"
        case ir.ListHas(value=value, items=labels, every=every, negated=negated):
            shown_labels = ", ".join(_constant(label) for label in labels)
            return f"{scalar(value)} {'not ' if negated else ''}contains {'all' if every else 'any'} ({shown_labels})"
        case ir.Anniversary(value=value, period=period, negated=negated):
            word = "not in" if negated else "in"
            return f"anniversary({scalar(value)}) {word} [{moment(period.start)}, {moment(period.end)})"
        case ir.IsMissing(value=value, negated=negated):
            return f"{scalar(value)} is {'present' if negated else 'missing'}"
        case ir.Truth(value=value, negated=negated):
            return f"{'false' if negated else 'true'}({scalar(value)})"
        case ir.All(items=parts):
            return "(" + " and ".join(scalar(part) for part in parts) + ")" if parts else "true"
        case ir.Any(items=parts):
            return "(" + " or ".join(scalar(part) for part in parts) + ")" if parts else "false"
        case ir.Not(item=item):
            return f"not {scalar(item)}"
        case _:
            raise AssertionError(f"a plan has no {type(expr).__name__}")


def _constant(value: ir.Constant) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
