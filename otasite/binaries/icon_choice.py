"""The choice among an app's pictures: in its usual appearance the largest real one, whatever the file promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries import png
from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable
from otasite.problems import ProblemsFound

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
