"""``segdsl match``: which segments customers are in, one record after another."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

import click

from segdsl.cli.options import Choice, choosing, evaluating, open_project, output_option, project_option
from segdsl.cli.output import replaced
from segdsl.diagnostics import SegdslError
from segdsl.errors import records as errors
from segdsl.errors import usage

if TYPE_CHECKING:
    from segdsl.matching.matcher import Matcher
    from segdsl.matching.thresholds import Thresholds

_STDIN = "<stdin>"


@click.command("match")
@choosing
@click.option(
    "--record",
    "records",
    required=True,
    metavar="FILE|-",
    help="Records as JSON, one to a line; - reads standard input.",
)
@click.option(
    "--thresholds", metavar="FILE", help="What `segdsl thresholds` wrote, for segments that compare with everybody."
)
@evaluating
@project_option
@output_option("Write to a file.")
def command(
    names: tuple[str, ...],
    conditions: tuple[str, ...],
    selectors: tuple[str, ...],
    records: str,
    thresholds: str | None,
    as_of: str | None,
    settings: tuple[str, ...],
    project: str | None,
    output: str | None,
) -> int:
    """Tell for each record in FILE which of the segments NAMES (all of them, if none is named) its customer is in: a line of JSON each.

    A record is an object with the fields of the entity by name, and lists of related rows under the names of their relations.
    """
    if records == "-" and "-" in conditions:
        raise SegdslError([usage.stdin_twice()])
    library = open_project(project, settings).library
    chosen = Choice.read(names, conditions, selectors).of(library)
    known = None if thresholds is None else _thresholds(thresholds)
    matcher = library.matcher(as_of, chosen.segments, known)
    with _opened(records) as source, _target(output) as target:
        for line in _matched(matcher, source, _STDIN if records == "-" else records):
            target.write(line)
            if target is sys.stdout:
                target.flush()
    return 0


def _matched(matcher: Matcher, lines: Iterable[bytes], place: str) -> Iterator[str]:
    key = matcher.library.schema.entity.key
    for number, record in _records(lines, place):
        try:
            found = matcher.match(record)
        except SegdslError as error:
            told = [replace(one, message=f"{place}, line {number}: {one.message}") for one in error.diagnostics]
            raise SegdslError(told) from None
        name, segments = _json(key), _json(found)
        yield f'{{{name}: {_json(record.get(key))}, "segments": {segments}}}\n'


def _json(value: object) -> str:
    """As it was read: numbers with the digits that they had, and what is no number of JSON as nothing."""
    if isinstance(value, Decimal):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        return "null"


def _records(lines: Iterable[bytes], place: str) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"), parse_float=Decimal)
            except UnicodeDecodeError as error:
                raise SegdslError([errors.unreadable_record(place, number, "it is not text in UTF-8")]) from error
            except json.JSONDecodeError as error:
                why = f"{error.msg[:1].lower()}{error.msg[1:]} (character {error.pos + 1})"
                raise SegdslError([errors.unreadable_record(place, number, why)]) from error
            except (ValueError, RecursionError) as error:
                raise SegdslError([errors.unreadable_record(place, number, str(error))]) from error
            if not isinstance(record, dict):
                raise SegdslError([errors.unreadable_record(place, number, f"it is a {type(record).__name__}")])
            yield number, record
    except OSError as error:
        raise SegdslError([usage.unreadable_file(place, _reason(error))]) from error


def _thresholds(path: str) -> Thresholds:
    from segdsl.matching.thresholds import Thresholds

    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SegdslError([usage.unreadable_file(path, "it is not text in UTF-8")]) from error
    except (OSError, ValueError) as error:
        raise SegdslError([usage.unreadable_file(path, _reason(error))]) from error
    return Thresholds.from_json(text)


def _opened(path: str) -> AbstractContextManager[BinaryIO]:
    """Bytes, so that a line which is no text is told when it comes, behind the answers to those before it."""
    if path == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(path).open("rb")
    except (OSError, ValueError) as error:
        raise SegdslError([usage.unreadable_file(path, _reason(error))]) from error


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).lower()


@contextmanager
def _target(path: str | None) -> Iterator[TextIO]:
    """Where to write: a file appears whole or not at all."""
    if path in (None, "-"):
        yield sys.stdout
        return
    with replaced(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        yield file
