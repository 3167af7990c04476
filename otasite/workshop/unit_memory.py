"""What earlier runs found out about one unit (an app, or the site itself), and what this run adds to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from otasite.catalogue.sources import Remembered, Sources, Trace, keep_only
from otasite.memory import Memory, Results
from otasite.problems import Problem
from otasite.site.addresses import OwnBinary
from otasite.site.notes import Converted, Notes
from otasite.site.published import AppDigest
from otasite.site.reminders import Reminder
from otasite.site.selection import Ahead

#: The unit of the site's own files; no app can have this name.
SITE = "."


class Written(msgspec.Struct, frozen=True, array_like=True):
    """A file of dist/ as a build left it: what it was made from, and its stamp (size and modification time)."""

    fingerprint: bytes
    size: int
    modified: int


class UnitRecord(msgspec.Struct, kw_only=True):
    """What one unit was made from, and became."""

    #: Stands for all that units share but the theme's files.
    key: bytes
    trace: Trace
    #: Stands for the theme with which all its pages were rendered; ``b""`` when some were not.
    rendered_with: bytes = b""
    outputs: dict[str, Written] = {}
    digest: AppDigest | None = None
    problems: tuple[Problem, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    #: Its content has errors, so nothing was made of it (such a record is never saved).
    broken: bool = False
    until: float | None = None  # seconds since 1970: when a future release becomes due
    elsewhere: tuple[OwnBinary, ...] = ()  # binaries that are to be uploaded outside dist/
    private: int = 0  # binaries that can be fetched only at signed addresses
    drafts: int = 0
    future: int = 0
    ahead: tuple[Ahead, ...] = ()
    dropped: int = 0
    others: tuple[str, ...] = ()  # apps that its texts show besides this one


class Records:
    """The records of all units of one project, as the last run left them that made the site for one folder."""

    def __init__(self, memory: Memory, project_state: Path, out: Path) -> None:
        self._memory = memory
        try:
            name = Path(os.path.relpath(out, project_state.parent)).as_posix()
        except ValueError:  # another drive (Windows)
            name = out.as_posix()
        self.name = blake2b(name.encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()

    def load(self) -> dict[str, UnitRecord]:
        """Records by the names of their units; empty when nothing is known."""
        return self._memory.get("builds", self.name, dict[str, UnitRecord]) or {}

    def save(self, records: Mapping[str, UnitRecord]) -> None:
        self._memory.put("builds", self.name, records)

    def forget(self) -> None:
        self._memory.forget("builds", self.name)


class UnitMemory:
    """Parsed files, converted notes and files that take long to make, of one unit.

    ``sources`` opens what reads its files.
    """

    def __init__(self, memory: Memory, unit: str, root: Path, sources: Callable[..., Sources] = Sources) -> None:
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
