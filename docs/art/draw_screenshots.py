"""Draw the demo catalogue's screenshots into ``content/apps``: ``python docs/art/draw_screenshots.py``."""

from __future__ import annotations

import random
from pathlib import Path

from canvas import Canvas, curve

APPS = Path(__file__).resolve().parents[2] / "content" / "apps"
PHONE = (486, 1054)
TABLET = (1080, 810)
INK, GREY, PALE, BLUE, GREEN, AMBER = "#111827", "#6b7280", "#e5e7eb", "#1f56e0", "#0a8f6a", "#d97706"


def departures() -> Canvas:
    screen = _phone("#f3f5f9")
    screen.text((28, 132), "Mill Lane", 38, INK, bold=True)
    screen.text((28, 168), "4 min walk  ·  step-free", 18, GREY)
    rows = [
        ("4", BLUE, "Harbour Square", "Tram", "2", ""),
        ("17", GREEN, "North Hospital", "Bus", "5", "+1"),
        ("4", BLUE, "University", "Tram", "7", ""),
        ("F1", "#0e7490", "Old Ferry Pier", "Ferry", "9", ""),
        ("31", GREEN, "Larkfield Park", "Bus", "12", ""),
        ("9", "#7c3aed", "Airport", "Tram", "14", "+2"),
        ("17", GREEN, "Ring East", "Bus", "18", ""),
    ]
    for index, (line, colour, goal, kind, minutes, delay) in enumerate(rows):
        top = 200 + index * 104
        screen.rect((20, top, 466, top + 92), "#ffffff", 20)
        screen.rect((38, top + 24, 98, top + 68), colour, 12)
        screen.text((68, top + 46), line, 24, "#ffffff", "mm", bold=True)
        screen.text((116, top + 44), goal, 23, INK)
        screen.text((116, top + 70), kind, 17, GREY)
        screen.text((418, top + 50), minutes, 34, INK, "rs", bold=True)
        screen.text((446, top + 50), "min", 14, GREY, "rs")
        if delay:
            screen.text((446, top + 74), delay, 16, AMBER, "rs", bold=True)
    _tabs(screen, ("Stops", "Plan", "Tickets"), 0)
    return screen


def journey() -> Canvas:
    screen = _phone("#e8eee6")
    _map(screen, (0, 60, 486, 640))
    walk = [(70.0, 540.0), (96.0, 500.0), (118.0, 470.0)]
    for point in (*walk, (84.0, 520.0), (107.0, 485.0)):
        screen.circle(point, 5, INK)
    tram = curve((118, 470), (170, 380), (250, 430), (286, 310))
    ferry = curve((286, 310), (310, 240), (380, 250), (410, 170))
    for points, colour in ((tram, BLUE), (ferry, "#0e7490")):
        screen.line(points, 16, "#ffffff")
        screen.line(points, 10, colour)
    for x, y in ((118, 470), (286, 310), (410, 170)):
        screen.circle((x, y), 13, "#ffffff")
        screen.circle((x, y), 8, INK)
    screen.rect((0, 610, 486, 1090), "#ffffff", 30)
    screen.rect((213, 624, 273, 630), PALE, 3)
    screen.text((28, 680), "Old Ferry Pier", 32, INK, bold=True)
    screen.text((28, 712), "27 min  ·  arrives 09:41", 19, GREY)
    steps = [("Walk", "to Mill Lane", "4 min", GREY), ("Tram 4", "to Harbour Square", "11 min", BLUE)]
    steps.append(("Ferry F1", "to Old Ferry Pier", "12 min", "#0e7490"))
    for index, (what, where, took, colour) in enumerate(steps):
        y = 748 + index * 66
        screen.rect((28, y, 36, y + 50), colour, 4)
        screen.text((54, y + 21), what, 21, INK, bold=True)
        screen.text((54, y + 46), where, 17, GREY)
        screen.text((458, y + 32), took, 19, INK, "rs")
    screen.rect((28, 964, 458, 1024), BLUE, 18)
    screen.text((243, 994), "Start", 23, "#ffffff", "mm", bold=True)
    return screen


def ticket() -> Canvas:
    screen = _phone("#1b3fd6", dark=True)
    screen.text((28, 132), "Day ticket", 38, "#ffffff", bold=True)
    screen.text((28, 168), "Zones A and B", 20, "#c7d5ff")
    screen.rect((28, 204, 458, 876), "#ffffff", 30)
    _code(screen, (83, 256), 320, 29)
    screen.line([(52, 640), (434, 640)], 2, PALE)
    screen.text((56, 690), "Valid until", 18, GREY)
    screen.text((56, 728), "Midnight", 31, INK, bold=True)
    screen.text((290, 690), "Travellers", 18, GREY)
    screen.text((290, 728), "1 adult", 31, INK, bold=True)
    screen.rect((56, 776, 430, 840), "#e8f7f1", 16)
    screen.circle((92, 808), 12, GREEN)
    screen.text((118, 816), "Ready, no connection needed", 20, GREEN)
    _tabs(screen, ("Stops", "Plan", "Tickets"), 2)
    return screen


def group_tickets() -> Canvas:
    """Three codes side by side, for the notes of a release."""
    picture = Canvas(810, 360, "#1b3fd6")
    for index, name in enumerate(("Adult", "Adult", "Child")):
        left = 30 + index * 255
        picture.rect((left, 30, left + 240, 330), "#ffffff", 22)
        _code(picture, (left + 32, 56), 176, 21)
        picture.text((left + 120, 296), name, 26, INK, "ms", bold=True)
    return picture


def line_diagram() -> Canvas:
    screen = Canvas(*TABLET, "#0d131b")
    screen.text((40, 78), "Tram 4", 44, "#ffffff", bold=True)
    screen.text((204, 78), "Harbour Square", 30, "#93a4bb")
    screen.text((1040, 78), "09:14", 44, "#ffffff", "rs", bold=True)
    screen.rect((40, 118, 1040, 204), "#3a2a0a", 20)
    screen.circle((84, 161), 14, "#ffb020")
    screen.text((116, 171), "Diversion after Canal Street: keep to the left track", 27, "#ffd890")
    stops = ["Mill Lane", "Town Hall", "Canal Street", "Museum", "Fish Market", "Harbour Sq."]
    screen.line([(100, 380), (980, 380)], 14, "#334155")
    screen.line([(100, 380), (276, 380)], 14, "#ffb020")
    for index, stop in enumerate(stops):
        x = 100 + index * 176
        screen.circle((x, 380), 20, "#0d131b")
        screen.circle((x, 380), 14, "#ffb020" if index < 2 else "#93a4bb")
        screen.text((x, 322), stop, 20, "#ffffff" if index in (2, 3, 4) else "#93a4bb", "ms")
        screen.text((x, 440), f"09:{12 + index * 3}", 20, "#93a4bb", "ms")
    cards = (
        ("Next", "Canal Street", "in 450 m"),
        ("Delay", "+2 min", "holding"),
        ("On board", "86", "of 214"),
    )
    for index, (label, value, more) in enumerate(cards):
        x = 40 + index * 340
        screen.rect((x, 510, x + 320, 770), "#1a222d", 26)
        screen.text((x + 30, 564), label, 24, "#93a4bb")
        screen.text((x + 30, 650), value, 46, "#ffb020" if label == "Delay" else "#ffffff", bold=True)
        screen.text((x + 30, 722), more, 26, "#93a4bb")
    return screen


def _phone(background: str, dark: bool = False) -> Canvas:
    """A phone's screen with its status bar."""
    screen = Canvas(*PHONE, background)
    ink = "#ffffff" if dark else INK
    screen.text((44, 46), "9:14", 20, ink, bold=True)
    screen.rect((410, 30, 446, 47), ink, 5)
    for index, height in enumerate((6, 9, 13, 17)):
        screen.rect((372 + index * 8, 47 - height, 377 + index * 8, 47), ink, 1)
    return screen


def _tabs(screen: Canvas, names: tuple[str, ...], current: int) -> None:
    screen.rect((0, 958, 486, 1054), "#ffffff")
    for index, name in enumerate(names):
        x = 81 + index * 162
        colour = BLUE if index == current else "#9ca3af"
        screen.rect((x - 15, 974, x + 15, 1004), colour, 9)
        screen.text((x, 1032), name, 16, colour, "ms")


def _map(screen: Canvas, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    water = curve((right, top + 40), (right - 220, top + 60), (right - 130, top + 360), (right - 40, bottom))
    screen.polygon([*water, (right, bottom), (right, top)], "#bcdcf2")
    screen.rect((40, 180, 150, 330), "#cfe6c4", 24)
    for y in range(140, int(bottom), 110):
        screen.line([(left, y + 60), (right * 0.62, y)], 10, "#ffffff")
    for x in range(60, 300, 80):
        screen.line([(x, top), (x + 60, bottom)], 8, "#ffffff")


def _code(screen: Canvas, corner: tuple[float, float], side: float, cells: int) -> None:
    """Something that looks like a square code and is none."""
    dice = random.Random(4)  # the same picture every time  # noqa: S311
    step = side / cells
    for row in range(cells):
        for column in range(cells):
            if dice.random() < 0.48:
                x, y = corner[0] + column * step, corner[1] + row * step
                screen.rect((x, y, x + step, y + step), INK)
    for dx, dy in ((0, 0), (cells - 8, 0), (0, cells - 8)):
        x, y = corner[0] + dx * step, corner[1] + dy * step
        screen.rect((x - 1, y - 1, x + 8 * step, y + 8 * step), "#ffffff")
        for inset, colour in ((0.5, INK), (1.5, "#ffffff"), (2.5, INK)):
            near, far = inset * step, (8 - inset) * step
            screen.rect((x + near, y + near, x + far, y + far), colour)


def main() -> None:
    departures().save(APPS / "rider/screenshots/departures.png", colours=128)
    journey().save(APPS / "rider/screenshots/journey.png", colours=128)
    ticket().save(APPS / "rider/screenshots/ticket.png", colours=128)
    group_tickets().save(APPS / "rider/releases/group-tickets.png", colours=64)
    line_diagram().save(APPS / "driver/screenshots/line.png", colours=128)


if __name__ == "__main__":
    main()
