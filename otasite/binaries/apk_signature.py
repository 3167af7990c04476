"""Which signatures an APK carries and whose certificates made them. Verifying them is Android's part.

Scheme v1 is a JAR signature in ``META-INF``; v2, v3 and v3.1 live in a block before the zip's table of contents
(source.android.com, “APK Signature Scheme v2” and v3).
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator
from itertools import islice

from otasite.binaries.archive import Archive
from otasite.binaries.certificates import MAX_MESSAGE_BYTES, read_message, subject_of
from otasite.binaries.info import ApkSigner
from otasite.problems import ProblemsFound

#: Bytes of the signing block. Certificates and digests fill some KiB; padding adds up to 4 KiB.
MAX_BLOCK_BYTES = 8 * 2**20
#: Signers of one APK.
MAX_SIGNERS = 20
#: Numbered blocks of one signing block; real ones have up to six.
MAX_BLOCKS = 100

_MAGIC = b"APK Sig Block 42"
_SCHEMES = {0x7109871A: "v2", 0xF05368C0: "v3", 0x1B93AD61: "v3.1"}
_JAR = re.compile(r"META-INF/[^/]+\.(?:RSA|DSA|EC)", re.IGNORECASE)
_SIZE = struct.Struct("<I")
_PAIR = struct.Struct("<QI")


def schemes(archive: Archive) -> tuple[str, ...]:
    """``v1`` … ``v3.1``, empty for an unsigned APK."""
    found = {_SCHEMES[number] for number, _ in _blocks(archive) if number in _SCHEMES}
    if any(True for _ in _jar_files(archive)):
        found.add("v1")
    return tuple(sorted(found))


def signers(archive: Archive) -> tuple[ApkSigner, ...]:
    """The distinct certificates of all signatures, newest scheme first."""
    certificates: list[bytes] = []
    for number, block in sorted(_blocks(archive), reverse=True):
        if number in _SCHEMES:
            certificates += certificates_in(block)
    for name in islice(_jar_files(archive), MAX_SIGNERS):
        certificates += _jar_certificates(archive, name)
    distinct = list(dict.fromkeys(certificates))[:MAX_SIGNERS]
    return tuple(_signer(der) for der in distinct)


def _jar_files(archive: Archive) -> Iterator[str]:
    return (entry.name for entry in archive.under("META-INF/") if _JAR.fullmatch(entry.name))


def _blocks(archive: Archive) -> list[tuple[int, bytes]]:
    """Numbered blocks of the signing block, which ends where the table of contents starts."""
    end = archive.directory_offset
    try:
        with archive.path.open("rb") as file:
            file.seek(max(end - 24, 0))
            tail = file.read(24)
            if len(tail) < 24 or tail[8:] != _MAGIC:
                return []
            size = int.from_bytes(tail[:8], "little")
            if not 24 <= size <= min(MAX_BLOCK_BYTES, end):
                return []
            file.seek(end - size)
            body = file.read(size - 24)
    except OSError:
        return []
    return list(_pairs(body))


def _pairs(body: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    for _ in range(MAX_BLOCKS):
        if offset + 12 > len(body):
            return
        length, number = _PAIR.unpack_from(body, offset)
        if length < 4:
            return
        yield number, body[offset + 12 : offset + 8 + length]
        offset += 8 + length


def certificates_in(block: bytes) -> list[bytes]:
    """The signers' own certificates (DER) in a block of scheme v2 or v3.

    signers → signer → signed data → (digests, certificates): each level is a list with lengths in front."""
    found: list[bytes] = []
    for signer in _items(next(_items(block), b"")):
        signed_data = next(_items(signer), b"")
        parts = list(_items(signed_data, 2))
        if len(parts) == 2:
            found += _items(parts[1], 1)  # the first is the signer's own, others its issuers'
    return found


def _items(data: bytes, limit: int = MAX_SIGNERS) -> Iterator[bytes]:
    offset = 0
    for _ in range(limit):
        if offset + 4 > len(data):
            return
        length = _SIZE.unpack_from(data, offset)[0]
        yield data[offset + 4 : offset + 4 + length]
        offset += 4 + length


def _jar_certificates(archive: Archive, name: str) -> list[bytes]:
    try:
        message = read_message(archive.read(name, MAX_MESSAGE_BYTES))
    except ProblemsFound:
        return []
    return [message.signer] if message and message.signer else []


def _signer(der: bytes) -> ApkSigner:
    subject = subject_of(der)
    return ApkSigner(
        sha256=hashlib.sha256(der).hexdigest(), subject=subject, debug="Common Name: Android Debug" in subject
    )
