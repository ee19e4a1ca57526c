"""One record against a library of 1, 100 and 1,000 segments: which of them it is in."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import polars as pl

import segdsl
from tests.bench import conditions as written
from tests.bench import languages
from tests.bench.data import data_option, kept
from tests.bench.measure import Contender, Goal, Run, Suite, command
from tests.bench.peers import peer
from tests.bench.profile import AS_OF, make_customers

Record = Mapping[str, object]
Matched = list[list[str]]

COMPILED = "compiled peers, a program for each segment"
AT_ONCE = "compiled peers, one program for all"


class Library:
    """So many segments and some records, for every engine as it takes them; all that can be done once is not timed."""

    def __init__(self, segments: int, records: list[dict[str, object]]) -> None:
        self.conditions = {f"s{n:04}": c for n, c in enumerate(written.conditions(13, segments))}
        self.records = records
        self.for_peers = [languages.peers_record({name: r[name] for name in written.COLUMNS}) for r in records]

    def segdsl(self) -> Run:
        library = segdsl.Library.from_text(written.library_text(list(self.conditions.values())), written.schema())
        match = library.matcher(as_of=AS_OF).match
        return lambda: [match(record) for record in self.records]

    def making(self) -> Run:
        """The function made, from a library that is checked: what a change of the library costs."""
        library = segdsl.Library.from_text(written.library_text(list(self.conditions.values())), written.schema())
        library.program()

        def run() -> Matched:
            matcher = library.matcher(as_of=AS_OF)
            matcher.warm()
            return [matcher.match(record) for record in self.records]

        return run

    def _texts(self, language: languages.Language) -> dict[str, str]:
        return {name: languages.text(c, language) for name, c in self.conditions.items()}

    def _each(self, prepared: Mapping[str, Callable[[Record], object]]) -> Run:
        """A program for each segment, asked one after the other."""
        programs = list(prepared.items())
        return lambda: [[name for name, holds in programs if holds(record)] for record in self.for_peers]

    def _at_once(self, holds: Callable[[Record], object]) -> Run:
        """One program that makes a list of all answers."""
        names = list(self.conditions)

        def run() -> Matched:
            return [[name for name, is_in in zip(names, holds(r), strict=True) if is_in] for r in self.for_peers]

        return run

    def rust_cel(self) -> Run:
        """The record is converted once for all programs."""
        import cel

        programs = [(name, cel.compile(text).execute) for name, text in self._texts(languages.CEL).items()]

        def run() -> Matched:
            contexts = (cel.Context(variables=record) for record in self.for_peers)
            return [[name for name, holds in programs if holds(context)] for context in contexts]

        return run

    def rust_cel_at_once(self) -> Run:
        import cel

        return self._at_once(cel.compile(f"[{', '.join(self._texts(languages.CEL).values())}]").execute)

    def cel(self) -> Run:
        """An activation for each record, an arena for all of its answers."""
        from cel_expr_python import cel

        types = {"int": cel.Type.INT, "date": cel.Type.INT, "float": cel.Type.DOUBLE, "string": cel.Type.STRING}
        fields = {n: cel.Type.DYN if c.missing else types[c.type] for n, c in written.COLUMNS.items()}
        environment = cel.NewEnv(variables=fields)
        programs = [(name, environment.compile(text).eval) for name, text in self._texts(languages.CEL).items()]

        def run() -> Matched:
            activations = (environment.Activation(record, arena=cel.Arena()) for record in self.for_peers)
            return [[name for name, holds in programs if holds(one).value()] for one in activations]

        return run

    def zen(self) -> Run:
        import zen

        texts = self._texts(languages.ZEN).items()
        return self._each({name: zen.compile_expression(text).evaluate for name, text in texts})

    def zen_at_once(self) -> Run:
        import zen

        return self._at_once(zen.compile_expression(f"[{', '.join(self._texts(languages.ZEN).values())}]").evaluate)

    def rules(self) -> Run:
        import rule_engine

        context = rule_engine.Context(default_value=None)
        texts = self._texts(languages.RULE_ENGINE).items()
        return self._each({name: rule_engine.Rule(text, context=context).matches for name, text in texts})

    def json_logic(self) -> Run:
        from json_logic import jsonLogic

        prepared = {name: languages.json_logic(c) for name, c in self.conditions.items()}
        return self._each({name: partial(jsonLogic, logic) for name, logic in prepared.items()})


def contenders(library: Library) -> Iterator[Contender]:
    yield Contender("segdsl", library.segdsl)
    yield Contender("segdsl, the function made anew", library.making)
    for module, name, prepare, family in (
        ("cel", "CEL in Rust", library.rust_cel, COMPILED),
        ("cel", "CEL in Rust, one list of all", library.rust_cel_at_once, AT_ONCE),
        ("cel_expr_python", "CEL in C++", library.cel, COMPILED),
        ("zen", "zen-engine", library.zen, COMPILED),
        ("zen", "zen-engine, one list of all", library.zen_at_once, AT_ONCE),
        ("rule_engine", "rule-engine", library.rules, ""),
        ("json_logic", "json-logic", library.json_logic, ""),
    ):
        if peer(module) is not None:
            yield Contender(name, prepare, family)


GOALS = (Goal("segdsl", COMPILED, 0.06), Goal("segdsl", AT_ONCE, 0.06), Goal("segdsl", None, 120e-6))


def suites(wanted: argparse.Namespace) -> Iterator[Suite]:
    path = kept(wanted.data / "profiles-10000.parquet", partial(make_customers, rows=10_000))
    records = pl.read_parquet(path, n_rows=wanted.records).to_dicts()
    for segments in wanted.segments:
        library = Library(segments, records)
        uses = [p for c in library.conditions.values() for p in written.predicates(c)]
        facts = {"records": len(records), "predicates": len(uses), "different": len(set(uses))}
        goals = GOALS if segments == 1000 else ()
        title = f"One record, {segments} segment{'s' if segments > 1 else ''}"
        yield Suite(title, tuple(contenders(library)), goals, facts, unit=("record", len(records)))


def options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument("--segments", type=int, nargs="+", default=[1, 100, 1000])
    parser.add_argument("--records", type=int, default=50)


if __name__ == "__main__":
    command("tests.bench.record", __doc__, options, suites)
