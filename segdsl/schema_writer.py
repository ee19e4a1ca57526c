"""From a `Schema` to the text of a project file that declares it, such as ``segdsl init`` writes.

What comes out loads back to an equal schema. What the loader adds by itself (join columns that nobody declared, what comes
along from a relation's base, the key of a group) is not written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from segdsl.schema import Entity, Field, Link, Lookup, Relation, Schema

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(
    schema: Schema,
    *,
    data: str | None = None,
    url: str | None = None,
    segments: Sequence[str] = (),
    notes: Iterable[str] = (),
) -> str:
    """The text of ``segdsl.toml``. ``data`` and ``url`` say where the tables are; ``notes`` become comments at the end."""
    blocks = ["\n".join(_top(schema, segments))]
    if data is not None:
        blocks.append(f"[data]\npath = {_text(data)}")
    if url is not None:
        blocks.append(f"[data]\nurl = {_text(url)}")
    blocks.extend(_entity(schema.entity))
    for relation in schema.relations.values():
        blocks.extend(_relation(schema, relation))
    for lookup in schema.lookups.values():
        blocks.extend(_lookup(lookup))
    if schema.traits:
        lines = ["[traits]"]
        for trait in schema.traits.values():
            written = _text(str(trait.type) + ("?" if trait.optional else ""))
            if trait.column != trait.name:
                written = f"{{ type = {written}, column = {_text(trait.column)} }}"
            lines.append(f"{_key(trait.name)} = {written}")
        blocks.append("\n".join(lines))
    comments = [f"# {line}" for note in notes for line in _printable(note).splitlines()]
    if comments:
        blocks.append("\n".join(comments))
    return "\n\n".join(blocks) + "\n"


def _top(schema: Schema, segments: Sequence[str]) -> Iterator[str]:
    yield 'language = "1"'
    if segments:
        yield f"segments = {_list(segments)}"
    yield f"timezone = {_text(schema.timezone)}"


def _entity(entity: Entity) -> Iterator[str]:
    lines = ["[entity]", f"name = {_text(entity.name)}"]
    if entity.distinct:
        lines.append(f"distinct = {_list(entity.distinct)}")
    else:
        lines.append(f"table = {_text(entity.table or entity.name)}")
    lines.append(f"key = {_text(entity.key)}")
    if entity.created is not None:
        lines.append(f"created = {_text(entity.created)}")
    if entity.where is not None:
        lines.append(f"where = {_expression(entity.where.text)}")
    yield "\n".join(lines)
    yield from _fields("entity", entity.fields.values())


def _relation(schema: Schema, relation: Relation) -> Iterator[str]:
    head = f"relations.{_key(relation.name)}"
    lines = [f"[{head}]"]
    own = list(relation.fields.values())
    if relation.base is not None:
        lines.append(f"from = {_text(relation.base)}")
        inherited = schema.relations[relation.base].fields
        own = [f for f in own if f.name not in inherited]
    elif relation.groups is not None:
        lines.append(f"groups = {_text(relation.groups)}")
        if any(by.expression is not None for by in relation.by):
            pairs = (
                f"{_key(b.name)} = {_expression(b.expression.text if b.expression else b.name)}" for b in relation.by
            )
            lines.append(f"by = {{ {', '.join(pairs)} }}")
        else:
            lines.append(f"by = {_one_or_list([by.name for by in relation.by])}")
    else:
        lines.append(f"table = {_text(relation.table or relation.name)}")
        if relation.parent != schema.entity.name:
            lines.append(f"parent = {_text(relation.parent)}")
        lines.append(f"on = {_on(relation.links)}")
        if relation.key:
            lines.append(f"key = {_one_or_list(relation.key)}")
    if relation.time is not None and relation.base is None:
        lines.append(f"time = {_text(relation.time)}")
    if relation.where is not None:
        lines.append(f"where = {_expression(relation.where.text)}")
    yield "\n".join(lines)
    yield from _fields(head, own)


def _lookup(lookup: Lookup) -> Iterator[str]:
    head = f"lookups.{_key(lookup.name)}"
    yield f"[{head}]\nof = {_text(lookup.of)}\ntable = {_text(lookup.table)}\non = {_on(lookup.links)}"
    yield from _fields(head, lookup.fields.values())


def _fields(head: str, fields: Iterable[Field]) -> Iterator[str]:
    lines = [f"{_key(f.name)} = {_field(f)}" for f in fields if f.declared]
    if lines:
        yield "\n".join([f"[{head}.fields]", *lines])


def _field(field: Field) -> str:
    parts = [f"type = {_text(str(field.type) + ('?' if field.optional else ''))}"]
    if field.codes:
        parts.append(f"values = {_table(field.codes)}")
    elif field.type.values is not None:
        parts.append(f"values = {_list(field.type.values)}")
    if field.missing:
        parts.append(f"missing = {_list(field.missing)}")
    flags = {
        "ordered": field.type.ordered,
        "private": field.private,
        "fixed": field.fixed,
        "changes": field.changes,
    }
    parts.extend(f"{name} = true" for name, is_set in flags.items() if is_set)
    if field.title is not None:
        parts.append(f"title = {_text(field.title)}")
    if field.column not in ("", field.name):
        parts.append(f"column = {_text(field.column)}")
    if field.stored is not None:
        parts.append(f"stored = {_text(str(field.stored))}")
    if field.expression is not None:
        parts.append(f"is = {_expression(field.expression.text)}")
    return parts[0].removeprefix("type = ") if len(parts) == 1 else f"{{ {', '.join(parts)} }}"


def _on(links: Sequence[Link]) -> str:
    if all(link.child == link.parent for link in links):
        return _one_or_list([link.child for link in links])
    return _table({link.child: link.parent for link in links})


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    # JSON's escapes are TOML's, but for one control character that JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _expression(text: str) -> str:
    """Expressions quote texts of their own: apostrophes around them save the backslashes."""
    return f"'{text}'" if '"' in text and "'" not in text and text.isprintable() else _text(text)


def _list(items: Iterable[str]) -> str:
    return f"[{', '.join(_text(item) for item in items)}]"


def _one_or_list(items: Sequence[str]) -> str:
    return _text(items[0]) if len(items) == 1 else _list(items)


def _table(pairs: Mapping[str, str]) -> str:
    return f"{{ {', '.join(f'{_key(name)} = {_text(value)}' for name, value in pairs.items())} }}"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
