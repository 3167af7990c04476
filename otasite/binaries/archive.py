"""Reading a zip archive that may be damaged, odd or hostile. Nothing is ever written to disk.

Every bound is a constant here with its reason. All failures are :class:`~otasite.problems.ProblemsFound` with one
problem that names the file; no other exception leaves :class:`Archive`.
"""

from __future__ import annotations

import copy
import io
import os
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import msgspec

from otasite.binaries.no_archive import COPY_AGAIN, explain, reason_of
from otasite.binaries.plain_text import shown
from otasite.problems import Location, Problem, ProblemsFound

#: Entries in one archive. The largest real apps (games, browsers) have some 50,000.
MAX_ENTRIES = 100_000
#: Bytes of the archive's table of contents; 100,000 entries with names of 100 characters fill about 16 MiB.
MAX_DIRECTORY_BYTES = 32 * 2**20
#: Bytes of one metadata file (property lists, profiles, icons). Real ones stay below 1 MiB.
MAX_ENTRY_BYTES = 16 * 2**20
#: Bytes of all files read into memory from one archive, so that many allowed files do not add up to a bomb.
MAX_TOTAL_BYTES = 160 * 2**20
#: Bytes that are looked through, not kept, to reach the ends of an app's executables; for one archive.
MAX_STREAM_BYTES = 2 * 2**30
#: Bytes of extra fields in the table of contents. Real entries have some 30 each; zipfile's time to read those of one
#: entry grows with the square of their length.
MAX_EXTRA_BYTES = 8 * 2**20
#: Deflate cannot pack better than 1,032 : 1, and real metadata does not pack better than 100 : 1.
MAX_RATIO = 250
#: Files up to this size may pack as well as they like: a small file is no bomb.
RATIO_FREE_BYTES = 2**20

_ENCRYPTED = 0x1
_DATA_DESCRIPTOR = 0x8
_UTF8_NAME = 0x800
_CREATED_ON_UNIX = 3
#: The compression methods that phones read. zipfile knows more, and unpacks some of those without any bound.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_METHOD_NAMES = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd", 99: "AES encryption"}
#: An entry of the table of contents: its fixed part, with the lengths of name, extra field and comment in it.
_DIRECTORY_ENTRY = struct.Struct("<4s24xHHH12x")
#: The head that an entry has where its data is, with the lengths of name and extra field in it.
_LOCAL_HEADER = struct.Struct("<4s22xHH")

#: What a zip library raises for bytes that are no valid zip, collected from its source and from fuzzing.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    OverflowError,
    ValueError,  # includes UnicodeDecodeError in names, and negative seeks
    NotImplementedError,  # compression or zip version that does not exist
    RuntimeError,  # encrypted entries
    LookupError,
)


class Entry(msgspec.Struct, frozen=True):
    """One file in the archive, under its repaired name. Sizes are what the archive claims, in bytes."""

    name: str
    size: int
    packed_size: int
    encrypted: bool
    symlink: bool
    directory: bool
    info: zipfile.ZipInfo


class _GuardedFile(io.FileIO):
    """A file that refuses to hand out a table of contents too large to hold.

    zipfile reads the table in one call whose length the archive itself states; this is the one place where a
    small hostile file could make it work without bound, so the guard sits under it.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        rest = os.fstat(self.fileno()).st_size - self.tell()
        wanted = rest if size is None or size < 0 else min(size, rest)
        if wanted > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("table of contents too large")
        data = super().read(max(wanted, 0)) or b""
        _refuse_excessive_directory(data)
        return data


def _refuse_excessive_directory(data: bytes) -> None:
    """Walk a table of contents as zipfile will; anything else that is read passes at once."""
    entries = extra_bytes = at = 0
    while at + _DIRECTORY_ENTRY.size <= len(data):
        magic, name, extra, comment = _DIRECTORY_ENTRY.unpack_from(data, at)
        if magic != b"PK\x01\x02":
            return
        at += _DIRECTORY_ENTRY.size + name + extra + comment
        entries += 1
        extra_bytes += extra
        if entries > MAX_ENTRIES:
            raise zipfile.BadZipFile(f"more than {MAX_ENTRIES} entries")
        if extra_bytes > MAX_EXTRA_BYTES:
            raise zipfile.BadZipFile("the extra fields of its entries are too large")


class Archive:
    """A zip archive opened for bounded reading; use as a context manager.

    When a name occurs twice the last one counts, as it does for iOS. ``notes`` lists what is unusual about the
    archive in fixed words. ``shown_as`` is the path that problems name.
    """

    def __init__(self, path: Path, shown_as: str) -> None:
        self.path = path
        self.shown_as = shown(shown_as)
        self._spent = 0
        self._streamed = 0
        self._file: _GuardedFile | None = None
        try:
            self._file = _GuardedFile(path)
            self._zip = zipfile.ZipFile(self._file)
        except _DAMAGE as error:
            self.close()
            raise self._unopenable(error) from None
        infos = self._zip.infolist()
        self.entries: dict[str, Entry] = {}
        for info in infos:
            entry = _entry(info)
            self.entries[entry.name] = entry
        self.notes = _notes(infos, self.entries)
        self.count = len(infos)
        #: Names that more than one entry has.
        self.doubled: tuple[str, ...] = _doubled(infos)
        #: Whether anything stands before the first entry, as in an archive that unpacks itself.
        self.has_prefix = bool(infos) and not self._starts_with_an_entry()
        #: Where the table of contents starts, in bytes from the start of the file.
        self.directory_offset: int = self._zip.start_dir

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _starts_with_an_entry(self) -> bool:
        assert self._file is not None
        self._file.seek(0)
        return self._file.read(4) == b"PK\x03\x04"

    def oddities(self) -> Iterator[Problem]:
        """What is odd about the archive itself although it can be read: warnings."""
        if self.has_prefix:
            yield self._warning(
                "archive-prefix",
                "something else stands before the archive: phones look for it at the very start of the file",
                "Zip the files anew, with a tool that adds nothing in front.",
            )
        if self.with_backslashes:
            yield self._warning(
                "archive-backslashes",
                f"the archive holds “{self.with_backslashes[0]}”: phones do not take a backslash for a folder",
                ZIP_ANEW,
            )

    @property
    def with_backslashes(self) -> list[str]:
        """Names that tools on Windows write against the rules of the format."""
        return [name for name in self.entries if "\\" in name]

    def _warning(self, code: str, message: str, hint: str) -> Problem:
        return msgspec.structs.replace(self.problem(code, message, hint), severity="warning")

    def names(self) -> Iterator[str]:
        """Names of all entries but those that macOS adds for itself (``__MACOSX/``, ``._name``)."""
        return (name for name in self.entries if not is_mac_litter(name))

    def has(self, name: str) -> bool:
        return name in self.entries

    def is_compressed(self, name: str) -> bool:
        return self.has(name) and self.entries[name].info.compress_type != zipfile.ZIP_STORED

    def data_offset(self, name: str) -> int:
        """Where an entry's data starts, in bytes from the start of the file: after its own head, name and extra."""
        assert self._file is not None
        info = self.entries[name].info
        self._file.seek(info.header_offset)
        head = self._file.read(_LOCAL_HEADER.size)
        if len(head) < _LOCAL_HEADER.size:
            return info.header_offset
        _, name_size, extra_size = _LOCAL_HEADER.unpack(head)
        return info.header_offset + _LOCAL_HEADER.size + int(name_size) + int(extra_size)

    def within(self, folder: str) -> Archive:
        """The files of one folder, by their names in it; ``folder`` ends in a slash. Close only the whole archive."""
        view = copy.copy(self)
        inside = (entry for name, entry in self.entries.items() if name.startswith(folder))
        view.entries = {
            short: msgspec.structs.replace(entry, name=short)
            for entry in inside
            if (short := entry.name[len(folder) :])
        }
        return view

    def under(self, prefix: str) -> Iterator[Entry]:
        """Entries whose names start with ``prefix``, files only."""
        return (
            entry
            for name, entry in self.entries.items()
            if name.startswith(prefix) and not entry.directory and not is_mac_litter(name)
        )

    def read(self, name: str, limit: int = MAX_ENTRY_BYTES) -> bytes:
        """The bytes of one entry, at most ``limit`` of them.

        Raises ProblemsFound when the entry is missing, larger than ``limit``, packed suspiciously well,
        encrypted, a symbolic link, or damaged.
        """
        entry = self._readable(name)
        self._refuse_excess(entry, limit)
        self._spent += entry.size
        with self._damage_of(name), self._zip.open(entry.info) as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            self.fail("archive-entry-too-large", f"“{name}” unpacks to more than {limit:,} bytes")
        if len(data) != entry.size:
            self.fail("archive-damaged", f"“{name}” is {len(data):,} bytes long, not {entry.size:,} as stated")
        return data

    @contextmanager
    def stream(self, name: str) -> Iterator[zipfile.ZipExtFile]:
        """Open an entry for reading in pieces; errors as in read().

        All that are opened may be :data:`MAX_STREAM_BYTES` long together.
        """
        entry = self._readable(name)
        self._refuse_bomb(entry)
        self._streamed += entry.size
        if self._streamed > MAX_STREAM_BYTES:
            self.fail("archive-entry-too-large", f"“{name}” claims to be {entry.size:,} bytes long")
        with self._damage_of(name), self._zip.open(entry.info) as stream:
            yield stream  # type: ignore[misc]  # typeshed says IO[bytes]; it is a ZipExtFile

    def fail(self, code: str, message: str, hint: str = "") -> NoReturn:
        raise ProblemsFound([self.problem(code, message, hint)])

    def problem(self, code: str, message: str, hint: str = "") -> Problem:
        return Problem(code=code, message=shown(message), hint=hint, location=Location(self.shown_as))

    def _readable(self, name: str) -> Entry:
        entry = self.entries.get(name)
        if entry is None:
            self.fail("archive-entry-missing", f"the archive has no “{name}”")
        if entry.encrypted:
            self.fail(
                "archive-encrypted",
                f"“{name}” is protected with a password",
                "Make the archive without a password: phones cannot open it otherwise.",
            )
        if other := other_compression(entry.info):
            self.fail(
                "archive-compression",
                f"“{name}” is packed with {other}, which phones do not read",
                "Zip it again with ordinary compression (deflate).",
            )
        if entry.symlink:
            self.fail("archive-symlink", f"“{name}” is a symbolic link where a file belongs", _EXPORT_AGAIN)
        return entry

    def _refuse_excess(self, entry: Entry, limit: int) -> None:
        if entry.size > limit:
            self.fail("archive-entry-too-large", f"“{entry.name}” is {entry.size:,} bytes, more than {limit:,}")
        self._refuse_bomb(entry)
        if self._spent + entry.size > MAX_TOTAL_BYTES:
            self.fail("archive-bomb", f"its metadata adds up to more than {MAX_TOTAL_BYTES:,} bytes")

    def _refuse_bomb(self, entry: Entry) -> None:
        if entry.size > RATIO_FREE_BYTES and entry.size > MAX_RATIO * max(entry.packed_size, 1):
            self.fail("archive-bomb", f"“{entry.name}” unpacks to more than {MAX_RATIO} times its packed size")

    @contextmanager
    def _damage_of(self, name: str) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            self.fail("archive-damaged", f"“{name}” cannot be read ({reason_of(error)})", COPY_AGAIN)

    def _unopenable(self, error: Exception) -> ProblemsFound:
        code, message, hint = explain(self.path, error)
        return ProblemsFound([self.problem(code, message, hint)])


#: What helps against backslashes.
ZIP_ANEW = "Zip the files anew: names of files in a zip have “/” between folders, also on Windows."
_EXPORT_AGAIN = "Export the file again with the tool that built it."


def is_mac_litter(name: str) -> bool:
    """Whether macOS put this entry there for its own use: twins of real files that say nothing about the app."""
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].startswith("._")


def other_compression(info: zipfile.ZipInfo) -> str:
    """The name of an entry's compression method when phones do not read it; empty for stored and deflate."""
    method = info.compress_type
    return "" if method in _METHODS else _METHOD_NAMES.get(method, f"method {method}")


def _entry(info: zipfile.ZipInfo) -> Entry:
    name = repaired_name(info)
    on_unix = info.create_system == _CREATED_ON_UNIX
    return Entry(
        name=name,
        size=info.file_size,
        packed_size=info.compress_size,
        encrypted=bool(info.flag_bits & _ENCRYPTED),
        symlink=on_unix and stat.S_ISLNK(info.external_attr >> 16),
        directory=name.endswith("/"),
        info=info,
    )


def repaired_name(info: zipfile.ZipInfo) -> str:
    """The entry's name as phones read it, on every system.

    zipfile reads names without the UTF-8 flag as cp437, where Apple's tools write UTF-8, and on Windows it turns
    backslashes into slashes.
    """
    name = info.orig_filename.partition("\0")[0]
    if info.flag_bits & _UTF8_NAME:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _notes(infos: list[zipfile.ZipInfo], entries: dict[str, Entry]) -> tuple[str, ...]:
    notes = set()
    if any(info.flag_bits & _DATA_DESCRIPTOR for info in infos):
        notes.add("data-descriptors")
    if len(entries) < len(infos):
        notes.add("duplicate-names")
    for name, entry in entries.items():
        if name.startswith("__MACOSX/"):
            notes.add("__MACOSX")
        if name.endswith(".DS_Store"):
            notes.add(".DS_Store")
        if name.startswith("/") or ".." in name.split("/"):
            notes.add("names-outside-the-archive")
        if entry.symlink:
            notes.add("symbolic-links")
        if entry.encrypted:
            notes.add("encrypted-entries")
        if not name.isascii() and not entry.info.flag_bits & _UTF8_NAME:
            notes.add("unmarked-utf8-names")
    return tuple(sorted(notes))


def _doubled(infos: list[zipfile.ZipInfo]) -> tuple[str, ...]:
    counted = Counter(repaired_name(info) for info in infos)
    return tuple(sorted(name for name, count in counted.items() if count > 1))
