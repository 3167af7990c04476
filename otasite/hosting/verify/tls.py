"""Is the certificate one that phones accept? One handshake per host, with the public trust store or a given root."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa

from otasite.hosting.verify.report import Row, failed, passed, warned
from otasite.problems import Refused

#: A certificate that ends within this time is warned of. Automatic renewal acts 30 days before the end.
SOON = dt.timedelta(days=21)
#: Apple's limit for any certificate; public ones end sooner (“Requirements for trusted certificates
#: in iOS 13 and macOS 10.15”).
LONGEST_LIFE = dt.timedelta(days=825)
MINIMUM_RSA_BITS = 2048
WEAK_HASHES = frozenset({"md5", "sha1"})

# OpenSSL's numbers for why a certificate was not accepted.
_EXPIRED = {9, 10}
_WRONG_NAME = {62, 64}
_PROTOCOL_REASONS = ("PROTOCOL", "VERSION", "NO_SHARED_CIPHER", "HANDSHAKE_FAILURE")


def trusting(ca: Path | None = None) -> ssl.SSLContext:
    """A context that trusts the public authorities and those in the PEM file ``ca``.

    Raises Refused when the file holds no certificate.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca is not None:
        try:
            context.load_verify_locations(cafile=str(ca))
        except (OSError, ssl.SSLError) as error:
            raise Refused(f"{ca} holds no certificate in PEM form ({error})", "name a .pem file") from None
    return context


def unchecked_context() -> ssl.SSLContext:
    """A context that accepts any certificate: to look at the rest of a site whose certificate was already blamed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Handshake(msgspec.Struct, frozen=True):
    """What came of one host: whether phones trust it, whether anything answers, and the rows."""

    trusted: bool
    reachable: bool
    rows: tuple[Row, ...]


def probe(origin: str, context: ssl.SSLContext, now: dt.datetime, timeout: float) -> Handshake:
    """Shake hands with ``https://host[:port]`` and judge protocol, chain, name, key and end of the certificate."""
    parts = urlsplit(origin)
    host, port = parts.hostname or "", parts.port or 443
    try:
        der, protocol = _handshake(host, port, context, timeout)
    except ssl.SSLCertVerificationError as error:
        return Handshake(trusted=False, reachable=True, rows=(_refused(origin, error),))
    except ssl.SSLError as error:
        return Handshake(trusted=False, reachable=False, rows=(_broken(origin, error),))
    except OSError as error:
        found = f"no connection: {error.strerror or error}"
        return Handshake(trusted=False, reachable=False, rows=(failed("connect", origin, found),))
    rows = [passed("tls-chain", origin, "trusted"), passed("tls-name", origin, host)]
    try:
        rows += [passed("tls-protocol", origin, protocol), *_judge(origin, der, now)]
    except (ValueError, OverflowError, UnsupportedAlgorithm) as error:
        rows.append(failed("tls-key", origin, f"the certificate cannot be read: {error}"))
    return Handshake(trusted=True, reachable=True, rows=tuple(rows))


def _handshake(host: str, port: int, context: ssl.SSLContext, timeout: float) -> tuple[bytes, str]:
    with (
        socket.create_connection((host, port), timeout=timeout) as raw,
        context.wrap_socket(raw, server_hostname=host) as secure,
    ):
        der = secure.getpeercert(binary_form=True)
        assert der is not None  # the context requires a certificate
        return der, secure.version() or ""


def _refused(origin: str, error: ssl.SSLCertVerificationError) -> Row:
    if error.verify_code in _EXPIRED:
        return failed("tls-expired", origin, "the certificate is outside its dates")
    if error.verify_code in _WRONG_NAME:
        return failed("tls-name", origin, "the certificate is for another host")
    return failed("tls-chain", origin, f"the certificate is not trusted: {error.verify_message}")


def _broken(origin: str, error: ssl.SSLError) -> Row:
    reason = error.reason or str(error)
    if any(word in reason for word in _PROTOCOL_REASONS):
        return failed("tls-protocol", origin, f"no TLS 1.2 or newer ({reason})")
    return failed("connect", origin, f"no TLS connection ({reason})")


def _judge(origin: str, der: bytes, now: dt.datetime) -> list[Row]:
    certificate = x509.load_der_x509_certificate(der)
    end = certificate.not_valid_after_utc
    found = f"until {end:%Y-%m-%d}"
    rows = [warned("tls-expiring", origin, found) if end - now < SOON else passed("tls-expiring", origin, found)]
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < MINIMUM_RSA_BITS:
        rows.append(failed("tls-key", origin, f"an RSA key of {key.key_size} bits"))
    algorithm = certificate.signature_hash_algorithm
    if algorithm is not None and algorithm.name in WEAK_HASHES:
        rows.append(failed("tls-key", origin, f"signed with {algorithm.name.upper()}"))
    if end - certificate.not_valid_before_utc > LONGEST_LIFE:
        life = (end - certificate.not_valid_before_utc).days
        rows.append(warned("tls-key", origin, f"valid for {life} days; iOS accepts at most {LONGEST_LIFE.days}"))
    return rows
