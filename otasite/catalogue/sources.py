"""Reads files of a project and remembers what was read, so that an unchanged file is never parsed twice.

A file counts as unchanged when size, modification time and change time are what they were, unless one of the
times lies so close to the moment it was read that a second write could hide behind it; then, and whenever a stamp
differs, the content decides (its BLAKE2 digest). So a fresh clone with other times still finds its parsed records.
"""

from __future__ import annotations

import errno
import os
import stat
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from otasite.problems import Location, Problem, ProblemsFound, unreadable_file

T = TypeVar("T")

#: Clock ticks of file systems: a file written this recently may be written again under the same time stamp.
#: Kernels tick every 4–10 ms; whole-second stamps come from coarse file systems (FAT has two seconds).
FINE_TICK_NS = 20_000_000
COARSE_TICK_NS = 2_100_000_000


class Stamp(msgspec.Struct, frozen=True, array_like=True):
    """Size and times (nanoseconds) of a file; ``size`` −1 means that the file was not there."""

    size: int
    modified: int
    changed: int


ABSENT = Stamp(-1, 0, 0)


class Remembered(msgspec.Struct, array_like=True):
    """What is known of a file: its stamp, the digest of its content and the value parsed from it (msgpack)."""

    stamp: Stamp
    digest: bytes
    certain: bool
    value: bytes = b""


class Trace(msgspec.Struct):
    """Every file and folder that influenced a result: the result holds as long as :meth:`Sources.holds`."""

    files: dict[str, Stamp] = {}
    folders: dict[str, tuple[str, ...]] = {}


class Changes(msgspec.Struct, frozen=True):
    """What changed: paths relative to the project's root with forward slashes, or absolute outside of it."""

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.files or self.folders)


def digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def stamp_of(path: str | Path) -> Stamp:
    """The stamp of a regular file, or :data:`ABSENT`."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return ABSENT
    if not stat.S_ISREG(status.st_mode):
        return ABSENT
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _is_certain(stamp: Stamp, now: int) -> bool:
    newest = max(stamp.modified, stamp.changed)
    tick = COARSE_TICK_NS if newest % 1_000_000_000 == 0 else FINE_TICK_NS
    return newest + tick < now


def _doubtful(stamp: Stamp) -> Stamp:
    """What no file's stamp is: who sees it again looks at the content."""
    return Stamp(stamp.size, -1, -1)


class Sources:
    """The files of one project below ``root``; all paths are relative to it, with forward slashes."""

    def __init__(self, root: Path, remembered: Mapping[str, Remembered] | None = None) -> None:
        self.root = root
        self.remembered: dict[str, Remembered] = dict(remembered or {})
        self.trace = Trace()
        #: Whether anything was found that ``remembered`` did not have.
        self.changed = False
        #: How many values were remembered, and how many were parsed or measured now.
        self.recalled = self.parsed = 0
        self._prefix = f"{root}/"
        #: Where folders really are, by their paths; asked anew for each result.
        self._real_folders: dict[str, str] = {}

    def start_trace(self) -> Trace:
        """Begin a new trace (for the next result) and return it; it fills as files are read."""
        self.trace = Trace()
        self._real_folders.clear()
        return self.trace

    def stamp(self, path: str) -> Stamp:
        """Look at a file without reading it; its being there, size and times become part of the trace."""
        stamp = stamp_of(self._prefix + path)
        self._seen_again(path, stamp)
        return stamp

    def _seen_again(self, path: str, stamp: Stamp) -> None:
        """Let a file be part of the trace, maybe once more: doubt stays, and what changed in between is doubtful."""
        known = self.trace.files.get(path, stamp)
        self.trace.files[path] = stamp if known == stamp else _doubtful(stamp)

    def listing(self, folder: str) -> tuple[str, ...]:
        """:func:`names_in` a folder; they become part of the trace."""
        names = names_in(self._prefix + folder)
        self.trace.folders[folder] = names
        return names

    def actual(self, path: str) -> str:
        """The path as the disk has it: names count in any form of the same characters (see :func:`one_form`)."""
        if path.isascii() or self.stamp(path) != ABSENT:
            return path
        found = ""
        for part in path.split("/"):
            names = self.listing(found) if found else (part,)
            same = (name for name in names if one_form(name) == one_form(part))
            found = f"{found}/{part if part in names else next(same, part)}".lstrip("/")
        return found

    def is_dead_link(self, path: str) -> bool:
        """Whether a link leads to nothing or in a circle."""
        full = self._prefix + path
        return os.path.islink(full) and not os.path.exists(full)

    def load(self, path: str, type_: type[T], parse: Callable[[bytes, str], T], *, remember: bool = True) -> T:
        """The value of a file: remembered, or ``parse(data, path)``.

        What is parsed as fast as it would be recalled is not worth it to ``remember``. Raises ``ProblemsFound`` as
        ``parse`` does, and for a file that cannot be read or is not the project's own.
        """
        full = self._prefix + path
        now = time.time_ns()
        stamp = stamp_of(full)
        self.trace.files[path] = stamp
        known = self.remembered.get(path)
        if known is not None and known.value and known.certain and known.stamp == stamp:
            self.recalled += 1
            return msgspec.msgpack.decode(known.value, type=type_)
        data = self._read(full, path)
        certain = _is_certain(stamp, now)
        if not certain:
            self.trace.files[path] = _doubtful(stamp)
        if not remember:
            return parse(data, path)
        content = digest(data)
        self.changed = True
        if known is not None and known.value and known.digest == content:
            self.remembered[path] = Remembered(stamp, content, certain, known.value)
            self.recalled += 1
            return msgspec.msgpack.decode(known.value, type=type_)
        self.parsed += 1
        value = parse(data, path)
        self.remembered[path] = Remembered(stamp, content, certain, msgspec.msgpack.encode(value))
        return value

    def measure(self, path: str, type_: type[T], compute: Callable[[Path], T]) -> T:
        """What ``compute`` finds in a file too large to read twice; only its stamp tells whether it is the same."""
        now = time.time_ns()
        stamp = self.trace.files[path] = stamp_of(self._prefix + path)
        known = self.remembered.get(path)
        if known is not None and known.value and known.certain and known.stamp == stamp:
            self.recalled += 1
            return msgspec.msgpack.decode(known.value, type=type_)
        certain = _is_certain(stamp, now)
        if not certain:
            self.trace.files[path] = _doubtful(stamp)
        self._confine(path)
        self.parsed += 1
        value = compute(self.root / path)
        self.changed = True
        self.remembered[path] = Remembered(stamp, b"", certain, msgspec.msgpack.encode(value))
        return value

    def read(self, path: str) -> bytes:
        """The bytes of a file, traced but not remembered."""
        full = self._prefix + path
        now = time.time_ns()
        stamp = stamp_of(full)
        self._seen_again(path, stamp if _is_certain(stamp, now) else _doubtful(stamp))
        return self._read(full, path)

    def leads_out(self, path: str) -> bool:
        """Whether links lead from ``path`` out of its top folder (``content``), to what is not the project's own."""
        top, _, _ = path.partition("/")
        folder, _, name = path.rpartition("/")
        full = self._prefix + path
        real = os.path.realpath(full) if os.path.islink(full) else os.path.join(self._real_folder(folder), name)
        home = self._real_folder(top if folder else "")
        return not real.startswith(home.rstrip(os.sep) + os.sep)

    def _real_folder(self, folder: str) -> str:
        known = self._real_folders.get(folder)
        if known is None:
            known = self._real_folders[folder] = os.path.realpath(self._prefix + folder)
        return known

    def _confine(self, path: str) -> None:
        if self.leads_out(path):
            raise ProblemsFound([foreign_file(path)])

    def _read(self, full: str, path: str) -> bytes:
        self._confine(path)
        try:
            with open(full, "rb") as file:
                return file.read()
        except OSError as error:
            raise ProblemsFound([unreadable_file(path, error)]) from error

    def forget(self, changes: Changes) -> None:
        """Files changed. There is nothing to forget here: every file is looked at each time it is asked for."""

    def holds(self, trace: Trace) -> bool:
        """Whether every file and folder of ``trace`` is as it was."""
        prefix = self._prefix
        return all(names_in(prefix + folder) == names for folder, names in trace.folders.items()) and all(
            stamp_of(prefix + path) == stamp for path, stamp in trace.files.items()
        )


class WatchedSources(Sources):
    """Sources of somebody who watches the files: none is looked at again before :meth:`forget` was told of it.

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

    def load(self, path: str, type_: type[T], parse: Callable[[bytes, str], T], *, remember: bool = True) -> T:
        kept = self._kept.get(path)
        if kept is not None:
            self.trace.files[path] = kept[0]
            return cast(T, kept[1])
        value = super().load(path, type_, parse, remember=remember)
        stamp = self.trace.files[path]
        if stamp.modified >= 0:  # else it was written a moment ago, and maybe again since
            self._kept[path] = (stamp, value)
        return value


class DraftSources(Sources):
    """The files of a project as they would be with others written: what is to be written is judged before it is.

    ``texts`` are new contents by path; ``measured`` is what is known of files that would be there.
    """

    def __init__(
        self,
        root: Path,
        texts: Mapping[str, bytes],
        measured: Mapping[str, object],
        remembered: Mapping[str, Remembered] | None = None,
    ) -> None:
        super().__init__(root, remembered)
        self._texts = texts
        self._measured = measured

    def _is_draft(self, path: str) -> bool:
        return path in self._texts or path in self._measured

    def stamp(self, path: str) -> Stamp:
        return Stamp(len(self._texts.get(path, b"")), -1, -1) if self._is_draft(path) else super().stamp(path)

    def listing(self, folder: str) -> tuple[str, ...]:
        start = f"{folder}/"
        drafts = (path for path in (*self._texts, *self._measured) if path.startswith(start))
        names = {path.removeprefix(start).partition("/")[0] for path in drafts}
        return tuple(sorted(names.union(super().listing(folder))))

    def load(self, path: str, type_: type[T], parse: Callable[[bytes, str], T], *, remember: bool = True) -> T:
        if path in self._texts:
            return parse(self._texts[path], path)
        return super().load(path, type_, parse, remember=remember)

    def measure(self, path: str, type_: type[T], compute: Callable[[Path], T]) -> T:
        return cast(T, self._measured[path]) if path in self._measured else super().measure(path, type_, compute)

    def _read(self, full: str, path: str) -> bytes:
        return self._texts[path] if path in self._texts else super()._read(full, path)


def foreign_file(path: str) -> Problem:
    """A file of the project that is a link to somewhere else: everybody could read it on the site."""
    return Problem(
        code="outside-content",
        message="links lead from here out of the content folder",
        hint="copy the file itself (not a link to it) into the content folder",
        location=Location(path),
    )


#: What the system says of a link in a circle, and of a name that no folder can have.
_NO_FOLDER = frozenset({errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL})


def names_in(folder: str) -> tuple[str, ...]:
    """Names in a folder, sorted, without hidden ones but those that hosts need; empty when there is no folder."""
    try:
        return tuple(sorted(name for name in os.listdir(folder) if _is_shown(name)))
    except (FileNotFoundError, NotADirectoryError, ValueError):  # no path has a NUL (ValueError)
        return ()
    except OSError as error:
        if error.errno not in _NO_FOLDER:
            raise
        return ()  # whoever expects a folder there says so


#: Hidden names in ``static/`` that hosts read or serve.
_HIDDEN_FOR_HOSTS = frozenset({".well-known", ".htaccess", ".nojekyll"})


def _is_shown(name: str) -> bool:
    return not name.startswith(".") or name in _HIDDEN_FOR_HOSTS


def one_form(name: str) -> str:
    """A name in the one form (NFC) in which two that look the same are the same.

    Macs write ``ü`` as two characters (NFD) in names of files, people and most other systems as one.
    """
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def dead_link(path: str) -> Problem:
    """A link that leads to nothing, in a circle, or to no ordinary file."""
    return Problem(
        code="unreadable-file",
        message="this is a link to nothing or in a circle, or no ordinary file",
        hint="remove it, or put the file itself here",
        location=Location(path),
    )


def keep_only(remembered: Mapping[str, Remembered], paths: Iterable[str]) -> dict[str, Remembered]:
    """What is worth saving: entries that carry a value and were used by this run."""
    used = set(paths)
    return {path: entry for path, entry in remembered.items() if entry.value and path in used}
