"""What gets into YAML from elsewhere and looks right: letters that seem to be spaces or quotes, commas of JSON."""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = {
    "\u00a0": "a non-breaking space",
    "\u202f": "a narrow non-breaking space",
    "\u3000": "an ideographic space",
    "\u200b": "an invisible space",
    "\u2060": "an invisible word joiner",
    "\ufeff": "a byte order mark",
}
_ODD: Final = "[\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]"
_ODD_SPACE: Final = re.compile(_ODD)
#: Where YAML needs a space: in the indentation, after the colon of a key and after the dash of an item.
_ODD_SPACER: Final = re.compile(rf"(?:[ \t]*(?:-(?: +-)*)?|[ \t]*(?:- +)*[\w\"'.-]+:)(?={_ODD})")
#: Opening quote → the closing ones that belong to it in some language.
_QUOTES: Final = {"“": "”“", "”": "”", "„": "“”", "‘": "’‘", "’": "’", "‚": "‘’"}
#: Where a value or key may begin with such a quote; ASCII texts are through with the first comparison.
_MAY_BE_QUOTED: Final = re.compile(r"(?:^|[:\-\[{,?])[ \t]*[“”„‘’‚]", re.MULTILINE)
_VALUE: Final = re.compile(r"[ \t]*(?:- +)?(?:[^:#\n]*?: +)?(?=[“”„‘’‚])")

ODD_SPACE_HINT: Final = "replace it by an ordinary space: it comes from copying text"
QUOTES_HINT: Final = 'write straight quotes ("…"), or put all of it in straight quotes to keep these'


def odd_space(text: str) -> tuple[int, str] | None:
    """Where the first character that only looks like a space (or like nothing) is in ``text``, and its name."""
    found = _ODD_SPACE.search(text)
    if found is None:
        return None
    return found.start(), _NAMES.get(found[0], f"the space U+{ord(found[0]):04X}")


def odd_spacer(line: str) -> tuple[int, str] | None:
    """The same for a place in a line where YAML needs a space."""
    found = _ODD_SPACER.match(line)
    return (found.end(), _NAMES.get(line[found.end()], "an odd space")) if found else None


def without_odd_spaces(text: str) -> str:
    return _ODD_SPACE.sub("", text)


def may_hold_smart_quotes(text: str) -> bool:
    """Whether some value or key of a YAML text may begin with a typographic quote."""
    return not text.isascii() and _MAY_BE_QUOTED.search(text) is not None


def in_smart_quotes(value: str) -> bool:
    """Whether typographic quotes stand around ``value`` as if they were those of YAML.

    With such quotes inside as well they are part of a text: „Ja“ und „Nein“.
    """
    closing = _QUOTES.get(value[:1], "")
    inside = value[1:-1]
    return value[-1:] in closing and inside != "" and not any(quote in inside for quote in value[0] + closing)


def quoted_value(line: str) -> int | None:
    """Where in a line a value begins that has a typographic quote for its first letter."""
    found = _VALUE.match(line)
    return found.end() if found else None
