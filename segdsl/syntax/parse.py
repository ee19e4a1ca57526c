"""From a text to its syntax tree.

In: a `Source`. Out: the tree of all that could be read, and a diagnostic for all that could
not: nothing that a text can contain raises. A .seg file is cut into its definitions first, at each line that begins
with a definition word, so an error in one does not hide those of the next. Nothing is known here of names or types.

Each piece of text goes through the same three steps, and the first that finds something wrong is the last: the
lexemes are checked (`check`: characters, numbers, brackets, limits), the grammar is applied (`explain` says why it
could not be), and the tree is built (`build`). What is beyond doubt is cut into words by `quick` and read by `drive`, which
applies the grammar's table; where these two shake their heads, the same text goes the long way, by `scan`, `check` and
`grammar`, which comes to the same wherever there is no mistake, and knows what to say where there is one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import TYPE_CHECKING, cast, get_args

from segdsl.diagnostics import Diagnostic
from segdsl.errors import limits as limit_errors
from segdsl.errors import syntax as errors
from segdsl.limits import DEFAULT, Limits
from segdsl.records import record
from segdsl.source import Source, Span
from segdsl.syntax import ast
from segdsl.syntax.build import Builder
from segdsl.syntax.check import check
from segdsl.syntax.drive import driver
from segdsl.syntax.place import Place
from segdsl.syntax.quick import Words, words_from, words_of
from segdsl.syntax.scan import Lexeme, Sort, scan
from segdsl.syntax.walk import depth
from segdsl.syntax.words import DEFINITION_WORDS, RESERVED

if TYPE_CHECKING:
    from segdsl.syntax.grammar import ParseTree

Findings = tuple[Diagnostic, ...]


def parse_file(source: Source, limits: Limits = DEFAULT, examples: bool = True) -> tuple[ast.File, Findings]:
    """The definitions and comments of a .seg file; without ``examples`` as if these were not in it.

    >>> file, findings = parse_file(Source("a.seg", "segment buyers where orders >= 1"))
    >>> file.definitions[0].name.text, findings
    ('buyers', ())
    """
    size = _size(source.text, limits.source_bytes)
    if size > limits.source_bytes:
        return ast.File(()), (limit_errors.source_too_large(source.span(0, 0), source.name, size, limits.source_bytes),)
    reading = _Reading(source, limits, examples)
    stretches = _stretches(source.text)
    if stretches is None:
        reading.at_length(0, len(source.text))
    else:
        reading.in_stretches(stretches)
    return reading.file(), reading.found()


class _Reading:
    """A file on its way to its definitions."""

    def __init__(self, source: Source, limits: Limits, examples: bool) -> None:
        self.text = source.text
        self.place = Place(source)
        self.limits = limits
        self.examples = examples
        self.definitions: list[ast.Definition] = []
        self.comments: list[ast.Comment] = []
        self.broken: list[ast.Identifier] = []
        self.unread: set[str] = set()
        self.findings: list[Diagnostic] = []

    def file(self) -> ast.File:
        return ast.File(tuple(self.definitions), tuple(self.comments), tuple(self.broken), frozenset(self.unread))

    def found(self) -> Findings:
        if len(self.findings) <= self.limits.findings:
            return tuple(self.findings)
        last = self.findings[self.limits.findings].span
        return (*self.findings[: self.limits.findings], limit_errors.too_many_findings(last, self.limits.findings))

    def in_stretches(self, stretches: Sequence[tuple[int, int]]) -> None:
        """Reads one definition after the other, each at length only if it has to be."""
        for start, end in stretches:
            if not self.examples and _EXAMPLE.match(self.text, start):
                # The comments behind it may be meant for what follows.
                start = _before_comments(self.text, start, end)
            if len(self.findings) > self.limits.findings or not self._at_once(start, end):
                self.at_length(start, end)

    def _at_once(self, start: int, end: int) -> bool:
        """Reads a definition if it is beyond doubt."""
        words = _plain_words(self.text, start, end, self.limits)
        if words is None:
            return False
        if words.kinds:
            node = _beyond_doubt(self.text, words, "definition", self.place, self.limits)
            if node is None:
                return False
            assert type(node) in _DEFINITIONS
            self.definitions.append(cast(ast.Definition, node))
        self.comments.extend(
            ast.Comment(text[1:], first, span=self.place.span(start, start + len(text)))
            for text, start, first in words.comments
        )
        return True

    def at_length(self, start: int, end: int) -> None:
        """Reads a stretch of whole definitions, whatever it holds."""
        lexemes: list[Lexeme] = []
        for lexeme in _lexemes(self.text, start, end, self.limits.definition_bytes, self.examples):
            if lexeme.sort is Sort.COMMENT:
                span = self.place.span(lexeme.start, lexeme.start + len(lexeme.text.rstrip("\r")))
                self.comments.append(ast.Comment(lexeme.text[1:].rstrip("\r"), lexeme.first, span=span))
            lexemes.append(lexeme)
        for chunk in _definitions(lexemes):
            if len(self.findings) <= self.limits.findings:
                node, found = _parse(self.text, chunk, "definition", self.place, self.limits)
                self.findings.extend(found)
                if isinstance(node, ast.Definition):
                    self.definitions.append(node)
                    continue
            self.broken.extend(_names(chunk, self.place))
            self.unread.update(_words(chunk))


@record(frozen=True, slots=True)
class Form:
    """A definition as it is written: its tree with all tokens, and its lexemes with the comments among them."""

    tree: ParseTree
    lexemes: Sequence[Lexeme]


def parse_forms(source: Source, limits: Limits = DEFAULT) -> tuple[tuple[Form, ...], tuple[Lexeme, ...], Findings]:
    """The definitions of a .seg file as they are written, and all lexemes of the file; neither, if there is an error."""
    if _size(source.text, limits.source_bytes) > limits.source_bytes:
        return (), (), parse_file(source, limits)[1]
    from segdsl.syntax.grammar import Stop, apply_grammar

    place = Place(source)
    forms: list[Form] = []
    lexemes = tuple(_lexemes(source.text, 0, len(source.text), limits.definition_bytes, examples=True))
    for chunk in _definitions(lexemes):
        inner = _without_comments_around(chunk)
        _, findings = _read(source.text, inner, "definition", place, limits)
        if findings:
            return (), (), parse_file(source, limits)[1]
        tree = apply_grammar(source.text, inner[0].start, inner[-1].end, "definition")
        assert not isinstance(tree, Stop), "what can be read has a form"
        forms.append(Form(tree, inner))
    return tuple(forms), lexemes, ()


def parse_condition(
    source: Source, limits: Limits = DEFAULT, within: Span | None = None
) -> tuple[ast.Expr | None, Findings]:
    """A bare condition or value.

    ``within``: where the text stands in another source (an expression in a project file); places are then given in
    that source: exact ones where the stretch reads as the text does, the whole stretch otherwise.
    """
    place = _place(source, within)
    text = source.text
    size = _size(text, limits.definition_bytes)
    if size > limits.definition_bytes:
        return None, (limit_errors.definition_too_large(place.span(0, 1), size, limits.definition_bytes),)
    words = _plain_words(text, 0, len(text), limits)
    node = _beyond_doubt(text, words, "expression", place, limits) if words is not None else None
    if node is not None:
        assert type(node) in _EXPRESSIONS
        return cast(ast.Expr, node), ()
    lexemes = list(scan(text))
    if all(lexeme.sort is Sort.COMMENT for lexeme in lexemes):
        return None, (errors.empty(place.span(0, len(text))),)
    node, findings = _parse(text, lexemes, "expression", place, limits)
    assert node is None or isinstance(node, ast.Expr)
    return node, findings[: limits.findings]


parse_expression = parse_condition
"""The grammar makes no difference between conditions and values; their types do."""


def _place(source: Source, within: Span | None) -> Place:
    if within is None:
        return Place(source)
    if within.text == source.text:
        return Place(within.source, within.start)
    return Place(within.source, whole=within)


def _size(text: str, limit: int) -> int:
    """Its UTF-8 bytes, or the number of its characters where those alone are too many."""
    return len(text) if len(text) > limit else len(text.encode("utf-8", "surrogatepass"))


_DEFINITION = re.compile(rf"^[ \t\r]*((?ai:{'|'.join(sorted(DEFINITION_WORDS))}))\b", re.MULTILINE)
"""Not `ſegment`, whose first letter is an s to Python where it does not look at case."""
_EXAMPLE = re.compile(r"[ \t\r]*example\b", re.IGNORECASE)
_REST_OF_NOTHING = re.compile(r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)")
_NOT_A_COMMENT = re.compile(r"^[ \t\r]*[^\s#]", re.MULTILINE)
_COMMENT = re.compile(r"[ \t\r]*(#[^\n]*)?")
_WORD = re.compile(r"[^\W0-9](?:\w|[\u0300-\u036f])*")
_WORDS_OF_A_NAME = 8
_BYTES = 4
"""As many as a character takes at most."""
_DEFINITIONS = frozenset(get_args(ast.Definition))
_EXPRESSIONS = frozenset(get_args(ast.Expr))


def _stretches(text: str) -> list[tuple[int, int]] | None:
    """Where the definitions of a file are, if its lines alone tell: not where a comment of another language may hide some, nor
    where an `override` is all alone on its line."""
    if "/*" in text:
        return None
    starts = [0]
    for found in _DEFINITION.finditer(text):
        after = text[found.end() : found.end() + 1]
        if not after.isascii() or (found[1].lower() == "override" and _REST_OF_NOTHING.match(text, found.end())):
            return None
        starts.append(found.start())
    return [stretch for stretch in pairwise((*starts, len(text))) if stretch[0] < stretch[1]]


def _lexemes(text: str, start: int, end: int, longest: int, examples: bool) -> Iterator[Lexeme]:
    """The lexemes of a stretch. Of a definition that is too long in any case, only the first ones, that name it, and what is left
    as one: it need not be taken apart to be refused. Without ``examples``, none of theirs."""
    done = start
    starts = [start, *(match.start() for match in _DEFINITION.finditer(text, start, end)), end]
    for one, next_one in pairwise(starts):
        if not examples and _EXAMPLE.match(text, one, next_one):
            yield from scan(text, done, one)
            done = _before_comments(text, one, next_one)
            continue
        begins = _NOT_A_COMMENT.search(text, one, next_one) if next_one - one > longest else None
        if begins is None:
            continue
        first, last = begins.end() - 1, _before_comments(text, one, next_one)
        if last - first <= longest:
            continue
        yield from scan(text, done, begins.start())
        named = list(islice(scan(text, begins.start(), last), _WORDS_OF_A_NAME))
        yield from named
        at = named[-1].end
        yield Lexeme(Sort.OTHER, text[at:last], at, last, False)
        done = last
    yield from scan(text, done, end)


def _before_comments(text: str, start: int, end: int) -> int:
    """Where a stretch ends but for the lines of comments at its end: they may be meant for what follows it."""
    while True:
        line = text.rfind("\n", start, end) + 1
        if line <= start or not _COMMENT.fullmatch(text, line, end):
            return start + len(text[start:end].rstrip(" \t\r\n"))
        end = line - 1


def _definitions(lexemes: Sequence[Lexeme]) -> list[list[Lexeme]]:
    """The lexemes of each definition. What stands before the first one is a chunk too, unless it is all comments."""
    chunks: list[list[Lexeme]] = [[]]
    for lexeme in lexemes:
        if lexeme.first and lexeme.word in DEFINITION_WORDS:
            before = [other for other in chunks[-1] if other.sort is not Sort.COMMENT]
            if not (len(before) == 1 and before[0].word == "override"):
                chunks.append([])
        chunks[-1].append(lexeme)
    return [chunk for chunk in chunks if any(lexeme.sort is not Sort.COMMENT for lexeme in chunk)]


def _names(chunk: Sequence[Lexeme], place: Place) -> list[ast.Identifier]:
    """The name of a definition that could not be read."""
    words = [lexeme for lexeme in chunk if lexeme.sort is not Sort.COMMENT][:5]
    if words and words[0].word == "override":
        del words[0]
    if len(words) < 2 or words[0].word not in DEFINITION_WORDS - {"example"}:
        return []
    at = 1
    if words[0].word == "trait" and len(words) >= 4 and words[2].text == ".":
        at = 3
    name = words[at]
    span = place.span(name.start, name.end)
    if name.sort is Sort.QUOTED:
        return [ast.Identifier(name.text[1:-1], quoted=True, span=span)]
    named = name.sort is Sort.WORD and name.word not in RESERVED
    return [ast.Identifier(name.text, span=span)] if named else []


def _words(chunk: Sequence[Lexeme]) -> Iterator[str]:
    """Whatever may be a name in a definition that could not be read: what is wrong may have swallowed some."""
    for lexeme in chunk:
        match lexeme.sort:
            case Sort.COMMENT:
                pass
            case Sort.WORD:
                yield lexeme.text
            case Sort.QUOTED:
                yield unicodedata.normalize("NFC", lexeme.text[1:-1])
            case _:
                yield from _WORD.findall(lexeme.text)


def _parse(
    text: str, lexemes: Sequence[Lexeme], start: str, place: Place, limits: Limits
) -> tuple[ast.Node | None, Findings]:
    return _read(text, _without_comments_around(lexemes), start, place, limits)


def _plain_words(text: str, start: int, end: int, limits: Limits) -> Words | None:
    """The words of a stretch that is certainly not too large, where nothing needs to be looked at."""
    return words_of(text, start, end, limits) if (end - start) * _BYTES <= limits.definition_bytes else None


def _beyond_doubt(text: str, words: Words, start: str, place: Place, limits: Limits) -> ast.Node | None:
    """What plain words mean, if there is nothing to say of it."""
    builder = Builder(place, limits)
    node = driver().read(text, words, start, builder)
    if node is None or builder.findings:
        return None
    assert isinstance(node, ast.Node)
    return None if _is_too_deep(node, words, limits) else node


def _is_too_deep(node: ast.Node, words: Words, limits: Limits) -> bool:
    # A node has at least one word more than any below it, except for a name around its only word.
    return len(words.kinds) + 1 > limits.tree_depth and depth(node) > limits.tree_depth


def _read(
    text: str, lexemes: Sequence[Lexeme], start: str, place: Place, limits: Limits
) -> tuple[ast.Node | None, Findings]:
    """What lexemes mean, and all that is wrong with them."""
    first, last = lexemes[0].start, lexemes[-1].end
    size = _size(text[first:last], limits.definition_bytes)
    if size > limits.definition_bytes:
        found = limit_errors.definition_too_large(place.span(first, lexemes[0].end), size, limits.definition_bytes)
        return None, (found,)
    findings = check(text, lexemes, place, limits)
    if findings:
        return None, findings
    words = words_from(lexemes)
    builder = Builder(place, limits)
    node = driver().read(text, words, start, builder)
    if node is None:
        from segdsl.syntax.explain import Failure, explain
        from segdsl.syntax.grammar import Stop, apply_grammar, built

        outcome = apply_grammar(text, first, last, start)
        if isinstance(outcome, Stop):
            told = [lexeme for lexeme in lexemes if lexeme.sort is not Sort.COMMENT]
            failure = Failure(text, told, outcome.offset, outcome.accepts, start == "definition", place)
            return None, (explain(failure),)
        builder = Builder(place, limits)
        node = built(outcome, builder)
    assert isinstance(node, ast.Node)
    if not builder.findings and _is_too_deep(node, words, limits):
        builder.findings.append(limit_errors.tree_too_deep(place.span(first, last), limits.tree_depth))
    return (None if builder.findings else node), tuple(builder.findings)


def _without_comments_around(lexemes: Sequence[Lexeme]) -> Sequence[Lexeme]:
    """They stand on lines of their own, and say nothing of how long a definition is."""
    first, last = 0, len(lexemes)
    while lexemes[first].sort is Sort.COMMENT:
        first += 1
    while lexemes[last - 1].sort is Sort.COMMENT and lexemes[last - 1].first:
        last -= 1
    return lexemes[first:last]
