"""Writes keys of earlier versions as they are called today; comments, order, quotes and layout stay.

Which keys these are, the record types say (:class:`otasite.typed_yaml.record.Replaced`). What comes out is read again
and compared with what went in: a file that cannot be rewritten without doubt is left as it is, and told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from otasite.problems import Location, Problem, ProblemsFound
from otasite.typed_yaml.composing import compose
from otasite.typed_yaml.kinds import Expected, Mapping, RecordKind, expected, with_new_names
from otasite.typed_yaml.plain import items, members
from otasite.typed_yaml.reading import read_yaml
from otasite.typed_yaml.texts import Places
from otasite.typed_yaml.writing import line_end, node_end, scalar

#: A moment that does not say its zone.
_WITHOUT_ZONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")


class Zone(NamedTuple):
    """What is appended to moments that do not say their zone, and the keys whose values are moments."""

    suffix: str = ""
    keys: frozenset[str] = frozenset()


class Upgraded(NamedTuple):
    """A text as it is written today; ``left`` is what a person has to rewrite."""

    text: str
    left: tuple[Problem, ...] = ()


_NO_ZONE = Zone()


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


class _Entry(NamedTuple):
    """One key of an earlier version in a mapping, with the keys that lead to what it is called today."""

    key: ScalarNode
    value: Node
    way: tuple[str, ...]


def upgraded(text: str, shown_as: str, type_: type[msgspec.Struct], *, zone: Zone = _NO_ZONE) -> Upgraded:
    """The text of a file that is read as ``type_``, with keys as they are called today.

    Raises :class:`ProblemsFound` when the text cannot be read.
    """
    wanted = expected(type_)
    root = compose(text, shown_as)
    if root is None:
        return Upgraded(text)
    edits: list[_Edit] = []
    left: list[Problem] = []
    places = Places(text, shown_as)
    for mapping, kind in _records(root, wanted):
        entries = [_Entry(key, value, way) for name, key, value in members(mapping) if (way := kind.way_of(name))]
        made = _moved(text, mapping, entries) if entries else []
        if made is None:
            left += [_by_hand(places, entry) for entry in entries]
        edits += made or []
        edits += _with_zone(mapping, kind, zone)
    after = _edited(text, edits)
    if after != text and not _means_the_same(text, after, shown_as, wanted, zone):
        return Upgraded(text, (_unsafe("what is written here", places.at(edits[0].start)),))
    return Upgraded(after, tuple(left))


def _edited(text: str, edits: list[_Edit]) -> str:
    parts, at = [], 0
    for edit in sorted(edits):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def _means_the_same(before: str, after: str, shown_as: str, wanted: Expected, zone: Zone) -> bool:
    try:
        values = [read_yaml(text, shown_as).value for text in (before, after)]
    except ProblemsFound:
        return False
    was, now = (_as_today(wanted, value, zone) for value in values)
    return bool(was == now)


def _as_today(wanted: Expected, value: Any, zone: Zone) -> Any:
    """A value with the keys, and dates, that ``upgraded`` writes."""
    if isinstance(value, list) and wanted.listing:
        return [_as_today(wanted.listing.item, item, zone) for item in value]
    if not isinstance(value, dict) or not wanted.mapping:
        return value
    kind = wanted.mapping
    if isinstance(kind, Mapping):
        return {name: _as_today(kind.value, held, zone) for name, held in value.items()}
    today = {
        name: _as_today(kind.members[name].expected, held, zone) if name in kind.members else held
        for name, held in with_new_names(kind, value)[0].items()
    }
    for name in zone.keys & today.keys() & kind.members.keys():
        if isinstance(today[name], str) and _WITHOUT_ZONE.fullmatch(today[name]):
            today[name] += zone.suffix
    return today


def _records(node: Node, wanted: Expected) -> Iterator[tuple[MappingNode, RecordKind]]:
    """Every mapping that is read into a record, with what may stand in it."""
    if isinstance(node, SequenceNode) and wanted.listing:
        for item in items(node):
            yield from _records(item, wanted.listing.item)
    elif isinstance(node, MappingNode) and isinstance(wanted.mapping, RecordKind):
        yield node, wanted.mapping
        known = wanted.mapping.members
        for name, _, value in members(node):
            if name in known:
                yield from _records(value, known[name].expected)
    elif isinstance(node, MappingNode) and isinstance(wanted.mapping, Mapping):
        for _, _, value in members(node):
            yield from _records(value, wanted.mapping.value)


def _with_zone(mapping: MappingNode, kind: RecordKind, zone: Zone) -> Iterator[_Edit]:
    """The zone behind a time of day that does not say its own."""
    for name, _, value in members(mapping):
        if name not in zone.keys or name not in kind.members or not isinstance(value, ScalarNode):
            continue
        if _WITHOUT_ZONE.fullmatch(value.value):
            end = int(value.end_mark.index) - bool(value.style)
            yield _Edit(end, end, zone.suffix)


def _moved(text: str, mapping: MappingNode, entries: list[_Entry]) -> list[_Edit] | None:
    """The edits that give the entries of one mapping their new names; None where that takes a person."""
    renamed = [_Edit(*_extent(entry.key), scalar(entry.way[0])) for entry in entries if len(entry.way) == 1]
    deeper: dict[str, list[_Entry]] = {}
    for entry in entries:
        if len(entry.way) > 1:
            deeper.setdefault(entry.way[0], []).append(entry)
    present = {name: value for name, _, value in members(mapping)}
    edits = list(renamed)
    for name, moving in deeper.items():
        home = present.get(name)
        if mapping.flow_style:
            made = _within_braces(text, name, moving) if home is None else None
        elif home is None:
            made = _below_a_new_key(text, name, moving)
        else:
            made = _into(text, home, moving)
        if made is None:
            return None
        edits += made
    return edits


def _within_braces(text: str, name: str, entries: list[_Entry]) -> list[_Edit] | None:
    """``{x-a: 1}`` → ``{extra: {a: 1}}``; several at once are for a person."""
    if len(entries) > 1:
        return None
    entry = entries[0]
    start, end = entry.key.start_mark.index, entry.value.end_mark.index
    held = scalar(entry.way[-1]) + text[entry.key.end_mark.index : end]
    return [_Edit(start, end, f"{name}: {{{held}}}")]


def _below_a_new_key(text: str, name: str, entries: list[_Entry]) -> list[_Edit]:
    """The new key where the first entry is, with all of them below it."""
    first, *others = entries
    column = int(first.key.start_mark.column)
    begin = _line_start(text, first)
    head = text[begin : first.key.start_mark.index]  # blank, or the dash of a list's item
    end = line_end(text, node_end(text, first.value))
    newline = _newline(text)
    lines = [_block(text, entry, column + 2) for entry in entries]
    written = newline.join([f"{head}{name}:", *(line.rstrip("\r\n") for line in lines)])
    return [
        _Edit(begin if head.strip() else _with_comments(text, first), end, written),
        *(_without(text, entry) for entry in others),
    ]


def _into(text: str, home: Node, entries: list[_Entry]) -> list[_Edit] | None:
    """The entries at the end of a mapping that is there already; None unless it is a block of lines."""
    starts_a_line = all(not text[_line_start(text, entry) : entry.key.start_mark.index].strip() for entry in entries)
    if not isinstance(home, MappingNode) or home.flow_style or not home.value or not starts_a_line:
        return None
    column = home.value[0][0].start_mark.column
    newline = _newline(text)
    end = line_end(text, node_end(text, home))
    lines = "".join(f"{newline}{_block(text, entry, column)}" for entry in entries)
    return [_Edit(end, end, lines), *(_without(text, entry) for entry in entries)]


def _block(text: str, entry: _Entry, column: int) -> str:
    """The lines of an entry under its new name, indented to ``column``; comments right above come along."""
    key = entry.key
    start, end = _line_start(text, entry), line_end(text, node_end(text, entry.value))
    more = column - key.start_mark.column
    above = text[_with_comments(text, entry) : start]
    held = scalar(entry.way[-1]) + text[key.end_mark.index : end]
    lines = above.splitlines(keepends=True) + held.splitlines(keepends=True)
    first = len(above.splitlines())
    shifted = [_shifted(line, more) if number != first else " " * column + line for number, line in enumerate(lines)]
    return "".join(shifted)


def _shifted(line: str, more: int) -> str:
    if not line.strip():
        return line
    return " " * more + line if more >= 0 else line[-more:]


def _without(text: str, entry: _Entry) -> _Edit:
    end = line_end(text, node_end(text, entry.value))
    end += len(text[end : end + 2]) if text.startswith("\r\n", end) else len(text[end : end + 1])
    return _Edit(_with_comments(text, entry), end, "")


def _with_comments(text: str, entry: _Entry) -> int:
    """Where the comments begin that stand right above an entry, in its own column."""
    start = _line_start(text, entry)
    if text[start : entry.key.start_mark.index].strip():  # behind a dash
        return start
    mark = " " * entry.key.start_mark.column + "#"
    while start > 0:
        above = text.rfind("\n", 0, start - 1) + 1
        if not text.startswith(mark, above):
            break
        start = above
    return start


def _newline(text: str) -> str:
    """How lines end: as the first does."""
    return "\r\n" if text.endswith("\r", 0, max(0, text.find("\n"))) else "\n"


def _line_start(text: str, entry: _Entry) -> int:
    return text.rfind("\n", 0, entry.key.start_mark.index) + 1


def _extent(node: Node) -> tuple[int, int]:
    return int(node.start_mark.index), int(node.end_mark.index)


def _by_hand(places: Places, entry: _Entry) -> Problem:
    return _unsafe(f"“{entry.key.value}”", places.at(entry.key.start_mark.index), entry.way)


def _unsafe(what: str, at: Location, way: tuple[str, ...] = ()) -> Problem:
    hint = (
        f"write it as “{': '.join(way)}”" if way else "write the keys that otasite check names in lines of their own"
    )
    message = f"{what} cannot be rewritten safely as it is written"
    return Problem(code="deprecated-key", message=message, hint=hint, location=at)
