"""How rows that a condition or value looks at are told: how many there are, in which period, with what, and when the last was.

In: the probe of an aggregate, and what was seen. Out: ``3 orders, 1 in last 60 days (2026-04-02 to 2026-05-31), the last of them 41 days
ago``, or the same in few words. It must not know what is wanted of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.display import english
from segdsl.semantics import ir
from segdsl.semantics.walk import walk
from segdsl.types import Kind
from segdsl.why import words
from segdsl.why.narrowing import where_parts
from segdsl.why.probes import Probe
from segdsl.why.reading import Moments, Reading


def in_short(probe: Probe, expr: ir.Aggregate, reading: Reading) -> str:
    """The rows that are left, and in which way they are fewer than all."""
    kept = reading.count(probe, "kept") or 0
    found = words.counted(kept, words.spoken(expr.row.of))
    if expr.per is not None:
        groups = reading.count(probe, "groups" if expr.having is None else "having") or 0
        found = f"{words.counted(groups, 'group')} of {english.plural(words.spoken(expr.row.of))}"
    found += which(expr, reading, probe.moments)
    if expr.per is not None:
        found += f" by {_written(expr.per, reading)}"
        if expr.having is not None:
            found += f" having {_written(expr.having, reading)}"
    when = last(probe, expr, reading)
    return found if when is None else f"{found}, {when}"


def which(expr: ir.Aggregate, reading: Reading, moments: Moments) -> str:
    """Of which rows it speaks: `` in last 90 days with total > 50``."""
    found = ""
    if expr.period is not None:
        found += f" in {_period(expr.period) or reading.between(expr.period, Kind.TIMESTAMP, moments)}"
    if expr.where is not None:
        parts = where_parts(expr) or (expr.where,)
        found += f" {' and '.join(_with(part, reading) for part in parts)}"
    return found


def narrowed(probe: Probe, expr: ir.Aggregate, reading: Reading) -> str:
    """How many rows there are, in the period, and with each part of the condition."""
    noun = words.spoken(expr.row.of)
    rows = reading.count(probe, "rows")
    if rows is None:
        return english.plural(noun)
    texts = [words.counted(rows, noun)]
    if rows:
        texts.extend(_steps(probe, expr, reading))
        when = last(probe, expr, reading)
        if when is not None:
            texts.append(when)
    return ", ".join(texts)


def _steps(probe: Probe, expr: ir.Aggregate, reading: Reading) -> Sequence[str]:
    found: list[str] = []
    period = reading.count(probe, "period")
    if expr.period is not None and period is not None:
        written = _period(expr.period)
        between = reading.between(expr.period, Kind.TIMESTAMP, probe.moments)
        found.append(f"{period:,} in {between}" if written in ("", between) else f"{period:,} in {written} ({between})")
        if not period:
            return found
    parts = where_parts(expr)
    for number, part in enumerate(parts):
        found.append(f"{reading.count(probe, f'part:{number}') or 0:,} {_with(part, reading)}")
    kept = reading.count(probe, "kept") or 0
    if parts:
        found.append(f"{kept:,} with all of that")
    elif expr.where is not None:
        found.append(f"{kept:,} {_with(expr.where, reading)}")
    groups = reading.count(probe, "groups")
    if groups is not None and expr.per is not None:
        found.append(f"in {words.counted(groups, 'group')} by {_written(expr.per, reading)}")
        if expr.having is not None:
            having = reading.count(probe, "having") or 0
            found.append(f"{having:,} of these groups having {_written(expr.having, reading)}")
    return found


def _period(period: ir.Period) -> str:
    """As it is written; of several that were written together, each is known by its bounds alone."""
    written = period.text
    return "" if ", number " in written else written


def _with(expr: ir.Expr, reading: Reading) -> str:
    written = _written(expr, reading)
    return (
        written if written.startswith(("followed", "not followed", "preceded", "not preceded")) else f"with {written}"
    )


def _written(expr: ir.Expr, reading: Reading) -> str:
    """As it is written; what stands there under another name, behind it."""
    span = expr.call or expr.span
    text = span.on_one_line or "the condition"
    named = [
        reading.shown(node.value, node.type)
        for node in walk(expr)
        if isinstance(node, ir.Literal) and node.span.source is not None and node.value is not None
        if node.param is not None or not (node.span.source is span.source and span.start <= node.span.start < span.end)
    ]
    return f"{text} ({words.joined(list(dict.fromkeys(named)), 'and')})" if named else text


def last(probe: Probe, expr: ir.Aggregate, reading: Reading) -> str | None:
    kept = reading.count(probe, "kept")
    when = reading.time(probe, "last" if kept else "last_row")
    if when is None:
        return None
    narrower = expr.period is not None or expr.where is not None
    which = "the last of them" if kept and narrower else "the last" if expr.where is None else "the last of all"
    return f"{which} {reading.ago(when, probe.moments)}"
