"""Pictures made for other colour spaces, as pages show them: in sRGB.

Most pictures are sRGB and say nothing. Those from design tools and newer Macs often carry an ICC profile (Display P3
as a rule); taken for sRGB, their colours would be paler than on the phone.
"""

from __future__ import annotations

import io
import struct
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

#: Bytes of a profile that is looked at. Those of screens and cameras have a few thousand, printers' up to a million.
MAX_PROFILE_BYTES = 2**20

_ROUNDING = 2  # of 255; what conversion from sRGB to sRGB may change
_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def to_srgb(image: Image, profile: bytes) -> Image:
    """The image in mode RGBA and sRGB, from the colours that ``profile`` (an ICC profile) describes.

    A profile that is damaged, too large, or for another kind of image counts for nothing.
    """
    image = _eight_bits(image)
    if not 128 < len(profile) <= MAX_PROFILE_BYTES:
        return image.convert("RGBA")
    source = _MODES.get(profile[16:20].decode("latin-1"), "")
    kind = "L" if image.mode in {"1", "L", "LA"} else "CMYK" if image.mode == "CMYK" else "RGB"
    if source != kind:
        return image.convert("RGBA")
    return _converted(image, profile, source)


def _eight_bits(image: Image) -> Image:
    """Grey of 16 bits as grey of 8: Pillow itself would cut off what is above 255."""
    from PIL import Image

    if not image.mode.startswith("I"):
        return image
    samples = image.convert("I").tobytes()  # 32 bits, in the machine's order
    low = 1 if sys.byteorder == "little" else 2
    return Image.frombytes("L", image.size, samples[low::4])


def from_display_p3(image: Image) -> Image:
    """The image in mode RGBA and sRGB, from Display P3."""
    return _converted(image, _display_p3(), "RGB")


def _converted(image: Image, profile: bytes, mode: str) -> Image:
    from PIL import Image, ImageCms

    with_alpha = image.convert("RGBA")
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), mode, "RGB"
        )
        probe = _probe(mode)
        converted = ImageCms.applyTransform(probe, transform)
        if converted is None or _is_same(probe.convert("RGB"), converted):
            return with_alpha
        colours = ImageCms.applyTransform(image.convert(mode), transform) or image.convert("RGB")
    except (ImageCms.PyCMSError, ImportError, OSError, ValueError):
        return with_alpha  # the profile is damaged, or this Pillow was built without colour management
    return Image.merge("RGBA", (*colours.split(), with_alpha.getchannel("A")))


def _probe(mode: str) -> Image:
    """A few hundred colours from all over: what a profile does to them is what it does."""
    from PIL import Image

    if mode == "L":
        return Image.frombytes("L", (256, 1), bytes(range(256)))
    levels = (0, 36, 73, 109, 146, 182, 219, 255)
    colours = bytes(value for red in levels for green in levels for blue in levels for value in (red, green, blue))
    return Image.frombytes("RGB", (512, 1), colours).convert(mode)


def _is_same(one: Image, other: Image) -> bool:
    from PIL import ImageChops

    return max(ImageChops.difference(one, other).tobytes()) <= _ROUNDING


@cache
def _display_p3() -> bytes:
    """A profile of Display P3: the primaries of SMPTE EG 432-1 seen under D50, and the curve of sRGB.

    Layout: ICC.1:2022, a display profile with matrix and curves.
    """
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    tags = {
        b"wtpt": b"XYZ " + bytes(4) + _fixed(0.9642, 1, 0.8249),
        b"rXYZ": b"XYZ " + bytes(4) + _fixed(0.51512, 0.2412, -0.00105),
        b"gXYZ": b"XYZ " + bytes(4) + _fixed(0.29198, 0.69225, 0.04189),
        b"bXYZ": b"XYZ " + bytes(4) + _fixed(0.1571, 0.06657, 0.78407),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    start = 132 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content
    head = struct.pack(">I4xI", start + len(body), 0x04400000) + b"mntrRGB XYZ "
    head = head.ljust(36, b"\0") + b"acsp" + bytes(28) + _fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + table + body


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))
