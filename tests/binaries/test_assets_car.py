"""Icons from asset catalogues: each encoding decodes to exactly the pixels that went in."""

from __future__ import annotations

import io
import random
import struct
from pathlib import Path

import pytest
from PIL import Image

from otasite.binaries import assets_car, png
from otasite.binaries.icons import find_icon
from otasite.binaries.unreadable import Unreadable
from tests.binaries import cars
from tests.binaries.ipas import info_values, write_ipa

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


def decoded(stored: cars.Stored) -> bytes:
    data = cars.catalogue([stored], {"AppIcon": 1})
    (rendition,) = assets_car.icon_renditions(data, "AppIcon")
    return rendition.decode().tobytes()


def straight(premultiplied: bytes, side: int = SIDE) -> bytes:
    return png.unpremultiplied(Image.frombytes("RGBa", (side, side), premultiplied)).tobytes()


ALL = pixels()
FEW = {count: pixels(colours=count) for count in (2, 3, 10, 200)}
STORED = cars.bgra(ALL)
PACKED = struct.pack("<I", len(cars.lzfse(STORED))) + cars.lzfse(STORED)


@pytest.mark.parametrize(
    "content",
    [
        cars.bitmap(0, STORED),
        cars.bitmap(2, cars.gzipped(STORED)),
        cars.bitmap(4, cars.lzfse(STORED)),
        cars.chunked(4, [(12, cars.lzfse(STORED[: 12 * SIDE * 4])), (7, cars.lzfse(STORED[12 * SIDE * 4 :]))]),
        cars.bitmap(11, cars.deepmap(cars.deepmap_head(1, SIDE, SIDE) + STORED)),
        cars.bitmap(11, cars.deepmap(cars.deepmap_head(3, SIDE, SIDE) + cars.lzfse(STORED))),
        cars.bitmap(11, cars.deepmap(cars.deepmap_head(3, SIDE, SIDE) + PACKED)),
        cars.bitmap(
            11,
            cars.deepmap(cars.deepmap_head(2, SIDE, SIDE) + cars.lzfse(cars.predicted(ALL, SIDE, PREDICTORS))),
        ),
    ],
    ids=["raw", "zip", "lzfse", "parts", "deepmap raw", "deepmap packed", "deepmap framed", "deepmap predicted"],
)
def test_encodings_without_loss(content: bytes) -> None:
    assert decoded(cars.Stored(SIDE, content)) == straight(ALL)


@pytest.mark.parametrize("predictor", range(5))
def test_each_prediction(predictor: int) -> None:
    planes = cars.predicted(ALL, SIDE, [predictor] * SIDE)
    body = cars.deepmap_head(2, SIDE, SIDE) + cars.lzfse(planes)
    assert decoded(cars.Stored(SIDE, cars.bitmap(11, cars.deepmap(body)))) == straight(ALL)


def test_halved_chroma_stays_close() -> None:
    planes = cars.predicted(ALL, SIDE, PREDICTORS, scale=1)
    body = cars.deepmap_head(2, SIDE, SIDE, scale=1) + cars.lzfse(planes)
    data = cars.catalogue([cars.Stored(SIDE, cars.bitmap(11, cars.deepmap(body), opaque=True))], {"AppIcon": 1})
    image = assets_car.icon_renditions(data, "AppIcon")[0].decode().tobytes()
    assert all(abs(a - b) <= 3 for n, (a, b) in enumerate(zip(image, ALL, strict=True)) if n % 4 < 3)


@pytest.mark.parametrize("count", [2, 3, 10, 200])
@pytest.mark.parametrize("packed", [False, True])
def test_palettes_of_every_depth(count: int, packed: bool) -> None:
    body = cars.palette(FEW[count], SIDE)
    stored = cars.Stored(SIDE, cars.bitmap(8, cars.lzfse(body) if packed else body))
    assert decoded(stored) == straight(FEW[count])


@pytest.mark.parametrize("kind", [3, 4])
def test_deepmap_palettes(kind: int) -> None:
    few = FEW[10]
    split = [few[at : at + 4] for at in range(0, len(few), 4)]
    colours = sorted(set(split))
    indices = bytes(colours.index(pixel) for pixel in split)
    planes = (few[3::4] if kind == 3 else b"") + indices
    body = cars.deepmap_head(4, SIDE, SIDE) + struct.pack("<HH", len(colours), kind)
    body += cars.bgra(b"".join(colours)) + cars.lzfse(planes)
    assert decoded(cars.Stored(SIDE, cars.bitmap(11, cars.deepmap(body)))) == straight(few)


def test_deepmap_tiles() -> None:
    side, half = 8, 4
    rgba = pixels(side)
    image = Image.frombytes("RGBa", (side, side), rgba)
    body = b""
    for column in range(2):
        for row in range(2):
            box = (column * half, row * half, (column + 1) * half, (row + 1) * half)
            tile = cars.deepmap_head(1, half, half) + cars.bgra(image.crop(box).tobytes())
            body += b"KCBC" + struct.pack("<IIII", column, row, half, 20 + len(tile)) + tile
    assert decoded(cars.Stored(side, cars.bitmap(11, cars.deepmap(body)))) == straight(rgba, side)


def test_padded_rows() -> None:
    width = SIDE * 4
    padded = b"".join(STORED[at : at + width] + b"\xee" * 20 for at in range(0, len(STORED), width))
    assert decoded(cars.Stored(SIDE, cars.bitmap(4, cars.lzfse(padded)), row_bytes=width + 20)) == straight(ALL)


def test_opaque_pictures_ignore_alpha() -> None:
    result = decoded(cars.Stored(SIDE, cars.bitmap(0, STORED, opaque=True)))
    assert result[0::4] == ALL[0::4]
    assert set(result[3::4]) == {255}


def test_grey() -> None:
    content = cars.bitmap(0, bytes([100, 255] * 4))
    assert decoded(cars.Stored(2, content, "GA8 ")) == bytes([100, 100, 100, 255] * 4)


@pytest.mark.parametrize("packed", [False, True])
def test_a_whole_picture_file(packed: bool) -> None:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (0, 128, 255)).save(out, "JPEG", quality=95)
    body = cars.lzfse(out.getvalue()) if packed else out.getvalue()
    content = b"DWAR" + struct.pack("<II", 0, len(body)) + body
    result = decoded(cars.Stored(16, content, "JPEG"))
    assert all(abs(a - b) <= 4 for a, b in zip(result[:4], (0, 128, 255, 255), strict=True))


def test_the_named_icon_is_found_largest_and_light_first() -> None:
    def stored(side: int, identifier: int = 1, appearance: int = 0, height: int = 0) -> cars.Stored:
        content = cars.bitmap(0, bytes(side * side * 4))
        return cars.Stored(side, content, identifier=identifier, appearance=appearance, height=height)

    pictures = [stored(4), stored(8, appearance=2), stored(8), stored(16, identifier=2), stored(6, height=5)]
    found = assets_car.icon_renditions(cars.catalogue(pictures, {"AppIcon": 1, "Other": 2}), "AppIcon")
    assert [rendition.width for rendition in found] == [8, 8, 4]
    dark = [*pictures[1:2], cars.Stored(8, cars.bitmap(0, b"\xff" * 256))]
    first = assets_car.icon_renditions(cars.catalogue(dark, {"AppIcon": 1}), "AppIcon")[0]
    assert first.decode().tobytes() == b"\xff" * 256


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (cars.Stored(4, cars.bitmap(9, b"x")), "HEVC"),
        (cars.Stored(4, cars.bitmap(7, b"x")), "ASTC"),
        (cars.Stored(4, cars.bitmap(0, b"x" * 128), "RGBW"), "RGBW"),
        (cars.Stored(4, cars.bitmap(0, b"x" * 10)), "cut off"),
        (cars.Stored(4, cars.bitmap(4, b"bvx2junk")), "more than 80 bytes"),
        (cars.Stored(4, cars.bitmap(2, b"\xffjunk")), "damaged"),
        (cars.Stored(4, cars.bitmap(8, b"junk" * 9)), "palette"),
        (cars.Stored(4, cars.bitmap(11, b"junk" * 9)), "wrapping"),
        (cars.Stored(4, cars.chunked(0, [(9, b"x" * 400)])), "fit"),
        (cars.Stored(4, b"MLEC"), "cut off"),
    ],
)
def test_what_cannot_be_read_is_named(stored: cars.Stored, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        decoded(stored)


@pytest.mark.parametrize("data", [b"", b"BOMStore", b"junk" * 300, cars.catalogue([], {})[:600]])
def test_damaged_catalogues(data: bytes) -> None:
    with pytest.raises(Unreadable):
        assets_car.icon_renditions(data, "AppIcon")


def test_an_unknown_name() -> None:
    with pytest.raises(Unreadable, match="AppIcon"):
        assets_car.icon_renditions(cars.catalogue([], {"Other": 1}), "AppIcon")


@pytest.fixture
def ipa(tmp_path: Path) -> Path:
    content = cars.bitmap(4, cars.lzfse(STORED))
    data = cars.catalogue([cars.Stored(SIDE, content)], {"BrandIcon": 1})
    icons = {"CFBundlePrimaryIcon": {"CFBundleIconName": "BrandIcon"}}
    return write_ipa(tmp_path / "x.ipa", {"Assets.car": data}, info=info_values(CFBundleIcons=icons))


def test_from_an_ipa(ipa: Path) -> None:
    icon = find_icon(ipa).icon
    assert icon is not None
    assert (icon.source, icon.width) == ("Assets.car: Icon.png", SIDE)
