"""All mistakes in a value, key by key, each with its position and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any, Final

from otasite.problems import Problem, closest, suggest
from otasite.typed_yaml.kinds import (
    Choice,
    Expected,
    Listing,
    Mapping,
    RecordKind,
    Text,
    Truth,
    Whole,
    with_new_names,
)
from otasite.typed_yaml.reading import KeyPath, Where
from otasite.typed_yaml.scalars import truth_hint, whole_hint
from otasite.typed_yaml.slips import ODD_SPACE_HINT, in_smart_quotes, odd_space, odd_spacer, without_odd_spaces
from otasite.typed_yaml.texts import FileProblems


class _Unusable:
    """Stands for a value of which nothing can be used."""


UNUSABLE: Final = _Unusable()


class Walk:
    """One walk over a value: collects ``problems`` and the paths of what it ``dropped``.

    ``where`` tells places in its file, which is looked into for what is wrong only; ``base`` is the topmost value.
    """

    def __init__(self, where: Where, base: KeyPath) -> None:
        self._base = base
        self._problems = FileProblems(lambda: where().path)
        self.dropped: set[KeyPath] = set()
        self._where = where
        self._around: list[RecordKind] = []  # the records that the present place is in, outermost first

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._problems.all

    def value(self, wanted: Expected, value: Any, path: KeyPath) -> Any:
        """Check ``value``; return it without its unusable parts, or :data:`UNUSABLE`.

        Raises :class:`ProblemsFound` when there are too many mistakes to go on.
        """
        if wanted.anything:
            return value
        if isinstance(value, dict) and wanted.mapping:
            return self._mapping(wanted.mapping, value, path)
        if isinstance(value, list) and wanted.listing:
            return self._listing(wanted.listing, value, path)
        if not isinstance(value, dict | list) and wanted.scalar:
            return self._scalar(wanted.scalar, value, path)
        if isinstance(value, str) and (odd := odd_spacer(value)):
            self._report(path, "odd-space", f"there is {odd[1]} here", ODD_SPACE_HINT)
            return UNUSABLE
        self._report(
            path,
            "wrong-type",
            f"{_named(path)} must be {describe(wanted)}; this is {_shape(value)}",
            _shape_hint(wanted, value),
        )
        return UNUSABLE

    # Mappings

    def _mapping(self, kind: Mapping | RecordKind, value: dict[str, Any], path: KeyPath) -> Any:
        if isinstance(kind, Mapping):
            return self._free(kind, value, path)
        self._around.append(kind)
        try:
            return self._record(kind, value, path)
        finally:
            self._around.pop()

    def _free(self, kind: Mapping, value: dict[str, Any], path: KeyPath) -> Any:
        cleaned = {}
        for name, held in value.items():
            key_is_right = self._text(kind.key, name, (*path, name), key=True)
            usable = self.value(kind.value, held, (*path, name))
            if key_is_right and usable is not UNUSABLE:
                cleaned[name] = usable
            else:
                self.dropped.add((*path, name))
        return self._sized(kind, value, cleaned, "keys", path)

    def _record(self, kind: RecordKind, value: dict[str, Any], path: KeyPath) -> Any:
        cleaned = {}
        value = self._with_new_names(kind, value, path)
        for name, held in value.items():
            member = kind.members.get(name)
            if member is None:
                if kind.closed:
                    self._unknown_key(kind, name, value, path)
                    self.dropped.add((*path, name))
                continue
            usable = self.value(member.expected, held, (*path, name))
            if usable is UNUSABLE:
                self.dropped.add((*path, name))
            else:
                cleaned[name] = usable
        required = [name for name, member in kind.members.items() if member.required]
        for name in required:
            if name not in value and (*path, name) not in self.dropped:
                self._missing_key(kind.members[name].expected, (*path, name))
            if name not in cleaned and path == self._base and _takes_any_text(kind.members[name].expected):
                cleaned[name] = f"({name})"
                self.dropped.add((*path, name))
        return cleaned if cleaned.keys() >= set(required) else UNUSABLE

    def _with_new_names(self, kind: RecordKind, value: dict[str, Any], path: KeyPath) -> dict[str, Any]:
        """The mapping with keys of earlier versions as they are called today, and a warning for each of them."""
        renamed, old = with_new_names(kind, value)
        for name in sorted(old):
            now = ": ".join(kind.way_of(name))
            hint = "otasite upgrade rewrites it"
            self._report((*path, name), "deprecated-key", f"“{name}” is called “{now}” now", hint, key=True)
        return renamed

    def _unknown_key(self, kind: RecordKind, name: str, beside: Collection[str], path: KeyPath) -> None:
        if odd := odd_space(name):
            self._report((*path, name), "odd-space", f"there is {odd[1]} in this key", ODD_SPACE_HINT, key=True)
            self.dropped.add((*path, without_odd_spaces(name)))
            return
        if in_smart_quotes(name):
            message = "typographic quotes around a key become a part of it"
            self._report((*path, name), "smart-quotes", message, "write the key without quotes", key=True)
            self.dropped.add((*path, name[1:-1]))
            return
        inside = _homes(kind, name)
        outside = any(name in record.members for record in self._around[:-1])
        if way := kind.way_of(name):
            hint = f"it is called “{': '.join(way)}” now, and that is written here, too: keep one of the two"
        elif inside:
            hint = f"it belongs inside {_listed(inside, 'or')}, indented below it"
        elif outside:
            hint = "it belongs further out: indent it less"
        else:
            meant = closest(re.sub(r"[ -]", "_", name).lower(), kind.members)
            if meant and meant not in beside:  # one mistake, so nobody may call that key missing, too
                self.dropped.add((*path, meant))
            hint = f"did you mean “{meant}”? " if meant else ""
            hint += f"known here: {', '.join(kind.members)}"
        where = f"in {_named(path)}" if path else "here"
        self._report((*path, name), "unknown-key", f"there is no key “{name}” {where}", hint, key=True)

    def _missing_key(self, wanted: Expected, path: KeyPath) -> None:
        name = str(path[-1])
        fault = "has no value" if self._where.mentions(*path) else "is missing"
        hint = f"write “{name}: …”: {_fragment(wanted.description) or describe(wanted)}"
        self._report(path, "missing-key", f"the key “{name}” {fault}", hint, key=True)

    # Lists

    def _listing(self, kind: Listing, value: list[Any], path: KeyPath) -> Any:
        cleaned = [self.value(kind.item, item, (*path, number)) for number, item in enumerate(value)]
        if any(item is UNUSABLE for item in cleaned):
            return UNUSABLE  # leaving out one item would move the others
        return self._sized(kind, value, cleaned, "items", path)

    def _sized(self, kind: Listing | Mapping, value: Any, cleaned: Any, unit: str, path: KeyPath) -> Any:
        fault = _size_fault(kind, len(value), unit)
        if fault:
            self._report(path, "bad-value", f"{_named(path)} {fault}; it has {len(value)}")
            return UNUSABLE
        return UNUSABLE if _size_fault(kind, len(cleaned), unit) else cleaned

    # Scalars

    def _scalar(self, kind: Text | Choice | Whole | Truth, value: Any, path: KeyPath) -> Any:
        match kind:
            case Text():
                right = self._text(kind, value, path)
            case Choice():
                right = self._choice(kind, value, path)
            case Whole():
                right = self._whole(kind, value, path)
            case Truth():
                right = self._truth(value, path)
        return value if right else UNUSABLE

    def _text(self, kind: Text, value: str, path: KeyPath, *, key: bool = False) -> bool:
        name = "a key" if key else _named(path)
        fault = _size_fault(kind, len(value), "characters")
        if fault:
            self._report(path, "bad-value", f"{name} {fault}; it has {len(value)}", key=key)
        elif kind.pattern is not None and not re.search(kind.pattern, value):
            hint = _fragment(kind.description) or f"it must match {kind.pattern}"
            self._report(path, "bad-value", f"{name} cannot be “{_short(value)}”", hint, key=key)
        else:
            return True
        return False

    def _choice(self, kind: Choice, value: str, path: KeyPath) -> bool:
        if value in kind.words:
            return True
        meant = suggest(value.lower(), kind.words)
        hint = " ".join(filter(None, (meant, f"possible: {', '.join(kind.words)}")))
        self._report(path, "bad-value", f"{_named(path)} cannot be “{_short(value)}”", hint)
        return False

    def _whole(self, kind: Whole, value: Any, path: KeyPath) -> bool:
        if isinstance(value, str):
            message = f"{_named(path)} must be a whole number, not “{_short(value)}”"
            self._report(path, "bad-value", message, whole_hint(value))
            return False
        fault = _bound_fault(kind, value)
        if fault:
            self._report(
                path, "bad-value", f"{_named(path)} must be {fault}, not {value}", _fragment(kind.description)
            )
        return not fault

    def _truth(self, value: Any, path: KeyPath) -> bool:
        if isinstance(value, bool):
            return True
        message = f"{_named(path)} must be true or false, not “{_short(value)}”"
        self._report(path, "bad-value", message, truth_hint(value))
        return False

    def _report(self, path: KeyPath, code: str, message: str, hint: str = "", *, key: bool = False) -> None:
        place = self._where(*path, key=key)
        self._problems.add(Problem(code=code, message=message, hint=hint, location=place))


def describe(wanted: Expected) -> str:
    """What may stand at a place, in words: “text or a list”."""
    words = []
    match wanted.scalar:
        case Text():
            words.append("text")
        case Choice(words=choices):
            words.append(_listed(choices, "or"))
        case Whole():
            words.append("a whole number")
        case Truth():
            words.append("true or false")
    if wanted.listing:
        words.append("a list")
    if wanted.mapping:
        words.append("a mapping")
    return _listed(words, "or")


def _homes(record: RecordKind, name: str, depth: int = 2) -> list[str]:
    """The mappings within ``record`` that know the key ``name``, nearest first: “ios:”, “defaults: ios:”."""
    within = {f"{key}:": member.expected.mapping for key, member in record.members.items()}
    records = {key: mapping for key, mapping in within.items() if isinstance(mapping, RecordKind)}
    homes = [f"“{key}”" for key, inner in records.items() if name in inner.members]
    if homes or depth == 1:
        return homes
    return [f"“{key} {home[1:]}" for key, inner in records.items() for home in _homes(inner, name, depth - 1)]


def _takes_any_text(wanted: Expected) -> bool:
    """Whether a word can stand in for a missing value, so that the rest of a file is not lost."""
    return wanted.scalar == Text(description=wanted.scalar.description) if wanted.scalar else False


def _keys(wanted: Expected) -> Iterable[str]:
    return wanted.mapping.members if isinstance(wanted.mapping, RecordKind) else ()


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else "text"


def _shape_hint(wanted: Expected, value: Any) -> str:
    if wanted.listing and not isinstance(value, dict):
        return f"write [{value}], or each item on a line of its own after “- ”" if _is_word(value) else _ITEMS
    if wanted.mapping:
        keys = ", ".join(_keys(wanted))
        return f"write its keys below it, indented: {keys}" if keys else "write “key: value” lines below it, indented"
    return "write the value on the line of its key"


_ITEMS: Final = "write each item on a line of its own after “- ”"


def _is_word(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[\w./-]{1,40}", value) is not None


def _bound_fault(kind: Whole, value: int) -> str:
    """What the number must be and is not; empty when it is right."""
    rules = (
        (kind.gt is not None and value <= kind.gt, f"more than {kind.gt}"),
        (kind.ge is not None and value < kind.ge, f"{kind.ge} or more"),
        (kind.lt is not None and value >= kind.lt, f"less than {kind.lt}"),
        (kind.le is not None and value > kind.le, f"{kind.le} or less"),
        (kind.multiple_of is not None and value % kind.multiple_of != 0, f"a multiple of {kind.multiple_of}"),
    )
    return next((words for broken, words in rules if broken), "")


def _size_fault(kind: Text | Listing | Mapping, size: int, unit: str) -> str:
    if kind.min_length is not None and size < kind.min_length:
        return f"needs at least {kind.min_length} {unit}"
    if kind.max_length is not None and size > kind.max_length:
        return f"may have at most {kind.max_length} {unit}"
    return ""


def _named(path: KeyPath) -> str:
    """The value at ``path`` as a sentence calls it: “icon”, item 2 of “platforms”, or the file."""
    if not path:
        return "the file"
    last = path[-1]
    return f"item {last + 1} of {_named(path[:-1])}" if isinstance(last, int) else f"“{last}”"


def _listed(words: Iterable[str], conjunction: str) -> str:
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def _fragment(sentence: str) -> str:
    """A description as a hint is written: without a capital at the start and a full stop at the end."""
    sentence = sentence.removesuffix(".")
    return sentence[:1].lower() + sentence[1:] if re.match(r"[A-Z][a-z ]", sentence) else sentence


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:59]}…"
