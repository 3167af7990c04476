"""The key of an F-Droid repository: clients that follow the repository trust its certificate, and nothing else.

The signature is that of a JAR (Java's “Signed JAR File”): PKCS #7, detached, with RSA and SHA-256 and without a time,
so that the same key and content give the same bytes.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

#: Bits of new keys, and the fewest that Android takes for a repository.
BITS, FEWEST_BITS = 4096, 2048
#: A new certificate outlives the apps. Clients do not look at its dates; jarsigner does.
_LIFETIME = dt.timedelta(days=36_500)


class RepositoryKey:
    """A private key with its certificate; clients know it by ``fingerprint``, the certificate's SHA-256 in hex."""

    def __init__(self, key: RSAPrivateKey, certificate: Certificate) -> None:
        from cryptography.hazmat.primitives.hashes import SHA256

        self._key = key
        self._certificate = certificate
        self.fingerprint = certificate.fingerprint(SHA256()).hex()

    def sign(self, data: bytes) -> bytes:
        """The detached signature of ``data`` (PKCS #7, DER)."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

        builder = pkcs7.PKCS7SignatureBuilder().set_data(data).add_signer(self._certificate, self._key, SHA256())
        options = pkcs7.PKCS7Options
        return builder.sign(Encoding.DER, [options.DetachedSignature, options.Binary, options.NoAttributes])


def read_key(pem: bytes) -> RepositoryKey:
    """The key in a PEM file that holds a private key without a password, and its certificate.

    Raises ``ValueError``, which says what is wrong and quotes nothing of the file.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("it holds no private key in PEM that opens without a password") from None
    try:
        certificate = load_pem_x509_certificate(pem)
    except ValueError:
        raise ValueError("it holds no certificate beside the private key") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < FEWEST_BITS:
        raise ValueError(f"its key is no RSA key of {FEWEST_BITS} bits or more")
    if certificate.public_key() != key.public_key():
        raise ValueError("its certificate belongs to another key")
    return RepositoryKey(key, certificate)


def new_key(now: dt.datetime, bits: int = BITS) -> bytes:
    """A new key with a certificate that names nobody, as one PEM file."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key = generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "F-Droid repository")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + _LIFETIME)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)
