"""Explains a segment, tiers, a trait or a bare condition.

In go the typed tree as the resolver made it, an instant, and the values of parameters; out comes an `Explanation`. Nothing
here looks at data, plans or backends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar, assert_never

from segdsl.explanation import missing, reads, wording
from segdsl.explanation.mentioned import mentioned
from segdsl.explanation.outcome import Explanation, Line, Meaning, Param, Read
from segdsl.explanation.speaker import Speaker, State
from segdsl.explanation.speech import DENIAL, Branch, Leaf, Scope, Tree, inline, led, lines
from segdsl.explanation.times import Clock
from segdsl.limits import Limits
from segdsl.room import steady
from segdsl.semantics import constants, ir, time
from segdsl.semantics.constants import Parameter
from segdsl.semantics.context import context
from segdsl.semantics.link import Namespace
from segdsl.semantics.parameters import parameters
from segdsl.syntax import ast
from segdsl.types import Kind

_Case = TypeVar("_Case")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be explained: a definition by its name, a case of tiers, or a bare condition (``condition``)."""

    kind: str
    name: str
    title: str | None = None
    about: str | None = None
    condition: ir.Expr | None = None
    tiers: str | None = None


@steady
def explained(
    subject: Subject,
    node: ast.Node | None,
    namespace: Namespace,
    program: ir.Program,
    settings: Mapping[str, object],
    limits: Limits,
    as_of: datetime,
) -> Explanation:
    """``node`` is how it was written: there stand the names of the parameters that it mentions."""
    known = namespace.params
    if subject.tiers is not None and isinstance(node, ast.Tiers):
        node = replace(node, cases=tuple(_up_to(subject, [(case.name.text, case) for case in node.cases])))
    values = parameters(
        known,
        {name: value for name, value in settings.items() if name in known},
        context(program.model.schema, limits),
    )
    return explain(subject, program, as_of, values, mentioned(namespace, () if node is None else (node,)))


def explain(
    subject: Subject,
    program: ir.Program,
    as_of: datetime,
    values: Mapping[str, Parameter],
    mentions: Iterable[str] = (),
) -> Explanation:
    """``values``: the parameters of the library; ``mentions``: the names of those that the texts in question mention."""
    clock = Clock(as_of, time.zone(program.model.schema.timezone))
    speaker = Speaker(program, clock)
    body = subject.condition if subject.condition is not None else program.definitions[subject.name].body
    own = () if subject.condition is not None else (subject.name,)
    asked: tuple[ir.Expr, ...] = (body,)
    if subject.tiers is not None:
        # Of tiers behind a case, nothing matters to it.
        asked = tuple(_up_to(subject, list(_cases(program.definitions[subject.tiers]))))
        own = (subject.tiers,)
    used = reads.definitions_of(speaker, asked) | set(own)
    ordered = [name for name in program.definitions if name in used]
    speaker.prepare(ordered)
    sentence = _sentence(speaker, subject, body)
    meanings = _meanings(speaker, skip=subject.name if subject.condition is None else None)
    reading = reads.reading(speaker, asked)
    population = _population(speaker, reading.reads)
    counting = reads.counting(reading.reads)
    notes_of_reads(speaker, reading.reads)
    state = speaker.state
    names = dict.fromkeys((*mentions, *reading.params))
    return Explanation(
        kind=subject.kind,
        name=subject.name,
        title=subject.title,
        about=subject.about,
        as_of=as_of,
        timezone=clock.zone.name,
        sentence=sentence,
        meanings=(*meanings, *state.pieces),
        windows=tuple(state.windows.values()),
        population=population,
        counting=counting,
        reads=reading.reads,
        parameters=tuple(
            Param(name, value_of(values[name]), written(values[name])) for name in names if name in values
        ),
        missing=_missing(state),
        notes=state.notes.all(),
        uses=tuple(name for name in ordered if name != subject.name),
    )


def _up_to(subject: Subject, cases: list[tuple[str, _Case]]) -> Iterator[_Case]:
    """Of tiers, what stands at a case and before it."""
    for name, case in cases:
        yield case
        if f"{subject.tiers}.{name}" == subject.name:
            return


def _missing(state: State) -> tuple[str, ...]:
    said = [lack.valueless for lack in state.valueless]
    said += [lack.required if out else lack.elsewhere for lack, out in state.missing.items()]
    return tuple(dict.fromkeys(said))


# -- what is said first -----------------------------------------------------------------------------------------------


def _sentence(speaker: Speaker, subject: Subject, body: ir.Expr) -> Line:
    known = speaker.program.definitions.get(subject.name) if subject.condition is None else None
    entity = wording.humanised(speaker.schema.entity.name)
    if known is not None and known.kind == "tiers":
        return _tiers(speaker, known, speaker.entity_scope(), f"Each {entity} gets")
    if subject.tiers is not None and isinstance(body, ir.Compare) and isinstance(body.right, ir.Literal):
        return _case(speaker, speaker.program.definitions[subject.tiers], str(body.right.value))
    if known is not None and known.kind == "trait":
        return _trait(speaker, known)
    return people(speaker, body, replace(speaker.entity_scope(), required=True))


def people(speaker: Speaker, condition: ir.Expr, scope: Scope, lead: str = "") -> Line:
    """``Customers who …``"""
    who = lead or wording.capital(wording.plural(wording.humanised(speaker.schema.entity.name)))
    return _described(who, speaker.tree(condition, scope), scope)


def _described(who: str, tree: Tree, scope: Scope) -> Line:
    match tree:
        case Leaf(clause):
            return Line(f"{who} {clause.relative(scope)}.", values=clause.values)
        case Branch("lead", (part,), lead):
            below = lines(part, scope)
            if lead != DENIAL and isinstance(part, Leaf) and part.clause.kind == "who" and part.clause.of == scope.here:
                return Line(f"{who} who, {lead}, {part.clause.text}.", values=below.values)
            if below.parts:
                return Line(f"{who} for whom{'' if lead == DENIAL else ','} {lead}:", (below,))
            return Line(f"{who} for whom{'' if lead == DENIAL else ','} {led(lead, below.text)}.", values=below.values)
        case Branch("all", parts):
            return Line(f"{who} who meet all of these:", tuple(lines(part, scope) for part in parts))
        case Branch("any", parts):
            return Line(f"{who} who meet at least one of these:", tuple(lines(part, scope) for part in parts))
        case Branch("none", parts):
            return Line(f"{who} who meet none of these:", tuple(lines(part, scope) for part in parts))
        case Branch("not all", parts):
            return Line(f"{who} who do not meet all of these together:", tuple(lines(part, scope) for part in parts))
        case _:
            raise AssertionError(tree)


def _tiers(speaker: Speaker, known: ir.Definition, scope: Scope, lead: str) -> Line:
    parts = [_tier(speaker, name, condition, scope.inner()) for name, condition in _cases(known)]
    rest = _otherwise(known)
    parts.append(Line("no tier: everyone else" if rest is None else f"{wording.quoted(rest)}: everyone else"))
    return Line(f"{lead} the first tier that fits:", tuple(parts))


def _tier(speaker: Speaker, name: str, condition: ir.Expr, scope: Scope) -> Line:
    below = people(speaker, condition, scope, wording.plural(wording.humanised(scope.entity)))
    return Line(f"{wording.quoted(name)}: {below.text.removesuffix('.')}", below.parts, values=below.values)


def _cases(known: ir.Definition) -> Iterator[tuple[str, ir.Expr]]:
    """The tiers that have a condition, the first one first."""
    rest: ir.Expr | None = known.body
    while isinstance(rest, ir.If):
        assert isinstance(rest.then, ir.Literal)
        yield str(rest.then.value), rest.condition
        rest = rest.otherwise


def _otherwise(known: ir.Definition) -> str | None:
    """The tier of everyone else, if there is one."""
    rest: ir.Expr | None = known.body
    while isinstance(rest, ir.If):
        rest = rest.otherwise
    assert rest is None or isinstance(rest, ir.Literal)
    return None if rest is None or rest.value is None else str(rest.value)


def _case(speaker: Speaker, known: ir.Definition, name: str) -> Line:
    """Who is in one of the tiers; those before it are named, and explained below."""
    who = wording.capital(wording.plural(wording.humanised(speaker.schema.entity.name)))
    before: list[tuple[str, ir.Expr]] = []
    own: ir.Expr | None = None
    for case, condition in _cases(known):
        if case == name:
            own = condition
            break
        before.append((case, condition))
    scope = replace(speaker.entity_scope(), required=True)
    if before:
        term = f"the tiers before this one in {speaker.term(known.name)}"
        lines_ = tuple(_tier(speaker, case, condition, scope.inner()) for case, condition in before)
        speaker.state.pieces.append(Meaning(term, lines_, known.name))
    if own is None:
        return Line(f"{who} who are {_none_of([case for case, _ in before])}.")
    if not before:
        return people(speaker, own, scope, who)
    return people(speaker, own, scope, f"{who} who are {_none_of([case for case, _ in before])}, and")


def _none_of(names: list[str]) -> str:
    """How the tiers before are named: all of a few, of many the first and the last."""
    shown = [wording.quoted(name) for name in names]
    if len(shown) == 1:
        return f"not in the tier before this one ({shown[0]})"
    return f"in none of the tiers before this one ({wording.listed(shown, 'and')})"


def _trait(speaker: Speaker, known: ir.Definition) -> Line:
    scope = speaker.scope_of(known)
    entity = wording.humanised(speaker.schema.entity.name)
    of = wording.article(wording.humanised(known.owner)) if known.owner is not None else wording.plural(entity)
    if speaker.is_condition(known.body):
        tree = speaker.tree(known.body, scope)
        below = lines(tree, scope)
        if below.parts:
            which = "for whom" if known.owner is None else "for which"
            return Line(f"True of {of} {which} {below.text.removesuffix(':')}:", below.parts)
        return Line(f"True of {of} {inline(tree, scope, relative=True)}.", values=below.values)
    speaker.state.valueless.update(dict.fromkeys(missing.lacks(speaker, known.body, scope)))
    each = wording.humanised(known.owner or speaker.schema.entity.name)
    return Line(f"For each {each}: {speaker.value(known.body, scope).full(scope)}.")


def _meanings(speaker: Speaker, skip: str | None) -> tuple[Meaning, ...]:
    """The definitions that go by their names; each is explained once, its windows are listed for every moment it is seen from."""
    found: dict[str, Meaning] = {}
    done: set[tuple[str, ir.Moment]] = set()
    while True:
        waiting = [asked for asked in speaker.state.asked if asked not in done]
        if not waiting:
            return tuple(found.values())
        for name, moment in waiting:
            done.add((name, moment))
            line = _meaning(speaker, speaker.program.definitions[name], moment)
            if name not in found and name != skip:
                found[name] = Meaning(_of_what(speaker, name), (line,), name)
            elif name == skip:
                found.setdefault(name, Meaning(speaker.term(name), (Line("what is explained here"),), name))


def _of_what(speaker: Speaker, name: str) -> str:
    owner = speaker.program.definitions[name].owner
    return (
        speaker.term(name) if owner is None else f"{speaker.term(name)} of {wording.article(wording.humanised(owner))}"
    )


def _meaning(speaker: Speaker, known: ir.Definition, moment: ir.Moment) -> Line:
    scope = replace(speaker.scope_of(known), seen_from=moment)
    match known.kind:
        case "segment":
            return people(speaker, known.body, scope, wording.plural(wording.humanised(speaker.schema.entity.name)))
        case "tiers":
            entity = wording.humanised(speaker.schema.entity.name)
            return _tiers(speaker, known, scope, f"each {entity} gets")
        case "trait":
            if speaker.is_condition(known.body):
                return lines(speaker.tree(known.body, scope), scope)
            return Line(f"{speaker.value(known.body, scope).full(scope)}.")
        case _:
            assert_never(known.kind)


# -- around it --------------------------------------------------------------------------------------------------------


def _population(speaker: Speaker, found: tuple[Read, ...]) -> tuple[str, ...]:
    """Who there is at all, and of what is looked at which rows there are."""
    entity, clock = speaker.schema.entity, speaker.clock
    one = wording.humanised(entity.name)
    all_ = wording.plural(one)
    now = clock.local(clock.as_of)
    said: list[str] = []
    if entity.table is None:
        tables = wording.listed([wording.column(table) for table in entity.distinct], "or")
        said.append(
            f"This looks at everyone whose key (`{entity.key}`) is in {tables}, once a row of theirs is dated before {now}; rows "
            "without a date always count. A missing key is nobody."
        )
    elif entity.created is None:
        said.append(f"This looks at all {all_}.")
    else:
        created = entity.fields.get(entity.created)
        before = now
        if created is not None and created.type.kind is Kind.DATE:
            before = str(time.first_hidden_day(clock.as_of, clock.zone))
        unknown = " or missing" if created is None or created.optional else ""
        said.append(f"This looks at all {all_} whose {wording.column(entity.created)} is before {before}{unknown}.")
    condition = speaker.program.model.wheres.get(entity.name)
    if condition is not None:
        scope = speaker.entity_scope()
        said.append(f"Of these, only those {inline(speaker.tree(condition, scope), scope, relative=True)}.")
    relations = [speaker.schema.relations[read.name] for read in found if read.kind == "relation"]
    instants = [r for r in relations if (field := speaker.time_field(r.name)) and field.type.kind is Kind.TIMESTAMP]
    dated = [r for r in relations if (field := speaker.time_field(r.name)) and field.type.kind is Kind.DATE]
    if instants:
        names = wording.listed([wording.plural(wording.humanised(r.name)) for r in instants], "and")
        said.append(f"Only {names} dated before {now} count.")
    if dated:
        names = wording.listed([wording.plural(wording.humanised(r.name)) for r in dated], "and")
        last = time.first_hidden_day(clock.as_of, clock.zone) - timedelta(days=1)
        said.append(f"Only {names} dated {last} or earlier count.")
    return tuple(said)


def notes_of_reads(speaker: Speaker, found: tuple[Read, ...]) -> None:
    if any(field.codes for read in found for field in read.fields):
        speaker.state.notes.add("codes")


def value_of(parameter: Parameter) -> str:
    """A parameter's value as people read it."""
    match parameter.value:
        case constants.Scalar(value=value):
            return wording.constant(value)
        case constants.Length(text=text):
            return text
        case constants.Share(percent=percent):
            return wording.percent(percent)
        case constants.Items(values=values):
            return wording.shortened([wording.constant(value) for value in values], "and")
        case _:
            assert_never(parameter.value)


def written(parameter: Parameter) -> str | None:
    """A parameter's value as ``--set`` takes it; None for one that would be long to write."""
    match parameter.value:
        case constants.Scalar(value=datetime() as instant):
            return f"{instant.isoformat()}Z"
        case constants.Scalar(value=bool() as value):
            return str(value).lower()
        case constants.Scalar(value=value):
            return str(value)
        case constants.Length(text=text):
            return text
        case constants.Share(percent=percent):
            return wording.percent(percent)
        case constants.Items(values=values) if len(values) <= _FEW_VALUES and all(isinstance(v, str) for v in values):
            return "(" + ", ".join(f'"{value}"' for value in values) + ")"
        case constants.Items():
            return None
        case _:
            assert_never(parameter.value)


_FEW_VALUES = 5
