"""From a text to its syntax tree.

In: a `Source` (or bytes, by `decode`). Out: the tree of all that could be read, and a diagnostic for all that could
not: nothing that a text can contain raises. A .seg file is cut into its definitions first, at each line that begins
with a definition word, so an error in one does not hide those of the next. Nothing is known here of names or types.

Each piece of text goes through the same three steps, and the first that finds something wrong is the last: the
lexemes are checked (`check`: characters, numbers, brackets, limits), the grammar is applied (`explain` says why it
could not be), and the tree is built (`build`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise

from lark import Lark, TextSlice, Token, Tree, UnexpectedCharacters, UnexpectedToken

from segdsl.diagnostics import Diagnostic
from segdsl.errors import limits as limit_errors
from segdsl.errors import syntax as errors
from segdsl.limits import DEFAULT, Limits
from segdsl.resources import grammar_text
from segdsl.room import ModuleLock
from segdsl.source import Source, Span
from segdsl.syntax import ast
from segdsl.syntax.build import Builder, ParseTree
from segdsl.syntax.check import check
from segdsl.syntax.explain import Failure, explain
from segdsl.syntax.place import Place
from segdsl.syntax.scan import Lexeme, Sort, scan
from segdsl.syntax.walk import depth
from segdsl.syntax.words import DEFINITION_WORDS, RESERVED

Findings = tuple[Diagnostic, ...]


def decode(data: bytes, name: str, limits: Limits = DEFAULT) -> tuple[Source, Findings]:
    """The text of a file: UTF-8, with or without a byte order mark. What cannot be read is an empty text."""
    if len(data) > limits.source_bytes:
        source = Source(name, "")
        return source, (limit_errors.source_too_large(source.span(0, 0), name, len(data), limits.source_bytes),)
    try:
        return Source(name, data.decode("utf-8").removeprefix("\ufeff")), ()
    except UnicodeDecodeError as error:
        # The part before the bad byte is kept, so that the finding has a place to point at.
        good = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        source = Source(name, good)
        place = source.span(len(good), len(good))
        return Source(name, ""), (errors.not_utf8(place, name, data[error.start], error.start),)


def parse_file(source: Source, limits: Limits = DEFAULT, examples: bool = True) -> tuple[ast.File, Findings]:
    """The definitions and comments of a .seg file; without ``examples`` as if these were not in it.

    >>> file, findings = parse_file(Source("a.seg", "segment buyers where orders >= 1"))
    >>> file.definitions[0].name.text, findings
    ('buyers', ())
    """
    size = _size(source.text, limits.source_bytes)
    if size > limits.source_bytes:
        return ast.File(()), (limit_errors.source_too_large(source.span(0, 0), source.name, size, limits.source_bytes),)
    place = Place(source)
    comments: list[ast.Comment] = []
    lexemes: list[Lexeme] = []
    for lexeme in _lexemes(source.text, limits.definition_bytes, examples):
        if lexeme.sort is Sort.COMMENT:
            span = place.span(lexeme.start, lexeme.start + len(lexeme.text.rstrip("\r")))
            comments.append(ast.Comment(lexeme.text[1:].rstrip("\r"), lexeme.first, span=span))
        lexemes.append(lexeme)
    definitions: list[ast.Definition] = []
    broken: list[ast.Identifier] = []
    unread: set[str] = set()
    findings: list[Diagnostic] = []
    for chunk in _definitions(lexemes):
        if len(findings) <= limits.findings:
            node, found = _parse(source.text, chunk, "definition", place, limits)
            findings.extend(found)
            if isinstance(node, ast.Definition):
                definitions.append(node)
                continue
        broken.extend(_names(chunk, place))
        unread.update(_words(chunk))
    if len(findings) > limits.findings:
        last = findings[limits.findings].span
        findings[limits.findings :] = [limit_errors.too_many_findings(last, limits.findings)]
    return ast.File(tuple(definitions), tuple(comments), tuple(broken), frozenset(unread)), tuple(findings)


@dataclass(frozen=True, slots=True)
class Form:
    """A definition as it is written: its tree with all tokens, and its lexemes with the comments among them."""

    tree: ParseTree
    lexemes: Sequence[Lexeme]


def parse_forms(source: Source, limits: Limits = DEFAULT) -> tuple[tuple[Form, ...], tuple[Lexeme, ...], Findings]:
    """The definitions of a .seg file as they are written, and all lexemes of the file; neither, if there is an error."""
    if _size(source.text, limits.source_bytes) > limits.source_bytes:
        return (), (), parse_file(source, limits)[1]
    place = Place(source)
    forms: list[Form] = []
    lexemes = tuple(_lexemes(source.text, limits.definition_bytes, examples=True))
    for chunk in _definitions(lexemes):
        inner = _without_comments_around(chunk)
        tree, _, findings = _read(source.text, inner, "definition", place, limits)
        if findings:
            return (), (), parse_file(source, limits)[1]
        assert tree is not None
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


_DEFINITION = re.compile(rf"^[ \t\r]*({'|'.join(sorted(DEFINITION_WORDS))})\b", re.IGNORECASE | re.MULTILINE)
_EXAMPLE = re.compile(r"[ \t\r]*example\b", re.IGNORECASE)
_NOT_A_COMMENT = re.compile(r"^[ \t\r]*[^\s#]", re.MULTILINE)
_COMMENT = re.compile(r"[ \t\r]*(#[^\n]*)?")
_WORD = re.compile(r"[^\W0-9](?:\w|[\u0300-\u036f])*")
_WORDS_OF_A_NAME = 8


def _lexemes(text: str, longest: int, examples: bool) -> Iterator[Lexeme]:
    """The lexemes of a file. Of a definition that is too long in any case, only the first ones, that name it, and what is left
    as one: it need not be taken apart to be refused. Without ``examples``, none of theirs."""
    done = 0
    starts = [0, *(match.start() for match in _DEFINITION.finditer(text)), len(text)]
    for start, end in pairwise(starts):
        if not examples and _EXAMPLE.match(text, start):
            yield from scan(text, done, start)
            done = _before_comments(text, start, end)
            continue
        begins = _NOT_A_COMMENT.search(text, start, end) if end - start > longest else None
        if begins is None:
            continue
        first, last = begins.end() - 1, _before_comments(text, start, end)
        if last - first <= longest:
            continue
        yield from scan(text, done, begins.start())
        named = list(islice(scan(text, begins.start(), last), _WORDS_OF_A_NAME))
        yield from named
        at = named[-1].end
        yield Lexeme(Sort.OTHER, text[at:last], at, last, False)
        done = last
    yield from scan(text, done)


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
    _, node, findings = _read(text, _without_comments_around(lexemes), start, place, limits)
    return node, findings


def _read(
    text: str, lexemes: Sequence[Lexeme], start: str, place: Place, limits: Limits
) -> tuple[ParseTree | None, ast.Node | None, Findings]:
    """The tree as the grammar makes it, and what is built from it."""
    first, last = lexemes[0].start, lexemes[-1].end
    size = _size(text[first:last], limits.definition_bytes)
    if size > limits.definition_bytes:
        found = limit_errors.definition_too_large(place.span(first, lexemes[0].end), size, limits.definition_bytes)
        return None, None, (found,)
    findings = check(text, lexemes, place, limits)
    if findings:
        return None, None, findings
    words = [lexeme for lexeme in lexemes if lexeme.sort is not Sort.COMMENT]
    outcome = _apply_grammar(text, first, last, start)
    if isinstance(outcome, _Stop):
        failure = Failure(text, words, outcome.offset, outcome.accepts, start == "definition", place)
        return None, None, (explain(failure),)
    builder = Builder(place, limits)
    node = builder.build(outcome)
    assert isinstance(node, ast.Node)
    if not builder.findings and depth(node) > limits.tree_depth:
        builder.findings.append(limit_errors.tree_too_deep(place.span(first, last), limits.tree_depth))
    return outcome, (None if builder.findings else node), tuple(builder.findings)


def _without_comments_around(lexemes: Sequence[Lexeme]) -> Sequence[Lexeme]:
    """They stand on lines of their own, and say nothing of how long a definition is."""
    first, last = 0, len(lexemes)
    while lexemes[first].sort is Sort.COMMENT:
        first += 1
    while lexemes[last - 1].sort is Sort.COMMENT and lexemes[last - 1].first:
        last -= 1
    return lexemes[first:last]


# -- the grammar ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where the grammar could not go on (None: at the end), and the terminals with which it could have."""

    offset: int | None
    accepts: frozenset[str]


def _apply_grammar(text: str, first: int, last: int, start: str) -> ParseTree | _Stop:
    parser = grammar()
    interactive = parser.parse_interactive(TextSlice(text, first, last), start=start)
    tokens: list[Token] = []
    offset: int | None
    try:
        for token in interactive.lexer_thread.lex(interactive.parser_state):  # type: ignore[no-untyped-call]
            interactive.feed_token(token)
            tokens.append(token)
        tree = interactive.feed_eof(tokens[-1] if tokens else None)  # type: ignore[no-untyped-call]
    except UnexpectedToken as error:
        offset = None if error.token.type == "$END" else error.token.start_pos
    except UnexpectedCharacters as error:
        offset = error.pos_in_stream
    else:
        assert isinstance(tree, Tree)
        return tree
    # The parser has reduced before it stopped, by which it has forgotten some of what could have followed: ask one
    # that stands where this one stood.
    again = parser.parse_interactive("", start=start)
    for token in tokens:
        again.feed_token(token)
    return _Stop(offset, frozenset(again.accepts()))  # type: ignore[no-untyped-call]


_building = ModuleLock()


def grammar() -> Lark:
    """The parser, built when it is first needed. It holds no state of a parse, so threads share it."""
    with _building:
        return _grammar()


@cache
def _grammar() -> Lark:
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="contextual",
        start=["definition", "expression"],
        keep_all_tokens=True,
        maybe_placeholders=False,
    )
