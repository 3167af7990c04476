"""Android's compiled XML, as in AndroidManifest.xml and adaptive icons: a flat list of elements."""

from __future__ import annotations

import msgspec

from otasite.binaries.android_chunks import (
    POOL,
    STRING,
    Chunk,
    StringPool,
    Value,
    chunks,
    typed,
    unpack,
    whole,
)
from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable

#: Elements of one file and their attributes; the largest real manifests have some 3,000 with 10,000.
MAX_ELEMENTS = 200_000
#: Bytes of one file; the largest real manifests have some 1 MiB.
MAX_BYTES = 8 * 2**20
#: Parts of one file: starts and ends of elements, namespaces, texts.
MAX_CHUNKS = 400_000

#: Names that an element's path keeps, counted from the inside.
MAX_DEPTH = 20

_ATTRIBUTE_BYTES = 20
_XML = 0x0003
_RESOURCE_MAP = 0x0180
_START_ELEMENT = 0x0102
_END_ELEMENT = 0x0103

#: Android's attributes by resource number: tools may strip their names, never their numbers (``public.xml``).
ANDROID_NAMES = {
    0x01010001: "label", 0x01010002: "icon", 0x01010003: "name", 0x0101000F: "debuggable", 0x01010024: "value",
    0x01010199: "drawable", 0x0101020C: "minSdkVersion", 0x0101021B: "versionCode", 0x0101021C: "versionName",
    0x01010270: "targetSdkVersion", 0x01010272: "testOnly", 0x0101052C: "roundIcon", 0x01010576: "versionCodeMajor",
    0x01010591: "isSplitRequired", 0x0101064E: "requiredSplitTypes",
    # of facts
    0x01010006: "permission", 0x01010009: "protectionLevel", 0x01010027: "scheme", 0x01010028: "host",
    0x01010271: "maxSdkVersion", 0x0101028E: "required", 0x010104EA: "extractNativeLibs", 0x010104EE: "autoVerify",
    0x01010572: "compileSdkVersion", 0x01010599: "foregroundServiceType",
    # of drawables
    0x01010119: "src", 0x01010121: "tint", 0x01010155: "height", 0x01010159: "width", 0x0101019A: "shape",
    0x010101A5: "color", 0x010101B5: "pivotX", 0x010101B6: "pivotY", 0x010101B7: "insetLeft",
    0x010101B8: "insetRight", 0x010101B9: "insetTop", 0x010101BA: "insetBottom", 0x0101031F: "alpha",
    0x01010324: "scaleX", 0x01010325: "scaleY", 0x01010326: "rotation", 0x01010402: "viewportWidth",
    0x01010403: "viewportHeight", 0x01010404: "fillColor", 0x01010405: "pathData", 0x01010406: "strokeColor",
    0x01010407: "strokeWidth", 0x01010408: "trimPathStart", 0x01010409: "trimPathEnd", 0x0101040B: "strokeLineCap",
    0x0101040C: "strokeLineJoin", 0x0101040D: "strokeMiterLimit", 0x0101045A: "translateX", 0x0101045B: "translateY",
    0x010104CB: "strokeAlpha", 0x010104CC: "fillAlpha", 0x0101051E: "fillType",
    # of gradients
    0x0101019D: "startColor", 0x0101019E: "endColor", 0x010101A0: "angle", 0x010101A1: "type", 0x010101A2: "centerX",
    0x010101A3: "centerY", 0x010101A4: "gradientRadius", 0x010101A8: "radius", 0x01010201: "tileMode",
    0x0101020B: "centerColor", 0x01010510: "startX", 0x01010511: "startY", 0x01010512: "endX", 0x01010513: "endY",
    0x01010514: "offset",
}  # fmt: skip


class Element(msgspec.Struct, frozen=True):
    """``path`` holds the names of the elements around it and its own: ``("manifest", "application")``."""

    path: tuple[str, ...]
    attributes: dict[str, Value]

    @property
    def name(self) -> str:
        return self.path[-1]


class _Numbers:
    """The resource numbers of attribute names, by the index of the name in the pool."""

    def __init__(self, data: bytes, chunk: Chunk | None) -> None:
        self._data = data
        self._start = chunk.start + chunk.header_size if chunk else 0
        self._count = (chunk.end - self._start) // 4 if chunk else 0

    def android_name(self, key: int) -> str:
        if key >= self._count:
            return ""
        return ANDROID_NAMES.get(unpack("<I", self._data, self._start + 4 * key)[0], "")


def read_xml(data: bytes) -> list[Element]:
    """All elements in document order, to the end of the outermost one. Raises Unreadable.

    What follows it is not looked at: Android does not do that either, and tools that hinder analysis put
    impossible parts there.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(f"it is longer than {MAX_BYTES:,} bytes")
    top = whole(data)
    if top.kind != _XML:
        raise Unreadable("it is no compiled XML")
    reader = _Reader(data)
    for chunk in chunks(data, top.start + top.header_size, top.end):
        if reader.read(chunk):
            break
    if not reader.elements:
        raise Unreadable("it holds no elements")
    return reader.elements


class _Reader:
    """Takes the parts of a file one by one; what that may cost is limited for the file as a whole."""

    def __init__(self, data: bytes) -> None:
        self.elements: list[Element] = []
        self._data = data
        self._pool: StringPool | None = None
        self._numbers = _Numbers(data, None)
        self._open: list[str] = []
        self._budget = Budget(elements=MAX_ELEMENTS, steps=MAX_CHUNKS)

    def read(self, chunk: Chunk) -> bool:
        """Take one part; true when it ends the outermost element."""
        self._budget.spend_steps(1)
        if chunk.kind == POOL and self._pool is None:
            self._pool = StringPool(self._data, chunk)
        elif chunk.kind == _RESOURCE_MAP:
            self._numbers = _Numbers(self._data, chunk)
        elif chunk.kind == _START_ELEMENT and self._pool is not None:
            self._budget.spend_elements()
            name, attributes = self._start(chunk, self._pool)
            self._open.append(name)
            self.elements.append(Element(path=tuple(self._open[-MAX_DEPTH:]), attributes=attributes))
        elif chunk.kind == _END_ELEMENT and self._open:
            self._open.pop()
            return not self._open
        return False

    def _start(self, chunk: Chunk, pool: StringPool) -> tuple[str, dict[str, Value]]:
        body = chunk.start + chunk.header_size
        _, name, first, size, count = unpack("<IIHHH", self._data, body)
        if count and (size < _ATTRIBUTE_BYTES or body + first + size * count > chunk.end):
            raise Unreadable("an element has impossible attributes")
        self._budget.spend_elements(count)
        attributes: dict[str, Value] = {}
        for index in range(count):
            _, key, raw, _, _, kind, content = unpack("<IIIHBBI", self._data, body + first + index * size)
            value = typed(kind, content, pool)
            if kind == STRING and not value.text:
                value = Value(kind=STRING, data=raw, text=pool[raw])
            attributes.setdefault(self._numbers.android_name(key) or pool[key], value)
        return pool[name], attributes
