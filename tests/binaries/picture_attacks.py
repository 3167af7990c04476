"""Small apps whose pictures ask for much: catalogues that go in circles, streams without end, pictures of nothing."""

from __future__ import annotations

import io
import plistlib
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from tests.binaries import apks
from tests.binaries.apks import Tag
from tests.binaries.apple import png_chunk
from tests.binaries.assets import cars
from tests.binaries.assets.lzfse_encoder import MAX_MATCH, Operation, block, lzvn
from tests.binaries.ipas import APP, app_files, info_values, primary
from tests.binaries.zips import write_zip


def ipa(path: Path, files: dict[str, bytes], *icons: str) -> Path:
    """An app with these files in its folder; those whose name starts with a slash lie at the top of the archive."""
    info = {"Info.plist": plistlib.dumps(info_values(CFBundleIcons=primary(*icons)))}
    named = {name[1:] if name.startswith("/") else APP + name: content for name, content in (info | files).items()}
    return write_zip(path, app_files() | named, compression=zipfile.ZIP_STORED)


def catalogue(path: Path, data: bytes) -> Path:
    return ipa(path, {"Assets.car": data})


def store(blocks: Sequence[tuple[int, int]], names: dict[str, int], body: bytes) -> bytes:
    """A BOM store whose blocks (start and length in ``body``) may lie over one another."""
    index = struct.pack(">I", len(blocks) + 1) + bytes(8)
    index += b"".join(struct.pack(">II", 512 + start, length) for start, length in blocks)
    listed = struct.pack(">I", len(names))
    listed += b"".join(struct.pack(">IB", number, len(name)) + name.encode() for name, number in names.items())
    at = 512 + len(body)
    head = b"BOMStore" + struct.pack(">6I", 1, len(blocks), at, len(index), at + len(index), len(listed))
    return head.ljust(512, b"\0") + body + index + listed


def tree_of_everything(blocks: int) -> bytes:
    """Each of many nodes lies over the same bytes, which name all nodes as children."""
    key_format = b"tmfk" + struct.pack("<III", 0, 1, 17)
    tree = b"tree" + struct.pack(">II", 1, 3)
    node = struct.pack(">HHII", 0, 0xFFFF, 0, 0) + b"".join(struct.pack(">II", 3 + n, 0) for n in range(blocks))
    body = key_format + tree + node
    places = [(0, len(key_format)), (len(key_format), len(tree))]
    places += [(len(key_format) + len(tree), len(node))] * blocks
    return store(places, {"KEYFORMAT": 1, "FACETKEYS": 2, "RENDITIONS": 2}, body)


def one_picture_many_times(entries: int, length: int) -> bytes:
    """Leaves that name one picture again and again; a reader that copies it each time has it as often in memory."""
    key_format = b"tmfk" + struct.pack("<III", 0, 1, 17)
    name, facet, key = b"AppIcon", struct.pack("<HHHHH", 0, 0, 1, 17, 1), struct.pack("<H", 1)
    picture = cars.csi(cars.Stored(100, cars.bitmap(0, bytes(length))))
    leaf_of_names = struct.pack(">HHII", 1, 1, 0, 0) + struct.pack(">II", 4, 3)
    leaf = struct.pack(">HHII", 1, min(entries, 0xFFFF), 0, 0) + struct.pack(">II", 6, 5) * min(entries, 0xFFFF)
    parts = [key_format, b"", name, facet, key, picture, leaf_of_names, leaf]
    parts += [b"tree" + struct.pack(">II", 1, 7), b"tree" + struct.pack(">II", 1, 8)]
    body, places = b"", []
    for part in parts:
        places.append((len(body), len(part)))
        body += part
    return store(places, {"KEYFORMAT": 1, "FACETKEYS": 9, "RENDITIONS": 10}, body)


def pictures(contents: Sequence[bytes], side: int = 1024) -> bytes:
    return cars.catalogue([cars.Stored(side, content) for content in contents], {"AppIcon": 1})


def long_stream(operations: int) -> bytes:
    return block([Operation(b"x", MAX_MATCH, 1)] + [Operation(b"", MAX_MATCH)] * operations)


def streams_that_claim_three_bytes() -> bytes:
    stream = long_stream(9_000)
    return pictures([cars.bitmap(4, stream[:4] + struct.pack("<I", 3) + stream[8:] + b"bvx$")] * 8)


def blocks_of_one_byte(count: int) -> bytes:
    """Each byte of output costs a block with tables of its own."""
    return pictures([cars.bitmap(4, block([Operation(b"x")]) * count + b"bvx$")] * 8)


def deep_maps_of_much() -> bytes:
    """Large pictures of hardly any bytes, predicted the slowest way and broken at their end: all are tried."""
    width, rows = 1024, 256
    planes = [(0, width * rows), (1, rows), (0, width * rows * 6 + -(width * rows * 7 + rows) % 16)]
    stream = lzvn([Operation(bytes([value]), length - 1, 1) for value, length in planes])
    content = cars.deepmap(cars.deepmap_head(2, width, rows) + cars.framed(stream, stream, stream, stream[:-9]))
    return pictures([cars.bitmap(11, content)] * 8)


def runs_over_one_another(side: int) -> bytes:
    """All rows are the same few bytes, as many packets as a row has pixels."""
    row = struct.pack("<I4s", 1, b"abcd") * side
    start = 12 + 4 * side
    return pictures([cars.bitmap(1, struct.pack(f"<III{side}I", 4, side, side, *[start] * side) + row)] * 8, side)


def names_and_entries(path: Path, count: int) -> Path:
    """Declared names that no file has, and files that no name declares."""
    files = {f"Icon{number:05}x.bin.png": b"x" for number in range(count)}
    return ipa(path, files, *(f"Icon{number:05}y" for number in range(count)))


def png_of_nothing(width: int, height: int, *, cgbi: bool = False) -> bytes:
    """A picture that claims a size, in a few kilobytes; one byte is missing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15 if cgbi else 15)
    return png_claiming(width, height, packer.compress(bytes(height * (1 + 4 * width) - 1)) + packer.flush(), cgbi)


def png_claiming(width: int, height: int, packed: bytes = b"", cgbi: bool = False) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = [(b"CgBI", bytes(4))] if cgbi else []
    chunks += [(b"IHDR", head), (b"IDAT", packed), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, content) for name, content in chunks)


def webp_of_nothing(width: int, height: int) -> bytes:
    """Lossless, one colour, as large as the format allows: a few bytes."""
    bits = (width - 1) | (height - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + bytes(16)
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def jpeg_of_nothing(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    data = bytearray(out.getvalue())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def drawing(path: Path, icon: Tag) -> Path:
    root = apks.manifest(application={"icon": "res/icon.xml"})
    return apks.write_apk(path, {"res/icon.xml": apks.compiled_xml(icon)}, root=root)


def vector(paths: Sequence[dict[str, apks.Value]]) -> Tag:
    return Tag("vector", {"viewportWidth": 24.0, "viewportHeight": 24.0}, [Tag("path", path) for path in paths])


def paths_of_nothing(count: int) -> Tag:
    """Every path is the same long text, which only moves."""
    return vector([{"pathData": "M0 0" * 8_000, "fillColor": apks.Colour(0xFF000000)}] * count)


def lines_over_one_another(count: int) -> Tag:
    """Every path crosses the whole picture a thousand times."""
    data = "M0,0" + "L24,24L0,24L24,0L0,0" * 1_000
    return vector([{"pathData": data, "fillColor": apks.Colour(0xFF000000)}] * count)


def layers_without_end(count: int) -> Tag:
    return Tag("layer-list", {}, [Tag("item", {"drawable": apks.Colour(0x01000000)})] * count)


ATTACKS: dict[str, Callable[[Path], Path]] = {
    "a tree of everything": lambda path: catalogue(path, tree_of_everything(1_300)),
    "a larger tree of everything": lambda path: catalogue(path, tree_of_everything(60_000)),
    "one picture many times": lambda path: catalogue(path, one_picture_many_times(12_000, 30_000)),
    "one large picture many times": lambda path: catalogue(path, one_picture_many_times(65_535, 400_000)),
    "streams that claim three bytes": lambda path: catalogue(path, streams_that_claim_three_bytes()),
    "blocks of one byte": lambda path: catalogue(path, blocks_of_one_byte(1_500)),
    "deep maps of much": lambda path: catalogue(path, deep_maps_of_much()),
    "runs over one another": lambda path: catalogue(path, runs_over_one_another(1024)),
    "names and entries": lambda path: names_and_entries(path, 6_000),
    "a wide icon": lambda path: ipa(path, {"Icon.png": png_claiming(40_000, 1)}, "Icon"),
    "an icon of nothing": lambda path: ipa(path, {"Icon.png": png_claiming(4_096, 4_096, cgbi=True)}, "Icon"),
    "many icons of nothing": lambda path: ipa(
        path,
        dict.fromkeys([f"Icon{n}.png" for n in range(60)], png_of_nothing(2_048, 2_048, cgbi=True)),
        *[f"Icon{n}" for n in range(60)],
    ),
    "paths of nothing": lambda path: drawing(path, paths_of_nothing(5_000)),
    "lines over one another": lambda path: drawing(path, lines_over_one_another(2_000)),
    "layers without end": lambda path: drawing(path, layers_without_end(8_000)),
    "artwork of nothing (WebP)": lambda path: ipa(path, {"/iTunesArtwork": webp_of_nothing(16_383, 16_383)}),
    "artwork of nothing (JPEG)": lambda path: ipa(path, {"/iTunesArtwork": jpeg_of_nothing(65_000, 65_000)}),
}
