"""CgBI icons: decoded pixels against pixels the test chose, for every filter, shape and defect."""

from __future__ import annotations

import io
import random
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from otasite.binaries import png
from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable
from tests.binaries.apple import cgbi_png, png_chunk


def premultiplied(width: int, height: int, *, opaque: bool = False, seed: int = 1) -> bytes:
    """Random premultiplied RGBA pixels: no colour is larger than its alpha."""
    source = random.Random(seed)
    pixels = bytearray()
    for _ in range(width * height):
        alpha = 255 if opaque else source.randrange(256)
        pixels += bytes([*(source.randrange(alpha + 1) for _ in range(3)), alpha])
    return bytes(pixels)


@pytest.mark.parametrize("filters", [(0,), (1,), (2,), (3,), (4,), (0, 1, 2, 3, 4), (4, 3, 2, 1)])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (32, 32)])
def test_every_filter(filters: tuple[int, ...], size: tuple[int, int]) -> None:
    pixels = premultiplied(*size)
    data = cgbi_png(*size, pixels, filters=filters)
    assert png.decode_premultiplied(data).tobytes() == pixels


@pytest.mark.parametrize("zlib_wrapped", [False, True])
@pytest.mark.parametrize("idat_bytes", [1, 7, 10**6])
def test_image_data_in_pieces_of_any_size(idat_bytes: int, zlib_wrapped: bool) -> None:
    pixels = premultiplied(9, 9)
    data = cgbi_png(9, 9, pixels, idat_bytes=idat_bytes, zlib_wrapped=zlib_wrapped)
    assert png.decode_premultiplied(data).tobytes() == pixels


def test_colour_without_alpha() -> None:
    pixels = premultiplied(6, 4, opaque=True)
    image = png.decode(cgbi_png(6, 4, pixels, channels=3, filters=(4,)), Budget())
    assert (image.mode, image.tobytes()) == ("RGBA", pixels)


@pytest.mark.parametrize("channels", [1, 2])
def test_grey(channels: int) -> None:
    grey = bytes(value for n in range(12) for value in (n * 20, n * 20, n * 20, 255))
    assert png.decode(cgbi_png(4, 3, grey, channels=channels), Budget()).tobytes() == grey


@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 12))
@settings(max_examples=50, deadline=None)
def test_dividing_by_alpha_loses_nothing(seed: int, width: int, height: int) -> None:
    """Multiplying the result with alpha again, rounded to the nearest, gives the stored pixels."""
    pixels = premultiplied(width, height, seed=seed)
    image = png.decode(cgbi_png(width, height, pixels), Budget())
    again = bytearray()
    for red, green, blue, alpha in zip(*[iter(image.tobytes())] * 4, strict=True):
        again += bytes([*((colour * alpha + 127) // 255 for colour in (red, green, blue)), alpha])
    assert bytes(again) == pixels


def test_colour_above_its_alpha_is_clipped() -> None:
    image = png.decode(cgbi_png(1, 1, bytes([200, 100, 0, 100])), Budget())
    assert image.tobytes() == bytes([255, 255, 0, 100])


def test_the_result_is_an_ordinary_png_and_always_the_same() -> None:
    image = png.decode(cgbi_png(8, 8, premultiplied(8, 8)), Budget())
    data = png.encode(image)
    assert data == png.encode(image)
    assert Image.open(io.BytesIO(data)).convert("RGBA").tobytes() == image.tobytes()
    assert b"CgBI" not in data


def test_an_ordinary_png_stays_as_it_is() -> None:
    source = Image.frombytes("RGBA", (5, 5), premultiplied(5, 5))
    assert png.decode(png.encode(source), Budget()).tobytes() == source.tobytes()


def test_interlaced_rows_are_read() -> None:
    """Adam7 of a single pixel column: Xcode does not write it, but the wrapping allows it."""
    header = b"\0\0\0\x01\0\0\0\x02\x08\x06\0\0\x01"
    first, second = bytes([1, 2, 3, 255]), bytes([4, 5, 6, 255])
    rows = b"\0" + first + b"\0" + second  # pass 1 holds row 0, pass 7 holds row 1
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunks = [
        (b"CgBI", b"\0" * 4),
        (b"IHDR", header),
        (b"IDAT", packer.compress(rows) + packer.flush()),
        (b"IEND", b""),
    ]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)
    assert png.decode(data, Budget()).tobytes() == bytes([3, 2, 1, 255, 6, 5, 4, 255])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        cgbi_png(4, 4, premultiplied(4, 4))[:40],
        cgbi_png(4, 4, premultiplied(4, 4))[:-60],
        cgbi_png(8, 8, premultiplied(4, 8) + bytes(4 * 4 * 8)).replace(
            b"\0\0\0\x08\0\0\0\x08", b"\0\0\0\x08\0\0\0\x09"
        ),
        cgbi_png(4, 4, premultiplied(4, 4)).replace(b"\x08\x06\0\0\0", b"\x10\x06\0\0\0"),
        cgbi_png(4, 4, premultiplied(4, 4)).replace(b"\x08\x06\0\0\0", b"\x08\x03\0\0\0"),
        cgbi_png(4, 4, premultiplied(4, 4)).replace(b"\0\0\0\x04\0\0\0\x04", b"\x7f\0\0\x04\x7f\0\0\x04"),
        cgbi_png(4, 4, premultiplied(4, 4)).replace(b"\0\0\0\x04\0\0\0\x04", b"\0\0\0\0\0\0\0\x04"),
    ],
)
def test_damaged_icons(data: bytes) -> None:
    with pytest.raises(Unreadable):
        png.decode(data, Budget())


def test_a_picture_that_unpacks_to_more_than_its_size_is_cut() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(b"\0" * 50_000_000) + packer.flush()
    header = b"\0\0\0\x02\0\0\0\x02\x08\x06\0\0\0"
    chunks = [(b"CgBI", b"\0" * 4), (b"IHDR", header), (b"IDAT", bomb), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)
    assert png.decode(data, Budget()).size == (2, 2)


def test_a_large_icon_takes_a_moment_only() -> None:
    row = premultiplied(1024, 1)
    stored = b"".join(row[at + place : at + place + 1] for at in range(0, 4096, 4) for place in (2, 1, 0, 3))
    rows = b"\x02" + stored + (b"\x02" + bytes(4096)) * 1023
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    header = b"\0\0\x04\0\0\0\x04\0\x08\x06\0\0\0"
    chunks = [
        (b"CgBI", b"\0" * 4),
        (b"IHDR", header),
        (b"IDAT", packer.compress(rows) + packer.flush()),
        (b"IEND", b""),
    ]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)
    start = time.process_time()
    image = png.decode(data, Budget())
    assert time.process_time() - start < 2  # measured: 0.2 s
    assert image.crop((0, 1023, 1024, 1024)).tobytes() == image.crop((0, 0, 1024, 1)).tobytes()
