"""Rows of pixels in the formats that asset catalogues know, as Pillow images in mode RGBa.

Colour is multiplied with alpha, as Apple stores it. Channels of 16 bits become channels of 8: that is what icons in
pages have.
"""

from __future__ import annotations

import struct
from array import array
from functools import cache
from typing import TYPE_CHECKING

from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

#: Bytes of a pixel. ``RGB8`` is a name of ours: catalogues use that format inside deep maps only.
PIXEL_BYTES = {"ARGB": 4, "GA8 ": 2, "GRAY": 1, "RGB5": 2, "RGBW": 8, "GA16": 4, "RGB8": 3}


def image(data: bytes, size: tuple[int, int], stride: int, pixel_format: str, *, floating: bool = False) -> Image:
    """Rows of ``stride`` bytes as an image; the last row may lack what only fills it up.

    ``floating`` says that channels of 16 bits are floating-point numbers, of which 0 to 1 is kept. Raises Unreadable.
    """
    from PIL import Image

    width, rows = size
    if len(data) < stride * (rows - 1) + width * PIXEL_BYTES[pixel_format]:
        raise Unreadable("its pixels are cut off")
    data = data[: stride * rows].ljust(stride * rows, b"\0")
    if pixel_format in {"RGBW", "GA16"}:
        channels = PIXEL_BYTES[pixel_format] // 2
        narrow = _narrowed(data, width * channels, stride, _table(floating))
        return _opened(narrow, size, width * channels, "RGBa" if channels == 4 else "LA")
    if pixel_format == "ARGB":
        return _opened(data, size, stride, "BGRa")
    if pixel_format == "RGB5":
        return Image.frombuffer("RGB", size, data, "raw", "BGR;15", stride, 1).convert("RGBA").convert("RGBa")
    if pixel_format == "RGB8":
        return Image.frombuffer("RGB", size, data, "raw", "BGR", stride, 1).convert("RGBA").convert("RGBa")
    return _opened(data, size, stride, {"GA8 ": "LA", "GRAY": "L"}[pixel_format])


def _opened(data: bytes, size: tuple[int, int], stride: int, raw: str) -> Image:
    from PIL import Image

    if raw in {"RGBa", "BGRa"}:
        return Image.frombuffer("RGBa", size, data, "raw", raw, stride, 1)
    grey = Image.frombuffer(raw, size, data, "raw", raw, stride, 1)
    alpha = grey.getchannel("A") if raw == "LA" else Image.new("L", size, 255)
    return Image.merge("RGBa", (*[grey.getchannel("L" if raw == "LA" else 0)] * 3, alpha))


def _narrowed(data: bytes, samples: int, stride: int, table: bytes) -> bytes:
    """Each row's 16-bit samples in 8 bits, without what fills rows up."""
    narrow = bytearray()
    for start in range(0, len(data), stride):
        words = array("H", data[start : start + 2 * samples])
        if struct.pack("H", 1) != b"\x01\x00":  # numbers are stored lowest byte first
            words.byteswap()
        narrow += bytes(map(table.__getitem__, words))
    return bytes(narrow)


@cache
def _table(floating: bool) -> bytes:
    """The 8-bit value of every 16-bit one. Infinite numbers and those that are none become 255 or 0."""
    if not floating:
        return bytes((word * 255 + 32767) // 65535 for word in range(65536))
    values = struct.unpack("<65536e", b"".join(word.to_bytes(2, "little") for word in range(65536)))
    return bytes(round(255 * min(1.0, value)) if value > 0 else 0 for value in values)
