"""The canonical layout of .seg files: `format_text`.

In: the text of a file. Out: the same definitions in the same order, with the same names, numbers and brackets, and with each
comment between the words between which it stood; or a `SegdslError` with what keeps the text from being read. It works on the
tree that the grammar makes, with all its tokens, so that nothing can be lost. No schema is needed, and no name has to mean
anything.

    text ──parse_forms──▶ trees, lexemes ──┬─ shapes: where lines may begin ─────┬─▶ layout: where they do ──▶ text
                                           └─ atoms: the words, their comments ──┘
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from segdsl.diagnostics import SegdslError
from segdsl.errors import usage
from segdsl.limits import DEFAULT, Limits
from segdsl.source import Source
from segdsl.syntax.format.atoms import allows, atoms_of, comment_text, kept_lines
from segdsl.syntax.format.layout import Layout
from segdsl.syntax.format.shapes import shaped
from segdsl.syntax.parse import Form, parse_forms
from segdsl.syntax.scan import Lexeme, Sort


def format_text(text: str, name: str = "<text>", *, limits: Limits = DEFAULT) -> str:
    """The text of a .seg file in the canonical layout. Raises `SegdslError` where it cannot be read.

    >>> print(format_text("SEGMENT greek 'Greeks' WHERE country='GR'# of the address"), end="")
    segment greek "Greeks" where country = "GR"  # of the address
    """
    if not isinstance(text, str):
        raise SegdslError([usage.wrong_argument("text", "a text", text)])
    source = Source(name, text.removeprefix("\ufeff"))
    forms, lexemes, findings = parse_forms(source, limits)
    if findings:
        raise SegdslError(findings)
    items = _items(source, forms, lexemes)
    for item in items:
        if item.layout is not None:
            item.text = item.layout.render()
    _part_blocks(items)
    for _, run in groupby(_runs(items), key=lambda numbered: numbered[0]):
        _align([item for _, item in run])
    for item in items:
        if item.word and not _fits(item.text, limits.definition_bytes):
            item.text = item.written
    formatted = "".join(("\n" if item.blank else "") + item.text + "\n" for item in items)
    return formatted if _fits(formatted, limits.source_bytes) else text


@dataclass(slots=True)
class _Item:
    """A definition, or a comment on a line of its own outside of them."""

    word: str
    """The definition word; an empty text for a comment."""
    written: str
    text: str
    blank: bool
    """An empty line stands before it."""
    layout: Layout | None = None
    tail: bool = False
    """An indented comment behind a definition: it belongs to that one, and not to what follows."""
    silences: bool = False

    @property
    def is_block(self) -> bool:
        return self.word in ("tiers", "example") or (self.word == "segment" and "\n" in self.text)


def _items(source: Source, forms: Sequence[Form], lexemes: Sequence[Lexeme]) -> list[_Item]:
    """What a file consists of, in order."""
    kept = kept_lines(source, lexemes)
    starts = {form.lexemes[0].start: form for form in forms}
    items: list[_Item] = []
    end = 0
    for lexeme in lexemes:
        if lexeme.start < end:
            continue
        blank = bool(items) and source.text.count("\n", end, lexeme.start) > 1
        form = starts.get(lexeme.start)
        if form is not None:
            end = form.lexemes[-1].end
            word = next(word for lexeme in form.lexemes if (word := lexeme.word) not in ("", "override"))
            layout = Layout(shaped(form.tree), atoms_of(source, form.lexemes, kept))
            written = source.text[lexeme.start : end].replace("\r\n", "\n")
            items.append(_Item(word, written, "", blank, layout))
            continue
        assert lexeme.sort is Sort.COMMENT
        end = lexeme.end
        indented = source.position(lexeme.start)[1] > 1
        tail = indented and bool(items) and not blank and (items[-1].layout is not None or items[-1].tail)
        text = comment_text(lexeme)
        items.append(_Item("", text, text, blank, tail=tail, silences=allows(lexeme)))
    _settle_tails(items)
    return items


def _settle_tails(items: Sequence[_Item]) -> None:
    """A comment right before a definition that it silences something in belongs to that."""
    for at in range(len(items) - 1, -1, -1):
        item = items[at]
        after = items[at + 1] if at + 1 < len(items) else None
        if item.tail and after is not None and not after.blank and not after.tail and (item.silences or not after.word):
            item.tail = False
        if item.tail:
            item.text = "  " + item.text


# -- columns ----------------------------------------------------------------------------------------------------------

_LONGEST_ALIGNED_HEAD = 48


def _runs(items: Sequence[_Item]) -> Iterator[tuple[int, _Item]]:
    """The definitions, with the same number for neighbours of one sort without an empty line between them."""
    number, word = 0, ""
    for item in items:
        if item.blank or (item.word and item.word != word):
            number += 1
        if item.word:
            word = item.word
            yield number, item


def _align(run: Sequence[_Item]) -> None:
    """Definitions that share a column: that of their `=`, or of the `where` of segments on one line."""
    heads: list[tuple[_Item, Layout, int]] = []
    for item in run:
        assert item.layout is not None
        head = item.layout.aligned_at()
        if head is not None and head <= _LONGEST_ALIGNED_HEAD and not item.is_block:
            heads.append((item, item.layout, head))
    column = max((head for _, _, head in heads), default=0)
    texts = [layout.render(column - head + 1) for _, layout, head in heads]
    if run[0].word == "segment" and any("\n" in text for text in texts):
        return
    for (item, _, _), text in zip(heads, texts, strict=True):
        item.text = text


def _fits(text: str, limit: int) -> bool:
    return len(text.encode("utf-8", "surrogatepass")) <= limit


# -- empty lines ------------------------------------------------------------------------------------------------------


def _part_blocks(items: Sequence[_Item]) -> None:
    """An empty line before and behind definitions of several lines, and their comments."""
    before: _Item | None = None
    leading: list[_Item] = []
    for item in items:
        if not item.word:
            if not item.tail:
                leading.append(item)
            continue
        first = leading[0] if leading else item
        parted = item.blank or any(comment.blank for comment in leading)
        if before is not None and not parted and (before.is_block or item.is_block):
            first.blank = True
        before, leading = item, []
