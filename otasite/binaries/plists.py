"""Property lists from untrusted hands: XML and binary, bounded in depth and number of values.

plistlib itself refuses entity declarations (so no billion laughs) and never fetches external entities. What it
does not bound is nesting, and containers that a binary list shares or nests into themselves; that is done here.
"""

from __future__ import annotations

import binascii
import datetime as dt
import plistlib
import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from otasite.binaries.plain_text import shown

#: Nesting of containers. Real Info.plist files stay below 10.
MAX_DEPTH = 64
#: Values in one list, counted each time they are reachable: a shared array in a binary list counts again.
MAX_VALUES = 200_000

_DATA_ELEMENT = re.compile(rb"<data>([^<]*)</data>")
_BINARY = b"bplist00"


class Unreadable(Exception):
    """This is no usable property list; the message says why, in words that fit after “because”."""


def load(data: bytes) -> dict[str, Any]:
    """Read a property list whose top is a dictionary. Raises Unreadable for anything else."""
    body = data if data.startswith(_BINARY) else data.lstrip(b" \t\r\n\x00")
    if not body:
        raise Unreadable("it is empty")
    try:
        value = plistlib.loads(body, fmt=plistlib.FMT_BINARY if body.startswith(_BINARY) else plistlib.FMT_XML)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except Exception as error:  # the parsers beneath raise a dozen types for hostile bytes, all meaning this
        raise Unreadable(_reason(error)) from None
    _measure(value)
    if not isinstance(value, dict):
        raise Unreadable("its top is not a dictionary")
    return value


def load_tolerant(data: bytes) -> dict[str, Any]:
    """As :func:`load`, but ``<data>`` that is no base64 counts as empty: broken profiles have such."""
    try:
        return load(data)
    except Unreadable:
        return load(_DATA_ELEMENT.sub(_without_broken_base64, data))


def text(values: dict[str, Any], key: str) -> str:
    """A value as text: numbers are written out, anything that is no scalar counts as absent."""
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return shown(str(value))


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
