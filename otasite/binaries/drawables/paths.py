"""The path language of vector drawables, which is that of SVG, as polygons."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from otasite.binaries.budget import Budget
from otasite.binaries.drawables.fill import Point
from otasite.binaries.unreadable import Unreadable

#: Lines for each curve or quarter of an ellipse. At 768 pixels across none is off by half a pixel.
_PIECES = 16

_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_SPACE = re.compile(r"[\s,]*")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_FLAGS = frozenset({3, 4})  # of an arc: these two may stand without anything between them


class Line(msgspec.Struct, frozen=True):
    """A line of points; a closed one leads back to its start."""

    points: tuple[Point, ...]
    closed: bool


def lines(path: str, budget: Budget) -> list[Line]:
    """The lines of a path, with curves cut into straight pieces. Raises Unreadable."""
    budget.spend_steps(3 * len(path))
    pen = _Pen(budget)
    for command, numbers in _commands(path):
        pen.draw(command, numbers)
    return pen.finished()


def _commands(path: str) -> Iterator[tuple[str, list[float]]]:
    """Each command with as many numbers as it takes; more numbers repeat it."""
    at = _after_space(path, 0)
    while at < len(path):
        command = path[at]
        count = _ARGUMENTS.get(command.upper(), -1)
        if count < 0:
            raise Unreadable("one of its paths is damaged")
        at = _after_space(path, at + 1)
        is_first = True
        while is_first or (count and at < len(path) and not path[at].isalpha()):
            numbers = []
            for index in range(count):
                number, at = _number(path, at, is_flag=count == 7 and index in _FLAGS)
                numbers.append(number)
            yield command, numbers
            is_first = False
            # Points after the first of a move are lines.
            command = {"M": "L", "m": "l"}.get(command, command)


def _after_space(path: str, at: int) -> int:
    found = _SPACE.match(path, at)
    return found.end() if found else at


def _number(path: str, at: int, *, is_flag: bool) -> tuple[float, int]:
    if is_flag and path[at : at + 1] in {"0", "1"}:
        return float(path[at]), _after_space(path, at + 1)
    found = _NUMBER.match(path, at)
    if not found or not math.isfinite(number := float(found[0])) or abs(number) > 1e6:
        raise Unreadable("one of its paths is damaged")
    return number, _after_space(path, found.end())


class _Pen:
    """Where drawing stands. Curves are functions of a position from 0 to 1."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._lines: list[Line] = []
        self._points: list[Point] = []
        self._at: Point = (0.0, 0.0)
        self._start: Point = (0.0, 0.0)
        self._control: Point | None = None  # of the curve before, which a smooth one mirrors
        self._before = ""

    def finished(self) -> list[Line]:
        self._end(closed=False)
        return self._lines

    def draw(self, command: str, numbers: list[float]) -> None:
        kind = command.upper()
        if kind != command and kind != "A":
            numbers = [number + self._at[(index + (kind == "V")) % 2] for index, number in enumerate(numbers)]
        elif kind != command:
            numbers = [*numbers[:5], numbers[5] + self._at[0], numbers[6] + self._at[1]]
        control, self._control = self._control, None
        if kind == "Z":
            self._end(closed=True)
            self._at = self._start
        elif kind == "M":
            self._end(closed=False)
            self._at = self._start = (numbers[0], numbers[1])
        elif kind in {"H", "V"}:
            self._line((numbers[0], self._at[1]) if kind == "H" else (self._at[0], numbers[0]))
        elif kind == "A":
            self._arc(numbers)
        else:
            self._curve(kind, numbers, control)
        self._before = kind

    def _curve(self, kind: str, numbers: list[float], control: Point | None) -> None:
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        if kind in {"S", "T"}:
            follows = control if self._before in ({"C", "S"} if kind == "S" else {"Q", "T"}) else None
            x, y = follows or self._at
            points.insert(0, (2 * self._at[0] - x, 2 * self._at[1] - y))
        if len(points) == 1:
            self._line(points[0])
            return
        corners = [self._at, *points]
        for piece in range(1, _PIECES + 1):
            self._line(_bezier(corners, piece / _PIECES))
        self._control = points[-2]

    def _line(self, to: Point) -> None:
        if not self._points:
            self._points.append(self._at)
        self._budget.spend_elements()
        self._points.append(to)
        self._at = to

    def _end(self, *, closed: bool) -> None:
        if len(self._points) > 1:
            self._lines.append(Line(tuple(self._points), closed))
        self._points = []

    def _arc(self, numbers: list[float]) -> None:
        """An elliptical arc, from its ends as SVG states it (SVG 1.1, F.6)."""
        radius_x, radius_y, tilt, is_large, is_clockwise, x, y = numbers
        radius_x, radius_y, tilt = abs(radius_x), abs(radius_y), math.radians(tilt)
        start = self._at
        if not radius_x or not radius_y or start == (x, y):
            self._line((x, y))
            return
        cos, sin = math.cos(tilt), math.sin(tilt)
        half_x, half_y = (start[0] - x) / 2, (start[1] - y) / 2
        u, v = cos * half_x + sin * half_y, cos * half_y - sin * half_x
        grown = math.sqrt(max(1.0, (u / radius_x) ** 2 + (v / radius_y) ** 2))
        radius_x, radius_y = radius_x * grown, radius_y * grown
        across = (radius_x * v) ** 2 + (radius_y * u) ** 2
        root = math.sqrt(max(0.0, (radius_x * radius_y) ** 2 / across - 1))
        root = root if bool(is_large) != bool(is_clockwise) else -root
        centre_u, centre_v = root * radius_x * v / radius_y, -root * radius_y * u / radius_x
        first = math.atan2((v - centre_v) / radius_y, (u - centre_u) / radius_x)
        sweep = math.atan2((-v - centre_v) / radius_y, (-u - centre_u) / radius_x) - first
        sweep += math.tau if is_clockwise and sweep < 0 else -math.tau if not is_clockwise and sweep > 0 else 0
        centre_x = cos * centre_u - sin * centre_v + (start[0] + x) / 2
        centre_y = sin * centre_u + cos * centre_v + (start[1] + y) / 2
        pieces = max(1, math.ceil(abs(sweep) / (math.pi / 2) * _PIECES))
        for piece in range(1, pieces):
            angle = first + sweep * piece / pieces
            along, beside = radius_x * math.cos(angle), radius_y * math.sin(angle)
            self._line((centre_x + cos * along - sin * beside, centre_y + sin * along + cos * beside))
        self._line((x, y))


def _bezier(corners: list[Point], at: float) -> Point:
    """A point of a curve by its corners (de Casteljau)."""
    while len(corners) > 1:
        corners = [(x1 + (x2 - x1) * at, y1 + (y2 - y1) * at) for (x1, y1), (x2, y2) in pairwise(corners)]
    return corners[0]
