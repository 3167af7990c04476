"""How far a piece of work is: one way to say it, whatever the work is and whoever waits."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

#: Called with how much is done, and of how much.
Progress = Callable[[int, int], None]
#: Called with how much more is done than at the last call; less than nothing when a part is begun anew.
Advance = Callable[[int], None]


def no_progress(done: int, total: int) -> None:
    """For callers that nobody waits for."""


class Counter:
    """Adds up what several threads, or workers, have done of ``total``."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._lock = Lock()
        self._done = 0
        self._total = total
        self._progress = progress

    def advance(self, more: int) -> None:
        with self._lock:
            self._done += more
            self._progress(self._done, self._total)


class Share:
    """A part of some work that itself has ``size``; tells by how much more the whole is done."""

    def __init__(self, size: int, advance: Advance) -> None:
        self._size = size
        self._advance = advance
        self._told = 0

    def reach(self, done: int, total: int) -> None:
        """The part is at ``done`` of ``total``."""
        more = self._size * done // total - self._told
        if more:
            self._told += more
            self._advance(more)
