"""Apple's BOM store, the container of ``Assets.car``: numbered blocks, some with names, some forming trees.

Not documented by Apple; the layout here is what independent readers agree on. All numbers are big-endian, and
none is trusted: blocks may overlap and trees may name a node as often as they like, so what is followed is counted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable

_MAGIC = b"BOMStore"
_MAX_NAMES = 1000


class Store:
    """A BOM store in memory. Blocks are handed out as views of the data, not copies.

    Nodes and entries of trees are elements of the budget.
    """

    def __init__(self, data: bytes, budget: Budget) -> None:
        if data[:8] != _MAGIC:
            raise Unreadable("it is no asset catalogue")
        self._data = memoryview(data)
        self._budget = budget
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
        while pending:
            number = pending.pop()
            if number in seen:
                continue
            seen.add(number)
            node = self.block(number)
            if len(node) < 12:
                continue
            leaf, count = struct.unpack_from(">HH", node)
            words = _numbers(node, 12, min(2 * count + (not leaf), (len(node) - 12) // 4))
            self._budget.spend_elements(1 + len(words) // 2)
            if leaf:
                for value, key in zip(words[::2], words[1::2], strict=False):
                    yield self.block(key), self.block(value)
            else:  # a child, then pairs of key and child
                pending += reversed(words[::2])

    def _read_names(self, offset: int) -> dict[str, int]:
        count = min(_numbers(self._data, offset, 1)[0], _MAX_NAMES)
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
