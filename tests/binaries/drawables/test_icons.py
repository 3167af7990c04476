"""Icons of APKs that are described in XML: adaptive ones with every kind of layer, and plain drawings."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from PIL import Image

from otasite.binaries.icons import IconSearch, find_icon
from tests.binaries.apks import Colour, Ref, Resource, Tag, Value, compiled_xml, manifest, write_apk

ICON = Ref(0x7F020000)
RED, GREEN, BLUE, WHITE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (255, 255, 255, 255)


def picture(side: int, colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (side, side), colour).save(out, "PNG")
    return out.getvalue()


def square(colour: int | Ref = 0xFFFF0000, *, low: float = 6, high: float = 18, **more: Value) -> Tag:
    """A vector of 24 × 24 with a square in its middle."""
    fill = colour if isinstance(colour, Ref) else Colour(colour)
    data = f"M{low},{low}H{high}V{high}H{low}Z"
    return Tag(
        "vector",
        {"viewportWidth": 24.0, "viewportHeight": 24.0},
        [Tag("path", {"pathData": data, "fillColor": fill, **more})],
    )


def searched(
    path: Path,
    icon: Tag,
    files: Mapping[str, bytes | Tag] | None = None,
    more: Sequence[Resource] = (),
    *,
    names: bool = True,
) -> IconSearch:
    contents = {"res/icon.xml": icon, **(files or {})}
    packed = {
        name: compiled_xml(content, keep_names=names) if isinstance(content, Tag) else content
        for name, content in contents.items()
    }
    resources = [Resource(ICON.number, "res/icon.xml"), *more]
    return find_icon(write_apk(path / "x.apk", packed, root=manifest(), resources=resources))


def pixel(search: IconSearch, x: float, y: float) -> object:
    """The colour at a place, as shares of the whole."""
    assert search.icon is not None, search.notes
    image = search.icon.image
    return image.getpixel((round(x * (image.width - 1)), round(y * (image.height - 1))))


BLUE_LAYER = Colour(0xFF0000FF)


def adaptive(foreground: Tag, background: Tag | Value = BLUE_LAYER) -> Tag:
    back = (
        Tag("background", {}, [background])
        if isinstance(background, Tag)
        else Tag("background", {"drawable": background})
    )
    return Tag("adaptive-icon", {}, [back, Tag("foreground", {}, [foreground])])


@pytest.mark.parametrize("names", [True, False])
def test_a_plain_vector_is_drawn_large_enough_for_every_page(tmp_path: Path, names: bool) -> None:
    search = searched(tmp_path, square(), names=names)
    assert search.icon is not None and search.icon.image.size == (512, 512)
    assert (pixel(search, 0.5, 0.5), pixel(search, 0.1, 0.1)) == (RED, (0, 0, 0, 0))
    assert search.notes == ()


def test_colours_come_from_resources(tmp_path: Path) -> None:
    states = Tag(
        "selector", {}, [Tag("item", {"color": Colour(0xFF0000FF)}), Tag("item", {"color": Colour(0xFF00FF00)})]
    )
    by_state = [Resource(0x7F040000, "res/color.xml")]
    assert pixel(searched(tmp_path, square(Ref(0x7F040000)), {"res/color.xml": states}, by_state), 0.5, 0.5) == GREEN
    plain = [Resource(0x7F040000, Colour(0xFF0000FF))]
    assert pixel(searched(tmp_path, square(Ref(0x7F040000)), None, plain), 0.5, 0.5) == BLUE


def test_an_adaptive_icon_of_drawings_is_cut_to_what_phones_show(tmp_path: Path) -> None:
    search = searched(tmp_path, adaptive(square()))
    assert search.icon is not None and search.icon.image.size == (512, 512)
    # Of 24 units the middle 16 are shown: the square from 6 to 18 fills three quarters of them.
    places = [pixel(search, share, 0.5) for share in (0.05, 0.11, 0.14, 0.5, 0.86, 0.89)]
    assert places == [BLUE, BLUE, RED, RED, RED, BLUE]


def test_layers_may_be_inset(tmp_path: Path) -> None:
    """In dp of the layer's 108, or as a share; other than by default on one side."""
    inset = Tag(
        "inset",
        {"insetLeft": 36.0, "insetTop": 36.0, "insetRight": 36.0, "insetBottom": 36.0},
        [square(low=0, high=24)],
    )
    places = [pixel(searched(tmp_path, adaptive(inset)), share, 0.5) for share in (0.2, 0.27, 0.73, 0.8)]
    assert places == [BLUE, RED, RED, BLUE]
    for_all = Tag("inset", {"inset": 0.25, "drawable": Ref(0x7F030000)})
    search = searched(
        tmp_path, adaptive(for_all), {"res/f.png": picture(100, "lime")}, [Resource(0x7F030000, "res/f.png")]
    )
    assert pixel(search, 0.5, 0.5) == GREEN


def test_layers_may_be_pictures_and_colours_inside(tmp_path: Path) -> None:
    bitmap = Tag("bitmap", {"src": Ref(0x7F030000)})
    search = searched(
        tmp_path,
        adaptive(Tag("inset", {"inset": 18.0}, [bitmap]), Tag("color", {"color": Colour(0xFF00FF00)})),
        {"res/front.png": picture(200, "red")},
        [Resource(0x7F030000, "res/front.png", density=640)],
    )
    assert (pixel(search, 0.5, 0.5), pixel(search, 0.3, 0.5)) == (RED, RED)
    assert search.icon is not None
    assert search.icon.width == 200, "a picture keeps its pixels: 200 in 72 of 108 dp, of which 72 are shown"


def test_layers_may_lie_above_one_another(tmp_path: Path) -> None:
    layers = Tag(
        "layer-list",
        {},
        [
            Tag("item", {}, [Tag("shape", {}, [Tag("solid", {"color": Colour(0xFF00FF00)})])]),
            Tag("item", {"left": 12.0, "top": 12.0, "right": 12.0, "bottom": 12.0}, [square(low=0, high=24)]),
        ],
    )
    search = searched(tmp_path, layers)
    assert [pixel(search, share, 0.5) for share in (0.2, 0.3, 0.7, 0.8)] == [GREEN, RED, RED, GREEN]


def test_shapes_may_be_round_and_have_corners(tmp_path: Path) -> None:
    solid = Tag("solid", {"color": Colour(0xFFFF0000)})
    oval = searched(tmp_path, Tag("shape", {"shape": 1}, [solid]))
    assert (pixel(oval, 0.5, 0.01), pixel(oval, 0.1, 0.1)) == (RED, (0, 0, 0, 0))
    corners = searched(tmp_path, Tag("shape", {}, [solid, Tag("corners", {"radius": 24.0})]))
    assert pixel(corners, 0.1, 0.1) == (0, 0, 0, 0)


def test_gradients_go_from_one_colour_to_the_next(tmp_path: Path) -> None:
    """As the usual template has them: in a file of its own, named as the colour of a path."""
    gradient = Tag(
        "gradient",
        {"type": 0, "startX": 0.0, "startY": 0.0, "endX": 24.0, "endY": 0.0},
        [
            Tag("item", {"offset": 0.0, "color": Colour(0xFFFF0000)}),
            Tag("item", {"offset": 1.0, "color": Colour(0xFF0000FF)}),
        ],
    )
    drawing = square(Ref(0x7F040000), low=0, high=24)
    search = searched(tmp_path, drawing, {"res/g.xml": gradient}, [Resource(0x7F040000, "res/g.xml")])
    assert [pixel(search, share, 0.5) for share in (0, 0.5, 1)] == [RED, (127, 0, 128, 255), BLUE]
    across = Tag("gradient", {"angle": 90, "startColor": Colour(0xFFFF0000), "endColor": Colour(0xFF0000FF)})
    upwards = searched(tmp_path, Tag("shape", {}, [across]))
    assert (pixel(upwards, 0.5, 1), pixel(upwards, 0.5, 0)) == (RED, BLUE)


def test_a_picture_file_comes_before_a_drawing(tmp_path: Path) -> None:
    more = [Resource(ICON.number, "res/m.png", density=160)]
    search = searched(tmp_path, square(), {"res/m.png": picture(48, "blue")}, more)
    assert search.icon is not None and search.icon.source == "res/m.png"
    broken = searched(tmp_path, square(), {"res/m.png": b"junk"}, more)
    assert broken.icon is not None and broken.icon.source == "res/icon.xml"


@pytest.mark.parametrize(
    ("icon", "reason"),
    [
        (Tag("adaptive-icon", {}, []), "foreground is missing"),
        (adaptive(Tag("animated-vector", {})), "<animated-vector>"),
        (adaptive(Tag("inset", {"inset": 60.0}, [square()])), "leave nothing"),
        (adaptive(Tag("bitmap", {"src": Ref(0x7F030009)})), "missing"),
        (adaptive(Tag("bitmap", {"src": Ref(0x7F030009), "tint": Colour(1)})), "tinted"),
        (Tag("shape", {"shape": 3}, []), "shape"),
        (square(Ref(0x7F030009)), "colours is missing"),
        (Tag("vector", {}, []), "size is missing"),
        (Tag("layer-list", {}, [Tag("item", {"gravity": 3}, [square()])]), "placed"),
        (Tag("inset", {"drawable": ICON}), "levels deep"),
    ],
)
def test_what_is_not_drawn_is_said(tmp_path: Path, icon: Tag, reason: str) -> None:
    search = searched(tmp_path, icon)
    assert search.icon is None
    assert reason in search.notes[0] and "drawn tile" in search.notes[-1]
