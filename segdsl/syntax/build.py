"""From what the grammar's rules take to the syntax tree.

In: the pieces of one rule after the other, the innermost first, and the `Place` that the text was read at. Out: a node of
`segdsl.syntax.ast`, and the findings that need no names or types (a bad day, a reserved tier name …).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar, get_args

from segdsl.diagnostics import Diagnostic
from segdsl.errors import limits as limit_errors
from segdsl.errors import syntax as errors
from segdsl.limits import Limits
from segdsl.records import record
from segdsl.source import Span
from segdsl.syntax import ast
from segdsl.syntax.place import Place
from segdsl.syntax.words import DEFINITION_WORDS, RESERVED, UNITS

_T = TypeVar("_T")


@dataclass(slots=True, eq=False)
class Word:
    """A terminal of the grammar, and where it stands."""

    type: str
    text: str
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Built:
    """A rule's outcome and the stretch of text it covers, brackets included."""

    rule: str
    value: object
    start: int
    end: int
    bracketed: bool = False


Piece: TypeAlias = Word | Built


class Builder:
    """Builds one text's tree; ``findings`` collects what is wrong with it."""

    def __init__(self, place: Place, limits: Limits) -> None:
        self.place = place
        self.limits = limits
        self.findings: list[Diagnostic] = []
        # `1 as of T`, by identity: the comparison around it, if there is one, turns the finding's hint into a fix.
        self._past_literals: dict[int, int] = {}

    def reduced(self, rule: str, pieces: list[Piece]) -> Built:
        """What a rule makes of its pieces."""
        start, end = pieces[0].start, pieces[-1].end
        if rule == "group":
            return Built(rule, _value(pieces[1]), start, end, bracketed=True)
        place = self.place
        span = place.whole or Span(place.source, place.base + start, place.base + end)
        return Built(rule, _RULES[rule](self, pieces, span), start, end)

    def span(self, piece: Piece) -> Span:
        return self.place.span(piece.start, piece.end)

    # -- definitions ------------------------------------------------------------------------------------------------

    def param(self, pieces: list[Piece], span: Span) -> ast.Param:
        value = _value(pieces[-1])
        assert isinstance(value, ast.Expr | tuple)
        return ast.Param(
            name=_identifier(_first(pieces, "head")),
            type=_type(pieces),
            value=value,
            override=_has(pieces, "OVERRIDE"),
            span=span,
        )

    def trait(self, pieces: list[Piece], span: Span) -> ast.Trait:
        head, member = _identifier(_first(pieces, "head")), _optional(pieces, "member")
        arguments = _optional(pieces, "arguments")
        return ast.Trait(
            name=_identifier(member) if member else head,
            value=_expr(pieces[-1]),
            owner=head if member else None,
            arguments=_tuple(arguments.value, ast.Argument) if arguments else None,
            type=_type(pieces),
            override=_has(pieces, "OVERRIDE"),
            span=span,
        )

    def arguments(self, pieces: list[Piece], span: Span) -> tuple[ast.Argument, ...]:
        return tuple(_of(piece, ast.Argument) for piece in pieces if isinstance(piece, Built))

    def argument(self, pieces: list[Piece], span: Span) -> ast.Argument:
        return ast.Argument(_identifier(pieces[0]), _type(pieces), span=span)

    def segment(self, pieces: list[Piece], span: Span) -> ast.Segment:
        title, about, tags = self._attributes(pieces)
        return ast.Segment(
            name=_identifier(_first(pieces, "head")),
            where=_expr(pieces[-1]),
            title=title,
            about=about,
            tags=tags,
            override=_has(pieces, "OVERRIDE"),
            span=span,
        )

    def tiers(self, pieces: list[Piece], span: Span) -> ast.Tiers:
        title, about, tags = self._attributes(pieces)
        cases = tuple(_of(piece, ast.Case) for piece in _all(pieces, "case"))
        for index, case in enumerate(cases):
            if case.where is None and index + 1 < len(cases):
                self.findings.append(errors.otherwise_not_last(case.span))
        return ast.Tiers(
            name=_identifier(_first(pieces, "head")),
            cases=cases,
            title=title,
            about=about,
            tags=tags,
            override=_has(pieces, "OVERRIDE"),
            span=span,
        )

    def case(self, pieces: list[Piece], span: Span) -> ast.Case:
        if _is(pieces[0], "OTHERWISE"):
            name, where = _identifier(pieces[1]), None
        else:
            name, where = _identifier(pieces[0]), _expr(pieces[2])
        if not name.quoted and name.text.lower() in _NO_TIER:
            self.findings.append(errors.tier_named_by_a_word(name.span, name.text))
        return ast.Case(name, where, span=span)

    def _attributes(self, pieces: list[Piece]) -> tuple[ast.String | None, ast.String | None, tuple[ast.String, ...]]:
        title = _optional(pieces, "title")
        found: dict[str, tuple[ast.String, ...]] = {}
        for attribute in _all(pieces, "attribute"):
            word, texts = _of(attribute, _Attribute).word, _of(attribute, _Attribute).texts
            if word in found:
                self.findings.append(errors.attribute_twice(self.span(attribute), word))
            found[word] = texts
        about = found.get("about")
        return (
            _of(title, ast.String) if title else None,
            about[0] if about else None,
            found.get("tags", ()),
        )

    def title(self, pieces: list[Piece], span: Span) -> ast.String:
        return self._string(_word(pieces[0]))

    def attribute(self, pieces: list[Piece], span: Span) -> _Attribute:
        word, *texts = map(_word, pieces)
        return _Attribute(word.text.lower(), tuple(self._string(text) for text in texts if text.type == "STRING"))

    def example(self, pieces: list[Piece], span: Span) -> ast.Example:
        moment = _after(pieces, "AS_OF")
        return ast.Example(
            title=self._string(_word(pieces[1])),
            moment=_expr(moment) if moment else None,
            given=tuple(_of(piece, ast.Given) for piece in _all(pieces, "given")),
            expect=tuple(_of(piece, ast.Expect) for piece in _all(pieces, "expect")),
            span=span,
        )

    def given(self, pieces: list[Piece], span: Span) -> ast.Given:
        rows, name, parent = (
            next((_identifier(piece) for piece in _all(pieces, rule)), None)
            for rule in ("given_rows", "given_name", "given_parent")
        )
        assert rows is not None
        fields = tuple(_of(piece, _Setting) for piece in _all(pieces, "setting"))
        return ast.Given(
            relation=rows,
            name=name,
            of=parent,
            fields=tuple((setting.name, setting.value) for setting in fields),
            span=span,
        )

    def setting(self, pieces: list[Piece], span: Span) -> _Setting:
        last = pieces[2]
        if isinstance(last, Word):
            moment = ast.Now if last.type == "NOW" else ast.Today
            return _Setting(_identifier(pieces[0]), moment(span=self.span(last)))
        value = last.value
        assert isinstance(value, ast.Expr | tuple)
        return _Setting(_identifier(pieces[0]), value)

    def expect(self, pieces: list[Piece], span: Span) -> ast.Expect:
        who = _identifier(pieces[1]) if _has(pieces, "COLON") else None
        return ast.Expect(who, _expr(pieces[-1]), span=span)

    def type(self, pieces: list[Piece], span: Span) -> ast.TypeName:
        return ast.TypeName("".join(map(_text, pieces)).lower(), span=span)

    def head(self, pieces: list[Piece], span: Span) -> ast.Identifier:
        word = _word(pieces[0])
        quoted = word.type == "QUOTED"
        text = unicodedata.normalize("NFC", word.text[1:-1]) if quoted else word.text
        if len(text) > self.limits.name_length:
            self.findings.append(limit_errors.name_too_long(span, len(text), self.limits.name_length))
        return ast.Identifier(text, quoted, span=span)

    # -- constants --------------------------------------------------------------------------------------------------

    def constant(self, pieces: list[Piece], span: Span) -> ast.Expr:
        return _expr(pieces[0])

    def constants(self, pieces: list[Piece], span: Span) -> tuple[ast.Expr, ...]:
        return self._items(pieces, span)

    def negative(self, pieces: list[Piece], span: Span) -> ast.Negate:
        return ast.Negate(self._number(_word(pieces[1])), span=span)

    def percent(self, pieces: list[Piece], span: Span) -> ast.Percent:
        return self._percent(_word(pieces[0]))

    def literal(self, pieces: list[Piece], span: Span) -> ast.Expr:
        word = _word(pieces[0])
        match word.type:
            case "NUMBER":
                return self._number(word)
            case "STRING":
                return self._string(word)
            case "TRUE" | "FALSE":
                return ast.Bool(word.type == "TRUE", span=span)
            case "DATE":
                return self._date(word, span)
            case "INSTANT":
                return self._instant(word, span)
            case other:
                raise AssertionError(other)

    def _number(self, word: Word) -> ast.Number:
        return ast.Number(self._decimal(word, word.text), span=self.span(word))

    def _percent(self, word: Word) -> ast.Percent:
        return ast.Percent(self._decimal(word, word.text[:-1].rstrip()), span=self.span(word))

    def _decimal(self, word: Word, text: str) -> Decimal:
        digits = text.replace("_", "")
        count = len(digits.replace(".", "").lstrip("0"))
        if count > self.limits.digits or len(digits.partition(".")[2]) > self.limits.digits:
            self.findings.append(limit_errors.too_many_digits(self.span(word), count, self.limits.digits))
            return Decimal(0)
        return Decimal(digits)

    def _string(self, word: Word) -> ast.String:
        span = self.span(word)
        value = unescape(word.text[1:-1])
        if len(value) > self.limits.string_length:
            self.findings.append(limit_errors.string_too_long(span, len(value), self.limits.string_length))
        return ast.String(value, span=span)

    def _date(self, word: Word, span: Span) -> ast.DateLiteral:
        try:
            return ast.DateLiteral(date.fromisoformat(word.text).isoformat(), span=span)
        except ValueError:
            self.findings.append(errors.no_such_day(span, word.text))
            return ast.DateLiteral("2000-01-01", span=span)

    def _instant(self, word: Word, span: Span) -> ast.InstantLiteral:
        text = word.text.upper()
        fraction = text.partition(".")[2].rstrip("Z").partition("+")[0].partition("-")[0]
        if len(fraction) > 6:
            self.findings.append(errors.instant_too_fine(span))
            return ast.InstantLiteral(_SOME_INSTANT, span=span)
        if fraction:
            text = text.replace("." + fraction, "." + fraction.ljust(6, "0"))
        try:
            instant = datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            self.findings.append(errors.no_such_instant(span, word.text))
            return ast.InstantLiteral(_SOME_INSTANT, span=span)
        return ast.InstantLiteral(instant.replace(tzinfo=None).isoformat(timespec="microseconds"), span=span)

    # -- conditions -------------------------------------------------------------------------------------------------

    def either(self, pieces: list[Piece], span: Span) -> ast.Or:
        return ast.Or(self._terms(pieces, span, "or"), span=span)

    def every(self, pieces: list[Piece], span: Span) -> ast.And:
        return ast.And(self._terms(pieces, span, "and"), span=span)

    def _terms(self, pieces: list[Piece], span: Span, word: str) -> tuple[ast.Expr, ...]:
        terms = tuple(_expr(piece) for piece in pieces[::2])
        if len(terms) > self.limits.terms:
            self.findings.append(limit_errors.too_many_terms(span, word, self.limits.terms))
        return terms

    def negation(self, pieces: list[Piece], span: Span) -> ast.Not:
        return ast.Not(_expr(pieces[1]), span=span)

    def compare(self, pieces: list[Piece], span: Span) -> ast.Compare:
        left, operator, right = pieces
        self._mend_past(left, right)
        return ast.Compare(_text(operator), _expr(left), _expr(right), span=span)

    def between(self, pieces: list[Piece], span: Span) -> ast.Between:
        value, word, low, _, high = pieces
        self._mend_past(value, high)
        return ast.Between(_expr(value), _expr(low), _expr(high), _negated(word), span=span)

    def in_list(self, pieces: list[Piece], span: Span) -> ast.In:
        return ast.In(_expr(pieces[0]), self._items(pieces[3:], span), _negated(pieces[1]), span=span)

    def in_name(self, pieces: list[Piece], span: Span) -> ast.In:
        name = _of(pieces[2], ast.Name)
        if name.text.lower() in _PERIOD_WORDS and not name.parts[0].quoted:
            self.findings.append(errors.period_without_unit(name.span, name.text.lower()))
        return ast.In(_expr(pieces[0]), (name,), _negated(pieces[1]), bare=True, span=span)

    def in_period(self, pieces: list[Piece], span: Span) -> ast.InPeriod:
        return ast.InPeriod(_expr(pieces[0]), _period(pieces[2]), _negated(pieces[1]), span=span)

    def is_missing(self, pieces: list[Piece], span: Span) -> ast.IsMissing:
        negated = _has(pieces, "NOT") != _has(pieces, "PRESENT")
        return ast.IsMissing(_expr(pieces[0]), negated, span=span)

    def match(self, pieces: list[Piece], span: Span) -> ast.Match:
        needle = pieces[2]
        word = " ".join(_phrase(pieces[1])).removeprefix("not ")
        value = self._string(needle) if isinstance(needle, Word) else _expr(needle)
        return ast.Match(word, _expr(pieces[0]), value, _negated(pieces[1]), span=span)

    def list_match(self, pieces: list[Piece], span: Span) -> ast.ListMatch:
        word = _text(pieces[2]).lower()
        return ast.ListMatch(word, _expr(pieces[0]), self._items(pieces[3:], span), _negated(pieces[1]), span=span)

    def list_match_name(self, pieces: list[Piece], span: Span) -> ast.ListMatch:
        word, name = _text(pieces[2]).lower(), _of(pieces[3], ast.Name)
        return ast.ListMatch(word, _expr(pieces[0]), (name,), _negated(pieces[1]), bare=True, span=span)

    def _items(self, pieces: list[Piece], span: Span) -> tuple[ast.Expr, ...]:
        items = tuple(_expr(piece) for piece in pieces if isinstance(piece, Built))
        if len(items) > self.limits.list_values:
            self.findings.append(limit_errors.too_many_values(span, len(items), self.limits.list_values))
        return items

    def rank(self, pieces: list[Piece], span: Span) -> ast.Rank:
        amount = pieces[1]
        by = _after(pieces, "BY") or _after(pieces, "OF")
        assert by is not None
        return ast.Rank(
            direction=_text(pieces[0]).lower(),
            amount=self._amount(amount) if not _is(amount, "PERCENT") else self._percent(_word(amount)),
            value=_expr(by),
            exactly=_has(pieces, "EXACTLY"),
            share=_has(pieces, "OF"),
            per=_optional_expr(pieces, "PER"),
            having=_optional_expr(pieces, "HAVING"),
            among=_optional_expr(pieces, "AMONG"),
            span=span,
        )

    def each(self, pieces: list[Piece], span: Span) -> ast.EachOf:
        quantifier = _phrase(pieces[0])[0]
        return ast.EachOf(quantifier, _period(pieces[1]), _expr(pieces[4]), span=span)

    # -- values -----------------------------------------------------------------------------------------------------

    def arithmetic(self, pieces: list[Piece], span: Span) -> ast.Arithmetic:
        left, operator, right = pieces
        return ast.Arithmetic(_text(operator), _expr(left), _expr(right), span=span)

    def negate(self, pieces: list[Piece], span: Span) -> ast.Negate:
        return ast.Negate(_expr(pieces[1]), span=span)

    def as_of(self, pieces: list[Piece], span: Span) -> ast.AsOf:
        value, word, moment = pieces
        node = ast.AsOf(_expr(value), _expr(moment), span=span)
        if isinstance(node.value, _LITERALS):
            self._past_literals[id(node)] = len(self.findings)
            self.findings.append(errors.past_of_a_literal(self.span(word), node.value.span.text))
        return node

    def _mend_past(self, left: Piece, right: Piece) -> None:
        """``orders >= 1 as of T``: what was meant is known once the comparison is."""
        assert isinstance(right, Built)
        at = self._past_literals.get(id(right.value))
        if at is not None and not right.bracketed and isinstance(right.value, ast.AsOf) and not self.place.whole:
            literal = right.value.value.span
            condition = replace(literal, start=self.place.span(left.start, left.start).start)
            self.findings[at] = errors.past_of_a_literal(self.findings[at].span, literal.text, condition)

    def name(self, pieces: list[Piece], span: Span) -> ast.Name:
        return ast.Name(tuple([_identifier(piece) for piece in pieces[::2]]), span=span)

    def call(self, pieces: list[Piece], span: Span) -> ast.Call:
        arguments = tuple(_expr(piece) for piece in pieces[2:] if isinstance(piece, Built))
        return ast.Call(_identifier(pieces[0]), arguments, span=span)

    def aggregate(self, pieces: list[Piece], span: Span) -> ast.Aggregate:
        alias, period = _after(pieces, "AS"), _after(pieces, "IN")
        return ast.Aggregate(
            function=_text(pieces[0]).lower(),
            value=_expr(pieces[2]),
            alias=_identifier(alias) if alias else None,
            period=_period(period) if period else None,
            where=_optional_expr(pieces, "WHERE"),
            sequences=tuple(_of(piece, ast.Sequence) for piece in _all(pieces, "sequence")),
            per=_optional_expr(pieces, "PER"),
            having=_optional_expr(pieces, "HAVING"),
            extra=_optional_expr(pieces, "COMMA"),
            span=span,
        )

    def sequence(self, pieces: list[Piece], span: Span) -> ast.Sequence:
        alias, period, within = _after(pieces, "AS"), _after(pieces, "IN"), _after(pieces, "WITHIN")
        words = _phrase(pieces[0])
        length = _value(within) if within else None
        assert length is None or isinstance(length, ast.Duration | ast.Name)
        return ast.Sequence(
            direction=words[-2],
            negated=words[0] == "not",
            relation=_of(pieces[2], ast.Name),
            alias=_identifier(alias) if alias else None,
            period=_period(period) if period else None,
            where=_optional_expr(pieces, "WHERE"),
            sequences=tuple(_of(piece, ast.Sequence) for piece in _all(pieces, "sequence")),
            within=length,
            span=span,
        )

    def ranked(self, pieces: list[Piece], span: Span) -> ast.RankValue:
        return ast.RankValue(
            function=_text(pieces[0]).lower(),
            value=_expr(pieces[2]),
            buckets=_optional_expr(pieces, "COMMA"),
            exactly=_has(pieces, "EXACTLY"),
            per=_optional_expr(pieces, "PER"),
            among=_optional_expr(pieces, "AMONG"),
            span=span,
        )

    # -- time -------------------------------------------------------------------------------------------------------

    def now(self, pieces: list[Piece], span: Span) -> ast.Now:
        return ast.Now(span=span)

    def today(self, pieces: list[Piece], span: Span) -> ast.Today:
        return ast.Today(span=span)

    def duration(self, pieces: list[Piece], span: Span) -> ast.Duration:
        amount = self._amount(pieces[0])
        if isinstance(amount, ast.Name) and not amount.parts[0].quoted and amount.text.lower() in _PERIOD_WORDS:
            self.findings.append(errors.period_as_value(span, f"{amount.text} {_text(pieces[1])}"))
        return ast.Duration(amount, _unit(pieces[1]), span=span)

    def ago(self, pieces: list[Piece], span: Span) -> ast.Ago:
        duration = _value(pieces[0])
        assert isinstance(duration, ast.Duration | ast.Name)
        return ast.Ago(duration, _is(pieces[1], "FROM_NOW"), span=span)

    def rolling(self, pieces: list[Piece], span: Span) -> ast.Rolling:
        direction, duration = _text(pieces[0]).lower(), _value(pieces[1])
        assert isinstance(duration, ast.Duration | ast.Name)
        if isinstance(duration, ast.Name) and not duration.parts[0].quoted:
            word = duration.text.lower()
            if word in UNITS:
                self.findings.append(errors.unit_without_number(span, direction, word, singular(word)))
        return ast.Rolling(direction, duration, span=span)

    def calendar(self, pieces: list[Piece], span: Span) -> ast.Calendar:
        count = self._amount(pieces[1]) if len(pieces) == 3 else None
        return ast.Calendar(_text(pieces[0]).lower(), _unit(pieces[-1]), count, span=span)

    def back_range(self, pieces: list[Piece], span: Span) -> ast.BackRange:
        return ast.BackRange(self._amount(pieces[0]), self._amount(pieces[2]), _unit(pieces[3]), span=span)

    def from_to(self, pieces: list[Piece], span: Span) -> ast.FromTo:
        return ast.FromTo(_expr(pieces[0]), _expr(pieces[2]), span=span)

    def _amount(self, piece: Piece) -> ast.Number | ast.Name:
        return self._number(piece) if isinstance(piece, Word) else _of(piece, ast.Name)


@record(frozen=True, slots=True)
class _Attribute:
    word: str
    texts: tuple[ast.String, ...]


@record(frozen=True, slots=True)
class _Setting:
    name: ast.Identifier
    value: ast.Expr | tuple[ast.Expr, ...]


_EXPRESSIONS = frozenset(get_args(ast.Expr))
_SOME_INSTANT = "2000-01-01T00:00:00.000000"
_LITERALS = (ast.Number, ast.String, ast.Bool, ast.DateLiteral, ast.InstantLiteral)
_PERIOD_WORDS = ("last", "next", "this", "previous")
_NO_TIER = RESERVED | UNITS | DEFINITION_WORDS

_RULES: dict[str, Callable[[Builder, list[Piece], Span], object]] = {
    "param": Builder.param,
    "trait": Builder.trait,
    "arguments": Builder.arguments,
    "argument": Builder.argument,
    "segment": Builder.segment,
    "title": Builder.title,
    "attribute": Builder.attribute,
    "tiers": Builder.tiers,
    "case": Builder.case,
    "example": Builder.example,
    "given": Builder.given,
    "setting": Builder.setting,
    "expect": Builder.expect,
    "type": Builder.type,
    "head": Builder.head,
    "given_rows": Builder.head,
    "given_name": Builder.head,
    "given_parent": Builder.head,
    "identifier": Builder.head,
    "member": Builder.head,
    "constant": Builder.constant,
    "constants": Builder.constants,
    "negative": Builder.negative,
    "percent": Builder.percent,
    "literal": Builder.literal,
    "either": Builder.either,
    "every": Builder.every,
    "negation": Builder.negation,
    "compare": Builder.compare,
    "between": Builder.between,
    "in_list": Builder.in_list,
    "in_name": Builder.in_name,
    "in_period": Builder.in_period,
    "is_missing": Builder.is_missing,
    "match": Builder.match,
    "list_match": Builder.list_match,
    "list_match_name": Builder.list_match_name,
    "rank": Builder.rank,
    "each": Builder.each,
    "arithmetic": Builder.arithmetic,
    "negate": Builder.negate,
    "as_of": Builder.as_of,
    "name": Builder.name,
    "call": Builder.call,
    "aggregate": Builder.aggregate,
    "sequence": Builder.sequence,
    "ranked": Builder.ranked,
    "now": Builder.now,
    "today": Builder.today,
    "duration": Builder.duration,
    "ago": Builder.ago,
    "rolling": Builder.rolling,
    "calendar": Builder.calendar,
    "back_range": Builder.back_range,
    "from_to": Builder.from_to,
}

_ESCAPES = {'"': '"', "'": "'", "\\": "\\", "n": "\n", "t": "\t"}


def unescape(text: str) -> str:
    """The text between the quotes, its escapes decoded. They are known to be good (`segdsl.syntax.check`)."""
    if "\\" not in text:
        return text
    parts: list[str] = []
    at = 0
    while (found := text.find("\\", at)) >= 0:
        parts.append(text[at:found])
        mark = text[found + 1]
        if mark == "u":
            close = text.index("}", found)
            parts.append(chr(int(text[found + 3 : close], 16)))
            at = close + 1
        else:
            parts.append(_ESCAPES[mark])
            at = found + 2
    parts.append(text[at:])
    return "".join(parts)


def singular(unit: str) -> str:
    return unit.lower().removesuffix("s")


# -- pieces: the children of a rule, by the words between them -------------------------------------------------------


def _word(piece: Piece) -> Word:
    assert isinstance(piece, Word), piece
    return piece


def _text(piece: Piece) -> str:
    return _word(piece).text


def _value(piece: Piece) -> object:
    assert isinstance(piece, Built), piece
    return piece.value


def _of(piece: Piece, kind: type[_T]) -> _T:
    value = _value(piece)
    assert isinstance(value, kind), value
    return value


def _tuple(value: object, kind: type[_T]) -> tuple[_T, ...]:
    assert isinstance(value, tuple) and all(isinstance(item, kind) for item in value)
    return value


def _expr(piece: Piece) -> ast.Expr:
    assert isinstance(piece, Built), piece
    value: Any = piece.value
    assert type(value) in _EXPRESSIONS, value
    return value  # type: ignore[no-any-return]


def _period(piece: Piece) -> ast.Period:
    value = _value(piece)
    assert isinstance(value, ast.Rolling | ast.Calendar | ast.BackRange | ast.FromTo), value
    return value


def _identifier(piece: Piece) -> ast.Identifier:
    return _of(piece, ast.Identifier)


def _is(piece: Piece, terminal: str) -> bool:
    return isinstance(piece, Word) and piece.type == terminal


def _has(pieces: Sequence[Piece], terminal: str) -> bool:
    return any(_is(piece, terminal) for piece in pieces)


def _after(pieces: Sequence[Piece], terminal: str) -> Piece | None:
    """What follows the (last) word of that terminal."""
    for index in range(len(pieces) - 1, -1, -1):
        if _is(pieces[index], terminal):
            return pieces[index + 1]
    return None


def _optional_expr(pieces: Sequence[Piece], terminal: str) -> ast.Expr | None:
    piece = _after(pieces, terminal)
    return _expr(piece) if piece else None


def _all(pieces: Sequence[Piece], rule: str) -> list[Built]:
    return [piece for piece in pieces if isinstance(piece, Built) and piece.rule == rule]


def _optional(pieces: Sequence[Piece], rule: str) -> Built | None:
    found = _all(pieces, rule)
    return found[0] if found else None


def _first(pieces: Sequence[Piece], rule: str) -> Built:
    return _all(pieces, rule)[0]


def _type(pieces: Sequence[Piece]) -> ast.TypeName | None:
    found = _optional(pieces, "type")
    return _of(found, ast.TypeName) if found else None


def _unit(piece: Piece) -> str:
    return singular(_text(piece))


def _phrase(piece: Piece) -> list[str]:
    """The words of a phrase of several, without the blanks and comments between them."""
    lines = (line.partition("#")[0] for line in _text(piece).split("\n"))
    return " ".join(lines).lower().split()


def _negated(piece: Piece) -> bool:
    return _phrase(piece)[0] == "not"
