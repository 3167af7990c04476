"""Text from a binary as it may be shown: on one line, without characters that steer a terminal or reorder text."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Items of one list, characters of one text: what more there is of a hostile file is left out.
MAX_ITEMS = 300
MAX_TEXT = 500

#: Control characters, lone halves of surrogate pairs, line and paragraph separators, the two that no XML may hold
#: (U+FFFE, U+FFFF), and the marks that turn text around (Unicode Bidirectional Algorithm, UAX #9): a name must not
#: be able to look like another one.
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+")


def shown(text: str) -> str:
    """``text`` with every run of such characters replaced by a space, and without spaces at its ends."""
    return _UNSHOWABLE.sub(" ", text).strip()


def short(text: str) -> str:
    """:func:`shown`, and cut where it is too long."""
    text = shown(text[: 2 * MAX_TEXT])
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def some(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts sorted, each once, and neither too many nor too long."""
    return tuple(sorted({short(text) for text in texts if text})[:MAX_ITEMS])
