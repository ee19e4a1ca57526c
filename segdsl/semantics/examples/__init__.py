"""`example`s: the rows that they give and the conditions that they expect, bound to the schema and the library."""

from segdsl.semantics.examples.example import Example, Expectation, Row, Value
from segdsl.semantics.examples.resolve import resolve_examples

__all__ = ["Example", "Expectation", "Row", "Value", "resolve_examples"]
