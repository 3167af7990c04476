"""How far an upload is, and how it ends when a store gives up."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from otasite.problems import OtasiteError

#: Called with the bytes that went since the last call; less than nothing when an attempt is begun anew.
Progress = Callable[[int], None]
#: Called with the bytes done and the bytes in total.
Total = Callable[[int, int], None]


class DeployFailed(OtasiteError):
    """A store answered with an error in the middle of a deploy; running it again goes on from there."""


class Counter:
    """Adds up the bytes that many threads have sent."""

    def __init__(self, total: int, tell: Total) -> None:
        self._lock = Lock()
        self._done = 0
        self._total = total
        self._tell = tell

    def add(self, count: int) -> None:
        with self._lock:
            self._done += count
            self._tell(self._done, self._total)
