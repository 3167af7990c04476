"""Lines with a width as areas: a rectangle for each piece, and what fills the corners and ends."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from otasite.binaries.drawables.fill import Point, Polygon
from otasite.binaries.drawables.paths import Line

_BUTT, _ROUND, _SQUARE = range(3)  # ends; corners have 0 for a point, 1 for round, 2 for cut off
_POINTED, _ROUNDED = 0, 1
_CIRCLE = 24  # sides


class Stroke(msgspec.Struct, frozen=True):
    width: float
    cap: int = _BUTT
    join: int = _POINTED
    miter_limit: float = 4.0


def outline(line: Line, stroke: Stroke) -> Iterator[Polygon]:
    """Polygons that all turn the same way and together are the line: what any of them covers is inside."""
    points = [point for point, before in zip(line.points, (None, *line.points), strict=False) if point != before]
    if line.closed and points[0] != points[-1]:
        points.append(points[0])
    half = stroke.width / 2
    pieces = list(pairwise(points))
    if not pieces:
        if stroke.cap == _ROUND:
            yield _circle(points[0], half)
        return
    for index, (start, end) in enumerate(pieces):
        is_first, is_last = index == 0 and not line.closed, index == len(pieces) - 1 and not line.closed
        yield _piece(start, end, half, is_first and stroke.cap == _SQUARE, is_last and stroke.cap == _SQUARE)
        if (is_first or is_last) and stroke.cap == _ROUND:
            yield from (_circle(point, half) for point, at_end in ((start, is_first), (end, is_last)) if at_end)
    corners = zip(pieces, pieces[1:] + (pieces[:1] if line.closed else []), strict=False)
    for (before, corner), (_, after) in corners:
        if stroke.join == _ROUNDED:
            yield _circle(corner, half)
        else:
            yield _corner(before, corner, after, half, stroke.miter_limit if stroke.join == _POINTED else 0.0)


def _piece(start: Point, end: Point, half: float, longer_start: bool, longer_end: bool) -> Polygon:
    along_x, along_y = _direction(start, end, half)
    if longer_start:
        start = (start[0] - along_x, start[1] - along_y)
    if longer_end:
        end = (end[0] + along_x, end[1] + along_y)
    return (
        (start[0] - along_y, start[1] + along_x),
        (start[0] + along_y, start[1] - along_x),
        (end[0] + along_y, end[1] - along_x),
        (end[0] - along_y, end[1] + along_x),
    )


def _corner(before: Point, corner: Point, after: Point, half: float, miter_limit: float) -> Polygon:
    """The triangle between two pieces on the outer side of their corner, with a tip unless it would be too long."""
    x1, y1 = _direction(before, corner, half)
    x2, y2 = _direction(corner, after, half)
    turn = x1 * y2 - y1 * x2
    side = 1.0 if turn > 0 else -1.0
    first = (corner[0] + side * y1, corner[1] - side * x1)
    second = (corner[0] + side * y2, corner[1] - side * x2)
    cosine = (x1 * x2 + y1 * y2) / (half * half)
    points = [corner, first, second]
    if miter_limit and cosine > -1 and 2 / (1 + cosine) <= miter_limit**2:
        middle = ((first[0] + second[0]) / 2 - corner[0], (first[1] + second[1]) / 2 - corner[1])
        scale = 2 / (1 + cosine)
        points.insert(2, (corner[0] + middle[0] * scale, corner[1] + middle[1] * scale))
    return points if turn > 0 else points[::-1]


def _circle(centre: Point, radius: float) -> Polygon:
    angles = (math.tau * side / _CIRCLE for side in range(_CIRCLE))
    return [(centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)) for angle in angles]


def _direction(start: Point, end: Point, length: float) -> Point:
    x, y = end[0] - start[0], end[1] - start[1]
    scale = length / math.hypot(x, y)
    return x * scale, y * scale
