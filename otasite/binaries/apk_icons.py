"""An APK's icon: the densest raster file, else an adaptive icon put together from raster layers.

Icons that exist only as drawings (vectors) are not rendered; a note says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from otasite.binaries import png
from otasite.binaries.android_chunks import COLOURS, Value
from otasite.binaries.apk import Application, icons_by_density, resource_table
from otasite.binaries.archive import Archive
from otasite.binaries.arsc import Table
from otasite.binaries.axml import read_xml
from otasite.binaries.budget import Budget
from otasite.binaries.icon_choice import NO_ICON, Candidate, IconSearch, best
from otasite.binaries.unreadable import Unreadable
from otasite.problems import Problem

if TYPE_CHECKING:
    from PIL.Image import Image

#: Densities with this number and above mean “any” or “none”: no number of dots.
_ANY_DENSITY = 0xFFFE
_RASTER = (".png", ".webp", ".jpg", ".jpeg")


def search(archive: Archive, app: Application, budget: Budget) -> IconSearch:
    """The best icon of an APK; raises nothing for damaged resources, whose notes say what is missing."""
    problems: list[Problem] = []
    table = resource_table(archive, problems)
    files = icons_by_density(app, table)
    candidates = [
        Candidate(0 if density >= _ANY_DENSITY else density, name, _raster_decoder(archive, name, budget))
        for density, name in files.items()
        if name.lower().endswith(_RASTER)
    ]
    if not candidates and table:
        drawings = [name for name in files.values() if name.lower().endswith(".xml")]
        candidates = [Candidate(0, name, _adaptive_decoder(archive, table, name, budget)) for name in drawings]
    found = best(candidates)
    notes = (*(problem.message for problem in problems), *found.notes)
    return IconSearch(found.icon, notes if found.icon else (*notes, NO_ICON))


def _raster_decoder(archive: Archive, name: str, budget: Budget) -> Callable[[], Image]:
    return lambda: png.decode_any(archive.read(name, png.MAX_ICON_BYTES), budget)


def _adaptive_decoder(archive: Archive, table: Table, name: str, budget: Budget) -> Callable[[], Image]:
    return lambda: _adaptive(archive, table, name, budget)


def _adaptive(archive: Archive, table: Table, name: str, budget: Budget) -> Image:
    """Put the layers of an adaptive icon together. Layers are 108 dp wide, of which the middle 72 are shown."""
    try:
        elements = read_xml(archive.read(name))
        layers = {e.name: e.attributes["drawable"] for e in elements if "drawable" in e.attributes}
        foreground = _layer(archive, table, layers.get("foreground"), budget)
        background = _layer(archive, table, layers.get("background"), budget)
    except Unreadable as error:
        raise Unreadable(f"it cannot be read: {error}") from None
    if foreground is None or isinstance(foreground, tuple):
        raise Unreadable("it is a drawing (vector), which otasite does not render")
    return _composed(foreground, background)


def _layer(
    archive: Archive, table: Table, drawable: Value | None, budget: Budget
) -> Image | tuple[int, int, int, int] | None:
    """One layer: its densest raster, a plain colour, or None for a drawing."""
    if drawable is None:
        return None
    values = list(table.values(drawable.data)) if drawable.is_reference else []
    rasters = [
        (config.density if config.density < _ANY_DENSITY else 0, value.text)
        for config, value in values
        if value.text.lower().endswith(_RASTER)
    ]
    if rasters:
        return png.decode_any(archive.read(max(rasters)[1], png.MAX_ICON_BYTES), budget)
    for value in (drawable, *(value for _, value in values)):
        if value.kind in COLOURS:
            alpha, red, green, blue = value.data.to_bytes(4, "big")
            return red, green, blue, alpha
    return None


def _composed(foreground: Image, background: Image | tuple[int, int, int, int] | None) -> Image:
    from PIL import Image

    if isinstance(background, Image.Image):
        canvas = background.resize(foreground.size)
    else:
        canvas = Image.new("RGBA", foreground.size, background or (255, 255, 255, 255))
    canvas.alpha_composite(foreground)
    margin_x, margin_y = foreground.width // 6, foreground.height // 6
    return canvas.crop((margin_x, margin_y, foreground.width - margin_x, foreground.height - margin_y))
