"""Draw the icons of the demo catalogue into ``content/apps``: ``python docs/art/draw_icons.py``."""

from __future__ import annotations

from pathlib import Path

from canvas import Canvas, on_circle

APPS = Path(__file__).resolve().parents[2] / "content" / "apps"
SIDE = 1024


def rider() -> Canvas:
    """A tram that comes towards you."""
    icon = Canvas(SIDE, SIDE, "#3a8bff", "#1b3fd6")
    icon.line([(512, 150), (512, 262)], 26, "#ffffff")
    icon.line([(410, 150), (614, 150)], 26, "#ffffff")
    icon.line([(362, 800), (262, 900)], 30, "#8fb6ff")
    icon.line([(662, 800), (762, 900)], 30, "#8fb6ff")
    icon.rect((272, 252, 752, 812), "#ffffff", 118)
    icon.gradient_rect((328, 316, 696, 560), "#163087", "#2453d8", 56)
    icon.polygon([(540, 316), (640, 316), (500, 560), (400, 560)], "#2f63ea")
    icon.circle((384, 688), 44, "#ffc53d")
    icon.circle((640, 688), 44, "#ffc53d")
    icon.line([(476, 704), (548, 704)], 24, "#c9d6f5")
    return icon


def driver() -> Canvas:
    """A dial, near its top."""
    icon = Canvas(SIDE, SIDE, "#2c3644", "#0d131b")
    centre = (512.0, 560.0)
    icon.ring(centre, 330, 62, "#3d4a5c", 150, 390)
    icon.ring(centre, 330, 62, "#ffb020", 150, 322)
    for angle in range(150, 391, 30):
        icon.line([on_circle(centre, 236, angle), on_circle(centre, 262, angle)], 16, "#7d8da3")
    tip = on_circle(centre, 232, 322)
    icon.polygon([tip, on_circle(centre, 36, 232), on_circle(centre, 36, 52)], "#ffffff")
    icon.circle(centre, 52, "#ffffff")
    icon.circle(centre, 22, "#1a222d")
    icon.rect((392, 740, 632, 812), "#ffb020", 36)
    return icon


def inspector() -> Canvas:
    """A ticket with a tick."""
    icon = Canvas(SIDE, SIDE, "#1fd0a3", "#067a68")
    icon.rect((196, 296, 828, 728), "#ffffff", 72)
    icon.circle((628, 296), 54, "#18b792")
    icon.circle((628, 728), 54, "#0d9379")
    for y in range(392, 680, 58):
        icon.line([(628, y), (628, y + 16)], 16, "#b9e6da")
    icon.line([(304, 520), (386, 602), (532, 430)], 62, "#0a937d")
    icon.line([(716, 420), (716, 604)], 34, "#d6f2eb")
    return icon


def depot() -> Canvas:
    """A parcel in a viewfinder."""
    icon = Canvas(SIDE, SIDE, "#ffce3a", "#f58a07")
    for x, dx in ((212, 130), (812, -130)):
        for y, dy in ((212, 130), (812, -130)):
            icon.line([(x + dx, y), (x, y), (x, y + dy)], 44, "#ffffff")
    icon.polygon([(512, 306), (716, 410), (512, 514), (308, 410)], "#9a4a06")
    icon.polygon([(308, 410), (512, 514), (512, 752), (308, 648)], "#7a3803")
    icon.polygon([(716, 410), (512, 514), (512, 752), (716, 648)], "#5c2900")
    icon.polygon([(410, 358), (614, 462), (614, 556), (574, 576), (574, 482), (372, 378)], "#ffe29a")
    return icon


def signal_lab() -> Canvas:
    """Three lamps, one lit, and what they say to each other."""
    icon = Canvas(SIDE, SIDE, "#4a2b8f", "#170c36")
    icon.rect((372, 128, 652, 768), "#120a29", 140)
    for y, colour in ((268, "#4d3a35"), (448, "#4f4630")):
        icon.circle((512, y), 70, colour)
    icon.glow((512, 628), 120, "#43f0a0", 0.6)
    icon.circle((512, 628), 70, "#5dffb4")
    icon.circle((490, 606), 22, "#dcfff0")
    wave = [(132, 868), (332, 868), (384, 800), (452, 936), (520, 800), (588, 936), (640, 868), (892, 868)]
    icon.line([(float(x), float(y)) for x, y in wave], 28, "#b79cff")
    return icon


def main() -> None:
    drawings = {
        "rider": rider,
        "driver": driver,
        "inspector": inspector,
        "depot": depot,
        "signal-lab": signal_lab,
    }
    for app, draw in drawings.items():
        draw().save(APPS / app / "icon.png")


if __name__ == "__main__":
    main()
