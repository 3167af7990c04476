"""SHA-256 of a file as a whole and of each chunk, in one pass.

iOS checks the chunks while it downloads (``sha256s`` in the manifest), people and ``verify`` the whole. Every
byte is hashed twice, so the two run side by side: hashlib lets go of the interpreter lock while it works.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from otasite.progress import Progress

#: Apple's own tools cut at 10 MiB.
CHUNK_BYTES = 10 * 2**20
#: Bytes read at a time: large enough that handing a piece to a thread costs nothing beside hashing it.
_PIECE_BYTES = 2 * 2**20


class Digests(msgspec.Struct, frozen=True):
    """Lower-case hex digests. A file no larger than one chunk has one digest and its true size as chunk size."""

    size: int
    sha256: str
    chunk_size: int
    chunks: tuple[str, ...]


def digest_file(path: Path, chunk_size: int = CHUNK_BYTES, progress: Progress | None = None) -> Digests:
    """Hash a file once from start to end, with memory independent of its size. Raises OSError."""
    total = path.stat().st_size
    whole = hashlib.sha256()
    chunks: list[str] = []
    size = 0
    with path.open("rb", buffering=0) as file, ThreadPoolExecutor(1) as beside:
        buffer = bytearray(min(_PIECE_BYTES, chunk_size))
        chunk, filled = hashlib.sha256(), 0
        while count := file.readinto(memoryview(buffer)[: min(len(buffer), chunk_size - filled)]):
            piece = memoryview(buffer)[:count]
            other = beside.submit(chunk.update, piece)
            whole.update(piece)
            other.result()
            size, filled = size + count, filled + count
            if filled == chunk_size:
                chunks.append(chunk.hexdigest())
                chunk, filled = hashlib.sha256(), 0
            if progress:
                progress(size, max(total, size))
        if filled or not chunks:
            chunks.append(chunk.hexdigest())
    return Digests(size=size, sha256=whole.hexdigest(), chunk_size=min(chunk_size, size), chunks=tuple(chunks))
