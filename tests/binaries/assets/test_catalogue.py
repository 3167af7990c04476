"""Icons in asset catalogues: which pictures are found, and in which order they are offered."""

from __future__ import annotations

from pathlib import Path

import pytest

from otasite.binaries.assets.catalogue import Rendition, icon_renditions
from otasite.binaries.budget import Budget
from otasite.binaries.icons import find_icon
from otasite.binaries.unreadable import Unreadable
from tests.binaries.apple import icon
from tests.binaries.assets import cars
from tests.binaries.ipas import info_values, primary, write_ipa


def found(pictures: list[cars.Stored], appearances: dict[str, int] | None = None) -> list[Rendition]:
    return icon_renditions(cars.catalogue(pictures, {"AppIcon": 1, "Other": 2}, appearances), "AppIcon", Budget())


def filled(side: int, value: int = 0, identifier: int = 1, appearance: int = 0, gamut: int = 0) -> cars.Stored:
    content = cars.bitmap(0, bytes([value, value, value, 255]) * side * side)
    return cars.Stored(side, content, identifier=identifier, appearance=appearance, gamut=gamut)


def test_only_square_pictures_of_the_named_icon_are_offered() -> None:
    pictures = [filled(4), filled(8), filled(16, identifier=2), cars.Stored(6, cars.bitmap(0, b""), height=5)]
    assert [rendition.width for rendition in found(pictures)] == [8, 4]


def test_the_usual_appearance_comes_first_then_light_and_only_then_size() -> None:
    pictures = [filled(4), filled(16, appearance=1), filled(32, appearance=2), filled(8), filled(6, appearance=3)]
    names = {"UIAppearanceAny": 0, "UIAppearanceDark": 1, "ISAppearanceTintable": 2, "UIAppearanceLight": 3}
    offered = found(pictures, names)
    assert [(item.width, item.appearance) for item in offered] == [(8, 0), (4, 0), (6, 1), (32, 2), (16, 2)]


def test_an_appearance_without_a_name_is_not_taken_for_the_usual_one() -> None:
    assert [item.width for item in found([filled(4), filled(16, appearance=5)])] == [4, 16]


def test_of_pictures_of_one_size_the_one_made_for_srgb_comes_first() -> None:
    offered = found([filled(8, value=9, gamut=1), filled(8, value=200)])
    assert offered[0].decode().getpixel((0, 0)) == (200, 200, 200, 255)


def test_an_appearance_wins_over_any_size_when_an_icon_is_chosen(tmp_path: Path) -> None:
    data = cars.catalogue([filled(64, appearance=1), filled(16, value=200)], {"AppIcon": 1})
    chosen = find_icon(write_ipa(tmp_path / "x.ipa", {"Assets.car": data})).icon
    assert chosen is not None and chosen.width == 16


def test_a_loose_file_wins_over_a_larger_dark_picture(tmp_path: Path) -> None:
    data = cars.catalogue([filled(64, appearance=1)], {"AppIcon": 1})
    info = info_values(CFBundleIcons=primary("Icon"))
    chosen = find_icon(write_ipa(tmp_path / "x.ipa", {"Assets.car": data, "Icon@2x.png": icon(12)}, info=info)).icon
    assert chosen is not None and chosen.source == "Icon@2x.png"


SHEET_KEY = {12: 1, 17: 9}


def sheet() -> cars.Stored:
    """Four rows of six pixels, each pixel with its column and row in it."""
    content = b"".join(bytes([y, x, 100, 255]) for y in range(4) for x in range(6))
    return cars.Stored(6, cars.bitmap(0, content), height=4, identifier=9, layout=1004)


def packed(frame: tuple[int, int, int, int], key: dict[int, int] = SHEET_KEY) -> cars.Stored:
    return cars.Stored(2, b"", layout=1003, extra=cars.link(frame, key))


def test_a_picture_packed_into_a_sheet_is_cut_out_of_it() -> None:
    (rendition,) = found([sheet(), packed((3, 1, 2, 2))])
    image = rendition.decode()
    assert [image.getpixel(place) for place in ((0, 0), (1, 1))] == [(100, 3, 1, 255), (100, 4, 2, 255)]


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (packed((5, 0, 2, 2)), "outside"),
        (packed((0, 3, 2, 2)), "outside"),
        (packed((0, 0, 1, 1)), "outside"),
        (packed((0, 0, 2, 2), {17: 9}), "missing"),
        (packed((0, 0, 2, 2), {12: 1, 17: 1}), "without end"),
    ],
)
def test_a_link_that_leads_nowhere_is_said(stored: cars.Stored, reason: str) -> None:
    (rendition,) = found([sheet(), stored])
    with pytest.raises(Unreadable, match=reason):
        rendition.decode()


def test_a_stack_of_layers_is_no_damaged_picture() -> None:
    stack = cars.Stored(64, b"layers" * 9, layout=1019)
    assert [item.width for item in found([stack, filled(8)])] == [8]


def test_an_icon_of_layers_alone_is_said_to_be_one() -> None:
    with pytest.raises(Unreadable, match="layers only"):
        found([cars.Stored(64, b"layers" * 9, layout=1019)])


@pytest.mark.parametrize("data", [b"", b"BOMStore", b"junk" * 300, cars.catalogue([], {})[:600]])
def test_a_damaged_catalogue_is_said(data: bytes) -> None:
    with pytest.raises(Unreadable):
        icon_renditions(data, "AppIcon", Budget())


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(Unreadable, match="AppIcon"):
        icon_renditions(cars.catalogue([], {"Other": 1}), "AppIcon", Budget())


def test_an_icon_comes_out_of_an_ipa(tmp_path: Path) -> None:
    data = cars.catalogue([cars.Stored(8, cars.bitmap(4, cars.lzfse(bytes([9, 8, 7, 255]) * 64)))], {"BrandIcon": 1})
    icons = {"CFBundlePrimaryIcon": {"CFBundleIconName": "BrandIcon"}}
    path = write_ipa(tmp_path / "x.ipa", {"Assets.car": data}, info=info_values(CFBundleIcons=icons))
    chosen = find_icon(path).icon
    assert chosen is not None
    assert (chosen.source, chosen.width) == ("Assets.car: Icon.png", 8)
