"""Examples run: what they give made into tables, what they expect asked of every evaluator at hand."""

from segdsl.examples.results import ExampleResult, ExpectationResult, Outcome, TestResults
from segdsl.examples.run import run_examples

__all__ = ["ExampleResult", "ExpectationResult", "Outcome", "TestResults", "run_examples"]
