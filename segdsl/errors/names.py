"""Names and definitions (SEG2xx): what a name stands for, who defines it, and who may read it.

Constructors take names and places, never nodes. A hint offers the nearest known name; the callers see to it that
fields which no text may read are not among the known ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from segdsl.diagnostics import Diagnostic, Edit, Fix, Related, Rule, Severity
from segdsl.display.english import listed, named
from segdsl.source import NOWHERE, Span
from segdsl.types import Type


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like a name, if one does."""
    from difflib import get_close_matches

    spelled = {other.casefold(): other for other in sorted(set(known), reverse=True)}
    close = get_close_matches(name.casefold(), sorted(spelled), n=1, cutoff=0.65)
    return spelled[close[0]] if close else None


def _replaced(span: Span, name: str) -> Fix:
    return Fix(f"write `{name}`", (Edit(span, name),))


UNKNOWN_NAME = Rule(
    "SEG201",
    "unknown-name",
    "a name that nothing here has",
    "The name is no field that can be read in this place, and no parameter, trait or segment of the library. Names are "
    "the schema's and the library's; nothing else can be reached. In a condition over a row, a name is the row's own "
    "field, else its parent's, and so on up to the entity, else a definition's.",
    bad="ordrs >= 1",
    good="orders >= 1",
)


def unknown_name(span: Span, name: str, known: Iterable[str], where: str | None = None) -> Diagnostic:
    place = f"`{where}` has" if where else "there is"
    close = nearest(name, known)
    message = f"{place} no field `{name}`" if where else f"nothing is called `{name}`"
    said = time_in_words(name) if where is None else None
    if said is not None:
        return UNKNOWN_NAME.at(span, message, said)
    if close is None:
        fields = sorted(set(known)) if where else []
        hint = "check how it is spelled, or define it: `trait NAME = …`"
        if where:
            hint = f"it has {named(fields)}" if 0 < len(fields) <= 20 else "the schema can declare one"
        return UNKNOWN_NAME.at(span, message, hint)
    return UNKNOWN_NAME.at(span, message, f"did you mean `{close}`?", _replaced(span, close))


_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_TIMES = {
    "yesterday": "write `1 day ago` for the instant, `today - 1 day` for the date",
    "tomorrow": "write `today + 1 day`",
} | {
    name: f"write `month(FIELD) = {number}` for that month of every year, or its days: `in 2026-{number:02}-01 to 2026-{number:02}-{last}`"
    for number, (name, last) in enumerate(
        zip(_MONTHS, (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), strict=True), 1
    )
}
"""Words for times that people reach for, and how the language says them."""


def time_in_words(name: str) -> str | None:
    """How the language says `yesterday`, or the name of a month."""
    return _TIMES.get(name.casefold())


def unquoted_text(span: Span, name: str, values: Sequence[str] | None, known: Iterable[str]) -> Diagnostic:
    """A word that nothing has, compared with a text; ``values``: the closed list that the text is of."""
    text = name if values is None or name in values else nearest(name, values) or name
    close = None if values is not None and text in values else nearest(name, known)
    hint = f'a text stands in quotes: "{text}"'
    if close is not None:
        hint, fix = f"did you mean `{close}`? {hint[0].upper()}{hint[1:]}", _replaced(span, close)
    else:
        fix = Fix(hint, (Edit(span, f'"{text}"'),))
    return UNKNOWN_NAME.at(span, f"nothing is called `{name}`", hint, fix)


def aggregate_with_dot(span: Span, function: str, name: str, field: str | None, whole: bool) -> Diagnostic:
    """``order.count``; ``whole``: is that all that has to be written?"""
    written = f"{function}({name})" if field is None else f"{function}({name}.{field})"
    message = f"`{function}` stands before what it is made of, and that in brackets"
    return UNKNOWN_NAME.at(span, message, f"write `{written}`", _replaced(span, written) if whole else None)


def field_of_relation(
    span: Span, name: str, relation: str, functions: Sequence[str] = (), condition: str | None = None
) -> Diagnostic:
    return UNKNOWN_NAME.at(
        span,
        f"`{name}` is a field of each `{relation}`, and there may be many of them",
        _of_many(relation, name, functions, condition),
    )


def _of_many(relation: str, field: str, functions: Sequence[str], condition: str | None) -> str:
    hint = f"write `any({relation} where {condition or f'{field} …'})`"
    one = ", ".join(f"`{function}({relation}.{field})`" for function in functions)
    return f"{hint}, or make one of them: {one}" if one else hint


def field_of_lookup(span: Span, name: str, lookup: str, paths: Sequence[str]) -> Diagnostic:
    """A field that a lookup of the row has; ``paths``: what to write instead."""
    offered = " or ".join(f"`{path}`" for path in paths)
    fix = _replaced(span, paths[0]) if len(paths) == 1 else None
    message = f"nothing is called `{name}`: it is a field of the lookup `{lookup}`"
    if len(paths) > 1:
        message = f"nothing is called `{name}`: it is a field of several lookups"
    return UNKNOWN_NAME.at(span, message, f"write {offered}", fix)


def lookup_as_relation(
    span: Span, function: str, name: str, of: str, path: str, relation: str | None, field: str
) -> Diagnostic:
    """``any(product where …)``; ``path``: the way to the lookup from a row of ``relation``, or from the entity."""
    condition = f"{path}.{field} …"
    written = f"{function}({relation} where {condition})" if relation is not None else condition
    return UNKNOWN_NAME.at(
        span, f"`{name}` is a lookup of `{of}`, one row at most for each, and no relation", f"write `{written}`"
    )


def unknown_relation(span: Span, name: str, relations: Iterable[str]) -> Diagnostic:
    known = sorted(relations)
    close = nearest(name, known)
    if close is not None:
        return UNKNOWN_NAME.at(
            span, f"there is no relation `{name}`", f"did you mean `{close}`?", _replaced(span, close)
        )
    hint = f"the relations are {named(known)}" if known else "the schema declares no relations"
    return UNKNOWN_NAME.at(span, f"there is no relation `{name}`", hint)


def field_above(span: Span, relation: str, owner: str, field: str) -> Diagnostic:
    """``last(order.state)``, where the state is the customer's"""
    return UNKNOWN_NAME.at(
        span,
        f"`{relation}` has no field `{field}`: `{owner}` has",
        f"behind `where` read `{owner}.{field}`; in a value give it to each `{relation}`: `trait {relation}.{field} = {owner}.{field}`",
    )


def called_otherwise(span: Span, name: str, entity: str) -> Diagnostic:
    """``customer.spent``, where the schema's entity is no customer"""
    return UNKNOWN_NAME.at(
        span,
        f"there is no `{name}` here: who is asked about is called `{entity}`",
        f"write `{entity}`",
        _replaced(span, entity),
    )


def unknown_case(span: Span, name: str, tiers: str, cases: Sequence[str]) -> Diagnostic:
    """``support_tier.gould``"""
    close = nearest(name, cases)
    message = f"the tiers `{tiers}` have no case `{name}`"
    if close is None:
        return UNKNOWN_NAME.at(span, message, f"they are {named(list(cases))}" if cases else None)
    return UNKNOWN_NAME.at(span, message, f"did you mean `{close}`?", _replaced(span, close))


def no_cases(span: Span, name: str) -> Diagnostic:
    """``vip.gold``, where `vip` is a segment"""
    return UNKNOWN_NAME.at(
        span, f"`{name}` has no cases that could stand behind a dot: only `tiers` have", f"write `{name}`"
    )


def unit_of_group(span: Span, name: str, written: str) -> Diagnostic:
    """``any(order per month having any(review where written_on > month))``"""
    message = f"`{name}` is what the groups around were made by, and of a row within them it says nothing"
    return UNKNOWN_NAME.at(span, message, f"write `{written}`", _replaced(span, written))


def only_a_start(span: Span, name: str, kind: str, fields: Iterable[str], key: Sequence[str] = ()) -> Diagnostic:
    """``key``: the fields that tell its rows apart; a single one is most likely what is meant."""
    known = sorted(fields)
    likely = key[0] if len(key) == 1 and key[0] in known else known[0] if known else None
    hint = "name one of its fields" if likely is None else f"name one of its fields, such as `{name}.{likely}`"
    return UNKNOWN_NAME.at(span, f"`{name}` is {kind}, not a value", hint)


def lookup_needs_row(span: Span, name: str, way: str, field: str, owner: str, rows: str | None) -> Diagnostic:
    """``way`` leads to it from the ``rows`` of a relation, or from the entity."""
    return UNKNOWN_NAME.at(
        span,
        f"`{name}` is a lookup of `{owner}`, and no `{owner}` is spoken of here",
        f"write `{way}.{field}`" if rows is None else f"ask its rows: `any({rows} where {way}.{field} …)`",
    )


AMBIGUOUS_NAME = Rule(
    "SEG202",
    "ambiguous-name",
    "a name that means two things at once",
    "Two rows at the same distance, such as a row's parent and the group that the row is in, both have a field of this "
    "name. Say whose is meant by writing the owner's name and a dot before it.",
    bad="any(line where total > 5)",
    good="any(line where order.total > 5)",
)


def ambiguous_name(span: Span, name: str, owners: Sequence[str]) -> Diagnostic:
    offered = [f"`{owner}.{name}`" for owner in owners]
    return AMBIGUOUS_NAME.at(
        span, f"`{name}` could be {' or '.join(offered)}: both are as near", f"write {' or '.join(offered)}"
    )


DUPLICATE = Rule(
    "SEG204",
    "duplicate-definition",
    "two definitions of one name",
    "All definitions of a library share one namespace, whatever their files and their order. Rename one of the two, or "
    "remove it.",
    bad="trait spent = sum(order.total)\ntrait spent = count(order)",
    good="trait spent = sum(order.total)\ntrait bought = count(order)",
)


def duplicate(span: Span, name: str, first: Span) -> Diagnostic:
    return DUPLICATE.at(
        span,
        f"`{name}` is defined twice",
        "rename one of the two, or remove it",
        related=(Related(first, "the other definition is here"),),
    )


def duplicate_case(span: Span, name: str, first: Span) -> Diagnostic:
    return DUPLICATE.at(
        span,
        f"the tiers have two cases called `{name}`",
        "give each case a name of its own; several conditions of one are joined by `or`",
        related=(Related(first, "the other case is here"),),
    )


def duplicate_argument(span: Span, name: str) -> Diagnostic:
    return DUPLICATE.at(span, f"the trait has two arguments called `{name}`", "rename one of the two")


NEEDS_OVERRIDE = Rule(
    "SEG205",
    "needs-override",
    "a definition that would replace a pack's",
    "A pack that the project includes defines this name already. To replace the pack's definition, write `override` "
    "before yours; everything in the pack that uses the name then uses yours.",
    bad="param lapse = 60 days",
    good="override param lapse = 60 days",
)


def needs_override(span: Span, name: str, pack: str, first: Span) -> Diagnostic:
    start = Span(span.source, span.start, span.start)
    return NEEDS_OVERRIDE.at(
        span,
        f"the pack `{pack}` defines `{name}` already",
        "write `override` before the definition to replace the pack's",
        Fix("write `override` before it", (Edit(start, "override "),)),
        (Related(first, "the pack's definition is here"),),
    )


OVERRIDES_NOTHING = Rule(
    "SEG206",
    "overrides-nothing",
    "an `override` of a name that no pack defines",
    "`override` replaces a pack's definition of the same name. No pack that the project includes has one: the name may "
    "be misspelt, or the pack not be included.",
    bad="override param lapze = 60 days",
    good="override param lapse = 60 days",
)


def overrides_nothing(span: Span, name: str, known: Iterable[str]) -> Diagnostic:
    close = nearest(name, known)
    hint = f"did you mean `{close}`?" if close else "remove `override`, or include the pack that defines it"
    return OVERRIDES_NOTHING.at(span, f"no pack defines `{name}`, so there is nothing to override", hint)


NAME_TAKEN = Rule(
    "SEG207",
    "definition-name-taken",
    "a definition whose name means something already",
    "A definition may not share its name with a field of the entity, the entity itself, a relation, a lookup, a "
    "function, an aggregate or a reserved word: texts that use the name would no longer say which is meant.",
    bad="trait country = last(order.channel)",
    good="trait last_channel = last(order.channel)",
)


def name_taken(span: Span, name: str, taken_by: str) -> Diagnostic:
    return NAME_TAKEN.at(span, f"`{name}` is already {taken_by}", "choose another name")


def shadows_field(span: Span, name: str, relation: str, taken_by: str) -> Diagnostic:
    """``trait order.total = …``"""
    return NAME_TAKEN.at(span, f"each `{relation}` has {taken_by} `{name}` already", "choose another name")


def trait_of_what(span: Span, name: str, owner: str, entity: str, relations: Iterable[str]) -> Diagnostic:
    """``trait product.margin = …``, where that is no relation."""
    if owner == entity:
        return UNKNOWN_NAME.at(
            span, f"a trait of the {entity} goes by its name alone", f"write `trait {name}`", _replaced(span, name)
        )
    return unknown_relation(span, owner, relations)


def trait_with_arguments(span: Span, name: str, owner: str) -> Diagnostic:
    return ARGUMENT_COUNT.at(
        span,
        f"`{owner}.{name}` is a trait of each `{owner}`, and is used like a field: it takes no arguments",
        f"leave out its arguments, or `{owner}.` before its name",
    )


CYCLE = Rule(
    "SEG208",
    "cycle",
    "something that depends on itself",
    "Following what the definition uses leads back to it, so it would never end. The message shows the whole circle; "
    "one of its steps has to go.",
    bad="trait a = b + 1\ntrait b = a + 1",
    good="trait a = orders + 1\ntrait b = a + 1",
)


def cycle(span: Span, names: Sequence[str], related: tuple[Related, ...] = ()) -> Diagnostic:
    circle = " → ".join(f"`{name}`" for name in names)
    if len(names) == 2:
        return CYCLE.at(span, f"`{names[0]}` depends on itself: {circle}", "write it without its own name")
    return CYCLE.at(
        span, f"`{names[0]}` depends on itself: {circle}", "write one of them without the next", related=related
    )


NOT_AVAILABLE = Rule(
    "SEG209",
    "not-available",
    "a part of the language that this version does not have",
    "The construct belongs to the language, and this version of segdsl reads it without being able to evaluate it.",
    bad="any(big_order per channel having any(item where price > 5))",
    good="any(order per channel having sum(total) > 500)",
)


def not_available(span: Span, what: str, hint: str | None = None) -> Diagnostic:
    return NOT_AVAILABLE.at(span, f"{what}: not available in this version", hint)


def several_parents(span: Span, relation: str, parent: str) -> Diagnostic:
    return NOT_AVAILABLE.at(
        span,
        f"a `{relation}` may belong to several rows of `{parent}`, because its join does not cover the key of "
        f"`{parent}`, so which of them is meant cannot be said",
        f"join `{relation}` by the key of `{parent}` in the schema, or give `{parent}` the key that it is joined by",
    )


ASKED_AROUND = "asking here for what belongs to a row around it"
COUNTED_ONCE = "counting it once for each of them"


def several_around(span: Span, relation: str, parent: str, keyless: str | None, what: str) -> Diagnostic:
    """``what`` then cannot be done."""
    hint = f"join `{relation}` by the key of `{parent}`"
    return not_available(
        span,
        f"a `{relation}` may belong to several rows of `{parent}`, because its join does not cover the key of "
        f"`{parent}`; {what}",
        hint if keyless is None else f"{hint}, or give `{keyless}` a key in the schema",
    )


BARE_RELATION = Rule(
    "SEG210",
    "bare-relation",
    "many rows where one value is needed",
    "A relation stands for many rows. A condition needs a number of them, or one value made of theirs: count them, ask "
    "whether there is any, or take a sum, an average, the smallest, the greatest, the first or the last.",
    bad="order.total > 100",
    good="any(order where total > 100)",
)


def bare_relation(
    span: Span, name: str, field: str | None, functions: Sequence[str] = (), condition: str | None = None
) -> Diagnostic:
    if field is None:
        return BARE_RELATION.at(
            span,
            f"`{name}` stands for many rows, not for one value",
            f"write `any({name})` for whether there is one, or `count({name})` for how many",
        )
    return BARE_RELATION.at(
        span, f"`{name}.{field}` is many values, one for each `{name}`", _of_many(name, field, functions, condition)
    )


def missing_rows(span: Span, name: str, negated: bool) -> Diagnostic:
    """``item is missing``"""
    written = f"{'any' if negated else 'none'}({name})"
    return BARE_RELATION.at(
        span,
        f"`{name}` stands for many rows, not for one value",
        f"write `{written}` for whether there is {'one' if negated else 'none'}",
        _replaced(span, written),
    )


_MOST_OWNERS = 6
"""So many relations are offered in a hint."""

AGGREGATE_OF_WHAT = Rule(
    "SEG211",
    "aggregate-of-what",
    "an aggregate that does not say of which rows",
    "What an aggregate takes together are the rows of one relation. They are named by the relation: `count(order)`, "
    "`sum(order.total)`. A field alone does not say whose it is.",
    bad="sum(total) > 100",
    good="sum(order.total) > 100",
)


def aggregate_of_what(span: Span, function: str, name: str | None, owners: Sequence[str]) -> Diagnostic:
    message = f"`{function}` does not say of which rows"
    if name is not None and owners:
        offered = f"{owners[0]}.{name}"
        if len(owners) > 1:
            choices = listed([f"`{function}({owner}.{name})`" for owner in owners[:_MOST_OWNERS]], "or")
            return AGGREGATE_OF_WHAT.at(span, message, f"say of which: {choices}")
        return AGGREGATE_OF_WHAT.at(
            span, message, f"write `{function}({offered})`", _replaced(span, offered) if span.text == name else None
        )
    return AGGREGATE_OF_WHAT.at(span, message, f"name the relation: `{function}(RELATION.FIELD)`")


def aggregate_of_relation(span: Span, function: str, relation: str, fields: Iterable[str]) -> Diagnostic:
    """``fields``: those that the function takes."""
    known = sorted(fields)
    rows = f"`count({relation})` counts the rows"
    return AGGREGATE_OF_WHAT.at(
        span,
        f"`{function}` needs a value of each `{relation}`",
        f"name a field: `{function}({relation}.{known[0]})`; {rows}" if known else rows,
    )


def aggregate_of_entity(span: Span, function: str, entity: str) -> Diagnostic:
    return AGGREGATE_OF_WHAT.at(
        span,
        f"`{function}` is made of many rows, and there is one `{entity}` here",
        f"name what there are many of, `{function}(RELATION…)`; over everybody it is `overall({function}(…))`",
    )


def aggregate_of_one_value(span: Span, function: str, entity: str, name: str, written: str) -> Diagnostic:
    """``percentile(income, 80)``; ``written``: the same over everybody."""
    return AGGREGATE_OF_WHAT.at(
        span,
        f"`{function}` is made of many rows, and `{name}` is one value of the {entity}",
        f"over everybody it is `overall({written})`",
    )


TWO_RELATIONS = Rule(
    "SEG212",
    "two-relations",
    "an aggregate over two relations that do not hang on one another",
    "The value of an aggregate may read a row, its parent, its parent's parent and lookups. It names two relations of "
    "which neither is above the other, so there is no row that has both.",
    bad="sum(order.total * review.rating) > 5",
    good="sum(item.quantity * order.discount) > 5",
)


def two_relations(span: Span, first: str, second: str) -> Diagnostic:
    return TWO_RELATIONS.at(
        span,
        f"this speaks of `{first}` and of `{second}`, and neither belongs to the other",
        f"take one value of each: one of `{first}`, one of `{second}`",
    )


COUNT_OF_FIELD = Rule(
    "SEG213",
    "count-of-field",
    "counting a field instead of rows",
    "`count`, `any` and `none` speak of rows, so a relation stands first. To count the rows in which a field is "
    "present, say so behind `where`; `distinct` counts how many different values there are.",
    bad="count(order.total) > 3",
    good="count(order where total is present) > 3",
)


def count_of_field(span: Span, function: str, relation: str, field: str) -> Diagnostic:
    suggestion = f"{relation} where {field} is present"
    hint = f"write `{function}({suggestion})`"
    if function == "count":
        hint += f"; how many different ones there are is `distinct({relation}.{field})`"
    return COUNT_OF_FIELD.at(
        span,
        f"`{function}` counts rows, and `{relation}.{field}` is a field"
        if function == "count"
        else f"`{function}` asks for rows, and `{relation}.{field}` is a field",
        hint,
        _replaced(span, suggestion),
    )


def count_of_value(span: Span, function: str, name: str = "", relations: Iterable[str] = ()) -> Diagnostic:
    close = nearest(name, relations)
    message = f"`{function}` asks for rows"
    if close is not None:
        return COUNT_OF_FIELD.at(
            span, f"{message}, and `{name}` are none", f"did you mean `{close}`?", _replaced(span, close)
        )
    return COUNT_OF_FIELD.at(
        span,
        f"{message}, and here are none",
        f"name them first, and put a condition behind `where`: `{function}({min(relations, default='RELATION')} where …)`",
    )


def rows_by_path(span: Span, path: str, relation: str) -> Diagnostic:
    return COUNT_OF_FIELD.at(
        span,
        f"`{path}` is no relation: a relation goes by its own name",
        f"write `{relation}`",
        _replaced(span, relation),
    )


SCHEMA_SCOPE = Rule(
    "SEG214",
    "schema-scope",
    "an expression of the schema that reads what it may not",
    "A computed field reads its own row, the rows above it and lookups. A relation's `where` reads the same, and neither "
    "now nor today, so that it holds at any time. Aggregates stand only in the fields of a relation that groups rows, "
    "over those rows. Traits and segments may not be named in a schema; parameters only in the entity's `where`.",
    bad="where = 'count(item) > 1'",
    good="where = 'status = \"paid\"'",
)


def schema_scope(span: Span, where: str, what: str, hint: str | None = None) -> Diagnostic:
    return SCHEMA_SCOPE.at(span, f"{where} may not read {what}", hint)


def time_of_group(span: Span, time: str, rows: str) -> Diagnostic:
    return SCHEMA_SCOPE.at(
        span,
        f"{time} has to be the least or the greatest time of its rows, or one of `by`",
        f"write `min(…)` or `max(…)` of the time of `{rows}`",
    )


UNKNOWN_SETTING = Rule(
    "SEG215",
    "unknown-setting",
    "a value set for a parameter that does not exist",
    "A host may set the parameters of a library by name. The library has no parameter of this name.",
    bad='--set laps="60 days"',
    good='--set lapse="60 days"',
)


def unknown_setting(name: str, known: Iterable[str]) -> Diagnostic:
    known = tuple(known)
    close = nearest(name, known)
    hint = f"did you mean `{close}`?" if close else f"it has {named(sorted(known))}" if known else None
    return UNKNOWN_SETTING.at(NOWHERE, f"the library has no parameter `{name}`", hint)


WRONG_SETTING = Rule(
    "SEG216",
    "wrong-setting",
    "a parameter set to a value of another type",
    "A host sets a parameter to a value of the type that the library gives it: a length of time to a length of time, a "
    "whole number to a whole number.",
    bad='--set lapse="often"',
    good='--set lapse="60 days"',
)


_SETTINGS = {
    "a length of time": '"60 days"',
    "a whole number": "5",
    "a number": "5.50",
    "a text": '"GR"',
    "a date": "2026-01-31",
    "a percentage": "10%",
}
"""How a value of a kind is set."""


def wrong_setting(span: Span, name: str, expected: str, given: str, better: str | None = None) -> Diagnostic:
    """``span`` is the parameter's; ``better``: what was probably meant."""
    example = better or _SETTINGS.get(expected)
    hint = "another value is set for it from outside, by `--set` or by a program"
    if example is not None:
        hint += f": write `--set {name}={example}`"
    return WRONG_SETTING.at(span, f"the parameter `{name}` takes {expected}, not {given}", hint)


def wrong_default(span: Span, name: str, expected: str, given: str) -> Diagnostic:
    return WRONG_SETTING.at(
        span,
        f"the parameter `{name}` is declared as {expected}, and its value is {given}",
        f"change one of the two; without a declaration it is what its value is: `param {name} = …`",
    )


def unfit_number(span: Span, name: str, kind: Type, number: str) -> Diagnostic:
    return WRONG_SETTING.at(
        span,
        f"{number} does not fit the parameter `{name}`: a {kind} has {kind.precision} digits, {kind.scale} of them behind "
        "the point",
        f"declare it wider, such as decimal({kind.precision + 4},{kind.scale})" if kind.precision <= 34 else None,
    )


def mixed_list(span: Span, name: str) -> Diagnostic:
    return WRONG_SETTING.at(
        span,
        f"the list of the parameter `{name}` mixes values of several sorts",
        "keep to one: texts, numbers, dates or instants",
    )


def bad_parameter(span: Span, name: str, reason: str) -> Diagnostic:
    return WRONG_SETTING.at(
        span,
        f"the value of the parameter `{name}` cannot be read: {reason}",
        'write it as behind `param`: 5, 10%, "60 days", 2026-01-31',
    )


UNKNOWN_FUNCTION = Rule(
    "SEG217",
    "unknown-function",
    "a function that does not exist",
    "Behind the name stands a bracket, and there is neither a function nor a trait with arguments of this name.",
    bad="dayssince(created_at) > 90",
    good="days_since(created_at) > 90",
)


_WINDOWS = {
    "lag": "the row before a row is read by `previous`: `any(order where total > previous(total))`",
    "lead": "what comes behind a row is asked with `followed by`: `any(order followed by (order) within 7 days)`",
    "row_number": "a customer's place is `rank(sum(order.total))`; the best are `top 10 by sum(order.total)`",
    "dense_rank": "a customer's place is `rank(sum(order.total))`; the best are `top 10 by sum(order.total)`",
    "percent_rank": "a customer's part of a hundred is `quantile(sum(order.total), 100)`",
    "ntile": "parts of one size are made by `quantile(sum(order.total), 4)`",
    "first_value": "the first of a customer's rows is read by `first(order.total)`",
    "last_value": "the last of a customer's rows is read by `last(order.total)`",
}
"""Functions of SQL that look at other rows, and what does the same here."""


def unknown_function(span: Span, name: str, known: Iterable[str]) -> Diagnostic:
    if name.casefold() in _WINDOWS:
        return UNKNOWN_FUNCTION.at(span, f"there is no function `{name}`", _WINDOWS[name.casefold()])
    close = nearest(name, known)
    if close is None:
        hint = f"check how it is spelled; a field or trait is written without brackets: `{name}`"
        return UNKNOWN_FUNCTION.at(span, f"there is no function `{name}`", hint)
    return UNKNOWN_FUNCTION.at(
        span, f"there is no function `{name}`", f"did you mean `{close}`?", _replaced(span, close)
    )


def takes_no_arguments(span: Span, name: str, kind: str) -> Diagnostic:
    return UNKNOWN_FUNCTION.at(span, f"`{name}` is a {kind} and takes no arguments", f"write `{name}`")


ARGUMENT_COUNT = Rule(
    "SEG218",
    "argument-count",
    "too many or too few arguments",
    "A function, or a trait with arguments, is given another number of arguments than it takes.",
    bad="days_between(created_at) > 5",
    good="days_between(created_at, now) > 5",
)


_WRITTEN = {
    "abs": "abs(x)",
    "floor": "floor(x)",
    "ceil": "ceil(x)",
    "round": "round(x, 0)`, or behind the comma how many places are kept, such as `round(x, 2)",
    "least": "least(a, b)",
    "greatest": "greatest(a, b)",
    "coalesce": "coalesce(x, 0)`: the second is taken where the first is missing, such as `coalesce(income, 0)",
    "lower": "lower(city)",
    "upper": "upper(country)",
    "trim": "trim(city)",
    "length": "length(phone)",
    "number": "number(code)",
    "replace": 'replace(phone, " ", "")',
    "days_between": "days_between(created_at, now)",
    "days_since": "days_since(created_at)",
    "hours_since": "hours_since(created_at)",
    "age": "age(birth_date)",
    "date": "date(created_at)",
    "year": "year(created_at)",
    "month": "month(created_at)",
    "day": "day(created_at)",
    "weekday": "weekday(created_at)",
    "hour": "hour(created_at)",
    "if": "if(condition, value)`, or `if(condition, value, other value)",
    "start_of": "start_of(month, created_at)",
    "anniversary": "anniversary(birth_date) in next 7 days",
    "distance_km": "distance_km(latitude, longitude, 37.98, 23.73) <= 25",
    "previous": "previous(total)",
    "rank": "rank(sum(order.total))",
    "quantile": "quantile(sum(order.total), 5)",
}
"""How each function is written."""


def argument_count(span: Span, name: str, takes: str, given: int) -> Diagnostic:
    here = f", and here {'is' if given == 1 else 'are'} {given}" if given else ""
    written = _WRITTEN.get(name)
    return ARGUMENT_COUNT.at(span, f"`{name}` takes {takes}{here}", f"write `{written}`" if written else None)


def needs_arguments(span: Span, name: str, arguments: Sequence[str]) -> Diagnostic:
    return ARGUMENT_COUNT.at(span, f"the trait `{name}` needs its arguments", f"write `{name}({', '.join(arguments)})`")


NO_TIME = Rule(
    "SEG219",
    "no-time",
    "a period or an order of rows that have no time",
    "Neither the relation nor a relation above it names a field that says when its rows happened, so they cannot be kept "
    'by a period, and none of them is the first or the last. The schema can name such a field: `time = "…"`.',
    bad="count(address in last 30 days) > 1",
    good="count(order in last 30 days) > 1",
)


def no_time(span: Span, relation: str, what: str) -> Diagnostic:
    return NO_TIME.at(
        span,
        f"the rows of `{relation}` have no time, so {what}",
        f'name their time field in the schema: `[relations.{relation}] time = "…"`',
    )


COLUMN_TRAIT = Rule(
    "SEG220",
    "column-trait-type",
    "a column that stands in for a trait of another type",
    "The schema says that a column holds this trait, so the column is used instead of the definition. Its type has to be "
    "the definition's, or the texts that use the trait would mean something else.",
    bad='orders = { type = "string", column = "order_count" }',
    good='orders = { type = "int", column = "order_count" }',
)


def column_trait(span: Span, name: str, column: str, definition: str, defined: Span) -> Diagnostic:
    return COLUMN_TRAIT.at(
        span,
        f"the schema's column for the trait `{name}` holds {column}, and its definition is {definition}",
        "declare in the schema what the definition is, or change the definition",
        related=(Related(defined, "the definition is here"),),
    )


BROKEN_DEFINITION = Rule(
    "SEG221",
    "broken-definition",
    "a condition that uses a definition with errors",
    "The definition that is named here has errors of its own, or uses one that has. Mend that one first.",
    bad="trait spent = sum(order.totl)\nspent > 100",
    good="trait spent = sum(order.total)\nspent > 100",
)


_MEND_FIRST = "mend that first: `segdsl check` shows what is wrong"


def broken_definition(span: Span, names: Sequence[str]) -> Diagnostic:
    if not names:
        return BROKEN_DEFINITION.at(span, "what this uses has errors of its own", _MEND_FIRST)
    return BROKEN_DEFINITION.at(span, f"{named(names)} {'has' if len(names) == 1 else 'have'} errors", _MEND_FIRST)


def put_in(finding: Diagnostic, span: Span) -> Diagnostic:
    """What is wrong with a definition where it is used, and nowhere else."""
    if finding.severity is not Severity.ERROR:
        return finding
    inside = Related(finding.span, "it is in this definition")
    return replace(finding, span=span, fix=None, related=(inside, *finding.related))


LEFT_OUT = Rule(
    "SEG222",
    "left-out-definition",
    "a definition of a pack that does not fit the schema",
    "The pack defines the name over a table or field that this schema does not have, or over something else that is left "
    "out for that, so the definition is left out. Declare in the schema what is missing, or put something in the "
    "definition's place with `override`.",
    bad="segment fans where reviewers",
    good="override segment reviewers where orders > 0\nsegment fans where reviewers",
)


def left_out(span: Span, name: str, pack: str, reason: str, place: Span) -> Diagnostic:
    return LEFT_OUT.at(
        span,
        f"the pack `{pack}` leaves out `{name}` on this schema: {reason}",
        f"declare in the schema what is missing, or define `{name}` yourself with `override`",
        related=(Related(place, reason),),
    )


RULES = (
    UNKNOWN_NAME,
    AMBIGUOUS_NAME,
    DUPLICATE,
    NEEDS_OVERRIDE,
    OVERRIDES_NOTHING,
    NAME_TAKEN,
    CYCLE,
    NOT_AVAILABLE,
    BARE_RELATION,
    AGGREGATE_OF_WHAT,
    TWO_RELATIONS,
    COUNT_OF_FIELD,
    SCHEMA_SCOPE,
    UNKNOWN_SETTING,
    WRONG_SETTING,
    UNKNOWN_FUNCTION,
    ARGUMENT_COUNT,
    NO_TIME,
    COLUMN_TRAIT,
    BROKEN_DEFINITION,
    LEFT_OUT,
)
