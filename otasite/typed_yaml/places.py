"""Index into a text → the line and column that an editor shows."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from otasite.problems import Location

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class Places:
    """Where characters of one text are. Lines end as editors end them, not as YAML 1.1 does (at U+2028, too)."""

    def __init__(self, text: str, shown_as: str) -> None:
        self.text = text
        self.shown_as = shown_as
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def at(self, index: int) -> Location:
        """The location of the character at ``index``; one past the end is the end of the last line."""
        line = bisect_right(self._starts, index)
        return Location(self.shown_as, line, index - self._starts[line - 1] + 1)

    def line_start(self, index: int) -> int:
        """The index at which the line of the character at ``index`` starts."""
        return self._starts[bisect_right(self._starts, index) - 1]

    def line(self, index: int) -> str:
        """The line of the character at ``index``, without its end."""
        start = self.line_start(index)
        return _LINE_END.split(self.text[start:], maxsplit=1)[0]
