"""Run lengths, the encoding of the oldest catalogues and of a few small pictures.

After format, width and height comes the place of each row; a row is a list of packets: so many pixels as they
follow, or so many of the one that follows.
"""

from __future__ import annotations

import struct

from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable

_HEADER_BYTES = 12
_AS_THEY_FOLLOW, _REPEATED = 0x00, 0x80


def unpack(data: bytes, size: tuple[int, int], pixel_bytes: int, budget: Budget) -> bytes:
    """The pixels, row after row without padding. Raises Unreadable."""
    width, rows = size
    if struct.unpack_from("<II", data, 4) != (width, rows):
        raise Unreadable("its run lengths are for a picture of another size")
    starts = struct.unpack_from(f"<{rows}I", data, _HEADER_BYTES)
    budget.spend_output(width * rows * pixel_bytes)
    return b"".join(_row(data, start, width, pixel_bytes, budget) for start in starts)


def _row(data: bytes, at: int, width: int, pixel_bytes: int, budget: Budget) -> bytes:
    row = bytearray()
    left = width
    steps = 0
    while left:
        control = struct.unpack_from("<I", data, at)[0]
        count, kind = control & 0xFFFFFF, control >> 24
        if not 0 < count <= left or kind not in {_AS_THEY_FOLLOW, _REPEATED}:
            raise Unreadable("its run lengths are damaged")
        length = pixel_bytes * (1 if kind == _REPEATED else count)
        pixels = data[at + 4 : at + 4 + length]
        if len(pixels) != length:
            raise Unreadable("its run lengths are cut off")
        row += pixels * count if kind == _REPEATED else pixels
        at += 4 + length
        left -= count
        steps += 1
    budget.spend_steps(steps)
    return bytes(row)
