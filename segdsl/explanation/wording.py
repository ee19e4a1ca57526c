"""English: plurals, articles, names of fields as people say them, numbers, times, lists.

In go names and constants, out come words. Nothing here knows of the typed tree or of a schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from segdsl.display.english import counted, ending, listed, plural

__all__ = ["counted", "listed", "plural"]

MOST_VALUES = 20
"""Of a list, so many stand in a sentence."""

_ACRONYMS = frozenset({"id", "sku", "url", "nps", "vip", "ip", "vat", "rfm", "ean", "iban", "crm", "api", "sms", "km"})
_SPELLED = {"email": "e-mail", "emails": "e-mails"}
_VOWEL_LETTERS = frozenset("aefhilmnorsx")
_LIKE_YOU = ("uni", "use", "usa", "euro", "one", "once", "ubi", "uti")
ACTIVE = frozenset(
    ["registered", "joined", "subscribed", "unsubscribed", "enrolled", "signed up", "logged in", "visited"]
)
"""What people do themselves, by the names of times."""
RECORDED = frozenset(["created", "updated", "added", "imported", "changed", "modified", "deleted"])
"""What is done with the record of somebody, not with them."""
_STATES = frozenset(
    [*("subscription", "membership", "contract", "account", "consent", "licence", "license", "policy", "plan", "trial")]
)
_TIMES = {0.5: "half", 2: "twice"}
_SMALL_WORDS = frozenset(
    [*("when", "what", "who", "whose", "where", "how", "whether", "why", "that", "of", "the", "in", "by", "on", "for")]
)
_UNITS = ((86_400_000_000, "day"), (3_600_000_000, "hour"), (60_000_000, "minute"), (1_000_000, "second"))
_IRREGULAR_PAST = frozenset(
    [*("sent", "written", "made", "seen", "paid", "bought", "sold", "begun", "shown", "given", "taken", "born", "met")]
)


def humanised(name: str) -> str:
    """``nps_answer``: NPS answer."""
    words = [word for word in name.replace(".", "_").replace("-", "_").split("_") if word]
    words = [_SPELLED.get(word.lower(), word) for word in words]
    return " ".join(word.upper() if word.lower() in _ACRONYMS else word for word in words) or name


def article(noun: str) -> str:
    """With ``a`` or ``an`` before it."""
    if noun.startswith("other "):
        return f"an{noun}"
    first = noun.lstrip("“").partition(" ")[0]
    if first.isupper() and len(first) > 1:
        return f"an {noun}" if first[0].lower() in _VOWEL_LETTERS else f"a {noun}"
    low = first.lower()
    if low[:1].isdigit():
        return f"an {noun}" if low.startswith(("8", "11th", "18")) else f"a {noun}"
    vowel = low[:1] in ("a", "e", "i", "o", "u") and not low.startswith(_LIKE_YOU)
    return f"an {noun}" if vowel or low.startswith(("hour", "heir", "honest")) else f"a {noun}"


def is_state(noun: str) -> bool:
    """Does it last, so that “in the last 30 days” would leave open what of it is meant?"""
    return noun.rpartition(" ")[2] in _STATES


def column(name: str) -> str:
    """A name as the data has it."""
    return f"`{name}`"


def times(value: int | Decimal | float) -> str:
    """How many times: ``twice``, ``half``, ``3 times``"""
    return _TIMES.get(float(value), f"{number(value)} times")


def ordinal(value: int | Decimal) -> str:
    """``1st``, ``22nd``, ``99.5th``"""
    return number(value) + (ending(int(value)) if value == int(value) else "th")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def title_as_noun(title: str | None, name: str) -> str:
    """A title, as far as it is the name of a thing: ``E-mail address``; else the field's own name as people say it."""
    own = humanised(name)
    if not title:
        return own
    first = title.replace(";", ",").partition(",")[0].strip()
    words = first.split()
    plain = all(word.replace("-", "").isalpha() for word in words) and 0 < len(words) <= 3
    many = first.endswith("s") and not first.endswith("ss") and not own.endswith("s")
    done = any(word.lower().endswith("ed") or word.lower() in _IRREGULAR_PAST for word in words)
    if not plain or many or done or any(word.lower() in _SMALL_WORDS for word in words):
        return own
    acronym = words[0].isupper() or (len(first) > 1 and not first[1].islower() and first[1] != "-")
    return first if acronym else first[0].lower() + first[1:]


def participle(name: str) -> str | None:
    """What happened at a time: of ``placed_at``, placed."""
    for end in ("_at", "_on"):
        if name.endswith(end):
            words = name.removesuffix(end).split("_")
            if words[-1].endswith("ed") or words[-1] in _IRREGULAR_PAST:
                return " ".join(words)
    return None


def time_noun(name: str) -> str:
    """A time that is no participle: of ``at``, time; of ``last_order_at``, last order time."""
    own = humanised(name)
    if own == "at":
        return "time"
    return f"{own.removesuffix(' at')} time" if own.endswith(" at") else own


def agreed(noun: str) -> str:
    """``is``, or ``are`` of many."""
    return "are" if noun.endswith("s") and not noun.endswith(("ss", "us", "is")) else "is"


def shortened(items: Sequence[str], word: str) -> str:
    """Like `listed`, of a long list the first ones."""
    if len(items) <= MOST_VALUES:
        return listed(items, word)
    return f"{', '.join(items[:MOST_VALUES])}, … and {len(items) - MOST_VALUES:,} more"


def quoted(text: str) -> str:
    shown = "".join(_visible(character) for character in text)
    return f"“{shown}”"


def _visible(character: str) -> str:
    return character if character.isprintable() else f"\\u{{{ord(character):X}}}"


def number(value: int | Decimal | float) -> str:
    """With commas, and without zeros that say nothing."""
    if isinstance(value, bool | int):
        return f"{int(value):,}"
    if isinstance(value, float):
        value = Decimal(repr(value))
    if value and not -30 < value.adjusted() < 40:
        return f"{value.normalize():E}"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: Decimal) -> str:
    return f"{number(value)}%"


def constant(value: bool | int | Decimal | float | str | date | datetime) -> str:
    """As it stands in a sentence; an instant has been put into the business's zone."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal() | float():
            return number(value)
        case str():
            return quoted(value)
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()


def instant(local: datetime) -> str:
    """``2026-11-22 10:00``, with what there is of seconds."""
    text = f"{local.date().isoformat()} {local.hour:02}:{local.minute:02}"
    if local.second or local.microsecond:
        text += f":{local.second:02}"
    if local.microsecond:
        text += f".{local.microsecond:06}".rstrip("0")
    return text


def length(micros: int) -> str:
    """``3 days``, ``36 hours``, ``1 day and 30 minutes``; 24 hours stay hours only where they are no whole days."""
    parts: list[str] = []
    rest = abs(micros)
    for size, unit in _UNITS:
        amount, remainder = divmod(rest, size)
        if not remainder and amount and not parts:
            return counted(amount, unit)
        if amount and (unit != "day" or parts or amount >= 3):
            parts.append(counted(amount, unit))
            rest = remainder
    if rest:
        parts.append(f"{rest:,} microseconds")
    return listed(parts, "and") or "no time"
