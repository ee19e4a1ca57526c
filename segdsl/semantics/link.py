"""All definitions of a library in one namespace.

In go syntax trees of files, each with the pack that it came with, and the schema; out comes a `Namespace` and what is
wrong with the names: defined twice, taken by something else, overriding nothing. Nothing is resolved here, and neither
the order of files nor that of definitions matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TypeAlias

from segdsl import schema as sch
from segdsl.diagnostics import Diagnostic
from segdsl.errors import names as errors
from segdsl.records import record, replace
from segdsl.semantics import calls
from segdsl.semantics.layout import Layout
from segdsl.semantics.mentions import named
from segdsl.source import Span
from segdsl.syntax import ast
from segdsl.syntax.words import RESERVED

Linked: TypeAlias = ast.Param | ast.Trait | ast.Segment | ast.Tiers


@record(frozen=True, slots=True)
class Entry:
    """A definition, and the pack that it came with (None: the project's own)."""

    node: Linked
    pack: str | None = None

    @property
    def name(self) -> str:
        """A trait of a relation has the relation's name before its own, and a dot."""
        return _full_name(self.node)


@record(frozen=True, slots=True)
class LeftOut:
    """Why a definition of a pack is left out: what of it, or of what it uses, does not fit the schema."""

    pack: str
    reason: str
    span: Span


@record(frozen=True, slots=True)
class Namespace:
    """``silent``: names that stand for nothing, because their definitions could not be read or are not available; using
    one is no error of its own. ``unread``: words of definitions that do not count because of an error in them, by which they may
    use something. ``left_out``: definitions of packs that do not fit the schema; using one is."""

    entries: Mapping[str, Entry] = field(default_factory=dict, hash=False)
    silent: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    comments: tuple[ast.Comment, ...] = ()
    left_out: Mapping[str, LeftOut] = field(default_factory=dict, hash=False)

    def without(self, unfit: Mapping[str, LeftOut]) -> Namespace:
        """Without some definitions, which are remembered as left out."""
        entries = {name: entry for name, entry in self.entries.items() if name not in unfit}
        return replace(self, entries=entries, left_out={**self.left_out, **unfit})

    @property
    def params(self) -> dict[str, ast.Param]:
        return {name: e.node for name, e in self.entries.items() if isinstance(e.node, ast.Param)}

    @property
    def segments(self) -> dict[str, ast.Segment]:
        return {name: e.node for name, e in self.entries.items() if isinstance(e.node, ast.Segment)}

    @property
    def traits(self) -> dict[str, ast.Trait]:
        return {name: e.node for name, e in self.entries.items() if isinstance(e.node, ast.Trait)}

    @property
    def row_traits(self) -> dict[tuple[str, str], str]:
        """The traits of relations: (relation, name), each with its full name."""
        return {
            (trait.owner.text, trait.name.text): name for name, trait in self.traits.items() if trait.owner is not None
        }


def link(files: Iterable[tuple[ast.File, str | None]], schema: sch.Schema) -> tuple[Namespace, tuple[Diagnostic, ...]]:
    """One namespace of the parameters, traits, segments and tiers of some files.

    >>> from segdsl.source import Source
    >>> from segdsl.syntax.parse import parse_file
    >>> file, _ = parse_file(Source("a.seg", "trait a = 1\\ntrait a = 2"))
    >>> namespace, findings = link([(file, None)], sch.Schema(sch.Entity("customer", "t", "id", None, None, {})))
    >>> sorted(namespace.entries), [finding.message for finding in findings]
    (['a'], ['`a` is defined twice'])
    """
    findings: list[Diagnostic] = []
    candidates: dict[str, list[Entry]] = {}
    silent: set[str] = set()
    unread: set[str] = set()
    comments: list[ast.Comment] = []
    for file, pack in files:
        comments.extend(file.comments)
        silent.update(name.text for name in file.broken)
        unread.update(file.unread)
        for node in file.definitions:
            match node:
                case ast.Example():
                    pass  # it has no name, and nothing can use it
                case ast.Trait(owner=ast.Identifier() as owner) if (
                    wrong := _wrong_row_trait(node, owner, schema)
                ) is not None:
                    findings.append(wrong)
                    silent.add(node.name.text)
                    unread.update(named(node))
                case _:
                    candidates.setdefault(_full_name(node), []).append(Entry(node, pack))
    packs = {name for name, found in candidates.items() if any(e.pack is not None for e in found)}
    taken = _taken(schema)
    entries: dict[str, Entry] = {}
    cases: dict[str, Span] = {}
    for name, found in candidates.items():
        entry = _one(name, found, packs, findings)
        for other in found:
            if other is not entry:
                unread.update(named(other.node))
        by = taken.get(name) or _taken_by_language(entry.node.name)
        if by is None and isinstance(entry.node, ast.Param | ast.Tiers) and name in schema.traits:
            by = "a trait that a column of the schema holds"
        if by is not None and not _of_rows(entry.node):
            findings.append(errors.name_taken(entry.node.name.span, name, by))
        if isinstance(entry.node, ast.Trait):
            findings.extend(_arguments(entry.node))
        if isinstance(entry.node, ast.Tiers):
            findings.extend(_cases(entry.node, candidates, cases))
        entries[name] = entry
    return Namespace(entries, frozenset(silent - entries.keys()), frozenset(unread), tuple(comments)), tuple(findings)


def _one(name: str, found: list[Entry], packs: set[str], findings: list[Diagnostic]) -> Entry:
    """The definition that counts; findings for the others."""
    of_packs = [e for e in found if not e.node.override and e.pack is not None]
    own = [e for e in found if not e.node.override and e.pack is None]
    overriding = [e for e in found if e.node.override]
    if overriding and not of_packs:
        others = sorted(other for other in packs if other != name)
        findings.extend(errors.overrides_nothing(e.node.name.span, name, others) for e in overriding)
    if of_packs and not overriding:
        first = of_packs[0]
        assert first.pack is not None
        findings.extend(errors.needs_override(e.node.span, name, first.pack, first.node.name.span) for e in own)
    for group in (of_packs, own + overriding if overriding or not of_packs else own):
        findings.extend(errors.duplicate(e.node.name.span, name, group[0].node.name.span) for e in group[1:])
    return (overriding or own or of_packs)[0]


def _taken(schema: sch.Schema) -> dict[str, str]:
    """Names that the schema gives a meaning, with what they are."""
    taken = dict.fromkeys(schema.lookups, "a lookup of the schema")
    taken |= dict.fromkeys(schema.relations, "a relation of the schema")
    taken |= {
        name: f"a field of `{schema.entity.name}`"
        for name, known in schema.entity.fields.items()
        if known.declared and not known.private
    }
    taken[schema.entity.name] = "the name of who is asked about"
    return taken


def _taken_by_language(name: ast.Identifier) -> str | None:
    if name.text in calls.AGGREGATES:
        return "what counts or sums up rows"
    if name.text in calls.NAMES:
        return "a function"
    if not name.quoted and name.text.lower() in RESERVED:
        return "a word of the language"
    return None


def _full_name(node: Linked) -> str:
    owner = node.owner if isinstance(node, ast.Trait) else None
    return node.name.text if owner is None else f"{owner.text}.{node.name.text}"


def _of_rows(node: Linked) -> bool:
    return isinstance(node, ast.Trait) and node.owner is not None


def _wrong_row_trait(trait: ast.Trait, owner: ast.Identifier, schema: sch.Schema) -> Diagnostic | None:
    """What is wrong with the head of a trait of a relation."""
    name, relation = trait.name.text, schema.relations.get(owner.text)
    if relation is None:
        span = owner.span
        if owner.text == schema.entity.name and owner.span.source is not None:
            span = replace(owner.span, end=trait.name.span.end)
        return errors.trait_of_what(span, name, owner.text, schema.entity.name, schema.relations)
    if trait.arguments is not None:
        return errors.trait_with_arguments(trait.name.span, name, owner.text)
    if name in schema.relations:
        return errors.name_taken(trait.name.span, name, "a relation of the schema")
    layout = Layout(schema, private=False)
    for other in schema.relations:
        if other != owner.text and owner.text not in layout.bases(other):
            continue
        if layout.field(other, name) is not None:
            return errors.shadows_field(trait.name.span, name, other, "a field")
        if name in layout.lookups(other):
            return errors.shadows_field(trait.name.span, name, other, "a lookup")
    return None


def _cases(tiers: ast.Tiers, candidates: Mapping[str, list[Entry]], others: dict[str, Span]) -> Iterable[Diagnostic]:
    """Two cases of one name, or a case that goes by the name of another definition, or of a case of ``others``, to which these
    are added."""
    seen: dict[str, ast.Case] = {}
    for case in tiers.cases:
        first = seen.setdefault(case.name.text, case)
        if first is not case:
            yield errors.duplicate_case(case.name.span, case.name.text, first.name.span)
        name = f"{tiers.name.text}.{case.name.text}"
        for other in candidates.get(name, ()):
            yield errors.duplicate(case.name.span, name, other.node.name.span)
        if first is case and others.setdefault(name, case.name.span) != case.name.span:
            yield errors.duplicate(case.name.span, name, others[name])


def _arguments(trait: ast.Trait) -> Iterable[Diagnostic]:
    seen: set[str] = set()
    for argument in trait.arguments or ():
        if argument.name.text in seen:
            yield errors.duplicate_argument(argument.name.span, argument.name.text)
        seen.add(argument.name.text)
