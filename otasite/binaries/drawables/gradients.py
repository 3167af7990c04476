"""Gradients: colours along a line, outwards from a point, or around it.

Attributes and defaults: ``GradientColor`` in Android's source, whose coordinates are those of the path.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries.drawables.fill import Point
from otasite.binaries.drawables.resources import Colour, Node, Resources
from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

_LINEAR, _RADIAL, _SWEEP = range(3)
_CLAMP, _REPEAT, _MIRROR = 0, 1, 2
_STEPS = 255
_CLEAR = (0, 0, 0, 0)


class Gradient(msgspec.Struct, frozen=True):
    """``start`` is the centre of radial and sweep gradients; ``end`` is where a linear or radial one ends."""

    kind: int
    start: Point
    end: Point
    stops: tuple[tuple[float, Colour], ...]
    tile: int = _CLAMP

    def image(self, size: tuple[int, int], position: Callable[[Point], Point], alpha: float) -> Image:
        """An image of the gradient. ``position`` is where a pixel lies in its coordinates; ``alpha`` is up to 1."""
        from PIL import Image

        width, height = size
        colours = [bytes([*colour[:3], round(colour[3] * alpha)]) for colour in self._table()]
        share = self._share()
        rows = (
            b"".join([colours[self._step(share(position((x + 0.5, y + 0.5))))] for x in range(width)])
            for y in range(height)
        )
        return Image.frombytes("RGBA", size, b"".join(rows))

    def _share(self) -> Callable[[Point], float]:
        """How far along the gradient a point is, from 0 to 1."""
        (x0, y0), (x1, y1) = self.start, self.end
        length = math.hypot(x1 - x0, y1 - y0)
        if self.kind == _SWEEP:
            return lambda point: math.atan2(point[1] - y0, point[0] - x0) / math.tau % 1
        if length <= 0:
            return lambda point: 1.0
        if self.kind == _RADIAL:
            return lambda point: math.hypot(point[0] - x0, point[1] - y0) / length
        x, y = (x1 - x0) / length**2, (y1 - y0) / length**2
        return lambda point: (point[0] - x0) * x + (point[1] - y0) * y

    def _step(self, share: float) -> int:
        if self.tile == _REPEAT:
            share %= 1
        elif self.tile == _MIRROR:
            share = 1 - abs(share % 2 - 1)
        return round(_STEPS * min(max(share, 0.0), 1.0))

    def _table(self) -> list[Colour]:
        return [self._colour(step / _STEPS) for step in range(_STEPS + 1)]

    def _colour(self, share: float) -> Colour:
        before, colour = self.stops[0]
        for offset, following in self.stops:
            if share <= offset:
                part = (share - before) / (offset - before) if offset > before else 1.0
                red, green, blue, alpha = (
                    round(one + (other - one) * part) for one, other in zip(colour, following, strict=True)
                )
                return red, green, blue, alpha
            before, colour = offset, following
        return colour


def read(node: Node, resources: Resources) -> Gradient:
    """The gradient that a ``<gradient>`` of a path's colour describes. Raises Unreadable."""

    def number(name: str) -> float:
        return resources.number(node.attributes.get(name), 0.0)

    kind = round(number("type"))
    if kind not in {_LINEAR, _RADIAL, _SWEEP}:
        raise Unreadable("it has a gradient of an unknown kind")
    start, end = (number("startX"), number("startY")), (number("endX"), number("endY"))
    if kind != _LINEAR:
        start = (number("centerX"), number("centerY"))
        end = (start[0] + number("gradientRadius"), start[1])
    return Gradient(kind, start, end, stops(node, resources), round(number("tileMode")))


def across(node: Node, resources: Resources) -> Gradient:
    """The gradient of a shape, by its angle, over a square from 0 to 1."""
    kind = round(resources.number(node.attributes.get("type"), _LINEAR))
    if kind != _LINEAR:
        raise Unreadable("it has a gradient that otasite does not draw")
    angle = math.radians(resources.number(node.attributes.get("angle"), 0.0))
    x, y = math.cos(angle), -math.sin(angle)
    # From edge to edge, or from corner to corner.
    reach = 0.5 / max(abs(x), abs(y))
    return Gradient(
        kind, (0.5 - x * reach, 0.5 - y * reach), (0.5 + x * reach, 0.5 + y * reach), stops(node, resources)
    )


def stops(node: Node, resources: Resources) -> tuple[tuple[float, Colour], ...]:
    """Colours by their place: those of the items, else two or three from the gradient itself."""

    def colour(owner: Node, name: str) -> Colour:
        value = owner.attributes.get(name)
        return (resources.colour(value) if value else None) or _CLEAR

    items = [item for item in node.children if item.name == "item"]
    if items:
        placed = [(resources.number(item.attributes.get("offset"), 0.0), colour(item, "color")) for item in items]
        return tuple(sorted(placed, key=lambda stop: stop[0]))
    middle = [(0.5, colour(node, "centerColor"))] if "centerColor" in node.attributes else []
    return ((0.0, colour(node, "startColor")), *middle, (1.0, colour(node, "endColor")))
