"""Spark, which takes seconds for a statement: all that the other engines are asked one by one, it is asked here, many at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from backends import SLOW
from conformance.reader import Case as Line
from conformance.reader import Scene
from conformance.test_conformance import CASES as LINES
from conformance.test_conformance import checked, shop_data, typed
from differential.coverage import Coverage
from differential.example import example
from differential.judge import failures
from engines import Spark, connect
from sql.plans import call, col, is_wanted, lit, load, members, plan
from sql.test_functions import CASES, Case
from sqlglot import exp

from segdsl import pipeline
from segdsl.backends.sql import names
from segdsl.backends.sql.dialects.spark import SPARK
from segdsl.backends.sql.nodes import Node
from segdsl.backends.sql.text import write
from segdsl.backends.sql.writer import Moments, Writer
from segdsl.planning.plan import Aggregation
from segdsl.semantics import ir, time
from segdsl.types import DATE, INT, STRING, TIMESTAMP, decimal

TOGETHER = 10
"""How many lines share a statement: Spark writes each CTE out wherever it is read, so that more of them take longer for each."""
LIBRARIES = 3
D = Decimal


@pytest.fixture(scope="module")
def spark() -> Spark:
    engine = connect("spark")
    assert isinstance(engine, Spark)
    return engine


@contextmanager
def settings(spark: Spark, wanted: Mapping[str, str]) -> Iterator[None]:
    before = {name: spark.session.conf.get(name) for name in wanted}
    try:
        for name, value in wanted.items():
            spark.session.conf.set(name, value)
        yield
    finally:
        for name, value in before.items():
            spark.session.conf.set(name, value)


ANSI = pytest.mark.parametrize("ansi", ["true", "false"], ids=["ansi", "not ansi"])


# -- the language -----------------------------------------------------------------------------------------------------


@ANSI
@pytest.mark.parametrize("case", CASES, ids=str)
def test_overload(case: Case, ansi: str, spark: Spark) -> None:
    columns = {f"a{number}": of for number, of in enumerate(case.takes)} | {"wanted": case.gives}
    load("spark", columns, case.rows)
    args = [col(f"a{number}", of) for number, of in enumerate(case.takes)]
    value = call(case.overload, *args, type_=case.gives, options=case.options)
    made = plan({"right": is_wanted(value, col("wanted", case.gives))}, columns, case.timezone)
    with settings(spark, {"spark.sql.ansi.enabled": ansi}):
        right = members("spark", made)["right"]
    assert [row for number, row in enumerate(case.rows, 1) if number not in right] == []


def chunks() -> Iterator[tuple[Scene, list[Line]]]:
    """Lines of one scene, so many together."""
    scenes: dict[Scene, dict[str, Line]] = {}
    for line in LINES:
        if line.selects is not None:
            scenes.setdefault(line.scene, {})[line.text] = line
    for scene, lines in scenes.items():
        every = list(lines.values())
        for start in range(0, len(every), TOGETHER):
            yield scene, every[start : start + TOGETHER]


CHUNKS = list(chunks())


@pytest.mark.parametrize("chunk", CHUNKS, ids=lambda chunk: f"from {chunk[1][0].place}")
def test_lines(chunk: tuple[Scene, list[Line]], spark: Spark) -> None:
    """Every second statement without ANSI."""
    scene, lines = chunk
    asked = {f"c{number}": typed(scene, line.text) for number, line in enumerate(lines)}
    conditions = {name: node for name, node in asked.items() if isinstance(node, ir.Node)}
    ansi = "true" if CHUNKS.index(chunk) % 2 else "false"
    with settings(spark, {"spark.sql.ansi.enabled": ansi}):
        found = SLOW["spark"](shop_data(scene.schema), checked(scene).program, conditions, scene.as_of)  # type: ignore[arg-type]
    wrong = {
        f"{line.place}: {line.text}": sorted(map(str, found[f"c{number}"]))
        for number, line in enumerate(lines)
        if sorted(map(str, found[f"c{number}"])) != sorted(line.selects or ())
    }
    assert not wrong


def test_there_are_no_gaps() -> None:
    assert not SPARK.gaps


def test_databricks_is_given_what_spark_is_given() -> None:
    """So that what Spark selects stands behind it, as far as its manual says the same."""
    for scene, lines in CHUNKS[::10]:
        conditions = {line.text: typed(scene, line.text) for line in lines}
        made = pipeline.plan(checked(scene).program, conditions)  # type: ignore[arg-type]
        texts = [pipeline.to_sql(made, name, "flags", scene.as_of, None).text for name in ("databricks", "spark")]
        assert texts[0] == texts[1]


@pytest.mark.parametrize("number", range(LIBRARIES))
def test_random_libraries(number: int, spark: Spark) -> None:
    found = example(f"spark-{number}", Coverage(), segments=6, data_sets=2)
    assert [wrong.what for wrong in failures(found, ("spark",))] == []


# -- decimals of all digits -------------------------------------------------------------------------------------------

WIDE = decimal(38, 10)
MOST = D("9" * 28 + "." + "9" * 10)
LEAST = MOST.copy_negate()
HALF = D("5" + "0" * 27)
LESS = HALF.copy_negate()


@pytest.mark.parametrize(
    ("values", "total"),
    [
        ((MOST,), MOST),
        ((MOST, MOST, LEAST), MOST),
        ((HALF, HALF, D("-0.0000000001")), MOST),
        ((LESS, D("0.0000000001"), LESS), LEAST),
        ((MOST, D("0.0000000001")), None),
        ((MOST,) * 25, None),
        ((MOST, None, LEAST), D("0E-10")),
        ((D("0.0000000001"), D("-0.0000000003")), D("-0.0000000002")),
        ((None, None), None),
    ],
)
def test_sums_of_all_digits(values: tuple[Decimal | None, ...], total: Decimal | None, spark: Spark) -> None:
    load("spark", {"amount": WIDE}, [(value,) for value in values])
    made = SPARK.aggregates["sum"](_writer(), Aggregation("sum", WIDE, col("amount", WIDE)), None)
    assert _asked(spark, made, "t") == [(total,)]


@pytest.mark.parametrize(
    ("left", "right", "of", "product"),
    [
        ("12345678901.23456789", "1.00000001", (19, 8), "12345679024.6913569023456789"),
        ("-99999999999.99999999", "99999999999.99999999", (19, 8), "-9999999999999999998000.0000000000000001"),
    ],
)
def test_products_of_all_digits(left: str, right: str, of: tuple[int, int], product: str, spark: Spark) -> None:
    """38 digits, of which Spark would leave one behind the point out."""
    kind = decimal(*of)
    load("spark", {"a": kind, "b": kind}, [(D(left), D(right))])
    value = call("multiply_decimal", col("a", kind), col("b", kind), type_=decimal(38, 16))
    ((found,),) = _asked(spark, _writer().value(value), "t")
    assert found == D(product)


def test_a_decimal_is_what_it_is_declared(spark: Spark) -> None:
    """However wide its column is: of the product of two of 38 digits, six places would be left."""
    load("spark", {"a": "DECIMAL(38, 18)", "b": "DECIMAL(38, 18)"}, [(D("1.2345"), D("0.0001"))])
    kind = decimal(8, 4)
    product = call("multiply_decimal", col("a", kind), col("b", kind), type_=decimal(16, 8))
    wanted = ir.Compare("=", product, lit(D("0.00012345"), decimal(8, 8)))
    assert members("spark", plan({"it": wanted}, {"a": kind, "b": kind}))["it"] == {1}


def _writer() -> Writer:
    return Writer(SPARK, Moments(datetime(2026, 6, 1), time.zone("UTC")), lambda one: names.column(one.name))


def _asked(spark: Spark, value: Node, table: str) -> list[tuple[Any, ...]]:
    return spark.rows(write(exp.select(value).from_(names.table(table)), SPARK.sqlglot))


# -- literals and names -----------------------------------------------------------------------------------------------

TEXTS = (
    "",
    "it's",
    "''",
    '"',
    "`",
    "\\",
    "\\' OR 1=1 -- ",
    "' OR 1=1 -- ",
    "a\\nb",
    "a\nb\tc\rd",
    "\\u0041 \\101 \\x41",
    "%_|\\%",
    "$",
    "${spark.app.name}",
    "$${x}",
    "a${${b}}${",
    "{${env:HOME}}",
    "${system:user.name} ${x}",
    ":name ? @x",
    "/* c */ -- d",
    "\x01\x1a\x7f",
    "é\u0301 ß İ Σ",
    "🎉\U0010ffff",
    " a ",
    "\u00a0\u2028",
)


@pytest.mark.parametrize("substitute", ["true", "false"])
def test_literals_come_back(substitute: str, spark: Spark) -> None:
    """Also where Spark puts values of its configuration for what looks like a variable."""
    written = _writer()
    text = write(exp.select(*(names.named(written.text(one), f"c{i}") for i, one in enumerate(TEXTS))), SPARK.sqlglot)
    with settings(spark, {"spark.sql.variable.substitute": substitute}):
        assert spark.rows(text) == [TEXTS]


@pytest.mark.parametrize("word", ["=", "contains", "starts with", "ends with", "matches"])
def test_needles_find_themselves(word: str, spark: Spark) -> None:
    """Each text is found by itself, and by no other than those that hold it."""
    holds = {
        "=": str.__eq__,
        "contains": str.__contains__,
        "starts with": str.startswith,
        "ends with": str.endswith,
        "matches": lambda text, needle: (
            text.startswith(needle[:1]) and text.endswith(needle[1:]) and len(text) >= len(needle)
        ),
    }[word]
    load("spark", {"s": STRING}, [(text,) for text in TEXTS])

    def needle(text: str) -> str:
        if word != "matches":
            return text
        quoted = ["\\" + c if c in "*?\\" else c for c in text]
        return "".join((*quoted[:1], "*", *quoted[1:]))

    conditions = {f"c{i}": ir.Match(word, col("s", STRING), needle(text)) for i, text in enumerate(TEXTS)}  # type: ignore[arg-type]
    found = members("spark", plan(conditions, {"s": STRING}))
    for number, wanted in enumerate(TEXTS):
        expected = {key for key, text in enumerate(TEXTS, 1) if holds(text, wanted)}
        assert found[f"c{number}"] == expected, wanted


@ANSI
def test_words_of_spark_are_names(ansi: str, spark: Spark) -> None:
    """Of tables, CTEs and columns; also where words are reserved, as they may be with ANSI."""
    words = [word.lower() for (word,) in spark.rows("SELECT keyword FROM SQL_KEYWORDS()")]
    assert len(words) > 300
    with settings(spark, {"spark.sql.ansi.enabled": ansi, "spark.sql.ansi.enforceReservedKeywords": ansi}):
        for start in range(0, len(words), 50):
            some = words[start : start + 50]
            load("spark", dict.fromkeys(some, INT), [tuple(range(len(some)))])
            written = [names.column(word).sql(SPARK.sqlglot) for word in some]
            columns = ", ".join(f"{word} + 0 AS {word}" for word in written)
            ctes = ", ".join(f"{word} AS (SELECT {columns} FROM t)" for word in written[:1])
            assert spark.rows(f"WITH {ctes} SELECT {', '.join(written)} FROM {written[0]}") == [tuple(range(len(some)))]
            each = ", ".join(f"{word} AS (SELECT {place} AS {word})" for place, word in enumerate(written))
            columns = ", ".join(f"{word}.{word}" for word in written)
            # What is read is clear before it is computed, which would take long.
            read = spark.session.sql(f"WITH {each} SELECT {columns} FROM {' CROSS JOIN '.join(written)}")
            assert read.columns == some


# -- the session ------------------------------------------------------------------------------------------------------


def test_a_column_with_a_zone_is_read_in_utc(spark: Spark) -> None:
    seen = [datetime(2026, 5, 31, 23, 59, 59, 999999), datetime(2026, 6, 1), None]
    load("spark", {"seen": "TIMESTAMP"}, [(one,) for one in seen])
    since = ir.Compare(">=", col("seen", TIMESTAMP), lit(datetime(2026, 6, 1), TIMESTAMP))
    day = call("date_timestamp", col("seen", TIMESTAMP), type_=DATE)
    last = ir.Compare("=", day, lit(date(2026, 5, 31), DATE))
    found = members("spark", plan({"since": since, "last": last}, {"seen": TIMESTAMP}))
    assert found == {"since": {2}, "last": {1}}


def test_the_session_is_what_the_dialect_says(spark: Spark) -> None:
    for statement in SPARK.session:
        spark.rows(statement)
    assert spark.session.conf.get("spark.sql.session.timeZone") == "UTC"
    assert spark.session.conf.get("spark.sql.variable.substitute") == "false"
