"""The app's icon, from an .ipa or .apk.

In an .ipa it can be loose files or the asset catalogue, in an .apk pictures of several densities or drawings in XML:
all are looked at, and the largest real picture wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries import apk, ipa, png
from otasite.binaries.apk import Application, icons_by_density, resource_table
from otasite.binaries.apk_sets import OpenedApp, opened_app
from otasite.binaries.archive import Archive
from otasite.binaries.assets import catalogue
from otasite.binaries.budget import Budget, ceiling
from otasite.binaries.bundles import read_plist
from otasite.binaries.drawables import drawable
from otasite.binaries.drawables.resources import Resources, is_raster
from otasite.binaries.icon_files import catalogue_icon_name, declared_names, loose_icons
from otasite.binaries.unreadable import Unreadable
from otasite.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from PIL.Image import Image

#: What a person reads when pages will show a drawn tile.
NO_ICON = "no icon could be read from the file: pages show a drawn tile until you set `icon:`"
#: Pixels along a side that look sharp wherever pages show an icon.
SHARP_SIDE = 512
#: Pictures that are tried one after the other, when those before them turn out damaged.
MAX_TRIED = 20


class ExtractedIcon(msgspec.Struct, frozen=True):
    """An icon that was read: ``image`` in mode RGBA and sRGB. ``source`` is the file in the archive it came from."""

    image: Image
    source: str

    @property
    def width(self) -> int:
        return self.image.width

    @property
    def height(self) -> int:
        return self.image.height

    def as_png(self) -> bytes:
        """The icon as an ordinary PNG. A large one takes a second or so to encode: ask only when it is needed."""
        return png.encode(self.image)


class IconSearch(msgspec.Struct, frozen=True):
    """What the search found; ``notes`` tell a person why there is no icon, or no larger one."""

    icon: ExtractedIcon | None
    notes: tuple[str, ...] = ()


class Candidate(msgspec.Struct, frozen=True):
    """A picture that may be the icon. ``rank`` orders candidates: pixels along a side, or dots per inch.

    ``appearance`` comes before any rank: 0 for what all devices show unless asked for dark or tinted icons.
    ``decode`` gives the pixels in mode RGBA; it may raise Unreadable or ProblemsFound.
    """

    rank: int
    name: str
    decode: Callable[[], Image]
    appearance: int = 0


def search_budget() -> Budget:
    """What looking for the icon of one app may cost, all its pictures together."""
    return Budget(output=192 * 2**20, elements=600_000, steps=12_000_000)


def best(candidates: Sequence[Candidate]) -> IconSearch:
    """Decode candidates from the best down until one succeeds; of equal ones the first that is given."""
    notes: list[str] = []
    for candidate in sorted(candidates, key=lambda item: (item.appearance, -item.rank))[:MAX_TRIED]:
        try:
            return IconSearch(ExtractedIcon(candidate.decode(), candidate.name), tuple(notes))
        except Unreadable as error:
            notes.append(f"“{candidate.name}” was left out because {error}")
        except ProblemsFound as found:
            notes += [problem.message for problem in found.problems]
    return IconSearch(None, tuple(notes))


def advice(icon: ExtractedIcon | None) -> tuple[str, ...]:
    """What to tell a person about the icon that was found, if anything."""
    if icon is None:
        return (NO_ICON,)
    if min(icon.width, icon.height) < SHARP_SIDE:
        size = f"{icon.width} × {icon.height}"
        return (f"the largest icon has {size} pixels; set `icon:` to one of {SHARP_SIDE} or more for sharp pages",)
    return ()


def find_icon(path: Path, *, shown_as: str = "") -> IconSearch:
    """The app's best real icon, if it has one that can be decoded, and notes on what was left out and why.

    Raises ProblemsFound when the file is no readable .ipa or .apk.
    """
    budget, shown_as = search_budget(), shown_as or path.name
    with ceiling(shown_as), Archive(path, shown_as) as archive:
        if app := ipa.find_app(archive):
            return _search_ipa(archive, app.contents, budget)
        with opened_app(archive) as found:
            return _search_android(found, budget) if found else IconSearch(None, (NO_ICON,))


def _search_android(found: OpenedApp, budget: Budget) -> IconSearch:
    """The icon of the first part that has one."""
    app = apk.application(found.base)
    search = _search_apk(found.parts[0], app, budget)
    for part in found.parts[1:]:
        if search.icon:
            break
        search = _search_apk(part, app, budget)
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


#: Densities with this number and above mean “any” or “none”: no number of dots.
_ANY_DENSITY = 0xFFFE


def _search_apk(archive: Archive, app: Application, budget: Budget) -> IconSearch:
    """The best icon of an APK; raises nothing for damaged resources, whose notes say what is missing."""
    problems: list[Problem] = []
    table = resource_table(archive, problems)
    resources = Resources(archive.read, table, budget)
    candidates = []
    for density, name in icons_by_density(app, table).items():
        if is_raster(name):
            rank = 0 if density >= _ANY_DENSITY else density
            candidates.append(Candidate(rank, name, _raster(archive, name, budget)))
        elif name.lower().endswith(".xml"):
            candidates.append(Candidate(-1, name, _drawing(resources, name)))
    found = best(candidates)
    notes = (*(problem.message for problem in problems), *found.notes)
    return IconSearch(found.icon, notes if found.icon else (*notes, NO_ICON))


def _raster(archive: Archive, name: str, budget: Budget) -> Callable[[], Image]:
    return lambda: png.decode_any(archive.read(name, png.MAX_ICON_BYTES), budget)


def _drawing(resources: Resources, name: str) -> Callable[[], Image]:
    return lambda: drawable.icon(resources.tree(name), resources)
