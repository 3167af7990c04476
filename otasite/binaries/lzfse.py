"""LZFSE and LZVN with a bound: the library beneath would unpack whatever the data asks for.

A stream is a row of blocks, each of which states its unpacked length first. Walking the block headers before
unpacking gives the total, so that a small hostile stream cannot fill the memory. Layout: Apple's reference
implementation, ``lzfse_internal.h``.
"""

from __future__ import annotations

import struct

_END, _RAW, _LZVN = b"bvx$", b"bvx-", b"bvxn"
_PLAIN_TABLES, _PACKED_TABLES = b"bvx1", b"bvx2"
_PLAIN_HEADER_BYTES = 772

INSTALL = "install the extra: pip install 'otasite[assets]'"


class Unpackable(Exception):
    """The data cannot be unpacked; the message says why."""


class LibraryMissing(Exception):
    """The optional library that unpacks LZFSE is not installed; the message says how to get it."""


def unpack(data: bytes, limit: int) -> bytes:
    """Unpack an LZFSE stream to at most ``limit`` bytes. Raises Unpackable or LibraryMissing."""
    try:
        import liblzfse
    except ImportError:
        raise LibraryMissing(INSTALL) from None
    end, total = _measured(data, limit)
    try:
        unpacked = bytes(liblzfse.decompress(data[:end]))
    except (liblzfse.error, MemoryError, ValueError) as error:
        raise Unpackable(f"damaged LZFSE data ({error})") from None
    if len(unpacked) != total:
        raise Unpackable(f"LZFSE data unpacks to {len(unpacked)} bytes instead of {total}")
    return unpacked


def unpack_lzvn(data: bytes, length: int) -> bytes:
    """Unpack a bare LZVN stream that unpacks to exactly ``length`` bytes."""
    return unpack(_LZVN + struct.pack("<II", length, len(data)) + data + _END, length)


def is_stream(data: bytes) -> bool:
    return data[:4] in {_RAW, _LZVN, _PLAIN_TABLES, _PACKED_TABLES}


def _measured(data: bytes, limit: int) -> tuple[int, int]:
    """Where the stream ends and how long it is unpacked, from the headers alone."""
    offset, total = 0, 0
    while True:
        magic = data[offset : offset + 4]
        if magic == _END:
            return offset + 4, total
        try:
            raw, size = _block(data, offset, magic)
        except struct.error:
            raise Unpackable("LZFSE data ends too early") from None
        total += raw
        offset += size
        if total > limit:
            raise Unpackable(f"LZFSE data unpacks to more than {limit:,} bytes")


def _block(data: bytes, offset: int, magic: bytes) -> tuple[int, int]:
    """Unpacked length of a block, and its length in the stream with its header."""
    raw = struct.unpack_from("<I", data, offset + 4)[0]
    if magic == _RAW:
        return raw, 8 + raw
    if magic == _LZVN:
        return raw, 12 + struct.unpack_from("<I", data, offset + 8)[0]
    if magic == _PACKED_TABLES:
        first, second, third = struct.unpack_from("<QQQ", data, offset + 8)
        literals, matches = first >> 20 & 0xFFFFF, second >> 40 & 0xFFFFF
        return raw, (third & 0xFFFFFFFF) + literals + matches
    if magic == _PLAIN_TABLES:
        literals, matches = struct.unpack_from("<II", data, offset + 20)
        return raw, _PLAIN_HEADER_BYTES + literals + matches
    raise Unpackable("this is no LZFSE data")
