"""Vector drawables: groups of paths, filled or outlined in a colour or a gradient.

Attributes and their defaults: ``VectorDrawable`` in Android's reference. What is not drawn (tints, trimmed paths) is
refused by name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries.android_chunks import Value
from otasite.binaries.budget import Budget
from otasite.binaries.drawables import fill, gradients, paths, strokes
from otasite.binaries.drawables.fill import Point, Polygon
from otasite.binaries.drawables.gradients import Gradient
from otasite.binaries.drawables.resources import Colour, Node, Resources
from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

_EVEN_ODD = 1
_TRIMS = {"trimPathStart": 0.0, "trimPathEnd": 1.0}


class Transform(msgspec.Struct, frozen=True):
    """An affine map: x and y become (a·x + c·y + e, b·x + d·y + f)."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def __call__(self, point: Point) -> Point:
        x, y = point
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def inverse(self) -> Transform:
        """The map back. Raises Unreadable when everything falls on a line."""
        area = self.a * self.d - self.b * self.c
        if abs(area) < 1e-12:
            raise Unreadable("one of its groups is scaled to nothing")
        a, b, c, d = self.d / area, -self.b / area, -self.c / area, self.a / area
        return Transform(a, b, c, d, -(a * self.e + c * self.f), -(b * self.e + d * self.f))

    def after(self, inner: Transform) -> Transform:
        """Both, the inner one first."""
        return Transform(
            a=self.a * inner.a + self.c * inner.b,
            b=self.b * inner.a + self.d * inner.b,
            c=self.a * inner.c + self.c * inner.d,
            d=self.b * inner.c + self.d * inner.d,
            e=self.a * inner.e + self.c * inner.f + self.e,
            f=self.b * inner.e + self.d * inner.f + self.f,
        )


def draw(root: Node, size: tuple[int, int], resources: Resources) -> Image:
    """The drawable stretched to a size, in mode RGBA. Raises Unreadable."""
    return _Canvas(root, size, resources).image


class _Paint(msgspec.Struct, frozen=True):
    """What a path is painted with, how opaque (up to 1), and the transform of its coordinates."""

    colour: Colour | Gradient
    alpha: float
    transform: Transform

    def image(self, box: tuple[int, int, int, int], budget: Budget) -> Image:
        """As much of it as a part of the canvas needs."""
        from PIL import Image

        left, top, right, bottom = box
        if isinstance(self.colour, tuple):
            colour = (*self.colour[:3], round(self.colour[3] * self.alpha))
            return Image.new("RGBA", (right - left, bottom - top), colour)
        budget.spend_steps((right - left) * (bottom - top))
        back = self.transform.inverse().after(Transform(e=left, f=top))
        return self.colour.image((right - left, bottom - top), back, self.alpha)


class _Canvas:
    def __init__(self, root: Node, size: tuple[int, int], resources: Resources) -> None:
        from PIL import Image

        self._resources = resources
        resources.budget.spend_output(4 * size[0] * size[1])
        self.image = Image.new("RGBA", size)
        if "tint" in root.attributes:
            raise Unreadable("it is tinted, which otasite does not draw")
        width = self._number(root, "viewportWidth", 0.0)
        height = self._number(root, "viewportHeight", 0.0)
        if width <= 0 or height <= 0:
            raise Unreadable("its size is missing")
        alpha = self._number(root, "alpha", 1.0)
        self._draw(root.children, Transform(a=size[0] / width, d=size[1] / height), None)
        if alpha < 1:
            self.image.putalpha(self.image.getchannel("A").point(lambda value: round(value * max(alpha, 0.0))))

    def _number(self, node: Node, name: str, default: float) -> float:
        return self._resources.number(node.attributes.get(name), default)

    def _draw(self, nodes: Iterable[Node], transform: Transform, clip: Image | None) -> None:
        """Draw one inside the other; a clip holds for what follows it in its group."""
        from PIL import ImageChops

        for node in nodes:
            if node.name == "group":
                with self._resources.budget.level():
                    self._draw(node.children, transform.after(self._group(node)), clip)
            elif node.name == "clip-path":
                polygons = [[transform(point) for point in line.points] for line in self._lines(node)]
                shape = self._mask(polygons, (0, 0, *self.image.size), even_odd=self._is_even_odd(node))
                clip = ImageChops.multiply(clip, shape) if clip else shape
            elif node.name == "path":
                self._path(node, transform, clip)
            else:
                raise Unreadable(f"it has a <{node.name}>, which otasite does not draw")

    def _group(self, node: Node) -> Transform:
        """Scaled, turned around its pivot, then moved."""
        pivot_x, pivot_y = self._number(node, "pivotX", 0.0), self._number(node, "pivotY", 0.0)
        angle = math.radians(self._number(node, "rotation", 0.0))
        cos, sin = math.cos(angle), math.sin(angle)
        moved = Transform(
            e=self._number(node, "translateX", 0.0) + pivot_x, f=self._number(node, "translateY", 0.0) + pivot_y
        )
        turned = moved.after(Transform(a=cos, b=sin, c=-sin, d=cos))
        scaled = turned.after(Transform(a=self._number(node, "scaleX", 1.0), d=self._number(node, "scaleY", 1.0)))
        return scaled.after(Transform(e=-pivot_x, f=-pivot_y))

    def _path(self, node: Node, transform: Transform, clip: Image | None) -> None:
        if any(self._number(node, name, whole) != whole for name, whole in _TRIMS.items()):
            raise Unreadable("one of its paths is trimmed, which otasite does not draw")
        lines = self._lines(node)
        if paint := self._paint(node, "fill", transform):
            polygons = [[transform(point) for point in line.points] for line in lines]
            self._cover(polygons, paint, clip, even_odd=self._is_even_odd(node))
        width = self._number(node, "strokeWidth", 0.0)
        if width > 0 and (paint := self._paint(node, "stroke", transform)):
            stroke = strokes.Stroke(
                width=width,
                cap=round(self._number(node, "strokeLineCap", 0)),
                join=round(self._number(node, "strokeLineJoin", 0)),
                miter_limit=self._number(node, "strokeMiterLimit", 4.0),
            )
            areas = (polygon for line in lines for polygon in strokes.outline(line, stroke))
            self._cover([[transform(point) for point in area] for area in areas], paint, clip)

    def _lines(self, node: Node) -> list[paths.Line]:
        data = node.attributes.get("pathData")
        texts = [meant.text for _, meant in self._resources.meanings(data)] if data else []
        return paths.lines(texts[0], self._resources.budget) if texts else []

    def _is_even_odd(self, node: Node) -> bool:
        return self._number(node, "fillType", 0) == _EVEN_ODD

    def _paint(self, node: Node, what: str, transform: Transform) -> _Paint | None:
        """What to fill or outline a path with; None where there is nothing to be seen."""
        value: Value | None = node.attributes.get(f"{what}Color")
        alpha = min(max(self._number(node, f"{what}Alpha", 1.0), 0.0), 1.0)
        if value is None or not alpha:
            return None
        colour: Colour | Gradient | None = self._resources.colour(value)
        if colour is None:
            described = self._resources.drawing(value)
            if described is None or described.name != "gradient":
                raise Unreadable("one of its colours is missing")
            colour = gradients.read(described, self._resources)
        return _Paint(colour, alpha, transform)

    def _cover(
        self, polygons: list[list[Point]], paint: _Paint, clip: Image | None, *, even_odd: bool = False
    ) -> None:
        """Paint what the polygons cover, one layer above what is there."""
        from PIL import ImageChops

        box = self._box(polygons)
        if box is None:
            return
        shape = self._mask(polygons, box, even_odd=even_odd)
        if clip:
            shape = ImageChops.multiply(shape, clip.crop(box))
        layer = paint.image(box, self._resources.budget)
        layer.putalpha(ImageChops.multiply(layer.getchannel("A"), shape))
        self.image.alpha_composite(layer, box[:2])

    def _box(self, polygons: list[list[Point]]) -> tuple[int, int, int, int] | None:
        """The smallest part of the canvas that holds the polygons."""
        points = [point for polygon in polygons for point in polygon]
        if not points:
            return None
        left, top = (max(0, math.floor(min(point[axis] for point in points))) for axis in (0, 1))
        right, bottom = (
            min(self.image.size[axis], math.ceil(max(point[axis] for point in points))) for axis in (0, 1)
        )
        return (left, top, right, bottom) if left < right and top < bottom else None

    def _mask(self, polygons: list[list[Point]], box: tuple[int, int, int, int], *, even_odd: bool) -> Image:
        left, top, right, bottom = box
        moved: list[Polygon] = [[(x - left, y - top) for x, y in polygon] for polygon in polygons]
        return fill.mask(moved, (right - left, bottom - top), self._resources.budget, even_odd=even_odd)
