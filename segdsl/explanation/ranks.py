"""Ranks in words: top and bottom, shares, ranks within groups, `rank` and `quantile`."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from segdsl.explanation import comparisons, rows, wording
from segdsl.explanation.speech import Clause, Noun, Scope, inline, leaves, lines
from segdsl.semantics import ir

if TYPE_CHECKING:
    from segdsl.explanation.speaker import Speaker

_FILLED = frozenset({"count", "sum", "distinct"})
_PARTS = {4: "quartile", 5: "quintile", 10: "decile", 100: "percentile group"}


def rank(speaker: Speaker, node: ir.Rank, scope: Scope, *, negated: bool) -> Clause:
    row, inside = ir.Row(0, scope.entity), _of_each(speaker, scope)
    value = _bare(speaker.value(node.value, inside).full(inside))
    amount = _amount(node.count, node.percent)
    _note(speaker, node.direction, node.count, node.percent, node.share, node.exactly)
    among = _among(speaker, node.among, node.value, inside)
    if node.among is None and not node.share:
        note_ties(speaker, node.value)
    people = _people(speaker)
    within = ""
    if node.per is not None:
        by = _bare(speaker.text(node.per, inside))
        speaker.state.notes.add("per", by=by, people=people)
        within = f" with the same {by}"
    not_ = "not " if negated else ""
    ties = _ties(speaker) if node.exactly else ""
    if node.share:
        crossing = f"whoever crosses {amount} is in"
        text = (
            f"{scope.be(row)} {not_}among the {node.direction} {people}{within} by {value} who together make up {amount} "
            f"of the total of all {people}{within}{_remarks(crossing, ties, among)}"
        )
        return _of(row, text, scope)
    which = f"the {node.direction} {amount} {_of_people(amount)}{people}{within}"
    text = f"{scope.be(row)} {not_}among {which} by {value}{_remarks(ties, among)}"
    return _of(row, text, scope)


def pair_rank(speaker: Speaker, node: ir.PairRank, scope: Scope, *, negated: bool) -> Clause:
    row, inside = ir.Row(0, scope.entity), _of_each(speaker, scope)
    value = rows.noun(speaker, node.aggregate, inside).full(inside)
    by = rows.unit_noun(speaker, node.by, node.aggregate.row, inside)
    entity, people = wording.humanised(scope.entity), _people(speaker)
    amount = _amount(node.count, node.percent)
    those = wording.plural(wording.humanised(node.aggregate.row.of))
    speaker.state.notes.add("pairs", by=by, people=people, rows=those, which=f"{node.direction} {amount}")
    _note(speaker, node.direction, node.count, node.percent, node.share, node.exactly)
    if node.by.optional:
        speaker.state.notes.add("pairs_optional", by=by, Rows=wording.capital(those))
    among = _among(speaker, node.among, node.aggregate, inside)
    having = ""
    if node.having is not None:
        group = replace(node.aggregate.row, grouped=True)
        about = inside.inside(group)
        about = replace(about, names={**about.names, group: "pair"}, by={**about.by, group: by})
        pairs = f"pairs of {wording.article(entity)} and {wording.article(by)}"
        having = f"only {pairs}{speaker.narrowed(node.having, about, True)} are ranked"
    ties = _ties(speaker) if node.exactly else ""
    not_ = "not " if negated else ""
    which = f"among the {node.direction} {amount} {_of_people(amount)}{people}"
    crossing = ""
    if node.share:
        which = f"among the {node.direction} {people} who together make up {amount} of the total"
        crossing = f"whoever crosses {amount} is in"
    narrowed = node.aggregate.where is not None or node.aggregate.period is not None
    of = ", within that" if narrowed else " of that"
    some = "for any" if negated else "for at least one"
    text = f"{scope.be(row)}, {some} {by}, {not_}{which} by {_bare(value)}{of} {by}{_remarks(crossing, ties, having, among)}"
    return _of(row, text, scope)


def rank_value(speaker: Speaker, node: ir.RankValue, scope: Scope) -> Noun:
    row, inside = ir.Row(0, scope.entity), _of_each(speaker, scope)
    value = _bare(speaker.value(node.value, inside).full(inside))
    among = _among(speaker, node.among, node.value, inside, noted=node.buckets is None)
    if node.among is None:
        note_ties(speaker, node.value)
    people = _people(speaker)
    key = wording.column(speaker.schema.entity.key)
    timed = node.value.type.is_time
    if node.buckets is None:
        speaker.state.notes.add("rank_value_exact" if node.exactly else "rank_value", people=people, key=key)
        text = f"rank by {value}"
        first = f"{'latest' if timed else 'largest'} first"
    else:
        part = _PARTS.get(node.buckets, f"part of {node.buckets}")
        speaker.state.notes.add(
            "quantile_exact" if node.exactly else "quantile",
            part=part,
            n=str(node.buckets),
            key=key,
            people=people,
        )
        speaker.state.notes.add("unranked", part=part, People=wording.capital(people))
        low, high = ("earliest", "latest") if timed else ("lowest", "highest")
        text = f"{part} by {value}"
        first = f"1 is the {low}, {node.buckets} the {high}"
    if node.per is not None:
        by = _bare(speaker.text(node.per, inside))
        speaker.state.notes.add("per", by=by, people=people)
        text += f", within each {by}"
    return Noun(text + _remarks(first, among), row)


# -- the parts ------------------------------------------------------------------------------------------------------


def _of(row: ir.Row, text: str, scope: Scope) -> Clause:
    if row == scope.here:
        return Clause("who", text, row)
    return Clause("full", f"{scope.subject(row)} {text}")


def _of_each(speaker: Speaker, scope: Scope) -> Scope:
    """What is ranked is read for each of those ranked."""
    return replace(speaker.entity_scope(), seen_from=scope.seen_from)


def _people(speaker: Speaker) -> str:
    return wording.plural(wording.humanised(speaker.schema.entity.name))


def _ties(speaker: Speaker) -> str:
    return f"if equal, the smaller {wording.column(speaker.schema.entity.key)} comes first"


def _remarks(*remarks: str) -> str:
    """What is said in brackets."""
    said = [remark for remark in remarks if remark]
    return f" ({'; '.join(said)})" if said else ""


def _bare(text: str) -> str:
    return text.removeprefix("their ")


def _amount(count: int | None, percent: Decimal | None) -> str:
    if count is not None:
        return f"{count:,}"
    assert percent is not None
    return wording.percent(percent)


def _of_people(amount: str) -> str:
    return "of " if amount.endswith("%") else ""


def _among(speaker: Speaker, among: ir.Expr | None, value: ir.Expr, inside: Scope, *, noted: bool = True) -> str:
    """Who is ranked at all, said behind what they are ranked by. ``noted``: what comes of not being ranked is to be said."""
    people = _people(speaker)
    if noted and (among is not None or value.optional):
        speaker.state.notes.add("ranked" if among is not None else "ranked_value", People=wording.capital(people))
    if among is None:
        return ""
    if isinstance(among, ir.Compare) and _core(among.left) == _core(value) and comparisons.is_fixed(among.right):
        # What is asked of them is asked of what they are ranked by.
        verb = comparisons.verb_of(among.operator, among.left)
        return f"only {people} for whom that {verb.format(speaker.text(among.right, inside))} are ranked"
    tree = speaker.tree(among, inside)
    text = inline(tree, inside, relative=True)
    if sum(1 for _ in leaves(tree)) <= 4 and len(text) <= 240:
        return f"only {people} {text} are ranked"
    letter = speaker.letter("said of those who are ranked", lines(tree, inside))
    return f"only {people} for whom {letter} holds are ranked"


def _core(expr: ir.Expr) -> ir.Expr:
    while isinstance(expr, ir.Convert | ir.InRange):
        expr = expr.value
    return expr


def _note(
    speaker: Speaker, direction: str, count: int | None, percent: Decimal | None, share: bool, exactly: bool
) -> None:
    top = direction == "top"
    words = {
        "which": direction,
        "more": "greater" if top else "smaller",
        "best": "largest" if top else "smallest",
        "key": wording.column(speaker.schema.entity.key),
        "entity": wording.humanised(speaker.schema.entity.name),
        "people": _people(speaker),
    }
    ending = "_exact" if exactly else ""
    if share:
        speaker.state.notes.add(f"top_share{ending}", p=_amount(None, percent), **words)
    elif count is not None:
        speaker.state.notes.add(f"top_count{ending}", n=f"{count:,}", **words)
    else:
        assert percent is not None
        speaker.state.notes.add(f"top_percent{ending}", p=_amount(None, percent), **words)


def note_ties(speaker: Speaker, value: ir.Expr) -> None:
    """Who has no rows may be ranked with 0."""
    while isinstance(value, ir.Use | ir.Convert):
        value = speaker.program.definitions[value.name].body if isinstance(value, ir.Use) else value.value
    if isinstance(value, ir.Aggregate) and value.function in _FILLED and value.row.depth == 1:
        people = _people(speaker)
        speaker.state.notes.add(
            "ties_at_zero",
            People=wording.capital(people),
            rows=wording.plural(wording.humanised(value.row.of)),
        )
