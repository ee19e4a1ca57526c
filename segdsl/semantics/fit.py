"""What of the predefined packs fits a schema: the rest is left out before a library is resolved for good.

In go a namespace of everything, one of the packs alone, and the model; out come what is left of the first and what resolving it
yields. A pack's definition is left out where it does not resolve on this schema, and with it the pack's definitions that
use it. One that resolves on its own and not beside the project's definitions stays, and its errors with it: there the
project replaces something that the pack needs by something else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from segdsl.diagnostics import Diagnostic, Severity
from segdsl.errors.names import LEFT_OUT
from segdsl.limits import Limits
from segdsl.semantics import ir
from segdsl.semantics.link import LeftOut, Namespace
from segdsl.semantics.resolve import Findings, resolve


def resolve_fitting(
    namespace: Namespace, packs: Namespace, model: ir.Model, settings: Mapping[str, object], limits: Limits
) -> tuple[Namespace, ir.Program, Findings]:
    """The library without what does not fit of the packs; ``packs`` is the namespace of their files alone."""
    program, findings = resolve(namespace, model, settings, limits)
    if not _unfit(namespace, findings):
        return namespace, program, findings
    alone, found = packs, resolve(packs, model, {}, limits)[1]
    while unfit := _unfit(alone, found):
        alone = alone.without(unfit)
        found = resolve(alone, model, {}, limits)[1]
    while unfit := _unfit(namespace, findings, alone.left_out):
        namespace = namespace.without(unfit)
        program, findings = resolve(namespace, model, settings, limits)
    return namespace, program, findings


def _unfit(
    namespace: Namespace, findings: Iterable[Diagnostic], among: Collection[str] | None = None
) -> dict[str, LeftOut]:
    """The packs' definitions that have errors, each with the first of its own."""
    unfit: dict[str, LeftOut] = {}
    for finding in findings:
        if finding.severity is not Severity.ERROR or finding.span.source is None:
            continue
        for name, entry in namespace.entries.items():
            span = entry.node.span
            inside = span.source is finding.span.source and span.start <= finding.span.start < span.end
            if entry.pack is None or not inside or name in unfit or (among is not None and name not in among):
                continue
            # What uses something that is left out is left out for the same reason.
            cause = finding.related[0] if finding.code == LEFT_OUT.code else finding
            unfit[name] = LeftOut(entry.pack, cause.message, cause.span)
    return unfit
