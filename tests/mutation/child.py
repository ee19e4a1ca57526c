"""One mutant, judged: ``python -m tests.mutation.child [--all] [PATH OPERATOR OCCURRENCE]``. Prints what noticed it, or ``survived``.

First the conformance cases, on the referee and on the evaluators that are quick; then the tests nearest to the changed module; with
``--all`` at last the others that are not about files of the repository.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType

from tests.mutation.mutants import ROOT, Mutant

sys.path.insert(0, str(ROOT / "tests"))

SOME = ("reference", "polars", "duckdb", "sqlite")
DIGESTS = "tests/determinism/test_determinism.py::test_the_sql_is_as_it_was_when_somebody_last_looked"
ON_BACKENDS = ("tests/sql", "tests/test_lists.py", "tests/test_sphere.py")
"""Tests of which each asks one backend, and is named after it."""
NEAR: dict[str, tuple[tuple[str, ...], str]] = {
    "segdsl/backends/python/": (("tests/python_backend", "tests/matching"), "python"),
    "segdsl/backends/polars/": (("tests/polars_backend", "tests/golden", "tests/runtime"), "polars or prepared"),
    "segdsl/backends/reference/": (
        (
            "tests/conformance/test_referee.py",
            "tests/conformance/test_referee_company.py",
            "tests/differential/test_differential.py",
        ),
        "reference",
    ),
    "segdsl/backends/sql/dialects/": (
        (DIGESTS, "tests/golden", "tests/generated", "tests/runtime/test_columns_apart.py"),
        "{name}",
    ),
    "segdsl/backends/sql/": ((DIGESTS, "tests/golden", "tests/generated"), "not spark"),
    "segdsl/backends/": (("tests/polars_backend", "tests/golden"), "not spark"),
    "segdsl/planning/": ((DIGESTS, "tests/planning", "tests/golden", "tests/polars_backend"), "not spark"),
    "segdsl/semantics/examples/": (("tests/examples", "tests/semantics", "tests/errors"), ""),
    "segdsl/semantics/lint/": (("tests/semantics", "tests/properties/test_lint.py", "tests/errors"), ""),
    "segdsl/semantics/": (("tests/semantics", "tests/errors", "tests/schema", "tests/planning"), ""),
}
"""Of folders, the most particular first: tests to ask, and which of those `ON_BACKENDS`. Those of Spark take minutes."""
REST = (
    "tests/semantics",
    "tests/planning",
    "tests/golden",
    "tests/errors",
    "tests/api",
    "tests/examples",
    "tests/explanation",
    "tests/why",
    "tests/cli",
    "tests/pack",
    "tests/runtime",
    "tests/syntax",
    "tests/properties",
    "tests/differential",
)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module with another source."""

    def __init__(self, module: str, source: str, path: str) -> None:
        self._module, self._source, self._path = module, source, path

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None):  # type: ignore[no-untyped-def]
        if name != self._module:
            return None
        is_package = self._path.endswith("__init__.py")
        return importlib.util.spec_from_file_location(
            name,
            self._path,
            loader=self,
            submodule_search_locations=[self._path.rpartition("/")[0]] if is_package else None,
        )

    def get_filename(self, name: str) -> str:
        return self._path

    def get_source(self, name: str) -> str:
        return self._source


def _noticed(mutant: Mutant, widely: bool) -> Iterator[str]:
    yield from _by_cases(mutant)
    paths, backends = next(found for folder, found in NEAR.items() if mutant.path.startswith(folder))
    yield from _by_tests(paths)
    if backends:
        name = mutant.path.rpartition("/")[2].removesuffix(".py")
        yield from _by_tests(ON_BACKENDS, "-k", backends.format(name=name))
    if widely:
        yield from _by_tests([path for path in REST if path not in paths])


def _by_cases(mutant: Mutant) -> Iterator[str]:
    """The first case that goes wrong."""
    from backends import BACKENDS, is_gap
    from conformance import test_conformance as lines

    of_path = mutant.path.removesuffix(".py").split("/")
    own = [*of_path, *(["prepared"] if "polars" in of_path else [])]
    names = [*dict.fromkeys(name for name in own if name in BACKENDS and name not in SOME), *SOME]
    for case in lines.CASES:
        if case.selects is None and not isinstance(lines.typed(case.scene, case.text), str):
            yield f"conformance: {case.place} is accepted"
    for name in names:
        for case in lines.CASES:
            if case.selects is None:
                continue
            if isinstance(lines.typed(case.scene, case.text), str):
                yield f"conformance: {case.place} is refused"
            found = lines.selected(name, case.scene, lines.place_in_scene(case))[case.text]
            if isinstance(found, Exception):
                if not is_gap(found):
                    yield f"conformance: {case.place} on {name}: {type(found).__name__}"
            elif sorted(map(str, found)) != sorted(case.selects):
                yield f"conformance: {case.place} on {name}"


def _by_tests(paths: Sequence[str], *kept: str) -> Iterator[str]:
    import pytest

    assert all((ROOT / path.partition("::")[0]).exists() for path in paths), paths

    class Watch:
        failed = ""

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed and not self.failed:
                self.failed = report.nodeid

        def pytest_collectreport(self, report: pytest.CollectReport) -> None:
            if report.failed and not self.failed:
                self.failed = report.nodeid

    watch = Watch()
    options = [
        "-x",
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--differential-examples",
        "200",
    ]
    code = pytest.main([*options, *kept, *paths], plugins=[watch])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        yield watch.failed or f"pytest: {code!r}"


def main() -> int:
    mutant = Mutant("segdsl/semantics/", "", 0)
    widely, which = "--all" in sys.argv, [one for one in sys.argv[1:] if one != "--all"]
    if which:
        path, operator, occurrence = which
        mutant = Mutant(path, operator, int(occurrence))
        sys.meta_path.insert(0, _Changed(mutant.module, mutant.source() or "", str(ROOT / path)))
    try:
        found = next(_noticed(mutant, widely), None)
    except BaseException as error:  # noqa: BLE001 - a module that cannot even be imported is noticed
        found = f"{type(error).__name__}: {str(error)[:200]}"
    print(f"\nmutant: {found or 'survived'}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
