"""X.509 certificates and signed messages (CMS) from untrusted hands, read within bounds.

The library beneath reads lazily but makes an object of each element it touches, so lists are cut into their items
here, by length alone, and only a bounded number of items is looked into. Nothing is verified: phones do that.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from otasite.binaries.info import Certificate

if TYPE_CHECKING:
    from asn1crypto import x509

#: Bytes of one certificate. Real ones have 1 to 2 KiB.
MAX_CERTIFICATE_BYTES = 32 * 2**10
#: Bytes of a signed message. Code signatures and JAR signatures have some 10 KiB, profiles up to 100.
MAX_MESSAGE_BYTES = 2**20
#: Certificates of one message: the signer's and its issuers'.
MAX_CERTIFICATES = 32


class SignedMessage(msgspec.Struct, frozen=True):
    """``content`` is None when it is kept apart from the message; ``signer`` is a certificate (DER) or None."""

    content: bytes | None
    signer: bytes | None


def read_message(data: bytes) -> SignedMessage | None:
    """A CMS message that is “signed data”; None for any other bytes."""
    from asn1crypto import cms

    if len(data) > MAX_MESSAGE_BYTES:
        return None
    try:
        message = cms.ContentInfo.load(data)
        if message["content_type"].native != "signed_data":
            return None
        signed = message["content"]
        content = signed["encap_content_info"]["content"].native
        return SignedMessage(content if isinstance(content, bytes) else None, _signer(signed))
    except Exception:  # asn1crypto raises several types for bytes that are no DER
        return None


def read_certificate(der: bytes) -> Certificate | None:
    """What a certificate says, or None for bytes that are none: a broken one does not make a profile useless."""
    from asn1crypto import x509

    if len(der) > MAX_CERTIFICATE_BYTES:
        return None
    try:
        certificate = x509.Certificate.load(der)
        names = certificate.subject.native
        expires = certificate.not_valid_after
    except Exception:  # as above
        return None
    if not isinstance(names, dict) or not isinstance(expires, dt.datetime):
        return None  # the year 0, which no calendar of Python has, is not a date
    return Certificate(
        kind=_first(names.get("common_name")).partition(":")[0],
        expires=expires if expires.tzinfo else expires.replace(tzinfo=dt.UTC),
        sha256=hashlib.sha256(der).hexdigest(),
        team=_first(names.get("organizational_unit_name")),
    )


def subject_of(der: bytes) -> str:
    """All names of a certificate's subject, for people; empty for bytes that are no certificate."""
    from asn1crypto import x509

    if len(der) > MAX_CERTIFICATE_BYTES:
        return ""
    try:
        return str(x509.Certificate.load(der).subject.human_friendly)
    except Exception:  # as above
        return ""


def _first(value: object) -> str:
    """A name; one that is given several times counts once."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


def _signer(signed: object) -> bytes | None:
    """The certificate that the first signature names by issuer and serial number, or by its key."""
    from asn1crypto import cms, x509

    infos = list(_items(signed["signer_infos"].contents, 1))  # type: ignore[index]
    if not infos:
        return None
    identifier = cms.SignerInfo.load(infos[0])["sid"].chosen
    for der in _items(signed["certificates"].contents or b"", MAX_CERTIFICATES):  # type: ignore[index]
        if len(der) <= MAX_CERTIFICATE_BYTES and _is_named(identifier, x509.Certificate.load(der)):
            return der
    return None


def _is_named(identifier: object, certificate: x509.Certificate) -> bool:
    from asn1crypto import cms

    if isinstance(identifier, cms.IssuerAndSerialNumber):
        same_number = identifier["serial_number"].native == certificate.serial_number
        return bool(same_number and identifier["issuer"].dump() == certificate.issuer.dump())
    return bool(certificate.key_identifier == getattr(identifier, "native", None))


def _items(contents: bytes, limit: int) -> Iterator[bytes]:
    """The first elements of a list, each with its tag and length."""
    from asn1crypto import parser

    at = 0
    for _ in range(limit):
        if at >= len(contents):
            return
        length = parser.peek(contents[at:])
        yield contents[at : at + length]
        at += length
