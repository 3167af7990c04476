"""A small drawing board: shapes in the picture's own units, drawn three times larger, then scaled down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

SCALE = 3  # how much larger than the result everything is drawn: this is what makes edges smooth

Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Canvas:
    """A picture of ``width`` by ``height`` units. Colours are anything that Pillow understands."""

    def __init__(self, width: int, height: int, top: str, bottom: str | None = None) -> None:
        """Fill the picture with one colour, or with a vertical gradient from ``top`` to ``bottom``."""
        self.size = (width, height)
        self.image = Image.new("RGB", (width * SCALE, height * SCALE), top)
        if bottom is not None:
            self.image.paste(_gradient(self.image.size, top, bottom))
        self.draw = ImageDraw.Draw(self.image)

    def rect(self, box: Box, fill: str, radius: float = 0) -> None:
        self.draw.rounded_rectangle(_scaled(box), radius * SCALE, fill=fill)

    def gradient_rect(self, box: Box, top: str, bottom: str, radius: float = 0) -> None:
        x0, y0, x1, y1 = (round(v) for v in _scaled(box))
        mask = Image.new("L", (x1 - x0, y1 - y0), 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, x1 - x0 - 1, y1 - y0 - 1), radius * SCALE, fill=255)
        self.image.paste(_gradient(mask.size, top, bottom), (x0, y0), mask)

    def circle(self, centre: Point, radius: float, fill: str) -> None:
        x, y = centre
        self.draw.ellipse(_scaled((x - radius, y - radius, x + radius, y + radius)), fill=fill)

    def ring(self, centre: Point, radius: float, width: float, fill: str, start: float = 0, end: float = 360) -> None:
        """Part of a ring, angles in degrees clockwise from three o'clock, with round ends."""
        x, y = centre
        outer = radius + width / 2
        box = _scaled((x - outer, y - outer, x + outer, y + outer))
        self.draw.arc(box, start, end, fill=fill, width=round(width * SCALE))
        for angle in (start, end):
            self.circle(on_circle(centre, radius, angle), width / 2, fill)

    def line(self, points: Sequence[Point], width: float, fill: str) -> None:
        """A line through ``points`` with round ends and corners."""
        self.draw.line([(x * SCALE, y * SCALE) for x, y in points], fill=fill, width=round(width * SCALE))
        for point in points:
            self.circle(point, width / 2, fill)

    def polygon(self, points: Sequence[Point], fill: str) -> None:
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def text(self, at: Point, words: str, size: float, fill: str, anchor: str = "ls", bold: bool = False) -> None:
        font = ImageFont.load_default(size * SCALE)
        x, y = at
        weight = round(size * SCALE / 32) if bold else 0
        self.draw.text((x * SCALE, y * SCALE), words, fill, font, anchor, stroke_width=weight, stroke_fill=fill)

    def glow(self, centre: Point, radius: float, colour: str, strength: float) -> None:
        """A soft light around ``centre``, ``strength`` between 0 and 1 in the middle."""
        r = round(radius * SCALE)
        falloff = Image.radial_gradient("L").resize((2 * r, 2 * r))
        mask = falloff.point(lambda v: round(max(0, 255 - v * math.sqrt(2)) * strength))
        corner = (round(centre[0] * SCALE) - r, round(centre[1] * SCALE) - r)
        self.image.paste(Image.new("RGB", mask.size, colour), corner, mask)

    def save(self, path: Path, colours: int | None = None) -> None:
        """Write a PNG; with ``colours`` as a palette image, which is a good deal smaller."""
        image = self.image.resize(self.size, Image.Resampling.LANCZOS)
        path.parent.mkdir(parents=True, exist_ok=True)
        if colours is not None:
            image = image.quantize(colours, dither=Image.Dither.NONE)
        image.save(path, optimize=True)


def on_circle(centre: Point, radius: float, angle: float) -> Point:
    """The point at ``angle`` degrees, clockwise from three o'clock."""
    turn = math.radians(angle)
    return (centre[0] + radius * math.cos(turn), centre[1] + radius * math.sin(turn))


def curve(start: Point, bend_a: Point, bend_b: Point, end: Point, steps: int = 60) -> list[Point]:
    """A cubic Bézier curve as a list of points."""
    points: list[Point] = []
    for step in range(steps + 1):
        t = step / steps
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        x = a * start[0] + b * bend_a[0] + c * bend_b[0] + d * end[0]
        y = a * start[1] + b * bend_a[1] + c * bend_b[1] + d * end[1]
        points.append((x, y))
    return points


def _gradient(size: tuple[int, int], top: str, bottom: str) -> Image.Image:
    first, last = ImageColor.getrgb(top)[:3], ImageColor.getrgb(bottom)[:3]
    column = Image.new("RGB", (1, size[1]))
    for y in range(size[1]):
        share = y / max(1, size[1] - 1)
        mixed = tuple(round(a + (b - a) * share) for a, b in zip(first, last, strict=True))
        column.putpixel((0, y), mixed)
    return column.resize(size)


def _scaled(box: Box) -> Box:
    return (box[0] * SCALE, box[1] * SCALE, box[2] * SCALE, box[3] * SCALE)
