"""“Deepmap2”, the encoding Xcode prefers for pictures since 2019.

Not documented by Apple; the layout here is what independent readers agree on. A picture is stored plain (method 1),
packed (3), as a palette (4), or (2) as differences from a prediction: luma and two chroma planes, each row predicted
from its neighbours in one of five ways, written as signed magnitudes with high and low bytes in separate planes.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from itertools import accumulate
from operator import add
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries.assets import lzfse, lzvn, pixels
from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

_PLAIN, _PREDICTED, _PACKED, _PALETTE = 1, 2, 3, 4
_PALETTE_WITH_ALPHA_PLANE = 3
_FORMATS = {1: "GRAY", 2: "GA8 ", 3: "RGB8", 4: "ARGB", 0x14: "RGBW"}
_WRAPPING_BYTES = 16

_Row = list[int]  # the values of one component, from left to right


class _Header(msgspec.Struct, frozen=True):
    method: int
    scale: int
    pixel_format: str
    width: int
    height: int

    @property
    def row_bytes(self) -> int:
        return self.width * pixels.PIXEL_BYTES[self.pixel_format]

    @property
    def components(self) -> int:
        """Of what is predicted: luma alone, or with chroma."""
        return 1 if self.pixel_format in {"GRAY", "GA8 "} else 3

    @property
    def has_alpha(self) -> bool:
        return self.pixel_format in {"GA8 ", "ARGB", "RGBW"}


def decode(data: bytes, size: tuple[int, int], pixel_format: str, budget: Budget, *, floating: bool = False) -> Image:
    """Pixels of one part in mode RGBa; ``pixel_format`` is what the catalogue says of the picture."""
    body = _unwrapped(data)
    if body[:4] == b"KCBC":
        return _tiled(body, size, pixel_format, budget, floating=floating)
    return _picture(body, size, pixel_format, budget, floating=floating)


def _unwrapped(data: bytes) -> bytes:
    version, _, length = struct.unpack_from("<IIQ", data)
    if version != 1 or length != len(data) - _WRAPPING_BYTES:
        raise Unreadable("its wrapping is unknown")
    return data[_WRAPPING_BYTES:]


def _tiled(body: bytes, size: tuple[int, int], pixel_format: str, budget: Budget, *, floating: bool) -> Image:
    """Large pictures are cut into a grid; each tile states its column, row and height."""
    from PIL import Image

    tiles: dict[tuple[int, int], Image.Image] = {}
    covered, at = 0, 0
    while at < len(body):
        column, row, rows, length = struct.unpack_from("<IIII", body, at + 4)
        if body[at : at + 4] != b"KCBC" or not 32 <= length <= len(body) - at or (column, row) in tiles:
            raise Unreadable("its tiles are damaged")
        inner = body[at + 20 : at + length]
        if inner[_WRAPPING_BYTES : _WRAPPING_BYTES + 4] == b"dmp2":
            inner = inner[_WRAPPING_BYTES:]
        tile = _read_header(inner, pixel_format)
        covered += tile.width * (rows or tile.height)
        if covered > size[0] * size[1]:
            raise Unreadable("its tiles are larger than the picture")
        tiles[column, row] = _picture(
            inner, (tile.width, rows or tile.height), pixel_format, budget, floating=floating
        )
        at += length
    lefts = _offsets({column: tile.width for (column, _), tile in tiles.items()})
    tops = _offsets({row: tile.height for (_, row), tile in tiles.items()})
    image = Image.new("RGBa", size)
    for (column, row), placed in tiles.items():
        image.paste(placed, (lefts[column], tops[row]))
    if covered != size[0] * size[1]:
        raise Unreadable("its tiles do not cover the picture")
    return image


def _offsets(sizes: dict[int, int]) -> dict[int, int]:
    starts = accumulate((sizes[index] for index in sorted(sizes)), initial=0)
    return dict(zip(sorted(sizes), starts, strict=False))


def _read_header(body: bytes, pixel_format: str) -> _Header:
    if body[:4] != b"dmp2" or len(body) < 12:
        raise Unreadable("its header is missing")
    method, scale, _, stored, width, height = struct.unpack_from("<BBBBHH", body, 4)
    if stored not in _FORMATS:
        raise Unreadable(f"its pixel format {stored} is not supported")
    # The catalogue says how many channels there are; only the picture itself says when they have 16 bits.
    if pixel_format not in {"ARGB", "GA8 "} or _FORMATS[stored] == "RGBW":
        pixel_format = _FORMATS[stored]
    return _Header(method=method, scale=scale, pixel_format=pixel_format, width=width, height=height)


def _picture(body: bytes, size: tuple[int, int], pixel_format: str, budget: Budget, *, floating: bool) -> Image:
    header = _read_header(body, pixel_format)
    width, height = size
    if header.width != width:
        raise Unreadable("its width is not that of the picture")
    payload = body[12:]
    if header.method == _PALETTE:
        return _palette(payload, width, height, budget)
    if header.method == _PLAIN:
        if len(payload) != header.row_bytes * height:
            raise Unreadable("its pixels are cut off")
        return pixels.image(payload, size, header.row_bytes, header.pixel_format, floating=floating)
    if header.method == _PACKED:
        rows = b"".join(_streams(payload, header.row_bytes * max(height, header.height), budget))
        return pixels.image(rows, size, header.row_bytes, header.pixel_format, floating=floating)
    if header.method == _PREDICTED:
        return _predicted(payload, header, height, budget)
    raise Unreadable(f"its method {header.method} is not supported")


def _streams(payload: bytes, limit: int, budget: Budget) -> Iterator[bytes]:
    """Packed streams, each after its length and at most ``limit`` bytes long when unpacked; or a single one alone.

    Those of small pictures are bare LZVN.
    """
    if lzfse.is_stream(payload):
        yield lzfse.unpack(payload, limit, budget)
        return
    offset = 0
    while offset + 4 <= len(payload):
        length = struct.unpack_from("<I", payload, offset)[0]
        stream = payload[offset + 4 : offset + 4 + length]
        if len(stream) != length or not length:
            raise Unreadable("its packed pixels are cut off")
        if not lzfse.is_stream(stream) and lzvn.is_stream(stream):
            yield lzvn.unpack(stream, limit, budget)
        else:
            yield lzfse.unpack(stream, limit, budget)
        offset += 4 + length


def _palette(payload: bytes, width: int, height: int, budget: Budget) -> Image:
    """Up to 256 colours (blue, green, red, alpha); with kind 3 alpha has a plane of its own."""
    from PIL import Image

    count, kind = struct.unpack_from("<HH", payload)
    if not 0 < count <= 256 or kind not in {3, 4} or len(payload) < 4 + 4 * count:
        raise Unreadable("its palette is damaged")
    palette = payload[4 : 4 + 4 * count]
    size = width * height
    planes = 2 if kind == _PALETTE_WITH_ALPHA_PLANE else 1
    data = b"".join(_streams(payload[4 + 4 * count :], size * planes, budget))
    indices = data[size * (planes - 1) :]
    if len(data) != size * planes or max(indices) >= count:
        raise Unreadable("its pixels point outside its palette")
    bands = [
        Image.frombytes("L", (width, height), indices.translate(palette[channel::4].ljust(256, b"\0")))
        for channel in (2, 1, 0, 3)
    ]
    if kind == _PALETTE_WITH_ALPHA_PLANE:
        bands[3] = Image.frombytes("L", (width, height), data[:size])
    return Image.merge("RGBa", bands)


def _predicted(payload: bytes, header: _Header, height: int, budget: Budget) -> Image:
    """Streams of whole rows below each other, each with its own planes: alpha, predictors, high and low bytes.

    Each stream may be filled up to a multiple of 16 bytes.
    """
    from PIL import Image

    row_bytes = header.width * header.has_alpha + 1 + header.width * header.components * 2
    image = Image.new("RGBa", (header.width, height))
    top = 0
    for planes in _streams(payload, (row_bytes * max(height, header.height) + 15) & ~15, budget):
        rows = _whole_rows(len(planes), row_bytes, header.height)
        if not rows or top >= height:
            raise Unreadable("its rows are incomplete")
        budget.spend_steps(header.width * header.components * rows)
        image.paste(_rows(planes, header, rows), (0, top))
        top += rows
    if top < height:
        raise Unreadable("its rows are incomplete")
    return image


def _whole_rows(length: int, row_bytes: int, expected: int) -> int:
    """How many rows a stream holds; up to 15 bytes at its end may only round its length up to 16."""
    rows = length // row_bytes
    if (min(expected, rows) * row_bytes + 15) & ~15 == length:
        rows = min(expected, rows)
    return rows if length - rows * row_bytes <= 15 else 0


def _rows(planes: bytes, header: _Header, rows: int) -> Image:
    from PIL import Image

    size, components = (header.width, rows), header.components
    count = header.width * rows
    alpha = Image.frombytes("L", size, planes[:count]) if header.has_alpha else Image.new("L", size, 255)
    start = count * header.has_alpha
    predictors, samples = planes[start : start + rows], count * components
    start += rows
    previous = [[0] * header.width] * components
    line = header.width * components
    bands = [bytearray() for _ in range(3)]
    for row in range(rows):
        at = start + row * line
        residuals = _signed(planes[at : at + line], planes[at + samples : at + samples + line])
        by_component = [residuals[component::components] for component in range(components)]
        previous = _reconstructed(predictors[row], by_component, previous)
        for band, values in zip(bands, _coloured(previous, header), strict=True):
            band += _clamped(values)
    return Image.merge("RGBa", (*(Image.frombytes("L", size, bytes(band)) for band in bands), alpha))


def _signed(high: bytes, low: bytes) -> list[int]:
    """Signed magnitudes: the lowest bit is the sign, the others are the value."""
    both = bytearray(2 * len(low))
    both[0::2], both[1::2] = low, high
    words = struct.unpack(f"<{len(low)}H", both)
    return [-(word >> 1) if word & 1 else word >> 1 for word in words]


def _reconstructed(predictor: int, residuals: list[_Row], above: list[_Row]) -> list[_Row]:
    """One row from its differences: from nothing, the better neighbour, the left, the one above, or their mean."""
    if predictor == 0:
        row = residuals
    elif predictor == 2:
        row = [list(accumulate(values)) for values in residuals]
    elif predictor == 3:
        row = [list(map(add, values, up)) for values, up in zip(residuals, above, strict=True)]
    elif predictor == 1:
        row = _nearer(residuals, above)
    elif predictor == 4:
        row = [_mean(values, up) for values, up in zip(residuals, above, strict=True)]
    else:
        raise Unreadable(f"its prediction {predictor} is not supported")
    return [_wrapped(values) for values in row]


def _nearer(residuals: list[_Row], above: list[_Row]) -> list[_Row]:
    """Left or above, whichever the corner suggests; luma decides for all components of a pixel."""
    luma: _Row = []
    from_left: list[bool] = []
    left, corner, is_left = 0, 0, False  # at the start of a row there is only what is above
    for value, up in zip(residuals[0], above[0], strict=True):
        is_left = bool(luma) and abs(up - corner) <= abs(left - corner)
        left = value + (left if is_left else up)
        luma.append(left)
        from_left.append(is_left)
        corner = up
    row = [luma]
    for values, ups in zip(residuals[1:], above[1:], strict=True):
        left, chroma = 0, []
        for value, up, is_left in zip(values, ups, from_left, strict=True):
            left = value + (left if is_left else up)
            chroma.append(left)
        row.append(chroma)
    return row


def _mean(residuals: _Row, above: _Row) -> _Row:
    """From the mean of left and above, rounded up and then towards zero; the first from what is above it."""
    left = residuals[0] + above[0]
    row = [left]
    for value, up in zip(residuals[1:], above[1:], strict=True):
        total = left + up + 1
        left = value + (total + (total < 0) >> 1)
        row.append(left)
    return row


def _wrapped(row: _Row) -> _Row:
    """As 16-bit numbers, which is how the encoder computes; only damaged data leaves their range."""
    if min(row) >= -32768 and max(row) <= 32767:
        return row
    return array("h", struct.pack(f"<{len(row)}H", *(value & 0xFFFF for value in row))).tolist()


def _coloured(row: list[_Row], header: _Header) -> tuple[_Row, _Row, _Row]:
    """Luma and two chroma values to red, green, blue. Halves are rounded towards zero."""
    if len(row) == 1:
        return row[0], row[0], row[0]
    lumas, oranges, greens = row
    if header.scale:
        oranges, greens = [2 * value for value in oranges], [2 * value for value in greens]
    bases = [luma - (green + (green < 0) >> 1) for luma, green in zip(lumas, greens, strict=True)]
    reds = [base - (orange + (orange < 0) >> 1) for base, orange in zip(bases, oranges, strict=True)]
    made = reds, list(map(add, bases, greens)), list(map(add, reds, oranges))
    return (_of_512(made[0]), _of_512(made[1]), _of_512(made[2])) if header.pixel_format == "RGBW" else made


def _of_512(values: _Row) -> _Row:
    """Wide pictures count in 512ths: the same in 255ths."""
    return [(value * 255 + 256) // 512 for value in values]


def _clamped(values: _Row) -> bytes:
    if min(values) >= 0 and max(values) <= 255:
        return bytes(values)
    return bytes(min(255, max(0, value)) for value in values)
