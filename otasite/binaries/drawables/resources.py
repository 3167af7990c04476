"""What stands behind the attributes of a drawable: numbers, colours, lengths, and files of the app."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries import png
from otasite.binaries.android_chunks import COLOURS, FLOAT, INTEGERS, STRING, Value
from otasite.binaries.android_xml import read_xml
from otasite.binaries.axml import MAX_DEPTH
from otasite.binaries.budget import Budget
from otasite.binaries.resources import ResourceTable
from otasite.binaries.unreadable import Unreadable
from otasite.problems import ProblemsFound

if TYPE_CHECKING:
    from PIL.Image import Image

Colour = tuple[int, int, int, int]  # red, green, blue, alpha

_RASTER = (".png", ".webp", ".jpg", ".jpeg")
#: Densities with this number and above mean “any” or “none”: no number of dots.
_ANY_DENSITY = 0xFFFE
_THEME_ATTRIBUTE = 0x02
_DIMENSION, _FRACTION = 0x05, 0x06
#: What a mantissa of 24 bits is multiplied with, by the place of its point (``ComplexConsts`` of ResourceTypes.h).
_RADIX = (2.0**0, 2.0**-7, 2.0**-15, 2.0**-23)
_MAX_XML_BYTES = 2**20


class Node(msgspec.Struct, frozen=True):
    """An element of a drawable with those inside it."""

    name: str
    attributes: dict[str, Value]
    children: list[Node]


class Resources:
    """An app's resources, for drawing one picture. Everything raises Unreadable.

    ``read`` gives at most so many bytes of a file of the app, or raises ProblemsFound.
    """

    def __init__(self, read: Callable[[str, int], bytes], table: ResourceTable | None, budget: Budget) -> None:
        self.budget = budget
        self._read_file = read
        self._table = table

    def meanings(self, value: Value) -> list[tuple[int, Value]]:
        """What a value can mean, each with the density it is for (0 for any): itself, unless it is a reference."""
        if not value.is_reference:
            if value.kind == _THEME_ATTRIBUTE:
                raise Unreadable("one of its colours depends on the theme of a phone")
            return [(0, value)]
        found = list(self._table.values(value.data)) if self._table else []
        self.budget.spend_steps(len(found))
        return [(config.density if config.density < _ANY_DENSITY else 0, meant) for config, meant in found]

    def number(self, value: Value | None, default: float) -> float:
        """A plain number; a length without its unit; a share of 1 for a percentage."""
        for _, meant in self.meanings(value) if value else ():
            if meant.kind == FLOAT:
                number = struct.unpack("<f", struct.pack("<I", meant.data))[0]
            elif meant.kind in INTEGERS:
                number = meant.data - 2**32 if meant.data >= 2**31 else meant.data
            elif meant.kind in {_DIMENSION, _FRACTION}:
                mantissa = struct.unpack("<i", struct.pack("<I", meant.data & 0xFFFFFF00))[0] / 256
                number = mantissa * _RADIX[meant.data >> 4 & 3]
            else:
                continue
            if not abs(number) <= 1e6:  # also for what is no number
                raise Unreadable("one of its numbers is out of range")
            return float(number)
        return default

    def length(self, value: Value | None, whole: float) -> float:
        """A length in dp, or a share of ``whole``."""
        meanings = self.meanings(value) if value else []
        number = self.number(value, 0.0)
        return number * whole if any(meant.kind == _FRACTION for _, meant in meanings) else number

    def colour(self, value: Value) -> Colour | None:
        """A colour, also the one that a list of colours for states has for the usual state."""
        meanings = self.meanings(value)
        for _, meant in meanings:
            if meant.kind in COLOURS:
                alpha, red, green, blue = meant.data.to_bytes(4, "big")
                return red, green, blue, alpha
        for _, meant in meanings:
            if meant.kind == STRING and meant.text.lower().endswith(".xml"):
                root = self.tree(meant.text)
                if root.name == "selector" and root.children and "color" in root.children[-1].attributes:
                    with self.budget.level():
                        return self.colour(root.children[-1].attributes["color"])
        return None

    def raster(self, value: Value) -> Image | None:
        """The densest picture file that a value means."""
        files = [(density, meant.text) for density, meant in self.meanings(value) if is_raster(meant.text)]
        if not files:
            return None
        return png.decode_any(self._read(max(files)[1], png.MAX_ICON_BYTES), self.budget)

    def drawing(self, value: Value) -> Node | None:
        """The drawable in XML that a value means; of several the last, which is the one for the newest Android."""
        files = [meant.text for _, meant in self.meanings(value) if meant.text.lower().endswith(".xml")]
        return self.tree(files[-1]) if files else None

    def tree(self, name: str) -> Node:
        """The outermost element of a compiled XML file."""
        return tree(self._read(name, _MAX_XML_BYTES), self.budget)

    def _read(self, name: str, limit: int) -> bytes:
        try:
            return self._read_file(name, limit)
        except ProblemsFound as found:
            raise Unreadable(f"one of its parts is missing: {found.problems[0].message}") from None


def is_raster(name: str) -> bool:
    return name.lower().endswith(_RASTER)


def tree(data: bytes, budget: Budget) -> Node:
    """The outermost element of compiled XML, with those inside it. Raises Unreadable."""
    elements = read_xml(data)
    budget.spend_elements(len(elements))
    stack: list[Node] = []
    for element in elements:
        node = Node(element.name, element.attributes, [])
        if len(element.path) >= MAX_DEPTH:
            raise Unreadable("its parts stand too deep inside each other")
        del stack[len(element.path) - 1 :]
        if stack:
            stack[-1].children.append(node)
        stack.append(node)
    return stack[0]
