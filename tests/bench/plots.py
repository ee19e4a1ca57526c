"""Lines over logarithmic axes, as SVG: enough to see how a cost grows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 40, 50
COLOURS = ("#1b6ca8", "#c2571a", "#3b7d3a", "#7a3b8f", "#666666")
FONT = 'font-family="sans-serif" font-size="12" fill="#222222"'


def plot(title: str, across: str, up: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """An SVG of at most five lines by name, each of points ``(x, y)`` above 0; the name stands at a line's end."""
    points = [point for line in lines.values() for point in line]
    horizontal = _Axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
    vertical = _Axis([y for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-weight="bold" {FONT}>{escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle" {FONT}>{escape(across)}</text>',
        f'<text text-anchor="middle" transform="translate(16 {HEIGHT / 2}) rotate(-90)" {FONT}>{escape(up)}</text>',
        *_grid(horizontal, vertical),
        *_lines(horizontal, vertical, lines),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Axis:
    """From values to places, by their logarithms; whole powers of ten and, where these are few, 2 and 5 times them are marked."""

    def __init__(self, values: Sequence[float], first: float, last: float) -> None:
        low, high = math.log10(min(values)), math.log10(max(values))
        margin = max(0.05 * (high - low), 0.05)
        self.low, self.high, self.first, self.last = low - margin, high + margin, first, last

    def place(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self.first + share * (self.last - self.first), 1)

    def marks(self) -> list[float]:
        steps = (1,) if self.high - self.low > 2 else (1, 2, 5)
        powers = range(math.floor(self.low) - 1, math.ceil(self.high) + 1)
        marks = (step * 10.0**power for power in powers for step in steps)
        return [mark for mark in marks if self.low <= math.log10(mark) <= self.high]


def _grid(horizontal: _Axis, vertical: _Axis) -> Iterator[str]:
    line = 'stroke="#dddddd"'
    for mark in horizontal.marks():
        x = horizontal.place(mark)
        yield f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{HEIGHT - BOTTOM}" {line}/>'
        yield f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" {FONT}>{_short(mark)}</text>'
    for mark in vertical.marks():
        y = vertical.place(mark)
        yield f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" {line}/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end" {FONT}>{_short(mark)}</text>'


def _lines(horizontal: _Axis, vertical: _Axis, lines: Mapping[str, Sequence[tuple[float, float]]]) -> Iterator[str]:
    taken: list[float] = []
    ends = {name: vertical.place(line[-1][1]) for name, line in lines.items()}
    colours = dict(zip(lines, COLOURS, strict=False))
    for name, line in sorted(lines.items(), key=lambda one: ends[one[0]]):
        colour = colours[name]
        places = [(horizontal.place(x), vertical.place(y)) for x, y in line]
        path = " ".join(f"{x},{y}" for x, y in places)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield from (f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places)
        # Names of lines that end close together are moved apart.
        y = max([places[-1][1], *(other + 15 for other in taken)])
        taken.append(y)
        yield f'<text x="{WIDTH - RIGHT + 10}" y="{y + 4}" {FONT.replace("#222222", colour)}>{escape(name)}</text>'


def _short(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g} {letter}"
    return f"{value:g}"
