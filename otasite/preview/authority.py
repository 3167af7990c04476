"""A certificate authority of one's own, so that an iPhone installs apps from the computer on the desk.

iOS fetches manifests over https only, and trusts a private authority once its certificate is installed by a profile
and switched on by hand. Since whoever has the key could then pose as any site to that phone, the authority is of the
least possible use to a thief: by its purpose it can vouch for servers only, not for mail or code, by its name
constraints for private addresses and ``.local`` names only; its key is readable by its owner alone, and it lives in
the user's settings, never in a project.

Server certificates follow Apple's rules for private authorities: names in the subject alternative name, an elliptic
key, SHA-256, the purpose serverAuth, and at most 825 days (support.apple.com/103769).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from otasite.problems import Refused
from otasite.user_folders import config_folder

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

#: How long the authority and a server certificate are good, and when they are made anew.
AUTHORITY_DAYS = 5 * 365
SERVER_DAYS = 365
RENEW_DAYS = 30

#: The addresses and names that the authority may vouch for: private networks, this machine, names of the local link.
PRIVATE_NETWORKS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)
PRIVATE_NAMES = ("local", "localhost")
#: Mail is permitted at this name, which cannot exist (RFC 6761, 6.4), and therefore nowhere.
_NO_MAIL = "invalid"
#: The common name of servers: no host name, because openssl holds the authority's constraints against those.
_SERVER_NAME = "otasite preview"
_CERTIFICATE, _KEY, _SERVER = "authority.pem", "authority-key.pem", "server.pem"


def authority_folder(environment: Mapping[str, str]) -> Path:
    """Where the authority is kept between previews. Raises Refused when this user has no folder for it."""
    try:
        return config_folder(environment)
    except RuntimeError:  # a container's user that no list of users knows
        raise Refused(
            "there is no folder to keep a certificate authority in: this user has no home",
            "set HOME, or OTASITE_CONFIG_DIR to a folder that only you can read",
        ) from None


def is_private(host: str) -> bool:
    """Whether the authority may vouch for a host."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return any(host == name or host.endswith(f".{name}") for name in PRIVATE_NAMES)
    return any(address in ipaddress.ip_network(network) for network in PRIVATE_NETWORKS)


class Authority:
    """The authority kept in ``folder``; made there when it is first needed."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    @property
    def certificate_file(self) -> Path:
        return self._folder / _CERTIFICATE

    def ensure(self, *, outside: Path) -> bool:
        """Make the authority unless there is one; whether it was made now.

        Raises :class:`Refused` when it would lie inside ``outside`` (the project: keys do not belong into git).
        """
        if self._folder.resolve().is_relative_to(outside.resolve()):
            raise Refused(
                f"{self._folder} is inside the project: a private key must not get into git",
                "set OTASITE_CONFIG_DIR to a folder outside",
            )
        if self._is_usable():
            (self._folder / _KEY).chmod(0o600)
            return False
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._make()
        return True

    def forget(self) -> bool:
        """Delete the authority with its key; whether there was one."""
        files = [self._folder / name for name in (_KEY, _CERTIFICATE, _SERVER)]
        found = any(file.exists() for file in files)
        for file in files:
            file.unlink(missing_ok=True)
        return found

    def certificate(self) -> x509.Certificate:
        from cryptography import x509

        return x509.load_pem_x509_certificate(self.certificate_file.read_bytes())

    def der(self) -> bytes:
        """The authority's certificate as phones take it."""
        from cryptography.hazmat.primitives.serialization import Encoding

        return self.certificate().public_bytes(Encoding.DER)

    def server_file(self, names: Sequence[str]) -> Path:
        """A PEM file with key, certificate and chain for a server of these ``names`` (hosts and addresses).

        The last one is used again while it fits. Raises :class:`Refused` for a name that is not private.
        """
        for name in names:
            if not is_private(name):
                raise Refused(
                    f"{name} is not a private address: the local authority cannot vouch for it",
                    "use a real certificate behind a proxy or tunnel, and give its address as --base-url",
                )
        file = self._folder / _SERVER
        if not self._fits(file, names):
            _write_private(file, self._issue(names))
        return file

    # --- making -------------------------------------------------------------------------------------------

    def _is_usable(self) -> bool:
        try:
            certificate = self.certificate()
            return _has_days_left(certificate) and _is_for_servers_only(certificate) and self._key() is not None
        except (OSError, ValueError):
            return False

    def _key(self) -> ec.EllipticCurvePrivateKey:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key((self._folder / _KEY).read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("another kind of key")
        return key

    def _make(self) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509.oid import ExtendedKeyUsageOID

        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(self._name)
        permitted: list[x509.GeneralName] = [x509.DNSName(name) for name in PRIVATE_NAMES]
        permitted += [x509.IPAddress(ipaddress.ip_network(network)) for network in PRIVATE_NETWORKS]
        permitted.append(x509.RFC822Name(_NO_MAIL))
        certificate = _sign(
            _builder(subject, subject, key.public_key(), AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.NameConstraints(permitted, None), critical=True),
            key,
        )
        _write_private(self._folder / _KEY, _private_pem(key))
        (self._folder / _SERVER).unlink(missing_ok=True)
        self.certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))

    def _issue(self, names: Sequence[str]) -> bytes:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509.oid import ExtendedKeyUsageOID

        authority, signer = self.certificate(), self._key()
        key = ec.generate_private_key(ec.SECP256R1())
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        certificate = _sign(
            _builder(_name(_SERVER_NAME), authority.subject, key.public_key(), SERVER_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
            .add_extension(issuer_key, critical=False),
            signer,
        )
        return _private_pem(key) + certificate.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM)

    def _fits(self, file: Path, names: Sequence[str]) -> bool:
        from cryptography import x509
        from cryptography.exceptions import InvalidSignature

        try:
            certificate = x509.load_pem_x509_certificates(file.read_bytes())[0]
            certificate.verify_directly_issued_by(self.certificate())
            named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (OSError, ValueError, IndexError, InvalidSignature, x509.ExtensionNotFound):
            return False
        return _has_days_left(certificate) and set(named) == {_general_name(name) for name in names}


def _has_days_left(certificate: x509.Certificate) -> bool:
    return certificate.not_valid_after_utc - dt.datetime.now(dt.UTC) > dt.timedelta(days=RENEW_DAYS)


def _is_for_servers_only(certificate: x509.Certificate) -> bool:
    """Whether its purpose is limited; the authorities of 0.1.0 could vouch for mail and code, too."""
    from cryptography import x509

    try:
        certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return True


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    from cryptography import x509

    # A day in the past: clocks of phones and computers differ.
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    from cryptography.hazmat.primitives.hashes import SHA256

    return builder.sign(key, SHA256())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_private(file: Path, data: bytes) -> None:
    """Write a file that nobody but its owner could read at any moment."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
