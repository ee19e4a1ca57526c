"""Tables as people see them: aligned columns, with bars where they help, no wider than the terminal.

In: columns of values and the page they go to. Out: lines. Data tables are shown whole, however wide; a table made for people says
which of its columns may be cut short, and which may be left out where even that is not enough.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TextIO, TypeAlias

import click

from segdsl.cli.terminal import colour_on
from segdsl.display import text
from segdsl.display.shares import BLOCKS, SIGNS, Bar, Share

Value: TypeAlias = bool | int | float | str | Decimal | date | datetime | bytes | None
Cell: TypeAlias = Value | Share | Bar

BETWEEN = "  "
_WIDEST = 60
"""Of a column that may be cut, where no terminal says how wide it is."""
_NARROWEST = 12
_WIDEST_BAR, _USUAL_BAR, _NARROWEST_BAR = 30, 20, 10


@dataclass(frozen=True, slots=True)
class Page:
    """What a table is written on. ``width`` None: as wide as need be. ``encoding``: what it can show; what it cannot is spelled."""

    width: int | None = None
    bars: bool = False
    encoding: str = "utf-8"
    colour: bool = False

    @classmethod
    def of(cls, stream: TextIO, *, bars: bool | None = None) -> Page:
        """A terminal has a width, and bars unless they are not wanted; a pipe or file has bars where they are."""
        encoding = stream.encoding or "utf-8"
        if not stream.isatty():
            return cls(None, bool(bars), encoding)
        return cls(_columns(stream), bars is not False, encoding, colour_on(stream))

    @property
    def glyphs(self) -> str:
        return BLOCKS if self.shows(BLOCKS) else SIGNS

    @property
    def mark(self) -> str:
        """Stands for what is cut off."""
        return "…" if self.shows("…") else "..."

    def shows(self, characters: str) -> bool:
        return self.spelled(characters) == characters

    def spelled(self, characters: str) -> str:
        return characters.encode(self.encoding, "backslashreplace").decode(self.encoding)


def _columns(stream: TextIO) -> int:
    """How wide a terminal is: as COLUMNS says, else as it says itself."""
    try:
        found = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        found = 0
    return shutil.get_terminal_size((found or 80, 24)).columns if os.environ.get("COLUMNS") else found or 80


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns and rows of equal length. ``grouped``: its whole numbers are sizes, and no keys: people see 12,345.

    ``cut``: columns that may be cut short, and to how many cells, and ``dropped``: those that may be left out, in this order, where a
    terminal is too narrow. A column of bars has no name, and is made shorter before anything else is.
    """

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    grouped: bool = False
    cut: Mapping[str, int] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


@dataclass(slots=True)
class _Column:
    """``width`` is what it takes, ``least`` what it can do with."""

    name: str
    cells: list[Cell]
    shown: list[str] = field(default_factory=list)
    numbers: bool = False
    bars: bool = False
    width: int = 0
    least: int = 0


def lines(table: Table, page: Page) -> Iterator[str]:
    """Columns with two blanks between them; numbers to the right."""
    columns = [_column(table, place, page) for place in range(len(table.columns))]
    columns = [column for column in columns if page.bars or not column.bars]
    if page.width is not None and table.cut:
        columns = _fitted(columns, table, page.width)
    names = [page.spelled(column.name) for column in columns]
    yield _line([_padded(name, column) for name, column in zip(names, columns, strict=True)])
    yield _line(["-" * column.width if name else "" for name, column in zip(names, columns, strict=True)])
    for row in range(len(table.rows)):
        yield _line([_filled(column, row, page) for column in columns])


def _line(cells: Sequence[str]) -> str:
    return BETWEEN.join(cells).rstrip() + "\n"


def _column(table: Table, place: int, page: Page) -> _Column:
    name, cells = table.columns[place], [row[place] for row in table.rows]
    if not name and all(isinstance(cell, Bar) or cell is None for cell in cells):
        usual = _USUAL_BAR if page.width is None else _WIDEST_BAR
        return _Column(name, cells, bars=True, width=usual, least=_NARROWEST_BAR)
    shown = [page.spelled(_shown(cell, grouped=table.grouped)) for cell in cells]
    numbers = bool(cells) and all(_is_number(cell) or cell is None for cell in cells)
    widest = max([text.width(page.spelled(name)), *map(text.width, shown)])
    if name in table.cut:
        widest = max(min(widest, _WIDEST) if page.width is None else widest, text.width(name))
        return _Column(name, cells, shown, numbers, width=widest, least=min(widest, table.cut[name]))
    return _Column(name, cells, shown, numbers, width=widest, least=widest)


def _fitted(columns: list[_Column], table: Table, width: int) -> list[_Column]:
    """Cut as little as need be; where that is not enough, one column is left out after the other; in the end all texts are cut, the
    last first."""
    dropped = iter(table.dropped)
    while (excess := _total(columns) - width) > 0:
        if excess <= sum(column.width - column.least for column in columns):
            break
        name = next(dropped, None)
        if name is None:
            for column in columns:
                if not column.numbers and not column.bars:
                    column.least = min(column.width, _NARROWEST)
            break
        columns = [column for column in columns if column.name != name]
    order = {name: place for place, name in enumerate(("", *table.cut))}
    for _, column in sorted(enumerate(columns), key=lambda one: (order.get(one[1].name, len(order)), -one[0])):
        taken = max(0, min(_total(columns) - width, column.width - column.least))
        column.width -= taken
    return columns


def _total(columns: Sequence[_Column]) -> int:
    return sum(column.width for column in columns) + len(BETWEEN) * (len(columns) - 1)


def _filled(column: _Column, row: int, page: Page) -> str:
    if not column.bars:
        return _padded(text.cut(column.shown[row], column.width, page.mark), column)
    bar = column.cells[row]
    drawn = bar.drawn(column.width, page.glyphs) if isinstance(bar, Bar) else ""
    padding = " " * (column.width - len(drawn))
    return (click.style(drawn, fg="cyan") if page.colour and drawn else drawn) + padding


def _padded(cell: str, column: _Column) -> str:
    return text.right(cell, column.width) if column.numbers else text.left(cell, column.width)


def _is_number(value: Cell) -> bool:
    return isinstance(value, int | float | Decimal | Share) and not isinstance(value, bool)


def _shown(value: Cell, *, grouped: bool) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}" if grouped else str(value)
        case None:
            return ""
        case str():
            return text.printable(value)
        case _:
            return str(plain(value))


def plain(value: Cell) -> str | int | float:
    """What a text format shows."""
    match value:
        case datetime():
            return value.isoformat() if value.tzinfo else value.isoformat() + "Z"
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case int() | float() | str():
            return value
        case _:
            return str(value)
