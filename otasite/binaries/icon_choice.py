"""The choice among an app's pictures: the largest real one, whatever the file promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries import png
from otasite.binaries.unreadable import Unreadable
from otasite.problems import ProblemsFound

if TYPE_CHECKING:
    from PIL.Image import Image

#: What a person reads when pages will show a drawn tile.
NO_ICON = "no icon could be read from the file: pages show a drawn tile until you set `icon:`"
#: Pixels along a side that look sharp wherever pages show an icon.
SHARP_SIDE = 512


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


class Candidate(msgspec.Struct, frozen=True):
    """A picture that may be the icon. ``rank`` orders candidates: pixels along a side, or dots per inch.

    ``decode`` gives the pixels; it may raise Unreadable or ProblemsFound.
    """

    rank: int
    name: str
    decode: Callable[[], Image]


def largest(candidates: list[Candidate]) -> IconSearch:
    """Decode candidates from the largest down until one succeeds."""
    notes: list[str] = []
    for candidate in sorted(candidates, key=lambda item: (-item.rank, item.name)):
        try:
            image = candidate.decode()
        except Unreadable as error:
            notes.append(f"“{candidate.name}” was left out because {error}")
        except ProblemsFound as found:
            notes += [problem.message for problem in found.problems]
        else:
            icon = ExtractedIcon(png=png.encode(image), width=image.width, height=image.height, source=candidate.name)
            return IconSearch(icon, tuple(notes))
    return IconSearch(None, tuple(notes))


def advice(icon: ExtractedIcon | None) -> tuple[str, ...]:
    """What to tell a person about the icon that was found, if anything."""
    if icon is None:
        return (NO_ICON,)
    if min(icon.width, icon.height) < SHARP_SIDE:
        size = f"{icon.width} × {icon.height}"
        return (f"the largest icon has {size} pixels; set `icon:` to one of {SHARP_SIDE} or more for sharp pages",)
    return ()
