"""Files that somebody watches: once read, their values are kept until a change is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar, cast

from otasite.catalogue.sources import Remembered, Sources, Stamp
from otasite.preview.watch import Changes

T = TypeVar("T")


class WatchedSources(Sources):
    """Sources that do not look at a file again before :meth:`forget` was told of it.

    An edit of one release then costs reading one file; looking at the other hundreds would cost more than all else.
    """

    def __init__(self, root: Path, remembered: Mapping[str, Remembered] | None = None) -> None:
        super().__init__(root, remembered)
        self._kept: dict[str, tuple[Stamp, object]] = {}

    def forget(self, changes: Changes) -> None:
        """Read again what changed; everything, when whole folders did."""
        if changes.folders:
            self._kept.clear()
        for path in changes.files:
            self._kept.pop(path, None)

    def load(self, path: str, type_: type[T], parse: Callable[[bytes, str], T]) -> T:
        kept = self._kept.get(path)
        if kept is not None:
            self.trace.files[path] = kept[0]
            return cast(T, kept[1])
        value = super().load(path, type_, parse)
        stamp = self.trace.files[path]
        if stamp.modified >= 0:  # else it was written a moment ago, and maybe again since
            self._kept[path] = (stamp, value)
        return value
