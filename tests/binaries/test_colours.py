"""Colour profiles: a picture made for another colour space comes out in sRGB, whatever its file is."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from otasite.binaries import colours, png
from otasite.binaries.budget import Budget
from tests.binaries.apple import cgbi_png, png_chunk

#: The primaries of sRGB under D50.
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7139))


def profile(gamma: float, primaries: tuple[tuple[float, float, float], ...] = SRGB, space: bytes = b"RGB ") -> bytes:
    """A profile with one curve: a power, in which 1.0 is linear light."""
    curve = b"para" + struct.pack(">IHHi", 0, 0, 0, round(gamma * 65536))
    tags = {b"wtpt": xyz(0.9642, 1, 0.8249)}
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        tags |= {name + b"XYZ": xyz(*values) for name, values in zip((b"r", b"g", b"b"), primaries, strict=True)}
        tags |= {name + b"TRC": curve for name in (b"r", b"g", b"b")}
    start, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content
    head = struct.pack(">I4xI", start + len(body), 0x04400000) + b"mntr" + space + b"XYZ "
    head = head.ljust(36, b"\0") + b"acsp" + bytes(28) + xyz(0.9642, 1, 0.8249)[8:]
    return head.ljust(128, b"\0") + table + body


def xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


LINEAR = profile(1.0)
#: What 55 of 255 in linear light is in sRGB: (55 / 255) to the power of 1 / 2.4, nearly.
GREY, SHOWN = 55, 128


def saved(image: Image.Image, kind: str, icc: bytes) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, icc_profile=icc, quality=100)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_profile_of_a_file_is_followed(kind: str) -> None:
    data = saved(Image.new("RGB", (8, 8), (GREY, GREY, GREY)), kind, LINEAR)
    pixel = png.decode_any(data, Budget()).getpixel((4, 4))
    assert isinstance(pixel, tuple)
    assert all(abs(value - SHOWN) <= 2 for value in pixel[:3]) and pixel[3] == 255


def test_transparency_is_kept() -> None:
    data = saved(Image.new("RGBA", (2, 2), (GREY, GREY, GREY, 77)), "PNG", LINEAR)
    assert png.decode(data, Budget()).getpixel((0, 0)) == (SHOWN, SHOWN, SHOWN, 77)


def test_grey_pictures_have_grey_profiles() -> None:
    data = saved(Image.new("L", (2, 2), GREY), "PNG", profile(1.0, space=b"GRAY"))
    assert png.decode(data, Budget()).getpixel((0, 0)) == (SHOWN, SHOWN, SHOWN, 255)


@pytest.mark.parametrize("window", [15, -15])
def test_the_profile_of_an_icon_that_xcode_rewrote_is_followed(window: int) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    chunk = png_chunk(b"iCCP", b"Linear\0\0" + packer.compress(LINEAR) + packer.flush())
    data = cgbi_png(2, 2, bytes([GREY, GREY, GREY, 255]) * 4)
    header_end = data.index(b"IDAT") - 4
    icon = png.decode(data[:header_end] + chunk + data[header_end:], Budget())
    assert icon.getpixel((0, 0)) == (SHOWN, SHOWN, SHOWN, 255)


def test_a_profile_of_srgb_changes_no_pixel() -> None:
    from PIL import ImageCms

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.effect_noise((32, 32), 90).convert("RGBA")
    assert colours.to_srgb(image, srgb).tobytes() == image.tobytes()


@pytest.mark.parametrize(
    "icc",
    [b"", b"junk", b"x" * 500, LINEAR[:200], LINEAR[:128] + b"\xff" * 300, profile(1.0, space=b"GRAY"), bytes(2**21)],
)
def test_a_profile_that_is_damaged_or_not_for_this_picture_counts_for_nothing(icc: bytes) -> None:
    image = Image.new("RGBA", (2, 2), (10, 20, 30, 40))
    assert colours.to_srgb(image, icc).tobytes() == image.tobytes()


def test_display_p3_is_wider_than_srgb() -> None:
    def shown(*colour: int) -> object:
        return colours.from_display_p3(Image.new("RGBA", (1, 1), colour)).getpixel((0, 0))

    assert shown(128, 128, 128, 9) == (128, 128, 128, 9)
    assert shown(255, 255, 255, 255) == (255, 255, 255, 255)
    assert shown(234, 51, 35, 255) == (255, 0, 0, 255)  # sRGB's red, as every colour picker of a Mac gives it


def test_grey_of_16_bits_is_not_cut_off() -> None:
    out = io.BytesIO()
    Image.frombytes("I;16", (3, 1), struct.pack("<3H", 0, 0x8000, 0xFFFF)).save(out, "PNG")
    assert png.decode(out.getvalue(), Budget()).getchannel("R").tobytes() == bytes([0, 128, 255])
