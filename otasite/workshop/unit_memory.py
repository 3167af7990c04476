"""What earlier runs found out about one unit (an app, or the site itself), and what this run adds to it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from otasite.catalogue.sources import Remembered, Sources, keep_only
from otasite.memory import Memory, Results
from otasite.site.notes import Converted, Notes

#: The unit of the site's own files; no app can have this name.
SITE = "."


class UnitMemory:
    """Parsed files, converted notes and files that take long to make, of one unit.

    ``sources`` is the class that reads its files.
    """

    def __init__(self, memory: Memory, unit: str, root: Path, sources: type[Sources] = Sources) -> None:
        self._memory = memory
        self._unit = unit
        self.sources = sources(root, memory.get("cache/parsed", unit, dict[str, Remembered]))
        self.notes = Notes(lambda: memory.get("cache/notes", unit, dict[bytes, Converted]) or {})
        self.made: Results[str, bytes] = Results(lambda: memory.get("cache/made", unit, dict[str, bytes]) or {})

    def save(self, used: Iterable[str]) -> None:
        """Keep what a whole run over the unit used; ``used`` are the files whose content is worth it."""
        self._save_parsed(used)
        for kind, results in self._results():
            if results.has_changed:
                self._put(kind, results, results.kept())

    def save_more(self, used: Iterable[str]) -> None:
        """Keep what was found out besides what was known: not all of the unit was worked on."""
        self._save_parsed(used)
        for kind, results in self._results():
            if results.has_news:
                self._put(kind, results, results.known())

    def _save_parsed(self, used: Iterable[str]) -> None:
        if self.sources.changed:
            self._memory.put("cache/parsed", self._unit, keep_only(self.sources.remembered, used))
            self.sources.changed = False

    def _results(self) -> tuple[tuple[str, Results[Any, Any]], ...]:
        return ("cache/notes", self.notes.results), ("cache/made", self.made)

    def _put(self, kind: str, results: Results[Any, Any], value: object) -> None:
        self._memory.put(kind, self._unit, value)
        results.has_news = False
