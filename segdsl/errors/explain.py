"""SEG925–SEG926: what can be wrong with what is to be explained."""

from __future__ import annotations

from collections.abc import Iterable

from segdsl.diagnostics import Diagnostic, Rule
from segdsl.errors.names import nearest
from segdsl.source import NOWHERE

TRAIT_WITH_ARGUMENTS = Rule(
    "SEG925",
    "explain-needs-arguments",
    "a trait with arguments by its name alone",
    "What a trait with arguments means depends on them. A condition that gives them can be explained: `segdsl explain -e "
    "'bought_from(\"shoes\")'`.",
    bad="segdsl explain bought_from",
    good="segdsl explain -e 'bought_from(\"shoes\")'",
)
NOTHING_EXPLAINED = Rule(
    "SEG926",
    "nothing-to-explain",
    "a name that stands for nothing that can be explained",
    "Segments, tiers, their cases and traits are explained, by name or by a pattern of names; `-e` takes a condition. Parameters are "
    "part of what uses them.",
    bad="segdsl explain lapsd",
    good="segdsl explain lapsed",
)


def trait_with_arguments(name: str, arguments: Iterable[str]) -> Diagnostic:
    given = ", ".join(f"<{argument}>" for argument in arguments)
    return TRAIT_WITH_ARGUMENTS.at(
        NOWHERE,
        f"what `{name}` means depends on its arguments",
        hint=f"explain a condition that gives them: `segdsl explain -e '{name}({given})'`",
    )


def nothing_explained(name: str, known: Iterable[str]) -> Diagnostic:
    near = nearest(name, known)
    hint = f"did you mean `{near}`?" if near is not None else "`segdsl list` shows the segments"
    return NOTHING_EXPLAINED.at(NOWHERE, f"there is no segment, tiers or trait `{name}`", hint=hint)


RULES = (TRAIT_WITH_ARGUMENTS, NOTHING_EXPLAINED)
