"""An APK's icon: the densest raster file, else one that is described in XML, drawn here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from otasite.binaries import png
from otasite.binaries.apk import Application, icons_by_density, resource_table
from otasite.binaries.archive import Archive
from otasite.binaries.budget import Budget
from otasite.binaries.drawables import drawable
from otasite.binaries.drawables.resources import Resources, is_raster
from otasite.binaries.icon_choice import NO_ICON, Candidate, IconSearch, best
from otasite.problems import Problem

if TYPE_CHECKING:
    from PIL.Image import Image

#: Densities with this number and above mean “any” or “none”: no number of dots.
_ANY_DENSITY = 0xFFFE


def search(archive: Archive, app: Application, budget: Budget) -> IconSearch:
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
