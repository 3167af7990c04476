"""Memory and time stay within bounds however large a file is, or says it is.

Each file is inspected by a process of its own, whose peak memory the operating system counts. By hand, with
random content, the same as here:  ``otasite inspect Large.ipa`` under ``/usr/bin/time -v``.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import pytest

from tests.binaries.ipas import APP, app_files
from tests.binaries.measuring import NEEDS_PROC, measured
from tests.binaries.zips import write_zip

LIMIT = 150 * 2**20
GIBIBYTE = 2**30


def zip64_ipa(path: Path, padding: int) -> None:
    """An .ipa with one huge stored entry before the app's files; the file is sparse, so it costs no disk.

    The archive is written by hand: all sizes and offsets of the huge entry and after it need zip64 fields.
    """
    name = f"{APP}Resources.bin".encode()
    crc = 0  # wrong, but nobody reads this entry
    sizes = struct.pack("<HHQQ", 1, 16, padding, padding)
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 45, 0, 0, 0, 0, crc, 0xFFFFFFFF, 0xFFFFFFFF, len(name), 20)
    directory = _directory_entry(name, crc, padding, 0)
    with path.open("wb") as file:
        file.write(local + name + sizes)
        file.seek(padding, os.SEEK_CUR)
        for entry, content in app_files().items():
            offset = file.tell()
            directory += _directory_entry(entry.encode(), zlib.crc32(content), len(content), offset)
            header = (b"PK\x03\x04", 45, 0, 0, 0, 0, zlib.crc32(content), len(content), len(content))
            file.write(struct.pack("<4sHHHHHIIIHH", *header, len(entry), 0) + entry.encode() + content)
        start = file.tell()
        file.write(directory)
        count = 1 + len(app_files())
        end = file.tell()
        file.write(struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, end - start, start))
        file.write(struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1))
        file.write(struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


def _directory_entry(name: bytes, crc: int, size: int, offset: int) -> bytes:
    extra = struct.pack("<HHQQQ", 1, 24, size, size, offset)
    sizes = (0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra), 0, 0, 0, 0, 0xFFFFFFFF)
    return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 45, 45, 0, 0, 0, 0, crc, *sizes) + name + extra


pytestmark = [pytest.mark.slow, NEEDS_PROC]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Example.ipa"


def test_five_gibibytes_with_zip64(path: Path) -> None:
    zip64_ipa(path, 5 * GIBIBYTE)
    printed, peak, _ = measured(path)
    assert printed == f"com.example.app {path.stat().st_size} 0"
    assert path.stat().st_size > 5 * GIBIBYTE
    assert peak < LIMIT


def test_digests_of_a_large_file(path: Path) -> None:
    """The same loop runs for any size; 300 MiB keep the test short."""
    zip64_ipa(path, 300 * 2**20)
    printed, peak, _ = measured(path, digests=True)
    assert printed == f"com.example.app {path.stat().st_size} 31"
    assert peak < LIMIT


def test_bombs_in_every_place(path: Path) -> None:
    zeros = bytes(64 * 2**20)
    names = ("Example", "embedded.mobileprovision", "Assets.car", "Icon.png", "PlugIns/A.appex/Info.plist")
    write_zip(path, app_files() | {f"{APP}{name}": zeros for name in names})
    assert path.stat().st_size < 2**20
    printed, peak, _ = measured(path)
    assert printed.startswith("com.example.app")
    assert peak < LIMIT


def test_a_hundred_thousand_entries(path: Path) -> None:
    entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, *[0] * 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    count = 99_999
    head = b"PK\x03\x04" + bytes(26)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entry) * count, len(head), 0)
    path.write_bytes(head + entry * count + end)
    printed, peak, _ = measured(path)
    assert printed == "binary-unknown"
    assert peak < LIMIT


def test_more_entries_than_anyone_has(path: Path) -> None:
    entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, *[0] * 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    count = 700_000
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entry) * count, 4, 0)
    path.write_bytes(b"PK\x03\x04" + entry * count + end)
    printed, peak, _ = measured(path)
    assert printed == "archive-too-large"
    assert peak < LIMIT
