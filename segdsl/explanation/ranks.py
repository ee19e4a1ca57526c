"""Ranks in words: top and bottom, shares, ranks within groups, `rank` and `quantile`."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from segdsl.explanation import rows, wording
from segdsl.explanation.speech import Clause, Noun, Scope
from segdsl.semantics import ir

if TYPE_CHECKING:
    from segdsl.explanation.speaker import Speaker

_FILLED = frozenset({"count", "sum", "distinct"})
_PARTS = {2: "half", 3: "third", 4: "quarter", 5: "fifth", 10: "tenth"}


def rank(speaker: Speaker, node: ir.Rank, scope: Scope, *, negated: bool) -> Clause:
    row, inside = ir.Row(0, scope.entity), _of_each(speaker, scope)
    value = speaker.value(node.value, inside).full(inside)
    amount = _amount(node.count, node.percent)
    _note(speaker, node.direction, node.count, node.percent, node.share, node.exactly)
    among = _among(speaker, node.among, inside)
    if among == "" and not node.share:
        note_ties(speaker, node.value)
    within = ""
    if node.per is not None:
        by = speaker.text(node.per, inside)
        speaker.state.notes.add("per", by=_bare(by))
        within = f" with the same {_bare(by)}"
    not_ = "not " if negated else ""
    ties = _TIES if node.exactly else ""
    if node.share:
        people = wording.plural(wording.humanised(scope.entity))
        text = (
            f"{scope.be(row)} {not_}among the {node.direction} {people}{within} by {_bare(value)}{ties} who together make up "
            f"{amount} of the total{among}"
        )
        return _of(row, text, scope)
    people = wording.plural(wording.humanised(scope.entity))
    text = f"{scope.be(row)} {not_}in the {node.direction} {amount} of {people}{within} by {_bare(value)}{ties}{among}"
    return _of(row, text, scope)


_TIES = " (ties broken by the key)"


def pair_rank(speaker: Speaker, node: ir.PairRank, scope: Scope, *, negated: bool) -> Clause:
    row, inside = ir.Row(0, scope.entity), _of_each(speaker, scope)
    value = rows.noun(speaker, node.aggregate, inside).full(inside)
    by = rows.unit_noun(speaker, node.by, node.aggregate.row, inside)
    entity = wording.humanised(scope.entity)
    amount = _amount(node.count, node.percent)
    speaker.state.notes.add("pairs", by=by, entity=entity, which=f"{node.direction} {amount}")
    _note(speaker, node.direction, node.count, node.percent, node.share, node.exactly)
    if node.by.optional:
        speaker.state.notes.add("groups")
    among = _among(speaker, node.among, inside)
    having = ""
    if node.having is not None:
        group = replace(node.aggregate.row, grouped=True)
        about = inside.inside(group)
        about = replace(about, names={**about.names, group: "pair"}, by={**about.by, group: by})
        pairs = f"pairs of {wording.article(entity)} and {wording.article(by)}"
        having = f", counting only {pairs}{speaker.narrowed(node.having, about, True)}"
    people = wording.plural(entity)
    ties = _TIES if node.exactly else ""
    not_ = "not " if negated else ""
    which = f"in the {node.direction} {amount} of {people}"
    if node.share:
        which = f"among the {node.direction} {people} who together make up {amount}"
    some = "for any" if negated else "for at least one"
    text = f"{scope.be(row)}, {some} {by}, {not_}{which} by {_bare(value)} with that {by}{ties}{having}{among}"
    return _of(row, text, scope)


def rank_value(speaker: Speaker, node: ir.RankValue, scope: Scope) -> Noun:
    row, inside = ir.Row(0, scope.entity), _of_each(speaker, scope)
    value = _bare(speaker.value(node.value, inside).full(inside))
    among = _among(speaker, node.among, inside)
    if among == "":
        note_ties(speaker, node.value)
    else:
        among = f" ({among.removeprefix(', ')})"
    key = speaker.schema.entity.key
    if node.buckets is None:
        speaker.state.notes.add(
            "rank_value_exact" if node.exactly else "rank_value", **({"key": key} if node.exactly else {})
        )
        text = f"rank by {value} (greatest first)"
    else:
        words = {"n": str(node.buckets), **({"key": key} if node.exactly else {})}
        speaker.state.notes.add("quantile_exact" if node.exactly else "quantile", **words)
        part = _PARTS.get(node.buckets, f"part of {node.buckets}")
        text = f"{part} (1 for the smallest to {node.buckets} for the greatest) by {value}"
    if node.per is not None:
        by = _bare(speaker.text(node.per, inside))
        speaker.state.notes.add("per", by=by)
        text += f", within each {by}"
    return Noun(text + among, row)


# -- the parts ------------------------------------------------------------------------------------------------------


def _of(row: ir.Row, text: str, scope: Scope) -> Clause:
    if row == scope.here:
        return Clause("who", text, row)
    return Clause("full", f"{scope.subject(row)} {text}")


def _of_each(speaker: Speaker, scope: Scope) -> Scope:
    """What is ranked is read for each of those ranked."""
    return replace(speaker.entity_scope(), seen_from=scope.seen_from)


def _bare(text: str) -> str:
    return text.removeprefix("their ")


def _amount(count: int | None, percent: Decimal | None) -> str:
    if count is not None:
        return f"{count:,}"
    assert percent is not None
    return wording.percent(percent)


def _among(speaker: Speaker, among: ir.Expr | None, inside: Scope) -> str:
    if among is None:
        speaker.state.notes.add("ranked", among="")
        return ""
    speaker.state.notes.add("ranked", among=", meets what stands behind “counting only those”,")
    tree = speaker.tree(among, inside)
    from segdsl.explanation.speech import inline, leaves, lines

    text = inline(tree, inside, relative=True)
    if sum(1 for _ in leaves(tree)) <= 4 and len(text) <= 240:
        return f", counting only those {text}"
    letter = speaker.letter("said of those who are ranked", lines(tree, inside))
    return f", counting only those for whom {letter} holds"


def _note(
    speaker: Speaker, direction: str, count: int | None, percent: Decimal | None, share: bool, exactly: bool
) -> None:
    more = "greater" if direction == "top" else "smaller"
    key = speaker.schema.entity.key
    ending = "_exact" if exactly else ""
    if share:
        speaker.state.notes.add(f"top_share{ending}", p=_amount(None, percent), more=more, key=key)
    elif count is not None:
        speaker.state.notes.add(f"top_count{ending}", n=f"{count:,}", more=more, key=key)
    else:
        assert percent is not None
        n = wording.number(percent)
        speaker.state.notes.add(f"top_percent{ending}", p=_amount(None, percent), n=n, more=more, key=key)


def note_ties(speaker: Speaker, value: ir.Expr) -> None:
    """Who has no rows may be ranked with 0."""
    while isinstance(value, ir.Use | ir.Convert):
        value = speaker.program.definitions[value.name].body if isinstance(value, ir.Use) else value.value
    if isinstance(value, ir.Aggregate) and value.function in _FILLED and value.row.depth == 1:
        speaker.state.notes.add("ties_at_zero")
