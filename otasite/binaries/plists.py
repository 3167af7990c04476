"""Property lists from untrusted hands: XML and binary, bounded in depth and number of values.

plistlib itself refuses entity declarations (so no billion laughs) and never fetches external entities. What it
does not bound is how much it makes of few bytes: nesting, and parts of a binary list that many objects share. So a
list is measured here before it is parsed, and again afterwards.
"""

from __future__ import annotations

import binascii
import datetime as dt
import plistlib
import re
import struct
from collections.abc import Iterable
from itertools import islice
from typing import Any

from otasite.binaries.budget import Budget
from otasite.binaries.plain_text import shown
from otasite.binaries.unreadable import Unreadable

#: Nesting of containers. Real Info.plist files stay below 10.
MAX_DEPTH = 64
#: Values in one list, counted each time they are reachable: a shared array in a binary list counts again.
MAX_VALUES = 200_000
#: Bytes of one list. The largest real Info.plist files have some 200 KiB.
MAX_BYTES = 4 * 2**20
#: What all lists of one binary may hold together: tags of XML (four for a key and its value), objects of binary
#: lists. Parsing that many takes about two seconds.
MAX_PARTS = 4 * MAX_VALUES
#: Numbers outside of this are no numbers of an app: property lists have 64 bits for them.
_NUMBERS = range(-(2**63), 2**64)

_DATA_ELEMENT = re.compile(rb"<data>([^<]*)</data>")
_BINARY = b"bplist00"
_TRAILER = struct.Struct(">6xBBQQQ")


def new_budget() -> Budget:
    """What the lists of one binary may cost together; hand it to each :func:`load`."""
    return Budget(elements=MAX_PARTS)


def load(data: bytes, budget: Budget | None = None) -> dict[str, Any]:
    """Read a property list whose top is a dictionary. Raises Unreadable for anything else."""
    binary = data.startswith(_BINARY)
    body = data if binary else data.lstrip(b" \t\r\n\x00")
    if not body:
        raise Unreadable("it is empty")
    if len(body) > MAX_BYTES:
        raise Unreadable(f"it is longer than {MAX_BYTES:,} bytes")
    (budget or new_budget()).spend_elements(_binary_parts(body) if binary else body.count(b"<"))
    try:
        value = plistlib.loads(body, fmt=plistlib.FMT_BINARY if binary else plistlib.FMT_XML)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except Exception as error:  # the parsers beneath raise a dozen types for hostile bytes, all meaning this
        raise Unreadable(_reason(error)) from None
    _measure(value)
    if not isinstance(value, dict):
        raise Unreadable("its top is not a dictionary")
    return value


def load_tolerant(data: bytes, budget: Budget | None = None) -> dict[str, Any]:
    """As :func:`load`, but ``<data>`` that is no base64 counts as empty: broken profiles have such."""
    budget = budget or new_budget()
    try:
        return load(data, budget)
    except Unreadable:
        mended = _DATA_ELEMENT.sub(_without_broken_base64, data)
        if mended == data:
            raise
        return load(mended, budget)


def text(values: dict[str, Any], key: str) -> str:
    """A value as text: numbers are written out, anything that is no scalar counts as absent."""
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, int) and value not in _NUMBERS:
        return ""
    return shown(str(value))


def number(value: object) -> int | None:
    """A whole number, also where it is written as text (decimal); None for anything else."""
    if isinstance(value, str):
        digits = value.strip()
        return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 20 else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value in _NUMBERS else None


def texts(values: dict[str, Any], key: str) -> tuple[str, ...]:
    """A list of texts; a single text counts as a list of one."""
    value = values.get(key)
    if isinstance(value, str):
        return (shown(value),)
    return tuple(shown(item) for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def mapping(values: dict[str, Any], key: str) -> dict[str, Any]:
    value = values.get(key)
    return value if isinstance(value, dict) else {}


def moment(values: dict[str, Any], key: str) -> dt.datetime | None:
    """A date; property lists have no time zone and mean UTC."""
    value = values.get(key)
    return value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) else None


def flag(values: dict[str, Any], key: str) -> bool:
    """Whether the key is set to true; 1 and "YES" are written by old tools."""
    value = values.get(key)
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in {"yes", "true", "1"})


def _without_broken_base64(element: re.Match[bytes]) -> bytes:
    try:
        binascii.a2b_base64(element[1])
    except binascii.Error:
        return b"<data></data>"
    return element[0]


def _binary_parts(data: bytes) -> int:
    """How many objects and references a binary list holds, from its table of offsets alone.

    Objects may not share bytes: plistlib would decode those once for each object, and a list of 11 kB could say
    the same half megabyte 4,000 times. The layout is that of ``CFBinaryPList.c`` in Apple's CoreFoundation.
    """
    if len(data) < len(_BINARY) + _TRAILER.size:
        raise Unreadable("it ends too early")
    offset_size, reference_size, count, _, table = _TRAILER.unpack(data[-_TRAILER.size :])
    if count > MAX_VALUES:
        raise Unreadable(f"it has more than {MAX_VALUES:,} values")
    parts: int = count
    size = 0
    for at in range(table, table + count * offset_size, offset_size or 1):
        start = int.from_bytes(data[at : at + offset_size], "big")
        kind, length = _binary_marker(data, start)
        if kind in _CONTAINERS:
            parts += length * _CONTAINERS[kind]
            size += length * _CONTAINERS[kind] * reference_size
        elif kind in _TEXTS:
            size += length * _TEXTS[kind]
        if size > len(data):
            raise Unreadable("its values overlap")
    return parts


#: References for each item of a container, and bytes for each character of a text, by the first half of their marker.
_CONTAINERS = {0xA: 1, 0xB: 1, 0xC: 1, 0xD: 2}
_TEXTS = {0x4: 1, 0x5: 1, 0x6: 2, 0x7: 1}


def _binary_marker(data: bytes, start: int) -> tuple[int, int]:
    """An object's kind and length: four bits each, or the length as a number that follows."""
    marker = data[start] if start < len(data) else 0
    kind, length = marker >> 4, marker & 0xF
    if length == 0xF and (kind in _CONTAINERS or kind in _TEXTS):
        width = 1 << (data[start + 1] & 0x3) if start + 1 < len(data) else 0
        length = int.from_bytes(data[start + 2 : start + 2 + width], "big")
    return kind, length


def _measure(value: object) -> None:
    """Walk the value with a budget, so that no later walk or print of it can run away."""
    left = MAX_VALUES
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        children = (child for item in level for child in _children(item))
        level = list(islice(children, left + 1))
        left -= len(level)
        if left < 0:
            raise Unreadable(f"it has more than {MAX_VALUES:,} values")
        if not level:
            return
    raise Unreadable("it is nested too deeply")


def _children(item: object) -> Iterable[object]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


def _reason(error: Exception) -> str:
    message = str(error).split("\n", 1)[0]
    return message[:120] or type(error).__name__
