"""That no byte of a user's is read as SQL: every text and name of theirs is whole, in a literal, a quoted name or a parameter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from generated.lexicon import Token
from taint.hostile import BEGIN, END, Hostile, Marked
from taint.lexica import LEXICA

from segdsl.backends.sql.compiled import CompiledSQL

_PLACEHOLDER = re.compile(r"%%|%\(p[0-9]+\)s|%s")
_OWN_NAME = re.compile(r"[A-Za-z0-9_ ]*\Z")
_OWN_TEXT = re.compile(r"[ -~]*\Z")
"""Of what segdsl itself writes into texts: formats, units, dates, patterns of digits."""
_ESCAPES = re.compile(r"\(\?s\)|\(\?:|[\\\[\]^$.*?()|%_+{}/]")
_LENGTH = 60
"""Names may be cut down to so many bytes, a digest behind them."""


def faults(found: Hostile, sql: CompiledSQL) -> Iterator[str]:
    """What is wrong with a statement."""
    head = str(sql).removesuffix(sql.text)
    if BEGIN in head or END in head or not all(line.startswith("-- ") for line in head.splitlines()):
        yield f"the head holds a user's words: {head}"
    try:
        tokens = LEXICA[sql.dialect].tokens(_without_placeholders(sql))
    except ValueError as error:
        yield f"no statement: {error}"
        return
    yield from _of_tokens(tokens, found.marked, sql)


def _without_placeholders(sql: CompiledSQL) -> str:
    if sql.style in ("format", "pyformat"):
        return _PLACEHOLDER.sub(lambda found: "%" if found[0] == "%%" else "?", sql.text)
    return sql.text


def _of_tokens(tokens: Iterable[Token], marked: Marked, sql: CompiledSQL) -> Iterator[str]:
    bare = {_bare(value): value for value in marked.values}
    for token in joined(tokens):
        match token.kind:
            case "text":
                if token.value in marked.values or token.value in marked.names or _is_own(token.value):
                    continue
                if _bare(token.value) in bare:
                    # A pattern, in the engine's way of writing one.
                    continue
                yield f"a text that is none of the user's, nor segdsl's: {token.text}"
            case "name":
                if not _is_name(token.value, marked.names):
                    yield f"a name that is none of the schema's, nor segdsl's: {token.text}"
            case _:
                if not token.text.isascii():
                    yield f"a {token.kind} with a user's words: {token.text}"
    if sql.style is not None:
        for param in sql.params:
            if isinstance(param.value, str) and not (
                param.value in marked.values or _bare(param.value) in bare or _is_own(param.value)
            ):
                yield f"a parameter that is none of the user's: {param}"


def joined(tokens: Iterable[Token]) -> Iterator[Token]:
    """With a text that is written in pieces, some of them characters by their number, as the one that it is."""
    rest = list(tokens)
    at = 0
    while at < len(rest):
        piece, end = _piece(rest, at)
        if piece is None:
            yield rest[at]
            at += 1
            continue
        value = piece
        while end < len(rest) and rest[end].text in ("||", "+"):
            more, then = _piece(rest, end + 1)
            if more is None:
                break
            value, end = value + more, then
        yield Token("text", " ".join(one.text for one in rest[at:end]), value)
        at = end


def _piece(tokens: Sequence[Token], at: int) -> tuple[str | None, int]:
    """A text, ``CHR(39)`` or ``CONCAT('$', '{')``, and where it ends."""
    if [one.text.upper() for one in tokens[at : at + 2]] == ["CONCAT", "("]:
        pieces: list[str] = []
        end = at + 1
        while tokens[end].text in ("(", ","):
            piece, end = _piece(tokens, end + 1)
            if piece is None:
                return None, at
            pieces.append(piece)
        return ("".join(pieces), end + 1) if tokens[end].text == ")" else (None, at)
    if at < len(tokens) and tokens[at].kind == "text":
        return tokens[at].value, at + 1
    words = [one.text.upper() for one in tokens[at : at + 4]]
    if (
        len(words) == 4
        and words[0] in ("CHR", "CHAR", "NCHAR")
        and words[1] == "("
        and words[3] == ")"
        and words[2].isdigit()
    ):
        return chr(int(words[2])), at + 4
    return None, at


def _is_own(value: str) -> bool:
    return BEGIN not in value and END not in value and _OWN_TEXT.match(value) is not None


def _bare(value: str) -> str:
    return _ESCAPES.sub("", value)


def _is_name(value: str, names: Iterable[str]) -> bool:
    """One of the schema's or the library's, perhaps with words of segdsl around it, or cut short."""
    if _OWN_NAME.match(value):
        return True
    if _OWN_NAME.match(_without(value, names)):
        return True
    cut = re.sub(r"_[0-9a-f]{4,8}\Z", "", value)
    if cut == value or len(value.encode()) < _LENGTH - 12:
        return False
    # What was cut ends within one of them; an underscore before the digest is left out.
    beginnings = {name[:end].rstrip("_") for name in names for end in range(1, len(name) + 1)}
    return any(cut.endswith(one) and _OWN_NAME.match(_without(cut.removesuffix(one), names)) for one in beginnings)


def _without(value: str, names: Iterable[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        value = value.replace(name, "")
    return value


def values_inside(found: Hostile, sql: CompiledSQL) -> Iterator[str]:
    """Of a statement with placeholders: values of the text that stand in it nevertheless. Those that a schema declares do, and the
    names of segments in results."""
    declared = {one for one in _texts(found.schema) if one in found.marked.values}
    for token in joined(LEXICA[sql.dialect].tokens(_without_placeholders(sql))):
        is_marked = BEGIN in token.value or END in token.value
        if token.kind == "text" and is_marked and token.value not in declared | found.marked.names:
            yield f"a value that is not a parameter: {token.text}"


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from _texts(one)
        case list():
            for one in value:
                yield from _texts(one)
