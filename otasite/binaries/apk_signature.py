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

import msgspec

from otasite.binaries.archive import Archive
from otasite.binaries.certificates import MAX_MESSAGE_BYTES, read_certificate, read_message, subject_of
from otasite.binaries.info import ApkSigner
from otasite.problems import ProblemsFound

#: Bytes of the signing block. Certificates and digests fill some KiB; padding adds up to 4 KiB.
MAX_BLOCK_BYTES = 8 * 2**20
#: Signers of one APK, and certificates of one lineage.
MAX_SIGNERS = 20
#: Numbered blocks of one signing block; real ones have up to six.
MAX_BLOCKS = 100
#: Bytes at the start of a ``.SF`` file that are looked at: its main section comes first, before the entries.
_SF_HEAD_BYTES = 64 * 2**10

_MAGIC = b"APK Sig Block 42"
#: Schemes by the number of their block, the one that counts on the newest Android first.
_SCHEMES = {0x1B93AD61: "v3.1", 0xF05368C0: "v3", 0x7109871A: "v2"}
_WITH_LINEAGE = {"v3.1", "v3"}
_LINEAGE_ATTRIBUTE = 0x3BA06F8C
_JAR = re.compile(r"META-INF/[^/]+\.(?:RSA|DSA|EC)", re.IGNORECASE)
#: A line in a ``.SF`` file by which v1 says that other schemes must be there, too.
_OTHERS = re.compile(rb"^X-Android-APK-Signed:([ 0-9,]*)\r?$", re.IGNORECASE | re.MULTILINE)
_OTHER_SCHEMES = {b"2": "v2", b"3": "v3"}
_SIZE = struct.Struct("<I")
_PAIR = struct.Struct("<QI")


class Signatures(msgspec.Struct, frozen=True):
    """``schemes`` in their order; ``signers`` are distinct, those that count on the newest Android first.

    ``lineage`` are the certificates that the current one replaced, as SHA-256, oldest first. ``stripped`` are schemes
    that the v1 signature says were there.
    """

    schemes: tuple[str, ...]
    signers: tuple[ApkSigner, ...]
    lineage: tuple[str, ...]
    stripped: tuple[str, ...]


def read_signatures(archive: Archive) -> Signatures:
    """Everything about an APK's signatures; an unsigned one has no schemes."""
    blocks = dict(reversed(_blocks(archive)))  # of two blocks with one number Android takes the first
    present = {name: blocks[number] for number, name in _SCHEMES.items() if number in blocks}
    jars = list(islice(_jar_files(archive), MAX_SIGNERS))
    certificates = [der for block in present.values() for der in certificates_in(block)]
    for name in jars:
        certificates += _jar_certificates(archive, name)
    lineage = next((found for name in _WITH_LINEAGE & present.keys() if (found := lineage_in(present[name]))), [])
    current = {hashlib.sha256(der).hexdigest() for der in certificates[:1]}
    return Signatures(
        schemes=tuple(sorted({*present, *(["v1"] if jars else [])})),
        signers=tuple(_signer(der) for der in list(dict.fromkeys(certificates))[:MAX_SIGNERS]),
        lineage=tuple(digest for der in lineage if (digest := hashlib.sha256(der).hexdigest()) not in current),
        stripped=tuple(sorted({scheme for name in jars for scheme in _promised(archive, name)} - present.keys())),
    )


def _jar_files(archive: Archive) -> Iterator[str]:
    """Signatures of scheme v1 that count: Android looks at none without its ``.SF`` file and the manifest."""
    names = {entry.name.upper() for entry in archive.under("META-INF/")}
    if "META-INF/MANIFEST.MF" not in names:
        return
    for entry in archive.under("META-INF/"):
        if _JAR.fullmatch(entry.name) and f"{entry.name.upper().rpartition('.')[0]}.SF" in names:
            yield entry.name


def _promised(archive: Archive, jar: str) -> Iterator[str]:
    """Schemes that the ``.SF`` file beside a v1 signature says were used as well."""
    wanted = f"{jar.upper().rpartition('.')[0]}.SF"
    name = next(entry.name for entry in archive.under("META-INF/") if entry.name.upper() == wanted)
    try:
        with archive.stream(name) as stream:
            head = stream.read(_SF_HEAD_BYTES)
    except ProblemsFound:
        return
    main = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    if stated := _OTHERS.search(main):
        for number in stated[1].replace(b" ", b"").split(b","):
            if number in _OTHER_SCHEMES:
                yield _OTHER_SCHEMES[number]


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

    signers → signer → signed data → (digests, certificates): each level is a list with lengths in front.
    """
    found: list[bytes] = []
    for signed_data in _signed_data(block):
        parts = list(_items(signed_data, 2))
        if len(parts) == 2:
            found += _items(parts[1], 1)  # the first is the signer's own, others its issuers'
    return found


def lineage_in(block: bytes) -> list[bytes]:
    """The certificates (DER) of a rotated key, oldest first, the current one last; empty without a rotation.

    After digests and certificates a signer of scheme v3 has the SDK levels it is for (two numbers), then attributes;
    that of the lineage holds a version, then nodes of (signed certificate, flags, algorithm, signature).
    """
    for signed_data in _signed_data(block):
        attributes = _after(signed_data, 2)[8:]
        for attribute in _items(next(_items(attributes), b"")):
            if attribute[:4] == _SIZE.pack(_LINEAGE_ATTRIBUTE):
                nodes = _items(attribute[8:])
                return [next(_items(next(_items(node), b"")), b"") for node in nodes]
    return []


def _signed_data(block: bytes) -> Iterator[bytes]:
    for signer in _items(next(_items(block), b"")):
        yield next(_items(signer), b"")


def _items(data: bytes, limit: int = MAX_SIGNERS) -> Iterator[bytes]:
    offset = 0
    for _ in range(limit):
        if offset + 4 > len(data):
            return
        length = _SIZE.unpack_from(data, offset)[0]
        yield data[offset + 4 : offset + 4 + length]
        offset += 4 + length


def _after(data: bytes, count: int) -> bytes:
    """What follows the first items."""
    return data[sum(4 + len(item) for item in _items(data, count)) :]


def _jar_certificates(archive: Archive, name: str) -> list[bytes]:
    try:
        message = read_message(archive.read(name, MAX_MESSAGE_BYTES))
    except ProblemsFound:
        return []
    return [message.signer] if message and message.signer else []


def _signer(der: bytes) -> ApkSigner:
    subject = subject_of(der)
    certificate = read_certificate(der)
    return ApkSigner(
        sha256=hashlib.sha256(der).hexdigest(),
        subject=subject,
        expires=certificate.expires if certificate else None,
        debug="Common Name: Android Debug" in subject,
    )
