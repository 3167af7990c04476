"""The little of Mach-O that matters here: architectures, platform, signature, encryption, names of symbols.

Only headers, load commands and the signature's names, entitlements and signer are read. An executable inside an
archive cannot be sought in, so slices are visited in file order. Layout: Apple's ``mach-o/loader.h``,
``mach-o/fat.h`` and ``cs_blobs.h``, all published in the Darwin sources.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from typing import Any, Protocol

import msgspec

from otasite.binaries import plists
from otasite.binaries.budget import Budget
from otasite.binaries.certificates import read_message
from otasite.binaries.unreadable import Unreadable

#: Slices of a universal binary; real ones have at most four.
MAX_SLICES = 16
#: Bytes of load commands in one slice; real ones stay below 64 KiB.
MAX_COMMAND_BYTES = 2**20
#: Bytes of a code signature; it holds one hash for each 4 KiB of code, so 8 MiB cover a 1 GiB executable.
MAX_SIGNATURE_BYTES = 16 * 2**20
#: Parts of one signature; real ones have up to ten.
MAX_PARTS = 100
#: Bytes of a part that is read whole: entitlements and the signed message have some 10 KiB, a code directory 32 bytes
#: for each 4 KiB of code.
MAX_PART_BYTES = 16 * 2**20
#: Bytes of an identifier in it.
MAX_NAME_BYTES = 1024
#: Bytes of the names of symbols that are looked through; those of the largest apps have some 50 MiB.
MAX_SYMBOL_BYTES = 64 * 2**20

_FAT = {b"\xca\xfe\xba\xbe": (">IIIII", 20), b"\xca\xfe\xba\xbf": (">IIQQII", 32)}
_THIN = {b"\xce\xfa\xed\xfe": 28, b"\xcf\xfa\xed\xfe": 32}  # little-endian 32 and 64 bit: all Apple has shipped

_LC_SYMBOLS = 0x2
_LC_IDENTITY = 0xD
_LC_CODE_SIGNATURE = 0x1D
_LC_ENCRYPTION_INFO = (0x21, 0x2C)
_LC_BUILD_VERSION = 0x32
_LC_VERSION_MIN = {0x24: "macos", 0x25: "ios", 0x2F: "tvos", 0x30: "watchos"}
_PLATFORMS = {
    1: "macos", 2: "ios", 3: "tvos", 4: "watchos", 5: "bridgeos", 6: "mac-catalyst", 7: "ios-simulator",
    8: "tvos-simulator", 9: "watchos-simulator", 10: "driverkit", 11: "visionos", 12: "visionos-simulator",
}  # fmt: skip
_ARCHITECTURES = {
    (7, 3): "i386", (0x01000007, 3): "x86_64", (0x01000007, 8): "x86_64h",
    (12, 6): "armv6", (12, 9): "armv7", (12, 11): "armv7s", (12, 12): "armv7k",
    (0x0100000C, 0): "arm64", (0x0100000C, 1): "arm64", (0x0100000C, 2): "arm64e", (0x0200000C, 1): "arm64_32",
}  # fmt: skip
_SUPERBLOB = 0xFADE0CC0
#: Parts of a signature by slot, with what each begins with: code directory, entitlements, signed message (CMS).
_DIRECTORY, _ENTITLEMENTS, _MESSAGE = (0, 0xFADE0C02), (5, 0xFADE7171), (0x10000, 0xFADE0B01)
#: Since this version a code directory names the team.
_DIRECTORY_WITH_TEAM = 0x20200


class Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Slice(msgspec.Struct, frozen=True):
    architecture: str
    platform: str
    signed: bool
    encrypted: bool


class Signature(msgspec.Struct, frozen=True):
    """A code signature. ``entitlements`` is None when it has none that can be read.

    ``identifier`` and ``team`` are those of its code directory; ``certificate`` (DER) is the signer's, None for a
    signature by nobody (“ad hoc” in the sense of ``codesign -s -``).
    """

    identifier: str = ""
    team: str = ""
    entitlements: dict[str, Any] | None = None
    certificate: bytes | None = None


class Executable(msgspec.Struct, frozen=True):
    """One executable. ``signature`` is that of the first slice whose signature can be read.

    ``symbols`` are those of the first slice's symbols that were asked for.
    """

    slices: tuple[Slice, ...]
    signature: Signature | None
    symbols: frozenset[bytes] = frozenset()

    @property
    def signed(self) -> bool:
        return all(part.signed for part in self.slices)

    @property
    def encrypted(self) -> bool:
        return any(part.encrypted for part in self.slices)


class _Commands(msgspec.Struct, frozen=True):
    part: Slice
    signature: tuple[int, int]  # offset in the slice and length; (0, 0) when there is none
    names: tuple[int, int]  # the same of its symbols' names
    version: int  # of a library itself; 0 when it does not say


#: Bytes of the longest name of a symbol that anybody asks for, with the zero bytes around it.
_LONGEST_SYMBOL = 200


class _Forward:
    """Reads at rising offsets of a stream that cannot seek; skipped bytes are not kept."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._position = 0
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        self._ahead = self._take(size)
        return self._ahead

    def at(self, offset: int, size: int) -> bytes:
        start = self._position - len(self._ahead)
        if offset < start:
            return b""
        self._skip(offset - start)
        return self._take(size)

    def search(self, offset: int, size: int, wanted: Collection[bytes]) -> frozenset[bytes]:
        """Which of some names stand between zero bytes in a stretch of the stream; only a piece of it is kept."""
        found: set[bytes] = set()
        before = b"\0"
        while size > 0 and (piece := self.at(offset, min(size, 2**20))):
            offset, size = offset + len(piece), size - len(piece)
            text = before + piece
            found |= {name for name in wanted if name not in found and b"\0" + name + b"\0" in text}
            before = text[-_LONGEST_SYMBOL:]
        return frozenset(found)

    def _take(self, size: int) -> bytes:
        pieces, self._ahead = [self._ahead[:size]], self._ahead[size:]
        missing = size - len(pieces[0])
        while missing > 0 and (piece := self._stream.read(min(missing, 2**20))):
            pieces.append(piece)
            missing -= len(piece)
            self._position += len(piece)
        return b"".join(pieces)

    def _skip(self, count: int) -> None:
        dropped = min(count, len(self._ahead))
        self._ahead = self._ahead[dropped:]
        count -= dropped
        while count > 0 and (piece := self._stream.read(min(count, 2**20))):
            count -= len(piece)
            self._position += len(piece)


def read_executable(stream: Stream, budget: Budget | None = None, *, symbols: Collection[bytes] = ()) -> Executable:
    """Read a Mach-O, thin or universal. Raises Unreadable when it is none.

    ``budget`` is that of the binary's property lists, for the entitlements. ``symbols`` are names to look for.
    """
    forward = _Forward(stream)
    slices: list[Slice] = []
    signature: Signature | None = None
    found: frozenset[bytes] = frozenset()
    for start in _slice_offsets(forward):
        commands = _read_slice(forward, start)
        if symbols and not slices and commands.names[1] <= MAX_SYMBOL_BYTES:
            found = forward.search(start + commands.names[0], commands.names[1], symbols)
        slices.append(commands.part)
        offset, length = commands.signature
        if signature is None and 0 < length <= MAX_SIGNATURE_BYTES:
            signature = read_signature(forward.at(start + offset, length), budget)
    if not slices:
        raise Unreadable("it has no code")
    return Executable(slices=tuple(slices), signature=signature, symbols=found)


def library_version(stream: Stream) -> str:
    """The version that a dynamic library has in its head, such as 1.2.3; "" for none. Raises Unreadable."""
    forward = _Forward(stream)
    start = next(iter(_slice_offsets(forward)), 0)
    number = _read_slice(forward, start).version
    return f"{number >> 16}.{number >> 8 & 0xFF}.{number & 0xFF}" if number else ""


def read_signature(data: bytes, budget: Budget | None = None) -> Signature | None:
    """What a code signature says, or None for bytes that are none."""
    if len(data) < 12 or struct.unpack_from(">I", data)[0] != _SUPERBLOB:
        return None
    directory = _part(data, _DIRECTORY)
    entitlements = _part(data, _ENTITLEMENTS)
    message = read_message(_part(data, _MESSAGE)[8:])
    try:
        values = plists.load(entitlements[8:], budget) if entitlements else None
    except Unreadable:
        values = None
    return Signature(
        identifier=_directory_text(directory, 20),
        team=_directory_text(directory, 48) if _directory_version(directory) >= _DIRECTORY_WITH_TEAM else "",
        entitlements=values,
        certificate=message.signer if message else None,
    )


def _part(data: bytes, wanted: tuple[int, int]) -> bytes:
    """A part of a signature with its head of eight bytes; empty when it is not there."""
    count = min(struct.unpack_from(">I", data, 8)[0], (len(data) - 12) // 8, MAX_PARTS)
    for index in range(count):
        slot, offset = struct.unpack_from(">II", data, 12 + 8 * index)
        if slot == wanted[0] and offset + 8 <= len(data):
            magic, length = struct.unpack_from(">II", data, offset)
            if magic == wanted[1] and length <= MAX_PART_BYTES:
                return data[offset : offset + length]
    return b""


def _directory_version(directory: bytes) -> int:
    return int(struct.unpack_from(">I", directory, 8)[0]) if len(directory) >= 52 else 0


def _directory_text(directory: bytes, field: int) -> str:
    """A text of the code directory, which says at ``field`` where it begins."""
    if len(directory) < field + 4:
        return ""
    start = struct.unpack_from(">I", directory, field)[0]
    end = directory.find(b"\0", start, start + MAX_NAME_BYTES)
    return directory[start:end].decode("utf-8", "replace") if 0 < start < end else ""


def _slice_offsets(forward: _Forward) -> list[int]:
    """Where the slices start, in file order: 0 for a thin executable."""
    head = forward.peek(8)
    if head[:4] in _THIN:
        return [0]
    if head[:4] not in _FAT or len(head) < 8:
        raise Unreadable("it does not start as one")
    layout, size = _FAT[head[:4]]
    count = struct.unpack(">I", head[4:])[0]
    if not 0 < count <= MAX_SLICES:
        raise Unreadable(f"it claims {count} architectures")
    table = forward.at(8, count * size)
    if len(table) < count * size:
        raise Unreadable("it ends in its list of architectures")
    return sorted(struct.unpack_from(layout, table, index * size)[2] for index in range(count))


def _read_slice(forward: _Forward, start: int) -> _Commands:
    head = forward.at(start, 28)
    if len(head) < 28 or head[:4] not in _THIN:
        raise Unreadable("one of its architectures does not start as one")
    cpu, subtype, _, count, size = struct.unpack_from("<5I", head, 4)
    if size > MAX_COMMAND_BYTES:
        raise Unreadable("its headers are too long")
    header = _THIN[head[:4]]
    body = forward.at(start + header, size)
    return _read_commands(body, count, _ARCHITECTURES.get((cpu, subtype & 0xFFFFFF), f"cpu-{cpu}-{subtype}"))


def _read_commands(body: bytes, count: int, architecture: str) -> _Commands:
    platform, encrypted, signature, names, version = "", False, (0, 0), (0, 0), 0
    offset = 0
    for _ in range(min(count, len(body) // 8)):
        if offset + 8 > len(body):
            break
        command, size = struct.unpack_from("<II", body, offset)
        words = body[offset + 8 : offset + size]
        command &= 0x7FFFFFFF
        if command == _LC_CODE_SIGNATURE and len(words) >= 8:
            signature = struct.unpack_from("<II", words)
        elif command == _LC_SYMBOLS and len(words) >= 16:
            names = struct.unpack_from("<II", words, 8)
        elif command == _LC_IDENTITY and len(words) >= 12:
            version = struct.unpack_from("<I", words, 8)[0]
        elif command in _LC_ENCRYPTION_INFO and len(words) >= 12:
            encrypted = struct.unpack_from("<I", words, 8)[0] != 0
        elif command == _LC_BUILD_VERSION and len(words) >= 4:
            number = struct.unpack_from("<I", words)[0]
            platform = platform or _PLATFORMS.get(number, f"platform-{number}")
        elif command in _LC_VERSION_MIN:
            platform = platform or _simulated(_LC_VERSION_MIN[command], architecture)
        if size < 8:
            break
        offset += size
    return _Commands(
        part=Slice(architecture=architecture, platform=platform, signed=signature[1] > 0, encrypted=encrypted),
        signature=signature,
        names=names,
        version=version,
    )


def _simulated(platform: str, architecture: str) -> str:
    """Before 2018 a simulator build had no platform of its own: an Intel iOS executable was one."""
    intel = architecture in {"i386", "x86_64", "x86_64h"}
    return f"{platform}-simulator" if intel and platform != "macos" else platform
