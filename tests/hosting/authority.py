"""A certificate authority for tests: good certificates, and each kind of bad one that phones refuse."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = dt.timedelta(days=1)


class Authority:
    """One root and one intermediate below it; ``root`` is the PEM file that a client is told to trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._root = self._certificate("Test root", self._root_key, None, days=3650, authority=True)
        self._middle_key = ec.generate_private_key(ec.SECP256R1())
        self._middle = self._certificate("Test intermediate", self._middle_key, self._root, days=3650, authority=True)
        self.root = folder / "root.pem"
        self.root.write_bytes(_pem(self._root))
        self._count = 0

    def issue(
        self,
        *names: str,
        days: int = 200,
        from_root: bool = True,
        chain: bool = True,
        self_signed: bool = False,
    ) -> Path:
        """A PEM file with key and certificate for ``names`` (default: localhost and 127.0.0.1).

        ``days`` may be negative for one that has expired. Not ``from_root`` means from the intermediate, which
        the file contains unless ``chain`` is off.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        names = names or ("localhost", "127.0.0.1")
        if self_signed:
            issuer, signer = None, key
        else:
            issuer, signer = (self._root, self._root_key) if from_root else (self._middle, self._middle_key)
        leaf = self._certificate(names[0], key, issuer, days=days, names=names, signer=signer)
        self._count += 1
        path = self.folder / f"leaf-{self._count}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        extra = b"" if from_root or self_signed or not chain else _pem(self._middle)
        path.write_bytes(private + _pem(leaf) + extra)
        return path

    def _certificate(
        self,
        common_name: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: x509.Certificate | None,
        *,
        days: int,
        authority: bool = False,
        names: tuple[str, ...] = (),
        signer: ec.EllipticCurvePrivateKey | None = None,
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 400 * DAY)
            .not_valid_after(now + days * DAY)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        signer = signer or self._root_key
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        if authority:
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        if names:
            server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
            builder = builder.add_extension(x509.SubjectAlternativeName([_name(n) for n in names]), critical=False)
            builder = builder.add_extension(server, critical=False)
        return builder.sign(signer, hashes.SHA256())


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
