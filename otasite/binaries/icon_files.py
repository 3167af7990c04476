"""Icon files that an Info.plist declares, as they really are in the app's folder.

A name can stand for several files (``@2x``, ``~ipad``), for none, or for one that is no picture. Sizes are
those of the pixels, not those in the name.
"""

from __future__ import annotations

import re
from typing import Any

from otasite.binaries import plists, png
from otasite.binaries.archive import Archive
from otasite.binaries.info import IconFile
from otasite.binaries.unreadable import Unreadable
from otasite.problems import ProblemsFound

#: Icon files of one app that are looked at; the largest real apps with many alternates have a few hundred.
MAX_ICON_FILES = 500

_SCALE, _DEVICE = re.compile(r"@[23]x\Z"), re.compile(r"~[a-z]+\Z")
_PIXEL_HEADER_BYTES = 64


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
    declared = {_stem(name) for name in names}
    files = []
    looked_at = 0
    for entry in archive.under(folder):
        name = entry.name[len(folder) :]
        if "/" in name or declared.isdisjoint(_declarations(name)):
            continue
        if icon := _icon_file(archive, entry.name, name):
            files.append(icon)
        looked_at += 1
        if looked_at == MAX_ICON_FILES:
            break
    return tuple(sorted(files, key=lambda icon: (icon.width * icon.height, icon.name)))


def names_without_file(names: tuple[str, ...], files: tuple[IconFile, ...]) -> tuple[str, ...]:
    found = {stem for file in files for stem in _declarations(file.name)}
    return tuple(name for name in names if _stem(name) not in found)


def _stem(name: str) -> str:
    return name.removesuffix(".png")


def _declarations(file_name: str) -> set[str]:
    """What an Info.plist can declare to mean this file: its name without all or some of what marks variants."""
    if not file_name.endswith(".png"):
        return set()
    stem = _stem(file_name)
    for_all_devices = _DEVICE.sub("", stem)
    return {stem, for_all_devices, _SCALE.sub("", stem), _SCALE.sub("", for_all_devices)}


def _icon_file(archive: Archive, path: str, name: str) -> IconFile | None:
    entry = archive.entries[path]
    try:
        with archive.stream(path) as stream:
            header = png.read_header(stream.read(_PIXEL_HEADER_BYTES))
    except (Unreadable, ProblemsFound):
        return None  # listed among the names without a (usable) file
    return IconFile(name=name, width=header.width, height=header.height, size=entry.size, cgbi=header.cgbi)
