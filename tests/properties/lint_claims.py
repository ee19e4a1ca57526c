"""What lint claims, against data: each verdict rests on a condition that selects nobody, and here somebody is looked for.

In: a seed. Out: how often each rule was told, and whoever refutes a claim. Everything follows from the seed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from properties.data import AS_OF, Tables
from properties.lint_pairs import Pairs
from properties.lint_texts import Faulty, schema

from segdsl import pipeline
from segdsl.backends import reference
from segdsl.limits import DEFAULT
from segdsl.schema import Schema
from segdsl.schema_build import schema_from_dict
from segdsl.semantics.lint import verdicts
from segdsl.source import Source

DEFINITIONS = 6
DATA_SETS = 2


@dataclass(frozen=True)
class Refuted:
    """A verdict that somebody refutes."""

    seed: str
    text: str
    finding: str
    as_of: datetime
    who: tuple[Any, ...]

    def __str__(self) -> str:
        return f"seed {self.seed}, as of {self.as_of}, {self.who}\n{self.text}\n{self.finding}"


@dataclass(frozen=True)
class Told:
    """What was found of a library, by code, and what of it is wrong."""

    codes: Counter[str]
    refuted: tuple[Refuted, ...]


def told(seed: str) -> Told:
    """The verdicts on the library of a seed, tried on data sets at several instants. Half of the libraries are over one schema, half over
    any."""
    random = Random(seed)
    if random.random() < 0.5:
        shop = schema_from_dict(schema(random))
        maker = Faulty(random)
        lines = ["param p = 2", *(maker.definition(number) for number in range(DEFINITIONS))]
    else:
        shop, lines = Pairs(random).library()
    return _tried(seed, random, shop, "\n".join(lines) + "\n")


def _tried(seed: str, random: Random, shop: Schema, text: str) -> Told:
    parsed = pipeline.parse([pipeline.Unit(Source("library.seg", text))], DEFAULT)
    checked = pipeline.check(parsed, shop, {}, DEFAULT)
    found = verdicts(checked.program, checked.namespace)
    refuted: dict[int, Refuted] = {}
    for _ in range(DATA_SETS if found else 0):
        as_of = random.choice(AS_OF)
        tables = Tables(shop, as_of, random).make()
        for instant in (as_of, random.choice(AS_OF)):
            world = reference.World(checked.program.model, tables, instant, checked.program.definitions)
            for number, verdict in enumerate(found):
                who = tuple(
                    world.entity_key(one)
                    for one in world.population
                    if reference.evaluate(verdict.claim, (one,), world) is not False
                )
                if who:
                    refuted[number] = Refuted(seed, text, verdict.finding.render(), instant, who)
    return Told(Counter(verdict.finding.code for verdict in found), tuple(refuted.values()))
