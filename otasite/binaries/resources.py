"""From a number such as 0x7F0B0000 to its values: what the two forms of Android's resource table share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from otasite.binaries.android_chunks import Value

#: References followed for one value; aapt itself stops at 20.
MAX_REFERENCES = 20
#: Values looked at for one number, over all configurations and references.
MAX_VALUES = 2_000
#: Places in which one number after another is looked for, over all questions to one table. A label in 100 languages,
#: each of them a reference, takes some 10,000.
MAX_LOOKUPS = 200_000


class Config(msgspec.Struct, frozen=True):
    """For whom a value is: ``density`` in dots per inch (0 for any), ``locale`` "" for everyone."""

    density: int
    locale: str
    sdk: int


class ResourceTable(Protocol):
    """A resource table in either form."""

    def direct(self, number: int) -> Iterator[tuple[Config, Value]]:
        """The values of a resource as they stand, with their configurations. Raises Unreadable."""

    def locales(self) -> frozenset[str]:
        """Languages that values are for, as far as that costs nothing."""
        return frozenset()

    def text(self, value: Value) -> str:
        """The text of a value; a reference is followed to the one meant for all languages."""
        if not value.is_reference:
            return value.as_text()
        found = [(config, item.as_text()) for config, item in self.values(value.data)]
        best = min(found, key=lambda pair: (pair[0].locale != "", pair[0].locale != "en"), default=None)
        return best[1] if best else ""

    def values(self, number: int) -> Iterator[tuple[Config, Value]]:
        """All values of a resource with their configurations; references are followed, in circles only once."""
        seen: set[int] = set()
        pending: list[tuple[int, Config | None, int]] = [(number, None, 0)]
        looked_at = 0
        while pending:
            wanted, outer, depth = pending.pop()
            for found, value in self.direct(wanted):
                looked_at += 1
                if looked_at > MAX_VALUES:
                    return
                config = _narrower(outer, found)
                if not value.is_reference:
                    yield config, value
                elif value.data not in seen and depth < MAX_REFERENCES:
                    seen.add(value.data)
                    pending.append((value.data, config, depth + 1))


def _narrower(outer: Config | None, inner: Config) -> Config:
    """The configuration of a value behind a reference: what either of the two says."""
    if outer is None:
        return inner
    return Config(
        density=inner.density or outer.density,
        locale=inner.locale or outer.locale,
        sdk=max(inner.sdk, outer.sdk),
    )
