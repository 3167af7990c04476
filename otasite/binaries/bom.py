"""Apple's BOM store, the container of ``Assets.car``: numbered blocks, some with names, some forming trees.

Not documented by Apple; the layout here is what independent readers agree on. All numbers are big-endian, and
none is trusted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from otasite.binaries.unreadable import Unreadable

#: Entries of one tree; the largest real catalogues have some 30,000.
MAX_ITEMS = 200_000
#: Nodes of one tree that are visited.
MAX_NODES = 20_000

_MAGIC = b"BOMStore"


class Store:
    """A BOM store in memory. Blocks are handed out as views of the data, not copies."""

    def __init__(self, data: bytes) -> None:
        if data[:8] != _MAGIC:
            raise Unreadable("it is no asset catalogue")
        self._data = memoryview(data)
        index, _, names, _ = _numbers(self._data, 16, 4)
        self._count = _numbers(self._data, index, 1)[0]
        self._index = index + 4
        self._names = self._read_names(names)

    def named(self, name: str) -> memoryview:
        """The block with this name; an empty view when there is none."""
        return self.block(self._names.get(name, 0))

    def block(self, number: int) -> memoryview:
        if not 0 < number < self._count:
            return self._data[:0]
        start, length = _numbers(self._data, self._index + 8 * number, 2)
        return self._data[start : start + length]

    def tree(self, name: str) -> Iterator[tuple[memoryview, memoryview]]:
        """Keys and values of the tree with this name, in its order."""
        head = self.named(name)
        if bytes(head[:4]) != b"tree":
            return
        pending = [_numbers(head, 8, 1)[0]]
        seen: set[int] = set()
        items = 0
        while pending:
            number = pending.pop()
            if number in seen:
                continue
            seen.add(number)
            if len(seen) > MAX_NODES:
                raise Unreadable(f"one of its trees has more than {MAX_NODES:,} nodes")
            node = self.block(number)
            if len(node) < 12:
                continue
            leaf, count = struct.unpack_from(">HH", node)
            if not leaf:
                pending += reversed(_children(node, count))
                continue
            for value, key in _pairs(node, count):
                items += 1
                if items > MAX_ITEMS:
                    raise Unreadable(f"one of its trees has more than {MAX_ITEMS:,} entries")
                yield self.block(key), self.block(value)

    def _read_names(self, offset: int) -> dict[str, int]:
        count = min(_numbers(self._data, offset, 1)[0], 1000)
        offset += 4
        names = {}
        for _ in range(count):
            number = _numbers(self._data, offset, 1)[0]
            length = self._data[offset + 4] if offset + 4 < len(self._data) else 0
            names[bytes(self._data[offset + 5 : offset + 5 + length]).decode("latin-1")] = number
            offset += 5 + length
        return names


def _numbers(data: memoryview, offset: int, count: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(f">{count}I", data, offset)
    except struct.error:
        raise Unreadable("it ends too early") from None


def _children(node: memoryview, count: int) -> list[int]:
    """An inner node: a child, then pairs of key and child."""
    words = _numbers(node, 12, min(2 * count + 1, (len(node) - 12) // 4))
    return list(words[::2])


def _pairs(node: memoryview, count: int) -> Iterator[tuple[int, int]]:
    words = _numbers(node, 12, 2 * min(count, (len(node) - 12) // 8))
    return zip(words[::2], words[1::2], strict=True)
