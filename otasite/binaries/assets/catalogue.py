"""App icons in ``Assets.car``: which pictures a catalogue holds of an icon, and in which appearance.

Apple does not document the format; the layout here is what independent readers agree on. Of all that a catalogue
can hold, only pictures of the app's icon are looked at: those whose key carries the identifier of the icon's name.
"""

from __future__ import annotations

import heapq
import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries.assets import bom
from otasite.binaries.assets.bitmap import Bitmap
from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

#: Bytes of a catalogue that is read into memory. Larger ones exist, in apps full of pictures.
MAX_CATALOGUE_BYTES = 64 * 2**20
#: Pictures of one icon that are offered, the best first.
MAX_RENDITIONS = 8

_APPEARANCE, _IDENTIFIER, _GAMUT = 7, 17, 24  # attributes of a picture's key
_MAX_ATTRIBUTES = 64  # of one key; real ones have some 20
_MAX_NAME_BYTES = 1024
_HEADER_BYTES = 184
_SIDES = range(1, 1025)  # no icon is larger
_SHEET_SIDES = range(1, 4097)  # pictures that hold others side by side are
_ROW_BYTES, _LINK = 1007, 1010  # what can stand before a picture's content
_LINK_HEADER_BYTES = 30
_MAX_LINKS = 4  # from a picture to the one that really holds it
_STACK_LAYOUT, _LINK_LAYOUT = 1019, 1003


class Rendition(msgspec.Struct, frozen=True):
    """One picture of the icon.

    ``appearance`` is 0 for the one that all devices show unless asked for another, 1 for light, and 2 for any other
    (dark, tinted, high contrast). ``decode`` raises :class:`otasite.binaries.unreadable.Unreadable`.
    """

    name: str
    width: int
    height: int
    appearance: int
    decode: Callable[[], Image]


class _Entry(msgspec.Struct, frozen=True):
    """A rendition as it is stored. ``link`` is empty for one that holds its own content."""

    name: str
    width: int
    height: int
    layout: int
    pixel_format: str
    colour_space: int
    row_bytes: int
    link: memoryview
    content: memoryview


def icon_renditions(data: bytes, icon_name: str, budget: Budget) -> list[Rendition]:
    """Square pictures of the icon with this name: the usual appearance first, then light, and the largest of each.

    Raises Unreadable when the catalogue is damaged, does not know the name, or has the icon as layers only.
    """
    return _Catalogue(data, budget).renditions(icon_name)


class _Catalogue:
    def __init__(self, data: bytes, budget: Budget) -> None:
        self._budget = budget
        self._store = bom.Store(data, budget)
        self._tokens = _key_tokens(self._store)

    def renditions(self, icon_name: str) -> list[Rendition]:
        identifier = self._identifier(icon_name)
        best = heapq.nsmallest(MAX_RENDITIONS, self._pictures(identifier), key=lambda pair: pair[0])
        if not best and any(entry.layout == _STACK_LAYOUT for _, entry in self._entries(identifier)):
            raise Unreadable("it has the icon as layers only (made with Icon Composer), which otasite does not draw")
        return [self._rendition(rank[0], entry) for rank, entry in best]

    def _pictures(self, identifier: int) -> Iterator[tuple[tuple[int, int, int], _Entry]]:
        """Square pictures, each after what orders them: appearance, size, and sRGB before wider gamuts."""
        appearances = self._appearances()
        for attributes, entry in self._entries(identifier):
            if entry.width == entry.height and entry.width in _SIDES and _is_picture(entry):
                number = attributes.get(_APPEARANCE, 0)
                appearance = appearances.get(number, 2 if number else 0)
                yield (appearance, -entry.width, attributes.get(_GAMUT, 0)), entry

    def _rendition(self, appearance: int, entry: _Entry) -> Rendition:
        return Rendition(
            name=entry.name,
            width=entry.width,
            height=entry.height,
            appearance=appearance,
            decode=lambda: self._decoded(entry, _MAX_LINKS),
        )

    def _decoded(self, entry: _Entry, links: int) -> Image:
        if not entry.link:
            return Bitmap(
                width=entry.width,
                height=entry.height,
                pixel_format=entry.pixel_format,
                colour_space=entry.colour_space,
                row_bytes=entry.row_bytes,
                data=bytes(entry.content),
            ).decode(self._budget)
        if not links:
            raise Unreadable("it leads from one picture to the next without end")
        left, bottom, width, height = struct.unpack_from("<4I", entry.link, 8)
        sheet = self._decoded(self._target(entry.link), links - 1)
        top = sheet.height - bottom - height
        if top < 0 or left + width > sheet.width or (width, height) != (entry.width, entry.height):
            raise Unreadable("it lies outside the picture that should hold it")
        return sheet.crop((left, top, left + width, top + height))

    def _target(self, link: memoryview) -> _Entry:
        """The picture whose key the link states; attributes that it does not state are 0."""
        length = min(struct.unpack_from("<I", link, 26)[0], 4 * _MAX_ATTRIBUTES, len(link) - _LINK_HEADER_BYTES)
        wanted = dict.fromkeys(self._tokens, 0) | _pairs(link[_LINK_HEADER_BYTES:], length // 4)
        wanted.pop(0, None)
        for key, value in self._store.tree("RENDITIONS"):
            attributes = self._attributes(key)
            attributes.pop(0, None)
            if attributes == wanted:
                entry = _entry(value)
                if entry and entry.width in _SHEET_SIDES and entry.height in _SHEET_SIDES:
                    return entry
        raise Unreadable("the picture that should hold it is missing")

    def _identifier(self, icon_name: str) -> int:
        """The number that stands for the icon's name in the keys of its pictures."""
        wanted = icon_name.encode("utf-8", "replace")
        for key, value in self._store.tree("FACETKEYS"):
            if len(key) > _MAX_NAME_BYTES or bytes(key).rstrip(b"\0") != wanted or len(value) < 6:
                continue
            attributes = _pairs(value[6:], struct.unpack_from("<H", value, 4)[0])
            if _IDENTIFIER in attributes:
                return attributes[_IDENTIFIER]
        raise Unreadable(f"it has no picture named “{icon_name}”")

    def _appearances(self) -> dict[int, int]:
        """For the number of each appearance that has a name: 0 for the usual one, 1 for light, 2 for others."""
        ranks = {}
        for key, value in self._store.tree("APPEARANCEKEYS"):
            name = bytes(key[:_MAX_NAME_BYTES]).rstrip(b"\0")
            if len(value) >= 2:
                rank = 0 if name.endswith((b"Any", b"System")) else 1 if name.endswith(b"Light") else 2
                ranks[struct.unpack_from("<H", value)[0]] = rank if b"Contrast" not in name else 2
        return ranks

    def _entries(self, identifier: int) -> Iterator[tuple[dict[int, int], _Entry]]:
        for key, value in self._store.tree("RENDITIONS"):
            attributes = self._attributes(key)
            if attributes.get(_IDENTIFIER) == identifier and (entry := _entry(value)):
                yield attributes, entry

    def _attributes(self, key: memoryview) -> dict[int, int]:
        count = min(len(key) // 2, len(self._tokens))
        return dict(zip(self._tokens, struct.unpack_from(f"<{count}H", key), strict=False))


def _key_tokens(store: bom.Store) -> tuple[int, ...]:
    """Which attribute each place of a key stands for."""
    block = store.named("KEYFORMAT")
    if bytes(block[:4]) != b"tmfk" or len(block) < 12:
        raise Unreadable("its key format is missing")
    count = min(struct.unpack_from("<I", block, 8)[0], (len(block) - 12) // 4, _MAX_ATTRIBUTES)
    return struct.unpack_from(f"<{count}I", block, 12)


def _pairs(data: memoryview, count: int) -> dict[int, int]:
    """Attributes, each before its value."""
    count = min(count, len(data) // 4, _MAX_ATTRIBUTES)
    words = struct.unpack_from(f"<{2 * count}H", data)
    return dict(zip(words[::2], words[1::2], strict=True))


def _entry(value: memoryview) -> _Entry | None:
    if len(value) < _HEADER_BYTES or bytes(value[:4]) != b"ISTC":
        return None
    width, height = struct.unpack_from("<II", value, 12)
    layout = struct.unpack_from("<H", value, 36)[0]
    extra, length = struct.unpack_from("<I8xI", value, 168)
    start = _HEADER_BYTES + extra
    row_bytes, link = _extras(value[_HEADER_BYTES:start])
    return _Entry(
        name=bytes(value[40:168]).partition(b"\0")[0].decode("utf-8", "replace"),
        width=width,
        height=height,
        layout=layout,
        pixel_format=bytes(value[24:28])[::-1].decode("latin-1"),
        colour_space=value[28] & 0xF,
        row_bytes=row_bytes,
        link=link if layout == _LINK_LAYOUT else link[:0],
        content=value[start : start + length],
    )


def _extras(extra: memoryview) -> tuple[int, memoryview]:
    """What stands before the content: the length of a stored row (0 for “as long as its pixels”), and a link."""
    row_bytes, link, offset = 0, extra[:0], 0
    for _ in range(_MAX_ATTRIBUTES):
        if offset + 8 > len(extra):
            break
        tag, length = struct.unpack_from("<II", extra, offset)
        body = extra[offset + 8 : offset + 8 + length]
        if tag == _ROW_BYTES and len(body) >= 4:
            row_bytes = struct.unpack_from("<I", body)[0]
        elif tag == _LINK and bytes(body[:4]) == b"KLNI" and len(body) >= _LINK_HEADER_BYTES:
            link = body
        offset += 8 + length
    return row_bytes, link


def _is_picture(entry: _Entry) -> bool:
    """Whether the entry stands for pixels: lists of sizes, stacks and groups of layers have none."""
    return bool(entry.link) or bytes(entry.content[:4]) in {b"MLEC", b"DWAR"}
