"""Which of the possible lines are made: those that comments ask for, and as few others as the width allows.

In: the tokens and marks of one definition (`segdsl.syntax.format.shapes`) and its atoms. Out: its text. Everything is decided
in one pass over the atoms, with sums made before, so that the time taken grows with the length of the text alone. Nothing
depends on how the text was laid out before, but for comments and the lines that they keep: formatted twice is formatted once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lark import Token

from segdsl.syntax.format.atoms import Atom
from segdsl.syntax.format.shapes import Blanks, Indent, Mark
from segdsl.syntax.format.words import written

WIDTH = 100
_NOWHERE = -1


@dataclass(slots=True)
class _Group:
    """From its first atom to its last."""

    first: int
    fill: bool
    last: int = 0
    flat: bool = False


@dataclass(slots=True)
class _Step:
    """An atom, and what comes before it."""

    atom: Atom
    text: str
    gap: Mark | Blanks | None
    group: int
    """The innermost group that the gap belongs to."""
    indent: int
    opens: Sequence[int]


_BREAKABLE = (Mark.LINE, Mark.LATE, Mark.SOFT, Mark.HARD, Mark.ALIGN_LINE)
_ALIGNED = (Mark.ALIGN, Mark.ALIGN_LINE)


class Layout:
    """One definition, ready to be written."""

    def __init__(self, pieces: Iterable[Token | Mark | Blanks | Indent], atoms: Sequence[Atom]) -> None:
        self.groups: list[_Group] = []
        self.steps: list[_Step] = []
        self._collect(pieces, atoms)
        self.forced = list(accumulate(map(self._is_forced, self.steps)))
        self.next_line = self._next_lines()
        self.part_ends = self._part_ends()

    def _collect(self, pieces: Iterable[Token | Mark | Blanks | Indent], atoms: Sequence[Atom]) -> None:
        at = 0
        gap: Mark | Blanks | None = None
        owner = _NOWHERE
        open_groups = [_NOWHERE]
        indents = [0]
        opens: list[int] = []
        for piece in pieces:
            match piece:
                case Token():
                    assert piece.start_pos == atoms[at].start, (piece, atoms[at])
                    for word in _words_of(piece, atoms, at):
                        self.steps.append(_Step(atoms[at], word, gap, owner, indents[-1], opens))
                        gap, owner, opens = Blanks(1), _NOWHERE, []
                        at += 1
                    gap = None
                case Blanks():
                    gap = piece
                case Indent():
                    indents.append(indents[-1] + piece.columns)
                case Mark.OUT:
                    indents.pop()
                case Mark.ALL | Mark.FILL:
                    opens.append(len(self.groups))
                    open_groups.append(len(self.groups))
                    self.groups.append(_Group(at, fill=piece is Mark.FILL))
                case Mark.CLOSE:
                    self.groups[open_groups.pop()].last = at - 1
                case _:
                    gap, owner = piece, open_groups[-1]
        assert at == len(atoms)

    def _is_forced(self, step: _Step) -> bool:
        return step.atom.breaks or (step.gap is Mark.HARD and not step.atom.stays)

    def _next_lines(self) -> list[int]:
        """For each atom, the first from it on that may begin a line."""
        found = [len(self.steps)] * (len(self.steps) + 1)
        for at in range(len(self.steps) - 1, -1, -1):
            step = self.steps[at]
            may = step.atom.breaks or (step.gap in _BREAKABLE and not step.atom.stays)
            found[at] = at if may else found[at + 1]
        return found

    def _part_ends(self) -> list[int]:
        """For each atom that may begin a line in a group that is filled: where the part that it begins ends. That is the next such
        atom of the group, or what may begin a line behind the group."""
        found = [0] * len(self.steps)
        ends = [self.next_line[group.last + 1] for group in self.groups]
        for at in range(len(self.steps) - 1, -1, -1):
            step = self.steps[at]
            if step.group != _NOWHERE and self.next_line[at] == at:
                found[at] = ends[step.group]
                ends[step.group] = at
        return found

    def aligned_at(self) -> int | None:
        """The width of what stands before the blanks that may be widened; None, if it does not stand on one line."""
        width = 0
        for at, step in enumerate(self.steps):
            if at and step.atom.breaks:
                return None
            if step.gap in _ALIGNED:
                return width
            width += _flat_width(step.gap, 1) + len(step.text)
        return None

    def render(self, align: int = 1) -> str:
        """The definition, without a line end. ``align``: how many blanks stand where columns are aligned."""
        ends = list(accumulate(_flat_width(step.gap, align) + len(step.text) for step in self.steps))
        parts: list[str] = []
        column = 0
        for at, step in enumerate(self.steps):
            if at and self._begins_line(at, column, ends, align):
                lines = [*step.atom.before, *([""] if step.atom.blank else []), step.text]
                parts.extend("\n" + (" " * step.indent + line if line else "") for line in lines)
                column = step.indent + len(step.text)
            else:
                blanks = _flat_width(step.gap, align)
                parts.append(" " * blanks + step.text)
                column += blanks + len(step.text)
            for number in step.opens:
                self._decide(self.groups[number], column - len(step.text), ends)
            if step.atom.after is not None:
                parts.append("  " + step.atom.after)
        return "".join(parts)

    def _begins_line(self, at: int, column: int, ends: Sequence[int], align: int) -> bool:
        step = self.steps[at]
        if step.atom.breaks:
            return True
        if step.gap not in _BREAKABLE or step.atom.stays:
            return False
        if step.gap is Mark.HARD:
            return True
        group = self.groups[step.group]
        if group.flat or not group.fill:
            return not group.flat
        end = self.part_ends[at]
        part = ends[end - 1] - ends[at - 1]
        if self.forced[end - 1] == self.forced[at]:
            if column + part <= WIDTH:
                return False
            if step.gap is not Mark.LATE and step.indent + part - _flat_width(step.gap, align) <= WIDTH:
                return True
        return column + ends[self.next_line[at + 1] - 1] - ends[at - 1] > WIDTH

    def _decide(self, group: _Group, column: int, ends: Sequence[int]) -> None:
        """Does the group fit on the line, with what must stand on that line behind it?"""
        before = ends[group.first] - len(self.steps[group.first].text)
        fits = column + ends[self.next_line[group.last + 1] - 1] - before <= WIDTH
        group.flat = fits and self.forced[group.last] == self.forced[group.first]


def _flat_width(gap: Mark | Blanks | None, align: int) -> int:
    match gap:
        case Blanks():
            return gap.count
        case Mark.LINE | Mark.LATE | Mark.HARD:
            return 1
        case Mark.ALIGN | Mark.ALIGN_LINE:
            return align
        case _:
            return 0


def _words_of(token: Token, atoms: Sequence[Atom], at: int) -> list[str]:
    """One, or those of a phrase (``not in``): an atom each, since comments may stand between them."""
    assert token.end_pos is not None
    words: list[str] = []
    while at < len(atoms) and atoms[at].start < token.end_pos:
        words.append(atoms[at].word)
        at += 1
    return words if len(words) > 1 else [written(token)]
