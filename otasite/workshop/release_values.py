"""What a binary's facts become in YAML: the keys of its record, in their order there."""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from otasite.binaries.info import BinaryInfo
from otasite.catalogue.model import Signing
from otasite.catalogue.records import BinaryRecord
from otasite.site.files import facts_of
from otasite.typed_yaml.writing import Value

_OS_VERSION = re.compile(r"\d+(\.\d+)*")


def binary_values(
    info: BinaryInfo, place: tuple[str, str] | None, identifier: str, release: tuple[str, str] | None
) -> dict[str, Value]:
    """The ``ios:`` or ``android:`` block. ``place`` is ``file`` or ``url`` with its value, None to leave it as it is.

    ``identifier`` is the app's own and ``release`` the release's version and build, which need no repeating; ``None``
    to repeat them all the same, in place of others.
    """
    facts = msgspec.structs.replace(facts_of(info), url="")
    if (facts.version, facts.build) == release:
        facts = msgspec.structs.replace(facts, version="", build="")
    if facts.identifier == identifier:
        facts = msgspec.structs.replace(facts, identifier="")
    if not _OS_VERSION.fullmatch(facts.minimum_os):
        facts = msgspec.structs.replace(facts, minimum_os="")
    values: dict[str, Value] = dict([place]) if place else {}
    has_profile = info.ios is not None and info.ios.profile is not None
    for name in BinaryRecord.__struct_fields__:
        value = getattr(facts, name, None)
        if isinstance(value, Signing):
            value = said_by(value) if has_profile else None
        if value:
            values[name] = value
    return values


def said_by(struct: msgspec.Struct) -> dict[str, Value]:
    """All fields that say something, as YAML writes them."""
    values = {name: getattr(struct, name) for name in struct.__struct_fields__}
    return {
        name: f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, dt.datetime) else value
        for name, value in values.items()
        if value is not None and value != ""
    }
