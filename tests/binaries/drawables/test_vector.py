"""Vector drawables: what they cover is compared with known areas, and with what a browser draws of the same."""

from __future__ import annotations

import io
import math
import struct

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser

from otasite.binaries.android_chunks import Value
from otasite.binaries.budget import Budget, OverBudget
from otasite.binaries.drawables import vector
from otasite.binaries.drawables.resources import Node, Resources
from otasite.binaries.unreadable import Unreadable

RED, BLUE = 0xFFFF0000, 0xFF0000FF


@pytest.fixture
def resources() -> Resources:
    return Resources(nothing, None, Budget())


def nothing(name: str, limit: int) -> bytes:
    pytest.fail(f"{name} was asked for")


def value(given: str | float) -> Value:
    if isinstance(given, str):
        return Value(kind=3, data=0, text=given)
    if isinstance(given, float):
        return Value(kind=4, data=struct.unpack("<I", struct.pack("<f", given))[0])
    return Value(kind=0x10, data=given & 0xFFFFFFFF)


def node(name: str, *children: Node, **attributes: str | float) -> Node:
    return Node(name, {key: value(given) for key, given in attributes.items()}, list(children))


def path(data: str, *, fill: int | None = RED, stroke: int | None = None, **more: str | float) -> Node:
    made = node("path", pathData=data, **more)
    for key, colour in (("fillColor", fill), ("strokeColor", stroke)):
        if colour is not None:
            made.attributes[key] = Value(kind=0x1C, data=colour)
    return made


def drawn(
    resources: Resources, *children: Node, side: int = 96, viewport: float = 24.0, **attributes: float
) -> Image.Image:
    root = node("vector", *children, viewportWidth=viewport, viewportHeight=viewport, **attributes)
    return vector.draw(root, (side, side), resources)


def area(image: Image.Image, viewport: float = 24.0) -> float:
    """How much is covered, in units of the drawing."""
    alpha = image.getchannel("A").tobytes()
    return sum(alpha) / 255 * (viewport / image.width) ** 2


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("M2,2h20v20h-20z", 400),
        ("M2 2 H22 V22 H2", 400),
        ("m2-2 m0 4 l20 0 0 20-20 0z", 400),
        ("M2,2L22,2 22,22 2,22Zm5 5v10h10v-10z", 300),
        ("M2,12a10,10 0 1,0 20,0a10,10 0 1,0 -20,0", math.pi * 100),
        ("M2,12A10,10 0 0120,12 10,10 0 012,12z", None),
        ("M7 12 A5 2.5 90 0 1 17 12 z", math.pi * 25),  # radii that are too small are grown: to 5 and 10
        ("M12,2C17.523,2 22,6.477 22,12S17.523,22 12,22 2,17.523 2,12 6.477,2 12,2z", math.pi * 100),
        ("M2,22Q12,-18 22,22z", 2 / 3 * 20 * 20),
        ("M2,12 Q7,2 12,12 T22,12 V12z", None),
        ("M.5.5.5 23.5 23.5 23.5z", 23 * 23 / 2),
        ("M1e1 10h1e0v1z", 0.5),
    ],
)
def test_paths_cover_the_area_that_they_should(resources: Resources, data: str, expected: float | None) -> None:
    covered = area(drawn(resources, path(data)))
    assert covered > 0
    if expected is not None:
        assert covered == pytest.approx(expected, rel=0.01, abs=0.05)


@pytest.mark.parametrize(("rule", "expected"), [(0, 400), (1, 300)])
def test_an_inner_square_of_the_same_turn_is_a_hole_by_one_rule_only(
    resources: Resources, rule: int, expected: float
) -> None:
    data = "M2,2h20v20h-20zM7,7h10v10h-10z"
    assert area(drawn(resources, path(data, fillType=rule))) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("cap", "join", "expected"),
    [
        (0, 2, 40 - 1 + 0.5),  # two arms of 10 × 2 that overlap in a square, of which half is cut off
        (0, 0, 40),  # with the whole tip
        (2, 0, 44),  # and half a width at each end
        (1, 1, 40 - 1 + math.pi / 4 + math.pi),
    ],
)
def test_outlines_have_ends_and_corners(resources: Resources, cap: int, join: int, expected: float) -> None:
    angle = path("M5,4V14H15", fill=None, stroke=RED, strokeWidth=2.0, strokeLineCap=cap, strokeLineJoin=join)
    assert area(drawn(resources, angle, side=384)) == pytest.approx(expected, rel=0.01)


def test_a_closed_outline_has_no_ends(resources: Resources) -> None:
    square = path("M5,5h10v10h-10z", fill=None, stroke=RED, strokeWidth=2.0)
    assert area(drawn(resources, square)) == pytest.approx(12 * 12 - 8 * 8, rel=0.01)


def test_a_group_scales_then_turns_around_its_pivot_then_moves(resources: Resources) -> None:
    box = path("M12,12h4v2h-4z")
    group = node(
        "group", box, pivotX=12.0, pivotY=12.0, rotation=90.0, scaleX=2.0, scaleY=1.0, translateX=-4.0, translateY=0.0
    )
    assert drawn(resources, group, side=24).getbbox() == (6, 12, 8, 20)


def test_a_clip_holds_for_what_follows_in_its_group(resources: Resources) -> None:
    clip = node("clip-path", pathData="M0,0h12v24h-12z")
    group = node("group", path("M0,0h24v4h-24z"), clip, path("M0,8h24v4h-24z"))
    assert area(drawn(resources, group, path("M0,16h24v4h-24z"))) == pytest.approx(24 * 4 + 12 * 4 + 24 * 4, rel=0.01)


def test_colours_lie_above_one_another(resources: Resources) -> None:
    image = drawn(resources, path("M0,0h24v24h-24z"), path("M0,0h24v12h-24z", fill=0x800000FF, fillAlpha=0.5))
    assert image.getpixel((50, 20)) == (191, 0, 64, 255)
    assert image.getpixel((50, 80)) == (255, 0, 0, 255)


def test_the_whole_can_be_translucent(resources: Resources) -> None:
    assert drawn(resources, path("M0,0h24v24h-24z"), alpha=0.5).getpixel((50, 50)) == (255, 0, 0, 128)


@pytest.mark.parametrize(
    ("drawing", "reason"),
    [
        (node("path", pathData="M0,0 L1"), "damaged"),
        (node("path", pathData="M0,0 X1 1"), "damaged"),
        (node("path", pathData="0,0"), "damaged"),
        (node("path", pathData="M0,0 L1e400 5"), "damaged"),
        (path("M0,0h9v9z", trimPathEnd=0.5), "trimmed"),
        (node("animation"), "<animation>"),
    ],
)
def test_what_is_not_drawn_is_said(resources: Resources, drawing: Node, reason: str) -> None:
    if "fillColor" not in drawing.attributes:
        drawing.attributes["fillColor"] = Value(kind=0x1C, data=RED)
    with pytest.raises(Unreadable, match=reason):
        drawn(resources, drawing)


def test_a_drawing_of_too_many_lines_is_stopped() -> None:
    with pytest.raises(OverBudget):
        drawn(Resources(nothing, None, Budget(steps=100_000)), path("M0,0" + "L24,24L0,24L24,0L0,0" * 500), side=512)


DRAWINGS: dict[str, tuple[str, dict[str, float]]] = {
    "an information sign": (
        "M12,2C6.48,2 2,6.48 2,12s4.48,10 10,10 10,-4.48 10,-10S17.52,2 12,2zM13,17h-2v-6h2zM13,9h-2L11,7h2v2z",
        {"fillColor": BLUE},
    ),
    "arcs": ("M4 4 A8 5 30 1 0 20 14 a3,3 0 01-6,4 L6 20z", {"fillColor": RED, "fillType": 1}),
    "a star with an outline": (
        "M12 2L15 9H22L16 14L18 22L12 17L6 22L8 14L2 9H9Z",
        {"fillColor": 0xFFFFCC00, "strokeColor": 0xFF000000, "strokeWidth": 1.5},
    ),
    "a round line": (
        "M3 20 L8 5 L12 18 L16 4 L21 20",
        {"strokeColor": 0xFF0055AA, "strokeWidth": 2.0, "strokeLineCap": 1, "strokeLineJoin": 1},
    ),
    "curves": (
        "M4,12 Q12,0 20,12 T4,12 M12 12 a6 6 0 1 1 -0.1 0z",
        {"fillColor": 0x4000AAFF, "strokeColor": 0xFF8800AA, "strokeWidth": 1.0, "strokeLineJoin": 1},
    ),
}  # fmt: skip


def svg(data: str, style: dict[str, float], side: int) -> str:
    """The same drawing as a web page."""

    def paint(name: str) -> str:
        colour = int(style.get(f"{name}Color", 0))
        red, green, blue = colour >> 16 & 0xFF, colour >> 8 & 0xFF, colour & 0xFF
        return f'{name}="rgb({red},{green},{blue})" {name}-opacity="{(colour >> 24) / 255}"'

    rounded = "round" if style.get("strokeLineJoin") else "miter"
    cap = "round" if style.get("strokeLineCap") else "butt"
    rule = "evenodd" if style.get("fillType") else "nonzero"
    return (
        f'<body style="margin: 0"><svg width="{side}" height="{side}" viewBox="0 0 24 24" style="display: block">'
        f'<g transform="translate(13, 10) rotate(20) scale(0.8, -0.7) translate(-12, -10)"><path d="{data}" '
        f'{paint("fill")} fill-rule="{rule}" {paint("stroke")} stroke-width="{style.get("strokeWidth", 0)}" '
        f'stroke-linejoin="{rounded}" stroke-linecap="{cap}"/></g></svg>'
    )


@pytest.mark.browser
def test_a_browser_draws_the_same(resources: Resources, chromium: Browser) -> None:
    side = 128
    group = {"rotation": 20.0, "pivotX": 12.0, "pivotY": 10.0, "scaleX": 0.8, "scaleY": -0.7, "translateX": 1.0}
    page = chromium.new_page(viewport={"width": side, "height": side})
    for name, (data, style) in DRAWINGS.items():
        made = path(data, fill=None)
        for key, given in style.items():
            made.attributes[key] = Value(kind=0x1C, data=int(given)) if key.endswith("Color") else value(given)
        ours = Image.new("RGBA", (side, side), "white")
        ours.alpha_composite(drawn(resources, node("group", made, **group), side=side))
        page.set_content(svg(data, style, side))
        theirs = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        difference = ImageChops.difference(ours.convert("RGB"), theirs).convert("L")
        assert ImageStat.Stat(difference).mean[0] < 0.6, name
    page.close()
