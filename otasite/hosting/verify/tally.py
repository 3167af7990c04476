"""How far a verification is: how many things are known so far, and how many of them are done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

#: Called with how much is done, and of how much.
Progress = Callable[[int, int], None]


class Tally:
    """Counts things to look at as they become known, and tells ``progress``. For one thread."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = 0
        self._known = 0

    def expect(self, count: int) -> None:
        self._known += count

    def counted(self, things: Iterable[T]) -> Iterator[T]:
        """Yield results as they come, each of them done."""
        for thing in things:
            self._done += 1
            self._progress(self._done, self._known)
            yield thing
