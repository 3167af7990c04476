"""Which icon is chosen from an .ipa, and what is said when there is none."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from otasite.binaries import png
from otasite.binaries.icons import find_icon
from otasite.binaries.inspect import inspect_binary
from otasite.problems import ProblemsFound
from tests.binaries.apple import icon
from tests.binaries.ipas import info_values, primary, write_ipa


def plain(side: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(out, "PNG")
    return out.getvalue()


def ipa_with(folder: Path, files: dict[str, bytes], **keys: Any) -> Path:
    return write_ipa(folder / "Example.ipa", files, info=info_values(**keys))


def test_the_largest_by_real_pixels_wins(tmp_path: Path) -> None:
    files = {"Icon60x60@2x.png": icon(12), "Icon60x60@3x.png": icon(9), "Icon76x76~ipad.png": icon(14)}
    path = ipa_with(
        tmp_path, files, **{"CFBundleIcons": primary("Icon60x60"), "CFBundleIcons~ipad": primary("Icon76x76")}
    )
    found = find_icon(path).icon
    assert found is not None
    assert (found.source, found.width, found.height) == ("Icon76x76~ipad.png", 14, 14)
    image = Image.open(io.BytesIO(found.as_png()))
    assert image.convert("RGBA").getpixel((3, 3)) == (10, 20, 30, 255)


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({"CFBundleIcons": primary("Icon")}, "Icon@2x.png"),
        ({"CFBundleIcons": primary("Icon.png")}, "Icon.png"),
        ({"CFBundleIcons": {"CFBundlePrimaryIcon": "Icon"}}, "Icon@3x.png"),
        ({"CFBundleIcons~ipad": primary("Icon")}, "Icon@2x~ipad.png"),
        ({"CFBundleIconFiles": ["Icon.png", "Icon-72.png"]}, "Icon-72.png"),
        ({"CFBundleIconFile": "Icon.png"}, "Icon.png"),
        ({"CFBundleIconFile": "Icon"}, "Icon.png"),
    ],
)
def test_every_way_to_declare_an_icon(tmp_path: Path, keys: dict[str, Any], name: str) -> None:
    found = find_icon(ipa_with(tmp_path, {name: icon(8)}, **keys)).icon
    assert found is not None and found.source == name


def test_other_pictures_are_not_icons(tmp_path: Path) -> None:
    files = {"Iconic.png": icon(20), "Icon@2x.jpg": icon(20), "sub/Icon.png": icon(20), "Icon.png": icon(8)}
    info = inspect_binary(ipa_with(tmp_path, files, CFBundleIcons=primary("Icon")))
    assert info.ios is not None
    assert [file.name for file in info.ios.icons] == ["Icon.png"]


def test_declared_but_missing_and_broken_files_are_listed(tmp_path: Path) -> None:
    files = {"A.png": icon(8), "B.png": b"no picture"}
    info = inspect_binary(ipa_with(tmp_path, files, CFBundleIcons=primary("A", "B", "C")))
    assert info.ios is not None
    assert info.ios.icon_names == ("A", "B", "C")
    assert info.ios.icon_names_without_file == ("B", "C")


def test_a_damaged_large_icon_gives_way_to_the_next(tmp_path: Path) -> None:
    files = {"Icon@3x.png": icon(30)[:-40], "Icon@2x.png": icon(20)}
    search = find_icon(ipa_with(tmp_path, files, CFBundleIcons=primary("Icon")))
    assert search.icon is not None and search.icon.source == "Icon@2x.png"
    assert "Icon@3x.png" in search.notes[0]


def test_ordinary_pngs_are_taken_too(tmp_path: Path) -> None:
    info = inspect_binary(ipa_with(tmp_path, {"Icon.png": plain(16)}, CFBundleIcons=primary("Icon")))
    assert info.ios is not None and not info.ios.icons[0].cgbi
    found = find_icon(tmp_path / "Example.ipa").icon
    assert found is not None and found.width == 16


def test_store_artwork_is_the_last_resort(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "blue").save(out, "JPEG")
    found = find_icon(ipa_with(tmp_path, {"/iTunesArtwork": out.getvalue()})).icon
    assert found is not None
    assert (found.source, found.width) == ("iTunesArtwork", 64)


def test_without_an_icon_a_note_says_what_pages_will_show(tmp_path: Path) -> None:
    search = find_icon(ipa_with(tmp_path, {}))
    assert search.icon is None
    assert "drawn tile" in search.notes[-1]


def test_a_small_icon_is_used_with_advice(tmp_path: Path) -> None:
    search = find_icon(ipa_with(tmp_path, {"Icon.png": icon(8)}, CFBundleIcons=primary("Icon")))
    assert search.icon is not None
    assert "8 × 8" in search.notes[-1] and "512" in search.notes[-1]


def test_a_file_that_is_no_app(tmp_path: Path) -> None:
    path = tmp_path / "x.ipa"
    path.write_bytes(b"x")
    with pytest.raises(ProblemsFound):
        find_icon(path)


def test_a_png_is_encoded_only_when_somebody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Image.Image] = []
    monkeypatch.setattr(png, "encode", asked.append)
    found = find_icon(ipa_with(tmp_path, {"Icon.png": icon(8)}, CFBundleIcons=primary("Icon"))).icon
    assert found is not None and not asked
    found.as_png()
    assert asked == [found.image]


@pytest.mark.parametrize(
    "data", [b"no picture", b"\xff\xd8\xff\xe0junk", b"RIFF\x40\0\0\0WEBPVP8 junk", icon(30)[:-40]]
)
def test_notes_are_written_for_people_not_copied_from_a_library(tmp_path: Path, data: bytes) -> None:
    files = {"Icon.png": icon(30)[:-40], "/iTunesArtwork": data}
    notes = find_icon(ipa_with(tmp_path, files, CFBundleIcons=primary("Icon"))).notes
    assert notes[1].startswith("“iTunesArtwork” was left out because it")
    assert not any(trace in note for note in notes for trace in ("0x", "<", "object", "cannot identify", "_io"))
