from __future__ import annotations

from collections.abc import Callable

import msgspec
from PIL.Image import Image

MAX_CATALOGUE_BYTES = 64 * 2**20


class Unreadable(Exception):
    pass


class Rendition(msgspec.Struct, frozen=True):
    name: str
    width: int
    height: int
    decode: Callable[[], Image]


def icon_renditions(data: bytes, icon_name: str) -> list[Rendition]:
    raise Unreadable("not yet")
