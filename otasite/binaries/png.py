"""PNG files as iOS and Android apps carry them: their true size, and Apple's CgBI variant made ordinary.

Xcode rewrites PNGs for the device: a ``CgBI`` chunk comes first, the image data is raw deflate without the zlib
wrapping, pixels are blue-green-red, and colour is multiplied with alpha. Only Apple's software shows such files.
Since the row filters are those of PNG, the way back is: unpack, wrap again as a correct PNG, let Pillow undo the
filters, then put the channels in order and divide by alpha.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries import colours, pictures
from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

#: Pixels along one side. The largest icon Apple asks for has 1,024.
MAX_SIDE = 2048
#: Bytes of one icon file.
MAX_ICON_BYTES = 16 * 2**20

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # colour types CgBI is known to use, with their bytes per pixel


class Header(msgspec.Struct, frozen=True):
    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool
    cgbi: bool


def read_header(data: bytes) -> Header:
    """Size and kind of a PNG from its first chunks; ``data`` may be cut off after 64 bytes."""
    if not data.startswith(_SIGNATURE):
        raise Unreadable("it is no PNG")
    cgbi = data[12:16] == b"CgBI"
    offset = 8 + (12 + struct.unpack_from(">I", data, 8)[0] if cgbi and len(data) > 12 else 0)
    if data[offset + 4 : offset + 8] != b"IHDR" or len(data) < offset + 21:
        raise Unreadable("its header is damaged")
    width, height, depth, colour, _, _, interlace = struct.unpack_from(">IIBBBBB", data, offset + 8)
    return Header(width=width, height=height, depth=depth, colour=colour, interlaced=interlace != 0, cgbi=cgbi)


def decode(data: bytes, budget: Budget) -> Image:
    """The pixels of a PNG, ordinary or CgBI, as a Pillow image in mode RGBA and sRGB. Raises Unreadable."""
    header = _checked(data)
    budget.spend_output(8 * header.width * header.height)
    if header.cgbi:
        return colours.to_srgb(unpremultiplied(decode_premultiplied(data)), _cgbi_profile(data))
    image = pictures.opened(data, ("PNG",), MAX_SIDE**2)
    return colours.to_srgb(image, image.info.get("icc_profile") or b"")


def decode_any(data: bytes, budget: Budget) -> Image:
    """As :func:`decode`, also for JPEG and WebP, which Android apps and old store artwork use."""
    if data.startswith(_SIGNATURE):
        return decode(data, budget)
    image = pictures.opened(data, ("JPEG", "WEBP"), MAX_SIDE**2, budget)
    return colours.to_srgb(image, image.info.get("icc_profile") or b"")


def decode_premultiplied(data: bytes) -> Image:
    """The pixels of a CgBI PNG in mode RGBa: colour still multiplied with alpha, as the file stores it."""
    from PIL import Image

    header = _checked(data)
    stored = pictures.opened(ordinary_png(data), ("PNG",), MAX_SIDE**2)
    if header.colour == 2:
        blue, green, red = stored.split()
        alpha = Image.new("L", stored.size, 255)
    elif header.colour == 6:
        blue, green, red, alpha = stored.split()
    elif header.colour == 4:
        red, alpha = stored.split()
        blue = green = red
    else:
        red = green = blue = stored
        alpha = Image.new("L", stored.size, 255)
    return Image.merge("RGBa", (red, green, blue, alpha))


def unpremultiplied(image: Image) -> Image:
    """Divide colour by alpha, rounding to the nearest, so that multiplying again gives the same bytes."""
    from PIL import Image, ImageMath

    *colours, alpha = image.split()
    if alpha.getextrema() == (255, 255):
        return Image.merge("RGBA", (*colours, alpha))

    def divided(band: Image.Image) -> Image.Image:
        result: Image.Image = ImageMath.lambda_eval(
            lambda of: of["convert"](of["min"]((of["c"] * 255 + of["a"] / 2) / of["a"], 255), "L"),
            c=band,
            a=alpha,
        )
        return result

    return Image.merge("RGBA", (*(divided(band) for band in colours), alpha))


def encode(image: Image) -> bytes:
    """An ordinary PNG without metadata; the same pixels give the same bytes."""
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def ordinary_png(data: bytes) -> bytes:
    """A CgBI file with correct PNG wrapping. Its pixels stay as they were: swapped, and multiplied with alpha."""
    header = _checked(data)
    packed = bytearray()
    for name, body in _chunks(data):
        if name == b"IDAT":
            packed += body
    rows = _inflate(bytes(packed), _row_bytes(header))
    head = struct.pack(">IIBBBBB", header.width, header.height, 8, header.colour, 0, 0, int(header.interlaced))
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, body) for name, body in chunks)


def _checked(data: bytes) -> Header:
    header = read_header(data)
    if not (0 < header.width <= MAX_SIDE and 0 < header.height <= MAX_SIDE):
        raise Unreadable(f"it claims to be {header.width} × {header.height} pixels")
    if header.cgbi and (header.depth != 8 or header.colour not in _CHANNELS):
        raise Unreadable(f"it stores colours in a way otasite cannot read ({header.colour}, {header.depth} bit)")
    return header


def _row_bytes(header: Header) -> int:
    """Length of the unpacked image data: each row, of each pass when interlaced, has one filter byte."""
    channels = _CHANNELS[header.colour]
    return sum(height * (1 + width * channels) for width, height in _passes(header) if width > 0 and height > 0)


def _passes(header: Header) -> list[tuple[int, int]]:
    if not header.interlaced:
        return [(header.width, header.height)]
    adam7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    return [(-(-(header.width - left) // step), -(-(header.height - top) // rows)) for left, top, step, rows in adam7]


def _inflate(packed: bytes, expected: int) -> bytes:
    """Unpack exactly the bytes the image needs; some tools write zlib wrapping in spite of CgBI."""
    for window in (-15, 15):
        try:
            rows = zlib.decompressobj(window).decompress(packed, expected)
        except zlib.error:
            continue
        if len(rows) == expected:
            return rows
    raise Unreadable("its image data is damaged or cut off")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    offset = len(_SIGNATURE)
    while offset + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, offset)
        yield name, data[offset + 8 : offset + 8 + length]
        offset += 12 + length


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _cgbi_profile(data: bytes) -> bytes:
    """The ICC profile of a CgBI file; empty when there is none that can be unpacked."""
    for name, body in _chunks(data):
        if name == b"iCCP":
            packed = body.partition(b"\0")[2][1:]
            for window in (15, -15):
                try:
                    return zlib.decompressobj(window).decompress(packed, colours.MAX_PROFILE_BYTES)
                except zlib.error:
                    continue
        if name == b"IDAT":
            break
    return b""
