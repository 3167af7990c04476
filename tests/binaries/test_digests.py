"""Digests against hashlib's own, at every size where something could go wrong."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from otasite.binaries.digests import CHUNK_BYTES, digest_file

CHUNK = 1000


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 3])
def test_whole_and_chunks(tmp_path: Path, size: int) -> None:
    data = random.Random(size).randbytes(size)
    path = tmp_path / "x"
    path.write_bytes(data)
    found = digest_file(path, CHUNK)
    pieces = [data[at : at + CHUNK] for at in range(0, size, CHUNK)] or [b""]
    assert found.size == size
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.chunks == tuple(hashlib.sha256(piece).hexdigest() for piece in pieces)
    assert found.chunk_size == (CHUNK if size > CHUNK else size)


def test_pieces_that_do_not_fit_into_chunks(tmp_path: Path) -> None:
    """Chunks larger than what is read at once, and no multiple of it."""
    data = random.Random(1).randbytes(7 * 2**20)
    path = tmp_path / "x"
    path.write_bytes(data)
    size = 3 * 2**20 + 5
    expected = tuple(hashlib.sha256(data[at : at + size]).hexdigest() for at in range(0, len(data), size))
    assert digest_file(path, size).chunks == expected


def test_progress_goes_up_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(10 * CHUNK + 1))
    seen: list[tuple[int, int]] = []
    digest_file(path, CHUNK, lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (10 * CHUNK + 1, 10 * CHUNK + 1)


def test_chunks_are_those_of_apples_tools() -> None:
    assert CHUNK_BYTES == 10485760
