"""Pictures as ``Assets.car`` stores them: plain or packed pixels, palettes, deep maps, or a whole image file.

Encodings that are not read (HEIF, textures, 16-bit colour …) are said to be unsupported by name; nothing is
guessed. Pixels come out as Apple stores them, multiplied with alpha, and are divided at the end.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries import deepmap, lzfse, png
from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

_RAW, _ZIP, _LZVN, _LZFSE, _PALETTE, _DEEPMAP2 = 0, 2, 3, 4, 8, 11
_NAMES = {
    1: "run lengths", 5: "JPEG with LZFSE", 6: "blurred", 7: "ASTC texture", 9: "HEVC", 10: "old deep map",
    12: "DXT texture",
}  # fmt: skip
_CHANNELS = {"ARGB": 4, "GA8 ": 2}
_FILES = {"JPEG", "DATA", "WEBP"}
_MAX_CHUNKS = 4096
_PALETTE_MAGIC = 0xCAFEF00D


class Picture(msgspec.Struct, frozen=True):
    """One stored picture. ``row_bytes`` is the length of a stored row, 0 when rows are packed tightly."""

    width: int
    height: int
    pixel_format: str
    row_bytes: int
    data: bytes

    def decode(self) -> Image:
        """The picture in mode RGBA. Raises :class:`otasite.binaries.unreadable.Unreadable`."""
        try:
            if self.pixel_format in _FILES:
                return png.decode_any(_file_content(self.data))
            return png.unpremultiplied(_pixels(self))
        except struct.error:
            raise Unreadable("its pixels are cut off") from None


def _pixels(picture: Picture) -> Image:
    """The picture in mode RGBa."""
    from PIL import Image

    if picture.data[:4] != b"MLEC" or picture.pixel_format not in _CHANNELS:
        raise Unreadable(f"its format “{picture.pixel_format.strip()}” is not supported")
    flags, encoding, length = struct.unpack_from("<III", picture.data, 4)
    parts = _parts(picture, chunked=bool(flags & 1), length=length)
    image = Image.new("RGBa", (picture.width, picture.height))
    top = 0
    for rows, data in parts:
        if not 0 < rows <= picture.height - top:
            raise Unreadable("its parts do not fit together")
        image.paste(_part(picture, encoding, rows, data), (0, top))
        top += rows
    if top != picture.height:
        raise Unreadable("it is incomplete")
    if flags & 2:  # opaque: whatever stands in the place of alpha means nothing
        *colours, alpha = image.split()
        return Image.merge("RGBa", (*colours, alpha.point(lambda _: 255)))
    return image


def _parts(picture: Picture, *, chunked: bool, length: int) -> list[tuple[int, bytes]]:
    """Rows and data of each part: one for small pictures, several (``KCBC``) for large ones."""
    if not chunked:
        return [(picture.height, picture.data[16 : 16 + length])]
    parts: list[tuple[int, bytes]] = []
    offset = 16
    for _ in range(min(length, _MAX_CHUNKS)):
        rows, size = struct.unpack_from("<II", picture.data, offset + 12)
        if picture.data[offset : offset + 4] != b"KCBC":
            raise Unreadable("one of its parts is damaged")
        parts.append((rows, picture.data[offset + 20 : offset + 20 + size]))
        offset += 20 + size
    return parts


def _part(picture: Picture, encoding: int, rows: int, data: bytes) -> Image:
    channels = _CHANNELS[picture.pixel_format]
    if encoding == _DEEPMAP2:
        return deepmap.decode(data, picture.width, rows, channels)
    if encoding == _PALETTE and channels == 4:
        return _palette(data, picture.width, rows)
    stride = max(picture.row_bytes, picture.width * channels)
    if encoding == _RAW:
        pixels = data
    elif encoding == _ZIP:
        pixels = _inflate(data, stride * rows)
    elif encoding == _LZFSE:
        pixels = lzfse.unpack(data, stride * rows + stride)
    elif encoding == _LZVN:
        pixels = lzfse.unpack_lzvn(data, stride * rows)
    else:
        name = _NAMES.get(encoding, str(encoding))
        raise Unreadable(f"its encoding is not supported ({name})")
    return _plain(pixels, picture.width, rows, stride, channels)


def _plain(pixels: bytes, width: int, rows: int, stride: int, channels: int) -> Image:
    """Rows of blue-green-red-alpha, or grey-alpha; the last row may lack its padding."""
    from PIL import Image

    if len(pixels) < stride * (rows - 1) + width * channels:
        raise Unreadable("its pixels are cut off")
    padded = pixels.ljust(stride * rows, b"\0")
    if channels == 4:
        return Image.frombuffer("RGBa", (width, rows), padded, "raw", "BGRa", stride, 1)
    grey, alpha = Image.frombuffer("LA", (width, rows), padded, "raw", "LA", stride, 1).split()
    return Image.merge("RGBa", (grey, grey, grey, alpha))


def _palette(data: bytes, width: int, rows: int) -> Image:
    """A list of colours (alpha, red, green, blue) and an index for each pixel, in rows of 16-bit words."""
    from PIL import Image

    if lzfse.is_stream(data):
        data = lzfse.unpack(data, 10 + 4096 * 4 + (2 * width + 2) * rows)
    magic, _, count = struct.unpack_from("<IIH", data)
    if magic != _PALETTE_MAGIC or not 0 < count <= 4096:
        raise Unreadable("its palette is damaged")
    bits = next(bits for bits in (1, 2, 4, 8, 16) if count <= 1 << bits)
    stride = (width * bits + 15) // 16 * 2
    start = 10 + 4 * count
    if len(data) < start + stride * rows:
        raise Unreadable("its pixels are cut off")
    colours = [data[at + 1 : at + 4] + data[at : at + 1] for at in range(10, start, 4)]
    table = colours + [b"\0\0\0\0"] * ((1 << bits) - count if bits < 16 else 0)
    lines = (data[at : at + stride] for at in range(start, start + stride * rows, stride))
    pixels = b"".join(_indexed(line, width, bits, table) for line in lines)
    if len(pixels) != width * rows * 4:
        raise Unreadable("its pixels point outside its palette")
    return Image.frombytes("RGBa", (width, rows), pixels)


def _indexed(line: bytes, width: int, bits: int, table: list[bytes]) -> bytes:
    """One row of colours. Of each little-endian word the highest bits belong to the first pixel."""
    words = struct.unpack(f"<{len(line) // 2}H", line)
    mask = (1 << bits) - 1
    shifts = range(16 - bits, -1, -bits)
    indices = [word >> shift & mask for word in words for shift in shifts][:width]
    return b"".join(table[index] for index in indices if index < len(table))


def _inflate(data: bytes, limit: int) -> bytes:
    for window in (47, -15):  # zlib or gzip by its header, else raw
        try:
            return zlib.decompressobj(window).decompress(data, limit)
        except zlib.error:
            continue
    raise Unreadable("its packed pixels are damaged")


def _file_content(data: bytes) -> bytes:
    """A whole image file inside the catalogue, after ``RAWD`` and its length."""
    if data[:4] != b"DWAR":
        raise Unreadable("its wrapping is not supported")
    content = data[12:]
    return lzfse.unpack(content, png.MAX_ICON_BYTES) if lzfse.is_stream(content) else content
