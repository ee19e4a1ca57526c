"""Conditions, conversions and columns as they are read, on every engine."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sql.plans import AS_OF, ENGINES, call, col, is_wanted, lit, load, members, plan, selected

from segdsl.backends.sql.emit import emit
from segdsl.diagnostics import SegdslError
from segdsl.planning.plan import TableColumn
from segdsl.semantics import ir
from segdsl.types import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, WHOLE, Type, decimal

D = Decimal

pytestmark = pytest.mark.parametrize("engine", ENGINES)


# -- missing values -------------------------------------------------------------------------------------------------


def test_a_condition_and_its_negation_divide_everybody(engine: str) -> None:
    columns = {"a": INT, "b": INT, "s": STRING, "f": BOOL}
    load(
        engine,
        columns,
        [(1, 1, "x", True), (1, 2, "y", False), (None, 1, None, None), (1, None, "x", None), (None, None, "", True)],
    )
    a, b, s, f = (col(name, of) for name, of in columns.items())
    conditions: list[ir.Expr] = [
        *(ir.Compare(sign, a, b) for sign in ("=", "!=", "<", "<=", ">", ">=")),  # type: ignore[arg-type]
        ir.InList(s, ("x", "z")),
        ir.InList(s, ("x", "z"), negated=True),
        ir.Match("contains", s, "x"),
        ir.Match("contains", s, "x", negated=True),
        ir.IsMissing(s),
        ir.Truth(f),
        ir.Truth(f, negated=True),
        ir.All((ir.Compare("=", a, b), ir.Truth(f))),
        ir.Any((ir.Compare("=", a, b), ir.Truth(f))),
        ir.All(()),
        ir.Any(()),
        lit(True, BOOL),
    ]
    outputs = {f"c{n}": one for n, one in enumerate(conditions)} | {
        f"n{n}": ir.Not(one) for n, one in enumerate(conditions)
    }
    found = members(engine, plan(outputs, columns))
    for n in range(len(conditions)):
        assert found[f"c{n}"] | found[f"n{n}"] == {1, 2, 3, 4, 5}
        assert not found[f"c{n}"] & found[f"n{n}"]
    assert found["c0"] == {1}
    assert found["c1"] == {2}
    assert found["c7"] == {2, 5}
    assert found["c9"] == {2, 5}
    assert found["c11"] == {1, 5}
    assert found["c12"] == {2}


def test_a_condition_as_a_value_is_false_where_it_is_unknown(engine: str) -> None:
    columns = {"a": INT}
    load(engine, columns, [(1,), (2,), (None,)])
    one = ir.Compare("=", col("a", INT), lit(1, INT))
    two = ir.Compare("=", col("a", INT), lit(2, INT))
    assert selected(engine, ir.Compare("=", one, two), columns) == {3}
    chosen = ir.If(lit(True, BOOL), one, lit(True, BOOL), type=BOOL)
    assert selected(engine, ir.Compare("=", chosen, lit(False, BOOL)), columns) == {2, 3}


def test_if(engine: str) -> None:
    columns = {"a": INT, "wanted": decimal(5, 2)}
    load(engine, columns, [(1, D("2.50")), (2, None), (None, None)])
    value = ir.If(
        ir.Compare("=", col("a", INT), lit(1, INT)),
        lit(D("2.5"), decimal(2, 1)),
        None,
        type=decimal(5, 2),
        optional=True,
    )
    assert selected(engine, is_wanted(value, col("wanted", decimal(5, 2))), columns) == {1, 2, 3}


# -- comparisons ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "wanted"), [("=", {2}), ("!=", {1, 3}), ("<", {1}), ("<=", {1, 2}), (">", {3}), (">=", {2, 3})]
)
def test_compare(engine: str, operator: Any, wanted: set[int]) -> None:
    for of, values in (
        (INT, (1, 2, 3)),
        (decimal(5, 2), (D("1.99"), D("2.00"), D("2.01"))),
        (FLOAT, (1.5, 2.0, 2.5)),
        (DATE, (date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3))),
        (TIMESTAMP, (datetime(1969, 1, 1), datetime(2026, 1, 2, 3, 4, 5, 6), datetime(2026, 1, 2, 3, 4, 5, 7))),
    ):
        load(engine, {"a": of}, [*((value,) for value in values), (None,)])
        middle = lit(values[1], of)
        assert selected(engine, ir.Compare(operator, col("a", of), middle), {"a": of}) == wanted, of


@pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">="])
def test_decimals_without_a_common_type(engine: str, operator: Any) -> None:
    """decimal(38,0) and decimal(12,2) have none in 38 digits."""
    if engine == "sqlite":
        pytest.skip("decimals are exact to 64 bits")
    wide, narrow = decimal(38, 0), decimal(12, 2)
    huge = D("99999999999999999999999999999999999999")
    rows = [
        (huge, D("1.55")),
        (huge.copy_negate(), D("1.55")),
        (D(2), D("1.55")),
        (D(1), D("1.55")),
        (D(1), D("1.00")),
        (None, D("1.00")),
        (huge, None),
    ]
    load(engine, {"a": wide, "b": narrow}, rows)
    compared = {"=": lambda x, y: x == y, "!=": lambda x, y: x != y, "<": lambda x, y: x < y}
    compared |= {"<=": lambda x, y: x <= y, ">": lambda x, y: x > y, ">=": lambda x, y: x >= y}
    wanted = {n for n, (x, y) in enumerate(rows, 1) if x is not None and y is not None and compared[operator](x, y)}
    columns = {"a": wide, "b": narrow}
    assert selected(engine, ir.Compare(operator, col("a", wide), col("b", narrow)), columns) == wanted
    swapped = {n for n, (x, y) in enumerate(rows, 1) if x is not None and y is not None and compared[operator](y, x)}
    assert selected(engine, ir.Compare(operator, col("b", narrow), col("a", wide)), columns) == swapped
    for constant in (D("1.50"), D("1.00")):
        told = {n for n, (x, _) in enumerate(rows, 1) if x is not None and compared[operator](x, constant)}
        assert selected(engine, ir.Compare(operator, col("a", wide), lit(constant, decimal(3, 2))), columns) == told


def test_lists(engine: str) -> None:
    load(engine, {"a": decimal(5, 1)}, [(D("1.5"),), (D("2.0"),), (None,)])
    columns = {"a": decimal(5, 1)}
    a = col("a", decimal(5, 1))
    assert selected(engine, ir.InList(a, (D("1.50"), D("7"))), columns) == {1}
    assert selected(engine, ir.InList(a, (D("1.55"), D("2"))), columns) == {2}
    assert selected(engine, ir.InList(a, (D("1.55"),)), columns) == set()
    assert selected(engine, ir.InList(a, (D("1.55"),), negated=True), columns) == {1, 2}
    assert selected(engine, ir.InList(a, (D("1.5"), D("2.0")), negated=True), columns) == set()


# -- time -----------------------------------------------------------------------------------------------------------


def test_periods_are_half_open(engine: str) -> None:
    start, end = ir.Moment("as_of", days=-30, floor="day"), ir.AS_OF
    period = ir.Period(start, end, text="last 30 days")
    rows = [
        (datetime(2026, 5, 2),),
        (datetime(2026, 5, 1, 23, 59, 59, 999999),),
        (datetime(2026, 5, 31, 23, 59, 59, 999999),),
        (AS_OF,),
        (None,),
    ]
    load(engine, {"t": TIMESTAMP}, rows)
    t, columns = col("t", TIMESTAMP), {"t": TIMESTAMP}
    assert selected(engine, ir.InPeriod(t, period), columns) == {1, 3}
    assert selected(engine, ir.InPeriod(t, period, negated=True), columns) == {2, 4}
    assert selected(engine, ir.Bound(t, "from", start), columns) == {1, 3, 4}
    assert selected(engine, ir.Bound(t, "before", end), columns) == {1, 2, 3}
    assert selected(engine, ir.Compare("=", t, ir.Instant(ir.AS_OF, type=TIMESTAMP)), columns) == {4}
    load(
        engine,
        {"d": DATE},
        [(date(2026, 5, 2),), (date(2026, 5, 1),), (date(2026, 5, 31),), (date(2026, 6, 1),), (None,)],
    )
    d = col("d", DATE)
    assert selected(engine, ir.InPeriod(d, period), {"d": DATE}) == {1, 3}
    assert selected(engine, ir.Compare("=", d, ir.Instant(ir.AS_OF, type=DATE)), {"d": DATE}) == {4}


def test_a_time_outside_the_calendar_is_the_users_mistake(engine: str) -> None:
    far = ir.Period(ir.Moment("as_of", months=-12 * 3000), ir.AS_OF, text="last 3000 years")
    with pytest.raises(SegdslError) as raised:
        emit(plan({"it": ir.InPeriod(col("t", TIMESTAMP), far)}, {"t": TIMESTAMP}), engine, "members", AS_OF, "it")
    (found,) = raised.value.diagnostics
    assert found.code == "SEG602"
    assert "'last 3000 years'" in found.message


@pytest.mark.parametrize(
    ("zone", "beginning"),
    [
        ("UTC", datetime(2026, 3, 29)),
        ("Europe/Athens", datetime(2026, 3, 28, 22)),
        ("Asia/Kathmandu", datetime(2026, 3, 28, 18, 15)),
    ],
)
def test_a_day_begins_in_the_zone(engine: str, zone: str, beginning: datetime) -> None:
    columns = {"d": DATE, "wanted": TIMESTAMP}
    rows = [(date(2026, 3, 29), beginning), (None, None)]
    if zone == "Europe/Athens":
        rows.append((date(2026, 3, 30), datetime(2026, 3, 29, 21)))
    load(engine, columns, rows)
    begun = ir.Convert(col("d", DATE), type=TIMESTAMP, optional=True)
    made = plan({"right": is_wanted(begun, col("wanted", TIMESTAMP))}, columns, zone)
    assert members(engine, made)["right"] == set(range(1, len(rows) + 1))


def test_a_day_that_begins_after_a_gap(engine: str) -> None:
    """In Santiago, clocks go from 0:00 to 1:00 on 6 September 2026: that day begins at 4:00 UTC, the next at 3:00."""
    columns = {"d": DATE, "wanted": TIMESTAMP}
    load(
        engine,
        columns,
        [
            (date(2026, 9, 5), datetime(2026, 9, 5, 4)),
            (date(2026, 9, 6), datetime(2026, 9, 6, 4)),
            (date(2026, 9, 7), datetime(2026, 9, 7, 3)),
        ],
    )
    begun = ir.Convert(col("d", DATE), type=TIMESTAMP, optional=True)
    made = plan({"right": is_wanted(begun, col("wanted", TIMESTAMP))}, columns, "America/Santiago")
    assert members(engine, made)["right"] == {1, 2, 3}


# -- text -----------------------------------------------------------------------------------------------------------

NASTY = (
    "plain", "'", "''", "\\", "\\'", "' OR 1=1 -- ", "\\' OR 1=1 -- ", '"', "%", "_", "a%b", "*", "?", "[", "]", "[a-z]", "^$.|()+{}",
    "a\nb", "a\tb", "a\r\nb", "é", "e\u0301", "👍🏽", "\u2028", "${x}", "{{x}}", ":x", "$1", "%s", "--", "/* */", "\x01", "ſ", " ", "",
)  # fmt: skip


def test_any_text_comes_back_as_it_is(engine: str) -> None:
    load(engine, {"s": STRING}, [(text,) for text in NASTY])
    s = col("s", STRING)
    outputs: dict[str, ir.Expr] = {}
    for n, text in enumerate(NASTY):
        outputs[f"equal_{n}"] = ir.Compare("=", s, lit(text, STRING))
        escaped = "".join("\\" + c if c in "*?\\" else c for c in text)
        outputs[f"exact_{n}"] = ir.Match("matches", s, escaped)
        for word in ("contains", "starts with", "ends with"):
            outputs[f"{word}_{n}"] = ir.Match(word, s, text)  # type: ignore[arg-type]
        outputs[f"around_{n}"] = ir.Match("matches", s, f"?{escaped}?*")
    found = members(engine, plan(outputs, {"s": STRING}))
    for n, text in enumerate(NASTY):
        assert found[f"equal_{n}"] == {n + 1}, repr(text)
        assert found[f"exact_{n}"] == {n + 1}, repr(text)
        assert found[f"contains_{n}"] == {m for m, one in enumerate(NASTY, 1) if text in one}, repr(text)
        assert found[f"starts with_{n}"] == {m for m, one in enumerate(NASTY, 1) if one.startswith(text)}, repr(text)
        assert found[f"ends with_{n}"] == {m for m, one in enumerate(NASTY, 1) if one.endswith(text)}, repr(text)
        around = {
            m
            for m, one in enumerate(NASTY, 1)
            if text in one[1:] and one[1:].startswith(text) and len(one) > len(text) + 1
        }
        assert found[f"around_{n}"] == around, repr(text)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("*@*.edu", {1}),
        ("?", {3, 4}),
        ("??", {5}),
        ("*", {1, 2, 3, 4, 5, 6, 7}),
        ("", {6}),
        ("a*", {1, 3, 7}),
        ("*b", {7}),
        ("a?b", {7}),
        ("A*", {2}),
        ("*e*u", {1}),
        ("?*?", {1, 2, 5, 7}),
    ],
)
def test_patterns(engine: str, pattern: str, wanted: set[int]) -> None:
    load(
        engine,
        {"s": STRING},
        [("ada@uni.edu",), ("ADA@UNI.EDU",), ("a",), ("é",), ("👍🏽",), ("",), ("a\nb",), (None,)],
    )
    assert selected(engine, ir.Match("matches", col("s", STRING), pattern), {"s": STRING}) == wanted
    others = set(range(1, 8)) - wanted
    assert selected(engine, ir.Match("matches", col("s", STRING), pattern, negated=True), {"s": STRING}) == others


# -- conversions ----------------------------------------------------------------------------------------------------

CONVERSIONS = (
    (INT, WHOLE, ((3, 3.0), (None, None))),
    (INT, FLOAT, ((3, 3.0), (2**53, 2.0**53))),
    (INT, decimal(16, 0), ((3, D(3)), (-(2**53), D(-(2**53))))),
    (INT, decimal(5, 2), ((999, D("999.00")), (1000, None), (-999, D("-999.00")), (-1000, None))),
    (WHOLE, INT, ((3.0, 3), (2.0**53, 2**53), (2.0**54, None), (-(2.0**54), None))),
    (WHOLE, FLOAT, ((3.0, 3.0),)),
    (decimal(12, 2), decimal(14, 4), ((D("1.25"), D("1.2500")),)),
    (decimal(12, 3), decimal(12, 2), ((D("1.005"), D("1.01")), (D("-1.005"), D("-1.01")), (D("1.004"), D("1.00")))),
    (
        decimal(6, 2),
        decimal(3, 1),
        ((D("99.94"), D("99.9")), (D("99.95"), None), (D("-99.95"), None), (D("100.00"), None)),
    ),
    (decimal(6, 2), decimal(5, 3), ((D("99.99"), D("99.990")), (D("100.00"), None))),
    (decimal(12, 2), FLOAT, ((D("0.10"), 0.1), (D("-2.50"), -2.5))),
    (decimal(15, 0), INT, ((D(5), 5),)),
    (
        FLOAT,
        decimal(5, 2),
        (
            (1.005, D("1.00")),
            (2.675, D("2.68")),
            (-0.125, D("-0.13")),
            (999.99, D("999.99")),
            (999.995, None),
            (1e100, None),
            (0.0, D(0)),
        ),
    ),
    (FLOAT, decimal(15, 0), ((2.5, D(3)), (-2.5, D(-3)), (999999999999999.0, D(999999999999999)), (1e15, None))),
)


@pytest.mark.parametrize(("source", "target", "rows"), CONVERSIONS, ids=lambda x: str(x).replace("int", "int"))
def test_conversion(engine: str, source: Type, target: Type, rows: tuple[tuple[Any, Any], ...]) -> None:
    """2.675 and 1.005 are doubles a little less than that: times 100, the first rounds to 267.5, the second to 100.49…"""
    columns = {"a": source, "wanted": target}
    load(engine, columns, rows)
    value = ir.Convert(col("a", source), type=target, optional=True)
    right = selected(engine, is_wanted(value, col("wanted", target)), columns)
    assert [row for n, row in enumerate(rows, 1) if n not in right] == []


def test_what_leaves_the_range_of_floats_is_missing(engine: str) -> None:
    load(
        engine, {"a": FLOAT, "b": FLOAT}, [(1e100, 1e100), (1e-100, 1e-100), (0.0, 1e100), (1e40, 1e40), (-1e60, 1e50)]
    )
    product = call("multiply_float", col("a", FLOAT), col("b", FLOAT), type_=FLOAT)
    kept = ir.InRange(product, type=FLOAT, optional=True)
    columns = {"a": FLOAT, "b": FLOAT}
    assert selected(engine, ir.IsMissing(kept), columns) == {1, 2, 5}
    again = ir.InRange(call("multiply_float", kept, kept, type_=FLOAT), type=FLOAT, optional=True)
    deeper = ir.InRange(call("multiply_float", again, again, type_=FLOAT), type=FLOAT, optional=True)
    assert selected(engine, ir.IsMissing(deeper), columns) == {1, 2, 4, 5}


# -- reading --------------------------------------------------------------------------------------------------------


def test_missing_spellings_and_codes(engine: str) -> None:
    load(
        engine,
        {"s": STRING, "n": INT, "k": STRING},
        [("", -1, "2"), ("n/a", 5, "6"), ("x", 999, "9"), (None, None, None)],
    )
    read = {
        "s": TableColumn("s", "s", STRING, True, missing=("", "n/a")),
        "n": TableColumn("n", "n", INT, True, missing=("-1", "999", "none")),
        "k": TableColumn("k", "k", STRING, True, codes={"view": "2", "buy": "6"}),
    }
    columns = {"s": STRING, "n": INT, "k": STRING}
    assert selected(engine, ir.IsMissing(col("s", STRING)), columns, **read) == {1, 2, 4}
    assert selected(engine, ir.IsMissing(col("n", INT)), columns, **read) == {1, 3, 4}
    assert selected(engine, ir.InList(col("k", STRING), ("view", "9")), columns, **read) == {1, 3}
    assert selected(engine, ir.Compare("=", col("k", STRING), lit("6", STRING)), columns, **read) == set()


def test_a_spelling_of_a_whole_number_is_read_as_a_number(engine: str) -> None:
    load(engine, {"n": INT}, [(-1,), (1000,), (5,), (10,), (2,)])
    read = {"n": TableColumn("n", "n", INT, True, missing=("-1.0", "1e3", " 5 ", "2.5", "inf", "1e99"))}
    assert selected(engine, ir.IsMissing(col("n", INT)), {"n": INT}, **read) == {1, 2, 3}


_SINGLE = {
    "duckdb": "FLOAT",
    "postgres": "REAL",
    "clickhouse": "Nullable(Float32)",
    "datafusion": "FLOAT",
    "spark": "FLOAT",
    "mysql": "FLOAT",
}
"""What engines call a float of four bytes, where they have one."""


def test_floats_of_single_precision_are_computed_in_double(engine: str) -> None:
    if engine not in _SINGLE:
        pytest.skip("it has no floats of single precision")
    money = decimal(9, 2)
    load(
        engine,
        {"f": _SINGLE[engine], "d": _SINGLE[engine]},
        [(0.1, 1.005), (0.5, 2.675), (16777216.0, 0.005), (1e30, 1.115)],
    )
    columns = {"f": FLOAT, "d": money}
    read = {"d": TableColumn("d", "d", money, True, stored=FLOAT)}
    f, d = col("f", FLOAT), col("d", money)
    asked = {
        "equal": (ir.Compare("=", f, lit(0.1, FLOAT)), set()),
        "above": (ir.Compare(">", f, lit(0.1, FLOAT)), {1, 2, 3, 4}),
        "listed": (ir.InList(f, (0.1, 0.5)), {2}),
        "next": (ir.Compare(">", call("add_float", f, lit(1.0, FLOAT), type_=FLOAT), lit(16777216.0, FLOAT)), {3, 4}),
        "square": (ir.Compare("<", call("multiply_float", f, f, type_=FLOAT), lit(0.0100000005, FLOAT)), {1}),
        "rounded up": (ir.InList(d, (D("1.01"), D("2.68"), D("0.01"), D("1.12"))), {4}),
        "rounded": (ir.InList(d, (D("1.00"), D("2.67"), D("0.00"), D("1.11"))), {1, 2, 3}),
    }
    assert {name: selected(engine, one, columns, **read) for name, (one, _) in asked.items()} == {
        name: wanted for name, (_, wanted) in asked.items()
    }


def test_floats_out_of_range_are_missing(engine: str) -> None:
    values = [1.0, 0.0, -1e100, 1e101, 1e-101, float("inf"), float("-inf")]
    if engine != "sqlite":
        values.append(float("nan"))
    load(engine, {"f": FLOAT}, [(value,) for value in values])
    assert selected(engine, ir.IsMissing(col("f", FLOAT), negated=True), {"f": FLOAT}) == {1, 2, 3}


def test_stored_as_something_else(engine: str) -> None:
    load(
        engine,
        {"a": FLOAT, "b": INT, "c": DATE, "d": INT, "e": INT},
        [(1.005, 7, date(2026, 1, 2), 1, None), (2.675, 8, None, 0, 3)],
    )
    money, of_int = decimal(12, 2), decimal(12, 2)
    columns = {"a": money, "b": of_int, "c": TIMESTAMP, "d": BOOL, "e": INT}
    read = {
        "a": TableColumn("a", "a", money, True, stored=FLOAT),
        "b": TableColumn("b", "b", of_int, True, stored=INT),
        "c": TableColumn("c", "c", TIMESTAMP, True, stored=DATE),
        "d": TableColumn("d", "d", BOOL, True, stored=INT),
        "e": TableColumn("e", "e", INT, False, zero_if_missing=True),
    }
    assert selected(engine, ir.Compare("=", col("a", money), lit(D("2.68"), money)), columns, **read) == {2}
    assert selected(engine, ir.Compare("=", col("b", of_int), lit(D("7.00"), of_int)), columns, **read) == {1}
    midnight = lit(datetime(2026, 1, 2), TIMESTAMP)
    assert selected(engine, ir.Compare("=", col("c", TIMESTAMP), midnight), columns, **read) == {1}
    assert selected(engine, ir.Truth(col("d", BOOL)), columns, **read) == {1}
    assert selected(engine, ir.Compare("=", col("e", INT, optional=False), lit(0, INT)), columns, **read) == {1}


def test_instants_with_a_zone(engine: str) -> None:
    if engine == "mysql":
        pytest.skip("no column has a zone, and MariaDB passes over one in a text")
    spelled = {"sqlite": "TEXT"}.get(engine, "TIMESTAMPTZ")
    texts = [
        "2026-01-01 10:00:00+02:00",
        "2026-01-01T08:00:00Z",
        "2026-01-01 08:00:00.000001+00:00",
        "2026-01-01 08:00:00",
        "1969-12-31 23:59:59.999999",
        "2026-01-01",
    ]
    load(engine, {"t": spelled}, [(text,) for text in texts])
    t, columns = col("t", TIMESTAMP), {"t": TIMESTAMP}
    assert selected(engine, ir.Compare("=", t, lit(datetime(2026, 1, 1, 8), TIMESTAMP)), columns) == {1, 2, 4}
    assert selected(engine, ir.Compare("=", t, lit(datetime(2026, 1, 1, 8, 0, 0, 1), TIMESTAMP)), columns) == {3}
    assert selected(
        engine, ir.Compare("=", t, lit(datetime(1969, 12, 31, 23, 59, 59, 999999), TIMESTAMP)), columns
    ) == {5}
    day = call("date_timestamp", t, type_=DATE)
    assert selected(engine, ir.Compare("=", day, lit(date(1969, 12, 31), DATE)), columns) == {5}
