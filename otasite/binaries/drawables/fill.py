"""Areas as masks: how much of each pixel lies inside.

Each row of pixels is cut by a few horizontal lines; along such a line coverage is exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries.budget import Budget

if TYPE_CHECKING:
    from PIL.Image import Image

Point = tuple[float, float]
Polygon = Sequence[Point]

_LINES = 4  # through each row of pixels


class _Edge(msgspec.Struct, frozen=True):
    """A side of a polygon: the lines it crosses, the first one where, how it goes on, and which way round."""

    first: int
    last: int
    x: float
    slope: float
    turn: int


def mask(polygons: Iterable[Polygon], size: tuple[int, int], budget: Budget, *, even_odd: bool = False) -> Image:
    """A grey image of this size, white inside the polygons, which are closed. Coordinates are pixels.

    What lies inside is decided as by Android: by the number of turns around a point, or by whether it is odd.
    """
    from PIL import Image

    width, height = size
    budget.spend_output(2 * width * height)
    edges = sorted(_edges(polygons, height * _LINES, budget), key=lambda edge: edge.first, reverse=True)
    rows = bytearray()
    active: list[_Edge] = []
    for row in range(height):
        coverage = _Coverage(width)
        for line in range(row * _LINES, (row + 1) * _LINES):
            while edges and edges[-1].first <= line:
                active.append(edges.pop())
            active = [edge for edge in active if edge.last >= line]
            if active:
                coverage.add(_spans(active, line, even_odd))
        rows += coverage.pixels()
    return Image.frombytes("L", size, bytes(rows))


class _Coverage:
    """How much of each pixel of a row is covered, kept only where it changes."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._steps: dict[int, int] = {}  # from a pixel on
        self._single: dict[int, float] = {}  # of one pixel

    def add(self, spans: Iterable[tuple[float, float]]) -> None:
        """Whole pixels as a step up and one down, those at the ends by their share."""
        for start, end in spans:
            left, right = min(max(start, 0.0), self._width), min(max(end, 0.0), self._width)
            first, last = int(left), int(right)
            self._steps[first] = self._steps.get(first, 0) + 1
            self._steps[last] = self._steps.get(last, 0) - 1
            self._single[first] = self._single.get(first, 0.0) - (left - first)
            self._single[last] = self._single.get(last, 0.0) + (right - last)

    def pixels(self) -> bytes:
        row = bytearray()
        level = 0
        for at in sorted(self._steps):
            row += bytes([_grey(level)]) * (at - len(row))
            level += self._steps[at]
            row.append(_grey(level + self._single[at]))
        row += bytes([_grey(level)]) * (self._width - len(row))
        return bytes(row[: self._width])


def _grey(lines: float) -> int:
    return min(255, max(0, round(lines * 255 / _LINES)))


def _edges(polygons: Iterable[Polygon], lines: int, budget: Budget) -> list[_Edge]:
    edges = []
    for polygon in polygons:
        budget.spend_elements(len(polygon))
        for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
            turn = 1 if y1 < y2 else -1
            if turn < 0:
                x1, y1, x2, y2 = x2, y2, x1, y1
            # Lines lie at (number + ½) / _LINES.
            first = max(0, math.ceil(y1 * _LINES - 0.5))
            last = min(lines, math.ceil(y2 * _LINES - 0.5)) - 1
            if first <= last:
                budget.spend_steps(last - first + 1)
                slope = (x2 - x1) / (y2 - y1)
                edges.append(_Edge(first, last, x1 + ((first + 0.5) / _LINES - y1) * slope, slope / _LINES, turn))
    return edges


def _spans(active: Sequence[_Edge], line: int, even_odd: bool) -> Iterable[tuple[float, float]]:
    """From where to where the line is inside."""
    turns, start = 0, 0.0
    for x, turn in sorted((edge.x + (line - edge.first) * edge.slope, edge.turn) for edge in active):
        was_inside = turns & 1 if even_odd else turns
        turns += turn
        is_inside = turns & 1 if even_odd else turns
        if is_inside and not was_inside:
            start = x
        elif was_inside and not is_inside:
            yield start, x
