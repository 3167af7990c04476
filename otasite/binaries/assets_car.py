"""App icons in ``Assets.car``, where Xcode keeps those that are too large to lie beside the app.

Apple does not document the format; the layout here is what independent readers agree on. Of all that a catalogue
can hold, only pictures of the app's icon are looked at: those whose key carries the identifier of the icon's name.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries import bom, car_pixels
from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

#: Bytes of a catalogue that is read into memory. Larger ones exist, in apps full of pictures.
MAX_CATALOGUE_BYTES = 64 * 2**20
#: Pictures of one icon that are offered, largest first.
MAX_RENDITIONS = 8

_IDENTIFIER, _APPEARANCE = 17, 7  # attributes of a picture's key
_HEADER_BYTES = 184
_SIDES = range(1, 1025)  # no icon is larger


class Rendition(msgspec.Struct, frozen=True):
    """One picture of the icon. ``decode`` raises :class:`otasite.binaries.unreadable.Unreadable`."""

    name: str
    width: int
    height: int
    decode: Callable[[], Image]


def icon_renditions(data: bytes, icon_name: str) -> list[Rendition]:
    """Square pictures of the icon with this name, largest first; those of the light appearance come first.

    Raises Unreadable when the catalogue is damaged or does not know the name.
    """
    store = bom.Store(data)
    identifier = _identifier(store, icon_name)
    tokens = _key_tokens(store)
    found = list(_matching(store, tokens, identifier))
    found.sort(key=lambda pair: (-pair[1].width, pair[0]))
    return [rendition for _, rendition in found[:MAX_RENDITIONS]]


def _identifier(store: bom.Store, icon_name: str) -> int:
    """The number that stands for the icon's name in the keys of its pictures."""
    for key, value in store.tree("FACETKEYS"):
        if bytes(key).rstrip(b"\0").decode("utf-8", "replace") == icon_name:
            attributes = _attributes(value)
            if _IDENTIFIER in attributes:
                return attributes[_IDENTIFIER]
    raise Unreadable(f"it has no picture named “{icon_name}”")


def _attributes(value: memoryview) -> dict[int, int]:
    if len(value) < 6:
        return {}
    count = min(struct.unpack_from("<H", value, 4)[0], (len(value) - 6) // 4)
    words = struct.unpack_from(f"<{2 * count}H", value, 6)
    return dict(zip(words[::2], words[1::2], strict=True))


def _key_tokens(store: bom.Store) -> tuple[int, ...]:
    """Which attribute each place of a key stands for."""
    block = store.named("KEYFORMAT")
    if bytes(block[:4]) != b"tmfk" or len(block) < 12:
        raise Unreadable("its key format is missing")
    count = min(struct.unpack_from("<I", block, 8)[0], (len(block) - 12) // 4)
    return struct.unpack_from(f"<{count}I", block, 12)


def _matching(store: bom.Store, tokens: tuple[int, ...], identifier: int) -> Iterator[tuple[int, Rendition]]:
    """Pictures with this identifier, each after the number of its appearance (0 for light)."""
    for key, value in store.tree("RENDITIONS"):
        words = struct.unpack_from(f"<{len(key) // 2}H", key)
        attributes = dict(zip(tokens, words, strict=False))
        if attributes.get(_IDENTIFIER) != identifier:
            continue
        if rendition := _rendition(value):
            yield attributes.get(_APPEARANCE, 0), rendition


def _rendition(value: memoryview) -> Rendition | None:
    if len(value) < _HEADER_BYTES or bytes(value[:4]) != b"ISTC":
        return None
    width, height = struct.unpack_from("<II", value, 12)
    extra, body = struct.unpack_from("<I8xI", value, 168)
    if width != height or width not in _SIDES or not body:
        return None
    picture = car_pixels.Picture(
        width=width,
        height=height,
        pixel_format=bytes(value[24:28])[::-1].decode("latin-1"),
        row_bytes=_row_bytes(value[_HEADER_BYTES : _HEADER_BYTES + extra]),
        data=bytes(value[_HEADER_BYTES + extra : _HEADER_BYTES + extra + body]),
    )
    name = bytes(value[40:168]).partition(b"\0")[0].decode("utf-8", "replace")
    return Rendition(name=name, width=width, height=height, decode=picture.decode)


def _row_bytes(extra: memoryview) -> int:
    """Length of a stored row where it is stated (attribute 1007), else 0 for “as long as its pixels”."""
    offset = 0
    while offset + 8 <= len(extra):
        tag, length = struct.unpack_from("<II", extra, offset)
        if tag == 1007 and length >= 4 and offset + 12 <= len(extra):
            return int(struct.unpack_from("<I", extra, offset + 8)[0])
        offset += 8 + length
    return 0
