"""Statements: shapes, names, parentheses, sizes, gaps."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
import sqlglot
from engines import connect
from engines.limits import taking_less
from sql.plans import AS_OF, ENGINES, call, col, lit, load, members, plan, selected
from sqlglot import exp

from segdsl import Library
from segdsl.backends.lowering import missing, unknown
from segdsl.backends.sql import names, nodes, sphere
from segdsl.backends.sql.dialects import DIALECTS
from segdsl.backends.sql.emit import emit
from segdsl.backends.sql.sizes import TooLarge
from segdsl.backends.sql.text import write
from segdsl.diagnostics import SegdslError
from segdsl.planning.plan import Aggregation, Input, Join, Plan, Stage, StageColumn, StageRef, Table, TableColumn, Union
from segdsl.semantics import ir
from segdsl.types import BOOL, FLOAT, INT, STRING, TIMESTAMP, decimal

each_engine = pytest.mark.parametrize("engine", ENGINES)
A = col("a", INT)


def above(number: int) -> ir.Compare:
    return ir.Compare(">", A, lit(number, INT))


# -- dialects -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_lowers_every_overload_or_says_why_not(name: str) -> None:
    dialect = DIALECTS[name]
    assert missing({*dialect.calls, *dialect.gaps}) == sphere.OVERLOADS
    assert unknown({*dialect.calls, *dialect.gaps}) == set()
    assert all(dialect.gaps.values())


def test_a_gap_is_refused_at_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    gaps = replace(DIALECTS["sqlite"], gaps={"number": "it cannot count", "lower": "it cannot read"})
    monkeypatch.setitem(DIALECTS, "sqlite", gaps)  # type: ignore[arg-type]
    spelled = call("number", call("lower", col("s", STRING), type_=STRING), type_=decimal(38, 9))
    made = plan({"it": ir.IsMissing(spelled), "other": above(1)}, {"s": STRING, "a": INT})
    with pytest.raises(SegdslError) as raised:
        emit(made, "sqlite", "flags", AS_OF)
    found = raised.value.diagnostics
    assert [one.code for one in found] == ["SEG601", "SEG601"]
    assert {one.message for one in found} == {
        "sqlite cannot compute number(…) exactly: it cannot count",
        "sqlite cannot compute lower(…) exactly: it cannot read",
    }
    assert emit(made, "sqlite", "members", AS_OF, "other").text
    assert emit(made, "duckdb", "flags", AS_OF).text


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(SegdslError) as raised:
        emit(plan({"it": above(1)}, {"a": INT}), "oracle", "members", AS_OF, "it")
    (found,) = raised.value.diagnostics
    assert found.code == "SEG603"
    assert ", ".join(sorted(DIALECTS)) in (found.hint or "")


def test_a_column_name_that_would_be_cut_is_refused() -> None:
    name = "s" * 64
    made = plan({name: above(1)}, {"a": INT})
    with pytest.raises(SegdslError) as raised:
        emit(made, "postgres", "flags", AS_OF)
    assert [d.code for d in raised.value.diagnostics] == ["SEG605"]
    assert emit(made, "duckdb", "flags", AS_OF).text.count(name) == 1


@each_engine
def test_names_that_would_be_cut_do_no_harm_elsewhere(engine: str) -> None:
    load(engine, {"a": INT}, [(1,), (2,)])
    first, second = "s" * 70 + "1", "s" * 70 + "2"
    made = plan({first: above(0), second: above(1)}, {"a": INT})
    counts = connect(engine).rows(emit(made, engine, "counts", AS_OF).text)
    assert sorted(map(tuple, counts)) == [(first, 2, 2), (second, 1, 2)]
    found = connect(engine).rows(emit(made, engine, "memberships", AS_OF).text)
    assert sorted(map(tuple, found)) == [(first, 1), (first, 2), (second, 2)]


def test_too_many_joins_are_refused() -> None:
    table = Table("t", (TableColumn("id", "id", INT, False),))
    key = col("id", INT, optional=False)
    joins = tuple(Join(Input(f"j{n}", table), ((key, "id"),)) for n in range(70))
    uses = ir.All(tuple(ir.IsMissing(col("id", INT, of=f"j{n}")) for n in range(70)))
    columns = (StageColumn("id", INT, False, key), StageColumn("it", BOOL, False, uses, condition=True))
    made = Plan((), Stage("all_t", Input("t", table), joins, (), None, columns, ("id",)), "id", {"it": "it"})
    with pytest.raises(TooLarge) as raised:
        emit(made, "sqlite", "members", AS_OF, "it")
    assert [d.code for d in raised.value.diagnostics] == ["SEG604"]
    assert raised.value.load == 71 / 63


@pytest.mark.parametrize(
    ("engine", "levels", "codes"),
    [("sqlite", 15, []), ("sqlite", 16, ["SEG604"]), ("mysql", 8, []), ("mysql", 9, ["SEG604"])],
)
def test_too_many_references_are_refused(engine: str, levels: int, codes: list[str]) -> None:
    """A stage that joins the stage before it to itself names the table twice as often: SQLite stops at 65,535."""
    key = col("id", INT, optional=False)
    plain = (StageColumn("id", INT, False, key),)
    stages = [Stage("s0", Input("t", Table("t", (TableColumn("id", "id", INT, False),))), (), (), None, plain, ("id",))]
    for level in range(1, levels + 1):
        before = StageRef(f"s{level - 1}")
        joined = Join(Input("u", before), ((key, "id"),))
        there = (ir.IsMissing(col("id", INT, of="u"), negated=True),)
        stages.append(Stage(f"s{level}", Input("t", before), (joined,), there, None, plain, ("id",)))
    final = Stage(
        "all_t",
        Input("t", StageRef(f"s{levels}")),
        (),
        (),
        None,
        (*plain, StageColumn("it", BOOL, False, ir.Compare(">", key, ir.Literal(1, type=INT)), condition=True)),
        ("id",),
    )
    made = Plan(tuple(stages), final, "id", {"it": "it"})
    try:
        text = emit(made, engine, "members", AS_OF, "it").text
        found = []
    except SegdslError as error:
        found = [d.code for d in error.diagnostics]
    assert found == codes
    if not found:
        connect(engine).load({"t": [{"id": 1}, {"id": 2}]}, {"t": {"id": INT}})
        assert [tuple(row) for row in connect(engine).rows(text)] == [(2,)]
    emit(made, "postgres", "members", AS_OF, "it")


# -- shapes ---------------------------------------------------------------------------------------------------------


@each_engine
def test_shapes(engine: str) -> None:
    load(engine, {"a": INT}, [(1,), (2,), (3,), (None,)])
    made = plan({"above_1": above(1), "population": above(2), "Select": ir.IsMissing(A)}, {"a": INT})
    rows = connect(engine).rows
    assert sorted(rows(emit(made, engine, "members", AS_OF, "above_1").text)) == [(2,), (3,)]
    flags = sorted(tuple(map(int, row)) for row in rows(emit(made, engine, "flags", AS_OF).text))
    assert flags == [(1, 0, 0, 0), (2, 1, 0, 0), (3, 1, 1, 0), (4, 0, 0, 1)]
    assert sorted(rows(emit(made, engine, "counts", AS_OF).text)) == [
        ("Select", 1, 4),
        ("above_1", 2, 4),
        ("population", 1, 4),
    ]
    assert sorted(rows(emit(made, engine, "memberships", AS_OF).text)) == [
        ("Select", 4), ("above_1", 2), ("above_1", 3), ("population", 3),
    ]  # fmt: skip
    assert rows(emit(made, engine, "counts", AS_OF, "above_1").text) == [("above_1", 2, 4)]


@each_engine
def test_a_thousand_segments(engine: str) -> None:
    load(engine, {"a": INT}, [(500,)])
    made = plan({f"above_{n}": above(n) for n in range(1000)}, {"a": INT})
    counts = {row[0]: row[1] for row in connect(engine).rows(emit(made, engine, "counts", AS_OF).text)}
    assert len(counts) == 1000
    assert sum(counts.values()) == 500
    assert len(connect(engine).rows(emit(made, engine, "memberships", AS_OF).text)) == 500


def test_the_same_plan_gives_the_same_bytes() -> None:
    made = plan({"b": above(1), "a": above(2)}, {"a": INT})
    first, second = (emit(made, "duckdb", "counts", AS_OF) for _ in range(2))
    assert first.text == second.text
    assert str(first) == str(second)
    assert first.hash == second.hash != emit(made, "sqlite", "counts", AS_OF).hash
    assert first.params == ()


def test_what_nobody_reads_is_not_written() -> None:
    table = Table("u", (TableColumn("k", "k", INT, False), TableColumn("x", "x", INT, True)))
    k = col("k", INT, of="u")
    grouped = Stage(
        "u_by_k", Input("u", table), (), (), ("k",),
        (
            StageColumn("k", INT, False, k),
            StageColumn("used", INT, False, Aggregation("count", INT)),
            StageColumn("unused", INT, True, Aggregation("max", INT, col("x", INT, of="u"))),
        ),
    )  # fmt: skip
    other = replace(grouped, name="other_by_k")
    final = plan({"it": above(1), "more": ir.Compare("=", col("used", INT, of="s"), lit(2, INT))}, {"a": INT}).final
    key = col("id", INT, optional=False)
    final = replace(
        final,
        joins=(
            Join(Input("s", StageRef("u_by_k")), ((key, "k"),)),
            Join(Input("o", StageRef("other_by_k")), ((key, "k"),)),
        ),
    )
    made = Plan((grouped, other), final, "id", {"it": "it", "more": "more"})
    text = emit(made, "duckdb", "flags", AS_OF).text
    assert "unused" not in text and "other_by_k" not in text and "u_by_k" in text
    assert emit(made, "duckdb", "members", AS_OF, "it").text == "SELECT id\nFROM t\nWHERE a > 1"


# -- names ----------------------------------------------------------------------------------------------------------

ALIKE = {"VIP": above(1), "vip": above(2), "ID": above(3), "Id": above(4), "VIP_2": above(5)}
"""Apart by letter case alone, from one another and from the key; and one that is as such a name would become."""


@each_engine
@pytest.mark.parametrize("ctes", [None, 1])
def test_names_that_differ_in_letter_case_alone(engine: str, ctes: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most engines take such columns for one."""
    if ctes is not None:
        taking_less(monkeypatch, engine, ctes=ctes)
    load(engine, {"a": INT}, [(number,) for number in range(1, 7)])
    made = plan(ALIKE, {"a": INT})
    rows = connect(engine).rows
    counts = rows(emit(made, engine, "counts", AS_OF).text)
    assert sorted(map(tuple, counts)) == [("ID", 3, 6), ("Id", 2, 6), ("VIP", 5, 6), ("VIP_2", 1, 6), ("vip", 4, 6)]
    found = sorted(map(tuple, rows(emit(made, engine, "memberships", AS_OF).text)))
    assert found == sorted((name, key) for least, name in enumerate(ALIKE, 1) for key in range(least + 1, 7))
    compiled = emit(made, engine, "flags", AS_OF)
    flags = sorted(tuple(map(int, row)) for row in rows(compiled.text))
    assert flags == [(key, *(int(key > least) for least in range(1, 6))) for key in range(1, 7)]
    # The statement's own columns are called as the segments are.
    assert compiled.expression is not None
    assert [one.alias_or_name for one in compiled.expression.expressions] == ["id", *ALIKE]


def test_outputs_and_keys_of_the_names_that_a_shape_uses_itself() -> None:
    """DuckDB turns columns into rows, and the columns that it makes of them have names too."""
    load("duckdb", {"a": INT}, [(number,) for number in range(1, 4)])
    outputs = ("segment", "members", "population", "held", "a'b", 'a"b', "A B")
    made = plan({name: above(least % 4) for least, name in enumerate(outputs, 1)}, {"a": INT})
    rows = connect("duckdb").rows
    sizes = {name: max(0, 3 - least % 4) for least, name in enumerate(outputs, 1)}
    assert rows(emit(made, "duckdb", "counts", AS_OF).text) == [(name, size, 3) for name, size in sizes.items()]
    found = rows(emit(made, "duckdb", "memberships", AS_OF).text)
    assert Counter(name for name, _ in found) == Counter({name: size for name, size in sizes.items() if size})
    for key in ("segment", "held", "segment_2"):
        schema = {"entity": {"name": "one", "table": "t", "key": key, "fields": {key: "int", "a": "int?"}}}
        library = Library.from_text("segment yes where a > 1\nsegment no where a > 9\nsegment few where a = 5", schema)
        connect("duckdb").load({"t": [{key: 1, "a": 5}, {key: 2, "a": 3}]}, {"t": {key: INT, "a": INT}})
        found = rows(library.sql("duckdb", "memberships", as_of="2026-06-01").text)
        assert sorted(found) == [("few", 1), ("yes", 1), ("yes", 2)]


def test_such_names_are_apart_where_a_statement_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """MariaDB takes so many CTEs: the last ones and the statement stand in one more, which has no two columns of one name."""
    taking_less(monkeypatch, "mysql", ctes=1)
    table = Table("u", (TableColumn("k", "k", INT, False), TableColumn("x", "x", INT, True)))
    k, key = col("k", INT, of="u"), col("id", INT, optional=False)
    stages = tuple(
        Stage(
            f"u{n}", Input("u", table), (), (), ("k",),
            (StageColumn("k", INT, False, k), StageColumn("most", INT, True, Aggregation("max", INT, col("x", INT, of="u")))),
        )
        for n in (1, 2)
    )  # fmt: skip
    final = plan({n: ir.Compare("=", col("most", INT, of=f"s{i}"), lit(i, INT)) for i, n in ((1, "it"), (2, "IT"))}, {})
    joins = tuple(Join(Input(f"s{n}", StageRef(f"u{n}")), ((key, "k"),)) for n in (1, 2))
    made = Plan(stages, replace(final.final, joins=joins), "id", {"it": "it", "IT": "IT"})
    text = emit(made, "mysql", "flags", AS_OF).text
    assert text.endswith("SELECT id, it, `IT_2` AS `IT`\nFROM rest"), text


def test_where_a_result_cannot_have_them_they_are_refused() -> None:
    made = plan(ALIKE, {"a": INT})
    with pytest.raises(SegdslError) as raised:
        emit(made, "bigquery", "flags", AS_OF)
    assert [(d.code, d.message.partition(":")[0]) for d in raised.value.diagnostics] == [
        ("SEG608", "bigquery takes the columns `VIP` and `vip` for one"),
        ("SEG608", "bigquery takes the columns `id` and `ID` for one"),
        ("SEG608", "bigquery takes the columns `id` and `Id` for one"),
    ]
    for shape in ("counts", "memberships"):
        assert emit(made, "bigquery", shape, AS_OF).text


KEYWORDS = """
    abort action add after all alter always analyze and any array as asc asof at attach authorization before begin
    between bigint both by cascade case cast check coalesce collate column columns commit conflict constraint
    create cross cube current current_date current_time current_timestamp current_user database date day default
    deferrable delete desc describe detach distinct do double drop each else end escape except exclude exists
    explain extract fail false fetch filter first float following for foreign from full function generated glob
    grant group groups having hour if ignore ilike immediate in index indexed initially inner insert instead int
    integer intersect interval into is isnull join key last lateral leading least left like limit list local
    localtime map match materialized minute month name natural no not nothing notnull null nulls numeric of offset
    on only or order others outer over overlaps partition pivot placing plan position pragma precision primary
    qualify query raise range rank real recursive references reindex release rename replace restrict returning
    right rollback row rows savepoint schema second select semi sequence set show similar smallint some status
    struct substring summarize symmetric table tablesample temp text then ties time timestamp to trailing
    transaction trigger trim true try_cast type unbounded union unique unnest unpivot update user using vacuum
    value values varchar view virtual week when where window with within without year
""".split()  # noqa: SIM905 - a list of words reads better without a quote around each


@each_engine
def test_any_name_may_be_used(engine: str) -> None:
    """As table, column, stage and output: keywords, capitals, blanks, quotes, dots, letters of any script."""
    # SQLite does not find a column of a subquery by the names true and false, quoted or not.
    words = [word for word in KEYWORDS if engine != "sqlite" or word not in ("true", "false")]
    # MySQL's names are of the Basic Multilingual Plane (https://dev.mysql.com/doc/refman/8.4/en/identifiers.html).
    odd = ("Order Total", "CamelCase", 'a"b', "a'b", "a.b", "été", "1st", "$x", "-", "a--b", "%s", "👍")
    for name in (*words, *(name for name in odd if engine != "mysql" or name != "👍")):
        table_name = name.replace(".", "_")
        connect(engine).load({table_name: [{"id": 1, name: 5}]}, {table_name: {"id": INT, name: INT}})
        table = Table(table_name, (TableColumn("id", "id", INT, False), TableColumn(name, name, INT, True)))
        rows = Input(name, table)
        first = Stage(
            name, rows, (), (ir.Compare(">", col(name, INT, of=name), lit(1, INT)),), ("id", name),
            (
                StageColumn("id", INT, False, col("id", INT, of=name)),
                StageColumn(name, INT, True, col(name, INT, of=name)),
                StageColumn("n", INT, False, Aggregation("count", INT)),
            ),
        )  # fmt: skip
        two = ir.Compare("=", col(name, INT, of=name), lit(5, INT))
        columns = (
            StageColumn("id", INT, False, col("id", INT, of=name)),
            StageColumn(name, BOOL, False, two, condition=True),
        )
        final = Stage("final", Input(name, StageRef(name)), (), (), None, columns, ("id",))
        made = Plan((first,), final, "id", {name: name})
        for shape, wanted in (
            ("flags", (1, 1)),
            ("members", (1,)),
            ("counts", (name, 1, 1)),
            ("memberships", (name, 1)),
        ):
            found = connect(engine).rows(emit(made, engine, shape, AS_OF).text)  # type: ignore[arg-type]
            assert [tuple(row) for row in found] == [wanted], f"{shape} of {name}"


@each_engine
def test_a_stage_may_have_a_tables_name(engine: str) -> None:
    load(engine, {"a": INT}, [(1,), (2,)])
    made = plan({"it": above(1)}, {"a": INT})
    inner = replace(
        made.final, name="t", columns=(made.final.columns[0], StageColumn("a", INT, True, A)), where=(above(0),)
    )
    final = replace(made.final, input=Input("t", StageRef("t")))
    assert members(engine, Plan((inner,), final, "id", {"it": "it"})) == {"it": {2}}


@each_engine
def test_a_new_column_may_have_an_old_ones_name(engine: str) -> None:
    load(engine, {"a": INT, "b": INT}, [(1, 5), (2, 6)])
    made = plan({"it": ir.Compare("=", A, lit(1, INT))}, {"a": INT, "b": INT})
    swapped = replace(
        made.final, name="swapped", by=("a",), where=(ir.Compare(">", A, lit(0, INT)),),
        columns=(StageColumn("a", INT, True, col("b", INT)), StageColumn("b", INT, True, Aggregation("max", INT, A))),
    )  # fmt: skip
    key = StageColumn("a", INT, True, A)
    it = StageColumn("it", BOOL, False, ir.Compare("=", col("b", INT), lit(1, INT)), condition=True)
    final = Stage("final", Input("t", StageRef("swapped")), (), (), None, (key, it), ("a",))
    assert members(engine, Plan((swapped,), final, "a", {"it": "it"})) == {"it": {5}}


@each_engine
def test_a_union_of_stages(engine: str) -> None:
    load(engine, {"a": INT}, [(1,), (2,), (3,)])
    made = plan({"it": above(1)}, {"a": INT})
    pair = (made.final.columns[0], StageColumn("a", INT, True, A))
    low = replace(made.final, name="low", columns=pair, where=(ir.Compare("<", A, lit(2, INT)),))
    high = replace(made.final, name="high", columns=pair, where=(above(2),))
    final = replace(made.final, input=Input("t", Union(("low", "high"))))
    assert members(engine, Plan((low, high), final, "id", {"it": "it"})) == {"it": {3}}


# -- parentheses ----------------------------------------------------------------------------------------------------


def _random_scalar(chance: random.Random, depth: int) -> nodes.Node:
    if depth == 0 or chance.random() < 0.2:
        return chance.choice([names.column("a"), names.column("b"), nodes.number(chance.randint(-9, 9))])
    two = [_random_scalar(chance, depth - 1) for _ in range(2)]
    kind = chance.randrange(8)
    match kind:
        case 0:
            return nodes.add(*two)
        case 1:
            return nodes.subtract(*two)
        case 2:
            return nodes.multiply(*two)
        case 3:
            return nodes.divide(*two)
        case 4:
            return nodes.modulo(*two)
        case 5:
            return nodes.negative(two[0])
        case 6:
            return nodes.when(_random_condition(chance, depth - 1), *two)
        case _:
            return nodes.call("ABS", two[0])


def _random_condition(chance: random.Random, depth: int) -> nodes.Node:
    kind = chance.randrange(8) if depth else chance.randrange(2)
    match kind:
        case 0 | 1:
            sign = chance.choice(["=", "!=", "<", "<=", ">", ">="])
            return nodes.compare(sign, _random_scalar(chance, depth), _random_scalar(chance, depth))
        case 2:
            return nodes.all_of(_random_condition(chance, depth - 1) for _ in range(3))
        case 3:
            return nodes.any_of(_random_condition(chance, depth - 1) for _ in range(3))
        case 4:
            return nodes.not_(_random_condition(chance, depth - 1))
        case 5:
            return nodes.is_present(_random_scalar(chance, depth))
        case 6:
            return nodes.not_(nodes.in_list(_random_scalar(chance, depth), [nodes.number(1), nodes.number(-2)]))
        case _:
            low, high = _random_scalar(chance, depth - 1), _random_scalar(chance, depth - 1)
            return nodes.between(_random_scalar(chance, depth), low, high)


def _bracketed(node: exp.Expr) -> str:
    """The tree with a bracket round every operator, whatever the text had."""
    if isinstance(node, exp.Paren):
        return _bracketed(node.this)
    if isinstance(node, exp.Column | exp.Literal):
        return node.sql()
    if isinstance(node, exp.And | exp.Or):
        parts: list[str] = []
        for side in (node.left, node.right):
            inner = side.this if isinstance(side, exp.Paren) else side
            text = _bracketed(inner)
            parts.append(text[1:-1] if type(inner) is type(node) and text.startswith("(") else text)
        return f"({f' {type(node).__name__} '.join(parts)})"
    if isinstance(node, exp.Is) and node.args.get("negate"):
        # How the parser of some dialects has it.
        return f"Not(Is({_bracketed(node.this)}, Null()))"
    own = node.name if isinstance(node, exp.Anonymous) else type(node).__name__
    own = "Abs" if own == "ABS" else own
    children = list(node.iter_expressions())
    return f"{own}({', '.join(map(_bracketed, children))})"


@pytest.mark.parametrize("dialect", ENGINES)
def test_no_parenthesis_is_lost(dialect: str) -> None:
    chance = random.Random(20261122)
    for _ in range(400):
        tree = _random_condition(chance, 4)
        text = write(exp.select(exp.Alias(this=tree, alias=exp.to_identifier("x"))), DIALECTS[dialect].sqlglot)
        read = sqlglot.parse_one(text, dialect=DIALECTS[dialect].sqlglot).expressions[0].this
        assert _bracketed(read) == _bracketed(tree), text


def test_no_parenthesis_is_needless() -> None:
    a, b = (lambda: names.column("a")), (lambda: names.column("b"))
    for node, wanted in (
        (nodes.add(nodes.multiply(a(), b()), a()), "a * b + a"),
        (nodes.subtract(nodes.add(a(), b()), a()), "a + b - a"),
        (nodes.subtract(a(), nodes.add(a(), b())), "a - (a + b)"),
        (nodes.all_of([nodes.compare("=", a(), b()), nodes.all_of([a(), b()])]), "a = b AND a AND b"),
        (nodes.all_of([nodes.any_of([a(), b()]), a()]), "(a OR b) AND a"),
        (nodes.any_of([nodes.all_of([a(), b()]), a()]), "a AND b OR a"),
        (nodes.not_(nodes.compare("=", a(), b())), "NOT a = b"),
        (nodes.not_(nodes.any_of([a(), b()])), "NOT (a OR b)"),
        (nodes.negative(nodes.negative(a())), "-(-a)"),
        (nodes.concat(nodes.text("x"), nodes.add(a(), b())), "'x' || (a + b)"),
    ):
        assert write(exp.select(node), "duckdb") == f"SELECT {wanted}"


# -- sizes ----------------------------------------------------------------------------------------------------------


@each_engine
def test_long_conditions_stay_flat(engine: str) -> None:
    load(engine, {"a": INT}, [(1,), (499,), (600,)])
    any_of = ir.Any(tuple(ir.Compare("=", A, lit(n, INT)) for n in range(500)))
    assert selected(engine, any_of, {"a": INT}) == {1, 2}
    all_of = ir.All(tuple(ir.Compare(">", A, lit(n, INT)) for n in range(500)))
    assert selected(engine, all_of, {"a": INT}) == {3}
    assert selected(engine, ir.InList(A, tuple(range(10_000))), {"a": INT}) == {1, 2, 3}


@each_engine
def test_deep_expressions(engine: str) -> None:
    """At the limit of nesting, with a lowering that writes its argument twice at every level."""
    load(engine, {"f": FLOAT}, [(1.0,), (2.0,)])
    value: ir.Expr = col("f", FLOAT)
    for _ in range(24):
        value = ir.InRange(call("add_float", value, lit(1.0, FLOAT), type_=FLOAT), type=FLOAT, optional=True)
    condition = ir.Compare("=", value, lit(25.0, FLOAT))
    assert selected(engine, condition, {"f": FLOAT}) == {1}
    assert len(emit(plan({"it": condition}, {"f": FLOAT}), engine, "members", AS_OF, "it").text) < 8000
    nested: ir.Expr = above(0)
    rows = (1, 12, None)
    holds = [one is not None and one > 0 for one in rows]
    for n in range(24):
        bar = n - 5
        above_bar = [one is not None and one > bar for one in rows]
        if n % 2:
            nested = ir.Not(ir.Any((nested, above(bar))))
            holds = [not (was or now) for was, now in zip(holds, above_bar, strict=True)]
        else:
            nested = ir.Any((nested, above(bar), ir.IsMissing(A)))
            holds = [was or now or one is None for was, now, one in zip(holds, above_bar, rows, strict=True)]
    load(engine, {"a": INT}, [(one,) for one in rows])
    wanted = {key for key, held in enumerate(holds, 1) if held}
    assert 0 < len(wanted) < 3
    assert selected(engine, nested, {"a": INT}) == wanted
    assert selected(engine, ir.Not(nested), {"a": INT}) == {1, 2, 3} - wanted


def test_names_made_for_a_statement_fit_the_dialect_and_stay_different() -> None:
    schema = {
        "entity": {"table": "people", "key": "id", "fields": {"id": "int"}},
        "relations": {
            "reservation": {
                "table": "reservations",
                "on": "id",
                "key": "no",
                "time": "happened_at",
                "fields": {"no": "int", "happened_at": "timestamp", "points_that_were_given": "int", "lat": "float"},
            }
        },
    }
    text = (
        "segment s where top 33% per points_that_were_given by first(reservation.lat where distance_km(lat, lat, 38, 24) > 9)"
        " having any(reservation per year having median(reservation.no) <= 1)"
    )
    library = Library.from_text(text, schema)
    statement = sqlglot.parse_one(library.sql("postgres").text, dialect="postgres")
    made = {node.this for node in statement.find_all(exp.Identifier)}
    assert max(len(name.encode()) for name in made) <= 63
    ctes = [cte.alias for cte in statement.find_all(exp.CTE)]
    assert len(set(ctes)) == len(ctes)
    long = sqlglot.parse_one(library.sql("duckdb").text, dialect="duckdb")
    assert max(len(node.this) for node in long.find_all(exp.Identifier)) > 63
    engine = connect("postgres")
    engine.load(
        {"people": [{"id": 1}], "reservations": []},
        {
            "people": {"id": INT},
            "reservations": {"id": INT, "no": INT, "happened_at": TIMESTAMP, "lat": FLOAT}
            | {"points_that_were_given": INT},
        },
    )
    assert engine.rows(library.sql("postgres").text) == [(1, False)]
