"""Positions in one file, looked up only when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from otasite.problems import Location
from otasite.typed_yaml.reading import Document, KeyPath


class Where:
    """Positions in one file (or below ``base`` in it): of a key's value, or of the key with ``key=True``.

    The file is read only when the first position is asked for. ``dropped`` are the keys that were left out because
    they are wrong: they have been reported, so no rule may call them missing.
    """

    def __init__(
        self, document: Callable[[], Document], base: KeyPath = (), dropped: frozenset[KeyPath] = frozenset()
    ) -> None:
        self._document = cache(document)
        self._base = base
        self._dropped = dropped

    def __call__(self, *keys: str | int, key: bool = False) -> Location:
        return self._document().locate((*self._base, *keys), key=key)

    def names(self, *keys: str | int) -> tuple[str, ...]:
        """The usable keys of a mapping in their order; what stands at a key may be nothing at all."""
        path = (*self._base, *keys)
        return tuple(name for name in self._document().names(path) if (*path, name) not in self._dropped)

    def lost(self, *keys: str | int) -> bool:
        """Whether the value of this key was wrong, and so left out."""
        return bool(self._dropped) and (*self._base, *keys) in self._dropped

    def lost_below(self, key: str) -> bool:
        """Whether a whole mapping directly below a key was left out."""
        return any(len(path) == 2 and path[0] == key for path in self._dropped)

    def below(self, *keys: str | int) -> Where:
        return Where(self._document, (*self._base, *keys), self._dropped)
