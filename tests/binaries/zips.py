"""Writes zip archives, correct ones and those that break a rule on purpose."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

#: A fixed time for all entries, so that the same files give the same archive.
_TIME = (2026, 1, 2, 3, 4, 6)
_UTF8_FLAG = 0x800


def write_zip(
    path: Path,
    files: Mapping[str, bytes] | Iterable[tuple[str, bytes]],
    *,
    compression: int = zipfile.ZIP_DEFLATED,
    stored: Iterable[str] = (),
    symlinks: Iterable[str] = (),
) -> Path:
    """Write files in the given order; a sequence of pairs may repeat a name."""
    pairs = files.items() if isinstance(files, Mapping) else files
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in pairs:
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_STORED if name in set(stored) else compression
            info.create_system = 3
            kind = stat.S_IFLNK if name in set(symlinks) else stat.S_IFREG
            info.external_attr = (kind | 0o644) << 16
            _write(archive, info, content)
    return path


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, content: bytes) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile warns of names that repeat: here they are meant to
        archive.writestr(info, content)


def without_utf8_flag(data: bytes) -> bytes:
    """The archive as tools write it that store UTF-8 names but do not say so."""
    return _change_flags(data, lambda flags: flags & ~_UTF8_FLAG)


def encrypted(data: bytes) -> bytes:
    """The archive with every entry marked as protected by a password."""
    return _change_flags(data, lambda flags: flags | 1)


def with_sizes(data: bytes, name: str, size: int) -> bytes:
    """The archive with a lie about the unpacked size of one entry in its table of contents."""
    changed = bytearray(data)
    for start in _records(data, b"PK\x01\x02"):
        length = int.from_bytes(data[start + 28 : start + 30], "little")
        if data[start + 46 : start + 46 + length] == name.encode():
            changed[start + 24 : start + 28] = size.to_bytes(4, "little")
    return bytes(changed)


def _change_flags(data: bytes, change: object) -> bytes:
    assert callable(change)
    changed = bytearray(data)
    for magic, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        for start in _records(data, magic):
            flags = int.from_bytes(data[start + offset : start + offset + 2], "little")
            changed[start + offset : start + offset + 2] = change(flags).to_bytes(2, "little")
    return bytes(changed)


def _records(data: bytes, magic: bytes) -> list[int]:
    starts, at = [], data.find(magic)
    while at >= 0:
        starts.append(at)
        at = data.find(magic, at + 4)
    return starts
