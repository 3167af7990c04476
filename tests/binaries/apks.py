"""Builds small APKs: compiled XML, resource tables in all their forms, and signatures' containers.

The encoders follow ``ResourceTypes.h`` of the Android Open Source Project, independently of otasite's readers.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.binaries.zips import write_zip

ANDROID = "http://schemas.android.com/apk/res/android"
NUMBERS = {
    "label": 0x01010001, "icon": 0x01010002, "name": 0x01010003, "debuggable": 0x0101000F, "value": 0x01010024,
    "drawable": 0x01010199, "isSplitRequired": 0x01010591, "requiredSplitTypes": 0x0101064E,
    "minSdkVersion": 0x0101020C, "versionCode": 0x0101021B, "versionName": 0x0101021C,
    "targetSdkVersion": 0x01010270, "testOnly": 0x01010272, "versionCodeMajor": 0x01010576,
    "protectionLevel": 0x01010009, "scheme": 0x01010027, "host": 0x01010028,
    "maxSdkVersion": 0x01010271, "required": 0x0101028E, "autoVerify": 0x010104EE, "compileSdkVersion": 0x01010572,
    "foregroundServiceType": 0x01010599,
    "pathData": 0x01010405, "fillColor": 0x01010404, "viewportWidth": 0x01010402, "viewportHeight": 0x01010403,
}  # fmt: skip


@dataclass(frozen=True)
class Ref:
    """A reference to a resource by number."""

    number: int


@dataclass(frozen=True)
class Colour:
    argb: int


Value = str | int | bool | float | Ref | Colour


@dataclass
class Tag:
    """An XML element. Attribute names that Android defines get its namespace and number."""

    name: str
    attributes: Mapping[str, Value] = field(default_factory=dict)
    children: Sequence[Tag] = ()


class Pool:
    """A string pool that grows while it is used."""

    def __init__(self, first: Sequence[str] = ()) -> None:
        self.strings = list(first)

    def index(self, text: str) -> int:
        if text not in self.strings:
            self.strings.append(text)
        return self.strings.index(text)

    def encoded(self, *, utf8: bool) -> bytes:
        offsets, body = b"", b""
        for text in self.strings:
            offsets += struct.pack("<I", len(body))
            body += _utf8(text) if utf8 else _utf16(text)
        body = body.ljust((len(body) + 3) // 4 * 4, b"\0")
        start = 28 + len(offsets)
        return chunk(1, struct.pack("<5I", len(self.strings), 0, 0x100 if utf8 else 0, start, 0), offsets + body)


def chunk(kind: int, header: bytes, body: bytes = b"") -> bytes:
    return struct.pack("<HHI", kind, 8 + len(header), 8 + len(header) + len(body)) + header + body


def compiled_xml(root: Tag, *, utf8: bool = False, keep_names: bool = True) -> bytes:
    """A document as ``aapt2`` compiles it; without ``keep_names`` Android's attribute names are stripped."""
    names = sorted(
        {name for tag in _walk(root) for name in tag.attributes if name in NUMBERS}, key=NUMBERS.__getitem__
    )
    pool = Pool(names)
    body = b"".join(_elements(root, pool))
    numbers = b"".join(struct.pack("<I", NUMBERS[name]) for name in names)
    if not keep_names:
        pool.strings[: len(names)] = [""] * len(names)
    return chunk(3, b"", pool.encoded(utf8=utf8) + chunk(0x180, b"", numbers) + body)


def _walk(tag: Tag) -> list[Tag]:
    return [tag, *(found for child in tag.children for found in _walk(child))]


def _elements(tag: Tag, pool: Pool) -> list[bytes]:
    attributes = sorted(tag.attributes.items(), key=lambda item: NUMBERS.get(item[0], 0))
    encoded = b"".join(_attribute(name, value, pool) for name, value in attributes)
    node = struct.pack("<II", 1, 0xFFFFFFFF)
    own = struct.pack("<II6H", 0xFFFFFFFF, pool.index(tag.name), 20, 20, len(attributes), 0, 0, 0)
    start = chunk(0x102, node, own + encoded)
    end = chunk(0x103, node, struct.pack("<II", 0xFFFFFFFF, pool.index(tag.name)))
    return [start, *(part for child in tag.children for part in _elements(child, pool)), end]


def _attribute(name: str, value: Value, pool: Pool) -> bytes:
    space = pool.index(ANDROID) if name in NUMBERS else 0xFFFFFFFF
    key = list(pool.strings).index(name) if name in pool.strings else pool.index(name)
    kind, data = typed(value, pool)
    raw = data if kind == 3 else 0xFFFFFFFF
    return struct.pack("<IIIHBBI", space, key, raw, 8, 0, kind, data)


def typed(value: Value, pool: Pool) -> tuple[int, int]:
    if isinstance(value, bool):
        return 0x12, 0xFFFFFFFF if value else 0
    if isinstance(value, str):
        return 0x03, pool.index(value)
    if isinstance(value, float):
        return 0x04, int(struct.unpack("<I", struct.pack("<f", value))[0])
    if isinstance(value, Ref):
        return 0x01, value.number
    if isinstance(value, Colour):
        return 0x1C, value.argb
    return 0x10, value & 0xFFFFFFFF


def _utf16(text: str) -> bytes:
    units = text.encode("utf-16-le")
    return struct.pack("<H", len(units) // 2) + units + b"\0\0"


def _utf8(text: str) -> bytes:
    data = text.encode()
    return _short(len(text)) + _short(len(data)) + data + b"\0"


def _short(length: int) -> bytes:
    return bytes([length]) if length < 0x80 else bytes([0x80 | length >> 8, length & 0xFF])


@dataclass(frozen=True)
class Resource:
    """One value: type and entry number (0x7FTTEEEE), configuration, and the value itself."""

    number: int
    value: Value
    density: int = 0
    locale: str = ""
    sdk: int = 0


def resource_table(resources: Sequence[Resource], *, form: str = "plain", utf8: bool = True) -> bytes:
    """A ``resources.arsc`` in one of the forms aapt2 writes: plain, sparse, offset16 or compact."""
    pool, keys = Pool(), Pool(["key"])
    groups: dict[tuple[int, int, str, int], list[Resource]] = {}
    for resource in resources:
        config = (resource.number >> 16 & 0xFF, resource.density, resource.locale, resource.sdk)
        groups.setdefault(config, []).append(resource)
    types = b"".join(_type_chunk(config, members, pool, form) for config, members in groups.items())
    names = Pool([f"type{number}" for number in range(1, 1 + max((key[0] for key in groups), default=1))])
    type_names, key_names = names.encoded(utf8=utf8), keys.encoded(utf8=utf8)
    name = "com.example.app".encode("utf-16-le").ljust(256, b"\0")
    header = struct.pack("<I", 0x7F) + name + struct.pack("<5I", 288, 0, 288 + len(type_names), 0, 0)
    package = chunk(0x200, header, type_names + key_names + types)
    return chunk(2, struct.pack("<I", 1), pool.encoded(utf8=utf8) + package)


def _type_chunk(config: tuple[int, int, str, int], members: list[Resource], pool: Pool, form: str) -> bytes:
    kind, density, locale, sdk = config
    entries = {resource.number & 0xFFFF: _entry(resource.value, pool, form) for resource in members}
    count = max(entries) + 1
    starts, body = {}, b""
    for index in sorted(entries):
        starts[index] = len(body)
        body += entries[index]
    if form == "sparse":
        flags, count = 1, len(starts)
        table = b"".join(struct.pack("<HH", index, start // 4) for index, start in sorted(starts.items()))
    elif form == "offset16":
        flags = 2
        table = b"".join(struct.pack("<H", starts[i] // 4 if i in starts else 0xFFFF) for i in range(count))
        table = table.ljust((len(table) + 3) // 4 * 4, b"\0")
    else:
        flags = 0
        table = b"".join(struct.pack("<I", starts.get(i, 0xFFFFFFFF)) for i in range(count))
    language = locale.encode().ljust(2, b"\0")
    screen = (0, 0, density, 0, 0)
    configuration = struct.pack("<IHH2s2sBBHIIHHII", 36, 0, 0, language, b"\0\0", *screen, sdk, 0, 0, 0)
    start = 20 + len(configuration) + len(table)
    header = struct.pack("<BBHII", kind, flags, 0, count, start) + configuration
    return chunk(0x201, header, table + body)


def _entry(value: Value, pool: Pool, form: str) -> bytes:
    kind, data = typed(value, pool)
    if form == "compact":
        return struct.pack("<HHI", 0, 8 | kind << 8, data)
    return struct.pack("<HHIHBBI", 8, 0, 0, 8, 0, kind, data)


def manifest(
    *,
    application: Mapping[str, Value] | None = None,
    sdk: Mapping[str, Value] | None = None,
    launcher: Mapping[str, Value] | None = None,
    **attributes: Value,
) -> Tag:
    """A manifest with one activity that the home screen shows."""
    own: dict[str, Value] = {"label": "Example", "icon": Ref(0x7F020000)}
    top: dict[str, Value] = {"package": "com.example.app", "versionCode": 42, "versionName": "1.10"}
    intent = Tag("intent-filter", {}, [Tag("category", {"name": "android.intent.category.LAUNCHER"})])
    activity = Tag("activity", {"name": ".Main", **(launcher or {})}, [intent])
    return Tag(
        "manifest",
        top | attributes,
        [
            Tag("uses-sdk", sdk or {"minSdkVersion": 21, "targetSdkVersion": 34}),
            Tag("application", own | dict(application or {}), [activity]),
        ],
    )


def write_apk(
    path: Path,
    files: Mapping[str, bytes] | None = None,
    *,
    root: Tag | None = None,
    resources: Sequence[Resource] = (),
    form: str = "plain",
    utf8: bool = True,
    keep_names: bool = True,
) -> Path:
    contents = {"AndroidManifest.xml": compiled_xml(root or manifest(), utf8=utf8, keep_names=keep_names)}
    if resources:
        contents["resources.arsc"] = resource_table(resources, form=form, utf8=utf8)
    return write_zip(path, contents | dict(files or {}))


def jar_signature(message: bytes, *, others: str = "", name: str = "CERT") -> dict[str, bytes]:
    """The files of a v1 signature; ``others`` are the schemes that it says were used as well (“2, 3”)."""
    head = "Signature-Version: 1.0\r\n" + (f"X-Android-APK-Signed: {others}\r\n" if others else "")
    entry = "\r\nName: AndroidManifest.xml\r\nSHA-256-Digest: x\r\n\r\n"
    return {
        "META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\n\r\n",
        f"META-INF/{name}.SF": (head + entry).encode(),
        f"META-INF/{name}.RSA": message,
    }


def with_signing_block(data: bytes, blocks: Mapping[int, bytes]) -> bytes:
    """The APK with an APK Signing Block before its table of contents."""
    end = data.rindex(b"PK\x05\x06")
    directory = int.from_bytes(data[end + 16 : end + 20], "little")
    pairs = b"".join(struct.pack("<QI", 4 + len(body), number) + body for number, body in blocks.items())
    size = struct.pack("<Q", len(pairs) + 24)
    block = size + pairs + size + b"APK Sig Block 42"
    moved = data[:directory] + block + data[directory:end]
    return moved + data[end : end + 16] + struct.pack("<I", directory + len(block)) + data[end + 20 :]


def v2_block(certificate: bytes) -> bytes:
    """One signer with one certificate and no digests, as scheme v2 nests its lists."""

    signed_data = _item(b"") + _item(_item(certificate)) + _item(b"")
    return _item(_item(_item(signed_data) + _item(b"") + _item(b"key")))


def v3_block(certificate: bytes, lineage: Sequence[bytes] = ()) -> bytes:
    """As above for scheme v3; ``lineage`` are the certificates of a rotated key, oldest first."""
    nodes = b"".join(_item(_item(_item(der) + struct.pack("<I", 0x101)) + bytes(8) + _item(b"")) for der in lineage)
    attribute = struct.pack("<II", 0x3BA06F8C, 1) + nodes
    levels = struct.pack("<II", 28, 0x7FFFFFFF)
    signed_data = _item(b"") + _item(_item(certificate)) + levels + _item(_item(attribute) if lineage else b"")
    return _item(_item(_item(signed_data) + levels + _item(b"") + _item(b"key")))


def _item(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content
