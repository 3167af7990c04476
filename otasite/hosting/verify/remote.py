"""A file on a server, read in pieces over range requests, and the two files inside a remote IPA that matter.

A few requests suffice: the end of the archive with its table of contents, then single entries. Nothing here trusts
the bytes: every length is bounded.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Any

import msgspec

from otasite.binaries import plists
from otasite.binaries.archive import (
    MAX_DIRECTORY_BYTES,
    MAX_ENTRIES,
    is_mac_litter,
    other_compression,
    repaired_name,
)
from otasite.binaries.info import Profile
from otasite.binaries.profile import MAX_PROFILE_BYTES, read_profile
from otasite.binaries.unreadable import Unreadable
from otasite.hosting.verify.client import Client

#: Bytes per request: an archive's table of contents often fits into one or two.
BLOCK = 128 * 2**10
#: Bytes that are fetched from one archive at most: its table of contents, and the two files.
MAX_FETCHED = MAX_DIRECTORY_BYTES + 4 * 2**20
#: Bytes of an Info.plist.
MAX_INFO_BYTES = 2 * 2**20

_INFO = re.compile(r"Payload/[^/]+\.app/Info\.plist")
_ENTRY = b"PK\x01\x02"
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class RemoteFile(io.RawIOBase):
    """A seekable file behind ``url`` of ``size`` bytes. Raises OSError when ranges stop working."""

    def __init__(self, client: Client, url: str, size: int) -> None:
        self._client = client
        self._url = url
        self._size = size
        self._position = 0
        self._blocks: dict[int, bytes] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("seek before the start")
        self._position = start + offset
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        end = self._size if size is None or size < 0 else min(self._position + size, self._size)
        if end <= self._position:
            return b""
        if end - self._position > MAX_FETCHED:  # what an archive claims, and what a server does
            raise OSError("its table of contents is too large")
        first, last = self._position // BLOCK, (end - 1) // BLOCK
        self._fetch(first, last)
        data = b"".join(self._blocks[number] for number in range(first, last + 1))
        start = self._position - first * BLOCK
        piece = data[start : start + end - self._position]
        self._position = end
        if piece.count(_ENTRY) > MAX_ENTRIES:  # before each becomes an object
            raise OSError("it has too many entries")
        return piece

    def _fetch(self, first: int, last: int) -> None:
        """Get the missing ones of a run of blocks in one request."""
        missing = [number for number in range(first, last + 1) if number not in self._blocks]
        if not missing:
            return
        start, end = missing[0] * BLOCK, min((missing[-1] + 1) * BLOCK, self._size) - 1
        if sum(map(len, self._blocks.values())) + end - start > MAX_FETCHED:
            raise OSError("its table of contents is too large")
        response = self._client.get(self._url, range_=(start, end), limit=end - start + 1)
        if response.status != 206 or len(response.body) != end - start + 1:
            raise OSError(response.error or f"a range request brought HTTP {response.status}")
        for number in range(missing[0], missing[-1] + 1):
            at = number * BLOCK - start
            self._blocks[number] = response.body[at : at + BLOCK]


class AppInside(msgspec.Struct, frozen=True, kw_only=True):
    """What the Info.plist and the profile of an app say; ``profile`` is None when there is none."""

    identifier: str
    version: str
    build: str
    platforms: tuple[str, ...]
    profile: Profile | None


def read_app(file: io.RawIOBase) -> AppInside:
    """Read an IPA's Info.plist and profile. Raises Unreadable."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _app(archive)
    except _DAMAGE as error:
        raise Unreadable(str(error).strip("'\"") or type(error).__name__) from None


def _app(archive: zipfile.ZipFile) -> AppInside:
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise Unreadable("it has too many entries")
    entries = {name: info for info in infos if not is_mac_litter(name := repaired_name(info))}
    lists = sorted(name for name in entries if _INFO.fullmatch(name))
    if not lists:
        raise Unreadable("it holds no Payload/….app/Info.plist")
    data = _entry(archive, entries[lists[0]], MAX_INFO_BYTES)
    try:
        values = plists.load(data)
    except Unreadable as error:
        raise Unreadable(f"its Info.plist cannot be read: {error}") from None
    signed = entries.get(lists[0].removesuffix("Info.plist") + "embedded.mobileprovision")
    return _inside(values, _entry(archive, signed, MAX_PROFILE_BYTES) if signed else None)


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    if other := other_compression(info):
        raise Unreadable(f"{info.filename} is packed with {other}, which phones do not read")
    with archive.open(info) as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(f"{info.filename} is larger than {limit:,} bytes")
    return data


def _inside(values: dict[str, Any], profile: bytes | None) -> AppInside:
    build = plists.text(values, "CFBundleVersion")
    try:
        found = read_profile(profile) if profile is not None else None
    except Unreadable:
        found = None  # phones may still read it: only what it says is unknown
    return AppInside(
        identifier=plists.text(values, "CFBundleIdentifier"),
        version=plists.text(values, "CFBundleShortVersionString") or build,
        build=build,
        platforms=plists.texts(values, "CFBundleSupportedPlatforms"),
        profile=found,
    )
