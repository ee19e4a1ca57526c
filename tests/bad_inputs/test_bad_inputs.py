"""Hostile, broken and enormous inputs on the command line: a diagnostic or a defined result.

Of the conditions of `bad_inputs.rows`, those about the small project go through ``check`` and ``run`` (what is refused has a code, and
exit code 1 or 2). No case may end in a traceback, a signal or a hang.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from bad_inputs.rows import CASES, REFUSED
from commands import Outcome, process, segdsl
from small_project import AS_OF, PROJECT, SEGMENTS, write_project


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
