"""An app's icon in the sizes and formats that manifests and pages need."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from otasite.problems import ProblemsFound
from otasite.site.images import (
    GREY,
    ICON_SIZES,
    LARGE_ICON,
    UNMEASURED,
    Master,
    examine,
    examine_icon,
    tile,
    tile_hue,
)
from tests.binaries.measuring import NEEDS_PROC, measured_run
from tests.binaries.picture_attacks import png_claiming
from tests.binaries.test_colours import LINEAR


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def master(mode: str = "RGB", size: tuple[int, int] = (700, 700)) -> Master:
    out = io.BytesIO()
    tile("Notes", "notes").resize(size).convert(mode).save(out, "PNG")
    return Master(out.getvalue, "Notes", "notes")


@pytest.mark.parametrize("size", ICON_SIZES)
def test_icons_are_png_of_the_size_asked_for(size: int) -> None:
    icon = opened(master().png(size))
    assert (icon.format, icon.size) == ("PNG", (size, size))


def test_the_large_icon_is_webp_and_light() -> None:
    icon = master()
    data = icon.webp(LARGE_ICON)
    shown = opened(data)
    assert (shown.format, shown.size) == ("WEBP", (LARGE_ICON, LARGE_ICON))
    assert len(data) < len(icon.png(LARGE_ICON)) / 2
    assert icon.webp(LARGE_ICON) == data, "the same picture gives the same bytes"


def test_an_icon_that_is_not_square_stands_in_a_transparent_square() -> None:
    shown = opened(master("RGBA", (400, 200)).webp(LARGE_ICON)).convert("RGBA")
    corner, middle = shown.getpixel((0, 0)), shown.getpixel((LARGE_ICON // 2, LARGE_ICON // 2))
    assert isinstance(corner, tuple) and isinstance(middle, tuple)
    assert (corner[3], middle[3]) == (0, 255)


def test_an_app_without_an_icon_gets_a_tile_of_its_own() -> None:
    one, same, other = (Master(None, "Notes", seed).png(120) for seed in ("notes", "notes", "depot"))
    assert one == same != other


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", master().png(57)[:100]])
def test_a_picture_that_cannot_be_used_is_a_problem_of_its_file(data: bytes) -> None:
    with pytest.raises(ProblemsFound) as caught:
        examine(data, "content/icon.png")
    assert [(problem.code, str(problem.location)) for problem in caught.value.problems] == [
        ("bad-image", "content/icon.png")
    ]


def strip(width: int, height: int, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, kind, lossless=True)
    return out.getvalue()


ICON = """
from otasite.site.images import Master, examine
data = Path(sys.argv[1]).read_bytes()
examine(data, "icon")
master = Master(lambda: data, "Notes", "notes")
print(len(master.png(512)) > 0 and len(master.webp(360)) > 0)
"""


@NEEDS_PROC
@pytest.mark.parametrize(
    ("width", "height", "kind"), [(20_000, 1, "PNG"), (1, 40_000, "PNG"), (16_383, 1, "WEBP"), (5_000, 5_000, "PNG")]
)
def test_small_files_of_large_icons_cost_little(tmp_path: Path, width: int, height: int, kind: str) -> None:
    path = tmp_path / "icon"
    path.write_bytes(strip(width, height, kind))
    assert path.stat().st_size < 100_000
    printed, peak, seconds = measured_run(ICON, str(path))
    assert printed == "True"
    assert peak < 350 * 2**20
    assert seconds < 10


def test_a_very_wide_icon_is_a_line_in_the_middle() -> None:
    shown = Master(lambda: strip(20_000, 1), "Notes", "notes").image
    assert shown.size == (512, 512)
    assert [shown.getpixel((256, y)) for y in (0, 255, 511)] == [(0, 0, 0, 0), (255, 0, 0, 255), (0, 0, 0, 0)]


def test_a_large_icon_looks_like_itself() -> None:
    image = Image.linear_gradient("L").resize((2600, 2600)).convert("RGB")
    out = io.BytesIO()
    image.save(out, "PNG")
    shown = Master(out.getvalue, "Notes", "notes").image
    assert shown.mode == "RGB"
    expected = image.resize((512, 512), Image.Resampling.LANCZOS)
    assert max(ImageChops.difference(shown, expected).tobytes()) <= 2


def test_an_icon_of_another_colour_space_comes_out_in_srgb() -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (55, 55, 55)).save(out, "PNG", icc_profile=LINEAR)
    pixel = Master(out.getvalue, "Notes", "notes").image.getpixel((30, 30))
    assert isinstance(pixel, tuple) and all(abs(value - 128) <= 1 for value in pixel)


@pytest.mark.parametrize(
    ("data", "reason", "hint"),
    [
        (strip(5001, 5000), "it has 5001 × 5000 pixels, more than 25,000,000", "make it smaller"),
        (png_claiming(20_000, 20_000), "it has more than 25,000,000 pixels", "make it smaller"),
        (b"<svg/>", "it is no PNG, JPEG, WebP, GIF or AVIF file, or a damaged one", "export it again as PNG"),
        (strip(57, 57)[:100], "its pixels are damaged or cut off", "export it again as PNG"),
    ],
)
def test_why_a_picture_cannot_be_used_is_said_in_our_words(data: bytes, reason: str, hint: str) -> None:
    with pytest.raises(ProblemsFound) as caught:
        examine(data, "content/icon.png")
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == (f"this picture cannot be used: {reason}", hint)


# --- the hue that pages take from an icon --------------------------------------------------------------------------


def icon_of(*colours: tuple[str, int]) -> bytes:
    """A picture of stripes, each with its share of a hundred lines."""
    image, top = Image.new("RGBA", (100, 100)), 0
    for colour, share in colours:
        image.paste(Image.new("RGBA", (100, share), colour), (0, top))
        top += share
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("colours", "hue"),
    [
        ((("#2f6bff", 100),), 270),
        ((("#ff0000", 100),), 30),
        ((("#00c853", 60), ("#ffffff", 40)), 150),
        ((("#ffffff", 80), ("#2f6bff", 20)), 270),
        ((("#2f6bff", 40), ("#d9c7c7", 60)), 270),
    ],
    ids=["blue", "red", "green on white", "a blue line on white", "vivid blue beside much pale red"],
)
def test_an_icon_has_the_hue_of_its_vivid_colour(colours: tuple[tuple[str, int], ...], hue: int) -> None:
    assert examine_icon(icon_of(*colours), "icon.png").hue == hue


@pytest.mark.parametrize(
    "colours",
    [(("#000000", 50), ("#ffffff", 50)), (("#808080", 97), ("#ff0000", 3)), (("#ff000020", 100),)],
    ids=["black and white", "a red dot on grey", "hardly visible"],
)
def test_a_grey_icon_has_no_hue(colours: tuple[tuple[str, int], ...]) -> None:
    assert examine_icon(icon_of(*colours), "icon.png").hue == GREY


def test_a_drawn_tile_has_the_hue_that_it_was_drawn_in() -> None:
    out = io.BytesIO()
    tile("", "notes").save(out, "PNG")
    assert abs(tile_hue("notes") - examine_icon(out.getvalue(), "tile.png").hue) <= 15


def test_only_icons_are_looked_at_for_their_hue() -> None:
    data = icon_of(("#2f6bff", 100))
    assert examine(data, "screenshot.png").hue == UNMEASURED
