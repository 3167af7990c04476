"""App icons in the sizes that manifests and pages need, drawn tiles where there is none, and picture facts."""

from __future__ import annotations

import colorsys
import io
import math
from collections.abc import Callable, Iterable
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries import colours, pictures
from otasite.binaries.budget import OverBudget
from otasite.binaries.unreadable import Unreadable
from otasite.problems import Location, Problem, ProblemsFound

if TYPE_CHECKING:
    from PIL import Image

#: 57 and 512 go into manifests (Apple's display-image and full-size-image), 120 and 180 into pages.
ICON_SIZES = (57, 120, 180, 512)
#: The icon at the top of a page: sharp on every screen, and as WebP a third of what a PNG of that size weighs.
LARGE_ICON = 360
MASTER = 512
#: Of 6: half the time of the library's own choice, for a twentieth more bytes.
_WEBP_EFFORT = 2
#: An image with more pixels than this is refused: decoding WebP takes 16 bytes for each. Photos of phones have some
#: 24.5 million.
MAX_PIXELS = 25_000_000
#: Degrees between the hues that a page can take from an icon: each is a class of the theme, since a page's policy
#: forbids styles of its own.
HUE_STEP = 15
#: Pixels of a side at which an icon's hue is looked for.
_HUE_SIDE = 32
#: OKLCH chroma below which a pixel has no hue to speak of.
_GREY = 0.04
_FORMATS = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif", "AVIF": ".avif"}


UNMEASURED, GREY = -2, -1


class ImageFile(msgspec.Struct, frozen=True):
    """What is known of an image file: enough to name and place it without opening it again."""

    width: int
    height: int
    ending: str
    digest: str
    #: :func:`hue_of` for a picture that was examined as an icon, ``UNMEASURED`` for others.
    hue: int = UNMEASURED


def examine(data: bytes, shown_as: str) -> ImageFile:
    """Check that ``data`` is an image that browsers show, and measure it. Raises :class:`ProblemsFound`."""
    try:
        image = pictures.opened(data, tuple(_FORMATS), MAX_PIXELS)
    except OverBudget as error:
        raise _unusable(shown_as, str(error), "make it smaller") from None
    except Unreadable as error:
        raise _unusable(shown_as, str(error), "export it again as PNG") from None
    ending = _FORMATS[image.format or ""]
    return ImageFile(image.width, image.height, ending, blake2b(data, digest_size=5).hexdigest())


def examine_icon(data: bytes, shown_as: str) -> ImageFile:
    """The same for an icon, with the hue that its app's pages take from it."""
    found = examine(data, shown_as)
    icon = Master(lambda: data, "", "").image.resize((_HUE_SIDE, _HUE_SIDE)).convert("RGBA").tobytes()
    pixels = (tuple(icon[start : start + 4]) for start in range(0, len(icon), 4))
    return msgspec.structs.replace(found, hue=hue_of(pixels))


def hue_of(pixels: Iterable[tuple[int, ...]]) -> int:
    """The hue that pixels (red, green, blue, opacity, each 0–255) have most of, in whole steps of OKLCH's circle.

    Vivid pixels count more than pale ones. ``GREY`` when a twentieth of them or less has any hue.
    """
    weights = [0.0] * (360 // HUE_STEP)
    coloured = total = 0
    for red, green, blue, opacity in pixels:
        total += 1
        chroma, hue = _chroma_and_hue(red / 255, green / 255, blue / 255)
        if chroma >= _GREY and opacity > 127:
            coloured += 1
            weights[round(hue / HUE_STEP) % len(weights)] += chroma
    if coloured * 20 <= total:
        return GREY
    around = [
        weights[index] + (weights[index - 1] + weights[index + 1 - len(weights)]) / 2 for index in range(len(weights))
    ]
    return around.index(max(around)) * HUE_STEP


def _chroma_and_hue(*colour: float) -> tuple[float, float]:
    """OKLCH's chroma and hue (degrees) of an sRGB colour, as CSS Color 4 has them."""
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _unusable(shown_as: str, why: str, hint: str) -> ProblemsFound:
    return ProblemsFound(
        [
            Problem(
                code="bad-image",
                message=f"this picture cannot be used: {why}",
                hint=hint,
                location=Location(shown_as),
            )
        ]
    )


class Master:
    """An app's icon, decoded once: every size is made from the same square of 512 pixels.

    An icon that is not square stands in the middle of a transparent square. Without ``data`` it is a drawn tile.
    """

    def __init__(self, read: Callable[[], bytes] | None, name: str, seed: str) -> None:
        self._read = read
        self._name = name
        self._seed = seed

    @cached_property
    def image(self) -> Image.Image:
        from PIL import Image

        if self._read is None:
            return tile(self._name, self._seed)
        image = _drawn(pictures.opened(self._read(), tuple(_FORMATS), MAX_PIXELS))
        width, height = (max(1, round(side * MASTER / max(image.size))) for side in image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        if width == height:
            return image
        square = Image.new("RGBA", (MASTER, MASTER))
        square.paste(image, ((MASTER - width) // 2, (MASTER - height) // 2))
        return square

    def png(self, size: int) -> bytes:
        """The icon with ``size`` × ``size`` pixels."""
        from PIL import Image

        if size == MASTER:
            return png_bytes(self.image)
        return png_bytes(self.image.resize((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0))

    def webp(self, size: int) -> bytes:
        """The same as WebP, which every browser of the last years reads."""
        from PIL import Image

        out = io.BytesIO()
        self.image.resize((size, size), Image.Resampling.LANCZOS).save(out, "WEBP", quality=90, method=_WEBP_EFFORT)
        return out.getvalue()


def _drawn(opened: Image.Image) -> Image.Image:
    """The image in sRGB, with alpha when it has any; one that is very large no larger than it has to be."""
    has_alpha = opened.has_transparency_data
    profile = opened.info.get("icc_profile") or b""
    if max(opened.size) >= 4 * MASTER and opened.mode in {"L", "RGB", "RGBA", "CMYK"}:
        opened = opened.reduce(max(opened.size) // (2 * MASTER))
    return colours.to_srgb(opened, profile).convert("RGBA" if has_alpha else "RGB")


def tile(name: str, seed: str) -> Image.Image:
    """A tile with the first letter of ``name`` on a colour that follows from ``seed``, for apps without an icon."""
    from PIL import Image, ImageDraw, ImageFont

    top, bottom = _tile_colours(seed)
    image = Image.composite(
        Image.new("RGB", (MASTER, MASTER), bottom),
        Image.new("RGB", (MASTER, MASTER), top),
        Image.linear_gradient("L").resize((MASTER, MASTER)),
    )
    draw = ImageDraw.Draw(image)
    initial = next((letter for letter in name.upper() if letter.isascii() and letter.isalnum()), "")
    if initial:
        font = ImageFont.load_default(MASTER * 0.56)
        draw.text((MASTER / 2, MASTER / 2), initial, font=font, fill="white", anchor="mm")
    else:
        # The built-in typeface has only Latin letters: a ring stands for all others.
        inset, width = MASTER * 0.28, round(MASTER * 0.09)
        draw.ellipse((inset, inset, MASTER - inset, MASTER - inset), outline="white", width=width)
    return image


def tile_hue(seed: str) -> int:
    """:func:`hue_of` for the tile drawn from ``seed``."""
    return hue_of((*colour, 255) for colour in _tile_colours(seed))


def _tile_colours(seed: str) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Top and bottom of the gradient."""
    hue = blake2b(seed.encode(), digest_size=1).digest()[0] / 256
    return _colour(hue, 0.62, 0.55), _colour(hue + 0.06, 0.68, 0.40)


def _colour(hue: float, saturation: float, lightness: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hls_to_rgb(hue % 1, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def png_bytes(image: Image.Image, *, level: int = 6) -> bytes:
    """An image as a PNG file; ``level`` is zlib's."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=level)
    return out.getvalue()
