"""Every message that a user can meet, by area; `rules` is the whole catalogue.

A module of this package holds, for each code, a `Rule` (what it means, how to mend it, an example of each) and a
constructor that makes the `Diagnostic`. No other module writes message texts. Codes: SEG1xx the text itself,
SEG2xx names and definitions, SEG3xx types, SEG4xx schema and project file, SEG5xx data and databases, SEG6xx what
a backend or dialect cannot do, SEG7xx limits, SEG8xx warnings, SEG9xx usage of the command line and the API.
"""

from __future__ import annotations

from segdsl.diagnostics import Rule


def rules() -> tuple[Rule, ...]:
    """All rules, in the order of their codes."""
    from segdsl.errors import (
        backends,
        data,
        examples,
        explain,
        limits,
        lint,
        names,
        past,
        population,
        records,
        rows,
        schema,
        syntax,
        types,
        usage,
        warnings,
        why,
    )

    areas = (
        syntax,
        names,
        rows,
        types,
        population,
        past,
        examples,
        schema,
        data,
        records,
        backends,
        limits,
        warnings,
        lint,
        usage,
        why,
        explain,
    )
    return tuple(sorted((rule for area in areas for rule in area.RULES), key=lambda rule: rule.code))
