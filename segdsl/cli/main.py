"""The command ``segdsl``: its commands by name, and what happens when something goes wrong.

In: arguments. Out: an exit code: 0 fine, 1 it worked and found something, 2 usage, configuration, a missing file or an
unreachable database. A command's module is imported when it is called, so that ``--help`` costs nothing. No exception
ever reaches the user as a traceback, unless SEGDSL_DEBUG is set.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import click

from segdsl import __version__
from segdsl.diagnostics import Diagnostic, SegdslError, Severity
from segdsl.errors import usage
from segdsl.errors.names import nearest

FOUND, WRONG, INTERRUPTED = 1, 2, 130


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where a command is, and its line in ``segdsl --help``."""

    module: str
    help: str


COMMANDS = {
    "demo": _Entry("segdsl.cli.demo", "Make a small shop and run the predefined segments on it."),
    "init": _Entry("segdsl.cli.init", "Start a project for your own data."),
    "check": _Entry("segdsl.cli.check", "Report everything that is wrong with a library."),
    "fmt": _Entry("segdsl.cli.fmt", "Lay out .seg files, all in the same way."),
    "list": _Entry("segdsl.cli.list", "List the segments."),
    "run": _Entry("segdsl.cli.run", "Evaluate segments: their sizes, or their members."),
    "compile": _Entry("segdsl.cli.compile", "Write segments as SQL."),
    "test": _Entry("segdsl.cli.test", "Run the examples that stand beside the segments."),
    "explain": _Entry("segdsl.cli.explain", "Say in plain English what segments mean."),
    "why": _Entry("segdsl.cli.why", "Show why one customer is in a segment or not."),
    "match": _Entry("segdsl.cli.match", "Tell which segments customers are in, one record after another."),
    "thresholds": _Entry("segdsl.cli.thresholds", "Work out what everybody has in common, for `match`."),
    "rule": _Entry("segdsl.cli.rule", "Explain a diagnostic."),
}


class _ClosedPipe(Exception):
    """Nobody reads on. A class of its own, since click would end the process with status 1 for a BrokenPipeError."""


class _Commands(click.Group):
    """A group that knows its commands by `COMMANDS` and imports one when it is called."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            result: object = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise _ClosedPipe from error
        return result

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name].module).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        near = nearest(args[0], COMMANDS) if args and args[0] not in COMMANDS else None
        if near is not None and not args[0].startswith("-"):
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{near}'?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="segdsl %(version)s")
@click.option("--no-cache", is_flag=True, help="Compile anew, and keep nothing of it for the next command.")
@click.pass_context
def cli(context: click.Context, no_cache: bool) -> None:
    """Segments of customers, defined once and the same everywhere: in Polars and in SQL.

    `segdsl demo` makes a shop to try it on; `segdsl init` starts a project of your own. `segdsl COMMAND --help` says more
    about a command.
    """
    if no_cache:
        from segdsl.cache.kept import nothing_kept

        context.with_resource(nothing_kept())


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and ends the process with its exit code."""
    if arguments is None:
        # A command makes what it needs and keeps it until it ends: there is little garbage to look for.
        gc.set_threshold(50_000, 20, 20)
    code = run(sys.argv[1:] if arguments is None else arguments)
    if arguments is None or "duckdb" in sys.modules:
        # sic: all files and connections are closed by now. To take down what was imported, module by module, costs a fifth of a
        # short command's time, and DuckDB's module prints a page about references that it leaked to whoever read its rows
        # through the Arrow interface.
        _flush(sys.stdout)
        _flush(sys.stderr)
        os._exit(code)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Runs the command; its exit code."""
    _settle_streams()
    try:
        result = cli.main(args=list(arguments), prog_name="segdsl", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except SegdslError as error:
        return _report(error.diagnostics)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return WRONG
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except (_ClosedPipe, BrokenPipeError):
        _silence(sys.stdout)
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            # Files are opened by name. What has none is the standard output: a full disk behind it, as a rule.
            _silence(sys.stdout)
            return _report([usage.unwritable_file("the standard output", (error.strerror or str(error)).lower())])
        if os.environ.get("SEGDSL_DEBUG"):
            raise
        summary = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        return _report([usage.internal(summary)])


def exit_code(findings: Sequence[Diagnostic]) -> int:
    """1 for what was found in texts, 2 for what keeps a command from working at all."""
    from segdsl.errors import names

    settings = (names.UNKNOWN_SETTING.code, names.WRONG_SETTING.code)
    in_texts = [finding.code[3:4] in "123678" and finding.code not in settings for finding in findings]
    return FOUND if all(in_texts) else WRONG


def _report(found: Sequence[Diagnostic]) -> int:
    """Says what kept a command from working; warnings are for ``segdsl check``."""
    from segdsl.cli.findings import render
    from segdsl.cli.terminal import colour_on

    findings = [finding for finding in found if finding.severity is Severity.ERROR]

    try:
        click.echo(render(findings, "full", colour=colour_on(sys.stderr)), err=True, color=True)
    except OSError:
        _silence(sys.stderr)
    return exit_code(findings)


def _settle_streams() -> None:
    """Into a pipe, UTF-8 and bare line ends on every system; what a terminal cannot show must not end in an error.

    Streams that whoever started the process has closed are empty, or swallow what is written: Python has None for them, and the
    next file opened would take their place.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - open as long as the process
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="backslashreplace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _flush(stream: TextIO) -> None:
    try:
        stream.flush()
    except OSError:
        _silence(stream)


def _silence(stream: object) -> None:
    """What is still in the stream's buffer must not raise again when the process ends."""
    if isinstance(stream, TextIOWrapper):
        try:
            descriptor = stream.fileno()
        except OSError:
            return
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)


if __name__ == "__main__":
    main()
