"""A folder of small files that save work and may vanish at any time.

Several processes may read and write it at once: a file appears complete or not at all, and each carries
the digest of its own content, so that a damaged one is the same as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

_MAGIC = b"otasite-theme-cache-1\n"
_DIGEST = hashlib.sha256().digest_size


class BlobCache:
    """Bytes by key. ``folder`` is created when something is first stored; ``None`` stores nothing.

    Keys are file names: hexadecimal digests with a suffix. At most ``limit`` entries are kept.
    """

    def __init__(self, folder: Path | None, *, limit: int = 1000) -> None:
        self._folder = folder
        self._limit = limit

    def get(self, key: str) -> bytes | None:
        """What was stored under ``key``; ``None`` when nothing was, or when it is damaged."""
        if self._folder is None:
            return None
        try:
            content = (self._folder / key).read_bytes()
        except OSError:
            return None
        return _unseal(content)

    def put(self, key: str, data: bytes) -> None:
        """Store ``data`` whole. A folder that cannot be written only costs time, so that is no error."""
        if self._folder is None:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make_room(self._folder)
            _write_atomically(self._folder, key, _seal(data))

    def _make_room(self, folder: Path) -> None:
        """Drop the older half once the folder is full: editing a theme leaves an entry for each version."""
        names = os.listdir(folder)
        if len(names) < self._limit:
            return
        by_age = sorted((folder / name for name in names), key=_age)
        for path in by_age[: len(by_age) // 2]:
            path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process was quicker to remove it
        return 0.0


def _seal(data: bytes) -> bytes:
    return _MAGIC + hashlib.sha256(data).digest() + data


def _unseal(content: bytes) -> bytes | None:
    start = len(_MAGIC) + _DIGEST
    data = content[start:]
    intact = content[:start] == _MAGIC + hashlib.sha256(data).digest()
    return data if intact else None


def _write_atomically(folder: Path, name: str, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).replace(folder / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
