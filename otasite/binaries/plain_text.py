"""Text from a binary as it may be shown: on one line, without characters that steer a terminal or reorder text."""

from __future__ import annotations

import re

#: Control characters, lone halves of surrogate pairs, line and paragraph separators, the two that no XML may hold
#: (U+FFFE, U+FFFF), and the marks that turn text around (Unicode Bidirectional Algorithm, UAX #9): a name must not
#: be able to look like another one.
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+")


def shown(text: str) -> str:
    """``text`` with every run of such characters replaced by a space, and without spaces at its ends."""
    return _UNSHOWABLE.sub(" ", text).strip()
