"""What a build leaves for the next one about its output folder: which files are ours, and what each unit became.

The record of owned files decides what a later build or ``clean`` deletes. It is not sealed, because losing a key must
not disown a site; so it is not trusted either: only paths that stay inside of the output folder are read from it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

import msgspec

from otasite.catalogue.sources import Trace
from otasite.memory import Memory, write_whole
from otasite.problems import Problem
from otasite.publish.output import Written, disk_trouble, is_inside
from otasite.site.addresses import OwnBinary
from otasite.site.published import AppDigest


class Unit(msgspec.Struct, kw_only=True):
    """What one app, or the site itself, was made from and became."""

    key: bytes
    trace: Trace
    outputs: dict[str, Written]
    digest: AppDigest | None = None
    problems: tuple[Problem, ...] = ()
    #: Its content has errors, so nothing was made of it (such a unit is never saved).
    broken: bool = False
    until: float | None = None  # seconds since 1970: when a future release becomes due
    elsewhere: tuple[OwnBinary, ...] = ()  # binaries that are to be uploaded outside dist/
    private: int = 0  # binaries that can be fetched only at signed addresses
    drafts: int = 0
    future: int = 0
    dropped: int = 0
    #: Of a preview: the theme (by its key) with which all its pages were rendered, to see that none of them fails.
    rendered_with: bytes = b""


class _OwnedFiles(msgspec.Struct):
    """The record of owned files: their paths in the output folder. JSON, so that any name keeps its form."""

    files: list[str]


class State:
    """The state of one project for one output folder."""

    def __init__(self, memory: Memory, state_folder: Path, out: Path) -> None:
        self._memory = memory
        root = state_folder.parent
        try:
            name = os.path.relpath(out, root)
        except ValueError:  # another drive (Windows)
            name = str(out)
        self._name = blake2b(Path(name).as_posix().encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()
        self._owned = state_folder / "builds" / f"{self._name}.owned.json"

    def units(self) -> dict[str, Unit]:
        """What the last build was made of; empty when that is unknown."""
        return self._memory.get("builds", self._name, dict[str, Unit]) or {}

    def save(self, units: Mapping[str, Unit]) -> None:
        self._memory.put("builds", self._name, units)

    def owned(self) -> frozenset[str]:
        """Files in the output folder that otasite wrote; empty when that is unknown."""
        try:
            record = msgspec.json.decode(self._owned.read_bytes(), type=_OwnedFiles)
        except (OSError, msgspec.DecodeError):
            return frozenset()
        return frozenset(path for path in record.files if is_inside(path))

    def own(self, paths: frozenset[str]) -> None:
        """Note which files are ours, or will be: said before dist/ changes, so that a killed build disowns none.

        Raises :class:`OtasiteError` when that cannot be written.
        """
        try:
            write_whole(self._owned, msgspec.json.encode(_OwnedFiles(sorted(paths))))
        except OSError as error:
            raise disk_trouble(error, f"{self._owned.parent.parent.name}/builds/{self._owned.name}") from error

    def forget(self) -> None:
        self._memory.forget("builds", self._name)
        self._owned.unlink(missing_ok=True)
