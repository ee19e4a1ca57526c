"""From a project file to a `ProjectFile`: ``segdsl.toml``, or ``[tool.segdsl]`` of a pyproject.toml.

In goes a path or a text; out come the project's settings, its schema, and all that is wrong with the file, each with
line and column. What the schema's keys mean is judged by `segdsl.schema_binding`; here lie the keys of the project itself,
and how a project builds on the standard schema of a pack (``schema = "commerce"``): its own keys are laid over those of
the pack before anything is judged, so that what holds for a schema holds for the outcome. No segment is read here.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Set
from dataclasses import field, fields, replace
from pathlib import Path
from urllib.parse import urlsplit

from segdsl import limits as lim
from segdsl.diagnostics import Diagnostic, Diagnostics, Severity
from segdsl.errors import schema as errors
from segdsl.records import record
from segdsl.resources import pack_names, pack_path
from segdsl.schema import Schema
from segdsl.schema_binding import read_schema
from segdsl.schema_reading import SCHEMA_KEYS, unknown_keys
from segdsl.source import Source, Span
from segdsl.toml_places import MAX_CHARACTERS, Item, read_toml

FILE_NAME = "segdsl.toml"
PROJECT_KEYS = ("language", "segments", "packs", "schema", "timezone", "data", "limits", *SCHEMA_KEYS[2:])
DATA_KEYS = ("path", "url")
LIMIT_KEYS = tuple(f.name for f in fields(lim.Limits))


@record(frozen=True, slots=True)
class ProjectFile:
    """A project as its file gives it. Paths are absolute (or as good as ``folder``, the file's own folder, is); ``url`` has
    its environment variables put in, and may therefore hold a secret: it is not shown."""

    source: Source
    folder: Path
    schema: Schema
    language: str = "1"
    segments: tuple[Path, ...] = ()
    packs: tuple[str, ...] = ()
    data: Path | None = None
    url: str | None = field(default=None, repr=False)
    limits: lim.Limits = lim.DEFAULT
    pack_spans: Mapping[str, Span] = field(default_factory=dict, repr=False, compare=False)
    """Where the packs are named."""

    @property
    def timezone(self) -> str:
        return self.schema.timezone


def find_project_file(start: Path) -> Path | None:
    """The nearest ``segdsl.toml``, or pyproject.toml with a ``[tool.segdsl]``, in a folder or those above it."""
    folder = start.absolute()
    for place in (folder, *folder.parents):
        own = place / FILE_NAME
        if own.is_file():
            return own
        shared = place / "pyproject.toml"
        if shared.is_file() and _mentions_segdsl(shared):
            return shared
    return None


def load_project_file(path: Path) -> tuple[ProjectFile | None, tuple[Diagnostic, ...]]:
    """Reads a project file. Without errors there is a project; there may be warnings beside it."""
    source, found = read_source(path)
    if source is None:
        return None, found
    return project_from_toml(source, path.parent, nested=path.name == "pyproject.toml")


def project_from_toml(
    source: Source, folder: Path, nested: bool = False
) -> tuple[ProjectFile | None, tuple[Diagnostic, ...]]:
    """The same from a text. ``nested``: the project lies in the table ``[tool.segdsl]``."""
    root, found = _project_table(source, nested)
    return (None, found) if root is None else _Reader(source, folder).project(root)


def load_segment_paths(path: Path) -> tuple[tuple[Path, ...], lim.Limits, tuple[Diagnostic, ...]]:
    """Where a project's segments are and how large they may be, whatever is wrong with the rest of its file."""
    source, found = read_source(path)
    if source is None:
        return (), lim.DEFAULT, found
    root, found = _project_table(source, nested=path.name == "pyproject.toml")
    if root is None:
        return (), lim.DEFAULT, found
    reader = _Reader(source, path.parent)
    if not isinstance(root.value, dict):
        return (), lim.DEFAULT, reader.project(root)[1]
    segments, limits = reader.segments(root.table.get("segments")), reader.limits(root.table.get("limits"))
    return segments, limits, tuple(reader.found)


def _project_table(source: Source, nested: bool) -> tuple[Item | None, tuple[Diagnostic, ...]]:
    root, found = read_toml(source)
    if root is None or not nested:
        return root, found
    tool = root.table.get("tool")
    own = tool.table.get("segdsl") if tool is not None else None
    return own, (errors.no_project(source.span(0, 0), source.name),) if own is None else ()


def schema_from_toml(source: Source) -> tuple[Schema | None, tuple[Diagnostic, ...]]:
    """The schema of a text that holds nothing else, such as the standard schema of a pack."""
    root, found = read_toml(source)
    if root is None:
        return None, found
    unknown = unknown_keys(root, "a schema", SCHEMA_KEYS)
    schema, found = read_schema(root)
    return (None if unknown else schema), tuple(Diagnostics((*unknown, *found)))


def pack_schema(name: str) -> Schema:
    """The standard schema of a predefined pack."""
    schema, found = schema_from_toml(_pack_source(name))
    assert schema is not None, [str(d) for d in found]
    return schema


def read_source(path: Path) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """A file's text, without a byte order mark."""
    name = str(path)
    nowhere = Span(None, 0, 0)
    try:
        with path.open("rb") as file:
            data = file.read(4 * MAX_CHARACTERS + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
        return None, (errors.unreadable(nowhere, name, reason.lower()),)
    try:
        return Source(name, data.decode("utf-8-sig")), ()
    except UnicodeDecodeError as error:
        if len(data) > 4 * MAX_CHARACTERS:
            return None, (errors.too_large(Source(name, "").span(0, 0), MAX_CHARACTERS),)
        readable = data[: error.start].decode("utf-8-sig", "replace")
        source = Source(name, readable + "\N{REPLACEMENT CHARACTER}")
        return None, (errors.not_utf8(source.span(len(readable), len(readable) + 1)),)


def _mentions_segdsl(path: Path) -> bool:
    source, _ = read_source(path)
    if source is None:
        return False
    try:
        tool = tomllib.loads(source.text).get("tool")
    except (ValueError, RecursionError):
        # A broken file that means to hold a project is reported when it is read.
        return re.search(r"^\s*\[tool\.segdsl", source.text, re.MULTILINE) is not None
    return isinstance(tool, dict) and "segdsl" in tool


def _pack_source(name: str) -> Source:
    file = pack_path(f"{name}.toml")
    return Source(f"{name}.toml", file.read_text(encoding="utf-8"))


def _packs_with_schema() -> tuple[str, ...]:
    return tuple(name for name in pack_names() if pack_path(f"{name}.toml").is_file())


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{")


class _Reader:
    def __init__(self, source: Source, folder: Path) -> None:
        self.source = source
        self.folder = folder
        self.found: list[Diagnostic] = []

    def project(self, root: Item) -> tuple[ProjectFile | None, tuple[Diagnostic, ...]]:
        if not isinstance(root.value, dict):
            return None, (errors.wrong_value(root.span, "segdsl", "a table", root.value),)
        self.found.extend(unknown_keys(root, "a project file", PROJECT_KEYS))
        keys = root.table
        segments = self.segments(keys.get("segments"))
        pack_spans = self.packs(keys.get("packs"))
        data, url = self.data(keys.get("data"))
        limits = self.limits(keys.get("limits"))
        if "schema" in keys:
            root = self.over_standard_schema(root, keys["schema"])
        schema, found = read_schema(root)
        self.found.extend(found)
        failed = any(d.severity is Severity.ERROR for d in self.found)
        in_order = tuple(Diagnostics(self.found))
        if failed or schema is None:
            return None, in_order
        language = keys["language"].value if "language" in keys else "1"
        assert isinstance(language, str)
        project = ProjectFile(
            self.source, self.folder, schema, language, segments, tuple(pack_spans), data, url, limits, pack_spans
        )
        return project, in_order

    def texts(self, item: Item | None, key: str) -> list[tuple[str, Item]]:
        """A list of different texts; a single one may stand without its brackets."""
        if item is None:
            return []
        items = item.items if isinstance(item.value, list) else [item]
        found: dict[str, Item] = {}
        for one in items:
            if not isinstance(one.value, str):
                self.found.append(errors.wrong_value(one.span, key, "a list of texts", one.value))
            elif not one.value.strip():
                self.found.append(errors.empty_value(one.span, key, "a text"))
            elif one.value in found:
                self.found.append(errors.repeated(one.span, f"in `{key}`", one.value))
            else:
                found[one.value] = one
        return list(found.items())

    def segments(self, item: Item | None) -> tuple[Path, ...]:
        paths = []
        for text, one in self.texts(item, "segments"):
            path = self.folder / text
            if "\0" in text or not path.exists():
                self.found.append(errors.no_such_path(one.span, text, str(self.folder)))
            paths.append(path)
        return tuple(paths)

    def packs(self, item: Item | None) -> dict[str, Span]:
        named = self.texts(item, "packs")
        for name, one in named:
            if name not in pack_names():
                self.found.append(errors.unknown_pack(one.span, name, pack_names()))
        return {name: one.span for name, one in named}

    def data(self, item: Item | None) -> tuple[Path | None, str | None]:
        if item is None:
            return None, None
        if not isinstance(item.value, dict):
            self.found.append(errors.wrong_value(item.span, "data", 'a table, such as { path = "data" }', item.value))
            return None, None
        self.found.extend(unknown_keys(item, "`data`", DATA_KEYS))
        for key in DATA_KEYS:
            one = item.table.get(key)
            if one is not None and not (isinstance(one.value, str) and one.value.strip() and "\0" not in one.value):
                self.found.append(errors.wrong_value(one.span, key, "a text that is not empty", one.value))
                return None, None
        path, url = item.table.get("path"), item.table.get("url")
        if path is not None and url is not None:
            self.found.append(errors.conflict(url.key, "url", "path", "data lies in one place"))
        return (
            self.folder / str(path.value) if path is not None else None,
            self.url(str(url.value), url) if url is not None else None,
        )

    def url(self, text: str, item: Item) -> str:
        """With its environment variables put in."""
        exact = item.inside.text == text

        def variable(match: re.Match[str]) -> str:
            span = item.span
            if exact:
                span = Span(span.source, item.inside.start + match.start(), item.inside.start + match.end())
            if match[1] is None:
                self.found.append(errors.bad_variable(span))
                return match[0]
            value = os.environ.get(match[1])
            if value is None:
                self.found.append(errors.unset_variable(span, match[1]))
                return match[0]
            return value

        try:
            password = urlsplit(text).password
        except ValueError:
            password = None
        if password and not _VARIABLE.search(password):
            self.found.append(errors.written_password(item.span))
        return _VARIABLE.sub(variable, text)

    def limits(self, item: Item | None) -> lim.Limits:
        if item is None:
            return lim.DEFAULT
        if not isinstance(item.value, dict):
            self.found.append(errors.wrong_value(item.span, "limits", "a table of numbers", item.value))
            return lim.DEFAULT
        self.found.extend(unknown_keys(item, "`limits`", LIMIT_KEYS))
        given: dict[str, int] = {}
        for key in LIMIT_KEYS:
            one = item.table.get(key)
            if one is None:
                continue
            if isinstance(one.value, int) and not isinstance(one.value, bool) and one.value >= 1:
                given[key] = one.value
            else:
                self.found.append(errors.wrong_limit(one.span, key))
        return replace(lim.DEFAULT, **given)

    def over_standard_schema(self, root: Item, item: Item) -> Item:
        known = _packs_with_schema()
        if not isinstance(item.value, str):
            self.found.append(errors.wrong_value(item.span, "schema", "the name of a pack", item.value))
            return root
        if item.value not in known:
            self.found.append(errors.unknown_pack(item.span, item.value, known))
            return root
        base, found = read_toml(_pack_source(item.value))
        assert base is not None, found
        return _laid_over(base, root)


# -- a project over a standard schema -------------------------------------------------------------------------------

_OTHER_SORTS: Mapping[str, tuple[str, ...]] = {
    "from": ("table", "parent", "on", "key", "time", "where", "groups", "by"),
    "groups": ("table", "parent", "on", "key", "time", "where", "from"),
    "table": ("from", "groups", "by"),
    "distinct": ("table", "created"),
}
"""What a key of the project makes of an entity or relation, and the keys of the standard schema that then mean nothing."""


def _laid_over(base: Item, over: Item) -> Item:
    """The standard schema with the project's keys in place of its own, and without what the project drops."""
    merged = {**base.table, **over.table}
    dropped: set[str] = set()
    for key in ("relations", "lookups"):
        if key in base.table:
            merged[key] = _owners_over(base.table[key], over.table.get(key), dropped)
    own = _mentioned(over)
    for key in ("relations", "lookups"):
        if key in merged:
            merged[key] = _without_orphans(merged, key, dropped, own)
    if "entity" in base.table and "entity" in over.table:
        merged["entity"] = _owner_over(base.table["entity"], over.table["entity"])
    if "traits" in base.table and "traits" in over.table:
        merged["traits"] = replace(
            over.table["traits"], value={**base.table["traits"].table, **over.table["traits"].table}
        )
    return replace(over, value=merged)


def _mentioned(over: Item) -> set[str]:
    return {name for key in ("relations", "lookups") if key in over.table for name in over.table[key].table}


def _owners_over(base: Item, over: Item | None, dropped: set[str]) -> Item:
    if over is None:
        return base
    if not isinstance(over.value, dict):
        return over
    merged = dict(base.table)
    for name, own in over.table.items():
        if name in base.table and "table" in own.table and own.table["table"].value is False:
            del merged[name]
            dropped.add(name)
        elif name in base.table:
            stands_on = own.table.get("from")
            supplied = _field_names(base, over, stands_on.value) if stands_on is not None else set()
            merged[name] = _owner_over(base.table[name], own, supplied)
        else:
            merged[name] = own
    return replace(over, value=merged)


def _field_names(base: Item, over: Item, name: object) -> set[str]:
    """What a relation has for fields, as far as it declares them itself."""
    return {
        field_name
        for owners in (base, over)
        for owner, item in owners.table.items()
        if owner == name and "fields" in item.table
        for field_name in item.table["fields"].table
    }


def _without_orphans(merged: Mapping[str, Item], key: str, dropped: set[str], own: set[str]) -> Item:
    """Without those of the standard schema that stand on a dropped one, unless the project speaks of them itself."""
    while True:
        orphans = {
            name
            for each in ("relations", "lookups")
            if each in merged
            for name, item in merged[each].table.items()
            if name not in own and name not in dropped
            for reference in ("parent", "from", "groups", "of")
            if reference in item.table and item.table[reference].value in dropped
        }
        if not orphans:
            break
        dropped |= orphans
    return replace(
        merged[key], value={n: i for n, i in merged[key].table.items() if n in own - dropped or n not in dropped}
    )


def _owner_over(base: Item, over: Item, supplied: Set[str] = frozenset()) -> Item:
    """An entity, relation or lookup. ``supplied``: fields that it has from elsewhere."""
    if not isinstance(over.value, dict):
        return over
    merged = dict(base.table)
    keeps_plain_fields = True
    for sort, meaningless in _OTHER_SORTS.items():
        if sort in over.table:
            for key in meaningless:
                merged.pop(key, None)
            keeps_plain_fields &= sort == "table"
    merged.update(over.table)
    if "fields" not in base.table:
        return replace(over, value=merged)
    kept = {str(merged["key"].value)} if "key" in merged else set()
    fields = _fields_over(base.table["fields"], over.table.get("fields"), keeps_plain_fields, kept, supplied)
    merged["fields"] = fields
    gone = base.table["fields"].table.keys() - fields.table.keys() - supplied
    for moment in ("time", "created"):
        # A moment that the data does not have: the standard schema's word on it goes with the field.
        if moment in merged and moment not in over.table and merged[moment].value in gone:
            del merged[moment]
    return replace(over, value=merged)


_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _fields_over(base: Item, over: Item | None, keep_plain: bool, key: Set[str], supplied: Set[str]) -> Item:
    """Fields by name. ``keep_plain`` false: where the standard schema's columns are not this project's, only the key stays, its
    computed fields, and what the project speaks of itself. A computed field that reads one that is gone goes too, unless
    the project speaks of it."""
    own = over.table if over is not None else {}
    if over is not None and not isinstance(over.value, dict):
        return over
    merged = {
        name: item
        for name, item in base.table.items()
        if keep_plain or name in own or name in key or "is" in item.table
    }
    for name, item in own.items():
        if name not in base.table:
            merged[name] = item
        elif item.value is False:
            del merged[name]
        else:
            merged[name] = _field_over(base.table[name], item)
    while True:
        gone = base.table.keys() - merged.keys() - supplied
        orphans = [
            name
            for name, item in merged.items()
            if name not in own and "is" in item.table and gone.intersection(_WORD.findall(str(item.table["is"].value)))
        ]
        if not orphans:
            return replace(over or base, value=merged)
        for name in orphans:
            del merged[name]


def _field_over(base: Item, over: Item) -> Item:
    long = {"type": base} if isinstance(base.value, str) else dict(base.table)
    if isinstance(over.value, str):
        own = {"type": over}
    elif isinstance(over.value, dict):
        own = over.table
    else:
        return over
    if "is" in own:
        for key in ("column", "missing"):
            long.pop(key, None)
    elif "column" in own:
        long.pop("is", None)
    return replace(over, value={**long, **own})
