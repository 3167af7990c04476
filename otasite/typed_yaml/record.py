"""The base of every type that a YAML mapping is read into."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Replaced(msgspec.Struct, frozen=True):
    """A key that another one has replaced: still read, with a warning, and rewritten by ``otasite upgrade``.

    ``*`` at the end of both stands for the rest of the name; a dot in ``now`` leads into the mapping of that key.
    ``since`` is the version that came with the new key.
    """

    was: str
    now: str
    since: str

    def way(self, name: str) -> tuple[str, ...]:
        """The keys that lead to what is now said instead of ``name``; none when ``name`` is another key."""
        rest = name.removeprefix(self.was.removesuffix("*"))
        if rest == name or (rest and not self.was.endswith("*")) or (self.was.endswith("*") and not rest):
            return ()
        return (*self.now.removesuffix("*").strip(".").split("."), *([rest] if rest else []))


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping as people write it: immutable, and an unknown key is a mistake.

    A record's docstring says in a line ``key: meaning`` what each key is for: editors show it (JSON Schema), hints
    of problems quote it, and it is the reference.
    """

    #: Keys that it had in earlier versions.
    REPLACED: ClassVar[tuple[Replaced, ...]] = ()
