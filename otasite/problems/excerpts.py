"""The line of a file that a problem is about, as text and preview show it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

from otasite.problems import Location

#: Longer lines help nobody find anything.
MAX_SHOWN: Final = 400
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class Excerpt(msgspec.Struct, frozen=True):
    """The line of a file that a problem is about; ``column`` counts from 1 in ``text``, 0 means the whole line."""

    line: int
    text: str
    column: int


class Excerpts:
    """Lines of the project at ``root``. The file read last is kept: problems come sorted by file."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = ""
        self._lines: list[str] = []

    def at(self, location: Location | None) -> Excerpt | None:
        """The line at ``location``, tabs as spaces; ``None`` when it cannot be shown."""
        if location is None or not location.line:
            return None
        if location.path != self._path:
            self._path, self._lines = location.path, self._read(location.path)
        if location.line > len(self._lines):
            return None
        text = self._lines[location.line - 1].replace("\t", " ")
        if len(text) > MAX_SHOWN or not text.isprintable():
            return None
        return Excerpt(location.line, text, min(location.column, len(text) + 1))

    def _read(self, path: str) -> list[str]:
        try:
            with (self._root / path).open(encoding="utf-8", errors="replace", newline="") as file:
                return _LINE_END.split(file.read())
        except (OSError, ValueError):
            return []
