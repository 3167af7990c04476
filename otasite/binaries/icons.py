"""The app's icon, from an .ipa or .apk.

In an .ipa it can be loose files or the asset catalogue; both are looked at and the largest real picture wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from otasite.binaries import apk, apk_icons, ipa, png
from otasite.binaries.apk_sets import OpenedApp, opened_app
from otasite.binaries.archive import Archive
from otasite.binaries.assets import catalogue
from otasite.binaries.budget import Budget
from otasite.binaries.bundles import read_plist
from otasite.binaries.icon_choice import NO_ICON, Candidate, IconSearch, advice, best, search_budget
from otasite.binaries.icon_files import catalogue_icon_name, declared_names, loose_icons
from otasite.binaries.unreadable import Unreadable
from otasite.problems import ProblemsFound

if TYPE_CHECKING:
    from PIL.Image import Image


def find_icon(path: Path, *, shown_as: str = "") -> IconSearch:
    """The app's best real icon, if it has one that can be decoded, and notes on what was left out and why.

    Raises ProblemsFound when the file is no readable .ipa or .apk.
    """
    budget = search_budget()
    with Archive(path, shown_as or path.name) as archive:
        if app := ipa.find_app(archive):
            return _search_ipa(archive, app.contents, budget)
        with opened_app(archive) as found:
            return _search_android(found, budget) if found else IconSearch(None, (NO_ICON,))


def _search_android(found: OpenedApp, budget: Budget) -> IconSearch:
    """The icon of the first part that has one."""
    app = apk.application(found.base)
    search = apk_icons.search(found.parts[0], app, budget)
    for part in found.parts[1:]:
        if search.icon:
            break
        search = apk_icons.search(part, app, budget)
    return search


def _search_ipa(archive: Archive, folder: str, budget: Budget) -> IconSearch:
    values = read_plist(archive, f"{folder}Info.plist")
    files = sorted(loose_icons(archive, folder, declared_names(values)), key=lambda file: file.name)
    candidates = [
        Candidate(min(file.width, file.height), file.name, _decoder(archive, folder + file.name, budget))
        for file in files
    ]
    notes: list[str] = []
    if archive.has(f"{folder}Assets.car"):
        candidates += _catalogue_candidates(archive, folder, catalogue_icon_name(values), budget, notes)
    found = best(candidates)
    notes += found.notes
    if found.icon is None:
        found = best([Candidate(0, name, _decoder(archive, name, budget)) for name in _store_artwork(archive)])
        notes += found.notes
    return IconSearch(found.icon, (*notes, *advice(found.icon)))


def _catalogue_candidates(
    archive: Archive, folder: str, icon_name: str, budget: Budget, notes: list[str]
) -> list[Candidate]:
    try:
        data = archive.read(f"{folder}Assets.car", catalogue.MAX_CATALOGUE_BYTES)
        renditions = catalogue.icon_renditions(data, icon_name, budget)
    except Unreadable as error:
        notes.append(f"“Assets.car” was left out because {error}")
        return []
    except ProblemsFound as found:
        notes += [problem.message for problem in found.problems]
        return []
    return [
        Candidate(min(item.width, item.height), f"Assets.car: {item.name}", item.decode, item.appearance)
        for item in renditions
    ]


def _store_artwork(archive: Archive) -> Iterator[str]:
    """``iTunesArtwork``: a 512-pixel icon beside Payload in archives of older Xcode versions."""
    return (name for name in ("iTunesArtwork@2x", "iTunesArtwork") if archive.has(name))


def _decoder(archive: Archive, name: str, budget: Budget) -> Callable[[], Image]:
    return lambda: png.decode_any(archive.read(name, png.MAX_ICON_BYTES), budget)
