"""App icons in the sizes that manifests and pages need, drawn tiles where there is none, and picture facts."""

from __future__ import annotations

import colorsys
import io
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from otasite.problems import Location, Problem, ProblemsFound

if TYPE_CHECKING:
    from PIL import Image

#: 57 and 512 go into manifests (Apple's display-image and full-size-image), 120 and 180 into pages.
ICON_SIZES = (57, 120, 180, 512)
#: A picture with more pixels than this is refused: decoding it could exhaust memory.
MAX_PIXELS = 64_000_000
_FORMATS = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif", "AVIF": ".avif"}


class Picture(msgspec.Struct, frozen=True):
    """What is known of a picture file: enough to name and place it without opening it again."""

    width: int
    height: int
    ending: str
    digest: str


def examine(data: bytes, shown_as: str) -> Picture:
    """Check that ``data`` is a picture that browsers show, and measure it. Raises :class:`ProblemsFound`."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=list(_FORMATS)) as image:
            width, height, kind = image.width, image.height, image.format or ""
            if width * height > MAX_PIXELS:
                raise _unusable(shown_as, f"it has {width} × {height} pixels", "make it smaller")
            image.load()
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise _unusable(shown_as, "it is no PNG, JPEG, WebP, GIF or AVIF file", "export it again as PNG") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise _unusable(shown_as, f"it is damaged ({error})", "export it again as PNG") from error
    return Picture(width, height, _FORMATS[kind], blake2b(data, digest_size=5).hexdigest())


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


def icon_png(data: bytes, size: int) -> bytes:
    """The icon scaled to ``size`` × ``size`` pixels, centred on a transparent square if it is not square."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data)) as opened:
        image = opened.convert("RGBA")
    return _png(ImageOps.pad(image, (size, size), Image.Resampling.LANCZOS, color=(0, 0, 0, 0)))


def tile_png(name: str, seed: str, size: int) -> bytes:
    """A tile with the first letter of ``name`` on a colour that follows from ``seed``, for apps without an icon."""
    from PIL import Image, ImageDraw, ImageFont

    scale = 2 if size < 256 else 1
    side = size * scale
    hue = blake2b(seed.encode(), digest_size=1).digest()[0] / 256
    top, bottom = (_colour(hue, 0.62, 0.55), _colour(hue + 0.06, 0.68, 0.40))
    gradient = Image.linear_gradient("L").resize((side, side))
    image = Image.composite(Image.new("RGB", (side, side), bottom), Image.new("RGB", (side, side), top), gradient)
    draw = ImageDraw.Draw(image)
    initial = next((letter for letter in name.upper() if letter.isascii() and letter.isalnum()), "")
    if initial:
        font = ImageFont.load_default(side * 0.56)
        draw.text((side / 2, side / 2), initial, font=font, fill="white", anchor="mm")
    else:
        # The built-in typeface has only Latin letters: a ring stands for all others.
        inset, width = side * 0.28, round(side * 0.09)
        draw.ellipse((inset, inset, side - inset, side - inset), outline="white", width=width)
    return _png(image.resize((size, size), Image.Resampling.LANCZOS) if scale > 1 else image)


def _colour(hue: float, saturation: float, lightness: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hls_to_rgb(hue % 1, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
