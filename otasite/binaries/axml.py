"""Android's compiled XML, as in AndroidManifest.xml and adaptive icons: a flat list of elements."""

from __future__ import annotations

import msgspec

from otasite.binaries.android_chunks import (
    POOL,
    STRING,
    Chunk,
    Malformed,
    StringPool,
    Value,
    chunks,
    typed,
    unpack,
    whole,
)

#: Elements of one file; the largest real manifests have some 3,000.
MAX_ELEMENTS = 50_000
#: Attributes of one element; real ones have at most some 30.
MAX_ATTRIBUTES = 1_000

_XML = 0x0003
_RESOURCE_MAP = 0x0180
_START_ELEMENT = 0x0102
_END_ELEMENT = 0x0103

#: Android's attributes by resource number: tools may strip their names, never their numbers (``public.xml``).
_ANDROID_NAMES = {
    0x01010001: "label", 0x01010002: "icon", 0x01010003: "name", 0x0101000F: "debuggable",
    0x01010199: "drawable", 0x0101020C: "minSdkVersion", 0x0101021B: "versionCode", 0x0101021C: "versionName",
    0x01010270: "targetSdkVersion", 0x01010272: "testOnly", 0x0101052C: "roundIcon", 0x01010576: "versionCodeMajor",
}  # fmt: skip


class Element(msgspec.Struct, frozen=True):
    """``path`` holds the names of the elements around it and its own: ``("manifest", "application")``."""

    path: tuple[str, ...]
    attributes: dict[str, Value]

    @property
    def name(self) -> str:
        return self.path[-1]


def read_xml(data: bytes) -> list[Element]:
    """All elements in document order. Raises Malformed."""
    top = whole(data)
    if top.kind != _XML:
        raise Malformed("it is no compiled XML")
    pool: StringPool | None = None
    numbers: tuple[int, ...] = ()
    open_names: list[str] = []
    elements: list[Element] = []
    for chunk in chunks(data, top.start + top.header_size, top.end):
        if chunk.kind == POOL and pool is None:
            pool = StringPool(data, chunk)
        elif chunk.kind == _RESOURCE_MAP:
            numbers = unpack(f"<{(chunk.end - chunk.start - 8) // 4}I", data, chunk.start + 8)
        elif chunk.kind == _START_ELEMENT and pool is not None:
            name, attributes = _start(data, chunk, pool, numbers)
            open_names.append(name)
            elements.append(Element(path=tuple(open_names[-20:]), attributes=attributes))
        elif chunk.kind == _END_ELEMENT and open_names:
            open_names.pop()
        if len(elements) > MAX_ELEMENTS:
            raise Malformed(f"it has more than {MAX_ELEMENTS:,} elements")
    if not elements:
        raise Malformed("it holds no elements")
    return elements


def _start(data: bytes, chunk: Chunk, pool: StringPool, numbers: tuple[int, ...]) -> tuple[str, dict[str, Value]]:
    body = chunk.start + chunk.header_size
    _, name, first, size, count = unpack("<IIHHH", data, body)
    if size < 20 or count > MAX_ATTRIBUTES:
        raise Malformed("an element has impossible attributes")
    attributes: dict[str, Value] = {}
    for index in range(count):
        _, key, raw, _, _, kind, content = unpack("<IIIHBBI", data, body + first + index * size)
        android = _ANDROID_NAMES.get(numbers[key], "") if key < len(numbers) else ""
        value = typed(kind, content, pool)
        if kind == STRING and not value.text:
            value = Value(kind=STRING, data=raw, text=pool[raw])
        attributes.setdefault(android or pool[key], value)
    return pool[name], attributes
