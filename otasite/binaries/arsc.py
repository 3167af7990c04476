"""Android's resource table, ``resources.arsc``: from a number such as 0x7F0B0000 to its values.

Only an index of where each type's values lie is made at first; entries are read when asked for, so a table of
30 MiB costs milliseconds. Plain, sparse, 16-bit and compact entries are read (all that ``aapt2`` writes).
"""

from __future__ import annotations

from collections.abc import Iterator

from otasite.binaries.android_chunks import (
    POOL,
    Chunk,
    StringPool,
    Value,
    chunks,
    typed,
    unpack,
    value_at,
    whole,
)
from otasite.binaries.budget import Budget
from otasite.binaries.resources import MAX_LOOKUPS, Config, ResourceTable
from otasite.binaries.unreadable import Unreadable

#: Parts of one table, which are mostly types times configurations; large apps have some 5,000.
MAX_CHUNKS = 100_000

_TABLE = 0x0002
_PACKAGE = 0x0200
_TYPE = 0x0201
_SPARSE, _OFFSET16 = 0x01, 0x02
_COMPLEX, _COMPACT = 0x0001, 0x0008


class Table(ResourceTable):
    """The values of a resource table. Raises Unreadable when the data is none."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._pool: StringPool | None = None
        self._types: dict[tuple[int, int], list[Chunk]] = {}
        self._budget = Budget(elements=MAX_CHUNKS, steps=MAX_LOOKUPS)
        top = whole(data)
        if top.kind != _TABLE:
            raise Unreadable("it is no resource table")
        for chunk in chunks(data, top.start + top.header_size, top.end):
            self._budget.spend_elements()
            if chunk.kind == POOL and self._pool is None:
                self._pool = StringPool(data, chunk)
            elif chunk.kind == _PACKAGE:
                self._index(chunk)

    def _index(self, package: Chunk) -> None:
        number = unpack("<I", self._data, package.start + 8)[0]
        for chunk in chunks(self._data, package.start + package.header_size, package.end):
            self._budget.spend_elements()
            if chunk.kind != _TYPE:
                continue
            kind = unpack("<B", self._data, chunk.start + 8)[0]
            self._types.setdefault((number, kind), []).append(chunk)

    def direct(self, number: int) -> Iterator[tuple[Config, Value]]:
        key = (number >> 24, number >> 16 & 0xFF)
        for chunk in self._types.get(key, ()):
            self._budget.spend_steps(1)
            offset = self._entry_offset(chunk, number & 0xFFFF)
            value = self._entry(offset) if offset is not None else None
            if value is not None:
                yield self._config(chunk), value

    def locales(self) -> frozenset[str]:
        """Languages for which the table has values, as tags such as pt-BR; what is for everyone counts for none."""
        found = {self._locale(chunk) for chunks_ in self._types.values() for chunk in chunks_}
        return frozenset(tag for tag in found if tag)

    def _locale(self, chunk: Chunk) -> str:
        """Language, script and region of a ``ResTable_config``; letters in three are packed into two bytes."""
        start = chunk.start + 20
        size = unpack("<I", self._data, start)[0]
        words = self._data[start : min(start + min(size, 64), chunk.end)].ljust(64, b"\0")
        language, region = _letters(words[8:10], "a"), _letters(words[10:12], "0")
        script = words[36:40].rstrip(b"\0").decode("latin-1") if size >= 40 else ""
        tag = "-".join(part for part in (language, script, region) if part)
        return tag if language and tag.isascii() and tag.replace("-", "").isalnum() else ""

    def _entry_offset(self, chunk: Chunk, index: int) -> int | None:
        _, flags, _, count, start = unpack("<BBHII", self._data, chunk.start + 8)
        table = chunk.start + chunk.header_size
        if flags & _SPARSE:
            return self._sparse_offset(chunk, table, min(count, (chunk.end - table) // 4), index, start)
        if index >= count:
            return None
        if flags & _OFFSET16:
            offset = unpack("<H", self._data, table + 2 * index)[0]
            return None if offset == 0xFFFF else chunk.start + start + offset * 4
        offset = unpack("<I", self._data, table + 4 * index)[0]
        return None if offset == 0xFFFFFFFF else chunk.start + start + offset

    def _sparse_offset(self, chunk: Chunk, table: int, count: int, index: int, start: int) -> int | None:
        """Entries are sorted by number: Android, too, looks for one by halving."""
        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            entry, offset = unpack("<HH", self._data, table + 4 * middle)
            if entry == index:
                return chunk.start + start + offset * 4
            low, high = (middle + 1, high) if entry < index else (low, middle)
        return None

    def _entry(self, offset: int) -> Value | None:
        """A simple entry's value; None for bags (styles, arrays), which icons and labels never are."""
        size, flags, key = unpack("<HHI", self._data, offset)
        if self._pool is None or flags & _COMPLEX:
            return None
        if flags & _COMPACT:
            return typed(flags >> 8, key, self._pool)
        return value_at(self._data, offset + size, self._pool)

    def _config(self, chunk: Chunk) -> Config:
        start = chunk.start + 20
        size = unpack("<I", self._data, start)[0]
        words = self._data[start : min(start + min(size, 64), chunk.end)].ljust(64, b"\0")
        language = words[8:10].rstrip(b"\0").decode("latin-1")
        return Config(
            density=int.from_bytes(words[14:16], "little"),
            locale=language,
            sdk=int.from_bytes(words[24:26], "little"),
        )


def _letters(packed: bytes, first: str) -> str:
    """Two letters as they are, or three of five bits each above ``first`` when the highest bit is set."""
    if not packed[0] & 0x80:
        return packed.rstrip(b"\0").decode("latin-1")
    bits = packed[0] << 8 | packed[1]
    return "".join(chr(ord(first) + (bits >> shift & 0x1F)) for shift in (0, 5, 10))
