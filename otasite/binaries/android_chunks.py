"""What Android's two binary formats (manifest XML and resource table) share: chunks, string pools, typed values.

Layout: ``ResourceTypes.h`` of the Android Open Source Project. Everything is little-endian. Offsets and counts in
the data are never trusted; reading past the end raises :class:`Unreadable`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable

#: Bytes of one string; labels and paths are far shorter.
MAX_STRING = 32_768
#: Bytes of all strings that are decoded from one pool. Strings may lie over one another, so that their lengths add
#: up to more than the file's. Of a resource table only those are decoded that are asked for.
MAX_POOL_BYTES = 16 * 2**20

POOL = 0x0001
_UTF8 = 0x100
#: What a string costs besides its bytes, so that many empty ones cost something, too.
_STRING_COST = 16

REFERENCE = (0x01, 0x07)
STRING = 0x03
FLOAT = 0x04
INTEGERS = (0x10, 0x11)
BOOLEAN = 0x12
COLOURS = (0x1C, 0x1D, 0x1E, 0x1F)


class Value(msgspec.Struct, frozen=True):
    """A typed value: ``kind`` is one of the constants above; ``text`` is set for strings."""

    kind: int
    data: int
    text: str = ""

    @property
    def is_reference(self) -> bool:
        return self.kind in REFERENCE

    @property
    def is_true(self) -> bool:
        return self.data != 0 if self.kind == BOOLEAN else self.text.lower() == "true"

    def as_text(self) -> str:
        """The value in the form people write it in; references have none."""
        if self.kind == STRING:
            return self.text
        if self.kind in INTEGERS:
            return str(self.data - 2**32 if self.data >= 2**31 else self.data)
        if self.kind == BOOLEAN:
            return "true" if self.data else "false"
        if self.kind == FLOAT:
            return str(round(float(unpack("<f", self.data.to_bytes(4, "little"), 0)[0]), 6))
        return ""


class Chunk(msgspec.Struct, frozen=True):
    kind: int
    start: int
    header_size: int
    end: int


class StringPool:
    """Strings by index, decoded once when asked for; an index out of range is an empty string."""

    def __init__(self, data: bytes, chunk: Chunk) -> None:
        self._data = data
        self._count, _, flags, strings = unpack("<IIII", data, chunk.start + 8)
        self._utf8 = bool(flags & _UTF8)
        self._offsets = chunk.start + chunk.header_size
        self._strings = chunk.start + strings
        self._end = chunk.end
        self._known: dict[int, str] = {}
        self._budget = Budget(output=MAX_POOL_BYTES)

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < self._count:
            return ""
        if index not in self._known:
            offset = self._strings + unpack("<I", self._data, self._offsets + 4 * index)[0]
            self._known[index] = self._utf8_at(offset) if self._utf8 else self._utf16_at(offset)
        return self._known[index]

    def _utf8_at(self, offset: int) -> str:
        _, offset = self._length8(offset)
        length, offset = self._length8(offset)
        return self._bytes(offset, length).decode("utf-8", "replace")

    def _length8(self, offset: int) -> tuple[int, int]:
        first, second = unpack("<BB", self._data, offset)
        return ((first & 0x7F) << 8 | second, offset + 2) if first & 0x80 else (first, offset + 1)

    def _utf16_at(self, offset: int) -> str:
        first, second = unpack("<HH", self._data, offset)
        wide = first & 0x8000
        length = (first & 0x7FFF) << 16 | second if wide else first
        return self._bytes(offset + (4 if wide else 2), length * 2).decode("utf-16-le", "replace")

    def _bytes(self, offset: int, length: int) -> bytes:
        found = self._data[offset : min(offset + min(length, MAX_STRING), self._end)]
        self._budget.spend_output(_STRING_COST + len(found))
        return found


def unpack(layout: str, data: bytes, offset: int) -> tuple[int, ...]:
    """As struct.unpack_from, with Unreadable for offsets outside the data."""
    try:
        return struct.unpack_from(layout, data, offset)
    except struct.error:
        raise Unreadable("it ends too early") from None


def chunk_at(data: bytes, offset: int, end: int) -> Chunk:
    kind, header_size, size = unpack("<HHI", data, offset)
    if size < 8 or header_size < 8 or header_size > size or offset + size > end:
        raise Unreadable("one of its parts has an impossible size")
    return Chunk(kind=kind, start=offset, header_size=header_size, end=offset + size)


def whole(data: bytes) -> Chunk:
    """The chunk around everything. Some tools state a wrong length for it; then the data's own counts."""
    kind, header_size, size = unpack("<HHI", data, 0)
    if header_size < 8:
        raise Unreadable("it does not start as one")
    return Chunk(kind=kind, start=0, header_size=header_size, end=min(max(size, header_size), len(data)))


def chunks(data: bytes, offset: int, end: int) -> Iterator[Chunk]:
    """Chunks one after another; each is at least eight bytes long, so this ends."""
    while offset + 8 <= end:
        chunk = chunk_at(data, offset, end)
        yield chunk
        offset = chunk.end


def value_at(data: bytes, offset: int, pool: StringPool) -> Value:
    """A ``Res_value``: two bytes of size, one reserved, type, data."""
    _, _, kind, content = unpack("<HBBI", data, offset)
    return typed(kind, content, pool)


def typed(kind: int, content: int, pool: StringPool) -> Value:
    return Value(kind=kind, data=content, text=pool[content] if kind == STRING else "")
