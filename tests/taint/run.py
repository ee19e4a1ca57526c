"""Many hostile libraries, each in every dialect's turn, once with literals and once with placeholders."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from taint.check import faults, values_inside
from taint.hostile import Hostile, examples

from segdsl.backends.sql.dialects import DIALECTS
from segdsl.diagnostics import SegdslError
from segdsl.library import Library
from segdsl.schema_build import schema_from_dict

AS_OF = datetime(2026, 6, 1)


@dataclass
class Outcome:
    statements: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """By code: what does not compile."""
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        refused = ", ".join(f"{count:,} {code}" for code, count in self.refused.most_common())
        return f"{self.statements:,} statements, {len(self.faults)} faults; refused: {refused or 'nothing'}"


def run(statements: int, seed: str, dialects: Sequence[str] = (), minutes: float = 60 * 24) -> Outcome:
    """Until there are so many statements, or a fault, or time is up."""
    end = time.monotonic() + minutes * 60
    outcome = Outcome()
    names = list(dialects or DIALECTS)
    number = 0
    while outcome.statements < statements and not outcome.faults and time.monotonic() < end:
        random = Random(f"{seed}-{number}")
        number += 1
        for found in examples(random):
            _judge(found, names, random, outcome, f"{seed}-{number - 1}")
            if outcome.faults or outcome.statements >= statements:
                break
    return outcome


def _judge(found: Hostile, names: list[str], random: Random, outcome: Outcome, seed: str) -> None:
    try:
        library = Library.from_text(found.text, schema_from_dict(found.schema), settings=found.settings)
        selection = library.select([found.segment])
        selection.plan()
    except SegdslError as error:
        outcome.refused[error.diagnostics[0].code] += 1
        return
    for name in names:
        shape = random.choice(("members", "flags", "counts", "memberships"))
        for bind in (False, random.choice(DIALECTS[name].styles)):
            try:
                sql = selection.sql(name, shape, as_of=AS_OF, bind=bind)
            except SegdslError as error:
                outcome.refused[error.diagnostics[0].code] += 1
                continue
            outcome.statements += 1
            wrong = [*faults(found, sql), *(values_inside(found, sql) if bind else ())]
            if wrong:
                outcome.faults.append(
                    f"seed {seed}, {name}, {bind}: {wrong[0]}\n{found.text}\n{sql.text}\n{sql.values}"
                )
                return
