"""From text to what can be evaluated: single conditions beside other parsers, whole libraries from files, and a command's start."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import segdsl
from tests.bench import conditions as written
from tests.bench import languages
from tests.bench.measure import Contender, Goal, Process, Run, Suite, command
from tests.bench.peers import peer
from tests.bench.profile import AS_OF

SQLGLOT = """
import sys, time
import sqlglot
texts = sys.stdin.read().splitlines() if len(sys.argv) < 3 else open(sys.argv[2]).read().splitlines()
work = {"parse_one": sqlglot.parse_one, "transpile": lambda text: sqlglot.transpile(text, write="postgres")}[sys.argv[1]]
work(texts[0])
cpu, wall = time.process_time(), time.perf_counter()
for text in texts:
    work(text)
print(len(texts))
print(time.process_time() - cpu, time.perf_counter() - wall)
"""

FILES = """
import sys, time
import segdsl
from tests.bench.conditions import schema
cpu, wall = time.process_time(), time.perf_counter()
library = segdsl.Library.from_files(sys.argv[1], schema())
if sys.argv[2] == "planned":
    library.select().plan()
else:
    library.program()
print(len(library))
print(time.process_time() - cpu, time.perf_counter() - wall)
"""

IMPORTS = ("pass", "import polars", "import sqlglot", "import duckdb", "import lark", "import segdsl")


class Texts:
    """So many conditions in every language. Compilers are given each by itself, with what they need made beforehand."""

    def __init__(self, count: int, folder: Path) -> None:
        self.folder = folder
        self.conditions = written.conditions(11, count)
        self.segdsl = written.library_text(self.conditions)
        self.sql = [f"SELECT id FROM customers WHERE {written.sql_text(c)}" for c in self.conditions]
        (folder / "statements.sql").write_text("\n".join(self.sql))
        self.files = folder / "segments"

    def checked(self) -> Run:
        """A library of all of them: parsed, names bound, types checked."""
        schema = segdsl.schema_from_dict(written.schema())
        return lambda: _with(segdsl.Library.from_text(self.segdsl, schema), lambda library: library.program())

    def to_sql(self) -> Run:
        """The same, and one statement for all."""
        schema = segdsl.schema_from_dict(written.schema())
        compiled = partial(segdsl.Library.from_text, self.segdsl, schema)
        return lambda: _with(compiled(), lambda library: library.sql("postgres", "flags", as_of=AS_OF))

    def sqlglot(self, work: str, compiled: Path | None) -> Run:
        """In a process of its own, for its compiled package shadows the pure one."""
        path = {} if compiled is None else {"PYTHONPATH": str(compiled)}
        arguments = (sys.executable, "-c", SQLGLOT, work, str(self.folder / "statements.sql"))
        return Process(arguments, path, told=True)

    def cel(self) -> Run:
        from cel_expr_python import cel

        types = {"int": cel.Type.INT, "date": cel.Type.INT, "float": cel.Type.DOUBLE, "string": cel.Type.STRING}
        fields = {n: cel.Type.DYN if c.missing else types[c.type] for n, c in written.COLUMNS.items()}
        environment = cel.NewEnv(variables=fields)
        return self._each(languages.CEL, environment.compile)

    def rules(self) -> Run:
        import rule_engine

        return self._each(languages.RULE_ENGINE, rule_engine.Rule)

    def rust_cel(self) -> Run:
        import cel

        return self._each(languages.CEL, cel.compile)

    def zen(self) -> Run:
        import zen

        return self._each(languages.ZEN, zen.compile_expression)

    def prql(self) -> Run:
        import prqlc

        return self._each(languages.PRQL, lambda text: prqlc.compile(f"from customers\nfilter {text}"))

    def _each(self, language: languages.Language, work: Callable[[str], object]) -> Run:
        texts = [languages.text(c, language, guarded=False) for c in self.conditions]

        def run() -> int:
            for text in texts:
                work(text)
            return len(texts)

        return run

    def write_files(self, per_file: int = 100) -> None:
        self.files.mkdir()
        lines = self.segdsl.splitlines()
        for start in range(0, len(lines), per_file):
            path = self.files / f"part{start // per_file:03}.seg"
            path.write_text("\n".join(lines[start : start + per_file]) + "\n")


def _with(library: segdsl.Library, work: Callable[[segdsl.Library], object]) -> int:
    work(library)
    return len(library)


def _count(answer: object) -> int:
    return int(str(answer))


def single(texts: Texts, compiled: Path | None) -> Iterator[Contender]:
    """One condition after the other."""
    yield Contender("segdsl, to a checked tree", texts.checked, answer=_count)
    yield Contender("segdsl, to SQL", texts.to_sql, answer=_count)
    for work in ("parse_one", "transpile"):
        yield Contender(f"sqlglot.{work}, pure", partial(texts.sqlglot, work, None), answer=_count)
        if compiled is not None:
            yield Contender(f"sqlglot.{work}, compiled", partial(texts.sqlglot, work, compiled), answer=_count)
    for module, name, prepare in (
        ("rule_engine", "rule_engine.Rule()", texts.rules),
        ("cel_expr_python", "CEL in C++, compile", texts.cel),
        ("cel", "CEL in Rust, compile", texts.rust_cel),
        ("zen", "zen-engine, compile_expression", texts.zen),
        ("prqlc", "prqlc.compile", texts.prql),
    ):
        if peer(module) is not None:
            yield Contender(name, prepare, answer=_count)


SINGLE = (
    Goal("segdsl, to a checked tree", "sqlglot.parse_one, pure", 0.8),
    Goal("segdsl, to a checked tree", "rule_engine.Rule()", 0.5),
)


def from_files(texts: Texts) -> Iterator[Contender]:
    """Cold, and as it was compiled to by another process; the first run, by which answers are compared, fills the cache."""
    kept = {"SEGDSL_CACHE": "1", "SEGDSL_CACHE_DIR": str(texts.folder / "kept")}
    for words in ("checked", "planned"):
        arguments = (sys.executable, "-c", FILES, str(texts.files), words)
        for how, environment in (("cold", {"SEGDSL_CACHE": "0"}), ("from the cache", kept)):
            yield Contender(f"segdsl, {words}, {how}", partial(Process, arguments, environment, told=True))


FROM_FILES = (
    Goal("segdsl, checked, cold", None, 2.5),
    Goal("segdsl, planned, cold", None, 2.5),
    Goal("segdsl, planned, from the cache", None, 0.3),
)

PROJECT = """language = "1"
schema = "commerce"
packs = ["commerce"]
segments = []
"""


def starting(folder: Path) -> Iterator[Contender]:
    project = folder / "segdsl.toml"
    project.write_text(PROJECT)
    check = (sys.executable, "-m", "segdsl", "check", "--project", str(project))
    kept = {"SEGDSL_CACHE": "1", "SEGDSL_CACHE_DIR": str(folder / "kept")}
    for name, environment in (("segdsl check", kept), ("segdsl check, cold", {"SEGDSL_CACHE": "0"})):
        yield Contender(name, partial(Process, check, environment), question=name)
    yield Contender(
        "segdsl --help", partial(Process, (sys.executable, "-m", "segdsl", "--help")), question="segdsl --help"
    )
    for code in IMPORTS:
        yield Contender(f"python -c '{code}'", partial(Process, (sys.executable, "-c", code)), question=code)


STARTING = (Goal("segdsl check", "python -c 'import polars'", 0.5, above="python -c 'pass'"),)


def suites(wanted: argparse.Namespace) -> Iterator[Suite]:
    with tempfile.TemporaryDirectory() as folder:
        texts = Texts(wanted.segments, Path(folder))
        length = sum(map(len, texts.segdsl.splitlines())) / wanted.segments
        facts = {"segments": wanted.segments, "characters of one": f"{length:.0f}"}
        contenders = tuple(single(texts, wanted.sqlglotc))
        yield Suite("From text, a segment", contenders, SINGLE, facts, unit=("segment", wanted.segments))
    with tempfile.TemporaryDirectory() as folder:
        many = Texts(wanted.library, Path(folder))
        many.write_files()
        facts = {"segments": wanted.library, "files": len(list(many.files.iterdir()))}
        yield Suite("A library from files, fresh processes", tuple(from_files(many)), FROM_FILES, facts)
    with tempfile.TemporaryDirectory() as folder:
        yield Suite("Starting, fresh processes", tuple(starting(Path(folder))), STARTING)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--segments", type=int, default=300)
    parser.add_argument("--library", type=int, default=5000, help="segments of the library that is read from files")
    parser.add_argument(
        "--sqlglotc", type=Path, help="where `pip install --no-deps --target FOLDER sqlglot sqlglotc` put them"
    )


if __name__ == "__main__":
    command("tests.bench.compiling", __doc__, options, suites)
