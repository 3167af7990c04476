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

_VARIANT = r"(?:@[23]x)?(?:~[a-z]+)?\.png"
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


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name.removesuffix(".png")) + _VARIANT)


def _icon_file(archive: Archive, path: str, name: str) -> IconFile | None:
    entry = archive.entries[path]
    try:
        with archive.stream(path) as stream:
            header = png.read_header(stream.read(_PIXEL_HEADER_BYTES))
    except (Unreadable, ProblemsFound):
        return None  # listed among the names without a (usable) file
    return IconFile(name=name, width=header.width, height=header.height, size=entry.size, cgbi=header.cgbi)
