"""SEG1xx: the text itself, before anything is known of names or types."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.diagnostics import Diagnostic, Edit, Fix, Rule
from segdsl.source import Span


def _replace(span: Span, text: str, title: str | None = None) -> Fix:
    return Fix(title or f"write `{text}`", (Edit(span, text),))


def _insert(place: Span, text: str, title: str) -> Fix:
    """Put a text before the place."""
    return Fix(title, (Edit(Span(place.source, place.start, place.start), text),))


def _behind(place: Span, text: str, title: str) -> Fix:
    return Fix(title, (Edit(Span(place.source, place.end, place.end), text),))


def _remove(span: Span, title: str) -> Fix:
    return Fix(title, (Edit(span, ""),))


# -- what stands where ------------------------------------------------------------------------------------------------

UNEXPECTED = Rule(
    "SEG101",
    "unexpected",
    "something cannot stand here",
    "The text up to the marked place can be read, but what stands there cannot follow. The message says what could.",
    bad="where orders >= total 5",
    good="where orders >= 5",
)


def unexpected(span: Span, what: str, expected: Sequence[str], hint: str | None = None) -> Diagnostic:
    message = f"{what} cannot stand here"
    if expected:
        message += f"; expected {_choice(expected)}"
    return UNEXPECTED.at(span, message, hint=hint)


def no_brackets(span: Span, word: str) -> Diagnostic:
    return UNEXPECTED.at(
        span, f"`{word}` takes no brackets", hint=f"write `{word}`", fix=_remove(span, "remove the brackets")
    )


def all_rows(span: Span, word: str, relation: str) -> Diagnostic:
    """``all(order where …)``"""
    return UNEXPECTED.at(
        span,
        f"nothing asks for `{word}` rows",
        hint=f"ask that there is none which does not: `none({relation} where not (…))`",
    )


def call_with_dot(span: Span, name: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        "what stands behind a dot is a field or a trait of a row, and takes nothing in brackets",
        hint=f"a function stands before what it is about: `{name}(…)`",
    )


def aggregate_without_brackets(span: Span, function: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        f"what `{function}` is about stands in brackets",
        hint=f"write `{function}(order)`; a field of that name stands in backquotes",
    )


def sequence_without_by(span: Span, word: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        f"`{word}` has `by` behind it",
        hint=f"write `{word} by (order) within 7 days`",
        fix=_behind(span, " by", f"write `{word} by`"),
    )


def sequence_without_brackets(span: Span, word: str, relation: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        f"what `{word} by` is about stands in brackets",
        hint=f"write `{word} by ({relation})`; `within 7 days` stands behind the brackets",
        fix=_replace(span, f"({relation})"),
    )


def per_behind_by(span: Span) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        "`per` stands before `by`",
        hint="write `top 10 per country by sum(order.total)`: the 10 best of each country",
    )


def per_outside(span: Span) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        "`per` makes groups of rows, and stands in the brackets that hold them",
        hint="write `any(order per month having sum(total) > 100)`",
    )


def sequence_outside(span: Span, word: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        f"`{word} by` chooses among rows, and none are spoken of here",
        hint=f'write `any(event where type = "view" {word} by (order))`',
    )


def behind_the_rows(span: Span, word: str, behind: str) -> Diagnostic:
    """``any(order not preceded by (order) where …)``, ``streak(order per month in last 6 months)``"""
    other = f"; what is asked of the other rows stands in the brackets of `{behind}`" if behind.endswith("by") else ""
    example = "followed by (order)" if behind.endswith("by") else "per month"
    return UNEXPECTED.at(
        span,
        f"{'`in` and its period stand' if word == 'in' else '`where` stands'} before `{behind}`",
        hint=f"write `any(order in last 6 months where total > 100 {example} …)`{other}",
    )


def no_such_period(span: Span, word: str, hint: str) -> Diagnostic:
    """``any(order in December)``"""
    return UNEXPECTED.at(span, f"`{word}` is no period", hint=hint)


def in_for_within(span: Span) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        "how long after, or before, is said by `within`",
        hint="write `followed by (order) within 7 days`",
        fix=_replace(span, "within"),
    )


def percent_in_words(span: Span, number: str) -> Diagnostic:
    """``top 20 percent by …``"""
    return UNEXPECTED.at(
        span, "a percentage is written with its sign", hint=f"write `{number}%`", fix=_replace(span, f"{number}%")
    )


def ranked_whom(span: Span, word: str) -> Diagnostic:
    """``top 10 customers by …``"""
    return UNEXPECTED.at(
        span,
        f"`{word}` is not said: those are ranked who are asked about",
        hint="write `top 10 by sum(order.total)`; which of them are ranked says `among`",
        fix=_remove(span, f"remove `{word}`"),
    )


def has_takes_brackets(span: Span, inner: str | None) -> Diagnostic:
    """``each of last 3 months has any(order)``"""
    return UNEXPECTED.at(
        span,
        "what every one of the periods has stands in brackets",
        hint="write `each of last 3 months has (any(order))`",
        fix=None if inner is None else _replace(span, f"({inner})"),
    )


def periods_without_has(span: Span) -> Diagnostic:
    start = Span(span.source, span.start, span.start)
    return UNEXPECTED.at(
        span,
        "`has` stands before what every one of the periods has",
        hint="write `each of last 3 months has (any(order))`",
        fix=_replace(start, "has "),
    )


def where_in_bare_condition(span: Span) -> Diagnostic:
    return UNEXPECTED.at(
        span, "a condition has no `where` before it", hint="remove it", fix=_remove(span, "remove `where`")
    )


def definition_without_name(span: Span, what: str, word: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        f"a name is expected behind `{word}`, and not {what}",
        hint=f"give the {word} a name of letters a to z, digits and _",
    )


def rank_without_number(span: Span, word: str) -> Diagnostic:
    return UNEXPECTED.at(span, f"`{word}` does not say how many", hint=f"write `{word} 100 by …` or `{word} 10% by …`")


def argument_without_colon(span: Span, name: str, kind: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        "a colon stands between the name of an argument and its type",
        hint=f"write `{name}: {kind}`",
        fix=_replace(span, f": {kind}", f"write `{name}: {kind}`"),
    )


def not_constant(span: Span, what: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        f"{what} cannot stand in the value of a param",
        hint='a param holds a constant: a number, `10%`, `30 days`, a date, a text in quotes, or a list such as `("a", "b")`',
    )


EMPTY = Rule(
    "SEG102",
    "empty",
    "there is no condition",
    "A condition is wanted, and the text has nothing in it but blanks and comments. Nothing is never taken to mean "
    "everyone.",
    bad="# later",
    good="orders >= 1",
)


def empty(span: Span) -> Diagnostic:
    return EMPTY.at(span, "there is nothing here where a condition is wanted", hint="write one, such as `orders >= 1`")


UNFINISHED = Rule(
    "SEG103",
    "unfinished",
    "the text ends too early",
    "A definition or condition stops where something must follow.",
    bad="segment vip where orders >=",
    good="segment vip where orders >= 5",
)


def unfinished(span: Span, after: str, expected: Sequence[str]) -> Diagnostic:
    hint = f"expected {_choice(expected)}" if expected else None
    return UNFINISHED.at(span, f"the text ends too early, behind {after}", hint=hint)


NOT_A_DEFINITION = Rule(
    "SEG104",
    "no-definition",
    "text outside of a definition",
    "A .seg file holds definitions only, and each begins a line with its word: param, trait, segment, tiers or example "
    "(or override before one of them). A bare condition is for the command line and for programs.",
    bad="orders >= 1",
    good="segment buyers where orders >= 1",
)


def not_a_definition(span: Span, word: str, nearest: str | None) -> Diagnostic:
    message = "a definition is expected here: a line that begins with `param`, `trait`, `segment`, `tiers` or `example`"
    if nearest is not None:
        return NOT_A_DEFINITION.at(
            span,
            f"`{word}` begins no definition",
            hint=f"did you mean `{nearest}`?",
            fix=_replace(span, nearest),
        )
    return NOT_A_DEFINITION.at(span, message, hint="give the condition a name: `segment NAME where …`")


def override_alone(span: Span) -> Diagnostic:
    return NOT_A_DEFINITION.at(
        span,
        "`override` stands before a definition, and none follows",
        hint="write it before the word that begins the definition: `override segment NAME where …`",
    )


def field_at_line_start(span: Span, word: str) -> Diagnostic:
    """``segment = "vip"`` at the beginning of a line of a .seg file."""
    return NOT_A_DEFINITION.at(
        span,
        f"`{word}` at the beginning of a line begins a definition, and no name follows",
        hint=f"write `{word} NAME …`; if a field of that name is meant, write it in backquotes",
        fix=_replace(span, f"`{word}`", "write it in backquotes"),
    )


def definition_as_condition(span: Span, word: str) -> Diagnostic:
    return NOT_A_DEFINITION.at(
        span,
        f"a condition is wanted here, and `{word}` begins a definition",
        hint="definitions stand in .seg files; here, write the condition alone: `orders >= 1`",
    )


MISSING_WHERE = Rule(
    "SEG105",
    "missing-where",
    "a condition without `where`",
    "The condition of a segment, of a tier, and of the rows that an aggregate keeps begins with `where`.",
    bad="segment vip orders >= 5",
    good="segment vip where orders >= 5",
)


def missing_where(span: Span, owner: str, instead: bool = False) -> Diagnostic:
    """``instead``: an `=` (or the like) stands in its place."""
    fix = _replace(span, "where") if instead else _insert(span, "where ", "write `where` before it")
    return MISSING_WHERE.at(
        span,
        f"the condition of {owner} begins with `where`",
        hint="write `where` " + ("here" if instead else "before it"),
        fix=fix,
    )


def no_condition(span: Span, owner: str) -> Diagnostic:
    return MISSING_WHERE.at(
        span, f"{owner} has no condition", hint="end it with `where` and a condition: `where orders >= 1`"
    )


MISSING_EQUALS = Rule(
    "SEG106",
    "missing-equals",
    "a definition without `=`",
    "A trait and a param give their value behind `=`.",
    bad="trait orders count(order)",
    good="trait orders = count(order)",
)


def missing_equals(span: Span, owner: str, instead: bool = False) -> Diagnostic:
    fix = _replace(span, "=") if instead else _insert(span, "= ", "write `=` before it")
    return MISSING_EQUALS.at(
        span,
        f"the value of {owner} stands behind `=`",
        hint="write `=` " + ("here" if instead else "before it"),
        fix=fix,
    )


OPEN_BRACKET = Rule(
    "SEG107",
    "missing-bracket",
    "a bracket is not closed",
    "Every `(` needs a `)` in the same definition.",
    bad="where count(order >= 1",
    good="where count(order) >= 1",
)


def open_bracket(span: Span) -> Diagnostic:
    return OPEN_BRACKET.at(span, "this bracket is never closed", hint="put a `)` where it ends")


EXTRA_BRACKET = Rule(
    "SEG108",
    "extra-bracket",
    "a bracket closes nothing",
    "A `)` has no `(` before it in the same definition.",
    bad="where orders >= 1)",
    good="where orders >= 1",
)


def extra_bracket(span: Span) -> Diagnostic:
    return EXTRA_BRACKET.at(span, "this bracket closes nothing", hint="remove it", fix=_remove(span, "remove it"))


def no_index(span: Span) -> Diagnostic:
    return EXTRA_BRACKET.at(
        span,
        "no value is picked out of a list by its place",
        hint='a list is asked what it holds: `tags contains "vip"`',
    )


_ROUND = {"[": "(", "{": "(", "（": "(", "(": "(", "]": ")", "}": ")", "）": ")", ")": ")"}


def other_bracket(span: Span, sign: str, mate: Span | None) -> Diagnostic:
    """``mate``: the bracket at the other end."""
    text = _ROUND[sign]
    return EXTRA_BRACKET.at(
        span,
        f"`{sign}` is no sign of the language",
        hint=f"brackets are round: write `{text}`",
        fix=None if mate is None else _both_round(span, mate),
    )


def _both_round(*brackets: Span) -> Fix:
    """One of them alone would leave the other without its like."""
    edits = sorted((Edit(span, _ROUND[span.text]) for span in brackets), key=lambda edit: edit.span.start)
    return Fix("write round brackets", tuple(edit for edit in edits if edit.text != edit.span.text))


# -- texts and characters -----------------------------------------------------------------------------------------------

OPEN_STRING = Rule(
    "SEG109",
    "missing-quote",
    "a text has no closing quote",
    'A text in quotes ends with the quote that it began with, on the same line. A quote inside it is written \\" (or the '
    "other sort of quote stands around it).",
    bad='where country = "GR',
    good='where country = "GR"',
)


def open_string(span: Span, quote: str) -> Diagnostic:
    return OPEN_STRING.at(
        span,
        f"this text has no closing quote on its line ({quote})",
        hint=f"put {quote} where it ends; a line break inside a text is written \\n",
    )


def open_name(span: Span) -> Diagnostic:
    return OPEN_STRING.at(span, "this name in backquotes is not closed on its line", hint="put ` where it ends")


def empty_name(span: Span) -> Diagnostic:
    return OPEN_STRING.at(span, "there is no name between these backquotes", hint="write the name between them")


BAD_ESCAPE = Rule(
    "SEG110",
    "bad-escape",
    "an unknown escape in a text",
    "Behind a backslash stands one of \\\" \\' \\\\ \\n \\t, or a character's number as \\u{1F600}. A backslash itself is "
    "written twice.",
    bad='where path = "C:\\data"',
    good='where path = "C:\\\\data"',
)


def bad_escape(span: Span, escape: str) -> Diagnostic:
    return BAD_ESCAPE.at(
        span,
        f"`{escape}` means nothing in a text",
        hint="a backslash itself is written \\\\; otherwise one of \" ' n t u{…} stands behind it",
        fix=_insert(span, "\\", "write the backslash twice"),
    )


def bad_code_point(span: Span, escape: str) -> Diagnostic:
    return BAD_ESCAPE.at(
        span,
        f"`{escape}` names no character",
        hint="between the braces stand one to six digits 0-9, a-f: \\u{1F600}; a text cannot hold character 0",
    )


FORBIDDEN_CHARACTER = Rule(
    "SEG111",
    "forbidden-character",
    "a character that cannot be seen",
    "Control characters, characters of no width and marks that turn the direction of writing make a text look other than "
    "it is, so they may not stand in it. In a text in quotes they can be written as escapes: \\u{200B}.",
    bad="where orders\u200b > 1",
    good="where orders > 1",
)


def forbidden_character(span: Span, character: str, name: str, in_string: bool) -> Diagnostic:
    code = ord(character)
    if in_string and code and not 0xD800 <= code <= 0xDFFF:
        escape = f"\\u{{{code:X}}}"
        return FORBIDDEN_CHARACTER.at(
            span,
            f"an invisible character stands in this text: {name}",
            hint=f"remove it, or write it as {escape}",
            fix=_replace(span, escape, f"write {escape}"),
        )
    return FORBIDDEN_CHARACTER.at(
        span, f"an invisible character stands here: {name}", hint="remove it", fix=_remove(span, "remove it")
    )


FOREIGN_CHARACTER = Rule(
    "SEG112",
    "foreign-character",
    "a character that is no sign of the language",
    "Word processors and chats turn plain signs into others that look alike: curly quotes, long dashes, blanks that do not "
    "break. Outside of quotes, the language has only the plain ones.",
    bad="where country = \u201cGR\u201d",
    good='where country = "GR"',
)


def curly_quotes(span: Span, quote: str, content: str | None) -> Diagnostic:
    """``content``: the text in straight quotes, if a second one is there."""
    if content is None:
        return FOREIGN_CHARACTER.at(
            span, f"`{quote}` is no quote of the language", hint="texts stand in straight quotes: \" or '"
        )
    return FOREIGN_CHARACTER.at(
        span,
        "this text stands in typographic quotes",
        hint=f"use straight ones: {_short(content)}",
        fix=_replace(span, content),
    )


def foreign_character(span: Span, character: str, name: str, plain: str | None, mate: Span | None = None) -> Diagnostic:
    """``mate``: of a bracket, the one at the other end."""
    shown = character if character.isprintable() and not character.isspace() else name
    if plain is None:
        return FOREIGN_CHARACTER.at(span, f"`{shown}` is no sign of the language")
    if plain == " ":
        return FOREIGN_CHARACTER.at(
            span,
            f"this blank is no ordinary one: {name}",
            hint="write an ordinary space",
            fix=_replace(span, " ", "write a space"),
        )
    fix: Fix | None = _replace(span, plain)
    if plain in ("(", ")"):
        fix = None if mate is None else _both_round(span, mate)
    return FOREIGN_CHARACTER.at(span, f"`{shown}` is no sign of the language", hint=f"write `{plain}`", fix=fix)


FOREIGN_NAME = Rule(
    "SEG113",
    "foreign-name",
    "a name with letters other than a to z",
    "A bare name is made of the letters a to z, digits and _, so that no look-alike letter can slip in unseen. Any other "
    "name stands in backquotes.",
    bad="where città = 1",
    good="where `città` = 1",
)


def foreign_name(span: Span, word: str, character: str, name: str, plain: str | None) -> Diagnostic:
    """``plain``: the same word with its look-alike letters replaced, if that is all there is to it."""
    if plain is not None:
        return FOREIGN_NAME.at(
            span,
            f"`{word}` has a letter that only looks like a plain one: {character} ({name})",
            hint=f"write `{plain}`",
            fix=_replace(span, plain),
        )
    return FOREIGN_NAME.at(
        span,
        f"`{word}` has a letter other than a to z: {character} ({name})",
        hint="such a name stands in backquotes",
        fix=_replace(span, f"`{word}`", "write it in backquotes"),
    )


RESERVED_WORD = Rule(
    "SEG114",
    "reserved-word",
    "a word of the language where a name is expected",
    "The words and or not in is as where between true false missing present null now today top bottom per among having "
    "by are never bare names. A field of such a name stands in backquotes; behind a dot every word is a name.",
    bad="where top = 1",
    good="where `top` = 1",
)


def reserved_word(span: Span, word: str, expected: Sequence[str]) -> Diagnostic:
    wanted = f"; expected {_choice(expected)}" if expected else ""
    return RESERVED_WORD.at(
        span,
        f"`{word}` is a word of the language and cannot stand here{wanted}",
        hint="if a field of that name is meant, write it in backquotes",
        fix=_replace(span, f"`{word}`", "write it in backquotes"),
    )


def rank_takes_brackets(span: Span, word: str, inner: str | None, condition: str) -> Diagnostic:
    """``among not vip``; ``inner``: all that has to stand in brackets, if that is plain to see; else what ``condition`` begins."""
    return RESERVED_WORD.at(
        span,
        f"behind `{word}` stands one comparison, and any other condition in brackets",
        hint=f"write `{word} ({inner or f'{condition} …'})`",
        fix=_replace(span, f"({inner})") if inner else None,
    )


def having_for_among(span: Span, inner: str | None, condition: str) -> Diagnostic:
    """``top 10 by points having not vip``"""
    return RESERVED_WORD.at(
        span,
        "`having` keeps the pairs that `per` makes, and this rank has no `per`",
        hint=f"which customers are ranked is said by `among ({inner or f'{condition} …'})`",
        fix=_replace(span, f"among ({inner})") if inner else None,
    )


def definition_named_by_a_word(span: Span, word: str, kind: str) -> Diagnostic:
    return RESERVED_WORD.at(
        span,
        f"`{word}` cannot name a {kind}: it is a word of the language",
        hint="choose another name, or write it in backquotes",
        fix=_replace(span, f"`{word}`", "write it in backquotes"),
    )


# -- habits from elsewhere ----------------------------------------------------------------------------------------------

FOREIGN_OPERATOR = Rule(
    "SEG115",
    "foreign-operator",
    "an operator of another language",
    "The operators are `=`, `!=`, `<`, `<=`, `>`, `>=`, `+`, `-`, `*`, `/`, and the words `and`, `or`, `not`.",
    bad="where orders == 1 && vip",
    good="where orders = 1 and vip",
)


def foreign_operator(span: Span, operator: str, ours: str, spaced: str) -> Diagnostic:
    return FOREIGN_OPERATOR.at(
        span,
        f"`{operator}` is no operator of the language",
        hint=f"write `{ours}`",
        fix=_replace(span, spaced, f"write `{ours}`"),
    )


def no_power(span: Span) -> Diagnostic:
    return FOREIGN_OPERATOR.at(
        span, "`**` is no operator of the language", hint="write the multiplication out: `x * x`"
    )


def no_matching(span: Span, operator: str) -> Diagnostic:
    return FOREIGN_OPERATOR.at(
        span,
        f"`{operator}` is no operator of the language",
        hint='texts are matched with `contains "x"`, `starts with "x"`, `matches "*x?"`',
    )


def not_before_sign(span: Span, sign: str, ours: str | None) -> Diagnostic:
    if ours is None:
        return FOREIGN_OPERATOR.at(
            span, f"`not` cannot stand before `{sign}`", hint="write it before the whole condition: `not orders < 5`"
        )
    return foreign_operator(span, f"not {sign}", ours, ours)


def not_as_value(span: Span) -> Diagnostic:
    return FOREIGN_OPERATOR.at(
        span,
        "`not` cannot stand behind a comparison",
        hint="write it before the whole condition: `not a = b`, or `a != b`",
    )


def between_without_and(span: Span, text: str) -> Diagnostic:
    return FOREIGN_OPERATOR.at(
        span,
        f"the ends of `between` are joined by `and`, and not by `{text}`",
        hint="write `x between 1 and 5` (both ends included)",
        fix=_replace(span, " and" if text == "," else "and", "write `and`"),
    )


SQL_HABIT = Rule(
    "SEG116",
    "sql-habit",
    "a word of SQL",
    "The language is not SQL; each of these has a form of its own here: `like` is `contains`, `starts with`, `ends with` or "
    "`matches`; `count(*)` is `count(order)`; `exists (select …)` is `any(order where …)`; `case when` is `if(c, a, b)`.",
    bad='where email like "%@x.com"',
    good='where email ends with "@x.com"',
)


def no_like(span: Span, word: str, fix: tuple[Span, str] | None) -> Diagnostic:
    """``fix``: the stretch to replace and what to put there, where the pattern has an equal among our words."""
    if fix is None:
        hint = 'write `contains "x"`, `starts with "x"`, `ends with "x"`, or `matches "*x?"` (`*` any run, `?` one character)'
        return SQL_HABIT.at(span, f"there is no `{word}` in the language", hint=hint)
    return SQL_HABIT.at(
        span, f"there is no `{word}` in the language", hint=f"write `{fix[1]}`", fix=_replace(fix[0], fix[1])
    )


def no_select(span: Span, word: str) -> Diagnostic:
    return SQL_HABIT.at(
        span,
        f"there is no `{word}` in the language: a segment is a condition on one customer",
        hint="ask for the rows of a relation instead: `any(order where total > 50)`, `sum(order.total in last 30 days) >= 100`",
    )


def no_order(span: Span, word: str) -> Diagnostic:
    return SQL_HABIT.at(
        span,
        f"there is no `{word}` in the language: a segment is a condition on one customer",
        hint="a customer's own rows are summed up without it: `sum(order.total)`"
        if word == "group by"
        else "the best by some value are `top 100 by sum(order.total)`",
    )


def no_window(span: Span) -> Diagnostic:
    """``rank() over (…)``"""
    return SQL_HABIT.at(
        span,
        "there is no `over` in the language: a rank is of a customer among the others",
        hint="write `rank(sum(order.total))` or `top 10 by sum(order.total)`; of the row before a row, `previous(total)`",
    )


def no_exists(span: Span) -> Diagnostic:
    return SQL_HABIT.at(
        span, "there is no `exists` in the language", hint="write `any(order where …)`, or `none(…)` for its opposite"
    )


def no_case(span: Span, word: str) -> Diagnostic:
    return SQL_HABIT.at(
        span,
        f"there is no `{word}` in the language",
        hint="write `if(condition, value, other value)`, or `tiers` for several cases",
    )


def count_star(span: Span, function: str) -> Diagnostic:
    return SQL_HABIT.at(
        span, f"there is no `{function}(*)` in the language", hint=f"name what is counted: `{function}(order)`"
    )


def nothing_counted(span: Span, function: str) -> Diagnostic:
    return SQL_HABIT.at(
        span, f"`{function}()` does not say of what", hint=f"name a relation, or a field of one: `{function}(order)`"
    )


def distinct_inside(span: Span) -> Diagnostic:
    return SQL_HABIT.at(
        span,
        "`distinct` stands before the brackets, and not inside of them",
        hint="write `distinct(item.sku)` for the number of different values",
    )


FOREIGN_COMMENT = Rule(
    "SEG117",
    "foreign-comment",
    "a comment or end mark of another language",
    "Comments begin with `#` and go to the end of the line. Definitions end where the next one begins: there is no `;`.",
    bad="-- all buyers",
    good="# all buyers",
)


def foreign_comment(span: Span, sign: str, replaced: str | None) -> Diagnostic:
    return FOREIGN_COMMENT.at(
        span,
        f"`{sign}` begins no comment",
        hint="comments begin with `#` and go to the end of the line",
        fix=None if replaced is None else _replace(span, replaced, "make it a comment with `#`"),
    )


def semicolon(span: Span) -> Diagnostic:
    return FOREIGN_COMMENT.at(span, "nothing ends with `;` here", hint="remove it", fix=_remove(span, "remove it"))


NULL = Rule(
    "SEG118",
    "null",
    "missing values are asked for with `is missing`",
    "A missing value satisfies no comparison, so `= null` would be true for nobody. `is missing` and `is present` ask "
    "whether a value is there.",
    bad="where email is not null",
    good="where email is present",
)


def null_test(span: Span, text: str, ours: str) -> Diagnostic:
    return NULL.at(span, f"`{_short(text)}` is written `{ours}`", hint=f"write `{ours}`", fix=_replace(span, ours))


def null_value(span: Span, word: str) -> Diagnostic:
    return NULL.at(
        span,
        f"`{word}` is no value: a missing value equals nothing",
        hint="ask with `is missing` or `is present`; `coalesce(x, 0)` puts a value in its place",
    )


CHAIN = Rule(
    "SEG119",
    "chained-comparison",
    "comparisons do not chain",
    "A comparison is true or false, and comparing that again is not what was meant. `between` includes both ends.",
    bad="where 1 < orders < 5",
    good="where orders > 1 and orders < 5",
)


def chained_comparison(span: Span, operator: str, middle: str, ordered: bool) -> Diagnostic:
    """``span`` is the second operator, ``middle`` what stands between the two; ``ordered``: `between` could do."""
    if not middle:
        return CHAIN.at(span, "comparisons do not chain", hint="write two comparisons with `and`")
    better = f"and {middle} {operator}"
    between = f", or `{middle} between 1 and 5` (both ends included) for both" if ordered else ""
    return CHAIN.at(
        span, "comparisons do not chain", hint=f"write `{better}` here{between}", fix=_replace(span, better)
    )


MISSING_AND = Rule(
    "SEG120",
    "missing-and",
    "two conditions with nothing between them",
    "Conditions are joined by `and` or `or`; a line's end does not join them.",
    bad='where orders >= 1\n      country = "GR"',
    good='where orders >= 1\n  and country = "GR"',
)


def missing_and(span: Span) -> Diagnostic:
    return MISSING_AND.at(
        span,
        "another condition begins here, with nothing to join it to the one before",
        hint="write `and` or `or` before it",
        fix=_insert(span, "and ", "write `and` before it"),
    )


def comma_between(span: Span) -> Diagnostic:
    return MISSING_AND.at(
        span, "conditions are not joined by a comma", hint="write `and` or `or`", fix=_replace(span, " and")
    )


# -- literals -----------------------------------------------------------------------------------------------------------

BAD_NUMBER = Rule(
    "SEG121",
    "bad-number",
    "a number is written wrongly",
    "Numbers are written `1`, `1_000`, `1.5`: no leading zeros, no exponent, a digit on both sides of the point, and a "
    "blank before a word.",
    bad="where total > .5 and created in last 30days",
    good="where total > 0.5 and created in last 30 days",
)


def bad_number(span: Span, text: str, reason: str, better: str | None) -> Diagnostic:
    return BAD_NUMBER.at(
        span,
        f"`{_short(text)}` {reason}",
        hint=f"write `{better}`" if better else "numbers are written 1, 1_000 or 1.5",
        fix=_replace(span, better) if better else None,
    )


def grouped_number(span: Span, better: str) -> Diagnostic:
    """``1,000``: a comma between digits where no list stands."""
    return BAD_NUMBER.at(span, "a comma does not group digits", hint=f"write `{better}`", fix=_replace(span, better))


BAD_DATE = Rule(
    "SEG122",
    "bad-date",
    "no such date",
    "Dates are written 2026-01-31, with two digits each for month and day, and must be days of the calendar. Four digits "
    "and a minus without blanks are always a date; to subtract, put blanks around the minus.",
    bad="where created_at < 2026-1-5",
    good="where created_at < 2026-01-05",
)


def bad_date(span: Span, text: str, better: Sequence[str], instead: str = "") -> Diagnostic:
    """``better``: the dates that may be meant; ``instead``: what else may be."""
    fix = _replace(span, better[0]) if len(better) == 1 else None
    hint = "dates are year, month and day: " + (" or ".join(better) or "2026-01-31")
    return BAD_DATE.at(span, f"`{_short(text)}` is no date", hint=hint + (f"; {instead}" if instead else ""), fix=fix)


def no_such_day(span: Span, text: str) -> Diagnostic:
    return BAD_DATE.at(span, f"there is no {text} in the calendar", hint="check month and day")


BAD_INSTANT = Rule(
    "SEG123",
    "bad-instant",
    "a time is written wrongly",
    "An instant is written 2026-01-31T10:00:00Z, or with an offset such as +02:00 in place of Z: without one it would mean "
    "different moments in different places. Seconds may be left out; they have at most six digits behind the point.",
    bad="where placed_at > 2026-01-31T10:00",
    good="where placed_at > 2026-01-31T10:00:00+02:00",
)


def instant_without_offset(span: Span, better: str) -> Diagnostic:
    return BAD_INSTANT.at(
        span,
        "this time does not say in which zone it is",
        hint=f"write {better} for UTC, or an offset such as +02:00 in place of Z",
        fix=_replace(span, better),
    )


def bad_instant(span: Span, text: str, better: str | None = None) -> Diagnostic:
    return BAD_INSTANT.at(
        span,
        f"`{_short(text)}` is no time",
        hint=f"write {better or '2026-01-31T10:00:00Z'}"
        + ("" if better else ", or an offset such as +02:00 in place of Z"),
        fix=_replace(span, better) if better else None,
    )


def no_such_instant(span: Span, text: str) -> Diagnostic:
    return BAD_INSTANT.at(span, f"there is no {_short(text)}", hint="check month, day, hour, minute and offset")


def instant_too_fine(span: Span) -> Diagnostic:
    return BAD_INSTANT.at(
        span, "this time is finer than a microsecond", hint="write at most six digits behind the point"
    )


UNIT_WITHOUT_NUMBER = Rule(
    "SEG124",
    "unit-without-number",
    "a period without its number or its unit",
    "A rolling period has a number and a unit: `last 30 days`. A whole month of the calendar is `this month` or `previous "
    "month`; `last 1 month` is the month up to now.",
    bad="where count(order in last month) >= 1",
    good="where count(order in previous month) >= 1",
)


def unit_without_number(span: Span, direction: str, word: str, unit: str) -> Diagnostic:
    """``last month``, ``last days``, ``next week``."""
    if direction == "last" and word == unit:
        # No fix: the two select different customers, and only the writer knows which were meant.
        return UNIT_WITHOUT_NUMBER.at(
            span,
            f"`last {word}` could mean two things",
            hint=f"write `previous {unit}` for the whole {unit} before this one, or `last 1 {unit}` for the {unit} up to now",
        )
    number = "1" if word == unit else "7"
    return UNIT_WITHOUT_NUMBER.at(
        span,
        f"`{direction} {word}` does not say how many",
        hint=f"write a number before the unit: `{direction} {number} {word}`",
        fix=_replace(span, f"{direction} 1 {unit}") if word == unit else None,
    )


def number_without_unit(span: Span, before: str) -> Diagnostic:
    return UNIT_WITHOUT_NUMBER.at(
        span,
        f"`{before}` does not say of what",
        hint=f"write the unit behind it: `{before} days` (hours, days, weeks, months, quarters, years)",
        fix=_behind(span, " days", "write `days` behind it"),
    )


def period_without_unit(span: Span, word: str) -> Diagnostic:
    example = {"this": "this month", "previous": "previous month"}.get(word, f"{word} 30 days")
    return UNIT_WITHOUT_NUMBER.at(span, f"`{word}` is no whole period", hint=f"write one such as `{example}`")


def period_without_in(span: Span, word: str) -> Diagnostic:
    """``placed_at >= last 30 days``"""
    moment = "30 days from now" if word == "next" else "30 days ago"
    return UNIT_WITHOUT_NUMBER.at(
        span,
        "a period stands behind `in`",
        hint=f"write `placed_at in {word} 30 days`, or compare with a moment: `placed_at >= {moment}`",
    )


def rows_without_in(span: Span) -> Diagnostic:
    """``count(order last 30 days)``"""
    return UNIT_WITHOUT_NUMBER.at(
        span,
        "the period of the rows that are kept begins with `in`",
        hint="write `in` before it",
        fix=_insert(span, "in ", "write `in` before it"),
    )


def year_as_period(span: Span, year: str, rows: bool) -> Diagnostic:
    """``placed_at in 2018``, ``count(order in 2018)``"""
    whole = f"in {year}-01-01 to {year}-12-31"
    title = f"write `{whole}`"
    return UNIT_WITHOUT_NUMBER.at(
        span,
        f"`{year}` is a number, and no period",
        hint=f"{title} for the year" if rows else f"{title} for the year, or `in ({year})` for the number",
        fix=_replace(span, whole.removeprefix("in ")) if rows else None,
    )


def since(span: Span, word: str, moment: str, subject: str) -> Diagnostic:
    """``order since 2018-01-01``; ``subject``: the name before it, if one is there."""
    before = f"{subject} " if subject else ""
    written = f"in {moment} to today"
    return UNIT_WITHOUT_NUMBER.at(
        span,
        f"`{word}` begins no period",
        hint=f"write `{before}{written}`",
        fix=_replace(span, written) if subject else None,
    )


def period_as_value(span: Span, text: str) -> Diagnostic:
    """``created_at = last month``"""
    return UNIT_WITHOUT_NUMBER.at(
        span,
        f"`{text}` is no value",
        hint="a period stands behind `in`: `placed_at in last 30 days`, `placed_at in this month`",
    )


def period_in_brackets(span: Span) -> Diagnostic:
    return UNIT_WITHOUT_NUMBER.at(
        span, "a period stands without brackets", hint="write `in last 30 days`, `in 2026-01-01 to 2026-01-31`"
    )


def period_without_direction(span: Span, text: str) -> Diagnostic:
    return UNIT_WITHOUT_NUMBER.at(
        span,
        f"`{text}` does not say which ones",
        hint=f"write `last {text}`, or `next {text}`",
        fix=_insert(span, "last ", f"write `last {text}`"),
    )


def moment_without_ago(span: Span, text: str) -> Diagnostic:
    return UNIT_WITHOUT_NUMBER.at(
        span,
        f"`as of` takes a moment, and `{text}` is a length",
        hint=f"write `as of {text} ago`",
        fix=_behind(span, " ago", f"write `{text} ago`"),
    )


def parameter_named_by_a_unit(span: Span, name: str, period: str) -> Diagnostic:
    """``previous months months``"""
    return UNIT_WITHOUT_NUMBER.at(
        span,
        f"`{name}` is a unit of time here, and `{period}` a period by itself",
        hint="a parameter of that name is written in backquotes",
        fix=_replace(span, f"`{name}`", "write it in backquotes"),
    )


def ago_behind_period(span: Span) -> Diagnostic:
    return UNIT_WITHOUT_NUMBER.at(
        span,
        "`ago` cannot stand here",
        hint="a period is `last 30 days`; a moment is `30 days ago`; what lies between two is `120 to 60 days ago`",
    )


def other_period_word(span: Span, word: str, ours: str) -> Diagnostic:
    return UNIT_WITHOUT_NUMBER.at(span, f"`{word}` begins no period", hint=f"write `{ours}`", fix=_replace(span, ours))


def no_article(span: Span, word: str) -> Diagnostic:
    article = Span(span.source, span.start, span.start + len(word) + 1)
    return UNIT_WITHOUT_NUMBER.at(
        span,
        f"a period has no `{word}` before it",
        hint="write `last 30 days`",
        fix=_remove(article, f"remove `{word}`"),
    )


def unknown_unit(span: Span, word: str, nearest: str | None) -> Diagnostic:
    return UNIT_WITHOUT_NUMBER.at(
        span,
        f"`{word}` is no unit of time",
        hint=f"did you mean `{nearest}`?"
        if nearest
        else "the units are seconds, minutes, hours, days, weeks, months, quarters, years",
        fix=_replace(span, nearest) if nearest else None,
    )


PERCENT = Rule(
    "SEG125",
    "percent",
    "a percentage where none can stand",
    "`%` stands only behind `top` and `bottom`, and in the value of a `param`. A part of a whole is a number between 0 and "
    "1.",
    bad="where returned / bought > 5%",
    good="where returned / bought > 0.05",
)


def percent_elsewhere(span: Span, better: str) -> Diagnostic:
    return PERCENT.at(
        span,
        "a percentage stands only behind `top` or `bottom`, and in a `param`",
        hint=f"write it as a number: {better}",
        fix=_replace(span, better),
    )


def percent_of_a_name(span: Span, name: str) -> Diagnostic:
    return PERCENT.at(
        span,
        "`%` stands only behind a number",
        hint=f"put it into the parameter: `param {name} = 10%`, and write `top {name} by …`",
        fix=_remove(span, "remove it"),
    )


def no_remainder(span: Span) -> Diagnostic:
    return PERCENT.at(
        span,
        "`%` is no operator of the language",
        hint="it marks a percentage behind `top` and `bottom`: `top 10% by total`",
    )


PAST_OF_LITERAL = Rule(
    "SEG126",
    "past-of-a-literal",
    "`as of` behind a value that does not change",
    "`as of` belongs to what stands directly before it, and a number or text is the same at all times. Put the condition "
    "that is meant into brackets.",
    bad="where orders >= 1 as of 30 days ago",
    good="where (orders >= 1) as of 30 days ago",
)


def past_of_a_literal(span: Span, literal: str, condition: Span | None = None) -> Diagnostic:
    """``condition``: the comparison that the literal ends, if there is one."""
    if condition is None:
        return PAST_OF_LITERAL.at(
            span,
            f"`as of` belongs to `{_short(literal)}` here, which is the same at all times",
            hint="put what is meant into brackets: `(…) as of 30 days ago`",
        )
    ends = (
        Edit(Span(condition.source, condition.start, condition.start), "("),
        Edit(Span(condition.source, condition.end, condition.end), ")"),
    )
    return PAST_OF_LITERAL.at(
        span,
        f"`as of` belongs to `{_short(literal)}` alone here, which is the same at all times",
        hint=f"put the condition into brackets: `({_short(condition.text)}) as of …`",
        fix=Fix("put the condition into brackets", ends),
    )


# -- definitions --------------------------------------------------------------------------------------------------------

BAD_TIER = Rule(
    "SEG127",
    "bad-tier",
    "a tier that cannot stand so",
    "A tier's name follows the condition of the tier before it, so it cannot be a word of the language, a unit of time or a "
    "word that begins a definition, and `otherwise` comes last.",
    bad="tiers t\n  top where orders > 9\n  otherwise low",
    good="tiers t\n  high where orders > 9\n  otherwise low",
)


def tier_named_by_a_word(span: Span, word: str) -> Diagnostic:
    return BAD_TIER.at(
        span,
        f"`{word}` cannot name a tier: it is a word of the language",
        hint="choose another name, or write it in backquotes",
        fix=_replace(span, f"`{word}`", "write it in backquotes"),
    )


def tier_named_by_a_unit(span: Span, word: str, before: str) -> Diagnostic:
    """``where orders > 3``, and then a line ``second where …``"""
    return BAD_TIER.at(
        span,
        f"`{word}` cannot name a tier here: it is a unit of time, and `{before} {word}` a length",
        hint="choose another name, or write it in backquotes",
        fix=_replace(span, f"`{word}`", "write it in backquotes"),
    )


def otherwise_not_last(span: Span) -> Diagnostic:
    return BAD_TIER.at(
        span, "`otherwise` holds for everyone, so the tiers behind it can never be reached", hint="put it last"
    )


BAD_ATTRIBUTE = Rule(
    "SEG128",
    "bad-attribute",
    "an attribute is given twice, or too late",
    "A segment has one `about` and one `tags`, and both stand before its `where`.",
    bad='segment s tags "a" tags "b" where vip',
    good='segment s tags "a", "b" where vip',
)


def attribute_twice(span: Span, word: str) -> Diagnostic:
    hint = 'list them behind one: `tags "a", "b"`' if word == "tags" else "keep one of them"
    return BAD_ATTRIBUTE.at(span, f"`{word}` is given twice", hint=hint)


def attribute_behind_where(span: Span, word: str) -> Diagnostic:
    return BAD_ATTRIBUTE.at(span, f"`{word}` stands before `where`", hint=f"move `{word} …` up, before the condition")


BAD_ITEM = Rule(
    "SEG129",
    "bad-item",
    "something in a list, or behind a matching word, that cannot stand there",
    "A list holds values: texts, numbers, dates, parameters. Behind `contains`, `starts with`, `ends with` and `matches` "
    "stands a text in quotes, or a parameter.",
    bad='where country in (missing, "GR")',
    good='where country is missing or country in ("GR")',
)


def missing_in_list(span: Span, word: str) -> Diagnostic:
    return BAD_ITEM.at(
        span, f"`{word}` cannot stand in a list", hint="ask for it beside the list: `x is missing or x in (…)`"
    )


def empty_list(span: Span) -> Diagnostic:
    return BAD_ITEM.at(span, "this list is empty: nothing can be in it", hint='write its values: `in ("a", "b")`')


def spare_comma(span: Span) -> Diagnostic:
    return BAD_ITEM.at(span, "nothing follows this comma", hint="remove it", fix=_remove(span, "remove it"))


def missing_comma(before: Span) -> Diagnostic:
    return BAD_ITEM.at(
        before,
        "there is no comma behind this value",
        hint="write a comma between the values of a list",
        fix=_behind(before, ",", "write a comma"),
    )


def equals_a_list(sign: Span, text: str) -> Diagnostic:
    ours = "in" if text == "=" else "not in"
    return BAD_ITEM.at(
        sign, f"several values cannot stand behind `{text}`", hint=f"write `{ours}`", fix=_replace(sign, ours)
    )


def list_without_brackets(span: Span, better: str | None, word: str = "in") -> Diagnostic:
    if word != "in":
        return BAD_ITEM.at(
            span,
            f"behind `{word}` stands a list in brackets, or a parameter",
            hint=f"write `{word} {better}`" if better else f'write `{word} ("a", "b")`',
            fix=_replace(span, better) if better else None,
        )
    return BAD_ITEM.at(
        span,
        "behind `in` stands a list in brackets, a parameter, or a period",
        hint=f"write `{better}`" if better else 'write `in ("a", "b")` or `in last 30 days`',
        fix=_replace(span, better) if better else None,
    )


def bad_item(span: Span, what: str) -> Diagnostic:
    return BAD_ITEM.at(span, f"{what} cannot stand in a list", hint="a list holds texts, numbers, dates and parameters")


def needle_not_text(span: Span, what: str, word: str, quoted: str | None) -> Diagnostic:
    return BAD_ITEM.at(
        span,
        f"behind `{word}` stands a text in quotes, or a parameter, and not {what}",
        hint=f"write `{quoted}`" if quoted else f'write it as `{word} "x"`',
        fix=_replace(span, quoted) if quoted else None,
    )


def attribute_not_text(span: Span, word: str, text: str) -> Diagnostic:
    return BAD_ITEM.at(
        span,
        f"behind `{word}` stands a text in quotes",
        hint=f'write `{word} "{_short(text)}"`',
        fix=_replace(span, f'"{text}"', "write it in quotes"),
    )


def title_not_text(span: Span, text: str) -> Diagnostic:
    return BAD_ITEM.at(
        span,
        "a title stands in quotes",
        hint=f'write `"{_short(text)}"`',
        fix=_replace(span, f'"{text}"', "write it in quotes"),
    )


NOT_UTF8 = Rule(
    "SEG130",
    "not-utf-8",
    "a file is not UTF-8",
    "Files are read as UTF-8 (with or without a byte order mark). Save the file in that encoding.",
)


def not_utf8(span: Span, name: str, byte: int, offset: int) -> Diagnostic:
    return NOT_UTF8.at(
        span,
        f"{name} is not saved as UTF-8 text: here stands byte 0x{byte:02X}",
        hint="choose the encoding UTF-8 where the editor saves the file",
    )


def _choice(options: Sequence[str]) -> str:
    return options[0] if len(options) == 1 else ", ".join(options[:-1]) + " or " + options[-1]


def _short(text: str) -> str:
    """A stretch of the user's text, in one line and not too long to be quoted."""
    line = " ".join(
        "".join(c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text[:400]).split()
    )
    return line if len(line) <= 60 else line[:57] + "…"


RULES = (
    UNEXPECTED,
    EMPTY,
    UNFINISHED,
    NOT_A_DEFINITION,
    MISSING_WHERE,
    MISSING_EQUALS,
    OPEN_BRACKET,
    EXTRA_BRACKET,
    OPEN_STRING,
    BAD_ESCAPE,
    FORBIDDEN_CHARACTER,
    FOREIGN_CHARACTER,
    FOREIGN_NAME,
    RESERVED_WORD,
    FOREIGN_OPERATOR,
    SQL_HABIT,
    FOREIGN_COMMENT,
    NULL,
    CHAIN,
    MISSING_AND,
    BAD_NUMBER,
    BAD_DATE,
    BAD_INSTANT,
    UNIT_WITHOUT_NUMBER,
    PERCENT,
    PAST_OF_LITERAL,
    BAD_TIER,
    BAD_ATTRIBUTE,
    BAD_ITEM,
    NOT_UTF8,
)
