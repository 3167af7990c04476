"""JSON Schema of the YAML files, for editors: completion, hover texts and red lines while typing.

Made from the same types as the conversion (:mod:`otasite.typed_yaml.kinds`). It never rejects a file that otasite
accepts. It is a little more lenient where an editor's YAML parser has already turned text into something else:
``version: 1.10`` is a number there, so text may be a number or a boolean, too.

Draft 7, because that is what yaml-language-server (VS Code, Neovim, Zed …) fully supports; every keyword used here
means the same in 2020-12.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal, get_args

import msgspec

from otasite.catalogue.output_choice import Holder, OutputKinds, outputs_type
from otasite.catalogue.records import AppRecord, ReleaseRecord
from otasite.catalogue.site_record import SiteRecord
from otasite.typed_yaml.kinds import Choice, Expected, Mapping, Member, RecordKind, Text, Truth, Whole, expected
from otasite.typed_yaml.scalars import TRUTH, WHOLE

Kind = Literal["site", "app", "release"]
Schema = dict[str, Any]
Types = dict[str, RecordKind]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
#: Which part of a theme's ``extra:`` says what stands below that of a mapping.
_HOLDERS: Final = {
    "SiteRecord": "site",
    "AppRecord": "app",
    "ReleaseRecord": "release",
    "ReleaseDefaultsRecord": "release",
    "BinaryRecord": "binary",
}
#: Who has which ``outputs:``.
_OUTPUTS_OF: Final[dict[str, Holder]] = {"SiteRecord": "site", "AppRecord": "app"}
_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_RECORDS: Final = {"site": SiteRecord, "app": AppRecord, "release": ReleaseRecord}

#: What a plain scalar may look like to a parser that makes numbers and booleans of text.
_NUMBERS: Final = ("7", "-1", "16.4", "7" * 64)
_BOOLEANS: Final = ("true", "false")


def schema(kind: Kind | None, kinds: OutputKinds, extra: Types | None = None) -> Schema:
    """The schema of ``site.yaml``, of an app's file or of a release's file; with ``None`` one for all three.

    ``kinds`` are the outputs that the first two can ask for.

    The one for all three tells them apart by their required keys: a site has a title, an app has a name. Editors
    complete better with the schema of the one kind. ``extra`` is what a theme says of data of the site's own.
    """
    writer = _Writer(extra or {}, kinds)
    if kind:
        top = writer.reference(_RECORDS[kind])
        title = f"otasite: {kind}"
    else:
        site, app, release = (writer.reference(_RECORDS[each]) for each in KINDS)
        release_or_app = {"if": {"required": ["name"]}, "then": app, "else": release}
        top = {"if": {"required": ["title"]}, "then": site, "else": release_or_app}
        title = "otasite: site, app or release"
    return {"$schema": _DRAFT, "title": title, **top, "definitions": dict(sorted(writer.definitions.items()))}


def data_schema(name: str, wanted: Expected) -> Schema:
    """The schema of a file in ``content/data/`` as a theme declares it."""
    writer = _Writer({})
    top = writer.value(wanted)
    definitions = dict(sorted(writer.definitions.items()))
    return {"$schema": _DRAFT, "title": f"otasite: data.{name}", **top, "definitions": definitions}


class _Writer:
    """Writes schemas and collects the definitions of the records that they refer to."""

    def __init__(self, extra: Types, kinds: OutputKinds = ()) -> None:
        self._extra = extra
        self._kinds = kinds
        self.definitions: dict[str, Schema] = {}

    def reference(self, type_: Any) -> Schema:
        """A reference to the definition of the struct ``type_``."""
        mapping = expected(type_).mapping
        if not isinstance(mapping, RecordKind):
            raise TypeError(f"{type_!r} is not a record")
        return self._to_record(mapping)

    def _to_record(self, record: RecordKind) -> Schema:
        name = record.name.removesuffix("Record")
        if name not in self.definitions:
            self.definitions[name] = {}  # now, so that a record that holds itself is written once
            self.definitions[name] = self._record(record)
        return {"$ref": f"#/definitions/{name}"}

    def _record(self, record: RecordKind) -> Schema:
        members = record.members.items()
        written: Schema = {"type": "object", "description": _prose(record.description)}
        written["properties"] = {
            name: self.value(member.expected, optional=not member.required) for name, member in members
        }
        own = self._extra.get(_HOLDERS.get(record.name, ""))
        if own is not None:
            written["properties"]["extra"] |= self._own(own)
        if holder := _OUTPUTS_OF.get(record.name):
            said = expected(outputs_type(self._kinds, holder))
            said = msgspec.structs.replace(said, description=record.members["outputs"].expected.description)
            written["properties"]["outputs"] = self.value(said, optional=True)
        required = [name for name, member in members if member.required]
        if required:
            written["required"] = required
        written["additionalProperties"] = not record.closed
        return written

    def _own(self, own: RecordKind) -> Schema:
        """What a theme reads below ``extra:``; that of a release may be said in ``defaults:`` as well."""
        members = {name: Member(member.expected, required=False) for name, member in own.members.items()}
        return {"properties": self._record(msgspec.structs.replace(own, members=members))["properties"]}

    def value(self, wanted: Expected, *, optional: bool = False) -> Schema:
        """The schema of a place; one that is ``optional`` may be left empty, which editors read as null."""
        if wanted.anything:
            return _described({}, wanted.description)
        shapes = [self._shape(kind) for kind in (wanted.scalar, wanted.listing, wanted.mapping) if kind]
        if optional:
            if len(shapes) == 1 and "type" in shapes[0]:
                shapes = [_or_null(shapes[0])]
            else:
                shapes.append({"type": "null"})
        if len(shapes) == 1:
            return _described(shapes[0], wanted.description)
        return _described({"anyOf": shapes}, wanted.description)

    def _shape(self, kind: Any) -> Schema:
        match kind:
            case Text():
                return _described(_text(kind), kind.description)
            case Choice(words=words):
                return _described({"type": "string", "enum": list(words)}, kind.description)
            case Whole():
                return _described(_whole(kind), kind.description)
            case Truth():
                spelt = _pattern(f"^({'|'.join(TRUTH)})$", "Write true or false.")
                return _described({"type": ["boolean", "string"]} | spelt, kind.description)
            case RecordKind():
                return self._to_record(kind)
            case Mapping():
                return self._mapping(kind)
            case _:
                items = {"type": "array", "items": self.value(kind.item)}
                items |= _given(minItems=kind.min_length, maxItems=kind.max_length)
                return _described(items, kind.description)

    def _mapping(self, kind: Mapping) -> Schema:
        written: Schema = {"type": "object", "additionalProperties": self.value(kind.value, optional=True)}
        if kind.key.pattern:
            written["propertyNames"] = _pattern(kind.key.pattern, kind.key.description)
        return _described(written, kind.description)


def _text(kind: Text) -> Schema:
    fits = re.compile(kind.pattern or "").search
    types = ["string"]
    types += ["number"] * any(map(fits, _NUMBERS))
    types += ["boolean"] * any(map(fits, _BOOLEANS))
    written: Schema = {"type": types if len(types) > 1 else "string"}
    if kind.pattern:
        written |= _pattern(kind.pattern, kind.description)
    return written | _given(minLength=kind.min_length, maxLength=kind.max_length)


def _whole(kind: Whole) -> Schema:
    written: Schema = {"type": ["integer", "string"]} | _pattern(WHOLE.pattern, "A whole number.")
    written |= _given(exclusiveMinimum=kind.gt, minimum=kind.ge, exclusiveMaximum=kind.lt, maximum=kind.le)
    return written | _given(multipleOf=kind.multiple_of)


def _or_null(written: Schema) -> Schema:
    types = written["type"] if isinstance(written["type"], list) else [written["type"]]
    nullable = {**written, "type": [*types, "null"]}
    if "enum" in written:
        nullable["enum"] = [*written["enum"], None]
    return nullable


def _given(**keywords: object) -> Schema:
    return {name: value for name, value in keywords.items() if value is not None}


def _described(written: Schema, description: str) -> Schema:
    """``written`` with the description of its place; the format's own description is kept after it."""
    texts = dict.fromkeys(filter(None, (_prose(description), written.get("description", ""))))
    return {**written, "description": " ".join(texts)} if texts else written


def _pattern(pattern: str, explanation: str) -> Schema:
    r"""A pattern as editors read it, and the words they show when it does not match.

    ``\Z`` is Python's: elsewhere ``$`` matches only at the very end.
    """
    written = {"pattern": pattern.replace(r"\Z", "$")}
    return written | ({"patternErrorMessage": explanation} if explanation else {})


def _prose(text: str) -> str:
    """A docstring as plain text: editors would show its backquotes as they are."""
    return text.replace("``", "")
