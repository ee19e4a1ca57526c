"""Why the grammar could not go on, in the language's own terms.

In: the lexemes of a text, where the parser stopped, and which terminals it would have taken there. Out: one
diagnostic. The usual slips are looked for one after the other, the most telling first, each by a small function that
answers None where the text shows another one; what nobody knows is told as "X cannot stand here; expected Y".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches

from segdsl.diagnostics import Diagnostic
from segdsl.errors import syntax as errors
from segdsl.errors.names import time_in_words
from segdsl.records import record
from segdsl.source import Span
from segdsl.syntax.place import Place
from segdsl.syntax.scan import Lexeme, Sort
from segdsl.syntax.words import AGGREGATES, DEFINITION_WORDS, RESERVED, UNITS


@record(frozen=True, slots=True)
class Failure:
    """``offset`` is None where the text ended too early; ``words`` are its lexemes without the comments."""

    text: str
    words: Sequence[Lexeme]
    offset: int | None
    accepts: frozenset[str]
    in_file: bool
    place: Place


def explain(failure: Failure) -> Diagnostic:
    view = _View(failure)
    for look in _AT_END if view.at is _END else _IN_TEXT:
        finding = look(view)
        if finding is not None:
            return finding
    raise AssertionError("the last look always finds something")


_END = Lexeme(Sort.OTHER, "", 0, 0, False)


class _View:
    """The place of the failure and what stands around it."""

    def __init__(self, failure: Failure) -> None:
        self.text = failure.text
        self.words = failure.words
        self.accepts = failure.accepts
        self.in_file = failure.in_file
        self.place = failure.place
        self.index = len(self.words)
        if failure.offset is not None:
            self.index = next(i for i, word in enumerate(self.words) if word.end > failure.offset)
        self.at = self.get(0)

    def get(self, step: int) -> Lexeme:
        """A lexeme so many steps from the failure; an empty one outside of the text."""
        index = self.index + step
        return self.words[index] if 0 <= index < len(self.words) else _END

    def span(self, first: Lexeme, last: Lexeme | None = None) -> Span:
        return self.place.span(first.start, (last or first).end)

    @property
    def here(self) -> Span:
        return self.span(self.at)

    def back(self) -> list[Lexeme]:
        """What stands before the failure on its level of brackets, nearest first, up to the bracket around it."""
        found: list[Lexeme] = []
        depth = 0
        for index in range(self.index - 1, -1, -1):
            lexeme = self.words[index]
            if lexeme.text == ")":
                depth += 1
            elif lexeme.text == "(":
                if depth == 0:
                    break
                depth -= 1
            if depth == 0 or lexeme.text == ")":
                found.append(lexeme)
        return found

    def bracket(self) -> int | None:
        """The index of the bracket that is open around the failure."""
        depth = 0
        for index in range(self.index - 1, -1, -1):
            if self.words[index].text == ")":
                depth += 1
            elif self.words[index].text == "(":
                if depth == 0:
                    return index
                depth -= 1
        return None

    def in_list(self) -> bool:
        """Whether the open bracket is that of `in (…)` or `contains any (…)`."""
        opened = self.bracket()
        if not opened:
            return False
        before = self.words[opened - 1].word
        return before == "in" or (before in ("any", "all") and opened > 1 and self.words[opened - 2].word == "contains")

    def of_rows(self, step: int) -> bool:
        """Whether what stands so many steps away is all that an aggregate's bracket holds up to there."""
        bracket, before = self.get(step - 1), self.get(step - 2)
        return bracket.text == "(" and before.word in AGGREGATES

    def definition(self) -> str:
        """The word that begins the definition; an empty text in a bare condition."""
        if not self.in_file:
            return ""
        first = self.words[0].word
        return self.words[1].word if first == "override" and len(self.words) > 1 else first

    def owner(self) -> str:
        """``the segment `vip` ``"""
        skip = 2 if self.words[0].word == "override" else 1
        name = self.words[skip].text.strip("`") if len(self.words) > skip else ""
        return f"the {self.definition()} `{name}`" if name else f"the {self.definition()}"

    def seen(self, text: str) -> bool:
        return any(lexeme.text.lower() == text for lexeme in self.words[: self.index])

    def complete(self) -> bool:
        """A condition could have ended here."""
        return "AND" in self.accepts


_Look = Callable[[_View], Diagnostic | None]


# -- at the end of the text -----------------------------------------------------------------------------------------------


def _ends_in_head(view: _View) -> Diagnostic | None:
    last = view.get(-1)
    if view.words[0].word == "override" and len(view.words) == 1:
        return errors.override_alone(view.span(last))
    if not view.in_file or len(view.words) < 2:
        return None
    if view.definition() == "segment" and "WHERE" in view.accepts and not view.seen("where"):
        return errors.no_condition(view.span(view.words[0], last), view.owner())
    return None


def _ends_with_number(view: _View) -> Diagnostic | None:
    last, before = view.get(-1), view.get(-2)
    if last.sort is Sort.NUMBER and "UNIT" in view.accepts and before.word in ("last", "next", "previous", "within"):
        return errors.number_without_unit(view.span(before, last), f"{before.word} {last.text}")
    return None


def _ends(view: _View) -> Diagnostic:
    last = view.get(-1)
    return errors.unfinished(view.span(last), _described(last), _expected(view))


# -- definitions ------------------------------------------------------------------------------------------------------------


def _outside(view: _View) -> Diagnostic | None:
    """Text that is no definition, at the beginning of a file or of a line."""
    at = view.at
    if not view.in_file:
        return None
    nearest = _nearest(at.word, DEFINITION_WORDS) if view.get(1).sort in (Sort.WORD, Sort.STRING, Sort.QUOTED) else None
    if view.index == 0:
        return errors.not_a_definition(view.here, at.text, nearest)
    if view.words[0].word == "override" and view.index == 1:
        return errors.override_alone(view.span(view.words[0]))
    if at.first and nearest is not None and view.get(1).word not in RESERVED:
        return errors.not_a_definition(view.here, at.text, nearest)
    return None


def _definition_word_as_field(view: _View) -> Diagnostic | None:
    if view.index != 1 or not view.in_file or view.get(-1).word not in DEFINITION_WORDS:
        return None
    if view.at.sort is Sort.SIGN or view.at.word in ("in", "is", "between", "not"):
        return errors.field_at_line_start(view.span(view.words[0]), view.words[0].text)
    return None


def _unquoted_attribute(view: _View) -> Diagnostic | None:
    before = view.get(-1).word
    if view.accepts == {"STRING"} and before in ("about", "tags", "example"):
        return errors.attribute_not_text(view.here, before, view.at.text)
    return None


def _without_name(view: _View) -> Diagnostic | None:
    if view.definition() and view.get(-1).word == view.definition() != "example" and view.index <= 2:
        if view.at.word in RESERVED - {"where"}:
            return errors.definition_named_by_a_word(view.here, view.at.text, view.definition())
        return errors.definition_without_name(view.here, _described(view.at), view.definition())
    return None


def _head(view: _View) -> Diagnostic | None:
    """Slips around the names, arguments and attributes of definitions."""
    at, kind = view.at, view.definition()
    if kind == "tiers" and at.word in RESERVED | UNITS and view.get(1).word == "where":
        return errors.tier_named_by_a_word(view.here, at.text)
    if kind == "tiers" and at.word == "where" and view.get(-1).word in UNITS and view.complete():
        return errors.tier_named_by_a_unit(view.span(view.get(-1)), view.get(-1).text, view.get(-2).text)
    if (
        kind in ("segment", "tiers")
        and at.word in ("about", "tags")
        and view.get(1).sort is Sort.STRING
        and view.complete()
    ):
        return errors.attribute_behind_where(view.here, at.word)
    if kind == "trait" and {"COLON", "COMMA", "RPAR"} <= view.accepts and at.sort is Sort.WORD:
        return errors.argument_without_colon(view.here, view.get(-1).text, at.text)
    if kind == "param" and view.seen("="):
        return errors.not_constant(view.here, _described(at))
    return None


def _without_where(view: _View) -> Diagnostic | None:
    at = view.at
    if "WHERE" not in view.accepts:
        return None
    if view.bracket() is not None:
        if "RPAR" in view.accepts and not view.complete() and _begins_operand(at) and at.text != "(":
            if (
                at.word in _PERIOD_WORDS
                and "IN" in view.accepts
                and (view.get(1).sort is Sort.NUMBER or view.get(1).word in UNITS)
            ):
                return errors.rows_without_in(view.here)
            if at.word == "ago" and view.get(-1).word in UNITS:
                return errors.ago_behind_period(view.here)
            return errors.missing_where(view.here, "the rows that are kept")
        return None
    if view.definition() == "tiers" and view.accepts == {"WHERE"}:
        owner = f"the tier `{view.get(-1).text}`"
    elif view.definition() == "segment" and not view.seen("where"):
        owner = view.owner()
    else:
        return None
    if at.sort is Sort.STRING:
        return None
    if at.text in ("=", ":") or at.word in ("when", "if", "is", "as"):
        return errors.missing_where(view.here, owner, instead=True)
    if _begins_operand(at):
        rest = [word.word for word in view.words[view.index : view.index + 8]]
        if "where" in rest and all(rest[: rest.index("where")]):
            title = view.get(rest.index("where") - 1)
            return errors.title_not_text(view.span(at, title), view.text[at.start : title.end])
        return errors.missing_where(view.here, owner)
    return None


def _without_equals(view: _View) -> Diagnostic | None:
    at = view.at
    if view.definition() not in ("trait", "param") or "EQ" not in view.accepts or view.complete():
        return None
    if at.word in ("is", "as", "where", "be"):
        return errors.missing_equals(view.here, view.owner(), instead=True)
    if _begins_operand(at) or at.text == "-":
        return errors.missing_equals(view.here, view.owner())
    return None


# -- habits from elsewhere ------------------------------------------------------------------------------------------------


def _null(view: _View) -> Diagnostic | None:
    at, before, earlier = view.at, view.get(-1), view.get(-2)
    empty = at.word in ("null", "none", "empty", "blank", "nothing", "nil", "undefined", "unknown", "na", "nan")
    if before.word == "is" and empty:
        return errors.null_test(view.span(before, at), f"is {at.text}", "is missing")
    if before.word == "not" and earlier.word == "is" and empty:
        return errors.null_test(view.span(earlier, at), f"is not {at.text}", "is present")
    if at.word not in ("null", "missing", "present"):
        return None
    if before.text in ("=", "!="):
        absent = (before.text == "=") != (at.word == "present")
        return errors.null_test(
            view.span(before, at), f"{before.text} {at.text}", "is missing" if absent else "is present"
        )
    if view.in_list():
        return errors.missing_in_list(view.here, at.word)
    return errors.null_value(view.here, at.text)


def _is_value(view: _View) -> Diagnostic | None:
    """``country is "GR"``, ``total is not 5``"""
    at, before, earlier = view.at, view.get(-1), view.get(-2)
    if not _begins_operand(at):
        return None
    if before.word == "is":
        return errors.foreign_operator(view.span(before), "is", "=", "=")
    if before.word == "not" and earlier.word == "is":
        return errors.foreign_operator(view.span(earlier, before), "is not", "!=", "!=")
    return None


def _like(view: _View) -> Diagnostic | None:
    first = view.index
    negated = view.at.word == "not"
    word = view.get(1) if negated else view.at
    if word.word not in ("like", "ilike", "rlike", "regexp", "similar", "glob"):
        return None
    pattern = view.get(2 if negated else 1)
    fix = None
    if word.word == "like" and pattern.sort is Sort.STRING and "\\" not in pattern.text:
        ours = _matching(pattern.text[1:-1], negated)
        fix = (view.span(view.words[first], pattern), ours)
    return errors.no_like(view.span(word), word.word, fix)


def _matching(pattern: str, negated: bool) -> str:
    """Our words for a pattern of `like`."""
    inner = pattern.strip("%")
    if not inner or re.search("[%_*?]", inner) or pattern.startswith("%%") or pattern.endswith("%%"):
        inner = pattern.replace("*", "\\\\*").replace("?", "\\\\?").replace("%", "*").replace("_", "?")
        word = "matches"
    elif pattern == inner:
        return f'{"!=" if negated else "="} "{inner}"'
    elif pattern == f"%{inner}%":
        word = "contains"
    elif pattern == f"{inner}%":
        word = "starts with"
    else:
        word = "ends with"
    quoted = inner.replace('"', '\\"')
    return f'{"not " if negated else ""}{word} "{quoted}"'


def _sql(view: _View) -> Diagnostic | None:
    at, before = view.at, view.get(-1)
    if at.text == "*" and before.text == "(" and view.get(-2).word in AGGREGATES:
        return errors.count_star(view.span(view.get(-2), at), view.get(-2).word)
    if at.text == ")" and before.text == "(" and view.get(-2).word in AGGREGATES:
        return errors.nothing_counted(view.span(view.get(-2), at), view.get(-2).word)
    if before.word == "distinct" and view.get(-2).text == "(":
        return errors.distinct_inside(view.span(before))
    if at.word == "by" and before.word in ("order", "group"):
        return errors.no_order(view.span(before, at), f"{before.word} by")
    if at.word in ("order", "group") and view.get(1).word == "by":
        return errors.no_order(view.span(at, view.get(1)), f"{at.word} by")
    if at.text == ")" and before.text == "(" and view.get(-2).word in ("rank", "quantile"):
        return errors.no_window(view.span(view.get(-2), at))
    window = view.get(2).word in ("order", "partition") or view.get(2).text == ")"
    if at.word == "over" and before.text == ")" and view.get(1).text == "(" and window:
        return errors.no_window(view.here)
    if at.word == "limit" and view.complete():
        return errors.no_order(view.here, "limit")
    for index in range(view.index, -1, -1):
        word = view.words[index] if index < len(view.words) else _END
        if word.word == "select" and (index == 0 or view.words[index - 1].text == "(" or index == view.index):
            if index > 1 and view.words[index - 2].word == "exists":
                return errors.no_exists(view.span(view.words[index - 2]))
            return errors.no_select(view.span(word), "select")
    if before.word == "case" and at.word != "":
        return errors.no_case(view.span(before), "case")
    if at.word in ("from", "join", "union", "select") and view.get(1).sort is not Sort.SIGN:
        return errors.no_select(view.here, at.word)
    if at.word == "exists" or (before.word == "exists" and view.complete()):
        return errors.no_exists(view.span(at if at.word == "exists" else before))
    if at.word in ("then", "else", "when", "end") and view.complete():
        return errors.no_case(view.here, at.word)
    return None


def _sql_comment(view: _View) -> Diagnostic | None:
    """``orders > 3 --vip only``: two minus signs and then words."""
    for step in (-1, -2):
        first, second = view.get(step - 1), view.get(step)
        if first.text == second.text == "-" and first.end == second.start and second.end == view.get(step + 1).start:
            line_end = view.text.find("\n", first.start)
            line_end = len(view.text) if line_end < 0 else line_end
            span = view.place.span(first.start, line_end)
            return errors.foreign_comment(span, "--", "#" + view.text[second.end : line_end])
    return None


def _foreign_word(view: _View) -> Diagnostic | None:
    """``orders greater than 5``, ``email startswith "a"``"""
    if not view.complete():
        return None
    for words, ours in _FOREIGN_WORDS:
        if tuple(view.get(step).word for step in range(len(words))) == words:
            last = view.get(len(words) - 1)
            text = " ".join(words)
            return errors.foreign_operator(view.span(view.at, last), text, ours, ours)
    return None


_FOREIGN_WORDS = (
    (("equals",), "="),
    (("equal", "to"), "="),
    (("eq",), "="),
    (("ne",), "!="),
    (("greater", "than"), ">"),
    (("more", "than"), ">"),
    (("over",), ">"),
    (("above",), ">"),
    (("gt",), ">"),
    (("gte",), ">="),
    (("ge",), ">="),
    (("less", "than"), "<"),
    (("fewer", "than"), "<"),
    (("under",), "<"),
    (("below",), "<"),
    (("lt",), "<"),
    (("lte",), "<="),
    (("le",), "<="),
    (("at", "least"), ">="),
    (("at", "most"), "<="),
    (("startswith",), "starts with"),
    (("begins", "with"), "starts with"),
    (("start", "with"), "starts with"),
    (("endswith",), "ends with"),
    (("end", "with"), "ends with"),
    (("contain",), "contains"),
    (("includes",), "contains"),
    (("include",), "contains"),
    (("matching",), "matches"),
    (("within",), "in"),
    (("xor",), "!="),
)


def _chained(view: _View) -> Diagnostic | None:
    if view.at.text not in _COMPARISONS:
        return None
    middle: list[Lexeme] = []
    for lexeme in view.back():
        if lexeme.text in _COMPARISONS:
            text = view.text[middle[-1].start : middle[0].end] if middle else ""
            ordered = view.at.text not in ("=", "!=") and any(part.sort is Sort.WORD for part in middle)
            return errors.chained_comparison(view.here, view.at.text, text if len(text) <= 60 else "", ordered)
        if lexeme.word in ("and", "or", "not", "where", "between", "having", "among") or lexeme.text == ",":
            return None
        middle.append(lexeme)
    return None


_COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">="))


def _misplaced_not(view: _View) -> Diagnostic | None:
    """``a not = 3``, ``a = not b``"""
    at, after = view.at, view.get(1)
    if at.word == "not" and after.text in _COMPARISONS and view.complete():
        ours = "!=" if after.text == "=" else None
        return errors.not_before_sign(view.span(at, after), after.text, ours)
    if at.word == "not" and view.get(-1).text in _COMPARISONS:
        return errors.not_as_value(view.here)
    return None


def _between(view: _View) -> Diagnostic | None:
    """``x between 1 to 5``"""
    if view.at.text.lower() not in (",", "to", "or") or "AND" not in view.accepts:
        return None
    for lexeme in view.back():
        if lexeme.word == "between":
            return errors.between_without_and(view.here, view.at.text)
        if lexeme.word in ("and", "or", "where"):
            return None
    return None


def _call(view: _View) -> Diagnostic | None:
    at, before, earlier = view.at, view.get(-1), view.get(-2)
    if at.text == "(" and before.word in ("now", "today") and view.get(1).text == ")":
        return errors.no_brackets(view.span(at, view.get(1)), before.word)
    if at.text == "(" and before.sort is Sort.WORD and earlier.text == ".":
        return errors.call_with_dot(view.span(at), before.text)
    bare = before.word in AGGREGATES | {"rank", "quantile"} and earlier.text != "."
    if bare and _begins_operand(at) and at.text != "(" and view.complete():
        return errors.aggregate_without_brackets(view.span(before), before.word)
    if before.word == "if" and _begins_operand(at):
        return errors.no_case(view.span(before), "if … then")
    return None


def _behind_rows(view: _View) -> Diagnostic | None:
    """``any(order preceded by (order) where …)``, ``streak(order per month in last 6 months)``"""
    word = view.at.word
    opened = view.bracket()
    if word == "where" and opened and view.words[opened - 1].word in ("all", "every") and view.get(-2).text == "(":
        return errors.all_rows(view.here, view.words[opened - 1].text, view.get(-1).text)
    if word not in ("where", "in") or not opened or view.words[opened - 1].word not in AGGREGATES | {"by"}:
        return None
    words = [lexeme.word for lexeme in view.back()]
    if "by" in words:
        behind = next((each for each in words if each in ("followed", "preceded")), None)
        if behind is not None and word == "in" and view.get(1).sort is Sort.NUMBER and view.get(-1).text == ")":
            return errors.in_for_within(view.here)
        return None if behind is None else errors.behind_the_rows(view.here, word, f"{behind} by")
    if "per" in words and (word == "where" or "having" not in words):
        return errors.behind_the_rows(view.here, word, "per")
    return None


def _ranked(view: _View) -> Diagnostic | None:
    """``top 20 percent by x``, ``top 10 customers by x``"""
    at, before = view.at, view.get(-1)
    amount = view.get(-2) if before.text == "%" else before
    first = view.get(-3 if before.text == "%" else -2)
    if first.word not in ("top", "bottom") or amount.sort is not Sort.NUMBER or at.sort is not Sort.WORD:
        return None
    if at.word in ("percent", "pct", "percents") and before is amount:
        return errors.percent_in_words(view.span(before, at), before.text)
    if at.word not in RESERVED and view.get(1).word in ("by", "per", "among"):
        return errors.ranked_whom(view.here, at.text)
    return None


def _each(view: _View) -> Diagnostic | None:
    """``each of last 3 months has any(order)``, and without `has`"""
    if view.get(-1).word == "has" and "LPAR" in view.accepts and _begins_operand(view.at):
        last = _end_of_condition(view, view.index)
        if last is None:
            return errors.has_takes_brackets(view.here, None)
        stretch = view.text[view.at.start : view.words[last].end]
        return errors.has_takes_brackets(view.span(view.at, view.words[last]), stretch if len(stretch) <= 200 else None)
    if view.at.text == "(" and "HAS" in view.accepts and view.get(-1).word in UNITS:
        return errors.periods_without_has(view.here)
    return None


def _sequence(view: _View) -> Diagnostic | None:
    before = view.get(-2)
    if before.word in ("followed", "preceded") and view.get(-1).word == "by" and view.at.sort is Sort.WORD:
        return errors.sequence_without_brackets(view.here, before.word, view.at.text)
    step = 1 if view.at.word == "not" else 0
    word = view.get(step)
    if word.word not in ("followed", "preceded"):
        return None
    if view.get(step + 1).word != "by":
        return errors.sequence_without_by(view.span(word), word.word)
    return errors.sequence_outside(view.span(view.at, view.get(step + 1)), word.word) if view.complete() else None


def _bare(view: _View) -> Diagnostic | None:
    """A definition, or its `where`, where a condition is wanted."""
    first = view.words[0]
    if view.in_file or view.index > 1:
        return None
    if view.index == 0 and first.word == "where":
        return errors.where_in_bare_condition(view.here)
    if view.index == 1 and first.word in DEFINITION_WORDS and view.at.sort in (Sort.WORD, Sort.QUOTED, Sort.STRING):
        return errors.definition_as_condition(view.span(first), first.word)
    return None


# -- numbers, periods, lists ------------------------------------------------------------------------------------------------


def _percent(view: _View) -> Diagnostic | None:
    if view.at.text != "%":
        return None
    before = view.get(-1)
    if before.sort is Sort.NUMBER:
        better = f"{(Decimal(before.text.replace('_', '')[:60]) / 100).normalize():f}"
        return errors.percent_elsewhere(view.span(before, view.at), better)
    if before.sort is Sort.WORD and view.get(-2).word in ("top", "bottom"):
        return errors.percent_of_a_name(view.here, before.text)
    return errors.no_remainder(view.here)


def _unit(view: _View) -> Diagnostic | None:
    at, number, before = view.at, view.get(-1), view.get(-2)
    if "UNIT" not in view.accepts or number.sort is not Sort.NUMBER:
        return None
    nearest = _nearest(at.word, frozenset(unit for unit in UNITS if unit.endswith("s") != (number.text == "1")))
    if at.sort is Sort.WORD and (nearest is not None or not view.complete()) and at.word not in RESERVED:
        return errors.unknown_unit(view.here, at.text, nearest)
    if not view.complete() and before.word in ("last", "next", "previous", "within"):
        return errors.number_without_unit(view.span(before, number), f"{before.word} {number.text}")
    return None


def _period(view: _View) -> Diagnostic | None:
    at, before, earlier = view.at, view.get(-1), view.get(-2)
    if before.word in ("the", "a", "an") and earlier.word in ("in", "of") and at is not _END:
        return errors.no_article(view.span(before, at), before.word)
    if before.word in ("past", "previous", "coming", "following") and earlier.word == "in" and at.sort is Sort.NUMBER:
        ours = "next" if before.word in ("coming", "following") else "last"
        return errors.other_period_word(view.span(before), before.word, ours)
    in_words = time_in_words(before.text) if earlier.word == "in" and "UNIT" in view.accepts else None
    if in_words is not None:
        return errors.no_such_period(view.span(before), before.text, in_words)
    if before.word in _PERIOD_WORDS and earlier.word in ("in", "of"):
        return errors.period_without_unit(view.span(before), before.word)
    if before.word in UNITS and at.word in UNITS and earlier.word in _PERIOD_WORDS:
        return errors.parameter_named_by_a_unit(view.span(before), before.text, f"{earlier.word} {before.text}")
    if before.word in _PERIOD_WORDS and at.sort is Sort.NUMBER and view.in_list():
        return errors.period_in_brackets(view.span(before, at))
    if before.word in _PERIOD_WORDS and at.sort is Sort.NUMBER:
        return errors.period_without_in(view.span(before, at), before.word)
    if (
        before.word in UNITS
        and earlier.sort is Sort.NUMBER
        and view.get(-3).word in ("in", "of")
        and not view.complete()
    ):
        span, text = view.span(earlier, before), f"{earlier.text} {before.text}"
        if view.get(-4).word == "as":
            return errors.moment_without_ago(span, text)
        return errors.period_without_direction(span, text)
    if at.word == "ago" and view.complete():
        return errors.ago_behind_period(view.here)
    if at.word == "to" and view.in_list():
        return errors.period_in_brackets(view.span(before, at))
    return None


def _year(view: _View) -> Diagnostic | None:
    """``placed_at in 2018``"""
    number, before = view.get(-1), view.get(-2)
    if before.word != "in" or number.sort is not Sort.NUMBER or "UNIT" not in view.accepts or view.at.text == ",":
        return None
    if view.at.sort is Sort.WORD and view.at.word not in RESERVED:
        return None
    if re.fullmatch("(19|20)[0-9]{2}", number.text) is None:
        return None
    return errors.year_as_period(view.span(number), number.text, view.of_rows(-3))


def _since(view: _View) -> Diagnostic | None:
    """``order since 2018-01-01``, and with `in` before it, or nothing"""
    step = 0 if view.at.word == "since" else -1
    word, day, before = view.get(step), view.get(step + 1), view.get(step - 1)
    if word.word != "since" or day.sort is not Sort.DATE:
        return None
    first = before if before.word == "in" else word
    subject = view.get(step - 2) if before.word == "in" else before
    named = subject.sort in (Sort.WORD, Sort.QUOTED) and subject.word not in RESERVED
    return errors.since(view.span(first, day), word.text, day.text, subject.text if named else "")


_PERIOD_WORDS = frozenset({"this", "last", "next", "previous"})


def _list(view: _View) -> Diagnostic | None:
    at, before = view.at, view.get(-1)
    first = view.index
    spread = at.text == "," and before.sort is Sort.NUMBER and view.get(-2).word == "in" and "UNIT" in view.accepts
    if spread and view.get(1).sort in _VALUES and not view.of_rows(-3):
        first, at, before = view.index - 1, before, view.get(-2)
    if before.word == "in" and at.sort in _VALUES and ("LPAR" in view.accepts or first != view.index):
        return errors.list_without_brackets(*_spread(view, first))
    if before.word in ("any", "all") and view.get(-2).word == "contains":
        span, better = _spread(view, view.index) if at.sort is Sort.STRING else (view.here, None)
        return errors.list_without_brackets(span, better, f"contains {before.word}")
    if at.text == "(" and view.get(-2).word in ("any", "all") and view.get(-3).word == "contains":
        return errors.bad_item(view.span(before), f"the function `{before.text}`")
    opened = view.bracket()
    if at.text == "," and opened and view.words[opened - 1].text in ("=", "!="):
        sign = view.words[opened - 1]
        return errors.equals_a_list(view.span(sign), sign.text)
    if not view.in_list():
        return None
    if at.text == "(" and before.sort is Sort.WORD:
        return errors.bad_item(view.span(before), f"the function `{before.text}`")
    if at.text == ")" and before.text == "(":
        return errors.empty_list(view.span(before, at))
    if at.text == ")" and before.text == ",":
        return errors.spare_comma(view.span(before))
    if at.sort in _VALUES and "COMMA" in view.accepts:
        return errors.missing_comma(view.span(before))
    return errors.bad_item(view.here, _described(at))


def _spread(view: _View, first: int) -> tuple[Span, str | None]:
    """Values with commas between them, and how they are written as a list."""
    last = first
    while last + 2 < len(view.words) and view.words[last + 1].text == "," and view.words[last + 2].sort in _VALUES:
        last += 2
    stretch = view.text[view.words[first].start : view.words[last].end]
    return view.span(view.words[first], view.words[last]), f"({stretch})" if len(stretch) <= 200 else None


_VALUES = frozenset({Sort.STRING, Sort.NUMBER, Sort.DATE, Sort.INSTANT})


def _needle(view: _View) -> Diagnostic | None:
    before = view.get(-1)
    if view.at.text == "(" and before.sort is Sort.WORD and view.get(-2).word in ("contains", "with", "matches"):
        word = f"{view.get(-3).word} with" if view.get(-2).word == "with" else view.get(-2).word
        return errors.needle_not_text(view.span(before), f"the function `{before.text}`", word, None)
    if "STRING" not in view.accepts or view.accepts - {"STRING", "NAME", "QUOTED", "ANY", "ALL"}:
        return None
    word = f"{view.get(-2).word} with" if before.word == "with" else before.word
    quoted = f'"{view.at.text}"' if view.at.sort in (Sort.NUMBER, Sort.DATE) else None
    if word in ("contains", "starts with", "ends with", "matches"):
        return errors.needle_not_text(view.here, _described(view.at), word, quoted)
    return None


def _grouped(view: _View) -> Diagnostic | None:
    """``total > 1,500``"""
    before, after = view.get(-1), view.get(1)
    joined = before.end == view.at.start == after.start - 1 and re.fullmatch("[0-9]{3}", after.text)
    if view.at.text == "," and before.sort is Sort.NUMBER and joined:
        return errors.grouped_number(view.span(before, after), f"{before.text}_{after.text}")
    return None


def _not_joined(view: _View) -> Diagnostic | None:
    if not view.complete():
        return None
    at = view.at
    if at.text == "," and (view.bracket() is None):
        return errors.comma_between(view.here)
    if at.sort is Sort.WORD and at.word not in RESERVED - {"not", "top", "bottom", "now", "today"}:
        return errors.missing_and(view.here)
    if at.text == "(" and view.get(-1).sort is not Sort.WORD:
        return errors.missing_and(view.here)
    return None


def _in_rank(view: _View) -> Diagnostic | None:
    """``top 10 by x among not vip``, ``having each of …``"""
    at, before = view.at, view.get(-1)
    if before.word in ("among", "having") and at.word in ("not", "top", "bottom"):
        first = view.index
    elif at.word == "of" and before.word == "each" and view.get(-2).word in ("among", "having"):
        first = view.index - 1
    else:
        return None
    word, begins = view.words[first - 1], view.words[first]
    last = _end_of_condition(view, first)
    span = view.span(begins) if last is None else view.span(begins, view.words[last])
    stretch = None if last is None else view.text[begins.start : view.words[last].end]
    inner = stretch if stretch is not None and len(stretch) <= 200 else None
    if word.word == "having" and not _has_pairs(view, first - 1):
        whole = span if inner is None else replace(span, start=view.span(word).start)
        return errors.having_for_among(whole, inner, begins.text)
    return errors.rank_takes_brackets(span, word.word, inner, begins.text)


def _end_of_condition(view: _View, first: int) -> int | None:
    """The last word of the condition that begins there; None where it may be two, of which only one is meant."""
    depth, last = 0, first
    for index in range(first, len(view.words)):
        word = view.words[index]
        depth += (word.text == "(") - (word.text == ")")
        if depth < 0:
            break
        if depth == 0 and word.word in ("and", "or", "where", "otherwise"):
            return None
        last = index
    return last


def _has_pairs(view: _View, having: int) -> bool:
    """Is there a `per` in the rank whose `having` stands there?"""
    for index in range(having - 1, -1, -1):
        if view.words[index].word in ("per", "top", "bottom"):
            return view.words[index].word == "per"
    return False


def _reserved(view: _View) -> Diagnostic | None:
    at, before = view.at, view.get(-1)
    if before.word in ("top", "bottom") and at.word in ("by", "of", "per"):
        return errors.rank_without_number(view.span(before), before.word)
    if before.word in ("top", "bottom") and (at is _END or at.text in _COMPARISONS or at.word in RESERVED):
        return errors.reserved_word(view.span(before), before.text, [])
    if at.word not in RESERVED or not view.accepts & {"NAME", "MEMBER", "TYPE_WORD"} or at.word in ("and", "or"):
        return None
    return errors.reserved_word(view.here, at.text, _expected(view))


def _per(view: _View) -> Diagnostic | None:
    """`top 10 by x per y`, `sum(x) per month`"""
    if view.at.word != "per" or not view.complete():
        return None
    earlier = [view.get(-back).word for back in range(1, 40)]
    ranked = "by" in earlier and ("top" in earlier or "bottom" in earlier)
    if ranked:
        return errors.per_behind_by(view.here)
    return None if view.bracket() else errors.per_outside(view.here)


def _anything(view: _View) -> Diagnostic:
    return errors.unexpected(view.here, _described(view.at), _expected(view))


_AT_END: tuple[_Look, ...] = (_ends_in_head, _year, _ends_with_number, _period, _reserved, _sql, _ends)
_IN_TEXT: tuple[_Look, ...] = (
    _since,
    _year,
    _bare,
    _definition_word_as_field,
    _outside,
    _without_name,
    _unquoted_attribute,
    _null,
    _like,
    _sql,
    _is_value,
    _misplaced_not,
    _percent,
    _head,
    _behind_rows,
    _ranked,
    _each,
    _sequence,
    _period,
    _list,
    _needle,
    _call,
    _without_where,
    _without_equals,
    _chained,
    _between,
    _unit,
    _grouped,
    _sql_comment,
    _foreign_word,
    _in_rank,
    _not_joined,
    _per,
    _reserved,
    _anything,
)


# -- words for what stands there, and for what could ------------------------------------------------------------------------


def _begins_operand(lexeme: Lexeme) -> bool:
    if lexeme.sort in (Sort.NUMBER, Sort.STRING, Sort.QUOTED, Sort.DATE, Sort.INSTANT):
        return True
    if lexeme.sort is Sort.WORD:
        return lexeme.word not in RESERVED or lexeme.word in ("not", "true", "false", "now", "today", "top", "bottom")
    return lexeme.text == "("


def _described(lexeme: Lexeme) -> str:
    text = lexeme.text if len(lexeme.text) <= 40 else lexeme.text[:37] + "…"
    match lexeme.sort:
        case Sort.STRING:
            return f"the text {text}"
        case Sort.NUMBER:
            return f"the number {text}"
        case Sort.DATE:
            return f"the date {text}"
        case _:
            return f"`{text}`"


def _expected(view: _View) -> list[str]:
    """What could stand at the failure, the likeliest first, and no more than a reader takes in."""
    left = set(view.accepts)
    found: list[str] = []
    for phrase, signs in _PHRASES:
        if signs <= left:
            found.append(phrase)
            left -= _ABSORBED.get(phrase, signs)
            # A unit can follow every number and many a name: that is no news where a condition could end.
            if phrase == "`and`":
                left.discard("UNIT")
    if found:
        return found[:5]
    # What rarely follows is worth a word only where nothing else can.
    return [phrase for terminal, phrase in _RARE if terminal in left][:5]


_OPERAND = {
    "AGGREGATE", "ANY_OF", "BOTTOM", "DATE", "EACH_OF", "FALSE", "INSTANT", "LPAR", "MINUS", "NAME", "NOT", "NOW", "NUMBER",
    "QUOTED", "RANKED", "STRING", "TODAY", "TOP", "TRUE",
}  # fmt: skip
_PHRASES: tuple[tuple[str, frozenset[str]], ...] = (
    ("`where`", frozenset({"WHERE"})),
    ("a condition", frozenset({"NOT", "NAME", "LPAR", "NUMBER"})),
    ("a value", frozenset({"NAME", "NUMBER", "LPAR", "AGGREGATE"})),
    ('a list such as `("a", "b")`', frozenset({"LPAR", "LAST"})),
    ("a period such as `last 30 days`", frozenset({"LAST", "THIS"})),
    ("a value", frozenset({"STRING", "NUMBER", "DATE"})),
    ("`missing` or `present`", frozenset({"MISSING"})),
    ("a comparison such as `>= 1`", frozenset({"GE", "LT"})),
    ("`and`", frozenset({"AND"})),
    ("`or`", frozenset({"OR"})),
    ("a date, `today` or `30 days ago`", frozenset({"DATE", "TODAY"})),
    ("a number", frozenset({"NUMBER", "PERCENT"})),
    ("a unit such as `days`", frozenset({"UNIT"})),
    ("a text in quotes", frozenset({"STRING"})),
    ("`=`", frozenset({"EQ"})),
    ("a name", frozenset({"NAME"})),
    ("a name", frozenset({"MEMBER"})),
    ("a type such as `int`", frozenset({"TYPE_WORD"})),
    ("`about`", frozenset({"ABOUT"})),
    ("`tags`", frozenset({"TAGS"})),
    ("`given`", frozenset({"GIVEN"})),
    ("`expect`", frozenset({"EXPECT"})),
    ("`otherwise`", frozenset({"OTHERWISE"})),
    ("`by`", frozenset({"BY"})),
    ("`has`", frozenset({"HAS"})),
    ("`(`", frozenset({"LPAR"})),
    ("`)`", frozenset({"RPAR"})),
    ("`,`", frozenset({"COMMA"})),
    ("a number", frozenset({"NUMBER"})),
)
_PERIOD = {"LAST", "NEXT", "THIS", "PREVIOUS", "NUMBER", "DATE", "INSTANT", "TODAY", "NOW", "NAME", "QUOTED"}
_OPERATIONS = {"EQ", "NE", "LT", "LE", "GT", "GE", "PLUS", "MINUS", "STAR", "SLASH", "UNIT", "LPAR", "DOT", "COLON"}
_ABSORBED: dict[str, set[str]] = {
    "a condition": _OPERAND,
    "a value": _OPERAND | {"PERCENT"},
    'a list such as `("a", "b")`': {"LPAR"},
    "a period such as `last 30 days`": _PERIOD,
    "a comparison such as `>= 1`": _OPERATIONS,
}
_ABSORBED["a date, `today` or `30 days ago`"] = {"DATE", "INSTANT", "TODAY", "NOW", "NUMBER", "NAME", "QUOTED"}
_RARE = (
    ("AS_OF", "`as of`"),
    ("TO", "`to`"),
    ("AGO", "`ago`"),
    ("HAVING", "`having`"),
    ("WITHIN", "`within`"),
    ("DOT", "`.`"),
    ("COLON", "`:`"),
    ("PARAM", "`param`"),
    ("TRAIT", "`trait`"),
    ("SEGMENT", "`segment`"),
    ("TIERS", "`tiers`"),
)


def _nearest(word: str, known: frozenset[str]) -> str | None:
    """The known word that was probably meant."""
    if not word or word in known:
        return None
    short = {
        "min": "minutes",
        "mins": "minutes",
        "hr": "hours",
        "hrs": "hours",
        "yr": "years",
        "yrs": "years",
        "d": "days",
    }
    if word in short and short[word] in known:
        return short[word]
    found = get_close_matches(word[:40], sorted(known), n=1, cutoff=0.75)
    return found[0] if found else None
