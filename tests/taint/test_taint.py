"""Users' words in SQL: some thousands of hostile statements, and what would be found if something were wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlglot import exp
from taint.check import faults
from taint.hostile import Hostile, Marked, examples
from taint.lexica import LEXICA
from taint.run import AS_OF, Random, run

from segdsl.backends.sql import closed, nodes
from segdsl.backends.sql.compiled import CompiledSQL
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.library import Library
from segdsl.types import Kind

STATEMENTS = 2_000


def test_every_dialect_has_its_lexicon() -> None:
    assert set(DIALECTS) <= set(LEXICA)


def test_no_word_of_a_users_is_read_as_sql() -> None:
    outcome = run(STATEMENTS, "quick")
    assert not outcome.faults, outcome.faults[0]
    assert sum(outcome.refused.values()) < STATEMENTS / 10


def test_hostile_examples_come_from_their_seed() -> None:
    assert [one.text for one in examples(Random("a"))] == [one.text for one in examples(Random("a"))]


def _of(text: str, dialect: str = "duckdb", value: str = "⟪k1' OR 1=1 --") -> list[str]:
    marked = Marked(Random("x"), {value}, {"⟪n1'"})
    sql = CompiledSQL(text, dialect, "members", proof="proven")
    return list(faults(Hostile({}, "", "it", {}, marked), sql))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("SELECT id FROM t WHERE a = '⟪k1' OR 1=1 --'", "no statement"),
        ("SELECT id FROM t WHERE a = '⟪k1'' OR 1=1 '", "none of the user's"),
        ("SELECT id FROM t WHERE a = ⟪k1", "no statement"),
        ('SELECT "⟪n1" FROM t', "a name that is none"),
        ("SELECT id FROM t /* ⟪k1 */", "no statement"),
        ("SELECT id FROM t -- \n", "no statement"),
    ],
)
def test_the_check_can_fail(wrong: str, said: str) -> None:
    assert said in _of(wrong)[0]
    assert not _of("SELECT \"⟪n1'\" FROM t WHERE a = '⟪k1'' OR 1=1 --'")


def _unescaped(value: object, type_: object) -> exp.Expr:
    return exp.var(f"'{value}'")


def _cut(value: object, type_: object) -> exp.Expr:
    return nodes.text(str(value).replace("'", ""))


@pytest.mark.parametrize("fault", [_unescaped, _cut])
def test_a_lowering_that_is_wrong_is_found(fault: Callable[..., exp.Expr], monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = DIALECTS["duckdb"]
    wrong = replace(duckdb, literals={**duckdb.literals, Kind.STRING: fault})
    monkeypatch.setitem(DIALECTS, "duckdb", wrong)  # type: ignore[arg-type]
    if fault is _unescaped:
        with pytest.raises(AssertionError, match="Var holds"):
            run(200, "fault", ("duckdb",))
    else:
        assert run(200, "fault", ("duckdb",)).faults


@pytest.mark.parametrize(
    "node",
    [
        exp.Literal.number("1 OR 1=1"),
        exp.Literal.number("0x1F"),
        exp.var("x' --"),
        exp.to_identifier("a b", quoted=False),
        nodes.interval("1 day' --"),
        nodes.call("LOWER(", nodes.number(1)),
        nodes.cast(nodes.number(1), "INT); DROP"),
        exp.Placeholder(this="p 1)"),
    ],
)
def test_what_is_written_as_it_stands_holds_no_words_of_anybody(node: Any) -> None:
    with pytest.raises(AssertionError, match="holds"):
        closed.check(exp.select(node))


def test_comments_hold_dates_alone() -> None:
    literal = nodes.number(1)
    literal.add_comments(["2026-06-01 00:00:00"])
    closed.check(exp.select(literal))
    literal.add_comments(["*/ DROP TABLE t"])
    with pytest.raises(AssertionError, match="a comment holds"):
        closed.check(exp.select(literal))


def test_a_limit_of_names_is_cut_at_a_character() -> None:
    """PostgreSQL keeps 63 bytes of a name; what is longer ends in a digest of all of it."""
    name = "⟪n" + "é" * 40
    schema = {"entity": {"table": "t", "key": "id", "fields": {"id": "int", "a": {"type": "string?", "column": "a"}}}}
    library = Library.from_text(f'segment `{name}` where a = "x"', schema)
    sql = library.select([name]).sql("postgres", "counts", as_of=AS_OF)
    assert not list(faults(Hostile(schema, "", name, {}, Marked(Random("x"), set(), {name})), sql))


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("note_by_customer_and_⟪n2é'); DROP TABLE the_customers_0123abcd", True),
        ("⟪n2é'); DROP TABLE the_customers and then more_0123abcd", True),
        ("⟪n2é'); DROP TABLE the_customers and then more of the_0123abcd", True),
        ("note_by_customer_and_⟪n2é'); DELETE FROM the_customers_0123abcd", False),
        ("note_by_'customer_and_⟪n2é'); DROP TABLE the_customers_0123abcd", False),
        ("note_by_customer_and_⟪n2é'); DROP TABLE the_customers", False),
        ("n_⟪n2é'); DROP_0123abcd", False),
    ],
)
def test_a_name_may_be_cut_within_a_users(name: str, known: bool) -> None:
    marked = Marked(Random("x"), set(), {"⟪n2é'); DROP TABLE the_customers and then more of them"})
    sql = CompiledSQL(f'SELECT "{name}" FROM t', "postgres", "members", proof="proven")
    found = list(faults(Hostile({}, "", "it", {}, marked), sql))
    assert (found == []) == known
