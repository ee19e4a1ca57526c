"""Bars, funnels and overlaps on the command line: on files and databases, in pipes and on terminals of all kinds."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import engines
import polars as pl
import pytest
from commands import ROOT, segdsl
from engines.limits import taking_less
from small_project import AS_OF, customers, in_duckdb, in_sqlite, orders

from segdsl.display.text import width
from segdsl.types import INT, STRING, TIMESTAMP, decimal

AT = ("--as-of", AS_OF)

MORE = """
segment quiet_greeks "Greeks who went quiet" where orders >= 1 and country = "GR" and none(order in last 20 days)
segment again where lapsed
segment nobody where orders > 100
segment everybody where orders >= 0
tiers level
  gold where orders >= 2
  silver where orders >= 1 and country = "GR"
  otherwise rest
"""


@pytest.fixture
def shop(shop: Path) -> Path:
    (shop / "segments" / "more.seg").write_text(MORE, encoding="utf-8")
    return shop


def in_postgres() -> str:
    postgres = engines.connect("postgres")
    assert isinstance(postgres, engines.Postgres)
    types = {
        "customers": {
            "customer_id": INT,
            "name": STRING,
            "email": STRING,
            "country": STRING,
            "created_at": TIMESTAMP,
            "select": INT,
        },
        "orders": {"order_id": INT, "customer_id": INT, "placed_at": TIMESTAMP, "total": decimal(12, 2)},
    }
    frames = {"customers": customers(), "orders": orders()}
    naive = {name: frame.with_columns(pl.col(pl.Datetime).dt.replace_time_zone(None)) for name, frame in frames.items()}
    postgres.load({name: frame.to_dicts() for name, frame in naive.items()}, types)
    return str(postgres._server.get_uri())


@pytest.fixture(params=["files", "duckdb", "sqlite", "postgres"])
def where(request: pytest.FixtureRequest, shop: Path) -> tuple[str, ...]:
    """The options that say where the data is."""
    makers: dict[str, Callable[[Path], None]] = {"duckdb": in_duckdb, "sqlite": in_sqlite}
    if request.param in makers:
        makers[request.param](shop / "shop.data")
        return ("--url", f"{request.param}:///{shop / 'shop.data'}")
    return ("--url", in_postgres()) if request.param == "postgres" else ()


# -- funnels ------------------------------------------------------------------------------------------------------


def test_funnel(shop: Path, where: tuple[str, ...]) -> None:
    # Ann (1) and customer 3 are the Greeks; 1, 2 and 3 have bought; only Ann has in the last 20 days.
    outcome = segdsl("run", "--funnel", "quiet_greeks", *where, *AT, cwd=shop)
    assert outcome.code == 0, outcome
    assert outcome.out.splitlines() == [
        "step  condition                    left   share  lost  alone",
        "----  ---------------------------  ----  ------  ----  -----",
        "   0  everybody                       6  100.0%",
        "   1  orders >= 1                     3   50.0%     3      3",
        '   2  country = "GR"                  2   33.3%     1      2',
        "   3  none(order in last 20 days)     1   16.7%     1      5",
    ]
    assert outcome.err == "of 6 customers as of 2026-06-01T00:00:00Z\n"


def test_funnel_of_a_case(shop: Path, where: tuple[str, ...]) -> None:
    outcome = segdsl("run", "--funnel", "level.silver", "--format", "csv", *where, *AT, cwd=shop)
    assert outcome.out.splitlines() == [
        "step,condition,left,population,share,lost,alone",
        "0,everybody,6,6,1.0,0,6",
        '1,"not level = ""gold""",5,6,0.8333333333333334,1,5',
        "2,orders >= 1,2,6,0.3333333333333333,3,3",
        '3,"country = ""GR""",1,6,0.16666666666666666,1,2',
    ]


def test_funnel_of_a_condition(shop: Path) -> None:
    written = "(orders >= 2 or country = 'CY') # of all\n and  name is present"
    expected = [
        {"step": 0, "condition": "everybody", "left": 6, "population": 6, "share": 1.0, "lost": 0, "alone": 6},
        {
            "step": 1,
            "condition": "orders >= 2 or country = 'CY'",
            "left": 4,
            "population": 6,
            "share": pytest.approx(4 / 6),
            "lost": 2,
            "alone": 4,
        },
        {
            "step": 2,
            "condition": "name is present",
            "left": 4,
            "population": 6,
            "share": pytest.approx(4 / 6),
            "lost": 0,
            "alone": 5,
        },
    ]
    for arguments in (("--funnel", "-e", written), ("-e", written, "--funnel")):
        outcome = segdsl("run", *arguments, "--format", "json", *AT, cwd=shop)
        assert json.loads(outcome.out) == expected
    segdsl("run", "--funnel", "lapsed", "-o", "funnel.parquet", *AT, cwd=shop)
    assert pl.read_parquet(shop / "funnel.parquet")["left"].to_list() == [6, 3, 1]
    by_name = segdsl("run", "lapsed", "--funnel", "--format", "jsonl", *AT, cwd=shop)
    assert [json.loads(line)["left"] for line in by_name.out.splitlines()] == [6, 3, 1]


def test_a_setting_moves_a_funnel(shop: Path) -> None:
    # For the last 5 days nobody has ordered.
    outcome = segdsl("run", "--funnel", "lapsed", "--set", "lapse=5 days", "--format", "csv", *AT, cwd=shop)
    assert [line.split(",")[2] for line in outcome.out.splitlines()[1:]] == ["6", "3", "3"]


# -- overlaps -----------------------------------------------------------------------------------------------------


def test_overlap(shop: Path, where: tuple[str, ...]) -> None:
    # buyers 1 2 3, lapsed 2, again 2, greeks 1 3; nobody and everybody overlap trivially.
    names = ("buyers", "lapsed", "greeks", "again", "nobody", "everybody")
    outcome = segdsl("run", "--overlap", *names, *where, *AT, cwd=shop)
    assert outcome.code == 0, outcome
    assert outcome.out.splitlines() == [
        "first   members  second  members  both  of smaller   alike  remark",
        "------  -------  ------  -------  ----  ----------  ------  ---------------",
        "lapsed        1  again         1     1      100.0%  100.0%  same",
        "buyers        3  greeks        2     2      100.0%   66.7%  second in first",
        "buyers        3  lapsed        1     1      100.0%   33.3%  second in first",
        "buyers        3  again         1     1      100.0%   33.3%  second in first",
    ]
    assert outcome.err.splitlines() == [
        "4 of 6 pairs have customers in common",
        "not compared, as nobody is in: nobody",
        "not compared, as everybody is in: everybody",
        "of 6 customers as of 2026-06-01T00:00:00Z",
    ]


def test_cases_of_the_same_tiers_are_not_compared(shop: Path) -> None:
    # gold 1, silver 3, rest 2 4 5 6; buyers 1 2 3: one of four in common, then one of six with the rest.
    arguments = ("run", "--overlap", "level", "buyers", "--format", "csv", *AT)
    outcome = segdsl(*arguments, cwd=shop)
    assert outcome.out.splitlines() == [
        "first,second,first_size,second_size,both,either,of_smaller,jaccard,contained",
        "level.gold,buyers,1,3,1,3,1.0,0.3333333333333333,first in second",
        "level.silver,buyers,1,3,1,3,1.0,0.3333333333333333,first in second",
        "level.rest,buyers,4,3,1,6,0.3333333333333333,0.16666666666666666,",
    ]
    assert outcome.err.startswith("3 of 3 pairs have customers in common\n")
    top = segdsl(*arguments, "--top", "2", cwd=shop)
    assert top.out.splitlines() == outcome.out.splitlines()[:3]
    assert top.err.startswith("3 of 3 pairs have customers in common; the first 2 are shown\n")
    one = segdsl(*arguments, "--top", "1", cwd=shop)
    assert one.err.startswith("3 of 3 pairs have customers in common; the first is shown\n")


def test_overlap_of_conditions(shop: Path) -> None:
    arguments = ("run", "--overlap", "-e", "orders >= 1", "-e", "country = 'GR'", "--format", "jsonl", *AT)
    outcome = segdsl(*arguments, cwd=shop)
    (pair,) = map(json.loads, outcome.out.splitlines())
    assert (pair["first"], pair["second"], pair["both"]) == ("condition_1", "condition_2", 2)


def test_flags_of_many_segments_are_asked_for_in_several_statements(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_sqlite(shop / "shop.sqlite")
    arguments = ("run", "--overlap", "--format", "csv", "--url", "sqlite:///shop.sqlite", *AT)
    together = segdsl(*arguments, cwd=shop)
    taking_less(monkeypatch, "sqlite", result_columns=4)
    apart = segdsl(*arguments, cwd=shop)
    assert len(together.out.splitlines()) > 5
    assert (apart.code, apart.out, apart.err) == (together.code, together.out, together.err)


# -- what does not go together -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--funnel",), "SEG909", "a funnel is that of one segment, and 10 are selected"),
        (("--funnel", "level"), "SEG909", "and 3 are selected"),
        (("buyers", "--funnel", "lapsed"), "SEG909", "and 2 are selected"),
        (("--funnel", "lapsd"), "SEG901", "did you mean `lapsed`?"),
        (("--funnel", "lapsed", "--overlap"), "SEG909", "--funnel and --overlap exclude each other"),
        (("--funnel", "lapsed", "--shape", "members"), "SEG909", "--shape and --funnel exclude each other"),
        (("--overlap", "--shape", "flags"), "SEG909", "--shape and --overlap exclude each other"),
        (("--overlap", "lapsed"), "SEG909", "at least two segments"),
        (("--top", "3"), "SEG909", "--top serves only together with --overlap"),
        (("--funnel", "lapsed", "-e", "orders > 1"), "SEG909", "cannot be mixed with -e"),
    ],
)
def test_what_does_not_go_together(arguments: tuple[str, ...], code: str, said: str, shop: Path) -> None:
    outcome = segdsl("run", *arguments, *AT, cwd=shop)
    assert outcome.code == 2
    assert code in outcome.err
    assert said in outcome.err


# -- bars ---------------------------------------------------------------------------------------------------------


def test_bars_into_a_pipe_where_they_are_asked_for(shop: Path) -> None:
    outcome = segdsl("run", "buyers", "lapsed", "nobody", "everybody", "--bars", *AT, cwd=shop)
    assert outcome.out.splitlines() == [
        "segment    title             members   share",
        "---------  ----------------  -------  ------",
        "buyers     Buyers                  3   50.0%  ██████████",
        "lapsed     Lapsed customers        1   16.7%  ███▍",
        "nobody                             0    0.0%",
        "everybody                          6  100.0%  ████████████████████",
    ]
    funnel = segdsl("run", "--funnel", "lapsed", "--bars", *AT, cwd=shop)
    assert funnel.out.splitlines()[4].split() == [
        "2",
        "none(order",
        "in",
        "last",
        "lapse)",
        *["1", "16.7%", "███▍", "2", "4"],
    ]
    overlap = segdsl("run", "--overlap", "buyers", "greeks", "--bars", *AT, cwd=shop)
    assert overlap.out.splitlines()[2].split()[-4:] == ["█████████████▍", "second", "in", "first"]


def test_bars_are_for_people_alone(shop: Path) -> None:
    for format in ("csv", "json", "jsonl"):
        arguments = ("run", "--format", format, *AT)
        assert segdsl(*arguments, "--bars", cwd=shop).out == segdsl(*arguments, cwd=shop).out
    segdsl("run", "buyers", "--shape", "counts", "-o", "sizes.txt", *AT, cwd=shop)
    assert "█" not in (shop / "sizes.txt").read_text("utf-8")


def terminal(
    *arguments: str, columns: int, cwd: Path, env: dict[str, str] | None = None
) -> tuple[list[str], list[str]]:
    """The lines that a command prints on a terminal of some width, as they are and without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    plain = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "segdsl", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        env={**plain, "PYTHONPATH": str(ROOT), "TERM": "xterm", "LC_ALL": "C.UTF-8", **(env or {})},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:
            break  # Linux says so that the other end is closed
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait() == 0
    lines = shown.decode().replace("\r\n", "\n").splitlines()
    return lines, [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]


WIDE = 'segment wide "日本語のお客様 🛒 カート" where orders >= 1\nsegment a_segment_with_quite_a_long_name where orders > 1'


def test_a_terminal_has_bars_and_colours(shop: Path) -> None:
    coloured, plain = terminal("run", "buyers", "lapsed", *AT, columns=80, cwd=shop)
    assert plain[2:] == [
        "buyers   Buyers                  3  50.0%  ███████████████",
        "lapsed   Lapsed customers        1  16.7%  █████",
    ]
    assert "\x1b[36m█████\x1b[0m" in coloured[3]
    assert "█" not in "".join(terminal("run", "--no-bars", *AT, columns=80, cwd=shop)[0])


@pytest.mark.parametrize(
    "env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "LANG": "C"}]
)
def test_terminals_that_can_do_less(env: dict[str, str], shop: Path) -> None:
    (shop / "segments" / "wide.seg").write_text(WIDE, encoding="utf-8")
    coloured, plain = terminal("run", "buyers", "lapsed", "wide", *AT, columns=60, cwd=shop, env=env)
    if "NO_COLOR" in env or "TERM" in env:
        assert coloured == plain
    if "PYTHONIOENCODING" in env:
        assert "".join(plain).isascii()
        assert plain[2].endswith("  #####")
    assert max(map(width, plain)) <= 60
    assert {line.index("%") for line in map(str.rstrip, plain[2:4])} == {plain[0].index("share") + 4}


@pytest.mark.parametrize("columns", [40, 60, 120])
@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("run", "--funnel", "quiet_greeks"),
        ("run", "--overlap"),
        ("list",),
    ],
)
def test_nothing_wraps(arguments: tuple[str, ...], columns: int, shop: Path) -> None:
    (shop / "segments" / "wide.seg").write_text(WIDE, encoding="utf-8")
    at = () if arguments[0] == "list" else AT
    _, plain = terminal(*arguments, *at, columns=columns, cwd=shop)
    assert max(map(width, plain)) <= columns
    assert len(plain) > 3


def test_titles_of_wide_characters_keep_the_columns_aligned(shop: Path) -> None:
    (shop / "segments" / "wide.seg").write_text(WIDE, encoding="utf-8")
    outcome = segdsl("run", "buyers", "wide", *AT, cwd=shop)
    ends = [width(line) for line in outcome.out.splitlines()]
    assert len(set(ends)) == 1
    cut = [terminal("run", "buyers", "wide", *AT, columns=columns, cwd=shop)[1] for columns in (60, 80)]
    for lines in cut:
        starts = {width(line[: line.index("%")]) for line in lines[2:]}
        assert len(starts) == 1
    assert "日本語のお客様 🛒 カー…" in "".join(cut[0])
    assert "日本語のお客様 🛒 カート" in "".join(cut[1])


def test_data_tables_are_shown_whole(shop: Path) -> None:
    _, plain = terminal("run", "--shape", "flags", *AT, columns=40, cwd=shop)
    listed = json.loads(segdsl("list", "--format", "json", cwd=shop).out)
    assert plain[0].split() == ["customer_id", *(one["segment"] for one in listed)]


def test_prose_fits_a_narrow_terminal(shop: Path) -> None:
    _, plain = terminal("rule", "SEG801", columns=60, cwd=shop)
    prose = [line for line in plain if line and not line.startswith(("    ", "SEG801"))]
    assert max(map(len, prose)) <= 60
