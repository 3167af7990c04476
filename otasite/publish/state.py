"""Which files of the output folder are ours: what a later build or ``clean`` may delete.

The record is not sealed, because losing a key must not disown a site; so it is not trusted either: only paths that
stay inside of the output folder are read from it.
"""

from __future__ import annotations

import errno
from pathlib import Path

import msgspec

from otasite.memory import Memory, write_whole
from otasite.publish.output import disk_trouble, is_inside
from otasite.workshop.unit_memory import Records

#: How systems say that a folder is not to be written; a memory there says so to people (:func:`notes_on`).
_MAY_NOT = (errno.EACCES, errno.EPERM, errno.EROFS)


class _OwnedFiles(msgspec.Struct):
    """The record of owned files: their paths in the output folder. JSON, so that any name keeps its form."""

    files: list[str]


class State:
    """What a build leaves for the next one for the same output folder: the records of its units, and its files."""

    def __init__(self, memory: Memory, state_folder: Path, out: Path) -> None:
        self.records = Records(memory, state_folder, out)
        self._owned = state_folder / "builds" / f"{self.records.name}.owned.json"

    def owned(self) -> frozenset[str]:
        """Files in the output folder that otasite wrote; empty when that is unknown."""
        try:
            record = msgspec.json.decode(self._owned.read_bytes(), type=_OwnedFiles)
        except (OSError, msgspec.DecodeError):
            return frozenset()
        return frozenset(path for path in record.files if is_inside(path))

    def own(self, paths: frozenset[str]) -> None:
        """Note which files are ours, or will be: said before dist/ changes, so that a killed build disowns none.

        Where nobody may write a project's own folder, a build into another place does without: what it wrote is not
        known to later ones. Raises :class:`OtasiteError` when that cannot be written for any other reason.
        """
        try:
            write_whole(self._owned, msgspec.json.encode(_OwnedFiles(sorted(paths))))
        except OSError as error:
            if error.errno in _MAY_NOT:
                return
            raise disk_trouble(error, f"{self._owned.parent.parent.name}/builds/{self._owned.name}") from error

    def forget(self) -> None:
        self.records.forget()
        self._owned.unlink(missing_ok=True)
