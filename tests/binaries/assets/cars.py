"""Builds asset catalogues with pictures in every encoding that is read."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from tests.binaries.assets import lzfse_encoder

#: The attributes of a picture's key, in the order the keys here have them.
TOKENS = (7, 12, 17, 24)  # appearance, scale, identifier, gamut


@dataclass(frozen=True)
class Stored:
    """One picture: its side, pixel format and content as it stands in the catalogue."""

    side: int
    content: bytes
    pixel_format: str = "ARGB"
    identifier: int = 1
    appearance: int = 0
    gamut: int = 0
    name: str = "Icon.png"
    height: int = 0
    row_bytes: int = 0
    colour_space: int = 1
    layout: int = 12
    extra: bytes = b""


def catalogue(pictures: Sequence[Stored], facets: dict[str, int], appearances: dict[str, int] | None = None) -> bytes:
    """An ``Assets.car``: names of icons with their identifiers, pictures, and names of appearances."""
    store = _Store()
    store.named("KEYFORMAT", b"tmfk" + struct.pack(f"<II{len(TOKENS)}I", 0, len(TOKENS), *TOKENS))
    store.tree("FACETKEYS", [(name.encode(), _facet(identifier)) for name, identifier in facets.items()])
    store.tree("RENDITIONS", [(_key(picture), csi(picture)) for picture in pictures])
    if appearances:
        store.tree("APPEARANCEKEYS", [(n.encode(), struct.pack("<H", number)) for n, number in appearances.items()])
    return store.encoded()


def link(frame: tuple[int, int, int, int], key: dict[int, int]) -> bytes:
    """Where the real pixels are: a part (left, bottom, width, height) of the picture with this key."""
    attributes = b"".join(struct.pack("<HH", name, value) for name, value in key.items()) + bytes(4)
    body = b"KLNI" + struct.pack("<I4IHI", 0, *frame, 12, len(attributes)) + attributes
    return struct.pack("<II", 1010, len(body)) + body


def csi(picture: Stored) -> bytes:
    extra = picture.extra
    extra += struct.pack("<III", 1007, 4, picture.row_bytes) if picture.row_bytes else b""
    head = struct.pack("<4sIIIII", b"ISTC", 1, 0, picture.side, picture.height or picture.side, 100)
    head += picture.pixel_format.encode()[::-1] + struct.pack("<IIHH", picture.colour_space, 0, picture.layout, 0)
    head += picture.name.encode().ljust(128, b"\0")
    return head + struct.pack("<IIII", len(extra), 1, 0, len(picture.content)) + extra + picture.content


def bitmap(encoding: int, data: bytes, *, opaque: bool = False) -> bytes:
    return b"MLEC" + struct.pack("<III", 2 if opaque else 0, encoding, len(data)) + data


def chunked(encoding: int, parts: Sequence[tuple[int, bytes]]) -> bytes:
    """A picture in several parts of some rows each."""
    body = b"".join(b"KCBC" + struct.pack("<IIII", 0, 0, rows, len(data)) + data for rows, data in parts)
    return b"MLEC" + struct.pack("<III", 1, encoding, len(parts)) + body


def bgra(rgba: bytes) -> bytes:
    return b"".join(bytes([b, g, r, a]) for r, g, b, a in zip(*[iter(rgba)] * 4, strict=True))


def lzfse(data: bytes) -> bytes:
    return lzfse_encoder.compress(data)


def bare_lzvn(data: bytes) -> bytes:
    return lzfse_encoder.lzvn(lzfse_encoder.operations(data))


def framed(*streams: bytes) -> bytes:
    return b"".join(struct.pack("<I", len(stream)) + stream for stream in streams)


def run_lengths(data: bytes, width: int, pixel_bytes: int) -> bytes:
    """Packets of equal pixels, and of up to three different ones."""
    rows = [data[at : at + width * pixel_bytes] for at in range(0, len(data), width * pixel_bytes)]
    body, starts = b"", []
    for row in rows:
        starts.append(12 + 4 * len(rows) + len(body))
        pixels = [row[at : at + pixel_bytes] for at in range(0, len(row), pixel_bytes)]
        at = 0
        while at < width:
            same = 1
            while at + same < width and pixels[at + same] == pixels[at]:
                same += 1
            count = same if same > 1 else min(3, width - at)
            packet = pixels[at : at + 1] if same > 1 else pixels[at : at + count]
            body += struct.pack("<I", count | (0x80000000 if same > 1 else 0)) + b"".join(packet)
            at += count
    return struct.pack(f"<III{len(rows)}I", 4, width, len(rows), *starts) + body


def gzipped(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def palette(rgba: bytes, width: int) -> bytes:
    """A palette picture: colours as alpha, red, green, blue; indices from the highest bits of 16-bit words."""
    pixels = [rgba[at : at + 4] for at in range(0, len(rgba), 4)]
    colours = sorted(set(pixels))
    bits = next(bits for bits in (1, 2, 4, 8, 16) if len(colours) <= 1 << bits)
    body = struct.pack("<IIH", 0xCAFEF00D, 1, len(colours)) + b"".join(c[3:] + c[:3] for c in colours)
    for start in range(0, len(pixels), width):
        number, filled = 0, 0
        for pixel in pixels[start : start + width]:
            number, filled = number << bits | colours.index(pixel), filled + bits
        padding = -filled % 16
        row = (number << padding).to_bytes((filled + padding) // 8)
        body += b"".join(row[at : at + 2][::-1] for at in range(0, len(row), 2))
    return body


def deepmap(body: bytes) -> bytes:
    return struct.pack("<IIQ", 1, 4, len(body)) + body


def deepmap_head(method: int, width: int, height: int, *, scale: int = 0, stored: int = 4) -> bytes:
    return b"dmp2" + struct.pack("<BBBBHH", method, scale, 10, stored, width, height)


def predicted(rgba: bytes, width: int, predictors: Sequence[int], *, scale: int = 0) -> bytes:
    """The planes of a predicted picture: alpha, a predictor for each row, high and low bytes of differences."""
    height = len(rgba) // 4 // width
    values = [[_luma_chroma(rgba[4 * (y * width + x) :][:3], scale) for x in range(width)] for y in range(height)]
    differences: list[int] = []
    for y in range(height):
        for x in range(width):
            for component in range(3):
                near = _near(values, x, y, component, predictors[y])
                differences.append(values[y][x][component] - near)
    words = [(-value << 1 | 1) if value < 0 else value << 1 for value in differences]
    planes = rgba[3::4] + bytes(predictors) + bytes(w >> 8 for w in words) + bytes(w & 0xFF for w in words)
    return planes.ljust((len(planes) + 15) // 16 * 16, b"\0")


def _near(values: list[list[tuple[int, int, int]]], x: int, y: int, component: int, predictor: int) -> int:
    left = values[y][x - 1] if x else (0, 0, 0)
    up = values[y - 1][x] if y else (0, 0, 0)
    corner = values[y - 1][x - 1] if x and y else (0, 0, 0)
    if predictor == 1:
        takes_left = x > 0 and abs(up[0] - corner[0]) <= abs(left[0] - corner[0])
        return left[component] if takes_left else up[component]
    if predictor == 4 and x:
        total = left[component] + up[component] + 1
        return int(total / 2)
    return {0: 0, 2: left[component], 3: up[component], 4: up[component]}[predictor]


def _luma_chroma(colour: bytes, scale: int) -> tuple[int, int, int]:
    """The reversible colour transform, so that decoding gives the exact colour (without scaling)."""
    red, green, blue = colour
    orange = blue - red
    middle = red + int(orange / 2)
    chroma = green - middle
    luma = middle + int(chroma / 2)
    return luma, orange >> scale, chroma >> scale


class _Store:
    """A BOM store being written; block 0 is never used."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = [b""]
        self._names: list[tuple[str, int]] = []

    def named(self, name: str, content: bytes) -> None:
        self._names.append((name, self._add(content)))

    def tree(self, name: str, items: Sequence[tuple[bytes, bytes]]) -> None:
        """Two leaves below an inner node, so that trees of both kinds of node are read."""
        middle = len(items) // 2
        leaves = [self._add(self._leaf(part)) for part in (items[:middle], items[middle:])]
        inner = struct.pack(">HHII", 0, 1, 0, 0) + struct.pack(">III", leaves[0], 0, leaves[1])
        self.named(name, b"tree" + struct.pack(">IIIIB", 1, self._add(inner), 4096, len(items), 0))

    def encoded(self) -> bytes:
        offset, index, body = 512, b"", b""
        for block in self._blocks:
            index += struct.pack(">II", offset + len(body), len(block))
            body += block
        index = struct.pack(">I", len(self._blocks)) + index
        names = struct.pack(">I", len(self._names))
        names += b"".join(struct.pack(">IB", number, len(name)) + name.encode() for name, number in self._names)
        at = 512 + len(body)
        head = b"BOMStore" + struct.pack(">6I", 1, len(self._blocks), at, len(index), at + len(index), len(names))
        return head.ljust(512, b"\0") + body + index + names

    def _add(self, block: bytes) -> int:
        self._blocks.append(block)
        return len(self._blocks) - 1

    def _leaf(self, items: Sequence[tuple[bytes, bytes]]) -> bytes:
        body = struct.pack(">HHII", 1, len(items), 0, 0)
        return body + b"".join(struct.pack(">II", self._add(value), self._add(key)) for key, value in items)


def _facet(identifier: int) -> bytes:
    return struct.pack("<HHHHHHH", 0, 0, 2, 1, 85, 17, identifier)


def _key(picture: Stored) -> bytes:
    return struct.pack("<4H", picture.appearance, 1, picture.identifier, picture.gamut)
