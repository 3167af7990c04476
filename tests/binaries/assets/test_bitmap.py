"""Pictures of asset catalogues: each format and encoding decodes to exactly the pixels that went in."""

from __future__ import annotations

import io
import random
import struct

import pytest
from PIL import Image

from otasite.binaries import png
from otasite.binaries.assets.bitmap import Bitmap
from otasite.binaries.budget import Budget, OverBudget
from otasite.binaries.unreadable import Unreadable
from tests.binaries.assets import cars

SIDE = 19
PREDICTORS = tuple(number % 5 for number in range(SIDE))


def pixels(side: int = SIDE, *, colours: int = 0) -> bytes:
    """Premultiplied RGBA; with ``colours`` at most so many different ones."""
    source = random.Random(side)
    made = []
    for _ in range(colours or side * side):
        alpha = source.randrange(1, 256)
        made.append(bytes([*(source.randrange(alpha + 1) for _ in range(3)), alpha]))
    return b"".join(source.choice(made) if colours else made[n] for n in range(side * side))


def decoded(
    content: bytes, side: int = SIDE, pixel_format: str = "ARGB", space: int = 1, row_bytes: int = 0
) -> bytes:
    bitmap = Bitmap(
        width=side, height=side, pixel_format=pixel_format, colour_space=space, row_bytes=row_bytes, data=content
    )
    return bitmap.decode(Budget()).tobytes()


def straight(premultiplied: bytes, side: int = SIDE) -> bytes:
    return png.unpremultiplied(Image.frombytes("RGBa", (side, side), premultiplied)).tobytes()


def deepmap(method: int, payload: bytes, **more: int) -> bytes:
    return cars.bitmap(11, cars.deepmap(cars.deepmap_head(method, SIDE, SIDE, **more) + payload))


ALL = pixels()
FEW = {count: pixels(colours=count) for count in (2, 3, 10, 200)}
STORED = cars.bgra(ALL)
HALF = 12 * SIDE * 4


@pytest.mark.parametrize(
    "content",
    [
        cars.bitmap(0, STORED),
        cars.bitmap(1, cars.run_lengths(STORED, SIDE, 4)),
        cars.bitmap(2, cars.gzipped(STORED)),
        cars.bitmap(3, cars.bare_lzvn(STORED)),
        cars.bitmap(4, cars.lzfse(STORED)),
        cars.chunked(4, [(12, cars.lzfse(STORED[:HALF])), (7, cars.lzfse(STORED[HALF:]))]),
        deepmap(1, STORED),
        deepmap(3, cars.lzfse(STORED)),
        deepmap(3, cars.framed(cars.lzfse(STORED))),
        deepmap(3, cars.framed(cars.bare_lzvn(STORED))),
        deepmap(3, cars.framed(cars.bare_lzvn(STORED[:HALF]), cars.lzfse(STORED[HALF:]))),
        deepmap(2, cars.lzfse(cars.predicted(ALL, SIDE, PREDICTORS))),
        deepmap(2, cars.framed(cars.bare_lzvn(cars.predicted(ALL, SIDE, PREDICTORS)))),
    ],
    ids=[
        "raw", "runs", "zip", "lzvn", "lzfse", "parts", "deepmap raw", "deepmap packed", "deepmap framed",
        "deepmap bare", "deepmap bare and packed", "deepmap predicted", "deepmap predicted bare",
    ],
)  # fmt: skip
def test_encodings_without_loss(content: bytes) -> None:
    assert decoded(content) == straight(ALL)


def test_a_small_picture_of_a_real_catalogue() -> None:
    """A white square with a blue one in its middle, as Xcode stores it: bare LZVN after its length."""
    content = bytes.fromhex(
        "01000000040000003000000000000000646d703203010a0408000800200000006801fff03098047733f83801f63820f0463801f0"
        "1be2ffff0600000000000000"
    )
    blue, white = bytes([0x33, 0x77, 0xFF, 0xFF]), b"\xff" * 4
    outer, inner = white * 8, white * 2 + blue * 4 + white * 2
    assert decoded(cars.bitmap(11, content), 8) == outer * 2 + inner * 4 + outer * 2


@pytest.mark.parametrize("predictor", range(5))
def test_each_prediction(predictor: int) -> None:
    assert decoded(deepmap(2, cars.lzfse(cars.predicted(ALL, SIDE, [predictor] * SIDE)))) == straight(ALL)


@pytest.mark.parametrize("rows", [1, 2, 5, 18])
def test_every_stream_of_a_predicted_picture_may_be_filled_up_to_16_bytes(rows: int) -> None:
    streams = []
    for top in range(0, SIDE, rows):
        part = ALL[top * SIDE * 4 : (top + rows) * SIDE * 4]
        streams.append(cars.lzfse(cars.predicted(part, SIDE, [2] * (len(part) // 4 // SIDE))))
    content = cars.deepmap(cars.deepmap_head(2, SIDE, rows) + cars.framed(*streams))
    assert decoded(cars.bitmap(11, content)) == straight(ALL)


def test_halved_chroma_stays_close() -> None:
    planes = cars.predicted(ALL, SIDE, PREDICTORS, scale=1)
    content = cars.deepmap(cars.deepmap_head(2, SIDE, SIDE, scale=1) + cars.lzfse(planes))
    image = decoded(cars.bitmap(11, content, opaque=True))
    assert all(abs(a - b) <= 3 for n, (a, b) in enumerate(zip(image, ALL, strict=True)) if n % 4 < 3)


@pytest.mark.parametrize("count", [2, 3, 10, 200])
@pytest.mark.parametrize("packed", [False, True])
def test_palettes_of_every_depth(count: int, packed: bool) -> None:
    body = cars.palette(FEW[count], SIDE)
    assert decoded(cars.bitmap(8, cars.lzfse(body) if packed else body)) == straight(FEW[count])


@pytest.mark.parametrize("kind", [3, 4])
@pytest.mark.parametrize("pack", [cars.lzfse, cars.bare_lzvn])
def test_deepmap_palettes(kind: int, pack: type) -> None:
    few = FEW[10]
    split = [few[at : at + 4] for at in range(0, len(few), 4)]
    palette = sorted(set(split))
    indices = bytes(palette.index(pixel) for pixel in split)
    planes = (few[3::4] if kind == 3 else b"") + indices
    body = struct.pack("<HH", len(palette), kind) + cars.bgra(b"".join(palette)) + cars.framed(pack(planes))
    assert decoded(deepmap(4, body)) == straight(few)


@pytest.mark.parametrize("wrapped", [False, True])
def test_deepmap_tiles(wrapped: bool) -> None:
    side, half = 8, 4
    rgba = pixels(side)
    image = Image.frombytes("RGBa", (side, side), rgba)
    body = b""
    for column in range(2):
        for row in range(2):
            box = (column * half, row * half, (column + 1) * half, (row + 1) * half)
            tile = cars.deepmap_head(1, half, half) + cars.bgra(image.crop(box).tobytes())
            tile = cars.deepmap(tile) if wrapped else tile
            body += b"KCBC" + struct.pack("<IIII", column, row, half, 20 + len(tile)) + tile
    assert decoded(cars.bitmap(11, cars.deepmap(body)), side) == straight(rgba, side)


def test_padded_rows() -> None:
    width = SIDE * 4
    padded = b"".join(STORED[at : at + width] + b"\xee" * 20 for at in range(0, len(STORED), width))
    assert decoded(cars.bitmap(4, cars.lzfse(padded)), row_bytes=width + 20) == straight(ALL)


def test_opaque_pictures_ignore_alpha() -> None:
    result = decoded(cars.bitmap(0, STORED, opaque=True))
    assert result[0::4] == ALL[0::4]
    assert set(result[3::4]) == {255}


WIDE = struct.pack("<4H", 65535, 32896, 0, 65535)  # red, green, blue, alpha
HALVES = struct.pack("<4e", 1.5, 0.5, -0.25, 1.0)


@pytest.mark.parametrize(
    ("pixel_format", "space", "pixel", "expected"),
    [
        ("GA8 ", 2, bytes([100, 255]), (100, 100, 100, 255)),
        ("GRAY", 2, bytes([100]), (100, 100, 100, 255)),
        ("GA16", 2, struct.pack("<2H", 25700, 65535), (100, 100, 100, 255)),
        ("RGB5", 1, struct.pack("<H", 31 << 10 | 16 << 5), (255, 131, 0, 255)),
        ("RGBW", 1, WIDE, (255, 128, 0, 255)),
        ("RGBW", 4, HALVES, (255, 128, 0, 255)),
        ("ARGB", 3, bytes([0, 255, 0, 255]), (0, 255, 0, 255)),  # P3's green lies outside sRGB
        ("ARGB", 3, bytes([80, 80, 200, 255]), (216, 69, 75, 255)),
    ],
)
@pytest.mark.parametrize("padding", [0, 12])
def test_pixel_formats(pixel_format: str, space: int, pixel: bytes, expected: tuple[int, ...], padding: int) -> None:
    row = pixel * 2 + bytes(padding)
    result = decoded(cars.bitmap(0, row * 2), 2, pixel_format, space, len(row))
    assert all(abs(a - b) <= 1 for a, b in zip(result, bytes(expected) * 4, strict=True)), list(result[:4])


@pytest.mark.parametrize("method", [1, 3])
def test_deep_maps_of_floating_point_channels(method: int) -> None:
    payload = HALVES * 4
    body = cars.deepmap_head(method, 2, 2, stored=0x14) + (
        payload if method == 1 else cars.framed(cars.lzfse(payload))
    )
    assert decoded(cars.bitmap(11, cars.deepmap(body)), 2, "RGBW", 4) == bytes([255, 128, 0, 255]) * 4


def test_grey_deep_maps() -> None:
    grey = bytes([10, 200, 30, 255])
    plain = b"".join(bytes([value, 255]) for value in grey)
    body = cars.deepmap_head(3, 2, 2, stored=2) + cars.framed(cars.bare_lzvn(plain))
    result = decoded(cars.bitmap(11, cars.deepmap(body)), 2, "GA8 ")
    assert result[0::4] == grey and set(result[3::4]) == {255}


@pytest.mark.parametrize("packed", [False, True])
def test_a_whole_picture_file(packed: bool) -> None:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (0, 128, 255)).save(out, "JPEG", quality=95)
    body = cars.lzfse(out.getvalue()) if packed else out.getvalue()
    result = decoded(b"DWAR" + struct.pack("<II", 0, len(body)) + body, 16, "JPEG")
    assert all(abs(a - b) <= 4 for a, b in zip(result[:4], (0, 128, 255, 255), strict=True))


@pytest.mark.parametrize(
    ("content", "pixel_format", "reason"),
    [
        (cars.bitmap(9, b"x"), "ARGB", "HEVC"),
        (cars.bitmap(7, b"x"), "ARGB", "ASTC"),
        (b"DWAR" + bytes(80), "HEIF", "HEIF"),
        (cars.bitmap(0, b"x" * 10), "ARGB", "cut off"),
        (cars.bitmap(4, b"bvx2junk"), "ARGB", "more than 80 bytes"),
        (cars.bitmap(2, b"\xffjunk"), "ARGB", "damaged"),
        (cars.bitmap(8, b"junk" * 9), "ARGB", "palette"),
        (cars.bitmap(11, b"junk" * 9), "ARGB", "wrapping"),
        (cars.bitmap(1, struct.pack("<III4I", 4, 4, 4, *[28] * 4)), "ARGB", "cut off"),
        (cars.bitmap(1, struct.pack("<III4II", 4, 4, 4, *[28] * 4, 5)), "ARGB", "damaged"),
        (cars.bitmap(1, struct.pack("<III4II", 4, 9, 4, *[28] * 4, 5)), "ARGB", "another size"),
        (cars.bitmap(3, b"\xe1a" + bytes([6, *bytes(7)])), "ARGB", "cut off"),
        (cars.chunked(0, [(9, b"x" * 400)]), "ARGB", "fit"),
        (b"MLEC", "ARGB", "cut off"),
    ],
)
def test_what_cannot_be_read_is_named(content: bytes, pixel_format: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        decoded(content, 4, pixel_format)


def test_a_picture_spends_its_pixels_before_it_is_decoded() -> None:
    bitmap = Bitmap(width=1000, height=1000, pixel_format="ARGB", colour_space=1, row_bytes=0, data=b"")
    with pytest.raises(OverBudget):
        bitmap.decode(Budget(output=3_999_999))
