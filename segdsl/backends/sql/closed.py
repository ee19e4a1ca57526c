"""What of a statement is text that somebody else wrote, and what never is.

Values of a text and names of a schema stand in string literals and in quoted names, whose spelling is sqlglot's to escape. Every
other part of a tree is written as it stands: numbers, words, types, names of functions, comments. `check` sees that these hold
nothing but what segdsl itself writes, whatever lowering made them.
"""

from __future__ import annotations

import re

from sqlglot import exp

_QUOTED = (exp.ByteString, exp.RawString, exp.National, exp.UnicodeString)
"""Other spellings of a text between quotes."""
_WORDS = re.compile(r"[A-Za-z0-9_ ]*\Z")
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?\Z")
_TYPE = re.compile(r"[A-Za-z0-9_ (),<>\[\]]*('[A-Za-z]+')?[)]*\Z")
_COMMENT = re.compile(r"[0-9 :.-]*\Z")
_DURATION = re.compile(r"[0-9]+ [A-Za-z]+\Z")


def check(tree: exp.Expr) -> None:
    """Raises `AssertionError` for a part that holds what it must not."""
    for node in tree.walk():
        if any(_COMMENT.match(comment) is None for comment in node.comments or ()):
            raise AssertionError(f"a comment holds {node.comments}")
        if not _is_closed(node):
            raise AssertionError(f"{type(node).__name__} holds {_raw(node)}")


def _is_closed(node: exp.Expr) -> bool:
    match node:
        case exp.Literal(is_string=True) if _is_duration(node):
            return _DURATION.match(node.this) is not None
        case exp.Literal(is_string=True):
            return True
        case exp.Literal():
            return _NUMBER.match(node.this) is not None
        case exp.Identifier():
            return bool(node.args.get("quoted")) or _BARE.match(node.this) is not None
        case exp.DataType():
            return all(_TYPE.match(text) is not None for text in _raw(node))
        case _ if isinstance(node, _QUOTED):
            return True
        case _:
            return all(_WORDS.match(text) is not None for text in _raw(node))


def _is_duration(node: exp.Expr) -> bool:
    """Does it stand behind INTERVAL?"""
    parent = node.parent
    return isinstance(parent, exp.Introducer) and isinstance(parent.this, exp.Var) and parent.this.name == "INTERVAL"


def _raw(node: exp.Expr) -> list[str]:
    """What a node holds that is no node, and is written as it stands."""
    return [value for value in node.args.values() if isinstance(value, str)]
