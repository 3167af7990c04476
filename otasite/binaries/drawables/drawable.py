"""Drawables as pictures: adaptive icons and what their layers can be.

Attributes and defaults: “Drawable resources” and “Adaptive icons” in Android's documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries.android_chunks import Value
from otasite.binaries.drawables import gradients, vector
from otasite.binaries.drawables.resources import Colour, Node, Resources
from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

#: Pixels of what has no size of its own: an icon that is sharp wherever pages show it.
DRAWN_SIDE = 512
#: The layers of an adaptive icon are 108 dp wide, of which the middle 72 are shown; other icons have 48 dp.
_LAYER_DP, _SHOWN_DP, _PLAIN_DP = 108, 72, 48
_WHITE = (255, 255, 255, 255)
_RECTANGLE, _OVAL = 0, 1
_SHAPE_PARTS = {"solid", "gradient", "size", "corners", "padding"}

_Insets = tuple[float, float, float, float]  # left, top, right, bottom


class Drawable(msgspec.Struct, frozen=True):
    """A square picture. ``side`` is the pixels it really has, 0 for one that can be drawn at any size."""

    side: int
    draw: Callable[[int], Image]


def icon(root: Node, resources: Resources, drawn_side: int = DRAWN_SIDE) -> Image:
    """An icon from its XML, in mode RGBA; ``drawn_side`` pixels wide unless it is made of pictures that say else.

    Raises Unreadable when it holds what otasite does not draw.
    """
    if root.name == "adaptive-icon":
        return _adaptive(root, _Drawer(resources, _LAYER_DP), drawn_side)
    drawable = _Drawer(resources, _PLAIN_DP).from_xml(root)
    return drawable.draw(min(drawable.side or drawn_side, drawn_side))


def _adaptive(root: Node, drawer: _Drawer, drawn_side: int) -> Image:
    layers = {node.name: node for node in root.children}
    if "foreground" not in layers:
        raise Unreadable("its foreground is missing")
    foreground = drawer.inside(layers["foreground"])
    background = drawer.inside(layers["background"]) if "background" in layers else _plain(_WHITE)
    side = foreground.side or background.side or drawn_side * _LAYER_DP // _SHOWN_DP
    canvas = drawer.stacked([background, foreground]).draw(side)
    margin = side * (_LAYER_DP - _SHOWN_DP) // (2 * _LAYER_DP)
    return canvas.crop((margin, margin, side - margin, side - margin))


class _Drawer:
    """Makes drawables of values and elements. ``dp`` is how wide the whole is in Android's unit of length."""

    def __init__(self, resources: Resources, dp: int) -> None:
        self._resources = resources
        self._dp = dp

    def inside(self, node: Node, attribute: str = "drawable") -> Drawable:
        """What an element holds: what its attribute names, or the element inside it."""
        with self._resources.budget.level():
            if attribute in node.attributes:
                return self._from_value(node.attributes[attribute])
            if node.children:
                return self.from_xml(node.children[0])
        raise Unreadable(f"its <{node.name}> is empty")

    def from_xml(self, node: Node) -> Drawable:
        kinds = {
            "vector": self._vector,
            "inset": self._inset,
            "bitmap": self._bitmap,
            "color": self._colour,
            "layer-list": self._layers,
            "shape": self._shape,
        }
        if node.name not in kinds:
            raise Unreadable(f"it has a <{node.name}>, which otasite does not draw")
        return kinds[node.name](node)

    def stacked(self, layers: list[Drawable]) -> Drawable:
        """One above the other, the first at the bottom."""

        def draw(side: int) -> Image:
            canvas = self._canvas(side)
            for layer in layers:
                canvas.alpha_composite(layer.draw(side))
            return canvas

        return Drawable(max((layer.side for layer in layers), default=0), draw)

    def _from_value(self, value: Value) -> Drawable:
        if image := self._resources.raster(value):
            return Drawable(max(image.size), lambda side: _resized(image, side, side))
        root = self._resources.drawing(value)
        if root is not None and root.name != "selector":
            return self.from_xml(root)
        if colour := self._resources.colour(value):
            return _plain(colour)
        raise Unreadable("one of its parts is missing")

    def _canvas(self, side: int) -> Image:
        from PIL import Image

        self._resources.budget.spend_output(8 * side * side)
        return Image.new("RGBA", (side, side))

    def _vector(self, node: Node) -> Drawable:
        return Drawable(0, lambda side: vector.draw(node, (side, side), self._resources))

    def _bitmap(self, node: Node) -> Drawable:
        if "tint" in node.attributes:
            raise Unreadable("it is tinted, which otasite does not draw")
        return self.inside(node, "src")

    def _colour(self, node: Node) -> Drawable:
        colour = self._resources.colour(node.attributes["color"]) if "color" in node.attributes else None
        if colour is None:
            raise Unreadable("one of its colours is missing")
        return _plain(colour)

    def _inset(self, node: Node) -> Drawable:
        return self._within(
            self.inside(node), self._insets(node, "insetLeft insetTop insetRight insetBottom", "inset")
        )

    def _layers(self, node: Node) -> Drawable:
        layers = []
        for item in node.children:
            if item.name != "item" or item.attributes.keys() & {"width", "height", "gravity"}:
                raise Unreadable("it has layers that are placed in a way otasite does not draw")
            layers.append(self._within(self.inside(item), self._insets(item, "left top right bottom")))
        return self.stacked(layers)

    def _insets(self, node: Node, names: str, for_all: str = "") -> _Insets:
        """Left, top, right and bottom as shares of the whole; ``names`` are those of the four attributes."""
        left, top, right, bottom = (
            self._share(node.attributes.get(name) or node.attributes.get(for_all)) for name in names.split()
        )
        if min(left, top, right, bottom) < -1 or left + right >= 1 or top + bottom >= 1:
            raise Unreadable("its insets leave nothing to be seen")
        return left, top, right, bottom

    def _share(self, value: Value | None) -> float:
        return self._resources.length(value, self._dp) / self._dp

    def _within(self, inner: Drawable, insets: _Insets) -> Drawable:
        """A drawable with space around it; with less than none it is larger than what is seen."""
        left, top, right, bottom = insets

        def draw(side: int) -> Image:
            width, height = (max(1, round(side * (1 - spent))) for spent in (left + right, top + bottom))
            canvas = self._canvas(side)
            image = _resized(inner.draw(max(width, height)), width, height)
            canvas.paste(image, (round(side * left), round(side * top)))
            return canvas

        return Drawable(round(inner.side / max(1 - left - right, 1 - top - bottom)), draw)

    def _shape(self, node: Node) -> Drawable:
        """A rectangle or ellipse in one colour or a gradient."""
        kind = round(self._resources.number(node.attributes.get("shape"), _RECTANGLE))
        parts = {child.name: child for child in node.children}
        is_known = kind in {_RECTANGLE, _OVAL} and not parts.keys() - _SHAPE_PARTS
        if not is_known or not parts.keys() & {"solid", "gradient"}:
            raise Unreadable("it has a shape of a kind that otasite does not draw")
        inside = self._gradient(parts["gradient"]) if "gradient" in parts else self._colour(parts["solid"])
        radius = self._share(parts["corners"].attributes.get("radius")) if "corners" in parts else 0.0

        def draw(side: int) -> Image:
            from PIL import Image

            shape = _outline(side, 0.5 if kind == _OVAL else min(max(radius, 0.0), 0.5))
            return Image.composite(inside.draw(side), self._canvas(side), shape)

        return Drawable(0, draw)

    def _gradient(self, node: Node) -> Drawable:
        gradient = gradients.across(node, self._resources)

        def draw(side: int) -> Image:
            self._resources.budget.spend_steps(side * side)
            return gradient.image((side, side), lambda point: (point[0] / side, point[1] / side), 1.0)

        return Drawable(0, draw)


def _plain(colour: Colour) -> Drawable:
    from PIL import Image

    return Drawable(0, lambda side: Image.new("RGBA", (side, side), colour))


def _outline(side: int, radius: float) -> Image:
    """White inside a square with round corners; a radius of half its side makes a circle."""
    from PIL import Image, ImageDraw

    large = Image.new("L", (4 * side, 4 * side))  # drawn large and made smaller, so that edges are smooth
    ImageDraw.Draw(large).rounded_rectangle((0, 0, 4 * side - 1, 4 * side - 1), radius * 4 * side, fill=255)
    return large.resize((side, side))


def _resized(image: Image, width: int, height: int) -> Image:
    from PIL import Image

    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.LANCZOS)
