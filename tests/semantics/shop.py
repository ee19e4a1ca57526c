"""A small schema with one of everything, and short ways to resolve texts over it.

`show` writes a typed tree as one line, so that a test can state all of it: a field is its row, its path and its name
(``r1>order.total``: the row of depth 1, up to its parent; ``~`` to its group, ``.`` to a lookup), a call is its overload, a
conversion the type it makes, a group's row is ``group r1``, and whatever can be missing ends in ``?``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import assert_never

from segdsl.diagnostics import Diagnostic, Severity
from segdsl.limits import DEFAULT, Limits
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.semantics import ir
from segdsl.semantics.link import Namespace, link
from segdsl.semantics.model import build_model
from segdsl.semantics.resolve import resolve, resolve_condition, resolve_value
from segdsl.source import Source
from segdsl.syntax.parse import parse_condition, parse_file
from segdsl.types import BOOL, FLOAT, INT, Kind

TABLES: dict[str, object] = {
    "timezone": "Europe/Athens",
    "entity": {
        "name": "customer",
        "table": "customers",
        "key": "customer_id",
        "created": "created_at",
        "fields": {
            "customer_id": "int",
            "created_at": "timestamp",
            "email": "string?",
            "country": "string?",
            "city": "string",
            "birth_date": "date?",
            "joined_on": "date",
            "points": "int",
            "visits": "int?",
            "balance": "decimal(12,2)",
            "credit": "decimal(10,4)?",
            "score": "float?",
            "ratio": "float",
            "active": "bool",
            "consent": "bool?",
            "tags": "list(string)",
            "salary": {"type": "decimal(12,2)", "private": True},
            "tier": {"type": "string", "values": ["bronze", "silver", "gold"]},
            "size": {"type": "string?", "values": ["S", "M", "L"], "ordered": True},
            "other_size": {"type": "string", "values": ["S", "M", "L"], "ordered": True},
            "well_paid": {"type": "bool", "is": "salary > 50000"},
            "share": {"type": "decimal(6,4)", "is": "ratio / 3"},
            "region_id": "int?",
        },
    },
    "relations": {
        "order": {
            "table": "orders",
            "on": "customer_id",
            "key": "order_id",
            "time": "placed_at",
            "where": "status != 'cancelled'",
            "fields": {
                "order_id": "int",
                "placed_at": "timestamp",
                "status": {"type": "string", "values": ["paid", "shipped", "cancelled"]},
                "channel": "string?",
                "total": "decimal(12,2)",
                "weight": "float",
                "due": "date?",
                "points": "int",
                "note": {"type": "string", "private": True},
            },
        },
        "big_order": {"from": "order", "where": "total > 100"},
        "item": {
            "table": "items",
            "parent": "order",
            "on": "order_id",
            "key": "item_id",
            "fields": {
                "item_id": "int",
                "sku": "string",
                "quantity": "int",
                "price": "decimal(12,2)",
                "total": "decimal(12,2)",
                "amount": {"type": "decimal(12,2)", "is": "price * quantity"},
                "product_id": "int?",
                "size": {"type": "string", "values": ["S", "M", "L"], "ordered": True},
            },
        },
        "review": {
            "table": "reviews",
            "on": "customer_id",
            "key": "review_id",
            "time": "written_on",
            "fields": {"review_id": "int", "written_on": "date", "stars": "int?", "total": "int"},
        },
        "address": {"table": "addresses", "on": "customer_id", "fields": {"street": "string"}},
        "line": {
            "table": "lines",
            "on": "customer_id",
            "key": "line_id",
            "time": "at",
            "fields": {
                "line_id": "int",
                "at": "timestamp",
                "invoice": "string?",
                "amount": "decimal(10,2)",
                "units": "int",
            },
        },
        "basket": {
            "groups": "line",
            "by": ["invoice"],
            "time": "first_at",
            "fields": {
                "first_at": {"type": "timestamp", "is": "min(line.at)"},
                "worth": {"type": "decimal(12,2)", "is": "sum(line.amount)"},
                "units": {"type": "int", "is": "sum(line.units)"},
            },
        },
    },
    "lookups": {
        "region": {
            "of": "customer",
            "table": "regions",
            "on": "region_id",
            "fields": {"region_id": "int", "name": "string"},
        },
        "product": {
            "of": "item",
            "table": "products",
            "on": "product_id",
            "fields": {
                "product_id": "int",
                "category": {"type": "string", "values": ["shoes", "shirts"]},
                "title": "string",
                "maker_id": "int",
                "cost": {"type": "decimal(8,2)", "private": True},
            },
        },
        "maker": {
            "of": "product",
            "table": "makers",
            "on": "maker_id",
            "fields": {"maker_id": "int", "country": "string"},
        },
    },
    "traits": {"lifetime": {"type": "decimal(12,2)", "column": "ltv"}, "band": {"type": "string?", "column": "band"}},
}


def schema(**changes: object) -> Schema:
    return schema_from_dict({**TABLES, **changes})


SHOP = schema()


def linked(text: str, shop: Schema = SHOP, pack: str = "") -> tuple[Namespace, tuple[Diagnostic, ...]]:
    files = []
    for source, name in ((pack, "shop"), (text, None)):
        file, findings = parse_file(Source(f"{name or 'own'}.seg", source))
        assert findings == (), [finding.message for finding in findings]
        files.append((file, name))
    return link(files, shop)


def library(
    text: str,
    shop: Schema = SHOP,
    settings: Mapping[str, object] | None = None,
    limits: Limits = DEFAULT,
    pack: str = "",
) -> tuple[ir.Program, tuple[Diagnostic, ...]]:
    """The program of a text, and everything that was found."""
    namespace, unlinked = linked(text, shop, pack)
    model, unmodelled = build_model(shop, namespace.params, settings, limits)
    program, unresolved = resolve(namespace, model, settings, limits)
    return program, (*unlinked, *unmodelled, *unresolved)


def findings(text: str, definitions: str = "", shop: Schema = SHOP, limits: Limits = DEFAULT) -> tuple[Diagnostic, ...]:
    """What is found in a bare condition."""
    return _bare(text, definitions, shop, limits, True)[1]


def codes(text: str, definitions: str = "", shop: Schema = SHOP) -> list[str]:
    """The codes of its errors."""
    return [f.code for f in findings(text, definitions, shop) if f.severity is Severity.ERROR]


def only(text: str, definitions: str = "", shop: Schema = SHOP) -> Diagnostic:
    """Its one error."""
    errors = [f for f in findings(text, definitions, shop) if f.severity is Severity.ERROR]
    assert len(errors) == 1, [str(f) for f in errors]
    return errors[0]


def condition(text: str, definitions: str = "", shop: Schema = SHOP) -> ir.Expr:
    expr, found = _bare(text, definitions, shop, DEFAULT, True)
    assert expr is not None, [str(f) for f in found]
    return expr


def value(text: str, definitions: str = "", shop: Schema = SHOP) -> ir.Expr:
    expr, found = _bare(text, definitions, shop, DEFAULT, False)
    assert expr is not None, [str(f) for f in found]
    return expr


def _bare(
    text: str, definitions: str, shop: Schema, limits: Limits, is_condition: bool
) -> tuple[ir.Expr | None, tuple[Diagnostic, ...]]:
    namespace, unlinked = linked(definitions, shop)
    model, unmodelled = build_model(shop, namespace.params)
    program, unresolved = resolve(namespace, model)
    wrong = [f for f in (*unlinked, *unmodelled, *unresolved) if f.severity is Severity.ERROR]
    assert wrong == [], [str(f) for f in wrong]
    node, unparsed = parse_condition(Source("text", text))
    assert node is not None, [str(f) for f in unparsed]
    if is_condition:
        return resolve_condition(node, namespace, program, limits=limits)
    return resolve_value(node, namespace, program, limits=limits)


# -- a typed tree as one line -------------------------------------------------------------------------------------


def show(expr: ir.Expr) -> str:
    text = _show(expr)
    return text + "?" if expr.optional else text


def _show(expr: ir.Expr) -> str:
    match expr:
        case ir.Literal():
            return _literal(expr)
        case ir.Instant():
            return f"{'day ' if expr.type.kind is Kind.DATE else ''}[{moment(expr.moment)}]"
        case ir.FieldRef():
            return f"{_path(expr.row, expr.path)}.{expr.field.name}"
        case ir.TraitColumn():
            return f"{_path(expr.row, expr.path)}.column {expr.trait.name}"
        case ir.Use():
            return f"use {expr.name}"
        case ir.RowUse():
            return f"{_path(expr.row, expr.path)}.trait {expr.name}"
        case ir.Previous():
            return f"before {_row(expr.row)}: {show(expr.value)}"
        case ir.GroupValue():
            return f"{_row(expr.row)}'s own"
        case ir.Call():
            inside = [*(show(arg) for arg in expr.args), *(repr(option) for option in expr.options)]
            return f"{expr.overload}({', '.join(inside)})"
        case ir.Convert():
            name = "whole" if expr.type.kind is Kind.WHOLE else str(expr.type)
            return f"{name}<{show(expr.value)}>"
        case ir.InRange():
            return f"in_range({show(expr.value)})"
        case ir.If():
            rest = "" if expr.otherwise is None else f", {show(expr.otherwise)}"
            return f"if({show(expr.condition)}, {show(expr.then)}{rest})"
        case ir.Aggregate():
            of = f" {show(expr.value)}" if expr.value is not None else ""
            when = f" in {period(expr.period)}" if expr.period is not None else ""
            where = f" where {show(expr.where)}" if expr.where is not None else ""
            rest = "".join(
                f" {word} {show(part)}"
                for word, part in (("per", expr.per), ("having", expr.having))
                if part is not None
            )
            at = f" at {expr.percent}" if expr.percent is not None else f" step {expr.step}" if expr.step else ""
            return f"{expr.function}(r{expr.row.depth}={expr.row.of} of {_row(expr.outer)}{of}{at}{when}{where}{rest})"
        case ir.Follow():
            when = f" in {period(expr.period)}" if expr.period is not None else ""
            where = f" where {show(expr.where)}" if expr.where is not None else ""
            within = f" within {expr.within}" if expr.within is not None else ""
            word = "followed" if expr.forward else "preceded"
            return f"{_row(expr.row)} {word} by (r{expr.inner.depth}={expr.inner.of}{when}{where}){within}"
        case ir.Past():
            return f"({show(expr.value)}) as of [{moment(expr.moment)}]"
        case ir.Overall():
            return f"overall {show(expr.aggregate)}"
        case ir.Rank() | ir.PairRank():
            return _rank(expr)
        case ir.RankValue():
            name = "rank" if expr.buckets is None else f"quantile {expr.buckets}"
            exactly = " exactly" if expr.exactly else ""
            return f"{name}{exactly} by {show(expr.value)}{_narrowed(expr.per, None, expr.among)}"
        case ir.Compare():
            return f"{show(expr.left)} {expr.operator} {show(expr.right)}"
        case ir.Between():
            return f"{show(expr.value)}{_not(expr.negated)} between {show(expr.low)} and {show(expr.high)}"
        case ir.InList():
            return f"{show(expr.value)}{_not(expr.negated)} in {list(map(_constant, expr.items))}"
        case ir.InPeriod():
            return f"{show(expr.value)}{_not(expr.negated)} in {period(expr.period)}"
        case ir.Match():
            return f"{show(expr.value)}{_not(expr.negated)} {expr.word} {expr.needle!r}"
        case ir.ListHas():
            word = "all" if expr.every else "any"
            return f"{show(expr.value)}{_not(expr.negated)} has {word} {list(expr.items)}"
        case ir.Anniversary():
            return f"anniversary of {show(expr.value)}{_not(expr.negated)} in {period(expr.period)}"
        case ir.IsMissing():
            return f"{show(expr.value)} is {'present' if expr.negated else 'missing'}"
        case ir.NoRow():
            return f"{_path(expr.row, expr.path)} is {'present' if expr.negated else 'missing'}"
        case ir.Truth():
            return f"{'false' if expr.negated else 'true'}:{show(expr.value)}"
        case ir.All():
            return f"({' and '.join(show(item) for item in expr.items)})"
        case ir.Any():
            return f"({' or '.join(show(item) for item in expr.items)})"
        case ir.Not():
            return f"not {show(expr.item)}"
        case ir.Col() | ir.Bound():
            raise AssertionError("a planner's node")
        case _:
            assert_never(expr)


def _row(row: ir.Row) -> str:
    return f"group r{row.depth}" if row.grouped else f"r{row.depth}"


def _rank(expr: ir.Rank | ir.PairRank) -> str:
    size = str(expr.count) if expr.percent is None else f"{expr.percent}%"
    exactly = " exactly" if expr.exactly else ""
    head = f"{expr.direction} {size}{exactly} {'of' if expr.share else 'by'}"
    if isinstance(expr, ir.Rank):
        return f"{head} {show(expr.value)}{_narrowed(expr.per, None, expr.among)}"
    return f"{head} {show(expr.aggregate)}{_narrowed(expr.by, expr.having, expr.among)}"


def _narrowed(per: ir.Expr | None, having: ir.Expr | None, among: ir.Expr | None) -> str:
    parts = (("per", per), ("having", having), ("among", among))
    return "".join(f" {word} {show(part)}" for word, part in parts if part is not None)


def _not(negated: bool) -> str:
    return " not" if negated else ""


def _literal(literal: ir.Literal) -> str:
    if literal.value is None:
        return f"missing {literal.type}"
    suffix = "" if literal.type in (INT, BOOL, FLOAT) or literal.type.kind is not Kind.DECIMAL else f":{literal.type}"
    return _constant(literal.value) + suffix


def _constant(constant: ir.Constant) -> str:
    match constant:
        case datetime() | date():
            return constant.isoformat()
        case Decimal():
            return f"{constant}d"
        case bool() | int() | float():
            return str(constant)
        case _:
            return repr(constant)


def _path(row: ir.Row, path: ir.Path) -> str:
    marks = {"parent": ">", "group": "~", "lookup": "."}
    return _row(row) + "".join(f"{marks[step.kind]}{step.to}" for step in path)


def moment(when: ir.Moment) -> str:
    if isinstance(when.anchor, ir.Moment):
        anchor = f"({moment(when.anchor)})"
    else:
        anchor = when.anchor if isinstance(when.anchor, str) else when.anchor.isoformat()
    parts = [anchor, f"floor {when.floor}" if when.floor else ""]
    for name, amount in (("months", when.months), ("days", when.days), ("micros", when.micros)):
        if amount:
            parts.append(f"{amount:+d} {name}")
    return " ".join(part for part in parts if part)


def period(when: ir.Period) -> str:
    return f"[{moment(when.start)} .. {moment(when.end)}{' whole' if when.whole_days else ''})"
