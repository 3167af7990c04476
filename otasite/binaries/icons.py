"""Which picture is the app's icon: the largest real one, whatever the file promises.

Declared icons can be missing, names can stand for several files (``@2x``, ``~ipad``), and new apps keep theirs
in ``Assets.car`` only. All candidates are compared by their true size in pixels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from otasite.binaries import plists, png
from otasite.binaries.archive import Archive
from otasite.binaries.info import IconFile
from otasite.problems import ProblemsFound

if TYPE_CHECKING:
    from PIL.Image import Image

#: Icon files of one app that are looked at; the largest real apps with many alternates have a few hundred.
MAX_ICON_FILES = 500

_VARIANT = r"(?:@[23]x)?(?:~[a-z]+)?\.png"
_PIXEL_HEADER_BYTES = 64


class ExtractedIcon(msgspec.Struct, frozen=True):
    """An icon as an ordinary PNG. ``source`` is the file in the archive it came from."""

    png: bytes
    width: int
    height: int
    source: str


class IconSearch(msgspec.Struct, frozen=True):
    """What the search found; ``notes`` tell a person why there is no icon, or no larger one."""

    icon: ExtractedIcon | None
    notes: tuple[str, ...] = ()


def declared_names(values: dict[str, Any]) -> tuple[str, ...]:
    """Names of icon files that an Info.plist declares: the modern keys for iPhone and iPad, then the old ones."""
    names: list[str] = []
    for key in ("CFBundleIcons", "CFBundleIcons~ipad"):
        primary = plists.mapping(values, key).get("CFBundlePrimaryIcon")
        if isinstance(primary, dict):
            names += plists.texts(primary, "CFBundleIconFiles")
        elif isinstance(primary, str):
            names.append(primary)
    names += plists.texts(values, "CFBundleIconFiles")
    names += plists.texts(values, "CFBundleIconFile")
    return tuple(dict.fromkeys(name for name in names if name))


def catalogue_icon_name(values: dict[str, Any]) -> str:
    """The icon's name in ``Assets.car``; Xcode's own default when the Info.plist does not say."""
    for key in ("CFBundleIcons", "CFBundleIcons~ipad"):
        primary = plists.mapping(plists.mapping(values, key), "CFBundlePrimaryIcon")
        if name := plists.text(primary, "CFBundleIconName"):
            return name
    return plists.text(values, "CFBundleIconName") or "AppIcon"


def loose_icons(archive: Archive, folder: str, names: tuple[str, ...]) -> tuple[IconFile, ...]:
    """The declared icons that exist as files in the app's folder, smallest first."""
    patterns = [_pattern(name) for name in names]
    files = []
    for entry in archive.under(folder):
        name = entry.name[len(folder) :]
        if "/" in name or not any(pattern.fullmatch(name) for pattern in patterns):
            continue
        if icon := _icon_file(archive, entry.name, name):
            files.append(icon)
        if len(files) == MAX_ICON_FILES:
            break
    return tuple(sorted(files, key=lambda icon: (icon.width * icon.height, icon.name)))


def names_without_file(names: tuple[str, ...], files: tuple[IconFile, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if not any(_pattern(name).fullmatch(file.name) for file in files))


def extract_icon(path: Path, *, shown_as: str = "") -> ExtractedIcon | None:
    """The app's largest real icon as an ordinary PNG, or None when the file has none that can be decoded.

    Raises ProblemsFound when the file is no readable .ipa or .apk.
    """
    return find_icon(path, shown_as=shown_as).icon


def find_icon(path: Path, *, shown_as: str = "") -> IconSearch:
    """As :func:`extract_icon`, with notes on what was left out and why."""
    from otasite.binaries import apk_icons, ipa

    with Archive(path, shown_as or path.name) as archive:
        if app := ipa.find_app(archive):
            return _search_ipa(archive, app.contents)
        return apk_icons.search(archive)


def largest(candidates: list[tuple[int, str, Callable[[], Image]]]) -> IconSearch:
    """Decode candidates (pixels along a side, name, decoder) from the largest down until one succeeds."""
    notes = []
    for _, name, decode in sorted(candidates, key=lambda item: (-item[0], item[1])):
        try:
            image = decode()
        except png.BadImage as error:
            notes.append(f"“{name}” was left out because {error}")
        except ProblemsFound as found:
            notes += [problem.message for problem in found.problems]
        else:
            icon = ExtractedIcon(png=png.encode(image), width=image.width, height=image.height, source=name)
            return IconSearch(icon, tuple(notes))
    return IconSearch(None, tuple(notes))


def _search_ipa(archive: Archive, folder: str) -> IconSearch:
    from otasite.binaries.ipa import read_plist

    values = read_plist(archive, f"{folder}Info.plist")
    candidates = [
        (min(file.width, file.height), file.name, _decoder(archive, folder + file.name))
        for file in loose_icons(archive, folder, declared_names(values))
    ]
    notes: list[str] = []
    if archive.has(f"{folder}Assets.car"):
        candidates += _catalogue_candidates(archive, folder, catalogue_icon_name(values), notes)
    found = largest(candidates)
    if found.icon is None:
        found = largest([(0, name, _decoder(archive, name)) for name in _store_artwork(archive)])
    return IconSearch(found.icon, (*notes, *found.notes, *_advice(found.icon)))


def _catalogue_candidates(
    archive: Archive, folder: str, icon_name: str, notes: list[str]
) -> list[tuple[int, str, Callable[[], Image]]]:
    from otasite.binaries import assets_car

    try:
        data = archive.read(f"{folder}Assets.car", assets_car.MAX_CATALOGUE_BYTES)
        renditions = assets_car.icon_renditions(data, icon_name)
    except (assets_car.Unreadable, ProblemsFound) as error:
        notes.append(f"“Assets.car” was left out: {error}")
        return []
    return [(min(item.width, item.height), f"Assets.car: {item.name}", item.decode) for item in renditions]


def _store_artwork(archive: Archive) -> Iterator[str]:
    """``iTunesArtwork``: a 512-pixel icon beside Payload in archives of older Xcode versions."""
    return (name for name in ("iTunesArtwork@2x", "iTunesArtwork") if archive.has(name))


def _decoder(archive: Archive, name: str) -> Callable[[], Image]:
    return lambda: png.decode(archive.read(name, png.MAX_ICON_BYTES))


def _advice(icon: ExtractedIcon | None) -> tuple[str, ...]:
    if icon is None:
        return ("no icon could be read from the file: pages show a drawn tile until you set `icon:`",)
    if min(icon.width, icon.height) < 512:
        size = f"{icon.width} × {icon.height}"
        return (f"the largest icon has {size} pixels; set `icon:` to one of 512 or more for sharp pages",)
    return ()


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name.removesuffix(".png")) + _VARIANT)


def _icon_file(archive: Archive, path: str, name: str) -> IconFile | None:
    entry = archive.entries[path]
    try:
        with archive.stream(path) as stream:
            header = png.read_header(stream.read(_PIXEL_HEADER_BYTES))
    except (png.BadImage, ProblemsFound):
        return None  # listed among the names without a (usable) file
    return IconFile(name=name, width=header.width, height=header.height, size=entry.size, cgbi=header.cgbi)
