"""Imports go one way, and each third-party library is known to few."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "segdsl"

# Lowest first. Modules of one layer may import each other; those in one row of `STRANGERS` may not.
LAYERS: tuple[tuple[str, ...], ...] = (
    (
        "segdsl.source",
        "segdsl.types",
        "segdsl.digits",
        "segdsl.display",
        "segdsl.limits",
        "segdsl.resources",
        "segdsl.records",
        "segdsl.begun",
        "segdsl.forking",
        "segdsl",
    ),
    ("segdsl.diagnostics",),
    ("segdsl.errors",),
    ("segdsl.room",),
    ("segdsl.schema", "segdsl.functions", "segdsl.syntax"),
    ("segdsl.semantics",),
    (  # what makes a schema out of a file or of data; it asks the time model for zones
        "segdsl.toml_places",
        "segdsl.schema_reading",
        "segdsl.schema_binding",
        "segdsl.schema_build",
        "segdsl.schema_writer",
        "segdsl.project_file",
        "segdsl.inference",
        "segdsl.mysql_server",
    ),
    ("segdsl.as_of", "segdsl.explanation"),
    ("segdsl.planning",),
    ("segdsl.backends",),
    ("segdsl.pipeline", "segdsl.reading", "segdsl.sizes", "segdsl.cache"),
    ("segdsl.selection", "segdsl.content"),
    ("segdsl.library",),
    ("segdsl.runtime", "segdsl.project", "segdsl.api"),
    ("segdsl.why", "segdsl.examples"),
    ("segdsl.matching",),
    ("segdsl.demo",),
    ("segdsl.cli", "segdsl.__main__"),
)

STRANGERS = (
    ("segdsl.syntax", "segdsl.schema"),
    ("segdsl.syntax", "segdsl.functions"),
    ("segdsl.functions", "segdsl.schema"),
    ("segdsl.backends.sql", "segdsl.backends.polars"),
    ("segdsl.backends.sql", "segdsl.backends.reference"),
    ("segdsl.backends.polars", "segdsl.backends.reference"),
    ("segdsl.backends.python", "segdsl.backends.reference"),
    ("segdsl.backends.python", "segdsl.backends.polars"),
    ("segdsl.backends.python", "segdsl.backends.sql"),
)

# Who may import what is not ours: at the top of a module, and inside functions (where it costs only its users).
THIRD_PARTY_ON_TOP = {
    "lark": ("segdsl.syntax",),
    "sqlglot": ("segdsl.backends.sql",),
    "polars": ("segdsl.backends.polars", "segdsl.runtime"),
    "click": ("segdsl.cli",),
    "duckdb": (),
    "psycopg": (),
    "clickhouse_connect": (),
    "chdb": (),
    "pyarrow": (),
    "pymysql": (),
    "tzdata": (),
}
THIRD_PARTY_INSIDE = {
    "lark": (),
    "sqlglot": ("segdsl.runtime",),
    "polars": ("segdsl.demo", "segdsl.inference", "segdsl.api", "segdsl.cli", "segdsl.sizes", "segdsl.examples"),
    "click": (),
    "duckdb": ("segdsl.runtime", "segdsl.inference", "segdsl.examples"),
    "psycopg": ("segdsl.runtime", "segdsl.inference"),
    "clickhouse_connect": ("segdsl.runtime",),
    "chdb": ("segdsl.runtime",),
    "pyarrow": (),
    "pymysql": ("segdsl.runtime", "segdsl.inference", "segdsl.mysql_server"),
    "tzdata": (),
}


@dataclass(frozen=True)
class Import:
    """One import statement. ``on_top``: it is executed when the module is."""

    module: str
    imported: str
    on_top: bool
    line: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.imported}"


def imports(path: Path) -> Iterator[Import]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    yield from _imports(ast.parse(path.read_text(encoding="utf-8")), module, on_top=True)


def _imports(node: ast.AST, module: str, *, on_top: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import():
                for name in child.names:
                    yield Import(module, name.name, on_top, child.lineno)
            case ast.ImportFrom():
                assert child.level == 0, f"{module}:{child.lineno} imports relatively"
                for name in child.names:
                    full = f"{child.module}.{name.name}"
                    imported = full if _is_module(full) else str(child.module)
                    yield Import(module, imported, on_top, child.lineno)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue  # never executed; annotations may name what the module must not import
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from _imports(child, module, on_top=False)
            case _:
                yield from _imports(child, module, on_top=on_top)


def _is_module(name: str) -> bool:
    path = ROOT / Path(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def layer(module: str) -> int:
    def fits(prefix: str) -> bool:
        return module == prefix or (prefix != "segdsl" and module.startswith(prefix + "."))

    found = [number for number, prefixes in enumerate(LAYERS) if any(fits(prefix) for prefix in prefixes)]
    assert len(found) == 1, f"{module} has no layer; give it one in LAYERS"
    return found[0]


def inside(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


ALL = [found for path in sorted(PACKAGE.rglob("*.py")) for found in imports(path)]
OWN = [found for found in ALL if found.imported == "segdsl" or found.imported.startswith("segdsl.")]


def test_there_is_something_to_look_at() -> None:
    assert len(OWN) > 100


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_has_a_layer(path: Path) -> None:
    layer(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))


def test_imports_go_down_only() -> None:
    upward = [str(found) for found in OWN if found.on_top and layer(found.imported) > layer(found.module)]
    assert upward == []


def test_imports_inside_functions_may_go_up_where_a_host_asks_for_it() -> None:
    allowed = {
        # What a library and its segments offer over data, they borrow from above.
        ("segdsl.selection", "segdsl.runtime.evaluate"),
        ("segdsl.selection", "segdsl.runtime.overlap"),
        ("segdsl.selection", "segdsl.runtime.prepare"),
        ("segdsl.selection", "segdsl.why.ask"),
        ("segdsl.library", "segdsl.examples"),
        ("segdsl.library", "segdsl.matching.matcher"),
        ("segdsl.library", "segdsl.matching.taking"),
        ("segdsl.inference", "segdsl.runtime.database"),  # what a server has, its driver knows
        ("segdsl.inference", "segdsl.runtime.drivers.clickhouse"),
    }
    upward = {
        (found.module, found.imported)
        for found in OWN
        if not found.on_top and layer(found.imported) > layer(found.module)
    }
    assert upward == allowed


def test_strangers_do_not_know_each_other() -> None:
    met = [
        str(found)
        for one, other in STRANGERS
        for found in OWN
        if (inside(found.module, (one,)) and inside(found.imported, (other,)))
        or (inside(found.module, (other,)) and inside(found.imported, (one,)))
    ]
    assert met == []


@pytest.mark.parametrize("library", THIRD_PARTY_ON_TOP)
def test_third_party_libraries_are_known_to_few(library: str) -> None:
    users = [found for found in ALL if found.imported.split(".")[0] == library]
    wrong = [
        str(found)
        for found in users
        if not inside(found.module, THIRD_PARTY_ON_TOP[library])
        and (found.on_top or not inside(found.module, THIRD_PARTY_INSIDE[library]))
    ]
    assert wrong == []


def test_nothing_else_is_imported() -> None:
    known = {*sys.stdlib_module_names, *THIRD_PARTY_ON_TOP, "segdsl"}
    assert {found.imported.split(".")[0] for found in ALL} <= known


def test_a_planted_import_is_seen() -> None:
    tree = ast.parse("import polars\ndef f():\n    from sqlglot import exp\n")
    found = [(one.imported, one.on_top) for one in _imports(tree, "segdsl.source", on_top=True)]
    assert found == [("polars", True), ("sqlglot", False)]
