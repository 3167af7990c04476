"""The picture of link previews: 1200 × 630 pixels with the app's icon and name, drawn at build time.

The size is the one that chats and social networks show without cropping (Open Graph, ratio 1.91 : 1). Pillow's own
typeface has Latin letters only; a line with others is left out rather than shown as boxes, and an icon without any
line stands in the middle.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from otasite.site.images import Master, png_bytes

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
_ICON = 280
_LEFT = 110
_TEXT_LEFT = _LEFT + _ICON + 70
_TEXT_WIDTH = WIDTH - _TEXT_LEFT - 60
_NAME_SIZES = (84, 72, 60, 50, 42)
_PAPER, _INK, _GREY = (247, 247, 249), (20, 20, 25), (95, 95, 105)


class SocialImage(msgspec.Struct, frozen=True, kw_only=True):
    """What the picture shows. With an empty ``icon_digest`` there is no icon, and a tile is drawn from ``seed``."""

    name: str
    subtitle: str
    site: str
    seed: str
    icon_digest: str


def social_png(image: SocialImage, icon: Master) -> bytes:
    """The picture as PNG. ``icon`` is what ``image.icon_digest`` stands for."""
    from PIL import Image, ImageDraw

    tile = icon.image.convert("RGBA").resize((_ICON, _ICON), Image.Resampling.LANCZOS)
    lines = [line if _is_drawable(line) else "" for line in (image.name, image.subtitle, image.site)]
    canvas = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    left = _LEFT if lines[0] else (WIDTH - _ICON) // 2
    _place_icon(canvas, tile, left)
    if lines[0]:
        _write(ImageDraw.Draw(canvas), *lines)
    return png_bytes(canvas, level=3)  # only crawlers of chats load it: a third less time for a fifth more bytes


def _place_icon(canvas: Image.Image, tile: Image.Image, left: int) -> None:
    """The icon with the rounded corners of a home screen, on white where it is transparent."""
    from PIL import Image

    white = Image.new("RGBA", tile.size, (255, 255, 255, 255))
    canvas.paste(
        Image.alpha_composite(white, tile).convert("RGB"),
        (left, (HEIGHT - _ICON) // 2),
        _corners(),
    )


@cache
def _corners() -> Image.Image:
    """What of a square is inside its rounded corners; drawn large and made smaller, so that edges are smooth."""
    from PIL import Image, ImageDraw

    large = _ICON * 4
    corners = Image.new("L", (large, large), 0)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, large - 1, large - 1), large * 0.225, fill=255)
    return corners.resize((_ICON, _ICON), Image.Resampling.LANCZOS)


def _write(draw: ImageDraw.ImageDraw, name: str, subtitle: str, site: str) -> None:
    size = next((size for size in _NAME_SIZES if draw.textlength(name, _font(size)) <= _TEXT_WIDTH), _NAME_SIZES[-1])
    middle = HEIGHT / 2 - (30 if subtitle else 0)
    _line(draw, name, middle, size, _INK)
    if subtitle:
        _line(draw, subtitle, middle + size * 0.5 + 45, 38, _GREY)
    if site:
        _line(draw, site, HEIGHT - 60, 28, _GREY)


def _line(draw: ImageDraw.ImageDraw, text: str, y: float, size: int, colour: tuple[int, int, int]) -> None:
    font = _font(size)
    if draw.textlength(text, font) > _TEXT_WIDTH:
        while text and draw.textlength(f"{text}…", font) > _TEXT_WIDTH:
            text = text[:-1]
        text = f"{text.rstrip()}…"
    draw.text((_TEXT_LEFT, y), text, font=font, fill=colour, anchor="lm")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


@cache
def _missing_glyph() -> bytes:
    return bytes(_font(40).getmask("\uffff"))


def _is_drawable(text: str) -> bool:
    """Whether the typeface has every character."""
    return all(
        character == " "
        or (
            (ord(character) < 0x250 or character in "–—‘’“”…•€™")
            and bytes(_font(40).getmask(character)) != _missing_glyph()
        )
        for character in text
    )
