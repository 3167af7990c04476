"""The record types as a small tree that says, for each place in a file, what may stand there.

msgspec converts a file at C speed but stops at its first mistake; this tree, made once from the same types, lets
:mod:`otasite.typed_yaml.convert` find the others. It knows the types that records use: text, whole numbers,
``bool``, ``Literal`` of text, ``tuple[T, ...]`` and ``list[T]``, ``dict[str, T]``, structs, ``Any``, and unions of
these with at most one of each shape (a scalar, a list, a mapping).
"""

from __future__ import annotations

import re
from functools import cache
from inspect import cleandoc
from typing import Any, Final

import msgspec
from msgspec import inspect

from otasite.typed_yaml.record import Record, Replaced

_MEANING: Final = re.compile(r"^(\w+): (.+)$", re.MULTILINE)


class Kind(msgspec.Struct, kw_only=True):
    """Base of what may stand at a place; ``description`` is for people."""

    description: str = ""


class Text(Kind):
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None


class Choice(Kind):
    """One of some words."""

    words: tuple[str, ...]


class Whole(Kind):
    """A whole number; the bounds are named as in :class:`msgspec.Meta`."""

    gt: int | None = None
    ge: int | None = None
    lt: int | None = None
    le: int | None = None
    multiple_of: int | None = None


class Truth(Kind):
    """True or false."""


class Listing(Kind):
    item: Expected
    min_length: int | None = None
    max_length: int | None = None


class Mapping(Kind):
    """Free keys, values of one kind."""

    key: Text
    value: Expected
    min_length: int | None = None
    max_length: int | None = None


class Member(msgspec.Struct):
    """One key of a record."""

    expected: Expected
    required: bool


class RecordKind(Kind):
    """The keys that may stand in one mapping. ``members`` is filled after creation: records may nest themselves."""

    name: str
    members: dict[str, Member]
    closed: bool  # whether another key is a mistake
    replaced: tuple[Replaced, ...] = ()

    def way_of(self, name: str) -> tuple[str, ...]:
        """The keys that lead to what is said today instead of a key of earlier versions; none for all others."""
        if name in self.members:
            return ()
        return next((way for each in self.replaced if (way := each.way(name))), ())


class Expected(msgspec.Struct, kw_only=True):
    """What may stand at one place: at most one kind of each shape. ``anything`` accepts every value."""

    scalar: Text | Choice | Whole | Truth | None = None
    listing: Listing | None = None
    mapping: Mapping | RecordKind | None = None
    anything: bool = False
    description: str = ""


def with_new_names(kind: RecordKind, value: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """A mapping with the keys of earlier versions as they are called today, and the names of these keys.

    Those stay as they are, and are not named, whose new name is written, too.
    """
    ways = {name: way for name in value if (way := kind.way_of(name))} if kind.replaced else {}
    if not ways:
        return value, set()
    renamed = {name: held for name, held in value.items() if name not in ways}
    copied: set[int] = set()
    done = {name for name, way in ways.items() if _put(renamed, way, value[name], copied)}
    return renamed | {name: value[name] for name in ways if name not in done}, done


def _put(mapping: dict[str, Any], way: tuple[str, ...], value: Any, copied: set[int]) -> bool:
    """Put a value where the keys of ``way`` lead; false when something is there already.

    Mappings on the way are copied before they change, each once: ``copied`` are the identities of these copies.
    """
    first, *rest = way
    if not rest:
        is_free = first not in mapping
        mapping.setdefault(first, value)
        return is_free
    inner = mapping.get(first)
    inner = {} if inner is None else inner
    if not isinstance(inner, dict):
        return False
    if id(inner) not in copied:
        mapping[first] = inner = dict(inner)
        copied.add(id(inner))
    return _put(inner, tuple(rest), value, copied)


@cache
def expected(type_: Any) -> Expected:
    """The tree for ``type_``. Raises :class:`TypeError` for a type that no record may use."""
    return _Compiler().expected(inspect.type_info(type_))


class _Compiler:
    def __init__(self) -> None:
        self._records: dict[type, RecordKind] = {}

    def expected(self, info: inspect.Type) -> Expected:
        found = Expected()
        self._add(found, info, "")
        if isinstance(info, inspect.Metadata):
            found.description = _description(info)
        return found

    def _add(self, found: Expected, info: inspect.Type, description: str) -> None:
        """Add what ``info`` allows to ``found``; two kinds of one shape would make mistakes ambiguous."""
        match info:
            case inspect.Metadata():
                self._add(found, info.type, _description(info) or description)
            case inspect.UnionType():
                for member in info.types:
                    self._add(found, member, "")
            case inspect.NoneType():
                pass  # “not given” never reaches a conversion
            case inspect.AnyType():
                found.anything = True
            case _:
                shape, kind = self._kind(info, description)
                if getattr(found, shape) is not None:
                    raise TypeError(f"a record may not use a union of two kinds of {shape}")
                setattr(found, shape, kind)

    def _kind(self, info: inspect.Type, description: str) -> tuple[str, Kind]:
        match info:
            case inspect.StrType():
                return "scalar", self._text(info, description)
            case inspect.LiteralType(values=values) if all(isinstance(value, str) for value in values):
                return "scalar", Choice(words=tuple(map(str, values)), description=description)
            case inspect.IntType(gt=gt, ge=ge, lt=lt, le=le, multiple_of=step):
                return "scalar", Whole(gt=gt, ge=ge, lt=lt, le=le, multiple_of=step, description=description)
            case inspect.BoolType():
                return "scalar", Truth(description=description)
            case inspect.ListType() | inspect.VarTupleType():
                item = self.expected(info.item_type)
                low, high = info.min_length, info.max_length
                return "listing", Listing(item=item, min_length=low, max_length=high, description=description)
            case inspect.DictType(key_type=key_type):
                return "mapping", self._mapping(info, self.expected(key_type).scalar, description)
            case inspect.StructType(tag=None, array_like=False):
                return "mapping", self._record(info)
        raise TypeError(f"a record may not use the type {info!r}")

    @staticmethod
    def _text(info: inspect.StrType, description: str) -> Text:
        low, high = info.min_length, info.max_length
        return Text(pattern=info.pattern, min_length=low, max_length=high, description=description)

    def _mapping(self, info: inspect.DictType, key: Kind | None, description: str) -> Mapping:
        if not isinstance(key, Text):
            raise TypeError("the keys of a mapping must be text")
        return Mapping(
            key=key,
            value=self.expected(info.value_type),
            min_length=info.min_length,
            max_length=info.max_length,
            description=description,
        )

    def _record(self, info: inspect.StructType) -> RecordKind:
        cls = info.cls
        if cls not in self._records:
            closed = cls.__struct_config__.forbid_unknown_fields
            replaced = cls.REPLACED if issubclass(cls, Record) else ()
            record = RecordKind(
                name=cls.__name__, members={}, closed=closed, replaced=replaced, description=_summary(cls)
            )
            self._records[cls] = record
            meanings = _meanings(cls)
            for field in info.fields:
                wanted = self.expected(field.type)
                wanted.description = wanted.description or meanings.get(field.name, "")
                record.members[field.encode_name] = Member(wanted, field.required)
        return self._records[cls]


def _summary(cls: type) -> str:
    """The first paragraph of a struct's docstring."""
    return " ".join((cls.__doc__ or "").split("\n\n")[0].split())


def _meanings(cls: type) -> dict[str, str]:
    """What a struct's docstring, and those it inherits from, say of its keys: lines of the form ``key: meaning``."""
    docs = [cleandoc(base.__doc__ or "") for base in reversed(cls.__mro__) if issubclass(base, msgspec.Struct)]
    return dict(_MEANING.findall("\n".join(docs)))


def _description(info: inspect.Metadata) -> str:
    return str((info.extra_json_schema or {}).get("description", ""))
