"""The memory between builds, in ``.otasite/``: disposable, versioned, and ignored when it is damaged.

For each output folder: which files otasite owns there, and for each unit of work (an app, or the site itself) what it
was made from, what it wrote, and what it leaves to the site's own files. Parsed content is kept per app, by digest,
for all output folders together.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import msgspec

from otasite import __version__
from otasite.catalogue.sources import Remembered, Trace
from otasite.problems import Problem
from otasite.publish.output import Written, disk_trouble
from otasite.site.digests import AppDigest
from otasite.site.libraries import libraries
from otasite.site.own_binaries import OwnBinary

T = TypeVar("T")
#: Changes whenever the meaning of what is stored does; the version of otasite is part of it anyway.
FORMAT = f"otasite {__version__} state 2".encode()


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


class State:
    """The state of one project for one output folder."""

    def __init__(self, folder: Path, out: Path, root: Path) -> None:
        self.folder = folder
        #: What a usable file begins with: converted notes and QR codes are also those of certain libraries.
        self._head = FORMAT + blake2b("\n".join(libraries()).encode(), digest_size=16).digest()
        self.cache = folder / "cache"
        name = blake2b(os.path.relpath(out, root).encode(), digest_size=6).hexdigest()
        self._build = folder / "builds" / f"{name}.msgpack"
        self._owned = folder / "builds" / f"{name}.owned"
        #: Files that could not be used: damaged, half written, or of another version.
        self.unusable: list[str] = []

    # --- builds -------------------------------------------------------------------------------------------

    def units(self) -> dict[str, Unit]:
        """What the last build was made of; empty when that is unknown."""
        return self._read(self._build, dict[str, Unit]) or {}

    def save(self, units: Mapping[str, Unit]) -> None:
        self._write(self._build, units)

    def owned(self) -> frozenset[str]:
        """Files in the output folder that otasite wrote. Plain lines, so that any version can read them."""
        try:
            return frozenset(self._owned.read_text("utf-8").splitlines())
        except (OSError, UnicodeDecodeError):
            return frozenset()

    def own(self, paths: frozenset[str]) -> None:
        """Note which files are ours, or will be: said before dist/ changes, so that a killed build disowns none."""
        self._write_bytes(self._owned, "".join(f"{path}\n" for path in sorted(paths)).encode())

    def take_unusable(self) -> tuple[str, ...]:
        """What could not be used since this was last asked: a worker's are told by its parent."""
        unusable = tuple(self.unusable)
        self.unusable.clear()
        return unusable

    def forget(self) -> None:
        self._build.unlink(missing_ok=True)
        self._owned.unlink(missing_ok=True)

    # --- parsed content -----------------------------------------------------------------------------------

    def remembered(self, unit: str) -> dict[str, Remembered]:
        """What was parsed of a unit's files."""
        return self._read(self.cache / "content" / f"{unit}.msgpack", dict[str, Remembered]) or {}

    def remember(self, unit: str, entries: Mapping[str, Remembered]) -> None:
        self._write(self.cache / "content" / f"{unit}.msgpack", entries)

    def notes(self, unit: str) -> dict[bytes, str]:
        """Converted Markdown by the digest of its text."""
        return self._read(self.cache / "notes" / f"{unit}.msgpack", dict[bytes, str]) or {}

    def remember_notes(self, unit: str, notes: Mapping[bytes, str]) -> None:
        self._write(self.cache / "notes" / f"{unit}.msgpack", notes)

    def codes(self, unit: str) -> dict[str, bytes]:
        """QR codes by their address."""
        return self._read(self.cache / "codes" / f"{unit}.msgpack", dict[str, bytes]) or {}

    def remember_codes(self, unit: str, codes: Mapping[str, bytes]) -> None:
        self._write(self.cache / "codes" / f"{unit}.msgpack", codes)

    # --- files --------------------------------------------------------------------------------------------

    def _read(self, path: Path, type_: type[T]) -> T | None:
        try:
            data = path.read_bytes()
        except OSError:
            return None
        head, body = data[: len(self._head)], data[len(self._head) :]
        if head == self._head and blake2b(body[16:], digest_size=16).digest() == body[:16]:
            try:
                return msgspec.msgpack.decode(body[16:], type=type_)
            except (msgspec.DecodeError, ValueError):
                pass
        self.unusable.append(path.relative_to(self.folder).as_posix())
        return None

    def _write(self, path: Path, value: object) -> None:
        body = msgspec.msgpack.encode(value)
        self._write_bytes(path, self._head + blake2b(body, digest_size=16).digest() + body)

    def _write_bytes(self, path: Path, data: bytes) -> None:
        """Write a file whole or not at all. Raises :class:`OtasiteError` when the disk is full."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                os.replace(name, path)
            except BaseException:
                os.unlink(name)
                raise
        except OSError as error:
            raise disk_trouble(error, path.relative_to(self.folder.parent).as_posix()) from error
