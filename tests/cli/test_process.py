"""What only a process shows: imports, streams, signals, half-written files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import ROOT, process, segdsl
from small_project import AS_OF

HEAVY = ("polars", "sqlglot", "duckdb", "psycopg", "pyarrow")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

IMPORTED = """
import sys
{what}
print(sorted(name for name in {heavy!r} if name in sys.modules), file=sys.__stdout__)
"""
COMMAND = """
from segdsl.cli.main import run
code = run({arguments!r})
assert code == 0, code
"""


def imported_by(what: str, cwd: Path) -> str:
    program = IMPORTED.format(what=what, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "arguments", [["--help"], ["check"], ["list"], ["check", "--format", "json"], ["run", "--help"], ["rule", "SEG901"]]
)
def test_light_commands_import_nothing_heavy(arguments: list[str], shop: Path) -> None:
    assert imported_by(COMMAND.format(arguments=arguments), shop) == "[]"


@pytest.mark.parametrize(
    "what", ["import segdsl", "from segdsl import *", "import segdsl; segdsl.Library; segdsl.load; segdsl.Schema"]
)
def test_importing_the_package_imports_nothing_heavy(what: str, tmp_path: Path) -> None:
    if "*" in what:
        assert imported_by(what, tmp_path) != "['duckdb']"  # names the SQL it may write, and so sqlglot
    else:
        assert imported_by(what, tmp_path) == "[]"


def test_importing_the_package_does_not_import_the_parser(tmp_path: Path) -> None:
    program = "import segdsl, sys; print('lark' in sys.modules, 'click' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False False\n"


@pytest.mark.parametrize(
    ("what", "most", "never"),
    [
        (
            "import segdsl.cli.main",
            35,
            ("segdsl.syntax", "segdsl.semantics", "segdsl.library", "segdsl.selection", "lark"),
        ),
        (
            "import segdsl; segdsl.load",
            50,
            ("segdsl.syntax.parse", "segdsl.semantics.resolve", "segdsl.planning", "lark"),
        ),
    ],
)
def test_little_is_imported_to_begin_with(what: str, most: int, never: tuple[str, ...], tmp_path: Path) -> None:
    """What starting costs, told by what is imported, since time depends on the machine."""
    program = f"{what}; import sys; print(*[name for name in sys.modules if name.startswith(('segdsl', 'lark'))])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    modules = done.stdout.split()
    assert len(modules) <= most, modules
    assert not [name for name in modules if name.startswith(never)]


def test_help_answers_in_a_blink(tmp_path: Path) -> None:
    start = time.monotonic()
    outcome = process("--help", cwd=tmp_path)
    assert outcome.code == 0
    assert time.monotonic() - start < 2
    for command in ("demo", "init", "check", "list", "run", "compile", "rule"):
        assert f"  {command} " in outcome.out


@pytest.mark.parametrize("command", ["demo", "init", "check", "list", "run", "compile", "rule"])
def test_every_command_has_help(command: str, tmp_path: Path) -> None:
    outcome = segdsl(command, "--help", cwd=tmp_path)
    assert outcome.code == 0
    assert outcome.out.startswith("Usage: segdsl " + command)


def test_unknown_command_and_option(tmp_path: Path) -> None:
    outcome = segdsl("rnu", cwd=tmp_path)
    assert outcome.code == 2
    assert "Did you mean 'run'?" in outcome.err
    assert segdsl("run", "--frmat", "csv", cwd=tmp_path).code == 2


def test_no_colour_into_a_pipe(shop: Path) -> None:
    (shop / "segments" / "wrong.seg").write_text("segment a where nobody = 1\n")
    outcome = process("check", cwd=shop)
    assert outcome.code == 1
    assert "\x1b" not in outcome.out + outcome.err


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colour_on_a_terminal(variables: dict[str, str], coloured: bool, shop: Path) -> None:
    import pty

    (shop / "segments" / "wrong.seg").write_text("segment a where nobody = 1\n")
    leader, follower = pty.openpty()
    environment = {**ENVIRONMENT, "TERM": "xterm", **variables}
    if not variables:
        environment.pop("NO_COLOR", None)
    done = subprocess.Popen(
        [sys.executable, "-m", "segdsl", "check"], cwd=shop, env=environment, stdout=follower, stderr=subprocess.PIPE
    )
    os.close(follower)
    text = b""
    while True:
        try:
            piece = os.read(leader, 65_536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    assert done.wait(60) == 1
    assert (b"\x1b[" in text) is coloured
    os.close(leader)
    assert done.stderr is not None
    done.stderr.close()


def test_closed_pipe_is_quiet(shop: Path) -> None:
    command = [sys.executable, "-m", "segdsl", "rule", "all", "--format", "json"]
    done = subprocess.Popen(command, cwd=shop, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.stdout is not None
    assert done.stderr is not None
    done.stdout.close()
    assert done.stderr.read() == b""
    assert done.wait(60) == 0
    done.stderr.close()


def test_interruption_is_quiet(shop: Path) -> None:
    command = [sys.executable, "-m", "segdsl", "run", "-e", "-"]
    done = subprocess.Popen(
        command, cwd=shop, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(1.0)  # it is waiting for its condition
    done.send_signal(signal.SIGINT)
    out, err = done.communicate(timeout=60)
    assert done.returncode == 130
    assert b"Traceback" not in err
    assert out == b""


def test_a_bug_is_told_in_a_sentence(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from segdsl.library import Library

    def fail(self: Library) -> None:
        raise ZeroDivisionError("by design")

    monkeypatch.setattr(Library, "check", fail)
    outcome = segdsl("check", cwd=shop)
    assert outcome.code == 2
    assert "SEG999" in outcome.err
    assert "ZeroDivisionError: by design" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_failing_write_leaves_what_was_there(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from segdsl.cli import output

    def half(table: output.Table, format: str, page: object) -> object:
        yield "customer_id\n1\n"
        raise OSError(28, "No space left on device")

    (shop / "members.csv").write_text("as it was\n")
    monkeypatch.setattr(output, "pieces", half)
    outcome = segdsl("run", "buyers", "-o", "members.csv", "--as-of", AS_OF, cwd=shop)
    assert outcome.code == 2
    assert "no space left on device" in outcome.err
    assert (shop / "members.csv").read_text() == "as it was\n"
    assert [path.name for path in shop.iterdir() if path.name.startswith(".")] == []


def test_output_to_a_device(shop: Path) -> None:
    assert segdsl("run", "buyers", "-o", "/dev/null", "--format", "csv", "--as-of", AS_OF, cwd=shop).code == 0
    assert Path("/dev/null").is_char_device()


def test_a_database_says_nothing_of_its_own(shop: Path) -> None:
    import duckdb
    from small_project import customers, orders

    connection = duckdb.connect(str(shop / "shop.duckdb"))
    for name, frame in (("customers", customers()), ("orders", orders())):
        connection.register("frame", frame.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        connection.unregister("frame")
    connection.close()
    outcome = process("run", "buyers", "--data", "shop.duckdb", "--as-of", AS_OF, cwd=shop)
    assert outcome.code == 0
    assert outcome.err == f"of 6 customers as of {AS_OF}\n"
    assert "buyers" in outcome.out
    wrong = process("run", "-e", "byers", "--data", "shop.duckdb", "--as-of", AS_OF, cwd=shop)
    assert wrong.code == 1
    assert wrong.err.endswith("\n")
    assert "nanobind" not in wrong.err


def test_version(tmp_path: Path) -> None:
    import segdsl as package

    assert segdsl("--version", cwd=tmp_path).out == f"segdsl {package.__version__}\n"
