"""Builds app bundles: manifest and resource table as Protocol Buffers, encoded independently of otasite's reader.

Numbers of fields are those of ``Resources.proto`` and ``Configuration.proto`` in Android's aapt2.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.binaries.apks import NUMBERS, Colour, Ref, Resource, Tag, Value, manifest
from tests.binaries.zips import write_zip

ANDROID = "http://schemas.android.com/apk/res/android"


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def item(field: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(data)) + data


def xml_node(tag: Tag) -> bytes:
    """An ``XmlNode`` with everything inside of it."""
    attributes = b"".join(item(4, _attribute(name, value)) for name, value in tag.attributes.items())
    source = number(1, 3) + number(2, 1)
    children = b"".join(item(5, xml_node(child)) for child in tag.children)
    element = item(1, item(1, "android") + item(2, ANDROID)) + item(3, tag.name) + attributes + children
    return item(1, element) + item(3, source)


def _attribute(name: str, value: Value) -> bytes:
    space = item(1, ANDROID) if name in NUMBERS else b""
    own = number(5, NUMBERS[name]) if name in NUMBERS else b""
    text = item(3, value) if isinstance(value, str) else b""
    compiled = b"" if isinstance(value, str) else item(6, compiled_item(value))
    return space + item(2, name) + text + own + compiled


def compiled_item(value: Value, *, file: bool = False) -> bytes:
    """An ``Item``: a reference, a text, the path of a file, or a primitive."""
    if isinstance(value, Ref):
        return item(1, number(1, 0) + number(2, value.number) + item(3, "type/name"))
    if isinstance(value, str):
        return item(5 if file else 2, item(1, value) + (number(2, 1) if file else b""))
    if isinstance(value, bool):
        return item(7, number(8, value))
    if isinstance(value, Colour):
        return item(7, number(9, value.argb))
    if isinstance(value, float):
        return item(7, varint(3 << 3 | 5) + struct.pack("<f", value))
    return item(7, number(6, value))


def resource_table(resources: Sequence[Resource]) -> bytes:
    """A ``ResourceTable`` with one package."""
    kinds: dict[int, dict[int, list[Resource]]] = {}
    for resource in resources:
        kinds.setdefault(resource.number >> 16 & 0xFF, {}).setdefault(resource.number & 0xFFFF, []).append(resource)
    types = b""
    for kind, entries in kinds.items():
        content = b"".join(item(3, _entry(entry, values)) for entry, values in entries.items())
        types += item(3, item(1, number(1, kind)) + item(2, f"type{kind}") + content)
    package = item(1, number(1, 0x7F)) + item(2, "com.example.app") + types
    return item(1, item(1, b"pool")) + item(2, package)


def _entry(entry: int, values: Sequence[Resource]) -> bytes:
    identifier = item(1, number(1, entry)) if entry else item(1, b"")
    return identifier + item(2, f"entry{entry}") + b"".join(item(6, _configured(value)) for value in values)


def _configured(resource: Resource) -> bytes:
    config = item(3, resource.locale) if resource.locale else b""
    config += number(18, resource.density) if resource.density else b""
    config += number(24, resource.sdk) if resource.sdk else b""
    is_file = isinstance(resource.value, str) and "/" in resource.value
    return item(1, config) + item(2, item(1, b"") + item(4, compiled_item(resource.value, file=is_file)))


def write_aab(
    path: Path,
    files: Mapping[str, bytes] | None = None,
    *,
    root: Tag | None = None,
    resources: Sequence[Resource] = (),
) -> Path:
    """A bundle with one module; ``files`` are named relative to it."""
    contents = {
        "BundleConfig.pb": b"\n\x07\n\x051.9.0",
        "base/manifest/AndroidManifest.xml": xml_node(root or manifest()),
    }
    if resources:
        contents["base/resources.pb"] = resource_table(resources)
    return write_zip(path, contents | {f"base/{name}": data for name, data in (files or {}).items()})
