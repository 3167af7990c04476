"""“Deepmap2”, the encoding Xcode prefers for pictures since 2019.

Not documented by Apple; the layout here is what independent readers agree on. A picture is stored plain (method
1 or 3), as a palette (4), or (2) as differences from a prediction: luma and two chroma planes, each row predicted
from its neighbours in one of five ways, written as signed magnitudes with high and low bytes in separate planes.
Only eight bits a channel are read.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries import lzfse
from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

_PLAIN, _PREDICTED, _PACKED, _PALETTE = 1, 2, 3, 4
_PALETTE_WITH_ALPHA_PLANE = 3


class _Header(msgspec.Struct, frozen=True):
    method: int
    scale: int
    channels: int
    width: int
    height: int


def decode(data: bytes, width: int, height: int, channels: int) -> Image:
    """Pixels of one part in mode RGBa; ``channels`` is 4 (colour) or 2 (grey), each with alpha."""
    version, _, length = struct.unpack_from("<IIQ", data)
    if version != 1 or length != len(data) - 16:
        raise Unreadable("its wrapping is unknown")
    body = data[16:]
    if body[:4] != b"KCBC":
        return _picture(body, width, height, channels)
    return _tiled(body, width, height, channels)


def _tiled(body: bytes, width: int, height: int, channels: int) -> Image:
    """Large pictures are cut into a grid; each tile states its column, row and height."""
    from PIL import Image

    tiles: dict[tuple[int, int], Image.Image] = {}
    while body:
        column, row, rows, length = struct.unpack_from("<IIII", body, 4)
        if body[:4] != b"KCBC" or not 32 <= length <= len(body) or (column, row) in tiles:
            raise Unreadable("its tiles are damaged")
        inner = body[36:length] if body[36:40] == b"dmp2" else body[20:length]
        size = _read_header(inner, channels)
        if size.width > width or (rows or size.height) > height:
            raise Unreadable("a tile is larger than the picture")
        tiles[column, row] = _picture(inner, size.width, rows or size.height, channels)
        body = body[length:]
    lefts = _offsets({column: tile.width for (column, _), tile in tiles.items()})
    tops = _offsets({row: tile.height for (_, row), tile in tiles.items()})
    image = Image.new("RGBa", (width, height))
    covered = 0
    for (column, row), tile in tiles.items():
        image.paste(tile, (lefts[column], tops[row]))
        covered += tile.width * tile.height
    if covered != width * height:
        raise Unreadable("its tiles do not cover the picture")
    return image


def _offsets(sizes: dict[int, int]) -> dict[int, int]:
    starts = accumulate((sizes[index] for index in sorted(sizes)), initial=0)
    return dict(zip(sorted(sizes), starts, strict=False))


def _read_header(body: bytes, channels: int) -> _Header:
    if body[:4] != b"dmp2" or len(body) < 12:
        raise Unreadable("its header is missing")
    method, scale, _, stored, width, height = struct.unpack_from("<BBBBHH", body, 4)
    if stored not in {1, 2, 3, 4}:
        raise Unreadable(f"its pixel format {stored} is not supported")
    return _Header(method=method, scale=scale, channels=channels, width=width, height=height)


def _picture(body: bytes, width: int, height: int, channels: int) -> Image:
    header = _read_header(body, channels)
    if header.width != width:
        raise Unreadable("its width is not that of the picture")
    payload = body[12:]
    if header.method == _PALETTE:
        return _palette(payload, width, height)
    if header.method == _PLAIN:
        return _plain(payload, width, height, channels)
    if header.method == _PACKED:
        rows = _unpacked(payload, width * channels * max(height, header.height))
        return _plain(rows[: width * height * channels], width, height, channels)
    if header.method == _PREDICTED:
        return _predicted(payload, header, height)
    raise Unreadable(f"its method {header.method} is not supported")


def _unpacked(payload: bytes, limit: int) -> bytes:
    return b"".join(_streams(payload, limit))


def _streams(payload: bytes, limit: int) -> Iterator[bytes]:
    """Packed streams, each after its length; a single one may stand alone. Unpacked they stay below ``limit``."""
    if lzfse.is_stream(payload):
        yield lzfse.unpack(payload, limit)
        return
    offset = 0
    while offset + 4 <= len(payload):
        length = struct.unpack_from("<I", payload, offset)[0]
        unpacked = lzfse.unpack(payload[offset + 4 : offset + 4 + length], limit)
        limit -= len(unpacked)
        yield unpacked
        offset += 4 + length


def _plain(pixels: bytes, width: int, height: int, channels: int) -> Image:
    from PIL import Image

    if len(pixels) != width * height * channels:
        raise Unreadable("its pixels are cut off")
    if channels == 4:
        return Image.frombytes("RGBa", (width, height), pixels, "raw", "BGRa")
    grey, alpha = Image.frombytes("LA", (width, height), pixels).split()
    return Image.merge("RGBa", (grey, grey, grey, alpha))


def _palette(payload: bytes, width: int, height: int) -> Image:
    """Up to 256 colours (blue, green, red, alpha); with kind 3 alpha has a plane of its own."""
    from PIL import Image

    count, kind = struct.unpack_from("<HH", payload)
    if not 0 < count <= 256 or kind not in {3, 4} or len(payload) < 4 + 4 * count:
        raise Unreadable("its palette is damaged")
    palette = payload[4 : 4 + 4 * count]
    size = width * height
    planes = 2 if kind == _PALETTE_WITH_ALPHA_PLANE else 1
    data = _unpacked(payload[4 + 4 * count :], size * planes)
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


def _predicted(payload: bytes, header: _Header, height: int) -> Image:
    """Streams of whole rows below each other, each with its own planes: alpha, predictors, high and low bytes."""
    from PIL import Image

    width, components = header.width, 3 if header.channels == 4 else 1
    row_bytes = width + 1 + width * components * 2
    image = Image.new("RGBa", (width, height))
    top = 0
    for planes in _streams(payload, (row_bytes * max(height, header.height) + 15) & ~15):
        rows = _whole_rows(len(planes), row_bytes, header.height)
        if not rows:
            raise Unreadable("its rows are incomplete")
        image.paste(_rows(planes, header, rows, components), (0, top))
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


def _rows(planes: bytes, header: _Header, rows: int, components: int) -> Image:
    from PIL import Image

    width, count = header.width, header.width * rows
    alpha, predictors = planes[:count], planes[count : count + rows]
    start, samples = count + rows, count * components
    values = _signed(planes[start : start + samples], planes[start + samples : start + 2 * samples])
    line = width * components
    previous = [0] * line
    pixels = bytearray()
    for row in range(rows):
        residuals = values[row * line : (row + 1) * line]
        previous = _reconstructed(predictors[row], residuals, previous, components)
        pixels += _coloured(previous, header.scale) if components == 3 else _clamped(previous)
    mode = "RGB" if components == 3 else "L"
    bands = Image.frombytes(mode, (width, rows), bytes(pixels)).split() * (1 if components == 3 else 3)
    return Image.merge("RGBa", (*bands, Image.frombytes("L", (width, rows), alpha)))


def _signed(high: bytes, low: bytes) -> list[int]:
    """Signed magnitudes: the lowest bit is the sign, the others are the value."""
    both = bytearray(2 * len(low))
    both[0::2], both[1::2] = low, high
    words = struct.unpack(f"<{len(low)}H", both)
    return [-(word >> 1) if word & 1 else word >> 1 for word in words]


def _reconstructed(predictor: int, residuals: list[int], above: list[int], step: int) -> list[int]:
    """One row from its differences: from nothing, the better neighbour, the left, the one above, or their mean."""
    if predictor == 0:
        row = residuals
    elif predictor == 2:
        row = [0] * len(residuals)
        for component in range(step):
            row[component::step] = accumulate(residuals[component::step])
    elif predictor == 3:
        row = [value + up for value, up in zip(residuals, above, strict=True)]
    elif predictor == 1:
        row = _nearer(residuals, above, step)
    elif predictor == 4:
        row = _mean(residuals, above, step)
    else:
        raise Unreadable(f"its prediction {predictor} is not supported")
    return _wrapped(row)


def _nearer(residuals: list[int], above: list[int], step: int) -> list[int]:
    """Left or above, whichever the corner suggests; luma decides for all components of a pixel."""
    row = [value + up for value, up in zip(residuals[:step], above[:step], strict=True)]
    for at in range(step, len(residuals), step):
        corner = above[at - step]
        if abs(above[at] - corner) <= abs(row[at - step] - corner):
            neighbour = row[at - step : at]
        else:
            neighbour = above[at : at + step]
        row += [value + near for value, near in zip(residuals[at : at + step], neighbour, strict=True)]
    return row


def _mean(residuals: list[int], above: list[int], step: int) -> list[int]:
    row = [value + up for value, up in zip(residuals[:step], above[:step], strict=True)]
    for at in range(step, len(residuals)):
        total = row[at - step] + above[at] + 1
        row.append(residuals[at] + (total // 2 if total >= 0 else -(-total // 2)))
    return row


def _wrapped(row: list[int]) -> list[int]:
    """As 16-bit numbers, which is how the encoder computes; only damaged data leaves their range."""
    if min(row) >= -32768 and max(row) <= 32767:
        return row
    return array("h", struct.pack(f"<{len(row)}H", *(value & 0xFFFF for value in row))).tolist()


def _coloured(row: list[int], scale: int) -> bytes:
    """Luma and two chroma values to red, green, blue."""
    factor = 2 if scale else 1
    pixels = [0] * len(row)
    lumas, oranges, greens = row[0::3], row[1::3], row[2::3]
    for index, (luma, orange, green) in enumerate(zip(lumas, oranges, greens, strict=True)):
        orange, green = orange * factor, green * factor
        base = luma - _half(green)
        pixels[3 * index] = base - _half(orange)
        pixels[3 * index + 1] = base + green
        pixels[3 * index + 2] = base + orange - _half(orange)
    return _clamped(pixels)


def _half(value: int) -> int:
    """Half of a number, rounded towards zero."""
    return value // 2 if value >= 0 else -(-value // 2)


def _clamped(values: list[int]) -> bytes:
    if min(values) >= 0 and max(values) <= 255:
        return bytes(values)
    return bytes(min(255, max(0, value)) for value in values)
