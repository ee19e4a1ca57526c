"""Options of the whole test run."""

from __future__ import annotations

import os

import pytest

# What a test compiles is nobody else's, and nobody else's is a test's.
os.environ["SEGDSL_CACHE"] = "0"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("differential", "random segments on every evaluator")
    group.addoption(
        "--differential-examples", type=int, default=400, metavar="N", help="how many segments to compare (400)"
    )
    group.addoption("--differential-seed", default="1", metavar="SEED", help="another seed, other examples")
    determinism = parser.getgroup("determinism", "the same text gives the same SQL")
    determinism.addoption(
        "--every-case", action="store_true", help="with other sqlglots, of every condition of the conformance cases too"
    )
    lint = parser.getgroup("lint", "random libraries, what lint says of them, and random data")
    lint.addoption("--lint-libraries", type=int, default=300, metavar="N", help="how many libraries to try (300)")
    lint.addoption("--lint-seed", default="1", metavar="SEED", help="another seed, other libraries")
