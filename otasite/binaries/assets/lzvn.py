"""LZVN, the simpler of Apple's two LZ encodings: literals and matches, each announced by one byte.

Apple documents it by its reference implementation (``lzvn_decode_base.c`` of the lzfse project).
"""

from __future__ import annotations

from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable

_END, _NOTHING = 0x06, frozenset({0x0E, 0x16})
_UNDEFINED = frozenset({0x1E, 0x26, 0x2E, 0x36, 0x3E, *range(0x70, 0x80), *range(0xD0, 0xE0)})
_END_MARK = bytes([_END]) + bytes(7)


def is_stream(data: bytes) -> bool:
    """Whether the data can be a bare stream: it has no mark at its start, but one at its end."""
    return data.endswith(_END_MARK)


def unpack(data: bytes, limit: int, budget: Budget) -> bytes:
    """Unpack a bare stream, which ends at its end mark, to at most ``limit`` bytes. Raises Unreadable."""
    out = bytearray()
    unpack_into(out, data, limit, budget)
    budget.spend_output(len(out))
    return bytes(out)


def unpack_into(out: bytearray, data: bytes, limit: int, budget: Budget) -> None:
    """Append what ``data`` unpacks to; matches may reach back into what ``out`` holds already.

    Never writes more than ``limit`` bytes: raises Unreadable for data that would. Every round uses up at least a
    byte of ``data``, so its length is what the budget's steps are spent on.
    """
    budget.spend_steps(len(data))
    end = len(out) + limit
    at = distance = 0
    try:
        while (operation := data[at]) != _END:
            literals, match, distance, at = _operation(data, at, operation, distance)
            if len(out) + literals + match > end:
                raise Unreadable(f"its LZVN data unpacks to more than {limit:,} bytes")
            if at + literals > len(data):
                raise Unreadable("its LZVN data ends too early")
            out += data[at : at + literals]
            at += literals
            if match:
                copy_match(out, distance, match)
    except IndexError:
        raise Unreadable("its LZVN data ends too early") from None


def copy_match(out: bytearray, distance: int, length: int) -> None:
    """Append ``length`` bytes from ``distance`` bytes back; they may overlap what they append."""
    if not 0 < distance <= len(out):
        raise Unreadable("its packed data points before its start")
    start = len(out) - distance
    if distance >= length:
        out += out[start : start + length]
    else:
        out += (bytes(out[start:]) * (length // distance + 1))[:length]


def _operation(data: bytes, at: int, operation: int, distance: int) -> tuple[int, int, int, int]:
    """What the operation at ``at`` asks for: how many literals, bytes of match and from where; then what follows."""
    high, low = operation >> 4, operation & 7
    if operation in _NOTHING:
        return 0, 0, distance, at + 1
    if operation in _UNDEFINED:
        raise Unreadable("its LZVN data holds an undefined operation")
    if high == 0xE:  # literals alone
        short = operation & 0xF
        return (short, 0, distance, at + 1) if short else (data[at + 1] + 16, 0, distance, at + 2)
    if high == 0xF:  # a match alone, from the distance before
        short = operation & 0xF
        return (0, short, distance, at + 1) if short else (0, data[at + 1] + 16, distance, at + 2)
    if high in (0xA, 0xB):  # medium distance: 14 bits, and five for the match
        pair = data[at + 1] | data[at + 2] << 8
        return operation >> 3 & 3, (low << 2 | pair & 3) + 3, pair >> 2, at + 3
    literals, match = operation >> 6, (operation >> 3 & 7) + 3
    if low == 7:  # large distance: 16 bits
        return literals, match, data[at + 1] | data[at + 2] << 8, at + 3
    if low == 6:
        return literals, match, distance, at + 1
    return literals, match, low << 8 | data[at + 1], at + 2
