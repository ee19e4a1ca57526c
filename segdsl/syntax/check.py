"""What is wrong with a text before any grammar is applied: characters, numbers, dates, signs, brackets, limits.

In: the lexemes of one definition or condition. Out: the findings; where there are none, the text is fit for the
parser, and no deeper than what may safely be built.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from segdsl.diagnostics import Diagnostic
from segdsl.errors import limits as limit_errors
from segdsl.errors import syntax as errors
from segdsl.limits import Limits
from segdsl.source import Span
from segdsl.syntax.place import Place
from segdsl.syntax.scan import Lexeme, Sort
from segdsl.syntax.words import UNITS


def check(text: str, lexemes: Sequence[Lexeme], place: Place, limits: Limits) -> tuple[Diagnostic, ...]:
    words = [lexeme for lexeme in lexemes if lexeme.sort is not Sort.COMMENT]
    too_large = _too_large(words, place, limits)
    if too_large is not None:
        return (too_large,)
    if len(words) > limits.tokens:
        span = place.span(words[0].start, words[0].end)
        return (limit_errors.too_many_tokens(span, len(words), limits.tokens),)
    checker = _Checker(text, lexemes, place, limits)
    checker.run()
    # An unclosed quote hides whatever brackets stand behind it.
    if not any(lexeme.sort in (Sort.OPEN_STRING, Sort.OPEN_QUOTED) for lexeme in lexemes) and not checker.curly:
        checker.findings.extend(_brackets(words, place))
    return tuple(checker.findings[: limits.findings])


def _too_large(words: Sequence[Lexeme], place: Place, limits: Limits) -> Diagnostic | None:
    """Depth (brackets, and prefixes before prefixes) and the length of `and` and `or` chains."""
    prefixes = 0
    levels = [_Chain()]
    for index, lexeme in enumerate(words):
        text = lexeme.text
        word = "" if index and words[index - 1].text == "." else lexeme.word
        prefixes = prefixes + 1 if word == "not" or text == "-" else 0
        if text == "(":
            levels.append(_Chain())
        elif text == ")" and len(levels) > 1:
            levels.pop()
        if len(levels) - 1 + max(0, prefixes - 1) > limits.nesting:
            return limit_errors.too_deep(place.span(lexeme.start, lexeme.end), limits.nesting)
        chain = levels[-1]
        if text == "," or word in ("where", "having", "among", "by"):
            levels[-1] = _Chain()
        elif word == "between":
            chain.betweens += 1
        elif word == "and" and chain.betweens:
            chain.betweens -= 1
        elif word == "and":
            chain.ands += 1
        elif word == "or":
            chain.ors += 1
            chain.ands = 0
        if max(chain.ands, chain.ors) >= limits.terms:
            return limit_errors.too_many_terms(place.span(lexeme.start, lexeme.end), word, limits.terms)
    return None


class _Chain:
    """The `and`s and `or`s on one level of brackets."""

    __slots__ = ("ands", "betweens", "ors")

    def __init__(self) -> None:
        self.ands = self.ors = self.betweens = 0


def _brackets(words: Sequence[Lexeme], place: Place) -> list[Diagnostic]:
    opened: list[Lexeme] = []
    findings: list[Diagnostic] = []
    for lexeme in words:
        if lexeme.text == "(":
            opened.append(lexeme)
        elif lexeme.text == ")" and opened:
            opened.pop()
        elif lexeme.text == ")":
            findings.append(errors.extra_bracket(place.span(lexeme.start, lexeme.end)))
            break
    if opened and not findings:
        findings.append(errors.open_bracket(place.span(opened[-1].start, opened[-1].end)))
    return findings


class _Checker:
    def __init__(self, text: str, lexemes: Sequence[Lexeme], place: Place, limits: Limits) -> None:
        self.text = text
        self.lexemes = lexemes
        self.place = place
        self.limits = limits
        self.findings: list[Diagnostic] = []
        self.curly = False
        self._until = 0
        """Lexemes that begin before this offset have been dealt with."""

    def run(self) -> None:
        for index, lexeme in enumerate(self.lexemes):
            if lexeme.start >= self._until and len(self.findings) < self.limits.findings:
                finding = self._check(index, lexeme)
                if finding is not None:
                    self.findings.append(finding)

    def _check(self, index: int, lexeme: Lexeme) -> Diagnostic | None:
        span = self.place.span(lexeme.start, lexeme.end)
        match lexeme.sort:
            case Sort.COMMENT | Sort.QUOTED:
                return self._hidden(lexeme)
            case Sort.STRING:
                return self._hidden(lexeme) or self._escapes(lexeme)
            case Sort.OPEN_STRING:
                return errors.open_string(span, lexeme.text[0])
            case Sort.OPEN_QUOTED:
                return errors.empty_name(span) if lexeme.text.startswith("``") else errors.open_name(span)
            case Sort.DATE:
                return self._date(lexeme)
            case Sort.BAD_DATE:
                return _bad_date(lexeme.text, self.place, lexeme)
            case Sort.BAD_NUMBER:
                return self._other_date(lexeme) or self._bad_number(index, lexeme)
            case Sort.NUMBER:
                return self._other_date(lexeme)
            case Sort.WORD:
                return self._word(lexeme)
            case Sort.SLIP:
                return self._slip(lexeme)
            case Sort.OTHER:
                return self._other(index, lexeme)
            case Sort.INSTANT | Sort.SIGN:
                return None

    def _hidden(self, lexeme: Lexeme) -> Diagnostic | None:
        pattern = _HIDDEN_IN_NAMES if lexeme.sort is Sort.QUOTED else _HIDDEN
        found = pattern.search(lexeme.text.rstrip("\r"))
        if found is None:
            return None
        at = lexeme.start + found.start()
        in_string = lexeme.sort is Sort.STRING
        return errors.forbidden_character(self.place.span(at, at + 1), found[0], _character(found[0]), in_string)

    def _escapes(self, lexeme: Lexeme) -> Diagnostic | None:
        for found in _ESCAPE.finditer(lexeme.text):
            span = self.place.span(lexeme.start + found.start(), lexeme.start + found.end())
            if found["code"] is not None:
                code = int(found["code"], 16)
                if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                    return errors.bad_code_point(span, found[0])
            elif found["bad_code"] is not None:
                return errors.bad_code_point(span, found[0])
            elif found["other"] is not None:
                return errors.bad_escape(span, found[0])
        return None

    def _date(self, lexeme: Lexeme) -> Diagnostic | None:
        """``2026-01-31 10:00``"""
        found = _DATE_AND_TIME.match(self.text, lexeme.start)
        if found is None:
            return None
        self._until = found.end()
        time = found["time"] if len(found["time"].partition(":")[0]) == 2 else "0" + found["time"]
        offset = _offset(found["offset"])
        span = self.place.span(found.start(), found.end())
        return errors.bad_instant(span, found[0], f"{found['date']}T{time}{offset or 'Z'}")

    def _other_date(self, lexeme: Lexeme) -> Diagnostic | None:
        """``31.01.2026``, ``01/31/2026``, ``2026/01/31``: where a zero or the points forbid to read it as arithmetic."""
        found = _OTHER_DATE.match(self.text, lexeme.start)
        if found is None:
            return None
        one, two, three = found["one"], found["two"], found["three"]
        if found["mark"] != "." and not any(part.startswith("0") for part in (one, two, three)):
            return None
        self._until = found.end()
        days = _days((one, two, three)) if len(one) == 4 else _days((three, two, one), (three, one, two))
        return errors.bad_date(self.place.span(found.start(), found.end()), found[0], days)

    def _bad_number(self, index: int, lexeme: Lexeme) -> Diagnostic:
        span = self.place.span(lexeme.start, lexeme.end)
        text = lexeme.text
        if index >= 2 and re.fullmatch(r"0[0-9]{2}", text):
            comma, before = self.lexemes[index - 1], self.lexemes[index - 2]
            if (
                comma.text == ","
                and before.sort is Sort.NUMBER
                and before.end == comma.start
                and comma.end == lexeme.start
            ):
                whole = self.place.span(before.start, lexeme.end)
                return errors.grouped_number(whole, f"{before.text}_{text}")
        reason, better = _bad_number(text)
        return errors.bad_number(span, text, reason, better)

    def _word(self, lexeme: Lexeme) -> Diagnostic | None:
        text = lexeme.text
        if text.isascii():
            return None
        span = self.place.span(lexeme.start, lexeme.end)
        foreign = next(character for character in text if not character.isascii())
        plain = "".join(_LOOK_ALIKES.get(c, c) for c in unicodedata.normalize("NFKC", text))
        mixed = any(c.isascii() and c.isalpha() for c in text) or unicodedata.normalize("NFKC", text).isascii()
        offer = plain if mixed and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", plain) else None
        return errors.foreign_name(span, text, foreign, _character(foreign), offer)

    def _slip(self, lexeme: Lexeme) -> Diagnostic:
        text = lexeme.text
        span = self.place.span(lexeme.start, lexeme.end)
        for sign in ("/*", "//", "--"):
            if text.startswith(sign):
                return errors.foreign_comment(span, sign, self._as_comment(lexeme, sign))
        if text == "**":
            return errors.no_power(span)
        if text == "~=":
            return errors.no_matching(span, text)
        ours = _OPERATORS[text]
        before = self.text[max(0, lexeme.start - 1) : lexeme.start] or " "
        after = self.text[lexeme.end : lexeme.end + 1]
        is_word = ours.isalpha()
        left = " " if is_word and (before.isalnum() or before in _ENDS) else ""
        right = " " if is_word and after and not after.isspace() else ""
        return errors.foreign_operator(span, text, ours, f"{left}{ours}{right}")

    def _as_comment(self, lexeme: Lexeme, sign: str) -> str | None:
        """The same as a comment of ours, if no code would be lost in it."""
        if sign != "/*":
            return "#" + lexeme.text[2:]
        rest = self.text[lexeme.end :].partition("\n")[0]
        if rest.strip() or not lexeme.text.endswith("*/") or len(lexeme.text) > 2_000:
            return None
        return "\n".join(("# " + line.strip(" \t\r*")).rstrip() for line in lexeme.text[2:-2].split("\n"))

    def _other(self, index: int, lexeme: Lexeme) -> Diagnostic:
        text = lexeme.text
        span = self.place.span(lexeme.start, lexeme.end)
        if text in _QUOTES:
            return self._curly(index, lexeme)
        before = self.lexemes[index - 1] if index else lexeme
        if text == "[" and before.sort is Sort.WORD and before.end == lexeme.start:
            closing = self.text.find("]", lexeme.start, lexeme.start + 40)
            self._until = closing + 1 if closing >= 0 else lexeme.end
            return errors.no_index(self.place.span(lexeme.start, self._until))
        if text in "[]{}":
            return errors.other_bracket(span, text, self._mate(index))
        if text == ";":
            return errors.semicolon(span)
        category = unicodedata.category(text)
        if category in ("Zs", "Zl", "Zp") or text in "\v\f\x85":
            return errors.foreign_character(span, text, _character(text), " ")
        if category in ("Cc", "Cf", "Cs"):
            return errors.forbidden_character(span, text, _character(text), in_string=False)
        plain = _SIGNS.get(text)
        if plain is None:
            folded = unicodedata.normalize("NFKC", text)
            plain = folded if folded in _PLAIN_SIGNS else None
        mate = self._mate(index) if text in _OPENING or text in _CLOSING else None
        return errors.foreign_character(span, text, _character(text), plain, mate)

    def _mate(self, index: int) -> Span | None:
        """The bracket that closes or opens with this one, whatever its shape; None where there is none near."""
        opens = self.lexemes[index].text in _OPENING
        nearby = self.lexemes[index : index + _FAR] if opens else self.lexemes[max(0, index - _FAR) : index + 1][::-1]
        ours, theirs = (_OPENING, _CLOSING) if opens else (_CLOSING, _OPENING)
        depth = 0
        for lexeme in nearby:
            depth += (lexeme.text in ours) - (lexeme.text in theirs)
            if depth == 0:
                return self.place.span(lexeme.start, lexeme.end)
        return None

    def _curly(self, index: int, lexeme: Lexeme) -> Diagnostic:
        self.curly = True
        line_end = self.text.find("\n", lexeme.start)
        line_end = len(self.text) if line_end < 0 else line_end
        for other in self.lexemes[index + 1 :]:
            if other.start >= line_end or other.sort is Sort.COMMENT:
                break
            if other.sort is Sort.OPEN_STRING:
                self._until = other.end
                break
            if other.text in _QUOTES:
                self._until = other.end
                content = self.text[lexeme.end : other.start].replace("\\", "\\\\").replace('"', '\\"')
                return errors.curly_quotes(self.place.span(lexeme.start, other.end), lexeme.text, f'"{content}"')
        return errors.curly_quotes(self.place.span(lexeme.start, lexeme.end), lexeme.text, None)


# -- numbers and dates --------------------------------------------------------------------------------------------------


def _bad_number(text: str) -> tuple[str, str | None]:
    """What is wrong with it, and what it should be."""
    if len(text) > 60:
        return "is no number", None
    if re.fullmatch(r"\.[0-9]+", text):
        return "has no digit before the point", "0" + text
    if re.fullmatch(r"[0-9_]+\.", text):
        return "has no digit behind the point", text[:-1]
    if re.fullmatch(r"0[0-9]+(\.[0-9]+)?", text):
        whole, point, rest = text.partition(".")
        return "begins with a zero", (whole.lstrip("0") or "0") + point + rest
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+", text):
        written = (
            format(Decimal(text), "f") if len(text) <= 8 and abs(int(text.lower().partition("e")[2])) <= 20 else ""
        )
        return "has an exponent", written if 0 < len(written) <= 20 else None
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3}){2,}", text):
        return "has points between its digits", text.replace(".", "_")
    if re.fullmatch(r"[0-9_]+", text):
        return "has a `_` that does not stand between two digits", re.sub("_+", "_", text).strip("_")
    joined = re.fullmatch(r"((?:0|[1-9][0-9_]*)(?:\.[0-9]+)?)([A-Za-z]\w*)", text)
    if joined is None:
        return "is no number", None
    number, word = joined[1], joined[2]
    if word.lower() in UNITS:
        return "runs into its unit", f"{number} {word}"
    if word.lower() in _SHORT_UNITS:
        return "has a unit that is cut short", f"{number} {_SHORT_UNITS[word.lower()]}"
    if word.lower() in _MULTIPLES:
        value = Decimal(number.replace("_", "")) * _MULTIPLES[word.lower()]
        return "is cut short", f"{value.normalize():f}"
    if word.lower() in ("and", "or", "to", "by", "in", "is"):
        return "runs into the word behind it", f"{number} {word}"
    return "runs into a word", None


def _bad_date(text: str, place: Place, lexeme: Lexeme) -> Diagnostic:
    span = place.span(lexeme.start, lexeme.end)
    if "t" in text.lower():
        without = re.fullmatch(
            r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)", text
        )
        if without is not None:
            return errors.instant_without_offset(span, text.upper() + "Z")
        loose = re.fullmatch(
            r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)([+-][0-9]{2}:?(?:[0-9]{2})?)", text
        )
        better = f"{loose[1]}T{loose[2]}{_offset(loose[3])}" if loose is not None else None
        return errors.bad_instant(span, text, better)
    parts = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text)
    if parts is not None:
        return errors.bad_date(span, text, _days((parts[1], parts[2], parts[3])))
    pair = re.fullmatch(r"([0-9]{4})-([0-9]+)", text)
    if pair is None:
        return errors.bad_date(span, text, ())
    if len(pair[2]) == 2 and 1 <= int(pair[2]) <= 12:
        last = monthrange(max(1, int(pair[1])), int(pair[2]))[1]
        return errors.bad_date(span, text, (), f"a whole month is `in {text}-01 to {text}-{last}`")
    return errors.bad_date(span, text, (), f"a subtraction has blanks around its minus: `{pair[1]} - {pair[2]}`")


def _days(*candidates: tuple[str, str, str]) -> tuple[str, ...]:
    """Those of the (year, month, day) that are days of the calendar, as dates are written."""
    days: dict[str, None] = {}
    for year, month, day in candidates:
        try:
            days[date(int(year), int(month), int(day)).isoformat()] = None
        except ValueError:
            continue
    return tuple(days)


def _offset(text: str | None) -> str:
    """``+0200``, ``+02``: as an instant has it."""
    if not text:
        return ""
    if text in "Zz":
        return "Z"
    digits = text[1:].replace(":", "").ljust(4, "0")
    return f"{text[0]}{digits[:2]}:{digits[2:]}"


def _character(character: str) -> str:
    """``U+200B, zero width space``"""
    name = unicodedata.name(character, "").lower() or _CONTROL_NAMES.get(character, "")
    return f"U+{ord(character):04X}" + (f", {name}" if name else "")


HIDDEN = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff"
HIDDEN_IN_NAMES = r"\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
"""What nobody sees, as it is written in a pattern. Marks that join letters or set their direction have their place in texts and
comments, not in names."""
_HIDDEN = re.compile(f"[{HIDDEN}]")
_HIDDEN_IN_NAMES = re.compile(f"[{HIDDEN_IN_NAMES}]")
_ESCAPE = re.compile(
    r"""\\(?:(?P<plain>["'\\nt])|u\{(?P<code>[0-9A-Fa-f]{1,6})\}|(?P<bad_code>u(?:\{[^}"']{0,12}\}?)?)|(?P<other>.))""",
    re.DOTALL,
)
_DATE_AND_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[ \t]+(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)"
    r"(?P<offset>[ \t]?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2}))?(?![A-Za-z0-9_:.])"
)
_OTHER_DATE = re.compile(
    r"(?:(?P<one>[0-9]{4}(?=/)|[0-9]{1,2}(?=[./-][0-9]{1,2}[./-][12][0-9]{3}))(?P<mark>[./-])(?P<two>[0-9]{1,2})(?P=mark)"
    r"(?P<three>[0-9]{4}|(?<=[0-9]{4}/[0-9]/)[0-9]{1,2}|(?<=[0-9]{4}/[0-9]{2}/)[0-9]{1,2}))(?![A-Za-z0-9_:./-])"
)
_OPERATORS = {
    "==": "=",
    "===": "=",
    ":=": "=",
    "<>": "!=",
    "!==": "!=",
    "=!": "!=",
    "=>": ">=",
    "=<": "<=",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
}
_ENDS = frozenset("_)\"'`%")
_QUOTES = frozenset("“”„‟«»‘’‚‛‹›＂＇′″´")
_SIGNS = {
    "–": "-",
    "—": "-",
    "−": "-",
    "‐": "-",
    "‑": "-",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "×": "*",
    "·": "*",
    "÷": "/",
    "¬": "not",
    "∧": "and",
    "∨": "or",
}
_PLAIN_SIGNS = frozenset("=<>+-*/(),.:%!#")
_OPENING, _CLOSING = frozenset("([{（"), frozenset(")]}）")
_FAR = 500
"""Words and signs between a bracket and its other half; a text of brackets alone must not take for ever."""
_SHORT_UNITS = {
    "s": "seconds",
    "sec": "seconds",
    "secs": "seconds",
    "min": "minutes",
    "mins": "minutes",
    "h": "hours",
    "hr": "hours",
    "hrs": "hours",
    "d": "days",
    "w": "weeks",
    "wk": "weeks",
    "wks": "weeks",
    "mo": "months",
    "mon": "months",
    "mth": "months",
    "mths": "months",
    "q": "quarters",
    "y": "years",
    "yr": "years",
    "yrs": "years",
}
_MULTIPLES = {"k": 1_000}
_CONTROL_NAMES = {"\x00": "the null character", "\x1b": "escape", "\x7f": "delete", "\x08": "backspace"}
_LOOK_ALIKES = dict(
    zip(
        "аеорсухіјѕԁһӏАВЕКМНОРСТХІЈЅοανρκιΑΒΕΖΗΙΚΜΝΟΡΤΥΧıſ",
        "aeopcyxijsdhlABEKMHOPCTXIJSoavpkiABEZHIKMNOPTYXis",
        strict=True,
    )
)
