"""Pictures as ``Assets.car`` stores them: plain or packed pixels, palettes, deep maps, or a whole image file.

Encodings that are not read (HEIF, textures …) are said to be unsupported by name; nothing is guessed. Pixels come
out as Apple stores them, multiplied with alpha, and are divided at the end.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries import colours, png
from otasite.binaries.assets import deepmap, lzfse, lzvn, pixels, run_lengths
from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

_RAW, _RUNS, _ZIP, _LZVN, _LZFSE, _PALETTE, _DEEPMAP2 = 0, 1, 2, 3, 4, 8, 11
_NAMES = {
    5: "JPEG with LZFSE", 6: "blurred", 7: "ASTC texture", 9: "HEVC", 10: "old deep map", 12: "DXT texture",
}  # fmt: skip
_FILES = {"JPEG", "DATA", "WEBP"}
_MAX_CHUNKS = 4096
_PALETTE_MAGIC = 0xCAFEF00D
_MAX_COLOURS = 4096

#: Colour spaces by number. Grey (2) has the curve of sRGB; those not named here are unknown, and read as sRGB.
_DISPLAY_P3, _EXTENDED, _EXTENDED_LINEAR = 3, 4, 5


class Bitmap(msgspec.Struct, frozen=True):
    """One stored picture. ``row_bytes`` is the length of a stored row, 0 when rows are packed tightly."""

    width: int
    height: int
    pixel_format: str
    colour_space: int
    row_bytes: int
    data: bytes

    def decode(self, budget: Budget) -> Image:
        """The picture in mode RGBA and sRGB. Raises :class:`otasite.binaries.unreadable.Unreadable`."""
        if self.colour_space == _EXTENDED_LINEAR:
            raise Unreadable("its colour space is not supported (extended linear)")
        budget.spend_output(4 * self.width * self.height)
        try:
            if self.pixel_format in _FILES:
                return png.decode_any(_file_content(self.data, budget), budget)
            image = png.unpremultiplied(_pixels(self, budget))
        except struct.error:
            raise Unreadable("its pixels are cut off") from None
        return colours.from_display_p3(image) if self.colour_space == _DISPLAY_P3 else image

    @property
    def floating(self) -> bool:
        """Whether channels of 16 bits are floating-point numbers."""
        return self.colour_space == _EXTENDED


def _pixels(bitmap: Bitmap, budget: Budget) -> Image:
    """The picture in mode RGBa."""
    from PIL import Image

    if bitmap.data[:4] != b"MLEC" or bitmap.pixel_format not in pixels.PIXEL_BYTES:
        raise Unreadable(f"its format “{bitmap.pixel_format.strip()}” is not supported")
    flags, encoding, length = struct.unpack_from("<III", bitmap.data, 4)
    image = Image.new("RGBa", (bitmap.width, bitmap.height))
    top = 0
    for rows, data in _parts(bitmap, chunked=bool(flags & 1), length=length):
        if not 0 < rows <= bitmap.height - top:
            raise Unreadable("its parts do not fit together")
        image.paste(_part(bitmap, encoding, rows, data, budget), (0, top))
        top += rows
    if top != bitmap.height:
        raise Unreadable("it is incomplete")
    if flags & 2:  # opaque: whatever stands in the place of alpha means nothing
        *bands, alpha = image.split()
        return Image.merge("RGBa", (*bands, alpha.point(lambda _: 255)))
    return image


def _parts(bitmap: Bitmap, *, chunked: bool, length: int) -> list[tuple[int, bytes]]:
    """Rows and data of each part: one for small pictures, several (``KCBC``) for large ones."""
    if not chunked:
        return [(bitmap.height, bitmap.data[16 : 16 + length])]
    parts: list[tuple[int, bytes]] = []
    offset = 16
    for _ in range(min(length, _MAX_CHUNKS)):
        rows, size = struct.unpack_from("<II", bitmap.data, offset + 12)
        if bitmap.data[offset : offset + 4] != b"KCBC":
            raise Unreadable("one of its parts is damaged")
        parts.append((rows, bitmap.data[offset + 20 : offset + 20 + size]))
        offset += 20 + size
    return parts


def _part(bitmap: Bitmap, encoding: int, rows: int, data: bytes, budget: Budget) -> Image:
    size, pixel_format = (bitmap.width, rows), bitmap.pixel_format
    if encoding == _DEEPMAP2:
        return deepmap.decode(data, size, pixel_format, budget, floating=bitmap.floating)
    if encoding == _PALETTE and pixel_format == "ARGB":
        return _palette(data, *size, budget)
    row_bytes = bitmap.width * pixels.PIXEL_BYTES[pixel_format]
    if encoding == _RUNS:
        plain = run_lengths.unpack(data, size, pixels.PIXEL_BYTES[pixel_format], budget)
        return pixels.image(plain, size, row_bytes, pixel_format, floating=bitmap.floating)
    stride = max(bitmap.row_bytes, row_bytes)
    if encoding == _RAW:
        plain = data
    elif encoding == _ZIP:
        plain = _inflate(data, stride * rows, budget)
    elif encoding == _LZFSE:
        plain = lzfse.unpack(data, stride * (rows + 1), budget)
    elif encoding == _LZVN:
        plain = lzvn.unpack(data, stride * (rows + 1), budget)
    else:
        raise Unreadable(f"its encoding is not supported ({_NAMES.get(encoding, str(encoding))})")
    return pixels.image(plain, size, stride, pixel_format, floating=bitmap.floating)


def _palette(data: bytes, width: int, rows: int, budget: Budget) -> Image:
    """A list of colours (alpha, red, green, blue) and an index for each pixel, in rows of 16-bit words."""
    from PIL import Image

    if lzfse.is_stream(data):
        data = lzfse.unpack(data, 10 + _MAX_COLOURS * 4 + (2 * width + 2) * rows, budget)
    magic, _, count = struct.unpack_from("<IIH", data)
    if magic != _PALETTE_MAGIC or not 0 < count <= _MAX_COLOURS:
        raise Unreadable("its palette is damaged")
    bits = next(bits for bits in (1, 2, 4, 8, 16) if count <= 1 << bits)
    stride = (width * bits + 15) // 16 * 2
    start = 10 + 4 * count
    if len(data) < start + stride * rows:
        raise Unreadable("its pixels are cut off")
    budget.spend_steps(width * rows)
    table = [data[at + 1 : at + 4] + data[at : at + 1] for at in range(10, start, 4)]
    lines = (data[at : at + stride] for at in range(start, start + stride * rows, stride))
    colour_bytes = b"".join(_indexed(line, width, bits, table) for line in lines)
    if len(colour_bytes) != width * rows * 4:
        raise Unreadable("its pixels point outside its palette")
    return Image.frombytes("RGBa", (width, rows), colour_bytes)


def _indexed(line: bytes, width: int, bits: int, table: list[bytes]) -> bytes:
    """One row of colours. Of each little-endian word the highest bits belong to the first pixel."""
    words = struct.unpack(f"<{len(line) // 2}H", line)
    mask = (1 << bits) - 1
    shifts = range(16 - bits, -1, -bits)
    indices = [word >> shift & mask for word in words for shift in shifts][:width]
    return b"".join(table[index] for index in indices if index < len(table))


def _inflate(data: bytes, limit: int, budget: Budget) -> bytes:
    budget.spend_output(limit)
    for window in (47, -15):  # zlib or gzip by its header, else raw
        try:
            return zlib.decompressobj(window).decompress(data, limit)
        except zlib.error:
            continue
    raise Unreadable("its packed pixels are damaged")


def _file_content(data: bytes, budget: Budget) -> bytes:
    """A whole image file inside the catalogue, after ``RAWD`` and its length."""
    if data[:4] != b"DWAR":
        raise Unreadable("its wrapping is not supported")
    content = data[12:]
    return lzfse.unpack(content, png.MAX_ICON_BYTES, budget) if lzfse.is_stream(content) else content
