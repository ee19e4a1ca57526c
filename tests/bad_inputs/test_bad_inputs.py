"""Hostile, broken and enormous inputs, each through ``check``, ``compile`` and ``run``: a diagnostic or a defined result.

A row is the name of a case, a condition, and what is expected of it: `REFUSED` (a diagnostic with a code, exit code 1 or 2)
or the keys of the members that it selects on the small project. No case may end in a traceback, a signal or a hang.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from commands import Outcome, process, segdsl
from small_project import AS_OF, PROJECT, SEGMENTS, write_project

REFUSED = "refused"
ALL = [1, 2, 3, 4, 5, 6]

CASES: dict[str, tuple[str, str | list[int]]] = {
    # -- texts in quotes are values, never code
    "quote_closes_sql": ('name = "x\' OR 1=1 --"', [2]),
    "escaped_quote": (r'name = "x\' OR 1=1 --"', [2]),
    "backslash_before_the_end": ('name = "\\"', REFUSED),
    "json_escape": (r'name = "\u0027 OR"', REFUSED),
    "hex_escape": (r'name = "\x27"', REFUSED),
    "braced_escape": (r'name = "x\u{27} OR 1=1 --"', [2]),
    "surrogate_escape": (r'name = "\u{D800}"', REFUSED),
    "escape_beyond_unicode": (r'name = "\u{110000}"', REFUSED),
    "nul": ('name = "a\0b"', REFUSED),
    "escaped_nul": (r'name = "a\u{0}b"', REFUSED),
    "word_that_is_a_column": ('name = "ssn"', [3]),
    "placeholders": ('name = "{{ x }} ${x} %s :p ? $1 %(x)s"', [6]),
    "wildcards": (r'name contains "%_\\"', [5]),
    "wildcards_that_match_nothing": (r'name contains "n%"', []),
    "sql_comment": ("orders >= 1 /* */ ; DROP", REFUSED),
    "dashes": ("orders >= 1 -- and all the rest", REFUSED),
    # -- look-alikes
    "curly_quotes": ("name = “Ann”", REFUSED),
    "fullwidth_quote": ("name = \uff07Ann\uff07", REFUSED),
    "bidirectional_override": ("na\u202eme = 'x'", REFUSED),
    "zero_width_space": ("na\u200bme = 'x'", REFUSED),
    "cyrillic_letter": ("n\u0430me = 'Ann'", REFUSED),
    # -- names reach the schema and nothing else
    "field_that_is_sql": ('`order"; DROP TABLE x; --` >= 1', REFUSED),
    "field_that_is_a_pattern": ("`^.*$` >= 1", REFUSED),
    "field_that_is_a_star": ("`*` >= 1", REFUSED),
    "path_into_a_field": ("email.password = 'x'", REFUSED),
    "path_upward": ("../orders.amount = 1", REFUSED),
    "system_table": ("pg_catalog.pg_user = 'x'", REFUSED),
    "private_field": ("email is present", REFUSED),
    "private_field_in_an_aggregate": ("any(order where email is present)", REFUSED),
    "tenant_that_is_not_declared": ("tenant_id = 7 or true", REFUSED),
    "dunder": ("__class__ = 1", REFUSED),
    "reserved_word_as_a_field": ("`select` >= 2", [2, 3]),
    "unknown_functions": ("pg_sleep(10) = 1", REFUSED),
    "file_function": ("read_csv('/etc/passwd') = 1", REFUSED),
    "clock_function": ("now() > created_at", REFUSED),
    "regular_expression": ('name matches "(a+)+$"', []),
    # -- sizes
    "sixty_five_thousand_bytes": ("orders >= 1 #" + "x" * 65_536, REFUSED),
    "a_million_parentheses": ("(" * 1_000_000, REFUSED),
    "nested_24": ("(" * 24 + "orders >= 1" + ")" * 24, [1, 2, 3]),
    "nested_25": ("(" * 25 + "orders >= 1" + ")" * 25, REFUSED),
    "not_24": ("not " * 24 + "orders >= 1", [1, 2, 3]),
    "not_25": ("not " * 25 + "orders >= 1", [4, 5, 6]),
    "not_26": ("not " * 26 + "orders >= 1", REFUSED),
    "not_10000": ("not " * 10_000 + "orders >= 1", REFUSED),
    "terms_500": (" and ".join(["orders >= 1"] * 500), [1, 2, 3]),
    "terms_501": (" and ".join(["orders >= 1"] * 501), REFUSED),
    "terms_10000": (" or ".join(["a"] * 10_000), REFUSED),
    "list_of_none": ("orders in ()", REFUSED),
    "list_of_1001": ("orders in (" + ", ".join(map(str, range(1, 1002))) + ")", [1, 2, 3]),
    "list_of_10001": ("orders in (" + ", ".join(map(str, range(10_001))) + ")", REFUSED),
    "list_with_duplicates": ("orders in (2, 2, 2)", [1]),
    "list_with_null": ("orders in (1, null)", REFUSED),
    "list_of_two_kinds": ('orders in (1, "1")', REFUSED),
    # -- numbers
    "largest_int64_and_one": ("orders < 9223372036854775808", REFUSED),
    "five_thousand_digits": ("orders < " + "9" * 5_000, REFUSED),
    "huge_exponent": ("orders < 1e999", REFUSED),
    "tiny_exponent": ("orders > 1e-999", REFUSED),
    "million_exponent": ("orders < 1E1000000", REFUSED),
    "nan": ("orders != nan", REFUSED),
    "infinity": ("orders < inf", REFUSED),
    "minus_zero": ("orders >= -0", ALL),
    "two_minuses": ("orders >= - -1", [1, 2, 3]),
    "exact_decimal": ("sum(order.total) = 30.50", [1]),
    "thirty_nine_digits": ("sum(order.total) < 1" + "0" * 38, REFUSED),
    "truth_and_number": ("true = 1", REFUSED),
    "text_and_number": ("name > 9", REFUSED),
    "date_as_text": ('created_at = "2024-1-1"', REFUSED),
    # -- times
    "no_leap_day": ("created_at > 2023-02-29", REFUSED),
    "month_13": ("created_at > 2024-13-01", REFUSED),
    "year_1": ("created_at > 0001-01-05", ALL),
    "year_10000": ("created_at > 10000-01-01", REFUSED),
    "window_of_ages": ("any(order in last 1000000000000 days)", REFUSED),
    "negative_window": ("any(order in last -5 days)", REFUSED),
    "fractional_window": ("any(order in last 1.5 days)", REFUSED),
    "hour_24": ("created_at > 2026-01-01T24:00:00Z", REFUSED),
    "leap_second": ("created_at > 2026-01-01T23:59:60Z", REFUSED),
    # -- nothing at all
    "empty": ("", REFUSED),
    "blanks": ("   \n\t ", REFUSED),
    "comment_alone": ("# everyone", REFUSED),
    "half_a_condition": ("orders >=", REFUSED),
    # -- everyone and nobody
    "always": ("true", ALL),
    "never": ("orders > 3 and orders < 1", []),
    "divided_by_zero": ("orders / 0 > 1 or orders / 0 <= 1", []),
    "chained": ("1 < orders < 5", REFUSED),
    "double_equals": ("orders == 1", REFUSED),
    "a_thousand_errors": (" and ".join(f"nobody_{i} = {i}" for i in range(400)), REFUSED),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("bad inputs") / "shop")


def is_refused(outcome: Outcome) -> None:
    assert outcome.code in (1, 2), outcome
    assert "SEG" in outcome.out + outcome.err, outcome
    assert "SEG999" not in outcome.out + outcome.err, outcome
    assert "Traceback" not in outcome.out + outcome.err, outcome
    assert len(outcome.out) + len(outcome.err) < 200_000


@pytest.mark.parametrize("case", CASES)
def test_run(case: str, shop: Path) -> None:
    text, expected = CASES[case]
    outcome = segdsl(
        "run", "-e", "-", "--shape", "members", "--format", "csv", "--as-of", AS_OF, cwd=shop, stdin=text.encode()
    )
    if expected == REFUSED:
        is_refused(outcome)
    else:
        assert outcome.code == 0, outcome
        assert outcome.out.splitlines() == ["customer_id", *map(str, expected)]


@pytest.mark.parametrize("case", CASES)
def test_compile(case: str, shop: Path) -> None:
    text, expected = CASES[case]
    outcome = segdsl("compile", "-e", "-", "--dialect", "sqlite", "--as-of", AS_OF, cwd=shop, stdin=text.encode())
    if expected == REFUSED:
        is_refused(outcome)
        assert outcome.out == ""
    else:
        assert outcome.code == 0, outcome
        assert _keys(outcome.out) == expected


def _keys(sql: str) -> list[int]:
    """What the statement selects in a real SQLite."""
    from engines import connect
    from small_project import customers, orders

    from segdsl.types import INT, STRING, TIMESTAMP, decimal

    engine = connect("sqlite")
    engine.load(
        {
            "customers": [
                {**row, "created_at": row["created_at"].replace(tzinfo=None)} for row in customers().to_dicts()
            ],
            "orders": [{**row, "placed_at": row["placed_at"].replace(tzinfo=None)} for row in orders().to_dicts()],
        },
        {
            "customers": {
                "customer_id": INT,
                "name": STRING,
                "email": STRING,
                "country": STRING,
                "created_at": TIMESTAMP,
                "select": INT,
            },
            "orders": {"order_id": INT, "customer_id": INT, "placed_at": TIMESTAMP, "total": decimal(12, 2)},
        },
    )
    return sorted(row[0] for row in engine.rows(sql))


@pytest.mark.parametrize("case", CASES)
def test_check(case: str, shop: Path) -> None:
    text, expected = CASES[case]
    source = SEGMENTS + "segment asked where " + text + "\n"
    (shop / "more.seg").write_bytes(source.encode())
    try:
        outcome = segdsl("check", "more.seg", "--project", "bare.toml", cwd=_without_segments(shop))
    finally:
        (shop / "more.seg").unlink()
    if expected == REFUSED:
        is_refused(outcome)
    else:
        assert outcome.code == 0, outcome


def _without_segments(shop: Path) -> Path:
    (shop / "bare.toml").write_text(PROJECT.replace('segments = ["segments"]\n', ""), encoding="utf-8")
    return shop


# -- files --------------------------------------------------------------------------------------------------------

FILES: dict[str, tuple[bytes, int]] = {
    "latin_1": ('segment s "Müller" where true\n'.encode("latin-1"), 1),
    "byte_order_mark": ("\ufeffsegment s where true\n".encode(), 0),
    "windows_line_ends": (b"segment s\r\n  where true\r\n", 0),
    "utf_16": ("segment s where true\n".encode("utf-16"), 1),
    "surrogate_bytes": (b'segment s where "\xed\xa0\x80" = "x"\n', 1),
    "random_bytes": (bytes((i * 7919 + i * i) % 256 for i in range(4_096)), 1),
    "ten_megabytes": (b"segment s where true\n" * 500_000, 1),
    "fifty_thousand_parentheses": (b"segment s where " + b"(" * 50_000 + b"true" + b")" * 50_000, 1),
    "ten_thousand_or_terms": (b"segment s where " + b" or ".join([b"true"] * 10_000), 1),
    "cycle_of_two": (b"segment a where b\nsegment b where a\n", 1),
    "cycle_of_one": (b"segment a where a\n", 1),
    "cases_of_one_name": (b"tiers a\n  `b.c` where true\ntiers `a.b`\n  c where true\n", 1),
    "cycle_of_tiers": (b"tiers a\n  b where s\nsegment s where a.b\n", 1),
    "cycle_through_the_past": (b"segment a where a as of 1 day ago\n", 1),
    "cycle_through_rows": (b"trait order.a = b\ntrait b = count(order where a > 1)\nsegment s where b > 1\n", 1),
    "duplicate": (b"segment a where true\nsegment a where true\n", 1),
    "five_thousand_and_one_nodes": (
        b"trait t = "
        + b" + ".join([b"1"] * 60)
        + b"\n"
        + b"".join(
            f"trait t{i} = ".encode() + b" + ".join([b"t" if i == 0 else f"t{i - 1}".encode()] * 20) + b"\n"
            for i in range(4)
        )
        + b"segment a where t3 > 1\n",
        1,
    ),
    "doubling": (
        b"trait t0 = 1\n"
        + b"".join(f"trait t{i} = t{i - 1} + t{i - 1}\n".encode() for i in range(1, 21))
        + b"segment a where t20 > 1\n",
        1,
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_file(case: str, shop: Path) -> None:
    data, code = FILES[case]
    path = _without_segments(shop) / f"{case}.seg"
    path.write_bytes(data)
    start = time.monotonic()
    outcome = segdsl("check", path.name, "--project", "bare.toml", cwd=shop)
    path.unlink()
    assert outcome.code == code, outcome
    if code:
        is_refused(outcome)
    assert time.monotonic() - start < 10


# -- arguments ----------------------------------------------------------------------------------------------------


def test_argument_that_is_no_text(shop: Path) -> None:
    """Bytes that are no UTF-8 reach Python as half characters."""
    is_refused(process("run", "-e", b'name = "\xff\xfe"', "--as-of", AS_OF, cwd=shop))


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("lapse", 2),
        ("=60 days", 2),
        ("lapse=", 2),
        ("lapse=sixty days", 2),
        ("lapse=5", 2),
        ("lapse=0 OR 1=1", 2),
        ("lapse=(1 days, 2 days)", 2),
        ("unknown=1", 2),
        ("__class__=1", 2),
        ("lapse=99999999999999999999 days", 2),
        ("lapse=60 days", 0),
    ],
)
def test_setting(setting: str, code: int, shop: Path) -> None:
    outcome = segdsl("run", "lapsed", "--set", setting, "--as-of", AS_OF, cwd=shop)
    assert outcome.code == code, outcome
    if code:
        is_refused(outcome)


@pytest.mark.parametrize(
    "as_of",
    [
        "",
        "tomorrow",
        "2026-13-01",
        "2023-02-29",
        "0001-01-01",
        "99999-01-01",
        "2026-01-01T25:00",
        "9999-12-31",
        "1e999",
        "\u0661",
    ],
)
def test_as_of(as_of: str, shop: Path) -> None:
    outcome = segdsl("run", "buyers", "--as-of", as_of, cwd=shop)
    assert outcome.code == 2, outcome
    is_refused(outcome)


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "", "EST5EDT;rm", "Europe/\u0000"])
def test_zone(zone: str, shop: Path) -> None:
    (shop / "zone.toml").write_text(f'timezone = "{zone}"\n'.replace("\0", "\\u0000") + PROJECT, encoding="utf-8")
    outcome = segdsl("check", "--project", "zone.toml", cwd=shop)
    assert outcome.code == 2, outcome
    is_refused(outcome)


def test_fields_that_differ_in_case_alone(shop: Path) -> None:
    (shop / "case.toml").write_text(
        PROJECT.replace('select = "int?"', 'select = "int?"\nSELECT = "int?"'), encoding="utf-8"
    )
    outcome = segdsl("check", "--project", "case.toml", cwd=shop)
    assert outcome.code == 2, outcome
    is_refused(outcome)


def test_duplicate_and_missing_keys(tmp_path: Path) -> None:
    import polars as pl
    from small_project import customers

    shop = write_project(tmp_path / "shop")
    pl.concat([customers(), customers().head(1)]).write_parquet(shop / "data" / "customers.parquet")
    outcome = segdsl("run", "buyers", "--as-of", AS_OF, cwd=shop)
    assert outcome.code in (1, 2), outcome
    is_refused(outcome)


def test_a_field_that_is_gone(tmp_path: Path) -> None:
    from small_project import customers

    shop = write_project(tmp_path / "shop")
    customers().drop("country").write_parquet(shop / "data" / "customers.parquet")
    outcome = segdsl("run", "greeks", "--as-of", AS_OF, cwd=shop)
    assert outcome.code == 2, outcome
    is_refused(outcome)


@pytest.mark.parametrize(
    "variable",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "2"},
        {"TZ": "America/New_York"},
        {"LC_ALL": "tr_TR.UTF-8"},
        {"PYTHONOPTIMIZE": "1"},
    ],
    ids=lambda variable: next(f"{k}={v}" for k, v in variable.items()),
)
def test_the_environment_changes_nothing(variable: dict[str, str], shop: Path) -> None:
    arguments = ("compile", "--dialect", "duckdb", "--shape", "flags", "--as-of", AS_OF)
    assert process(*arguments, cwd=shop, env=variable) == segdsl(*arguments, cwd=shop)
