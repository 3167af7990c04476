"""An app's icon in the sizes and formats that manifests and pages need."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from otasite.problems import ProblemsFound
from otasite.site.images import ICON_SIZES, LARGE_ICON, Master, examine, tile


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
