"""The grammar as Lark applies it: what every other way of reading a text is measured by.

In: a stretch of a text. Out: its tree with all tokens, or where and why the grammar cannot go on. Lark is loaded here alone:
for texts with an error in them, for `segdsl.syntax.format`, and to make the table of the parser (`segdsl.syntax.table`).
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

from lark import Lark, TextSlice, Token, Tree, UnexpectedCharacters, UnexpectedToken
from lark.lexer import TerminalDef
from lark.parsers.lalr_analysis import Shift

from segdsl.records import record
from segdsl.resources import grammar_text
from segdsl.room import ModuleLock
from segdsl.syntax.build import Builder, Piece, Word
from segdsl.syntax.table import FORMAT, STARTS

ParseTree: TypeAlias = Tree[Token]


@record(frozen=True, slots=True)
class Stop:
    """Where the grammar could not go on (None: at the end), and the terminals with which it could have."""

    offset: int | None
    accepts: frozenset[str]


def apply_grammar(text: str, first: int, last: int, start: str) -> ParseTree | Stop:
    """The tree of a stretch of a text, or where it stops being one; ``start`` is one of `STARTS`."""
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
    return Stop(offset, frozenset(again.accepts()))  # type: ignore[no-untyped-call]


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
        start=list(STARTS),
        keep_all_tokens=True,
        maybe_placeholders=False,
    )


def table_data() -> dict[str, object]:
    """The parser's table as plain data: the same for the same grammar, whatever Python and whatever the day.

    States are numbered in the order in which they are reached. Of a state: to shift, the terminal and the next state; to reduce,
    the terminal and the rule; the next state behind what a rule makes. Of a rule: how many symbols it takes, what it makes,
    the name of its node, whether a single child goes without one, and whether it is, or takes, what leaves no node of its own.
    """
    parser = grammar()
    found = parser.parser.parser._parse_table  # noqa: SLF001 - Lark offers it to nobody
    numbers: dict[object, int] = {}
    waiting = [found.start_states[start] for start in STARTS]
    for state in waiting:
        if state in numbers:
            continue
        numbers[state] = len(numbers)
        waiting.extend(to for _, (action, to) in sorted(found.states[state].items()) if action is Shift)
    rules = {rule: number for number, rule in enumerate(parser.rules)}
    shifts: list[dict[str, int]] = []
    reductions: list[dict[str, int]] = []
    follows: list[dict[str, int]] = []
    terminals = {terminal.name for terminal in parser.terminals}
    for state in numbers:
        row = sorted(found.states[state].items())
        shifts.append({name: numbers[to] for name, (action, to) in row if action is Shift and name in terminals})
        follows.append({name: numbers[to] for name, (action, to) in row if action is Shift and name not in terminals})
        reductions.append({name: rules[rule] for name, (action, rule) in row if action is not Shift})
    return {
        "format": FORMAT,
        "starts": {start: [numbers[found.start_states[start]], numbers[found.end_states[start]]] for start in STARTS},
        "terminals": [terminal.name for terminal in sorted(parser.terminals, key=_precedence)],
        "rules": [
            [
                len(rule.expansion),
                str(rule.origin.name),
                str(rule.alias or rule.origin.name),
                bool(rule.options.expand1 and not rule.alias),
                str(rule.origin.name).startswith("_"),
                any(not symbol.is_term and symbol.name.startswith("_") for symbol in rule.expansion),
            ]
            for rule in parser.rules
        ],
        "shifts": shifts,
        "reductions": reductions,
        "follows": follows,
    }


def _precedence(terminal: TerminalDef) -> tuple[int, int, int, str]:
    """The order in which Lark's lexer tries terminals."""
    pattern = terminal.pattern
    return -terminal.priority, -pattern.max_width, -len(pattern.value), terminal.name


def built(tree: ParseTree, builder: Builder) -> object:
    """The node of a whole tree. It walks with a stack of its own and never recurses, so no depth can exhaust Python's."""
    stack: list[tuple[ParseTree, list[Piece]]] = [(tree, [])]
    while True:
        node, pieces = stack[-1]
        if len(pieces) == len(node.children):
            stack.pop()
            whole = builder.reduced(str(node.data), pieces)
            if not stack:
                return whole.value
            stack[-1][1].append(whole)
            continue
        child = node.children[len(pieces)]
        if isinstance(child, Tree):
            stack.append((child, []))
        else:
            assert child.start_pos is not None and child.end_pos is not None, "a word of a text has a place"
            pieces.append(Word(child.type, str(child), child.start_pos, child.end_pos))
