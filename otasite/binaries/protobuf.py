"""Protocol Buffers from untrusted hands: the wire format alone, read lazily and within a budget.

A message is a sequence of numbered fields; who reads knows what each number means. A general library would build
objects of everything, of which an app bundle's resource table has millions. Format: protobuf.dev, “Encoding”.
"""

from __future__ import annotations

from collections.abc import Iterator

from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable

#: Bytes of one text; labels and paths are far shorter.
MAX_TEXT = 32_768
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5


class Message:
    """A message, or a text: both are bytes with their length in front. Reading one spends a step for each field."""

    __slots__ = ("_budget", "_data", "_end", "_start")

    def __init__(self, data: bytes, budget: Budget, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._budget = budget
        self._start = start
        self._end = len(data) if end is None else end

    def fields(self) -> Iterator[tuple[int, int | Message]]:
        """Numbers and values in their order; those of fixed width are little-endian and without a sign."""
        at = self._start
        while at < self._end:
            self._budget.spend_steps(1)
            tag, at = self._varint(at)
            kind = tag & 7
            if kind == _VARINT:
                value, at = self._varint(at)
                yield tag >> 3, value
                continue
            if kind == _LENGTH:
                length, at = self._varint(at)
            elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
                length = 8 if kind == _EIGHT_BYTES else 4
            else:
                raise Unreadable("it has a field of a kind that does not exist")
            if at + length > self._end:
                raise Unreadable("it ends too early")
            if kind == _LENGTH:
                yield tag >> 3, Message(self._data, self._budget, at, at + length)
            else:
                yield tag >> 3, int.from_bytes(self._data[at : at + length], "little")
            at += length

    def messages(self, number: int) -> Iterator[Message]:
        return (value for field, value in self.fields() if field == number and isinstance(value, Message))

    def message(self, number: int) -> Message | None:
        return next(self.messages(number), None)

    def number(self, number: int) -> int:
        """A whole number; 0 when it is not there, as the format has it."""
        return next((value for field, value in self.fields() if field == number and isinstance(value, int)), 0)

    def text(self, number: int) -> str:
        """A text; empty when it is not there."""
        found = self.message(number)
        return found.decoded() if found else ""

    def decoded(self) -> str:
        """These bytes as text."""
        length = min(self._end - self._start, MAX_TEXT)
        self._budget.spend_output(length)
        return self._data[self._start : self._start + length].decode("utf-8", "replace")

    def _varint(self, at: int) -> tuple[int, int]:
        value = shift = 0
        while at < self._end and shift < 70:
            byte = self._data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFFFFFFFFFFFFFF, at
            shift += 7
        raise Unreadable("it has a number without an end")
