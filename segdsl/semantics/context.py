"""What the resolver's modules share: the schema's shape, what has been resolved so far, and the findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segdsl import schema as sch
from segdsl.diagnostics import Diagnostic, Severity
from segdsl.limits import Limits
from segdsl.semantics import ir
from segdsl.semantics.layout import Layout
from segdsl.semantics.time import Zone
from segdsl.semantics.time import zone as zone_of
from segdsl.source import Span
from segdsl.types import UNKNOWN


@dataclass(slots=True)
class Context:
    """``definitions`` grows while a library is resolved; of those, ``bounds`` are the numbers' (`segdsl.semantics.numbers`),
    ``conditions`` are two-valued and ``float_sums`` are sums of floats.
    ``model``: the schema with its expressions, while a library is resolved over it.
    ``broken`` counts errors, so that one can tell whether something went wrong between two points."""

    schema: sch.Schema
    limits: Limits
    layout: Layout
    zone: Zone
    model: ir.Model | None = None
    definitions: dict[str, ir.Definition] = field(default_factory=dict)
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict)
    conditions: set[str] = field(default_factory=set)
    float_sums: set[str] = field(default_factory=set)
    findings: list[Diagnostic] = field(default_factory=list)
    broken: int = 0

    def report(self, finding: Diagnostic) -> None:
        self.findings.append(finding)
        if finding.severity is Severity.ERROR:
            self.taint()

    def taint(self) -> None:
        """What is being resolved cannot be right, though nothing new is to be said about it."""
        self.broken += 1

    def wrong(self, finding: Diagnostic) -> ir.Literal:
        """Report, and stand in for what is wrong."""
        self.report(finding)
        return unknown(finding.span)


def context(
    schema: sch.Schema,
    limits: Limits,
    model: ir.Model | None = None,
    traits: Mapping[tuple[str, str], str] | None = None,
) -> Context:
    """``traits``: those of relations, see `Layout`."""
    layout = Layout(schema, traits, private=model is None)
    return Context(schema, limits, layout, zone_of(schema.timezone), model)


def unknown(span: Span) -> ir.Literal:
    """What stands for something known to be wrong; whatever is made of it is silent."""
    return ir.Literal(None, type=UNKNOWN, optional=True, span=span)
